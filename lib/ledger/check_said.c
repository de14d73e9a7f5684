/* Comparing an event with its row, a million times in a second: the members
 * are read where they stand, and words are made for what differs only. */
#include "check_said.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "json.h"
#include "json_scan.h"
#include "when.h"

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* ---- Members ---- */

static bool absent(const struct json_span *s)
{
	return s->at == NULL || (s->len == 4 && memcmp(s->at, "null", 4) == 0);
}

/* One writer wrote all texts: equal ones have equal bytes, escapes too. */
static bool says(const struct json_span *s, const char *text)
{
	AUTO_BUF written = {0};
	struct json_out w = {.out = &written};
	size_t len = text == NULL ? 0 : strlen(text);

	if (absent(s) || text == NULL)
		return absent(s) && text == NULL;
	if (s->len == len + 2 && memcmp(s->at + 1, text, len) == 0)
		return true;
	if (memchr(s->at, '\\', s->len) == NULL)
		return false;
	json_put_text(&w, NULL, text);
	return written.len == s->len && memcmp(s->at, written.data, s->len) == 0;
}

static int64_t number_of(const struct json_span *s)
{
	return absent(s) ? 0 : strtoll(s->at, NULL, 10);
}

/* WHEN_NONE where it says none. */
static int64_t time_of(const struct json_span *s)
{
	struct lapse_err ignored;
	char text[40];
	int64_t at = WHEN_NONE;

	if (absent(s) || s->len < 2 || s->len - 2 >= sizeof(text))
		return WHEN_NONE;
	memcpy(text, s->at + 1, s->len - 2);
	text[s->len - 2] = '\0';
	if (when_parse_time(text, &at, &ignored) < 0)
		return WHEN_NONE;
	return at;
}

/* Between the time of a row and that of its event the clock may tick; where
 * the event has no time of its own, a minute is let pass. */
static bool apart(int64_t a, int64_t b)
{
	int64_t d;

	return a == WHEN_NONE || b == WHEN_NONE ||
		__builtin_sub_overflow(a, b, &d) || d > 60 || d < -60;
}

static const char *or_never(int64_t at, char text[WHEN_TEXT])
{
	return at == WHEN_NONE ? "never" : when_time(at, text);
}

/* ---- Changes ---- */

enum { CHANGE, CHANGE_KIND, DETAIL, DUE_AT, VERIFIED_AT, OF_CHANGE };

static const char *const of_change[OF_CHANGE] = {
	[CHANGE] = "change",
	[CHANGE_KIND] = "change_kind",
	[DETAIL] = "detail",
	[DUE_AT] = "due_at",
	[VERIFIED_AT] = "verified_at",
};

static bool same_times(const struct said_event *e, const struct said_change *c,
	const struct json_span *said)
{
	if (c->due_at != time_of(&said[DUE_AT]) ||
		c->verified_at != c->settled_at)
		return false;
	return absent(&said[VERIFIED_AT]) ? !apart(c->verified_at, e->at)
		: c->verified_at == time_of(&said[VERIFIED_AT]);
}

static enum said say_times(const struct said_change *c, char *words)
{
	char due[WHEN_TEXT];
	char settled[WHEN_TEXT];
	char verified[WHEN_TEXT];

	snprintf(words, CHECK_WORDS, "change %" PRId64 " was due at %s, settled"
		" at %s and read back at %s", c->id, or_never(c->due_at, due),
		or_never(c->settled_at, settled),
		or_never(c->verified_at, verified));
	return SAID_OTHERWISE;
}

enum said check_change(const struct said_event *e, const struct said_change *c,
	char words[CHECK_WORDS])
{
	struct json_span said[OF_CHANGE];
	bool settles = is(e->kind, "added") || is(e->kind, "removed");

	json_pick(e->data, e->data_len, of_change, OF_CHANGE, said);
	if (absent(&said[CHANGE]))
		return SAID_SO;
	if (c->id == 0) {
		snprintf(words, CHECK_WORDS, "change %.*s is not there",
			(int)said[CHANGE].len, said[CHANGE].at);
		return SAID_OTHERWISE;
	}
	if (c->other != NULL || !says(&said[CHANGE_KIND], c->kind)) {
		snprintf(words, CHECK_WORDS, "change %" PRId64 " is to %s%s%s",
			c->id, c->kind, c->other == NULL ? "" : " ",
			c->other == NULL ? "" : c->other);
		return SAID_OTHERWISE;
	}
	if ((settles && !says(&said[DETAIL], c->state)) ||
		(is(e->kind, "abandoned") && !is(c->state, "abandoned"))) {
		snprintf(words, CHECK_WORDS, "change %" PRId64 " is %s", c->id,
			c->state);
		return SAID_OTHERWISE;
	}
	return settles && !same_times(e, c, said) ? say_times(c, words)
						  : SAID_SO;
}

/* ---- Grants ---- */

enum { ROLE, ACCOUNT, STARTS_AT, ENDS_AT, REVIEW_DETAIL, LIMIT_UNTIL, FOR_S,
	LATE_S, REASON, OF_GRANT };

static const char *const of_grant[OF_GRANT] = {
	[ROLE] = "role",
	[ACCOUNT] = "account",
	[STARTS_AT] = "starts_at",
	[ENDS_AT] = "ends_at",
	[REVIEW_DETAIL] = "detail",
	[LIMIT_UNTIL] = "limit_until",
	[FOR_S] = "for_s",
	[LATE_S] = "late_s",
	[REASON] = "reason",
};

static bool other_person(const struct said_grant *g,
	const struct json_span *said)
{
	return (!absent(&said[ROLE]) && !says(&said[ROLE], g->role)) ||
		(!absent(&said[ACCOUNT]) && !says(&said[ACCOUNT], g->account));
}

static bool other_end(const struct said_event *e, const struct said_grant *g,
	const struct json_span *said)
{
	int64_t for_s = number_of(&said[FOR_S]);
	int64_t until;

	if (is(e->kind, "granted"))
		return g->ends_at != time_of(&said[ENDS_AT]);
	if (is(e->kind, "review-acted"))
		return says(&said[REVIEW_DETAIL], "deadline") &&
			g->ends_at != time_of(&said[LIMIT_UNTIL]);
	return is(e->kind, "adopted") && for_s > 0 &&
		(__builtin_add_overflow(e->at, for_s, &until) ||
			apart(g->ends_at, until));
}

static bool is_end(const struct said_event *e, const struct json_span *said)
{
	return (is(e->kind, "revoked") || is(e->kind, "gone") ||
		is(e->kind, "abandoned")) && !absent(&said[LATE_S]);
}

static bool same_ending(const struct said_event *e, const struct said_grant *g,
	const struct json_span *said)
{
	return is(g->state, "ended") && says(&said[REASON], g->end_reason) &&
		!apart(g->ended_at, e->at);
}

static enum said say_ended(const struct said_grant *g, char *words)
{
	char ended[WHEN_TEXT];

	snprintf(words, CHECK_WORDS, "grant %" PRId64 " is %s%s%s, and ended at"
		" %s", g->id, g->state, g->end_reason == NULL ? "" : ", ",
		g->end_reason == NULL ? "" : g->end_reason,
		or_never(g->ended_at, ended));
	return SAID_OTHERWISE;
}

static enum said say_time(const struct said_grant *g, const char *what,
	int64_t at, enum said how, char *words)
{
	char text[WHEN_TEXT];

	snprintf(words, CHECK_WORDS, "grant %" PRId64 " %s at %s", g->id, what,
		or_never(at, text));
	return how;
}

enum said check_grant(const struct said_event *e, const struct said_grant *g,
	unsigned excused, char words[CHECK_WORDS])
{
	struct json_span said[OF_GRANT];
	bool ending = is(e->kind, "ending");

	json_pick(e->data, e->data_len, of_grant, OF_GRANT, said);
	if (!ending && !is(e->kind, "adopted") &&
		!is(e->kind, "review-acted") && other_person(g, said)) {
		snprintf(words, CHECK_WORDS, "grant %" PRId64 " gives %s to %s",
			g->id, g->role, g->account);
		return SAID_OTHERWISE;
	}
	if ((excused & 1u << SAID_UNLESS_MOVED) == 0 && other_end(e, g, said))
		return say_time(g, "ends", g->ends_at, SAID_UNLESS_MOVED,
			words);
	if ((excused & 1u << SAID_UNLESS_LEARNT) == 0 &&
		is(e->kind, "granted") && g->starts_at !=
			time_of(&said[STARTS_AT]))
		return say_time(g, "starts", g->starts_at, SAID_UNLESS_LEARNT,
			words);
	if (ending && !is(g->state, "ending") && !is(g->state, "ended")) {
		snprintf(words, CHECK_WORDS, "grant %" PRId64 " is %s", g->id,
			g->state);
		return SAID_OTHERWISE;
	}
	return is_end(e, said) && !same_ending(e, g, said)
		? say_ended(g, words) : SAID_SO;
}
