/*
 * jira_field.c - field values: how they come in, how they are stored, how
 * they are shown, and as words in the changelog. One row a kind of field.
 */
#include "jira.h"

#include <stdio.h>
#include <string.h>

#include "adf.h"
#include "clock.h"
#include "index.h"
#include "world.h"

cJSON *field_of(const char *id)
{
	return json_find(json_get(world_jira(), "fields"), "id", id);
}

cJSON *resolution_of(const char *any)
{
	cJSON *list = json_get(world_jira(), "resolutions");
	cJSON *one = json_find(list, "id", any);

	return one != NULL ? one : json_find(list, "name", any);
}

static cJSON *fault_is(char **ret_fault, const char *fault)
{
	*ret_fault = text_copy(fault);
	return NULL;
}

static cJSON *read_text(const cJSON *field, const cJSON *input, char **fault)
{
	const char *value = cJSON_GetStringValue(input);

	(void)field;
	if (value == NULL)
		return fault_is(fault, "Operation value must be a string");
	if (strlen(value) > 255)
		return fault_is(fault, "The entered text is too long. It "
			"exceeds the allowed limit of 255 characters.");
	return cJSON_CreateString(value);
}

static cJSON *read_document(const cJSON *field, const cJSON *input,
	char **fault)
{
	(void)field;
	if (adf_fault(input) != NULL)
		return fault_is(fault, "Operation value must be an Atlassian "
			"Document (see the Atlassian Document Format)");
	return cJSON_Duplicate(input, true);
}

static cJSON *read_user(const cJSON *field, const cJSON *input, char **fault)
{
	const char *account = json_str(input, "accountId");
	const cJSON *user = index_find(json_get(world_jira(), "users"),
		"accountId", account);

	(void)field;
	if (user == NULL)
		return fault_is(fault, "Specified user does not exist or you "
			"do not have required permissions");
	return cJSON_CreateString(account);
}

static cJSON *option_of(const cJSON *field, const cJSON *input,
	const char *parent)
{
	const char *id = json_str(input, "id");
	const char *value = json_str(input, "value");
	cJSON *one;

	cJSON_ArrayForEach(one, json_get(field, "options")) {
		const char *under = json_str(one, "optionId");

		if ((parent == NULL ? under == NULL : same(parent, under)) &&
			!json_true(one, "disabled") &&
			(id != NULL ? same(id, json_str(one, "id"))
				    : same(value, json_str(one, "value"))))
			return one;
	}
	return NULL;
}

static cJSON *read_select(const cJSON *field, const cJSON *input,
	char **fault)
{
	const char *id = json_str(option_of(field, input, NULL), "id");

	return id != NULL ? cJSON_CreateString(id)
		: fault_is(fault, "Specify a valid 'id' or 'value' for the "
			"option");
}

static cJSON *read_cascade(const cJSON *field, const cJSON *input,
	char **fault)
{
	const char *id = json_str(option_of(field, input, NULL), "id");
	const cJSON *below = json_get(input, "child");
	const char *child = below == NULL || id == NULL ? NULL
		: json_str(option_of(field, below, id), "id");

	if (id == NULL || (below != NULL && child == NULL))
		return fault_is(fault, "Specify a valid 'id' or 'value' for "
			"the option");
	return json_make("{ss s?}", "id", id, "child", child);
}

static cJSON *read_list(const cJSON *field, const cJSON *input, char **fault,
	cJSON *(*read)(const cJSON *, const cJSON *, char **))
{
	autojson *list = cJSON_CreateArray();
	const cJSON *one;

	if (!cJSON_IsArray(input))
		return fault_is(fault, "data was not an array");
	cJSON_ArrayForEach(one, input) {
		cJSON *stored = read(field, one, fault);

		if (stored == NULL)
			return NULL;
		json_push(list, stored);
	}
	return cJSON_Duplicate(list, true);
}

static cJSON *read_users(const cJSON *field, const cJSON *input, char **fault)
{
	return read_list(field, input, fault, read_user);
}

static cJSON *read_selects(const cJSON *field, const cJSON *input,
	char **fault)
{
	return read_list(field, input, fault, read_select);
}

static cJSON *read_labels(const cJSON *field, const cJSON *input,
	char **fault)
{
	return read_list(field, input, fault, read_text);
}

static cJSON *read_time(const cJSON *field, const cJSON *input, char **fault)
{
	const char *value = cJSON_GetStringValue(input);
	int64_t at_ms;

	(void)field;
	if (value == NULL || !clock_parse_iso(value, &at_ms))
		return fault_is(fault, "Operation value must be a string in "
			"the format yyyy-MM-dd'T'HH:mm:ss.SSSZ");
	return cJSON_CreateNumber((double)at_ms);
}

static cJSON *read_resolution(const cJSON *field, const cJSON *input,
	char **fault)
{
	const char *any = json_str(input, "id");
	const cJSON *one = resolution_of(any != NULL ? any
		: json_str(input, "name"));

	(void)field;
	return one != NULL ? cJSON_CreateString(json_str(one, "id"))
		: fault_is(fault, "Resolution is not valid");
}

static cJSON *read_request_type(const cJSON *field, const cJSON *input,
	char **fault)
{
	const cJSON *type = request_type_of(cJSON_GetStringValue(input));

	(void)field;
	return type != NULL ? cJSON_CreateString(json_str(type, "id"))
		: fault_is(fault, "The request type is not valid");
}

static cJSON *show_plain(struct exchange *x, const cJSON *field,
	const cJSON *stored)
{
	(void)x;
	(void)field;
	return cJSON_Duplicate(stored, true);
}

static cJSON *show_user(struct exchange *x, const cJSON *field,
	const cJSON *stored)
{
	(void)field;
	return user_show(x, cJSON_GetStringValue(stored));
}

static cJSON *show_users(struct exchange *x, const cJSON *field,
	const cJSON *stored)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, stored)
		json_push(list, show_user(x, field, one));
	return list;
}

static cJSON *option_show(struct exchange *x, const cJSON *field,
	const char *id)
{
	const cJSON *one = json_find(json_get(field, "options"), "id", id);
	autotext *self = text("%s/rest/api/3/customFieldOption/%s", x->base,
		id);

	return json_make("{ss ss ss}", "self", self, "value",
		json_str(one, "value"), "id", id);
}

static cJSON *show_select(struct exchange *x, const cJSON *field,
	const cJSON *stored)
{
	return option_show(x, field, cJSON_GetStringValue(stored));
}

static cJSON *show_selects(struct exchange *x, const cJSON *field,
	const cJSON *stored)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, stored)
		json_push(list, show_select(x, field, one));
	return list;
}

static cJSON *show_cascade(struct exchange *x, const cJSON *field,
	const cJSON *stored)
{
	cJSON *shown = option_show(x, field, json_str(stored, "id"));

	if (json_str(stored, "child") != NULL)
		json_put(shown, "child", option_show(x, field,
			json_str(stored, "child")));
	return shown;
}

static cJSON *show_time(struct exchange *x, const cJSON *field,
	const cJSON *stored)
{
	autotext *shown = clock_jira((int64_t)stored->valuedouble,
		zone_of(x));

	(void)field;
	return cJSON_CreateString(shown);
}

static cJSON *show_resolution(struct exchange *x, const cJSON *field,
	const cJSON *stored)
{
	(void)x;
	(void)field;
	return cJSON_Duplicate(resolution_of(cJSON_GetStringValue(stored)),
		true);
}

static char *say_plain(const cJSON *field, const cJSON *stored)
{
	(void)field;
	return cJSON_IsString(stored) ? text_copy(stored->valuestring)
				      : json_print(stored);
}

static char *say_document(const cJSON *field, const cJSON *stored)
{
	(void)field;
	return adf_text(stored);
}

static char *say_user(const cJSON *field, const cJSON *stored)
{
	const char *name = json_str(world_account(
		cJSON_GetStringValue(stored)), "displayName");

	(void)field;
	return text_copy(name != NULL ? name : "?");
}

static char *say_list(const cJSON *field, const cJSON *stored,
	char *(*say)(const cJSON *, const cJSON *))
{
	char *made = text_copy("");
	const cJSON *one;

	cJSON_ArrayForEach(one, stored) {
		autotext *word = say(field, one);
		char *longer = text("%s%s%s", made, *made ? ", " : "", word);

		free(made);
		made = longer;
	}
	return made;
}

static char *say_users(const cJSON *field, const cJSON *stored)
{
	return say_list(field, stored, say_user);
}

static const char *option_value(const cJSON *field, const char *id)
{
	const char *value = json_str(json_find(json_get(field, "options"),
		"id", id), "value");

	return value != NULL ? value : "?";
}

static char *say_select(const cJSON *field, const cJSON *stored)
{
	return text_copy(option_value(field, cJSON_GetStringValue(stored)));
}

static char *say_selects(const cJSON *field, const cJSON *stored)
{
	return say_list(field, stored, say_select);
}

static char *say_cascade(const cJSON *field, const cJSON *stored)
{
	const char *id = json_str(stored, "id");
	const char *child = json_str(stored, "child");

	if (child == NULL)
		return text("Parent values: %s(%s)", option_value(field, id),
			id);
	return text("Parent values: %s(%s)Level 1 values: %s(%s)",
		option_value(field, id), id, option_value(field, child),
		child);
}

static char *say_time(const cJSON *field, const cJSON *stored)
{
	(void)field;
	return clock_jira((int64_t)stored->valuedouble, NULL);
}

static char *say_resolution(const cJSON *field, const cJSON *stored)
{
	(void)field;
	return text_copy(json_str(resolution_of(cJSON_GetStringValue(stored)),
		"name"));
}

static const struct kind {
	const char *name;
	cJSON *(*read)(const cJSON *field, const cJSON *input, char **fault);
	cJSON *(*show)(struct exchange *x, const cJSON *field,
		const cJSON *stored);
	char *(*say)(const cJSON *field, const cJSON *stored);
} kinds[] = {
	{ "text", read_text, show_plain, say_plain },
	{ "textarea", read_document, show_plain, say_document },
	{ "user", read_user, show_user, say_user },
	{ "multiuser", read_users, show_users, say_users },
	{ "select", read_select, show_select, say_select },
	{ "multiselect", read_selects, show_selects, say_selects },
	{ "cascade", read_cascade, show_cascade, say_cascade },
	{ "datetime", read_time, show_time, say_time },
	{ "labels", read_labels, show_plain, say_plain },
	{ "resolution", read_resolution, show_resolution, say_resolution },
	{ "requesttype", read_request_type, show_plain, say_plain },
};

static const struct kind *kind_of(const cJSON *field)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (same(json_str(field, "kind"), kinds[i].name))
			return &kinds[i];
	return NULL;
}

/* The stored form, JSON null for "empty"; NULL: the fault says why. */
cJSON *field_read(const cJSON *field, const cJSON *input, char **ret_fault)
{
	const struct kind *kind = kind_of(field);

	if (kind == NULL)
		return fault_is(ret_fault, "This field cannot be set.");
	if (input == NULL || cJSON_IsNull(input))
		return cJSON_CreateNull();
	return kind->read(field, input, ret_fault);
}

char *field_text(const cJSON *field, const cJSON *stored)
{
	const struct kind *kind = kind_of(field);

	if (stored == NULL || cJSON_IsNull(stored) || kind == NULL)
		return text_copy("");
	return kind->say(field, stored);
}

cJSON *field_value_show(struct exchange *x, const cJSON *field,
	const cJSON *stored)
{
	const struct kind *kind = kind_of(field);

	if (stored == NULL || kind == NULL)
		return cJSON_CreateNull();
	return kind->show(x, field, stored);
}
