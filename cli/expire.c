/* lapse expire: the sweep over deadlines. */
#include "commands.h"

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	(void)c;
	return lapse_expire(l, err);
}

const struct cmd cmd_expire = {
	.name = "expire",
	.args = "",
	.summary = "take back every access whose time is up",
	.about =
		"What a timer runs every minute. Ends each grant whose "
		"deadline has come, removes the memberships that no other "
		"grant holds, and reads back that they are gone. A removal "
		"that fails is tried again for ever. One sweep runs at a "
		"time: a second one ends at once with status 75.",
	.examples = "lapse expire --dry-run\nlapse expire -v",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET |
		LAPSE_NEED_SWEEP,
	.flags = CMD_CHANGES | CMD_TIMER,
	.run = run,
};
