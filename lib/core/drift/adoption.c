/* What sync does with a request by which an approver decides on access that
 * lapse did not give. */
#include "adoption.h"

#include <string.h>

#include "grant.h"
#include "json.h"
#include "notice.h"
#include "story.h"
#include "takeover.h"
#include "texts.h"

/* ---- Which question it is ---- */

static int bind(struct lapse *l, struct request *r,
	const struct adoption_row *row, bool *ret_now, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {
		.kind = "adoption-asked",
		.issue = r->issue->id,
		.actor = row->opened_by,
	};
	int rc;

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "role", row->role);
	json_put_text(&w, "account", row->account);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = adoption_set_issue(l->ledger, row->id, r->issue->id,
		r->issue->key, ret_now, err);
	return core_end(l, rc < 0 || !*ret_now ? rc :
		core_evidence(l, &e, NULL, err), err);
}

/* Only we file requests in our own name. */
static int is_ours(struct lapse *l, const struct request *r, bool *ret,
	struct lapse_err *err)
{
	int rc = core_self(l, err);

	*ret = rc == 0 && l->self.account != NULL &&
		strcmp(r->issue->reporter.account, l->self.account) == 0 &&
		strcmp(r->issue->creator.account, l->self.account) == 0;
	return rc;
}

int adoption_of_request(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	struct adoption_row row = {0};
	bool ours = false;
	bool now = false;
	int rc = adoption_of_issue(l->ledger, r->issue->id, &r->arena,
		&r->adoption, err);

	if (rc < 0 || r->adoption.id != 0 || r->role == NULL)
		return rc;
	rc = adoption_without_issue(l->ledger, r->beneficiary, r->role->name,
		&r->arena, &row, err);
	if (rc < 0 || row.id == 0 || l->dry_run)
		return rc;
	rc = is_ours(l, r, &ours, err);
	if (rc < 0 || !ours)
		return rc;
	rc = bind(l, r, &row, &now, err);
	if (rc < 0 || now) {
		r->adoption = row;
		return rc;
	}
	/* Another run did, to this issue or to another one. */
	return adoption_of_issue(l->ledger, r->issue->id, &r->arena,
		&r->adoption, err);
}

/* ---- The memberships ---- */

/* Of the role's groups those that the person is in by no grant. */
struct found {
	struct reading *readings;	/* one a group */
	struct membership *m;
	size_t n;
};

/* Also inside the transaction that acts on it: another run may have granted,
 * adopted or removed it since it was read. */
static int look(struct lapse *l, const struct request *r, struct found *f,
	struct lapse_err *err)
{
	int rc = 0;

	f->n = 0;
	for (size_t i = 0; i < r->role->groups.n && rc == 0; i++) {
		bool foreign = false;

		rc = takeover_is_foreign(l, &f->readings[i], &foreign, err);
		if (rc == 0 && foreign)
			f->m[f->n++] = f->readings[i].m;
	}
	return rc;
}

static int find(struct lapse *l, struct request *r, struct found *ret,
	struct lapse_err *err)
{
	int rc = request_read_before(l, r, &ret->readings, err);

	ret->m = arena_alloc(&r->arena,
		(r->role->groups.n + 1) * sizeof(*ret->m));
	if (rc == 0 && ret->m == NULL)
		rc = lapse_fail_nomem(err);
	return rc < 0 ? rc : look(l, r, ret, err);
}

/* ---- Yes ---- */

static int tell_granted(struct lapse *l, struct request *r, int64_t ends_at,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct texts_about about;
	int64_t seq = 0;
	int rc = request_tell(l, r, "adopted", NULL, NULL, NULL, &seq, err);

	if (rc < 0)
		return rc;
	request_about(l, r, &about);
	about.until = ends_at;
	texts_adoption_kept(&text, &about);
	rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = notice_owe(l, r->issue->id, NOTICE_COMMENT,
			buf_text(&text), NULL, seq, err);
	if (rc == 0 && r->type->status_active != NULL)
		rc = notice_owe(l, r->issue->id, NOTICE_TRANSITION,
			r->type->status_active, NULL, seq, err);
	return rc < 0 ? rc : notice_owe(l, r->issue->id, NOTICE_PROPERTY, NULL,
		NULL, seq, err);
}

static int take_over(struct lapse *l, struct request *r,
	const struct approval_row *ap, struct found *f,
	const char **ret_conflict, struct lapse_err *err)
{
	struct takeover t = {.m = f->m, .n = r->role->groups.n};
	bool approved = false;
	int rc = request_still_approved(l, r, ap, ret_conflict, &approved,
		err);

	if (rc < 0 || *ret_conflict != NULL || !approved)
		return rc;
	rc = look(l, r, f, err);
	if (rc == 0 && f->n < t.n)
		return lapse_fail(err, LAPSE_EITEM, "%s: another run granted "
			"or removed it just now", r->issue->key);
	if (rc == 0)
		rc = request_keep(l, r, err);
	request_grant_row(l, r, ap, &t.g);
	/* It is there already: nothing has to be waited for. */
	if (r->decision.ends_at == WHEN_NONE)
		t.g.ends_at = core_now(l) + r->decision.duration_s;
	if (rc == 0)
		rc = takeover_grant(l, &t, &r->grant, err);
	if (rc == 0)
		rc = approval_set(l->ledger, ap->id, "used", WHEN_NONE, err);
	if (rc == 0)
		rc = request_set_state(l->ledger, r->row.id, "approved", NULL,
			core_now(l), err);
	if (rc == 0)
		rc = tell_granted(l, r, t.g.ends_at, err);
	r->grant = 0;	/* it may yet be rolled back */
	return rc;
}

int adoption_grant(struct lapse *l, struct request *r,
	const struct approval_row *approval, struct lapse_err *err)
{
	struct found f = {0};
	const char *conflict = NULL;
	int rc;

	if (!core_may_give(l))
		return 0;
	rc = find(l, r, &f, err);
	if (rc < 0)
		return rc;
	if (f.n < r->role->groups.n)
		return request_close(l, r, "cancelled", "nothing-to-adopt",
			"The person does not have this access any more, or has "
			"it by another request now.", NULL,
			r->type->status_refused, err);
	rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	rc = request_end(l, r, take_over(l, r, approval, &f, &conflict, err),
		err);
	return rc < 0 || conflict == NULL ? rc :
		request_refuse_conflict(l, r, conflict, err);
}

/* ---- No ---- */

/* One grant of all that is there, ended at once: from here on it goes as any
 * removal does. What a grant of another request is on stays until that
 * ends. */
static int take_away(struct lapse *l, struct request *r,
	const struct found *f, const char *by, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct takeover t = {.m = f->m, .n = f->n};
	struct grant_row g = {0};
	int64_t id = 0;
	int rc;

	if (f->n == 0)
		return 0;
	request_grant_row(l, r, NULL, &t.g);
	t.g.ends_at = core_now(l);
	rc = takeover_grant(l, &t, &id, err);
	if (rc == 0)
		rc = grant_get(l->ledger, id, &a, &g, err);
	return rc < 0 ? rc : grant_end(l, &g, "declined", by, NULL,
		core_now(l), err);
}

int adoption_decline(struct lapse *l, struct request *r, const char *by,
	struct lapse_err *err)
{
	struct found f = {0};
	int rc = core_plan(l, r->issue->key, "declined", "declined", err);

	if (rc < 0 || !core_may_give(l))
		return rc;
	rc = find(l, r, &f, err);
	if (rc == 0)
		rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	rc = request_closing(l, r, "declined", "declined", NULL, NULL,
		r->type->status_declined, err);
	if (rc == 0)
		rc = look(l, r, &f, err);
	if (rc == 0)
		rc = take_away(l, r, &f, by, err);
	return request_end(l, r, rc, err);
}
