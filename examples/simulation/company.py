"""The plan as files: the sandbox's seed, and lapse's configuration for it. Jira
is that of the demonstration's company; people, groups and catalog are made."""

import json

from plan import APPLICATIONS, AT_ENTRA, IT

SANDBOX = "examples/sandbox/"
ROLES_OF_IT = {"gina": ["admin", "agent"], "anna": ["admin", "agent"],
               "hugo": ["agent"], "jonas": []}
SEATS = {app: seat for app, _, seat in APPLICATIONS if seat}


def app_id(app):
    """The provider's own id of an application with paid seats."""
    return f"0oa3{app.lower():0<14}h7" if app in SEATS else None


def email(login):
    return f"{login}@acme.example"


def user_of(person):
    """The sandbox's token belongs to its identity engineer."""
    if person.login == "jonas":
        return "00u1jonas00000000h7a"
    return person.user


def _person(p, there, logged_in):
    return {
        "login": p.login, "name": f"{p.login.capitalize()} N{p.number:03d}",
        "department": p.department, "title": p.title, "manager": p.manager,
        "number": str(5000 + p.number), "account": p.account,
        "okta": user_of(p), "entra": p.entra, "oktaStatus": "ACTIVE" if there else "STAGED",
        "lastLogin": logged_in, "jiraActive": there, "jiraAttribute": True,
        "zone": "Europe/Berlin", "roles": ROLES_OF_IT.get(p.login, []),
    }


def seed(plan):
    with open(SANDBOX + "company.json", encoding="utf-8") as f:
        company = json.load(f)
    bots = [p for p in company["people"] if "department" not in p]
    company["people"] = bots + [
        _person(p, p.hired < plan.begin, "2027-01-01T09:00:00.000Z")
        for p in plan.people]
    past = {}
    for login, group in plan.past:
        past.setdefault(group, []).append(login)
    company["directory"] = [
        {"id": g, "name": f"{r.application} {r.name}",
         "description": r.id, "members": past.get(g, [])}
        for r in plan.roles for g in r.groups[:1] if r.idp == "okta"]
    company["entra"]["directory"] = [
        {"id": g, "displayName": f"{r.application} {r.name}",
         "members": past.get(g, [])}
        for r in plan.roles for g in r.groups[:1] if r.idp == "entra"]
    company["okta"]["rules"] = []
    company["okta"]["rateLimit"] = 60000
    for group in company["google"]["workspace"]:
        group["members"] = []
    return company


# What the catalog says of each kind of role.
KINDS = {
    "read": ("look at everything", """
	auto-approve = true
	default-duration = "7d"
	max-duration = "90d"
	max-total = "180d"
"""),
    "user": ("use it every day", """
	standing = true
	approvers = {"manager"}
	fallback-approver = "gina@acme.example"
	inactive-after = "60d"
	reclaim = "granted"
"""),
    "write": ("change what is there", """
	approvers = {"manager"}
	fallback-approver = "gina@acme.example"
	max-duration = "60d"
	max-total = "120d"
"""),
    "admin": ("change settings, people and production", """
	elevated = true
	approvers = {"owner", "manager"}
	fallback-approver = "gina@acme.example"
	default-duration = "4h"
	max-duration = "24h"
	max-total = "2d"
	review-every = "90d"
"""),
}


def catalog(plan):
    out = []
    for n, (app, _, seat) in enumerate(APPLICATIONS):
        idp = "entra" if app in AT_ENTRA else "okta"
        lines = [f'\tidp = "{idp}"', f'\towner = "{email(f"owner{n}")}"']
        if seat:
            lines += [f'\tseat-cost = "{seat}"', f'\tapp-id = "{app_id(app)}"']
        out.append(f'application "{app}" {{\n' + "\n".join(lines) + "\n}\n")
    for r in plan.roles:
        about, policy = KINDS[r.name]
        groups = ", ".join(f'"{g}"' for g in r.groups)
        out.append(f'role "{r.id}" {{\n\tapplication = "{r.application}"\n'
                   f'\tabout = "{about}"\n\tgroups = {{{groups}}}{policy}}}\n')
    return "\n".join(out)


def configuration(plan, assumptions, addresses, folder, mode, operator):
    """That of the sandbox, without its catalog, its reviews by our auditor."""
    with open(SANDBOX + "lapse.conf.in", encoding="utf-8") as f:
        text = f.read()
    head = text[:text.index("# ---- GitHub")]
    head = head[:head.index("\t# The everyday roles")].rstrip() + "\n}\n" + \
        head[head.index('\nidp "okta"'):]
    with open(SANDBOX + "entra.conf.in", encoding="utf-8") as f:
        entra = f.read()
    head += entra[entra.index('idp "entra"'):entra.index("application ")]
    review = text[text.index("review {"):text.index('operator "anna"')]
    review = review.replace("karin@", "grace@").replace("gina@", "olga@")
    every = assumptions.text("run", "observe-every")
    head = head.replace('mode = "enforce"', f'mode = "{mode}"\n'
                        f'observe-every = "{every}"')
    for name, value in (("JIRA", addresses["SANDBOX_JIRA"]),
                        ("OKTA", addresses["SANDBOX_OKTA"]),
                        ("ENTRA", addresses["SANDBOX_ENTRA"]),
                        ("STATE", f"{folder}/state"),
                        ("SECRETS", f"{folder}/secrets")):
        head = head.replace(f"@{name}@", value)
    anna = plan.by_login("anna").account
    minutes = "".join(f"\tminutes-{kind} = {n}\n" for kind, n in
                      assumptions.file["minutes"].items())
    return "\n".join((head, catalog(plan), review,
                      f"report {{\n{minutes}}}\n",
                      f'operator "{operator}" {{ account = "{anna}" }}\n'))
