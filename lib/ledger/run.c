/* Runs: their rows, and the kernel locks that say whether they live. A lock
 * file without a lock means nothing: no clock, no process number, nothing
 * that a person would have to clean up. */
#include "db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ADD, END };

static const char *const sql[] = {
	[ADD] = "INSERT INTO run (command, operator, started_at)"
		" VALUES (?1, ?2, ?3)",
	[END] = "UPDATE run SET ended_at = ?2, status = ?3 WHERE id = ?1",
};

const struct ledger_family run_family = LEDGER_FAMILY(run, RUN, sql);

static int lock_name(const struct ledger *l, const char *name,
	char ret[PATH_MAX], struct lapse_err *err)
{
	int n = snprintf(ret, PATH_MAX, "%s/run%s%s", l->folder,
		name[0] == '\0' ? "" : "/", name);

	if (n < 0 || n >= PATH_MAX)
		return lapse_fail(err, LAPSE_ECONFIG,
			"ledger: '%s': name too long", l->path);
	return 0;
}

static int lock_errno(const char *path, struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EIO, "run lock: '%s': %s", path,
		strerror(errno));
}

/* Made at the first use: a ledger that is restored needs no more than its
 * one file. */
static int lock_open(struct ledger *l, const char *name, int *ret,
	struct lapse_err *err)
{
	char path[PATH_MAX];
	int rc;

	rc = lock_name(l, "", path, err);
	if (rc != 0)
		return rc;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return lock_errno(path, err);
	rc = lock_name(l, name, path, err);
	if (rc != 0)
		return rc;
	*ret = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *ret < 0 ? lock_errno(path, err) : 0;
}

static void id_text(int64_t id, char ret[24])
{
	snprintf(ret, 24, "%" PRId64, id);
}

/* ---- Whether a run lives ---- */

/* A probe must not be taken for a run: it asks for a shared lock. */
static bool locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool ret;

	if (fd < 0)
		return errno != ENOENT;
	ret = flock(fd, LOCK_SH | LOCK_NB) != 0;
	close(fd);
	return ret;
}

bool ledger_run_alive(struct ledger *l, int64_t run)
{
	char path[PATH_MAX];
	char name[24];

	if (run == l->run && run != 0)
		return true;
	id_text(run, name);
	return lock_name(l, name, path, NULL) != 0 || locked(path);
}

/* Files of runs that were killed. Only inside a write transaction, as is the
 * making of them, so that none is taken away between its creation and its
 * lock. */
static void clean_dead(struct ledger *l)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *folder;

	if (lock_name(l, "", path, NULL) != 0)
		return;
	folder = opendir(path);
	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		if (lock_name(l, entry->d_name, path, NULL) == 0 &&
			!locked(path))
			unlink(path);
	}
	closedir(folder);
}

/* ---- This run ---- */

void run_forget(struct ledger *l)
{
	char path[PATH_MAX];
	char name[24];

	if (l->run_fd >= 0) {
		id_text(l->run, name);
		if (lock_name(l, name, path, NULL) == 0)
			unlink(path);
		close(l->run_fd);
	}
	l->run_fd = -1;
	l->run = 0;
	l->run_fresh = false;
}

static int take_lock(struct ledger *l, int64_t id, struct lapse_err *err)
{
	char name[24];
	int rc;

	id_text(id, name);
	rc = lock_open(l, name, &l->run_fd, err);
	if (rc != 0)
		return rc;
	l->run = id;
	l->run_fresh = true;
	if (flock(l->run_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	/* Not ours to remove. */
	close(l->run_fd);
	l->run_fd = -1;
	run_forget(l);
	return lapse_fail(err, LAPSE_EAGAIN,
		"run lock: '%s': held by another process", name);
}

int ledger_run(struct ledger *l, const struct ledger_run_about *about,
	int64_t now, int64_t *ret_id, struct lapse_err *err)
{
	int rc;

	if (l->run != 0) {
		*ret_id = l->run;
		return 0;
	}
	if (l->readonly || !ledger_in_transaction(l))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: a run begins in a transaction");
	clean_dead(l);
	rc = ledger_exec(l, &run_family, ADD, NULL, err, "tti", about->command,
		about->operator, now);
	if (rc == 0)
		rc = take_lock(l, ledger_last_id(l), err);
	if (rc == 0)
		*ret_id = l->run;
	return rc;
}

int ledger_run_end(struct ledger *l, int64_t now, int status,
	struct lapse_err *err)
{
	int rc;

	if (l->run == 0)
		return 0;
	/* Nothing is sent after it, and closing the ledger brings it to the
	 * disk: where the power goes before that, the run looks killed. */
	rc = db_do(l, "PRAGMA synchronous = NORMAL", err);
	if (rc == 0)
		rc = ledger_exec(l, &run_family, END, NULL, err, "iii", l->run,
			now, (int64_t)status);
	run_forget(l);
	return rc < 0 ? rc : db_do(l, "PRAGMA synchronous = FULL", err);
}

/* ---- Working alone ---- */

static const char *const works[] = {
	[LEDGER_SWEEP] = "sweep",
	[LEDGER_SLACK] = "slack",
	[LEDGER_COMMAND] = "notify-command",
	[LEDGER_REVIEW] = "review",
	[LEDGER_RECLAIM] = "reclaim",
	[LEDGER_OBSERVE] = "observe",
	[LEDGER_RECORD] = "record",
	[LEDGER_CATALOG] = "catalog",
};

int ledger_alone(struct ledger *l, enum ledger_work w, struct lapse_err *err)
{
	int fd;
	int rc;

	if (l->alone[w].times > 0) {
		l->alone[w].times++;
		return 0;
	}
	rc = lock_open(l, works[w], &fd, err);
	if (rc != 0)
		return rc;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return lapse_fail(err, LAPSE_EAGAIN,
			"%s lock: another run is at it", works[w]);
	}
	l->alone[w].times = 1;
	l->alone[w].fd = fd;
	return 0;
}

void ledger_leave(struct ledger *l, enum ledger_work w)
{
	if (l->alone[w].times > 0 && --l->alone[w].times == 0)
		close(l->alone[w].fd);
}
