/* Untrusted text: what each sink lets through. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "text.h"

static void utf8(void **state)
{
	static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "Z\xc3\xbcrich"};
	static const char *const bad[] = {"\x80", "\xc0\xaf", "\xc1\xbf",
		"\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe2\x82", "\xe2(\xa1",
		"\xe2\x82(", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
		"\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xf8\x88\x80\x80\x80", "\xff", "\xfe", "ok\xffok"};
	uint32_t c = 7;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(text_valid_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(text_valid_utf8(bad[i], strlen(bad[i])));
	assert_false(text_valid_utf8("a\0b", 3));
	assert_int_equal(text_utf8("\xf0\x9f\x98\x80!", 5, &c), 4);
	assert_int_equal(c, 0x1f600);
	assert_int_equal(text_utf8("\xc3\xa9", 1, &c), 0);
	assert_int_equal(text_utf8("", 0, &c), 0);
}

typedef void plain_sink(struct buf *out, const char *text);

static void gives(plain_sink *sink, const char *text, const char *want)
{
	AUTO_BUF b = {0};

	sink(&b, text);
	assert_string_equal(buf_text(&b), want);
}

static void lines(void **state)
{
	static const struct {
		const char *text, *want;
	} table[] = {{"", ""}, {"plain Z\xc3\xbcrich", "plain Z\xc3\xbcrich"},
		{"a\nb", "a\\nb"}, {"a\r\tb", "a\\x0d\\x09b"},
		{"\x1b[2J\x07", "\\x1b[2J\\x07"}, {"\x7f", "\\x7f"},
		{"\xc2\x9b" "31m", "\\u{009b}31m"},
		{"\xe2\x80\xae" "gpj", "\\u{202e}gpj"},
		{"\xe2\x81\xa6x", "\\u{2066}x"}, {"a\xe2\x80\x8b" "b",
			"a\\u{200b}b"}, {"\xef\xbb\xbf", "\\u{feff}"},
		{"\xd8\x9c", "\\u{061c}"}, {"\xe2\x80\xa8", "\\u{2028}"},
		{"\xf3\xa0\x81\x81", "\\u{e0041}"},
		{"\xc2\xad", "\\u{00ad}"},
		{"bad\xff\xc3", "bad\\xff\\xc3"}, {"\xc0\x8a", "\\xc0\\x8a"},
		{"\xe0\x80\x8a", "\\xe0\\x80\\x8a"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		gives(text_line, table[i].text, table[i].want);
	gives(text_line, NULL, "");
}

/* Whatever goes in, one line of printable UTF-8 comes out. */
static void lines_hold_for_all_bytes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		char text[3] = {(char)(i >> 8), (char)(i & 0xff), '\0'};
		AUTO_BUF b = {0};

		text_line(&b, text);
		assert_true(text_valid_utf8(buf_text(&b), b.len));
		for (size_t k = 0; k < b.len; k++)
			assert_true((unsigned char)b.data[k] >= 0x20 &&
				b.data[k] != 0x7f);
	}
}

static void csv(void **state)
{
	static const struct {
		const char *text, *raw, *safe;
	} table[] = {{"", "", ""}, {"abc", "abc", "abc"},
		{"a,b", "\"a,b\"", "\"a,b\""}, {"a;b", "\"a;b\"", "\"a;b\""},
		{"say \"hi\"", "\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""},
		{"a\nb", "\"a\nb\"", "\"a\nb\""}, {" a", "\" a\"", "\" a\""},
		{"=1+1", "=1+1", "'=1+1"}, {"+1", "+1", "'+1"},
		{"-1", "-1", "'-1"}, {"@x", "@x", "'@x"},
		{"\tx", "\"\tx\"", "\"'\tx\""}, {"\rx", "\"\rx\"", "\"'\rx\""},
		{"\nx", "\"\nx\"", "\"'\nx\""}, {"  =x", "\"  =x\"",
			"\"'  =x\""},
		{"\xc2\xa0=x", "\xc2\xa0=x", "'\xc2\xa0=x"},
		{"\xef\xbb\xbf=x", "\xef\xbb\xbf=x", "'\xef\xbb\xbf=x"},
		{"\xe3\x80\x80=x", "\xe3\x80\x80=x", "'\xe3\x80\x80=x"},
		{"\x01=x", "\x01=x", "'\x01=x"},
		{"\xef\xbc\x9dx", "\xef\xbc\x9dx", "'\xef\xbc\x9dx"},
		{"\xef\xbc\xa0x", "\xef\xbc\xa0x", "'\xef\xbc\xa0x"},
		{"a=b", "a=b", "a=b"}, {"5-3", "5-3", "5-3"},
		{"=HYPERLINK(\"x\")", "\"=HYPERLINK(\"\"x\"\")\"",
			"\"'=HYPERLINK(\"\"x\"\")\""}};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		AUTO_BUF raw = {0};
		AUTO_BUF safe = {0};

		text_csv(&raw, table[i].text, false);
		assert_string_equal(buf_text(&raw), table[i].raw);
		text_csv(&safe, table[i].text, true);
		assert_string_equal(buf_text(&safe), table[i].safe);
	}
}

/* What a shell reads again is the text. */
static void words(void **state)
{
	static const struct {
		const char *text, *want;
	} table[] = {{"", "''"}, {"github/prod-admin", "github/prod-admin"},
		{"-rf", "'-rf'"}, {"it's", "'it'\\''s'"},
		{"$(id) `id`;", "'$(id) `id`;'"}, {"a\nb", "'a\nb'"}};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		gives(text_word, table[i].text, table[i].want);
}

static void jql(void **state)
{
	static const struct {
		const char *text, *want;
	} table[] = {{"", "\"\""}, {"abc\\", "\"abc\\\\\""},
		{"\" OR project = X", "\"\\\" OR project = X\""},
		{"\\\" OR", "\"\\\\\\\" OR\""},
		{"a\tb\nc", "\"a\\u0009b\\u000ac\""},
		{"\x7f\xc2\x85", "\"\\u007f\\u0085\""},
		{"\xef\xb7\x90\xef\xbf\xbe", "\"\\ufdd0\\ufffe\""},
		{"\xff", "\"\\ufffd\""}, {"it's", "\"it's\""},
		{"\xf0\x9f\x98\x80\xe2\x80\xa8",
			"\"\xf0\x9f\x98\x80\xe2\x80\xa8\""}};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		gives(text_jql, table[i].text, table[i].want);
}

/* A reader of JQL's grammar for quoted texts finds the end at the end. */
static void jql_never_ends_early(void **state)
{
	static const char letters[] = "\"\\n'\n\x01u0 ";

	(void)state;
	for (unsigned i = 0; i < 10 * 10 * 10 * 10; i++) {
		char text[5] = {letters[i % 10], letters[i / 10 % 10],
			letters[i / 100 % 10], letters[i / 1000], '\0'};
		AUTO_BUF b = {0};
		size_t k = 1;

		text_jql(&b, text);
		assert_int_equal(b.data[0], '"');
		while (b.data[k] != '"') {
			assert_true((unsigned char)b.data[k] >= 0x20);
			if (b.data[k] == '\\')
				assert_non_null(strchr("\"\\u", b.data[++k]));
			k++;
		}
		assert_int_equal(k, b.len - 1);
	}
}

static void percent(void **state)
{
	(void)state;
	gives(text_percent, "AZaz09-._~", "AZaz09-._~");
	gives(text_percent, "a/b?c#d&e=f%g h", "a%2Fb%3Fc%23d%26e%3Df%25g%20h");
	gives(text_percent, "..\\@:+;,!*'()",
		"..%5C%40%3A%2B%3B%2C%21%2A%27%28%29");
	gives(text_percent, "\xc3\xa9\r\n\xff", "%C3%A9%0D%0A%FF");
	gives(text_percent, "", "");
	gives(text_percent, NULL, "");
}

static void ids(void **state)
{
	static const char *const good[] = {"00u1", "a", "5b10:ab-c.d_E", "...",
		"0"};
	static const char *const bad[] = {"", ".", "..", "a/b", "a b", "a%2f",
		"a?b", "a\\b", "a\nb", "\xc3\xa9", "a@b", "a#b", "a\"b"};
	char longest[257];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(text_is_id(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(text_is_id(bad[i]));
	assert_false(text_is_id(NULL));
	memset(longest, 'x', 256);
	longest[256] = '\0';
	assert_false(text_is_id(longest));
	assert_true(text_is_id(longest + 1));
}

static void same_nocase(void **state)
{
	(void)state;
	assert_true(text_same_nocase("Dana@ACME.com", "dana@acme.COM"));
	assert_true(text_same_nocase("", ""));
	assert_false(text_same_nocase("a", "ab"));
	assert_false(text_same_nocase("ab", "a"));
	assert_false(text_same_nocase("[", "{"));
	/* Only ASCII folds: U+212A (Kelvin sign) is not a 'k'. */
	assert_false(text_same_nocase("k", "\xe2\x84\xaa"));
	assert_false(text_same_nocase("\xc3\x89", "\xc3\xa9"));
	assert_false(text_same_nocase(NULL, NULL));
}

static void matches(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool want;
	} table[] = {{"", "", true}, {"", "a", false}, {"*", "", true},
		{"*", "abc", true}, {"github/*", "github/prod", true},
		{"github/*", "github", false}, {"github/*", "github/", true},
		{"*/admin", "github/admin", true}, {"*a*b", "xaxbxab", true},
		{"*a*b", "xaxbxa", false}, {"a?c", "abc", false},
		{"a?c", "a?c", true}, {"[a]", "a", false},
		{"a**c", "abc", true},
		{"*.*", "a.b", true}, {"a*", "ba", false}, {"*a", "ab", false},
		{"abc", "ABC", false}, {"a*c*e", "abcde", true}};
	static char hostile[20001], pattern[2001];

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(text_match(table[i].pattern, table[i].text),
			table[i].want);
	/* Would take longer than the sun has left if it went back and forth. */
	memset(hostile, 'a', sizeof(hostile) - 1);
	for (size_t i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "a*", 2);
	pattern[sizeof(pattern) - 3] = 'b';
	assert_false(text_match(pattern, hostile));
}

static void words_are_found_whole(void **state)
{
	static const struct {
		const char *words, *word;
		bool want;
	} table[] = {{"", "a", false}, {"", "", false}, {"a b", "", false},
		{"a.read a.manage", "a.manage", true},
		{"a.read a.manage", "a.read", true},
		{"a.reads", "a.read", false}, {"xa.read", "a.read", false},
		{"a.rea", "a.read", false}, {"  a   b ", "b", true},
		{"a b", "a b", false}, {"A", "a", false}};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		if (text_has_word(table[i].words, table[i].word,
			strlen(table[i].word)) != table[i].want)
			fail_msg("'%s' in '%s'", table[i].word,
				table[i].words);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8),
		cmocka_unit_test(lines),
		cmocka_unit_test(lines_hold_for_all_bytes),
		cmocka_unit_test(csv),
		cmocka_unit_test(words),
		cmocka_unit_test(jql),
		cmocka_unit_test(jql_never_ends_early),
		cmocka_unit_test(percent),
		cmocka_unit_test(ids),
		cmocka_unit_test(same_nocase),
		cmocka_unit_test(matches),
		cmocka_unit_test(words_are_found_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
