/* What the files about approving in Slack share; not for use outside them. */
#ifndef LAPSE_CORE_SLACK_APPROVE_H
#define LAPSE_CORE_SLACK_APPROVE_H

#include <string.h>

#include "requests.h"
#include "slack_decision_rows.h"
#include "slack_verdict.h"
#include "slack_work.h"
#include "texts_approve.h"

/* One sign under a message that asks, or an answer in its thread. */
struct sign {
	const char *user;
	enum slack_verdict says;
	const char *form;	/* reaction reply */
	const char *ref;	/* its name, or its ts */
	const char *words;	/* NULL */
	bool edited;
};

struct signs {
	VEC(struct sign) items;
};

/* slack_approve_read.c: everything under one message, and in its thread
 * about it; *ret_newest: how far the thread was read, "" not at all.
 * <Errors> those of slack_call(). */
int approve_read(struct lapse *l, const struct slack_message_row *m,
	struct arena *a, struct signs *ret, const char **ret_newest,
	struct lapse_err *err);

/* slack_approve_record.c: judges one sign and keeps it, with the evidence, the
 * word in the thread and all, in one transaction; *ret_counts. What Slack or
 * Jira did not say is left for the next run: nothing is kept then. */
int approve_record(struct lapse *l, const struct slack_message_row *m,
	const struct sign *s, bool *ret_counts, struct lapse_err *err);
/* A reply that is no answer, or a sign under a reminder, and what would be one.
 */
int approve_hint(struct lapse *l, const struct slack_message_row *m,
	const struct sign *s, struct lapse_err *err);

/* slack_approve.c: the request goes on, its issue read afresh. *ret_read false:
 * Jira did not say how it is. <Errors> the ledger's codes. */
int approve_advance(struct lapse *l, const char *issue, bool *ret_read,
	struct lapse_err *err);

/* slack_silence.c: could everything be read in this run? *ret_long: not for so
 * long that nobody waits for it any more. <Errors> likewise. */
int silence_note(struct lapse *l, bool heard, bool *ret_long,
	struct lapse_err *err);
/* Asks in Jira what cannot be answered in Slack; is_long as above. *ret_any is
 * set when there was such an asking. */
int silence_end(struct lapse *l, bool is_long, bool *ret_any,
	struct lapse_err *err);
/* slack_over.c: what became of an asking that is over for this reader. */
int over_of(struct lapse *l, const struct approval_row *ap,
	const struct request_row *request, const char *account,
	struct arena *a, enum texts_over *ret, struct lapse_err *err);

/* One that says that an answer is waited for, and not what for: a sign under it
 * is shown the way. */
static inline bool approve_is_reminder(const struct slack_message_row *m)
{
	return strcmp(m->kind, "reminded") == 0;
}

static inline const char *approve_thread(const struct slack_message_row *m)
{
	return m->thread_ts != NULL ? m->thread_ts : m->ts;
}

#endif
