/* Campaigns, sheets and items of access reviews as rows; no rules. */
#ifndef LAPSE_LEDGER_REVIEW_ROWS_H
#define LAPSE_LEDGER_REVIEW_ROWS_H

#include "ledger.h"

/* <Shape> of all three: the columns of the table; texts in the arena that the
 * row was read into, NULL where the column is NULL; times WHEN_NONE and ids 0
 * likewise. */
struct campaign_row {
	int64_t id;
	const char *name;
	const char *scope;		/* JSON */
	const char *state;		/* opening open closed */
	const char *no_response;	/* keep-and-flag revoke */
	const char *opened_by;
	int64_t opened_at;
	int64_t due_at;
	int64_t items;
	const char *digest;
	const char *issue;
	const char *issue_key;
	int64_t sought_at;
	int64_t closed_at;
	const char *closed_by;
	const char *acknowledger;
	const char *approval;
	int64_t asked_at;
	const char *acknowledged_by;
	int64_t acknowledged_at;
	int64_t rejected_at;
};

struct sheet_row {
	int64_t id;
	int64_t campaign;
	const char *reviewer;
	const char *why;
	bool csv;			/* decided in a file, not on sub-tasks */
	const char *issue;
	const char *issue_key;
	int64_t sought_at;
	int64_t told_at;
	int64_t reminded_at;
	int64_t escalated_at;
	int64_t updated_at;
	const char *attachment;
	int64_t items;			/* how many it has now */
	int64_t open;			/* of them without a decision */
};

struct item_row {
	int64_t id;
	int64_t campaign;
	int64_t n;
	const char *source;		/* idp manual import */
	const char *application;
	const char *role;
	const char *idp;
	const char *group;
	const char *group_name;
	const char *user;
	const char *account;
	const char *login;
	const char *name;
	const char *email;
	const char *status;
	const char *department;
	const char *title;
	const char *manager;
	bool orphan;
	bool elevated;
	const char *via;		/* grant standing by-hand import */
	int64_t grant;
	int64_t granted_at;
	int64_t expires_at;
	const char *request_key;
	const char *justification;
	const char *provisioned_by;
	const char *last_use;		/* seen not-seen unknown */
	int64_t last_use_at;
	const char *last_use_source;
	const char *last_use_why;
	int64_t days_inactive;		/* -1: unknown */
	const char *other_roles;
	const char *seat_cost;
	const char *recommendation;	/* keep revoke limit */
	const char *recommended_why;
	const char *digest;

	int64_t sheet;
	const char *task;
	const char *task_key;
	int64_t task_sought_at;
	int64_t task_updated_at;
	const char *decision;		/* NULL: none yet */
	int64_t decided_at;
	const char *decided_by;
	const char *decision_ref;
	const char *decision_reason;
	int64_t limit_until;
	const char *refused_ref;
	const char *state;		/* open decided held acting done stale */
	const char *outcome;
	int64_t remediation;
	int64_t acted_at;
	int64_t settled_at;
};

struct campaign_rows {
	VEC(struct campaign_row) list;
};
struct sheet_rows {
	VEC(struct sheet_row) list;
};
struct item_rows {
	VEC(struct item_row) list;
};

/* ---- Campaigns ---- */

/* <Errors> LAPSE_EREFUSED: the name is taken. */
int campaign_add(struct ledger *l, const struct campaign_row *c,
	int64_t *ret_id, struct lapse_err *err);
/* LAPSE_ENOTFOUND when there is none. */
int campaign_get(struct ledger *l, int64_t id, struct arena *a,
	struct campaign_row *ret, struct lapse_err *err);
int campaign_named(struct ledger *l, const char *name, struct arena *a,
	struct campaign_row *ret, struct lapse_err *err);
/* LAPSE_ENOTFOUND: it is no campaign's own issue. */
int campaign_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct campaign_row *ret, struct lapse_err *err);
/* One of a lost ledger, whole and under the id that it had. */
int campaign_back(struct ledger *l, const struct campaign_row *c,
	struct lapse_err *err);
/* By id; live: those not closed, or closed and asked for an acknowledgement
 * that was not given. */
int campaigns(struct ledger *l, bool live, struct arena *a,
	struct campaign_rows *ret, struct lapse_err *err);
/* Writes what may change of a campaign: state, issue, closing and
 * acknowledgement. */
int campaign_put(struct ledger *l, const struct campaign_row *c,
	struct lapse_err *err);

/* ---- Sheets ---- */

int sheet_add(struct ledger *l, const struct sheet_row *s, int64_t *ret_id,
	struct lapse_err *err);
/* One of a lost ledger, as campaign_back(). */
int sheet_back(struct ledger *l, const struct sheet_row *s,
	struct lapse_err *err);
int sheet_get(struct ledger *l, int64_t id, struct arena *a,
	struct sheet_row *ret, struct lapse_err *err);
/* By id, the numbers of their items counted. */
int sheets(struct ledger *l, int64_t campaign, struct arena *a,
	struct sheet_rows *ret, struct lapse_err *err);
/* LAPSE_ENOTFOUND: no sheet has this issue; this reviewer has none. */
int sheet_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct sheet_row *ret, struct lapse_err *err);
int sheet_of_reviewer(struct ledger *l, int64_t campaign,
	const char *reviewer, struct arena *a, struct sheet_row *ret,
	struct lapse_err *err);
/* Writes what may change: issue and times, form, attachment. */
int sheet_put(struct ledger *l, const struct sheet_row *s,
	struct lapse_err *err);

/* ---- Items ---- */

/* All columns up to sheet. */
int item_add(struct ledger *l, const struct item_row *i, int64_t *ret_id,
	struct lapse_err *err);
int item_get(struct ledger *l, int64_t id, struct arena *a,
	struct item_row *ret, struct lapse_err *err);
/* LAPSE_ENOTFOUND: it is no item's. */
int item_of_task(struct ledger *l, const char *task, struct arena *a,
	struct item_row *ret, struct lapse_err *err);
/* In order of n. each may not run item statements itself. */
int items_of_campaign(struct ledger *l, int64_t campaign,
	int (*each)(void *arg, const struct item_row *i,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);
int items_of_sheet(struct ledger *l, int64_t sheet, struct arena *a,
	struct item_rows *ret, struct lapse_err *err);
/* decided, held or acting, in order of n. */
int items_moving(struct ledger *l, int64_t campaign, struct arena *a,
	struct item_rows *ret, struct lapse_err *err);
/* Writes what may change: from sheet on. */
int item_put(struct ledger *l, const struct item_row *i,
	struct lapse_err *err);

#endif
