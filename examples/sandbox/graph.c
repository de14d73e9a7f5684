/*
 * graph.c - a tenant of Microsoft Entra ID: users, groups, sign-in activity,
 * sessions. Members are in graph_member.c, logs in graph_log.c, tokens in
 * graph_auth.c, queries in graph_query.c.
 * Source: Microsoft Graph v1.0.
 */
#include "graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "world.h"

#define USER_DEFAULTS                                                          \
	"id,displayName,givenName,jobTitle,mail,mobilePhone,surname,"          \
	"userPrincipalName"

cJSON *graph_tenant(void)
{
	return json_get(world_all(), "entra");
}

cJSON *graph_user(const char *any)
{
	cJSON *users = json_get(graph_tenant(), "users");
	cJSON *user = json_find(users, "id", any);
	size_t length = any != NULL ? strlen(any) : 0;

	if (user != NULL || any == NULL)
		return user;
	cJSON_ArrayForEach(user, users) {
		const char *login = json_str(user, "userPrincipalName");

		if (strcasecmp(login, any) == 0 ||
			(strncasecmp(login, any, length) == 0 &&
				login[length] == '@'))
			return user;
	}
	return NULL;
}

cJSON *graph_group(const char *any)
{
	cJSON *groups = json_get(graph_tenant(), "groups");
	cJSON *group = json_find(groups, "id", any);

	return group != NULL ? group : json_find(groups, "displayName", any);
}

/* ---- Errors ---- */

void graph_error(struct exchange *x, int status, const char *code,
	const char *format, ...)
{
	autotext *id = world_opaque("", 32);
	autotext *now = clock_okta(clock_ms());
	char *message = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&message, format, list) < 0)
		abort();
	va_end(list);
	now[19] = '\0';		/* without a zone, as Graph writes it */
	reply_json(x, status, json_make("{s{ss ss s{ss ss ss}}}", "error",
		"code", code, "message", message, "innerError", "date", now,
		"request-id", id, "client-request-id", id));
	free(message);
}

void graph_denied(struct exchange *x)
{
	graph_error(x, 403, "Authorization_RequestDenied",
		"Insufficient privileges to complete the operation.");
}

static void plain_error(struct exchange *x, int status)
{
	static const struct {
		int status;
		const char *code, *message;
	} known[] = {
		{ 400, "Request_BadRequest", "Invalid request." },
		{ 401, "InvalidAuthenticationToken",
			"Access token is empty." },
		{ 403, "Authorization_RequestDenied", "Insufficient "
			"privileges to complete the operation." },
		{ 404, "BadRequest", "Resource not found for the segment." },
		{ 405, "Request_BadRequest", "Specified HTTP method is not "
			"allowed for the request target." },
		{ 409, "Directory_ConcurrencyViolation", "Conflict while "
			"updating the object." },
		{ 503, "ServiceNotAvailable", "The service is temporarily "
			"unavailable." },
		{ 0, "UnknownError", "" },
	};
	size_t i = 0;

	while (known[i].status != 0 && known[i].status != status)
		i++;
	graph_error(x, status, known[i].code, "%s", known[i].message);
}

static void limited(struct exchange *x, const cJSON *fault)
{
	const char *retry = json_str(fault, "retry_after");

	graph_error(x, 429, "TooManyRequests", "Too many requests.");
	if (json_true(fault, "bare"))
		return;
	if (retry != NULL)
		reply_header(x, "Retry-After", "%s", retry);
	else
		reply_header(x, "Retry-After", "%lld",
			(long long)json_int(fault, "seconds", 10));
}

static void finish(struct exchange *x)
{
	autotext *id = world_opaque("", 32);
	const char *theirs = request_header(x, "client-request-id");

	reply_header(x, "request-id", "%s", id);
	reply_header(x, "client-request-id", "%s", theirs != NULL ? theirs
								  : id);
}

/* Another next link into the body, for the fault of that name. */
static void other_next(struct exchange *x, const char *link)
{
	cJSON *body = x->reply != NULL ? cJSON_Parse(x->reply) : NULL;

	if (body == NULL)
		return;
	json_put_str(body, "@odata.nextLink", link);
	reply_json(x, x->status, body);
}

cJSON *graph_user_or_404(struct exchange *x, const char *id)
{
	cJSON *user = graph_user(id);
	bool whole = user != NULL && (strcasecmp(id, json_str(user, "id")) ==
		0 || strcasecmp(id, json_str(user, "userPrincipalName")) == 0);

	if (!whole)
		graph_error(x, 404, "Request_ResourceNotFound",
			"Resource '%s' does not exist or one of its queried "
			"reference-property objects are not present.", id);
	return whole ? user : NULL;
}

cJSON *graph_group_or_404(struct exchange *x, const char *id)
{
	cJSON *group = json_find(json_get(graph_tenant(), "groups"), "id", id);

	if (group == NULL)
		graph_error(x, 404, "Request_ResourceNotFound",
			"Resource '%s' does not exist or one of its queried "
			"reference-property objects are not present.", id);
	return group;
}

/* ---- The seed ---- */

static void seed_user(const cJSON *person)
{
	const char *login = json_str(person, "login");
	const char *domain = json_str(world_all(), "domain");
	const char *email = json_str(person, "email");
	const char *status = json_str(person, "oktaStatus");
	const cJSON *manager = json_find(json_get(world_all(), "people"),
		"login", json_str(person, "manager"));
	autotext *upn = text("%s@%s", login, domain);
	const char *last = json_str(person, "lastLogin");
	cJSON *use = last == NULL ? NULL
		: json_make("{ss ss ss}", "lastSignInDateTime", last,
			"lastNonInteractiveSignInDateTime", last,
			"lastSuccessfulSignInDateTime", last);

	if (json_str(person, "entra") == NULL) {
		cJSON_Delete(use);
		return;
	}
	json_push(json_list(graph_tenant(), "users"), json_make(
		"{ss ss ss ss sb ss ss ss ss ss so ss}",
		"id", json_str(person, "entra"), "userPrincipalName", upn,
		"displayName", json_str(person, "name"),
		"mail", email != NULL ? email : upn,
		"accountEnabled", !same(status, "DEPROVISIONED"),
		"userType", "Member",
		"department", json_str(person, "department"),
		"jobTitle", json_str(person, "title"),
		"employeeId", json_str(person, "number"),
		"createdDateTime", "2024-03-01T09:15:02Z",
		"signInActivity", use,
		"x-manager", json_str(manager, "entra")));
}

/* What every group has; the seed overrides it. */
static void seed_group(const cJSON *seeded)
{
	const cJSON *one;
	cJSON *group = json_make(
		"{sn sn s[] sb sb sn sn sn sn sn sn}",
		"displayName", "description", "groupTypes",
		"mailEnabled", false, "securityEnabled", true,
		"isAssignableToRole", "isManagementRestricted",
		"onPremisesSyncEnabled", "onPremisesDomainName",
		"membershipRule", "visibility");

	cJSON_ArrayForEach(one, seeded)
		if (strcmp(one->string, "members") != 0)
			json_put(group, one->string,
				cJSON_Duplicate(one, true));
	json_push(json_list(graph_tenant(), "groups"), group);
	cJSON_ArrayForEach(one, json_get(seeded, "members"))
		member_seed("entra", json_str(seeded, "id"), json_str(
			graph_user(cJSON_GetStringValue(one)), "id"));
}

void graph_seed(void)
{
	const cJSON *one;

	if (graph_tenant() == NULL)
		return;
	json_list(graph_tenant(), "users");
	json_list(graph_tenant(), "groups");
	json_list(graph_tenant(), "tokens");
	json_map(graph_tenant(), "memberships");
	cJSON_ArrayForEach(one, json_get(world_all(), "people"))
		seed_user(one);
	cJSON_ArrayForEach(one, json_get(graph_tenant(), "directory"))
		seed_group(one);
	cJSON_DeleteItemFromObject(graph_tenant(), "directory");
}

/* ---- Users ---- */

bool graph_licensed(struct exchange *x)
{
	if (json_true(graph_tenant(), "licence"))
		return true;
	graph_error(x, 403,
		"Authentication_RequestFromNonPremiumTenantOrB2CTenant",
		"Neither tenant is B2C or tenant doesn't have premium "
		"license");
	return false;
}

/* Sign-in activity needs a licence, a permission and small pages. */
static bool may_see_activity(struct exchange *x)
{
	if (!graph_selects(x, "signInActivity"))
		return true;
	if (!graph_may(x, "AuditLog.Read.All"))
		graph_denied(x);
	else if (!graph_licensed(x))
		return false;
	else if (param_int(x, "$top", 100) > 120)
		graph_error(x, 400, "Request_BadRequest", "Cannot query data "
			"for more than 120 users at a time.");
	else
		return true;
	return false;
}

static cJSON *user_shown(const struct exchange *x, const cJSON *user)
{
	cJSON *shown = graph_chosen(x, user, USER_DEFAULTS);
	const char *expand = param(x, "$expand");
	const char *manager = json_str(user, "x-manager");

	if (expand != NULL && strncmp(expand, "manager", 7) == 0 &&
		manager != NULL)
		json_put(shown, "manager", json_make("{ss ss}", "@odata.type",
			"#microsoft.graph.user", "id", manager));
	return shown;
}

static void list_users(struct exchange *x)
{
	cJSON *all, *shown;
	const cJSON *user;

	if (!may_see_activity(x))
		return;
	all = cJSON_Duplicate(json_get(graph_tenant(), "users"), true);
	if (!graph_filter(x, all)) {
		cJSON_Delete(all);
		return;
	}
	shown = cJSON_CreateArray();
	cJSON_ArrayForEach(user, all)
		json_push(shown, user_shown(x, user));
	cJSON_Delete(all);
	graph_page(x, shown, "users");
}

static void get_user(struct exchange *x)
{
	const cJSON *user;

	if (!may_see_activity(x))
		return;
	if (graph_selects(x, "signInActivity") &&
		strchr(x->arg[0], '@') != NULL) {
		graph_error(x, 400, "Request_BadRequest",
			"Get By Key only supports UserId and the key has to "
			"be a valid Guid");
		return;
	}
	user = graph_user_or_404(x, x->arg[0]);
	if (user != NULL)
		reply_json(x, 200, user_shown(x, user));
}

static void get_manager(struct exchange *x)
{
	const cJSON *user = graph_user_or_404(x, x->arg[0]);
	const cJSON *manager;

	if (user == NULL)
		return;
	manager = graph_user(json_str(user, "x-manager"));
	if (manager != NULL)
		reply_json(x, 200, graph_chosen(x, manager, USER_DEFAULTS));
	else
		graph_error(x, 404, "Request_ResourceNotFound",
			"Resource 'manager' does not exist or one of its "
			"queried reference-property objects are not present.");
}

static void revoke_sessions(struct exchange *x)
{
	const cJSON *user = graph_user_or_404(x, x->arg[0]);
	autotext *context = text("%s/v1.0/$metadata#Edm.Boolean", x->base);

	if (user == NULL)
		return;
	json_push_str(json_list(graph_tenant(), "sessionsEnded"),
		json_str(user, "id"));
	reply_json(x, 200, json_make("{ss sb}", "@odata.context", context,
		"value", true));
}

static void delete_user(struct exchange *x)
{
	cJSON *user = graph_user_or_404(x, x->arg[0]);

	if (user == NULL)
		return;
	graph_delete_user(user);
	reply_empty(x, 204);
}

/* ---- Groups ---- */

static void list_groups(struct exchange *x)
{
	cJSON *all = cJSON_Duplicate(json_get(graph_tenant(), "groups"), true);
	cJSON *shown;
	const cJSON *group;

	if (!graph_filter(x, all)) {
		cJSON_Delete(all);
		return;
	}
	shown = cJSON_CreateArray();
	cJSON_ArrayForEach(group, all)
		json_push(shown, graph_chosen(x, group, NULL));
	cJSON_Delete(all);
	graph_page(x, shown, "groups");
}

static void get_group(struct exchange *x)
{
	const cJSON *group = graph_group_or_404(x, x->arg[0]);

	if (group != NULL)
		reply_json(x, 200, graph_chosen(x, group, NULL));
}

static const char *login_of(const cJSON *user)
{
	return json_str(user, "userPrincipalName");
}

const struct directory graph_directory = {
	.service = "entra",
	.user = graph_user,
	.group = graph_group,
	.login = login_of,
	.set = graph_member_set,
	.signed_on = graph_signed_on,
};

static const struct route routes[] = {
	{ "GET", "/v1.0/users", list_users, "User.Read.All", false },
	{ "GET", "/v1.0/users/{}", get_user, "User.Read.All", false },
	{ "DELETE", "/v1.0/users/{}", delete_user, "User.ReadWrite.All",
		false },
	{ "GET", "/v1.0/users/{}/manager", get_manager, "User.Read.All",
		false },
	{ "POST", "/v1.0/users/{}/revokeSignInSessions", revoke_sessions,
		"User.RevokeSessions.All", false },
	{ "GET", "/v1.0/groups", list_groups, "GroupMember.Read.All", false },
	{ "GET", "/v1.0/groups/{}", get_group, "GroupMember.Read.All",
		false },
	{ 0 },
};

static const struct route *const tables[] = {
	routes, graph_member_routes, graph_log_routes, graph_auth_routes, NULL,
};

const struct service graph_service = {
	.name = "entra",
	.family = "entra",
	.variable = "SANDBOX_ENTRA",
	.tables = tables,
	.authorise = graph_authorise,
	.error = plain_error,
	.limited = limited,
	.finish = finish,
	.other_next = other_next,
};
