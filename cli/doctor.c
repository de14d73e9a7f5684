/* lapse doctor: checks everything that lapse needs, and says what to do. */
#include "commands.h"

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	(void)c;
	return lapse_doctor(l, err);
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.args = "",
	.summary = "check configuration, ledger, Jira and providers",
	.about = "Reads only. Each failed check names the next step.",
	.examples = "lapse doctor\nlapse doctor --json | jq 'select(.ok | "
		"not)'",
	.needs = LAPSE_NEED_CONFIG,
	.run = run,
};
