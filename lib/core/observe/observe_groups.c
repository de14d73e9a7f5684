/* Reading the governed groups: many side by side, the longest first, each kept
 * only when its last page was read. What was read is put in batches, between
 * the pages of the others. */
#include "observe_private.h"

#include <stdlib.h>

#include "condition.h"
#include "people.h"

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
	return governed_by_group(x, y);
}

static struct reading_group *free_reading(struct observing *ob)
{
	for (size_t i = 0; i < ARRAY_N(ob->readings); i++)
		if (ob->readings[i].state == READING_FREE)
			return &ob->readings[i];
	return NULL;
}

/* A provider that was given up for the run has been told of already; once cut
 * short, the next tick goes on. */
void observing_go_on(struct observing *ob)
{
	while (ob->rc == 0 && !ob->idp->failed && !ob->o->cut &&
		ob->flying < OBSERVE_ABREAST && ob->next < ob->n_order) {
		struct reading_group *g = free_reading(ob);
		struct lapse_err why;
		int rc;

		if (g == NULL)
			return;
		g->state = READING_FLYING;
		g->ob = ob;
		g->of = ob->order[ob->next++];
		ob->flying++;
		rc = reading_begin(g, &why);
		if (rc == 0)
			continue;
		/* The deadline came, or the ledger cannot be read. */
		g->state = READING_DONE;
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
		ob->groups.items, ob->groups.n, sizeof(key),
		governed_by_group);

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
	observing_go_on(ob);
}

/* What a page of the list showed need not wait for the others. */
static void around_listed(void *arg, bool begins)
{
	if (!begins)
		observing_go_on(arg);
}

/* Without the list each group's kind is read by itself. */
static void groups_landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct observing *ob = arg;

	core_idp_told(ob->l, ob->idp, op, rc, err);
	if (rc < 0)
		condition_pass(ob->l, err);
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
	rc = governed_find(ob, err);
	if (rc == 0)
		rc = fly(ob, full, ret_users, err);
	rc = first_of(rc, ob, err);
	/* What was read to its end is kept, also past the deadline. */
	if (rc == 0 || rc == LAPSE_EAGAIN)
		ob->rc = readings_keep(ob, &ob->err);
	buf_clear(&o->active);
	o->active = ob->users.active;
	ob->users.active = (struct buf){0};
	return first_of(rc == LAPSE_EAGAIN && ob->rc < 0 ? 0 : rc, ob, err);
}
