/* Making a ledger and bringing an older one up. The migrations are the files
 * of schema/, built in; how many ran is the file's user_version. */
#include "db.h"

#include <stdio.h>
#include <string.h>

#include "schema.h"

enum {
	MIGRATE_TRIES = 5,
};

int schema_version(void)
{
	return (int)ARRAY_N(schema_sql) - 1;
}

static int make_id(const struct lapse_env *env, char ret[33],
	struct lapse_err *err)
{
	unsigned char bytes[16];

	if (env->random(env->arg, bytes, sizeof(bytes)) != 0)
		return lapse_fail(err, LAPSE_EIO,
			"ledger: no random numbers to be had");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static int add_about(struct ledger *l, struct lapse_err *err)
{
	char id[33];
	int rc = make_id(&l->env, id, err);

	return rc == 0 ? about_add(l, id, l->env.now(l->env.arg), err) : rc;
}

static int apply(struct ledger *l, struct lapse_err *err)
{
	char text[64];
	int rc = 0;

	for (int i = l->version; rc == 0 && i < schema_version(); i++)
		rc = db_do(l, schema_sql[i], err);
	if (rc == 0 && l->version == 0)
		rc = add_about(l, err);
	if (rc != 0)
		return rc;
	snprintf(text, sizeof(text), "PRAGMA user_version = %d",
		schema_version());
	return db_do(l, text, err);
}

static int snapshot_before(struct ledger *l, struct lapse_err *err)
{
	AUTO_TEXT *before = NULL;

	if (asprintf(&before, "%s.before-v%d", l->path, schema_version()) < 0) {
		before = NULL;
		return lapse_fail_nomem(err);
	}
	return snapshot_write(l, before, true, err);
}

/* Under the write lock. seen is the data_version that the snapshot has; when
 * another process wrote since, *ret stays false. */
static int migrate_locked(struct ledger *l, int64_t seen, bool *ret,
	struct lapse_err *err)
{
	int64_t version;
	int64_t now;
	int rc;

	rc = db_ask(l, "PRAGMA user_version", &version, err);
	if (rc == 0)
		rc = db_ask(l, "PRAGMA data_version", &now, err);
	if (rc != 0)
		return rc;
	l->version = (int)version;
	*ret = l->version >= schema_version() || now == seen;
	if (l->version < schema_version() && now == seen)
		rc = apply(l, err);
	return rc;
}

static int migrate_once(struct ledger *l, bool *ret, struct lapse_err *err)
{
	struct ledger *AUTO_TX tx = NULL;
	int64_t seen;
	int rc;

	rc = db_ask(l, "PRAGMA data_version", &seen, err);
	if (rc == 0)
		rc = snapshot_before(l, err);
	if (rc == 0)
		rc = ledger_begin(l, err);
	if (rc != 0)
		return rc;
	tx = l;
	rc = migrate_locked(l, seen, ret, err);
	return rc == 0 && *ret ? ledger_commit(l, err) : rc;
}

int schema_migrate(struct ledger *l, struct lapse_err *err)
{
	bool done = false;
	int rc = 0;

	for (int i = 0; rc == 0 && !done && i < MIGRATE_TRIES; i++)
		rc = migrate_once(l, &done, err);
	if (rc == 0 && !done)
		return lapse_fail(err, LAPSE_EAGAIN,
			"ledger: '%s': others keep writing while it is to be "
			"brought up; try again",
			l->path);
	if (rc == 0)
		l->version = schema_version();
	return rc;
}

static int fill(struct ledger *l, struct lapse_err *err)
{
	char text[64];
	int rc;

	rc = sqlite3_open_v2(l->path, &l->db, SQLITE_OPEN_READWRITE, NULL);
	rc = rc == SQLITE_OK ? 0 : db_fail(l, rc, err, "open");
	snprintf(text, sizeof(text), "PRAGMA application_id = %d",
		LEDGER_APPLICATION_ID);
	if (rc == 0)
		rc = db_do(l, "PRAGMA page_size = 4096; BEGIN", err);
	if (rc == 0)
		rc = db_do(l, text, err);
	if (rc == 0)
		rc = apply(l, err);
	return rc == 0 ? db_do(l, "COMMIT", err) : rc;
}

/* Built under another name, so that a killed `init` leaves no half ledger. */
int schema_create(const char *path, const struct lapse_env *env,
	struct lapse_err *err)
{
	AUTO_FILE *temporary = NULL;
	AUTO_LEDGER *l = NULL;
	int rc;

	rc = db_new(&l, path, env, err);
	if (rc == 0)
		rc = file_check_place(path, l->folder, err);
	if (rc == 0)
		rc = file_temporary(path, &temporary, err);
	if (rc != 0)
		return rc;
	ledger_free(l);
	l = NULL;
	rc = db_new(&l, temporary, env, err);
	if (rc == 0)
		rc = fill(l, err);
	ledger_free(l);
	l = NULL;
	return rc == 0 ? file_appear(temporary, path, false, err) : rc;
}

/* ---- Is it still what the migrations made? ---- */

static void close_db(sqlite3 **db)
{
	sqlite3_close(*db);
}

static void end_stmt(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}

#define OBJECTS                                                                \
	"SELECT type, name, sql FROM sqlite_schema"                            \
	" WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"

static bool same_text(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
	const char *x = (const char *)sqlite3_column_text(a, column);
	const char *y = (const char *)sqlite3_column_text(b, column);

	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

/* <0, 0, >0: which of the two comes first. */
static int order(sqlite3_stmt *a, bool a_there, sqlite3_stmt *b, bool b_there)
{
	int d;

	if (!a_there || !b_there)
		return a_there ? -1 : 1;
	d = strcmp((const char *)sqlite3_column_text(a, 0),
		(const char *)sqlite3_column_text(b, 0));
	return d != 0 ? d : strcmp((const char *)sqlite3_column_text(a, 1),
				    (const char *)sqlite3_column_text(b, 1));
}

struct differing {
	int (*found)(void *arg, const char *fault);
	void *arg;
};

static int differ(const struct differing *f, sqlite3_stmt *object,
	const char *how)
{
	char words[160];

	snprintf(words, sizeof(words), "schema: %s '%.60s' %s",
		(const char *)sqlite3_column_text(object, 0),
		(const char *)sqlite3_column_text(object, 1), how);
	return f->found(f->arg, words);
}

static int compare(sqlite3_stmt *here, sqlite3_stmt *made,
	const struct differing *f)
{
	bool h = sqlite3_step(here) == SQLITE_ROW;
	bool m = sqlite3_step(made) == SQLITE_ROW;
	int rc = 0;

	while ((h || m) && rc == 0) {
		int d = order(here, h, made, m);

		if (d < 0)
			rc = differ(f, here, "is not lapse's: it may change "
				"what is written or read");
		else if (d > 0)
			rc = differ(f, made, "is missing");
		else if (!same_text(here, made, 2))
			rc = differ(f, here, "was changed");
		if (d <= 0)
			h = sqlite3_step(here) == SQLITE_ROW;
		if (d >= 0)
			m = sqlite3_step(made) == SQLITE_ROW;
	}
	return rc;
}

int schema_check(struct ledger *l, int (*found)(void *arg, const char *fault),
	void *arg, struct lapse_err *err)
{
	const struct differing f = {found, arg};
	__attribute__((cleanup(close_db))) sqlite3 *db = NULL;
	__attribute__((cleanup(end_stmt))) sqlite3_stmt *here = NULL;
	__attribute__((cleanup(end_stmt))) sqlite3_stmt *made = NULL;
	int rc = sqlite3_open(":memory:", &db);

	for (int i = 0; i < l->version && rc == SQLITE_OK; i++)
		rc = sqlite3_exec(db, schema_sql[i], NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db, OBJECTS, -1, &made, NULL);
	if (rc != SQLITE_OK)
		return lapse_fail(err, rc == SQLITE_NOMEM ? LAPSE_ENOMEM :
			LAPSE_EINTERNAL, "ledger: schema: %s",
			sqlite3_errstr(rc));
	rc = sqlite3_prepare_v2(l->db, OBJECTS, -1, &here, NULL);
	if (rc != SQLITE_OK)
		return db_fail(l, rc, err, "schema");
	return compare(here, made, &f) < 0
		? lapse_fail(err, LAPSE_EIO, "ledger: stopped") : 0;
}
