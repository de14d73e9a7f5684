/* lapse metrics: figures for monitoring. */
#include "commands.h"

static const struct option_row options[] = {
	{"out", OPT_OUT, 'o', KIND_TEXT, "FILE",
		"write this file, as a whole, instead of printing", false},
	{0},
};

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	return lapse_metrics(l, c->text[OPT_OUT], err);
}

const struct cmd cmd_metrics = {
	.name = "metrics",
	.args = "",
	.summary = "write figures for Prometheus",
	.about =
		"From the ledger and the time stamps beside it: no network, "
		"no credential, and no person in a label. FILE is for the "
		"textfile collector of node_exporter; it is replaced as a "
		"whole, mode 0644.",
	.examples = "lapse metrics\n"
		"lapse metrics --out /var/lib/prometheus/node-exporter/"
		"lapse.prom",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.run = run,
};
