/* Drawings that fit any width without a script: along x everything is a
 * percentage, along y a pixel. Styles are classes, since the page's policy
 * forbids style attributes. */
#include "html_private.h"

static double share(int64_t part, int64_t whole)
{
	if (part <= 0 || whole <= 0)
		return 0;
	return part >= whole ? 1 : (double)part / (double)whole;
}

void svg_bar(struct buf *out, int64_t part, int64_t whole, double mark,
	const char *kind)
{
	double x = 100 * share(part, whole);

	buf_str(out, "<svg class=\"bar\" aria-hidden=\"true\">"
		"<rect class=\"track\" width=\"100%\" height=\"10\" rx=\"2\"/>");
	if (x > 0)
		buf_fmt(out, "<rect class=\"%s\" width=\"%.2f%%\" "
			"height=\"10\" rx=\"2\"/>", kind, x < 0.6 ? 0.6 : x);
	if (mark >= 0)
		svg_line(out, mark, -3, mark, 13, "rule");
	buf_str(out, "</svg>");
}

void svg_open(struct buf *out, const char *id, int height, const char *title,
	const char *description)
{
	buf_fmt(out, "<svg class=\"chart %s\" role=\"img\" height=\"%d\" "
		"aria-labelledby=\"%s-t\" aria-describedby=\"%s-d\">"
		"<title id=\"%s-t\">", id, height, id, id, id);
	html_text(out, title);
	buf_fmt(out, "</title><desc id=\"%s-d\">", id);
	html_text(out, description);
	buf_str(out, "</desc>");
}

void svg_close(struct buf *out)
{
	buf_str(out, "</svg>\n");
}

void svg_label(struct buf *out, double x, int y, const char *kind,
	const char *text)
{
	buf_fmt(out, "<text x=\"%.2f%%\" y=\"%d\" class=\"%s\">", 100 * x, y,
		kind);
	html_text(out, text);
	buf_str(out, "</text>");
}

void svg_line(struct buf *out, double x1, double y1, double x2, double y2,
	const char *kind)
{
	buf_fmt(out, "<line x1=\"%.2f%%\" y1=\"%.1f\" x2=\"%.2f%%\" "
		"y2=\"%.1f\" class=\"%s\"/>", 100 * x1, y1, 100 * x2, y2, kind);
}
