/* Reading an issue, its history and its approvals. */
#include "exchange.h"
#include "jira.h"

static const struct jira_form form = {
	.role = "customfield_10200",
	.whom = "customfield_10201",
	.how_long = "customfield_10202",
	.from_when = "customfield_10203",
	.why = "description",
	.approvers = "customfield_10003",
	.request_type = "customfield_10010",
};

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
		.issue = "10123",
		.arena = &t->arena,
	};
	jira_op_form(&t->op, &form);
}

/* ---- The issue ---- */

static void make_issue(struct talk *t)
{
	make(t, jira_get_issue);
}

static void everything_is_read(void **state)
{
	const struct jira_issue *i;
	TALK t = {0};

	(void)state;
	make_issue(&t);
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/api/3/issue/10123?fields="
		"summary%2Cstatus%2Cresolution%2Cproject%2Cissuetype%2Cparent"
		"%2Creporter%2Ccreator%2Cassignee%2Ccreated%2Cupdated%2C"
		"issuelinks%2Csubtasks%2Ccustomfield_10200%2Ccustomfield_10201"
		"%2Ccustomfield_10202%2Ccustomfield_10203%2Cdescription%2C"
		"customfield_10003%2Ccustomfield_10010"
		"&properties=request.channel.type");
	assert_int_equal(t.req.expect[0], 404);
	ends(&t, step(&t, recorded(&t, "jira/issue")), OP_FOUND);
	i = t.op.ret;
	assert_string_equal(i->id, "10123");
	assert_string_equal(i->key, "ACC-7");
	assert_string_equal(i->project, "10042");
	assert_string_equal(i->type, "10004");
	assert_string_equal(i->request_type, "25");
	assert_string_equal(i->channel, "portal");
	assert_string_equal(i->summary, "Access to GitHub");
	assert_string_equal(i->status, "10011");
	assert_string_equal(i->status_name, "Waiting for approval");
	assert_string_equal(i->status_category, "indeterminate");
	assert_null(i->resolution);
	assert_null(i->parent);
	assert_int_equal(i->created_at, 1795424400);
	assert_int_equal(i->updated_at, 1795426205);
}

/* A property that is asked for comes with the issue; another one, or none,
 * does not look like it. */
static void a_property_comes_along(void **state)
{
	static const struct {
		const char *key;
		const char *is;
	} cases[] = {
		{"request.channel.type", "{\"value\":\"portal\"}"},
		{"lapse.v1", NULL},
		{NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct jira_issue *is;
		TALK t = {0};

		make_issue(&t);
		t.op.id = cases[i].key;
		assert_int_equal(step(&t, NULL), OP_SEND);
		if (cases[i].key != NULL)
			assert_non_null(strstr(buf_text(&t.req.target),
				cases[i].key));
		ends(&t, step(&t, recorded(&t, "jira/issue")), OP_FOUND);
		is = t.op.ret;
		if (cases[i].is == NULL)
			assert_null(is->property);
		else
			assert_string_equal(is->property, cases[i].is);
	}
}

static void people_are_read(void **state)
{
	const struct jira_issue *i;
	TALK t = {0};

	(void)state;
	make_issue(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "jira/issue")), OP_FOUND);
	i = t.op.ret;
	assert_string_equal(i->reporter.account, "5b10a");
	assert_string_equal(i->reporter.email, "ben@acme.com");
	assert_string_equal(i->reporter.zone, "Europe/Berlin");
	assert_true(i->reporter.active);
	assert_string_equal(i->creator.account, "qm:7a:1");
	assert_string_equal(i->creator.type, "customer");
	assert_null(i->creator.email);
	assert_null(i->assignee.account);
	assert_null(i->whom.account);
	assert_int_equal(i->approvers.n, 2);
	assert_string_equal(i->approvers.items[1].account, "5b10c");
	assert_false(i->approvers.items[1].active);
}

static void inputs_are_read(void **state)
{
	const struct jira_issue *i;
	TALK t = {0};

	(void)state;
	make_issue(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "jira/issue")), OP_FOUND);
	i = t.op.ret;
	assert_int_equal(i->roles.n, 1);
	assert_string_equal(i->roles.items[0].parent_id, "10301");
	assert_string_equal(i->roles.items[0].parent, "GitHub");
	assert_string_equal(i->roles.items[0].id, "10302");
	assert_string_equal(i->roles.items[0].value, "prod-admin");
	assert_string_equal(i->how_long, "1h");
	assert_int_equal(i->from_when, 1795503600);
	assert_string_equal(i->why, "deploy the fix\nnow");
	assert_int_equal(i->links.n, 1);
	assert_string_equal(i->links.items[0].issue_id, "10100");
	assert_string_equal(i->links.items[0].issue_key, "ACC-3");
	assert_string_equal(i->links.items[0].type, "10003");
	assert_string_equal(i->links.items[0].type_name, "Relates");
	assert_int_equal(i->subtasks.n, 1);
	assert_string_equal(i->subtasks.items[0].id, "10124");
	assert_string_equal(i->subtasks.items[0].status, "3");
}

#define ROLE                                                                   \
	"{\"self\":\"x\",\"value\":\"GitHub\",\"id\":\"10301\",\"child\":"     \
	"{\"self\":\"x\",\"value\":\"prod-admin\",\"id\":\"10302\"}}"

/* One reply altered, and what is then read of the inputs. */
static const struct {
	const char *from;
	const char *to;
	int want;
	const char *got;	/* roles|whom|how long|why|request type */
} rows[] = {
	{ROLE, "null", OP_DONE, "|-|1h|deploy the fix\nnow|25"},
	{ROLE, "[{\"id\":\"1\",\"value\":\"a\"},"
		"{\"id\":\"2\",\"value\":\"b\"}]",
		OP_DONE, "-/1 -/2 |-|1h|deploy the fix\nnow|25"},
	{ROLE, "{\"id\":\"1\",\"value\":\"a\"}", OP_DONE, "-/1 |-|1h|"},
	{ROLE, "{\"id\":\"1\",\"value\":\"a\",\"child\":null}", OP_DONE,
		"-/1 |-|1h|"},
	{ROLE, "\"prod\"", LAPSE_EPROTO, NULL},
	{ROLE, "[\"prod\"]", LAPSE_EPROTO, NULL},
	{ROLE, "{\"value\":\"a\"}", LAPSE_EPROTO, NULL},
	{ROLE, "{\"id\":\"1\"}", LAPSE_EPROTO, NULL},
	{ROLE, "{\"id\":\"1\",\"value\":\"a\",\"child\":{\"id\":\"2\"}}",
		LAPSE_EPROTO, NULL},
	{ROLE, "{\"id\":\"a b\",\"value\":\"a\"}", LAPSE_EPROTO, NULL},
	{"\"customfield_10201\":null", "\"customfield_10201\":{\"accountId\":"
		"\"5b1\"}", OP_DONE, "10301/10302 |5b1|1h|"},
	{"\"customfield_10201\":null", "\"customfield_10201\":[{\"accountId\":"
		"\"5b1\"}]", OP_DONE, "10301/10302 |5b1|1h|"},
	{"\"customfield_10201\":null", "\"customfield_10201\":[]", OP_DONE,
		"10301/10302 |-|1h|"},
	{"\"customfield_10201\":null", "\"customfield_10201\":[{\"accountId\":"
		"\"5b1\"},{\"accountId\":\"5b2\"}]", LAPSE_EPROTO, NULL},
	{"\"customfield_10201\":null", "\"customfield_10201\":{\"name\":\"x\"}",
		LAPSE_EPROTO, NULL},
	{"\"customfield_10201\":null", "\"customfield_10201\":\"ann\"",
		LAPSE_EPROTO, NULL},
	{"\"customfield_10202\":\"1h\"", "\"customfield_10202\":{\"id\":\"7\","
		"\"value\":\" 8h \"}", OP_DONE, "10301/10302 |-|8h|"},
	{"\"customfield_10202\":\"1h\"", "\"customfield_10202\":null", OP_DONE,
		"10301/10302 |-|-|"},
	{"\"customfield_10202\":\"1h\"", "\"customfield_10202\":\"  \"",
		OP_DONE, "10301/10302 |-|-|"},
	{"\"customfield_10202\":\"1h\"", "\"customfield_10202\":8", OP_DONE,
		"10301/10302 |-|8|"},
	{"\"customfield_10202\":\"1h\"", "\"customfield_10202\":"
		"\"2026-11-24T08:00:00.000+0000\"", OP_DONE,
		"|-|2026-11-24T08:00:00.000+0000|"},
	{"\"2026-11-24T08:00:00.000+0100\"", "\"2026-11-24\"", LAPSE_EPROTO,
		NULL},
	{"\"description\":{", "\"description\":\"plain\",\"x\":{", OP_DONE,
		"|1h|plain|25"},
	{"\"description\":{", "\"x\":{", OP_DONE, "|1h|-|25"},
	{"{\"requestType\":{\"id\":\"25\"", "{\"requestType\":{\"id\":25",
		OP_DONE, "|25"},
	{"{\"requestType\":{\"id\":\"25\"", "{\"requestType\":{\"no\":\"25\"",
		LAPSE_EPROTO, NULL},
	{"\"customfield_10010\":{", "\"customfield_10010\":null,\"y\":{",
		OP_DONE, "now|-"},
	{"\"customfield_10010\":{", "\"customfield_10010\":\"acc/25\",\"y\":{",
		LAPSE_EPROTO, NULL},
	{"\"customfield_10003\":[", "\"customfield_10003\":[null,",
		LAPSE_EPROTO, NULL},
	{"{\"value\":\"portal\"}", "[\"portal\"]", OP_DONE,
		"10301/10302 |"},
	{"\"value\":\"portal\"", "\"value\":7", OP_DONE,
		"10301/10302 |"},
	{"\"id\":\"10123\"", "\"id\":\"10124\"", LAPSE_EPROTO, NULL},
	{"\"id\":\"10123\"", "\"id\":10123", OP_DONE, "10301/10302 |"},
	{"\"id\":\"10123\"", "\"id\":true", LAPSE_EPROTO, NULL},
	{"\"key\":\"ACC-7\",", "", LAPSE_EPROTO, NULL},
	{"\"fields\":{", "\"fields\":null,\"f\":{", LAPSE_EPROTO, NULL},
	{"\"id\":\"10011\",", "", LAPSE_EPROTO, NULL},
	{"\"statusCategory\":{", "\"s\":{", LAPSE_EPROTO, NULL},
	{"\"project\":{\"id\":\"10042\",", "\"project\":{", LAPSE_EPROTO,
		NULL},
	{"\"issuetype\":{", "\"i\":{", LAPSE_EPROTO, NULL},
	{"\"created\":\"2026-11-23T09:00:00.000+0000\",", "", LAPSE_EPROTO,
		NULL},
	{"2026-11-23T10:30:05.123+0100", "2026-11-23T10:30:05.123",
		LAPSE_EPROTO, NULL},
	{"\"accountId\":\"5b10a\",", "", LAPSE_EPROTO, NULL},
	{"\"active\":true", "\"active\":\"true\"", LAPSE_EPROTO, NULL},
	{"\"reporter\":{", "\"reporter\":null,\"z\":{", OP_DONE,
		"10301/10302 |"},
	{"\"outwardIssue\":{", "\"sidewardIssue\":{", LAPSE_EPROTO, NULL},
	{"\"status\":{\"id\":\"3\"", "\"status\":{\"no\":\"3\"", LAPSE_EPROTO,
		NULL},
};

static void show(const struct jira_issue *i, struct buf *out)
{
	for (size_t n = 0; n < i->roles.n; n++)
		buf_fmt(out, "%s/%s ", i->roles.items[n].parent_id != NULL
			? i->roles.items[n].parent_id : "-",
			i->roles.items[n].id);
	buf_fmt(out, "|%s|%s|%s|%s",
		i->whom.account != NULL ? i->whom.account : "-",
		i->how_long != NULL ? i->how_long : "-",
		i->why != NULL ? i->why : "-",
		i->request_type != NULL ? i->request_type : "-");
}

static void an_issue_altered(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_BUF got = {0};
		TALK t = {0};
		int rc;

		make_issue(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, altered(&t, "jira/issue", rows[i].from,
			rows[i].to));
		if (rc != rows[i].want)
			fail_msg("%s: %d: %s", rows[i].to, rc, t.err.text);
		if (rows[i].got == NULL) {
			assert_null(t.op.ret);
			assert_has(t.err.text, "10123: jira: ");
			continue;
		}
		show(t.op.ret, &got);
		assert_has(buf_text(&got), rows[i].got);
	}
}

static void no_part_of_an_issue_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_issue, "jira/issue");
}

static void an_issue_is_gone_by_jiras_word_only(void **state)
{
	TALK t = {0};

	(void)state;
	make_issue(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "jira/not-found")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "jira/parked")), LAPSE_EPROTO,
		"not from Jira");
	fails(&t, step(&t, reply(&t, 404, "{\"message\":\"no route\"}")),
		LAPSE_EPROTO, "not from Jira");
}

static void a_moved_issue_keeps_its_id(void **state)
{
	TALK t = {0};

	(void)state;
	make_issue(&t);
	t.op.issue = "OLD-1";
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "jira/issue")), OP_FOUND);
}

static void a_form_may_have_no_fields(void **state)
{
	static const struct jira_form none;
	const struct jira_issue *i;
	TALK t = {0};

	(void)state;
	make_issue(&t);
	jira_op_form(&t.op, &none);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_has_not(buf_text(&t.req.target), "customfield");
	ends(&t, step(&t, recorded(&t, "jira/issue")), OP_FOUND);
	i = t.op.ret;
	assert_null(i->how_long);
	assert_null(i->request_type);
	assert_int_equal(i->roles.n, 0);
	assert_true(i->from_when == WHEN_NONE);
}

static void without_an_arena_nothing_is_read(void **state)
{
	TALK t = {0};

	(void)state;
	make_issue(&t);
	t.op.arena = NULL;
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "jira/issue")), LAPSE_EINTERNAL,
		"arena");
}

/* ---- History ---- */

static void make_history(struct talk *t)
{
	make(t, jira_get_history);
}

static void history_is_complete(void **state)
{
	const struct jira_history *h;
	TALK t = {0};

	(void)state;
	make_history(&t);
	asks(&t, step(&t, NULL), HTTP_GET,
		"/rest/api/3/issue/10123/changelog?startAt=0&maxResults=100");
	asks(&t, step(&t, recorded(&t, "jira/history-1")), HTTP_GET,
		"/rest/api/3/issue/10123/changelog?startAt=2&maxResults=100");
	ends(&t, step(&t, recorded(&t, "jira/history-2")), OP_FOUND);
	h = t.op.ret;
	assert_int_equal(h->edits.n, 4);
	assert_string_equal(h->edits.items[0].field, "description");
	assert_null(h->edits.items[0].from);
	assert_string_equal(h->edits.items[1].entry, "10001");
	assert_string_equal(h->edits.items[1].author, "5b10a");
	assert_string_equal(h->edits.items[1].author_type, "atlassian");
	assert_string_equal(h->edits.items[1].from, "1");
	assert_string_equal(h->edits.items[1].to, "10011");
	assert_string_equal(h->edits.items[2].field, "Link");
	assert_null(h->edits.items[2].author);
	assert_string_equal(h->edits.items[3].field, "customfield_10200");
	assert_int_equal(h->edits.items[3].at, 1795424525);
}

static void history_is_put_in_order(void **state)
{
	const struct jira_history *h;
	TALK t = {0};

	(void)state;
	make_history(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, reply(&t, 200, "{\"startAt\":0,\"isLast\":true,"
		"\"values\":[{\"id\":\"2\",\"created\":"
		"\"2026-11-23T09:00:00Z\","
		"\"items\":[{\"field\":\"b\"}]},{\"id\":\"1\",\"created\":"
		"\"2026-11-22T09:00:00Z\",\"items\":[{\"field\":\"a\"},"
		"{\"field\":\"c\"}]}]}")), OP_FOUND);
	h = t.op.ret;
	assert_string_equal(h->edits.items[0].field, "a");
	assert_string_equal(h->edits.items[1].field, "c");
	assert_string_equal(h->edits.items[2].field, "b");
}

static void history_that_does_not_advance(void **state)
{
	static const char *const pages[] = {
		"{}", "{\"values\":[]}", "{\"values\":{},\"isLast\":true}",
		"{\"values\":[],\"isLast\":false}",
		"{\"values\":[],\"total\":3}",
		"{\"values\":[],\"isLast\":true,\"startAt\":7}",
		"{\"values\":[{}],\"isLast\":true}",
		("{\"values\":[{\"id\":\"1\",\"created\":"
		"\"2026-11-23T09:00:00Z\"}],\"isLast\":true}"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		TALK t = {0};

		make_history(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, reply(&t, 200, pages[i])),
			LAPSE_EPROTO);
	}
}

/* Source: reports of a startAt that was ignored, the same page for ever. */
static void the_same_page_again_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make_history(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "jira/history-1")), OP_SEND);
	fails(&t, step(&t, recorded(&t, "jira/history-1")), LAPSE_EPROTO,
		"startAt");
}

static void no_part_of_a_history_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_history, "jira/history-2");
}

/* ---- Approvals ---- */

static void make_approvals(struct talk *t)
{
	make(t, jira_get_approvals);
}

static void approvals_newest_first(void **state)
{
	const struct jira_approvals *all;
	TALK t = {0};

	(void)state;
	make_approvals(&t);
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/servicedeskapi/request/"
		"10123/approval?start=0&limit=50");
	assert_string_equal(t.req.headers[0], "X-ExperimentalApi: opt-in");
	ends(&t, step(&t, recorded(&t, "jira/approvals")), OP_FOUND);
	all = t.op.ret;
	assert_int_equal(all->items.n, 2);
	assert_string_equal(all->items.items[0].id, "61");
	assert_true(all->items.items[0].completed_at == WHEN_NONE);
	assert_int_equal(all->items.items[0].final, JIRA_PENDING);
	assert_int_equal(all->items.items[0].answers.n, 2);
	assert_int_equal(all->items.items[0].answers.items[0].decision,
		JIRA_APPROVED);
	assert_string_equal(all->items.items[0].answers.items[1].who.account,
		"5b10c");
	assert_int_equal(all->items.items[0].answers.items[1].decision,
		JIRA_PENDING);
	assert_string_equal(all->items.items[1].id, "60");
	assert_int_equal(all->items.items[1].final, JIRA_DECLINED);
	assert_int_equal(all->items.items[1].created_at, 1795428000);
	assert_int_equal(all->items.items[1].completed_at, 1795428060);
	assert_string_equal(all->items.items[1].answers.items[0].who.email,
		"dana@acme.com");
}

static void approvals_altered(void **state)
{
	static const char *const alterations[][2] = {
		{"\"isLastPage\":true", "\"isLastPage\":null"},
		{"\"isLastPage\":true", "\"isLastPage\":\"true\""},
		{"\"start\":0", "\"start\":50"},
		{"\"values\":[", "\"items\":["},
		{"\"finalDecision\":\"declined\"",
			"\"finalDecision\":\"DECLINED\""},
		{"\"finalDecision\":\"declined\",", ""},
		{"\"approverDecision\":\"approved\"", "\"approverDecision\":1"},
		{"\"approverDecision\":\"approved\"",
			"\"approverDecision\":\"approved \""},
		{"\"accountId\":\"5b10c\",", ""},
		{"\"approvers\":[", "\"approver\":["},
		{"\"approver\":{", "\"x\":{"},
		{"\"epochMillis\":1795428120000", "\"epochMillis\":\"now\""},
		{"\"createdDate\":", "\"cd\":"},
		{"\"id\":\"61\",", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};
		int rc;

		make_approvals(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, altered(&t, "jira/approvals", alterations[i][0],
			alterations[i][1]));
		if (rc != LAPSE_EPROTO)
			fail_msg("%s: %d", alterations[i][1], rc);
	}
}

static void approvals_go_on_where_the_page_ended(void **state)
{
	TALK t = {0};

	(void)state;
	make_approvals(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	asks(&t, step(&t, altered(&t, "jira/approvals", "\"isLastPage\":true",
		"\"isLastPage\":false")), HTTP_GET, "/rest/servicedeskapi/"
		"request/10123/approval?start=2&limit=50");
	ends(&t, step(&t, reply(&t, 200, "{\"start\":2,\"isLastPage\":true,"
		"\"values\":[]}")), OP_FOUND);
	fails(&t, step(&t, reply(&t, 200, "{\"start\":2,\"isLastPage\":false,"
		"\"values\":[]}")), LAPSE_EPROTO, "empty");
}

static void no_part_of_approvals_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_approvals, "jira/approvals");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(a_property_comes_along),
		cmocka_unit_test(people_are_read),
		cmocka_unit_test(inputs_are_read),
		cmocka_unit_test(an_issue_altered),
		cmocka_unit_test(no_part_of_an_issue_will_do),
		cmocka_unit_test(an_issue_is_gone_by_jiras_word_only),
		cmocka_unit_test(a_moved_issue_keeps_its_id),
		cmocka_unit_test(a_form_may_have_no_fields),
		cmocka_unit_test(without_an_arena_nothing_is_read),
		cmocka_unit_test(history_is_complete),
		cmocka_unit_test(history_is_put_in_order),
		cmocka_unit_test(history_that_does_not_advance),
		cmocka_unit_test(the_same_page_again_is_a_fault),
		cmocka_unit_test(no_part_of_a_history_will_do),
		cmocka_unit_test(approvals_newest_first),
		cmocka_unit_test(approvals_altered),
		cmocka_unit_test(approvals_go_on_where_the_page_ended),
		cmocka_unit_test(no_part_of_approvals_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
