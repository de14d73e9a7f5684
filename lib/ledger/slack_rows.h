/* Who is who in Slack, the messages that are owed there or were sent, and how
 * far channels were read; no rules about them. */
#ifndef LAPSE_LEDGER_SLACK_ROWS_H
#define LAPSE_LEDGER_SLACK_ROWS_H

#include "ledger.h"

/* <Shape> the columns of the tables; texts in the arena that the row was read
 * into, NULL where the column is NULL; times WHEN_NONE and ids 0 likewise. */
struct slack_user_row {
	const char *account;
	const char *user;	/* NULL: told nothing, see why */
	const char *address;
	const char *method;
	const char *channel;
	const char *why;
	int64_t matched_at;
};

struct slack_message_row {
	int64_t id;
	const char *kind;
	const char *subject;
	const char *account;
	const char *issue;
	int64_t request;
	int64_t approval;
	int64_t grant;
	int64_t sheet;
	const char *thread;
	const char *body;
	const char *content_hash;
	const char *channel;
	const char *thread_ts;
	const char *ts;
	const char *state;	/* open doubtful done dropped */
	int64_t created_at;
	int64_t until_at;
	int64_t attempts;
	int64_t next_at;
	int64_t sent_at;
	int64_t done_at;
	const char *why;
};

struct slack_message_rows {
	VEC(struct slack_message_row) items;
};

/* ---- People ---- */

/* LAPSE_ENOTFOUND when there is none. */
int slack_user_get(struct ledger *l, const char *account, struct arena *a,
	struct slack_user_row *ret, struct lapse_err *err);
int slack_user_put(struct ledger *l, const struct slack_user_row *u,
	struct lapse_err *err);
int slack_user_set_channel(struct ledger *l, const char *account,
	const char *channel, struct lapse_err *err);
/* The channels of direct messages that were opened. */
int slack_user_channels(struct ledger *l, struct arena *a, struct strs *ret,
	struct lapse_err *err);
/* Whose is this Slack user? Accounts; more than one is nobody's. */
int slack_user_accounts(struct ledger *l, const char *user, struct arena *a,
	struct strs *ret, struct lapse_err *err);
/* Active accounts whose visible address is this one, letter case aside. */
int slack_address_accounts(struct ledger *l, const char *address,
	struct arena *a, struct strs *ret, struct lapse_err *err);
/* The addresses of the users that an account is linked to. */
int slack_address_linked(struct ledger *l, const char *account,
	struct arena *a, struct strs *ret, struct lapse_err *err);

/* ---- Messages ---- */

/* An open one, due now; id, state and times but until_at are ignored. One that
 * was owed before is left as it is. Inside a transaction. */
int slack_message_add(struct ledger *l, const struct slack_message_row *m,
	int64_t now, struct lapse_err *err);
/* Open and doubtful ones whose next try has come, oldest first. */
int slack_messages_due(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct slack_message_rows *ret,
	struct lapse_err *err);
/* LAPSE_ENOTFOUND when there is none. */
int slack_message_get(struct ledger *l, int64_t id, struct arena *a,
	struct slack_message_row *ret, struct lapse_err *err);
/* The ts that begins a thread with this reader there; "" when none. */
int slack_thread_ts(struct ledger *l, const char *thread, const char *account,
	const char *channel, struct arena *a, const char **ret,
	struct lapse_err *err);
/* What asks for this approval and stands there. */
int slack_messages_asking(struct ledger *l, int64_t approval, struct arena *a,
	struct slack_message_rows *ret, struct lapse_err *err);
/* It is about to be sent to that place: doubtful from now on. */
int slack_message_sending(struct ledger *l, int64_t id, const char *channel,
	const char *thread_ts, int64_t now, struct lapse_err *err);
int slack_message_done(struct ledger *l, int64_t id, const char *channel,
	const char *ts, int64_t now, struct lapse_err *err);
int slack_message_failed(struct ledger *l, int64_t id, bool doubtful,
	int64_t next_at, const char *why, struct lapse_err *err);
/* What stands under one that was sent could not be read, or could be again. */
int slack_message_unread(struct ledger *l, int64_t id, int64_t next_at,
	const char *why, struct lapse_err *err);
int slack_message_read(struct ledger *l, int64_t id, struct lapse_err *err);
int slack_message_drop(struct ledger *l, int64_t id, int64_t now,
	const char *why, struct lapse_err *err);
/* What is not done there yet. <Units> oldest_at WHEN_NONE: nothing waits. */
struct slack_backlog {
	int64_t waiting;	/* messages not sent, */
	int64_t oldest_at;	/* the oldest of them since then */
	int64_t failing;	/* messages, requests and answers in Jira whose
				   last try failed */
};
int slack_backlog(struct ledger *l, struct slack_backlog *ret,
	struct lapse_err *err);

/* Of an older copy of this ledger that goes on: what it owed may have been said
 * since, and is looked for first; what it had read and not answered is left;
 * who was told that an asking is over is not told again; and channels are read
 * from now on. Inside a transaction. */
int slack_rows_forward(struct ledger *l, int64_t now, struct lapse_err *err);

/* ---- Positions ---- */

/* *ret is "" where it was never read; thread "": the channel itself. */
int slack_cursor_get(struct ledger *l, const char *channel,
	const char *thread, struct arena *a, const char **ret,
	struct lapse_err *err);
int slack_cursor_put(struct ledger *l, const char *channel,
	const char *thread, const char *ts, int64_t now,
	struct lapse_err *err);

#endif
