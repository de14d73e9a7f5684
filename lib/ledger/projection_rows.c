/* What the projection of an issue shows, as rows. */
#include "projection_rows.h"

#include "stmt.h"

enum {
	GRANTS,
	HOLDS,
	CHANGES,
	STEPS,
	SHOWN,
	DEADLINE,
};

static const char *const sql[] = {
	[GRANTS] = "SELECT g.id, g.role, g.account, g.state, g.starts_at,"
		   " g.ends_at, a.approval_id, g.end_reason,"
		   " iif(g.end_reason = 'superseded', (SELECT max(n.ends_at)"
		   " FROM \"grant\" n WHERE n.extended_from = g.id), NULL),"
		   " g.application, g.elevated, g.method = 'manual',"
		   " g.duration_s, g.created_at, g.first_add_at, g.ending_at,"
		   " g.ended_at, g.end_by, g.extended_from, g.break_glass,"
		   " g.acknowledged_by, g.operator, g.policy, g.content_hash,"
		   " a.mode, a.asked_at, a.method, iif(a.method ="
		   " 'slack-delegate', (SELECT group_concat(o.account, ' ')"
		   " FROM (SELECT account FROM owed WHERE approval = a.id"
		   " AND decision = 'approved' ORDER BY account) o), NULL)"
		   " FROM \"grant\" g"
		   " LEFT JOIN approval a ON a.id = g.approval"
		   " WHERE g.issue_id = ?1 ORDER BY g.id",
	/* What reconcile.c goes by: a hold that says "from before lapse", and
	 * the last change that was proven. */
	[HOLDS] = "SELECT h.grant_id, h.idp, h.group_id, h.user_id, h.before,"
		  " h.placed_at, h.released_at, h.verified_at,"
		  " (SELECT min(p.placed_at) FROM hold p WHERE p.idp = h.idp"
		  " AND p.group_id = h.group_id AND p.user_id = h.user_id"
		  " AND p.released_at IS NULL AND p.grant_id IS NULL),"
		  " c.id, c.kind, c.state, c.last_sent_at, c.settled_at,"
		  " c.verified_at"
		  " FROM \"grant\" g JOIN hold h ON h.grant_id = g.id"
		  " LEFT JOIN change c ON c.id = (SELECT max(x.id)"
		  " FROM change x WHERE x.idp = h.idp"
		  " AND x.group_id = h.group_id AND x.user_id = h.user_id"
		  " AND x.settled_at IS NOT NULL"
		  " AND x.state IN ('done', 'already-so', 'gone'))"
		  " WHERE g.issue_id = ?1 ORDER BY h.id",
	/* By the memberships: a change has no index on its grant, and stands
	 * where a hold of the grant stood. */
	[CHANGES] = "SELECT DISTINCT c.grant_id, c.id, c.kind, c.state, c.idp,"
		    " c.group_id, c.user_id, c.opened_at, c.due_at,"
		    " c.attempts, c.last_error"
		    " FROM \"grant\" g JOIN hold h ON h.grant_id = g.id"
		    " JOIN change c ON c.idp = h.idp"
		    " AND c.group_id = h.group_id AND c.user_id = h.user_id"
		    " WHERE g.issue_id = ?1 AND c.settled_at IS NULL"
		    " AND c.grant_id = g.id ORDER BY c.id",
	[STEPS] = "SELECT m.grant_id, m.kind, m.issue_id, m.issue_key,"
		  " m.opened_at, m.due_at, m.done_at, m.done_by"
		  " FROM \"grant\" g JOIN manual m ON m.grant_id = g.id"
		  " WHERE g.issue_id = ?1 ORDER BY m.id",
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
	g->application = arena_copy(list->arena, row_text(r, 9));
	g->elevated = row_int(r, 10) != 0;
	g->manual = row_int(r, 11) != 0;
	g->duration_s = row_int(r, 12);
	g->created_at = row_time(r, 13);
	g->first_add_at = row_time(r, 14);
	g->ending_at = row_time(r, 15);
	g->ended_at = row_time(r, 16);
	g->end_by = arena_copy(list->arena, row_text(r, 17));
	g->extended_from = row_int(r, 18);
	g->break_glass = row_int(r, 19) != 0;
	g->acknowledged_by = arena_copy(list->arena, row_text(r, 20));
	g->operator = arena_copy(list->arena, row_text(r, 21));
	g->policy = arena_copy(list->arena, row_text(r, 22));
	g->content = arena_copy(list->arena, row_text(r, 23));
	g->mode = arena_copy(list->arena, row_text(r, 24));
	g->approval_method = arena_copy(list->arena, row_text(r, 26));
	g->approvers = arena_copy(list->arena, row_text(r, 27));
	g->asked_at = row_time(r, 25);
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
	h->pre_at = row_time(r, 8);
	h->last.id = row_int(r, 9);
	h->last.kind = arena_copy(list->arena, row_text(r, 10));
	h->last.state = arena_copy(list->arena, row_text(r, 11));
	h->last.sent_at = row_time(r, 12);
	h->last.settled_at = row_time(r, 13);
	h->last.verified_at = row_time(r, 14);
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
	c->attempts = row_int(r, 9);
	c->error = arena_copy(list->arena, row_text(r, 10));
	return arena_check(list->arena, err);
}

static int take_step(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct projection_step *s = VEC_ADD(&list->rows->steps, list->arena);

	if (s == NULL)
		return lapse_fail_nomem(err);
	s->grant = row_int(r, 0);
	s->kind = arena_copy(list->arena, row_text(r, 1));
	s->issue = arena_copy(list->arena, row_text(r, 2));
	s->key = arena_copy(list->arena, row_text(r, 3));
	s->opened_at = row_time(r, 4);
	s->due_at = row_time(r, 5);
	s->done_at = row_time(r, 6);
	s->done_by = arena_copy(list->arena, row_text(r, 7));
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
		rc = ledger_query(l, &projection_family, STEPS, take_step,
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
