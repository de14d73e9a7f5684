/* What one run does on Slack, in its order. */
#include "slack_work.h"

enum {
	PATIENCE_S = 600,	/* a message older than this is told of */
};

/* Down or limited: said once, by how much waits. */
static int note_backlog(struct lapse *l, struct lapse_err *err)
{
	struct lapse_err line;
	char since[WHEN_TEXT];
	int64_t n = 0;
	int64_t oldest_at = WHEN_NONE;
	int rc = slack_backlog(l->ledger, &n, &oldest_at, err);

	if (rc < 0 || n == 0 || l->slack_failed ||
		oldest_at > core_now(l) - PATIENCE_S)
		return rc;
	lapse_fail(&line, LAPSE_EITEM,
		"slack: %lld message%s not sent, the oldest since %s",
		(long long)n, n == 1 ? " is" : "s are",
		when_time(oldest_at, since));
	core_note_slack(l, LAPSE_EXIT_RETRY, &line);
	return 0;
}

int slack_work(struct lapse *l, struct lapse_err *err)
{
	int rc;

	if (!slack_on(l))
		return 0;
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
	return rc < 0 ? rc : note_backlog(l, err);
}
