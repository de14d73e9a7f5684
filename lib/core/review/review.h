/* Access reviews while a run lasts: what the commands and `sync` do about the
 * campaigns that are live. */
#ifndef LAPSE_CORE_REVIEW_H
#define LAPSE_CORE_REVIEW_H

#include "core.h"

/* review_deliver.c: makes the issues that a campaign is still owed (0: every
 * live one), as far as the run's deadline allows, each once whatever became of
 * an earlier attempt. What Jira did not do is noted and left to the next run;
 * fails only with what ends the run. */
int review_deliver(struct lapse *l, int64_t campaign, struct lapse_err *err);
/* review_tick.c: decisions, reminders, actions; what is owed of issues too.
 * A review's own trouble is noted; fails only with what ends the run. */
int review_tick(struct lapse *l, struct lapse_err *err);
/* After settle(): items whose removal came to its end. */
int review_settled(struct lapse *l, struct lapse_err *err);

#endif
