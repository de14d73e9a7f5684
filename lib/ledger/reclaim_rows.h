/* Access that was found unused and warned about, as rows; no rules. */
#ifndef LAPSE_LEDGER_RECLAIM_ROWS_H
#define LAPSE_LEDGER_RECLAIM_ROWS_H

#include "grants.h"

/* <Shape> the columns of the table; texts in the arena that the row was read
 * into, NULL where the column is NULL; times WHEN_NONE and ids 0 likewise. */
struct reclaim_row {
	int64_t id;
	struct membership m;
	const char *role;
	const char *account;
	int64_t grant;
	const char *state;	/* warned held removing reclaimed cancelled */
	int64_t warned_at;
	int64_t due_at;
	const char *last_use;	/* seen not-seen */
	int64_t last_use_at;
	const char *last_use_source;
	const char *issue;
	const char *issue_key;
	const char *seat_cost;
	int64_t remediation;
	int64_t settled_at;
	const char *why;
};

struct reclaim_rows {
	VEC(struct reclaim_row) list;
};

/* A new one is warned. *ret_id 0: the membership has an open one already. */
int reclaim_add(struct ledger *l, const struct reclaim_row *r,
	int64_t *ret_id, struct lapse_err *err);
/* LAPSE_ENOTFOUND when there is none. */
int reclaim_get(struct ledger *l, int64_t id, struct arena *a,
	struct reclaim_row *ret, struct lapse_err *err);
/* Writes what may change: state, times, issue, seat cost, remediation, why. */
int reclaim_put(struct ledger *l, const struct reclaim_row *r,
	struct lapse_err *err);
/* All that are not settled, by id. */
int reclaims_open(struct ledger *l, struct arena *a, struct reclaim_rows *ret,
	struct lapse_err *err);
/* How many a role's policy began to take from this group since then. */
int reclaims_taken(struct ledger *l, const struct membership *m,
	const char *role, int64_t since, int64_t *ret, struct lapse_err *err);

#endif
