/* The sections that a reader begins with: what is open now, the headline, the
 * diagnosis; and at the end what is not known. */
#include "html_private.h"

#include <stdio.h>
#include <string.h>

/* ---- Now ---- */

struct tile {
	const char *term;
	int64_t n;
	const char *command;	/* that lists it */
	const char *kind;	/* where there is any */
};

static void tile(struct buf *out, const struct tile *t)
{
	char many[FIGURES_TEXT];
	const char *kind = t->n < 0 ? "none" : t->n > 0 ? t->kind : "good";
	const char *sign = t->n < 0 ? "?" : t->n > 0 ? "\xe2\x96\xb2"
						     : "\xe2\x9c\x93";

	html_put(out, "<li class=\"tile {}\"><span class=\"n\">"
		"<span class=\"sign\" aria-hidden=\"true\">{}</span> {}</span>"
		"<span class=\"what\">", kind, sign,
		figures_count(t->n, many));
	html_term(out, t->term);
	buf_str(out, "</span>");
	if (t->n > 0)
		html_put(out, "<code>{}</code>", t->command);
	buf_str(out, "</li>\n");
}

void part_now(struct buf *out, const struct report *r)
{
	const struct tile tiles[] = {
		{"overdue", r->now_open.overdue, "lapse drift --kind overdue",
			"bad"},
		{"parked", r->now_open.parked, "lapse parked list", "bad"},
		{"unacknowledged", r->now_open.unacknowledged, "lapse status",
			"warn"},
		{"waiting", r->now_open.stale_requests, "lapse list requests",
			"warn"},
	};
	char late[FIGURES_TEXT];

	buf_str(out, "<section class=\"wide\" aria-labelledby=\"h-now\">"
		"<h2 id=\"h-now\">Overdue, and open now</h2>"
		"<ul class=\"tiles\">\n");
	for (size_t i = 0; i < ARRAY_N(tiles); i++)
		tile(out, &tiles[i]);
	buf_str(out, "</ul>");
	if (r->now_open.overdue > 0 && r->now_open.worst_late_s > 0)
		html_put(out, "<p>The latest removal is {} past its deadline."
			"</p>", figures_span(r->now_open.worst_late_s, late));
	buf_str(out, "</section>\n");
}

/* ---- Headline ---- */

/* One big number, its name, and what stands beside it. */
static void big(struct buf *out, const char *figure, const char *term,
	const char *kind)
{
	html_put(out, "<div class=\"big {}\"><dt>", kind);
	html_term(out, term);
	html_put(out, "</dt><dd>");
	html_put(out, strcmp(figure, "not known") == 0
		? "<b class=\"none\">{}</b>" : "<b>{}</b>", figure);
}

static void big_end(struct buf *out, const char *note)
{
	html_put(out, "<span class=\"note\">{}</span></dd></div>\n", note);
}

static void big_manual(struct buf *out, const struct report *r)
{
	const int64_t manual = r->requests.manual;
	const int64_t closed = r->requests.closed;
	char text[FIGURES_TEXT];
	bool over = closed > 0 && manual * 4 > closed;

	big(out, figures_share(manual, closed, text), "manual",
		over ? "bad" : "");
	if (closed > 0)
		svg_bar(out, manual, closed, 0.25, over ? "over" : "fine");
	big_end(out, closed <= 0 ? "no request was closed"
		: over ? "\xe2\x96\xb2 over the 25 % rule"
		       : "\xe2\x9c\x93 within the 25 % rule");
}

static void big_automatic(struct buf *out, const struct report *r)
{
	char text[FIGURES_TEXT], note[3 * FIGURES_TEXT], a[FIGURES_TEXT],
		b[FIGURES_TEXT];

	big(out, figures_share(r->requests.automatic, r->requests.closed,
		text), "automatic", "");
	if (r->requests.closed > 0)
		svg_bar(out, r->requests.automatic, r->requests.closed, -1,
			"fine");
	snprintf(note, sizeof(note), "%s of %s closed requests",
		figures_count(r->requests.automatic, a),
		figures_count(r->requests.closed, b));
	big_end(out, note);
}

static void big_removed(struct buf *out, const struct report *r)
{
	char text[FIGURES_TEXT], note[3 * FIGURES_TEXT], a[FIGURES_TEXT],
		b[FIGURES_TEXT];
	double removed = r->elevated.removed;

	big(out, figures_ratio(removed, text), "privileged-removed", "");
	if (removed >= 0)
		svg_bar(out, (int64_t)(removed * 1000), 1000, -1, "fine");
	if (removed >= 0)
		snprintf(note, sizeof(note), "%s elevated standing before "
			"lapse, %s now", figures_count(r->elevated.baseline, a),
			figures_count(r->elevated.standing, b));
	else
		snprintf(note, sizeof(note), "no baseline to hold it against");
	big_end(out, note);
}

static void big_minutes(struct buf *out, const struct report *r)
{
	char text[FIGURES_TEXT], note[2 * FIGURES_TEXT], a[FIGURES_TEXT];
	int64_t saved = r->minutes.saved;
	int64_t total = r->minutes.total;

	big(out, figures_work(saved, text), "minutes-saved", "");
	if (saved >= 0 && total >= 0)
		svg_bar(out, saved, saved + total, -1, "fine");
	snprintf(note, sizeof(note), "%s spent on manual steps",
		figures_work(total, a));
	big_end(out, note);
}

void part_headline(struct buf *out, const struct report *r)
{
	buf_str(out, "<section class=\"wide\" aria-labelledby=\"h-head\">"
		"<h2 id=\"h-head\">In short</h2><dl class=\"bigs\">\n");
	big_automatic(out, r);
	big_manual(out, r);
	big_removed(out, r);
	big_minutes(out, r);
	buf_str(out, "</dl></section>\n");
}

/* ---- Diagnosis ---- */

static void question(struct buf *out, const struct diagnose_question *q)
{
	const bool known = q->answer != DIAGNOSE_UNKNOWN;

	html_put(out, "<li><h3>{}</h3><p class=\"answer {}\">"
		"<span class=\"sign\" aria-hidden=\"true\">{}</span> {}</p>"
		"<p>{}.</p><p class=\"soft\">bucket: {}</p></li>\n",
		q->question, !known ? "none" : q->good ? "good" : "bad",
		!known ? "?" : q->good ? "\xe2\x9c\x93" : "\xe2\x96\xb2",
		diagnose_answer_text(q->answer), q->evidence,
		diagnose_bucket_text(q->bucket));
}

static void verdict(struct buf *out, const struct diagnosis *d)
{
	if (!d->known)
		buf_str(out, "<p class=\"verdict\">Where most is lost is "
			"<strong>not known</strong>. ");
	else if (d->lossless)
		buf_str(out, "<p class=\"verdict\"><strong>Nothing</strong> "
			"was lost. ");
	else
		html_put(out, "<p class=\"verdict\">Most is lost in "
			"<strong>{}</strong>. ",
			diagnose_bucket_text(d->bucket));
}

static void steps(struct buf *out, const struct diagnosis *d)
{
	if (d->steps.n == 0)
		return;
	buf_str(out, "<h3>The next move</h3><ol class=\"steps\">\n");
	for (size_t i = 0; i < d->steps.n; i++) {
		const struct diagnose_step *s = &d->steps.items[i];

		html_put(out, "<li>{}", s->move);
		if (s->command != NULL)
			html_put(out, "<code class=\"line\">{}</code>",
				s->command);
		buf_str(out, "</li>\n");
	}
	buf_str(out, "</ol>\n");
}

void part_diagnosis(struct buf *out, const struct diagnosis *d)
{
	char many[DIAGNOSE_BUCKETS][FIGURES_TEXT];

	buf_str(out, "<section class=\"wide\" aria-labelledby=\"h-diag\">"
		"<h2 id=\"h-diag\">Diagnosis</h2><ul class=\"asks\">\n");
	for (size_t i = 0; i < ARRAY_N(d->questions); i++)
		question(out, &d->questions[i]);
	buf_str(out, "</ul>\n");
	verdict(out, d);
	html_term(out, "lost");
	html_put(out, ": intake {}, approval {}, enforcement {}.</p>\n",
		figures_count(d->lost[DIAGNOSE_INTAKE], many[0]),
		figures_count(d->lost[DIAGNOSE_APPROVAL], many[1]),
		figures_count(d->lost[DIAGNOSE_ENFORCEMENT], many[2]));
	steps(out, d);
	buf_str(out, "</section>\n");
}

/* ---- What is not known ---- */

struct gap {
	bool there;
	const char *text;
};

void part_unknown(struct buf *out, const struct report *r)
{
	const struct gap gaps[] = {
		{r->first_at >= r->until, "The window was over before the "
			"ledger began: a zero in it says nothing."},
		{r->first_at > r->from, "The ledger begins after the window "
			"does: before its first event nothing is known."},
		{r->requests.closed <= 0, "No request was closed: the shares "
			"of automatic and manual work are not known."},
		{r->hops.read < r->requests.closed, "The history of some "
			"closed requests was not read: their hops are not "
			"counted."},
		{r->series.n < 2, "Fewer than two readings of the groups: "
			"there is no course of memberships to draw."},
		{r->elevated.standing < 0, "Which groups are elevated is not "
			"known: the catalog says it, and each of them must "
			"have been read once."},
		{r->elevated.standing >= 0 && r->elevated.removed < 0, "There "
			"was no elevated standing access to begin with: no "
			"share of it can have been removed."},
		{r->reviews.roles_overdue < 0, "Without a configuration it is "
			"not known whose review is overdue."},
		{r->removals.unverified > 0, "Some removals are not verified "
			"yet: how long they take is not in the spreads."},
		{true, "What is no group membership is not in these figures: "
			"direct application assignments, administrator roles "
			"and local accounts."},
	};

	buf_str(out, "<section class=\"wide\" aria-labelledby=\"h-gaps\">"
		"<h2 id=\"h-gaps\">What is not known</h2><ul>\n");
	for (size_t i = 0; i < ARRAY_N(gaps); i++) {
		if (gaps[i].there)
			html_put(out, "<li>{}</li>\n", gaps[i].text);
	}
	buf_str(out, "</ul></section>\n");
}
