/* JSON: only JSON is taken, a fault is remembered, and what is written reads
 * back. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "json_scan.h"
#include "when.h"

static int open_text(struct json_doc **doc, const char *text,
	struct lapse_err *err)
{
	/* Without the NUL: the length alone ends it. */
	size_t len = strlen(text);
	char *bytes = malloc(len + 1);
	int rc;

	assert_non_null(bytes);
	memcpy(bytes, text, len);
	bytes[len] = '9';
	rc = json_open(doc, bytes, len, err);
	free(bytes);
	return rc;
}

static void takes_json(void **state)
{
	static const char *const good[] = {"{}", "[]", "0", "-0", "\"\"",
		"null",
		"true", " \t\r\n[1 , 2]\n", "1e5", "-1.5E-3", "[[],{}]",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83d\\uDe00\"",
		"\"\x7f\xc3\xa9\xf0\x9f\x98\x80\"", "{\"a\":{\"a\":1}}",
		"{\"a\":1,\"A\":2}", "{\"\":1}", "9223372036854775807",
		"1e999"};
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		AUTO_JSON *doc = NULL;

		assert_ok(open_text(&doc, good[i], &err));
	}
}

static void refuses_the_rest(void **state)
{
	static const char *const bad[] = {"", " ", "{", "[", "[1", "[1,",
		"[1,]",
		"[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
		"{'a':1}", "{1:1}", "[1]]", "[1] x", "{}{}", "1 2", "nul",
		"nulll", "True", "NaN", "Infinity", "+1", "01", "-", "-a", ".5",
		"1.", "1.e5", "1e", "1e+", "0x10", "--1", "\"", "\"\\\"",
		"\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u0000\"",
		"\"a\\u0000b\"", "{\"\\u0000\":1}", "\"\\ud800\"",
		"\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\ud800x\"",
		"\"\\ud800\\ud800\"", "\"\\udc00\\udc00\"",
		"\"\n\"", "\"\t\"", "\"\x1f\"",
		"\"\xff\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
		"{\"\xff\":1}", "\xef\xbb\xbf{}", "// c\n{}", "/* c */{}",
		"{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":1}",
		"{\"b\":[{\"a\":1,\"x\":0,\"\\u0061\":2}]}", "\f1", "\v1",
		"\xc2\xa0" "1",
		"1111111111111111111111111111111111111111111111111111111111111"
		"111"};
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct json_doc *doc = NULL;
		int rc = open_text(&doc, bad[i], &err);

		if (rc != LAPSE_EPROTO)
			fail_msg("%d for: %s", rc, bad[i]);
		assert_null(doc);
	}
}

static void refuses_nul_bytes(void **state)
{
	struct json_doc *doc = NULL;
	struct lapse_err err;

	(void)state;
	assert_err(json_open(&doc, "[1]\0", 4, &err), LAPSE_EPROTO);
	assert_has(err.text, "byte 3");
	assert_err(json_open(&doc, "\"a\0b\"", 5, &err), LAPSE_EPROTO);
	assert_err(json_open(&doc, "\"\\\0\"", 4, &err), LAPSE_EPROTO);
	assert_null(doc);
}

static void depth(void **state)
{
	struct lapse_err err;

	(void)state;
	for (size_t n = 63; n < 67; n++) {
		AUTO_JSON *doc = NULL;
		AUTO_BUF b = {0};

		for (size_t i = 0; i < n; i++)
			buf_str(&b, i % 2 ? "[" : "{\"a\":");
		buf_str(&b, "1");
		for (size_t i = n; i-- > 0;)
			buf_str(&b, i % 2 ? "]" : "}");
		assert_int_equal(json_open(&doc, b.data, b.len, &err),
			n <= 64 ? 0 : LAPSE_EPROTO);
	}
	/* Side by side is not deep. */
	AUTO_JSON *flat = NULL;
	AUTO_BUF b = {0};

	buf_str(&b, "[0");
	for (int i = 0; i < 500; i++)
		buf_str(&b, ",[]");
	buf_str(&b, "]");
	assert_ok(json_open(&flat, b.data, b.len, &err));
	/* A megabyte of brackets overflows no stack. */
	char *much = malloc(1 << 20);

	assert_non_null(much);
	memset(much, '[', 1 << 20);
	assert_err(json_open(&flat, much, 1 << 20, &err), LAPSE_EPROTO);
	free(much);
}

/* Cut at every byte, none is taken as whole. */
static void every_cut_is_seen(void **state)
{
	static const char text[] =
		"{\"a\":[1,-2.5e3,true,null,\"x\\u00e9\\\"\","
		"{\"b\":\"\xc3\xa9\"}],\"c\":{}}";
	struct lapse_err err;

	(void)state;
	for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
		struct json_doc *doc = NULL;
		char *exact = malloc(cut + 1);

		assert_non_null(exact);
		memcpy(exact, text, cut);
		assert_err(json_open(&doc, exact, cut, &err), LAPSE_EPROTO);
		free(exact);
	}
}

static void big_object(struct buf *b, size_t n, bool twice)
{
	struct json_out w = {.out = b};
	char key[24];

	json_put_open(&w, NULL, '{');
	for (size_t i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "key%zu", i);
		json_put_int(&w, key, 1);
	}
	if (twice)
		json_put_int(&w, "key0", 2);
	json_put_close(&w, '}');
}

/* 200 000 members: compared pairwise this would take minutes. */
static void duplicates_in_big_objects(void **state)
{
	static const size_t sizes[] = {1, 15, 16, 17, 200000};
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		AUTO_JSON *doc = NULL;
		AUTO_BUF b = {0};

		big_object(&b, sizes[i], false);
		assert_ok(json_open(&doc, b.data, b.len, &err));
		buf_reset(&b);
		big_object(&b, sizes[i], true);
		assert_err(json_open(&doc, b.data, b.len, &err), LAPSE_EPROTO);
		assert_has(err.text, "'key0' stands twice");
	}
}

#define MEMBERS                                                                \
	"{\"t\":\"text\",\"T\":\"other\",\"e\":\"\",\"n\":null,\"i\":-7,"      \
	"\"f\":1.5,\"big\":9007199254740993,\"max\":9007199254740991,"         \
	"\"huge\":1e300,\"inf\":1e999,\"yes\":true,\"no\":false,"              \
	"\"o\":{\"x\":1},\"a\":[1,\"b\",null],"                                \
	"\"at\":\"2026-11-23T10:00:00.000+0000\",\"bad_at\":\"soon\","         \
	"\"id\":10042,\"neg\":-3}"

static struct json_doc *members(void)
{
	struct json_doc *doc = NULL;
	struct lapse_err err;

	assert_ok(open_text(&doc, MEMBERS, &err));
	return doc;
}

static void reads_members(void **state)
{
	AUTO_JSON *doc = members();
	AUTO_ARENA a = {0};
	struct json r = json_root(doc);
	struct lapse_err err;

	(void)state;
	assert_string_equal(json_text(r, "t", JSON_MUST), "text");
	assert_string_equal(json_text(r, "T", JSON_MUST), "other");
	assert_string_equal(json_text(r, "e", JSON_MUST), "");
	assert_int_equal(json_int(r, "i", JSON_MUST), -7);
	assert_int_equal(json_int(r, "max", JSON_MUST), 9007199254740991);
	assert_true(json_bool(r, "yes", JSON_MUST));
	assert_false(json_bool(r, "no", JSON_MUST));
	assert_int_equal(json_time(r, "at", JSON_MUST), 1795428000);
	assert_string_equal(json_id(r, "t", JSON_MUST, &a), "text");
	assert_string_equal(json_id(r, "id", JSON_MUST, &a), "10042");
	assert_true(json_is_object(json_object(r, "o", JSON_MUST)));
	assert_true(json_is_array(json_array(r, "a", JSON_MUST)));
	assert_ok(json_check(doc, "reply", &err));
}

static void absent_reads_like_null(void **state)
{
	static const char *const keys[] = {"n", "nowhere"};
	AUTO_JSON *doc = members();
	AUTO_ARENA a = {0};
	struct json r = json_root(doc), none = {0};
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_null(json_text(r, keys[i], JSON_MAY));
		assert_null(json_id(r, keys[i], JSON_MAY, &a));
		assert_int_equal(json_int(r, keys[i], JSON_MAY), 0);
		assert_false(json_bool(r, keys[i], JSON_MAY));
		assert_int_equal(json_time(r, keys[i], JSON_MAY), WHEN_NONE);
		assert_false(json_here(json_object(r, keys[i], JSON_MAY)));
		assert_false(json_valid(json_first(json_array(r, keys[i],
			JSON_MAY))));
		assert_false(json_here(json_at(r, keys[i])));
	}
	assert_ok(json_check(doc, "reply", &err));
	assert_null(json_text(none, "x", JSON_MAY));
	assert_null(json_text(none, "x", JSON_MUST));
	assert_false(json_here(json_at(json_at(r, "t"), "deeper")));
	assert_ok(json_check(doc, "reply", &err));
}

enum ask { ASK_TEXT, ASK_INT, ASK_BOOL, ASK_TIME, ASK_ID, ASK_OBJECT,
	ASK_ARRAY };

static void ask(struct json r, enum ask what, const char *key,
	enum json_need need)
{
	AUTO_ARENA a = {0};

	switch (what) {
	case ASK_TEXT:
		assert_null(json_text(r, key, need));
		break;
	case ASK_INT:
		assert_int_equal(json_int(r, key, need), 0);
		break;
	case ASK_BOOL:
		assert_false(json_bool(r, key, need));
		break;
	case ASK_TIME:
		assert_int_equal(json_time(r, key, need), WHEN_NONE);
		break;
	case ASK_ID:
		assert_null(json_id(r, key, need, &a));
		break;
	case ASK_OBJECT:
		assert_false(json_here(json_object(r, key, need)));
		break;
	case ASK_ARRAY:
		assert_false(json_here(json_array(r, key, need)));
		break;
	}
}

static void faults_are_remembered(void **state)
{
	static const struct {
		enum ask what;
		const char *key;
		enum json_need need;
		const char *says;
	} table[] = {{ASK_TEXT, "nowhere", JSON_MUST, "'nowhere' is missing"},
		{ASK_TEXT, "n", JSON_MUST, "'n' is missing"},
		{ASK_TEXT, "i", JSON_MAY, "'i' is not a text"},
		{ASK_INT, "t", JSON_MAY, "'t' is not an integer"},
		{ASK_INT, "f", JSON_MUST, "'f' is not an integer"},
		{ASK_INT, "big", JSON_MUST, "'big' is not an integer"},
		{ASK_INT, "huge", JSON_MUST, "'huge' is not an integer"},
		{ASK_INT, "inf", JSON_MUST, "'inf' is not an integer"},
		{ASK_BOOL, "i", JSON_MAY, "'i' is neither"},
		{ASK_TIME, "bad_at", JSON_MAY, "'bad_at' is not a time"},
		{ASK_TIME, "i", JSON_MAY, "'i' is not a text"},
		{ASK_ID, "e", JSON_MUST, "'e' is not an id"},
		{ASK_ID, "f", JSON_MUST, "'f' is not an id"},
		{ASK_ID, "o", JSON_MAY, "'o' is not an id"},
		{ASK_OBJECT, "a", JSON_MAY, "'a' is not an object"},
		{ASK_ARRAY, "o", JSON_MAY, "'o' is not an array"}};
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		AUTO_JSON *doc = members();
		struct json r = json_root(doc);

		ask(r, table[i].what, table[i].key, table[i].need);
		json_text(r, "later", JSON_MUST);	/* the first stays */
		assert_err(json_check(doc, "okta: user", &err), LAPSE_EPROTO);
		assert_has(err.text, "okta: user: ");
		assert_has(err.text, table[i].says);
	}
}

/* 2^53 + 1 is 2^53 to anything that keeps numbers as doubles. */
static void big_integers(void **state)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err err;

	(void)state;
	assert_ok(open_text(&doc, "{\"a\":9007199254740993,"
		"\"b\":-9007199254740993}", &err));
	assert_int_equal(json_int(json_root(doc), "a", JSON_MUST), 0);
	assert_err(json_check(doc, "x", &err), LAPSE_EPROTO);
	assert_int_equal(json_as_int(json_at(json_root(doc), "b"), 5), 5);
}

static void fault_of_a_member_of_no_object(void **state)
{
	AUTO_JSON *doc = members();
	struct lapse_err err;

	(void)state;
	assert_null(json_text(json_at(json_root(doc), "t"), "x", JSON_MAY));
	assert_err(json_check(doc, "x", &err), LAPSE_EPROTO);
}

static void own_faults(void **state)
{
	AUTO_JSON *doc = members();
	struct lapse_err err;

	(void)state;
	json_fault(json_root(doc), "i", "is negative");
	assert_err(json_check(doc, "page", &err), LAPSE_EPROTO);
	assert_string_equal(err.text, "page: 'i' is negative");
	json_fault((struct json){0}, "x", "is nowhere");
}

static void iterates(void **state)
{
	AUTO_JSON *doc = members();
	struct json r = json_root(doc), a = json_at(r, "a"), i;
	size_t n = 0;

	(void)state;
	i = json_first(a);
	assert_null(json_key(i));
	assert_int_equal(json_as_int(i, 0), 1);
	assert_null(json_as_text(i));
	i = json_next(i);
	assert_string_equal(json_as_text(i), "b");
	assert_int_equal(json_as_int(i, -5), -5);
	i = json_next(i);
	assert_true(json_valid(i));
	assert_false(json_here(i));
	i = json_next(i);
	assert_false(json_valid(i));
	assert_string_equal(json_key(json_first(r)), "t");
	for (i = json_first(r); json_valid(i); i = json_next(i))
		n++;
	assert_int_equal(n, 18);
	assert_false(json_valid(json_first(json_at(r, "t"))));
}

static void prints(const char *text, const char *want)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF b = {0};
	struct lapse_err err;

	assert_ok(open_text(&doc, text, &err));
	json_print(json_root(doc), &b);
	assert_string_equal(buf_text(&b), want);
}

static void prints_compactly(void **state)
{
	AUTO_BUF b = {0};

	(void)state;
	prints(" { \"b\" : [ 1 , 2.50 , -0.1 , 1e300, true , null ] , \"a\" : "
	       "{ } , \"c\":[ ]}",
		"{\"b\":[1,2.5,-0.1,1e+300,true,null],\"a\":{},\"c\":[]}");
	prints("\"\\u00e9\\u0001\\n\\/\\ud83d\\ude00\"",
		"\"\xc3\xa9\\u0001\\n/\xf0\x9f\x98\x80\"");
	prints("1e999", "null");
	json_print((struct json){0}, &b);
	assert_string_equal(buf_text(&b), "null");
}

static void writes(void **state)
{
	AUTO_BUF b = {0};
	struct json_out w = {.out = &b};

	(void)state;
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "q\"", "a\"\\\b\f\n\r\t\x01\x7f/\xc3\xa9\xff");
	json_put_text(&w, "none", NULL);
	json_put_open(&w, "list", '[');
	json_put_int(&w, NULL, INT64_MIN);
	json_put_bool(&w, NULL, true);
	json_put_null(&w, NULL);
	json_put_open(&w, NULL, '{');
	json_put_close(&w, '}');
	json_put_raw(&w, NULL, "[1]");
	json_put_close(&w, ']');
	json_put_time(&w, "at", 0);
	json_put_time(&w, "never", WHEN_NONE);
	json_put_raw(&w, "raw", NULL);
	json_put_close(&w, '}');
	assert_string_equal(buf_text(&b),
		"{\"q\\\"\":\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f/\xc3\xa9"
		"\xef\xbf\xbd\",\"none\":null,"
		"\"list\":[-9223372036854775808,true,null,{},[1]],"
		"\"at\":\"1970-01-01T00:00:00Z\",\"never\":null,\"raw\":null}");
}

/* Any two bytes, written and read, are the same or the mark for bad ones. */
static void texts_go_round(void **state)
{
	struct lapse_err err;

	(void)state;
	for (unsigned i = 1; i < 65536; i++) {
		char text[3] = {(char)(i & 0xff), (char)(i >> 8), '\0'};
		AUTO_BUF b = {0};
		struct json_out w = {.out = &b};
		AUTO_JSON *doc = NULL;
		const char *back;

		json_put_text(&w, NULL, text);
		assert_ok(json_open(&doc, b.data, b.len, &err));
		back = json_as_text(json_root(doc));
		assert_non_null(back);
		if (strstr(back, "\xef\xbf\xbd") == NULL)
			assert_string_equal(back, text);
		else
			assert_true((i & 0x80) != 0 || (i & 0x8000) != 0);
	}
}

static void picks_members(void **state)
{
	static const char *const names[] = {"a", "bc", "d", "none"};
	static const char text[] = " {\"bc\" : \"x\\\"y\" ,\"e\":{\"a\":1},"
		"\"a\":-12,\"a\":3,\"d\":null} ";
	static const char *const refused[] = {"", "[]", "{", "{\"a\":1",
		"{\"a\":1}x", "{\"a\":1,}", "{\"a\" 1}", "{\"a\":01}"};
	struct json_span s[COUNT(names)];

	(void)state;
	assert_true(json_pick(text, strlen(text), names, COUNT(names), s));
	assert_int_equal(s[0].len, 3);
	assert_memory_equal(s[0].at, "-12", 3);
	assert_int_equal(s[1].len, 6);
	assert_memory_equal(s[1].at, "\"x\\\"y\"", 6);
	assert_memory_equal(s[2].at, "null", 4);
	assert_null(s[3].at);
	assert_true(json_pick("{}", 2, names, COUNT(names), s));
	assert_null(s[0].at);
	for (size_t i = 0; i < COUNT(refused); i++) {
		if (json_pick(refused[i], strlen(refused[i]), names,
			COUNT(names), s) || s[0].at != NULL)
			fail_msg("'%s' was taken", refused[i]);
	}
	assert_false(json_pick(NULL, 0, names, COUNT(names), s));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_json),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(refuses_nul_bytes),
		cmocka_unit_test(depth),
		cmocka_unit_test(every_cut_is_seen),
		cmocka_unit_test(duplicates_in_big_objects),
		cmocka_unit_test(reads_members),
		cmocka_unit_test(absent_reads_like_null),
		cmocka_unit_test(faults_are_remembered),
		cmocka_unit_test(big_integers),
		cmocka_unit_test(fault_of_a_member_of_no_object),
		cmocka_unit_test(own_faults),
		cmocka_unit_test(iterates),
		cmocka_unit_test(prints_compactly),
		cmocka_unit_test(writes),
		cmocka_unit_test(texts_go_round),
		cmocka_unit_test(picks_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
