/* The delegate's own connection to Jira. */
#include "delegate.h"

#include <string.h>

#include "slack_work.h"

const char *delegate_account(const struct lapse *l)
{
	return slack_on(l) ? l->config->slack.delegate : NULL;
}

static int open_delegate(struct lapse *l, struct lapse_err *err)
{
	const struct config *c = l->config;
	struct jira_config config = c->jira;
	int rc;

	config.email = c->slack.delegate_email;
	config.token = c->slack.delegate_token;
	config.next_token = NULL;
	rc = jira_configure(&config, &l->arena, &l->delegate,
		&l->delegate_auth, err);
	if (rc < 0)
		return rc;
	l->delegate.name = "jira";
	l->delegate.service = &jira_service;
	l->delegate.proxy = c->jira_proxy;
	l->delegate.ca_file = c->jira_ca_file;
	l->delegate.rate_share = 100;
	rc = auth_open(&l->delegate.auth, &l->delegate_auth, &l->env, err);
	if (rc == 0)
		rc = engine_remote_open(l->engine, &l->delegate, err);
	if (rc == 0)
		l->delegate_open = true;
	return rc;
}

static int check(const struct lapse *l, const struct jira_person *is,
	struct lapse_err *err)
{
	const char *named = l->config->slack.delegate;

	if (strcmp(named, l->self.account) == 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"'%s': is lapse's own account; the delegate is "
			"another, see lapse-slack(7)", named);
	if (strcmp(named, is->account) != 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"delegate-token is of account '%s', and "
			"delegate-account says '%s'; correct one of them",
			is->account, named);
	return 0;
}

/* Once in a run: who it is, as Jira says. */
static int make_sure(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct op op = {.step = jira_myself, .name = "myself", .arena = &a};
	int rc = core_self(l, err);

	if (rc == 0)
		rc = engine_call(l->engine, &l->delegate, &op, err);
	if (rc == 0)
		rc = check(l, op.ret, err);
	op_clear(&op);
	l->delegate_checked = rc == 0;
	return rc;
}

static int ready(struct lapse *l, struct lapse_err *err)
{
	int rc = core_online(l, err);

	if (rc == 0 && !l->delegate_open)
		rc = open_delegate(l, err);
	if (rc == 0 && !l->delegate_checked)
		rc = make_sure(l, err);
	return rc;
}

int delegate_call(struct lapse *l, struct op *op, struct lapse_err *err)
{
	int rc;

	if (l->delegate_failed) {
		*err = l->delegate_why;
		return err->code;
	}
	rc = ready(l, err);
	if (rc == 0)
		return engine_call(l->engine, &l->delegate, op, err);
	/* The configuration of a delegate ends nobody else's run. */
	if (rc == LAPSE_ECONFIG)
		err->code = LAPSE_EAUTH;
	l->delegate_failed = true;
	l->delegate_why = *err;
	return err->code;
}
