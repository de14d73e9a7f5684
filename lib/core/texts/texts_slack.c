/* Every text that lapse writes in Slack, and the reminder of an end on the
 * issue. */
#include "texts_slack.h"

#include <string.h>

#include "slack.h"
#include "texts_say.h"

enum {
	LIST_CHARS = 600,
	WORDS_CHARS = 1000,
};

/* ---- Pieces ---- */

static const char *safe(struct arena *a, const char *text, size_t max)
{
	AUTO_BUF out = {0};
	const char *ret;

	slack_escape(&out, clean_text(a, text, max));
	ret = out.failed ? NULL : arena_copy(a, buf_text(&out));
	return ret != NULL ? ret : "";
}

static const char *name(struct arena *a, const char *text)
{
	AUTO_BUF out = {0};
	const char *ret;

	slack_escape(&out, clean_name(a, text));
	ret = out.failed ? NULL : arena_copy(a, buf_text(&out));
	return ret != NULL ? ret : "";
}

static bool given(const char *text)
{
	return text != NULL && *text != '\0';
}

/* "ACC-7", which leads to the issue. */
static const char *issue(struct arena *a, const struct texts_heard *t)
{
	AUTO_BUF out = {0};
	const char *ret;

	if (!given(t->key))
		return "your access";
	if (given(t->url))
		slack_link(&out, t->url, t->key);
	else
		slack_escape(&out, t->key);
	ret = out.failed ? NULL : arena_copy(a, buf_text(&out));
	return ret != NULL ? ret : "";
}

static void quote(struct buf *out, struct arena *a, const char *text)
{
	if (given(text))
		say_line(out, "&gt; %s", safe(a, text, WORDS_CHARS));
}

/* ---- The texts ---- */

static void asked(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	bool other = given(t->requester) && given(t->beneficiary) &&
		strcmp(t->requester, t->beneficiary) != 0;

	say_line(out, "%s: %s asks for *%s*%s%s.", issue(a, t),
		name(a, other ? t->requester : t->beneficiary),
		name(a, t->role), other ? " for " : "",
		other ? name(a, t->beneficiary) : "");
	if (given(t->about))
		say_line(out, "With it one can %s.",
			safe(a, t->about, LIST_CHARS));
	say_line(out, "For: %s", clean_duration(a, t->duration_s));
	if (given(t->reason)) {
		say_line(out, "Reason:");
		quote(out, a, t->reason);
	}
	say_line(out, "Already has: %s", given(t->held) ?
		safe(a, t->held, LIST_CHARS) : "nothing else from here");
	say_line(out, t->all ? "All who were asked must approve."
			     : "One approval is enough.");
	if (t->in_slack)
		say_line(out, "React with :white_check_mark: to approve or "
			":x: to decline, or answer here with `approve` or "
			"`decline: why`.");
	else
		say_line(out, "Please approve or decline on %s.", issue(a, t));
}

static void reminded(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	say_line(out, "%s still waits for your answer: *%s* for %s.",
		issue(a, t), name(a, t->role), name(a, t->beneficiary));
}

static void outcome(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	say_line(out, "%s: the request for *%s* was not granted.",
		issue(a, t), name(a, t->role));
	quote(out, a, t->words);
}

static void granted(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	if (t->until == WHEN_NONE || t->until == 0)
		say_line(out, "%s: *%s* is granted to %s.", issue(a, t),
			name(a, t->role), name(a, t->beneficiary));
	else
		say_line(out, "%s: *%s* is granted to %s until %s.",
			issue(a, t), name(a, t->role),
			name(a, t->beneficiary),
			clean_time(a, t->until, t->zone));
}

#define EXTEND                                                                 \
	"To keep it longer, file the same request again and link it to %s; "   \
	"it needs an approval of its own."

static void ending(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	say_line(out, "%s: *%s* ends at %s.", issue(a, t), name(a, t->role),
		clean_time(a, t->until, t->zone));
	/* Nothing links requests here; a newer one of the same role keeps the
	 * access over the end of this. */
	if (given(t->ask_for))
		say_line(out, "To keep it longer, write `access %s %s and the "
			"reason` before then, as a new message here: a request "
			"of its own, with its own approval, which counts from "
			"when it is granted.", name(a, t->role),
			name(a, t->ask_for));
	else if (given(t->key))
		say_line(out, EXTEND, issue(a, t));
}

/* The end reasons as people say them. */
static const char *how_ended(const char *reason)
{
	static const struct {
		const char *reason;
		const char *words;
	} known[] = {
		{"expired", "its time is up"},
		{"revoked", "it was taken back"},
		{"reviewed", "a review decided so"},
		{"reclaimed", "it was not used"},
		{"declined", "it was declined"},
		{"left", "the person left"},
		{"removed-outside", "it was removed outside of lapse"},
		{"withdrawn", "it could not be set up as a whole"},
		{"abandoned", "it was given up"},
	};

	for (size_t i = 0; reason != NULL &&
		i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i].reason, reason) == 0)
			return known[i].words;
	return "it is over";
}

static void what_stays(struct buf *out, const struct texts_heard *t, bool all,
	struct arena *a)
{
	bool till = t->kept_until != WHEN_NONE && t->kept_until != 0;

	if (!given(t->kept))
		return;
	say_line(out, all ? "The access itself stays, by another request for "
			    "%s%s%s." :
			    "Part of the access stays because of %s%s%s.",
		name(a, t->kept), till ? ", until " : "",
		till ? clean_time(a, t->kept_until, t->zone) : "");
}

static void ended(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	bool all = given(t->kept) && given(t->role) &&
		strcmp(t->kept, t->role) == 0;

	say_line(out, "%s: %s*%s* of %s has ended: %s%s%s.", issue(a, t),
		all ? "this request for " : "", name(a, t->role),
		name(a, t->beneficiary), how_ended(t->end_reason),
		given(t->by) ? " by " : "", given(t->by) ? name(a, t->by) : "");
	quote(out, a, t->words);
	what_stays(out, t, all, a);
}

static void review(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	say_line(out, "%s: a review of access waits for you: %lld to decide, "
		"until %s.", issue(a, t), (long long)t->total,
		clean_time(a, t->until, t->zone));
}

static void reclaim(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	say_line(out, "%s: *%s* was not used for a while and will be taken "
		"back on %s.", issue(a, t), name(a, t->role),
		clean_time(a, t->until, t->zone));
	say_line(out, "Whoever still needs it uses it, or says so on %s.",
		issue(a, t));
}

int texts_heard(struct buf *out, const char *kind,
	const struct texts_heard *t, struct lapse_err *err)
{
	static const struct {
		const char *kind;
		void (*say)(struct buf *out, const struct texts_heard *t,
			struct arena *a);
	} known[] = {
		{"asked", asked},
		{"reminded", reminded},
		{"outcome", outcome},
		{"granted", granted},
		{"ending", ending},
		{"ended", ended},
		{"review", review},
		{"reclaim", reclaim},
	};
	AUTO_ARENA a = {0};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i].kind, kind) == 0) {
			known[i].say(out, t, &a);
			return arena_check(&a, err) < 0 ? err->code :
				buf_check(out, err, "text");
		}
	return lapse_fail(err, LAPSE_EINTERNAL, "'%s': has no text", kind);
}

void texts_ending(struct buf *out, const struct texts_heard *t)
{
	AUTO_ARENA a = {0};

	say_line(out, "%s of %s ends at %s.", clean_name(&a, t->role),
		clean_name(&a, t->beneficiary),
		clean_time(&a, t->until, t->zone));
	if (given(t->key))
		say_line(out, EXTEND, clean_name(&a, t->key));
	if (a.failed)
		out->failed = true;
}
