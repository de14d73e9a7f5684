/* Reading a file that says who may do what: only one that nobody else can
 * write is believed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_private.h"
#include "text.h"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* On what was opened, so that nothing can change in between; a symbolic link
 * counts as the file behind it. */
static int check_file(int fd, const char *path, struct stat *ret_st,
	struct lapse_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return lapse_fail(err, LAPSE_ECONFIG, "%s: %s", path,
			strerror(errno));
	if (!S_ISREG(st.st_mode))
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: is not a regular file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: belongs to user %lu; run: chown root '%s'", path,
			(unsigned long)st.st_uid, path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: others can write it; run: chmod go-w '%s'", path,
			path);
	if (st.st_size > CONFIG_FILE_MAX)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: is longer than %d bytes", path, CONFIG_FILE_MAX);
	*ret_st = st;
	return 0;
}

static int read_all(int fd, const char *path, size_t size, char *text,
	size_t *ret_len, struct lapse_err *err)
{
	size_t len = 0;
	ssize_t n = 1;

	while (len < size && n > 0) {
		n = read(fd, text + len, size - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return lapse_fail(err, LAPSE_ECONFIG, "%s: %s", path,
				strerror(errno));
		else
			len += (size_t)n;
	}
	text[len] = '\0';
	*ret_len = len;
	return 0;
}

int config_read_file(const char *path, struct arena *a, char **ret,
	size_t *ret_len, struct lapse_err *err)
{
	__attribute__((cleanup(close_fd))) int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st = {0};
	char *text;

	if (fd < 0)
		return lapse_fail(err, LAPSE_ECONFIG, "%s: %s%s", path,
			strerror(errno), errno == ENOENT ?
			"; `lapse init` writes one" : "");
	if (check_file(fd, path, &st, err) < 0)
		return LAPSE_ECONFIG;
	text = arena_alloc(a, (size_t)st.st_size + 1);
	if (text == NULL)
		return lapse_fail_nomem(err);
	if (read_all(fd, path, (size_t)st.st_size, text, ret_len, err) < 0)
		return LAPSE_ECONFIG;
	if (!text_valid_utf8(text, *ret_len))
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: is not UTF-8 text", path);
	*ret = text;
	return 0;
}

