/* The options that several commands share, and which command takes which. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

const struct option_row options_global[] = {
	{"help", OPT_HELP, 'h', KIND_FLAG, NULL,
		"show what this command does and takes", false},
	{"version", OPT_VERSION, 'V', KIND_FLAG, NULL,
		"show the version", false},
	{"config", OPT_CONFIG, 'c', KIND_TEXT, "FILE",
		"read this configuration", false},
	{"json", OPT_JSON, 0, KIND_FLAG, NULL,
		"print one JSON object a line", false},
	{"quiet", OPT_QUIET, 'q', KIND_FLAG, NULL,
		"beside results only warnings and errors", false},
	{"verbose", OPT_VERBOSE, 'v', KIND_FLAG, NULL,
		"say more; twice: every exchange", false},
	{"color", OPT_COLOR, 0, KIND_TEXT, "WHEN",
		"colors: auto, always or never", false},
	{0},
};

static const struct option_row option_ledger = {"ledger", OPT_LEDGER, 0,
	KIND_TEXT, "FILE", "read this ledger or snapshot", false};
static const struct option_row option_dry_run = {"dry-run", OPT_DRY_RUN, 'n',
	KIND_FLAG, NULL, "read, decide and print the plan; change nothing",
	false};
static const struct option_row option_reason = {"reason", OPT_REASON, 'r',
	KIND_TEXT, "TEXT", "why; it becomes evidence", true};

/* Rows beyond the maximum would be lost: a test lists every command's. */
static size_t add_rows(struct option_row *ret, size_t n,
	const struct option_row *rows)
{
	for (; rows != NULL && rows->name != NULL && n < ROWS_MAX; rows++)
		ret[n++] = *rows;
	return n;
}

static size_t add_row(struct option_row *ret, size_t n, bool wanted,
	const struct option_row *row)
{
	if (wanted && n < ROWS_MAX)
		ret[n++] = *row;
	return n;
}

size_t cmd_options(const struct cmd *cmd, struct option_row ret[ROWS_MAX])
{
	unsigned flags = cmd == NULL ? 0 : cmd->flags;
	size_t n = 0;

	n = add_rows(ret, n, cmd == NULL ? NULL : cmd->options);
	n = add_row(ret, n, (flags & CMD_BY_HAND) != 0, &option_reason);
	n = add_row(ret, n, (flags & CMD_CHANGES) != 0, &option_dry_run);
	n = add_row(ret, n, (flags & CMD_READS) != 0, &option_ledger);
	return add_rows(ret, n, options_global);
}

const struct cmd *cmd_find(const char *name, const char *verb)
{
	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		if (strcmp((*c)->name, name) != 0)
			continue;
		if (verb == NULL)
			return *c;
		if ((*c)->verb != NULL && strcmp((*c)->verb, verb) == 0)
			return *c;
	}
	return NULL;
}

void cmd_title(const struct cmd *cmd, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s%s", cmd->name, cmd->verb == NULL ? "" : " ",
		cmd->verb == NULL ? "" : cmd->verb);
}
