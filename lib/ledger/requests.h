/* Requests, approvals and who was owed, as rows. */
#ifndef LAPSE_LEDGER_REQUESTS_H
#define LAPSE_LEDGER_REQUESTS_H

#include "ledger.h"

struct request_row {
	int64_t id;
	const char *issue;
	const char *key;
	const char *project;
	const char *type;
	const char *state;
	const char *requester;
	const char *creator;
	const char *beneficiary;
	const char *role;		/* NULL: not understood */
	int64_t duration_s;
	int64_t starts_at;
	const char *content_hash;
	int64_t extends;		/* grant; 0 */
	int64_t asks;
	int64_t reminded_at;
	int64_t escalated_at;
	int64_t updated_at;
	int64_t changed_at;
	const char *policy;
	const char *why;
};

struct request_rows {
	VEC(struct request_row) list;
};

struct approval_row {
	int64_t id;
	int64_t request;
	const char *approval;		/* Jira's id */
	const char *mode;		/* any all auto */
	const char *content_hash;
	int64_t asked_at;
	const char *state;
	int64_t decided_at;
	const char *method;		/* jsm auto break-glass; slack-delegate:
					   the delegate stands in it, and while
					   it is not decided that alone */
};

struct owed_row {
	const char *account;
	const char *why;
	const char *decision;
	int64_t decided_at;
};

struct owed_rows {
	VEC(struct owed_row) list;
};

/* id 0 when there is none. */
int request_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct request_row *ret, struct lapse_err *err);
/* All that a run may change of a request by deciding on it, as one text to be
 * compared alone: equal, and no other run did. Without a row it is "". */
int request_mark(struct ledger *l, const char *issue, struct arena *a,
	const char **ret, struct lapse_err *err);
int request_get(struct ledger *l, int64_t id, struct arena *a,
	struct request_row *ret, struct lapse_err *err);
/* seen and asked: the issues that a tick reads in any case. */
int requests_open(struct ledger *l, struct arena *a, struct request_rows *ret,
	struct lapse_err *err);
/* The state for this reason. */
int requests_why(struct ledger *l, const char *state, const char *why,
	struct arena *a, struct request_rows *ret, struct lapse_err *err);
/* Inserts, or updates the row of that issue: everything but state, asks and
 * their times. */
int request_put(struct ledger *l, const struct request_row *r,
	int64_t *ret_id, struct lapse_err *err);
int request_set_state(struct ledger *l, int64_t id, const char *state,
	const char *why, int64_t now, struct lapse_err *err);
int request_set_updated(struct ledger *l, int64_t id, int64_t updated_at,
	struct lapse_err *err);
int request_set_asked(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err);	/* asks + 1, reminder forgotten */
int request_set_reminded(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err);
int request_set_escalated(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err);

int approval_add(struct ledger *l, const struct approval_row *ap,
	int64_t *ret_id, struct lapse_err *err);
/* The newest that is open or approved; id 0: none. */
int approval_current(struct ledger *l, int64_t request, struct arena *a,
	struct approval_row *ret, struct lapse_err *err);
/* The newest, whatever became of it; id 0: none. */
int approval_last(struct ledger *l, int64_t request, struct arena *a,
	struct approval_row *ret, struct lapse_err *err);
int approval_get(struct ledger *l, int64_t id, struct arena *a,
	struct approval_row *ret, struct lapse_err *err);
/* Is this Jira approval known for any issue? */
int approval_known(struct ledger *l, int64_t request, const char *approval,
	bool *ret, struct lapse_err *err);
int approval_set(struct ledger *l, int64_t id, const char *state,
	int64_t decided_at, struct lapse_err *err);
int approval_set_method(struct ledger *l, int64_t id, const char *method,
	struct lapse_err *err);
/* All open ones of a request: an asking that no longer counts. */
int approvals_void(struct ledger *l, int64_t request, struct lapse_err *err);
int owed_add(struct ledger *l, int64_t approval, const char *account,
	const char *why, struct lapse_err *err);
int owed_decide(struct ledger *l, int64_t approval, const char *account,
	const char *decision, int64_t at, struct lapse_err *err);
int owed_of(struct ledger *l, int64_t approval, struct arena *a,
	struct owed_rows *ret, struct lapse_err *err);

/* Writes a policy section once; *ret_new says whether it was new, and
 * ret_before gets the role's previous section's digest or "". */
int policy_put(struct ledger *l, const char *sha256, const char *role,
	const char *section, int64_t now, bool *ret_new, char ret_before[65],
	struct lapse_err *err);

#endif
