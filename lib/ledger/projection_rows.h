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
};

/* Grants, their holds and their unsettled changes, each by id. */
struct projection_rows {
	VEC(struct projection_grant) grants;
	VEC(struct projection_hold) holds;
	VEC(struct projection_change) changes;
};

/* To be read inside one view of the ledger: three queries. */
int projection_rows(struct ledger *l, const char *issue, struct arena *a,
	struct projection_rows *ret, struct lapse_err *err);
/* The intent of a grant in granting stands on its issue since now. */
int projection_rows_shown(struct ledger *l, int64_t grant, int64_t now,
	struct lapse_err *err);
/* *ret WHEN_NONE: no end. <Errors> LAPSE_ENOTFOUND. */
int projection_rows_deadline(struct ledger *l, int64_t grant, int64_t *ret,
	struct lapse_err *err);

#endif
