/* The ledger as a file and as a place for transactions: what opens, what is
 * refused, who waits for whom, and what a killed process leaves behind. */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "db.h"
#include "review_rows.h"
#include "stmt.h"

/* Ends a child of a test without cmocka's own goodbye. */
#define CHILD_MUST(condition)                                                  \
	do {                                                                   \
		if (!(condition))                                              \
			_exit(1);                                              \
	} while (0)

static void assert_exits_zero(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static size_t count_files(const char *path)
{
	DIR *list = opendir(path);
	size_t n = 0;

	assert_non_null(list);
	for (const struct dirent *e; (e = readdir(list)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(list);
	return n;
}

static int open_as(enum ledger_mode mode, struct lapse_err *err)
{
	struct ledger *l = NULL;
	int rc = ledger_open(&l, scratch_path, mode, &scratch_env, err);

	ledger_free(l);
	return rc;
}

/* ---- Opening ---- */

static void makes_one_and_only_one(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct ledger_about about;
	struct lapse_err err = {0};
	struct stat st;

	(void)state;
	assert_string_equal(ledger_path(l), scratch_path);
	assert_ok(ledger_about(l, &about, &err));
	assert_string_equal(about.id, "01010101010101010101010101010101");
	assert_int_equal(about.created_at, SCRATCH_NOW);
	assert_int_equal(about.high_water, 0);
	assert_true(about.enforced_at == WHEN_NONE);
	assert_true(about.stale_since == WHEN_NONE);
	assert_string_equal(about.anchor_issue, "");
	assert_string_equal(about.taken_over_by, "");
	ledger_free(l);

	assert_int_equal(stat(scratch_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* No log, no temporary file. */
	assert_int_equal(count_files(scratch_dir), 1);
	assert_err(open_as(LEDGER_CREATE, &err), LAPSE_EREFUSED);
	assert_has(err.text, "exists already");
	assert_int_equal(count_files(scratch_dir), 1);
}

static void missing_names_init(void **state)
{
	struct lapse_err err;

	(void)state;
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_ENOTFOUND);
	assert_has(err.text, "lapse init");
	assert_err(open_as(LEDGER_READ, &err), LAPSE_ENOTFOUND);
	assert_int_equal(count_files(scratch_dir), 0);
}

static void foreign_files_are_refused_and_kept(void **state)
{
	static const char text[] = "this is a diary, not a ledger\n";
	char kept[64];
	struct lapse_err err;

	(void)state;
	scratch_write(scratch_path, "", 0);
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_ELEDGER);
	scratch_write(scratch_path, text, sizeof(text) - 1);
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_ELEDGER);
	assert_err(open_as(LEDGER_READ, &err), LAPSE_ELEDGER);
	assert_int_equal(scratch_read(scratch_path, kept, sizeof(kept)),
		sizeof(text) - 1);
	assert_memory_equal(kept, text, sizeof(text) - 1);

	unlink(scratch_path);
	scratch_sql(scratch_path, "CREATE TABLE recipe (name TEXT)");
	chmod(scratch_path, 0600);
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_ELEDGER);
	assert_has(err.text, "not a ledger");
	unlink(scratch_path);
	assert_int_equal(mkdir(scratch_path, 0700), 0);
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_ELEDGER);
}

static void a_newer_schema_is_refused(void **state)
{
	struct lapse_err err;

	(void)state;
	ledger_free(scratch_open(LEDGER_CREATE));
	scratch_sql(scratch_path, "PRAGMA user_version = 999");
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_ELEDGER);
	assert_has(err.text, "upgrade");
	assert_err(open_as(LEDGER_READ, &err), LAPSE_ELEDGER);
	assert_has(err.text, "999");
}

static void damage_met_later_is_said(void **state)
{
	struct ledger *l;
	struct lapse_err err = {0};
	char noise[4096];
	int64_t page;
	int64_t n;
	int fd;

	(void)state;
	l = scratch_open(LEDGER_CREATE);
	scratch_events(l, 500);
	ledger_free(l);
	memset(noise, 0xa5, sizeof(noise));
	page = scratch_int(scratch_path,
		"SELECT rootpage FROM sqlite_schema WHERE name = 'evidence'");
	fd = open(scratch_path, O_WRONLY);
	assert_int_equal(pwrite(fd, noise, 4096, (page - 1) * 4096), 4096);
	close(fd);
	l = scratch_open(LEDGER_READ);
	assert_err(evidence_verify(l, NULL, NULL, &n, &err), LAPSE_ELEDGER);
	assert_has(err.text, "restore");
	assert_err(ledger_snapshot(l, scratch_name("copy"), &err),
		LAPSE_ELEDGER);
	assert_int_not_equal(access(scratch_name("copy"), F_OK), 0);
	ledger_free(l);
}

static void a_cut_file_is_refused(void **state)
{
	struct lapse_err err = {0};

	(void)state;
	ledger_free(scratch_open(LEDGER_CREATE));
	assert_int_equal(truncate(scratch_path, 4096 + 100), 0);
	if (open_as(LEDGER_WRITE, &err) == 0) {
		struct ledger *l = scratch_open(LEDGER_WRITE);

		assert_err(ledger_prepare_all(l, NULL, NULL, &err),
			LAPSE_ELEDGER);
		ledger_free(l);
	}
	assert_int_equal(err.code, LAPSE_ELEDGER);
}

static void others_may_not_write(void **state)
{
	struct lapse_err err = {0};

	(void)state;
	chmod(scratch_dir, 0770);
	assert_err(open_as(LEDGER_CREATE, &err), LAPSE_ECONFIG);
	assert_int_equal(count_files(scratch_dir), 0);
	chmod(scratch_dir, 0700);
	ledger_free(scratch_open(LEDGER_CREATE));
	chmod(scratch_path, 0620);
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_ECONFIG);
	assert_has(err.text, "chmod 600");
	assert_ok(open_as(LEDGER_READ, &err));
	chmod(scratch_path, 0602);
	assert_err(open_as(LEDGER_READ, &err), LAPSE_ECONFIG);
	chmod(scratch_path, 0644);
	assert_ok(open_as(LEDGER_WRITE, &err));
	chmod(scratch_dir, 0777);
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_ECONFIG);
	assert_has(err.text, "folder");
	assert_err(open_as(LEDGER_READ, &err), LAPSE_ECONFIG);
	/* What lies in /tmp may be read, but not lived in. */
	chmod(scratch_dir, 01777);
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_ECONFIG);
	assert_ok(open_as(LEDGER_READ, &err));
}

/* ---- Schema ---- */

static const char *before_newest(void)
{
	static char name[32];

	snprintf(name, sizeof(name), "ledger.db.before-v%d", schema_version());
	return name;
}

static void an_older_ledger_is_brought_up_after_a_snapshot(void **state)
{
	struct lapse_err err = {0};
	struct ledger *l;
	struct ledger_about about;
	struct stat st;

	(void)state;
	scratch_sql(scratch_path, "PRAGMA application_id = 0x4c617073;"
				  "CREATE TABLE old (kept TEXT);"
				  "INSERT INTO old VALUES ('yes')");
	chmod(scratch_path, 0600);
	/* An older attempt that was killed left its snapshot. */
	scratch_write(scratch_name(before_newest()), "x", 1);

	assert_ok(ledger_open(&l, scratch_path, LEDGER_READ, &scratch_env,
		&err));
	assert_err(ledger_about(l, &about, &err), LAPSE_ELEDGER);
	assert_has(err.text, "too old");
	ledger_free(l);

	l = scratch_open(LEDGER_WRITE);
	assert_ok(ledger_about(l, &about, &err));
	ledger_free(l);
	assert_int_equal(scratch_int(scratch_path, "PRAGMA user_version"),
		schema_version());
	assert_int_equal(stat(scratch_name(before_newest()), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(scratch_int(scratch_name(before_newest()),
		"SELECT kept = 'yes' FROM old"), 1);
	assert_int_equal(scratch_int(scratch_name(before_newest()),
		"PRAGMA user_version"), 0);
}

/* What a version 1 wrote, made with its own schema. */
static void make_version_1(void)
{
	struct buf text = {0};
	FILE *f = fopen("lib/ledger/schema/0001.sql", "r");
	char line[256];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		buf_str(&text, line);
	fclose(f);
	buf_str(&text, "INSERT INTO ledger (one, id, created_at, high_water,"
		" anchor_seq) VALUES (1, 'aa', 1, 1, 0);"
		"INSERT INTO cursor VALUES ('kept', 7);"
		"PRAGMA application_id = 0x4c617073; PRAGMA user_version = 1");
	scratch_sql(scratch_path, buf_text(&text));
	buf_clear(&text);
	chmod(scratch_path, 0600);
}

static void version_1_is_read_as_it_is_and_brought_up_to_write(void **state)
{
	AUTO_ARENA a = {0};
	struct lapse_err err = {0};
	struct campaign_rows none = {0};
	struct ledger *l;
	int64_t kept = 0;

	(void)state;
	make_version_1();
	assert_ok(ledger_open(&l, scratch_path, LEDGER_READ, &scratch_env,
		&err));
	assert_ok(campaigns(l, false, &a, &none, &err));
	assert_int_equal(none.list.n, 0);
	ledger_free(l);
	assert_int_equal(scratch_int(scratch_path, "PRAGMA user_version"), 1);

	l = scratch_open(LEDGER_WRITE);
	assert_ok(ledger_cursor(l, "kept", &kept, 0, &err));
	assert_int_equal(kept, 7);
	assert_ok(campaigns(l, false, &a, &none, &err));
	ledger_free(l);
	assert_int_equal(scratch_int(scratch_path, "PRAGMA user_version"),
		schema_version());
}

static void a_failed_migration_changes_nothing(void **state)
{
	struct lapse_err err = {0};

	(void)state;
	scratch_sql(scratch_path, "PRAGMA application_id = 0x4c617073;"
				  "CREATE TABLE notice (in_the_way TEXT)");
	chmod(scratch_path, 0600);
	assert_err(open_as(LEDGER_WRITE, &err), LAPSE_EINTERNAL);
	assert_int_equal(scratch_int(scratch_path, "PRAGMA user_version"), 0);
	assert_int_equal(scratch_int(scratch_path,
		"SELECT count(*) FROM sqlite_schema"), 1);
}

static int note_plan(void *arg, const char *family, size_t which,
	const char *step)
{
	struct buf *out = arg;

	buf_fmt(out, "%s %zu %s\n", family, which, step);
	return 0;
}

/* A partial index is used only when its condition stands in the statement as
 * a literal: an idle sweep would read the whole table otherwise. */
static void every_statement_prepares(void **state)
{
	static const char *const used[] = {"grant_due", "grant_moving",
		"change_next", "change_open", "change_last", "hold_live",
		"hold_grant", "evidence_issue", "evidence_grant",
		"evidence_rare", "grant_request", "request_open",
		"notice_open"};
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	AUTO_BUF plan = {0};

	(void)state;
	assert_ok(ledger_prepare_all(l, note_plan, &plan, &err));
	for (size_t i = 0; i < COUNT(used); i++)
		assert_has(buf_text(&plan), used[i]);
	ledger_free(l);
}

/* ---- Statements and transactions ---- */

static int stop_at_once(void *arg, const struct row *r, struct lapse_err *err)
{
	int *calls = arg;

	++*calls;
	assert_non_null(row_text(r, 0));
	return lapse_fail(err, LAPSE_EITEM, "enough");
}

static void a_row_callback_can_stop(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	int calls = 0;

	(void)state;
	scratch_events(l, 3);
	assert_err(ledger_query(l, &evidence_family, 2, stop_at_once, &calls,
		&err, ""), LAPSE_EITEM);
	assert_int_equal(calls, 1);
	/* The statement is free again. */
	assert_err(ledger_query(l, &evidence_family, 2, stop_at_once, &calls,
		&err, ""), LAPSE_EITEM);
	assert_err(ledger_query(l, &evidence_family, 2, NULL, NULL, &err, "i",
		INT64_C(1)), LAPSE_EINTERNAL);
	assert_err(ledger_query(l, &evidence_family, 999, NULL, NULL, &err,
		""), LAPSE_EINTERNAL);
	ledger_free(l);
}

static int run_again(void *arg, const struct row *r, struct lapse_err *err)
{
	(void)r;
	return ledger_query(arg, &evidence_family, 2, NULL, NULL, err, "");
}

static void a_statement_does_not_nest(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};

	(void)state;
	scratch_events(l, 1);
	assert_err(ledger_query(l, &evidence_family, 2, run_again, l, &err,
		""), LAPSE_EINTERNAL);
	ledger_free(l);
}

static int leave_early(struct ledger *l, struct lapse_err *err)
{
	struct ledger *AUTO_TX tx = NULL;
	int rc = ledger_begin(l, err);

	if (rc != 0)
		return rc;
	tx = l;
	rc = ledger_set_cursor(l, "left", 1, err);
	return rc == 0 ? LAPSE_EITEM : rc;
}

static void transactions_roll_back_unless_committed(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	int64_t value;

	(void)state;
	assert_int_equal(leave_early(l, &err), LAPSE_EITEM);
	assert_false(ledger_in_transaction(l));
	assert_ok(ledger_cursor(l, "left", &value, 7, &err));
	assert_int_equal(value, 7);

	ledger_abandon(l);
	assert_ok(ledger_begin(l, &err));
	assert_err(ledger_begin(l, &err), LAPSE_EINTERNAL);
	assert_ok(ledger_set_cursor(l, "kept", 5, &err));
	assert_ok(ledger_commit(l, &err));
	assert_err(ledger_commit(l, &err), LAPSE_EIO);
	assert_ok(ledger_cursor(l, "kept", &value, 7, &err));
	assert_int_equal(value, 5);
	ledger_free(l);
}

static void readers_do_not_write(void **state)
{
	struct lapse_err err = {0};
	struct ledger *l;

	(void)state;
	ledger_free(scratch_open(LEDGER_CREATE));
	l = scratch_open(LEDGER_READ);
	assert_err(ledger_begin(l, &err), LAPSE_EINTERNAL);
	assert_err(ledger_set_cursor(l, "x", 1, &err), LAPSE_EINTERNAL);
	ledger_free(l);
}

static void a_reader_keeps_its_view(void **state)
{
	struct ledger *writer = scratch_open(LEDGER_CREATE);
	struct ledger *reader = scratch_open(LEDGER_READ);
	struct lapse_err err = {0};
	int64_t value;

	(void)state;
	assert_ok(ledger_begin_read(reader, &err));
	assert_ok(ledger_cursor(reader, "x", &value, 0, &err));
	assert_ok(ledger_set_cursor(writer, "x", 1, &err));
	assert_ok(ledger_cursor(reader, "x", &value, 0, &err));
	assert_int_equal(value, 0);
	ledger_abandon(reader);
	assert_ok(ledger_cursor(reader, "x", &value, 0, &err));
	assert_int_equal(value, 1);
	ledger_free(reader);
	ledger_free(writer);
}

/* Holds the write lock until told to go on. */
static pid_t child_with_lock(int *ret_ready, int *ret_go)
{
	int ready[2];
	int go[2];
	pid_t child;
	char byte = 'x';

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	child = fork();
	if (child == 0) {
		struct lapse_err err;
		struct ledger *l = NULL;

		CHILD_MUST(ledger_open(&l, scratch_path, LEDGER_WRITE,
			&scratch_env, &err) == 0);
		CHILD_MUST(ledger_begin(l, &err) == 0);
		CHILD_MUST(ledger_set_cursor(l, "child", 1, &err) == 0);
		CHILD_MUST(write(ready[1], &byte, 1) == 1);
		CHILD_MUST(read(go[0], &byte, 1) == 1);
		CHILD_MUST(ledger_commit(l, &err) == 0);
		ledger_free(l);
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	*ret_ready = ready[0];
	*ret_go = go[1];
	return child;
}

static void the_second_writer_waits(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	int64_t value;
	int ready;
	int go;
	pid_t child = child_with_lock(&ready, &go);

	(void)state;
	assert_ok(ledger_cursor(l, "child", &value, 0, &err));
	assert_int_equal(value, 0);
	assert_int_equal(write(go, "x", 1), 1);
	assert_ok(ledger_begin(l, &err));
	assert_ok(ledger_cursor(l, "child", &value, 0, &err));
	assert_int_equal(value, 1);
	ledger_free(l);
	assert_exits_zero(child);
	close(ready);
	close(go);
}

static void a_killed_writer_leaves_nothing(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	int64_t value;
	int ready;
	int go;
	pid_t child = child_with_lock(&ready, &go);

	(void)state;
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_ok(ledger_begin(l, &err));
	assert_ok(ledger_cursor(l, "child", &value, 0, &err));
	assert_int_equal(value, 0);
	ledger_free(l);
	close(ready);
	close(go);
}

static void a_full_disk_is_said_and_harmless(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	int64_t seq;
	char head[65];
	pid_t child;

	(void)state;
	scratch_events(l, 10);
	ledger_free(l);
	child = fork();
	if (child == 0) {
		const struct rlimit limit = {300 << 10, 300 << 10};
		const struct evidence e = {.kind = "x", .text = "{}"};
		int rc = 0;

		signal(SIGXFSZ, SIG_IGN);
		CHILD_MUST(setrlimit(RLIMIT_FSIZE, &limit) == 0);
		CHILD_MUST(ledger_open(&l, scratch_path, LEDGER_WRITE,
			&scratch_env, &err) == 0);
		for (int i = 0; rc == 0 && i < 1000; i++) {
			rc = ledger_begin(l, &err);
			for (int k = 0; rc == 0 && k < 50; k++)
				rc = evidence_add(l, 1, &e, NULL, &err);
			rc = rc == 0 ? ledger_commit(l, &err) : rc;
		}
		CHILD_MUST(rc == LAPSE_EIO);
		_exit(0);
	}
	assert_exits_zero(child);
	l = scratch_open(LEDGER_WRITE);
	assert_ok(evidence_head(l, &seq, head, &err));
	assert_int_equal((seq - 10) % 50, 0);
	ledger_free(l);
}

/* ---- The one row and cursors ---- */

static void the_water_mark_only_rises(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct ledger_about about;
	struct lapse_err err = {0};

	(void)state;
	assert_ok(ledger_raise_water(l, 10000, &err));
	assert_ok(ledger_raise_water(l, 9000, &err));
	assert_ok(ledger_about(l, &about, &err));
	assert_int_equal(about.high_water, 10000);
	assert_ok(ledger_raise_water(l, 10059, &err));
	assert_ok(ledger_about(l, &about, &err));
	assert_int_equal(about.high_water, 10000);
	assert_ok(ledger_raise_water(l, 10060, &err));
	assert_ok(ledger_set_enforced(l, 5, &err));
	assert_ok(ledger_set_stale(l, 6, &err));
	assert_ok(ledger_set_anchor(l, "10500", 42, &err));
	assert_ok(ledger_set_taken_over(l, "other", &err));
	assert_ok(ledger_about(l, &about, &err));
	assert_int_equal(about.high_water, 10060);
	assert_int_equal(about.enforced_at, 5);
	assert_int_equal(about.stale_since, 6);
	assert_string_equal(about.anchor_issue, "10500");
	assert_int_equal(about.anchor_seq, 42);
	assert_string_equal(about.taken_over_by, "other");
	assert_ok(ledger_set_stale(l, WHEN_NONE, &err));
	assert_ok(ledger_about(l, &about, &err));
	assert_true(about.stale_since == WHEN_NONE);
	ledger_free(l);
}

/* ---- Runs ---- */

static int64_t begin_run(struct ledger *l)
{
	const struct ledger_run_about about = {"expire", "5b10"};
	struct lapse_err err = {0};
	int64_t id;

	assert_ok(ledger_begin(l, &err));
	assert_ok(ledger_run(l, &about, SCRATCH_NOW, &id, &err));
	assert_ok(ledger_commit(l, &err));
	return id;
}

static void a_run_lives_until_it_ends(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct ledger *other = scratch_open(LEDGER_WRITE);
	const struct ledger_run_about about = {"expire", NULL};
	struct lapse_err err = {0};
	int64_t id;
	int64_t again;

	(void)state;
	assert_err(ledger_run(l, &about, 1, &id, &err), LAPSE_EINTERNAL);
	id = begin_run(l);
	assert_ok(ledger_run(l, &about, 1, &again, &err));
	assert_int_equal(again, id);
	assert_true(ledger_run_alive(l, id));
	assert_true(ledger_run_alive(other, id));
	assert_false(ledger_run_alive(other, id + 1));
	assert_int_not_equal(begin_run(other), id);
	assert_ok(ledger_run_end(l, SCRATCH_NOW + 9, 11, &err));
	assert_ok(ledger_run_end(l, SCRATCH_NOW + 10, 0, &err));
	assert_false(ledger_run_alive(l, id));
	assert_false(ledger_run_alive(other, id));
	ledger_free(other);
	ledger_free(l);
	assert_int_equal(count_files(scratch_name("run")), 0);
	assert_int_equal(scratch_int(scratch_path,
		"SELECT ended_at = 1800000009 AND status = 11"
		" AND operator = '5b10' FROM run WHERE id = 1"), 1);
}

static void a_run_that_was_rolled_back_is_none(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct ledger *other = scratch_open(LEDGER_WRITE);
	const struct ledger_run_about about = {"expire", NULL};
	struct lapse_err err = {0};
	int64_t id;

	(void)state;
	assert_ok(ledger_begin(l, &err));
	assert_ok(ledger_run(l, &about, 1, &id, &err));
	ledger_abandon(l);
	/* Its number is free for the next one. */
	assert_int_equal(begin_run(other), id);
	assert_true(ledger_run_alive(l, id));
	assert_int_equal(begin_run(l), id + 1);
	ledger_free(other);
	assert_false(ledger_run_alive(l, id));
	ledger_free(l);
}

static void a_killed_run_is_dead_at_once(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	int ready[2];
	int64_t id = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct ledger *mine = NULL;
		struct lapse_err err;

		CHILD_MUST(ledger_open(&mine, scratch_path, LEDGER_WRITE,
			&scratch_env, &err) == 0);
		id = begin_run(mine);
		CHILD_MUST(write(ready[1], &id, sizeof(id)) == sizeof(id));
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &id, sizeof(id)), sizeof(id));
	assert_true(ledger_run_alive(l, id));
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_false(ledger_run_alive(l, id));
	assert_int_equal(count_files(scratch_name("run")), 1);
	assert_int_equal(begin_run(l), id + 1);
	/* The dead one's file is gone, ours is there. */
	assert_int_equal(count_files(scratch_name("run")), 1);
	assert_true(ledger_run_alive(l, id + 1));
	ledger_free(l);
	close(ready[0]);
	close(ready[1]);
}

static void a_command_started_by_a_run_does_not_keep_it_alive(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct ledger *other = scratch_open(LEDGER_WRITE);
	struct lapse_err err = {0};
	int64_t id = begin_run(l);
	int hold[2];
	pid_t child;

	(void)state;
	assert_ok(ledger_alone(l, LEDGER_SWEEP, &err));
	assert_int_equal(pipe(hold), 0);
	child = fork();
	if (child == 0) {
		dup2(hold[0], 0);
		close(hold[1]);
		execlp("cat", "cat", (char *)NULL);
		_exit(1);
	}
	ledger_free(l);
	/* The lock is let go once the child has been replaced; until then the
	 * run counts as alive, which is the safe side. */
	for (int i = 0; i < 5000 &&
		ledger_alone(other, LEDGER_SWEEP, &err) != 0; i++)
		usleep(1000);
	assert_ok(ledger_alone(other, LEDGER_SWEEP, &err));
	assert_false(ledger_run_alive(other, id));
	close(hold[1]);
	close(hold[0]);
	assert_exits_zero(child);
	ledger_free(other);
}

static void only_one_sweeps(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct ledger *other = scratch_open(LEDGER_WRITE);
	struct lapse_err err = {0};

	(void)state;
	assert_ok(ledger_alone(l, LEDGER_SWEEP, &err));
	assert_ok(ledger_alone(l, LEDGER_SWEEP, &err));
	assert_err(ledger_alone(other, LEDGER_SWEEP, &err), LAPSE_EAGAIN);
	assert_ok(ledger_alone(other, LEDGER_SLACK, &err));
	assert_err(ledger_alone(l, LEDGER_SLACK, &err), LAPSE_EAGAIN);
	ledger_leave(other, LEDGER_SLACK);
	assert_ok(ledger_alone(l, LEDGER_SLACK, &err));
	/* Begun twice it is left with the second leave. */
	assert_ok(ledger_alone(l, LEDGER_SLACK, &err));
	ledger_leave(l, LEDGER_SLACK);
	assert_err(ledger_alone(other, LEDGER_SLACK, &err), LAPSE_EAGAIN);
	ledger_leave(l, LEDGER_SLACK);
	ledger_leave(l, LEDGER_SLACK);
	assert_ok(ledger_alone(other, LEDGER_SLACK, &err));
	ledger_leave(other, LEDGER_SLACK);
	assert_ok(ledger_alone(l, LEDGER_SLACK, &err));
	ledger_free(l);
	assert_ok(ledger_alone(other, LEDGER_SLACK, &err));
	assert_ok(ledger_alone(other, LEDGER_SWEEP, &err));
	ledger_free(other);
}

/* ---- Snapshots ---- */

static int any_fault(void *arg, int64_t seq, const char *fault)
{
	(void)arg;
	print_message("%d: %s\n", (int)seq, fault);
	return -1;
}

static void check_snapshot(const char *path)
{
	struct ledger *l = NULL;
	struct lapse_err err = {0};
	struct stat st;
	char header[20];
	int64_t n;
	int fd = open(path, O_RDONLY);

	assert_int_equal(read(fd, header, sizeof(header)), sizeof(header));
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(header[18], 1);	/* no write-ahead log */
	assert_ok(ledger_open(&l, path, LEDGER_READ, &scratch_env, &err));
	assert_ok(evidence_verify(l, any_fault, NULL, &n, &err));
	assert_int_equal(n % 10, 0);
	ledger_free(l);
}

static void snapshots_are_whole_while_others_write(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	char name[16];
	int stop[2];
	pid_t child;

	(void)state;
	scratch_events(l, 10);
	assert_int_equal(pipe2(stop, O_NONBLOCK), 0);
	child = fork();
	if (child == 0) {
		struct ledger *mine = NULL;
		char byte;

		CHILD_MUST(ledger_open(&mine, scratch_path, LEDGER_WRITE,
			&scratch_env, &err) == 0);
		for (int i = 0; i < 10000 && read(stop[0], &byte, 1) != 1; i++)
			scratch_events(mine, 10);
		ledger_free(mine);
		_exit(0);
	}
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "copy%d", i);
		assert_ok(ledger_snapshot(l, scratch_name(name), &err));
		check_snapshot(scratch_name(name));
	}
	assert_int_equal(write(stop[1], "x", 1), 1);
	assert_exits_zero(child);
	close(stop[0]);
	close(stop[1]);
	assert_err(ledger_snapshot(l, scratch_name("copy0"), &err),
		LAPSE_EREFUSED);
	assert_err(ledger_snapshot(l, scratch_name("no/copy"), &err),
		LAPSE_EIO);
	ledger_free(l);
	/* ledger.db, run/ and the copies: nothing half-made. */
	assert_int_equal(count_files(scratch_dir), 12);
}

/* A child without the rights of root sees the folder as an auditor does. */
static void read_only_folders_can_be_read(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	const uid_t nobody = 65534;
	pid_t child;

	(void)state;
	scratch_events(l, 10);
	assert_ok(ledger_snapshot(l, scratch_name("copy"), &err));
	ledger_free(l);
	chmod(scratch_path, 0444);
	chmod(scratch_name("copy"), 0444);
	chmod(scratch_dir, 0555);
	child = fork();
	if (child == 0) {
		int64_t n = 0;

		CHILD_MUST(geteuid() != 0 || setuid(nobody) == 0);
		/* Both the snapshot and a ledger at rest. */
		CHILD_MUST(ledger_open(&l, scratch_name("copy"), LEDGER_READ,
			&scratch_env, &err) == 0);
		CHILD_MUST(evidence_verify(l, any_fault, NULL, &n, &err) == 0);
		CHILD_MUST(n == 10);
		ledger_free(l);
		CHILD_MUST(ledger_open(&l, scratch_path, LEDGER_READ,
			&scratch_env, &err) == 0);
		CHILD_MUST(evidence_verify(l, any_fault, NULL, &n, &err) == 0);
		CHILD_MUST(n == 10);
		ledger_free(l);
		CHILD_MUST(ledger_open(&l, scratch_path, LEDGER_WRITE,
			&scratch_env, &err) == LAPSE_EIO);
		_exit(0);
	}
	assert_exits_zero(child);
	assert_int_equal(count_files(scratch_dir), 3);
}

static void odd_names_open_too(void **state)
{
	struct ledger *l = NULL;
	struct lapse_err err = {0};
	const char *name = scratch_name("a ?mode=memory#%41&b.db");

	(void)state;
	assert_ok(ledger_open(&l, name, LEDGER_CREATE, &scratch_env, &err));
	assert_ok(ledger_set_cursor(l, "x", 1, &err));
	ledger_free(l);
	assert_int_equal(count_files(scratch_dir), 1);
	assert_int_equal(access(name, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(makes_one_and_only_one),
		scratch_test(missing_names_init),
		scratch_test(foreign_files_are_refused_and_kept),
		scratch_test(a_newer_schema_is_refused),
		scratch_test(damage_met_later_is_said),
		scratch_test(a_cut_file_is_refused),
		scratch_test(others_may_not_write),
		scratch_test(an_older_ledger_is_brought_up_after_a_snapshot),
		scratch_test(version_1_is_read_as_it_is_and_brought_up_to_write),
		scratch_test(a_failed_migration_changes_nothing),
		scratch_test(every_statement_prepares),
		scratch_test(a_row_callback_can_stop),
		scratch_test(a_statement_does_not_nest),
		scratch_test(transactions_roll_back_unless_committed),
		scratch_test(readers_do_not_write),
		scratch_test(a_reader_keeps_its_view),
		scratch_test(the_second_writer_waits),
		scratch_test(a_killed_writer_leaves_nothing),
		scratch_test(a_full_disk_is_said_and_harmless),
		scratch_test(the_water_mark_only_rises),
		scratch_test(a_run_lives_until_it_ends),
		scratch_test(a_run_that_was_rolled_back_is_none),
		scratch_test(a_killed_run_is_dead_at_once),
		scratch_test(a_command_started_by_a_run_does_not_keep_it_alive),
		scratch_test(only_one_sweeps),
		scratch_test(snapshots_are_whole_while_others_write),
		scratch_test(read_only_folders_can_be_read),
		scratch_test(odd_names_open_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
