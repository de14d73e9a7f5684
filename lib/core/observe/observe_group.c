/* Reading one governed group: its kind where that is due, then its members. */
#include "observe_private.h"

#include "people.h"

enum {
	BATCH_MEMBERS = 20000,	/* put with one commit, if not more groups */
	KIND_S = 86400,		/* a group's kind is read this often */
};

static void ended(struct reading_group *g, int rc, const struct lapse_err *why)
{
	struct observing *ob = g->ob;

	g->rc = rc;
	if (rc < 0)
		g->why = *why;
	if (rc == LAPSE_EAGAIN)
		ob->o->cut = true;
	g->state = READING_DONE;
	ob->flying--;
	ob->read++;
	ob->read_members += g->members.uids.n;
	if (ob->rc == 0 && (ob->read >= OBSERVE_BATCH ||
		ob->read_members >= BATCH_MEMBERS))
		ob->rc = readings_keep(ob, &ob->err);
	observing_go_on(ob);
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
int reading_begin(struct reading_group *g, struct lapse_err *err)
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
