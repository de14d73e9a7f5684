/* Many issues at once: making them, reading them and their histories; and
 * filing a request. */
#include "exchange.h"
#include "jira.h"

static const struct jira_form form = {.why = "description"};

static void make(struct talk *t, op_step *s)
{
	t->r = (struct remote){
		.name = "jira",
		.base = "https://acme.atlassian.net",
		.site = "https://acme.atlassian.net",
		.service = &jira_service,
	};
	t->op = (struct op){
		.step = s,
		.name = "test",
		.arena = &t->arena,
		.arg = t,
	};
}

/* ---- Making ---- */

#define THREE                                                                  \
	"{\"issueUpdates\":[{\"fields\":{\"summary\":\"a\"}},"                 \
	"{\"fields\":{\"summary\":\"b\"}},{\"fields\":{\"summary\":\"c\"}}]}"

static int keep_created(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_created *c = item;
	struct talk *t = arg;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%zu %s %s\n", c->at, c->id, c->key);
	return 0;
}

static void make_created(struct talk *t)
{
	make(t, jira_create_issues);
	t->op.arena = NULL;
	t->op.body = THREE;
	t->op.sink = keep_created;
}

static void issues_are_made(void **state)
{
	TALK t = {0};

	(void)state;
	make_created(&t);
	asks(&t, step(&t, NULL), HTTP_POST, "/rest/api/3/issue/bulk");
	sends(&t, THREE);
	assert_false(t.req.safe);
	ends(&t, step(&t, recorded(&t, "jira/created")), OP_CHANGED);
	assert_string_equal(buf_text(&t.got),
		"0 10201 ACC-31\n1 10202 ACC-32\n2 10203 ACC-33\n");
}

/* The sink hears of what was made before anything is said of the rest. */
static void a_part_is_made(void **state)
{
	TALK t = {0};

	(void)state;
	make_created(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "jira/created-part")), LAPSE_EREFUSED,
		"issue 1 of 3 was not made (summary: You must specify a "
		"summary of the issue.); nor were 1 more");
	assert_string_equal(buf_text(&t.got), "1 10202 ACC-32\n");
}

static void none_is_made(void **state)
{
	TALK t = {0};

	(void)state;
	make_created(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(t.req.expect[0], 400);
	fails(&t, step(&t, recorded(&t, "jira/created-none")), LAPSE_EREFUSED,
		"issue 1 of 3 was not made (Parent is gone.); nor were 2 more");
	assert_int_equal(t.items, 0);
}

static void the_whole_is_refused(void **state)
{
	static const struct {
		const char *body;
		int code;
		const char *said;
	} rows[] = {
		{"{\"errorMessages\":[\"Too many.\"],\"errors\":{}}",
			LAPSE_EREFUSED, "Too many."},
		{"{}", LAPSE_EREFUSED, "400"},
		{"", LAPSE_EPROTO, "not an answer of Jira"},
		{"<p>no</p>", LAPSE_EPROTO, "not an answer of Jira"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		make_created(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		fails(&t, step(&t, reply(&t, 400, rows[i].body)), rows[i].code,
			rows[i].said);
		assert_int_equal(t.items, 0);
	}
}

/* Which is which is told by numbers alone: they must add up. */
static void what_was_made_adds_up(void **state)
{
	static const char *const alterations[][3] = {
		{"jira/created", "{\"id\":\"10201\",\"key\":\"ACC-31\","
			"\"self\":\"https://acme.atlassian.net/rest/api/3/"
			"issue/10201\"},", ""},
		{"jira/created", "\"issues\":[", "\"issues\":[{\"id\":\"1\","
			"\"key\":\"ACC-1\"},"},
		{"jira/created", "\"issues\":[", "\"made\":["},
		{"jira/created", "\"10201\"", "\"10 201\""},
		{"jira/created", "\"key\":\"ACC-31\",", ""},
		{"jira/created", "\"errors\":[]",
			"\"errors\":[{\"failedElementNumber\":0}]"},
		{"jira/created", "\"errors\":[]", "\"errors\":[{}]"},
		{"jira/created-part", "\"failedElementNumber\":2",
			"\"failedElementNumber\":3"},
		{"jira/created-part", "\"failedElementNumber\":2",
			"\"failedElementNumber\":0"},
		{"jira/created-part", "\"failedElementNumber\":2",
			"\"failedElementNumber\":-1"},
		{"jira/created-part", "\"failedElementNumber\":2",
			"\"failedElementNumber\":\"2\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};
		int rc;

		make_created(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, altered(&t, alterations[i][0],
			alterations[i][1], alterations[i][2]));
		if (rc != LAPSE_EPROTO)
			fail_msg("%s: %d", alterations[i][2], rc);
		assert_int_equal(t.items, 0);
	}
}

/* Two of three made, and one number twice: the count alone would fit. */
static void a_number_twice_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make_created(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, reply(&t, 201, "{\"issues\":[{\"id\":\"1\","
		"\"key\":\"A-1\"},{\"id\":\"2\",\"key\":\"A-2\"}],"
		"\"errors\":[{\"failedElementNumber\":0},"
		"{\"failedElementNumber\":0}]}")), LAPSE_EPROTO,
		"failedElementNumber");
	assert_int_equal(t.items, 0);
}

static void one_to_fifty_are_made_at_once(void **state)
{
	static const int counts[] = {0, 1, 50, 51};

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		struct buf body = {0};
		TALK t = {0};
		int rc;

		buf_str(&body, "{\"issueUpdates\":[");
		for (int n = 0; n < counts[i]; n++)
			buf_str(&body, n > 0 ? ",{}" : "{}");
		buf_str(&body, "]}");
		make_created(&t);
		t.op.body = buf_text(&body);
		rc = step(&t, NULL);
		assert_int_equal(rc, counts[i] == 1 || counts[i] == 50
			? OP_SEND : LAPSE_EINTERNAL);
		t.op.body = NULL;
		assert_int_equal(step(&t, NULL), LAPSE_EINTERNAL);
		buf_clear(&body);
	}
}

static void no_part_of_made_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_created, "jira/created");
}

/* ---- Reading ---- */

static int keep_issue(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_issue *i = item;
	struct talk *t = arg;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s %s %s %s %s\n", i->id, i->key, i->status,
		i->parent, i->assignee.account,
		i->why != NULL ? i->why : "-");
	return 0;
}

static void make_issues(struct talk *t)
{
	make(t, jira_get_issues);
	jira_op_form(&t->op, &form);
	t->op.arena = NULL;
	t->op.key = "10124,10125,10126,10127";
	t->op.sink = keep_issue;
}

static void issues_are_read(void **state)
{
	TALK t = {0};

	(void)state;
	make_issues(&t);
	asks(&t, step(&t, NULL), HTTP_POST, "/rest/api/3/issue/bulkfetch");
	sends(&t, "{\"issueIdsOrKeys\":[\"10124\",\"10125\",\"10126\","
		"\"10127\"],\"fields\":[\"summary\",\"status\",\"resolution\","
		"\"project\",\"issuetype\",\"parent\",\"reporter\","
		"\"creator\",\"assignee\",\"created\",\"updated\","
		"\"issuelinks\",\"subtasks\",\"description\"]}");
	assert_true(t.req.safe);
	ends(&t, step(&t, recorded(&t, "jira/issues")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"10124 ACC-8 10071 10123 5b10b -\n"
		"10125 ACC-9 10071 10123 5b10b left the team\n");
}

/* A property comes with each issue that has it, in compact form. */
static int keep_property(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_issue *i = item;
	struct talk *t = arg;

	(void)err;
	buf_fmt(&t->got, "%s %s\n", i->key,
		i->property != NULL ? i->property : "-");
	return 0;
}

static void issues_with_a_property(void **state)
{
	TALK t = {0};

	(void)state;
	make_issues(&t);
	t.op.id = "lapse.v1";
	t.op.sink = keep_property;
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_non_null(strstr(buf_text(&t.req.body),
		",\"properties\":[\"lapse.v1\"]}"));
	ends(&t, step(&t, altered(&t, "jira/issues",
		"\"id\":\"10124\",", "\"id\":\"10124\",\"properties\":"
		"{\"lapse.v1\":{\"seq\": 7},\"other\":1},")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"ACC-8 {\"seq\":7}\nACC-9 -\n");
}

static void issues_altered(void **state)
{
	static const char *const alterations[][2] = {
		{"\"issues\":[", "\"issue\":["},
		{"\"id\":\"10125\"", "\"id\":\"10124\""},
		{"\"id\":\"10125\"", "\"id\":\"101\""},
		{"\"id\":\"10125\"", "\"id\":\"10128\""},
		{"\"id\":\"10125\",", ""},
		{"\"key\":\"ACC-9\",", ""},
		{"\"fields\":{", "\"field\":{"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};
		int rc;

		make_issues(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, altered(&t, "jira/issues", alterations[i][0],
			alterations[i][1]));
		if (rc != LAPSE_EPROTO)
			fail_msg("%s: %d", alterations[i][1], rc);
		assert_int_equal(t.items, 0);
	}
}

static void no_issue_is_no_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make_issues(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, reply(&t, 200, "{\"issues\":[],"
		"\"issueErrors\":[]}")), OP_NONE);
}

static const char *ids(struct buf *out, int n)
{
	buf_reset(out);
	for (int i = 0; i < n; i++)
		buf_fmt(out, "%s%d", i > 0 ? "," : "", 10000 + i);
	return buf_text(out);
}

static void at_most_so_many_are_read(void **state)
{
	static const struct {
		op_step *step;
		int n;
		const char *fields;
		int want;
	} rows[] = {
		{jira_get_issues, 0, NULL, LAPSE_EINTERNAL},
		{jira_get_issues, 100, NULL, OP_SEND},
		{jira_get_issues, 101, NULL, LAPSE_EINTERNAL},
		{jira_get_histories, 0, NULL, LAPSE_EINTERNAL},
		{jira_get_histories, 1000, "a,b,c,d,e,f,g,h,i,j", OP_SEND},
		{jira_get_histories, 1001, NULL, LAPSE_EINTERNAL},
		{jira_get_histories, 1, "a,b,c,d,e,f,g,h,i,j,k",
			LAPSE_EINTERNAL},
	};
	struct buf list = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		make(&t, rows[i].step);
		t.op.key = ids(&list, rows[i].n);
		t.op.id = rows[i].fields;
		assert_int_equal(step(&t, NULL), rows[i].want);
	}
	buf_clear(&list);
}

static void no_part_of_issues_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_issues, "jira/issues");
}

/* ---- Histories ---- */

static int keep_history(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_history_of *h = item;
	struct talk *t = arg;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s:", h->issue);
	for (size_t i = 0; i < h->history->edits.n; i++) {
		const struct jira_edit *e = &h->history->edits.items[i];

		buf_fmt(&t->got, " %s %s %s %lld", e->entry, e->field,
			e->to != NULL ? e->to : "-", (long long)e->at);
	}
	buf_str(&t->got, "\n");
	return 0;
}

static void make_histories(struct talk *t)
{
	make(t, jira_get_histories);
	t->op.key = "10124,10125";
	t->op.id = "status,customfield_10208";
	t->op.sink = keep_history;
}

#define WANTED                                                                 \
	"{\"issueIdsOrKeys\":[\"10124\",\"10125\"],"                           \
	"\"fieldIds\":[\"status\",\"customfield_10208\"],\"maxResults\":1000"

/* An issue's edits are spread over the pages; it is given once, whole. */
static void histories_are_collected(void **state)
{
	TALK t = {0};

	(void)state;
	make_histories(&t);
	asks(&t, step(&t, NULL), HTTP_POST, "/rest/api/3/changelog/bulkfetch");
	sends(&t, WANTED "}");
	assert_true(t.req.safe);
	asks(&t, step(&t, recorded(&t, "jira/histories-1")), HTTP_POST,
		"/rest/api/3/changelog/bulkfetch");
	sends(&t, WANTED ",\"nextPageToken\":\"UxAQBFRF\"}");
	assert_int_equal(t.items, 0);
	ends(&t, step(&t, recorded(&t, "jira/histories-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"10124: 10001 status 10070 1795424405"
		" 10003 customfield_10208 - 1795424465"
		" 10003 status 10072 1795424465"
		" 10004 status 10071 1795424466\n"
		"10125: 10002 status 10071 1795424406\n");
	assert_null(t.op.ret);
}

static void all_fields_are_asked_for_by_none(void **state)
{
	TALK t = {0};

	(void)state;
	make_histories(&t);
	t.op.id = NULL;
	assert_int_equal(step(&t, NULL), OP_SEND);
	sends(&t, "{\"issueIdsOrKeys\":[\"10124\",\"10125\"],"
		"\"maxResults\":1000}");
	ends(&t, step(&t, reply(&t, 200, "{\"issueChangeLogs\":[]}")),
		OP_NONE);
}

/* Times come as milliseconds, are described as texts, and shown as seconds. */
static void a_time_is_read_in_each_shape(void **state)
{
	static const struct {
		const char *to;
		int want;
	} rows[] = {
		{"1795424466", OP_DONE},
		{"1795424466999", OP_DONE},
		{"\"2026-11-23T09:01:06.000+0000\"", OP_DONE},
		{"\"2026-11-23T10:01:06.000+0100\"", OP_DONE},
		{"null", LAPSE_EPROTO},
		{"-1", LAPSE_EPROTO},
		{"1.5", LAPSE_EPROTO},
		{"true", LAPSE_EPROTO},
		{"\"1795424466\"", LAPSE_EPROTO},
		{"\"yesterday\"", LAPSE_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};
		int rc;

		make_histories(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, altered(&t, "jira/histories-2", "1795424466000",
			rows[i].to));
		if (rc != rows[i].want)
			fail_msg("%s: %d", rows[i].to, rc);
		if (rc == OP_DONE)
			assert_has(buf_text(&t.got),
				"10004 status 10071 1795424466\n");
	}
}

static void the_same_token_again_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make_histories(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "jira/histories-1")), OP_SEND);
	fails(&t, step(&t, recorded(&t, "jira/histories-1")), LAPSE_EPROTO,
		"same cursor");
	assert_int_equal(t.items, 0);
}

static void histories_altered(void **state)
{
	static const char *const alterations[][2] = {
		{"\"issueChangeLogs\":[", "\"issues\":["},
		{"\"issueId\":\"10124\",", ""},
		{"\"changeHistories\":[", "\"histories\":["},
		{"\"id\":\"10004\",", ""},
		{"\"items\":[", "\"item\":["},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};
		int rc;

		make_histories(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, altered(&t, "jira/histories-2",
			alterations[i][0], alterations[i][1]));
		if (rc != LAPSE_EPROTO)
			fail_msg("%s: %d", alterations[i][1], rc);
	}
}

static void no_part_of_histories_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_histories, "jira/histories-2");
}

/* ---- A request ---- */

static void make_request(struct talk *t)
{
	make(t, jira_create_request);
	t->op.body = "{\"serviceDeskId\":\"4\",\"requestTypeId\":\"27\","
		"\"requestFieldValues\":{\"summary\":\"a\"}}";
}

static void a_request_is_filed(void **state)
{
	TALK t = {0};

	(void)state;
	make_request(&t);
	asks(&t, step(&t, NULL), HTTP_POST, "/rest/servicedeskapi/request");
	sends(&t, t.op.body);
	ends(&t, step(&t, recorded(&t, "jira/request-created")), OP_CHANGED);
	assert_string_equal(t.op.ret_id, "10124");
	assert_string_equal(t.op.ret, "ACC-8");
	fails(&t, step(&t, reply(&t, 201, "{\"issueKey\":\"ACC-8\"}")),
		LAPSE_EPROTO, "issueId");
	fails(&t, step(&t, reply(&t, 201, "{\"issueId\":\"1\"}")),
		LAPSE_EPROTO, "issueKey");
}

static void no_part_of_a_request_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_request, "jira/request-created");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(issues_are_made),
		cmocka_unit_test(a_part_is_made),
		cmocka_unit_test(none_is_made),
		cmocka_unit_test(the_whole_is_refused),
		cmocka_unit_test(what_was_made_adds_up),
		cmocka_unit_test(a_number_twice_is_a_fault),
		cmocka_unit_test(one_to_fifty_are_made_at_once),
		cmocka_unit_test(no_part_of_made_will_do),
		cmocka_unit_test(issues_are_read),
		cmocka_unit_test(issues_with_a_property),
		cmocka_unit_test(issues_altered),
		cmocka_unit_test(no_issue_is_no_fault),
		cmocka_unit_test(at_most_so_many_are_read),
		cmocka_unit_test(no_part_of_issues_will_do),
		cmocka_unit_test(histories_are_collected),
		cmocka_unit_test(all_fields_are_asked_for_by_none),
		cmocka_unit_test(a_time_is_read_in_each_shape),
		cmocka_unit_test(the_same_token_again_is_a_fault),
		cmocka_unit_test(histories_altered),
		cmocka_unit_test(no_part_of_histories_will_do),
		cmocka_unit_test(a_request_is_filed),
		cmocka_unit_test(no_part_of_a_request_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
