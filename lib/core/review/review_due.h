/* Which roles should have been reviewed by now. */
#ifndef LAPSE_CORE_REVIEW_DUE_H
#define LAPSE_CORE_REVIEW_DUE_H

#include "core.h"

/* <Shape> names of roles, in the catalog's order; oldest_at is when the first
 * of them was due, WHEN_NONE: none is. */
struct review_due {
	struct strs roles;
	int64_t oldest_at;
};

/* By each role's review-every since the last campaign that covered it was
 * closed; one that never was counts from the ledger's beginning. Nothing is
 * due where the configuration has no reviews. */
int review_due(struct lapse *l, struct arena *a, struct review_due *ret,
	struct lapse_err *err);

#endif
