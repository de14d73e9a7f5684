/* Grants and holds as rows. What they mean is core's: reconcile.c, grant.c. */
#ifndef LAPSE_LEDGER_GRANTS_H
#define LAPSE_LEDGER_GRANTS_H

#include "ledger.h"

/* <Shape> the columns of "grant"; texts in the arena it was read into, NULL
 * where the column is NULL; times WHEN_NONE likewise; numbers 0. */
struct grant_row {
	int64_t id;
	int64_t request;
	int64_t approval;
	const char *issue;
	const char *issue_key;
	const char *account;
	const char *role;
	const char *application;
	bool elevated;
	bool manual;
	const char *state;
	int64_t duration_s;
	int64_t created_at;
	int64_t projected_at;
	int64_t first_add_at;
	int64_t starts_at;
	int64_t ends_at;
	int64_t ended_at;
	const char *end_reason;
	const char *end_by;
	const char *end_note;
	int64_t ending_at;
	int64_t extended_from;
	bool break_glass;
	const char *reason;
	const char *operator;
	const char *policy;
	const char *content_hash;
};

struct grant_rows {
	VEC(struct grant_row) list;
};

/* LAPSE_ENOTFOUND when there is none. */
int grant_get(struct ledger *l, int64_t id, struct arena *a,
	struct grant_row *ret, struct lapse_err *err);
/* Deadline reached and not ending yet, oldest deadline first. */
int grants_due(struct ledger *l, int64_t now, int64_t limit, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err);
/* granting or ending by groups, by id: what a person does by hand moves only
 * by what that person does. */
int grants_moving(struct ledger *l, struct arena *a, struct grant_rows *ret,
	struct lapse_err *err);
int grants_ending(struct ledger *l, struct arena *a, struct grant_rows *ret,
	struct lapse_err *err);
/* Without an issue of their own yet, or break-glass and not acknowledged. */
int grants_unrecorded(struct ledger *l, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err);
int grants_unacknowledged(struct ledger *l, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err);
/* *ret_now false: another run had noted one. */
int grant_set_acknowledged(struct ledger *l, int64_t id, const char *account,
	bool *ret_now, struct lapse_err *err);
/* granting, active or ending, of an account; NULL: of everybody. */
int grants_live(struct ledger *l, const char *account, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err);
/* By the issue's id or key. */
int grants_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err);

/* Does the ledger know of the role, or of the provider, at all? */
int grants_know_role(struct ledger *l, const char *role, bool *ret,
	struct lapse_err *err);
int grants_know_idp(struct ledger *l, const char *idp, bool *ret,
	struct lapse_err *err);

/* Inserts (id is ignored) and returns the new id. */
int grant_add(struct ledger *l, const struct grant_row *g, int64_t *ret_id,
	struct lapse_err *err);
int grant_set_active(struct ledger *l, int64_t id, int64_t starts_at,
	int64_t ends_at, struct lapse_err *err);
/* Of an active one. */
int grant_set_deadline(struct ledger *l, int64_t id, int64_t ends_at,
	struct lapse_err *err);
int grant_set_ending(struct ledger *l, int64_t id, int64_t now,
	const char *reason, const char *by, const char *note,
	struct lapse_err *err);
int grant_set_ended(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err);
int grant_set_issue(struct ledger *l, int64_t id, const char *issue,
	const char *key, struct lapse_err *err);
/* Only where it is still NULL. */
int grant_set_first_add(struct ledger *l, int64_t id, int64_t at,
	struct lapse_err *err);

/* One membership, by the provider's ids. */
struct membership {
	const char *idp;
	const char *group;
	const char *user;
};

struct hold_row {
	int64_t id;
	int64_t grant;			/* 0: pre-existing access */
	struct membership m;
	const char *before;
	int64_t placed_at;
	int64_t verified_at;
	int64_t missed_at;
	int64_t released_at;
	int64_t kept_by;
};

struct hold_rows {
	VEC(struct hold_row) list;
};

int holds_of_grant(struct ledger *l, int64_t grant, struct arena *a,
	struct hold_rows *ret, struct lapse_err *err);
/* Live holds on one membership, pre-existing ones too, latest deadline of
 * their grants first (no end before all). */
int holds_on(struct ledger *l, const struct membership *m, struct arena *a,
	struct hold_rows *ret, struct lapse_err *err);
/* All live holds of grants at one provider. */
int holds_live(struct ledger *l, const char *idp, struct arena *a,
	struct hold_rows *ret, struct lapse_err *err);
int hold_add(struct ledger *l, const struct hold_row *h, int64_t *ret_id,
	struct lapse_err *err);
int hold_release(struct ledger *l, int64_t id, int64_t now, int64_t kept_by,
	struct lapse_err *err);
/* WHEN_NONE: it was seen again. */
int hold_set_missed(struct ledger *l, int64_t id, int64_t at,
	struct lapse_err *err);
/* Every ending grant that had a hold on this membership: a person gave up its
 * removal. */
int grants_set_abandoned(struct ledger *l, const struct membership *m,
	const char *by, const char *note, struct lapse_err *err);
/* Every live, unverified hold on a membership. */
int holds_verify(struct ledger *l, const struct membership *m, int64_t now,
	struct lapse_err *err);
/* Pre-existing holds go when the membership is verified absent. */
int holds_release_pre(struct ledger *l, const struct membership *m,
	int64_t now, struct lapse_err *err);

#endif
