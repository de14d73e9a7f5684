/* What one run does on Slack, in its order. */
#include "request.h"
#include "slack_scope.h"
#include "slack_work.h"

enum {
	PATIENCE_S = 600,	/* a message older than this is told of */
};

/* Down or limited: said once, by how much waits. */
static int note_backlog(struct lapse *l, struct lapse_err *err)
{
	struct lapse_err line;
	char since[WHEN_TEXT];
	struct slack_backlog b = {0};
	int rc = slack_backlog(l->ledger, &b, err);

	/* What a missing scope keeps back was said with that. */
	if (rc < 0 || b.waiting == 0 || l->slack_failed ||
		slack_lacked(l, SLACK_WRITING) ||
		b.oldest_at > core_now(l) - PATIENCE_S)
		return rc;
	lapse_fail(&line, LAPSE_EITEM,
		"slack: %lld message%s not sent, the oldest since %s",
		(long long)b.waiting, b.waiting == 1 ? " is" : "s are",
		when_time(b.oldest_at, since));
	core_note_slack(l, LAPSE_EXIT_RETRY, &line);
	return 0;
}

/* What may be done there decides what is said: it is asked first. A Slack
 * that does not answer was noted, and all else waits. */
static int meet(struct lapse *l, struct lapse_err *err)
{
	struct lapse_err why;
	int rc = slack_self(l, &why);

	if (rc > LAPSE_EINTERNAL)
		return 0;
	*err = why;
	return rc;
}

/* All that lapse reads there was read. */
static void note_read(struct lapse *l)
{
	if (l->slack_self != NULL && !l->slack_failed && !l->slack_unread &&
		l->slack_until_ms > l->env.ticks_ms(l->env.arg) &&
		!slack_lacked(l, SLACK_READING))
		core_touch(l, SLACK_READ);
}

static int work(struct lapse *l, struct lapse_err *err)
{
	int rc = meet(l, err);

	if (rc == 0)
		rc = delegate_note_refused(l, err);
	if (rc == 0)
		rc = slack_owe_new(l, err);
	if (rc == 0)
		rc = slack_send_due(l, err);
	if (rc == 0)
		rc = slack_approve_work(l, err);
	/* What waited was sent first: reading does not use up its time. */
	if (rc == 0)
		rc = slack_ask_work(l, err);
	if (rc == 0)
		rc = slack_owe_new(l, err);
	if (rc == 0)
		rc = slack_send_due(l, err);
	if (rc == 0)
		rc = slack_scopes_note(l, err);
	note_read(l);
	return rc < 0 ? rc : note_backlog(l, err);
}

/* One run at a time: what another one is sending looks like what a killed one
 * left behind. That one, or the next, does it; nobody waits. */
int slack_work(struct lapse *l, struct lapse_err *err)
{
	bool alone = false;
	int rc;

	if (!slack_on(l))
		return 0;
	rc = core_alone(l, LEDGER_SLACK, 0, &alone, err);
	if (rc < 0 || !alone)
		return rc;
	rc = work(l, err);
	core_leave(l, LEDGER_SLACK);
	return rc;
}
