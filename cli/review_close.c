/* lapse review-close: ends a campaign, and has its result acknowledged. */
#include "commands.h"

static const struct option_row options[] = {
	{"acknowledger", OPT_ACKNOWLEDGER, 0, KIND_TEXT, "EMAIL",
		"who acknowledges the result, having reviewed nothing of it",
		false},
	{0},
};

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_review_close o = {
		.name = c->args[0],
		.acknowledger = c->text[OPT_ACKNOWLEDGER],
	};

	return lapse_review_close(l, &o, err);
}

const struct cmd cmd_review_close = {
	.name = "review-close",
	.args = "NAME",
	.min_args = 1,
	.max_args = 1,
	.summary = "end an access review, test it, have it acknowledged",
	.about =
		"Takes the last decisions, tests the campaign (coverage, "
		"self-review, unremoved revokes, not reviewed, rubber-"
		"stamping), closes it, and asks somebody who reviewed nothing "
		"of it to acknowledge the result on the campaign's issue. "
		"Refused while something of it is open.",
	.examples = "lapse review-close 2026-q4 --acknowledger "
		"omar@acme.com",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES,
	.options = options,
	.run = run,
};
