/* What the report counts, straight from the tables. Which of it means what is
 * core/report's and lapse-report(7)'s. */
#ifndef LAPSE_LEDGER_REPORT_ROWS_H
#define LAPSE_LEDGER_REPORT_ROWS_H

#include "ledger.h"

/* from <= t < until; what is open is measured at now, and a removal that was
 * due before late_before is overdue. */
struct report_window {
	int64_t from;
	int64_t until;
	int64_t now;
	int64_t late_before;
};

/* False: an older file, whose requests did not say how they came. */
bool report_has_rows(const struct ledger *l);

/* One row of numbers each, in this order; -1 for what is not there. */
enum report_numbers {
	REPORT_REQUESTS,	/* filed closed manual granted-automatically
				   closed-otherwise-automatically
				   accesses-ended-automatically */
	REPORT_HOPS,		/* read total over n0 n1 n2 n3 more */
	REPORT_FILED_APPROVED,	/* these four: n median p90 worst open */
	REPORT_APPROVED_VERIFIED,
	REPORT_DEADLINE_REMOVED,
	REPORT_LEFT_REMOVED,
	REPORT_REMOVALS,	/* automatic by-people unverified */
	REPORT_REVIEWS,		/* opened closed unacknowledged items decided
				   revoked removed */
	REPORT_SEATS,		/* warned reclaimed kept */
	REPORT_LEAVERS,		/* people held */
	REPORT_STORY,		/* shadow removed-outside */
};
int report_numbers(struct ledger *l, enum report_numbers what,
	const struct report_window *w, int64_t *ret, size_t n,
	struct lapse_err *err);

/* What was open at the window's end, and the cases that are lost: requests, or
 * memberships that none asked for, each once. */
struct report_open {
	int64_t overdue;
	int64_t oldest_due;		/* WHEN_NONE: none is */
	int64_t parked;
	int64_t unacknowledged;
	int64_t waiting;
	int64_t unevidenced;
	int64_t undelivered;
	int64_t approval_cases;
	int64_t enforcement_cases;
};
int report_open(struct ledger *l, const struct report_window *w,
	struct report_open *ret, struct lapse_err *err);

/* Rows of a name and numbers. */
enum {
	REPORT_NUMBERS = 7,
};
enum report_names {
	REPORT_OUTCOMES,	/* n */
	REPORT_CHANNELS,
	REPORT_REASONS,		/* of removals */
	REPORT_STEPS,		/* by hand, by kind */
	REPORT_COSTS,		/* seats freed, by what one costs */
	REPORT_ROLES,		/* requests manual, then steps: grant revoke
				   evidence approval-chase, and how many of
				   the first two had no group */
};
struct report_name {
	const char *name;
	int64_t n[REPORT_NUMBERS];
};
/* Most first, then by name. */
int report_names(struct ledger *l, enum report_names what,
	const struct report_window *w,
	int (*each)(void *arg, const struct report_name *name,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

/* Who was in a group, and by what. */
enum report_by {
	REPORT_BY_READING,	/* as complete readings showed it */
	REPORT_BY_STANDING,	/* a hold without an end */
	REPORT_BY_GRANT,	/* a hold that ends */
};
struct report_stay {
	const char *idp;
	const char *group;
	const char *user;
	enum report_by by;
	int64_t from;
	int64_t until;
	int64_t placed_at;	/* of a hold; else from */
	bool found;		/* a hold on what was there already */
};
/* By provider, group, user. */
int report_stays(struct ledger *l, const struct report_window *w,
	int (*each)(void *arg, const struct report_stay *s,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

/* Groups that an elevated grant ever had a hold in. */
int report_elevated(struct ledger *l, const struct report_window *w,
	int (*each)(void *arg, const char *idp, const char *group,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

/* A group at its first complete reading; at WHEN_NONE: not known. */
struct baseline_row {
	int64_t at;
	int64_t members;
	int64_t standing;
};
int baseline_get(struct ledger *l, const char *idp, const char *group,
	struct baseline_row *ret, struct lapse_err *err);
/* Inside a transaction, once its first complete reading is kept. */
int baseline_note(struct ledger *l, int64_t gid, int64_t now,
	struct lapse_err *err);

/* How many were in a group for good when it was first read, also by a ledger
 * that this one was rebuilt from. */
struct baseline_count {
	const char *group;	/* "IDP:GROUP" */
	int64_t standing;
};
struct baseline_counts {
	VEC(struct baseline_count) list;
};
int baselines(struct ledger *l, struct arena *a, struct baseline_counts *ret,
	struct lapse_err *err);
/* How many more there are than the cursor "baselines-told" says. */
int baselines_untold(struct ledger *l, int64_t *ret, struct lapse_err *err);
/* One of a lost ledger: it counts from this one's first reading on. */
int baseline_keep(struct ledger *l, const struct baseline_count *c,
	struct lapse_err *err);


#endif
