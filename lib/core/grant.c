/* What becomes of grants. Which change a membership owes is reconcile.c's;
 * here is only when a grant moves on, and what is told of it. */
#include "grant.h"

#include <stdio.h>
#include <string.h>

#include "failsafe.h"
#include "json.h"
#include "list.h"
#include "log.h"
#include "manual.h"
#include "notice.h"
#include "reconcile.h"
#include "requests.h"
#include "sessions.h"
#include "story.h"

enum {
	CLOCK_START_S = 600,	/* the access clock starts this long after the
				   first add at the latest */
	ADVANCED = 8192,	/* grants moved with one commit */
};

/* ---- Evidence and notices of one grant ---- */

struct telling {
	struct buf data;
	struct json_out w;
};

static void telling_clear(struct telling *t)
{
	buf_clear(&t->data);
}

#define AUTO_TELLING __attribute__((cleanup(telling_clear))) struct telling

static void telling_open(struct telling *t, const struct grant_row *g)
{
	t->w.out = &t->data;
	json_put_open(&t->w, NULL, '{');
	json_put_text(&t->w, "role", g->role);
	json_put_text(&t->w, "account", g->account);
}

static int telling_add(struct lapse *l, struct telling *t, const char *kind,
	const struct grant_row *g, const char *actor, const char *text,
	int64_t *ret_seq, struct lapse_err *err)
{
	struct evidence e = {
		.kind = kind,
		.issue = g->issue,
		.grant = g->id,
		.actor = actor,
		.text = text,
	};

	json_put_close(&t->w, '}');
	if (t->data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&t->data);
	return core_evidence(l, &e, ret_seq, err);
}

/* *ret NULL: it has no form any more, or never had a request. */
static int type_of(struct lapse *l, const struct grant_row *g,
	const struct request_type **ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct request_row r = {0};
	int rc = l->config == NULL || g->request == 0 ? 0 :
		request_get(l->ledger, g->request, &a, &r, err);

	if (rc < 0)
		return rc;
	*ret = r.id == 0 ? NULL :
		config_request_type(l->config, r.project, r.type);
	return 0;
}

/* A comment, where the issue should stand, and its property. */
static int owe(struct lapse *l, const struct grant_row *g, const char *comment,
	const char *status, int64_t seq, struct lapse_err *err)
{
	int rc = 0;

	if (g->issue == NULL)
		return 0;
	if (comment != NULL)
		rc = notice_owe(l, g->issue, NOTICE_COMMENT, comment, NULL,
			seq, err);
	if (rc == 0 && status != NULL)
		rc = notice_owe(l, g->issue, NOTICE_TRANSITION, status, NULL,
			seq, err);
	if (rc == 0)
		rc = notice_owe(l, g->issue, NOTICE_PROPERTY, NULL, NULL, seq,
			err);
	return rc;
}

/* ---- Ending ---- */

static int release_all(struct lapse *l, const struct grant_row *g,
	int64_t due_at, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	int rc = holds_of_grant(l->ledger, g->id, &a, &holds, err);

	for (size_t i = 0; i < holds.list.n && rc == 0; i++)
		rc = reconcile_release(l, &holds.list.items[i], due_at, err);
	return rc;
}

int grant_end(struct lapse *l, const struct grant_row *g, const char *reason,
	const char *by, const char *note, int64_t due_at, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_TELLING t = {0};
	AUTO_BUF words = {0};
	struct json_out w = {.out = &words};
	struct grant_row now = {0};
	int64_t seq = 0;
	/* Another run may have ended it since g was read. */
	int rc = grant_get(l->ledger, g->id, &a, &now, err);

	if (rc < 0 || strcmp(now.state, "ending") == 0 ||
		strcmp(now.state, "ended") == 0)
		return rc;
	rc = grant_set_ending(l->ledger, g->id, core_now(l), reason, by, note,
		err);
	if (rc == 0 && g->manual)
		rc = manual_owe(l, g->id, true, due_at, err);
	if (rc == 0 && !g->manual)
		rc = release_all(l, g, due_at, err);
	if (rc < 0)
		return rc;
	telling_open(&t, g);
	json_put_text(&t.w, "reason", reason);
	json_put_time(&t.w, "due_at", due_at);
	if (note != NULL) {
		json_put_open(&w, NULL, '{');
		json_put_text(&w, "note", note);
		json_put_close(&w, '}');
	}
	rc = telling_add(l, &t, "ending", g, by,
		note != NULL ? buf_text(&words) : NULL, &seq, err);
	return rc < 0 ? rc : owe(l, g, NULL, NULL, seq, err);
}

/* What still stands between an ending grant and its end. */
struct rest {
	size_t open;		/* removals not settled */
	const char *kept;	/* the role that keeps a membership */
	int64_t kept_until;
	int64_t verified_at;	/* the last absence that was read */
	bool gone;		/* user or group does not exist any more */
	int64_t own_end;	/* the provider's, before our removal */
};

static int look_at_hold(struct lapse *l, const struct hold_row *h,
	struct arena *a, struct rest *r, struct lapse_err *err)
{
	struct change_row c = {0};
	struct hold_rows live = {0};
	struct grant_row keeper = {0};
	int rc = holds_on(l->ledger, &h->m, a, &live, err);

	if (rc < 0)
		return rc;
	/* A keeper that is gone by now kept nothing: then the removal that
	 * its release opened is this grant's too. */
	if (live.list.n > 0) {
		if (live.list.items[0].grant != 0 &&
			grant_get(l->ledger, live.list.items[0].grant, a,
				&keeper, NULL) == 0) {
			r->kept = keeper.role;
			r->kept_until = keeper.ends_at;
		} else {
			r->kept = "access that was there before";
			r->kept_until = WHEN_NONE;
		}
		return 0;
	}
	rc = change_open_on(l->ledger, &h->m, a, &c, err);
	if (rc == 0 && c.id != 0)
		r->open++;
	if (rc == 0 && c.id == 0)
		rc = change_last_on(l->ledger, &h->m, a, &c, err);
	if (rc == 0 && c.id != 0 && c.first_sent_at != WHEN_NONE) {
		int64_t own = failsafe_may_end_at(l, &h->m);

		if (own != WHEN_NONE && own <= c.first_sent_at)
			r->own_end = own;
	}
	if (rc == 0 && c.verified_at != WHEN_NONE &&
		c.verified_at > r->verified_at)
		r->verified_at = c.verified_at;
	if (rc == 0 && c.id != 0 && c.state != NULL &&
		strcmp(c.state, "gone") == 0)
		r->gone = true;
	return rc;
}

static int reads_of(struct lapse *l, const struct grant_row *g)
{
	const struct role *role = config_role(l->config, g->role);
	struct core_idp *i = role == NULL || role->application->idp == NULL ?
		NULL :
		core_idp_find(l, role->application->idp);

	return i == NULL ? 2 : i->section->driver->reads;
}

static int tell_ended(struct lapse *l, const struct grant_row *g,
	const struct rest *r, const char *by_hand, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_TELLING t = {0};
	AUTO_BUF text = {0};
	struct texts_about about;
	const struct request_type *type = NULL;
	int64_t now = core_now(l);
	int64_t due = g->ends_at != WHEN_NONE &&
			strcmp(g->end_reason, "expired") == 0 ?
		g->ends_at :
		g->ending_at;
	bool abandoned = strcmp(g->end_reason, "abandoned") == 0;
	/* The issue stands where the answer moved it. */
	bool declined = strcmp(g->end_reason, "declined") == 0;
	char at[WHEN_TEXT];
	int64_t seq = 0;
	int rc = type_of(l, g, &type, err);

	if (rc < 0)
		return rc;
	story_of_grant(l, g, &a, &about);
	about.by = story_name(l, g->end_by, &a);
	about.words = g->end_note;
	about.kept = r->kept;
	about.kept_until = r->kept_until;
	about.late_s = now - due;
	/* A withdrawn grant never had a start: what existed of it did since
	 * its first add. */
	about.from = g->starts_at != WHEN_NONE ? g->starts_at :
						 g->first_add_at;
	about.to = now;
	if (by_hand != NULL)
		about.how = arena_fmt(&a, "by hand, by %s",
			story_name(l, by_hand, &a));
	else if (r->gone)
		about.how = "the user or the group does not exist any more";
	else if (r->own_end != WHEN_NONE)
		about.how = arena_fmt(&a, "ended by the provider itself at %s; "
			"read back as absent", when_time(r->own_end, at));
	else if (r->kept == NULL && !abandoned)
		about.how = arena_fmt(&a, "read back as absent, %d agreeing "
			"reads", reads_of(l, g));
	about.sessions = sessions_say(l, g->id, &a);
	texts_ended(&text, g->end_reason, &about);
	telling_open(&t, g);
	json_put_text(&t.w, "reason", g->end_reason);
	json_put_int(&t.w, "late_s", about.late_s);
	json_put_time(&t.w, "absence_verified_at", r->verified_at);
	json_put_text(&t.w, "kept_by", r->kept);
	if (r->kept != NULL && r->kept_until != WHEN_NONE)
		json_put_time(&t.w, "kept_until", r->kept_until);
	json_put_text(&t.w, "method", by_hand != NULL ? "by hand" :
				      r->gone	    ? "gone" :
				      abandoned	    ? "abandoned" :
				      r->own_end != WHEN_NONE ? "provider" :
				      r->kept != NULL ? "kept" :
							"read back");
	json_put_text(&t.w, "done_by", by_hand);
	json_put_text(&t.w, "sessions", sessions_outcome(l, g->id, &a));
	rc = telling_add(l, &t, r->gone ? "gone" :
			abandoned ? "abandoned" : "revoked",
		g, "lapse", NULL, &seq, err);
	if (rc == 0)
		rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = owe(l, g, buf_text(&text),
			type != NULL && !declined ? type->status_ended : NULL,
			seq, err);
	return rc;
}

static int advance_ending(struct lapse *l, const struct grant_row *g,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	struct rest rest = {.kept_until = WHEN_NONE, .verified_at = WHEN_NONE,
		.own_end = WHEN_NONE};
	bool waits = false;
	int rc;

	rc = holds_of_grant(l->ledger, g->id, &a, &holds, err);
	for (size_t i = 0; i < holds.list.n && rc == 0; i++)
		rc = look_at_hold(l, &holds.list.items[i], &a, &rest, err);
	if (rc < 0 || rest.open > 0)
		return rc;
	rc = sessions_owe(l, g, &holds, &waits, err);
	if (rc < 0 || waits)
		return rc;
	rc = grant_set_ended(l->ledger, g->id, core_now(l), err);
	return rc < 0 ? rc : tell_ended(l, g, &rest, NULL, err);
}

/* ---- Beginning ---- */

/* The old grant of an extension goes when the new one is active. */
static int supersede(struct lapse *l, const struct grant_row *g,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_row old = {0};
	int rc;

	if (g->extended_from == 0)
		return 0;
	rc = grant_get(l->ledger, g->extended_from, &a, &old, err);
	if (rc < 0)
		return rc;
	return grant_end(l, &old, "superseded", "lapse", g->issue_key,
		core_now(l), err);
}

static int64_t clock_start(struct lapse *l, const struct grant_row *g)
{
	int64_t now = core_now(l);

	if (g->starts_at != WHEN_NONE)
		return g->starts_at;	/* an extension keeps the old one */
	if (g->first_add_at != WHEN_NONE &&
		now > g->first_add_at + CLOCK_START_S)
		return g->first_add_at + CLOCK_START_S;
	return now;
}

/* Whose word it was: the owed people who approved, the catalog, or the
 * operator of a grant without a request. NULL: not known. */
static const char *approved_by(struct lapse *l, const struct grant_row *g,
	struct arena *a)
{
	struct approval_row ap = {0};
	struct owed_rows owed = {0};
	struct strs names = {0};

	if (g->approval == 0)
		return g->operator != NULL ? story_name(l, g->operator, a) :
					     NULL;
	/* Not known is not the same as nobody: the text is not made. */
	if (approval_get(l->ledger, g->approval, a, &ap, NULL) < 0 ||
		owed_of(l->ledger, g->approval, a, &owed, NULL) < 0) {
		a->failed = true;
		return NULL;
	}
	if (ap.mode != NULL && strcmp(ap.mode, "auto") == 0)
		return "the catalog, which asks nobody for this role";
	for (size_t i = 0; i < owed.list.n; i++)
		if (strcmp(owed.list.items[i].decision, "approved") == 0)
			strs_add(&names, a, story_name(l,
				owed.list.items[i].account, a));
	return names.n > 0 ? strs_join(&names, a, " and ") : NULL;
}

static int activate(struct lapse *l, struct grant_row *g, const char *by_hand,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_TELLING t = {0};
	AUTO_BUF text = {0};
	struct texts_about about;
	const struct request_type *type = NULL;
	int64_t seq = 0;
	int rc = type_of(l, g, &type, err);

	if (rc < 0)
		return rc;
	g->starts_at = clock_start(l, g);
	/* A duration counts from the start; without one, a deadline that was
	 * asked for as a time stands. */
	if (g->duration_s > 0 && g->extended_from == 0)
		g->ends_at = g->starts_at + g->duration_s;
	rc = grant_set_active(l->ledger, g->id, g->starts_at, g->ends_at, err);
	if (rc == 0)
		rc = failsafe_look_at_grant(l, g->id, err);
	if (rc < 0)
		return rc;
	story_of_grant(l, g, &a, &about);
	about.by = approved_by(l, g, &a);
	if (by_hand != NULL)
		about.how = arena_fmt(&a, "by hand, by %s",
			story_name(l, by_hand, &a));
	else
		about.how = arena_fmt(&a, "read back, %d agreeing reads",
			reads_of(l, g));
	if (g->extended_from != 0)
		texts_extended(&text, &about);
	else
		texts_granted(&text, &about);
	telling_open(&t, g);
	json_put_time(&t.w, "starts_at", g->starts_at);
	json_put_time(&t.w, "ends_at", g->ends_at);
	json_put_time(&t.w, "first_add_at", g->first_add_at);
	json_put_time(&t.w, "failsafe_at", failsafe_of_grant(l, g->id));
	json_put_text(&t.w, "method", by_hand != NULL ? "by hand" :
							"read back");
	json_put_text(&t.w, "done_by", by_hand);
	rc = telling_add(l, &t, "granted", g, "lapse", NULL, &seq, err);
	if (rc == 0)
		rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = owe(l, g, buf_text(&text),
			type != NULL ? type->status_active : NULL, seq, err);
	return rc < 0 ? rc : supersede(l, g, err);
}

struct progress {
	size_t unverified;
	const char *refused;	/* why an add was refused for good */
};

static int look_at_progress(struct lapse *l, const struct grant_row *g,
	struct arena *a, struct progress *p, struct lapse_err *err)
{
	struct hold_rows holds = {0};
	int rc = holds_of_grant(l->ledger, g->id, a, &holds, err);

	for (size_t i = 0; i < holds.list.n && rc == 0; i++) {
		struct change_row c = {0};

		bool waits = false;

		if (holds.list.items[i].verified_at != WHEN_NONE) {
			rc = failsafe_waits(l, &holds.list.items[i].m, &waits,
				err);
			p->unverified += waits;
			continue;
		}
		p->unverified++;
		rc = change_open_on(l->ledger, &holds.list.items[i].m, a, &c,
			err);
		if (rc == 0 && c.id != 0 && strcmp(c.kind, "add") == 0 &&
			strcmp(c.state, "parked") == 0)
			p->refused = c.last_error;
	}
	return rc;
}

static int advance_granting(struct lapse *l, struct grant_row *g,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct progress p = {0};
	int64_t now = core_now(l);
	int rc;

	rc = look_at_progress(l, g, &a, &p, err);
	if (rc < 0)
		return rc;
	if (p.unverified == 0 && (g->projected_at != WHEN_NONE ||
		g->break_glass))
		return activate(l, g, NULL, err);
	if (p.refused != NULL)
		return grant_end(l, g, "withdrawn", "lapse", p.refused, now,
			err);
	if (g->first_add_at != WHEN_NONE &&
		now > g->first_add_at + l->config->grant_within)
		return grant_end(l, g, "withdrawn", "lapse",
			"not every membership could be verified in time", now,
			err);
	return 0;
}

int grants_project(struct lapse *l, bool *ret_any, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows rows = {0};
	int rc = grants_moving(l->ledger, &a, &rows, err);

	for (size_t i = 0; i < rows.list.n && rc == 0; i++) {
		const struct grant_row *g = &rows.list.items[i];
		struct lapse_err why;

		if (strcmp(g->state, "granting") != 0 || g->issue == NULL ||
			g->projected_at != WHEN_NONE || l->jira_failed)
			continue;
		if (projection_write(l, g->issue, &why) < 0)
			core_note(l, LAPSE_EXIT_RETRY,
				l->jira_failed ? NULL : &why);
		else
			*ret_any = true;
	}
	return rc;
}

/* *ret_old: the grant that this one superseded, which ends now; else 0. */
static int advance(struct lapse *l, int64_t id, int64_t *ret_old,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_row g = {0};
	int rc = grant_get(l->ledger, id, &a, &g, err);

	*ret_old = g.extended_from;
	if (rc == 0 && strcmp(g.state, "granting") == 0 && l->time_known)
		return advance_granting(l, &g, err);
	if (rc == 0 && strcmp(g.state, "ending") == 0)
		return advance_ending(l, &g, err);
	return rc;
}

/* With it the grant that it superseded just now. */
static int advance_both(struct lapse *l, int64_t id, struct lapse_err *err)
{
	int64_t old = 0;
	int64_t none;
	int rc = advance(l, id, &old, err);

	return rc < 0 || old == 0 ? rc : advance(l, old, &none, err);
}

static int advance_some(struct lapse *l, const struct grant_rows *rows,
	size_t first, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = first; i < rows->list.n && i < first + ADVANCED &&
		rc == 0; i++)
		rc = advance_both(l, rows->list.items[i].id, err);
	return core_end(l, rc, err);
}

int grants_advance(struct lapse *l, int64_t grant, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 64 << 20};
	struct grant_rows rows = {0};
	int rc = grants_moving(l->ledger, &a, &rows, err);

	(void)grant;
	for (size_t i = 0; i < rows.list.n && rc == 0; i += ADVANCED)
		rc = advance_some(l, &rows, i, err);
	return rc;
}

/* ---- By hand ---- */

static int manual_done(struct lapse *l, int64_t grant, bool remove,
	const char *by, int64_t at, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_row g = {0};
	struct rest rest = {.kept_until = WHEN_NONE, .verified_at = at,
		.own_end = WHEN_NONE};
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = grant_get(l->ledger, grant, &a, &g, err);
	if (rc == 0 && !remove && strcmp(g.state, "granting") == 0)
		rc = activate(l, &g, by, err);
	if (rc == 0 && remove && strcmp(g.state, "ending") == 0) {
		rc = grant_set_ended(l->ledger, g.id, core_now(l), err);
		if (rc == 0)
			rc = tell_ended(l, &g, &rest, by, err);
	}
	return core_end(l, rc, err);
}

int grants_manual(struct lapse *l, struct lapse_err *err)
{
	return manual_advance(l, manual_done, err);
}

int grants_overdue(struct lapse *l, struct lapse_err *err)
{
	struct lapse_err late;
	char text[WHEN_TEXT];
	int64_t n = 0;
	int64_t oldest = WHEN_NONE;
	int64_t now = core_now(l);
	int rc = changes_overdue(l->ledger, now - l->config->overdue_after, &n,
		&oldest, err);

	if (rc < 0 || n == 0)
		return rc;
	lapse_fail(&late, LAPSE_EITEM,
		"%lld removal%s late or parked, the oldest due at %s; see "
		"`lapse status` and `lapse parked list`", (long long)n,
		n == 1 ? "" : "s", when_time(oldest, text));
	core_note(l, LAPSE_EXIT_OVERDUE, &late);
	return 0;
}

int grant_show(struct lapse *l, int64_t id, struct lapse_err *err)
{
	return list_emit_grant(l, id, err);
}
