/* Members of groups by complete readings: what a reading changed against the
 * one before. */
#include <stdlib.h>

#include "ledger_people.h"
#include "report_rows.h"
#include "stmt.h"

enum {
	OF_GROUP,
	LEFT,
	ONE,
	UID,
	KNOWN,
	JOIN,
	PAST,
	RETURN,
	MISS,
	COMPLETE,
	WATCHING,
	WATCH,
};

enum {
	WATCH_GAP_S = 3600,	/* readings further apart are told one by one */
};

/* A removal of user u from group g that is under way, or was proven after the
 * last complete reading. */
#define REMOVED                                                                \
	"EXISTS (SELECT 1 FROM change c WHERE c.idp = g.idp"                   \
	" AND c.group_id = g.group_id AND c.user_id = u.user_id"               \
	" AND c.kind = 'remove' AND (c.settled_at IS NULL"                     \
	" OR (c.settled_at >= g.complete_at"                                   \
	" AND c.state IN ('done', 'already-so', 'gone'))))"

static const char *const sql[] = {
	[OF_GROUP] =
		"SELECT u.id, u.user_id, u.login, u.email, u.name, u.account,"
		" u.status, u.observed_at FROM idp_group g"
		" JOIN membership m ON m.gid = g.id"
		" JOIN idp_user u ON u.id = m.uid"
		" WHERE g.idp = ?1 AND g.group_id = ?2 AND m.missed_at IS NULL"
		" ORDER BY u.user_id",
	[LEFT] =
		"SELECT (SELECT count(*) FROM membership m"
		" JOIN idp_user u ON u.id = m.uid"
		" WHERE m.gid = g.id AND m.missed_at IS NULL"
		" AND NOT " REMOVED ")"
		" FROM idp_group g WHERE g.idp = ?1 AND g.group_id = ?2"
		" AND g.complete_at IS NOT NULL",
	[ONE] = "SELECT m.since, " REMOVED " FROM idp_group g"
		" JOIN membership m ON m.gid = g.id"
		" JOIN idp_user u ON u.id = m.uid"
		" WHERE g.idp = ?1 AND g.group_id = ?2 AND u.user_id = ?3"
		" AND m.missed_at IS NULL",
	[UID] = "SELECT id FROM idp_user WHERE idp = ?1 AND user_id = ?2",
	[KNOWN] = "SELECT uid, missed_at IS NOT NULL FROM membership"
		  " WHERE gid = ?1 ORDER BY uid",
	[JOIN] = "INSERT INTO membership (gid, uid, since)"
		 " VALUES (?1, ?2, ?3)",
	/* Who comes back is a member since now, not since the first time. */
	[PAST] = "INSERT OR IGNORE INTO membership_past (gid, uid, since,"
		 " missed_at) SELECT gid, uid, since, missed_at FROM membership"
		 " WHERE gid = ?1 AND uid = ?2 AND missed_at IS NOT NULL",
	[RETURN] = "UPDATE membership SET since = ?3, missed_at = NULL"
		   " WHERE gid = ?1 AND uid = ?2",
	[MISS] = "UPDATE membership SET missed_at = ?3"
		 " WHERE gid = ?1 AND uid = ?2 AND missed_at IS NULL",
	[COMPLETE] = "UPDATE idp_group SET complete_at = ?2 WHERE id = ?1",
	[WATCHING] = "UPDATE watched SET until = ?2,"
		     " longest_s = max(longest_s, ?2 - until) WHERE gid = ?1"
		     " AND since = (SELECT max(w.since) FROM watched w"
		     " WHERE w.gid = ?1) AND ?2 - until BETWEEN 0 AND ?3",
	[WATCH] = "INSERT OR IGNORE INTO watched (gid, since, until,"
		  " longest_s) VALUES (?1, ?2, ?2, 0)",
};

const struct ledger_family members_family =
	LEDGER_FAMILY(members, MEMBERS, sql);

struct collect {
	struct arena *arena;
	struct user_rows *ret;
	const char *idp;
};

static int read_member(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct user_row *u = VEC_ADD(&c->ret->list, c->arena);

	if (u == NULL)
		return lapse_fail_nomem(err);
	u->idp = c->idp;
	u->id = row_int(r, 0);
	u->user = arena_copy(c->arena, row_text(r, 1));
	u->login = arena_copy(c->arena, row_text(r, 2));
	u->email = arena_copy(c->arena, row_text(r, 3));
	u->name = arena_copy(c->arena, row_text(r, 4));
	u->account = arena_copy(c->arena, row_text(r, 5));
	u->status = arena_copy(c->arena, row_text(r, 6));
	u->last_login_at = WHEN_NONE;
	u->created_at = WHEN_NONE;
	u->observed_at = row_time(r, 7);
	return arena_check(c->arena, err);
}

int members_get(struct ledger *l, const char *idp, const char *group,
	struct arena *a, struct user_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret, arena_copy(a, idp)};

	return ledger_query(l, &members_family, OF_GROUP, read_member, &c, err,
		"tt", idp, group);
}

int members_left(struct ledger *l, const char *idp, const char *group,
	int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &members_family, LEFT, ret, -1, err, "tt", idp,
		group);
}

static int take_one(void *arg, const struct row *r, struct lapse_err *err)
{
	struct member_row *m = arg;

	(void)err;
	m->since = row_time(r, 0);
	m->leaving = row_int(r, 1) != 0;
	return 0;
}

int member_get(struct ledger *l, const char *idp, const char *group,
	const char *user, struct member_row *ret, struct lapse_err *err)
{
	struct member_row m = {.since = WHEN_NONE};
	int rc = ledger_query(l, &members_family, ONE, take_one, &m, err,
		"ttt", idp, group, user);

	if (rc == 0)
		*ret = m;
	return rc;
}

/* ---- A reading ---- */

void members_begin(struct members_reading *r, const char *idp,
	const char *group)
{
	members_clear(r);
	r->arena.max = (size_t)1 << 30;	/* everyone's group is long */
	r->idp = arena_copy(&r->arena, idp);
	r->group = arena_copy(&r->arena, group);
}

void members_clear(struct members_reading *r)
{
	arena_clear(&r->arena);
	*r = (struct members_reading){0};
}

int user_uid(struct ledger *l, const char *idp, const char *user,
	int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &members_family, UID, ret, 0, err, "tt", idp,
		user);
}

static int add_uid(struct members_reading *r, int64_t uid,
	struct lapse_err *err)
{
	int64_t *slot = VEC_ADD(&r->uids, &r->arena);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = uid;
	return 0;
}

int members_add(struct members_reading *r, const struct user_row *u,
	struct lapse_err *err)
{
	struct arena *a = &r->arena;
	struct user_row *copy;

	if (u->id != 0)
		return add_uid(r, u->id, err);
	copy = VEC_ADD(&r->users.list, a);
	if (copy == NULL)
		return lapse_fail_nomem(err);
	user_row_copy(a, u, copy);
	copy->idp = r->idp;
	return arena_check(a, err);
}

void user_row_copy(struct arena *a, const struct user_row *u,
	struct user_row *ret)
{
	*ret = *u;
	ret->user = arena_copy(a, u->user);
	ret->login = arena_copy(a, u->login);
	ret->email = arena_copy(a, u->email);
	ret->name = arena_copy(a, u->name);
	ret->account = arena_copy(a, u->account);
	ret->status = arena_copy(a, u->status);
	ret->department = arena_copy(a, u->department);
	ret->title = arena_copy(a, u->title);
	ret->manager = arena_copy(a, u->manager);
}

/* ---- Its end ---- */

/* What differs is noted while the rows of before are walked, and written
 * after: a table is not changed under the statement that reads it. */
struct merge {
	struct members_reading *reading;
	size_t at;			/* in reading->uids */
	VEC(int64_t) joined;
	VEC(int64_t) returned;
	VEC(int64_t) missed;
};

#define NOTE(m, list, uid, err)                                                \
	note((int64_t *)VEC_ADD(&(m)->list, &(m)->reading->arena), uid, err)

static int note(int64_t *slot, int64_t uid, struct lapse_err *err)
{
	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = uid;
	return 0;
}

/* Those of the reading that come before uid were not there before. */
static int note_joined(struct merge *m, int64_t before, struct lapse_err *err)
{
	const struct members_reading *r = m->reading;
	int rc = 0;

	while (rc == 0 && m->at < r->uids.n && r->uids.items[m->at] < before)
		rc = NOTE(m, joined, r->uids.items[m->at++], err);
	return rc;
}

static int read_known(void *arg, const struct row *row, struct lapse_err *err)
{
	struct merge *m = arg;
	const struct members_reading *r = m->reading;
	int64_t uid = row_int(row, 0);
	bool missed = row_int(row, 1) != 0;
	int rc = note_joined(m, uid, err);

	if (rc < 0)
		return rc;
	if (m->at < r->uids.n && r->uids.items[m->at] == uid) {
		m->at++;
		return missed ? NOTE(m, returned, uid, err) : 0;
	}
	return missed ? 0 : NOTE(m, missed, uid, err);
}

static int write_each(struct ledger *l, size_t which, int64_t gid,
	const int64_t *uids, size_t n, int64_t now, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (which == RETURN)
			rc = ledger_exec(l, &members_family, PAST, NULL, err,
				"ii", gid, uids[i]);
		if (rc == 0)
			rc = ledger_exec(l, &members_family, which, NULL, err,
				"iii", gid, uids[i], now);
	}
	return rc;
}

/* The group was read completely: what was watched goes on until now, or
 * begins again. */
static int write_reading(struct ledger *l, int64_t gid, int64_t now,
	struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_exec(l, &members_family, COMPLETE, NULL, err, "ii",
		gid, now);

	if (rc == 0)
		rc = ledger_exec(l, &members_family, WATCHING, &n, err, "iii",
			gid, now, (int64_t)WATCH_GAP_S);
	if (rc == 0 && n == 0)
		rc = ledger_exec(l, &members_family, WATCH, NULL, err, "ii",
			gid, now);
	return rc;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void sort_once(struct members_reading *r)
{
	size_t n = 0;

	if (r->uids.n > 0)
		qsort(r->uids.items, r->uids.n, sizeof(*r->uids.items),
			by_number);
	for (size_t i = 0; i < r->uids.n; i++)
		if (n == 0 || r->uids.items[i] != r->uids.items[n - 1])
			r->uids.items[n++] = r->uids.items[i];
	r->uids.n = n;
}

static int put_users(struct ledger *l, struct members_reading *r, int64_t now,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->users.list.n && rc == 0; i++) {
		const struct user_row *u = &r->users.list.items[i];
		int64_t uid = 0;

		rc = user_put(l, u, now, err);
		if (rc == 0)
			rc = user_uid(l, r->idp, u->user, &uid, err);
		if (rc == 0)
			rc = add_uid(r, uid, err);
	}
	r->users.list.n = 0;
	return rc;
}

static int merge(struct ledger *l, struct merge *m, int64_t gid, int64_t now,
	struct lapse_err *err)
{
	int rc = ledger_query(l, &members_family, KNOWN, read_known, m, err,
		"i", gid);

	if (rc == 0)
		rc = note_joined(m, INT64_MAX, err);
	if (rc == 0)
		rc = write_each(l, JOIN, gid, m->joined.items, m->joined.n,
			now, err);
	if (rc == 0)
		rc = write_each(l, RETURN, gid, m->returned.items,
			m->returned.n, now, err);
	if (rc == 0)
		rc = write_each(l, MISS, gid, m->missed.items, m->missed.n,
			now, err);
	return rc;
}

int members_finish(struct ledger *l, struct members_reading *r, int64_t now,
	struct members_change *ret, struct lapse_err *err)
{
	struct merge m = {.reading = r};
	struct group_row group = {0};
	int rc;

	if (!ledger_in_transaction(l))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: members: no transaction is open");
	rc = group_get(l, r->idp, r->group, &r->arena, &group, err);
	if (rc == 0)
		rc = put_users(l, r, now, err);
	if (rc < 0)
		return rc;
	sort_once(r);
	rc = merge(l, &m, group.id, now, err);
	if (rc == 0)
		rc = write_reading(l, group.id, now, err);
	if (rc == 0 && group.complete_at == WHEN_NONE)
		rc = baseline_note(l, group.id, now, err);
	if (rc == 0 && ret != NULL)
		*ret = (struct members_change){
			.members = (int64_t)r->uids.n,
			.joined = (int64_t)m.joined.n,
			.returned = (int64_t)m.returned.n,
			.missed = (int64_t)m.missed.n,
		};
	return rc;
}

bool members_has(const struct members_reading *r, int64_t uid)
{
	return r->uids.n > 0 && bsearch(&uid, r->uids.items, r->uids.n,
		sizeof(uid), by_number) != NULL;
}
