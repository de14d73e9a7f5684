/* The ledger: one SQLite file, opened once, with transactions, statements
 * prepared once a run, and nothing of HTTP. The only files that include
 * sqlite3.h are in this folder. Tables and columns: schema/0001.sql. */
#ifndef LAPSE_LEDGER_LEDGER_H
#define LAPSE_LEDGER_LEDGER_H

#include <stdarg.h>

#include "buf.h"
#include "err.h"
#include "when.h"

#ifndef ARRAY_N
#define ARRAY_N(array) (sizeof(array) / sizeof((array)[0]))
#endif

struct ledger;

enum ledger_mode {
	LEDGER_WRITE,		/* must exist; migrated if older */
	LEDGER_CREATE,		/* must not exist; LAPSE_EREFUSED if it does */
	LEDGER_READ,		/* read-only, also an older schema or a snapshot
				   on read-only media; writes nothing but the
				   lock files that SQLite puts beside a live
				   ledger */
};

/* <Errors> LAPSE_ELEDGER (damaged, not a ledger, newer schema: says what to
 * do), LAPSE_ENOTFOUND (missing: names `lapse init`), LAPSE_EIO, LAPSE_EAGAIN
 * (locked). Asserts WAL, synchronous=FULL, foreign keys, defensive mode. A
 * file or folder that others may write is LAPSE_ECONFIG. */
int ledger_open(struct ledger **ret, const char *path, enum ledger_mode mode,
	const struct lapse_env *env, struct lapse_err *err);
void ledger_free(struct ledger *l);
const char *ledger_path(const struct ledger *l);

/* Short transactions; BEGIN IMMEDIATE, waits at most 5 s (LAPSE_EAGAIN). No
 * transaction is open across a network wait. ledger_commit() is the fsync.
 * ledger_abandon() rolls back; harmless when none is open, so that
 *	AUTO_TX(l, err) ... return ledger_commit(l, err);
 * rolls back on every early return. */
int ledger_begin(struct ledger *l, struct lapse_err *err);
int ledger_commit(struct ledger *l, struct lapse_err *err);
void ledger_abandon(struct ledger *l);
bool ledger_in_transaction(const struct ledger *l);
static inline void ledger_abandon_cleanup(struct ledger **l)
{
	if (*l != NULL)
		ledger_abandon(*l);
}
/* A reader's view that stays the same until ledger_abandon(), while others
 * write; in every mode. Never waits. */
int ledger_begin_read(struct ledger *l, struct lapse_err *err);
/* struct ledger *AUTO_TX tx = NULL; if (ledger_begin(l, err) < 0) return ..;
 * tx = l; */
#define AUTO_TX __attribute__((cleanup(ledger_abandon_cleanup)))

/* ---- Statements ----
 *
 * SQL stands as literals in one file per table family; each file has one
 * array, registered by one line in stmt.h, so that a test prepares every
 * statement. A statement is prepared at its first use and kept.
 *
 *	static const char *const sql[] = {[PLACE] = "INSERT ...", ...};
 *	const struct ledger_family hold_family =
 *		LEDGER_FAMILY(hold, HOLD, sql);
 */
struct ledger_family {
	const char *name;
	const char *const *sql;
	size_t n;
	int slot;	/* FAMILY_HOLD of stmt.h */
	int since;	/* the schema that has its tables; 0: the first. An
			   older file that is only read has no rows in them */
};

/* A row while it is being read. */
struct row;
const char *row_text(const struct row *r, int column); /* NULL for NULL */
int64_t row_int(const struct row *r, int column);	/* 0 for NULL */
int64_t row_time(const struct row *r, int column);	/* WHEN_NONE for NULL */
bool row_null(const struct row *r, int column);
const void *row_blob(const struct row *r, int column, size_t *ret_len);
/* Bytes of row_text(). */
size_t row_len(const struct row *r, int column);
/* Both at once. */
const char *row_text_len(const struct row *r, int column, size_t *ret_len);

/* For ledger_query(): keep the first column of every row. */
struct row_texts {
	struct arena *arena;
	struct strs *list;
};
int row_add_text(void *arg, const struct row *r, struct lapse_err *err);
struct row_ints {
	struct arena *arena;
	VEC(int64_t) list;
};
int row_add_int(void *arg, const struct row *r, struct lapse_err *err);

/* Runs a statement. types says how the arguments bind: 't' const char *
 * (NULL binds NULL), 'i' int64_t, 'w' int64_t time (WHEN_NONE binds NULL),
 * 'b' const void * and size_t, 'n' nothing: NULL. Integer arguments must be
 * int64_t: pass (int64_t)x.
 * each is called for every row (NULL: rows are ignored); negative ends.
 * Rows borrow from the statement until each returns: copy what is kept. A
 * statement may not be run again from inside its own each.
 * <Errors> LAPSE_ELEDGER, LAPSE_EIO (disk full), LAPSE_EAGAIN, each's. */
int ledger_query(struct ledger *l, const struct ledger_family *f, size_t which,
	int (*each)(void *arg, const struct row *r, struct lapse_err *err),
	void *arg, struct lapse_err *err, const char *types, ...);
/* Without rows; ret_changed (may be NULL) gets the number of rows changed. */
int ledger_exec(struct ledger *l, const struct ledger_family *f, size_t which,
	int64_t *ret_changed, struct lapse_err *err, const char *types, ...);
int64_t ledger_last_id(const struct ledger *l);
/* One integer of one row; otherwise when there is no row, or NULL in it. */
int ledger_int(struct ledger *l, const struct ledger_family *f, size_t which,
	int64_t *ret, int64_t otherwise, struct lapse_err *err,
	const char *types, ...);
/* Prepares every statement there is. plan (NULL: none) gets each line of each
 * statement's EXPLAIN QUERY PLAN; negative ends. For tests.
 * <Errors> LAPSE_ELEDGER naming family, number and SQLite's words. */
int ledger_prepare_all(struct ledger *l,
	int (*plan)(void *arg, const char *family, size_t which,
		const char *step),
	void *arg, struct lapse_err *err);

/* ---- This ledger (one row) ---- */

struct ledger_about {
	char id[33];
	int64_t created_at;
	int64_t high_water;
	int64_t enforced_at;	/* WHEN_NONE */
	char anchor_issue[64];	/* "" */
	int64_t anchor_seq;
	int64_t stale_since;	/* WHEN_NONE */
	char taken_over_by[64];	/* "" */
};

/* <Errors> LAPSE_ELEDGER: there is no such row. */
int ledger_about(struct ledger *l, struct ledger_about *ret,
	struct lapse_err *err);
/* Raises the high-water mark, never lowers it; no write when it is less than
 * 60 s higher. at must be a time that a Date confirmed. */
int ledger_raise_water(struct ledger *l, int64_t at, struct lapse_err *err);
int ledger_set_enforced(struct ledger *l, int64_t at, struct lapse_err *err);
int ledger_set_anchor(struct ledger *l, const char *issue, int64_t seq,
	struct lapse_err *err);
int ledger_set_stale(struct ledger *l, int64_t since, struct lapse_err *err);
int ledger_set_taken_over(struct ledger *l, const char *by,
	struct lapse_err *err);
int ledger_cursor(struct ledger *l, const char *name, int64_t *ret,
	int64_t otherwise, struct lapse_err *err);
int ledger_set_cursor(struct ledger *l, const char *name, int64_t value,
	struct lapse_err *err);

/* ---- Runs ----
 *
 * A run is one process. Its row is made at the first write; its lock file is
 * DIR/run/ID, held by flock as long as the process lives. */
struct ledger_run_about {
	const char *command;
	const char *operator;	/* account or NULL */
};
/* Makes the row and takes the lock unless done; *ret_id is the run's id. To be
 * called inside a transaction. */
int ledger_run(struct ledger *l, const struct ledger_run_about *about,
	int64_t now, int64_t *ret_id, struct lapse_err *err);
/* Is that run's process alive? A run that cannot be told is alive. */
bool ledger_run_alive(struct ledger *l, int64_t run);
/* Notes the exit status and lets go of the lock; nothing without a run. */
int ledger_run_end(struct ledger *l, int64_t now, int status,
	struct lapse_err *err);
/* What one run at a time works on: its rows are read, services asked, and what
 * came of it written, so that two at once would do it twice. */
enum ledger_work {
	LEDGER_SWEEP,
	LEDGER_SLACK,
	LEDGER_COMMAND,		/* feeding the notify-command */
	LEDGER_REVIEW,
	LEDGER_RECLAIM,
	LEDGER_OBSERVE,
	LEDGER_RECORD,		/* issues of grants that no request made */
	LEDGER_CATALOG,
	LEDGER_WORKS,
};
/* By a kernel lock, till as many ledger_leave(), or the ledger's end.
 * <Errors> LAPSE_EAGAIN: another run is at it. */
int ledger_alone(struct ledger *l, enum ledger_work w, struct lapse_err *err);
void ledger_leave(struct ledger *l, enum ledger_work w);

/* ---- Evidence ---- */

/* <Shape> ids may be NULL; grant 0: none. data is canonical JSON (an object)
 * without personal text; text is personal text as JSON, or NULL. */
struct evidence {
	const char *kind;
	const char *issue;
	int64_t grant;
	const char *idp;
	const char *group;
	const char *user;
	const char *actor;	/* NULL: "lapse" */
	const char *data;	/* NULL: "{}" */
	const char *text;
};

/* Appends inside the open transaction (LAPSE_EINTERNAL without one). */
int evidence_add(struct ledger *l, int64_t now, const struct evidence *e,
	int64_t *ret_seq, struct lapse_err *err);
/* The head: seq 0 and 64 zeros for an empty chain. */
int evidence_head(struct ledger *l, int64_t *ret_seq, char ret_hex[65],
	struct lapse_err *err);
/* The hash at one seq; LAPSE_ENOTFOUND. */
int evidence_at(struct ledger *l, int64_t seq, char ret_hex[65],
	struct lapse_err *err);
/* Walks the whole chain and the texts' digests: a text may be missing only
 * where a purge event covers its time. A cut tail cannot be seen from inside:
 * compare the head with a witness. found is called for each fault (line in
 * words; negative ends). *ret_n rows walked. Returns 0 also when faults were
 * found: count them in found. */
int evidence_verify(struct ledger *l,
	int (*found)(void *arg, int64_t seq, const char *fault), void *arg,
	int64_t *ret_n, struct lapse_err *err);
/* The same, and what was seen of the tables on the way: to be told by
 * ledger_check_events(), where no fault was found. */
struct evidence_walked {
	int64_t rows;
	bool differs;		/* a row says something else than its event */
	unsigned kinds;		/* what the events tell of, check_beside.h */
};
int evidence_walk(struct ledger *l,
	int (*found)(void *arg, int64_t seq, const char *fault), void *arg,
	struct evidence_walked *ret, struct lapse_err *err);
/* Erases texts of rows older than before, inside the open transaction; adds a
 * purge event unless there was none. */
int evidence_purge(struct ledger *l, int64_t now, int64_t before,
	int64_t *ret_n, struct lapse_err *err);

struct evidence_row {
	int64_t seq;
	int64_t at;
	const char *kind;
	const char *issue;
	int64_t grant;
	const char *idp;
	const char *group;
	const char *user;
	const char *actor;
	int64_t run;
	const char *data;
	const char *text;	/* NULL: none or purged */
	bool purged;
	char hash[65];
};
/* By issue, by grant or all (both empty), ascending from seq. */
int evidence_each(struct ledger *l, const char *issue, int64_t grant,
	int64_t from_seq,
	int (*each)(void *arg, const struct evidence_row *r,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

/* A consistent copy while others write; the file must not exist, appears
 * complete or not at all, mode 0600. */
int ledger_snapshot(struct ledger *l, const char *path,
	struct lapse_err *err);

#endif
