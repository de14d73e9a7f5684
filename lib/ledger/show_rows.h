/* The story of one thing: what a word means in this ledger, and the events
 * about it. */
#ifndef LAPSE_LEDGER_SHOW_ROWS_H
#define LAPSE_LEDGER_SHOW_ROWS_H

#include "list_rows.h"

enum show_kind {
	SHOW_NONE,
	SHOW_ISSUE,
	SHOW_GRANT,
	SHOW_USER,
	SHOW_ROLE,
	SHOW_GROUP,
	SHOW_REVIEW,		/* a campaign's name */
};

/* How many things of each kind have this name. idp: of a group, NULL any. */
struct show_matches {
	int64_t issues;
	int64_t grants;
	int64_t users;
	int64_t roles;
	int64_t groups;
	int64_t reviews;
};
int show_matches(struct ledger *l, const char *what, const char *idp,
	const char *group, struct show_matches *ret, struct lapse_err *err);

/* One event with the names of what it is about. Borrowed for the call. */
struct show_event {
	int64_t seq;
	int64_t at;
	const char *kind;
	const char *issue;		/* key, else id */
	const char *issue_id;
	const char *grant;		/* id as text */
	const char *role;
	const char *idp;
	const char *group;
	const char *group_name;
	const char *user;
	const char *login;
	const char *actor;		/* account, or "lapse" */
	const char *actor_name;
	const char *data;
	const char *text;		/* NULL: none, or purged */
	bool purged;
};
typedef int show_each(void *arg, const struct show_event *e,
	struct lapse_err *err);

/* Ascending. what: the id, key or name of kind. */
int show_events(struct ledger *l, enum show_kind kind, const char *what,
	const char *idp, show_each *each, void *arg, struct lapse_err *err);

#endif
