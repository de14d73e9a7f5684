/* Ends that are owed to a provider: set, read back, recorded. */
#include "failsafe_private.h"

#include <string.h>

#include "batch.h"
#include "condition.h"
#include "json.h"

enum {
	RETRY_S = 60,
	REFUSED_RETRY_S = 3600,
	LOOK_S = 86400,		/* what stands is looked at again */
};

/* ---- Setting it and reading it back ---- */

static struct failsafe_row *row_of(const struct flight *f)
{
	return f->row;
}

/* One that stands is only looked at. */
static bool is_look(const struct flight *f)
{
	return strcmp(row_of(f)->state, "held") == 0;
}

static struct op asked(const struct flight *f, op_step *step, const char *name)
{
	const struct failsafe_row *row = row_of(f);

	return (struct op){
		.step = step,
		.name = name,
		.serial = row->m.group,
		.group = row->m.group,
		.user = row->m.user,
		.at = row->wanted_at,
	};
}

static bool plan_set(struct flight *f, struct op *op)
{
	if (is_look(f))
		return false;
	*op = asked(f, f->driver->set_expiry, "set-expiry");
	return true;
}

/* Not to be had, here or for this membership? */
static bool is_impossible(const struct flight *f)
{
	return f->rc == 0 && (f->op.outcome == OP_UNSUPPORTED ||
		f->op.outcome == OP_UNFIT);
}

/* Not applied, for certain? */
static bool is_certain(const struct flight *f)
{
	switch (f->rc) {
	case 0:
		return is_impossible(f) || f->op.outcome == OP_GONE;
	case LAPSE_EREFUSED:
	case LAPSE_EUNAVAIL:
	case LAPSE_EAGAIN:
	case LAPSE_EAUTH:
	case LAPSE_ECONFIG:
		return true;
	default:
		return false;
	}
}

static bool plan_read(struct flight *f, struct op *op)
{
	if (!is_look(f) && is_certain(f))
		return false;
	f->unclear = !is_look(f);
	*op = asked(f, f->driver->get_expiry, "get-expiry");
	return true;
}

/* ---- Recording ---- */

/* The grant that holds it longest, whose story it belongs to. */
static void name_grant(struct lapse *l, const struct membership *m,
	struct arena *a, struct evidence *e)
{
	struct hold_rows live = {0};
	struct grant_row g = {0};

	if (holds_on(l->ledger, m, a, &live, NULL) < 0 || live.list.n == 0 ||
		live.list.items[0].grant == 0 ||
		grant_get(l->ledger, live.list.items[0].grant, a, &g, NULL) < 0)
		return;
	e->grant = g.id;
	e->issue = g.issue;
}

static int tell(const struct flight *f, const char *kind, const char *why,
	struct lapse_err *err)
{
	const struct failsafe_row *row = row_of(f);
	AUTO_ARENA a = {0};
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {
		.kind = kind,
		.idp = row->m.idp,
		.group = row->m.group,
		.user = row->m.user,
		.actor = "lapse",
	};

	name_grant(f->l, &row->m, &a, &e);
	json_put_open(&w, NULL, '{');
	json_put_time(&w, "at", row->wanted_at);
	json_put_text(&w, "remote_ref", f->op.request_id);
	json_put_text(&w, "detail", why);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(f->l, &e, NULL, err);
}

static int again(struct flight *f, struct lapse_err *err)
{
	const struct failsafe_row *row = row_of(f);
	int64_t maybe = f->unclear ?
		failsafe_earlier(row->maybe_at, row->wanted_at) :
		row->maybe_at;

	core_note(f->l, LAPSE_EXIT_RETRY, &f->why);
	return failsafe_again(f->l->ledger, row, core_now(f->l) + RETRY_S,
		maybe, f->why.text, err);
}

/* Refused, or not to be had. What would cut the access short all the same is
 * tried at every run. */
static int without(struct flight *f, const char *state, int64_t retry_s,
	bool *ret_any, struct lapse_err *err)
{
	const struct failsafe_row *row = row_of(f);
	bool said = strcmp(row->state, state) == 0;
	int rc;

	if (failsafe_cuts_short(row))
		return again(f, err);
	*ret_any = true;
	rc = failsafe_settle(f->l->ledger, row, state, row->held_at,
		core_now(f->l) + retry_s, f->why.text, err);
	if (rc < 0 || said)
		return rc;
	return tell(f, strcmp(state, "failed") == 0 ? "failsafe-failed" :
		"failsafe-unavailable", f->why.text, err);
}

/* Said once for a provider, or for a membership that differs from the others
 * there: nobody can do more about it by hearing it again. */
static int unavailable(struct flight *f, bool *ret_any, struct lapse_err *err)
{
	struct failsafe_row *row = row_of(f);
	const struct membership *m = &row->m;
	bool known = false;
	int rc;

	if (f->op.outcome == OP_UNFIT)
		lapse_fail(&f->why, LAPSE_EREFUSED, "%s: group '%s': user "
			"'%s': has a role there that cannot have an end; only "
			"lapse ends this membership", m->idp, m->group,
			m->user);
	else
		lapse_fail(&f->why, LAPSE_EREFUSED, "%s: cannot end "
			"memberships by itself in this edition; only lapse "
			"ends them", m->idp);
	/* What stood went with the plain role. */
	if (f->op.outcome == OP_UNFIT && is_look(f))
		row->held_at = WHEN_NONE;
	rc = failsafe_unavailable(f->l->ledger, m->idp, f->why.text, &known,
		err);
	if (rc < 0)
		return rc;
	if (!known && !failsafe_cuts_short(row))
		condition_pass(f->l, &f->why);
	return without(f, "unavailable", LOOK_S, ret_any, err);
}

static int stands(struct flight *f, bool *ret_any, struct lapse_err *err)
{
	int rc = failsafe_settle(f->l->ledger, row_of(f), "held", f->op.at,
		core_now(f->l) + LOOK_S, NULL, err);

	if (rc < 0 || is_look(f))
		return rc;
	*ret_any = true;
	return tell(f, f->op.at == WHEN_NONE ? "failsafe-cleared" :
		"failsafe-set", NULL, err);
}

/* Somebody changed it at the provider: it is set again. */
static int lost(struct flight *f, struct lapse_err *err)
{
	const struct failsafe_row *row = row_of(f);
	int rc = failsafe_owe(f->l->ledger, &row->m, row->wanted_at, true,
		core_now(f->l), err);

	return rc < 0 ? rc : tell(f, "failsafe-lost", NULL, err);
}

/* Another run may have set it too, or wants another end by now: then the row
 * says what is to be done about it. */
static int is_as_it_was(const struct flight *f, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct failsafe_row *row = row_of(f);
	struct failsafe_row now = {0};
	bool found = false;
	int rc = failsafe_get(f->l->ledger, &row->m, &a, &now, &found, err);

	*ret = rc == 0 && found && strcmp(now.state, row->state) == 0 &&
		now.wanted_at == row->wanted_at &&
		now.opened_at == row->opened_at;
	return rc;
}

static int record(struct flight *f, bool *ret_any, struct lapse_err *err)
{
	struct failsafe_row *row = row_of(f);
	const struct membership *m = &row->m;
	bool read = f->rc == 0 && f->op.outcome == OP_FOUND;
	bool same = false;
	int rc = is_as_it_was(f, &same, err);

	if (rc < 0 || !same)
		return rc;
	if (read && f->op.at == (is_look(f) ? row->held_at : row->wanted_at))
		return stands(f, ret_any, err);
	if (read && is_look(f))
		return lost(f, err);
	/* It is known now, and is not what was sent. */
	if (read) {
		f->unclear = false;
		row->maybe_at = f->op.at;
	}
	/* Only the set's own refusal says that nothing stands. */
	if (is_impossible(f) && !f->unclear)
		return unavailable(f, ret_any, err);
	if (f->rc == LAPSE_EREFUSED && !f->unclear)
		return without(f, "failed", REFUSED_RETRY_S, ret_any, err);
	if (f->rc == 0)
		f->rc = lapse_fail(&f->why, LAPSE_EITEM, "%s: group '%s': "
			"user '%s': %s; the provider's own end is set again by "
			"a later run", m->idp, m->group, m->user,
			f->op.outcome == OP_GONE ?
				"no such membership" :
				"read back: another end than was set");
	return again(f, err);
}

/* ---- All that is due ---- */

/* The intents, before the calls. */
static int note_sending(struct lapse *l, const struct batch *b,
	struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < b->n && rc == 0; i++)
		if (!is_look(&b->flights[i]))
			rc = failsafe_sending(l->ledger,
				row_of(&b->flights[i]), err);
	return core_end(l, rc, err);
}

static int run_some(struct lapse *l, const struct failsafe_rows *rows,
	bool *ret_any, struct lapse_err *err)
{
	struct batch b AUTO_BATCH = {.n = 0};
	int rc;

	for (size_t i = 0; i < rows->items.n; i++) {
		struct failsafe_row *row = &rows->items.items[i];

		batch_add(&b, l, row, row->m.idp);
	}
	rc = note_sending(l, &b, err);
	if (rc == 0)
		rc = batch_fly(&b, plan_set, err);
	if (rc == 0)
		rc = batch_fly(&b, plan_read, err);
	return rc < 0 ? rc : batch_record(&b, record, ret_any, err);
}

int failsafe_run(struct lapse *l, bool *ret_any, struct lapse_err *err)
{
	size_t n = BATCH_MAX;
	int rc = 0;

	*ret_any = false;
	/* By a wrong clock, or from old holds, it would end access early. */
	if (!l->time_known || l->suspect || l->stale || l->taken_over)
		return 0;
	while (rc == 0 && n == BATCH_MAX) {
		AUTO_ARENA a = {0};
		struct failsafe_rows rows = {0};

		rc = failsafe_due(l->ledger, core_now(l), BATCH_MAX, &a,
			&rows, err);
		n = rows.items.n;
		if (rc == 0 && n > 0)
			rc = run_some(l, &rows, ret_any, err);
	}
	return rc;
}

int failsafe_reread(struct lapse *l, struct lapse_err *err)
{
	int rc = l->dry_run ? 0 : core_begin(l, err);

	if (rc < 0 || l->dry_run)
		return rc;
	return core_end(l, failsafe_look_now(l->ledger, core_now(l), err),
		err);
}
