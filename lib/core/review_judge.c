/* Decisions of reviewers: who may say what of an item, and what it becomes.
 * Nothing is taken away here. */
#include <stdio.h>
#include <string.h>

#include "people.h"
#include "review_sync.h"
#include "review_work.h"
#include "story.h"
#include "texts_decide.h"

enum {
	DATE_CHARS = 10,	/* "2026-12-01" */
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

void review_form(const struct lapse *l, struct jira_form *ret)
{
	*ret = (struct jira_form){
		.how_long = l->config->review.field_until,
		.why = l->config->review.field_why,
	};
}

bool review_is_open(const struct item_row *i)
{
	return strcmp(i->state, "open") == 0 ||
		strcmp(i->state, "decided") == 0 ||
		strcmp(i->state, "held") == 0 ||
		(strcmp(i->state, "done") == 0 && same(i->decision, "keep"));
}

/* ---- What a vote says ---- */

/* A day means all of it. */
static int parse_until(const struct review_vote *v, int64_t *ret,
	struct lapse_err *err)
{
	char day[64];
	int64_t s = 0;

	if (when_parse_duration(v->until, &s, NULL) == 0) {
		*ret = v->at + s;
		return 0;
	}
	if (strlen(v->until) != DATE_CHARS)
		return when_parse_time(v->until, ret, err);
	snprintf(day, sizeof(day), "%sT23:59:59Z", v->until);
	return when_parse_time(day, ret, err);
}

static const char *why_no_limit(struct lapse *l, const struct item_row *i,
	const struct review_vote *v, struct arena *a, int64_t *ret_until)
{
	const struct role *role = i->role != NULL ?
		config_role(l->config, i->role) : NULL;
	struct lapse_err err;
	char most[WHEN_TEXT];

	if (role == NULL)
		return "this access is no role of the catalog, so that there "
		       "is no longest time for it; please decide on Keep or "
		       "Revoke";
	if (v->until == NULL)
		return "Limit needs an end: please fill in until when, or how "
		       "long (\"30d\", \"2026-12-01\"), and decide again";
	if (parse_until(v, ret_until, &err) < 0)
		return arena_fmt(a, "\"%.60s\" is neither a duration like "
			"\"30d\" nor a day like \"2026-12-01\"; please "
			"correct it", v->until);
	if (*ret_until <= core_now(l))
		return "that end has passed already; please set a later one, "
		       "or decide on Revoke";
	if (role->max_duration > 0 && *ret_until > v->at + role->max_duration)
		return arena_fmt(a, "that is longer than this role may be "
			"held, which is %s; please set an earlier end",
			when_duration(role->max_duration, most));
	return NULL;
}

static bool blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

static const char *why_not(struct lapse *l, const struct sheet_row *s,
	const struct item_row *i, const struct review_vote *v, struct arena *a,
	int64_t *ret_until)
{
	if (v->digest != NULL && strcmp(v->digest, i->digest) != 0)
		return "the row is not the one that was put into the review: "
		       "its digest differs";
	if (!same(v->by, s->reviewer))
		return arena_fmt(a, "%s is asked to decide on this, and only "
			"that decision counts",
			story_name(l, s->reviewer, a));
	if (!review_is_open(i))
		return arena_fmt(a, "the review has gone on already: %s",
			i->outcome != NULL ? i->outcome : i->state);
	if (strcmp(v->what, "revoke") == 0 && blank(v->reason))
		return "Revoke needs a reason: please fill it in, and decide "
		       "again";
	return strcmp(v->what, "limit") == 0 ?
		why_no_limit(l, i, v, a, ret_until) : NULL;
}

/* ---- Writing ---- */

static int write(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct item_row *i,
	const struct review_vote *v, struct lapse_err *err)
{
	const struct review_said said = {
		.kind = "review-decided",
		.campaign = c,
		.sheet = s,
		.item = i,
		.grant = i->grant,
		.actor = v->by,
		.ref = v->ref,
		.words = v->reason,
	};
	bool own;
	int rc = review_begin(l, &own, err);

	if (rc == 0)
		rc = item_put(l->ledger, i, err);
	if (rc == 0)
		rc = review_say(l, &said, NULL, err);
	if (rc == 0 && i->idp != NULL)
		rc = review_note_moved(l->ledger, i, core_now(l), err);
	return review_end(l, own, rc, err);
}

static void take(struct lapse *l, struct item_row *i,
	const struct review_vote *v, int64_t until)
{
	bool keep = strcmp(v->what, "keep") == 0;

	i->decision = v->what;
	i->decided_at = v->at;
	i->decided_by = v->by;
	i->decision_ref = v->ref;
	i->decision_reason = blank(v->reason) ? NULL : v->reason;
	i->limit_until = until;
	i->state = keep ? "done" : "decided";
	i->outcome = keep ? "kept" : NULL;
	i->settled_at = keep ? core_now(l) : WHEN_NONE;
}

int review_vote(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct item_row *i,
	const struct review_vote *v, struct arena *a, const char **ret_why,
	struct lapse_err *err)
{
	int64_t until = WHEN_NONE;

	*ret_why = NULL;
	if (same(i->decision_ref, v->ref) && same(i->decision, v->what))
		return 0;
	*ret_why = why_not(l, s, i, v, a, &until);
	if (arena_check(a, err) < 0)
		return LAPSE_ENOMEM;
	if (*ret_why != NULL || l->dry_run)
		return 0;
	take(l, i, v, until);
	return write(l, c, s, i, v, err);
}

int review_refuse(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct item_row *i,
	const struct review_vote *v, const char *why, struct arena *a,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	/* The same move with something else wrong is news. */
	const char *ref = arena_fmt(a, "%s %.40s", v->ref, why);
	const struct review_said said = {
		.kind = "review-refused",
		.campaign = c,
		.sheet = s,
		.item = i,
		.actor = v->by,
		.ref = v->ref,
		.words = why,
	};
	bool own;
	int rc;

	if (ref == NULL)
		return lapse_fail_nomem(err);
	if (same(i->refused_ref, ref) || l->dry_run)
		return 0;
	texts_vote_refused(&text, v->by_name != NULL ? v->by_name :
		story_name(l, v->by, a), v->what, why);
	i->refused_ref = ref;
	rc = review_begin(l, &own, err);
	if (rc == 0)
		rc = item_put(l->ledger, i, err);
	if (rc == 0)
		rc = review_tell(l, &said, &text, err);
	return review_end(l, own, rc, err);
}

/* ---- Sub-tasks ---- */

static const char *decision_of(const struct lapse *l, const char *status)
{
	const struct review_section *r = &l->config->review;

	return same(status, r->status_keep) ? "keep" :
		same(status, r->status_revoke) ? "revoke" :
		same(status, r->status_limit) ? "limit" : NULL;
}

bool review_needs_history(const struct lapse *l, const struct sheet_row *s,
	const struct item_row *i, const struct review_seen *seen)
{
	const char *what = decision_of(l, seen->status);

	if (seen->assignee != NULL && strcmp(seen->assignee, s->reviewer) != 0)
		return true;
	return what != NULL && !(same(i->decision, what) &&
		!same(i->decided_by, "lapse"));
}

/* The last move into the status that the issue is in. */
static const struct jira_edit *last_move(const struct review_seen *seen)
{
	const struct jira_edit *last = NULL;

	for (size_t i = 0; seen->history != NULL &&
		i < seen->history->edits.n; i++) {
		const struct jira_edit *e = &seen->history->edits.items[i];

		if (same(e->field, "status") && same(e->to, seen->status))
			last = e;
	}
	return last;
}

static int judge_move(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct item_row *i,
	const struct review_seen *seen, const struct jira_edit *move,
	struct arena *a, struct lapse_err *err)
{
	const struct review_vote v = {
		.what = decision_of(l, seen->status),
		.by = move->author != NULL ? move->author : "nobody",
		.by_name = move->author_name,
		.at = move->at,
		.ref = move->entry,
		.reason = seen->reason,
		.until = seen->until,
	};
	const char *why = NULL;
	int rc = review_vote(l, c, s, i, &v, a, &why, err);

	return rc < 0 || why == NULL ? rc :
		review_refuse(l, c, s, i, &v, why, a, err);
}

/* Not looked at again until it changes. */
static int note_read(struct lapse *l, const struct item_row *i,
	struct lapse_err *err)
{
	bool own;
	int rc = review_begin(l, &own, err);

	if (rc == 0)
		rc = item_put(l->ledger, i, err);
	return review_end(l, own, rc, err);
}

/* Who was asked when the move was made decides; so what was said before an
 * issue was given on counts by the one who had it. */
int review_judge_task(struct lapse *l, const struct campaign_row *c,
	struct item_row *i, const struct review_seen *seen,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct sheet_row s = {0};
	const struct jira_edit *given;
	const struct jira_edit *move = NULL;
	bool moved = false;
	bool read = i->task_updated_at == seen->updated_at;
	int rc = sheet_get(l->ledger, i->sheet, &a, &s, err);

	if (rc < 0)
		return rc;
	i->task_updated_at = seen->updated_at;
	given = review_reassigned(l, &s, i, seen);
	if (decision_of(l, seen->status) != NULL)
		move = last_move(seen);
	if (move != NULL && (given == NULL || move < given))
		rc = judge_move(l, c, &s, i, seen, move, &a, err);
	if (rc == 0 && given != NULL) {
		const struct review_move m = {
			.campaign = c,
			.from = &s,
			.to = seen->assignee,
			.why = "reassigned",
			.actor = given->author,
			.ref = given->entry,
		};

		rc = review_move_item(l, &m, i, &a, &moved, err);
	}
	if (rc == 0 && moved)
		rc = sheet_get(l->ledger, i->sheet, &a, &s, err);
	if (rc == 0 && move != NULL && given != NULL && move > given)
		rc = judge_move(l, c, &s, i, seen, move, &a, err);
	return rc < 0 || read || l->dry_run ? rc : note_read(l, i, err);
}
