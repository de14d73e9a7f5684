/* What the anchor's property says. Checking and writing it: notice.h. */
#ifndef LAPSE_CORE_ANCHOR_H
#define LAPSE_CORE_ANCHOR_H

#include "core.h"

#define ANCHOR_PROPERTY "lapse.anchor"

/* <Shape> texts in the arena given. */
struct anchor {
	const char *ledger;
	const char *hash;
	int64_t seq;
};

enum anchor_state {
	ANCHOR_GONE,	/* no such property, or the issue is hidden */
	ANCHOR_BAD,	/* not under a good seal: it says nothing */
	ANCHOR_GOOD,
};

/* A fresh read. *ret is filled for ANCHOR_GOOD only. */
int anchor_read(struct lapse *l, const char *issue, struct arena *a,
	struct anchor *ret, enum anchor_state *ret_state,
	struct lapse_err *err);

#endif
