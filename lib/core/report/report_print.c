/* The command `report`: the window, the figures as records, and the limits
 * that somebody put on them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose.h"
#include "html.h"
#include "report.h"

enum {
	WINDOW_S = 30 * 86400,
};

/* ---- The window ---- */

static int find_window(struct lapse *l, const struct lapse_report *o,
	int64_t *ret_from, int64_t *ret_until, struct lapse_err *err)
{
	int64_t length = o->window_s > 0 ? o->window_s : WINDOW_S;
	/* Until now, this very second among it. */
	int64_t until = o->until != WHEN_NONE ? o->until : core_now(l) + 1;
	int64_t from = o->since != WHEN_NONE ? o->since : until - length;

	if (from >= until)
		return lapse_fail(err, LAPSE_EUSAGE,
			"report: the window ends before it begins");
	if (from > core_now(l))
		return lapse_fail(err, LAPSE_EUSAGE,
			"report: the window has not begun yet");
	*ret_from = from;
	*ret_until = until;
	return 0;
}

/* ---- Records ---- */

static const char *number_text(const struct report_figure *f, struct arena *a)
{
	return !f->known ? NULL : arena_fmt(a, "%.*f", f->decimals, f->value);
}

static int record_about(struct lapse *l, const struct report *r,
	struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		{"ledger", LAPSE_TEXT, r->ledger, 0},
		{"from", LAPSE_TIME, NULL, r->from},
		{"until", LAPSE_TIME, NULL, r->until},
		{"ledger_began_at", LAPSE_TIME, NULL, r->first_at},
		{"evidence_seq", LAPSE_INT, NULL, r->head_seq},
		{"evidence_head", LAPSE_TEXT, r->head, 0},
	};

	return core_record(l, "lapse/report-about.v1", fields,
		ARRAY_N(fields), err);
}

static int record_figure(struct lapse *l, const struct report_figure *f,
	struct arena *a, struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		{"section", LAPSE_TEXT, f->section, 0},
		{"figure", LAPSE_TEXT, f->name, 0},
		{"value", LAPSE_NUMBER, number_text(f, a), 0},
		{"unit", LAPSE_TEXT, f->unit, 0},
		{"n", LAPSE_NUMBER, f->n < 0 ? NULL :
			arena_fmt(a, "%lld", (long long)f->n), 0},
		{"detail", LAPSE_TEXT, f->detail, 0},
	};

	return core_record(l, "lapse/report.v1", fields, ARRAY_N(fields), err);
}

/* ---- Limits ---- */

/* What a window may or may not have in it has no limit: an absent role would
 * pass, or be a mistake. */
static bool is_limitable(const struct report_figure *f)
{
	return strncmp(f->name, "role.", 5) != 0 &&
		strncmp(f->name, "freed.", 6) != 0;
}

static const struct report_figure *find_figure(
	const struct report_figures *figures, const char *name)
{
	for (size_t i = 0; i < figures->list.n; i++) {
		const struct report_figure *f = &figures->list.items[i];

		if (is_limitable(f) && strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

struct limit {
	const struct report_figure *figure;
	double most;
	const char *text;
};

/* One "NAME=NUMBER"; the text is the arena's to cut. */
static int parse_limit(char *text, const struct report_figures *figures,
	struct limit *ret, struct lapse_err *err)
{
	static const char digits[] = "0123456789.";
	char *value = strchr(text, '=');

	if (value == NULL || value[1] == '\0' ||
		value[1 + strspn(value + 1, digits)] != '\0' ||
		strchr(value, '.') != strrchr(value, '.'))
		return lapse_fail(err, LAPSE_EUSAGE, "report: '%s': is no "
			"limit; write NAME=NUMBER, as in manual=0.25", text);
	*value++ = '\0';
	ret->figure = find_figure(figures, text);
	if (ret->figure == NULL)
		return lapse_fail(err, LAPSE_EUSAGE, "report: '%s': no figure "
			"that a limit can be put on; lapse-report(7) names "
			"them", text);
	ret->most = strtod(value, NULL);
	ret->text = value;
	return 0;
}

/* Too high, or nobody knows: both are not what was asked for. */
static void judge(struct lapse *l, const struct limit *limit, struct arena *a)
{
	const struct report_figure *f = limit->figure;
	struct lapse_err err;

	if (f->known && f->value <= limit->most)
		return;
	if (f->known)
		lapse_fail(&err, LAPSE_EREFUSED, "report: '%s': %s is above "
			"%s", f->name, number_text(f, a), limit->text);
	else
		lapse_fail(&err, LAPSE_EREFUSED, "report: '%s': not known in "
			"this window, so not known to be at most %s", f->name,
			limit->text);
	core_note(l, LAPSE_EXIT_REFUSED, &err);
}

/* All of them are understood before the first is judged. */
static int check_limits(struct lapse *l, const char *text,
	const struct report_figures *figures, bool judging, struct arena *a,
	struct lapse_err *err)
{
	char *rest = arena_copy(a, text);
	int rc = arena_check(a, err);

	while (rc == 0 && rest != NULL) {
		char *one = rest;
		struct limit limit = {0};

		rest = strchr(rest, ',');
		if (rest != NULL)
			*rest++ = '\0';
		rc = parse_limit(one, figures, &limit, err);
		if (rc == 0 && judging)
			judge(l, &limit, a);
	}
	return rc;
}

static int show_figures(struct lapse *l, const struct report *r,
	const struct report_figures *figures, struct lapse_err *err)
{
	int rc = record_about(l, r, err);

	for (size_t i = 0; i < figures->list.n && rc == 0; i++)
		rc = record_figure(l, &figures->list.items[i], &l->arena, err);
	return rc;
}

/* The page and the diagnosis stand for the figures that they are made of. */
static int show(struct lapse *l, const struct lapse_report *o,
	const struct report *r, const struct report_figures *figures,
	struct lapse_err *err)
{
	int rc = 0;

	if (o->html != NULL)
		rc = report_html_write(r, o->html, err);
	if (rc == 0 && o->diagnose)
		rc = diagnose_record(l, r, err);
	if (rc == 0 && o->html == NULL && !o->diagnose)
		rc = show_figures(l, r, figures, err);
	return rc;
}

int lapse_report(struct lapse *l, const struct lapse_report *o,
	struct lapse_err *err)
{
	struct report r = {0};
	struct report_figures figures = {0};
	int64_t from = 0, until = 0;
	int rc = find_window(l, o, &from, &until, err);

	if (rc == 0)
		rc = report_fill(l, from, until, &l->arena, &r, err);
	if (rc == 0)
		rc = report_figures(&r, &l->arena, &figures, err);
	if (rc == 0 && o->fail_above != NULL)
		rc = check_limits(l, o->fail_above, &figures, false, &l->arena,
			err);
	if (rc == 0)
		rc = show(l, o, &r, &figures, err);
	if (rc == 0 && o->fail_above != NULL)
		rc = check_limits(l, o->fail_above, &figures, true, &l->arena,
			err);
	return rc;
}
