/* What the projection of an issue shows, as rows. */
#include "projection_rows.h"

#include "stmt.h"

enum {
	GRANTS,
	HOLDS,
	CHANGES,
	SHOWN,
	DEADLINE,
};

static const char *const sql[] = {
	[GRANTS] = "SELECT g.id, g.role, g.account, g.state, g.starts_at,"
		   " g.ends_at, a.approval_id, g.end_reason,"
		   " iif(g.end_reason = 'superseded', (SELECT max(n.ends_at)"
		   " FROM \"grant\" n WHERE n.extended_from = g.id), NULL)"
		   " FROM \"grant\" g"
		   " LEFT JOIN approval a ON a.id = g.approval"
		   " WHERE g.issue_id = ?1 ORDER BY g.id",
	[HOLDS] = "SELECT h.grant_id, h.idp, h.group_id, h.user_id, h.before,"
		  " h.placed_at, h.released_at, h.verified_at"
		  " FROM \"grant\" g JOIN hold h ON h.grant_id = g.id"
		  " WHERE g.issue_id = ?1 ORDER BY h.id",
	/* By the memberships: a change has no index on its grant, and stands
	 * where a hold of the grant stood. */
	[CHANGES] = "SELECT DISTINCT c.grant_id, c.id, c.kind, c.state, c.idp,"
		    " c.group_id, c.user_id, c.opened_at, c.due_at"
		    " FROM \"grant\" g JOIN hold h ON h.grant_id = g.id"
		    " JOIN change c ON c.idp = h.idp"
		    " AND c.group_id = h.group_id AND c.user_id = h.user_id"
		    " WHERE g.issue_id = ?1 AND c.settled_at IS NULL"
		    " AND c.grant_id = g.id ORDER BY c.id",
	[SHOWN] = ("UPDATE \"grant\" SET projected_at = ?2 WHERE id = ?1"
		   " AND state = 'granting' AND projected_at IS NULL"),
	[DEADLINE] = "SELECT ends_at FROM \"grant\" WHERE id = ?1",
};

const struct ledger_family projection_family =
	LEDGER_FAMILY(projection, PROJECTION, sql);

struct list {
	struct arena *arena;
	struct projection_rows *rows;
};

static int take_grant(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct projection_grant *g =
		VEC_ADD(&list->rows->grants, list->arena);

	if (g == NULL)
		return lapse_fail_nomem(err);
	g->id = row_int(r, 0);
	g->role = arena_copy(list->arena, row_text(r, 1));
	g->account = arena_copy(list->arena, row_text(r, 2));
	g->state = arena_copy(list->arena, row_text(r, 3));
	g->starts_at = row_time(r, 4);
	g->ends_at = row_time(r, 5);
	g->approval = arena_copy(list->arena, row_text(r, 6));
	g->end_reason = arena_copy(list->arena, row_text(r, 7));
	g->prolonged_to = row_time(r, 8);
	return arena_check(list->arena, err);
}

static int take_hold(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct projection_hold *h = VEC_ADD(&list->rows->holds, list->arena);

	if (h == NULL)
		return lapse_fail_nomem(err);
	h->grant = row_int(r, 0);
	h->idp = arena_copy(list->arena, row_text(r, 1));
	h->group = arena_copy(list->arena, row_text(r, 2));
	h->user = arena_copy(list->arena, row_text(r, 3));
	h->before = arena_copy(list->arena, row_text(r, 4));
	h->placed_at = row_time(r, 5);
	h->released_at = row_time(r, 6);
	h->verified_at = row_time(r, 7);
	return arena_check(list->arena, err);
}

static int take_change(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct projection_change *c =
		VEC_ADD(&list->rows->changes, list->arena);

	if (c == NULL)
		return lapse_fail_nomem(err);
	c->grant = row_int(r, 0);
	c->id = row_int(r, 1);
	c->kind = arena_copy(list->arena, row_text(r, 2));
	c->state = arena_copy(list->arena, row_text(r, 3));
	c->idp = arena_copy(list->arena, row_text(r, 4));
	c->group = arena_copy(list->arena, row_text(r, 5));
	c->user = arena_copy(list->arena, row_text(r, 6));
	c->opened_at = row_time(r, 7);
	c->due_at = row_time(r, 8);
	return arena_check(list->arena, err);
}

int projection_rows(struct ledger *l, const char *issue, struct arena *a,
	struct projection_rows *ret, struct lapse_err *err)
{
	struct projection_rows rows = {0};
	struct list list = {.arena = a, .rows = &rows};
	int rc = ledger_query(l, &projection_family, GRANTS, take_grant, &list,
		err, "t", issue);

	if (rc == 0)
		rc = ledger_query(l, &projection_family, HOLDS, take_hold,
			&list, err, "t", issue);
	if (rc == 0)
		rc = ledger_query(l, &projection_family, CHANGES, take_change,
			&list, err, "t", issue);
	if (rc == 0)
		*ret = rows;
	return rc;
}

int projection_rows_shown(struct ledger *l, int64_t grant, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(
		l, &projection_family, SHOWN, NULL, err, "ii", grant, now);
}

struct deadline {
	bool found;
	int64_t at;
};

static int take_deadline(void *arg, const struct row *r, struct lapse_err *err)
{
	struct deadline *d = arg;

	(void)err;
	d->found = true;
	d->at = row_time(r, 0);
	return 0;
}

int projection_rows_deadline(struct ledger *l, int64_t grant, int64_t *ret,
	struct lapse_err *err)
{
	struct deadline d = {0};
	int rc = ledger_query(l, &projection_family, DEADLINE, take_deadline,
		&d, err, "i", grant);

	if (rc < 0)
		return rc;
	if (!d.found)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"grant %lld: not in the ledger", (long long)grant);
	*ret = d.at;
	return 0;
}
