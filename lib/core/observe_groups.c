/* Reading the governed groups: many side by side, the longest first, each kept
 * only when its last page was read. What was read is put in batches, between
 * the pages of the others. */
#include "observe_private.h"

#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "drift.h"
#include "grants.h"
#include "log.h"
#include "people.h"
#include "reconcile.h"

enum {
	ABREAST = 16,		/* groups begun and not ended */
	BATCH = 64,		/* groups put with one commit, */
	BATCH_MEMBERS = 20000,	/* or so many members */
	KIND_S = 86400,		/* a group's kind is read this often */
};

/* A group to read, and what the list of all groups said about it. */
struct governed {
	const char *group;
	int64_t read_at;	/* completely; WHEN_NONE: never */
	int64_t members;	/* -1: not said */
	struct group_row listed;	/* group NULL: not in the list */
};

enum reading_state {
	FREE,
	FLYING,
	READ,			/* its end came, good or bad */
};

struct reading_group {
	enum reading_state state;
	struct observing *ob;
	const struct governed *of;
	struct group_row kind;	/* to be put; group NULL: nothing new */
	struct members_reading members;
	struct op op;
	int rc;
	struct lapse_err why;
};

struct observing {
	struct lapse *l;
	struct core_idp *idp;
	struct observation *o;
	struct arena *arena;		/* of the whole observation */
	struct hold_rows holds;		/* in the order of their groups */
	VEC(struct governed) groups;	/* in the order of their ids */
	struct governed **order;	/* in which they are begun */
	size_t n_order;
	size_t next;			/* of order, not begun */
	struct reading_group readings[ABREAST + BATCH];
	int flying;
	size_t read;			/* READ ones, and their members */
	size_t read_members;
	struct seen_users users;
	int rc;				/* of the run: then nothing is begun */
	struct lapse_err err;
};

static void observing_clear(struct observing **ob)
{
	if (*ob == NULL)
		return;
	for (size_t i = 0; i < ARRAY_N((*ob)->readings); i++) {
		members_clear(&(*ob)->readings[i].members);
		op_clear(&(*ob)->readings[i].op);
	}
	seen_users_clear(&(*ob)->users);
	free(*ob);
}
#define AUTO_OBSERVING __attribute__((cleanup(observing_clear)))

/* ---- Which groups ---- */

static int by_group(const void *a, const void *b)
{
	return strcmp(((const struct governed *)a)->group,
		((const struct governed *)b)->group);
}

/* The longest first: its pages come one after the other, and nothing else is
 * left to do at the end. Then what waited most: whatever stops a reading
 * early, the next begins with it. */
static int by_members(const void *a, const void *b)
{
	const struct governed *x = *(struct governed *const *)a;
	const struct governed *y = *(struct governed *const *)b;

	if (x->members != y->members)
		return x->members > y->members ? -1 : 1;
	if (x->read_at != y->read_at)
		return x->read_at < y->read_at ? -1 : 1;
	return by_group(x, y);
}

static int add_group(struct observing *ob, const char *group,
	struct lapse_err *err)
{
	struct governed *g = VEC_ADD(&ob->groups, ob->arena);

	if (g == NULL)
		return lapse_fail_nomem(err);
	g->group = group;
	g->members = -1;
	return 0;
}

static int add_catalog(struct observing *ob, struct lapse_err *err)
{
	const struct config *c = ob->l->config;
	int rc = 0;

	for (size_t i = 0; i < c->roles.n; i++) {
		const struct role *r = &c->roles.items[i];

		for (size_t n = 0; n < r->groups.n && rc == 0; n++) {
			const char *of = NULL;
			const char *group = NULL;

			config_role_group(r, n, &of, &group);
			group = arena_copy(ob->arena, group);
			if (strcmp(of, ob->idp->section->name) == 0)
				rc = add_group(ob, group, err);
		}
	}
	return rc < 0 ? rc : arena_check(ob->arena, err);
}

static void sort_once(struct observing *ob)
{
	size_t n = 0;

	if (ob->groups.n > 0)
		qsort(ob->groups.items, ob->groups.n, sizeof(*ob->groups.items),
			by_group);
	for (size_t i = 0; i < ob->groups.n; i++)
		if (n == 0 || by_group(&ob->groups.items[i],
			&ob->groups.items[n - 1]) != 0)
			ob->groups.items[n++] = ob->groups.items[i];
	ob->groups.n = n;
}

static int look_up_age(struct observing *ob, struct governed *g,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct group_row row = {.complete_at = WHEN_NONE};
	int rc = group_get(ob->l->ledger, ob->idp->section->name, g->group,
		&a, &row, err);

	g->read_at = row.complete_at;
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

/* What an earlier tick of this round read is left out. */
static int leave_out_read(struct observing *ob, struct lapse_err *err)
{
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < ob->groups.n && rc == 0; i++) {
		struct governed *g = &ob->groups.items[i];

		rc = look_up_age(ob, g, err);
		if (ob->o->round_at == ob->o->began_at ||
			g->read_at < ob->o->round_at)
			ob->groups.items[n++] = *g;
	}
	ob->groups.n = n;
	return rc;
}

static int governed(struct observing *ob, struct lapse_err *err)
{
	int rc = holds_live(ob->l->ledger, ob->idp->section->name, ob->arena,
		&ob->holds, err);

	if (rc == 0)
		rc = add_catalog(ob, err);
	for (size_t i = 0; i < ob->holds.list.n && rc == 0; i++)
		rc = add_group(ob, ob->holds.list.items[i].m.group, err);
	if (rc < 0)
		return rc;
	sort_once(ob);
	rc = leave_out_read(ob, err);
	ob->order = arena_alloc(ob->arena,
		ob->groups.n * sizeof(struct governed *));
	return rc < 0 ? rc : arena_check(ob->arena, err);
}

/* ---- Keeping what was read ---- */

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
static int reappeared(struct observing *ob, const struct reading_group *g,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct idp_section *section = ob->idp->section;
	struct change_rows back = {0};
	int rc = changes_back(ob->l->ledger, section->name, g->of->group,
		ob->o->began_at - section->driver->settle_s, &a, &back, err);

	for (size_t i = 0; i < back.list.n && rc == 0; i++)
		rc = tell_reappeared(ob->l, &back.list.items[i].m, err);
	return rc;
}

/* The first hold of a group, or of what comes after it. */
static size_t first_hold(const struct hold_rows *holds, const char *group)
{
	size_t from = 0;
	size_t to = holds->list.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(holds->list.items[middle].m.group, group) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Held memberships that this reading shows, for the judgement. */
static int note_present(struct observing *ob, const struct reading_group *g,
	struct lapse_err *err)
{
	const struct hold_rows *holds = &ob->holds;
	struct observation *o = ob->o;
	int rc = 0;

	strs_add(&o->groups, ob->arena, g->of->group);
	for (size_t i = first_hold(holds, g->of->group);
		i < holds->list.n && rc == 0; i++) {
		const struct membership *m = &holds->list.items[i].m;
		int64_t uid = 0;

		if (strcmp(m->group, g->of->group) != 0)
			break;
		rc = user_uid(ob->l->ledger, m->idp, m->user, &uid, err);
		if (rc == 0 && uid != 0 && members_has(&g->members, uid))
			strs_add(&o->present, ob->arena, arena_fmt(ob->arena,
				"%s %s", m->group, m->user));
	}
	return rc < 0 ? rc : arena_check(ob->arena, err);
}

/* Who came without us, and who left. Who was there at the first reading did
 * not join behind our back. */
static int came_and_left(struct observing *ob, const struct reading_group *g,
	const struct members_change *c, struct lapse_err *err)
{
	int rc = 0;

	if (c->missed > 0)
		rc = drift_left(ob->l->ledger, ob->idp->section->name,
			g->of->group, core_now(ob->l), err);
	if (rc < 0 || g->of->read_at == WHEN_NONE ||
		c->joined + c->returned == 0)
		return rc;
	return drift_note_joined(ob->l, ob->idp->section->name, g->of->group,
		core_now(ob->l), err);
}

static int keep(struct observing *ob, struct reading_group *g,
	struct lapse_err *err)
{
	struct lapse *l = ob->l;
	struct members_change change = {0};
	int rc = 0;

	if (g->kind.group != NULL)
		rc = group_put(l->ledger, &g->kind, core_now(l), err);
	if (g->rc < 0)
		log_say(&l->env, g->rc == LAPSE_EAGAIN ? LAPSE_INFO :
							 LAPSE_WARNING,
			"%s", g->why.text);
	if (rc < 0 || g->rc < 0)
		return rc;
	rc = members_finish(l->ledger, &g->members, core_now(l), &change, err);
	if (rc == 0)
		rc = reappeared(ob, g, err);
	if (rc == 0)
		rc = came_and_left(ob, g, &change, err);
	return rc < 0 ? rc : note_present(ob, g, err);
}

static bool has_news(const struct observing *ob)
{
	for (size_t i = 0; i < ARRAY_N(ob->readings); i++) {
		const struct reading_group *g = &ob->readings[i];

		if (g->state == READ && (g->rc == 0 || g->kind.group != NULL))
			return true;
	}
	return false;
}

static int keep_all(struct observing *ob, struct lapse_err *err)
{
	bool news = has_news(ob);
	int rc = news ? core_begin(ob->l, err) : 0;

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ARRAY_N(ob->readings) && rc == 0; i++)
		if (ob->readings[i].state == READ)
			rc = keep(ob, &ob->readings[i], err);
	return news ? core_end(ob->l, rc, err) : rc;
}

static int keep_read(struct observing *ob, struct lapse_err *err)
{
	int rc = seen_users_flush(&ob->users, err);

	if (rc == 0 && ob->read > 0)
		rc = keep_all(ob, err);
	for (size_t i = 0; i < ARRAY_N(ob->readings); i++) {
		struct reading_group *g = &ob->readings[i];

		if (g->state != READ)
			continue;
		members_clear(&g->members);
		op_clear(&g->op);
		*g = (struct reading_group){.state = FREE};
	}
	ob->read = 0;
	ob->read_members = 0;
	return rc;
}

/* ---- Reading one group ---- */

static void go_on(struct observing *ob);

static void ended(struct reading_group *g, int rc, const struct lapse_err *why)
{
	struct observing *ob = g->ob;

	g->rc = rc;
	if (rc < 0)
		g->why = *why;
	if (rc == LAPSE_EAGAIN)
		ob->o->cut = true;
	g->state = READ;
	ob->flying--;
	ob->read++;
	ob->read_members += g->members.uids.n;
	if (ob->rc == 0 && (ob->read >= BATCH ||
		ob->read_members >= BATCH_MEMBERS))
		ob->rc = keep_read(ob, &ob->err);
	go_on(ob);
}

static int take_member(void *arg, const void *item, struct lapse_err *err)
{
	struct reading_group *g = arg;

	return seen_users_add(&g->ob->users, item, &g->members, err);
}

static void around_members(void *arg, bool begins)
{
	struct reading_group *g = arg;

	seen_users_view(&g->ob->users, begins);
}

static void members_landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct reading_group *g = arg;
	struct observing *ob = g->ob;
	struct lapse_err gone;

	core_idp_told(ob->l, ob->idp, op, rc, err);
	if (rc == 0 && op->outcome == OP_GONE) {
		rc = lapse_fail(&gone, LAPSE_ENOTFOUND,
			"%s: group '%s': does not exist any more",
			ob->idp->section->name, g->of->group);
		err = &gone;
	}
	ended(g, rc, err);
}

static int read_members(struct reading_group *g, struct lapse_err *err)
{
	struct observing *ob = g->ob;

	op_clear(&g->op);
	g->op = (struct op){
		.step = ob->idp->section->driver->list_members,
		.name = "members",
		.group = g->of->group,
		.sink = take_member,
		.around = around_members,
		.arg = g,
	};
	return engine_add(ob->l->engine, &ob->idp->remote, &g->op, true,
		members_landed, g, err);
}

static void kind_copy(struct reading_group *g, const struct group_row *row)
{
	struct arena *a = &g->members.arena;

	g->kind = *row;
	g->kind.group = g->of->group;
	g->kind.name = arena_copy(a, row->name);
	g->kind.kind = arena_copy(a, row->kind);
	g->kind.detail = arena_copy(a, row->detail);
}

static int take_kind(void *arg, const void *item, struct lapse_err *err)
{
	struct reading_group *g = arg;
	struct group_row row;

	people_group_row(g->members.idp, item, &row);
	kind_copy(g, &row);
	return arena_check(&g->members.arena, err);
}

static void kind_landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct reading_group *g = arg;
	struct lapse_err why;

	core_idp_told(g->ob->l, g->ob->idp, op, rc, err);
	if (rc < 0) {
		g->kind.group = NULL;
		ended(g, rc, err);
		return;
	}
	rc = read_members(g, &why);
	if (rc < 0)
		ended(g, rc, &why);
}

/* A group that is not there any more keeps this row. */
static int read_kind(struct reading_group *g, struct lapse_err *err)
{
	struct observing *ob = g->ob;
	const struct group_row gone = {
		.idp = ob->idp->section->name,
		.kind = "gone",
		.complete_at = WHEN_NONE,
	};

	kind_copy(g, &gone);
	g->op = (struct op){
		.step = ob->idp->section->driver->get_group,
		.name = "group",
		.group = g->of->group,
		.sink = take_kind,
		.arg = g,
	};
	return engine_add(ob->l->engine, &ob->idp->remote, &g->op, true,
		kind_landed, g, err);
}

/* A kind is read at most daily, or taken from the list of all groups. */
static int begin(struct reading_group *g, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct observing *ob = g->ob;
	const char *idp = ob->idp->section->name;
	struct group_row row = {0};
	bool same = false;
	int rc;

	members_begin(&g->members, idp, g->of->group);
	if (g->of->listed.group != NULL) {
		rc = group_same(ob->l->ledger, &g->of->listed,
			core_now(ob->l), &same, err);
		if (rc == 0 && !same)
			g->kind = g->of->listed;
		return rc < 0 ? rc : read_members(g, err);
	}
	rc = group_get(ob->l->ledger, idp, g->of->group, &a, &row, err);
	if (rc == LAPSE_ENOTFOUND ||
		(rc == 0 && core_now(ob->l) - row.observed_at >= KIND_S))
		return read_kind(g, err);
	return rc < 0 ? rc : read_members(g, err);
}

/* ---- All groups ---- */

static struct reading_group *free_reading(struct observing *ob)
{
	for (size_t i = 0; i < ARRAY_N(ob->readings); i++)
		if (ob->readings[i].state == FREE)
			return &ob->readings[i];
	return NULL;
}

/* Starts as many as may be under way. A provider that was given up for the
 * run has been told of already; once cut short, the next tick goes on. */
static void go_on(struct observing *ob)
{
	while (ob->rc == 0 && !ob->idp->failed && !ob->o->cut &&
		ob->flying < ABREAST && ob->next < ob->n_order) {
		struct reading_group *g = free_reading(ob);
		struct lapse_err why;
		int rc;

		if (g == NULL)
			return;
		g->state = FLYING;
		g->ob = ob;
		g->of = ob->order[ob->next++];
		ob->flying++;
		rc = begin(g, &why);
		if (rc == 0)
			continue;
		/* The deadline came, or the ledger cannot be read. */
		g->state = READ;
		g->rc = rc;
		g->why = why;
		ob->flying--;
		ob->read++;
		ob->rc = rc;
		ob->err = why;
	}
}

static int take_listed(void *arg, const void *item, struct lapse_err *err)
{
	struct observing *ob = arg;
	const struct idp_group *said = item;
	const struct governed key = {.group = said->id};
	struct governed *g = ob->groups.n == 0 ? NULL : bsearch(&key,
		ob->groups.items, ob->groups.n, sizeof(key), by_group);

	if (g == NULL)
		return 0;
	if (g->listed.group == NULL)
		ob->order[ob->n_order++] = g;
	people_group_row(ob->idp->section->name, said, &g->listed);
	g->listed.group = g->group;
	g->listed.name = arena_copy(ob->arena, g->listed.name);
	g->listed.kind = arena_copy(ob->arena, g->listed.kind);
	g->listed.detail = arena_copy(ob->arena, g->listed.detail);
	g->members = said->members;
	return arena_check(ob->arena, err);
}

/* All that the list says is known: what it did not show is read as well. */
static void groups_known(struct observing *ob)
{
	for (size_t i = 0; i < ob->groups.n; i++)
		if (ob->groups.items[i].listed.group == NULL)
			ob->order[ob->n_order++] = &ob->groups.items[i];
	if (ob->next < ob->n_order)
		qsort(ob->order + ob->next, ob->n_order - ob->next,
			sizeof(*ob->order), by_members);
	go_on(ob);
}

/* What a page of the list showed need not wait for the others. */
static void around_listed(void *arg, bool begins)
{
	if (!begins)
		go_on(arg);
}

/* Without the list each group's kind is read by itself. */
static void groups_landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct observing *ob = arg;

	core_idp_told(ob->l, ob->idp, op, rc, err);
	if (rc < 0)
		log_say(&ob->l->env, LAPSE_WARNING, "%s", err->text);
	groups_known(ob);
}

static int take_user(void *arg, const void *item, struct lapse_err *err)
{
	struct observing *ob = arg;

	return seen_users_add(&ob->users, item, NULL, err);
}

static void around_users(void *arg, bool begins)
{
	struct observing *ob = arg;

	seen_users_view(&ob->users, begins);
}

struct users_list {
	struct observing *ob;
	struct lapse_err *ret;
};

static void users_landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct users_list *u = arg;

	core_idp_told(u->ob->l, u->ob->idp, op, rc, err);
	if (rc < 0)
		*u->ret = *err;
}

/* An operation that was added is run, whatever became of the next. */
static int fly(struct observing *ob, bool full, struct lapse_err *ret_users,
	struct lapse_err *err)
{
	const struct idp_driver *driver = ob->idp->section->driver;
	struct users_list list = {ob, ret_users};
	struct op users = {.step = driver->list_users, .name = "users",
		.sink = take_user, .around = around_users, .arg = ob};
	struct op groups = {.step = driver->list_groups, .name = "groups",
		.sink = take_listed, .around = around_listed, .arg = ob};
	struct engine *e = ob->l->engine;
	int ran;
	int rc = 0;

	if (full)
		rc = engine_add(e, &ob->idp->remote, &users, false,
			users_landed, &list, err);
	if (rc == 0 && full)
		rc = engine_add(e, &ob->idp->remote, &groups, false,
			groups_landed, ob, err);
	if (rc == 0 && !full)
		groups_known(ob);
	ran = engine_run(e, rc < 0 ? NULL : err);
	op_clear(&users);
	op_clear(&groups);
	return rc < 0 ? rc : ran;
}

static int first_of(int rc, const struct observing *ob, struct lapse_err *err)
{
	if (rc < 0 || ob->rc == 0)
		return rc;
	*err = ob->err;
	return ob->rc;
}

int observe_groups(struct lapse *l, struct observation *o, bool full,
	struct arena *a, struct lapse_err *ret_users, struct lapse_err *err)
{
	struct observing *ob AUTO_OBSERVING = calloc(1, sizeof(*ob));
	int rc;

	if (ob == NULL)
		return lapse_fail_nomem(err);
	ob->l = l;
	ob->idp = o->idp;
	ob->o = o;
	ob->arena = a;
	ob->users.l = l;
	ob->users.idp = o->idp->section->name;
	rc = governed(ob, err);
	if (rc == 0)
		rc = fly(ob, full, ret_users, err);
	rc = first_of(rc, ob, err);
	/* What was read to its end is kept, also past the deadline. */
	if (rc == 0 || rc == LAPSE_EAGAIN)
		ob->rc = keep_read(ob, &ob->err);
	return first_of(rc == LAPSE_EAGAIN && ob->rc < 0 ? 0 : rc, ob, err);
}
