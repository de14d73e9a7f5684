/* Commands and options as data: one const struct a command, in one table.
 * Parsing, help, completion and the manual's check all read it. */
#ifndef LAPSE_CLI_CMD_H
#define LAPSE_CLI_CMD_H

#include <stdio.h>

#include "lapse.h"

enum option_kind {
	KIND_FLAG,
	KIND_TEXT,
	KIND_DURATION,		/* seconds */
	KIND_TIME,		/* seconds UTC */
	KIND_LIST,		/* text; given again: joined by commas */
};

enum option_id {
	OPT_HELP,
	OPT_VERSION,
	OPT_CONFIG,
	OPT_JSON,
	OPT_QUIET,
	OPT_VERBOSE,
	OPT_COLOR,
	OPT_LEDGER,
	OPT_DRY_RUN,
	OPT_REASON,
	OPT_FULL,
	OPT_CONFIRM_INCIDENT,
	OPT_CONFIRM_REMOVALS,
	OPT_ACKNOWLEDGER,
	OPT_CAMPAIGN,
	OPT_BREAK_GLASS,
	OPT_FOR,
	OPT_ALL,
	OPT_USER,
	OPT_ROLE,
	OPT_STATE,
	OPT_AT,
	OPT_MAX_AGE,
	OPT_OUT,
	OPT_RAW,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_IDP,
	OPT_PROJECT,
	OPT_ISSUE_TYPE,
	OPT_ANCHOR,
	OPT_APPLICATION,
	OPT_ELEVATED,
	OPT_POPULATION,
	OPT_REVIEWER,
	OPT_DUE,
	OPT_NO_RESPONSE,
	OPT_KIND,
	OPT_FRESH,
	OPT_SETTLE,
	OPT_ASK,
	OPT_WINDOW,
	OPT_FAIL_ABOVE,
	OPT_HTML,
	OPT_DIAGNOSE,
	OPT_FORMAT,
	OPT_AS_OF,
	OPT_WHY,
	OPT_LATE,
	OPT_NAGIOS,
	OPT_FORWARD,
	OPT_CHECK,
	OPT_ROW,
	OPT_PROOF,
	OPT_MANIFEST,
	OPT_PUBLIC_KEY,
	OPT_WITNESS,
	OPT_JIRA,
	OPTIONS,
};

enum {
	ARGS_MAX = 4,
	ROWS_MAX = 32,		/* options that one command takes */
	LIST_MAX = 1024,	/* bytes of a list */
};

/* <Shape> a list ends with a NULL name. */
struct option_row {
	const char *name;
	enum option_id id;
	int letter;		/* 0: none */
	enum option_kind kind;
	const char *value;	/* "FILE"; NULL for a flag */
	const char *help;
	bool required;
};

enum cmd_flags {
	CMD_READS = 1,		/* takes --ledger FILE */
	CMD_CHANGES = 2,	/* takes --dry-run */
	CMD_BY_HAND = 4,	/* wants --reason, and a person */
	CMD_TIMER = 8,		/* silent when nothing is wrong and nobody
				   watches */
	CMD_OFFLINE_FILE = 16,	/* with an argument it needs nothing else */
	CMD_NAMES_VERB = 32,	/* no verb of it goes without saying */
};

struct call;

/* <Slots> check: what the tables can't say; NULL none. more: what the options
 * of this call need beyond needs; NULL nothing. run: one call of the
 * library. alone: instead of run, a command that opens nothing; returns the
 * exit status. ended: gives the status to exit with instead of ours; why is the
 * first line of talk, "" none. NULL: ours. */
struct cmd {
	const char *name;
	const char *verb;	/* of a command with several; the first one
				   in the table is meant where none is given,
				   but for CMD_NAMES_VERB */
	const char *args;	/* "ISSUE", "[DIR]"; "" none */
	int min_args, max_args;
	const char *summary;	/* "take back every access ..." */
	const char *about;	/* flowing text for help; NULL */
	const char *examples;	/* lines; NULL */
	unsigned needs;		/* enum lapse_needs */
	unsigned flags;		/* enum cmd_flags */
	const struct option_row *options;
	int (*check)(const struct call *c, struct lapse_err *err);
	unsigned (*more)(const struct call *c);
	int (*run)(const struct call *c, struct lapse *l,
		struct lapse_err *err);
	int (*alone)(const struct call *c, struct lapse_err *err);
	int (*ended)(const struct call *c, const char *why, int status);
};

/* One command line as understood. */
struct call {
	const struct cmd *cmd;
	bool verb_given;
	bool given[OPTIONS];
	const char *text[OPTIONS];
	int64_t number[OPTIONS];	/* of a flag: how often */
	char list[LIST_MAX];		/* of the one option of that kind */
	const char *args[ARGS_MAX];
	int n_args;
};

/* The table; ends with NULL. */
extern const struct cmd *const commands[];
/* The first of this name, NULL: none. verb NULL: the first of the name. */
const struct cmd *cmd_find(const char *name, const char *verb);
/* "catalog check". */
void cmd_title(const struct cmd *cmd, char *ret, size_t size);

/* The options that every command takes; ends with a NULL name. */
extern const struct option_row options_global[];
/* All rows that cmd takes, its own first; returns how many. cmd NULL: the
 * global ones. */
size_t cmd_options(const struct cmd *cmd, struct option_row ret[ROWS_MAX]);

/* <Errors> LAPSE_EUSAGE with one line that says what to do. ret->cmd is set
 * as far as it was understood, and which
 * flags were given, though something else be wrong. */
int call_parse(struct call *ret, int argc, char **argv, struct lapse_err *err);

/* The name in list (ends with NULL) that text was probably meant to be, or
 * NULL. */
const char *guess(const char *text, const char *const *list);

void help_overview(FILE *out);
void help_command(FILE *out, const struct cmd *cmd);
/* All verbs of the name where none is given. */
void help_verbs(FILE *out, const char *name, const char *verb);
/* The topics that are not commands; ends with a NULL name. */
struct topic {
	const char *name;
	const char *summary;
	const char *text;		/* NULL: made by print */
	void (*print)(FILE *out);
};
extern const struct topic topics[];

#endif
