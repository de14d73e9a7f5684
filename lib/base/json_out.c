/* Writing JSON: compact, members in the order of the calls, equal calls give
 * equal bytes. Checks no nesting: the callers are few and tested. */
#include "json.h"

#include <inttypes.h>
#include <string.h>

#include "text.h"
#include "when.h"

/* Bytes that stand for themselves: most of them, so they are copied at once. */
static size_t plain_bytes(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return (size_t)(p - (const unsigned char *)text);
}

static void quoted(struct buf *out, const char *text)
{
	static const char plain[] = "\b\t\n\f\r\"\\";
	static const char letter[] = "btnfr\"\\";
	size_t len = strlen(text);
	const char *known;
	uint32_t c;
	size_t size;

	buf_char(out, '"');
	for (size_t i = 0; i < len; i += size) {
		size = plain_bytes(text + i);
		if (size > 0) {
			buf_add(out, text + i, size);
			continue;
		}
		size = text_utf8(text + i, len - i, &c);
		known = size == 1 ? strchr(plain, text[i]) : NULL;
		if (size == 0) {
			buf_str(out, "\xef\xbf\xbd");	/* U+FFFD */
			size = 1;
		} else if (known != NULL) {
			buf_char(out, '\\');
			buf_char(out, letter[known - plain]);
		} else if (c < 0x20) {
			buf_fmt(out, "\\u%04x", (unsigned)c);
		} else {
			buf_add(out, text + i, size);
		}
	}
	buf_char(out, '"');
}

/* The comma before a value, and its name. */
static void begin(struct json_out *w, const char *key)
{
	if (w->comma)
		buf_char(w->out, ',');
	w->comma = true;
	if (key != NULL) {
		quoted(w->out, key);
		buf_char(w->out, ':');
	}
}

void json_put_open(struct json_out *w, const char *key, char bracket)
{
	begin(w, key);
	buf_char(w->out, bracket);
	w->comma = false;
}

void json_put_close(struct json_out *w, char bracket)
{
	buf_char(w->out, bracket);
	w->comma = true;
}

void json_put_text(struct json_out *w, const char *key, const char *value)
{
	begin(w, key);
	if (value == NULL)
		buf_str(w->out, "null");
	else
		quoted(w->out, value);
}

void json_put_int(struct json_out *w, const char *key, int64_t value)
{
	begin(w, key);
	buf_fmt(w->out, "%" PRId64, value);
}

void json_put_bool(struct json_out *w, const char *key, bool value)
{
	begin(w, key);
	buf_str(w->out, value ? "true" : "false");
}

void json_put_null(struct json_out *w, const char *key)
{
	begin(w, key);
	buf_str(w->out, "null");
}

void json_put_time(struct json_out *w, const char *key, int64_t at)
{
	char text[WHEN_TEXT];

	json_put_text(w, key, at == WHEN_NONE ? NULL : when_time(at, text));
}

void json_put_raw(struct json_out *w, const char *key, const char *json)
{
	begin(w, key);
	buf_str(w->out, json == NULL ? "null" : json);
}
