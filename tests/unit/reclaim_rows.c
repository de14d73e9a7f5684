/* Rows of reclaim come back as they were put; one open one a membership. */
#include "scratch.h"

#include "reclaim_rows.h"

static const struct reclaim_row a_row = {
	.m = {"okta", "g1", "u1"},
	.role = "app/role",
	.account = "5b-ben",
	.warned_at = 10,
	.due_at = 20,
	.last_use = "seen",
	.last_use_at = 5,
	.last_use_source = "source",
	.issue = "20001",
	.issue_key = "ACC-1",
	.settled_at = WHEN_NONE,
};

static int64_t add(struct ledger *l, const struct reclaim_row *r)
{
	struct lapse_err err = {0};
	int64_t id = -1;

	assert_ok(reclaim_add(l, r, &id, &err));
	return id;
}

static void every_column_comes_back(void **state)
{
	AUTO_ARENA a = {0};
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	struct reclaim_row got = {0};
	int64_t id;

	(void)state;
	assert_ok(ledger_begin(l, &err));
	id = add(l, &a_row);
	assert_ok(reclaim_get(l, id, &a, &got, &err));
	assert_string_equal(got.m.user, "u1");
	assert_string_equal(got.role, "app/role");
	assert_string_equal(got.account, "5b-ben");
	assert_string_equal(got.state, "warned");
	assert_int_equal(got.warned_at, 10);
	assert_int_equal(got.due_at, 20);
	assert_string_equal(got.last_use, "seen");
	assert_int_equal(got.last_use_at, 5);
	assert_string_equal(got.last_use_source, "source");
	assert_string_equal(got.issue, "20001");
	assert_string_equal(got.issue_key, "ACC-1");
	assert_int_equal(got.grant, 0);
	assert_true(got.settled_at == WHEN_NONE);
	got.state = "cancelled";
	got.warned_at = 11;
	got.due_at = 21;
	got.issue = "20002";
	got.issue_key = "ACC-2";
	got.seat_cost = "21 USD";
	got.settled_at = 30;
	got.why = "was used";
	assert_ok(reclaim_put(l, &got, &err));
	assert_ok(reclaim_get(l, id, &a, &got, &err));
	assert_string_equal(got.state, "cancelled");
	assert_int_equal(got.warned_at, 11);
	assert_int_equal(got.due_at, 21);
	assert_string_equal(got.issue, "20002");
	assert_string_equal(got.issue_key, "ACC-2");
	assert_string_equal(got.seat_cost, "21 USD");
	assert_int_equal(got.settled_at, 30);
	assert_string_equal(got.why, "was used");
	assert_err(reclaim_get(l, 99, &a, &got, &err), LAPSE_ENOTFOUND);
	ledger_free(l);
}

static void one_open_row_a_membership(void **state)
{
	AUTO_ARENA a = {0};
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	struct reclaim_rows open = {0};
	struct reclaim_row row = a_row;

	(void)state;
	assert_ok(ledger_begin(l, &err));
	row.id = add(l, &row);
	assert_int_equal(add(l, &a_row), 0);
	row.state = "cancelled";
	row.settled_at = 30;
	assert_ok(reclaim_put(l, &row, &err));
	assert_true(add(l, &a_row) > row.id);
	assert_ok(reclaims_open(l, &a, &open, &err));
	assert_int_equal(open.list.n, 1);
	assert_int_equal(open.list.items[0].id, row.id + 1);
	ledger_free(l);
}

static int64_t taken(struct ledger *l, const char *role, int64_t since)
{
	struct lapse_err err = {0};
	int64_t n = -1;

	assert_ok(reclaims_taken(l, &a_row.m, role, since, &n, &err));
	return n;
}

static void what_was_taken_since(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	struct reclaim_row row = a_row;
	struct grant_row g = {
		.account = "5b-ben", .role = "app/role", .application = "app",
		.created_at = 1, .starts_at = WHEN_NONE, .ends_at = WHEN_NONE,
	};

	(void)state;
	assert_ok(ledger_begin(l, &err));
	row.id = add(l, &row);
	assert_ok(grant_add(l, &g, &row.remediation, &err));
	assert_ok(grant_set_ending(l, row.remediation, 50, "reclaimed",
		"lapse", NULL, &err));
	assert_int_equal(taken(l, "app/role", 0), 0);
	row.state = "removing";
	assert_ok(reclaim_put(l, &row, &err));
	assert_int_equal(taken(l, "app/role", 50), 1);
	assert_int_equal(taken(l, "app/role", 51), 0);
	assert_int_equal(taken(l, "app/other", 0), 0);
	row.state = "reclaimed";
	row.settled_at = 60;
	assert_ok(reclaim_put(l, &row, &err));
	assert_int_equal(taken(l, "app/role", 50), 1);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(every_column_comes_back),
		scratch_test(one_open_row_a_membership),
		scratch_test(what_was_taken_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
