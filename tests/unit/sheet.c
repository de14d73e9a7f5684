/* What reviewers get: the sheet's document stays within what Jira takes, and
 * the decision file is read back as it was written. */
#include "unit.h"

#include <stdio.h>

#include "csv.h"
#include "jira.h"
#include "texts_sheet.h"

enum { JIRA_MAX = 32767 };

static const struct campaign_row campaign = {
	.id = 3,
	.name = "2026-q4",
	.no_response = "keep-and-flag",
	.issue_key = "ACC-7",
	.opened_at = 1795428000,
	.due_at = 1796637600,
	.items = 50,
	.digest = "00ff",
};

/* n items whose every text is as long as it gets. */
static void fill(struct item_rows *rows, size_t n, struct arena *a)
{
	char text[301];

	memset(text, 'W', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < n; i++) {
		struct item_row *r = VEC_ADD(&rows->list, a);

		*r = (struct item_row){
			.n = 99001 + (int64_t)i,
			.name = arena_copy(a, text),
			.role = arena_copy(a, text),
			.via = "standing",
			.granted_at = WHEN_NONE,
			.expires_at = WHEN_NONE,
			.last_use = "seen",
			.last_use_at = 1795428000,
			.days_inactive = 100000,
			.recommendation = "revoke",
			.recommended_why = arena_copy(a, text),
			.digest = "ab12",
		};
	}
}

static void document_fits(void **state)
{
	const struct sheet_row tasks = {.id = 9, .items = 50};
	AUTO_ARENA a = {0};
	AUTO_BUF out = {0};
	AUTO_JSON *doc = NULL;
	struct item_rows rows = {0};
	struct lapse_err err;
	AUTO_BUF plain = {0};

	(void)state;
	fill(&rows, 50, &a);
	sheet_document(&out, &campaign, &tasks, &rows, "Europe/Berlin");
	assert_ok(buf_check(&out, &err, "document"));
	assert_true(out.len < JIRA_MAX);
	assert_ok(json_open(&doc, out.data, out.len, &err));
	adf_to_text(json_root(doc), &plain);
	assert_has(plain.data, "99001: WWW");
	assert_has(plain.data, "99050: WWW");
	assert_has(plain.data, "revoke: WWW");
	assert_has(plain.data, "Limit needs an end");
}

static void long_sheets_name_their_file(void **state)
{
	const struct sheet_row file = {.id = 9, .items = 51, .csv = true};
	AUTO_ARENA a = {0};
	AUTO_BUF out = {0};
	AUTO_BUF summary = {0};
	struct item_rows rows = {0};

	(void)state;
	fill(&rows, 51, &a);
	rows.list.items[0].recommendation = "keep";
	rows.list.items[1].recommendation = "limit";
	sheet_document(&out, &campaign, &file, &rows, NULL);
	assert_has(buf_text(&out), "recommends to keep 1, to revoke 49 and to "
		"limit 1;");
	sheet_say_sheet(&summary, &campaign, &file, "Jo Doe");
	assert_has(buf_text(&summary), ", for Jo Doe (51)");
	assert_has(buf_text(&out), "lapse-review-9.csv");
	assert_has_not(buf_text(&out), "\"table\"");
}

static int read_row(void *arg, const struct csv_line *r, struct lapse_err *err)
{
	size_t *n = arg;
	char want[24];

	(void)err;
	snprintf(want, sizeof(want), "%zu", 99001 + (*n)++);
	assert_string_equal(csv_cell(r, "item"), want);
	assert_string_equal(csv_cell(r, "row_digest"), "ab12");
	assert_string_equal(csv_cell(r, "person"), "'=1+1, \"x\"\nand y");
	assert_string_equal(csv_cell(r, "decision"), "");
	assert_string_equal(csv_cell(r, "reason"), "");
	assert_string_equal(csv_cell(r, "until"), "");
	return 0;
}

static void file_is_read_back(void **state)
{
	AUTO_ARENA a = {0};
	AUTO_BUF out = {0};
	struct item_rows rows = {0};
	struct lapse_err err;
	size_t n = 0;

	(void)state;
	fill(&rows, 3, &a);
	for (size_t i = 0; i < rows.list.n; i++)
		rows.list.items[i].name = "=1+1, \"x\"\nand y";
	sheet_csv(&out, &rows);
	assert_ok(buf_check(&out, &err, "file"));
	assert_ok(csv_read(out.data, out.len, NULL, read_row, &n, &err));
	assert_int_equal(n, 3);
}

static void item_says_what_matters(void **state)
{
	const struct item_row i = {
		.n = 1,
		.name = "Jo Doe",
		.login = "jo",
		.orphan = true,
		.elevated = true,
		.role = "github/prod-admin",
		.via = "standing",
		.granted_at = WHEN_NONE,
		.expires_at = WHEN_NONE,
		.justification = "because\nI must",
		.last_use = "unknown",
		.last_use_why = "it does not tell",
		.recommendation = "limit",
		.recommended_why = "elevated access without an end",
	};
	AUTO_BUF out = {0};
	AUTO_BUF summary = {0};

	(void)state;
	sheet_say_item(&summary, &i);
	assert_string_equal(buf_text(&summary),
		"1: Jo Doe, github/prod-admin");
	sheet_item_text(&out, &campaign, &i, "merge and deploy", NULL);
	assert_has(buf_text(&out), "With it they can: merge and deploy");
	assert_has(buf_text(&out), "Nobody that the providers know");
	assert_has(buf_text(&out), "Until: no end");
	assert_has(buf_text(&out), "Last use: not known, it does not tell");
	assert_has(buf_text(&out), "recommends: limit, elevated");
	assert_has_not(buf_text(&out), "(null)");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(document_fits),
		cmocka_unit_test(long_sheets_name_their_file),
		cmocka_unit_test(file_is_read_back),
		cmocka_unit_test(item_says_what_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
