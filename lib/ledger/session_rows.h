/* The rows of sessions that end with the access. */
#ifndef LAPSE_LEDGER_SESSION_ROWS_H
#define LAPSE_LEDGER_SESSION_ROWS_H

#include "ledger.h"

/* <Shape> texts live in the caller's arena. state: open ended gone failed. */
struct session_row {
	int64_t id;
	int64_t grant;
	const char *idp;
	const char *user;
	const char *state;
	int64_t opened_at;
	const char *last_error;	/* NULL: none */
};

struct session_rows {
	VEC(struct session_row) items;
};

/* Inside a transaction; one that is there is left as it is. */
int session_add(struct ledger *l, int64_t grant, const char *idp,
	const char *user, int64_t now, struct lapse_err *err);
/* Open ones whose next attempt has come, at most `limit`. */
int sessions_due(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct session_rows *ret, struct lapse_err *err);
int sessions_of(struct ledger *l, int64_t grant, struct arena *a,
	struct session_rows *ret, struct lapse_err *err);
int session_again(struct ledger *l, int64_t id, int64_t next_at,
	const char *why, struct lapse_err *err);
/* *ret_now false: another run had settled it before. */
int session_settle(struct ledger *l, int64_t id, const char *state,
	int64_t now, const char *why, bool *ret_now, struct lapse_err *err);

#endif
