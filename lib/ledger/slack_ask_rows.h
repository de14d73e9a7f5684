/* What was asked of lapse in Slack, and what became of it; no rules. */
#ifndef LAPSE_LEDGER_SLACK_ASK_ROWS_H
#define LAPSE_LEDGER_SLACK_ASK_ROWS_H

#include "ledger.h"

/* <Shape> the columns of slack_ask; texts in the arena that the row was read
 * into, NULL where the column is NULL; times WHEN_NONE likewise. */
struct slack_ask_row {
	int64_t id;
	const char *channel;
	const char *ts;
	const char *slack_user;
	const char *account;
	const char *text;	/* as Slack had it when it was first read */
	const char *state;	/* read filing filed answered refused */
	const char *role;
	int64_t duration_s;	/* 0: not said as a length */
	const char *reason;
	int64_t read_at;
	int64_t sought_at;
	const char *issue;
	const char *issue_key;
	int64_t attempts;
	const char *why;
};

struct slack_ask_rows {
	VEC(struct slack_ask_row) items;
};

/* As read, due now; one of that channel and ts that is there already is left
 * as it is. Inside a transaction, as all that writes here. */
int slack_ask_add(struct ledger *l, const struct slack_ask_row *row,
	struct lapse_err *err);
/* Those that are not settled and whose next try has come: of each person the
 * oldest, then of each the next one. */
int slack_asks_due(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct slack_ask_rows *ret, struct lapse_err *err);
/* What is going to be filed, and when its creation is sent (WHEN_NONE: it
 * surely was not). */
int slack_ask_filing(struct ledger *l, const struct slack_ask_row *row,
	int64_t sought_at, struct lapse_err *err);
int slack_ask_filed(struct ledger *l, int64_t id, const char *issue,
	const char *key, struct lapse_err *err);
/* Is this issue one that was asked for there? */
int slack_ask_of_issue(struct ledger *l, const char *issue, bool *ret,
	struct lapse_err *err);
/* So many became requests of this account since then; one is not counted. */
int slack_asks_filed_since(struct ledger *l, const char *account,
	int64_t since, int64_t but, int64_t *ret, struct lapse_err *err);
int slack_ask_later(struct ledger *l, int64_t id, int64_t next_at,
	const char *why, struct lapse_err *err);
/* state: filed, answered or refused. account NULL leaves it. */
int slack_ask_settle(struct ledger *l, int64_t id, const char *state,
	const char *account, const char *why, int64_t now,
	struct lapse_err *err);

/* How far each channel was read; texts in a. */
struct slack_cursor_row {
	const char *channel;
	const char *ts;
	int64_t read_at;
};

struct slack_cursor_rows {
	VEC(struct slack_cursor_row) items;
};

int slack_cursors(struct ledger *l, struct arena *a,
	struct slack_cursor_rows *ret, struct lapse_err *err);

#endif
