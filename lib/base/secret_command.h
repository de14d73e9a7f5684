/* The program that a "command:" reference names. */
#ifndef LAPSE_BASE_SECRET_COMMAND_H
#define LAPSE_BASE_SECRET_COMMAND_H

#include <stddef.h>

#include "err.h"

enum {
	SECRET_MAX = 1 << 16,		/* bytes of any secret */
};

/* Runs argv (a JSON array of texts, the first an absolute path) without a
 * shell: standard input empty, standard error the caller's, of the
 * environment only what is named in secret_command.c. What it prints goes to
 * bytes. It has 10 s; then it and its children are killed.
 * <Errors> LAPSE_ECONFIG: bad argv, cannot run, failed, too slow, too much;
 * never with anything that it printed. */
int secret_command(const char *argv, const char *(*env_get)(const char *),
	char *bytes, size_t size, size_t *ret_len, struct lapse_err *err);

#endif
