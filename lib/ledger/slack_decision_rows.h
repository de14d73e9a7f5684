/* What approvers said in Slack, and what the delegate owes Jira for it; no
 * rules. */
#ifndef LAPSE_LEDGER_SLACK_DECISION_ROWS_H
#define LAPSE_LEDGER_SLACK_DECISION_ROWS_H

#include "slack_rows.h"

/* <Shape> the columns of slack_decision, likewise. */
struct slack_decision_row {
	int64_t id;
	int64_t message;
	int64_t approval;
	const char *decision;	/* approved declined */
	const char *form;	/* reaction reply */
	const char *ref;	/* the reaction's name, or the reply's ts */
	const char *shown;	/* the text that was shown, */
	const char *shown_hash;	/* and the content that it showed */
	const char *channel;
	const char *ts;
	const char *slack_user;
	const char *address;
	const char *account;
	const char *words;
	int64_t read_at;
	bool counted;
	const char *refused;	/* why it does not count */
	int64_t gone_at;
	bool told;		/* it counts, and the evidence tells of it */
};

struct slack_decision_rows {
	VEC(struct slack_decision_row) items;
};

/* What asks or reminds and stands there, of requests that wait for their
 * approval, read longest ago first; behind these the messages of an asking that
 * does not count any more. What could not be read waits for its next try. */
int slack_messages_waiting(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct slack_message_rows *ret,
	struct lapse_err *err);
/* Everything that asks in one thread, oldest first; what waits for an answer in
 * Jira alone is not answered there. */
int slack_messages_in_thread(struct ledger *l, const char *channel,
	const char *thread, struct arena *a, struct slack_message_rows *ret,
	struct lapse_err *err);
/* What asks and could not be read several times. */
int slack_messages_unreadable(struct ledger *l, struct arena *a,
	struct slack_message_rows *ret, struct lapse_err *err);

/* Does a request wait that was asked for there? */
int slack_asks_now(struct ledger *l, bool *ret, struct lapse_err *err);

/* One that all have to answer, and somebody cannot. */
struct slack_asking_row {
	int64_t approval;
	const char *issue;
	bool unreached;		/* they will never get the message; else it was
				   not read for so long */
};

struct slack_asking_rows {
	VEC(struct slack_asking_row) items;
};

/* unread_since 0: only those who are not reached. */
int slack_askings_stuck(struct ledger *l, int64_t unread_since,
	int64_t failing_since, struct arena *a, struct slack_asking_rows *ret, struct lapse_err *err);
/* What asks and stands there of an approval that is over, after message
 * `after` and sent since `since`, where its reader was not told so and did not
 * decide it. */
int slack_messages_over(struct ledger *l, int64_t after, int64_t since,
	int64_t limit, struct arena *a, struct slack_message_rows *ret,
	struct lapse_err *err);
/* Up to which message all that asks is over. */
int slack_messages_over_upto(struct ledger *l, int64_t after, int64_t *ret,
	struct lapse_err *err);
/* What was told to be over since then, and is not among those that wait, read
 * longest ago first. */
int slack_messages_late(struct ledger *l, int64_t since, struct arena *a,
	struct slack_message_rows *ret, struct lapse_err *err);

/* id and told are ignored; the same sign is kept once: *ret_id 0, it was there.
 * One of which it was not certain whose it is becomes what it is now. */
int slack_decision_add(struct ledger *l, const struct slack_decision_row *row,
	int64_t *ret_id, struct lapse_err *err);
/* Everything that was read about one approval, in order. */
int slack_decisions_of(struct ledger *l, int64_t approval, struct arena *a,
	struct slack_decision_rows *ret, struct lapse_err *err);
/* Everything that was read of one message. */
int slack_decisions_at(struct ledger *l, int64_t message, struct arena *a,
	struct slack_decision_rows *ret, struct lapse_err *err);
int slack_decision_gone(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err);

/* ---- What the delegate owes ---- */

struct slack_answer_row {
	int64_t approval;	/* 0: it owes none */
	const char *account;
	const char *decision;	/* approved declined */
	const char *state;	/* open sent done refused */
	int64_t next_at;
	int64_t attempts;
	const char *why;
};

/* One that it gave and was not told to. */
struct slack_refusal_row {
	const char *key;	/* of the issue */
	const char *decision;
};

struct slack_refusal_rows {
	VEC(struct slack_refusal_row) items;
};

int slack_answers_refused(struct ledger *l, int64_t since, struct arena *a,
	struct slack_refusal_rows *ret, struct lapse_err *err);
int slack_answer_get(struct ledger *l, int64_t approval, struct arena *a,
	struct slack_answer_row *ret, struct lapse_err *err);
/* One that is owed already stays as it is. */
int slack_answer_owe(struct ledger *l, int64_t approval, const char *account,
	const char *decision, int64_t now, struct lapse_err *err);
/* state: sent (it may have arrived), open (it did not): at is the next try;
 * done, refused: at is when. */
int slack_answer_set(struct ledger *l, int64_t approval, const char *state,
	int64_t at, const char *why, struct lapse_err *err);

#endif
