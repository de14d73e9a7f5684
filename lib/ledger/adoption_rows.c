/* The rows of adoption; no rules about them. */
#include "adoption_rows.h"

#include "stmt.h"

enum {
	OPEN,
	OF_ISSUE,
	WITHOUT_ISSUE,
	ADD,
	SET_ISSUE,
	DROP,
};

#define ADOPTION_SELECT                                                        \
	"SELECT ad.id, ad.account, ad.role, ad.opened_by, ad.opened_at,"       \
	" ad.issue_id, ad.issue_key FROM adoption ad "

static const char *const sql[] = {
	[OPEN] = ADOPTION_SELECT
		"WHERE NOT EXISTS (SELECT 1 FROM request r"
		" WHERE r.issue_id = ad.issue_id"
		" AND r.state NOT IN ('seen', 'asked')) ORDER BY ad.id",
	[OF_ISSUE] = ADOPTION_SELECT "WHERE ad.issue_id = ?1",
	[WITHOUT_ISSUE] = ADOPTION_SELECT
		"WHERE ad.account = ?1 AND ad.role = ?2"
		" AND ad.issue_id IS NULL ORDER BY ad.id LIMIT 1",
	[ADD] = "INSERT INTO adoption (account, role, opened_by, opened_at)"
		" VALUES (?1, ?2, ?3, ?4)",
	[SET_ISSUE] = "UPDATE adoption SET issue_id = ?2, issue_key = ?3"
		      " WHERE id = ?1 AND issue_id IS NULL",
	[DROP] = "DELETE FROM adoption WHERE id = ?1 AND issue_id IS NULL",
};

const struct ledger_family adoption_family =
	LEDGER_FAMILY_SINCE(2, adoption, ADOPTION, sql);

struct collect {
	struct arena *arena;
	struct adoption_rows *ret;
};

static int take(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct arena *a = c->arena;
	struct adoption_row *d = VEC_ADD(&c->ret->list, a);

	if (d == NULL)
		return lapse_fail_nomem(err);
	d->id = row_int(r, 0);
	d->account = arena_copy(a, row_text(r, 1));
	d->role = arena_copy(a, row_text(r, 2));
	d->opened_by = arena_copy(a, row_text(r, 3));
	d->opened_at = row_time(r, 4);
	d->issue = arena_copy(a, row_text(r, 5));
	d->issue_key = arena_copy(a, row_text(r, 6));
	return arena_check(a, err);
}

int adoptions_open(struct ledger *l, struct arena *a,
	struct adoption_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &adoption_family, OPEN, take, &c, err, "");
}

static int first(int rc, const struct adoption_rows *rows,
	struct adoption_row *ret)
{
	if (rc == 0 && rows->list.n > 0)
		*ret = rows->list.items[0];
	return rc;
}

int adoption_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct adoption_row *ret, struct lapse_err *err)
{
	struct adoption_rows rows = {0};
	struct collect c = {a, &rows};

	return first(ledger_query(l, &adoption_family, OF_ISSUE, take, &c, err,
		"t", issue), &rows, ret);
}

int adoption_without_issue(struct ledger *l, const char *account,
	const char *role, struct arena *a, struct adoption_row *ret,
	struct lapse_err *err)
{
	struct adoption_rows rows = {0};
	struct collect c = {a, &rows};

	return first(ledger_query(l, &adoption_family, WITHOUT_ISSUE, take, &c,
		err, "tt", account, role), &rows, ret);
}

int adoption_add(struct ledger *l, const struct adoption_row *row,
	int64_t *ret_id, struct lapse_err *err)
{
	int rc = ledger_exec(l, &adoption_family, ADD, NULL, err, "ttti",
		row->account, row->role, row->opened_by, row->opened_at);

	if (rc == 0)
		*ret_id = ledger_last_id(l);
	return rc;
}

int adoption_set_issue(struct ledger *l, int64_t id, const char *issue,
	const char *key, bool *ret_now, struct lapse_err *err)
{
	int64_t changed = 0;
	int rc = ledger_exec(l, &adoption_family, SET_ISSUE, &changed, err,
		"itt", id, issue, key);

	*ret_now = rc == 0 && changed > 0;
	return rc;
}

int adoption_drop(struct ledger *l, int64_t id, struct lapse_err *err)
{
	return ledger_exec(l, &adoption_family, DROP, NULL, err, "i", id);
}
