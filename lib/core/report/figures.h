/* How the report's figures read, on a terminal and on a page: one place, so
 * that both say the same. What cannot be known reads "not known", never 0. */
#ifndef LAPSE_CORE_FIGURES_H
#define LAPSE_CORE_FIGURES_H

#include <stdint.h>

enum {
	FIGURES_TEXT = 64,	/* bytes that any text made here fits into */
};

/* All write into text, which is returned. */

/* "12,345"; a negative count is not known. */
const char *figures_count(int64_t n, char text[FIGURES_TEXT]);
/* "1 grant", "12 grants", of what is counted. */
const char *figures_many(int64_t n, const char *one, const char *more,
	char text[FIGURES_TEXT]);
/* "24.6 %". Rounded towards the middle: "0.0 %" and "100.0 %" are said of
 * nothing and of everything only. Without a whole it is not known. */
const char *figures_share(int64_t part, int64_t whole,
	char text[FIGURES_TEXT]);
/* The same of 0..1, or less than 0: not known. */
const char *figures_ratio(double ratio, char text[FIGURES_TEXT]);
/* "42 s", "3 min 20 s", "2 h 5 min", "3 d 4 h": two units, cut off. */
const char *figures_span(int64_t seconds, char text[FIGURES_TEXT]);
/* Work of people, in hours: "35 min", "7 h 40 min", "424 h". */
const char *figures_work(int64_t minutes, char text[FIGURES_TEXT]);
/* "1,234.50 USD", "21 USD"; a currency that is none is not shown. */
const char *figures_money(int64_t cents, const char *currency,
	char text[FIGURES_TEXT]);

#endif
