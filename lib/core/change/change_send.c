/* Sending what is owed: claimed with its intent in one commit, and only then
 * sent. Settling it by reading back is change_read.c's. */
#include <string.h>

#include "change_private.h"
#include "grant.h"
#include "notice.h"

enum {
	BATCH = 64,		/* changes of one commit */
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
	bool held;		/* an add waits for a look at the anchor */
};

/* How far a run has come in the order of changes: each is considered once, so
 * one that fails, or waits, stands in nobody's way. */
struct scan {
	struct arena *arena;
	int64_t grant;
	reconcile_intents *intents;
	struct change_place at;
	bool done;
	struct change_place held_at;	/* before the first held add */
};

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

/* Where the anchor could not be read only what a person gave by break-glass. */
static bool is_given(const struct lapse *l, const struct grant_rows *grants)
{
	for (size_t i = 0; i < grants->list.n; i++)
		if (!l->unwitnessed || grants->list.items[i].break_glass)
			return true;
	return false;
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
			is_given(l, &grants);
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

	if (!change_is_add(c)) {
		/* Checked again in the transaction that claims: a hold may
		 * have come since the remove was opened. */
		rc = holds_on(l->ledger, &c->m, &a, &holds, err);
		if (rc < 0)
			return rc;
		if (holds.list.n > 0)
			return give_way(l, c, &holds, err);
	}
	rc = change_claim(l->ledger, c->id, l->run, core_now(l), err);
	if (rc == 0 && change_is_add(c))
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

/* A claim of a run that died is unknown: it may have been sent. */
static int free_dead_claim(struct lapse *l, const struct change_row *c,
	struct lapse_err *err)
{
	if (ledger_run_alive(l->ledger, c->run))
		return 0;
	return change_put(l, c, "unknown", c->next_attempt_at, NULL,
		"the run that sent it ended before the answer", err);
}

static int consider(struct lapse *l, const struct change_row *c,
	struct batch *b, struct lapse_err *err)
{
	bool may = l->time_known && !l->taken_over;
	struct lapse_err why;
	int rc = 0;

	if (change_is(c, "claimed"))
		return free_dead_claim(l, c, err);
	if (change_is(c, "parked") ? change_is_add(c) : !change_is(c, "open"))
		return 0;
	if (core_idp_ready(l, c->m.idp, &(struct core_idp *){NULL}, &why) < 0) {
		/* Others are said where they failed. */
		if (core_idp_find(l, c->m.idp) == NULL)
			core_note(l, LAPSE_EXIT_CONFIG, &why);
		return 0;
	}
	if (change_is_add(c))
		rc = may_add(l, c, &may, err);
	/* The network is not waited for here. */
	if (rc == 0 && may && change_is_add(c) && !anchor_is_fresh(l)) {
		b->held = true;
		return 0;
	}
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
		c->kind = change_is_add(c) ? "add" : "remove";
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
		const bool held = b->held;

		rc = consider(l, c, b, err);
		if (b->held && !held)
			s->held_at = s->at;
		s->at = (struct change_place){change_is_add(c), c->due_at,
			c->id};
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
		.step = change_is_add(&f->c) ? driver->add : driver->remove,
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
	int rc = change_put(l, &f->c, "parked", core_now(l) + CHANGE_DAY_S,
		f->op.request_id, f->why.text, err);

	if (rc == 0)
		rc = change_tell(l, "parked", &f->c, f->why.text, err);
	if (rc == 0)
		core_note(l, change_is_add(&f->c) ? LAPSE_EXIT_RETRY :
					     LAPSE_EXIT_OVERDUE, &f->why);
	return rc;
}

/* Not applied, for certain: the next run tries again; a provider that is
 * away is tried at every tick, so that its return is seen at once. It has a
 * line of its own. */
static int again(struct lapse *l, struct flight *f, struct lapse_err *err)
{
	core_note(l, LAPSE_EXIT_RETRY,
		f->idp == NULL || f->idp->failed || f->rc == 0 ? NULL :
								 &f->why);
	return change_put(l, &f->c, "open", core_now(l), NULL, f->why.text,
		err);
}

static int unknown(struct lapse *l, struct flight *f, const char *why,
	struct lapse_err *err)
{
	int rc = change_put(l, &f->c, "unknown", core_now(l),
		f->op.request_id, why, err);

	if (rc == 0)
		rc = change_tell(l, "unknown", &f->c, why, err);
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
		return change_put(l, &f->c, "sent", core_now(l),
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

/* Adds that were held till the anchor is looked at once more: last, so that no
 * removal waits for that. */
static int let_held(struct lapse *l, struct scan *s, struct batch *b,
	bool *ret_more, struct lapse_err *err)
{
	b->held = false;
	s->at = s->held_at;
	s->done = false;
	*ret_more = true;
	return anchor_check_again(l, err);
}

/* The results of one batch and the intents of the next share a commit: one
 * fsync for 64 changes, and still intent before the call. */
int change_send_all(struct lapse *l, int64_t grant, reconcile_intents *intents,
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
		if (rc == 0 && !more && b.held)
			rc = let_held(l, &s, &b, &more, err);
	}
	return rc;
}
