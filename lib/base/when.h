/* Times and durations as text. All times are integer seconds UTC; there is no
 * clock here. */
#ifndef LAPSE_BASE_WHEN_H
#define LAPSE_BASE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

#define WHEN_NONE INT64_MIN	/* "no time"; NULL in the ledger */

enum {
	WHEN_TEXT = 32,		/* bytes that any text made here fits into */
};

/* The calendar, proleptic Gregorian: days since 1970-01-01 (negative before),
 * the days of a month 1..12, the year of a moment. For years 1..9999. */
int64_t when_day(int64_t year, int month, int day);
int when_month_days(int64_t year, int month);
int64_t when_year(int64_t at);

/* "90m", "8h", "2d", "1h30m", "1w", "45s": digits and a unit, units falling,
 * nothing else; 1 s to 10 years. Case matters.
 * <Errors> LAPSE_EUSAGE naming the text; *ret_s untouched. */
int when_parse_duration(const char *text, int64_t *ret_s,
	struct lapse_err *err);

/* RFC 3339 with offset ("2026-11-23T10:00:00Z", "...+01:00"), fraction
 * ignored; Jira's "+0000" too. A time without offset is refused.
 * Years 1970..9999. <Errors> LAPSE_EUSAGE; *ret_at untouched. */
int when_parse_time(const char *text, int64_t *ret_at, struct lapse_err *err);

/* An HTTP date in IMF-fixdate form. <Errors> LAPSE_EPROTO. */
int when_parse_http(const char *text, int64_t *ret_at, struct lapse_err *err);

/* "2026-11-23T10:00:00Z"; "" for WHEN_NONE. Returns text. */
const char *when_time(int64_t at, char text[WHEN_TEXT]);
/* "1h30m", "14d", exact; "0s" for 0. Days are the largest unit. */
const char *when_duration(int64_t seconds, char text[WHEN_TEXT]);
/* "in 3 h", "5 min ago", "now": for eyes only. */
const char *when_relative(int64_t at, int64_t now, char text[WHEN_TEXT]);
/* "23 Nov 2026 11:00 Europe/Berlin (10:00 UTC)" for a reader in an IANA zone
 * read from the system's zoneinfo, without touching TZ; zone NULL, unknown or
 * hostile text (anything but [A-Za-z0-9_+/-]) gives UTC only. */
void when_for_reader(struct buf *out, int64_t at, const char *zone);

#endif
