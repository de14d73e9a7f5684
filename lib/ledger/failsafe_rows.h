/* The rows of memberships that their provider ends by itself. */
#ifndef LAPSE_LEDGER_FAILSAFE_ROWS_H
#define LAPSE_LEDGER_FAILSAFE_ROWS_H

#include "grants.h"

/* <Shape> texts live in the caller's arena.
 * <Units> times seconds UTC, WHEN_NONE: no end. */
struct failsafe_row {
	struct membership m;
	const char *state;	/* open held unavailable failed */
	int64_t wanted_at;
	int64_t held_at;	/* as read back, perhaps of an older wish */
	int64_t maybe_at;	/* the earliest that was sent and not read back;
				   WHEN_NONE: none */
	int64_t opened_at;
	const char *last_error;
};

struct failsafe_rows {
	VEC(struct failsafe_row) items;
};

/* What the live holds on a membership ask for. */
struct failsafe_wish {
	int64_t holds;
	int64_t pre;		/* of them, pre-existing ones */
	int64_t endless;	/* of them, those of grants without an end */
	int64_t ends_at;	/* the latest deadline; WHEN_NONE: none */
};

/* Of a row f, joined to one hold or missing: what is known of the provider's
 * own end, as one word, and when that end is if it was read back. */
#define FAILSAFE_UNSURE(f) "(" f ".state = 'open' OR " f ".maybe_at IS NOT NULL)"
#define FAILSAFE_WORD(f)                                                       \
	"CASE WHEN " FAILSAFE_UNSURE(f) " THEN 'not confirmed'"                \
	" WHEN " f ".held_at IS NULL THEN 'none' ELSE 'held' END"
#define FAILSAFE_UNTIL(f)                                                      \
	"CASE WHEN " FAILSAFE_UNSURE(f) " THEN NULL ELSE " f ".held_at END"

int failsafe_wish(struct ledger *l, const struct membership *m,
	struct failsafe_wish *ret, struct lapse_err *err);
/* *ret_found false: there is no row. */
int failsafe_get(struct ledger *l, const struct membership *m, struct arena *a,
	struct failsafe_row *ret, bool *ret_found, struct lapse_err *err);
/* Owed from now on; fresh: the membership is new, so that what was held is
 * not any more. */
int failsafe_owe(struct ledger *l, const struct membership *m, int64_t wanted,
	bool fresh, int64_t now, struct lapse_err *err);
/* Those whose next attempt or look has come, on memberships that were read
 * back and have no change under way. */
int failsafe_due(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct failsafe_rows *ret, struct lapse_err *err);
/* These only while the wish is still the row's. sending: the intent, before
 * the call. again: maybe_at, what may stand now. */
int failsafe_sending(struct ledger *l, const struct failsafe_row *row,
	struct lapse_err *err);
int failsafe_again(struct ledger *l, const struct failsafe_row *row,
	int64_t next_at, int64_t maybe_at, const char *why,
	struct lapse_err *err);
int failsafe_settle(struct ledger *l, const struct failsafe_row *row,
	const char *state, int64_t held_at, int64_t next_at, const char *why,
	struct lapse_err *err);
/* All that stand are looked at by the next run, however lately they were. */
int failsafe_look_now(struct ledger *l, int64_t now, struct lapse_err *err);
/* Is any membership of the provider without it for this reason? */
int failsafe_unavailable(struct ledger *l, const char *idp, const char *why,
	bool *ret, struct lapse_err *err);

#endif
