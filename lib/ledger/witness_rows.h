/* What Jira was told and should still have, issue by issue. */
#ifndef LAPSE_LEDGER_WITNESS_ROWS_H
#define LAPSE_LEDGER_WITNESS_ROWS_H

#include "ledger.h"

/* <Shape> texts live in the caller's arena. */
struct told_comment {
	const char *id;		/* Jira's; NULL: not known, or not done */
	const char *body;
	int64_t notice;
	int64_t seq;		/* 0: tells of no evidence */
	bool public;
	bool done;		/* else it is owed, or was dropped: it may stand
				   there all the same */
	bool graced;		/* a date was put in when it was delivered */
};

struct told_issue {
	const char *issue;	/* id */
	const char *key;	/* the id where no request has a key for it */
	int64_t property_seq;	/* of the property as last owed and written; 0:
				   it was never written */
	bool property_known;	/* it was owed once */
	bool property_owed;	/* it is about to be written anew */
	int64_t last_seq;	/* of evidence about it and its grants */
	VEC(struct told_comment) comments;
};

struct told {
	VEC(struct told_issue) issues;
};

/* The next issues by id that were told something, or that evidence is about,
 * after one ("" : from the start), so many at most,
 * each with all that it was told. None: that was all. */
int witness_told(struct ledger *l, const char *after, int64_t limit,
	struct arena *a, struct told *ret, struct lapse_err *err);

/* Does the ledger know anything of what that issue was told? */
int witness_has(struct ledger *l, const char *issue, bool *ret,
	struct lapse_err *err);

/* Since when this ledger knows of all that it tells Jira: it was made then, or
 * brought forward over a gap that its evidence names. */
int witness_since(struct ledger *l, int64_t *ret, struct lapse_err *err);

#endif
