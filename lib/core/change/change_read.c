/* Settling what was sent by reading back. */
#include <string.h>

#include "change_private.h"
#include "failsafe.h"

enum {
	SETTLED = 8192,		/* outcomes of one commit: reads tell again */
	READ_MAX = 20000,	/* changes read back in one run */
	PASSES = 3,		/* of one run, until the effect shows */
	BACKOFF_S = 30,
	BACKOFF_MAX_S = 300,	/* what is due stays due */
};

/* 0, 30 s, 1, 2, 4, 5, 5 ... min: the first failure is tried again at once,
 * and after a long one the end of the trouble is soon seen. */
static int64_t backoff(int64_t attempts)
{
	int64_t s = BACKOFF_S;

	if (attempts <= 1)
		return 0;
	for (int64_t i = 2; i < attempts && s < BACKOFF_MAX_S; i++)
		s *= 2;
	return s < BACKOFF_MAX_S ? s : BACKOFF_MAX_S;
}

static int settled(struct lapse *l, const struct change_row *c,
	const char *state, struct lapse_err *err)
{
	int64_t now = core_now(l);
	struct change_row done = *c;
	int rc = change_settle(l->ledger, c->id, state, now, now, NULL, NULL,
		err);

	done.verified_at = now;
	if (rc == 0 && change_is_add(c))
		rc = holds_verify(l->ledger, &c->m, now, err);
	if (rc == 0 && change_is_add(c))
		rc = failsafe_look(l, &c->m, true, err);
	if (rc == 0 && !change_is_add(c))
		rc = holds_release_pre(l->ledger, &c->m, now, err);
	if (rc == 0)
		rc = change_tell(l, change_is_add(c) ? "added" : "removed",
			&done, state, err);
	if (rc == 0)
		rc = reconcile_membership(l, &c->m, c->grant, now, err);
	return rc;
}

/* The user or the group is gone: the removal is over, but not proven by
 * absence; what comes back within five weeks is due at once. */
static int settle_gone(struct lapse *l, const struct change_row *c,
	struct lapse_err *err)
{
	int rc = settled(l, c, "gone", err);

	if (rc == 0 && !change_is_add(c))
		rc = watch_add(l->ledger, c->id, core_now(l) + CHANGE_DAY_S,
			core_now(l) + CHANGE_WATCH_S, err);
	return rc;
}

/* An add that no read has shown yet may still come to pass: an absence read
 * before the settle time proves nothing. Nor does it, after any add, when the
 * remove may not have arrived: replicas may show what was before both. */
static int unseen_add_pending(struct lapse *l, const struct change_row *c,
	bool *ret, struct lapse_err *err)
{
	int64_t last = WHEN_NONE;
	int rc = change_unseen_add(l->ledger, &c->m,
		change_is(c, "unknown"), &last, err);

	if (rc == 0)
		*ret = last != WHEN_NONE &&
			core_now(l) < last + core_settle_s(l, c->m.idp);
	return rc;
}

/* The wait counts from the attempt, so that what an earlier run sent in vain
 * is sent again by this one. */
static int reopen(struct lapse *l, const struct change_row *c,
	struct change_left *left, const char *why, struct lapse_err *err)
{
	int64_t at = c->last_sent_at + backoff(c->attempts);
	struct lapse_err said;

	lapse_fail(&said, LAPSE_EITEM, "%s: group '%s': user '%s': %s; sent "
		"again by the next run", c->m.idp, c->m.group, c->m.user, why);
	if (left->last || at > core_now(l))
		core_note(l, LAPSE_EXIT_RETRY, &said);
	else
		left->reopened = true;
	return change_put(l, c, "open", at, NULL, why, err);
}

/* Reads may still show what was before it was sent. */
static bool may_lag(struct lapse *l, const struct change_row *c)
{
	return core_now(l) < c->last_sent_at + core_settle_s(l, c->m.idp);
}

static int judge_remove(struct lapse *l, const struct change_row *c,
	const struct reading *r, struct change_left *left,
	struct lapse_err *err)
{
	bool pending = false;
	int rc;

	switch (r->seen) {
	case OP_ABSENT:
		rc = unseen_add_pending(l, c, &pending, err);
		if (rc < 0 || pending)
			return rc;
		return settled(l, c, c->already || change_is(c, "parked") ?
			"already-so" : "done", err);
	case OP_GONE:
		return settle_gone(l, c, err);
	case OP_PRESENT:
		if (change_is(c, "parked"))
			return 0;
		if (change_is(c, "sent") && may_lag(l, c)) {
			left->again = true;	/* lag: look once more */
			return 0;
		}
		/* Sending a remove again cannot hurt. */
		return reopen(l, c, left, "read back: still a member", err);
	default:
		left->again |= r->rc == LAPSE_EITEM;
		return 0;
	}
}

static int judge_add(struct lapse *l, const struct change_row *c,
	const struct reading *r, struct change_left *left,
	struct lapse_err *err)
{
	switch (r->seen) {
	case OP_PRESENT:
		if (change_set_effect(l->ledger, c->id, err) < 0)
			return err->code;
		return settled(l, c, c->already ? "already-so" : "done", err);
	case OP_ABSENT:
		if (may_lag(l, c)) {
			left->again = true;
			return 0;
		}
		return reopen(l, c, left, "read back: not a member yet", err);
	default:
		left->again |= r->rc == LAPSE_EITEM;
		return 0;
	}
}

static int judge(struct lapse *l, const struct change_row *c,
	const struct reading *r, struct change_left *left,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct change_row now = {0};
	int rc = change_get(l->ledger, c->id, &a, &now, err);

	if (rc < 0)
		return rc;
	/* Another run may have moved it while we were reading. */
	if (now.settled_at != WHEN_NONE || now.attempts != c->attempts ||
		strcmp(now.state, c->state) != 0)
		return 0;
	if (r->rc < 0 && r->rc != LAPSE_EITEM)
		core_note(l, LAPSE_EXIT_RETRY, NULL);
	return change_is_add(c) ? judge_add(l, &now, r, left, err) :
			   judge_remove(l, &now, r, left, err);
}

static int judge_all(struct lapse *l, const struct change_rows *rows,
	const struct reading *readings, struct change_left *left,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < rows->list.n && rc == 0; i += SETTLED) {
		rc = core_begin(l, err);
		if (rc < 0)
			return rc;
		for (size_t n = i; n < rows->list.n && n < i + SETTLED &&
			rc == 0; n++)
			rc = judge(l, &rows->list.items[n], &readings[n],
				left, err);
		rc = core_end(l, rc, err);
	}
	return rc;
}

/* Someone without a group reads like someone who left it: after a removal
 * that was not simply done, is the group there? What cannot be read is taken
 * for there. */
static void look_for_group(struct lapse *l, const struct change_row *c,
	struct reading *r)
{
	struct lapse_err why;
	struct core_idp *i = NULL;
	struct op op = {.name = "group", .group = c->m.group};

	if (change_is_add(c) || !change_is(c, "unknown") ||
		r->seen != OP_ABSENT ||
		core_idp_ready(l, c->m.idp, &i, &why) < 0)
		return;
	op.step = i->section->driver->get_group;
	if (core_idp_call(l, c->m.idp, &op, &why) == 0 &&
		op.outcome == OP_GONE)
		r->seen = OP_GONE;
	op_clear(&op);
}

static int read_back(struct lapse *l, int64_t grant, struct change_left *left,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 64 << 20};
	struct change_rows rows = {0};
	struct reading *readings;
	int rc = changes_to_read(l->ledger, core_now(l), grant, READ_MAX, &a,
		&rows, err);

	left->again = false;
	if (rc < 0 || rows.list.n == 0)
		return rc;
	readings = arena_alloc(&a, rows.list.n * sizeof(*readings));
	if (readings == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < rows.list.n; i++)
		readings[i].m = rows.list.items[i].m;
	rc = verify_read(l, readings, rows.list.n, err);
	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		look_for_group(l, &rows.list.items[i], &readings[i]);
	if (rc == 0)
		rc = judge_all(l, &rows, readings, left, err);
	return rc;
}

int change_read_all(struct lapse *l, int64_t grant, struct change_left *left,
	struct lapse_err *err)
{
	int rc = 0;

	/* Settle times are counted by a clock that something confirmed. */
	left->again = l->time_known;
	for (int pass = 0; pass < PASSES && left->again && rc == 0; pass++)
		rc = read_back(l, grant, left, err);
	return rc;
}
