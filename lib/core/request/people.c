/* Who is who: one Jira account's user in one provider. In this order: an
 * attribute that holds the accountId, an e-mail address that Jira shows and
 * that is exactly equal, the map file. One user or nobody: a guess would give
 * access to a stranger. */
#include <string.h>

#include "moved.h"
#include "people_private.h"
#include "text.h"

/* <Shape> one linking. user NULL: not linked (yet); why then says what was
 * found on the way. */
struct linking {
	struct lapse *l;
	const char *account;
	const char *idp;
	struct arena *a;
	const struct idp_user *user;
	const char *method;
	const char *why;
	struct lapse_err *err;
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Does the attribute name somebody else? Then it is not this person,
 * whatever the addresses say. */
static bool is_anothers(const struct linking *k, const struct idp_user *u)
{
	return u->account != NULL && *u->account != '\0' &&
		!same(u->account, k->account);
}

/* The only one of the users that fits; NULL: none or several. */
static const struct idp_user *only(const struct users *users,
	bool (*fits)(const struct idp_user *u, const char *text),
	const char *text, size_t *ret_n)
{
	const struct idp_user *one = NULL;
	size_t n = 0;

	for (size_t i = 0; i < users->list.n; i++) {
		const struct idp_user *u = &users->list.items[i];
		if (!fits(u, text))
			continue;
		if (one == NULL || strcmp(one->id, u->id) != 0)
			n++;
		one = u;
	}
	*ret_n = n;
	return n == 1 ? one : NULL;
}

static bool has_account(const struct idp_user *u, const char *account)
{
	return same(u->account, account);
}

static int linked(struct linking *k, const struct idp_user *u,
	const char *method)
{
	k->user = u;
	k->method = method;
	return 0;
}

static int by_attribute(struct linking *k)
{
	struct users users = {.arena = k->a};
	const struct idp_user *u;
	size_t n;
	int rc = users_find(k->l, k->idp, k->account, &users, k->err);

	if (rc < 0)
		return rc;
	u = only(&users, has_account, k->account, &n);
	if (u != NULL)
		return linked(k, u, "attribute");
	if (n > 1)
		k->why = arena_fmt(k->a, "%zu users of %s have the accountId "
			"%s in their profile; leave it in one", n, k->idp,
			k->account);
	return 0;
}

static const char *settle(struct linking *k)
{
	return arena_fmt(k->a, "put the accountId %s into the user's profile, "
		"or a line \"%s %s USER\" into the people map", k->account,
		k->account, k->idp);
}

static int by_email(struct linking *k)
{
	struct users users = {.arena = k->a};
	struct jira_person p = {0};
	const struct idp_user *u;
	size_t n;
	int rc = people_account_fresh(k->l, k->account, k->a, &p, k->err);

	if (rc < 0 && rc != LAPSE_ENOTFOUND)
		return rc;
	if (p.email == NULL) {
		k->why = arena_fmt(k->a, "Jira hides the e-mail address, and "
			"no user of %s has the accountId; %s", k->idp,
			settle(k));
		return 0;
	}
	rc = users_find(k->l, k->idp, p.email, &users, k->err);
	if (rc < 0)
		return rc;
	u = only(&users, people_has_email, p.email, &n);
	if (u != NULL && !is_anothers(k, u))
		return linked(k, u, "email");
	if (u != NULL)
		k->why = arena_fmt(k->a, "the user of %s with the address %s "
			"has another accountId in the profile; correct it",
			k->idp, p.email);
	else if (n > 1)
		k->why = arena_fmt(k->a, "%zu users of %s have the address %s; "
			"%s", n, k->idp, p.email, settle(k));
	else
		k->why = arena_fmt(k->a, "no user of %s has the accountId or "
			"the address %s; %s", k->idp, p.email, settle(k));
	return 0;
}

static int by_map(struct linking *k)
{
	struct users users = {.arena = k->a};
	const char *typed = NULL;
	const struct idp_user *u;
	size_t n;
	int rc = map_user(k->l, k->account, k->idp, k->a, &typed, k->err);

	if (rc < 0 || typed == NULL)
		return rc;
	rc = users_find(k->l, k->idp, typed, &users, k->err);
	if (rc < 0)
		return rc;
	u = only(&users, user_is, typed, &n);
	if (u != NULL && !is_anothers(k, u))
		return linked(k, u, "map");
	k->why = arena_fmt(k->a, "the people map names the user '%s' of %s, "
		"%s; correct it", typed, k->idp, u != NULL ?
		"who has another accountId in the profile" :
		"and there is not exactly one");
	return 0;
}

/* Is a link of an earlier run still what its method says? */
static int still(struct linking *k, const struct link_row *row,
	const struct idp_user *u, bool *ret)
{
	const char *typed = NULL;
	int rc = 0;

	*ret = !is_anothers(k, u);
	if (strcmp(row->method, "attribute") == 0)
		*ret = same(u->account, k->account);
	if (strcmp(row->method, "map") == 0) {
		rc = map_user(k->l, k->account, k->idp, k->a, &typed, k->err);
		*ret = *ret && typed != NULL && user_is(u, typed);
	}
	return rc;
}

static int by_ledger(struct linking *k)
{
	struct users users = {.arena = k->a};
	struct link_row row = {0};
	bool holds = false;
	int rc = k->l->ledger == NULL ? LAPSE_ENOTFOUND :
		link_get(k->l->ledger, k->account, k->idp, k->a, &row, k->err);

	if (rc == LAPSE_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = users_get(k->l, k->idp, row.user, &users, k->err);
	if (rc < 0 || users.list.n == 0)
		return rc;
	rc = still(k, &row, &users.list.items[0], &holds);
	if (rc == 0 && holds)
		return linked(k, &users.list.items[0], row.method);
	return rc;
}

static int find(struct linking *k)
{
	static int (*const ways[])(struct linking *k) = {
		by_ledger,
		by_attribute,
		by_email,
		by_map,
	};
	const char *twice;
	int rc = 0;

	for (size_t i = 0; i < 4 && rc == 0 && k->user == NULL; i++) {
		rc = ways[i](k);
		/* Two by attribute is a fault that no address may hide. */
		twice = i == 1 ? k->why : NULL;
		if (twice != NULL)
			break;
	}
	return rc < 0 ? rc : arena_check(k->a, k->err);
}

/* ---- Keeping it ---- */

static int is_kept(struct linking *k, const struct user_row *user, bool *ret)
{
	struct link_row old = {0};
	bool user_kept = false;
	int rc = link_get(k->l->ledger, k->account, k->idp, k->a, &old, k->err);

	if (rc == LAPSE_ENOTFOUND)
		rc = 0;
	if (rc == 0)
		rc = user_same(k->l->ledger, user, core_now(k->l), &user_kept,
			k->err);
	*ret = user_kept && same(old.user, k->user->id) &&
		same(old.method, k->method);
	return rc;
}

static int put(struct linking *k, const struct user_row *user)
{
	struct link_row link = {k->account, k->idp, k->user->id, k->method,
		WHEN_NONE};
	int64_t now = core_now(k->l);
	int rc = moved_note(k->l, user, k->err);

	if (rc == 0)
		rc = user_put(k->l->ledger, user, now, k->err);
	return rc < 0 ? rc : link_put(k->l->ledger, &link, now, k->err);
}

static int keep(struct linking *k)
{
	struct user_row user;
	bool kept = false;
	int rc;

	if (k->l->dry_run || !people_writable(k->l->ledger))
		return 0;
	people_user_row(k->idp, k->user, &user);
	rc = is_kept(k, &user, &kept);
	if (rc < 0 || kept)
		return rc;
	if (ledger_in_transaction(k->l->ledger))
		return put(k, &user);
	rc = core_begin(k->l, k->err);
	return rc < 0 ? rc : core_end(k->l, put(k, &user), k->err);
}

int people_resolve(struct lapse *l, const char *account, const char *idp,
	struct arena *a, struct people_link *ret, struct lapse_err *err)
{
	struct linking k = {.l = l, .account = account, .idp = idp, .a = a,
		.err = err};
	int rc = find(&k);

	if (rc < 0)
		return rc;
	if (k.user != NULL)
		rc = keep(&k);
	if (rc < 0)
		return rc;
	*ret = (struct people_link){.idp = idp,
		.status = IDP_STATUS_UNKNOWN};
	if (k.user == NULL) {
		ret->problem = k.why != NULL ? k.why : settle(&k);
		ret->admin = ret->problem;
		return arena_check(a, err);
	}
	ret->user = k.user->id;
	ret->login = k.user->login != NULL ? k.user->login : k.user->id;
	ret->method = k.method;
	ret->status = k.user->status;
	ret->manager = k.user->manager;
	return 0;
}

/* ---- Groups ---- */

static int is_member(struct lapse *l, const char *idp, const char *group,
	const char *user, bool *ret, struct lapse_err *err)
{
	struct op op = {.name = "is member", .group = group, .user = user};
	struct core_idp *i = NULL;
	int rc = core_idp_ready(l, idp, &i, err);

	if (rc < 0)
		return rc;
	op.step = i->section->driver->is_member;
	rc = core_idp_call(l, idp, &op, err);
	if (rc == 0)
		*ret = op.outcome == OP_PRESENT;
	op_clear(&op);
	return rc;
}

/* The same person in another provider. */
static int is_member_there(struct lapse *l, const char *home,
	const char *user, const char *idp, const char *group, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct people_link link = {0};
	struct strs accounts = {0};
	int rc = l->ledger == NULL ? 0 :
		link_accounts(l->ledger, home, user, &a, &accounts, err);

	if (rc < 0)
		return rc;
	*ret = false;
	if (accounts.n != 1)
		return 0;
	rc = people_resolve(l, accounts.items[0], idp, &a, &link, err);
	if (rc < 0 || link.user == NULL)
		return rc;
	return is_member(l, idp, group, link.user, ret, err);
}

int people_in_group(struct lapse *l, const char *idp, const char *group,
	const char *user, bool *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *other, *id;

	if (!config_split_group(group, &a, &other, &id) ||
		config_idp(l->config, other) == NULL)
		return is_member(l, idp, group, user, ret, err);
	if (strcmp(other, idp) == 0)
		return is_member(l, idp, id, user, ret, err);
	return is_member_there(l, idp, user, other, id, ret, err);
}
