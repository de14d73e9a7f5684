/* The statements behind the audit export. */
#include "export_rows.h"

#include "stmt.h"

enum {
	GROUPS,
	MEMBERS,
	MEMBERS_CHECKED,
	PERSON,
	SINCE,
	MANUAL,
	POPULATION,
};

/* ?1 the provider, ?2 the role; the list of its groups is made once. */
#define OF_ROLE(idp, group)                                                    \
	" AND (?2 IS NULL OR (" idp ", " group ") IN (SELECT xh.idp,"          \
	" xh.group_id FROM \"grant\" xg JOIN hold xh ON xh.grant_id = xg.id"   \
	" WHERE xg.role = ?2))"

#define USER_COLUMNS                                                           \
	" u.user_id, u.login, u.name, u.email, u.status, u.manager,"           \
	" u.department, u.title, u.last_login_at, u.last_login_known,"         \
	" u.created_at, u.observed_at,"
/* Most have no grant: nothing is looked up for them. */
#define GRANT_COLUMNS                                                          \
	" h.id, h.grant_id, g.role, g.starts_at, g.ends_at, g.issue_key,"      \
	" g.reason, iif(g.id IS NULL, NULL, (SELECT max(e.seq)"                \
	" FROM evidence e WHERE e.grant_id = g.id))"

/* A hold that was released keeps its membership until the removal is seen to
 * have worked, as it does in what looks back; a later one is another story. */
#define STANDING(of_hold, of_change)                                           \
	"h.id IN (SELECT x.id FROM hold x WHERE x.released_at IS NULL" of_hold \
	" UNION ALL SELECT x.id FROM change c JOIN hold x"                     \
	" ON x.grant_id = c.grant_id AND x.idp = c.idp"                        \
	" AND x.group_id = c.group_id AND x.user_id = c.user_id"               \
	" WHERE c.settled_at IS NULL AND c.kind = 'remove'"                    \
	" AND x.kept_by IS NULL AND c.id = (SELECT min(o.id) FROM change o"    \
	" WHERE o.idp = c.idp AND o.group_id = c.group_id"                     \
	" AND o.user_id = c.user_id AND o.kind = 'remove'"                     \
	" AND o.opened_at >= x.released_at)" of_change ")"
#define OF_MEMBER(of)                                                          \
	" AND " of ".idp = ?2 AND " of ".group_id = ?3"                        \
	" AND " of ".user_id = u.user_id"

#define MEMBERS_FROM(hold)                                                     \
	"SELECT m.uid, m.since," GRANT_COLUMNS                                 \
	" FROM membership m CROSS JOIN idp_user u ON u.id = m.uid"             \
	" LEFT JOIN hold h ON " hold                                           \
	" LEFT JOIN \"grant\" g ON g.id = h.grant_id"                          \
	" WHERE m.gid = ?1 AND m.missed_at IS NULL"

static const char *const sql[] = {
	[GROUPS] = "SELECT r.id, r.idp, r.group_id, r.name, r.kind,"
		   " r.complete_at, EXISTS (SELECT 1 FROM change c"
		   " WHERE c.idp = r.idp AND c.group_id = r.group_id"
		   " AND c.kind = 'remove' AND (c.settled_at IS NULL"
		   " OR c.verified_at >= r.complete_at))"
		   " FROM idp_group r WHERE (?1 IS NULL OR r.idp = ?1)"
		   OF_ROLE("r.idp", "r.group_id")
		   " ORDER BY r.idp, r.group_id",
	/* Of a group that lapse took nothing from since it was read, nor is
	 * about to. */
	[MEMBERS] = MEMBERS_FROM("h.released_at IS NULL" OF_MEMBER("h"))
		" ORDER BY m.uid",
	[MEMBERS_CHECKED] = MEMBERS_FROM(
		STANDING(OF_MEMBER("x"), OF_MEMBER("c")))
	" AND NOT EXISTS (SELECT 1 FROM change c WHERE c.idp = ?2"
	" AND c.group_id = ?3 AND c.user_id = u.user_id AND c.kind = 'remove'"
	" AND c.state IN ('done', 'already-so', 'gone')"
	" AND c.verified_at >= ?4 AND NOT EXISTS (SELECT 1 FROM hold k"
	" WHERE k.idp = ?2 AND k.group_id = ?3 AND k.user_id = u.user_id"
	" AND k.released_at IS NULL AND k.verified_at >= c.verified_at))"
	" ORDER BY m.uid",
	[PERSON] = "SELECT" USER_COLUMNS " u.idp FROM idp_user u"
		   " WHERE u.id = ?1",
	[SINCE] = "SELECT min(h.id) OVER (PARTITION BY h.idp, h.group_id,"
		  " h.user_id), h.verified_at," USER_COLUMNS GRANT_COLUMNS
		", h.idp, h.group_id, r.name, r.kind, h.user_id"
		" FROM hold h LEFT JOIN idp_group r ON r.idp = h.idp"
		" AND r.group_id = h.group_id LEFT JOIN idp_user u"
		" ON u.idp = h.idp AND u.user_id = h.user_id"
		" LEFT JOIN \"grant\" g ON g.id = h.grant_id"
		" WHERE " STANDING("", "") " AND h.verified_at IS NOT NULL"
		" AND (r.complete_at IS NULL OR h.verified_at >= r.complete_at)"
		" AND NOT EXISTS (SELECT 1 FROM membership m WHERE"
		" m.gid = r.id AND m.uid = u.id AND m.missed_at IS NULL)"
		" AND (?1 IS NULL OR h.idp = ?1)"
		OF_ROLE("h.idp", "h.group_id")
		" ORDER BY h.idp, h.group_id, h.user_id, h.id",
	[MANUAL] = "SELECT g.id, a.account, a.name, a.email, a.active,"
		   " a.seen_at, g.account, g.application, g.role, g.starts_at,"
		   " g.ends_at, g.issue_key, g.reason, (SELECT max(e.seq)"
		   " FROM evidence e WHERE e.grant_id = g.id"
		   " AND (?3 IS NULL OR e.at <= ?3))"
		   " FROM \"grant\" g LEFT JOIN account a"
		   " ON a.account = g.account WHERE g.method = 'manual'"
		   " AND CASE WHEN ?3 IS NULL"
		   " THEN g.state IN ('granting', 'active', 'ending')"
		   " ELSE coalesce(g.ended_at > ?3, 1) END"
		   " AND EXISTS (SELECT 1 FROM manual d WHERE"
		   " d.grant_id = g.id AND d.kind = 'add'"
		   " AND d.done_at <= coalesce(?3, d.done_at))"
		   " AND NOT EXISTS (SELECT 1 FROM manual d WHERE"
		   " d.grant_id = g.id AND d.kind = 'remove'"
		   " AND d.done_at <= coalesce(?3, d.done_at))"
		   " AND ?1 IS NULL AND (?2 IS NULL OR g.role = ?2)"
		   " ORDER BY g.id",
	[POPULATION] = "SELECT count(*), count(*) - count(r.complete_at),"
		       " coalesce(sum((SELECT count(*) FROM membership m"
		       " WHERE m.gid = r.id AND m.missed_at IS NULL)), 0),"
		       " min(r.complete_at), max(r.complete_at)"
		       " FROM idp_group r WHERE (?1 IS NULL OR r.idp = ?1)"
		       OF_ROLE("r.idp", "r.group_id"),
};

const struct ledger_family export_family = LEDGER_FAMILY(export, EXPORT, sql);

/* ---- Groups and members ---- */

struct groups {
	export_group_fn *each;
	void *arg;
};

static int read_group(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct groups *c = arg;
	const struct export_group g = {
		.gid = row_int(r, 0),
		.idp = row_text(r, 1),
		.group = row_text(r, 2),
		.name = row_text(r, 3),
		.kind = row_text(r, 4),
		.complete_at = row_time(r, 5),
		.removed_since = row_int(r, 6) != 0,
	};

	return c->each(c->arg, &g, err);
}

int export_groups(struct ledger *l, const struct export_filter *f,
	export_group_fn *each, void *arg, struct lapse_err *err)
{
	struct groups c = {each, arg};

	return ledger_query(l, &export_family, GROUPS, read_group, &c, err,
		"tt", f->idp, f->role);
}

struct members {
	const struct export_group *group;	/* NULL: in each row */
	export_member_fn *each;
	void *arg;
};

static void read_person(const struct row *r, int first,
	struct export_member *m)
{
	m->user = row_text(r, first);
	m->login = row_text(r, first + 1);
	m->name = row_text(r, first + 2);
	m->email = row_text(r, first + 3);
	m->status = row_text(r, first + 4);
	m->manager = row_text(r, first + 5);
	m->department = row_text(r, first + 6);
	m->title = row_text(r, first + 7);
	m->last_login_at = row_time(r, first + 8);
	m->last_login_known = row_int(r, first + 9) != 0;
	m->created_at = row_time(r, first + 10);
	m->observed_at = row_time(r, first + 11);
}

static void read_hold(const struct row *r, int first, struct export_member *m)
{
	m->hold = row_int(r, first);
	if (m->hold == 0)
		return;
	m->grant = row_int(r, first + 1);
	m->role = row_text(r, first + 2);
	m->starts_at = row_time(r, first + 3);
	m->ends_at = row_time(r, first + 4);
	m->issue_key = row_text(r, first + 5);
	m->reason = row_text(r, first + 6);
	m->seq = row_int(r, first + 7);
}

void export_read_member(const struct row *r, struct export_member *m)
{
	m->uid = row_int(r, 0);
	m->since = row_int(r, 1);
	read_person(r, 2, m);
	read_hold(r, 14, m);
}

static int read_member(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct members *c = arg;
	struct export_member m = {
		.idp = c->group->idp,
		.group = c->group->group,
		.group_name = c->group->name,
		.group_kind = c->group->kind,
		.snapshot_at = c->group->complete_at,
		.uid = row_int(r, 0),
		.since = row_int(r, 1),
	};

	read_hold(r, 2, &m);
	return c->each(c->arg, &m, err);
}

int export_members(struct ledger *l, const struct export_group *g,
	export_member_fn *each, void *arg, struct lapse_err *err)
{
	struct members c = {g, each, arg};

	if (!g->removed_since)
		return ledger_query(l, &export_family, MEMBERS, read_member,
			&c, err, "itt", g->gid, g->idp, g->group);
	return ledger_query(l, &export_family, MEMBERS_CHECKED, read_member,
		&c, err, "ittw", g->gid, g->idp, g->group, g->complete_at);
}

static int read_one(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct members *c = arg;
	struct export_member m = {.idp = row_text(r, 12)};

	read_person(r, 0, &m);
	return c->each(c->arg, &m, err);
}

int export_person(struct ledger *l, int64_t uid, export_member_fn *each,
	void *arg, struct lapse_err *err)
{
	struct members c = {NULL, each, arg};

	return ledger_query(l, &export_family, PERSON, read_one, &c, err, "i",
		uid);
}

static int read_since(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct members *c = arg;
	struct export_member m = {0};

	export_read_member(r, &m);
	m.idp = row_text(r, 22);
	m.group = row_text(r, 23);
	m.group_name = row_text(r, 24);
	m.group_kind = row_text(r, 25);
	m.user = row_text(r, 26);
	m.snapshot_at = m.since;
	return c->each(c->arg, &m, err);
}

int export_members_since(struct ledger *l, const struct export_filter *f,
	export_member_fn *each, void *arg, struct lapse_err *err)
{
	struct members c = {NULL, each, arg};

	return ledger_query(l, &export_family, SINCE, read_since, &c, err,
		"tt", f->idp, f->role);
}

static int read_manual(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct members *c = arg;
	const struct export_member m = {
		.uid = row_int(r, 0),
		.hold = row_int(r, 0),
		.grant = row_int(r, 0),
		.name = row_text(r, 2),
		.email = row_text(r, 3),
		.status = row_null(r, 4) ? NULL
			: row_int(r, 4) != 0 ? "active" : "inactive",
		.observed_at = row_time(r, 5),
		.user = row_text(r, 6),
		.group_name = row_text(r, 7),
		.group_kind = "by hand",
		.role = row_text(r, 8),
		.starts_at = row_time(r, 9),
		.ends_at = row_time(r, 10),
		.issue_key = row_text(r, 11),
		.reason = row_text(r, 12),
		.seq = row_int(r, 13),
		.since = row_time(r, 9),
		.snapshot_at = WHEN_NONE,
		.last_login_at = WHEN_NONE,
		.created_at = WHEN_NONE,
	};

	return c->each(c->arg, &m, err);
}

int export_members_manual(struct ledger *l, const struct export_filter *f,
	export_member_fn *each, void *arg, struct lapse_err *err)
{
	struct members c = {NULL, each, arg};

	return ledger_query(l, &export_family, MANUAL, read_manual, &c, err,
		"ttw", f->idp, f->role, f->as_of);
}

void export_read_population(const struct row *r, struct export_population *p)
{
	p->groups = row_int(r, 0);
	p->groups_unread = row_int(r, 1);
	p->members = row_int(r, 2);
	p->oldest = row_time(r, 3);
	p->newest = row_time(r, 4);
}

static int read_population(void *arg, const struct row *r,
	struct lapse_err *err)
{
	(void)err;
	export_read_population(r, arg);
	return 0;
}

int export_population(struct ledger *l, const struct export_filter *f,
	struct export_population *ret, struct lapse_err *err)
{
	return ledger_query(l, &export_family, POPULATION, read_population,
		ret, err, "tt", f->idp, f->role);
}
