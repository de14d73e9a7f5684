/*
 * jira_edit.c - every change of an issue: creating it, setting fields, and
 * the history that says who did. Nothing here checks rights.
 */
#include "jira.h"

#include <string.h>

#include "clock.h"
#include "world.h"

void issue_touch(cJSON *issue)
{
	json_put_int(issue, "updated", clock_ms());
}

cJSON *issue_new(const char *project, const char *type,
	const char *reporter, const char *creator)
{
	cJSON *home = project_of(project);
	int64_t number = json_int(home, "lastNumber", 0) + 1;
	autotext *id = text("%lld", (long long)world_next("issue"));
	autotext *key = text("%s-%lld", json_str(home, "key"),
		(long long)number);

	json_put_int(home, "lastNumber", number);
	cJSON *issue = json_make(
		"{ss ss ss ss ss ss sI sI sI s{} s{} s[] s[] s[] s[] s[]}",
		"id", id, "key", key, "project", json_str(home, "id"),
		"type", type, "status", workflow_initial(type),
		"creator", creator, "created", clock_ms(),
		"updated", clock_ms(), "statusAt", clock_ms(), "values",
		"properties", "comments", "history", "approvals", "links",
		"participants");

	json_put_str(json_get(issue, "values"), "reporter", reporter);
	json_push(json_list(world_jira(), "issues"), issue);
	return issue;
}

static char *reference(const cJSON *field, const cJSON *stored)
{
	const char *kind = json_str(field, "kind");

	if (stored == NULL || cJSON_IsNull(stored))
		return NULL;
	if (same(kind, "user") || same(kind, "resolution") ||
		same(kind, "select"))
		return text_copy(cJSON_GetStringValue(stored));
	if (same(kind, "multiuser") || same(kind, "multiselect"))
		return json_print(stored);
	return NULL;
}

/* Sets a value that is taken over, and adds what changed to the items. */
void issue_set(cJSON *issue, const char *id, cJSON *stored, cJSON *items)
{
	const cJSON *field = field_of(id);
	cJSON *values = json_map(issue, "values");
	const cJSON *old = json_get(values, id);
	bool custom = strncmp(id, "customfield_", 12) == 0;

	if (json_equal(old, stored) || (old == NULL && cJSON_IsNull(stored))) {
		cJSON_Delete(stored);
		return;
	}
	autotext *from = reference(field, old);
	autotext *to = reference(field, stored);
	autotext *from_text = field_text(field, old);
	autotext *to_text = field_text(field, stored);

	if (items != NULL)
		json_push(items, json_make("{ss ss ss ss ss ss ss}",
			"field", custom ? json_str(field, "name") : id,
			"fieldtype", custom ? "custom" : "jira",
			"fieldId", id, "from", from, "fromString", from_text,
			"to", to, "toString", to_text));
	if (cJSON_IsNull(stored)) {
		cJSON_DeleteItemFromObjectCaseSensitive(values, id);
		cJSON_Delete(stored);
	} else {
		json_put(values, id, stored);
	}
}

/* Takes the items over; no items, no entry. */
void issue_log(cJSON *issue, const char *author, cJSON *items)
{
	autotext *id = text("%lld", (long long)world_next("history"));

	if (cJSON_GetArraySize(items) == 0) {
		cJSON_Delete(items);
		return;
	}
	issue_touch(issue);
	json_push(json_list(issue, "history"), json_make("{ss ss sI so}",
		"id", id, "author", author, "created", clock_ms(),
		"items", items));
}

cJSON *history_show(struct exchange *x, const cJSON *entry)
{
	autotext *created = clock_jira(json_int(entry, "created", 0),
		zone_of(x));

	return json_make("{ss so ss sO}", "id", json_str(entry, "id"),
		"author", user_show(x, json_str(entry, "author")),
		"created", created, "items", json_get(entry, "items"));
}

static bool settable(const cJSON *field, const cJSON *screen)
{
	const char *id = json_str(field, "id");

	if (field == NULL)
		return false;
	return screen != NULL ? json_has_text(screen, id)
			      : json_true(field, "onScreen");
}

static bool apply_one(struct exchange *x, cJSON *issue, const char *id,
	const cJSON *input, const cJSON *screen, cJSON *items)
{
	const cJSON *field = field_of(id);
	autotext *fault = NULL;

	if (!settable(field, screen)) {
		jira_field_error(x, id, "Field '%s' cannot be set. It is not "
			"on the appropriate screen, or unknown.", id);
		return false;
	}
	cJSON *stored = field_read(field, input, &fault);
	if (stored == NULL) {
		jira_field_error(x, id, "%s", fault);
		return false;
	}
	issue_set(issue, id, stored, items);
	return true;
}

static void remove_member(cJSON *list, const cJSON *gone)
{
	for (int i = cJSON_GetArraySize(list); i-- > 0;)
		if (json_equal(cJSON_GetArrayItem(list, i), gone))
			cJSON_DeleteItemFromArray(list, i);
}

/* One operation of "update": set replaces, add and remove change a list. */
static bool update_one(struct exchange *x, cJSON *issue, const char *id,
	const cJSON *operation, const cJSON *screen, cJSON *items)
{
	const cJSON *field = field_of(id);
	const cJSON *what = operation->child;
	autotext *fault = NULL;

	if (what == NULL || same(what->string, "set"))
		return apply_one(x, issue, id, what, screen, items);
	if (!settable(field, screen)) {
		jira_field_error(x, id, "Field '%s' cannot be set. It is not "
			"on the appropriate screen, or unknown.", id);
		return false;
	}
	autojson *one = cJSON_CreateArray();
	json_push(one, cJSON_Duplicate(what, true));
	autojson *read = field_read(field, one, &fault);
	if (read == NULL || !cJSON_IsArray(read)) {
		jira_field_error(x, id, "%s", fault != NULL ? fault
			: "Operation value must be a string");
		return false;
	}
	cJSON *list = cJSON_Duplicate(json_get(json_get(issue, "values"), id),
		true);
	if (list == NULL)
		list = cJSON_CreateArray();
	remove_member(list, read->child);
	if (same(what->string, "add"))
		json_push(list, cJSON_Duplicate(read->child, true));
	issue_set(issue, id, list, items);
	return true;
}

static bool update_all(struct exchange *x, cJSON *issue,
	const cJSON *update, const cJSON *fields, const cJSON *screen,
	cJSON *items)
{
	const cJSON *entry, *operation;

	cJSON_ArrayForEach(entry, update) {
		if (json_get(fields, entry->string) != NULL) {
			jira_field_error(x, entry->string, "Field '%s' cannot "
				"be set in both fields and update.",
				entry->string);
			return false;
		}
		if (same(entry->string, "comment"))
			continue;
		cJSON_ArrayForEach(operation, entry)
			if (!update_one(x, issue, entry->string, operation,
				    screen, items))
				return false;
	}
	return true;
}

static bool comments_fit(struct exchange *x, const cJSON *body)
{
	const cJSON *operation = json_at(body, "update.comment");

	if (operation == NULL)
		return true;
	cJSON_ArrayForEach(operation, json_at(body, "update.comment"))
		if (json_at(operation, "add.body") == NULL) {
			jira_field_error(x, "comment",
				"Comment body can not be empty!");
			return false;
		}
	return true;
}

/*
 * Works on a copy first, so that an edit is applied whole or not at all.
 * Field screen NULL: the edit screen.
 */
bool issue_apply(struct exchange *x, cJSON *issue, const cJSON *body,
	const cJSON *screen, cJSON *items)
{
	const cJSON *fields = json_get(body, "fields");
	const cJSON *update = json_get(body, "update");
	autojson *trial = cJSON_Duplicate(issue, true);
	const cJSON *entry;

	if (!comments_fit(x, body))
		return false;
	cJSON_ArrayForEach(entry, fields)
		if (!apply_one(x, trial, entry->string, entry, screen, items))
			return false;
	if (!update_all(x, trial, update, fields, screen, items))
		return false;
	json_put(issue, "values",
		cJSON_Duplicate(json_get(trial, "values"), true));
	cJSON_ArrayForEach(entry, json_get(update, "comment"))
		comment_add(issue, json_str(x->actor, "accountId"),
			cJSON_Duplicate(json_at(entry, "add.body"), true),
			true);
	return true;
}
