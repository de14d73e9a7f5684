/* The delegate: a Jira account of its own that stands among the approvers of
 * roles with slack-approval, and answers there what those who are owed said in
 * Slack. It never counts as a person, and what it answers counts for nothing
 * unless the ledger says why. */
#ifndef LAPSE_CORE_DELEGATE_H
#define LAPSE_CORE_DELEGATE_H

#include "core.h"

#define DELEGATE_METHOD "slack-delegate"

/* NULL: there is none. */
const char *delegate_account(const struct lapse *l);

/* One operation on Jira with its credential, of whom it is made sure first that
 * it is the account of the configuration, and not lapse's own. One that is not
 * is given up for the run.
 * <Errors> those of the operation; LAPSE_ECONFIG, LAPSE_EAUTH. */
int delegate_call(struct lapse *l, struct op *op, struct lapse_err *err);

#endif
