/* Shared by observe*.c only. */
#ifndef LAPSE_CORE_OBSERVE_PRIVATE_H
#define LAPSE_CORE_OBSERVE_PRIVATE_H

#include "grants.h"
#include "ledger_people.h"
#include "sync.h"

/* ---- observe_users.c: users as lists show them ---- */

/* Users that differ from the ledger wait here and are put together, so that a
 * first reading costs one commit per thousand. As a member each user is compared
 * once a run, however many groups show it.
 * <Shape> {.l, .idp} is empty; clear it always, after the last flush. */
struct seen_users {
	struct lapse *l;
	const char *idp;
	struct arena arena;
	VEC(struct seen_user) pending;
	struct buf compared;		/* one bit a row number */
	struct buf active;		/* likewise: whom a group's list shows
					   as active */
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

/* Did a list of members say in this tick that this user (by the row) is active?
 * Nothing follows from a no: the list may not tell, or not show them. A list
 * of all users does not count, for it may come from an index that lags. */
bool observation_saw_active(const struct observation *o, int64_t uid);

/* ---- Governed groups on their way: observe_groups.c and its parts ---- */

enum {
	OBSERVE_ABREAST = 16,	/* groups begun and not ended */
	OBSERVE_BATCH = 64,	/* groups put with one commit */
};

/* A group to read, and what the list of all groups said about it. */
struct governed {
	const char *group;
	int64_t read_at;	/* completely; WHEN_NONE: never */
	int64_t members;	/* -1: not said */
	struct group_row listed;	/* group NULL: not in the list */
};

enum reading_state {
	READING_FREE,
	READING_FLYING,
	READING_DONE,		/* its end came, good or bad */
};

struct reading_group {
	enum reading_state state;
	struct observing *ob;
	const struct governed *of;
	struct group_row kind;	/* to be put; group NULL: nothing new */
	struct members_reading members;
	struct op op;
	int rc;
	struct lapse_err why;
};

struct observing {
	struct lapse *l;
	struct core_idp *idp;
	struct observation *o;
	struct arena *arena;		/* of the whole observation */
	struct hold_rows holds;		/* in the order of their groups */
	VEC(struct governed) groups;	/* in the order of their ids */
	struct governed **order;	/* in which they are begun */
	size_t n_order;
	size_t next;			/* of order, not begun */
	struct reading_group readings[OBSERVE_ABREAST + OBSERVE_BATCH];
	int flying;
	size_t read;			/* done ones, and their members */
	size_t read_members;
	struct seen_users users;
	int rc;				/* of the run: then nothing is begun */
	struct lapse_err err;
};

/* Starts as many as may be under way. */
void observing_go_on(struct observing *ob);

/* ---- observe_governed.c: which groups ---- */

/* Fills holds and groups, without those that this round has read already. */
int governed_find(struct observing *ob, struct lapse_err *err);
/* By id, for qsort() and bsearch(). */
int governed_by_group(const void *a, const void *b);

/* ---- observe_group.c: one of them ---- */

/* In the end it is done, and the next ones are begun. */
int reading_begin(struct reading_group *g, struct lapse_err *err);

/* ---- observe_keep.c: what was read ---- */

/* Puts all that is done with one commit, and frees it. */
int readings_keep(struct observing *ob, struct lapse_err *err);

/* ---- observe_groups.c: all of them ---- */

/* Reads the members of every governed group, and with full the lists of all
 * groups and users beside them. What was read completely is kept, and told to
 * o, also when the run's deadline cuts it short (LAPSE_EAGAIN). *ret_users:
 * how the list of users came out. */
int observe_groups(struct lapse *l, struct observation *o, bool full,
	struct arena *a, struct lapse_err *ret_users, struct lapse_err *err);

#endif
