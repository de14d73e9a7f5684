/* The library's surroundings, from the operating system. */
#ifndef LAPSE_CLI_ENV_H
#define LAPSE_CLI_ENV_H

#include "out.h"
#include "talk.h"

/* What the callbacks work on. */
struct surroundings {
	struct out out;
	struct talk talk;
};

/* s is borrowed for env's life. */
void env_fill(struct lapse_env *env, struct surroundings *s);

#endif
