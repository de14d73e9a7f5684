/* The CSV reader: any bytes are read or refused in a line; what is read keeps
 * the promises of csv.h, and written after RFC 4180 is read as the same. */
#include "csv.h"
#include "export_csv.h"
#include "fuzz.h"
#include "text.h"

struct table {
	struct buf *out;	/* as it is written again */
	struct buf cells;	/* each behind a byte that no cell has */
	size_t n;
	size_t line;
};

static void put_row(struct table *t, const char *const *cells, size_t n)
{
	struct csv_day days[CSV_DAYS] = {0};
	struct csv_row row = {.out = t->out, .days = days};

	for (size_t i = 0; i < n; i++)
		csv_text(&row, cells[i]);
	buf_str(t->out, "\r\n");
}

static int take(void *arg, const struct csv_line *r, struct lapse_err *err)
{
	struct table *t = arg;

	(void)err;
	must(r->n > 0 && r->n <= CSV_COLUMNS);
	must(r->line > t->line);
	t->line = r->line;
	/* With a mark, for the first name may begin with another. */
	if (t->n++ == 0 && t->out != NULL) {
		buf_str(t->out, "\xef\xbb\xbf");
		put_row(t, r->names, r->n);
	}
	for (size_t i = 0; i < r->n; i++) {
		must(strlen(r->cells[i]) <= CSV_CELL);
		must(text_valid_utf8(r->cells[i], strlen(r->cells[i])));
		if (r->names[i][0] != '\0')
			must(csv_cell(r, r->names[i]) == r->cells[i]);
		buf_char(&t->cells, '\1');
		buf_str(&t->cells, r->cells[i]);
	}
	if (t->out != NULL)
		put_row(t, r->cells, r->n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const needed[] = {"role", NULL};
	AUTO_BUF out = {.max = 64 << 20};
	struct table once = {.out = &out, .cells = {.max = 64 << 20}};
	struct table twice = {.cells = {.max = 64 << 20}};
	struct lapse_err err = {0};
	AUTO_FUZZ *input = fuzz_text(data, size);
	int rc = csv_read(input, size, NULL, take, &once, &err);

	must_be_clean(rc, &err);
	must(rc == 0 || rc == LAPSE_EREFUSED || rc == LAPSE_ENOMEM);
	if (rc == 0 && once.n > 0) {
		must(csv_read(out.data, out.len, NULL, take, &twice, NULL) ==
			0);
		must(strcmp(buf_text(&once.cells), buf_text(&twice.cells)) ==
			0);
	}
	err = (struct lapse_err){0};
	buf_reset(&once.cells);
	once.line = 0;
	once.out = NULL;
	rc = csv_read(input, size, needed, take, &once, &err);
	must_be_clean(rc, &err);
	buf_clear(&once.cells);
	buf_clear(&twice.cells);
	return 0;
}
