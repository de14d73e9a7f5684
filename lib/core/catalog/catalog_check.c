/* Checking the catalog against the world: groups, people, options, grants.
 * Reads only. */
#include "catalog_private.h"

#include <string.h>

#include "ledger_catalog.h"
#include "people.h"

/* What one look at a group showed. */
struct seen_group {
	const char *full;	/* "idp:group" */
	bool found;
	enum idp_group_kind kind;
	const char *name;
	const char *detail;
};

struct checking {
	struct lapse *l;
	struct arena a;
	int (*found)(void *arg, const struct catalog_fault *f,
		struct lapse_err *err);
	void *arg;
	const struct role *role;
	VEC(struct seen_group) groups;
	struct strs people;	/* found and active */
	struct lapse_err *err;
};

static int say(struct checking *k, const char *code, const char *detail,
	const char *hint)
{
	struct catalog_fault f = {
		.role = k->role != NULL ? k->role->name : NULL,
		.code = code,
		.detail = detail,
		.hint = hint,
	};

	if (arena_check(&k->a, k->err) < 0)
		return LAPSE_ENOMEM;
	return k->found(k->arg, &f, k->err);
}

#define TEXT(...) arena_fmt(&k->a, __VA_ARGS__)

/* A service that fails must not hide what the others say. */
static int not_checked(struct checking *k, int rc, const char *what)
{
	struct lapse_err why = *k->err;

	if (rc <= LAPSE_EINTERNAL && rc != LAPSE_ECONFIG)
		return rc;
	core_note(k->l, lapse_exit_of(rc), NULL);
	return say(k, "not-checked", TEXT("%s: %s", what, why.text), NULL);
}

/* ---- Groups ---- */

struct take {
	struct checking *k;
	struct seen_group *into;
};

static int take_group(void *arg, const void *item, struct lapse_err *err)
{
	struct take *t = arg;
	const struct idp_group *g = item;

	t->into->found = true;
	t->into->kind = g->kind;
	t->into->name = arena_copy(&t->k->a, g->name);
	t->into->detail = arena_copy(&t->k->a, g->detail);
	return arena_check(&t->k->a, err);
}

static int read_group(struct checking *k, const char *full,
	struct seen_group *ret)
{
	struct take t = {k, ret};
	struct op op = {.name = "group", .sink = take_group, .arg = &t};
	struct core_idp *i = NULL;
	const char *idp, *group;
	int rc;

	if (!config_split_group(full, &k->a, &idp, &group))
		return lapse_fail_nomem(k->err);
	rc = core_idp_ready(k->l, idp, &i, k->err);
	if (rc < 0)
		return rc;
	op.step = i->section->driver->get_group;
	op.group = group;
	rc = core_idp_call(k->l, idp, &op, k->err);
	op_clear(&op);
	return rc;
}

/* Each group is read once, however many roles have it. */
static int look(struct checking *k, const char *full,
	const struct seen_group **ret)
{
	struct seen_group seen = {.full = full};
	struct seen_group *slot;
	int rc;

	for (size_t i = 0; i < k->groups.n; i++)
		if (strcmp(k->groups.items[i].full, full) == 0) {
			*ret = &k->groups.items[i];
			return 0;
		}
	rc = read_group(k, full, &seen);
	if (rc < 0)
		return rc;
	slot = VEC_ADD(&k->groups, &k->a);
	if (slot == NULL)
		return lapse_fail_nomem(k->err);
	*slot = seen;
	*ret = slot;
	return 0;
}

static int check_group(struct checking *k, const char *full, bool changed)
{
	const struct seen_group *g = NULL;
	int rc = look(k, full, &g);

	if (rc < 0)
		return not_checked(k, rc, full);
	if (!g->found)
		return say(k, "group-not-found",
			TEXT("group %s does not exist", full),
			"correct the group's id");
	if (!changed || g->kind == IDP_GROUP_OK)
		return 0;
	return say(k, "group-kind", TEXT("group %s (%s) %s%s%s", full,
		g->name != NULL ? g->name : "without a name",
		idp_group_kind_text(g->kind), g->detail != NULL ? ": " : "",
		g->detail != NULL ? g->detail : ""),
		"requests for this role are refused; choose another group");
}

static int check_groups(struct checking *k)
{
	const struct role *r = k->role;
	int rc = 0;

	for (size_t i = 0; i < r->groups.n && rc == 0; i++)
		rc = check_group(k, r->groups.items[i], true);
	for (size_t i = 0; i < r->requestable_by.n && rc == 0; i++)
		rc = check_group(k, r->requestable_by.items[i], false);
	for (size_t i = 0; i < r->approvers.n && rc == 0; i++)
		if (strncmp(r->approvers.items[i], "group:", 6) == 0)
			rc = check_group(k, r->approvers.items[i] + 6, false);
	for (size_t i = 0; i < r->reclaim_except.n && rc == 0; i++)
		if (strncmp(r->reclaim_except.items[i], "group:", 6) == 0)
			rc = check_group(k, r->reclaim_except.items[i] + 6,
				false);
	return rc;
}

/* ---- People ---- */

static int check_person(struct checking *k, const char *who, const char *code)
{
	struct policy_approver found = {0};
	int rc;

	if (who == NULL || strs_has(&k->people, who))
		return 0;
	rc = people_named(k->l, who, &k->a, &found, k->err);
	if (rc < 0)
		return not_checked(k, rc, who);
	if (found.account == NULL)
		return say(k, code,
			TEXT("%s is not exactly one Jira account", who),
			"give the accountId");
	if (!found.active)
		return say(k, code, TEXT("%s (%s) is not active", who,
			found.name != NULL ? found.name : found.account),
			"name somebody else");
	strs_add(&k->people, &k->a, who);
	return 0;
}

static int check_people(struct checking *k)
{
	const struct role *r = k->role;
	int rc = check_person(k, r->fallback_approver, "fallback-approver");

	if (rc == 0)
		rc = check_person(k, r->application->fulfiller, "fulfiller");
	for (size_t i = 0; i < r->approvers.n && rc == 0; i++) {
		const char *who = r->approvers.items[i];
		if (strcmp(who, "owner") == 0)
			rc = check_person(k, r->application->owner, "owner");
		else if (strcmp(who, "manager") != 0 &&
			strncmp(who, "group:", 6) != 0)
			rc = check_person(k, who, "approver");
	}
	for (size_t i = 0; i < r->reclaim_except.n && rc == 0; i++) {
		const char *who = r->reclaim_except.items[i];

		if (strncmp(who, "group:", 6) != 0)
			rc = check_person(k, who, "reclaim-except");
	}
	return rc;
}

/* ---- Grants ---- */

struct held {
	int64_t grant;
	const char *key;
	const char *role;
	struct strs groups;
};

struct holding {
	struct checking *k;
	VEC(struct held) list;
};

static int collect_held(void *arg, const struct held_row *r,
	struct lapse_err *err)
{
	struct holding *h = arg;
	struct arena *a = &h->k->a;
	struct held *last =
		h->list.n > 0 ? &h->list.items[h->list.n - 1] : NULL;

	if (last == NULL || last->grant != r->grant) {
		last = VEC_ADD(&h->list, a);
		if (last == NULL)
			return lapse_fail_nomem(err);
		last->grant = r->grant;
		last->key = arena_copy(a, r->issue_key);
		last->role = arena_copy(a, r->role);
	}
	strs_add(&last->groups, a, arena_fmt(a, "%s:%s", r->idp, r->group));
	return arena_check(a, err);
}

static bool differs(const struct held *h, const struct role *r)
{
	bool same = h->groups.n == r->groups.n;

	for (size_t i = 0; i < h->groups.n; i++)
		same = same && strs_has(&r->groups, h->groups.items[i]);
	return !same;
}

static int check_held(struct checking *k, const struct held *h)
{
	const char *key = h->key != NULL ? h->key : "no issue yet";

	k->role = config_role(k->l->config, h->role);
	if (k->role == NULL)
		return say(k, "grant-role", TEXT("grant %lld (%s) holds '%s', "
			"which is not in the catalog any more",
			(long long)h->grant, key, h->role),
			"it ends at its time; `lapse revoke` ends it now");
	if (!differs(h, k->role))
		return 0;
	return say(k, "grant-groups", TEXT("grant %lld (%s) holds %s, the "
		"catalog says %s", (long long)h->grant, key,
		strs_join(&h->groups, &k->a, ", "),
		strs_join(&k->role->groups, &k->a, ", ")),
		"it keeps what it was given until it ends");
}

static int check_grants(struct checking *k)
{
	struct holding h = {.k = k};
	int rc = held_each(k->l->ledger, collect_held, &h, k->err);

	for (size_t i = 0; i < h.list.n && rc == 0; i++)
		rc = check_held(k, &h.list.items[i]);
	k->role = NULL;
	return rc;
}

/* ---- Options ---- */

static int check_option(struct checking *k, const struct catalog_option *o)
{
	k->role = o->role != NULL ? config_role(k->l->config, o->role) : NULL;
	if (o->action == CATALOG_KEEP)
		return 0;
	if (o->action == CATALOG_FOREIGN)
		return say(k, "option-foreign", TEXT("option '%s' of field %s "
			"stands for no role", o->value, o->field),
			"requests with it are refused; disable it in Jira");
	return say(k, "option", TEXT("option '%s' of field %s: %s", o->value,
		o->field, o->action == CATALOG_CREATE ? "is missing" :
		o->action == CATALOG_ENABLE ? "is disabled" :
		"stands for no role any more"), "run `lapse catalog publish`");
}

static int check_field(struct checking *k, const char *field)
{
	struct catalog_plan plan = {0};
	int rc = catalog_plan(k->l, field, &k->a, &plan, k->err);

	if (rc < 0)
		return not_checked(k, rc, field);
	for (size_t i = 0; i < plan.options.n && rc == 0; i++)
		rc = check_option(k, &plan.options.items[i]);
	k->role = NULL;
	return rc;
}

static int check_roles(struct checking *k)
{
	int rc = 0;

	for (size_t i = 0; i < k->l->config->roles.n && rc == 0; i++) {
		k->role = &k->l->config->roles.items[i];
		rc = check_groups(k);
		if (rc == 0)
			rc = check_people(k);
	}
	k->role = NULL;
	return rc;
}

static void checking_clear(struct checking *k)
{
	arena_clear(&k->a);
}

int catalog_check(struct lapse *l,
	int (*found)(void *arg, const struct catalog_fault *f,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	__attribute__((cleanup(checking_clear))) struct checking k = {.l = l,
		.found = found, .arg = arg, .err = err};
	struct strs fields = {0};
	int rc = check_roles(&k);

	if (rc == 0)
		rc = check_grants(&k);
	catalog_fields(l->config, &k.a, &fields);
	for (size_t i = 0; i < fields.n && rc == 0; i++)
		rc = check_field(&k, fields.items[i]);
	return rc;
}
