/* When an access was last used, and what lapse would do with it. A reviewer
 * reads this beside everything else; it decides nothing. What cannot be known
 * is never a reason to take something away. */
#include "review_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- Last use ---- */

static int64_t window_of(const struct review_case *c)
{
	return c->role != NULL ? c->role->inactive_after :
				 90 * (int64_t)REVIEW_DAY_S;
}

/* What the list of users showed: for most accesses that is all that can be
 * had without a call for each. */
static void use_listed(const struct review_opening *o,
	const struct review_case *c, struct use *ret)
{
	const struct idp_user *u = c->user != NULL ? &c->user->u : NULL;

	*ret = (struct use){.at = WHEN_NONE, .days = -1};
	if (u == NULL) {
		ret->why = "no provider knows this account";
		return;
	}
	if (!u->last_login_known) {
		ret->why = arena_fmt(o->arena, "%s does not tell when this "
			"person signed in last", c->user->idp);
		return;
	}
	if (u->last_login_at == WHEN_NONE && u->created_at == WHEN_NONE) {
		ret->why = arena_fmt(o->arena, "%s knows no sign-in, and not "
			"since when the account exists", c->user->idp);
		return;
	}
	ret->source = arena_fmt(o->arena, "%s: last sign-in to the "
		"organisation", c->user->idp);
	ret->kind = u->last_login_at != WHEN_NONE ? USE_SEEN : USE_NOT_SEEN;
	ret->at = ret->kind == USE_SEEN ? u->last_login_at : u->created_at;
	ret->days = o->now > ret->at ? (o->now - ret->at) / REVIEW_DAY_S : 0;
}

static bool is_asked(const struct review_case *c)
{
	return c->user != NULL && c->row.idp != NULL &&
		c->application != NULL && c->application->app_id != NULL;
}

/* Asked only where the provider can tell of the application itself. */
static int use_asked(struct review_opening *o, struct use_question **ret,
	struct lapse_err *err)
{
	struct use_question *q = arena_alloc(o->arena, (o->cases.n + 1) *
		sizeof(*q));
	size_t n = 0;

	if (q == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < o->cases.n; i++)
		if (is_asked(&o->cases.items[i]))
			q[n++] = (struct use_question){
				.idp = o->cases.items[i].user->idp,
				.user = o->cases.items[i].user->u.id,
				.application = o->cases.items[i].application,
				.from = o->now -
					window_of(&o->cases.items[i]),
			};
	*ret = q;
	return n == 0 ? 0 : use_read(o->l, q, n, o->arena, err);
}

static void put_use(struct item_row *r, const struct use *u)
{
	r->last_use = use_name(u->kind);
	r->last_use_at = u->kind == USE_UNKNOWN ? WHEN_NONE : u->at;
	r->last_use_source = u->source;
	r->last_use_why = u->kind == USE_UNKNOWN ? u->why : NULL;
	r->days_inactive = u->kind == USE_UNKNOWN ? -1 : u->days;
}

/* A file says for itself when its accounts were used. */
static void use_imported(const struct review_opening *o,
	const struct review_case *c, struct use *ret)
{
	int64_t at = c->row.last_use_at;

	*ret = (struct use){.at = at, .days = -1};
	if (at == WHEN_NONE) {
		ret->why = "the file does not say";
		return;
	}
	ret->kind = USE_SEEN;
	ret->source = "the imported file";
	ret->of_application = true;
	ret->days = o->now > at ? (o->now - at) / REVIEW_DAY_S : 0;
}

/* ---- What is recommended ---- */

static const char *what_was_used(const struct use *u)
{
	return u->of_application ? "not used" : "not signed in";
}

/* Since when there was anything to use; WHEN_NONE: not known. */
static int64_t had_since(const struct review_case *c)
{
	int64_t account = c->user != NULL ? c->user->u.created_at : WHEN_NONE;

	if (c->row.granted_at == WHEN_NONE)
		return account;
	return account != WHEN_NONE && account > c->row.granted_at ? account :
		c->row.granted_at;
}

static bool is_gone(const struct review_case *c)
{
	return c->row.status != NULL && strcmp(c->row.status, "inactive") == 0;
}

static void advise(const struct review_opening *o, struct review_case *c,
	const struct use *u)
{
	struct item_row *r = &c->row;
	int64_t window = window_of(c);

	r->recommendation = "revoke";
	if (r->orphan) {
		r->recommended_why = "the account is of nobody that the "
			"providers know";
	} else if (is_gone(c)) {
		r->recommended_why = "the person's account is deactivated";
	} else if (use_is_idle(u, window, had_since(c), o->now)) {
		r->recommended_why = arena_fmt(o->arena, "%s for %lld days, "
			"%lld or more are idle", what_was_used(u),
			(long long)u->days, (long long)(window /
				REVIEW_DAY_S));
	} else if (r->expires_at == WHEN_NONE && r->elevated) {
		r->recommendation = "limit";
		r->recommended_why = "elevated access without an end";
	} else if (r->expires_at == WHEN_NONE && u->kind == USE_UNKNOWN) {
		r->recommendation = "limit";
		r->recommended_why = "access without an end, and its use is "
			"not known";
	} else {
		r->recommendation = "keep";
		r->recommended_why = r->expires_at != WHEN_NONE ?
			"it ends by itself" :
			u->of_application ? "it is used" :
			"the person is active";
	}
}

/* Why lapse cannot change who is in the group, in words; NULL: it can, as far
 * as the last reading of the group tells. */
static const char *fixed_why(const struct review_opening *o,
	const struct review_case *c)
{
	static const struct {
		const char *kind;
		const char *words;
	} kinds[] = {
		{"rule", "the group is fed by a rule"},
		{"directory", "the group is kept by another directory"},
		{"app", "the group is kept by an application"},
		{"built-in", "the group is built in"},
		{"restricted", "the group takes an administrator's rights"},
	};
	const struct context_group *g = c->group == NULL ? NULL :
						    &c->group->before;

	for (size_t i = 0; g != NULL && g->kind != NULL &&
		i < ARRAY_N(kinds); i++)
		if (strcmp(g->kind, kinds[i].kind) == 0)
			return g->detail == NULL ? kinds[i].words :
				arena_fmt(o->arena, "%s, %s", kinds[i].words,
					g->detail);
	return NULL;
}

/* What lapse cannot do is not recommended: it says where it can be done. */
static void advise_fixed(const struct review_opening *o, struct review_case *c)
{
	struct item_row *r = &c->row;
	const char *why = fixed_why(o, c);

	c->fixed = why != NULL;
	if (why == NULL)
		return;
	r->recommended_why = strcmp(r->recommendation, "keep") == 0 ?
		arena_fmt(o->arena, "%s; lapse cannot take it away: %s",
			r->recommended_why, why) :
		arena_fmt(o->arena, "lapse cannot take it away: %s; to be "
			"%s there: %s", why,
			strcmp(r->recommendation, "revoke") == 0 ? "revoked" :
			"limited", r->recommended_why);
	r->recommendation = "keep";
}

int review_advise(struct review_opening *o, struct lapse_err *err)
{
	struct use_question *asked = NULL;
	int rc = use_asked(o, &asked, err);

	for (size_t i = 0; i < o->cases.n && rc == 0; i++) {
		struct review_case *c = &o->cases.items[i];
		struct use u;

		if (strcmp(c->row.source, "import") == 0)
			use_imported(o, c, &u);
		else if (is_asked(c))
			u = asked++->use;
		else
			use_listed(o, c, &u);
		put_use(&c->row, &u);
		advise(o, c, &u);
		advise_fixed(o, c);
	}
	return rc < 0 ? rc : arena_check(o->arena, err);
}
