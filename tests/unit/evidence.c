/* The evidence chain: its bytes are what the manual says, and nothing in it
 * can be changed, dropped, swapped or made up without being seen. */
#include "check.h"
#include "check_beside.h"
#include "scratch.h"

enum { ROWS = 50 };

/* Computed apart from this code, from the description in lapse-ledger(5). */
static const char known_head[] =
	"b86fa9236f162af5822e252104100a4cbb161a8ad84887c3117ff23a68a153a8";

struct faults {
	int n;
	int64_t seq[200];
	char words[200][128];
};

static int note(void *arg, int64_t seq, const char *fault)
{
	struct faults *f = arg;

	assert_true(f->n < 200);
	f->seq[f->n] = seq;
	snprintf(f->words[f->n], sizeof(f->words[0]), "%s", fault);
	f->n++;
	return 0;
}

static struct faults verify(int64_t want_rows)
{
	struct ledger *l = scratch_open(LEDGER_READ);
	struct lapse_err err = {0};
	struct faults f = {0};
	int64_t n = -1;

	assert_ok(evidence_verify(l, note, &f, &n, &err));
	assert_int_equal(n, want_rows);
	ledger_free(l);
	return f;
}

static int setup_chain(void **state)
{
	struct ledger *l;

	if (scratch_setup(state) != 0)
		return -1;
	l = scratch_open(LEDGER_CREATE);
	scratch_events(l, ROWS);
	ledger_free(l);
	/* What anybody who may write the file can do first. */
	scratch_sql(scratch_path, "DROP TRIGGER evidence_no_update;"
				  "DROP TRIGGER evidence_no_delete");
	return 0;
}

/* Does the change to a fresh chain show, and where? */
static struct faults after(const char *sql, int64_t rows)
{
	static char kept[1 << 20];
	size_t len = scratch_read(scratch_path, kept, sizeof(kept));
	struct faults f;

	scratch_sql(scratch_path, sql);
	f = verify(rows);
	scratch_write(scratch_path, kept, len);
	return f;
}

static void the_bytes_are_those_of_the_manual(void **state)
{
	struct ledger *l = scratch_open(LEDGER_READ);
	struct lapse_err err = {0};
	char head[65];
	int64_t seq;

	(void)state;
	assert_ok(evidence_head(l, &seq, head, &err));
	assert_int_equal(seq, ROWS);
	assert_string_equal(head, known_head);
	assert_ok(evidence_at(l, ROWS, head, &err));
	assert_string_equal(head, known_head);
	assert_err(evidence_at(l, ROWS + 1, head, &err), LAPSE_ENOTFOUND);
	assert_err(evidence_at(l, 0, head, &err), LAPSE_ENOTFOUND);
	ledger_free(l);
	assert_int_equal(verify(ROWS).n, 0);
}

static void an_empty_chain_is_whole(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	char head[65];
	int64_t seq;

	(void)state;
	assert_ok(evidence_head(l, &seq, head, &err));
	assert_int_equal(seq, 0);
	for (int i = 0; i < 64; i++)
		assert_int_equal(head[i], '0');
	ledger_free(l);
	assert_int_equal(verify(0).n, 0);
}

/* Every column, in the first, a middle and the last row. */
static void a_change_of_any_column_shows(void **state)
{
	static const char *const columns[] = {
		"at = at + 1",
		"at = -at",
		"kind = kind || ' '",
		"kind = 'revoked'",
		"issue_id = coalesce(issue_id, '') || '1'",
		"issue_id = iif(issue_id IS NULL, '', NULL)",
		"grant_id = coalesce(grant_id, 0) + 1",
		"grant_id = iif(grant_id IS NULL, 0, NULL)",
		"idp = NULL",
		"idp = 'Okta'",
		"group_id = '00g2'",
		"group_id = ''",
		"user_id = iif(user_id IS NULL, '', NULL)",
		"user_id = coalesce(user_id, '') || char(0) || 'x'",
		"actor = iif(actor = 'lapse', '5b10', 'lapse')",
		"run = run + 1",
		"data = '{}'",
		"data = replace(data, ':', ': ')",
		"idp = idp || '4:00g1', group_id = ''",
		"hash = zeroblob(32)",
		"hash = zeroblob(0)",
	};
	static const int rows[] = {1, 25, 35, ROWS};
	char sql[256];

	(void)state;
	for (size_t i = 0; i < COUNT(columns); i++) {
		for (size_t k = 0; k < COUNT(rows); k++) {
			struct faults f;

			snprintf(sql, sizeof(sql),
				"UPDATE evidence SET %s WHERE seq = %d",
				columns[i], rows[k]);
			f = after(sql, ROWS);
			if (f.n == 0 || f.seq[0] != rows[k])
				fail_msg("not seen: %s", sql);
			/* One change is one fault, but that a changed hash
			 * parts two rows. */
			assert_true(f.n <= 2);
			assert_has(f.words[0], "hash");
		}
	}
}

static void flip(int64_t seq, int bit)
{
	sqlite3 *db;
	sqlite3_blob *blob;
	unsigned char byte;

	assert_int_equal(sqlite3_open(scratch_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_blob_open(db, "main", "evidence", "hash", seq,
		1, &blob), SQLITE_OK);
	assert_int_equal(sqlite3_blob_read(blob, &byte, 1, bit / 8),
		SQLITE_OK);
	byte = (unsigned char)(byte ^ 1 << bit % 8);
	assert_int_equal(sqlite3_blob_write(blob, &byte, 1, bit / 8),
		SQLITE_OK);
	assert_int_equal(sqlite3_blob_close(blob), SQLITE_OK);
	sqlite3_close(db);
}

static void any_bit_of_a_hash_shows(void **state)
{
	(void)state;
	for (int bit = 0; bit < 256; bit++) {
		struct faults f;

		flip(20, bit);
		f = verify(ROWS);
		assert_int_equal(f.n, 2);
		assert_int_equal(f.seq[0], 20);
		assert_int_equal(f.seq[1], 21);
		flip(20, bit);
	}
	assert_int_equal(verify(ROWS).n, 0);
}

static void text_and_salt_are_bound(void **state)
{
	static const struct {
		const char *sql;
		const char *words;
		int64_t seq;
	} cases[] = {
		{"UPDATE evidence_text SET text = text || ' ' WHERE seq = 3",
			"text was changed", 3},
		{"UPDATE evidence_text SET text = text || char(0)"
		 " WHERE seq = 3",
			"text was changed", 3},
		{"UPDATE evidence_text SET salt = zeroblob(16) WHERE seq = 3",
			"text was changed", 3},
		/* A part of the text that passes for salt. */
		{"UPDATE evidence_text SET salt = cast(salt ||"
		 " substr(text, 1, 2) AS BLOB), text = substr(text, 3)"
		 " WHERE seq = 3",
			"text was changed", 3},
		{"UPDATE evidence_text SET text = NULL WHERE seq = 3",
			"without a purge event", 3},
		{"DELETE FROM evidence_text WHERE seq = 3", "is missing", 3},
		{"INSERT INTO evidence_text VALUES (4, x'00', 'x')",
			"never hashed", 4},
		{"INSERT INTO evidence_text VALUES (99, x'00', 'x')",
			"without its row", 99},
		{"UPDATE evidence SET text_digest = NULL WHERE seq = 3",
			"hash", 3},
		{"UPDATE evidence SET text_digest = upper(text_digest)"
		 " WHERE seq = 3",
			"hash", 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct faults f = after(cases[i].sql, ROWS);

		assert_true(f.n >= 1);
		assert_int_equal(f.seq[0], cases[i].seq);
		assert_has(f.words[0], cases[i].words);
	}
}

static void dropped_swapped_and_forged_rows_show(void **state)
{
	struct faults f;

	(void)state;
	f = after("DELETE FROM evidence_text WHERE seq = 21;"
		  "DELETE FROM evidence WHERE seq = 21", ROWS - 1);
	assert_int_equal(f.n, 2);
	assert_int_equal(f.seq[0], 22);
	assert_has(f.words[0], "row 21 is missing");
	f = after("DELETE FROM evidence_text WHERE seq < 11;"
		  "DELETE FROM evidence WHERE seq < 11", ROWS - 10);
	assert_has(f.words[0], "rows 1 to 10 are missing");
	f = after("UPDATE evidence SET seq = -1 WHERE seq = 10;"
		  "UPDATE evidence SET seq = 10 WHERE seq = 11;"
		  "UPDATE evidence SET seq = 11 WHERE seq = -1", ROWS);
	assert_int_equal(f.n, 4);
	assert_int_equal(f.seq[0], 10);
	assert_int_equal(f.seq[3], 10);
	assert_string_equal(f.words[3], "it and evidence 11 were swapped");
	f = after("UPDATE evidence SET seq = -1 WHERE seq = 10;"
		  "UPDATE evidence SET seq = 10 WHERE seq = 40;"
		  "UPDATE evidence SET seq = 40 WHERE seq = -1", ROWS);
	assert_int_equal(f.n, 5);
	assert_int_equal(f.seq[4], 10);
	assert_string_equal(f.words[4], "it and evidence 40 were swapped");
	/* Renumbered over a gap: the number is hashed too. */
	f = after("DELETE FROM evidence_text WHERE seq = 40;"
		  "DELETE FROM evidence WHERE seq = 40;"
		  "UPDATE evidence SET seq = seq - 1 WHERE seq > 40;"
		  "UPDATE evidence_text SET seq = seq - 1 WHERE seq > 40",
		ROWS - 1);
	assert_int_equal(f.n, 2);
	assert_int_equal(f.seq[0], 40);
	assert_int_equal(f.seq[1], 41);
	assert_has(f.words[1], "a row before it was taken out");
	/* Put in between, with room made for it. */
	f = after("UPDATE evidence SET seq = -seq - 1 WHERE seq > 30;"
		  "UPDATE evidence SET seq = -seq WHERE seq < 0;"
		  "UPDATE evidence_text SET seq = -seq - 1 WHERE seq > 30;"
		  "UPDATE evidence_text SET seq = -seq WHERE seq < 0;"
		  "INSERT INTO evidence SELECT 31, at, kind, issue_id,"
		  " grant_id, idp, group_id, user_id, actor, run, data, NULL,"
		  " hash FROM evidence WHERE seq = 30", ROWS + 1);
	assert_int_equal(f.n, 2);
	assert_int_equal(f.seq[0], 31);
	assert_int_equal(f.seq[1], 32);
	assert_has(f.words[1], "which was put in");
	f = after("INSERT INTO evidence SELECT seq + 1, at, kind, issue_id,"
		  " grant_id, idp, group_id, user_id, actor, run, data, NULL,"
		  " hash FROM evidence WHERE seq = 50", ROWS + 1);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.seq[0], 51);
}

/* Why a witness outside is needed. */
static void a_cut_tail_shows_only_to_a_witness(void **state)
{
	struct faults f;

	(void)state;
	f = after("DELETE FROM evidence_text WHERE seq > 45;"
		  "DELETE FROM evidence WHERE seq > 45", 45);
	assert_int_equal(f.n, 0);
}

static void the_tables_guard_themselves(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	sqlite3 *db;

	(void)state;
	scratch_events(l, 1);
	ledger_free(l);
	assert_int_equal(sqlite3_open(scratch_path, &db), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db,
		"UPDATE evidence SET kind = 'x'", NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "DELETE FROM evidence", NULL,
		NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* ---- Appending ---- */

static void appending_wants_a_transaction(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	const struct evidence e = {.kind = "granted"};
	struct lapse_err err = {0};

	(void)state;
	assert_err(evidence_add(l, 1, &e, NULL, &err), LAPSE_EINTERNAL);
	assert_err(evidence_purge(l, 1, 1, NULL, &err), LAPSE_EINTERNAL);
	ledger_free(l);
}

static void a_rollback_takes_nothing_along(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct ledger *other = scratch_open(LEDGER_WRITE);
	const struct evidence e = {.kind = "granted", .text = "{}"};
	struct lapse_err err = {0};
	char head[65];
	int64_t seq;

	(void)state;
	scratch_events(l, 2);
	assert_ok(ledger_begin(l, &err));
	assert_ok(evidence_add(l, 1, &e, &seq, &err));
	assert_int_equal(seq, 3);
	ledger_abandon(l);
	assert_ok(evidence_head(l, &seq, head, &err));
	assert_int_equal(seq, 2);
	/* The other's rows come between ours. */
	scratch_events(other, 3);
	assert_ok(ledger_begin(l, &err));
	assert_ok(evidence_add(l, 1, &e, &seq, &err));
	assert_ok(ledger_commit(l, &err));
	assert_int_equal(seq, 6);
	ledger_free(other);
	ledger_free(l);
	assert_int_equal(verify(6).n, 0);
}

static int no_random(void *arg, void *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return -1;
}

static void no_salt_no_row(void **state)
{
	struct lapse_env env = scratch_env;
	const struct evidence e = {.kind = "granted", .text = "{}"};
	struct lapse_err err = {0};
	struct ledger *l;

	(void)state;
	ledger_free(scratch_open(LEDGER_CREATE));
	env.random = no_random;
	assert_ok(ledger_open(&l, scratch_path, LEDGER_WRITE, &env, &err));
	assert_ok(ledger_begin(l, &err));
	assert_err(evidence_add(l, 1, &e, NULL, &err), LAPSE_EIO);
	ledger_free(l);
	assert_int_equal(verify(0).n, 0);
}

/* ---- Erasing ---- */

static bool file_has(const char *path, const char *text)
{
	static char bytes[4 << 20];
	size_t n = scratch_read(path, bytes, sizeof(bytes));

	return memmem(bytes, n, text, strlen(text)) != NULL;
}

static void purged_texts_are_gone_and_the_chain_holds(void **state)
{
	struct ledger *l = scratch_open(LEDGER_CREATE);
	static char text[20000];	/* longer than a page */
	struct evidence e = {.kind = "asked", .text = text};
	struct lapse_err err = {0};
	struct faults f;
	int64_t n;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text + 15000, "secret-1", 8);
	assert_ok(ledger_begin(l, &err));
	assert_ok(evidence_add(l, 100, &e, NULL, &err));
	e.text = "{\"why\":\"secret-2\"}";
	assert_ok(evidence_add(l, 200, &e, NULL, &err));
	assert_ok(ledger_commit(l, &err));
	ledger_free(l);
	assert_true(file_has(scratch_path, "secret-1"));

	l = scratch_open(LEDGER_WRITE);
	assert_ok(ledger_begin(l, &err));
	assert_ok(evidence_purge(l, 300, 200, &n, &err));
	assert_int_equal(n, 1);
	assert_ok(evidence_purge(l, 300, 200, &n, &err));
	assert_int_equal(n, 0);
	assert_ok(ledger_commit(l, &err));
	ledger_free(l);
	assert_false(file_has(scratch_path, "secret-1"));
	assert_true(file_has(scratch_path, "secret-2"));
	assert_int_equal(verify(3).n, 0);

	/* The purge event covers what was before it, and nothing else. */
	scratch_sql(scratch_path, "UPDATE evidence_text SET text = NULL");
	f = verify(3);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.seq[0], 2);
}

/* ---- Reading ---- */

struct read {
	int n;
	int64_t last;
	int texts;
	int purged;
};

static int count(void *arg, const struct evidence_row *r,
	struct lapse_err *err)
{
	struct read *read = arg;

	(void)err;
	assert_true(r->seq > read->last);
	assert_int_equal(strlen(r->hash), 64);
	assert_string_equal(r->kind, "granted");
	assert_non_null(r->actor);
	assert_non_null(r->data);
	read->n++;
	read->last = r->seq;
	read->texts += r->text != NULL;
	read->purged += r->purged;
	return 0;
}

static void reads_all_by_issue_and_by_grant(void **state)
{
	struct ledger *l;
	struct lapse_err err = {0};
	struct read r = {0};

	(void)state;
	scratch_sql(scratch_path, "UPDATE evidence_text SET text = NULL"
				  " WHERE seq = 3");
	l = scratch_open(LEDGER_READ);
	assert_ok(evidence_each(l, NULL, 0, 1, count, &r, &err));
	assert_int_equal(r.n, ROWS);
	assert_int_equal(r.texts, 15);
	assert_int_equal(r.purged, 1);
	r = (struct read){0};
	assert_ok(evidence_each(l, "10001", 0, 1, count, &r, &err));
	assert_int_equal(r.n, 40);
	r = (struct read){0};
	assert_ok(evidence_each(l, NULL, 3, 11, count, &r, &err));
	assert_int_equal(r.n, 5);
	r = (struct read){0};
	assert_ok(evidence_each(l, "none", 0, 1, count, &r, &err));
	assert_int_equal(r.n, 0);
	ledger_free(l);
}

/* ---- What it must tell before ---- */

static int note_words(void *arg, const char *fault)
{
	buf_fmt(arg, "%s\n", fault);
	return 0;
}

static void an_answer_in_slack_was_read_before_it_counts(void **state)
{
	const struct evidence declined = {
		.kind = "declined",
		.issue = "1",
		.data = "{\"approval\":\"7\",\"answers\":[{\"account\":\"a\","
			"\"decision\":\"declined\",\"in\":\"slack\"}]}",
	};
	const struct evidence_walked decided = {.kinds = OF_DECISION};
	struct ledger *l = scratch_open(LEDGER_CREATE);
	struct lapse_err err = {0};
	AUTO_BUF words = {0};

	(void)state;
	scratch_events(l, 1);
	assert_ok(ledger_begin(l, &err));
	assert_ok(evidence_add(l, SCRATCH_NOW, &declined, NULL, &err));
	assert_ok(ledger_commit(l, &err));
	assert_ok(ledger_check_events(l, &decided, note_words, &words,
		&err));
	assert_has(buf_text(&words), "approval 7 rests on a in Slack, and no");
	scratch_sql(scratch_path, "INSERT INTO evidence (seq, at, kind,"
		" issue_id, actor, run, data, hash) VALUES (0, 0,"
		" 'slack-decision', '1', 'a', 1, '{\"approval\":\"7\","
		"\"account\":\"a\",\"decision\":\"declined\"}', x'00')");
	buf_clear(&words);
	assert_ok(ledger_check_events(l, &decided, note_words, &words,
		&err));
	assert_null(strstr(buf_text(&words), "rests on"));
	ledger_free(l);
}

#define chain_test(f)                                                          \
	cmocka_unit_test_setup_teardown(f, setup_chain, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		chain_test(the_bytes_are_those_of_the_manual),
		scratch_test(an_empty_chain_is_whole),
		chain_test(a_change_of_any_column_shows),
		chain_test(any_bit_of_a_hash_shows),
		chain_test(text_and_salt_are_bound),
		chain_test(dropped_swapped_and_forged_rows_show),
		chain_test(a_cut_tail_shows_only_to_a_witness),
		scratch_test(the_tables_guard_themselves),
		scratch_test(appending_wants_a_transaction),
		scratch_test(a_rollback_takes_nothing_along),
		scratch_test(no_salt_no_row),
		scratch_test(purged_texts_are_gone_and_the_chain_holds),
		chain_test(reads_all_by_issue_and_by_grant),
		scratch_test(an_answer_in_slack_was_read_before_it_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
