/* The rows of memberships that their provider ends by itself; no rules about
 * them. */
#include "failsafe_rows.h"

#include "stmt.h"

enum {
	WISH,
	GET,
	OWE,
	DUE,
	SENDING,
	AGAIN,
	SETTLE,
	UNAVAILABLE,
	LOOK_NOW,
};

#define FAILSAFE_SELECT                                                        \
	"SELECT f.idp, f.group_id, f.user_id, f.state, f.wanted_at,"           \
	" f.held_at, f.maybe_at, f.opened_at, f.last_error FROM failsafe f "
#define FAILSAFE_SAME                                                          \
	" WHERE idp = ?1 AND group_id = ?2 AND user_id = ?3"                   \
	" AND wanted_at IS ?4"

static const char *const sql[] = {
	[WISH] = "SELECT count(*), sum(h.grant_id IS NULL),"
		 " sum(h.grant_id IS NOT NULL AND g.ends_at IS NULL),"
		 " max(g.ends_at)"
		 " FROM hold h LEFT JOIN \"grant\" g ON g.id = h.grant_id"
		 " WHERE h.idp = ?1 AND h.group_id = ?2 AND h.user_id = ?3"
		 " AND h.released_at IS NULL",
	[GET] = FAILSAFE_SELECT
	"WHERE f.idp = ?1 AND f.group_id = ?2 AND f.user_id = ?3",
	[OWE] = "INSERT INTO failsafe (idp, group_id, user_id, state,"
		" wanted_at, opened_at, next_at)"
		" VALUES (?1, ?2, ?3, 'open', ?4, ?6, ?6)"
		" ON CONFLICT (idp, group_id, user_id) DO UPDATE SET"
		" state = 'open', wanted_at = ?4, opened_at = ?6,"
		" next_at = ?6, held_at = iif(?5, NULL, held_at),"
		" maybe_at = iif(?5, NULL, maybe_at), last_error = NULL",
	[DUE] = FAILSAFE_SELECT
	"WHERE f.next_at <= ?1"
	" AND (f.wanted_at IS NULL OR f.wanted_at > ?1 + 60)"
	" AND EXISTS (SELECT 1 FROM hold h WHERE h.idp = f.idp"
	" AND h.group_id = f.group_id AND h.user_id = f.user_id"
	" AND h.released_at IS NULL AND h.verified_at IS NOT NULL)"
	" AND NOT EXISTS (SELECT 1 FROM change c WHERE c.idp = f.idp"
	" AND c.group_id = f.group_id AND c.user_id = f.user_id"
	" AND c.settled_at IS NULL) ORDER BY f.next_at LIMIT ?2",
	[SENDING] = "UPDATE failsafe SET maybe_at ="
		    " min(coalesce(maybe_at, ?4), coalesce(?4, maybe_at))"
		FAILSAFE_SAME,
	[AGAIN] = "UPDATE failsafe SET next_at = ?5, last_error = ?6,"
		  " maybe_at = ?7" FAILSAFE_SAME,
	[SETTLE] = "UPDATE failsafe SET state = ?5, held_at = ?6,"
		   " last_error = ?7, next_at = ?8, maybe_at = NULL"
		FAILSAFE_SAME,
	[UNAVAILABLE] = "SELECT count(*) FROM failsafe"
			" WHERE idp = ?1"
			" AND state = 'unavailable' AND last_error = ?2",
	[LOOK_NOW] = "UPDATE failsafe SET next_at = ?1"
		     " WHERE state = 'held'"
		     " AND next_at > ?1",
};

const struct ledger_family failsafe_family =
	LEDGER_FAMILY(failsafe, FAILSAFE, sql);

static int read_wish(void *arg, const struct row *r, struct lapse_err *err)
{
	struct failsafe_wish *w = arg;

	(void)err;
	w->holds = row_int(r, 0);
	w->pre = row_int(r, 1);
	w->endless = row_int(r, 2);
	w->ends_at = row_time(r, 3);
	return 0;
}

int failsafe_wish(struct ledger *l, const struct membership *m,
	struct failsafe_wish *ret, struct lapse_err *err)
{
	return ledger_query(l, &failsafe_family, WISH, read_wish, ret, err,
		"ttt", m->idp, m->group, m->user);
}

struct list {
	struct arena *arena;
	struct failsafe_rows *rows;
};

static int take(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct failsafe_row *f = VEC_ADD(&list->rows->items, list->arena);

	if (f == NULL)
		return lapse_fail_nomem(err);
	f->m.idp = arena_copy(list->arena, row_text(r, 0));
	f->m.group = arena_copy(list->arena, row_text(r, 1));
	f->m.user = arena_copy(list->arena, row_text(r, 2));
	f->state = arena_copy(list->arena, row_text(r, 3));
	f->wanted_at = row_time(r, 4);
	f->held_at = row_time(r, 5);
	f->maybe_at = row_time(r, 6);
	f->opened_at = row_int(r, 7);
	f->last_error = arena_copy(list->arena, row_text(r, 8));
	return arena_check(list->arena, err);
}

int failsafe_get(struct ledger *l, const struct membership *m, struct arena *a,
	struct failsafe_row *ret, bool *ret_found, struct lapse_err *err)
{
	struct failsafe_rows rows = {0};
	struct list list = {a, &rows};
	int rc = ledger_query(l, &failsafe_family, GET, take, &list, err,
		"ttt", m->idp, m->group, m->user);

	*ret_found = rc == 0 && rows.items.n > 0;
	if (*ret_found)
		*ret = rows.items.items[0];
	return rc;
}

int failsafe_owe(struct ledger *l, const struct membership *m, int64_t wanted,
	bool fresh, int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &failsafe_family, OWE, NULL, err, "tttwii",
		m->idp, m->group, m->user, wanted, (int64_t)fresh, now);
}

int failsafe_due(struct ledger *l, int64_t now, int64_t limit,
	struct arena *a, struct failsafe_rows *ret, struct lapse_err *err)
{
	struct list list = {a, ret};

	return ledger_query(l, &failsafe_family, DUE, take, &list, err, "ii",
		now, limit);
}

int failsafe_sending(struct ledger *l, const struct failsafe_row *row,
	struct lapse_err *err)
{
	return ledger_exec(l, &failsafe_family, SENDING, NULL, err, "tttw",
		row->m.idp, row->m.group, row->m.user, row->wanted_at);
}

int failsafe_again(struct ledger *l, const struct failsafe_row *row,
	int64_t next_at, int64_t maybe_at, const char *why,
	struct lapse_err *err)
{
	return ledger_exec(l, &failsafe_family, AGAIN, NULL, err, "tttwitw",
		row->m.idp, row->m.group, row->m.user, row->wanted_at,
		next_at, why, maybe_at);
}

int failsafe_settle(struct ledger *l, const struct failsafe_row *row,
	const char *state, int64_t held_at, int64_t next_at, const char *why,
	struct lapse_err *err)
{
	return ledger_exec(l, &failsafe_family, SETTLE, NULL, err, "tttwtwti",
		row->m.idp, row->m.group, row->m.user, row->wanted_at, state,
		held_at, why, next_at);
}

static int read_any(void *arg, const struct row *r, struct lapse_err *err)
{
	(void)err;
	*(bool *)arg = row_int(r, 0) > 0;
	return 0;
}

int failsafe_unavailable(struct ledger *l, const char *idp, const char *why,
	bool *ret, struct lapse_err *err)
{
	return ledger_query(l, &failsafe_family, UNAVAILABLE, read_any, ret,
		err, "tt", idp, why);
}

int failsafe_look_now(struct ledger *l, int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &failsafe_family, LOOK_NOW, NULL, err, "i", now);
}
