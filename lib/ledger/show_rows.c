/* The story of one thing, from evidence, grants, holds and observations. The
 * words for it are core's: show.c. */
#include "show_rows.h"

#include "stmt.h"

enum {
	MATCHES,
	EVENTS_ISSUE,
	EVENTS_GRANT,
	EVENTS_USER,
	EVENTS_ROLE,
	EVENTS_GROUP,
	EVENTS_REVIEW,
};

#define GRANTS_WHERE(condition)                                                \
	"e.grant_id IN (SELECT id FROM \"grant\" WHERE " condition ")"

#define EVENTS                                                                 \
	"SELECT e.seq, e.at, e.kind,"                                          \
	" coalesce(r.issue_key, gr.issue_key, e.issue_id), e.issue_id,"        \
	" e.grant_id, coalesce(gr.role, r.role), e.idp, e.group_id, g.name,"   \
	" e.user_id, u.login, e.actor, a.name, e.data, t.text,"                \
	" e.text_digest IS NOT NULL AND t.text IS NULL"                        \
	" FROM evidence e LEFT JOIN evidence_text t ON t.seq = e.seq"          \
	" LEFT JOIN request r ON r.issue_id = e.issue_id"                      \
	" LEFT JOIN \"grant\" gr ON gr.id = e.grant_id"                        \
	" LEFT JOIN account a ON a.account = e.actor"                          \
	" LEFT JOIN idp_group g ON g.idp = e.idp AND g.group_id = e.group_id"  \
	" LEFT JOIN idp_user u ON u.idp = e.idp AND u.user_id = e.user_id"     \
	" WHERE "
/* What is told of a review names its campaign, and stands on any of its
 * issues. */
#define OF_CAMPAIGN                                                            \
	"(e.kind GLOB 'review-*'"                                              \
	" AND json_extract(e.data, '$.campaign') = ?3)"
#define IN_ORDER " ORDER BY e.seq"

static const char *const sql[] = {
	[MATCHES] =
		"SELECT (SELECT count(*) FROM (SELECT issue_id FROM request"
		" WHERE issue_id = ?1 OR issue_key = ?1"
		" UNION SELECT issue_id FROM \"grant\""
		" WHERE issue_id = ?1 OR issue_key = ?1)),"
		" (SELECT count(*) FROM \"grant\" WHERE id = CASE"
		" WHEN ?1 NOT GLOB '*[^0-9]*' THEN CAST(?1 AS INTEGER) END),"
		" (SELECT count(*) FROM (SELECT account FROM account"
		" WHERE account = ?1 OR email = ?1 COLLATE NOCASE"
		" UNION SELECT user_id FROM idp_user WHERE user_id = ?1"
		" OR login = ?1 COLLATE NOCASE OR email = ?1 COLLATE NOCASE"
		" UNION SELECT account FROM \"grant\" WHERE account = ?1"
		" UNION SELECT user_id FROM hold WHERE user_id = ?1)),"
		" (SELECT count(*) FROM (SELECT role FROM \"grant\""
		" WHERE role = ?1 UNION SELECT role FROM request"
		" WHERE role = ?1 UNION SELECT role FROM policy"
		" WHERE role = ?1)),"
		" (SELECT count(*) FROM (SELECT idp, group_id FROM idp_group"
		" WHERE group_id = ?3 AND (?2 IS NULL OR idp = ?2)"
		" UNION SELECT idp, group_id FROM hold"
		" WHERE group_id = ?3 AND (?2 IS NULL OR idp = ?2)))",
	[EVENTS_ISSUE] = EVENTS
		"(e.issue_id IN (SELECT issue_id FROM request"
		" WHERE issue_id = ?1 OR issue_key = ?1"
		" UNION SELECT ?1) OR " OF_CAMPAIGN " OR "
		GRANTS_WHERE("issue_id = ?1 OR issue_key = ?1") ")"
		" AND ?2 IS NULL" IN_ORDER,
	[EVENTS_GRANT] = EVENTS
		"(e.grant_id = CAST(?1 AS INTEGER) OR e.issue_id IN"
		" (SELECT issue_id FROM \"grant\""
		" WHERE id = CAST(?1 AS INTEGER)))"
		" AND ?2 IS NULL" IN_ORDER,
	[EVENTS_USER] = EVENTS
		"((e.idp, e.user_id) IN " USERS_OF("?1")
		" OR e.user_id = ?1 OR "
		GRANTS_WHERE("account IN " ACCOUNTS_OF("?1"))
		" OR e.issue_id IN (SELECT issue_id FROM request"
		" WHERE beneficiary IN " ACCOUNTS_OF("?1")
		" OR requester IN " ACCOUNTS_OF("?1") ")"
		" OR e.actor IN " ACCOUNTS_OF("?1") ")"
		" AND ?2 IS NULL" IN_ORDER,
	[EVENTS_ROLE] = EVENTS
		"(" GRANTS_WHERE("role = ?1")
		" OR e.issue_id IN (SELECT issue_id FROM request"
		" WHERE role = ?1)) AND ?2 IS NULL" IN_ORDER,
	[EVENTS_GROUP] = EVENTS
		"e.group_id = ?1 AND (?2 IS NULL OR e.idp = ?2)" IN_ORDER,
	[EVENTS_REVIEW] = EVENTS
		OF_CAMPAIGN " AND ?1 IS NOT NULL AND ?2 IS NULL" IN_ORDER,
};

const struct ledger_family show_family = LEDGER_FAMILY(show, SHOW, sql);

static int read_matches(void *arg, const struct row *r, struct lapse_err *err)
{
	struct show_matches *m = arg;

	(void)err;
	m->issues = row_int(r, 0);
	m->grants = row_int(r, 1);
	m->users = row_int(r, 2);
	m->roles = row_int(r, 3);
	m->groups = row_int(r, 4);
	return 0;
}

int show_matches(struct ledger *l, const char *what, const char *idp,
	const char *group, struct show_matches *ret, struct lapse_err *err)
{
	int64_t named = 0;
	int64_t of = 0;
	int rc = ledger_query(l, &show_family, MATCHES, read_matches, ret, err,
		"ttt", what, idp, group);

	if (rc == 0)
		rc = list_campaign(l, what, true, &named, err);
	if (rc == 0)
		rc = list_campaign(l, what, false, &of, err);
	ret->reviews = named != 0;
	if (of != 0 && ret->issues == 0)
		ret->issues = 1;
	return rc;
}

struct event_run {
	show_each *each;
	void *arg;
};

static int read_event(void *arg, const struct row *r, struct lapse_err *err)
{
	struct event_run *run = arg;
	struct show_event e = {
		.seq = row_int(r, 0),
		.at = row_int(r, 1),
		.kind = row_text(r, 2),
		.issue = row_text(r, 3),
		.issue_id = row_text(r, 4),
		.grant = row_text(r, 5),
		.role = row_text(r, 6),
		.idp = row_text(r, 7),
		.group = row_text(r, 8),
		.group_name = row_text(r, 9),
		.user = row_text(r, 10),
		.login = row_text(r, 11),
		.actor = row_text(r, 12),
		.actor_name = row_text(r, 13),
		.data = row_text(r, 14),
		.text = row_text(r, 15),
		.purged = row_int(r, 16) != 0,
	};

	return run->each(run->arg, &e, err);
}

int show_events(struct ledger *l, enum show_kind kind, const char *what,
	const char *idp, show_each *each, void *arg, struct lapse_err *err)
{
	static const size_t which[] = {
		[SHOW_ISSUE] = EVENTS_ISSUE,
		[SHOW_GRANT] = EVENTS_GRANT,
		[SHOW_USER] = EVENTS_USER,
		[SHOW_ROLE] = EVENTS_ROLE,
		[SHOW_GROUP] = EVENTS_GROUP,
		[SHOW_REVIEW] = EVENTS_REVIEW,
	};
	struct event_run run = {each, arg};
	bool of_review = kind == SHOW_ISSUE || kind == SHOW_REVIEW;
	int64_t campaign = 0;
	int rc = 0;

	if (of_review)
		rc = list_campaign(l, what, kind == SHOW_REVIEW, &campaign,
			err);
	return rc < 0 ? rc : ledger_query(l, &show_family, which[kind],
		read_event, &run, err, of_review ? "tti" : "tt", what,
		kind == SHOW_GROUP ? idp : NULL, campaign);
}
