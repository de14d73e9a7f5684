/* lapse drift: where ledger, Jira and provider disagree. */
#include "commands.h"

#include "fail.h"

static const struct option_row options[] = {
	{"idp", OPT_IDP, 0, KIND_TEXT, "IDP", "only this provider", false},
	{"kind", OPT_KIND, 0, KIND_TEXT, "KIND",
		"only this kind: ghost, overdue, shadow, ..", false},
	{"fresh", OPT_FRESH, 0, KIND_FLAG, NULL,
		"read groups and issues first", false},
	{"settle", OPT_SETTLE, 0, KIND_TEXT, "WHAT",
		"settle it by your word: an issue, IDP:GROUP:USER, or "
		"IDP:GROUP for all who were there before", false},
	{"reason", OPT_REASON, 'r', KIND_TEXT, "TEXT",
		"why, with --settle; it becomes evidence", false},
	{0},
};

static int check(const struct call *c, struct lapse_err *err)
{
	if (c->given[OPT_SETTLE] != c->given[OPT_REASON])
		return fail(err, LAPSE_EUSAGE,
			"--settle and --reason need each other");
	if (c->given[OPT_DRY_RUN] && !c->given[OPT_SETTLE])
		return fail(err, LAPSE_EUSAGE,
			"--dry-run goes with --settle: nothing else changes "
			"anything");
	if (c->given[OPT_SETTLE] && (c->given[OPT_FRESH] ||
		c->given[OPT_IDP] || c->given[OPT_KIND]))
		return fail(err, LAPSE_EUSAGE,
			"--settle names what is meant; no other filter goes "
			"with it");
	if (c->given[OPT_LEDGER] &&
		(c->given[OPT_SETTLE] || c->given[OPT_FRESH]))
		return fail(err, LAPSE_EUSAGE,
			"--ledger is only read: not with --settle or --fresh");
	return 0;
}

static unsigned more(const struct call *c)
{
	unsigned needs = 0;

	if (c->given[OPT_SETTLE] || c->given[OPT_FRESH])
		needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER;
	return c->given[OPT_FRESH] ? needs | LAPSE_NEED_NET : needs;
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_drift o = {
		.idp = c->text[OPT_IDP],
		.kind = c->text[OPT_KIND],
		.fresh = c->given[OPT_FRESH],
		.brief = !c->given[OPT_JSON] && !c->given[OPT_VERBOSE],
		.settle = c->text[OPT_SETTLE],
		.reason = c->text[OPT_REASON],
	};

	return lapse_drift(l, &o, err);
}

const struct cmd cmd_drift = {
	.name = "drift",
	.args = "",
	.summary = "name where ledger, Jira and provider disagree",
	.about =
		"Each with the command that settles it. From the ledger's "
		"observations, whose age it says; --fresh reads groups and "
		"issues first. Grants and removes nothing. A group of people "
		"who were there before lapse is one line; -v and --json name "
		"all of them.",
	.examples = "lapse drift\nlapse drift --fresh --kind shadow --json\n"
		"lapse drift --settle okta:00g1abcd:00u1efgh \\\n"
		"    --reason \"service account, agreed with security\"",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS | CMD_CHANGES,
	.options = options,
	.check = check,
	.more = more,
	.run = run,
};
