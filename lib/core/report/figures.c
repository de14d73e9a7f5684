/* Figures as text. Not their computing (report.c), not where they stand. */
#include "figures.h"

#include <stdio.h>
#include <string.h>

enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	GROUP = 3,		/* digits between two commas */
	ALL = 1000,		/* 100.0 % in tenths of a percent */
};

static const char *not_known(char text[FIGURES_TEXT])
{
	snprintf(text, FIGURES_TEXT, "not known");
	return text;
}

const char *figures_count(int64_t n, char text[FIGURES_TEXT])
{
	char digits[FIGURES_TEXT / 2];
	size_t at = 0;
	int len;

	if (n < 0)
		return not_known(text);
	len = snprintf(digits, sizeof(digits), "%lld", (long long)n);
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % GROUP == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

const char *figures_many(int64_t n, const char *one, const char *more,
	char text[FIGURES_TEXT])
{
	char many[FIGURES_TEXT];

	snprintf(text, FIGURES_TEXT, "%.30s %.30s", figures_count(n, many),
		n == 1 ? one : more);
	return text;
}

const char *figures_ratio(double ratio, char text[FIGURES_TEXT])
{
	int tenths;

	if (!(ratio >= 0 && ratio <= 1))
		return not_known(text);
	tenths = (int)(ratio * ALL + 0.5);
	if (tenths == 0 && ratio > 0)
		tenths = 1;
	if (tenths == ALL && ratio < 1)
		tenths = ALL - 1;
	snprintf(text, FIGURES_TEXT, "%d.%d %%", tenths / 10, tenths % 10);
	return text;
}

const char *figures_share(int64_t part, int64_t whole,
	char text[FIGURES_TEXT])
{
	if (part < 0 || whole <= 0)
		return not_known(text);
	return figures_ratio((double)part / (double)whole, text);
}

const char *figures_span(int64_t seconds, char text[FIGURES_TEXT])
{
	static const struct {
		int64_t size;
		const char *name;
	} units[] = {{DAY, "d"}, {HOUR, "h"}, {MINUTE, "min"}, {1, "s"}};
	char many[FIGURES_TEXT];
	size_t u = 0;
	int64_t rest;

	if (seconds < 0)
		return not_known(text);
	while (units[u].size > seconds && units[u].size > 1)
		u++;
	figures_count(seconds / units[u].size, many);
	rest = seconds % units[u].size;
	if (units[u].size > 1)
		rest /= units[u + 1].size;
	if (rest == 0)
		snprintf(text, FIGURES_TEXT, "%.32s %s", many, units[u].name);
	else
		snprintf(text, FIGURES_TEXT, "%.32s %s %d %s", many,
			units[u].name, (int)rest, units[u + 1].name);
	return text;
}

const char *figures_work(int64_t minutes, char text[FIGURES_TEXT])
{
	char many[FIGURES_TEXT];

	if (minutes < 0)
		return not_known(text);
	if (minutes < HOUR / MINUTE)
		snprintf(text, FIGURES_TEXT, "%d min", (int)minutes);
	else if (minutes % 60 == 0 || minutes >= 100 * 60)
		snprintf(text, FIGURES_TEXT, "%.32s h",
			figures_count(minutes / 60, many));
	else
		snprintf(text, FIGURES_TEXT, "%.32s h %d min",
			figures_count(minutes / 60, many), (int)(minutes % 60));
	return text;
}

const char *figures_money(int64_t cents, const char *currency,
	char text[FIGURES_TEXT])
{
	char whole[FIGURES_TEXT];
	char part[8] = "";

	if (cents < 0)
		return not_known(text);
	if (currency == NULL || strlen(currency) != 3)
		currency = "?";
	if (cents % 100 != 0)
		snprintf(part, sizeof(part), ".%02d", (int)(cents % 100));
	snprintf(text, FIGURES_TEXT, "%.32s%s %s",
		figures_count(cents / 100, whole), part, currency);
	return text;
}
