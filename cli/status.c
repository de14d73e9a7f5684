/* lapse status: how all is, from the ledger. */
#include "commands.h"

static const struct option_row options[] = {
	{"max-age", OPT_MAX_AGE, 0, KIND_DURATION, "DURATION",
		"status 11 when the last success is older", false},
	{"nagios", OPT_NAGIOS, 0, KIND_FLAG, NULL,
		"one line and 0, 1, 2 or 3, as monitoring plugins do", false},
	{0},
};

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	if (c->given[OPT_NAGIOS])
		return lapse_health(l, c->number[OPT_MAX_AGE], err);
	return lapse_status(l, c->number[OPT_MAX_AGE], err);
}

/* The plugin's own statuses. Whatever kept it from an answer is unknown, and
 * the one line says what it was. */
static int ended(const struct call *c, const char *why, int status)
{
	enum { OK, WARNING, CRITICAL, UNKNOWN };

	if (!c->given[OPT_NAGIOS])
		return status;
	switch (status) {
	case LAPSE_EXIT_OK:
		return OK;
	case LAPSE_EXIT_PENDING:
		return WARNING;
	case LAPSE_EXIT_OVERDUE:
		return CRITICAL;
	default:
		printf("LAPSE UNKNOWN - %s\n", *why == '\0' ?
			"no answer" : why);
		return UNKNOWN;
	}
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "",
	.summary = "say how many grants there are, what is late, what is stuck",
	.about =
		"Ends with 11 when a removal is late or parked, or when "
		"sync or expire did not succeed within --max-age. With "
		"--nagios it ends with 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3 "
		"(UNKNOWN).",
	.examples = "lapse status --max-age 10m\nlapse status --json\n"
		"lapse status --nagios --max-age 10m",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.run = run,
	.ended = ended,
};
