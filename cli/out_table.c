/* Records as a table: columns as wide as their cells, never cut, so that an id
 * can always be copied. Not for scripts: these read --json. */
#include "out.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* ---- Cells ---- */

static char *time_cell(const struct out *o, int64_t at)
{
	char text[LAPSE_TIME_TEXT], relative[LAPSE_TIME_TEXT];
	char cell[2 * LAPSE_TIME_TEXT + 4];

	if (at == INT64_MIN)
		return strdup("-");
	lapse_time_text(at, text);
	if (!o->terminal)
		return strdup(text);
	snprintf(cell, sizeof(cell), "%s (%s)", text,
		lapse_relative_text(at, o->now, relative));
	return strdup(cell);
}

static char *number_cell(int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	return strdup(text);
}

char *out_cell(const struct out *o, const struct lapse_field *f)
{
	char text[LAPSE_TIME_TEXT];

	switch (f->kind) {
	case LAPSE_TEXT:
	case LAPSE_NUMBER:
		if (f->text == NULL || *f->text == '\0')
			return strdup("-");
		return lapse_line(f->text);
	case LAPSE_INT:
		return number_cell(f->number);
	case LAPSE_BOOL:
		return strdup(f->number != 0 ? "yes" : "no");
	case LAPSE_TIME:
		return time_cell(o, f->number);
	case LAPSE_SECONDS:
		if (f->number == INT64_MIN)
			return strdup("-");
		return strdup(lapse_duration_text(f->number, text));
	}
	return strdup("-");
}

/* Columns on a terminal; text that is not of the locale counts its bytes. */
static int cell_width(const char *cell)
{
	wchar_t wide[512];
	size_t n = mbstowcs(wide, cell, sizeof(wide) / sizeof(*wide));
	int width;

	if (n == (size_t)-1 || n >= sizeof(wide) / sizeof(*wide))
		return (int)strlen(cell);
	width = wcswidth(wide, n);
	return width < 0 ? (int)strlen(cell) : width;
}

/* ---- Printing ---- */

static void print_row(struct out *o, char *const *cells, bool head)
{
	int pad = 0;	/* owed before the next cell: none at a line's end */
	bool first = true;

	if (head && o->color)
		fputs("\033[1m", o->to);
	for (size_t i = 0; i < o->n_columns; i++) {
		int room = o->width[i] - cell_width(cells[i]);

		if (!o->shown[i])
			continue;
		room = room < 0 ? 0 : room;
		pad += (first ? 0 : 2) + (o->right[i] ? room : 0);
		fprintf(o->to, "%*s%s", pad, "", cells[i]);
		pad = o->right[i] ? 0 : room;
		first = false;
	}
	fputs(head && o->color ? "\033[0m\n" : "\n", o->to);
}

/* A column that is empty in a table that is whole says nothing. */
static void hide_empty(struct out *o)
{
	for (size_t i = 0; i < o->n_columns; i++)
		o->shown[i] = o->shown[i] && (o->filled[i] || o->wide);
}

static void clear_rows(struct out *o)
{
	for (size_t r = 0; r < o->n_rows; r++) {
		for (size_t i = 0; i < o->n_columns; i++)
			free(o->cells[r][i]);
	}
	o->n_rows = 0;
}

static void clear_heads(struct out *o)
{
	for (size_t i = 0; i < o->n_columns; i++)
		free(o->heads[i]);
	free(o->schema);
	o->schema = NULL;
	o->n_columns = 0;
	o->begun = false;
}

void out_table_flush(struct out *o, bool ended)
{
	if (ended && !o->begun)
		hide_empty(o);
	if (o->n_rows > 0 && !o->begun)
		print_row(o, o->heads, true);
	o->begun = o->begun || o->n_rows > 0;
	for (size_t r = 0; r < o->n_rows; r++)
		print_row(o, o->cells[r], false);
	o->printed = o->printed || o->begun;
	clear_rows(o);
	if (ended)
		clear_heads(o);
}

/* ---- Collecting ---- */

/* "ends_at" is ENDS_AT in the record and ENDS in the head of the table. */
static char *head_cell(const char *name)
{
	size_t len = strlen(name);
	char *head = strdup(name);

	if (head == NULL)
		return NULL;
	if (len > 3 && strcmp(head + len - 3, "_at") == 0)
		head[len - 3] = '\0';
	for (char *c = head; *c != '\0'; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
		else if (*c == '_')
			*c = ' ';
	}
	return head;
}

static int begin(struct out *o, const char *schema,
	const struct lapse_field *fields, size_t n)
{
	out_table_flush(o, true);
	if (o->printed)
		fputc('\n', o->to);
	o->schema = strdup(schema);
	if (o->schema == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		o->heads[i] = head_cell(fields[i].name);
		if (o->heads[i] == NULL)
			return -1;
		o->n_columns = i + 1;
		o->right[i] = fields[i].kind == LAPSE_INT;
		o->shown[i] = o->wide || out_is_shown(schema, fields[i].name);
		o->filled[i] = false;
		o->width[i] = cell_width(o->heads[i]);
	}
	return 0;
}

static int add_row(struct out *o, const struct lapse_field *fields)
{
	char *cells[COLUMNS_MAX];

	for (size_t i = 0; i < o->n_columns; i++) {
		int width;

		cells[i] = out_cell(o, &fields[i]);
		if (cells[i] == NULL) {
			while (i-- > 0)
				free(cells[i]);
			return -1;
		}
		width = cell_width(cells[i]);
		if (strcmp(cells[i], "-") != 0)
			o->filled[i] = true;
		if (!o->begun && width > o->width[i])
			o->width[i] = width;
	}
	memcpy(o->cells[o->n_rows++], cells, o->n_columns * sizeof(*cells));
	return 0;
}

int out_table(struct out *o, const char *schema,
	const struct lapse_field *fields, size_t n)
{
	if (n > COLUMNS_MAX)
		n = COLUMNS_MAX;
	if (o->schema == NULL || strcmp(o->schema, schema) != 0 ||
		n != o->n_columns) {
		if (begin(o, schema, fields, n) < 0)
			return -1;
	}
	if (add_row(o, fields) < 0)
		return -1;
	if (o->n_rows == ROWS_AHEAD)
		out_table_flush(o, false);
	return 0;
}
