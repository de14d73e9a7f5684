/* The rows of the audit export, in the order and with the values that the
 * files have; no CSV here. All in ascending key order, so that the same ledger
 * gives the same rows. */
#ifndef LAPSE_LEDGER_EXPORT_ROWS_H
#define LAPSE_LEDGER_EXPORT_ROWS_H

#include "ledger.h"

/* <Shape> NULL and WHEN_NONE: no limit. The times bound changes only: a grant
 * that existed at some moment of [since, until). */
struct export_filter {
	const char *idp;
	const char *role;	/* its own grants; all members of the groups
				   in which it ever held one */
	int64_t since;
	int64_t until;
};

/* A group whose members were read. */
struct export_group {
	int64_t gid;
	const char *idp;
	const char *group;
	const char *name;
	const char *kind;
	int64_t complete_at;	/* the reading that the members come from */
	bool removed_since;	/* lapse verified a removal after it */
};

/* One membership of one user, and one of the live holds on it; memberships
 * with several come several times, one after the other. */
struct export_member {
	int64_t uid;		/* differs from the row before where this is
				   another membership */
	const char *idp;
	const char *group;
	const char *group_name;
	const char *group_kind;
	int64_t snapshot_at;
	const char *user;
	const char *login;
	const char *name;
	const char *email;
	const char *status;
	const char *manager;
	const char *department;
	const char *title;
	int64_t last_login_at;
	bool last_login_known;
	int64_t created_at;
	int64_t since;		/* first seen, or verified */
	int64_t observed_at;	/* the person's data */
	int64_t hold;		/* 0: none */
	int64_t grant;		/* 0: none, or pre-existing */
	const char *role;
	int64_t starts_at;
	int64_t ends_at;
	const char *issue_key;
	const char *reason;
	int64_t seq;		/* of the grant's last evidence; 0: none */
};

typedef int export_group_fn(void *arg, const struct export_group *g,
	struct lapse_err *err);
typedef int export_member_fn(void *arg, const struct export_member *m,
	struct lapse_err *err);

int export_groups(struct ledger *l, const struct export_filter *f,
	export_group_fn *each, void *arg, struct lapse_err *err);
/* Present members of a group, less those that lapse removed since. */
int export_members(struct ledger *l, const struct export_group *g,
	export_member_fn *each, void *arg, struct lapse_err *err);
/* Memberships that lapse verified after the group was last read. */
int export_members_since(struct ledger *l, const struct export_filter *f,
	export_member_fn *each, void *arg, struct lapse_err *err);
/* What people did by hand, in applications without a group. */
int export_members_manual(struct ledger *l, const struct export_filter *f,
	export_member_fn *each, void *arg, struct lapse_err *err);

/* What the population rests on, counted apart from the rows. */
struct export_population {
	int64_t groups;
	int64_t groups_unread;	/* never read completely */
	int64_t members;
	int64_t oldest;		/* of the groups' complete readings */
	int64_t newest;
};
int export_population(struct ledger *l, const struct export_filter *f,
	struct export_population *ret, struct lapse_err *err);

/* One row per grant and hold, and per grant by hand. */
enum export_type { EXPORT_TEXT, EXPORT_INT, EXPORT_TIME, EXPORT_YES };
struct export_column {
	const char *name;
	enum export_type type;
};
const struct export_column *export_change_columns(size_t *ret_n);
/* each reads the columns by number. */
int export_changes(struct ledger *l, const struct export_filter *f,
	int (*each)(void *arg, const struct row *r, struct lapse_err *err),
	void *arg, struct lapse_err *err);

#endif
