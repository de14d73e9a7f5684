/* Text to and from the Atlassian Document Format, and inert wiki text. Data
 * never becomes markup: text goes into text nodes, nothing is parsed.
 * Source: Atlassian, ADF JSON schema (full.json). */
#include <ctype.h>
#include <string.h>

#include "text.h"
#include "rest.h"

enum {
	ADF_MAX = 30000,	/* bytes; Jira's limit is 32 767 characters */
	ADF_FRAME = 400,	/* bytes around the text: document, "..." */
	ADF_BREAK = 90,		/* bytes that a line may need around it */
};

/* ---- From text ---- */

/* One line that is a URL and nothing else. */
static bool is_url(const char *line, size_t len)
{
	if ((len < 9 || strncmp(line, "https://", 8) != 0) &&
		(len < 8 || strncmp(line, "http://", 7) != 0))
		return false;
	for (size_t i = 0; i < len; i++)
		if (line[i] <= ' ' || line[i] > '~' ||
			strchr("\"<>\\^`{|}", line[i]) != NULL)
			return false;
	return true;
}

/* How many bytes at most one byte of text takes in JSON. */
static size_t cost_of(char c, bool valid)
{
	if (c == '\n')
		return ADF_BREAK;
	if (c == '"' || c == '\\' || c == '\t')
		return 2;
	return (c & 0x80) != 0 && !valid ? 3 : 1;
}

/* How much of the text fits, counted so that it surely does. A URL stands
 * twice in its node. */
static size_t fitting(const char *text, size_t budget)
{
	bool valid = text_valid_utf8(text, strlen(text));
	size_t used = 0;
	size_t times = 1;
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (i == 0 || text[i - 1] == '\n')
			times = is_url(text + i, strcspn(text + i, "\n"))
				? 2 : 1;
		used += cost_of(text[i], valid) * times;
		if (used > budget)
			break;
	}
	while (text[i] != '\0' && i > 0 &&
		((unsigned char)text[i] & 0xC0) == 0x80)
		i--;
	return i;
}

static void put_line(struct json_out *w, const char *line, size_t len)
{
	AUTO_BUF text = {0};

	buf_add(&text, line, len);
	w->out->failed = w->out->failed || text.failed;
	json_put_open(w, NULL, '{');
	json_put_text(w, "type", "text");
	json_put_text(w, "text", buf_text(&text));
	if (is_url(line, len)) {
		json_put_open(w, "marks", '[');
		json_put_open(w, NULL, '{');
		json_put_text(w, "type", "link");
		json_put_open(w, "attrs", '{');
		json_put_text(w, "href", buf_text(&text));
		json_put_close(w, '}');
		json_put_close(w, '}');
		json_put_close(w, ']');
	}
	json_put_close(w, '}');
}

static void put_break(struct json_out *w)
{
	json_put_open(w, NULL, '{');
	json_put_text(w, "type", "hardBreak");
	json_put_close(w, '}');
}

/* A text node must not be empty, a paragraph may. Returns what follows. */
static const char *put_paragraph(struct json_out *w, const char *text)
{
	json_put_open(w, NULL, '{');
	json_put_text(w, "type", "paragraph");
	json_put_open(w, "content", '[');
	for (bool first = true; *text != '\0' && *text != '\n'; first = false) {
		size_t len = strcspn(text, "\n");

		if (!first)
			put_break(w);
		put_line(w, text, len);
		text += len;
		if (*text == '\n')
			text++;
	}
	json_put_close(w, ']');
	json_put_close(w, '}');
	return text;
}

static void put_paragraphs(struct json_out *w, const char *text)
{
	for (text += strspn(text, "\n"); *text != '\0';
		text += strspn(text, "\n"))
		text = put_paragraph(w, text);
}

/* Control characters have no place in a document; CR is part of a newline.
 * What is no UTF-8 is told before that, lest leaving out a CR makes it some. */
static void clean(struct buf *out, const char *text)
{
	size_t len = strlen(text);
	size_t size;
	uint32_t c;

	for (size_t i = 0; i < len; i += size) {
		size = text_utf8(text + i, len - i, &c);
		if (size == 0) {
			buf_str(out, "\xef\xbf\xbd");
			size = 1;
		} else if (c == '\r') {
			continue;
		} else if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f) {
			buf_char(out, ' ');
		} else {
			buf_add(out, text + i, size);
		}
	}
}

void adf_with_tail(struct buf *out, const char *text, const char *tail)
{
	AUTO_BUF all = {0};
	AUTO_BUF cut = {0};
	struct json_out w = {.out = out};
	size_t tail_len = tail == NULL ? 0 : 6 * strlen(tail) + ADF_BREAK;
	size_t n;

	clean(&all, text == NULL ? "" : text);
	n = fitting(buf_text(&all), ADF_MAX - ADF_FRAME - tail_len);
	buf_add(&cut, buf_text(&all), n);
	if (n < all.len)
		buf_str(&cut, "...");
	out->failed = out->failed || all.failed || cut.failed;
	json_put_open(&w, NULL, '{');
	json_put_int(&w, "version", 1);
	json_put_text(&w, "type", "doc");
	json_put_open(&w, "content", '[');
	put_paragraphs(&w, buf_text(&cut));
	if (tail != NULL)
		put_paragraphs(&w, tail);
	json_put_close(&w, ']');
	json_put_close(&w, '}');
}

void adf_put_text(struct json_out *w, const char *text)
{
	AUTO_BUF all = {0};

	clean(&all, text);
	w->out->failed = w->out->failed || all.failed;
	put_paragraphs(w, buf_text(&all));
}

void adf_from_text(struct buf *out, const char *text)
{
	adf_with_tail(out, text, NULL);
}

/* ---- To text ---- */

static const char *const lines[] = {
	"paragraph", "heading", "codeBlock", "rule", "mediaSingle",
	"blockCard", "embedCard",
};

/* Leaf blocks stand on lines of their own. */
static bool is_line(const char *type)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (strcmp(lines[i], type) == 0)
			return true;
	return false;
}

static void add_node(struct json node, struct buf *out, size_t start,
	int depth);

static void add_children(struct json node, struct buf *out, size_t start,
	int depth)
{
	struct json list = json_at(node, "content");

	if (!json_is_array(list))
		return;
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		add_node(i, out, start, depth);
}

/* Mentions, emoji and dates carry what people see in their attributes. */
static void add_leaf(struct json node, const char *type, struct buf *out)
{
	struct json attrs = json_at(node, "attrs");

	if (strcmp(type, "text") == 0)
		buf_str(out, json_as_text(json_at(node, "text")));
	else if (strcmp(type, "hardBreak") == 0)
		buf_char(out, '\n');
	else if (json_is_text(json_at(attrs, "text")))
		buf_str(out, json_as_text(json_at(attrs, "text")));
	else if (json_is_text(json_at(attrs, "url")))
		buf_str(out, json_as_text(json_at(attrs, "url")));
	else if (json_is_text(json_at(attrs, "shortName")))
		buf_str(out, json_as_text(json_at(attrs, "shortName")));
}

static void add_node(struct json node, struct buf *out, size_t start,
	int depth)
{
	const char *type = json_as_text(json_at(node, "type"));

	if (type == NULL)
		type = "";
	if (is_line(type) && out->len > start)
		buf_str(out, depth > 1 ? "\n" : "\n\n");
	add_leaf(node, type, out);
	add_children(node, out, start, depth + 1);
}

void adf_to_text(struct json node, struct buf *out)
{
	add_node(node, out, out->len, 0);
}

/* ---- Wiki ---- */

/* A dash marks text only beside a word, never inside of one. */
static bool dash_marks(const char *start, const char *at)
{
	return at == start || !isalnum((unsigned char)at[-1]) ||
		!isalnum((unsigned char)at[1]);
}

/* "h1." and "bq." begin a block; a word joiner between takes that away. */
static size_t block_prefix(const char *line)
{
	if (line[0] == 'h' && line[1] >= '1' && line[1] <= '6' &&
		line[2] == '.')
		return 2;
	return strncmp(line, "bq.", 3) == 0 ? 2 : 0;
}

void wiki_escape(struct buf *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (c == text || c[-1] == '\n') {
			size_t n = block_prefix(c);

			buf_add(out, c, n);
			buf_str(out, n > 0 ? "\xE2\x81\xA0" : "");
			c += n;
		}
		if (strchr("\\{}[]|*_!+^~?#", *c) != NULL ||
			(*c == '-' && dash_marks(text, c)))
			buf_char(out, '\\');
		buf_char(out, *c);
	}
}
