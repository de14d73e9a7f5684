/* Sequences of operations: made by dice, said in words, carried out. */
#ifndef MODEL_SEQUENCE_H
#define MODEL_SEQUENCE_H

#include "world.h"

enum {
	OPS_MAX = 32,
};

enum what {
	GIVE,				/* asked, approved, granted */
	GIVE_KILLED,			/* the sync that would grant dies */
	ASK,
	APPROVE,
	BY_HAND,			/* lapse grant ISSUE */
	EXTEND,
	END_BY_HAND,			/* lapse revoke ISSUE */
	END_BY_ISSUE,
	TICK,				/* both timers */
	RUN,				/* one of them */
	LATER,
	HOST_CLOCK,
	NO_DATE,
	CONSOLE_IN,
	CONSOLE_OUT,
	LEAVE,
	COME_BACK,
	FAULT,
	LAG,
	FINE,				/* all faults are over */
	KILLED,
	TWO_RUNS,
	GIVE_BY_TWO,			/* asked, approved, two at once */
	WHATS,
};

/* a, b, c: as the operation's row of the table says. A request is named by
 * its number, counted round, so that it still names one when others go. */
struct operation {
	enum what what;
	uint32_t a, b, c;
};

struct sequence {
	struct operation ops[OPS_MAX];
	int n;
};

/* After every sequence, and not only after some, when all is quiet, the ledger
 * is lost and rebuilt. */
extern bool sequence_loses;

void sequence_make(struct sequence *ret, struct dice *d);
const char *operation_text(const struct operation *o, char text[160]);
/* True when all held; else the failing step (n: the quiet ticks after it). */
bool sequence_run(const struct sequence *s, uint64_t seed, int *ret_step);
/* Smaller and still failing. tries: how often each candidate is run, for
 * what depends on how two runs meet. */
void sequence_shrink(struct sequence *s, uint64_t seed);
void sequence_print(const struct sequence *s, int step);

#endif
