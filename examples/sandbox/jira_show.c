/*
 * jira_show.c - an issue's fields as the platform shows them: those that
 * are stored as values, and those that are computed.
 */
#include "jira.h"

#include <string.h>

#include "clock.h"
#include "world.h"

static cJSON *request_type_show(struct exchange *x, const cJSON *issue)
{
	const cJSON *type = request_type_of(json_str(json_get(issue,
		"values"), "customfield_10010"));
	const cJSON *status = status_of(json_str(issue, "status"));
	autotext *self = text("%s/rest/servicedeskapi/request/%s", x->base,
		json_str(issue, "id"));

	if (type == NULL)
		return cJSON_CreateNull();
	return json_make(
		"{s{ss} s{ss ss ss ss ss s[]} s{ss ss so}}",
		"_links", "self", self, "requestType",
		"id", json_str(type, "id"), "name", json_str(type, "name"),
		"issueTypeId", json_str(type, "issueTypeId"),
		"serviceDeskId", json_str(type, "serviceDeskId"),
		"portalId", json_str(type, "serviceDeskId"), "groupIds",
		"currentStatus", "status", json_str(status, "name"),
		"statusCategory", json_str(status, "category"), "statusDate",
		jsm_date(json_int(issue, "statusAt", 0), zone_of(x)));
}

cJSON *field_show(struct exchange *x, const cJSON *issue, const char *id)
{
	const cJSON *field = field_of(id);

	if (same(json_str(field, "kind"), "approvals"))
		return approvals_show(x, issue);
	if (same(json_str(field, "kind"), "requesttype"))
		return request_type_show(x, issue);
	return field_value_show(x, field,
		json_get(json_get(issue, "values"), id));
}

cJSON *status_show(struct exchange *x, const char *id)
{
	const cJSON *status = status_of(id);
	const char *category = json_str(status, "category");
	int number = same(category, "new") ? 2 : same(category, "done") ? 3
									: 4;
	autotext *self = text("%s/rest/api/3/status/%s", x->base, id);

	return json_make("{ss ss ss ss s{si ss ss ss}}", "self", self,
		"description", "", "name", json_str(status, "name"), "id", id,
		"statusCategory", "id", number, "key", category, "colorName",
		number == 3 ? "green" : number == 2 ? "blue-gray" : "yellow",
		"name", number == 3 ? "Done" : number == 2 ? "To Do"
							   : "In Progress");
}

/* An empty list of wishes means what "absent" says. */
bool field_wanted(const cJSON *wanted, const char *id, bool absent)
{
	const cJSON *one;
	const char *first = cJSON_GetStringValue(cJSON_GetArrayItem(wanted,
		0));
	bool want = first == NULL ? absent : *first == '-';

	cJSON_ArrayForEach(one, wanted) {
		const char *name = cJSON_GetStringValue(one);

		if (name == NULL)
			continue;
		if (same(name, "*all") || same(name, "*navigable") ||
			same(name, id))
			want = true;
		if (*name == '-' && same(name + 1, id))
			want = false;
	}
	return want;
}

static cJSON *parent_show(struct exchange *x, const char *id)
{
	const cJSON *parent = issue_find(id);

	return json_make("{ss ss s{ss so}}", "id", id, "key",
		json_str(parent, "key"), "fields", "summary",
		json_str(json_get(parent, "values"), "summary"), "status",
		status_show(x, json_str(parent, "status")));
}

static cJSON *subtasks_show(struct exchange *x, const cJSON *issue)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *id;

	cJSON_ArrayForEach(id, json_get(issue, "subtasks")) {
		const cJSON *one = issue_find(cJSON_GetStringValue(id));

		if (one != NULL)	/* else deleted since */
			json_push(list, json_make("{ss ss s{ss so}}",
				"id", json_str(one, "id"),
				"key", json_str(one, "key"), "fields",
				"summary", json_str(json_get(one, "values"),
					"summary"),
				"status", status_show(x,
					json_str(one, "status"))));
	}
	return list;
}

static cJSON *type_show(struct exchange *x, const char *id)
{
	const cJSON *type = issue_type_of(id);
	autotext *self = text("%s/rest/api/3/issuetype/%s", x->base, id);

	return json_make("{ss ss ss ss sb}", "self", self, "id", id,
		"description", "", "name", json_str(type, "name"), "subtask",
		json_true(type, "subtask"));
}

static cJSON *project_show(struct exchange *x, const char *id)
{
	const cJSON *project = project_of(id);
	autotext *self = text("%s/rest/api/3/project/%s", x->base, id);

	return json_make("{ss ss ss ss ss sb}", "self", self, "id", id,
		"key", json_str(project, "key"),
		"name", json_str(project, "name"), "projectTypeKey",
		json_str(project, "kind"), "simplified", false);
}

static cJSON *system_show(struct exchange *x, const cJSON *issue,
	const char *id)
{
	if (same(id, "status"))
		return status_show(x, json_str(issue, "status"));
	if (same(id, "issuetype"))
		return type_show(x, json_str(issue, "type"));
	if (same(id, "project"))
		return project_show(x, json_str(issue, "project"));
	if (same(id, "creator"))
		return user_show(x, json_str(issue, "creator"));
	if (same(id, "subtasks"))
		return subtasks_show(x, issue);
	if (same(id, "attachment"))
		return attachments_show(x, issue);
	if (same(id, "issuelinks"))
		return cJSON_Duplicate(json_get(issue, "links"), true);
	if (same(id, "parent"))
		return json_str(issue, "parent") == NULL ? NULL
			: parent_show(x, json_str(issue, "parent"));
	autotext *time = clock_jira(json_int(issue,
		same(id, "statuscategorychangedate") ? "statusAt" : id, 0),
		zone_of(x));
	return cJSON_CreateString(time);
}

cJSON *issue_fields_show(struct exchange *x, const cJSON *issue,
	const cJSON *wanted)
{
	static const char *const system[] = {
		"status", "issuetype", "project", "creator", "created",
		"updated", "statuscategorychangedate", "parent", "subtasks",
		"issuelinks", "attachment",
	};
	cJSON *shown = cJSON_CreateObject();
	const cJSON *field;

	for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
		cJSON *value = !field_wanted(wanted, system[i], true) ? NULL
			: system_show(x, issue, system[i]);

		if (value != NULL)
			json_put(shown, system[i], value);
	}
	cJSON_ArrayForEach(field, json_get(world_jira(), "fields")) {
		const char *id = json_str(field, "id");

		if (!json_true(field, "computed") &&
			field_wanted(wanted, id, true))
			json_put(shown, id, field_show(x, issue, id));
	}
	return shown;
}
