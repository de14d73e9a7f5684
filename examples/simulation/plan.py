"""The dice: who is there, who comes, goes and moves, and what people need.

Nothing here knows of lapse, or of the way the company works: both worlds, before
and after, live through one plan. Every die has a name of its own, so that the
fall of one never depends on how often another was thrown."""

import configparser
import random
from dataclasses import dataclass, field

DAY = 86400
HOUR = 3600
WORK = (8 * HOUR, 18 * HOUR)
BEGIN = 1798761600 + 3 * DAY        # Monday, 2027-01-04, 00:00 UTC

APPLICATIONS = (  # name, department that uses it most, seat price or None
    ("GitHub", "Engineering", "21 USD"),
    ("AWS", "Engineering", None),
    ("Kubernetes", "Engineering", None),
    ("Snowflake", "Data", None),
    ("Salesforce", "Sales", "150 USD"),
    ("HubSpot", "Marketing", "45 USD"),
    ("Zendesk", "Support", "89 USD"),
    ("NetSuite", "Finance", None),
    ("BambooHR", "People", None),
    ("Figma", "Product", "45 USD"),
)
# The groups of these are at Microsoft Entra ID, all others at Okta; everybody
# has an account at both.
AT_ENTRA = ("Kubernetes", "Snowflake")
DEPARTMENTS = ("Engineering", "Engineering", "Engineering", "Data", "Sales",
               "Sales", "Marketing", "Support", "Support", "Finance", "People",
               "Product")
IT = ("gina", "anna", "hugo", "jonas")   # head, administrator, desk, identity


class Assumptions:
    """The numbers of assumptions.conf: of("demand", "portal"), and dice that
    know a range or a list when they see one."""

    def __init__(self, path, seed):
        self.file = configparser.ConfigParser()
        with open(path, encoding="utf-8") as f:
            self.file.read_file(f)
        self.seed = seed

    def text(self, section, name):
        return self.file[section][name]

    def of(self, section, name):
        return float(self.text(section, name))

    def dice(self, *name):
        return random.Random(":".join(str(n) for n in (self.seed, *name)))

    def happens(self, section, name, *die):
        """A share in percent, thrown with the die of that name."""
        share = self.of(section, name) / 100
        return self.dice(section, name, *die).random() < share

    def between(self, section, name, *die):
        low, high = self.text(section, name).split("..")
        return self.dice(section, name, *die).uniform(float(low), float(high))

    def one_of(self, section, name, *die):
        choices = [float(c) for c in self.text(section, name).split(",")]
        return self.dice(section, name, *die).choice(choices)


@dataclass
class Person:
    login: str
    department: str
    manager: "str | None"
    hired: int                    # seconds; before BEGIN: was there
    number: int
    title: str = "Employee"
    leads: bool = False           # has people, or owns an application
    left: "int | None" = None     # last day
    moved: "tuple | None" = None  # when, department, manager

    account = property(lambda p: f"5b30{p.number:020d}")
    user = property(lambda p: f"00u3p{p.number:04d}000000000h7")
    entra = property(lambda p: f"0e2f3a4b-{p.number:04d}-4a00-8000-"
                     "000000000000")

    def works(self, at):
        return self.hired <= at and (self.left is None or at < self.left)


@dataclass
class Role:
    application: str
    name: str                     # read user write admin
    elevated: bool
    groups: tuple
    max_days: float

    id = property(lambda r: f"{r.application.lower()}/{r.name}")
    idp = property(lambda r: "entra" if r.application in AT_ENTRA else "okta")


@dataclass
class Need:
    """Somebody needs a role for a while. seconds None: for the job."""
    number: int
    person: Person
    role: Role
    at: int
    seconds: "int | None"
    channel: str                  # portal mail chat
    declined: bool
    wrong: bool = False           # it was the wrong role


@dataclass
class Plan:
    begin: int
    end: int
    people: list
    roles: list
    needs: list = field(default_factory=list)
    past: list = field(default_factory=list)    # (person, group), hand-made
    outages: list = field(default_factory=list)  # (from, to, what)

    def by_login(self, login):
        return next(p for p in self.people if p.login == login)


def roles():
    made = []
    for n, (app, _, seat) in enumerate(APPLICATIONS):
        def group(kind, n=n, at_entra=app in AT_ENTRA):
            if at_entra:
                kind = ("read", "user", "write", "admin").index(kind)
                return f"9a1b3c4d-00{n:02d}-4b00-8000-00000000000{kind}"
            return f"00g3a{n:02d}{kind:<8}".replace(" ", "0") + "0h7"
        made += [
            Role(app, "read", False, (group("read"),), 90),
            Role(app, "user", False, (group("user"),), 365),
            Role(app, "write", False, (group("write"), group("read")), 60),
            Role(app, "admin", True, (group("admin"),), 1),
        ]
    return made


def workdays(begin, end):
    return [d for d in range(begin, end, DAY)
            if (d // DAY + 3) % 7 < 5]          # 1970-01-01 was a Thursday


def slot(a, at):
    step = int(a.of("run", "slot-minutes")) * 60
    return int(at) // step * step


def working_time(a, at):
    """The next slot, at this time or later, at which people work."""
    at = slot(a, at)
    while True:
        day, second = at // DAY * DAY, at % DAY
        if (day // DAY + 3) % 7 < 5 and WORK[0] <= second < WORK[1]:
            return at
        at = day + WORK[0] if second < WORK[0] else day + DAY + WORK[0]


def _people(a, begin, end, start, final):
    """IT, the owners of the applications, an auditor; then staff, in teams
    whose first is the manager. Whoever comes, comes on a working day."""
    people = [Person("grace", "Executive", None, 0, 0, "Chief Executive", True),
              Person("olga", "Legal", "grace", 0, 1, "Internal Auditor", True)]
    for login in IT:
        people.append(Person(login, "IT", "grace" if login == "gina" else
                             "gina", 0, len(people), "IT", True))
    for n, (app, department, _) in enumerate(APPLICATIONS):
        people.append(Person(f"owner{n}", department, "grace", 0, len(people),
                             f"Owner of {app}", True))
    team = int(a.of("company", "team"))
    days = workdays(begin, end)
    managers = {}
    members = {}
    while len(people) < final:
        n = len(people)
        die = a.dice("person", n)
        department = die.choice(DEPARTMENTS)
        owner = next(p.login for p in people if p.department == department)
        hired = 0
        if n >= start:
            share = (n - start) / max(1, final - start)
            hired = working_time(a, days[int(share * len(days))] + WORK[0])
        leads = members.get(department, team) == team
        p = Person(f"p{n:03d}", department, owner if leads else
                   managers[department], hired, n,
                   "Manager" if leads else "Employee", leads)
        if leads:
            managers[department] = p.login
            members[department] = 0
        else:
            members[department] += 1
        people.append(p)
    return people, managers


def _lives(a, begin, end, people, managers):
    """Who leaves and who moves, when."""
    for p in people:
        if p.leads:
            continue
        die = a.dice("life", p.number)
        first = max(begin, p.hired + 20 * DAY)
        there = (end - first) / (365 * DAY)
        if there <= 0:
            continue
        if die.random() < a.of("company", "leave") / 100 * there:
            p.left = working_time(a, die.uniform(first, end))
        elif die.random() < a.of("company", "move") / 100 * there:
            to = die.choice([d for d in managers if d != p.department])
            if _hired(people, managers[to]) < end:
                p.moved = (working_time(a, die.uniform(first, end)), to,
                           managers[to])


def _hired(people, login):
    return next(p.hired for p in people if p.login == login)


def _role_for(die, person, everything, kinds):
    """Mostly of one's own department's applications."""
    own = [app for app, department, _ in APPLICATIONS
           if department == person.department]
    apps = own if own and die.random() < 0.75 else [x[0] for x in APPLICATIONS]
    return die.choice([r for r in everything
                       if r.application in apps and r.name in kinds])


def _past(a, plan, there):
    for p in there:
        die = a.dice("past", p.number)
        for _ in range(int(a.of("past", "plain-roles"))):
            role = _role_for(die, p, plan.roles, ("read", "user", "write"))
            plan.past += [(p, g) for g in role.groups]
        if die.random() < a.of("past", "privileged") / 100:
            plan.past.append((p, _role_for(die, p, plan.roles,
                                           ("admin",)).groups[0]))
    plan.past = list(dict.fromkeys(((p.login, g) for p, g in plan.past)))


def _channel(a, die):
    x = die.random() * 100
    portal = a.of("demand", "portal")
    if x < portal:
        return "portal"
    return "mail" if x < portal + a.of("demand", "mail") else "chat"


def _needs(a, plan):
    """Each working day, each who is there; and the first day of each."""
    found = []
    rate = a.of("demand", "requests") * 12 / 260
    for p in plan.people:
        if p.hired >= plan.begin:
            die = a.dice("first day", p.number)
            for role in {_role_for(die, p, plan.roles, ("user",)).id
                         for _ in range(2)}:
                found.append((p.hired + HOUR, p, role, None, die))
        for day in workdays(max(plan.begin, p.hired // DAY * DAY), plan.end):
            die = a.dice("need", p.number, day)
            if die.random() >= rate or p.login in ("grace", "olga"):
                continue
            at = slot(a, die.uniform(day + WORK[0], day + WORK[1] - HOUR))
            if not p.works(at):
                continue
            if die.random() < a.of("demand", "privileged") / 100:
                role = _role_for(die, p, plan.roles, ("admin",)).id
                hours = a.one_of("demand", "privileged-hours", p.number, day)
                found.append((at, p, role, int(hours * HOUR), die))
            else:
                role = _role_for(die, p, plan.roles, ("read", "write")).id
                days = a.one_of("demand", "plain-days", p.number, day)
                found.append((at, p, role, int(days * DAY), die))
    found.sort(key=lambda f: (f[0], f[1].number, f[2]))
    by_id = {r.id: r for r in plan.roles}
    for at, p, role, seconds, die in found:
        if at >= plan.end:
            continue
        n = len(plan.needs)
        plan.needs.append(Need(
            n, p, by_id[role], at, seconds, _channel(a, die),
            a.happens("demand", "declined", n),
            wrong=seconds is not None and a.happens("demand", "wrong-role", n)))


def _outages(a, plan):
    """None over another, none on the first days or the last."""
    for what in ("jira", "provider", "host"):
        wanted = a.of("weather", f"{what}-down")
        days = (plan.end - plan.begin) / DAY
        for n in range(round(wanted * days / 365) or (wanted > 0)):
            die = a.dice("outage", what, n)
            hours = a.between("weather", f"{what}-down-hours", n)
            for _ in range(100):
                day = die.choice(workdays(plan.begin + 2 * DAY,
                                          plan.end - 2 * DAY))
                begin = slot(a, day + die.uniform(6, 14) * HOUR)
                end = begin + slot(a, hours * HOUR) + 60
                if all(end + DAY < b or e + DAY < begin
                       for b, e, _ in plan.outages):
                    plan.outages.append((begin, end, what))
                    break
    plan.outages.sort()


def make(a, days, start, final):
    begin, end = BEGIN, BEGIN + days * DAY
    people, managers = _people(a, begin, end, start, final)
    _lives(a, begin, end, people, managers)
    plan = Plan(begin, end, people, roles())
    _past(a, plan, [p for p in people if p.hired < begin])
    _needs(a, plan)
    _outages(a, plan)
    return plan
