/* People whose manager, department or title changed, and how long ago roles
 * were reviewed, as rows. */
#ifndef LAPSE_LEDGER_MOVED_ROWS_H
#define LAPSE_LEDGER_MOVED_ROWS_H

#include "ledger.h"

/* Inside a transaction. field: manager department title. */
int moved_add(struct ledger *l, const char *idp, const char *user,
	const char *field, const char *old, const char *new, int64_t now,
	struct lapse_err *err);
/* Inside a transaction: a campaign closed an item of this person that was
 * decided at `at`; what had changed by then counts as reviewed. */
int moved_reviewed(struct ledger *l, const char *idp, const char *user,
	int64_t at, struct lapse_err *err);
/* People who moved before `before`, are in a governed group now, and were not
 * reviewed since. */
int moved_waiting(struct ledger *l, int64_t before, int64_t *ret_n,
	struct lapse_err *err);

/* When the last campaign was closed that covered the role; WHEN_NONE: none. */
struct reviewed_role {
	const char *name;
	const char *application;
	bool elevated;
	const char *idp;		/* NULL: by hand */
};
int role_reviewed_at(struct ledger *l, const struct reviewed_role *role,
	int64_t *ret, struct lapse_err *err);

#endif
