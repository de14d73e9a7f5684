/* lapse sync: reads Jira and the providers, and does what is owed. */
#include "commands.h"

static const struct option_row options[] = {
	{"full", OPT_FULL, 0, KIND_FLAG, NULL,
		"read the whole directory and all open issues", false},
	{"confirm-incident", OPT_CONFIRM_INCIDENT, 0, KIND_TEXT, "IDP",
		"what vanished at this provider is real: end those grants",
		false},
	{"confirm-removals", OPT_CONFIRM_REMOVALS, 0, KIND_TEXT, "IDP:GROUP",
		"what reviews take from this group is right, all of it",
		false},
	{0},
};

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_sync o = {
		.full = c->given[OPT_FULL],
		.confirm_incident = c->text[OPT_CONFIRM_INCIDENT],
		.confirm_removals = c->text[OPT_CONFIRM_REMOVALS],
	};

	return lapse_sync(l, &o, err);
}

const struct cmd cmd_sync = {
	.name = "sync",
	.args = "",
	.summary = "read requests, decide, grant, and observe who is in what",
	.about =
		"What a timer runs every minute. Reads the requests that "
		"changed, asks for approvals, grants what is approved, "
		"settles what is open, and tells it on the issues. Every "
		"observe-every (15 min) it reads who is in the governed "
		"groups.",
	.examples = "lapse sync --dry-run\nlapse sync --full -v",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES | CMD_TIMER,
	.options = options,
	.run = run,
};
