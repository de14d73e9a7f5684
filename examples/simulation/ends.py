"""How it ended: each run of lapse, each request, and who is in the groups when
the year is over. As in check.py the witnesses are the people and the provider,
and assumptions.conf says what may have gone wrong; anything else is a fault."""

from plan import DAY, HOUR

# What a run may end with besides 0, and why. "outage": only while Jira, the
# provider or the host is away, or in the hour after, when what was owed is made
# up for. Others by what the people did.
OUTAGE = {10: "something will be tried again", 11: "a removal is late",
          69: "the provider does not answer", 75: "try again",
          76: "not what the protocol says"}


def why(world, run):
    """What explains a run's end, or None."""
    if run.status == 0:
        return "as all should be"
    if run.status in OUTAGE and any(
            begin <= run.at < end + HOUR
            for begin, end, what in world.plan.outages):
        return f"in an outage: {OUTAGE[run.status]}"
    if run.status == 12 and "--confirm-removals" in run.err:
        return "removals of a review wait for a person's word"
    if run.status == 12 and run.words[0] == "grant":
        return "break-glass for somebody who has the access already"
    if run.status == 13 and run.words[0] == "review-open":
        return "nothing to review"
    if run.status == 14 and run.words[0] == "drift":
        return "there is drift"
    if run.status == 14 and "is back after a verified removal" in run.err:
        return "somebody was added past lapse again"
    return None


def statuses(world):
    """Each documented, and explained; (faults, lines of the story)."""
    count, faults = {}, []
    for run in world.ended:
        reason = why(world, run)
        if reason is None:
            faults.append(f"lapse {' '.join(run.words)} at {run.at}: exit "
                          f"{run.status}, which nothing explains: {run.err}")
        key = (run.status, reason)
        count[key] = count.get(key, 0) + 1
    return faults, [f"{n} runs of lapse ended with {status}: {reason}"
                    for (status, reason), n in sorted(
                        count.items(), key=lambda c: c[0][0])
                    if reason is not None]


def answered(world):
    """No request is forgotten: a week after it, somebody or lapse has said."""
    return [f"{asked.key}: filed at {asked.filed_at}, without an answer"
            for asked in world.asked.values()
            if asked.filed_at < world.now() - 7 * DAY and not asked.end
            and asked.granted_at is None]


def _agreed(world):
    """(user, group) that somebody agreed to, nobody took back, and whose time is
    not up."""
    found = set()
    for asked in world.asked.values():
        user = world.user_of(asked.need.person)
        if asked.granted_at is None or asked.returned_at is not None or \
                world.taken.get((user, asked.role.id), 0) > asked.granted_at:
            continue
        if asked.until() is None or asked.until() > world.now():
            found |= {(user, group) for group in asked.role.groups}
    return found | {(user, group) for user, group, _, until in world.given
                    if until > world.now()}


def _before(world):
    """(user, group) of hand-made years that no reviewer ended or bounded."""
    found = set()
    for login, group in world.plan.past:
        member = (world.user_of(world.plan.by_login(login)), group)
        if member not in world.taken and \
                world.limited.get(member, world.now() + 1) > world.now():
            found.add(member)
    return found


def standing(world):
    """Nobody is in a group who should not be: each is there by agreement, from
    before lapse, which only a review may end, or added past lapse in the last
    days, which IT has not looked at yet. Who is not in one and should be is
    found by check.still_there. (faults, lines of the story)"""
    agreed, before = _agreed(world), _before(world)
    kinds = {"by an agreement that holds": 0,
             "from before lapse, left by its reviews": 0,
             "from before lapse, of people who left": 0,
             "added past lapse, not looked at yet": 0}
    by_agreement, left_alone, of_leavers, past = kinds
    faults = []
    for user, group in sorted(world.memberships()):
        gone = user in world.heard
        if (user, group) in before:
            kinds[of_leavers if gone else left_alone] += 1
        elif (user, group) in agreed and not gone:
            kinds[by_agreement] += 1
        elif (user, group) in world.past_lapse:
            kinds[past] += 1
        else:
            faults.append(f"{user} is in {group}, and should not be")
    return faults, ["memberships in the end: " + ", ".join(
        f"{n} {kind}" for kind, n in kinds.items()) +
        f"; {len(faults)} that should not be"]


def unneeded(world):
    """What nobody needs any more, in the world without lapse."""
    there = world.memberships()
    left = {m for m in there if m[0] in world.heard}
    over = {m for m in there - left
            if world.needed.get(m, world.now()) < world.now()}
    return [f"memberships in the end: {len(there)}; {len(over)} that were "
            f"needed for a while that is over, or never, {len(left)} of people "
            "who left"]
