/* Listings for auditors: approvals, and removals with their proof. */
#ifndef LAPSE_LEDGER_AUDIT_ROWS_H
#define LAPSE_LEDGER_AUDIT_ROWS_H

#include "list_rows.h"

/* For list_rows(). LIST_APPROVALS: "lapse/approval.v1", each asking, a row for
 * each person who was asked, and whether what was granted by it is what it was
 * about. LIST_REMOVALS: "lapse/removal.v1", each removal that was due in the
 * window, by a call or by hand; then one "lapse/removals.v1" that counts them.
 * *ret_n: rows of the first kind. */
int audit_list(struct ledger *l, enum list_of what,
	const struct list_filter *f, listing_each *each, void *arg,
	int64_t *ret_n, struct lapse_err *err);

#endif
