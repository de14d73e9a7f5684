/* People, links, groups and memberships as last observed: rows, no rules.
 * Every put writes only what changed or was last seen 15 minutes ago, and
 * must stand inside a transaction; *_same() tells beforehand whether there
 * is anything to write, so that a run without news begins none. */
#ifndef LAPSE_LEDGER_PEOPLE_H
#define LAPSE_LEDGER_PEOPLE_H

#include "ledger.h"

/* <Shape> texts NULL, times WHEN_NONE where the column is NULL. Rows that
 * were read live in the arena they were read into. */
struct account_row {
	const char *account;		/* Jira's accountId */
	const char *name;
	const char *email;
	const char *zone;
	const char *type;
	bool active;
	int64_t seen_at;
};

struct user_row {
	int64_t id;			/* 0: not in the ledger */
	const char *idp;
	const char *user;		/* the provider's id */
	const char *login;
	const char *email;
	const char *name;
	const char *account;		/* by attribute */
	const char *status;		/* idp_status_name(); NULL: only the
					   id is known */
	const char *department;
	const char *title;
	const char *manager;
	int64_t last_login_at;
	bool last_login_known;
	int64_t created_at;
	int64_t observed_at;
};

/* False for a ledger that was opened to read: nothing can be noted. */
bool people_writable(const struct ledger *l);

struct user_rows {
	VEC(struct user_row) list;
};

struct link_row {
	const char *account;
	const char *idp;
	const char *user;
	const char *method;		/* attribute email map */
	int64_t linked_at;
};

struct group_row {
	int64_t id;			/* 0: not in the ledger */
	const char *idp;
	const char *group;
	const char *name;
	const char *kind;		/* as the schema says */
	const char *detail;
	int64_t observed_at;
	int64_t complete_at;		/* WHEN_NONE: never */
};

/* ---- Accounts and users ---- */

/* LAPSE_ENOTFOUND when there is none. */
int account_get(struct ledger *l, const char *account, struct arena *a,
	struct account_row *ret, struct lapse_err *err);
/* A NULL text never overwrites what an earlier reading showed. */
int account_put(struct ledger *l, const struct account_row *row, int64_t now,
	struct lapse_err *err);
int account_same(struct ledger *l, const struct account_row *row, int64_t now,
	bool *ret, struct lapse_err *err);

/* LAPSE_ENOTFOUND when there is none. */
int user_get(struct ledger *l, const char *idp, const char *user,
	struct arena *a, struct user_row *ret, struct lapse_err *err);
/* A row without status only makes sure that the user is there. */
int user_put(struct ledger *l, const struct user_row *row, int64_t now,
	struct lapse_err *err);
int user_same(struct ledger *l, const struct user_row *row, int64_t now,
	bool *ret, struct lapse_err *err);

/* ---- Links ---- */

/* LAPSE_ENOTFOUND when there is none. */
int link_get(struct ledger *l, const char *account, const char *idp,
	struct arena *a, struct link_row *ret, struct lapse_err *err);
/* Whose user is it? Accounts, at most two are of interest. */
int link_accounts(struct ledger *l, const char *idp, const char *user,
	struct arena *a, struct strs *ret, struct lapse_err *err);
/* linked_at stays that of the first link to this user by this method. */
int link_put(struct ledger *l, const struct link_row *row, int64_t now,
	struct lapse_err *err);
int link_drop(struct ledger *l, const char *account, const char *idp,
	struct lapse_err *err);
/* Accounts that this text means: an account, e-mail, or the login, e-mail or
 * id of a linked user, exactly (letter case aside for the first two). */
int people_typed(struct ledger *l, const char *typed, struct arena *a,
	struct strs *ret, struct lapse_err *err);

/* ---- Groups and their members ---- */

/* LAPSE_ENOTFOUND when there is none. */
int group_get(struct ledger *l, const char *idp, const char *group,
	struct arena *a, struct group_row *ret, struct lapse_err *err);
int group_put(struct ledger *l, const struct group_row *row, int64_t now,
	struct lapse_err *err);
int group_same(struct ledger *l, const struct group_row *row, int64_t now,
	bool *ret, struct lapse_err *err);
/* Members as of the last complete reading, by user id. */
int members_get(struct ledger *l, const char *idp, const char *group,
	struct arena *a, struct user_rows *ret, struct lapse_err *err);
/* How many of them would be left, were nobody added since: without those whose
 * removal is under way or was proven since. -1: never read completely. */
int members_left(struct ledger *l, const char *idp, const char *group,
	int64_t *ret, struct lapse_err *err);

/* One membership as of the last complete reading. */
struct member_row {
	int64_t since;			/* first seen; WHEN_NONE: no member */
	bool leaving;			/* its removal is under way, or was
					   proven since */
};
int member_get(struct ledger *l, const char *idp, const char *group,
	const char *user, struct member_row *ret, struct lapse_err *err);

/* The row number of a user; 0: not in the ledger. */
int user_uid(struct ledger *l, const char *idp, const char *user,
	int64_t *ret, struct lapse_err *err);
/* All but idp is copied into the arena; check it afterwards. */
void user_row_copy(struct arena *a, const struct user_row *row,
	struct user_row *ret);

/* One complete reading of a group's members. Begin, add every member, and
 * only when the last page was read, finish: a reading that is not finished
 * leaves no trace, so nobody is ever missed by half a list. Members are kept
 * in memory until then: pages arrive over the network, and no transaction is
 * open meanwhile. <Shape> {0} is valid; clear it always. */
struct members_reading {
	struct arena arena;
	const char *idp;
	const char *group;
	VEC(int64_t) uids;		/* users that the ledger has */
	struct user_rows users;		/* the others, to be put first */
};

struct members_change {
	int64_t members;		/* in this reading */
	int64_t joined;			/* never seen before */
	int64_t returned;		/* missed before, back now */
	int64_t missed;			/* first reading without them */
};

void members_begin(struct members_reading *r, const char *idp,
	const char *group);
/* Of a row with id, which the ledger has as it is, only that is kept; other
 * rows are copied, and put at the end. One user twice (a list that moved while
 * it was paged) is one. */
int members_add(struct members_reading *r, const struct user_row *u,
	struct lapse_err *err);
/* Inside a transaction. The group must be known (LAPSE_ENOTFOUND).
 * ret may be NULL. */
int members_finish(struct ledger *l, struct members_reading *r, int64_t now,
	struct members_change *ret, struct lapse_err *err);
/* Of a finished one. */
bool members_has(const struct members_reading *r, int64_t uid);
void members_clear(struct members_reading *r);
#define AUTO_MEMBERS                                                           \
	__attribute__((cleanup(members_clear))) struct members_reading

#endif
