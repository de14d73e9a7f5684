/* The runs of the timers, in parts that the by-hand commands use too. */
#ifndef LAPSE_CORE_SYNC_H
#define LAPSE_CORE_SYNC_H

#include "core.h"
#include "grants.h"

/* expire.c: settle() ends every grant whose deadline has come from here on; a
 * dry run gets the plan. Where no service told the time, nothing is ended and
 * what seems due is said. */
int expire_due(struct lapse *l, struct lapse_err *err);
/* What follows every change of state: sends and reads back, manual steps,
 * notices, and the exit status of what is late. */
int settle(struct lapse *l, struct lapse_err *err);

/* observe.c: the observation half: members of governed groups and the people
 * who hold something. full: the whole directory too. */
int observe(struct lapse *l, bool full, struct lapse_err *err);
/* Reads the governed groups of one provider and keeps what it saw; judges
 * nothing and ends nothing. */
int observe_look(struct lapse *l, struct core_idp *idp, struct lapse_err *err);
/* Removals that settled as gone are looked for again. */
int observe_watches(struct lapse *l, struct lapse_err *err);

/* observe_judge.c: what the observation of one provider says about grants. */
struct observation {
	struct core_idp *idp;
	struct strs groups;		/* read completely in this tick */
	int64_t began_at;
	int64_t round_at;		/* when the round began that this tick
					   begins or goes on with */
	bool cut;			/* the rate share or the deadline came
					   first: the round goes on */
	int64_t upto;			/* holders up to this row were read */
	size_t people;			/* holders read in this tick */
	struct strs present;		/* "GROUP USER" of held memberships */
	struct strs inactive;		/* users who hold something, and left */
	bool confirmed;			/* a named human said: no incident */
	struct buf active;		/* see observation_saw_active() */
};
/* Does the grant end when its person leaves this provider, wherever its
 * memberships are? What people do by hand counts as the first provider's. */
bool observe_ends_with(const struct lapse *l, const char *idp,
	const struct grant_row *g);
int observe_judge(struct lapse *l, struct observation *o, struct arena *a,
	struct lapse_err *err);

/* record_issue.c: grants without an issue of their own (break-glass, adopt)
 * get one; break-glass ones are acknowledged on it. */
int record_issues(struct lapse *l, struct lapse_err *err);

#endif
