/* What a reaction or a reply says about a request. Pure. */
#ifndef LAPSE_CORE_SLACK_VERDICT_H
#define LAPSE_CORE_SLACK_VERDICT_H

#include "buf.h"

enum slack_verdict {
	SLACK_SAYS_NOTHING,
	SLACK_APPROVES,
	SLACK_DECLINES,
};

/* name without colons and skin tone. */
enum slack_verdict slack_verdict_of_reaction(const char *name);
/* text as Slack has it: one word, alone or with words behind it; first: nothing
 * of ours stands between it and what asks, so that "ok" is said of that.
 * *ret_words in the arena: those behind it; NULL: none. <Errors> LAPSE_ENOMEM.
 */
int slack_verdict_of_reply(const char *text, bool first, struct arena *a,
	enum slack_verdict *ret, const char **ret_words,
	struct lapse_err *err);
/* Does somebody seem to answer a request, wherever they wrote it? */
bool slack_verdict_seems(const char *text);

#endif
