/* The report as a page for eyes: its figures by section, with values as people
 * say them. A kind of which there was none is left out; --json has it. */
#include <stdlib.h>
#include <string.h>

#include "out.h"

enum { SECTION, FIGURE, VALUE, UNIT, N, DETAIL };

/* Ratios as percent, seconds as durations, the rest as it is. */
static void print_value(struct out *o, const char *value, const char *unit)
{
	char text[LAPSE_TIME_TEXT];

	if (value == NULL)
		snprintf(text, sizeof(text), "not known");
	else if (strcmp(unit, "ratio") == 0)
		snprintf(text, sizeof(text), "%.1f %%",
			strtod(value, NULL) * 100);
	else if (strcmp(unit, "s") == 0)
		lapse_duration_text(strtoll(value, NULL, 10), text);
	else
		snprintf(text, sizeof(text), "%s %s", value, unit);
	fprintf(o->to, "%-18s", text);
}

/* "(of 8; detail)": ids in a detail are anybody's words. */
static void print_rest(struct out *o, const char *value, const char *n,
	const char *detail)
{
	char *line = detail == NULL ? NULL : lapse_line(detail);
	bool of = value != NULL && n != NULL;

	if (of || line != NULL)
		fprintf(o->to, "  (%s%s%s%s)", of ? "of " : "", of ? n : "",
			of && line != NULL ? "; " : "",
			line != NULL ? line : "");
	free(line);
}

/* A time that was measured is a figure, also where it was no second. */
static bool is_none_of_kind(const struct lapse_field *fields)
{
	const char *value = fields[VALUE].text;

	return strchr(fields[FIGURE].text, '.') != NULL && value != NULL &&
		strcmp(value, "0") == 0 && strcmp(fields[UNIT].text, "s") != 0;
}

void out_report(struct out *o, const struct lapse_field *fields, size_t n)
{
	const char *value = fields[VALUE].text;
	const char *section = fields[SECTION].text;
	char *name;

	if (n <= DETAIL || is_none_of_kind(fields))
		return;
	if (strcmp(section, o->section) != 0)
		fprintf(o->to, "\n%s%s%s\n", o->color ? "\033[1m" : "",
			section, o->color ? "\033[0m" : "");
	snprintf(o->section, sizeof(o->section), "%s", section);
	name = lapse_line(fields[FIGURE].text);
	fprintf(o->to, "  %-28s  ", name != NULL ? name : "");
	free(name);
	print_value(o, value, fields[UNIT].text);
	print_rest(o, value, fields[N].text, fields[DETAIL].text);
	fputc('\n', o->to);
}
