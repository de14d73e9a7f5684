/* Shared by reclaim*.c only. */
#ifndef LAPSE_CORE_RECLAIM_PRIVATE_H
#define LAPSE_CORE_RECLAIM_PRIVATE_H

#include "budget.h"
#include "core.h"
#include "grants.h"
#include "money.h"
#include "reclaim_rows.h"
#include "use.h"

/* ---- What there is: reclaim_find.c ---- */

struct reclaim_member {
	const char *user;
	const char *login;
	const char *email;
	int64_t created_at;	/* WHEN_NONE: not known */
};

/* A group's members by a fresh, complete reading; of excluded groups too. */
struct reclaim_group {
	const char *idp;
	const char *group;
	struct lapse_err why;	/* code 0: the list is one to act on */
	enum idp_group_kind kind;
	int64_t said;		/* members, by the group itself */
	struct arena *arena;
	VEC(struct reclaim_member) members;	/* by user id */
};

/* One membership of a unit. */
struct reclaim_part {
	struct membership m;
	const char *login;
	struct reclaim_group *group;
	bool foreign;		/* lapse did not give it, or not alone */
	struct use use;
	struct reclaim_row row;	/* id 0: not warned about */
};

enum reclaim_action {
	RECLAIM_SKIP,		/* is left out */
	RECLAIM_PLAN,		/* is idle; the mode is observe */
	RECLAIM_WARN,
	RECLAIM_WAIT,		/* was warned */
	RECLAIM_REMOVE,
	RECLAIM_CANCEL,		/* was warned, and stays after all */
};

/* What is taken away together: a grant with its memberships, or one membership
 * that no grant holds. */
struct reclaim_unit {
	const struct role *role;
	struct grant_row g;	/* id 0: no grant */
	const char *account;	/* NULL: not known */
	VEC(struct reclaim_part) parts;
	int64_t since;		/* latest of account's and access's begin */
	enum reclaim_action action;
	const char *why;
	int64_t due_at;		/* WHEN_NONE: no warning */
	bool unknown;		/* left out, or waits, for that */
	bool seat;		/* its removal would free one */
	bool judged;
};

/* How one role came out. */
struct reclaim_count {
	const struct role *role;
	int64_t of[RECLAIM_CANCEL + 1];
	int64_t unknown;
	int64_t held;
	int64_t reclaimed;	/* settled in this run */
	int64_t seats;		/* freed; in a dry run: would be */
	struct money_sum money;
};

struct reclaim {
	struct lapse *l;
	struct arena *arena;
	const char *only;			/* a role; NULL: all */
	struct reclaim_rows rows;		/* not settled */
	struct grant_rows grants;		/* live */
	VEC(struct reclaim_group *) groups;	/* read in this run */
	VEC(struct reclaim_unit) units;
	VEC(struct reclaim_count) counts;	/* a role each */
	struct strs freed;			/* "ACCOUNT APPLICATION" */
	struct budget budget;
	struct strs told;			/* what was said of budgets */
};

/* Is it asked for in this run? */
bool reclaim_is_asked(const struct reclaim *v, const char *role);
/* Reads what the policies need, and makes the units. A group whose list is not
 * one to act on is noted; its units say so. */
int reclaim_find(struct reclaim *v, struct lapse_err *err);
/* Of a group that was read; NULL: not in it. */
const struct reclaim_member *reclaim_member(const struct reclaim_group *g,
	const char *user);
/* Reads a group once in a run. */
int reclaim_group(struct reclaim *v, const char *idp, const char *group,
	struct reclaim_group **ret, struct lapse_err *err);
/* The open row of a membership; NULL: none. */
const struct reclaim_row *reclaim_row_of(const struct reclaim *v,
	const struct membership *m);

/* ---- What is to be done: reclaim_judge.c, reclaim_protect.c ---- */

/* Sets action, why and due_at of every unit. */
int reclaim_judge(struct reclaim *v, struct lapse_err *err);
/* Words for a grant that would end with this membership although its own
 * policy says otherwise; *ret as it was: there is none. */
int reclaim_other_grant(struct reclaim *v, const struct reclaim_unit *u,
	const struct reclaim_part *p, const char **ret, struct lapse_err *err);
/* Words for who must not be reclaimed; NULL: nothing protects them. */
int reclaim_protection(struct reclaim *v, const struct reclaim_unit *u,
	const char **ret, struct lapse_err *err);
/* Words for a name in reclaim-except that protects nobody, as a typing error
 * does; NULL: each is somebody's. */
int reclaim_unprotected(struct reclaim *v, const struct role *r,
	const char **ret, struct lapse_err *err);

/* ---- Doing it: reclaim_warn.c, reclaim_take.c ---- */

int reclaim_warn(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err);
/* Settles the unit's rows: it stays, for the reason in why. */
int reclaim_cancel(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err);
/* One warning that no unit is behind any more. */
int reclaim_cancel_row(struct reclaim *v, const struct reclaim_row *row,
	const char *why, struct lapse_err *err);
/* Reads all that are due again and ends what is as it was, within budget. */
int reclaim_take(struct reclaim *v, struct lapse_err *err);
/* In a dry run: marks what a budget would hold back. */
int reclaim_plan(struct reclaim *v, struct lapse_err *err);

/* ---- How it ended: reclaim_settle.c, reclaim_seat.c ---- */

/* Settles the rows whose removal has been read back. */
int reclaim_settle(struct reclaim *v, struct lapse_err *err);
/* Marks the units whose removal would free a seat, one each. */
int reclaim_seats_plan(struct reclaim *v, struct lapse_err *err);
/* Did the removal that this row tells of free one? Each is told once. */
int reclaim_seat_freed(struct reclaim *v, const struct reclaim_row *row,
	bool *ret, struct lapse_err *err);
/* Of a role's application; NULL: none is given. */
const char *reclaim_seat_cost(const struct role *r);
/* The role's line of the count; NULL: memory is out. */
struct reclaim_count *reclaim_count_of(struct reclaim *v,
	const struct role *role);

/* The evidence of one membership: kind, and what stands in its data beside the
 * role and the account. */
struct reclaim_told {
	const char *kind;
	const struct reclaim_row *row;
	int64_t grant;
	const struct role *role;	/* NULL: gone from the catalog */
	const struct use *use;		/* NULL: none */
	const char *why;		/* NULL: none */
	bool settled;			/* reclaimed: seats and money too */
	bool seat;
};
int reclaim_tell(struct lapse *l, const struct reclaim_told *t,
	int64_t *ret_seq, struct lapse_err *err);

#endif
