/* Untrusted text on its way out, and the little that is asked of it on its
 * way in. Not JSON (json_out.c) and not ADF (jira/). */
#include "text.h"

#include <string.h>

/* ---- UTF-8 ---- */

/* Source: RFC 3629, the table of well-formed sequences. */
size_t text_utf8(const char *text, size_t len, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t size;
	uint32_t c;

	if (len == 0)
		return 0;
	c = p[0];
	if (c < 0x80) {
		*ret = c;
		return 1;
	}
	size = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	if (size == 0 || size > len)
		return 0;
	/* Overlong forms, surrogates, beyond U+10FFFF: by the second byte. */
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	c &= 0xffU >> (size + 1);
	for (size_t i = 1; i < size; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	*ret = c;
	return size;
}

bool text_valid_utf8(const char *text, size_t len)
{
	uint32_t c;
	size_t size;

	for (size_t i = 0; i < len; i += size) {
		size = text_utf8(text + i, len - i, &c);
		if (size == 0 || c == 0)
			return false;
	}
	return true;
}

/* Characters that are not seen, or change how their neighbours are seen.
 * Source: Unicode, general category Cf and the line separators, but for
 * those that scripts need to be read at all. */
static bool invisible(uint32_t c)
{
	return c == 0xad || c == 0x34f || c == 0x61c || c == 0x180e ||
		(c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
		(c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static bool control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/* ---- Sinks ---- */

void text_line(struct buf *out, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);
	uint32_t c;
	size_t size;

	for (size_t i = 0; i < len; i += size) {
		size = text_utf8(text + i, len - i, &c);
		if (size == 0) {
			buf_fmt(out, "\\x%02x", (unsigned char)text[i]);
			size = 1;
		} else if (c == '\n') {
			buf_str(out, "\\n");
		} else if (c < 0x20 || c == 0x7f) {
			buf_fmt(out, "\\x%02x", (unsigned)c);
		} else if (control(c) || invisible(c)) {
			buf_fmt(out, "\\u{%04x}", (unsigned)c);
		} else {
			buf_add(out, text + i, size);
		}
	}
}

static bool formula_sign(uint32_t c)
{
	static const uint32_t signs[] = {'=', '+', '-', '@', '\t', '\r', '\n',
		0xff1d, 0xff0b, 0xff0d, 0xff20};

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		if (signs[i] == c)
			return true;
	}
	return false;
}

/* Source: OWASP, "CSV Injection". Spreadsheets trim what cannot be seen
 * before they look at the first character. */
static bool formula(const char *text)
{
	size_t len = strlen(text);
	uint32_t c;
	size_t size;

	for (size_t i = 0; i < len; i += size) {
		size = text_utf8(text + i, len - i, &c);
		if (size == 0)
			return false;
		if (formula_sign(c))
			return true;
		if (c != ' ' && c != 0xa0 && c != 0x3000 && !control(c) &&
			!invisible(c) && (c < 0x2000 || c > 0x200a))
			return false;
	}
	return false;
}

/* ';' and TAB too: some spreadsheets take them as separators, and a formula
 * could begin behind one. */
static bool needs_quotes(const char *text)
{
	size_t len = strlen(text);

	return strpbrk(text, "\",;\t\r\n") != NULL ||
		(len > 0 && (text[0] == ' ' || text[len - 1] == ' '));
}

void text_csv(struct buf *out, const char *text, bool safe)
{
	bool quoted;

	if (text == NULL)
		return;
	quoted = needs_quotes(text);
	if (quoted)
		buf_char(out, '"');
	if (safe && formula(text))
		buf_char(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_char(out, '"');
		buf_char(out, *text);
	}
	if (quoted)
		buf_char(out, '"');
}

/* Jira's parser takes \uXXXX only with exactly four digits, and refuses these
 * characters raw; everything beyond is fine as it is. */
static bool jql_escaped(uint32_t c)
{
	return control(c) || (c >= 0xfdd0 && c <= 0xfdef) || c == 0xfffe ||
		c == 0xffff;
}

void text_jql(struct buf *out, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);
	uint32_t c;
	size_t size;

	buf_char(out, '"');
	for (size_t i = 0; i < len; i += size) {
		size = text_utf8(text + i, len - i, &c);
		if (size == 0) {
			buf_str(out, "\\ufffd");
			size = 1;
			continue;
		}
		if (c == '"' || c == '\\')
			buf_char(out, '\\');
		if (jql_escaped(c))
			buf_fmt(out, "\\u%04x", (unsigned)c);
		else
			buf_add(out, text + i, size);
	}
	buf_char(out, '"');
}

/* By the byte's value: isalnum() would ask the locale. */
static bool letter_or_digit(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9');
}

void text_word(struct buf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._+:/-";

	if (*text != '\0' && *text != '-' &&
		text[strspn(text, plain)] == '\0') {
		buf_str(out, text);
		return;
	}
	buf_char(out, '\'');
	for (; *text != '\0'; text++)
		if (*text == '\'')
			buf_str(out, "'\\''");
		else
			buf_char(out, *text);
	buf_char(out, '\'');
}

void text_percent(struct buf *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; p != NULL && *p != '\0'; p++) {
		if (letter_or_digit(*p) || strchr("-._~", *p) != NULL)
			buf_char(out, (char)*p);
		else
			buf_fmt(out, "%%%02X", *p);
	}
}

/* ---- Questions ---- */

bool text_is_id(const char *text)
{
	size_t len;

	if (text == NULL || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return false;
	for (len = 0; text[len] != '\0'; len++) {
		if (len == 255)
			return false;
		if (!letter_or_digit((unsigned char)text[len]) &&
			strchr("._:-", text[len]) == NULL)
			return false;
	}
	return len > 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_same_nocase(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return false;
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return *a == '\0' && *b == '\0';
}

/* Only the last '*' is ever tried again, so hostile patterns stay at
 * pattern times text. */
bool text_match(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			from = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool text_has_word(const char *words, const char *word, size_t len)
{
	while (*words != '\0') {
		size_t n = strcspn(words, " ");

		if (n == len && n > 0 && memcmp(words, word, len) == 0)
			return true;
		words += n;
		words += strspn(words, " ");
	}
	return false;
}
