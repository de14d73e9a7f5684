/* Which Jira option stands for which role, as published; and what live
 * grants hold, to compare with the catalog. */
#ifndef LAPSE_LEDGER_CATALOG_H
#define LAPSE_LEDGER_CATALOG_H

#include "ledger.h"

/* *ret NULL: not published by us. */
int option_role(struct ledger *l, const char *field, const char *option,
	struct arena *a, const char **ret, struct lapse_err *err);
/* Inside a transaction; writes only what is new or changed. */
int option_put(struct ledger *l, const char *field, const char *option,
	const char *role, struct lapse_err *err);

struct option_row {
	const char *field;
	const char *option;
	const char *role;
};
/* Rows borrow until each returns. */
int options_each(struct ledger *l, const char *field,
	int (*each)(void *arg, const struct option_row *r,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

/* Live holds of grants, by grant. Rows borrow until each returns. */
struct held_row {
	int64_t grant;
	const char *issue_key;
	const char *account;
	const char *role;
	const char *idp;
	const char *group;
};
int held_each(struct ledger *l,
	int (*each)(void *arg, const struct held_row *r,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

#endif
