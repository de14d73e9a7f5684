/* Ledgers for the bench, through the library where SQL alone cannot: a new
 * one, a long evidence chain, and the scan that verifying is compared with.
 *
 *	ledger create FILE
 *	ledger chain FILE ROWS
 *	ledger lives FILE GRANTS
 *	ledger scan FILE
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lives.h"

enum {
	COMMIT_ROWS = 1000,
};

static int64_t now(void *arg)
{
	(void)arg;
	return time(NULL);
}

static int fill(void *arg, void *bytes, size_t n)
{
	(void)arg;
	return getrandom(bytes, n, 0) == (ssize_t)n ? 0 : -1;
}

static const struct lapse_env env = {.now = now, .random = fill};

static int add_rows(struct ledger *l, int64_t from, int64_t to,
	struct lapse_err *err)
{
	const struct evidence e = {
		.kind = "removed",
		.issue = "10042",
		.idp = "okta",
		.group = "00g1b0000000000007h7",
		.user = "00u1b0000000000007h7",
		.data = "{\"change\":7,\"change_kind\":\"remove\","
			"\"attempts\":1,\"due_at\":\"2026-11-23T03:00:00Z\","
			"\"verified_at\":\"2026-11-23T03:00:09Z\","
			"\"remote_ref\":\"ZrX1bench\",\"detail\":\"done\"}",
	};
	int rc = ledger_begin(l, err);

	for (int64_t i = from; i < to && rc == 0; i++)
		rc = evidence_add(l, env.now(NULL), &e, NULL, err);
	return rc < 0 ? rc : ledger_commit(l, err);
}

static int chain(struct ledger *l, int64_t rows, struct lapse_err *err)
{
	int rc = 0;

	for (int64_t i = 0; i < rows && rc == 0; i += COMMIT_ROWS)
		rc = add_rows(l, i, i + COMMIT_ROWS < rows ? i + COMMIT_ROWS :
			rows, err);
	return rc;
}

/* Every column of every row is read, as verifying does; nothing is hashed. */
static int64_t scan(sqlite3 *db)
{
	sqlite3_stmt *stmt = NULL;
	int64_t bytes = 0;

	sqlite3_exec(db, "PRAGMA cache_size = -16384", NULL, NULL, NULL);
	sqlite3_prepare_v2(db, "SELECT e.seq, e.at, e.kind, e.issue_id,"
		" e.grant_id, e.idp, e.group_id, e.user_id, e.actor, e.run,"
		" e.data, e.text_digest, e.hash FROM evidence e ORDER BY e.seq",
		-1, &stmt, NULL);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			if (sqlite3_column_type(stmt, i) == SQLITE_INTEGER)
				bytes += sqlite3_column_int64(stmt, i);
			else if (sqlite3_column_text(stmt, i) != NULL)
				bytes += sqlite3_column_bytes(stmt, i);
		}
	}
	sqlite3_finalize(stmt);
	return bytes;
}

static int run_scan(const char *path)
{
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);

	if (rc == SQLITE_OK)
		printf("%lld\n", (long long)scan(db));
	sqlite3_close(db);
	return rc == SQLITE_OK ? 0 : 74;
}

int main(int argc, char **argv)
{
	struct lapse_err err = {0};
	AUTO_LEDGER *l = NULL;
	bool create = argc == 3 && strcmp(argv[1], "create") == 0;
	bool chained = argc == 4 && strcmp(argv[1], "chain") == 0;
	bool lived = argc == 4 && strcmp(argv[1], "lives") == 0;
	int rc;

	if (argc == 3 && strcmp(argv[1], "scan") == 0)
		return run_scan(argv[2]);
	if (!create && !chained && !lived)
		return 64;
	rc = ledger_open(&l, argv[2], create ? LEDGER_CREATE : LEDGER_WRITE,
		&env, &err);
	if (rc == 0 && chained)
		rc = chain(l, atoll(argv[3]), &err);
	if (rc == 0 && lived)
		rc = lives(l, atoll(argv[3]), env.now(NULL), &err);
	if (rc < 0)
		fprintf(stderr, "bench ledger: %s\n", err.text);
	return rc < 0 ? 70 : 0;
}
