/* lapse init: the first steps. */
#include "commands.h"
#include "fail.h"
#include "paths.h"

static const struct option_row options[] = {
	{"project", OPT_PROJECT, 0, KIND_TEXT, "ID",
		"make the anchor issue in this Jira project", false},
	{"issue-type", OPT_ISSUE_TYPE, 0, KIND_TEXT, "ID",
		"of this issue type", false},
	{"anchor", OPT_ANCHOR, 0, KIND_TEXT, "ISSUE",
		"take this issue as the anchor", false},
	{0},
};

static int check(const struct call *c, struct lapse_err *err)
{
	if (c->given[OPT_PROJECT] != c->given[OPT_ISSUE_TYPE])
		return fail(err, LAPSE_EUSAGE,
			"options '--project' and '--issue-type' go together");
	if (c->given[OPT_PROJECT] && c->given[OPT_ANCHOR])
		return fail(err, LAPSE_EUSAGE,
			"option '--anchor' names an issue that is there; "
			"'--project' makes a new one: give one of them");
	return 0;
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	char path[PATHS_MAX];
	struct lapse_init o = {
		.config = paths_config(c, path, sizeof(path)),
		.project = c->text[OPT_PROJECT],
		.issue_type = c->text[OPT_ISSUE_TYPE],
		.anchor = c->text[OPT_ANCHOR],
	};

	return lapse_init(l, &o, err);
}

const struct cmd cmd_init = {
	.name = "init",
	.args = "",
	.summary = "begin: configuration, ledger, key and anchor issue",
	.about =
		"Run it twice. The first time it writes a configuration in "
		"mode 'observe' to fill in. The second time it makes the "
		"state folder, the key and the ledger, and, with --project "
		"or --anchor, the issue that keeps the ledger's head "
		"outside this host. What is there already is left as it is.",
	.examples = "lapse init\nlapse init --project 10042 --issue-type 10005",
	.needs = LAPSE_MAY_CONFIG,
	.flags = CMD_CHANGES,
	.options = options,
	.check = check,
	.run = run,
};
