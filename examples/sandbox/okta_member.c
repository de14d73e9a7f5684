/*
 * okta_member.c - who is in which Okta group, as its API shows and changes
 * it, and pages with a cursor in the Link header. Lag is in member.c.
 */
#include "okta.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "member.h"
#include "world.h"

bool okta_member_set(const char *group, const char *user, bool present,
	const cJSON *actor)
{
	autotext *now = clock_okta(clock_ms());

	if (!member_set("okta", group, user, present))
		return false;
	json_put_str(world_okta_group(group), "lastMembershipUpdated", now);
	okta_log_member(group, user, present, actor);
	return true;
}

static cJSON *group_or_404(struct exchange *x, const char *id)
{
	cJSON *group = json_find(json_get(world_okta(), "groups"), "id", id);

	if (group == NULL)
		okta_error(x, 404, "E0000007",
			"Not found: Resource not found: %s (UserGroup)", id);
	return group;
}

static const char *user_or_404(struct exchange *x, const char *id)
{
	const char *known = json_str(world_okta_user(id), "id");

	if (known == NULL)
		okta_error(x, 404, "E0000007",
			"Not found: Resource not found: %s (User)", id);
	return known;
}

static bool may_change(struct exchange *x, const cJSON *group)
{
	const char *type = json_str(group, "type");

	if (same(type, "BUILT_IN"))
		okta_error(x, 501, "E0000060", "Unsupported operation.");
	else if (same(type, "APP_GROUP") ||
		json_true(group, "x-adminRoles"))
		okta_error(x, 403, "E0000006", "You do not have permission "
			"to perform the requested action");
	else
		return true;
	return false;
}

static void add_member(struct exchange *x)
{
	if (request_header(x, "Content-Length") == NULL &&
		request_header(x, "Transfer-Encoding") == NULL) {
		reply_text(x, 411, "text/html", "<html><body>411 Length "
			"Required</body></html>");
		return;
	}
	const cJSON *group = group_or_404(x, x->arg[0]);
	const char *user = group != NULL ? user_or_404(x, x->arg[1]) : NULL;
	if (user == NULL || !may_change(x, group))
		return;
	okta_member_set(x->arg[0], user, true, x->actor);
	reply_empty(x, 204);
}

/* A member whom a rule put there joins the rule's exceptions, as the
 * admin console does. */
static void except_from_rules(const char *group, const char *user)
{
	cJSON *rule;

	cJSON_ArrayForEach(rule, json_get(world_okta(), "rules")) {
		cJSON *exclude = json_at(rule,
			"conditions.people.users.exclude");

		if (same(json_str(rule, "status"), "ACTIVE") &&
			json_has_text(json_at(rule,
				"actions.assignUserToGroups.groupIds"),
				group) &&
			!json_has_text(exclude, user))
			json_push_str(exclude, user);
	}
}

static void remove_member(struct exchange *x)
{
	const cJSON *group = group_or_404(x, x->arg[0]);
	const char *user = group != NULL ? user_or_404(x, x->arg[1]) : NULL;

	if (user == NULL || !may_change(x, group))
		return;
	if (okta_member_set(x->arg[0], user, false, x->actor))
		except_from_rules(x->arg[0], user);
	else if (json_int(world_okta(), "removeNonMember", 204) == 404) {
		okta_error(x, 404, "E0000007",
			"Not found: Resource not found: %s (User)", user);
		return;
	}
	reply_empty(x, 204);
}

static void list_members(struct exchange *x)
{
	bool odd = member_next_read("okta");
	cJSON *list = cJSON_CreateArray();
	struct member_seen seen;
	const cJSON *user;

	if (group_or_404(x, x->arg[0]) == NULL) {
		cJSON_Delete(list);
		return;
	}
	member_seen_read("okta", x->arg[0], odd, &seen);
	cJSON_ArrayForEach(user, json_get(world_okta(), "users"))
		if (member_seen_has(&seen, json_str(user, "id")))
			json_push(list, cJSON_Duplicate(user, true));
	member_seen_clear(&seen);
	okta_page(x, list, 1000);
}

static void list_users_groups(struct exchange *x)
{
	bool odd = member_next_read("okta");
	const char *user = user_or_404(x, x->arg[0]);
	cJSON *list = cJSON_CreateArray();
	const cJSON *group;

	if (user == NULL) {
		cJSON_Delete(list);
		return;
	}
	cJSON_ArrayForEach(group, json_get(world_okta(), "groups"))
		if (member_seen("okta", json_str(group, "id"), user, odd)) {
			cJSON *shown = cJSON_Duplicate(group, true);

			cJSON_DeleteItemFromObjectCaseSensitive(shown,
				"x-adminRoles");
			json_push(list, shown);
		}
	okta_page(x, list, 200);
}

static const char *id_of(const cJSON *item)
{
	const char *id = json_str(item, "id");

	return id != NULL ? id : json_str(item, "uuid");
}

static void link_to(struct exchange *x, int64_t limit, const char *after,
	const char *relation)
{
	static const char *const kept[] = {
		"q", "search", "filter", "expand", "sortOrder", "until",
	};
	autotext *query = text("limit=%lld", (long long)limit);

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const char *value = param(x, kept[i]);

		if (value == NULL)
			continue;
		autotext *encoded = url_encode(value);
		char *longer = text("%s&%s=%s", query, kept[i], encoded);

		free(query);
		query = longer;
	}
	reply_header(x, "Link", "<%s%s?%s%s%s%s>; rel=\"%s\"", x->base,
		x->path, after != NULL ? "after=" : "",
		after != NULL ? after : "", after != NULL ? "&" : "", query,
		relation);
}

static void drop_until(cJSON *all, const char *after)
{
	bool found = json_find(all, "id", after) != NULL ||
		json_find(all, "uuid", after) != NULL;

	while (found && all->child != NULL) {
		found = !same(id_of(all->child), after);
		cJSON_DeleteItemFromArray(all, 0);
	}
}

/*
 * Answers one page of the list, which is taken over. "pageLimit" in the
 * seed caps every page, so that tests page through small companies.
 */
void okta_page(struct exchange *x, cJSON *all, int64_t absent_limit)
{
	int64_t limit = param_int(x, "limit", absent_limit);
	int64_t cap = json_int(world_okta(), "pageLimit", 1000);
	const char *after = param(x, "after");

	if (limit < 1) {
		cJSON_Delete(all);
		okta_error(x, 400, "E0000029", "Invalid paging request");
		return;
	}
	if (after != NULL)
		drop_until(all, after);
	cJSON *page = cJSON_CreateArray();
	cJSON *last = NULL;
	for (int64_t left = limit < cap ? limit : cap;
		left > 0 && all->child != NULL; left--) {
		last = cJSON_DetachItemFromArray(all, 0);
		json_push(page, last);
	}
	bool more = all->child != NULL;
	autotext *cursor = last != NULL ? text_copy(id_of(last)) : NULL;
	bool polling = strcmp(x->path, "/api/v1/logs") == 0 &&
		param(x, "until") == NULL &&
		!same(param(x, "sortOrder"), "DESCENDING");

	cJSON_Delete(all);
	reply_json(x, 200, page);
	link_to(x, limit, after, "self");
	if (more || polling)
		link_to(x, limit, cursor != NULL ? cursor
			: after != NULL ? after : "0", "next");
}

const struct route okta_member_routes[] = {
	{ "GET", "/api/v1/users/{}/groups", list_users_groups,
		"okta.users.read", false },
	{ "GET", "/api/v1/groups/{}/users", list_members, "okta.groups.read",
		false },
	{ "PUT", "/api/v1/groups/{}/users/{}", add_member,
		"okta.groups.manage", false },
	{ "DELETE", "/api/v1/groups/{}/users/{}", remove_member,
		"okta.groups.manage", false },
	{ 0 },
};

static const char *login_of(const cJSON *user)
{
	return json_str(json_get(user, "profile"), "login");
}

static bool is_built_in(const cJSON *group)
{
	return same(json_str(group, "type"), "BUILT_IN");
}

const struct directory okta_directory = {
	.service = "okta",
	.user = world_okta_user,
	.group = world_okta_group,
	.login = login_of,
	.all_in = is_built_in,
	.set = okta_member_set,
	.signed_on = okta_signed_on,
};
