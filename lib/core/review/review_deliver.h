/* One campaign while its issues are made; shared by the files that make
 * them. */
#ifndef LAPSE_CORE_REVIEW_DELIVER_H
#define LAPSE_CORE_REVIEW_DELIVER_H

#include "review_make.h"
#include "review_rows.h"

struct delivering {
	struct lapse *l;
	struct arena *arena;
	struct ledger_about about;
	struct campaign_row c;
	struct sheet_rows sheets;
	struct lapse_err why;	/* the first that was not done; code 0: none */
};

/* Keeps the first reason, and gives what ends the run. */
int delivering_note(struct delivering *d, int rc, const struct lapse_err *why,
	struct lapse_err *err);

/* Is there nothing more to be had from Jira in this run? */
bool delivering_is_over(const struct delivering *d);

/* The fields that a sheet and a sub-task have alike. assignee NULL: none. */
void delivering_put_fields(struct json_out *w, const struct delivering *d,
	const char *type, const char *summary, const char *adf,
	const char *assignee);

/* The zone of somebody's clock; NULL: not known. */
const char *delivering_zone(const struct delivering *d, const char *account,
	struct arena *a);

/* review_campaign.c: the campaign's own issue and its property.
 * <Errors> LAPSE_EITEM: it is not certain yet whether there is one. */
int deliver_campaign(struct delivering *d, struct lapse_err *err);
/* review_sheets.c: looks for those that were sent for and never answered; then
 * makes those that nobody has sent for. */
int deliver_sheet_doubts(struct delivering *d, struct lapse_err *err);
int deliver_sheets(struct delivering *d, struct lapse_err *err);
/* review_task.c: the sub-tasks of all sheets that have them. */
int deliver_tasks(struct delivering *d, struct lapse_err *err);
/* review_sheet_file.c: the decision file of a sheet, attached once. */
int deliver_file(struct delivering *d, const struct sheet_row *s,
	bool *ret_done, struct lapse_err *err);
/* Its bytes. */
int deliver_file_bytes(struct delivering *d, const struct sheet_row *s,
	struct buf *out, struct lapse_err *err);

#endif
