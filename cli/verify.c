/* lapse verify: is the evidence whole? */
#include "commands.h"

#include "fail.h"

static const struct option_row options[] = {
	{"jira", OPT_JIRA, 0, KIND_FLAG, NULL,
		"hold anchor, properties and comments against it too", false},
	{"witness", OPT_WITNESS, 0, KIND_TEXT, "FILE",
		"and the heads that were noted in this file", false},
	{"row", OPT_ROW, 0, KIND_TEXT, "FILE:N",
		"with DIR: print the proof of one row", false},
	{"proof", OPT_PROOF, 0, KIND_TEXT, "FILE",
		"check such a proof, without its export", false},
	{"manifest", OPT_MANIFEST, 0, KIND_TEXT, "FILE",
		"with --proof: the row must be of this manifest", false},
	{"public-key", OPT_PUBLIC_KEY, 0, KIND_TEXT, "FILE",
		"with DIR: its manifest must be signed by this key", false},
	{0},
};

static int check(const struct call *c, struct lapse_err *err)
{
	bool dir = c->n_args > 0;
	bool ledger = c->given[OPT_JIRA] || c->given[OPT_WITNESS] ||
		c->given[OPT_LEDGER];

	if ((c->given[OPT_ROW] || c->given[OPT_PUBLIC_KEY]) && !dir)
		return fail(err, LAPSE_EUSAGE,
			"--row and --public-key go with the folder of an "
			"export");
	if (c->given[OPT_MANIFEST] && !c->given[OPT_PROOF])
		return fail(err, LAPSE_EUSAGE, "--manifest goes with --proof");
	if (dir + c->given[OPT_PROOF] + ledger > 1)
		return fail(err, LAPSE_EUSAGE, "DIR, --proof and the options "
			"of the ledger do not mix: one at a time");
	if (c->given[OPT_LEDGER] && c->given[OPT_JIRA] &&
		!c->given[OPT_CONFIG])
		return fail(err, LAPSE_EUSAGE, "--jira with --ledger wants "
			"--config FILE too: it says which Jira");
	return 0;
}

static unsigned more(const struct call *c)
{
	if (c->given[OPT_PROOF])
		return 0;
	return c->given[OPT_JIRA]
		? LAPSE_NEED_LEDGER_READ | LAPSE_NEED_CONFIG | LAPSE_NEED_NET
		: LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG;
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_verify o = {
		.dir = c->args[0],
		.row = c->text[OPT_ROW],
		.proof = c->text[OPT_PROOF],
		.manifest = c->text[OPT_MANIFEST],
		.public_key = c->text[OPT_PUBLIC_KEY],
		.witness = c->text[OPT_WITNESS],
		.jira = c->given[OPT_JIRA],
	};

	return lapse_verify(l, &o, err);
}

const struct cmd cmd_verify = {
	.name = "verify",
	.args = "[DIR]",
	.max_args = 1,
	.summary = "check the evidence chain, its witnesses, or an export",
	.about =
		"Without DIR: every event of the ledger; with --jira or "
		"--witness, also what others know of it. With DIR: the "
		"files that review-export made, without ledger, "
		"configuration or network. Ends with 65 when anything was "
		"changed, is missing or was added.",
	.examples = "lapse verify\nlapse verify --jira\n"
		"lapse verify 2026-q4\n"
		"lapse verify 2026-q4 --row changes.csv:17 --json >row.json\n"
		"lapse verify --proof row.json --manifest MANIFEST.json",
	.flags = CMD_READS | CMD_OFFLINE_FILE,
	.options = options,
	.check = check,
	.more = more,
	.run = run,
};
