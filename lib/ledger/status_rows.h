/* Counts over the whole ledger, for `status`. */
#ifndef LAPSE_LEDGER_STATUS_ROWS_H
#define LAPSE_LEDGER_STATUS_ROWS_H

#include "list_rows.h"

/* <Units> times seconds UTC, WHEN_NONE: none. */
struct status_counts {
	int64_t granting, active, ending;
	int64_t standing;		/* active without an end */
	int64_t elevated;		/* active */
	int64_t unacknowledged;		/* break-glass */
	int64_t next_deadline_at;
	int64_t seen, asked;		/* requests */
	int64_t open_changes;
	int64_t unknown, parked;
	int64_t notices;		/* owed */
	int64_t oldest_notice_at;
	int64_t manual;			/* steps by hand not done */
	int64_t drift;
	int64_t oldest_condition_at;
	int64_t exposed;		/* memberships with a deadline that only
					   lapse ends */
};

int status_counts(struct ledger *l, int64_t now, struct status_counts *ret,
	struct lapse_err *err);
/* Grants with a removal that should have been done before `before`: their
 * deadline passed, or a remove or a step by hand of theirs is due. */
int status_overdue(struct ledger *l, int64_t before, int64_t *ret_n,
	int64_t *ret_oldest_due, struct lapse_err *err);
/* "lapse/status-idp.v1": one row a provider, by name. */
int status_idps(struct ledger *l, listing_each *each, void *arg,
	struct lapse_err *err);

#endif
