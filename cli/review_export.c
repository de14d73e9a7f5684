/* lapse review-export: the audit files, from the ledger alone. */
#include "commands.h"

static const struct option_row options[] = {
	{"out", OPT_OUT, 'o', KIND_TEXT, "DIR",
		"the folder to make; it must not exist", true},
	{"since", OPT_SINCE, 0, KIND_TIME, "TIME",
		"only what ended or was open after this", false},
	{"until", OPT_UNTIL, 0, KIND_TIME, "TIME",
		"only what began before this", false},
	{"role", OPT_ROLE, 0, KIND_TEXT, "ROLE", "only this role", false},
	{"idp", OPT_IDP, 0, KIND_TEXT, "NAME", "only this provider", false},
	{"campaign", OPT_CAMPAIGN, 0, KIND_TEXT, "NAME",
		"of access reviews only this one", false},
	{"raw", OPT_RAW, 0, KIND_FLAG, NULL,
		"cells as they are; do not open them in a spreadsheet", false},
	{0},
};

static int64_t time_or_none(const struct call *c, enum option_id id)
{
	return c->given[id] ? c->number[id] : INT64_MIN;
}

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_review_export o = {
		.out = c->text[OPT_OUT],
		.raw = c->given[OPT_RAW],
		.since = time_or_none(c, OPT_SINCE),
		.until = time_or_none(c, OPT_UNTIL),
		.role = c->text[OPT_ROLE],
		.idp = c->text[OPT_IDP],
		.campaign = c->text[OPT_CAMPAIGN],
	};

	return lapse_review_export(l, &o, err);
}

const struct cmd cmd_review_export = {
	.name = "review-export",
	.args = "",
	.summary = "write the audit files: who had what, why, and until when",
	.about =
		"Writes CSV files and a manifest with their digests. Needs "
		"no network: a CI job runs it on a snapshot of the ledger. "
		"'lapse verify DIR' checks the result.",
	.examples = "lapse review-export --ledger lapse.snapshot --out 2026-q4 "
		"\\\n    --since 2026-10-01T00:00:00Z",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.options = options,
	.run = run,
};
