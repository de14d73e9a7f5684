/* The statements behind `entitlements` as of a past time: who was read to be there
 * then, and what lapse had given, by the same words as `who --at`; and of which
 * groups that is known. */
#include "db.h"
#include "export_rows.h"
#include "history_sql.h"
#include "stmt.h"

/* ?4 the role: the groups in which it had held one. */
#define OF_ROLE(idp, group)                                                    \
	" AND (?4 IS NULL OR (" idp ", " group ") IN (SELECT xh.idp,"          \
	" xh.group_id FROM \"grant\" xg JOIN hold xh ON xh.grant_id = xg.id"   \
	" WHERE xg.role = ?4 AND xh.placed_at <= ?3))"

#define THEN(before)                                                           \
	"WITH " before HELD(OF_ROLE("h.idp", "h.group_id")) ", "               \
	STRETCHES(OF_ROLE("g.idp", "g.group_id")) ","                          \
	" live AS MATERIALIZED (SELECT * FROM held WHERE began <= ?3"          \
	" AND (gone IS NULL OR gone > ?3)),"                                   \
	" read AS MATERIALIZED (SELECT idp, group_id, user_id,"                \
	" max(since) AS since FROM stretch WHERE since <= ?3 AND gone > ?3"    \
	" GROUP BY idp, group_id, user_id),"                                   \
	" these AS (SELECT row_number() OVER (ORDER BY idp, group_id,"         \
	" user_id) AS n, * FROM (SELECT *, 1 AS by_reading FROM read"          \
	" UNION ALL SELECT h.idp, h.group_id, h.user_id, min(h.began), 0"      \
	" FROM live h WHERE NOT EXISTS (SELECT 1 FROM read s WHERE "           \
	ON("s") ") GROUP BY h.idp, h.group_id, h.user_id))"                    \
	" SELECT t.n, t.since, t.user_id, u.login, u.name, u.email,"           \
	" u.status, u.manager, u.department, u.title,"                         \
	" iif(u.last_login_at <= ?3, u.last_login_at, NULL),"                  \
	" u.last_login_known AND coalesce(u.last_login_at <= ?3, 1),"          \
	" u.created_at, u.observed_at, h.id, h.grant_id, gr.role,"             \
	" iif(gr.starts_at <= ?3, gr.starts_at, NULL), " UNTIL ","             \
	" gr.issue_key, gr.reason, (SELECT max(e.seq) FROM evidence e"         \
	" WHERE e.grant_id = gr.id AND e.at <= ?3),"                           \
	" t.idp, t.group_id, g.name, g.kind, t.by_reading, " READ_AT           \
	" FROM these t LEFT JOIN live h ON " ON("t")                           \
	" LEFT JOIN \"grant\" gr ON gr.id = h.grant_id" TOLD                   \
	" LEFT JOIN idp_group g ON g.idp = t.idp"                              \
	" AND g.group_id = t.group_id LEFT JOIN idp_user u"                    \
	" ON u.idp = t.idp AND u.user_id = t.user_id"                          \
	" ORDER BY t.n, h.id"

/* What nobody read until today, and lapse never gave anything in, is not asked
 * about: `who` leaves it out too. */
#define THEN_POPULATION(before)                                                \
	"WITH " before "these AS (SELECT g.idp, g.group_id, g.complete_at,"    \
	" (SELECT min(w.since) FROM watched w WHERE w.gid = g.id) AS first,"   \
	" EXISTS (SELECT 1 FROM hold h WHERE h.idp = g.idp"                    \
	" AND h.group_id = g.group_id) AS given, " READ_AT " AS read_at"       \
	" FROM idp_group g WHERE (?1 IS NULL OR g.idp = ?1)"                   \
	" AND ?2 IS NULL" OF_ROLE("g.idp", "g.group_id") ")"                   \
	" SELECT count(*), count(*) - count(read_at), 0, min(read_at),"        \
	" max(read_at), count(*) FILTER (WHERE read_at IS NULL"                \
	" AND (complete_at IS NOT NULL OR given)),"                            \
	" min(first) FILTER (WHERE read_at IS NULL) FROM these"

enum {
	MEMBERS,
	POPULATION,
	GROUPS,
};

static const char *const sql[] = {
	[MEMBERS] = THEN(""),
	[POPULATION] = THEN_POPULATION(""),
	[GROUPS] = "SELECT idp, group_id FROM idp_group"
		   " WHERE ?1 IS NULL OR idp = ?1"
		   " UNION SELECT idp, group_id FROM hold"
		   " WHERE ?1 IS NULL OR idp = ?1 ORDER BY 1, 2",
};
static const char *const old_sql[] = {
	[MEMBERS] = THEN(OF_OLD),
	[POPULATION] = THEN_POPULATION(OF_OLD),
};

const struct ledger_family export_then_family =
	LEDGER_FAMILY(export_then, EXPORT_THEN, sql);
const struct ledger_family export_then_old_family =
	LEDGER_FAMILY(export_then_old, EXPORT_THEN_OLD, old_sql);

static const struct ledger_family *family(const struct ledger *l)
{
	return l->version < WATCHED_SINCE ? &export_then_old_family :
					    &export_then_family;
}

struct members {
	export_member_fn *each;
	void *arg;
};

static int read_then(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct members *c = arg;
	struct export_member m = {0};

	export_read_member(r, &m);
	m.idp = row_text(r, 22);
	m.group = row_text(r, 23);
	m.group_name = row_text(r, 24);
	m.group_kind = row_text(r, 25);
	m.by_reading = row_int(r, 26) != 0;
	m.snapshot_at = m.by_reading ? row_time(r, 27) : m.since;
	return c->each(c->arg, &m, err);
}

int export_members_then(struct ledger *l, const struct export_filter *f,
	const struct export_group *group, export_member_fn *each, void *arg,
	struct lapse_err *err)
{
	struct members c = {each, arg};

	return ledger_query(l, family(l), MEMBERS, read_then, &c, err, "ttwt",
		group->idp, group->group, f->as_of, f->role);
}

struct groups {
	export_group_fn *each;
	void *arg;
};

static int read_group(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct groups *c = arg;
	const struct export_group g = {
		.idp = row_text(r, 0),
		.group = row_text(r, 1),
	};

	return c->each(c->arg, &g, err);
}

int export_groups_then(struct ledger *l, const struct export_filter *f,
	export_group_fn *each, void *arg, struct lapse_err *err)
{
	struct groups c = {each, arg};

	return ledger_query(l, &export_then_family, GROUPS, read_group, &c,
		err, "t", f->idp);
}

static int read_population(void *arg, const struct row *r,
	struct lapse_err *err)
{
	struct export_population *p = arg;

	export_read_population(r, p);
	p->unknown = row_int(r, 5);
	p->first = row_time(r, 6);
	(void)err;
	return 0;
}

int export_population_then(struct ledger *l, const struct export_filter *f,
	struct export_population *ret, struct lapse_err *err)
{
	return ledger_query(l, family(l), POPULATION, read_population, ret,
		err, "ttwt", f->idp, NULL, f->as_of, f->role);
}
