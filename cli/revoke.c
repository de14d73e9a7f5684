/* lapse revoke: ends access at once, by hand. */
#include "commands.h"

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_revoke o = {
		.what = c->args[0],
		.role = c->args[1],
		.reason = c->text[OPT_REASON],
	};

	return lapse_revoke(l, &o, err);
}

const struct cmd cmd_revoke = {
	.name = "revoke",
	.args = "ISSUE | GRANT | USER [ROLE]",
	.min_args = 1,
	.max_args = 2,
	.summary = "end access now",
	.about =
		"Ends the grants of an issue, one grant, or all that a user "
		"holds (or only ROLE). Works while Jira is down. A "
		"membership that another grant still holds stays, and the "
		"output says which one and until when.",
	.examples = "lapse revoke ACC-12 --reason \"left the project\"\n"
		"lapse revoke 17 --reason \"wrong role\"\n"
		"lapse revoke jo@acme.com --reason \"laptop stolen\"",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES | CMD_BY_HAND,
	.run = run,
};
