/* Comparing an export with its manifest, wherever it went meanwhile. The
 * manifest is not trusted with names: it may have come from anywhere. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export_private.h"
#include "export_tree.h"
#include "json.h"
#include "sign.h"
#include "text.h"

enum {
	MANIFEST_MAX = 1 << 20,	/* bytes */
};

struct check {
	int folder;
	struct strs known;	/* files that the manifest names */
	struct arena arena;
	int (*found)(void *arg, const char *file, const char *fault);
	void *arg;
};

static void clear_check(struct check *c)
{
	if (c->folder >= 0)
		close(c->folder);
	arena_clear(&c->arena);
}
#define AUTO_CHECK __attribute__((cleanup(clear_check))) struct check

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define AUTO_FD __attribute__((cleanup(close_fd))) int

static int say(const struct check *c, struct lapse_err *err, const char *file,
	const char *fault)
{
	if (c->found(c->arg, file, fault) < 0)
		return lapse_fail(err, LAPSE_EIO, "export: stopped");
	return 0;
}

static int read_errno(const char *name, struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EIO, "export: '%s': %s", name,
		strerror(errno));
}

/* ---- One file ---- */

static int check_content(const struct check *c, int fd, struct json file,
	const char *name, struct lapse_err *err)
{
	const char *sha256 = json_text(file, "sha256", JSON_MUST);
	const char *root = json_text(file, "merkle_root", JSON_MAY);
	int64_t bytes = json_int(file, "bytes", JSON_MUST);
	int64_t rows = json_int(file, "rows", JSON_MUST);
	struct export_tree tree = {0};
	char fault[128];
	char hash[HASH_HEX];
	struct stat st;
	int rc;

	if (fstat(fd, &st) != 0)
		return read_errno(name, err);
	rc = hash_file_hex(fd, hash, err);
	if (rc == 0)
		rc = export_tree(fd, name, &tree, err);
	if (rc == 0 && !hash_same(hash, sha256))
		rc = say(c, err, name, "its content was changed (SHA-256)");
	else if (rc == 0 && (root == NULL || !hash_same(tree.root, root)))
		rc = say(c, err, name, "its rows are not those of the "
			"manifest's merkle_root");
	if (rc == 0 && st.st_size != bytes) {
		snprintf(fault, sizeof(fault),
			"has %" PRId64 " bytes instead of %" PRId64,
			(int64_t)st.st_size, bytes);
		rc = say(c, err, name, fault);
	}
	if (rc == 0 && tree.rows != rows) {
		snprintf(fault, sizeof(fault),
			"has %" PRId64 " rows instead of %" PRId64, tree.rows,
			rows);
		rc = say(c, err, name, fault);
	}
	return rc == 0 && !tree.whole
		? say(c, err, name, "its last row is cut off") : rc;
}

static int check_file(struct check *c, struct json file, struct lapse_err *err)
{
	const char *name = json_text(file, "name", JSON_MUST);
	struct stat st;
	AUTO_FD fd = -1;

	if (name == NULL || !text_is_id(name) || name[0] == '.')
		return lapse_fail(err, LAPSE_ELEDGER,
			"export: %s: a file has an impossible name",
			EXPORT_MANIFEST);
	if (strs_has(&c->known, name))
		return lapse_fail(err, LAPSE_ELEDGER,
			"export: %s: '%s': stands there twice",
			EXPORT_MANIFEST, name);
	strs_add(&c->known, &c->arena, name);
	fd = openat(c->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
		O_NONBLOCK);
	if (fd < 0 && errno == ELOOP)
		return say(c, err, name, "is not a file");
	if (fd < 0)
		return errno == ENOENT ? say(c, err, name, "is missing")
			: read_errno(name, err);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return say(c, err, name, "is not a file");
	return check_content(c, fd, file, name, err);
}

/* ---- The folder ---- */

static int check_others(struct check *c, struct lapse_err *err)
{
	int copy = dup(c->folder);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int rc = 0;

	if (list == NULL)
		return read_errno("folder", err);
	while (rc == 0 && (entry = readdir(list)) != NULL) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
			!strs_has(&c->known, name))
			rc = say(c, err, name, "is not in the manifest");
	}
	closedir(list);
	return rc;
}

int export_read(int folder, const char *name, struct buf *ret,
	struct lapse_err *err)
{
	char part[4096];
	AUTO_FD fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
		(folder == AT_FDCWD ? 0 : O_NOFOLLOW));
	size_t max = ret->max - sizeof(part);
	ssize_t n;

	if (fd < 0)
		return lapse_fail(err,
			errno == ENOENT ? LAPSE_ENOTFOUND : LAPSE_EIO,
			"export: %s: %s", name, strerror(errno));
	while (ret->len <= max && (n = read(fd, part, sizeof(part))) != 0) {
		if (n > 0)
			buf_add(ret, part, (size_t)n);
		else if (errno != EINTR)
			return read_errno(name, err);
	}
	if (ret->len > max)
		return lapse_fail(err, LAPSE_ELEDGER,
			"export: %s: longer than %zu bytes", name, max);
	return buf_check(ret, err, name);
}

int export_manifest_open(struct json_doc **ret, const struct buf *text,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *schema;
	int rc = json_open(&doc, buf_text(text), text->len, err);

	if (rc < 0)
		return export_damaged(rc, err);
	schema = json_text(json_root(doc), "schema", JSON_MAY);
	if (schema == NULL || strcmp(schema, EXPORT_SCHEMA) != 0)
		return lapse_fail(err, LAPSE_ELEDGER,
			"export: %s: not of schema %s", EXPORT_MANIFEST,
			EXPORT_SCHEMA);
	*ret = doc;
	doc = NULL;
	return 0;
}

static int check_files(struct check *c, struct json root,
	struct lapse_err *err)
{
	struct json files = json_array(root, "files", JSON_MUST);
	int rc = 0;

	strs_add(&c->known, &c->arena, EXPORT_MANIFEST);
	strs_add(&c->known, &c->arena, EXPORT_SIGNATURE);
	for (struct json i = json_first(files); rc == 0 && json_valid(i);
		i = json_next(i))
		rc = check_file(c, i, err);
	if (rc == 0)
		rc = json_check(root.doc, EXPORT_MANIFEST, err);
	return rc == 0 ? arena_check(&c->arena, err) : rc;
}

/* ---- Its signature ---- */

/* Where nobody names a key, the manifest's own shows at least that the
 * signature is of this manifest. */
static int check_signature(const struct check *c, const struct buf *text,
	struct json root, const char *public_key, struct lapse_err *err)
{
	const char *own = json_text(root, "public_key", JSON_MAY);
	AUTO_BUF sig = {.max = MANIFEST_MAX + 8192};
	AUTO_BUF key = {.max = MANIFEST_MAX + 8192};
	bool good = false;
	int rc;

	if (public_key == NULL && own == NULL)
		return 0;
	rc = public_key != NULL ? export_read(AT_FDCWD, public_key, &key, err)
		: 0;
	if (public_key == NULL)
		buf_str(&key, own);
	if (rc == 0)
		rc = export_read(c->folder, EXPORT_SIGNATURE, &sig, err);
	if (rc == LAPSE_ENOTFOUND && sig.len == 0 && key.len > 0)
		return say(c, err, EXPORT_SIGNATURE, "is missing");
	if (rc == 0)
		rc = sign_check(&key, text->data, text->len, buf_text(&sig),
			sig.len, &good, err);
	if (rc < 0 || good)
		return rc;
	return say(c, err, EXPORT_MANIFEST, public_key != NULL
		? "is not signed by this key"
		: "its signature is not by the key that it names");
}

/* A manifest that does not parse is damaged evidence, not a remote's fault. */
int export_damaged(int rc, struct lapse_err *err)
{
	if (rc == LAPSE_EPROTO && err != NULL)
		err->code = LAPSE_ELEDGER;
	return rc == LAPSE_EPROTO ? LAPSE_ELEDGER : rc;
}

int export_verify(const char *dir, const char *public_key,
	int (*found)(void *arg, const char *file, const char *fault), void *arg,
	struct lapse_err *err)
{
	AUTO_CHECK c = {.found = found, .arg = arg};
	AUTO_BUF text = {.max = MANIFEST_MAX + 8192};
	AUTO_JSON *doc = NULL;
	int rc;

	c.folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c.folder < 0)
		return lapse_fail(err,
			errno == ENOENT ? LAPSE_ENOTFOUND : LAPSE_EIO,
			"export: '%s': %s", dir, strerror(errno));
	rc = export_read(c.folder, EXPORT_MANIFEST, &text, err);
	if (rc == 0)
		rc = export_manifest_open(&doc, &text, err);
	if (rc == 0)
		rc = check_signature(&c, &text, json_root(doc), public_key,
			err);
	if (rc == 0)
		rc = check_files(&c, json_root(doc), err);
	if (rc == 0)
		rc = check_others(&c, err);
	return export_damaged(rc, err);
}
