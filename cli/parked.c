/* lapse parked: changes that need a person. */
#include "commands.h"

#include <errno.h>
#include <stdlib.h>

#include "fail.h"

static int list(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	(void)c;
	return lapse_parked(l, err);
}

/* 0 where none is given. */
static int change_id(const struct call *c, int64_t *ret, struct lapse_err *err)
{
	char *end = NULL;
	long long id = 0;

	errno = 0;
	if (c->n_args > 0) {
		id = strtoll(c->args[0], &end, 10);
		if (*c->args[0] < '0' || *c->args[0] > '9' || *end != '\0' ||
			errno != 0 || id < 1)
			return fail(err, LAPSE_EUSAGE,
				"'%s' is not the number of a change; see "
				"'lapse parked list'", c->args[0]);
	}
	*ret = id;
	return 0;
}

static int check_id(const struct call *c, struct lapse_err *err)
{
	int64_t id;

	return change_id(c, &id, err);
}

static int retry(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	int64_t id = 0;
	int rc = change_id(c, &id, err);

	if (rc < 0)
		return rc;
	return lapse_parked_retry(l, id, c->text[OPT_REASON], err);
}

static int abandon(const struct call *c, struct lapse *l, struct lapse_err *err)
{
	int64_t id = 0;
	int rc = change_id(c, &id, err);

	if (rc < 0)
		return rc;
	return lapse_parked_abandon(l, id, c->text[OPT_REASON], err);
}

const struct cmd cmd_parked_list = {
	.name = "parked",
	.verb = "list",
	.args = "",
	.summary = "list changes that a provider refused for good",
	.about = "They are tried again once a day.",
	.examples = "lapse parked list",
	.needs = LAPSE_NEED_LEDGER_READ | LAPSE_MAY_CONFIG,
	.flags = CMD_READS,
	.run = list,
};

const struct cmd cmd_parked_retry = {
	.name = "parked",
	.verb = "retry",
	.args = "[CHANGE]",
	.max_args = 1,
	.summary = "try parked changes again now",
	.about = "All of them where no CHANGE is given.",
	.examples = "lapse parked retry 12 --reason \"admin role restored\"",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER | LAPSE_NEED_NET,
	.flags = CMD_CHANGES | CMD_BY_HAND,
	.check = check_id,
	.run = retry,
};

const struct cmd cmd_parked_abandon = {
	.name = "parked",
	.verb = "abandon",
	.args = "CHANGE",
	.min_args = 1,
	.max_args = 1,
	.summary = "end a parked change by your word",
	.about =
		"For a removal this says that somebody else answers for the "
		"access from now on. Name and reason become evidence.",
	.examples = "lapse parked abandon 12 --reason \"removed by hand, "
		"CHG-81\"",
	.needs = LAPSE_NEED_CONFIG | LAPSE_NEED_LEDGER,
	.flags = CMD_CHANGES | CMD_BY_HAND,
	.check = check_id,
	.run = abandon,
};
