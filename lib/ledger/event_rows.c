/* What happened lately, and reminders of ends; no rules about them. */
#include "event_rows.h"

#include "stmt.h"

enum {
	AFTER,
	LAST,
	ENDING,
	REMIND,
};

#define COLUMNS                                                                \
	"SELECT e.seq, e.at, e.kind, e.issue_id, e.grant_id, e.actor, e.data," \
	" t.text FROM evidence e LEFT JOIN evidence_text t ON t.seq = e.seq "

static const char *const sql[] = {
	[AFTER] = COLUMNS "WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2",
	[LAST] = COLUMNS "WHERE e.issue_id = ?1 AND e.kind = ?2"
			 " ORDER BY e.seq DESC LIMIT 1",
	[ENDING] = "SELECT g.id FROM \"grant\" g"
		   " LEFT JOIN reminder r ON r.grant_id = g.id"
		   " AND r.ends_at = g.ends_at"
		   " WHERE g.state IN ('granting', 'active')"
		   " AND g.ends_at IS NOT NULL AND g.ends_at > ?1"
		   " AND g.ends_at <= ?2 AND g.state = 'active'"
		   " AND g.ends_at - coalesce(g.starts_at, g.created_at) > ?3"
		   " AND r.grant_id IS NULL ORDER BY g.ends_at, g.id",
	[REMIND] = "INSERT INTO reminder (grant_id, ends_at, at)"
		   " VALUES (?1, ?2, ?3) ON CONFLICT (grant_id)"
		   " DO UPDATE SET ends_at = ?2, at = ?3",
};

const struct ledger_family event_family =
	LEDGER_FAMILY_SINCE(4, event, EVENT, sql);

struct list {
	struct arena *arena;
	struct event_rows *rows;
};

static int take(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct event_row *e = VEC_ADD(&list->rows->items, list->arena);

	if (e == NULL)
		return lapse_fail_nomem(err);
	*e = (struct event_row){
		.seq = row_int(r, 0),
		.at = row_time(r, 1),
		.kind = arena_copy(list->arena, row_text(r, 2)),
		.issue = arena_copy(list->arena, row_text(r, 3)),
		.grant = row_int(r, 4),
		.actor = arena_copy(list->arena, row_text(r, 5)),
		.data = arena_copy(list->arena, row_text(r, 6)),
		.text = arena_copy(list->arena, row_text(r, 7)),
	};
	return arena_check(list->arena, err);
}

int events_after(struct ledger *l, int64_t seq, int64_t limit,
	struct arena *a, struct event_rows *ret, struct lapse_err *err)
{
	struct list list = {a, ret};

	return ledger_query(l, &event_family, AFTER, take, &list, err, "ii",
		seq, limit);
}

int event_last(struct ledger *l, const char *issue, const char *kind,
	struct arena *a, struct event_row *ret, struct lapse_err *err)
{
	struct event_rows rows = {0};
	struct list list = {a, &rows};
	int rc = ledger_query(l, &event_family, LAST, take, &list, err, "tt",
		issue, kind);

	if (rc == 0)
		*ret = rows.items.n > 0 ? rows.items.items[0] :
					  (struct event_row){0};
	return rc;
}

struct ids {
	struct arena *arena;
	struct grant_ids *list;
};

static int take_id(void *arg, const struct row *r, struct lapse_err *err)
{
	struct ids *ids = arg;
	int64_t *id = VEC_ADD(&ids->list->items, ids->arena);

	if (id == NULL)
		return lapse_fail_nomem(err);
	*id = row_int(r, 0);
	return 0;
}

int reminders_due(struct ledger *l, int64_t now, int64_t before,
	int64_t longer_s, struct arena *a, struct grant_ids *ret,
	struct lapse_err *err)
{
	struct ids ids = {a, ret};

	return ledger_query(l, &event_family, ENDING, take_id, &ids, err,
		"iii", now, before, longer_s);
}

int reminder_put(struct ledger *l, int64_t grant, int64_t ends_at,
	int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &event_family, REMIND, NULL, err, "iww", grant,
		ends_at, now);
}
