/* The Entra driver's configuration: its keys, and which credential they
 * make. */
#include <string.h>

#include "drivers.h"
#include "entra.h"
#include "text.h"

const struct idp_key entra_keys[] = {
	{.name = "tenant",
		.help = "directory (tenant) id, or one of its domains",
		.required = true},
	{.name = "client-id",
		.help = "application (client) id", .required = true},
	{.name = "client-secret",
		.help = "client secret of the application", .secret = true},
	{.name = "next-client-secret",
		.help = "client secret tried when the first is rejected",
		.secret = true},
	{.name = "key",
		.help = "instead of a secret: private key and certificate, "
			"PEM", .secret = true},
	{.name = "next-key",
		.help = "key and certificate tried when the first are rejected",
		.secret = true},
	{.name = "cloud",
		.help = "global, us-government, us-dod or china; default "
			"global"},
	{.name = "authority",
		.help = "address that gives tokens, where url is given too"},
	{.name = "change-as",
		.help = "permission or owner: what lets it change groups; "
			"default permission"},
	{.name = "account-attribute",
		.help = "user property that holds the Jira accountId"},
	{0},
};

/* Source: Microsoft Graph, "National cloud deployments". */
static const struct cloud {
	const char *name;
	const char *authority;
	const char *graph;
} clouds[] = {
	{"global", "https://login.microsoftonline.com",
		"https://graph.microsoft.com"},
	{"us-government", "https://login.microsoftonline.us",
		"https://graph.microsoft.us"},
	{"us-dod", "https://login.microsoftonline.us",
		"https://dod-graph.microsoft.us"},
	{"china", "https://login.partner.microsoftonline.cn",
		"https://microsoftgraph.chinacloudapi.cn"},
};

typedef const char *getter(void *arg, const char *key);

struct reading {
	getter *get;
	void *arg;
	struct arena *arena;
	const char *subject;
};

static const char *get(const struct reading *c, const char *key)
{
	return c->get(c->arg, key);
}

static int find_cloud(const struct reading *c, struct cloud *ret,
	struct lapse_err *err)
{
	const char *name = get(c, "cloud");

	for (size_t i = 0; i < sizeof(clouds) / sizeof(*clouds); i++)
		if (strcmp(name != NULL ? name : "global", clouds[i].name) ==
			0) {
			*ret = clouds[i];
			return 0;
		}
	return lapse_fail(err, LAPSE_ECONFIG,
		"%s: cloud: '%s': want global, us-government, us-dod or china",
		c->subject, name);
}

/* An origin: scheme and host, perhaps a slash at the end. */
static int origin(const struct reading *c, const char *key, const char *url,
	const char **ret, struct lapse_err *err)
{
	size_t len = strlen(url);
	const char *host = strstr(url, "://");

	while (len > 0 && url[len - 1] == '/')
		len--;
	if (host == NULL || len <= (size_t)(host + 3 - url) ||
		memchr(host + 3, '/', len - (size_t)(host + 3 - url)) != NULL ||
		strpbrk(url, "?#@ \\") != NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: %s: '%s': want https://HOST", c->subject, key,
			url);
	*ret = arena_copy_n(c->arena, url, len);
	return *ret == NULL ? lapse_fail_nomem(err) : 0;
}

/* Tokens of one cloud open nothing in another, so the addresses come as a
 * pair. */
static int find_hosts(const struct reading *c, const char *url,
	struct cloud *ret, struct lapse_err *err)
{
	const char *authority = get(c, "authority");
	int rc;

	if (url == NULL && authority == NULL)
		return find_cloud(c, ret, err);
	if (url == NULL || authority == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: %s is missing; give url and authority, or neither "
			"and cloud", c->subject,
			url == NULL ? "url" : "authority");
	if (get(c, "cloud") != NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: give cloud, or url and authority, not both",
			c->subject);
	rc = origin(c, "url", url, &ret->graph, err);
	return rc < 0 ? rc : origin(c, "authority", authority,
		&ret->authority, err);
}

/* The names that stand for any tenant give no token to an application.
 * Source: Microsoft identity platform, client credentials flow. */
static int check_tenant(const struct reading *c, struct lapse_err *err)
{
	static const char *const any[] = {
		"common", "organizations", "consumers",
	};
	const char *tenant = get(c, "tenant");
	bool good = tenant != NULL && text_is_id(tenant) &&
		strchr(tenant, ':') == NULL;

	for (size_t i = 0; good && i < sizeof(any) / sizeof(*any); i++)
		good = !text_same_nocase(tenant, any[i]);
	if (good)
		return 0;
	return lapse_fail(err, LAPSE_ECONFIG,
		"%s: tenant: '%s': want the directory (tenant) id or a domain "
		"of it", c->subject, tenant != NULL ? tenant : "");
}

static int check_credential(const struct reading *c, struct lapse_err *err)
{
	bool secret = get(c, "client-secret") != NULL;
	bool key = get(c, "key") != NULL;

	if (get(c, "client-id") == NULL)
		return lapse_fail(err, LAPSE_ECONFIG, "%s: client-id is "
			"missing", c->subject);
	if (secret && key)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: give client-secret or key, not both", c->subject);
	if (!secret && !key)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: no credential; give key, or client-secret",
			c->subject);
	if (get(c, key ? "next-client-secret" : "next-key") != NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: the next credential is of another kind; give %s",
			c->subject, key ? "next-key" : "next-client-secret");
	return 0;
}

static int use_credential(const struct reading *c, const struct cloud *hosts,
	struct auth_config *ret, struct lapse_err *err)
{
	bool key = get(c, "key") != NULL;

	*ret = (struct auth_config){
		.scheme = key ? AUTH_CLIENT_ASSERTION : AUTH_CLIENT_SECRET,
		.client_id = get(c, "client-id"),
		.scope = arena_fmt(c->arena, "%s/.default", hosts->graph),
		.token_url = arena_fmt(c->arena, "%s/%s/oauth2/v2.0/token",
			hosts->authority, get(c, "tenant")),
		.algorithm = key ? "PS256" : NULL,
		.certificate = key,
		.rights_claim = "roles",
		.secret = get(c, key ? "key" : "client-secret"),
		.next_secret = get(c, key ? "next-key" : "next-client-secret"),
	};
	return arena_check(c->arena, err);
}

static int check_change_as(const struct reading *c, struct lapse_err *err)
{
	const char *as = get(c, "change-as");

	if (as == NULL || strcmp(as, "owner") == 0 ||
		strcmp(as, "permission") == 0)
		return 0;
	return lapse_fail(err, LAPSE_ECONFIG,
		"%s: change-as: '%s': want permission or owner", c->subject,
		as);
}

/* ---- Properties of users ---- */

#define FIELDS                                                                 \
	"id,userPrincipalName,displayName,mail,accountEnabled,userType,"       \
	"department,jobTitle,employeeId,createdDateTime"

static int check_attribute(const struct reading *c, const char *name,
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
		c->subject, name);
}

/* extensionAttribute1 to 15 are within an object that is asked for whole; an
 * application's own are extension_..., with an underscore. */
static int put_settings(const struct reading *c, struct entra_settings *ret,
	struct lapse_err *err)
{
	const char *name = get(c, "account-attribute");
	const char *as = get(c, "change-as");
	const char *more;

	ret->account = name;
	ret->owner = as != NULL && strcmp(as, "owner") == 0;
	ret->extension = name != NULL &&
		strncmp(name, "extensionAttribute", 18) == 0;
	more = ret->extension ? "onPremisesExtensionAttributes" : name;
	ret->fields = more == NULL || strcmp(more, "employeeId") == 0
		? FIELDS : arena_fmt(c->arena, FIELDS ",%s", more);
	ret->fields_and_use = arena_fmt(c->arena, "%s,signInActivity",
		ret->fields != NULL ? ret->fields : FIELDS);
	return arena_check(c->arena, err);
}

static int check_all(const struct reading *c, const char *url,
	struct cloud *ret, struct lapse_err *err)
{
	int rc = check_tenant(c, err);

	if (rc >= 0)
		rc = find_hosts(c, url, ret, err);
	if (rc >= 0)
		rc = check_credential(c, err);
	if (rc >= 0)
		rc = check_change_as(c, err);
	return rc < 0 ? rc : check_attribute(c, get(c, "account-attribute"),
		err);
}

int entra_configure(getter *get_key, void *arg, struct arena *a,
	struct remote *ret_remote, struct auth_config *ret_auth,
	struct lapse_err *err)
{
	const struct reading c = {get_key, arg, a,
		ret_remote->name != NULL ? ret_remote->name : "entra"};
	struct entra_settings *settings;
	struct auth_config auth;
	struct cloud hosts = {0};
	const char *base;
	int rc = check_all(&c, ret_remote->base, &hosts, err);

	if (rc < 0)
		return rc;
	settings = arena_alloc(a, sizeof(*settings));
	base = arena_fmt(a, "%s/v1.0", hosts.graph);
	if (settings == NULL || base == NULL)
		return lapse_fail_nomem(err);
	rc = use_credential(&c, &hosts, &auth, err);
	if (rc >= 0)
		rc = put_settings(&c, settings, err);
	if (rc < 0)
		return rc;
	ret_remote->base = base;
	ret_remote->site = "https://entra.microsoft.com";
	ret_remote->service = &idp_entra.service;
	ret_remote->settings = settings;
	*ret_auth = auth;
	return 0;
}
