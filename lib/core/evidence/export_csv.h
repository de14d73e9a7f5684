/* The rows of an export, streamed: CSV after RFC 4180 (CRLF, quotes only where
 * needed) or JSON Lines, to a file that is hashed and on disk when it is closed,
 * or to whoever reads the stream. */
#ifndef LAPSE_CORE_EXPORT_CSV_H
#define LAPSE_CORE_EXPORT_CSV_H

#include "export.h"
#include "export_rows.h"
#include "hash.h"
#include "merkle.h"

/* Days formatted before, by their last bits: most times share a few. */
enum { CSV_DAYS = 64 };
struct csv_day {
	int64_t day;		/* since 1970 */
	char text[16];		/* "2026-11-23T"; "" at first */
};

/* Cells into a buffer, each after a comma but the first of a row. */
struct csv_row {
	struct buf *out;
	struct csv_day *days;	/* CSV_DAYS of them */
	const struct export_table *names;	/* of JSON; NULL: CSV */
	size_t at;		/* the next cell's column */
	bool part;		/* of a row: cells for csv_cells() */
	bool safe;
	bool comma;
};

void csv_text(struct csv_row *r, const char *text);	/* NULL: empty */
void csv_int(struct csv_row *r, int64_t number);
void csv_time(struct csv_row *r, int64_t at);		/* WHEN_NONE: empty */
void csv_yes(struct csv_row *r, bool yes);
void csv_empty(struct csv_row *r, int n);
/* n cells that were encoded before. */
void csv_cells(struct csv_row *r, const struct buf *cells, size_t n);

/* What the manifest says about a file. */
struct csv_about {
	const char *name;
	int64_t rows;		/* without the header */
	int64_t bytes;
	char sha256[HASH_HEX];
	char root[HASH_HEX];	/* of the tree over its rows */
};

/* <Shape> {.fd = -1} is closed and empty. */
struct csv_file {
	int fd;
	const struct lapse_env *stream;	/* takes the bytes; NULL: the file */
	const struct export_table *table;	/* NULL: whole lines */
	struct buf buf;
	struct csv_row row;	/* writes to buf */
	struct csv_day days[CSV_DAYS];
	struct csv_about about;
	size_t row_from;	/* where the row begins in buf */
	struct hash *hash;	/* of the file, as it is written */
	struct merkle tree;	/* over the rows, as they end */
};

/* Makes name in the folder. */
int csv_open(struct csv_file *f, int folder, const char *name, bool safe,
	struct lapse_err *err);
/* Instead: the bytes go to env.output, as name. */
void csv_stream(struct csv_file *f, const struct lapse_env *env,
	const char *name, bool safe);
/* The rows from here on are of table, as CSV (a header comes first) or as JSON
 * Lines. table NULL: each row is one line, put into buf by the caller. */
int csv_begin(struct csv_file *f, const struct export_table *table,
	enum export_format format, struct lapse_err *err);
/* The row is over; written when enough has come together. */
int csv_end(struct csv_file *f, struct lapse_err *err);
int csv_close(struct csv_file *f, struct lapse_err *err);
void csv_clear(struct csv_file *f);
#define AUTO_CSV __attribute__((cleanup(csv_clear))) struct csv_file

/* All of it, through short writes. */
int csv_write(int fd, const void *bytes, size_t len, const char *name,
	struct lapse_err *err);

#endif
