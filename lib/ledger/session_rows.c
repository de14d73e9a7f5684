/* The rows of sessions that end with the access; no rules about them. */
#include "session_rows.h"

#include "stmt.h"

enum {
	ADD,
	DUE,
	OF,
	AGAIN,
	SETTLE,
};

#define SESSION_SELECT                                                         \
	"SELECT id, grant_id, idp, user_id, state, opened_at, last_error"      \
	" FROM session "

static const char *const sql[] = {
	[ADD] = "INSERT INTO session (grant_id, idp, user_id, opened_at,"
		" next_at) VALUES (?1, ?2, ?3, ?4, ?4)"
		" ON CONFLICT (grant_id, idp, user_id) DO NOTHING",
	[DUE] = SESSION_SELECT "WHERE state = 'open' AND next_at <= ?1"
			       " ORDER BY next_at, id LIMIT ?2",
	[OF] = SESSION_SELECT "WHERE grant_id = ?1 ORDER BY id",
	[AGAIN] = "UPDATE session SET next_at = ?2, last_error = ?3"
		  " WHERE id = ?1 AND state = 'open'",
	[SETTLE] = "UPDATE session SET state = ?2, settled_at = ?3,"
		   " last_error = ?4 WHERE id = ?1 AND state = 'open'",
};

const struct ledger_family session_family =
	LEDGER_FAMILY(session, SESSION, sql);

struct list {
	struct arena *arena;
	struct session_rows *rows;
};

static int take(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct session_row *s = VEC_ADD(&list->rows->items, list->arena);

	if (s == NULL)
		return lapse_fail_nomem(err);
	s->id = row_int(r, 0);
	s->grant = row_int(r, 1);
	s->idp = arena_copy(list->arena, row_text(r, 2));
	s->user = arena_copy(list->arena, row_text(r, 3));
	s->state = arena_copy(list->arena, row_text(r, 4));
	s->opened_at = row_int(r, 5);
	s->last_error = arena_copy(list->arena, row_text(r, 6));
	return arena_check(list->arena, err);
}

int session_add(struct ledger *l, int64_t grant, const char *idp,
	const char *user, int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &session_family, ADD, NULL, err, "itti", grant,
		idp, user, now);
}

int sessions_due(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct session_rows *ret, struct lapse_err *err)
{
	struct list list = {a, ret};

	return ledger_query(l, &session_family, DUE, take, &list, err, "ii",
		now, limit);
}

int sessions_of(struct ledger *l, int64_t grant, struct arena *a,
	struct session_rows *ret, struct lapse_err *err)
{
	struct list list = {a, ret};

	return ledger_query(l, &session_family, OF, take, &list, err, "i",
		grant);
}

int session_again(struct ledger *l, int64_t id, int64_t next_at,
	const char *why, struct lapse_err *err)
{
	return ledger_exec(l, &session_family, AGAIN, NULL, err, "iit", id,
		next_at, why);
}

int session_settle(struct ledger *l, int64_t id, const char *state,
	int64_t now, const char *why, bool *ret_now, struct lapse_err *err)
{
	int64_t changed = 0;
	int rc = ledger_exec(l, &session_family, SETTLE, &changed, err,
		"itit", id, state, now, why);

	*ret_now = rc == 0 && changed > 0;
	return rc;
}
