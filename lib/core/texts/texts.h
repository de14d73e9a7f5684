/* Every text that lapse writes to people on an issue, in one file. Plain
 * text: one paragraph a line; nothing of it is markup. */
#ifndef LAPSE_CORE_TEXTS_H
#define LAPSE_CORE_TEXTS_H

#include "buf.h"
#include "when.h"

/* What the texts speak of; NULL, WHEN_NONE or 0 where it does not apply. */
struct texts_about {
	const struct arena *arena;	/* where they are; a failed one makes
					   the text fail */
	const char *role;		/* "github/prod-admin" */
	const char *about;		/* "merge and deploy to production" */
	const char *application;
	const char *beneficiary;	/* display names */
	const char *requester;
	const char *reason;		/* the requester's words */
	const char *approvers;		/* "Dana Reyes and Omar Haddad" */
	bool all;			/* all of them must approve */
	bool in_slack;			/* they may answer there */
	const char *held;		/* roles the person already holds */
	int64_t duration_s;		/* 0: no end */
	int64_t asked_s;		/* when it was capped; 0 */
	int64_t starts_at;
	int64_t until;
	const char *zone;		/* of the reader */
	const char *by;			/* who ended, approved, refused */
	const char *words;		/* of a refusal or an operator */
	const char *kept;		/* what keeps the access */
	int64_t kept_until;
	const char *how;		/* "2 reads, 2 s apart, ..." */
	int64_t late_s;			/* of a removal */
	const char *sessions;		/* what became of them */
	const char *why_again;		/* "the reason was changed" */
	int64_t from, to;		/* a part that existed; of an end: to is
					   when it ended, of an extension: from
					   is the old deadline */
	const char *step;		/* manual: what to do by hand */
	bool adoption;			/* about access that is there already */
};

void texts_asked(struct buf *out, const struct texts_about *t);
void texts_asked_again(struct buf *out, const struct texts_about *t);
/* The delegate answered for people in Slack: what they say (approved or
 * declined), and through whose account. Then a line for each of them. */
void texts_delegate(struct buf *out, const char *what, const char *names,
	const char *delegate);
struct texts_answer {
	const char *name;
	const char *form;	/* reaction reply */
	const char *words;	/* NULL */
	int64_t read_at;
	const char *zone;	/* of the reader */
};
void texts_delegate_for(struct buf *out, const struct texts_answer *s);
void texts_reminder(struct buf *out, const struct texts_about *t);
void texts_escalated(struct buf *out, const struct texts_about *t);
void texts_auto(struct buf *out, const struct texts_about *t);
void texts_waiting(struct buf *out, const struct texts_about *t);
void texts_refused(struct buf *out, const struct texts_about *t);
void texts_declined(struct buf *out, const struct texts_about *t);
void texts_granted(struct buf *out, const struct texts_about *t);
void texts_extended(struct buf *out, const struct texts_about *t);
/* reason is an end reason: expired revoked reviewed reclaimed declined left
 * removed-outside withdrawn superseded abandoned. */
/* Begins a line of what tells of an end, and no other line. */
#define TEXTS_ENDED "Ended: "
void texts_ended(struct buf *out, const char *reason,
	const struct texts_about *t);
void texts_overdue(struct buf *out, const struct texts_about *t);
void texts_closed_while_active(struct buf *out, const struct texts_about *t);
void texts_admin(struct buf *out, const struct texts_about *t); /* internal:
	words only */
void texts_manual_add(struct buf *out, const struct texts_about *t);
void texts_manual_remove(struct buf *out, const struct texts_about *t);
/* The sub-task's summary, what the beneficiary is told who set it to done, and
 * what the fulfiller is told when the step is not needed any more. */
void texts_manual_summary(struct buf *out, bool remove,
	const struct texts_about *t);
void texts_manual_own(struct buf *out, const struct texts_about *t);
void texts_manual_moot(struct buf *out, const struct texts_about *t);
/* A request that is over was opened again. */
void texts_reopened(struct buf *out, const struct texts_about *t);
void texts_break_glass(struct buf *out, const struct texts_about *t);
void texts_adopted(struct buf *out, const struct texts_about *t);
/* texts_adoption.c: may somebody keep what they have? The summary of the
 * request, what it asks, and how it ended; the others above know of it by
 * t->adoption. */
void texts_adoption_summary(struct buf *out, const struct texts_about *t);
void texts_adoption(struct buf *out, const struct texts_about *t);
void texts_adoption_kept(struct buf *out, const struct texts_about *t);
void texts_adoption_closed(struct buf *out, const struct texts_about *t);
void texts_adoption_declined(struct buf *out, const struct texts_about *t);
/* A review ends access that had no issue. */
void texts_reviewed(struct buf *out, const struct texts_about *t);
/* Internal: the workflow did not let lapse move the issue there. */
void texts_not_moved(struct buf *out, const char *status);
/* For agents: nothing is known of what this issue was granted. */
void texts_not_rebuilt(struct buf *out);

#endif
