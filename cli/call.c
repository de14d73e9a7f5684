/* The command line as one struct call. argp does the parsing; before it, each
 * option is checked to be one that this command takes, spelled in full, with
 * its value, so that every mistake is told in one line of our own. */
#include "cmd.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

enum {
	KEY_LONG = 0x100,	/* argp keys of options without a letter */
	VERBS_MAX = 7,
};

/* What one parse works on. */
struct parse {
	struct call *call;
	struct option_row rows[ROWS_MAX];
	size_t n;
	struct lapse_err *err;
	int rc;
};

static int row_key(const struct option_row *row)
{
	return row->letter != 0 ? row->letter : KEY_LONG + (int)row->id;
}

static const struct option_row *row_by_name(const struct parse *p,
	const char *name, size_t len)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strlen(p->rows[i].name) == len &&
			strncmp(p->rows[i].name, name, len) == 0)
			return &p->rows[i];
	}
	return NULL;
}

static const struct option_row *row_by_letter(const struct parse *p, int letter)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->rows[i].letter == letter)
			return &p->rows[i];
	}
	return NULL;
}

/* ---- Mistakes, in words ---- */

/* "lapse grant --help", for the end of a line. */
static void help_hint(const struct parse *p, char *ret, size_t size)
{
	char title[64];

	if (p->call->cmd == NULL) {
		snprintf(ret, size, "see 'lapse help'");
		return;
	}
	cmd_title(p->call->cmd, title, sizeof(title));
	snprintf(ret, size, "see 'lapse %s --help'", title);
}

static int unknown_option(const struct parse *p, const char *name, size_t len)
{
	const char *names[ROWS_MAX + 1] = {NULL};
	char asked[64], hint[128];
	const char *near;

	for (size_t i = 0; i < p->n; i++)
		names[i] = p->rows[i].name;
	snprintf(asked, sizeof(asked), "%.*s", (int)len, name);
	near = guess(asked, names);
	if (near != NULL)
		return fail(p->err, LAPSE_EUSAGE,
			"option '--%s' is not known here; did you mean "
			"'--%s'?", asked, near);
	help_hint(p, hint, sizeof(hint));
	return fail(p->err, LAPSE_EUSAGE,
		"option '--%s' is not known here; %s", asked, hint);
}

static int unknown_letter(const struct parse *p, char letter)
{
	char hint[128];

	help_hint(p, hint, sizeof(hint));
	return fail(p->err, LAPSE_EUSAGE, "option '-%c' is not known here; %s",
		letter, hint);
}

static int wants_value(const struct parse *p, const struct option_row *row)
{
	return fail(p->err, LAPSE_EUSAGE, "option '--%s' needs a value: "
		"--%s=%s", row->name, row->name, row->value);
}

/* ---- The check before argp ---- */

/* One "--name" or "--name=value". Returns 1 when the next word is its value. */
static int check_long(const struct parse *p, const char *word, bool has_next)
{
	size_t len = strcspn(word, "=");
	const struct option_row *row = row_by_name(p, word, len);

	if (row == NULL)
		return unknown_option(p, word, len);
	if (row->kind == KIND_FLAG && word[len] == '=')
		return fail(p->err, LAPSE_EUSAGE,
			"option '--%s' takes no value", row->name);
	if (row->kind == KIND_FLAG || word[len] == '=')
		return 0;
	return has_next ? 1 : wants_value(p, row);
}

/* One "-vq" or "-rTEXT". */
static int check_letters(const struct parse *p, const char *word, bool has_next)
{
	for (; *word != '\0'; word++) {
		const struct option_row *row = row_by_letter(p, *word);

		if (row == NULL)
			return unknown_letter(p, *word);
		if (row->kind == KIND_FLAG)
			continue;
		if (word[1] != '\0')
			return 0;
		return has_next ? 1 : wants_value(p, row);
	}
	return 0;
}

/* Walks the options up to the first other word (stop) or to the end.
 * *ret_at: where that word is, argc if there is none. */
static int check_words(const struct parse *p, int argc, char **argv, bool stop,
	int *ret_at)
{
	int i, rc = 0;

	for (i = 1; i < argc; i += 1 + rc) {
		bool has_next = i + 1 < argc;

		rc = 0;
		if (strcmp(argv[i], "--") == 0)
			break;
		if (strncmp(argv[i], "--", 2) == 0)
			rc = check_long(p, argv[i] + 2, has_next);
		else if (argv[i][0] == '-' && argv[i][1] != '\0')
			rc = check_letters(p, argv[i] + 1, has_next);
		else if (stop)
			break;
		if (rc < 0)
			return rc;
	}
	*ret_at = i > argc ? argc : i;
	return 0;
}

/* ---- What argp calls ---- */

/* Appends to the list, which becomes the value. */
static int take_item(struct call *c, const char **text, struct lapse_err *why)
{
	size_t len = strlen(c->list);
	int more = snprintf(c->list + len, sizeof(c->list) - len, "%s%s",
		len > 0 ? "," : "", *text);

	if (more < 0 || (size_t)more >= sizeof(c->list) - len)
		return fail(why, LAPSE_EUSAGE, "is too long");
	*text = c->list;
	return 0;
}

static int take_value(struct parse *p, const struct option_row *row,
	const char *text)
{
	struct call *c = p->call;
	int64_t number = c->number[row->id] + 1;
	struct lapse_err why = {0};
	int rc = 0;

	if (row->kind == KIND_DURATION)
		rc = lapse_parse_duration(text, &number, &why);
	else if (row->kind == KIND_TIME)
		rc = lapse_parse_time(text, &number, &why);
	else if (row->kind != KIND_FLAG && *text == '\0')
		rc = fail(&why, LAPSE_EUSAGE, "the value is empty");
	else if (row->kind == KIND_LIST)
		rc = take_item(c, &text, &why);
	if (rc < 0)
		return fail(p->err, LAPSE_EUSAGE, "option '--%s': %s",
			row->name, why.text);
	c->given[row->id] = true;
	c->number[row->id] = number;
	c->text[row->id] = text;
	return 0;
}

static int take_arg(struct parse *p, const char *text)
{
	char hint[128];

	if (p->call->cmd == NULL)
		return fail(p->err, LAPSE_EUSAGE,
			"a command is missing before '--'; see 'lapse help'");
	if (p->call->n_args < p->call->cmd->max_args) {
		p->call->args[p->call->n_args++] = text;
		return 0;
	}
	help_hint(p, hint, sizeof(hint));
	return fail(p->err, LAPSE_EUSAGE, "'%s' is one argument too many; %s",
		text, hint);
}

static error_t on_key(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;

	if (p->rc < 0)
		return 0;
	if (key == ARGP_KEY_ARG) {
		p->rc = take_arg(p, arg);
		return 0;
	}
	for (size_t i = 0; i < p->n; i++) {
		if (row_key(&p->rows[i]) == key) {
			p->rc = take_value(p, &p->rows[i], arg);
			return 0;
		}
	}
	return ARGP_ERR_UNKNOWN;
}

static int parse_words(struct parse *p, int argc, char **argv)
{
	struct argp_option rows[ROWS_MAX + 1] = {0};
	struct argp argp = {.options = rows, .parser = on_key};
	error_t rc;

	for (size_t i = 0; i < p->n; i++) {
		rows[i].name = p->rows[i].name;
		rows[i].key = row_key(&p->rows[i]);
		rows[i].arg = p->rows[i].value;
		rows[i].doc = p->rows[i].help;
	}
	/* Options are taken after arguments too, whatever this says. */
	unsetenv("POSIXLY_CORRECT");
	rc = argp_parse(&argp, argc, argv,
		ARGP_NO_HELP | ARGP_NO_EXIT | ARGP_NO_ERRS, NULL, p);
	if (p->rc == 0 && rc != 0)
		return fail(p->err, rc == ENOMEM ? LAPSE_ENOMEM : LAPSE_EUSAGE,
			"the command line: %s", strerror(rc));
	return p->rc;
}

/* ---- Which command ---- */

static int unknown_command(const char *name, struct lapse_err *err)
{
	const char *names[64] = {NULL};
	const char *near;
	size_t n = 0;

	for (const struct cmd *const *c = commands; *c != NULL && n < 63; c++)
		names[n++] = (*c)->name;
	near = guess(name, names);
	if (near != NULL)
		return fail(err, LAPSE_EUSAGE,
			"'%s' is not a command; did you mean 'lapse %s'?",
			name, near);
	return fail(err, LAPSE_EUSAGE,
		"'%s' is not a command; see 'lapse help'", name);
}

/* Of all commands of this name, as names and as "list, retry, abandon". */
static void verbs(const struct cmd *cmd, const char *ret[VERBS_MAX + 1],
	char *ret_list, size_t size)
{
	size_t n = 0;
	size_t len = 0;

	*ret_list = '\0';
	for (const struct cmd *const *c = commands; *c != NULL && n < VERBS_MAX;
		c++) {
		if (strcmp((*c)->name, cmd->name) != 0)
			continue;
		if (len < size)
			len += (size_t)snprintf(ret_list + len, size - len,
				"%s%s", n > 0 ? ", " : "", (*c)->verb);
		ret[n++] = (*c)->verb;
	}
}

static int unknown_verb(const struct cmd *cmd, const char *verb,
	struct lapse_err *err)
{
	const char *names[VERBS_MAX + 1] = {NULL};
	char list[128];
	const char *near;

	verbs(cmd, names, list, sizeof(list));
	near = guess(verb, names);
	if (near != NULL)
		return fail(err, LAPSE_EUSAGE,
			"'lapse %s' has no '%s'; did you mean 'lapse %s %s'?",
			cmd->name, verb, cmd->name, near);
	return fail(err, LAPSE_EUSAGE, "'lapse %s' has no '%s', but %s; see "
		"'lapse %s --help'", cmd->name, verb, list, cmd->name);
}

static int verb_missing(const struct cmd *cmd, struct lapse_err *err)
{
	const char *names[VERBS_MAX + 1] = {NULL};
	char list[128];

	verbs(cmd, names, list, sizeof(list));
	return fail(err, LAPSE_EUSAGE, "'lapse %s' needs to know which: %s; see "
		"'lapse %s --help'", cmd->name, list, cmd->name);
}

/* Takes the command's name, and its verb, out of argv. at: where the name
 * stands. Returns how many words are left. */
static int take_command(struct parse *p, int argc, char **argv, int at)
{
	const struct cmd *cmd = cmd_find(argv[at], NULL);
	int words = 1;

	if (cmd == NULL)
		return unknown_command(argv[at], p->err);
	if (cmd->verb != NULL && at + 1 < argc && argv[at + 1][0] != '-') {
		const struct cmd *exact = cmd_find(argv[at], argv[at + 1]);

		if (exact == NULL)
			return unknown_verb(cmd, argv[at + 1], p->err);
		cmd = exact;
		p->call->verb_given = true;
		words = 2;
	}
	p->call->cmd = cmd;
	p->n = cmd_options(cmd, p->rows);
	for (int i = at; i + words <= argc; i++)
		argv[i] = argv[i + words];
	return argc - words;
}

/* ---- What the tables say must be there ---- */

static int check_needed(const struct parse *p)
{
	const struct call *c = p->call;
	char title[64];

	if (!c->verb_given && (c->cmd->flags & CMD_NAMES_VERB) != 0)
		return verb_missing(c->cmd, p->err);
	cmd_title(c->cmd, title, sizeof(title));
	if (c->n_args < c->cmd->min_args)
		return fail(p->err, LAPSE_EUSAGE,
			"'lapse %s' needs %s; see 'lapse %s --help'", title,
			c->cmd->args, title);
	for (size_t i = 0; i < p->n; i++) {
		if (p->rows[i].required && !c->given[p->rows[i].id])
			return fail(p->err, LAPSE_EUSAGE,
				"'lapse %s' needs --%s=%s", title,
				p->rows[i].name, p->rows[i].value);
	}
	return c->cmd->check == NULL ? 0 : c->cmd->check(c, p->err);
}

static int check_color(const struct call *c, struct lapse_err *err)
{
	const char *when = c->text[OPT_COLOR];

	if (when == NULL || strcmp(when, "auto") == 0 ||
		strcmp(when, "always") == 0 || strcmp(when, "never") == 0)
		return 0;
	return fail(err, LAPSE_EUSAGE,
		"option '--color': '%s' is not auto, always or never", when);
}

/* Wherever they stand: how a command ends may follow from one, also when
 * another word is wrong. */
static void note_flags(struct parse *p, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const struct option_row *row = strncmp(argv[i], "--", 2) != 0 ?
			NULL : row_by_name(p, argv[i] + 2,
				strcspn(argv[i] + 2, "="));

		if (row != NULL && row->kind == KIND_FLAG)
			p->call->given[row->id] = true;
	}
}

/* Help and version answer whatever else is missing. */
static int parse_rest(struct parse *p, int argc, char **argv)
{
	int end = 0;
	int rc = check_words(p, argc, argv, false, &end);

	if (rc == 0)
		rc = parse_words(p, argc, argv);
	if (rc == 0)
		rc = check_color(p->call, p->err);
	if (rc < 0)
		note_flags(p, argc, argv);
	if (rc < 0 || p->call->given[OPT_HELP] || p->call->given[OPT_VERSION])
		return rc;
	if (p->call->cmd == NULL)
		return fail(p->err, LAPSE_EUSAGE,
			"a command is missing; see 'lapse help'");
	return check_needed(p);
}

int call_parse(struct call *ret, int argc, char **argv, struct lapse_err *err)
{
	struct parse p = {.call = ret, .err = err};
	int at = 0;
	int rc;

	*ret = (struct call){0};
	p.n = cmd_options(NULL, p.rows);
	rc = check_words(&p, argc, argv, true, &at);
	if (rc == 0 && at < argc && strcmp(argv[at], "--") != 0)
		rc = take_command(&p, argc, argv, at);
	if (rc < 0)
		return rc;
	return parse_rest(&p, rc == 0 ? argc : rc, argv);
}
