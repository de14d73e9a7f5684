/*
 * google_identity.c - Cloud Identity: what kind a group is, and when a
 * membership ends by itself. Its names for groups and members are not those
 * of the Directory API.
 * Source: Cloud Identity API v1, revision 20260113.
 */
#include "google.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "world.h"

#define READ "cloud-identity.groups.readonly cloud-identity.groups"
#define WRITE "cloud-identity.groups"
#define MODIFY ":modifyMembershipRoles"

void google_identity_error(struct exchange *x, int status, const char *word,
	const char *format, ...)
{
	char *message = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&message, format, list) < 0)
		abort();
	va_end(list);
	reply_json(x, status, json_make("{s{si ss ss}}", "error", "code",
		status, "message", message, "status", word));
	free(message);
}

static void plain_error(struct exchange *x, int status)
{
	static const struct {
		int status;
		const char *word;
	} known[] = {
		{ 400, "INVALID_ARGUMENT" }, { 401, "UNAUTHENTICATED" },
		{ 403, "PERMISSION_DENIED" }, { 404, "NOT_FOUND" },
		{ 409, "ABORTED" }, { 429, "RESOURCE_EXHAUSTED" },
		{ 503, "UNAVAILABLE" }, { 0, "INTERNAL" },
	};
	size_t i = 0;

	while (known[i].status != 0 && known[i].status != status)
		i++;
	google_identity_error(x, status, known[i].word, "%s", known[i].word);
}

static void limited(struct exchange *x, const cJSON *fault)
{
	(void)fault;
	plain_error(x, 429);
}

/* ---- Groups ---- */

static cJSON *group_shown(const cJSON *group)
{
	autotext *name = text("groups/%s", json_str(group, "x-ci"));
	cJSON *labels = cJSON_CreateObject();
	const cJSON *label;

	json_put_str(labels, "cloudidentity.googleapis.com/"
		"groups.discussion_forum", "");
	cJSON_ArrayForEach(label, json_get(group, "x-labels")) {
		autotext *key = text("cloudidentity.googleapis.com/groups.%s",
			label->valuestring);

		json_put_str(labels, key, "");
	}
	cJSON *shown = json_make("{ss s{ss} ss so}", "name", name, "groupKey",
		"id", json_str(group, "email"), "displayName",
		json_str(group, "name"), "labels", labels);
	if (json_has_text(json_get(group, "x-labels"), "dynamic"))
		json_put(shown, "dynamicGroupMetadata", json_make(
			"{s[{ss ss}] s{ss}}", "queries", "resourceType",
			"USER", "query", "user.is_enrolled_in_2sv", "status",
			"status", "UP_TO_DATE"));
	return shown;
}

static void list_groups(struct exchange *x)
{
	autotext *own = text("customers/%s",
		json_str(world_google(), "customerId"));
	cJSON *list;
	const cJSON *group;

	if (!same(param(x, "parent"), own)) {
		google_identity_error(x, 403, "PERMISSION_DENIED",
			"Error(2028): Permission denied for resource %s (or "
			"it may not exist).", param(x, "parent") != NULL
				? param(x, "parent") : "");
		return;
	}
	list = cJSON_CreateArray();
	cJSON_ArrayForEach(group, json_get(world_google(), "groups"))
		json_push(list, group_shown(group));
	google_page(x, cJSON_CreateObject(), "groups", list, "pageSize",
		same(param(x, "view"), "FULL") ? 50 : 200,
		same(param(x, "view"), "FULL") ? 500 : 1000);
}

/* What does not exist is forbidden here. */
static cJSON *group_or_403(struct exchange *x, const char *any, bool by_name)
{
	cJSON *group = google_group(any);

	if (group != NULL && by_name && !same(json_str(group, "x-ci"), any))
		group = NULL;
	if (group == NULL)
		google_identity_error(x, 403, "PERMISSION_DENIED",
			"Error(2028): Permission denied for resource groups/%s "
			"(or it may not exist).", any != NULL ? any : "");
	return group;
}

static void look_up_group(struct exchange *x)
{
	const cJSON *group = group_or_403(x, param(x, "groupKey.id"), false);
	autotext *name = text("groups/%s", json_str(group, "x-ci"));

	if (group != NULL)
		google_reply(x, json_make("{ss}", "name", name));
}

static void get_group(struct exchange *x)
{
	const cJSON *group = group_or_403(x, x->arg[0], true);

	if (group != NULL)
		google_reply(x, group_shown(group));
}

/* ---- Memberships ---- */

static char *member_name(const cJSON *group, const cJSON *user)
{
	return text("groups/%s/memberships/0m%s", json_str(group, "x-ci"),
		json_str(user, "id"));
}

/* NULL: answered. */
static cJSON *member_or_404(struct exchange *x, const cJSON *group,
	const char *key)
{
	cJSON *user = google_user(key);

	if (user != NULL && member_is("google", json_str(group, "id"),
		json_str(user, "id")))
		return user;
	google_identity_error(x, 404, "NOT_FOUND",
		"Error(4001): the membership does not exist.");
	return NULL;
}

static void look_up_member(struct exchange *x)
{
	const cJSON *group = group_or_403(x, x->arg[0], true);
	const cJSON *user = group == NULL ? NULL
		: member_or_404(x, group, param(x, "memberKey.id"));
	autotext *name = user != NULL ? member_name(group, user) : NULL;

	if (user != NULL)
		google_reply(x, json_make("{ss}", "name", name));
}

static cJSON *ends_of(const cJSON *group)
{
	return json_map(json_map(world_google(), "expiries"),
		json_str(group, "id"));
}

static cJSON *member_shown(const cJSON *group, const cJSON *user)
{
	const char *id = json_str(user, "id");
	int64_t end = json_int(ends_of(group), id, 0);
	autotext *name = member_name(group, user);
	autotext *at = clock_okta(end * 1000);
	const char *role = google_role(json_str(group, "id"), id);
	cJSON *roles = json_make("[{ss}]", "name", "MEMBER");

	if (end > 0)
		json_put(roles->child, "expiryDetail", json_make("{ss}",
			"expireTime", at));
	if (!same(role, "MEMBER"))
		json_push(roles, json_make("{ss}", "name", role));
	return json_make("{ss s{ss} so ss ss ss}", "name", name,
		"preferredMemberKey", "id", json_str(user, "primaryEmail"),
		"roles", roles, "createTime", "2026-01-05T19:16:43.000000Z",
		"updateTime", "2026-01-05T19:16:43.000000Z", "type", "USER");
}

/* The member that the path names: arg[1] up to a colon. */
static cJSON *named_member(struct exchange *x, const cJSON *group)
{
	autotext *id = strndup(x->arg[1], strcspn(x->arg[1], ":"));

	return member_or_404(x, group, strncmp(id, "0m", 2) == 0 ? id + 2
								 : "");
}

static void get_member(struct exchange *x)
{
	const cJSON *group = group_or_403(x, x->arg[0], true);
	const cJSON *user = group != NULL ? named_member(x, group) : NULL;

	if (user != NULL)
		google_reply(x, member_shown(group, user));
}

static void refuse(struct exchange *x, const char *why)
{
	google_identity_error(x, 400, "INVALID_ARGUMENT", "Error(2006): %s",
		why);
}

/* The end that the body asks for, 0 to clear it; false: answered. */
static bool asked_end(struct exchange *x, int64_t *ret_s)
{
	const cJSON *update = cJSON_GetArrayItem(json_get(x->json,
		"updateRolesParams"), 0);
	const char *mask = json_str(update, "fieldMask");
	const cJSON *role = json_get(update, "membershipRole");
	const cJSON *end = json_get(json_get(role, "expiryDetail"),
		"expireTime");
	int64_t at_ms = 0;

	if (!same(mask, "expiryDetail.expireTime") &&
		!same(mask, "expiryDetail.expire_time"))
		refuse(x, "only expiry_detail.expire_time can be updated.");
	else if (!same(json_str(role, "name"), "MEMBER"))
		refuse(x, "only MEMBER can have an expiry.");
	else if (cJSON_IsString(end) &&
		!clock_parse_iso(end->valuestring, &at_ms))
		refuse(x, "the time cannot be read.");
	else if (cJSON_IsString(end) && at_ms <= clock_ms())
		refuse(x, "the expiry must be in the future.");
	else {
		*ret_s = at_ms / 1000;
		return true;
	}
	return false;
}

static void modify(struct exchange *x)
{
	const char *verb = strchr(x->arg[1], ':');
	const cJSON *group = group_or_403(x, x->arg[0], true);
	const cJSON *user = group != NULL ? named_member(x, group) : NULL;
	int64_t end = 0;

	if (user == NULL)
		return;
	if (!same(verb, MODIFY)) {
		plain_error(x, 404);
		return;
	}
	if (cJSON_IsFalse(json_get(world_google(), "licence"))) {
		google_identity_error(x, 403, "PERMISSION_DENIED",
			"Error(3005): the customer's edition has no expiring "
			"memberships.");
		return;
	}
	if (!asked_end(x, &end))
		return;
	if (!same(google_role(json_str(group, "id"), json_str(user, "id")),
		"MEMBER")) {
		google_identity_error(x, 400, "FAILED_PRECONDITION",
			"Error(2005): only plain members can have an expiry.");
		return;
	}
	if (end > 0)
		json_put_int(ends_of(group), json_str(user, "id"), end);
	else
		cJSON_DeleteItemFromObjectCaseSensitive(ends_of(group),
			json_str(user, "id"));
	google_reply(x, json_make("{so}", "membership",
		member_shown(group, user)));
}

static const struct route routes[] = {
	{ "GET", "/v1/groups", list_groups, READ, false },
	{ "GET", "/v1/groups:lookup", look_up_group, READ, false },
	{ "GET", "/v1/groups/{}", get_group, READ, false },
	{ "GET", "/v1/groups/{}/memberships:lookup", look_up_member, READ,
		false },
	{ "GET", "/v1/groups/{}/memberships/{}", get_member, READ, false },
	{ "POST", "/v1/groups/{}/memberships/{}", modify, WRITE, false },
	{ 0 },
};

static const struct route *const tables[] = { routes, NULL };

const struct service google_identity_service = {
	.name = "google-identity",
	.family = "google",
	.variable = "SANDBOX_GOOGLE_IDENTITY",
	.tables = tables,
	.authorise = google_authorise,
	.error = plain_error,
	.limited = limited,
};
