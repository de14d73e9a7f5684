/* Access that lapse did not give, decided on by an approver: a request that
 * lapse itself files for the person who has it. Approved, the access becomes
 * a grant with an end; declined, it is taken away; without an answer nothing
 * changes. */
#ifndef LAPSE_CORE_ADOPTION_H
#define LAPSE_CORE_ADOPTION_H

#include "request.h"

struct adoption_question {
	const char *account;
	const char *name;		/* what the operator typed, for messages */
	const struct role *role;
	int64_t for_s;			/* 0: what the role says */
	const char *reason;
};

/* Is there a form by which it could be asked, by the configuration alone? */
bool adoption_can_ask(const struct lapse *l, const struct role *role);
/* Files the request and asks. A lost reply is not answered by a second
 * request: the first is looked for, here and by sync.
 * <Errors> LAPSE_EREFUSED: asked already, no form offers the role, or the
 * person is not active, for which the request would be refused;
 * LAPSE_EUNKNOWN: whether Jira made it will be seen. */
int adoption_ask(struct lapse *l, const struct adoption_question *q,
	struct lapse_err *err);

/* Fills r->adoption; of a request without one nothing changes. What the lost
 * reply left open is bound to its issue. */
int adoption_of_request(struct lapse *l, struct request *r,
	struct lapse_err *err);
/* An approval of it: the access becomes a grant on this issue. */
int adoption_grant(struct lapse *l, struct request *r,
	const struct approval_row *approval, struct lapse_err *err);
/* The opposite, by the word of this account. */
int adoption_decline(struct lapse *l, struct request *r, const char *by,
	struct lapse_err *err);

#endif
