/* Drift: the statements that lay ledger, observations and issues side by side,
 * and the rows of drift and stray. No rules. */
#include "drift_rows.h"

#include "stmt.h"

enum {
	GHOST,
	OVERDUE_GRANT,
	OVERDUE_CHANGE,
	SHADOW,
	UNEVIDENCED,
	UNEVIDENCED_GONE,
	APPROVED,
	APPROVED_OUTSIDE,
	REAPPEARED,
	ORPHAN,
	KINDS,			/* up to here: what drift_rows() reads */
	ADD = KINDS,
	JOINED,
	BEFORE,
	UNASKED,
	SET_ADDED,
	SETTLE_OPEN,
	SETTLE_NEW,
	CLOSE,
	LEFT,
	STRAY_PUT,
	STRAY_DROP,
	STRAY_SETTLE,
};

/* Every kind gives the columns of struct drift_row in its order; ?1 is the
 * provider, ?2 the latest deadline in time, ?3 the latest approval. */
#define ROW(kind, id, idp, group, user, account, role, grant)                  \
	"SELECT " id ", '" kind "', " idp ", " group ", g.name, " user         \
	", u.login, " account ", " role ", " grant ", "
#define NO_ROW "NULL, NULL, NULL, "

#define NAMES(of)                                                              \
	" LEFT JOIN idp_group g ON g.idp = " of ".idp"                         \
	" AND g.group_id = " of ".group_id"                                    \
	" LEFT JOIN idp_user u ON u.idp = " of ".idp"                          \
	" AND u.user_id = " of ".user_id"                                      \
	" LEFT JOIN membership m ON m.gid = g.id AND m.uid = u.id"
#define OF_IDP(of) " AND (?1 IS NULL OR " of ".idp = ?1)"
#define BY(of)                                                                 \
	" ORDER BY " of ".idp, " of ".group_id, " of ".user_id"
#define ON(of)                                                                 \
	of ".idp = g.idp AND " of ".group_id = g.group_id"                     \
	" AND " of ".user_id = u.user_id"

/* A settled removal means that lapse had a hand in it: who is in all the same
 * came back, which is another kind, or is not read again yet. */
#define UNEXPLAINED                                                            \
	" AND NOT EXISTS (SELECT 1 FROM hold h WHERE " ON("h")                 \
	" AND h.released_at IS NULL)"                                          \
	" AND NOT EXISTS (SELECT 1 FROM change c WHERE " ON("c")               \
	" AND (c.settled_at IS NULL OR (c.kind = 'remove'"                     \
	" AND (c.state IN ('done', 'already-so', 'gone')"                      \
	" OR (c.state = 'abandoned' AND c.settled_at >= m.since)))))"          \
	" AND NOT EXISTS (SELECT 1 FROM drift s WHERE " ON("s")                \
	" AND s.settled_at >= m.since)"

/* Jira wants nothing from us that would move the issue. */
#define QUIET                                                                  \
	" AND NOT EXISTS (SELECT 1 FROM notice n"                              \
	" WHERE n.issue_id = s.issue_id AND n.state IN ('open', 'doubtful'))"
#define OF_ISSUE(state)                                                        \
	"EXISTS (SELECT 1 FROM \"grant\" x WHERE x.issue_id = s.issue_id"      \
	state ")"
#define STRAY(kind)                                                            \
	"SELECT NULL, '" kind "', NULL, NULL, NULL, NULL, p.email,"            \
	" r.beneficiary, r.role, NULL, s.issue_id, s.issue_key, s.since,"      \
	" s.seen_at, 0, " NO_ROW "NULL, NULL, NULL"                            \
	" FROM stray s LEFT JOIN request r ON r.issue_id = s.issue_id"         \
	" LEFT JOIN account p ON p.account = r.beneficiary"                    \
	" WHERE s.kind = '" kind "' AND s.settled_at IS NULL"                  \
	" AND ?1 IS NULL" QUIET

static const char *const sql[] = {
	/* Verified, and not in the last complete reading after that. */
	[GHOST] = ROW("ghost", "NULL", "h.idp", "h.group_id", "h.user_id",
		"gr.account", "gr.role", "gr.id")
		"gr.issue_id, gr.issue_key,"
		" coalesce(m.missed_at, g.complete_at), g.complete_at, 0, "
		NO_ROW "NULL, NULL, h.verified_at"
		" FROM hold h JOIN \"grant\" gr ON gr.id = h.grant_id"
		NAMES("h")
		" WHERE h.released_at IS NULL AND gr.state = 'active'"
		" AND h.verified_at < g.complete_at"
		" AND (m.uid IS NULL OR m.missed_at IS NOT NULL)"
		" AND NOT EXISTS (SELECT 1 FROM change c WHERE c.idp = h.idp"
		" AND c.group_id = h.group_id AND c.user_id = h.user_id"
		" AND c.settled_at IS NULL)"
		OF_IDP("h") BY("h"),
	/* What no reading shows gone is there as far as one knows. */
	[OVERDUE_GRANT] = ROW("overdue", "NULL", "h.idp", "h.group_id",
		"h.user_id", "gr.account", "gr.role", "gr.id")
		"gr.issue_id, gr.issue_key, gr.ends_at, g.complete_at, 1, "
		NO_ROW "NULL, NULL, NULL"
		" FROM \"grant\" gr JOIN hold h ON h.grant_id = gr.id"
		NAMES("h")
		" WHERE gr.state IN ('granting', 'active')"
		" AND gr.ends_at < ?2 AND h.released_at IS NULL"
		" AND m.missed_at IS NULL"
		OF_IDP("h") BY("h"),
	[OVERDUE_CHANGE] = ROW("overdue", "NULL", "c.idp", "c.group_id",
		"c.user_id", "gr.account", "gr.role", "c.grant_id")
		"gr.issue_id, gr.issue_key, c.due_at, g.complete_at, 1, "
		NO_ROW "c.id, c.state, NULL"
		" FROM change c LEFT JOIN \"grant\" gr ON gr.id = c.grant_id"
		NAMES("c")
		" WHERE c.settled_at IS NULL AND c.kind = 'remove'"
		" AND c.due_at < ?2 AND m.missed_at IS NULL"
		OF_IDP("c") BY("c"),
	[SHADOW] = "SELECT d.id, 'shadow', g.idp, g.group_id, g.name,"
		" u.user_id, u.login, u.account, NULL, NULL, NULL, NULL,"
		" m.since, g.complete_at, 1, d.added_by, d.added_at,"
		" d.added_source, NULL, NULL, NULL"
		" FROM idp_group g JOIN membership m ON m.gid = g.id"
		" JOIN idp_user u ON u.id = m.uid"
		" LEFT JOIN drift d ON d.kind = 'shadow' AND " ON("d")
		" AND d.settled_at IS NULL"
		" WHERE m.missed_at IS NULL AND g.kind = 'ok'"
		UNEXPLAINED
		" AND (?1 IS NULL OR g.idp = ?1)"
		" ORDER BY g.idp, g.group_id, u.user_id",
	/* Its own issue is owed, or was never made. */
	[UNEVIDENCED] = ROW("unevidenced", "NULL", "h.idp", "h.group_id",
		"h.user_id", "gr.account", "gr.role", "gr.id")
		"NULL, NULL, gr.created_at, g.complete_at, 1, "
		NO_ROW "NULL, NULL, NULL"
		" FROM \"grant\" gr JOIN hold h ON h.grant_id = gr.id"
		NAMES("h")
		" WHERE gr.state IN ('active', 'ending')"
		" AND gr.issue_id IS NULL AND h.released_at IS NULL"
		" AND h.verified_at IS NOT NULL AND m.missed_at IS NULL"
		OF_IDP("h") BY("h"),
	[UNEVIDENCED_GONE] = ROW("unevidenced", "NULL", "h.idp", "h.group_id",
		"h.user_id", "gr.account", "gr.role", "gr.id")
		"s.issue_id, s.issue_key, s.since, s.seen_at, 1, "
		NO_ROW "NULL, NULL, NULL"
		" FROM stray s JOIN \"grant\" gr ON gr.issue_id = s.issue_id"
		" JOIN hold h ON h.grant_id = gr.id"
		NAMES("h")
		" WHERE s.kind = 'unevidenced' AND s.settled_at IS NULL"
		" AND gr.state = 'active' AND h.released_at IS NULL"
		" AND m.missed_at IS NULL"
		OF_IDP("h") BY("h"),
	[APPROVED] = "SELECT NULL, 'approved-not-done', NULL, NULL, NULL,"
		" NULL, p.email, r.beneficiary, r.role, NULL, r.issue_id,"
		" r.issue_key, ap.decided_at, r.updated_at, 0, "
		NO_ROW "NULL, NULL, NULL"
		" FROM request r JOIN approval ap ON ap.request_id = r.id"
		" LEFT JOIN account p ON p.account = r.beneficiary"
		" WHERE r.state IN ('seen', 'asked') AND ap.state = 'approved'"
		" AND ap.decided_at < ?3 AND ?1 IS NULL ORDER BY r.id",
	[APPROVED_OUTSIDE] = STRAY("approved-not-done")
		" AND NOT " OF_ISSUE("") " AND NOT EXISTS (SELECT 1 FROM"
		" approval ap WHERE ap.request_id = r.id"
		" AND ap.state = 'approved') ORDER BY s.issue_id",
	[REAPPEARED] = ROW("reappeared", "d.id", "d.idp", "d.group_id",
		"d.user_id", "u.account", "NULL", "NULL")
		"NULL, NULL, d.seen_at, g.complete_at,"
		" m.uid IS NOT NULL AND m.missed_at IS NULL, d.added_by,"
		" d.added_at, d.added_source, NULL, NULL, NULL"
		" FROM drift d" NAMES("d")
		" WHERE d.kind = 'reappeared' AND d.settled_at IS NULL"
		OF_IDP("d") BY("d"),
	[ORPHAN] = STRAY("orphan-issue")
		" AND NOT " OF_ISSUE(" AND x.state <> 'ended'")
		" ORDER BY s.issue_id",

	[ADD] = "INSERT OR IGNORE INTO drift (kind, idp, group_id, user_id,"
		" seen_at, ask_at, absent_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
	[JOINED] = "SELECT NULL, 'shadow', g.idp, g.group_id, NULL,"
		" u.user_id, NULL, NULL, NULL, NULL, NULL, NULL, m.since,"
		" g.complete_at, 1, NULL, NULL, NULL, NULL, NULL, NULL"
		" FROM idp_group g JOIN membership m ON m.gid = g.id"
		" JOIN idp_user u ON u.id = m.uid"
		" WHERE g.idp = ?1 AND g.group_id = ?2 AND m.since >= ?3"
		" AND m.missed_at IS NULL AND g.kind = 'ok'"
		UNEXPLAINED
		" AND NOT EXISTS (SELECT 1 FROM drift o WHERE " ON("o")
		" AND o.settled_at IS NULL) ORDER BY u.user_id",
	/* A shadow without a row did not join while lapse watched. */
	[BEFORE] = "SELECT count(*) FROM idp_group g"
		   " JOIN membership m ON m.gid = g.id"
		   " JOIN idp_user u ON u.id = m.uid"
		   " WHERE m.missed_at IS NULL AND g.kind = 'ok'"
		UNEXPLAINED
		   " AND NOT EXISTS (SELECT 1 FROM drift o WHERE " ON("o")
		   " AND o.settled_at IS NULL)",
	[UNASKED] = "SELECT d.id, d.kind, d.idp, d.group_id, NULL, d.user_id,"
		" NULL, NULL, NULL, NULL, NULL, NULL, d.seen_at, d.seen_at, 1,"
		" NULL, NULL, NULL, NULL, NULL,"
		" nullif(max(coalesce(d.absent_at, 0),"
		" coalesce((SELECT max(c.settled_at) FROM change c"
		" WHERE c.idp = d.idp AND c.group_id = d.group_id"
		" AND c.user_id = d.user_id AND c.kind = 'remove'"
		" AND c.state IN ('done', 'already-so', 'gone')"
		" AND c.settled_at <= d.seen_at), 0)), 0) FROM drift d"
		" WHERE d.idp = ?1 AND d.settled_at IS NULL"
		" AND d.ask_at <= ?2 ORDER BY d.ask_at, d.id LIMIT ?3",
	[SET_ADDED] = "UPDATE drift SET added_by = ?2, added_at = ?3,"
		" added_source = ?4, ask_at = ?5 WHERE id = ?1",
	[SETTLE_OPEN] = "UPDATE drift SET settled_at = ?5, settled_by = ?6,"
		" note = ?7 WHERE kind = ?1 AND idp = ?2 AND group_id = ?3"
		" AND user_id = ?4 AND settled_at IS NULL",
	[SETTLE_NEW] = "INSERT INTO drift (kind, idp, group_id, user_id,"
		" seen_at, settled_at, settled_by, note)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)",
	[CLOSE] = "UPDATE drift SET settled_at = ?4, settled_by = ?5,"
		" note = ?6 WHERE idp = ?1 AND group_id = ?2 AND user_id = ?3"
		" AND settled_at IS NULL",
	[LEFT] = "UPDATE drift SET settled_at = ?3, settled_by = 'lapse',"
		" note = 'not a member any more' WHERE kind = 'shadow'"
		" AND idp = ?1 AND group_id = ?2 AND settled_at IS NULL"
		" AND user_id IN (SELECT u.user_id FROM idp_group g"
		" JOIN membership m ON m.gid = g.id"
		" JOIN idp_user u ON u.id = m.uid"
		" WHERE g.idp = ?1 AND g.group_id = ?2"
		" AND m.missed_at IS NOT NULL)",
	/* Another kind of the same issue is another finding. */
	[STRAY_PUT] = "INSERT INTO stray (issue_id, issue_key, kind, since,"
		" seen_at) VALUES (?2, ?3, ?1, ?4, ?4)"
		" ON CONFLICT DO UPDATE SET issue_key = excluded.issue_key,"
		" since = iif(kind = excluded.kind, since, excluded.since),"
		" settled_at = iif(kind = excluded.kind, settled_at, NULL),"
		" kind = excluded.kind, seen_at = excluded.seen_at",
	[STRAY_DROP] = "DELETE FROM stray WHERE kind = ?1 AND seen_at < ?2",
	[STRAY_SETTLE] = "UPDATE stray SET settled_at = ?2, settled_by = ?3,"
		" note = ?4 WHERE issue_id = ?1",
};

const struct ledger_family drift_family = LEDGER_FAMILY(drift, DRIFT, sql);

struct collect {
	struct arena *arena;
	struct drift_rows *ret;
};

static int take(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct arena *a = c->arena;
	struct drift_row *d = VEC_ADD(&c->ret->list, a);

	if (d == NULL)
		return lapse_fail_nomem(err);
	d->id = row_int(r, 0);
	d->kind = arena_copy(a, row_text(r, 1));
	d->idp = arena_copy(a, row_text(r, 2));
	d->group = arena_copy(a, row_text(r, 3));
	d->group_name = arena_copy(a, row_text(r, 4));
	d->user = arena_copy(a, row_text(r, 5));
	d->login = arena_copy(a, row_text(r, 6));
	d->account = arena_copy(a, row_text(r, 7));
	d->role = arena_copy(a, row_text(r, 8));
	d->grant = row_int(r, 9);
	d->issue = arena_copy(a, row_text(r, 10));
	d->issue_key = arena_copy(a, row_text(r, 11));
	d->since = row_time(r, 12);
	d->seen_at = row_time(r, 13);
	d->present = row_int(r, 14) != 0;
	d->added_by = arena_copy(a, row_text(r, 15));
	d->added_at = row_time(r, 16);
	d->added_source = arena_copy(a, row_text(r, 17));
	d->change = row_int(r, 18);
	d->change_state = arena_copy(a, row_text(r, 19));
	d->verified_at = row_time(r, 20);
	return arena_check(a, err);
}

int drift_rows(struct ledger *l, const char *idp, int64_t late, int64_t asked,
	struct arena *a, struct drift_rows *ret, struct lapse_err *err)
{
	/* A statement takes the values that it names, no others. */
	static const char *const types[KINDS] = {
		[OVERDUE_GRANT] = "ti",
		[OVERDUE_CHANGE] = "ti",
		[APPROVED] = "tii",
	};
	struct collect c = {a, ret};
	int rc = 0;

	for (size_t i = 0; i < KINDS && rc == 0; i++)
		rc = ledger_query(l, &drift_family, i, take, &c, err,
			types[i] != NULL ? types[i] : "t", idp, late, asked);
	return rc;
}

/* ---- Rows ---- */

int drift_add(struct ledger *l, const char *kind, const struct membership *m,
	int64_t now, int64_t absent_at, bool *ret_new, struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_exec(l, &drift_family, ADD, &n, err, "ttttiw", kind,
		m->idp, m->group, m->user, now, absent_at);

	if (rc == 0)
		*ret_new = n > 0;
	return rc;
}

int drift_joined(struct ledger *l, const char *idp, const char *group,
	int64_t since, struct arena *a, struct drift_rows *ret,
	struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &drift_family, JOINED, take, &c, err, "tti",
		idp, group, since);
}

static int take_number(void *arg, const struct row *r, struct lapse_err *err)
{
	(void)err;
	*(int64_t *)arg = row_int(r, 0);
	return 0;
}

int drift_before(struct ledger *l, int64_t *ret, struct lapse_err *err)
{
	return ledger_query(l, &drift_family, BEFORE, take_number, ret, err,
		"");
}

int drift_unasked(struct ledger *l, const char *idp, int64_t now,
	int64_t limit, struct arena *a, struct drift_rows *ret,
	struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &drift_family, UNASKED, take, &c, err, "tii",
		idp, now, limit);
}

int drift_set_added(struct ledger *l, int64_t id, const char *by, int64_t at,
	const char *source, int64_t ask_at, struct lapse_err *err)
{
	return ledger_exec(l, &drift_family, SET_ADDED, NULL, err, "itwtw", id,
		by, at, source, ask_at);
}

int drift_settle(struct ledger *l, const char *kind,
	const struct membership *m, int64_t now, const char *by,
	const char *note, struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_exec(l, &drift_family, SETTLE_OPEN, &n, err, "ttttitt",
		kind, m->idp, m->group, m->user, now, by, note);

	if (rc < 0 || n > 0)
		return rc;
	return ledger_exec(l, &drift_family, SETTLE_NEW, NULL, err, "ttttitt",
		kind, m->idp, m->group, m->user, now, by, note);
}

int drift_close(struct ledger *l, const struct membership *m, int64_t now,
	const char *by, const char *note, struct lapse_err *err)
{
	return ledger_exec(l, &drift_family, CLOSE, NULL, err, "tttitt",
		m->idp, m->group, m->user, now, by, note);
}

int drift_left(struct ledger *l, const char *idp, const char *group,
	int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &drift_family, LEFT, NULL, err, "tti", idp,
		group, now);
}

/* ---- Issues ---- */

int stray_put(struct ledger *l, const char *kind, const char *issue,
	const char *key, int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &drift_family, STRAY_PUT, NULL, err, "ttti",
		kind, issue, key, now);
}

int stray_drop(struct ledger *l, const char *kind, int64_t before,
	struct lapse_err *err)
{
	return ledger_exec(l, &drift_family, STRAY_DROP, NULL, err, "ti", kind,
		before);
}

int stray_settle(struct ledger *l, const char *issue, int64_t now,
	const char *by, const char *note, struct lapse_err *err)
{
	return ledger_exec(l, &drift_family, STRAY_SETTLE, NULL, err, "titt",
		issue, now, by, note);
}
