/* How much reviews and reclaim may take away: so many in one run, and of one
 * group so many percent until somebody confirms it. Deadlines have no budget:
 * what ends in time is never held back. */
#ifndef LAPSE_CORE_BUDGET_H
#define LAPSE_CORE_BUDGET_H

#include "core.h"
#include "grants.h"

enum budget_answer {
	BUDGET_YES,		/* and it is counted as begun */
	BUDGET_NEXT_RUN,	/* this run has begun as many as it may */
	BUDGET_CONFIRM,		/* too many of this group: somebody confirms
				   it by --confirm-removals IDP:GROUP */
};

/* Of one run. <Shape> {0}: nothing was begun. */
struct budget {
	int64_t planned;	/* of this group, in a run that changes nothing */
	int begun;
};

/* Takes what --confirm-removals said, by a named operator: "IDP:GROUP" of a
 * role's group; NULL: nothing. <Errors> LAPSE_EREFUSED, LAPSE_ENOTFOUND. */
int budget_confirm(struct lapse *l, const char *group, struct lapse_err *err);

/* May this removal begin? taken_before: how many the same campaign or reclaim
 * policy took from this group already, this run's among them. The group's
 * size is that of the ledger's last complete reading, without those who are
 * being removed or were since; a group without one must be confirmed. One may
 * always be taken, the last member never without a confirmation. Removals of
 * this run count once their change stands in the ledger, also before the
 * commit. */
int budget_ask(struct lapse *l, struct budget *b, const struct membership *m,
	int64_t taken_before, enum budget_answer *ret, struct lapse_err *err);

#endif
