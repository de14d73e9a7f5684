/* Cells of a CSV file: the first byte says whether the file is for
 * spreadsheets (even); then cells, ended by byte 1, or 2 for the row's last.
 * A reader made after RFC 4180 gets the same cells back, and a safe file has
 * no formula. */
#include "export_csv.h"
#include "fuzz.h"
#include "text.h"

enum { CELL = 1, ROW = 2 };

/* One cell from *p, which moves behind it. */
static void read_cell(const char **p, struct buf *ret)
{
	const char *at = *p;

	if (*at != '"') {
		for (; *at != ',' && *at != '\r' && *at != '\0'; at++) {
			must(*at != '"' && *at != '\n');
			buf_char(ret, *at);
		}
		*p = at;
		return;
	}
	for (at++; *at != '"' || at[1] == '"'; at++) {
		must(*at != '\0');
		buf_char(ret, *at);
		at += *at == '"' ? 1 : 0;
	}
	*p = at + 1;
	must(**p == ',' || **p == '\r');
}

/* What a spreadsheet looks at first; it skips blanks. */
static bool is_formula(const char *text)
{
	static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b",
		"\xef\xbc\x8d", "\xef\xbc\xa0"};

	if (strchr("\t\r\n", *text) != NULL && *text != '\0')
		return true;
	while (*text == ' ')
		text++;
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		if (strncmp(text, wide[i], 3) == 0)
			return true;
	return *text != '\0' && strchr("=+-@", *text) != NULL;
}

static void must_be(const char *read, const char *cell, bool safe)
{
	if (!safe) {
		must(strcmp(read, cell) == 0);
		return;
	}
	must(!is_formula(read));
	if (strcmp(read, cell) != 0) {
		must(read[0] == '\'');
		must(strcmp(read + 1, cell) == 0);
	}
}

static void write_all(const char *input, struct csv_row *row)
{
	AUTO_BUF cell = {0};

	for (; *input != '\0'; input++) {
		if (*input != CELL && *input != ROW) {
			buf_char(&cell, *input);
			continue;
		}
		csv_text(row, buf_text(&cell));
		buf_reset(&cell);
		if (*input == ROW) {
			buf_str(row->out, "\r\n");
			row->comma = false;
		}
	}
}

static void read_all(const char *input, const char *csv, bool safe)
{
	AUTO_BUF cell = {0};
	AUTO_BUF read = {0};

	for (; *input != '\0'; input++) {
		if (*input != CELL && *input != ROW) {
			buf_char(&cell, *input);
			continue;
		}
		read_cell(&csv, &read);
		must_be(buf_text(&read), buf_text(&cell), safe);
		buf_reset(&read);
		buf_reset(&cell);
		if (*input == ROW) {
			must(csv[0] == '\r' && csv[1] == '\n');
			csv += 2;
		} else {
			must(*csv == ',');
			csv++;
		}
	}
	must(*csv == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv_day days[CSV_DAYS] = {0};
	AUTO_BUF out = {.max = 64 << 20};
	AUTO_BUF cells = {.max = 64 << 20};
	bool safe = size > 0 && data[0] % 2 == 0;
	struct csv_row row = {.out = &out, .days = days, .safe = safe};
	AUTO_FUZZ *input = fuzz_text(data, size);

	if (*input == '\0')
		return 0;
	buf_str(&cells, input + 1);
	buf_char(&cells, ROW);
	write_all(buf_text(&cells), &row);
	must(!out.failed);
	read_all(buf_text(&cells), buf_text(&out), safe);
	return 0;
}
