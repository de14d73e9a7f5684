/* Where ledger, provider and Jira disagree, as rows: what the observations and
 * the ledger's own state say together, and what a named human settled. What
 * settles what is core's: drift.c. */
#ifndef LAPSE_LEDGER_DRIFT_ROWS_H
#define LAPSE_LEDGER_DRIFT_ROWS_H

#include "grants.h"

/* One disagreement. <Shape> texts in the arena it was read into; NULL,
 * WHEN_NONE and 0 where it does not apply. */
struct drift_row {
	int64_t id;			/* of table drift; 0: it has no row */
	const char *kind;
	const char *idp;
	const char *group;
	const char *group_name;
	const char *user;
	const char *login;
	const char *account;
	const char *role;		/* of the grant */
	int64_t grant;
	const char *issue;		/* id */
	const char *issue_key;
	int64_t since;
	int64_t seen_at;		/* how old the observation is */
	bool present;			/* the person is in the group */
	const char *added_by;
	int64_t added_at;
	const char *added_source;
	int64_t change;			/* overdue: the removal */
	const char *change_state;
	int64_t verified_at;		/* ghost: the hold's; drift_unasked():
					 * the person was out of the group */
};

struct drift_rows {
	VEC(struct drift_row) list;
};

/* Everything there is now, kind after kind, each by provider, group and user.
 * late: deadlines before this are overdue; asked: approvals before this should
 * have been acted on. idp NULL: of all providers, and what belongs to none. */
int drift_rows(struct ledger *l, const char *idp, int64_t late, int64_t asked,
	struct arena *a, struct drift_rows *ret, struct lapse_err *err);

/* How many of them were there before lapse watched their group: shadow, all of
 * them, and in no row of the table. */
int drift_before(struct ledger *l, int64_t *ret, struct lapse_err *err);

/* Inside a transaction, for the rest of this header. */

/* A member who joined, or came back after a verified removal. absent_at is
 * when a reading last did not show them. No row twice while open; *ret_new
 * says whether it was new. */
int drift_add(struct ledger *l, const char *kind, const struct membership *m,
	int64_t now, int64_t absent_at, bool *ret_new, struct lapse_err *err);
/* Members of a group since `since` whom nothing of ours explains, and who have
 * no row yet: as rows of kind shadow, without names. */
int drift_joined(struct ledger *l, const char *idp, const char *group,
	int64_t since, struct arena *a, struct drift_rows *ret,
	struct lapse_err *err);
/* Those of a group who are not in it any more: there is nothing to settle. */
int drift_left(struct ledger *l, const char *idp, const char *group,
	int64_t now, struct lapse_err *err);
/* Rows of one provider, those due first, of which the log is to be asked by
 * now who added the member. */
int drift_unasked(struct ledger *l, const char *idp, int64_t now,
	int64_t limit, struct arena *a, struct drift_rows *ret,
	struct lapse_err *err);
/* by NULL: unknown, and source says why. ask_at: it is asked again then,
 * WHEN_NONE: no more. */
int drift_set_added(struct ledger *l, int64_t id, const char *by, int64_t at,
	const char *source, int64_t ask_at, struct lapse_err *err);
/* Settles this kind of drift on a membership by a person's word, whether it
 * had a row or not. */
int drift_settle(struct ledger *l, const char *kind,
	const struct membership *m, int64_t now, const char *by,
	const char *note, struct lapse_err *err);
/* Every open row on a membership, by what a grant made of it. */
int drift_close(struct ledger *l, const struct membership *m, int64_t now,
	const char *by, const char *note, struct lapse_err *err);

/* ---- Issues ---- */

int stray_put(struct ledger *l, const char *kind, const char *issue,
	const char *key, int64_t now, struct lapse_err *err);
/* Those of a kind that were last seen before `before` are so no more. */
int stray_drop(struct ledger *l, const char *kind, int64_t before,
	struct lapse_err *err);
int stray_settle(struct ledger *l, const char *issue, int64_t now,
	const char *by, const char *note, struct lapse_err *err);

#endif
