/* Shared by review_act.c and review_hand.c: one campaign while its decisions
 * are carried out. */
#ifndef LAPSE_CORE_REVIEW_ACT_H
#define LAPSE_CORE_REVIEW_ACT_H

#include "budget.h"
#include "review_sync.h"
#include "takeover.h"

struct review_acts {
	struct lapse *l;
	const struct campaign_row *c;
	struct budget *budget;	/* of the run, whatever the campaign */
	struct arena arena;
	struct strs blocked;	/* "IDP:GROUP" that somebody must confirm */
	int64_t confirm;	/* items that wait for that, */
	int64_t later;		/* and for the next run */
};

/* That this group's removals wait. */
void review_block(struct review_acts *k, const struct item_row *i);

/* ---- Inside the open transaction ---- */

/* The item's access is being taken away by this grant's end. */
int review_acting(struct review_acts *k, struct item_row *i, int64_t grant,
	struct lapse_err *err);
/* It has an end now; outcome says it in words. */
int review_limited(struct review_acts *k, struct item_row *i, int64_t grant,
	const char *outcome, struct lapse_err *err);
/* An active grant gets the item's end as its deadline. */
int review_limit_grant(struct review_acts *k, struct item_row *i,
	const struct grant_row *g, struct lapse_err *err);

/* review_hand.c: access that no provider keeps. */
int review_act_by_hand(struct review_acts *k, struct item_row *i,
	struct arena *a, struct lapse_err *err);

#endif
