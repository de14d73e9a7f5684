/* lapse export: one kind of rows from the ledger alone, to standard output or
 * into a folder. */
#include "commands.h"

static const struct option_row options[] = {
	{"format", OPT_FORMAT, 'f', KIND_TEXT, "FORMAT",
		"csv, jsonl, ocsf or ecs", false},
	{"out", OPT_OUT, 'o', KIND_TEXT, "DIR",
		"make this folder, with a manifest; it must not exist", false},
	{"as-of", OPT_AS_OF, 0, KIND_TIME, "TIME",
		"as it stood then: 2026-11-23T10:00:00Z", false},
	{"since", OPT_SINCE, 0, KIND_TIME, "TIME",
		"of changes and events those of after this", false},
	{"until", OPT_UNTIL, 0, KIND_TIME, "TIME",
		"of changes and events those of before this", false},
	{"role", OPT_ROLE, 0, KIND_TEXT, "ROLE", "only this role", false},
	{"idp", OPT_IDP, 0, KIND_TEXT, "NAME", "only this provider", false},
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
	struct lapse_export o = {
		.what = c->cmd->verb,
		.format = c->given[OPT_FORMAT] ? c->text[OPT_FORMAT]
			: c->given[OPT_JSON] ? "jsonl" : "csv",
		.out = c->text[OPT_OUT],
		.raw = c->given[OPT_RAW],
		.since = time_or_none(c, OPT_SINCE),
		.until = time_or_none(c, OPT_UNTIL),
		.as_of = time_or_none(c, OPT_AS_OF),
		.role = c->text[OPT_ROLE],
		.idp = c->text[OPT_IDP],
	};

	return lapse_export(l, &o, err);
}

const struct cmd cmd_export_changes = {
	.name = "export",
	.verb = "changes",
	.args = "",
	.summary = "write each access given: why, by whom, until when",
	.about =
		"One row per grant and membership; as ocsf or ecs one per add "
		"and remove. Needs no network. The same ledger and arguments "
		"give the same bytes.",
	.examples = "lapse export changes --since 2026-10-01T00:00:00Z\n"
		"lapse export changes --format ocsf --ledger lapse.snapshot",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS | CMD_NAMES_VERB,
	.options = options,
	.run = run,
};

const struct cmd cmd_export_events = {
	.name = "export",
	.verb = "events",
	.args = "",
	.summary = "write the evidence, row by row, as it is hashed",
	.about =
		"As ocsf or ecs only adds and removes of a group's members: "
		"the rest has no word there.",
	.examples = "lapse export events --format jsonl",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS | CMD_NAMES_VERB,
	.options = options,
	.run = run,
};

const struct cmd cmd_export_entitlements = {
	.name = "export",
	.verb = "entitlements",
	.args = "",
	.summary = "write who has what, also as it stood at a past time",
	.about =
		"One row per membership of a governed group, whatever it comes "
		"from, and access given by hand.",
	.examples = "lapse export entitlements --as-of 2026-10-01T00:00:00Z",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS | CMD_NAMES_VERB,
	.options = options,
	.run = run,
};
