/* The listings of grants, requests, holds, changes and notices. What they mean
 * is core's: list.c, show.c. */
#include "list_rows.h"

#include "audit_rows.h"
#include "slack_list_rows.h"
#include "failsafe_rows.h"
#include "review_work.h"
#include "stmt.h"

enum {
	GRANTS,
	REQUESTS,
	HOLDS,
	CHANGES,
	NOTICES,
};

/* Of a later schema: an older file has none. */
enum {
	REVIEWS,
	SHEETS,
	CAMPAIGN,
};

/* Every statement takes ?1 user, ?2 role, ?3 state, ?4 issue, ?5 grant (0),
 * ?6 idp, ?7 group, ?8 all (0 or 1), ?9 now, ?10 a review's name, as far as
 * it needs them. */
#define NAMES(idp, group, user)                                                \
	" LEFT JOIN idp_group g ON g.idp = " idp " AND g.group_id = " group    \
	" LEFT JOIN idp_user u ON u.idp = " idp " AND u.user_id = " user " "

/* A campaign's issue, a sheet's or an item's tells of the campaign. */
#define REVIEW_IS_MEANT                                                        \
	" (?1 IS NULL OR s.reviewer IN " ACCOUNTS_OF("?1") ")"                 \
	" AND (?2 IS NULL OR EXISTS (SELECT 1 FROM item i"                     \
	" WHERE i.campaign_id = c.id AND i.role = ?2))"                        \
	" AND (?3 IS NULL OR c.state = ?3)"                                    \
	" AND (?4 IS NULL OR c.id IN " CAMPAIGNS_OF("?4") ")"                  \
	" AND ?5 = 0 AND ?6 IS NULL AND ?7 IS NULL"                            \
	" AND (?8 OR ?3 IS NOT NULL OR c.state <> 'closed')"                   \
	" AND (?10 IS NULL OR c.name = ?10)"
#define COUNT_OF(what) "(SELECT count(*) FROM item i WHERE " what ")"

#define HOLD_OF_GROUP                                                          \
	" EXISTS (SELECT 1 FROM hold x WHERE x.grant_id = gr.id"               \
	" AND x.group_id = ?7 AND (?6 IS NULL OR x.idp = ?6))"

/* What the provider would do about a grant by itself, over the memberships
 * that it holds. */
#define OF_HELD(what)                                                          \
	" (SELECT CASE WHEN count(*) = 0 THEN NULL " what " END"               \
	" FROM hold x LEFT JOIN failsafe f ON f.idp = x.idp"                   \
	" AND f.group_id = x.group_id AND f.user_id = x.user_id"               \
	" WHERE x.grant_id = gr.id AND x.released_at IS NULL"                  \
	" AND x.verified_at IS NOT NULL)"

/* How much longer than approved the access was there, or is: until every
 * removal was read back. */
#define OUTLASTED                                                              \
	"CASE WHEN coalesce(gr.ended_at, ?9) > gr.ends_at"                     \
	" THEN coalesce(gr.ended_at, ?9) - gr.ends_at END"

static const char *const sql[] = {
	[GRANTS] =
		"SELECT gr.id, gr.issue_key, gr.issue_id, gr.role,"
		" gr.application, gr.account, a.name, a.email, gr.state,"
		" gr.elevated, gr.method, gr.duration_s, gr.created_at,"
		" gr.starts_at, gr.ends_at, gr.ending_at, gr.ended_at,"
		" gr.end_reason, gr.end_by, gr.end_note, gr.break_glass,"
		" gr.acknowledged_by, gr.operator, gr.reason, gr.extended_from,"
		" (SELECT count(*) FROM hold x WHERE x.grant_id = gr.id"
		" AND x.released_at IS NULL),"
		" CASE WHEN gr.state <> 'ended' AND gr.ends_at < ?9"
		" THEN ?9 - gr.ends_at END,"
		OF_HELD("WHEN max(" FAILSAFE_UNSURE("f") ")"
			" THEN 'not confirmed'"
			" WHEN count(f.held_at) = 0 THEN 'none'"
			" WHEN count(f.held_at) < count(*) THEN 'partly'"
			" ELSE 'held'") ","
		OF_HELD("WHEN count(" FAILSAFE_UNTIL("f") ") = count(*)"
			" THEN max(f.held_at)") ", " OUTLASTED
		" FROM \"grant\" gr LEFT JOIN account a"
		" ON a.account = gr.account"
		" WHERE (?1 IS NULL OR gr.account IN " ACCOUNTS_OF("?1") ")"
		" AND (?2 IS NULL OR gr.role = ?2)"
		" AND (?3 IS NULL OR gr.state = ?3)"
		" AND (?4 IS NULL OR gr.issue_id = ?4 OR gr.issue_key = ?4)"
		" AND (?5 = 0 OR gr.id = ?5)"
		" AND (?11 = 0 OR " OUTLASTED " >= ?11)"
		" AND ?10 IS NULL"
		" AND (?7 IS NULL OR" HOLD_OF_GROUP ")"
		" AND (?8 OR ?3 IS NOT NULL OR gr.state <> 'ended')"
		" ORDER BY gr.id",
	[REQUESTS] =
		"SELECT r.issue_key, r.issue_id, r.state, r.role, r.requester,"
		" r.beneficiary, a.name, r.duration_s, r.starts_at, r.asks,"
		" (SELECT group_concat(coalesce(p.name, o.account), ', ')"
		" FROM owed o JOIN approval ap ON ap.id = o.approval"
		" LEFT JOIN account p ON p.account = o.account"
		" WHERE ap.request_id = r.id AND ap.state = 'open'"
		" AND o.decision = 'pending'),"
		" r.why, r.changed_at, r.updated_at"
		" FROM request r LEFT JOIN account a"
		" ON a.account = r.beneficiary"
		" WHERE (?1 IS NULL OR r.beneficiary IN " ACCOUNTS_OF("?1")
		" OR r.requester IN " ACCOUNTS_OF("?1") ")"
		" AND (?2 IS NULL OR r.role = ?2)"
		" AND (?3 IS NULL OR r.state = ?3)"
		" AND (?4 IS NULL OR r.issue_id = ?4 OR r.issue_key = ?4)"
		" AND (?5 = 0 OR r.id IN"
		" (SELECT request_id FROM \"grant\" WHERE id = ?5))"
		" AND ?6 IS NULL AND ?7 IS NULL"
		" AND (?8 OR ?3 IS NOT NULL OR r.state IN ('seen', 'asked'))"
		" ORDER BY r.id",
	[HOLDS] =
		"SELECT h.id, h.grant_id, h.idp, h.group_id, g.name,"
		" h.user_id, u.login, h.before, h.placed_at, h.verified_at,"
		" h.released_at, k.grant_id, gr.role, gr.ends_at,"
		" g.complete_at, iif(h.released_at IS NULL"
		" AND h.verified_at IS NOT NULL, " FAILSAFE_WORD("f") ", NULL),"
		" iif(h.released_at IS NULL AND h.verified_at IS NOT NULL, "
		FAILSAFE_UNTIL("f") ", NULL)"
		" FROM hold h LEFT JOIN failsafe f ON f.idp = h.idp"
		" AND f.group_id = h.group_id AND f.user_id = h.user_id"
		" LEFT JOIN \"grant\" gr ON gr.id = h.grant_id"
		" LEFT JOIN hold k ON k.id = h.kept_by"
		NAMES("h.idp", "h.group_id", "h.user_id")
		" WHERE (?1 IS NULL OR gr.account IN " ACCOUNTS_OF("?1")
		" OR (h.idp, h.user_id) IN " USERS_OF("?1") ")"
		" AND (?2 IS NULL OR gr.role = ?2)"
		" AND (?3 IS NULL OR ?3 = CASE WHEN h.released_at IS NULL"
		" THEN 'live' ELSE 'released' END)"
		" AND (?4 IS NULL OR gr.issue_id = ?4 OR gr.issue_key = ?4)"
		" AND (?5 = 0 OR h.grant_id = ?5)"
		" AND (?6 IS NULL OR h.idp = ?6)"
		" AND (?7 IS NULL OR h.group_id = ?7)"
		" AND (?8 OR ?3 IS NOT NULL OR h.released_at IS NULL)"
		" ORDER BY h.id",
	[CHANGES] =
		"SELECT c.id, c.kind, c.state, c.idp, c.group_id, g.name,"
		" c.user_id, u.login, c.grant_id, c.opened_at, c.due_at,"
		" c.attempts, c.first_sent_at, c.last_sent_at,"
		" c.next_attempt_at, c.settled_at, c.verified_at,"
		" c.remote_ref, c.last_error, c.settled_by, c.settled_note"
		" FROM change c LEFT JOIN \"grant\" gr ON gr.id = c.grant_id"
		NAMES("c.idp", "c.group_id", "c.user_id")
		" WHERE (?1 IS NULL OR gr.account IN " ACCOUNTS_OF("?1")
		" OR (c.idp, c.user_id) IN " USERS_OF("?1") ")"
		" AND (?2 IS NULL OR gr.role = ?2)"
		" AND (?3 IS NULL OR c.state = ?3)"
		" AND (?4 IS NULL OR gr.issue_id = ?4 OR gr.issue_key = ?4)"
		" AND (?5 = 0 OR c.grant_id = ?5)"
		" AND (?6 IS NULL OR c.idp = ?6)"
		" AND (?7 IS NULL OR c.group_id = ?7)"
		" AND (?8 OR ?3 IS NOT NULL OR c.settled_at IS NULL)"
		" ORDER BY c.id",
	[NOTICES] =
		"SELECT n.id, r.issue_key, n.issue_id, n.kind, n.state,"
		" n.created_at, n.attempts, n.next_attempt_at, n.done_at,"
		" n.last_error, n.body"
		" FROM notice n LEFT JOIN request r ON r.issue_id = n.issue_id"
		" WHERE (?1 IS NULL OR r.beneficiary IN " ACCOUNTS_OF("?1")
		" OR r.requester IN " ACCOUNTS_OF("?1") ")"
		" AND (?2 IS NULL OR r.role = ?2)"
		" AND (?3 IS NULL OR n.state = ?3)"
		" AND (?4 IS NULL OR n.issue_id = ?4 OR r.issue_key = ?4)"
		" AND (?5 = 0 OR n.issue_id IN"
		" (SELECT issue_id FROM \"grant\" WHERE id = ?5))"
		" AND ?6 IS NULL AND ?7 IS NULL"
		" AND (?8 OR ?3 IS NOT NULL"
		" OR n.state IN ('open', 'doubtful'))"
		" ORDER BY n.id",
};

const struct ledger_family list_family = LEDGER_FAMILY(list, LIST, sql);

static const char *const review_sql[] = {
	[REVIEWS] =
		"SELECT c.name, c.issue_key, c.issue_id, c.state, c.opened_by,"
		" c.opened_at, c.due_at, c.no_response, c.items,"
		" count(s.id), "
		COUNT_OF("i.campaign_id = c.id AND i.state = 'open'"
			 " AND i.decision IS NULL") ", "
		COUNT_OF("i.campaign_id = c.id AND i.decision = 'keep'"
			 " AND i.decided_by <> 'lapse'") ", "
		COUNT_OF("i.campaign_id = c.id AND i.decision = 'revoke'")
		", " COUNT_OF("i.campaign_id = c.id AND " REVIEW_REMOVED)
		", "
		COUNT_OF("i.campaign_id = c.id AND i.decision = 'limit'")
		", " COUNT_OF("i.campaign_id = c.id AND i.state <> 'open'"
			      " AND " REVIEW_UNDECIDED) ", "
		COUNT_OF("i.campaign_id = c.id AND i.state = 'stale'") ", "
		COUNT_OF("i.campaign_id = c.id AND i.state IN ('decided',"
			 " 'held', 'acting')") ","
		" c.closed_at, c.closed_by, " REVIEW_ACKNOWLEDGEMENT ","
		" c.acknowledger, c.asked_at, c.acknowledged_at, c.digest,"
		" (SELECT json_extract(t.text, '$.words') FROM evidence e"
		" JOIN evidence_text t ON t.seq = e.seq"
		" WHERE e.kind = 'review-closed' AND e.issue_id = c.issue_id"
		" ORDER BY e.seq DESC LIMIT 1)"
		" FROM campaign c LEFT JOIN sheet s ON s.campaign_id = c.id"
		" WHERE" REVIEW_IS_MEANT " GROUP BY c.id ORDER BY c.id",
	[SHEETS] =
		"SELECT c.name, s.issue_key, s.issue_id, s.reviewer, a.name,"
		" s.why, s.form, " COUNT_OF("i.sheet_id = s.id") ", "
		COUNT_OF("i.sheet_id = s.id AND i.state = 'open'"
			 " AND i.decision IS NULL") ", s.told_at,"
		" s.reminded_at, s.escalated_at"
		" FROM campaign c JOIN sheet s ON s.campaign_id = c.id"
		" LEFT JOIN account a ON a.account = s.reviewer"
		" WHERE" REVIEW_IS_MEANT " ORDER BY s.id",
	[CAMPAIGN] = "SELECT id FROM campaign WHERE iif(?2, name = ?1, id IN "
		     CAMPAIGNS_OF("?1") ") LIMIT 1",
};

const struct ledger_family review_list_family =
	LEDGER_FAMILY_SINCE(2, review_list, REVIEW_LIST, review_sql);

int list_campaign(struct ledger *l, const char *what, bool name,
	int64_t *ret_id, struct lapse_err *err)
{
	*ret_id = 0;
	return ledger_int(l, &review_list_family, CAMPAIGN, ret_id, 0, err,
		"ti", what, (int64_t)name);
}

static const struct listing_column grant_columns[] = {
	{"grant", LAPSE_TEXT},
	{"issue", LAPSE_TEXT},
	{"issue_id", LAPSE_TEXT},
	{"role", LAPSE_TEXT},
	{"application", LAPSE_TEXT},
	{"account", LAPSE_TEXT},
	{"name", LAPSE_TEXT},
	{"email", LAPSE_TEXT},
	{"state", LAPSE_TEXT},
	{"elevated", LAPSE_BOOL},
	{"method", LAPSE_TEXT},
	{"duration", LAPSE_SECONDS},
	{"created_at", LAPSE_TIME},
	{"starts_at", LAPSE_TIME},
	{"ends_at", LAPSE_TIME},
	{"ending_at", LAPSE_TIME},
	{"ended_at", LAPSE_TIME},
	{"end_reason", LAPSE_TEXT},
	{"end_by", LAPSE_TEXT},
	{"end_note", LAPSE_TEXT},
	{"break_glass", LAPSE_BOOL},
	{"acknowledged_by", LAPSE_TEXT},
	{"operator", LAPSE_TEXT},
	{"reason", LAPSE_TEXT},
	{"extended_from", LAPSE_TEXT},
	{"live_holds", LAPSE_INT},
	{"late", LAPSE_SECONDS},
	{"provider_end", LAPSE_TEXT},
	{"provider_ends_at", LAPSE_TIME},
	{"outlasted", LAPSE_SECONDS},
	{0},
};

static const struct listing_column request_columns[] = {
	{"issue", LAPSE_TEXT},
	{"issue_id", LAPSE_TEXT},
	{"state", LAPSE_TEXT},
	{"role", LAPSE_TEXT},
	{"requester", LAPSE_TEXT},
	{"beneficiary", LAPSE_TEXT},
	{"name", LAPSE_TEXT},
	{"duration", LAPSE_SECONDS},
	{"starts_at", LAPSE_TIME},
	{"asks", LAPSE_INT},
	{"waits_for", LAPSE_TEXT},
	{"why", LAPSE_TEXT},
	{"changed_at", LAPSE_TIME},
	{"updated_at", LAPSE_TIME},
	{0},
};

static const struct listing_column hold_columns[] = {
	{"hold", LAPSE_TEXT},
	{"grant", LAPSE_TEXT},
	{"idp", LAPSE_TEXT},
	{"group", LAPSE_TEXT},
	{"group_name", LAPSE_TEXT},
	{"user", LAPSE_TEXT},
	{"login", LAPSE_TEXT},
	{"before", LAPSE_TEXT},
	{"placed_at", LAPSE_TIME},
	{"verified_at", LAPSE_TIME},
	{"released_at", LAPSE_TIME},
	{"kept_by", LAPSE_TEXT},
	{"role", LAPSE_TEXT},
	{"ends_at", LAPSE_TIME},
	{"observed_at", LAPSE_TIME},
	{"provider_end", LAPSE_TEXT},
	{"provider_ends_at", LAPSE_TIME},
	{0},
};

static const struct listing_column change_columns[] = {
	{"change", LAPSE_TEXT},
	{"kind", LAPSE_TEXT},
	{"state", LAPSE_TEXT},
	{"idp", LAPSE_TEXT},
	{"group", LAPSE_TEXT},
	{"group_name", LAPSE_TEXT},
	{"user", LAPSE_TEXT},
	{"login", LAPSE_TEXT},
	{"grant", LAPSE_TEXT},
	{"opened_at", LAPSE_TIME},
	{"due_at", LAPSE_TIME},
	{"attempts", LAPSE_INT},
	{"first_sent_at", LAPSE_TIME},
	{"last_sent_at", LAPSE_TIME},
	{"next_attempt_at", LAPSE_TIME},
	{"settled_at", LAPSE_TIME},
	{"verified_at", LAPSE_TIME},
	{"remote_ref", LAPSE_TEXT},
	{"error", LAPSE_TEXT},
	{"settled_by", LAPSE_TEXT},
	{"settled_note", LAPSE_TEXT},
	{0},
};

static const struct listing_column notice_columns[] = {
	{"notice", LAPSE_TEXT},
	{"issue", LAPSE_TEXT},
	{"issue_id", LAPSE_TEXT},
	{"kind", LAPSE_TEXT},
	{"state", LAPSE_TEXT},
	{"created_at", LAPSE_TIME},
	{"attempts", LAPSE_INT},
	{"next_attempt_at", LAPSE_TIME},
	{"done_at", LAPSE_TIME},
	{"error", LAPSE_TEXT},
	{"body", LAPSE_TEXT},
	{0},
};

static const struct listing_column review_columns[] = {
	{"review", LAPSE_TEXT},
	{"issue", LAPSE_TEXT},
	{"issue_id", LAPSE_TEXT},
	{"state", LAPSE_TEXT},
	{"opened_by", LAPSE_TEXT},
	{"opened_at", LAPSE_TIME},
	{"due_at", LAPSE_TIME},
	{"no_response", LAPSE_TEXT},
	{"items", LAPSE_INT},
	{"sheets", LAPSE_INT},
	{"open", LAPSE_INT},
	{"kept", LAPSE_INT},
	{"revoked", LAPSE_INT},
	{"removed", LAPSE_INT},
	{"limited", LAPSE_INT},
	{"not_reviewed", LAPSE_INT},
	{"stale", LAPSE_INT},
	{"moving", LAPSE_INT},
	{"closed_at", LAPSE_TIME},
	{"closed_by", LAPSE_TEXT},
	{"acknowledgement", LAPSE_TEXT},
	{"acknowledger", LAPSE_TEXT},
	{"asked_at", LAPSE_TIME},
	{"acknowledged_at", LAPSE_TIME},
	{"digest", LAPSE_TEXT},
	{"checks", LAPSE_TEXT},
	{0},
};

static const struct listing_column sheet_columns[] = {
	{"review", LAPSE_TEXT},
	{"issue", LAPSE_TEXT},
	{"issue_id", LAPSE_TEXT},
	{"reviewer", LAPSE_TEXT},
	{"name", LAPSE_TEXT},
	{"why", LAPSE_TEXT},
	{"form", LAPSE_TEXT},
	{"items", LAPSE_INT},
	{"open", LAPSE_INT},
	{"told_at", LAPSE_TIME},
	{"reminded_at", LAPSE_TIME},
	{"escalated_at", LAPSE_TIME},
	{0},
};

static const struct listing listings[] = {
	[LIST_GRANTS] = {"lapse/grant.v1", &list_family, GRANTS, "ttttittiiti",
		grant_columns},
	[LIST_REQUESTS] = {"lapse/request.v1", &list_family, REQUESTS,
		"ttttitti", request_columns},
	[LIST_HOLDS] = {"lapse/hold.v1", &list_family, HOLDS, "ttttitti",
		hold_columns},
	[LIST_CHANGES] = {"lapse/change.v1", &list_family, CHANGES, "ttttitti",
		change_columns},
	[LIST_NOTICES] = {"lapse/notice.v1", &list_family, NOTICES, "ttttitti",
		notice_columns},
	[LIST_REVIEWS] = {"lapse/review.v1", &review_list_family,
		REVIEWS, "ttttittiit", review_columns},
	[LIST_SHEETS] = {"lapse/review-sheet.v1", &review_list_family,
		SHEETS, "ttttittiit", sheet_columns},
};

static void read_field(const struct row *r, int i,
	const struct listing_column *c, struct lapse_field *ret)
{
	*ret = (struct lapse_field){.name = c->name, .kind = c->kind};
	if (c->kind == LAPSE_TEXT)
		ret->text = row_text(r, i);
	else if (c->kind == LAPSE_TIME || c->kind == LAPSE_SECONDS)
		ret->number = row_time(r, i);
	else
		ret->number = row_int(r, i);
}

int listing_row(void *arg, const struct row *r, struct lapse_err *err)
{
	struct listing_run *run = arg;
	struct lapse_field fields[LISTING_COLUMNS];
	size_t n = 0;

	for (const struct listing_column *c = run->listing->columns;
		c->name != NULL && n < LISTING_COLUMNS; c++, n++)
		read_field(r, (int)n, c, &fields[n]);
	run->n++;
	return run->each(run->arg, run->listing->schema, fields, n, err);
}

int list_rows(struct ledger *l, enum list_of what, const struct list_filter *f,
	listing_each *each, void *arg, int64_t *ret_n, struct lapse_err *err)
{
	const struct listing *of;
	struct listing_run run = {.each = each, .arg = arg};
	int rc;

	if (what == LIST_APPROVALS || what == LIST_REMOVALS)
		return audit_list(l, what, f, each, arg, ret_n, err);
	if (what == LIST_MESSAGES || what == LIST_SLACK_ANSWERS)
		return slack_list(l, what, f, each, arg, ret_n, err);
	of = &listings[what];
	run.listing = of;
	rc = ledger_query(l, of->family, of->which, listing_row, &run, err,
		of->types, f->user, f->role, f->state, f->issue, f->grant,
		f->idp, f->group, (int64_t)f->all, f->now, f->review,
		f->late_s);

	if (rc == 0)
		*ret_n = run.n;
	return rc;
}
