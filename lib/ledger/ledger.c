/* Opening and closing the ledger, and what its errors mean. Statements are in
 * stmt.c, migrations in schema.c, file names and modes in file.c. */
#include "db.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static int fail_damaged(const struct ledger *l, struct lapse_err *err,
	const char *what)
{
	return lapse_fail(err, LAPSE_ELEDGER,
		"ledger: '%s': damaged (%s); restore the last snapshot, see "
		"lapse-ledger(5)",
		l->path, what);
}

static int fail_io(const struct ledger *l, int rc, struct lapse_err *err)
{
	if (rc == SQLITE_IOERR_SHORT_READ || rc == SQLITE_IOERR_CORRUPTFS)
		return fail_damaged(l, err, "it is cut off");
	if (rc == SQLITE_IOERR_NOMEM)
		return lapse_fail_nomem(err);
	return lapse_fail(err, LAPSE_EIO, "ledger: '%s': %s", l->path,
		sqlite3_errstr(rc));
}

int db_fail(const struct ledger *l, int rc, struct lapse_err *err,
	const char *what)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return lapse_fail(err, LAPSE_EAGAIN,
			"ledger: '%s': locked by another run; try again",
			l->path);
	case SQLITE_NOMEM:
		return lapse_fail_nomem(err);
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return fail_damaged(l, err, sqlite3_errstr(rc & 0xff));
	case SQLITE_IOERR:
		return fail_io(l, rc, err);
	case SQLITE_FULL:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return lapse_fail(err, LAPSE_EIO, "ledger: '%s': %s", l->path,
			sqlite3_errstr(rc));
	case SQLITE_READONLY:
		return lapse_fail(err,
			l->readonly ? LAPSE_EINTERNAL : LAPSE_EIO,
			"ledger: '%s': %s: it cannot be written", l->path,
			what);
	default:
		return lapse_fail(err, LAPSE_EINTERNAL, "ledger: '%s': %s: %s",
			l->path, what, sqlite3_errmsg(l->db));
	}
}

int db_do(const struct ledger *l, const char *sql, struct lapse_err *err)
{
	int rc = sqlite3_exec(l->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_fail(l, rc, err, sql);
}

static void finalize_cleanup(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}
#define AUTO_STMT __attribute__((cleanup(finalize_cleanup))) sqlite3_stmt

static int first_row(const struct ledger *l, const char *sql,
	sqlite3_stmt **ret, struct lapse_err *err)
{
	int rc;

	rc = sqlite3_prepare_v2(l->db, sql, -1, ret, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(*ret);
	return rc == SQLITE_ROW ? 0 : db_fail(l, rc, err, sql);
}

int db_ask(const struct ledger *l, const char *sql, int64_t *ret,
	struct lapse_err *err)
{
	AUTO_STMT *stmt = NULL;
	int rc = first_row(l, sql, &stmt, err);

	if (rc == 0)
		*ret = sqlite3_column_int64(stmt, 0);
	return rc;
}

int db_says(const struct ledger *l, const char *sql, const char *text,
	bool *ret, struct lapse_err *err)
{
	AUTO_STMT *stmt = NULL;
	int rc = first_row(l, sql, &stmt, err);
	const char *said;

	if (rc != 0)
		return rc;
	said = (const char *)sqlite3_column_text(stmt, 0);
	*ret = said != NULL && strcmp(said, text) == 0;
	return 0;
}

/* ---- Opening ---- */

int db_new(struct ledger **ret, const char *path,
	const struct lapse_env *env, struct lapse_err *err)
{
	AUTO_LEDGER *l = calloc(1, sizeof(*l));
	int rc;

	if (l == NULL)
		return lapse_fail_nomem(err);
	l->run_fd = -1;
	l->env = *env;
	l->path = strdup(path);
	if (l->path == NULL)
		return lapse_fail_nomem(err);
	rc = file_folder(path, &l->folder, err);
	if (rc == 0)
		rc = stmt_open_all(l, err);
	if (rc != 0)
		return rc;
	*ret = l;
	l = NULL;
	return 0;
}

static int connect_file(struct ledger *l, struct lapse_err *err)
{
	int flags = l->readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	AUTO_BUF uri = {0};
	int rc;

	buf_str(&uri, "file:");
	text_percent(&uri, l->path);
	if (l->readonly && file_immutable(l->path, l->folder))
		buf_str(&uri, "?immutable=1");
	rc = buf_check(&uri, err, "ledger");
	if (rc != 0)
		return rc;
	rc = sqlite3_open_v2(buf_text(&uri), &l->db,
		flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
			SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE,
		NULL);
	if (l->db == NULL)
		return lapse_fail_nomem(err);
	return rc == SQLITE_OK ? 0 : db_fail(l, rc, err, "open");
}

/* The schema of a file that someone sent us may hold anything: it must not
 * be able to run code, and neither must a mistake of ours. */
static int defend(struct ledger *l, struct lapse_err *err)
{
	static const struct {
		int option;
		int value;
	} settings[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 1},
	};

	for (size_t i = 0; i < ARRAY_N(settings); i++) {
		int now = -1;
		int rc = sqlite3_db_config(l->db, settings[i].option,
			settings[i].value, &now);

		if (rc != SQLITE_OK || now != settings[i].value)
			return lapse_fail(err, LAPSE_EINTERNAL,
				"ledger: sqlite lacks setting %d",
				settings[i].option);
	}
	sqlite3_limit(l->db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_busy_timeout(l->db, LEDGER_BUSY_MS);
	return db_do(l,
		"PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384", err);
}

/* A file with the right marks and version 0 is a ledger before its first
 * migration; without the marks it is somebody else's. */
static int identify(struct ledger *l, struct lapse_err *err)
{
	int64_t application;
	int64_t version;
	int rc;

	rc = db_ask(l, "PRAGMA application_id", &application, err);
	if (rc == 0)
		rc = db_ask(l, "PRAGMA user_version", &version, err);
	if (rc != 0)
		return rc;
	if (application != LEDGER_APPLICATION_ID || version < 0)
		return lapse_fail(err, LAPSE_ELEDGER,
			"ledger: '%s': not a ledger of lapse", l->path);
	if (version > schema_version())
		return lapse_fail(err, LAPSE_ELEDGER,
			"ledger: '%s': written by a newer lapse (schema %d, "
			"this one knows %d); upgrade lapse on this host",
			l->path, (int)version, schema_version());
	l->version = (int)version;
	return 0;
}

/* What durability rests on is read back, never assumed. */
static int assert_durable(struct ledger *l, struct lapse_err *err)
{
	bool wal = false;
	int64_t synchronous = 0;
	int64_t keys = 0;
	int rc;

	rc = db_says(l, "PRAGMA journal_mode", "wal", &wal, err);
	if (rc == 0)
		rc = db_ask(l, "PRAGMA synchronous", &synchronous, err);
	if (rc == 0)
		rc = db_ask(l, "PRAGMA foreign_keys", &keys, err);
	if (rc != 0)
		return rc;
	if (!wal || synchronous != 2 || keys != 1)
		return lapse_fail(err, LAPSE_EIO,
			"ledger: '%s': this file system gives no durable "
			"write-ahead log",
			l->path);
	return 0;
}

static int prepare_writing(struct ledger *l, struct lapse_err *err)
{
	int rc = db_do(l,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"PRAGMA wal_autocheckpoint = 8000; PRAGMA secure_delete = ON",
		err);

	if (rc == 0)
		rc = assert_durable(l, err);
	if (rc == 0 && l->version < schema_version())
		rc = schema_migrate(l, err);
	return rc;
}

int ledger_open(struct ledger **ret, const char *path, enum ledger_mode mode,
	const struct lapse_env *env, struct lapse_err *err)
{
	AUTO_LEDGER *l = NULL;
	int rc;

	if (mode == LEDGER_CREATE) {
		rc = schema_create(path, env, err);
		if (rc != 0)
			return rc;
	}
	rc = db_new(&l, path, env, err);
	if (rc != 0)
		return rc;
	l->readonly = mode == LEDGER_READ;
	rc = file_check(path, l->folder, !l->readonly, err);
	if (rc == 0)
		rc = connect_file(l, err);
	if (rc == 0)
		rc = defend(l, err);
	if (rc == 0)
		rc = identify(l, err);
	if (rc == 0 && !l->readonly)
		rc = prepare_writing(l, err);
	if (rc != 0)
		return rc;
	*ret = l;
	l = NULL;
	return 0;
}

void ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	run_forget(l);
	for (int w = 0; w < LEDGER_WORKS; w++)
		if (l->alone[w].times > 0)
			close(l->alone[w].fd);
	stmt_free_all(l);
	sqlite3_close(l->db);
	hash_free(l->hash);
	buf_clear(&l->canonical);
	free(l->folder);
	free(l->path);
	free(l);
}

const char *ledger_path(const struct ledger *l)
{
	return l->path;
}
