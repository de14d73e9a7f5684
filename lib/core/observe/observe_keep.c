/* Keeping what was read of groups: members, who is back after a removal, and
 * what the judgement wants to know. */
#include "observe_private.h"

#include <string.h>

#include "changes.h"
#include "drift.h"
#include "condition.h"
#include "log.h"

/* When the reading before this one proves that whom it does not show was not
 * a member: a provider may show an add only so late. */
static int64_t absent_at(const struct observing *ob,
	const struct reading_group *g)
{
	return g->of->read_at == WHEN_NONE ? WHEN_NONE :
		g->of->read_at - ob->idp->section->driver->settle_s;
}

static int tell_reappeared(struct lapse *l, const struct membership *m,
	int64_t absent, struct lapse_err *err)
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
	int rc = drift_add(l->ledger, "reappeared", m, core_now(l), absent,
		&fresh, err);

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
		rc = tell_reappeared(ob->l, &back.list.items[i].m,
			absent_at(ob, g), err);
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
		core_now(ob->l), absent_at(ob, g), err);
}

static int keep(struct observing *ob, struct reading_group *g,
	struct lapse_err *err)
{
	struct lapse *l = ob->l;
	struct members_change change = {0};
	int rc = 0;

	if (g->kind.group != NULL)
		rc = group_put(l->ledger, &g->kind, core_now(l), err);
	if (g->rc == LAPSE_EAGAIN)
		log_say(&l->env, LAPSE_INFO, "%s", g->why.text);
	else if (g->rc < 0)
		condition_pass(l, &g->why);
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

		if (g->state == READING_DONE &&
			(g->rc == 0 || g->kind.group != NULL))
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
		if (ob->readings[i].state == READING_DONE)
			rc = keep(ob, &ob->readings[i], err);
	return news ? core_end(ob->l, rc, err) : rc;
}

int readings_keep(struct observing *ob, struct lapse_err *err)
{
	int rc = seen_users_flush(&ob->users, err);

	if (rc == 0 && ob->read > 0)
		rc = keep_all(ob, err);
	for (size_t i = 0; i < ARRAY_N(ob->readings); i++) {
		struct reading_group *g = &ob->readings[i];

		if (g->state != READING_DONE)
			continue;
		members_clear(&g->members);
		op_clear(&g->op);
		*g = (struct reading_group){.state = READING_FREE};
	}
	ob->read = 0;
	ob->read_members = 0;
	return rc;
}
