/* Checks of what lapse needs of Slack: that the token is taken, what it may
 * do, and that the bot is in the channel where access is asked for. */
#include "doctor.h"

#include <string.h>

#include "delegate.h"
#include "slack_scope.h"
#include "slack_work.h"

static int check_scopes(struct doctor *d, const char *all,
	struct lapse_err *err)
{
	static const char what[] = "slack: the token's scopes";
	unsigned missing;

	if (all == NULL)
		return doctor_unknown(d, what, "Slack did not say them", err);
	missing = slack_scopes_missing(all,
		d->l->config->slack.channel != NULL,
		delegate_account(d->l) != NULL);
	if (missing == 0)
		return doctor_good(d, what, NULL, err);
	return doctor_bad(d, what, arena_fmt(&d->arena, "missing: %s",
			slack_scopes_say(missing, &d->arena)),
		"add them to the app and install it again; see lapse-slack(7)",
		err);
}

static int check_channel(struct doctor *d, struct lapse_err *err)
{
	const char *channel = d->l->config->slack.channel;
	const char *what = arena_fmt(&d->arena,
		"slack: the bot is in channel %s", channel);
	struct op op = {.step = slack_may_read, .name = "channel",
		.group = channel};
	struct lapse_err why;
	int rc;

	if (what == NULL)
		return lapse_fail_nomem(err);
	rc = slack_call(d->l, &op, &why);
	op_clear(&op);
	if (rc < 0)
		return doctor_failed(d, what, &why, "invite the app to the "
			"channel (/invite), or correct 'channel'", err);
	return doctor_good(d, what, NULL, err);
}

/* Whether it is who it should be, and the same look that each answer takes
 * first. */
static int check_delegate(struct doctor *d, struct lapse_err *err)
{
	static const char what[] =
		"slack: the delegate has a Jira account of its own";
	struct op op = {
		.step = jira_myself,
		.name = "myself",
		.arena = &d->arena,
	};
	const struct jira_person *is;
	struct lapse_err why;
	int rc = delegate_call(d->l, &op, &why);

	is = rc == 0 ? op.ret : NULL;
	op_clear(&op);
	if (rc < 0)
		return doctor_failed(d, what, &why, "make an account with an "
			"agent's licence and a token; see lapse-slack(7)",
			err);
	return doctor_good(d, what, is->name, err);
}

int doctor_slack(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "slack: the token is taken";
	struct lapse_err why;
	int rc;

	if (!slack_on(d->l))
		return 0;
	if (slack_self(d->l, &why) < 0)
		return doctor_failed(d, what, &why,
			"see lapse-slack(7) for the app and its token", err);
	rc = d->l->slack_self->bot != NULL ?
		doctor_good(d, what, d->l->slack_self->team_name, err) :
		doctor_bad(d, what, "it is a person's, not a bot's",
			"take the Bot User OAuth Token of the app", err);
	if (rc == 0)
		rc = check_scopes(d, d->l->slack_self->scopes, err);
	if (rc == 0 && d->l->config->slack.channel != NULL)
		rc = check_channel(d, err);
	if (rc == 0 && delegate_account(d->l) != NULL)
		rc = check_delegate(d, err);
	return rc;
}
