/*
 * control_slack.c - the moves of people in Slack, who need no token here: they
 * write, react, take it back, edit; and what they see.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "control.h"
#include "slack.h"
#include "world.h"

static cJSON *user_or_fail(struct exchange *x, const char *any)
{
	cJSON *user = slack_user(any);

	if (user == NULL)
		control_fail(x, 404, "no such person in Slack");
	return user;
}

static char *repeated(const char *once, int64_t n)
{
	size_t len = strlen(once);
	char *all = malloc(len * (size_t)n + 1);

	if (all == NULL)
		abort();
	for (int64_t i = 0; i < n; i++)
		memcpy(all + len * (size_t)i, once, len);
	all[len * (size_t)n] = '\0';
	return all;
}

/* {"who":..., "channel": name, id or "dm", "text":..., "repeat": the text so
 * often on end, "thread": ts, "subtype":...} */
static void say(struct exchange *x)
{
	const cJSON *user = user_or_fail(x, json_str(x->json, "who"));
	const char *to = json_str(x->json, "channel");
	const char *thread = json_str(x->json, "thread");
	const char *subtype = json_str(x->json, "subtype");
	autotext *words = NULL;
	cJSON *channel, *message;

	if (user == NULL)
		return;
	channel = same(to, "dm") ? slack_dm(user) : slack_channel(to);
	if (channel == NULL || (thread != NULL &&
		slack_message(channel, thread) == NULL)) {
		control_fail(x, 404, "no such channel or thread");
		return;
	}
	words = repeated(json_str(x->json, "text"),
		json_int(x->json, "repeat", 1));
	message = slack_add(channel, json_str(user, "id"), words, thread);
	if (subtype != NULL)
		json_put_str(message, "subtype", subtype);
	control_word(x, "ts", json_str(message, "ts"));
}

static cJSON *message_or_fail(struct exchange *x, const char *ts)
{
	cJSON *message = slack_message(NULL, ts);

	if (message == NULL)
		control_fail(x, 404, "no such message");
	return message;
}

/* {"who":..., "ts":..., "name":..., "present": bool} */
static void react(struct exchange *x)
{
	const cJSON *user = user_or_fail(x, json_str(x->json, "who"));
	cJSON *message = user == NULL ? NULL
		: message_or_fail(x, json_str(x->json, "ts"));
	const char *error;

	if (message == NULL)
		return;
	error = slack_react(message, json_str(user, "id"),
		json_str(x->json, "name"), json_true(x->json, "present"));
	if (error != NULL)
		control_fail(x, 409, error);
	else
		reply_empty(x, 204);
}

static void edit(struct exchange *x)
{
	cJSON *message = message_or_fail(x, json_str(x->json, "ts"));
	autotext *now = text("%lld.000000", (long long)clock_s());

	if (message == NULL)
		return;
	json_put_str(message, "text", json_str(x->json, "text"));
	json_put(message, "edited", json_make("{ss ss}", "user",
		json_str(message, "user"), "ts", now));
	reply_empty(x, 204);
}

static void delete_message(struct exchange *x)
{
	cJSON *message = message_or_fail(x, json_str(x->json, "ts"));
	cJSON *channel;

	if (message == NULL)
		return;
	cJSON_ArrayForEach(channel, json_get(slack_all(), "channels"))
		if (json_find(json_get(channel, "messages"), "ts",
			json_str(x->json, "ts")) == message)
			cJSON_Delete(cJSON_DetachItemViaPointer(
				json_get(channel, "messages"), message));
	reply_empty(x, 204);
}

/* One line a message: "TS THREAD WHO: TEXT", "-" where it is in no thread. */
static void list_messages(struct exchange *x, const cJSON *channel)
{
	cJSON *lines = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(channel, "messages")) {
		const char *thread = json_str(one, "thread_ts");
		autotext *flat = text_copy(json_str(one, "text"));
		autotext *line = NULL;

		for (char *p = flat; *p != '\0'; p++)
			if (*p == '\n')
				*p = ' ';
		line = text("%s %s %s: %s", json_str(one, "ts"),
			thread == NULL || same(thread, json_str(one, "ts"))
				? "-" : thread,
			json_str(slack_user(json_str(one, "user")), "login"),
			flat);
		json_push_str(lines, line);
	}
	control_list(x, lines);
}

static void inbox(struct exchange *x)
{
	const cJSON *user = user_or_fail(x, param(x, "who"));

	if (user != NULL)
		list_messages(x, slack_dm(user));
}

static void channel(struct exchange *x)
{
	const cJSON *found = slack_channel(param(x, "name"));

	if (found == NULL)
		control_fail(x, 404, "no such channel");
	else
		list_messages(x, found);
}

static void signs(struct exchange *x)
{
	const cJSON *message = message_or_fail(x, param(x, "ts"));
	cJSON *lines = cJSON_CreateArray();
	const cJSON *one, *user;

	cJSON_ArrayForEach(one, json_get(message, "reactions"))
		cJSON_ArrayForEach(user, json_get(one, "users")) {
			autotext *line = text("%s %s", json_str(one, "name"),
				json_str(slack_user(user->valuestring),
					"login"));

			json_push_str(lines, line);
		}
	if (message != NULL)
		control_list(x, lines);
	else
		cJSON_Delete(lines);
}

static void get_user(struct exchange *x)
{
	const cJSON *user = user_or_fail(x, param(x, "login"));

	if (user != NULL)
		control_word(x, "id", json_str(user, "id"));
}

/* {"login":..., "deleted"|"guest"|"bot": bool, "email":..., "name":...,
 * "team": of another workspace, in a shared channel};
 * with "second": an address, another user of the same person's. */
static void set_user(struct exchange *x)
{
	cJSON *user = user_or_fail(x, json_str(x->json, "login"));
	const char *second = json_str(x->json, "second");
	const cJSON *member;

	if (user == NULL)
		return;
	if (second != NULL) {
		autotext *id = text("U1%s", json_str(user, "id") + 2);
		autotext *login = text("%s-2", json_str(user, "login"));

		user = cJSON_Duplicate(user, true);
		json_put_str(user, "id", id);
		json_put_str(user, "login", login);
		json_put_str(user, "email", second);
		json_push(json_get(slack_all(), "users"), user);
	}
	cJSON_ArrayForEach(member, x->json)
		if (!same(member->string, "login") &&
			!same(member->string, "second"))
			json_put(user, member->string,
				cJSON_Duplicate(member, true));
	reply_empty(x, 204);
}

/* {"channel":..., "present": bool}: is the app's bot in it? */
static void set_member(struct exchange *x)
{
	cJSON *found = slack_channel(json_str(x->json, "channel"));

	if (found == NULL) {
		control_fail(x, 404, "no such channel");
		return;
	}
	json_put(found, "members", cJSON_CreateArray());
	if (json_true(x->json, "present"))
		json_push_str(json_get(found, "members"),
			json_str(json_get(slack_all(), "bot"), "user"));
	reply_empty(x, 204);
}

const struct route control_slack_routes[] = {
	{ "POST", "/slack/say", say, NULL, true },
	{ "POST", "/slack/react", react, NULL, true },
	{ "POST", "/slack/edit", edit, NULL, true },
	{ "POST", "/slack/delete", delete_message, NULL, true },
	{ "GET", "/slack/inbox", inbox, NULL, true },
	{ "GET", "/slack/channel", channel, NULL, true },
	{ "GET", "/slack/signs", signs, NULL, true },
	{ "GET", "/slack/user", get_user, NULL, true },
	{ "POST", "/slack/user", set_user, NULL, true },
	{ "POST", "/slack/member", set_member, NULL, true },
	{ 0 },
};
