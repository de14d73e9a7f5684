/* lapse help: made from the tables of commands, options and topics. */
#include "commands.h"

#include <string.h>

#include "fail.h"

enum {
	SUMMARY_AT = 20,	/* column where summaries begin */
	TEXT_WIDTH = 78,
	OPTION_AT = 26,
};

/* ---- The overview ---- */

static bool is_first_of_name(const struct cmd *cmd)
{
	return cmd_find(cmd->name, NULL) == cmd;
}

void help_overview(FILE *out)
{
	char title[64];

	fputs("Usage: lapse COMMAND [ARGUMENT...] [OPTION...]\n\n"
		"Access for as long as it is needed: asked for and approved in "
		"Jira, granted as\nmembership in an identity provider's group, "
		"taken away when the time is up.\n\nCommands:\n", out);
	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		cmd_title(*c, title, sizeof(title));
		fprintf(out, "  %-*s   %s\n", SUMMARY_AT - 5, title,
			(*c)->summary);
	}
	fputs("\nTopics:\n", out);
	for (const struct topic *t = topics; t->name != NULL; t++)
		fprintf(out, "  %-*s  %s\n", SUMMARY_AT - 4, t->name,
			t->summary);
	fputs("\n'lapse help COMMAND' and 'lapse help TOPIC' say more; so does "
		"'man lapse'.\n", out);
}

/* ---- One command ---- */

/* Flowing text, broken at blanks; every line but the first begins at column
 * indent, and the first is at column already. */
static void print_wrapped(FILE *out, const char *text, int column, int indent)
{
	bool first = true;

	while (*text != '\0') {
		int len = (int)strcspn(text, " ");

		if (!first && column + 1 + len > TEXT_WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
			first = true;
		}
		column += fprintf(out, "%s%.*s", first ? "" : " ", len, text);
		first = false;
		text += len;
		text += strspn(text, " ");
	}
}

/* A long name leaves the line to itself. */
static void print_option(FILE *out, const struct option_row *row)
{
	char left[64];
	char letter[8] = "    ";

	if (row->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name,
		row->value == NULL ? "" : "=",
		row->value == NULL ? "" : row->value);
	if (strlen(left) > OPTION_AT - 4)
		fprintf(out, "  %s\n%*s", left, OPTION_AT, "");
	else
		fprintf(out, "  %-*s  ", OPTION_AT - 4, left);
	print_wrapped(out, row->help, OPTION_AT, OPTION_AT);
	fputs(row->required ? " (needed)\n" : "\n", out);
}

/* Each line indented. */
static void print_lines(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		fprintf(out, "    %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void print_needs(FILE *out, const struct cmd *cmd)
{
	if ((cmd->needs & LAPSE_NEED_NET) != 0)
		fputs("\nNeeds the network: Jira and the providers.\n", out);
	else if (cmd->alone == NULL && (cmd->flags & CMD_READS) != 0)
		fputs("\nNeeds only a ledger: no network, no credential.\n",
			out);
}

void help_command(FILE *out, const struct cmd *cmd)
{
	struct option_row rows[ROWS_MAX];
	size_t n = cmd_options(cmd, rows);
	char title[64];

	cmd_title(cmd, title, sizeof(title));
	fprintf(out, "Usage: lapse %s %s%s[OPTION...]\n\nlapse %s: %s.\n",
		title, cmd->args, *cmd->args == '\0' ? "" : " ", title,
		cmd->summary);
	if (cmd->about != NULL) {
		fputc('\n', out);
		print_wrapped(out, cmd->about, 0, 0);
		fputc('\n', out);
	}
	if (cmd->examples != NULL) {
		fputs("\nExamples:\n", out);
		print_lines(out, cmd->examples);
	}
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < n; i++)
		print_option(out, &rows[i]);
	print_needs(out, cmd);
}

void help_verbs(FILE *out, const char *name, const char *verb)
{
	const struct cmd *first = cmd_find(name, verb);

	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		if (strcmp((*c)->name, name) != 0 ||
			(verb != NULL && *c != first))
			continue;
		if (verb == NULL && !is_first_of_name(*c))
			fputc('\n', out);
		help_command(out, *c);
	}
}

/* ---- lapse help [COMMAND [VERB] | TOPIC] ---- */

static const struct topic *topic_find(const char *name)
{
	for (const struct topic *t = topics; t->name != NULL; t++) {
		if (strcmp(t->name, name) == 0)
			return t;
	}
	return NULL;
}

static int no_such(const char *name, struct lapse_err *err)
{
	const char *names[80] = {NULL};
	const char *near;
	size_t n = 0;

	for (const struct cmd *const *c = commands; *c != NULL && n < 60; c++)
		names[n++] = (*c)->name;
	for (const struct topic *t = topics; t->name != NULL && n < 79; t++)
		names[n++] = t->name;
	near = guess(name, names);
	if (near != NULL)
		return fail(err, LAPSE_EUSAGE,
			"no help on '%s'; did you mean 'lapse help %s'?", name,
			near);
	return fail(err, LAPSE_EUSAGE, "no help on '%s'; see 'lapse help'",
		name);
}

static int help_name(const char *name, const char *verb, struct lapse_err *err)
{
	if (cmd_find(name, verb) == NULL)
		return no_such(verb == NULL ? name : verb, err);
	help_verbs(stdout, name, verb);
	return 0;
}

static int help(const struct call *c, struct lapse_err *err)
{
	const struct topic *topic;

	if (c->n_args == 0) {
		help_overview(stdout);
		return 0;
	}
	topic = topic_find(c->args[0]);
	if (topic == NULL)
		return help_name(c->args[0], c->args[1], err);
	if (topic->print != NULL)
		topic->print(stdout);
	else
		fputs(topic->text, stdout);
	return 0;
}

const struct cmd cmd_help = {
	.name = "help",
	.args = "[COMMAND | TOPIC]",
	.max_args = 2,
	.summary = "show help on a command or a topic",
	.examples = "lapse help grant\nlapse help exit-codes",
	.alone = help,
};
