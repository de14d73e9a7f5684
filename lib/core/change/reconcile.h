/* The one reconciler: a membership that lapse added exists exactly while a
 * hold is on it. Placing and releasing holds decides which change is owed;
 * running sends what is owed and reads back. Nothing else changes a
 * provider. */
#ifndef LAPSE_CORE_RECONCILE_H
#define LAPSE_CORE_RECONCILE_H

#include "changes.h"
#include "core.h"

/* ---- Inside the open transaction ---- */

/* Places a grant's hold. before is what agreeing fresh reads said: "present"
 * (nobody's hold is on it: a pre-existing hold is placed too), "held" (present
 * and held) or "absent" (an add is owed). */
int reconcile_place(struct lapse *l, int64_t grant, const struct membership *m,
	const char *before, struct lapse_err *err);
/* Releases a hold; the last one makes a remove owed, with this deadline. */
int reconcile_release(struct lapse *l, const struct hold_row *hold,
	int64_t due_at, struct lapse_err *err);
/* What the ledger has to say to a reading that shows the person in. */
struct reconcile_view {
	bool pre;		/* a pre-existing hold is on it */
	bool ours;		/* a grant's hold, a change under way, or the
				   last proven change made it so */
	bool doubtful;		/* lapse has just proven it gone: a replica that
				   is behind, or somebody added it since */
};

int reconcile_view(struct lapse *l, const struct membership *m,
	struct reconcile_view *ret, struct lapse_err *err);
/* What agreeing reads before a grant mean, as reconcile_place() takes it.
 * <Errors> LAPSE_EITEM: doubtful, or a removal went on since it was read;
 * nothing is granted on it now. */
struct reading;
int reconcile_before(struct lapse *l, const struct reading *r,
	const char **ret, struct lapse_err *err);
/* Looks again at one membership: opens or cancels its change. */
int reconcile_membership(struct lapse *l, const struct membership *m,
	int64_t grant, int64_t due_at, struct lapse_err *err);

/* ---- Outside any transaction ---- */

/* What else begins in the transaction that claims the next changes: grants
 * whose time is up. act false: only asked whether there is anything. */
typedef int reconcile_intents(struct lapse *l, bool act, bool *ret_any,
	struct lapse_err *err);

/* Sends every change that is due (grant 0: all; else on its memberships),
 * removes first, each at most once, in batches of 64 with one commit each,
 * intents (NULL: none) among them; then reads back what was sent or is
 * unknown, and settles it. Item failures note the exit status; returns only
 * what ends the run. */
int reconcile_run(struct lapse *l, int64_t grant, reconcile_intents *intents,
	struct lapse_err *err);

/* ---- The verifier ---- */

/* <Shape> m is what to read; seen is OP_PRESENT, OP_ABSENT or OP_GONE when
 * all the provider's reads agreed, OP_NONE when they did not or one failed
 * (then rc and why say so). began_at is when the first read began, removals
 * what the ledger knew of them by then. */
struct reading {
	struct membership m;
	enum op_outcome seen;
	int64_t began_at;
	int64_t removals;
	int rc;
	struct lapse_err why;
	int done;		/* agreeing reads so far */
};

/* Reads all of them side by side, as often and as far apart as their driver
 * says. Single failures stay in the reading. */
int verify_read(struct lapse *l, struct reading *readings, size_t n,
	struct lapse_err *err);

#endif
