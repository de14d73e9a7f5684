/* An issue after its approval: the status that asks for the end is obeyed,
 * any other closing ends nothing and says so, one that is opened again while
 * its access lasts goes back to the active status, and a used request that is
 * opened again stays used. */
#include <string.h>

#include "grant.h"
#include "log.h"
#include "notice.h"
#include "request.h"
#include "story.h"
#include "texts.h"

/* The author and time of the last move to a status; NULL: none seen. */
static const struct jira_edit *last_move(const struct request *r,
	const char *status)
{
	const struct jira_edit *last = NULL;

	for (size_t i = 0; i < r->history->edits.n; i++) {
		const struct jira_edit *e = &r->history->edits.items[i];

		if (strcmp(e->field, "status") == 0 && e->to != NULL &&
			strcmp(e->to, status) == 0)
			last = e;
	}
	return last;
}

static int end_by_status(struct lapse *l, struct request *r,
	const struct grant_rows *grants, struct lapse_err *err)
{
	const struct jira_edit *move;
	int rc = request_history(l, r, err);

	if (rc < 0)
		return rc;
	move = last_move(r, r->type->status_revoke);
	rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	if (move != NULL)
		rc = people_note_author(l, move, err);
	for (size_t i = 0; i < grants->list.n && rc == 0; i++)
		rc = grant_end(l, &grants->list.items[i], "revoked",
			move != NULL ? move->author : "lapse", NULL,
			core_now(l), err);
	if (rc == 0)
		rc = request_set_updated(l->ledger, r->row.id,
			r->issue->updated_at, err);
	return request_end(l, r, rc, err);
}

/* Says something about the issue once, until something else is to be said. */
static int say_once(struct lapse *l, struct request *r, const char *code,
	void (*text)(struct buf *out, const struct texts_about *t),
	const struct texts_about *about, const char *status,
	struct lapse_err *err)
{
	AUTO_BUF out = {0};
	int64_t seq = 0;
	int rc;

	if (r->row.why != NULL && strcmp(r->row.why, code) == 0)
		return 0;
	if (text != NULL)
		text(&out, about);
	rc = buf_check(&out, err, "text");
	if (rc == 0)
		rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	rc = request_set_state(l->ledger, r->row.id, r->row.state, code,
		r->row.changed_at, err);
	if (rc == 0)
		rc = request_set_updated(l->ledger, r->row.id,
			r->issue->updated_at, err);
	if (rc == 0)
		rc = request_tell(l, r, code, NULL, NULL, NULL, &seq, err);
	if (rc == 0 && text != NULL)
		rc = notice_owe(l, r->issue->id, NOTICE_COMMENT,
			buf_text(&out), NULL, seq, err);
	if (rc == 0 && status != NULL)
		rc = notice_owe(l, r->issue->id, NOTICE_TRANSITION, status,
			NULL, seq, err);
	return request_end(l, r, rc, err);
}

static int closed_while_active(struct lapse *l, struct request *r,
	const struct grant_row *g, struct lapse_err *err)
{
	struct texts_about about;

	story_of_grant(l, g, &r->arena, &about);
	return say_once(l, r, "closed-while-active", texts_closed_while_active,
		&about, NULL, err);
}

/* Opened again, or moved elsewhere: back to where its holder can end it. */
static int moved_while_active(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	const struct request_type *t = r->type;

	if (t->status_active == NULL ||
		strcmp(r->issue->status, t->status_active) == 0)
		return 0;
	/* Our own move from there is on its way. */
	if (t->status_approved != NULL &&
		strcmp(r->issue->status, t->status_approved) == 0)
		return 0;
	return say_once(l, r, "moved-while-active", NULL, NULL,
		t->status_active, err);
}

/* Somebody other than us moved it out of a closed status after it was over. */
static int reopened(struct lapse *l, struct request *r, int64_t over_at,
	struct lapse_err *err)
{
	const struct jira_edit *last = NULL;
	struct texts_about about;
	int rc;

	if (strcmp(r->issue->status_category, "done") == 0)
		return 0;
	rc = request_history(l, r, err);
	if (rc == 0)
		rc = core_self(l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < r->history->edits.n; i++)
		if (strcmp(r->history->edits.items[i].field, "status") == 0)
			last = &r->history->edits.items[i];
	if (last == NULL || last->at <= over_at ||
		strcmp(last->author, l->self.account) == 0 ||
		strcmp(last->to, r->type->status_revoke) == 0)
		return 0;
	request_about(l, r, &about);
	about.role = r->row.role;
	return say_once(l, r, "reopened", texts_reopened, &about, NULL, err);
}

static int live_only(struct lapse *l, struct request *r,
	struct grant_rows *ret, int64_t *ret_over_at, struct lapse_err *err)
{
	struct grant_rows all = {0};
	int rc = grants_of_issue(l->ledger, r->issue->id, &r->arena, &all,
		err);

	for (size_t i = 0; i < all.list.n && rc == 0; i++) {
		struct grant_row *g = &all.list.items[i];
		struct grant_row *slot;

		if (g->ended_at != WHEN_NONE && g->ended_at > *ret_over_at)
			*ret_over_at = g->ended_at;
		if (strcmp(g->state, "granting") != 0 &&
			strcmp(g->state, "active") != 0)
			continue;
		slot = VEC_ADD(&ret->list, &r->arena);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = *g;
	}
	return rc;
}

int request_watch(struct lapse *l, struct request *r, struct lapse_err *err)
{
	struct grant_rows live = {0};
	int64_t over_at = r->row.changed_at;
	int rc = live_only(l, r, &live, &over_at, err);

	if (rc < 0)
		return rc;
	r->beneficiary = r->row.beneficiary;
	if (live.list.n == 0) {
		if (l->dry_run)
			return 0;
		return reopened(l, r, over_at, err);
	}
	if (strcmp(r->issue->status, r->type->status_revoke) == 0) {
		if (core_plan(l, r->issue->key, "revoke", NULL, err) != 0)
			return err->code;
		return l->dry_run ? 0 : end_by_status(l, r, &live, err);
	}
	if (l->dry_run)
		return 0;
	if (strcmp(r->issue->status_category, "done") == 0)
		return closed_while_active(l, r, &live.list.items[0], err);
	if (strcmp(live.list.items[0].state, "active") != 0)
		return 0;
	return moved_while_active(l, r, err);
}
