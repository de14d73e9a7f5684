/* A program that is given bytes on its standard input. */
#ifndef LAPSE_BASE_FEED_COMMAND_H
#define LAPSE_BASE_FEED_COMMAND_H

#include "buf.h"

/* Runs argv (the first an absolute path) without a shell: standard input the
 * bytes, standard output nowhere, standard error the caller's, of the
 * environment only what is named in feed_command.c. It has timeout_s; then it
 * and its children are killed.
 * <Errors> LAPSE_EITEM: cannot be run, failed, too slow. LAPSE_ENOMEM. */
int feed_command(const struct strs *argv, const char *(*env_get)(const char *),
	const void *bytes, size_t len, int timeout_s, struct lapse_err *err);

#endif
