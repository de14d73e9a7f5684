"""One world: a sandbox process, a clock that nobody waits for, people who call
Jira with their own tokens, and the real lapse on that clock. It knows nothing
of what should be so."""

import base64
import calendar
import heapq
import http.client
import json
import mmap
import os
import pwd
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from urllib.parse import urlencode, urlsplit

import check
import company
from plan import DAY, HOUR

SECRETS = {"jira": "sandbox-jira-classic", "okta": "sandbox-okta-ssws",
           "entra": "sandbox-entra-secret",
           "ledger-key": "0123456789abcdef0123456789abcdef"}
TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT = "66666666-7777-4888-8999-000000000001"


OWNER = "jonas"       # whose token lapse has at Okta; he does nothing by hand
# A run of lapse: when it began, what it was, how it ended, what it said.
Run = namedtuple("Run", "at words status err")


class Failed(Exception):
    """Something that must go well did not."""


class Clock:
    """Milliseconds in a file that sandbox and lapse have mapped too."""

    def __init__(self, path, at):
        with open(path, "wb") as f:
            f.write(struct.pack("=q", at * 1000))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 8)

    def now(self):
        return struct.unpack("=q", self.map[:8])[0] // 1000

    def move_to(self, at):
        if at > self.now():
            self.map[:8] = struct.pack("=q", at * 1000)


class Caller:
    """One connection to a port of the sandbox."""

    def __init__(self, address):
        where = urlsplit(address)
        self.prefix = where.path
        self.line = http.client.HTTPConnection(where.hostname, where.port)

    def call(self, method, path, body=None, who=None, headers=()):
        """Status and body, read as JSON where it is that; a text is sent as it
        is."""
        headers = {"Content-Type": "application/json", **dict(headers)}
        if who is not None:
            token = f"{company.email(who)}:token-{who}".encode()
            headers["Authorization"] = "Basic " + \
                base64.b64encode(token).decode()
        data = body if body is None or isinstance(body, str) else \
            json.dumps(body)
        self.line.request(method, self.prefix + path, data, headers)
        reply = self.line.getresponse()
        text = reply.read().decode()
        is_json = "json" in (reply.getheader("Content-Type") or "")
        return reply.status, json.loads(text) if is_json and text else text


def _stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _epoch(stamp):
    return calendar.timegm(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S"))


def _operator():
    """The login that lapse takes for the person behind this process."""
    try:
        with open("/proc/self/loginuid", encoding="ascii") as f:
            uid = int(f.read())
    except OSError:
        uid = 2**32 - 1
    return pwd.getpwuid(os.getuid() if uid == 2**32 - 1 else uid).pw_name


class World:
    """Moves happen in the order of their times; each asks for a tick of lapse's
    timers a minute later, and so does whatever the ledger says is due."""

    def __init__(self, plan, assumptions, name, mode):
        self.plan, self.a, self.name, self.mode = plan, assumptions, name, mode
        self.build = os.path.abspath(os.environ.get("BUILD", "build"))
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix=f"lapse-year-{name}.", dir=memory)
        self.sandbox = self.ledger = None
        self.moves = []
        self.thrown = 0
        self.tick_at = None
        self.runs = {}
        self.ended = []
        self.spent = {}
        self.down = None              # (until, what) of the outage now
        self.problems = []            # what should have gone otherwise
        self.idp_of = {g: r.idp for r in plan.roles for g in r.groups}
        self.entra_users = {p.entra: company.user_of(p) for p in plan.people}
        self.by_account = {p.account: p.login for p in plan.people}
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    # ---- Beginning and end ----

    def _path(self, *names):
        return os.path.join(self.folder, *names)

    def _write(self, text, *names):
        with open(os.open(self._path(*names), os.O_CREAT | os.O_WRONLY |
                          os.O_TRUNC, 0o600), "w", encoding="utf-8") as f:
            f.write(text)

    def _begin(self):
        for name in ("state", "secrets"):
            os.mkdir(self._path(name), 0o700)
        for name, value in SECRETS.items():
            self._write(value, "secrets", name)
        self._write(json.dumps(company.seed(self.plan)), "company.json")
        self.clock = Clock(self._path("clock"), self.plan.begin - 3600)
        addresses = self._start_sandbox()
        self.jira = Caller(addresses["SANDBOX_JIRA"])
        self.control = Caller(addresses["SANDBOX_CONTROL"])
        self.okta = Caller(addresses["SANDBOX_OKTA"])
        self.entra = Caller(addresses["SANDBOX_ENTRA"])
        self.entra_base = addresses["SANDBOX_ENTRA"]
        self._write(company.configuration(
            self.plan, self.a, addresses, self.folder, self.mode,
            _operator()), "lapse.conf")
        self._environment()
        self.must("init", "--project", "10042", "--issue-type", "10100")
        self.must("catalog", "publish")
        self.must("sync", "--full")
        self.seen = check.Seen(self)
        self.ledger = sqlite3.connect(
            f"file:{self._path('state', 'ledger.db')}?mode=ro", uri=True,
            isolation_level=None)

    def _start_sandbox(self):
        ready = self._path("ready")
        self.sandbox = subprocess.Popen(
            [f"{self.build}/sandbox", "--seed", self._path("company.json"),
             "--ready", ready, "--clock", self._path("clock"),
             "--with-parent"], stdin=subprocess.DEVNULL)
        for _ in range(1000):
            if os.path.exists(ready):
                break
            if self.sandbox.poll() is not None:
                raise Failed("the sandbox does not start")
            time.sleep(0.01)
        with open(ready, encoding="ascii") as f:
            return dict(line.strip().split("=", 1) for line in f)

    def _environment(self):
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LAPSE_CONFIG": self._path("lapse.conf"),
            "LD_PRELOAD": f"{self.build}/kill/clock.so",
            "CLOCK": self._path("clock"), "LC_ALL": "C.UTF-8",
        }
        # A person: under sudo, or at a terminal.
        self.by_hand = dict(self.env)
        if os.getuid() == 0:
            self.by_hand["SUDO_UID"] = "0"
        self.terminal = os.openpty()

    def close(self):
        if self.sandbox is not None:
            self.sandbox.terminate()
            self.sandbox.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- lapse ----

    def lapse(self, *words, person=False):
        """One run; (status, stdout, stderr)."""
        began, at = time.monotonic(), self.now()
        done = subprocess.run(
            [f"{self.build}/lapse", *words], capture_output=True, text=True,
            env=self.by_hand if person else self.env, check=False,
            stdin=self.terminal[1] if person else subprocess.DEVNULL)
        name = words[0]
        self.runs[name] = self.runs.get(name, 0) + 1
        self.spent[name] = self.spent.get(name, 0) + time.monotonic() - began
        said = done.stderr.strip()
        if done.returncode != 0 and self.ledger is not None:
            # What lasts is spoken of when it begins, and then seldom.
            said = "\n".join([said] + [r[0] for r in self.rows(
                "select text from condition")])
        self.ended.append(Run(at, words, done.returncode, said))
        if done.returncode < 0:
            raise Failed(f"lapse {' '.join(words)}: killed by signal "
                         f"{-done.returncode}")
        if done.returncode in (1, 64, 65, 78):
            raise Failed(f"lapse {' '.join(words)}: exit {done.returncode}\n"
                         f"{done.stdout}{done.stderr}")
        return done.returncode, done.stdout, done.stderr

    def must(self, *words, person=False):
        status, out, err = self.lapse(*words, person=person)
        if status != 0:
            raise Failed(f"lapse {' '.join(words)}: exit {status}\n{out}{err}")
        return out

    def records(self, *words, person=False):
        """What a command prints with --json."""
        _, out, _ = self.lapse(*words, "--json", person=person)
        return [json.loads(line) for line in out.splitlines()
                if line.startswith("{")]

    def rows(self, sql, *values):
        return self.ledger.execute(sql, values).fetchall()

    # ---- Jira, the provider's console ----

    def jira_call(self, who, method, path, body=None):
        return self.jira.call(method, path, body, who)

    def jira_must(self, who, method, path, body=None):
        status, reply = self.jira.call(method, path, body, who)
        if not 200 <= status < 300:
            raise Failed(f"{who}: {method} {path}: {status} {reply}")
        return reply

    def control_must(self, method, path, body=None, **query):
        if query:
            path += "?" + urlencode({"as": "text", **query})
        status, reply = self.control.call(method, path, body)
        if not 200 <= status < 300:
            raise Failed(f"{method} {path}: {status} {reply}")
        return reply

    def console(self, login, group, present, by):
        """Somebody in the provider's console, whom its log names."""
        self.control_must("POST", f"/{self.idp_of[group]}/membership", {
            "group": group, "user": login, "present": present, "by": by})

    def log(self, since, until):
        """Changes of membership by the providers' own logs, oldest first:
        (at, user, group, is an add, by lapse)."""
        return sorted(
            self._okta_log(_stamp(since), _stamp(until)) +
            self._entra_log(_stamp(since), _stamp(until - 1)),
            key=lambda event: event[0])

    def _okta_log(self, since, until):
        query = urlencode({
            "since": since, "until": until, "limit": 1000,
            "sortOrder": "ASCENDING", "filter":
            'eventType eq "group.user_membership.add" or '
            'eventType eq "group.user_membership.remove"'})
        headers = {"Authorization": f"SSWS {SECRETS['okta']}"}
        status, events = self.okta.call("GET", f"/api/v1/logs?{query}",
                                        headers=headers)
        if status != 200 or len(events) == 1000:
            raise Failed(f"Okta's log: {status}, {len(events)} events")
        found = []
        for e in events:
            user, group = (t["id"] for t in e["target"])
            found.append((_epoch(e["published"]), user, group,
                          e["eventType"].endswith(".add"),
                          e["actor"]["alternateId"].startswith(OWNER)))
        return found

    def _entra_log(self, since, last):
        status, token = self.entra.call(
            "POST", f"/{TENANT}/oauth2/v2.0/token", urlencode({
                "grant_type": "client_credentials", "client_id": CLIENT,
                "client_secret": SECRETS["entra"],
                "scope": f"{self.entra_base}/.default"}),
            headers={"Content-Type": "application/x-www-form-urlencoded"})
        if status != 200:
            raise Failed(f"Entra's token: {status}")
        query = urlencode({"$top": 999, "$filter":
                           f"activityDateTime ge {since} and "
                           f"activityDateTime le {last}"})
        status, events = self.entra.call(
            "GET", f"/v1.0/auditLogs/directoryAudits?{query}",
            headers={"Authorization": f"Bearer {token['access_token']}"})
        if status != 200 or "@odata.nextLink" in events:
            raise Failed(f"Entra's log: {status}, or too many events")
        found = []
        for e in reversed(events["value"]):       # the newest is first
            user, group = (t["id"] for t in e["targetResources"])
            found.append((_epoch(e["activityDateTime"]), self.whose(user),
                          group, e["operationType"] == "Assign",
                          e["initiatedBy"]["app"] is not None))
        return found

    @staticmethod
    def user_of(person):
        """A person by the user at Okta, wherever the groups are."""
        return company.user_of(person)

    def whose(self, user):
        return self.entra_users.get(user, user)

    def memberships(self):
        """The truth, as {(user, group)}."""
        lines = [line.split(" ") for idp in ("okta", "entra") for line in
                 self.control_must("GET", f"/{idp}/memberships?as=text")
                 .splitlines()]
        return {(self.whose(user), group) for group, user in lines}

    def account_active(self, person, active):
        self.control_must("POST", "/okta/user", {
            "id": company.user_of(person),
            "status": "ACTIVE" if active else "DEPROVISIONED"})
        self.control_must("POST", "/entra/user", {
            "id": person.entra, "accountEnabled": active})
        self.control_must("POST", "/jira/user", {
            "account": person.account, "active": active})

    def moves_on(self, person):
        """Another department, another manager."""
        _, department, manager = person.moved
        person.department, person.manager = department, manager
        self.control_must("POST", "/okta/user", {
            "id": company.user_of(person), "profile": {
                "department": department,
                "managerId": company.email(manager), "manager": manager}})
        self.control_must("POST", "/entra/user", {
            "id": person.entra, "department": department,
            "x-manager": self.plan.by_login(manager).entra})

    def files(self, login, role, seconds, agent=None, channel=None):
        """A request on the form; the key of its issue. An agent files it for
        somebody who wrote or said it."""
        how_long = "no end" if seconds is None else f"{seconds // 60}m"
        body = {"serviceDeskId": "4", "requestTypeId": "25",
                "requestFieldValues": {
                    "customfield_10200": {"value": role.application,
                                          "child": {"value": role.name}},
                    "summary": f"Access: {role.id}",
                    "customfield_10202": how_long,
                    "customfield_10204": "to get work done"}}
        if agent is not None:
            body["raiseOnBehalfOf"] = self.plan.by_login(login).account
            body["channel"] = "email" if channel == "mail" else "jira"
        return self.jira_must(agent or login, "POST",
                              "/rest/servicedeskapi/request", body)["issueKey"]

    # ---- Time ----

    def now(self):
        return self.clock.now()

    def at(self, when, what, *args):
        """A move; of those with the same time the one that was said first."""
        self.thrown += 1
        heapq.heappush(self.moves, (max(when, self.now()), self.thrown, what,
                                    args))

    def outages(self):
        for day in range(self.plan.begin, self.plan.end, 7 * DAY):
            self.at(day + HOUR, self.seen.read)
        for begin, end, what in self.plan.outages:
            self.at(begin, self._goes_down, end, what)
            self.at(end, self._comes_back)

    def _goes_down(self, until, what):
        self.down = (until, what)
        if what != "host":
            for service in ("okta", "entra") if what == "provider" else (what,):
                self.control_must("POST", "/fault", {
                    "kind": "status", "status": 503, "times": -1,
                    "service": service})

    def _comes_back(self):
        if self.down[1] != "host":
            self.control_must("DELETE", "/fault")
        self.down = None
        self.tick_soon()

    def is_down(self, what):
        return self.down is not None and self.down[1] == what

    def tick_soon(self):
        """The next firing of a timer that runs every minute."""
        at = self.now() // 60 * 60 + 60
        if self.tick_at is None or at < self.tick_at:
            self.tick_at = at

    def live(self, until, tick, due=None):
        """Moves and ticks in their order, up to a time. due() says when the
        ledger has something to do again, or None."""
        told = 0
        while True:
            again = due() if due is not None else None
            if again is not None:
                again = max(again, self.now() // 60 * 60 + 60)
            ticks = [t for t in (self.tick_at, again) if t is not None]
            next_tick = min(ticks) if ticks else until
            next_move = self.moves[0][0] if self.moves else until
            if min(next_tick, next_move) >= until:
                break
            if next_move <= next_tick:
                self.clock.move_to(next_move)
                _, _, what, args = heapq.heappop(self.moves)
                what(*args)
            else:
                self.clock.move_to(next_tick)
                asked_for = self.tick_at is not None
                self.tick_at = None
                tick(asked_for)
            told = self._progress(told)
        self.clock.move_to(until)

    def _progress(self, told):
        month = (self.now() - self.plan.begin) // (30 * DAY)
        if month > told:
            print(f"  {self.name:<7}{int((self.now() - self.plan.begin) / DAY):4}"
                  f" days, {sum(self.runs.values())} runs of lapse",
                  file=sys.stderr, flush=True)
        return max(month, told)
