/* The rows of steps that a person does by hand. */
#include "manual_rows.h"

#include <string.h>

#include "stmt.h"

enum {
	ADD,
	OPEN,
	OPENED,
	LOST,
	DONE,
};

static const char *const sql[] = {
	[ADD] = "INSERT INTO manual (grant_id, kind, opened_at, due_at)"
		" VALUES (?1, iif(?2, 'remove', 'add'), ?3, ?4)"
		" ON CONFLICT (grant_id, kind) DO NOTHING",
	[OPEN] = "SELECT m.id, m.grant_id, m.kind, m.issue_id, m.issue_key,"
		 " m.opened_at, m.due_at, g.issue_id, g.issue_key, g.account,"
		 " a.name, g.role, g.application, g.reason, g.state, g.ends_at,"
		 " q.project, q.request_type"
		 " FROM manual m JOIN \"grant\" g ON g.id = m.grant_id"
		 " LEFT JOIN request q ON q.id = g.request_id"
		 " LEFT JOIN account a ON a.account = g.account"
		 " WHERE m.done_at IS NULL ORDER BY m.due_at, m.id",
	[OPENED] = "UPDATE manual SET issue_id = ?2, issue_key = ?3,"
		   " opened_at = ?4 WHERE id = ?1 AND issue_id IS NULL",
	[LOST] = "UPDATE manual SET issue_id = NULL, issue_key = NULL"
		 " WHERE id = ?1 AND issue_id = ?2 AND done_at IS NULL",
	[DONE] = "UPDATE manual SET done_at = ?2, done_by = ?3"
		 " WHERE id = ?1 AND done_at IS NULL",
};

const struct ledger_family manual_family = LEDGER_FAMILY(manual, MANUAL, sql);

int manual_rows_add(struct ledger *l, int64_t grant, bool remove, int64_t now,
	int64_t due_at, struct lapse_err *err)
{
	return ledger_exec(l, &manual_family, ADD, NULL, err, "iiii", grant,
		(int64_t)remove, now, due_at);
}

struct list {
	struct arena *arena;
	struct manual_steps *steps;
};

static void take_grant(
	struct manual_step *s, const struct row *r, struct arena *a)
{
	s->parent = arena_copy(a, row_text(r, 7));
	s->parent_key = arena_copy(a, row_text(r, 8));
	s->account = arena_copy(a, row_text(r, 9));
	s->name = arena_copy(a, row_text(r, 10));
	s->role = arena_copy(a, row_text(r, 11));
	s->application = arena_copy(a, row_text(r, 12));
	s->reason = arena_copy(a, row_text(r, 13));
	s->state = arena_copy(a, row_text(r, 14));
	s->ends_at = row_time(r, 15);
	s->project = arena_copy(a, row_text(r, 16));
	s->request_type = arena_copy(a, row_text(r, 17));
}

static int take_step(void *arg, const struct row *r, struct lapse_err *err)
{
	struct list *list = arg;
	struct manual_step *s = VEC_ADD(&list->steps->items, list->arena);

	if (s == NULL)
		return lapse_fail_nomem(err);
	s->id = row_int(r, 0);
	s->grant = row_int(r, 1);
	s->remove = strcmp(row_text(r, 2), "remove") == 0;
	s->issue = arena_copy(list->arena, row_text(r, 3));
	s->key = arena_copy(list->arena, row_text(r, 4));
	s->opened_at = row_int(r, 5);
	s->due_at = row_int(r, 6);
	take_grant(s, r, list->arena);
	return arena_check(list->arena, err);
}

int manual_rows_open(struct ledger *l, struct arena *a,
	struct manual_steps *ret, struct lapse_err *err)
{
	struct manual_steps steps = {0};
	struct list list = {.arena = a, .steps = &steps};
	int rc = ledger_query(
		l, &manual_family, OPEN, take_step, &list, err, "");

	if (rc == 0)
		*ret = steps;
	return rc;
}

int manual_rows_opened(struct ledger *l, int64_t id, const char *issue,
	const char *key, int64_t now, bool *ret_now, struct lapse_err *err)
{
	int64_t changed = 0;
	int rc = ledger_exec(l, &manual_family, OPENED, &changed, err, "itti",
		id, issue, key, now);

	*ret_now = rc == 0 && changed > 0;
	return rc;
}

int manual_rows_lost(struct ledger *l, int64_t id, const char *issue,
	bool *ret_now, struct lapse_err *err)
{
	int64_t changed = 0;
	int rc = ledger_exec(l, &manual_family, LOST, &changed, err, "it", id,
		issue);

	*ret_now = rc == 0 && changed > 0;
	return rc;
}

int manual_rows_done(struct ledger *l, int64_t id, int64_t at, const char *by,
	bool *ret_now, struct lapse_err *err)
{
	int64_t changed = 0;
	int rc = ledger_exec(l, &manual_family, DONE, &changed, err, "iit", id,
		at, by);

	*ret_now = rc == 0 && changed > 0;
	return rc;
}
