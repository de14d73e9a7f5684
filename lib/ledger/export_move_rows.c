/* The statement behind what a SIEM is told: the events of memberships that were
 * added or removed, and what they rest on. */
#include "export_rows.h"
#include "stmt.h"

enum { MOVES };

/* Who approved, or one of those; lists are for the other columns. */
#define APPROVERS                                                              \
	" FROM owed o WHERE o.approval = a.id AND o.decision = 'approved')"

static const char *const sql[] = {
	/* ?6: the times are those of grants, not of events. */
	[MOVES] =
		"WITH move AS (SELECT e.seq, e.at, e.kind, e.idp, e.group_id,"
		" e.user_id, e.grant_id, e.data, e.hash, e.kind = 'added'"
		" OR (e.kind = 'parked' AND json_extract(e.data,"
		" '$.change_kind') <> 'remove') AS is_add FROM evidence e"
		" WHERE e.kind IN ('added', 'removed', 'parked')"
		" AND (?1 IS NULL OR e.idp = ?1)"
		" AND (?6 OR ((?3 IS NULL OR e.at >= ?3)"
		" AND (?4 IS NULL OR e.at < ?4)))"
		" AND (?5 IS NULL OR e.at <= ?5)),"
		" told AS (SELECT m.*, g.id AS gid, g.role, g.elevated,"
		" g.ends_at, coalesce(g.issue_key, g.issue_id) AS issue,"
		" g.reason, g.policy, g.content_hash, a.approval_id, a.method,"
		" (SELECT group_concat(o.account, '; ')" APPROVERS
		" AS approvers, coalesce(iif(m.is_add, coalesce(g.operator,"
		" (SELECT min(o.account)" APPROVERS "), g.end_by), 'lapse')"
		" AS actor FROM move m"
		" LEFT JOIN \"grant\" g ON g.id = m.grant_id"
		" LEFT JOIN approval a ON a.id = g.approval"
		" WHERE (?2 IS NULL OR g.role = ?2) AND (NOT ?6 OR ("
		"g.id IS NOT NULL"
		" AND (?3 IS NULL OR g.ended_at IS NULL OR g.ended_at >= ?3)"
		" AND (?4 IS NULL OR g.created_at < ?4))))"
		" SELECT t.seq, t.at, t.is_add, t.kind = 'parked',"
		" json_extract(t.data, '$.detail'),"
		" json_extract(t.data, '$.remote_ref'), lower(hex(t.hash)),"
		" t.idp, t.group_id, r.name, t.user_id, u.login, u.name,"
		" u.email, t.gid, t.role, t.elevated, t.ends_at, t.issue,"
		" t.reason, t.approval_id, t.approvers, t.method,"
		" t.content_hash, t.policy, t.actor, c.name FROM told t"
		" LEFT JOIN idp_group r ON r.idp = t.idp"
		" AND r.group_id = t.group_id LEFT JOIN idp_user u"
		" ON u.idp = t.idp AND u.user_id = t.user_id"
		" LEFT JOIN account c ON c.account = t.actor ORDER BY t.seq",
};

const struct ledger_family export_move_family =
	LEDGER_FAMILY(export_move, EXPORT_MOVE, sql);

struct moves {
	export_move_fn *each;
	void *arg;
};

static int read_move(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct moves *c = arg;
	const struct export_move m = {
		.seq = row_int(r, 0),
		.at = row_int(r, 1),
		.add = row_int(r, 2) != 0,
		.failed = row_int(r, 3) != 0,
		.detail = row_text(r, 4),
		.remote_ref = row_text(r, 5),
		.hash = row_text(r, 6),
		.idp = row_text(r, 7),
		.group = row_text(r, 8),
		.group_name = row_text(r, 9),
		.user = row_text(r, 10),
		.login = row_text(r, 11),
		.name = row_text(r, 12),
		.email = row_text(r, 13),
		.grant = row_int(r, 14),
		.role = row_text(r, 15),
		.elevated = row_int(r, 16) != 0,
		.ends_at = row_time(r, 17),
		.issue = row_text(r, 18),
		.reason = row_text(r, 19),
		.approval_id = row_text(r, 20),
		.approvers = row_text(r, 21),
		.method = row_text(r, 22),
		.content_hash = row_text(r, 23),
		.policy = row_text(r, 24),
		.actor = row_text(r, 25),
		.actor_name = row_text(r, 26),
	};

	return c->each(c->arg, &m, err);
}

int export_moves(struct ledger *l, const struct export_filter *f, bool changes,
	export_move_fn *each, void *arg, struct lapse_err *err)
{
	struct moves c = {each, arg};

	return ledger_query(l, &export_move_family, MOVES, read_move, &c, err,
		"ttwwwi", f->idp, f->role, f->since, f->until, f->as_of,
		(int64_t)changes);
}
