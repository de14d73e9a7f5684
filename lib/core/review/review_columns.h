/* Campaigns, sheets and items as members of JSON objects, and back: for the
 * properties on their issues and the files on the campaign's, from which a
 * lost ledger is made anew. What there is not is left out. */
#ifndef LAPSE_CORE_REVIEW_COLUMNS_H
#define LAPSE_CORE_REVIEW_COLUMNS_H

#include "json.h"
#include "review_rows.h"

/* Reading: texts in the arena; what is missing or wrong is a fault of the
 * document. */
void review_columns_put_campaign(struct json_out *w,
	const struct campaign_row *c);
void review_columns_read_campaign(struct json at, struct arena *a,
	struct campaign_row *ret);

struct review_task {
	int64_t n;
	const char *id;
	const char *key;
};

struct review_numbers {
	VEC(int64_t) list;
};

/* The rows that one decision file kept. */
struct review_keeps {
	const char *ref;		/* attachment id */
	const char *by;
	int64_t at;
	struct review_numbers items;
};

/* A sheet as it was written. */
struct review_sheet {
	struct sheet_row row;		/* without its issue */
	struct review_numbers items;
	/* Of one that is decided on sub-tasks; else they name their item
	 * themselves. */
	VEC(struct review_task) tasks;
	VEC(struct review_keeps) keeps;	/* of one that is decided in files */
};

/* items: those of the sheet. */
void review_columns_put_sheet(struct json_out *w, const struct sheet_row *s,
	const struct item_rows *items);
void review_columns_read_sheet(struct json at, struct arena *a,
	struct review_sheet *ret);

/* From n to digest: what the population froze. */
void review_columns_put_frozen(struct json_out *w, const struct item_row *i);
void review_columns_read_frozen(struct json at, struct arena *a,
	struct item_row *ret);
/* Campaign and number, and from sheet on what became of it, as far as another
 * host can go on from that. */
void review_columns_put_outcome(struct json_out *w, const struct item_row *i);
void review_columns_read_outcome(struct json at, struct arena *a,
	struct item_row *ret);

/* Texts of what was read, into an arena that outlives the one it was read
 * into. */
void review_columns_own_item(struct arena *a, struct item_row *i);
void review_columns_own_sheet(struct arena *a, struct sheet_row *s);

#endif
