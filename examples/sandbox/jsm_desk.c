/*
 * jsm_desk.c - what does not change: service desks, request types and
 * their fields.
 * Source: Jira Service Management Cloud REST.
 */
#include "jira.h"

#include "world.h"

#define DESK "/rest/servicedeskapi"

static cJSON *desk_show(const cJSON *project)
{
	return json_make("{ss ss ss ss s{}}", "id",
		json_str(project, "serviceDeskId"), "projectId",
		json_str(project, "id"), "projectName",
		json_str(project, "name"), "projectKey",
		json_str(project, "key"), "_links");
}

static void list_desks(struct exchange *x)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(world_jira(), "projects"))
		if (json_str(one, "serviceDeskId") != NULL)
			json_push(list, desk_show(one));
	jsm_page(x, list);
}

static const cJSON *desk_or_404(struct exchange *x)
{
	const cJSON *project = json_find(json_get(world_jira(), "projects"),
		"serviceDeskId", x->arg[0]);

	if (project == NULL)
		project = project_of(x->arg[0]);
	if (json_str(project, "serviceDeskId") != NULL)
		return project;
	jira_error(x, 404, "The service desk does not exist.");
	return NULL;
}

static void get_desk(struct exchange *x)
{
	const cJSON *desk = desk_or_404(x);

	if (desk != NULL)
		reply_json(x, 200, desk_show(desk));
}

static cJSON *type_show(const cJSON *type)
{
	return json_make("{ss ss ss ss ss ss s[]}", "id",
		json_str(type, "id"), "name", json_str(type, "name"),
		"description", "", "helpText", "", "issueTypeId",
		json_str(type, "issueTypeId"), "serviceDeskId",
		json_str(type, "serviceDeskId"), "groupIds");
}

static void list_types(struct exchange *x)
{
	const cJSON *desk = desk_or_404(x);
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(world_jira(), "requestTypes"))
		if (same(json_str(one, "serviceDeskId"),
			    json_str(desk, "serviceDeskId")))
			json_push(list, type_show(one));
	if (desk != NULL)
		jsm_page(x, list);
	else
		cJSON_Delete(list);
}

static const cJSON *type_or_404(struct exchange *x)
{
	const cJSON *desk = desk_or_404(x);
	const cJSON *type = desk != NULL ? request_type_of(x->arg[1]) : NULL;

	if (desk != NULL && type == NULL)
		jira_error(x, 404, "The request type does not exist.");
	return type;
}

static void get_type(struct exchange *x)
{
	const cJSON *type = type_or_404(x);

	if (type != NULL)
		reply_json(x, 200, type_show(type));
}

static cJSON *choices(const cJSON *field, const char *parent)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(field, "options")) {
		const char *under = json_str(one, "optionId");

		if (json_true(one, "disabled") ||
			(parent == NULL ? under != NULL : !same(under,
				parent)))
			continue;
		json_push(list, json_make("{ss ss so}", "value",
			json_str(one, "id"), "label", json_str(one, "value"),
			"children", parent == NULL ? choices(field,
				json_str(one, "id")) : cJSON_CreateArray()));
	}
	return list;
}

static void list_type_fields(struct exchange *x)
{
	const cJSON *type = type_or_404(x);
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(type, "fields")) {
		const char *id = json_str(one, "fieldId");
		const cJSON *field = field_of(id);

		json_push(list, json_make(
			"{ss ss ss sb sb so s[] s{ss s? s?}}", "fieldId", id,
			"name", json_str(one, "name"), "description", "",
			"required", json_true(one, "required"), "visible",
			true, "validValues", choices(field, NULL),
			"defaultValues", "jiraSchema", "type",
			json_str(field, "schemaType"), "items",
			json_str(field, "schemaItems"), "custom",
			json_str(field, "custom")));
	}
	if (type == NULL) {
		cJSON_Delete(list);
		return;
	}
	reply_json(x, 200, json_make("{so sb sb}", "requestTypeFields", list,
		"canRaiseOnBehalfOf", may_edit(x->actor),
		"canAddRequestParticipants", true));
}

static void info(struct exchange *x)
{
	reply_json(x, 200, json_make("{ss ss so sb ss s{ss}}", "version",
		"6.0.0", "platformVersion", "1001.0.0-SNAPSHOT", "buildDate",
		jsm_date((int64_t)1767323045000, "UTC"), "isLicensedForUse",
		true, "buildChangeSet", "0", "_links", "self", x->base));
}

const struct route jsm_desk_routes[] = {
	{ "GET", DESK "/info", info, NULL, false },
	{ "GET", DESK "/servicedesk", list_desks, NULL, false },
	{ "GET", DESK "/servicedesk/{}", get_desk, NULL, false },
	{ "GET", DESK "/servicedesk/{}/requesttype", list_types, NULL,
		false },
	{ "GET", DESK "/servicedesk/{}/requesttype/{}", get_type, NULL,
		false },
	{ "GET", DESK "/servicedesk/{}/requesttype/{}/field",
		list_type_fields, NULL, false },
	{ 0 },
};
