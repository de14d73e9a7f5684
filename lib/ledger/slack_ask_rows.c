/* The rows of slack_ask. */
#include "slack_ask_rows.h"

#include "stmt.h"

enum {
	ADD,
	DUE,
	FILING,
	FILED,
	OF_ISSUE,
	FILED_SINCE,
	LATER,
	SETTLE,
	CURSORS,
};

static const char *const sql[] = {
	[ADD] = "INSERT INTO slack_ask (channel, ts, slack_user, text, state,"
		" read_at, next_at) VALUES (?1, ?2, ?3, ?4, 'read', ?5, ?5)"
		" ON CONFLICT (channel, ts) DO NOTHING",
	[DUE] = "SELECT id, channel, ts, slack_user, account, text, state,"
		" role, duration_s, reason, read_at, sought_at, issue_id,"
		" issue_key, attempts, why FROM slack_ask"
		" WHERE settled_at IS NULL AND next_at <= ?1"
		" ORDER BY row_number() OVER (PARTITION BY slack_user"
		" ORDER BY next_at, id), next_at, id LIMIT ?2",
	[FILING] = "UPDATE slack_ask SET state = 'filing', account = ?2,"
		   " role = ?3, duration_s = nullif(?4, 0), reason = ?5,"
		   " sought_at = ?6 WHERE id = ?1",
	[FILED] = "UPDATE slack_ask SET state = 'filed', issue_id = ?2,"
		  " issue_key = ?3, why = NULL WHERE id = ?1",
	[OF_ISSUE] = "SELECT 1 FROM slack_ask WHERE issue_id = ?1"
		     " AND issue_id IS NOT NULL LIMIT 1",
	[FILED_SINCE] = "SELECT count(*) FROM slack_ask WHERE account = ?1"
			" AND issue_id IS NOT NULL AND id <> ?3"
			" AND coalesce(settled_at, sought_at) >= ?2",
	[LATER] = "UPDATE slack_ask SET attempts = attempts + 1, next_at = ?2,"
		  " why = ?3 WHERE id = ?1",
	[SETTLE] = "UPDATE slack_ask SET state = ?2,"
		   " account = coalesce(?3, account), why = ?4,"
		   " settled_at = ?5 WHERE id = ?1",
	[CURSORS] = "SELECT channel, ts, read_at FROM slack_cursor"
		    " WHERE thread = '' ORDER BY channel",
};

const struct ledger_family slack_ask_family =
	LEDGER_FAMILY_SINCE(4, slack_ask, SLACK_ASK, sql);

struct list {
	struct arena *arena;
	struct slack_ask_rows *rows;
};

static int take(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct arena *a = list->arena;
	struct slack_ask_row *row = VEC_ADD(&list->rows->items, a);

	if (row == NULL)
		return lapse_fail_nomem(err);
	*row = (struct slack_ask_row){
		.id = row_int(r, 0),
		.channel = arena_copy(a, row_text(r, 1)),
		.ts = arena_copy(a, row_text(r, 2)),
		.slack_user = arena_copy(a, row_text(r, 3)),
		.account = arena_copy(a, row_text(r, 4)),
		.text = arena_copy(a, row_text(r, 5)),
		.state = arena_copy(a, row_text(r, 6)),
		.role = arena_copy(a, row_text(r, 7)),
		.duration_s = row_int(r, 8),
		.reason = arena_copy(a, row_text(r, 9)),
		.read_at = row_time(r, 10),
		.sought_at = row_time(r, 11),
		.issue = arena_copy(a, row_text(r, 12)),
		.issue_key = arena_copy(a, row_text(r, 13)),
		.attempts = row_int(r, 14),
		.why = arena_copy(a, row_text(r, 15)),
	};
	return arena_check(a, err);
}

int slack_ask_add(struct ledger *l, const struct slack_ask_row *row,
	struct lapse_err *err)
{
	return ledger_exec(l, &slack_ask_family, ADD, NULL, err, "ttttw",
		row->channel, row->ts, row->slack_user, row->text,
		row->read_at);
}

int slack_asks_due(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct slack_ask_rows *ret, struct lapse_err *err)
{
	struct list list = {a, ret};

	return ledger_query(l, &slack_ask_family, DUE, take, &list, err, "wi",
		now, limit);
}

int slack_ask_filing(struct ledger *l, const struct slack_ask_row *row,
	int64_t sought_at, struct lapse_err *err)
{
	return ledger_exec(l, &slack_ask_family, FILING, NULL, err, "ittitw",
		row->id, row->account, row->role, row->duration_s, row->reason,
		sought_at);
}

int slack_ask_filed(struct ledger *l, int64_t id, const char *issue,
	const char *key, struct lapse_err *err)
{
	return ledger_exec(l, &slack_ask_family, FILED, NULL, err, "itt", id,
		issue, key);
}

static int take_any(void *arg, const struct row *r, struct lapse_err *err)
{
	(void)r;
	(void)err;
	*(bool *)arg = true;
	return 0;
}

int slack_ask_of_issue(struct ledger *l, const char *issue, bool *ret,
	struct lapse_err *err)
{
	bool any = false;
	int rc = ledger_query(l, &slack_ask_family, OF_ISSUE, take_any, &any,
		err, "t", issue);

	if (rc == 0)
		*ret = any;
	return rc;
}

static int take_count(void *arg, const struct row *r, struct lapse_err *err)
{
	(void)err;
	*(int64_t *)arg = row_int(r, 0);
	return 0;
}

int slack_asks_filed_since(struct ledger *l, const char *account,
	int64_t since, int64_t but, int64_t *ret, struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_query(l, &slack_ask_family, FILED_SINCE, take_count,
		&n, err, "twi", account, since, but);

	if (rc == 0)
		*ret = n;
	return rc;
}

int slack_ask_later(struct ledger *l, int64_t id, int64_t next_at,
	const char *why, struct lapse_err *err)
{
	return ledger_exec(l, &slack_ask_family, LATER, NULL, err, "iwt", id,
		next_at, why);
}

int slack_ask_settle(struct ledger *l, int64_t id, const char *state,
	const char *account, const char *why, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &slack_ask_family, SETTLE, NULL, err, "itttw",
		id, state, account, why, now);
}

struct cursors {
	struct arena *arena;
	struct slack_cursor_rows *rows;
};

static int take_cursor(void *arg, const struct row *r, struct lapse_err *err)
{
	struct cursors *c = arg;
	struct slack_cursor_row *row = VEC_ADD(&c->rows->items, c->arena);

	if (row == NULL)
		return lapse_fail_nomem(err);
	row->channel = arena_copy(c->arena, row_text(r, 0));
	row->ts = arena_copy(c->arena, row_text(r, 1));
	row->read_at = row_time(r, 2);
	return arena_check(c->arena, err);
}

int slack_cursors(struct ledger *l, struct arena *a,
	struct slack_cursor_rows *ret, struct lapse_err *err)
{
	struct cursors c = {a, ret};

	return ledger_query(l, &slack_ask_family, CURSORS, take_cursor, &c,
		err, "");
}
