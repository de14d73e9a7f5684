/* Cutting a file into rows, and the tree over them, in one pass. */
#include "export_tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	PART = 1 << 16,
	ROW_MAX = 16 << 20,	/* bytes */
};

/* One file while it is read. */
struct cutting {
	struct export_tree *t;
	const char *name;
	struct merkle tree;
	struct buf row;		/* begun in an earlier part */
	bool csv;
	bool quoted;
	int64_t at;		/* number of the row */
};

static void clear_cutting(struct cutting *c)
{
	merkle_clear(&c->tree);
	buf_clear(&c->row);
}
#define AUTO_CUTTING __attribute__((cleanup(clear_cutting))) struct cutting

void export_tree_clear(struct export_tree *t)
{
	buf_clear(&t->text);
}

static bool is_csv(const char *name)
{
	size_t len = strlen(name);

	return len >= 4 && strcmp(name + len - 4, ".csv") == 0;
}

int64_t export_first_row(const char *name)
{
	return is_csv(name) ? 0 : 1;
}

static int end_row(struct cutting *c, const char *bytes, size_t len,
	struct lapse_err *err)
{
	struct export_tree *t = c->t;

	if (t->path != NULL && c->at == t->row) {
		t->found = true;
		buf_add(&t->text, bytes, len);
	}
	c->at++;
	return merkle_add(&c->tree, bytes, len, err);
}

/* The part's rows; what is left at its end waits for the next one. */
static int cut(struct cutting *c, const char *part, size_t len,
	struct lapse_err *err)
{
	size_t from = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < len; i++) {
		if (part[i] == '"')
			c->quoted = c->csv && !c->quoted;
		if (part[i] != '\n' || c->quoted)
			continue;
		if (c->row.len == 0) {
			rc = end_row(c, part + from, i + 1 - from, err);
		} else {
			buf_add(&c->row, part + from, i + 1 - from);
			rc = buf_check(&c->row, err, c->name);
			if (rc == 0)
				rc = end_row(c, c->row.data, c->row.len, err);
			buf_reset(&c->row);
		}
		from = i + 1;
	}
	buf_add(&c->row, part + from, len - from);
	return rc == 0 ? buf_check(&c->row, err, c->name) : rc;
}

static int read_all(struct cutting *c, int fd, struct lapse_err *err)
{
	char part[PART];
	off_t at = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = pread(fd, part, sizeof(part), at)) != 0) {
		if (n > 0) {
			rc = cut(c, part, (size_t)n, err);
			at += n;
		} else if (errno != EINTR) {
			rc = lapse_fail(err, LAPSE_EIO, "export: '%s': %s",
				c->name, strerror(errno));
		}
	}
	return rc;
}

int export_tree(int fd, const char *name, struct export_tree *t,
	struct lapse_err *err)
{
	int64_t first = export_first_row(name);
	AUTO_CUTTING c = {
		.t = t,
		.name = name,
		.tree.want = t->path,
		.row.max = ROW_MAX,
		.csv = is_csv(name),
		.at = first,
	};
	unsigned char root[HASH_BYTES];
	int rc;

	if (t->path != NULL)
		*t->path = (struct merkle_path){
			.leaf = (uint64_t)(t->row - first)};
	rc = read_all(&c, fd, err);
	/* What was begun and not ended is a row too, though not a whole one. */
	t->whole = c.row.len == 0 && (!c.csv || c.at > 0);
	if (rc == 0 && c.row.len > 0)
		rc = end_row(&c, c.row.data, c.row.len, err);
	if (rc == 0)
		rc = merkle_root(&c.tree, root, err);
	if (rc != 0)
		return rc;
	hash_to_hex(root, t->root);
	t->rows = c.at - 1;
	return buf_check(&t->text, err, name);
}
