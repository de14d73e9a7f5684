/* Text to a document and back, and inert wiki text. */
#include "unit.h"
#include "jira.h"

static void check(const char *text, const char *want)
{
	AUTO_BUF out = {0};

	adf_from_text(&out, text);
	assert_string_equal(buf_text(&out), want);
}

#define DOC(content)                                                           \
	"{\"version\":1,\"type\":\"doc\",\"content\":[" content "]}"
#define P(content) "{\"type\":\"paragraph\",\"content\":[" content "]}"
#define T(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define BR "{\"type\":\"hardBreak\"}"

static void lines_and_paragraphs(void **state)
{
	(void)state;
	check("", DOC(""));
	check("\n\n", DOC(""));
	check("a", DOC(P(T("a"))));
	check("a\n", DOC(P(T("a"))));
	check("a\nb", DOC(P(T("a") "," BR "," T("b"))));
	check("a\n\n\n\nb\r\nc", DOC(P(T("a")) "," P(T("b") "," BR ","
		T("c"))));
	check("\na", DOC(P(T("a"))));
}

static void text_is_never_markup(void **state)
{
	(void)state;
	check("[~accountid:1] *b* {code} <b> \"q\" \\", DOC(P(T(
		"[~accountid:1] *b* {code} <b> \\\"q\\\" \\\\"))));
	check("a\x01\x1b[31mb\tc", DOC(P(T("a  [31mb\\tc"))));
	check("\xff", DOC(P(T("\xef\xbf\xbd"))));
}

static void only_a_url_alone_is_a_link(void **state)
{
	(void)state;
	check("https://a.example/x?y=1", DOC(P("{\"type\":\"text\",\"text\":"
		"\"https://a.example/x?y=1\",\"marks\":[{\"type\":\"link\","
		"\"attrs\":{\"href\":\"https://a.example/x?y=1\"}}]}")));
	check("see https://a.example", DOC(P(T("see https://a.example"))));
	check("https://a.example b", DOC(P(T("https://a.example b"))));
	check("javascript://a", DOC(P(T("javascript://a"))));
	check("https://", DOC(P(T("https://"))));
}

static void long_text_is_cut_at_a_character(void **state)
{
	static const char *const units[] = {
		"a", "\"", "\xc3\xa4", "\xf0\x9f\x98\x80", "a\n", "a\n\n",
		"\xff", "https://a.example/\n", "\t",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++) {
		AUTO_BUF text = {0};
		AUTO_BUF out = {0};
		AUTO_JSON *doc = NULL;
		struct lapse_err err = {0};

		while (text.len < 40000)
			buf_str(&text, units[i]);
		adf_from_text(&out, buf_text(&text));
		assert_true(out.len <= 30000);
		if (out.len < 5000)
			fail_msg("%zu: only %zu", i, out.len);
		assert_has(buf_text(&out), "...");
		assert_ok(json_open(&doc, out.data, out.len, &err));
	}
}

static void short_text_is_not_cut(void **state)
{
	AUTO_BUF text = {0};
	AUTO_BUF out = {0};

	(void)state;
	while (text.len < 29000)
		buf_str(&text, "a");
	adf_from_text(&out, buf_text(&text));
	assert_has_not(buf_text(&out), "...");
}

static const char *plain(const char *json, struct buf *out)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err err = {0};

	assert_ok(json_open(&doc, json, strlen(json), &err));
	buf_reset(out);
	adf_to_text(json_root(doc), out);
	return buf_text(out);
}

static void documents_read_back(void **state)
{
	static const char *const texts[] = {
		"a", "a\nb", "a\n\nb", "a\n\nb\nc\n\nhttps://x.example/y",
		"\xc3\xa4\"\\ {x}",
	};
	AUTO_BUF out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		AUTO_BUF adf = {0};

		adf_from_text(&adf, texts[i]);
		assert_string_equal(plain(buf_text(&adf), &out), texts[i]);
	}
}

static void unknown_nodes_give_their_text(void **state)
{
	AUTO_BUF out = {0};

	(void)state;
	assert_string_equal(plain(DOC("{\"type\":\"panel\",\"content\":["
		P(T("in a panel")) "]},{\"type\":\"bulletList\",\"content\":["
		"{\"type\":\"listItem\",\"content\":[" P(T("one")) "]},"
		"{\"type\":\"listItem\",\"content\":[" P(T("two")) "]}]},"
		"{\"type\":\"novelty\",\"content\":[" T("new") "]}"), &out),
		"in a panel\none\ntwonew");
	assert_string_equal(plain(DOC(P(
		"{\"type\":\"mention\",\"attrs\":{\"id\":\"1\","
		"\"text\":\"@Ann\"}}"
		"," T(" ") ","
		"{\"type\":\"emoji\",\"attrs\":{\"shortName\":\":x:\"}}"
		",{\"type\":\"inlineCard\","
		"\"attrs\":{\"url\":\"https://u\"}}")),
		&out), "@Ann :x:https://u");
}

static void foreign_shapes_give_nothing(void **state)
{
	static const char *const docs[] = {
		"{}", "[]", "7", "\"x\"", "{\"type\":7}",
		"{\"type\":\"doc\",\"content\":{}}",
		"{\"type\":\"doc\",\"content\":[7,null,\"x\",[]]}",
		"{\"type\":\"text\",\"text\":7}",
	};
	AUTO_BUF out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(docs); i++)
		assert_string_equal(plain(docs[i], &out), "");
}

static void wiki_markup_is_inert(void **state)
{
	static const char *const rows[][2] = {
		{"plain text", "plain text"},
		{"[~ann]", "\\[\\~ann\\]"},
		{"{code}", "\\{code\\}"},
		{"*b* _i_ +u+ ^s^ ~d~", "\\*b\\* \\_i\\_ \\+u\\+ \\^s\\^ "
			"\\~d\\~"},
		{"!img.png!", "\\!img.png\\!"},
		{"a|b", "a\\|b"},
		{"2026-11-23", "2026-11-23"},
		{"-gone-", "\\-gone\\-"},
		{"----", "\\-\\-\\-\\-"},
		{"\\", "\\\\"},
		{"??c??", "\\?\\?c\\?\\?"},
		{"# one", "\\# one"},
		{"h1. x\nbq. y", "h1\xE2\x81\xA0. x\nbq\xE2\x81\xA0. y"},
		{"lapse 42", "lapse 42"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_BUF out = {0};

		wiki_escape(&out, rows[i][0]);
		assert_string_equal(buf_text(&out), rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_paragraphs),
		cmocka_unit_test(text_is_never_markup),
		cmocka_unit_test(only_a_url_alone_is_a_link),
		cmocka_unit_test(long_text_is_cut_at_a_character),
		cmocka_unit_test(short_text_is_not_cut),
		cmocka_unit_test(documents_read_back),
		cmocka_unit_test(unknown_nodes_give_their_text),
		cmocka_unit_test(foreign_shapes_give_nothing),
		cmocka_unit_test(wiki_markup_is_inert),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
