/*
 * control_move.c - moves that no REST call of ours makes: a person or group
 * in the Okta console, a rule, someone who clones or moves an issue, a
 * Jira account that is switched off. Memberships are in control_member.c.
 */
#include "control_move.h"

#include <string.h>

#include "clock.h"
#include "control.h"
#include "graph.h"
#include "google.h"
#include "index.h"
#include "jira.h"
#include "member.h"
#include "okta.h"
#include "world.h"

static void merge(cJSON *into, const cJSON *from)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, from)
		json_put(into, one->string, cJSON_Duplicate(one, true));
}

static void join_everyone(const char *user)
{
	const cJSON *group;

	cJSON_ArrayForEach(group, json_get(world_okta(), "groups"))
		if (same(json_str(group, "type"), "BUILT_IN"))
			member_seed("okta", json_str(group, "id"), user);
}

/* {"id" or "login", "status", "profile":{...}, "lastLogin"}; an unknown
 * id with a profile makes a new user. */
static void set_user(struct exchange *x)
{
	const char *id = json_str(x->json, "id");
	const char *status = json_str(x->json, "status");
	const cJSON *profile = json_get(x->json, "profile");
	cJSON *user = world_okta_user(id != NULL ? id
		: json_str(x->json, "login"));

	if (user == NULL &&
		(id == NULL || json_str(profile, "login") == NULL)) {
		control_fail(x, 404, "no such user, and no id and login for a "
			"new one");
		return;
	}
	if (user == NULL) {
		okta_user_add(id, status != NULL ? status : "ACTIVE",
			cJSON_Duplicate(profile, true), NULL);
		user = world_okta_user(id);
		join_everyone(id);
	} else {
		merge(json_get(user, "profile"), profile);
		okta_user_status(user, status != NULL ? status
			: json_str(user, "status"));
	}
	if (json_str(x->json, "lastLogin") != NULL)
		json_put_str(user, "lastLogin",
			json_str(x->json, "lastLogin"));
	okta_rules_apply();
	reply_json(x, 200, cJSON_Duplicate(user, true));
}

static void delete_user(struct exchange *x)
{
	cJSON *users = json_get(world_okta(), "users");
	cJSON *user = world_okta_user(x->arg[0]);

	if (user == NULL) {
		control_fail(x, 404, "no such user");
		return;
	}
	member_forget_user("okta", json_str(user, "id"));
	index_delete(users, user);
	reply_empty(x, 204);
}

/* {"id" or "login", and what to change in the user as Graph shows it} */
static void set_entra_user(struct exchange *x)
{
	const char *id = json_str(x->json, "id");
	cJSON *user = graph_user(id != NULL ? id : json_str(x->json, "login"));

	if (user == NULL) {
		control_fail(x, 404, "no such user");
		return;
	}
	cJSON_DeleteItemFromObjectCaseSensitive(x->json, "login");
	merge(user, x->json);
	reply_json(x, 200, cJSON_Duplicate(user, true));
}

static void delete_entra_user(struct exchange *x)
{
	cJSON *user = graph_user(x->arg[0]);

	if (user == NULL) {
		control_fail(x, 404, "no such user");
		return;
	}
	graph_delete_user(user);
	reply_empty(x, 204);
}

/* {"id","status"} or {"group","expression"} for a new active rule. */
static void set_rule(struct exchange *x)
{
	cJSON *rules = json_list(world_okta(), "rules");
	cJSON *rule = json_find(rules, "id", json_str(x->json, "id"));
	const char *group = json_str(world_okta_group(json_str(x->json,
		"group")), "id");
	const char *status = json_str(x->json, "status");
	autotext *now = clock_okta(clock_ms());

	if (rule == NULL && group == NULL) {
		control_fail(x, 404, "no such rule or group");
		return;
	}
	if (rule == NULL) {
		autotext *id = world_opaque("0pr", 17);

		json_push(rules, json_make(
			"{ss ss ss ss ss ss s{s{s{s[]}s{s[]}}s{ssss}} "
			"s{s{s[s]}}}",
			"type", "group_rule", "id", id, "status", "ACTIVE",
			"name", "sandbox rule", "created", now, "lastUpdated",
			now, "conditions", "people", "users", "exclude",
			"groups", "exclude", "expression", "value",
			json_str(x->json, "expression"), "type",
			"urn:okta:expression:1.0", "actions",
			"assignUserToGroups", "groupIds", group));
		rule = json_find(rules, "id", id);
	}
	if (status != NULL)
		json_put_str(rule, "status", status);
	okta_rules_apply();
	reply_json(x, 200, cJSON_Duplicate(rule, true));
}

/* {"id","name","type"} makes a group, {"id","delete":true} ends one. */
static void set_group(struct exchange *x)
{
	cJSON *groups = json_get(world_okta(), "groups");
	cJSON *group = world_okta_group(json_str(x->json, "id"));

	if (json_true(x->json, "delete") && group != NULL) {
		member_forget_group("okta", json_str(group, "id"));
		cJSON_Delete(cJSON_DetachItemViaPointer(groups, group));
		reply_empty(x, 204);
	} else if (group == NULL && json_str(x->json, "id") != NULL &&
		json_str(x->json, "name") != NULL) {
		okta_group_add(x->json);
		reply_empty(x, 204);
	} else {
		control_fail(x, 400, "a new id and name, or a known id and "
			"delete");
	}
}

/* {"login","suspended","archived"} or {"login","delete":true}. */
static void set_google_user(struct exchange *x)
{
	cJSON *user = google_user(json_str(x->json, "login"));

	if (user == NULL) {
		control_fail(x, 404, "no such user");
		return;
	}
	if (json_true(x->json, "delete")) {
		member_forget_user("google", json_str(user, "id"));
		cJSON_Delete(cJSON_DetachItemViaPointer(
			json_get(world_google(), "users"), user));
	} else {
		merge(user, x->json);
		cJSON_DeleteItemFromObjectCaseSensitive(user, "login");
	}
	reply_empty(x, 204);
}

/* Jira copies fields, not comments, history, approvals or properties; the
 * clone starts at the workflow's beginning. {"key","who"} */
static void clone_issue(struct exchange *x)
{
	const cJSON *from = issue_find(json_str(x->json, "key"));
	const cJSON *who = world_account(json_str(x->json, "who"));
	const char *reporter = json_str(json_get(from, "values"), "reporter");
	const char *creator = who != NULL ? json_str(who, "accountId")
					  : reporter;

	if (from == NULL) {
		control_fail(x, 404, "no such issue");
		return;
	}
	cJSON *made = issue_new(json_str(from, "project"),
		json_str(from, "type"), creator, creator);
	cJSON *values = cJSON_Duplicate(json_get(from, "values"), true);
	autotext *summary = text("CLONE - %s", json_str(values, "summary"));

	json_put_str(values, "summary", summary);
	json_put_str(values, "reporter", creator);
	cJSON_DeleteItemFromObjectCaseSensitive(values, "resolution");
	json_put(made, "values", values);
	reply_json(x, 200, json_make("{ss ss}", "id", json_str(made, "id"),
		"key", json_str(made, "key")));
}

/* The key changes, the id stays, the old key still finds it. */
static void move_issue(struct exchange *x)
{
	cJSON *issue = issue_find(json_str(x->json, "key"));
	cJSON *project = project_of(json_str(x->json, "project"));
	const cJSON *who = world_account(json_str(x->json, "who"));
	cJSON *items;

	if (issue == NULL || project == NULL) {
		control_fail(x, 404, "no such issue or project");
		return;
	}
	const cJSON *old = project_of(json_str(issue, "project"));
	int64_t number = json_int(project, "lastNumber", 0) + 1;
	autotext *old_key = text_copy(json_str(issue, "key"));
	autotext *key = text("%s-%lld", json_str(project, "key"),
		(long long)number);
	items = json_make("[{ss ss ss ss ss ss ss}{ss ss ss ss ss ss ss}]",
		"field", "project", "fieldtype", "jira", "fieldId", "project",
		"from", json_str(old, "id"), "fromString",
		json_str(old, "name"), "to", json_str(project, "id"),
		"toString", json_str(project, "name"),
		"field", "Key", "fieldtype", "jira", "fieldId", "issuekey",
		"from", NULL, "fromString", old_key, "to", NULL, "toString",
		key);
	json_put_int(project, "lastNumber", number);
	json_push_str(json_list(issue, "oldKeys"), old_key);
	json_put_str(issue, "key", key);
	json_put_str(issue, "project", json_str(project, "id"));
	issue_log(issue, who != NULL ? json_str(who, "accountId")
		: json_str(issue, "creator"), items);
	reply_json(x, 200, json_make("{ss ss}", "id", json_str(issue, "id"),
		"key", key));
}

/* Where each directory keeps its clients, and what they may do. */
static const struct {
	const char *service;
	const char *clients;
	const char *id;
	const char *rights;
} consents[] = {
	{ "okta", "apps", "id", "scopes" },
	{ "entra", "apps", "id", "roles" },
	{ "google", "clients", "email", "scopes" },
};

static void put_word(cJSON *list, const char *word, bool present)
{
	int n = 0;
	const cJSON *one;

	cJSON_ArrayForEach(one, list) {
		if (same(cJSON_GetStringValue(one), word))
			break;
		n++;
	}
	if (one == NULL && present)
		json_push_str(list, word);
	if (one != NULL && !present)
		cJSON_DeleteItemFromArray(list, n);
}

/* {"client","right","present":false}: consent that is given or taken away;
 * client absent: the first, which is lapse. */
static void set_right(struct exchange *x)
{
	const char *client = json_str(x->json, "client");
	const char *right = json_str(x->json, "right");
	size_t i = 0;

	while (i < 3 && !same(consents[i].service, x->arg[0]))
		i++;
	const cJSON *all = i == 3 ? NULL : json_get(json_get(world_all(),
		consents[i].service), consents[i].clients);
	cJSON *found = client != NULL
		? json_find(all, consents[i].id, client)
		: cJSON_GetArrayItem(all, 0);
	if (found == NULL || right == NULL) {
		control_fail(x, 404, "no such client, or no right");
		return;
	}
	put_word(json_list(found, consents[i].rights), right,
		!cJSON_IsFalse(json_get(x->json, "present")));
	reply_empty(x, 204);
}

static void set_jira_user(struct exchange *x)
{
	cJSON *user = world_account(json_str(x->json, "account"));

	if (user == NULL) {
		control_fail(x, 404, "no such account");
		return;
	}
	merge(user, x->json);
	cJSON_DeleteItemFromObjectCaseSensitive(user, "account");
	reply_empty(x, 204);
}

/* {"enforced":false} lets agents run the approval transitions. */
static void set_workflow(struct exchange *x)
{
	cJSON *workflow;

	cJSON_ArrayForEach(workflow, json_get(world_jira(), "workflows"))
		merge(workflow, x->json);
	reply_empty(x, 204);
}

static void delete_issue(struct exchange *x)
{
	cJSON *issue = issue_find(x->arg[0]);

	if (issue == NULL) {
		control_fail(x, 404, "no such issue");
		return;
	}
	index_delete(json_get(world_jira(), "issues"), issue);
	reply_empty(x, 204);
}

const struct route control_move_routes[] = {
	{ "POST", "/okta/user", set_user, NULL, true },
	{ "DELETE", "/okta/user/{}", delete_user, NULL, true },
	{ "POST", "/okta/rule", set_rule, NULL, true },
	{ "POST", "/okta/group", set_group, NULL, true },
	{ "POST", "/entra/user", set_entra_user, NULL, true },
	{ "DELETE", "/entra/user/{}", delete_entra_user, NULL, true },
	{ "POST", "/google/user", set_google_user, NULL, true },
	{ "POST", "/{}/right", set_right, NULL, true },
	{ "POST", "/jira/clone", clone_issue, NULL, true },
	{ "POST", "/jira/move", move_issue, NULL, true },
	{ "POST", "/jira/user", set_jira_user, NULL, true },
	{ "POST", "/jira/workflow", set_workflow, NULL, true },
	{ "DELETE", "/jira/issue/{}", delete_issue, NULL, true },
	{ 0 },
};
