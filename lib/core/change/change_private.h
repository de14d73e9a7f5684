/* Shared by change_run.c, change_send.c and change_read.c only. */
#ifndef LAPSE_CORE_CHANGE_PRIVATE_H
#define LAPSE_CORE_CHANGE_PRIVATE_H

#include <string.h>

#include "reconcile.h"

enum {
	CHANGE_DAY_S = 86400,
};

static inline bool change_is_add(const struct change_row *c)
{
	return strcmp(c->kind, "add") == 0;
}

static inline bool change_is(const struct change_row *c, const char *state)
{
	return strcmp(c->state, state) == 0;
}

/* ---- change_run.c: inside the open transaction ---- */

/* A state that is not final. The grant of an add may have ended while the
 * call was under way: then a remove answers it now. */
int change_put(struct lapse *l, const struct change_row *c, const char *state,
	int64_t next_attempt_at, const char *remote_ref, const char *why,
	struct lapse_err *err);
/* Evidence of a change. */
int change_tell(struct lapse *l, const char *kind, const struct change_row *c,
	const char *detail, struct lapse_err *err);

/* ---- change_send.c ---- */

/* Claims and sends what is due, each at most once. */
int change_send_all(struct lapse *l, int64_t grant, reconcile_intents *intents,
	struct lapse_err *err);

/* ---- change_read.c ---- */

/* What a reading leaves to be done in this run. */
struct change_left {
	bool last;		/* nothing is sent again after this one */
	bool again;		/* read once more: it may only lag */
	bool reopened;		/* some are to be sent once more */
};

/* Reads back what was sent or is unknown, and settles it. */
int change_read_all(struct lapse *l, int64_t grant, struct change_left *left,
	struct lapse_err *err);

#endif
