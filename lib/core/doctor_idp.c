/* Checks of the providers: the driver's own probes, and each group that the
 * catalog names. */
#include <string.h>

#include "doctor.h"

/* ---- Signing in ---- */

/* Done when asked: the engine has fetched a token by then, and sends nothing
 * more. */
static int only_sign_in(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	(void)op;
	(void)last;
	(void)ret;
	(void)err;
	return OP_DONE;
}

static void close_remote(struct doctor *d, struct remote *r)
{
	engine_remote_close(d->l->engine, r);
	auth_free(r->auth);
}

/* 0: a token is given for this scope alone. <Errors> LAPSE_EAUTH: refused;
 * others: it could not be asked. */
static int try_scope(struct doctor *d, const struct core_idp *i,
	const char *scope)
{
	struct op op = {.step = only_sign_in, .name = "sign in"};
	struct auth_config config = i->auth;
	struct remote r = i->remote;
	struct lapse_err why;
	int rc;

	config.scope = scope;
	r.auth = NULL;
	r.state = NULL;
	rc = auth_open(&r.auth, &config, &d->l->env, &why);
	if (rc == 0)
		rc = engine_remote_open(d->l->engine, &r, &why);
	if (rc == 0)
		rc = engine_call(d->l->engine, &r, &op, &why);
	op_clear(&op);
	close_remote(d, &r);
	return rc;
}

/* A token for several scopes is refused for the sake of any of them, and the
 * refusal does not say which. NULL: it is not about one of several, or they
 * could not be asked. */
static const char *refused_scopes(struct doctor *d, const struct core_idp *i)
{
	const char *p = i->auth.scope;
	struct strs refused = {0};
	size_t given = 0;
	size_t n;

	if (p == NULL || !auth_blames_scopes(i->remote.auth))
		return NULL;
	for (; *p != '\0'; p += n + strspn(p + n, " ")) {
		const char *scope;
		int rc;

		n = strcspn(p, " ");
		scope = arena_copy_n(&d->arena, p, n);
		rc = scope != NULL ? try_scope(d, i, scope) : LAPSE_ENOMEM;
		if (rc == 0)
			given++;
		else if (rc == LAPSE_EAUTH)
			strs_add(&refused, &d->arena, scope);
		else
			return NULL;
	}
	return given == 0 || refused.n == 0 ? NULL :
		strs_join(&refused, &d->arena, ", ");
}

/* The credential is at fault, whatever was asked with it. */
static int told_denied(struct doctor *d, const struct core_idp *i,
	enum engine_denial where, const struct lapse_err *why,
	struct lapse_err *err)
{
	const char *scopes = where == ENGINE_NO_TOKEN ? refused_scopes(d, i) :
		NULL;
	const char *hint = i->section->driver->credential_hint;
	AUTO_BUF what = {0};

	buf_fmt(&what, "%s: the credential %s", i->section->name,
		where == ENGINE_NO_TOKEN ? "gives a token" :
		where == ENGINE_REJECTED ? "is accepted" : "is served");
	if (scopes != NULL)
		hint = arena_fmt(&d->arena, "refused are the scopes %s, the "
			"others are given: grant them to the client, or take "
			"out of `scopes` what no role needs; see lapse-%s(7)",
			scopes, i->section->driver->name);
	if (where == ENGINE_BARRED)
		hint = arena_fmt(&d->arena, "see lapse-%s(7)",
			i->section->driver->name);
	return doctor_failed(d, buf_text(&what), why, hint, err);
}

static int told_failed(struct doctor *d, const struct core_idp *i,
	const struct lapse_err *why, struct lapse_err *err)
{
	enum engine_denial where = engine_remote_denied(&i->remote);
	AUTO_BUF what = {0};

	if (where != ENGINE_WELCOME)
		return told_denied(d, i, where, why, err);
	buf_fmt(&what, "%s: the credential can be used", i->section->name);
	return doctor_failed(d, buf_text(&what), why,
		"see the idp section and its credential", err);
}

/* A credential that goes along with each request is proven by the first. */
static int sign_in(struct doctor *d, const struct core_idp *i, bool *ret_in,
	struct lapse_err *err)
{
	struct op op = {.step = only_sign_in, .name = "sign in"};
	AUTO_BUF what = {0};
	struct lapse_err why;

	if (i->failed)
		return told_failed(d, i, &i->why, err);
	if (auth_uses_tokens(i->remote.auth)) {
		buf_fmt(&what, "%s: the credential gives a token",
			i->section->name);
		if (core_idp_call(d->l, i->section->name, &op, &why) < 0)
			return told_failed(d, i, &why, err);
		*ret_in = true;
		return doctor_good(d, buf_text(&what), NULL, err);
	}
	*ret_in = true;
	return 0;
}

/* ---- Probes ---- */

static int run_probe(struct doctor *d, const struct core_idp *i,
	const struct idp_probe *p, struct lapse_err *err)
{
	enum engine_denial where;
	AUTO_BUF what = {0};
	struct lapse_err why;
	struct op op = {.step = p->step, .name = "probe", .arena = &d->arena};
	int rc;

	buf_fmt(&what, "%s: %s", i->section->name, p->what);
	rc = core_idp_call(d->l, i->section->name, &op, &why);
	op_clear(&op);
	where = engine_remote_denied(&i->remote);
	if (rc < 0 && where != ENGINE_WELCOME)
		return told_denied(d, i, where, &why, err);
	if (rc < 0)
		return doctor_failed(d, buf_text(&what), &why, p->hint, err);
	return doctor_good(d, buf_text(&what),
		op.outcome == OP_NONE ? op.ret : NULL, err);
}

/* ---- Groups ---- */

/* One group as the provider shows it. */
struct group_seen {
	struct arena *arena;
	const char *name;
	enum idp_group_kind kind;
	const char *detail;
};

static int take_group(void *arg, const void *item, struct lapse_err *err)
{
	struct group_seen *seen = arg;
	const struct idp_group *g = item;

	seen->name = arena_copy(seen->arena, g->name);
	seen->kind = g->kind;
	seen->detail = arena_copy(seen->arena, g->detail);
	return arena_check(seen->arena, err);
}

static int judge_group(struct doctor *d, const char *what, bool changed,
	const struct group_seen *seen, struct lapse_err *err)
{
	AUTO_BUF detail = {0};

	buf_str(&detail, seen->name);
	if (!changed || seen->kind == IDP_GROUP_OK)
		return doctor_good(d, what, buf_text(&detail), err);
	buf_fmt(&detail, " %s", idp_group_kind_text(seen->kind));
	if (seen->detail != NULL)
		buf_fmt(&detail, " (%s)", seen->detail);
	return doctor_bad(d, what, buf_text(&detail),
		"lapse cannot govern it: name another group in the role", err);
}

/* changed: lapse adds and removes members; else it only reads them. */
static int check_group(struct doctor *d, const char *idp, const char *group,
	bool changed, struct lapse_err *err)
{
	AUTO_BUF what = {0};
	struct group_seen seen = {.arena = &d->arena};
	struct lapse_err why;
	struct op op = {
		.name = "group",
		.group = group,
		.sink = take_group,
		.arg = &seen,
		.arena = &d->arena,
	};
	const struct idp_section *section = config_idp(d->l->config, idp);
	int rc;

	buf_fmt(&what, "%s: group %s %s", idp, group,
		changed ? "can be governed" : "can be read");
	if (section == NULL)
		return doctor_bad(d, buf_text(&what), "no such idp section",
			"add the section, or take the group out", err);
	op.step = section->driver->get_group;
	rc = core_idp_call(d->l, idp, &op, &why);
	op_clear(&op);
	if (rc < 0)
		return doctor_failed(d, buf_text(&what), &why,
			rc != LAPSE_EAUTH && rc != LAPSE_EREFUSED ? NULL :
			arena_fmt(&d->arena, "give the credential the right to "
				"read this group; see lapse-%s(7)",
				section->driver->name), err);
	if (op.outcome == OP_GONE)
		return doctor_bad(d, buf_text(&what), "there is no such group",
			"correct its id in the role, or make it", err);
	return judge_group(d, buf_text(&what), changed, &seen, err);
}

/* Each group once, however many roles name it. */
static int check_once(struct doctor *d, struct strs *done, const char *idp,
	const char *group, bool changed, struct lapse_err *err)
{
	const char *key = arena_fmt(&d->arena, "%s:%s", idp, group);

	if (key == NULL)
		return lapse_fail_nomem(err);
	if (strs_has(done, key))
		return 0;
	strs_add(done, &d->arena, key);
	return check_group(d, idp, group, changed, err);
}

/* requestable-by names groups of the application's provider. */
static int check_requesters(struct doctor *d, const struct role *r,
	struct strs *done, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->requestable_by.n; i++) {
		const char *text = r->requestable_by.items[i];
		const char *colon = strchr(text, ':');
		const char *idp = r->application->idp;

		if (colon != NULL)
			idp = arena_copy_n(&d->arena, text,
				(size_t)(colon - text));
		if (idp != NULL)
			rc = check_once(d, done, idp,
				colon == NULL ? text : colon + 1, false, err);
	}
	return rc;
}

static int check_groups(struct doctor *d, const char *of, struct lapse_err *err)
{
	const struct config *c = d->l->config;
	struct strs governed = {0}, read = {0};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->roles.n; i++) {
		const struct role *r = &c->roles.items[i];

		for (size_t k = 0; rc == 0 && k < r->groups.n; k++) {
			const char *idp, *group;

			config_role_group(r, k, &idp, &group);
			if (strcmp(idp, of) == 0)
				rc = check_once(d, &governed, idp, group, true,
					err);
		}
		if (rc == 0 && r->application->idp != NULL &&
			strcmp(r->application->idp, of) == 0)
			rc = check_requesters(d, r, &read, err);
	}
	return rc;
}

static int check_idp(struct doctor *d, const struct core_idp *i,
	struct lapse_err *err)
{
	bool in = false;
	int rc = sign_in(d, i, &in, err);

	for (const struct idp_probe *p = i->section->driver->probes;
		rc == 0 && in && p != NULL && p->what != NULL && !i->failed;
		p++)
		rc = run_probe(d, i, p, err);
	if (rc == 0 && in && !i->failed)
		rc = doctor_rights(d, i, err);
	if (rc == 0 && in && !i->failed)
		rc = check_groups(d, i->section->name, err);
	return rc;
}

int doctor_idps(struct doctor *d, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < d->l->n_idps; i++)
		rc = check_idp(d, &d->l->idps[i], err);
	return rc;
}
