/* Campaigns, sheets and items come back as they were put: every column, in
 * its place. */
#include "scratch.h"

#include "review_rows.h"

static int64_t make_campaign(struct ledger *l, const char *name)
{
	struct campaign_row c = {
		.name = name,
		.scope = "{}",
		.no_response = "keep-and-flag",
		.opened_by = "5b-anna",
		.opened_at = 10,
		.due_at = 20,
		.items = 2,
		.digest = "aa",
	};
	struct lapse_err err = {0};
	int64_t id = 0;

	assert_ok(campaign_add(l, &c, &id, &err));
	return id;
}

static int64_t make_sheet(struct ledger *l, int64_t campaign,
	const char *reviewer)
{
	struct sheet_row s = {
		.campaign = campaign,
		.reviewer = reviewer,
		.why = "manager",
	};
	struct lapse_err err = {0};
	int64_t id = 0;

	assert_ok(sheet_add(l, &s, &id, &err));
	return id;
}

/* Each text another one, so that no column can stand for its neighbour. */
static struct item_row an_item(int64_t campaign, int64_t sheet, int64_t n)
{
	return (struct item_row){
		.campaign = campaign, .n = n, .source = "idp",
		.application = "app", .role = "role", .idp = "okta",
		.group = "00g1", .group_name = "group", .user = "00u1",
		.account = "5b-ben", .login = "login", .name = "name",
		.email = "email", .status = "active", .department = "dep",
		.title = "title", .manager = "manager", .orphan = true,
		.via = "standing", .granted_at = 3, .expires_at = WHEN_NONE,
		.request_key = "ACC-1", .justification = "why",
		.provisioned_by = "5b-dana", .last_use = "not-seen",
		.last_use_at = 5, .last_use_source = "source",
		.last_use_why = "unknown", .days_inactive = -1,
		.other_roles = "others", .seat_cost = "21 USD",
		.recommendation = "revoke", .recommended_why = "because",
		.digest = "bb", .sheet = sheet,
	};
}

static void items_keep_every_column(void **state)
{
	AUTO_ARENA a = {0};
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	struct item_row put, got = {0};
	int64_t id = 0;
	int64_t campaign, sheet;

	(void)state;
	assert_ok(ledger_begin(l, &err));
	campaign = make_campaign(l, "q4");
	sheet = make_sheet(l, campaign, "5b-cleo");
	put = an_item(campaign, sheet, 1);
	assert_ok(item_add(l, &put, &id, &err));
	assert_ok(item_get(l, id, &a, &got, &err));
	assert_string_equal(got.application, "app");
	assert_string_equal(got.role, "role");
	assert_string_equal(got.group_name, "group");
	assert_string_equal(got.account, "5b-ben");
	assert_string_equal(got.manager, "manager");
	assert_true(got.orphan);
	assert_false(got.elevated);
	assert_string_equal(got.via, "standing");
	assert_int_equal(got.grant, 0);
	assert_int_equal(got.granted_at, 3);
	assert_true(got.expires_at == WHEN_NONE);
	assert_string_equal(got.provisioned_by, "5b-dana");
	assert_string_equal(got.last_use, "not-seen");
	assert_int_equal(got.last_use_at, 5);
	assert_string_equal(got.last_use_source, "source");
	assert_int_equal(got.days_inactive, -1);
	assert_string_equal(got.other_roles, "others");
	assert_string_equal(got.recommended_why, "because");
	assert_string_equal(got.digest, "bb");
	assert_int_equal(got.sheet, sheet);
	assert_string_equal(got.state, "open");
	assert_null(got.decision);

	got.task = "10900";
	got.task_key = "ACC-9";
	got.task_sought_at = 30;
	got.task_updated_at = 31;
	got.decision = "limit";
	got.decided_at = 32;
	got.decided_by = "5b-cleo";
	got.decision_ref = "778";
	got.decision_reason = "words";
	got.limit_until = 33;
	got.refused_ref = "777";
	got.state = "acting";
	got.outcome = "outcome";
	got.acted_at = 34;
	got.settled_at = 35;
	assert_ok(item_put(l, &got, &err));
	assert_ok(item_of_task(l, "10900", &a, &put, &err));
	assert_string_equal(put.task_key, "ACC-9");
	assert_int_equal(put.task_sought_at, 30);
	assert_int_equal(put.task_updated_at, 31);
	assert_string_equal(put.decision, "limit");
	assert_int_equal(put.decided_at, 32);
	assert_string_equal(put.decided_by, "5b-cleo");
	assert_string_equal(put.decision_ref, "778");
	assert_string_equal(put.decision_reason, "words");
	assert_int_equal(put.limit_until, 33);
	assert_string_equal(put.refused_ref, "777");
	assert_string_equal(put.state, "acting");
	assert_string_equal(put.outcome, "outcome");
	assert_int_equal(put.acted_at, 34);
	assert_int_equal(put.settled_at, 35);
	assert_ok(ledger_commit(l, &err));
	ledger_free(l);
}

static void sheets_count_what_is_undecided(void **state)
{
	AUTO_ARENA a = {0};
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	struct sheet_rows rows = {0};
	struct sheet_row s = {0};
	struct item_row i;
	int64_t id = 0;
	int64_t campaign, sheet;

	(void)state;
	assert_ok(ledger_begin(l, &err));
	campaign = make_campaign(l, "q4");
	sheet = make_sheet(l, campaign, "5b-cleo");
	make_sheet(l, campaign, "5b-dana");
	for (int64_t n = 1; n <= 2; n++) {
		i = an_item(campaign, sheet, n);
		assert_ok(item_add(l, &i, &id, &err));
	}
	assert_ok(item_get(l, id, &a, &i, &err));
	i.decision = "keep";
	i.decided_by = "5b-cleo";
	i.state = "done";
	assert_ok(item_put(l, &i, &err));
	assert_ok(sheets(l, campaign, &a, &rows, &err));
	assert_int_equal(rows.list.n, 2);
	assert_int_equal(rows.list.items[0].items, 2);
	assert_int_equal(rows.list.items[0].open, 1);
	assert_int_equal(rows.list.items[1].items, 0);

	s = rows.list.items[0];
	s.issue = "10800";
	s.issue_key = "ACC-8";
	s.told_at = 40;
	s.reminded_at = 41;
	s.attachment = "55";
	s.csv = true;
	assert_ok(sheet_put(l, &s, &err));
	assert_ok(sheet_of_issue(l, "10800", &a, &s, &err));
	assert_true(s.csv);
	assert_int_equal(s.told_at, 40);
	assert_int_equal(s.reminded_at, 41);
	assert_string_equal(s.attachment, "55");
	assert_err(sheet_of_issue(l, "10801", &a, &s, &err), LAPSE_ENOTFOUND);
	assert_ok(sheet_of_reviewer(l, campaign, "5b-dana", &a, &s, &err));
	assert_ok(ledger_commit(l, &err));
	ledger_free(l);
}

static void a_campaigns_name_is_taken_once(void **state)
{
	AUTO_ARENA a = {0};
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	struct campaign_row c = {0};
	struct campaign_rows live = {0};
	int64_t id;

	(void)state;
	assert_ok(ledger_begin(l, &err));
	id = make_campaign(l, "q4");
	assert_ok(campaign_named(l, "q4", &a, &c, &err));
	assert_int_equal(c.id, id);
	assert_int_equal(c.due_at, 20);
	assert_err(campaign_add(l, &c, &id, &err), LAPSE_EREFUSED);
	assert_has(err.text, "'q4'");

	c.state = "closed";
	c.closed_at = 50;
	assert_ok(campaign_put(l, &c, &err));
	assert_ok(campaigns(l, true, &a, &live, &err));
	assert_int_equal(live.list.n, 0);
	c.approval = "3";
	c.acknowledger = "5b-omar";
	assert_ok(campaign_put(l, &c, &err));
	assert_ok(campaigns(l, true, &a, &live, &err));
	assert_int_equal(live.list.n, 1);
	assert_string_equal(live.list.items[0].acknowledger, "5b-omar");
	assert_ok(ledger_commit(l, &err));
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(items_keep_every_column),
		scratch_test(sheets_count_what_is_undecided),
		scratch_test(a_campaigns_name_is_taken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
