/* What an answer about the past rests on: when the groups that it is about
 * were read, and what is to be said of that. */
#ifndef LAPSE_CORE_HISTORY_H
#define LAPSE_CORE_HISTORY_H

#include "core.h"
#include "history_rows.h"

/* <Units> times seconds UTC, WHEN_NONE: none. */
struct history_known {
	int64_t groups;		/* that were asked about */
	int64_t unknown;	/* of them: not read yet at the time */
	int64_t first_at;	/* the earliest first reading of the unknown */
	int64_t oldest_at;	/* the oldest reading that is rested on */
	const char *example;	/* one of the unknown; lives in l->arena */
};
#define HISTORY_KNOWN                                                          \
	((struct history_known){.first_at = WHEN_NONE, .oldest_at = WHEN_NONE})

/* WHEN_NONE becomes now. <Errors> LAPSE_EUSAGE: in the future. */
int history_time(struct lapse *l, const char *command, int64_t *at,
	struct lapse_err *err);
/* Counts the groups that are meant into ret. */
int history_known(struct lapse *l, const struct history_of *of,
	struct history_known *ret, struct lapse_err *err);
/* The groups of a role: those of the catalog when there is one; else those of
 * the role's section as the ledger kept it, or that grants of it held.
 * <Shape> in l->arena. */
struct history_groups {
	struct strs idps;	/* as many as groups; "": any */
	struct strs groups;
	bool known;		/* false: nothing here says which */
};
int history_groups(struct lapse *l, const char *role, int64_t at,
	struct history_groups *ret, struct lapse_err *err);
/* LAPSE_ENOTFOUND: nothing here says which groups it has. */
int history_no_groups(const char *role, int64_t n, struct lapse_err *err);
/* One line when a reading that is rested on was older than readings are. */
void history_say(struct lapse *l, const char *what, int64_t at,
	const struct history_known *known);
/* LAPSE_ENOTFOUND with what is not known; n rows were known all the same. */
int history_fail(const char *what, int64_t at,
	const struct history_known *known, int64_t n, struct lapse_err *err);

#endif
