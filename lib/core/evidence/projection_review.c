/* The part of the projection that tells of access reviews. */
#include "projection_review.h"

#include <string.h>

#include "review_columns.h"

enum {
	REASON_MAX = 1000,	/* bytes; the result's file has all of it */
};

static int none(int rc)
{
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

/* Numbers of campaigns begin anew with each ledger; populations do not. */
static int find_population(struct ledger *l, struct arena *a,
	struct projection_review *ret, struct lapse_err *err)
{
	struct campaign_row c = {0};
	int64_t id = ret->sheet.id != 0 ? ret->sheet.campaign :
		ret->item.id != 0 ? ret->item.campaign : 0;
	int rc = id == 0 ? 0 : campaign_get(l, id, a, &c, err);

	if (rc == 0)
		ret->population = c.digest;
	return rc;
}

int projection_review(struct ledger *l, const char *issue, struct arena *a,
	struct projection_review *ret, struct lapse_err *err)
{
	int rc = none(campaign_of_issue(l, issue, a, &ret->campaign, err));

	if (rc == 0)
		rc = none(sheet_of_issue(l, issue, a, &ret->sheet, err));
	if (rc == 0 && ret->sheet.id != 0)
		rc = items_of_sheet(l, ret->sheet.id, a, &ret->items, err);
	if (rc == 0)
		rc = none(item_of_task(l, issue, a, &ret->item, err));
	return rc < 0 ? rc : find_population(l, a, ret, err);
}

/* A reviewer may write a whole book into a cell. Cut at a character. */
static void put_outcome(struct json_out *w, const struct item_row *i)
{
	AUTO_BUF reason = {0};
	struct item_row row = *i;
	size_t n = REASON_MAX;

	if (row.decision_reason != NULL &&
		strlen(row.decision_reason) > REASON_MAX) {
		while (n > 0 && ((unsigned char)row.decision_reason[n] &
			0xc0) == 0x80)
			n--;
		buf_add(&reason, row.decision_reason, n);
		buf_str(&reason, "...");
		row.decision_reason = buf_text(&reason);
	}
	review_columns_put_outcome(w, &row);
	if (reason.failed)
		w->out->failed = true;
}

void projection_put_review(struct json_out *w,
	const struct projection_review *r)
{
	if (r->campaign.id != 0) {
		json_put_open(w, "campaign", '{');
		review_columns_put_campaign(w, &r->campaign);
		json_put_close(w, '}');
	}
	if (r->sheet.id != 0) {
		json_put_open(w, "sheet", '{');
		json_put_text(w, "population", r->population);
		review_columns_put_sheet(w, &r->sheet, &r->items);
		json_put_close(w, '}');
	}
	if (r->item.id != 0) {
		json_put_open(w, "item", '{');
		json_put_text(w, "population", r->population);
		put_outcome(w, &r->item);
		json_put_close(w, '}');
	}
}
