/* Accounts, users, links and groups as rows. Members: ledger_members.c. */
#include "ledger_people.h"

#include "db.h"

enum {
	ACCOUNT_GET,
	ACCOUNT_PUT,
	ACCOUNT_SAME,
	USER_GET,
	USER_PUT,
	USER_KNOW,
	USER_SAME,
	LINK_GET,
	LINK_ACCOUNTS,
	LINK_PUT,
	LINK_DROP,
	TYPED,
	GROUP_GET,
	GROUP_PUT,
	GROUP_SAME,
};

/* An unchanged row is written again when it was last seen so long ago, so
 * that one can tell how old an observation is. */
#define AGAIN "900"

#define USER_SELECT                                                            \
	"SELECT id, idp, user_id, login, email, name, account, status,"        \
	" department, title, manager, last_login_at, last_login_known,"        \
	" created_at, observed_at FROM idp_user "
#define GROUP_SELECT                                                           \
	"SELECT id, idp, group_id, name, kind, detail, observed_at,"           \
	" complete_at FROM idp_group "

static const char *const sql[] = {
	[ACCOUNT_GET] = "SELECT account, name, email, zone, type, active,"
			" seen_at FROM account WHERE account = ?1",
	[ACCOUNT_PUT] =
		"INSERT INTO account (account, name, email, zone, type, active,"
		" seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
		" ON CONFLICT DO UPDATE SET"
		" name = coalesce(excluded.name, name),"
		" email = coalesce(excluded.email, email),"
		" zone = coalesce(excluded.zone, zone),"
		" type = coalesce(excluded.type, type),"
		" active = excluded.active, seen_at = excluded.seen_at"
		" WHERE coalesce(excluded.name, name) IS NOT name"
		" OR coalesce(excluded.email, email) IS NOT email"
		" OR coalesce(excluded.zone, zone) IS NOT zone"
		" OR coalesce(excluded.type, type) IS NOT type"
		" OR excluded.active <> active"
		" OR seen_at <= excluded.seen_at - " AGAIN,
	[ACCOUNT_SAME] =
		"SELECT 1 FROM account WHERE account = ?1"
		" AND coalesce(?2, name) IS name"
		" AND coalesce(?3, email) IS email"
		" AND coalesce(?4, zone) IS zone"
		" AND coalesce(?5, type) IS type AND active = ?6"
		" AND seen_at > ?7 - " AGAIN,
	[USER_GET] = USER_SELECT "WHERE idp = ?1 AND user_id = ?2",
	/* Lists of members show less than a read of the user: what they
	 * leave out stays as it was. */
	[USER_PUT] =
		"INSERT INTO idp_user (idp, user_id, login, email, name,"
		" account, status, department, title, manager, last_login_at,"
		" last_login_known, created_at, observed_at) VALUES (?1, ?2,"
		" ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
		" ON CONFLICT DO UPDATE SET login = excluded.login,"
		" email = excluded.email, name = excluded.name,"
		" account = coalesce(excluded.account, account),"
		" status = excluded.status,"
		" department = coalesce(excluded.department, department),"
		" title = coalesce(excluded.title, title),"
		" manager = coalesce(excluded.manager, manager),"
		" last_login_at = iif(excluded.last_login_known,"
		" excluded.last_login_at, last_login_at),"
		" last_login_known ="
		" max(excluded.last_login_known, last_login_known),"
		" created_at = coalesce(excluded.created_at, created_at),"
		" observed_at = excluded.observed_at"
		" WHERE login IS NOT excluded.login"
		" OR email IS NOT excluded.email"
		" OR name IS NOT excluded.name"
		" OR coalesce(excluded.account, account) IS NOT account"
		" OR status <> excluded.status"
		" OR coalesce(excluded.department, department)"
		" IS NOT department"
		" OR coalesce(excluded.title, title) IS NOT title"
		" OR coalesce(excluded.manager, manager) IS NOT manager"
		" OR (excluded.last_login_known AND (NOT last_login_known"
		" OR last_login_at IS NOT excluded.last_login_at))"
		" OR observed_at <= excluded.observed_at - " AGAIN,
	[USER_KNOW] =
		"INSERT INTO idp_user (idp, user_id, status, last_login_known,"
		" observed_at) VALUES (?1, ?2, 'unknown', 0, ?3)"
		" ON CONFLICT DO NOTHING",
	[USER_SAME] =
		"SELECT 1 FROM idp_user WHERE idp = ?1 AND user_id = ?2"
		" AND login IS ?3 AND email IS ?4 AND name IS ?5"
		" AND coalesce(?6, account) IS account AND status = ?7"
		" AND coalesce(?8, department) IS department"
		" AND coalesce(?9, title) IS title"
		" AND coalesce(?10, manager) IS manager"
		" AND (NOT ?12 OR (last_login_known AND last_login_at IS ?11))"
		" AND observed_at > ?13 - " AGAIN,
	[LINK_GET] = "SELECT account, idp, user_id, method, linked_at FROM link"
		     " WHERE account = ?1 AND idp = ?2",
	[LINK_ACCOUNTS] = "SELECT account FROM link WHERE idp = ?1"
			  " AND user_id = ?2 ORDER BY account LIMIT 2",
	[LINK_PUT] = "INSERT INTO link (account, idp, user_id, method,"
		     " linked_at) VALUES (?1, ?2, ?3, ?4, ?5)"
		     " ON CONFLICT DO UPDATE SET user_id = excluded.user_id,"
		     " method = excluded.method, linked_at = excluded.linked_at"
		     " WHERE user_id <> excluded.user_id"
		     " OR method <> excluded.method",
	[LINK_DROP] = "DELETE FROM link WHERE account = ?1 AND idp = ?2",
	[TYPED] =
		"SELECT account FROM account WHERE account = ?1"
		" OR email = ?1 COLLATE NOCASE"
		" UNION SELECT k.account FROM idp_user u JOIN link k"
		" ON k.idp = u.idp AND k.user_id = u.user_id"
		" WHERE u.user_id = ?1 OR u.login = ?1 COLLATE NOCASE"
		" OR u.email = ?1 COLLATE NOCASE ORDER BY 1",
	[GROUP_GET] = GROUP_SELECT "WHERE idp = ?1 AND group_id = ?2",
	[GROUP_PUT] =
		"INSERT INTO idp_group (idp, group_id, name, kind, detail,"
		" observed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		" ON CONFLICT DO UPDATE SET name = excluded.name,"
		" kind = excluded.kind, detail = excluded.detail,"
		" observed_at = excluded.observed_at"
		" WHERE name IS NOT excluded.name OR kind <> excluded.kind"
		" OR detail IS NOT excluded.detail"
		" OR observed_at <= excluded.observed_at - " AGAIN,
	[GROUP_SAME] = "SELECT 1 FROM idp_group WHERE idp = ?1"
		       " AND group_id = ?2 AND name IS ?3 AND kind = ?4"
		       " AND detail IS ?5 AND observed_at > ?6 - " AGAIN,
};

const struct ledger_family people_family = LEDGER_FAMILY(people, PEOPLE, sql);

struct collect {
	struct arena *arena;
	void *ret;
	int64_t n;
};

/* 0, or LAPSE_ENOTFOUND when no row came. */
static int found(int rc, const struct collect *c, struct lapse_err *err,
	const char *what, const char *id)
{
	if (rc < 0 || c->n > 0)
		return rc;
	return lapse_fail(err, LAPSE_ENOTFOUND,
		"ledger: %s '%s': not known", what, id);
}

static int same(int rc, int64_t one, bool *ret)
{
	if (rc == 0)
		*ret = one == 1;
	return rc;
}

bool people_writable(const struct ledger *l)
{
	return l != NULL && !l->readonly;
}

/* ---- Accounts ---- */

static int read_account(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct arena *a = c->arena;
	struct account_row *p = c->ret;

	c->n++;
	p->account = arena_copy(a, row_text(r, 0));
	p->name = arena_copy(a, row_text(r, 1));
	p->email = arena_copy(a, row_text(r, 2));
	p->zone = arena_copy(a, row_text(r, 3));
	p->type = arena_copy(a, row_text(r, 4));
	p->active = row_int(r, 5) != 0;
	p->seen_at = row_time(r, 6);
	return arena_check(a, err);
}

int account_get(struct ledger *l, const char *account, struct arena *a,
	struct account_row *ret, struct lapse_err *err)
{
	struct account_row row = {0};
	struct collect c = {.arena = a, .ret = &row};
	int rc = ledger_query(l, &people_family, ACCOUNT_GET, read_account, &c,
		err, "t", account);

	rc = found(rc, &c, err, "account", account);
	if (rc == 0)
		*ret = row;
	return rc;
}

int account_put(struct ledger *l, const struct account_row *row, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &people_family, ACCOUNT_PUT, NULL, err,
		"tttttii", row->account, row->name, row->email, row->zone,
		row->type, (int64_t)row->active, now);
}

int account_same(struct ledger *l, const struct account_row *row, int64_t now,
	bool *ret, struct lapse_err *err)
{
	int64_t one = 0;
	int rc = ledger_int(l, &people_family, ACCOUNT_SAME, &one, 0, err,
		"tttttii", row->account, row->name, row->email, row->zone,
		row->type, (int64_t)row->active, now);

	return same(rc, one, ret);
}

/* ---- Users ---- */

static int read_user(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct arena *a = c->arena;
	struct user_row *u = c->ret;

	c->n++;
	u->id = row_int(r, 0);
	u->idp = arena_copy(a, row_text(r, 1));
	u->user = arena_copy(a, row_text(r, 2));
	u->login = arena_copy(a, row_text(r, 3));
	u->email = arena_copy(a, row_text(r, 4));
	u->name = arena_copy(a, row_text(r, 5));
	u->account = arena_copy(a, row_text(r, 6));
	u->status = arena_copy(a, row_text(r, 7));
	u->department = arena_copy(a, row_text(r, 8));
	u->title = arena_copy(a, row_text(r, 9));
	u->manager = arena_copy(a, row_text(r, 10));
	u->last_login_at = row_time(r, 11);
	u->last_login_known = row_int(r, 12) != 0;
	u->created_at = row_time(r, 13);
	u->observed_at = row_time(r, 14);
	return arena_check(a, err);
}

int user_get(struct ledger *l, const char *idp, const char *user,
	struct arena *a, struct user_row *ret, struct lapse_err *err)
{
	struct user_row row = {0};
	struct collect c = {.arena = a, .ret = &row};
	int rc = ledger_query(l, &people_family, USER_GET, read_user, &c, err,
		"tt", idp, user);

	rc = found(rc, &c, err, "user", user);
	if (rc == 0)
		*ret = row;
	return rc;
}

int user_put(struct ledger *l, const struct user_row *u, int64_t now,
	struct lapse_err *err)
{
	if (u->status == NULL)
		return ledger_exec(l, &people_family, USER_KNOW, NULL, err,
			"tti", u->idp, u->user, now);
	return ledger_exec(l, &people_family, USER_PUT, NULL, err,
		"ttttttttttwiwi", u->idp, u->user, u->login, u->email, u->name,
		u->account, u->status, u->department, u->title, u->manager,
		u->last_login_at, (int64_t)u->last_login_known, u->created_at,
		now);
}

int user_same(struct ledger *l, const struct user_row *u, int64_t now,
	bool *ret, struct lapse_err *err)
{
	int64_t one = 0;
	int rc = ledger_int(l, &people_family, USER_SAME, &one, 0, err,
		"ttttttttttwii", u->idp, u->user, u->login, u->email, u->name,
		u->account, u->status, u->department, u->title, u->manager,
		u->last_login_at, (int64_t)u->last_login_known, now);

	return same(rc, one, ret);
}

/* ---- Links ---- */

static int read_link(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct link_row *k = c->ret;

	c->n++;
	k->account = arena_copy(c->arena, row_text(r, 0));
	k->idp = arena_copy(c->arena, row_text(r, 1));
	k->user = arena_copy(c->arena, row_text(r, 2));
	k->method = arena_copy(c->arena, row_text(r, 3));
	k->linked_at = row_time(r, 4);
	return arena_check(c->arena, err);
}

int link_get(struct ledger *l, const char *account, const char *idp,
	struct arena *a, struct link_row *ret, struct lapse_err *err)
{
	struct link_row row = {0};
	struct collect c = {.arena = a, .ret = &row};
	int rc = ledger_query(l, &people_family, LINK_GET, read_link, &c, err,
		"tt", account, idp);

	rc = found(rc, &c, err, "link of", account);
	if (rc == 0)
		*ret = row;
	return rc;
}

int link_accounts(struct ledger *l, const char *idp, const char *user,
	struct arena *a, struct strs *ret, struct lapse_err *err)
{
	struct row_texts t = {a, ret};

	return ledger_query(l, &people_family, LINK_ACCOUNTS, row_add_text, &t,
		err, "tt", idp, user);
}

int link_put(struct ledger *l, const struct link_row *row, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &people_family, LINK_PUT, NULL, err, "tttti",
		row->account, row->idp, row->user, row->method, now);
}

int link_drop(struct ledger *l, const char *account, const char *idp,
	struct lapse_err *err)
{
	return ledger_exec(l, &people_family, LINK_DROP, NULL, err, "tt",
		account, idp);
}

int people_typed(struct ledger *l, const char *typed, struct arena *a,
	struct strs *ret, struct lapse_err *err)
{
	struct row_texts t = {a, ret};

	return ledger_query(l, &people_family, TYPED, row_add_text, &t, err,
		"t", typed);
}

/* ---- Groups ---- */

static int read_group(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct arena *a = c->arena;
	struct group_row *g = c->ret;

	c->n++;
	g->id = row_int(r, 0);
	g->idp = arena_copy(a, row_text(r, 1));
	g->group = arena_copy(a, row_text(r, 2));
	g->name = arena_copy(a, row_text(r, 3));
	g->kind = arena_copy(a, row_text(r, 4));
	g->detail = arena_copy(a, row_text(r, 5));
	g->observed_at = row_time(r, 6);
	g->complete_at = row_time(r, 7);
	return arena_check(a, err);
}

int group_get(struct ledger *l, const char *idp, const char *group,
	struct arena *a, struct group_row *ret, struct lapse_err *err)
{
	struct group_row row = {0};
	struct collect c = {.arena = a, .ret = &row};
	int rc = ledger_query(l, &people_family, GROUP_GET, read_group, &c, err,
		"tt", idp, group);

	rc = found(rc, &c, err, "group", group);
	if (rc == 0)
		*ret = row;
	return rc;
}

int group_put(struct ledger *l, const struct group_row *g, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &people_family, GROUP_PUT, NULL, err, "ttttti",
		g->idp, g->group, g->name, g->kind, g->detail, now);
}

int group_same(struct ledger *l, const struct group_row *g, int64_t now,
	bool *ret, struct lapse_err *err)
{
	int64_t one = 0;
	int rc = ledger_int(l, &people_family, GROUP_SAME, &one, 0, err,
		"ttttti", g->idp, g->group, g->name, g->kind, g->detail, now);

	return same(rc, one, ret);
}
