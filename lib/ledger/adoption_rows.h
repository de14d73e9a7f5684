/* Issues by which an approver decides on access that lapse did not give, as
 * rows. */
#ifndef LAPSE_LEDGER_ADOPTION_ROWS_H
#define LAPSE_LEDGER_ADOPTION_ROWS_H

#include "ledger.h"

/* <Shape> id 0: none; issue NULL: whether Jira made it is not known yet. */
struct adoption_row {
	int64_t id;
	const char *account;
	const char *role;
	const char *opened_by;
	int64_t opened_at;
	const char *issue;
	const char *issue_key;
};

struct adoption_rows {
	VEC(struct adoption_row) list;
};

/* Those that nobody has decided on, oldest first. */
int adoptions_open(struct ledger *l, struct arena *a,
	struct adoption_rows *ret, struct lapse_err *err);
/* Of an issue; else the oldest of this person and role that has no issue.
 * id 0: none. */
int adoption_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct adoption_row *ret, struct lapse_err *err);
int adoption_without_issue(struct ledger *l, const char *account,
	const char *role, struct arena *a, struct adoption_row *ret,
	struct lapse_err *err);

/* Inside a transaction. */
int adoption_add(struct ledger *l, const struct adoption_row *row,
	int64_t *ret_id, struct lapse_err *err);
/* *ret_now false: it has one, which another run found. */
int adoption_set_issue(struct ledger *l, int64_t id, const char *issue,
	const char *key, bool *ret_now, struct lapse_err *err);
/* It was not made, and is not to be waited for. */
int adoption_drop(struct ledger *l, int64_t id, struct lapse_err *err);

#endif
