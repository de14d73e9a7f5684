/* What sync and review-close ask of a campaign's rows besides the rows
 * themselves: what to read again, who left, how much was taken, what the
 * closing finds. No rules. */
#ifndef LAPSE_LEDGER_REVIEW_WORK_H
#define LAPSE_LEDGER_REVIEW_WORK_H

#include "grants.h"
#include "review_rows.h"

/* The issues that decisions may still come from, by id: sheets with items
 * that are not over, and those items' sub-tasks. */
int review_issues(struct ledger *l, int64_t campaign, struct arena *a,
	struct strs *ret, struct lapse_err *err);

/* An undecided item whose access or person went in the meantime. */
struct review_left {
	int64_t item;
	const char *why;	/* inactive missing ended */
};
struct review_lefts {
	VEC(struct review_left) list;
};
int review_left(struct ledger *l, int64_t campaign, struct arena *a,
	struct review_lefts *ret, struct lapse_err *err);
/* Items of a campaign in one state, or NULL: all; in order of n. */
int review_items_in(struct ledger *l, int64_t campaign, const char *state,
	struct arena *a, struct item_rows *ret, struct lapse_err *err);

/* Is an open campaign owed issues again: a sheet that items were moved to, or
 * the sub-task of an item that a file decided to end? */
int review_owes(struct ledger *l, int64_t campaign, bool *ret,
	struct lapse_err *err);

/* How many of a group a campaign has begun to take away. */
int review_taken(struct ledger *l, int64_t campaign,
	const struct membership *m, int64_t *ret, struct lapse_err *err);
/* The grant that ended by a review and whose removal is or was the last
 * change on a membership; 0: none. */
int review_remover(struct ledger *l, const struct membership *m,
	int64_t *ret_grant, struct lapse_err *err);
/* Everything of a person that any campaign decided on: their moves count as
 * reviewed. */
int review_note_moved(struct ledger *l, const struct item_row *i, int64_t now,
	struct lapse_err *err);

/* ---- Closing ---- */

/* In a query over item i: is the account that of the person whose access it
 * is? By the item, by a link, by the address. */
#define REVIEW_IS_SELF(account)                                                \
	"(" account " = i.account OR EXISTS (SELECT 1 FROM link k"             \
	" WHERE k.account = " account " AND k.idp = i.idp"                     \
	" AND k.user_id = i.user_id) OR EXISTS (SELECT 1 FROM account k"       \
	" WHERE k.account = " account " AND k.email = i.email COLLATE NOCASE))"

/* In a query over item i: nobody decided, and nothing was ended; its removal
 * was read back. */
#define REVIEW_UNDECIDED                                                       \
	"(i.decision IS NULL OR (i.decision = 'keep'"                          \
	" AND i.decided_by = 'lapse'))"
#define REVIEW_REMOVED                                                         \
	"(i.decision = 'revoke' AND i.state = 'done' AND (SELECT r.end_reason" \
	" FROM \"grant\" r WHERE r.id = i.remediation_grant)"                  \
	" <> 'abandoned')"

/* In a query over campaign c. */
#define REVIEW_ACKNOWLEDGEMENT                                                 \
	"CASE WHEN c.acknowledged_at IS NOT NULL THEN 'acknowledged'"          \
	" WHEN c.state <> 'closed' THEN 'not closed'"                          \
	" WHEN c.rejected_at IS NOT NULL THEN 'rejected'"                      \
	" WHEN c.approval_id IS NOT NULL THEN 'asked'"                         \
	" WHEN c.asked_at IS NOT NULL THEN 'void' ELSE 'not asked' END"
/* The campaigns, as rows (id), that an issue ?n is of. */
#define CAMPAIGNS_OF(n)                                                        \
	"(SELECT id FROM campaign WHERE issue_id = " n " OR issue_key = " n    \
	" UNION SELECT campaign_id FROM sheet WHERE issue_id = " n             \
	" OR issue_key = " n " UNION SELECT campaign_id FROM item"             \
	" WHERE task_id = " n " OR task_key = " n ")"

struct review_counts {
	int64_t rows;		/* of the population, as it is in the ledger */
	int64_t open;		/* no decision */
	int64_t kept, revoked, limited, not_reviewed; /* as decision in
				   review_items.csv: together all rows */
	int64_t revoked_by_policy;	/* of the revoked: nobody decided */
	int64_t revoked_stale;	/* of the revoked: no longer true */
	int64_t removed;	/* of the revoked: read back as gone */
	int64_t moving;		/* decided, held or acting */
	int64_t unreviewed;	/* nobody decided, and it is still true */
	int64_t stale;		/* of all rows */
	int64_t self;		/* decided by the person itself */
	int64_t provisioned;	/* decided by who gave it */
	int64_t unremoved;	/* a revoke whose access may still be there */
	int64_t abandoned;	/* of them, given up by a person */
};
int review_counts(struct ledger *l, int64_t campaign,
	struct review_counts *ret, struct lapse_err *err);
/* Seats that its removals freed, by what one costs a month: of a person and an
 * application, once, where nothing of it is left as far as it was reviewed. */
int review_seats(struct ledger *l, int64_t campaign,
	int (*each)(void *arg, const char *cost, int64_t n,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);
/* The items' own digests, in order of n. */
int review_digests(struct ledger *l, int64_t campaign,
	int (*each)(void *arg, const char *digest), void *arg,
	struct lapse_err *err);
/* Keeps of people on sub-tasks, by reviewer and time; those of a file come
 * all at once. */
int review_keeps(struct ledger *l, int64_t campaign,
	int (*each)(void *arg, const char *by, int64_t at), void *arg,
	struct lapse_err *err);
/* Members of the campaign's groups that no item is about and who were not
 * there when it was opened: "GROUP: LOGIN". */
int review_joined(struct ledger *l, int64_t campaign, struct arena *a,
	struct strs *ret, struct lapse_err *err);
/* Did this account decide on anything of it? */
int review_decided_by(struct ledger *l, int64_t campaign, const char *account,
	bool *ret, struct lapse_err *err);

/* ---- status ---- */

struct review_backlog {
	int64_t campaigns;	/* not closed */
	int64_t undecided;
	int64_t moving;
	int64_t due_at;		/* the earliest; WHEN_NONE */
	int64_t unacknowledged;	/* closed ones */
};
int review_backlog(struct ledger *l, struct review_backlog *ret,
	struct lapse_err *err);

#endif
