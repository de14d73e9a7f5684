/* What was said in Slack, to whom and with what came of it, and what approvers
 * answered there, as listings. */
#ifndef LAPSE_LEDGER_SLACK_LIST_ROWS_H
#define LAPSE_LEDGER_SLACK_LIST_ROWS_H

#include "list_rows.h"

/* For list_rows(). LIST_MESSAGES: "lapse/message.v1"; LIST_SLACK_ANSWERS:
 * "lapse/slack-answer.v1", each sign of whoever may be meant, also what does
 * not count. Groups have none. */
int slack_list(struct ledger *l, enum list_of what,
	const struct list_filter *f, listing_each *each, void *arg,
	int64_t *ret_n, struct lapse_err *err);

#endif
