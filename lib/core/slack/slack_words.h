/* What somebody means who writes to lapse in Slack. Pure: the same words and
 * the same roles give the same meaning. */
#ifndef LAPSE_CORE_SLACK_WORDS_H
#define LAPSE_CORE_SLACK_WORDS_H

#include "config.h"

enum {
	SLACK_WORDS_MAX = 4000,		/* bytes of a message that is read */
};

enum slack_meaning {
	SLACK_MEANS_NOTHING,	/* not said to lapse */
	SLACK_MEANS_HELP,
	SLACK_MEANS_STATUS,	/* how is it with what was asked for? */
	SLACK_MEANS_VERDICT,	/* an approver's answer, and not where it
				   could be one */
	SLACK_MEANS_UNCLEAR,	/* said to lapse, and not understood */
	SLACK_MEANS_TOO_LONG,
	SLACK_MEANS_CATALOG,	/* what may be asked for */
	SLACK_MEANS_NO_ROLE,	/* typed: none of that name, or several */
	SLACK_MEANS_NO_DURATION, /* typed: looks like one, and is none */
	SLACK_MEANS_LATE_DURATION, /* typed: it stands among the reason */
	SLACK_MEANS_ANOTHER,	/* typed: it is for somebody else */
	SLACK_MEANS_TWO_ROLES,
	SLACK_MEANS_ROLE,
};

/* <Shape> texts in the arena; NULL where it does not apply. */
struct slack_words {
	enum slack_meaning means;
	const struct role *role;
	const char *application;	/* of the catalog only this; NULL: all */
	const char *typed;
	struct strs near;		/* names that may have been meant */
	const char *how_long;		/* as a form takes it; NULL: not said */
	int64_t duration_s;		/* where it is a length; 0 */
	const char *reason;
};

struct slack_roles {
	VEC(const struct role *) items;
};

/* text as Slack has it; bot: our own user id; direct: said to nobody but us.
 * Elsewhere, and without our name, only a role's whole name is no talk.
 * roles: those that may be asked for there.
 * <Errors> LAPSE_ENOMEM. */
int slack_words_read(const char *text, const char *bot, bool direct,
	const struct slack_roles *roles, struct arena *a,
	struct slack_words *ret, struct lapse_err *err);

#endif
