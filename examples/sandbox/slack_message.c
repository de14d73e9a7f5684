/*
 * slack_message.c - messages, threads and reactions of the workspace, as an
 * app sees them. Source: Slack's Web API description, 2021, and
 * docs.slack.dev.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "slack.h"
#include "world.h"

enum {
	TEXT_MAX = 40000,
};

/* ---- The store ---- */

/* Microseconds that never repeat, whatever the clock does. */
static char *new_ts(void)
{
	cJSON *all = slack_all();
	int64_t last = json_int(all, "lastTs", 0);
	int64_t now = clock_ms() * 1000;

	now = now > last ? now : last + 1;
	json_put_int(all, "lastTs", now);
	return text("%lld.%06lld", (long long)(now / 1000000),
		(long long)(now % 1000000));
}

cJSON *slack_add(cJSON *channel, const char *user, const char *words,
	const char *thread)
{
	autotext *ts = new_ts();
	cJSON *message = json_make("{ss ss ss ss s?}", "type", "message",
		"user", user, "text", words, "ts", ts, "thread_ts", thread);

	if (thread != NULL) {
		cJSON *parent = slack_message(channel, thread);

		json_put_str(parent, "thread_ts", thread);
		json_put_int(parent, "reply_count",
			json_int(parent, "reply_count", 0) + 1);
		json_put_str(message, "parent_user_id",
			json_str(parent, "user"));
	}
	json_push(json_list(channel, "messages"), message);
	return message;
}

static void drop_text(cJSON *list, const char *value)
{
	for (int i = cJSON_GetArraySize(list); i-- > 0;)
		if (same(cJSON_GetArrayItem(list, i)->valuestring, value))
			cJSON_DeleteItemFromArray(list, i);
}

const char *slack_react(cJSON *message, const char *user, const char *name,
	bool present)
{
	cJSON *all = json_list(message, "reactions");
	cJSON *one = json_find(all, "name", name);
	bool there = json_has_text(json_get(one, "users"), user);

	if (there == present)
		return present ? "already_reacted" : "no_reaction";
	if (one == NULL) {
		one = json_make("{ss s[] si}", "name", name, "users", "count",
			0);
		json_push(all, one);
	}
	if (present)
		json_push_str(json_get(one, "users"), user);
	else
		drop_text(json_get(one, "users"), user);
	json_put_int(one, "count",
		cJSON_GetArraySize(json_get(one, "users")));
	for (int i = cJSON_GetArraySize(all); i-- > 0;)
		if (json_int(cJSON_GetArrayItem(all, i), "count", 0) == 0)
			cJSON_DeleteItemFromArray(all, i);
	if (cJSON_GetArraySize(all) == 0)
		cJSON_DeleteItemFromObject(message, "reactions");
	return NULL;
}

/* ---- Posting ---- */

static bool fits(struct exchange *x, const cJSON *channel)
{
	const char *words = slack_arg(x, "text");
	const char *thread = slack_arg(x, "thread_ts");

	if (words == NULL || *words == '\0')
		slack_error(x, "no_text");
	else if (strlen(words) > TEXT_MAX)
		slack_error(x, "msg_too_long");
	else if (thread != NULL && slack_message(channel, thread) == NULL)
		slack_error(x, "thread_not_found");
	else
		return true;
	return false;
}

static void post(struct exchange *x)
{
	const char *to = slack_arg(x, "channel");
	const cJSON *bot = json_get(slack_all(), "bot");
	const cJSON *user = to != NULL && *to == 'U' ? slack_user(to) : NULL;
	cJSON *channel = user != NULL ? slack_dm(user)
				      : slack_channel_of(x, to);
	cJSON *message;

	if (channel == NULL || !fits(x, channel))
		return;
	message = slack_add(channel, json_str(bot, "user"),
		slack_arg(x, "text"), slack_arg(x, "thread_ts"));
	json_put_str(message, "bot_id", json_str(bot, "id"));
	json_put_str(message, "team", json_str(slack_all(), "team"));
	if (json_get(x->json, "metadata") != NULL)
		json_put(message, "metadata", cJSON_Duplicate(
			json_get(x->json, "metadata"), true));
	reply_json(x, 200, json_make("{sb ss ss sO}", "ok", true, "channel",
		json_str(channel, "id"), "ts", json_str(message, "ts"),
		"message", message));
}

/* ---- Reading ---- */

static cJSON *shown(const struct exchange *x, const cJSON *message)
{
	cJSON *copy = cJSON_Duplicate(message, true);

	if (!same(slack_arg(x, "include_all_metadata"), "true"))
		cJSON_DeleteItemFromObject(copy, "metadata");
	return copy;
}

/* Both are texts of equal length before the point. */
static bool is_after(const char *ts, const char *than)
{
	return than == NULL || strcmp(than, "0") == 0 ||
		strtod(ts, NULL) > strtod(than, NULL);
}

static bool is_before(const char *ts, const char *than)
{
	return than == NULL || strtod(ts, NULL) < strtod(than, NULL);
}

static size_t page_size(const struct exchange *x)
{
	int64_t most = json_int(slack_all(), "pageLimit", 200);
	int64_t asked = param_int(x, "limit", 100);

	return (size_t)(asked > 0 && asked < most ? asked : most);
}

/* From a list that is in the order of the answer; a cursor is the ts of the
 * last that was given. */
static void reply_page(struct exchange *x, cJSON *list, cJSON *head)
{
	const char *cursor = slack_arg(x, "cursor");
	cJSON *page = cJSON_CreateArray();
	size_t left = page_size(x);
	bool on = cursor == NULL, more = false;
	autotext *next = text_copy("");
	const cJSON *one;

	if (head != NULL)
		json_push(page, head);
	cJSON_ArrayForEach(one, list) {
		const char *ts = json_str(one, "ts");

		if (!on) {
			on = same(cursor + 1, ts);
			continue;
		}
		if (left == 0) {
			more = true;
			break;
		}
		left--;
		json_push(page, shown(x, one));
		free(next);
		next = text("n%s", ts);
	}
	cJSON_Delete(list);
	if (!on) {
		cJSON_Delete(page);
		slack_error(x, "invalid_cursor");
		return;
	}
	cJSON *body = json_make("{sb so sb}", "ok", true, "messages", page,
		"has_more", more);
	if (more)
		json_put(body, "response_metadata", json_make("{ss}",
			"next_cursor", next));
	reply_json(x, 200, body);
}

/* Which scope reading takes goes by the kind of channel. */
static cJSON *readable(struct exchange *x)
{
	cJSON *channel = slack_channel_of(x, slack_arg(x, "channel"));
	const char *needed = json_str(channel, "with") != NULL ? "im:history" :
		json_true(channel, "private") ? "groups:history" :
						"channels:history";

	if (channel == NULL || slack_has_scope(needed))
		return channel;
	slack_no_scope(x, needed);
	return NULL;
}

static void history(struct exchange *x)
{
	cJSON *channel = readable(x);
	cJSON *all = json_get(channel, "messages");
	cJSON *list;

	if (channel == NULL)
		return;
	list = cJSON_CreateArray();
	for (int i = cJSON_GetArraySize(all); i-- > 0;) {
		const cJSON *one = cJSON_GetArrayItem(all, i);
		const char *ts = json_str(one, "ts");
		const char *thread = json_str(one, "thread_ts");

		if ((thread == NULL || same(thread, ts)) &&
			is_after(ts, slack_arg(x, "oldest")) &&
			is_before(ts, slack_arg(x, "latest")))
			json_push(list, cJSON_Duplicate(one, true));
	}
	reply_page(x, list, NULL);
}

static void replies(struct exchange *x)
{
	cJSON *channel = readable(x);
	const char *ts = slack_arg(x, "ts");
	const cJSON *parent = slack_message(channel, ts);
	const cJSON *one;
	cJSON *list;

	if (channel == NULL)
		return;
	if (parent == NULL) {
		slack_error(x, "thread_not_found");
		return;
	}
	list = cJSON_CreateArray();
	cJSON_ArrayForEach(one, json_get(channel, "messages"))
		if (same(json_str(one, "thread_ts"), ts) &&
			!same(json_str(one, "ts"), ts) &&
			is_after(json_str(one, "ts"), slack_arg(x, "oldest")))
			json_push(list, cJSON_Duplicate(one, true));
	reply_page(x, list, shown(x, parent));
}

/* ---- Reactions ---- */

static void get_reactions(struct exchange *x)
{
	cJSON *channel = slack_channel_of(x, slack_arg(x, "channel"));
	const cJSON *message = slack_message(channel,
		slack_arg(x, "timestamp"));

	if (channel == NULL)
		return;
	if (message == NULL)
		slack_error(x, "message_not_found");
	else
		reply_json(x, 200, json_make("{sb ss ss so}", "ok", true,
			"type", "message", "channel", json_str(channel, "id"),
			"message", shown(x, message)));
}

const struct route slack_message_routes[] = {
	{ "POST", "/chat.postMessage", post, "chat:write", false },
	{ "GET", "/conversations.history", history, NULL, false },
	{ "GET", "/conversations.replies", replies, NULL, false },
	{ "GET", "/reactions.get", get_reactions, "reactions:read", false },
	{ 0 },
};
