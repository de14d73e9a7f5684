/* People who moved: another manager, department or title than an earlier
 * reading showed. What they hold was given for another job. */
#ifndef LAPSE_CORE_MOVED_H
#define LAPSE_CORE_MOVED_H

#include "core.h"
#include "ledger_people.h"
#include "moved_rows.h"

enum {
	MOVED_WITHIN_S = 30 * 86400,	/* a mover is reviewed within this */
};

/* Inside the open transaction, before the reading is kept: notes what it says
 * otherwise than before, also that the person left or is back. A first reading is no move, nor is one that does not
 * show the attribute. */
int moved_note(struct lapse *l, const struct user_row *now,
	struct lapse_err *err);

#endif
