/* What the files about an asking share; not for use outside request_asked,
 * _waiting, _votes and _delegate. */
#ifndef LAPSE_CORE_REQUEST_ASKING_H
#define LAPSE_CORE_REQUEST_ASKING_H

#include "delegate.h"
#include "request.h"
#include "slack_decision_rows.h"

/* What one person who is owed has said, and where. */
struct said {
	const char *account;
	enum jira_decision decision;
	bool in_slack;
	bool active;
};

struct asking {
	struct approval_row row;
	struct owed_rows owed;
	struct strs accounts;		/* owed */
	bool delegated;			/* the delegate stands in it */
	const struct jira_approval *jira;	/* NULL: not there any more */
	const struct jira_answer *delegate;	/* NULL: not in it */
	int64_t decided_at;		/* the last counting decision */
	struct slack_decision_rows slack;	/* counted ones */
	struct slack_answer_row answer;	/* what the delegate owes */
	VEC(struct said) said;
};

/* request_votes.c: everything that the people said, in Jira and in Slack. */
int votes_load(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err);
int votes_collect(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err);
/* lapse's quorum over them; in_slack: not only of what Jira has. */
enum policy_quorum votes_count(struct request *r, const struct asking *k,
	bool in_slack);
/* Would what was said in Slack suffice, as far as the ledger can tell? */
bool votes_may_do(struct request *r, const struct asking *k);
/* Is everybody in Approvers who has to be, and nobody else? */
bool votes_list_is_right(const struct lapse *l, const struct asking *k);
const char *votes_names(struct lapse *l, struct request *r,
	const struct asking *k, enum jira_decision what);
const char *votes_first(const struct asking *k, enum jira_decision what);
/* Jira knows whether the account is active; a provider may know better. */
bool votes_is_active(const struct request *r, const struct jira_person *who);

/* request_delegate.c: did the delegate answer what nobody told it to? Then it
 * is told in the evidence, once. */
int delegate_refuse(struct lapse *l, struct request *r, struct asking *k,
	bool *ret_refused, struct lapse_err *err);
/* The people decided, not all of them in Jira: the delegate answers for them.
 * *ret_done: it has, and that is told. Else it will, at once or later. */
int delegate_answer(struct lapse *l, struct request *r, struct asking *k,
	enum policy_quorum q, bool *ret_done, bool *ret_sent,
	struct lapse_err *err);
/* Does the catalog still let the role be answered there, as it was asked? */
bool delegate_stands(const struct lapse *l, const struct role *role,
	const struct asking *k);

/* request_waiting.c: nobody decided yet. Is there something to be done about
 * it, as far as the ledger can tell? */
bool waiting_is_due(struct lapse *l, const struct request *r,
	const struct role *role, const struct asking *k);
int waiting_go_on(struct lapse *l, struct request *r, const struct asking *k,
	struct lapse_err *err);

#endif
