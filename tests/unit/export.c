/* The audit export and its check: the whole population, every change, the
 * same bytes each time, and no cell that a spreadsheet would run. Also what
 * `verify` says about states that cannot be. */
#include "scratch.h"

#include <dirent.h>

#include "check.h"
#include "export.h"
#include "verify_chain.h"

/* A company in SQL: group 00g1 is governed by lapse, 00g2 was never read,
 * 00g3 is of another provider. */
static const char world[] =
	"INSERT INTO account VALUES ('5b-anna', 'Anna', 'anna@acme.com', NULL,"
	" 'atlassian', 1, 1799990000), ('5b-dana', 'Dana', NULL, NULL,"
	" 'atlassian', 1, 1799990000);"
	"INSERT INTO idp_user (id, idp, user_id, login, email, name, status,"
	" department, title, manager, last_login_at, last_login_known,"
	" created_at, observed_at) VALUES"
	" (1, 'okta', '00u1', 'anna@acme.com', 'anna@acme.com', 'Anna',"
	" 'active', 'Ops', 'SRE', '00u9', 1799913600, 1, 1700000000,"
	" 1799990000),"
	" (2, 'okta', '00u2', 'bob@acme.com', 'bob@acme.com',"
	" '=HYPERLINK(\"http://evil\",\"x\")', 'active', '+1', '-2', '@x',"
	" NULL, 1, 1799740800, 1799990000),"
	" (3, 'okta', '00u3', 'carl@acme.com', NULL, 'Carl \"C\", the 3rd',"
	" 'suspended', 'two' || char(13, 10) || 'lines', NULL, NULL, NULL, 0,"
	" NULL, 1799990000),"
	" (4, 'okta', '00u4', 'gone@acme.com', NULL, 'Gone', 'active', NULL,"
	" NULL, NULL, NULL, 0, NULL, 1799990000),"
	" (5, 'okta', '00u5', 'new@acme.com', NULL, 'New', 'active', NULL,"
	" NULL, NULL, NULL, 0, NULL, 1799990000),"
	" (6, 'entra', 'e6', 'eve@acme.com', NULL, 'Eve', 'active', NULL,"
	" NULL, NULL, NULL, 0, NULL, 1799990000);"
	"INSERT INTO idp_group (id, idp, group_id, name, kind, observed_at,"
	" complete_at) VALUES"
	" (1, 'okta', '00g1', 'prod-admins', 'ok', 1799990000, 1799990000),"
	" (2, 'okta', '00g2', 'unread', 'ok', 1799990000, NULL),"
	" (3, 'entra', 'eg3', 'rules', 'rule', 1799990000, 1799980000);"
	"INSERT INTO membership (gid, uid, since, missed_at) VALUES"
	" (1, 1, 1799000000, NULL), (1, 2, 1799000000, NULL),"
	" (1, 3, 1799000000, NULL), (1, 4, 1799000000, NULL),"
	" (1, 5, 1799000000, 1799500000), (3, 6, 1799000000, NULL);"
	"INSERT INTO request (id, issue_id, issue_key, project, request_type,"
	" state, requester, creator, beneficiary, role, duration_s, updated_at,"
	" changed_at) VALUES (1, '10001', 'ACC-1', '10042', '25', 'approved',"
	" '5b-anna', '5b-anna', '5b-anna', 'github/prod-admin', 7200, 1, 1);"
	"INSERT INTO approval (id, request_id, approval_id, mode, content_hash,"
	" asked_at, state, decided_at, method) VALUES (1, 1, '77', 'any',"
	" 'c0ffee', 1799980000, 'used', 1799981000, 'jsm');"
	"INSERT INTO owed VALUES (1, '5b-dana', 'owner', 'approved',"
	" 1799981000), (1, '5b-x', 'manager', 'pending', NULL);"
	"INSERT INTO \"grant\" (id, request_id, approval, issue_id, issue_key,"
	" account, role, application, elevated, method, state, duration_s,"
	" created_at, starts_at, ends_at, ended_at, end_reason, end_by,"
	" extended_from, reason, content_hash) VALUES"
	" (1, 1, 1, '10001', 'ACC-1', '5b-anna', 'github/prod-admin', 'GitHub',"
	" 1, 'group', 'active', 3600, 1799985000, 1799985100, 1800003600, NULL,"
	" NULL, NULL, NULL, 'on call', 'c0ffee'),"
	" (2, NULL, NULL, '10002', 'ACC-2', '5b-anna', 'github/auditor',"
	" 'GitHub', 0, 'group', 'active', 9999, 1799985000, 1799985050,"
	" 1800001999, NULL, NULL, NULL, NULL, 'audit', NULL),"
	" (3, NULL, NULL, '10003', 'ACC-3', '5b-gone', 'github/prod-admin',"
	" 'GitHub', 1, 'group', 'ended', 3600, 1799980000, 1799980100,"
	" 1799991000, 1799991040, 'expired', 'lapse', NULL, NULL, NULL),"
	" (4, NULL, NULL, '10004', 'ACC-4', '5b-new', 'github/prod-admin',"
	" 'GitHub', 1, 'group', 'active', 3600, 1799995000, 1799995100,"
	" 1800001000, NULL, NULL, NULL, NULL, 'new', NULL),"
	" (5, NULL, NULL, '10005', 'ACC-5', '5b-anna', 'safe/key', 'Safe', 0,"
	" 'manual', 'active', 3600, 1799995000, 1799995100, 1800001000, NULL,"
	" NULL, NULL, NULL, 'key', NULL);"
	"INSERT INTO hold (id, grant_id, idp, group_id, user_id, before,"
	" placed_at, verified_at, released_at) VALUES"
	" (1, 1, 'okta', '00g1', '00u1', 'absent', 1799985000, 1799985090,"
	" NULL), (2, 2, 'okta', '00g1', '00u1', 'held', 1799985000, 1799985090,"
	" NULL), (3, NULL, 'okta', '00g1', '00u2', 'present', 1799000000,"
	" 1799000000, NULL), (4, 3, 'okta', '00g1', '00u4', 'absent',"
	" 1799980000, 1799980090, 1799991001), (5, 4, 'okta', '00g1', '00u5',"
	" 'absent', 1799995000, 1799995090, NULL);"
	"INSERT INTO change (id, idp, group_id, user_id, kind, state, grant_id,"
	" opened_at, due_at, attempts, first_sent_at, next_attempt_at,"
	" remote_ref, settled_at, verified_at) VALUES"
	" (1, 'okta', '00g1', '00u1', 'add', 'done', 1, 1, 1, 1, 1799985010, 1,"
	" 'req-add', 1799985090, 1799985090),"
	" (2, 'okta', '00g1', '00u4', 'remove', 'done', 3, 1799991000,"
	" 1799991000, 2, 1799991002, 1, 'req-remove', 1799991030, 1799991030);"
	"INSERT INTO failsafe (idp, group_id, user_id, state, wanted_at,"
	" held_at, opened_at, next_at) VALUES"
	" ('okta', '00g1', '00u1', 'open', 1800007200, 1800005600, 1, 1),"
	" ('okta', '00g1', '00u5', 'held', 1800004600, 1800004600, 1, 1);"
	"INSERT INTO manual VALUES (1, 5, 'add', '10050', 'ACC-50', 1, 1,"
	" 1799995100, '5b-dana');"
	"INSERT INTO notice (issue_id, kind, body, state, created_at,"
	" next_attempt_at, done_at, remote_id) VALUES ('10001', 'comment', 'x',"
	" 'done', 1, 1, 1799985200, '555');"
	"INSERT INTO notice (issue_id, kind, seq, state, created_at,"
	" next_attempt_at, done_at) VALUES ('10001', 'property', 1, 'done',"
	" 1, 1, 1799985200);";

static int setup_world(void **state)
{
	struct ledger *l;
	struct lapse_err err = {0};

	if (scratch_setup(state) != 0)
		return -1;
	l = scratch_open(LEDGER_CREATE);
	assert_ok(ledger_begin(l, &err));
	for (int64_t grant = 1; grant <= 5; grant++) {
		const struct evidence e = {
			.kind = "granting",
			.issue = grant == 1 ? "10001" : NULL,
			.grant = grant,
			.text = "{}",
		};

		assert_ok(evidence_add(l, 1799985000, &e, NULL, &err));
	}
	assert_ok(ledger_commit(l, &err));
	ledger_free(l);
	scratch_sql(scratch_path, world);
	return 0;
}

static const unsigned review = 1u << EXPORT_ENTITLEMENTS |
	1u << EXPORT_CHANGES | 1u << EXPORT_CAMPAIGNS | 1u << EXPORT_ITEMS |
	1u << EXPORT_POLICIES;

static int export_to(const char *name, struct export_options o,
	struct export_result *ret, struct lapse_err *err)
{
	struct ledger *l = scratch_open(LEDGER_READ);
	AUTO_ARENA names = {0};
	int rc;

	if (o.since == 0)
		o.since = WHEN_NONE;
	if (o.until == 0)
		o.until = WHEN_NONE;
	if (o.as_of == 0)
		o.as_of = WHEN_NONE;
	if (o.kinds == 0)
		o.kinds = review;
	o.out = scratch_name(name);
	rc = export_write(l, &scratch_env, &o, "abc", &names,
		ret, err);
	ledger_free(l);
	return rc;
}

static char *content(const char *folder, const char *file)
{
	static char bytes[3][1 << 16];
	static int which;
	char name[64];

	which = (which + 1) % 3;
	snprintf(name, sizeof(name), "%s/%s", folder, file);
	bytes[which][scratch_read(scratch_name(name), bytes[which],
		sizeof(bytes[which]) - 1)] = '\0';
	return bytes[which];
}

/* ---- A reader of RFC 4180 of the test's own ---- */

enum { ROWS = 32, COLUMNS = 64 };
struct table {
	char *cell[ROWS][COLUMNS];
	int n_rows;
	int n_columns;
};

/* One cell, unquoted in place; returns the character that ended it. */
static char parse_cell(char **at, char **ret)
{
	char *from = *at;
	char *to = *at;
	char end;

	*ret = to;
	if (*from == '"') {
		for (from++; from[0] != '"' || from[1] == '"'; from++) {
			assert_true(*from != '\0');
			from += from[0] == '"';
			*to++ = *from;
		}
		from++;
	} else {
		while (*from != ',' && *from != '\r' && *from != '\0') {
			assert_true(*from != '"' && *from != '\n');
			*to++ = *from++;
		}
	}
	end = *from;
	assert_true(end == ',' || end == '\r');
	if (end == '\r')
		assert_int_equal(*++from, '\n');
	*at = from + 1;
	*to = '\0';
	return end;
}

static struct table parse(char *text)
{
	struct table t = {.n_rows = 0};

	while (*text != '\0') {
		int n = 0;

		assert_true(t.n_rows < ROWS);
		do {
			assert_true(n < COLUMNS);
		} while (parse_cell(&text, &t.cell[t.n_rows][n++]) == ',');
		if (t.n_rows == 0)
			t.n_columns = n;
		assert_int_equal(n, t.n_columns);
		t.n_rows++;
	}
	return t;
}

static const char *cell(const struct table *t, int row, const char *column)
{
	for (int i = 0; i < t->n_columns; i++) {
		if (strcmp(t->cell[0][i], column) == 0)
			return t->cell[row][i];
	}
	fail_msg("no column %s", column);
	return NULL;
}

/* The row whose column is this text, and no other. */
static int find(const struct table *t, const char *column, const char *text)
{
	int ret = 0;

	for (int i = 1; i < t->n_rows; i++) {
		if (strcmp(cell(t, i, column), text) == 0) {
			assert_int_equal(ret, 0);
			ret = i;
		}
	}
	assert_int_not_equal(ret, 0);
	return ret;
}

/* ---- Content ---- */

static void the_whole_population_is_there(void **state)
{
	struct lapse_err err = {0};
	struct export_result r;
	struct table t;
	int i;

	(void)state;
	assert_ok(export_to("out", (struct export_options){0}, &r, &err));
	t = parse(content("out", "entitlements.csv"));
	/* Anna, Bob, Carl by reading; New since; Eve elsewhere; a key by hand.
	 * Not: Gone, whose removal lapse verified after the reading. */
	assert_int_equal(r.rows[EXPORT_ENTITLEMENTS], 6);
	assert_int_equal(t.n_rows, 7);
	assert_int_equal(t.n_columns, 48);

	/* Two grants on one membership are one row. */
	i = find(&t, "member_id", "00u1");
	assert_string_equal(cell(&t, i, "granted_via"), "1; 2");
	assert_string_equal(cell(&t, i, "resource"),
		"github/prod-admin; github/auditor");
	assert_string_equal(cell(&t, i, "granted_at"), "2027-01-15T03:50:50Z");
	assert_string_equal(cell(&t, i, "expires_at"), "2027-01-15T09:00:00Z");
	assert_string_equal(cell(&t, i, "original_issue"), "ACC-1; ACC-2");
	assert_string_equal(cell(&t, i, "justification"), "on call; audit");
	assert_string_equal(cell(&t, i, "days_inactive"), "1");
	assert_string_equal(cell(&t, i, "snapshot_at"),
		"2027-01-15T05:13:20Z");
	assert_string_equal(cell(&t, i, "membership_via"), "direct");
	assert_string_equal(cell(&t, i, "decision"), "");
	assert_string_equal(cell(&t, i, "ledger_seq"), "2");

	i = find(&t, "member_id", "00u2");
	assert_string_equal(cell(&t, i, "granted_via"), "pre-existing");
	assert_string_equal(cell(&t, i, "expires_at"), "");
	assert_string_equal(cell(&t, i, "last_login_at"), "never");
	assert_string_equal(cell(&t, i, "days_inactive"), "3");

	i = find(&t, "member_id", "00u3");
	assert_string_equal(cell(&t, i, "granted_via"), "unmanaged");
	assert_string_equal(cell(&t, i, "member_name"), "Carl \"C\", the 3rd");
	assert_string_equal(cell(&t, i, "department"), "two\r\nlines");
	assert_string_equal(cell(&t, i, "last_login_source"), "");
	assert_string_equal(cell(&t, i, "days_inactive"), "");

	i = find(&t, "member_id", "00u5");
	assert_string_equal(cell(&t, i, "granted_via"), "4");
	assert_string_equal(cell(&t, i, "group_name"), "prod-admins");

	i = find(&t, "member_id", "e6");
	assert_string_equal(cell(&t, i, "membership_via"), "rule");
	assert_string_equal(cell(&t, i, "idp"), "entra");

	i = find(&t, "granted_via", "5");
	assert_string_equal(cell(&t, i, "member_id"), "5b-anna");
	assert_string_equal(cell(&t, i, "membership_via"), "by hand");
	assert_string_equal(cell(&t, i, "group_name"), "Safe");
}

static void every_change_is_there(void **state)
{
	struct lapse_err err = {0};
	struct export_result r;
	struct table t;
	int i;

	(void)state;
	assert_ok(export_to("out", (struct export_options){0}, &r, &err));
	t = parse(content("out", "changes.csv"));
	assert_int_equal(r.rows[EXPORT_CHANGES], 5);
	assert_int_equal(t.n_rows, 6);

	i = find(&t, "grant_id", "1");
	assert_string_equal(cell(&t, i, "requester_display"), "Anna");
	assert_string_equal(cell(&t, i, "approver_id"), "5b-dana");
	assert_string_equal(cell(&t, i, "approver_display"), "Dana");
	assert_string_equal(cell(&t, i, "content_unchanged"), "yes");
	assert_string_equal(cell(&t, i, "sod_ok"), "yes");
	assert_string_equal(cell(&t, i, "duration_requested_s"), "7200");
	assert_string_equal(cell(&t, i, "duration_granted_s"), "3600");
	assert_string_equal(cell(&t, i, "preexisting_membership"), "no");
	assert_string_equal(cell(&t, i, "grant_remote_ref"), "req-add");
	assert_string_equal(cell(&t, i, "evidence_comment_id"), "555");
	assert_string_equal(cell(&t, i, "ledger_seq_first"), "1");
	assert_int_equal(strlen(cell(&t, i, "ledger_head")), 64);
	assert_string_equal(cell(&t, i, "final_state"), "active");
	assert_string_equal(cell(&t, i, "lateness_s"), "");

	assert_string_equal(cell(&t, i, "provider_end"), "not confirmed");
	assert_string_equal(cell(&t, i, "provider_ends_at"), "");

	i = find(&t, "grant_id", "4");
	assert_string_equal(cell(&t, i, "provider_end"), "held");
	assert_string_equal(cell(&t, i, "provider_ends_at"),
		"2027-01-15T09:16:40Z");

	i = find(&t, "grant_id", "3");
	assert_string_equal(cell(&t, i, "provider_end"), "");
	assert_string_equal(cell(&t, i, "revoke_reason"), "expired");
	assert_string_equal(cell(&t, i, "revoke_attempts"), "2");
	assert_string_equal(cell(&t, i, "absence_verified_at"),
		"2027-01-15T05:30:30Z");
	assert_string_equal(cell(&t, i, "absence_check"), "direct");
	assert_string_equal(cell(&t, i, "lateness_s"), "30");
	assert_string_equal(cell(&t, i, "revoke_remote_ref"), "req-remove");

	i = find(&t, "grant_id", "5");
	assert_string_equal(cell(&t, i, "grant_actor"), "5b-dana");
	assert_string_equal(cell(&t, i, "hold_id"), "");
	assert_string_equal(cell(&t, i, "provider_end"), "");
}

static void who_approves_own_access_is_marked(void **state)
{
	struct lapse_err err = {0};
	struct export_result r;
	struct table t;

	(void)state;
	scratch_sql(scratch_path, "UPDATE owed SET decision = 'approved',"
				  " account = '5b-anna' WHERE why = 'manager'");
	scratch_sql(scratch_path, "UPDATE approval SET content_hash = 'other'");
	assert_ok(export_to("out", (struct export_options){0}, &r, &err));
	t = parse(content("out", "changes.csv"));
	assert_string_equal(cell(&t, 1, "sod_ok"), "no");
	assert_string_equal(cell(&t, 1, "content_unchanged"), "no");
	assert_string_equal(cell(&t, 1, "approver_id"), "5b-anna; 5b-dana");
}

static void filters_hold(void **state)
{
	struct lapse_err err = {0};
	struct export_result r;

	(void)state;
	assert_ok(export_to("a", (struct export_options){.idp = "entra"}, &r,
		&err));
	assert_int_equal(r.rows[EXPORT_ENTITLEMENTS], 1);
	assert_int_equal(r.rows[EXPORT_CHANGES], 0);
	assert_ok(export_to("b", (struct export_options){
		.role = "github/auditor"}, &r, &err));
	/* All members of the group that the role gives. */
	assert_int_equal(r.rows[EXPORT_ENTITLEMENTS], 4);
	assert_int_equal(r.rows[EXPORT_CHANGES], 1);
	assert_ok(export_to("c", (struct export_options){
		.since = 1799991041}, &r, &err));
	assert_int_equal(r.rows[EXPORT_CHANGES], 4);
	assert_ok(export_to("d", (struct export_options){
		.until = 1799985000}, &r, &err));
	assert_int_equal(r.rows[EXPORT_CHANGES], 1);
	assert_ok(export_to("e", (struct export_options){
		.role = "safe/key"}, &r, &err));
	assert_int_equal(r.rows[EXPORT_ENTITLEMENTS], 1);
	assert_has(content("e", "MANIFEST.json"), "\"role\":\"safe/key\"");
}

/* ---- Safety ---- */

static void no_cell_is_a_formula(void **state)
{
	static const char *const files[] = {"entitlements.csv", "changes.csv"};
	struct lapse_err err = {0};
	struct export_result r;
	struct table t;

	(void)state;
	assert_ok(export_to("out", (struct export_options){0}, &r, &err));
	for (size_t f = 0; f < COUNT(files); f++) {
		t = parse(content("out", files[f]));
		for (int i = 1; i < t.n_rows; i++) {
			for (int k = 0; k < t.n_columns; k++)
				assert_null(t.cell[i][k][0] == '\0' ? NULL
					: strchr("=+-@\t\r\n",
						  t.cell[i][k][0]));
		}
	}
	t = parse(content("out", "entitlements.csv"));
	assert_string_equal(cell(&t, find(&t, "member_id", "00u2"),
		"member_name"), "'=HYPERLINK(\"http://evil\",\"x\")");
	assert_has(content("out", "MANIFEST.json"), "\"csv_mode\":\"safe\"");

	assert_ok(export_to("raw", (struct export_options){.raw = true}, &r,
		&err));
	t = parse(content("raw", "entitlements.csv"));
	assert_string_equal(cell(&t, find(&t, "member_id", "00u2"),
		"member_name"), "=HYPERLINK(\"http://evil\",\"x\")");
	assert_has(content("raw", "MANIFEST.json"), "\"csv_mode\":\"raw\"");
}

static void the_same_ledger_gives_the_same_bytes(void **state)
{
	static const char *const files[] = {"entitlements.csv", "changes.csv",
		"campaigns.csv", "review_items.csv", "policies.jsonl",
		"MANIFEST.json"};
	AUTO_ARENA names = {0};
	struct ledger *l;
	struct lapse_err err = {0};
	struct export_result r;
	struct export_options o = {.kinds = review, .since = WHEN_NONE,
		.until = WHEN_NONE, .as_of = WHEN_NONE};

	(void)state;
	assert_ok(export_to("a", (struct export_options){0}, &r, &err));
	/* Also from a snapshot. */
	l = scratch_open(LEDGER_READ);
	assert_ok(ledger_snapshot(l, scratch_name("copy"), &err));
	ledger_free(l);
	assert_ok(ledger_open(&l, scratch_name("copy"), LEDGER_READ,
		&scratch_env, &err));
	o.out = scratch_name("b");
	assert_ok(export_write(l, &scratch_env, &o, "abc", &names,
		&r, &err));
	ledger_free(l);
	for (size_t i = 0; i < COUNT(files); i++)
		assert_string_equal(content("a", files[i]),
			content("b", files[i]));
}

static size_t count_names(const char *part)
{
	DIR *list = opendir(scratch_dir);
	size_t n = 0;

	for (const struct dirent *e; (e = readdir(list)) != NULL;)
		n += strstr(e->d_name, part) != NULL;
	closedir(list);
	return n;
}

static void complete_or_absent(void **state)
{
	struct lapse_err err = {0};
	struct export_result r;
	struct stat st;

	(void)state;
	assert_int_equal(mkdir(scratch_name("there"), 0700), 0);
	assert_err(export_to("there", (struct export_options){0}, &r, &err),
		LAPSE_EREFUSED);
	assert_err(export_to("no/where", (struct export_options){0}, &r, &err),
		LAPSE_EIO);
	assert_ok(export_to("slash///", (struct export_options){0}, &r, &err));
	assert_int_equal(stat(scratch_name("slash"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	/* A table that the second file needs is not there. */
	scratch_sql(scratch_path, "DROP TABLE manual");
	assert_err(export_to("half", (struct export_options){0}, &r, &err),
		LAPSE_ELEDGER);
	assert_int_equal(count_names("half"), 0);
	assert_int_equal(count_names("tmp-"), 0);
}

/* ---- Checking an export ---- */

static int note(void *arg, const char *file, const char *fault)
{
	buf_fmt(arg, "%s: %s\n", file, fault);
	return 0;
}

static const char *check(const char *folder)
{
	static struct buf out;
	struct lapse_err err = {0};

	buf_clear(&out);
	assert_ok(export_verify(scratch_name(folder), NULL, note, &out, &err));
	return buf_text(&out);
}

static void append(const char *name, const char *text)
{
	int fd = open(scratch_name(name), O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void a_changed_export_is_seen(void **state)
{
	struct lapse_err err = {0};
	struct export_result r;
	char *text;

	(void)state;
	assert_ok(export_to("out", (struct export_options){0}, &r, &err));
	assert_string_equal(check("out"), "");
	append("out/NOTES.txt", "x");
	assert_has(check("out"), "NOTES.txt: is not in the manifest");
	unlink(scratch_name("out/NOTES.txt"));
	/* One byte. */
	text = content("out", "changes.csv");
	*strstr(text, "on call") = 'O';
	scratch_write(scratch_name("out/changes.csv"), text, strlen(text));
	assert_string_equal(check("out"),
		"changes.csv: its content was changed (SHA-256)\n");
	append("out/entitlements.csv", "one,more\r\n");
	assert_has(check("out"), "has 7 rows instead of 6");
	append("out/entitlements.csv", "half a ro");
	assert_has(check("out"), "cut off");
	unlink(scratch_name("out/entitlements.csv"));
	assert_has(check("out"), "entitlements.csv: is missing");
}

static void a_manifest_is_not_trusted(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{"", LAPSE_ELEDGER},
		{"[]", LAPSE_ELEDGER},
		{"{\"schema\":\"other\",\"files\":[]}", LAPSE_ELEDGER},
		{"{\"schema\":\"lapse/manifest.v1\"}", LAPSE_ELEDGER},
		{"{\"schema\":\"lapse/manifest.v1\",\"files\":[{\"name\":"
		 "\"../ledger.db\",\"rows\":1,\"bytes\":1,\"sha256\":\"\"}]}",
			LAPSE_ELEDGER},
		{"{\"schema\":\"lapse/manifest.v1\",\"files\":[{\"name\":"
		 "\"sub/../../ledger.db\",\"rows\":1,\"bytes\":1,"
		 "\"sha256\":\"\"}]}",
			LAPSE_ELEDGER},
		{"{\"schema\":\"lapse/manifest.v1\",\"files\":[{\"name\":"
		 "\"MANIFEST.json\"}]}",
			LAPSE_ELEDGER},
	};
	AUTO_BUF out = {0};
	struct lapse_err err = {0};

	(void)state;
	assert_err(export_verify(scratch_name("none"), NULL, note, &out, &err),
		LAPSE_ENOTFOUND);
	assert_int_equal(mkdir(scratch_name("out"), 0700), 0);
	assert_err(export_verify(scratch_name("out"), NULL, note, &out, &err),
		LAPSE_ENOTFOUND);
	for (size_t i = 0; i < COUNT(cases); i++) {
		scratch_write(scratch_name("out/MANIFEST.json"), cases[i].text,
			strlen(cases[i].text));
		assert_err(export_verify(scratch_name("out"), NULL, note, &out, &err),
			cases[i].code);
	}
}

/* ---- Checking the ledger ---- */

static int note_fault(void *arg, const char *fault)
{
	buf_fmt(arg, "%s\n", fault);
	return 0;
}

/* The rows of the tables were put there without events that tell of them. */
static int note_told(void *arg, const char *fault)
{
	return strstr(fault, ", and no evidence says so") != NULL ? 0 :
		note_fault(arg, fault);
}

static void impossible_states_are_found(void **state)
{
	static const struct {
		const char *sql;
		const char *words;
	} cases[] = {
		{"UPDATE \"grant\" SET state = 'ending' WHERE id = 1",
			"hold 1 is live"},
		{"UPDATE hold SET released_at = 1 WHERE id = 5",
			"grant 4 is active without"},
		{"UPDATE \"grant\" SET ends_at = NULL WHERE id = 1",
			"grant 1 is elevated and has no end"},
		{"UPDATE \"grant\" SET end_reason = NULL WHERE id = 3",
			"grant 3 is ended without"},
		{"UPDATE change SET settled_at = NULL WHERE id = 2",
			"change 2 is an open removal"},
		{"UPDATE change SET state = 'unknown' WHERE id = 2",
			"change 2: state and settling"},
		{"UPDATE change SET verified_at = NULL WHERE id = 2",
			"change 2 is a removal that nobody"},
		{"UPDATE hold SET kept_by = 3 WHERE id = 4",
			"hold 4 is kept by"},
		{"INSERT INTO \"grant\" (id, account, role, application,"
		 " elevated, method, state, duration_s, created_at) SELECT 9,"
		 " account, role, application, 0, method, 'granting', 1, 1"
		 " FROM \"grant\" WHERE id = 1",
			"grant 9 has no evidence"},
		{"DELETE FROM notice WHERE issue_id = '10001'",
			"no notice shows the grant on issue 10001"},
		{"PRAGMA foreign_keys = OFF; DELETE FROM \"grant\""
		 " WHERE id = 5",
			"evidence 5 is about a grant"},
		{"PRAGMA foreign_keys = OFF; UPDATE hold SET grant_id = 99"
		 " WHERE id = 4",
			"table hold: row 4"},
		{"DELETE FROM ledger", "has 0 rows"},
	};
	static char kept[1 << 20];
	size_t len = scratch_read(scratch_path, kept, sizeof(kept));
	struct verify_result r;
	struct lapse_err err = {0};

	(void)state;
	for (size_t i = 0; i <= COUNT(cases); i++) {
		AUTO_BUF out = {0};
		struct ledger *l;

		if (i > 0)
			scratch_sql(scratch_path, cases[i - 1].sql);
		l = scratch_open(LEDGER_READ);
		assert_ok(verify_chain(l, note_told, &out, &r, &err));
		ledger_free(l);
		if (i == 0)
			assert_string_equal(buf_text(&out), "");
		else
			assert_has(buf_text(&out), cases[i - 1].words);
		assert_int_equal(r.rows, 5);
		scratch_write(scratch_path, kept, len);
	}
}

static void a_witness_sees_what_the_chain_cannot(void **state)
{
	struct ledger *l = scratch_open(LEDGER_READ);
	struct lapse_err err = {0};
	char head[65];
	int64_t seq;
	const char *words;

	(void)state;
	assert_ok(evidence_head(l, &seq, head, &err));
	assert_ok(verify_witness(l, seq, head, &words, &err));
	assert_null(words);
	assert_ok(verify_witness(l, seq - 1, head, &words, &err));
	assert_has(words, "another chain");
	assert_ok(verify_witness(l, seq + 1, head, &words, &err));
	assert_has(words, "ends before");
	ledger_free(l);
}

#define world_test(f)                                                          \
	cmocka_unit_test_setup_teardown(f, setup_world, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(the_whole_population_is_there),
		world_test(every_change_is_there),
		world_test(who_approves_own_access_is_marked),
		world_test(filters_hold),
		world_test(no_cell_is_a_formula),
		world_test(the_same_ledger_gives_the_same_bytes),
		world_test(complete_or_absent),
		world_test(a_changed_export_is_seen),
		world_test(a_manifest_is_not_trusted),
		world_test(impossible_states_are_found),
		world_test(a_witness_sees_what_the_chain_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
