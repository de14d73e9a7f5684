/* What lapse writes to people about access that nobody seems to use. */
#ifndef LAPSE_CORE_TEXTS_RECLAIM_H
#define LAPSE_CORE_TEXTS_RECLAIM_H

#include "buf.h"
#include "when.h"

struct texts_unused {
	const struct arena *arena;	/* where the texts are */
	const char *beneficiary;	/* display name */
	const char *role;
	const char *application;
	const char *zone;		/* of the reader */
	bool seen;			/* used at `at`; else not since then */
	int64_t at;
	const char *source;		/* what says so */
	bool of_application;		/* else: a sign-in to the organisation */
	int64_t due_at;			/* WHEN_NONE: TEXTS_DUE stands there */
	bool before_lapse;		/* access that lapse did not give */
	const char *why;		/* of a cancellation, in words */
};

/* A time that is known only when the comment is delivered. Text from outside
 * has no control characters left when it gets here. */
#define TEXTS_DUE "\x1a"

/* The warning: a comment, or the description of an issue of its own, */
void texts_unused(struct buf *out, const struct texts_unused *t);
/* whose summary this is. */
void texts_unused_summary(struct buf *out, const struct texts_unused *t);
/* That text, with the time in its place; what has no place is as it was. */
void texts_unused_dated(struct buf *out, const char *text, int64_t due_at,
	const char *zone);
/* It stays after all. */
void texts_unused_kept(struct buf *out, const struct texts_unused *t);

#endif
