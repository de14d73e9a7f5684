/* One operation's way through the engine: step, request, reply, step. */
#include "engine_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- Lists ---- */

static void leave_list(struct task *t)
{
	if (t->list == NULL)
		return;
	TAILQ_REMOVE(t->list, t, link);
	t->list = NULL;
}

static void enter_list(struct task *t, struct tasks *list)
{
	leave_list(t);
	t->list = list;
	TAILQ_INSERT_TAIL(list, t, link);
}

/* What has begun goes before what has not: fewer lists are open at a time. */
void task_queue(struct task *t)
{
	struct tasks *list =
		t->observe ? &t->rs->observing : &t->rs->urgent;

	leave_list(t);
	t->list = list;
	if (t->has_req)
		TAILQ_INSERT_HEAD(list, t, link);
	else
		TAILQ_INSERT_TAIL(list, t, link);
}

void task_rest(struct task *t, int64_t due_ms)
{
	t->due_ms = due_ms;
	enter_list(t, &t->rs->resting);
}

/* ---- The end ---- */

static void count_flight(struct task *t, int n)
{
	t->rs->in_air += n;
	if (t->observe)
		t->bucket->observing += n;
}

static void drop_flight(struct task *t, struct flight **f)
{
	if (*f == NULL)
		return;
	count_flight(t, -1);
	remote_flight_done(t->rs, *f);
	*f = NULL;
}

void task_free(struct task *t)
{
	bool held = t->lane != NULL && t->list == &t->lane->held;

	leave_list(t);
	drop_flight(t, &t->flight);
	drop_flight(t, &t->ahead);
	TAILQ_REMOVE(&t->rs->e->all, t, all);
	lane_leave(t, held);
	http_request_clear(&t->req);
	free(t);
}

void task_finish(struct task *t, const struct lapse_err *err)
{
	engine_done *done = t->done;
	void *arg = t->arg;
	struct op *op = t->op;

	task_free(t);
	if (done != NULL)
		done(arg, op, err->code, err);
}

void task_fail(struct task *t, struct lapse_err *err)
{
	struct lapse_err told = *err;

	if (t->wrote && err->code != LAPSE_EREFUSED &&
		err->code != LAPSE_ENOTFOUND && err->code != LAPSE_EITEM)
		lapse_fail(&told, LAPSE_EUNKNOWN,
			"%s; the change itself was sent, read it back",
			err->text);
	task_finish(t, &told);
}

void task_expire(struct task *t)
{
	const struct remote *r = t->rs->r;
	struct lapse_err err = {0};

	if (t->flight != NULL && t->flight->once && flight_sent(t->flight))
		lapse_fail(&err, LAPSE_EUNKNOWN,
			"%s: '%s': no reply before the run's deadline; it may "
			"have been carried out", r->name, t->op->name);
	else
		lapse_fail(&err, LAPSE_EAGAIN,
			"%s: '%s': the run's deadline has come", r->name,
			t->op->name);
	task_fail(t, &err);
}

/* ---- Sending ---- */

static int launch(struct task *t, const struct http_request *req,
	struct flight **ret, struct lapse_err *err)
{
	struct remote_state *rs = t->rs;
	struct engine *e = rs->e;
	AUTO_BUF url = {0};
	struct buf headers = {0};
	struct flight *f = NULL;
	int rc = remote_url(rs, t->op->name, req, &url, err);

	if (rc == 0 && rs->r->auth != NULL)
		rc = auth_apply(rs->r->auth, engine_now(e),
			http_method_name(req->method), url.data, &headers,
			err);
	if (rc == 0)
		rc = remote_flight(rs, &f, err);
	if (rc == 0) {
		flight_set_patience(f, t->op->patience_s);
		rc = flight_start(f, req, url.data, &headers, err);
	}
	buf_wipe(&headers);
	if (rc < 0) {
		if (f != NULL)
			remote_flight_done(rs, f);
		return rc;
	}
	f->task = t;
	f->credential = rs->credential;
	count_flight(t, 1);
	e->requests++;
	*ret = f;
	return 0;
}

/* Gates that an operation passes before each request. */
static bool may_go(struct task *t)
{
	const char *name = t->rs->r->name;
	struct lapse_err err = {0};

	if (t->bucket->paused_ms > engine_ticks(t->rs->e)) {
		if (!engine_past_deadline(t->rs->e, t->bucket->paused_ms)) {
			task_rest(t, t->bucket->paused_ms);
			return false;
		}
		lapse_fail(&err, LAPSE_EAGAIN,
			"%s: '%s': rate limited until after the run's "
			"deadline", name, t->op->name);
		task_fail(t, &err);
		return false;
	}
	if (t->op->until_ms > 0 &&
		engine_ticks(t->rs->e) >= t->op->until_ms) {
		lapse_fail(&err, LAPSE_EAGAIN,
			"%s: '%s': its share of the run is used up after %zu "
			"pages", name, t->op->name, t->op->pages);
		task_fail(t, &err);
		return false;
	}
	if (rate_share_used(t)) {
		lapse_fail(&err, LAPSE_EAGAIN,
			"%s: '%s': rate share used up (%lld of %lld left)",
			name, t->op->name, (long long)t->bucket->remaining,
			(long long)t->bucket->limit);
		task_fail(t, &err);
		return false;
	}
	return true;
}

static void take_request(struct task *t, struct http_request *next)
{
	http_request_clear(&t->req);
	t->req = *next;
	*next = (struct http_request){0};
	t->has_req = true;
	t->attempts = 0;
	t->renewed = false;
}

static int ask_step(struct task *t, const struct http_response *last,
	struct http_request *ret, struct lapse_err *err)
{
	struct engine *e = t->rs->e;
	int rc;

	e->in_step = true;
	if (t->op->around != NULL && last != NULL)
		t->op->around(t->op->arg, true);
	rc = t->op->step(t->rs->r, t->op, last, ret, err);
	if (t->op->around != NULL && last != NULL)
		t->op->around(t->op->arg, false);
	e->in_step = false;
	return rc;
}

/* True when there is a request to send. */
static bool first_step(struct task *t)
{
	struct http_request req = {0};
	struct lapse_err err = {0};
	int rc = ask_step(t, NULL, &req, &err);

	if (rc == OP_SEND) {
		take_request(t, &req);
		return true;
	}
	http_request_clear(&req);
	err.code = rc < 0 ? rc : 0;
	task_finish(t, &err);
	return false;
}

void task_start(struct task *t)
{
	struct lapse_err err = {0};

	leave_list(t);
	if (!may_go(t) || (!t->has_req && !first_step(t)))
		return;
	if (t->attempts++ == 0)
		t->began_ms = engine_ticks(t->rs->e);
	if (launch(t, &t->req, &t->flight, &err) < 0)
		task_fail(t, &err);
	else
		enter_list(t, &t->rs->flying);
}

/* ---- Replies ---- */

/* Whatever stands in the way is met again, and told, by the usual way. */
static bool send_next_page(struct task *t, const struct http_response *res)
{
	struct remote_state *rs = t->rs;
	struct http_request req = {.want = t->req.want,
		.other_base = t->req.other_base};
	int64_t now = engine_ticks(rs->e);
	bool sent;

	if (!t->op->prefetch || res->next == NULL ||
		t->req.method != HTTP_GET || rs->in_air >= rs->parallel ||
		rs->denied.code != 0 || t->bucket->paused_ms > now ||
		rate_share_used(t) || engine_past_deadline(rs->e, now) ||
		strcmp(buf_text(&t->req.target), res->next) == 0 ||
		(rs->r->auth != NULL &&
			auth_wants_token(rs->r->auth, engine_now(rs->e))))
		return false;
	memcpy(req.headers, t->req.headers, sizeof(req.headers));
	buf_str(&req.target, res->next);
	sent = !req.target.failed && launch(t, &req, &t->ahead, NULL) == 0;
	http_request_clear(&req);
	return sent;
}

/* Before a reply is read, the place that it left is taken: by the next page,
 * else by another operation. Those whose failure would be told now might end
 * the run from within: this task is out of its reach meanwhile. */
static void send_ahead(struct task *t, const struct http_response *res)
{
	struct engine *e = t->rs->e;

	if (!send_next_page(t, res)) {
		TAILQ_REMOVE(&e->all, t, all);
		remote_pump(t->rs);
		TAILQ_INSERT_TAIL(&e->all, t, all);
	}
	wire_push(e->wire);
}

/* Is the page that the step wants the one that is on its way? */
static bool is_ahead(const struct task *t, const struct http_request *next,
	const char *link)
{
	return t->ahead != NULL && next->method == HTTP_GET &&
		next->want == t->req.want &&
		next->other_base == t->req.other_base &&
		strcmp(buf_text(&next->target), link) == 0 &&
		memcmp(next->headers, t->req.headers, sizeof(next->headers)) ==
			0;
}

static void go_on(struct task *t, struct http_request *next,
	const struct http_response *last)
{
	bool ahead = is_ahead(t, next, last->next);

	take_request(t, next);
	if (ahead) {
		t->flight = t->ahead;
		t->ahead = NULL;
		t->attempts = 1;
		enter_list(t, &t->rs->flying);
		return;
	}
	drop_flight(t, &t->ahead);
	task_queue(t);
}

/* A reply that is for the step. */
void task_step(struct task *t, struct flight *f)
{
	struct http_request next = {0};
	struct lapse_err err = {0};
	const struct http_response *res = &f->res;
	int rc;

	if (http_request_is_write(&t->req) && res->status < 300)
		t->wrote = true;
	send_ahead(t, res);
	rc = ask_step(t, res, &next, &err);
	if (rc == OP_SEND) {
		go_on(t, &next, res);
		return;
	}
	http_request_clear(&next);
	err.code = rc < 0 ? rc : 0;
	if (rc < 0)
		task_fail(t, &err);
	else
		task_finish(t, &err);
}

static bool is_expected(const struct http_request *req, int status)
{
	if (status >= 200 && status < 300)
		return true;
	for (int i = 0; i < HTTP_EXPECT && req->expect[i] != 0; i++) {
		if (req->expect[i] == status)
			return true;
	}
	return false;
}

static void note_reply(struct task *t, const struct flight *f)
{
	const struct http_response *res = &f->res;
	struct op *op = t->op;

	rate_note(t, res);
	if (t->rs->r->auth != NULL)
		auth_note(t->rs->r->auth, res);
	if (res->request_id[0] != '\0')
		memcpy(op->request_id, res->request_id,
			sizeof(op->request_id));
	if (res->date == WHEN_NONE)
		return;
	op->date = res->date;
	if (op->sent_date == WHEN_NONE)
		op->sent_date = res->date;
}

static bool refuses(const struct remote *r, const struct http_response *res)
{
	return r->service != NULL && r->service->refuses != NULL &&
		r->service->refuses(res);
}

static void judge(struct task *t, struct flight *f, struct lapse_err *err)
{
	const struct remote *r = t->rs->r;

	if (!is_expected(&t->req, f->res.status)) {
		retry_after_reply(t, f, err);
		return;
	}
	if (retry_check_kind(r, t->op->name, &t->req, &f->res, err) < 0)
		retry_after_broken(t, err);
	else if (refuses(r, &f->res))
		retry_after_reply(t, f, err);
	else
		task_step(t, f);
}

void task_landed(struct task *t, struct flight *f, enum fate fate,
	struct lapse_err *err)
{
	struct remote_state *rs = t->rs;
	bool whole = fate == FATE_REPLY;

	t->flight = NULL;
	count_flight(t, -1);
	leave_list(t);
	engine_note_date(rs->e, f);
	engine_trace(rs->e, rs->r, &t->req, &f->res,
		whole ? NULL : retry_fate_text(fate));
	if (whole) {
		note_reply(t, f);
		judge(t, f, err);
	} else {
		retry_after_fate(t, fate, err);
	}
	remote_flight_done(rs, f);
}
