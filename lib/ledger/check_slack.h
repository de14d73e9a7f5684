/* Answers in Slack beside the events that tell of them. */
#ifndef LAPSE_LEDGER_CHECK_SLACK_H
#define LAPSE_LEDGER_CHECK_SLACK_H

#include "ledger.h"

/* told: there are such events. each gets what stands in a table, in words, and
 * the event that says otherwise, or NULL. */
int check_slack(struct ledger *l, bool told,
	int (*each)(void *arg, const struct row *r, struct lapse_err *err),
	void *arg, struct lapse_err *err);

#endif
