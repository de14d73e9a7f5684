/* The statement behind `changes`: one row per grant and hold. */
#include "db.h"
#include "export_rows.h"
#include "failsafe_rows.h"
#include "stmt.h"

/* What became so at a time, unless the export is as of an earlier one (?5). */
#define THEN(at, what) "iif(?5 IS NULL OR " at " <= ?5, " what ", NULL)"

enum { INTAKE_SCHEMA = 3 };	/* the first with its table */

#define REMOVED_AT "coalesce(rm.settled_at, mr.done_at)"
#define TRIED_AT "coalesce(rm.settled_at, rm.last_sent_at)"
#define PROVEN_AT "coalesce(rm.verified_at, mr.done_at)"
#define ABSENT_AT                                                              \
	"coalesce(rm.verified_at,"                                             \
	" iif(g.end_reason = 'removed-outside', g.ended_at, NULL))"

/* The columns are those of change_columns, in that order; filed: when the issue
 * was created, which older ledgers do not know. What the provider would end by
 * itself is asked while it is held; of what has ended, the evidence of its grant
 * told at the beginning. */
#define CHANGES(filed)                                                         \
	"WITH told AS MATERIALIZED (SELECT issue_id, max(id) AS id FROM notice" \
	" WHERE kind = 'comment' AND state = 'done'"                           \
	" AND (?5 IS NULL OR done_at <= ?5) GROUP BY issue_id)"                \
	" SELECT g.id, g.issue_key, g.issue_id, (SELECT e.at FROM evidence e"  \
	" WHERE e.issue_id = g.issue_id ORDER BY e.seq LIMIT 1),"              \
	" r.requester, ra.name, g.account, u.login, u.status, g.role,"         \
	" coalesce(h.idp, g.application), NULL, h.group_id, gr.name,"          \
	" g.elevated, g.reason, a.approval_id,"                                \
	" (SELECT group_concat(o.account, '; ') FROM owed o"                   \
	" WHERE o.approval = a.id AND o.decision = 'approved'),"               \
	" (SELECT group_concat(coalesce(oa.name, o.account), '; ') FROM owed o" \
	" LEFT JOIN account oa ON oa.account = o.account"                      \
	" WHERE o.approval = a.id AND o.decision = 'approved'),"               \
	" a.decided_at, a.method, a.content_hash,"                             \
	" g.content_hash = a.content_hash,"                                    \
	" CASE WHEN a.mode IN ('any', 'all') THEN NOT EXISTS (SELECT 1"        \
	" FROM owed o WHERE o.approval = a.id AND o.decision = 'approved'"     \
	" AND o.account IN (r.requester, r.creator, g.account)) END,"          \
	" g.break_glass, iif(g.break_glass, g.reason, NULL), r.duration_s,"    \
	" coalesce(g.duration_s, g.ends_at - g.starts_at),"                    \
	" h.before = 'present', " THEN("g.starts_at", "g.starts_at") ","       \
	" coalesce(iif(?5 IS NULL OR ma.done_at <= ?5, ma.done_by, NULL),"     \
	" g.operator, 'lapse'), " THEN("ad.settled_at", "ad.remote_ref") ", "  \
	THEN("h.verified_at", "h.verified_at") ", g.ends_at,"                  \
	" g.extended_from, " THEN("g.ending_at", "g.end_reason") ", "          \
	THEN("g.ending_at", "g.end_by") ", "                                   \
	THEN("rm.first_sent_at", "rm.attempts") ", "                           \
	THEN("rm.first_sent_at", "rm.first_sent_at") ", "                      \
	THEN(REMOVED_AT, REMOVED_AT) ", "                                      \
	THEN(TRIED_AT, "rm.remote_ref") ", "                                   \
	THEN(ABSENT_AT, ABSENT_AT) ","                                         \
	" CASE WHEN " THEN("mr.done_at", "mr.done_at") " IS NOT NULL"          \
	" THEN 'by hand, by ' || mr.done_by WHEN "                             \
	THEN("rm.verified_at", "rm.verified_at") " IS NOT NULL"                \
	" THEN 'direct' END,"                                                  \
	" (SELECT group_concat(s.state || ' at ' || s.idp, '; ')"              \
	" FROM session s WHERE s.grant_id = g.id"                              \
	" AND (?5 IS NULL OR s.settled_at <= ?5)),"                            \
	/* Against the deadline, or what ended it before. */                   \
	" " THEN(PROVEN_AT, PROVEN_AT) " - min(coalesce(g.ends_at,"            \
	" g.ending_at), coalesce(g.ending_at, g.ends_at)),"                    \
	/* How it stood then, by what had happened. */                         \
	" CASE WHEN ?5 < g.starts_at THEN 'granting'"                          \
	" WHEN ?5 < coalesce(g.ending_at, g.ended_at) THEN 'active'"           \
	" WHEN ?5 < g.ended_at THEN 'ending'"                                  \
	" WHEN rm.state IN ('parked', 'unknown', 'gone', 'abandoned')"         \
	" AND (?5 IS NULL OR " TRIED_AT " <= ?5) THEN rm.state"                \
	" WHEN h.kept_by IS NOT NULL THEN 'kept'"                              \
	" ELSE g.state END, n.remote_id, n.done_at,"                           \
	" (SELECT min(e.seq) FROM evidence e WHERE e.grant_id = g.id),"        \
	" el.seq, lower(hex(el.hash)), h.id, (SELECT coalesce(k.grant_id,"     \
	" 'pre-existing') FROM hold k WHERE k.id = h.kept_by"                  \
	" AND (?5 IS NULL OR h.released_at <= ?5)),"                           \
	/* What the provider would have ended then is not known. */            \
	" CASE WHEN ?5 IS NOT NULL OR h.verified_at IS NULL THEN NULL"         \
	" WHEN h.released_at IS NULL THEN " FAILSAFE_WORD("f")                 \
	" WHEN eg.seq IS NOT NULL THEN iif(json_extract(eg.data,"              \
	" '$.failsafe_at') IS NULL, 'none', 'held')"                           \
	" WHEN ad.kind = 'adopt' THEN iif(es.seq IS NULL, 'none', 'held') END," \
	" CASE WHEN ?5 IS NOT NULL OR h.verified_at IS NULL THEN NULL"         \
	" WHEN h.released_at IS NULL THEN " FAILSAFE_UNTIL("f")                \
	" WHEN eg.seq IS NOT NULL"                                             \
	" THEN unixepoch(json_extract(eg.data, '$.failsafe_at'))"              \
	" ELSE unixepoch(json_extract(es.data, '$.at')) END,"                  \
	" g.policy, " filed                                                    \
	" FROM \"grant\" g LEFT JOIN request r ON r.id = g.request_id"         \
	" LEFT JOIN approval a ON a.id = g.approval"                           \
	" LEFT JOIN account ra ON ra.account = r.requester"                    \
	" LEFT JOIN hold h ON h.grant_id = g.id"                               \
	" LEFT JOIN idp_user u ON u.idp = h.idp AND u.user_id = h.user_id"     \
	" LEFT JOIN idp_group gr ON gr.idp = h.idp AND gr.group_id = h.group_id" \
	" LEFT JOIN change ad ON ad.id = (SELECT c.id FROM change c"           \
	" WHERE c.idp = h.idp AND c.group_id = h.group_id"                     \
	" AND c.user_id = h.user_id AND c.grant_id = g.id"                     \
	" AND c.kind IN ('add', 'adopt') ORDER BY c.id LIMIT 1)"               \
	" LEFT JOIN change rm ON rm.id = (SELECT c.id FROM change c"           \
	" WHERE c.idp = h.idp AND c.group_id = h.group_id"                     \
	" AND c.user_id = h.user_id AND c.grant_id = g.id"                     \
	" AND c.kind = 'remove' ORDER BY c.id DESC LIMIT 1)"                   \
	" LEFT JOIN manual ma ON ma.grant_id = g.id AND ma.kind = 'add'"       \
	" LEFT JOIN manual mr ON mr.grant_id = g.id AND mr.kind = 'remove'"    \
	" LEFT JOIN told t ON t.issue_id = g.issue_id"                         \
	" LEFT JOIN notice n ON n.id = t.id"                                   \
	" LEFT JOIN failsafe f ON f.idp = h.idp AND f.group_id = h.group_id"   \
	" AND f.user_id = h.user_id"                                           \
	" LEFT JOIN evidence eg ON eg.seq = (SELECT max(e.seq)"                \
	" FROM evidence e WHERE e.grant_id = g.id AND e.kind = 'granted')"     \
	/* Adopted access was never granted: the first that was read back. */  \
	" LEFT JOIN evidence es ON es.seq = (SELECT min(e.seq)"                \
	" FROM evidence e WHERE e.grant_id = g.id AND e.kind = 'failsafe-set'" \
	" AND e.idp = h.idp AND e.group_id = h.group_id"                       \
	" AND e.user_id = h.user_id)"                                          \
	" LEFT JOIN evidence el ON el.seq = (SELECT max(e.seq)"                \
	" FROM evidence e WHERE e.grant_id = g.id"                             \
	" AND (?5 IS NULL OR e.at <= ?5))"                                     \
	" WHERE (?5 IS NULL OR g.created_at <= ?5)"                            \
	" AND (?1 IS NULL OR h.idp = ?1) AND (?2 IS NULL OR g.role = ?2)"      \
	" AND (?3 IS NULL OR g.ended_at IS NULL OR g.ended_at >= ?3)"          \
	" AND (?4 IS NULL OR g.created_at < ?4) ORDER BY g.id, h.id"

static const char *const sql[] = {
	CHANGES("NULL"),
};

static const char *const filed_sql[] = {
	CHANGES("(SELECT i.filed_at FROM intake i WHERE i.request_id = r.id)"),
};

const struct ledger_family export_change_family =
	LEDGER_FAMILY(export_change, EXPORT_CHANGE, sql);
const struct ledger_family export_filed_family =
	LEDGER_FAMILY_SINCE(INTAKE_SCHEMA, export_filed, EXPORT_FILED,
		filed_sql);

static const struct export_column change_columns[] = {
	{"grant_id", EXPORT_INT},
	{"request_issue_key", EXPORT_TEXT},
	{"request_issue_id", EXPORT_TEXT},
	{"request_seen_at", EXPORT_TIME},
	{"requester_id", EXPORT_TEXT},
	{"requester_display", EXPORT_TEXT},
	{"beneficiary_id", EXPORT_TEXT},
	{"beneficiary_login", EXPORT_TEXT},
	{"beneficiary_status", EXPORT_TEXT},
	{"role", EXPORT_TEXT},
	{"idp", EXPORT_TEXT},
	{"tenant", EXPORT_TEXT},
	{"group_id", EXPORT_TEXT},
	{"group_name", EXPORT_TEXT},
	{"elevated", EXPORT_YES},
	{"justification", EXPORT_TEXT},
	{"approval_id", EXPORT_TEXT},
	{"approver_id", EXPORT_TEXT},
	{"approver_display", EXPORT_TEXT},
	{"approved_at", EXPORT_TIME},
	{"approval_method", EXPORT_TEXT},
	{"approved_content_sha256", EXPORT_TEXT},
	{"content_unchanged", EXPORT_YES},
	{"sod_ok", EXPORT_YES},
	{"break_glass", EXPORT_YES},
	{"break_glass_reason", EXPORT_TEXT},
	{"duration_requested_s", EXPORT_INT},
	{"duration_granted_s", EXPORT_INT},
	{"preexisting_membership", EXPORT_YES},
	{"granted_at", EXPORT_TIME},
	{"grant_actor", EXPORT_TEXT},
	{"grant_remote_ref", EXPORT_TEXT},
	{"grant_verified_at", EXPORT_TIME},
	{"expires_at", EXPORT_TIME},
	{"extended_from", EXPORT_INT},
	{"revoke_reason", EXPORT_TEXT},
	{"revoke_requested_by", EXPORT_TEXT},
	{"revoke_attempts", EXPORT_INT},
	{"first_attempt_at", EXPORT_TIME},
	{"revoked_at", EXPORT_TIME},
	{"revoke_remote_ref", EXPORT_TEXT},
	{"absence_verified_at", EXPORT_TIME},
	{"absence_check", EXPORT_TEXT},
	{"sessions_ended", EXPORT_TEXT},
	{"lateness_s", EXPORT_INT},
	{"final_state", EXPORT_TEXT},
	{"evidence_comment_id", EXPORT_TEXT},
	{"evidence_written_at", EXPORT_TIME},
	{"ledger_seq_first", EXPORT_INT},
	{"ledger_seq_last", EXPORT_INT},
	{"ledger_head", EXPORT_TEXT},
	{"hold_id", EXPORT_INT},
	{"kept_by", EXPORT_TEXT},
	{"provider_end", EXPORT_TEXT},
	{"provider_ends_at", EXPORT_TIME},
	{"policy_sha256", EXPORT_TEXT},
	{"request_created_at", EXPORT_TIME},
};

const struct export_table export_change_table = {
	.schema = "lapse/access-change.v1",
	.columns = change_columns,
	.n = ARRAY_N(change_columns),
};

int export_changes(struct ledger *l, const struct export_filter *f,
	export_row_fn *each, void *arg, struct lapse_err *err)
{
	const struct ledger_family *family = l->version >= INTAKE_SCHEMA
		? &export_filed_family : &export_change_family;

	return ledger_query(l, family, 0, each, arg, err, "ttwww", f->idp,
		f->role, f->since, f->until, f->as_of);
}
