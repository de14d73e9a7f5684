/* Telling people elsewhere than on the issue: what happened is read from the
 * evidence, where it stands in the transaction that made it so, and becomes
 * happenings, which Slack and the notify-command are told of. */
#ifndef LAPSE_CORE_TELL_H
#define LAPSE_CORE_TELL_H

#include "core.h"
#include "event_rows.h"
#include "requests.h"
#include "texts_slack.h"

/* One thing that somebody should hear of. <Shape> in the arena it was made
 * in; ids 0 and texts NULL where it has none. */
struct happening {
	const char *kind;	/* asked reminded outcome granted ending ended
				   review reclaim kept */
	const char *subject;	/* "seq:42": what is told once */
	int64_t seq;
	int64_t at;
	int64_t until_at;	/* later it has no meaning */
	const char *issue;
	const char *key;	/* the issue's; NULL: it has none yet */
	const char *url;	/* of the issue; NULL likewise */
	int64_t request;
	int64_t approval;
	int64_t grant;
	int64_t sheet;
	const char *thread;	/* of what belongs together: "request:7" */
	const char *content_hash; /* of the request as shown; asked only */
	struct strs accounts;	/* who hears of it */
	struct strs by;		/* whose decision it was; none: lapse's */
	const char *outcome;	/* of an outcome: declined refused stale
				   cancelled */
	struct texts_heard words;
};

/* *ret_any false: nobody outside hears of such a thing. */
int happening_of(struct lapse *l, const struct event_row *e, struct arena *a,
	struct happening *ret, bool *ret_any, struct lapse_err *err);
/* For how long the newest evidence of that kind about the issue says: sets
 * duration_s, until, starts_at and asked_s where it does. */
int happening_length(struct lapse *l, const char *issue, const char *kind,
	struct texts_heard *ret, struct lapse_err *err);
/* https://SITE/browse/KEY; NULL without a key. */
const char *happening_url(const struct lapse *l, const char *key,
	struct arena *a);

/* Each happening since the last call of that cursor's name, in order, at most
 * some hundreds; the first call begins with what comes from now on. What `each`
 * returns negative ends it there: what was given before stays given.
 * in_transaction: all are given, and the position kept, in one. */
int happenings(struct lapse *l, const char *cursor, bool in_transaction,
	int (*each)(void *arg, const struct happening *h,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

/* What is in the evidence of a ledger that was rebuilt, or brought forward, was
 * told by the old one: the next run tells what comes from now on. In a
 * transaction. */
int tell_from_now(struct lapse *l, struct lapse_err *err);

/* remind.c: whoever's access ends soon is reminded, once for each end: in the
 * evidence, and on the issue when lapse is not on Slack. */
int remind_ending(struct lapse *l, struct lapse_err *err);
/* On the issue all the same: Slack does not reach them. In a transaction. */
int remind_on_issue(struct lapse *l, int64_t grant, int64_t seq,
	struct lapse_err *err);

/* event_command.c: gives the notify-command what is new; each event may come
 * again after a crash, with the same number. A failure is a condition, and the
 * event waits. */
int event_command_run(struct lapse *l, struct lapse_err *err);

/* All of it, and Slack: at the end of a sync. Fails with the ledger's codes
 * only. */
int tell_all(struct lapse *l, struct lapse_err *err);

#endif
