/* CSV as people and spreadsheets make it, read strictly: RFC 4180, with or
 * without a byte order mark, lines that end in CRLF or LF. A first row of
 * column names is needed. Where that row has semicolons or tabs and no comma,
 * these separate cells: so do spreadsheets of some countries. */
#ifndef LAPSE_BASE_CSV_H
#define LAPSE_BASE_CSV_H

#include <stddef.h>

#include "err.h"

enum {
	CSV_COLUMNS = 128,
	CSV_CELL = 32 << 10,		/* bytes of one cell */
};

/* A row. <Shape> cells are NUL-terminated, without their quotes; as many as
 * there are names. Lives as long as the callback. */
struct csv_line {
	size_t line;			/* where it begins in the file, from 1 */
	size_t n;
	const char *const *cells;
	const char *const *names;	/* of the columns */
};

/* Gives each row below the names, in order; rows of nothing but empty cells
 * are left out. needed: names that must be there, NULL at its end; NULL: none.
 * Names are compared without regard to case. row's nonzero return ends the
 * reading and is returned.
 * <Errors> LAPSE_EREFUSED "line 3: what" (broken quotes, a row of other width,
 * bad UTF-8, NUL, a lone CR, a limit, a name that is missing or there twice,
 * no names at all), LAPSE_ENOMEM; rows before it were given. */
int csv_read(const char *bytes, size_t len, const char *const *needed,
	int (*row)(void *arg, const struct csv_line *r, struct lapse_err *err),
	void *arg, struct lapse_err *err);

/* The cell below a name; NULL where there is no such column. */
const char *csv_cell(const struct csv_line *r, const char *name);

#endif
