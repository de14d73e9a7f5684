/* Reclaim's population: the members of the groups of roles with a policy, by
 * fresh complete readings, and what holds each of them. */
#include <stdlib.h>
#include <string.h>

#include "ledger_people.h"
#include "people.h"
#include "population_guard.h"
#include "reclaim_private.h"

/* ---- Reading a group ---- */

static int take_group(void *arg, const void *item, struct lapse_err *err)
{
	struct reclaim_group *g = arg;
	const struct idp_group *said = item;

	(void)err;
	g->kind = said->kind;
	g->said = said->members;
	return 0;
}

static int take_member(void *arg, const void *item, struct lapse_err *err)
{
	struct reclaim_group *g = arg;
	const struct idp_user *u = item;
	struct reclaim_member *m = VEC_ADD(&g->members, g->arena);

	if (m == NULL)
		return lapse_fail_nomem(err);
	m->user = arena_copy(g->arena, u->id);
	m->login = arena_copy(g->arena, u->login);
	m->email = arena_copy(g->arena, u->email);
	m->created_at = u->created_at;
	return arena_check(g->arena, err);
}

static int by_user(const void *a, const void *b)
{
	return strcmp(((const struct reclaim_member *)a)->user,
		((const struct reclaim_member *)b)->user);
}

static int call(struct reclaim *v, struct reclaim_group *g, struct op *op)
{
	int rc;

	op->group = g->group;
	op->arg = g;
	rc = core_idp_call(v->l, g->idp, op, &g->why);
	if (rc == 0 && op->outcome == OP_GONE)
		rc = lapse_fail(&g->why, LAPSE_ENOTFOUND,
			"%s: group '%s': does not exist any more", g->idp,
			g->group);
	op_clear(op);
	return rc;
}

static int read_group(struct reclaim *v, struct reclaim_group *g)
{
	struct core_idp *i = NULL;
	struct op about = {.name = "group", .sink = take_group};
	struct op list = {.name = "members", .sink = take_member};
	int rc = core_idp_ready(v->l, g->idp, &i, &g->why);

	if (rc < 0)
		return rc;
	about.step = i->section->driver->get_group;
	list.step = i->section->driver->list_members;
	rc = call(v, g, &about);
	if (rc == 0)
		rc = call(v, g, &list);
	if (rc < 0)
		return lapse_prefix(&g->why, "group '%s': nobody of it is "
			"touched", g->group);
	if (g->members.n > 0)
		qsort(g->members.items, g->members.n, sizeof(*g->members.items),
			by_user);
	return population_guard(v->l, g->idp, g->group, g->members.n, g->said,
		&g->why);
}

int reclaim_group(struct reclaim *v, const char *idp, const char *group,
	struct reclaim_group **ret, struct lapse_err *err)
{
	struct reclaim_group *g;
	struct reclaim_group **slot;
	int rc;

	for (size_t i = 0; i < v->groups.n; i++) {
		g = v->groups.items[i];
		if (strcmp(g->idp, idp) == 0 && strcmp(g->group, group) == 0) {
			*ret = g;
			return 0;
		}
	}
	g = arena_alloc(v->arena, sizeof(*g));
	slot = VEC_ADD(&v->groups, v->arena);
	if (g == NULL || slot == NULL)
		return lapse_fail_nomem(err);
	*g = (struct reclaim_group){.idp = idp, .group = group, .said = -1,
		.kind = IDP_GROUP_UNKNOWN, .arena = v->arena};
	*slot = g;
	*ret = g;
	rc = read_group(v, g);
	if (rc == 0)
		return 0;
	/* What ends the run does; all else is this group's. */
	if (rc <= LAPSE_EINTERNAL && rc != LAPSE_EGUARD &&
		rc != LAPSE_ECONFIG) {
		*err = g->why;
		return rc;
	}
	g->why.code = rc;
	core_note(v->l, rc == LAPSE_EGUARD ? LAPSE_EXIT_REFUSED :
					     LAPSE_EXIT_RETRY, &g->why);
	return 0;
}

const struct reclaim_member *reclaim_member(const struct reclaim_group *g,
	const char *user)
{
	const struct reclaim_member key = {.user = user};

	return g->members.n == 0 ? NULL : bsearch(&key, g->members.items,
		g->members.n, sizeof(key), by_user);
}

/* ---- Units ---- */

bool reclaim_is_asked(const struct reclaim *v, const char *role)
{
	return v->only == NULL || strcmp(v->only, role) == 0;
}

static bool is_same(const struct membership *a, const struct membership *b)
{
	return strcmp(a->idp, b->idp) == 0 && strcmp(a->group, b->group) == 0 &&
		strcmp(a->user, b->user) == 0;
}

const struct reclaim_row *reclaim_row_of(const struct reclaim *v,
	const struct membership *m)
{
	for (size_t i = 0; i < v->rows.list.n; i++)
		if (is_same(&v->rows.list.items[i].m, m))
			return &v->rows.list.items[i];
	return NULL;
}

static struct reclaim_unit *add_unit(struct reclaim *v, const struct role *r)
{
	struct reclaim_unit *u = VEC_ADD(&v->units, v->arena);

	if (u == NULL)
		return NULL;
	u->role = r;
	u->since = WHEN_NONE;
	u->due_at = WHEN_NONE;
	return u;
}

/* What the ledger knows better than a list that gives ids only. */
static int complete(struct reclaim *v, struct reclaim_unit *u,
	struct reclaim_part *p, struct lapse_err *err)
{
	const struct reclaim_member *m = reclaim_member(p->group, p->m.user);
	struct user_row row = {.created_at = WHEN_NONE};
	int64_t created = m != NULL ? m->created_at : WHEN_NONE;
	int rc = user_get(v->l->ledger, p->m.idp, p->m.user, v->arena, &row,
		err);

	if (rc < 0 && rc != LAPSE_ENOTFOUND)
		return rc;
	p->login = m != NULL && m->login != NULL ? m->login : row.login;
	if (created == WHEN_NONE)
		created = row.created_at;
	/* Whose account is known to be younger than the access is not idle
	 * either; whose age is not known is as old as the access at least. */
	if (u->since != WHEN_NONE && created > u->since)
		u->since = created;
	return 0;
}

static int add_part(struct reclaim *v, struct reclaim_unit *u,
	const struct membership *m, bool foreign, struct lapse_err *err)
{
	const struct reclaim_row *row;
	struct reclaim_part *p = VEC_ADD(&u->parts, v->arena);
	int rc;

	if (p == NULL)
		return lapse_fail_nomem(err);
	p->m = *m;
	p->foreign = foreign;
	rc = reclaim_group(v, m->idp, m->group, &p->group, err);
	row = reclaim_row_of(v, m);
	/* One that is being removed has been dealt with. */
	if (row != NULL && strcmp(row->state, "removing") != 0)
		p->row = *row;
	return rc < 0 ? rc : complete(v, u, p, err);
}

/* What holds it: something from before lapse, or a grant, which may both be. */
struct held {
	bool before;
	bool granted;
};

static int look_at_holds(struct reclaim *v, const struct membership *m,
	struct held *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	int rc = holds_on(v->l->ledger, m, &a, &holds, err);

	for (size_t i = 0; i < holds.list.n; i++) {
		if (holds.list.items[i].grant == 0)
			ret->before = true;
		else
			ret->granted = true;
	}
	return rc;
}

static int find_grant(struct reclaim *v, const struct role *r,
	const struct grant_row *g, struct lapse_err *err)
{
	struct hold_rows holds = {0};
	struct reclaim_unit *u = add_unit(v, r);
	int rc;

	if (u == NULL)
		return lapse_fail_nomem(err);
	u->g = *g;
	u->account = g->account;
	u->since = g->starts_at != WHEN_NONE ? g->starts_at : g->created_at;
	rc = holds_of_grant(v->l->ledger, g->id, v->arena, &holds, err);
	for (size_t i = 0; i < holds.list.n && rc == 0; i++) {
		const struct hold_row *h = &holds.list.items[i];
		struct held held = {0};

		if (h->released_at != WHEN_NONE)
			continue;
		rc = look_at_holds(v, &h->m, &held, err);
		if (rc == 0)
			rc = add_part(v, u, &h->m, held.before, err);
	}
	if (u->parts.n == 0)
		v->units.n--;	/* nothing is held any more */
	return rc;
}

static int find_grants(struct reclaim *v, const struct role *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < v->grants.list.n && rc == 0; i++) {
		const struct grant_row *g = &v->grants.list.items[i];

		if (strcmp(g->role, r->name) == 0 && !g->manual &&
			strcmp(g->state, "active") == 0)
			rc = find_grant(v, r, g, err);
	}
	return rc;
}

/* ---- What lapse did not give ---- */

/* Somebody in a group of several roles has who knows which of them: the
 * strictest policy holds. */
static const char *spared_by(const struct reclaim *v, const struct role *r,
	const char *idp, const char *group)
{
	const struct config *c = v->l->config;

	for (size_t i = 0; i < c->roles.n; i++) {
		const struct role *o = &c->roles.items[i];

		for (size_t n = 0; n < o->groups.n && o != r; n++) {
			const char *of, *id;

			config_role_group(o, n, &of, &id);
			if (o->reclaim != RECLAIM_ALL &&
				strcmp(of, idp) == 0 && strcmp(id, group) == 0)
				return o->name;
		}
	}
	return NULL;
}

/* A group that several roles take is the first one's. */
static bool is_anothers(const struct reclaim *v, const struct role *r,
	const char *idp, const char *group)
{
	const struct config *c = v->l->config;

	for (const struct role *o = c->roles.items; o != r; o++)
		for (size_t n = 0; n < o->groups.n; n++) {
			const char *of, *id;

			config_role_group(o, n, &of, &id);
			if (strcmp(of, idp) == 0 && strcmp(id, group) == 0 &&
				reclaim_is_asked(v, o->name))
				return true;
		}
	return false;
}

static int known_account(struct reclaim *v, const struct membership *m,
	const char **ret, struct lapse_err *err)
{
	struct strs accounts = {0};
	int rc = link_accounts(v->l->ledger, m->idp, m->user, v->arena,
		&accounts, err);

	if (rc == 0 && accounts.n == 1)
		*ret = accounts.items[0];
	return rc;
}

static int find_foreign(struct reclaim *v, const struct role *r,
	const struct membership *m, const char *spared, struct lapse_err *err)
{
	struct member_row row = {.since = WHEN_NONE};
	struct reclaim_unit *u;
	struct held held = {0};
	int rc = look_at_holds(v, m, &held, err);

	if (rc < 0 || held.granted)
		return rc;	/* a grant's is its role's */
	rc = member_get(v->l->ledger, m->idp, m->group, m->user, &row, err);
	if (rc < 0)
		return rc;
	u = add_unit(v, r);
	if (u == NULL)
		return lapse_fail_nomem(err);
	u->since = row.since;
	rc = known_account(v, m, &u->account, err);
	if (rc == 0)
		rc = add_part(v, u, m, true, err);
	if (rc < 0)
		return rc;
	if (u->account == NULL)
		u->account = u->parts.items[0].row.account;
	u->judged = row.leaving || spared != NULL;
	if (row.leaving)
		u->why = "its removal is under way";
	else if (spared != NULL)
		u->why = arena_fmt(v->arena, "%s has the same group, and its "
			"policy does not take what lapse did not give",
			spared);
	return arena_check(v->arena, err);
}

static int find_all(struct reclaim *v, const struct role *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t n = 0; n < r->groups.n && rc == 0; n++) {
		struct reclaim_group *g = NULL;
		const char *idp, *group, *spared;

		config_role_group(r, n, &idp, &group);
		spared = spared_by(v, r, idp, group);
		if (spared == NULL && is_anothers(v, r, idp, group))
			continue;
		rc = reclaim_group(v, idp, group, &g, err);
		if (rc < 0 || g->why.code != 0)
			continue;
		for (size_t i = 0; i < g->members.n && rc == 0; i++) {
			const struct membership m = {idp, group,
				g->members.items[i].user};

			rc = find_foreign(v, r, &m, spared, err);
		}
	}
	return rc;
}

int reclaim_find(struct reclaim *v, struct lapse_err *err)
{
	const struct config *c = v->l->config;
	int rc = reclaims_open(v->l->ledger, v->arena, &v->rows, err);

	if (rc == 0)
		rc = grants_live(v->l->ledger, NULL, v->arena, &v->grants,
			err);
	for (size_t i = 0; i < c->roles.n && rc == 0; i++) {
		const struct role *r = &c->roles.items[i];

		if (r->reclaim == RECLAIM_NO || !reclaim_is_asked(v, r->name))
			continue;
		rc = find_grants(v, r, err);
		if (rc == 0 && r->reclaim == RECLAIM_ALL)
			rc = find_all(v, r, err);
	}
	return rc < 0 ? rc : arena_check(v->arena, err);
}
