/* How figures read: a rounding never says all or nothing, and what is not
 * known says so. */
#include "unit.h"

#include "figures.h"

static void counts(void **state)
{
	static const struct {
		int64_t n;
		const char *want;
	} table[] = {{0, "0"}, {7, "7"}, {999, "999"}, {1000, "1,000"},
		{1234567, "1,234,567"}, {INT64_MAX, "9,223,372,036,854,775,807"},
		{-1, "not known"}, {INT64_MIN, "not known"}};
	char text[FIGURES_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(figures_count(table[i].n, text),
			table[i].want);
	assert_string_equal(figures_many(1, "grant", "grants", text),
		"1 grant");
	assert_string_equal(figures_many(0, "grant", "grants", text),
		"0 grants");
	assert_string_equal(figures_many(1200, "grant", "grants", text),
		"1,200 grants");
}

static void shares(void **state)
{
	static const struct {
		int64_t part, whole;
		const char *want;
	} table[] = {{1, 4, "25.0 %"}, {246, 1000, "24.6 %"}, {0, 5, "0.0 %"},
		{5, 5, "100.0 %"}, {1, 1000000, "0.1 %"},
		{999999, 1000000, "99.9 %"}, {0, 0, "not known"},
		{-1, 5, "not known"}, {6, 5, "not known"}, {1, -3, "not known"}};
	char text[FIGURES_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(figures_share(table[i].part,
			table[i].whole, text), table[i].want);
	assert_string_equal(figures_ratio(-1, text), "not known");
	assert_string_equal(figures_ratio(0.7189, text), "71.9 %");
	assert_string_equal(figures_ratio(0.0 / 0.0, text), "not known");
}

static void spans(void **state)
{
	static const struct {
		int64_t s;
		const char *want;
	} table[] = {{0, "0 s"}, {59, "59 s"}, {60, "1 min"},
		{200, "3 min 20 s"}, {3600, "1 h"}, {7500, "2 h 5 min"},
		{3661, "1 h 1 min"}, {86400, "1 d"}, {273600, "3 d 4 h"},
		{86399, "23 h 59 min"}, {-1, "not known"},
		{INT64_MAX, "106,751,991,167,300 d 15 h"}};
	char text[FIGURES_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(figures_span(table[i].s, text),
			table[i].want);
}

static void work(void **state)
{
	static const struct {
		int64_t minutes;
		const char *want;
	} table[] = {{0, "0 min"}, {59, "59 min"}, {60, "1 h"},
		{455, "7 h 35 min"}, {5999, "99 h 59 min"}, {6001, "100 h"},
		{25480, "424 h"}, {90000, "1,500 h"}, {-1, "not known"}};
	char text[FIGURES_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(figures_work(table[i].minutes, text),
			table[i].want);
}

static void money(void **state)
{
	char text[FIGURES_TEXT];

	(void)state;
	assert_string_equal(figures_money(2100, "USD", text), "21 USD");
	assert_string_equal(figures_money(123450, "EUR", text), "1,234.50 EUR");
	assert_string_equal(figures_money(5, "CHF", text), "0.05 CHF");
	assert_string_equal(figures_money(-1, "CHF", text), "not known");
	assert_string_equal(figures_money(100, "<script>", text), "1 ?");
	assert_string_equal(figures_money(100, NULL, text), "1 ?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(shares),
		cmocka_unit_test(spans),
		cmocka_unit_test(work),
		cmocka_unit_test(money),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
