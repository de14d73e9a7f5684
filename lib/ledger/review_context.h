/* What the ledger knows about one access when it comes up for review: how it
 * came about, who has it, what the person holds besides. No rules. */
#ifndef LAPSE_LEDGER_REVIEW_CONTEXT_H
#define LAPSE_LEDGER_REVIEW_CONTEXT_H

#include "grants.h"

/* The live grant that holds a membership longest. <Shape> grant 0: no grant
 * does, and nothing else is known here. */
struct context_origin {
	int64_t grant;
	const char *role;
	const char *application;
	const char *account;
	bool elevated;
	int64_t granted_at;
	int64_t expires_at;
	const char *issue_key;
	const char *reason;
	const char *by;		/* who approved, or gave it by hand */
};

int context_origin(struct ledger *l, const struct membership *m,
	struct arena *a, struct context_origin *ret, struct lapse_err *err);

/* What is known of a membership that no grant holds. <Shape> NULL and
 * WHEN_NONE: not known. */
struct context_found {
	bool read;		/* the group was read whole before */
	int64_t since;		/* when the member was seen first */
	const char *added_by;	/* by a provider's log */
	int64_t added_at;
	const char *added_source;
};
int context_found(struct ledger *l, const struct membership *m,
	struct arena *a, struct context_found *ret, struct lapse_err *err);
/* Who approved a grant, or gave it by hand; NULL: nobody is named. */
int context_given_by(struct ledger *l, int64_t grant, struct arena *a,
	const char **ret, struct lapse_err *err);
/* "idp:group" of every group that this user was in at the last complete
 * readings, appended. */
int context_groups(struct ledger *l, const char *idp, const char *user,
	struct arena *a, struct strs *ret, struct lapse_err *err);
/* Has their manager, department or title changed since then? */
int context_moved(struct ledger *l, const char *idp, const char *user,
	int64_t since, bool *ret, struct lapse_err *err);

/* What was known of a group before it is read anew. */
struct context_group {
	const char *name;	/* NULL: not known */
	int64_t members;	/* at the last complete reading */
	int64_t lost;		/* missed since then, and not by lapse's doing */
	int64_t held;		/* memberships that live grants are proven to
				   hold */
	const char *kind;	/* as the schema says; NULL: not known */
	const char *detail;
	int64_t first_at;	/* when any member was seen first; WHEN_NONE */
};
int context_group(struct ledger *l, const char *idp, const char *group,
	int64_t since, struct arena *a, struct context_group *ret,
	struct lapse_err *err);

#endif
