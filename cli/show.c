/* lapse show: the whole story of one thing. */
#include "commands.h"

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	return lapse_show(l, c->args[0], err);
}

const struct cmd cmd_show = {
	.name = "show",
	.args = "ISSUE | GRANT | USER | ROLE | [IDP:]GROUP | REVIEW",
	.min_args = 1,
	.max_args = 1,
	.summary = "tell the story of an issue, grant, user, role, "
		"group or review",
	.about =
		"Where a word could mean two things, say which one: "
		"issue:10017, grant:17, user:jo, role:github/admin, "
		"group:okta:00g1, review:2026-q4.",
	.examples = "lapse show ACC-12\nlapse show 17\nlapse show jo@acme.com",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.run = run,
};
