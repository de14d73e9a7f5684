/* The report: what lapse's own ledger says about a window of time. Figures
 * are computed once, here, and printed, drawn and diagnosed elsewhere; each is
 * defined in lapse-report(7). A figure that cannot be known is absent (n 0,
 * or -1), never a zero that looks like success. */
#ifndef LAPSE_CORE_REPORT_H
#define LAPSE_CORE_REPORT_H

#include "core.h"

/* Names and counts of one kind, most first unless it says otherwise. */
struct report_count {
	const char *name;
	int64_t n;
};
struct report_counts {
	VEC(struct report_count) list;
};

/* How long something took, in seconds. */
struct report_spread {
	int64_t n;		/* how many were measured */
	int64_t median_s;	/* n 0: all -1 */
	int64_t p90_s;
	int64_t worst_s;
	int64_t open;		/* began, and not over yet: not in n */
};

/* Memberships of governed groups at one moment. */
struct report_point {
	int64_t at;
	int64_t standing;		/* without an end */
	int64_t bound;			/* held by a grant that ends */
	int64_t elevated_standing;
	int64_t elevated_bound;
};

/* One role's manual work. */
struct report_role {
	const char *role;
	int64_t requests;		/* decided in the window */
	int64_t manual;			/* of these */
	int64_t steps;			/* manual steps of all kinds */
	int64_t minutes;		/* what they cost, as configured */

	/* The steps by kind; those on a sub-task are of the first two too. */
	int64_t grants;
	int64_t revokes;
	int64_t evidence;
	int64_t chases;
	int64_t by_hand;		/* in an application without a group */
};

/* Money of one currency, a month, in hundredths. */
struct report_money {
	const char *currency;
	int64_t seats;
	int64_t cents;
};

struct report {
	int64_t from;			/* the window: from <= t < until */
	int64_t until;
	int64_t now;			/* until, or earlier: this moment */
	int64_t first_at;		/* when the ledger began */
	const char *ledger;
	int64_t head_seq;
	const char *head;		/* 64 hex digits */

	struct {
		int64_t filed;
		struct report_counts outcomes;	/* granted declined refused stale
						   cancelled open */
		struct report_counts channels;	/* portal mail agent slack api
						   by-hand unknown */
		int64_t closed;		/* asked for access, and it is decided */
		int64_t automatic;	/* no manual step at all */
		int64_t manual;		/* at least one: closed - automatic */
		int64_t granted;	/* of the automatic ones */
		int64_t ended;		/* accesses whose end and request
					   nobody had a hand in */
	} requests;

	struct report_spread filed_to_approved;
	struct report_spread approved_to_verified;
	struct report_spread deadline_to_removed;
	struct report_spread left_to_removed;

	struct {
		int64_t read;		/* requests whose history was read */
		int64_t total;		/* moves of people after approval */
		int64_t over;		/* requests with more than three */
		int64_t by_n[5];	/* 0 1 2 3 and more */
	} hops;

	VEC(struct report_point) series;	/* oldest first, even steps */
	struct {
		/* Which groups are elevated the catalog says: without a
		 * configuration, and until each was read once, all of it but
		 * held_s is -1. */
		int64_t baseline;	/* standing elevated memberships when
					   lapse first saw the groups */
		int64_t standing;	/* at the end of the window */
		int64_t held_s;		/* elevated seconds held by grants
					   alone */
		int64_t standing_s;	/* and standing ones, in the window */
		int64_t baseline_s;	/* what the baseline would have held */
		double removed;		/* share of privileged access removed,
					   0..1; negative: not known */
	} elevated;

	struct {
		int64_t automatic;	/* verified removals without a person */
		int64_t by_people;
		struct report_counts reasons;	/* expired revoked reviewed .. */
		int64_t unverified;	/* still open */
	} removals;

	struct {
		int64_t overdue;
		int64_t parked;
		int64_t unacknowledged;	/* break-glass */
		int64_t stale_requests;
		int64_t worst_late_s;
		/* Known of this moment only: -1 in a window that is over. */
		int64_t slack_waiting;	/* messages not sent */
		int64_t slack_failing;	/* what failed when last tried */
		int64_t slack_read_s;	/* since all there was read; -1: never,
					   or not known here */
	} now_open;

	struct {
		int64_t opened;		/* campaigns, in the window */
		int64_t closed;
		int64_t unacknowledged;
		int64_t items;
		int64_t decided;
		int64_t revoked;
		int64_t removed;	/* of the revoked, verified */
		int64_t roles_overdue;	/* review-every passed; -1: without a
					   configuration not known */
		struct strs overdue;	/* their names */
		int64_t movers_waiting;	/* longer than 30 days */
	} reviews;

	struct {
		int64_t warned;
		int64_t reclaimed;
		int64_t kept;		/* seen after the warning */
		VEC(struct report_money) money;	/* freed, with reviews' */
	} seats;

	struct {
		struct report_counts steps;	/* by kind */
		struct report_counts cost;	/* minutes by kind */
		int64_t total;			/* minutes */
		int64_t saved;		/* minutes that the automatic ones
					   would have cost by hand */
		VEC(struct report_role) roles;	/* the ten with the most */
	} minutes;

	struct {
		int64_t people;		/* deactivated in the window */
		int64_t held;		/* of these, held something */
		int64_t still;		/* their memberships now */
	} leavers;

	/* What the diagnosis asks. */
	struct {
		int64_t shadow_adds;	/* members that people added past lapse */
		int64_t removed_outside;
		int64_t unevidenced;	/* grants whose issue does not tell */
		int64_t undelivered;	/* notices that Jira is owed */
	} story;
	struct {
		/* Requests, or memberships that none asked for, each once
		 * however often it went another way. */
		int64_t approval;
		int64_t enforcement;
	} lost;
};

/* One figure as a row: what is printed, and what --fail-above compares. */
struct report_figure {
	const char *section;
	const char *name;		/* documented, unique */
	bool known;
	double value;
	int decimals;			/* that mean something */
	const char *unit;
	int64_t n;			/* of how many; -1: that says nothing */
	const char *detail;		/* NULL */
};
struct report_figures {
	VEC(struct report_figure) list;
};
/* All figures of a report, in their order; texts in `a`. */
int report_figures(const struct report *r, struct arena *a,
	struct report_figures *ret, struct lapse_err *err);

/* Fills *ret from the ledger; texts live in `a`. <Errors> the ledger's. */
int report_fill(struct lapse *l, int64_t from, int64_t until, struct arena *a,
	struct report *ret, struct lapse_err *err);

#endif
