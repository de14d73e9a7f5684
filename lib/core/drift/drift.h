/* Drift: where ledger, Jira and provider disagree. It is named, with the
 * command that settles it; nothing is granted or removed by naming it.
 *
 *	ghost              the ledger has an active grant, the provider no
 *	                   member
 *	overdue            the time is up, the member is there
 *	shadow             a member whom nothing in the ledger explains
 *	unevidenced        provider and ledger agree, there is no issue
 *	approved-not-done  Jira has an approval that was not acted on
 *	reappeared         a member again after a verified removal
 *	orphan-issue       Jira says that access stands which is over
 *
 * Of shadow the ledger keeps rows only for those who joined after the group
 * was first read: who was there before was not added behind its back, and a
 * company has thousands of them. */
#ifndef LAPSE_CORE_DRIFT_H
#define LAPSE_CORE_DRIFT_H

#include "core.h"
#include "drift_rows.h"

/* What there is now by the ledger, without those about whom an approver is
 * being asked. idp and kind NULL: all. */
int drift_find(struct lapse *l, const char *idp, const char *kind,
	struct arena *a, struct drift_rows *ret, struct lapse_err *err);
/* By a person's word: "idp:group", "idp:group:user", an issue's key or id. */
int drift_settle_named(struct lapse *l, const char *what, const char *reason,
	struct lapse_err *err);
/* Reads governed groups, the issues of live grants, and the issues that say
 * that access stands. */
int drift_read(struct lapse *l, const char *idp, struct lapse_err *err);

/* ---- While sync observes ---- */

/* Inside a transaction, after a complete reading of a group that was not the
 * first: who joined in it without us. */
int drift_note_joined(struct lapse *l, const char *idp, const char *group,
	int64_t since, int64_t absent_at, struct lapse_err *err);
/* Outside: asks the provider's log who added those that are new, within its
 * rate share. An add from before they were last out of the group is not the
 * one. What the log does not tell is unknown, and asked again each day: for
 * some days where it knows of no add, always where it may not be read. It
 * never fails a run. */
int drift_ask_added(struct lapse *l, struct core_idp *idp,
	struct lapse_err *err);

#endif
