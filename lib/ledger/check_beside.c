/* Which events tell of a change or of a grant, and whether the row there says
 * the same. What an event said may have been set again by a later one. */
#include "check_beside.h"

#include <string.h>

#include "stmt.h"

enum {
	LEARNT_LATER,		/* ?1 is a grant, ?2 an event of it */
	MOVED_LATER,
};

#define LATER                                                                  \
	"SELECT 1 FROM evidence n WHERE n.grant_id = ?1 AND n.seq > ?2 AND "

static const char *const sql[] = {
	[LEARNT_LATER] = LATER "n.kind = 'learnt' LIMIT 1",
	[MOVED_LATER] = LATER "(n.kind IN ('learnt', 'granted')"
		" OR n.kind = 'review-acted' AND iif(json_valid(n.data),"
		" json_extract(n.data, '$.detail'), NULL) = 'deadline')"
		" LIMIT 1",
};

const struct ledger_family check_beside_family =
	LEDGER_FAMILY(check_beside, CHECK_BESIDE, sql);

static struct said_change change_at(const struct row *r, int first)
{
	return (struct said_change){
		.id = row_int(r, first),
		.other = row_text(r, first + 1),
		.kind = row_text(r, first + 2),
		.state = row_text(r, first + 3),
		.due_at = row_time(r, first + 4),
		.settled_at = row_time(r, first + 5),
		.verified_at = row_time(r, first + 6),
	};
}

static struct said_grant grant_at(const struct row *r, int first)
{
	return (struct said_grant){
		.id = row_int(r, first),
		.role = row_text(r, first + 1),
		.account = row_text(r, first + 2),
		.state = row_text(r, first + 3),
		.end_reason = row_text(r, first + 4),
		.starts_at = row_time(r, first + 5),
		.ends_at = row_time(r, first + 6),
		.ended_at = row_time(r, first + 7),
	};
}

enum { CHANGE_COLUMNS = 7 };

static int on_change(const struct said_event *e, const struct row *r, int first,
	beside_fn *say, void *arg, struct lapse_err *err)
{
	const struct said_change there = change_at(r, first);
	char words[CHECK_WORDS];

	return check_change(e, &there, words) == SAID_SO ? 0
		: say(arg, words, e->seq, err);
}

/* What a later event set again is not held against this one. */
static int on_grant(struct ledger *l, const struct said_event *e,
	const struct said_grant *there, beside_fn *say, void *arg,
	struct lapse_err *err)
{
	char words[CHECK_WORDS];
	unsigned excused = 0;
	enum said how;

	while ((how = check_grant(e, there, excused, words)) != SAID_SO) {
		int64_t later = 0;
		int rc = how == SAID_OTHERWISE ? 0 : ledger_int(l,
			&check_beside_family, how == SAID_UNLESS_LEARNT
				? LEARNT_LATER : MOVED_LATER,
			&later, 0, err, "ii", there->id, e->seq);

		if (rc < 0 || later == 0)
			return rc < 0 ? rc : say(arg, words, e->seq, err);
		excused |= 1u << how;
	}
	return 0;
}

/* ---- Of what an event tells ---- */

unsigned check_tells_of(const char *kind)
{
	static const struct {
		const char *kind;
		unsigned of;
	} kinds[] = {
		{"added", OF_CHANGE},
		{"removed", OF_CHANGE},
		{"parked", OF_CHANGE},
		{"unknown", OF_CHANGE},
		{"retried", OF_CHANGE},
		{"abandoned", OF_CHANGE | OF_GRANT | OF_NOTICE},
		{"granting", OF_NOTICE},
		{"granted", OF_GRANT | OF_NOTICE},
		{"adopted", OF_GRANT},
		{"review-acted", OF_GRANT},
		{"ending", OF_GRANT},
		{"revoked", OF_GRANT | OF_NOTICE},
		{"gone", OF_GRANT | OF_NOTICE},
		{"asked", OF_NOTICE},
		{"approved", OF_DECISION},
		{"slack-decision", OF_SLACK},
		{"declined", OF_DECISION | OF_NOTICE},
	};

	for (size_t i = 0; kind != NULL && i < ARRAY_N(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].of;
	return 0;
}

int check_beside(struct ledger *l, const struct said_event *e,
	const struct row *r, int first, beside_fn *say, void *arg,
	struct lapse_err *err)
{
	unsigned what = check_tells_of(e->kind);
	int rc = (what & OF_CHANGE) == 0 ? 0
		: on_change(e, r, first, say, arg, err);
	struct said_grant there;

	first += CHANGE_COLUMNS;
	if (rc < 0 || (what & OF_GRANT) == 0 || row_null(r, first))
		return rc;
	there = grant_at(r, first);
	return on_grant(l, e, &there, say, arg, err);
}
