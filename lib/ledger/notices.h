/* The rows of the outbox, and the kernel lock that lets one process at a time
 * write to an issue. No rules about when to send what. */
#ifndef LAPSE_LEDGER_NOTICES_H
#define LAPSE_LEDGER_NOTICES_H

#include "ledger.h"

/* <Shape> texts live in the caller's arena; NULL where the row has none.
 * seq 0: tells of no evidence. */
struct notice_row {
	int64_t id;
	const char *issue;
	const char *kind;	/* comment internal transition property */
	const char *body;
	const char *detail;
	int64_t seq;
	bool doubtful;		/* sent once; the outcome was not seen */
	int64_t attempts;	/* failed ones */
	int64_t next_attempt_at;
	int64_t created_at;
};

struct notice_rows {
	VEC(struct notice_row) rows;
};

/* Inside a transaction. A property that is owed already is not owed twice:
 * its seq is raised instead, so that a delivery under way is seen to be
 * older. */
int notices_add(struct ledger *l, const struct notice_row *n, int64_t now,
	struct lapse_err *err);

/* The issues with something due at now, those that wait longest first; only
 * (an issue id or NULL) narrows it to one. The first row of an issue decides
 * for those after it; a property waits for nobody. */
int notices_issues(struct ledger *l, const char *only, int64_t now,
	struct arena *a, struct strs *ret, struct lapse_err *err);
/* All open rows of one issue in their order, due or not. */
int notices_of(struct ledger *l, const char *issue, struct arena *a,
	struct notice_rows *ret, struct lapse_err *err);

/* Before a comment is sent: a process that dies leaves it doubtful. */
int notices_sending(struct ledger *l, int64_t id, struct lapse_err *err);
int notices_done(struct ledger *l, int64_t id, int64_t now,
	const char *remote_id, struct lapse_err *err);
/* *ret_done false: it was owed again since seq, and stays open. */
int notices_property_done(struct ledger *l, const char *issue, int64_t seq,
	int64_t now, bool *ret_done, struct lapse_err *err);
int notices_failed(struct ledger *l, int64_t id, bool doubtful,
	int64_t next_attempt_at, const char *why, struct lapse_err *err);
int notices_drop(struct ledger *l, int64_t id, int64_t now, const char *why,
	struct lapse_err *err);

/* What should have been told by now: failed once, or older than before. */
struct notice_backlog {
	int64_t n;
	int64_t oldest_at;	/* WHEN_NONE: n is 0 */
	char last_error[256];	/* of the oldest one that failed; "" */
};
int notices_backlog(struct ledger *l, const char *only, int64_t before,
	struct notice_backlog *ret, struct lapse_err *err);

/* When a comment that begins a grace (see notice.h), owed at since or later,
 * was delivered; WHEN_NONE: not yet, or never. */
int notices_grace(struct ledger *l, const char *issue, int64_t since,
	int64_t *ret, struct lapse_err *err);

/* One lock file beside the ledger; each issue is one byte of it, so that two
 * processes never write to one issue at a time. The kernel frees it with the
 * process. <Errors> LAPSE_EIO. */
int notices_locks_open(struct ledger *l, int *ret_fd, struct lapse_err *err);
bool notices_lock(int fd, const char *issue);	/* false: someone has it */
void notices_unlock(int fd, const char *issue);
void notices_locks_close(int *fd);		/* frees all of them */

#define AUTO_LOCKS __attribute__((cleanup(notices_locks_close))) int

#endif
