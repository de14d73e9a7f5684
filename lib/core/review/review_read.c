/* The population as the providers show it now: all users, and the members of
 * each group in scope, side by side and completely, kept in memory. A reading
 * that is cut short, fails or cannot be true ends the whole matter: half a
 * population that looks whole is worse than none. */
#include "review_private.h"

#include <stdlib.h>
#include <string.h>

enum {
	LOST_MIN = 10,		/* more than so many members less, and */
	LOST_SHARE = 5,		/* more than one in so many: not believed */
};

/* ---- What is asked for ---- */

bool review_wants_role(const struct review_scope *s, const struct role *r)
{
	return (s->roles.n == 0 || strs_has(&s->roles, r->name)) &&
		(s->applications.n == 0 ||
			strs_has(&s->applications, r->application->name)) &&
		(!s->elevated || r->elevated);
}

static bool wants_all(const struct review_scope *s)
{
	return s->roles.n == 0 && s->applications.n == 0 && !s->elevated;
}

static int add_group(struct review_opening *o, const char *idp,
	const char *group, struct lapse_err *err)
{
	struct review_group *g;

	if (o->scope.idp != NULL && strcmp(o->scope.idp, idp) != 0)
		return 0;
	g = VEC_ADD(&o->groups, o->arena);
	if (g == NULL)
		return lapse_fail_nomem(err);
	g->idp = arena_copy(o->arena, idp);
	g->group = arena_copy(o->arena, group);
	return arena_check(o->arena, err);
}

static int add_catalog(struct review_opening *o, struct lapse_err *err)
{
	const struct config *c = o->l->config;
	int rc = 0;

	for (size_t i = 0; i < c->roles.n; i++) {
		const struct role *r = &c->roles.items[i];

		if (!review_wants_role(&o->scope, r))
			continue;
		for (size_t n = 0; n < r->groups.n && rc == 0; n++) {
			const char *idp = NULL;
			const char *group = NULL;

			config_role_group(r, n, &idp, &group);
			rc = add_group(o, idp, group, err);
		}
	}
	return rc;
}

/* Of groups that left the catalog while somebody holds a grant on them. */
static int add_held(struct review_opening *o, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < o->l->n_idps && rc == 0; i++) {
		const char *idp = o->l->idps[i].section->name;
		struct hold_rows holds = {0};

		rc = holds_live(o->l->ledger, idp, o->arena, &holds, err);
		for (size_t n = 0; n < holds.list.n && rc == 0; n++)
			rc = add_group(o, idp, holds.list.items[n].m.group,
				err);
	}
	return rc;
}

static int by_group(const void *a, const void *b)
{
	const struct review_group *x = a;
	const struct review_group *y = b;
	int order = strcmp(x->idp, y->idp);

	return order != 0 ? order : strcmp(x->group, y->group);
}

static int choose_groups(struct review_opening *o, struct lapse_err *err)
{
	size_t n = 0;
	int rc = add_catalog(o, err);

	if (rc == 0 && wants_all(&o->scope))
		rc = add_held(o, err);
	if (rc < 0 || o->groups.n == 0)
		return rc;
	qsort(o->groups.items, o->groups.n, sizeof(*o->groups.items), by_group);
	for (size_t i = 0; i < o->groups.n; i++)
		if (n == 0 || by_group(&o->groups.items[i],
			&o->groups.items[n - 1]) != 0)
			o->groups.items[n++] = o->groups.items[i];
	o->groups.n = n;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = context_group(o->l->ledger, o->groups.items[i].idp,
			o->groups.items[i].group, o->now - REVIEW_DAY_S,
			o->arena, &o->groups.items[i].before, err);
	for (size_t i = 0; i < n; i++)
		o->groups.items[i].name = o->groups.items[i].before.name;
	return rc;
}

/* ---- On the wire ---- */

struct flight {
	struct review_opening *o;
	struct core_idp *idp;
	struct review_group *group;	/* NULL: the list of all users */
	VEC(struct review_user) seen;
	struct op op;
	int rc;
	struct lapse_err why;
};

static void copy_user(struct arena *a, const char *idp,
	const struct idp_user *u, struct review_user *ret)
{
	ret->idp = idp;
	ret->u = *u;
	ret->u.id = arena_copy(a, u->id);
	ret->u.login = arena_copy(a, u->login);
	ret->u.email = arena_copy(a, u->email);
	ret->u.name = arena_copy(a, u->name);
	ret->u.account = arena_copy(a, u->account);
	ret->u.department = arena_copy(a, u->department);
	ret->u.title = arena_copy(a, u->title);
	ret->u.manager = arena_copy(a, u->manager);
	ret->u.employee_number = arena_copy(a, u->employee_number);
	ret->u.type = arena_copy(a, u->type);
}

static int take_user(void *arg, const void *item, struct lapse_err *err)
{
	struct flight *f = arg;
	struct arena *a = f->o->arena;
	struct review_user *u = f->group != NULL ? VEC_ADD(&f->seen, a)
						 : VEC_ADD(&f->o->users, a);

	if (u == NULL)
		return lapse_fail_nomem(err);
	copy_user(a, f->idp->section->name, item, u);
	return arena_check(a, err);
}

static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct flight *f = arg;

	core_idp_told(f->o->l, f->idp, op, rc, err);
	f->rc = rc;
	if (rc < 0)
		f->why = *err;
}

static int start(struct flight *f, const char *idp, struct lapse_err *err)
{
	int rc = core_idp_ready(f->o->l, idp, &f->idp, err);

	if (rc < 0)
		return rc;
	f->op = (struct op){
		.step = f->group != NULL ?
			f->idp->section->driver->list_members :
			f->idp->section->driver->list_users,
		.name = f->group != NULL ? "members" : "users",
		.group = f->group != NULL ? f->group->group : NULL,
		.sink = take_user,
		.arg = f,
	};
	return engine_add(f->o->l->engine, &f->idp->remote, &f->op, false,
		landed, f, err);
}

/* A file's accounts may be anybody's, and so may what is given by hand. */
static bool reads_everybody(const struct review_opening *o)
{
	const struct config *c = o->l->config;

	if (o->scope.file != NULL)
		return true;
	for (size_t i = 0; i < c->roles.n && o->scope.idp == NULL; i++)
		if (c->roles.items[i].groups.n == 0 &&
			review_wants_role(&o->scope, &c->roles.items[i]))
			return true;
	return false;
}

static bool reads_users_of(const struct review_opening *o, const char *idp)
{
	if (reads_everybody(o))
		return true;
	for (size_t i = 0; i < o->groups.n; i++)
		if (strcmp(o->groups.items[i].idp, idp) == 0)
			return true;
	return false;
}

static int fly(struct review_opening *o, struct flight *f, size_t *ret_n,
	struct lapse_err *err)
{
	int ran;
	int rc = 0;

	for (size_t i = 0; i < o->l->n_idps && rc == 0; i++) {
		const char *idp = o->l->idps[i].section->name;

		if (!reads_users_of(o, idp))
			continue;
		f[*ret_n].o = o;
		rc = start(&f[(*ret_n)++], idp, err);
	}
	for (size_t i = 0; i < o->groups.n && rc == 0; i++) {
		f[*ret_n].o = o;
		f[*ret_n].group = &o->groups.items[i];
		rc = start(&f[(*ret_n)++], o->groups.items[i].idp, err);
	}
	ran = engine_run(o->l->engine, rc < 0 ? NULL : err);
	return rc < 0 ? rc : ran;
}

/* ---- Can it be true? ---- */

static int by_user(const void *a, const void *b)
{
	const struct review_user *x = a;
	const struct review_user *y = b;
	int order = strcmp(x->idp, y->idp);

	return order != 0 ? order : strcmp(x->u.id, y->u.id);
}

const struct review_user *review_user_find(const struct review_opening *o,
	const char *idp, const char *id)
{
	const struct review_user key = {.idp = idp, .u = {.id = id}};

	return o->users.n == 0 ? NULL : bsearch(&key, o->users.items,
		o->users.n, sizeof(key), by_user);
}

static int believe(const struct flight *f, struct lapse_err *err)
{
	const struct review_group *g = f->group;
	const char *name = g->name != NULL ? g->name : g->group;
	int64_t before = g->before.members + g->before.lost;
	int64_t now = (int64_t)g->members.n;

	if (f->op.outcome == OP_GONE)
		return lapse_fail(err, LAPSE_EGUARD, "%s: group '%s': does not "
			"exist any more; `lapse catalog check` says who names "
			"it", g->idp, name);
	if (now == 0 && before + g->before.held > 0)
		return lapse_fail(err, LAPSE_EGUARD, "%s: group '%s': read as "
			"empty, and %lld were in it; "
			"look at the provider and try again", g->idp, name,
			(long long)(before > 0 ? before : g->before.held));
	if (before - now > LOST_MIN && (before - now) * LOST_SHARE > before)
		return lapse_fail(err, LAPSE_EGUARD, "%s: group '%s': %lld "
			"members were read, and %lld were in it; "
			"look at the provider, and try again after "
			"a day if that is right", g->idp, name, (long long)now,
			(long long)before);
	return 0;
}

/* Who is not in the list of users is what the list of members shows. */
static int keep_members(struct flight *f, struct lapse_err *err)
{
	struct review_opening *o = f->o;

	if (f->seen.n > 0)
		qsort(f->seen.items, f->seen.n, sizeof(*f->seen.items),
			by_user);
	for (size_t i = 0; i < f->seen.n; i++) {
		const struct review_user *m = &f->seen.items[i];
		const struct review_user *known;
		const struct review_user **slot;

		if (i > 0 && by_user(m, m - 1) == 0)
			continue;
		known = review_user_find(o, m->idp, m->u.id);
		slot = VEC_ADD(&f->group->members, o->arena);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = known != NULL ? known : m;
	}
	return believe(f, err);
}

int review_read(struct review_opening *o, struct lapse_err *err)
{
	struct flight *f;
	size_t n = 0;
	int rc = o->scope.file != NULL ? 0 : choose_groups(o, err);

	if (rc < 0)
		return rc;
	f = arena_alloc(o->arena, (o->groups.n + o->l->n_idps + 1) *
		sizeof(*f));
	if (f == NULL)
		return lapse_fail_nomem(err);
	rc = fly(o, f, &n, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (f[i].rc < 0) {
			*err = f[i].why;
			rc = f[i].rc;
		}
	if (rc == 0 && o->users.n > 0)
		qsort(o->users.items, o->users.n, sizeof(*o->users.items),
			by_user);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (f[i].group != NULL)
			rc = keep_members(&f[i], err);
	for (size_t i = 0; i < n; i++)
		op_clear(&f[i].op);
	return rc;
}
