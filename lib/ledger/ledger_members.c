/* Members of groups by complete readings: what a reading changed against the
 * one before. */
#include <stdlib.h>
#include <string.h>

#include "ledger_people.h"
#include "stmt.h"

enum {
	OF_GROUP,
	KNOWN,
	JOIN,
	RETURN,
	MISS,
	COMPLETE,
};

static const char *const sql[] = {
	[OF_GROUP] =
		"SELECT u.id, u.user_id, u.login, u.email, u.name, u.account,"
		" u.status, u.observed_at FROM idp_group g"
		" JOIN membership m ON m.gid = g.id"
		" JOIN idp_user u ON u.id = m.uid"
		" WHERE g.idp = ?1 AND g.group_id = ?2 AND m.missed_at IS NULL"
		" ORDER BY u.user_id",
	[KNOWN] = "SELECT u.user_id, m.uid, m.missed_at IS NOT NULL"
		  " FROM membership m JOIN idp_user u ON u.id = m.uid"
		  " WHERE m.gid = ?1 ORDER BY u.user_id",
	[JOIN] = "INSERT INTO membership (gid, uid, since) SELECT ?1, id, ?4"
		 " FROM idp_user WHERE idp = ?2 AND user_id = ?3",
	/* Who comes back is a member since now, not since the first time. */
	[RETURN] = "UPDATE membership SET since = ?3, missed_at = NULL"
		   " WHERE gid = ?1 AND uid = ?2",
	[MISS] = "UPDATE membership SET missed_at = ?3"
		 " WHERE gid = ?1 AND uid = ?2 AND missed_at IS NULL",
	[COMPLETE] = "UPDATE idp_group SET complete_at = ?2 WHERE id = ?1",
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

int members_add(struct members_reading *r, const struct user_row *u,
	struct lapse_err *err)
{
	struct arena *a = &r->arena;
	struct user_row *copy = VEC_ADD(&r->users.list, a);

	if (copy == NULL)
		return lapse_fail_nomem(err);
	*copy = *u;
	copy->idp = r->idp;
	copy->user = arena_copy(a, u->user);
	copy->login = arena_copy(a, u->login);
	copy->email = arena_copy(a, u->email);
	copy->name = arena_copy(a, u->name);
	copy->account = arena_copy(a, u->account);
	copy->status = arena_copy(a, u->status);
	copy->department = arena_copy(a, u->department);
	copy->title = arena_copy(a, u->title);
	copy->manager = arena_copy(a, u->manager);
	return arena_check(a, err);
}

struct known {
	const char *user;
	int64_t uid;
	bool missed;
};

struct merge {
	struct ledger *l;
	struct members_reading *reading;
	struct members_change change;
	int64_t gid;
	int64_t now;
	VEC(struct known) known;
	struct lapse_err *err;
};

static int read_known(void *arg, const struct row *r, struct lapse_err *err)
{
	struct merge *m = arg;
	struct known *k = VEC_ADD(&m->known, &m->reading->arena);

	if (k == NULL)
		return lapse_fail_nomem(err);
	k->user = arena_copy(&m->reading->arena, row_text(r, 0));
	k->uid = row_int(r, 1);
	k->missed = row_int(r, 2) != 0;
	return arena_check(&m->reading->arena, err);
}

static int note(struct merge *m, struct user_rows *list,
	const struct user_row *u)
{
	struct user_row *slot = VEC_ADD(&list->list, &m->reading->arena);

	if (slot == NULL)
		return lapse_fail_nomem(m->err);
	*slot = *u;
	return 0;
}

static int here(struct merge *m, const struct user_row *u,
	const struct known *k)
{
	int rc = user_put(m->l, u, m->now, m->err);

	m->change.members++;
	if (rc < 0 || (k != NULL && !k->missed))
		return rc;
	if (k == NULL) {
		m->change.joined++;
		rc = ledger_exec(m->l, &members_family, JOIN, NULL, m->err,
			"itti", m->gid, m->reading->idp, u->user, m->now);
	} else {
		m->change.returned++;
		rc = ledger_exec(m->l, &members_family, RETURN, NULL, m->err,
			"iii", m->gid, k->uid, m->now);
	}
	return rc < 0 ? rc : note(m, &m->change.changed_in, u);
}

static int not_here(struct merge *m, const struct known *k)
{
	struct user_row u = {.id = k->uid, .idp = m->reading->idp,
		.user = k->user, .last_login_at = WHEN_NONE,
		.created_at = WHEN_NONE};
	int rc;

	if (k->missed)
		return 0;
	m->change.missed++;
	rc = ledger_exec(m->l, &members_family, MISS, NULL, m->err, "iii",
		m->gid, k->uid, m->now);
	return rc < 0 ? rc : note(m, &m->change.changed_out, &u);
}

static int by_user(const void *a, const void *b)
{
	const struct user_row *x = a;
	const struct user_row *y = b;

	return strcmp(x->user, y->user);
}

/* Both lists are in the order of the user ids' bytes. */
static int merge(struct merge *m)
{
	const struct user_row *u = m->reading->users.list.items;
	size_t n = m->reading->users.list.n;
	size_t k = 0;
	int rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		const struct known *old = NULL;

		if (i > 0 && strcmp(u[i].user, u[i - 1].user) == 0)
			continue;
		while (rc >= 0 && k < m->known.n &&
			strcmp(m->known.items[k].user, u[i].user) < 0)
			rc = not_here(m, &m->known.items[k++]);
		if (k < m->known.n &&
			strcmp(m->known.items[k].user, u[i].user) == 0)
			old = &m->known.items[k++];
		if (rc >= 0)
			rc = here(m, &u[i], old);
	}
	while (rc >= 0 && k < m->known.n)
		rc = not_here(m, &m->known.items[k++]);
	return rc;
}

int members_finish(struct ledger *l, struct members_reading *r, int64_t now,
	struct members_change *ret, struct lapse_err *err)
{
	struct merge m = {.l = l, .reading = r, .now = now, .err = err};
	struct group_row group = {0};
	int rc;

	if (!ledger_in_transaction(l))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: members: no transaction is open");
	rc = group_get(l, r->idp, r->group, &r->arena, &group, err);
	if (rc < 0)
		return rc;
	m.gid = group.id;
	if (r->users.list.n > 0)
		qsort(r->users.list.items, r->users.list.n,
			sizeof(*r->users.list.items), by_user);
	rc = ledger_query(l, &members_family, KNOWN, read_known, &m, err, "i",
		m.gid);
	if (rc >= 0)
		rc = merge(&m);
	if (rc >= 0)
		rc = ledger_exec(l, &members_family, COMPLETE, NULL, err, "ii",
			m.gid, now);
	if (rc >= 0 && ret != NULL)
		*ret = m.change;
	return rc < 0 ? rc : 0;
}
