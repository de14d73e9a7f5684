/* What lapse answers to whoever approves or declines in Slack. */
#ifndef LAPSE_CORE_TEXTS_APPROVE_H
#define LAPSE_CORE_TEXTS_APPROVE_H

#include "buf.h"

/* decision: approved or declined; refused: why it does not count; NULL. */
void texts_approve_said(struct buf *out, const char *key,
	const char *decision, const char *refused);
/* Under a message that asked, to whom it is over for. What became of it. */
enum texts_over {
	OVER_APPROVED,
	OVER_DECLINED,
	OVER_AGAIN,		/* it is asked for anew, of them, */
	OVER_OTHERS,		/* or of others */
	OVER_WITHDRAWN,
	OVER_STALE,
	OVER_REFUSED,
	OVER_ELSE,
};
/* who: names, "" where they say nothing. */
void texts_approve_over(struct buf *out, const char *key, enum texts_over what,
	const char *who);
/* Why an answer to it does not count. */
const char *texts_over_why(enum texts_over what);
/* What would have been an answer. */
void texts_approve_hint(struct buf *out);
/* The same under a reminder, which asks nothing itself. */
void texts_approve_where(struct buf *out);

#endif
