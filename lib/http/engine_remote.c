/* One remote's bookkeeping: its queues, handles and state of disgrace. */
#include "engine_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- Opening and closing ---- */

static int check_base(const struct remote *r, const char *base,
	struct url *ret, struct lapse_err *err)
{
	if (base == NULL || !url_parse(ret, base) || ret->query_len > 0 ||
		(ret->path_len > 0 && ret->path[ret->path_len - 1] == '/'))
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: url: must be like https://host, without '/' at "
			"its end", r->name);
	if (!ret->tls && !url_is_loopback(ret))
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: url: '%s': must be https", r->name, base);
	return 0;
}

/* One handle serves both, so that both are https or neither is. */
static int check_bases(const struct remote *r, struct url *ret,
	struct url *ret_other, struct lapse_err *err)
{
	int rc = check_base(r, r->base, ret, err);

	if (rc < 0 || r->other_base == NULL)
		return rc;
	rc = check_base(r, r->other_base, ret_other, err);
	if (rc == 0 && ret->tls != ret_other->tls)
		rc = lapse_fail(err, LAPSE_ECONFIG,
			"%s: url: '%s' and '%s': must be https both", r->name,
			r->base, r->other_base);
	return rc;
}

static int parallel_of(const struct remote *r)
{
	int n = r->service != NULL ? r->service->parallel : 0;

	if (n <= 0)
		return FLIGHTS_DEFAULT;
	return n > FLIGHTS_MAX ? FLIGHTS_MAX : n;
}

int engine_remote_open(struct engine *e, struct remote *r,
	struct lapse_err *err)
{
	struct remote_state *rs;
	struct url base = {0};
	struct url other = {0};
	int rc = check_bases(r, &base, &other, err);

	if (rc < 0)
		return rc;
	rs = calloc(1, sizeof(*rs));
	if (rs == NULL)
		return lapse_fail_nomem(err);
	rs->e = e;
	rs->r = r;
	rs->base = base;
	rs->other_base = other;
	rs->parallel = parallel_of(r);
	TAILQ_INIT(&rs->urgent);
	TAILQ_INIT(&rs->observing);
	TAILQ_INIT(&rs->resting);
	TAILQ_INIT(&rs->flying);
	TAILQ_INIT(&rs->idle);
	for (size_t i = 0; i < LANES; i++)
		LIST_INIT(&rs->lanes[i]);
	LIST_INSERT_HEAD(&e->remotes, rs, link);
	r->state = rs;
	return 0;
}

static void drop_tasks(struct remote_state *rs)
{
	struct task *t = TAILQ_FIRST(&rs->e->all);

	while (t != NULL) {
		struct task *next = TAILQ_NEXT(t, all);

		if (t->rs == rs)
			task_free(t);
		t = next;
	}
}

void engine_remote_close(struct engine *e, struct remote *r)
{
	struct remote_state *rs = r->state;
	struct flight *f;

	(void)e;
	if (rs == NULL)
		return;
	drop_tasks(rs);
	while ((f = TAILQ_FIRST(&rs->idle)) != NULL) {
		TAILQ_REMOVE(&rs->idle, f, link);
		flight_free(f);
	}
	token_clear(&rs->token);
	LIST_REMOVE(rs, link);
	free(rs);
	r->state = NULL;
}

/* ---- Flights ---- */

int remote_flight(struct remote_state *rs, struct flight **ret,
	struct lapse_err *err)
{
	struct flight *f = TAILQ_FIRST(&rs->idle);
	int rc = 0;

	if (f != NULL)
		TAILQ_REMOVE(&rs->idle, f, link);
	else
		rc = flight_open(&f, rs->e->wire, rs->base.tls, rs->r->proxy,
			rs->r->ca_file, err);
	if (rc < 0)
		return rc;
	f->rs = rs;
	*ret = f;
	return 0;
}

/* The last used first: its connection is the warmest, its buffer the largest.
 */
void remote_flight_done(struct remote_state *rs, struct flight *f)
{
	flight_cancel(f);
	f->task = NULL;
	http_response_reset(&f->res);
	TAILQ_INSERT_HEAD(&rs->idle, f, link);
}

/* Only the path of an absolute link is used, behind our own base: what was
 * compared is what is sent. */
int remote_url(const struct remote_state *rs, const char *what,
	const struct http_request *req, struct buf *ret,
	struct lapse_err *err)
{
	const struct remote *r = rs->r;
	const char *target = buf_text(&req->target);
	const char *base = req->other_base ? r->other_base : r->base;
	const struct url *at = req->other_base ? &rs->other_base : &rs->base;
	struct url u;

	buf_reset(ret);
	if (base == NULL)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: '%s': there is no second base", r->name, what);
	if (target[0] == '/') {
		if (!url_path_ok(target))
			return lapse_fail(err, LAPSE_EPROTO,
				"%s: '%s': not a path that can be sent",
				r->name, what);
		buf_fmt(ret, "%s%s", base, target);
		return buf_check(ret, err, "url");
	}
	if (!http_same_origin(base, target) || !url_parse(&u, target))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the next link leads away from %s, not "
			"followed", r->name, what, base);
	buf_add(ret, base, strlen(base) - at->path_len);
	buf_str(ret, u.path);
	return buf_check(ret, err, "url");
}

/* ---- Queues ---- */

void remote_wake(struct remote_state *rs, int64_t now_ms)
{
	struct task *t = TAILQ_FIRST(&rs->resting);

	while (t != NULL) {
		struct task *next = TAILQ_NEXT(t, link);

		if (t->due_ms <= now_ms)
			task_queue(t);
		t = next;
	}
	token_wake(rs, now_ms);
}

int64_t remote_due(const struct remote_state *rs)
{
	int64_t due = NEVER;
	struct task *t;

	if (rs->token.state == TOKEN_RESTING)
		due = rs->token.due_ms;
	TAILQ_FOREACH(t, &rs->resting, link) {
		if (due == NEVER || t->due_ms < due)
			due = t->due_ms;
	}
	return due;
}

/* The next that may start: an observation waits until the one before it has
 * told how much is left. */
static struct task *first_startable(const struct remote_state *rs)
{
	struct task *t = TAILQ_FIRST(&rs->urgent);

	if (t != NULL)
		return t;
	t = TAILQ_FIRST(&rs->observing);
	return t != NULL && rate_unsaid(t) ? NULL : t;
}

static struct task *first_ready(const struct remote_state *rs)
{
	struct task *t = TAILQ_FIRST(&rs->urgent);

	return t != NULL ? t : TAILQ_FIRST(&rs->observing);
}

void remote_fail_waiting(struct remote_state *rs, const struct lapse_err *err)
{
	struct task *t;

	while ((t = first_ready(rs)) != NULL ||
		(t = TAILQ_FIRST(&rs->resting)) != NULL) {
		struct lapse_err copy = *err;

		task_fail(t, &copy);
	}
}

enum engine_denial engine_remote_denied(const struct remote *r)
{
	return r->state != NULL ? r->state->denial : ENGINE_WELCOME;
}

void remote_deny(struct remote_state *rs, enum engine_denial where,
	const struct lapse_err *err)
{
	rs->denied = *err;
	rs->denial = where;
	remote_fail_waiting(rs, &rs->denied);
}

void remote_pump(struct remote_state *rs)
{
	struct task *t;

	if (rs->denied.code != 0)
		remote_fail_waiting(rs, &rs->denied);
	while (rs->in_air < rs->parallel &&
		(t = first_startable(rs)) != NULL) {
		if (!token_ready(rs))
			return;
		task_start(t);
	}
}
