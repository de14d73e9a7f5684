/* Access tokens: the request for one, and what its answer says. RFC 6749, 7523
 * and 9449. */
#include "auth_private.h"

#include <string.h>

#include "json.h"
#include "secret.h"
#include "text.h"

enum {
	MARGIN_S = 60,		/* a token is renewed so long before its end */
	LIFE_DEFAULT_S = 300,	/* where the answer does not say */
	LIFE_MAX_S = 86400,
};

static const char ASSERTION_TYPE[] =
	"urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
static const char GRANT_TYPE[] =
	"urn:ietf:params:oauth:grant-type:jwt-bearer";

bool auth_wants_token(const struct auth *a, int64_t now)
{
	return auth_uses_tokens(a) &&
		(a->token.len == 0 || now >= a->expires_at);
}

static void pair(struct buf *body, const char *name, const char *value)
{
	if (body->len > 0)
		buf_char(body, '&');
	buf_fmt(body, "%s=", name);
	text_percent(body, value);
}

static int put_body(struct auth *a, int64_t now, struct buf *body,
	struct lapse_err *err)
{
	AUTO_BUF jwt = {0};
	bool grant = a->config.scheme == AUTH_JWT_BEARER;
	int rc = 0;

	if (a->key != NULL)
		rc = auth_jwt_assertion(a, now, &jwt, err);
	if (rc < 0)
		return rc;
	pair(body, "grant_type", grant ? GRANT_TYPE : "client_credentials");
	if (a->config.scope != NULL && !grant)
		pair(body, "scope", a->config.scope);
	if (grant) {
		pair(body, "assertion", buf_text(&jwt));
	} else if (a->config.scheme == AUTH_CLIENT_ASSERTION) {
		/* Microsoft wants the client's id beside the assertion */
		pair(body, "client_id", a->config.client_id);
		pair(body, "client_assertion_type", ASSERTION_TYPE);
		pair(body, "client_assertion", buf_text(&jwt));
	} else {
		pair(body, "client_id", a->config.client_id);
		pair(body, "client_secret", buf_text(&a->secret));
	}
	return buf_check(body, err, "token request");
}

int auth_token_request(struct auth *a, int64_t now, struct buf *ret_url,
	struct buf *ret_body, struct buf *ret_headers, struct lapse_err *err)
{
	int rc;

	buf_reset(ret_url);
	buf_reset(ret_body);
	buf_reset(ret_headers);
	buf_str(ret_url, a->config.token_url);
	rc = put_body(a, now, ret_body, err);
	if (rc < 0)
		return rc;
	if (a->config.dpop) {
		buf_str(ret_headers, "DPoP: ");
		rc = auth_dpop_proof(a, now, "POST", a->config.token_url, NULL,
			a->token_nonce, ret_headers, err);
		buf_char(ret_headers, '\n');
	}
	if (rc < 0)
		return rc;
	rc = buf_check(ret_url, err, "token url");
	return rc < 0 ? rc : buf_check(ret_headers, err, "token headers");
}

/* Is it "https://graph.microsoft.com/.default"? That asks for whatever was
 * consented to. */
static bool is_default(const char *word, size_t len)
{
	static const char end[] = "/.default";

	return len >= sizeof(end) - 1 &&
		memcmp(word + len - (sizeof(end) - 1), end, sizeof(end) - 1) ==
		0;
}

/* A scope may be left out silently and show up later as a 403, or as an empty
 * list. Source: conductorone/baton-okta, docs/docs-info.md. */
static int check_scopes(const struct auth *a, const char *given,
	struct lapse_err *err)
{
	AUTO_BUF missing = {0};
	AUTO_BUF shown = {0};
	const char *p = a->config.scope;

	if (p == NULL || given == NULL)
		return 0;
	while (*p != '\0') {
		size_t n = strcspn(p, " ");

		if (n > 0 && !is_default(p, n) && !text_has_word(given, p, n)) {
			buf_str(&missing, missing.len > 0 ? " " : "");
			buf_add(&missing, p, n);
		}
		p += n;
		p += strspn(p, " ");
	}
	if (missing.len == 0)
		return 0;
	text_line(&shown, buf_text(&missing));
	return lapse_fail(err, LAPSE_EAUTH,
		"token: scopes not granted: '%s'; grant them to the client",
		buf_text(&shown));
}

static int64_t lifetime(int64_t expires_in)
{
	int64_t life = expires_in <= 0 ? LIFE_DEFAULT_S : expires_in;

	if (life > LIFE_MAX_S)
		life = LIFE_MAX_S;
	return life - (life / 2 < MARGIN_S ? life / 2 : MARGIN_S);
}

static bool is_header_safe(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~')
			return false;
	}
	return true;
}

static int take_token(struct auth *a, int64_t now, struct json root,
	struct lapse_err *err)
{
	const char *token = json_text(root, "access_token", JSON_MUST);
	const char *type = json_text(root, "token_type", JSON_MUST);
	const char *scope = json_text(root, "scope", JSON_MAY);
	int64_t life = json_int(root, "expires_in", JSON_MAY);
	int rc = json_check(root.doc, "token", err);

	if (rc < 0)
		return rc;
	secret_register(token, strlen(token));
	if (token[0] == '\0' || !is_header_safe(token))
		return lapse_fail(err, LAPSE_EPROTO,
			"token: not one word of plain text");
	a->token_dpop = text_same_nocase(type, "DPoP");
	if (!a->token_dpop && !text_same_nocase(type, "Bearer"))
		return lapse_fail(err, LAPSE_EPROTO,
			"token: neither of type Bearer nor DPoP");
	if (a->token_dpop && !a->config.dpop)
		return lapse_fail(err, LAPSE_EPROTO,
			"token: of type DPoP, which was not asked for");
	rc = check_scopes(a, scope, err);
	a->blames_scopes = rc < 0;
	if (rc < 0)
		return rc;
	auth_keep_rights(a, token, scope);
	buf_wipe(&a->token);
	buf_str(&a->token, token);
	a->expires_at = now + lifetime(life);
	return buf_check(&a->token, err, "token");
}

/* The error code of an OAuth error body, or of Okta's own; "" if none.
 * Microsoft says in a number which of many refusals it is. */
static void error_code(const struct http_response *res, struct buf *ret,
	struct buf *ret_number)
{
	AUTO_JSON *doc = NULL;
	const char *text;
	int64_t number;

	if (json_open(&doc, buf_text(&res->body), res->body.len, NULL) < 0)
		return;
	text = json_text(json_root(doc), "error", JSON_MAY);
	if (text == NULL)
		text = json_text(json_root(doc), "errorCode", JSON_MAY);
	if (text != NULL && strlen(text) <= 64)
		text_line(ret, text);
	number = json_as_int(json_first(json_array(json_root(doc),
		"error_codes", JSON_MAY)), 0);
	if (number > 0)
		buf_fmt(ret_number, ", AADSTS%lld", (long long)number);
}

/* Both are how an old key or secret is answered: Okta by the first, Google by
 * the second. */
static bool blames_secret(int status, const char *code)
{
	return status == 401 || strcmp(code, "invalid_client") == 0 ||
		strcmp(code, "invalid_grant") == 0;
}

/* Google answers by the second where one scope was not delegated.
 * Source: RFC 6749, 5.2; GAM, glapi.py. */
static bool blames_scopes(const char *code)
{
	return strcmp(code, "invalid_scope") == 0 ||
		strcmp(code, "unauthorized_client") == 0;
}

static bool take_nonce(struct auth *a, const struct http_response *res)
{
	if (res->dpop_nonce[0] == '\0' ||
		strcmp(res->dpop_nonce, a->token_nonce) == 0)
		return false;
	memcpy(a->token_nonce, res->dpop_nonce, sizeof(a->token_nonce));
	return true;
}

static int refused(struct auth *a, const struct http_response *res,
	bool fresh_nonce, struct lapse_err *err)
{
	AUTO_BUF code = {0};
	AUTO_BUF number = {0};
	const char *name;

	error_code(res, &code, &number);
	name = buf_text(&code);
	if (strcmp(name, "use_dpop_nonce") == 0 && fresh_nonce)
		return 1;
	if (a->config.next_secret != NULL && !a->on_next &&
		blames_secret(res->status, name) &&
		auth_load(a, true, err) == 0)
		return 1;
	a->blames_scopes = blames_scopes(name);
	return lapse_fail(err, LAPSE_EAUTH,
		"token: refused (%d%s%s%s); check client id, key, scopes and "
		"clock", res->status, name[0] != '\0' ? ", " : "", name,
		buf_text(&number));
}

int auth_token_reply(struct auth *a, int64_t now,
	const struct http_response *res, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	bool fresh_nonce = take_nonce(a, res);
	int rc;

	if (res->status < 200 || res->status > 299)
		return refused(a, res, fresh_nonce, err);
	rc = json_open(&doc, buf_text(&res->body), res->body.len, err);
	if (rc < 0)
		return lapse_prefix(err, "token");
	return take_token(a, now, json_root(doc), err);
}
