/* When a role was last reviewed, by what campaigns covered; and movers until
 * their review. */
#include "scratch.h"

#include "ledger_people.h"
#include "moved_rows.h"
#include "review_rows.h"

static const struct reviewed_role admin = {"github/admin", "GitHub", true,
	"okta"};
static const struct reviewed_role reader = {"github/read", "GitHub", false,
	"okta"};

/* A closed campaign of this scope; role NULL: without an item. */
static void closed(struct ledger *l, const char *scope, const char *role,
	int64_t at)
{
	struct campaign_row c = {
		.name = scope, .scope = scope, .no_response = "keep-and-flag",
		.opened_by = "5b-anna", .opened_at = 1, .due_at = 2,
		.digest = "aa", .state = "closed", .closed_at = at,
		.sought_at = WHEN_NONE, .asked_at = WHEN_NONE,
		.acknowledged_at = WHEN_NONE, .rejected_at = WHEN_NONE,
	};
	struct sheet_row s = {.reviewer = "5b-cleo", .why = "manager"};
	struct item_row i = {.n = 1, .source = "idp", .role = role,
		.via = "standing", .last_use = "unknown",
		.recommendation = "keep", .recommended_why = "x",
		.digest = "bb"};
	struct lapse_err err = {0};
	int64_t id = 0;

	assert_ok(campaign_add(l, &c, &c.id, &err));
	assert_ok(campaign_put(l, &c, &err));
	if (role == NULL)
		return;
	s.campaign = c.id;
	assert_ok(sheet_add(l, &s, &i.sheet, &err));
	i.campaign = c.id;
	assert_ok(item_add(l, &i, &id, &err));
}

static int64_t reviewed(struct ledger *l, const struct reviewed_role *role)
{
	struct lapse_err err = {0};
	int64_t at = 0;

	assert_ok(role_reviewed_at(l, role, &at, &err));
	return at;
}

static void a_role_was_reviewed(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};

	(void)state;
	assert_ok(ledger_begin(l, &err));
	assert_true(reviewed(l, &admin) == WHEN_NONE);
	closed(l, "{\"moved_since\":\"2026-01-01\"}", admin.name, 90);
	assert_true(reviewed(l, &admin) == WHEN_NONE);
	closed(l, "{\"n\":1}", admin.name, 10);
	assert_int_equal(reviewed(l, &admin), 10);
	assert_true(reviewed(l, &reader) == WHEN_NONE);
	closed(l, "{\"roles\":[\"github/read\"]}", NULL, 20);
	assert_int_equal(reviewed(l, &admin), 10);
	assert_int_equal(reviewed(l, &reader), 20);
	closed(l, "{\"applications\":[\"GitHub\"],\"elevated\":true}", NULL,
		30);
	assert_int_equal(reviewed(l, &admin), 30);
	assert_int_equal(reviewed(l, &reader), 20);
	closed(l, "{\"provider\":\"okta\",\"elevated\":false}", NULL, 40);
	assert_int_equal(reviewed(l, &reader), 40);
	closed(l, "{\"provider\":\"entra\"}", NULL, 50);
	assert_int_equal(reviewed(l, &admin), 40);
	closed(l, "{\"applications\":[],\"elevated\":true,\"roles\":[]}", NULL,
		60);
	assert_int_equal(reviewed(l, &admin), 60);
	assert_int_equal(reviewed(l, &reader), 40);
	ledger_abandon(l);
	ledger_free(l);
}

static void put_member(struct ledger *l)
{
	const struct group_row g = {.idp = "okta", .group = "00g1",
		.kind = "ok"};
	const struct user_row u = {.idp = "okta", .user = "00u1",
		.status = "active", .last_login_at = WHEN_NONE,
		.created_at = WHEN_NONE};
	AUTO_MEMBERS r = {0};
	struct lapse_err err = {0};

	assert_ok(group_put(l, &g, 1, &err));
	members_begin(&r, "okta", "00g1");
	assert_ok(members_add(&r, &u, &err));
	assert_ok(members_finish(l, &r, 1, NULL, &err));
}

static void a_review_settles_what_came_before_it(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	int64_t n = 0;

	(void)state;
	assert_ok(ledger_begin(l, &err));
	put_member(l);
	assert_ok(moved_add(l, "okta", "00u1", "title", "a", "b", 10, &err));
	assert_ok(moved_add(l, "okta", "00u1", "manager", "c", "d", 30, &err));
	assert_ok(moved_add(l, "okta", "00u2", "title", "a", "b", 10, &err));
	/* Two moves of one member; the other is in no group. */
	assert_ok(moved_waiting(l, 100, &n, &err));
	assert_int_equal(n, 1);
	assert_ok(moved_waiting(l, 10, &n, &err));
	assert_int_equal(n, 0);
	assert_ok(moved_reviewed(l, "okta", "00u1", 20, &err));
	assert_ok(moved_waiting(l, 100, &n, &err));
	assert_int_equal(n, 1);
	assert_ok(moved_reviewed(l, "okta", "00u1", 30, &err));
	assert_ok(moved_waiting(l, 100, &n, &err));
	assert_int_equal(n, 0);
	ledger_abandon(l);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_role_was_reviewed),
		scratch_test(a_review_settles_what_came_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
