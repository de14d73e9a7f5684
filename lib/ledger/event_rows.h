/* What happened lately, for those who are told of it, and which ends of grants
 * their holders were reminded of. */
#ifndef LAPSE_LEDGER_EVENT_ROWS_H
#define LAPSE_LEDGER_EVENT_ROWS_H

#include "grants.h"

/* One row of the evidence. */
struct event_row {
	int64_t seq;
	int64_t at;
	const char *kind;
	const char *issue;
	int64_t grant;
	const char *actor;
	const char *data;
	const char *text;	/* NULL: none, or purged */
};

struct event_rows {
	VEC(struct event_row) items;
};

/* What came after `seq`, in order, at most `limit`. */
int events_after(struct ledger *l, int64_t seq, int64_t limit,
	struct arena *a, struct event_rows *ret, struct lapse_err *err);

/* The newest of that kind about the issue; seq 0: none. */
int event_last(struct ledger *l, const char *issue, const char *kind,
	struct arena *a, struct event_row *ret, struct lapse_err *err);

/* Active ones that end in (now, before] and last longer than `longer_s`, of
 * whose present end nobody was reminded; ids. */
struct grant_ids {
	VEC(int64_t) items;
};
int reminders_due(struct ledger *l, int64_t now, int64_t before,
	int64_t longer_s, struct arena *a, struct grant_ids *ret,
	struct lapse_err *err);
int reminder_put(struct ledger *l, int64_t grant, int64_t ends_at,
	int64_t now, struct lapse_err *err);

#endif
