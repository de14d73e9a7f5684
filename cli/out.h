/* The one way for results to reach stdout: records as a table for eyes or as
 * lines of JSON. Text from outside never reaches a terminal unescaped. */
#ifndef LAPSE_CLI_OUT_H
#define LAPSE_CLI_OUT_H

#include <stdio.h>

#include "lapse.h"

enum {
	COLUMNS_MAX = 48,
	ROWS_AHEAD = 500,	/* kept to find the widths */
};

/* <Shape> {0} is not valid: out_open(). */
struct out {
	FILE *to;
	bool json;
	bool silent;		/* rows are dropped */
	bool terminal;		/* people read it: relative times, colors */
	bool color;
	bool wide;		/* every column of a table */
	int64_t now;
	bool failed;		/* a write failed: the rest is dropped */
	/* The table that is being collected: cells of one schema. */
	char *schema;
	size_t n_columns;
	char *heads[COLUMNS_MAX];
	bool right[COLUMNS_MAX];	/* numbers */
	bool shown[COLUMNS_MAX];
	bool filled[COLUMNS_MAX];	/* some row has something there */
	int width[COLUMNS_MAX];
	char *cells[ROWS_AHEAD][COLUMNS_MAX];
	size_t n_rows;
	bool begun;		/* its head was printed, widths are fixed */
	bool printed;		/* something stands above */
	char metric[64];	/* whose samples are being printed */
	char section[32];	/* of a report, that was printed last */
};

void out_open(struct out *o, FILE *to, int64_t now);
/* env.record: 0, or -1 when stdout fails. */
int out_record(struct out *o, const char *schema,
	const struct lapse_field *fields, size_t n);
/* env.output: likewise. Whoever wants bytes gets them, silent or not. */
int out_bytes(struct out *o, const void *bytes, size_t len);
/* Prints what is kept and flushes: 0, or LAPSE_EIO. */
int out_close(struct out *o, struct lapse_err *err);

/* One record in each form. 0, or -1: no memory or a failed write. */
int out_json(struct out *o, const char *schema,
	const struct lapse_field *fields, size_t n);
int out_table(struct out *o, const char *schema,
	const struct lapse_field *fields, size_t n);
/* Prints the rows kept; ended: the table ends here. */
void out_table_flush(struct out *o, bool ended);
/* A value as a cell: escaped, the caller's to free. NULL: no memory. */
char *out_cell(const struct out *o, const struct lapse_field *f);
/* Does a table show this column, when it is not asked to show all? */
bool out_is_shown(const char *schema, const char *name);
/* One figure of a report. */
void out_report(struct out *o, const struct lapse_field *fields, size_t n);
/* Records that read better as lines than as a table; true: printed. */
bool out_lines(struct out *o, const char *schema,
	const struct lapse_field *fields, size_t n);

#endif
