/* lapse list: rows of the ledger. */
#include "commands.h"

#include <string.h>

#include "fail.h"

static const char *const kinds[] = {"grants", "requests", "holds", "changes",
	"notices", "reviews", NULL};

static const struct option_row options[] = {
	{"all", OPT_ALL, 'a', KIND_FLAG, NULL, "what has ended too", false},
	{"user", OPT_USER, 'u', KIND_TEXT, "USER",
		"only this person: e-mail, login, account or user id", false},
	{"role", OPT_ROLE, 0, KIND_TEXT, "ROLE", "only this role", false},
	{"state", OPT_STATE, 0, KIND_TEXT, "STATE",
		"only in this state", false},
	{0},
};

static const char *kind(const struct call *c)
{
	return c->n_args == 0 ? kinds[0] : c->args[0];
}

static int check(const struct call *c, struct lapse_err *err)
{
	const char *near;

	for (const char *const *k = kinds; *k != NULL; k++) {
		if (strcmp(kind(c), *k) == 0)
			return 0;
	}
	near = guess(kind(c), kinds);
	return fail(err, LAPSE_EUSAGE,
		"'lapse list' has no '%s'; did you mean '%s'?", kind(c),
		near == NULL ? kinds[0] : near);
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_list o = {
		.what = kind(c),
		.user = c->text[OPT_USER],
		.role = c->text[OPT_ROLE],
		.state = c->text[OPT_STATE],
		.all = c->given[OPT_ALL],
	};

	return lapse_list(l, &o, err);
}

const struct cmd cmd_list = {
	.name = "list",
	.args = "[grants|requests|holds|changes|notices|reviews]",
	.max_args = 1,
	.summary = "list grants, requests, holds, changes, notices or reviews",
	.about = "What is open or live; --all adds what has ended.",
	.examples = "lapse list\nlapse list requests --state asked\n"
		"lapse list grants --user jo@acme.com --all --json",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.check = check,
	.run = run,
};
