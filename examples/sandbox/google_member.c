/*
 * google_member.c - who is in which Google group, as the Directory API shows
 * and changes it, and what takes a member away when his time is up. Lag is in
 * member.c.
 */
#include "google.h"

#include <string.h>

#include "clock.h"
#include "world.h"

#define READ "admin.directory.group.member.readonly "                         \
	"admin.directory.group.member admin.directory.group.readonly "        \
	"admin.directory.group"
#define WRITE "admin.directory.group.member admin.directory.group"

static cJSON *kept(const char *what, const char *group)
{
	return json_map(json_map(world_google(), what), group);
}

const char *google_role(const char *group, const char *user)
{
	const char *role = json_str(kept("roles", group), user);

	return role != NULL ? role : "MEMBER";
}

static void forget(const char *group, const char *user)
{
	cJSON_DeleteItemFromObjectCaseSensitive(kept("roles", group), user);
	cJSON_DeleteItemFromObjectCaseSensitive(kept("expiries", group), user);
}

void google_expire(void)
{
	cJSON *group, *end, *next;

	cJSON_ArrayForEach(group, json_get(world_google(), "expiries"))
		for (end = group->child; end != NULL; end = next) {
			next = end->next;
			if ((int64_t)end->valuedouble > clock_s())
				continue;
			member_set("google", group->string, end->string,
				false);
			forget(group->string, end->string);
			next = group->child;
		}
}

static bool set(const char *group, const char *user, bool present,
	const cJSON *actor)
{
	if (!present)
		forget(group, user);
	if (!member_set("google", group, user, present))
		return false;
	google_log_member(group, user, present, actor);
	return true;
}

static cJSON *group_or_404(struct exchange *x)
{
	cJSON *group = google_group(x->arg[0]);

	if (group == NULL)
		google_error(x, 404, "notFound",
			"Resource Not Found: groupKey");
	return group;
}

static cJSON *shown(const char *group, const cJSON *user)
{
	const char *id = json_str(user, "id");

	return json_make("{ss ss ss ss ss ss}", "kind",
		"admin#directory#member", "id", id, "email",
		json_str(user, "primaryEmail"), "role",
		google_role(group, id), "type", "USER", "status",
		json_true(user, "archived") ? "ARCHIVED"
		: json_true(user, "suspended") ? "SUSPENDED" : "ACTIVE");
}

/* Groups in the group come last, and one entry for everybody. */
static void add_others(cJSON *list, const cJSON *group)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(group, "x-nested")) {
		const cJSON *inner = google_group(one->valuestring);

		json_push(list, inner == NULL
			? json_make("{ss ss ss ss}", "kind",
				"admin#directory#member", "id",
				one->valuestring, "role", "MEMBER", "type",
				"CUSTOMER")
			: json_make("{ss ss ss ss ss}", "kind",
				"admin#directory#member", "id",
				json_str(inner, "id"), "email",
				json_str(inner, "email"), "role", "MEMBER",
				"type", "GROUP"));
	}
}

static void list_members(struct exchange *x)
{
	bool odd = member_next_read("google");
	const cJSON *group = group_or_404(x);
	const char *id = json_str(group, "id");
	struct member_seen seen;
	cJSON *list;
	const cJSON *user;

	if (group == NULL)
		return;
	list = cJSON_CreateArray();
	member_seen_read("google", id, odd, &seen);
	cJSON_ArrayForEach(user, json_get(world_google(), "users"))
		if (member_seen_has(&seen, json_str(user, "id")))
			json_push(list, shown(id, user));
	member_seen_clear(&seen);
	add_others(list, group);
	google_page(x, json_make("{ss}", "kind", "admin#directory#members"),
		"members", list, "maxResults", 200, 200);
}

static void get_member(struct exchange *x)
{
	bool odd = member_next_read("google");
	const cJSON *group = group_or_404(x);
	const cJSON *user = google_user(x->arg[1]);
	const char *id = json_str(group, "id");

	if (group == NULL)
		return;
	if (user != NULL && member_seen("google", id, json_str(user, "id"),
		odd))
		google_reply(x, shown(id, user));
	else
		google_error(x, 404, "notFound",
			"Resource Not Found: memberKey");
}

/* False: answered. */
static bool may_change(struct exchange *x, const cJSON *group)
{
	const cJSON *labels = json_get(group, "x-labels");

	if (json_has_text(labels, "dynamic"))
		google_error(x, 400, "failedPrecondition",
			"Precondition check failed.");
	else if (json_has_text(labels, "locked"))
		google_error(x, 403, "forbidden",
			"Not Authorized to access this resource/api");
	else
		return true;
	return false;
}

/* Who was invited is a member already, and in no list. */
static bool is_pending(const char *group, const char *user)
{
	return json_has_text(json_get(json_get(world_google(), "pending"),
		group), user);
}

static void insert_member(struct exchange *x)
{
	const cJSON *group = group_or_404(x);
	const char *key = json_str(x->json, "id");
	const char *role = json_str(x->json, "role");
	const cJSON *user = google_user(key != NULL ? key
		: json_str(x->json, "email"));
	const char *id = json_str(group, "id");

	if (group == NULL)
		return;
	if (user == NULL) {
		google_error(x, 404, "notFound",
			"Resource Not Found: memberKey");
		return;
	}
	if (!may_change(x, group))
		return;
	if (is_pending(id, json_str(user, "id")) ||
		!set(id, json_str(user, "id"), true, x->actor)) {
		google_error(x, 409, "duplicate", "Member already exists.");
		return;
	}
	if (role != NULL && !same(role, "MEMBER"))
		json_put_str(kept("roles", id), json_str(user, "id"), role);
	google_reply(x, shown(id, user));
}

static void delete_member(struct exchange *x)
{
	const cJSON *group = group_or_404(x);
	const cJSON *user = google_user(x->arg[1]);

	if (group == NULL || (user != NULL && !may_change(x, group)))
		return;
	if (user != NULL && set(json_str(group, "id"), json_str(user, "id"),
		false, x->actor))
		reply_empty(x, 204);
	else
		google_error(x, 404, "notFound",
			"Resource Not Found: memberKey");
}

static const char *login_of(const cJSON *user)
{
	return json_str(user, "primaryEmail");
}

const struct directory google_directory = {
	.service = "google",
	.user = google_user,
	.group = google_group,
	.login = login_of,
	.set = set,
	.signed_on = google_signed_on,
};

#define MEMBERS "/admin/directory/v1/groups/{}/members"

const struct route google_member_routes[] = {
	{ "GET", MEMBERS, list_members, READ, false },
	{ "POST", MEMBERS, insert_member, WRITE, false },
	{ "GET", MEMBERS "/{}", get_member, READ, false },
	{ "DELETE", MEMBERS "/{}", delete_member, WRITE, false },
	{ 0 },
};
