/* The parts of the page. Whatever is not written by this program itself, and
 * every number, goes through html_put(): nobody else escapes. */
#ifndef LAPSE_CORE_HTML_PRIVATE_H
#define LAPSE_CORE_HTML_PRIVATE_H

#include "diagnose.h"
#include "figures.h"
#include "html.h"

/* ---- html_text.c: text on its way into the page ---- */

/* One text between tags. Characters that are not seen, or turn their
 * neighbours around, are shown as escapes. NULL: "not known". */
void html_text(struct buf *out, const char *text);
/* A name between tags, that one can see; and which way it runs is nobody
 * else's matter. */
void html_name(struct buf *out, const char *name);
/* ' name="value"', the blank first. name is ours. */
void html_attr(struct buf *out, const char *name, const char *value);
/* A template of ours, in which each {} stands for the next text, as
 * html_text() writes it, between tags or inside a quoted attribute. Another
 * number of texts than of {} fails the buffer. */
#define html_put(out, ...)                                                     \
	html_fill((out), (const char *const[]){__VA_ARGS__},                   \
		sizeof((const char *const[]){__VA_ARGS__}) /                   \
			sizeof(const char *))
void html_fill(struct buf *out, const char *const *texts, size_t n);

/* ---- html_style.c ---- */

/* The style sheet, and 'sha256-…' of it for the policy. */
extern const char html_style[];
int html_style_hash(struct buf *out, struct lapse_err *err);

/* ---- html_svg.c: drawings that fit any width. Lengths along x are shares of
 * the width, so that text is never stretched; along y they are pixels. ---- */

/* A bar of part/whole, with a mark at `mark` (0..1; negative: none); for the
 * eyes only, beside its number. kind is a class of the style sheet. */
void svg_bar(struct buf *out, int64_t part, int64_t whole, double mark,
	const char *kind);
/* The beginning of a drawing that stands for itself. id is ours. */
void svg_open(struct buf *out, const char *id, int height, const char *title,
	const char *description);
void svg_close(struct buf *out);
void svg_label(struct buf *out, double x, int y, const char *kind,
	const char *text);
void svg_line(struct buf *out, double x1, double y1, double x2, double y2,
	const char *kind);

/* ---- html_chart.c, html_series.c: the drawings ---- */

void chart_rule(struct buf *out, const struct report *r);
void chart_spreads(struct buf *out, const struct report *r);
void chart_hops(struct buf *out, const struct report *r);
/* elevated: of roles that can change something, with their baseline. */
void chart_series(struct buf *out, const struct report *r, bool elevated);

/* ---- html_parts.c, html_tables.c: the sections ---- */

void part_now(struct buf *out, const struct report *r);
void part_headline(struct buf *out, const struct report *r);
void part_diagnosis(struct buf *out, const struct diagnosis *d);
void part_requests(struct buf *out, const struct report *r);
void part_speed(struct buf *out, const struct report *r);
void part_hops(struct buf *out, const struct report *r);
void part_access(struct buf *out, const struct report *r);
void part_removals(struct buf *out, const struct report *r);
void part_reviews(struct buf *out, const struct report *r);
void part_seats(struct buf *out, const struct report *r);
void part_minutes(struct buf *out, const struct report *r);
void part_unknown(struct buf *out, const struct report *r);
void part_definitions(struct buf *out);

/* A figure's name, linked to what it means: html_define.c. */
void html_term(struct buf *out, const char *id);

#endif
