/* Why somebody is in a group or has a role, now or at a past time: each thing
 * that held it, by whose word, and what would end it; or when it was over.
 * Reads only. */
#include "why.h"

#include <string.h>

#include "history.h"
#include "log.h"
#include "when.h"

struct asking {
	struct lapse *l;
	struct history_of of;
	const char *role;		/* NULL: a group is asked about */
	int64_t held;			/* at the time, by something of ours */
	int64_t members;		/* at the time, by whatever */
	int64_t past;			/* what was over by then */
	bool again;			/* the second walk: rows are emitted */
};

static bool is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool held_at(const struct history_why *w, int64_t at)
{
	return w->gone == WHEN_NONE || w->gone > at;
}

/* ---- In words ---- */

static void put_approval(struct buf *out, const struct history_why *w)
{
	char at[WHEN_TEXT];

	if (w->break_glass)
		buf_fmt(out, "break-glass by %s",
			w->operator != NULL ? w->operator : "an operator");
	else if (is(w->method, "auto"))
		buf_str(out, "the catalog asks nobody for this role");
	else if (w->approved_by != NULL)
		buf_fmt(out, "approved by %s", w->approved_by);
	else if (w->operator != NULL)
		buf_fmt(out, "by hand, by %s", w->operator);
	else
		buf_str(out, "taken over: no approval of its own");
	if (w->approved_at != WHEN_NONE)
		buf_fmt(out, " at %s", when_time(w->approved_at, at));
}

static void put_added(struct buf *out, const struct history_why *w)
{
	char at[WHEN_TEXT];

	if (w->added_by == NULL) {
		buf_fmt(out, "no grant of lapse; who added the person is not "
			"known%s%s", w->added_source != NULL ? ": " : "",
			w->added_source != NULL ? w->added_source : "");
		return;
	}
	buf_fmt(out, "no grant of lapse; added by %s", w->added_by);
	if (w->added_at != WHEN_NONE)
		buf_fmt(out, " at %s", when_time(w->added_at, at));
	if (w->added_source != NULL)
		buf_fmt(out, ", says %s", w->added_source);
}

static void put_because(struct buf *out, const struct history_why *w)
{
	if (is(w->kind, "pre-existing"))
		buf_str(out, "was a member before lapse changed anything");
	else if (is(w->kind, "no grant"))
		put_added(out, w);
	else
		put_approval(out, w);
}

static void put_ended(struct buf *out, const struct history_why *w)
{
	char at[WHEN_TEXT];

	if (is(w->kind, "no grant"))
		buf_str(out, "not in the reading of");
	else if (is(w->kind, "pre-existing"))
		buf_str(out, "over at");
	else
		buf_fmt(out, "%s at", w->reason != NULL ? w->reason : "ended");
	buf_fmt(out, " %s", when_time(w->gone, at));
	if (w->kept_by != NULL)
		buf_fmt(out, "; the membership was kept by grant %s",
			w->kept_by);
	else if (w->end_by != NULL && !is(w->end_by, "lapse"))
		buf_fmt(out, ", by %s", w->end_by);
}

/* What would end it, seen from then. */
static void put_ends(struct buf *out, const struct history_why *w)
{
	char at[WHEN_TEXT];

	if (is(w->kind, "no grant")) {
		buf_str(out, "nothing of lapse: whoever manages the group; "
			"`lapse drift` names the command that settles it");
		return;
	}
	if (is(w->kind, "pre-existing")) {
		buf_str(out, "nothing by itself: `lapse adopt` gives it an "
			"end, a review or a reclaim policy may");
		return;
	}
	if (w->until != WHEN_NONE)
		buf_fmt(out, "its deadline, %s; before that ",
			when_time(w->until, at));
	else
		buf_str(out, "no deadline; ");
	buf_fmt(out, "`lapse revoke %s`, ", w->grant);
	if (w->issue != NULL)
		buf_fmt(out, "the revoke status of %s, ", w->issue);
	buf_str(out, "a review, or the account's deactivation");
}

/* ---- Rows ---- */

static int emit(struct asking *q, const struct history_why *w, bool member,
	struct lapse_err *err)
{
	AUTO_BUF because = {0};
	AUTO_BUF ends = {0};
	const char *place = w->group_name != NULL ? w->group_name : w->group;

	put_because(&because, w);
	if (member)
		put_ends(&ends, w);
	else
		put_ended(&ends, w);
	if (because.failed || ends.failed)
		return lapse_fail_nomem(err);
	const struct lapse_field fields[] = {
		{"member", LAPSE_BOOL, NULL, member},
		{"who", LAPSE_TEXT, w->login != NULL ? w->login : q->of.user,
			0},
		{"what", LAPSE_TEXT, place != NULL ? place : w->role, 0},
		{"by", LAPSE_TEXT, w->kind, 0},
		{"grant", LAPSE_TEXT, w->grant, 0},
		{"role", LAPSE_TEXT, w->role, 0},
		{"issue", LAPSE_TEXT, w->issue, 0},
		{"because", LAPSE_TEXT, buf_text(&because), 0},
		{"reason", LAPSE_TEXT, w->why, 0},
		{"since_at", LAPSE_TIME, NULL, w->since},
		{"until_at", LAPSE_TIME, NULL, w->until},
		{"ends_by", LAPSE_TEXT, member ? buf_text(&ends) : NULL, 0},
		{"ended", LAPSE_TEXT, member ? NULL : buf_text(&ends), 0},
		{"approved_by", LAPSE_TEXT, w->approved_by, 0},
		{"approved_at", LAPSE_TIME, NULL, w->approved_at},
		{"ended_at", LAPSE_TIME, NULL, w->gone},
		{"end_reason", LAPSE_TEXT, w->reason, 0},
		{"kept_by", LAPSE_TEXT, w->kept_by, 0},
		{"added_by", LAPSE_TEXT, w->added_by, 0},
		{"added_at", LAPSE_TIME, NULL, w->added_at},
		{"idp", LAPSE_TEXT, w->idp, 0},
		{"group", LAPSE_TEXT, w->group, 0},
		{"user", LAPSE_TEXT, w->user, 0},
		{"account", LAPSE_TEXT, w->account, 0},
		{"observed_at", LAPSE_TIME, NULL, w->read_at},
	};

	return core_record(q->l, "lapse/why.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}

/* Whose membership is ours needs no reading to say that it is one. What was
 * over by then is told only of somebody who was in by nothing. */
static int take(void *arg, const struct history_why *w, struct lapse_err *err)
{
	struct asking *q = arg;
	bool unmanaged = is(w->kind, "no grant");
	bool held = held_at(w, q->of.at);

	if (!q->again) {
		q->held += held && !unmanaged;
		q->members += held;
		q->past += !held;
		return 0;
	}
	if (held)
		return unmanaged && q->held > 0 ? 0 : emit(q, w, true, err);
	return q->members > 0 ? 0 : emit(q, w, false, err);
}

static int walk(struct asking *q, struct lapse_err *err)
{
	int rc = history_why(q->l->ledger, &q->of, q->role, take, q, err);

	if (rc < 0 || (q->members == 0 && q->past == 0))
		return rc;
	q->again = true;
	return history_why(q->l->ledger, &q->of, q->role, take, q, err);
}

/* ---- The question ---- */

/* Nothing ever was between the two: true as far as the group was read. */
static int nothing(struct asking *q, const char *in, struct lapse_err *err)
{
	struct history_known known = HISTORY_KNOWN;
	char read[WHEN_TEXT];
	int rc = 0;

	if (q->role == NULL)
		rc = history_known(q->l, &q->of, &known, err);
	if (rc < 0)
		return rc;
	if (known.unknown > 0)
		return history_fail(in, q->of.at, &known, 0, err);
	if (q->role != NULL)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"show: '%s' was never given %s by lapse; ask for its "
			"group to see who else put people in", q->of.user,
			in);
	return lapse_fail(err, LAPSE_ENOTFOUND,
		"show: '%s' was never in %s, by the readings until %s and by "
		"what lapse did", q->of.user, in,
		when_time(known.oldest_at, read));
}

int why_show(struct lapse *l, const char *user, const struct show_thing *in,
	const char *word, int64_t at, struct lapse_err *err)
{
	struct asking q = {
		.l = l,
		.of = {.user = user, .at = at},
		.role = in->kind == SHOW_ROLE ? in->name : NULL,
	};
	struct history_known known = HISTORY_KNOWN;
	int rc;

	if (q.role == NULL) {
		q.of.idp = in->idp;
		q.of.group = in->name;
	}
	rc = walk(&q, err);
	if (rc == 0 && q.members == 0 && q.past == 0)
		return nothing(&q, word, err);
	if (rc < 0 || q.role != NULL)
		return rc;
	rc = history_known(l, &q.of, &known, err);
	if (rc < 0)
		return rc;
	history_say(l, word, at, &known);
	if (known.unknown > 0 && q.members == 0)
		return history_fail(word, at, &known, q.past, err);
	return 0;
}
