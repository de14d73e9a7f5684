/* The rows of slack_decision and slack_answer. */
#include "slack_decision_rows.h"

#include "slack_sql.h"
#include "stmt.h"

enum {
	WAITING,
	IN_THREAD,
	UNREADABLE,
	ASKING_NOW,
	STUCK,
	OVER,
	OVER_UPTO,
	LATE,
	ADD,
	JUDGED,
	OF_APPROVAL,
	AT_MESSAGE,
	GONE,
	ANSWER,
	ANSWER_OWE,
	ANSWER_SET,
	ANSWERS_REFUSED,
};

/* What counts has an event that says so: a row alone is nobody's word. */
#define IS_TOLD                                                                \
	"EXISTS (SELECT 1 FROM approval a JOIN request r"                      \
	" ON r.id = a.request_id JOIN evidence e ON e.issue_id = r.issue_id"   \
	" WHERE a.id = d.approval AND " SLACK_TOLD ")"
#define COLUMNS                                                                \
	"SELECT id, message_id, approval, decision, form, ref, shown,"         \
	" shown_hash, channel, ts, slack_user, address, account, words,"       \
	" read_at, counted, refused, gone_at, counted = 1 AND " IS_TOLD        \
	" FROM slack_decision d "

/* Sent, and tried to be read more often than a passing fault takes. */
#define IS_UNREADABLE "m.state = 'done' AND m.why IS NOT NULL AND m.attempts > 3"

/* Askings in which the delegate stands, of requests that wait. */
#define ASKING_THERE                                                           \
	"FROM approval a JOIN request r ON r.id = a.request_id"                \
	" WHERE r.state = 'asked' AND a.method = 'slack-delegate'"

static const char *const sql[] = {
	[WAITING] = "SELECT m.id FROM slack_message m"
		    " JOIN approval a ON a.id = m.approval"
		    " JOIN request r ON r.id = a.request_id"
		    " LEFT JOIN slack_cursor c ON c.channel = m.channel"
		    " AND c.thread = m.ts"
		    " WHERE r.state = 'asked' AND m.ts IS NOT NULL"
		    " AND m.content_hash IS NOT NULL"
		    " AND m.kind IN ('asked', 'reminded')"
		    " AND a.method = 'slack-delegate'"
		    " AND (m.why IS NULL OR m.next_at <= ?1)"
		    " ORDER BY a.state <> 'open', max(coalesce(c.read_at, 0),"
		    " iif(m.why IS NULL, 0, m.next_at)), m.id LIMIT ?2",
	[IN_THREAD] = "SELECT m.id FROM slack_message m"
		      " JOIN approval a ON a.id = m.approval"
		      " WHERE m.channel = ?1 AND m.ts IS NOT NULL"
		      " AND ?2 IN (m.ts, m.thread_ts) AND m.kind = 'asked'"
		      " AND NOT (a.state = 'open' AND a.method = 'jsm')"
		      " ORDER BY m.id",
	[UNREADABLE] = "SELECT m.id FROM slack_message m"
		       " JOIN approval a ON a.id = m.approval"
		       " JOIN request r ON r.id = a.request_id"
		       " WHERE r.state = 'asked' AND a.state = 'open'"
		       " AND a.method = 'slack-delegate'"
		       " AND m.kind = 'asked' AND " IS_UNREADABLE
		       " ORDER BY m.id",
	[ASKING_NOW] = "SELECT EXISTS (SELECT 1 " ASKING_THERE ")",
	[STUCK] = "SELECT a.id, r.issue_id, EXISTS (SELECT 1 FROM owed o"
		  " JOIN slack_message m ON m.approval = o.approval"
		  " AND m.account = o.account WHERE o.approval = a.id"
		  " AND o.decision = 'pending' AND m.kind = 'asked'"
		  " AND (m.state = 'dropped' OR (m.state <> 'done'"
		  " AND m.created_at <= ?2) OR (" IS_UNREADABLE
		  " AND coalesce((SELECT c.read_at FROM slack_cursor c"
		  " WHERE c.channel = m.channel AND c.thread = m.ts),"
		  " m.done_at) <= ?2))) AS unreached " ASKING_THERE
		  " AND a.state = 'open' AND a.mode = 'all'"
		  " AND (unreached OR (a.asked_at <= ?1"
		  " AND EXISTS (SELECT 1 FROM owed o WHERE o.approval = a.id"
		  " AND o.decision = 'pending' AND NOT EXISTS (SELECT 1"
		  " FROM slack_message m JOIN slack_cursor c"
		  " ON c.channel = m.channel AND c.thread = m.ts"
		  " WHERE m.approval = a.id AND m.account = o.account"
		  " AND m.kind = 'asked' AND c.read_at > ?1))))"
		  " ORDER BY a.id",
	[OVER] = "SELECT m.id FROM slack_message m"
		 " JOIN approval a ON a.id = m.approval"
		 " WHERE m.id > ?1 AND m.kind = 'asked' AND m.state = 'done'"
		 " AND m.done_at > ?2 AND a.state <> 'open'"
		 " AND NOT EXISTS (SELECT 1 FROM slack_message o"
		 " WHERE o.kind = 'over' AND o.subject = 'message:' || m.id"
		 " AND o.account = '') AND (a.state = 'void' OR NOT EXISTS"
		 " (SELECT 1 FROM owed w WHERE w.approval = a.id"
		 " AND w.account = m.account AND w.decision <> 'pending'))"
		 " ORDER BY m.id LIMIT ?3",
	[OVER_UPTO] = "SELECT coalesce((SELECT min(m.id) - 1"
		      " FROM slack_message m"
		      " JOIN approval a ON a.id = m.approval"
		      " WHERE m.id > ?1 AND m.kind = 'asked'"
		      " AND (m.state IN ('open', 'doubtful')"
		      " OR (m.state = 'done' AND a.state = 'open'))),"
		      " (SELECT max(id) FROM slack_message), ?1)",
	[LATE] = "SELECT m.id FROM (SELECT id, subject, done_at"
		 " FROM slack_message WHERE thread = 'over' AND account = ''"
		 " AND state = 'done' ORDER BY id DESC LIMIT 200) o"
		 " JOIN slack_message m"
		 " ON m.id = CAST(substr(o.subject, 9) AS INTEGER)"
		 " JOIN approval a ON a.id = m.approval"
		 " JOIN request r ON r.id = a.request_id"
		 " LEFT JOIN slack_cursor c ON c.channel = m.channel"
		 " AND c.thread = m.ts WHERE o.done_at > ?1"
		 " AND NOT (r.state = 'asked' AND a.method = 'slack-delegate')"
		 " ORDER BY coalesce(c.read_at, 0), m.id",
	[ADD] = "INSERT INTO slack_decision (message_id, approval, decision,"
		" form, ref, shown, shown_hash, channel, ts, slack_user,"
		" address, account, words, read_at, counted, refused)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
		" ?13, ?14, ?15, ?16)"
		" ON CONFLICT (message_id, slack_user, form, ref)"
		" DO NOTHING",
	[JUDGED] = "UPDATE slack_decision SET address = ?5, account = ?6,"
		   " read_at = ?7, counted = ?8, refused = ?9, gone_at = NULL"
		   " WHERE message_id = ?1 AND slack_user = ?2 AND form = ?3"
		   " AND ref = ?4 AND account IS NULL AND counted = 0"
		   " AND refused IS NOT ?9 RETURNING id",
	[OF_APPROVAL] = COLUMNS "WHERE approval = ?1 ORDER BY id",
	[AT_MESSAGE] = COLUMNS "WHERE message_id = ?1 ORDER BY id",
	[GONE] = "UPDATE slack_decision SET gone_at = ?2"
		 " WHERE id = ?1 AND gone_at IS NULL",
	[ANSWER] = "SELECT approval, account, decision, state, next_at,"
		   " attempts, why FROM slack_answer WHERE approval = ?1",
	[ANSWER_OWE] = "INSERT INTO slack_answer (approval, account, decision,"
		       " state, owed_at, next_at)"
		       " VALUES (?1, ?2, ?3, 'open', ?4, ?4)"
		       " ON CONFLICT (approval) DO NOTHING",
	[ANSWER_SET] = "UPDATE slack_answer SET state = ?2, next_at = ?3,"
		       " why = ?4, attempts = attempts + (?2 = 'sent'),"
		       " done_at = iif(?2 IN ('done', 'refused'), ?3, NULL)"
		       " WHERE approval = ?1",
	[ANSWERS_REFUSED] = "SELECT r.issue_key, s.decision FROM slack_answer s"
			    " JOIN approval a ON a.id = s.approval"
			    " JOIN request r ON r.id = a.request_id"
			    " WHERE s.state = 'refused' AND s.done_at > ?1"
			    " ORDER BY s.done_at, s.approval",
};

const struct ledger_family slack_decision_family =
	LEDGER_FAMILY_SINCE(4, slack_decision, SLACK_DECISION, sql);

/* ---- Messages ---- */

static int get_all(struct ledger *l, const struct row_ints *ids,
	struct slack_message_rows *ret, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < ids->list.n && rc == 0; i++) {
		struct slack_message_row *m = VEC_ADD(&ret->items, ids->arena);

		if (m == NULL)
			return lapse_fail_nomem(err);
		rc = slack_message_get(l, ids->list.items[i], ids->arena, m,
			err);
	}
	return rc;
}

int slack_messages_waiting(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct slack_message_rows *ret,
	struct lapse_err *err)
{
	struct row_ints ids = {.arena = a};
	int rc = ledger_query(l, &slack_decision_family, WAITING, row_add_int,
		&ids, err, "wi", now, limit);

	return rc < 0 ? rc : get_all(l, &ids, ret, err);
}

int slack_messages_in_thread(struct ledger *l, const char *channel,
	const char *thread, struct arena *a, struct slack_message_rows *ret,
	struct lapse_err *err)
{
	struct row_ints ids = {.arena = a};
	int rc = ledger_query(l, &slack_decision_family, IN_THREAD,
		row_add_int, &ids, err, "tt", channel, thread);

	return rc < 0 ? rc : get_all(l, &ids, ret, err);
}

int slack_messages_unreadable(struct ledger *l, struct arena *a,
	struct slack_message_rows *ret, struct lapse_err *err)
{
	struct row_ints ids = {.arena = a};
	int rc = ledger_query(l, &slack_decision_family, UNREADABLE,
		row_add_int, &ids, err, "");

	return rc < 0 ? rc : get_all(l, &ids, ret, err);
}

int slack_messages_over(struct ledger *l, int64_t after, int64_t since,
	int64_t limit, struct arena *a, struct slack_message_rows *ret,
	struct lapse_err *err)
{
	struct row_ints ids = {.arena = a};
	int rc = ledger_query(l, &slack_decision_family, OVER, row_add_int, &ids,
		err, "iii", after, since, limit);

	return rc < 0 ? rc : get_all(l, &ids, ret, err);
}

static int take_number(void *arg, const struct row *r, struct lapse_err *err)
{
	(void)err;
	*(int64_t *)arg = row_int(r, 0);
	return 0;
}

int slack_messages_over_upto(struct ledger *l, int64_t after, int64_t *ret,
	struct lapse_err *err)
{
	return ledger_query(l, &slack_decision_family, OVER_UPTO, take_number,
		ret, err, "i", after);
}

int slack_messages_late(struct ledger *l, int64_t since, struct arena *a,
	struct slack_message_rows *ret, struct lapse_err *err)
{
	struct row_ints ids = {.arena = a};
	int rc = ledger_query(l, &slack_decision_family, LATE, row_add_int, &ids,
		err, "i", since);

	return rc < 0 ? rc : get_all(l, &ids, ret, err);
}

static int take_bool(void *arg, const struct row *r, struct lapse_err *err)
{
	bool *is = arg;

	(void)err;
	*is = row_int(r, 0) != 0;
	return 0;
}

int slack_asks_now(struct ledger *l, bool *ret, struct lapse_err *err)
{
	return ledger_query(l, &slack_decision_family, ASKING_NOW, take_bool,
		ret, err, "");
}

struct askings {
	struct arena *arena;
	struct slack_asking_rows *rows;
};

static int take_asking(void *arg, const struct row *r, struct lapse_err *err)
{
	struct askings *all = arg;
	struct slack_asking_row *row = VEC_ADD(&all->rows->items, all->arena);

	if (row == NULL)
		return lapse_fail_nomem(err);
	*row = (struct slack_asking_row){
		.approval = row_int(r, 0),
		.issue = arena_copy(all->arena, row_text(r, 1)),
		.unreached = row_int(r, 2) != 0,
	};
	return arena_check(all->arena, err);
}

int slack_askings_stuck(struct ledger *l, int64_t unread_since,
	int64_t failing_since, struct arena *a, struct slack_asking_rows *ret, struct lapse_err *err)
{
	struct askings all = {a, ret};

	return ledger_query(l, &slack_decision_family, STUCK, take_asking,
		&all, err, "ww", unread_since, failing_since);
}

/* ---- Decisions ---- */

struct list {
	struct arena *arena;
	struct slack_decision_rows *rows;
};

static int take(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct arena *a = list->arena;
	struct slack_decision_row *d = VEC_ADD(&list->rows->items, a);

	if (d == NULL)
		return lapse_fail_nomem(err);
	*d = (struct slack_decision_row){
		.id = row_int(r, 0),
		.message = row_int(r, 1),
		.approval = row_int(r, 2),
		.decision = arena_copy(a, row_text(r, 3)),
		.form = arena_copy(a, row_text(r, 4)),
		.ref = arena_copy(a, row_text(r, 5)),
		.shown = arena_copy(a, row_text(r, 6)),
		.shown_hash = arena_copy(a, row_text(r, 7)),
		.channel = arena_copy(a, row_text(r, 8)),
		.ts = arena_copy(a, row_text(r, 9)),
		.slack_user = arena_copy(a, row_text(r, 10)),
		.address = arena_copy(a, row_text(r, 11)),
		.account = arena_copy(a, row_text(r, 12)),
		.words = arena_copy(a, row_text(r, 13)),
		.read_at = row_time(r, 14),
		.counted = row_int(r, 15) != 0,
		.refused = arena_copy(a, row_text(r, 16)),
		.gone_at = row_time(r, 17),
		.told = row_int(r, 18) != 0,
	};
	return arena_check(a, err);
}

int slack_decision_add(struct ledger *l, const struct slack_decision_row *row,
	int64_t *ret_id, struct lapse_err *err)
{
	int64_t added = 0;
	int rc = ledger_exec(l, &slack_decision_family, ADD, &added, err,
		"iitttttttttttwit", row->message, row->approval,
		row->decision, row->form, row->ref, row->shown,
		row->shown_hash, row->channel, row->ts, row->slack_user,
		row->address, row->account, row->words, row->read_at,
		(int64_t)row->counted, row->refused);

	if (rc < 0)
		return rc;
	*ret_id = added > 0 ? ledger_last_id(l) : 0;
	return added > 0 ? 0 : ledger_query(l, &slack_decision_family, JUDGED,
		take_number, ret_id, err, "itttttwit", row->message,
		row->slack_user, row->form, row->ref, row->address,
		row->account, row->read_at, (int64_t)row->counted,
		row->refused);
}

int slack_decisions_of(struct ledger *l, int64_t approval, struct arena *a,
	struct slack_decision_rows *ret, struct lapse_err *err)
{
	struct list list = {a, ret};

	return ledger_query(l, &slack_decision_family, OF_APPROVAL, take,
		&list, err, "i", approval);
}

int slack_decisions_at(struct ledger *l, int64_t message, struct arena *a,
	struct slack_decision_rows *ret, struct lapse_err *err)
{
	struct list list = {a, ret};

	return ledger_query(l, &slack_decision_family, AT_MESSAGE, take, &list,
		err, "i", message);
}

int slack_decision_gone(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &slack_decision_family, GONE, NULL, err, "iw",
		id, now);
}

/* ---- What the delegate owes ---- */

struct one {
	struct arena *arena;
	struct slack_answer_row *row;
};

static int take_answer(void *arg, const struct row *r, struct lapse_err *err)
{
	struct one *one = arg;
	struct arena *a = one->arena;

	*one->row = (struct slack_answer_row){
		.approval = row_int(r, 0),
		.account = arena_copy(a, row_text(r, 1)),
		.decision = arena_copy(a, row_text(r, 2)),
		.state = arena_copy(a, row_text(r, 3)),
		.next_at = row_time(r, 4),
		.attempts = row_int(r, 5),
		.why = arena_copy(a, row_text(r, 6)),
	};
	return arena_check(a, err);
}

int slack_answer_get(struct ledger *l, int64_t approval, struct arena *a,
	struct slack_answer_row *ret, struct lapse_err *err)
{
	struct slack_answer_row row = {0};
	struct one one = {a, &row};
	int rc = ledger_query(l, &slack_decision_family, ANSWER, take_answer,
		&one, err, "i", approval);

	if (rc == 0)
		*ret = row;
	return rc;
}

int slack_answer_owe(struct ledger *l, int64_t approval, const char *account,
	const char *decision, int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &slack_decision_family, ANSWER_OWE, NULL, err,
		"ittw", approval, account, decision, now);
}

int slack_answer_set(struct ledger *l, int64_t approval, const char *state,
	int64_t at, const char *why, struct lapse_err *err)
{
	return ledger_exec(l, &slack_decision_family, ANSWER_SET, NULL, err,
		"itwt", approval, state, at, why);
}

struct refusals {
	struct arena *arena;
	struct slack_refusal_rows *rows;
};

static int take_refusal(void *arg, const struct row *r, struct lapse_err *err)
{
	struct refusals *all = arg;
	struct slack_refusal_row *row = VEC_ADD(&all->rows->items, all->arena);

	if (row == NULL)
		return lapse_fail_nomem(err);
	*row = (struct slack_refusal_row){
		.key = arena_copy(all->arena, row_text(r, 0)),
		.decision = arena_copy(all->arena, row_text(r, 1)),
	};
	return arena_check(all->arena, err);
}

int slack_answers_refused(struct ledger *l, int64_t since, struct arena *a,
	struct slack_refusal_rows *ret, struct lapse_err *err)
{
	struct refusals all = {a, ret};

	return ledger_query(l, &slack_decision_family, ANSWERS_REFUSED,
		take_refusal, &all, err, "i", since);
}
