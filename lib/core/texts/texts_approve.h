/* What lapse answers to whoever approves or declines in Slack. */
#ifndef LAPSE_CORE_TEXTS_APPROVE_H
#define LAPSE_CORE_TEXTS_APPROVE_H

#include "buf.h"

/* decision: approved or declined; refused: why it does not count; NULL. */
void texts_approve_said(struct buf *out, const char *key,
	const char *decision, const char *refused);
/* What would have been an answer. */
void texts_approve_hint(struct buf *out);
/* The same for an answer to which nothing tells the request. */
void texts_approve_where(struct buf *out);

#endif
