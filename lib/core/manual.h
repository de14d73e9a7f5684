/* Applications without a group: a person grants and removes by hand, on
 * sub-tasks of the request's issue. */
#ifndef LAPSE_CORE_MANUAL_H
#define LAPSE_CORE_MANUAL_H

#include "core.h"

/* Inside the open transaction: the step is owed. Nothing is sent yet. */
int manual_owe(struct lapse *l, int64_t grant, bool remove, int64_t due_at,
	struct lapse_err *err);
/* Opens sub-tasks that are owed (looked for by their marker property before
 * a doubtful creation is repeated) and reads the open ones: done only at the
 * configured status and resolution, set by someone other than the
 * beneficiary (the changelog's author). Calls done for each that is done,
 * outside any transaction; after a crash perhaps once more for the same step.
 * Notes exit 11 for removals that are late. */
int manual_advance(struct lapse *l,
	int (*done)(struct lapse *l, int64_t grant, bool remove,
		const char *by, int64_t at, struct lapse_err *err),
	struct lapse_err *err);
/* Only notes those. */
int manual_overdue(struct lapse *l, struct lapse_err *err);

#endif
