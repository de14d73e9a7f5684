/* The verifier: what is so is what several reads, with a gap, agree on. It
 * decides nothing. */
#include <string.h>

#include "reconcile.h"

struct flight {
	struct lapse *l;
	struct reading *r;
	struct core_idp *idp;
	struct op op;
};

static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct flight *f = arg;
	struct reading *r = f->r;

	core_idp_told(f->l, f->idp, op, rc, err);
	if (rc < 0) {
		r->rc = rc;
		r->why = *err;
		r->seen = OP_NONE;
		return;
	}
	if (r->done > 0 && r->seen != op->outcome) {
		r->rc = lapse_fail(&r->why, LAPSE_EITEM,
			"%s: group '%s': reads disagree about user '%s'",
			r->m.idp, r->m.group, r->m.user);
		r->seen = OP_NONE;
		return;
	}
	r->seen = op->outcome;
	r->done++;
}

static int fly(struct lapse *l, struct flight *f, struct lapse_err *err)
{
	struct reading *r = f->r;
	int rc = core_idp_ready(l, r->m.idp, &f->idp, &r->why);

	if (rc < 0) {
		r->rc = rc;
		r->seen = OP_NONE;
		return 0;
	}
	if (r->done >= f->idp->section->driver->reads)
		return 0;
	f->l = l;
	f->op = (struct op){
		.step = f->idp->section->driver->is_member,
		.name = "is-member",
		.group = r->m.group,
		.user = r->m.user,
	};
	rc = engine_add(l->engine, &f->idp->remote, &f->op, false, landed, f,
		&r->why);
	r->rc = rc;
	/* Past the deadline nothing is sent: not read, not the run's end. */
	if (rc == 0 || rc == LAPSE_EAGAIN)
		return 0;
	*err = r->why;
	return rc;
}

/* One read of each that still needs one. */
static int round_of(struct lapse *l, struct reading *readings, size_t n,
	struct arena *a, struct lapse_err *err)
{
	struct flight *flights = arena_alloc(a, n * sizeof(*flights));
	int rc = 0;

	if (flights == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		flights[i].r = &readings[i];
		if (readings[i].rc == 0)
			rc = fly(l, &flights[i], err);
	}
	if (rc == 0)
		rc = engine_run(l->engine, err);
	for (size_t i = 0; i < n; i++)
		op_clear(&flights[i].op);
	/* Cut short by the deadline: each reading says so for itself. */
	return rc == LAPSE_EAGAIN ? 0 : rc;
}

/* The longest gap that still has to be kept; 0: nothing left to read. */
static int gap_left(struct lapse *l, const struct reading *readings, size_t n)
{
	int gap = 0;

	for (size_t i = 0; i < n; i++) {
		struct core_idp *idp = core_idp_find(l, readings[i].m.idp);

		if (readings[i].rc < 0 || idp == NULL ||
			readings[i].done >= idp->section->driver->reads)
			continue;
		if (idp->section->driver->gap_s >= gap)
			gap = idp->section->driver->gap_s + 1;
	}
	return gap;
}

/* A round takes its items in order: each is read again at least a gap after
 * its last read when the next round begins so long after this one. */
static void keep_gap(struct lapse *l, int64_t began, int64_t gap_ms)
{
	int64_t left = began + gap_ms - l->env.ticks_ms(l->env.arg);

	if (left > 0)
		l->env.sleep_ms(l->env.arg, left);
}

int verify_read(struct lapse *l, struct reading *readings, size_t n,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 64 << 20};
	int64_t began = 0;
	int gap;

	for (size_t i = 0; i < n; i++) {
		readings[i].began_at = core_now(l);
		readings[i].seen = OP_NONE;
		readings[i].rc = 0;
		readings[i].done = 0;
		if (change_removals(l->ledger, &readings[i].m,
			&readings[i].removals, err) < 0)
			return err->code;
	}
	for (gap = n > 0; gap > 0; gap = gap_left(l, readings, n)) {
		int rc;

		if (gap > 1)
			keep_gap(l, began, (gap - 1) * 1000L);
		began = l->env.ticks_ms(l->env.arg);
		rc = round_of(l, readings, n, &a, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
