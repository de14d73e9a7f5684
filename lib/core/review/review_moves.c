/* What a sub-task's change log says about its item: every move into a
 * decision is heard, the reviewer's last one counts whoever moved the issue
 * after it, and what the fields say counts only as the reviewer's own word. */
#include <string.h>

#include "review_sync.h"
#include "story.h"

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

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
	/* As it was when it was judged. */
	if (seen->updated_at != WHEN_NONE &&
		seen->updated_at == i->task_updated_at)
		return what != NULL && !same(i->decision, what);
	return true;
}

/* One item while its change log is gone through. */
struct hearing {
	struct lapse *l;
	const struct campaign_row *c;
	const struct sheet_row *s;
	struct item_row *i;
	const struct review_seen *seen;
	struct arena *arena;
};

static const struct jira_edit *last_edit(const struct review_seen *seen,
	const char *field, const char *to)
{
	const struct jira_edit *last = NULL;

	for (size_t i = 0; seen->history != NULL &&
		i < seen->history->edits.n; i++) {
		const struct jira_edit *e = &seen->history->edits.items[i];

		if (same(e->field, field) && (to == NULL || same(e->to, to)))
			last = e;
	}
	return last;
}

/* Changed after its fields were read: what the log says is not of them. */
static bool is_behind(const struct review_seen *seen)
{
	for (size_t i = 0; seen->history != NULL && seen->read_at != WHEN_NONE &&
		i < seen->history->edits.n; i++)
		if (seen->history->edits.items[i].at > seen->read_at)
			return true;
	return false;
}

/* ---- The fields ---- */

/* Who else wrote last what a field says; NULL: the reviewer, or it is as the
 * issue was made. */
static const char *written_by(const struct hearing *h, const char *field)
{
	const struct jira_edit *e = field == NULL ? NULL :
		last_edit(h->seen, field, NULL);

	if (e == NULL || same(e->author, h->s->reviewer) ||
		same(e->author, h->l->self.account))
		return NULL;
	return e->author_name != NULL ? e->author_name :
		story_name(h->l, e->author, h->arena);
}

static void see_fields(const struct hearing *h, struct review_vote *v)
{
	const struct review_section *r = &h->l->config->review;

	v->reason = h->seen->reason;
	v->until = h->seen->until;
	if (strcmp(v->what, "limit") == 0 && v->until != NULL) {
		v->changed_by = written_by(h, r->field_until);
		v->changed = v->changed_by != NULL ? "end" : NULL;
	}
	if (v->changed == NULL && v->reason != NULL) {
		v->changed_by = written_by(h, r->field_why);
		v->changed = v->changed_by != NULL ? "reason" : NULL;
	}
}

/* ---- The moves ---- */

static int hear_one(const struct hearing *h, const struct jira_edit *move,
	struct lapse_err *err)
{
	struct review_vote v = {
		.what = decision_of(h->l, move->to),
		.by = move->author != NULL ? move->author : "nobody",
		.by_name = move->author_name,
		.at = move->at,
		.ref = move->entry,
	};
	struct review_no no = {0};
	int rc;

	see_fields(h, &v);
	rc = review_vote(h->l, h->c, h->s, h->i, &v, h->arena, &no, err);
	return rc < 0 || no.code == NULL ? rc :
		review_refuse(h->l, h->c, h->s, h->i, &v, &no, h->arena, err);
}

static bool is_move(const struct jira_edit *e)
{
	return same(e->field, "status");
}

/* The reviewer's word first, so that others can be told what stands. */
static int hear_span(const struct hearing *h, const struct jira_edit *from,
	const struct jira_edit *to, struct lapse_err *err)
{
	const struct jira_edit *own = NULL;
	int rc = 0;

	for (const struct jira_edit *e = from; e < to; e++)
		if (is_move(e) && same(e->author, h->s->reviewer))
			own = e;
	if (own != NULL && decision_of(h->l, own->to) != NULL)
		rc = hear_one(h, own, err);
	for (const struct jira_edit *e = from; e < to && rc == 0; e++)
		if (is_move(e) && decision_of(h->l, e->to) != NULL &&
			!same(e->author, h->s->reviewer) &&
			!same(e->author, h->l->self.account) &&
			!same(e->entry, h->i->decision_ref))
			rc = hear_one(h, e, err);
	return rc;
}

/* What came before the reviewer was asked was heard then; only the move that
 * made the issue what it is now is told of in any case. */
static const struct jira_edit *asked_since(const struct hearing *h,
	const struct jira_edit *first)
{
	const struct jira_edit *asked = last_edit(h->seen, "assignee",
		h->s->reviewer);
	const struct jira_edit *last = last_edit(h->seen, "status",
		h->seen->status);

	return asked == NULL ? first : last != NULL && last < asked ? last :
		asked;
}

static int hear(const struct hearing *h, const struct jira_edit *given,
	bool before, struct lapse_err *err)
{
	const struct jira_history *log = h->seen->history;
	const struct jira_edit *first;
	const struct jira_edit *end;

	if (log == NULL || log->edits.n == 0)
		return 0;
	first = log->edits.items;
	end = first + log->edits.n;
	if (!before)
		return given == NULL ? 0 : hear_span(h, given, end, err);
	first = asked_since(h, first);
	end = given != NULL ? given : end;
	return first < end ? hear_span(h, first, end, err) : 0;
}

/* ---- One sub-task ---- */

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

static int give(struct hearing *h, const struct jira_edit *given,
	struct sheet_row *s, struct lapse_err *err)
{
	const struct review_move m = {
		.campaign = h->c,
		.from = s,
		.to = h->seen->assignee,
		.why = "reassigned",
		.actor = given->author,
		.ref = given->entry,
	};
	bool moved = false;
	int rc = review_move_item(h->l, &m, h->i, h->arena, &moved, err);

	return rc < 0 || !moved ? rc : sheet_get(h->l->ledger, h->i->sheet,
		h->arena, s, err);
}

/* Who was asked when the move was made decides; so what was said before an
 * issue was given on counts by the one who had it. */
int review_judge_task(struct lapse *l, const struct campaign_row *c,
	struct item_row *i, const struct review_seen *seen,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct sheet_row s = {0};
	struct hearing h = {l, c, &s, i, seen, &a};
	const struct jira_edit *given;
	bool read = i->task_updated_at == seen->updated_at;
	int rc = is_behind(seen) ? 0 : sheet_get(l->ledger, i->sheet, &a, &s,
		err);

	if (rc < 0 || is_behind(seen))
		return rc;
	i->task_updated_at = seen->updated_at;
	given = review_is_closed(c) ? NULL : review_reassigned(l, &s, i, seen);
	rc = hear(&h, given, true, err);
	if (rc == 0 && given != NULL)
		rc = give(&h, given, &s, err);
	if (rc == 0)
		rc = hear(&h, given, false, err);
	return rc < 0 || read || l->dry_run ? rc : note_read(l, i, err);
}
