/* What the files of the ledger share and nobody else sees: the connection,
 * and the one translation of SQLite's codes into ours. */
#ifndef LAPSE_LEDGER_DB_H
#define LAPSE_LEDGER_DB_H

#include <sqlite3.h>
#include <stdlib.h>

#include "hash.h"
#include "ledger.h"
#include "stmt.h"

enum {
	LEDGER_APPLICATION_ID = 0x4c617073,	/* "Laps" */
	LEDGER_BUSY_MS = 5000,
};

struct ledger {
	sqlite3 *db;
	char *path;
	char *folder;		/* of path */
	bool readonly;
	struct lapse_env env;
	int version;		/* schema of the file */
	sqlite3_stmt **stmts[FAMILIES];

	bool begun;		/* a transaction that was not ended by us */

	/* The chain: the head as known inside the open transaction. */
	struct hash *hash;	/* NULL until something is hashed: an idle run
				   does not wake up libcrypto */
	struct buf canonical;
	bool head_known;
	int64_t head_seq;
	unsigned char head[HASH_BYTES];

	int64_t run;		/* 0: none yet */
	int run_fd;
	bool run_fresh;		/* its row is not committed yet */
	struct {
		int times;	/* it was begun, and not left yet */
		int fd;
	} alone[LEDGER_WORKS];
};

struct row {
	sqlite3_stmt *stmt;
};

/* ledger.c: not connected yet. */
int db_new(struct ledger **ret, const char *path, const struct lapse_env *env,
	struct lapse_err *err);
/* The line and code for an SQLite result code; the name of a
 * statement or a step goes before it. */
int db_fail(const struct ledger *l, int rc, struct lapse_err *err,
	const char *what);
/* One literal without rows. */
int db_do(const struct ledger *l, const char *sql, struct lapse_err *err);
/* The first column of the first row of a literal: as a number, or whether it
 * is this text. */
int db_ask(const struct ledger *l, const char *sql, int64_t *ret,
	struct lapse_err *err);
int db_says(const struct ledger *l, const char *sql, const char *text,
	bool *ret, struct lapse_err *err);

/* about.c: the row that makes a ledger this ledger. */
int about_add(struct ledger *l, const char *id, int64_t now,
	struct lapse_err *err);

/* stmt.c */
int stmt_open_all(struct ledger *l, struct lapse_err *err);
void stmt_free_all(struct ledger *l);

/* schema.c */
int schema_version(void);	/* what this build writes */
/* Tables, indexes and triggers against those that the migrations make; found
 * gets each that differs, in words. */
int schema_check(struct ledger *l, int (*found)(void *arg, const char *fault),
	void *arg, struct lapse_err *err);
/* A new ledger under path; LAPSE_EREFUSED when the name is taken. */
int schema_create(const char *path, const struct lapse_env *env,
	struct lapse_err *err);
/* Brings an open older ledger up, after a snapshot FILE.before-vN. */
int schema_migrate(struct ledger *l, struct lapse_err *err);

/* file.c: names, permissions and what is on disk; nothing of SQL. */
int file_folder(const char *path, char **ret, struct lapse_err *err);
/* Exists, is regular, and nobody else may write it or its folder.
 * <Errors> LAPSE_ENOTFOUND, LAPSE_ECONFIG, LAPSE_ELEDGER, LAPSE_EIO. */
int file_check(const char *path, const char *folder, bool writing,
	struct lapse_err *err);
/* The folder alone, before a ledger is made in it. */
int file_check_place(const char *path, const char *folder,
	struct lapse_err *err);
/* Nothing can be written beside it and there is no log: SQLite then has to be
 * told that it need not look for either. */
bool file_immutable(const char *path, const char *folder);
/* A new empty file PATH.tmp-XXXXXX, 0600. */
int file_temporary(const char *path, char **ret, struct lapse_err *err);
/* Makes a finished temporary file appear under its name, on disk when it
 * returns. <Errors> LAPSE_EREFUSED: the name is taken, unless replace. */
int file_appear(const char *temporary, const char *path, bool replace,
	struct lapse_err *err);
/* Removes a temporary file that was not handed over, with SQLite's own. */
void file_discard(char *temporary);

/* snapshot.c */
int snapshot_write(struct ledger *l, const char *path, bool replace,
	struct lapse_err *err);

/* run.c: the run whose row was rolled back, or that is over. */
void run_forget(struct ledger *l);

static inline void db_free_text(char **text)
{
	free(*text);
}
#define AUTO_TEXT __attribute__((cleanup(db_free_text))) char

static inline void file_discard_cleanup(char **temporary)
{
	file_discard(*temporary);
}
#define AUTO_FILE __attribute__((cleanup(file_discard_cleanup))) char

static inline void ledger_cleanup(struct ledger **l)
{
	ledger_free(*l);
}
#define AUTO_LEDGER __attribute__((cleanup(ledger_cleanup))) struct ledger

#endif
