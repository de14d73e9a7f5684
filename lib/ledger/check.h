/* Does the ledger agree with itself: SQLite's pages and keys, and what the
 * states of grants, holds and changes imply about each other. Not the chain:
 * that is evidence_verify(). */
#ifndef LAPSE_LEDGER_CHECK_H
#define LAPSE_LEDGER_CHECK_H

#include "ledger.h"

/* found is called with each fault in words; negative ends. Returns 0 also
 * when faults were found. <Errors> LAPSE_ELEDGER: too damaged to be read. */
int ledger_check(struct ledger *l, int (*found)(void *arg, const char *fault),
	void *arg, struct lapse_err *err);

/* Are grants, changes, holds, approvals and answers, in Jira and in Slack, what
 * the events say of them? Only a whole chain can tell, and only after
 * evidence_walk(). */
int ledger_check_events(struct ledger *l, const struct evidence_walked *w,
	int (*found)(void *arg, const char *fault), void *arg,
	struct lapse_err *err);

#endif
