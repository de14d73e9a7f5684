/* lapse completion: shell completion made from the tables. Nothing of it calls
 * lapse again: completing never opens a ledger or a network. */
#include "commands.h"

#include <string.h>

#include "fail.h"

static bool is_first(const struct cmd *cmd)
{
	return cmd_find(cmd->name, NULL) == cmd;
}

/* Each name once, blanks between. */
static void put_names(FILE *out)
{
	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		if (is_first(*c))
			fprintf(out, "%s%s", c == commands ? "" : " ",
				(*c)->name);
	}
}

static void put_verbs(FILE *out, const char *name)
{
	const char *gap = "";

	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		if (strcmp((*c)->name, name) == 0 && (*c)->verb != NULL) {
			fprintf(out, "%s%s", gap, (*c)->verb);
			gap = " ";
		}
	}
}

/* The options of all verbs of a name, each once. */
static void put_options(FILE *out, const char *name)
{
	struct option_row rows[ROWS_MAX];
	bool done[OPTIONS] = {false};
	const char *gap = "";

	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		size_t n = cmd_options(*c, rows);

		if (strcmp((*c)->name, name) != 0)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (done[rows[i].id])
				continue;
			done[rows[i].id] = true;
			fprintf(out, "%s--%s%s", gap, rows[i].name,
				rows[i].value == NULL ? "" : "=");
			gap = " ";
		}
	}
}

static void put_topics(FILE *out)
{
	for (const struct topic *t = topics; t->name != NULL; t++)
		fprintf(out, " %s", t->name);
}

/* ---- bash ---- */

static void bash_command(FILE *out, const char *name, bool has_verbs)
{
	fprintf(out, "\t%s)\n\t\toptions='", name);
	put_options(out, name);
	fputs("'\n", out);
	if (has_verbs) {
		fputs("\t\twords='", out);
		put_verbs(out, name);
		fputs("'\n", out);
	} else if (strcmp(name, "help") == 0) {
		fputs("\t\twords='", out);
		put_names(out);
		put_topics(out);
		fputs("'\n", out);
	}
	fputs("\t\t;;\n", out);
}

static void put_bash(FILE *out)
{
	fputs("# bash completion for lapse; made by 'lapse completion bash'\n"
		"_lapse()\n{\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} i\n"
		"\tlocal command='' options='' words=''\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tif [[ ${COMP_WORDS[i]} != -* ]]; then\n"
		"\t\t\tcommand=${COMP_WORDS[i]}\n\t\t\tbreak\n\t\tfi\n\tdone\n"
		"\tcase $command in\n\t'')\n\t\twords='", out);
	put_names(out);
	fputs("'\n\t\toptions='--help --version'\n\t\t;;\n", out);
	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		if (is_first(*c))
			bash_command(out, (*c)->name, (*c)->verb != NULL);
	}
	fputs("\tesac\n"
		"\tif [[ $cur == -* ]]; then\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- "
		"\"$cur\")\n"
		"\t\t[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace\n"
		"\telif [[ -n $words ]]; then\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
		"\"$cur\")\n"
		"\telse\n"
		"\t\tcompopt -o default\n"
		"\tfi\n"
		"}\ncomplete -F _lapse lapse\n", out);
}

/* ---- zsh ---- */

/* A text inside single quotes and brackets. */
static void zsh_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else if (strchr("[]:\\", *text) != NULL)
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static void zsh_options(FILE *out, const char *name)
{
	struct option_row rows[ROWS_MAX];
	bool done[OPTIONS] = {false};

	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		size_t n = cmd_options(*c, rows);

		if (strcmp((*c)->name, name) != 0)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (done[rows[i].id])
				continue;
			done[rows[i].id] = true;
			fprintf(out, " \\\n\t\t\t'--%s%s[", rows[i].name,
				rows[i].value == NULL ? "" : "=");
			zsh_text(out, rows[i].help);
			fputs("]", out);
			if (rows[i].value != NULL)
				fprintf(out, ":%s:%s", rows[i].value,
					strcmp(rows[i].value, "FILE") == 0 ?
					"_files" : "");
			fputs("'", out);
		}
	}
}

static void zsh_command(FILE *out, const char *name, bool has_verbs)
{
	fprintf(out, "\t%s)\n\t\t_arguments", name);
	zsh_options(out, name);
	if (has_verbs) {
		fputs(" \\\n\t\t\t'1:verb:(", out);
		put_verbs(out, name);
		fputs(")'", out);
	}
	fputs(" \\\n\t\t\t'*:argument:_default'\n\t\t;;\n", out);
}

static void put_zsh(FILE *out)
{
	fputs("#compdef lapse\n# made by 'lapse completion zsh'\n"
		"_lapse() {\n\tlocal -a commands\n\tcommands=(\n", out);
	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		if (!is_first(*c))
			continue;
		fprintf(out, "\t\t'%s:", (*c)->name);
		zsh_text(out, (*c)->summary);
		fputs("'\n", out);
	}
	fputs("\t)\n\tif (( CURRENT == 2 )); then\n"
		"\t\t_describe command commands\n\t\treturn\n\tfi\n"
		"\tlocal command=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n"
		"\tcase $command in\n", out);
	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		if (is_first(*c))
			zsh_command(out, (*c)->name, (*c)->verb != NULL);
	}
	fputs("\tesac\n}\n_lapse \"$@\"\n", out);
}

/* ---- fish ---- */

static void fish_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void fish_options(FILE *out, const struct cmd *cmd)
{
	struct option_row rows[ROWS_MAX];
	size_t n = cmd_options(cmd, rows);

	for (size_t i = 0; i < n; i++) {
		fprintf(out, "complete -c lapse -n "
			"'__fish_seen_subcommand_from %s' -l %s", cmd->name,
			rows[i].name);
		if (rows[i].letter != 0)
			fprintf(out, " -s %c", rows[i].letter);
		fprintf(out, "%s -d '", rows[i].value == NULL ? "" : " -r");
		fish_text(out, rows[i].help);
		fputs("'\n", out);
	}
}

static void put_fish(FILE *out)
{
	fputs("# made by 'lapse completion fish'\n", out);
	for (const struct cmd *const *c = commands; *c != NULL; c++) {
		if (is_first(*c)) {
			fprintf(out, "complete -c lapse -f -n "
				"__fish_use_subcommand -a %s -d '", (*c)->name);
			fish_text(out, (*c)->summary);
			fputs("'\n", out);
		}
		if ((*c)->verb != NULL)
			fprintf(out, "complete -c lapse -f -n "
				"'__fish_seen_subcommand_from %s' -a %s\n",
				(*c)->name, (*c)->verb);
		fish_options(out, *c);
	}
}

/* ---- The command ---- */

static const struct {
	const char *shell;
	void (*put)(FILE *out);
} shells[] = {
	{"bash", put_bash},
	{"zsh", put_zsh},
	{"fish", put_fish},
};

static int completion(const struct call *c, struct lapse_err *err)
{
	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		if (strcmp(shells[i].shell, c->args[0]) == 0) {
			shells[i].put(stdout);
			return 0;
		}
	}
	return fail(err, LAPSE_EUSAGE,
		"no completion for '%s': bash, zsh and fish are there",
		c->args[0]);
}

const struct cmd cmd_completion = {
	.name = "completion",
	.args = "bash | zsh | fish",
	.min_args = 1,
	.max_args = 1,
	.summary = "print a completion script for a shell",
	.examples = "lapse completion bash "
		">/etc/bash_completion.d/lapse",
	.alone = completion,
};
