/*
 * jira.c - the Jira site: its two doors (the site host and the gateway),
 * who may come in by which, what a role allows, and the error shapes.
 * Source: Jira Cloud platform REST v3, Jira Service Management REST.
 */
#include "jira.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "index.h"
#include "jws.h"
#include "world.h"

static bool is_desk(const struct exchange *x)
{
	return strncmp(x->path, "/rest/servicedeskapi", 20) == 0;
}

void jira_error(struct exchange *x, int status, const char *message)
{
	if (is_desk(x))
		reply_json(x, status, json_make("{ss s{ss s[]}}",
			"errorMessage", message, "i18nErrorMessage",
			"i18nKey", "sd.error", "parameters"));
	else
		reply_json(x, status, json_make("{s[s] s{}}", "errorMessages",
			message, "errors"));
}

void jira_field_error(struct exchange *x, const char *field,
	const char *format, ...)
{
	char *message = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&message, format, list) < 0)
		abort();
	va_end(list);
	if (is_desk(x))
		jira_error(x, 400, message);
	else
		reply_json(x, 400, json_make("{s[] s{ss}}", "errorMessages",
			"errors", field, message));
	free(message);
}

static void plain_error(struct exchange *x, int status)
{
	switch (status) {
	case 401:
		reply_text(x, 401, "text/plain;charset=UTF-8", "Client must "
			"be authenticated to access this resource.");
		return;
	case 403:
		jira_error(x, 403, "You do not have permission to do that.");
		return;
	case 404:
		jira_error(x, 404, "null for uri: no such resource");
		return;
	case 405:
		reply_empty(x, 405);
		return;
	default:
		jira_error(x, status, "Internal server error");
	}
}

static void limited(struct exchange *x, const cJSON *fault)
{
	const char *retry = json_str(fault, "retry_after");
	autotext *reset = clock_okta((clock_s() +
		json_int(fault, "seconds", 30)) * 1000);

	reply_json(x, 429, json_make("{s[s] s{}}", "errorMessages",
		"Rate limit exceeded.", "errors"));
	if (retry != NULL)
		reply_header(x, "Retry-After", "%s", retry);
	if (json_true(fault, "bare"))
		return;
	reply_header(x, "X-RateLimit-Limit", "100");
	reply_header(x, "X-RateLimit-Remaining", "0");
	reply_header(x, "X-RateLimit-Reset", "%.19sZ", reset);
	reply_header(x, "RateLimit-Reason", "jira-burst-based");
}

static void finish(struct exchange *x)
{
	autotext *trace = world_opaque("", 32);
	const char *me = json_str(x->actor, "accountId");

	reply_header(x, "Atl-Traceid", "%s", trace);
	if (me != NULL)
		reply_header(x, "X-AACCOUNTID", "%s", me);
}

const char *zone_of(const struct exchange *x)
{
	const char *zone = json_str(x->actor, "timeZone");

	return zone != NULL ? zone : "UTC";
}

static bool refuse(struct exchange *x)
{
	plain_error(x, 401);
	reply_header(x, "X-Seraph-LoginReason", "AUTHENTICATED_FAILED");
	reply_header(x, "WWW-Authenticate", "OAuth realm=\"%s\"", x->base);
	return false;
}

/* The bot's two tokens are given by whoever starts the sandbox. */
static const char *token_for(const cJSON *user, bool scoped)
{
	if (!may_act_as(user, "bot"))
		return json_str(user, "token");
	return scoped ? world_secret("SANDBOX_JIRA_SCOPED",
				"sandbox-jira-scoped")
		      : world_secret("SANDBOX_JIRA_TOKEN",
				"sandbox-jira-classic");
}

static bool sign_in(struct exchange *x, bool scoped)
{
	const char *from = request_header(x, "Authorization");

	if (from == NULL || strncasecmp(from, "Basic ", 6) != 0)
		return refuse(x);
	autotext *pair = jws_unbase64(from + 6, strlen(from + 6), NULL);
	char *token = pair != NULL ? strchr(pair, ':') : NULL;
	if (token == NULL)
		return refuse(x);
	*token++ = '\0';
	cJSON *user = index_find(json_get(world_jira(), "users"), "email",
		pair);
	if (user == NULL || !json_true(user, "active") ||
		!same(token, token_for(user, scoped)))
		return refuse(x);
	x->actor = user;
	return true;
}

/* The knob jira.rateLimit: requests a minute, of everybody together and for
 * everything: coarser than Jira's, but it refuses and comes back. */
static int64_t bucket_minute, bucket_used;

void jira_bucket_refill(void)
{
	bucket_used = 0;
}

static bool within_rate(struct exchange *x)
{
	int64_t limit = json_int(world_jira(), "rateLimit", 0);

	if (clock_s() / 60 != bucket_minute) {
		bucket_minute = clock_s() / 60;
		bucket_used = 0;
	}
	if (limit == 0 || bucket_used++ < limit)
		return true;
	autotext *wait = text("%lld", (long long)(60 - clock_s() % 60));
	autojson *fault = json_make("{ss sI}", "retry_after", wait, "seconds",
		60 - clock_s() % 60);
	limited(x, fault);
	return false;
}

/* A scoped token answers 401 on the site host. */
static bool site_authorise(struct exchange *x)
{
	return within_rate(x) && sign_in(x, false);
}

static bool gateway_authorise(struct exchange *x)
{
	return within_rate(x) && sign_in(x, true);
}

static const char *gateway_prefix(void)
{
	static char *prefix;

	if (prefix == NULL)
		prefix = text("/ex/jira/%s", json_str(world_jira(),
			"cloudId"));
	return prefix;
}

bool may_act_as(const cJSON *account, const char *role)
{
	return json_has_text(json_get(account, "roles"), role);
}

bool may_edit(const cJSON *account)
{
	return may_act_as(account, "agent") || may_act_as(account, "admin") ||
	       may_act_as(account, "bot") ||
	       may_act_as(account, "automation");
}

/* Agents see everything, others what they take part in. */
bool may_see(const cJSON *account, const cJSON *issue)
{
	const char *me = json_str(account, "accountId");
	const cJSON *values = json_get(issue, "values");

	return may_edit(account) || same(me, json_str(values, "reporter")) ||
	       same(me, json_str(issue, "creator")) ||
	       same(me, json_str(values, "assignee")) ||
	       same(me, json_str(values, "customfield_10201")) ||
	       json_has_text(json_get(issue, "participants"), me) ||
	       json_has_text(json_get(values, "customfield_10003"), me) ||
	       approval_names(issue, me);
}

cJSON *issue_find(const char *any)
{
	cJSON *all = json_get(world_jira(), "issues");
	cJSON *issue;

	if (any == NULL)
		return NULL;
	/* No id has a dash, and no key is without one. */
	issue = index_find(all, strchr(any, '-') != NULL ? "key" : "id", any);
	if (issue != NULL)
		return issue;
	cJSON_ArrayForEach(issue, all)
		if (json_has_text(json_get(issue, "oldKeys"), any))
			return issue;
	return NULL;
}

const char *issue_key_of(const char *id)
{
	return json_str(issue_find(id), "key");
}

cJSON *issue_or_404(struct exchange *x, const char *any)
{
	cJSON *issue = issue_find(any);

	if (issue != NULL && may_see(x->actor, issue))
		return issue;
	jira_error(x, 404, "Issue does not exist or you do not have "
		"permission to see it.");
	return NULL;
}

static cJSON *either(const char *list, const char *first, const char *second,
	const char *value)
{
	cJSON *all = json_get(world_jira(), list);
	cJSON *one = json_find(all, first, value);

	return one != NULL ? one : json_find(all, second, value);
}

cJSON *project_of(const char *any)
{
	return either("projects", "id", "key", any);
}

cJSON *issue_type_of(const char *any)
{
	return either("issueTypes", "id", "name", any);
}

cJSON *request_type_of(const char *id)
{
	return json_find(json_get(world_jira(), "requestTypes"), "id", id);
}

static const struct route *const tables[] = {
	jira_create_routes, jira_bulk_routes, jira_issue_routes,
	jira_attachment_routes, jira_comment_routes, jira_search_routes,
	jira_meta_routes, jira_option_routes, jsm_routes, jsm_desk_routes,
	NULL,
};

const struct service jira_service = {
	.name = "jira",
	.family = "jira",
	.variable = "SANDBOX_JIRA",
	.tables = tables,
	.authorise = site_authorise,
	.error = plain_error,
	.limited = limited,
	.finish = finish,
};

const struct service gateway_service = {
	.name = "gateway",
	.family = "jira",
	.variable = "SANDBOX_GATEWAY",
	.tables = tables,
	.prefix = gateway_prefix,
	.authorise = gateway_authorise,
	.error = plain_error,
	.limited = limited,
	.finish = finish,
};
