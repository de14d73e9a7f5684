/* What was open at the end of a window, also of one that is over: what came
 * since does not count, and what was settled since was open then. */
#include "report_rows.h"

#include "db.h"
#include "report_sql.h"

enum {
	OPEN,
	CASES,
};

/* A request, or a membership that none asked for. */
#define CHANGE_KEY                                                             \
	"coalesce(g.request_id, -g.id,"                                        \
	" c.idp || ' ' || c.group_id || ' ' || c.user_id)"
#define ISSUE_KEY(issue)                                                       \
	"coalesce((SELECT r.id FROM request r WHERE r.issue_id = " issue "),"  \
	" (SELECT min(" KEY ") FROM \"grant\" g WHERE g.issue_id = " issue     \
	"), " issue ")"

#define LATE                                                                   \
	"late (id, key, due_at) AS ("                                          \
	"SELECT g.id, " KEY ", g.ends_at FROM \"grant\" g"                     \
	" WHERE g.ends_at < ?4 AND " NOT_BY_THEN("g.ended_at")                 \
	" UNION ALL SELECT coalesce(c.grant_id, -c.id), " CHANGE_KEY           \
	", c.due_at FROM change c LEFT JOIN \"grant\" g ON g.id = c.grant_id"  \
	" WHERE c.kind = 'remove' AND c.due_at < ?4"                           \
	" AND c.opened_at < ?2 AND " NOT_BY_THEN("c.settled_at")               \
	" UNION ALL SELECT m.grant_id, " KEY ", m.due_at FROM manual m"        \
	" JOIN \"grant\" g ON g.id = m.grant_id WHERE m.kind = 'remove'"       \
	" AND m.due_at < ?4 AND m.opened_at < ?2"                              \
	" AND " NOT_BY_THEN("m.done_at") ")"
/* By the last word on it of before the end. One without a word, of a ledger
 * that was rebuilt, is as it is now; and so is one of which nothing was told
 * since. */
#define PARKED                                                                 \
	"told (change, at, parked) AS MATERIALIZED ("                          \
	"SELECT json_extract(e.data, '$.change'), e.at, e.kind = 'parked'"     \
	" FROM evidence e WHERE " IS_RARE                                      \
	" AND e.kind IN ('parked', 'retried')),"                               \
	" stuck (key) AS (SELECT " CHANGE_KEY " FROM change c"                 \
	" LEFT JOIN \"grant\" g ON g.id = c.grant_id WHERE c.opened_at < ?2"   \
	" AND " NOT_BY_THEN("c.settled_at")                                    \
	" AND (c.state = 'parked' OR c.settled_at >= ?2 OR EXISTS ("           \
	"SELECT 1 FROM told t WHERE t.change = c.id AND t.at >= ?2))"          \
	" AND coalesce((SELECT t.parked FROM told t WHERE t.change = c.id"     \
	" AND t.at < ?2 ORDER BY t.at DESC, t.parked LIMIT 1),"                \
	" c.state = 'parked' AND NOT EXISTS (SELECT 1 FROM told t"             \
	" WHERE t.change = c.id)))"
#define UNACKNOWLEDGED                                                         \
	"alone (key) AS (SELECT " KEY " FROM \"grant\" g"                      \
	" WHERE g.break_glass AND g.created_at < ?2"                           \
	" AND (g.acknowledged_by IS NULL OR EXISTS (SELECT 1 FROM evidence e"  \
	" WHERE e.grant_id = g.id AND e.kind = 'acknowledged'"                 \
	" AND e.at >= ?2)))"
/* When one that changed since had changed before is in the evidence. */
#define WAITING                                                                \
	"waiting (key) AS (SELECT r.id FROM request r"                         \
	" WHERE iif(r.changed_at < ?2, iif(r.state IN ('seen', 'asked'),"      \
	" r.changed_at, NULL), (SELECT max(e.at) FROM evidence e"              \
	" WHERE e.issue_id = r.issue_id AND e.at < ?2"                         \
	" AND e.kind IN ('request-seen', 'asked'))) < ?3 - 7 * 86400)"
#define UNTOLD                                                                 \
	"untold (key) AS (SELECT " ISSUE_KEY("s.issue_id") " FROM stray s"     \
	" WHERE s.kind = 'unevidenced' AND s.since < ?2"                       \
	" AND " NOT_BY_THEN("s.settled_at")                                    \
	" UNION ALL SELECT " KEY " FROM \"grant\" g"                           \
	" WHERE g.issue_id IS NULL AND g.created_at < ?2)"
#define OWED                                                                   \
	"owing (key) AS (SELECT " ISSUE_KEY("n.issue_id") " FROM notice n"     \
	" WHERE n.created_at < ?2 AND (n.state IN ('open', 'doubtful')"        \
	" OR n.done_at >= ?2))"
#define STATE                                                                  \
	LATE ", " PARKED ", " UNACKNOWLEDGED ", " WAITING ", " UNTOLD ", " OWED

static const char *const sql[] = {
	[OPEN] =
		"WITH " W ", " STATE " SELECT"
		" (SELECT count(DISTINCT id) FROM late),"
		" (SELECT min(due_at) FROM late), "
		COUNT("stuck") ", " COUNT("alone") ", " COUNT("waiting") ", "
		COUNT("untold") ", " COUNT("owing"),
	/* What is lost in more than one way is lost once. */
	[CASES] =
		"WITH " W ", " STEPS ", " ASKED ", " CLOSED ", " HOPS ", "
		STATE " SELECT "
		COUNT("(SELECT id FROM read WHERE hops > 3"
		      " UNION SELECT key FROM waiting UNION SELECT key FROM"
		      " alone UNION SELECT key FROM untold"
		      " UNION SELECT key FROM owing)") ", "
		COUNT("(SELECT id FROM closed WHERE manual"
		      " UNION SELECT key FROM late UNION SELECT key FROM stuck"
		      " UNION SELECT d.idp || ' ' || d.group_id || ' '"
		      " || d.user_id FROM drift d"
		      " WHERE d.kind IN ('shadow', 'reappeared') AND "
		      IN_WINDOW("d.seen_at") ")"),
};

const struct ledger_family report_open_family =
	LEDGER_FAMILY_SINCE(4, report_open, REPORT_OPEN, sql);

static int take_open(void *arg, const struct row *r, struct lapse_err *err)
{
	struct report_open *o = arg;

	(void)err;
	*o = (struct report_open){
		.overdue = row_int(r, 0),
		.oldest_due = row_time(r, 1),
		.parked = row_int(r, 2),
		.unacknowledged = row_int(r, 3),
		.waiting = row_int(r, 4),
		.unevidenced = row_int(r, 5),
		.undelivered = row_int(r, 6),
	};
	return 0;
}

static int take_cases(void *arg, const struct row *r, struct lapse_err *err)
{
	struct report_open *o = arg;

	(void)err;
	o->approval_cases = row_int(r, 0);
	o->enforcement_cases = row_int(r, 1);
	return 0;
}

int report_open(struct ledger *l, const struct report_window *w,
	struct report_open *ret, struct lapse_err *err)
{
	struct report_open o = {.oldest_due = WHEN_NONE};
	int rc = ledger_query(l, &report_open_family, OPEN, take_open, &o,
		err, "iiii", w->from, w->until, w->now, w->late_before);

	if (rc == 0)
		rc = ledger_query(l, &report_open_family, CASES, take_cases,
			&o, err, "iiii", w->from, w->until, w->now,
			w->late_before);
	if (rc == 0)
		*ret = o;
	return rc;
}
