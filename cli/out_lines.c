/* How records are laid out for eyes: the lines of checks and events, the one
 * record that is a page of its own, and which columns a table shows. What a
 * record holds is seen with --json, and in a table with -v. */
#include "out.h"

#include <stdlib.h>
#include <string.h>

enum {
	WHY_LINES = 13,		/* the rest are the same in ids */
};

static const struct lapse_field *field(const struct lapse_field *fields,
	size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	return NULL;
}

static bool is_empty(const struct lapse_field *f)
{
	if (f == NULL)
		return true;
	if (f->kind == LAPSE_TEXT || f->kind == LAPSE_NUMBER)
		return f->text == NULL || *f->text == '\0';
	return (f->kind == LAPSE_TIME || f->kind == LAPSE_SECONDS) &&
		f->number == INT64_MIN;
}

/* Prints before, the value and after; nothing where the value is empty. */
static void put(struct out *o, const char *before,
	const struct lapse_field *f, const char *after)
{
	char *cell;

	if (is_empty(f))
		return;
	cell = out_cell(o, f);
	if (cell == NULL)
		o->failed = true;
	else
		fprintf(o->to, "%s%s%s", before, cell, after);
	free(cell);
}

/* How a check came out; the last one for what is not known here. */
static const struct mark {
	const char *state;
	const char *word;	/* six columns */
	const char *color;
	bool to_do;
} marks[] = {
	{"ok", "ok    ", "32", false},
	{"warn", "warn  ", "33", true},
	{"unknown", "?     ", "36", false},
	{"fail", "FAIL  ", "31", true},
};

static const struct mark *mark_of(const struct lapse_field *state)
{
	size_t i = 0;

	while (i < sizeof(marks) / sizeof(*marks) - 1 &&
		(state == NULL || strcmp(marks[i].state, state->text) != 0))
		i++;
	return &marks[i];
}

static void print_check(struct out *o, const struct lapse_field *fields,
	size_t n)
{
	const struct mark *m = mark_of(field(fields, n, "state"));

	if (o->color)
		fprintf(o->to, "\033[%sm%s\033[0m", m->color, m->word);
	else
		fputs(m->word, o->to);
	put(o, "", field(fields, n, "what"), "");
	put(o, ": ", field(fields, n, "detail"), "");
	fputc('\n', o->to);
	if (m->to_do)
		put(o, "      to do: ", field(fields, n, "hint"), "\n");
}

static void print_event(struct out *o, const struct lapse_field *fields,
	size_t n)
{
	put(o, "", field(fields, n, "at"), "  ");
	put(o, "", field(fields, n, "who"), ": ");
	put(o, "", field(fields, n, "what"), "");
	put(o, " [", field(fields, n, "seq"), "]");
	fputc('\n', o->to);
}

static void print_card(struct out *o, const struct lapse_field *fields,
	size_t n)
{
	size_t widest = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(fields[i].name);

		if (len > widest && !is_empty(&fields[i]))
			widest = len;
	}
	for (size_t i = 0; i < n; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%-*s  ", (int)widest,
			fields[i].name);
		for (char *c = name; *c != '\0'; c++)
			*c = *c == '_' ? ' ' : *c;
		put(o, name, &fields[i], "\n");
	}
}

/* A question of the diagnosis, its answer and what it rests on. */
static void print_answer(struct out *o, const struct lapse_field *fields,
	size_t n)
{
	if (o->printed)
		fputc('\n', o->to);
	put(o, "", field(fields, n, "question"), "  ");
	if (o->color)
		fputs("\033[1m", o->to);
	put(o, "", field(fields, n, "answer"), "");
	fprintf(o->to, "%s\n", o->color ? "\033[0m" : "");
	put(o, "    ", field(fields, n, "evidence"), "\n");
}

static void print_step(struct out *o, const struct lapse_field *fields,
	size_t n)
{
	put(o, "\nnext: ", field(fields, n, "move"), "\n");
	put(o, "      $ ", field(fields, n, "command"), "\n");
}

/* Page after page: a blank line between them. */
static void print_why(struct out *o, const struct lapse_field *fields,
	size_t n)
{
	if (o->printed && o->schema == NULL)
		fputc('\n', o->to);
	print_card(o, fields, o->wide ? n : WHY_LINES);
}

static const char *text_of(const struct lapse_field *fields, size_t n,
	const char *name)
{
	const struct lapse_field *f = field(fields, n, name);

	return f == NULL || f->text == NULL ? "" : f->text;
}

/* As the file that `metrics --out` writes. */
static void print_metric(struct out *o, const struct lapse_field *fields,
	size_t n)
{
	const char *metric = text_of(fields, n, "metric");

	if (strcmp(o->metric, metric) != 0) {
		snprintf(o->metric, sizeof(o->metric), "%s", metric);
		fprintf(o->to, "# HELP lapse_%s %s\n# TYPE lapse_%s %s\n",
			metric, text_of(fields, n, "help"), metric,
			text_of(fields, n, "type"));
	}
	put(o, "", field(fields, n, "name"), "");
	put(o, "{", field(fields, n, "labels"), "}");
	put(o, " ", field(fields, n, "value"), "\n");
}

static void print_health(struct out *o, const struct lapse_field *fields,
	size_t n)
{
	put(o, "LAPSE ", field(fields, n, "word"), "");
	put(o, " - ", field(fields, n, "said"), "");
	put(o, " | ", field(fields, n, "figures"), "\n");
}

static const struct {
	const char *schema;
	void (*print)(struct out *o, const struct lapse_field *fields,
		size_t n);
} layouts[] = {
	{"lapse/doctor.v1", print_check},
	{"lapse/event.v1", print_event},
	{"lapse/status.v1", print_card},
	{"lapse/report-about.v1", print_card},
	{"lapse/report.v1", out_report},
	{"lapse/diagnosis.v1", print_answer},
	{"lapse/diagnosis-step.v1", print_step},
	{"lapse/why.v1", print_why},
	{"lapse/metric.v1", print_metric},
	{"lapse/health.v1", print_health},
};

bool out_lines(struct out *o, const char *schema,
	const struct lapse_field *fields, size_t n)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		if (strcmp(layouts[i].schema, schema) != 0)
			continue;
		if (o->schema != NULL) {
			out_table_flush(o, true);
			fputc('\n', o->to);
		}
		layouts[i].print(o, fields, n);
		o->printed = true;
		return true;
	}
	return false;
}

/* ---- Tables ---- */

static const struct {
	const char *schema;
	const char *columns;	/* blanks around each */
} tables[] = {
	{"lapse/grant.v1",
		" grant issue role name state starts_at ends_at late"
		" end_reason provider_end provider_ends_at outlasted "},
	{"lapse/request.v1",
		" issue state role name duration waits_for why changed_at "},
	{"lapse/hold.v1",
		" hold grant idp group group_name login before verified_at"
		" ends_at released_at observed_at provider_end"
		" provider_ends_at "},
	{"lapse/change.v1",
		" change kind state idp group_name login grant due_at attempts"
		" next_attempt_at settled_at error "},
	{"lapse/approval.v1",
		" issue approval state method name why decision answered_at"
		" grant unchanged "},
	{"lapse/removal.v1",
		" how change state grant issue role group_name login reason"
		" due_at executed_at verified_at late "},
	{"lapse/notice.v1",
		" notice issue kind state created_at attempts next_attempt_at"
		" error "},
	{"lapse/message.v1",
		" message issue kind name state said_at channel"
		" next_attempt_at why "},
	{"lapse/slack-answer.v1",
		" issue approval name decision form counts why words read_at "},
	{"lapse/review.v1",
		" review issue state due_at items open kept revoked removed"
		" limited not_reviewed stale moving acknowledgement "},
	{"lapse/review-sheet.v1",
		" review issue name why form items open escalated_at "},
	{"lapse/reclaim.v1",
		" idp group login role action why last_use last_use_at source"
		" due_at seat_cost "},
	{"lapse/drift.v1",
		" kind idp group_name login role grant issue since seen_at"
		" added_by command "},
	{"lapse/drift-group.v1",
		" kind idp group_name members seen_at command "},
	{"lapse/rebuild-difference.v1",
		" issue grant what ledger jira "},
	{"lapse/who.v1",
		" role idp group group_name login name by grant issue since_at"
		" until_at observed_at basis "},
};

bool out_is_shown(const char *schema, const char *name)
{
	char wanted[72];

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (strcmp(tables[i].schema, schema) != 0)
			continue;
		snprintf(wanted, sizeof(wanted), " %s ", name);
		return strstr(tables[i].columns, wanted) != NULL;
	}
	return true;
}
