/* Sessions at the provider, which end with the access where the role says so:
 * after its memberships are read back as absent, before the grant has ended. */
#ifndef LAPSE_CORE_SESSIONS_H
#define LAPSE_CORE_SESSIONS_H

#include "core.h"
#include "grants.h"

/* Inside the open transaction: owes them where a membership of these holds has
 * gone; *ret_open: some are not settled yet. */
int sessions_owe(struct lapse *l, const struct grant_row *g,
	const struct hold_rows *holds, bool *ret_open, struct lapse_err *err);
/* Outside: ends those that are owed. What fails is tried again for ten
 * minutes and then told of: a removal that is proven does not wait for more.
 * *ret_any: some were settled, so that grants may go on. */
int sessions_run(struct lapse *l, bool *ret_any, struct lapse_err *err);
/* For people: what ended, what did not, and what that does not cover. NULL:
 * nothing was owed. */
const char *sessions_say(struct lapse *l, int64_t grant, struct arena *a);
/* For evidence and exports: ended, gone, failed; NULL as above. */
const char *sessions_outcome(struct lapse *l, int64_t grant, struct arena *a);

#endif
