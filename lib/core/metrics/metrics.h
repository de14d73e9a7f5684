/* What monitoring reads, in the text format of Prometheus. */
#ifndef LAPSE_CORE_METRICS_H
#define LAPSE_CORE_METRICS_H

#include "core.h"

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_HISTOGRAM,
};

/* One metric: lapse_NAME. help is one line. */
struct metric {
	const char *name;
	enum metric_type type;
	const char *help;
};

/* Where samples go: lines of text, and records where nobody wants a file. */
struct metrics_out {
	struct lapse *l;
	struct buf text;
	const char *head;	/* the metric that HELP and TYPE were said of */
	bool record;
};

/* One sample, its metric's HELP and TYPE before the first. suffix: "_bucket"
 * of a histogram, else "". Labels are pairs of name and value, ended by a NULL
 * name; a pair whose value is NULL is left out. */
struct metric_label {
	const char *name;
	const char *value;
};
int metrics_sample(struct metrics_out *o, const struct metric *m,
	const char *suffix, const struct metric_label *labels, int64_t value,
	struct lapse_err *err);

/* Makes or replaces the file: whole and on disk, or as it was. Mode 0644, for
 * others read it. <Errors> LAPSE_EIO. */
int metrics_write(const char *path, const struct buf *text,
	struct lapse_err *err);

/* Outside of a transaction: notes for monitoring, which has no credential, when
 * those of the open providers end. */
int metrics_credentials(struct lapse *l, struct lapse_err *err);

#endif
