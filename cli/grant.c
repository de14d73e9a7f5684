/* lapse grant: by hand, what an approved issue asks for, or the override. */
#include "commands.h"
#include "fail.h"

static const struct option_row options[] = {
	{"break-glass", OPT_BREAK_GLASS, 0, KIND_FLAG, NULL,
		"grant USER ROLE without an approval, for a short time", false},
	{"for", OPT_FOR, 0, KIND_DURATION, "DURATION",
		"how long, with --break-glass: 90m, 2h", false},
	{0},
};

static int check(const struct call *c, struct lapse_err *err)
{
	if (!c->given[OPT_BREAK_GLASS] && c->n_args != 1)
		return fail(err, LAPSE_EUSAGE,
			"'lapse grant' takes one ISSUE; USER ROLE needs "
			"--break-glass");
	if (!c->given[OPT_BREAK_GLASS] && c->given[OPT_FOR])
		return fail(err, LAPSE_EUSAGE,
			"option '--for' goes with --break-glass; else the "
			"issue says how long");
	if (c->given[OPT_BREAK_GLASS] && c->n_args != 2)
		return fail(err, LAPSE_EUSAGE,
			"'lapse grant --break-glass' takes USER and ROLE");
	if (c->given[OPT_BREAK_GLASS] && !c->given[OPT_FOR])
		return fail(err, LAPSE_EUSAGE,
			"'lapse grant --break-glass' needs --for=DURATION");
	return 0;
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_break_glass o = {
		.user = c->args[0],
		.role = c->args[1],
		.for_s = c->number[OPT_FOR],
		.reason = c->text[OPT_REASON],
	};

	if (c->given[OPT_BREAK_GLASS])
		return lapse_break_glass(l, &o, err);
	return lapse_grant(l, c->args[0], c->text[OPT_REASON], err);
}

const struct cmd cmd_grant = {
	.name = "grant",
	.args = "ISSUE | --break-glass USER ROLE",
	.min_args = 1,
	.max_args = 2,
	.summary = "grant now what an approved issue asks for",
	.about =
		"By the same checks as sync. With --break-glass it is an "
		"override: no approval, a short end, an issue of its own, "
		"and a flag everywhere until someone who is neither you nor "
		"the user acknowledges it.",
	.examples = "lapse grant ACC-12 --reason \"asked by phone\"\n"
		"lapse grant --break-glass jo@acme.com github/prod-admin "
		"--for 2h \\\n    --reason \"INC-7: production is down\"",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES | CMD_BY_HAND,
	.options = options,
	.check = check,
	.run = run,
};
