/* The rows of the audit export, in the order and with the values that the
 * files have; no CSV here. All in ascending key order, so that the same ledger
 * gives the same rows. */
#ifndef LAPSE_LEDGER_EXPORT_ROWS_H
#define LAPSE_LEDGER_EXPORT_ROWS_H

#include "ledger.h"

/* <Shape> NULL and WHEN_NONE: no limit. since and until bound changes (a grant
 * that existed at some moment of [since, until)) and events. */
struct export_filter {
	const char *idp;
	const char *role;	/* its own grants; all members of the groups
				   in which it ever held one */
	int64_t since;
	int64_t until;
	int64_t as_of;		/* what was so then; nothing of later */
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
	const char *user;	/* NULL: all of the person by export_person() */
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
	bool by_reading;	/* then; else by a hold alone */
};

typedef int export_group_fn(void *arg, const struct export_group *g,
	struct lapse_err *err);
typedef int export_member_fn(void *arg, const struct export_member *m,
	struct lapse_err *err);

int export_groups(struct ledger *l, const struct export_filter *f,
	export_group_fn *each, void *arg, struct lapse_err *err);
/* Present members of a group, less those that lapse removed since; without
 * the persons, who are in other groups too. */
int export_members(struct ledger *l, const struct export_group *g,
	export_member_fn *each, void *arg, struct lapse_err *err);
/* The person alone, and the provider. */
int export_person(struct ledger *l, int64_t uid, export_member_fn *each,
	void *arg, struct lapse_err *err);
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
	int64_t unknown;	/* then: groups that were read later only */
	int64_t first;		/* then: the first reading of one of these */
};
int export_population(struct ledger *l, const struct export_filter *f,
	struct export_population *ret, struct lapse_err *err);

/* By the readings of then; members is not counted. */
int export_population_then(struct ledger *l, const struct export_filter *f,
	struct export_population *ret, struct lapse_err *err);

/* What the statements of members begin with: user and hold; and those of a
 * population. */
void export_read_member(const struct row *r, struct export_member *m);
void export_read_population(const struct row *r, struct export_population *p);
/* The memberships of a group that stood at a time, each as above; not those that were
 * given by hand. What is known of a person or of a group is of now. */
int export_members_then(struct ledger *l, const struct export_filter *f,
	const struct export_group *group, export_member_fn *each, void *arg,
	struct lapse_err *err);
/* Every group there is or was; only their ids. */
int export_groups_then(struct ledger *l, const struct export_filter *f,
	export_group_fn *each, void *arg, struct lapse_err *err);

/* ---- Rows that are exported as they are ---- */

enum export_type { EXPORT_TEXT, EXPORT_INT, EXPORT_TIME, EXPORT_YES };
struct export_column {
	const char *name;
	enum export_type type;
};
/* What the rows of one kind are made of. A released column keeps its place;
 * new ones go to the end. */
struct export_table {
	const char *schema;	/* of a row as JSON: "lapse/NAME.vN" */
	const struct export_column *columns;
	size_t n;
};
/* Reads the columns by number. */
typedef int export_row_fn(void *arg, const struct row *r,
	struct lapse_err *err);

/* One row per grant and hold, and per grant by hand. */
extern const struct export_table export_change_table;
int export_changes(struct ledger *l, const struct export_filter *f,
	export_row_fn *each, void *arg, struct lapse_err *err);
/* A change of a group's membership that lapse made, or could not make, with
 * what it rests on: an event, and what the ledger knows around it. */
struct export_move {
	int64_t seq;
	int64_t at;
	bool add;
	bool failed;		/* refused for good, and parked */
	const char *detail;	/* outcome or error in words */
	const char *remote_ref;
	const char *hash;	/* of the event */
	const char *idp;
	const char *group;
	const char *group_name;
	const char *user;
	const char *login;
	const char *name;
	const char *email;
	int64_t grant;		/* 0: none */
	const char *role;
	bool elevated;
	int64_t ends_at;
	const char *issue;
	const char *reason;
	const char *approval_id;
	const char *approvers;	/* accounts, "; " between */
	const char *method;
	const char *content_hash;
	const char *policy;
	const char *actor;	/* of an add the operator, else an approver; of
				   a remove who ended the grant; else "lapse" */
	const char *actor_name;
};
typedef int export_move_fn(void *arg, const struct export_move *m,
	struct lapse_err *err);
/* changes: of the grants that the filter's times choose, as export_changes();
 * else those that happened in them, as export_events(). */
int export_moves(struct ledger *l, const struct export_filter *f, bool changes,
	export_move_fn *each, void *arg, struct lapse_err *err);
/* The evidence, as it is hashed, and its texts as far as they are left. */
extern const struct export_table export_event_table;
int export_events(struct ledger *l, const struct export_filter *f,
	export_row_fn *each, void *arg, struct lapse_err *err);
/* Every policy that decided something. */
extern const struct export_table export_policy_table;
int export_policies(struct ledger *l, const struct export_filter *f,
	export_row_fn *each, void *arg, struct lapse_err *err);
/* The latest time that the ledger knows of. */
int export_known_until(struct ledger *l, int64_t *ret, struct lapse_err *err);

#endif
