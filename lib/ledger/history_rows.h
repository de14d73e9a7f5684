/* Who was in what at a time, and what each membership rests on: from holds and
 * their changes, which are right to the second, and from complete readings,
 * which are as old as they are. The words are core's: who.c, why.c. */
#ifndef LAPSE_LEDGER_HISTORY_ROWS_H
#define LAPSE_LEDGER_HISTORY_ROWS_H

#include "list_rows.h"

/* <Shape> NULL: any. user: e-mail, login, account or user id.
 * <Units> at seconds UTC. */
struct history_of {
	const char *idp;	/* of group */
	const char *group;
	const char *user;
	const char *except;	/* leaves out who is in by a grant of this role */
	int64_t at;
};

/* "lapse/who.v1": who has a role by a grant; who is in a group, by a grant,
 * before lapse or without one. With a user also what was given by hand. */
int history_role(struct ledger *l, const char *role, int64_t at,
	listing_each *each, void *arg, int64_t *ret_n, struct lapse_err *err);
int history_group(struct ledger *l, const struct history_of *of,
	listing_each *each, void *arg, int64_t *ret_n, struct lapse_err *err);

/* The role's section as it stood then, or else when it was first met; NULL: it
 * never was. And the groups that grants of the role ever held; both NULL
 * of one that holds none.
 * <Shape> *ret lives in a. */
int history_policy(struct ledger *l, const char *role, int64_t at,
	struct arena *a, const char **ret, struct lapse_err *err);
int history_role_held(struct ledger *l, const char *role,
	int (*each)(void *arg, const char *idp, const char *group), void *arg,
	struct lapse_err *err);

/* When one group was read, as far as it matters to a time.
 * <Units> seconds UTC; WHEN_NONE: never. */
struct history_read {
	const char *idp;
	const char *group;
	const char *name;
	int64_t first_at;	/* the first complete reading of all */
	int64_t read_at;	/* the last one not after the time; of several
				   that stand close the earliest it can be */
};
typedef int history_each(void *arg, const struct history_read *r,
	struct lapse_err *err);
/* Of each governed group that is meant; user and except do not count. */
int history_reads(struct ledger *l, const struct history_of *of,
	history_each *each, void *arg, struct lapse_err *err);

/* One thing that held a membership, or the membership as it was read. */
struct history_why {
	const char *kind;	/* "grant" "pre-existing" "no grant" */
	const char *idp;	/* NULL: a grant by hand */
	const char *group;
	const char *group_name;
	const char *user;
	const char *login;
	const char *account;
	const char *role;
	const char *grant;	/* id as text; NULL: none */
	const char *issue;
	int64_t since;
	int64_t until;		/* as it was known at the time */
	int64_t gone;		/* when it was over; WHEN_NONE: it is not */
	const char *reason;	/* of the end */
	const char *end_by;
	const char *kept_by;	/* the grant that kept the membership */
	const char *approved_by;
	int64_t approved_at;
	const char *method;	/* jsm auto break-glass */
	const char *why;	/* the requester's words */
	const char *operator;
	bool break_glass;
	const char *added_by;	/* as drift knows; NULL: unknown or lapse */
	int64_t added_at;
	const char *added_source;
	int64_t read_at;
};
typedef int history_why_each(void *arg, const struct history_why *w,
	struct lapse_err *err);
/* All that ever was between one person and a group (or, with role, that role)
 * and had begun by then, the latest beginning last. */
int history_why(struct ledger *l, const struct history_of *of,
	const char *role, history_why_each *each, void *arg,
	struct lapse_err *err);

#endif
