/* The column of grants whose own issue may have been made. */
#include "record_rows.h"

#include "stmt.h"

enum {
	SET,
	GET,
};

static const char *const sql[] = {
	[SET] = "UPDATE \"grant\" SET record_sought_at = ?2 WHERE id = ?1",
	[GET] = "SELECT record_sought_at FROM \"grant\" WHERE id = ?1",
};

const struct ledger_family record_family =
	LEDGER_FAMILY_SINCE(3, record, RECORD, sql);

int record_set_sought(struct ledger *l, int64_t grant, int64_t at,
	struct lapse_err *err)
{
	return ledger_exec(l, &record_family, SET, NULL, err, "ii", grant, at);
}

int record_sought(struct ledger *l, int64_t grant, int64_t *ret_at,
	struct lapse_err *err)
{
	return ledger_int(l, &record_family, GET, ret_at, WHEN_NONE, err, "i",
		grant);
}
