/* Who and what, in words: fills what the texts speak of from the ledger. */
#ifndef LAPSE_CORE_STORY_H
#define LAPSE_CORE_STORY_H

#include "core.h"
#include "grants.h"
#include "slack_decision_rows.h"
#include "texts.h"

/* A person's display name, or the account itself. Never NULL. */
const char *story_name(struct lapse *l, const char *account, struct arena *a);
/* The person's time zone; NULL unknown. */
const char *story_zone(struct lapse *l, const char *account, struct arena *a);
/* Role names that the account holds now, joined; NULL when none. */
const char *story_held(struct lapse *l, const char *account, struct arena *a);
/* "Ann", "Ann and Bob", "Ann, Bob and Eve". */
const char *story_list(const struct strs *names, struct arena *a);
/* What those whose decision counted said with it, "Ann: fine" of several;
 * NULL: nothing. */
const char *story_slack_words(struct lapse *l,
	const struct slack_decision_rows *all, const char *decision,
	struct arena *a);
/* What a grant's texts need; the zone is the beneficiary's. */
void story_of_grant(struct lapse *l, const struct grant_row *g,
	struct arena *a, struct texts_about *ret);

#endif
