/* Talk: lines on stderr, and each change of state in the journal or syslog. */
#ifndef LAPSE_CLI_TALK_H
#define LAPSE_CLI_TALK_H

#include "lapse.h"

struct talk {
	bool quiet;
	int verbose;
	bool watched;		/* by hand, or on a terminal */
	bool color;
	bool journal;		/* stderr is the journal's */
	bool record;		/* tell syslog of changes */
	char first[512];	/* the first warning or error; "" none */
};

void talk_open(struct talk *t);
/* env.log: a safe line. */
void talk_line(struct talk *t, enum lapse_level level, const char *line);

#endif
