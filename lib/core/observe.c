/* The observation half: complete readings of the members of governed groups,
 * and the state of the people who hold something. It keeps what it saw; what
 * that means for grants is observe_judge.c's. An observation never becomes a
 * grant. */
#include <stdio.h>
#include <string.h>

#include "changes.h"
#include "ledger_people.h"
#include "log.h"
#include "people.h"
#include "reconcile.h"
#include "sync.h"

enum {
	ABREAST = 8,		/* groups read side by side */
	KIND_S = 86400,		/* a group's kind is read this often */
};

/* ---- Which groups ---- */

static int governed(struct lapse *l, const char *idp, struct arena *a,
	struct strs *ret, struct lapse_err *err)
{
	struct hold_rows holds = {0};
	int rc = holds_live(l->ledger, idp, a, &holds, err);

	for (size_t i = 0; i < l->config->roles.n; i++) {
		const struct role *r = &l->config->roles.items[i];

		for (size_t n = 0; n < r->groups.n; n++) {
			const char *of = NULL;
			const char *group = NULL;

			config_role_group(r, n, &of, &group);
			if (strcmp(of, idp) == 0 && !strs_has(ret, group))
				strs_add(ret, a, group);
		}
	}
	for (size_t i = 0; i < holds.list.n && rc == 0; i++)
		if (!strs_has(ret, holds.list.items[i].m.group))
			strs_add(ret, a, holds.list.items[i].m.group);
	return rc < 0 ? rc : arena_check(a, err);
}

/* ---- One group ---- */

struct reading_group {
	struct lapse *l;
	struct core_idp *idp;
	const char *group;
	struct members_reading members;
	struct op op;
	int rc;
	struct lapse_err why;
	bool flown;
};

static int take_member(void *arg, const void *item, struct lapse_err *err)
{
	struct reading_group *g = arg;
	struct user_row row;

	people_user_row(g->idp->section->name, item, &row);
	return members_add(&g->members, &row, err);
}

static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct reading_group *g = arg;

	g->rc = rc;
	if (rc == 0 && op->outcome == OP_GONE)
		g->rc = lapse_fail(&g->why, LAPSE_ENOTFOUND,
			"%s: group '%s': does not exist any more",
			g->idp->section->name, g->group);
	if (rc < 0)
		g->why = *err;
	core_idp_told(g->l, g->idp, op, rc, err);
}

struct known_group {
	struct arena arena;
	struct group_row row;
};

static void known_group_clear(struct known_group *k)
{
	arena_clear(&k->arena);
}

static int take_group(void *arg, const void *item, struct lapse_err *err)
{
	struct known_group *k = arg;

	people_group_row(k->row.idp, item, &k->row);
	k->row.group = arena_copy(&k->arena, k->row.group);
	k->row.name = arena_copy(&k->arena, k->row.name);
	k->row.detail = arena_copy(&k->arena, k->row.detail);
	return arena_check(&k->arena, err);
}

/* The group's row, with its kind read at most daily. */
static int know_group(struct lapse *l, struct reading_group *g,
	struct lapse_err *err)
{
	__attribute__((cleanup(known_group_clear))) struct known_group k = {0};
	const char *idp = g->idp->section->name;
	struct op op = {.name = "group", .group = g->group};
	int rc = group_get(l->ledger, idp, g->group, &k.arena, &k.row, err);

	if (rc == 0 && core_now(l) - k.row.observed_at < KIND_S)
		return 0;
	if (rc < 0 && rc != LAPSE_ENOTFOUND)
		return rc;
	k.row = (struct group_row){
		.idp = idp,
		.group = g->group,
		.kind = "gone",
		.complete_at = WHEN_NONE,
	};
	op.step = g->idp->section->driver->get_group;
	op.sink = take_group;
	op.arg = &k;
	rc = core_idp_call(l, idp, &op, err);
	op_clear(&op);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	return core_end(l, group_put(l->ledger, &k.row, core_now(l), err),
		err);
}

static int launch(struct lapse *l, struct reading_group *g,
	struct lapse_err *err)
{
	int rc = know_group(l, g, &g->why);

	if (rc < 0) {
		g->rc = rc;
		return rc <= LAPSE_EINTERNAL ? lapse_fail(err, rc, "%s",
			g->why.text) : 0;
	}
	members_begin(&g->members, g->idp->section->name, g->group);
	g->l = l;
	g->flown = true;
	g->op = (struct op){
		.step = g->idp->section->driver->list_members,
		.name = "members",
		.group = g->group,
		.sink = take_member,
		.arg = g,
	};
	return engine_add(l->engine, &g->idp->remote, &g->op, true, landed, g,
		err);
}

static int tell_reappeared(struct lapse *l, const struct membership *m,
	struct lapse_err *err)
{
	struct lapse_err loud;
	struct evidence e = {
		.kind = "reappeared",
		.idp = m->idp,
		.group = m->group,
		.user = m->user,
		.actor = "lapse",
	};
	bool fresh = false;
	int rc = drift_add(l->ledger, "reappeared", m, core_now(l), &fresh,
		err);

	if (rc < 0 || !fresh)
		return rc;
	lapse_fail(&loud, LAPSE_EITEM, "%s: group '%s': user '%s' is back "
		"after a verified removal; nobody asked lapse; find out who "
		"added it", m->idp, m->group, m->user);
	core_note(l, LAPSE_EXIT_PENDING, &loud);
	return core_evidence(l, &e, NULL, err);
}

/* Someone is back after our verified removal. A reading from before the
 * settle time may still show what was. */
static int reappeared(struct lapse *l, const struct observation *o,
	struct reading_group *g, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct change_rows back = {0};
	int rc = changes_back(l->ledger, g->idp->section->name, g->group,
		o->began_at - g->idp->section->driver->settle_s, &a, &back,
		err);

	for (size_t i = 0; i < back.list.n && rc == 0; i++)
		rc = tell_reappeared(l, &back.list.items[i].m, err);
	return rc;
}

/* Held memberships that this reading shows, for the judgement. */
static int note_present(struct observation *o, struct reading_group *g,
	struct arena *a, struct lapse_err *err)
{
	strs_add(&o->groups, a, g->group);
	for (size_t i = 0; i < g->members.users.list.n; i++)
		strs_add(&o->present, a, arena_fmt(a, "%s %s", g->group,
			g->members.users.list.items[i].user));
	return arena_check(a, err);
}

static int finish(struct lapse *l, struct observation *o,
	struct reading_group *g, struct arena *a, struct lapse_err *err)
{
	int rc;

	if (g->rc < 0) {
		log_say(&l->env, g->rc == LAPSE_EAGAIN ? LAPSE_INFO :
							 LAPSE_WARNING,
			"%s", g->why.text);
		return 0;
	}
	rc = note_present(o, g, a, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = members_finish(l->ledger, &g->members, core_now(l), NULL, err);
	if (rc == 0)
		rc = reappeared(l, o, g, err);
	return core_end(l, rc, err);
}

static int read_some(struct lapse *l, struct observation *o,
	const char *const *groups, size_t n, struct arena *a,
	struct lapse_err *err)
{
	struct reading_group g[ABREAST] = {0};
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		g[i].idp = o->idp;
		g[i].group = groups[i];
		rc = launch(l, &g[i], err);
	}
	if (rc == 0)
		rc = engine_run(l->engine, err);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			rc = finish(l, o, &g[i], a, err);
		members_clear(&g[i].members);
		op_clear(&g[i].op);
	}
	return rc;
}

/* ---- The people who hold something ---- */

struct reading_user {
	struct lapse *l;
	struct core_idp *idp;
	const char *user;
	struct op op;
	enum idp_status status;
	bool seen;
	int rc;
};

static int take_status(void *arg, const void *item, struct lapse_err *err)
{
	struct reading_user *u = arg;

	(void)err;
	u->status = ((const struct idp_user *)item)->status;
	u->seen = true;
	return 0;
}

static void user_landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct reading_user *u = arg;

	u->rc = rc;
	core_idp_told(u->l, u->idp, op, rc, err);
}

/* Deactivated or deleted; suspended only where the section says so. */
static bool has_left(const struct reading_user *u)
{
	if (u->rc < 0)
		return false;
	if (!u->seen)
		return u->op.outcome == OP_GONE;
	return u->status == IDP_INACTIVE ||
		(u->status == IDP_SUSPENDED && u->idp->section->suspended_ends);
}

/* Nobody had to know the user of someone whose access is all by hand. Who has
 * none at this provider cannot leave it. */
static void hand_holder(struct lapse *l, const char *idp, const char *account,
	struct arena *a, struct strs *ret)
{
	struct link_row row = {0};
	struct people_link link = {.idp = idp};
	struct lapse_err why;

	if (link_get(l->ledger, account, idp, a, &row, NULL) == 0)
		link.user = row.user;
	else if (people_resolve(l, account, idp, a, &link, &why) < 0)
		return;
	if (link.user != NULL && !strs_has(ret, link.user))
		strs_add(ret, a, link.user);
}

static int holders(struct lapse *l, const char *idp, struct arena *a,
	struct strs *ret, struct lapse_err *err)
{
	struct hold_rows holds = {0};
	struct grant_rows grants = {0};
	int rc = holds_live(l->ledger, idp, a, &holds, err);

	for (size_t i = 0; i < holds.list.n && rc == 0; i++)
		if (!strs_has(ret, holds.list.items[i].m.user))
			strs_add(ret, a, holds.list.items[i].m.user);
	if (rc == 0)
		rc = grants_live(l->ledger, NULL, a, &grants, err);
	for (size_t i = 0; i < grants.list.n && rc == 0; i++)
		if (grants.list.items[i].manual)
			hand_holder(l, idp, grants.list.items[i].account, a,
				ret);
	return rc < 0 ? rc : arena_check(a, err);
}

static int read_holders(struct lapse *l, struct observation *o,
	struct arena *a, struct lapse_err *err)
{
	struct strs users = {0};
	struct reading_user *r;
	int rc = holders(l, o->idp->section->name, a, &users, err);

	r = arena_alloc(a, (users.n + 1) * sizeof(*r));
	if (rc == 0 && r == NULL)
		rc = lapse_fail_nomem(err);
	for (size_t i = 0; i < users.n && rc == 0; i++) {
		r[i].l = l;
		r[i].idp = o->idp;
		r[i].user = users.items[i];
		r[i].op = (struct op){
			.step = o->idp->section->driver->get_user,
			.name = "user",
			.user = users.items[i],
			.sink = take_status,
			.arg = &r[i],
		};
		rc = engine_add(l->engine, &o->idp->remote, &r[i].op, true,
			user_landed, &r[i], err);
	}
	if (rc == 0)
		rc = engine_run(l->engine, err);
	for (size_t i = 0; i < users.n && rc == 0; i++)
		if (has_left(&r[i]))
			strs_add(&o->inactive, a, r[i].user);
	for (size_t i = 0; r != NULL && i < users.n; i++)
		op_clear(&r[i].op);
	return rc;
}

/* ---- The whole directory ---- */

struct directory {
	struct lapse *l;
	const char *idp;
};

static int take_user(void *arg, const void *item, struct lapse_err *err)
{
	struct directory *d = arg;
	struct user_row row;
	bool same = false;
	int rc;

	people_user_row(d->idp, item, &row);
	rc = user_same(d->l->ledger, &row, core_now(d->l), &same, err);
	if (rc < 0 || same)
		return rc;
	rc = core_begin(d->l, err);
	if (rc < 0)
		return rc;
	return core_end(d->l, user_put(d->l->ledger, &row, core_now(d->l),
		err), err);
}

static int read_directory(struct lapse *l, struct core_idp *idp,
	struct lapse_err *err)
{
	struct directory d = {.l = l, .idp = idp->section->name};
	struct op op = {
		.step = idp->section->driver->list_users,
		.name = "users",
		.sink = take_user,
		.arg = &d,
	};
	int rc = core_idp_call(l, d.idp, &op, err);

	op_clear(&op);
	return rc;
}

/* ---- One provider, all providers ---- */

static int observe_idp(struct lapse *l, struct observation *o,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct strs groups = {0};
	int rc = governed(l, o->idp->section->name, &a, &groups, err);

	for (size_t i = 0; i < groups.n && rc == 0; i += ABREAST)
		rc = read_some(l, o, groups.items + i,
			groups.n - i < ABREAST ? groups.n - i : ABREAST, &a,
			err);
	if (rc == 0)
		rc = read_holders(l, o, &a, err);
	return rc < 0 ? rc : observe_judge(l, o, &a, err);
}

static int due(struct lapse *l, const char *name, bool *ret,
	struct lapse_err *err)
{
	int64_t last = 0;
	int rc = ledger_cursor(l->ledger, name, &last, 0, err);

	*ret = core_now(l) - last >= l->config->observe_every;
	return rc;
}

static int note_observed(struct lapse *l, const char *name, int64_t began_at,
	struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	return core_end(l, ledger_set_cursor(l->ledger, name, began_at, err),
		err);
}

static int observe_one(struct lapse *l, struct core_idp *idp, bool full,
	struct lapse_err *err)
{
	struct observation o = {.idp = idp, .began_at = core_now(l)};
	char name[128];
	bool is_due = full;
	int rc = 0;

	o.confirmed = l->confirmed != NULL &&
		strcmp(l->confirmed, idp->section->name) == 0;
	snprintf(name, sizeof(name), "observed:%s", idp->section->name);
	/* What a person confirms is looked at now. */
	if (!full && !o.confirmed)
		rc = due(l, name, &is_due, err);
	if (rc < 0 || (!is_due && !o.confirmed))
		return rc;
	rc = observe_idp(l, &o, err);
	if (rc == 0 && full)
		rc = read_directory(l, idp, err);
	return rc < 0 ? rc : note_observed(l, name, o.began_at, err);
}

int observe(struct lapse *l, bool full, struct lapse_err *err)
{
	int rc = 0;

	if (l->dry_run || l->taken_over)
		return 0;
	for (size_t i = 0; i < l->n_idps && rc == 0; i++) {
		struct lapse_err why;

		if (l->idps[i].failed)
			continue;
		rc = observe_one(l, &l->idps[i], full, &why);
		if (rc > LAPSE_EINTERNAL && rc < 0) {
			/* One provider's trouble is not another's. */
			core_note(l, rc == LAPSE_EAGAIN ? 0 :
				lapse_exit_of(rc), &why);
			rc = 0;
		} else if (rc < 0) {
			*err = why;
		}
	}
	return rc < 0 ? rc : observe_watches(l, err);
}

/* ---- What settled as gone ---- */

static int look_again(struct lapse *l, const struct change_row *c,
	const struct reading *r, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	struct change_row open = {0};
	int64_t now = core_now(l);
	int rc = holds_on(l->ledger, &c->m, &a, &holds, err);

	if (rc == 0)
		rc = change_open_on(l->ledger, &c->m, &a, &open, err);
	if (rc == 0 && r->seen == OP_PRESENT && holds.list.n == 0 &&
		open.id == 0)
		rc = change_add(l->ledger, &c->m, "remove", c->grant, now,
			now, NULL, err);
	return rc < 0 ? rc : watch_next(l->ledger, c->id,
		r->seen == OP_PRESENT ? WHEN_NONE : now + KIND_S, err);
}

int observe_watches(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct change_rows rows = {0};
	struct reading *readings;
	int rc = watch_due(l->ledger, core_now(l), &a, &rows, err);

	if (rc < 0 || rows.list.n == 0)
		return rc;
	readings = arena_alloc(&a, rows.list.n * sizeof(*readings));
	if (readings == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < rows.list.n; i++)
		readings[i].m = rows.list.items[i].m;
	rc = verify_read(l, readings, rows.list.n, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		if (readings[i].seen != OP_NONE)
			rc = look_again(l, &rows.list.items[i], &readings[i],
				err);
	return core_end(l, rc, err);
}
