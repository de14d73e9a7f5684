"""The same company with lapse: the same people need the same things, and
approvers answer in Jira. lapse reads, asks, grants and takes back; people make
mistakes, act past it, review what stands, and once in a while the weather is
bad. Nobody here touches a group, but for who acts past lapse."""

import re
import time
from dataclasses import dataclass

import company
from plan import DAY, HOUR, working_time, workdays
from world import World

FULL_SYNC = 3 * HOUR + 17 * 60
ENDS = ("revoked", "declined", "refused", "superseded", "withdrawn", "stale",
        "cancelled", "removed-outside", "released", "expired")
# What the ledger will do by itself, and when: deadlines, and what goes on or is
# tried again.
DEADLINE = """select min(ends_at) from "grant"
    where state in ('granting', 'active') and ends_at is not null"""
AGAIN = """select min(t) from (
    select min(next_attempt_at) t from change where settled_at is null
    union all select min(next_attempt_at) from notice
        where state in ('open', 'doubtful')
    union all select min(next_at) from session where state = 'open')"""
# When approvers who have not answered give way to the fallback, after the time
# that is the default; later than the last sync, which did the others.
ESCALATES = """select min(asked_at) + 86400 from approval
    where state = 'open' and asked_at + 86400 > ?"""


@dataclass
class Asked:
    """A request in Jira, as people know it."""
    key: str
    need: object
    filed_at: int
    role: object
    seconds: "int | None"
    prolongs: "Asked | None" = None
    asks: int = 0                   # how often lapse asked for it
    approved_at: "int | None" = None
    granted_at: "int | None" = None
    ended_at: "int | None" = None
    returned_at: "int | None" = None    # by the person
    end: str = ""

    def until(self):
        """When it is over, as agreed; None: with the job."""
        first = self.prolongs
        if self.seconds is None:
            return None
        if first is not None:
            return first.granted_at + first.seconds + self.seconds
        return self.granted_at + self.seconds


class After(World):
    def __init__(self, plan, assumptions):
        super().__init__(plan, assumptions, "after", "enforce")
        self.asked = {}                # key -> Asked
        self.seq = 0
        self.synced_at = 0
        self.given = []                # (user, group, from, until) otherwise
        self.heard = {}                # user -> when the account was ended
        self.taken = {}       # (user, group or role) -> when a review took it
        self.limited = {}     # (user, group) -> until when, by a review
        self.confirming = set()        # groups that a person is asked about
        self.past_lapse = set()        # (user, group) from the console
        self.mistakes = {"edited": 0, "approved by an agent": 0,
                         "wrong role": 0, "past lapse": 0, "break-glass": 0}
        self.reviewed = 0

    def run(self):
        for person in self.plan.people:
            if person.hired >= self.plan.begin:
                self.at(person.hired, self.account_active, person, True)
            if person.left is not None:
                heard = person.left + DAY * self.a.between(
                    "company", "heard-after-days", person.number)
                self.at(int(heard), self.leaves, person)
            if person.moved is not None:
                self.at(person.moved[0], self.moves_on, person)
        for need in self.plan.needs:
            self.at(need.at, self.files_for, need)
        for day in range(self.plan.begin, self.plan.end, DAY):
            self.at(day + FULL_SYNC, self.daily)
            # Idle timers would observe meanwhile, at the latest here.
            self.at(day + FULL_SYNC + 12 * HOUR, self.tick_soon)
        self.weekly()
        self.sometimes("past-lapse", self.adds_past_lapse)
        self.sometimes("break-glass", self.breaks_glass)
        self.campaigns()
        self.outages()
        self.live(self.plan.end, self.tick, self.due)
        # What the last minutes owe; nobody acts any more.
        self.moves.clear()
        self.live(self.plan.end + HOUR, self.tick, self.due)
        self.must("sync", "--full")
        self.clock.move_to(self.now() + 60)

    # ---- lapse's timers ----

    def due(self):
        """When a timer's firing will find something to do. In an outage one in
        ten of the vain tries is enough for the story."""
        if self.is_down("host"):
            return None
        again = self.rows(AGAIN)[0][0]
        if again is not None and self.down is not None:
            again = max(again, self.now() + 600)
        return min((t for t in (
            again, self.rows(DEADLINE)[0][0],
            self.rows(ESCALATES, self.synced_at)[0][0]) if t is not None),
            default=None)

    def is_due(self, what, *values):
        at = self.rows(what, *values)[0][0]
        return at is not None and at <= self.now()

    def tick(self, asked_for):
        """Both timers fire, and one of them is left out where it has nothing to
        do. sync begins with all that expire does, so in good weather it is
        enough where somebody has acted. Where nobody has, expire takes back
        what is over, and if all of it is done and told, sync would find
        nothing: it has read what people did; nothing is owed; no approval is
        to be asked again. Reminders come with the next firing: nobody here
        acts on one. People and groups are observed at the times that run()
        asks for, which are those of observe-every."""
        if self.is_down("host"):
            self.tick_at = self.down[0]
            return
        reads = asked_for or self.is_due(ESCALATES, self.synced_at)
        status = 0
        if (not reads or self.down is not None) and \
                (self.is_due(DEADLINE) or self.is_due(AGAIN)):
            status, _, _ = self.lapse("expire")
        if reads or status != 0 or self.is_due(AGAIN):
            self.syncs()
        else:
            self.learn()

    def daily(self):
        if not self.is_down("host"):
            self.syncs("--full")

    def syncs(self, *options, person=False):
        self.synced_at = self.now()
        status, _, err = self.lapse("sync", *options, person=person)
        self.learn()
        held = re.search(r"sync --confirm-removals ([^\s`]+)", err)
        if status == 12 and held and held[1] not in self.confirming:
            self.confirming.add(held[1])
            self.at(working_time(self.a, self.now() + 2 * HOUR),
                    self.confirms, held[1])

    def confirms(self, group):
        """A review takes much of a group away: anna says that it is right."""
        if self.on_host(self.confirms, group):
            self.confirming.discard(group)
            self.syncs(f"--confirm-removals={group}", person=True)
            self.tick_soon()

    def on_host(self, what, *args):
        """A person at a shell waits until host and services are there."""
        if self.down is None:
            return True
        self.at(working_time(self.a, self.down[0] + HOUR), what, *args)
        return False

    def weekly(self):
        for day in range(self.plan.begin, self.plan.end, 7 * DAY):
            self.at(day + 9 * HOUR, self.signs_on, (day // DAY) // 7)
            if day > self.plan.begin:
                self.at(day + 10 * HOUR, self.looks_at_drift)
                self.at(day + DAY + 7 * HOUR, self.reclaims)

    def sometimes(self, name, what):
        months = (self.plan.end - self.plan.begin) / DAY / 30.4
        for n in range(round(self.a.of("after", name) * months)):
            die = self.a.dice(name, n)
            day = die.choice(workdays(self.plan.begin + DAY,
                                      self.plan.end - DAY))
            self.at(working_time(self.a, die.uniform(day, day + DAY)), what, n)

    # ---- What the last run did, as people see it ----

    def learn(self):
        for self.seq, kind, at, key in self.rows(
                "select e.seq, e.kind, e.at, r.issue_key from evidence e"
                " join request r on r.issue_id = e.issue_id"
                " where e.seq > ? order by e.seq", self.seq):
            asked = self.asked.get(key)
            if asked is None:
                continue              # not a person's request
            if kind == "asked":
                self.was_asked(asked)
            elif kind == "granted":
                self.was_granted(asked, at)
            elif kind in ENDS:
                asked.ended_at, asked.end = at, kind

    def was_asked(self, asked):
        """All who are owed get a mail; one of them answers. What was approved
        is void: it is asked about anew, as when the access that a request would
        have prolonged was over before the answer came."""
        asked.asks += 1
        asked.approved_at = None
        owed = [r[0] for r in self.rows(
            "select o.account from owed o join approval a on a.id = o.approval"
            " join request r on r.id = a.request_id"
            " where r.issue_key = ? and a.state = 'open' order by 1",
            asked.key)]
        if not owed:
            return
        n = asked.need.number
        who = self.a.dice("approver", n, asked.asks).choice(owed)
        minutes = self.a.between("after", "answered-after-minutes", n,
                                 asked.asks)
        if asked.asks == 1 and self.a.happens("after", "self-approved", n):
            self.at(self.now() + 60, self.approves_himself, asked)
        self.at(working_time(self.a, self.now() + minutes * 60), self.decides,
                asked, self.by_account[who], asked.asks)

    def was_granted(self, asked, at):
        asked.granted_at = at
        need = asked.need
        if asked.approved_at is None:
            asked.approved_at = asked.filed_at     # nobody was asked
        if asked.prolongs is not None and asked.prolongs.end:
            asked.prolongs = None    # too late for that: access of its own
            return
        if asked.seconds is None or asked.prolongs is not None:
            return
        if need.wrong:
            self.at(working_time(self.a, at + HOUR), self.was_wrong, asked)
        elif self.a.happens("demand", "given-back", need.number):
            share = self.a.dice("gives back", need.number).uniform(0.1, 0.9)
            self.at(working_time(self.a, at + asked.seconds * share),
                    self.gives_back, asked)
        elif asked.seconds >= DAY and self.a.happens("demand", "prolonged",
                                                     need.number):
            self.at(working_time(self.a, at + asked.seconds * 0.6),
                    self.prolongs, asked)

    # ---- People ----

    def files_for(self, need):
        if self.is_down("jira"):
            self.at(self.down[0] + HOUR, self.files_for, need)
        elif need.person.works(self.now()):
            self.file(need, need.role, need.seconds)

    def file(self, need, role, seconds, prolongs=None):
        agent = None
        if need.channel != "portal" and self.a.happens(
                "after", "still-not-portal", need.number):
            agent = "hugo" if need.person.login != "hugo" else "anna"
        key = self.files(need.person.login, role, seconds, agent,
                         need.channel)
        asked = Asked(key, need, self.now(), role, seconds, prolongs)
        self.asked[key] = asked
        self.tick_soon()
        return asked

    def decides(self, asked, who, asks):
        if self.is_down("jira"):
            self.at(self.down[0] + HOUR, self.decides, asked, who, asks)
            return
        if asked.asks != asks or asked.end or asked.approved_at is not None:
            return
        yes = not asked.need.declined
        if not self.answer(asked.key, who, yes):
            return
        self.tick_soon()
        if not yes:
            return
        if asks == 1 and asked.seconds is not None and self.a.happens(
                "after", "edited-after-approval", asked.need.number):
            asked.seconds *= 2
            self.jira_must("hugo", "PUT", f"/rest/api/3/issue/{asked.key}", {
                "fields": {"customfield_10202": f"{asked.seconds // 60}m"}})
            self.mistakes["edited"] += 1
        else:
            asked.approved_at = self.now()

    def answer(self, key, who, yes):
        approval = self.control_must("GET", "/jira/approval", key=key).strip()
        status, _ = self.jira_call(
            who, "POST", f"/rest/servicedeskapi/request/{key}/approval/"
            f"{approval}", {"decision": "approve" if yes else "decline"})
        return status == 200

    def approves_himself(self, asked):
        if self.is_down("jira") or asked.approved_at is not None or asked.end:
            return
        hugo = self.plan.by_login("hugo").account
        self.jira_must("hugo", "PUT", f"/rest/api/3/issue/{asked.key}", {
            "fields": {"customfield_10003": [{"accountId": hugo}]}})
        self.answer(asked.key, "hugo", True)
        self.mistakes["approved by an agent"] += 1
        self.tick_soon()

    def ends_it(self, asked):
        if asked.end or not asked.need.person.works(self.now()):
            return False
        status, _ = self.jira_call(
            asked.need.person.login, "POST",
            f"/rest/servicedeskapi/request/{asked.key}/transition",
            {"id": "51"})
        self.tick_soon()
        if not 200 <= status < 300:
            return False
        asked.returned_at = self.now()
        return True

    def gives_back(self, asked):
        if self.is_down("jira"):
            self.at(self.down[0] + HOUR, self.gives_back, asked)
        else:
            self.ends_it(asked)

    def was_wrong(self, asked):
        if self.is_down("jira"):
            self.at(self.down[0] + HOUR, self.was_wrong, asked)
        elif self.ends_it(asked):
            self.mistakes["wrong role"] += 1
            right = next(r for r in self.plan.roles if r.name == "read" and
                         r.application == asked.role.application)
            asked.need.wrong = False
            self.file(asked.need, right, asked.seconds)

    def prolongs(self, asked):
        if self.is_down("jira") or asked.end or \
                not asked.need.person.works(self.now()):
            return
        more = self.file(asked.need, asked.role, asked.seconds, asked)
        self.jira_must(asked.need.person.login, "POST",
                       "/rest/api/3/issueLink", {
                           "type": {"name": "Relates"},
                           "inwardIssue": {"key": asked.key},
                           "outwardIssue": {"key": more.key}})

    def leaves(self, person):
        self.account_active(person, False)
        self.heard[self.user_of(person)] = self.now()
        self.tick_soon()

    def signs_on(self, week):
        """Who has a paid seat and uses it, and everybody to the provider."""
        if self.is_down("provider"):
            return
        every = max(1, round(self.a.of("demand", "signs-on-every-days") / 7))
        there = self.memberships()
        for p in self.plan.people:
            if not p.works(self.now()) or (week + p.number) % every != 0:
                continue
            user = self.user_of(p)
            self.control_must("POST", "/okta/signed-on",
                              {"user": user, "at": self.now()})
            for role in self.plan.roles:
                if role.name == "user" and role.application in company.SEATS \
                        and (user, role.groups[0]) in there and \
                        not self.idle(p, role):
                    self.control_must("POST", "/okta/signed-on", {
                        "user": user, "at": self.now(),
                        "app": company.app_id(role.application)})

    def idle(self, person, role):
        return self.a.happens("demand", "idle-seats", person.number, role.id)

    # ---- IT, past lapse and with it ----

    def adds_past_lapse(self, n):
        if not self.on_host(self.adds_past_lapse, n):
            return
        die = self.a.dice("past lapse", "who", n)
        person = die.choice([p for p in self.plan.people
                             if p.works(self.now()) and not p.leads])
        role = die.choice([r for r in self.plan.roles if len(r.groups) == 1
                           and r.name != "user"])
        member = (self.user_of(person), role.groups[0])
        if member not in self.memberships():
            self.console(person.login, role.groups[0], True, "hugo")
            self.past_lapse.add(member)
            self.mistakes["past lapse"] += 1

    def looks_at_drift(self):
        """Anna gives an end to whatever was added past lapse."""
        if not self.on_host(self.looks_at_drift):
            return
        for row in self.records("drift", "--kind", "shadow"):
            member = (self.whose(row.get("user")), row.get("group"))
            if member not in self.past_lapse or row.get("role") is None:
                continue
            role = next(r for r in self.plan.roles if r.id == row["role"])
            days = 1 if role.elevated else 7
            status, _, _ = self.lapse(
                "adopt", row["login"], row["role"], f"--for={days}d",
                "--reason=added in the console, without a request",
                person=True)
            if status == 0:
                self.past_lapse.discard(member)
                self.given.append((*member, self.now(),
                                   self.now() + days * DAY))
        self.tick_soon()

    def breaks_glass(self, n):
        if not self.on_host(self.breaks_glass, n):
            return
        die = self.a.dice("glass", n)
        person = die.choice([p for p in self.plan.people
                             if p.works(self.now()) and not p.leads])
        role = die.choice([r for r in self.plan.roles if r.elevated])
        status, _, _ = self.lapse(
            "grant", "--break-glass", company.email(person.login), role.id,
            "--for=2h", "--reason=production is down", person=True)
        if status != 0:
            return                    # has it already, by a hand-made past
        self.mistakes["break-glass"] += 1
        self.given.append((self.user_of(person), role.groups[0], self.now(),
                           self.now() + 2 * HOUR))
        self.tick_soon()
        self.at(working_time(self.a, self.now() + 20 * HOUR),
                self.acknowledges, n)

    def acknowledges(self, n):
        """Somebody other than the operator closes the issues of the glass."""
        if not self.on_host(self.acknowledges, n):
            return
        for (key,) in self.rows(
                'select issue_key from "grant" where break_glass = 1 and'
                " acknowledged_by is null and issue_key is not null"):
            self.jira_must("hugo", "POST",
                           f"/rest/api/3/issue/{key}/transitions",
                           {"transition": {"id": "91"}, "fields": {}})
        self.tick_soon()

    def reclaims(self):
        if self.down is None:
            self.lapse("reclaim")
            self.tick_soon()

    # ---- Reviews ----

    def campaigns(self):
        """Privileged access each quarter, and who moved since the last."""
        length = self.plan.end - self.plan.begin
        first = self.plan.begin + min(7 * DAY, length // 8)
        every = min(91 * DAY, length // 2)
        for n, begin in enumerate(range(first + 10 * HOUR,
                                        self.plan.end - 20 * DAY, every)):
            begin = working_time(self.a, begin)
            self.at(begin, self.opens, f"privileged {n + 1}", "--elevated")
            if n > 0:
                since = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                      time.gmtime(begin - every))
                self.at(begin + HOUR, self.opens, f"movers {n + 1}",
                        f"--moved-since={since}")

    def opens(self, name, scope):
        if not self.on_host(self.opens, name, scope):
            return
        status, _, err = self.lapse("review-open", name, scope,
                                    "--reason=each quarter", person=True)
        if status not in (0, 13):
            self.problems.append(f"review-open {name}: exit {status}: {err}")
            return
        self.tick_soon()
        if status == 0:
            self.at(working_time(self.a, self.now() + DAY), self.reviewers_see,
                    name)
            self.at(working_time(self.a, self.now() + 15 * DAY), self.closes,
                    name, 5)

    def reviewers_see(self, name):
        if not self.on_host(self.reviewers_see, name):
            return
        items = self.rows(
            "select i.task_key, s.reviewer, i.user_id, i.group_id, i.via,"
            " i.login, i.role from item i join sheet s on s.id = i.sheet_id"
            " join campaign c on c.id = i.campaign_id where c.name = ? and"
            " i.task_key is not null order by i.n", name)
        for item in items:
            reviewer = self.by_account[item[1]]
            if self.a.happens("after", "review-silent", name, reviewer):
                continue
            days = self.a.dice("reviews", name, reviewer).uniform(0.2, 8)
            self.at(working_time(self.a, self.now() + days * DAY),
                    self.reviews, name, reviewer, item)

    def reviews(self, name, reviewer, item):
        if not self.on_host(self.reviews, name, reviewer, item):
            return
        key, _, user, group, via, login, role = item
        user = self.whose(user)
        die = self.a.dice("review", name, login, role).random() * 100
        move, fields = "301", {}
        if name.startswith("movers"):
            revokes, limits = self.a.of("after", "mover-revokes"), 0
        elif via == "grant":
            revokes = limits = 0       # has an end already
        else:
            revokes = self.a.of("after", "review-revokes")
            limits = self.a.of("after", "review-limits")
        if die < revokes:
            move, fields = "302", {"customfield_10207": "not needed for work"}
        elif die < revokes + limits:
            move, fields = "303", {"customfield_10207": "until it is handed on",
                                   "customfield_10208": "8h"}
        if fields:
            status, _ = self.jira_call(reviewer, "PUT",
                                       f"/rest/api/3/issue/{key}",
                                       {"fields": fields})
            if status != 204:
                return        # too late: the fallback has it
        status, _ = self.jira_call(
            reviewer, "POST", f"/rest/api/3/issue/{key}/transitions",
            {"transition": {"id": move}, "fields": {}})
        if status == 204:
            self.reviewed += 1
            if move == "302":
                self.taken[(user, group)] = self.now()
                self.taken[(user, role)] = self.now()
            elif move == "303":
                self.limited[(user, group)] = self.now() + 8 * HOUR
        self.tick_soon()

    def closes(self, name, tries):
        if not self.on_host(self.closes, name, tries):
            return
        status, _, err = self.lapse("review-close", name, person=True)
        if status != 0 and tries > 0:
            self.at(working_time(self.a, self.now() + DAY), self.closes, name,
                    tries - 1)
        elif status != 0:
            self.problems.append(f"review-close {name}: exit {status}: {err}")
        else:
            self.at(working_time(self.a, self.now() + DAY), self.signs_off,
                    name)
        self.tick_soon()

    def signs_off(self, name):
        if not self.on_host(self.signs_off, name):
            return
        key = self.rows("select issue_key from campaign where name = ?",
                        name)[0][0]
        if not self.answer(key, "olga", True):
            self.problems.append(f"{name}: olga cannot acknowledge {key}")
        self.tick_soon()
