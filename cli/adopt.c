/* lapse adopt: makes access that was there before time-bound. */
#include "commands.h"

#include "fail.h"

static const struct option_row options[] = {
	{"for", OPT_FOR, 0, KIND_DURATION, "DURATION",
		"how long from now: 8h, 2d", false},
	{"ask", OPT_ASK, 0, KIND_FLAG, NULL,
		"open a request, so that an approver decides", false},
	{0},
};

static int check(const struct call *c, struct lapse_err *err)
{
	if (c->given[OPT_FOR] || c->given[OPT_ASK])
		return 0;
	return fail(err, LAPSE_EUSAGE,
		"'lapse adopt' needs --for=DURATION, or --ask");
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_adopt o = {
		.user = c->args[0],
		.role = c->args[1],
		.for_s = c->number[OPT_FOR],
		.reason = c->text[OPT_REASON],
		.ask = c->given[OPT_ASK],
	};

	return lapse_adopt(l, &o, err);
}

const struct cmd cmd_adopt = {
	.name = "adopt",
	.args = "USER ROLE",
	.min_args = 2,
	.max_args = 2,
	.summary = "give an end to access that was there before",
	.about =
		"lapse never removes a membership that it did not add. This "
		"makes one, that was found, a grant with an end. With --ask "
		"an approver decides: yes gives it an end, no takes it away.",
	.examples = "lapse adopt jo@acme.com github/prod-admin --for 7d \\\n"
		"    --reason \"standing admin, agreed with Jo\"\n"
		"lapse adopt jo@acme.com github/prod-admin --ask \\\n"
		"    --reason \"nobody knows why Jo has this\"",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES | CMD_BY_HAND,
	.options = options,
	.check = check,
	.run = run,
};
