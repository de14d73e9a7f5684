/* Every text that lapse writes in Slack. It is Slack's mark-up: what people
 * wrote is escaped, and the links are ours. */
#ifndef LAPSE_CORE_TEXTS_SLACK_H
#define LAPSE_CORE_TEXTS_SLACK_H

#include "buf.h"
#include "when.h"

/* What they speak of; NULL, WHEN_NONE or 0 where it does not apply. */
struct texts_heard {
	const char *key;	/* "ACC-7", */
	const char *url;	/* and where it is */
	const char *role;
	const char *about;
	const char *beneficiary;	/* display names */
	const char *requester;
	const char *reason;	/* the requester's words */
	const char *again;	/* why it is asked for once more */
	const char *held;	/* roles that they hold already */
	const char *words;	/* of an outcome, of who approved */
	int64_t duration_s;	/* 0: no end */
	int64_t asked_s;	/* more was asked for than that; 0 */
	int64_t starts_at;
	int64_t until;		/* an end, a due date */
	int64_t total;		/* of items */
	const char *end_reason;
	const char *by;		/* who ended it, where a person did */
	const char *kept;	/* the role that keeps a part of it, or all; */
	int64_t kept_until;	/* until then */
	const char *ask_for;	/* how long one asks for it here: "8h"; NULL:
				   it cannot be asked for here */
	const char *zone;	/* of the reader; NULL: UTC alone */
	bool all;		/* all who are asked must approve */
	bool in_slack;		/* they may answer here: */
	bool by_sign;		/* by a reaction */
	bool by_word;		/* by a reply */
	bool reminder;		/* of what another message asks */
};

/* kind as struct happening has it; LAPSE_EINTERNAL for one without a text. */
int texts_heard(struct buf *out, const char *kind,
	const struct texts_heard *t, struct lapse_err *err);
/* On the issue: your access ends soon, and how to extend. Plain text. */
void texts_ending(struct buf *out, const struct texts_heard *t);

#endif
