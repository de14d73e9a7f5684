/* The program's own errors, in the form of the library's. */
#ifndef LAPSE_CLI_FAIL_H
#define LAPSE_CLI_FAIL_H

#include "lapse.h"

/* Writes code and line, and returns code. */
int fail(struct lapse_err *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
