/*
 * google_log.c - the Admin log of a Google Workspace, as the Reports API shows
 * it: who changed a group. It knows everybody by address.
 * Source: Reports API reports_v1, revision 20260317.
 */
#include "google.h"

#include <string.h>
#include <strings.h>

#include "clock.h"
#include "journal.h"
#include "world.h"

#define KEPT_DAYS 180

void google_log_member(const char *group, const char *user, bool present,
	const cJSON *actor)
{
	autotext *at = clock_okta(clock_ms());
	autotext *unique = text("-%lld", (long long)world_next("activity"));
	const char *address = json_str(actor, "primaryEmail");
	cJSON *who = address == NULL
		? json_make("{ss ss}", "callerType", "KEY", "key", "SYSTEM")
		: json_make("{ss ss ss}", "callerType", "USER", "email",
			address, "profileId", json_str(actor, "id"));

	journal_add("google", "admin", clock_ms(), json_make(
		"{ss s{ss ss ss ss} so s[{ss ss s[{ss ss}{ss ss}]}]}",
		"kind", "admin#reports#activity", "id", "time", at,
		"uniqueQualifier", unique, "applicationName", "admin",
		"customerId", json_str(world_google(), "customerId"), "actor",
		who, "events", "type", "GROUP_SETTINGS", "name",
		present ? "ADD_GROUP_MEMBER" : "REMOVE_GROUP_MEMBER",
		"parameters", "name", "USER_EMAIL", "value",
		json_str(google_user(user), "primaryEmail"), "name",
		"GROUP_EMAIL", "value",
		json_str(google_group(group), "email")));
}

/* Google's own sign-in is all that it shows of its users' uses. */
void google_signed_on(cJSON *user, const char *app, int64_t at_ms)
{
	autotext *at = clock_okta(at_ms);

	(void)app;
	json_put_str(user, "lastLoginTime", at);
}

static const cJSON *event_of(const cJSON *activity)
{
	return cJSON_GetArrayItem(json_get(activity, "events"), 0);
}

/* NAME==VALUE[,...]; what is not known is no filter. */
static bool fits(const cJSON *activity, const char *filters)
{
	autotext *copy = text_copy(filters != NULL ? filters : "");
	char *rest = copy;

	for (char *one; (one = strsep(&rest, ",")) != NULL;) {
		char *value = strstr(one, "==");
		const cJSON *parameter;

		if (value == NULL)
			continue;
		*value = '\0';
		parameter = json_find(json_get(event_of(activity),
			"parameters"), "name", one);
		if (parameter == NULL ||
			strcasecmp(json_str(parameter, "value"), value + 2) !=
				0)
			return false;
	}
	return true;
}

static bool after(const cJSON *activity, int64_t start_ms)
{
	int64_t at = 0;

	clock_parse_iso(json_str(json_get(activity, "id"), "time"), &at);
	return at >= start_ms;
}

static void list_activities(struct exchange *x)
{
	const char *start = param(x, "startTime");
	const char *name = param(x, "eventName");
	int64_t start_ms = 0;
	autojson *all = NULL;
	cJSON *list;
	const cJSON *one;

	if (journal_refused("google")) {
		google_error(x, 403, "forbidden",
			"Not Authorized to access this resource/api");
		return;
	}
	if (start != NULL && (!clock_parse_iso(start, &start_ms) ||
		start_ms >= clock_ms())) {
		google_error(x, 400, "invalid", "Invalid value for startTime");
		return;
	}
	all = journal_read("google", "admin", KEPT_DAYS, start_ms,
		NULL, NULL);
	list = cJSON_CreateArray();
	cJSON_ArrayForEach(one, all)
		if (after(one, start_ms) && fits(one, param(x, "filters")) &&
			(name == NULL || same(name,
				json_str(event_of(one), "name"))))
			json_push(list, cJSON_Duplicate(one, true));
	google_page(x, json_make("{ss}", "kind", "admin#reports#activities"),
		"items", list, "maxResults", 1000, 1000);
}

const struct route google_log_routes[] = {
	{ "GET", "/admin/reports/v1/activity/users/all/applications/admin",
		list_activities, "admin.reports.audit.readonly", false },
	{ 0 },
};
