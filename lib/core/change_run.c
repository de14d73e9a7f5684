/* Sending what is owed and settling it by reading back. The rules about what
 * is owed are reconcile.c's. */
#include <stdio.h>
#include <string.h>

#include "failsafe.h"
#include "grant.h"
#include "log.h"
#include "reconcile.h"
#include "sessions.h"

enum {
	BATCH = 64,		/* changes of one commit */
	SETTLED = 8192,		/* outcomes of one commit: reads tell them again */
	READ_MAX = 20000,	/* changes read back in one run */
	PASSES = 3,		/* readings of one run, until the effect shows */
	PARKED_RETRY_S = 86400,
	WATCH_S = 35 * 86400,	/* what was gone is looked for this long */
	BACKOFF_S = 30,
	BACKOFF_MAX_S = 300,	/* what is due stays due */
};

/* One change on its way. */
struct flight {
	struct lapse *l;
	struct change_row c;
	struct core_idp *idp;
	struct op op;
	int rc;
	struct lapse_err why;
};

struct batch {
	struct flight flights[BATCH];
	size_t n;
};

/* How far a run has come in the order of changes: each is considered once, so
 * one that fails, or waits, stands in nobody's way. */
struct scan {
	struct arena *arena;
	int64_t grant;
	reconcile_intents *intents;
	struct change_place at;
	bool done;
};

static bool is_add(const struct change_row *c)
{
	return strcmp(c->kind, "add") == 0;
}

static bool is_state(const struct change_row *c, const char *state)
{
	return strcmp(c->state, state) == 0;
}

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

static int tell(struct lapse *l, const char *kind, const struct change_row *c,
	const char *detail, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {
		.kind = kind,
		.grant = c->grant,
		.idp = c->m.idp,
		.group = c->m.group,
		.user = c->m.user,
		.actor = "lapse",
	};
	AUTO_ARENA a = {0};
	struct grant_row g = {0};

	if (c->grant != 0 &&
		grant_get(l->ledger, c->grant, &a, &g, NULL) == 0)
		e.issue = g.issue;
	json_put_open(&w, NULL, '{');
	json_put_int(&w, "change", c->id);
	json_put_text(&w, "change_kind", c->kind);
	json_put_int(&w, "attempts", c->attempts);
	json_put_time(&w, "due_at", c->due_at);
	json_put_text(&w, "remote_ref", c->remote_ref);
	json_put_text(&w, "detail", detail);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(l, &e, NULL, err);
}

/* ---- Claiming ---- */

/* The grants that an add is for: those that hold the membership, whichever of
 * them opened it, and whose intent stands on the issue. */
static int added_for(struct lapse *l, const struct change_row *c,
	struct arena *a, struct grant_rows *ret, struct lapse_err *err)
{
	struct hold_rows holds = {0};
	int rc = holds_on(l->ledger, &c->m, a, &holds, err);

	for (size_t i = 0; i < holds.list.n && rc == 0; i++) {
		struct grant_row g = {0};
		struct grant_row *slot;

		if (holds.list.items[i].grant == 0)
			continue;
		rc = grant_get(l->ledger, holds.list.items[i].grant, a, &g,
			err);
		if (rc < 0 || (g.projected_at == WHEN_NONE && !g.break_glass))
			continue;
		slot = VEC_ADD(&ret->list, a);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = g;
	}
	return rc;
}

/* Adds wait until the intent stands on the issue, and for a time, a ledger
 * and an anchor that can be trusted. */
static int may_add(struct lapse *l, const struct change_row *c, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows grants = {0};
	int rc = added_for(l, c, &a, &grants, err);

	if (rc == 0)
		*ret = !l->suspect && !l->stale && !l->taken_over &&
			l->time_known && l->hmac_key.len > 0 &&
			grants.list.n > 0;
	return rc;
}

static int note_first_add(struct lapse *l, const struct change_row *c,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows grants = {0};
	int rc = added_for(l, c, &a, &grants, err);

	for (size_t i = 0; i < grants.list.n && rc == 0; i++)
		rc = grant_set_first_add(l->ledger, grants.list.items[i].id,
			core_now(l), err);
	return rc;
}

/* A remove that a hold overtook. It may have been sent before, so the hold is
 * not verified by what was so: an add, which cannot hurt, makes sure. */
static int give_way(struct lapse *l, const struct change_row *c,
	const struct hold_rows *holds, struct lapse_err *err)
{
	int64_t now = core_now(l);
	int rc = change_settle(l->ledger, c->id, "cancelled", now, WHEN_NONE,
		NULL, "a hold was placed", err);

	for (size_t i = 0; i < holds->list.n && rc == 0; i++) {
		const struct hold_row *h = &holds->list.items[i];

		if (h->grant != 0 && h->verified_at == WHEN_NONE)
			return change_add(l->ledger, &c->m, "add", h->grant,
				now, now, NULL, err);
	}
	return rc;
}

static int claim_one(struct lapse *l, const struct change_row *c,
	struct batch *b, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	struct flight *f;
	int rc;

	if (!is_add(c)) {
		/* Checked again in the transaction that claims: a hold may
		 * have come since the remove was opened. */
		rc = holds_on(l->ledger, &c->m, &a, &holds, err);
		if (rc < 0)
			return rc;
		if (holds.list.n > 0)
			return give_way(l, c, &holds, err);
	}
	rc = change_claim(l->ledger, c->id, l->run, core_now(l), err);
	if (rc == 0 && is_add(c))
		rc = note_first_add(l, c, err);
	if (rc < 0)
		return rc;
	f = &b->flights[b->n++];
	memset(f, 0, sizeof(*f));
	f->l = l;
	f->c = *c;
	f->c.attempts++;
	return 0;
}

/* A state that is not final. The grant of an add may have ended while the
 * call was under way: then a remove answers it now. */
static int set_state(struct lapse *l, const struct change_row *c,
	const char *state, int64_t next_attempt_at, const char *remote_ref,
	const char *why, struct lapse_err *err)
{
	int rc = change_set(l->ledger, c->id, state, c->already,
		next_attempt_at, remote_ref, why, err);

	if (rc < 0 || !is_add(c))
		return rc;
	return reconcile_membership(l, &c->m, c->grant, core_now(l), err);
}

/* A claim of a run that died is unknown: it may have been sent. */
static int free_dead_claim(struct lapse *l, const struct change_row *c,
	struct lapse_err *err)
{
	if (ledger_run_alive(l->ledger, c->run))
		return 0;
	return set_state(l, c, "unknown", c->next_attempt_at, NULL,
		"the run that sent it ended before the answer", err);
}

static int consider(struct lapse *l, const struct change_row *c,
	struct batch *b, struct lapse_err *err)
{
	bool may = l->time_known && !l->taken_over;
	int rc = 0;

	if (is_state(c, "claimed"))
		return free_dead_claim(l, c, err);
	if (is_state(c, "parked") ? is_add(c) : !is_state(c, "open"))
		return 0;
	if (core_idp_ready(l, c->m.idp, &(struct core_idp *){NULL},
		&(struct lapse_err){0}) < 0)
		return 0;
	if (is_add(c))
		rc = may_add(l, c, &may, err);
	return rc < 0 || !may ? rc : claim_one(l, c, b, err);
}

/* The flights outlive the rows: they keep copies of what they need. */
static int keep(struct batch *b, struct arena *a, struct lapse_err *err)
{
	for (size_t i = 0; i < b->n; i++) {
		struct change_row *c = &b->flights[i].c;

		c->m.idp = arena_copy(a, c->m.idp);
		c->m.group = arena_copy(a, c->m.group);
		c->m.user = arena_copy(a, c->m.user);
		c->kind = is_add(c) ? "add" : "remove";
		c->state = "claimed";
		c->already = false;
		c->remote_ref = NULL;
		c->last_error = NULL;
	}
	return arena_check(a, err);
}

static int claim_some(struct lapse *l, struct scan *s,
	const struct change_rows *rows, struct batch *b, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < rows->list.n && b->n < BATCH && rc == 0; i++) {
		const struct change_row *c = &rows->list.items[i];

		rc = consider(l, c, b, err);
		s->at = (struct change_place){is_add(c), c->due_at, c->id};
	}
	return rc;
}

static int claim(struct lapse *l, struct scan *s, struct batch *b,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	int rc = 0;

	while (b->n < BATCH && !s->done && rc == 0) {
		struct change_rows rows = {0};

		rc = changes_to_send(l->ledger, core_now(l), s->grant, BATCH,
			&s->at, &a, &rows, err);
		if (rc == 0)
			rc = claim_some(l, s, &rows, b, err);
		s->done = rows.list.n < BATCH;
	}
	return rc < 0 ? rc : keep(b, s->arena, err);
}

/* ---- Sending ---- */

static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct flight *f = arg;

	f->rc = rc;
	if (rc < 0)
		f->why = *err;
	core_idp_told(f->l, f->idp, op, rc, err);
}

static int launch(struct lapse *l, struct flight *f, struct lapse_err *err)
{
	const struct idp_driver *driver;

	f->rc = core_idp_ready(l, f->c.m.idp, &f->idp, &f->why);
	if (f->rc < 0)
		return 0;
	driver = f->idp->section->driver;
	f->op = (struct op){
		.step = is_add(&f->c) ? driver->add : driver->remove,
		.name = f->c.kind,
		.serial = f->c.m.group,
		.group = f->c.m.group,
		.user = f->c.m.user,
	};
	f->rc = engine_add(l->engine, &f->idp->remote, &f->op, false, landed,
		f, &f->why);
	/* Past the deadline nothing is sent: not applied, for certain. */
	if (f->rc == 0 || f->rc == LAPSE_EAGAIN)
		return 0;
	*err = f->why;
	return f->rc;
}

static int send_batch(struct lapse *l, struct batch *b, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < b->n && rc == 0; i++)
		rc = launch(l, &b->flights[i], err);
	return rc < 0 ? rc : engine_run(l->engine, err);
}

/* ---- Recording what the call told ---- */

static int park(struct lapse *l, struct flight *f, struct lapse_err *err)
{
	int rc = set_state(l, &f->c, "parked", core_now(l) + PARKED_RETRY_S,
		f->op.request_id, f->why.text, err);

	if (rc == 0)
		rc = tell(l, "parked", &f->c, f->why.text, err);
	if (rc == 0)
		core_note(l, is_add(&f->c) ? LAPSE_EXIT_RETRY :
					     LAPSE_EXIT_OVERDUE, &f->why);
	return rc;
}

/* Not applied, for certain: the next run tries again; a provider that is
 * away is tried at every tick, so that its return is seen at once. */
static int again(struct lapse *l, struct flight *f, struct lapse_err *err)
{
	core_note(l, LAPSE_EXIT_RETRY, NULL);
	return set_state(l, &f->c, "open", core_now(l), NULL, f->why.text,
		err);
}

static int unknown(struct lapse *l, struct flight *f, const char *why,
	struct lapse_err *err)
{
	int rc = set_state(l, &f->c, "unknown", core_now(l),
		f->op.request_id, why, err);

	if (rc == 0)
		rc = tell(l, "unknown", &f->c, why, err);
	return rc;
}

static int record(struct lapse *l, struct flight *f, struct lapse_err *err)
{
	switch (f->rc) {
	case 0:
		if (f->op.outcome != OP_CHANGED &&
			f->op.outcome != OP_ALREADY)
			return unknown(l, f, "the answer leaves it open", err);
		f->c.already = f->op.outcome == OP_ALREADY;
		return set_state(l, &f->c, "sent", core_now(l),
			f->op.request_id, NULL, err);
	case LAPSE_EREFUSED:
		return park(l, f, err);
	case LAPSE_EUNAVAIL:
	case LAPSE_EAGAIN:
	case LAPSE_EAUTH:
	case LAPSE_ECONFIG:
		return again(l, f, err);
	default:
		return unknown(l, f, f->why.text, err);
	}
}

static int record_batch(struct lapse *l, struct batch *b,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < b->n && rc == 0; i++)
		rc = record(l, &b->flights[i], err);
	for (size_t i = 0; i < b->n; i++)
		op_clear(&b->flights[i].op);
	b->n = 0;
	return rc;
}

/* A run with nothing to send opens no transaction. */
static int anything(struct lapse *l, const struct scan *s, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct change_rows rows = {0};
	int rc = changes_to_send(l->ledger, core_now(l), s->grant, 1, &s->at,
		&a, &rows, err);

	*ret = rows.list.n > 0;
	if (rc == 0 && !*ret && s->intents != NULL)
		rc = s->intents(l, false, ret, err);
	return rc;
}

/* In one transaction: what the last batch came to, what begins now, and the
 * next batch's intents. */
static int turn(struct lapse *l, struct scan *s, struct batch *b,
	bool *ret_more, struct lapse_err *err)
{
	bool begun = false;
	int rc = record_batch(l, b, err);

	if (rc == 0 && s->intents != NULL)
		rc = s->intents(l, true, &begun, err);
	if (begun)
		s->done = false;
	if (rc == 0)
		rc = claim(l, s, b, err);
	*ret_more = b->n > 0 || begun;
	return rc;
}

/* The results of one batch and the intents of the next share a commit: one
 * fsync for 64 changes, and still intent before the call. */
static int send_all(struct lapse *l, int64_t grant, reconcile_intents *intents,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct scan s = {
		.arena = &a,
		.grant = grant,
		.intents = intents,
		.at = CHANGE_START,
	};
	struct batch b = {.n = 0};
	bool more = false;
	int rc = anything(l, &s, &more, err);

	while (rc == 0 && more) {
		rc = core_begin(l, err);
		if (rc < 0)
			return rc;
		rc = core_end(l, turn(l, &s, &b, &more, err), err);
		if (rc == 0 && b.n > 0)
			rc = send_batch(l, &b, err);
		/* The deadline cuts operations short; what is known of each
		 * is recorded all the same. */
		if (rc == LAPSE_EAGAIN)
			rc = 0;
	}
	return rc;
}

/* ---- Settling by reading back ---- */

static int settled(struct lapse *l, const struct change_row *c,
	const char *state, struct lapse_err *err)
{
	int64_t now = core_now(l);
	int rc = change_settle(l->ledger, c->id, state, now, now, NULL, NULL,
		err);

	if (rc == 0 && is_add(c))
		rc = holds_verify(l->ledger, &c->m, now, err);
	if (rc == 0 && is_add(c))
		rc = failsafe_look(l, &c->m, true, err);
	if (rc == 0 && !is_add(c))
		rc = holds_release_pre(l->ledger, &c->m, now, err);
	if (rc == 0)
		rc = tell(l, is_add(c) ? "added" : "removed", c, state, err);
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

	if (rc == 0 && !is_add(c))
		rc = watch_add(l->ledger, c->id, core_now(l) + PARKED_RETRY_S,
			core_now(l) + WATCH_S, err);
	return rc;
}

/* An add that no read has shown yet may still come to pass: an absence read
 * before the settle time proves nothing. Nor does it, after any add, when the
 * remove itself may not have arrived: replicas may show what was before both. */
static int unseen_add_pending(struct lapse *l, const struct change_row *c,
	bool *ret, struct lapse_err *err)
{
	int64_t last = WHEN_NONE;
	int rc = change_unseen_add(l->ledger, &c->m,
		is_state(c, "unknown"), &last, err);

	if (rc == 0)
		*ret = last != WHEN_NONE &&
			core_now(l) < last + core_settle_s(l, c->m.idp);
	return rc;
}

/* What a reading leaves to be done in this run. */
struct left {
	bool last;		/* nothing is sent again after this one */
	bool again;		/* read once more: it may only lag */
	bool reopened;		/* some are to be sent once more */
};

/* The wait counts from the attempt, so that what an earlier run sent in vain
 * is sent again by this one. */
static int reopen(struct lapse *l, const struct change_row *c,
	struct left *left, const char *why, struct lapse_err *err)
{
	int64_t at = c->last_sent_at + backoff(c->attempts);
	struct lapse_err said;

	lapse_fail(&said, LAPSE_EITEM, "%s: group '%s': user '%s': %s; sent "
		"again by the next run", c->m.idp, c->m.group, c->m.user, why);
	if (left->last || at > core_now(l))
		core_note(l, LAPSE_EXIT_RETRY, &said);
	else
		left->reopened = true;
	return set_state(l, c, "open", at, NULL, why, err);
}

static int judge_remove(struct lapse *l, const struct change_row *c,
	const struct reading *r, struct left *left, struct lapse_err *err)
{
	bool pending = false;
	int rc;

	switch (r->seen) {
	case OP_ABSENT:
		rc = unseen_add_pending(l, c, &pending, err);
		if (rc < 0 || pending)
			return rc;
		return settled(l, c, c->already ? "already-so" : "done", err);
	case OP_GONE:
		return settle_gone(l, c, err);
	case OP_PRESENT:
		if (is_state(c, "sent") &&
			core_now(l) < c->last_sent_at + core_settle_s(l, c->m.idp)) {
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
	const struct reading *r, struct left *left, struct lapse_err *err)
{
	switch (r->seen) {
	case OP_PRESENT:
		if (change_set_effect(l->ledger, c->id, err) < 0)
			return err->code;
		return settled(l, c, c->already ? "already-so" : "done", err);
	case OP_ABSENT:
		if (core_now(l) < c->last_sent_at + core_settle_s(l, c->m.idp)) {
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
	const struct reading *r, struct left *left, struct lapse_err *err)
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
	return is_add(c) ? judge_add(l, &now, r, left, err) :
			   judge_remove(l, &now, r, left, err);
}

static int judge_all(struct lapse *l, const struct change_rows *rows,
	const struct reading *readings, struct left *left,
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

	if (is_add(c) || !is_state(c, "unknown") || r->seen != OP_ABSENT ||
		core_idp_ready(l, c->m.idp, &i, &why) < 0)
		return;
	op.step = i->section->driver->get_group;
	if (core_idp_call(l, c->m.idp, &op, &why) == 0 &&
		op.outcome == OP_GONE)
		r->seen = OP_GONE;
	op_clear(&op);
}

static int read_back(struct lapse *l, int64_t grant, struct left *left,
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

static int read_until_seen(struct lapse *l, int64_t grant, struct left *left,
	struct lapse_err *err)
{
	int rc = 0;

	/* Settle times are counted by a clock that something confirmed. */
	left->again = l->time_known;
	for (int pass = 0; pass < PASSES && left->again && rc == 0; pass++)
		rc = read_back(l, grant, left, err);
	return rc;
}

int reconcile_run(struct lapse *l, int64_t grant, reconcile_intents *intents,
	struct lapse_err *err)
{
	struct left left = {.last = false};
	bool ended = false;
	int rc = send_all(l, grant, intents, err);

	if (rc == 0)
		rc = read_until_seen(l, grant, &left, err);
	if (rc == 0 && left.reopened) {
		left.last = true;
		rc = send_all(l, grant, NULL, err);
		if (rc == 0)
			rc = read_until_seen(l, grant, &left, err);
	}
	if (rc == 0)
		rc = failsafe_run(l, &ended, err);
	if (rc == 0)
		rc = grants_advance(l, grant, err);
	if (rc == 0)
		rc = sessions_run(l, &ended, err);
	if (rc == 0 && ended)
		rc = grants_advance(l, grant, err);
	return rc;
}
