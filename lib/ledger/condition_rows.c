/* The rows of condition; no rules about when to speak. */
#include "condition_rows.h"

#include "stmt.h"

enum {
	GET,
	PUT,
	DROP,
};

static const char *const sql[] = {
	[GET] = "SELECT name, since, spoken_at, text FROM condition"
		" WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
	[PUT] = "INSERT INTO condition (name, since, spoken_at, text)"
		" VALUES (?1, ?3, ?3, ?2)"
		" ON CONFLICT (name) DO UPDATE SET spoken_at = ?3, text = ?2",
	[DROP] = "DELETE FROM condition WHERE name = ?1",
};

const struct ledger_family condition_family =
	LEDGER_FAMILY(condition, CONDITION, sql);

struct collect {
	struct arena *arena;
	struct condition_rows *ret;
};

static int collect_row(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct condition_row *row = VEC_ADD(&c->ret->list, c->arena);

	if (row == NULL)
		return lapse_fail_nomem(err);
	row->name = arena_copy(c->arena, row_text(r, 0));
	row->since = row_time(r, 1);
	row->spoken_at = row_time(r, 2);
	row->text = arena_copy(c->arena, row_text(r, 3));
	return arena_check(c->arena, err);
}

int conditions_get(struct ledger *l, const char *prefix, struct arena *a,
	struct condition_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &condition_family, GET, collect_row, &c, err,
		"t", prefix);
}

int condition_put(struct ledger *l, const char *name, const char *text,
	int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &condition_family, PUT, NULL, err, "tti", name,
		text, now);
}

int condition_drop(struct ledger *l, const char *name, struct lapse_err *err)
{
	return ledger_exec(l, &condition_family, DROP, NULL, err, "t", name);
}
