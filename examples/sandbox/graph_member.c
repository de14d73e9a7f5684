/*
 * graph_member.c - who is in which Entra group, as Graph shows and changes it:
 * lists, the one membership as a resource, the check of any way in. Lag is in
 * member.c.
 */
#include "graph.h"

#include <string.h>

#include "world.h"

#define MEMBER_DEFAULTS                                                        \
	"id,displayName,givenName,jobTitle,mail,mobilePhone,surname,"          \
	"userPrincipalName"

bool graph_member_set(const char *group, const char *user, bool present,
	const cJSON *actor)
{
	if (!member_set("entra", group, user, present))
		return false;
	graph_log_member(group, user, present, actor);
	return true;
}

void graph_delete_user(cJSON *user)
{
	member_forget_user("entra", json_str(user, "id"));
	cJSON_Delete(cJSON_DetachItemViaPointer(
		json_get(graph_tenant(), "users"), user));
}

/* ---- Reading ---- */

static cJSON *member_shown(const struct exchange *x, const cJSON *object,
	const char *type)
{
	cJSON *shown = json_make("{ss}", "@odata.type", type);
	autojson *chosen = graph_chosen(x, object, MEMBER_DEFAULTS);
	const cJSON *one;

	cJSON_ArrayForEach(one, chosen)
		json_put(shown, one->string, cJSON_Duplicate(one, true));
	return shown;
}

static void put_users(struct exchange *x, const cJSON *group, cJSON *list)
{
	struct member_seen seen;
	const cJSON *user;

	member_seen_read("entra", json_str(group, "id"),
		member_next_read("entra"), &seen);
	cJSON_ArrayForEach(user, json_get(graph_tenant(), "users"))
		if (member_seen_has(&seen, json_str(user, "id")))
			json_push(list, member_shown(x, user,
				"#microsoft.graph.user"));
	member_seen_clear(&seen);
}

/* Groups within the group come among the users. */
static void list_members(struct exchange *x)
{
	const cJSON *group = graph_group_or_404(x, x->arg[0]);
	const cJSON *inner;
	cJSON *list;

	if (group == NULL)
		return;
	list = cJSON_CreateArray();
	cJSON_ArrayForEach(inner, json_get(group, "x-groups"))
		json_push(list, member_shown(x,
			graph_group(cJSON_GetStringValue(inner)),
			"#microsoft.graph.group"));
	put_users(x, group, list);
	graph_page(x, list, "directoryObjects");
}

static void no_reference(struct exchange *x, const char *id)
{
	graph_error(x, 404, "Request_ResourceNotFound", "Resource '%s' does "
		"not exist or one of its queried reference-property objects "
		"are not present.", id);
}

static void reply_reference(struct exchange *x, const char *id,
	const char *type)
{
	autotext *context = text("%s/v1.0/$metadata#directoryObjects/$entity",
		x->base);
	autotext *odata = text("#microsoft.graph.%s", type);
	autotext *url = text("%s/v2/%s/directoryObjects/%s", x->base,
		json_str(graph_tenant(), "tenant"), id);

	reply_json(x, 200, json_make("{ss ss ss ss}", "@odata.context",
		context, "@odata.type", odata, "id", id, "url", url));
}

static void get_member(struct exchange *x)
{
	const cJSON *group = graph_group_or_404(x, x->arg[0]);
	const cJSON *user;

	if (group == NULL)
		return;
	if (json_has_text(json_get(group, "x-groups"), x->arg[1])) {
		reply_reference(x, x->arg[1], "group");
		return;
	}
	user = graph_user_or_404(x, x->arg[1]);
	if (user == NULL)
		return;
	if (member_seen("entra", x->arg[0], json_str(user, "id"),
		    member_next_read("entra")))
		reply_reference(x, json_str(user, "id"), "user");
	else
		no_reference(x, json_str(user, "id"));
}

static bool in_any_way(const cJSON *group, const char *user, bool odd)
{
	const cJSON *inner;

	if (member_seen("entra", json_str(group, "id"), user, odd))
		return true;
	cJSON_ArrayForEach(inner, json_get(group, "x-groups"))
		if (in_any_way(graph_group(cJSON_GetStringValue(inner)), user,
			    odd))
			return true;
	return false;
}

static void check_groups(struct exchange *x)
{
	const cJSON *user = graph_user_or_404(x, x->arg[0]);
	const cJSON *asked = json_get(x->json, "groupIds");
	bool odd = member_next_read("entra");
	cJSON *found;
	const cJSON *one;

	if (user == NULL)
		return;
	if (!cJSON_IsArray(asked) || cJSON_GetArraySize(asked) > 20) {
		graph_error(x, 400, "Request_BadRequest",
			"Invalid value specified for property 'groupIds'.");
		return;
	}
	found = cJSON_CreateArray();
	cJSON_ArrayForEach(one, asked) {
		const cJSON *group = graph_group(cJSON_GetStringValue(one));

		if (group != NULL &&
			in_any_way(group, json_str(user, "id"), odd))
			json_push_str(found, json_str(group, "id"));
	}
	autotext *context = text("%s/v1.0/$metadata#Collection(Edm.String)",
		x->base);
	reply_json(x, 200, json_make("{ss so}", "@odata.context", context,
		"value", found));
}

/* ---- Changing ---- */

static bool is_dynamic(const cJSON *group)
{
	return json_has_text(json_get(group, "groupTypes"),
		"DynamicMembership");
}

/* By a permission for all groups, or as this one's owner. */
static bool may_change(struct exchange *x, const cJSON *group)
{
	bool granted = graph_may(x, "GroupMember.ReadWrite.All") ||
		json_has_text(json_get(x->actor, "owns"),
			json_str(group, "id"));

	if (!granted || json_true(group, "isManagementRestricted") ||
		(json_true(group, "isAssignableToRole") &&
			!graph_may(x, "RoleManagement.ReadWrite.Directory")))
		graph_denied(x);
	else if (json_true(group, "onPremisesSyncEnabled"))
		graph_error(x, 400, "Request_BadRequest", "Unable to update "
			"the specified properties for on-premises mastered "
			"Directory Sync objects or objects currently "
			"undergoing migration.");
	else if (is_dynamic(group))
		graph_error(x, 400, "Request_BadRequest", "Insufficient "
			"privileges to update the members of a dynamic group.");
	else if (json_true(group, "mailEnabled") &&
		!json_has_text(json_get(group, "groupTypes"), "Unified"))
		graph_error(x, 400, "Request_BadRequest", "Cannot Update a "
			"mail-enabled security groups and or distribution "
			"list.");
	else
		return true;
	return false;
}

/* The id at the end of ".../v1.0/directoryObjects/ID"; NULL: answered. */
static const char *reference(struct exchange *x)
{
	const char *link = json_str(x->json, "@odata.id");
	autotext *begin = text("%s/v1.0/directoryObjects/", x->base);

	if (link != NULL && strncmp(link, begin, strlen(begin)) == 0)
		return link + strlen(begin);
	graph_error(x, 400, "Request_BadRequest", x->body_len == 0
		? "An unexpected 'EndOfInput' node was found for property "
		  "named '@odata.id' when reading from the JSON reader."
		: "Invalid object identifier.");
	return NULL;
}

static void add_member(struct exchange *x)
{
	const cJSON *group = graph_group_or_404(x, x->arg[0]);
	const char *id = group != NULL ? reference(x) : NULL;
	const cJSON *user = id != NULL ? graph_user_or_404(x, id) : NULL;

	if (user == NULL || !may_change(x, group))
		return;
	if (!graph_member_set(x->arg[0], json_str(user, "id"), true, x->actor))
		graph_error(x, 400, "Request_BadRequest", "One or more added "
			"object references already exist for the following "
			"modified properties: 'members'.");
	else
		reply_empty(x, 204);
}

/* "/$ref" was forgotten. */
static void add_nothing(struct exchange *x)
{
	graph_error(x, 400, "Request_BadRequest",
		"Write requests are only supported on contained entities");
}

static void remove_member(struct exchange *x)
{
	const cJSON *group = graph_group_or_404(x, x->arg[0]);
	const cJSON *user = group != NULL ? graph_user_or_404(x, x->arg[1])
					  : NULL;

	if (user == NULL || !may_change(x, group))
		return;
	if (graph_member_set(x->arg[0], json_str(user, "id"), false, x->actor))
		reply_empty(x, 204);
	else if (json_int(graph_tenant(), "removeNonMember", 404) == 400)
		graph_error(x, 400, "Request_BadRequest", "One or more "
			"removed object references do not exist for the "
			"following modified properties: 'members'.");
	else
		no_reference(x, json_str(user, "id"));
}

/* "/$ref" was forgotten: this is the user, not the membership. */
static void remove_user(struct exchange *x)
{
	cJSON *user = graph_user_or_404(x, x->arg[1]);

	if (user == NULL)
		return;
	graph_delete_user(user);
	reply_empty(x, 204);
}

const struct route graph_member_routes[] = {
	{ "GET", "/v1.0/groups/{}/members", list_members,
		"GroupMember.Read.All", false },
	{ "POST", "/v1.0/users/{}/checkMemberGroups", check_groups,
		"GroupMember.Read.All", false },
	{ "POST", "/v1.0/groups/{}/members/$ref", add_member, NULL, false },
	{ "POST", "/v1.0/groups/{}/members", add_nothing, NULL, false },
	{ "GET", "/v1.0/groups/{}/members/{}/$ref", get_member,
		"GroupMember.Read.All", false },
	{ "DELETE", "/v1.0/groups/{}/members/{}/$ref", remove_member, NULL,
		false },
	{ "DELETE", "/v1.0/groups/{}/members/{}", remove_user,
		"User.ReadWrite.All", false },
	{ 0 },
};
