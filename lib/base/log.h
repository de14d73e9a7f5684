/* Handing lines to the caller's log callback. The library itself never
 * prints. */
#ifndef LAPSE_BASE_LOG_H
#define LAPSE_BASE_LOG_H

#include "err.h"

/* A line for people or the journal; escaped and redacted here. env may have
 * no log callback. */
void log_say(const struct lapse_env *env, enum lapse_level level,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
