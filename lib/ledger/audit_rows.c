/* Two listings that auditors ask for: who approved what, and whether it was
 * that which was granted; and what was taken back, when, and read back when.
 * The others are in list_rows.c. */
#include "audit_rows.h"

#include "stmt.h"

enum {
	APPROVALS,
	REMOVALS,
	REMOVALS_SUM,
};

/* ?1 user, ?2 role, ?3 state, ?4 issue, ?5 grant (0), as in list_rows.c. */
#define REQUEST_IS_MEANT                                                       \
	"(?1 IS NULL OR r.beneficiary IN " ACCOUNTS_OF("?1") ")"               \
	" AND (?2 IS NULL OR r.role = ?2)"                                     \
	" AND (?3 IS NULL OR ap.state = ?3)"                                   \
	" AND (?4 IS NULL OR r.issue_id = ?4 OR r.issue_key = ?4)"             \
	" AND (?5 = 0 OR gr.id = ?5 OR r.id = (SELECT x.request_id"            \
	" FROM \"grant\" x WHERE x.id = ?5))"

/* Removals by calls and by hand, in one form. ?6 and ?7: due from and until,
 * ?8 now. Nobody reads back what a person did where lapse cannot look. */
#define TAKEN                                                                  \
	"WITH taken AS (SELECT 'call' AS how, c.id, c.state, c.idp,"           \
	" c.group_id, c.user_id, c.grant_id, c.due_at, c.attempts,"            \
	" iif(c.state IN ('done', 'already-so'), coalesce(c.last_sent_at,"     \
	" c.settled_at), NULL) AS executed_at, c.verified_at,"                 \
	" c.settled_by AS by, c.remote_ref FROM change c"                      \
	" WHERE c.kind = 'remove' AND c.state <> 'cancelled'"                  \
	" UNION ALL SELECT 'by hand', m.id, iif(m.done_at IS NULL, 'open',"    \
	" 'done'), NULL, NULL, NULL, m.grant_id, m.due_at, NULL, m.done_at,"   \
	" NULL, m.done_by, m.issue_key FROM manual m WHERE m.kind = 'remove')"
#define TAKEN_IS_MEANT                                                         \
	" FROM taken t LEFT JOIN \"grant\" gr ON gr.id = t.grant_id"           \
	" LEFT JOIN idp_group g ON g.idp = t.idp AND g.group_id = t.group_id"  \
	" LEFT JOIN idp_user u ON u.idp = t.idp AND u.user_id = t.user_id"     \
	" LEFT JOIN account a ON a.account = gr.account"                       \
	" WHERE (?1 IS NULL OR gr.account IN " ACCOUNTS_OF("?1")               \
	" OR (t.idp, t.user_id) IN " USERS_OF("?1") ")"                        \
	" AND (?2 IS NULL OR gr.role = ?2)"                                    \
	" AND (?3 IS NULL OR t.state = ?3)"                                    \
	" AND (?4 IS NULL OR gr.issue_id = ?4 OR gr.issue_key = ?4)"           \
	" AND (?5 = 0 OR t.grant_id = ?5)"                                     \
	" AND (?6 IS NULL OR t.due_at >= ?6)"                                  \
	" AND (?7 IS NULL OR t.due_at < ?7)"
/* Until it was proven, or now. */
#define LATE                                                                   \
	"max(0, coalesce(t.verified_at, iif(t.how = 'by hand',"                \
	" t.executed_at, NULL), ?8) - t.due_at)"
#define N_OF(what) " count(*) FILTER (WHERE " what ")"

static const char *const sql[] = {
	[APPROVALS] =
		"SELECT r.issue_key, r.issue_id, ap.approval_id, ap.state,"
		" ap.method, ap.mode, ap.asked_at, ap.decided_at, o.account,"
		" p.name, o.why, o.decision, o.decided_at, ap.content_hash,"
		" gr.id, gr.content_hash, CASE WHEN gr.content_hash IS NULL"
		" THEN NULL WHEN gr.content_hash = ap.content_hash THEN 'yes'"
		" ELSE 'no' END"
		" FROM approval ap JOIN request r ON r.id = ap.request_id"
		" LEFT JOIN owed o ON o.approval = ap.id"
		" LEFT JOIN account p ON p.account = o.account"
		" LEFT JOIN \"grant\" gr ON gr.approval = ap.id"
		" WHERE " REQUEST_IS_MEANT " ORDER BY ap.id, o.account",
	[REMOVALS] = TAKEN
		" SELECT t.how, t.id, t.state, t.grant_id, gr.issue_key,"
		" gr.role, t.idp, t.group_id, g.name, t.user_id,"
		" coalesce(u.login, a.email, a.name), gr.end_reason, t.due_at,"
		" t.executed_at, t.verified_at, " LATE ", t.attempts, t.by,"
		" t.remote_ref" TAKEN_IS_MEANT " ORDER BY t.due_at, t.id",
	[REMOVALS_SUM] = TAKEN
		" SELECT count(*)," N_OF("t.executed_at IS NOT NULL") ","
		N_OF("t.verified_at IS NOT NULL") ","
		N_OF("t.how = 'by hand' AND t.executed_at IS NOT NULL") ","
		N_OF("t.state = 'gone'") "," N_OF("t.state = 'abandoned'") ","
		N_OF("t.state NOT IN ('done', 'already-so', 'gone',"
		     " 'abandoned')") ", max(" LATE ")" TAKEN_IS_MEANT,
};

const struct ledger_family audit_family = LEDGER_FAMILY(audit, AUDIT, sql);

static const struct listing_column approval_columns[] = {
	{"issue", LAPSE_TEXT},
	{"issue_id", LAPSE_TEXT},
	{"approval", LAPSE_TEXT},
	{"state", LAPSE_TEXT},
	{"method", LAPSE_TEXT},
	{"mode", LAPSE_TEXT},
	{"asked_at", LAPSE_TIME},
	{"decided_at", LAPSE_TIME},
	{"approver", LAPSE_TEXT},
	{"name", LAPSE_TEXT},
	{"why", LAPSE_TEXT},
	{"decision", LAPSE_TEXT},
	{"answered_at", LAPSE_TIME},
	{"content_sha256", LAPSE_TEXT},
	{"grant", LAPSE_TEXT},
	{"granted_sha256", LAPSE_TEXT},
	{"unchanged", LAPSE_TEXT},
	{0},
};

static const struct listing_column removal_columns[] = {
	{"how", LAPSE_TEXT},
	{"change", LAPSE_TEXT},
	{"state", LAPSE_TEXT},
	{"grant", LAPSE_TEXT},
	{"issue", LAPSE_TEXT},
	{"role", LAPSE_TEXT},
	{"idp", LAPSE_TEXT},
	{"group", LAPSE_TEXT},
	{"group_name", LAPSE_TEXT},
	{"user", LAPSE_TEXT},
	{"login", LAPSE_TEXT},
	{"reason", LAPSE_TEXT},
	{"due_at", LAPSE_TIME},
	{"executed_at", LAPSE_TIME},
	{"verified_at", LAPSE_TIME},
	{"late", LAPSE_SECONDS},
	{"attempts", LAPSE_INT},
	{"by", LAPSE_TEXT},
	{"remote_ref", LAPSE_TEXT},
	{0},
};

static const struct listing_column sum_columns[] = {
	{"removals", LAPSE_INT},
	{"executed", LAPSE_INT},
	{"verified", LAPSE_INT},
	{"by_hand", LAPSE_INT},
	{"gone", LAPSE_INT},
	{"abandoned", LAPSE_INT},
	{"open", LAPSE_INT},
	{"latest", LAPSE_SECONDS},
	{0},
};

static const struct listing approvals = {"lapse/approval.v1", &audit_family,
	APPROVALS, "tttti", approval_columns};
static const struct listing removals = {"lapse/removal.v1", &audit_family,
	REMOVALS, "ttttiwwi", removal_columns};
static const struct listing removals_sum = {"lapse/removals.v1",
	&audit_family, REMOVALS_SUM, "ttttiwwi", sum_columns};

static int list(struct ledger *l, const struct listing *of,
	const struct list_filter *f, listing_each *each, void *arg,
	int64_t *ret_n, struct lapse_err *err)
{
	struct listing_run run = {of, each, arg, 0};
	int rc = ledger_query(l, of->family, of->which, listing_row, &run, err,
		of->types, f->user, f->role, f->state, f->issue, f->grant,
		f->since, f->until, f->now);

	if (rc == 0 && ret_n != NULL)
		*ret_n = run.n;
	return rc;
}

int audit_list(struct ledger *l, enum list_of what,
	const struct list_filter *f, listing_each *each, void *arg,
	int64_t *ret_n, struct lapse_err *err)
{
	int rc;

	if (what == LIST_APPROVALS)
		return list(l, &approvals, f, each, arg, ret_n, err);
	rc = list(l, &removals, f, each, arg, ret_n, err);
	return rc < 0 || *ret_n == 0 ? rc :
		list(l, &removals_sum, f, each, arg, NULL, err);
}
