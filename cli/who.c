/* lapse who: who has a role or is in a group, now or then. */
#include "commands.h"

static const struct option_row options[] = {
	{"at", OPT_AT, 0, KIND_TIME, "TIME",
		"then: 2026-11-23T10:00:00Z", false},
	{0},
};

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	return lapse_who(l, c->args[0],
		c->given[OPT_AT] ? c->number[OPT_AT] : INT64_MIN, err);
}

const struct cmd cmd_who = {
	.name = "who",
	.args = "ROLE | [IDP:]GROUP",
	.min_args = 1,
	.max_args = 1,
	.summary = "list who has a role or is in a group, also at a past time",
	.about =
		"From the ledger: each row says by what, until when, and "
		"how old the observation is.",
	.examples = "lapse who github/prod-admin\n"
		"lapse who okta:00g1abcd --at 2026-11-23T10:00:00Z",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.run = run,
};
