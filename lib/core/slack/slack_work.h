/* lapse on Slack: who is who there, what is owed and sent, within a share of
 * the run that is its own. Nothing here may delay access or fail a run: what
 * Slack does not do is noted, and waits. */
#ifndef LAPSE_CORE_SLACK_WORK_H
#define LAPSE_CORE_SLACK_WORK_H

#include "core.h"
#include "slack_rows.h"

/* Is lapse on Slack at all? */
static inline bool slack_on(const struct lapse *l)
{
	return l->config != NULL && l->config->slack.remote.token != NULL;
}

/* The stamp of the last run that read all there is to read. */
#define SLACK_READ "slack.read"

/* slack_work.c: the work of one run, in its order, unless another run is at it.
 * Fails with the ledger's codes only. */
int slack_work(struct lapse *l, struct lapse_err *err);

/* slack_call.c: one operation, waited for, at most some seconds. The first one
 * opens the remote, proves the token and starts the share of the deadline.
 * Slack that cannot be reached or does not take the token is given up for the
 * run, and noted once. LAPSE_EAUTH: the app lacks a scope; that operation is
 * left out, and the next ones that need it are not sent. LAPSE_EAGAIN: it is to
 * be left alone for now, or the share is used. */
int slack_call(struct lapse *l, struct op *op, struct lapse_err *err);
/* Fills l->slack_self. */
int slack_self(struct lapse *l, struct lapse_err *err);
/* Is there any use in another call in this run? */
bool slack_usable(struct lapse *l);

/* Why nobody there is answered at all. */
#define SLACK_DEACTIVATED "deactivated in Slack"
#define SLACK_BOT "a bot in Slack"
#define SLACK_NOBODY "nobody in Slack"

#define SLACK_NOT_IN_JIRA "no Jira account has the address"

/* slack_people.c: the Slack user of an account, by exact address, as Slack has
 * it today. ret->user NULL: told nothing there, and ret->why. Asks Slack, at
 * most once a day for each. <Errors> those of slack_call(). */
int slack_person_of(struct lapse *l, const char *account, struct arena *a,
	struct slack_user_row *ret, struct lapse_err *err);
/* The reverse, asked afresh: whose is this Slack user? *ret_account NULL: of
 * nobody, or not to be told, and *ret_why; *ret_address as Slack has it. */
int slack_account_of(struct lapse *l, const char *user, struct arena *a,
	const char **ret_account, const char **ret_address,
	const char **ret_why, struct lapse_err *err);
/* It does not fit any more: the next use asks Slack again. */
int slack_person_forget(struct lapse *l, const struct slack_user_row *row,
	struct lapse_err *err);

/* slack_owe.c: what happened becomes messages that are owed. */
int slack_owe_new(struct lapse *l, struct lapse_err *err);
/* slack_over.c: what was asked and is settled is said to be over, first: what
 * takes its place stands below it. */
int slack_owe_over(struct lapse *l, struct lapse_err *err);
/* The thread, in the ledger alone, of all that says so. */
#define SLACK_OVER "over"
/* One message that answers somebody there, in a transaction: kind, subject,
 * channel and thread_ts as the row has them, account "", the body by
 * slack_escape(). until_at 0: a week. */
int slack_owe(struct lapse *l, const struct slack_message_row *m,
	struct lapse_err *err);

/* slack_ask.c: reads what is asked in the channel and in direct messages,
 * files it, and owes the answers. <Errors> the ledger's codes. */
int slack_ask_work(struct lapse *l, struct lapse_err *err);

/* slack_approve.c: reads what approvers answer, and lets their requests go on.
 * <Errors> the ledger's codes. */
int slack_approve_work(struct lapse *l, struct lapse_err *err);

/* slack_send.c: sends what is due, each once: a message is doubtful before it
 * is sent, and a doubtful one is looked for by its marker first. */
int slack_send_due(struct lapse *l, struct lapse_err *err);

#endif
