/* The sections with the figures themselves, as tables and drawings. */
#include "html_private.h"

#include <stdio.h>

static void section(struct buf *out, const char *id, const char *kind,
	const char *title)
{
	html_put(out, "<section class=\"{}\" aria-labelledby=\"h-{}\">"
		"<h2 id=\"h-{}\">{}</h2>\n", kind, id, id, title);
}

/* Counts by name with a bar each, as shares of `whole`. */
static void counts(struct buf *out, const char *caption, const char *head,
	const struct report_counts *c, int64_t whole, const char *unit)
{
	char n[FIGURES_TEXT], share[FIGURES_TEXT];

	html_put(out, "<table class=\"bars\"><caption>{}</caption><thead><tr>"
		"<th scope=\"col\">{}</th><th scope=\"col\" class=\"num\">{}"
		"</th><th scope=\"col\" class=\"num\">Share</th></tr></thead>"
		"<tbody>\n", caption, head, unit);
	for (size_t i = 0; i < c->list.n; i++) {
		const struct report_count *row = &c->list.items[i];

		buf_str(out, "<tr><th scope=\"row\">");
		html_name(out, row->name);
		svg_bar(out, row->n, whole, -1, "fine");
		html_put(out, "</th><td class=\"num\">{}</td>"
			"<td class=\"num\">{}</td></tr>\n",
			figures_count(row->n, n),
			figures_share(row->n, whole, share));
	}
	if (c->list.n == 0)
		buf_str(out, "<tr><td colspan=\"3\">none</td></tr>\n");
	buf_str(out, "</tbody></table>\n");
}

static int64_t total(const struct report_counts *c)
{
	int64_t n = 0;

	for (size_t i = 0; i < c->list.n; i++)
		n += c->list.items[i].n > 0 ? c->list.items[i].n : 0;
	return n;
}

/* Name and figure, one a line. */
struct fact {
	const char *name;
	const char *figure;
};

static void facts(struct buf *out, const struct fact *list, size_t n)
{
	buf_str(out, "<dl class=\"facts\">\n");
	for (size_t i = 0; i < n; i++)
		html_put(out, "<div><dt>{}</dt><dd>{}</dd></div>\n",
			list[i].name, list[i].figure);
	buf_str(out, "</dl>\n");
}

/* ---- Requests ---- */

void part_requests(struct buf *out, const struct report *r)
{
	char many[FIGURES_TEXT];

	section(out, "req", "wide", "Requests");
	buf_str(out, "<p class=\"soft\">");
	html_term(out, "filed");
	html_put(out, ": {}. ", figures_count(r->requests.filed, many));
	html_term(out, "closed");
	html_put(out, ": {}", figures_count(r->requests.closed, many));
	buf_str(out, ".</p><div class=\"pair\">");
	counts(out, "What came of them", "Outcome", &r->requests.outcomes,
		total(&r->requests.outcomes), "Requests");
	counts(out, "How they came", "Channel", &r->requests.channels,
		total(&r->requests.channels), "Requests");
	buf_str(out, "</div>");
	if (r->requests.closed > 0)
		chart_rule(out, r);
	buf_str(out, "</section>\n");
}

/* ---- Speed ---- */

static void spread_row(struct buf *out, const char *term,
	const struct report_spread *s)
{
	char n[FIGURES_TEXT], open[FIGURES_TEXT], median[FIGURES_TEXT],
		p90[FIGURES_TEXT], worst[FIGURES_TEXT];
	bool none = s->n <= 0;

	buf_str(out, "<tr><th scope=\"row\">");
	html_term(out, term);
	html_put(out, "</th><td class=\"num\">{}</td><td class=\"num\">{}</td>"
		"<td class=\"num\">{}</td><td class=\"num\">{}</td>"
		"<td class=\"num\">{}</td></tr>\n",
		figures_span(none ? -1 : s->median_s, median),
		figures_span(none ? -1 : s->p90_s, p90),
		figures_span(none ? -1 : s->worst_s, worst),
		figures_count(s->n, n), figures_count(s->open, open));
}

void part_speed(struct buf *out, const struct report *r)
{
	section(out, "speed", "wide", "How long it takes");
	chart_spreads(out, r);
	buf_str(out, "<section class=\"scroll\" "
		"tabindex=\"0\" aria-label=\"How long it "
		"takes, as numbers\"><table><caption>The same as "
		"numbers</caption><thead><tr><th scope=\"col\">Span</th>"
		"<th scope=\"col\" class=\"num\">Median</th>"
		"<th scope=\"col\" class=\"num\">Nine of ten</th>"
		"<th scope=\"col\" class=\"num\">Longest</th>"
		"<th scope=\"col\" class=\"num\">Measured</th>"
		"<th scope=\"col\" class=\"num\">Still open</th></tr></thead>"
		"<tbody>\n");
	spread_row(out, "filed-to-approved", &r->filed_to_approved);
	spread_row(out, "approved-to-verified", &r->approved_to_verified);
	spread_row(out, "deadline-to-removed", &r->deadline_to_removed);
	spread_row(out, "left-to-removed", &r->left_to_removed);
	buf_str(out, "</tbody></table></section></section>\n");
}

static void hops_table(struct buf *out, const struct report *r)
{
	char n[FIGURES_TEXT];

	buf_str(out, "<table class=\"even\"><caption>");
	html_term(out, "hops-over");
	buf_str(out, " by request</caption><thead><tr>");
	for (size_t i = 0; i < ARRAY_N(r->hops.by_n); i++)
		html_put(out, "<th scope=\"col\" class=\"num\">{}{}</th>",
			figures_count((int64_t)i, n),
			i + 1 == ARRAY_N(r->hops.by_n) ? " +" : "");
	buf_str(out, "</tr></thead><tbody><tr>");
	for (size_t i = 0; i < ARRAY_N(r->hops.by_n); i++)
		html_put(out, "<td class=\"num\">{}</td>",
			figures_count(r->hops.by_n[i], n));
	buf_str(out, "</tr></tbody></table>");
}

void part_hops(struct buf *out, const struct report *r)
{
	char a[FIGURES_TEXT], b[FIGURES_TEXT], c[FIGURES_TEXT];

	section(out, "hops", "", "Hands after the approval");
	if (r->hops.read > 0) {
		chart_hops(out, r);
		hops_table(out, r);
		html_put(out, "<p>{} in {}; {} took more than three.</p>",
			figures_many(r->hops.total, "move", "moves", a),
			figures_many(r->hops.read, "request", "requests", b),
			figures_count(r->hops.over, c));
	} else {
		buf_str(out, "<p>");
		html_term(out, "hops-over");
		buf_str(out, ": not known, for no history was read.</p>");
	}
	buf_str(out, "</section>\n");
}

/* ---- Access ---- */

static void hours(char text[FIGURES_TEXT], int64_t seconds)
{
	figures_count(seconds < 0 ? -1 : seconds / 3600, text);
}

static void key(struct buf *out, const char *id)
{
	buf_fmt(out, "<p class=\"key\"><svg aria-hidden=\"true\"><rect "
		"class=\"bound\" width=\"16\" height=\"16\"/></svg> ");
	html_term(out, "bound");
	buf_fmt(out, " <svg aria-hidden=\"true\"><rect class=\"%s\" "
		"width=\"16\" height=\"16\"/></svg> ", id);
	html_term(out, "standing");
	buf_str(out, "</p>\n");
}

void part_access(struct buf *out, const struct report *r)
{
	char held[FIGURES_TEXT], standing[FIGURES_TEXT], base[FIGURES_TEXT],
		now[FIGURES_TEXT], was[FIGURES_TEXT];
	const struct fact list[] = {
		{"Elevated standing before lapse", was},
		{"Elevated standing now", now},
		{"Elevated hours held by grants", held},
		{"Elevated hours held standing", standing},
		{"Hours that the baseline would have held", base},
	};

	figures_count(r->elevated.baseline, was);
	figures_count(r->elevated.standing, now);
	hours(held, r->elevated.held_s);
	hours(standing, r->elevated.standing_s);
	hours(base, r->elevated.baseline_s);
	section(out, "elev", "wide", "Elevated access");
	if (r->series.n > 1 && r->elevated.standing >= 0) {
		key(out, "standing in-e");
		chart_series(out, r, true);
	}
	facts(out, list, ARRAY_N(list));
	buf_str(out, "</section>\n");
	if (r->series.n < 2)
		return;
	section(out, "acc", "wide", "All memberships");
	key(out, "standing");
	chart_series(out, r, false);
	buf_str(out, "</section>\n");
}

/* ---- Removals, leavers ---- */

void part_removals(struct buf *out, const struct report *r)
{
	char a[FIGURES_TEXT], b[FIGURES_TEXT], c[FIGURES_TEXT],
		d[FIGURES_TEXT], e[FIGURES_TEXT], f[FIGURES_TEXT];
	const struct fact list[] = {
		{"Without a person, verified", a}, {"By people, verified", b},
		{"Not verified yet", c},
		{"People who left", d}, {"of these, held something", e},
		{"Memberships that they still have", f},
	};

	figures_count(r->removals.automatic, a);
	figures_count(r->removals.by_people, b);
	figures_count(r->removals.unverified, c);
	figures_count(r->leavers.people, d);
	figures_count(r->leavers.held, e);
	figures_count(r->leavers.still, f);
	section(out, "rem", "", "Removals and leavers");
	facts(out, list, ARRAY_N(list));
	counts(out, "Why access ended", "Reason", &r->removals.reasons,
		total(&r->removals.reasons), "Removals");
	buf_str(out, "</section>\n");
}

/* ---- Reviews and seats ---- */

void part_seats(struct buf *out, const struct report *r)
{
	char warned[FIGURES_TEXT], gone[FIGURES_TEXT], kept[FIGURES_TEXT],
		n[FIGURES_TEXT], amount[FIGURES_TEXT];
	const struct fact list[] = {
		{"Warned", warned}, {"Reclaimed", gone},
		{"Kept, because they were used again", kept},
	};

	figures_count(r->seats.warned, warned);
	figures_count(r->seats.reclaimed, gone);
	figures_count(r->seats.kept, kept);
	section(out, "seats", "", "Seats that nobody used");
	facts(out, list, ARRAY_N(list));
	buf_str(out, "<table><caption>");
	html_term(out, "seats-freed");
	buf_str(out, "</caption><thead><tr><th scope=\"col\">Currency</th>"
		"<th scope=\"col\" class=\"num\">Seats</th>"
		"<th scope=\"col\" class=\"num\">A month</th></tr></thead>"
		"<tbody>\n");
	for (size_t i = 0; i < r->seats.money.n; i++) {
		const struct report_money *m = &r->seats.money.items[i];

		buf_str(out, "<tr><th scope=\"row\">");
		html_name(out, m->currency);
		html_put(out, "</th><td class=\"num\">{}</td>"
			"<td class=\"num\">{}</td></tr>\n",
			figures_count(m->seats, n),
			figures_money(m->cents, m->currency, amount));
	}
	if (r->seats.money.n == 0)
		buf_str(out, "<tr><td colspan=\"3\">none</td></tr>\n");
	buf_str(out, "</tbody></table></section>\n");
}

void part_reviews(struct buf *out, const struct report *r)
{
	char text[9][FIGURES_TEXT];
	const struct {
		const char *name;
		int64_t n;
	} rows[] = {
		{"Reviews opened", r->reviews.opened},
		{"Reviews closed", r->reviews.closed},
		{"Reviews not acknowledged", r->reviews.unacknowledged},
		{"Items decided", r->reviews.decided},
		{"Items in all", r->reviews.items},
		{"Revoked by reviewers", r->reviews.revoked},
		{"of these, removal verified", r->reviews.removed},
		{"Roles whose review is overdue", r->reviews.roles_overdue},
		{"People who moved, unreviewed", r->reviews.movers_waiting},
	};
	struct fact list[ARRAY_N(rows)];

	for (size_t i = 0; i < ARRAY_N(rows); i++)
		list[i] = (struct fact){rows[i].name,
			figures_count(rows[i].n, text[i])};
	section(out, "rev", "", "Reviews");
	facts(out, list, ARRAY_N(list));
	if (r->reviews.overdue.n > 0)
		buf_str(out, "<p>Their review is overdue:</p><ul>\n");
	for (size_t i = 0; i < r->reviews.overdue.n; i++) {
		buf_str(out, "<li>");
		html_name(out, r->reviews.overdue.items[i]);
		buf_str(out, "</li>\n");
	}
	if (r->reviews.overdue.n > 0)
		buf_str(out, "</ul>\n");
	buf_str(out, "</section>\n");
}

/* ---- Minutes ---- */

static int64_t cost_of(const struct report *r)
{
	int64_t most = 0;

	for (size_t i = 0; i < r->minutes.roles.n; i++) {
		if (r->minutes.roles.items[i].minutes > most)
			most = r->minutes.roles.items[i].minutes;
	}
	return most;
}

static void role_row(struct buf *out, const struct report_role *role,
	int64_t most)
{
	char a[FIGURES_TEXT], b[FIGURES_TEXT], c[FIGURES_TEXT],
		d[FIGURES_TEXT], e[FIGURES_TEXT];
	bool over = role->requests > 0 && role->manual * 4 > role->requests;

	buf_str(out, "<tr><th scope=\"row\">");
	html_name(out, role->role);
	svg_bar(out, role->minutes, most, -1, "fine");
	html_put(out, "</th><td class=\"num\">{}</td><td class=\"num\">{}</td>"
		"<td class=\"num\">{}</td><td class=\"num {}\">{}{}</td>"
		"<td class=\"num\">{}</td></tr>\n",
		figures_work(role->minutes, a),
		figures_count(role->steps, b), figures_count(role->manual, c),
		over ? "bad" : "", over ? "\xe2\x96\xb2 " : "",
		figures_share(role->manual, role->requests, d),
		figures_count(role->requests, e));
}

static void roles(struct buf *out, const struct report *r)
{
	int64_t most = cost_of(r);

	buf_str(out, "<section class=\"scroll\" tabindex=\"0\" "
		"aria-label=\"The roles with the most manual work\">"
		"<table class=\"bars\"><caption>The roles with the most manual "
		"work; \xe2\x96\xb2 over the 25 % rule</caption><thead><tr>"
		"<th scope=\"col\">Role</th>"
		"<th scope=\"col\" class=\"num\">Time</th>"
		"<th scope=\"col\" class=\"num\">Steps</th>"
		"<th scope=\"col\" class=\"num\">Manual</th>"
		"<th scope=\"col\" class=\"num\">Share</th>"
		"<th scope=\"col\" class=\"num\">Requests</th></tr></thead>"
		"<tbody>\n");
	for (size_t i = 0; i < r->minutes.roles.n; i++)
		role_row(out, &r->minutes.roles.items[i], most);
	if (r->minutes.roles.n == 0)
		buf_str(out, "<tr><td colspan=\"6\">none</td></tr>\n");
	buf_str(out, "</tbody></table></section>\n");
}

void part_minutes(struct buf *out, const struct report *r)
{
	char spent[FIGURES_TEXT], saved[FIGURES_TEXT];

	section(out, "min", "wide", "Manual work");
	buf_str(out, "<p class=\"soft\">");
	html_term(out, "minutes-spent");
	html_put(out, ": {} spent, {} saved.</p>",
		figures_work(r->minutes.total, spent),
		figures_work(r->minutes.saved, saved));
	buf_str(out, "<div class=\"pair\">");
	counts(out, "Manual steps", "Kind", &r->minutes.steps,
		total(&r->minutes.steps), "Steps");
	counts(out, "What they cost", "Kind", &r->minutes.cost,
		total(&r->minutes.cost), "Minutes");
	buf_str(out, "</div>");
	roles(out, r);
	buf_str(out, "</section>\n");
}
