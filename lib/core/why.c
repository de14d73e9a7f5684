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
	const char *role;		/* only its grants; NULL: whatever */
	const char *told;		/* the role whose grants are told already */
	bool past_too;			/* what was over by then is told too */
	int64_t held;			/* at the time, by something of ours */
	int64_t members;		/* at the time, by whatever */
	int64_t past;			/* what was over by then */
	int64_t begun;			/* the earliest of all; WHEN_NONE */
	bool again;			/* the second walk: rows are emitted */
};

/* What was found of all groups that are meant. */
struct found {
	int64_t members;
	int64_t past;
	struct history_known known;
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
	bool told = q->told != NULL && is(w->role, q->told);

	if (!q->again) {
		q->held += held && !unmanaged;
		q->members += held && !told;
		q->past += !held && !told;
		if (q->begun == WHEN_NONE || w->since < q->begun)
			q->begun = w->since;
		return 0;
	}
	if (told)
		return 0;
	if (held)
		return unmanaged && q->held > 0 ? 0 : emit(q, w, true, err);
	return q->members > 0 || !q->past_too ? 0 : emit(q, w, false, err);
}

static int count(struct asking *q, struct lapse_err *err)
{
	q->held = 0;
	q->members = 0;
	q->past = 0;
	q->again = false;
	return history_why(q->l->ledger, &q->of, q->role, take, q, err);
}

static int walk(struct asking *q, struct found *f, struct lapse_err *err)
{
	int rc = count(q, err);

	if (rc < 0)
		return rc;
	f->members += q->members;
	if (q->past_too)
		f->past += q->past;
	if (q->members == 0 && (q->past == 0 || !q->past_too))
		return 0;
	q->again = true;
	return history_why(q->l->ledger, &q->of, q->role, take, q, err);
}

/* ---- The question ---- */

static void ask_group(struct asking *q, const struct history_groups *in,
	size_t i)
{
	q->role = NULL;
	q->of.idp = *in->idps.items[i] != '\0' ? in->idps.items[i] : NULL;
	q->of.group = in->groups.items[i];
}

/* What holds the groups beside the role's own grants. Only of somebody who has
 * and had nothing at all is told what others gave and took. */
static int walk_groups(struct asking *q, const struct history_groups *in,
	struct found *f, struct lapse_err *err)
{
	int rc = 0;

	q->past_too = false;
	for (size_t i = 0; rc == 0 && i < in->groups.n; i++) {
		ask_group(q, in, i);
		rc = history_known(q->l, &q->of, &f->known, err);
		if (rc == 0)
			rc = walk(q, f, err);
	}
	q->past_too = f->members == 0 && f->past == 0;
	for (size_t i = 0; rc == 0 && q->past_too && i < in->groups.n; i++) {
		ask_group(q, in, i);
		rc = walk(q, f, err);
	}
	return rc;
}

/* Whether there is anything between the two by now, and since when. */
static int begun_since(struct asking *q, const char *role,
	const struct history_groups *in, struct lapse_err *err)
{
	int rc = 0;

	q->of.at = core_now(q->l);
	q->of.idp = NULL;
	q->of.group = NULL;
	q->role = role;
	if (role != NULL)
		rc = count(q, err);
	for (size_t i = 0; rc == 0 && i < in->groups.n; i++) {
		ask_group(q, in, i);
		rc = count(q, err);
	}
	return rc;
}

/* Nothing was between the two by then: true as far as the groups were read. */
static int nothing(struct asking *q, const char *role, const char *word,
	const struct history_groups *in, const struct found *f,
	struct lapse_err *err)
{
	char then[WHEN_TEXT], text[WHEN_TEXT];
	int64_t at = q->of.at;
	int rc = begun_since(q, role, in, err);

	if (rc < 0)
		return rc;
	if (q->begun != WHEN_NONE)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"show: '%s' was not in %s yet at %s: that began at %s",
			q->of.user, word, when_time(at, then),
			when_time(q->begun, text));
	if (f->known.groups == 0)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"show: '%s' was never given %s by lapse", q->of.user,
			word);
	return lapse_fail(err, LAPSE_ENOTFOUND,
		"show: '%s' was never in %s, by the readings until %s and by "
		"what lapse did", q->of.user, word,
		when_time(f->known.oldest_at, text));
}

int why_show(struct lapse *l, const char *user, const struct show_thing *in,
	const char *word, int64_t at, struct lapse_err *err)
{
	const char *role = in->kind == SHOW_ROLE ? in->name : NULL;
	struct asking q = {
		.l = l,
		.of = {.user = user, .at = at},
		.role = role,
		.past_too = true,
		.begun = WHEN_NONE,
	};
	struct history_groups groups = {.known = role == NULL};
	struct found f = {.known = HISTORY_KNOWN};
	int rc = 0;

	if (role == NULL) {
		strs_add(&groups.idps, &l->arena,
			in->idp != NULL ? in->idp : "");
		strs_add(&groups.groups, &l->arena, in->name);
		rc = arena_check(&l->arena, err);
	} else {
		rc = history_groups(l, role, at, &groups, err);
		if (rc == 0)
			rc = walk(&q, &f, err);
		q.told = role;
	}
	if (rc == 0)
		rc = walk_groups(&q, &groups, &f, err);
	if (rc < 0)
		return rc;
	history_say(l, word, at, &f.known);
	if (!groups.known)
		return history_no_groups(word, f.members + f.past, err);
	if (f.known.unknown > 0 && f.members == 0)
		return history_fail(word, at, &f.known, f.past, err);
	return f.members + f.past > 0 ? 0 :
		nothing(&q, role, word, &groups, &f, err);
}
