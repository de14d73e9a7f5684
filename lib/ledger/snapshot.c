/* A consistent copy of the ledger in one file, while others write. The copy
 * has no write-ahead log, so that it opens from read-only media. */
#include "db.h"

#include <string.h>

enum {
	STEPS_MAX = 10,		/* a lock met by the copy: retried by SQLite's
				   own busy handler, then by us */
};

static int copy_pages(struct ledger *l, const struct ledger *to,
	struct lapse_err *err)
{
	sqlite3_backup *backup;
	int rc = SQLITE_OK;

	backup = sqlite3_backup_init(to->db, "main", l->db, "main");
	if (backup == NULL)
		return db_fail(to, sqlite3_extended_errcode(to->db), err,
			"snapshot");
	for (int i = 0; i < STEPS_MAX; i++) {
		rc = sqlite3_backup_step(backup, -1);
		if (rc != SQLITE_BUSY && rc != SQLITE_LOCKED)
			break;
		l->env.sleep_ms(l->env.arg, 100);
	}
	rc = sqlite3_backup_finish(backup) == SQLITE_OK && rc == SQLITE_DONE
		? SQLITE_OK
		: rc;
	if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
		return db_fail(l, rc, err, "snapshot");
	return rc == SQLITE_OK ? 0 : db_fail(to, rc, err, "snapshot");
}

static int check_copy(const struct ledger *to, struct lapse_err *err)
{
	bool single = false;
	bool whole = false;
	int rc;

	rc = db_says(to, "PRAGMA journal_mode = DELETE", "delete", &single,
		err);
	if (rc == 0)
		rc = db_says(to, "PRAGMA quick_check(1)", "ok", &whole, err);
	if (rc != 0)
		return rc;
	if (whole && single)
		return 0;
	return lapse_fail(err, LAPSE_ELEDGER,
		"ledger: '%s': its copy does not pass the check: the ledger "
		"is damaged; restore an older snapshot",
		to->path);
}

static int copy_to(struct ledger *l, const char *temporary,
	struct lapse_err *err)
{
	struct ledger to = {.path = l->path, .env = l->env};
	int rc;

	rc = sqlite3_open_v2(temporary, &to.db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
	rc = rc == SQLITE_OK ? 0 : db_fail(&to, rc, err, "snapshot");
	/* One fsync before the name appears is what counts. */
	if (rc == 0)
		rc = db_do(&to, "PRAGMA synchronous = OFF", err);
	if (rc == 0)
		rc = copy_pages(l, &to, err);
	if (rc == 0)
		rc = check_copy(&to, err);
	if (sqlite3_close(to.db) != SQLITE_OK && rc == 0)
		rc = lapse_fail(err, LAPSE_EIO, "ledger: snapshot not closed");
	return rc;
}

int snapshot_write(struct ledger *l, const char *path, bool replace,
	struct lapse_err *err)
{
	AUTO_FILE *temporary = NULL;
	int rc;

	rc = file_temporary(path, &temporary, err);
	if (rc == 0)
		rc = copy_to(l, temporary, err);
	if (rc == 0)
		rc = file_appear(temporary, path, replace, err);
	return rc;
}

int ledger_snapshot(struct ledger *l, const char *path, struct lapse_err *err)
{
	return snapshot_write(l, path, false, err);
}
