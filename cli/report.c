/* lapse report: what the ledger says about a window of time. */
#include "commands.h"

#include "fail.h"

static const struct option_row options[] = {
	{"since", OPT_SINCE, 0, KIND_TIME, "TIME",
		"the window's begin; else --window before its end", false},
	{"until", OPT_UNTIL, 0, KIND_TIME, "TIME",
		"its end; else now", false},
	{"window", OPT_WINDOW, 0, KIND_DURATION, "DURATION",
		"its length where --since is not given; else 30d", false},
	{"html", OPT_HTML, 0, KIND_TEXT, "FILE",
		"draw it as one page in FILE, which is replaced", false},
	{"diagnose", OPT_DIAGNOSE, 0, KIND_FLAG, NULL,
		"say where most is lost, and the next move", false},
	{"fail-above", OPT_FAIL_ABOVE, 0, KIND_LIST, "NAME=NUMBER",
		"status 12 when this figure is higher or not known; may be "
		"given again", false},
	{0},
};

static int check(const struct call *c, struct lapse_err *err)
{
	if (c->given[OPT_SINCE] && c->given[OPT_WINDOW])
		return fail(err, LAPSE_EUSAGE,
			"--since and --window say the same; give one of them");
	return 0;
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_report o = {
		.since = c->given[OPT_SINCE] ? c->number[OPT_SINCE] :
					       INT64_MIN,
		.until = c->given[OPT_UNTIL] ? c->number[OPT_UNTIL] :
					       INT64_MIN,
		.window_s = c->number[OPT_WINDOW],
		.html = c->text[OPT_HTML],
		.diagnose = c->given[OPT_DIAGNOSE],
		.fail_above = c->text[OPT_FAIL_ABOVE],
	};

	return lapse_report(l, &o, err);
}

const struct cmd cmd_report = {
	.name = "report",
	.args = "",
	.summary = "measure least privilege: work by hand, times, what is held",
	.about =
		"From the ledger alone: no network, no credential. Each "
		"figure is defined in lapse-report(7). A figure that cannot "
		"be known is \"not known\", never 0.",
	.examples = "lapse report --window 90d\n"
		"lapse report --window 90d --html quarter.html\n"
		"lapse report --diagnose\n"
		"lapse report --ledger lapse.snapshot --json \\\n"
		"    --fail-above manual=0.25 --fail-above overdue=0",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.check = check,
	.run = run,
};
