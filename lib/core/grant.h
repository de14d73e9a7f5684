/* The life of a grant: born at an approval, active when every membership is
 * verified, ended when every removal is. */
#ifndef LAPSE_CORE_GRANT_H
#define LAPSE_CORE_GRANT_H

#include "changes.h"
#include "core.h"

/* Inside the open transaction: releases the holds (or owes the manual step)
 * and says why. by is an account or "lapse"; due_at the deadline that the
 * removals are measured by. Grants that are ending already are left alone. */
int grant_end(struct lapse *l, const struct grant_row *g, const char *reason,
	const char *by, const char *note, int64_t due_at,
	struct lapse_err *err);

/* Outside: a grant's adds wait until its intent stands on its issue; writes
 * what could not be written before. A failure is noted: it waits on. ret_any
 * becomes true when one was written, so that adds may go. */
int grants_project(struct lapse *l, bool *ret_any, struct lapse_err *err);

/* Outside: moves every grant that is granting or ending as far as its
 * memberships allow: to active, withdrawn, ended. grant is a hint: 0 all. */
int grants_advance(struct lapse *l, int64_t grant, struct lapse_err *err);

/* Outside: manual steps opened, read, and taken into account. */
int grants_manual(struct lapse *l, struct lapse_err *err);

/* Notes exit 11 when a removal is late, parked or a manual one is. */
int grants_overdue(struct lapse *l, struct lapse_err *err);

/* One row of "lapse/grant.v1". */
int grant_show(struct lapse *l, int64_t id, struct lapse_err *err);

#endif
