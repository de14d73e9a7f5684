/* What becomes of an open review, shared by the files that sync and
 * review-close do it with: decisions read and judged (review_moves.c,
 * review_sheet.c, review_judge.c), items moved to another reviewer (review_move.c), acted on
 * (review_act.c), and what comes with time (review_time.c). */
#ifndef LAPSE_CORE_REVIEW_SYNC_H
#define LAPSE_CORE_REVIEW_SYNC_H

#include "budget.h"
#include "core.h"
#include "review_rows.h"

enum {
	REVIEW_BATCH = 500,	/* rows written with one commit */
};

/* The shape of the fields that reviewers fill on a sub-task. */
void review_form(const struct lapse *l, struct jira_form *ret);

/* ---- review_say.c ---- */

/* A transaction of its own, unless the caller's is open. */
int review_begin(struct lapse *l, bool *ret_own, struct lapse_err *err);
int review_end(struct lapse *l, bool own, int rc, struct lapse_err *err);

/* The person of an item, and what it is access to, in words. Never NULL. */
const char *review_person(const struct item_row *i);
const char *review_access(const struct item_row *i);

/* ---- review_say.c: inside the open transaction ---- */

/* One evidence row of a review. <Shape> item NULL: of the sheet; sheet NULL
 * too: of the campaign. Its issue is the item's sub-task, else the sheet's,
 * else the campaign's. detail and more are members of data; words is what a
 * person wrote. */
struct review_said {
	const char *kind;
	const struct campaign_row *campaign;
	const struct sheet_row *sheet;
	const struct item_row *item;
	int64_t grant;
	const char *actor;	/* NULL: lapse */
	const char *ref;	/* changelog entry, attachment, approval */
	const char *detail;	/* a code or ids */
	const char *refused;	/* the decision that does not count; NULL */
	const char *words;
};
const char *review_issue_of(const struct review_said *s);
int review_say(struct lapse *l, const struct review_said *s, int64_t *ret_seq,
	struct lapse_err *err);
/* And a comment on the same issue. */
int review_tell(struct lapse *l, const struct review_said *s,
	const struct buf *text, struct lapse_err *err);
/* Was this said before, of the same issue? Outside or inside. */
int review_was_said(struct lapse *l, const struct review_said *s, bool *ret,
	struct lapse_err *err);

/* ---- review_judge.c ---- */

/* What somebody said of one item, wherever it was said. */
struct review_vote {
	const char *what;	/* keep revoke limit */
	const char *by;		/* account */
	const char *by_name;	/* NULL */
	int64_t at;
	const char *ref;
	const char *reason;	/* NULL: none */
	const char *until;	/* as it was written; NULL */
	const char *digest;	/* of the row it was said of; NULL: the item's
				   own issue says which */
	const char *changed;	/* "end" or "reason": somebody else wrote it, */
	const char *changed_by;	/* this person; NULL: nobody else */
};

/* Why a vote does not count: a short word for the evidence, and words for the
 * reviewer. <Shape> code NULL: it counts. */
struct review_no {
	const char *code;	/* digest not-asked too-late no-reason no-role
				   no-end bad-end end-passed too-long
				   field-changed not-ours */
	const char *words;
};

/* May what was decided still be changed by another decision? */
bool review_is_open(const struct item_row *i);
bool review_is_closed(const struct campaign_row *c);

/* Takes a vote into the ledger, in a transaction of its own where there is
 * none, or says why not: code NULL when it counts or nothing changed. i is brought up to date. */
int review_vote(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct item_row *i,
	const struct review_vote *v, struct arena *a, struct review_no *ret_no,
	struct lapse_err *err);
/* A vote that does not count: told once, with what stands instead. */
int review_refuse(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct item_row *i,
	const struct review_vote *v, const struct review_no *why,
	struct arena *a, struct lapse_err *err);

/* ---- review_moves.c ---- */

/* An issue as it was read, and its history where that was needed. */
struct review_seen {
	const char *issue;
	const char *status;
	const char *assignee;	/* account; NULL nobody */
	const char *reason;
	const char *until;
	int64_t updated_at;	/* WHEN_NONE: it may change within this very
				   second; read it again */
	int64_t read_at;	/* by Jira's clock; WHEN_NONE */
	const struct jira_history *history;	/* status, assignee, the
						   fields; NULL */
};
/* Is its history needed to judge it? */
bool review_needs_history(const struct lapse *l, const struct sheet_row *s,
	const struct item_row *i, const struct review_seen *seen);
int review_judge_task(struct lapse *l, const struct campaign_row *c,
	struct item_row *i, const struct review_seen *seen,
	struct lapse_err *err);

/* ---- review_sheet.c ---- */

int review_judge_sheet(struct lapse *l, const struct campaign_row *c,
	struct sheet_row *s, const struct review_seen *seen,
	struct lapse_err *err);

/* ---- review_move.c ---- */

struct review_move {
	const struct campaign_row *campaign;
	const struct sheet_row *from;
	const char *to;		/* account */
	const char *why;	/* reassigned fallback */
	const char *actor;	/* NULL: lapse */
	const char *ref;
};
/* The last edit that gave an issue to who has it now, if that is not who is
 * asked and somebody who may decide so made it; NULL: none. */
const struct jira_edit *review_reassigned(const struct lapse *l,
	const struct sheet_row *s, const struct item_row *i,
	const struct review_seen *seen);
/* Moves one item whose issue is with the new one already, or has none.
 * *ret_moved false: that person is not active, or it is their own access;
 * said once. */
int review_move_item(struct lapse *l, const struct review_move *m,
	struct item_row *i, struct arena *a, bool *ret_moved,
	struct lapse_err *err);
/* All items of the sheet that are open, their sub-tasks too. Goes on in the
 * next run where the deadline cuts it short. *ret_all: none is left. */
int review_move_all(struct lapse *l, const struct review_move *m,
	bool undecided_only, bool *ret_all, struct lapse_err *err);
/* Items whose person or access went. */
int review_leavers(struct lapse *l, const struct campaign_row *c,
	struct lapse_err *err);

/* ---- review_sheet_file.c: inside the open transaction ---- */

/* The sheet's file is to be attached once more: it has other items now. */
int review_file_again(struct lapse *l, const struct sheet_row *s,
	struct lapse_err *err);
/* It may have been attached then, by another host: looked for first. */
int review_file_sought(struct lapse *l, const struct sheet_row *s, int64_t at,
	struct lapse_err *err);

/* ---- review_time.c ---- */

int review_time(struct lapse *l, const struct campaign_row *c,
	struct lapse_err *err);

/* ---- review_act.c ---- */

int review_act(struct lapse *l, const struct campaign_row *c,
	struct budget *budget, struct lapse_err *err);
/* Items whose removal came to its end. */
int review_settle(struct lapse *l, const struct campaign_row *c,
	struct lapse_err *err);
/* An item that is not true any more. Inside the open transaction. */
int review_stale(struct lapse *l, const struct campaign_row *c,
	struct item_row *i, const char *why, struct lapse_err *err);

/* ---- review_ack.c ---- */

/* Asks the acknowledger on the campaign's issue, where summary (lines of
 * texts_review_numbers() and the tests) says what of; the row's texts are in the
 * arena then. <Errors> LAPSE_EITEM: the approval does not show;
 * LAPSE_EREFUSED: its workflow has no way to it, and nothing was written. */
int review_ask(struct lapse *l, struct campaign_row *c, const char *account,
	const char *summary, struct arena *a, struct lapse_err *err);
/* Can the one who was asked still answer? */
int review_awaits(struct lapse *l, const struct campaign_row *c, bool *ret,
	struct lapse_err *err);
/* Reads the answer of the one who was asked. Where the approval ended without
 * it, or is gone, the asking is void: approval is NULL then. */
int review_answered(struct lapse *l, struct campaign_row *c,
	struct lapse_err *err);

#endif
