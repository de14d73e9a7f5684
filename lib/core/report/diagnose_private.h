/* The parts of the diagnosis. */
#ifndef LAPSE_CORE_DIAGNOSE_PRIVATE_H
#define LAPSE_CORE_DIAGNOSE_PRIVATE_H

#include "diagnose.h"

int64_t diagnose_count(const struct report_counts *counts, const char *name);
/* The most of what is known, leaving one out; NULL: none. */
const struct report_count *diagnose_busiest(const struct report_counts *counts,
	const struct report_count *but);

/* diagnose_steps.c: what to do about the bucket where most is lost. */
void diagnose_steps(const struct report *r, struct arena *a,
	struct diagnosis *d);

#endif
