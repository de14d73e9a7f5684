/* A claim is only as good as what Jira itself says: who made the issue, the
 * approval object with its answers, and the history of the issue. */
#include <inttypes.h>
#include <string.h>

#include "policy.h"
#include "rebuild_private.h"
#include "texts.h"

enum {
	ASKED_S = 60,		/* a move to the approval status and the
				   approval that it made are so close */
};

/* ---- Reading ---- */

static int get_issue(struct lapse *l, const char *id, struct arena *a,
	struct rebuild_told *t, struct lapse_err *err)
{
	static const struct jira_form none;
	struct op op = {.step = jira_get_issue, .name = "issue", .issue = id,
		.arena = a};
	int rc;

	jira_op_form(&op, t->type != NULL ? &t->type->form : &none);
	rc = core_jira(l, &op, err);
	if (rc == 0 && op.outcome == OP_FOUND)
		t->issue = op.ret;
	op_clear(&op);
	return rc;
}

static int get_approvals(struct lapse *l, const char *id, struct arena *a,
	struct rebuild_told *t, struct lapse_err *err)
{
	struct op op = {.step = jira_get_approvals, .name = "approvals",
		.issue = id, .arena = a};
	int rc = core_jira(l, &op, err);

	if (rc == 0)
		t->approvals = op.ret;
	op_clear(&op);
	return rc;
}

static int get_history(struct lapse *l, const char *id, struct arena *a,
	struct rebuild_told *t, struct lapse_err *err)
{
	struct op op = {.step = jira_get_history, .name = "history",
		.issue = id, .arena = a};
	int rc = core_jira(l, &op, err);

	if (rc == 0)
		t->history = op.ret;
	op_clear(&op);
	return rc;
}

static int read_told(struct lapse *l, const struct rebuild_issue *i,
	struct arena *a, struct rebuild_told *t, struct lapse_err *err)
{
	int rc;

	if (i->type != NULL)
		t->type = config_request_type(l->config, i->project, i->type);
	rc = get_issue(l, i->id, a, t, err);
	if (rc == 0 && t->type != NULL)
		rc = get_approvals(l, i->id, a, t, err);
	return rc < 0 ? rc : get_history(l, i->id, a, t, err);
}

/* ---- What it says ---- */

static const struct jira_approval *find_approval(const struct rebuild_told *t,
	const char *id)
{
	for (size_t i = 0; t->approvals != NULL && i < t->approvals->items.n;
		i++)
		if (strcmp(t->approvals->items.items[i].id, id) == 0)
			return &t->approvals->items.items[i];
	return NULL;
}

/* By lapse's own quorum; who left since did answer then. */
static bool said_yes(const struct jira_approval *ap, const char *mode,
	struct arena *a)
{
	struct policy_vote *votes = arena_alloc(a,
		(ap->answers.n + 1) * sizeof(*votes));

	if (votes == NULL)
		return false;
	for (size_t i = 0; i < ap->answers.n; i++) {
		enum jira_decision d = ap->answers.items[i].decision;

		votes[i].approved = d == JIRA_APPROVED;
		votes[i].declined = d == JIRA_DECLINED;
		votes[i].active = true;
	}
	return policy_count(mode != NULL && strcmp(mode, "any") == 0 ?
			APPROVAL_ANY : APPROVAL_ALL, votes, ap->answers.n) ==
		QUORUM_APPROVED;
}

static bool is(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* lapse's own move of the issue into one of two statuses: when; WHEN_NONE:
 * the history has none from `since` on. */
static int64_t moved_by_us(const struct lapse *l, const struct rebuild_told *t,
	const char *one, const char *other, int64_t since)
{
	for (size_t i = 0; t->history != NULL && i < t->history->edits.n;
		i++) {
		const struct jira_edit *e = &t->history->edits.items[i];

		if (is(e->field, "status") && e->at >= since &&
			is(e->author, l->self.account) &&
			(is(e->to, one) || is(e->to, other)))
			return e->at;
	}
	return WHEN_NONE;
}

/* A start that was asked for, and approved: nobody changed it since. */
static int64_t start_of(const struct rebuild_told *t, int64_t asked_at)
{
	const char *field = t->type->form.from_when;

	if (field == NULL || t->issue->from_when == WHEN_NONE)
		return WHEN_NONE;
	for (size_t i = 0; i < t->history->edits.n; i++)
		if (is(t->history->edits.items[i].field, field) &&
			t->history->edits.items[i].at >= asked_at)
			return WHEN_NONE;
	return t->issue->from_when;
}

static void later_of(int64_t *at, int64_t other)
{
	if (other != WHEN_NONE && other > *at)
		*at = other;
}

static void by_people(struct lapse *l, struct rebuild_grant *k,
	const struct rebuild_told *t, struct arena *a, struct claim_facts *f)
{
	const struct jira_approval *ap = find_approval(t, k->g->approval);
	int64_t moved;

	k->approval = ap;
	f->approved = ap != NULL && said_yes(ap, k->g->mode, a);
	if (!f->approved)
		return;
	moved = moved_by_us(l, t, t->type->status_any, t->type->status_all,
		ap->created_at - ASKED_S);
	f->ours = moved != WHEN_NONE && moved <= ap->created_at + ASKED_S;
	f->since = ap->completed_at != WHEN_NONE ? ap->completed_at :
						   ap->created_at;
	k->approved_at = f->since;
	later_of(&f->since, start_of(t, ap->created_at));
}

/* The catalog asked nobody: then it must say so still, and lapse's own move
 * of the issue shows when. */
static void by_catalog(struct lapse *l, struct rebuild_grant *k,
	const struct role *role, const struct rebuild_told *t, struct claim_facts *f)
{
	f->approved = role->auto_approve;
	f->since = moved_by_us(l, t, t->type->status_approved,
		t->type->status_active, t->issue->created_at);
	f->ours = true;
	if (f->since == WHEN_NONE)
		f->since = t->issue->created_at;
	k->approved_at = f->since;
}

/* Break-glass, adopted: an issue that lapse itself made says so. */
static void by_operator(struct lapse *l, const struct rebuild_grant *k,
	const struct rebuild_told *t, struct claim_facts *f)
{
	f->approved = true;
	f->ours = is(t->issue->creator.account, l->self.account);
	f->since = t->issue->created_at;
	if (k->g->break_glass)
		f->max_s = l->config->break_glass_max;
}

static void facts_of(struct lapse *l, struct rebuild_grant *k,
	const struct rebuild_told *t, struct arena *a, struct claim_facts *f)
{
	const struct role *role = config_role(l->config, k->g->role);

	*f = (struct claim_facts){.now = core_now(l), .known = role != NULL,
		.differs = k->differs};
	if (role == NULL || t->issue == NULL)
		return;
	f->max_s = role->max_duration;
	f->endless = role->standing;
	/* It goes on from an older one, which began earlier. */
	if (k->g->extended_from != 0 && role->max_total > 0)
		f->max_s = role->max_total;
	if (k->g->approval == NULL)
		by_operator(l, k, t, f);
	else if (t->type == NULL)
		return;
	else if (is(k->g->mode, "auto") ||
		strncmp(k->g->approval, "auto", 4) == 0)
		by_catalog(l, k, role, t, f);
	else
		by_people(l, k, t, a, f);
}

/* ---- Is it over? ---- */

/* When it was asked for, at the latest. */
static int64_t asked_at(const struct lapse *l, const struct rebuild_grant *k,
	const struct rebuild_told *t)
{
	const struct jira_approval *ap = k->g->approval == NULL ? NULL :
		find_approval(t, k->g->approval);
	int64_t moved;

	if (ap != NULL)
		return ap->created_at;
	if (t->issue == NULL || t->type == NULL)
		return k->issue->created_at;
	moved = moved_by_us(l, t, t->type->status_approved,
		t->type->status_active, t->issue->created_at);
	return moved != WHEN_NONE ? moved : t->issue->created_at;
}

struct last_word {
	const struct lapse *l;
	int64_t since;
	int64_t ended_at;		/* WHEN_NONE: not told */
};

static int take_comment(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_comment *c = item;
	struct last_word *w = arg;

	(void)err;
	if (c->created_at >= w->since && c->text != NULL &&
		is(c->author, w->l->self.account) &&
		strstr(c->text, "\n" TEXTS_ENDED) != NULL)
		w->ended_at = c->created_at;
	return 0;
}

/* No status of an issue that lapse made itself says so; its comment does,
 * where it can be of this grant alone. */
static int told_end(struct lapse *l, const struct rebuild_grant *k,
	int64_t since, int64_t *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct claim *c = &k->issue->claim;
	struct last_word w = {l, since, WHEN_NONE};
	struct op op = {.step = jira_get_comments, .name = "get comments",
		.issue = k->issue->id, .sink = take_comment, .arg = &w,
		.arena = &a};
	int rc = 0;

	if (c->rows.grants.n == 1 && c->left_out == 0)
		rc = core_jira(l, &op, err);
	op_clear(&op);
	if (rc == 0)
		*ret = w.ended_at;
	return rc;
}

/* An older property is well sealed too. The history of the issue cannot be put
 * back: where lapse itself moved it to its end, the access was gone by then,
 * and who is in the group since is there by somebody else's hand. */
static int look_for_end(struct lapse *l, struct rebuild_grant *k,
	const struct rebuild_told *t, int64_t since, struct lapse_err *err)
{
	struct lapse_err why;
	char at[WHEN_TEXT];
	int64_t ended = WHEN_NONE;
	int rc = 0;

	if (t->issue == NULL)
		return 0;
	if (t->type != NULL)
		ended = moved_by_us(l, t, t->type->status_ended, NULL, since);
	else
		rc = told_end(l, k, since, &ended, err);
	if (rc < 0 || ended == WHEN_NONE)
		return rc;
	lapse_fail(&why, LAPSE_ELEDGER, "issue %s: its property has grant "
		"%" PRId64 " as %s, but lapse told its end there at %s: an "
		"older property was put back; the grant is over, and nobody is "
		"removed for it", k->issue->key, k->g->id, k->g->state,
		when_time(ended, at));
	core_note(l, LAPSE_EXIT_LEDGER, &why);
	claim_end(&k->issue->claim, k->g, ended);
	k->over = true;
	return 0;
}

static int weigh(struct lapse *l, struct rebuild_grant *k,
	const struct rebuild_told *t, struct arena *a, struct lapse_err *err)
{
	struct claim_facts f;
	int64_t since = asked_at(l, k, t);
	int rc = look_for_end(l, k, t, since, err);

	if (rc < 0 || k->over)
		return rc;
	rc = rebuild_asked(l, k, t, since, a, err);
	if (rc < 0 || !claim_is_live(k->g))
		return rc;
	facts_of(l, k, t, a, &f);
	claim_judge(k->g, &f, &k->verdict);
	return 0;
}

int rebuild_weigh(struct lapse *l, struct rebuild *r, struct lapse_err *err)
{
	int rc = core_self(l, err);

	for (size_t i = 0; i < r->grants.n && rc == 0; i++) {
		struct rebuild_grant *k = &r->grants.items[i];
		struct rebuild_told t = {0};

		if (claim_is(k->g, "ended"))
			continue;
		if (core_stopped(l))
			return lapse_fail(err, LAPSE_EAGAIN,
				"rebuild: stopped");
		rc = read_told(l, k->issue, &r->arena, &t, err);
		if (t.issue != NULL)
			k->issue->channel = t.issue->channel;
		if (rc == 0)
			rc = weigh(l, k, &t, &r->arena, err);
	}
	return rc < 0 ? rc : arena_check(&r->arena, err);
}
