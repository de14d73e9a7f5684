/* The reference model: what must be so, told only what people did. It knows
 * for each membership whether it was there before and who took it away, and
 * for each request what was approved until when. It looks at the truth at the
 * provider, and at the ledger for what has to stand there. */
#ifndef MODEL_REFERENCE_H
#define MODEL_REFERENCE_H

#include "world.h"

enum {
	REQUESTS = 24,
};

/* A request, as people made it. */
struct asked {
	char key[KEY_MAX];
	int user;
	int role;
	int64_t duration_s;
	int extends;			/* another one; -1: none */
	bool approved;
};

void reference_restart(void);

/* ---- What people did ---- */

int reference_requests(void);
const struct asked *reference_request(int i);
/* -1: no room. */
int reference_asked(const struct asked *a);
void reference_approved(int i);
/* Somebody tried to end it; it may end from now on. */
void reference_may_end(int i);
void reference_left(int user);
void reference_console(int group, int user, bool present);
/* The ledger was made anew: its events are counted from 1 again, so that the
 * numbers on comments tell nothing. */
void reference_rebuilt(void);
/* Something went wrong in this step, or may: what is late is excused for a
 * while, what is lost never. */
void reference_trouble(void);

/* ---- Checks: false, and then why ---- */

/* After each step. clean: both timers ran, and nothing was wrong. */
bool reference_check(bool clean);
/* After quiet ticks. over: and every end has come. */
bool reference_settled(bool over);
const char *reference_why(void);

#endif
