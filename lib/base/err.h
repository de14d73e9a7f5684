/* Errors as values: a code that says what the caller can do, and one line for
 * people. The public half (struct lapse_err, the codes) stands in lapse.h. */
#ifndef LAPSE_BASE_ERR_H
#define LAPSE_BASE_ERR_H

#include "lapse.h"

/* Writes the code and the line, and returns the code, so that a failing
 * function reads `return lapse_fail(err, LAPSE_EAUTH, "okta: ...")`.
 * <Text> subject: 'thing': what failed; lower case, no newline, no secret.
 * A line too long for the struct ends in "...". err may be NULL. */
int lapse_fail(struct lapse_err *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " before the line, where a caller knows something new
 * (the issue, the file). Returns err->code. */
int lapse_prefix(struct lapse_err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Before the id that a service gave to one failure, in a line that a driver
 * writes: the vendor's word for it. */
#define LAPSE_ERROR_ID "; error id "
#define LAPSE_REQUEST_ID "; request id "
#define LAPSE_TRACE_ID "; trace "

/* Do both lines tell of the same failure? Ids of the single answer do not
 * count, and with `numbers` no digits either. */
bool lapse_same_failure(const char *a, const char *b, bool numbers);

/* The usual end of a sticky sequence. */
int lapse_fail_nomem(struct lapse_err *err);

#endif
