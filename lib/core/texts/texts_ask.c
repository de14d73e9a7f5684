/* The answers to whoever asks in Slack. */
#include "texts_ask.h"

#include <string.h>

#include "slack.h"
#include "texts_say.h"

enum {
	TYPED_CHARS = 100,
	ABOUT_CHARS = 120,
	WHY_CHARS = 500,
};

static bool given(const char *text)
{
	return text != NULL && *text != '\0';
}

static void put(struct buf *out, const char *text, size_t max)
{
	AUTO_ARENA a = {0};

	slack_escape(out, clean_text(&a, text, max));
	out->failed = out->failed || a.failed;
}

/* ---- The catalog ---- */

void texts_ask_catalog(struct buf *out, const char *application, size_t n)
{
	if (n == 0) {
		say_line(out, "There is nothing here that you may ask for.");
		return;
	}
	if (!given(application)) {
		say_line(out, "You may ask for:");
		return;
	}
	say_line(out, "Of ");
	put(out, application, TYPED_CHARS);
	buf_str(out, " you may ask for:");
}

void texts_ask_offer(struct buf *out, const struct texts_offer *o)
{
	say_line(out, "\xe2\x80\xa2 *");
	put(out, o->role, TYPED_CHARS);
	buf_char(out, '*');
	if (given(o->about)) {
		buf_str(out, ": ");
		put(out, o->about, ABOUT_CHARS);
	}
	if (given(o->durations)) {
		buf_str(out, "; for ");
		put(out, o->durations, ABOUT_CHARS);
	}
	if (given(o->longest)) {
		buf_str(out, "; at most ");
		put(out, o->longest, ABOUT_CHARS);
	}
}

void texts_ask_more(struct buf *out, size_t n)
{
	say_line(out, "and %zu more: write `access` and an application.", n);
}

/* ---- What was not understood ---- */

/* What lapse answers stands in a thread, which invites to answer there. */
static void write_anew(struct buf *out)
{
	buf_str(out, " Please write it as a new message: replies in this "
		     "thread are not read.");
}

static void put_example(struct buf *out, const struct texts_example *e)
{
	buf_str(out, "`access ");
	put(out, given(e->role) ? e->role : "application/role", TYPED_CHARS);
	buf_char(out, ' ');
	put(out, given(e->how_long) ? e->how_long : "8h", TYPED_CHARS);
	buf_str(out, " and the reason`");
}

void texts_ask_example(struct buf *out, const struct texts_example *e)
{
	say_line(out, "Write for example ");
	put_example(out, e);
	buf_str(out, ", or `access` alone for what you may ask for.");
	write_anew(out);
}

void texts_ask_help(struct buf *out, const struct texts_example *e)
{
	say_line(out, "To ask for access, write for example ");
	put_example(out, e);
	buf_str(out, ". `access` alone shows what you may ask for.");
	say_line(out, "It becomes a request in Jira, for you alone; what "
		      "becomes of it is told here.");
	say_line(out, "To approve or decline, answer the message that asks "
		      "you: by a reaction, in its thread or on the issue, as "
		      "it says.");
}

void texts_ask_status(struct buf *out)
{
	say_line(out, "How a request stands is told in its thread, and its "
		      "issue, which is linked there, has all of it. `access` "
		      "shows what you may ask for.");
}

void texts_ask_verdict(struct buf *out)
{
	say_line(out, "Here it is not certain which request you mean. To "
		      "answer one, write `approve` or `decline: why` in the "
		      "thread of the message that asks you, react to that "
		      "message, or answer on the issue, as it says.");
}

void texts_ask_no_role(struct buf *out, const char *typed,
	const struct strs *near)
{
	say_line(out, "There is no role \"");
	put(out, typed, TYPED_CHARS);
	buf_str(out, "\" to be asked for.");
	if (near->n == 0) {
		buf_str(out, " `access` alone shows those that you may ask "
			     "for.");
		return;
	}
	buf_str(out, " Did you mean ");
	for (size_t i = 0; i < near->n; i++) {
		buf_str(out, i == 0 ? "*" : i + 1 < near->n ? "*, *" :
							       "* or *");
		put(out, near->items[i], TYPED_CHARS);
	}
	buf_str(out, "*? Ask again with its whole name.");
	write_anew(out);
}

void texts_ask_no_duration(struct buf *out, const char *typed,
	const char *role, const char *durations)
{
	if (given(typed)) {
		say_line(out, "The duration \"");
		put(out, typed, TYPED_CHARS);
		buf_str(out, "\" was not understood.");
	} else {
		say_line(out, "Please say for how long.");
	}
	buf_str(out, " Write it like 8h, 90m, 1h30m or 2d, or as a time with "
		     "its offset like 2026-01-31T18:00:00+01:00.");
	write_anew(out);
	if (given(durations)) {
		say_line(out, "Usual for *");
		put(out, role, TYPED_CHARS);
		buf_str(out, "*: ");
		put(out, durations, ABOUT_CHARS);
	}
}

/* The role, then for how long, then why. */
static void put_order(struct buf *out, const struct texts_example *e)
{
	buf_str(out, " Write for example ");
	put_example(out, e);
	buf_char(out, '.');
	write_anew(out);
}

void texts_ask_late_duration(struct buf *out, const char *typed,
	const struct texts_example *e)
{
	say_line(out, "Nothing was filed: is \"");
	put(out, typed, TYPED_CHARS);
	buf_str(out, "\" the duration? It stands right behind the role.");
	put_order(out, e);
}

void texts_ask_another(struct buf *out, const struct texts_example *e)
{
	say_line(out, "Nothing was filed: here you can ask for yourself only. "
		      "Whoever needs it writes it, or ask in the portal. For "
		      "yourself, the duration stands right behind the role.");
	put_order(out, e);
}

void texts_ask_two_roles(struct buf *out, const struct texts_example *e)
{
	say_line(out, "Nothing was filed: ask for one role at a time.");
	put_order(out, e);
}

void texts_ask_no_reason(struct buf *out, const char *role)
{
	say_line(out, "A request for *");
	put(out, role, TYPED_CHARS);
	buf_str(out, "* has to say why: ask again with the reason behind the "
		     "duration.");
	write_anew(out);
}

void texts_ask_too_long(struct buf *out)
{
	say_line(out, "That is too long to read. Ask again with a shorter "
		      "reason.");
	write_anew(out);
}

void texts_ask_no_form(struct buf *out)
{
	say_line(out, "Nothing can be asked for here: no form in Jira takes "
		      "requests from Slack yet. Please ask in the portal, and "
		      "tell your administrator.");
}

void texts_ask_too_old(struct buf *out, int64_t asked_at)
{
	AUTO_ARENA a = {0};

	say_line(out, "This was written at %s and could not be filed until "
		"now. Please ask again if it is still needed.",
		clean_time(&a, asked_at, NULL));
	out->failed = out->failed || a.failed;
}

void texts_ask_stranger(struct buf *out, const char *why)
{
	say_line(out, "Nothing was filed: it is not certain who you are in "
		      "Jira (");
	put(out, why, WHY_CHARS);
	buf_str(out, "). Please ask in the portal.");
}

void texts_ask_refused(struct buf *out, const char *role, const char *why)
{
	say_line(out, "*");
	put(out, role, TYPED_CHARS);
	buf_str(out, "* could not be asked for: ");
	put(out, why, WHY_CHARS);
}

/* ---- What was filed ---- */

/* Looked for again by it: of one person, to the second. */
void texts_ask_summary(struct buf *out, const char *role, int64_t asked_at)
{
	char at[WHEN_TEXT];

	when_time(asked_at, at);
	buf_fmt(out, "Access: %s (asked in Slack on %.10s at %.8s UTC)", role,
		at, at + strcspn(at, "T") + 1);
}

void texts_ask_origin(struct buf *out, const struct texts_origin *t)
{
	AUTO_ARENA a = {0};

	say_line(out, "%s asked for this in Slack%s, %s",
		clean_name(&a, t->name), t->direct ?
		" by direct message" : "", clean_time(&a, t->at, t->zone));
	/* On a line of its own it can be clicked. */
	if (given(t->link))
		say_line(out, "%s", t->link);
	say_quoted(out, "In their words:", t->words);
	out->failed = out->failed || a.failed;
}

static void put_status(struct buf *out, const struct texts_filed *t)
{
	static const struct {
		const char *state;
		const char *words;
	} known[] = {
		{"approved", "it is approved, and access is on its way"},
		{"declined", "it was declined"},
		{"refused", "it is refused"},
		{"stale", "it is over"},
		{"cancelled", "it was closed"},
		{"asked", "it waits for its approvers"},
	};

	const char *said = NULL;

	for (size_t i = 0; t->state != NULL &&
		i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i].state, t->state) == 0)
			said = known[i].words;
	if (said == NULL)
		said = t->waits ? "it waits" : "it is filed";
	buf_str(out, said);
	if (!t->waits && (t->state == NULL || strcmp(t->state, "refused") != 0))
		return;
	/* In a channel others read along: the reason is on the issue. */
	if (given(t->why)) {
		buf_str(out, ": ");
		put(out, t->why, WHY_CHARS);
	} else {
		buf_str(out, t->waits ? "; the issue says for what" :
					"; the issue says why");
	}
}

void texts_ask_filed(struct buf *out, const struct texts_filed *t)
{
	if (given(t->url))
		slack_link(out, t->url, t->key);
	else
		put(out, t->key, TYPED_CHARS);
	buf_str(out, ": *");
	put(out, t->role, TYPED_CHARS);
	buf_str(out, "* for you");
	if (given(t->cut)) {
		buf_str(out, ", ");
		put(out, t->cut, TYPED_CHARS);
		buf_str(out, " (not ");
		put(out, given(t->how_long) ? t->how_long : "all that was "
			"asked for", TYPED_CHARS);
		buf_str(out, ", which is more than this role allows at a "
			     "time)");
	} else if (given(t->how_long)) {
		buf_str(out, ", ");
		put(out, t->how_long, TYPED_CHARS);
	}
	buf_str(out, ": ");
	if (t->state != NULL && strcmp(t->state, "asked") == 0 &&
		given(t->approvers)) {
		buf_str(out, "it waits for ");
		put(out, t->approvers, WHY_CHARS);
	} else {
		put_status(out, t);
	}
	if (out->len > 0 && out->data[out->len - 1] != '.')
		buf_char(out, '.');
}

void texts_ask_open(struct buf *out, const struct texts_filed *t)
{
	say_line(out, "Nothing more was filed, for you have asked for it "
		      "already: ");
	texts_ask_filed(out, t);
	buf_str(out, " To ask for it otherwise, close that request first.");
}

void texts_ask_too_often(struct buf *out, int most)
{
	say_line(out, "Nothing was filed: no more than %d requests of one "
		"person in an hour are taken here. Please ask later, or in "
		"the portal.", most);
}
