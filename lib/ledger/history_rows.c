/* The statements that look back. A past time is answered by what is known now
 * about then: a hold counts from the first sending of its add until its removal
 * was read back, a reading from itself until the next one. */
#include "history_rows.h"

#include "db.h"
#include "history_sql.h"
#include "stmt.h"

enum {
	ROLE,
	GROUP,
	READS,
	WHY,
	POLICY,
	ROLE_HELD,
};

#define APPROVED_BY                                                            \
	"coalesce((SELECT group_concat(coalesce(p.name, o.account), ', ')"     \
	" FROM owed o LEFT JOIN account p ON p.account = o.account"            \
	" WHERE o.approval = ap.id AND o.decision = 'approved'),"              \
	" iif(ap.method = 'auto', 'the catalog', NULL))"
#define APPROVAL " LEFT JOIN approval ap ON ap.id = gr.approval"

#define NAMES(of)                                                              \
	" LEFT JOIN idp_group g ON g.idp = " of ".idp"                         \
	" AND g.group_id = " of ".group_id"                                    \
	" LEFT JOIN idp_user u ON u.idp = " of ".idp"                          \
	" AND u.user_id = " of ".user_id"

/* A grant that has no group, or is asked for by its role. */
#define GRANTS(where)                                                          \
	"SELECT gr.role, NULL, NULL, NULL, NULL, NULL,"                        \
	" coalesce(a.name, a.email, gr.account), gr.account, 'grant',"         \
	" gr.id, gr.issue_key, gr.starts_at, " UNTIL ","                       \
	" (SELECT max(h.verified_at) FROM hold h"                              \
	" WHERE h.grant_id = gr.id AND h.verified_at <= ?3),"                  \
	" CASE WHEN gr.method = 'manual' THEN 'by hand'"                       \
	" WHEN gr.starts_at <= ?3 THEN 'read back' ELSE 'sent' END,"           \
	" " APPROVED_BY ", ap.decided_at"                                      \
	" FROM \"grant\" gr LEFT JOIN account a ON a.account = gr.account"     \
	APPROVAL TOLD                                                          \
	" WHERE coalesce(gr.first_add_at, gr.starts_at) <= ?3"                 \
	" AND (gr.ended_at IS NULL OR gr.ended_at > ?3)" where

#define OF_USER(idp, user)                                                     \
	" AND (?5 IS NULL OR (" idp ", " user ") IN " USERS_OF("?5") ")"

/* Access from before is as old as the readings that have it, not as lapse's
 * knowledge that it needs keeping. */
#define SINCE                                                                  \
	"min(h.began, iif(h.grant_id IS NULL, coalesce((SELECT m.since"        \
	" FROM membership m JOIN idp_group mg ON mg.id = m.gid"                \
	" JOIN idp_user mu ON mu.id = m.uid WHERE mg.idp = h.idp"              \
	" AND mg.group_id = h.group_id AND mu.idp = h.idp"                     \
	" AND mu.user_id = h.user_id"                                          \
	" AND (m.missed_at IS NULL OR m.missed_at > h.began)), h.began),"      \
	" h.began))"

/* By holds; then who was read there and had none. */
#define GROUP_SQL(before)                                                      \
	"WITH " before HELD(OF_USER("h.idp", "h.user_id")) ", "                \
	STRETCHES(OF_USER("u.idp", "u.user_id")) ","                           \
	" present AS (SELECT idp, group_id, user_id, grant_id,"                \
	" iif(grant_id IS NULL, 'pre-existing', 'grant') AS how,"              \
	" iif(verified_at <= ?3, 'read back', 'sent') AS basis,"               \
	" iif(verified_at <= ?3, verified_at, NULL) AS verified_at,"           \
	" " SINCE " AS since FROM held h WHERE began <= ?3"                    \
	" AND (gone IS NULL OR gone > ?3)"                                     \
	" UNION ALL SELECT s.idp, s.group_id, s.user_id, NULL,"                \
	" 'no grant', 'reading', NULL, s.since FROM stretch s"                 \
	" WHERE s.since <= ?3 AND s.gone > ?3"                                 \
	" AND NOT EXISTS (SELECT 1 FROM held h WHERE " ON("s")                 \
	" AND h.began <= ?3 AND (h.gone IS NULL OR h.gone > ?3)))"             \
	" SELECT gr.role, x.idp, x.group_id, g.name, x.user_id,"               \
	" u.login, u.name, coalesce(gr.account, u.account), x.how,"            \
	" x.grant_id, gr.issue_key,"                                           \
	" iif(gr.starts_at <= ?3, gr.starts_at, x.since),"                     \
	" " UNTIL ", nullif(max(coalesce(x.verified_at, 0),"                   \
	" coalesce(" READ_AT ", 0)), 0), x.basis,"                             \
	" " APPROVED_BY ", ap.decided_at"                                      \
	" FROM present x LEFT JOIN \"grant\" gr ON gr.id = x.grant_id"         \
	APPROVAL TOLD NAMES("x")                                               \
	" WHERE ?4 IS NULL OR gr.role IS NULL OR gr.role <> ?4"                \
	" UNION ALL SELECT * FROM (" GRANTS(" AND ?5 IS NOT NULL"              \
	" AND gr.method = 'manual'"                                            \
	" AND gr.account IN " ACCOUNTS_OF("?5")) ")"                           \
	" ORDER BY 2, 4, 3, 6, 5, 10"

#define READS_SQL(before)                                                      \
	"WITH " before "meant AS (SELECT 1)"                                   \
	" SELECT g.idp, g.group_id, g.name, (SELECT min(w.since)"              \
	" FROM watched w WHERE w.gid = g.id), " READ_AT                        \
	" FROM idp_group g WHERE (?1 IS NULL OR g.idp = ?1)"                   \
	" AND (?2 IS NULL OR g.group_id = ?2)"                                 \
	" AND (?2 IS NOT NULL OR g.complete_at IS NOT NULL"                    \
	" OR EXISTS (SELECT 1 FROM hold h WHERE h.idp = g.idp"                 \
	" AND h.group_id = g.group_id))"                                       \
	" ORDER BY g.idp, g.group_id"

#define WHY_SQL(before)                                                        \
	"WITH " before HELD(OF_USER("h.idp", "h.user_id")) ", "                \
	STRETCHES(OF_USER("u.idp", "u.user_id")) ","                           \
	" past AS (SELECT idp, group_id, user_id, grant_id, kept_by,"          \
	" iif(grant_id IS NULL, 'pre-existing', 'grant') AS how,"              \
	" " SINCE " AS began, gone FROM held h WHERE " SINCE " <= ?3"          \
	" UNION ALL SELECT s.idp, s.group_id, s.user_id, NULL, NULL,"          \
	" 'no grant', s.since, " OR_NONE("s.gone") " FROM stretch s"           \
	" WHERE s.since <= ?3 AND ?4 IS NULL"                                  \
	" AND NOT EXISTS (SELECT 1 FROM held h WHERE " ON("s")                 \
	" AND h.began <= s.gone AND coalesce(h.gone, " FAR ")"                 \
	" >= s.since AND (h.grant_id IS NULL OR h.began <= s.since)))"         \
	" SELECT x.how, x.idp, x.group_id, g.name, x.user_id, u.login,"        \
	" coalesce(gr.account, u.account), gr.role, gr.id,"                    \
	" gr.issue_key, x.began, " UNTIL ", x.gone, gr.end_reason,"            \
	" coalesce(eb.name, gr.end_by), k.grant_id, " APPROVED_BY ","          \
	" ap.decided_at, ap.method, gr.reason,"                                \
	" coalesce(po.name, gr.operator), gr.break_glass, d.added_by,"         \
	" d.added_at, d.added_source, " READ_AT                                \
	" FROM past x LEFT JOIN \"grant\" gr ON gr.id = x.grant_id"            \
	APPROVAL TOLD NAMES("x")                                               \
	" LEFT JOIN account eb ON eb.account = gr.end_by"                      \
	" LEFT JOIN account po ON po.account = gr.operator"                    \
	" LEFT JOIN hold k ON k.id = x.kept_by"                                \
	" LEFT JOIN drift d ON d.id = (SELECT max(s.id) FROM drift s"          \
	" WHERE s.idp = x.idp AND s.group_id = x.group_id"                     \
	" AND s.user_id = x.user_id AND x.how = 'no grant'"                    \
	" AND s.seen_at >= x.began)"                                           \
	" WHERE ?4 IS NULL OR gr.role = ?4"                                    \
	" UNION ALL SELECT 'grant', NULL, NULL, NULL, NULL, NULL,"             \
	" gr.account, gr.role, gr.id, gr.issue_key, gr.starts_at,"             \
	" " UNTIL ", gr.ended_at, gr.end_reason,"                              \
	" coalesce(eb.name, gr.end_by), NULL, " APPROVED_BY ","                \
	" ap.decided_at, ap.method, gr.reason,"                                \
	" coalesce(po.name, gr.operator), gr.break_glass, NULL, NULL,"         \
	" NULL, NULL FROM \"grant\" gr" APPROVAL TOLD                          \
	" LEFT JOIN account eb ON eb.account = gr.end_by"                      \
	" LEFT JOIN account po ON po.account = gr.operator"                    \
	" WHERE gr.method = 'manual' AND gr.role = ?4"                         \
	" AND gr.starts_at <= ?3"                                              \
	" AND gr.account IN " ACCOUNTS_OF("?5")                                \
	" ORDER BY 11, 9"

static const char *const sql[] = {
	[ROLE] = GRANTS(" AND gr.role = ?1 AND ?2 IS NULL ORDER BY 7, gr.id"),
	[GROUP] = GROUP_SQL(""),
	[READS] = READS_SQL(""),
	[WHY] = WHY_SQL(""),
	[POLICY] = "SELECT section FROM policy WHERE role = ?1"
		   " ORDER BY first_at > ?2, abs(first_at - ?2), sha256"
		   " LIMIT 1",
	[ROLE_HELD] = "SELECT DISTINCT h.idp, h.group_id FROM \"grant\" gr"
		      " LEFT JOIN hold h ON h.grant_id = gr.id"
		      " WHERE gr.role = ?1 ORDER BY 1, 2",
};
static const char *const old_sql[] = {
	[GROUP] = GROUP_SQL(OF_OLD),
	[READS] = READS_SQL(OF_OLD),
	[WHY] = WHY_SQL(OF_OLD),
};

const struct ledger_family history_family =
	LEDGER_FAMILY(history, HISTORY, sql);
const struct ledger_family history_old_family =
	LEDGER_FAMILY(history_old, HISTORY_OLD, old_sql);

static const struct ledger_family *family(const struct ledger *l)
{
	return l->version < WATCHED_SINCE ? &history_old_family :
					    &history_family;
}

/* ---- Who was in ---- */

static const struct listing_column who_columns[] = {
	{"role", LAPSE_TEXT},
	{"idp", LAPSE_TEXT},
	{"group", LAPSE_TEXT},
	{"group_name", LAPSE_TEXT},
	{"user", LAPSE_TEXT},
	{"login", LAPSE_TEXT},
	{"name", LAPSE_TEXT},
	{"account", LAPSE_TEXT},
	{"by", LAPSE_TEXT},
	{"grant", LAPSE_TEXT},
	{"issue", LAPSE_TEXT},
	{"since_at", LAPSE_TIME},
	{"until_at", LAPSE_TIME},
	{"observed_at", LAPSE_TIME},
	{"basis", LAPSE_TEXT},
	{"approved_by", LAPSE_TEXT},
	{"approved_at", LAPSE_TIME},
	{0},
};

static const struct listing who_listing = {"lapse/who.v1", &history_family,
	GROUP, "ttitt", who_columns};

int history_role(struct ledger *l, const char *role, int64_t at,
	listing_each *each, void *arg, int64_t *ret_n, struct lapse_err *err)
{
	struct listing_run run = {&who_listing, each, arg, 0};
	int rc = ledger_query(l, &history_family, ROLE, listing_row, &run,
		err, "tni", role, at);

	if (rc == 0)
		*ret_n = run.n;
	return rc;
}

int history_group(struct ledger *l, const struct history_of *of,
	listing_each *each, void *arg, int64_t *ret_n, struct lapse_err *err)
{
	struct listing_run run = {&who_listing, each, arg, 0};
	int rc = ledger_query(l, family(l), GROUP, listing_row, &run, err,
		"ttitt", of->idp, of->group, of->at, of->except, of->user);

	if (rc == 0)
		*ret_n = run.n;
	return rc;
}

/* ---- Which groups a role has ---- */

struct policy_run {
	struct arena *a;
	const char *section;
};

static int read_policy(void *arg, const struct row *r, struct lapse_err *err)
{
	struct policy_run *run = arg;

	run->section = arena_copy(run->a, row_text(r, 0));
	return arena_check(run->a, err);
}

int history_policy(struct ledger *l, const char *role, int64_t at,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	struct policy_run run = {a, NULL};
	int rc = ledger_query(l, &history_family, POLICY, read_policy, &run,
		err, "ti", role, at);

	if (rc == 0)
		*ret = run.section;
	return rc;
}

struct role_held_run {
	int (*each)(void *arg, const char *idp, const char *group);
	void *arg;
};

static int read_role_held(void *arg, const struct row *r,
	struct lapse_err *err)
{
	struct role_held_run *run = arg;

	(void)err;
	return run->each(run->arg, row_text(r, 0), row_text(r, 1));
}

int history_role_held(struct ledger *l, const char *role,
	int (*each)(void *arg, const char *idp, const char *group), void *arg,
	struct lapse_err *err)
{
	struct role_held_run run = {each, arg};

	return ledger_query(l, &history_family, ROLE_HELD, read_role_held,
		&run, err, "t", role);
}

/* ---- When it was read ---- */

struct reads_run {
	history_each *each;
	void *arg;
};

static int read_read(void *arg, const struct row *r, struct lapse_err *err)
{
	struct reads_run *run = arg;
	const struct history_read read = {
		.idp = row_text(r, 0),
		.group = row_text(r, 1),
		.name = row_text(r, 2),
		.first_at = row_time(r, 3),
		.read_at = row_time(r, 4),
	};

	return run->each(run->arg, &read, err);
}

int history_reads(struct ledger *l, const struct history_of *of,
	history_each *each, void *arg, struct lapse_err *err)
{
	struct reads_run run = {each, arg};

	return ledger_query(l, family(l), READS, read_read, &run, err, "tti",
		of->idp, of->group, of->at);
}

/* ---- Why ---- */

struct why_run {
	history_why_each *each;
	void *arg;
};

static int read_why(void *arg, const struct row *r, struct lapse_err *err)
{
	struct why_run *run = arg;
	const struct history_why w = {
		.kind = row_text(r, 0),
		.idp = row_text(r, 1),
		.group = row_text(r, 2),
		.group_name = row_text(r, 3),
		.user = row_text(r, 4),
		.login = row_text(r, 5),
		.account = row_text(r, 6),
		.role = row_text(r, 7),
		.grant = row_text(r, 8),
		.issue = row_text(r, 9),
		.since = row_time(r, 10),
		.until = row_time(r, 11),
		.gone = row_time(r, 12),
		.reason = row_text(r, 13),
		.end_by = row_text(r, 14),
		.kept_by = row_text(r, 15),
		.approved_by = row_text(r, 16),
		.approved_at = row_time(r, 17),
		.method = row_text(r, 18),
		.why = row_text(r, 19),
		.operator = row_text(r, 20),
		.break_glass = row_int(r, 21) != 0,
		.added_by = row_text(r, 22),
		.added_at = row_time(r, 23),
		.added_source = row_text(r, 24),
		.read_at = row_time(r, 25),
	};

	return run->each(run->arg, &w, err);
}

int history_why(struct ledger *l, const struct history_of *of,
	const char *role, history_why_each *each, void *arg,
	struct lapse_err *err)
{
	struct why_run run = {each, arg};

	return ledger_query(l, family(l), WHY, read_why, &run, err, "ttitt",
		of->idp, of->group, of->at, role, of->user);
}
