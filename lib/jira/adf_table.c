/* A table in the Atlassian Document Format: text in cells, nothing of it
 * markup. Source: Atlassian, ADF JSON schema (full.json), table_node. */
#include <ctype.h>
#include <string.h>

#include "rest.h"

static void put_type(struct json_out *w, const char *type)
{
	json_put_open(w, NULL, '{');
	json_put_text(w, "type", type);
}

/* A text node must not be empty, a paragraph may; a cell is one line. */
static void put_cell(struct json_out *w, const char *text, bool head)
{
	AUTO_BUF line = {0};

	for (const char *p = text != NULL ? text : ""; *p != '\0'; p++)
		buf_char(&line, iscntrl((unsigned char)*p) ? ' ' : *p);
	w->out->failed = w->out->failed || line.failed;
	put_type(w, head ? "tableHeader" : "tableCell");
	json_put_open(w, "content", '[');
	put_type(w, "paragraph");
	json_put_open(w, "content", '[');
	if (line.len > 0) {
		put_type(w, "text");
		json_put_text(w, "text", buf_text(&line));
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
	json_put_close(w, '}');
	json_put_close(w, ']');
	json_put_close(w, '}');
}

static void put_table(struct json_out *w, const struct adf_table *t)
{
	put_type(w, "table");
	json_put_open(w, "content", '[');
	for (size_t row = 0; row < t->rows; row++) {
		put_type(w, "tableRow");
		json_put_open(w, "content", '[');
		for (size_t i = 0; i < t->columns; i++)
			put_cell(w, t->cells[row * t->columns + i], row == 0);
		json_put_close(w, ']');
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
	json_put_close(w, '}');
}

void adf_with_table(struct buf *out, const char *text,
	const struct adf_table *t)
{
	struct json_out w = {.out = out};

	json_put_open(&w, NULL, '{');
	json_put_int(&w, "version", 1);
	json_put_text(&w, "type", "doc");
	json_put_open(&w, "content", '[');
	adf_put_text(&w, text);
	put_table(&w, t);
	json_put_close(&w, ']');
	json_put_close(&w, '}');
}
