/*
 * okta.c - an Okta org: users, groups, rules, sessions. Memberships are
 * in okta_member.c, the system log in okta_log.c, tokens in okta_auth.c.
 * Source: Okta Management API 2026.06.3.
 */
#include "okta.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "index.h"
#include "member.h"
#include "scim.h"
#include "world.h"

void okta_error(struct exchange *x, int status, const char *code,
	const char *format, ...)
{
	autotext *id = world_opaque("oae", 22);
	char *summary = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&summary, format, list) < 0)
		abort();
	va_end(list);
	reply_json(x, status, json_make("{ss ss ss ss s[]}",
		"errorCode", code, "errorSummary", summary,
		"errorLink", code, "errorId", id, "errorCauses"));
	free(summary);
}

static void plain_error(struct exchange *x, int status)
{
	static const struct {
		int status;
		const char *code, *summary;
	} known[] = {
		{ 400, "E0000001", "Api validation failed" },
		{ 401, "E0000011", "Invalid token provided" },
		{ 403, "E0000006", "You do not have permission to perform the "
				   "requested action" },
		{ 404, "E0000007", "Not found: Resource not found" },
		{ 405, "E0000022", "The endpoint does not support the "
				   "provided HTTP method" },
		{ 429, "E0000047", "API call exceeded rate limit due to too "
				   "many requests." },
		{ 501, "E0000060", "Unsupported operation." },
		{ 503, "E0000010", "Service is in read only mode" },
		{ 0, "E0000009", "Internal Server Error" },
	};
	size_t i = 0;

	while (known[i].status != 0 && known[i].status != status)
		i++;
	okta_error(x, status, known[i].code, "%s", known[i].summary);
}

static void limited(struct exchange *x, const cJSON *fault)
{
	int64_t wait = json_int(fault, "seconds", 30);
	const char *retry = json_str(fault, "retry_after");

	plain_error(x, 429);
	if (retry != NULL)
		reply_header(x, "Retry-After", "%s", retry);
	if (json_true(fault, "bare"))
		return;
	reply_header(x, "X-Rate-Limit-Limit", "%lld",
		(long long)json_int(world_okta(), "rateLimit", 6000));
	reply_header(x, "X-Rate-Limit-Remaining", "0");
	reply_header(x, "X-Rate-Limit-Reset", "%lld",
		(long long)(clock_s() + wait));
}

/* One bucket a minute for everything: coarser than Okta's, but it counts
 * down, refuses and comes back. */
static int64_t bucket_minute, bucket_used;

static int64_t bucket_left(void)
{
	if (clock_s() / 60 != bucket_minute) {
		bucket_minute = clock_s() / 60;
		bucket_used = 0;
	}
	return json_int(world_okta(), "rateLimit", 6000) - bucket_used;
}

void okta_bucket_refill(void)
{
	bucket_used = 0;
}

static bool authorise(struct exchange *x)
{
	autojson *wait = NULL;

	if (bucket_left() > 0) {
		bucket_used++;
		return okta_authorise(x);
	}
	wait = json_make("{sI}", "seconds", 60 - clock_s() % 60);
	limited(x, wait);
	return false;
}

static void finish(struct exchange *x)
{
	autotext *id = world_opaque("req", 22);

	reply_header(x, "X-Okta-Request-Id", "%s", id);
	if (x->status == 429)
		return;
	reply_header(x, "X-Rate-Limit-Limit", "%lld",
		(long long)json_int(world_okta(), "rateLimit", 6000));
	reply_header(x, "X-Rate-Limit-Remaining", "%lld",
		(long long)bucket_left());
	reply_header(x, "X-Rate-Limit-Reset", "%lld",
		(long long)(clock_s() / 60 * 60 + 60));
}

static cJSON *self_link(const char *kind, const char *id)
{
	autotext *href = text("https://acme.okta.example/api/v1/%s/%s", kind,
		id);

	return json_make("{s{ss}}", "self", "href", href);
}

void okta_user_add(const char *id, const char *status, cJSON *profile,
	const char *last_login)
{
	bool staged = same(status, "STAGED");
	const char *since = "2024-03-01T09:15:02.000Z";
	const char *activated = staged ? NULL : "2024-03-01T09:15:03.000Z";

	json_push(json_list(world_okta(), "users"),
		json_make("{ss ss ss ss ss ss ss ss s{ss} so s{s{ssss}} so}",
			"id", id, "status", status, "created", since,
			"activated", activated, "statusChanged", activated,
			"lastLogin", last_login, "lastUpdated", since,
			"passwordChanged", activated,
			"type", "id", "oty1acme000000000h7", "profile",
			profile, "credentials", "provider", "type", "OKTA",
			"name", "OKTA", "_links", self_link("users", id)));
}

void okta_user_status(cJSON *user, const char *status)
{
	autotext *now = clock_okta(clock_ms());

	json_put_str(user, "status", status);
	json_put_str(user, "statusChanged", now);
	json_put_str(user, "lastUpdated", now);
}

void okta_group_add(const cJSON *seeded)
{
	const char *type = json_str(seeded, "type");
	const char *name = json_str(seeded, "name");
	const char *about = json_str(seeded, "description");
	const char *id = json_str(seeded, "id");
	const char *special = json_str(seeded, "objectClass");
	const char *class = special != NULL ? special
		: same(type, "APP_GROUP") ? "okta:windows_security_principal"
					  : "okta:user_group";
	autotext *users = text(
		"https://acme.okta.example/api/v1/groups/%s/users", id);
	autotext *apps = text(
		"https://acme.okta.example/api/v1/groups/%s/apps", id);
	cJSON *group = json_make("{ss ss ss ss s[s] ss s{ssss} s{s{ss}s{ss}}}",
		"id", id, "created", "2023-02-06T10:11:28.000Z",
		"lastUpdated", "2026-01-05T19:16:43.000Z",
		"lastMembershipUpdated", "2026-01-05T19:16:43.000Z",
		"objectClass", class,
		"type", type != NULL ? type : "OKTA_GROUP",
		"profile", "name", name,
		"description", about != NULL ? about : name,
		"_links", "users", "href", users, "apps", "href", apps);

	if (same(type, "APP_GROUP"))
		json_put(json_get(group, "_links"), "source",
			json_make("{ss}", "href",
				"https://acme.okta.example/api/v1/apps/"
				"0oa2v0el0gP90aqjJ0g7"));
	if (json_true(seeded, "adminRoles"))
		json_put_bool(group, "x-adminRoles", true);
	json_push(json_list(world_okta(), "groups"), group);
}

/* Reads user.ATTRIBUTE=="VALUE", the form that the seed uses. */
static bool rule_wants(const cJSON *rule, const cJSON *user)
{
	const char *expression = json_str(json_at(rule,
		"conditions.expression"), "value");
	const char *id = json_str(user, "id");
	char attribute[64], value[128];

	if (!same(json_str(rule, "status"), "ACTIVE") || expression == NULL ||
		json_has_text(json_at(rule,
			"conditions.people.users.exclude"), id) ||
		sscanf(expression, "user.%63[A-Za-z]==\"%127[^\"]\"",
			attribute, value) != 2)
		return false;
	return same(json_str(json_get(user, "profile"), attribute), value) &&
	       !same(json_str(user, "status"), "DEPROVISIONED");
}

void okta_rules_apply(void)
{
	const cJSON *rule, *user, *group;

	cJSON_ArrayForEach(rule, json_get(world_okta(), "rules"))
		cJSON_ArrayForEach(user, json_get(world_okta(), "users")) {
			if (!rule_wants(rule, user))
				continue;
			cJSON_ArrayForEach(group, json_at(rule,
				"actions.assignUserToGroups.groupIds"))
				okta_member_set(cJSON_GetStringValue(group),
					json_str(user, "id"), true, NULL);
		}
}

bool okta_keep(cJSON *list, const char *filter, bool ignore_case)
{
	for (cJSON *one = list->child, *next; one != NULL; one = next) {
		int fits = scim_matches(filter, one, ignore_case);

		next = one->next;
		if (fits < 0)
			return false;
		if (fits == 0)
			cJSON_Delete(cJSON_DetachItemViaPointer(list, one));
	}
	return scim_matches(filter, NULL, ignore_case) >= 0;
}

static bool starts(const cJSON *object, const char *key, const char *with)
{
	const char *have = json_str(object, key);

	return have != NULL && strncasecmp(have, with, strlen(with)) == 0;
}

static bool user_fits_q(const cJSON *user, const char *q)
{
	const cJSON *profile = json_get(user, "profile");

	return starts(profile, "firstName", q) ||
	       starts(profile, "lastName", q) || starts(profile, "email", q);
}

/* Attributes and their values, one of which is to fit, are what is asked for
 * most, and of everybody: read once. */
struct plain_filter {
	struct {
		char name[64], want[256];
	} term[2];
	int count;		/* 0: the expression is not that plain */
};

static void plain_read(const char *expression, struct plain_filter *ret)
{
	int n = 0, end = 0;

	ret->count = 0;
	while (n < 2 && sscanf(expression,
		"profile.%63[A-Za-z] eq \"%255[^\"\\]\"%n",
		ret->term[n].name, ret->term[n].want, &end) == 2) {
		n++;
		expression += end;
		if (*expression == '\0')
			ret->count = n;
		if (strncmp(expression, " or ", 4) != 0)
			return;
		expression += 4;
	}
}

/* False where it is plain that the user does not fit. */
static bool may_fit(const cJSON *profile, const struct plain_filter *filter)
{
	for (int i = 0; i < filter->count; i++) {
		const char *have = json_str(profile, filter->term[i].name);

		if (have != NULL && strcasecmp(have, filter->term[i].want) == 0)
			return true;
	}
	return filter->count == 0;
}

/* An expression that is none keeps everybody: okta_keep() says so then. */
static cJSON *users_for(const char *q, const char *expression,
	bool ignore_case)
{
	cJSON *chosen = cJSON_CreateArray();
	struct plain_filter plain = {0};
	const cJSON *user;

	if (expression != NULL)
		plain_read(expression, &plain);
	cJSON_ArrayForEach(user, json_get(world_okta(), "users")) {
		if (expression != NULL
			    ? !may_fit(json_get(user, "profile"), &plain) ||
				scim_matches(expression, user, ignore_case) == 0
			    : same(json_str(user, "status"), "DEPROVISIONED"))
			continue;
		if (q == NULL || user_fits_q(user, q))
			json_push(chosen, cJSON_Duplicate(user, true));
	}
	return chosen;
}

/* An app without an admin role sees an empty directory, with 200.
 * Source: observed on a live org by baton-okta, 2026-08-05. */
static void list_users(struct exchange *x)
{
	const char *search = param(x, "search");
	const char *filter = param(x, "filter");
	const char *q = param(x, "q");

	if (json_true(x->actor, "powerless")) {
		reply_json(x, 200, cJSON_CreateArray());
		return;
	}
	if (search != NULL && filter != NULL) {
		okta_error(x, 400, "E0000033", "Invalid search criteria: "
			"search and filter cannot be combined");
		return;
	}
	const char *expression = search != NULL ? search : filter;
	cJSON *list = users_for(q, expression, search != NULL);
	if (expression != NULL && !okta_keep(list, expression, search != NULL)) {
		cJSON_Delete(list);
		okta_error(x, 400, "E0000031", "Invalid search criteria.");
		return;
	}
	okta_page(x, list, q != NULL ? 10 : 200);
}

static cJSON *user_or_404(struct exchange *x)
{
	cJSON *user = index_find(json_get(world_okta(), "users"), "id",
		x->arg[0]);

	if (user == NULL)
		user = world_okta_user(x->arg[0]);
	if (user == NULL)
		okta_error(x, 404, "E0000007",
			"Not found: Resource not found: %s (User)", x->arg[0]);
	return user;
}

static void get_user(struct exchange *x)
{
	const cJSON *user = user_or_404(x);

	if (user != NULL)
		reply_json(x, 200, cJSON_Duplicate(user, true));
}

static void end_sessions(struct exchange *x)
{
	cJSON *user = user_or_404(x);

	if (user == NULL)
		return;
	json_push_str(json_list(world_okta(), "sessionsEnded"),
		json_str(user, "id"));
	reply_empty(x, 204);
}

static void deactivate_user(struct exchange *x)
{
	cJSON *user = user_or_404(x);

	if (user == NULL)
		return;
	okta_user_status(user, "DEPROVISIONED");
	reply_json(x, 200, cJSON_CreateObject());
}

static cJSON *group_shown(const cJSON *group, const char *expand)
{
	cJSON *shown = cJSON_Duplicate(group, true);
	bool admin = json_true(group, "x-adminRoles");

	cJSON_DeleteItemFromObjectCaseSensitive(shown, "x-adminRoles");
	if (expand != NULL && strstr(expand, "stats") != NULL)
		json_put(shown, "_embedded", json_make("{s{si si si sb}}",
			"stats", "usersCount",
			member_count("okta", json_str(group, "id")),
			"appsCount", 1, "groupPushMappingsCount", 0,
			"hasAdminPrivlege", admin));
	return shown;
}

static void list_groups(struct exchange *x)
{
	const char *q = param(x, "q");
	const char *search = param(x, "search");
	const char *filter = search != NULL ? search : param(x, "filter");
	cJSON *list = cJSON_CreateArray();
	const cJSON *group;

	cJSON_ArrayForEach(group, json_get(world_okta(), "groups"))
		if (q == NULL || starts(json_get(group, "profile"), "name", q))
			json_push(list,
				group_shown(group, param(x, "expand")));
	if (filter != NULL && !okta_keep(list, filter, search != NULL)) {
		cJSON_Delete(list);
		okta_error(x, 400, "E0000031", "Invalid search criteria.");
		return;
	}
	okta_page(x, list, 200);
}

static void get_group(struct exchange *x)
{
	const cJSON *group = json_find(json_get(world_okta(), "groups"), "id",
		x->arg[0]);

	if (group != NULL)
		reply_json(x, 200, group_shown(group, param(x, "expand")));
	else
		okta_error(x, 404, "E0000007",
			"Not found: Resource not found: %s (UserGroup)",
			x->arg[0]);
}

static void list_rules(struct exchange *x)
{
	cJSON *rules = cJSON_Duplicate(json_get(world_okta(), "rules"), true);

	okta_page(x, rules != NULL ? rules : cJSON_CreateArray(), 50);
}

static void get_rule(struct exchange *x)
{
	const cJSON *rule = json_find(json_get(world_okta(), "rules"), "id",
		x->arg[0]);

	if (rule != NULL)
		reply_json(x, 200, cJSON_Duplicate(rule, true));
	else
		okta_error(x, 404, "E0000007",
			"Not found: Resource not found: %s (GroupRule)",
			x->arg[0]);
}

static const struct route routes[] = {
	{ "GET", "/api/v1/users", list_users, "okta.users.read", false },
	{ "GET", "/api/v1/users/{}", get_user, "okta.users.read", false },
	{ "DELETE", "/api/v1/users/{}/sessions", end_sessions,
		"okta.users.manage", false },
	{ "POST", "/api/v1/users/{}/lifecycle/deactivate", deactivate_user,
		"okta.users.manage", false },
	{ "GET", "/api/v1/groups/rules", list_rules, "okta.groups.read",
		false },
	{ "GET", "/api/v1/groups/rules/{}", get_rule, "okta.groups.read",
		false },
	{ "GET", "/api/v1/groups", list_groups, "okta.groups.read", false },
	{ "GET", "/api/v1/groups/{}", get_group, "okta.groups.read", false },
	{ 0 },
};

static const struct route *const tables[] = {
	routes, okta_member_routes, okta_log_routes, okta_auth_routes, NULL,
};

const struct service okta_service = {
	.name = "okta",
	.family = "okta",
	.variable = "SANDBOX_OKTA",
	.tables = tables,
	.authorise = authorise,
	.error = plain_error,
	.limited = limited,
	.finish = finish,
};
