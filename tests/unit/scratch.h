/* A folder of its own for each test of the ledger, surroundings that give the
 * same answers every time, and SQL past the library: what an attacker or an
 * accident would do. */
#ifndef LAPSE_TESTS_SCRATCH_H
#define LAPSE_TESTS_SCRATCH_H

#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger.h"

enum { SCRATCH_NOW = 1800000000 };

static char scratch_dir[64];
static char scratch_path[96];		/* of the ledger in it */
static unsigned char scratch_random;

static int64_t scratch_clock(void *arg)
{
	(void)arg;
	return SCRATCH_NOW;
}

static int scratch_fill(void *arg, void *bytes, size_t len)
{
	(void)arg;
	memset(bytes, ++scratch_random, len);
	return 0;
}

static void scratch_sleep(void *arg, int64_t ms)
{
	(void)arg;
	(void)ms;
}

static const struct lapse_env scratch_env = {
	.now = scratch_clock,
	.random = scratch_fill,
	.sleep_ms = scratch_sleep,
};

static int scratch_setup(void **state)
{
	(void)state;
	strcpy(scratch_dir, "/tmp/lapse-unit-XXXXXX");
	if (mkdtemp(scratch_dir) == NULL)
		return -1;
	snprintf(scratch_path, sizeof(scratch_path), "%s/ledger.db",
		scratch_dir);
	scratch_random = 0;
	return 0;
}

static int scratch_remove(const char *path, const struct stat *st, int type,
	struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int scratch_teardown(void **state)
{
	(void)state;
	chmod(scratch_dir, 0700);
	return nftw(scratch_dir, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* The name of a file in the folder; two may be in use at a time. */
static inline const char *scratch_name(const char *name)
{
	static char names[2][128];
	static int which;

	which ^= 1;
	snprintf(names[which], sizeof(names[which]), "%s/%s", scratch_dir,
		name);
	return names[which];
}

static inline struct ledger *scratch_open(enum ledger_mode mode)
{
	struct ledger *l = NULL;
	struct lapse_err err = {0};

	assert_ok(ledger_open(&l, scratch_path, mode, &scratch_env, &err));
	return l;
}

/* SQL past the library, on any file. */
static inline void scratch_sql(const char *path, const char *sql)
{
	sqlite3 *db;
	char *why = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}

static inline int64_t scratch_int(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	int64_t ret;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return ret;
}

static inline size_t scratch_read(const char *path, char *ret, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(ret, 1, size, f);
	fclose(f);
	assert_true(n < size);
	return n;
}

static inline void scratch_write(const char *path, const char *bytes,
	size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

/* Its own run, and n events: every third with a text. */
static inline void scratch_events(struct ledger *l, int n)
{
	const struct ledger_run_about about = {.command = "sync"};
	struct lapse_err err = {0};
	int64_t id;

	assert_ok(ledger_begin(l, &err));
	assert_ok(ledger_run(l, &about, SCRATCH_NOW, &id, &err));
	for (int i = 1; i <= n; i++) {
		const struct evidence e = {
			.kind = "granted",
			.issue = i % 5 == 0 ? NULL : "10001",
			.grant = i % 7,
			.idp = "okta",
			.group = "00g1",
			.user = i % 4 == 0 ? NULL : "00u1",
			.actor = i % 2 == 0 ? "5b10" : NULL,
			.data = "{\"change\":1}",
			.text = i % 3 == 0 ? "{\"why\":\"on call\"}" : NULL,
		};

		assert_ok(evidence_add(l, SCRATCH_NOW + i, &e, NULL, &err));
	}
	assert_ok(ledger_commit(l, &err));
}

#define scratch_test(f)                                                        \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

#endif
