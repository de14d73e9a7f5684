/*
 * jira_create.c - making issues, one or up to fifty in a request. What a
 * portal request is made by is in jsm.c.
 * Source: Jira Cloud platform REST v3, createIssue, createIssues.
 */
#include "jira.h"

#include <stdlib.h>

#include "index.h"
#include "world.h"

#define CREATE_MAX 50

const char *issue_reference(const cJSON *fields, const char *name)
{
	const cJSON *given = json_get(fields, name);
	const char *id = json_str(given, "id");

	if (id == NULL)
		id = json_str(given, "key");
	return id != NULL ? id : json_str(given, "name");
}

void issue_set_properties(cJSON *issue, const cJSON *list)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
		json_put(json_map(issue, "properties"), json_str(one, "key"),
			cJSON_Duplicate(json_get(one, "value"), true));
}

/* What names the issue is not on its edit screen. */
static cJSON *body_without_identity(const cJSON *body)
{
	cJSON *rest = cJSON_Duplicate(body, true);
	cJSON *fields = json_get(rest, "fields");

	cJSON_DeleteItemFromObjectCaseSensitive(fields, "project");
	cJSON_DeleteItemFromObjectCaseSensitive(fields, "issuetype");
	cJSON_DeleteItemFromObjectCaseSensitive(fields, "parent");
	return rest;
}

static bool creation_fits(struct exchange *x, const cJSON *fields,
	const cJSON *project, const cJSON *type)
{
	bool subtask = json_true(type, "subtask");
	const cJSON *parent = issue_find(issue_reference(fields, "parent"));

	if (project == NULL)
		jira_field_error(x, "project", "Specify a valid project ID "
			"or key");
	else if (type == NULL)
		jira_field_error(x, "issuetype", "Specify a valid issue type");
	else if (json_str(fields, "summary") == NULL)
		jira_field_error(x, "summary",
			"You must specify a summary of the issue.");
	else if (subtask && parent == NULL)
		jira_field_error(x, "parentId", "Issue type is a sub-task but "
			"parent issue key or id not specified.");
	else if (parent != NULL && !same(json_str(parent, "project"),
			json_str(project, "id")))
		jira_field_error(x, "project", "Sub-tasks must be created in "
			"the same project as the parent.");
	else
		return true;
	return false;
}

/* An issue that was refused takes its place in the list back. */
static void unmake(cJSON *issue)
{
	index_delete(json_get(world_jira(), "issues"), issue);
}

/* NULL: answered, with the platform's error. */
static cJSON *make(struct exchange *x, const cJSON *asked)
{
	const cJSON *fields = json_get(asked, "fields");
	const cJSON *project = project_of(issue_reference(fields, "project"));
	const cJSON *type = issue_type_of(issue_reference(fields,
		"issuetype"));
	const char *me = json_str(x->actor, "accountId");

	if (!may_edit(x->actor)) {
		jira_error(x, 403, "You do not have permission to create "
			"issues in this project.");
		return NULL;
	}
	if (!creation_fits(x, fields, project, type))
		return NULL;
	autojson *body = body_without_identity(asked);
	cJSON *parent = issue_find(issue_reference(fields, "parent"));
	cJSON *issue = issue_new(json_str(project, "id"),
		json_str(type, "id"), me, me);
	if (parent != NULL)
		json_put_str(issue, "parent", json_str(parent, "id"));
	if (!issue_apply(x, issue, body, NULL, NULL)) {
		unmake(issue);
		return NULL;
	}
	issue_set_properties(issue, json_get(asked, "properties"));
	if (parent != NULL)
		json_push_str(json_list(parent, "subtasks"), json_str(issue,
			"id"));
	return issue;
}

static cJSON *made_show(const struct exchange *x, const cJSON *issue)
{
	autotext *self = text("%s/rest/api/3/issue/%s", x->base,
		json_str(issue, "id"));

	return json_make("{ss ss ss}", "id", json_str(issue, "id"), "key",
		json_str(issue, "key"), "self", self);
}

static void create_issue(struct exchange *x)
{
	const cJSON *issue = make(x, x->json);

	if (issue != NULL)
		reply_json(x, 201, made_show(x, issue));
}

/* Each element stands for itself: 201 if one was made, 400 if none was. */
static void create_issues(struct exchange *x)
{
	const cJSON *list = json_get(x->json, "issueUpdates");
	int n = cJSON_GetArraySize(list);

	if (n < 1 || n > CREATE_MAX) {
		jira_error(x, 400, n < 1 ? "No issues to create."
			: "No more than 50 issues can be created at a time.");
		return;
	}
	cJSON *made = cJSON_CreateArray();
	cJSON *errors = cJSON_CreateArray();
	for (int i = 0; i < n; i++) {
		const cJSON *issue = make(x, cJSON_GetArrayItem(list, i));

		if (issue != NULL)
			json_push(made, made_show(x, issue));
		else
			json_push(errors, json_make("{si so si}", "status",
				x->status, "elementErrors",
				cJSON_Parse(x->reply), "failedElementNumber",
				i));
	}
	reply_json(x, cJSON_GetArraySize(made) > 0 ? 201 : 400,
		json_make("{so so}", "issues", made, "errors", errors));
}

const struct route jira_create_routes[] = {
	{ "POST", "/rest/api/3/issue", create_issue, NULL, false },
	{ "POST", "/rest/api/3/issue/bulk", create_issues, NULL, false },
	{ 0 },
};
