/* The page from its first byte to its last. */
#include "html_private.h"

#include <stdio.h>
#include <string.h>

#include "when.h"
#include "whole.h"

/* "1 Nov 2026 10:00 UTC" */
static const char *moment(int64_t at, char text[FIGURES_TEXT])
{
	AUTO_BUF b = {0};

	when_for_reader(&b, at, NULL);
	snprintf(text, FIGURES_TEXT, "%s", buf_text(&b));
	return text;
}

/* "1 Nov 2026" */
static const char *day(int64_t at, char text[FIGURES_TEXT])
{
	char *year;

	moment(at, text);
	year = strrchr(text, ':');
	if (year != NULL && year - text > 3)
		year[-3] = '\0';
	return text;
}

/* Nothing is loaded, nothing runs, no form goes anywhere; the one style is
 * known by its hash, so not even an attribute could bring another one. */
static int head(struct buf *out, const struct report *r, struct lapse_err *err)
{
	char from[FIGURES_TEXT], until[FIGURES_TEXT];
	int rc;

	buf_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; style-src ");
	rc = html_style_hash(out, err);
	if (rc != 0)
		return rc;
	html_put(out, "; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta name=\"robots\" content=\"noindex\">\n"
		"<title>Access report, {} to {}</title>\n<style>",
		day(r->from, from), day(r->until, until));
	buf_str(out, html_style);
	buf_str(out, "</style>\n</head>\n<body>\n"
		"<a class=\"skip\" href=\"#figures\">To the figures</a>\n");
	return 0;
}

/* ---- The first lines ---- */

static void lead_requests(struct buf *out, const struct report *r)
{
	char a[FIGURES_TEXT], b[FIGURES_TEXT], c[FIGURES_TEXT];

	if (r->requests.closed <= 0) {
		buf_str(out, "No request for access was closed. ");
		return;
	}
	html_put(out, "Of {} {} ({}) needed nobody but their approver. ",
		figures_many(r->requests.closed, "closed request",
		"closed requests", a),
		figures_count(r->requests.automatic, b),
		figures_share(r->requests.automatic, r->requests.closed, c));
}

static void lead_late(struct buf *out, const struct report *r)
{
	char a[FIGURES_TEXT];

	if (r->now_open.overdue == 0 && r->now_open.parked == 0)
		buf_str(out, "<strong>Nothing is overdue.</strong>");
	else if (r->now_open.overdue <= 0)
		html_put(out, "<strong>Parked now: {}.</strong>",
			figures_count(r->now_open.parked, a));
	else
		html_put(out, "<strong>Overdue now: {}.</strong>",
			figures_count(r->now_open.overdue, a));
}

static void lead(struct buf *out, const struct report *r)
{
	char a[FIGURES_TEXT];

	buf_str(out, "<p class=\"lead\">");
	lead_requests(out, r);
	if (r->elevated.removed > 0)
		html_put(out, "{} of the privileged access that stood before "
			"lapse is gone. ",
			figures_ratio(r->elevated.removed, a));
	lead_late(out, r);
	buf_str(out, "</p>\n");
}

static void header(struct buf *out, const struct report *r)
{
	char from[FIGURES_TEXT], until[FIGURES_TEXT], now[FIGURES_TEXT],
		length[FIGURES_TEXT];

	html_put(out, "<header>\n<h1>Least privilege, measured</h1>\n"
		"<p class=\"when\">{} to {} ({}), as of {}</p>\n",
		day(r->from, from), day(r->until, until),
		figures_span(r->until - r->from, length),
		moment(r->now, now));
	lead(out, r);
	buf_str(out, "</header>\n");
}

/* What a reader needs to hold the page against the ledger. */
static void footer(struct buf *out, const struct report *r)
{
	char seq[FIGURES_TEXT], first[FIGURES_TEXT], from[FIGURES_TEXT],
		until[FIGURES_TEXT];

	snprintf(seq, sizeof(seq), "%lld", (long long)r->head_seq);
	html_put(out, "<footer>\n<p>The window is {} to {}. Computed by "
		"lapse {} from ledger <bdi>{}</bdi>, which began {}, at event {} of its evidence "
		"chain, <code>{}</code>. This page loads nothing and runs "
		"nothing.</p>\n</footer>\n", moment(r->from, from),
		moment(r->until, until), LAPSE_VERSION, r->ledger,
		moment(r->first_at, first), seq, r->head);
}

static void sections(struct buf *out, const struct report *r,
	const struct diagnosis *d)
{
	buf_str(out, "<main id=\"figures\">\n");
	part_now(out, r);
	part_headline(out, r);
	part_diagnosis(out, d);
	part_requests(out, r);
	part_speed(out, r);
	part_access(out, r);
	part_hops(out, r);
	part_removals(out, r);
	part_minutes(out, r);
	part_reviews(out, r);
	part_seats(out, r);
	part_unknown(out, r);
	part_definitions(out);
	buf_str(out, "</main>\n");
}

int report_html(const struct report *r, struct buf *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct diagnosis d;
	int rc = diagnose(r, &a, &d, err);

	if (rc == 0)
		rc = head(ret, r, err);
	if (rc != 0)
		return rc;
	header(ret, r);
	sections(ret, r, &d);
	footer(ret, r);
	buf_str(ret, "</body>\n</html>\n");
	return buf_check(ret, err, "report");
}

int report_html_write(const struct report *r, const char *path,
	struct lapse_err *err)
{
	AUTO_BUF page = {0};
	int rc = report_html(r, &page, err);

	return rc == 0 ? whole_write("report", path, &page, err) : rc;
}
