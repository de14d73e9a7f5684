/* What people do on the day: they ask, decide, give back early and ask for
 * more, by dice; and what became of each request, by the ledger's evidence. */
#ifndef DAY_PEOPLE_H
#define DAY_PEOPLE_H

#include "tenant.h"
#include "world.h"

enum { ASKS_MAX = 400 };

/* Times are seconds UTC; 0: not (yet). */
struct ask {
	char key[KEY_MAX];
	int person;
	int role;
	int64_t for_s;
	int of;				/* the ask that this prolongs; -1: none */
	bool missed;			/* the index does not show it */
	int64_t filed_at;
	int64_t asked_at;
	int64_t approved_at;		/* the last decision that was owed */
	int64_t declined_at;
	int64_t granted_at;
	int64_t given_back_at;
	int64_t ended_at;
	char end[24];			/* "revoked", "declined", ... */
};
extern struct ask asks[ASKS_MAX];
extern int n_asks;

/* Throws the dice for so many requests between two times. */
void people_plan(uint64_t seed, int requests, int64_t from, int64_t to);
/* Moves the clock to a time, and does what people do until then. */
void people_until(int64_t at);
/* Learns what the last run did, and what people will do about it. */
void people_learn(void);
/* The index shows what it missed from here on. */
void people_index_mended(void);
/* Is something under way that has to end? */
bool people_busy(void);

#endif
