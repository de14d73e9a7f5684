/* The writer of the export's rows. Escaping is text_csv()'s and the JSON
 * writer's; most cells of CSV need none and are copied whole. */
#include "export_csv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "text.h"

enum {
	WRITE_BYTES = 256 << 10,	/* of one write */
	DIGITS = 24,
	DATE = 11,			/* bytes of "2026-11-23T" */
	DAY_S = 86400,
};

static void separate(struct csv_row *r)
{
	if (r->comma)
		buf_char(r->out, ',');
	r->comma = true;
	r->at++;
}

/* A row of JSON begins with what it is. */
static void open_row(struct csv_row *r)
{
	struct json_out w = {.out = r->out};

	if (r->names == NULL || r->part || r->at > 0)
		return;
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "schema", r->names->schema);
	r->comma = true;
}

/* Where the next cell of JSON goes, and its name; a cell past the last one is
 * told by csv_end(). */
static struct json_out json_cell(struct csv_row *r, const char **ret_name)
{
	struct json_out w;

	open_row(r);
	w = (struct json_out){.out = r->out, .comma = r->comma};
	*ret_name = r->at < r->names->n ? r->names->columns[r->at].name : "";
	r->comma = true;
	r->at++;
	return w;
}

static void json_null(struct csv_row *r)
{
	const char *name;
	struct json_out w = json_cell(r, &name);

	json_put_null(&w, name);
}

static void json_text_cell(struct csv_row *r, const char *text)
{
	const char *name;
	struct json_out w = json_cell(r, &name);

	json_put_text(&w, name, text);
}

/* Bytes that stand for themselves anywhere in a cell. The first one of a cell
 * decides whether it is a formula, so that one is stricter. */
static bool plain(const char *text, size_t *ret_len)
{
	static const bool special[256] = {['"'] = true, [','] = true,
		[';'] = true, [' '] = true, ['\t'] = true, ['\r'] = true,
		['\n'] = true, ['\0'] = true};
	const unsigned char *p = (const unsigned char *)text;
	unsigned char first = *p | 0x20;

	if ((first < 'a' || first > 'z') && (*p < '0' || *p > '9'))
		return false;
	while (!special[*p] || (*p == ' ' && p[1] != ' ' && p[1] != '\0'))
		p++;
	*ret_len = (size_t)(p - (const unsigned char *)text);
	return *p == '\0';
}

void csv_text(struct csv_row *r, const char *text)
{
	bool empty = text == NULL || text[0] == '\0';
	size_t len;

	if (r->names != NULL) {
		json_text_cell(r, empty ? NULL : text);
		return;
	}
	separate(r);
	if (empty)
		return;
	if (plain(text, &len))
		buf_add(r->out, text, len);
	else
		text_csv(r->out, text, r->safe);
}

void csv_int(struct csv_row *r, int64_t number)
{
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char text[DIGITS];
	char *p = text + DIGITS;

	if (r->names != NULL) {
		const char *name;
		struct json_out w = json_cell(r, &name);

		json_put_int(&w, name, number);
		return;
	}
	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left != 0);
	if (number < 0)
		*--p = '-';
	separate(r);
	buf_add(r->out, p, (size_t)(text + DIGITS - p));
}

/* "2026-11-23T"; NULL outside the calendar's years. */
static const char *day_of(struct csv_day *days, int64_t at)
{
	struct csv_day *d = &days[at / DAY_S & (CSV_DAYS - 1)];
	char text[WHEN_TEXT];

	if (d->text[0] != '\0' && at / DAY_S == d->day)
		return d->text;
	when_time(at, text);
	if (strlen(text) != DATE + 9)
		return NULL;
	d->day = at / DAY_S;
	memcpy(d->text, text, DATE);
	d->text[DATE] = '\0';
	return d->text;
}

static void put_two(char *to, int64_t number)
{
	to[0] = (char)('0' + number / 10);
	to[1] = (char)('0' + number % 10);
}

void csv_time(struct csv_row *r, int64_t at)
{
	char text[WHEN_TEXT] = "00:00:00Z";
	int64_t s = at % DAY_S;
	const char *day;

	if (r->names != NULL) {
		json_text_cell(r, at == WHEN_NONE ? NULL : when_time(at, text));
		return;
	}
	separate(r);
	if (at == WHEN_NONE)
		return;
	day = at < 0 ? NULL : day_of(r->days, at);
	if (day == NULL) {
		buf_str(r->out, when_time(at, text));
		return;
	}
	put_two(text, s / 3600);
	put_two(text + 3, s / 60 % 60);
	put_two(text + 6, s % 60);
	buf_add(r->out, day, DATE);
	buf_add(r->out, text, 9);
}

void csv_yes(struct csv_row *r, bool yes)
{
	if (r->names != NULL) {
		const char *name;
		struct json_out w = json_cell(r, &name);

		json_put_bool(&w, name, yes);
		return;
	}
	separate(r);
	buf_str(r->out, yes ? "yes" : "no");
}

void csv_empty(struct csv_row *r, int n)
{
	static const char commas[] = ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,";
	size_t left = (size_t)n;

	if (r->names != NULL) {
		for (size_t i = 0; i < left; i++)
			json_null(r);
		return;
	}
	r->at += left;
	if (left > 0 && !r->comma) {
		r->comma = true;
		left--;
	}
	for (; left >= sizeof(commas); left -= sizeof(commas) - 1)
		buf_add(r->out, commas, sizeof(commas) - 1);
	buf_add(r->out, commas, left);
}

void csv_cells(struct csv_row *r, const struct buf *cells, size_t n)
{
	open_row(r);
	separate(r);
	r->at += n - 1;
	buf_add(r->out, buf_text(cells), cells->len);
	if (cells->failed)
		r->out->failed = true;
}

/* ---- Files ---- */

static int csv_errno(const char *name, struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EIO, "export: '%s': %s", name,
		strerror(errno));
}

int csv_write(int fd, const void *bytes, size_t len, const char *name,
	struct lapse_err *err)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return csv_errno(name, err);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static void start(struct csv_file *f, const char *name, bool safe)
{
	f->row = (struct csv_row){
		.out = &f->buf,
		.days = f->days,
		.safe = safe,
	};
	f->about = (struct csv_about){.name = name};
}

int csv_open(struct csv_file *f, int folder, const char *name, bool safe,
	struct lapse_err *err)
{
	f->fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		0600);
	if (f->fd < 0)
		return csv_errno(name, err);
	start(f, name, safe);
	return hash_open(&f->hash, err);
}

void csv_stream(struct csv_file *f, const struct lapse_env *env,
	const char *name, bool safe)
{
	f->stream = env;
	start(f, name, safe);
}

int csv_begin(struct csv_file *f, const struct export_table *table,
	enum export_format format, struct lapse_err *err)
{
	int rc = 0;

	f->table = table;
	if (table != NULL && format == EXPORT_CSV) {
		for (size_t i = 0; i < table->n; i++)
			csv_text(&f->row, table->columns[i].name);
		rc = csv_end(f, err);
		f->about.rows = 0;
	} else {
		f->row.names = table;
	}
	return rc;
}

static int stream(const struct csv_file *f, struct lapse_err *err)
{
	const struct lapse_env *e = f->stream;

	if (e->output == NULL || f->buf.len == 0 ||
		e->output(e->arg, f->buf.data, f->buf.len) == 0)
		return 0;
	return lapse_fail(err, LAPSE_EIO, "export: %s cannot be written",
		f->about.name);
}

/* What is hashed is what was to be written: a disk that kept something else is
 * found by `verify DIR`. */
static int put(struct csv_file *f, struct lapse_err *err)
{
	const char *bytes = buf_text(&f->buf);
	int rc = hash_add(f->hash, bytes, f->buf.len, err);

	return rc < 0 ? rc : csv_write(f->fd, bytes, f->buf.len,
		f->about.name, err);
}

static int flush(struct csv_file *f, struct lapse_err *err)
{
	int rc = buf_check(&f->buf, err, f->about.name);

	if (rc == 0)
		rc = f->stream != NULL ? stream(f, err) : put(f, err);
	f->about.bytes += (int64_t)f->buf.len;
	buf_reset(&f->buf);
	f->row_from = 0;
	return rc;
}

int csv_end(struct csv_file *f, struct lapse_err *err)
{
	if (f->table != NULL && f->row.at != f->table->n)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"export: %s: a row of %zu cells instead of %zu",
			f->about.name, f->row.at, f->table->n);
	if (f->row.names != NULL)
		buf_str(&f->buf, "}\n");
	else
		buf_str(&f->buf, f->table != NULL ? "\r\n" : "\n");
	f->row.comma = false;
	f->row.at = 0;
	f->about.rows++;
	if (f->stream == NULL && !f->buf.failed) {
		int rc = merkle_add(&f->tree, f->buf.data + f->row_from,
			f->buf.len - f->row_from, err);

		if (rc < 0)
			return rc;
	}
	f->row_from = f->buf.len;
	return f->buf.len < WRITE_BYTES && !f->buf.failed ? 0 : flush(f, err);
}

static int sum_up(struct csv_file *f, struct lapse_err *err)
{
	unsigned char sum[HASH_BYTES];
	unsigned char root[HASH_BYTES];
	int rc = hash_end(f->hash, sum, err);

	if (rc == 0)
		rc = merkle_root(&f->tree, root, err);
	if (rc < 0)
		return rc;
	hash_to_hex(sum, f->about.sha256);
	hash_to_hex(root, f->about.root);
	return 0;
}

int csv_close(struct csv_file *f, struct lapse_err *err)
{
	int rc = flush(f, err);

	if (f->stream != NULL)
		return rc;
	if (rc == 0 && fsync(f->fd) != 0)
		rc = csv_errno(f->about.name, err);
	if (rc == 0)
		rc = sum_up(f, err);
	if (close(f->fd) != 0 && rc == 0)
		rc = csv_errno(f->about.name, err);
	f->fd = -1;
	return rc;
}

void csv_clear(struct csv_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	hash_free(f->hash);
	f->hash = NULL;
	merkle_clear(&f->tree);
	buf_clear(&f->buf);
}
