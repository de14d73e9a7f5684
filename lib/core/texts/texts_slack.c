/* Every text that lapse writes in Slack, and the reminder of an end on the
 * issue. */
#include "texts_slack.h"

#include <string.h>

#include "slack.h"
#include "texts_say.h"

enum {
	LIST_CHARS = 600,
	WORDS_CHARS = 3000,	/* Slack advises 4000 for a whole message */
	WORDS_LINES = 40,
};

/* ---- Pieces ---- */

/* A piece that there was no memory for fails the whole text: nobody is asked
 * about what is shown in part. */
static const char *piece(struct arena *a, const struct buf *out)
{
	const char *ret = arena_copy(a, buf_text(out));

	a->failed = a->failed || out->failed;
	return ret != NULL ? ret : "";
}

static const char *safe(struct arena *a, const char *text, size_t max)
{
	AUTO_BUF out = {0};

	slack_escape(&out, clean_text(a, text, max));
	return piece(a, &out);
}

static const char *name(struct arena *a, const char *text)
{
	AUTO_BUF out = {0};

	slack_escape(&out, clean_name(a, text));
	return piece(a, &out);
}

static bool given(const char *text)
{
	return text != NULL && *text != '\0';
}

/* "ACC-7", which leads to the issue. */
static const char *issue(struct arena *a, const struct texts_heard *t)
{
	AUTO_BUF out = {0};

	if (!given(t->key))
		return "your access";
	if (given(t->url))
		slack_link(&out, t->url, t->key);
	else
		slack_escape(&out, t->key);
	return piece(a, &out);
}

static size_t n_chars(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* In the lines that it was written in, empty ones left out. True: all of it. */
static bool quote(struct buf *out, struct arena *a, const char *text)
{
	size_t left = WORDS_CHARS;
	size_t lines = 0;

	for (const char *p = text != NULL ? text : ""; *p != '\0';) {
		size_t n = strcspn(p, "\n");
		const char *line = arena_copy_n(a, p, n);
		size_t chars = n_chars(line = clean_text(a, line, n));

		p += n + (p[n] == '\n');
		if (chars == 0)
			continue;
		if (left == 0 || lines++ >= WORDS_LINES)
			return false;
		say_line(out, "&gt; %s", safe(a, line, left));
		if (chars > left)
			return false;
		left -= chars;
	}
	return true;
}

/* Nobody decides on words whose end they were not shown, or told of. */
static void quote_reason(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	say_line(out, "Reason:");
	if (!quote(out, a, t->reason))
		say_line(out, "The reason is longer than is shown here. Please "
			"read all of it on %s before you answer.",
			issue(a, t));
}

/* A caller that leaves a time out leaves it 0: nothing here is of 1970. */
static bool is_time(int64_t at)
{
	return at != WHEN_NONE && at != 0;
}

static void more_was_asked(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	if (t->asked_s > 0)
		say_line(out, "%s were asked for, which is more than this "
			"role allows at a time.",
			clean_duration(a, t->asked_s));
}

/* The words of the comment that asks, so that both say the same. */
static void how_long(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	if (is_time(t->starts_at))
		say_line(out, "From: %s",
			clean_time(a, t->starts_at, t->zone));
	if (is_time(t->until))
		say_line(out, "Until: %s", clean_time(a, t->until, t->zone));
	else
		say_line(out, "For: %s", clean_duration(a, t->duration_s));
	more_was_asked(out, t, a);
}

/* ---- The texts ---- */

/* What was asked before looks much the same, and counts no more. */
static void why_again(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	if (!given(t->again))
		return;
	say_line(out, "This is asked for again, because %s. Earlier answers "
		"do not count.", safe(a, t->again, WORDS_CHARS));
}

#define SIGNS ":white_check_mark: to approve or :x: to decline"
#define WORDS "`approve` or `decline: why`"

/* Only what asks can be reacted to; the thread is that of both. */
static void how_to_answer(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	const char *to = t->reminder ? " to the message that asks" : "";

	if (t->by_sign && t->by_word)
		say_line(out, "React%s with " SIGNS ", or answer in this "
			"thread with " WORDS ".", to);
	else if (t->by_sign)
		say_line(out, "React%s with " SIGNS ".", to);
	else if (t->by_word)
		say_line(out, "Answer here, in this thread, with " WORDS ".");
	else
		say_line(out, "Please approve or decline on %s.", issue(a, t));
}

static void asked(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	bool other = given(t->requester) && given(t->beneficiary) &&
		strcmp(t->requester, t->beneficiary) != 0;

	why_again(out, t, a);
	say_line(out, "%s: %s asks for *%s*%s%s.", issue(a, t),
		name(a, other ? t->requester : t->beneficiary),
		name(a, t->role), other ? " for " : "",
		other ? name(a, t->beneficiary) : "");
	if (given(t->about))
		say_line(out, "With it one can %s.",
			safe(a, t->about, LIST_CHARS));
	how_long(out, t, a);
	if (given(t->reason))
		quote_reason(out, t, a);
	say_line(out, "Already has: %s", given(t->held) ?
		safe(a, t->held, LIST_CHARS) : "nothing else from here");
	say_line(out, t->all ? "All who were asked must approve."
			     : "One approval is enough.");
	how_to_answer(out, t, a);
}

static void reminded(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	say_line(out, "%s still waits for your answer: *%s* for %s.",
		issue(a, t), name(a, t->role), name(a, t->beneficiary));
	how_to_answer(out, t, a);
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
	if (!is_time(t->until))
		say_line(out, "%s: *%s* is granted to %s.", issue(a, t),
			name(a, t->role), name(a, t->beneficiary));
	else
		say_line(out, "%s: *%s* is granted to %s until %s.",
			issue(a, t), name(a, t->role),
			name(a, t->beneficiary),
			clean_time(a, t->until, t->zone));
	more_was_asked(out, t, a);
	if (given(t->words)) {
		say_line(out, "Approved with the words:");
		quote(out, a, t->words);
	}
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

static void kept(struct buf *out, const struct texts_heard *t,
	struct arena *a)
{
	say_line(out, "%s: *%s* is not taken back.", issue(a, t),
		name(a, t->role));
	quote(out, a, t->words);
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
		{"kept", kept},
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
