/*
 * jira_meta.c - what is not an issue: the server, the caller, users,
 * projects, fields, permissions.
 */
#include "jira.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "index.h"
#include "world.h"

cJSON *user_show(struct exchange *x, const char *account)
{
	const cJSON *user = index_find(json_get(world_jira(), "users"),
		"accountId", account);
	const char *email = json_true(user, "emailHidden") &&
		!same(account, json_str(x->actor, "accountId"))
		? NULL : json_str(user, "email");
	autotext *self = text("%s/rest/api/3/user?accountId=%s", x->base,
		account);

	if (user == NULL)
		return cJSON_CreateNull();
	return json_make("{ss ss s? ss sb ss ss}", "self", self,
		"accountId", account, "emailAddress", email, "displayName",
		json_str(user, "displayName"), "active",
		json_true(user, "active"), "timeZone",
		json_str(user, "timeZone"), "accountType",
		json_str(user, "accountType"));
}

/* The service desk shows the same person in its own shape. */
cJSON *customer_show(struct exchange *x, const char *account)
{
	cJSON *shown = user_show(x, account);
	autotext *rest = text("%s/rest/api/2/user?accountId=%s", x->base,
		account);

	cJSON_DeleteItemFromObjectCaseSensitive(shown, "self");
	cJSON_DeleteItemFromObjectCaseSensitive(shown, "accountType");
	if (cJSON_IsObject(shown))
		json_put(shown, "_links", json_make("{ss ss}", "jiraRest",
			rest, "self", rest));
	return shown;
}

static void tenant_info(struct exchange *x)
{
	reply_json(x, 200, json_make("{ss}", "cloudId",
		json_str(world_jira(), "cloudId")));
}

static void server_info(struct exchange *x)
{
	autotext *now = clock_jira(clock_ms(), zone_of(x));

	reply_json(x, 200, json_make("{ss ss s[iii] ss si ss ss ss ss}",
		"baseUrl", x->base, "version", "1001.0.0-SNAPSHOT",
		"versionNumbers", 1001, 0, 0, "deploymentType", "Cloud",
		"buildNumber", 100285, "buildDate",
		"2026-01-02T03:04:05.000+0000", "serverTime", now, "scmInfo",
		"0000000000000000000000000000000000000000", "serverTitle",
		"Jira"));
}

static void myself(struct exchange *x)
{
	reply_json(x, 200, user_show(x, json_str(x->actor, "accountId")));
}

static bool has_permission(const cJSON *account, const char *name)
{
	static const char *const anyone[] = {
		"BROWSE_PROJECTS", "CREATE_ISSUES", "ADD_COMMENTS",
	};

	if (strncmp(name, "ADMINISTER", 10) == 0)
		return may_act_as(account, "admin") ||
		       (may_act_as(account, "bot") &&
			       !same(name, "SYSTEM_ADMIN"));
	for (size_t i = 0; i < sizeof(anyone) / sizeof(anyone[0]); i++)
		if (same(name, anyone[i]))
			return true;
	return may_edit(account);
}

static void my_permissions(struct exchange *x)
{
	const char *asked = param(x, "permissions");
	cJSON *shown = cJSON_CreateObject();

	if (asked == NULL) {
		cJSON_Delete(shown);
		jira_error(x, 400, "The 'permissions' query parameter is "
			"required.");
		return;
	}
	autotext *copy = text_copy(asked);
	char *rest = copy;
	for (char *one; (one = strsep(&rest, ",")) != NULL;)
		json_put(shown, one, json_make("{ss ss ss ss ss sb}", "id",
			"10", "key", one, "name", one, "type", "PROJECT",
			"description", "", "havePermission",
			has_permission(x->actor, one)));
	reply_json(x, 200, json_make("{so}", "permissions", shown));
}

static void get_user(struct exchange *x)
{
	cJSON *user = user_show(x, param(x, "accountId"));

	if (!cJSON_IsNull(user)) {
		reply_json(x, 200, user);
		return;
	}
	cJSON_Delete(user);
	jira_error(x, 404, "Specified user does not exist or you do not have "
		"required permissions");
}

/* Each word of a name, and the e-mail address, match by their start. */
static bool starts_somewhere(const char *in, const char *with)
{
	size_t length = strlen(with);

	for (const char *at = in; at != NULL; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncasecmp(at, with, length) == 0)
			return true;
	}
	return false;
}

static void search_users(struct exchange *x)
{
	const char *query = param(x, "query");
	int64_t max = param_int(x, "maxResults", 50);
	int64_t skip = param_int(x, "startAt", 0);
	cJSON *list = cJSON_CreateArray();
	const cJSON *user;

	if (param(x, "username") != NULL || query == NULL) {
		cJSON_Delete(list);
		jira_error(x, 400, query != NULL ? "The query parameter "
			"'username' is not supported in GDPR strict mode."
			: "Either the query or property must be provided.");
		return;
	}
	cJSON_ArrayForEach(user, json_get(world_jira(), "users"))
		if ((starts_somewhere(json_str(user, "displayName"), query) ||
			    starts_somewhere(json_str(user, "email"),
				    query)) &&
			json_true(user, "active") &&
			skip-- <= 0 && cJSON_GetArraySize(list) < (int)max)
			json_push(list, user_show(x,
				json_str(user, "accountId")));
	reply_json(x, 200, list);
}

static void bulk_users(struct exchange *x)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, x->params) {
		cJSON *user = !same(one->string, "accountId") ? NULL
			: user_show(x, cJSON_GetStringValue(one));

		if (cJSON_IsObject(user))
			json_push(list, user);
		else
			cJSON_Delete(user);
	}
	int total = cJSON_GetArraySize(list);
	int max = (int)param_int(x, "maxResults", 10);
	int start = (int)param_int(x, "startAt", 0);
	cJSON *page = cJSON_CreateArray();
	for (int i = start; i < total && i < start + max; i++)
		json_push(page, cJSON_Duplicate(cJSON_GetArrayItem(list, i),
			true));
	cJSON_Delete(list);
	autotext *self = text("%s%s", x->base, x->path);
	reply_json(x, 200, json_make("{ss si si si sb so}", "self", self,
		"maxResults", max, "startAt", start, "total", total, "isLast",
		start + max >= total, "values", page));
}

static void list_fields(struct exchange *x)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *field;

	cJSON_ArrayForEach(field, json_get(world_jira(), "fields")) {
		const char *id = json_str(field, "id");
		bool custom = json_str(field, "custom") != NULL;
		cJSON *shown = json_make("{ss ss ss sb sb sb sb s[s]}", "id",
			id, "key", id, "name", json_str(field, "name"),
			"custom", custom, "orderable", true, "navigable", true,
			"searchable", true, "clauseNames",
			json_str(field, "name"));

		if (custom) {
			autotext *clause = text("cf[%s]", id + 12);

			json_push_str(json_get(shown, "clauseNames"), clause);
			json_put(shown, "schema", json_make("{ss s? ss si}",
				"type", json_str(field, "schemaType"), "items",
				json_str(field, "schemaItems"), "custom",
				json_str(field, "custom"), "customId",
				atoi(id + 12)));
		}
		json_push(list, shown);
	}
	reply_json(x, 200, list);
}

static void get_project(struct exchange *x)
{
	const cJSON *project = project_of(x->arg[0]);
	cJSON *types = cJSON_CreateArray();
	const cJSON *type;

	if (project == NULL) {
		cJSON_Delete(types);
		jira_error(x, 404, "No project could be found with the given "
			"key or id.");
		return;
	}
	cJSON_ArrayForEach(type, json_get(world_jira(), "issueTypes"))
		json_push(types, json_make("{ss ss sb}", "id",
			json_str(type, "id"), "name", json_str(type, "name"),
			"subtask", json_true(type, "subtask")));
	autotext *self = text("%s/rest/api/3/project/%s", x->base,
		json_str(project, "id"));
	reply_json(x, 200, json_make("{ss ss ss ss ss sb so}", "self", self,
		"id", json_str(project, "id"), "key", json_str(project, "key"),
		"name", json_str(project, "name"), "projectTypeKey",
		json_str(project, "kind"), "simplified", false, "issueTypes",
		types));
}

static void list_statuses(struct exchange *x)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(world_jira(), "statuses"))
		json_push(list, status_show(x, json_str(one, "id")));
	reply_json(x, 200, list);
}

static bool allows(const cJSON *workflow, const char *status)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(workflow, "transitions"))
		if (same(json_str(one, "to"), status))
			return true;
	return same(json_str(workflow, "initial"), status);
}

static cJSON *type_statuses(struct exchange *x, const char *type)
{
	autojson *issue = json_make("{ss}", "type", type);
	const cJSON *workflow = workflow_of(issue);
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(world_jira(), "statuses"))
		if (allows(workflow, json_str(one, "id")))
			json_push(list, status_show(x, json_str(one, "id")));
	return list;
}

static void project_statuses(struct exchange *x)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *type;

	if (project_of(x->arg[0]) == NULL) {
		cJSON_Delete(list);
		jira_error(x, 404, "No project could be found with the given "
			"key or id.");
		return;
	}
	cJSON_ArrayForEach(type, json_get(world_jira(), "issueTypes")) {
		const char *id = json_str(type, "id");
		autotext *self = text("%s/rest/api/3/issuetype/%s", x->base,
			id);

		json_push(list, json_make("{ss ss ss sb so}", "self", self,
			"id", id, "name", json_str(type, "name"), "subtask",
			json_true(type, "subtask"), "statuses",
			type_statuses(x, id)));
	}
	reply_json(x, 200, list);
}

static const char *big_category(const cJSON *status)
{
	const char *small = json_str(status, "category");

	return same(small, "new") ? "TODO" :
		same(small, "done") ? "DONE" : "IN_PROGRESS";
}

/* A status as a workflow refers to it, with its approval. */
static cJSON *reference_show(const cJSON *status)
{
	const cJSON *ap = json_get(status, "approval");
	cJSON *shown = json_make("{ss sb}", "statusReference",
		json_str(status, "id"), "deprecated", false);
	autotext *value = NULL;

	if (ap == NULL)
		return shown;
	value = text("%d", json_get(ap, "conditionValue")->valueint);
	json_put(shown, "approvalConfiguration", json_make(
		"{ss ss ss ss ss ss}", "active", "true", "fieldId",
		json_str(ap, "fieldId"), "conditionType",
		json_str(ap, "conditionType"), "conditionValue", value,
		"transitionApproved", json_str(ap, "approved"),
		"transitionRejected", json_str(ap, "rejected")));
	return shown;
}

static cJSON *workflow_show(const cJSON *workflow)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(world_jira(), "statuses"))
		if (allows(workflow, json_str(one, "id")))
			json_push(list, reference_show(one));
	return json_make("{ss ss so}", "id", json_str(workflow, "name"),
		"name", json_str(workflow, "name"), "statuses", list);
}

/* Only administrators see workflows. */
static void search_workflows(struct exchange *x)
{
	cJSON *values = cJSON_CreateArray();
	cJSON *statuses = cJSON_CreateArray();
	const cJSON *one;
	int n = 0;

	cJSON_ArrayForEach(one, json_get(world_jira(), "workflows")) {
		json_push(values, workflow_show(one));
		n++;
	}
	cJSON_ArrayForEach(one, json_get(world_jira(), "statuses"))
		json_push(statuses, json_make("{ss ss ss ss}", "id",
			json_str(one, "id"), "name", json_str(one, "name"),
			"statusReference", json_str(one, "id"),
			"statusCategory", big_category(one)));
	reply_json(x, 200, json_make("{sb si si si so so}", "isLast", true,
		"maxResults", 50, "startAt", 0, "total", n, "statuses",
		statuses, "values", values));
}

static void list_resolutions(struct exchange *x)
{
	reply_json(x, 200, cJSON_Duplicate(json_get(world_jira(),
		"resolutions"), true));
}

const struct route jira_meta_routes[] = {
	{ "GET", "/_edge/tenant_info", tenant_info, NULL, true },
	{ "GET", "/rest/api/3/serverInfo", server_info, NULL, true },
	{ "GET", "/rest/api/3/myself", myself, NULL, false },
	{ "GET", "/rest/api/3/mypermissions", my_permissions, NULL, false },
	{ "GET", "/rest/api/3/user", get_user, NULL, false },
	{ "GET", "/rest/api/3/user/search", search_users, NULL, false },
	{ "GET", "/rest/api/3/user/bulk", bulk_users, NULL, false },
	{ "GET", "/rest/api/3/field", list_fields, NULL, false },
	{ "GET", "/rest/api/3/project/{}", get_project, NULL, false },
	{ "GET", "/rest/api/3/project/{}/statuses", project_statuses, NULL,
		false },
	{ "GET", "/rest/api/3/status", list_statuses, NULL, false },
	{ "GET", "/rest/api/3/resolution", list_resolutions, NULL, false },
	{ "GET", "/rest/api/3/workflows/search", search_workflows, NULL,
		false },
	{ 0 },
};
