/* Slack as a remote: opened when it is first needed, and left alone for the
 * rest of the run when it fails. */
#include <string.h>

#include "slack_scope.h"
#include "slack_work.h"

enum {
	CALL_S = 5,		/* one operation, with its repetitions */
	SHARE = 8,		/* of the run's deadline */
};

static int open_remote(struct lapse *l, struct lapse_err *err)
{
	const struct slack_section *s = &l->config->slack;
	int rc = slack_configure(&s->remote, &l->arena, &l->slack,
		&l->slack_auth, err);

	if (rc < 0)
		return rc;
	l->slack.name = "slack";
	l->slack.proxy = s->proxy;
	l->slack.ca_file = s->ca_file;
	l->slack.rate_share = 100;
	rc = auth_open(&l->slack.auth, &l->slack_auth, &l->env, err);
	if (rc == 0)
		rc = engine_remote_open(l->engine, &l->slack, err);
	if (rc == 0)
		l->slack_open = true;
	return rc;
}

/* Once for the run: nobody's access waits for it. Configuration would end the
 * run of whoever passes the code on. */
static void give_up(struct lapse *l, const struct lapse_err *why)
{
	int exit = why->code == LAPSE_EUNAVAIL ? LAPSE_EXIT_RETRY :
						 lapse_exit_of(why->code);

	if (l->slack_failed)
		return;
	core_note_slack(l, exit, l->tells_remotes ? NULL : why);
	l->slack_failed = true;
	l->slack_why = *why;
	l->slack_why.code = LAPSE_EUNAVAIL;
}

bool slack_usable(struct lapse *l)
{
	int64_t now = l->env.ticks_ms(l->env.arg);

	if (l->slack_until_ms == 0)
		l->slack_until_ms = now + l->config->run_deadline * 1000 /
			SHARE;
	return !l->slack_failed && !core_stopped(l) &&
		now < l->slack_until_ms;
}

/* Not beyond its share by much. */
static int64_t patience(const struct lapse *l)
{
	int64_t left = (l->slack_until_ms - l->env.ticks_ms(l->env.arg) +
		999) / 1000;

	return left < CALL_S ? left : CALL_S;
}

/* Open, and not given up. */
static int ready(struct lapse *l, struct lapse_err *err)
{
	struct lapse_err why;
	int rc = core_online(l, err);

	if (rc < 0)
		return rc;
	if (!l->slack_failed && !l->slack_open && open_remote(l, &why) < 0) {
		if (strncmp(why.text, "slack", 5) != 0)
			lapse_prefix(&why, "slack");
		give_up(l, &why);
	}
	if (l->slack_failed) {
		*err = l->slack_why;
		return err->code;
	}
	if (!slack_usable(l))
		return lapse_fail(err, LAPSE_EAGAIN,
			"slack: its share of the run is used up");
	return 0;
}

static int call(struct lapse *l, struct op *op, struct lapse_err *err)
{
	unsigned scope = slack_scope_of(l, op);
	int rc = ready(l, err);

	if (rc < 0)
		return rc;
	op->patience_s = patience(l);
	op->until_ms = l->slack_until_ms;
	rc = engine_call(l->engine, &l->slack, op, err);
	/* The first one proved the token: another refusal is of a scope. */
	if (rc == 0 || (rc == LAPSE_EAUTH && l->slack_self != NULL && scope != 0))
		slack_scope_told(l, scope, rc < 0);
	else if (rc == LAPSE_EUNAVAIL || rc == LAPSE_EAUTH)
		give_up(l, err);
	/* It is slow, or has no end: said in each run that met it. */
	if (rc == LAPSE_EAGAIN &&
		l->env.ticks_ms(l->env.arg) >= l->slack_until_ms)
		core_note_slack(l, LAPSE_EXIT_RETRY, l->tells_remotes ? NULL : err);
	/* It asked to be left alone for longer than this run may wait. */
	else if (rc == LAPSE_EAGAIN)
		l->slack_until_ms = l->env.ticks_ms(l->env.arg);
	return rc;
}

int slack_call(struct lapse *l, struct op *op, struct lapse_err *err)
{
	unsigned scope = slack_scope_of(l, op);
	int rc = slack_self(l, err);

	if (rc < 0)
		return rc;
	if (scope != 0 && slack_lacks(l, scope))
		return lapse_fail(err, LAPSE_EAUTH, "slack: %s: not without "
			"the scope %s; add it to the app and install it "
			"again, see lapse-slack(7)", op->name,
			slack_scopes_names(scope, &l->arena));
	return call(l, op, err);
}

int slack_self(struct lapse *l, struct lapse_err *err)
{
	struct op op = {
		.step = slack_test,
		.name = "auth.test",
		.arena = &l->arena,
	};
	int rc;

	if (l->slack_self != NULL)
		return 0;
	rc = call(l, &op, err);
	if (rc == 0) {
		l->slack_self = op.ret;
		l->slack_date = op.date;
	}
	op_clear(&op);
	return rc;
}
