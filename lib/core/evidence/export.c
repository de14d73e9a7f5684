/* `review-export`: makes the folder. It is built under another name beside
 * its own, so that a killed run or a full disk leaves no half export that
 * looks like a whole one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export_private.h"
#include "sign.h"

static const char *const names[] = {"entitlements.csv", "changes.csv",
	"campaigns.csv", "review_items.csv", EXPORT_MANIFEST,
	EXPORT_SIGNATURE};

/* The folder while it is built; removed unless it was handed over. */
struct folder {
	char *path;		/* its final name, without trailing slashes */
	char *temporary;	/* NULL: none */
	int fd;
};

static void discard_folder(struct folder *f)
{
	if (f->fd >= 0) {
		for (size_t i = 0; i < ARRAY_N(names); i++)
			unlinkat(f->fd, names[i], 0);
		close(f->fd);
	}
	if (f->temporary != NULL)
		rmdir(f->temporary);
	free(f->temporary);
	free(f->path);
}
#define AUTO_FOLDER __attribute__((cleanup(discard_folder))) struct folder

static int folder_errno(const char *path, struct lapse_err *err)
{
	if (errno == EEXIST || errno == ENOTEMPTY)
		return lapse_fail(err, LAPSE_EREFUSED,
			"export: '%s': exists already; it is not overwritten",
			path);
	return lapse_fail(err, LAPSE_EIO, "export: '%s': %s", path,
		strerror(errno));
}

static int folder_names(struct folder *f, const char *out,
	struct lapse_err *err)
{
	size_t len = strlen(out);

	while (len > 1 && out[len - 1] == '/')
		len--;
	f->path = strndup(out, len);
	if (f->path == NULL ||
		asprintf(&f->temporary, "%s.tmp-XXXXXX", f->path) < 0) {
		f->temporary = NULL;
		return lapse_fail_nomem(err);
	}
	return 0;
}

static int folder_open(struct folder *f, const char *out,
	struct lapse_err *err)
{
	struct stat there;
	int rc;

	if (out[0] == '\0')
		return lapse_fail(err, LAPSE_EUSAGE,
			"export: a folder to make is wanted");
	rc = folder_names(f, out, err);
	if (rc != 0)
		return rc;
	if (lstat(f->path, &there) == 0)
		errno = EEXIST;
	else if (mkdtemp(f->temporary) != NULL)
		f->fd = open(f->temporary,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else
		f->temporary[0] = '\0';
	return f->fd < 0 ? folder_errno(f->path, err) : 0;
}

static int sync_parent(const char *path, struct lapse_err *err)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char *parent = len == 0 ? strdup(".") : strndup(path, len);
	int fd;
	int rc = 0;

	if (parent == NULL)
		return lapse_fail_nomem(err);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	if (fd < 0 || fsync(fd) != 0)
		rc = folder_errno(path, err);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Without renameat2() a plain rename replaces an empty folder at worst. */
static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	return errno == EINVAL || errno == ENOSYS ? rename(from, to) : -1;
}

static int folder_appear(struct folder *f, struct lapse_err *err)
{
	if (fsync(f->fd) != 0 || rename_new(f->temporary, f->path) != 0)
		return folder_errno(f->path, err);
	close(f->fd);
	f->fd = -1;
	free(f->temporary);
	f->temporary = NULL;
	return sync_parent(f->path, err);
}

/* ---- Files ---- */

/* One file of the folder, filled by put. */
struct filling {
	struct ledger *l;
	int folder;
	struct export_manifest *m;
	const struct export_filter *filter;
};

typedef int put_fn(const struct filling *f, struct csv_file *csv,
	struct lapse_err *err);

static int put_entitlements(const struct filling *f, struct csv_file *csv,
	struct lapse_err *err)
{
	return export_entitlements(f->l, f->m->now, f->filter, csv,
		&f->m->counts, err);
}

static int put_changes(const struct filling *f, struct csv_file *csv,
	struct lapse_err *err)
{
	return export_put_changes(f->l, f->filter, csv, err);
}

static int put_campaigns(const struct filling *f, struct csv_file *csv,
	struct lapse_err *err)
{
	return export_put_campaigns(f->l, f->m->options->campaign, csv, err);
}

static int put_items(const struct filling *f, struct csv_file *csv,
	struct lapse_err *err)
{
	return export_put_items(f->l, f->m->options->campaign, csv, err);
}

/* In the order of their names above. */
static put_fn *const fillers[EXPORT_FILES] = {put_entitlements, put_changes,
	put_campaigns, put_items};

static int put_file(const struct filling *f, size_t which,
	struct lapse_err *err)
{
	AUTO_CSV csv = {.fd = -1};
	int rc = csv_open(&csv, f->folder, names[which],
		!f->m->options->raw, err);

	if (rc == 0)
		rc = fillers[which](f, &csv, err);
	if (rc == 0)
		rc = csv_close(&csv, err);
	f->m->files[which] = csv.about;
	return rc;
}

static int put_files(struct ledger *l, int folder, struct export_manifest *m,
	struct lapse_err *err)
{
	const struct export_filter filter = {
		.idp = m->options->idp,
		.role = m->options->role,
		.since = m->options->since,
		.until = m->options->until,
	};
	const struct filling f = {l, folder, m, &filter};
	int rc = 0;

	for (size_t i = 0; i < EXPORT_FILES && rc == 0; i++)
		rc = put_file(&f, i, err);
	if (rc == 0)
		rc = export_unacknowledged(l, m->options->campaign, m->arena,
			&m->unacknowledged, err);
	return rc < 0 ? rc : export_population(l, &filter, &m->population,
		err);
}

static int put_bytes(int folder, const char *name, const void *bytes,
	size_t len, struct lapse_err *err)
{
	AUTO_CSV file = {.fd = -1};
	int rc = csv_open(&file, folder, name, true, err);

	buf_add(&file.buf, bytes, len);
	return rc == 0 ? csv_close(&file, err) : rc;
}

/* The manifest names every other file by its digest: one signature over it is
 * one over all. */
static int put_manifest(int folder, struct export_manifest *m,
	struct lapse_err *err)
{
	const struct buf *key = m->options->sign_key;
	unsigned char sig[SIGN_BYTES];
	AUTO_BUF public = {0};
	AUTO_BUF text = {0};
	int rc = key == NULL ? 0 : sign_public(key, &public, err);

	m->public_key = key == NULL ? NULL : buf_text(&public);
	if (rc == 0)
		rc = export_manifest_text(m, &text, err);
	m->public_key = NULL;
	if (rc == 0)
		rc = put_bytes(folder, EXPORT_MANIFEST, text.data, text.len,
			err);
	if (rc == 0 && key != NULL)
		rc = sign_bytes(key, text.data, text.len, sig, err);
	return rc < 0 || key == NULL ? rc : put_bytes(folder,
		EXPORT_SIGNATURE, sig, sizeof(sig), err);
}

/* Everything from one view of the ledger, while others may write. */
static int put_all(struct ledger *l, int folder, struct export_manifest *m,
	struct lapse_err *err)
{
	struct ledger *AUTO_TX tx = NULL;
	int rc;

	rc = ledger_begin_read(l, err);
	if (rc != 0)
		return rc;
	tx = l;
	rc = ledger_about(l, &m->about, err);
	if (rc == 0)
		rc = evidence_head(l, &m->head_seq, m->head, err);
	if (rc == 0)
		rc = put_files(l, folder, m, err);
	return rc == 0 ? put_manifest(folder, m, err) : rc;
}

int export_review(struct ledger *l, const struct lapse_env *env, int64_t now,
	const struct export_options *o, const char *config_sha256,
	struct arena *a, struct export_result *ret, struct lapse_err *err)
{
	AUTO_FOLDER folder = {.fd = -1};
	struct export_manifest m = {
		.now = now,
		.arena = a,
		.options = o,
		.config_sha256 = config_sha256,
	};
	int rc;

	(void)env;
	rc = folder_open(&folder, o->out, err);
	if (rc == 0)
		rc = put_all(l, folder.fd, &m, err);
	if (rc == 0)
		rc = folder_appear(&folder, err);
	if (rc != 0)
		return rc;
	ret->entitlements = m.files[0].rows;
	ret->changes = m.files[1].rows;
	ret->campaigns = m.files[2].rows;
	ret->items = m.files[3].rows;
	ret->unacknowledged = m.unacknowledged;
	ret->head_seq = m.head_seq;
	memcpy(ret->head, m.head, sizeof(ret->head));
	return 0;
}
