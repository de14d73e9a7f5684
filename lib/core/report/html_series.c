/* Memberships over time: two areas, what ends below what does not. */
#include "html_private.h"

#include <stdio.h>

#include "when.h"

enum {
	POINTS = 120,		/* more are thinned out, evenly */
	HIGH = 190,		/* pixels of the areas */
	TOP = 20,
	FOOT = 24,
	WIDE = 1000,		/* along x, stretched to the page's width */
	GRID = 4,
};

/* What is drawn, and where. */
struct plot {
	struct buf *out;
	const struct report *r;
	bool elevated;
	size_t step;
	int64_t top;		/* the number at the upper edge */
};

static int64_t bound(const struct plot *p, size_t i)
{
	const struct report_point *at = &p->r->series.items[i];

	return p->elevated ? at->elevated_bound : at->bound;
}

static int64_t standing(const struct plot *p, size_t i)
{
	const struct report_point *at = &p->r->series.items[i];

	return p->elevated ? at->elevated_standing : at->standing;
}

/* Of the points that are drawn the one after i; the last is always one. */
static size_t after(const struct plot *p, size_t i)
{
	size_t last = p->r->series.n - 1;

	if (i == last)
		return last + 1;
	return i + p->step > last ? last : i + p->step;
}

/* A number that divides well, not less than n. */
static int64_t round_up(int64_t n)
{
	static const int64_t steps[] = {4, 8, 12, 20, 40};
	int64_t ten = 1;

	for (; ten < INT64_MAX / 400; ten *= 10) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
			if (steps[i] * ten >= n)
				return steps[i] * ten;
		}
	}
	return n;
}

static double at_x(const struct plot *p, size_t i)
{
	const struct report_point *points = p->r->series.items;
	int64_t from = points[0].at;
	int64_t until = points[p->r->series.n - 1].at;

	if (until <= from)
		return 0;
	return (double)(points[i].at - from) * WIDE / (double)(until - from);
}

static double at_y(const struct plot *p, int64_t n)
{
	return HIGH - (double)n * HIGH / (double)p->top;
}

static int64_t upper(const struct plot *p, size_t i, bool all)
{
	return bound(p, i) + (all ? standing(p, i) : 0);
}

static void edge(const struct plot *p, bool all)
{
	for (size_t i = 0; i < p->r->series.n; i = after(p, i))
		buf_fmt(p->out, "%s%.1f %.1f", i == 0 ? "M" : "L", at_x(p, i),
			at_y(p, upper(p, i, all)));
}

static void area(const struct plot *p, bool all, const char *kind)
{
	buf_fmt(p->out, "<path class=\"%s\" d=\"", kind);
	edge(p, all);
	buf_fmt(p->out, "L%d %dL0 %dz\"/>", WIDE, HIGH, HIGH);
}

static void outline(const struct plot *p, bool all, const char *kind)
{
	buf_fmt(p->out, "<path class=\"%s\" d=\"", kind);
	edge(p, all);
	buf_str(p->out, "\"/>");
}

/* In a frame of its own, that is stretched while its lines are not. Standing
 * access is hatched: it is told from the other without colours. */
static void areas(const struct plot *p)
{
	const char *id = p->elevated ? "hatch-e" : "hatch";

	buf_fmt(p->out, "<defs><pattern id=\"%s\" width=\"8\" height=\"6\" "
		"patternUnits=\"userSpaceOnUse\"><rect class=\"hatch-under\" "
		"width=\"8\" height=\"6\"/><rect class=\"hatch-line\" "
		"width=\"8\" height=\"1\"/></pattern></defs>", id);
	buf_fmt(p->out, "<svg y=\"%d\" width=\"100%%\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\">", TOP,
		HIGH, WIDE, HIGH);
	area(p, true, p->elevated ? "standing in-e" : "standing");
	area(p, false, "bound");
	outline(p, true, "standing-edge");
	outline(p, false, "bound-edge");
	buf_str(p->out, "</svg>");
}

static void grid(const struct plot *p)
{
	char many[FIGURES_TEXT];

	for (int i = 0; i <= GRID; i++) {
		int64_t n = p->top / GRID * i;
		double y = TOP + at_y(p, n);

		svg_line(p->out, 0, y, 1, y, i == 0 ? "base" : "grid");
		if (i > 0)
			svg_label(p->out, 0, (int)y + 5, "gutter",
				figures_count(n, many));
	}
}

/* "23 Nov 2026" of "23 Nov 2026 10:00 UTC". */
static const char *day_text(int64_t at, char text[WHEN_TEXT])
{
	AUTO_BUF b = {0};

	when_for_reader(&b, at, NULL);
	snprintf(text, WHEN_TEXT, "%.*s", b.len > 10 ? (int)b.len - 10 : 0,
		buf_text(&b));
	return text;
}

static void dates(const struct plot *p)
{
	const struct report_point *points = p->r->series.items;
	const int y = TOP + HIGH + 17;
	size_t n = p->r->series.n;
	char text[WHEN_TEXT];

	svg_label(p->out, 0, y, "start", day_text(points[0].at, text));
	if (n > 2)
		svg_label(p->out, at_x(p, n / 2) / WIDE, y, "middle wide",
			day_text(points[n / 2].at, text));
	svg_label(p->out, 1, y, "end", day_text(points[n - 1].at, text));
}

static void baseline(const struct plot *p)
{
	char many[FIGURES_TEXT], text[2 * FIGURES_TEXT];
	double y = TOP + at_y(p, p->r->elevated.baseline);

	snprintf(text, sizeof(text), "before lapse: %s standing",
		figures_count(p->r->elevated.baseline, many));
	svg_line(p->out, 0, y, 1, y, "rule");
	svg_label(p->out, 1, (int)y - 5, "end strong halo", text);
}

static void says(const struct plot *p, char *text, size_t size)
{
	size_t last = p->r->series.n - 1;
	char a[FIGURES_TEXT], b[FIGURES_TEXT], c[FIGURES_TEXT],
		d[FIGURES_TEXT];

	snprintf(text, size, "At the beginning %s without an end and %s that "
		"end; at the end %s without and %s with one. The numbers "
		"between are in the table below.",
		figures_count(standing(p, 0), a), figures_count(bound(p, 0), b),
		figures_count(standing(p, last), c),
		figures_count(bound(p, last), d));
}

static void table(const struct plot *p)
{
	char text[WHEN_TEXT], a[FIGURES_TEXT], b[FIGURES_TEXT];

	html_put(p->out, "<details><summary>The same as numbers</summary>"
		"<section class=\"scroll\" tabindex=\"0\" "
		"aria-label=\"{}, as numbers\"><table><caption>{}</caption>"
		"<thead><tr><th scope=\"col\">Day</th>"
		"<th scope=\"col\" class=\"num\">Ends</th>"
		"<th scope=\"col\" class=\"num\">Standing</th></tr></thead>"
		"<tbody>\n",
		p->elevated ? "Elevated memberships" : "Memberships",
		p->elevated ? "Elevated memberships over time"
			    : "Memberships over time");
	for (size_t i = 0; i < p->r->series.n; i = after(p, i))
		html_put(p->out, "<tr><th scope=\"row\">{}</th>"
			"<td class=\"num\">{}</td><td class=\"num\">{}</td>"
			"</tr>\n", day_text(p->r->series.items[i].at, text),
			figures_count(bound(p, i), a),
			figures_count(standing(p, i), b));
	buf_str(p->out, "</tbody></table></section></details>\n");
}

void chart_series(struct buf *out, const struct report *r, bool elevated)
{
	struct plot p = {.out = out, .r = r, .elevated = elevated};
	char text[6 * FIGURES_TEXT];
	int64_t most = 1;

	if (r->series.n == 0)
		return;
	p.step = (r->series.n + POINTS - 1) / POINTS;
	for (size_t i = 0; i < r->series.n; i = after(&p, i))
		most = upper(&p, i, true) > most ? upper(&p, i, true) : most;
	if (elevated && r->elevated.baseline > most)
		most = r->elevated.baseline;
	p.top = round_up(most);
	says(&p, text, sizeof(text));
	svg_open(out, elevated ? "elevated" : "members", TOP + HIGH + FOOT,
		elevated ? "Elevated memberships over time"
			 : "Memberships over time", text);
	areas(&p);
	grid(&p);
	if (elevated && r->elevated.baseline > 0)
		baseline(&p);
	dates(&p);
	svg_close(out);
	table(&p);
}
