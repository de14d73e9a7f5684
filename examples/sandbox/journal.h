/*
 * journal.h - the log that a directory keeps of itself: kept for so long, seen
 * late, and for those only who may read it. It knows no vendor's lines.
 *
 * Knobs of a service: "logLag", seconds until a line is seen, and
 * "logRefused", true: nobody may read the log.
 */
#ifndef SANDBOX_JOURNAL_H
#define SANDBOX_JOURNAL_H

#include "json.h"

/* The line is taken over; which log of the service it is says `log`. */
void journal_add(const char *service, const char *log, int64_t at_ms,
	cJSON *line);
/* Copies of what is seen now, newest first, of the last so many days. The
 * caller frees the list; nothing in it is older than since_ms, and each line
 * fits, where that is given. */
cJSON *journal_read(const char *service, const char *log, int days,
	int64_t since_ms, bool (*fits)(const cJSON *line, const char *arg),
	const char *arg);
bool journal_refused(const char *service);

#endif
