/* Rows as they are put back from what stands on issues. Ids are kept where
 * they are free and nothing newer has come after them: the issues name them. */
#ifndef LAPSE_LEDGER_REBUILD_ROWS_H
#define LAPSE_LEDGER_REBUILD_ROWS_H

#include "grants.h"
#include "projection_rows.h"

/* Has nothing been kept in it yet, but that it was made? */
int rebuild_rows_empty(struct ledger *l, bool *ret, struct lapse_err *err);

/* A claimed grant, and what the ledger has for it. */
struct rebuilt_grant {
	const struct projection_grant *g;
	const char *issue;
	const char *key;
	int64_t request;	/* 0: none */
	int64_t approval;	/* a row; 0: none */
	const char *application;
	bool elevated;
	int64_t ends_at;	/* as far as it is believed */
	const char *policy;	/* a row; NULL */
	const char *reason;	/* the requester's words; NULL */
	int64_t projected_at;
};
int rebuild_rows_grant(struct ledger *l, const struct rebuilt_grant *r,
	int64_t *ret_id, struct lapse_err *err);
int rebuild_rows_hold(struct ledger *l, int64_t grant,
	const struct projection_hold *h, struct lapse_err *err);
/* A live hold "from before lapse", where there is none yet. */
int rebuild_rows_pre(struct ledger *l, const struct membership *m,
	int64_t placed_at, struct lapse_err *err);
/* A change that is proven, with the id that it had or a later one. */
int rebuild_rows_last(struct ledger *l, int64_t grant,
	const struct projection_hold *h, struct lapse_err *err);
/* One that is not; where one is open on the membership already, that counts.
 * An add may have been sent: nobody knows. */
int rebuild_rows_change(struct ledger *l, int64_t grant,
	const struct projection_change *c, int64_t now,
	struct lapse_err *err);
int rebuild_rows_step(struct ledger *l, int64_t grant,
	const struct projection_step *s, struct lapse_err *err);
/* Of an issue's request: the row of this approval, 0: none. */
int rebuild_rows_approval(struct ledger *l, int64_t request,
	const char *approval, int64_t *ret, struct lapse_err *err);
/* The issues that have grants, with their keys. */
int rebuild_rows_issues(struct ledger *l, struct arena *a,
	struct strs *ret_ids, struct strs *ret_keys, struct lapse_err *err);
/* What was owed to Jira may have been told since: looked for first. */
int rebuild_rows_doubt(struct ledger *l, struct lapse_err *err);

#endif
