/*
 * google_auth.c - who calls Google: Bearer tokens that a service account got
 * for a signed assertion in which it acts as an administrator. Keys and
 * signatures are in jws.c.
 * Source: Google, "Using OAuth 2.0 for server to server applications";
 * RFC 7523.
 */
#include "google.h"

#include <string.h>
#include <strings.h>

#include "clock.h"
#include "index.h"
#include "jws.h"
#include "world.h"

#define ASSERTION_MAX_S 3600
#define EARLY_S 300
#define SCOPE "https://www.googleapis.com/auth/"
#define GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"

static char *public_key;

bool google_key_load(const char *pem_file)
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
static bool first_use(const char *id)
{
	cJSON *used = json_map(world_google(), "used");

	if (id == NULL || json_get(used, id) != NULL)
		return false;
	json_put_bool(used, id, true);
	return true;
}

static bool is_rs256(const char *assertion)
{
	autotext *bytes = jws_unbase64(assertion, strcspn(assertion, "."),
		NULL);
	autojson *header = bytes != NULL ? cJSON_Parse(bytes) : NULL;

	return same(json_str(header, "alg"), "RS256");
}

static const char *wrong_time(const cJSON *claims)
{
	int64_t now = clock_s();
	int64_t from = json_int(claims, "iat", 0);
	int64_t to = json_int(claims, "exp", 0);

	if (to > now && from <= now + EARLY_S && to - from <= ASSERTION_MAX_S)
		return NULL;
	return "Invalid JWT: Token must be a short-lived token (60 minutes) "
	       "and in a reasonable timeframe. Check your iat and exp values "
	       "in the JWT claim.";
}

/* What is wrong with the assertion; NULL: nothing. */
static const char *wrong_claims(struct exchange *x, const cJSON *claims,
	const cJSON *client)
{
	autotext *audience = text("%s/token", x->base);

	if (claims == NULL)
		return "Invalid JWT Signature.";
	if (client == NULL)
		return "Invalid grant: account not found";
	if (!same(json_str(claims, "aud"), audience))
		return "Invalid JWT: Failed audience check.";
	if (wrong_time(claims) != NULL)
		return wrong_time(claims);
	if (json_str(claims, "sub") != NULL &&
		google_user(json_str(claims, "sub")) == NULL)
		return "Invalid email or User ID";
	if (!first_use(json_str(claims, "jti")))
		return "Invalid JWT: the jti was used before.";
	return NULL;
}

/* One scope that was not delegated spoils all. */
static bool delegated(const cJSON *client, const char *asked)
{
	autotext *copy = text_copy(asked != NULL ? asked : "");
	char *rest = copy;
	bool any = false;

	for (char *one; (one = strsep(&rest, " ")) != NULL;) {
		if (*one == '\0')
			continue;
		any = true;
		if (strncmp(one, SCOPE, strlen(SCOPE)) != 0 ||
			!json_has_text(json_get(client, "scopes"),
				one + strlen(SCOPE)))
			return false;
	}
	return any;
}

static void issue_token(struct exchange *x, const cJSON *claims)
{
	autotext *token = world_opaque("ya29.c.SANDBOX", 40);

	json_push(json_list(world_google(), "tokens"),
		json_make("{ss ss ss sI}", "token", token, "subject",
			json_str(claims, "sub"), "scope",
			json_str(claims, "scope"), "expires_at",
			clock_s() + 3599));
	reply_json(x, 200, json_make("{ss si ss}", "access_token", token,
		"expires_in", 3599, "token_type", "Bearer"));
}

static void give_token(struct exchange *x)
{
	autojson *form = form_parse(x->body != NULL ? x->body : "");
	const char *assertion = json_str(form, "assertion");
	autojson *claims = NULL;

	if (!same(json_str(form, "grant_type"), GRANT) || assertion == NULL) {
		oauth_error(x, 400, "unsupported_grant_type",
			"Invalid grant_type");
		return;
	}
	if (public_key != NULL && is_rs256(assertion))
		claims = jws_verify_pem(assertion, public_key);
	const cJSON *client = json_find(json_get(world_google(), "clients"),
		"email", json_str(claims, "iss"));
	const char *why = wrong_claims(x, claims, client);
	if (why != NULL)
		oauth_error(x, 400, "invalid_grant", why);
	else if (json_str(claims, "sub") == NULL ||
		!delegated(client, json_str(claims, "scope")))
		oauth_error(x, 401, "unauthorized_client",
			"Client is unauthorized to retrieve access tokens "
			"using this method, or client not authorized for any "
			"of the scopes requested.");
	else
		issue_token(x, claims);
}

/* A route names the scopes of which one will do, the narrowest first. */
static bool scope_fits(const struct exchange *x, const cJSON *token)
{
	autotext *need = text_copy(x->route->scope);
	autotext *have = text(" %s ", json_str(token, "scope"));
	char *rest = need;

	for (char *one; (one = strsep(&rest, " ")) != NULL;) {
		autotext *whole = text(" " SCOPE "%s ", one);

		if (strstr(have, whole) != NULL)
			return true;
	}
	return false;
}

static bool is_identity(const struct exchange *x)
{
	return x->service == &google_identity_service;
}

static bool refuse_token(struct exchange *x)
{
	if (is_identity(x))
		google_identity_error(x, 401, "UNAUTHENTICATED",
			"Request had invalid authentication credentials.");
	else
		google_error(x, 401, "authError", "Invalid Credentials");
	reply_header(x, "WWW-Authenticate", "Bearer realm=\"https://accounts."
		"google.com/\", error=\"invalid_token\"");
	return false;
}

static bool refuse_scope(struct exchange *x)
{
	if (is_identity(x))
		google_identity_error(x, 403, "PERMISSION_DENIED", "Request "
			"had insufficient authentication scopes.");
	else
		google_error(x, 403, "insufficientPermissions",
			"Request had insufficient authentication scopes.");
	reply_header(x, "WWW-Authenticate", "Bearer realm=\"https://accounts."
		"google.com/\", error=\"insufficient_scope\"");
	return false;
}

static bool refuse_person(struct exchange *x)
{
	if (is_identity(x))
		google_identity_error(x, 403, "PERMISSION_DENIED",
			"Error(2028): Permission denied for resource (or it "
			"may not exist).");
	else
		google_error(x, 403, "forbidden",
			"Not Authorized to access this resource/api");
	return false;
}

bool google_authorise(struct exchange *x)
{
	const char *from = request_header(x, "Authorization");
	const cJSON *token = from == NULL ||
		strncasecmp(from, "Bearer ", 7) != 0 ? NULL
		: index_find(json_get(world_google(), "tokens"), "token",
			from + 7);

	if (token == NULL || json_int(token, "expires_at", 0) <= clock_s())
		return refuse_token(x);
	if (!scope_fits(x, token))
		return refuse_scope(x);
	x->actor = google_user(json_str(token, "subject"));
	return json_true(x->actor, "isAdmin") || refuse_person(x);
}

const struct route google_auth_routes[] = {
	{ "POST", "/token", give_token, NULL, true },
	{ 0 },
};
