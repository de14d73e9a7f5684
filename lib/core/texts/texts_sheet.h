/* What lapse writes to those who review: the campaign's issue, each sheet, and
 * each item's sub-task; and the file of a sheet that is too long for them. */
#ifndef LAPSE_CORE_TEXTS_SHEET_H
#define LAPSE_CORE_TEXTS_SHEET_H

#include "review_rows.h"

/* What stands in the summaries of a campaign's issue, a sheet and an item.
 * reviewer: their name; NULL: not known. */
void sheet_say_campaign(struct buf *out, const struct campaign_row *c);
void sheet_say_sheet(struct buf *out, const struct campaign_row *c,
	const struct sheet_row *s, const char *reviewer);
void sheet_say_item(struct buf *out, const struct item_row *i);

/* The campaign's description, as plain text. */
void sheet_campaign_text(struct buf *out, const struct campaign_row *c,
	size_t sheets);
/* The sheet's description as a document: what is asked, until when and how to
 * decide; of the items a table where they have sub-tasks, else how many there
 * are of each recommendation. */
void sheet_document(struct buf *out, const struct campaign_row *c,
	const struct sheet_row *s, const struct item_rows *items,
	const char *zone);
/* An item's description, as plain text. about: what the role can do, in the
 * catalog's words; NULL: they do not say. */
void sheet_item_text(struct buf *out, const struct campaign_row *c,
	const struct item_row *i, const char *about, const char *zone);

/* The decision file: a row an item, bound to it by number and digest, with
 * decision, reason and until for the reviewer to fill. Safe to open in a
 * spreadsheet. */
void sheet_csv(struct buf *out, const struct item_rows *items);
/* "lapse-review-7.csv" */
void sheet_csv_name(struct buf *out, const struct sheet_row *s);

#endif
