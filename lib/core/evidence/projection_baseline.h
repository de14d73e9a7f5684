/* What stands on the anchor's own issue besides the anchor: how many were in
 * each group when it was first read. The report measures against that, and no
 * later reading can tell it again. */
#ifndef LAPSE_CORE_PROJECTION_BASELINE_H
#define LAPSE_CORE_PROJECTION_BASELINE_H

#include "core.h"
#include "report_rows.h"

/* Inside one view of the ledger; none but on the anchor's issue. */
int projection_baseline(struct ledger *l, const struct ledger_about *about,
	const char *issue, struct arena *a, struct baseline_counts *ret,
	struct lapse_err *err);
/* Its member "baseline", as far as there is room for it in so many bytes. */
void projection_put_baseline(struct json_out *w,
	const struct baseline_counts *c, size_t max);

/* Owes the property where groups were read for the first time since. */
int projection_tell_baseline(struct lapse *l, struct lapse_err *err);

#endif
