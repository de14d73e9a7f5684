/* lapse who: who has a role or is in a group, now or then. */
#include "commands.h"

#include "fail.h"

static const struct option_row options[] = {
	{"all", OPT_ALL, 'a', KIND_FLAG, NULL,
		"of every governed group: the whole population", false},
	{"at", OPT_AT, 0, KIND_TIME, "TIME",
		"then: 2026-11-23T10:00:00Z", false},
	{0},
};

static int check(const struct call *c, struct lapse_err *err)
{
	if (c->given[OPT_ALL] == (c->n_args > 0))
		return fail(err, LAPSE_EUSAGE, "say a role or a group, or --all");
	return 0;
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	return lapse_who(l, c->n_args > 0 ? c->args[0] : NULL,
		c->given[OPT_AT] ? c->number[OPT_AT] : INT64_MIN, err);
}

const struct cmd cmd_who = {
	.name = "who",
	.args = "ROLE | [IDP:]GROUP",
	.max_args = 1,
	.summary = "list who has a role or is in a group, also at a past time",
	.about =
		"From the ledger: each row says by what, until when, and "
		"how old the observation is. What was before the first one "
		"is not known, and that is said.",
	.examples = "lapse who github/prod-admin\n"
		"lapse who okta:00g1abcd --at 2026-11-23T10:00:00Z\n"
		"lapse who --all --at 2026-11-23T10:00:00Z",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.check = check,
	.run = run,
};
