/* Two listings about Slack: the messages, and the answers of approvers. The
 * others are in list_rows.c and audit_rows.c. */
#include "slack_list_rows.h"

#include "stmt.h"

enum {
	MESSAGES,
	ANSWERS,
};

/* ?1 user, ?2 role, ?3 state, ?4 issue, ?5 grant (0), as in list_rows.c. A
 * row that answers somebody in their direct messages has the channel alone. */
#define READER                                                                 \
	"coalesce(nullif(m.account, ''), (SELECT u.account FROM slack_user u"  \
	" WHERE u.channel = m.channel ORDER BY u.account LIMIT 1))"

static const char *const sql[] = {
	[MESSAGES] =
		"SELECT m.id, coalesce(r.issue_key, g.issue_key), m.issue_id,"
		" m.kind, " READER ", a.name,"
		" m.state, m.channel, m.ts, m.thread_ts, m.created_at,"
		" iif(m.state = 'done', m.done_at, NULL), m.attempts,"
		" iif(m.state IN ('open', 'doubtful'), m.next_at, NULL),"
		" m.why, m.body"
		" FROM slack_message m"
		" LEFT JOIN request r ON r.id = m.request_id"
		" LEFT JOIN \"grant\" g ON g.id = m.grant_id"
		" LEFT JOIN account a ON a.account = " READER
		" WHERE (?1 IS NULL OR " READER " IN " ACCOUNTS_OF("?1") ")"
		" AND (?2 IS NULL OR coalesce(r.role, g.role) = ?2)"
		" AND (?3 IS NULL OR m.state = ?3)"
		" AND (?4 IS NULL OR m.issue_id = ?4"
		" OR coalesce(r.issue_key, g.issue_key) = ?4)"
		" AND (?5 = 0 OR m.grant_id = ?5 OR m.request_id ="
		" (SELECT x.request_id FROM \"grant\" x WHERE x.id = ?5))"
		" AND ?6 IS NULL AND ?7 IS NULL"
		" AND (?8 OR ?3 IS NOT NULL"
		" OR m.state IN ('open', 'doubtful'))"
		" ORDER BY m.id",
	[ANSWERS] =
		"SELECT r.issue_key, r.issue_id, ap.approval_id, d.account,"
		" a.name, d.decision, d.form, d.ref, d.counted, d.refused,"
		" d.words, d.read_at, d.gone_at, d.slack_user, d.address,"
		" d.channel, d.ts, d.shown_hash"
		" FROM slack_decision d JOIN approval ap ON ap.id = d.approval"
		" JOIN request r ON r.id = ap.request_id"
		" LEFT JOIN account a ON a.account = d.account"
		" WHERE (?1 IS NULL OR d.account IN " ACCOUNTS_OF("?1")
		" OR r.beneficiary IN " ACCOUNTS_OF("?1") ")"
		" AND (?2 IS NULL OR r.role = ?2) AND ?3 IS NULL"
		" AND (?4 IS NULL OR r.issue_id = ?4 OR r.issue_key = ?4)"
		" AND (?5 = 0 OR r.id = (SELECT x.request_id"
		" FROM \"grant\" x WHERE x.id = ?5))"
		" AND ?6 IS NULL AND ?7 IS NULL AND ?8"
		" ORDER BY d.id",
};

const struct ledger_family slack_list_family =
	LEDGER_FAMILY_SINCE(4, slack_list, SLACK_LIST, sql);

static const struct listing_column message_columns[] = {
	{"message", LAPSE_TEXT},
	{"issue", LAPSE_TEXT},
	{"issue_id", LAPSE_TEXT},
	{"kind", LAPSE_TEXT},
	{"account", LAPSE_TEXT},
	{"name", LAPSE_TEXT},
	{"state", LAPSE_TEXT},
	{"channel", LAPSE_TEXT},
	{"ts", LAPSE_TEXT},
	{"thread_ts", LAPSE_TEXT},
	{"created_at", LAPSE_TIME},
	{"said_at", LAPSE_TIME},
	{"attempts", LAPSE_INT},
	{"next_attempt_at", LAPSE_TIME},
	{"why", LAPSE_TEXT},
	{"body", LAPSE_TEXT},
	{0},
};

static const struct listing_column answer_columns[] = {
	{"issue", LAPSE_TEXT},
	{"issue_id", LAPSE_TEXT},
	{"approval", LAPSE_TEXT},
	{"account", LAPSE_TEXT},
	{"name", LAPSE_TEXT},
	{"decision", LAPSE_TEXT},
	{"form", LAPSE_TEXT},
	{"ref", LAPSE_TEXT},
	{"counts", LAPSE_BOOL},
	{"why", LAPSE_TEXT},
	{"words", LAPSE_TEXT},
	{"read_at", LAPSE_TIME},
	{"gone_at", LAPSE_TIME},
	{"slack_user", LAPSE_TEXT},
	{"address", LAPSE_TEXT},
	{"channel", LAPSE_TEXT},
	{"ts", LAPSE_TEXT},
	{"shown_sha256", LAPSE_TEXT},
	{0},
};

int slack_list(struct ledger *l, enum list_of what,
	const struct list_filter *f, listing_each *each, void *arg,
	int64_t *ret_n, struct lapse_err *err)
{
	static const struct listing messages = {"lapse/message.v1",
		&slack_list_family, MESSAGES, "ttttitti", message_columns};
	static const struct listing answers = {"lapse/slack-answer.v1",
		&slack_list_family, ANSWERS, "ttttitti", answer_columns};
	struct listing_run run = {
		what == LIST_MESSAGES ? &messages : &answers, each, arg, 0};
	int rc = ledger_query(l, &slack_list_family, run.listing->which,
		listing_row, &run, err, run.listing->types, f->user, f->role,
		f->state, f->issue, f->grant, f->idp, f->group,
		(int64_t)f->all);

	if (rc == 0)
		*ret_n = run.n;
	return rc;
}
