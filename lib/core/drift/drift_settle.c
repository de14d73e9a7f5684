/* Drift that a named human settles, where no command can: the word and the
 * reason become evidence. It grants and removes nothing. */
#include <string.h>

#include "drift.h"
#include "hand.h"
#include "json.h"
#include "notice.h"
#include "requests.h"

struct settling {
	struct lapse *l;
	struct arena *arena;
	const char *reason;
	VEC(struct drift_row *) meant;
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool of_membership(const struct drift_row *r)
{
	return strcmp(r->kind, "shadow") == 0 ||
		strcmp(r->kind, "reappeared") == 0;
}

/* The issue of a grant that has one, or that should stand elsewhere. */
static bool of_issue(const struct drift_row *r)
{
	return r->issue != NULL && (strcmp(r->kind, "unevidenced") == 0 ||
		strcmp(r->kind, "orphan-issue") == 0 ||
		strcmp(r->kind, "approved-not-done") == 0);
}

/* An id may hold a colon, so the names are put together, not taken apart. A
 * whole group means those who were in it before lapse looked: one who came
 * later is a question of his own. */
static bool is_meant(const struct drift_row *r, const char *what,
	struct arena *a)
{
	if (!of_membership(r))
		return of_issue(r) && (same(r->issue, what) ||
			same(r->issue_key, what));
	if (strcmp(r->kind, "shadow") == 0 && r->id == 0 &&
		same(arena_fmt(a, "%s:%s", r->idp, r->group), what))
		return true;
	return same(arena_fmt(a, "%s:%s:%s", r->idp, r->group, r->user), what);
}

static int tell(struct settling *s, const struct drift_row *r,
	int64_t *ret_seq, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {
		.kind = "drift-settled",
		.issue = r->issue,
		.grant = r->grant,
		.idp = r->idp,
		.group = r->group,
		.user = r->user,
		.actor = s->l->operator,
	};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "drift", r->kind);
	json_put_time(&w, "since", r->since);
	json_put_time(&w, "seen_at", r->seen_at);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "reason", s->reason);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(s->l, &e, ret_seq, err);
}

/* An issue that says that access stands goes where those go that are over. */
static int move_on(struct settling *s, const struct drift_row *r, int64_t seq,
	struct lapse_err *err)
{
	struct request_row row = {0};
	const struct request_type *type = NULL;
	int rc;

	if (strcmp(r->kind, "orphan-issue") != 0)
		return 0;
	rc = request_of_issue(s->l->ledger, r->issue, s->arena, &row, err);
	if (rc == 0 && row.id != 0)
		type = config_request_type(s->l->config, row.project,
			row.type);
	if (rc < 0 || type == NULL || type->status_ended == NULL)
		return rc;
	return notice_owe(s->l, r->issue, NOTICE_TRANSITION,
		type->status_ended, NULL, seq, err);
}

static int settle_one(struct settling *s, const struct drift_row *r,
	struct lapse_err *err)
{
	struct lapse *l = s->l;
	const struct membership m = {r->idp, r->group, r->user};
	int64_t seq = 0;
	int rc;

	if (of_membership(r))
		rc = drift_settle(l->ledger, r->kind, &m, core_now(l),
			l->operator, s->reason, err);
	else
		rc = stray_settle(l->ledger, r->issue, core_now(l),
			l->operator, s->reason, err);
	if (rc == 0)
		rc = tell(s, r, &seq, err);
	return rc < 0 ? rc : move_on(s, r, seq, err);
}

static int find_meant(struct settling *s, const char *what,
	struct drift_rows *rows, struct lapse_err *err)
{
	int rc = drift_find(s->l, NULL, NULL, s->arena, rows, err);

	for (size_t i = 0; i < rows->list.n && rc == 0; i++) {
		struct drift_row **slot;

		if (!is_meant(&rows->list.items[i], what, s->arena))
			continue;
		slot = VEC_ADD(&s->meant, s->arena);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = &rows->list.items[i];
	}
	if (rc == 0)
		rc = arena_check(s->arena, err);
	if (rc == 0 && s->meant.n == 0)
		rc = lapse_fail(err, LAPSE_ENOTFOUND, "drift: '%s': nothing "
			"that a person's word settles; `lapse drift` names "
			"the command for each", what);
	return rc;
}

static int settle_all(struct settling *s, const char *what,
	struct lapse_err *err)
{
	struct drift_rows rows = {0};
	int rc = core_begin(s->l, err);

	if (rc < 0)
		return rc;
	/* In one with what is written: nobody settles it twice. */
	rc = find_meant(s, what, &rows, err);
	for (size_t i = 0; i < s->meant.n && rc == 0; i++)
		rc = settle_one(s, s->meant.items[i], err);
	return core_end(s->l, rc, err);
}

int drift_settle_named(struct lapse *l, const char *what, const char *reason,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = (size_t)1 << 30};
	struct drift_rows rows = {0};
	struct settling s = {.l = l, .arena = &a, .reason = reason};
	int rc = hand_reason(reason, err);

	if (rc == 0)
		rc = hand_operator(l, err);
	if (rc < 0 || !l->dry_run)
		return rc < 0 ? rc : settle_all(&s, what, err);
	rc = find_meant(&s, what, &rows, err);
	for (size_t i = 0; i < s.meant.n && rc == 0; i++)
		rc = core_plan(l, what, "settle",
			s.meant.items[i]->user != NULL ?
				s.meant.items[i]->user :
				s.meant.items[i]->kind, err);
	return rc;
}
