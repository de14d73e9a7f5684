/* The row of this ledger, and positions that survive a run. */
#include "db.h"

#include <stdio.h>

enum {
	WATER_STEP_S = 60,	/* no finer: an idle run writes nothing */
};

enum {
	ADD,
	GET,
	WATER,
	ENFORCED,
	ANCHOR,
	STALE,
	TAKEN_OVER,
	CURSOR_GET,
	CURSOR_SET,
};

static const char *const sql[] = {
	/* No Date has confirmed any time yet. */
	[ADD] = "INSERT INTO ledger (one, id, created_at, high_water,"
		" anchor_seq) VALUES (1, ?1, ?2, 0, 0)",
	[GET] = "SELECT id, created_at, high_water, enforced_at, anchor_issue,"
		" anchor_seq, stale_since, taken_over_by FROM ledger",
	[WATER] = "UPDATE ledger SET high_water = max(high_water, ?1)",
	[ENFORCED] = "UPDATE ledger SET enforced_at = ?1"
		     " WHERE enforced_at IS NULL",
	[ANCHOR] = "UPDATE ledger SET anchor_issue = nullif(?1, ''),"
		   " anchor_seq = ?2",
	[STALE] = "UPDATE ledger SET stale_since = ?1",
	[TAKEN_OVER] = "UPDATE ledger SET taken_over_by = nullif(?1, '')",
	[CURSOR_GET] = "SELECT value FROM cursor WHERE name = ?1",
	[CURSOR_SET] = "INSERT INTO cursor (name, value) VALUES (?1, ?2)"
		       " ON CONFLICT (name) DO UPDATE SET value ="
		       " excluded.value WHERE value <> excluded.value",
};

const struct ledger_family about_family = LEDGER_FAMILY(about, ABOUT, sql);

int about_add(struct ledger *l, const char *id, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &about_family, ADD, NULL, err, "ti", id, now);
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from == NULL ? "" : from);
}

static int read_about(void *arg, const struct row *r, struct lapse_err *err)
{
	struct ledger_about *about = arg;

	(void)err;
	copy(about->id, sizeof(about->id), row_text(r, 0));
	about->created_at = row_int(r, 1);
	about->high_water = row_int(r, 2);
	about->enforced_at = row_time(r, 3);
	copy(about->anchor_issue, sizeof(about->anchor_issue), row_text(r, 4));
	about->anchor_seq = row_int(r, 5);
	about->stale_since = row_time(r, 6);
	copy(about->taken_over_by, sizeof(about->taken_over_by),
		row_text(r, 7));
	return 0;
}

int ledger_about(struct ledger *l, struct ledger_about *ret,
	struct lapse_err *err)
{
	struct ledger_about about = {.id = ""};
	int rc;

	rc = ledger_query(l, &about_family, GET, read_about, &about, err, "");
	if (rc != 0)
		return rc;
	if (about.id[0] == '\0')
		return lapse_fail(err, LAPSE_ELEDGER,
			"ledger: '%s': it does not say which ledger it is; "
			"restore the last snapshot",
			ledger_path(l));
	*ret = about;
	return 0;
}

int ledger_raise_water(struct ledger *l, int64_t at, struct lapse_err *err)
{
	struct ledger_about about;
	int rc;

	rc = ledger_about(l, &about, err);
	if (rc != 0 || at < about.high_water + WATER_STEP_S)
		return rc;
	return ledger_exec(l, &about_family, WATER, NULL, err, "i", at);
}

int ledger_set_enforced(struct ledger *l, int64_t at, struct lapse_err *err)
{
	return ledger_exec(l, &about_family, ENFORCED, NULL, err, "w", at);
}

int ledger_set_anchor(struct ledger *l, const char *issue, int64_t seq,
	struct lapse_err *err)
{
	return ledger_exec(l, &about_family, ANCHOR, NULL, err, "ti", issue,
		seq);
}

int ledger_set_stale(struct ledger *l, int64_t since, struct lapse_err *err)
{
	return ledger_exec(l, &about_family, STALE, NULL, err, "w", since);
}

int ledger_set_taken_over(struct ledger *l, const char *by,
	struct lapse_err *err)
{
	return ledger_exec(l, &about_family, TAKEN_OVER, NULL, err, "t", by);
}

int ledger_cursor(struct ledger *l, const char *name, int64_t *ret,
	int64_t otherwise, struct lapse_err *err)
{
	return ledger_int(l, &about_family, CURSOR_GET, ret, otherwise, err,
		"t", name);
}

int ledger_set_cursor(struct ledger *l, const char *name, int64_t value,
	struct lapse_err *err)
{
	return ledger_exec(l, &about_family, CURSOR_SET, NULL, err, "ti", name,
		value);
}
