/* The CSV reader: what spreadsheets write is read, what is broken is refused
 * with its line. */
#include "unit.h"

#include <stdio.h>

#include "buf.h"
#include "csv.h"

static int put(void *arg, const struct csv_line *r, struct lapse_err *err)
{
	struct buf *out = arg;

	(void)err;
	buf_fmt(out, "%zu:", r->line);
	for (size_t i = 0; i < r->n; i++)
		buf_fmt(out, "%s%s", i == 0 ? "" : "|", r->cells[i]);
	buf_char(out, '/');
	return 0;
}

#define HEAD "a,b\r\n"

static void rows(void **state)
{
	static const struct {
		const char *csv, *want;
	} table[] = {{"a,b", ""}, {HEAD, ""}, {HEAD "1,2", "2:1|2/"},
		{HEAD "1,2\r\n", "2:1|2/"}, {"a,b\n1,2\n3,4\n", "2:1|2/3:3|4/"},
		{"\xef\xbb\xbf" HEAD "1,2\r\n", "2:1|2/"},
		{"\xef\xbb\xbf\"a\",\"b\"\r\n1,2\r\n", "2:1|2/"},
		{HEAD "\"1,\"\"x\"\"\",\"l1\r\nl2\"\r\n3,4\r\n",
			"2:1,\"x\"|l1\r\nl2/4:3|4/"},
		{HEAD ",\r\n\r\n1,\r\n", "4:1|/"},
		{"a;b\n1,5;2\n", "2:1,5|2/"}, {"a\tb\n1\t2\n", "2:1|2/"},
		{"\"a;x\",b\n1;2,3\n", "2:1;2|3/"},
		{"a\nx\n", "2:x/"}, {HEAD " 1 ,2 \n", "2: 1 |2 /"}};
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		AUTO_BUF out = {0};

		assert_ok(csv_read(table[i].csv, strlen(table[i].csv), NULL,
			put, &out, &err));
		assert_string_equal(buf_text(&out), table[i].want);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *csv, *want;
	} table[] = {{"", "line 1: no column names"},
		{",,\n1,2,3\n", "line 1: no column names"},
		{"a,A\n", "line 1: column 'A' is there twice"},
		{HEAD "1\n", "line 2: 1 cells where the first row has 2"},
		{HEAD "1,2\n1,2,3\n", "line 3: 3 cells"},
		{HEAD "\"l1\nl2\",x\n1\n", "line 4: 1 cells"},
		{HEAD "1,\"2\n3,4\n", "line 2: a quote is opened and never"},
		{HEAD "1,2\"\n", "line 2: a quote inside a cell"},
		{HEAD "\"1\"x,2\n", "line 2: text behind a closing quote"},
		{HEAD "1\r,2\n", "line 2: a carriage return without"},
		{"a,b\r1,2\r", "line 1: a carriage return without"},
		{HEAD "\xff,2\n", "the file is not UTF-8 text"}};
	struct lapse_err err;
	AUTO_BUF out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		assert_err(csv_read(table[i].csv, strlen(table[i].csv), NULL,
			put, &out, &err), LAPSE_EREFUSED);
		assert_has(err.text, table[i].want);
	}
	assert_err(csv_read("a\n\0x\n", 5, NULL, put, &out, &err),
		LAPSE_EREFUSED);
}

static void limits(void **state)
{
	struct lapse_err err;
	AUTO_BUF wide = {0};
	AUTO_BUF big = {0};
	AUTO_BUF out = {0};

	(void)state;
	for (int i = 0; i < CSV_COLUMNS; i++)
		buf_fmt(&wide, "%sc%d", i == 0 ? "" : ",", i);
	assert_ok(csv_read(wide.data, wide.len, NULL, put, &out, &err));
	buf_str(&wide, ",one");
	assert_err(csv_read(wide.data, wide.len, NULL, put, &out, &err),
		LAPSE_EREFUSED);
	assert_has(err.text, "more than 128 cells");
	buf_str(&big, "a\n");
	for (int i = 0; i < CSV_CELL; i++)
		buf_char(&big, 'x');
	assert_ok(csv_read(big.data, big.len, NULL, put, &out, &err));
	buf_char(&big, 'x');
	assert_err(csv_read(big.data, big.len, NULL, put, &out, &err),
		LAPSE_EREFUSED);
	assert_has(err.text, "line 2: a cell of more than 32 KiB");
}

static int named(void *arg, const struct csv_line *r, struct lapse_err *err)
{
	assert_string_equal(csv_cell(r, "role"), "member");
	assert_null(csv_cell(r, "why"));
	return lapse_fail(err, *(int *)arg, "stop");
}

static void columns(void **state)
{
	static const char csv[] = "Login,ROLE\nada,member\nbob,member\n";
	static const char *const good[] = {"role", "login", NULL};
	static const char *const bad[] = {"role", "why", NULL};
	struct lapse_err err;
	int stop = LAPSE_EITEM;

	(void)state;
	assert_err(csv_read(csv, sizeof(csv) - 1, good, named, &stop, &err),
		LAPSE_EITEM);
	assert_err(csv_read(csv, sizeof(csv) - 1, bad, named, &stop, &err),
		LAPSE_EREFUSED);
	assert_has(err.text, "line 1: column 'why' is missing");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
		cmocka_unit_test(columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
