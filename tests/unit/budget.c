/* Budgets of removals and the guard over lists of members, counted on a ledger
 * with a group that was read. */
#include "scratch.h"

#include "budget.h"
#include "ledger_people.h"
#include "population_guard.h"

static struct config config;
static struct lapse lapse;

/* n members of okta:g1, read completely at 100; the ledger stays open. */
static void begin(int n)
{
	char sql[1024];

	lapse = (struct lapse){.config = &config};
	config = (struct config){
		.removals_per_run = 50,
		.removals_of_group = 34,
	};
	ledger_free(scratch_open(LEDGER_CREATE));
	snprintf(sql, sizeof(sql), "INSERT INTO idp_group (id, idp, group_id,"
		" kind, observed_at, complete_at)"
		" VALUES (1, 'okta', 'g1', 'ok', 100, 100),"
		" (2, 'okta', 'never', 'ok', 100, NULL);"
		"WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1"
		" FROM i WHERE n < %d) INSERT INTO idp_user (id, idp, user_id,"
		" status, last_login_known, observed_at)"
		" SELECT n, 'okta', 'u' || n, 'active', 0, 100 FROM i;"
		"INSERT INTO membership (gid, uid, since)"
		" SELECT 1, id, 50 FROM idp_user;", n);
	scratch_sql(scratch_path, sql);
	lapse.ledger = scratch_open(LEDGER_WRITE);
}

static void end(void)
{
	ledger_free(lapse.ledger);
}

/* A removal of user n, in this state ("open": under way) since then. */
static void removal(int n, const char *state, int settled_at)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "INSERT INTO change (idp, group_id, user_id,"
		" kind, state, opened_at, due_at, next_attempt_at, settled_at)"
		" VALUES ('okta', 'g1', 'u%d', 'remove', '%s', 90, 90, 90,"
		" nullif(%d, 0))", n, state, settled_at);
	scratch_sql(scratch_path, sql);
}

static enum budget_answer ask(struct budget *b, const char *group,
	int64_t taken)
{
	const struct membership m = {"okta", group, "u1"};
	enum budget_answer answer = BUDGET_YES;
	struct lapse_err err = {0};

	assert_ok(budget_ask(&lapse, b, &m, taken, &answer, &err));
	return answer;
}

static int taken_of(int members)
{
	struct budget b = {0};
	int n = 0;

	begin(members);
	while (ask(&b, "g1", n) == BUDGET_YES)
		removal(++n, "open", 0);
	end();
	scratch_teardown(NULL);
	scratch_setup(NULL);
	return n;
}

/* Each that is taken makes the group smaller, not its share. */
static void percent_of_a_group(void **state)
{
	(void)state;
	assert_int_equal(taken_of(1), 0);
	assert_int_equal(taken_of(2), 1);
	assert_int_equal(taken_of(3), 1);
	assert_int_equal(taken_of(6), 2);
	assert_int_equal(taken_of(10), 3);
	assert_int_equal(taken_of(20), 6);
}

static void what_is_removed_does_not_count(void **state)
{
	struct budget b = {0};

	(void)state;
	begin(3);
	removal(2, "done", 100);
	assert_int_equal(ask(&b, "g1", 0), BUDGET_YES);
	removal(3, "parked", 0);
	assert_int_equal(ask(&b, "g1", 0), BUDGET_CONFIRM);
	end();
}

/* Removed before the reading that shows the person is back; or given up. */
static void who_is_in_counts(void **state)
{
	struct budget b = {0};

	(void)state;
	begin(3);
	removal(2, "done", 99);
	removal(3, "abandoned", 120);
	assert_int_equal(ask(&b, "g1", 0), BUDGET_YES);
	removal(2, "cancelled", 120);
	assert_int_equal(ask(&b, "g1", 0), BUDGET_YES);
	end();
}

/* Who was added after the reading is not the last one it showed. */
static void who_came_later_counts(void **state)
{
	const struct membership m = {"okta", "g1", "new"};
	enum budget_answer answer = BUDGET_CONFIRM;
	struct budget b = {0};
	struct lapse_err err = {0};

	(void)state;
	begin(1);
	assert_int_equal(ask(&b, "g1", 0), BUDGET_CONFIRM);
	assert_ok(budget_ask(&lapse, &b, &m, 0, &answer, &err));
	assert_int_equal(answer, BUDGET_YES);
	end();
}

static void unread_group_is_confirmed(void **state)
{
	struct budget b = {0};

	(void)state;
	begin(3);
	assert_int_equal(ask(&b, "never", 0), BUDGET_CONFIRM);
	assert_int_equal(ask(&b, "unheard-of", 0), BUDGET_CONFIRM);
	assert_int_equal(b.begun, 0);
	end();
}

static void confirmation_is_of_one_group(void **state)
{
	struct budget b = {0};

	(void)state;
	begin(1);
	lapse.confirmed_removals = "okta:g1";
	assert_int_equal(ask(&b, "g1", 0), BUDGET_YES);
	assert_int_equal(ask(&b, "g1", 900), BUDGET_YES);
	lapse.confirmed_removals = "okta:g10";
	assert_int_equal(ask(&b, "g1", 0), BUDGET_CONFIRM);
	lapse.confirmed_removals = "oktag1";
	assert_int_equal(ask(&b, "g1", 0), BUDGET_CONFIRM);
	lapse.confirmed_removals = "g1";
	assert_int_equal(ask(&b, "g1", 0), BUDGET_CONFIRM);
	end();
}

/* Also a confirmed one: the run's number holds against a mistake in the
 * configuration, which no group shows. */
static void so_many_in_a_run(void **state)
{
	struct budget b = {0};

	(void)state;
	begin(10);
	config.removals_per_run = 2;
	lapse.confirmed_removals = "okta:g1";
	assert_int_equal(ask(&b, "g1", 0), BUDGET_YES);
	assert_int_equal(ask(&b, "g1", 1), BUDGET_YES);
	assert_int_equal(ask(&b, "g1", 2), BUDGET_NEXT_RUN);
	assert_int_equal(b.begun, 2);
	end();
}

/* ---- The guard ---- */

static bool passes(int64_t read, int64_t said)
{
	struct lapse_err err = {0};
	int rc = population_guard(&lapse, "okta", "g1", (size_t)read, said,
		&err);

	if (rc == 0)
		return true;
	assert_int_equal(rc, LAPSE_EGUARD);
	assert_has(err.text, "okta: group 'g1': the list shows ");
	return false;
}

static void lists_that_lost_people(void **state)
{
	(void)state;
	begin(10);
	assert_true(passes(10, -1));
	assert_true(passes(11, -1));
	assert_true(passes(5, -1));
	assert_false(passes(4, -1));
	assert_false(passes(0, -1));
	assert_false(passes(10, 21));
	assert_true(passes(10, 20));
	removal(1, "done", 100);
	removal(2, "open", 0);
	assert_true(passes(4, -1));
	assert_false(passes(3, -1));
	end();
}

/* One of two may leave, and one of one is not told from a lost list. */
static void small_groups(void **state)
{
	(void)state;
	begin(2);
	assert_true(passes(1, -1));
	assert_false(passes(0, -1));
	removal(1, "done", 100);
	assert_true(passes(1, -1));
	assert_false(passes(0, -1));
	removal(2, "done", 100);
	assert_true(passes(0, -1));
	end();
}

static void never_read_groups_pass(void **state)
{
	struct lapse_err err = {0};

	(void)state;
	begin(2);
	assert_ok(population_guard(&lapse, "okta", "never", 0, -1, &err));
	assert_err(population_guard(&lapse, "okta", "never", 0, 3, &err),
		LAPSE_EGUARD);
	end();
}

static void one_member(void **state)
{
	struct member_row m = {0};
	struct lapse_err err = {0};

	(void)state;
	begin(2);
	assert_ok(member_get(lapse.ledger, "okta", "g1", "u1", &m, &err));
	assert_int_equal(m.since, 50);
	assert_false(m.leaving);
	removal(1, "unknown", 0);
	assert_ok(member_get(lapse.ledger, "okta", "g1", "u1", &m, &err));
	assert_true(m.leaving);
	assert_ok(member_get(lapse.ledger, "okta", "g1", "u9", &m, &err));
	assert_true(m.since == WHEN_NONE);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(percent_of_a_group),
		scratch_test(what_is_removed_does_not_count),
		scratch_test(who_is_in_counts),
		scratch_test(who_came_later_counts),
		scratch_test(unread_group_is_confirmed),
		scratch_test(confirmation_is_of_one_group),
		scratch_test(so_many_in_a_run),
		scratch_test(lists_that_lost_people),
		scratch_test(small_groups),
		scratch_test(never_read_groups_pass),
		scratch_test(one_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
