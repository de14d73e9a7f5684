/* What a seat costs a month, and sums of it. */
#include "money.h"

#include <stdio.h>
#include <string.h>

enum {
	DIGITS_MAX = 9,
};

#define DIGITS "0123456789"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static int fault(const char *text, struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EUSAGE, "'%s': is no amount; write "
		"\"21 USD\" or \"19.50 EUR\"", text);
}

static int64_t number(const char *digits, size_t n)
{
	int64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

int money_parse(const char *text, struct money *ret, struct lapse_err *err)
{
	size_t whole = strspn(text, DIGITS);
	const char *p = text + whole;
	struct money m = {0};

	if (whole == 0 || whole > DIGITS_MAX)
		return fault(text, err);
	m.cents = number(text, whole) * 100;
	if (*p == '.') {
		if (strspn(p + 1, DIGITS) != 2)
			return fault(text, err);
		m.cents += number(p + 1, 2);
		p += 3;
	}
	if (*p != ' ' || strlen(p + 1) != 3 || strspn(p + 1, CAPITALS) != 3)
		return fault(text, err);
	memcpy(m.currency, p + 1, sizeof(m.currency));
	*ret = m;
	return 0;
}

const char *money_text(const struct money *m, char text[MONEY_TEXT])
{
	long long whole = (long long)(m->cents / 100);
	int rest = (int)(m->cents % 100);

	if (rest == 0)
		snprintf(text, MONEY_TEXT, "%lld %s", whole, m->currency);
	else
		snprintf(text, MONEY_TEXT, "%lld.%02d %s", whole, rest,
			m->currency);
	return text;
}

/* ---- Sums ---- */

/* Where this currency is, or would be. */
static size_t place_of(const struct money_sum *s, const char *currency)
{
	size_t i = 0;

	while (i < s->n && strcmp(s->items[i].currency, currency) < 0)
		i++;
	return i;
}

static int too_much(const struct money *m, struct lapse_err *err)
{
	char text[MONEY_TEXT];

	return lapse_fail(err, LAPSE_EUSAGE,
		"'%s': too much, or too many currencies, for one sum",
		money_text(m, text));
}

int money_add(struct money_sum *s, const struct money *m,
	struct lapse_err *err)
{
	size_t at = place_of(s, m->currency);
	int64_t cents = 0;

	if (at < s->n && strcmp(s->items[at].currency, m->currency) == 0) {
		if (__builtin_add_overflow(s->items[at].cents, m->cents,
			&cents))
			return too_much(m, err);
		s->items[at].cents = cents;
		return 0;
	}
	if (s->n == MONEY_CURRENCIES)
		return too_much(m, err);
	memmove(&s->items[at + 1], &s->items[at],
		(s->n - at) * sizeof(*s->items));
	s->items[at] = *m;
	s->n++;
	return 0;
}

void money_sum_text(const struct money_sum *s, struct buf *out)
{
	char text[MONEY_TEXT];

	for (size_t i = 0; i < s->n; i++) {
		buf_str(out, i > 0 ? ", " : "");
		buf_str(out, money_text(&s->items[i], text));
	}
}
