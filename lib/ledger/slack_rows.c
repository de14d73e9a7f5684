/* The rows of Slack: people, messages, positions. */
#include "slack_rows.h"

#include "stmt.h"

enum {
	USER,
	USER_PUT,
	USER_CHANNEL,
	USER_CHANNELS,
	USER_ACCOUNTS,
	ADDRESS_ACCOUNTS,
	ADDRESS_LINKED,
	ADD,
	DUE,
	GET,
	THREAD,
	ASKING,
	SENDING,
	DONE,
	FAILED,
	DROP,
	UNREAD,
	READ,
	BACKLOG,
	CURSOR,
	CURSOR_PUT,
	FORWARD_OWED,
	FORWARD_OVER,
	FORWARD_ASKS,
	FORWARD_CURSORS,
};

#define COLUMNS                                                                \
	"SELECT id, kind, subject, account, issue_id, request_id, approval,"   \
	" grant_id, sheet_id, thread, body, content_hash, channel, thread_ts," \
	" ts, state, created_at, until_at, attempts, next_at, sent_at,"        \
	" done_at, why FROM slack_message "
#define IS_OPEN "state IN ('open', 'doubtful')"

static const char *const sql[] = {
	[USER] = "SELECT account, user_id, address, method, channel, why,"
		 " matched_at FROM slack_user WHERE account = ?1",
	[USER_PUT] = "INSERT INTO slack_user (account, user_id, address,"
		     " method, channel, why, matched_at)"
		     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
		     " ON CONFLICT (account) DO UPDATE SET"
		     " user_id = ?2, address = ?3, method = ?4, channel = ?5,"
		     " why = ?6, matched_at = ?7",
	[USER_CHANNEL] = "UPDATE slack_user SET channel = ?2"
			 " WHERE account = ?1",
	[USER_CHANNELS] = "SELECT DISTINCT channel FROM slack_user"
			  " WHERE channel IS NOT NULL ORDER BY channel",
	[USER_ACCOUNTS] = "SELECT account FROM slack_user WHERE user_id = ?1"
			  " ORDER BY account",
	[ADDRESS_ACCOUNTS] = "SELECT account FROM account"
			     " WHERE email = ?1 COLLATE NOCASE AND active"
			     " AND coalesce(type, '') <> 'app'"
			     " ORDER BY account",
	[ADDRESS_LINKED] = "SELECT DISTINCT lower(u.email) FROM link k"
			   " JOIN idp_user u ON u.idp = k.idp"
			   " AND u.user_id = k.user_id WHERE k.account = ?1"
			   " AND u.email IS NOT NULL ORDER BY 1",
	[ADD] = "INSERT INTO slack_message (kind, subject, account, issue_id,"
		" request_id, approval, grant_id, sheet_id, thread, body,"
		" content_hash, channel, thread_ts, state, created_at,"
		" until_at, next_at) VALUES (?1, ?2, ?3, ?4, nullif(?5, 0),"
		" nullif(?6, 0), nullif(?7, 0), nullif(?8, 0), ?9, ?10, ?11,"
		" ?12, ?13, 'open', ?14, ?15, ?14)"
		" ON CONFLICT (kind, subject, account) DO NOTHING",
	[DUE] = COLUMNS "WHERE " IS_OPEN " AND next_at <= ?1"
			" ORDER BY next_at, id LIMIT ?2",
	[GET] = COLUMNS "WHERE id = ?1",
	[THREAD] = "SELECT coalesce(thread_ts, ts) FROM slack_message"
		   " WHERE thread = ?1 AND account = ?2 AND state = 'done'"
		   " AND channel = ?3 ORDER BY id LIMIT 1",
	[ASKING] = COLUMNS "WHERE approval = ?1 AND approval IS NOT NULL"
			   " AND ts IS NOT NULL ORDER BY account, id",
	[SENDING] = "UPDATE slack_message SET state = 'doubtful',"
		    " channel = ?2, thread_ts = ?3,"
		    " sent_at = coalesce(sent_at, ?4) WHERE id = ?1",
	[DONE] = "UPDATE slack_message SET state = 'done', channel = ?2,"
		 " ts = ?3, done_at = ?4, why = NULL WHERE id = ?1",
	[FAILED] = "UPDATE slack_message SET"
		   " state = iif(?2, 'doubtful', 'open'),"
		   " attempts = attempts + 1, next_at = ?3, why = ?4"
		   " WHERE id = ?1",
	[UNREAD] = "UPDATE slack_message SET attempts = attempts + 1,"
		   " next_at = ?2, why = ?3 WHERE id = ?1 AND state = 'done'",
	[READ] = "UPDATE slack_message SET attempts = 0, why = NULL"
		 " WHERE id = ?1 AND state = 'done'",
	[DROP] = "UPDATE slack_message SET state = 'dropped', done_at = ?2,"
		 " why = ?3 WHERE id = ?1",
	[BACKLOG] = "SELECT count(*), min(created_at), count(why)"
		    " + (SELECT count(*) FROM slack_ask"
		    " WHERE settled_at IS NULL AND why IS NOT NULL)"
		    " + (SELECT count(*) FROM slack_answer"
		    " WHERE state IN ('open', 'sent') AND why IS NOT NULL)"
		    " FROM slack_message WHERE " IS_OPEN,
	[CURSOR] = "SELECT ts FROM slack_cursor"
		   " WHERE channel = ?1 AND thread = ?2",
	[CURSOR_PUT] = "INSERT INTO slack_cursor (channel, thread, ts,"
		       " read_at) VALUES (?1, ?2, ?3, ?4)"
		       " ON CONFLICT (channel, thread) DO UPDATE SET"
		       " ts = ?3, read_at = ?4",
	/* It went into the thread of the first that stands there. */
	[FORWARD_OWED] = "UPDATE slack_message SET state = 'doubtful',"
			 " sent_at = coalesce(sent_at, created_at),"
			 " channel = coalesce(channel, (SELECT p.channel"
			 " FROM slack_message p WHERE p.state = 'done'"
			 " AND p.thread = slack_message.thread"
			 " AND p.account = slack_message.account"
			 " ORDER BY p.id LIMIT 1)),"
			 " thread_ts = coalesce(thread_ts,"
			 " (SELECT coalesce(p.thread_ts, p.ts)"
			 " FROM slack_message p WHERE p.state = 'done'"
			 " AND p.thread = slack_message.thread"
			 " AND p.account = slack_message.account"
			 " ORDER BY p.id LIMIT 1))"
			 " WHERE state = 'open'",
	[FORWARD_OVER] = "INSERT INTO slack_message (kind, subject, account,"
			 " body, state, created_at, until_at, next_at,"
			 " done_at, why) SELECT 'over', 'message:' || m.id,"
			 " '', '', 'dropped', ?1, ?1, ?1, ?1,"
			 " 'an older copy of the ledger went on'"
			 " FROM slack_message m"
			 " JOIN approval a ON a.id = m.approval"
			 " WHERE m.kind = 'asked' AND a.state <> 'open'"
			 " ON CONFLICT (kind, subject, account) DO NOTHING",
	[FORWARD_ASKS] = "UPDATE slack_ask SET state = 'refused',"
			 " settled_at = ?1,"
			 " why = 'an older copy of the ledger went on'"
			 " WHERE settled_at IS NULL",
	[FORWARD_CURSORS] = "DELETE FROM slack_cursor WHERE thread = ''",
};

const struct ledger_family slack_family =
	LEDGER_FAMILY_SINCE(4, slack, SLACK, sql);

/* ---- People ---- */

struct person {
	struct arena *arena;
	struct slack_user_row *row;
	bool found;
};

static int take_user(void *arg, const struct row *r, struct lapse_err *err)
{
	struct person *p = arg;

	*p->row = (struct slack_user_row){
		.account = arena_copy(p->arena, row_text(r, 0)),
		.user = arena_copy(p->arena, row_text(r, 1)),
		.address = arena_copy(p->arena, row_text(r, 2)),
		.method = arena_copy(p->arena, row_text(r, 3)),
		.channel = arena_copy(p->arena, row_text(r, 4)),
		.why = arena_copy(p->arena, row_text(r, 5)),
		.matched_at = row_time(r, 6),
	};
	p->found = true;
	return arena_check(p->arena, err);
}

int slack_user_get(struct ledger *l, const char *account, struct arena *a,
	struct slack_user_row *ret, struct lapse_err *err)
{
	struct slack_user_row row = {0};
	struct person p = {.arena = a, .row = &row};
	int rc = ledger_query(l, &slack_family, USER, take_user, &p, err, "t",
		account);

	if (rc == 0 && !p.found)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"slack: account '%s': not looked up yet", account);
	if (rc == 0)
		*ret = row;
	return rc;
}

int slack_user_put(struct ledger *l, const struct slack_user_row *u,
	struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, USER_PUT, NULL, err, "ttttttw",
		u->account, u->user, u->address, u->method, u->channel, u->why,
		u->matched_at);
}

int slack_user_set_channel(struct ledger *l, const char *account,
	const char *channel, struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, USER_CHANNEL, NULL, err, "tt",
		account, channel);
}

int slack_user_channels(struct ledger *l, struct arena *a, struct strs *ret,
	struct lapse_err *err)
{
	struct row_texts n = {a, ret};

	return ledger_query(l, &slack_family, USER_CHANNELS, row_add_text, &n,
		err, "");
}

int slack_user_accounts(struct ledger *l, const char *user, struct arena *a,
	struct strs *ret, struct lapse_err *err)
{
	struct row_texts n = {a, ret};

	return ledger_query(l, &slack_family, USER_ACCOUNTS, row_add_text, &n,
		err, "t", user);
}

int slack_address_accounts(struct ledger *l, const char *address,
	struct arena *a, struct strs *ret, struct lapse_err *err)
{
	struct row_texts n = {a, ret};

	return ledger_query(l, &slack_family, ADDRESS_ACCOUNTS, row_add_text, &n,
		err, "t", address);
}

int slack_address_linked(struct ledger *l, const char *account,
	struct arena *a, struct strs *ret, struct lapse_err *err)
{
	struct row_texts n = {a, ret};

	return ledger_query(l, &slack_family, ADDRESS_LINKED, row_add_text, &n,
		err, "t", account);
}

/* ---- Messages ---- */

struct list {
	struct arena *arena;
	struct slack_message_rows *rows;
};

static int take(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct arena *a = list->arena;
	struct slack_message_row *m = VEC_ADD(&list->rows->items, a);

	if (m == NULL)
		return lapse_fail_nomem(err);
	*m = (struct slack_message_row){
		.id = row_int(r, 0),
		.kind = arena_copy(a, row_text(r, 1)),
		.subject = arena_copy(a, row_text(r, 2)),
		.account = arena_copy(a, row_text(r, 3)),
		.issue = arena_copy(a, row_text(r, 4)),
		.request = row_int(r, 5),
		.approval = row_int(r, 6),
		.grant = row_int(r, 7),
		.sheet = row_int(r, 8),
		.thread = arena_copy(a, row_text(r, 9)),
		.body = arena_copy(a, row_text(r, 10)),
		.content_hash = arena_copy(a, row_text(r, 11)),
		.channel = arena_copy(a, row_text(r, 12)),
		.thread_ts = arena_copy(a, row_text(r, 13)),
		.ts = arena_copy(a, row_text(r, 14)),
		.state = arena_copy(a, row_text(r, 15)),
		.created_at = row_time(r, 16),
		.until_at = row_time(r, 17),
		.attempts = row_int(r, 18),
		.next_at = row_time(r, 19),
		.sent_at = row_time(r, 20),
		.done_at = row_time(r, 21),
		.why = arena_copy(a, row_text(r, 22)),
	};
	return arena_check(a, err);
}

int slack_message_add(struct ledger *l, const struct slack_message_row *m,
	int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, ADD, NULL, err,
		"ttttiiiitttttww", m->kind, m->subject, m->account, m->issue,
		m->request, m->approval, m->grant, m->sheet, m->thread,
		m->body, m->content_hash, m->channel, m->thread_ts, now,
		m->until_at);
}

int slack_messages_due(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct slack_message_rows *ret,
	struct lapse_err *err)
{
	struct list list = {a, ret};

	return ledger_query(l, &slack_family, DUE, take, &list, err, "ii", now,
		limit);
}

int slack_message_get(struct ledger *l, int64_t id, struct arena *a,
	struct slack_message_row *ret, struct lapse_err *err)
{
	struct slack_message_rows rows = {0};
	struct list list = {a, &rows};
	int rc = ledger_query(l, &slack_family, GET, take, &list, err, "i",
		id);

	if (rc == 0 && rows.items.n == 0)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"slack: message %lld: not in the ledger",
			(long long)id);
	if (rc == 0)
		*ret = rows.items.items[0];
	return rc;
}

int slack_messages_asking(struct ledger *l, int64_t approval, struct arena *a,
	struct slack_message_rows *ret, struct lapse_err *err)
{
	struct list list = {a, ret};

	return ledger_query(l, &slack_family, ASKING, take, &list, err, "i",
		approval);
}

static const char *first_of(const struct strs *names)
{
	return names->n > 0 ? names->items[0] : "";
}

int slack_thread_ts(struct ledger *l, const char *thread, const char *account,
	const char *channel, struct arena *a, const char **ret,
	struct lapse_err *err)
{
	struct strs found = {0};
	struct row_texts n = {a, &found};
	int rc = ledger_query(l, &slack_family, THREAD, row_add_text, &n, err,
		"ttt", thread, account, channel);

	if (rc == 0)
		*ret = first_of(&found);
	return rc;
}

int slack_message_sending(struct ledger *l, int64_t id, const char *channel,
	const char *thread_ts, int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, SENDING, NULL, err, "ittw", id,
		channel, thread_ts, now);
}

int slack_message_done(struct ledger *l, int64_t id, const char *channel,
	const char *ts, int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, DONE, NULL, err, "ittw", id,
		channel, ts, now);
}

int slack_message_failed(struct ledger *l, int64_t id, bool doubtful,
	int64_t next_at, const char *why, struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, FAILED, NULL, err, "iiwt", id,
		(int64_t)doubtful, next_at, why);
}

int slack_message_unread(struct ledger *l, int64_t id, int64_t next_at,
	const char *why, struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, UNREAD, NULL, err, "iwt", id,
		next_at, why);
}

int slack_message_read(struct ledger *l, int64_t id, struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, READ, NULL, err, "i", id);
}

int slack_message_drop(struct ledger *l, int64_t id, int64_t now,
	const char *why, struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, DROP, NULL, err, "iwt", id, now,
		why);
}

static int take_backlog(void *arg, const struct row *r, struct lapse_err *err)
{
	struct slack_backlog *b = arg;

	(void)err;
	b->waiting = row_int(r, 0);
	b->oldest_at = row_time(r, 1);
	b->failing = row_int(r, 2);
	return 0;
}

int slack_backlog(struct ledger *l, struct slack_backlog *ret,
	struct lapse_err *err)
{
	struct slack_backlog b = {.oldest_at = WHEN_NONE};
	int rc = ledger_query(l, &slack_family, BACKLOG, take_backlog, &b, err,
		"");

	if (rc == 0)
		*ret = b;
	return rc;
}

int slack_rows_forward(struct ledger *l, int64_t now, struct lapse_err *err)
{
	int rc = ledger_exec(l, &slack_family, FORWARD_OWED, NULL, err, "");

	if (rc == 0)
		rc = ledger_exec(l, &slack_family, FORWARD_OVER, NULL, err,
			"i", now);
	if (rc == 0)
		rc = ledger_exec(l, &slack_family, FORWARD_ASKS, NULL, err,
			"i", now);
	return rc < 0 ? rc : ledger_exec(l, &slack_family, FORWARD_CURSORS,
		NULL, err, "");
}

/* ---- Positions ---- */

int slack_cursor_get(struct ledger *l, const char *channel,
	const char *thread, struct arena *a, const char **ret,
	struct lapse_err *err)
{
	struct strs found = {0};
	struct row_texts n = {a, &found};
	int rc = ledger_query(l, &slack_family, CURSOR, row_add_text, &n, err,
		"tt", channel, thread);

	if (rc == 0)
		*ret = first_of(&found);
	return rc;
}

int slack_cursor_put(struct ledger *l, const char *channel,
	const char *thread, const char *ts, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &slack_family, CURSOR_PUT, NULL, err, "tttw",
		channel, thread, ts, now);
}
