/* Operations at providers side by side; no rule about any of them. */
#include "batch.h"

void batch_clear(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		op_clear(&b->flights[i].op);
	b->n = 0;
}

void batch_add(struct batch *b, struct lapse *l, void *row, const char *idp)
{
	struct flight *f = &b->flights[b->n++];

	*f = (struct flight){.l = l, .row = row, .idp = idp};
	f->rc = core_idp_ready(l, idp, &f->of, &f->why);
	if (f->rc == 0)
		f->driver = f->of->section->driver;
}

static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct flight *f = arg;

	f->rc = rc;
	if (rc < 0)
		f->why = *err;
	core_idp_told(f->l, f->of, op, rc, err);
}

static int launch(struct flight *f, const struct op *op, struct lapse_err *err)
{
	op_clear(&f->op);
	f->op = *op;
	f->rc = engine_add(f->l->engine, &f->of->remote, &f->op, false, landed,
		f, &f->why);
	if (f->rc == 0 || f->rc == LAPSE_EAGAIN)
		return 0;
	*err = f->why;
	return f->rc;
}

int batch_fly(struct batch *b, flight_plan *plan, struct lapse_err *err)
{
	int ran = 0;
	int rc = 0;

	for (size_t i = 0; i < b->n && rc == 0; i++) {
		struct op op = {0};

		if (b->flights[i].driver != NULL && plan(&b->flights[i], &op))
			rc = launch(&b->flights[i], &op, err);
	}
	/* What was added is run, whatever became of the next. */
	if (b->n > 0)
		ran = engine_run(b->flights[0].l->engine,
			rc < 0 ? NULL : err);
	/* The deadline cuts short: each flight says so for itself. */
	return rc < 0 || ran == LAPSE_EAGAIN ? rc : ran;
}

int batch_record(struct batch *b, flight_record *record, bool *ret_any,
	struct lapse_err *err)
{
	struct lapse *l = b->flights[0].l;
	int rc;

	if (b->n == 0)
		return 0;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < b->n && rc == 0; i++)
		rc = record(&b->flights[i], ret_any, err);
	return core_end(l, rc, err);
}
