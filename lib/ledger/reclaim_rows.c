/* Access that was found unused and warned about, as rows; no rules. */
#include "reclaim_rows.h"

#include "stmt.h"

enum {
	ADD,
	GET,
	PUT,
	OPEN,
	TAKEN,
};

#define COLUMNS                                                                \
	"id, idp, group_id, user_id, role, account, grant_id, state,"          \
	" warned_at, due_at, last_use, last_use_at, last_use_source,"          \
	" issue_id, issue_key, seat_cost, remediation_grant, settled_at, why"

static const char *const sql[] = {
	[ADD] = "INSERT INTO reclaim (idp, group_id, user_id, role, account,"
		" grant_id, state, warned_at, due_at, last_use, last_use_at,"
		" last_use_source, issue_id, issue_key) VALUES (?1, ?2, ?3,"
		" ?4, ?5, nullif(?6, 0), 'warned', ?7, ?8, ?9, ?10, ?11, ?12,"
		" ?13) ON CONFLICT (idp, group_id, user_id)"
		" WHERE settled_at IS NULL DO NOTHING",
	[GET] = "SELECT " COLUMNS " FROM reclaim WHERE id = ?1",
	[PUT] = "UPDATE reclaim SET state = ?2, warned_at = ?3, due_at = ?4,"
		" issue_id = ?5, issue_key = ?6, seat_cost = ?7,"
		" remediation_grant = nullif(?8, 0), settled_at = ?9,"
		" why = ?10 WHERE id = ?1",
	[OPEN] = "SELECT " COLUMNS " FROM reclaim WHERE settled_at IS NULL"
		 " ORDER BY id",
	[TAKEN] = "SELECT count(*) FROM reclaim r"
		  " JOIN \"grant\" g ON g.id = r.remediation_grant"
		  " WHERE r.idp = ?1 AND r.group_id = ?2 AND r.role = ?3"
		  " AND r.state IN ('removing', 'reclaimed')"
		  " AND g.ending_at >= ?4",
};

const struct ledger_family reclaim_family =
	LEDGER_FAMILY_SINCE(2, reclaim, RECLAIM, sql);

struct collect {
	struct arena *arena;
	struct reclaim_rows *ret;
};

static int collect_row(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct arena *a = c->arena;
	struct reclaim_row *o = VEC_ADD(&c->ret->list, a);

	if (o == NULL)
		return lapse_fail_nomem(err);
	o->id = row_int(r, 0);
	o->m.idp = arena_copy(a, row_text(r, 1));
	o->m.group = arena_copy(a, row_text(r, 2));
	o->m.user = arena_copy(a, row_text(r, 3));
	o->role = arena_copy(a, row_text(r, 4));
	o->account = arena_copy(a, row_text(r, 5));
	o->grant = row_int(r, 6);
	o->state = arena_copy(a, row_text(r, 7));
	o->warned_at = row_time(r, 8);
	o->due_at = row_time(r, 9);
	o->last_use = arena_copy(a, row_text(r, 10));
	o->last_use_at = row_time(r, 11);
	o->last_use_source = arena_copy(a, row_text(r, 12));
	o->issue = arena_copy(a, row_text(r, 13));
	o->issue_key = arena_copy(a, row_text(r, 14));
	o->seat_cost = arena_copy(a, row_text(r, 15));
	o->remediation = row_int(r, 16);
	o->settled_at = row_time(r, 17);
	o->why = arena_copy(a, row_text(r, 18));
	return arena_check(a, err);
}

int reclaim_add(struct ledger *l, const struct reclaim_row *r,
	int64_t *ret_id, struct lapse_err *err)
{
	int64_t added = 0;
	int rc = ledger_exec(l, &reclaim_family, ADD, &added, err,
		"tttt" "ti" "ww" "twt" "tt", r->m.idp, r->m.group, r->m.user,
		r->role, r->account, r->grant, r->warned_at, r->due_at,
		r->last_use, r->last_use_at, r->last_use_source, r->issue,
		r->issue_key);

	if (rc == 0)
		*ret_id = added > 0 ? ledger_last_id(l) : 0;
	return rc;
}

int reclaim_get(struct ledger *l, int64_t id, struct arena *a,
	struct reclaim_row *ret, struct lapse_err *err)
{
	struct reclaim_rows rows = {0};
	struct collect c = {a, &rows};
	int rc = ledger_query(l, &reclaim_family, GET, collect_row, &c, err,
		"i", id);

	if (rc < 0)
		return rc;
	if (rows.list.n == 0)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"reclaim: %lld: there is none", (long long)id);
	*ret = rows.list.items[0];
	return 0;
}

int reclaim_put(struct ledger *l, const struct reclaim_row *r,
	struct lapse_err *err)
{
	return ledger_exec(l, &reclaim_family, PUT, NULL, err,
		"it" "ww" "ttt" "iwt", r->id, r->state, r->warned_at,
		r->due_at, r->issue, r->issue_key, r->seat_cost,
		r->remediation, r->settled_at, r->why);
}

int reclaims_open(struct ledger *l, struct arena *a, struct reclaim_rows *ret,
	struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &reclaim_family, OPEN, collect_row, &c, err,
		"");
}

int reclaims_taken(struct ledger *l, const struct membership *m,
	const char *role, int64_t since, int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &reclaim_family, TAKEN, ret, 0, err, "ttti",
		m->idp, m->group, role, since);
}
