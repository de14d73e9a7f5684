/* The file that a collector reads at any moment: it never sees half of one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metrics.h"

/* A new file in the same folder, so that renaming is all or nothing. Its name
 * does not end in ".prom": a collector takes no notice of one that a killed run
 * left. */
struct temporary {
	char path[4096];
	int fd;
};

static void temporary_clear(struct temporary *t)
{
	if (t->fd < 0)
		return;
	close(t->fd);
	unlink(t->path);
}
#define AUTO_TEMPORARY                                                         \
	__attribute__((cleanup(temporary_clear))) struct temporary

static int fail_path(const char *path, struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EIO, "metrics: '%s': %s; the folder must "
		"be there and this user's to write in", path,
		strerror(errno));
}

static int write_all(int fd, const struct buf *text)
{
	size_t at = 0;

	while (at < text->len) {
		ssize_t n = write(fd, text->data + at, text->len - at);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			at += (size_t)n;
	}
	return 0;
}

static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096] = ".";
	int fd, rc;

	if (slash != NULL)
		snprintf(folder, sizeof(folder), "%.*s",
			(int)(slash == path ? 1 : slash - path), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

int metrics_write(const char *path, const struct buf *text,
	struct lapse_err *err)
{
	AUTO_TEMPORARY t = {.fd = -1};
	int n = snprintf(t.path, sizeof(t.path), "%s.XXXXXX", path);

	if (n < 0 || (size_t)n >= sizeof(t.path)) {
		errno = ENAMETOOLONG;
		return fail_path(path, err);
	}
	t.fd = mkostemp(t.path, O_CLOEXEC);
	if (t.fd < 0)
		return fail_path(path, err);
	if (write_all(t.fd, text) < 0 || fchmod(t.fd, 0644) < 0 ||
		fsync(t.fd) < 0 || rename(t.path, path) < 0)
		return fail_path(path, err);
	close(t.fd);
	t.fd = -1;
	return sync_folder(path) < 0 ? fail_path(path, err) : 0;
}
