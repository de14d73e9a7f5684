/* Counts over the whole ledger. What is too late or too old is core's:
 * status.c. */
#include "status_rows.h"

#include "stmt.h"

enum {
	COUNTS,
	OVERDUE,
	IDPS,
};

#define COUNT(from) "(SELECT count(*) FROM " from ")"

static const char *const sql[] = {
	[COUNTS] = "SELECT"
		COUNT("\"grant\" WHERE state = 'granting'") ","
		COUNT("\"grant\" WHERE state = 'active'") ","
		COUNT("\"grant\" WHERE state = 'ending'") ","
		COUNT("\"grant\" WHERE state = 'active' AND ends_at IS NULL")
		"," COUNT("\"grant\" WHERE state = 'active' AND elevated") ","
		COUNT("\"grant\" WHERE break_glass AND acknowledged_by IS NULL")
		", (SELECT min(ends_at) FROM \"grant\""
		" WHERE state IN ('granting', 'active') AND ends_at > ?1),"
		COUNT("request WHERE state = 'seen'") ","
		COUNT("request WHERE state = 'asked'") ","
		COUNT("change WHERE settled_at IS NULL") ","
		COUNT("change WHERE settled_at IS NULL AND state = 'unknown'")
		"," COUNT("change WHERE settled_at IS NULL"
			  " AND state = 'parked'") ","
		COUNT("notice WHERE state IN ('open', 'doubtful')")
		", (SELECT min(created_at) FROM notice"
		" WHERE state IN ('open', 'doubtful')),"
		COUNT("manual WHERE done_at IS NULL") ","
		COUNT("drift WHERE settled_at IS NULL")
		", (SELECT min(since) FROM condition), (SELECT count(*) FROM"
		" (SELECT DISTINCT h.idp, h.group_id, h.user_id FROM hold h"
		" JOIN \"grant\" g ON g.id = h.grant_id"
		" WHERE h.released_at IS NULL AND g.ends_at IS NOT NULL"
		" AND NOT EXISTS (SELECT 1 FROM failsafe f"
		" WHERE f.idp = h.idp AND f.group_id = h.group_id"
		" AND f.user_id = h.user_id AND f.held_at IS NOT NULL)"
		" AND NOT EXISTS (SELECT 1 FROM hold p"
		" WHERE p.idp = h.idp AND p.group_id = h.group_id"
		" AND p.user_id = h.user_id AND p.released_at IS NULL"
		" AND p.grant_id IS NULL)"
		" UNION SELECT c.idp, c.group_id, c.user_id FROM change c"
		" WHERE c.settled_at IS NULL AND c.kind = 'remove'"
		" AND NOT EXISTS (SELECT 1 FROM failsafe f"
		" WHERE f.idp = c.idp AND f.group_id = c.group_id"
		" AND f.user_id = c.user_id AND f.held_at IS NOT NULL)))",
	[OVERDUE] =
		"SELECT count(DISTINCT who), min(due) FROM ("
		"SELECT id AS who, ends_at AS due FROM \"grant\""
		" WHERE state <> 'ended' AND ends_at < ?1"
		" UNION ALL SELECT coalesce(grant_id, -id), due_at FROM change"
		" WHERE settled_at IS NULL AND kind = 'remove' AND due_at < ?1"
		" UNION ALL SELECT grant_id, due_at FROM manual"
		" WHERE done_at IS NULL AND kind = 'remove' AND due_at < ?1)",
	[IDPS] =
		"SELECT i.idp, (SELECT count(*) FROM idp_group g"
		" WHERE g.idp = i.idp),"
		" (SELECT count(*) FROM idp_group g WHERE g.idp = i.idp"
		" AND complete_at IS NULL AND g.kind <> 'gone'),"
		" (SELECT min(complete_at) FROM idp_group g"
		" WHERE g.idp = i.idp AND g.kind <> 'gone'),"
		" (SELECT max(complete_at) FROM idp_group g"
		" WHERE g.idp = i.idp),"
		" (SELECT count(*) FROM idp_user u WHERE u.idp = i.idp),"
		" (SELECT count(*) FROM hold h WHERE h.idp = i.idp"
		" AND h.released_at IS NULL),"
		" (SELECT count(*) FROM change c WHERE c.idp = i.idp"
		" AND c.settled_at IS NULL),"
		" (SELECT count(*) FROM change c WHERE c.idp = i.idp"
		" AND c.settled_at IS NULL AND c.state = 'parked'),"
		" (SELECT count(*) FROM drift d WHERE d.idp = i.idp"
		" AND d.settled_at IS NULL)"
		" FROM (SELECT idp FROM idp_group UNION SELECT idp FROM hold"
		" UNION SELECT idp FROM idp_user) i ORDER BY i.idp",
};

const struct ledger_family status_family = LEDGER_FAMILY(status, STATUS, sql);

static int read_counts(void *arg, const struct row *r, struct lapse_err *err)
{
	struct status_counts *c = arg;

	(void)err;
	*c = (struct status_counts){
		.granting = row_int(r, 0),
		.active = row_int(r, 1),
		.ending = row_int(r, 2),
		.standing = row_int(r, 3),
		.elevated = row_int(r, 4),
		.unacknowledged = row_int(r, 5),
		.next_deadline_at = row_time(r, 6),
		.seen = row_int(r, 7),
		.asked = row_int(r, 8),
		.open_changes = row_int(r, 9),
		.unknown = row_int(r, 10),
		.parked = row_int(r, 11),
		.notices = row_int(r, 12),
		.oldest_notice_at = row_time(r, 13),
		.manual = row_int(r, 14),
		.drift = row_int(r, 15),
		.oldest_condition_at = row_time(r, 16),
		.exposed = row_int(r, 17),
	};
	return 0;
}

int status_counts(struct ledger *l, int64_t now, struct status_counts *ret,
	struct lapse_err *err)
{
	return ledger_query(l, &status_family, COUNTS, read_counts, ret, err,
		"i", now);
}

struct overdue {
	int64_t n;
	int64_t oldest;
};

static int read_overdue(void *arg, const struct row *r, struct lapse_err *err)
{
	struct overdue *o = arg;

	(void)err;
	o->n = row_int(r, 0);
	o->oldest = row_time(r, 1);
	return 0;
}

int status_overdue(struct ledger *l, int64_t before, int64_t *ret_n,
	int64_t *ret_oldest_due, struct lapse_err *err)
{
	struct overdue o = {0, WHEN_NONE};
	int rc = ledger_query(l, &status_family, OVERDUE, read_overdue, &o,
		err, "i", before);

	if (rc < 0)
		return rc;
	*ret_n = o.n;
	*ret_oldest_due = o.oldest;
	return 0;
}

static const struct listing_column idp_columns[] = {
	{"idp", LAPSE_TEXT},
	{"groups", LAPSE_INT},
	{"unread_groups", LAPSE_INT},
	{"oldest_observation_at", LAPSE_TIME},
	{"newest_observation_at", LAPSE_TIME},
	{"users", LAPSE_INT},
	{"live_holds", LAPSE_INT},
	{"open_changes", LAPSE_INT},
	{"parked", LAPSE_INT},
	{"drift", LAPSE_INT},
	{0},
};

static const struct listing idp_listing = {"lapse/status-idp.v1",
	&status_family, IDPS, "", idp_columns};

int status_idps(struct ledger *l, listing_each *each, void *arg,
	struct lapse_err *err)
{
	struct listing_run run = {&idp_listing, each, arg, 0};

	return ledger_query(l, &status_family, IDPS, listing_row, &run, err,
		"");
}
