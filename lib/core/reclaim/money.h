/* What a seat costs a month, and sums of it: amounts of different currencies
 * are never added. */
#ifndef LAPSE_CORE_MONEY_H
#define LAPSE_CORE_MONEY_H

#include "buf.h"
#include "err.h"

enum {
	MONEY_TEXT = 40,	/* bytes that any amount made here fits into */
	MONEY_CURRENCIES = 16,	/* in one sum */
};

struct money {
	int64_t cents;		/* hundredths, >= 0 */
	char currency[4];	/* three capital letters */
};

/* "21 USD", "19.50 EUR": at most nine digits, none or two behind the point,
 * one blank, a currency. <Errors> LAPSE_EUSAGE; *ret untouched. */
int money_parse(const char *text, struct money *ret, struct lapse_err *err);
/* As it is parsed. Returns text. */
const char *money_text(const struct money *m, char text[MONEY_TEXT]);

/* <Shape> {0} is nothing; by currency in the order of their names. */
struct money_sum {
	struct money items[MONEY_CURRENCIES];
	size_t n;
};

/* <Errors> LAPSE_EUSAGE: too many currencies, or more than can be counted;
 * the sum is as before. */
int money_add(struct money_sum *s, const struct money *m,
	struct lapse_err *err);
/* "19.50 EUR, 42 USD"; "" for nothing. */
void money_sum_text(const struct money_sum *s, struct buf *out);

#endif
