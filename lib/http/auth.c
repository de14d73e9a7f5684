/* Credentials at work: which header lines a request carries, and what a 401
 * means for them. Tokens are fetched in auth_token.c. */
#include "auth_private.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "json.h"
#include "secret.h"

bool auth_uses_tokens(const struct auth *a)
{
	return a->config.scheme == AUTH_CLIENT_ASSERTION ||
		a->config.scheme == AUTH_CLIENT_SECRET ||
		a->config.scheme == AUTH_JWT_BEARER;
}

static bool needs_key(const struct auth *a)
{
	return a->config.scheme == AUTH_CLIENT_ASSERTION ||
		a->config.scheme == AUTH_JWT_BEARER;
}

int auth_jti(const struct auth *a, struct buf *ret, struct lapse_err *err)
{
	unsigned char bytes[16];

	if (a->env->random == NULL ||
		a->env->random(a->env->arg, bytes, sizeof(bytes)) != 0)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"credential: no random bytes to be had");
	base64url(ret, bytes, sizeof(bytes));
	return buf_check(ret, err, "jti");
}

/* Those of the file that is read last, so that a next key comes with its own
 * names; what the configuration gives goes before both. */
static void take_names(struct auth *a, const char *user, const char *id)
{
	a->file_user = a->file_user || a->config.client_id == NULL;
	a->file_key_id = a->file_key_id || a->config.key_id == NULL;
	buf_reset(&a->owned_user);
	buf_str(&a->owned_user, user);
	buf_reset(&a->owned_key_id);
	buf_str(&a->owned_key_id, id);
	if (a->file_user)
		a->config.client_id = buf_text(&a->owned_user);
	if (a->file_key_id)
		a->config.key_id = id != NULL ? buf_text(&a->owned_key_id)
					      : NULL;
}

/* Google hands out its service account keys as JSON; taken as it is, with the
 * account and key id that it names. */
static int load_key_file(struct auth *a, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json root;
	const char *type;
	const char *pem;
	const char *user;
	const char *id;
	int rc = json_open(&doc, a->secret.data, a->secret.len, err);

	if (rc < 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"'%s': neither a PEM key nor a JSON key file",
			a->config.secret);
	root = json_root(doc);
	type = json_as_text(json_at(root, "type"));
	if (type != NULL && strcmp(type, "authorized_user") == 0)
		return lapse_fail(err, LAPSE_ECONFIG, "'%s': is a person's own "
			"sign-in (authorized_user); want the key file of a "
			"service account", a->config.secret);
	pem = json_text(root, "private_key", JSON_MUST);
	user = json_text(root, "client_email", JSON_MUST);
	id = json_text(root, "private_key_id", JSON_MAY);
	if (json_check(doc, "key file", err) < 0) {
		err->code = LAPSE_ECONFIG;
		return lapse_prefix(err, "'%s'", a->config.secret);
	}
	secret_register(pem, strlen(pem));
	take_names(a, user, id);
	return auth_jwt_key(a, pem, strlen(pem), err);
}

static int load_key(struct auth *a, struct lapse_err *err)
{
	int rc;

	if (a->secret.len > 0 && a->secret.data[0] == '{')
		rc = load_key_file(a, err);
	else
		rc = auth_jwt_key(a, buf_text(&a->secret), a->secret.len, err);
	return rc < 0 ? rc : auth_dpop_jwk(a, err);
}

/* A header value with a line break in it would be a header of its own. */
static bool is_plain(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++) {
		if ((unsigned char)b->data[i] < ' ' || b->data[i] == 0x7f)
			return false;
	}
	return b->len > 0;
}

int auth_load(struct auth *a, bool next, struct lapse_err *err)
{
	const char *reference =
		next ? a->config.next_secret : a->config.secret;
	struct buf fresh = {0};
	int rc = secret_read(reference, a->env->getenv, &fresh, err);

	if (rc < 0) {
		buf_wipe(&fresh);
		return rc;
	}
	buf_wipe(&a->secret);
	a->secret = fresh;
	a->on_next = next;
	if (needs_key(a))
		return load_key(a, err);
	if (!is_plain(&a->secret))
		return lapse_fail(err, LAPSE_ECONFIG,
			"'%s': empty, or more than one line of text",
			reference);
	return 0;
}

static int check_texts(const struct auth_config *c, struct lapse_err *err)
{
	if (c->algorithm != NULL && strcmp(c->algorithm, "RS256") != 0 &&
		strcmp(c->algorithm, "PS256") != 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"credential: '%s': neither RS256 nor PS256",
			c->algorithm);
	if (c->scheme != AUTH_NONE && c->secret == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"credential: no secret is given");
	if (c->scheme == AUTH_BASIC && c->user == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"credential: no user is given");
	if (c->dpop && c->scheme != AUTH_CLIENT_ASSERTION)
		return lapse_fail(err, LAPSE_ECONFIG,
			"credential: DPoP needs a private key");
	return 0;
}

static int check_token_texts(const struct auth *a, struct lapse_err *err)
{
	const struct auth_config *c = &a->config;

	if (!auth_uses_tokens(a))
		return 0;
	if (c->scheme == AUTH_JWT_BEARER && c->client_id == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"'%s': a bare key; want the key file in JSON, which "
			"names the account that the key is for", c->secret);
	if (c->token_url == NULL || c->client_id == NULL ||
		c->client_id[0] == '\0')
		return lapse_fail(err, LAPSE_ECONFIG,
			"credential: client id or token url is not given");
	return 0;
}

static void auth_cleanup(struct auth **a)
{
	auth_free(*a);
}

int auth_open(struct auth **ret, const struct auth_config *config,
	const struct lapse_env *env, struct lapse_err *err)
{
	__attribute__((cleanup(auth_cleanup))) struct auth *a = NULL;
	int rc = check_texts(config, err);

	if (rc < 0)
		return rc;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return lapse_fail_nomem(err);
	a->config = *config;
	a->env = env;
	a->ends_at = WHEN_NONE;
	if (config->scheme != AUTH_NONE)
		rc = auth_load(a, false, err);
	if (rc == 0)
		rc = check_token_texts(a, err);
	if (rc < 0)
		return rc;
	*ret = a;
	a = NULL;
	return 0;
}

void auth_free(struct auth *a)
{
	if (a == NULL)
		return;
	EVP_PKEY_free(a->key);
	buf_wipe(&a->secret);
	buf_wipe(&a->token);
	buf_clear(&a->owned_user);
	buf_clear(&a->owned_key_id);
	buf_clear(&a->jwk);
	buf_clear(&a->thumbprint);
	buf_clear(&a->granted);
	free(a);
}

static int basic(struct auth *a, struct buf *ret, struct lapse_err *err)
{
	struct buf pair = {0};
	struct buf text = {0};
	bool failed;

	buf_fmt(&pair, "%s:%s", a->config.user, buf_text(&a->secret));
	base64(&text, pair.data, pair.len);
	buf_fmt(ret, "Authorization: Basic %s\n", buf_text(&text));
	failed = pair.failed || text.failed;
	if (!failed)
		secret_register(text.data, text.len);
	buf_wipe(&pair);
	buf_wipe(&text);
	return failed ? lapse_fail_nomem(err) : 0;
}

static int bearer(struct auth *a, int64_t now, const char *method,
	const char *url, struct buf *ret, struct lapse_err *err)
{
	const char *token = buf_text(&a->token);
	int rc;

	if (a->token.len == 0)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"credential: no token was fetched");
	buf_fmt(ret, "Authorization: %s %s\n",
		a->token_dpop ? "DPoP" : "Bearer", token);
	if (!a->token_dpop)
		return 0;
	buf_str(ret, "DPoP: ");
	rc = auth_dpop_proof(a, now, method, url, token, a->resource_nonce,
		ret, err);
	buf_char(ret, '\n');
	return rc;
}

int auth_apply(struct auth *a, int64_t now, const char *method,
	const char *url, struct buf *ret_headers, struct lapse_err *err)
{
	const char *prefix = a->config.prefix;
	int rc = 0;

	if (auth_uses_tokens(a))
		rc = bearer(a, now, method, url, ret_headers, err);
	else if (a->config.scheme == AUTH_BASIC)
		rc = basic(a, ret_headers, err);
	else if (a->config.scheme == AUTH_HEADER)
		buf_fmt(ret_headers, "Authorization: %s%s%s\n",
			prefix != NULL ? prefix : "",
			prefix != NULL ? " " : "", buf_text(&a->secret));
	return rc < 0 ? rc : buf_check(ret_headers, err, "headers");
}

void auth_note(struct auth *a, const struct http_response *res)
{
	if (res->dpop_nonce[0] != '\0')
		memcpy(a->resource_nonce, res->dpop_nonce,
			sizeof(a->resource_nonce));
}

bool auth_rejected(struct auth *a, const struct http_response *res)
{
	struct lapse_err ignored;

	if (auth_uses_tokens(a)) {
		auth_note(a, res);
		if (!a->token_dpop ||
			strcmp(res->auth_error, "use_dpop_nonce") != 0)
			buf_wipe(&a->token);
		return true;
	}
	if (a->config.next_secret == NULL || a->on_next)
		return false;
	return auth_load(a, true, &ignored) == 0;
}
