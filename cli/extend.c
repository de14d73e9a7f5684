/* lapse extend: moves a deadline after an approved extension. */
#include "commands.h"

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	return lapse_extend(l, c->args[0], c->text[OPT_REASON], err);
}

const struct cmd cmd_extend = {
	.name = "extend",
	.args = "ISSUE",
	.min_args = 1,
	.max_args = 1,
	.summary = "move a deadline as an approved extension issue asks",
	.about =
		"ISSUE is the extension: a request linked to the first one, "
		"with its own approval.",
	.examples = "lapse extend ACC-31 --reason \"release slipped\"",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES | CMD_BY_HAND,
	.run = run,
};
