/* Access that lapse did not give becomes a grant. */
#include "takeover.h"

#include <string.h>

#include "drift_rows.h"
#include "failsafe.h"
#include "grant.h"
#include "ledger_people.h"

int takeover_is_foreign(struct lapse *l, const struct reading *r, bool *ret,
	struct lapse_err *err)
{
	struct reconcile_view v = {0};
	const char *before = NULL;
	int rc;

	if (r->seen != OP_PRESENT && r->seen != OP_ABSENT)
		return lapse_fail(err, LAPSE_EITEM, "%s: group '%s': cannot "
			"be read: %s", r->m.idp, r->m.group, r->rc < 0 ?
			r->why.text : "user or group is gone");
	rc = reconcile_before(l, r, &before, err);
	if (rc == 0)
		rc = reconcile_view(l, &r->m, &v, err);
	if (rc < 0)
		return rc;
	/* A grant on top of what was there before does not make it ours. */
	*ret = r->seen == OP_PRESENT && (v.pre || !v.ours);
	return 0;
}

/* ---- What lapse may not change ---- */

static const char *fed_by(const struct group_row *g, struct arena *a)
{
	const char *name = g->name != NULL ? g->name : g->group;
	const char *from = g->detail != NULL ? g->detail : "";
	const char *gap = *from != '\0' ? " " : "";

	if (strcmp(g->kind, "rule") == 0)
		return arena_fmt(a, "the group %s is fed by the rule%s%s; take "
			"the person out there, then this access is gone",
			name, gap, from);
	if (strcmp(g->kind, "directory") == 0)
		return arena_fmt(a, "the group %s comes from another "
			"directory%s%s; take the person out there, then this "
			"access is gone", name, gap, from);
	if (strcmp(g->kind, "app") == 0)
		return arena_fmt(a, "the group %s is kept by the "
			"application%s%s; take the person out there, then "
			"this access is gone", name, gap, from);
	if (strcmp(g->kind, "built-in") == 0)
		return arena_fmt(a, "the group %s is built in, and nobody can "
			"be taken out of it", name);
	if (strcmp(g->kind, "restricted") == 0)
		return arena_fmt(a, "the group %s can be changed with "
			"administrator rights only; an administrator can "
			"take the person out, then this access is gone",
			name);
	return NULL;
}

int takeover_why_not(struct lapse *l, const struct membership *m,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	struct group_row g = {0};
	struct hold_rows holds = {0};
	const char *why;
	int rc = group_get(l->ledger, m->idp, m->group, a, &g, err);

	if (rc == LAPSE_ENOTFOUND) {
		*ret = NULL;
		return 0;
	}
	why = rc == 0 && g.kind != NULL ? fed_by(&g, a) : NULL;
	if (why != NULL)
		rc = holds_on(l->ledger, m, a, &holds, err);
	/* What lapse gave while it could is lapse's to end. */
	for (size_t i = 0; i < holds.list.n && rc == 0; i++)
		if (holds.list.items[i].grant != 0)
			why = NULL;
	if (rc == 0)
		rc = arena_check(a, err);
	if (rc == 0)
		*ret = why;
	return rc;
}

/* ---- Taking over ---- */

/* The grant's hold takes the place of the one that said "not ours". */
static int take_over(struct lapse *l, const struct membership *m,
	int64_t grant, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	struct hold_row hold = {
		.grant = grant,
		.m = *m,
		.before = "present",
		.placed_at = core_now(l),
		.verified_at = core_now(l),
	};
	int rc = holds_on(l->ledger, m, &a, &holds, err);

	if (rc == 0)
		rc = change_adopt(l->ledger, m, grant, core_now(l), err);
	if (rc == 0)
		rc = hold_add(l->ledger, &hold, NULL, err);
	for (size_t i = 0; i < holds.list.n && rc == 0; i++)
		if (holds.list.items[i].grant == 0)
			rc = hold_release(l->ledger, holds.list.items[i].id,
				core_now(l), 0, err);
	/* From here on a grant explains it. */
	if (rc == 0)
		rc = drift_close(l->ledger, m, core_now(l),
			l->operator != NULL ? l->operator : "lapse",
			"a grant took it over", err);
	return rc < 0 ? rc : failsafe_look(l, m, true, err);
}

int takeover_grant(struct lapse *l, const struct takeover *t,
	int64_t *ret_grant, struct lapse_err *err)
{
	struct grant_row g = t->g;
	int64_t id = 0;
	int rc;

	g.created_at = core_now(l);
	g.starts_at = WHEN_NONE;
	rc = grant_add(l->ledger, &g, &id, err);
	for (size_t i = 0; i < t->n && rc == 0; i++)
		rc = take_over(l, &t->m[i], id, err);
	if (rc == 0)
		rc = grant_set_active(l->ledger, id, core_now(l), g.ends_at,
			err);
	if (rc == 0)
		*ret_grant = id;
	return rc;
}

static int end_grant(struct lapse *l, int64_t id,
	const struct takeover_end *t, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_row g = {0};
	int rc = grant_get(l->ledger, id, &a, &g, err);

	return rc < 0 ? rc : grant_end(l, &g, t->reason, t->by, t->note,
		core_now(l), err);
}

int takeover_end(struct lapse *l, const struct takeover_end *t,
	int64_t *ret_grant, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	struct takeover over = {.g = t->g, .m = &t->m, .n = 1};
	int64_t id = 0;
	int rc = holds_on(l->ledger, &t->m, &a, &holds, err);

	/* Taken over first: the last hold to go is then one that removes. */
	over.g.ends_at = core_now(l);
	if (rc == 0 && t->foreign)
		rc = takeover_grant(l, &over, &id, err);
	for (size_t i = 0; i < holds.list.n && rc == 0; i++) {
		if (holds.list.items[i].grant == 0)
			continue;
		rc = end_grant(l, holds.list.items[i].grant, t, err);
		*ret_grant = holds.list.items[i].grant;
	}
	if (rc == 0 && id != 0) {
		rc = end_grant(l, id, t, err);
		*ret_grant = id;
	}
	return rc;
}
