/* What the files of the report share. */
#ifndef LAPSE_CORE_REPORT_PRIVATE_H
#define LAPSE_CORE_REPORT_PRIVATE_H

#include "report.h"
#include "report_rows.h"

/* Names and numbers of one kind as a list of counts. */
int report_list(struct lapse *l, enum report_names what,
	const struct report_window *w, struct arena *a,
	struct report_counts *ret, struct lapse_err *err);
/* report_work.c: what people did by hand, what it costs and what it would
 * have cost. */
int report_work(struct lapse *l, const struct report_window *w,
	struct arena *a, struct report *ret, struct lapse_err *err);
/* report_access.c: who held what, over the window. */
int report_access(struct lapse *l, const struct report_window *w,
	struct arena *a, struct report *ret, struct lapse_err *err);

#endif
