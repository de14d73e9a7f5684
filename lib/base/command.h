/* A program that the configuration names: one that gives a secret, or takes
 * the chain's head. */
#ifndef LAPSE_BASE_COMMAND_H
#define LAPSE_BASE_COMMAND_H

#include <stddef.h>

#include "err.h"

enum {
	COMMAND_S = 10,			/* then it is killed */
	COMMAND_OUTPUT_MAX = 1 << 16,	/* bytes */
	COMMAND_INPUT_MAX = 4096,
};

/* argv: a JSON array of texts, the first an absolute path. input: its standard
 * input, NULL: empty. subject: what messages begin with. */
struct command {
	const char *subject;
	const char *argv;
	const char *input;
};

/* Runs it without a shell: standard error the caller's, of the environment
 * only what is named in command.c. What it prints goes to bytes. It has
 * COMMAND_S; then it and its children are killed.
 * <Errors> LAPSE_ECONFIG: bad argv, cannot run, failed, too slow, too much;
 * never with anything that it printed. */
int command_run(const struct command *c, const char *(*env_get)(const char *),
	char *bytes, size_t size, size_t *ret_len, struct lapse_err *err);

#endif
