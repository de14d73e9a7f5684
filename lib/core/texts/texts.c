/* Every text that lapse writes to people on an issue. Whoever reads one has
 * asked for access, approves it or does a step by hand, and knows nothing of
 * this program. */
#include "texts.h"

#include <string.h>

#include "texts_say.h"

enum {
	LIST_CHARS = 600,	/* approvers, roles held */
	WORDS_CHARS = 1000,
	HOW_CHARS = 500,
	KEPT_CHARS = 200,
	STEP_CHARS = 2000,
	LATE_S = 300,		/* less is the usual way of things */
};

#define END_NOW "choose \"End access now\" on this request in the portal"

/* A text whose words could not all be kept would say something else: it is
 * none. */
struct words {
	const struct arena *own;
	const struct arena *about;
	struct buf *out;
};

static void words_end(struct words *w)
{
	if (w->own->failed || (w->about != NULL && w->about->failed))
		w->out->failed = true;
}

#define AUTO_WORDS(a, out, about)                                              \
	AUTO_ARENA a = {0};                                                    \
	__attribute__((cleanup(words_end), unused)) struct words               \
		words_of_##a = {&a, about, out}

static bool given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* A caller that leaves a time out leaves it 0: nothing here is of 1970. */
static bool is_time(int64_t at)
{
	return at != WHEN_NONE && at != 0;
}

/* "github/prod-admin (GitHub)" */
static const char *role_of(struct arena *a, const struct texts_about *t)
{
	if (!given(t->application))
		return clean_name(a, t->role);
	return arena_fmt(a, "%s (%s)", clean_name(a, t->role),
		clean_name(a, t->application));
}

static const char *who(struct arena *a, const struct texts_about *t)
{
	return clean_name(a, t->beneficiary);
}

/* ---- Asking ---- */

static void who_asks(struct buf *out, const struct texts_about *t,
	struct arena *a)
{
	if (given(t->requester) && given(t->beneficiary) &&
		strcmp(t->requester, t->beneficiary) != 0)
		say_line(out, "%s asks for %s for %s.",
			clean_name(a, t->requester), role_of(a, t), who(a, t));
	else
		say_line(out, "%s asks for %s.", who(a, t), role_of(a, t));
	if (given(t->about))
		say_line(out, "With it one can %s.",
			clean_text(a, t->about, LIST_CHARS));
}

static void how_long(struct buf *out, const struct texts_about *t,
	struct arena *a)
{
	if (is_time(t->starts_at))
		say_line(out, "From: %s",
			clean_time(a, t->starts_at, t->zone));
	if (is_time(t->until))
		say_line(out, "Until: %s", clean_time(a, t->until, t->zone));
	else if (t->duration_s > 0)
		say_line(out, "For: %s, counted from when the access is there",
			clean_duration(a, t->duration_s));
	else
		say_line(out, "For: without an end");
	if (t->asked_s > 0)
		say_line(out, "%s were asked for, which is more than this "
			"role allows at a time.",
			clean_duration(a, t->asked_s));
}

static void what_is_held(struct buf *out, const struct texts_about *t,
	struct arena *a)
{
	if (given(t->held))
		say_line(out, "%s already has: %s", who(a, t),
			clean_text(a, t->held, LIST_CHARS));
	else
		say_line(out, "%s has no other access from here.", who(a, t));
}

static void whom_we_wait_for(struct buf *out, const struct texts_about *t,
	struct arena *a)
{
	const char *names = clean_text(a, t->approvers, LIST_CHARS);
	const char *rule = "";

	if (strstr(names, " and ") != NULL)
		rule = t->all ? " All of them must approve."
			      : " One of them is enough.";
	say_gap(out);
	say_line(out, "Waiting for %s.%s", names, rule);
	if (t->in_slack)
		say_line(out, t->all ? "They answer in Slack." :
			"They answer here or in Slack.");
	say_line(out, t->in_slack && t->all ?
		"If the request is changed now, approval is asked for again." :
		"Please choose Approve or Decline on this request. If "
		"the request is changed now, approval is asked for again.");
}

static void request(struct buf *out, const struct texts_about *t,
	struct arena *a)
{
	if (t->adoption) {
		texts_adoption(out, t);
	} else {
		who_asks(out, t, a);
		how_long(out, t, a);
	}
	say_quoted(out, "Why:", t->reason);
	what_is_held(out, t, a);
	whom_we_wait_for(out, t, a);
}

void texts_asked(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	request(out, t, &a);
}

void texts_asked_again(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "Approval is asked for again, because %s. Earlier "
		"answers do not count.",
		clean_text(&a, given(t->why_again) ? t->why_again
						   : "something changed",
			WORDS_CHARS));
	say_gap(out);
	request(out, t, &a);
}

void texts_delegate(struct buf *out, const char *what, const char *names,
	const char *delegate)
{
	AUTO_WORDS(a, out, NULL);

	say_line(out, "%s in Slack by %s.", strcmp(what, "approved") == 0 ?
		"Approved" : "Declined", clean_text(&a, names, LIST_CHARS));
	say_line(out, "Jira shows it as the answer of %s, the account that "
		"passes answers on from Slack.", clean_name(&a, delegate));
}

void texts_delegate_for(struct buf *out, const struct texts_answer *s)
{
	AUTO_WORDS(a, out, NULL);

	say_line(out, "%s answered by a %s, read on %s%s",
		clean_name(&a, s->name), clean_name(&a, s->form),
		clean_time(&a, s->read_at, s->zone),
		given(s->words) ? ":" : ".");
	if (given(s->words))
		say_line(out, "\"%s\"", clean_text(&a, s->words, WORDS_CHARS));
}

void texts_reminder(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "This request for %s still waits for %s.",
		role_of(&a, t), clean_text(&a, t->approvers, LIST_CHARS));
	if (!t->in_slack || !t->all)
		say_line(out, "Please choose Approve or Decline on it%s.",
			t->in_slack ? ", or answer in Slack" : "");
	else
		say_line(out, "It is answered in Slack.");
	if (is_time(t->until))
		say_line(out, "Without an answer it goes to someone else: %s",
			clean_time(&a, t->until, t->zone));
}

void texts_escalated(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "Nobody decided in time, so someone else is asked now.");
	say_gap(out);
	request(out, t, &a);
}

void texts_auto(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "Approved without asking anyone: %s does not need an "
		"approver.", role_of(&a, t));
	how_long(out, t, &a);
	say_line(out, "The access is being set up; a comment will say when it "
		"is there.");
}

void texts_waiting(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "This request for %s waits.", role_of(&a, t));
	if (given(t->words))
		say_line(out, "%s", clean_text(&a, t->words, WORDS_CHARS));
	if (is_time(t->starts_at))
		say_line(out, "It starts: %s",
			clean_time(&a, t->starts_at, t->zone));
	say_line(out, "It goes on by itself; there is nothing to do.");
}

/* ---- No ---- */

void texts_refused(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	if (given(t->role))
		say_line(out, "This request for %s cannot be granted.",
			role_of(&a, t));
	else
		say_line(out, "This request cannot be granted.");
	if (given(t->words))
		say_line(out, "%s", clean_text(&a, t->words, WORDS_CHARS));
	say_gap(out);
	say_line(out, "No access was given. You can make a new request at any "
		"time.");
}

void texts_declined(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "%s declined this request for %s.",
		clean_name(&a, t->by), role_of(&a, t));
	say_quoted(out, "In their words:", t->words);
	say_line(out, "No access was given.");
}

/* ---- Yes ---- */

static void how_to_end_or_extend(struct buf *out, bool ends)
{
	say_gap(out);
	say_line(out, "To end it earlier, " END_NOW ".");
	if (ends)
		say_line(out, "To keep it longer, make a new request for it "
			"and link it to this one, in good time before the "
			"end.");
}

void texts_granted(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);
	bool ends = is_time(t->until);

	say_line(out, "%s now has %s.", who(&a, t), role_of(&a, t));
	if (ends)
		say_line(out, "Until: %s", clean_time(&a, t->until, t->zone));
	else
		say_line(out, "It has no end.");
	if (t->asked_s > 0)
		say_line(out, "%s were asked for, which is more than this "
			"role allows at a time.",
			clean_duration(&a, t->asked_s));
	if (given(t->by))
		say_line(out, "Approved by: %s",
			clean_text(&a, t->by, LIST_CHARS));
	if (given(t->how))
		say_line(out, "Checked: %s",
			clean_text(&a, t->how, HOW_CHARS));
	how_to_end_or_extend(out, ends);
}

void texts_extended(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "%s keeps %s for longer.", who(&a, t), role_of(&a, t));
	say_line(out, "Until: %s", clean_time(&a, t->until, t->zone));
	if (is_time(t->from))
		say_line(out, "Before: %s",
			clean_time(&a, t->from, t->zone));
	if (given(t->by))
		say_line(out, "Approved by: %s",
			clean_text(&a, t->by, LIST_CHARS));
	how_to_end_or_extend(out, true);
}

/* ---- The end ---- */

/* %1 the person, %2 the role, %3 who did it. */
static const struct {
	const char *reason;
	const char *words;
} endings[] = {
	{"expired", "%1 no longer has %2: the time is up."},
	{"revoked", "%1 no longer has %2: %3 ended it."},
	{"reviewed", "%1 no longer has %2: a review decided so (%3)."},
	{"reclaimed", "%1 no longer has %2: it was not used."},
	{"declined", "%1 no longer has %2: %3 was asked whether it should "
		     "stay, and said no."},
	{"left", "%1 no longer has %2: the person's account is not active "
		 "any more."},
	{"removed-outside",
		"%1 no longer has %2: someone removed it directly, not "
		"through this request. It is not put back."},
	{"withdrawn", "%1 does not have %2: it could not be given in "
		      "full, so all of it was taken back."},
	{"superseded", "%1 has %2 by a newer request now; this one is "
		       "closed."},
	{"abandoned", "%3 stopped the attempts to remove %2 from %1. "
		      "The access may still be there."},
};

static void what_ended(struct buf *out, const char *reason,
	const struct texts_about *t, struct arena *a)
{
	const char *words = "%1 no longer has %2.";
	const char *in = words;
	const char *const with[] = {
		who(a, t), role_of(a, t), clean_name(a, t->by)};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(endings[i].reason, reason) == 0)
			in = endings[i].words;
	say_line(out, "%s", "");
	for (; *in != '\0'; in++) {
		if (in[0] == '%' && in[1] >= '1' && in[1] <= '3') {
			buf_str(out, with[in[1] - '1']);
			in++;
		} else {
			buf_char(out, *in);
		}
	}
}

static void how_it_was(struct buf *out, const struct texts_about *t,
	struct arena *a)
{
	if (given(t->how))
		say_line(out, "Checked: %s", clean_text(a, t->how, HOW_CHARS));
	if (given(t->sessions))
		say_line(out, "Sessions: %s",
			clean_text(a, t->sessions, WORDS_CHARS));
	if (t->late_s > LATE_S)
		say_line(out, "That was %s later than it should have been.",
			clean_duration(a, t->late_s));
	if (!given(t->kept))
		return;
	say_line(out, "Part of the access stays because of %s%s%s.",
		clean_text(a, t->kept, KEPT_CHARS),
		is_time(t->kept_until) ? ", until " : "",
		is_time(t->kept_until)
			? clean_time(a, t->kept_until, t->zone) : "");
}

static void part_that_existed(struct buf *out, const struct texts_about *t,
	struct arena *a)
{
	if (is_time(t->from))
		say_line(out, "A part of it existed from %s to %s.",
			clean_time(a, t->from, t->zone),
			is_time(t->to) ? clean_time(a, t->to, t->zone) : "now");
}

/* The words are a person's, but where the end was not a person's doing. */
static void why_it_ended(struct buf *out, const char *reason,
	const struct texts_about *t, struct arena *a)
{
	if (!given(t->words))
		return;
	if (strcmp(reason, "withdrawn") == 0)
		say_line(out, "What went wrong: %s",
			clean_text(a, t->words, WORDS_CHARS));
	else if (strcmp(reason, "superseded") == 0)
		say_line(out, "The newer request: %s",
			clean_text(a, t->words, KEPT_CHARS));
	else
		say_quoted(out, "Why:", t->words);
}

void texts_ended(struct buf *out, const char *reason,
	const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	what_ended(out, reason, t, &a);
	if (strcmp(reason, "withdrawn") == 0)
		part_that_existed(out, t, &a);
	else if (is_time(t->to))
		say_line(out, TEXTS_ENDED "%s", clean_time(&a, t->to, t->zone));
	why_it_ended(out, reason, t, &a);
	how_it_was(out, t, &a);
}

void texts_overdue(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "%s still has %s, although it should have ended.",
		who(&a, t), role_of(&a, t));
	if (is_time(t->until))
		say_line(out, "Due: %s", clean_time(&a, t->until, t->zone));
	if (t->late_s > 0)
		say_line(out, "Late by: %s", clean_duration(&a, t->late_s));
	if (given(t->words))
		say_line(out, "What stands in the way: %s",
			clean_text(&a, t->words, WORDS_CHARS));
	say_line(out, "The removal is tried again until it is done; the "
		"administrators know.");
}

void texts_closed_while_active(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "This request was closed, but %s still has %s. Closing "
		"a request does not end the access.", who(&a, t),
		role_of(&a, t));
	if (is_time(t->until))
		say_line(out, "Until: %s", clean_time(&a, t->until, t->zone));
	say_line(out, "To end it now, reopen the request and " END_NOW
		", or ask an administrator.");
}

void texts_admin(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "%s", clean_text(&a, t->words, 2 * WORDS_CHARS));
}

void texts_not_moved(struct buf *out, const char *status)
{
	AUTO_WORDS(a, out, NULL);

	say_line(out, "This request could not be moved to the status with the "
		"id %s: its workflow offers lapse no transition there from "
		"where it is now. The access itself is as the comments say. "
		"Please move it by hand, and check the workflow with `lapse "
		"doctor`.", clean_name(&a, status));
}

void texts_not_rebuilt(struct buf *out)
{
	AUTO_WORDS(a, out, NULL);

	say_line(out, "lapse had to make its ledger anew from Jira, and this "
		"issue says nothing of what was granted by it: its property is "
		"missing, or is not believed. So no access that it gave ends "
		"by itself. Please see who is in the groups of its role "
		"(`lapse drift` lists them), end what is not meant to last, "
		"and close this issue; who still needs access files a new "
		"request.");
}

void texts_reopened(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "This request for %s was decided and is over. Opening "
		"it again gives nobody access: an approval is used once.",
		clean_name(&a, t->role));
	say_line(out, "If the access is needed again, please make a new "
		"request.");
}

/* ---- By hand ---- */

static void step(struct buf *out, const struct texts_about *t,
	struct arena *a)
{
	if (!given(t->step))
		return;
	say_gap(out);
	say_line(out, "What to do:");
	say_line(out, "%s", clean_text(a, t->step, STEP_CHARS));
}

static void when_done(struct buf *out, const struct texts_about *t,
	struct arena *a)
{
	say_gap(out);
	say_line(out, "When it is done, resolve this sub-task as done. It "
		"counts only if someone other than %s does that.", who(a, t));
}

void texts_manual_summary(struct buf *out, bool remove,
	const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, remove ? "Remove %s from %s" : "Give %s to %s",
		clean_name(&a, t->role), who(&a, t));
}

void texts_manual_add(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "Please give %s access: %s. It is approved.", who(&a, t),
		role_of(&a, t));
	if (given(t->about))
		say_line(out, "With it one can %s.",
			clean_text(&a, t->about, LIST_CHARS));
	if (is_time(t->until))
		say_line(out, "It ends: %s; a sub-task for the removal comes "
			"then.", clean_time(&a, t->until, t->zone));
	say_quoted(out, "Why:", t->reason);
	step(out, t, &a);
	when_done(out, t, &a);
}

void texts_manual_remove(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "Please take this access away from %s: %s.", who(&a, t),
		role_of(&a, t));
	if (is_time(t->until))
		say_line(out, "Due: %s", clean_time(&a, t->until, t->zone));
	step(out, t, &a);
	when_done(out, t, &a);
}

void texts_manual_own(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "This sub-task was resolved by %s, whose own access it "
		"is about. That does not count.", clean_name(&a, t->by));
	say_line(out, "Please let someone else check the step, reopen this "
		"sub-task and resolve it again.");
}

void texts_manual_moot(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "This step is not needed any more: the request for %s "
		"has ended. If it was done already, please undo it; this "
		"sub-task can be closed.", role_of(&a, t));
}

/* ---- Break-glass ---- */

void texts_break_glass(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "Emergency access: %s gave %s to %s, without an "
		"approval.", clean_name(&a, t->by), role_of(&a, t),
		who(&a, t));
	if (is_time(t->until))
		say_line(out, "Until: %s", clean_time(&a, t->until, t->zone));
	say_quoted(out, "Why:", t->reason);
	say_gap(out);
	say_line(out, "It stays marked until someone who is neither of them "
		"has acknowledged it on this issue.");
}

void texts_adopted(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "%s made access that was there before end in time: %s "
		"has %s.", clean_name(&a, t->by), who(&a, t), role_of(&a, t));
	if (is_time(t->until))
		say_line(out, "Until: %s", clean_time(&a, t->until, t->zone));
	say_quoted(out, "Why:", t->reason);
}

void texts_reviewed(struct buf *out, const struct texts_about *t)
{
	AUTO_WORDS(a, out, t->arena);

	say_line(out, "An access review decided that %s no longer needs %s: "
		"%s said so.", who(&a, t), role_of(&a, t),
		clean_name(&a, t->by));
	say_quoted(out, "Why:", t->words);
	say_gap(out);
	say_line(out, "This issue says when the access was gone, and how that "
		"is known.");
}
