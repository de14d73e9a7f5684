/* lapse catalog: what can be asked for, here and in Jira. */
#include "commands.h"

static int list(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	(void)c;
	return lapse_catalog_list(l, err);
}

static int check(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	(void)c;
	return lapse_catalog_check(l, err);
}

static int publish(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	(void)c;
	return lapse_catalog_publish(l, err);
}

const struct cmd cmd_catalog_list = {
	.name = "catalog",
	.verb = "list",
	.args = "",
	.summary = "list the roles that can be asked for",
	.examples = "lapse catalog list",
	.needs = LAPSE_NEED_CONFIG,
	.run = list,
};

const struct cmd cmd_catalog_check = {
	.name = "catalog",
	.verb = "check",
	.args = "",
	.summary = "compare the catalog with groups, options and grants",
	.about = "Reads only. Ends with 14 when something differs.",
	.examples = "lapse catalog check",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER_READ | LAPSE_NEED_NET,
	.run = check,
};

const struct cmd cmd_catalog_publish = {
	.name = "catalog",
	.verb = "publish",
	.args = "",
	.summary = "write the roles into the options of the Jira field",
	.about =
		"Adds and renames options and disables retired ones; it "
		"never deletes one.",
	.examples = "lapse catalog publish --dry-run",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES,
	.run = publish,
};
