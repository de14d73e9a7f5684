/* Access that lapse did not give becomes a grant: from then on it is lapse's
 * to take away, by holds and the reconciler like any other. `adopt` does that
 * by hand, a review's decision and a reclaim policy do it to end the access,
 * at once or at a time. */
#ifndef LAPSE_CORE_TAKEOVER_H
#define LAPSE_CORE_TAKEOVER_H

#include "grants.h"
#include "reconcile.h"

/* Of readings that agreed and began just now: is there a membership which no
 * grant's hold is on? Access on top of which lapse granted is still that.
 * <Errors> LAPSE_EITEM: it cannot be read, or the reading is doubtful. */
int takeover_is_foreign(struct lapse *l, const struct reading *r, bool *ret,
	struct lapse_err *err);

/* Is this in a group whose members come from elsewhere, so that lapse may not
 * take it away? *ret in words says what feeds the group and who can, NULL: it
 * may, also where a live grant of its own is on it. By the ledger's last
 * reading of the group; asked before either of the two below. */
int takeover_why_not(struct lapse *l, const struct membership *m,
	struct arena *a, const char **ret, struct lapse_err *err);

/* <Shape> g is the grant to be made, with account, role, application and
 * ends_at; method and state are set here. WHEN_NONE and NULL as in its
 * columns. */
struct takeover {
	struct grant_row g;
	const struct membership *m;
	size_t n;
};

/* Inside the open transaction: makes the grant, active from now on, with a
 * hold on each membership in the place of what held it before. The caller
 * adds the evidence, and ends the grant where it is to end at once. */
int takeover_grant(struct lapse *l, const struct takeover *t,
	int64_t *ret_grant, struct lapse_err *err);

/* Who ends a person's access to one group, and why. <Shape> foreign as
 * takeover_is_foreign() said of m just now; g as for a takeover, without
 * ends_at: the grant that is made of what is foreign. */
struct takeover_end {
	struct membership m;
	bool foreign;
	struct grant_row g;
	const char *reason;	/* an end reason: "reviewed" */
	const char *by;
	const char *note;	/* NULL: none */
};

/* Inside the open transaction: ends every live grant that holds the
 * membership, and what lapse did not give, so that nothing keeps it. The
 * grant in *ret_grant is ended when its absence has been read back; 0: there
 * was nothing to end. */
int takeover_end(struct lapse *l, const struct takeover_end *t,
	int64_t *ret_grant, struct lapse_err *err);

#endif
