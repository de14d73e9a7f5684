/* Errors: the line stays a line, and the exit statuses are what is frozen. */
#include "unit.h"

#include <stdio.h>

#include "err.h"
#include "secret.h"

static void writes_code_and_line(void **state)
{
	struct lapse_err err = {0};

	(void)state;
	assert_int_equal(lapse_fail(&err, LAPSE_EAUTH, "okta: '%s': %d", "acme",
		7), LAPSE_EAUTH);
	assert_int_equal(err.code, LAPSE_EAUTH);
	assert_string_equal(err.text, "okta: 'acme': 7");
	assert_int_equal(lapse_fail(NULL, LAPSE_EIO, "nobody listens"),
		LAPSE_EIO);
}

static void may_quote_itself(void **state)
{
	struct lapse_err err = {0};

	(void)state;
	lapse_fail(&err, LAPSE_EIO, "disk full");
	lapse_fail(&err, LAPSE_ELEDGER, "ledger: %s", err.text);
	assert_string_equal(err.text, "ledger: disk full");
	assert_int_equal(lapse_prefix(&err, "ACC-%d", 12), LAPSE_ELEDGER);
	assert_string_equal(err.text, "ACC-12: ledger: disk full");
	assert_int_equal(err.code, LAPSE_ELEDGER);
}

static void stays_one_line(void **state)
{
	struct lapse_err err = {0};

	(void)state;
	lapse_fail(&err, LAPSE_EPROTO, "name '%s'", "a\nb\r\x1b[2Jc\x7f");
	assert_string_equal(err.text, "name 'a?b??[2Jc?'");
}

static void cuts_with_dots(void **state)
{
	struct lapse_err err = {0};
	char fits[sizeof(err.text)], more[sizeof(err.text) + 1], wide[4000];

	(void)state;
	memset(fits, 'x', sizeof(fits) - 1);
	fits[sizeof(fits) - 1] = '\0';
	lapse_fail(&err, LAPSE_EIO, "%s", fits);
	assert_string_equal(err.text, fits);

	memset(more, 'x', sizeof(more) - 1);
	more[sizeof(more) - 1] = '\0';
	lapse_fail(&err, LAPSE_EIO, "%s", more);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_string_equal(err.text + sizeof(err.text) - 5, "x...");

	/* U+00E9 is two bytes: no half of it before the dots. */
	for (size_t i = 0; i + 1 < sizeof(wide); i += 2)
		memcpy(wide + i, "\xc3\xa9", 2);
	wide[sizeof(wide) - 2] = '\0';
	for (int lead = 0; lead < 2; lead++) {
		lapse_fail(&err, LAPSE_EIO, "%.*s%s", lead, "a", wide);
		assert_memory_equal(strchr(err.text, '.') - 2, "\xc3\xa9...",
			6);
	}
}

static void keeps_no_secret(void **state)
{
	struct lapse_err err = {0};

	(void)state;
	secret_register("CANARY-token", 12);
	lapse_fail(&err, LAPSE_EAUTH, "okta: 'CANARY-token': rejected");
	assert_string_equal(err.text, "okta: '[redacted]': rejected");
	secret_forget_all();
}

static void exit_statuses(void **state)
{
	static const int table[][2] = {{LAPSE_OK, 0}, {LAPSE_EREFUSED, 12},
		{LAPSE_ENOTFOUND, 13}, {LAPSE_EUNKNOWN, 10}, {LAPSE_EITEM, 10},
		{LAPSE_EUNAVAIL, 69}, {LAPSE_EAGAIN, 75}, {LAPSE_EPROTO, 76},
		{LAPSE_EAUTH, 77}, {LAPSE_EINTERNAL, 1}, {LAPSE_ENOMEM, 1},
		{LAPSE_EUSAGE, 64}, {LAPSE_ECONFIG, 78}, {LAPSE_EIO, 74},
		{LAPSE_ELEDGER, 65}, {LAPSE_EGUARD, 12}, {-9999, 1}, {5, 1}};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(lapse_exit_of(table[i][0]), table[i][1]);
}

static void worst_of_two(void **state)
{
	static const int order[] = {64, 65, 11, 1, 12, 77, 78, 76, 74, 69, 75,
		10, 14, 13, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(order); i++) {
		for (size_t k = i; k < COUNT(order); k++) {
			assert_int_equal(lapse_exit_worse(order[i], order[k]),
				order[i]);
			assert_int_equal(lapse_exit_worse(order[k], order[i]),
				order[i]);
		}
	}
	assert_int_equal(lapse_exit_worse(3, 4), 1);
}

static void ids_of_one_answer_do_not_count(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool same;
		bool but_for_numbers;
	} cases[] = {
		{"okta: down; error id oaeX1", "okta: down; error id oaeYY2",
			true, true},
		{"okta: down; error id oaeX", "okta: down", true, true},
		{"okta: down; error id oaeX; it may have been carried out",
			"okta: down; error id Y; it may have been carried out",
			true, true},
		{"okta: down; error id oaeX; it may have been carried out",
			"okta: down; error id oaeX", false, false},
		{"entra: busy; request id 1-a", "entra: busy; request id 2-b",
			true, true},
		{"jira: GET: x; trace 1a", "jira: GET: x; trace 2b", true,
			true},
		{"okta: group '00g1': gone", "okta: group '00g2': gone", false,
			true},
		{"4 notices", "12 notices", false, true},
		{"4 notices", "notices", false, false},
		{"okta: down; try again", "okta: down; try never", false,
			false},
		{"", "", true, true},
		{"okta: down; error id ", "okta: down; error id", false,
			false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(lapse_same_failure(cases[i].a, cases[i].b,
			false), cases[i].same);
		assert_int_equal(lapse_same_failure(cases[i].b, cases[i].a,
			true), cases[i].but_for_numbers);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_code_and_line),
		cmocka_unit_test(may_quote_itself),
		cmocka_unit_test(stays_one_line),
		cmocka_unit_test(cuts_with_dots),
		cmocka_unit_test(keeps_no_secret),
		cmocka_unit_test(ids_of_one_answer_do_not_count),
		cmocka_unit_test(exit_statuses),
		cmocka_unit_test(worst_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
