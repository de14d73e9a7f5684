/* The statements behind the metrics. A label's values are listed, so that what
 * there is none of is 0 and no gap: an alert on a gap never fires. */
#include "metrics_rows.h"

#include "db.h"
#include "stmt.h"

#define IDPS                                                                   \
	"(SELECT idp FROM idp_group UNION SELECT idp FROM hold"                \
	" UNION SELECT idp FROM idp_user)"
/* How many rows of each name in column1 there are. */
#define EACH(names, rows)                                                      \
	"SELECT column1, NULL, (SELECT count(*) FROM " rows " = column1)"      \
	" FROM (VALUES " names ")"
#define EACH_OF_IDP(names, rows)                                               \
	"SELECT i.idp, column1, (SELECT count(*) FROM " rows " = column1)"     \
	" FROM " IDPS " i, (VALUES " names ") ORDER BY 1, 2"
#define OF_IDP(what) "SELECT i.idp, NULL, " what " FROM " IDPS " i ORDER BY 1"

/* Removals that were read back, and how long after their deadline. */
#define PROVEN                                                                 \
	"(SELECT max(0, verified_at - due_at) AS lag FROM change"              \
	" WHERE kind = 'remove' AND verified_at IS NOT NULL)"

static const char *const sql[METRICS_ALL] = {
	[METRICS_GRANTS] =
		EACH("('granting'), ('active'), ('ending'), ('ended')",
			"\"grant\" WHERE state"),
	/* The planner would rather scan a million ended ones. */
	[METRICS_ROLES] =
		"SELECT role, iif(max(elevated), 'yes', 'no'), count(*)"
		" FROM \"grant\" INDEXED BY grant_live"
		" WHERE state <> 'ended' GROUP BY role ORDER BY role",
	[METRICS_REQUESTS] =
		EACH("('seen'), ('asked'), ('approved'), ('declined'),"
		     " ('refused'), ('stale'), ('cancelled')",
			"request WHERE state"),
	[METRICS_HOLDS] = EACH_OF_IDP("('grant'), ('pre-existing')",
		"hold h WHERE h.idp = i.idp AND h.released_at IS NULL AND"
		" iif(h.grant_id IS NULL, 'pre-existing', 'grant')"),
	[METRICS_CHANGES] = EACH_OF_IDP("('open'), ('claimed'), ('sent'),"
		" ('unknown'), ('parked')",
		"change c WHERE c.idp = i.idp AND c.settled_at IS NULL"
		" AND c.state"),
	[METRICS_PARKED] = EACH_OF_IDP("('add'), ('remove')",
		"change c WHERE c.idp = i.idp AND c.settled_at IS NULL"
		" AND c.state = 'parked' AND c.kind"),
	[METRICS_NOTICES] =
		EACH("('open'), ('doubtful')", "notice WHERE state"),
	[METRICS_MANUAL] = EACH("('add'), ('remove')",
		"manual WHERE done_at IS NULL AND kind"),
	[METRICS_DRIFT] = EACH_OF_IDP("('shadow'), ('reappeared')",
		"drift d WHERE d.idp = i.idp AND d.settled_at IS NULL"
		" AND d.kind"),
	[METRICS_GROUPS] = OF_IDP("(SELECT count(*) FROM idp_group g"
		" WHERE g.idp = i.idp AND g.complete_at IS NOT NULL)"),
	[METRICS_UNREAD] = OF_IDP("(SELECT count(*) FROM idp_group g"
		" WHERE g.idp = i.idp AND g.complete_at IS NULL"
		" AND EXISTS (SELECT 1 FROM hold h WHERE h.idp = g.idp"
		" AND h.group_id = g.group_id AND h.released_at IS NULL))"),
	[METRICS_OBSERVED] =
		"SELECT idp, NULL, min(complete_at) FROM idp_group"
		" WHERE complete_at IS NOT NULL AND kind <> 'gone'"
		" GROUP BY idp ORDER BY idp",
	[METRICS_CREDENTIALS] =
		"SELECT substr(name, 16), NULL, value FROM cursor"
		" WHERE name GLOB 'credential-end:*' AND value > 0"
		" ORDER BY name",
	[METRICS_LAG] =
		"WITH bound (le) AS (VALUES (10), (60), (300), (900), (3600),"
		" (14400), (86400), (604800), (9223372036854775807)),"
		" hit AS MATERIALIZED (SELECT (SELECT min(b.le) FROM bound b"
		" WHERE b.le >= lag) AS le, count(*) AS n FROM " PROVEN
		" GROUP BY 1)"
		" SELECT iif(b.le > 604800, '+Inf', CAST(b.le AS TEXT)), NULL,"
		" (SELECT coalesce(sum(h.n), 0) FROM hit h WHERE h.le <= b.le)"
		" FROM bound b ORDER BY b.le",
	[METRICS_LAG_SUM] = "SELECT NULL, NULL, coalesce(sum(lag), 0) FROM "
		PROVEN,
	[METRICS_LAG_COUNT] = "SELECT NULL, NULL, count(*) FROM " PROVEN,
	[METRICS_LAG_MAX] = "SELECT NULL, NULL, coalesce(max(lag), 0) FROM "
		PROVEN,
	[METRICS_CONDITIONS] = "SELECT NULL, NULL, count(*) FROM condition",
	[METRICS_SUSPECT] = "SELECT NULL, NULL, count(*) > 0 FROM condition"
			    " WHERE text GLOB 'clock: *'",
};

/* Of the second schema; an older file has none. */
enum {
	STRAYS,
	RECLAIMS,
};
static const char *const later_sql[] = {
	[STRAYS] = EACH("('orphan-issue'), ('unevidenced'),"
		" ('approved-not-done')",
		"stray WHERE settled_at IS NULL AND kind"),
	[RECLAIMS] = EACH("('warned'), ('held'), ('removing'), ('reclaimed'),"
		" ('cancelled')", "reclaim WHERE state"),
};

const struct ledger_family metrics_family =
	LEDGER_FAMILY(metrics, METRICS, sql);
const struct ledger_family metrics_later_family =
	LEDGER_FAMILY_SINCE(2, metrics_later, METRICS_LATER, later_sql);

struct run {
	metrics_each *each;
	void *arg;
};

static int read_one(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct run *run = arg;

	return run->each(run->arg, row_text(r, 0), row_text(r, 1),
		row_int(r, 2), err);
}

int metrics_rows(struct ledger *l, enum metrics_of which, metrics_each *each,
	void *arg, struct lapse_err *err)
{
	struct run run = {each, arg};

	if (which == METRICS_STRAYS || which == METRICS_RECLAIMS)
		return ledger_query(l, &metrics_later_family,
			which == METRICS_STRAYS ? STRAYS : RECLAIMS, read_one,
			&run, err, "");
	return ledger_query(l, &metrics_family, which, read_one, &run, err,
		"");
}

int metrics_schema(const struct ledger *l)
{
	return l->version;
}
