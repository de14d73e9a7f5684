/* lapse reclaim: takes back what nobody uses. */
#include "commands.h"

static const struct option_row options[] = {
	{"role", OPT_ROLE, 0, KIND_TEXT, "ROLE", "of this role only", false},
	{"confirm-removals", OPT_CONFIRM_REMOVALS, 0, KIND_TEXT, "IDP:GROUP",
		"take more of this group than removals-of-group allows",
		false},
	{0},
};

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_reclaim o = {
		.role = c->text[OPT_ROLE],
		.confirm_removals = c->text[OPT_CONFIRM_REMOVALS],
	};

	return lapse_reclaim(l, &o, err);
}

const struct cmd cmd_reclaim = {
	.name = "reclaim",
	.args = "",
	.summary = "take back access that nobody uses, after a warning",
	.about =
		"What a timer runs every day. For each role with reclaim set "
		"it reads who is in its groups and when they last used it, "
		"warns on the grant's issue about what was not used for "
		"inactive-after, reads again after reclaim-grace, and removes "
		"it, or cancels when the person was seen. What is not known "
		"is never taken for unused. A dry run shows everybody with "
		"the reason.",
	.examples = "lapse reclaim --dry-run\n"
		"lapse reclaim --role salesforce/user --dry-run --json\n"
		"lapse reclaim --confirm-removals okta:00g1abcd",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES | CMD_TIMER,
	.options = options,
	.run = run,
};
