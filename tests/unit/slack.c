/* The Slack service and its operations, fed with replies. */
#include "exchange.h"
#include "slack.h"

static void make(struct talk *t, op_step *s)
{
	t->r = (struct remote){
		.name = "slack",
		.base = "https://slack.com/api",
		.service = &slack_service,
	};
	t->op = (struct op){
		.step = s,
		.name = "test",
		.group = "D0DANA000",
		.arena = &t->arena,
		.arg = t,
	};
}

/* ---- Posting ---- */

static void make_post(struct talk *t)
{
	make(t, slack_post);
	t->op.body = "<https://x|ACC-7>";
	t->op.key = "cafe-1";
}

static void a_post_names_its_mark_and_keeps_its_place(void **state)
{
	TALK t = {0};

	(void)state;
	make_post(&t);
	asks(&t, step(&t, NULL), HTTP_POST, "/chat.postMessage");
	sends(&t, "{\"channel\":\"D0DANA000\",\"text\":\"<https://x|ACC-7>\","
		"\"unfurl_links\":false,\"unfurl_media\":false,"
		"\"metadata\":{\"event_type\":\"lapse_message\","
		"\"event_payload\":{\"id\":\"cafe-1\"}}}");
	assert_string_equal(t.req.content_type,
		"application/json; charset=utf-8");
	assert_false(t.req.safe);
	ends(&t, step(&t, recorded(&t, "slack/posted")), OP_CHANGED);
	assert_string_equal(t.op.ret_id, "1795426205.000247");
	assert_string_equal(t.op.ret, "D0DANA000");
}

static void a_post_into_a_thread(void **state)
{
	TALK t = {0};

	(void)state;
	make_post(&t);
	t.op.id = "1795426205.000247";
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_has(buf_text(&t.req.body),
		"\"thread_ts\":\"1795426205.000247\"");
}

static void a_ts_that_is_none_is_a_fault(void **state)
{
	static const char *const bodies[] = {
		"{\"ok\":true,\"channel\":\"D1\",\"ts\":1795426205.000247}",
		"{\"ok\":true,\"channel\":\"D1\",\"ts\":\"now\"}",
		"{\"ok\":true,\"channel\":\"D1\"}",
		"{\"ok\":true,\"ts\":\"1.2\"}", "{\"ok\":\"true\"}", "{}",
		"[]", "", "{\"ok\":false}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make_post(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		if (step(&t, reply(&t, 200, bodies[i])) != LAPSE_EPROTO)
			fail_msg("%s", bodies[i]);
	}
	no_part_will_do(make_post, "slack/posted");
}

/* ---- Finding our own ---- */

static void make_find(struct talk *t)
{
	make(t, slack_find_post);
	t->op.key = "cafe-1";
	t->op.user = "U0LAPSE00";
	t->op.at = 1795426000;
}

#define LOOKS                                                                  \
	"/conversations.history?channel=D0DANA000&oldest=1795426000"           \
	"&limit=200&include_all_metadata=true"

static void our_own_is_found_on_a_later_page(void **state)
{
	TALK t = {0};

	(void)state;
	make_find(&t);
	asks(&t, step(&t, NULL), HTTP_GET, LOOKS);
	asks(&t, step(&t, recorded(&t, "slack/history-1")), HTTP_GET,
		LOOKS "&cursor=bmV4dF90czoxNTEyMDg1ODYxMDAwNTQz");
	ends(&t, step(&t, recorded(&t, "slack/history-2")), OP_PRESENT);
	assert_string_equal(t.op.ret_id, "1795426205.000247");
}

static void another_s_mark_is_not_ours(void **state)
{
	TALK t = {0};

	(void)state;
	make_find(&t);
	t.op.user = "U0OTHER00";
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "slack/history-2")), OP_ABSENT);
}

static void a_list_that_is_cut_proves_nothing(void **state)
{
	TALK t = {0};

	(void)state;
	make_find(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, reply(&t, 200, "{\"ok\":true,\"messages\":[],"
		"\"has_more\":true}")), LAPSE_EPROTO, "next_cursor");
	no_part_will_do(make_find, "slack/history-2");
}

/* ---- Reading ---- */

static int keep_message(void *arg, const void *item, struct lapse_err *err)
{
	const struct slack_message *m = item;
	struct talk *t = arg;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s %s%s%s\n", m->ts, m->user, m->text,
		m->edited ? " edited" : "", m->bot != NULL ? " bot" : "");
	return 0;
}

static void a_channel_is_read_to_its_end(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, slack_history);
	t.op.sink = keep_message;
	t.op.key = "1795426204.000000";
	asks(&t, step(&t, NULL), HTTP_GET, "/conversations.history"
		"?channel=D0DANA000&oldest=1795426204.000000&limit=200"
		"&include_all_metadata=true");
	assert_int_equal(step(&t, recorded(&t, "slack/history-1")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "slack/history-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"1795426300.000100 U0DANA000 approve edited\n"
		"1795426206.000247 U0LAPSE00 two bot\n"
		"1795426205.000247 U0LAPSE00 one bot\n");
}

/* Whoever may write in a channel may write these; the others are read. */
static void half_a_character_spoils_nothing(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, slack_history);
	t.op.sink = keep_message;
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, reply(&t, 200, "{\"ok\":true,\"messages\":["
		"{\"ts\":\"3.1\",\"user\":\"U1\",\"text\":\"a\\u0000b\"},"
		"{\"ts\":\"2.1\",\"user\":\"U1\",\"text\":\"\\ud83d\"},"
		"{\"ts\":\"1.1\",\"user\":\"U2\",\"text\":"
		"\"\\udc00\\\\u0000 \\ud83d\\ude00\"}]}")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"3.1 U1 a\xef\xbf\xbd""b\n"
		"2.1 U1 \xef\xbf\xbd\n"
		"1.1 U2 \xef\xbf\xbd\\u0000 \xf0\x9f\x98\x80\n");
}

static void as_many_on_a_page_as_are_asked_for(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, slack_history);
	t.op.settings = "15";
	t.op.at = 9;
	asks(&t, step(&t, NULL), HTTP_GET, "/conversations.history"
		"?channel=D0DANA000&oldest=0&latest=9.000000&limit=15");
}

static void a_thread_is_read_without_its_parent(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, slack_replies);
	t.op.sink = keep_message;
	t.op.id = "1795426205.000247";
	asks(&t, step(&t, NULL), HTTP_GET, "/conversations.replies"
		"?channel=D0DANA000&ts=1795426205.000247&oldest=0&limit=200"
		"&include_all_metadata=true");
	ends(&t, step(&t, recorded(&t, "slack/replies")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"1795426400.000100 U0DANA000 decline &lt;no&gt;\n");
}

static void a_thread_that_is_gone(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, slack_replies);
	t.op.id = "1795426205.000247";
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, reply(&t, 200,
		"{\"ok\":false,\"error\":\"thread_not_found\"}")), OP_GONE);
}

/* ---- Reactions ---- */

static void make_reactions(struct talk *t)
{
	make(t, slack_get_reactions);
	t->op.id = "1795426205.000247";
}

static void skin_tones_are_one_name(void **state)
{
	const struct slack_reactions *all;
	TALK t = {0};

	(void)state;
	make_reactions(&t);
	asks(&t, step(&t, NULL), HTTP_GET, "/reactions.get?channel=D0DANA000"
		"&timestamp=1795426205.000247&full=true");
	ends(&t, step(&t, recorded(&t, "slack/reactions")), OP_FOUND);
	all = t.op.ret;
	assert_int_equal(all->items.n, 2);
	assert_string_equal(all->items.items[0].name, "thumbsup");
	assert_int_equal(all->items.items[0].users.n, 2);
	assert_string_equal(all->items.items[1].name, "x");
	no_part_will_do(make_reactions, "slack/reactions");
}

static void no_reactions_and_not_all_of_them(void **state)
{
	TALK t = {0};
	TALK u = {0};

	(void)state;
	make_reactions(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "slack/reactions-none")), OP_FOUND);
	assert_int_equal(((const struct slack_reactions *)t.op.ret)->items.n,
		0);
	make_reactions(&u);
	assert_int_equal(step(&u, NULL), OP_SEND);
	fails(&u, step(&u, altered(&u, "slack/reactions", "\"count\":2",
		"\"count\":3")), LAPSE_EPROTO, "not complete");
}

/* ---- People ---- */

static void a_user_by_address(void **state)
{
	const struct slack_person *p;
	TALK t = {0};

	(void)state;
	make(&t, slack_find_user);
	t.op.key = "dana+x@acme.example";
	asks(&t, step(&t, NULL), HTTP_GET,
		"/users.lookupByEmail?email=dana%2Bx%40acme.example");
	ends(&t, step(&t, recorded(&t, "slack/user")), OP_FOUND);
	p = t.op.ret;
	assert_string_equal(p->id, "U0DANA000");
	assert_string_equal(p->email, "dana@acme.example");
	assert_false(p->deleted || p->bot || p->guest);
}

/* Guests of channels or of one channel, and users of other workspaces. */
static void a_guest_and_nobody(void **state)
{
	static const char *const signs[] = {"\"is_restricted\":true",
		"\"is_ultra_restricted\":true,\"is_restricted\":false",
		"\"is_stranger\":true"};
	TALK u = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		TALK t = {0};

		make(&t, slack_get_user);
		t.op.user = "U0DANA000";
		asks(&t, step(&t, NULL), HTTP_GET,
			"/users.info?user=U0DANA000");
		ends(&t, step(&t, altered(&t, "slack/user",
			"\"is_restricted\":false,\"is_ultra_restricted\":false",
			signs[i])), OP_FOUND);
		assert_true(((const struct slack_person *)t.op.ret)->guest);
	}
	make(&u, slack_find_user);
	u.op.key = "x@acme.example";
	assert_int_equal(step(&u, NULL), OP_SEND);
	ends(&u, step(&u, recorded(&u, "slack/no-user")), OP_GONE);
}

/* Of our workspace, or of another one of our company's; whatever the address
 * is that they show. */
static void who_is_ours(void **state)
{
	static const struct {
		const char *team;
		bool ours;
		bool in_company;
	} cases[] = {
		{"\"team_id\":\"T0ACME000\"", true, true},
		{"\"team_id\":\"T0OTHER00\"", false, false},
		{"\"name2\":\"\"", false, false},
		{"\"team_id\":\"T0OTHER00\",\"enterprise_user\":"
			"{\"enterprise_id\":\"E0ACME000\"}", false, true},
		{"\"team_id\":\"T0OTHER00\",\"enterprise_user\":"
			"{\"enterprise_id\":\"E0OTHER00\"}", false, false},
	};
	struct slack_self self = {.team = "T0ACME000"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		TALK t = {0};

		make(&t, slack_get_user);
		t.op.user = "U0DANA000";
		assert_int_equal(step(&t, NULL), OP_SEND);
		ends(&t, step(&t, altered(&t, "slack/user",
			"\"team_id\":\"T0ACME000\"", cases[i].team)), OP_FOUND);
		self.enterprise = NULL;
		assert_int_equal(slack_is_ours(&self, t.op.ret), cases[i].ours);
		self.enterprise = "E0ACME000";
		assert_int_equal(slack_is_ours(&self, t.op.ret),
			cases[i].in_company);
	}
}

static void ourselves_and_our_scopes(void **state)
{
	const struct slack_self *self;
	TALK t = {0};

	(void)state;
	make(&t, slack_test);
	asks(&t, step(&t, NULL), HTTP_POST, "/auth.test");
	assert_true(t.req.safe);
	ends(&t, step(&t, recorded(&t, "slack/self")), OP_FOUND);
	self = t.op.ret;
	assert_string_equal(self->user, "U0LAPSE00");
	assert_string_equal(self->scopes,
		"chat:write,im:write,im:history,users:read");
}

static void a_channel_of_direct_messages(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, slack_open);
	t.op.user = "U0DANA000";
	asks(&t, step(&t, NULL), HTTP_POST, "/conversations.open");
	sends(&t, "{\"users\":\"U0DANA000\"}");
	ends(&t, step(&t, recorded(&t, "slack/opened")), OP_FOUND);
	assert_string_equal(t.op.ret_id, "D0DANA000");
}

static int keep_direct(void *arg, const void *item, struct lapse_err *err)
{
	const struct slack_direct *d = item;
	struct talk *t = arg;

	(void)err;
	buf_fmt(&t->got, "%s %s\n", d->channel, d->user);
	return 0;
}

static void make_directs(struct talk *t)
{
	make(t, slack_directs);
	t->op.sink = keep_direct;
}

static void all_who_have_direct_messages_with_us(void **state)
{
	TALK t = {0};

	(void)state;
	make_directs(&t);
	asks(&t, step(&t, NULL), HTTP_GET, "/conversations.list?types=im"
		"&exclude_archived=true&limit=200");
	asks(&t, step(&t, recorded(&t, "slack/directs-1")), HTTP_GET,
		"/conversations.list?types=im&exclude_archived=true&limit=200"
		"&cursor=aW1faWQ6RDBCRU4wMDAw");
	ends(&t, step(&t, recorded(&t, "slack/directs-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got), "D0DANA000 U0DANA000\n"
		"D0BEN0000 U0BEN0000\nD0CAROL00 U0CAROL00\n");
	no_part_will_do(make_directs, "slack/directs-2");
}

static void a_channel_is_read_up_to_a_time(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, slack_history);
	t.op.key = "1795426204.000000";
	t.op.at = 1795447804;
	asks(&t, step(&t, NULL), HTTP_GET, "/conversations.history"
		"?channel=D0DANA000&oldest=1795426204.000000"
		"&latest=1795447804.000000&limit=200");
	assert_int_equal(step(&t, recorded(&t, "slack/history-1")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "slack/history-2")), OP_FOUND);
}

/* ---- Judging ---- */

static void each_error_has_its_class(void **state)
{
	static const struct {
		const char *error;
		enum verdict verdict;
		int code;
	} cases[] = {
		{"invalid_auth", REPLY_RENEW_TOKEN, LAPSE_EAUTH},
		{"token_revoked", REPLY_RENEW_TOKEN, LAPSE_EAUTH},
		{"missing_scope", REPLY_REFUSED, LAPSE_EAUTH},
		{"not_in_channel", REPLY_REFUSED, LAPSE_ENOTFOUND},
		{"users_not_found", REPLY_OK, LAPSE_ENOTFOUND},
		{"msg_too_long", REPLY_REFUSED, LAPSE_EREFUSED},
		{"ratelimited", REPLY_AGAIN_AFTER, LAPSE_EAGAIN},
		{"rate_limited", REPLY_AGAIN_AFTER, LAPSE_EAGAIN},
		{"fatal_error", REPLY_UNCERTAIN, LAPSE_EUNAVAIL},
		{"never_heard_of", REPLY_REFUSED, LAPSE_EITEM},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		TALK t = {0};
		char body[128];

		make(&t, slack_post);
		snprintf(body, sizeof(body), "{\"ok\":false,\"error\":\"%s\"}",
			cases[i].error);
		assert_true(slack_service.refuses(reply(&t, 200, body)));
		assert_int_equal(judged(&t, HTTP_POST, NULL),
			cases[i].verdict);
		assert_int_equal(t.err.code, cases[i].code);
		assert_has(t.err.text, cases[i].error);
	}
}

static void a_yes_is_no_refusal(void **state)
{
	static const char *const bodies[] = {"{\"ok\":true}", "", "[]", "{}",
		"{\"ok\":false}", "{\"ok\":\"no\",\"error\":7}",
		"{\"ok\":true,\"error\":\"x\"}"};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		assert_false(slack_service.refuses(reply(&t, 200,
			bodies[i])));
	}
}

static void limits_and_scopes_say_what_to_do(void **state)
{
	TALK t = {0};
	int64_t wait_s = 0;

	(void)state;
	make(&t, slack_post);
	recorded(&t, "slack/rate");
	assert_int_equal(judged(&t, HTTP_POST, &wait_s), REPLY_AGAIN_AFTER);
	assert_int_equal(wait_s, 30);
	recorded(&t, "slack/scope");
	assert_int_equal(judged(&t, HTTP_POST, NULL), REPLY_REFUSED);
	assert_has(t.err.text, "missing_scope; needs im:write");
	recorded(&t, "slack/bad-token");
	assert_int_equal(judged(&t, HTTP_POST, NULL), REPLY_RENEW_TOKEN);
	reply(&t, 503, "<html>");
	assert_int_equal(judged(&t, HTTP_POST, NULL), REPLY_UNCERTAIN);
}

/* ---- Text ---- */

#define ZERO "\xe2\x80\x8b"

static void text_of_others_is_only_text(void **state)
{
	AUTO_BUF out = {0};
	AUTO_BUF back = {0};

	(void)state;
	slack_escape(&out, "<!here> a&b *x* <@U1>");
	assert_string_equal(buf_text(&out), "&lt;!here&gt; a&amp;b "
		"\xe2\x80\x8b*x\xe2\x80\x8b* &lt;@U1&gt;");
	slack_plain(&back, buf_text(&out));
	assert_string_equal(buf_text(&back), "<!here> a&b *x* <@U1>");
	buf_reset(&out);
	slack_escape(&out, "http://a.example/x mailto:b@c.example www.d.e 1.5 "
		"v2.0 end. no: 18:30");
	assert_string_equal(buf_text(&out), "http:" ZERO "//a" ZERO
		".example/x mailto:" ZERO "b" ZERO "@c" ZERO ".example www"
		ZERO ".d" ZERO ".e 1.5 v2.0 end. no: 18:30");
	buf_reset(&back);
	slack_plain(&back, buf_text(&out));
	assert_string_equal(buf_text(&back), "http://a.example/x "
		"mailto:b@c.example www.d.e 1.5 v2.0 end. no: 18:30");
	buf_reset(&out);
	slack_link(&out, "https://x/a|b>c", "A|<b>");
	assert_string_equal(buf_text(&out),
		"<https://x/a%7Cb%3Ec|A|&lt;b&gt;>");
	buf_reset(&back);
	slack_plain(&back, "see <https://x|the page> <@U1|dana> <https://y> <");
	assert_string_equal(buf_text(&back),
		"see the page (https://x) @U1 https://y <");
	buf_reset(&back);
	slack_plain(&back, "<http://x.example|x.example> <mailto:a@b|a@b> "
		"<https://x/|https://x> <https://evil|https://x>");
	assert_string_equal(buf_text(&back),
		"x.example a@b https://x https://x (https://evil)");
}

static void where_a_message_stands(void **state)
{
	AUTO_BUF out = {0};

	(void)state;
	slack_permalink(&out, "https://acme.slack.com/", "C0ACCESS0",
		"1795428610.440000");
	assert_string_equal(buf_text(&out), "https://acme.slack.com/archives/"
		"C0ACCESS0/p1795428610440000");
	buf_reset(&out);
	slack_permalink(&out, NULL, "C1", "1795428610.440000");
	slack_permalink(&out, "javascript:x", "C1", "1795428610.440000");
	slack_permalink(&out, "https://acme.slack.com", "C1", "x");
	assert_string_equal(buf_text(&out), "");
}

static void a_ts_is_digits_and_a_point(void **state)
{
	(void)state;
	assert_true(slack_is_ts("1795426205.000247"));
	assert_false(slack_is_ts("1795426205"));
	assert_false(slack_is_ts("1795426205."));
	assert_false(slack_is_ts(".000247"));
	assert_false(slack_is_ts("1795426205.0002x"));
	assert_false(slack_is_ts(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_post_names_its_mark_and_keeps_its_place),
		cmocka_unit_test(a_post_into_a_thread),
		cmocka_unit_test(a_ts_that_is_none_is_a_fault),
		cmocka_unit_test(our_own_is_found_on_a_later_page),
		cmocka_unit_test(another_s_mark_is_not_ours),
		cmocka_unit_test(a_list_that_is_cut_proves_nothing),
		cmocka_unit_test(a_channel_is_read_to_its_end),
		cmocka_unit_test(half_a_character_spoils_nothing),
		cmocka_unit_test(as_many_on_a_page_as_are_asked_for),
		cmocka_unit_test(a_thread_is_read_without_its_parent),
		cmocka_unit_test(a_thread_that_is_gone),
		cmocka_unit_test(skin_tones_are_one_name),
		cmocka_unit_test(no_reactions_and_not_all_of_them),
		cmocka_unit_test(a_user_by_address),
		cmocka_unit_test(a_guest_and_nobody),
		cmocka_unit_test(who_is_ours),
		cmocka_unit_test(ourselves_and_our_scopes),
		cmocka_unit_test(a_channel_of_direct_messages),
		cmocka_unit_test(all_who_have_direct_messages_with_us),
		cmocka_unit_test(a_channel_is_read_up_to_a_time),
		cmocka_unit_test(each_error_has_its_class),
		cmocka_unit_test(a_yes_is_no_refusal),
		cmocka_unit_test(limits_and_scopes_say_what_to_do),
		cmocka_unit_test(text_of_others_is_only_text),
		cmocka_unit_test(where_a_message_stands),
		cmocka_unit_test(a_ts_is_digits_and_a_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
