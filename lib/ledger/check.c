/* The consistency checks of `lapse verify`: one statement each, that gives
 * the ids of the rows at fault. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>

#include "db.h"
#include "stmt.h"

enum {
	PAGES,
	KEYS,
	ABOUT_ROWS,
	HEAD_ROWS,
	ANCHOR_AHEAD,
	NOTICE_AHEAD,
	GRANT_UNKNOWN,
	HOLD_LIVE,
	HOLD_NONE,
	HOLD_KEEPER,
	GRANT_ENDLESS,
	GRANT_ENDED,
	GRANT_SILENT,
	GRANT_REMOVE_OPEN,
	CHANGE_STATE,
	REMOVE_UNREAD,
	CHECKS,
};

static const char *const sql[] = {
	[PAGES] = "PRAGMA quick_check(20)",
	[KEYS] = "PRAGMA foreign_key_check",
	[ABOUT_ROWS] = "SELECT count(*) FROM ledger HAVING count(*) <> 1",
	[HEAD_ROWS] = "SELECT max(seq) FROM evidence"
		      " HAVING max(seq) <> count(*)",
	[ANCHOR_AHEAD] = "SELECT anchor_seq FROM ledger WHERE anchor_seq >"
			 " (SELECT coalesce(max(seq), 0) FROM evidence)",
	[NOTICE_AHEAD] = "SELECT max(seq) FROM notice HAVING max(seq) >"
			 " (SELECT coalesce(max(seq), 0) FROM evidence)",
	[GRANT_UNKNOWN] = "SELECT e.seq FROM evidence e WHERE"
			  " e.grant_id IS NOT NULL AND NOT EXISTS (SELECT 1"
			  " FROM \"grant\" g WHERE g.id = e.grant_id)"
			  " ORDER BY e.grant_id, e.seq",
	[HOLD_LIVE] = "SELECT h.id FROM hold h JOIN \"grant\" g"
		      " ON g.id = h.grant_id WHERE h.released_at IS NULL"
		      " AND g.state IN ('ending', 'ended') ORDER BY h.id",
	[HOLD_NONE] = "SELECT g.id FROM \"grant\" g WHERE g.state = 'active'"
		      " AND g.method = 'group' AND NOT EXISTS (SELECT 1"
		      " FROM hold h WHERE h.grant_id = g.id"
		      " AND h.released_at IS NULL) ORDER BY g.id",
	[HOLD_KEEPER] = "SELECT h.id FROM hold h JOIN hold k"
			" ON k.id = h.kept_by WHERE h.released_at IS NULL"
			" OR (h.idp, h.group_id, h.user_id) <>"
			" (k.idp, k.group_id, k.user_id) ORDER BY h.id",
	[GRANT_ENDLESS] = "SELECT id FROM \"grant\" WHERE elevated = 1"
			  " AND state = 'active' AND ends_at IS NULL"
			  " ORDER BY id",
	[GRANT_ENDED] = "SELECT id FROM \"grant\" WHERE state = 'ended'"
			" AND (ended_at IS NULL OR end_reason IS NULL)"
			" ORDER BY id",
	[GRANT_SILENT] = "SELECT g.id FROM \"grant\" g WHERE NOT EXISTS"
			 " (SELECT 1 FROM evidence e WHERE e.grant_id = g.id)"
			 " ORDER BY g.id",
	[GRANT_REMOVE_OPEN] = "SELECT c.id FROM change c JOIN \"grant\" g"
			      " ON g.id = c.grant_id WHERE c.kind = 'remove'"
			      " AND c.settled_at IS NULL"
			      " AND g.state = 'ended' ORDER BY c.id",
	[CHANGE_STATE] = "SELECT id FROM change WHERE (settled_at IS NULL) <>"
			 " (state IN ('open', 'claimed', 'sent', 'unknown',"
			 " 'parked')) ORDER BY id",
	[REMOVE_UNREAD] = "SELECT id FROM change WHERE kind = 'remove'"
			  " AND state IN ('done', 'already-so')"
			  " AND verified_at IS NULL ORDER BY id",
};

const struct ledger_family check_family = LEDGER_FAMILY(check, CHECK, sql);

/* Each is printed with the number that its statement gives. */
static const char *const words[CHECKS][2] = {
	[ABOUT_ROWS] = {"table ledger has ", " rows instead of one"},
	[HEAD_ROWS] = {"evidence ends at ", ", but has fewer or more rows"},
	[ANCHOR_AHEAD] = {"evidence ", ", which the anchor has, is missing: "
				       "the tail was cut off"},
	[NOTICE_AHEAD] = {"evidence ", ", of which Jira was to be told, is "
				       "missing: the tail was cut off"},
	[GRANT_UNKNOWN] = {"evidence ", " is about a grant that is not there"},
	[HOLD_LIVE] = {"hold ", " is live, but its grant is over"},
	[HOLD_NONE] = {"grant ", " is active without a live hold"},
	[HOLD_KEEPER] = {"hold ", " is kept by a hold on something else, or "
				  "not released"},
	[GRANT_ENDLESS] = {"grant ", " is elevated and has no end"},
	[GRANT_ENDED] = {"grant ", " is ended without a time or a reason"},
	[GRANT_SILENT] = {"grant ", " has no evidence"},
	[GRANT_REMOVE_OPEN] = {"change ", " is an open removal of a grant that "
					  "is ended"},
	[CHANGE_STATE] = {"change ", ": state and settling time disagree"},
	[REMOVE_UNREAD] = {"change ", " is a removal that nobody read back"},
};

struct check {
	size_t which;
	int (*found)(void *arg, const char *fault);
	void *arg;
};

static int say(const struct check *c, const char *fault,
	struct lapse_err *err)
{
	if (c->found(c->arg, fault) < 0)
		return lapse_fail(err, LAPSE_EIO, "verify: stopped");
	return 0;
}

static int pragma_row(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct check *c = arg;
	const char *first = row_text(r, 0);
	char fault[256];

	if (c->which == PAGES && first != NULL &&
		first[0] == 'o' && first[1] == 'k' && first[2] == '\0')
		return 0;
	if (c->which == PAGES)
		snprintf(fault, sizeof(fault), "file: %s", first);
	else
		snprintf(fault, sizeof(fault),
			"table %s: row %" PRId64 " refers to nothing", first,
			row_int(r, 1));
	return say(c, fault, err);
}

static int id_row(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct check *c = arg;
	char fault[256];

	snprintf(fault, sizeof(fault), "%s%" PRId64 "%s", words[c->which][0],
		row_int(r, 0), words[c->which][1]);
	return say(c, fault, err);
}

int ledger_check(struct ledger *l, int (*found)(void *arg, const char *fault),
	void *arg, struct lapse_err *err)
{
	struct check c = {.found = found, .arg = arg};
	int rc = schema_check(l, found, arg, err);

	for (c.which = 0; rc == 0 && c.which < CHECKS; c.which++)
		rc = ledger_query(l, &check_family, c.which,
			c.which <= KEYS ? pragma_row : id_row, &c, err, "");
	return rc;
}
