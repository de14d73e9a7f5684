/* Access reviews as the audit export shows them. */
#include "export_review_rows.h"

#include "review_work.h"
#include "stmt.h"

enum {
	CAMPAIGNS,
	ITEMS,
	UNACKNOWLEDGED,
};

#define NAME_OF(account)                                                       \
	"(SELECT a.name FROM account a WHERE a.account = " account ")"
#define OF_CAMPAIGN(what)                                                      \
	"(SELECT count(*) FROM item i WHERE i.campaign_id = c.id AND " what ")"
/* The removal that an item's settling rests on: not one of later. */
#define REMOVAL(column)                                                        \
	"(SELECT x." column " FROM change x WHERE x.idp = i.idp"               \
	" AND x.group_id = i.group_id AND x.user_id = i.user_id"               \
	" AND x.kind = 'remove' AND x.settled_at <= i.settled_at"              \
	" AND x.verified_at IS NOT NULL ORDER BY x.id DESC LIMIT 1)"
#define REMOVED "i.state = 'done' AND i.decision = 'revoke'"                   \
	" AND g.end_reason <> 'abandoned'"

static const char *const sql[] = {
	[CAMPAIGNS] =
		"SELECT c.id, c.name, c.scope, c.state, c.no_response,"
		" c.opened_by, " NAME_OF("c.opened_by") ", c.opened_at,"
		" c.due_at, c.items, c.digest, c.issue_key, c.closed_at,"
		" c.closed_by, " NAME_OF("c.closed_by") ","
		" " REVIEW_ACKNOWLEDGEMENT ", c.acknowledger, c.asked_at,"
		" c.approval_id, c.acknowledged_by, "
		NAME_OF("c.acknowledged_by") ", c.acknowledged_at,"
		" c.rejected_at, (SELECT json_extract(e.data, '$.sheets')"
		" FROM evidence e WHERE e.kind = 'review-opened'"
		" AND json_extract(e.data, '$.campaign') = c.id), "
		OF_CAMPAIGN("1") ", "
		OF_CAMPAIGN("i.decision = 'keep' AND i.decided_by <> 'lapse'")
		", " OF_CAMPAIGN("i.decision = 'revoke'") ", "
		OF_CAMPAIGN("i.decision = 'limit'") ", "
		OF_CAMPAIGN(REVIEW_UNDECIDED) ", "
		OF_CAMPAIGN("i.state = 'stale'") ", "
		OF_CAMPAIGN("i.state IN ('decided', 'held', 'acting')") ", "
		OF_CAMPAIGN(REVIEW_REMOVED) ", "
		OF_CAMPAIGN(REVIEW_IS_SELF("i.decided_by")) ", "
		OF_CAMPAIGN("i.decided_by = i.provisioned_by")
		", (SELECT count(DISTINCT i.decided_by) FROM item i"
		" WHERE i.campaign_id = c.id AND i.decided_by <> 'lapse'), "
		OF_CAMPAIGN("i.decision = 'revoke' AND i.state = 'stale'")
		", " OF_CAMPAIGN("i.decision = 'revoke'"
				 " AND i.decided_by = 'lapse'")
		" FROM campaign c WHERE ?1 IS NULL OR c.name = ?1"
		" ORDER BY c.id",
	[ITEMS] =
		"SELECT c.id, c.name, c.opened_at, coalesce(c.closed_at,"
		" c.due_at), c.opened_at, i.idp, NULL,"
		" coalesce(i.role, i.application), i.group_id, i.group_name,"
		" i.user_id, i.login, i.name, i.email, NULL, i.status,"
		" i.manager, i.department, i.title,"
		" CASE i.source WHEN 'idp' THEN 'direct' WHEN 'manual'"
		" THEN 'by hand' ELSE 'import' END,"
		" CASE WHEN i.grant_id IS NOT NULL THEN CAST(i.grant_id"
		" AS TEXT) WHEN i.source = 'import' THEN 'import'"
		" ELSE i.via END, i.granted_at, i.expires_at, i.request_key,"
		" i.justification, CASE WHEN i.last_use = 'seen'"
		" THEN i.last_use_at END, i.last_use_source,"
		" i.days_inactive, i.recommendation, i.recommended_why,"
		" iif(i.decided_by <> 'lapse', i.decided_by, s.reviewer),"
		" (SELECT a.name FROM account a WHERE a.account ="
		" iif(i.decided_by <> 'lapse', i.decided_by, s.reviewer)),"
		" coalesce(" REVIEW_IS_SELF("iif(i.decided_by <> 'lapse',"
		" i.decided_by, s.reviewer)") ", 0),"
		" coalesce(iif(i.decided_by <> 'lapse', i.decided_by,"
		" s.reviewer) = i.provisioned_by, 0),"
		" CASE WHEN " REVIEW_UNDECIDED " THEN 'not_reviewed'"
		" ELSE i.decision END, i.decided_at, i.decision_reason,"
		" c.acknowledged_by, c.acknowledged_at,"
		" CASE WHEN i.remediation_grant IS NOT NULL"
		" THEN coalesce(i.task_key, g.issue_key) END, i.acted_at,"
		" CASE WHEN " REMOVED " THEN g.ended_at END,"
		" CASE WHEN " REMOVED " THEN coalesce(" REMOVAL("verified_at")
		", (SELECT h.done_at FROM manual h WHERE h.grant_id = g.id"
		" AND h.kind = 'remove')) END,"
		" CASE WHEN " REMOVED " THEN " REMOVAL("remote_ref") " END,"
		" CASE WHEN i.decision = 'limit' AND i.state = 'done'"
		" THEN i.limit_until END,"
		" coalesce((SELECT max(e.seq) FROM evidence e"
		" WHERE e.grant_id = i.remediation_grant),"
		" (SELECT max(e.seq) FROM evidence e"
		" WHERE e.issue_id = i.task_id),"
		" (SELECT max(e.seq) FROM evidence e"
		" WHERE e.issue_id = s.issue_id),"
		" (SELECT max(e.seq) FROM evidence e"
		" WHERE e.issue_id = c.issue_id AND e.kind = 'review-learnt')),"
		" i.n, i.digest, i.source, i.application, i.role, i.account,"
		" i.orphan, i.elevated, i.state, i.outcome, i.decision,"
		" i.decided_by, i.decision_ref, i.remediation_grant,"
		" i.settled_at, s.issue_key, i.task_key, i.last_use,"
		" i.last_use_why, i.other_roles, i.seat_cost,"
		" i.provisioned_by"
		" FROM campaign c JOIN item i ON i.campaign_id = c.id"
		" JOIN sheet s ON s.id = i.sheet_id"
		" LEFT JOIN \"grant\" g ON g.id = i.remediation_grant"
		" WHERE ?1 IS NULL OR c.name = ?1 ORDER BY c.id, i.n",
	[UNACKNOWLEDGED] = "SELECT name FROM campaign WHERE state = 'closed'"
			   " AND acknowledged_at IS NULL"
			   " AND (?1 IS NULL OR name = ?1) ORDER BY id",
};

const struct ledger_family export_review_family =
	LEDGER_FAMILY_SINCE(2, export_review, EXPORT_REVIEW, sql);

/* A released column keeps its place; new ones go to the end. */
static const struct export_column campaign_columns[] = {
	{"review_id", EXPORT_INT},
	{"review_name", EXPORT_TEXT},
	{"scope", EXPORT_TEXT},
	{"state", EXPORT_TEXT},
	{"no_response", EXPORT_TEXT},
	{"opened_by", EXPORT_TEXT},
	{"opened_by_name", EXPORT_TEXT},
	{"opened_at", EXPORT_TIME},
	{"due_at", EXPORT_TIME},
	{"population_rows", EXPORT_INT},
	{"population_sha256", EXPORT_TEXT},
	{"review_issue", EXPORT_TEXT},
	{"closed_at", EXPORT_TIME},
	{"closed_by", EXPORT_TEXT},
	{"closed_by_name", EXPORT_TEXT},
	{"acknowledgement", EXPORT_TEXT},
	{"acknowledger", EXPORT_TEXT},
	{"asked_at", EXPORT_TIME},
	{"approval_id", EXPORT_TEXT},
	{"acknowledged_by", EXPORT_TEXT},
	{"acknowledged_by_name", EXPORT_TEXT},
	{"acknowledged_at", EXPORT_TIME},
	{"rejected_at", EXPORT_TIME},
	{"reviewers", EXPORT_INT},
	{"items", EXPORT_INT},
	{"kept", EXPORT_INT},
	{"revoked", EXPORT_INT},
	{"limited", EXPORT_INT},
	{"not_reviewed", EXPORT_INT},
	{"stale", EXPORT_INT},
	{"moving", EXPORT_INT},
	{"removed", EXPORT_INT},
	{"self_reviewed", EXPORT_INT},
	{"reviewer_provisioned", EXPORT_INT},
	{"reviewers_answered", EXPORT_INT},
	{"revoked_stale", EXPORT_INT},
	{"revoked_by_policy", EXPORT_INT},
};

static const struct export_column item_columns[] = {
	{"review_id", EXPORT_INT},
	{"review_name", EXPORT_TEXT},
	{"period_start", EXPORT_TIME},
	{"period_end", EXPORT_TIME},
	{"snapshot_at", EXPORT_TIME},
	{"idp", EXPORT_TEXT},
	{"tenant", EXPORT_TEXT},
	{"resource", EXPORT_TEXT},
	{"group_id", EXPORT_TEXT},
	{"group_name", EXPORT_TEXT},
	{"member_id", EXPORT_TEXT},
	{"member_login", EXPORT_TEXT},
	{"member_name", EXPORT_TEXT},
	{"member_email", EXPORT_TEXT},
	{"member_type", EXPORT_TEXT},
	{"member_status", EXPORT_TEXT},
	{"manager", EXPORT_TEXT},
	{"department", EXPORT_TEXT},
	{"job_title", EXPORT_TEXT},
	{"membership_via", EXPORT_TEXT},
	{"granted_via", EXPORT_TEXT},
	{"granted_at", EXPORT_TIME},
	{"expires_at", EXPORT_TIME},
	{"original_issue", EXPORT_TEXT},
	{"justification", EXPORT_TEXT},
	{"last_login_at", EXPORT_TIME},
	{"last_login_source", EXPORT_TEXT},
	{"days_inactive", EXPORT_INT},
	{"recommendation", EXPORT_TEXT},
	{"recommendation_reason", EXPORT_TEXT},
	{"reviewer_id", EXPORT_TEXT},
	{"reviewer_name", EXPORT_TEXT},
	{"reviewer_is_member", EXPORT_YES},
	{"reviewer_provisioned_it", EXPORT_YES},
	{"decision", EXPORT_TEXT},
	{"decision_at", EXPORT_TIME},
	{"decision_reason", EXPORT_TEXT},
	{"acknowledged_by", EXPORT_TEXT},
	{"acknowledged_at", EXPORT_TIME},
	{"remediation_issue", EXPORT_TEXT},
	{"remediation_started_at", EXPORT_TIME},
	{"remediated_at", EXPORT_TIME},
	{"absence_verified_at", EXPORT_TIME},
	{"remediation_remote_ref", EXPORT_TEXT},
	{"exception_until", EXPORT_TIME},
	{"ledger_seq", EXPORT_INT},
	{"item", EXPORT_INT},
	{"item_sha256", EXPORT_TEXT},
	{"source", EXPORT_TEXT},
	{"application", EXPORT_TEXT},
	{"role", EXPORT_TEXT},
	{"member_account", EXPORT_TEXT},
	{"orphan", EXPORT_YES},
	{"elevated", EXPORT_YES},
	{"state", EXPORT_TEXT},
	{"outcome", EXPORT_TEXT},
	{"decision_in_effect", EXPORT_TEXT},
	{"decided_by", EXPORT_TEXT},
	{"decision_ref", EXPORT_TEXT},
	{"remediation_grant", EXPORT_INT},
	{"settled_at", EXPORT_TIME},
	{"review_issue", EXPORT_TEXT},
	{"item_issue", EXPORT_TEXT},
	{"last_use", EXPORT_TEXT},
	{"last_use_unknown_why", EXPORT_TEXT},
	{"other_roles", EXPORT_TEXT},
	{"seat_cost", EXPORT_TEXT},
	{"provisioned_by", EXPORT_TEXT},
};

const struct export_table export_campaign_table = {
	.schema = "lapse/campaign.v1",
	.columns = campaign_columns,
	.n = ARRAY_N(campaign_columns),
};

const struct export_table export_item_table = {
	.schema = "lapse/review-item.v1",
	.columns = item_columns,
	.n = ARRAY_N(item_columns),
};

int export_campaigns(struct ledger *l, const char *campaign,
	int (*each)(void *arg, const struct row *r, struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	return ledger_query(l, &export_review_family, CAMPAIGNS, each, arg,
		err, "t", campaign);
}

int export_items(struct ledger *l, const char *campaign,
	int (*each)(void *arg, const struct row *r, struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	return ledger_query(l, &export_review_family, ITEMS, each, arg, err,
		"t", campaign);
}

int export_unacknowledged(struct ledger *l, const char *campaign,
	struct arena *a, struct strs *ret, struct lapse_err *err)
{
	struct row_texts n = {a, ret};

	return ledger_query(l, &export_review_family, UNACKNOWLEDGED,
		row_add_text, &n, err, "t", campaign);
}
