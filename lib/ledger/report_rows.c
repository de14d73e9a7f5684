/* The report's statements. What each figure means, and why it is counted as it
 * is, stands in lapse-report(7). */
#include "report_rows.h"

#include "db.h"
#include "report_sql.h"
#include "review_work.h"

/* By nearest rank, so that a figure is one of those measured. A row without a
 * length began and is not over. */
#define SPREAD(with, rows)                                                     \
	"WITH " W with ", d (s) AS (" rows "), k AS (SELECT s, row_number() OVER"   \
	" (ORDER BY s) AS i, count(*) OVER () AS n FROM d"                     \
	" WHERE s IS NOT NULL) SELECT count(*),"                               \
	" max(iif(i = (n + 1) / 2, s, NULL)),"                                 \
	" max(iif(i = (9 * n + 9) / 10, s, NULL)), max(s),"                    \
	" (SELECT count(*) FROM d WHERE s IS NULL) FROM k"

#define WHOLE_AT                                                               \
	"iif(g.method = 'manual', (SELECT m.done_at FROM manual m"             \
	" WHERE m.grant_id = g.id AND m.kind = 'add'),"                        \
	" (SELECT iif(count(*) = count(h.verified_at), max(h.verified_at),"    \
	" NULL) FROM hold h WHERE h.grant_id = g.id))"

/* ---- Removals ---- */

/* Without by_hand a person neither ended it nor did it. */
#define REMOVALS                                                               \
	"removals (at, due_at, reason, by_hand) AS ("                          \
	"SELECT c.verified_at, c.due_at, coalesce(g.end_reason, 'unknown'),"   \
	" coalesce(" ENDED_BY_HAND ", 0) FROM change c LEFT JOIN \"grant\" g"  \
	" ON g.id = c.grant_id WHERE c.kind = 'remove'"                        \
	" AND c.state IN ('done', 'already-so') AND c.verified_at IS NOT NULL" \
	" UNION ALL SELECT m.done_at, m.due_at, coalesce(g.end_reason,"        \
	" 'unknown'), 1 FROM manual m JOIN \"grant\" g ON g.id = m.grant_id"   \
	" WHERE m.kind = 'remove' AND m.done_at IS NOT NULL)"
/* Ends of accesses, each once however many memberships it had, at its last
 * removal: nobody had a hand in the request or in the end. */
#define SPARED                                                                 \
	"spared (at) AS (SELECT max(c.verified_at) FROM change c"              \
	" LEFT JOIN \"grant\" g ON g.id = c.grant_id WHERE c.kind = 'remove'"  \
	" AND c.state NOT IN ('gone', 'cancelled')"                            \
	" AND (g.id IS NULL OR " KEY " NOT IN " HELPED_WITH ")"                \
	" GROUP BY coalesce(c.grant_id, -c.id)"                                \
	" HAVING count(*) = count(c.verified_at))"
/* Giving one up does not end it. */
#define UNREMOVED                                                              \
	"unremoved (due_at) AS ("                                              \
	"SELECT c.due_at FROM change c WHERE c.kind = 'remove'"                \
	" AND c.due_at < ?2"                                                   \
	" AND (c.settled_at IS NULL OR c.settled_at >= ?2"                     \
	" OR (c.state = 'abandoned' AND " IN_WINDOW("c.settled_at") "))"       \
	" UNION ALL SELECT m.due_at FROM manual m WHERE m.kind = 'remove'"     \
	" AND m.due_at < ?2 AND (m.done_at IS NULL OR m.done_at >= ?2))"

/* ---- Leavers ---- */

#define LEFT_IN_WINDOW                                                         \
	"gone AS (SELECT v.*, coalesce((SELECT min(k.account) FROM link k"     \
	" WHERE k.idp = v.idp AND k.user_id = v.user_id),"                     \
	" v.idp || ':' || v.user_id) AS person FROM leaver v WHERE "           \
	IN_WINDOW("v.seen_at") ")"
/* A grant stood on it when the person left. Access that nobody had asked lapse
 * for is not its to take then: when a review does, weeks later, nothing of
 * lapse's was late. STILL_IN has it until then. */
#define GRANTED_THEN                                                           \
	"EXISTS (SELECT 1 FROM hold h WHERE h.idp = v.idp"                     \
	" AND h.group_id = c.group_id AND h.user_id = v.user_id"               \
	" AND h.grant_id IS NOT NULL AND h.placed_at <= v.seen_at"             \
	" AND (h.released_at IS NULL OR h.released_at >= v.seen_at))"
/* What was taken from someone who left: removals that were open then or were
 * opened until the person was back. at NULL: not over. */
#define TAKEN                                                                  \
	"taken (idp, user_id, seen_at, at, over) AS ("                         \
	"SELECT v.idp, v.user_id, v.seen_at,"                                  \
	" coalesce(c.verified_at, c.settled_at), c.settled_at IS NOT NULL"     \
	" AND c.state <> 'abandoned' FROM gone v JOIN change c"                \
	" ON c.idp = v.idp AND c.user_id = v.user_id AND c.kind = 'remove'"    \
	" WHERE (c.settled_at IS NULL OR c.settled_at >= v.seen_at)"           \
	" AND (c.opened_at <= v.seen_at OR " GRANTED_THEN ")"                  \
	" AND (v.back_at IS NULL OR c.opened_at < v.back_at)"                  \
	" UNION ALL SELECT v.idp, v.user_id, v.seen_at, m.done_at,"            \
	" m.done_at IS NOT NULL FROM gone v JOIN \"grant\" g"                  \
	" ON g.account = v.person JOIN manual m ON m.grant_id = g.id"          \
	" AND m.kind = 'remove' WHERE (m.done_at IS NULL"                      \
	" OR m.done_at >= v.seen_at)"                                          \
	" AND (v.back_at IS NULL OR m.opened_at < v.back_at))"

/* Memberships of who left and is not back, as last read, but for those that
 * lapse has taken since; whoever gave them. */
#define STILL_IN                                                               \
	"(SELECT count(*) FROM (SELECT * FROM membership UNION ALL"            \
	" SELECT * FROM membership_past) m"                                    \
	" JOIN idp_group x ON x.id = m.gid AND x.kind <> 'gone'"               \
	" JOIN idp_user u ON u.id = m.uid"                                     \
	" WHERE m.since < ?2 AND " NOT_BY_THEN("m.missed_at")                  \
	" AND EXISTS (SELECT 1 FROM gone v WHERE v.idp = u.idp"                \
	" AND v.user_id = u.user_id AND " NOT_BY_THEN("v.back_at") ")"         \
	" AND NOT EXISTS (SELECT 1 FROM change c WHERE c.idp = u.idp"          \
	" AND c.group_id = x.group_id AND c.user_id = u.user_id"               \
	" AND c.kind = 'remove' AND c.verified_at >= m.since"                  \
	" AND c.verified_at < ?2))"

#define FREED                                                                  \
	"SELECT r.seat_cost AS cost FROM reclaim r"                            \
	" WHERE r.state = 'reclaimed' AND r.seat_cost IS NOT NULL AND "        \
	IN_WINDOW("r.settled_at")                                              \
	" UNION ALL SELECT s.cost FROM (SELECT min(i.seat_cost) AS cost,"      \
	" i.application, coalesce(i.account, i.idp || ':' || i.user_id,"       \
	" i.login) AS person FROM item i WHERE i.seat_cost IS NOT NULL"        \
	" GROUP BY i.campaign_id, person, i.application"                       \
	" HAVING sum(coalesce(" REVIEW_REMOVED ", 0)) > 0"                     \
	" AND sum(i.state <> 'stale' AND NOT coalesce(" REVIEW_REMOVED         \
	", 0)) = 0 AND " IN_WINDOW("max(i.settled_at)") ") s"                  \
	" WHERE NOT EXISTS (SELECT 1 FROM \"grant\" g"                         \
	" WHERE g.account = s.person AND g.application = s.application"        \
	" AND g.state <> 'ended')"

enum {
	NAMES = REPORT_STORY + 1,
	STAYS = NAMES + REPORT_ROLES + 1,
	ELEVATED,
	BASELINE_GET,
	BASELINE_NOTE,
	BASELINES,
	BASELINES_TOLD,
	BASELINE_KEEP,
};

#define NAMED(which) (NAMES + (which))

static const char *const sql[] = {
	[REPORT_REQUESTS] =
		"WITH " W ", " STEPS ", " ASKED ", " CLOSED ", " SPARED
		" SELECT " COUNT("asked WHERE " IN_WINDOW("filed_at")) ", "
		COUNT("closed") ", " COUNT("closed WHERE manual") ", "
		COUNT("closed WHERE NOT manual AND outcome = 'granted'") ", "
		COUNT("closed WHERE NOT manual AND outcome <> 'granted'")
		", " COUNT("spared WHERE " IN_WINDOW("at")),
	[REPORT_HOPS] =
		"WITH " W ", " ASKED ", " HOPS " SELECT count(*),"
		" coalesce(sum(hops), 0), count(*) FILTER (WHERE hops > 3),"
		" count(*) FILTER (WHERE hops = 0),"
		" count(*) FILTER (WHERE hops = 1),"
		" count(*) FILTER (WHERE hops = 2),"
		" count(*) FILTER (WHERE hops = 3),"
		" count(*) FILTER (WHERE hops > 3) FROM read",
	[REPORT_FILED_APPROVED] = SPREAD("",
		"SELECT max(a.decided_at - i.filed_at, 0) FROM approval a"
		" JOIN intake i ON i.request_id = a.request_id"
		" WHERE a.state IN ('approved', 'used') AND "
		IN_WINDOW("a.decided_at")
		" UNION ALL SELECT NULL FROM request r JOIN intake i"
		" ON i.request_id = r.id WHERE r.state IN ('seen', 'asked')"
		" AND i.filed_at < ?2"),
	/* Before its start nobody is late. */
	[REPORT_APPROVED_VERIFIED] = SPREAD("",
		"SELECT max(v.at - max(a.decided_at, coalesce(r.starts_at,"
		" a.decided_at)), 0) FROM (SELECT g.approval, g.request_id, "
		WHOLE_AT " AS at FROM \"grant\" g) v"
		" JOIN approval a ON a.id = v.approval"
		" JOIN request r ON r.id = v.request_id WHERE "
		IN_WINDOW("v.at")
		" UNION ALL SELECT NULL FROM \"grant\" g JOIN approval a"
		" ON a.id = g.approval WHERE g.state = 'granting'"
		" AND a.decided_at < ?2"),
	[REPORT_DEADLINE_REMOVED] =
		SPREAD(", " REMOVALS ", " UNREMOVED,
			"SELECT max(r.at - r.due_at, 0) FROM removals r WHERE "
			IN_WINDOW("r.at")
			" UNION ALL SELECT NULL FROM unremoved"),
	[REPORT_LEFT_REMOVED] =
		SPREAD(", " LEFT_IN_WINDOW ", " TAKEN,
			"SELECT iif(min(over), max(max(at) - seen_at, 0), NULL)"
			" FROM taken GROUP BY idp, user_id, seen_at"),
	[REPORT_REMOVALS] =
		"WITH " W ", " REMOVALS ", " UNREMOVED " SELECT "
		COUNT("removals WHERE NOT by_hand AND " IN_WINDOW("at")) ", "
		COUNT("removals WHERE by_hand AND " IN_WINDOW("at")) ", "
		COUNT("unremoved"),
	[REPORT_REVIEWS] =
		"WITH " W ", mine AS (SELECT i.*, coalesce(" REVIEW_REMOVED
		", 0) AS removed FROM item i JOIN campaign c"
		" ON c.id = i.campaign_id WHERE " IN_WINDOW("c.opened_at")
		") SELECT "
		COUNT("campaign WHERE " IN_WINDOW("opened_at")) ", "
		COUNT("campaign WHERE " IN_WINDOW("closed_at")) ", "
		COUNT("campaign WHERE closed_at < ?2"
		      " AND " NOT_BY_THEN("acknowledged_at")) ", "
		COUNT("mine") ", " COUNT("mine WHERE decision IS NOT NULL")
		", " COUNT("mine WHERE decision = 'revoke'") ", "
		COUNT("mine WHERE decision = 'revoke' AND removed"),
	[REPORT_SEATS] =
		"WITH " W " SELECT "
		COUNT("reclaim WHERE " IN_WINDOW("warned_at")) ", "
		COUNT("reclaim WHERE state = 'reclaimed' AND "
		      IN_WINDOW("settled_at")) ", "
		COUNT("reclaim WHERE state = 'cancelled' AND "
		      IN_WINDOW("settled_at")),
	[REPORT_LEAVERS] =
		"WITH " W ", " LEFT_IN_WINDOW " SELECT"
		" count(DISTINCT person), count(DISTINCT iif("
		"EXISTS (SELECT 1 FROM hold h WHERE h.idp = v.idp"
		" AND h.user_id = v.user_id AND h.placed_at <= v.seen_at"
		" AND (h.released_at IS NULL OR h.released_at >= v.seen_at))"
		" OR EXISTS (SELECT 1 FROM \"grant\" g"
		" WHERE g.account = v.person AND g.created_at <= v.seen_at"
		" AND (g.ended_at IS NULL OR g.ended_at >= v.seen_at)),"
		" person, NULL)), " STILL_IN " FROM gone v",
	[REPORT_STORY] =
		"WITH " W " SELECT "
		COUNT("drift WHERE kind IN ('shadow', 'reappeared') AND "
		      IN_WINDOW("seen_at")) ", "
		COUNT("\"grant\" WHERE end_reason = 'removed-outside' AND "
		      IN_WINDOW("ending_at")),

	[NAMED(REPORT_OUTCOMES)] =
		"WITH " W ", " ASKED " SELECT outcome, count(*) FROM asked"
		" WHERE " IN_WINDOW("filed_at")
		" GROUP BY 1 ORDER BY 2 DESC, 1",
	[NAMED(REPORT_CHANNELS)] =
		"WITH " W ", " ASKED " SELECT channel, count(*) FROM asked"
		" WHERE " IN_WINDOW("filed_at")
		" GROUP BY 1 ORDER BY 2 DESC, 1",
	[NAMED(REPORT_REASONS)] =
		"WITH " W ", " REMOVALS " SELECT reason, count(*)"
		" FROM removals WHERE " IN_WINDOW("at")
		" GROUP BY 1 ORDER BY 2 DESC, 1",
	[NAMED(REPORT_STEPS)] =
		"WITH " W ", " STEPS " SELECT kind, sum(n) FROM steps WHERE "
		IN_WINDOW("at") " GROUP BY 1 ORDER BY 2 DESC, 1",
	[NAMED(REPORT_COSTS)] = "WITH " W " SELECT cost, count(*) FROM ("
		FREED ") GROUP BY 1 ORDER BY 2 DESC, 1",
	[NAMED(REPORT_ROLES)] =
		"WITH " W ", " STEPS ", " ASKED ", " CLOSED
		", work (role, request, manual, kind, n) AS ("
		"SELECT role, 1, manual, NULL, 0 FROM closed UNION ALL"
		" SELECT role, 0, 0, kind, n FROM steps WHERE "
		IN_WINDOW("at")
		" UNION ALL SELECT g.role, 0, 0, 'no-group', 1 FROM manual m"
		" JOIN \"grant\" g ON g.id = m.grant_id WHERE "
		IN_WINDOW("coalesce(m.done_at, m.opened_at)")
		") SELECT role, sum(request), sum(manual),"
		" sum(iif(kind = 'grant', n, 0)),"
		" sum(iif(kind = 'revoke', n, 0)),"
		" sum(iif(kind = 'evidence', n, 0)),"
		" sum(iif(kind = 'approval-chase', n, 0)),"
		" sum(iif(kind = 'no-group', n, 0)) FROM work"
		" WHERE role IS NOT NULL GROUP BY 1 ORDER BY 1",

	/* A hold's access ends with the removal that its release opened; one
	 * that was kept goes on as its keeper's. Materialized, or what is
	 * looked up for each row would be looked up for each use of it. */
	[STAYS] =
		"WITH " W ", stay AS MATERIALIZED ("
		"SELECT h.idp, h.group_id, h.user_id,"
		" iif(g.ends_at IS NULL, 1, 2) AS by,"
		" coalesce(h.verified_at, iif(h.grant_id IS NULL, h.placed_at,"
		" (SELECT min(c.first_sent_at) FROM change c"
		" WHERE c.idp = h.idp AND c.group_id = h.group_id"
		" AND c.user_id = h.user_id AND c.grant_id = h.grant_id"
		" AND c.kind = 'add'))) AS since,"
		" CASE WHEN h.released_at IS NULL THEN ?3"
		" WHEN h.kept_by IS NOT NULL THEN h.released_at"
		" ELSE coalesce((SELECT iif(c.state = 'abandoned', ?3,"
		" coalesce(c.verified_at, c.settled_at, ?3)) FROM change c"
		" WHERE c.idp = h.idp AND c.group_id = h.group_id"
		" AND c.user_id = h.user_id AND c.kind = 'remove'"
		" AND c.opened_at >= h.released_at ORDER BY c.id LIMIT 1),"
		" h.released_at) END AS until, h.placed_at,"
		" h.grant_id IS NOT NULL AND h.before = 'present' AS found"
		" FROM hold h LEFT JOIN \"grant\" g ON g.id = h.grant_id"
		" UNION ALL SELECT g.idp, g.group_id, u.user_id, 0, m.since,"
		" coalesce(m.missed_at, iif(g.kind = 'gone', g.complete_at,"
		" ?3)), m.since, 0 FROM membership m"
		" JOIN idp_group g ON g.id = m.gid"
		" JOIN idp_user u ON u.id = m.uid"
		" UNION ALL SELECT g.idp, g.group_id, u.user_id, 0, m.since,"
		" m.missed_at, m.since, 0 FROM membership_past m"
		" JOIN idp_group g ON g.id = m.gid"
		" JOIN idp_user u ON u.id = m.uid)"
		" SELECT idp, group_id, user_id, by, since, until, placed_at,"
		" found FROM stay WHERE since IS NOT NULL AND until > since"
		" ORDER BY idp, group_id, user_id, since, by",
	[ELEVATED] = "WITH " W " SELECT DISTINCT h.idp, h.group_id"
		     " FROM hold h JOIN \"grant\" g ON g.id = h.grant_id"
		     " WHERE g.elevated ORDER BY 1, 2",
	[BASELINE_GET] = "SELECT b.at, b.members, b.standing FROM baseline b"
			 " JOIN idp_group g ON g.id = b.gid"
			 " WHERE g.idp = ?1 AND g.group_id = ?2",
	/* Who is in it by a grant that ends is not there for good. */
	[BASELINE_NOTE] =
		"INSERT INTO baseline (gid, at, members, standing)"
		" SELECT ?1, ?2, count(*), coalesce((SELECT k.value"
		" FROM cursor k JOIN idp_group b ON k.name = 'baseline:'"
		" || b.idp || ':' || b.group_id WHERE b.id = ?1),"
		" count(*) FILTER (WHERE NOT EXISTS ("
		"SELECT 1 FROM hold h JOIN \"grant\" x ON x.id = h.grant_id"
		" WHERE h.idp = g.idp AND h.group_id = g.group_id"
		" AND h.user_id = u.user_id AND h.released_at IS NULL"
		" AND h.before <> 'present' AND x.ends_at IS NOT NULL)))"
		" FROM membership m JOIN idp_group g ON g.id = m.gid"
		" JOIN idp_user u ON u.id = m.uid"
		" WHERE m.gid = ?1 AND m.missed_at IS NULL"
		" ON CONFLICT DO NOTHING",
	/* Those of a lost ledger wait for this one's first reading. */
	[BASELINES] =
		"SELECT g.idp || ':' || g.group_id, b.standing FROM baseline b"
		" JOIN idp_group g ON g.id = b.gid UNION"
		" SELECT substr(k.name, 10), k.value FROM cursor k"
		" WHERE k.name GLOB 'baseline:*' AND NOT EXISTS (SELECT 1"
		" FROM baseline b JOIN idp_group g ON g.id = b.gid"
		" WHERE k.name = 'baseline:' || g.idp || ':' || g.group_id)"
		" ORDER BY 1",
	[BASELINES_TOLD] = "SELECT count(*) - coalesce((SELECT value"
			   " FROM cursor WHERE name = 'baselines-told'), 0)"
			   " FROM baseline",
	[BASELINE_KEEP] = "INSERT INTO cursor (name, value) SELECT"
			  " 'baseline:' || ?1, ?2 WHERE NOT EXISTS (SELECT 1"
			  " FROM baseline b JOIN idp_group g ON g.id = b.gid"
			  " WHERE g.idp || ':' || g.group_id = ?1)"
			  " ON CONFLICT DO NOTHING",
};

const struct ledger_family report_family =
	LEDGER_FAMILY_SINCE(4, report, REPORT, sql);

bool report_has_rows(const struct ledger *l)
{
	return l->version >= report_family.since;
}

/* ---- Rows ---- */

struct numbers {
	int64_t *ret;
	size_t n;
};

static int64_t number_at(const struct row *r, int column)
{
	return row_null(r, column) ? -1 : row_int(r, column);
}

static int take_numbers(void *arg, const struct row *r, struct lapse_err *err)
{
	struct numbers *v = arg;

	(void)err;
	for (size_t i = 0; i < v->n; i++)
		v->ret[i] = number_at(r, (int)i);
	return 0;
}

int report_numbers(struct ledger *l, enum report_numbers what,
	const struct report_window *w, int64_t *ret, size_t n,
	struct lapse_err *err)
{
	struct numbers v = {ret, n};

	return ledger_query(l, &report_family, what, take_numbers, &v, err,
		"iiii", w->from, w->until, w->now,
		w->late_before);
}

struct naming {
	int columns;
	int (*each)(void *arg, const struct report_name *name,
		struct lapse_err *err);
	void *arg;
};

static int take_name(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct naming *v = arg;
	struct report_name name = {.name = row_text(r, 0)};

	for (int i = 0; i < v->columns; i++)
		name.n[i] = row_int(r, i + 1);
	return v->each(v->arg, &name, err);
}

int report_names(struct ledger *l, enum report_names what,
	const struct report_window *w,
	int (*each)(void *arg, const struct report_name *name,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	struct naming v = {what == REPORT_ROLES ? REPORT_NUMBERS : 1, each,
		arg};

	return ledger_query(l, &report_family, NAMED(what), take_name, &v, err,
		"iiii", w->from, w->until, w->now,
		w->late_before);
}

struct staying {
	int (*each)(void *arg, const struct report_stay *s,
		struct lapse_err *err);
	void *arg;
};

static int take_stay(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct staying *v = arg;
	const struct report_stay s = {
		.idp = row_text(r, 0),
		.group = row_text(r, 1),
		.user = row_text(r, 2),
		.by = (enum report_by)row_int(r, 3),
		.from = row_int(r, 4),
		.until = row_int(r, 5),
		.placed_at = row_int(r, 6),
		.found = row_int(r, 7) != 0,
	};

	return v->each(v->arg, &s, err);
}

int report_stays(struct ledger *l, const struct report_window *w,
	int (*each)(void *arg, const struct report_stay *s,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	struct staying v = {each, arg};

	return ledger_query(l, &report_family, STAYS, take_stay, &v, err,
		"iiii", w->from, w->until, w->now,
		w->late_before);
}

struct raised {
	int (*each)(void *arg, const char *idp, const char *group,
		struct lapse_err *err);
	void *arg;
};

static int take_group(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct raised *v = arg;

	return v->each(v->arg, row_text(r, 0), row_text(r, 1), err);
}

int report_elevated(struct ledger *l, const struct report_window *w,
	int (*each)(void *arg, const char *idp, const char *group,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	struct raised v = {each, arg};

	return ledger_query(l, &report_family, ELEVATED, take_group, &v, err,
		"iiii", w->from, w->until, w->now,
		w->late_before);
}

/* ---- The baseline ---- */

static int take_baseline(void *arg, const struct row *r, struct lapse_err *err)
{
	struct baseline_row *b = arg;

	(void)err;
	b->at = row_time(r, 0);
	b->members = row_int(r, 1);
	b->standing = row_int(r, 2);
	return 0;
}

int baseline_get(struct ledger *l, const char *idp, const char *group,
	struct baseline_row *ret, struct lapse_err *err)
{
	struct baseline_row b = {.at = WHEN_NONE};
	int rc = ledger_query(l, &report_family, BASELINE_GET, take_baseline,
		&b, err, "tt", idp, group);

	if (rc == 0)
		*ret = b;
	return rc;
}

int baseline_note(struct ledger *l, int64_t gid, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &report_family, BASELINE_NOTE, NULL, err, "ii",
		gid, now);
}

struct baselines {
	struct arena *arena;
	struct baseline_counts *ret;
};

static int take_count(void *arg, const struct row *r, struct lapse_err *err)
{
	struct baselines *b = arg;
	struct baseline_count *c = VEC_ADD(&b->ret->list, b->arena);

	if (c != NULL)
		*c = (struct baseline_count){
			.group = arena_copy(b->arena, row_text(r, 0)),
			.standing = row_int(r, 1),
		};
	return arena_check(b->arena, err);
}

int baselines(struct ledger *l, struct arena *a, struct baseline_counts *ret,
	struct lapse_err *err)
{
	struct baselines b = {a, ret};

	return ledger_query(l, &report_family, BASELINES, take_count, &b, err,
		"");
}

int baselines_untold(struct ledger *l, int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &report_family, BASELINES_TOLD, ret, 0, err, "");
}

int baseline_keep(struct ledger *l, const struct baseline_count *c,
	struct lapse_err *err)
{
	return ledger_exec(l, &report_family, BASELINE_KEEP, NULL, err, "ti",
		c->group, c->standing);
}
