/* The report as one page for people: everything in one file, nothing fetched,
 * nothing run. Draws what struct report holds and computes no figure. */
#ifndef LAPSE_CORE_HTML_H
#define LAPSE_CORE_HTML_H

#include "report.h"

/* Appends the page to *ret. Same report, same bytes.
 * <Errors> LAPSE_ENOMEM; *ret may have got a part. */
int report_html(const struct report *r, struct buf *ret,
	struct lapse_err *err);

/* The page as a file, whole or not at all; one that is there is replaced and
 * keeps its mode, else it is for its owner only.
 * <Errors> LAPSE_EIO, LAPSE_EREFUSED: there is something that is no file. */
int report_html_write(const struct report *r, const char *path,
	struct lapse_err *err);

#endif
