/* Are the tables what the events say? Each statement gives what stands in a
 * table, in words, and the event that says otherwise; NULL: there is none.
 * What a rebuild learnt from Jira has one event for all of it, "learnt", and
 * is compared with what was said after that. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>

#include "stmt.h"

enum {
	GRANT,
	GRANT_SILENT,
	CHANGE,
	CHANGE_SILENT,
	HOLD_SILENT,
	APPROVAL,
	APPROVAL_SILENT,
	APPROVAL_USED,
	APPROVAL_UNUSED,
	ANSWER,
	ANSWER_SILENT,
	ANSWER_SLACK,
	UNTOLD,
	UNSHOWN,
};

#define SAID(member) "json_extract(e.data, '$." member "')"
#define SAID_TIME(member)                                                      \
	"CAST(strftime('%s', json_extract(e.data, '$." member "')) AS INTEGER)"
#define TIME(column)                                                           \
	"coalesce(strftime('%Y-%m-%dT%H:%M:%SZ', " column                      \
	", 'unixepoch'), 'never')"
/* Between the time of a row and that of its event the clock may tick; where
 * the event has no time of its own, a minute is let pass. */
#define APART(a, b) "coalesce(abs((" a ") - (" b ")) > 60, 1)"
/* Many events are of no interest, and a scan of them is not free: one for each
 * table, with all that can be wrong in its row. */
#define EACH_EVENT "SELECT what, seq FROM (SELECT e.seq AS seq, CASE"
#define WRONG ") WHERE what IS NOT NULL"
#define NOT_LEARNT_LATER                                                       \
	" AND NOT EXISTS (SELECT 1 FROM evidence n"                            \
	" WHERE n.grant_id = e.grant_id AND n.seq > e.seq"                     \
	" AND n.kind = 'learnt')"
#define NO_LATER_END                                                           \
	" AND NOT EXISTS (SELECT 1 FROM evidence n"                            \
	" WHERE n.grant_id = e.grant_id AND n.seq > e.seq"                     \
	" AND (n.kind IN ('learnt', 'granted') OR n.kind = 'review-acted'"     \
	" AND json_extract(n.data, '$.detail') = 'deadline'))"
#define NOT_LEARNT(id)                                                         \
	" AND NOT EXISTS (SELECT 1 FROM evidence n WHERE n.grant_id = " id     \
	" AND n.kind = 'learnt')"
#define NOT_REBUILT                                                            \
	"NOT EXISTS (SELECT 1 FROM evidence n"                                 \
	" WHERE n.kind IN ('rebuilt', 'forwarded'))"
#define OF_ASKING                                                              \
	" FROM evidence e LEFT JOIN request r ON r.issue_id = e.issue_id"      \
	" LEFT JOIN approval a ON a.request_id = r.id"                         \
	" AND a.approval_id = json_extract(e.data, '$.approval')"
/* The words of one approval are in the events of its issue. */
#define ASKED                                                                  \
	" FROM approval a JOIN request r ON r.id = a.request_id"
#define ON_ISSUE                                                               \
	" AND NOT EXISTS (SELECT 1 FROM evidence e"                            \
	" WHERE e.issue_id = r.issue_id AND "

static const char *const sql[] = {
	[GRANT] = EACH_EVENT
		" WHEN e.kind NOT IN ('ending', 'adopted', 'review-acted')"
		" AND (g.role <> " SAID("role") " OR g.account <> "
		SAID("account") ")"
		" THEN 'grant ' || g.id || ' gives ' || g.role || ' to '"
		" || g.account"
		" WHEN e.kind = 'granted' AND g.starts_at IS NOT "
		SAID_TIME("starts_at") NOT_LEARNT_LATER
		" THEN 'grant ' || g.id || ' starts at ' || "
		TIME("g.starts_at")
		" WHEN (e.kind = 'granted' AND g.ends_at IS NOT "
		SAID_TIME("ends_at") " OR e.kind = 'review-acted' AND "
		SAID("detail") " = 'deadline' AND g.ends_at IS NOT "
		SAID_TIME("limit_until") " OR e.kind = 'adopted' AND "
		SAID("for_s") " > 0 AND "
		APART("g.ends_at", "e.at + " SAID("for_s")) ")" NO_LATER_END
		" THEN 'grant ' || g.id || ' ends at ' || " TIME("g.ends_at")
		" WHEN e.kind = 'ending' AND g.state NOT IN"
		" ('ending', 'ended')"
		" THEN 'grant ' || g.id || ' is ' || g.state"
		" WHEN e.kind IN ('revoked', 'gone', 'abandoned') AND "
		SAID("late_s") " IS NOT NULL AND (g.state <> 'ended'"
		" OR g.end_reason IS NOT " SAID("reason") " OR "
		APART("g.ended_at", "e.at") ")"
		" THEN 'grant ' || g.id || ' is ' || g.state"
		" || coalesce(', ' || g.end_reason, '') || ', and ended at '"
		" || " TIME("g.ended_at") " END AS what FROM evidence e"
		" CROSS JOIN \"grant\" g ON g.id = e.grant_id"
		" WHERE e.kind IN ('granted', 'adopted', 'review-acted',"
		" 'ending', 'revoked', 'gone', 'abandoned')" WRONG,
	[GRANT_SILENT] = "SELECT 'grant ' || g.id || ' is ended', NULL"
		" FROM \"grant\" g WHERE g.state = 'ended' AND NOT EXISTS"
		" (SELECT 1 FROM evidence e WHERE e.grant_id = g.id AND"
		" (e.kind = 'learnt' OR e.kind IN ('revoked', 'gone',"
		" 'abandoned') AND " SAID("late_s") " IS NOT NULL))",
	[CHANGE] = EACH_EVENT
		" WHEN " SAID("change") " IS NULL THEN NULL"
		" WHEN c.id IS NULL"
		" THEN 'change ' || " SAID("change") " || ' is not there'"
		" WHEN c.idp IS NOT e.idp OR c.group_id IS NOT e.group_id"
		" OR c.user_id IS NOT e.user_id OR c.grant_id IS NOT e.grant_id"
		" OR c.kind IS NOT " SAID("change_kind")
		" THEN 'change ' || c.id || ' is to ' || c.kind || ' '"
		" || c.user_id || ' in ' || c.group_id"
		" WHEN e.kind = 'abandoned' AND c.state <> 'abandoned'"
		" OR e.kind IN ('added', 'removed') AND c.state <> "
		SAID("detail")
		" THEN 'change ' || c.id || ' is ' || c.state"
		" WHEN e.kind IN ('added', 'removed')"
		" AND (c.due_at IS NOT " SAID_TIME("due_at")
		" OR c.verified_at IS NOT c.settled_at OR iif("
		SAID("verified_at") " IS NULL, " APART("c.verified_at", "e.at")
		", c.verified_at IS NOT " SAID_TIME("verified_at") "))"
		" THEN 'change ' || c.id || ' was due at ' || "
		TIME("c.due_at") " || ', settled at ' || " TIME("c.settled_at")
		" || ' and read back at ' || " TIME("c.verified_at")
		" END AS what FROM evidence e LEFT JOIN change c ON c.id = "
		SAID("change") " WHERE e.kind IN ('added', 'removed',"
		" 'parked', 'unknown', 'retried', 'abandoned')" WRONG,
	/* What a rebuild put there was sent by nobody here. */
	[CHANGE_SILENT] = "SELECT 'change ' || c.id || ' is ' || c.state, NULL"
		" FROM change c WHERE c.kind <> 'adopt' AND c.state IN"
		" ('done', 'already-so', 'gone', 'abandoned') AND NOT EXISTS"
		" (SELECT 1 FROM evidence e WHERE e.grant_id IS c.grant_id AND"
		" e.kind IN ('added', 'removed', 'abandoned') AND "
		SAID("change") " = c.id)" NOT_LEARNT("c.grant_id")
		" AND (c.attempts > 0 OR " NOT_REBUILT ")",
	[HOLD_SILENT] = "SELECT 'hold ' || h.id || ' was read back at ' || "
		TIME("h.verified_at") ", NULL FROM hold h"
		" WHERE h.verified_at IS NOT NULL AND "
		APART("h.verified_at", "h.placed_at")
		" AND NOT EXISTS (SELECT 1 FROM change c WHERE c.idp = h.idp"
		" AND c.group_id = h.group_id AND c.user_id = h.user_id"
		" AND c.kind = 'add' AND c.verified_at = h.verified_at)"
		NOT_LEARNT("h.grant_id") " AND (h.grant_id IS NOT NULL OR "
		NOT_REBUILT ")",
	[APPROVAL] = "SELECT coalesce('approval ' || a.id || ' is '"
		" || a.state, 'approval ' || " SAID("approval")
		" || ' is not there'), e.seq" OF_ASKING
		" WHERE e.kind IN ('approved', 'declined') AND "
		SAID("approval") " IS NOT NULL AND (a.id IS NULL"
		" OR a.state = 'open' OR e.kind = 'declined'"
		" AND a.state IN ('approved', 'used')"
		" OR e.kind = 'approved' AND a.state = 'declined')",
	[APPROVAL_SILENT] = "SELECT 'approval ' || a.id || ' is ' || a.state,"
		" NULL" ASKED " WHERE a.state IN ('approved', 'used',"
		" 'declined')" ON_ISSUE "(e.kind = 'learnt' OR e.kind = "
		"iif(a.state = 'declined', 'declined', 'approved') AND"
		" (a.mode = 'auto' OR " SAID("approval") " = a.approval_id)))",
	[APPROVAL_USED] = "SELECT 'approval ' || id || ' is used and gave no"
		" grant', NULL FROM approval WHERE state = 'used' AND id"
		" NOT IN (SELECT approval FROM \"grant\""
		" WHERE approval IS NOT NULL)",
	[APPROVAL_UNUSED] = "SELECT 'approval ' || a.id || ' of grant '"
		" || g.id || ' is ' || a.state, NULL FROM \"grant\" g"
		" JOIN approval a ON a.id = g.approval WHERE a.state <> 'used'",
	/* The delegate, who answers for those who said it in Slack, is owed
	 * nothing. */
	[ANSWER] = "SELECT 'approval ' || a.id || ' has '"
		" || coalesce(o.decision, 'nothing') || ' of '"
		" || json_extract(j.value, '$.account'), e.seq" OF_ASKING
		" JOIN json_each(e.data, '$.answers') j"
		" LEFT JOIN owed o ON o.approval = a.id"
		" AND o.account = json_extract(j.value, '$.account')"
		" WHERE e.kind = 'approved' AND a.id IS NOT NULL"
		" AND json_extract(j.value, '$.decision') <> 'pending'"
		" AND json_extract(j.value, '$.delegate') IS NULL"
		" AND o.decision IS NOT json_extract(j.value, '$.decision')"
		" AND " SAID("code") " IS NOT 'auto'"
		" AND EXISTS (SELECT 1 FROM evidence d"
		" JOIN json_each(d.data, '$.owed') k"
		" WHERE d.issue_id = e.issue_id AND d.kind = 'asked'"
		" AND k.value = json_extract(j.value, '$.account'))",
	/* Also of an asking that something else closed. */
	[ANSWER_SILENT] = "SELECT 'approval ' || a.id || ' has ' || o.decision"
		" || ' of ' || o.account, NULL" ASKED
		" JOIN owed o ON o.approval = a.id"
		" WHERE o.decision <> 'pending'" ON_ISSUE
		"(e.kind = 'learnt' OR " SAID("approval")
		" = a.approval_id AND (e.kind = 'slack-decision' AND "
		SAID("account") " = o.account AND " SAID("decision")
		" = o.decision OR EXISTS (SELECT 1"
		" FROM json_each(e.data, '$.answers') j"
		" WHERE json_extract(j.value, '$.account') = o.account"
		" AND json_extract(j.value, '$.decision') = o.decision))))",
	/* The event of an approval repeats what each said in Slack. */
	[ANSWER_SLACK] = "SELECT 'approval ' || " SAID("approval")
		" || ' rests on ' || json_extract(j.value, '$.account')"
		" || ' in Slack', NULL FROM evidence e"
		" JOIN json_each(e.data, '$.answers') j"
		" WHERE e.kind IN ('approved', 'declined')"
		" AND json_extract(j.value, '$.in') = 'slack' AND NOT EXISTS"
		" (SELECT 1 FROM evidence n WHERE n.issue_id = e.issue_id"
		" AND n.seq < e.seq AND n.kind = 'slack-decision'"
		" AND json_extract(n.data, '$.approval') = " SAID("approval")
		" AND json_extract(n.data, '$.account')"
		" = json_extract(j.value, '$.account')"
		" AND json_extract(n.data, '$.decision')"
		" = json_extract(j.value, '$.decision'))",
	/* Each of these is told on its issue, in the transaction of the event:
	 * without the row `verify --jira` would not miss the comment. */
	[UNTOLD] = "SELECT 'no notice tells issue ' || e.issue_id"
		" || ' that it is ' || e.kind, e.seq FROM evidence e"
		" WHERE e.issue_id IS NOT NULL AND (e.kind IN ('asked',"
		" 'declined', 'granted') OR e.kind IN ('revoked', 'gone',"
		" 'abandoned') AND " SAID("late_s") " IS NOT NULL)"
		" AND e.seq NOT IN (SELECT seq FROM notice"
		" WHERE kind = 'comment' AND seq IS NOT NULL)",
	[UNSHOWN] = "SELECT 'no notice shows the grant on issue '"
		" || e.issue_id, e.seq FROM evidence e"
		" WHERE e.kind IN ('granting', 'granted')"
		" AND e.issue_id IS NOT NULL AND e.issue_id NOT IN"
		" (SELECT issue_id FROM notice WHERE kind = 'property')",
};

const struct ledger_family check_events_family =
	LEDGER_FAMILY(check_events, CHECK_EVENTS, sql);

struct check {
	int (*found)(void *arg, const char *fault);
	void *arg;
};

static int fault_row(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct check *c = arg;
	const char *what = row_text(r, 0);
	char fault[512];

	if (row_null(r, 1))
		snprintf(fault, sizeof(fault), "%s, and no evidence says so",
			what);
	else
		snprintf(fault, sizeof(fault), "%s, and evidence %" PRId64
			" says otherwise", what, row_int(r, 1));
	if (c->found(c->arg, fault) < 0)
		return lapse_fail(err, LAPSE_EIO, "verify: stopped");
	return 0;
}

static int check_each(struct ledger *l, const struct ledger_family *f,
	struct check *c, struct lapse_err *err)
{
	int rc = 0;

	for (size_t which = 0; rc == 0 && which < f->n; which++)
		rc = ledger_query(l, f, which, fault_row, c, err, "");
	return rc;
}

int ledger_check_events(struct ledger *l,
	int (*found)(void *arg, const char *fault), void *arg,
	struct lapse_err *err)
{
	struct check c = {.found = found, .arg = arg};
	int rc = check_each(l, &check_events_family, &c, err);

	return rc < 0 ? rc : check_each(l, &check_slack_family, &c, err);
}
