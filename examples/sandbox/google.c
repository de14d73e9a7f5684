/*
 * google.c - a Google Workspace's Directory API: users, groups, sign-out,
 * quotas, pages and partial replies. Members are in google_member.c, the
 * admin log in google_log.c, Cloud Identity in google_identity.c, tokens in google_auth.c.
 * Source: Admin SDK directory_v1, revision 20260421.
 */
#include "google.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "world.h"

#define READ_USERS "admin.directory.user.readonly admin.directory.user"
#define READ_GROUPS "admin.directory.group.readonly admin.directory.group"

cJSON *world_google(void)
{
	return json_get(world_all(), "google");
}

/* ---- Errors ---- */

void google_error(struct exchange *x, int status, const char *reason,
	const char *format, ...)
{
	char *message = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&message, format, list) < 0)
		abort();
	va_end(list);
	reply_json(x, status, json_make("{s{si ss s[{ss ss ss}]}}", "error",
		"code", status, "message", message, "errors",
		"message", message, "domain", "global", "reason", reason));
	free(message);
}

static void plain_error(struct exchange *x, int status)
{
	static const struct {
		int status;
		const char *reason, *message;
	} known[] = {
		{ 400, "invalid", "Invalid Input" },
		{ 401, "authError", "Invalid Credentials" },
		{ 403, "forbidden",
			"Not Authorized to access this resource/api" },
		{ 404, "notFound", "Resource Not Found" },
		{ 409, "conflict", "Conflicting requests. Please try again" },
		{ 412, "conditionNotMet", "Condition not met" },
		{ 429, "rateLimitExceeded", "Rate Limit Exceeded" },
		{ 503, "serviceNotAvailable",
			"Service unavailable. Please try again" },
		{ 0, "backendError", "Backend Error" },
	};
	size_t i = 0;

	while (known[i].status != 0 && known[i].status != status)
		i++;
	google_error(x, status, known[i].reason, "%s", known[i].message);
}

/* A quota is a 403 here, without any header that says for how long. */
static void limited(struct exchange *x, const cJSON *fault)
{
	const char *reason = json_str(fault, "reason");
	const char *retry = json_str(fault, "retry_after");

	google_error(x, (int)json_int(fault, "status", 403),
		reason != NULL ? reason : "userRateLimitExceeded",
		"Quota exceeded for quota metric 'Queries' and limit 'Queries "
		"per minute per user'");
	if (retry != NULL)
		reply_header(x, "Retry-After", "%s", retry);
}

static int64_t bucket_minute, bucket_used;

void google_bucket_refill(void)
{
	bucket_used = 0;
}

static bool authorise(struct exchange *x)
{
	if (clock_s() / 60 != bucket_minute) {
		bucket_minute = clock_s() / 60;
		bucket_used = 0;
	}
	if (bucket_used++ < json_int(world_google(), "rateLimit", 2400))
		return google_authorise(x);
	limited(x, NULL);
	return false;
}

/* ---- Partial replies: a,b(c,d),e/f ---- */

static size_t name_length(const char *at)
{
	return strcspn(at, ",()/");
}

/* The end of the group that begins at '('. */
static const char *group_end(const char *at)
{
	int depth = 0;

	for (; *at != '\0'; at++) {
		depth += *at == '(';
		depth -= *at == ')';
		if (depth == 0)
			return at;
	}
	return at;
}

static cJSON *chosen(const cJSON *from, const char *fields, size_t length);

static cJSON *chosen_of_list(const cJSON *from, const char *fields,
	size_t length)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, from)
		json_push(list, chosen(one, fields, length));
	return list;
}

/* One selector of the list; answers where the next begins. */
static const char *choose(const cJSON *from, const char *at, const char *end,
	cJSON *into)
{
	size_t length = name_length(at);
	autotext *name = strndup(at, length);
	const cJSON *value = json_get(from, name);
	const char *inner = NULL, *stop;

	at += length;
	stop = at;
	if (at < end && *at == '(') {
		inner = at + 1;
		stop = group_end(at);
		at = stop + 1;
	} else if (at < end && *at == '/') {
		inner = at + 1;
		stop = at + 1 + strcspn(at + 1, ",)");
		at = stop;
	}
	if (value != NULL)
		json_put(into, name, inner == NULL
			? cJSON_Duplicate(value, true)
			: chosen(value, inner, (size_t)(stop - inner)));
	return at + (at < end && *at == ',');
}

static cJSON *chosen(const cJSON *from, const char *fields, size_t length)
{
	const char *end = fields + length;
	cJSON *into;

	if (cJSON_IsArray(from))
		return chosen_of_list(from, fields, length);
	into = cJSON_CreateObject();
	while (fields < end)
		fields = choose(from, fields, end, into);
	return into;
}

void google_reply(struct exchange *x, cJSON *body)
{
	const char *fields = param(x, "fields");
	cJSON *part = fields == NULL ? NULL
		: chosen(body, fields, strlen(fields));

	if (part != NULL)
		cJSON_Delete(body);
	reply_json(x, 200, part != NULL ? part : body);
}

/* ---- Pages ---- */

/* A token names the last item of the page before. An empty list is left out.
 * "pageLimit" in the seed caps every page. */
void google_page(struct exchange *x, cJSON *body, const char *name, cJSON *all,
	const char *limit_name, int64_t absent, int64_t max)
{
	int64_t limit = param_int(x, limit_name, absent);
	int64_t cap = json_int(world_google(), "pageLimit", 1000);
	int64_t skip = param_int(x, "pageToken", 0);
	cJSON *page = cJSON_CreateArray();
	int64_t at = 0;

	limit = limit > max ? max : limit;
	limit = limit > cap ? cap : limit;
	for (; all->child != NULL && at < skip; at++)
		cJSON_DeleteItemFromArray(all, 0);
	for (; all->child != NULL && at < skip + limit; at++)
		json_push(page, cJSON_DetachItemFromArray(all, 0));
	if (all->child != NULL) {
		autotext *token = text("%lld", (long long)at);

		json_put_str(body, "nextPageToken", token);
	}
	if (page->child != NULL)
		json_put(body, name, page);
	else
		cJSON_Delete(page);
	cJSON_Delete(all);
	google_reply(x, body);
}

/* ---- The seed ---- */

static cJSON *work_of(const cJSON *person)
{
	cJSON *work = json_make("{s? s? sb}", "title",
		json_str(person, "title"), "department",
		json_str(person, "department"), "primary", true);
	cJSON *list = cJSON_CreateArray();

	json_push(list, work);
	return list;
}

static cJSON *entries(const char *type, const char *value)
{
	return value == NULL ? NULL : json_make("[{ss ss}]", "value", value,
		"type", type);
}

static void add_user(const cJSON *person, const cJSON *people,
	const char *domain)
{
	const char *status = json_str(person, "googleStatus");
	const char *login = json_str(person, "login");
	const char *last = json_str(person, "lastLogin");
	const char *boss = json_str(json_find(people, "login",
		json_str(person, "manager")), "login");
	autotext *address = text("%s@%s", login, domain);
	autotext *manager = boss != NULL ? text("%s@%s", boss, domain) : NULL;
	autojson *relations = entries("manager", manager);
	autojson *numbers = entries("organization",
		json_str(person, "number"));
	cJSON *user = json_make(
		"{ss ss ss s{ss} sb sb ss ss sb sb so ss ss s{s{s?}}}",
		"kind", "admin#directory#user", "id",
		json_str(person, "google"), "primaryEmail", address,
		"name", "fullName", json_str(person, "name"),
		"isAdmin", json_true(person, "googleAdmin"),
		"isDelegatedAdmin", false, "lastLoginTime",
		last != NULL ? last : "1970-01-01T00:00:00.000Z",
		"creationTime", "2024-03-01T09:15:02.000Z",
		"suspended", same(status, "SUSPENDED"),
		"archived", same(status, "ARCHIVED"),
		"organizations", work_of(person), "customerId",
		json_str(world_google(), "customerId"), "orgUnitPath", "/",
		"customSchemas", "Jira", "accountId",
		json_str(person, "account"));

	if (relations != NULL)
		json_put(user, "relations", cJSON_Duplicate(relations, true));
	if (numbers != NULL)
		json_put(user, "externalIds", cJSON_Duplicate(numbers, true));
	json_push(json_list(world_google(), "users"), user);
}

/* Cloud Identity has names of its own for groups, so that nobody takes the
 * one for the other. */
static void add_group(const cJSON *seeded)
{
	autotext *ci = text("0ci%s", json_str(seeded, "id"));
	const char *about = json_str(seeded, "description");
	cJSON *group = json_make("{ss ss ss ss ss ss so sO}",
		"kind", "admin#directory#group", "id", json_str(seeded, "id"),
		"email", json_str(seeded, "email"), "name",
		json_str(seeded, "name"), "description",
		about != NULL ? about : "", "x-ci", ci,
		"x-labels", cJSON_Duplicate(json_get(seeded, "labels"), true),
		"x-nested", json_get(seeded, "nested"));

	json_push(json_list(world_google(), "groups"), group);
}

void google_seed(const cJSON *people, const char *domain)
{
	const cJSON *one, *member;
	autojson *seeded = cJSON_DetachItemFromObjectCaseSensitive(
		world_google(), "workspace");

	json_list(world_google(), "users");
	json_list(world_google(), "groups");
	json_map(world_google(), "memberships");
	cJSON_ArrayForEach(one, people)
		if (json_str(one, "google") != NULL)
			add_user(one, people, domain);
	cJSON_ArrayForEach(one, seeded) {
		add_group(one);
		cJSON_ArrayForEach(member, json_get(one, "members"))
			member_seed("google", json_str(one, "id"), json_str(
				google_user(cJSON_GetStringValue(member)),
				"id"));
	}
}

/* ---- Finding ---- */

cJSON *google_user(const char *any)
{
	cJSON *user;

	google_expire();
	cJSON_ArrayForEach(user, json_get(world_google(), "users")) {
		const char *address = json_str(user, "primaryEmail");
		size_t login = strcspn(address, "@");

		if (same(json_str(user, "id"), any) || (any != NULL &&
			(strcasecmp(address, any) == 0 ||
				(strlen(any) == login &&
					strncasecmp(address, any, login) ==
						0))))
			return user;
	}
	return NULL;
}

cJSON *google_group(const char *any)
{
	cJSON *group;

	google_expire();
	cJSON_ArrayForEach(group, json_get(world_google(), "groups"))
		if (same(json_str(group, "id"), any) ||
			same(json_str(group, "x-ci"), any) ||
			same(json_str(group, "name"), any) || (any != NULL &&
				strcasecmp(json_str(group, "email"), any) ==
					0))
			return group;
	return NULL;
}

/* ---- Users ---- */

static bool fits_query(const cJSON *user, const char *query)
{
	char schema[64], field[64], value[256];

	if (query == NULL)
		return true;
	if (sscanf(query, "email='%255[^']'", value) == 1)
		return strcasecmp(json_str(user, "primaryEmail"), value) == 0;
	return sscanf(query, "%63[A-Za-z].%63[A-Za-z]='%255[^']'", schema,
		field, value) == 3 &&
	       same(json_str(json_get(json_get(user, "customSchemas"),
			schema), field), value);
}

static bool of_customer(struct exchange *x)
{
	const char *customer = param(x, "customer");

	if (same(customer, "my_customer") || same(customer,
		json_str(world_google(), "customerId")))
		return true;
	google_error(x, 400, "invalid", "Bad Request");
	return false;
}

static void list_users(struct exchange *x)
{
	cJSON *list;
	const cJSON *user;

	if (!of_customer(x))
		return;
	list = cJSON_CreateArray();
	cJSON_ArrayForEach(user, json_get(world_google(), "users"))
		if (fits_query(user, param(x, "query")))
			json_push(list, cJSON_Duplicate(user, true));
	google_page(x, json_make("{ss}", "kind", "admin#directory#users"),
		"users", list, "maxResults", 100, 500);
}

/* Addresses of other domains are none of the caller's business. */
static cJSON *user_or_refuse(struct exchange *x)
{
	const char *at = strchr(x->arg[0], '@');
	cJSON *user = google_user(x->arg[0]);

	if (user == NULL && at != NULL &&
		!same(at + 1, json_str(world_all(), "domain")))
		google_error(x, 403, "forbidden",
			"Not Authorized to access this resource/api");
	else if (user == NULL)
		google_error(x, 404, "notFound", "Resource Not Found: userKey");
	return user;
}

static void get_user(struct exchange *x)
{
	const cJSON *user = user_or_refuse(x);

	if (user != NULL)
		google_reply(x, cJSON_Duplicate(user, true));
}

static void sign_out(struct exchange *x)
{
	const cJSON *user = user_or_refuse(x);

	if (user == NULL)
		return;
	json_push_str(json_list(world_google(), "signedOut"),
		json_str(user, "id"));
	reply_empty(x, 204);
}

/* ---- Groups ---- */

static cJSON *group_shown(const cJSON *group)
{
	cJSON *shown = cJSON_Duplicate(group, true);
	autotext *count = text("%d", member_count("google",
		json_str(group, "id")));

	cJSON_DeleteItemFromObjectCaseSensitive(shown, "x-ci");
	cJSON_DeleteItemFromObjectCaseSensitive(shown, "x-labels");
	cJSON_DeleteItemFromObjectCaseSensitive(shown, "x-nested");
	json_put_str(shown, "directMembersCount", count);
	return shown;
}

static void list_groups(struct exchange *x)
{
	cJSON *list;
	const cJSON *group;

	if (!of_customer(x))
		return;
	google_expire();
	list = cJSON_CreateArray();
	cJSON_ArrayForEach(group, json_get(world_google(), "groups"))
		json_push(list, group_shown(group));
	google_page(x, json_make("{ss}", "kind", "admin#directory#groups"),
		"groups", list, "maxResults", 200, 200);
}

static void get_group(struct exchange *x)
{
	const cJSON *group = google_group(x->arg[0]);

	if (group != NULL)
		google_reply(x, group_shown(group));
	else
		google_error(x, 404, "notFound",
			"Resource Not Found: groupKey");
}

static const struct route routes[] = {
	{ "GET", "/admin/directory/v1/users", list_users, READ_USERS, false },
	{ "GET", "/admin/directory/v1/users/{}", get_user, READ_USERS, false },
	{ "POST", "/admin/directory/v1/users/{}/signOut", sign_out,
		"admin.directory.user.security", false },
	{ "GET", "/admin/directory/v1/groups", list_groups, READ_GROUPS,
		false },
	{ "GET", "/admin/directory/v1/groups/{}", get_group, READ_GROUPS,
		false },
	{ 0 },
};

static const struct route *const tables[] = {
	routes, google_member_routes, google_log_routes, google_auth_routes, NULL,
};

const struct service google_service = {
	.name = "google",
	.family = "google",
	.variable = "SANDBOX_GOOGLE",
	.tables = tables,
	.authorise = authorise,
	.error = plain_error,
	.limited = limited,
};
