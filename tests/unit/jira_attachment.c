/* Files on an issue: put there, listed, fetched. */
#include "exchange.h"
#include "jira.h"

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
		.id = "10301",
		.key = "review.csv",
		.body = "who,role\r\ndana,user\r\n",
		.arena = &t->arena,
	};
}

/* ---- Putting one there ---- */

static void make_attach(struct talk *t)
{
	make(t, jira_attach);
}

static void a_file_is_attached(void **state)
{
	TALK t = {0};

	(void)state;
	make_attach(&t);
	asks(&t, step(&t, NULL), HTTP_POST,
		"/rest/api/3/issue/10123/attachments");
	assert_string_equal(t.req.headers[0], "X-Atlassian-Token: no-check");
	assert_string_equal(t.req.content_type,
		"multipart/form-data; boundary=lapse-0");
	assert_int_equal(t.req.expect[0], 413);
	sends(&t, "--lapse-0\r\n"
		"Content-Disposition: form-data; name=\"file\"; "
		"filename=\"review.csv\"\r\n"
		"Content-Type: text/csv; charset=utf-8\r\n"
		"\r\n"
		"who,role\r\ndana,user\r\n"
		"\r\n--lapse-0--\r\n");
	ends(&t, step(&t, recorded(&t, "jira/attached")), OP_CHANGED);
	assert_string_equal(t.op.ret_id, "10301");
}

/* A file that holds the boundary would be cut there. */
static void the_boundary_is_not_in_the_file(void **state)
{
	TALK t = {0};

	(void)state;
	make_attach(&t);
	t.op.body = "--lapse-0\r\n--lapse-10--\r\nlapse-2";
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_string_equal(t.req.content_type,
		"multipart/form-data; boundary=lapse-3");
	assert_has(buf_text(&t.req.body), "\r\n--lapse-3--\r\n");
}

static void names_of_files(void **state)
{
	static const struct {
		const char *name;
		int want;
	} rows[] = {
		{"a", OP_SEND},
		{"Zug\xc3\xa4nge 2026.csv", OP_SEND},
		{NULL, LAPSE_EINTERNAL},
		{"", LAPSE_EINTERNAL},
		{"a\"; filename=\"b", LAPSE_EINTERNAL},
		{"a\r\nX: y", LAPSE_EINTERNAL},
		{"a\nb", LAPSE_EINTERNAL},
		{"a\tb", LAPSE_EINTERNAL},
		{"../a", LAPSE_EINTERNAL},
		{"a\\b", LAPSE_EINTERNAL},
		{"a\x7f", LAPSE_EINTERNAL},
		{"a\xff", LAPSE_EINTERNAL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		make_attach(&t);
		t.op.key = rows[i].name;
		if (step(&t, NULL) != rows[i].want)
			fail_msg("%s", rows[i].name);
	}
}

static void a_file_that_is_too_large(void **state)
{
	char *large = calloc(1, (15 << 20) + 2);
	TALK t = {0};

	(void)state;
	assert_non_null(large);
	make_attach(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "jira/too-large")), LAPSE_EREFUSED,
		"'10123': 'review.csv' of 21 bytes is too large for Jira");
	memset(large, 'a', 15 << 20);
	t.op.body = large;
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_true(t.req.body.len > 15 << 20);
	large[15 << 20] = 'a';
	fails(&t, step(&t, NULL), LAPSE_EREFUSED, "of 15728641 bytes");
	free(large);
}

static void one_file_is_attached_and_no_other_number(void **state)
{
	static const char *const bodies[] = {
		"[]", "{}", "{\"id\":\"1\"}", "[{}]", "[{\"id\":null}]",
		"[{\"id\":\"../1\"}]", "[{\"id\":\"1\"},{\"id\":\"2\"}]",
		"[\"1\"]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make_attach(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		if (step(&t, reply(&t, 200, bodies[i])) != LAPSE_EPROTO)
			fail_msg("%s", bodies[i]);
	}
	no_part_will_do(make_attach, "jira/attached");
}

/* ---- Seeing which there are ---- */

static void make_list(struct talk *t)
{
	make(t, jira_get_attachments);
}

static void attachments_newest_first(void **state)
{
	const struct jira_attachments *all;
	TALK t = {0};

	(void)state;
	make_list(&t);
	asks(&t, step(&t, NULL), HTTP_GET,
		"/rest/api/3/issue/10123?fields=attachment");
	ends(&t, step(&t, recorded(&t, "jira/attachments")), OP_FOUND);
	all = t.op.ret;
	assert_int_equal(all->items.n, 3);
	assert_string_equal(all->items.items[0].id, "10302");
	assert_string_equal(all->items.items[0].name, "decisions.csv");
	assert_string_equal(all->items.items[0].author.account, "5b10b");
	assert_int_equal(all->items.items[0].created_at, 1795431600);
	assert_int_equal(all->items.items[0].size, 4194305);
	assert_string_equal(all->items.items[0].media_type, "text/csv");
	assert_string_equal(all->items.items[1].id, "10301");
	assert_null(all->items.items[1].author.account);
	assert_null(all->items.items[1].media_type);
	assert_string_equal(all->items.items[2].id, "9999");
	ends(&t, step(&t, recorded(&t, "jira/not-found")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "jira/parked")), LAPSE_EPROTO, "404");
}

static void attachments_altered(void **state)
{
	static const char *const alterations[][2] = {
		{"\"fields\":{", "\"field\":{"},
		{"\"attachment\":[", "\"attachments\":["},
		{"\"id\":\"10302\",", ""},
		{"\"id\":\"10302\"", "\"id\":\"10302?x\""},
		{"\"filename\":\"decisions.csv\",", ""},
		{"\"created\":\"2026-11-23T11:00:00.000+0000\",", ""},
		{"\"size\":4194305,", ""},
		{"\"size\":4194305", "\"size\":-1"},
		{"\"size\":4194305", "\"size\":\"20\""},
		{"\"accountId\":\"5b10b\",", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};
		int rc;

		make_list(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, altered(&t, "jira/attachments",
			alterations[i][0], alterations[i][1]));
		if (rc != LAPSE_EPROTO)
			fail_msg("%s: %d", alterations[i][1], rc);
	}
	no_part_will_do(make_list, "jira/attachments");
}

/* ---- Fetching one ---- */

static void make_fetch(struct talk *t)
{
	make(t, jira_get_attachment);
}

static void a_file_is_fetched(void **state)
{
	const struct jira_file *file;
	TALK t = {0};

	(void)state;
	make_fetch(&t);
	asks(&t, step(&t, NULL), HTTP_GET,
		"/rest/api/3/attachment/content/10301?redirect=false");
	assert_int_equal(t.req.want, HTTP_WANT_BYTES);
	reply(&t, 200, "who,role\n");
	buf_add(&t.res.body, "a\0b", 3);
	ends(&t, step(&t, &t.res), OP_FOUND);
	file = t.op.ret;
	assert_int_equal(file->len, 12);
	assert_memory_equal(file->bytes, "who,role\na\0b", 13);
	ends(&t, step(&t, reply(&t, 200, "")), OP_FOUND);
	file = t.op.ret;
	assert_int_equal(file->len, 0);
	assert_string_equal(file->bytes, "");
	ends(&t, step(&t, recorded(&t, "jira/not-found")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "jira/parked")), LAPSE_EPROTO, "404");
}

static void a_file_of_four_mebibytes_and_one_of_more(void **state)
{
	const struct jira_file *file;
	TALK t = {0};

	(void)state;
	make_fetch(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	reply(&t, 200, NULL);
	for (int i = 0; i < 4 << 10; i++)
		buf_fmt(&t.res.body, "%1024d", i);
	ends(&t, step(&t, &t.res), OP_FOUND);
	file = t.op.ret;
	assert_int_equal(file->len, 4 << 20);
	buf_char(&t.res.body, 'a');
	fails(&t, step(&t, &t.res), LAPSE_EREFUSED,
		"'10301': 4194305 bytes, more than 4194304");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_attached),
		cmocka_unit_test(the_boundary_is_not_in_the_file),
		cmocka_unit_test(names_of_files),
		cmocka_unit_test(a_file_that_is_too_large),
		cmocka_unit_test(one_file_is_attached_and_no_other_number),
		cmocka_unit_test(attachments_newest_first),
		cmocka_unit_test(attachments_altered),
		cmocka_unit_test(a_file_is_fetched),
		cmocka_unit_test(a_file_of_four_mebibytes_and_one_of_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
