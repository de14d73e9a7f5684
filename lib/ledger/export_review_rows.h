/* Access reviews as the audit export shows them: campaigns and their items,
 * in ascending key order; no CSV here. */
#ifndef LAPSE_LEDGER_EXPORT_REVIEW_ROWS_H
#define LAPSE_LEDGER_EXPORT_REVIEW_ROWS_H

#include "export_rows.h"

extern const struct export_table export_campaign_table;
extern const struct export_table export_item_table;
/* campaign: its name; NULL: all. each reads the columns by number. */
int export_campaigns(struct ledger *l, const char *campaign,
	int (*each)(void *arg, const struct row *r, struct lapse_err *err),
	void *arg, struct lapse_err *err);
int export_items(struct ledger *l, const char *campaign,
	int (*each)(void *arg, const struct row *r, struct lapse_err *err),
	void *arg, struct lapse_err *err);
/* Closed, and nobody has acknowledged it: names. */
int export_unacknowledged(struct ledger *l, const char *campaign,
	struct arena *a, struct strs *ret, struct lapse_err *err);

#endif
