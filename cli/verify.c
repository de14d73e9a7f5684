/* lapse verify: is the evidence whole? */
#include "commands.h"

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	return lapse_verify(l, c->args[0], err);
}

const struct cmd cmd_verify = {
	.name = "verify",
	.args = "[DIR]",
	.max_args = 1,
	.summary = "check the evidence chain, or an export",
	.about =
		"Without DIR: every event of the ledger. With DIR: the "
		"files that review-export made, without ledger, "
		"configuration or network. Ends with 65 when anything was "
		"changed, is missing or was added.",
	.examples = "lapse verify\nlapse verify 2026-q4",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS | CMD_OFFLINE_FILE,
	.run = run,
};
