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
#include "json.h"
#include "text.h"

enum {
	MANIFEST_MAX = 1 << 20,	/* bytes */
	PART = 1 << 16,
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

static bool is_csv(const char *name)
{
	size_t len = strlen(name);

	return len >= 4 && strcmp(name + len - 4, ".csv") == 0;
}

/* The rows of a CSV file, without its header: line ends outside quotes; or the
 * lines of another. whole: the last row is ended too. */
static int count_rows(int fd, const char *name, int64_t *ret, bool *ret_whole,
	struct lapse_err *err)
{
	char part[PART];
	bool csv = is_csv(name);
	bool quoted = false;
	char last = '\n';
	int64_t rows = csv ? -1 : 0;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, part, sizeof(part), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return read_errno(name, err);
		for (ssize_t i = 0; i < n; i++) {
			if (part[i] == '"')
				quoted = csv && !quoted;
			else if (part[i] == '\n' && !quoted)
				rows++;
		}
		last = part[n - 1];
		at += n;
	}
	*ret = rows;
	*ret_whole = last == '\n' && !quoted && rows >= 0;
	return 0;
}

static int check_content(const struct check *c, int fd, struct json file,
	const char *name, struct lapse_err *err)
{
	const char *sha256 = json_text(file, "sha256", JSON_MUST);
	int64_t bytes = json_int(file, "bytes", JSON_MUST);
	int64_t rows = json_int(file, "rows", JSON_MUST);
	char fault[128];
	char hash[HASH_HEX];
	struct stat st;
	int64_t n;
	bool whole;
	int rc;

	if (fstat(fd, &st) != 0)
		return read_errno(name, err);
	rc = hash_file_hex(fd, hash, err);
	if (rc == 0)
		rc = count_rows(fd, name, &n, &whole, err);
	if (rc == 0 && !hash_same(hash, sha256))
		rc = say(c, err, name, "its content was changed (SHA-256)");
	if (rc == 0 && st.st_size != bytes) {
		snprintf(fault, sizeof(fault),
			"has %" PRId64 " bytes instead of %" PRId64,
			(int64_t)st.st_size, bytes);
		rc = say(c, err, name, fault);
	}
	if (rc == 0 && n != rows) {
		snprintf(fault, sizeof(fault),
			"has %" PRId64 " rows instead of %" PRId64, n, rows);
		rc = say(c, err, name, fault);
	}
	return rc == 0 && !whole ? say(c, err, name, "its last row is cut off")
				 : rc;
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
	strs_add(&c->known, &c->arena, name);
	fd = openat(c->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
		O_NONBLOCK);
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

static int read_manifest(int folder, struct buf *ret, struct lapse_err *err)
{
	char part[4096];
	AUTO_FD fd = openat(folder, EXPORT_MANIFEST,
		O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return lapse_fail(err,
			errno == ENOENT ? LAPSE_ENOTFOUND : LAPSE_EIO,
			"export: %s: %s", EXPORT_MANIFEST, strerror(errno));
	while (ret->len <= MANIFEST_MAX &&
		(n = read(fd, part, sizeof(part))) != 0) {
		if (n > 0)
			buf_add(ret, part, (size_t)n);
		else if (errno != EINTR)
			return read_errno(EXPORT_MANIFEST, err);
	}
	return buf_check(ret, err, EXPORT_MANIFEST);
}

static int check_files(struct check *c, struct json root,
	struct lapse_err *err)
{
	const char *schema = json_text(root, "schema", JSON_MUST);
	struct json files = json_array(root, "files", JSON_MUST);
	int rc = 0;

	if (schema == NULL || strcmp(schema, EXPORT_SCHEMA) != 0)
		return lapse_fail(err, LAPSE_ELEDGER,
			"export: %s: not of schema %s", EXPORT_MANIFEST,
			EXPORT_SCHEMA);
	strs_add(&c->known, &c->arena, EXPORT_MANIFEST);
	for (struct json i = json_first(files); rc == 0 && json_valid(i);
		i = json_next(i))
		rc = check_file(c, i, err);
	if (rc == 0)
		rc = json_check(root.doc, EXPORT_MANIFEST, err);
	return rc == 0 ? arena_check(&c->arena, err) : rc;
}

/* A manifest that does not parse is damaged evidence, not a remote's fault. */
static int as_damaged(int rc, struct lapse_err *err)
{
	if (rc == LAPSE_EPROTO && err != NULL)
		err->code = LAPSE_ELEDGER;
	return rc == LAPSE_EPROTO ? LAPSE_ELEDGER : rc;
}

int export_verify(const char *dir,
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
	rc = read_manifest(c.folder, &text, err);
	if (rc == 0)
		rc = json_open(&doc, buf_text(&text), text.len, err);
	if (rc == 0)
		rc = check_files(&c, json_root(doc), err);
	if (rc == 0)
		rc = check_others(&c, err);
	return as_damaged(rc, err);
}
