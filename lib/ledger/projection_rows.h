/* What the projection of an issue shows, as rows. */
#ifndef LAPSE_LEDGER_PROJECTION_ROWS_H
#define LAPSE_LEDGER_PROJECTION_ROWS_H

#include "ledger.h"

/* <Shape> texts live in the caller's arena, NULL where there is none; times
 * are WHEN_NONE where there is none. */
struct projection_grant {
	int64_t id;
	const char *role;
	const char *account;
	const char *state;
	int64_t starts_at;
	int64_t ends_at;	/* WHEN_NONE: no end */
	const char *approval;	/* Jira's approval id */
	const char *end_reason;
	int64_t prolonged_to;	/* an extension's deadline; WHEN_NONE */
	const char *application;
	bool elevated;
	bool manual;
	int64_t duration_s;	/* 0: none */
	int64_t created_at;
	int64_t first_add_at;
	int64_t ending_at;
	int64_t ended_at;
	const char *end_by;
	int64_t extended_from;	/* a grant; 0: none */
	bool break_glass;
	const char *acknowledged_by;
	const char *operator;
	const char *policy;
	const char *content;	/* hash of what was approved */
	const char *mode;	/* of the approval */
	const char *approval_method;
	const char *approvers;	/* accounts that approved in Slack, a blank
				   between two; NULL: Jira itself has them */
	int64_t asked_at;
};

struct projection_hold {
	int64_t grant;
	const char *idp;
	const char *group;
	const char *user;
	const char *before;
	int64_t placed_at;
	int64_t released_at;
	int64_t verified_at;
	int64_t pre_at;		/* since when it is known to be from before
				   lapse; WHEN_NONE: it is not */
	/* The last change that is proven to have made the membership what it
	 * is; id 0: none. */
	struct {
		int64_t id;
		const char *kind;
		const char *state;
		int64_t sent_at;
		int64_t settled_at;
		int64_t verified_at;
	} last;
};

struct projection_change {
	int64_t grant;
	int64_t id;
	const char *kind;
	const char *state;
	const char *idp;
	const char *group;
	const char *user;
	int64_t opened_at;
	int64_t due_at;
	int64_t attempts;
	const char *error;
};

/* A step by hand. */
struct projection_step {
	int64_t grant;
	const char *kind;	/* add remove */
	const char *issue;	/* the sub-task's id; NULL: still owed */
	const char *key;
	int64_t opened_at;
	int64_t due_at;
	int64_t done_at;
	const char *done_by;
};

/* Grants, their holds, unsettled changes and steps, each by id. */
struct projection_rows {
	VEC(struct projection_grant) grants;
	VEC(struct projection_hold) holds;
	VEC(struct projection_change) changes;
	VEC(struct projection_step) steps;
};

/* To be read inside one view of the ledger: four queries. */
int projection_rows(struct ledger *l, const char *issue, struct arena *a,
	struct projection_rows *ret, struct lapse_err *err);
/* The intent of a grant in granting stands on its issue since now. */
int projection_rows_shown(struct ledger *l, int64_t grant, int64_t now,
	struct lapse_err *err);
/* *ret WHEN_NONE: no end. <Errors> LAPSE_ENOTFOUND. */
int projection_rows_deadline(struct ledger *l, int64_t grant, int64_t *ret,
	struct lapse_err *err);

#endif
