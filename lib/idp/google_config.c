/* The Google driver's configuration: its keys, and which credential they
 * make. Google's addresses are fixed; others are for a gateway between. */
#include <string.h>

#include "drivers.h"
#include "google.h"

#define AUTH "https://www.googleapis.com/auth/"
#define DEFAULT_SCOPES                                                         \
	AUTH "admin.directory.user.readonly "                                  \
	AUTH "admin.directory.group.readonly "                                 \
	AUTH "admin.directory.group.member "                                   \
	AUTH "admin.directory.user.security "                                  \
	AUTH "cloud-identity.groups"

const struct idp_key google_keys[] = {
	{.name = "key",
		.help = "the service account's key file, JSON",
		.required = true, .secret = true},
	{.name = "next-key",
		.help = "key file tried when the first is rejected",
		.secret = true},
	{.name = "administrator",
		.help = "address of the administrator to act as",
		.required = true},
	{.name = "scopes",
		.help = "scopes to ask for, without "
			"https://www.googleapis.com/auth/; default all that "
			"lapse-google(7) lists but that of the log"},
	{.name = "customer",
		.help = "customer id, C and what follows; default my_customer"},
	{.name = "account-attribute",
		.help = "custom field that holds the Jira accountId, "
			"SCHEMA.FIELD"},
	{.name = "cloud-identity-url",
		.help = "address of Cloud Identity; default url, else Google's"},
	{.name = "token-url",
		.help = "address that gives tokens; default url with /token, "
			"else Google's"},
	{0},
};

typedef const char *getter(void *arg, const char *key);

/* An address as people write it: perhaps without scheme, with a slash at the
 * end. */
static const char *normalise(const char *url, struct arena *a)
{
	const char *scheme = strstr(url, "://");
	const char *host = scheme != NULL ? scheme + 3 : url;
	size_t len = strlen(host);

	while (len > 0 && host[len - 1] == '/')
		len--;
	return arena_fmt(a, "%.*s%.*s", scheme != NULL ? (int)(host - url) : 8,
		scheme != NULL ? url : "https://", (int)len, host);
}

static int use_url(const char *url, const char *key, struct arena *a,
	const char *subject, const char **ret, struct lapse_err *err)
{
	const char *made = normalise(url, a);
	const char *host;

	if (made == NULL)
		return lapse_fail_nomem(err);
	host = strstr(made, "://") + 3;
	if (*host == '\0' || *host == '/' || strpbrk(host, "?#@ \\") != NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: %s: '%s': want https://HOST; leave it out for "
			"Google's own", subject, key, url);
	*ret = made;
	return 0;
}

/* All three under url where only that is given, so that nothing goes to
 * Google by mistake that was to go elsewhere. */
static int use_urls(getter *get, void *arg, struct arena *a,
	const char *subject, struct remote *ret, const char **ret_token,
	struct lapse_err *err)
{
	const char *url = ret->base;
	const char *identity = get(arg, "cloud-identity-url");
	const char *token = get(arg, "token-url");
	int rc;

	rc = use_url(url != NULL ? url : "https://admin.googleapis.com", "url",
		a, subject, &ret->base, err);
	if (rc < 0)
		return rc;
	if (identity == NULL)
		identity = url != NULL ? ret->base
				       : "https://cloudidentity.googleapis.com";
	if (token == NULL)
		token = url != NULL ? arena_fmt(a, "%s/token", ret->base)
				    : "https://oauth2.googleapis.com/token";
	if (token == NULL)
		return lapse_fail_nomem(err);
	rc = use_url(identity, "cloud-identity-url", a, subject,
		&ret->other_base, err);
	return rc < 0 ? rc : use_url(token, "token-url", a, subject, ret_token,
		err);
}

/* The short names, made whole; whole ones stay. */
static const char *whole_scopes(const char *scopes, struct arena *a)
{
	AUTO_BUF out = {0};

	if (scopes == NULL)
		return DEFAULT_SCOPES;
	for (const char *p = scopes; *p != '\0';) {
		size_t n = strcspn(p, " \t");

		if (n > 0)
			buf_fmt(&out, "%s%s%.*s", out.len > 0 ? " " : "",
				strncmp(p, "https://", 8) == 0 ? "" : AUTH,
				(int)n, p);
		p += n + (p[n] != '\0' ? 1 : 0);
	}
	return arena_copy_buf(a, &out);
}

static bool is_word(const char *text, size_t len)
{
	return len > 0 && strspn(text,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_-") >= len;
}

static int use_attribute(const char *name, const char *subject,
	struct arena *a, struct google_settings *ret, struct lapse_err *err)
{
	size_t schema;

	if (name == NULL)
		return 0;
	schema = strcspn(name, ".");
	if (name[schema] == '\0' || !is_word(name, schema) ||
		!is_word(name + schema + 1, strlen(name + schema + 1)))
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: account-attribute: '%s': want SCHEMA.FIELD, the "
			"names of a custom attribute", subject, name);
	ret->schema = arena_copy_n(a, name, schema);
	ret->field = arena_copy(a, name + schema + 1);
	return arena_check(a, err);
}

static int check_texts(getter *get, void *arg, const char *subject,
	struct lapse_err *err)
{
	const char *who = get(arg, "administrator");
	const char *customer = get(arg, "customer");
	const char *scopes = get(arg, "scopes");

	if (get(arg, "key") == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: no credential; give key, the service account's "
			"key file", subject);
	if (who == NULL || strchr(who, '@') == NULL ||
		strstr(who, ".gserviceaccount.com") != NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: administrator: '%s': want the address of a person "
			"or role account of the Workspace, not the service "
			"account", subject, who != NULL ? who : "");
	if (scopes != NULL && strchr(scopes, ',') != NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: scopes: '%s': want blanks between them, not "
			"commas", subject, scopes);
	if (customer != NULL && strcmp(customer, "my_customer") != 0 &&
		(customer[0] != 'C' || !is_word(customer, strlen(customer))))
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: customer: '%s': want the customer id of Account "
			"settings, which begins with C", subject, customer);
	return 0;
}

/* Source: Google, "Using OAuth 2.0 for server to server applications", with
 * domain-wide delegation. */
int google_configure(getter *get, void *arg, struct arena *a,
	struct remote *ret_remote, struct auth_config *ret_auth,
	struct lapse_err *err)
{
	const char *subject = ret_remote->name != NULL ? ret_remote->name
						       : "google";
	const char *customer = get(arg, "customer");
	struct google_settings *settings = arena_alloc(a, sizeof(*settings));
	struct remote urls = *ret_remote;
	struct auth_config auth = {
		.scheme = AUTH_JWT_BEARER,
		.subject = get(arg, "administrator"),
		.scope = whole_scopes(get(arg, "scopes"), a),
		.algorithm = "RS256",
		.secret = get(arg, "key"),
		.next_secret = get(arg, "next-key"),
	};
	int rc;

	if (settings == NULL || auth.scope == NULL)
		return lapse_fail_nomem(err);
	*settings = (struct google_settings){
		.customer = customer != NULL ? customer : "my_customer",
	};
	rc = check_texts(get, arg, subject, err);
	if (rc >= 0)
		rc = use_attribute(get(arg, "account-attribute"), subject, a,
			settings, err);
	if (rc >= 0)
		rc = use_urls(get, arg, a, subject, &urls, &auth.token_url,
			err);
	if (rc < 0)
		return rc;
	ret_remote->base = urls.base;
	ret_remote->other_base = urls.other_base;
	ret_remote->site = "https://admin.google.com";
	ret_remote->service = &idp_google.service;
	ret_remote->settings = settings;
	*ret_auth = auth;
	return 0;
}
