/* Amounts come out as they went in, and currencies are never mixed. */
#include "unit.h"

#include "money.h"

static void amounts(void **state)
{
	static const struct {
		const char *text;
		int64_t cents;
		const char *shown;
	} good[] = {
		{"21 USD", 2100, "21 USD"},
		{"19.50 EUR", 1950, "19.50 EUR"},
		{"0.05 CHF", 5, "0.05 CHF"},
		{"7.00 USD", 700, "7 USD"},
		{"0 USD", 0, "0 USD"},
		{"999999999.99 JPY", 99999999999, "999999999.99 JPY"},
	};
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct money m = {0};
		char text[MONEY_TEXT];

		assert_ok(money_parse(good[i].text, &m, &err));
		assert_int_equal(m.cents, good[i].cents);
		assert_string_equal(money_text(&m, text), good[i].shown);
	}
}

static void no_amounts(void **state)
{
	static const char *const bad[] = {
		"", "21", "USD", "21USD", "21  USD", "21 usd", "21 US",
		"21 USDT", "21 USD ", " 21 USD", "-1 USD", "+1 USD", "$21",
		"1,50 EUR", "1.5 EUR", "1.500 EUR", ".50 EUR", "1. EUR",
		"1000000000 USD", "21\tUSD", "0x1 USD", "1e3 USD",
	};
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct money m = {7, "XXX"};

		assert_err(money_parse(bad[i], &m, &err), LAPSE_EUSAGE);
		assert_has(err.text, "is no amount");
		assert_int_equal(m.cents, 7);
	}
}

static void add(struct money_sum *s, const char *text)
{
	struct lapse_err err;
	struct money m;

	assert_ok(money_parse(text, &m, &err));
	assert_ok(money_add(s, &m, &err));
}

static void sums_by_currency(void **state)
{
	AUTO_BUF text = {0};
	struct money_sum s = {0};

	(void)state;
	money_sum_text(&s, &text);
	assert_string_equal(buf_text(&text), "");
	add(&s, "21 USD");
	add(&s, "19.50 EUR");
	add(&s, "21 USD");
	add(&s, "1 AUD");
	money_sum_text(&s, &text);
	assert_string_equal(buf_text(&text), "1 AUD, 19.50 EUR, 42 USD");
}

/* The last that fits fits, and what does not leaves the sum as it was. */
static void sums_have_limits(void **state)
{
	struct money_sum s = {.items = {{INT64_MAX - 1, "USD"}}, .n = 1};
	struct money m = {1, "USD"};
	struct lapse_err err;

	(void)state;
	assert_ok(money_add(&s, &m, &err));
	assert_err(money_add(&s, &m, &err), LAPSE_EUSAGE);
	assert_int_equal(s.items[0].cents, INT64_MAX);
	for (char c = 'A'; s.n < MONEY_CURRENCIES; c++) {
		m = (struct money){1, {c, c, c, '\0'}};
		assert_ok(money_add(&s, &m, &err));
	}
	m = (struct money){1, "ZZZ"};
	assert_err(money_add(&s, &m, &err), LAPSE_EUSAGE);
	assert_int_equal(s.n, MONEY_CURRENCIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts),
		cmocka_unit_test(no_amounts),
		cmocka_unit_test(sums_by_currency),
		cmocka_unit_test(sums_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
