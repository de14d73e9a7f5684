/* One issue's notices while they are delivered: which operation is next, and
 * what its result means for the outbox. Nothing here moves an operation; the
 * caller does, one at a time. */
#ifndef LAPSE_CORE_NOTICE_ISSUE_H
#define LAPSE_CORE_NOTICE_ISSUE_H

#include "core.h"
#include "notices.h"
#include "projection.h"

enum notice_doing {
	NOTICE_SENDING,
	NOTICE_LOOKING,		/* for a comment that may be there */
	NOTICE_CHECKING,	/* does the issue still exist? */
};

/* <Shape> filled by notice_issue_open(). op is the one to be moved when
 * notice_issue_next() returned 1; its inputs live here. */
struct notice_issue {
	struct lapse *l;
	const char *issue;
	struct arena arena;
	struct notice_rows notices;
	size_t at;		/* the one under way */
	enum notice_doing doing;
	bool looked;		/* and it is not there: post it */
	bool held_back;		/* one failed: only the property goes on */
	bool again;		/* rows were added: read once more */
	struct projection shown;
	char marker[64];
	struct op op;
	struct lapse_err why;	/* of the write that is being checked */
};

/* <Ownership> issue is borrowed until notice_issue_clear(). */
int notice_issue_open(struct notice_issue *d, struct lapse *l,
	const char *issue, struct lapse_err *err);
/* 1: d->op is to be moved; 0: nothing is left to do now. Fails with the
 * ledger's codes only. */
int notice_issue_next(struct notice_issue *d, struct lapse_err *err);
/* Takes the result of d->op (rc, and why where rc < 0) into the ledger. Fails
 * with the ledger's codes only. */
int notice_issue_took(struct notice_issue *d, int rc,
	const struct lapse_err *why, struct lapse_err *err);
void notice_issue_clear(struct notice_issue *d);

/* Seconds to wait after so many failed attempts: 1, 2, 4 .. 60 min. */
int64_t notice_backoff_s(int64_t attempts);

/* The line that ends a comment: the evidence that it tells of, else the
 * notice itself. */
void notice_marker(int64_t seq, int64_t id, bool internal, char *ret,
	size_t size);

#endif
