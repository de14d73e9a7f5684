/* What the ledger knows about one access when it comes up for review. */
#include "review_context.h"

#include "stmt.h"

enum {
	ORIGIN,
	FOUND,
	GIVEN_BY,
	GROUPS,
	MOVED,
	GROUP,
};

#define GIVEN                                                                  \
	"coalesce(g.operator, (SELECT group_concat(o.account, ', ')"           \
	" FROM owed o WHERE o.approval = g.approval"                           \
	" AND o.decision = 'approved'))"

static const char *const sql[] = {
	[ORIGIN] =
		"SELECT g.id, g.role, g.application, g.account, g.elevated,"
		" coalesce(g.starts_at, g.created_at), g.ends_at, g.issue_key,"
		" g.reason, " GIVEN " FROM hold h"
		" JOIN \"grant\" g ON g.id = h.grant_id"
		" WHERE h.idp = ?1 AND h.group_id = ?2 AND h.user_id = ?3"
		" AND h.released_at IS NULL AND g.state IN ('granting',"
		" 'active') ORDER BY g.ends_at IS NOT NULL, g.ends_at DESC,"
		" g.id LIMIT 1",
	/* Only of a group that was read whole before. */
	[FOUND] = "SELECT m.since, d.added_by, d.added_at, d.added_source"
		  " FROM idp_group g LEFT JOIN idp_user u ON u.idp = g.idp"
		  " AND u.user_id = ?3 LEFT JOIN membership m ON m.gid = g.id"
		  " AND m.uid = u.id AND m.missed_at IS NULL"
		  " LEFT JOIN drift d ON d.idp = g.idp"
		  " AND d.group_id = g.group_id AND d.user_id = ?3"
		  " AND d.settled_at IS NULL AND d.added_by IS NOT NULL"
		  " WHERE g.idp = ?1 AND g.group_id = ?2"
		  " AND g.complete_at IS NOT NULL ORDER BY d.id DESC LIMIT 1",
	[GIVEN_BY] = "SELECT " GIVEN " FROM \"grant\" g WHERE g.id = ?1",
	[GROUPS] = "SELECT g.idp || ':' || g.group_id FROM idp_user u"
		   " JOIN idp_group g ON g.idp = u.idp"
		   " JOIN membership m ON m.gid = g.id AND m.uid = u.id"
		   " WHERE u.idp = ?1 AND u.user_id = ?2"
		   " AND m.missed_at IS NULL ORDER BY g.group_id",
	[MOVED] = "SELECT count(*) FROM moved WHERE idp = ?1 AND user_id = ?2"
		  " AND at >= ?3",
	[GROUP] =
		"SELECT g.name,"
		" (SELECT count(*) FROM membership m WHERE m.gid = g.id"
		" AND m.missed_at IS NULL),"
		" (SELECT count(*) FROM membership m"
		" JOIN idp_user u ON u.id = m.uid WHERE m.gid = g.id"
		" AND m.missed_at >= ?3 AND NOT EXISTS (SELECT 1"
		" FROM change c WHERE c.idp = ?1 AND c.group_id = ?2"
		" AND c.user_id = u.user_id AND c.kind = 'remove'"
		" AND c.state IN ('done', 'already-so', 'gone')"
		" AND c.opened_at >= m.since)),"
		" (SELECT count(DISTINCT h.user_id) FROM hold h"
		" WHERE h.idp = ?1 AND h.group_id = ?2"
		" AND h.released_at IS NULL AND h.verified_at IS NOT NULL),"
		" g.kind, g.detail,"
		" (SELECT min(m.since) FROM membership m WHERE m.gid = g.id)"
		" FROM idp_group g WHERE g.idp = ?1 AND g.group_id = ?2",
};

const struct ledger_family context_family =
	LEDGER_FAMILY_SINCE(2, context, CONTEXT, sql);

struct taking {
	struct arena *arena;
	void *ret;
};

static int take_origin(void *arg, const struct row *r, struct lapse_err *err)
{
	struct taking *t = arg;
	struct context_origin *o = t->ret;

	*o = (struct context_origin){
		.grant = row_int(r, 0),
		.role = arena_copy(t->arena, row_text(r, 1)),
		.application = arena_copy(t->arena, row_text(r, 2)),
		.account = arena_copy(t->arena, row_text(r, 3)),
		.elevated = row_int(r, 4) != 0,
		.granted_at = row_time(r, 5),
		.expires_at = row_time(r, 6),
		.issue_key = arena_copy(t->arena, row_text(r, 7)),
		.reason = arena_copy(t->arena, row_text(r, 8)),
		.by = arena_copy(t->arena, row_text(r, 9)),
	};
	return arena_check(t->arena, err);
}

static int take_found(void *arg, const struct row *r, struct lapse_err *err)
{
	struct taking *t = arg;

	*(struct context_found *)t->ret = (struct context_found){
		.read = true,
		.since = row_time(r, 0),
		.added_by = arena_copy(t->arena, row_text(r, 1)),
		.added_at = row_time(r, 2),
		.added_source = arena_copy(t->arena, row_text(r, 3)),
	};
	return arena_check(t->arena, err);
}

int context_found(struct ledger *l, const struct membership *m,
	struct arena *a, struct context_found *ret, struct lapse_err *err)
{
	struct context_found f = {.since = WHEN_NONE, .added_at = WHEN_NONE};
	struct taking t = {a, &f};
	int rc = ledger_query(l, &context_family, FOUND, take_found, &t, err,
		"ttt", m->idp, m->group, m->user);

	if (rc == 0)
		*ret = f;
	return rc;
}

int context_origin(struct ledger *l, const struct membership *m,
	struct arena *a, struct context_origin *ret, struct lapse_err *err)
{
	struct context_origin o = {.granted_at = WHEN_NONE,
		.expires_at = WHEN_NONE};
	struct taking t = {a, &o};
	int rc = ledger_query(l, &context_family, ORIGIN, take_origin, &t, err,
		"ttt", m->idp, m->group, m->user);

	if (rc == 0)
		*ret = o;
	return rc;
}

static int take_text(void *arg, const struct row *r, struct lapse_err *err)
{
	struct taking *t = arg;

	*(const char **)t->ret = arena_copy(t->arena, row_text(r, 0));
	return arena_check(t->arena, err);
}

int context_given_by(struct ledger *l, int64_t grant, struct arena *a,
	const char **ret, struct lapse_err *err)
{
	struct taking t = {a, ret};

	return ledger_query(l, &context_family, GIVEN_BY, take_text, &t, err,
		"i", grant);
}

int context_groups(struct ledger *l, const char *idp, const char *user,
	struct arena *a, struct strs *ret, struct lapse_err *err)
{
	struct row_texts t = {a, ret};

	return ledger_query(l, &context_family, GROUPS, row_add_text, &t, err,
		"tt", idp, user);
}

int context_moved(struct ledger *l, const char *idp, const char *user,
	int64_t since, bool *ret, struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_int(l, &context_family, MOVED, &n, 0, err, "tti", idp,
		user, since);

	if (rc == 0)
		*ret = n > 0;
	return rc;
}

static int take_known(void *arg, const struct row *r, struct lapse_err *err)
{
	struct taking *t = arg;

	*(struct context_group *)t->ret = (struct context_group){
		.name = arena_copy(t->arena, row_text(r, 0)),
		.members = row_int(r, 1),
		.lost = row_int(r, 2),
		.held = row_int(r, 3),
		.kind = arena_copy(t->arena, row_text(r, 4)),
		.detail = arena_copy(t->arena, row_text(r, 5)),
		.first_at = row_time(r, 6),
	};
	return arena_check(t->arena, err);
}

int context_group(struct ledger *l, const char *idp, const char *group,
	int64_t since, struct arena *a, struct context_group *ret,
	struct lapse_err *err)
{
	struct context_group g = {.first_at = WHEN_NONE};
	struct taking t = {a, &g};
	int rc = ledger_query(l, &context_family, GROUP, take_known, &t, err,
		"tti", idp, group, since);

	if (rc == 0)
		*ret = g;
	return rc;
}
