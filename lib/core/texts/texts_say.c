/* The words that texts.c is made of. */
#include "texts_say.h"

#include <string.h>

#include "text.h"

enum {
	NAME_MAX_CHARS = 120,
	QUOTE_MAX_CHARS = 1000,
};

static void new_line(struct buf *out)
{
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_char(out, '\n');
}

void say_line(struct buf *out, const char *format, ...)
{
	va_list args;

	new_line(out);
	va_start(args, format);
	buf_vfmt(out, format, args);
	va_end(args);
}

void say_gap(struct buf *out)
{
	if (out->len == 0)
		return;
	new_line(out);
	buf_char(out, '\n');
}

/* Line and paragraph separators count as blanks too. */
static bool is_blank(uint32_t c)
{
	return c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0x2028 ||
		c == 0x2029;
}

/* Zero width, and what changes the direction of the text around it. */
static bool is_hidden(uint32_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0x061c;
}

struct cleaning {
	struct buf *out;
	size_t chars;
	size_t max;
	bool blank;		/* one is owed before the next character */
};

/* False when there is no more room. */
static bool put_char(struct cleaning *c, const char *bytes, size_t n)
{
	if (c->chars + c->blank >= c->max) {
		buf_str(c->out, "...");
		return false;
	}
	if (c->blank)
		buf_char(c->out, ' ');
	buf_add(c->out, bytes, n);
	c->chars += 1U + c->blank;
	c->blank = false;
	return true;
}

void say_clean(struct buf *out, const char *text, size_t max)
{
	struct cleaning c = {.out = out, .max = max};
	size_t len = text != NULL ? strlen(text) : 0;

	while (len > 0) {
		uint32_t code = 0;
		size_t n = text_utf8(text, len, &code);
		bool ok = true;

		if (n == 0)
			ok = put_char(&c, "\xef\xbf\xbd", 3);
		else if (is_blank(code))
			c.blank = c.chars > 0;
		else if (!is_hidden(code))
			ok = put_char(&c, text, n);
		if (!ok)
			return;
		n = n > 0 ? n : 1;
		text += n;
		len -= n;
	}
}

void say_quoted(struct buf *out, const char *label, const char *text)
{
	AUTO_BUF clean = {0};

	say_clean(&clean, text, QUOTE_MAX_CHARS);
	out->failed = out->failed || clean.failed;
	if (clean.len == 0)
		return;
	say_line(out, "%s", label);
	say_line(out, "\"%s\"", buf_text(&clean));
}

void say_duration(struct buf *out, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {
		{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"},
	};
	const char *between = "";

	if (seconds <= 0)
		buf_str(out, "without an end");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int64_t n = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (n <= 0)
			continue;
		buf_fmt(out, "%s%lld %s%s", between, (long long)n,
			units[i].name, n == 1 ? "" : "s");
		between = " ";
	}
}

static const char *kept(struct arena *a, const struct buf *b)
{
	const char *copy = arena_copy(a, buf_text(b));

	if (b->failed)
		a->failed = true;
	return copy != NULL ? copy : "";
}

const char *clean_text(struct arena *a, const char *text, size_t max)
{
	AUTO_BUF b = {0};

	say_clean(&b, text, max);
	return kept(a, &b);
}

const char *clean_name(struct arena *a, const char *text)
{
	const char *name = clean_text(a, text, NAME_MAX_CHARS);

	return name[0] != '\0' ? name : "someone";
}

const char *clean_duration(struct arena *a, int64_t seconds)
{
	AUTO_BUF b = {0};

	say_duration(&b, seconds);
	return kept(a, &b);
}

const char *clean_time(struct arena *a, int64_t at, const char *zone)
{
	AUTO_BUF b = {0};

	when_for_reader(&b, at, zone);
	return kept(a, &b);
}
