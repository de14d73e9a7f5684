/* Campaigns, sheets and items come back from JSON as they were put: every
 * column, and what there is not stays so. */
#include "unit.h"

#include "review_columns.h"

enum {
	NOW = 1795395600,
};

static struct json_doc *parsed(const struct buf *text)
{
	struct json_doc *doc = NULL;
	struct lapse_err err = {0};

	assert_ok(json_open(&doc, text->data, text->len, &err));
	return doc;
}

#define SAME_TEXT(member) assert_string_equal(a->member, b->member)
#define SAME(member) assert_true(a->member == b->member)

/* ---- Items ---- */

/* Each text another one, so that no column can stand for its neighbour. */
static struct item_row an_item(int64_t n)
{
	return (struct item_row){
		.campaign = 7, .n = n, .source = "idp", .application = "app",
		.role = "role", .idp = "okta", .group = "00g1",
		.group_name = "group", .user = "00u1", .account = "5b-ben",
		.login = "login", .name = "name", .email = "email",
		.status = "active", .department = "dep", .title = "title",
		.manager = "manager", .orphan = true, .via = "standing",
		.grant = 9, .granted_at = NOW, .expires_at = WHEN_NONE,
		.request_key = "ACC-1", .justification = "why",
		.provisioned_by = "5b-dana", .last_use = "not-seen",
		.last_use_at = NOW + 5, .last_use_source = "source",
		.last_use_why = "unknown", .days_inactive = -1,
		.other_roles = "others", .seat_cost = "21 USD",
		.recommendation = "revoke", .recommended_why = "because",
		.digest = "bb", .sheet = 3, .task = "100", .task_key = "ACC-2",
		.decision = "revoke", .decided_at = NOW + 7,
		.decided_by = "5b-cleo", .decision_ref = "ref",
		.decision_reason = "left", .limit_until = WHEN_NONE,
		.state = "done", .outcome = "gone", .remediation = 11,
		.acted_at = NOW + 8, .settled_at = NOW + 9,
	};
}

static void test_frozen(void **state)
{
	AUTO_ARENA arena = {0};
	AUTO_BUF text = {0};
	AUTO_BUF again = {0};
	AUTO_JSON *doc = NULL;
	struct json_out w = {.out = &text};
	struct json_out v = {.out = &again};
	struct lapse_err err = {0};
	struct item_row put = an_item(4);
	struct item_row got = {0};
	const struct item_row *a = &put;
	const struct item_row *b = &got;

	(void)state;
	json_put_open(&w, NULL, '{');
	review_columns_put_frozen(&w, a);
	json_put_close(&w, '}');
	doc = parsed(&text);
	review_columns_read_frozen(json_root(doc), &arena, &got);
	assert_ok(json_check(doc, "item", &err));
	json_put_open(&v, NULL, '{');
	review_columns_put_frozen(&v, b);
	json_put_close(&v, '}');
	assert_string_equal(buf_text(&text), buf_text(&again));
	SAME(n);
	SAME_TEXT(source);
	SAME_TEXT(manager);
	SAME(orphan);
	SAME(elevated);
	SAME(grant);
	SAME(granted_at);
	SAME(expires_at);
	SAME(last_use_at);
	SAME(days_inactive);
	SAME_TEXT(digest);
	/* What became of it is not of the population. */
	assert_null(got.decision);
	assert_null(got.task);
	assert_true(got.task_updated_at == WHEN_NONE);
}

static void test_outcome(void **state)
{
	AUTO_ARENA arena = {0};
	AUTO_BUF text = {0};
	AUTO_JSON *doc = NULL;
	struct json_out w = {.out = &text};
	struct lapse_err err = {0};
	struct item_row put = an_item(4);
	struct item_row got = {0};
	const struct item_row *a = &put;
	const struct item_row *b = &got;

	(void)state;
	json_put_open(&w, NULL, '{');
	review_columns_put_outcome(&w, a);
	json_put_close(&w, '}');
	/* Nobody's name, address or access stands in a property. */
	assert_null(strstr(buf_text(&text), "email"));
	assert_null(strstr(buf_text(&text), "00u1"));
	doc = parsed(&text);
	review_columns_read_outcome(json_root(doc), &arena, &got);
	assert_ok(json_check(doc, "item", &err));
	SAME(campaign);
	SAME(n);
	SAME(sheet);
	SAME_TEXT(task);
	SAME_TEXT(task_key);
	SAME_TEXT(decision);
	SAME(decided_at);
	SAME_TEXT(decided_by);
	SAME_TEXT(decision_ref);
	SAME_TEXT(decision_reason);
	SAME(limit_until);
	SAME_TEXT(state);
	SAME_TEXT(outcome);
	SAME(remediation);
	SAME(acted_at);
	SAME(settled_at);
}

/* ---- Sheets ---- */

static struct review_sheet through(const struct sheet_row *s,
	const int64_t *numbers, size_t n, const char *keeps, struct arena *a)
{
	AUTO_BUF text = {0};
	AUTO_JSON *doc = NULL;
	struct json_out w = {.out = &text};
	struct lapse_err err = {0};
	struct item_rows items = {0};
	struct review_sheet got = {0};

	for (size_t i = 0; i < n; i++) {
		struct item_row *item = VEC_ADD(&items.list, a);

		*item = an_item(numbers[i]);
		item->task = s->csv ? NULL : item->task;
		/* Every other one is kept. */
		if (i % 2 == 0) {
			item->decision = "keep";
			item->decision_ref = keeps;
		}
	}
	json_put_open(&w, NULL, '{');
	review_columns_put_sheet(&w, s, &items);
	json_put_close(&w, '}');
	doc = parsed(&text);
	review_columns_read_sheet(json_root(doc), a, &got);
	assert_ok(json_check(doc, "sheet", &err));
	return got;
}

static void same_numbers(const struct review_numbers *got,
	const int64_t *want, size_t n)
{
	assert_int_equal(got->list.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(got->list.items[i], want[i]);
}

static const struct sheet_row asked = {
	.id = 3, .campaign = 7, .reviewer = "5b-cleo", .why = "manager",
	.told_at = NOW, .reminded_at = WHEN_NONE, .escalated_at = NOW + 1,
	.attachment = "60",
};

static void test_numbers(void **state)
{
	static const int64_t edges[] = {1, 4, 5, 8, 9, 1000};
	static const int64_t last[] = {16};
	AUTO_ARENA a = {0};
	struct review_sheet got = through(&asked, edges, ARRAY_N(edges), "x",
		&a);

	(void)state;
	same_numbers(&got.items, edges, ARRAY_N(edges));
	assert_int_equal(got.tasks.n, ARRAY_N(edges));
	assert_int_equal(got.tasks.items[5].n, 1000);
	assert_string_equal(got.tasks.items[5].key, "ACC-2");
	assert_int_equal(got.keeps.n, 0);
	assert_true(got.row.reminded_at == WHEN_NONE);
	assert_true(got.row.escalated_at == NOW + 1);
	got = through(&asked, last, ARRAY_N(last), "x", &a);
	same_numbers(&got.items, last, ARRAY_N(last));
	got = through(&asked, NULL, 0, "x", &a);
	same_numbers(&got.items, NULL, 0);
}

static void test_keeps(void **state)
{
	static const int64_t all[] = {2, 3, 7, 12};
	static const int64_t kept[] = {2, 7};
	AUTO_ARENA a = {0};
	struct sheet_row s = asked;
	struct review_sheet got;

	(void)state;
	s.csv = true;
	got = through(&s, all, ARRAY_N(all), "61", &a);
	assert_true(got.row.csv);
	same_numbers(&got.items, all, ARRAY_N(all));
	assert_int_equal(got.tasks.n, 0);
	assert_int_equal(got.keeps.n, 1);
	assert_string_equal(got.keeps.items[0].ref, "61");
	assert_string_equal(got.keeps.items[0].by, "5b-cleo");
	same_numbers(&got.keeps.items[0].items, kept, ARRAY_N(kept));
	assert_string_equal(got.row.attachment, "60");
}

/* An end that stands in that file alone: it has to be read again. */
static void test_loose(void **state)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &text};
	struct sheet_row s = asked;
	struct item_rows items = {0};
	struct item_row *item = VEC_ADD(&items.list, &a);

	(void)state;
	s.csv = true;
	*item = an_item(1);
	item->task = NULL;
	item->state = "decided";
	json_put_open(&w, NULL, '{');
	review_columns_put_sheet(&w, &s, &items);
	assert_null(strstr(buf_text(&text), "attachment"));
}

/* ---- Campaigns, and what is no such thing ---- */

static void test_campaign(void **state)
{
	static const struct campaign_row put = {
		.id = 7, .name = "q4", .scope = "{\"roles\":[\"r\"]}",
		.state = "closed", .no_response = "revoke",
		.opened_by = "5b-anna", .opened_at = NOW, .due_at = NOW + 1,
		.items = 2, .digest = "aa", .issue = "1", .issue_key = "A-1",
		.sought_at = NOW, .closed_at = NOW + 2, .closed_by = "5b-sam",
		.acknowledger = "5b-hugo", .approval = "61",
		.asked_at = NOW + 3, .acknowledged_at = WHEN_NONE,
		.rejected_at = NOW + 4,
	};
	AUTO_ARENA arena = {0};
	AUTO_BUF text = {0};
	AUTO_JSON *doc = NULL;
	struct json_out w = {.out = &text};
	struct lapse_err err = {0};
	struct campaign_row got = {0};
	const struct campaign_row *a = &put;
	const struct campaign_row *b = &got;

	(void)state;
	json_put_open(&w, NULL, '{');
	review_columns_put_campaign(&w, &put);
	json_put_close(&w, '}');
	doc = parsed(&text);
	review_columns_read_campaign(json_root(doc), &arena, &got);
	assert_ok(json_check(doc, "campaign", &err));
	SAME(id);
	SAME_TEXT(name);
	SAME_TEXT(scope);
	SAME_TEXT(state);
	SAME_TEXT(no_response);
	SAME_TEXT(opened_by);
	SAME(opened_at);
	SAME(due_at);
	SAME(items);
	SAME_TEXT(digest);
	SAME(closed_at);
	SAME_TEXT(closed_by);
	SAME_TEXT(acknowledger);
	SAME_TEXT(approval);
	SAME(asked_at);
	SAME(acknowledged_at);
	SAME(rejected_at);
	assert_null(got.acknowledged_by);
}

static void test_broken(void **state)
{
	static const char *const broken[] = {
		"{}",
		"{\"id\":3}",
		"{\"id\":3,\"campaign\":7,\"reviewer\":\"a\",\"why\":\"owner\","
		"\"items\":\"0g\"}",
		"{\"id\":0,\"campaign\":7,\"reviewer\":\"a\",\"why\":\"owner\","
		"\"items\":\"0\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_N(broken); i++) {
		AUTO_ARENA a = {0};
		AUTO_JSON *doc = NULL;
		struct lapse_err err = {0};
		struct review_sheet s = {0};

		assert_ok(json_open(&doc, broken[i], strlen(broken[i]), &err));
		review_columns_read_sheet(json_root(doc), &a, &s);
		assert_err(json_check(doc, "sheet", &err), LAPSE_EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_outcome),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_keeps),
		cmocka_unit_test(test_loose),
		cmocka_unit_test(test_campaign),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
