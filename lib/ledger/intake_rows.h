/* How requests came, and who left: what the report counts and no other table
 * tells. Written in the transaction of what it tells of. */
#ifndef LAPSE_LEDGER_INTAKE_ROWS_H
#define LAPSE_LEDGER_INTAKE_ROWS_H

#include "ledger.h"

/* Once; the first word stands, but a channel that was unknown may be learnt.
 * channel: portal mail agent slack api by-hand unknown. */
int intake_put(struct ledger *l, int64_t request, int64_t filed_at,
	const char *channel, struct lapse_err *err);
/* A request that came through another door than Jira's own: its word stands
 * over what Jira says. */
int intake_set_channel(struct ledger *l, int64_t request,
	const char *channel, struct lapse_err *err);
/* From when to when people's moves on the issue count; *ret_due false: not
 * verified yet, counted already, or not granted. */
int intake_hops_due(struct ledger *l, int64_t request, int64_t *ret_from,
	int64_t *ret_until, bool *ret_due, struct lapse_err *err);
int intake_set_hops(struct ledger *l, int64_t request, int64_t hops,
	int64_t now, struct lapse_err *err);

/* A person's user is active no more; again. Nothing changes when that is
 * known already. */
int leaver_seen(struct ledger *l, const char *idp, const char *user,
	int64_t now, struct lapse_err *err);
int leaver_back(struct ledger *l, const char *idp, const char *user,
	int64_t now, struct lapse_err *err);

#endif
