/* What the services saw, by the sandbox's own log: calls a minute, lists, and
 * how long each membership stood. Knows nothing from lapse's ledger but when
 * an observation is due. */
#ifndef DAY_WATCH_H
#define DAY_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct watched {
	int okta_calls, jira_calls;
	int okta_minute_max, jira_minute_max;
	int observed_max;	/* calls in a minute up to one of observing */
	int lists;		/* list calls to the provider */
	int list_ticks;		/* runs that made one */
	int lists_in_requests;	/* that the request half made */
	int rules;		/* readings of group rules by it: whether a
				   rule feeds a group is known only so */
	int adds, removes;
	int64_t latest_s;	/* beyond what was approved; may be negative */
	char late[160];		/* the first that stood too long; "" none */
	char strange[160];	/* the first that nobody had asked for */
};
extern struct watched watched;

void watch_begin(void);
/* After a run: was one of observation due in it? */
void watch_run(bool observes);
/* Are the memberships those of the beginning? */
bool watch_as_before(void);

#endif
