/*
 * clock.h - the sandbox's own time, which tests move, and what its Date
 * headers claim.
 */
#ifndef SANDBOX_CLOCK_H
#define SANDBOX_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Time stands still but for whoever else maps the file, which holds the
 * milliseconds as an int64_t, and a little with each exchange. */
bool clock_share(const char *file);
void clock_exchange(void);
int64_t clock_ms(void);		/* milliseconds since 1970, UTC */
int64_t clock_s(void);
int64_t clock_offset_s(void);
void clock_move_to(int64_t at_s);
void clock_set_offset(int64_t offset_s);

enum date_mode { DATE_NORMAL, DATE_ABSENT, DATE_GARBAGE, DATE_SKEW };

void clock_set_date(enum date_mode mode, int64_t skew_s);

/* The Date header to send; NULL: send none. The caller frees. */
char *clock_date_header(void);

/* The caller frees each. */
char *clock_http_date(int64_t at_s);
char *clock_okta(int64_t at_ms);	/* 2026-01-02T03:04:05.678Z */
char *clock_jira(int64_t at_ms, const char *zone);	/* ...678+0100 */
char *clock_iso(int64_t at_ms, const char *zone);	/* no milliseconds */

/* "2026-01-02 03:04" or "2026-01-02" (also with slashes) read in a zone. */
bool clock_parse_local(const char *from, const char *zone, int64_t *ret_ms);
/* ISO 8601 with milliseconds or not, "Z" or an offset with or without ":". */
bool clock_parse_iso(const char *from, int64_t *ret_ms);

#endif
