/*
 * slack.c - a Slack workspace: who is in it, and what an app may do there.
 * Messages and reactions are in slack_message.c, people's own moves in
 * control_slack.c. Source: Slack's Web API description, 2021, and
 * docs.slack.dev.
 */
#include "slack.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "world.h"

#define ALL_SCOPES                                                             \
	"chat:write,im:write,im:read,im:history,channels:history,"            \
	"groups:history,"                                                      \
	"reactions:read,users:read,users:read.email"

cJSON *slack_all(void)
{
	return json_get(world_all(), "slack");
}

void slack_error(struct exchange *x, const char *error)
{
	reply_json(x, 200, json_make("{sb ss}", "ok", false, "error", error));
}

const char *slack_arg(const struct exchange *x, const char *name)
{
	const char *value = param(x, name);

	return value != NULL ? value : json_str(x->json, name);
}

/* ---- Who and where ---- */

cJSON *slack_user(const char *any)
{
	cJSON *users = json_get(slack_all(), "users");
	cJSON *user = json_find(users, "id", any);

	if (user == NULL)
		user = json_find(users, "login", any);
	if (user == NULL)
		user = json_find(users, "email", any);
	return user;
}

cJSON *slack_channel(const char *any)
{
	cJSON *all = json_get(slack_all(), "channels");
	cJSON *channel = json_find(all, "id", any);

	return channel != NULL ? channel : json_find(all, "name", any);
}

cJSON *slack_dm(const cJSON *user)
{
	cJSON *all = json_list(slack_all(), "channels");
	cJSON *dm = json_find(all, "with", json_str(user, "id"));
	autotext *id = NULL;

	if (dm != NULL)
		return dm;
	id = text("D%s", json_str(user, "id") + 1);
	dm = json_make("{ss ss sb s[] s[]}", "id", id, "with",
		json_str(user, "id"), "private", true, "members", "messages");
	json_push(all, dm);
	return dm;
}

cJSON *slack_message(const cJSON *channel, const char *ts)
{
	const cJSON *each;

	if (channel != NULL)
		return json_find(json_get(channel, "messages"), "ts", ts);
	cJSON_ArrayForEach(each, json_get(slack_all(), "channels")) {
		cJSON *found = json_find(json_get(each, "messages"), "ts", ts);

		if (found != NULL)
			return found;
	}
	return NULL;
}

cJSON *slack_channel_of(struct exchange *x, const char *id)
{
	cJSON *channel = json_find(json_get(slack_all(), "channels"), "id",
		id);
	const char *bot = json_str(json_get(slack_all(), "bot"), "user");

	if (channel != NULL && json_str(channel, "with") == NULL &&
		!json_has_text(json_get(channel, "members"), bot)) {
		slack_error(x, json_true(channel, "private")
			? "channel_not_found" : "not_in_channel");
		return NULL;
	}
	if (channel == NULL)
		slack_error(x, "channel_not_found");
	else if (json_true(channel, "archived"))
		slack_error(x, "is_archived");
	return json_true(channel, "archived") ? NULL : channel;
}

/* ---- The seed ---- */

static void add_user(const cJSON *person, const char *domain)
{
	const char *login = json_str(person, "login");
	const char *given = json_str(person, "email");
	autotext *email = given != NULL ? text_copy(given)
		: text("%s@%s", login, domain);
	autotext *id = text("U0%s000000", login);

	id[9] = '\0';
	for (char *p = id; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	json_push(json_list(slack_all(), "users"),
		json_make("{ss ss ss ss sb sb sb}", "id", id, "login", login,
			"name", json_str(person, "name"), "email", email,
			"deleted", json_true(person, "slackDeleted"),
			"guest", json_true(person, "slackGuest"),
			"bot", false));
}

static void add_channel(const char *id, const char *name, bool private,
	bool bot)
{
	cJSON *channel = json_make("{ss ss sb s[] s[]}", "id", id, "name",
		name, "private", private, "members", "messages");

	if (bot)
		json_push_str(json_get(channel, "members"), "U0LAPSE00");
	json_push(json_list(slack_all(), "channels"), channel);
}

void slack_seed(cJSON *people, const char *domain)
{
	const cJSON *person;

	json_put(world_all(), "slack", json_make(
		"{ss ss s{ssss} ss si si}", "team", "T0ACME000", "teamName",
		"Acme", "bot", "user", "U0LAPSE00", "id", "B0LAPSE00",
		"scopes", ALL_SCOPES, "pageLimit", 200, "rateLimit", 10000));
	json_push(json_list(slack_all(), "users"),
		json_make("{ss ss ss sb sb sb}", "id", "U0LAPSE00", "login",
			"lapse-app", "name", "lapse", "deleted", false,
			"guest", false, "bot", true));
	cJSON_ArrayForEach(person, people)
		if (json_str(person, "account") != NULL &&
			!cJSON_IsFalse(json_get(person, "slack")))
			add_user(person, domain);
	add_channel("C0ACCESS0", "access", false, true);
	add_channel("C0GENERAL", "general", false, false);
	add_channel("C0SECRETS", "secrets", true, false);
}

/* ---- Access ---- */

/* One bucket a minute for everything; Slack has one a method. */
static int64_t bucket_minute, bucket_used;

void slack_bucket_refill(void)
{
	bucket_used = 0;
}

static void limited(struct exchange *x, const cJSON *fault)
{
	const char *given = json_str(fault, "retry_after");
	autotext *wait = text("%lld",
		(long long)json_int(fault, "seconds", 30));

	reply_json(x, 429, json_make("{sb ss}", "ok", false, "error",
		"ratelimited"));
	reply_header(x, "Retry-After", "%s", given != NULL ? given : wait);
}

bool slack_has_scope(const char *wanted)
{
	const char *all = json_str(slack_all(), "scopes");
	size_t len = strlen(wanted);

	for (const char *p = all; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, ",");

		if (n == len && memcmp(p, wanted, n) == 0)
			return true;
		p += n + (p[n] == ',' ? 1 : 0);
	}
	return false;
}

void slack_no_scope(struct exchange *x, const char *needed)
{
	reply_json(x, 200, json_make("{sb ss ss ss}", "ok", false, "error",
		"missing_scope", "needed", needed, "provided",
		json_str(slack_all(), "scopes")));
}

static bool authorise(struct exchange *x)
{
	const char *header = request_header(x, "Authorization");
	autotext *wanted = text("Bearer %s",
		world_secret("SANDBOX_SLACK_TOKEN", "sandbox-slack-bot"));

	if (clock_s() / 60 != bucket_minute) {
		bucket_minute = clock_s() / 60;
		bucket_used = 0;
	}
	if (bucket_used++ >= json_int(slack_all(), "rateLimit", 10000)) {
		limited(x, NULL);
		return false;
	}
	if (header == NULL) {
		slack_error(x, "not_authed");
	} else if (!same(header, wanted)) {
		slack_error(x, "invalid_auth");
	} else if (x->route != NULL && x->route->scope != NULL &&
		!slack_has_scope(x->route->scope)) {
		slack_no_scope(x, x->route->scope);
	} else {
		return true;
	}
	return false;
}

static void plain_error(struct exchange *x, int status)
{
	reply_json(x, status, json_make("{sb ss}", "ok", false, "error",
		status >= 500 ? "internal_error" :
		status == 404 ? "unknown_method" : "invalid_arguments"));
}

static void finish(struct exchange *x)
{
	autotext *id = world_opaque("", 32);

	reply_header(x, "x-slack-req-id", "%s", id);
	if (x->route != NULL && !json_true(slack_all(), "scopesHidden"))
		reply_header(x, "x-oauth-scopes", "%s",
			json_str(slack_all(), "scopes"));
}

static const char *prefix(void)
{
	return "/api";
}

/* ---- Methods about people ---- */

static void test(struct exchange *x)
{
	const cJSON *bot = json_get(slack_all(), "bot");

	reply_json(x, 200, json_make("{sb ss ss ss ss ss ss sb}", "ok", true,
		"url", "https://acme.slack.com/", "team",
		json_str(slack_all(), "teamName"), "user", "lapse", "team_id",
		json_str(slack_all(), "team"), "user_id",
		json_str(bot, "user"), "bot_id", json_str(bot, "id"),
		"is_enterprise_install", false));
}

static cJSON *shown_user(const cJSON *user)
{
	const char *name = json_str(user, "name");
	const char *email = slack_has_scope("users:read.email")
		? json_str(user, "email") : NULL;
	bool deleted = json_true(user, "deleted");
	const char *other = json_str(user, "team");
	const char *team = other != NULL ? other
					 : json_str(slack_all(), "team");
	cJSON *profile = json_make("{s? ss ss ss ss s?}", "email", email,
		"real_name", name, "real_name_normalized", name,
		"display_name", json_str(user, "login"), "team", team,
		"avatar_hash", "g1234567890a");
	cJSON *all;

	if (deleted)
		return json_make("{ss ss ss sb so si sb sb}", "id",
			json_str(user, "id"), "team_id", team, "name",
			json_str(user, "login"), "deleted", true, "profile",
			profile, "updated", 1700000000, "is_bot",
			json_true(user, "bot"), "is_app_user", false);
	all = json_make("{ss ss ss sb ss ss so sb sb sb sb sb sb sb si}",
		"id", json_str(user, "id"), "team_id", team, "name",
		json_str(user, "login"), "deleted", false, "real_name", name,
		"tz", "Europe/Berlin", "profile", profile, "is_admin", false,
		"is_owner", false, "is_primary_owner", false,
		"is_restricted", json_true(user, "guest"),
		"is_ultra_restricted", false, "is_bot", json_true(user, "bot"),
		"is_app_user", false, "updated", 1700000000);
	return all;
}

/* Whom it does not know, and who is deactivated, are the same here. */
static void lookup(struct exchange *x)
{
	const char *email = slack_arg(x, "email");
	const cJSON *user;

	cJSON_ArrayForEach(user, json_get(slack_all(), "users"))
		if (json_str(user, "email") != NULL && email != NULL &&
			strcasecmp(json_str(user, "email"), email) == 0 &&
			!json_true(user, "deleted")) {
			reply_json(x, 200, json_make("{sb so}", "ok", true,
				"user", shown_user(user)));
			return;
		}
	slack_error(x, "users_not_found");
}

static void info(struct exchange *x)
{
	const cJSON *user = json_find(json_get(slack_all(), "users"), "id",
		slack_arg(x, "user"));

	if (user == NULL)
		slack_error(x, "user_not_found");
	else
		reply_json(x, 200, json_make("{sb so}", "ok", true, "user",
			shown_user(user)));
}

static void open_dm(struct exchange *x)
{
	const char *ids = slack_arg(x, "users");
	const cJSON *user = json_find(json_get(slack_all(), "users"), "id",
		ids);

	if (ids == NULL)
		slack_error(x, "users_list_not_supplied");
	else if (user == NULL)
		slack_error(x, "user_not_found");
	else if (json_true(user, "deleted"))
		slack_error(x, "user_disabled");
	else if (json_true(user, "bot"))
		slack_error(x, "cannot_dm_bot");
	else
		reply_json(x, 200, json_make("{sb s{ss}}", "ok", true,
			"channel", "id", json_str(slack_dm(user), "id")));
}

/* A cursor is the id of the last that was given. */
static void list_dms(struct exchange *x)
{
	const char *cursor = slack_arg(x, "cursor");
	cJSON *page = cJSON_CreateArray();
	int64_t left = json_int(slack_all(), "pageLimit", 200);
	bool on = cursor == NULL;
	autotext *next = text_copy("");
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(slack_all(), "channels")) {
		const char *id = json_str(one, "id");

		if (json_str(one, "with") == NULL)
			continue;
		if (!on) {
			on = same(cursor, id);
			continue;
		}
		if (left-- == 0) {
			free(next);
			next = text_copy(json_str(cJSON_GetArrayItem(page,
				cJSON_GetArraySize(page) - 1), "id"));
			break;
		}
		json_push(page, json_make("{ss si sb sb ss sb si}", "id", id,
			"created", 1700000000, "is_im", true,
			"is_org_shared", false, "user", json_str(one, "with"),
			"is_user_deleted", json_true(slack_user(
				json_str(one, "with")), "deleted"),
			"priority", 0));
	}
	if (!same(slack_arg(x, "types"), "im"))
		slack_error(x, "invalid_types");
	else
		reply_json(x, 200, json_make("{sb sO s{ss}}", "ok", true,
			"channels", page, "response_metadata", "next_cursor",
			next));
	cJSON_Delete(page);
}

static const struct route routes[] = {
	{ "POST", "/auth.test", test, NULL, false },
	{ "GET", "/users.lookupByEmail", lookup, "users:read.email", false },
	{ "GET", "/users.info", info, "users:read", false },
	{ "POST", "/conversations.open", open_dm, "im:write", false },
	{ "GET", "/conversations.list", list_dms, "im:read", false },
	{ 0 },
};

static const struct route *const tables[] = {
	routes, slack_message_routes, NULL,
};

const struct service slack_service = {
	.name = "slack",
	.family = "slack",
	.variable = "SANDBOX_SLACK",
	.tables = tables,
	.prefix = prefix,
	.authorise = authorise,
	.error = plain_error,
	.limited = limited,
	.finish = finish,
};
