/* Resolving a request: which role, which person in which provider, which
 * groups, who may approve; then the pure decision and the hash of the
 * content. It reads and never changes anything outside the ledger. */
#include <stdlib.h>
#include <string.h>

#include "adoption.h"
#include "changes.h"
#include "delegate.h"
#include "grants.h"
#include "reconcile.h"
#include "request.h"
#include "text.h"

/* ---- What is asked ---- */

static bool offered(const struct request *r)
{
	const struct strs *offers = &r->type->offers;

	for (size_t i = 0; i < offers->n; i++)
		if (text_match(offers->items[i], r->role->name))
			return true;
	return offers->n == 0;
}

static int problem(struct request *r, const char *code, const char *words)
{
	r->problem_code = code;
	r->problem = words;
	return 0;
}

static int resolve_role(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	const struct jira_issue *i = r->issue;

	if (i->roles.n == 0)
		return problem(r, "no-role", "No role was chosen. Please file "
			"a new request and choose one.");
	if (i->roles.n > 1)
		return problem(r, "several-roles", "More than one role was "
			"chosen. Please file one request for each role, so "
			"that each can be approved and end on its own.");
	if (catalog_role_of_option(l, r->type->form.role, &i->roles.items[0],
		&r->role, err) < 0)
		return err->code;
	if (r->role == NULL)
		return problem(r, "unknown-role", "The chosen role is not in "
			"the catalog any more. Please choose another one, or "
			"ask your administrator.");
	if (!offered(r))
		return problem(r, "not-offered", "This role cannot be asked "
			"for with this form. Please use the form for it, or "
			"ask your administrator.");
	return 0;
}

static bool means_no_end(const char *text)
{
	return text_same_nocase(text, "no end") ||
		text_same_nocase(text, "permanent") ||
		text_same_nocase(text, "standing");
}

static void resolve_duration(struct request *r)
{
	const char *text = r->issue->how_long;
	struct lapse_err why;

	r->in.until = WHEN_NONE;
	if (text == NULL || *text == '\0')
		return;
	if (means_no_end(text)) {
		r->in.no_end = true;
		return;
	}
	if (when_parse_duration(text, &r->in.duration_s, &why) == 0 ||
		when_parse_time(text, &r->in.until, &why) == 0)
		return;
	problem(r, "not-understood", "The duration was not understood. Write "
		"it like 8h, 90m or 2d, or as a time with its offset like "
		"2026-01-31T18:00:00+01:00, in a new request.");
}

/* An extension is linked to the issue whose grant it prolongs. */
static int resolve_extends(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	for (size_t i = 0; i < r->issue->links.n; i++) {
		struct grant_rows rows = {0};
		int rc = grants_of_issue(l->ledger,
			r->issue->links.items[i].issue_id, &r->arena, &rows,
			err);

		if (rc < 0)
			return rc;
		for (size_t n = 0; n < rows.list.n; n++) {
			const struct grant_row *g = &rows.list.items[n];

			if (strcmp(g->state, "active") != 0 ||
				g->ends_at == WHEN_NONE ||
				strcmp(g->account, r->beneficiary) != 0 ||
				strcmp(g->role, r->role->name) != 0)
				continue;
			r->extends = g->id;
			r->extends_start = g->starts_at;
			r->in.extends_role = g->role;
			r->in.extends_end = g->ends_at;
			r->in.extends_start = g->starts_at;
			r->content.extends = g->issue;
		}
	}
	return 0;
}

/* ---- The beneficiary ---- */

struct people_link *request_link(struct request *r, const char *idp)
{
	for (size_t i = 0; i < r->links.n; i++)
		if (strcmp(r->links.items[i].idp, idp) == 0)
			return &r->links.items[i];
	return NULL;
}

static int add_link(struct lapse *l, struct request *r, const char *idp,
	struct lapse_err *err)
{
	struct people_link *link;

	if (request_link(r, idp) != NULL)
		return 0;
	link = VEC_ADD(&r->links, &r->arena);
	if (link == NULL)
		return lapse_fail_nomem(err);
	link->idp = idp;
	return people_resolve(l, r->beneficiary, idp, &r->arena, link, err);
}

static int resolve_links(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->role->groups.n && rc == 0; i++) {
		const char *idp = NULL;
		const char *group = NULL;

		config_role_group(r->role, i, &idp, &group);
		rc = add_link(l, r, idp, err);
	}
	return rc;
}

/* The person needs an active user in every provider of the role. */
static void judge_links(struct request *r)
{
	struct policy_person *p = &r->in.beneficiary;

	p->idp_ok = true;
	for (size_t i = 0; i < r->links.n; i++) {
		const struct people_link *link = &r->links.items[i];

		if (link->user == NULL) {
			p->idp_ok = false;
			p->idp_problem = link->problem;
			r->decision.admin = link->admin;
			continue;
		}
		strs_add(&r->content.users, &r->arena,
			arena_fmt(&r->arena, "%s:%s", link->idp, link->user));
		if (link->status == IDP_ACTIVE)
			continue;
		p->idp_ok = false;
		p->idp_pending = link->status == IDP_PENDING;
		p->idp_problem = arena_fmt(&r->arena,
			"the user %s is %s in %s", link->login,
			idp_status_name(link->status), link->idp);
	}
}

static int resolve_roles_held(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	struct grant_rows rows = {0};
	int rc = grants_live(l->ledger, r->beneficiary, &r->arena, &rows, err);

	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		if (strcmp(rows.list.items[i].state, "ending") != 0)
			strs_add(&r->in.beneficiary.roles, &r->arena,
				rows.list.items[i].role);
	return rc;
}

/* Access from before lapse is access too: who is in all groups of a role has
 * it, whether lapse gave it or not. */
static int resolve_has(struct lapse *l, struct request *r,
	const struct role *other, bool *ret, struct lapse_err *err)
{
	int rc = 0;

	*ret = other->groups.n > 0;
	for (size_t i = 0; i < other->groups.n && *ret && rc == 0; i++) {
		const char *idp = NULL;
		const char *group = NULL;
		struct people_link *link;

		config_role_group(other, i, &idp, &group);
		rc = add_link(l, r, idp, err);
		link = request_link(r, idp);
		*ret = false;
		if (rc == 0 && link->user != NULL)
			rc = people_in_group(l, idp, group, link->user, ret,
				err);
	}
	return rc;
}

/* Configuration has the conflicts at both of the two roles. */
static int resolve_conflicts(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	struct strs *held = &r->in.beneficiary.roles;
	int rc = 0;

	for (size_t i = 0; i < r->role->conflicts.n && rc == 0; i++) {
		const char *name = r->role->conflicts.items[i];
		const struct role *other = config_role(l->config, name);
		bool has = false;

		strs_add(&r->in.conflicting, &r->arena, name);
		if (other == NULL || strs_has(held, name))
			continue;
		rc = resolve_has(l, r, other, &has, err);
		if (rc == 0 && has)
			strs_add(held, &r->arena, name);
	}
	return rc;
}

static int resolve_eligible(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	const char *home = config_home_idp(l->config, r->role);
	int rc = 0;

	for (size_t i = 0; i < r->role->requestable_by.n && rc == 0; i++) {
		const char *id = r->role->requestable_by.items[i];
		struct people_link *link;
		bool in = false;

		if (home == NULL)
			return 0;
		rc = add_link(l, r, home, err);
		link = request_link(r, home);
		if (rc < 0 || link->user == NULL)
			continue;
		rc = people_in_group(l, home, id, link->user, &in, err);
		if (rc == 0 && in)
			strs_add(&r->in.beneficiary.groups, &r->arena,
				arena_fmt(&r->arena, "%s:%s", home, id));
	}
	return rc;
}

static int resolve_beneficiary(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	struct jira_person p = {0};
	int rc;

	r->in.beneficiary.account = r->beneficiary;
	r->in.beneficiary.ends_at = WHEN_NONE;
	rc = people_account_fresh(l, r->beneficiary, &r->arena, &p, err);
	if (rc == LAPSE_ENOTFOUND) {
		r->in.beneficiary.account = NULL;
		return 0;
	}
	if (rc < 0)
		return rc;
	r->in.beneficiary.name = p.name;
	r->in.beneficiary.active = p.active;
	rc = resolve_links(l, r, err);
	if (rc < 0)
		return rc;
	judge_links(r);
	rc = resolve_roles_held(l, r, err);
	return rc < 0 ? rc : resolve_eligible(l, r, err);
}

/* ---- Groups ---- */

struct found_group {
	struct arena *arena;
	struct policy_group *group;
};

static int take_group(void *arg, const void *item, struct lapse_err *err)
{
	struct found_group *f = arg;
	const struct idp_group *g = item;

	f->group->found = true;
	f->group->name = arena_copy(f->arena, g->name);
	f->group->kind = g->kind;
	f->group->detail = arena_copy(f->arena, g->detail);
	return arena_check(f->arena, err);
}

static int look_pre_existing(struct lapse *l, struct request *r,
	struct policy_group *g, struct lapse_err *err)
{
	struct people_link *link = request_link(r, g->idp);
	struct membership m = {.idp = g->idp, .group = g->group};
	struct reconcile_view v = {0};
	bool in = false;
	int rc;

	if (link == NULL || link->user == NULL || !g->found)
		return 0;
	m.user = link->user;
	rc = people_in_group(l, g->idp, g->group, link->user, &in, err);
	/* After the read: what lapse itself added stood in the ledger before
	 * it could be seen. */
	if (rc == 0 && in)
		rc = reconcile_view(l, &m, &v, err);
	/* That it is there already is what is asked about. */
	g->pre_existing = in && !v.ours && !v.doubtful &&
		r->adoption.id == 0;
	return rc;
}

static int resolve_group(struct lapse *l, struct request *r, size_t n,
	struct lapse_err *err)
{
	struct policy_group *g = VEC_ADD(&r->in.groups, &r->arena);
	struct found_group found = {&r->arena, g};
	struct op op = {.name = "group", .sink = take_group, .arg = &found};
	struct core_idp *i = NULL;
	int rc;

	if (g == NULL)
		return lapse_fail_nomem(err);
	config_role_group(r->role, n, &g->idp, &g->group);
	rc = core_idp_ready(l, g->idp, &i, err);
	if (rc < 0)
		return rc;
	op.step = i->section->driver->get_group;
	op.group = g->group;
	rc = core_idp_call(l, g->idp, &op, err);
	op_clear(&op);
	if (rc < 0)
		return rc;
	strs_add(&r->content.groups, &r->arena,
		arena_fmt(&r->arena, "%s:%s", g->idp, g->group));
	return look_pre_existing(l, r, g, err);
}

/* ---- Approvers ---- */

/* A Jira account may outlive its person: whom the role's own provider knows
 * and has switched off answers for nothing. Whom it does not know is judged by
 * Jira alone. */
static int hear_of_leaving(struct lapse *l, struct request *r,
	struct policy_approver *a, struct lapse_err *err)
{
	const char *home = config_home_idp(l->config, r->role);
	struct people_link link = {0};
	int rc;

	if (home == NULL || a->account == NULL || !a->active)
		return 0;
	rc = people_resolve(l, a->account, home, &r->arena, &link, err);
	if (rc == 0 && link.user != NULL)
		a->active = link.status != IDP_SUSPENDED &&
			link.status != IDP_INACTIVE;
	return rc;
}

static int add_named(struct lapse *l, struct request *r, const char *who,
	const char *why, struct lapse_err *err)
{
	struct policy_approver *a = VEC_ADD(&r->in.approvers, &r->arena);
	int rc;

	if (a == NULL)
		return lapse_fail_nomem(err);
	a->label = who != NULL ? who : why;
	rc = who == NULL ? 0 : people_named(l, who, &r->arena, a, err);
	a->why = why;
	return rc < 0 ? rc : hear_of_leaving(l, r, a, err);
}

static int add_manager(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	const char *home = config_home_idp(l->config, r->role);
	struct policy_approver *a = VEC_ADD(&r->in.approvers, &r->arena);
	struct people_link *link;
	int rc;

	if (a == NULL)
		return lapse_fail_nomem(err);
	a->why = "manager";
	a->label = "manager";
	if (home == NULL)
		return 0;
	rc = add_link(l, r, home, err);
	link = request_link(r, home);
	if (rc < 0 || link->user == NULL)
		return rc;
	rc = people_manager(l, link, &r->arena, a, err);
	a->why = "manager";
	a->label = "manager";
	return rc;
}

static int add_group(struct lapse *l, struct request *r, const char *id,
	struct lapse_err *err)
{
	const char *home = config_home_idp(l->config, r->role);

	if (home == NULL)
		return 0;
	return people_of_group(l, home, id, &r->arena, &r->in, err);
}

static int resolve_approvers(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->role->approvers.n && rc == 0; i++) {
		const char *who = r->role->approvers.items[i];

		if (strcmp(who, "manager") == 0)
			rc = add_manager(l, r, err);
		else if (strcmp(who, "owner") == 0)
			rc = add_named(l, r, r->role->application->owner,
				"owner", err);
		else if (strncmp(who, "group:", 6) == 0)
			rc = add_group(l, r, who + 6, err);
		else
			rc = add_named(l, r, who, "named", err);
	}
	if (rc == 0 && r->role->fallback_approver != NULL) {
		rc = people_named(l, r->role->fallback_approver, &r->arena,
			&r->in.fallback, err);
		r->in.fallback.why = "fallback";
		r->in.fallback.label = r->role->fallback_approver;
		if (rc == 0)
			rc = hear_of_leaving(l, r, &r->in.fallback, err);
	}
	return rc;
}

/* ---- All of it ---- */

static void fill_content(struct request *r)
{
	struct policy_content *c = &r->content;

	c->issue = r->issue->id;
	c->requester = r->issue->reporter.account;
	c->beneficiary = r->beneficiary;
	c->role = r->role->name;
	c->duration_s = r->in.no_end ? -1 : r->in.duration_s;
	c->until = r->in.until;
	c->starts_at = r->in.starts_at;
	c->max_duration = r->role->max_duration;
	c->reason = r->issue->why;
	strs_sort(&c->users);
	strs_sort(&c->groups);
}

static int note_people(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	int rc = people_note(l, &r->issue->reporter, err);

	if (rc == 0)
		rc = people_note(l, &r->issue->creator, err);
	return rc;
}

static int refuse_unread(struct request *r)
{
	r->decision = (struct policy_decision){
		.verdict = POLICY_REFUSE,
		.code = r->problem_code,
		.words = r->problem,
		.ends_at = WHEN_NONE,
	};
	return 0;
}

static int resolve_rest(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	int rc = resolve_extends(l, r, err);

	if (rc == 0)
		rc = resolve_beneficiary(l, r, err);
	for (size_t i = 0; i < r->role->groups.n && rc == 0; i++)
		rc = resolve_group(l, r, i, err);
	if (rc == 0)
		rc = resolve_approvers(l, r, err);
	if (rc == 0)
		rc = resolve_conflicts(l, r, err);
	if (rc == 0)
		rc = arena_check(&r->arena, err);
	return rc;
}

int request_resolve(struct lapse *l, struct request *r, struct lapse_err *err)
{
	const char *admin;
	int rc = note_people(l, r, err);

	if (rc < 0)
		return rc;
	r->beneficiary = r->issue->whom.account != NULL ?
		r->issue->whom.account :
		r->issue->reporter.account;
	r->in.now = core_now(l);
	r->in.starts_at = r->issue->from_when;
	r->in.reason = r->issue->why;
	r->in.requester = r->issue->reporter.account;
	r->in.creator = r->issue->creator.account;
	r->in.delegate = delegate_account(l);
	r->in.escalated = r->row.escalated_at != WHEN_NONE && r->row.id != 0;
	r->in.extends_end = WHEN_NONE;
	r->in.extends_start = WHEN_NONE;
	rc = resolve_role(l, r, err);
	if (rc < 0)
		return rc;
	if (r->problem_code == NULL)
		resolve_duration(r);
	if (r->problem_code != NULL)
		return refuse_unread(r);
	r->in.role = r->role;
	rc = adoption_of_request(l, r, err);
	if (rc < 0)
		return rc;
	/* Who asked is not who decides, whoever filed it. */
	if (r->adoption.id != 0)
		r->in.creator = r->adoption.opened_by;
	rc = resolve_rest(l, r, err);
	if (rc < 0)
		return rc;
	admin = r->decision.admin;
	rc = policy_decide(&r->in, &r->arena, &r->decision, err);
	if (rc < 0)
		return rc;
	if (r->decision.admin == NULL)
		r->decision.admin = admin;
	fill_content(r);
	return policy_hash(&r->content, r->hash, err);
}
