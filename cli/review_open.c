/* lapse review-open: freezes who has what, and asks for a decision on each. */
#include "commands.h"

static const struct option_row options[] = {
	{"role", OPT_ROLE, 0, KIND_TEXT, "ROLE,..", "only these roles", false},
	{"application", OPT_APPLICATION, 0, KIND_TEXT, "NAME,..",
		"only the roles of these applications", false},
	{"provider", OPT_IDP, 0, KIND_TEXT, "NAME",
		"only the groups of this provider", false},
	{"elevated", OPT_ELEVATED, 0, KIND_FLAG, NULL,
		"only roles that are elevated", false},
	{"moved-since", OPT_SINCE, 0, KIND_TIME, "TIME",
		"only people whose manager, department or title changed since",
		false},
	{"population", OPT_POPULATION, 0, KIND_TEXT, "FILE",
		"the accounts in this CSV file, of an application without "
		"groups", false},
	{"for", OPT_FOR, 0, KIND_TEXT, "APPLICATION",
		"with --population: whose accounts they are", false},
	{"reviewer", OPT_REVIEWER, 0, KIND_TEXT, "WHO,..",
		"manager, owner or people; the first that can (default "
		"manager)", false},
	{"due", OPT_DUE, 0, KIND_DURATION, "DURATION",
		"how long they have: 14d", false},
	{"no-response", OPT_NO_RESPONSE, 0, KIND_TEXT, "WHAT",
		"what becomes of the undecided: keep-and-flag (default) or "
		"revoke", false},
	{"reason", OPT_REASON, 'r', KIND_TEXT, "TEXT",
		"why; it becomes evidence", true},
	{0},
};

static int run(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	struct lapse_review_open o = {
		.name = c->args[0],
		.roles = c->text[OPT_ROLE],
		.applications = c->text[OPT_APPLICATION],
		.idp = c->text[OPT_IDP],
		.elevated = c->given[OPT_ELEVATED],
		.moved_since = c->given[OPT_SINCE] ? c->number[OPT_SINCE] :
						     INT64_MIN,
		.population = c->text[OPT_POPULATION],
		.population_of = c->text[OPT_FOR],
		.reviewers = c->text[OPT_REVIEWER],
		.due_s = c->given[OPT_DUE] ? c->number[OPT_DUE] : 0,
		.no_response = c->text[OPT_NO_RESPONSE],
		.reason = c->text[OPT_REASON],
	};

	return lapse_review_open(l, &o, err);
}

const struct cmd cmd_review_open = {
	.name = "review-open",
	.args = "NAME",
	.min_args = 1,
	.max_args = 1,
	.summary = "open an access review: freeze who has what, ask reviewers",
	.about =
		"Reads the groups in scope completely, freezes who is in them "
		"with a digest, and opens one Jira issue for each reviewer. "
		"Changes nobody's access: 'lapse sync' acts on the decisions. "
		"A reading that is cut short or cannot be true opens nothing.",
	.examples =
		"lapse review-open 2026-q4 --reason \"quarterly review\"\n"
		"lapse review-open admins-q4 --elevated --reviewer owner \\\n"
		"    --due 14d --reason \"quarterly review\" --dry-run\n"
		"lapse review-open badge-2026 --population accounts.csv \\\n"
		"    --for Badge --reason \"yearly review\"",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES,
	.options = options,
	.run = run,
};
