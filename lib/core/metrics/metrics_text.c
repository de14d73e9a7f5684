/* The text format: HELP, TYPE, samples. Source: Prometheus, exposition
 * formats, version 0.0.4. */
#include <inttypes.h>
#include <string.h>

#include "metrics.h"

static const char *type_name(enum metric_type type)
{
	static const char *const names[] = {
		[METRIC_GAUGE] = "gauge",
		[METRIC_COUNTER] = "counter",
		[METRIC_HISTOGRAM] = "histogram",
	};

	return names[type];
}

static void put_head(struct buf *out, const struct metric *m)
{
	buf_fmt(out, "# HELP lapse_%s %s\n", m->name, m->help);
	buf_fmt(out, "# TYPE lapse_%s %s\n", m->name, type_name(m->type));
}

/* Only these three are escaped in a label's value. */
static void put_value(struct buf *out, const char *value)
{
	for (const char *c = value; *c != '\0'; c++) {
		if (*c == '\n')
			buf_str(out, "\\n");
		else if (*c == '\\' || *c == '"')
			buf_fmt(out, "\\%c", *c);
		else
			buf_char(out, *c);
	}
}

static void put_labels(struct buf *out, const struct metric_label *labels)
{
	const char *before = "";

	for (; labels->name != NULL; labels++) {
		if (labels->value == NULL)
			continue;
		buf_fmt(out, "%s%s=\"", before, labels->name);
		put_value(out, labels->value);
		buf_char(out, '"');
		before = ",";
	}
}

int metrics_sample(struct metrics_out *o, const struct metric *m,
	const char *suffix, const struct metric_label *labels, int64_t value,
	struct lapse_err *err)
{
	AUTO_BUF name = {0};
	AUTO_BUF pairs = {0};
	const char *text;

	buf_fmt(&name, "lapse_%s%s", m->name, suffix);
	put_labels(&pairs, labels);
	text = buf_text(&pairs);
	if (o->head == NULL || strcmp(o->head, m->name) != 0)
		put_head(&o->text, m);
	o->head = m->name;
	buf_str(&o->text, buf_text(&name));
	if (*text != '\0')
		buf_fmt(&o->text, "{%s}", text);
	buf_fmt(&o->text, " %" PRId64 "\n", value);
	if (name.failed || pairs.failed || o->text.failed)
		return lapse_fail_nomem(err);
	if (!o->record)
		return 0;
	const struct lapse_field fields[] = {
		{"name", LAPSE_TEXT, buf_text(&name), 0},
		{"labels", LAPSE_TEXT, text, 0},
		{"value", LAPSE_INT, NULL, value},
		{"metric", LAPSE_TEXT, m->name, 0},
		{"type", LAPSE_TEXT, type_name(m->type), 0},
		{"help", LAPSE_TEXT, m->help, 0},
	};

	return core_record(o->l, "lapse/metric.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}
