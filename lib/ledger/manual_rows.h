/* The rows of steps that a person does by hand. */
#ifndef LAPSE_LEDGER_MANUAL_ROWS_H
#define LAPSE_LEDGER_MANUAL_ROWS_H

#include "ledger.h"

/* A step that is not done, with what is needed to ask a person for it.
 * <Shape> texts live in the caller's arena, NULL where there is none. */
struct manual_step {
	int64_t id;
	int64_t grant;
	bool remove;
	const char *issue;	/* the sub-task's id; NULL: still owed */
	const char *key;
	int64_t opened_at;
	int64_t due_at;
	const char *parent;	/* the request's issue; NULL: none yet */
	const char *parent_key;
	const char *account;	/* the beneficiary */
	const char *name;	/* theirs, as last seen */
	const char *role;
	const char *application;
	const char *reason;
	const char *state;	/* the grant's */
	int64_t ends_at;
	const char *project;	/* NULL with request_type: not from a request */
	const char *request_type;
};

struct manual_steps {
	VEC(struct manual_step) items;
};

/* Inside a transaction; a step that is there is left as it is. */
int manual_rows_add(struct ledger *l, int64_t grant, bool remove, int64_t now,
	int64_t due_at, struct lapse_err *err);
/* Those not done, by their due time. */
int manual_rows_open(struct ledger *l, struct arena *a,
	struct manual_steps *ret, struct lapse_err *err);
/* Of these three *ret_now false says that the row is not as the caller read
 * it: another run had done that before. */
int manual_rows_opened(struct ledger *l, int64_t id, const char *issue,
	const char *key, int64_t now, bool *ret_now, struct lapse_err *err);
/* The sub-task was deleted: owed again. */
int manual_rows_lost(struct ledger *l, int64_t id, const char *issue,
	bool *ret_now, struct lapse_err *err);
/* by NULL: nobody did it, it is not needed any more. */
int manual_rows_done(struct ledger *l, int64_t id, int64_t at, const char *by,
	bool *ret_now, struct lapse_err *err);

#endif
