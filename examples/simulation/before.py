"""The company before lapse: a ticket, a mail or a word in the chat, and somebody
of IT adds a person to a group in the provider's console. lapse only looks on,
in mode observe: its ledger is the measure, not this program."""

import math

from plan import DAY, HOUR, working_time
from world import World

FULL_SYNC = 3 * HOUR + 17 * 60      # of each day


class Before(World):
    def __init__(self, plan, assumptions):
        super().__init__(plan, assumptions, "before", "observe")
        self.issues = 0               # filed by people
        self.hand_made = 0            # adds in the console
        self.removed = 0
        self.needed = {}     # (user, group) -> until; 0: never; inf: with the job
        self.heard = set()   # users whose accounts were ended

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
            self.at(need.at, self.asks, need)
        for day in range(self.plan.begin, self.plan.end, DAY):
            self.at(day + FULL_SYNC, self.tick_soon)
        self.outages()
        self.live(self.plan.end, self.tick)
        # After the last outage everything is read once more.
        self.must("sync", "--full")
        self.clock.move_to(self.now() + 60)

    def tick(self, _):
        if not self.is_down("host"):
            self.lapse("sync", "--full")

    # ---- People ----

    def by_it(self, *die):
        return self.a.dice("who of IT", *die).choice(("anna", "hugo"))

    def asks(self, need):
        if self.is_down("jira"):
            self.at(self.down[0] + HOUR, self.asks, need)
            return
        if not need.person.works(self.now()):
            return
        key = None
        if need.channel == "portal":
            key = self.files(need.person.login, need.role, need.seconds)
            self.issues += 1
        hours = self.a.between("before", "answered-after-hours", need.number)
        when = working_time(self.a, self.now() + hours * HOUR)
        self.at(when, self.answers, need, key)

    def answers(self, need, key):
        if self.down is not None and self.down[1] != "host":
            self.at(self.down[0] + HOUR, self.answers, need, key)
            return
        if key is not None:
            self.jira_must("hugo", "POST",
                           f"/rest/api/3/issue/{key}/transitions",
                           {"transition": {"id": "91"}, "fields": {}})
        if need.declined or not need.person.works(self.now()):
            return
        groups = list(need.role.groups)
        if self.a.happens("before", "too-broad", need.number):
            groups.append(next(
                r.groups[0] for r in self.plan.roles if r.elevated and
                r.application == need.role.application))
        there = self.memberships()
        user = self.user_of(need.person)
        new = [g for g in groups if (user, g) not in there]
        for group in new:
            self.console(need.person.login, group, True,
                         self.by_it(need.number))
        self.hand_made += len(new)
        for group in new:
            self.needed.setdefault((user, group), 0)
        until = math.inf if need.seconds is None else self.now() + need.seconds
        for group in need.role.groups:
            if (user, group) in self.needed:
                self.needed[(user, group)] = max(until,
                                                 self.needed[(user, group)])
        if need.seconds is None or not new or \
                self.a.happens("before", "forgotten", need.number):
            return
        late = DAY * self.a.between("before", "removed-after-days",
                                    need.number)
        self.at(working_time(self.a, self.now() + need.seconds + late),
                self.takes_away, need, new)

    def takes_away(self, need, groups):
        if self.is_down("provider"):
            self.at(self.down[0] + HOUR, self.takes_away, need, groups)
            return
        there = self.memberships()
        for group in groups:
            if (self.user_of(need.person), group) in there:
                self.console(need.person.login, group, False,
                             self.by_it(need.number))
                self.removed += 1

    def leaves(self, person):
        self.account_active(person, False)
        self.heard.add(self.user_of(person))
        if self.a.happens("before", "leavers-cleared", person.number):
            after = DAY * self.a.between("before", "cleared-after-days",
                                         person.number)
            self.at(working_time(self.a, self.now() + after), self.clears,
                    person)

    def clears(self, person):
        user = self.user_of(person)
        for _, group in sorted(m for m in self.memberships() if m[0] == user):
            self.console(person.login, group, False, "anna")
            self.removed += 1
