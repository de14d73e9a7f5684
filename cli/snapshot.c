/* lapse snapshot: a consistent copy of the ledger. */
#include "commands.h"

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	return lapse_snapshot(l, c->args[0], err);
}

const struct cmd cmd_snapshot = {
	.name = "snapshot",
	.args = "FILE",
	.min_args = 1,
	.max_args = 1,
	.summary = "write a consistent copy of the ledger",
	.about =
		"The backup, and the only thing that leaves the host. FILE "
		"must not exist; it appears whole or not at all.",
	.examples = "lapse snapshot /var/backups/lapse-2026-11-23.db",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.run = run,
};
