"""What the simulation itself saw, held against what lapse did and says. Its
witnesses are the people's own moves and the provider's log, never the ledger:
from that comes only when a grant began, and that is checked too."""

import ends
from plan import DAY, HOUR

TICK = 60
SETTLE = 300              # a run, its read-backs, and a retry


class Seen:
    """Memberships as the providers' own logs tell them, read in pieces, since
    Okta's keeps 90 days and Entra's 30."""

    def __init__(self, world):
        self.world = world
        self.since = world.plan.begin - DAY
        self.stays = {}        # (user, group) -> [[from, until, by lapse]]
        for member in world.memberships():
            self.stays[member] = [[0, None, False]]
        self.adds = {True: 0, False: 0}      # by lapse, by hand
        self.removes = {True: 0, False: 0}

    def read(self):
        until = self.world.now()
        for event in self.world.log(self.since, until):
            self._event(*event)
        self.since = until

    def _event(self, at, user, group, added, by_lapse):
        stays = self.stays.setdefault((user, group), [])
        if added:
            self.adds[by_lapse] += 1
            stays.append([at, None, by_lapse])
        else:
            self.removes[by_lapse] += 1
            stays[-1][1] = at


def overlap(plan, begin, end, kinds):
    """Seconds of outages between two times, and the tick that ends each."""
    return sum(max(0, min(end, e) - max(begin, b)) + 11 * TICK
               for b, e, what in plan.outages
               if what in kinds and b < end and begin < e + HOUR)


def all_of(world, report):
    world.seen.read()
    faults = truth(world)
    if world.name == "after":
        faults += approved(world) + in_time(world) + still_there(world) + \
            leavers(world) + ends.answered(world) + ends.standing(world)[0]
    faults += ends.statuses(world)[0]
    return faults + figures(world, report)


def truth(world):
    """The log and the groups tell the same."""
    logged = {m for m, stays in world.seen.stays.items()
              if stays and stays[-1][1] is None}
    there = world.memberships()
    return [f"{user} in {group}: log and group disagree"
            for user, group in sorted(logged ^ there)]


def entitled(world):
    """(user, group) -> [(from, until or None)], as people agreed."""
    found = {}
    for asked in world.asked.values():
        if asked.approved_at is None or asked.granted_at is None:
            continue
        for group in asked.role.groups:
            member = (world.user_of(asked.need.person), group)
            found.setdefault(member, []).append((asked.approved_at,
                                                 asked.until()))
    for user, group, begin, until in world.given:
        found.setdefault((user, group), []).append((begin, until))
    return found


def approved(world):
    """lapse added nobody before people had agreed to it."""
    faults = []
    known = entitled(world)
    for member, stays in world.seen.stays.items():
        for begin, _, by_lapse in stays:
            if by_lapse and not any(f <= begin + TICK for f, _ in
                                    known.get(member, [])):
                faults.append(f"{member}: added at {begin}, nobody agreed")
    for asked in world.asked.values():
        if asked.granted_at is None or asked.approved_at is None:
            continue
        late = asked.granted_at - asked.approved_at
        allowed = SETTLE + TICK + overlap(
            world.plan, asked.approved_at, asked.granted_at,
            ("jira", "provider", "host"))
        if late < 0 or late > allowed:
            faults.append(f"{asked.key}: granted {late} s after its approval")
    return faults


def in_time(world):
    """Nothing that lapse gave outlives what was agreed by more than a tick and
    the outages of that time."""
    faults = []
    known = entitled(world)
    for member, stays in world.seen.stays.items():
        for begin, end, by_lapse in stays:
            ends = [u for f, u in known.get(member, [])
                    if f <= (end or world.now())]
            if not by_lapse or None in ends or not ends:
                continue
            last = max(ends)
            until = world.now() if end is None else end
            late = until - last
            if late > SETTLE + TICK + overlap(world.plan, last, until,
                                              ("provider", "host")):
                faults.append(f"{member}: {late} s longer than agreed")
    return faults


def still_there(world):
    """Who should have access now has it."""
    faults = []
    there = world.memberships()
    for asked in world.asked.values():
        if asked.granted_at is None or asked.end:
            continue
        user = world.user_of(asked.need.person)
        over = asked.seconds is not None and asked.prolongs is None and \
            asked.granted_at + asked.seconds <= world.now()
        if over or user in world.heard or \
                any((user, g) not in there for g in asked.role.groups) == over:
            continue
        faults.append(f"{asked.key}: {user} should have {asked.role.id}")
    return faults


def leavers(world):
    """What lapse gave goes with the account, at the next observation."""
    faults = []
    for (user, group), stays in world.seen.stays.items():
        heard = world.heard.get(user)
        if heard is None:
            continue
        for begin, end, by_lapse in stays:
            until = world.now() if end is None else end
            if by_lapse and until > heard + 13 * HOUR + overlap(
                    world.plan, heard, until, ("jira", "provider", "host")):
                faults.append(f"{user} in {group}: {until - heard} s after "
                              "the account was ended")
    return faults


def figures(world, report):
    """What the report says, counted once more from the other end."""
    value = {r["figure"]: r["value"] for r in report if "figure" in r}
    there = world.memberships()
    privileged = {r.groups[0] for r in world.plan.roles if r.elevated}
    past = sum(group in privileged for _, group in world.plan.past)
    is_equal = [
        ("standing and bound", value["standing"] + value["bound"], len(there)),
        ("elevated, standing and bound",
         value["elevated-standing"] + value["elevated-bound"],
         sum(group in privileged for _, group in there)),
        ("elevated-baseline", value["elevated-baseline"], past),
        ("removals", value["removed-automatically"] +
         value["removed-by-people"], world.seen.removes[True]),
        ("outcomes", value["filed"], sum(
            n for name, n in value.items() if name.startswith("outcome."))),
        ("channels", value["filed"], sum(
            n for name, n in value.items() if name.startswith("channel."))),
    ]
    if world.name == "after":
        by_hand = len(world.given)
        is_equal += [
            ("filed", value["filed"], len(world.asked) + by_hand),
            ("channel.by-hand", value["channel.by-hand"], by_hand),
            ("shadow", value["shadow"], world.mistakes["past lapse"]),
        ]
    faults = [f"the report has {said} {what}, and there are {counted}"
              for what, said, counted in is_equal if said != counted]
    return faults + worst(world, value) + hours(world, value, privileged)


def worst(world, value):
    """The worst of each time is the longest outage that could cause it, or a
    run with its read-backs; and in the end nothing is owed."""
    faults = []
    for figure, kinds in (
            ("approved-to-verified.worst", ("jira", "provider", "host")),
            ("deadline-to-removed.worst", ("provider", "host")),
            ("left-to-removed.worst", ("provider", "host"))):
        longest = max((end - begin for begin, end, what in world.plan.outages
                       if what in kinds), default=0)
        if (value[figure] or 0) > longest + SETTLE + 12 * TICK:
            faults.append(f"the report has {value[figure]} s for {figure}, and "
                          f"no outage was longer than {longest} s")
    faults += [f"the report has {value[figure]} {figure} in the end"
               for figure in ("overdue", "parked", "waiting",
                              "unevidenced", "undelivered",
                              "deadline-to-removed.open",
                              "approved-to-verified.open",
                              "left-to-removed.open")
               if value[figure] and world.name == "after"]
    return faults


def hours(world, value, privileged):
    """The hours of privileged access, by the provider's log. What people do in
    the console is seen at the next reading, up to a day later."""
    total, changes = 0, 0
    for (_, group), stays in world.seen.stays.items():
        if group not in privileged:
            continue
        for begin, end, by_lapse in stays:
            begin = max(begin, world.plan.begin)
            end = world.now() if end is None else end
            total += end - begin
            changes += 1 if by_lapse else 60 * 24
    said = value["elevated-held"] + value["elevated-standing-held"]
    if abs(said - total / HOUR) > changes / 60 + 24:
        return [f"the report has {said:.0f} hours of privileged access, the "
                f"provider's log {total / HOUR:.0f}"]
    return []


def story(world):
    seen = world.seen
    lines = [f"seen in the providers' logs: {sum(seen.adds.values())} adds, "
             f"{seen.adds[False]} of them by hand; "
             f"{sum(seen.removes.values())} removals, "
             f"{seen.removes[False]} by hand"]
    if world.name == "after":
        lines.append("mistakes that people made: " + ", ".join(
            f"{n} {what}" for what, n in world.mistakes.items()))
        lines += ends.statuses(world)[1] + ends.standing(world)[1]
    else:
        lines += ends.unneeded(world)
    return lines
