/* The Okta driver's configuration: its keys, and which credential they make. */
#include <string.h>

#include "drivers.h"
#include "okta.h"

#define DEFAULT_SCOPES                                                         \
	"okta.users.read okta.users.manage okta.groups.read okta.groups.manage"

const struct idp_key okta_keys[] = {
	{.name = "token",
		.help = "API token (SSWS)", .secret = true},
	{.name = "next-token",
		.help = "API token tried when the first is rejected",
		.secret = true},
	{.name = "client-id",
		.help = "OAuth: client id of the service application"},
	{.name = "key",
		.help = "OAuth: its RSA private key, PEM", .secret = true},
	{.name = "next-key",
		.help = "OAuth: key tried when the first is rejected",
		.secret = true},
	{.name = "key-id",
		.help = "OAuth: kid of the registered public key"},
	{.name = "scopes",
		.help = "OAuth: scopes to ask for; default " DEFAULT_SCOPES},
	{.name = "account-attribute",
		.help = "profile attribute that holds the Jira accountId"},
	{0},
};

/* People paste what the browser shows: without scheme, with a slash at the
 * end, or the address of the administrators' console. */
static int normalise(const char *url, struct arena *a, const char *subject,
	const char **ret, struct lapse_err *err)
{
	const char *scheme = strstr(url, "://");
	const char *host = scheme != NULL ? scheme + 3 : url;
	size_t len = strlen(host);
	char *name;

	while (len > 0 && host[len - 1] == '/')
		len--;
	name = arena_copy_n(a, host, len);
	*ret = scheme != NULL
		? arena_fmt(a, "%.*s%s", (int)(host - url), url, name)
		: arena_fmt(a, "https://%s", name);
	if (*ret == NULL)
		return lapse_fail_nomem(err);
	if (len == 0 || strpbrk(name, "/?#@ \\") != NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: url: '%s': want https://NAME.okta.com", subject,
			url);
	if (strstr(name, "-admin.okta") != NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: url: '%s': leave out \"-admin\"", subject, url);
	return 0;
}

static int check_attribute(const char *name, const char *subject,
	struct lapse_err *err)
{
	if (name == NULL)
		return 0;
	if (*name != '\0' && name[strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_")] == '\0')
		return 0;
	return lapse_fail(err, LAPSE_ECONFIG,
		"%s: account-attribute: '%s': letters, digits and _ only",
		subject, name);
}

typedef const char *getter(void *arg, const char *key);

static void use_token(getter *get, void *arg, struct auth_config *ret)
{
	*ret = (struct auth_config){
		.scheme = AUTH_HEADER,
		.prefix = "SSWS",
		.secret = get(arg, "token"),
		.next_secret = get(arg, "next-token"),
	};
}

/* The organization's own authorization server; the audience is the exact
 * address that is posted to. A proof of possession is always sent: new
 * service applications require it, the others ignore it.
 * Source: Okta guides, OAuth for Okta with a service app; DPoP. */
static int use_key(getter *get, void *arg, struct arena *a, const char *base,
	struct auth_config *ret, struct lapse_err *err)
{
	const char *scopes = get(arg, "scopes");
	const char *url = arena_fmt(a, "%s/oauth2/v1/token", base);

	if (url == NULL)
		return lapse_fail_nomem(err);
	if (scopes != NULL && strchr(scopes, ',') != NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"okta: scopes: '%s': want blanks between them, not "
			"commas", scopes);
	*ret = (struct auth_config){
		.scheme = AUTH_CLIENT_ASSERTION,
		.client_id = get(arg, "client-id"),
		.scope = scopes != NULL ? scopes : DEFAULT_SCOPES,
		.token_url = url,
		.key_id = get(arg, "key-id"),
		.algorithm = "RS256",
		.secret = get(arg, "key"),
		.next_secret = get(arg, "next-key"),
		.dpop = true,
	};
	return 0;
}

static int check_credential(getter *get, void *arg, const char *subject,
	struct lapse_err *err)
{
	bool token = get(arg, "token") != NULL;
	bool client = get(arg, "client-id") != NULL;
	bool key = get(arg, "key") != NULL;

	if (token && (client || key))
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: give token, or client-id and key, not both",
			subject);
	if (client != key)
		return lapse_fail(err, LAPSE_ECONFIG, "%s: %s is missing",
			subject, client ? "key" : "client-id");
	if (!token && !client)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: no credential; give token, or client-id and key",
			subject);
	return 0;
}

int okta_configure(getter *get, void *arg, struct arena *a,
	struct remote *ret_remote, struct auth_config *ret_auth,
	struct lapse_err *err)
{
	const char *subject = ret_remote->name != NULL ? ret_remote->name
						       : "okta";
	const char *url = ret_remote->base != NULL ? ret_remote->base : "";
	const char *attribute = get(arg, "account-attribute");
	struct okta_settings *settings;
	struct auth_config auth;
	const char *base = NULL;
	int rc = normalise(url, a, subject, &base, err);

	if (rc >= 0)
		rc = check_credential(get, arg, subject, err);
	if (rc >= 0)
		rc = check_attribute(attribute, subject, err);
	if (rc < 0)
		return rc;
	use_token(get, arg, &auth);
	if (get(arg, "token") == NULL)
		rc = use_key(get, arg, a, base, &auth, err);
	settings = arena_alloc(a, sizeof(*settings));
	if (rc < 0 || settings == NULL)
		return rc < 0 ? rc : lapse_fail_nomem(err);
	settings->account = attribute;
	settings->api_token = auth.scheme == AUTH_HEADER;
	ret_remote->base = base;
	ret_remote->site = base;
	ret_remote->service = &idp_okta.service;
	ret_remote->settings = settings;
	*ret_auth = auth;
	return 0;
}
