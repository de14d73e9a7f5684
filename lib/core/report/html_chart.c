/* The drawings of one moment: the manual share against its rule, how long
 * things took, and how many hands they passed through. */
#include "html_private.h"

#include <stdio.h>

#include "err.h"

enum {
	SCALE = 1024,		/* one doubling, for log2_scaled() */
	ROW = 58,		/* pixels of one spread */
	TOP = 22,		/* pixels for the names of the axis */
	PILLARS = 230,		/* pixels that the highest column takes */
	FOOT = 24,
};

/* ---- The 25 % rule ---- */

void chart_rule(struct buf *out, const struct report *r)
{
	const int64_t manual = r->requests.manual;
	const int64_t closed = r->requests.closed;
	char share[FIGURES_TEXT], says[2 * FIGURES_TEXT];
	char arrow[2 * FIGURES_TEXT];
	double x = closed > 0 ? (double)manual / (double)closed : 0;

	snprintf(says, sizeof(says), "%s of the closed requests had a manual "
		"step; the rule's line stands at 25 %%.",
		figures_share(manual, closed, share));
	snprintf(arrow, sizeof(arrow), "%s manual", share);
	svg_open(out, "share", 66, "Manual share against the 25 % rule", says);
	buf_str(out, "<rect class=\"auto\" y=\"22\" width=\"100%\" "
		"height=\"22\" rx=\"3\"/>");
	if (x > 0)
		buf_fmt(out, "<rect class=\"manual\" y=\"22\" width=\"%.2f%%\" "
			"height=\"22\" rx=\"3\"/>", 100 * (x > 1 ? 1 : x));
	svg_line(out, 0.25, 16, 0.25, 50, "rule");
	svg_label(out, 0.25, 12, "middle strong", "25 % rule");
	svg_label(out, 0, 62, "start strong", arrow);
	svg_label(out, 1, 62, "end", "automatic");
	svg_close(out);
}

/* ---- Spreads ---- */

/* The axis' names; durations are told apart by doublings, not by seconds. */
static const struct {
	int64_t at_s;
	const char *name;
} ticks[] = {{1, "1 s"}, {10, "10 s"}, {60, "1 min"}, {600, "10 min"},
	{3600, "1 h"}, {6 * 3600, "6 h"}, {86400, "1 d"}, {7 * 86400, "1 w"},
	{30 * 86400, "30 d"}, {365 * 86400, "1 y"},
	{(int64_t)10 * 365 * 86400, "10 y"}};

/* log2 in fixed point, so that no libm's rounding shows in the page. */
static int64_t log2_scaled(int64_t n)
{
	uint64_t x;
	int64_t whole, part = 0;

	if (n < 1)
		return 0;
	whole = 63 - __builtin_clzll((unsigned long long)n);
	/* 1..2 as 31 bits behind the point, squared again and again. */
	x = whole > 31 ? (uint64_t)n >> (whole - 31)
		       : (uint64_t)n << (31 - whole);
	for (int64_t bit = SCALE / 2; bit > 0; bit /= 2) {
		x = x * x >> 31;
		if (x >> 32 != 0) {
			part += bit;
			x >>= 1;
		}
	}
	return whole * SCALE + part;
}

static double along(int64_t seconds, size_t last)
{
	double x = (double)log2_scaled(seconds) /
		(double)log2_scaled(ticks[last].at_s);

	return 0.02 + 0.94 * (x > 1 ? 1 : x);
}

struct spread_row {
	const char *name;
	const struct report_spread *s;
};

/* The first tick behind everything that is drawn. */
static size_t last_tick(const struct spread_row *rows, size_t n)
{
	int64_t worst = 3600;
	size_t t = 0;

	for (size_t i = 0; i < n; i++) {
		if (rows[i].s->n > 0 && rows[i].s->worst_s > worst)
			worst = rows[i].s->worst_s;
	}
	while (t + 1 < ARRAY_N(ticks) && ticks[t].at_s < worst)
		t++;
	return t;
}

static void spread_axis(struct buf *out, size_t last, int height)
{
	for (size_t t = 0; t <= last; t++) {
		double x = along(ticks[t].at_s, last);

		svg_line(out, x, TOP, x, height, "grid");
		svg_label(out, x, 12, t % 2 == 0 ? "middle" : "middle wide",
			ticks[t].name);
	}
}

static void spread_row(struct buf *out, const struct spread_row *row,
	size_t last, int y)
{
	const struct report_spread *s = row->s;
	double median = along(s->median_s, last);
	double p90 = along(s->p90_s, last);
	double worst = along(s->worst_s, last);
	int line = y + 36;

	svg_label(out, 0.02, y + 18, "start strong halo", row->name);
	if (s->n <= 0) {
		svg_label(out, 0.02, line + 4, "start", "nothing to measure");
		return;
	}
	svg_line(out, along(1, last), line, worst, line, "thread");
	svg_line(out, median, line, p90, line, "span");
	svg_line(out, worst, line - 7, worst, line + 7, "worst");
	/* Shapes, so that no colour is needed to tell them apart. */
	buf_fmt(out, "<svg x=\"%.2f%%\" y=\"%d\" class=\"mark\">"
		"<path class=\"p90\" d=\"M0-7 7 0 0 7-7 0z\"/></svg>",
		100 * p90, line);
	buf_fmt(out, "<circle class=\"median\" cx=\"%.2f%%\" cy=\"%d\" "
		"r=\"6\"/>", 100 * median, line);
}

void chart_spreads(struct buf *out, const struct report *r)
{
	const struct spread_row rows[] = {
		{"Request to approval", &r->filed_to_approved},
		{"Approval to verified access", &r->approved_to_verified},
		{"Deadline to verified removal", &r->deadline_to_removed},
		{"Deactivation to last removal", &r->left_to_removed},
	};
	const int height = TOP + (int)ARRAY_N(rows) * ROW;
	size_t last = last_tick(rows, ARRAY_N(rows));
	bool any = false;

	for (size_t i = 0; i < ARRAY_N(rows); i++)
		any = any || rows[i].s->n > 0;
	if (!any)
		return;
	svg_open(out, "spreads", height, "How long things took",
		"For each of four spans of time the median, the time within "
		"which nine of ten were done, and the longest. The numbers "
		"are in the table below.");
	spread_axis(out, last, height);
	for (size_t i = 0; i < ARRAY_N(rows); i++)
		spread_row(out, &rows[i], last, TOP + (int)i * ROW);
	svg_close(out);
	buf_str(out, "<p class=\"key\" aria-hidden=\"true\">"
		"<svg><circle class=\"median\" cx=\"8\" cy=\"8\" r=\"6\"/>"
		"</svg> median <svg><path class=\"p90\" d=\"M8 1 15 8 8 15 1 "
		"8z\"/></svg> nine of ten <svg><path class=\"worst\" "
		"d=\"M8 1v14\"/></svg> longest</p>\n");
}

/* ---- Hops ---- */

void chart_hops(struct buf *out, const struct report *r)
{
	static const char *const names[] = {"0", "1", "2", "3", "4 +"};
	const double step = 1.0 / ARRAY_N(names);
	char many[FIGURES_TEXT];
	int64_t most = 1;

	for (size_t i = 0; i < ARRAY_N(names); i++)
		most = r->hops.by_n[i] > most ? r->hops.by_n[i] : most;
	svg_open(out, "hops", PILLARS + TOP + FOOT,
		"Human moves after the approval",
		"How many requests took none, one, two, three or more moves "
		"of people after they were approved. Three is the most that "
		"the rule allows. The numbers are in the table below.");
	for (size_t i = 0; i < ARRAY_N(names); i++) {
		int64_t n = r->hops.by_n[i];
		double tall = n <= 0 ? 0 : (double)n * PILLARS / (double)most;
		double x = (double)i * step;

		if (n > 0 && tall < 2)
			tall = 2;
		buf_fmt(out, "<rect class=\"%s\" x=\"%.2f%%\" y=\"%.1f\" "
			"width=\"%.2f%%\" height=\"%.1f\" rx=\"2\"/>",
			i < 4 ? "fine" : "over", 100 * (x + step * 0.18),
			TOP + PILLARS - tall, 64 * step, tall);
		svg_label(out, x + step / 2, TOP + PILLARS - (int)tall - 6,
			"middle strong", figures_count(n, many));
		svg_label(out, x + step / 2, TOP + PILLARS + 17, "middle",
			names[i]);
	}
	svg_line(out, 0, TOP + PILLARS, 1, TOP + PILLARS, "base");
	svg_line(out, 4 * step, 4, 4 * step, TOP + PILLARS, "rule");
	svg_label(out, 4 * step - 0.012, 12, "end strong halo",
		"three-hop rule");
	svg_close(out);
}
