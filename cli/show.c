/* lapse show: the whole story of one thing; what a person had, and why. */
#include "commands.h"

#include "fail.h"

static const struct option_row options[] = {
	{"at", OPT_AT, 0, KIND_TIME, "TIME",
		"what the person had then: 2026-11-23T10:00:00Z", false},
	{"why", OPT_WHY, 0, KIND_FLAG, NULL,
		"why the person is in the role or group named after it", false},
	{0},
};

static int check(const struct call *c, struct lapse_err *err)
{
	if (c->given[OPT_WHY] && c->n_args < 2)
		return fail(err, LAPSE_EUSAGE,
			"option '--why' wants a person, and a role or group");
	if (!c->given[OPT_WHY] && c->n_args > 1)
		return fail(err, LAPSE_EUSAGE,
			"'%s': only --why takes a role or group after the "
			"person", c->args[1]);
	return 0;
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	const struct lapse_show o = {
		.what = c->args[0],
		.at = c->given[OPT_AT] ? c->number[OPT_AT] : INT64_MIN,
		.why = c->given[OPT_WHY] ? c->args[1] : NULL,
	};

	return lapse_show(l, &o, err);
}

const struct cmd cmd_show = {
	.name = "show",
	.args = "WHAT [ROLE | GROUP]",
	.min_args = 1,
	.max_args = 2,
	.summary = "tell the story of an issue, grant, user, role, "
		"group or review",
	.about =
		"WHAT is an issue, grant, person, role, group or review; "
		"with --why a person, and then a role or group. "
		"Where a word could mean two things, say which one: "
		"issue:10017, grant:17, user:jo, role:github/admin, "
		"group:okta:00g1, review:2026-q4.",
	.examples = "lapse show ACC-12\nlapse show 17\nlapse show jo@acme.com\n"
		"lapse show jo@acme.com --at 2026-11-23T10:00:00Z\n"
		"lapse show --why jo@acme.com github/prod-admin",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.check = check,
	.run = run,
};
