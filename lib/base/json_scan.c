/* A strict reading of RFC 8259. cJSON takes more than JSON (raw control
 * characters, "01", bytes behind the end, any bytes as text) and cuts texts
 * at \u0000; whatever passes here it reads in one way only. */
#include "json_scan.h"

#include <stdint.h>
#include <string.h>

#include "text.h"

struct scan {
	const char *p;
	const char *end;
	const char *fault;
	int depth;
};

static bool fault(struct scan *s, const char *what)
{
	if (s->fault == NULL)
		s->fault = what;
	return false;
}

static void blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' ||
		*s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool literal(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
		return fault(s, "not a value");
	s->p += len;
	return true;
}

static size_t digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - from);
}

static bool number(struct scan *s)
{
	const char *from = s->p;

	take(s, '-');
	if (!take(s, '0') && digits(s) == 0)
		return fault(s, "not a value");
	if (take(s, '.') && digits(s) == 0)
		return fault(s, "a number without digits after its point");
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			take(s, '-');
		if (digits(s) == 0)
			return fault(s, "a number without an exponent");
	}
	if (s->p - from > JSON_NUMBER)
		return fault(s, "a number that is too long");
	return true;
}

/* Four hex digits. */
static bool code_unit(struct scan *s, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++, s->p++) {
		char c = s->p < s->end ? *s->p : '\0';

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return fault(s, "a broken \\u escape");
	}
	*ret = v;
	return true;
}

static bool unicode_escape(struct scan *s)
{
	uint32_t high, low;

	if (!code_unit(s, &high))
		return false;
	if (high == 0)
		return fault(s, "a NUL in a text");
	if (high < 0xd800 || high > 0xdfff)
		return true;
	if (high > 0xdbff || !take(s, '\\') || !take(s, 'u') ||
		!code_unit(s, &low) || low < 0xdc00 || low > 0xdfff)
		return fault(s, "half of a surrogate pair");
	return true;
}

static bool escape(struct scan *s)
{
	if (take(s, 'u'))
		return unicode_escape(s);
	if (s->p == s->end || *s->p == '\0' ||
		strchr("\"\\/bfnrt", *s->p) == NULL)
		return fault(s, "an unknown escape");
	s->p++;
	return true;
}

/* Eight bytes at once, while none of them is a quote, a backslash, a control
 * character or outside ASCII. A byte behind such a one may be taken for one
 * too, which only costs time. */
static void plain(struct scan *s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w;

	for (; s->end - s->p >= 8; s->p += 8) {
		memcpy(&w, s->p, sizeof(w));
		if (((w | (w - ones * 0x20) | ((w ^ ones * '"') - ones) |
			((w ^ ones * '\\') - ones)) & ones * 0x80) != 0)
			return;
	}
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Behind the opening quote. */
static bool string(struct scan *s)
{
	uint32_t c;
	size_t size;

	for (;;) {
		plain(s);
		while (s->p < s->end && is_plain(*s->p))
			s->p++;
		if (s->p == s->end || *s->p == '"')
			break;
		if (take(s, '\\')) {
			if (!escape(s))
				return false;
			continue;
		}
		size = text_utf8(s->p, (size_t)(s->end - s->p), &c);
		if (size == 0)
			return fault(s, "not UTF-8");
		if (c < 0x20)
			return fault(s, "a control character in a text");
		s->p += size;
	}
	return take(s, '"') || fault(s, "a text without an end");
}

static bool value(struct scan *s);

static bool member(struct scan *s)
{
	blanks(s);
	if (!take(s, '"'))
		return fault(s, "a member without a name");
	if (!string(s))
		return false;
	blanks(s);
	if (!take(s, ':'))
		return fault(s, "a member without a value");
	return value(s);
}

/* Behind the opening bracket; close ends it. */
static bool items(struct scan *s, char close)
{
	if (++s->depth > JSON_DEPTH)
		return fault(s, "nested too deeply");
	blanks(s);
	if (!take(s, close)) {
		do {
			if (!(close == '}' ? member(s) : value(s)))
				return false;
			blanks(s);
		} while (take(s, ','));
		if (!take(s, close))
			return fault(s, "a list or object without an end");
	}
	s->depth--;
	return true;
}

static bool value(struct scan *s)
{
	blanks(s);
	if (take(s, '{'))
		return items(s, '}');
	if (take(s, '['))
		return items(s, ']');
	if (take(s, '"'))
		return string(s);
	switch (s->p < s->end ? *s->p : '\0') {
	case 't':
		return literal(s, "true");
	case 'f':
		return literal(s, "false");
	case 'n':
		return literal(s, "null");
	default:
		return number(s);
	}
}

const char *json_scan(const char *bytes, size_t len, size_t *ret_offset)
{
	struct scan s = {0};

	if (bytes == NULL)	/* an empty buffer */
		bytes = "";
	s.p = bytes;
	s.end = bytes + len;
	if (value(&s)) {
		blanks(&s);
		if (s.p != s.end)
			fault(&s, "bytes behind the end");
	}
	if (s.fault != NULL)
		*ret_offset = (size_t)(s.p - bytes);
	return s.fault;
}

/* ---- Members without a tree ---- */

struct picking {
	const char *const *names;
	size_t n;
	struct json_span *found;
};

static void keep(const struct picking *p, const char *key, size_t key_len,
	const char *from, const char *to)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->found[i].at == NULL && p->names[i][0] == *key &&
			strlen(p->names[i]) == key_len &&
			memcmp(p->names[i], key, key_len) == 0)
			p->found[i] = (struct json_span){from,
				(size_t)(to - from)};
	}
}

static bool pick_member(struct scan *s, const struct picking *p)
{
	const char *key;
	const char *end;
	const char *from;

	blanks(s);
	if (!take(s, '"'))
		return false;
	key = s->p;
	if (!string(s))
		return false;
	end = s->p - 1;
	blanks(s);
	if (!take(s, ':'))
		return false;
	blanks(s);
	from = s->p;
	if (!value(s))
		return false;
	keep(p, key, (size_t)(end - key), from, s->p);
	return true;
}

static bool pick_all(struct scan *s, const struct picking *p)
{
	blanks(s);
	if (!take(s, '{'))
		return false;
	s->depth = 1;
	blanks(s);
	if (!take(s, '}')) {
		do {
			if (!pick_member(s, p))
				return false;
			blanks(s);
		} while (take(s, ','));
		if (!take(s, '}'))
			return false;
	}
	blanks(s);
	return s->p == s->end;
}

bool json_pick(const char *bytes, size_t len, const char *const *names,
	size_t n, struct json_span *ret)
{
	const struct picking p = {names, n, ret};
	struct scan s = {.p = bytes, .end = len > 0 ? bytes + len : bytes};

	memset(ret, 0, n * sizeof(*ret));
	if (pick_all(&s, &p))
		return true;
	memset(ret, 0, n * sizeof(*ret));
	return false;
}
