/* The folder of an export. It is built under another name beside its own, so
 * that a killed run or a full disk leaves no half export that looks like a
 * whole one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export_private.h"

void export_folder_discard(struct export_folder *f)
{
	if (f->fd >= 0) {
		for (size_t i = 0; i < f->n; i++)
			unlinkat(f->fd, f->names[i], 0);
		close(f->fd);
	}
	if (f->temporary != NULL)
		rmdir(f->temporary);
	free(f->temporary);
	free(f->path);
}
static int folder_errno(const char *path, struct lapse_err *err)
{
	if (errno == EEXIST || errno == ENOTEMPTY)
		return lapse_fail(err, LAPSE_EREFUSED,
			"export: '%s': exists already; it is not overwritten",
			path);
	return lapse_fail(err, LAPSE_EIO, "export: '%s': %s", path,
		strerror(errno));
}

static int folder_names(struct export_folder *f, const char *out,
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

int export_folder_open(struct export_folder *f, const char *out,
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

int export_folder_file(struct export_folder *f, const char *name,
	struct lapse_err *err)
{
	if (f->n == EXPORT_FILES_MAX)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"export: '%s': one file too many", name);
	f->names[f->n++] = name;
	return 0;
}

/* Without renameat2() a plain rename replaces an empty folder at worst. */
static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	return errno == EINVAL || errno == ENOSYS ? rename(from, to) : -1;
}

int export_folder_appear(struct export_folder *f, struct lapse_err *err)
{
	if (fsync(f->fd) != 0 || rename_new(f->temporary, f->path) != 0)
		return folder_errno(f->path, err);
	close(f->fd);
	f->fd = -1;
	free(f->temporary);
	f->temporary = NULL;
	return sync_parent(f->path, err);
}
