/*
 * graph_auth.c - who calls Graph: tokens that an application gets for its
 * secret, or for an assertion signed by its certificate's key. Signatures are
 * in jws.c.
 * Source: Microsoft identity platform, client credentials flow and certificate
 * credentials; RFC 7523.
 */
#include "graph.h"

#include <string.h>
#include <strings.h>

#include "clock.h"
#include "index.h"
#include "jws.h"
#include "world.h"

#define ASSERTION_MAX_S 3600
#define CLOCK_SLACK_S 300
#define ASSERTION_TYPE                                                         \
	"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static char *certificate;	/* of all applications, as PEM */

bool graph_certificate_load(const char *pem_file)
{
	free(certificate);
	certificate = jws_key_from_pem(pem_file);
	return certificate != NULL;
}

static void refuse(struct exchange *x, int status, const char *error,
	int number, const char *words)
{
	autotext *trace = world_opaque("", 32);
	autotext *now = clock_okta(clock_ms());
	autotext *said = text("AADSTS%d: %s Trace ID: %s Timestamp: %s",
		number, words, trace, now);

	reply_json(x, status, json_make("{ss ss s[i] ss ss ss}", "error",
		error, "error_description", said, "error_codes", number,
		"timestamp", now, "trace_id", trace, "correlation_id", trace));
}

static bool first_use(const char *id)
{
	cJSON *used = json_map(graph_tenant(), "used");

	if (id == NULL || json_get(used, id) != NULL)
		return false;
	json_put_bool(used, id, true);
	return true;
}

/* 0, or the number of what is wrong with the claims. */
static int claims_wrong(struct exchange *x, const cJSON *claims,
	const char *client, const char **why)
{
	autotext *audience = text("%s%s", x->base, x->path);
	int64_t ends = json_int(claims, "exp", 0);
	int64_t begins = json_int(claims, "nbf", 0);

	*why = "Client assertion audience claim does not match Realm issuer.";
	if (!same(json_str(claims, "aud"), audience))
		return 700023;
	*why = "Client assertion contains an invalid issuer or subject.";
	if (!same(json_str(claims, "iss"), client) ||
		!same(json_str(claims, "sub"), client))
		return 700021;
	*why = "Client assertion is not within its valid time range.";
	if (ends <= clock_s() || ends > clock_s() + ASSERTION_MAX_S ||
		begins > clock_s() + CLOCK_SLACK_S)
		return 700024;
	*why = "Client assertion has no id, or one that was used before.";
	return first_use(json_str(claims, "jti")) ? 0 : 50027;
}

static bool assertion_accepted(struct exchange *x, const cJSON *form,
	const char *client)
{
	const char *assertion = json_str(form, "client_assertion");
	const char *why = "The key used to sign the assertion is not one of "
		"the application's certificates, or the signature is wrong.";
	autojson *claims = NULL;
	int wrong = 700027;

	if (certificate != NULL &&
		same(json_str(form, "client_assertion_type"), ASSERTION_TYPE))
		claims = jws_verify_certificate(assertion, certificate);
	if (claims != NULL)
		wrong = claims_wrong(x, claims, client, &why);
	if (wrong != 0)
		refuse(x, 401, "invalid_client", wrong, why);
	return wrong == 0;
}

static bool client_accepted(struct exchange *x, const cJSON *form,
	const char *client)
{
	const char *secret = json_str(form, "client_secret");

	if (json_str(form, "client_assertion") != NULL)
		return assertion_accepted(x, form, client);
	if (secret == NULL) {
		refuse(x, 401, "invalid_client", 7000218, "The request body "
			"must contain the following parameter: "
			"'client_assertion' or 'client_secret'.");
		return false;
	}
	if (same(secret, world_secret("SANDBOX_ENTRA_SECRET",
		    "sandbox-entra-secret")))
		return true;
	refuse(x, 401, "invalid_client", 7000215, "Invalid client secret "
		"provided.");
	return false;
}

static bool request_accepted(struct exchange *x, const cJSON *form)
{
	autotext *scope = text("%s/.default", x->base);

	if (!same(x->arg[0], json_str(graph_tenant(), "tenant")) &&
		!same(x->arg[0], json_str(world_all(), "domain")))
		refuse(x, 400, "invalid_request", 90002, "Tenant not found.");
	else if (!same(json_str(form, "grant_type"), "client_credentials"))
		refuse(x, 400, "unsupported_grant_type", 70003, "The grant "
			"type is not supported.");
	else if (!same(json_str(form, "scope"), scope))
		refuse(x, 400, "invalid_scope", 70011, "The provided value "
			"for the input parameter 'scope' is not valid.");
	else
		return true;
	return false;
}

/* The claim is left out where nothing was consented to.
 * Source: Microsoft identity platform, access token claims reference. */
static char *token_for(const struct exchange *x, const cJSON *app)
{
	autotext *chance = world_opaque("SANDBOX", 40);
	const cJSON *roles = json_get(app, "roles");
	autojson *claims = json_make("{ss ss ss ss sI sI}", "aud", x->base,
		"appid", json_str(app, "id"), "tid",
		json_str(graph_tenant(), "tenant"), "idtyp", "app", "iat",
		clock_s(), "exp", clock_s() + 3599);

	if (cJSON_GetArraySize(roles) > 0)
		json_put(claims, "roles", cJSON_Duplicate(roles, true));
	return jws_look_alike(claims, chance);
}

static void give_token(struct exchange *x)
{
	autojson *form = form_parse(x->body != NULL ? x->body : "");
	const char *client = json_str(form, "client_id");
	const cJSON *app = json_find(json_get(graph_tenant(), "apps"), "id",
		client);

	if (!request_accepted(x, form))
		return;
	if (app == NULL) {
		refuse(x, 400, "unauthorized_client", 700016, "Application "
			"was not found in the directory.");
		return;
	}
	if (!client_accepted(x, form, client))
		return;
	autotext *token = token_for(x, app);
	json_push(json_list(graph_tenant(), "tokens"), json_make(
		"{ss ss sI}", "token", token, "app", client, "expires_at",
		clock_s() + 3599));
	reply_json(x, 200, json_make("{ss si si ss}", "token_type", "Bearer",
		"expires_in", 3599, "ext_expires_in", 3599, "access_token",
		token));
}

bool graph_may(const struct exchange *x, const char *permission)
{
	const cJSON *roles = json_get(x->actor, "roles");

	return json_has_text(roles, permission) ||
	       (strcmp(permission, "GroupMember.Read.All") == 0 &&
		       json_has_text(roles, "GroupMember.ReadWrite.All"));
}

bool graph_authorise(struct exchange *x)
{
	const char *from = request_header(x, "Authorization");
	const cJSON *token = NULL;

	if (from != NULL && strncasecmp(from, "Bearer ", 7) == 0)
		token = index_find(json_get(graph_tenant(), "tokens"), "token",
			from + 7);
	if (token == NULL || json_int(token, "expires_at", 0) <= clock_s()) {
		graph_error(x, 401, "InvalidAuthenticationToken",
			"Lifetime validation failed, the token is expired.");
		reply_header(x, "WWW-Authenticate", "Bearer realm=\"\", "
			"authorization_uri=\"%s/common/oauth2/authorize\"",
			x->base);
		return false;
	}
	x->actor = json_find(json_get(graph_tenant(), "apps"), "id",
		json_str(token, "app"));
	if (x->route->scope == NULL || graph_may(x, x->route->scope))
		return true;
	graph_denied(x);
	return false;
}

const struct route graph_auth_routes[] = {
	{ "POST", "/{}/oauth2/v2.0/token", give_token, NULL, true },
	{ 0 },
};
