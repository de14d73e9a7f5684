/* One run of the program: parse, open, call, finish. What a command needs is
 * in its row of the table; nothing here knows a command by name. */
#include "run.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "env.h"
#include "fail.h"
#include "operator.h"
#include "paths.h"
#include "process.h"

/* ---- What the streams are ---- */

static bool wants_color(const struct call *c, int fd)
{
	const char *when = c->text[OPT_COLOR];
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (when != NULL && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return isatty(fd) && (no_color == NULL || *no_color == '\0') &&
		term != NULL && strcmp(term, "dumb") != 0;
}

static void open_streams(struct surroundings *s, const struct call *c,
	const struct lapse_env *env)
{
	bool timer = c->cmd != NULL && (c->cmd->flags & CMD_TIMER) != 0;
	bool asked = c->given[OPT_JSON] || c->given[OPT_VERBOSE] ||
		c->given[OPT_DRY_RUN];

	out_open(&s->out, stdout, env->now(env->arg));
	s->out.json = c->given[OPT_JSON];
	s->out.terminal = isatty(STDOUT_FILENO) != 0;
	s->out.color = wants_color(c, STDOUT_FILENO);
	s->out.wide = c->given[OPT_VERBOSE];
	s->out.silent = timer && !asked && !s->out.terminal;
	talk_open(&s->talk);
	s->talk.quiet = c->given[OPT_QUIET];
	s->talk.verbose = (int)c->number[OPT_VERBOSE];
	s->talk.watched = !timer || isatty(STDERR_FILENO);
	s->talk.color = wants_color(c, STDERR_FILENO);
	s->talk.record = c->cmd != NULL && c->cmd->alone == NULL &&
		!c->given[OPT_DRY_RUN];
}

/* ---- The end ---- */

static const char *exit_name(int status)
{
	static const struct {
		int status;
		const char *name;
	} names[] = {
		{LAPSE_EXIT_INTERNAL, "internal"},
		{LAPSE_EXIT_RETRY, "retry"},
		{LAPSE_EXIT_OVERDUE, "overdue"},
		{LAPSE_EXIT_REFUSED, "refused"},
		{LAPSE_EXIT_NOT_FOUND, "not-found"},
		{LAPSE_EXIT_PENDING, "pending"},
		{LAPSE_EXIT_USAGE, "usage"},
		{LAPSE_EXIT_LEDGER, "ledger"},
		{LAPSE_EXIT_UNAVAILABLE, "unavailable"},
		{LAPSE_EXIT_IO, "io"},
		{LAPSE_EXIT_AGAIN, "again"},
		{LAPSE_EXIT_PROTOCOL, "protocol"},
		{LAPSE_EXIT_DENIED, "denied"},
		{LAPSE_EXIT_CONFIG, "config"},
		{130, "interrupted"},
		{143, "terminated"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].status == status)
			return names[i].name;
	}
	return "unknown";
}

static void say_exit(const struct surroundings *s, int status)
{
	const struct lapse_field fields[] = {
		{"code", LAPSE_INT, NULL, status},
		{"name", LAPSE_TEXT, exit_name(status), 0},
		{"message", LAPSE_TEXT,
			*s->talk.first == '\0' ? NULL : s->talk.first, 0},
	};
	char *line = lapse_record_json("lapse/exit.v1", fields,
		sizeof(fields) / sizeof(*fields));

	if (line != NULL)
		fprintf(stderr, "%s\n", line);
	free(line);
}

static void say_error(struct surroundings *s, const struct lapse_err *err)
{
	char *line = lapse_line(err->text);

	talk_line(&s->talk, LAPSE_ERROR, line == NULL ? "no memory" : line);
	free(line);
}

/* Closes stdout, tells how it ended, and gives the status to exit with. */
static int end(struct surroundings *s, int status)
{
	struct lapse_err err = {0};
	bool silent = s->out.failed;

	if (out_close(&s->out, &err) < 0) {
		if (!silent || *s->talk.first == '\0')
			say_error(s, &err);
		status = lapse_exit_worse(status, LAPSE_EXIT_IO);
	}
	if (process_signal() != 0)
		status = 128 + process_signal();
	if (status != 0 && s->out.json)
		say_exit(s, status);
	return status;
}

/* ---- The commands ---- */

/* A configuration that was named must be there; one that is merely usual need
 * not be, and with --ledger it is not looked at. */
static unsigned needs_of(const struct call *c)
{
	bool reads = (c->cmd->flags & CMD_READS) != 0;
	unsigned needs = c->cmd->needs;

	if ((c->cmd->flags & CMD_OFFLINE_FILE) != 0 && c->n_args > 0)
		return 0;
	if (c->cmd->more != NULL)
		needs |= c->cmd->more(c);
	if (c->given[OPT_LEDGER] && !c->given[OPT_CONFIG])
		needs &= ~(unsigned)(LAPSE_NEED_CONFIG | LAPSE_MAY_CONFIG);
	if (reads && c->given[OPT_CONFIG])
		needs |= LAPSE_NEED_CONFIG;
	return needs;
}

static int with_library(const struct call *c, struct surroundings *s,
	const struct lapse_env *env)
{
	char title[64], name[256], config[PATHS_MAX];
	struct lapse_err err = {0};
	struct lapse *l = NULL;
	int rc, status;
	struct lapse_options options = {
		.command = title,
		.needs = needs_of(c),
		.config = paths_config(c, config, sizeof(config)),
		.ledger = c->text[OPT_LEDGER],
		/* No timer confirms anything. */
		.operator_login = operator_login(
			(c->cmd->flags & CMD_TIMER) != 0 &&
				!c->given[OPT_CONFIRM_INCIDENT] &&
				!c->given[OPT_CONFIRM_REMOVALS],
			name, sizeof(name)),
		.dry_run = c->given[OPT_DRY_RUN],
		.unattended = (c->cmd->flags & CMD_TIMER) != 0 &&
			!s->talk.watched && s->talk.verbose == 0,
	};

	cmd_title(c->cmd, title, sizeof(title));
	for (char *blank = strchr(title, ' '); blank != NULL;
		blank = strchr(blank, ' '))
		*blank = '-';	/* it becomes part of a file's name */
	rc = lapse_open(&l, &options, env, &err);
	if (rc < 0) {
		/* A second sweep is no news: the first one does the work. */
		if (rc != LAPSE_EAGAIN || (c->cmd->flags & CMD_TIMER) == 0 ||
			s->talk.watched || s->talk.verbose > 0)
			say_error(s, &err);
		return lapse_exit_of(rc);
	}
	rc = c->cmd->run(c, l, &err);
	/* A remote that failed for the run has been said already. */
	if (rc < 0 && !(rc == LAPSE_EIO && s->out.failed) &&
		(*s->talk.first == '\0' ||
			strstr(err.text, s->talk.first) == NULL))
		say_error(s, &err);
	status = lapse_finish(l, rc);
	lapse_free(l);
	return status;
}

static int alone(const struct call *c, struct surroundings *s)
{
	struct lapse_err err = {0};
	int rc = c->cmd->alone(c, &err);

	if (rc < 0)
		say_error(s, &err);
	return lapse_exit_of(rc);
}

static int dispatch(const struct call *c, struct surroundings *s,
	const struct lapse_env *env)
{
	if (c->given[OPT_HELP] && c->cmd != NULL)
		help_verbs(stdout, c->cmd->name,
			c->verb_given ? c->cmd->verb : NULL);
	else if (c->given[OPT_HELP])
		help_overview(stdout);
	else if (c->given[OPT_VERSION])
		printf("lapse %s\n", LAPSE_VERSION);
	else if (c->cmd->alone != NULL)
		return alone(c, s);
	else
		return with_library(c, s, env);
	return 0;
}

/* A command line that is wrong still says in which form it wants the error. */
static bool asks_json(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return true;
	}
	return false;
}

/* The status by the command's own rules, where it has some. */
static int ended(const struct surroundings *s, const struct call *c,
	int status)
{
	if (c->cmd == NULL || c->cmd->ended == NULL || c->given[OPT_HELP] ||
		c->given[OPT_VERSION])
		return status;
	return c->cmd->ended(c, s->talk.first, status);
}

int run(int argc, char **argv)
{
	struct surroundings s;
	struct lapse_env env;
	struct lapse_err err = {0};
	struct call call;
	bool json = asks_json(argc, argv);	/* parsing moves the words */
	int rc;

	setlocale(LC_CTYPE, "");
	env_fill(&env, &s);
	rc = call_parse(&call, argc, argv, &err);
	open_streams(&s, &call, &env);
	if (rc < 0) {
		s.talk.record = false;
		s.out.json = json;
		say_error(&s, &err);
		return end(&s, ended(&s, &call, lapse_exit_of(err.code)));
	}
	return end(&s, ended(&s, &call, dispatch(&call, &s, &env)));
}
