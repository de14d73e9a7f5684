/* Are the tables what the events say? What differs was seen while the chain
 * was walked, and is told here; what is silent, the tables' own statements
 * find. Each fault is what stands in a table, in words, and the event that
 * says otherwise, or that there is none. What a rebuild learnt from Jira has
 * one event for all of it, "learnt", and is compared with what was said after
 * that. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>

#include "check_beside.h"
#include "check_slack.h"
#include "stmt.h"

enum {
	GRANT_SILENT,
	CHANGE_SILENT,
	HOLD_SILENT,
	APPROVAL_SILENT,
	APPROVAL_USED,
	APPROVAL_UNUSED,
	ANSWER_SILENT,
	SILENT,			/* so many of these */
	EVENTS = SILENT,
	DECISIONS,
	APPROVAL,		/* ?1 is one of these */
	ANSWER,
	ANSWER_SLACK,
	UNTOLD,
	UNSHOWN,
};

#define SAID(member) "json_extract(e.data, '$." member "')"
#define TIME(column)                                                           \
	"coalesce(strftime('%Y-%m-%dT%H:%M:%SZ', " column                      \
	", 'unixepoch'), 'never')"
/* Between the time of a row and that of its event the clock may tick; where
 * the event has no time of its own, a minute is let pass. */
#define APART(a, b) "coalesce(abs((" a ") - (" b ")) > 60, 1)"
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
#define OF_EVENT " WHERE e.seq = ?1 AND "
/* The words of one approval are in the events of its issue. */
#define ASKED                                                                  \
	" FROM approval a JOIN request r ON r.id = a.request_id"
#define ON_ISSUE                                                               \
	" AND NOT EXISTS (SELECT 1 FROM evidence e"                            \
	" WHERE e.issue_id = r.issue_id AND "

/* The change that an event tells of; 0: what is no JSON tells of none. */
#define TOLD_CHANGE                                                            \
	"coalesce(CASE WHEN json_valid(e.data) THEN " SAID("change") " END, 0)"
#define TELLS_CHANGE "e.kind IN ('added', 'removed', 'abandoned')"

static const char *const sql[] = {
	[EVENTS] = "SELECT e.seq, e.at, e.kind, e.data," BESIDE_COLUMNS
		" FROM evidence e" BESIDE_FROM " ORDER BY e.seq",
	[DECISIONS] = "SELECT seq FROM evidence"
		" WHERE kind = 'approved' OR kind = 'declined' ORDER BY seq",
	[GRANT_SILENT] = "SELECT 'grant ' || g.id || ' is ended', NULL"
		" FROM \"grant\" g WHERE g.state = 'ended' AND NOT EXISTS"
		" (SELECT 1 FROM evidence e WHERE e.grant_id = g.id AND"
		" (e.kind = 'learnt' OR e.kind IN ('revoked', 'gone',"
		" 'abandoned') AND " SAID("late_s") " IS NOT NULL))",
	/* An index leads to the events of a grant. To those of changes without
	 * one, as reviews and reclaim make, none does: where they are many,
	 * one list of all that is told. What a rebuild put there was sent by
	 * nobody here. */
	[CHANGE_SILENT] = "SELECT 'change ' || c.id || ' is ' || c.state, NULL"
		" FROM change c WHERE c.kind <> 'adopt' AND c.state IN"
		" ('done', 'already-so', 'gone', 'abandoned') AND"
		" CASE WHEN c.grant_id IS NULL AND (SELECT count(*) FROM"
		" (SELECT 1 FROM change WHERE grant_id IS NULL LIMIT 33)) > 32"
		" THEN c.id NOT IN (SELECT " TOLD_CHANGE " FROM evidence e"
		" WHERE e.grant_id IS NULL AND " TELLS_CHANGE ")"
		" ELSE NOT EXISTS (SELECT 1 FROM evidence e"
		" WHERE e.grant_id IS c.grant_id AND " TELLS_CHANGE
		" AND " TOLD_CHANGE " = c.id) END"
		NOT_LEARNT("c.grant_id")
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
		OF_EVENT SAID("approval") " IS NOT NULL AND (a.id IS NULL"
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
		OF_EVENT "e.kind = 'approved' AND a.id IS NOT NULL"
		" AND json_extract(j.value, '$.decision') <> 'pending'"
		" AND json_extract(j.value, '$.delegate') IS NULL"
		" AND o.decision IS NOT json_extract(j.value, '$.decision')"
		" AND " SAID("code") " IS NOT 'auto'"
		" AND EXISTS (SELECT 1 FROM evidence d"
		" JOIN json_each(d.data, '$.owed') k"
		" WHERE d.issue_id = e.issue_id AND d.kind = 'asked'"
		" AND k.value = json_extract(j.value, '$.account'))",
	/* The event of a decision repeats what each said in Slack. */
	[ANSWER_SLACK] = "SELECT 'approval ' || " SAID("approval")
		" || ' rests on ' || json_extract(j.value, '$.account')"
		" || ' in Slack', NULL FROM evidence e"
		" JOIN json_each(e.data, '$.answers') j"
		OF_EVENT "json_extract(j.value, '$.in') = 'slack'"
		" AND NOT EXISTS (SELECT 1 FROM evidence n"
		" WHERE n.issue_id = e.issue_id AND n.seq < e.seq"
		" AND n.kind = 'slack-decision'"
		" AND json_extract(n.data, '$.approval') = " SAID("approval")
		" AND json_extract(n.data, '$.account')"
		" = json_extract(j.value, '$.account')"
		" AND json_extract(n.data, '$.decision')"
		" = json_extract(j.value, '$.decision'))",
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
	struct ledger *l;
	int (*found)(void *arg, const char *fault);
	void *arg;
};

static int say(void *arg, const char *what, int64_t seq,
	struct lapse_err *err)
{
	const struct check *c = arg;
	char fault[512];

	if (seq == 0)
		snprintf(fault, sizeof(fault), "%s, and no evidence says so",
			what);
	else
		snprintf(fault, sizeof(fault), "%s, and evidence %" PRId64
			" says otherwise", what, seq);
	if (c->found(c->arg, fault) < 0)
		return lapse_fail(err, LAPSE_EIO, "verify: stopped");
	return 0;
}

static int fault_row(void *arg, const struct row *r, struct lapse_err *err)
{
	return say(arg, row_text(r, 0), row_int(r, 1), err);
}

static int on_event(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct check *c = arg;
	const struct said_event e = {
		.seq = row_int(r, 0),
		.at = row_int(r, 1),
		.kind = row_text(r, 2),
		.data = row_text(r, 3),
		.data_len = row_len(r, 3),
	};

	return check_beside(c->l, &e, r, 4, say, arg, err);
}

static int on_decision(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct check *c = arg;
	int64_t seq = row_int(r, 0);
	int rc = ledger_query(c->l, &check_events_family, APPROVAL, fault_row,
		arg, err, "i", seq);

	if (rc == 0)
		rc = ledger_query(c->l, &check_events_family, ANSWER,
			fault_row, arg, err, "i", seq);
	return rc < 0 ? rc : ledger_query(c->l, &check_events_family,
		ANSWER_SLACK, fault_row, arg, err, "i", seq);
}

int ledger_check_events(struct ledger *l, const struct evidence_walked *w,
	int (*found)(void *arg, const char *fault), void *arg,
	struct lapse_err *err)
{
	struct check c = {.l = l, .found = found, .arg = arg};
	int rc = !w->differs ? 0 : ledger_query(l, &check_events_family,
		EVENTS, on_event, &c, err, "");

	if (rc == 0 && (w->kinds & OF_DECISION) != 0)
		rc = ledger_query(l, &check_events_family, DECISIONS,
			on_decision, &c, err, "");
	if (rc == 0 && (w->kinds & OF_NOTICE) != 0)
		rc = ledger_query(l, &check_events_family, UNTOLD, fault_row,
			&c, err, "");
	if (rc == 0 && (w->kinds & OF_NOTICE) != 0)
		rc = ledger_query(l, &check_events_family, UNSHOWN, fault_row,
			&c, err, "");
	if (rc == 0)
		rc = check_slack(l, (w->kinds & OF_SLACK) != 0, fault_row, &c,
			err);
	for (size_t which = 0; rc == 0 && which < SILENT; which++)
		rc = ledger_query(l, &check_events_family, which, fault_row,
			&c, err, "");
	return rc;
}
