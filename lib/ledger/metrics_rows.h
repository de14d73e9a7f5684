/* Counts for monitoring, each with at most two labels whose values are few: a
 * provider, a state, a kind; never a person. What they are called and mean is
 * core's: metrics/. */
#ifndef LAPSE_LEDGER_METRICS_ROWS_H
#define LAPSE_LEDGER_METRICS_ROWS_H

#include "ledger.h"

enum metrics_of {
	METRICS_GRANTS,		/* state */
	METRICS_ROLES,		/* role, elevated: active grants */
	METRICS_REQUESTS,	/* state */
	METRICS_HOLDS,		/* idp, kind */
	METRICS_CHANGES,	/* idp, state: open ones */
	METRICS_PARKED,		/* idp, kind */
	METRICS_NOTICES,	/* state */
	METRICS_MANUAL,		/* kind */
	METRICS_DRIFT,		/* idp, kind */
	METRICS_STRAYS,		/* kind */
	METRICS_RECLAIMS,	/* state */
	METRICS_GROUPS,		/* idp */
	METRICS_UNREAD,		/* idp */
	METRICS_OBSERVED,	/* idp: the oldest last reading; no row: none */
	METRICS_CREDENTIALS,	/* idp: when it ends, as last seen */
	METRICS_LAG,		/* le: removals proven within, cumulative */
	METRICS_LAG_SUM,
	METRICS_LAG_COUNT,
	METRICS_LAG_MAX,
	METRICS_CONDITIONS,	/* that last */
	METRICS_SUSPECT,	/* 1: the clock is */
	METRICS_ALL,
};

/* a and b are NULL where there is no such label. */
typedef int metrics_each(void *arg, const char *a, const char *b,
	int64_t value, struct lapse_err *err);
int metrics_rows(struct ledger *l, enum metrics_of which, metrics_each *each,
	void *arg, struct lapse_err *err);
/* The number of the file's schema. */
int metrics_schema(const struct ledger *l);

#endif
