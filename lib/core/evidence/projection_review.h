/* What an issue's property says of an access review: which campaign's, sheet's
 * or item's issue it is, and how that stands. */
#ifndef LAPSE_CORE_PROJECTION_REVIEW_H
#define LAPSE_CORE_PROJECTION_REVIEW_H

#include "json.h"
#include "review_rows.h"

/* <Shape> ids 0: it is none of these. */
struct projection_review {
	struct campaign_row campaign;
	struct sheet_row sheet;
	struct item_rows items;		/* of the sheet */
	struct item_row item;
	const char *population;		/* digest of the sheet's or item's
					   campaign; NULL: neither */
};

/* Inside one view of the ledger. */
int projection_review(struct ledger *l, const char *issue, struct arena *a,
	struct projection_review *ret, struct lapse_err *err);
/* Its member "campaign", "sheet" or "item"; none where it is none. */
void projection_put_review(struct json_out *w,
	const struct projection_review *r);

#endif
