/* Checks of what lapse needs of Slack: that the token is taken, what it may
 * do, and that the bot is in the channel where access is asked for. */
#include "doctor.h"

#include <string.h>

#include "delegate.h"
#include "slack_ask.h"
#include "slack_scope.h"
#include "text.h"

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

/* ---- Asking ---- */

/* What keeps requests from being filed, of each form that has a role. */
static const char *why_no_form(struct doctor *d)
{
	const struct config *c = d->l->config;
	struct strs why = {0};

	for (size_t i = 0; i < c->projects.n; i++) {
		const struct project *p = &c->projects.items[i];

		if (p->service_desk == NULL)
			strs_add(&why, &d->arena, arena_fmt(&d->arena,
				"project '%s' has no service-desk", p->id));
		for (size_t n = 0; n < p->types.n; n++)
			if (p->types.items[n].form.role != NULL &&
				!ask_form_fits(&p->types.items[n]))
				strs_add(&why, &d->arena, arena_fmt(&d->arena,
					"request-type '%s' has no "
					"field-how-long",
					p->types.items[n].id));
	}
	return why.n > 0 ? strs_join(&why, &d->arena, ", ") : NULL;
}

/* Who asks where no form takes it is only told that nothing can be asked for.
 */
static int check_asking(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "slack: access can be asked for";
	struct slack_roles roles = {0};
	const char *why;
	int rc = ask_roles(d->l, &d->arena, &roles, err);

	if (rc < 0)
		return rc;
	if (roles.items.n > 0)
		return doctor_good(d, what, arena_fmt(&d->arena,
			"%zu of %zu roles", roles.items.n,
			d->l->config->roles.n), err);
	why = why_no_form(d);
	return why == NULL ? doctor_unknown(d, what, "no role is offered but "
			"in mode observe", err) :
		doctor_bad(d, what, why, "set service-desk in the project and "
			"field-how-long in the request type; see "
			"lapse-slack(7)", err);
}

/* ---- The delegate ---- */

static bool is_delegate(const struct lapse *l, const char *named)
{
	const struct slack_section *s = &l->config->slack;

	return named != NULL && (strcmp(named, s->delegate) == 0 ||
		text_same_nocase(named, s->delegate_email));
}

/* What a person would have to approve, or has, who can then do neither: what
 * the delegate answers is nobody's answer. */
static const char *duty_of_delegate(struct doctor *d)
{
	const struct config *c = d->l->config;

	for (size_t i = 0; i < c->applications.n; i++)
		if (is_delegate(d->l, c->applications.items[i].owner))
			return arena_fmt(&d->arena, "the owner of %s",
				c->applications.items[i].name);
	for (size_t i = 0; i < c->roles.n; i++) {
		const struct role *role = &c->roles.items[i];
		bool named = is_delegate(d->l, role->fallback_approver);

		for (size_t n = 0; n < role->approvers.n && !named; n++)
			named = is_delegate(d->l, role->approvers.items[n]);
		if (named)
			return arena_fmt(&d->arena, "an approver of %s",
				role->name);
	}
	return NULL;
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
	const char *duty;
	struct lapse_err why;
	int rc = delegate_call(d->l, &op, &why);

	is = rc == 0 ? op.ret : NULL;
	op_clear(&op);
	if (rc < 0)
		return doctor_failed(d, what, &why,
			doctor_is_elsewhere(why.code) ? "see the checks of "
				"Jira, and the network; try again later" :
			"see delegate-account, delegate-email and "
				"delegate-token in the slack section; it "
				"takes an account of its own with an agent's "
				"licence, see lapse-slack(7)",
			err);
	duty = duty_of_delegate(d);
	if (duty != NULL)
		return doctor_bad(d, what, arena_fmt(&d->arena, "%s is %s: "
				"nobody is asked in that place", is->name,
				duty), "make an account for this alone; a "
			"person who approves is no delegate", err);
	return doctor_good(d, what, is->name, err);
}

int doctor_slack(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "slack: the token is taken";
	struct lapse_err why;
	int rc;

	if (!slack_on(d->l))
		return 0;
	if (slack_self(d->l, &why) < 0 && doctor_is_elsewhere(why.code))
		return doctor_failed(d, "slack: it can be reached", &why,
			"see url, proxy and ca-file of the slack section, and "
			"the network; where Slack is busy or down, try again "
			"later", err);
	if (d->l->slack_self == NULL)
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
	if (rc == 0)
		rc = check_asking(d, err);
	if (rc == 0 && delegate_account(d->l) != NULL)
		rc = check_delegate(d, err);
	return rc;
}
