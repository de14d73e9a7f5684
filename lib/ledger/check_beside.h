/* An event beside the rows that it tells of, as a statement joins them: where
 * does a table say something else? */
#ifndef LAPSE_LEDGER_CHECK_BESIDE_H
#define LAPSE_LEDGER_CHECK_BESIDE_H

#include "check_said.h"
#include "ledger.h"

/* Behind the columns of an event "e", and its table. Only what is about a
 * membership tells of a change; what is no JSON tells nothing. */
#define BESIDE_COLUMNS                                                         \
	" c.id, iif(c.idp IS e.idp AND c.group_id IS e.group_id"               \
	" AND c.user_id IS e.user_id AND c.grant_id IS e.grant_id, NULL,"      \
	" c.user_id || ' in ' || c.group_id), c.kind, c.state, c.due_at,"      \
	" c.settled_at, c.verified_at, g.id, g.role, g.account, g.state,"      \
	" g.end_reason, g.starts_at, g.ends_at, g.ended_at"
#define BESIDE_FROM                                                            \
	" LEFT JOIN change c ON c.id = iif(e.group_id IS NOT NULL"             \
	" AND json_valid(e.data), json_extract(e.data, '$.change'), NULL)"     \
	" LEFT JOIN \"grant\" g ON g.id = e.grant_id"

/* say gets what stands in a table, in words; negative ends. */
typedef int beside_fn(void *arg, const char *words, int64_t seq,
	struct lapse_err *err);

/* first is the column that BESIDE_COLUMNS begin at. */
int check_beside(struct ledger *l, const struct said_event *e,
	const struct row *r, int first, beside_fn *say, void *arg,
	struct lapse_err *err);
/* What an event of such a kind tells of; 0: of none of these. */
enum {
	OF_CHANGE = 1,
	OF_GRANT = 2,
	OF_DECISION = 4,
	OF_NOTICE = 8,
	OF_SLACK = 16,
};
unsigned check_tells_of(const char *kind);

#endif
