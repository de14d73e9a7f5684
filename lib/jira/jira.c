/* The Jira service: how its replies are judged, and where it is reached. The
 * operations stand one subject a file beside this one. */
#include <string.h>

#include "text.h"
#include "rest.h"

enum {
	SAID_MAX = 200,		/* bytes of Jira's own words in a message */
};

#define GATEWAY "https://api.atlassian.com/ex/jira"

/* ---- Judging ---- */

struct answer {
	bool json;		/* Jira itself, or its gateway, speaks */
	struct buf said;
};

static void answer_clear(struct answer *a)
{
	buf_clear(&a->said);
}

static void say(struct buf *out, const char *key, struct json at)
{
	AUTO_BUF clean = {0};

	if (!json_is_text(at) || out->len >= SAID_MAX)
		return;
	if (key != NULL)
		buf_fmt(&clean, "%s: ", key);
	buf_str(&clean, json_as_text(at));
	buf_str(out, out->len > 0 ? "; " : "");
	text_line(out, buf_text(&clean));
}

/* Three shapes: the platform's lists, JSM's single message, the gateway's
 * "message". Source: Jira Cloud platform REST v3, ErrorCollection; JSM REST,
 * ErrorResponse. */
static void read_answer(const struct http_response *res, struct answer *ret)
{
	AUTO_JSON *doc = NULL;
	struct json root;
	struct json list;

	if (res->body.len == 0 ||
		json_open(&doc, res->body.data, res->body.len, NULL) < 0)
		return;
	root = json_root(doc);
	ret->json = json_is_object(root);
	list = json_at(root, "errorMessages");
	if (json_is_array(list))
		for (struct json i = json_first(list); json_valid(i);
			i = json_next(i))
			say(&ret->said, NULL, i);
	list = json_at(root, "errors");
	if (json_is_object(list))
		for (struct json i = json_first(list); json_valid(i);
			i = json_next(i))
			say(&ret->said, json_key(i), i);
	say(&ret->said, NULL, json_at(root, "errorMessage"));
	say(&ret->said, NULL, json_at(root, "message"));
}

static void tell(const struct remote *r, const struct http_request *req,
	const struct http_response *res, const struct answer *a, int code,
	const char *what, struct lapse_err *err)
{
	lapse_fail(err, code, "%s: %s: status %d: %s%s%.*s%s%s%s", r->name,
		http_method_name(req->method), res->status, what,
		a->said.len > 0 ? " (" : "", SAID_MAX, buf_text(&a->said),
		a->said.len > 0 ? ")" : "",
		res->request_id[0] != '\0' ? LAPSE_TRACE_ID : "",
		res->request_id);
}

static bool via_gateway(const struct remote *r)
{
	return r->site != NULL && r->base != NULL &&
		strcmp(r->site, r->base) != 0;
}

/* A missing scope is a 401, and a scoped token is good at the gateway only.
 * Source: Atlassian support, "Manage API tokens". */
static const char *about_401(const struct remote *r)
{
	return via_gateway(r)
		? "the credential was rejected; check e-mail, token, cloud-id "
		  "and the token's scopes"
		: "the credential was rejected; check e-mail and token (a "
		  "scoped token needs cloud-id)";
}

/* A gateway has sent 429 without Retry-After: then the reset, else the usual
 * backoff. Source: Jira Cloud platform, Rate limiting. */
static int64_t wait_of(const struct http_response *res)
{
	if (res->retry_after_s >= 0)
		return res->retry_after_s;
	if (res->reset_at == WHEN_NONE || res->date == WHEN_NONE)
		return -1;
	return res->reset_at > res->date ? res->reset_at - res->date + 1 : 1;
}

struct judgement {
	int status;
	enum verdict verdict;
	int on_read;
	int on_write;
	const char *what;
};

static const struct judgement judgements[] = {
	{400, REPLY_REFUSED, LAPSE_EREFUSED, LAPSE_EREFUSED, "refused"},
	{403, REPLY_REFUSED, LAPSE_EAUTH, LAPSE_EREFUSED,
		"not permitted; check the project permissions and the agent "
		"licence of the account"},
	{404, REPLY_REFUSED, LAPSE_ENOTFOUND, LAPSE_EREFUSED,
		"not found, or hidden from the account"},
	/* Conflicting updates of one issue: this one was not applied. */
	{409, REPLY_AGAIN_AFTER, LAPSE_EITEM, LAPSE_EITEM,
		"another update is under way"},
	{410, REPLY_REFUSED, LAPSE_ECONFIG, LAPSE_ECONFIG,
		"Atlassian has removed this resource; a newer version of this "
		"program is needed"},
	{412, REPLY_REFUSED, LAPSE_EPROTO, LAPSE_EPROTO,
		"the resource is experimental and was not opened"},
	{413, REPLY_REFUSED, LAPSE_EREFUSED, LAPSE_EREFUSED,
		"too large, or a limit of the issue is reached"},
	{422, REPLY_REFUSED, LAPSE_EREFUSED, LAPSE_EREFUSED,
		"the site's configuration does not allow it"},
};

static const struct judgement *judgement_of(int status)
{
	for (size_t i = 0; i < sizeof(judgements) / sizeof(*judgements); i++)
		if (judgements[i].status == status)
			return &judgements[i];
	return NULL;
}

/* Anything in the 400s that is not JSON comes from something in between. */
static enum verdict stranger(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const struct answer *a, struct lapse_err *err)
{
	tell(r, req, res, a, res->status == 403 ? LAPSE_EAUTH : LAPSE_EPROTO,
		"not an answer of Jira; check the url, or a proxy between",
		err);
	return REPLY_BROKEN;
}

static enum verdict jira_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err)
{
	__attribute__((cleanup(answer_clear))) struct answer a = {0};
	const struct judgement *j = judgement_of(res->status);
	bool read = req->method == HTTP_GET || req->safe;

	*ret_wait_s = -1;
	read_answer(res, &a);
	if (res->status == 401) {
		tell(r, req, res, &a, LAPSE_EAUTH, about_401(r), err);
		return REPLY_RENEW_TOKEN;
	}
	if (res->status == 429) {
		*ret_wait_s = wait_of(res);
		tell(r, req, res, &a, LAPSE_EAGAIN, "rate limit reached", err);
		return REPLY_AGAIN_AFTER;
	}
	if (res->status < 400 || res->status >= 500 || res->status == 408)
		return remote_classify(r, req, res, ret_wait_s, err);
	if (!a.json)
		return stranger(r, req, res, &a, err);
	tell(r, req, res, &a,
		j == NULL ? LAPSE_EREFUSED : read ? j->on_read : j->on_write,
		j == NULL ? "refused" : j->what, err);
	return j == NULL ? REPLY_REFUSED : j->verdict;
}

const struct service jira_service = {
	.name = "jira",
	.classify = jira_classify,
	.parallel = 6,
};

/* ---- Configuration ---- */

static const char *without_slash(struct arena *a, const char *url)
{
	const char *scheme = strstr(url, "://");
	size_t least = scheme != NULL ? (size_t)(scheme - url) + 3 : 0;
	size_t len = strlen(url);

	while (len > least && url[len - 1] == '/')
		len--;
	return arena_fmt(a, "%s%.*s", scheme == NULL ? "https://" : "",
		(int)len, url);
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text);
	size_t m = strlen(end);

	return n >= m && text_same_nocase(text + n - m, end);
}

/* Service accounts can make scoped tokens only. Source: Atlassian support,
 * "401 when a service account accesses Jira". */
static int check(const struct jira_config *config, struct lapse_err *err)
{
	if (config->url == NULL || *config->url == '\0')
		return lapse_fail(err, LAPSE_ECONFIG, "jira: url is missing");
	if (config->token == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"jira: token is missing");
	if (config->cloud_id != NULL && !text_is_id(config->cloud_id))
		return lapse_fail(err, LAPSE_ECONFIG,
			"jira: cloud-id: '%s': not a cloud id",
			config->cloud_id);
	if (config->email != NULL && config->cloud_id == NULL &&
		ends_with(config->email, "@serviceaccount.atlassian.com"))
		return lapse_fail(err, LAPSE_ECONFIG,
			"jira: '%s': tokens of service accounts are scoped; "
			"set cloud-id", config->email);
	return 0;
}

int jira_configure(const struct jira_config *config, struct arena *a,
	struct remote *ret_remote, struct auth_config *ret_auth,
	struct lapse_err *err)
{
	const char *gateway = config->gateway != NULL ? config->gateway
						      : GATEWAY;
	const char *site;
	const char *base;
	int rc = check(config, err);

	if (rc < 0)
		return rc;
	site = base = without_slash(a, config->url);
	if (config->cloud_id != NULL)
		base = arena_fmt(a, "%s/%s", without_slash(a, gateway),
			config->cloud_id);
	if (site == NULL || base == NULL || a->failed)
		return lapse_fail_nomem(err);
	ret_remote->service = &jira_service;
	ret_remote->site = site;
	ret_remote->base = base;
	*ret_auth = (struct auth_config){
		.scheme = config->email != NULL ? AUTH_BASIC : AUTH_HEADER,
		.prefix = config->email != NULL ? NULL : "Bearer",
		.user = config->email,
		.secret = config->token,
		.next_secret = config->next_token,
	};
	return 0;
}
