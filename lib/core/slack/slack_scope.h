/* What the app may do in Slack: which scope each part of lapse needs, and what
 * is left out without it. */
#ifndef LAPSE_CORE_SLACK_SCOPE_H
#define LAPSE_CORE_SLACK_SCOPE_H

#include "core.h"

/* Bits: the ledger keeps them as a number, so that none ever moves. */
enum slack_scope {
	SLACK_CHAT_WRITE = 1 << 0,
	SLACK_IM_WRITE = 1 << 1,
	SLACK_IM_READ = 1 << 2,
	SLACK_IM_HISTORY = 1 << 3,
	SLACK_USERS_READ = 1 << 4,
	SLACK_USERS_EMAIL = 1 << 5,
	SLACK_REACTIONS_READ = 1 << 6,
	SLACK_CHANNELS_HISTORY = 1 << 7,
};

/* Without one of these nobody is matched. */
#define SLACK_PEOPLE (SLACK_USERS_READ | SLACK_USERS_EMAIL)

/* Without one of these something that is said there is not read. */
#define SLACK_READING                                                          \
	(SLACK_IM_READ | SLACK_IM_HISTORY | SLACK_PEOPLE |                     \
		SLACK_REACTIONS_READ | SLACK_CHANNELS_HISTORY)

/* Without one of these something is not said. */
#define SLACK_WRITING                                                          \
	(SLACK_CHAT_WRITE | SLACK_IM_WRITE | SLACK_IM_HISTORY | SLACK_PEOPLE)

/* Which of those that this configuration needs are not among `all`, as Slack
 * lists them. Pure. */
unsigned slack_scopes_missing(const char *all, bool channel, bool delegate);
/* "im:read (to see who writes to it), ..."; NULL: out of memory. */
const char *slack_scopes_say(unsigned scopes, struct arena *a);
/* Their names alone, "im:read, ...". */
const char *slack_scopes_names(unsigned scopes, struct arena *a);

/* The scope that an operation needs; 0: none, or it is not known. */
unsigned slack_scope_of(const struct lapse *l, const struct op *op);
/* Does the app lack any of these, as far as is known in this run? Before Slack
 * was asked, what the last one found. */
bool slack_lacks(struct lapse *l, unsigned scopes);
/* Likewise; where Slack lists none, also what was refused before and was not
 * tried since. */
bool slack_lacked(struct lapse *l, unsigned scopes);
/* An operation was carried out, or refused though the token is good. */
void slack_scope_told(struct lapse *l, unsigned scopes, bool refused);
/* May an approver be heard there at all? */
bool slack_hears(struct lapse *l);

/* What the last run found missing that Slack answered, without asking it. */
int slack_scopes_kept(struct lapse *l, unsigned *ret, struct lapse_err *err);
/* At the end of a run that Slack answered: says what is left out, and keeps it
 * for `status`. */
int slack_scopes_note(struct lapse *l, struct lapse_err *err);

#endif
