/* The statements behind `entitlements` as of an earlier time: memberships by the
 * readings of then and by the holds that stood. */
#include "export_rows.h"
#include "stmt.h"

enum {
	THEN,
};

/* ?1 the provider, ?2 the role, ?3 the time. A grant's hold counts until its
 * end was verified, as for `who --at`. */
#define OF_IDP(idp) " AND (?1 IS NULL OR " idp " = ?1)"
#define OF_ROLE(idp, group)                                                    \
	" AND (?2 IS NULL OR (" idp ", " group ") IN (SELECT xh.idp,"          \
	" xh.group_id FROM \"grant\" xg JOIN hold xh ON xh.grant_id = xg.id"   \
	" WHERE xg.role = ?2 AND xh.placed_at <= ?3))"

static const char *const sql[] = {
	[THEN] =
		"WITH held AS MATERIALIZED (SELECT h.id, h.idp, h.group_id,"
		" h.user_id, h.grant_id, h.verified_at, h.placed_at FROM hold h"
		" LEFT JOIN \"grant\" g ON g.id = h.grant_id"
		" WHERE h.placed_at <= ?3"
		" AND iif(h.grant_id IS NULL, coalesce(h.released_at > ?3, 1),"
		" h.verified_at <= ?3 AND coalesce(g.ended_at > ?3, 1))"
		OF_IDP("h.idp") OF_ROLE("h.idp", "h.group_id") "),"
		" gone AS MATERIALIZED (SELECT c.idp, c.group_id, c.user_id,"
		" max(c.verified_at) AS at FROM change c"
		" WHERE c.kind = 'remove' AND c.verified_at <= ?3"
		" AND c.state IN ('done', 'already-so', 'gone')"
		" GROUP BY c.idp, c.group_id, c.user_id),"
		/* By a reading; less what lapse verified to be gone after it,
		 * and did not give again. */
		" seen AS MATERIALIZED (SELECT r.idp, r.group_id, u.user_id,"
		" m.since FROM membership m JOIN idp_group r ON r.id = m.gid"
		" JOIN idp_user u ON u.id = m.uid WHERE m.since <= ?3"
		" AND coalesce(m.missed_at > ?3, 1)"
		" AND NOT EXISTS (SELECT 1 FROM gone d WHERE d.idp = r.idp"
		" AND d.group_id = r.group_id AND d.user_id = u.user_id"
		" AND d.at >= max(m.since, iif(r.complete_at <= ?3,"
		" r.complete_at, m.since)) AND NOT EXISTS (SELECT 1"
		" FROM held k WHERE k.idp = r.idp AND k.group_id = r.group_id"
		" AND k.user_id = u.user_id AND k.verified_at >= d.at))"
		OF_IDP("r.idp") OF_ROLE("r.idp", "r.group_id") "),"
		" these AS (SELECT row_number() OVER (ORDER BY idp, group_id,"
		" user_id) AS n, idp, group_id, user_id, since, by_reading"
		" FROM (SELECT *, 1 AS by_reading FROM seen UNION ALL"
		" SELECT h.idp, h.group_id, h.user_id, min(coalesce("
		"h.verified_at, h.placed_at)), 0 FROM held h"
		" WHERE NOT EXISTS (SELECT 1 FROM seen s WHERE s.idp = h.idp"
		" AND s.group_id = h.group_id AND s.user_id = h.user_id)"
		" GROUP BY h.idp, h.group_id, h.user_id))"
		" SELECT t.n, t.since, t.user_id, u.login, u.name, u.email,"
		" u.status, u.manager, u.department, u.title,"
		" iif(u.last_login_at <= ?3, u.last_login_at, NULL),"
		" u.last_login_known AND coalesce(u.last_login_at <= ?3, 1),"
		" u.created_at, u.observed_at, h.id, h.grant_id, g.role,"
		" iif(g.starts_at <= ?3, g.starts_at, NULL), g.ends_at,"
		" g.issue_key, g.reason, (SELECT max(e.seq) FROM evidence e"
		" WHERE e.grant_id = g.id AND e.at <= ?3),"
		" t.idp, t.group_id, r.name, r.kind, t.by_reading,"
		" iif(r.complete_at <= ?3, r.complete_at, NULL)"
		" FROM these t LEFT JOIN held h ON h.idp = t.idp"
		" AND h.group_id = t.group_id AND h.user_id = t.user_id"
		" LEFT JOIN \"grant\" g ON g.id = h.grant_id"
		" LEFT JOIN idp_group r ON r.idp = t.idp"
		" AND r.group_id = t.group_id LEFT JOIN idp_user u"
		" ON u.idp = t.idp AND u.user_id = t.user_id"
		" ORDER BY t.n, h.id",
};

const struct ledger_family export_then_family =
	LEDGER_FAMILY(export_then, EXPORT_THEN, sql);

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
	m.snapshot_at = m.by_reading && !row_null(r, 27) ? row_int(r, 27)
							  : m.since;
	return c->each(c->arg, &m, err);
}

int export_members_then(struct ledger *l, const struct export_filter *f,
	export_member_fn *each, void *arg, struct lapse_err *err)
{
	struct members c = {each, arg};

	return ledger_query(l, &export_then_family, THEN, read_then, &c, err,
		"ttw", f->idp, f->role, f->as_of);
}
