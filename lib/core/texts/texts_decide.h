/* What reviewers are told after a review was opened: of decisions that do
 * not count, of time that passes, of what was done. Plain text like all of
 * texts.h. */
#ifndef LAPSE_CORE_TEXTS_DECIDE_H
#define LAPSE_CORE_TEXTS_DECIDE_H

#include "buf.h"
#include "review_work.h"

/* what: keep revoke limit; why in words. */
void texts_vote_refused(struct buf *out, const char *by, const char *what,
	const char *why);
/* And what stands instead. */
void texts_vote_stands(struct buf *out, const char *what, const char *by);
/* Rows of a decision file that count, and those of what was settled before;
 * then those that do not: list is made of lines. */
void texts_rows_counted(struct buf *out, const char *file, int64_t taken,
	int64_t settled);
void texts_rows_refused(struct buf *out, const char *list, int64_t more);
/* A decision file of somebody else, or one that cannot be read. */
void texts_file_refused(struct buf *out, const char *file, const char *by,
	const char *why);
void texts_review_reminder(struct buf *out, const char *reviewer,
	int64_t open, int64_t due_at, int64_t fallback_at,
	const char *fallback);
/* to has the items from now on. */
void texts_review_moved(struct buf *out, const char *from, const char *to,
	int64_t items, bool late);
void texts_review_not_moved(struct buf *out, const char *to,
	const char *why);
void texts_review_stale(struct buf *out, const char *person,
	const char *why);
/* The decision was carried out, or is being; by NULL: nobody decided, and the
 * campaign's policy did. */
void texts_review_removing(struct buf *out, const char *person,
	const char *access, const char *by);
void texts_review_limited(struct buf *out, const char *person,
	const char *access, int64_t until, const char *by);
void texts_review_done(struct buf *out, const char *person,
	const char *access, const char *how);
void texts_review_closed(struct buf *out, const char *name,
	const char *summary);
/* summary of both: lines that are clean. */
void texts_review_ask(struct buf *out, const char *who, const char *name,
	const char *summary);
/* The figures of a campaign, one a line, as its export has them. */
void texts_review_numbers(struct buf *out, const struct review_counts *n);
void texts_review_answer(struct buf *out, const char *who, bool approved);
/* by NULL: nobody answered. */
void texts_review_void(struct buf *out, const char *who, const char *by);

#endif
