/* What a campaign's issue carries as files, so that a lost ledger can be made
 * anew: its population when it is opened, what became of it when it is
 * closed. Each line is a JSON object under a seal of its own. */
#ifndef LAPSE_CORE_REVIEW_FILE_H
#define LAPSE_CORE_REVIEW_FILE_H

#include "core.h"
#include "review_columns.h"

enum review_file {
	REVIEW_POPULATION,	/* the frozen rows, and whose they were */
	REVIEW_RESULT,		/* outcomes; of a closed campaign */
};

/* Attaches one, once, and writes the campaign's property after it. A file that
 * another process is at, or that is there, is no error.
 * <Errors> those of attaching; it is tried again by a later call. */
int review_file_deliver(struct lapse *l, const struct campaign_row *c,
	enum review_file which, struct lapse_err *err);
/* Those that are still owed, of all campaigns. */
int review_files(struct lapse *l, struct lapse_err *err);
/* It is there, as another host made it. Inside the open transaction. */
int review_file_known(struct lapse *l, int64_t campaign,
	enum review_file which, struct lapse_err *err);

/* All of both as they were read. <Shape> items and outcomes in no order. */
struct review_kept {
	VEC(struct item_row) items;
	VEC(struct review_sheet) sheets;
	VEC(struct item_row) outcomes;
};
/* The lines of one campaign's files on its issue that these ledgers sealed. */
int review_file_read(struct lapse *l, const char *issue, int64_t campaign,
	const struct strs *ledgers, struct arena *a, struct review_kept *ret,
	struct lapse_err *err);

#endif
