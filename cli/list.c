/* lapse list: rows of the ledger. */
#include "commands.h"

#include <string.h>

#include "fail.h"

static const char *const kinds[] = {"grants", "requests", "approvals", "holds",
	"changes", "removals", "notices", "messages", "reviews", NULL};

static const struct option_row options[] = {
	{"all", OPT_ALL, 'a', KIND_FLAG, NULL, "what has ended too", false},
	{"user", OPT_USER, 'u', KIND_TEXT, "USER",
		"only this person: e-mail, login, account or user id", false},
	{"role", OPT_ROLE, 0, KIND_TEXT, "ROLE", "only this role", false},
	{"state", OPT_STATE, 0, KIND_TEXT, "STATE",
		"only in this state", false},
	{"late", OPT_LATE, 0, KIND_DURATION, "DURATION",
		"grants that lasted so much longer than approved", false},
	{"since", OPT_SINCE, 0, KIND_TIME, "TIME",
		"removals that were due since then", false},
	{"until", OPT_UNTIL, 0, KIND_TIME, "TIME",
		"removals that were due before then", false},
	{0},
};

static const char *kind(const struct call *c)
{
	return c->n_args == 0 ? kinds[0] : c->args[0];
}

static int check_options(const struct call *c, struct lapse_err *err)
{
	bool window = c->given[OPT_SINCE] || c->given[OPT_UNTIL];

	if (c->given[OPT_LATE] && strcmp(kind(c), "grants") != 0)
		return fail(err, LAPSE_EUSAGE,
			"option '--late' is for 'lapse list grants'");
	if (window && strcmp(kind(c), "removals") != 0)
		return fail(err, LAPSE_EUSAGE,
			"options '--since' and '--until' are for 'lapse list "
			"removals'");
	return 0;
}

static int check(const struct call *c, struct lapse_err *err)
{
	const char *near;

	for (const char *const *k = kinds; *k != NULL; k++) {
		if (strcmp(kind(c), *k) == 0)
			return check_options(c, err);
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
		.late_s = c->number[OPT_LATE],
		.since = c->number[OPT_SINCE],
		.until = c->number[OPT_UNTIL],
	};

	return lapse_list(l, &o, err);
}

const struct cmd cmd_list = {
	.name = "list",
	.args = "[WHAT]",
	.max_args = 1,
	.summary = "list grants, requests, holds, changes, notices, messages "
		"or reviews",
	.about = "grants (the default), requests, approvals, holds, changes, "
		"removals, notices, messages or reviews: what is open or "
		"live; --all adds what has ended. Approvals and removals are listed all.",
	.examples = "lapse list\nlapse list requests --state asked\n"
		"lapse list grants --user jo@acme.com --all --json\n"
		"lapse list grants --late 5m\n"
		"lapse list removals --since 2026-10-01T00:00:00Z",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.check = check,
	.run = run,
};
