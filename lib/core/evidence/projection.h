/* The projection's text with what the outbox needs to know about it. The
 * public half stands in notice.h. */
#ifndef LAPSE_CORE_PROJECTION_H
#define LAPSE_CORE_PROJECTION_H

#include "core.h"
#include "projection_baseline.h"
#include "projection_review.h"
#include "projection_rows.h"

/* <Shape> of one view of the ledger. {0} is valid and empty. */
struct projection {
	struct arena arena;
	struct buf text;
	struct projection_rows rows;
	struct projection_review review;
	struct baseline_counts baseline;
	int64_t seq;		/* the evidence head that it shows */
	char hash[65];
};

/* Appends to an empty p. Inside the open transaction, if there is one.
 * <Errors> LAPSE_EITEM: too long even without what may be left out. */
int projection_make(struct lapse *l, const char *issue, struct projection *p,
	struct lapse_err *err);
void projection_clear(struct projection *p);

#define PROJECTION_PROPERTY "lapse.v1"

#endif
