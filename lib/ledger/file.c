/* The ledger as a file: where it lies, who may write it, how a new one
 * appears complete or not at all. Never opens the file of a live ledger:
 * closing any descriptor of it would drop SQLite's locks. */
#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

int file_folder(const char *path, char **ret, struct lapse_err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder;

	if (slash == NULL)
		folder = strdup(".");
	else if (slash == path)
		folder = strdup("/");
	else
		folder = strndup(path, (size_t)(slash - path));
	if (folder == NULL)
		return lapse_fail_nomem(err);
	*ret = folder;
	return 0;
}

static int file_errno(struct lapse_err *err, const char *path)
{
	if (errno == EACCES || errno == EPERM)
		return lapse_fail(err, LAPSE_EIO,
			"ledger: '%s': %s; run as the user whose file it is "
			"(sudo -u lapse lapse ...)",
			path, strerror(errno));
	return lapse_fail(err, LAPSE_EIO, "ledger: '%s': %s", path,
		strerror(errno));
}

/* SQLite's locks and its shared memory do not hold on these. */
static bool network_filesystem(const char *path)
{
	static const unsigned long magic[] = {
		0x6969,		/* NFS */
		0xff534d42,	/* CIFS */
		0xfe534d42,	/* SMB2 */
		0x517b,		/* SMB */
		0x5346414f,	/* AFS */
		0x00c36400,	/* Ceph */
		0x01021997,	/* 9P */
	};
	struct statfs fs;

	if (statfs(path, &fs) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_N(magic); i++) {
		if (((unsigned long)fs.f_type & 0xffffffff) == magic[i])
			return true;
	}
	return false;
}

static mode_t others_of(bool writing)
{
	return writing ? S_IWGRP | S_IWOTH : S_IWOTH;
}

/* Whoever may create files in the folder can place a forged log beside the
 * ledger. */
static int check_folder(const char *path, const char *folder, bool writing,
	struct lapse_err *err)
{
	struct stat st;

	if (stat(folder, &st) != 0)
		return file_errno(err, folder);
	if ((st.st_mode & others_of(writing)) == 0 ||
		(!writing && (st.st_mode & S_ISVTX) != 0))
		return 0;
	return lapse_fail(err, LAPSE_ECONFIG,
		"ledger: '%s': others may write its folder; chmod 700", path);
}

int file_check_place(const char *path, const char *folder,
	struct lapse_err *err)
{
	if (network_filesystem(folder))
		return lapse_fail(err, LAPSE_ECONFIG,
			"ledger: '%s': lies on a network file system, whose "
			"locks do not hold; use a local disk",
			path);
	return check_folder(path, folder, true, err);
}

/* A copy that is only read may lie on media that know no modes. */
static bool read_only_media(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

static int stat_errno(const char *path, struct lapse_err *err)
{
	if (errno != ENOENT && errno != ENOTDIR)
		return file_errno(err, path);
	return lapse_fail(err, LAPSE_ENOTFOUND,
		"ledger: '%s': there is none; `lapse init` makes one, or "
		"restore the last snapshot", path);
}

int file_check(const char *path, const char *folder, bool writing,
	struct lapse_err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return stat_errno(path, err);
	if (!S_ISREG(st.st_mode))
		return lapse_fail(err, LAPSE_ELEDGER,
			"ledger: '%s': not a regular file", path);
	if (!writing && read_only_media(path))
		return 0;
	if ((st.st_mode & others_of(writing)) != 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"ledger: '%s': others may write it; chmod 600", path);
	return writing ? file_check_place(path, folder, err)
		       : check_folder(path, folder, false, err);
}

bool file_immutable(const char *path, const char *folder)
{
	AUTO_TEXT *log = NULL;

	if (access(folder, W_OK) == 0)
		return false;
	if (asprintf(&log, "%s-wal", path) < 0) {
		log = NULL;
		return false;
	}
	return access(log, F_OK) != 0 && errno == ENOENT;
}

int file_temporary(const char *path, char **ret, struct lapse_err *err)
{
	AUTO_TEXT *name = NULL;
	int fd;

	if (asprintf(&name, "%s.tmp-XXXXXX", path) < 0) {
		name = NULL;
		return lapse_fail_nomem(err);
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return file_errno(err, path);
	close(fd);
	*ret = name;
	name = NULL;
	return 0;
}

void file_discard(char *temporary)
{
	static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
	char name[4096];

	if (temporary == NULL)
		return;
	for (size_t i = 0; i < ARRAY_N(suffixes); i++) {
		int n = snprintf(name, sizeof(name), "%s%s", temporary,
			suffixes[i]);

		if (n > 0 && (size_t)n < sizeof(name))
			unlink(name);
	}
	free(temporary);
}

static int sync_path(const char *path, int flags, struct lapse_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	int rc = 0;

	if (fd < 0)
		return file_errno(err, path);
	if (fsync(fd) != 0)
		rc = file_errno(err, path);
	close(fd);
	return rc;
}

/* link() where the file system knows no exclusive rename. */
static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return link(from, to);	/* from goes when it is discarded */
}

int file_appear(const char *temporary, const char *path, bool replace,
	struct lapse_err *err)
{
	AUTO_TEXT *folder = NULL;
	int rc;

	rc = file_folder(path, &folder, err);
	if (rc == 0)
		rc = sync_path(temporary, 0, err);
	if (rc != 0)
		return rc;
	if (replace ? rename(temporary, path) : rename_new(temporary, path)) {
		if (errno != EEXIST)
			return file_errno(err, path);
		return lapse_fail(err, LAPSE_EREFUSED,
			"ledger: '%s': exists already; it is not overwritten",
			path);
	}
	return sync_path(folder, O_DIRECTORY, err);
}
