/*
 * okta_log.c - the System Log of an Okta org: who changed a group, and who
 * signed on to what.
 * Source: Okta API, "System Log query"; Management API 2026.06.3.
 */
#include "okta.h"

#include <string.h>

#include "clock.h"
#include "journal.h"
#include "scim.h"
#include "world.h"

#define KEPT_DAYS 90
#define ASKED_DAYS 180		/* older than that may not be asked about */

static cJSON *user_shown(const cJSON *user)
{
	const cJSON *profile = json_get(user, "profile");

	return json_make("{ss ss ss ss}", "id", json_str(user, "id"), "type",
		"User", "alternateId", json_str(profile, "login"),
		"displayName", json_str(profile, "displayName"));
}

/* A person, by the token or in the console; an application; or a rule. */
static cJSON *actor_shown(const cJSON *actor)
{
	const char *id = json_str(actor, "id");
	const cJSON *user = world_okta_user(id);

	if (user != NULL)
		return user_shown(user);
	return json_make("{ss ss ss ss}", "id", id != NULL ? id : "system",
		"type", id != NULL ? "PublicClientApp" : "SystemPrincipal",
		"alternateId", id != NULL ? id : "system@okta.com",
		"displayName", id != NULL ? json_str(actor, "label")
					  : "Okta System");
}

static void add(const char *type, const char *message, int64_t at_ms,
	cJSON *actor, cJSON *targets)
{
	autotext *at = clock_okta(at_ms);
	autotext *uuid = world_opaque("", 32);

	journal_add("okta", "log", at_ms, json_make(
		"{so ss ss ss ss ss ss s{ss} s{ssss} so}", "actor", actor,
		"eventType", type, "displayMessage", message, "severity",
		"INFO", "published", at, "uuid", uuid, "version", "0",
		"outcome", "result", "SUCCESS", "transaction", "type", "WEB",
		"id", uuid, "target", targets));
}

void okta_log_member(const char *group, const char *user, bool present,
	const cJSON *actor)
{
	const cJSON *where = json_get(world_okta_group(group), "profile");

	add(present ? "group.user_membership.add"
		    : "group.user_membership.remove",
		present ? "Add user to group membership"
			: "Remove user from group membership",
		clock_ms(), actor_shown(actor),
		json_make("[o{ss ss ss ss}]",
			user_shown(world_okta_user(user)), "id", group,
			"type", "UserGroup", "alternateId", "unknown",
			"displayName", json_str(where, "name")));
}

/* To an application inside a session nobody signs in to Okta anew. */
void okta_signed_on(cJSON *user, const char *app, int64_t at_ms)
{
	autotext *at = clock_okta(at_ms);

	if (app == NULL)
		json_put_str(user, "lastLogin", at);
	else
		add("user.authentication.sso", "User single sign on to app",
			at_ms, user_shown(user),
			json_make("[{ss ss ss ss}]", "id", app, "type",
				"AppInstance", "alternateId", app,
				"displayName", app));
}

/* True where the time is absent. */
static bool read_time(struct exchange *x, const char *name, int64_t otherwise,
	int64_t *ret_ms)
{
	const char *given = param(x, name);

	*ret_ms = otherwise;
	return given == NULL || clock_parse_iso(given, ret_ms);
}

/* A filter that is none keeps every line: okta_keep() says so then. */
static bool may_fit(const cJSON *event, const char *filter)
{
	return filter == NULL || scim_matches(filter, event, false) != 0;
}

static cJSON *between(int64_t since, int64_t until, bool descending,
	const char *filter)
{
	autojson *all = journal_read("okta", "log", KEPT_DAYS, since, may_fit,
		filter);
	cJSON *list = cJSON_CreateArray();

	while (all->child != NULL) {
		cJSON *event = cJSON_DetachItemViaPointer(all, descending
			? all->child : all->child->prev);
		int64_t at = 0;

		clock_parse_iso(json_str(event, "published"), &at);
		if (at >= since && at < until)
			json_push(list, event);
		else
			cJSON_Delete(event);
	}
	return list;
}

/* With `after` the link says where to go on, and since has no say. */
static void list_logs(struct exchange *x)
{
	const char *filter = param(x, "filter");
	bool more = param(x, "after") != NULL;
	int64_t day = 24 * 60 * 60 * (int64_t)1000;
	int64_t since, until;
	cJSON *list;

	if (journal_refused("okta")) {
		okta_error(x, 403, "E0000006", "You do not have permission to "
			"perform the requested action");
		return;
	}
	if (more && param(x, "since") != NULL) {
		okta_error(x, 400, "E0000001", "Api validation failed: "
			"since and after exclude each other");
		return;
	}
	if (!read_time(x, "until", INT64_MAX, &until) || !read_time(x, "since",
		more ? 0 : clock_ms() - 7 * day, &since) ||
		(!more && since < clock_ms() - ASKED_DAYS * day)) {
		okta_error(x, 400, "E0000053", "Invalid date");
		return;
	}
	list = between(since, until, same(param(x, "sortOrder"),
		"DESCENDING"), filter);
	if (filter != NULL && !okta_keep(list, filter, false)) {
		cJSON_Delete(list);
		okta_error(x, 400, "E0000053", "Invalid filter '%s'", filter);
		return;
	}
	okta_page(x, list, 100);
}

const struct route okta_log_routes[] = {
	{ "GET", "/api/v1/logs", list_logs, "okta.logs.read", false },
	{ 0 },
};
