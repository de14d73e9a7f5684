/*
 * slack.h - a Slack workspace: people, channels, direct messages, threads and
 * reactions, and one app with a bot.
 *
 * slack.team, .bot{user, id}, .scopes, .scopesHidden, .pageLimit, .rateLimit, .users[{id,
 *     login, name, email, deleted, guest, bot, team where another}],
 *     .channels[{id, name, private, with, members[], messages[]}]
 */
#ifndef SANDBOX_SLACK_H
#define SANDBOX_SLACK_H

#include "http.h"

extern const struct service slack_service;
extern const struct route slack_message_routes[];
extern const struct route control_slack_routes[];

/* Everybody of the seed who has a Jira account, unless "slack": false. */
void slack_seed(cJSON *people, const char *domain);
void slack_bucket_refill(void);

cJSON *slack_all(void);
/* By id, login or address; or NULL. */
cJSON *slack_user(const char *any);
/* By id or name; or NULL. */
cJSON *slack_channel(const char *any);
/* The channel of the bot's direct messages with someone, made if need be. */
cJSON *slack_dm(const cJSON *user);
/* The message with this ts in a channel, or in any where it is NULL. */
cJSON *slack_message(const cJSON *channel, const char *ts);
/* A new message at its end; the caller adds to it. */
cJSON *slack_add(cJSON *channel, const char *user, const char *text,
	const char *thread);
/* Adds or takes away; NULL: done, else Slack's error. */
const char *slack_react(cJSON *message, const char *user, const char *name,
	bool present);

/* {"ok":false,"error":...} with status 200, as Slack does. */
void slack_error(struct exchange *x, const char *error);
bool slack_has_scope(const char *wanted);
void slack_no_scope(struct exchange *x, const char *needed);
/* The channel that the bot may use; else answers the error. */
cJSON *slack_channel_of(struct exchange *x, const char *id);
/* An argument from the query, the form or the JSON body. */
const char *slack_arg(const struct exchange *x, const char *name);

#endif
