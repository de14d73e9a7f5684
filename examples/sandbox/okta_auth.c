/*
 * okta_auth.c - who calls Okta: SSWS tokens, and Bearer or DPoP tokens that
 * a service app got for a signed assertion. The keys and signatures are in
 * jws.c.
 * Source: Okta guides implement-oauth-for-okta-serviceapp and dpop;
 * RFC 7523, RFC 9449.
 */
#include "okta.h"

#include <string.h>
#include <strings.h>

#include "clock.h"
#include "index.h"
#include "jws.h"
#include "world.h"

#define PROOF_AGE_S 300
#define ASSERTION_MAX_S 3600

static char *public_key;

bool okta_key_load(const char *pem_file)
{
	free(public_key);
	public_key = jws_key_from_pem(pem_file);
	return public_key != NULL;
}

static void oauth_error(struct exchange *x, int status, const char *error,
	const char *description)
{
	reply_json(x, status, json_make("{ss ss}", "error", error,
		"error_description", description));
}

/* True once for each id: what is used again is a replay. */
static bool first_use(const char *kind, const char *id)
{
	cJSON *used = json_map(json_map(world_okta(), "used"), kind);

	if (id == NULL || json_get(used, id) != NULL)
		return false;
	json_put_bool(used, id, true);
	return true;
}

static const char *nonce_now(void)
{
	if (json_str(world_okta(), "nonce") == NULL) {
		autotext *made = world_opaque("", 32);

		json_put_str(world_okta(), "nonce", made);
	}
	return json_str(world_okta(), "nonce");
}

/* The app named by a good assertion; NULL: answered. */
static cJSON *app_of(struct exchange *x, const cJSON *form)
{
	const char *assertion = json_str(form, "client_assertion");
	autojson *claims = NULL;
	autotext *audience = text("%s/oauth2/v1/token", x->base);
	const char *why = NULL;

	if (assertion == NULL || public_key == NULL) {
		oauth_error(x, 401, "invalid_client",
			"No client credentials found.");
		return NULL;
	}
	claims = jws_verify_pem(assertion, public_key);
	const char *issuer = json_str(claims, "iss");
	int64_t left = json_int(claims, "exp", 0) - clock_s();
	if (claims == NULL)
		why = "The client_assertion signature is invalid.";
	else if (!same(issuer, json_str(claims, "sub")))
		why = "The issuer and subject of client_assertion must match.";
	else if (!same(json_str(claims, "aud"), audience))
		why = "The audience claim for client_assertion must be the "
		      "endpoint invoked for the request.";
	else if (left <= 0)
		why = "The client_assertion token is expired.";
	else if (left > ASSERTION_MAX_S)
		why = "The client_assertion token has an expiration too far "
		      "into the future.";
	else if (json_get(claims, "jti") != NULL &&
		!first_use("assertion", json_str(claims, "jti")))
		why = "The client_assertion token has already been used.";
	cJSON *app = why != NULL ? NULL
		: json_find(json_get(world_okta(), "apps"), "id", issuer);
	if (app == NULL)
		oauth_error(x, 401, "invalid_client", why != NULL ? why
			: "Invalid value for 'client_id' parameter.");
	return app;
}

/* The claims of a proof for this very request; NULL: *why says what is
 * wrong with it. */
static cJSON *proof_of(struct exchange *x, char **ret_thumbprint,
	const char **why)
{
	const char *proof = request_header(x, "DPoP");
	autotext *url = text("%s%s", x->base, x->path);
	cJSON *claims;
	int64_t age;

	*why = "The DPoP proof JWT header is missing.";
	if (proof == NULL)
		return NULL;
	*why = "The DPoP proof JWT is not valid.";
	claims = jws_verify_proof(proof, ret_thumbprint);
	age = clock_s() - json_int(claims, "iat", 0);
	if (claims == NULL)
		return NULL;
	if (!same(json_str(claims, "htm"), x->method))
		*why = "The DPoP proof JWT's htm does not match.";
	else if (!same(json_str(claims, "htu"), url))
		*why = "The DPoP proof JWT's htu does not match.";
	else if (age > PROOF_AGE_S || age < -PROOF_AGE_S)
		*why = "The DPoP proof JWT was not issued in time.";
	else if (!first_use("proof", json_str(claims, "jti")))
		*why = "The DPoP proof JWT has already been used.";
	else
		return claims;
	cJSON_Delete(claims);
	return NULL;
}

/* False: answered. The thumbprint stays NULL for an app that needs no
 * proof and sent none. */
static bool proof_accepted(struct exchange *x, const cJSON *app,
	char **ret_thumbprint)
{
	const char *why;
	autojson *claims = NULL;

	if (!json_true(app, "dpop") && request_header(x, "DPoP") == NULL)
		return true;
	claims = proof_of(x, ret_thumbprint, &why);
	if (claims == NULL) {
		oauth_error(x, 400, "invalid_dpop_proof", why);
		return false;
	}
	reply_header(x, "dpop-nonce", "%s", nonce_now());
	if (same(json_str(claims, "nonce"), nonce_now()))
		return true;
	oauth_error(x, 400, "use_dpop_nonce",
		"Authorization server requires nonce in DPoP proof.");
	return false;
}

/* The granted part of what is asked; NULL: a scope is refused. */
static char *granted(const cJSON *app, const char *asked)
{
	autotext *copy = text_copy(asked);
	char *rest = copy, *made = text_copy("");
	bool drop = same(json_str(app, "ungranted"), "drop");

	for (char *one; (one = strsep(&rest, " ")) != NULL;) {
		bool has = json_has_text(json_get(app, "scopes"), one);

		if (*one == '\0' || (!has && drop))
			continue;
		if (!has) {
			free(made);
			return NULL;
		}
		char *longer = text("%s%s%s", made, *made ? " " : "", one);
		free(made);
		made = longer;
	}
	return made;
}

static void issue_token(struct exchange *x, const cJSON *app,
	const char *scope, const char *thumbprint)
{
	autotext *token = world_opaque("eyJraWQi.SANDBOX.", 40);
	bool bound = thumbprint != NULL && json_true(app, "dpop");

	json_push(json_list(world_okta(), "tokens"),
		json_make("{ss ss ss s? sI}", "token", token, "app",
			json_str(app, "id"), "scope", scope, "key",
			bound ? thumbprint : NULL, "expires_at",
			clock_s() + 3600));
	reply_json(x, 200, json_make("{ss si ss ss}", "token_type",
		bound ? "DPoP" : "Bearer", "expires_in", 3600,
		"access_token", token, "scope", scope));
}

static void give_token(struct exchange *x)
{
	autojson *form = form_parse(x->body != NULL ? x->body : "");
	const char *scope = json_str(form, "scope");
	autotext *thumbprint = NULL;

	if (!same(json_str(form, "grant_type"), "client_credentials")) {
		oauth_error(x, 400, "unsupported_grant_type",
			"The authorization grant type is not supported.");
		return;
	}
	const cJSON *app = app_of(x, form);
	if (app == NULL || !proof_accepted(x, app, &thumbprint))
		return;
	autotext *given = scope != NULL ? granted(app, scope) : NULL;
	if (given == NULL || *given == '\0')
		oauth_error(x, 400, "invalid_scope", scope == NULL
			? "No scopes were requested."
			: "One or more scopes are not configured for the "
			  "authorization server resource.");
	else
		issue_token(x, app, given, thumbprint);
}

static bool refuse(struct exchange *x, const char *challenge)
{
	okta_error(x, 401, "E0000011", "Invalid token provided");
	if (challenge != NULL)
		reply_header(x, "WWW-Authenticate", "%s", challenge);
	return false;
}

static bool proof_fits(struct exchange *x, const cJSON *token)
{
	autotext *thumbprint = NULL;
	autotext *hash = jws_hash(json_str(token, "token"));
	const char *why;
	autojson *claims = proof_of(x, &thumbprint, &why);

	return claims != NULL && same(thumbprint, json_str(token, "key")) &&
	       same(json_str(claims, "ath"), hash);
}

static bool scope_fits(struct exchange *x, const cJSON *token)
{
	const char *need = x->route->scope;
	const char *have = json_str(token, "scope");
	autotext *read = NULL;

	if (need == NULL || strstr(have, need) != NULL)
		return true;
	/* okta.groups.manage includes okta.groups.read */
	read = text_copy(need);
	char *verb = strrchr(read, '.');
	if (strcmp(verb, ".read") == 0) {
		autotext *manage = text("%.*s.manage", (int)(verb - read),
			read);
		if (strstr(have, manage) != NULL)
			return true;
	}
	okta_error(x, 403, "E0000006", "You do not have permission to "
		"perform the requested action");
	reply_header(x, "WWW-Authenticate", "Bearer authorization_uri=\"%s"
		"/oauth2/v1/authorize\", realm=\"%s\", scope=\"%s\", "
		"error=\"insufficient_scope\"", x->base, x->base, need);
	return false;
}

static bool powerful(struct exchange *x)
{
	if (!json_true(x->actor, "powerless") ||
		strcmp(x->path, "/api/v1/users") == 0)
		return true;
	okta_error(x, 403, "E0000006", "You do not have permission to "
		"perform the requested action");
	return false;
}

static bool by_token(struct exchange *x, const char *value, bool proof)
{
	const cJSON *token = index_find(json_get(world_okta(), "tokens"),
		"token", value);
	bool bound = json_str(token, "key") != NULL;

	if (token == NULL || json_int(token, "expires_at", 0) <= clock_s())
		return refuse(x, "Bearer error=\"invalid_token\"");
	if (bound != proof || (bound && !proof_fits(x, token)))
		return refuse(x, "DPoP error=\"invalid_dpop_proof\"");
	x->actor = json_find(json_get(world_okta(), "apps"), "id",
		json_str(token, "app"));
	return scope_fits(x, token) && powerful(x);
}

bool okta_authorise(struct exchange *x)
{
	const char *from = request_header(x, "Authorization");

	if (from == NULL)
		return refuse(x, NULL);
	if (strncasecmp(from, "SSWS ", 5) == 0) {
		x->actor = json_get(world_okta(), "tokenOwner");
		return same(from + 5, world_secret("SANDBOX_OKTA_SSWS",
			"sandbox-okta-ssws")) || refuse(x, NULL);
	}
	if (strncasecmp(from, "Bearer ", 7) == 0)
		return by_token(x, from + 7, false);
	if (strncasecmp(from, "DPoP ", 5) == 0)
		return by_token(x, from + 5, true);
	return refuse(x, NULL);
}

const struct route okta_auth_routes[] = {
	{ "POST", "/oauth2/v1/token", give_token, NULL, true },
	{ 0 },
};
