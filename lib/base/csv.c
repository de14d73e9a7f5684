/* The CSV reader. One row at a time: its text without quotes in a buffer, and
 * where each cell begins there. */
#include "csv.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "buf.h"
#include "text.h"

struct csv_scan {
	const char *p;
	const char *end;
	size_t line;		/* of p */
	char separator;
};

struct csv_cells {
	struct buf text;	/* each cell and its NUL */
	size_t at[CSV_COLUMNS];
	const char *cells[CSV_COLUMNS];
	size_t n;
	size_t line;
};

static void csv_cells_clear(struct csv_cells *c)
{
	buf_clear(&c->text);
}
#define AUTO_CSV_CELLS __attribute__((cleanup(csv_cells_clear)))

static int fault(size_t line, struct lapse_err *err, const char *what)
{
	return lapse_fail(err, LAPSE_EREFUSED, "line %zu: %s", line, what);
}

/* The first line, outside of quotes, says what separates. */
static char separator(const char *p, const char *end)
{
	bool quoted = false;
	char found = ',';

	for (; p < end && (quoted || (*p != '\n' && *p != '\r')); p++) {
		if (*p == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (*p == ',')
			return ',';
		if ((*p == ';' || *p == '\t') && found == ',')
			found = *p;
	}
	return found;
}

static bool at_line_end(const struct csv_scan *s)
{
	return *s->p == '\n' ||
		(*s->p == '\r' && s->end - s->p > 1 && s->p[1] == '\n');
}

/* Behind the opening quote, up to behind the closing one. */
static int quoted(struct csv_scan *s, struct buf *out, struct lapse_err *err)
{
	size_t from = s->line;

	for (; s->p < s->end; s->p++) {
		if (*s->p == '"') {
			if (s->end - s->p < 2 || s->p[1] != '"') {
				s->p++;
				return 0;
			}
			s->p++;
		}
		if (*s->p == '\n')
			s->line++;
		buf_char(out, *s->p);
	}
	return fault(from, err, "a quote is opened and never closed");
}

static int plain(struct csv_scan *s, struct buf *out, struct lapse_err *err)
{
	for (; s->p < s->end && *s->p != s->separator && !at_line_end(s);
		s->p++) {
		if (*s->p == '"')
			return fault(s->line, err, "a quote inside a cell that "
				"does not begin with one");
		if (*s->p == '\r')
			return fault(s->line, err, "a carriage return without "
				"a line feed");
		buf_char(out, *s->p);
	}
	return 0;
}

static int read_cell(struct csv_scan *s, struct csv_cells *c,
	struct lapse_err *err)
{
	size_t from = c->text.len;
	int rc;

	if (c->n == CSV_COLUMNS)
		return fault(s->line, err, "more than 128 cells");
	c->at[c->n++] = from;
	if (s->p < s->end && *s->p == '"') {
		s->p++;
		rc = quoted(s, &c->text, err);
		if (rc == 0 && s->p < s->end && *s->p != s->separator &&
			!at_line_end(s))
			rc = fault(s->line, err, "text behind a closing quote");
	} else {
		rc = plain(s, &c->text, err);
	}
	if (rc == 0 && c->text.len - from > CSV_CELL)
		rc = fault(c->line, err, "a cell of more than 32 KiB");
	buf_char(&c->text, '\0');
	return rc < 0 ? rc : buf_check(&c->text, err, "csv");
}

static int read_line(struct csv_scan *s, struct csv_cells *c,
	struct lapse_err *err)
{
	int rc;

	buf_reset(&c->text);
	c->n = 0;
	c->line = s->line;
	for (;;) {
		rc = read_cell(s, c, err);
		if (rc < 0 || s->p == s->end || *s->p != s->separator)
			break;
		s->p++;
	}
	if (rc < 0)
		return rc;
	if (s->p < s->end) {
		s->p += *s->p == '\r' ? 2 : 1;
		s->line++;
	}
	for (size_t i = 0; i < c->n; i++)
		c->cells[i] = c->text.data + c->at[i];
	return 0;
}

static bool is_blank(const struct csv_cells *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->cells[i][0] != '\0')
			return false;
	return true;
}

static int find(const struct csv_cells *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (text_same_nocase(c->cells[i], name))
			return (int)i;
	return -1;
}

static int check_names(const struct csv_cells *names,
	const char *const *needed, struct lapse_err *err)
{
	if (is_blank(names))
		return fault(1, err, "no column names");
	for (size_t i = 0; i < names->n; i++)
		if (names->cells[i][0] != '\0' &&
			find(names, names->cells[i]) != (int)i)
			return lapse_fail(err, LAPSE_EREFUSED, "line 1: column "
				"'%s' is there twice", names->cells[i]);
	for (size_t i = 0; needed != NULL && needed[i] != NULL; i++)
		if (find(names, needed[i]) < 0)
			return lapse_fail(err, LAPSE_EREFUSED, "line 1: column "
				"'%s' is missing", needed[i]);
	return 0;
}

static int begin(struct csv_scan *s, struct csv_cells *names,
	const char *const *needed, struct lapse_err *err)
{
	int rc;

	if (s->end - s->p >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
		s->p += 3;
	if (!text_valid_utf8(s->p, (size_t)(s->end - s->p)))
		return fault(1, err, "the file is not UTF-8 text");
	s->separator = separator(s->p, s->end);
	rc = read_line(s, names, err);
	return rc < 0 ? rc : check_names(names, needed, err);
}

int csv_read(const char *bytes, size_t len, const char *const *needed,
	int (*row)(void *arg, const struct csv_line *r, struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	AUTO_CSV_CELLS struct csv_cells names = {0};
	AUTO_CSV_CELLS struct csv_cells cells = {0};
	struct csv_scan s = {.p = bytes, .end = bytes + len, .line = 1};
	int rc = begin(&s, &names, needed, err);

	while (rc == 0 && s.p < s.end) {
		rc = read_line(&s, &cells, err);
		if (rc < 0 || is_blank(&cells))
			continue;
		if (cells.n != names.n)
			rc = lapse_fail(err, LAPSE_EREFUSED, "line %zu: %zu "
				"cells where the first row has %zu", cells.line,
				cells.n, names.n);
		else
			rc = row(arg, &(struct csv_line){.line = cells.line,
				.n = cells.n, .cells = cells.cells,
				.names = names.cells}, err);
	}
	return rc;
}

const char *csv_cell(const struct csv_line *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (text_same_nocase(r->names[i], name))
			return r->cells[i];
	return NULL;
}
