/* Written beside its place and renamed there, so that a killed run or a full
 * disk leaves what was there before. */
#include "whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file while it is written; removed unless it got its name. */
struct growing {
	char *temporary;	/* NULL: none */
	int fd;
};

static void discard(struct growing *g)
{
	if (g->fd >= 0)
		close(g->fd);
	if (g->temporary != NULL)
		unlink(g->temporary);
	free(g->temporary);
}
#define AUTO_GROWING __attribute__((cleanup(discard))) struct growing

static int whole_errno(const char *subject, const char *path,
	struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EIO, "%s: '%s': %s", subject, path,
		strerror(errno));
}

/* The mode of what is there; else the owner's. */
static int look(const char *subject, const char *path, mode_t *ret_mode,
	struct lapse_err *err)
{
	struct stat there;

	*ret_mode = S_IRUSR | S_IWUSR;
	if (lstat(path, &there) != 0)
		return errno == ENOENT ? 0 : whole_errno(subject, path, err);
	if (!S_ISREG(there.st_mode))
		return lapse_fail(err, LAPSE_EREFUSED,
			"%s: '%s': there is something that is no file; name "
			"another", subject, path);
	*ret_mode = there.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
	return 0;
}

static int fill(int fd, const struct buf *text)
{
	const char *p = buf_text(text);
	size_t left = text->len;

	while (left > 0) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			p += n;
			left -= (size_t)n;
		}
	}
	return 0;
}

/* The new name is on the disk too. */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char *folder = len == 0 ? strdup(".") : strndup(path, len);
	int fd, rc;

	if (folder == NULL)
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

int whole_write(const char *subject, const char *path, const struct buf *text,
	struct lapse_err *err)
{
	AUTO_GROWING g = {.fd = -1};
	mode_t mode;
	int rc;

	rc = buf_check(text, err, subject);
	if (rc == 0)
		rc = look(subject, path, &mode, err);
	if (rc != 0)
		return rc;
	if (asprintf(&g.temporary, "%s.tmp-XXXXXX", path) < 0) {
		g.temporary = NULL;
		return lapse_fail_nomem(err);
	}
	g.fd = mkostemp(g.temporary, O_CLOEXEC);
	if (g.fd < 0) {
		rc = whole_errno(subject, path, err);
		free(g.temporary);
		g.temporary = NULL;
		return rc;
	}
	if (fill(g.fd, text) != 0 || fchmod(g.fd, mode) != 0 ||
		fsync(g.fd) != 0 || rename(g.temporary, path) != 0)
		return whole_errno(subject, path, err);
	free(g.temporary);
	g.temporary = NULL;
	return sync_folder(path) == 0 ? 0 : whole_errno(subject, path, err);
}
