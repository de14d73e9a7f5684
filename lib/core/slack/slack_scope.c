/* The scopes of the app: one that is missing takes away what needs it, and
 * nothing else. Slack lists them with each reply; where it does not, the first
 * refusal tells. */
#include "slack_scope.h"

#include <string.h>

#include "delegate.h"
#include "slack_work.h"

/* The number in the ledger, of the last run that Slack answered. */
#define LACKS "slack-lacks"

/* The least that is needed, for what, and when. */
static const struct {
	unsigned bit;
	const char *scope;
	const char *instead;	/* serves as well; NULL */
	const char *for_what;
	bool channel;		/* only where a channel is named, */
	bool delegate;		/* or a delegate */
} scopes[] = {
	{SLACK_CHAT_WRITE, "chat:write", NULL, "to write", false, false},
	{SLACK_IM_WRITE, "im:write", NULL, "to open direct messages", false,
		false},
	{SLACK_IM_READ, "im:read", NULL, "to see who writes to it", false,
		false},
	{SLACK_IM_HISTORY, "im:history", NULL,
		"to read answers, and what was sent in doubt", false, false},
	{SLACK_USERS_READ, "users:read", NULL, "to know who somebody is",
		false, false},
	{SLACK_USERS_EMAIL, "users:read.email", NULL,
		"to match people by their address", false, false},
	{SLACK_REACTIONS_READ, "reactions:read", NULL,
		"to read reactions as answers", false, true},
	{SLACK_CHANNELS_HISTORY, "channels:history", "groups:history",
		"to read requests in the channel", true, false},
};

/* ---- Slack's list ---- */

static bool has(const char *all, const char *scope)
{
	size_t len = scope == NULL ? 0 : strlen(scope);

	for (const char *p = all; len > 0 && *p != '\0';) {
		size_t n;

		p += strspn(p, ", ");
		n = strcspn(p, ", ");
		if (n == len && memcmp(p, scope, n) == 0)
			return true;
		p += n;
	}
	return false;
}

unsigned slack_scopes_missing(const char *all, bool channel, bool delegate)
{
	unsigned missing = 0;

	for (size_t i = 0; i < ARRAY_N(scopes); i++)
		if ((!scopes[i].channel || channel) &&
			(!scopes[i].delegate || delegate) &&
			!has(all, scopes[i].scope) &&
			!has(all, scopes[i].instead))
			missing |= scopes[i].bit;
	return missing;
}

static const char *join(unsigned which, bool for_what, struct arena *a)
{
	struct strs list = {0};

	for (size_t i = 0; i < ARRAY_N(scopes); i++)
		if ((which & scopes[i].bit) != 0)
			strs_add(&list, a, for_what ?
				arena_fmt(a, "%s (%s)", scopes[i].scope,
					scopes[i].for_what) :
				scopes[i].scope);
	return strs_join(&list, a, ", ");
}

const char *slack_scopes_say(unsigned which, struct arena *a)
{
	return join(which, true, a);
}

const char *slack_scopes_names(unsigned which, struct arena *a)
{
	return join(which, false, a);
}

/* ---- What an operation needs ---- */

/* Source: Slack Web API, the scopes of each method; those of reading messages
 * go by the kind of channel. */
unsigned slack_scope_of(const struct lapse *l, const struct op *op)
{
	static const struct {
		op_step *step;
		unsigned scope;
	} needs[] = {
		{slack_post, SLACK_CHAT_WRITE},
		{slack_open, SLACK_IM_WRITE},
		{slack_directs, SLACK_IM_READ},
		{slack_find_user, SLACK_USERS_EMAIL},
		{slack_get_user, SLACK_USERS_READ},
		{slack_get_reactions, SLACK_REACTIONS_READ},
	};
	const char *channel = l->config->slack.channel;

	for (size_t i = 0; i < ARRAY_N(needs); i++)
		if (needs[i].step == op->step)
			return needs[i].scope;
	if (op->step != slack_history && op->step != slack_replies &&
		op->step != slack_find_post && op->step != slack_may_read)
		return 0;
	return channel != NULL && op->group != NULL &&
		strcmp(channel, op->group) == 0 ? SLACK_CHANNELS_HISTORY :
						  SLACK_IM_HISTORY;
}

/* ---- What is known ---- */

/* Slack's own word, with what it refused in this run. */
static bool is_told(const struct lapse *l)
{
	return l->slack_self != NULL && l->slack_self->scopes != NULL;
}

/* A ledger that does not say is as if nothing was missing: Slack will. */
static unsigned before(struct lapse *l)
{
	int64_t kept = 0;

	if (l->ledger == NULL ||
		ledger_cursor(l->ledger, LACKS, &kept, 0, NULL) < 0)
		return 0;
	return (unsigned)kept;
}

static unsigned known(struct lapse *l)
{
	if (l->slack_self == NULL)
		return before(l);
	return l->slack_refused | (!is_told(l) ? 0 :
		slack_scopes_missing(l->slack_self->scopes,
			l->config->slack.channel != NULL,
			delegate_account(l) != NULL));
}

static unsigned lasting(struct lapse *l)
{
	return known(l) | (is_told(l) ? 0 : before(l) & ~l->slack_granted);
}

bool slack_lacks(struct lapse *l, unsigned which)
{
	return (known(l) & which) != 0;
}

bool slack_lacked(struct lapse *l, unsigned which)
{
	return (lasting(l) & which) != 0;
}

void slack_scope_told(struct lapse *l, unsigned which, bool refused)
{
	if (refused)
		l->slack_refused |= which;
	else
		l->slack_granted |= which;
}

bool slack_hears(struct lapse *l)
{
	return !slack_lacks(l, SLACK_PEOPLE | SLACK_CHAT_WRITE) &&
		(!slack_lacks(l, SLACK_REACTIONS_READ) ||
			!slack_lacks(l, SLACK_IM_HISTORY));
}

/* ---- Saying it ---- */

int slack_scopes_kept(struct lapse *l, unsigned *ret, struct lapse_err *err)
{
	int64_t kept = 0;
	int rc = l->config != NULL && !slack_on(l) ? 0 :
		ledger_cursor(l->ledger, LACKS, &kept, 0, err);

	if (rc == 0)
		*ret = (unsigned)kept;
	return rc;
}

static int keep(struct lapse *l, unsigned missing, struct lapse_err *err)
{
	int64_t kept = 0;
	int rc = ledger_cursor(l->ledger, LACKS, &kept, 0, err);

	if (rc < 0 || kept == missing)
		return rc;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	return core_end(l, ledger_set_cursor(l->ledger, LACKS, missing, err),
		err);
}

int slack_scopes_note(struct lapse *l, struct lapse_err *err)
{
	struct lapse_err line;
	const char *what;
	unsigned missing;

	if (l->slack_self == NULL)
		return 0;
	missing = lasting(l);
	what = slack_scopes_say(missing, &l->arena);
	if (what == NULL)
		return lapse_fail_nomem(err);
	if (missing != 0) {
		lapse_fail(&line, LAPSE_EAUTH, "slack: the app lacks %s, and "
			"what needs that is left out; add it to the app and "
			"install it again, see lapse-slack(7)", what);
		core_note_slack(l, lapse_exit_of(LAPSE_EAUTH), &line);
	}
	return keep(l, missing, err);
}
