/* Putting rows back. */
#include "rebuild_rows.h"

#include "stmt.h"

enum {
	EMPTY,
	GRANT,
	HOLD,
	PRE,
	LAST,
	CHANGE,
	STEP,
	APPROVAL,
	ISSUES,
	DOUBT,
};

static const char *const sql[] = {
	[EMPTY] = "SELECT NOT EXISTS (SELECT 1 FROM \"grant\")"
		  " AND NOT EXISTS (SELECT 1 FROM request)"
		  " AND NOT EXISTS (SELECT 1 FROM hold)"
		  " AND (SELECT anchor_issue IS NULL FROM ledger)",
	[GRANT] = "INSERT INTO \"grant\" (id, request_id, approval, issue_id,"
		  " issue_key, account, role, application, elevated, method,"
		  " state, duration_s, created_at, projected_at, first_add_at,"
		  " starts_at, ends_at, ended_at, end_reason, end_by,"
		  " ending_at, extended_from, break_glass, acknowledged_by,"
		  " operator, policy, content_hash, reason)"
		  " VALUES (max(?1, (SELECT coalesce(max(id), 0) + 1"
		  " FROM \"grant\")), nullif(?2, 0), nullif(?3, 0), ?4, ?5, ?6,"
		  " ?7, ?8, ?9, iif(?10, 'manual', 'group'), ?11,"
		  " nullif(?12, 0), ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
		  " ?21, (SELECT id FROM \"grant\" WHERE id = ?22), ?23, ?24,"
		  " ?25, ?26, ?27, ?28)",
	[HOLD] = "INSERT INTO hold (grant_id, idp, group_id, user_id, before,"
		 " placed_at, verified_at, released_at)"
		 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[PRE] = "INSERT INTO hold (grant_id, idp, group_id, user_id, before,"
		" placed_at, verified_at) SELECT NULL, ?1, ?2, ?3, 'present',"
		" ?4, ?4 WHERE NOT EXISTS (SELECT 1 FROM hold WHERE idp = ?1"
		" AND group_id = ?2 AND user_id = ?3 AND released_at IS NULL"
		" AND grant_id IS NULL)",
	[LAST] = "INSERT INTO change (id, idp, group_id, user_id, kind, state,"
		 " grant_id, opened_at, due_at, attempts, first_sent_at,"
		 " last_sent_at, next_attempt_at, effect_seen, settled_at,"
		 " verified_at) VALUES (max(?1, (SELECT coalesce(max(id), 0)"
		 " + 1 FROM change)), ?2, ?3, ?4, ?5, ?6, ?7, ?9, ?9, 0, ?8,"
		 " ?8, ?9, ?5 = 'add', ?9, ?10)",
	[CHANGE] = "INSERT INTO change (id, idp, group_id, user_id, kind,"
		   " state, grant_id, opened_at, due_at, attempts,"
		   " first_sent_at, last_sent_at, next_attempt_at, last_error)"
		   " VALUES (max(?1, (SELECT coalesce(max(id), 0) + 1"
		   " FROM change)), ?2, ?3, ?4, ?5,"
		   " iif(?5 = 'add', 'unknown', iif(?6 = 'parked', 'parked',"
		   " 'open')), ?7, ?8, ?9, max(?10, ?5 = 'add'),"
		   " iif(?5 = 'add', ?11, NULL), iif(?5 = 'add', ?11, NULL),"
		   " ?8, ?12) ON CONFLICT DO NOTHING",
	[STEP] = "INSERT INTO manual (grant_id, kind, issue_id, issue_key,"
		 " opened_at, due_at, done_at, done_by)"
		 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
		 " ON CONFLICT (grant_id, kind) DO UPDATE SET"
		 " issue_id = ?3, issue_key = ?4, done_at = ?7, done_by = ?8"
		 " WHERE done_at IS NULL",
	[APPROVAL] = "SELECT id FROM approval WHERE request_id = ?1"
		     " AND approval_id = ?2",
	[ISSUES] = "SELECT issue_id, max(coalesce(issue_key, issue_id))"
		   " FROM \"grant\" WHERE issue_id IS NOT NULL"
		   " GROUP BY issue_id",
	[DOUBT] = "UPDATE notice SET state = 'doubtful' WHERE state = 'open'"
		  " AND kind IN ('comment', 'internal')",
};

const struct ledger_family rebuild_family =
	LEDGER_FAMILY(rebuild, REBUILD, sql);

int rebuild_rows_empty(struct ledger *l, bool *ret, struct lapse_err *err)
{
	int64_t empty = 0;
	int rc = ledger_int(l, &rebuild_family, EMPTY, &empty, 0, err, "");

	if (rc == 0)
		*ret = empty != 0;
	return rc;
}

int rebuild_rows_grant(struct ledger *l, const struct rebuilt_grant *r,
	int64_t *ret_id, struct lapse_err *err)
{
	const struct projection_grant *g = r->g;
	int rc = ledger_exec(l, &rebuild_family, GRANT, NULL, err,
		"iiitt" "tttii" "tiwww" "wwwtt" "wiitt" "ttt", g->id,
		r->request, r->approval, r->issue, r->key, g->account,
		g->role, r->application, (int64_t)r->elevated,
		(int64_t)g->manual, g->state, g->duration_s, g->created_at,
		r->projected_at, g->first_add_at, g->starts_at, r->ends_at,
		g->ended_at, g->end_reason, g->end_by, g->ending_at,
		g->extended_from, (int64_t)g->break_glass, g->acknowledged_by,
		g->operator, r->policy, g->content, r->reason);

	if (rc == 0)
		*ret_id = ledger_last_id(l);
	return rc;
}

int rebuild_rows_hold(struct ledger *l, int64_t grant,
	const struct projection_hold *h, struct lapse_err *err)
{
	return ledger_exec(l, &rebuild_family, HOLD, NULL, err, "ittttiww",
		grant, h->idp, h->group, h->user, h->before, h->placed_at,
		h->verified_at, h->released_at);
}

int rebuild_rows_pre(struct ledger *l, const struct membership *m,
	int64_t placed_at, struct lapse_err *err)
{
	return ledger_exec(l, &rebuild_family, PRE, NULL, err, "ttti", m->idp,
		m->group, m->user, placed_at);
}

int rebuild_rows_last(struct ledger *l, int64_t grant,
	const struct projection_hold *h, struct lapse_err *err)
{
	return ledger_exec(l, &rebuild_family, LAST, NULL, err, "itttttiwiw",
		h->last.id, h->idp, h->group, h->user, h->last.kind,
		h->last.state, grant, h->last.sent_at, h->last.settled_at,
		h->last.verified_at);
}

int rebuild_rows_change(struct ledger *l, int64_t grant,
	const struct projection_change *c, int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &rebuild_family, CHANGE, NULL, err,
		"ittttt" "iiiiit", c->id, c->idp, c->group, c->user, c->kind,
		c->state, grant, c->opened_at, c->due_at, c->attempts, now,
		c->error);
}

int rebuild_rows_step(struct ledger *l, int64_t grant,
	const struct projection_step *s, struct lapse_err *err)
{
	return ledger_exec(l, &rebuild_family, STEP, NULL, err, "itttiiwt",
		grant, s->kind, s->issue, s->key, s->opened_at, s->due_at,
		s->done_at, s->done_by);
}

int rebuild_rows_approval(struct ledger *l, int64_t request,
	const char *approval, int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &rebuild_family, APPROVAL, ret, 0, err, "it",
		request, approval);
}

struct issues {
	struct arena *arena;
	struct strs *ids;
	struct strs *keys;
};

static int take_issue(void *arg, const struct row *r, struct lapse_err *err)
{
	struct issues *i = arg;

	strs_add(i->ids, i->arena, row_text(r, 0));
	strs_add(i->keys, i->arena, row_text(r, 1));
	return arena_check(i->arena, err);
}

int rebuild_rows_issues(struct ledger *l, struct arena *a,
	struct strs *ret_ids, struct strs *ret_keys, struct lapse_err *err)
{
	struct issues i = {a, ret_ids, ret_keys};

	return ledger_query(l, &rebuild_family, ISSUES, take_issue, &i, err,
		"");
}

int rebuild_rows_doubt(struct ledger *l, struct lapse_err *err)
{
	return ledger_exec(l, &rebuild_family, DOUBT, NULL, err, "");
}
