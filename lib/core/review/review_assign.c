/* Who reviews what: the first of those that were asked for who can be found,
 * is active and is not the person themself; then the application's owner;
 * then the fallback. Each is looked up once. A person who was asked for by
 * name must be one: who mistypes one would else ask somebody else. */
#include "review_private.h"

#include <string.h>

#include "text.h"

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool same_address(const char *a, const char *b)
{
	return a != NULL && b != NULL && text_same_nocase(a, b);
}

/* ---- Looking up ---- */

static int looked_up(struct review_opening *o, const char *key,
	struct review_reviewer **ret, bool *ret_new, struct lapse_err *err)
{
	struct review_reviewer **slot;

	*ret_new = false;
	for (size_t i = 0; i < o->reviewers.n; i++) {
		*ret = o->reviewers.items[i];
		if (strcmp((*ret)->key, key) == 0)
			return 0;
	}
	slot = VEC_ADD(&o->reviewers, o->arena);
	if (slot != NULL)
		*slot = arena_alloc(o->arena, sizeof(**slot));
	if (slot == NULL || *slot == NULL)
		return lapse_fail_nomem(err);
	(*slot)->key = key;
	*ret = *slot;
	*ret_new = true;
	return 0;
}

static bool is_one_person(const struct idp_user *a, const struct idp_user *b)
{
	return same(a->account, b->account) || same_address(a->email, b->email);
}

/* Exactly one user must be meant. */
static const struct review_user *manager_of(const struct review_opening *o,
	const struct review_user *u)
{
	const struct review_user *one = NULL;

	for (size_t i = 0; i < o->users.n; i++) {
		const struct review_user *m = &o->users.items[i];

		if (strcmp(m->idp, u->idp) != 0 ||
			!people_is_manager(&m->u, u->u.manager))
			continue;
		if (one != NULL)
			return NULL;
		one = m;
	}
	return one;
}

/* A person, where the provider, or another that knows the same person, keeps
 * an id. Each manager is looked for once. */
static const struct review_user *manager_known(struct review_opening *o,
	const struct review_user *u)
{
	struct review_manager *slot;

	if (u->u.manager == NULL || *u->u.manager == '\0')
		return NULL;
	for (size_t i = 0; i < o->managers.n; i++)
		if (o->managers.items[i].idp == u->idp &&
			strcmp(o->managers.items[i].text, u->u.manager) == 0)
			return o->managers.items[i].user;
	slot = VEC_ADD(&o->managers, o->arena);
	if (slot == NULL)
		return NULL;
	*slot = (struct review_manager){u->idp, u->u.manager,
		manager_of(o, u)};
	return slot->user;
}

const char *review_manager_name(struct review_opening *o,
	const struct review_user *u)
{
	const struct review_user *m = manager_known(o, u);

	for (size_t i = 0; i < o->users.n && m == NULL; i++)
		if (strcmp(o->users.items[i].idp, u->idp) != 0 &&
			is_one_person(&o->users.items[i].u, &u->u))
			m = manager_known(o, &o->users.items[i]);
	if (m == NULL)
		return u->u.manager;
	return m->u.name == NULL ? m->u.email != NULL ? m->u.email :
		m->u.login : m->u.email == NULL ? m->u.name :
		arena_fmt(o->arena, "%s <%s>", m->u.name, m->u.email);
}

static int find_manager(struct review_opening *o, const struct review_case *c,
	struct review_reviewer **ret, struct lapse_err *err)
{
	const struct review_user *u = c->user;
	const struct review_user *m;
	const char *key;
	bool fresh = false;
	int rc;

	if (u == NULL || u->u.manager == NULL || *u->u.manager == '\0')
		return 0;
	key = arena_fmt(o->arena, "manager:%s:%s", u->idp, u->u.manager);
	rc = key == NULL ? lapse_fail_nomem(err) :
		looked_up(o, key, ret, &fresh, err);
	if (rc < 0 || !fresh)
		return rc;
	m = manager_of(o, u);
	if (m == NULL)
		return 0;
	(*ret)->user = m->u.id;
	return people_approver(o->l, m->idp, &m->u, o->arena, &(*ret)->who,
		err);
}

/* A dry run notes nothing: then only what was noted before is known. */
static void put_email(struct review_opening *o, const char *who,
	struct review_reviewer *r)
{
	struct account_row known = {0};

	if (strchr(who, '@') != NULL)
		r->email = who;
	else if (r->who.account != NULL && account_get(o->l->ledger,
		r->who.account, o->arena, &known, NULL) == 0)
		r->email = known.email;
}

static int find_person(struct review_opening *o, const char *who,
	struct review_reviewer **ret, struct lapse_err *err)
{
	const char *key;
	bool fresh = false;
	int rc;

	if (who == NULL)
		return 0;
	key = arena_fmt(o->arena, "person:%s", who);
	rc = key == NULL ? lapse_fail_nomem(err) :
		looked_up(o, key, ret, &fresh, err);
	if (rc == 0 && fresh)
		rc = people_named(o->l, who, o->arena, &(*ret)->who, err);
	if (rc == 0 && fresh)
		put_email(o, who, *ret);
	return rc;
}

/* ---- Those named ---- */

static bool is_word(const char *reviewer)
{
	return strcmp(reviewer, "manager") == 0 ||
		strcmp(reviewer, "owner") == 0 ||
		strcmp(reviewer, "fallback") == 0;
}

static int check_named(struct review_opening *o, const char *who,
	struct lapse_err *err)
{
	struct review_reviewer *r = NULL;
	int rc = find_person(o, who, &r, err);

	if (rc < 0)
		return rc;
	if (r->who.account == NULL)
		return lapse_fail(err, LAPSE_EREFUSED, "reviewer '%s': not "
			"exactly one person of Jira; give manager, owner, an "
			"e-mail address or an account id", who);
	if (!r->who.active)
		return lapse_fail(err, LAPSE_EREFUSED, "reviewer '%s': their "
			"Jira account is not active; name somebody "
			"else", who);
	return 0;
}

int review_reviewers(struct review_opening *o, struct lapse_err *err)
{
	const struct strs *asked = &o->scope.reviewers;
	int rc = 0;

	for (size_t i = 0; i < asked->n && rc == 0; i++)
		if (!is_word(asked->items[i]))
			rc = check_named(o, asked->items[i], err);
	return rc;
}

/* ---- Choosing ---- */

static bool is_self(const struct review_case *c,
	const struct review_reviewer *r)
{
	return same(r->who.account, c->row.account) ||
		(c->user != NULL && same(r->user, c->user->u.id)) ||
		same_address(r->email, c->row.email) ||
		same_address(r->email, c->row.login);
}

/* word: "manager", "owner", "fallback" or a person. */
static int try_one(struct review_opening *o, struct review_case *c,
	const char *word, struct lapse_err *err)
{
	struct review_reviewer *r = NULL;
	const char *why = word;
	int rc;

	if (strcmp(word, "manager") == 0) {
		rc = find_manager(o, c, &r, err);
	} else if (strcmp(word, "owner") == 0) {
		rc = find_person(o, c->application != NULL ?
			c->application->owner : NULL, &r, err);
	} else if (strcmp(word, "fallback") == 0) {
		rc = find_person(o, o->l->config->review.fallback, &r, err);
	} else {
		why = "named";
		rc = find_person(o, word, &r, err);
	}
	if (rc < 0 || r == NULL || r->who.account == NULL || !r->who.active ||
		is_self(c, r))
		return rc;
	c->reviewer = r;
	c->why = why;
	return 0;
}

static int nobody(const struct review_case *c, struct lapse_err *err)
{
	const struct item_row *r = &c->row;

	return lapse_fail(err, LAPSE_EREFUSED, "'%s': nobody can review their "
		"access to '%s': manager, owner and fallback are missing, "
		"inactive or the person themself; name somebody with "
		"--reviewer", r->login != NULL ? r->login :
		r->name != NULL ? r->name : r->account,
		r->role != NULL ? r->role : r->group_name != NULL ?
		r->group_name : r->application != NULL ? r->application :
		r->group);
}

static int assign(struct review_opening *o, struct review_case *c,
	struct lapse_err *err)
{
	static const char *const then[] = {"owner", "fallback"};
	const struct strs *asked = &o->scope.reviewers;
	int rc = 0;

	for (size_t i = 0; i < asked->n && rc == 0 && c->reviewer == NULL; i++)
		rc = try_one(o, c, asked->items[i], err);
	for (size_t i = 0; i < 2 && rc == 0 && c->reviewer == NULL; i++)
		rc = try_one(o, c, then[i], err);
	if (rc == 0 && c->reviewer == NULL)
		rc = nobody(c, err);
	return rc;
}

int review_assign(struct review_opening *o, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < o->cases.n && rc == 0; i++)
		rc = assign(o, &o->cases.items[i], err);
	return rc;
}
