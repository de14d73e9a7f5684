/* The retry rule of engine.h: what a failure or a refusal means for an
 * operation. Nothing that may have been applied is sent again. */
#include "engine_private.h"

#include <string.h>

enum {
	WAIT_MAX_S = 120,
	CROWD_FROM_MS = 1000,	/* "too many at once" clears soon */
	CROWD_TO_MS = 5000,
};

const char *retry_fate_text(enum fate fate)
{
	static const char *const texts[] = {
		[FATE_REPLY] = "replied",
		[FATE_UNSENT] = "cannot be reached",
		[FATE_CERTIFICATE] = "certificate problem",
		[FATE_LOST] = "no whole reply",
		[FATE_GARBAGE] = "reply cannot be read",
		[FATE_TOO_BIG] = "reply too large",
		[FATE_LOCAL] = "out of memory or the like",
	};

	return texts[fate];
}

/* ---- Waiting ---- */

int64_t retry_random(const struct engine *e, int64_t from, int64_t to)
{
	uint32_t bits = 0;

	if (e->env->random == NULL ||
		e->env->random(e->env->arg, &bits, sizeof(bits)) != 0)
		bits = UINT32_MAX / 2;
	return from + (int64_t)bits * (to - from) / UINT32_MAX;
}

int64_t retry_wait_ms(const struct engine *e, int attempts, int64_t wait_s)
{
	int64_t ms;

	if (wait_s > WAIT_MAX_S)
		wait_s = WAIT_MAX_S;
	if (wait_s >= 0)
		return wait_s == 0 ? 1000 : wait_s * 1000;
	ms = 1000LL << (attempts > 0 ? attempts - 1 : 0);
	return ms * retry_random(e, 700, 1300) / 1000;
}

static bool impatient(const struct task *t, int64_t due_ms)
{
	return t->op->patience_s > 0 &&
		due_ms > t->began_ms + t->op->patience_s * 1000;
}

static void again(struct task *t, int64_t wait_ms, struct lapse_err *err)
{
	struct engine *e = t->rs->e;
	struct lapse_err told = {0};
	int64_t due = engine_ticks(e) + wait_ms;

	if (t->attempts >= ATTEMPTS || impatient(t, due)) {
		task_fail(t, err);
	} else if (engine_past_deadline(e, due)) {
		lapse_fail(&told, LAPSE_EAGAIN,
			"%s; the run's deadline comes before another attempt",
			err->text);
		task_fail(t, &told);
	} else {
		task_rest(t, due);
	}
}

/* ---- Failures without a reply ---- */

static void lost(struct task *t, struct lapse_err *err)
{
	struct lapse_err told = {0};

	lapse_fail(&told, LAPSE_EUNKNOWN, "%s; it may have been carried out",
		err->text);
	task_fail(t, &told);
}

static int code_of(enum fate fate)
{
	if (fate == FATE_GARBAGE || fate == FATE_TOO_BIG)
		return LAPSE_EPROTO;
	return fate == FATE_LOCAL ? LAPSE_ENOMEM : LAPSE_EUNAVAIL;
}

void retry_after_fate(struct task *t, enum fate fate, struct lapse_err *err)
{
	struct lapse_err told = {0};
	bool unsent = fate == FATE_UNSENT || fate == FATE_CERTIFICATE;

	lapse_fail(&told, code_of(fate), "%s: '%s': %s: %s", t->rs->r->name,
		t->op->name, retry_fate_text(fate), err->text);
	if (!unsent && http_request_is_write(&t->req))
		lost(t, &told);
	else if (fate == FATE_CERTIFICATE || fate == FATE_TOO_BIG ||
		fate == FATE_LOCAL)
		task_fail(t, &told);
	else
		again(t, retry_wait_ms(t->rs->e, t->attempts, -1), &told);
}

void retry_after_broken(struct task *t, struct lapse_err *err)
{
	if (http_request_is_write(&t->req))
		lost(t, err);
	else
		again(t, retry_wait_ms(t->rs->e, t->attempts, -1), err);
}

/* ---- Replies that are not what was asked for ---- */

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text);
	size_t m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_json(const char *type)
{
	return strcmp(type, "application/json") == 0 ||
		ends_with(type, "+json");
}

static bool is_html(const char *type)
{
	return strcmp(type, "text/html") == 0 ||
		strcmp(type, "application/xhtml+xml") == 0;
}

int retry_check_kind(const struct remote *r, const char *what,
	const struct http_request *req, const struct http_response *res,
	struct lapse_err *err)
{
	bool success = res->status >= 200 && res->status < 300;

	if (is_html(res->media_type))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': a web page instead of an answer (%d); "
			"a proxy or a sign-in page is in the way", r->name,
			what, res->status);
	if (!success || req->want != HTTP_WANT_JSON)
		return 0;
	if (res->body.len == 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': an empty answer (%d)", r->name, what,
			res->status);
	if (!is_json(res->media_type))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the answer is not JSON (%d)", r->name,
			what, res->status);
	return 0;
}

/* ---- Replies that a service judges ---- */

/* Okta: a limit of 0 with nothing left means too many requests at once. */
static bool is_crowd(const struct http_response *res)
{
	return res->limit == 0 && res->remaining == 0;
}

static void busy(struct task *t, const struct http_response *res,
	int64_t wait_s, struct lapse_err *err)
{
	struct remote_state *rs = t->rs;
	int64_t ms = retry_wait_ms(rs->e, t->attempts, wait_s);

	if (is_crowd(res)) {
		ms = retry_random(rs->e, CROWD_FROM_MS, CROWD_TO_MS);
		if (rs->parallel > 1)
			rs->parallel /= 2;
	} else if (wait_s >= 0) {
		t->bucket->paused_ms = engine_ticks(rs->e) + ms;
	}
	again(t, ms, err);
}

static void denied(struct task *t, enum engine_denial where,
	struct lapse_err *err)
{
	struct remote_state *rs = t->rs;

	err->code = LAPSE_EAUTH;
	rs->denied = *err;
	rs->denial = where;
	task_fail(t, err);
	remote_deny(rs, where, &rs->denied);
}

static void renew(struct task *t, struct flight *f, struct lapse_err *err)
{
	struct remote_state *rs = t->rs;

	/* another request found out first; this one was sent with the old */
	if (f->credential != rs->credential) {
		task_queue(t);
		return;
	}
	if (rs->r->auth == NULL || t->renewed ||
		!auth_rejected(rs->r->auth, &f->res)) {
		denied(t, ENGINE_REJECTED, err);
		return;
	}
	rs->credential++;
	t->renewed = true;
	task_queue(t);
}

static int default_code(enum verdict v)
{
	static const int codes[] = {
		[REPLY_RENEW_TOKEN] = LAPSE_EAUTH,
		[REPLY_AGAIN_AFTER] = LAPSE_EAGAIN,
		[REPLY_UNCERTAIN] = LAPSE_EUNAVAIL,
		[REPLY_REFUSED] = LAPSE_EREFUSED,
		[REPLY_DENIED] = LAPSE_EAUTH,
		[REPLY_BROKEN] = LAPSE_EPROTO,
	};

	return codes[v];
}

static enum verdict classify(struct task *t, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err)
{
	const struct remote *r = t->rs->r;
	enum verdict v;

	*err = (struct lapse_err){0};
	if (r->service != NULL && r->service->classify != NULL)
		v = r->service->classify(r, &t->req, res, ret_wait_s, err);
	else
		v = remote_classify(r, &t->req, res, ret_wait_s, err);
	if (v != REPLY_OK && err->code >= 0)
		lapse_fail(err, default_code(v), "%s: '%s': status %d",
			r->name, t->op->name, res->status);
	return v;
}

void retry_after_reply(struct task *t, struct flight *f,
	struct lapse_err *err)
{
	int64_t wait_s = -1;
	bool write = http_request_is_write(&t->req);

	switch (classify(t, &f->res, &wait_s, err)) {
	case REPLY_OK:
		task_step(t, f);
		return;
	case REPLY_RENEW_TOKEN:
		renew(t, f, err);
		return;
	case REPLY_AGAIN_AFTER:
		busy(t, &f->res, wait_s, err);
		return;
	case REPLY_UNCERTAIN:
		if (write)
			lost(t, err);
		else
			again(t, retry_wait_ms(t->rs->e, t->attempts, wait_s),
				err);
		return;
	case REPLY_DENIED:
		denied(t, ENGINE_BARRED, err);
		return;
	case REPLY_BROKEN:
		if (write)
			lost(t, err);
		else
			task_fail(t, err);
		return;
	case REPLY_REFUSED:
		break;
	}
	task_fail(t, err);
}
