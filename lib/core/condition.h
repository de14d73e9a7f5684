/* What a timer's runs say about a condition that lasts: when it begins, after
 * an hour, a day, then weekly, and when it ends. In between the exit status
 * tells. Runs that somebody watches say it each time, and so do all about Slack,
 * whose faults leave no other trace of the run. */
#ifndef LAPSE_CORE_CONDITION_H
#define LAPSE_CORE_CONDITION_H

#include "core.h"

/* Keeps the line for the end of the run, or says it at once. Never fails. */
void condition_note(struct lapse *l, int exit, const struct lapse_err *err);
/* The same for what only this run has to say: no condition, so it is never
 * over. Once a run, and not when a condition says it. */
void condition_pass(struct lapse *l, const struct lapse_err *err);
/* The end of the run: says what is due to be said, and what is over. What the
 * run never looked at is not: it was cut short (ended < 0), Jira or the provider
 * failed, or its change is parked and was not tried. Writes only when
 * something is said. */
void conditions_tell(struct lapse *l, int ended);

#endif
