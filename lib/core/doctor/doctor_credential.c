/* Checks of a provider's credentials: each that is configured gives a token, or
 * is served, and which of them is in use. */
#include <string.h>

#include "auth.h"
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

static int told_denied(struct doctor *d, const struct core_idp *i,
	const char *subject, enum engine_denial where,
	const struct lapse_err *why, struct lapse_err *err)
{
	const char *scopes = where == ENGINE_NO_TOKEN ? refused_scopes(d, i) :
		NULL;
	const char *hint = i->section->driver->credential_hint;
	AUTO_BUF what = {0};

	buf_fmt(&what, "%s: %s %s", i->section->name, subject,
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

bool doctor_is_elsewhere(int code)
{
	return code == LAPSE_EUNAVAIL || code == LAPSE_EAGAIN ||
		code == LAPSE_EPROTO || code == LAPSE_EUNKNOWN;
}

/* The credential is at fault, or nobody who could judge it was reached:
 * whatever was asked with it. 0 and *ret_told false: neither. */
static int told(struct doctor *d, const struct core_idp *i,
	const char *subject, const struct lapse_err *why, bool *ret_told,
	struct lapse_err *err)
{
	enum engine_denial where = engine_remote_denied(&i->remote);
	AUTO_BUF what = {0};

	*ret_told = where != ENGINE_WELCOME ||
		doctor_is_elsewhere(why->code);
	if (where != ENGINE_WELCOME)
		return told_denied(d, i, subject, where, why, err);
	if (!*ret_told)
		return 0;
	buf_fmt(&what, "%s: it can be reached", i->section->name);
	return doctor_failed(d, buf_text(&what), why, "see url, proxy and "
		"ca-file of the idp section, and the network; where the "
		"service is busy or down, try again later", err);
}

int doctor_unserved(struct doctor *d, const struct core_idp *i,
	const struct lapse_err *why, bool *ret_told, struct lapse_err *err)
{
	return told(d, i, "the credential", why, ret_told, err);
}

static int told_failed(struct doctor *d, const struct core_idp *i,
	const char *subject, const struct lapse_err *why, struct lapse_err *err)
{
	AUTO_BUF what = {0};
	bool done = false;
	/* One that was never opened was not asked either. */
	int rc = i->open ? told(d, i, subject, why, &done, err) : 0;

	if (rc < 0 || done)
		return rc;
	buf_fmt(&what, "%s: %s can be used", i->section->name, subject);
	return doctor_failed(d, buf_text(&what), why,
		"see the idp section and its credential", err);
}

/* ---- The one in use ---- */

/* A credential that goes along with each request is proven by the first. */
int doctor_sign_in(struct doctor *d, const struct core_idp *i, bool *ret_in,
	struct lapse_err *err)
{
	struct op op = {.step = only_sign_in, .name = "sign in"};
	AUTO_BUF what = {0};
	struct lapse_err why;

	if (i->failed)
		return told_failed(d, i, "the credential", &i->why, err);
	if (auth_uses_tokens(i->remote.auth)) {
		buf_fmt(&what, "%s: the credential gives a token",
			i->section->name);
		if (core_idp_call(d->l, i->section->name, &op, &why) < 0)
			return told_failed(d, i, "the credential", &why, err);
		*ret_in = true;
		return doctor_good(d, buf_text(&what), NULL, err);
	}
	*ret_in = true;
	return 0;
}

/* ---- The next one ---- */

/* The key that names the next credential; NULL: none does. */
static const char *next_key(const struct core_idp *i)
{
	for (const struct idp_key *k = i->section->driver->keys;
		k->name != NULL; k++)
		if (k->secret && strncmp(k->name, "next-", 5) == 0 &&
			config_idp_key((void *)(uintptr_t)i->section,
				k->name) != NULL)
			return k->name;
	return NULL;
}

/* A token, or one read that none but a signed-in client may make. */
static int try_next(struct doctor *d, struct core_idp *next,
	const struct idp_probe **ret_probe, struct lapse_err *why)
{
	const struct idp_probe *p = next->section->driver->probes;
	struct op op = {.name = "next", .arena = &d->arena};
	int rc;

	while (p->what != NULL && !p->proves)
		p++;
	if (p->what != NULL && !auth_uses_tokens(next->remote.auth))
		*ret_probe = p;
	op.step = *ret_probe != NULL ? p->step : only_sign_in;
	rc = engine_call(d->l->engine, &next->remote, &op, why);
	op_clear(&op);
	return rc;
}

static int judge_next(struct doctor *d, struct core_idp *next,
	const char *key, struct lapse_err *err)
{
	const struct idp_probe *probe = NULL;
	AUTO_BUF what = {0};
	struct lapse_err why;
	bool done = false;
	int rc = 0;

	buf_fmt(&what, "%s: %s %s", next->section->name, key,
		auth_uses_tokens(next->remote.auth) ? "gives a token" :
						      "is accepted");
	if (try_next(d, next, &probe, &why) < 0)
		rc = told(d, next, key, &why, &done, err);
	else
		return doctor_good(d, buf_text(&what), NULL, err);
	return rc < 0 || done ? rc : doctor_failed(d, buf_text(&what), &why,
		probe != NULL ? probe->hint : NULL, err);
}

/* Whichever is in use: a rotation takes both to be proven. */
static int check_next(struct doctor *d, const struct core_idp *i,
	const char *key, struct lapse_err *err)
{
	struct core_idp next = *i;
	AUTO_BUF what = {0};
	struct lapse_err why;
	int rc;

	next.auth.secret = i->auth.next_secret;
	next.auth.next_secret = NULL;
	next.remote.auth = NULL;
	next.remote.state = NULL;
	rc = auth_open(&next.remote.auth, &next.auth, &d->l->env, &why);
	if (rc == 0)
		rc = engine_remote_open(d->l->engine, &next.remote, &why);
	if (rc < 0) {
		buf_fmt(&what, "%s: %s can be used", i->section->name, key);
		rc = doctor_failed(d, buf_text(&what), &why, arena_fmt(
			&d->arena, "put the credential where %s says, "
			"readable for lapse alone, or take the key out", key),
			err);
	} else {
		rc = judge_next(d, &next, key, err);
		if (rc == 0)
			rc = doctor_lasts(d, &next, key, err);
	}
	close_remote(d, &next.remote);
	return rc;
}

int doctor_next(struct doctor *d, const struct core_idp *i,
	struct lapse_err *err)
{
	const char *key = next_key(i);
	AUTO_BUF what = {0};
	int rc = 0;

	if (key == NULL || i->auth.next_secret == NULL)
		return 0;
	buf_fmt(&what, "%s: the first credential is in use", i->section->name);
	if (i->remote.auth != NULL && auth_is_next(i->remote.auth))
		rc = doctor_warn(d, buf_text(&what), arena_fmt(&d->arena,
			"it was refused; %s is in use", key), arena_fmt(
			&d->arena, "name in %s what %s names now, and take %s "
			"out", key + 5, key, key), err);
	/* Where nobody was reached, another line would say the same. */
	if (rc == 0 && (!i->failed || !i->open ||
		engine_remote_denied(&i->remote) != ENGINE_WELCOME))
		rc = check_next(d, i, key, err);
	return rc;
}

/* ---- Jira ---- */

static int judge_jira(struct doctor *d, const struct jira_person *p,
	const char *what, struct lapse_err *err)
{
	const struct jira_person *self = &d->l->self;

	if (self->account != NULL && strcmp(self->account, p->account) != 0)
		return doctor_bad(d, what, arena_fmt(&d->arena,
			"it is another account's, %s", p->account),
			"make it for the bot's account", err);
	return doctor_good(d, what, NULL, err);
}

int doctor_jira_next(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "jira: next-token is accepted";
	static const char hint[] = "put a token of the bot where next-token "
		"says, readable for lapse alone, or take the key out";
	struct auth_config config = d->l->jira_auth;
	struct remote r = d->l->jira;
	struct op op = {
		.step = jira_myself,
		.name = "myself",
		.arena = &d->arena,
	};
	struct lapse_err why;
	int rc;

	if (config.next_secret == NULL)
		return 0;
	config.secret = config.next_secret;
	config.next_secret = NULL;
	r.auth = NULL;
	r.state = NULL;
	rc = auth_open(&r.auth, &config, &d->l->env, &why);
	if (rc == 0)
		rc = engine_remote_open(d->l->engine, &r, &why);
	if (rc == 0)
		rc = engine_call(d->l->engine, &r, &op, &why);
	op_clear(&op);
	close_remote(d, &r);
	if (rc < 0)
		return doctor_failed(d, what, &why, hint, err);
	if (auth_is_next(d->l->jira.auth) && doctor_warn(d,
		"jira: the first token is in use",
		"it was refused; next-token is in use",
		"name in token what next-token names now, and take next-token "
		"out", err) < 0)
		return err->code;
	return judge_jira(d, op.ret, what, err);
}
