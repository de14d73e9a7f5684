/* From readings to items: each membership, and each grant that is done by
 * hand, with its person, how it came about and what the person holds besides.
 * The order is by catalog and person, so that the same population gives the
 * same numbers and digests. */
#include "review_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

/* ---- One access ---- */

static int compare(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static struct review_case *add_case(struct review_opening *o,
	const char *source, const char *via)
{
	struct review_case *c = VEC_ADD(&o->cases, o->arena);

	if (c == NULL)
		return NULL;
	c->row.source = source;
	c->row.via = via;
	c->row.granted_at = WHEN_NONE;
	c->row.expires_at = WHEN_NONE;
	c->row.last_use_at = WHEN_NONE;
	c->row.days_inactive = -1;
	return c;
}

static void put_person(struct review_opening *o, struct review_case *c,
	const struct review_user *u)
{
	const struct idp_user *p = &u->u;

	c->user = u;
	c->row.idp = u->idp;
	c->row.user = p->id;
	c->row.login = p->login;
	c->row.name = p->name;
	c->row.email = p->email;
	c->row.status = idp_status_name(p->status);
	c->row.department = p->department;
	c->row.title = p->title;
	c->row.manager = review_manager_name(o, u);
	if (p->account != NULL && *p->account != '\0')
		c->row.account = p->account;
}

static int put_account(struct review_opening *o, struct review_case *c,
	struct lapse_err *err)
{
	struct strs accounts = {0};
	int rc = 0;

	if (c->row.account == NULL)
		rc = link_accounts(o->l->ledger, c->user->idp, c->user->u.id,
			o->arena, &accounts, err);
	if (rc == 0 && accounts.n == 1)
		c->row.account = accounts.items[0];
	return rc;
}

/* Who joined after the group was read first is known to be no older; who was
 * in it then may have been for years. */
static int put_found(struct review_opening *o, struct review_case *c,
	struct lapse_err *err)
{
	const struct membership m = {c->row.idp, c->row.group, c->row.user};
	struct context_found f;
	int rc = context_found(o->l->ledger, &m, o->arena, &f, err);

	if (rc < 0)
		return rc;
	if (f.added_at != WHEN_NONE)
		c->row.granted_at = f.added_at;
	else if (f.read && f.since == WHEN_NONE)
		c->row.granted_at = o->now;
	else if (f.read && f.since > c->group->before.first_at)
		c->row.granted_at = f.since;
	if (f.added_by != NULL)
		c->row.provisioned_by = f.added_source == NULL ? f.added_by :
			arena_fmt(o->arena, "%s (%s)", f.added_by,
				f.added_source);
	return 0;
}

static int put_origin(struct review_opening *o, struct review_case *c,
	struct lapse_err *err)
{
	const struct membership m = {c->row.idp, c->row.group, c->row.user};
	struct context_origin origin;
	int rc = context_origin(o->l->ledger, &m, o->arena, &origin, err);

	if (rc < 0)
		return rc;
	if (origin.grant == 0)
		return put_found(o, c, err);
	c->row.granted_at = origin.granted_at;
	c->row.provisioned_by = origin.by;
	c->row.via = "grant";
	c->row.grant = origin.grant;
	c->row.role = origin.role;
	c->row.application = origin.application;
	c->row.elevated = origin.elevated;
	c->row.expires_at = origin.expires_at;
	c->row.request_key = origin.issue_key;
	c->row.justification = origin.reason;
	if (c->row.account == NULL)
		c->row.account = origin.account;
	return 0;
}

static int is_wanted(struct review_opening *o, const struct review_user *u,
	bool *ret, struct lapse_err *err)
{
	*ret = o->scope.moved_since == WHEN_NONE;
	if (*ret || u == NULL)
		return 0;
	return context_moved(o->l->ledger, u->idp, u->u.id,
		o->scope.moved_since, ret, err);
}

static int add_member(struct review_opening *o, const struct review_group *g,
	const struct review_user *u, struct lapse_err *err)
{
	struct review_case *c;
	bool wanted = false;
	int rc = is_wanted(o, u, &wanted, err);

	if (rc < 0 || !wanted)
		return rc;
	c = add_case(o, "idp", "standing");
	if (c == NULL)
		return lapse_fail_nomem(err);
	put_person(o, c, u);
	c->group = g;
	c->row.group = g->group;
	c->row.group_name = g->name;
	rc = put_account(o, c, err);
	return rc < 0 ? rc : put_origin(o, c, err);
}

/* ---- What is done by hand ---- */

/* Linked before, named by a profile's attribute, or of exactly the address
 * that Jira showed. */
static bool is_of(const struct review_user *u, const char *account,
	const struct strs *links, const char *email)
{
	if (u->u.account != NULL && *u->u.account != '\0')
		return strcmp(u->u.account, account) == 0;
	for (size_t i = 0; i + 1 < links->n; i += 2)
		if (strcmp(links->items[i], u->idp) == 0)
			return strcmp(links->items[i + 1], u->u.id) == 0;
	return email != NULL && people_has_email(&u->u, email);
}

/* The person at the first provider that knows one. */
static const struct review_user *user_of(struct review_opening *o,
	const char *account)
{
	struct account_row known = {0};
	struct strs links = {0};

	for (size_t i = 0; i < o->l->n_idps; i++) {
		const char *idp = o->l->idps[i].section->name;
		struct link_row link = {0};

		if (link_get(o->l->ledger, account, idp, o->arena, &link,
			NULL) < 0)
			continue;
		strs_add(&links, o->arena, idp);
		strs_add(&links, o->arena, link.user);
	}
	if (account_get(o->l->ledger, account, o->arena, &known, NULL) < 0)
		known.email = NULL;
	for (size_t i = 0; i < o->users.n; i++)
		if (is_of(&o->users.items[i], account, &links, known.email))
			return &o->users.items[i];
	return NULL;
}

static int put_known(struct review_opening *o, struct review_case *c,
	const char *account, struct lapse_err *err)
{
	struct account_row known = {0};
	int rc = account_get(o->l->ledger, account, o->arena, &known, err);

	c->row.account = account;
	if (rc < 0)
		return rc == LAPSE_ENOTFOUND ? 0 : rc;
	c->row.name = known.name;
	c->row.email = known.email;
	c->row.status = known.active ? "active" : "inactive";
	return 0;
}

static int add_by_hand(struct review_opening *o, const struct grant_row *g,
	struct lapse_err *err)
{
	const struct review_user *u = user_of(o, g->account);
	struct review_case *c;
	bool wanted = false;
	int rc = is_wanted(o, u, &wanted, err);

	if (rc < 0 || !wanted)
		return rc;
	c = add_case(o, "manual", "by-hand");
	if (c == NULL)
		return lapse_fail_nomem(err);
	if (u != NULL)
		put_person(o, c, u);
	else
		rc = put_known(o, c, g->account, err);
	c->row.account = g->account;
	c->row.idp = NULL;
	c->row.user = NULL;
	c->row.application = g->application;
	c->row.role = g->role;
	c->row.elevated = g->elevated;
	c->row.grant = g->id;
	c->row.granted_at = g->starts_at != WHEN_NONE ? g->starts_at :
							 g->created_at;
	c->row.expires_at = g->ends_at;
	c->row.request_key = g->issue_key;
	c->row.justification = g->reason;
	if (rc == 0)
		rc = context_given_by(o->l->ledger, g->id, o->arena,
			&c->row.provisioned_by, err);
	return rc;
}

/* A step that nobody has done yet, or a removal under way, is no access that
 * a reviewer could say anything about. */
static int add_all_by_hand(struct review_opening *o, struct lapse_err *err)
{
	struct grant_rows live = {0};
	int rc = 0;

	if (o->scope.idp == NULL)
		rc = grants_live(o->l->ledger, NULL, o->arena, &live, err);
	for (size_t i = 0; i < live.list.n && rc == 0; i++) {
		const struct grant_row *g = &live.list.items[i];
		const struct role *r = config_role(o->l->config, g->role);

		if (!g->manual || strcmp(g->state, "active") != 0)
			continue;
		if (r == NULL ? o->scope.roles.n == 0 &&
			o->scope.applications.n == 0 && !o->scope.elevated :
			review_wants_role(&o->scope, r))
			rc = add_by_hand(o, g, err);
	}
	return rc;
}

/* ---- What the person holds besides ---- */

static bool was_read(const struct review_opening *o, const char *full)
{
	for (size_t i = 0; i < o->groups.n; i++) {
		const struct review_group *g = &o->groups.items[i];
		size_t n = strlen(g->idp);

		if (strncmp(full, g->idp, n) == 0 && full[n] == ':' &&
			strcmp(full + n + 1, g->group) == 0)
			return true;
	}
	return false;
}

static bool holds_role(const struct strs *groups, const struct role *r)
{
	for (size_t i = 0; i < r->groups.n; i++)
		if (!strs_has(groups, r->groups.items[i]))
			return false;
	return r->groups.n > 0;
}

/* Of the roles that have the group, the one that the person has all of; the
 * largest of these. */
static const struct role *role_of(const struct review_opening *o,
	const struct item_row *row, const struct strs *groups)
{
	const struct config *c = o->l->config;
	const struct role *best = NULL;
	bool best_held = false;
	AUTO_BUF full = {0};

	if (row->role != NULL)
		return config_role(c, row->role);
	if (row->group == NULL)
		return NULL;
	buf_fmt(&full, "%s:%s", row->idp, row->group);
	for (size_t i = 0; i < c->roles.n; i++) {
		const struct role *r = &c->roles.items[i];
		bool held = holds_role(groups, r);

		if (!strs_has(&r->groups, buf_text(&full)))
			continue;
		if (best == NULL || (held && !best_held) ||
			(held == best_held && held &&
				r->groups.n > best->groups.n)) {
			best = r;
			best_held = held;
		}
	}
	return best;
}

static void put_role(struct review_opening *o, struct review_case *c,
	const struct strs *groups)
{
	const struct role *r = role_of(o, &c->row, groups);

	c->role = r;
	if (r != NULL) {
		c->application = r->application;
		c->row.role = r->name;
		c->row.elevated = c->row.elevated || r->elevated;
	}
	if (c->application == NULL && c->row.application != NULL)
		c->application = config_application(o->l->config,
			c->row.application);
	if (c->application != NULL) {
		c->row.application = c->application->name;
		c->row.seat_cost = c->application->seat_cost;
	}
}

static void put_others(struct review_opening *o, struct review_case *c,
	const struct strs *held)
{
	struct strs others = {0};

	for (size_t i = 0; i < held->n; i++)
		if (c->row.role == NULL ||
			strcmp(held->items[i], c->row.role) != 0)
			strs_add(&others, o->arena, held->items[i]);
	if (others.n > 0)
		c->row.other_roles = strs_join(&others, o->arena, ", ");
}

/* The groups of the person at every provider that knows them. */
static int groups_known(struct review_opening *o, struct review_case **c,
	size_t n, struct strs *ret, struct lapse_err *err)
{
	const struct review_user *u = NULL;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (c[i]->user == NULL || c[i]->user == u)
			continue;
		u = c[i]->user;
		rc = context_groups(o->l->ledger, u->idp, u->u.id, o->arena,
			ret, err);
	}
	for (size_t i = 0; i < o->l->n_idps && rc == 0; i++) {
		const char *idp = o->l->idps[i].section->name;
		struct link_row link = {0};

		if (c[0]->row.account == NULL || link_get(o->l->ledger,
			c[0]->row.account, idp, o->arena, &link, NULL) < 0)
			continue;
		rc = context_groups(o->l->ledger, idp, link.user, o->arena,
			ret, err);
	}
	return rc;
}

/* The cases of one person, n of them from *c on. */
static int relate(struct review_opening *o, struct review_case **c, size_t n,
	struct lapse_err *err)
{
	const struct config *all = o->l->config;
	struct strs known = {0};
	struct strs groups = {0};
	struct strs held = {0};
	int rc = groups_known(o, c, n, &known, err);

	for (size_t i = 0; i < known.n; i++)
		if (!was_read(o, known.items[i]))
			strs_add(&groups, o->arena, known.items[i]);
	for (size_t i = 0; i < n; i++)
		if (c[i]->row.group != NULL)
			strs_add(&groups, o->arena, arena_fmt(o->arena,
				"%s:%s", c[i]->row.idp, c[i]->row.group));
	for (size_t i = 0; i < all->roles.n; i++)
		if (holds_role(&groups, &all->roles.items[i]))
			strs_add(&held, o->arena, all->roles.items[i].name);
	for (size_t i = 0; i < n; i++) {
		put_role(o, c[i], &groups);
		if (c[i]->row.role != NULL && !strs_has(&held, c[i]->row.role))
			strs_add(&held, o->arena, c[i]->row.role);
	}
	for (size_t i = 0; i < n; i++)
		put_others(o, c[i], &held);
	return rc < 0 ? rc : arena_check(o->arena, err);
}

/* Who has an account in Jira is one person at all providers. */
static int by_person(const void *a, const void *b)
{
	const struct review_case *x = *(struct review_case *const *)a;
	const struct review_case *y = *(struct review_case *const *)b;
	int order = compare(x->row.account, y->row.account);

	if (order != 0)
		return order;
	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	return (x > y) - (x < y);
}

static bool is_same_person(const struct review_case *x,
	const struct review_case *y)
{
	if (x->row.account != NULL || y->row.account != NULL)
		return compare(x->row.account, y->row.account) == 0;
	return x->user != NULL && x->user == y->user;
}

static int relate_all(struct review_opening *o, struct lapse_err *err)
{
	struct review_case **sorted = arena_alloc(o->arena,
		(o->cases.n + 1) * sizeof(struct review_case *));
	size_t to;
	int rc = 0;

	if (sorted == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < o->cases.n; i++)
		sorted[i] = &o->cases.items[i];
	qsort(sorted, o->cases.n, sizeof(*sorted), by_person);
	for (size_t from = 0; from < o->cases.n && rc == 0; from = to) {
		to = from + 1;
		while (to < o->cases.n && is_same_person(sorted[from],
			sorted[to]))
			to++;
		rc = relate(o, sorted + from, to - from, err);
	}
	return rc;
}

/* ---- All of them ---- */

/* A group may be that of several roles: only the memberships that make one in
 * scope are asked about. What no role of the catalog explains stays. */
static void leave_out_others(struct review_opening *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->cases.n; i++) {
		const struct review_case *c = &o->cases.items[i];

		if (strcmp(c->row.source, "idp") != 0 || c->role == NULL ||
			review_wants_role(&o->scope, c->role))
			o->cases.items[n++] = *c;
	}
	o->cases.n = n;
}

static int by_place(const void *a, const void *b)
{
	const struct item_row *x = &((const struct review_case *)a)->row;
	const struct item_row *y = &((const struct review_case *)b)->row;
	const char *const mine[] = {x->application, x->role, x->idp, x->group,
		x->login, x->user, x->account, x->email, x->name};
	const char *const theirs[] = {y->application, y->role, y->idp,
		y->group, y->login, y->user, y->account, y->email, y->name};
	int order = 0;

	for (size_t i = 0; i < ARRAY_N(mine) && order == 0; i++)
		order = compare(mine[i], theirs[i]);
	return order != 0 ? order : (x->grant > y->grant) -
		(x->grant < y->grant);
}

int review_cases(struct review_opening *o, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < o->groups.n && rc == 0; i++) {
		const struct review_group *g = &o->groups.items[i];

		for (size_t n = 0; n < g->members.n && rc == 0; n++)
			rc = add_member(o, g, g->members.items[n], err);
	}
	if (rc == 0 && o->scope.file == NULL)
		rc = add_all_by_hand(o, err);
	if (rc == 0)
		rc = relate_all(o, err);
	leave_out_others(o);
	if (rc == 0 && o->cases.n > 0)
		qsort(o->cases.items, o->cases.n, sizeof(*o->cases.items),
			by_place);
	return rc < 0 ? rc : arena_check(o->arena, err);
}

/* ---- Digests ---- */

static void put_text(struct buf *b, const char *text)
{
	if (text == NULL)
		buf_str(b, "-1:,");
	else
		buf_fmt(b, "%zu:%s,", strlen(text), text);
}

static void put_number(struct buf *b, int64_t number, int64_t none)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	put_text(b, number == none ? NULL : text);
}

/* Netstrings, in the order of the columns; see lapse-ledger(5). */
static void put_row(struct buf *b, const struct item_row *r)
{
	const char *const place[] = {r->source, r->application, r->role,
		r->idp, r->group, r->group_name, r->user, r->account, r->login,
		r->name, r->email, r->status, r->department, r->title,
		r->manager};

	put_number(b, r->n, 0);
	for (size_t i = 0; i < ARRAY_N(place); i++)
		put_text(b, place[i]);
	put_number(b, r->orphan, -1);
	put_number(b, r->elevated, -1);
	put_text(b, r->via);
	put_number(b, r->grant, 0);
	put_number(b, r->granted_at, WHEN_NONE);
	put_number(b, r->expires_at, WHEN_NONE);
	put_text(b, r->request_key);
	put_text(b, r->justification);
	put_text(b, r->provisioned_by);
	put_text(b, r->last_use);
	put_number(b, r->last_use_at, WHEN_NONE);
	put_text(b, r->last_use_source);
	put_text(b, r->last_use_why);
	put_number(b, r->days_inactive, -1);
	put_text(b, r->other_roles);
	put_text(b, r->seat_cost);
	put_text(b, r->recommendation);
	put_text(b, r->recommended_why);
}

int review_freeze(struct review_opening *o, char ret_digest[65],
	struct lapse_err *err)
{
	AUTO_BUF all = {.max = 256 << 20};
	AUTO_BUF one = {0};
	char hex[HASH_HEX];
	int rc = 0;

	for (size_t i = 0; i < o->cases.n && rc == 0; i++) {
		struct item_row *r = &o->cases.items[i].row;

		buf_reset(&one);
		r->n = (int64_t)i + 1;
		put_row(&one, r);
		rc = buf_check(&one, err, "review");
		if (rc == 0)
			rc = hash_hex(buf_text(&one), one.len, hex, err);
		r->digest = arena_copy(o->arena, hex);
		buf_str(&all, hex);
	}
	if (rc == 0)
		rc = buf_check(&all, err, "review");
	if (rc == 0)
		rc = arena_check(o->arena, err);
	return rc < 0 ? rc : hash_hex(buf_text(&all), all.len, ret_digest,
		err);
}
