#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "moves.h"
#include "people.h"

enum {
	STANDING = 2000,
	LATE_S = 600,			/* what is promised */
};

struct watched watched;

static struct {
	char group[ID];
	char user[ID];
	int64_t since;			/* 0: removed */
} standing[STANDING];
static int n_standing;

static struct {
	int64_t minute;
	int okta, jira;
} now_in;

static char *morning;

void watch_begin(void)
{
	moves_must(NULL, "GET", "/okta/memberships?as=text", "%s", "");
	morning = strdup(moves_reply());
	moves_must(NULL, "DELETE", "/log", "%s", "");
}

bool watch_as_before(void)
{
	bool same;

	moves_must(NULL, "GET", "/okta/memberships?as=text", "%s", "");
	same = morning != NULL && strlen(morning) > 0 &&
		strlen(morning) == strlen(moves_reply());
	/* The order may be another: each line of one stands in the other. */
	for (char *line = morning; same && *line != '\0';) {
		size_t len = strcspn(line, "\n") + 1;
		char one[64];

		snprintf(one, sizeof(one), "%.*s", (int)len, line);
		same = strstr(moves_reply(), one) != NULL;
		line += len;
	}
	return same;
}

/* ---- Calls a minute ---- */

static int64_t epoch_of(const char *at)
{
	struct tm tm = {0};

	if (sscanf(at, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon,
		&tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		die("'%s': no time", at);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return (int64_t)timegm(&tm);
}

static void count(bool okta, int64_t at)
{
	if (at / 60 != now_in.minute) {
		now_in.minute = at / 60;
		now_in.okta = 0;
		now_in.jira = 0;
	}
	now_in.okta += okta;
	now_in.jira += !okta;
	watched.okta_calls += okta;
	watched.jira_calls += !okta;
	if (now_in.okta > watched.okta_minute_max)
		watched.okta_minute_max = now_in.okta;
	if (now_in.jira > watched.jira_minute_max)
		watched.jira_minute_max = now_in.jira;
}

/* ---- How long a membership stood ---- */

static bool covers(const struct ask *a, const char *group, const char *user)
{
	char id[ID];

	staff_user(a->person, id);
	return strcmp(id, user) == 0 && role_gives(a->role, group);
}

/* The whole time that was approved for one membership, one after the other or
 * beside each other, and when the first approval came. */
static int64_t approved_s(const char *group, const char *user,
	int64_t *ret_first)
{
	int64_t longest = 0;

	*ret_first = INT64_MAX;
	for (int i = 0; i < n_asks; i++) {
		const struct ask *a = &asks[i];
		int64_t from = a->approved_at;
		int64_t for_s = a->for_s;

		if (role_asks_nobody(a->role))
			from = a->filed_at;
		if (!covers(a, group, user) || from == 0)
			continue;
		for (const struct ask *of = a; of->of >= 0;) {
			of = &asks[of->of];
			for_s += of->for_s;
		}
		if (for_s > longest)
			longest = for_s;
		if (from < *ret_first)
			*ret_first = from;
	}
	return longest;
}

static void added(const char *group, const char *user, int64_t at)
{
	int64_t first;

	watched.adds++;
	if (approved_s(group, user, &first) == 0 || first > at)
		snprintf(watched.strange, sizeof(watched.strange),
			"%s in %s: nobody had approved it", user, group);
	for (int i = 0; i < n_standing; i++)
		if (standing[i].since != 0 &&
			strcmp(standing[i].group, group) == 0 &&
			strcmp(standing[i].user, user) == 0)
			return;
	if (n_standing == STANDING)
		die("too many memberships");
	snprintf(standing[n_standing].group, ID, "%s", group);
	snprintf(standing[n_standing].user, ID, "%s", user);
	standing[n_standing++].since = at;
}

/* Several that overlap are as long as all of them at most: the newest ask
 * began later. */
static int64_t latest_end(const char *group, const char *user, int64_t since)
{
	int64_t end = 0;

	for (int i = 0; i < n_asks; i++) {
		const struct ask *a = &asks[i];
		int64_t from = a->granted_at != 0 ? a->granted_at : since;
		int64_t for_s = a->for_s;

		if (!covers(a, group, user))
			continue;
		for (const struct ask *of = a; of->of >= 0;) {
			of = &asks[of->of];
			from = of->granted_at;
			for_s += of->for_s;
		}
		if (from < since)
			from = since;
		if (from + for_s > end)
			end = from + for_s;
	}
	return end;
}

static void removed(const char *group, const char *user, int64_t at)
{
	watched.removes++;
	for (int i = 0; i < n_standing; i++) {
		int64_t end;

		if (standing[i].since == 0 ||
			strcmp(standing[i].group, group) != 0 ||
			strcmp(standing[i].user, user) != 0)
			continue;
		end = latest_end(group, user, standing[i].since);
		if (at - end > watched.latest_s || watched.removes == 1)
			watched.latest_s = at - end;
		if (at - end > LATE_S)
			snprintf(watched.late, sizeof(watched.late),
				"%s in %s: %lld s longer than approved", user,
				group, (long long)(at - end));
		standing[i].since = 0;
	}
}

static void change(const char *method, const char *path, int64_t at)
{
	char group[ID], user[ID];

	if (sscanf(path, "/api/v1/groups/%39[^/]/users/%39[^/]", group,
		user) != 2)
		return;
	if (strcmp(method, "PUT") == 0)
		added(group, user, at);
	else if (strcmp(method, "DELETE") == 0)
		removed(group, user, at);
}

/* ---- Lists ---- */

static const char *value(const cJSON *line, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(line,
		name));

	return text != NULL ? text : "";
}

/* All users, all groups, or the members of a group. One user sought by name
 * is no list. */
static bool is_list(const cJSON *line)
{
	const char *path = value(line, "path");
	const char *query = value(line, "query");
	char group[64];
	int end = 0;

	if (strcmp(value(line, "method"), "GET") != 0)
		return false;
	if (strcmp(path, "/api/v1/users") == 0)
		return strstr(query, "filter=") == NULL &&
			strstr(query, "search=") == NULL;
	return strcmp(path, "/api/v1/groups") == 0 ||
		(sscanf(path, "/api/v1/groups/%63[^/]/users%n", group,
			 &end) == 1 && end > 0 && path[end] == '\0');
}

/* A call of the observation half: after its first list come groups, members
 * and holders. Someone's own groups are what changes are verified by, which
 * may take all of the limit. */
static bool is_observing(const cJSON *line, int lists)
{
	const char *path = value(line, "path");
	size_t len = strlen(path);

	return lists > 0 && strcmp(value(line, "method"), "GET") == 0 &&
		(strncmp(path, "/api/v1/users/", 14) != 0 || len < 7 ||
			strcmp(path + len - 7, "/groups") != 0);
}

/* What the request half begins with, and goes on with: the fresh read of each
 * issue, which asks for many fields. */
static bool is_request(const cJSON *line)
{
	const char *path = value(line, "path");

	return strncmp(path, "/rest/api/3/search", 18) == 0 ||
		(strcmp(value(line, "method"), "GET") == 0 &&
			strncmp(path, "/rest/api/3/issue/", 18) == 0 &&
			strstr(value(line, "query"), "issuelinks") != NULL);
}

void watch_run(bool observes)
{
	cJSON *log;
	const cJSON *line;
	int lists = 0;

	moves_must(NULL, "GET", "/log", "%s", "");
	log = cJSON_Parse(moves_reply());
	if (!cJSON_IsArray(log))
		die("the log cannot be read");
	cJSON_ArrayForEach(line, log) {
		bool okta = strcmp(value(line, "family"), "okta") == 0;
		int64_t at = epoch_of(value(line, "at"));

		count(okta, at);
		if (okta && cJSON_GetObjectItem(line, "status")->valueint < 300)
			change(value(line, "method"), value(line, "path"), at);
		if (okta && is_list(line)) {
			lists++;
			watched.lists_in_requests += !observes;
		} else if (!okta && is_request(line) && lists > 0) {
			watched.lists_in_requests += lists;
		}
		watched.rules += okta && lists == 0 && !observes &&
			strcmp(value(line, "path"), "/api/v1/groups/rules") ==
				0;
		if (okta && is_observing(line, lists) &&
			now_in.okta > watched.observed_max)
			watched.observed_max = now_in.okta;
	}
	watched.lists += lists;
	watched.list_ticks += lists > 0;
	cJSON_Delete(log);
	moves_must(NULL, "DELETE", "/log", "%s", "");
}
