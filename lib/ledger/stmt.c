/* Statements and transactions: the only place that prepares, binds and
 * steps. What they say stands in the file of each family. */
#include "stmt.h"

#include <stdio.h>
#include <string.h>

#include "db.h"

#define LEDGER_ROW(name, slot) [FAMILY_##slot] = &name##_family,
static const struct ledger_family *const families[FAMILIES] = {
	LEDGER_FAMILIES(LEDGER_ROW)};

enum { BEGIN, BEGIN_READ, COMMIT, ROLLBACK };

static const char *const sql[] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[BEGIN_READ] = "BEGIN",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
};

const struct ledger_family tx_family = LEDGER_FAMILY(tx, TX, sql);

/* ---- Preparing ---- */

int stmt_open_all(struct ledger *l, struct lapse_err *err)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		l->stmts[i] = calloc(families[i]->n, sizeof(*l->stmts[i]));
		if (l->stmts[i] == NULL)
			return lapse_fail_nomem(err);
	}
	return 0;
}

void stmt_free_all(struct ledger *l)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		for (size_t k = 0; l->stmts[i] != NULL && k < families[i]->n;
			k++)
			sqlite3_finalize(l->stmts[i][k]);
		free(l->stmts[i]);
	}
}

/* A statement that does not fit the file's tables: of an older schema when
 * only reading, else somebody changed them. */
static int fail_prepare(struct ledger *l, const struct ledger_family *f,
	size_t which, int rc, struct lapse_err *err)
{
	if (rc != SQLITE_ERROR)
		return db_fail(l, rc, err, f->name);
	if (l->version < schema_version())
		return lapse_fail(err, LAPSE_ELEDGER,
			"ledger: '%s': its schema %d is too old for this "
			"(%d needed); a snapshot of a newer ledger has it",
			l->path, l->version, schema_version());
	return lapse_fail(err, LAPSE_ELEDGER,
		"ledger: '%s': its tables are not a ledger's any more: %s "
		"(statement %s %zu); put back a snapshot, or `lapse rebuild`",
		l->path, sqlite3_errmsg(l->db), f->name, which);
}

static int stmt_get(struct ledger *l, const struct ledger_family *f,
	size_t which, sqlite3_stmt **ret, struct lapse_err *err)
{
	sqlite3_stmt **place;
	int rc;

	if (f->slot < 0 || f->slot >= FAMILIES || families[f->slot] != f ||
		which >= f->n || f->sql[which] == NULL)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: no statement %s %zu", f->name, which);
	place = &l->stmts[f->slot][which];
	if (*place == NULL) {
		rc = sqlite3_prepare_v3(l->db, f->sql[which], -1,
			SQLITE_PREPARE_PERSISTENT, place, NULL);
		if (rc != SQLITE_OK)
			return fail_prepare(l, f, which, rc, err);
	}
	if (sqlite3_stmt_busy(*place))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: statement %s %zu is running already", f->name,
			which);
	*ret = *place;
	return 0;
}

/* ---- Running ---- */

static int bind_one(sqlite3_stmt *stmt, int i, char type, va_list *args)
{
	const void *bytes;
	int64_t number;

	switch (type) {
	case 't':
		bytes = va_arg(*args, const char *);
		return sqlite3_bind_text(stmt, i, bytes, -1, SQLITE_STATIC);
	case 'i':
		number = va_arg(*args, int64_t);
		return sqlite3_bind_int64(stmt, i, number);
	case 'w':
		number = va_arg(*args, int64_t);
		return number == WHEN_NONE ? sqlite3_bind_null(stmt, i)
			: sqlite3_bind_int64(stmt, i, number);
	case 'b':
		bytes = va_arg(*args, const void *);
		return sqlite3_bind_blob64(stmt, i, bytes,
			va_arg(*args, size_t), SQLITE_STATIC);
	case 'n':
		return sqlite3_bind_null(stmt, i);
	default:
		return SQLITE_MISUSE;
	}
}

static int bind_all(struct ledger *l, const struct ledger_family *f,
	sqlite3_stmt *stmt, const char *types, va_list *args,
	struct lapse_err *err)
{
	int rc = SQLITE_OK;

	if (sqlite3_bind_parameter_count(stmt) != (int)strlen(types))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: %s: %d arguments wanted, %zu given", f->name,
			sqlite3_bind_parameter_count(stmt), strlen(types));
	for (int i = 0; rc == SQLITE_OK && types[i] != '\0'; i++)
		rc = bind_one(stmt, i + 1, types[i], args);
	return rc == SQLITE_OK ? 0 : db_fail(l, rc, err, f->name);
}

typedef int each_fn(void *arg, const struct row *r, struct lapse_err *err);

static int step_all(struct ledger *l, const struct ledger_family *f,
	sqlite3_stmt *stmt, each_fn *each, void *arg, struct lapse_err *err)
{
	const struct row row = {stmt};
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		int said = each == NULL ? 0 : each(arg, &row, err);

		if (said < 0)
			return said;
	}
	return rc == SQLITE_DONE ? 0 : db_fail(l, rc, err, f->name);
}

/* Out of memory or disk, SQLite rolls back by itself and goes on without a
 * transaction: what comes after the failed statement would then be committed
 * alone. */
static int still_begun(const struct ledger *l, const struct ledger_family *f,
	struct lapse_err *err)
{
	if (!l->begun || ledger_in_transaction(l) || f == &tx_family)
		return 0;
	return lapse_fail(err, LAPSE_EIO,
		"ledger: '%s': the transaction was rolled back", l->path);
}

/* The arguments are borrowed for the call: nothing of them may stay bound. */
static int run(struct ledger *l, const struct ledger_family *f, size_t which,
	each_fn *each, void *arg, struct lapse_err *err, const char *types,
	va_list *args)
{
	sqlite3_stmt *stmt;
	int rc;

	rc = still_begun(l, f, err);
	/* Nothing is in tables that came later than an older file. */
	if (rc == 0 && l->version < f->since)
		return 0;
	if (rc == 0)
		rc = stmt_get(l, f, which, &stmt, err);
	if (rc != 0)
		return rc;
	rc = bind_all(l, f, stmt, types, args, err);
	if (rc == 0)
		rc = step_all(l, f, stmt, each, arg, err);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return rc;
}

int ledger_query(struct ledger *l, const struct ledger_family *f, size_t which,
	each_fn *each, void *arg, struct lapse_err *err, const char *types, ...)
{
	va_list args;
	int rc;

	va_start(args, types);
	rc = run(l, f, which, each, arg, err, types, &args);
	va_end(args);
	return rc;
}

int ledger_exec(struct ledger *l, const struct ledger_family *f, size_t which,
	int64_t *ret_changed, struct lapse_err *err, const char *types, ...)
{
	va_list args;
	int rc;

	va_start(args, types);
	rc = run(l, f, which, NULL, NULL, err, types, &args);
	va_end(args);
	if (rc == 0 && ret_changed != NULL)
		*ret_changed = sqlite3_changes64(l->db);
	return rc;
}

int64_t ledger_last_id(const struct ledger *l)
{
	return sqlite3_last_insert_rowid(l->db);
}

static int take_int(void *arg, const struct row *r, struct lapse_err *err)
{
	int64_t *value = arg;

	(void)err;
	if (!row_null(r, 0))
		*value = row_int(r, 0);
	return 0;
}

int ledger_int(struct ledger *l, const struct ledger_family *f, size_t which,
	int64_t *ret, int64_t otherwise, struct lapse_err *err,
	const char *types, ...)
{
	int64_t value = otherwise;
	va_list args;
	int rc;

	va_start(args, types);
	rc = run(l, f, which, take_int, &value, err, types, &args);
	va_end(args);
	if (rc == 0)
		*ret = value;
	return rc;
}

/* ---- Reading a row ---- */

const char *row_text(const struct row *r, int column)
{
	return (const char *)sqlite3_column_text(r->stmt, column);
}

int64_t row_int(const struct row *r, int column)
{
	return sqlite3_column_int64(r->stmt, column);
}

/* A value asked for once costs less than each of its sides asked for by
 * column. A connection belongs to one thread: nobody else touches it. */
int64_t row_time(const struct row *r, int column)
{
	sqlite3_value *v = sqlite3_column_value(r->stmt, column);

	return sqlite3_value_type(v) == SQLITE_NULL ? WHEN_NONE
						    : sqlite3_value_int64(v);
}

const char *row_text_len(const struct row *r, int column, size_t *ret_len)
{
	sqlite3_value *v = sqlite3_column_value(r->stmt, column);
	const char *text = (const char *)sqlite3_value_text(v);

	*ret_len = text == NULL ? 0 : (size_t)sqlite3_value_bytes(v);
	return text;
}

bool row_null(const struct row *r, int column)
{
	return sqlite3_column_type(r->stmt, column) == SQLITE_NULL;
}

size_t row_len(const struct row *r, int column)
{
	return (size_t)sqlite3_column_bytes(r->stmt, column);
}

const void *row_blob(const struct row *r, int column, size_t *ret_len)
{
	const void *bytes = sqlite3_column_blob(r->stmt, column);

	*ret_len = row_len(r, column);
	return bytes;
}

/* ---- Transactions ---- */

bool ledger_in_transaction(const struct ledger *l)
{
	return sqlite3_get_autocommit(l->db) == 0;
}

static int begin(struct ledger *l, size_t which, struct lapse_err *err)
{
	int rc;

	if (ledger_in_transaction(l))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: a transaction is open already");
	l->head_known = false;
	rc = ledger_exec(l, &tx_family, which, NULL, err, "");
	l->begun = rc == 0;
	return rc;
}

int ledger_begin(struct ledger *l, struct lapse_err *err)
{
	if (l->readonly)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: '%s' is open for reading only", l->path);
	return begin(l, BEGIN, err);
}

int ledger_begin_read(struct ledger *l, struct lapse_err *err)
{
	return begin(l, BEGIN_READ, err);
}

/* A full disk makes SQLite roll back by itself: what then is committed is
 * nothing, and must not look like success. */
int ledger_commit(struct ledger *l, struct lapse_err *err)
{
	int rc;

	if (!ledger_in_transaction(l)) {
		ledger_abandon(l);
		return lapse_fail(err, LAPSE_EIO,
			"ledger: '%s': the transaction was rolled back",
			l->path);
	}
	rc = ledger_exec(l, &tx_family, COMMIT, NULL, err, "");
	if (rc != 0) {
		ledger_abandon(l);
		return rc;
	}
	l->begun = false;
	l->head_known = false;
	l->run_fresh = false;
	return 0;
}

void ledger_abandon(struct ledger *l)
{
	if (ledger_in_transaction(l))
		ledger_exec(l, &tx_family, ROLLBACK, NULL, NULL, "");
	l->begun = false;
	l->head_known = false;
	if (l->run_fresh)
		run_forget(l);
}

/* ---- For tests ---- */

static int plan_one(struct ledger *l, const struct ledger_family *f,
	size_t which,
	int (*plan)(void *arg, const char *family, size_t which,
		const char *step),
	void *arg, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	sqlite3_stmt *stmt = NULL;
	int said = 0;
	int rc;

	buf_fmt(&text, "EXPLAIN QUERY PLAN %s", f->sql[which]);
	rc = sqlite3_prepare_v2(l->db, buf_text(&text), -1, &stmt, NULL);
	if (rc != SQLITE_OK)
		return fail_prepare(l, f, which, rc, err);
	while (said >= 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		said = plan(arg, f->name, which,
			(const char *)sqlite3_column_text(stmt, 3));
	sqlite3_finalize(stmt);
	return said;
}

int ledger_prepare_all(struct ledger *l,
	int (*plan)(void *arg, const char *family, size_t which,
		const char *step),
	void *arg, struct lapse_err *err)
{
	sqlite3_stmt *stmt;
	int rc = 0;

	for (size_t i = 0; i < FAMILIES; i++) {
		const struct ledger_family *f = families[i];

		for (size_t k = 0; rc >= 0 && k < f->n; k++) {
			if (f->sql[k] == NULL)
				continue;
			rc = stmt_get(l, f, k, &stmt, err);
			if (rc == 0 && plan != NULL)
				rc = plan_one(l, f, k, plan, arg, err);
		}
	}
	return rc < 0 ? rc : 0;
}

int row_add_text(void *arg, const struct row *r, struct lapse_err *err)
{
	struct row_texts *t = arg;

	strs_add(t->list, t->arena, row_text(r, 0));
	return arena_check(t->arena, err);
}

int row_add_int(void *arg, const struct row *r, struct lapse_err *err)
{
	struct row_ints *ints = arg;
	int64_t *slot = VEC_ADD(&ints->list, ints->arena);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = row_int(r, 0);
	return 0;
}
