/*
 * jira_issue.c - one issue by REST: get, edit, transition, changelog,
 * assignee, links, properties.
 */
#include "jira.h"

#include <string.h>

#include "clock.h"
#include "world.h"

#define PROPERTY_MAX 32768

static cJSON *split(const char *list)
{
	cJSON *made = cJSON_CreateArray();
	autotext *copy = text_copy(list != NULL ? list : "");
	char *rest = copy;

	for (char *one; (one = strsep(&rest, ",")) != NULL;)
		if (*one != '\0')
			json_push_str(made, one);
	return made;
}

/* "lapse.*" asks for all that begin so; "*all" for all. */
static cJSON *properties_show(const cJSON *issue, const cJSON *wanted)
{
	cJSON *shown = cJSON_CreateObject();
	const cJSON *property, *one;

	cJSON_ArrayForEach(property, json_get(issue, "properties"))
		cJSON_ArrayForEach(one, wanted) {
			const char *name = cJSON_GetStringValue(one);
			size_t length = strlen(name);
			bool open = length > 0 && name[length - 1] == '*';

			if (same(name, "*all") ||
				same(name, property->string) ||
				(open && strncmp(name, property->string,
						 length - 1) == 0))
				json_put(shown, property->string,
					cJSON_Duplicate(property, true));
		}
	return shown;
}

/* In an issue the newest entry is first, in the changelog resource last. */
static cJSON *changelog_show(struct exchange *x, const cJSON *issue)
{
	const cJSON *history = json_get(issue, "history");
	int total = cJSON_GetArraySize(history);
	cJSON *list = cJSON_CreateArray();

	for (int i = total; i-- > 0 && i >= total - 100;)
		json_push(list, history_show(x,
			cJSON_GetArrayItem(history, i)));
	return json_make("{si si si so}", "startAt", 0, "maxResults",
		cJSON_GetArraySize(list), "total", total, "histories", list);
}

static cJSON *names_show(const cJSON *fields)
{
	cJSON *names = cJSON_CreateObject();
	const cJSON *one;

	cJSON_ArrayForEach(one, fields) {
		const char *name = json_str(field_of(one->string), "name");

		json_put_str(names, one->string,
			name != NULL ? name : one->string);
	}
	return names;
}

cJSON *issue_show(struct exchange *x, const cJSON *issue,
	const char *fields, const char *properties, const char *expand)
{
	autojson *wanted = split(fields);
	autojson *named = split(properties);
	autotext *self = text("%s/rest/api/3/issue/%s", x->base,
		json_str(issue, "id"));
	cJSON *shown = json_make("{ss ss ss so}", "id", json_str(issue, "id"),
		"self", self, "key", json_str(issue, "key"), "fields",
		issue_fields_show(x, issue, wanted));

	if (properties != NULL)
		json_put(shown, "properties", properties_show(issue, named));
	if (expand == NULL)
		return shown;
	json_put_str(shown, "expand", "names,transitions,changelog");
	if (strstr(expand, "changelog") != NULL)
		json_put(shown, "changelog", changelog_show(x, issue));
	if (strstr(expand, "names") != NULL)
		json_put(shown, "names", names_show(json_get(shown,
			"fields")));
	if (strstr(expand, "transitions") != NULL)
		json_put(shown, "transitions",
			workflow_transitions(x, issue, false));
	return shown;
}

static void get_issue(struct exchange *x)
{
	const cJSON *issue = issue_or_404(x, x->arg[0]);

	if (issue != NULL)
		reply_json(x, 200, issue_show(x, issue, param(x, "fields"),
			param(x, "properties"), param(x, "expand")));
}

/* The permission scheme lets an issue's assignee edit it, too. */
static bool editable(struct exchange *x, const cJSON *issue)
{
	if (may_edit(x->actor) || same(json_str(json_get(issue, "values"),
			"assignee"), json_str(x->actor, "accountId")))
		return true;
	jira_error(x, 403, "You do not have permission to edit issues in "
		"this project.");
	return false;
}

static void edit_issue(struct exchange *x)
{
	cJSON *issue = issue_or_404(x, x->arg[0]);
	autojson *items = cJSON_CreateArray();

	if (issue == NULL || !editable(x, issue))
		return;
	if (!cJSON_IsObject(x->json)) {
		jira_error(x, 400, "Invalid request payload. Refer to the "
			"REST API documentation and try again.");
		return;
	}
	if (!issue_apply(x, issue, x->json, NULL, items))
		return;
	issue_log(issue, json_str(x->actor, "accountId"),
		cJSON_Duplicate(items, true));
	issue_set_properties(issue, json_get(x->json, "properties"));
	if (same(param(x, "returnIssue"), "true"))
		reply_json(x, 200, issue_show(x, issue, NULL, NULL, NULL));
	else
		reply_empty(x, 204);
}

static void get_transitions(struct exchange *x)
{
	const cJSON *issue = issue_or_404(x, x->arg[0]);

	if (issue != NULL)
		reply_json(x, 200, json_make("{ss so}", "expand",
			"transitions", "transitions",
			workflow_transitions(x, issue, false)));
}

static void run_transition(struct exchange *x)
{
	cJSON *issue = issue_or_404(x, x->arg[0]);
	autojson *items = cJSON_CreateArray();

	if (issue == NULL)
		return;
	const char *id = json_str(json_get(x->json, "transition"), "id");
	const cJSON *one = workflow_transition(issue, id, x->actor, false);
	if (one == NULL) {
		jira_error(x, 400, "It seems that you have tried to perform "
			"an illegal workflow operation: the transition is not "
			"valid for the current state of the issue.");
		return;
	}
	autojson *nothing = cJSON_CreateArray();
	const cJSON *screen = json_get(one, "screen");
	if (!issue_apply(x, issue, x->json, screen != NULL ? screen : nothing,
		    items))
		return;
	autotext *resolution = NULL;
	if (json_at(x->json, "fields.resolution") != NULL)
		resolution = text_copy(json_str(json_get(issue, "values"),
			"resolution"));
	workflow_enter(issue, json_str(one, "to"), resolution, items);
	issue_log(issue, json_str(x->actor, "accountId"),
		cJSON_Duplicate(items, true));
	reply_empty(x, 204);
}

static void get_changelog(struct exchange *x)
{
	const cJSON *issue = issue_or_404(x, x->arg[0]);
	int start = (int)param_int(x, "startAt", 0);
	int max = (int)param_int(x, "maxResults", 100);

	if (issue == NULL)
		return;
	const cJSON *history = json_get(issue, "history");
	int total = cJSON_GetArraySize(history);
	cJSON *list = cJSON_CreateArray();
	if (max > 100)
		max = 100;
	for (int i = start; i < total && i < start + max; i++)
		json_push(list, history_show(x,
			cJSON_GetArrayItem(history, i)));
	bool last = start + max >= total;
	autotext *url = text("%s%s", x->base, x->path);
	autotext *next = last ? NULL : text("%s?startAt=%d&maxResults=%d",
		url, start + max, max);
	reply_json(x, 200, json_make("{ss s? si si si sb so}", "self", url,
		"nextPage", next, "startAt", start, "maxResults", max,
		"total", total, "isLast", last, "values", list));
}

static void put_assignee(struct exchange *x)
{
	cJSON *issue = issue_or_404(x, x->arg[0]);
	const char *account = json_str(x->json, "accountId");
	cJSON *items = cJSON_CreateArray();

	if (issue == NULL || !editable(x, issue)) {
		cJSON_Delete(items);
		return;
	}
	issue_set(issue, "assignee", account == NULL || same(account, "-1")
		? cJSON_CreateNull() : cJSON_CreateString(account), items);
	issue_log(issue, json_str(x->actor, "accountId"), items);
	reply_empty(x, 204);
}

static void add_side(cJSON *issue, const cJSON *other, const char *type,
	const char *side)
{
	json_push(json_list(issue, "links"), json_make(
		"{s{ss} s{ss ss}}", "type", "name", type, side,
		"id", json_str(other, "id"), "key", json_str(other, "key")));
}

static bool linked(const cJSON *issue, const cJSON *other, const char *type)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(issue, "links"))
		if (same(json_str(json_get(one, "type"), "name"), type) &&
			same(json_str(json_get(one, "outwardIssue"), "id"),
				json_str(other, "id")))
			return true;
	return false;
}

static void link_issues(struct exchange *x)
{
	const char *type = json_str(json_get(x->json, "type"), "name");
	cJSON *in = issue_find(issue_reference(x->json, "inwardIssue"));
	cJSON *out = issue_find(issue_reference(x->json, "outwardIssue"));

	if (in == NULL || out == NULL) {
		jira_error(x, 404, "Issue does not exist or you do not have "
			"permission to see it.");
		return;
	}
	if (type == NULL || !json_has_text(json_get(world_jira(),
			"linkTypes"), type)) {
		jira_error(x, 404, "No issue link type with name found.");
		return;
	}
	if (!linked(in, out, type)) {
		add_side(in, out, type, "outwardIssue");
		add_side(out, in, type, "inwardIssue");
	}
	reply_empty(x, 201);
}

static void list_properties(struct exchange *x)
{
	const cJSON *issue = issue_or_404(x, x->arg[0]);
	cJSON *keys = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(issue, "properties")) {
		autotext *self = text("%s%s/%s", x->base, x->path,
			one->string);

		json_push(keys, json_make("{ss ss}", "self", self, "key",
			one->string));
	}
	if (issue != NULL)
		reply_json(x, 200, json_make("{so}", "keys", keys));
	else
		cJSON_Delete(keys);
}

static const cJSON *property_or_404(struct exchange *x, cJSON **ret_issue)
{
	cJSON *issue = issue_or_404(x, x->arg[0]);
	const cJSON *property = json_get(json_get(issue, "properties"),
		x->arg[1]);

	if (issue != NULL && property == NULL)
		jira_error(x, 404, "The property with the given key does not "
			"exist.");
	if (ret_issue != NULL)
		*ret_issue = issue;
	return property;
}

static void get_property(struct exchange *x)
{
	const cJSON *property = property_or_404(x, NULL);

	if (property != NULL)
		reply_json(x, 200, json_make("{ss sO}", "key", x->arg[1],
			"value", property));
}

/* Properties change neither "updated" nor the history. */
static void put_property(struct exchange *x)
{
	cJSON *issue = issue_or_404(x, x->arg[0]);

	if (issue == NULL || !editable(x, issue))
		return;
	if (x->json == NULL || x->body_len > PROPERTY_MAX ||
		strlen(x->arg[1]) > 255) {
		jira_error(x, 400, x->json == NULL
			? "The value has to be a valid, non-empty JSON."
			: "The property value cannot be longer than 32768 "
			  "characters.");
		return;
	}
	bool known = json_get(json_get(issue, "properties"), x->arg[1]) !=
		NULL;
	json_put(json_map(issue, "properties"), x->arg[1],
		cJSON_Duplicate(x->json, true));
	if (known)
		reply_empty(x, 200);
	else
		reply_empty(x, 201);
}

static void delete_property(struct exchange *x)
{
	cJSON *issue;

	if (property_or_404(x, &issue) == NULL || !editable(x, issue))
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(json_get(issue,
		"properties"), x->arg[1]);
	reply_empty(x, 204);
}

const struct route jira_issue_routes[] = {
	{ "GET", "/rest/api/3/issue/{}", get_issue, NULL, false },
	{ "PUT", "/rest/api/3/issue/{}", edit_issue, NULL, false },
	{ "GET", "/rest/api/3/issue/{}/transitions", get_transitions, NULL,
		false },
	{ "POST", "/rest/api/3/issue/{}/transitions", run_transition, NULL,
		false },
	{ "GET", "/rest/api/3/issue/{}/changelog", get_changelog, NULL,
		false },
	{ "PUT", "/rest/api/3/issue/{}/assignee", put_assignee, NULL, false },
	{ "POST", "/rest/api/3/issueLink", link_issues, NULL, false },
	{ "GET", "/rest/api/3/issue/{}/properties", list_properties, NULL,
		false },
	{ "GET", "/rest/api/3/issue/{}/properties/{}", get_property, NULL,
		false },
	{ "PUT", "/rest/api/3/issue/{}/properties/{}", put_property, NULL,
		false },
	{ "DELETE", "/rest/api/3/issue/{}/properties/{}", delete_property,
		NULL, false },
	{ 0 },
};
