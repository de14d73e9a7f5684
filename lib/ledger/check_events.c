/* Are the tables what the events say? The events are read once, each beside
 * the row that it tells of; what then is silent, the tables' own statements
 * find. Each fault is what stands in a table, in words, and the event that
 * says otherwise, or that there is none. What a rebuild learnt from Jira has
 * one event for all of it, "learnt", and is compared with what was said after
 * that. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check_said.h"
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
	APPROVAL,		/* ?1 is an event that decides on one */
	ANSWER,
	LEARNT_LATER,		/* ?1 is a grant, ?2 an event of it */
	MOVED_LATER,
};

#define SAID(member) "json_extract(e.data, '$." member "')"
#define TIME(column)                                                           \
	"coalesce(strftime('%Y-%m-%dT%H:%M:%SZ', " column                      \
	", 'unixepoch'), 'never')"
/* Between the time of a row and that of its event the clock may tick; where
 * the event has no time of its own, a minute is let pass. */
#define APART(a, b) "coalesce(abs((" a ") - (" b ")) > 60, 1)"
#define LATER                                                                  \
	"SELECT 1 FROM evidence n WHERE n.grant_id = ?1 AND n.seq > ?2 AND "
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

static const char *const sql[] = {
	/* A list of kinds here would cost more than reading all. Only what is
	 * about a membership tells of a change. */
	[EVENTS] = "SELECT e.seq, e.at, e.kind, e.data, e.idp, e.group_id,"
		" e.user_id, e.grant_id, c.id, c.idp, c.group_id, c.user_id,"
		" c.grant_id, c.kind, c.state, c.due_at, c.settled_at,"
		" c.verified_at, g.id, g.role, g.account, g.state,"
		" g.end_reason, g.starts_at, g.ends_at, g.ended_at"
		" FROM evidence e LEFT JOIN change c ON c.id ="
		" iif(e.group_id IS NULL, NULL, " SAID("change") ")"
		" LEFT JOIN \"grant\" g ON g.id = e.grant_id ORDER BY e.seq",
	[LEARNT_LATER] = LATER "n.kind = 'learnt' LIMIT 1",
	[MOVED_LATER] = LATER "(n.kind IN ('learnt', 'granted')"
		" OR n.kind = 'review-acted'"
		" AND json_extract(n.data, '$.detail') = 'deadline') LIMIT 1",
	[GRANT_SILENT] = "SELECT 'grant ' || g.id || ' is ended', NULL"
		" FROM \"grant\" g WHERE g.state = 'ended' AND NOT EXISTS"
		" (SELECT 1 FROM evidence e WHERE e.grant_id = g.id AND"
		" (e.kind = 'learnt' OR e.kind IN ('revoked', 'gone',"
		" 'abandoned') AND " SAID("late_s") " IS NOT NULL))",
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
};

const struct ledger_family check_events_family =
	LEDGER_FAMILY(check_events, CHECK_EVENTS, sql);

struct check {
	struct ledger *l;
	int (*found)(void *arg, const char *fault);
	void *arg;
};

static int say(const struct check *c, const char *what, int64_t seq,
	struct lapse_err *err)
{
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

/* ---- Each event beside its row ---- */

static struct said_event event_at(const struct row *r)
{
	return (struct said_event){
		.seq = row_int(r, 0),
		.at = row_int(r, 1),
		.kind = row_text(r, 2),
		.data = row_text(r, 3),
		.data_len = row_len(r, 3),
		.idp = row_text(r, 4),
		.group = row_text(r, 5),
		.user = row_text(r, 6),
		.grant = row_int(r, 7),
	};
}

static struct said_change change_at(const struct row *r)
{
	return (struct said_change){
		.id = row_int(r, 8),
		.idp = row_text(r, 9),
		.group = row_text(r, 10),
		.user = row_text(r, 11),
		.grant = row_int(r, 12),
		.kind = row_text(r, 13),
		.state = row_text(r, 14),
		.due_at = row_time(r, 15),
		.settled_at = row_time(r, 16),
		.verified_at = row_time(r, 17),
	};
}

static struct said_grant grant_at(const struct row *r)
{
	return (struct said_grant){
		.id = row_int(r, 18),
		.role = row_text(r, 19),
		.account = row_text(r, 20),
		.state = row_text(r, 21),
		.end_reason = row_text(r, 22),
		.starts_at = row_time(r, 23),
		.ends_at = row_time(r, 24),
		.ended_at = row_time(r, 25),
	};
}

static int on_change(const struct check *c, const struct said_event *e,
	const struct row *r, struct lapse_err *err)
{
	const struct said_change there = change_at(r);
	char words[CHECK_WORDS];

	return check_change(e, &there, words) == SAID_SO ? 0
		: say(c, words, e->seq, err);
}

/* What a later event set again is not held against this one. */
static int on_grant(const struct check *c, const struct said_event *e,
	const struct row *r, struct lapse_err *err)
{
	const struct said_grant there = grant_at(r);
	char words[CHECK_WORDS];
	unsigned excused = 0;
	enum said how;

	while ((how = check_grant(e, &there, excused, words)) != SAID_SO) {
		int64_t later = 0;
		int rc = how == SAID_OTHERWISE ? 0 : ledger_int(c->l,
			&check_events_family, how == SAID_UNLESS_LEARNT
				? LEARNT_LATER : MOVED_LATER,
			&later, 0, err, "ii", there.id, e->seq);

		if (rc < 0 || later == 0)
			return rc < 0 ? rc : say(c, words, e->seq, err);
		excused |= 1u << how;
	}
	return 0;
}

static int on_decision(struct check *c, int64_t seq, struct lapse_err *err)
{
	int rc = ledger_query(c->l, &check_events_family, APPROVAL, fault_row,
		c, err, "i", seq);

	return rc < 0 ? rc : ledger_query(c->l, &check_events_family, ANSWER,
		fault_row, c, err, "i", seq);
}

enum { OF_CHANGE = 1, OF_GRANT = 2, OF_DECISION = 4 };

static int of(const char *kind)
{
	static const struct {
		const char *kind;
		int of;
	} kinds[] = {
		{"added", OF_CHANGE}, {"removed", OF_CHANGE},
		{"parked", OF_CHANGE}, {"unknown", OF_CHANGE},
		{"retried", OF_CHANGE}, {"abandoned", OF_CHANGE | OF_GRANT},
		{"granted", OF_GRANT}, {"adopted", OF_GRANT},
		{"review-acted", OF_GRANT}, {"ending", OF_GRANT},
		{"revoked", OF_GRANT}, {"gone", OF_GRANT},
		{"approved", OF_DECISION}, {"declined", OF_DECISION},
	};

	for (size_t i = 0; i < ARRAY_N(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].of;
	return 0;
}

static int on_event(void *arg, const struct row *r, struct lapse_err *err)
{
	struct check *c = arg;
	int what = of(row_text(r, 2));
	struct said_event e;
	int rc = 0;

	if (what == 0)
		return 0;
	e = event_at(r);
	if ((what & OF_CHANGE) != 0)
		rc = on_change(c, &e, r, err);
	if (rc == 0 && (what & OF_GRANT) != 0 && !row_null(r, 18))
		rc = on_grant(c, &e, r, err);
	return rc < 0 || (what & OF_DECISION) == 0 ? rc
		: on_decision(c, e.seq, err);
}

int ledger_check_events(struct ledger *l,
	int (*found)(void *arg, const char *fault), void *arg,
	struct lapse_err *err)
{
	struct check c = {.l = l, .found = found, .arg = arg};
	int rc = ledger_query(l, &check_events_family, EVENTS, on_event, &c,
		err, "");

	for (size_t which = 0; rc == 0 && which < SILENT; which++)
		rc = ledger_query(l, &check_events_family, which, fault_row,
			&c, err, "");
	return rc;
}
