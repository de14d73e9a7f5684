/* Shared by observe*.c only. */
#ifndef LAPSE_CORE_OBSERVE_PRIVATE_H
#define LAPSE_CORE_OBSERVE_PRIVATE_H

#include "ledger_people.h"
#include "sync.h"

/* ---- observe_users.c: users as lists show them ---- */

/* Users that differ from the ledger wait here and are put together, so that a
 * first reading costs one commit per thousand. Each user is compared once a
 * run, however many groups show it.
 * <Shape> {.l, .idp} is empty; clear it always, after the last flush. */
struct seen_users {
	struct lapse *l;
	const char *idp;
	struct arena arena;
	VEC(struct seen_user) pending;
	struct buf compared;		/* one bit a row number */
	bool viewing;			/* a read transaction is open */
};

struct seen_user {
	struct user_row row;
	struct members_reading *of;	/* gets the row number; NULL: nobody */
};

/* Notes u, and that it is in the group being read (of NULL: in none). of must
 * live until the next flush. */
int seen_users_add(struct seen_users *s, const struct idp_user *u,
	struct members_reading *of, struct lapse_err *err);
int seen_users_flush(struct seen_users *s, struct lapse_err *err);
/* Around the users of one page: one view of the ledger for all their look-ups,
 * which otherwise take and release its locks each. Never across a wait. */
void seen_users_view(struct seen_users *s, bool begins);
void seen_users_clear(struct seen_users *s);

/* ---- observe_groups.c: governed groups and their members ---- */

/* Reads the members of every governed group, and with full the lists of all
 * groups and users beside them. What was read completely is kept, and told to
 * o, also when the run's deadline cuts it short (LAPSE_EAGAIN). *ret_users:
 * how the list of users came out. */
int observe_groups(struct lapse *l, struct observation *o, bool full,
	struct arena *a, struct lapse_err *ret_users, struct lapse_err *err);

#endif
