/* Answers in the thread of a message that asks for an approval. */
#include "texts_approve.h"

#include <string.h>

#include "slack.h"
#include "texts_say.h"

#define HOW                                                                    \
	"To answer, react to the message that asks with :white_check_mark: "   \
	"or :x:, or write `approve` or `decline: why` in its thread."

void texts_approve_said(struct buf *out, const char *key,
	const char *decision, const char *refused)
{
	AUTO_BUF why = {0};

	if (refused == NULL) {
		say_line(out, "Recorded for %s: you %s it.", key,
			strcmp(decision, "approved") == 0 ? "approve" :
							    "decline");
		return;
	}
	slack_escape(&why, refused);
	say_line(out, "Not counted for %s: %s.", key, buf_text(&why));
	if (why.failed)
		out->failed = true;
}

static const struct {
	const char *says;	/* under the message */
	const char *why;
} overs[] = {
	[OVER_APPROVED] = {"it is approved", "it is decided already"},
	[OVER_DECLINED] = {"it is declined", "it is decided already"},
	[OVER_AGAIN] = {"it has changed, or is asked for anew: the next "
			"message takes the place of this one",
		"the request was changed since, or is asked for anew; please "
		"answer the newer message"},
	[OVER_OTHERS] = {"others are asked now",
		"the request is asked of others now"},
	[OVER_WITHDRAWN] = {"the request was withdrawn",
		"the request was withdrawn"},
	[OVER_STALE] = {"the request has expired", "the request has expired"},
	[OVER_REFUSED] = {"the request was refused by the rules",
		"the request was refused by the rules"},
	[OVER_ELSE] = {"it does not wait for an answer any more",
		"it does not wait for an answer any more"},
};

void texts_approve_over(struct buf *out, const char *key, enum texts_over what,
	const char *who)
{
	AUTO_BUF by = {0};

	slack_escape(&by, who);
	say_line(out, "%s: %s%s%s.%s", key, overs[what].says,
		by.len > 0 ? " by " : "", buf_text(&by),
		what == OVER_AGAIN ? "" : " Nothing more is asked of you.");
	if (by.failed)
		out->failed = true;
}

const char *texts_over_why(enum texts_over what)
{
	return overs[what].why;
}

void texts_approve_hint(struct buf *out)
{
	say_line(out, "That was not taken for an answer: what might mean "
		"anything else, or makes a condition, approves nothing.");
	say_line(out, HOW);
}

void texts_approve_where(struct buf *out)
{
	say_line(out, HOW);
}
