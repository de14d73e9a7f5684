/* The rows of moved, and of campaigns as far as they tell when a role was
 * reviewed; no rules. */
#include "moved_rows.h"

#include "stmt.h"

enum {
	ADD,
	REVIEWED,
	WAITING,
	ROLE_REVIEWED,
};

#define SCOPE_ELEVATED "coalesce(json_extract(c.scope, '$.elevated'), 0)"
#define SCOPE_HAS(list, what)                                                  \
	"EXISTS (SELECT 1 FROM json_each(c.scope, '$." list "') s"             \
	" WHERE s.value = " what ")"

static const char *const sql[] = {
	[ADD] = "INSERT INTO moved (idp, user_id, field, old, new, at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[REVIEWED] = "UPDATE moved SET reviewed_at = ?3 WHERE idp = ?1"
		     " AND user_id = ?2 AND at <= ?3 AND reviewed_at IS NULL",
	[WAITING] = "SELECT count(*) FROM (SELECT DISTINCT w.idp, w.user_id"
		    " FROM moved w JOIN idp_user u ON u.idp = w.idp"
		    " AND u.user_id = w.user_id"
		    " WHERE w.reviewed_at IS NULL AND w.at < ?1"
		    " AND EXISTS (SELECT 1 FROM idp_group g"
		    " JOIN membership m ON m.gid = g.id AND m.uid = u.id"
		    " WHERE g.idp = u.idp AND g.kind = 'ok'"
		    " AND m.missed_at IS NULL))",
	/* A role that nobody holds has no item: then the scope tells. One of
	 * movers reviews people, not roles. */
	[ROLE_REVIEWED] =
		"SELECT max(c.closed_at) FROM campaign c"
		" WHERE c.state = 'closed'"
		" AND json_extract(c.scope, '$.moved_since') IS NULL"
		" AND (EXISTS (SELECT 1 FROM item i"
		" WHERE i.campaign_id = c.id AND i.role = ?1)"
		" OR ((?3 OR NOT " SCOPE_ELEVATED ")"
		" AND (" SCOPE_HAS("roles", "?1")
		" OR " SCOPE_HAS("applications", "?2")
		" OR json_extract(c.scope, '$.provider') = ?4"
		" OR (" SCOPE_ELEVATED
		" AND json_extract(c.scope, '$.roles[0]') IS NULL"
		" AND json_extract(c.scope, '$.applications[0]') IS NULL"
		" AND json_extract(c.scope, '$.provider') IS NULL))))",
};

const struct ledger_family moved_family =
	LEDGER_FAMILY_SINCE(2, moved, MOVED, sql);

int moved_add(struct ledger *l, const char *idp, const char *user,
	const char *field, const char *old, const char *new, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &moved_family, ADD, NULL, err, "ttttti", idp,
		user, field, old, new, now);
}

int moved_reviewed(struct ledger *l, const char *idp, const char *user,
	int64_t at, struct lapse_err *err)
{
	return ledger_exec(l, &moved_family, REVIEWED, NULL, err, "tti", idp,
		user, at);
}

int moved_waiting(struct ledger *l, int64_t before, int64_t *ret_n,
	struct lapse_err *err)
{
	return ledger_int(l, &moved_family, WAITING, ret_n, 0, err, "i",
		before);
}

int role_reviewed_at(struct ledger *l, const struct reviewed_role *role,
	int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &moved_family, ROLE_REVIEWED, ret, WHEN_NONE, err,
		"ttit", role->name, role->application, (int64_t)role->elevated,
		role->idp);
}
