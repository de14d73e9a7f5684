/* lapse status: how all is, from the ledger. */
#include "commands.h"

static const struct option_row options[] = {
	{"max-age", OPT_MAX_AGE, 0, KIND_DURATION, "DURATION",
		"status 11 when the last success is older", false},
	{0},
};

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	return lapse_status(l, c->number[OPT_MAX_AGE], err);
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "",
	.summary = "say how many grants there are, what is late, what is stuck",
	.about =
		"Ends with 11 when a removal is late or parked, or when "
		"sync or expire did not succeed within --max-age.",
	.examples = "lapse status --max-age 10m\nlapse status --json",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.run = run,
};
