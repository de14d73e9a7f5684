/* What one event says of its change or grant, against what the table has.
 * Pure: no statement, no ledger. */
#ifndef LAPSE_LEDGER_CHECK_SAID_H
#define LAPSE_LEDGER_CHECK_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHECK_WORDS = 400 };

struct said_event {
	int64_t seq;
	int64_t at;
	const char *kind;
	const char *data;	/* JSON */
	size_t data_len;
};

/* A row of the table change; id 0: there is none of the event's number. */
struct said_change {
	int64_t id;
	const char *other;	/* "USER in GROUP" where membership or grant
				   are not the event's; else NULL */
	const char *kind;
	const char *state;
	int64_t due_at;
	int64_t settled_at;
	int64_t verified_at;
};

struct said_grant {
	int64_t id;
	const char *role;
	const char *account;
	const char *state;
	const char *end_reason;
	int64_t starts_at;
	int64_t ends_at;
	int64_t ended_at;
};

enum said {
	SAID_SO,
	SAID_OTHERWISE,		/* words got what the table has */
	SAID_UNLESS_LEARNT,	/* the same, unless a later event of its grant */
	SAID_UNLESS_MOVED,	/* was learnt, or set another end */
};

enum said check_change(const struct said_event *e, const struct said_change *c,
	char words[CHECK_WORDS]);
/* excused: bits 1 << SAID_UNLESS_.., for what later events were found to set;
 * it is not compared again. */
enum said check_grant(const struct said_event *e, const struct said_grant *g,
	unsigned excused, char words[CHECK_WORDS]);

#endif
