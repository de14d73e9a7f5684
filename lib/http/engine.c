/* The engine's public face and its loop: one thread, one multi handle. What an
 * operation goes through is in engine_task.c. */
#include "engine_private.h"

#include <stdlib.h>
#include <string.h>

enum {
	POLL_MS = 1000,		/* at most, so that a fake clock is seen */
	IDLE_ROUNDS = 1000,
	STOP_MS = 3000,		/* for answers on their way, once stopped */
};

int64_t engine_ticks(const struct engine *e)
{
	return e->env->ticks_ms(e->env->arg);
}

bool engine_past_deadline(const struct engine *e, int64_t at_ms)
{
	return e->deadline_ms != NEVER && at_ms >= e->deadline_ms;
}

/* ---- The server's clock ---- */

void engine_note_date(struct engine *e, const struct flight *f)
{
	if (f->res.date == WHEN_NONE)
		return;
	e->date = f->res.date;
	e->date_ms = f->date_ms;
	e->offset_s = f->res.date - f->date_now;
}

int64_t engine_server_now(const struct engine *e, int64_t *ret_offset_s)
{
	if (e->date == WHEN_NONE)
		return WHEN_NONE;
	if (ret_offset_s != NULL)
		*ret_offset_s = e->offset_s;
	return e->date + (engine_ticks(e) - e->date_ms) / 1000;
}

int64_t engine_now(const struct engine *e)
{
	int64_t now = engine_server_now(e, NULL);

	return now != WHEN_NONE ? now : e->env->now(e->env->arg);
}

size_t engine_requests(const struct engine *e)
{
	return e->requests;
}

void engine_trace(const struct engine *e, const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const char *failure)
{
	if (e->config.trace != NULL)
		e->config.trace(e->config.trace_arg, r, req, res, failure);
}

/* ---- Opening and closing ---- */

int engine_open(struct engine **ret, const struct engine_config *config,
	struct lapse_err *err)
{
	struct engine *e = calloc(1, sizeof(*e));
	int rc;

	if (e == NULL)
		return lapse_fail_nomem(err);
	e->config = *config;
	e->env = config->env;
	if (config->user_agent == NULL)
		e->config.user_agent = "lapse/" LAPSE_VERSION;
	e->date = WHEN_NONE;
	LIST_INIT(&e->remotes);
	TAILQ_INIT(&e->all);
	if (config->deadline_s > 0)
		e->deadline_ms = engine_ticks(e) + config->deadline_s * 1000;
	rc = wire_open(&e->wire, &e->config, err);
	if (rc < 0) {
		free(e);
		return rc;
	}
	*ret = e;
	return 0;
}

void engine_free(struct engine *e)
{
	struct remote_state *rs;

	if (e == NULL)
		return;
	while ((rs = LIST_FIRST(&e->remotes)) != NULL)
		engine_remote_close(e, rs->r);
	wire_free(e->wire);
	free(e);
}

/* ---- Adding ---- */

static int task_open(struct task **ret, struct remote_state *rs,
	struct op *op, struct lapse_err *err)
{
	struct task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return lapse_fail_nomem(err);
	t->rs = rs;
	t->op = op;
	t->bucket = rate_bucket(rs, op->step);
	op->date = WHEN_NONE;
	op->sent_date = WHEN_NONE;
	*ret = t;
	return 0;
}

int engine_add(struct engine *e, struct remote *r, struct op *op, bool observe,
	engine_done *done, void *arg, struct lapse_err *err)
{
	struct task *t;
	int rc;

	if (engine_past_deadline(e, engine_ticks(e)))
		return lapse_fail(err, LAPSE_EAGAIN,
			"%s: '%s': the run's deadline has come", r->name,
			op->name);
	rc = task_open(&t, r->state, op, err);
	if (rc < 0)
		return rc;
	t->observe = observe;
	t->done = done;
	t->arg = arg;
	rc = lane_enter(t, err);
	if (rc < 0) {
		free(t);
		return rc;
	}
	TAILQ_INSERT_TAIL(&e->all, t, all);
	if (rc == 0)
		task_queue(t);
	return 0;
}

/* ---- The loop ---- */

static size_t land(struct engine *e)
{
	struct lapse_err err = {0};
	struct flight *f;
	enum fate fate;
	size_t n = 0;

	while ((f = wire_landed(e->wire, &fate, &err)) != NULL) {
		if (f->task != NULL)
			task_landed(f->task, f, fate, &err);
		else
			token_landed(f->rs, f, fate, &err);
		err = (struct lapse_err){0};
		n++;
	}
	return n;
}

/* Starts what may start; the earliest time at which more may, or NEVER. */
static int64_t pump(struct engine *e)
{
	int64_t now = engine_ticks(e);
	int64_t due = NEVER;
	struct remote_state *rs;

	LIST_FOREACH(rs, &e->remotes, link) {
		int64_t at;

		remote_wake(rs, now);
		remote_pump(rs);
		at = remote_due(rs);
		if (at != NEVER && (due == NEVER || at < due))
			due = at;
	}
	return due;
}

static bool in_air(const struct engine *e)
{
	struct remote_state *rs;

	LIST_FOREACH(rs, &e->remotes, link) {
		if (rs->in_air > 0 || rs->token.state == TOKEN_FLYING)
			return true;
	}
	return false;
}

static int64_t sooner(int64_t ms, int64_t at_ms, int64_t now)
{
	int64_t left = at_ms > now ? at_ms - now : 0;

	return at_ms != NEVER && left < ms ? left : ms;
}

/* False when there is nothing to wait for. */
static bool idle(struct engine *e, int64_t due)
{
	int64_t now = engine_ticks(e);
	bool flying = in_air(e);
	int64_t ms = flying || e->env->sleep_ms == NULL ? POLL_MS : INT32_MAX;

	if (!flying && due == NEVER)
		return false;
	ms = sooner(ms, due, now);
	ms = sooner(ms, e->deadline_ms, now);
	if (flying || e->env->sleep_ms == NULL)
		wire_wait(e->wire, ms);
	else if (ms > 0)
		e->env->sleep_ms(e->env->arg, ms);
	return true;
}

static void expire(struct engine *e)
{
	struct task *t;

	while ((t = TAILQ_FIRST(&e->all)) != NULL)
		task_expire(t);
}

/* Asked to stop: what is on the wire gets a moment to be answered, nothing
 * waits for the run's deadline. */
static void heed_stop(struct engine *e)
{
	int64_t until;

	if (e->stopping || e->env->stopped == NULL ||
		!e->env->stopped(e->env->arg))
		return;
	e->stopping = true;
	until = engine_ticks(e) + STOP_MS;
	if (e->deadline_ms == NEVER || until < e->deadline_ms)
		e->deadline_ms = until;
}

/* Until all is done, or, where done is given, that is set. */
static int run(struct engine *e, const bool *done, struct lapse_err *err)
{
	int still = 0;

	if (e->in_step)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"engine: to be run from within a step");
	for (;;) {
		int64_t due = pump(e);

		if (TAILQ_EMPTY(&e->all) || (done != NULL && *done))
			return 0;
		heed_stop(e);
		if (engine_past_deadline(e, engine_ticks(e))) {
			expire(e);
			return lapse_fail(err, LAPSE_EAGAIN,
				"the run's deadline has come");
		}
		if (land(e) > 0 || idle(e, due))
			still = 0;
		else if (++still > IDLE_ROUNDS)
			return lapse_fail(err, LAPSE_EINTERNAL,
				"engine: operations wait for nothing");
	}
}

int engine_run(struct engine *e, struct lapse_err *err)
{
	return run(e, NULL, err);
}

struct call {
	bool done;
	int rc;
	struct lapse_err err;
};

static void call_done(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct call *c = arg;

	(void)op;
	c->done = true;
	c->rc = rc;
	if (rc < 0)
		c->err = *err;
}

int engine_call(struct engine *e, struct remote *r, struct op *op,
	struct lapse_err *err)
{
	struct call c = {0};
	int rc = engine_add(e, r, op, false, call_done, &c, err);

	if (rc == 0)
		rc = run(e, &c.done, err);
	if (!c.done)
		return rc;
	if (c.rc < 0 && err != NULL)
		*err = c.err;
	return c.rc;
}
