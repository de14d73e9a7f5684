/* Memberships that their provider ends by itself. */
#include "failsafe.h"

#include <string.h>

#include "failsafe_rows.h"
#include "json.h"
#include "log.h"

enum {
	AT_ONCE = 64,		/* of one commit */
	NEAR_S = 1200,		/* later by so much is not set again */
	FIRST_S = 600,		/* a new one is waited for so long */
	RETRY_S = 60,
	REFUSED_RETRY_S = 3600,
	LOOK_S = 86400,		/* what stands is looked at again */
};

/* ---- What is wanted ---- */

static const struct idp_section *keeper_of(const struct lapse *l,
	const struct membership *m)
{
	const struct idp_section *s = l->config == NULL ?
		NULL :
		config_idp(l->config, m->idp);

	return s != NULL && s->driver->set_expiry != NULL ? s : NULL;
}

/* A little later than wanted will do. */
static bool will_do(int64_t end, int64_t wanted)
{
	if (end == WHEN_NONE || wanted == WHEN_NONE)
		return end == wanted;
	return end >= wanted && end <= wanted + NEAR_S;
}

static bool is_enough(const struct failsafe_row *row, int64_t wanted)
{
	if (strcmp(row->state, "open") == 0)
		return will_do(row->wanted_at, wanted);
	if (strcmp(row->state, "held") == 0)
		return will_do(row->held_at, wanted);
	/* Not to be had, so far: another wish is tried anew. */
	return row->wanted_at == wanted;
}

int failsafe_look(struct lapse *l, const struct membership *m, bool fresh,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct idp_section *s = keeper_of(l, m);
	struct failsafe_wish wish = {0};
	struct failsafe_row row = {.held_at = WHEN_NONE};
	int64_t wanted;
	bool found = false;
	int rc;

	if (s == NULL)
		return 0;
	rc = failsafe_wish(l->ledger, m, &wish, err);
	if (rc < 0 || wish.holds == 0 || wish.pre > 0)
		return rc;
	wanted = wish.endless > 0 || wish.ends_at == WHEN_NONE ?
		WHEN_NONE :
		wish.ends_at + s->expiry_grace;
	rc = failsafe_get(l->ledger, m, &a, &row, &found, err);
	if (rc < 0 || (!found && wanted == WHEN_NONE) ||
		(found && !fresh && is_enough(&row, wanted)))
		return rc;
	return failsafe_owe(l->ledger, m, wanted, fresh, core_now(l), err);
}

int failsafe_look_at_grant(struct lapse *l, int64_t grant,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	int rc = holds_of_grant(l->ledger, grant, &a, &holds, err);

	for (size_t i = 0; i < holds.list.n && rc == 0; i++)
		rc = failsafe_look(l, &holds.list.items[i].m, false, err);
	return rc;
}

static int64_t earlier(int64_t a, int64_t b)
{
	if (a == WHEN_NONE || b == WHEN_NONE)
		return a == WHEN_NONE ? b : a;
	return a < b ? a : b;
}

/* Would what stands at the provider, or may stand, cut this wish short? */
static bool cuts_short(const struct failsafe_row *row)
{
	int64_t end = earlier(row->held_at, row->maybe_at);

	return end != WHEN_NONE &&
		(row->wanted_at == WHEN_NONE || end < row->wanted_at);
}

int failsafe_waits(struct lapse *l, const struct membership *m, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct failsafe_row row = {0};
	int64_t first = l->config->grant_within / 2;
	bool found = false;
	int rc = 0;

	*ret = false;
	if (keeper_of(l, m) != NULL)
		rc = failsafe_get(l->ledger, m, &a, &row, &found, err);
	if (rc < 0 || !found || strcmp(row.state, "held") == 0)
		return rc;
	if (first > FIRST_S)
		first = FIRST_S;
	*ret = cuts_short(&row) || (strcmp(row.state, "open") == 0 &&
		row.held_at == WHEN_NONE && row.wanted_at != WHEN_NONE &&
		core_now(l) < row.opened_at + first);
	return 0;
}

static bool row_of(struct lapse *l, const struct membership *m,
	struct failsafe_row *ret)
{
	AUTO_ARENA a = {0};
	bool found = false;
	int rc = failsafe_get(l->ledger, m, &a, ret, &found, NULL);

	return rc == 0 && found;	/* its times, not its texts */
}

int64_t failsafe_at(struct lapse *l, const struct membership *m)
{
	struct failsafe_row row;

	return row_of(l, m, &row) ? row.held_at : WHEN_NONE;
}

int64_t failsafe_may_end_at(struct lapse *l, const struct membership *m)
{
	struct failsafe_row row;

	return row_of(l, m, &row) ? earlier(row.held_at, row.maybe_at) :
				    WHEN_NONE;
}

int64_t failsafe_of_grant(struct lapse *l, int64_t grant)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	int64_t last = WHEN_NONE;

	if (holds_of_grant(l->ledger, grant, &a, &holds, NULL) < 0)
		return WHEN_NONE;
	for (size_t i = 0; i < holds.list.n; i++) {
		int64_t at = failsafe_at(l, &holds.list.items[i].m);

		if (at == WHEN_NONE)
			return WHEN_NONE;
		if (last == WHEN_NONE || at > last)
			last = at;
	}
	return last;
}

/* ---- Setting it and reading it back ---- */

struct flight {
	struct lapse *l;
	struct failsafe_row row;
	struct core_idp *idp;
	struct op op;
	bool unclear;		/* what was sent may stand */
	int rc;
	struct lapse_err why;
};

/* One that stands is only looked at. */
static bool is_look(const struct flight *f)
{
	return strcmp(f->row.state, "held") == 0;
}

static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct flight *f = arg;

	f->rc = rc;
	if (rc < 0)
		f->why = *err;
	core_idp_told(f->l, f->idp, op, rc, err);
}

static int launch(struct lapse *l, struct flight *f, op_step *step,
	const char *name, struct lapse_err *err)
{
	op_clear(&f->op);
	f->op = (struct op){
		.step = step,
		.name = name,
		.serial = f->row.m.group,
		.group = f->row.m.group,
		.user = f->row.m.user,
		.at = f->row.wanted_at,
	};
	f->rc = engine_add(l->engine, &f->idp->remote, &f->op, false, landed,
		f, &f->why);
	/* Past the deadline nothing is sent: the next run does. */
	if (f->rc == 0 || f->rc == LAPSE_EAGAIN)
		return 0;
	*err = f->why;
	return f->rc;
}

/* The intent, before the call. */
static int note_sending(struct lapse *l, const struct flight *flights,
	size_t n, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n && rc == 0; i++)
		if (!is_look(&flights[i]))
			rc = failsafe_sending(l->ledger, &flights[i].row, err);
	return core_end(l, rc, err);
}

static int set_all(struct lapse *l, struct flight *flights, size_t n,
	struct lapse_err *err)
{
	int rc = note_sending(l, flights, n, err);

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct flight *f = &flights[i];

		f->l = l;
		f->rc = core_idp_ready(l, f->row.m.idp, &f->idp, &f->why);
		if (f->rc == 0 && !is_look(f))
			rc = launch(l, f, f->idp->section->driver->set_expiry,
				"set-expiry", err);
	}
	return rc < 0 ? rc : engine_run(l->engine, err);
}

/* Not applied, for certain? */
static bool is_certain(const struct flight *f)
{
	switch (f->rc) {
	case 0:
		return f->op.outcome == OP_UNSUPPORTED ||
			f->op.outcome == OP_GONE;
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

static int read_all(struct lapse *l, struct flight *flights, size_t n,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct flight *f = &flights[i];

		if (f->idp == NULL || (!is_look(f) && is_certain(f)))
			continue;
		f->unclear = !is_look(f);
		rc = launch(l, f, f->idp->section->driver->get_expiry,
			"get-expiry", err);
	}
	return rc < 0 ? rc : engine_run(l->engine, err);
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

static int tell(struct lapse *l, const struct flight *f, const char *kind,
	const char *why, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {
		.kind = kind,
		.idp = f->row.m.idp,
		.group = f->row.m.group,
		.user = f->row.m.user,
		.actor = "lapse",
	};

	name_grant(l, &f->row.m, &a, &e);
	json_put_open(&w, NULL, '{');
	json_put_time(&w, "at", f->row.wanted_at);
	json_put_text(&w, "remote_ref", f->op.request_id);
	json_put_text(&w, "detail", why);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(l, &e, NULL, err);
}

static int again(struct lapse *l, struct flight *f, struct lapse_err *err)
{
	int64_t maybe = f->unclear ?
		earlier(f->row.maybe_at, f->row.wanted_at) :
		f->row.maybe_at;

	core_note(l, LAPSE_EXIT_RETRY, &f->why);
	return failsafe_again(l->ledger, &f->row, core_now(l) + RETRY_S, maybe,
		f->why.text, err);
}

/* Refused, or not to be had. What would cut the access short all the same is
 * tried at every run. */
static int without(struct lapse *l, struct flight *f, const char *state,
	int64_t retry_s, bool *ret_any, struct lapse_err *err)
{
	bool said = strcmp(f->row.state, state) == 0;
	int rc;

	if (cuts_short(&f->row))
		return again(l, f, err);
	*ret_any = true;
	rc = failsafe_settle(l->ledger, &f->row, state, f->row.held_at,
		core_now(l) + retry_s, f->why.text, err);
	if (rc < 0 || said)
		return rc;
	return tell(l, f, strcmp(state, "failed") == 0 ? "failsafe-failed" :
		"failsafe-unavailable", f->why.text, err);
}

static int unavailable(struct lapse *l, struct flight *f, bool *ret_any,
	struct lapse_err *err)
{
	bool known = false;
	int rc = failsafe_unavailable(l->ledger, f->row.m.idp, &known, err);

	if (rc < 0)
		return rc;
	lapse_fail(&f->why, LAPSE_EREFUSED, "%s: cannot end memberships by "
		"itself here (edition, or the member's role); only lapse ends "
		"them", f->row.m.idp);
	if (!known && !cuts_short(&f->row))
		log_say(&l->env, LAPSE_WARNING, "%s", f->why.text);
	return without(l, f, "unavailable", LOOK_S, ret_any, err);
}

static int stands(struct lapse *l, struct flight *f, bool *ret_any,
	struct lapse_err *err)
{
	int rc = failsafe_settle(l->ledger, &f->row, "held", f->op.at,
		core_now(l) + LOOK_S, NULL, err);

	if (rc < 0 || is_look(f))
		return rc;
	*ret_any = true;
	return tell(l, f, f->op.at == WHEN_NONE ? "failsafe-cleared" :
		"failsafe-set", NULL, err);
}

/* Somebody changed it at the provider: it is set again. */
static int lost(struct lapse *l, struct flight *f, struct lapse_err *err)
{
	int rc = failsafe_owe(l->ledger, &f->row.m, f->row.wanted_at, true,
		core_now(l), err);

	return rc < 0 ? rc : tell(l, f, "failsafe-lost", NULL, err);
}

static int record(struct lapse *l, struct flight *f, bool *ret_any,
	struct lapse_err *err)
{
	const struct membership *m = &f->row.m;
	bool read = f->rc == 0 && f->op.outcome == OP_FOUND;

	if (read && f->op.at == (is_look(f) ? f->row.held_at :
		f->row.wanted_at))
		return stands(l, f, ret_any, err);
	if (read && is_look(f))
		return lost(l, f, err);
	/* It is known now, and is not what was sent. */
	if (read) {
		f->unclear = false;
		f->row.maybe_at = f->op.at;
	}
	/* Only the set's own refusal says that nothing stands. */
	if (f->rc == 0 && f->op.outcome == OP_UNSUPPORTED && !f->unclear)
		return unavailable(l, f, ret_any, err);
	if (f->rc == LAPSE_EREFUSED && !f->unclear)
		return without(l, f, "failed", REFUSED_RETRY_S, ret_any, err);
	if (f->rc == 0)
		f->rc = lapse_fail(&f->why, LAPSE_EITEM, "%s: group '%s': "
			"user '%s': %s; the provider's own end is set again by "
			"a later run", m->idp, m->group, m->user,
			f->op.outcome == OP_GONE ?
				"no such membership" :
				"read back: another end than was set");
	return again(l, f, err);
}

static int record_all(struct lapse *l, struct flight *flights, size_t n,
	bool *ret_any, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = record(l, &flights[i], ret_any, err);
	return core_end(l, rc, err);
}

static int run_some(struct lapse *l, const struct failsafe_rows *rows,
	struct arena *a, bool *ret_any, struct lapse_err *err)
{
	size_t n = rows->items.n;
	struct flight *flights = arena_alloc(a, n * sizeof(*flights));
	int rc;

	if (flights == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		flights[i].row = rows->items.items[i];
	rc = set_all(l, flights, n, err);
	/* The deadline cuts short; what is known of each is recorded. */
	if (rc == 0 || rc == LAPSE_EAGAIN)
		rc = read_all(l, flights, n, err);
	if (rc == 0 || rc == LAPSE_EAGAIN)
		rc = record_all(l, flights, n, ret_any, err);
	for (size_t i = 0; i < n; i++)
		op_clear(&flights[i].op);
	return rc;
}

int failsafe_run(struct lapse *l, bool *ret_any, struct lapse_err *err)
{
	size_t n = AT_ONCE;
	int rc = 0;

	*ret_any = false;
	/* By a wrong clock, or from old holds, it would end access early. */
	if (!l->time_known || l->suspect || l->stale || l->taken_over)
		return 0;
	while (rc == 0 && n == AT_ONCE) {
		AUTO_ARENA a = {0};
		struct failsafe_rows rows = {0};

		rc = failsafe_due(l->ledger, core_now(l), AT_ONCE, &a, &rows,
			err);
		n = rows.items.n;
		if (rc == 0 && n > 0)
			rc = run_some(l, &rows, &a, ret_any, err);
	}
	return rc;
}
