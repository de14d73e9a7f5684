/*
 * jira_option.c - the options of select fields, by context: list, create,
 * rename, disable, order, delete. Administrators only.
 */
#include "jira.h"

#include <string.h>

#include "world.h"

#define CREATE_MAX 1000

static bool is_admin(struct exchange *x)
{
	if (may_act_as(x->actor, "admin") || may_act_as(x->actor, "bot"))
		return true;
	jira_error(x, 403, "Only Jira administrators can manage custom field "
		"options.");
	return false;
}

/* The field whose context the path names; NULL: answered. */
static cJSON *field_or_404(struct exchange *x)
{
	cJSON *field = field_of(x->arg[0]);
	bool right = x->arg[1] == NULL ||
		same(json_str(field, "context"), x->arg[1]);

	if (!is_admin(x))
		return NULL;
	if (field == NULL || !right)
		jira_error(x, 404, "The custom field was not found.");
	else if (json_get(field, "options") == NULL)
		jira_error(x, 400, "The custom field doesn't support "
			"options.");
	else
		return field;
	return NULL;
}

static void list_contexts(struct exchange *x)
{
	const cJSON *field = field_or_404(x);
	cJSON *values;

	if (field == NULL)
		return;
	values = json_make("[{ss ss ss sb sb}]", "id",
		json_str(field, "context"), "name", "Default context",
		"description", "", "isGlobalContext", true, "isAnyIssueType",
		true);
	reply_json(x, 200, json_make("{si si si sb so}", "maxResults", 50,
		"startAt", 0, "total", 1, "isLast", true, "values", values));
}

static cJSON *option_show(const cJSON *one)
{
	cJSON *shown = cJSON_Duplicate(one, true);

	if (json_get(shown, "disabled") == NULL)
		json_put_bool(shown, "disabled", false);
	return shown;
}

/* Parents come before children. */
static cJSON *ordered(const cJSON *options)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, options)
		if (json_str(one, "optionId") == NULL)
			json_push(list, option_show(one));
	cJSON_ArrayForEach(one, options)
		if (json_str(one, "optionId") != NULL)
			json_push(list, option_show(one));
	return list;
}

static void list_options(struct exchange *x)
{
	const cJSON *field = field_or_404(x);
	int start = (int)param_int(x, "startAt", 0);
	int max = (int)param_int(x, "maxResults", 100);

	if (field == NULL)
		return;
	if (max > 100 || max < 1)
		max = 100;
	autojson *all = ordered(json_get(field, "options"));
	int total = cJSON_GetArraySize(all);
	cJSON *page = cJSON_CreateArray();
	for (int i = start; i < total && i < start + max; i++)
		json_push(page, cJSON_Duplicate(cJSON_GetArrayItem(all, i),
			true));
	reply_json(x, 200, json_make("{si si si sb so}", "maxResults", max,
		"startAt", start, "total", total, "isLast",
		start + max >= total, "values", page));
}

static bool repeats(const cJSON *field, const cJSON *new)
{
	const char *under = json_str(new, "optionId");
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(field, "options")) {
		const char *parent = json_str(one, "optionId");

		if (same(json_str(one, "value"), json_str(new, "value")) &&
			(under == NULL ? parent == NULL : same(under, parent)))
			return true;
	}
	return false;
}

static bool creatable(struct exchange *x, const cJSON *field)
{
	const cJSON *list = json_get(x->json, "options");
	const cJSON *one;

	if (cJSON_GetArraySize(list) > CREATE_MAX ||
		cJSON_GetArraySize(list) == 0) {
		jira_error(x, 400, "Between 1 and 1000 options can be created "
			"per request.");
		return false;
	}
	cJSON_ArrayForEach(one, list) {
		const char *under = json_str(one, "optionId");

		if (json_str(one, "value") == NULL || repeats(field, one)) {
			jira_error(x, 400, "The option value is missing or "
				"already exists.");
			return false;
		}
		if (under != NULL && json_find(json_get(field, "options"),
				"id", under) == NULL) {
			jira_error(x, 404, "The parent option was not found.");
			return false;
		}
	}
	return true;
}

static void create_options(struct exchange *x)
{
	cJSON *field = field_or_404(x);
	cJSON *made = cJSON_CreateArray();
	const cJSON *one;

	if (field == NULL || !creatable(x, field)) {
		cJSON_Delete(made);
		return;
	}
	cJSON_ArrayForEach(one, json_get(x->json, "options")) {
		autotext *id = text("%lld", (long long)world_next("option"));
		cJSON *option = json_make("{ss ss s? sb}", "id", id, "value",
			json_str(one, "value"), "optionId",
			json_str(one, "optionId"), "disabled",
			json_true(one, "disabled"));

		json_push(json_get(field, "options"), option);
		json_push(made, cJSON_Duplicate(option, true));
	}
	reply_json(x, 200, json_make("{so}", "options", made));
}

static bool all_known(const cJSON *field, const cJSON *list)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
		if (json_find(json_get(field, "options"), "id",
			    json_str(one, "id")) == NULL)
			return false;
	return true;
}

/* All or nothing; what did not change is not reported. */
static void update_options(struct exchange *x)
{
	cJSON *field = field_or_404(x);
	const cJSON *list = json_get(x->json, "options");
	const cJSON *one;

	if (field == NULL)
		return;
	if (!all_known(field, list)) {
		jira_error(x, 404, "The option was not found.");
		return;
	}
	cJSON *changed = cJSON_CreateArray();
	cJSON_ArrayForEach(one, list) {
		cJSON *option = json_find(json_get(field, "options"), "id",
			json_str(one, "id"));
		autojson *before = cJSON_Duplicate(option, true);

		if (json_str(one, "value") != NULL)
			json_put_str(option, "value", json_str(one, "value"));
		if (json_get(one, "disabled") != NULL)
			json_put_bool(option, "disabled",
				json_true(one, "disabled"));
		if (!json_equal(before, option))
			json_push(changed, json_make("{ss ss sb}", "id",
				json_str(option, "id"), "value",
				json_str(option, "value"), "disabled",
				json_true(option, "disabled")));
	}
	reply_json(x, 200, json_make("{so}", "options", changed));
}

static int place_of(const cJSON *options, const char *id)
{
	const cJSON *one;
	int at = 0;

	cJSON_ArrayForEach(one, options) {
		if (same(json_str(one, "id"), id))
			return at;
		at++;
	}
	return -1;
}

static void move_options(struct exchange *x)
{
	cJSON *field = field_or_404(x);
	cJSON *options = json_get(field, "options");
	const char *after = json_str(x->json, "after");
	bool first = same(json_str(x->json, "position"), "First");
	const cJSON *id;
	int at;

	if (field == NULL)
		return;
	at = first ? 0 : after != NULL ? place_of(options, after) + 1
				       : cJSON_GetArraySize(options);
	cJSON_ArrayForEach(id, json_get(x->json, "customFieldOptionIds")) {
		int from = place_of(options, cJSON_GetStringValue(id));

		if (from < 0)
			continue;
		cJSON *one = cJSON_DetachItemFromArray(options, from);
		if (from < at)
			at--;
		if (!cJSON_InsertItemInArray(options, at++, one))
			json_push(options, one);
	}
	reply_empty(x, 204);
}

static void delete_option(struct exchange *x)
{
	cJSON *field = field_or_404(x);
	cJSON *options = json_get(field, "options");

	if (field == NULL)
		return;
	if (place_of(options, x->arg[2]) < 0) {
		jira_error(x, 404, "The option was not found.");
		return;
	}
	cJSON_DeleteItemFromArray(options, place_of(options, x->arg[2]));
	reply_empty(x, 204);
}

#define OPTION "/rest/api/3/field/{}/context/{}/option"

const struct route jira_option_routes[] = {
	{ "GET", "/rest/api/3/field/{}/context", list_contexts, NULL, false },
	{ "GET", OPTION, list_options, NULL, false },
	{ "POST", OPTION, create_options, NULL, false },
	{ "PUT", OPTION, update_options, NULL, false },
	{ "PUT", OPTION "/move", move_options, NULL, false },
	{ "DELETE", OPTION "/{}", delete_option, NULL, false },
	{ 0 },
};
