/* Operations at providers side by side, one for each row that is due: launched
 * together, then recorded in one transaction by what came of each. What is
 * sent, and what that means for the row, is the caller's. */
#ifndef LAPSE_CORE_BATCH_H
#define LAPSE_CORE_BATCH_H

#include "core.h"

enum {
	BATCH_MAX = 64,		/* rows of one commit */
};

/* One row on its way. */
struct flight {
	struct lapse *l;
	void *row;		/* the caller's */
	const char *idp;	/* the provider's name */
	const struct idp_driver *driver;	/* NULL: not usable in this
				   run, and rc and why say so */
	struct op op;
	bool unclear;		/* what was sent may stand */
	int rc;			/* how the last operation came out */
	struct lapse_err why;
	struct core_idp *of;
};

/* <Shape> {0} is empty; clear it always. */
struct batch {
	struct flight flights[BATCH_MAX];
	size_t n;
};

void batch_clear(struct batch *b);
#define AUTO_BATCH __attribute__((cleanup(batch_clear)))

/* One more row, borrowed; at most BATCH_MAX. */
void batch_add(struct batch *b, struct lapse *l, void *row, const char *idp);

/* Fills what is asked into op, or returns false: nothing is sent for it. */
typedef bool flight_plan(struct flight *f, struct op *op);
/* Sends what `plan` asks for each and waits for all. Past the run's deadline
 * nothing is sent, and rc says so: the next run does it. */
int batch_fly(struct batch *b, flight_plan *plan, struct lapse_err *err);

/* Inside the open transaction. *ret_any: it was settled. */
typedef int flight_record(struct flight *f, bool *ret_any,
	struct lapse_err *err);
int batch_record(struct batch *b, flight_record *record, bool *ret_any,
	struct lapse_err *err);

#endif
