/* Options and what live grants hold, as rows. */
#include "ledger_catalog.h"

#include "stmt.h"

enum {
	ROLE,
	PUT,
	OF_FIELD,
	HELD,
};

static const char *const sql[] = {
	[ROLE] = "SELECT role FROM option WHERE field = ?1 AND option_id = ?2",
	[PUT] = "INSERT INTO option (field, option_id, role)"
		" VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE"
		" SET role = excluded.role WHERE role <> excluded.role",
	[OF_FIELD] = "SELECT field, option_id, role FROM option"
		     " WHERE field = ?1 ORDER BY option_id",
	[HELD] = "SELECT g.id, g.issue_key, g.account, g.role, h.idp,"
		 " h.group_id FROM \"grant\" g JOIN hold h"
		 " ON h.grant_id = g.id AND h.released_at IS NULL"
		 " WHERE g.state IN ('granting', 'active') ORDER BY g.id",
};

const struct ledger_family catalog_family =
	LEDGER_FAMILY(catalog, CATALOG, sql);

struct take {
	struct arena *arena;
	const char **ret;
};

static int take_text(void *arg, const struct row *r, struct lapse_err *err)
{
	struct take *t = arg;

	*t->ret = arena_copy(t->arena, row_text(r, 0));
	return arena_check(t->arena, err);
}

int option_role(struct ledger *l, const char *field, const char *option,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	const char *role = NULL;
	struct take t = {a, &role};
	int rc = ledger_query(l, &catalog_family, ROLE, take_text, &t, err,
		"tt", field, option);

	if (rc < 0)
		return rc;
	*ret = role;
	return 0;
}

int option_put(struct ledger *l, const char *field, const char *option,
	const char *role, struct lapse_err *err)
{
	return ledger_exec(l, &catalog_family, PUT, NULL, err, "ttt", field,
		option, role);
}

struct each_option {
	int (*each)(void *arg, const struct option_row *r,
		struct lapse_err *err);
	void *arg;
};

static int give_option(void *arg, const struct row *r, struct lapse_err *err)
{
	struct each_option *e = arg;
	struct option_row row = {row_text(r, 0), row_text(r, 1),
		row_text(r, 2)};

	return e->each(e->arg, &row, err);
}

int options_each(struct ledger *l, const char *field,
	int (*each)(void *arg, const struct option_row *r,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	struct each_option e = {each, arg};

	return ledger_query(l, &catalog_family, OF_FIELD, give_option, &e, err,
		"t", field);
}

struct each_held {
	int (*each)(void *arg, const struct held_row *r,
		struct lapse_err *err);
	void *arg;
};

static int give_held(void *arg, const struct row *r, struct lapse_err *err)
{
	struct each_held *e = arg;
	struct held_row row = {row_int(r, 0), row_text(r, 1), row_text(r, 2),
		row_text(r, 3), row_text(r, 4), row_text(r, 5)};

	return e->each(e->arg, &row, err);
}

int held_each(struct ledger *l,
	int (*each)(void *arg, const struct held_row *r,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	struct each_held e = {each, arg};

	return ledger_query(l, &catalog_family, HELD, give_held, &e, err, "");
}
