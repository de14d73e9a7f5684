/* The second line: where a provider can end a membership by itself, it is
 * told to, at the latest deadline of the live holds plus a grace, so that
 * access ends also when this host never runs again. It proves nothing: the
 * removal at the deadline is made and read back all the same. */
#ifndef LAPSE_CORE_FAILSAFE_H
#define LAPSE_CORE_FAILSAFE_H

#include "core.h"
#include "grants.h"

/* Inside the open transaction, after holds or deadlines changed: owes the
 * provider another end, or none where a hold has none. fresh: the membership
 * was just added. Never on access that was there before. */
int failsafe_look(struct lapse *l, const struct membership *m, bool fresh,
	struct lapse_err *err);
/* Inside likewise: no later than an end that somebody else set there. */
int failsafe_cap(struct lapse *l, const struct membership *m, int64_t end,
	struct lapse_err *err);
/* The same for all that a grant holds. */
int failsafe_look_at_grant(struct lapse *l, int64_t grant,
	struct lapse_err *err);
/* Would the provider end it too early, or not at all, as it stands, and may
 * that still be put right? Then a grant on it does not begin yet. */
int failsafe_waits(struct lapse *l, const struct membership *m, bool *ret,
	struct lapse_err *err);
/* Outside: sets what is owed and reads it back. *ret_any: some settled. */
int failsafe_run(struct lapse *l, bool *ret_any, struct lapse_err *err);
/* Outside: what stands is read again by the next failsafe_run(). */
int failsafe_reread(struct lapse *l, struct lapse_err *err);
/* Outside: asks the provider for the end that it keeps, whoever set it;
 * WHEN_NONE: none, or it has no such thing. */
int failsafe_read(struct lapse *l, const struct membership *m, int64_t *ret,
	struct lapse_err *err);
/* When the provider ends it by itself, as read back; WHEN_NONE: it does not. */
int64_t failsafe_at(struct lapse *l, const struct membership *m);
/* The same, or what may stand there since no read has told. */
int64_t failsafe_may_end_at(struct lapse *l, const struct membership *m);
/* The last of them, when all that the grant holds ends so. */
int64_t failsafe_of_grant(struct lapse *l, int64_t grant);

#endif
