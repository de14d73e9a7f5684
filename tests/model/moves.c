/* People's moves and the weather, each one call. */
#include "moves.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "world.h"

static struct {
	CURL *easy;
	struct curl_slist *headers;
	char jira[64];
	char control[64];
	char reply[1 << 20];
	size_t len;
	int lag_s;
	bool flap;
} m;

static size_t take(char *bytes, size_t size, size_t n, void *arg)
{
	(void)arg;
	if (size * n >= sizeof(m.reply) - m.len)
		return 0;
	memcpy(m.reply + m.len, bytes, size * n);
	m.len += size * n;
	m.reply[m.len] = '\0';
	return size * n;
}

void moves_open(const char *jira, const char *control)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	m.easy = curl_easy_init();
	m.headers = curl_slist_append(NULL, "Content-Type: application/json");
	snprintf(m.jira, sizeof(m.jira), "%s", jira);
	snprintf(m.control, sizeof(m.control), "%s", control);
	curl_easy_setopt(m.easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(m.easy, CURLOPT_HTTPHEADER, m.headers);
	curl_easy_setopt(m.easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(m.easy, CURLOPT_USERAGENT, "person");
}

long moves_call(const char *who, const char *method, const char *path,
	const char *body)
{
	char url[512];
	char login[128];
	long status = 0;
	CURLcode rc;

	snprintf(url, sizeof(url), "%s%s", who != NULL ? m.jira : m.control,
		path);
	snprintf(login, sizeof(login), "%s@acme.example:token-%s",
		who != NULL ? who : "", who != NULL ? who : "");
	curl_easy_setopt(m.easy, CURLOPT_URL, url);
	curl_easy_setopt(m.easy, CURLOPT_USERPWD, who != NULL ? login : NULL);
	curl_easy_setopt(m.easy, CURLOPT_POSTFIELDS, body);
	if (body == NULL)
		curl_easy_setopt(m.easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(m.easy, CURLOPT_CUSTOMREQUEST, method);
	m.len = 0;
	m.reply[0] = '\0';
	rc = curl_easy_perform(m.easy);
	if (rc != CURLE_OK)
		die("%s %s: %s", method, url, curl_easy_strerror(rc));
	curl_easy_getinfo(m.easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

const char *moves_reply(void)
{
	return m.reply;
}

void moves_must(const char *who, const char *method, const char *path,
	const char *fmt, ...)
{
	char body[1024];
	va_list args;
	long status;

	va_start(args, fmt);
	vsnprintf(body, sizeof(body), fmt, args);
	va_end(args);
	status = moves_call(who, method, path, body[0] != '\0' ? body : NULL);
	if (status < 200 || status > 299)
		die("%s %s: %ld %s", method, path, status, m.reply);
}

void moves_mark(void)
{
	moves_must(NULL, "POST", "/mark", "{}");
}

void moves_restart(void)
{
	m.lag_s = 0;
	moves_must(NULL, "POST", "/seed", "{}");
}

/* ---- People ---- */

static bool link_to(const char *who, const char *key, const char *other)
{
	char body[256];

	snprintf(body, sizeof(body), "{\"type\":{\"name\":\"Relates\"},"
		"\"inwardIssue\":{\"key\":\"%s\"},"
		"\"outwardIssue\":{\"key\":\"%s\"}}", other, key);
	return moves_call(who, "POST", "/rest/api/3/issueLink", body) == 201;
}

bool person_asks(int user, int role, const char *how_long, const char *link,
	char ret_key[KEY_MAX])
{
	const struct role_of *r = &roles[role];
	char body[512];
	const char *at;

	snprintf(body, sizeof(body), "{\"serviceDeskId\":\"4\","
		"\"requestTypeId\":\"25\",\"requestFieldValues\":{"
		"\"customfield_10200\":{\"value\":\"%s\",\"child\":{"
		"\"value\":\"%s\"}},\"summary\":\"Access\","
		"\"customfield_10202\":\"%s\",\"customfield_10204\":"
		"\"work\"}}", r->application, r->option, how_long);
	if (moves_call(user_names[user], "POST", "/rest/servicedeskapi/request",
		body) != 201)
		return false;
	at = strstr(m.reply, "\"issueKey\":\"");
	if (at == NULL || sscanf(at + 12, "%31[^\"]", ret_key) != 1)
		return false;
	return link == NULL || link_to(user_names[user], ret_key, link);
}

bool person_approves(int role, const char *key)
{
	char path[256];
	char id[64] = "";

	if (roles[role].approver == NULL)
		return false;
	snprintf(path, sizeof(path), "/jira/approval?as=text&key=%s", key);
	if (moves_call(NULL, "GET", path, NULL) != 200 ||
		sscanf(m.reply, "%63s", id) != 1 || strcmp(id, "none") == 0)
		return false;
	snprintf(path, sizeof(path), "/rest/servicedeskapi/request/%s"
		"/approval/%s", key, id);
	return moves_call(roles[role].approver, "POST", path,
		"{\"decision\":\"approve\"}") == 200;
}

bool person_ends(int user, const char *key)
{
	char path[256];
	long status;

	snprintf(path, sizeof(path), "/rest/servicedeskapi/request/%s"
		"/transition", key);
	status = moves_call(user_names[user], "POST", path, "{\"id\":\"51\"}");
	return status >= 200 && status <= 299;
}

/* Whoever looks at the console sees what he did at once. */
void console_set(int group, int user, bool present)
{
	if (m.lag_s > 0)
		moves_must(NULL, "POST", "/lag", "{\"service\":\"okta\","
			"\"seconds\":0}");
	moves_must(NULL, "POST", "/okta/membership", "{\"group\":\"%s\","
		"\"user\":\"%s\",\"present\":%s}", group_ids[group],
		user_ids[user], present ? "true" : "false");
	if (m.lag_s > 0)
		lag(m.lag_s, m.flap);
}

void console_status(int user, const char *status)
{
	moves_must(NULL, "POST", "/okta/user", "{\"id\":\"%s\",\"status\":\"%s\"}",
		user_ids[user], status);
}

/* ---- Weather ---- */

void fault(const char *json)
{
	moves_must(NULL, "POST", "/fault", "%s", json);
}

void no_faults(void)
{
	moves_must(NULL, "DELETE", "/fault", "%s", "");
}

void lag(int seconds, bool flap)
{
	m.lag_s = seconds;
	m.flap = flap;
	moves_must(NULL, "POST", "/lag", "{\"service\":\"okta\",\"seconds\":%d,"
		"\"flap\":%s}", seconds, flap ? "true" : "false");
}

void date_header(bool there)
{
	moves_must(NULL, "POST", "/clock/date", "{\"mode\":\"%s\"}",
		there ? "normal" : "absent");
}

/* ---- What is so ---- */

void members(bool ret[GROUPS][USERS])
{
	memset(ret, 0, sizeof(bool) * GROUPS * USERS);
	moves_must(NULL, "GET", "/okta/memberships?as=text", "%s", "");
	for (int g = 0; g < GROUPS; g++)
		for (int u = 0; u < USERS; u++) {
			char line[64];

			snprintf(line, sizeof(line), "%s %s\n", group_ids[g],
				user_ids[u]);
			ret[g][u] = strstr(m.reply, line) != NULL;
		}
}

const char *comments(const char *key)
{
	char path[128];

	snprintf(path, sizeof(path), "/jira/comments?as=text&issue=%s", key);
	moves_must(NULL, "GET", path, "%s", "");
	return m.reply;
}
