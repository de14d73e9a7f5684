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
