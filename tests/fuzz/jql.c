/* A quoted JQL string, read by JQL's own rules: exactly one string token, and
 * the same text in it. */
#include "fuzz.h"
#include "text.h"

static void put_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_char(out, (char)c);
	} else if (c < 0x800) {
		buf_char(out, (char)(0xc0 | c >> 6));
		buf_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_char(out, (char)(0xe0 | c >> 12));
		buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* Source: Jira's Jql.g, the lexer's rules for quoted strings: an escape is
 * one of \" \' \\ \n \r \t, a blank, or \u and exactly four digits; line
 * ends and other controls may not stand there. */
static const char *read_escape(const char *p, struct buf *ret)
{
	char digits[5] = "";
	char *end;

	if (*p != 'u') {
		must(*p != '\0' && strchr("\"'\\ntr ", *p) != NULL);
		buf_char(ret, *p);
		return p + 1;
	}
	memcpy(digits, p + 1, strnlen(p + 1, 4));
	put_utf8(ret, (uint32_t)strtoul(digits, &end, 16));
	must(end == digits + 4);
	return p + 5;
}

static void read_token(const char *p, struct buf *ret)
{
	must(*p++ == '"');
	while (*p != '"') {
		must((unsigned char)*p >= ' ' && *p != 0x7f);
		if (*p == '\\')
			p = read_escape(p + 1, ret);
		else
			buf_char(ret, *p++);
	}
	must(p[1] == '\0');
}

static void expected_of(const char *text, struct buf *ret)
{
	size_t len = strlen(text);
	size_t size;
	uint32_t c;

	for (size_t i = 0; i < len; i += size) {
		size = text_utf8(text + i, len - i, &c);
		if (size == 0)
			buf_str(ret, "\xef\xbf\xbd");
		else
			buf_add(ret, text + i, size);
		size = size == 0 ? 1 : size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FUZZ *text = fuzz_text(data, size);
	AUTO_BUF quoted = {.max = 64 << 20};
	AUTO_BUF read = {.max = 64 << 20};
	AUTO_BUF want = {.max = 64 << 20};

	text_jql(&quoted, text);
	must(!quoted.failed && text_valid_utf8(quoted.data, quoted.len));
	read_token(buf_text(&quoted), &read);
	expected_of(text, &want);
	must(strcmp(buf_text(&read), buf_text(&want)) == 0);
	return 0;
}
