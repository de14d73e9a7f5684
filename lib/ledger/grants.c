/* The rows of "grant" and hold; no rules about them. */
#include "grants.h"

#include "stmt.h"

enum {
	GET,
	DUE,
	MOVING,
	ENDING,
	UNRECORDED,
	UNACKNOWLEDGED,
	SET_ACKNOWLEDGED,
	LIVE,
	LIVE_OF,
	OF_ISSUE,
	KNOW_ROLE,
	KNOW_IDP,
	ADD,
	SET_ACTIVE,
	SET_DEADLINE,
	SET_ENDING,
	SET_ENDED,
	SET_ABANDONED,
	SET_ISSUE,
	SET_FIRST_ADD,
	HOLDS_OF_GRANT,
	HOLDS_ON,
	HOLDS_LIVE,
	HOLD_ADD,
	HOLD_RELEASE,
	HOLD_SET_MISSED,
	HOLDS_VERIFY,
	HOLDS_RELEASE_PRE,
};

#define GRANT_SELECT                                                           \
	"SELECT id, request_id, approval, issue_id, issue_key, account, role," \
	" application, elevated, method = 'manual', state, duration_s,"        \
	" created_at, projected_at, first_add_at, starts_at, ends_at,"         \
	" ended_at, end_reason, end_by, end_note, ending_at, extended_from,"   \
	" break_glass, reason, operator, policy, content_hash FROM \"grant\" "
#define HOLD_SELECT                                                            \
	"SELECT h.id, h.grant_id, h.idp, h.group_id, h.user_id, h.before,"     \
	" h.placed_at, h.verified_at, h.released_at, h.kept_by, h.missed_at"       \
	" FROM hold h "

static const char *const sql[] = {
	[GET] = GRANT_SELECT "WHERE id = ?1",
	/* The literal states make the partial index usable. */
	[DUE] = GRANT_SELECT "WHERE state IN ('granting', 'active')"
			     " AND ends_at IS NOT NULL AND ends_at <= ?1"
			     " ORDER BY ends_at LIMIT ?2",
	[MOVING] = GRANT_SELECT "WHERE state IN ('granting', 'ending')"
				" AND method = 'group' ORDER BY id",
	/* The list is the index's condition; the equality is ours. */
	[ENDING] = GRANT_SELECT "WHERE state IN ('granting', 'ending')"
				" AND state = 'ending'"
				" AND method = 'group' ORDER BY id",
	[UNRECORDED] = GRANT_SELECT "WHERE issue_id IS NULL ORDER BY id",
	[UNACKNOWLEDGED] = GRANT_SELECT
	"INDEXED BY grant_unacknowledged WHERE break_glass = 1 AND acknowledged_by IS NULL"
	" AND issue_id IS NOT NULL ORDER BY id",
	[SET_ACKNOWLEDGED] = "UPDATE \"grant\" SET acknowledged_by = ?2"
			     " WHERE id = ?1 AND acknowledged_by IS NULL",
	/* The planner would rather scan a million ended ones. */
	[LIVE] = GRANT_SELECT "INDEXED BY grant_live WHERE state <> 'ended' ORDER BY id",
	[LIVE_OF] = GRANT_SELECT "WHERE state <> 'ended' AND account = ?1"
				 " ORDER BY id",
	[OF_ISSUE] = GRANT_SELECT
	"WHERE issue_id = ?1 OR issue_key = ?1 ORDER BY id",
	[KNOW_ROLE] = "SELECT EXISTS (SELECT 1 FROM \"grant\""
		      " WHERE role = ?1)",
	[KNOW_IDP] = "SELECT EXISTS (SELECT 1 FROM idp_group WHERE idp = ?1)"
		     " OR EXISTS (SELECT 1 FROM hold WHERE idp = ?1)",
	[ADD] = "INSERT INTO \"grant\" (request_id, approval, issue_id,"
		" issue_key, account, role, application, elevated, method,"
		" state, duration_s, created_at, starts_at, ends_at,"
		" extended_from, break_glass, reason, operator, policy,"
		" content_hash) VALUES (nullif(?1, 0), nullif(?2, 0), ?3, ?4,"
		" ?5, ?6, ?7, ?8, iif(?9, 'manual', 'group'), 'granting',"
		" nullif(?10, 0), ?11, ?12, ?13, nullif(?14, 0), ?15, ?16,"
		" ?17, ?18, ?19)",
	[SET_ACTIVE] = "UPDATE \"grant\" SET state = 'active', starts_at = ?2,"
		       " ends_at = ?3 WHERE id = ?1 AND state = 'granting'",
	[SET_DEADLINE] = "UPDATE \"grant\" SET ends_at = ?2 WHERE id = ?1"
			 " AND state = 'active'",
	[SET_ENDING] = "UPDATE \"grant\" SET state = 'ending', ending_at = ?2,"
		       " end_reason = ?3, end_by = ?4, end_note = ?5"
		       " WHERE id = ?1 AND state IN ('granting', 'active')",
	[SET_ENDED] = "UPDATE \"grant\" SET state = 'ended', ended_at = ?2"
		      " WHERE id = ?1 AND state = 'ending'",
	[SET_ABANDONED] = "UPDATE \"grant\" SET end_reason = 'abandoned',"
			  " end_by = ?4, end_note = ?5 WHERE state = 'ending'"
			  " AND id IN (SELECT grant_id FROM hold WHERE"
			  " idp = ?1 AND group_id = ?2 AND user_id = ?3)",
	[SET_ISSUE] = "UPDATE \"grant\" SET issue_id = ?2, issue_key = ?3"
		      " WHERE id = ?1",
	[SET_FIRST_ADD] = "UPDATE \"grant\" SET first_add_at = ?2"
			  " WHERE id = ?1 AND first_add_at IS NULL",
	[HOLDS_OF_GRANT] = HOLD_SELECT "WHERE h.grant_id = ?1 ORDER BY h.id",
	[HOLDS_ON] = HOLD_SELECT
	"LEFT JOIN \"grant\" g ON g.id = h.grant_id"
	" WHERE h.idp = ?1 AND h.group_id = ?2 AND h.user_id = ?3"
	" AND h.released_at IS NULL"
	" ORDER BY g.ends_at IS NULL DESC, g.ends_at DESC, h.id",
	[HOLDS_LIVE] = HOLD_SELECT
	"WHERE h.idp = ?1 AND h.released_at IS NULL AND h.grant_id IS NOT NULL"
	" ORDER BY h.group_id, h.user_id, h.id",
	[HOLD_ADD] = "INSERT INTO hold (grant_id, idp, group_id, user_id,"
		     " before, placed_at, verified_at)"
		     " VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5, ?6, ?7)",
	[HOLD_RELEASE] = "UPDATE hold SET released_at = ?2,"
			 " kept_by = nullif(?3, 0)"
			 " WHERE id = ?1 AND released_at IS NULL",
	[HOLD_SET_MISSED] = "UPDATE hold SET missed_at = ?2 WHERE id = ?1",
	[HOLDS_VERIFY] = "UPDATE hold SET verified_at = ?4 WHERE idp = ?1"
			 " AND group_id = ?2 AND user_id = ?3"
			 " AND released_at IS NULL AND verified_at IS NULL",
	[HOLDS_RELEASE_PRE] = "UPDATE hold SET released_at = ?4 WHERE idp = ?1"
			      " AND group_id = ?2 AND user_id = ?3"
			      " AND released_at IS NULL AND grant_id IS NULL",
};

const struct ledger_family grant_family =
	LEDGER_FAMILY(grant, GRANT, sql);

/* Collects rows into an arena-backed list. */
struct collect {
	struct arena *arena;
	void *ret;
};

static void read_grant(const struct row *r, struct arena *a,
	struct grant_row *g)
{
	int i = 0;

	g->id = row_int(r, i++);
	g->request = row_int(r, i++);
	g->approval = row_int(r, i++);
	g->issue = arena_copy(a, row_text(r, i++));
	g->issue_key = arena_copy(a, row_text(r, i++));
	g->account = arena_copy(a, row_text(r, i++));
	g->role = arena_copy(a, row_text(r, i++));
	g->application = arena_copy(a, row_text(r, i++));
	g->elevated = row_int(r, i++) != 0;
	g->manual = row_int(r, i++) != 0;
	g->state = arena_copy(a, row_text(r, i++));
	g->duration_s = row_int(r, i++);
	g->created_at = row_time(r, i++);
	g->projected_at = row_time(r, i++);
	g->first_add_at = row_time(r, i++);
	g->starts_at = row_time(r, i++);
	g->ends_at = row_time(r, i++);
	g->ended_at = row_time(r, i++);
	g->end_reason = arena_copy(a, row_text(r, i++));
	g->end_by = arena_copy(a, row_text(r, i++));
	g->end_note = arena_copy(a, row_text(r, i++));
	g->ending_at = row_time(r, i++);
	g->extended_from = row_int(r, i++);
	g->break_glass = row_int(r, i++) != 0;
	g->reason = arena_copy(a, row_text(r, i++));
	g->operator = arena_copy(a, row_text(r, i++));
	g->policy = arena_copy(a, row_text(r, i++));
	g->content_hash = arena_copy(a, row_text(r, i));
}

static int collect_grant(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct grant_rows *rows = c->ret;
	struct grant_row *g = VEC_ADD(&rows->list, c->arena);

	if (g == NULL)
		return lapse_fail_nomem(err);
	read_grant(r, c->arena, g);
	return arena_check(c->arena, err);
}

static int collect_hold(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct hold_rows *rows = c->ret;
	struct hold_row *h = VEC_ADD(&rows->list, c->arena);

	if (h == NULL)
		return lapse_fail_nomem(err);
	h->id = row_int(r, 0);
	h->grant = row_int(r, 1);
	h->m.idp = arena_copy(c->arena, row_text(r, 2));
	h->m.group = arena_copy(c->arena, row_text(r, 3));
	h->m.user = arena_copy(c->arena, row_text(r, 4));
	h->before = arena_copy(c->arena, row_text(r, 5));
	h->placed_at = row_time(r, 6);
	h->verified_at = row_time(r, 7);
	h->released_at = row_time(r, 8);
	h->kept_by = row_int(r, 9);
	h->missed_at = row_time(r, 10);
	return arena_check(c->arena, err);
}

int grant_get(struct ledger *l, int64_t id, struct arena *a,
	struct grant_row *ret, struct lapse_err *err)
{
	struct grant_rows rows = {0};
	struct collect c = {a, &rows};
	int rc;

	rc = ledger_query(l, &grant_family, GET, collect_grant, &c, err, "i",
		id);
	if (rc < 0)
		return rc;
	if (rows.list.n == 0)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"grant: '%lld': there is none", (long long)id);
	*ret = rows.list.items[0];
	return 0;
}

int grants_due(struct ledger *l, int64_t now, int64_t limit, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &grant_family, DUE, collect_grant, &c, err,
		"ii", now, limit);
}

int grants_moving(struct ledger *l, struct arena *a, struct grant_rows *ret,
	struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &grant_family, MOVING, collect_grant, &c, err,
		"");
}

int grants_ending(struct ledger *l, struct arena *a, struct grant_rows *ret,
	struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &grant_family, ENDING, collect_grant, &c, err,
		"");
}

int grants_unrecorded(struct ledger *l, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &grant_family, UNRECORDED, collect_grant, &c,
		err, "");
}

int grants_unacknowledged(struct ledger *l, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &grant_family, UNACKNOWLEDGED, collect_grant,
		&c, err, "");
}

int grant_set_acknowledged(struct ledger *l, int64_t id, const char *account,
	bool *ret_now, struct lapse_err *err)
{
	int64_t changed = 0;
	int rc = ledger_exec(l, &grant_family, SET_ACKNOWLEDGED, &changed, err,
		"it", id, account);

	*ret_now = rc == 0 && changed > 0;
	return rc;
}

int grants_live(struct ledger *l, const char *account, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	if (account == NULL)
		return ledger_query(l, &grant_family, LIVE, collect_grant, &c,
			err, "");
	return ledger_query(l, &grant_family, LIVE_OF, collect_grant, &c, err,
		"t", account);
}

int grants_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &grant_family, OF_ISSUE, collect_grant, &c,
		err, "t", issue);
}

static int know(struct ledger *l, size_t which, const char *what, bool *ret,
	struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_int(l, &grant_family, which, &n, 0, err, "t", what);

	if (rc == 0)
		*ret = n != 0;
	return rc;
}

int grants_know_role(struct ledger *l, const char *role, bool *ret,
	struct lapse_err *err)
{
	return know(l, KNOW_ROLE, role, ret, err);
}

int grants_know_idp(struct ledger *l, const char *idp, bool *ret,
	struct lapse_err *err)
{
	return know(l, KNOW_IDP, idp, ret, err);
}

int grant_add(struct ledger *l, const struct grant_row *g, int64_t *ret_id,
	struct lapse_err *err)
{
	int rc = ledger_exec(l, &grant_family, ADD, NULL, err,
		"iitttt" "tiii" "iwwi" "itttt", g->request, g->approval,
		g->issue, g->issue_key, g->account, g->role, g->application,
		(int64_t)g->elevated, (int64_t)g->manual, g->duration_s,
		g->created_at, g->starts_at, g->ends_at, g->extended_from,
		(int64_t)g->break_glass, g->reason, g->operator, g->policy,
		g->content_hash);

	if (rc == 0)
		*ret_id = ledger_last_id(l);
	return rc;
}

/* A change of state that finds the row in another state is a bug of ours or
 * a race that the transaction should have excluded. */
static int set_state(struct ledger *l, int64_t id, int rc, int64_t changed,
	struct lapse_err *err)
{
	(void)l;
	if (rc < 0)
		return rc;
	if (changed != 1)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"grant: '%lld': not in the state to be changed",
			(long long)id);
	return 0;
}

int grant_set_active(struct ledger *l, int64_t id, int64_t starts_at,
	int64_t ends_at, struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_exec(l, &grant_family, SET_ACTIVE, &n, err, "iww", id,
		starts_at, ends_at);

	return set_state(l, id, rc, n, err);
}

int grant_set_deadline(struct ledger *l, int64_t id, int64_t ends_at,
	struct lapse_err *err)
{
	int64_t changed = 0;
	int rc = ledger_exec(l, &grant_family, SET_DEADLINE, &changed, err,
		"iw", id, ends_at);

	return set_state(l, id, rc, changed, err);
}

int grant_set_ending(struct ledger *l, int64_t id, int64_t now,
	const char *reason, const char *by, const char *note,
	struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_exec(l, &grant_family, SET_ENDING, &n, err, "iittt",
		id, now, reason, by, note);

	return set_state(l, id, rc, n, err);
}

int grant_set_ended(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_exec(l, &grant_family, SET_ENDED, &n, err, "ii", id,
		now);

	return set_state(l, id, rc, n, err);
}

int grants_set_abandoned(struct ledger *l, const struct membership *m,
	const char *by, const char *note, struct lapse_err *err)
{
	return ledger_exec(l, &grant_family, SET_ABANDONED, NULL, err, "ttttt",
		m->idp, m->group, m->user, by, note);
}

int grant_set_issue(struct ledger *l, int64_t id, const char *issue,
	const char *key, struct lapse_err *err)
{
	return ledger_exec(l, &grant_family, SET_ISSUE, NULL, err, "itt", id,
		issue, key);
}

int grant_set_first_add(struct ledger *l, int64_t id, int64_t at,
	struct lapse_err *err)
{
	return ledger_exec(l, &grant_family, SET_FIRST_ADD, NULL, err, "ii",
		id, at);
}

int holds_of_grant(struct ledger *l, int64_t grant, struct arena *a,
	struct hold_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &grant_family, HOLDS_OF_GRANT, collect_hold,
		&c, err, "i", grant);
}

int holds_on(struct ledger *l, const struct membership *m, struct arena *a,
	struct hold_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &grant_family, HOLDS_ON, collect_hold, &c, err,
		"ttt", m->idp, m->group, m->user);
}

int holds_live(struct ledger *l, const char *idp, struct arena *a,
	struct hold_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &grant_family, HOLDS_LIVE, collect_hold, &c,
		err, "t", idp);
}

int hold_add(struct ledger *l, const struct hold_row *h, int64_t *ret_id,
	struct lapse_err *err)
{
	int rc = ledger_exec(l, &grant_family, HOLD_ADD, NULL, err, "ittttiw",
		h->grant, h->m.idp, h->m.group, h->m.user, h->before,
		h->placed_at, h->verified_at);

	if (rc == 0 && ret_id != NULL)
		*ret_id = ledger_last_id(l);
	return rc;
}

int hold_release(struct ledger *l, int64_t id, int64_t now, int64_t kept_by,
	struct lapse_err *err)
{
	return ledger_exec(l, &grant_family, HOLD_RELEASE, NULL, err, "iii",
		id, now, kept_by);
}

int hold_set_missed(struct ledger *l, int64_t id, int64_t at,
	struct lapse_err *err)
{
	return ledger_exec(l, &grant_family, HOLD_SET_MISSED, NULL, err, "iw",
		id, at);
}

int holds_verify(struct ledger *l, const struct membership *m, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &grant_family, HOLDS_VERIFY, NULL, err, "ttti",
		m->idp, m->group, m->user, now);
}

int holds_release_pre(struct ledger *l, const struct membership *m,
	int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &grant_family, HOLDS_RELEASE_PRE, NULL, err,
		"ttti", m->idp, m->group, m->user, now);
}
