/* The Jira service and its smaller operations, fed with replies. */
#include "exchange.h"
#include "jira.h"

static int keep_hit(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_hit *hit = item;
	struct talk *t = arg;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s %lld\n", hit->id, hit->key,
		(long long)hit->updated_at);
	return 0;
}

static int keep_person(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_person *p = item;
	struct talk *t = arg;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s %s\n", p->account, p->email, p->zone);
	return 0;
}

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
		.arg = t,
	};
}

/* ---- Search ---- */

static void make_search(struct talk *t)
{
	make(t, jira_search);
	t->op.key = "project = \"10042\" ORDER BY updated ASC";
	t->op.sink = keep_hit;
}

#define ASKED                                                                  \
	"{\"jql\":\"project = \\\"10042\\\" ORDER BY updated ASC\","           \
	"\"maxResults\":1000,\"fields\":[\"updated\"]"

static void a_search_follows_its_tokens(void **state)
{
	TALK t = {0};

	(void)state;
	make_search(&t);
	asks(&t, step(&t, NULL), HTTP_POST, "/rest/api/3/search/jql");
	sends(&t, ASKED "}");
	assert_true(t.req.safe);
	asks(&t, step(&t, recorded(&t, "jira/hits-1")), HTTP_POST,
		"/rest/api/3/search/jql");
	sends(&t, ASKED ",\"nextPageToken\":\"CAEaAggB\"}");
	ends(&t, step(&t, recorded(&t, "jira/hits-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got), "10123 ACC-7 1795426205\n"
		"10124 ACC-8 1795426206\n10125 ACC-9 1795426207\n");
}

static void a_search_ends_in_every_way_it_may(void **state)
{
	static const char *const last[] = {
		"{\"issues\":[]}",
		"{\"issues\":[],\"isLast\":true}",
		"{\"issues\":[],\"nextPageToken\":null}",
		"{\"issues\":[],\"nextPageToken\":\"x\",\"isLast\":false}",
		"{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":"
		"{\"updated\":\"2026-11-23T10:00:00Z\"}}],"
		"\"nextPageToken\":\"x\",\"isLast\":true}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(last); i++) {
		TALK t = {0};

		make_search(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, reply(&t, 200, last[i])), OP_DONE);
	}
}

static void a_token_that_repeats_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make_search(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "jira/hits-1")), OP_SEND);
	fails(&t, step(&t, recorded(&t, "jira/hits-1")), LAPSE_EPROTO,
		"again");
}

static void what_is_no_search_result_is_a_fault(void **state)
{
	static const char *const bodies[] = {
		"", "[]", "{}", "{\"issues\":null}", "{\"issues\":{}}",
		"{\"issues\":[{}]}", "{\"issues\":[{\"id\":\"1\"}]}",
		"{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\"}]}",
		"{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":{}}]}",
		"{\"issues\":[],\"nextPageToken\":7}",
		"{\"errorMessages\":[\"x\"]}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make_search(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		if (step(&t, reply(&t, 200, bodies[i])) != LAPSE_EPROTO)
			fail_msg("%s", bodies[i]);
		assert_int_equal(t.items, 0);
	}
	no_part_will_do(make_search, "jira/hits-1");
}

/* ---- Transitions ---- */

static void make_transition(struct talk *t, const char *to)
{
	make(t, jira_transition);
	t->op.id = to;
}

#define STATUS(id) "{\"fields\":{\"status\":{\"id\":\"" id "\"}}}"

static void a_transition_is_found_by_where_it_leads(void **state)
{
	TALK t = {0};

	(void)state;
	make_transition(&t, "10005");
	t.op.key = "10000";
	asks(&t, step(&t, NULL), HTTP_GET,
		"/rest/api/3/issue/10123?fields=status");
	asks(&t, step(&t, reply(&t, 200, STATUS("10011"))), HTTP_GET,
		"/rest/api/3/issue/10123/transitions"
		"?expand=transitions.fields");
	asks(&t, step(&t, recorded(&t, "jira/transitions")), HTTP_POST,
		"/rest/api/3/issue/10123/transitions");
	sends(&t, "{\"transition\":{\"id\":\"21\"},\"fields\":"
		"{\"resolution\":{\"id\":\"10000\"}}}");
	assert_int_equal(t.req.want, HTTP_WANT_NOTHING);
	ends(&t, step(&t, reply(&t, 204, NULL)), OP_CHANGED);
}

static void there_already(void **state)
{
	TALK t = {0};

	(void)state;
	make_transition(&t, "10011");
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, reply(&t, 200, STATUS("10011"))), OP_ALREADY);
}

static void ask_again_enters_the_same_status(void **state)
{
	TALK t = {0};

	(void)state;
	make_transition(&t, "10011");
	t.op.key = "10000";
	t.op.public = true;
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/api/3/issue/10123/"
		"transitions?expand=transitions.fields");
	asks(&t, step(&t, recorded(&t, "jira/transitions")), HTTP_POST,
		"/rest/api/3/issue/10123/transitions");
	sends(&t, "{\"transition\":{\"id\":\"31\"}}");
	ends(&t, step(&t, reply(&t, 204, NULL)), OP_CHANGED);
}

static void no_transition_leads_there(void **state)
{
	static const char *const targets[] = {"6", "77"};

	(void)state;
	for (size_t i = 0; i < COUNT(targets); i++) {
		TALK t = {0};

		make_transition(&t, targets[i]);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, reply(&t, 200, STATUS("1"))),
			OP_SEND);
		ends(&t, step(&t, recorded(&t, "jira/transitions")),
			OP_ABSENT);
	}
}

static void transitions_of_a_foreign_shape(void **state)
{
	static const char *const bodies[] = {
		"{}", "[]", "{\"transitions\":[{}]}",
		"{\"transitions\":[{\"to\":{\"id\":\"10005\"}}]}",
		"{\"transitions\":[{\"id\":\"1\",\"to\":{}}]}",
		("{\"transitions\":[{\"id\":\"1\",\"isAvailable\":\"yes\","
		"\"to\":{\"id\":\"10005\"}}]}"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make_transition(&t, "10005");
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, reply(&t, 200, STATUS("1"))),
			OP_SEND);
		assert_int_equal(step(&t, reply(&t, 200, bodies[i])),
			LAPSE_EPROTO);
	}
}

/* ---- Comments ---- */

static void a_public_comment_is_a_document(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_comment);
	t.op.body = "Access granted\nuntil noon";
	t.op.key = "lapse 42";
	t.op.public = true;
	asks(&t, step(&t, NULL), HTTP_POST,
		"/rest/api/3/issue/10123/comment");
	sends(&t, "{\"body\":{\"version\":1,\"type\":\"doc\",\"content\":["
		"{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\","
		"\"text\":\"Access granted\"},{\"type\":\"hardBreak\"},"
		"{\"type\":\"text\",\"text\":\"until noon\"}]},"
		"{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\","
		"\"text\":\"lapse 42\"}]}]}}");
	ends(&t, step(&t, reply(&t, 201, "{\"id\":\"901\"}")), OP_CHANGED);
	assert_string_equal(t.op.ret_id, "901");
}

static void an_internal_comment_goes_through_the_desk(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_comment);
	t.op.body = "see [~ann]";
	t.op.key = "lapse 42";
	asks(&t, step(&t, NULL), HTTP_POST,
		"/rest/servicedeskapi/request/10123/comment");
	sends(&t, "{\"body\":\"see \\\\[\\\\~ann\\\\]\\n\\nlapse 42\","
		"\"public\":false}");
	assert_string_equal(t.req.headers[0], "X-ExperimentalApi: opt-in");
	ends(&t, step(&t, reply(&t, 201, "{\"id\":902,\"public\":false}")),
		OP_CHANGED);
	assert_string_equal(t.op.ret_id, "902");
}

static void a_long_comment_keeps_its_marker(void **state)
{
	static const bool public[] = {true, false};

	(void)state;
	for (size_t i = 0; i < COUNT(public); i++) {
		AUTO_BUF text = {0};
		TALK t = {0};

		while (text.len < 50000)
			buf_str(&text, "\\\xc3\xa4");
		make(&t, jira_comment);
		t.op.body = buf_text(&text);
		t.op.key = "lapse 42";
		t.op.public = public[i];
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_has(buf_text(&t.req.body), "...");
		assert_has(buf_text(&t.req.body), "lapse 42\"");
		assert_true(public[i] ? t.req.body.len < 30100
				      : t.req.body.len < 65000);
	}
}

static void a_cut_comment_ends_with_no_open_escape(void **state)
{
	AUTO_BUF text = {0};
	TALK t = {0};

	(void)state;
	buf_char(&text, 'x');
	while (text.len < 40000)
		buf_char(&text, '[');
	make(&t, jira_comment);
	t.op.body = buf_text(&text);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_has(buf_text(&t.req.body), "[...");
}

static void a_comment_without_an_id_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_comment);
	t.op.body = "x";
	assert_int_equal(step(&t, NULL), OP_SEND);
	sends(&t, "{\"body\":\"x\",\"public\":false}");
	fails(&t, step(&t, reply(&t, 201, "{}")), LAPSE_EPROTO, "id");
}

static void make_find_comment(struct talk *t)
{
	make(t, jira_find_comment);
	t->op.key = "lapse 42";
	t->op.user = "bot";
}

static void our_comment_is_found_by_author_and_last_line(void **state)
{
	TALK t = {0};

	(void)state;
	make_find_comment(&t);
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/api/3/issue/10123/comment"
		"?startAt=0&maxResults=100&orderBy=-created");
	asks(&t, step(&t, recorded(&t, "jira/comments-1")), HTTP_GET,
		"/rest/api/3/issue/10123/comment"
		"?startAt=2&maxResults=100&orderBy=-created");
	ends(&t, step(&t, recorded(&t, "jira/comments-2")), OP_PRESENT);
	assert_string_equal(t.op.ret_id, "899");
}

/* Numbers of events are given out again by a ledger that was rebuilt. */
static void an_older_comment_is_not_meant(void **state)
{
	static const char page[] = "{\"startAt\":0,\"total\":1,"
		"\"comments\":[{\"id\":\"5\",\"author\":{\"accountId\":"
		"\"bot\"},\"created\":\"2026-11-23T10:00:00.000+0000\","
		"\"body\":\"lapse 42\"}]}";
	const int64_t at = 1795428000;	/* that time */

	(void)state;
	for (int late = 0; late < 2; late++) {
		TALK t = {0};

		make_find_comment(&t);
		t.op.at = at + late;
		assert_int_equal(step(&t, NULL), OP_SEND);
		ends(&t, step(&t, reply(&t, 200, page)),
			late ? OP_ABSENT : OP_PRESENT);
	}
}

#define COMMENT(body)                                                          \
	"{\"startAt\":0,\"total\":1,\"comments\":[{\"id\":\"5\",\"author\":"   \
	"{\"accountId\":\"bot\"},\"body\":" body "}]}"

static void the_marker_must_be_the_last_line(void **state)
{
	static const struct {
		const char *body;
		enum op_outcome outcome;
	} rows[] = {
		{COMMENT("\"x\\n\\nlapse 42\""), OP_PRESENT},
		{COMMENT("\"lapse 42\\n \\r\\n\""), OP_PRESENT},
		{COMMENT("\"x\\n  lapse 42\""), OP_PRESENT},
		{COMMENT("\"x lapse 42\""), OP_ABSENT},
		{COMMENT("\"lapse 42\\nx\""), OP_ABSENT},
		{COMMENT("\"lapse 4\""), OP_ABSENT},
		{COMMENT("\"\""), OP_ABSENT},
		{"{\"startAt\":0,\"total\":0,\"comments\":[]}", OP_ABSENT},
		{"{\"startAt\":0,\"total\":1,\"comments\":[{\"id\":\"5\","
		"\"author\":null,\"body\":\"lapse 421\"}]}", OP_ABSENT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		make_find_comment(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		ends(&t, step(&t, reply(&t, 200, rows[i].body)),
			rows[i].outcome);
	}
}

/* What may be ours but cannot be read proves no absence: it would be posted
 * twice. */
static void a_comment_of_an_unknown_form_is_a_fault(void **state)
{
	static const char *const rows[] = {
		COMMENT("null"), COMMENT("7"),
		("{\"startAt\":0,\"total\":1,\"comments\":[{\"id\":\"5\","
		 "\"author\":null,\"body\":\"lapse 42\"}]}"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		make_find_comment(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		fails(&t, step(&t, reply(&t, 200, rows[i])), LAPSE_EPROTO,
			"is ");
	}
}

static void absence_of_a_comment_needs_the_whole_list(void **state)
{
	static const char *const bodies[] = {
		"{}", "{\"comments\":[]}", "{\"comments\":[],\"total\":2}",
		"{\"comments\":[],\"total\":0,\"startAt\":5}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make_find_comment(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, reply(&t, 200, bodies[i])),
			LAPSE_EPROTO);
	}
	no_part_will_do(make_find_comment, "jira/comments-2");
}

/* ---- Properties ---- */

static void make_property(struct talk *t)
{
	make(t, jira_get_property);
	t->op.key = "lapse.v1";
}

static void a_property_is_compact_json(void **state)
{
	TALK t = {0};

	(void)state;
	make_property(&t);
	asks(&t, step(&t, NULL), HTTP_GET,
		"/rest/api/3/issue/10123/properties/lapse.v1");
	ends(&t, step(&t, recorded(&t, "jira/property")), OP_FOUND);
	assert_string_equal(t.op.ret, "{\"ledger\":\"l1\",\"grants\":[1,2],"
		"\"text\":\"\xc3\xa4\\n\"}");
	ends(&t, step(&t, recorded(&t, "jira/not-found")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "jira/parked")), LAPSE_EPROTO, "404");
	fails(&t, step(&t, reply(&t, 200, "{\"key\":\"lapse.v1\"}")),
		LAPSE_EPROTO, "value");
	no_part_will_do(make_property, "jira/property");
}

static void a_property_has_a_limit(void **state)
{
	AUTO_BUF body = {0};
	TALK t = {0};

	(void)state;
	make(&t, jira_put_property);
	t.op.key = "lapse.v1";
	t.op.body = "{\"a\":1}";
	asks(&t, step(&t, NULL), HTTP_PUT,
		"/rest/api/3/issue/10123/properties/lapse.v1");
	sends(&t, "{\"a\":1}");
	ends(&t, step(&t, reply(&t, 201, NULL)), OP_CHANGED);
	buf_char(&body, '"');
	while (body.len < 32767)
		buf_char(&body, 'x');
	buf_char(&body, '"');
	t.op.body = buf_text(&body);
	assert_int_equal(step(&t, NULL), OP_SEND);
	buf_char(&body, ' ');
	t.op.body = buf_text(&body);
	fails(&t, step(&t, NULL), LAPSE_EINTERNAL, "32768");
	t.op.body = "";
	fails(&t, step(&t, NULL), LAPSE_EINTERNAL, "property");
}

/* ---- People ---- */

static void a_person_by_account(void **state)
{
	const struct jira_person *p;
	TALK t = {0};

	(void)state;
	make(&t, jira_get_user);
	t.op.user = "557058:a-b";
	asks(&t, step(&t, NULL), HTTP_GET,
		"/rest/api/3/user?accountId=557058%3Aa-b");
	ends(&t, step(&t, reply(&t, 200, "{\"accountId\":\"557058:a-b\","
		"\"accountType\":\"app\",\"displayName\":\"Bot\","
		"\"active\":false,\"emailAddress\":\"\"}")), OP_FOUND);
	p = t.op.ret;
	assert_string_equal(p->account, "557058:a-b");
	assert_string_equal(p->type, "app");
	assert_null(p->email);
	assert_null(p->zone);
	assert_false(p->active);
	ends(&t, step(&t, recorded(&t, "jira/not-found")), OP_GONE);
	fails(&t, step(&t, reply(&t, 200, "{\"accountId\":\"other\","
		"\"active\":true}")), LAPSE_EPROTO, "another");
	fails(&t, step(&t, reply(&t, 200, "{}")), LAPSE_EPROTO, "accountId");
}

static void ourselves(void **state)
{
	const struct jira_person *p;
	TALK t = {0};

	(void)state;
	make(&t, jira_myself);
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/api/3/myself");
	ends(&t, step(&t, reply(&t, 200, "{\"accountId\":\"bot\",\"active\":"
		"true,\"timeZone\":\"UTC\"}")), OP_FOUND);
	p = t.op.ret;
	assert_string_equal(p->account, "bot");
	assert_true(p->active);
}

static void an_address_must_be_visible_and_equal(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_find_user);
	t.op.key = "ben@acme.com";
	t.op.sink = keep_person;
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/api/3/user/search"
		"?query=ben%40acme.com&startAt=0&maxResults=50");
	ends(&t, step(&t, recorded(&t, "jira/people")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"5b10b Ben@acme.com Europe/Berlin\n");
}

static void people_of_a_foreign_shape(void **state)
{
	static const char *const bodies[] = {"", "{}", "[{}]", "[7]",
		"{\"errorMessages\":[]}"};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make(&t, jira_find_user);
		t.op.key = "ben@acme.com";
		assert_int_equal(step(&t, NULL), OP_SEND);
		if (step(&t, reply(&t, 200, bodies[i])) != LAPSE_EPROTO)
			fail_msg("%s", bodies[i]);
	}
}

static void a_full_page_of_people_is_followed(void **state)
{
	AUTO_BUF page = {0};
	TALK t = {0};

	(void)state;
	for (int i = 0; i < 50; i++)
		buf_fmt(&page, "%c{\"accountId\":\"a%d\"}", i == 0 ? '[' : ',',
			i);
	buf_char(&page, ']');
	make(&t, jira_find_user);
	t.op.key = "ben@acme.com";
	assert_int_equal(step(&t, NULL), OP_SEND);
	asks(&t, step(&t, reply(&t, 200, buf_text(&page))), HTTP_GET,
		"/rest/api/3/user/search?query=ben%40acme.com&startAt=50"
		"&maxResults=50");
	ends(&t, step(&t, reply(&t, 200, "[]")), OP_GONE);
}

/* ---- Options ---- */

static void make_options(struct talk *t)
{
	make(t, jira_get_options);
	t->op.key = "customfield_10200";
}

static void options_of_the_global_context(void **state)
{
	const struct jira_options *o;
	TALK t = {0};

	(void)state;
	make_options(&t);
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/api/3/field/"
		"customfield_10200/context?startAt=0&maxResults=50");
	asks(&t, step(&t, recorded(&t, "jira/contexts")), HTTP_GET,
		"/rest/api/3/field/customfield_10200/context/10025/option"
		"?startAt=0&maxResults=100");
	asks(&t, step(&t, recorded(&t, "jira/options-1")), HTTP_GET,
		"/rest/api/3/field/customfield_10200/context/10025/option"
		"?startAt=2&maxResults=100");
	ends(&t, step(&t, recorded(&t, "jira/options-2")), OP_FOUND);
	o = t.op.ret;
	assert_string_equal(o->context, "10025");
	assert_int_equal(o->items.n, 3);
	assert_true(o->items.items[1].disabled);
	assert_null(o->items.items[0].parent);
	assert_string_equal(o->items.items[2].parent, "10301");
	assert_string_equal(o->items.items[2].value, "prod-admin");
}

static void contexts_of_which_one_must_be_meant(void **state)
{
	static const struct {
		const char *values;
		const char *context;
	} rows[] = {
		{"{\"id\":\"1\",\"isGlobalContext\":false}", "/1/"},
		{"{\"id\":\"1\"},{\"id\":\"2\",\"isGlobalContext\":true}",
			"/2/"},
		{"{\"id\":\"1\"},{\"id\":\"2\"}", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_BUF body = {0};
		TALK t = {0};
		int rc;

		buf_fmt(&body, "{\"isLast\":true,\"values\":[%s]}",
			rows[i].values);
		make_options(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, reply(&t, 200, buf_text(&body)));
		if (rows[i].context != NULL)
			assert_has(buf_text(&t.req.target), rows[i].context);
		else
			fails(&t, rc, LAPSE_ECONFIG, "context");
	}
	no_part_will_do(make_options, "jira/contexts");
}

static void options_are_made_and_changed(void **state)
{
	const struct jira_options *o;
	TALK t = {0};

	(void)state;
	make(&t, jira_create_options);
	t.op.key = "customfield_10200";
	t.op.id = "10025";
	t.op.body = "{\"options\":[{\"value\":\"x\",\"optionId\":\"1\"}]}";
	asks(&t, step(&t, NULL), HTTP_POST, "/rest/api/3/field/"
		"customfield_10200/context/10025/option");
	sends(&t, t.op.body);
	ends(&t, step(&t, reply(&t, 200, "{\"options\":[{\"id\":\"9\","
		"\"value\":\"x\",\"optionId\":\"1\",\"disabled\":false}]}")),
		OP_CHANGED);
	o = t.op.ret;
	assert_string_equal(o->context, "10025");
	assert_string_equal(o->items.items[0].id, "9");
	assert_string_equal(o->items.items[0].parent, "1");
	t.op.step = jira_update_options;
	asks(&t, step(&t, NULL), HTTP_PUT, "/rest/api/3/field/"
		"customfield_10200/context/10025/option");
	ends(&t, step(&t, reply(&t, 200, "{\"options\":[]}")), OP_CHANGED);
}

/* ---- Making, editing, linking ---- */

static void an_issue_is_made(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_create_issue);
	t.op.body = "{\"fields\":{}}";
	asks(&t, step(&t, NULL), HTTP_POST, "/rest/api/3/issue");
	sends(&t, "{\"fields\":{}}");
	ends(&t, step(&t, reply(&t, 201,
		"{\"id\":\"10200\",\"key\":\"ACC-20\",\"self\":\"x\"}")),
		OP_CHANGED);
	assert_string_equal(t.op.ret_id, "10200");
	assert_string_equal(t.op.ret, "ACC-20");
	fails(&t, step(&t, reply(&t, 201, "{}")), LAPSE_EPROTO, "id");
}

static void an_issue_is_edited_quietly(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_edit_issue);
	t.op.body = "{\"fields\":{\"customfield_10003\":[]}}";
	asks(&t, step(&t, NULL), HTTP_PUT,
		"/rest/api/3/issue/10123?notifyUsers=false");
	sends(&t, t.op.body);
	assert_int_equal(t.req.want, HTTP_WANT_NOTHING);
	ends(&t, step(&t, reply(&t, 204, NULL)), OP_CHANGED);
}

static void an_approval_is_answered(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_answer_approval);
	t.op.id = "60";
	t.op.key = "decline";
	asks(&t, step(&t, NULL), HTTP_POST,
		"/rest/servicedeskapi/request/10123/approval/60");
	sends(&t, "{\"decision\":\"decline\"}");
	assert_false(t.req.safe);
	ends(&t, step(&t, reply(&t, 200, "{}")), OP_CHANGED);
}

static void issues_are_linked(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_link_issues);
	t.op.id = "ACC-3";
	t.op.key = "Relates";
	asks(&t, step(&t, NULL), HTTP_POST, "/rest/api/3/issueLink");
	sends(&t, "{\"type\":{\"name\":\"Relates\"},\"inwardIssue\":"
		"{\"id\":\"10123\"},\"outwardIssue\":{\"key\":\"ACC-3\"}}");
	ends(&t, step(&t, reply(&t, 201, NULL)), OP_CHANGED);
}

/* ---- The site ---- */

static void the_server_tells_kind_and_time(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_server_info);
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/api/3/serverInfo");
	ends(&t, step(&t, reply(&t, 200, "{\"deploymentType\":\"Cloud\","
		"\"serverTime\":\"2026-11-23T10:00:00.000+0000\"}")),
		OP_FOUND);
	assert_string_equal(t.op.ret, "Cloud");
	assert_int_equal(t.op.at, 1795428000);
	fails(&t, step(&t, reply(&t, 200, "{}")), LAPSE_EPROTO,
		"deploymentType");
	t.op.arena = NULL;
	ends(&t, step(&t, reply(&t, 200, "{\"deploymentType\":\"Cloud\"}")),
		OP_FOUND);
}

static void the_cloud_id(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_cloud_id);
	asks(&t, step(&t, NULL), HTTP_GET, "/_edge/tenant_info");
	ends(&t, step(&t, reply(&t, 200, "{\"cloudId\":\"11-22\"}")),
		OP_FOUND);
	assert_string_equal(t.op.ret, "11-22");
	fails(&t, step(&t, reply(&t, 200, "{\"cloudId\":\"a/b\"}")),
		LAPSE_EPROTO, "cloudId");
}

static void permissions_that_we_lack(void **state)
{
	const struct strs *lacking;
	TALK t = {0};

	(void)state;
	make(&t, jira_permissions);
	t.op.key = "10042";
	t.op.body = "BROWSE_PROJECTS,EDIT_ISSUES,LINK_ISSUES";
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/api/3/mypermissions"
		"?projectId=10042&permissions=BROWSE_PROJECTS%2CEDIT_ISSUES"
		"%2CLINK_ISSUES");
	ends(&t, step(&t, reply(&t, 200, "{\"permissions\":{"
		"\"BROWSE_PROJECTS\":{\"havePermission\":true},"
		"\"EDIT_ISSUES\":{\"havePermission\":false}}}")), OP_FOUND);
	lacking = t.op.ret;
	assert_int_equal(lacking->n, 2);
	assert_string_equal(lacking->items[0], "EDIT_ISSUES");
	assert_string_equal(lacking->items[1], "LINK_ISSUES");
}

static void a_field_is_found_by_its_id(void **state)
{
	static const char fields[] = "[{\"id\":\"summary\",\"name\":\"Role\","
		"\"schema\":{\"type\":\"string\"}},{\"id\":\"issuekey\"},"
		"{\"id\":\"customfield_1\",\"name\":\"Role\",\"schema\":"
		"{\"type\":\"option\",\"custom\":\"a:cascadingselect\"}}]";
	TALK t = {0};

	(void)state;
	make(&t, jira_get_field);
	t.op.key = "customfield_1";
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/api/3/field");
	ends(&t, step(&t, reply(&t, 200, fields)), OP_FOUND);
	assert_string_equal(t.op.ret, "a:cascadingselect");
	t.op.key = "summary";
	ends(&t, step(&t, reply(&t, 200, fields)), OP_FOUND);
	assert_string_equal(t.op.ret, "string");
	t.op.key = "Role";
	ends(&t, step(&t, reply(&t, 200, fields)), OP_GONE);
	assert_null(t.op.ret);
}

static void statuses_of_all_issue_types(void **state)
{
	const struct strs *ids;
	TALK t = {0};

	(void)state;
	make(&t, jira_get_statuses);
	t.op.key = "10042";
	asks(&t, step(&t, NULL), HTTP_GET,
		"/rest/api/3/project/10042/statuses");
	ends(&t, step(&t, reply(&t, 200, "[{\"id\":\"1\",\"statuses\":["
		"{\"id\":\"10011\"},{\"id\":\"3\"}]},{\"id\":\"2\","
		"\"statuses\":[{\"id\":\"3\"}]}]")), OP_FOUND);
	ids = t.op.ret;
	assert_int_equal(ids->n, 2);
	assert_true(strs_has(ids, "10011") && strs_has(ids, "3"));
}

static void fields_of_a_request_type(void **state)
{
	const struct strs *ids;
	TALK t = {0};

	(void)state;
	make(&t, jira_get_request_type);
	t.op.id = "10";
	t.op.key = "25";
	asks(&t, step(&t, NULL), HTTP_GET, "/rest/servicedeskapi/servicedesk/"
		"10/requesttype/25/field?expand=hiddenFields");
	ends(&t, step(&t, reply(&t, 200, "{\"requestTypeFields\":["
		"{\"fieldId\":\"summary\"},{\"fieldId\":\"customfield_1\"}]}")),
		OP_FOUND);
	ids = t.op.ret;
	assert_int_equal(ids->n, 2);
	fails(&t, step(&t, reply(&t, 200, "{\"requestTypeFields\":[{}]}")),
		LAPSE_EPROTO, "fieldId");
}

/* ---- Judging ---- */

static const struct {
	const char *name;
	enum http_method method;
	enum verdict verdict;
	int code;
	int64_t wait_s;
	const char *says;
} judgements[] = {
	{"jira/removed", HTTP_GET, REPLY_REFUSED, LAPSE_ECONFIG, -1,
		"removed"},
	{"jira/removed", HTTP_POST, REPLY_REFUSED, LAPSE_ECONFIG, -1,
		"removed"},
	{"jira/not-found", HTTP_GET, REPLY_REFUSED, LAPSE_ENOTFOUND, -1,
		"hidden from the account"},
	{"jira/not-found", HTTP_POST, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"Issue does not exist"},
	{"jira/field-error", HTTP_PUT, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"customfield_10003: Field"},
	{"jira/desk-error", HTTP_GET, REPLY_REFUSED, LAPSE_EAUTH, -1,
		"agent licence"},
	{"jira/desk-error", HTTP_POST, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"see this request"},
	{"jira/scope", HTTP_GET, REPLY_RENEW_TOKEN, LAPSE_EAUTH, -1,
		"scoped token needs cloud-id"},
	{"jira/rate", HTTP_GET, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, 7, "rate"},
	{"jira/rate-reset", HTTP_PUT, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, 121,
		"rate"},
	{"jira/conflict", HTTP_PUT, REPLY_AGAIN_AFTER, LAPSE_EITEM, -1,
		"another update"},
	{"jira/parked", HTTP_GET, REPLY_BROKEN, LAPSE_EPROTO, -1,
		"not an answer of Jira"},
};

static void replies_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(judgements); i++) {
		TALK t = {0};
		int64_t wait_s;

		make(&t, jira_myself);
		recorded(&t, judgements[i].name);
		assert_int_equal(judged(&t, judgements[i].method, &wait_s),
			judgements[i].verdict);
		if (t.err.code != judgements[i].code)
			fail_msg("%s: %d", judgements[i].name, t.err.code);
		assert_int_equal(wait_s, judgements[i].wait_s);
		assert_has(t.err.text, judgements[i].says);
	}
}

static const struct {
	int status;
	const char *body;
	enum verdict verdict;
} bodies[] = {
	{401, "<html>", REPLY_RENEW_TOKEN},
	{401, "Client must be authenticated", REPLY_RENEW_TOKEN},
	{403, "<html>", REPLY_BROKEN},
	{403, "{}", REPLY_REFUSED},
	{400, "[]", REPLY_BROKEN},
	{405, "{}", REPLY_REFUSED},
	{412, "{}", REPLY_REFUSED},
	{413, "{}", REPLY_REFUSED},
	{422, "{}", REPLY_REFUSED},
	{408, "", REPLY_UNCERTAIN},
	{429, "", REPLY_AGAIN_AFTER},
	{500, "", REPLY_UNCERTAIN},
	{502, "<html>", REPLY_UNCERTAIN},
	{503, "", REPLY_UNCERTAIN},
	{302, "", REPLY_BROKEN},
};

static void bodies_that_say_nothing_are_judged_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make(&t, jira_myself);
		reply(&t, bodies[i].status, bodies[i].body);
		if (judged(&t, HTTP_POST, NULL) != bodies[i].verdict)
			fail_msg("%d %s", bodies[i].status, bodies[i].body);
	}
}

static void a_hostile_message_stays_on_one_line(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, jira_myself);
	reply(&t, 400, "{\"errorMessages\":[7,\"a\\u001b[2Jb\\n\"],"
		"\"errors\":{\"k\\n\":\"v\",\"n\":{}}}");
	assert_int_equal(judged(&t, HTTP_POST, NULL), REPLY_REFUSED);
	assert_null(strpbrk(t.err.text, "\033\n"));
	assert_has(t.err.text, "v");
}

/* ---- Configuration ---- */

static void a_classic_token_goes_to_the_site(void **state)
{
	const struct jira_config config = {
		.url = "https://acme.atlassian.net/",
		.email = "bot@acme.com",
		.token = "env:T",
		.next_token = "env:N",
	};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(jira_configure(&config, &t.arena, &t.r, &auth,
		&t.err), 0);
	assert_string_equal(t.r.base, "https://acme.atlassian.net");
	assert_string_equal(t.r.site, "https://acme.atlassian.net");
	assert_ptr_equal(t.r.service, &jira_service);
	assert_int_equal(auth.scheme, AUTH_BASIC);
	assert_string_equal(auth.user, "bot@acme.com");
	assert_string_equal(auth.secret, "env:T");
	assert_string_equal(auth.next_secret, "env:N");
}

static void a_scoped_token_goes_to_the_gateway(void **state)
{
	const struct jira_config config = {
		.url = "acme.atlassian.net",
		.email = "bot@serviceaccount.atlassian.com",
		.token = "env:T",
		.cloud_id = "11-22",
	};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(jira_configure(&config, &t.arena, &t.r, &auth,
		&t.err), 0);
	assert_string_equal(t.r.base,
		"https://api.atlassian.com/ex/jira/11-22");
	assert_string_equal(t.r.site, "https://acme.atlassian.net");
	recorded(&t, "jira/scope");
	t.r.name = "jira";
	assert_int_equal(judged(&t, HTTP_GET, NULL), REPLY_RENEW_TOKEN);
	assert_has(t.err.text, "token's scopes");
}

static void without_an_address_it_is_a_bearer(void **state)
{
	const struct jira_config config = {
		.url = "http://127.0.0.1:8080",
		.token = "env:T",
		.cloud_id = "11-22",
		.gateway = "http://127.0.0.1:8081/ex/jira/",
	};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(jira_configure(&config, &t.arena, &t.r, &auth,
		&t.err), 0);
	assert_string_equal(t.r.base, "http://127.0.0.1:8081/ex/jira/11-22");
	assert_int_equal(auth.scheme, AUTH_HEADER);
	assert_string_equal(auth.prefix, "Bearer");
	assert_null(auth.user);
}

static void a_configuration_must_be_whole(void **state)
{
	static const struct {
		struct jira_config config;
		const char *says;
	} rows[] = {
		{{.token = "env:T"}, "url"},
		{{.url = "", .token = "env:T"}, "url"},
		{{.url = "https://a.atlassian.net"}, "token"},
		{{.url = "https://a.atlassian.net", .token = "env:T",
			.cloud_id = "a/../b"}, "cloud-id"},
		{{.url = "https://a.atlassian.net", .token = "env:T",
			.email = "b@serviceaccount.atlassian.com"}, "scoped"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct auth_config auth;
		TALK t = {0};

		fails(&t, jira_configure(&rows[i].config, &t.arena, &t.r,
			&auth, &t.err), LAPSE_ECONFIG, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_search_follows_its_tokens),
		cmocka_unit_test(a_search_ends_in_every_way_it_may),
		cmocka_unit_test(a_token_that_repeats_is_a_fault),
		cmocka_unit_test(what_is_no_search_result_is_a_fault),
		cmocka_unit_test(a_transition_is_found_by_where_it_leads),
		cmocka_unit_test(there_already),
		cmocka_unit_test(ask_again_enters_the_same_status),
		cmocka_unit_test(no_transition_leads_there),
		cmocka_unit_test(transitions_of_a_foreign_shape),
		cmocka_unit_test(a_public_comment_is_a_document),
		cmocka_unit_test(an_internal_comment_goes_through_the_desk),
		cmocka_unit_test(a_long_comment_keeps_its_marker),
		cmocka_unit_test(a_cut_comment_ends_with_no_open_escape),
		cmocka_unit_test(a_comment_without_an_id_is_a_fault),
		cmocka_unit_test(our_comment_is_found_by_author_and_last_line),
		cmocka_unit_test(an_older_comment_is_not_meant),
		cmocka_unit_test(the_marker_must_be_the_last_line),
		cmocka_unit_test(a_comment_of_an_unknown_form_is_a_fault),
		cmocka_unit_test(absence_of_a_comment_needs_the_whole_list),
		cmocka_unit_test(a_property_is_compact_json),
		cmocka_unit_test(a_property_has_a_limit),
		cmocka_unit_test(a_person_by_account),
		cmocka_unit_test(ourselves),
		cmocka_unit_test(an_address_must_be_visible_and_equal),
		cmocka_unit_test(people_of_a_foreign_shape),
		cmocka_unit_test(a_full_page_of_people_is_followed),
		cmocka_unit_test(options_of_the_global_context),
		cmocka_unit_test(contexts_of_which_one_must_be_meant),
		cmocka_unit_test(options_are_made_and_changed),
		cmocka_unit_test(an_issue_is_made),
		cmocka_unit_test(an_issue_is_edited_quietly),
		cmocka_unit_test(an_approval_is_answered),
		cmocka_unit_test(issues_are_linked),
		cmocka_unit_test(the_server_tells_kind_and_time),
		cmocka_unit_test(the_cloud_id),
		cmocka_unit_test(permissions_that_we_lack),
		cmocka_unit_test(a_field_is_found_by_its_id),
		cmocka_unit_test(statuses_of_all_issue_types),
		cmocka_unit_test(fields_of_a_request_type),
		cmocka_unit_test(replies_are_judged),
		cmocka_unit_test(bodies_that_say_nothing_are_judged_too),
		cmocka_unit_test(a_hostile_message_stays_on_one_line),
		cmocka_unit_test(a_classic_token_goes_to_the_site),
		cmocka_unit_test(a_scoped_token_goes_to_the_gateway),
		cmocka_unit_test(without_an_address_it_is_a_bearer),
		cmocka_unit_test(a_configuration_must_be_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
