/* lapse rebuild: the ledger from what stands on Jira's issues. */
#include "commands.h"

#include "fail.h"

static const struct option_row options[] = {
	{"anchor", OPT_ANCHOR, 0, KIND_TEXT, "ISSUE",
		"the old ledger's anchor issue", false},
	{"forward", OPT_FORWARD, 0, KIND_FLAG, NULL,
		"bring a restored copy of this ledger up to date", false},
	{"check", OPT_CHECK, 0, KIND_FLAG, NULL,
		"only compare the ledger with the issues", false},
	{"reason", OPT_REASON, 'r', KIND_TEXT, "TEXT",
		"why; it becomes evidence", false},
	{0},
};

static int check(const struct call *c, struct lapse_err *err)
{
	bool kept = c->given[OPT_FORWARD] || c->given[OPT_CHECK];

	if (c->given[OPT_FORWARD] && c->given[OPT_CHECK])
		return fail(err, LAPSE_EUSAGE,
			"--forward and --check are two different things");
	if (kept && c->given[OPT_ANCHOR])
		return fail(err, LAPSE_EUSAGE,
			"--anchor is for an empty ledger: this one knows its "
			"own");
	if (c->given[OPT_CHECK] && (c->given[OPT_REASON] ||
		c->given[OPT_DRY_RUN]))
		return fail(err, LAPSE_EUSAGE,
			"--check changes nothing: it takes neither --reason "
			"nor --dry-run");
	if (!c->given[OPT_CHECK] && !c->given[OPT_REASON])
		return fail(err, LAPSE_EUSAGE,
			"'lapse rebuild' needs --reason TEXT");
	return 0;
}

static unsigned more(const struct call *c)
{
	if (c->given[OPT_FORWARD])
		return LAPSE_NEED_LEDGER;
	return c->given[OPT_CHECK] ? LAPSE_NEED_LEDGER_READ : 0;
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_rebuild o = {
		.anchor = c->text[OPT_ANCHOR],
		.forward = c->given[OPT_FORWARD],
		.check = c->given[OPT_CHECK],
		.reason = c->text[OPT_REASON],
	};

	return lapse_rebuild(l, &o, err);
}

const struct cmd cmd_rebuild = {
	.name = "rebuild",
	.args = "",
	.summary = "make the ledger anew from Jira, or bring a copy up to date",
	.about =
		"The ledger is lost: grants, holds and deadlines are put back "
		"from the properties on issues, as far as Jira's approvals "
		"bear them out, and the anchor is taken over, so that the old "
		"host does nothing more. With --forward a restored copy "
		"learns what was told to Jira since. Nobody gets access by "
		"either.",
	.examples = "lapse rebuild --anchor ACC-1 --reason \"disk lost\" \\\n"
		"    --dry-run\n"
		"lapse rebuild --forward --reason \"restored from backup\"\n"
		"lapse rebuild --check",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_NET,
	.flags = CMD_CHANGES,
	.options = options,
	.check = check,
	.more = more,
	.run = run,
};
