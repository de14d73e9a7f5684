/* The rows of change and watch; no rules about them. */
#include "changes.h"

#include <string.h>

#include "stmt.h"

enum {
	NEXT,
	NEXT_OF_GRANT,
	TO_SEND,
	TO_SEND_OF_GRANT,
	TO_READ,
	TO_READ_OF_GRANT,
	OPEN_ON,
	LAST_ON,
	UNSEEN_ADD,
	REMOVALS,
	BACK,
	GET,
	PARKED,
	OVERDUE,
	ADD,
	ADOPT,
	CLAIM,
	SET,
	SET_EFFECT,
	RETRY_AT,
	SETTLE,
	WATCH_ADD,
	WATCH_DUE,
	WATCH_NEXT,
	WATCH_END,
};

#define CHANGE_SELECT                                                          \
	"SELECT c.id, c.idp, c.group_id, c.user_id, c.kind, c.state,"          \
	" c.grant_id, c.opened_at, c.due_at, c.run, c.attempts,"               \
	" c.first_sent_at, c.last_sent_at, c.next_attempt_at, c.already,"      \
	" c.effect_seen, c.remote_ref, c.last_error, c.settled_at,"            \
	" c.verified_at FROM change c "
/* Removes first: a removal never waits behind an add. */
#define CHANGE_ORDER " ORDER BY c.kind = 'add', c.due_at, c.id LIMIT ?2"

#define CHANGE_DUE "WHERE c.settled_at IS NULL AND c.next_attempt_at <= ?1"
#define CHANGE_OF_GRANT                                                        \
	" AND EXISTS (SELECT 1 FROM hold h WHERE h.grant_id = ?3"              \
	" AND h.idp = c.idp AND h.group_id = c.group_id"                       \
	" AND h.user_id = c.user_id)"
#define CHANGE_SENDABLE                                                        \
	" AND c.state IN ('open', 'claimed', 'parked')"                        \
	" AND (c.kind = 'add', c.due_at, c.id) > (?4, ?5, ?6)"
/* A parked remove is read too: somebody may have done it. */
#define CHANGE_READABLE                                                        \
	"WHERE c.settled_at IS NULL AND ((c.next_attempt_at <= ?1"             \
	" AND c.state IN ('sent', 'unknown'))"                                 \
	" OR (c.state = 'parked' AND c.kind = 'remove'))"

static const char *const sql[] = {
	[NEXT] = CHANGE_SELECT CHANGE_DUE CHANGE_ORDER,
	[NEXT_OF_GRANT] = CHANGE_SELECT CHANGE_DUE CHANGE_OF_GRANT
		CHANGE_ORDER,
	[TO_SEND] = CHANGE_SELECT CHANGE_DUE CHANGE_SENDABLE CHANGE_ORDER,
	[TO_SEND_OF_GRANT] = CHANGE_SELECT CHANGE_DUE CHANGE_SENDABLE
		CHANGE_OF_GRANT CHANGE_ORDER,
	[TO_READ] = CHANGE_SELECT CHANGE_READABLE CHANGE_ORDER,
	[TO_READ_OF_GRANT] = CHANGE_SELECT CHANGE_READABLE CHANGE_OF_GRANT
		CHANGE_ORDER,
	[OPEN_ON] = CHANGE_SELECT "WHERE c.idp = ?1 AND c.group_id = ?2"
				  " AND c.user_id = ?3"
				  " AND c.settled_at IS NULL",
	[LAST_ON] = CHANGE_SELECT
	"WHERE c.idp = ?1 AND c.group_id = ?2 AND c.user_id = ?3"
	" AND c.settled_at IS NOT NULL"
	" AND c.state IN ('done', 'already-so', 'gone')"
	" ORDER BY c.id DESC LIMIT 1",
	[UNSEEN_ADD] = "SELECT max(last_sent_at) FROM change WHERE idp = ?1"
		       " AND group_id = ?2 AND user_id = ?3 AND kind = 'add'"
		       " AND (effect_seen = 0 OR ?4)",
	[REMOVALS] = "SELECT count(*) + coalesce(sum(attempts), 0)"
		     " + count(settled_at) FROM change WHERE idp = ?1 AND group_id = ?2"
		     " AND user_id = ?3 AND kind = 'remove'",
	/* What settled as gone is the watch's. */
	[BACK] = CHANGE_SELECT
	"JOIN idp_group g ON g.idp = c.idp AND g.group_id = c.group_id"
	" JOIN idp_user u ON u.idp = c.idp AND u.user_id = c.user_id"
	" JOIN membership m ON m.gid = g.id AND m.uid = u.id"
	" WHERE c.idp = ?1 AND c.group_id = ?2 AND c.kind = 'remove'"
	" AND c.state IN ('done', 'already-so') AND c.settled_at <= ?3"
	" AND m.missed_at IS NULL"
	" AND NOT EXISTS (SELECT 1 FROM change n WHERE n.idp = c.idp"
	" AND n.group_id = c.group_id AND n.user_id = c.user_id"
	" AND n.id > c.id AND n.state NOT IN ('cancelled', 'abandoned'))"
	" AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.idp = c.idp"
	" AND h.group_id = c.group_id AND h.user_id = c.user_id"
	" AND h.released_at IS NULL)"
	" AND NOT EXISTS (SELECT 1 FROM drift d WHERE d.idp = c.idp"
	" AND d.group_id = c.group_id AND d.user_id = c.user_id"
	" AND d.kind = 'reappeared'"
	" AND d.seen_at >= max(m.since, c.settled_at))",
	[GET] = CHANGE_SELECT "WHERE c.id = ?1",
	[PARKED] = CHANGE_SELECT "INDEXED BY change_open"
				 " WHERE c.settled_at IS NULL"
				 " AND c.state = 'parked' ORDER BY c.id",
	[OVERDUE] = "SELECT count(*), min(due_at) FROM change"
		    " WHERE settled_at IS NULL AND kind = 'remove'"
		    " AND (due_at < ?1 OR state = 'parked')",
	/* Due at once by any clock, also when this one is ahead: not later
	 * than the last time that a Date confirmed. */
	[ADD] = "INSERT INTO change (idp, group_id, user_id, kind, state,"
		" grant_id, opened_at, due_at, next_attempt_at)"
		" SELECT ?1, ?2, ?3, ?4, 'open', nullif(?5, 0), ?6, ?7,"
		" min(?6, high_water) FROM ledger",
	[ADOPT] = "INSERT INTO change (idp, group_id, user_id, kind, state,"
		  " grant_id, opened_at, due_at, next_attempt_at, settled_at,"
		  " verified_at) VALUES (?1, ?2, ?3, 'adopt', 'done', ?4, ?5,"
		  " ?5, ?5, ?5, ?5)",
	[CLAIM] = "UPDATE change SET state = 'claimed', run = ?2,"
		  " attempts = attempts + 1, last_sent_at = ?3,"
		  " first_sent_at = coalesce(first_sent_at, ?3)"
		  " WHERE id = ?1 AND settled_at IS NULL",
	[SET] = "UPDATE change SET state = ?2, already = ?3,"
		" next_attempt_at = ?4, run = NULL,"
		" remote_ref = coalesce(?5, remote_ref), last_error = ?6"
		" WHERE id = ?1 AND settled_at IS NULL",
	[SET_EFFECT] = "UPDATE change SET effect_seen = 1 WHERE id = ?1",
	[RETRY_AT] = "UPDATE change SET next_attempt_at = ?2"
		     " WHERE id = ?1 AND settled_at IS NULL",
	[SETTLE] = "UPDATE change SET state = ?2, settled_at = ?3,"
		   " verified_at = ?4, run = NULL, settled_by = ?5,"
		   " settled_note = ?6 WHERE id = ?1 AND settled_at IS NULL",
	[WATCH_ADD] = "INSERT OR REPLACE INTO watch (change_id, next_at, until)"
		      " VALUES (?1, ?2, ?3)",
	[WATCH_DUE] = CHANGE_SELECT "JOIN watch w ON w.change_id = c.id"
				    " WHERE w.next_at <= ?1 ORDER BY c.id",
	[WATCH_NEXT] = "UPDATE watch SET next_at = ?2 WHERE change_id = ?1",
	[WATCH_END] = "DELETE FROM watch WHERE change_id = ?1"
		      " AND (?2 IS NULL OR until < ?2)",
};

const struct ledger_family change_family =
	LEDGER_FAMILY(change, CHANGE, sql);

struct collect {
	struct arena *arena;
	struct change_rows *ret;
};

static int collect_change(void *arg, const struct row *r,
	struct lapse_err *err)
{
	struct collect *c = arg;
	struct arena *a = c->arena;
	struct change_row *w = VEC_ADD(&c->ret->list, a);

	if (w == NULL)
		return lapse_fail_nomem(err);
	w->id = row_int(r, 0);
	w->m.idp = arena_copy(a, row_text(r, 1));
	w->m.group = arena_copy(a, row_text(r, 2));
	w->m.user = arena_copy(a, row_text(r, 3));
	w->kind = arena_copy(a, row_text(r, 4));
	w->state = arena_copy(a, row_text(r, 5));
	w->grant = row_int(r, 6);
	w->opened_at = row_time(r, 7);
	w->due_at = row_time(r, 8);
	w->run = row_int(r, 9);
	w->attempts = row_int(r, 10);
	w->first_sent_at = row_time(r, 11);
	w->last_sent_at = row_time(r, 12);
	w->next_attempt_at = row_time(r, 13);
	w->already = row_int(r, 14) != 0;
	w->effect_seen = row_int(r, 15) != 0;
	w->remote_ref = arena_copy(a, row_text(r, 16));
	w->last_error = arena_copy(a, row_text(r, 17));
	w->settled_at = row_time(r, 18);
	w->verified_at = row_time(r, 19);
	return arena_check(a, err);
}

/* which, or which + 1 where only one grant's are meant. */
static int due(struct ledger *l, size_t which, int64_t now, int64_t grant,
	int64_t limit, struct arena *a, struct change_rows *ret,
	struct lapse_err *err)
{
	struct collect c = {a, ret};

	if (grant == 0)
		return ledger_query(l, &change_family, which, collect_change,
			&c, err, "ii", now, limit);
	return ledger_query(l, &change_family, which + 1, collect_change, &c,
		err, "iii", now, limit, grant);
}

int changes_next(struct ledger *l, int64_t now, int64_t grant, int64_t limit,
	struct arena *a, struct change_rows *ret, struct lapse_err *err)
{
	return due(l, NEXT, now, grant, limit, a, ret, err);
}

int changes_to_send(struct ledger *l, int64_t now, int64_t grant,
	int64_t limit, const struct change_place *after, struct arena *a,
	struct change_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &change_family,
		grant == 0 ? TO_SEND : TO_SEND_OF_GRANT, collect_change, &c,
		err, "iiiiii", now, limit, grant, (int64_t)after->add,
		after->due_at, after->id);
}

int changes_to_read(struct ledger *l, int64_t now, int64_t grant,
	int64_t limit, struct arena *a, struct change_rows *ret,
	struct lapse_err *err)
{
	return due(l, TO_READ, now, grant, limit, a, ret, err);
}

/* The only row of a result, or a zeroed one. */
static int one(struct ledger *l, size_t which, const struct membership *m,
	struct arena *a, struct change_row *ret, struct lapse_err *err)
{
	struct change_rows rows = {0};
	struct collect c = {a, &rows};
	int rc = ledger_query(l, &change_family, which, collect_change, &c,
		err, "ttt", m->idp, m->group, m->user);

	if (rc < 0)
		return rc;
	if (rows.list.n > 0)
		*ret = rows.list.items[0];
	else
		memset(ret, 0, sizeof(*ret));
	return 0;
}

int change_open_on(struct ledger *l, const struct membership *m,
	struct arena *a, struct change_row *ret, struct lapse_err *err)
{
	return one(l, OPEN_ON, m, a, ret, err);
}

int change_last_on(struct ledger *l, const struct membership *m,
	struct arena *a, struct change_row *ret, struct lapse_err *err)
{
	return one(l, LAST_ON, m, a, ret, err);
}

static int read_sent_at(void *arg, const struct row *r, struct lapse_err *err)
{
	(void)err;
	*(int64_t *)arg = row_time(r, 0);
	return 0;
}

int change_unseen_add(struct ledger *l, const struct membership *m,
	bool seen_too, int64_t *ret_sent_at, struct lapse_err *err)
{
	int64_t at = WHEN_NONE;
	int rc = ledger_query(l, &change_family, UNSEEN_ADD, read_sent_at, &at,
		err, "ttti", m->idp, m->group, m->user, (int64_t)seen_too);

	if (rc == 0)
		*ret_sent_at = at;
	return rc;
}

int change_removals(struct ledger *l, const struct membership *m,
	int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &change_family, REMOVALS, ret, 0, err, "ttt",
		m->idp, m->group, m->user);
}

int changes_back(struct ledger *l, const char *idp, const char *group,
	int64_t before, struct arena *a, struct change_rows *ret,
	struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &change_family, BACK, collect_change, &c, err,
		"tti", idp, group, before);
}

int change_get(struct ledger *l, int64_t id, struct arena *a,
	struct change_row *ret, struct lapse_err *err)
{
	struct change_rows rows = {0};
	struct collect c = {a, &rows};
	int rc = ledger_query(l, &change_family, GET, collect_change, &c, err,
		"i", id);

	if (rc < 0)
		return rc;
	if (rows.list.n == 0)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"change: '%lld': there is none", (long long)id);
	*ret = rows.list.items[0];
	return 0;
}

int changes_parked(struct ledger *l, struct arena *a, struct change_rows *ret,
	struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &change_family, PARKED, collect_change, &c,
		err, "");
}

struct overdue {
	int64_t n;
	int64_t oldest;
};

static int read_overdue(void *arg, const struct row *r, struct lapse_err *err)
{
	struct overdue *o = arg;

	(void)err;
	o->n = row_int(r, 0);
	o->oldest = row_time(r, 1);
	return 0;
}

int changes_overdue(struct ledger *l, int64_t before, int64_t *ret_n,
	int64_t *ret_oldest, struct lapse_err *err)
{
	struct overdue o = {0, WHEN_NONE};
	int rc = ledger_query(l, &change_family, OVERDUE, read_overdue, &o,
		err, "i", before);

	if (rc < 0)
		return rc;
	*ret_n = o.n;
	*ret_oldest = o.oldest;
	return 0;
}

int change_add(struct ledger *l, const struct membership *m, const char *kind,
	int64_t grant, int64_t now, int64_t due_at, int64_t *ret_id,
	struct lapse_err *err)
{
	int rc = ledger_exec(l, &change_family, ADD, NULL, err, "ttttiii",
		m->idp, m->group, m->user, kind, grant, now, due_at);

	if (rc == 0 && ret_id != NULL)
		*ret_id = ledger_last_id(l);
	return rc;
}

int change_adopt(struct ledger *l, const struct membership *m, int64_t grant,
	int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &change_family, ADOPT, NULL, err, "tttii",
		m->idp, m->group, m->user, grant, now);
}

int change_claim(struct ledger *l, int64_t id, int64_t run, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &change_family, CLAIM, NULL, err, "iii", id,
		run, now);
}

int change_set(struct ledger *l, int64_t id, const char *state, bool already,
	int64_t next_attempt_at, const char *remote_ref, const char *error,
	struct lapse_err *err)
{
	return ledger_exec(l, &change_family, SET, NULL, err, "itiitt", id,
		state, (int64_t)already, next_attempt_at, remote_ref, error);
}

int change_set_effect(struct ledger *l, int64_t id, struct lapse_err *err)
{
	return ledger_exec(l, &change_family, SET_EFFECT, NULL, err, "i", id);
}

int change_retry_at(struct ledger *l, int64_t id, int64_t at,
	struct lapse_err *err)
{
	return ledger_exec(l, &change_family, RETRY_AT, NULL, err, "ii", id,
		at);
}

int change_settle(struct ledger *l, int64_t id, const char *state,
	int64_t now, int64_t verified_at, const char *by, const char *note,
	struct lapse_err *err)
{
	return ledger_exec(l, &change_family, SETTLE, NULL, err, "itiwtt", id,
		state, now, verified_at, by, note);
}

int watch_add(struct ledger *l, int64_t change, int64_t next_at,
	int64_t until, struct lapse_err *err)
{
	return ledger_exec(l, &change_family, WATCH_ADD, NULL, err, "iii",
		change, next_at, until);
}

int watch_due(struct ledger *l, int64_t now, struct arena *a,
	struct change_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &change_family, WATCH_DUE, collect_change, &c,
		err, "i", now);
}

int watch_next(struct ledger *l, int64_t change, int64_t next_at,
	struct lapse_err *err)
{
	int rc = ledger_exec(l, &change_family, WATCH_END, NULL, err, "iw",
		change, next_at);

	if (rc < 0 || next_at == WHEN_NONE)
		return rc;
	return ledger_exec(l, &change_family, WATCH_NEXT, NULL, err, "ii",
		change, next_at);
}
