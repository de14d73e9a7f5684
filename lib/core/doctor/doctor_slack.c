/* Checks of what lapse needs of Slack: that the token is taken, what it may
 * do, and that the bot is in the channel where access is asked for. */
#include "doctor.h"

#include <string.h>

#include "delegate.h"
#include "slack_work.h"

/* The least that is needed, and for what; channel: only where one is named. */
static const struct {
	const char *scope;
	const char *for_what;
	bool channel;
} scopes[] = {
	{"chat:write", "to write", false},
	{"im:write", "to open direct messages", false},
	{"im:read", "to see who writes to it", false},
	{"im:history", "to read answers, and to find a message again whose "
		"sending was in doubt", false},
	{"users:read", "to know who somebody is", false},
	{"users:read.email", "to match people by their address", false},
	{"reactions:read", "to read approvals", false},
	{"channels:history", "to read requests in the channel", true},
};

static bool has(const char *all, const char *scope)
{
	size_t len = strlen(scope);

	for (const char *p = all; *p != '\0';) {
		size_t n;

		p += strspn(p, ", ");
		n = strcspn(p, ", ");
		if (n == len && memcmp(p, scope, n) == 0)
			return true;
		p += n;
	}
	return false;
}

static int check_scopes(struct doctor *d, const char *all,
	struct lapse_err *err)
{
	static const char what[] = "slack: the token's scopes";
	const char *channel = d->l->config->slack.channel;
	struct strs missing = {0};

	if (all == NULL)
		return doctor_unknown(d, what, "Slack did not say them", err);
	for (size_t i = 0; i < ARRAY_N(scopes); i++) {
		bool met = has(all, scopes[i].scope) ||
			(scopes[i].channel && (channel == NULL ||
				has(all, "groups:history")));

		if (!met)
			strs_add(&missing, &d->arena, arena_fmt(&d->arena,
				"%s (%s)", scopes[i].scope,
				scopes[i].for_what));
	}
	if (missing.n == 0)
		return doctor_good(d, what, NULL, err);
	return doctor_bad(d, what, arena_fmt(&d->arena, "missing: %s",
			strs_join(&missing, &d->arena, ", ")),
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
