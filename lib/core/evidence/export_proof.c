/* Proofs of single rows: making and checking. A proof is not trusted with
 * anything: it may have come from anywhere. */
#include "export_proof.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "export_private.h"
#include "text.h"

enum {
	FILE_MAX = 1 << 20,	/* bytes of a proof or manifest */
};

/* ---- Making ---- */

static int parse_what(const char *what, struct arena *a,
	struct export_proof *p, struct lapse_err *err)
{
	const char *colon = strrchr(what, ':');
	char *end = NULL;

	errno = 0;
	if (colon != NULL && colon[1] >= '0' && colon[1] <= '9')
		p->row = strtoll(colon + 1, &end, 10);
	if (end == NULL || *end != '\0' || errno != 0)
		return lapse_fail(err, LAPSE_EUSAGE, "row: '%s': not FILE:N, "
			"for example changes.csv:17", what);
	p->file = arena_fmt(a, "%.*s", (int)(colon - what), what);
	if (arena_check(a, err) < 0)
		return LAPSE_ENOMEM;
	if (!text_is_id(p->file) || p->file[0] == '.')
		return lapse_fail(err, LAPSE_EUSAGE,
			"row: '%s': not the name of a file in the folder",
			p->file);
	return 0;
}

static int open_file(const char *dir, const char *file, struct arena *a,
	int *ret, struct lapse_err *err)
{
	const char *path = arena_fmt(a, "%s/%s", dir, file);
	int fd = path == NULL ? -1 : open(path,
		O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (path == NULL)
		return lapse_fail_nomem(err);
	if (fd < 0)
		return lapse_fail(err,
			errno == ENOENT ? LAPSE_ENOTFOUND : LAPSE_EIO,
			"row: '%s': %s", path, strerror(errno));
	*ret = fd;
	return 0;
}

int export_prove(const char *dir, const char *what, struct arena *a,
	struct export_proof *ret, struct lapse_err *err)
{
	AUTO_TREE tree = {.path = &ret->path};
	int fd = -1;
	int rc = parse_what(what, a, ret, err);

	if (rc == 0)
		rc = open_file(dir, ret->file, a, &fd, err);
	if (rc < 0)
		return rc;
	tree.row = ret->row;
	rc = export_tree(fd, ret->file, &tree, err);
	close(fd);
	if (rc < 0)
		return rc;
	if (!tree.found)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"row: '%s': the file has rows %" PRId64 " to %" PRId64,
			what, export_first_row(ret->file), tree.rows);
	if (!text_valid_utf8(buf_text(&tree.text), tree.text.len))
		return lapse_fail(err, LAPSE_EREFUSED,
			"row: '%s': is not UTF-8; check the whole folder "
			"instead", what);
	ret->text = arena_copy(a, buf_text(&tree.text));
	ret->root = arena_copy(a, tree.root);
	return arena_check(a, err);
}

const char *export_path_text(const struct export_proof *p, struct arena *a)
{
	AUTO_BUF text = {0};
	char hex[HASH_HEX];

	for (size_t i = 0; i < p->path.n; i++) {
		hash_to_hex(p->path.beside[i], hex);
		buf_fmt(&text, "%s%s", i > 0 ? " " : "", hex);
	}
	return arena_copy_buf(a, &text);
}

/* ---- Checking ---- */

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly the hashes, one blank between them. */
static bool read_path(const char *text, struct merkle_path *p)
{
	for (; *text != '\0'; p->n++) {
		if (p->n == MERKLE_DEPTH || (p->n > 0 && *text++ != ' '))
			return false;
		for (size_t i = 0; i < HASH_BYTES; i++, text += 2) {
			int high = nibble(text[0]);
			int low = high < 0 ? -1 : nibble(text[1]);

			if (low < 0)
				return false;
			p->beside[p->n][i] = (unsigned char)(high << 4 | low);
		}
	}
	return true;
}

static int bad_proof(struct lapse_err *err, const char *why)
{
	return lapse_fail(err, LAPSE_ELEDGER, "proof: %s; a proof is what "
		"`lapse verify DIR --row FILE:N --json` prints", why);
}

int export_proof_parse(const char *bytes, size_t len, struct arena *a,
	struct export_proof *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err why;
	struct json root;
	const char *schema;
	const char *path;

	if (json_open(&doc, bytes, len, &why) < 0)
		return bad_proof(err, why.text);
	root = json_root(doc);
	schema = json_text(root, "schema", JSON_MUST);
	path = json_text(root, "path", JSON_MUST);
	ret->file = arena_copy(a, json_text(root, "file", JSON_MUST));
	ret->text = arena_copy(a, json_text(root, "text", JSON_MUST));
	ret->root = arena_copy(a, json_text(root, "merkle_root", JSON_MUST));
	ret->row = json_int(root, "row", JSON_MUST);
	ret->path.leaf = (uint64_t)json_int(root, "leaf", JSON_MUST);
	ret->path.leaves = (uint64_t)json_int(root, "leaves", JSON_MUST);
	if (json_check(doc, "proof", &why) < 0)
		return bad_proof(err, why.text);
	if (strcmp(schema, "lapse/proof.v1") != 0 ||
		!read_path(path, &ret->path))
		return bad_proof(err, "its schema or its path is not one");
	if (ret->path.leaf != (uint64_t)(ret->row -
		export_first_row(ret->file)))
		return bad_proof(err, "its row and its leaf disagree");
	return arena_check(a, err);
}

/* What the manifest has for the file; untouched: nothing. One that names a file
 * twice says nothing of it. */
static int manifest_root(const char *manifest, const struct export_proof *p,
	struct arena *a, const char **ret_root, int64_t *ret_rows,
	struct lapse_err *err)
{
	AUTO_BUF text = {.max = FILE_MAX + 8192};
	AUTO_JSON *doc = NULL;
	struct strs names = {0};
	struct json files;
	int rc = export_read(AT_FDCWD, manifest, &text, err);

	if (rc == 0)
		rc = export_manifest_open(&doc, &text, manifest, err);
	if (rc < 0)
		return rc;
	files = json_array(json_root(doc), "files", JSON_MUST);
	for (struct json i = json_first(files); json_valid(i);
		i = json_next(i)) {
		const char *name = json_text(i, "name", JSON_MUST);

		if (!text_is_id(name) || name[0] == '.' ||
			strs_has(&names, name))
			json_fault(i, "name", "is impossible, or there twice");
		strs_add(&names, a, name);
		if (name == NULL || strcmp(name, p->file) != 0)
			continue;
		*ret_root = arena_copy(a, json_text(i, "merkle_root",
			JSON_MUST));
		*ret_rows = json_int(i, "rows", JSON_MUST);
	}
	rc = export_damaged(json_check(doc, manifest, err), err);
	return rc < 0 ? rc : arena_check(a, err);
}

static int check_manifest(const char *manifest, const struct export_proof *p,
	struct arena *a, const char **ret_fault, struct lapse_err *err)
{
	const char *root = NULL;
	int64_t rows = -1;
	int rc = manifest_root(manifest, p, a, &root, &rows, err);

	if (rc < 0)
		return rc;
	if (root == NULL)
		*ret_fault = "the manifest has no tree for its file";
	else if (!hash_same(root, p->root))
		*ret_fault = "its tree is not the manifest's: the row is not "
			     "of that file";
	else if (p->path.leaves != (uint64_t)(rows + 1 -
		export_first_row(p->file)))
		*ret_fault = "the file has another number of rows";
	return 0;
}

int export_check_proof(const char *proof, const char *manifest,
	struct arena *a, struct export_proof *ret, const char **ret_fault,
	struct lapse_err *err)
{
	AUTO_BUF text = {.max = FILE_MAX + 8192};
	unsigned char top[HASH_BYTES];
	char hex[HASH_HEX];
	bool fits = false;
	int rc = export_read(AT_FDCWD, proof, &text, err);

	if (rc == 0)
		rc = export_proof_parse(buf_text(&text), text.len, a, ret,
			err);
	if (rc == 0)
		rc = merkle_climb(ret->text, strlen(ret->text), &ret->path,
			top, &fits, err);
	if (rc < 0)
		return rc;
	hash_to_hex(top, hex);
	*ret_fault = NULL;
	if (!fits || !hash_same(hex, ret->root))
		*ret_fault = "the row is not under its root: it was changed, "
			     "or stood elsewhere";
	else if (manifest != NULL)
		return check_manifest(manifest, ret, a, ret_fault, err);
	return 0;
}
