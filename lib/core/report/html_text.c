/* Text on its way into the page, and templates that take it. */
#include "html_private.h"

#include <string.h>

#include "text.h"

/* What HTML calls a noncharacter is an error of parsing wherever it stands.
 * Source: HTML, parsing, noncharacter-in-input-stream. */
static bool noncharacter(uint32_t c)
{
	return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

static const char *entity(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* Right between tags and inside quotes: all five characters, always. */
static void escape(struct buf *out, const char *text)
{
	AUTO_BUF line = {0};
	uint32_t c = 0;
	size_t size;

	text_line(&line, text);
	if (line.failed)
		out->failed = true;
	for (size_t i = 0; i < line.len; i += size) {
		const char *name;

		size = text_utf8(line.data + i, line.len - i, &c);
		name = entity(c);
		if (name != NULL)
			buf_str(out, name);
		else if (noncharacter(c))
			buf_fmt(out, "\\u{%04x}", (unsigned)c);
		else
			buf_add(out, line.data + i, size);
	}
}

void html_text(struct buf *out, const char *text)
{
	escape(out, text == NULL ? "not known" : text);
}

void html_name(struct buf *out, const char *name)
{
	bool blank = name == NULL || name[strspn(name, " ")] == '\0';

	buf_str(out, "<bdi>");
	html_text(out, blank ? "(no name)" : name);
	buf_str(out, "</bdi>");
}

void html_attr(struct buf *out, const char *name, const char *value)
{
	buf_fmt(out, " %s=\"", name);
	escape(out, value);
	buf_char(out, '"');
}

void html_fill(struct buf *out, const char *const *texts, size_t n)
{
	const char *at = texts[0];
	size_t next = 1;

	for (const char *hole; (hole = strstr(at, "{}")) != NULL; next++) {
		buf_add(out, at, (size_t)(hole - at));
		if (next < n)
			html_text(out, texts[next]);
		at = hole + 2;
	}
	buf_str(out, at);
	if (next != n)
		out->failed = true;
}
