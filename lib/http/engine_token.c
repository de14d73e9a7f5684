/* The access token of a remote: fetched once, before the requests that need
 * it, over a handle of its own, since it mostly lives at another origin. */
#include "engine_private.h"

#include <stdlib.h>

enum {
	ROUNDS = 4,		/* nonce, next secret, clock: one each */
	CLOCK_OFF_S = 60,
};

void token_clear(struct token *t)
{
	flight_free(t->flight);
	buf_wipe(&t->req.body);
	http_request_clear(&t->req);
	buf_clear(&t->url);
	buf_wipe(&t->headers);
	*t = (struct token){0};
}

/* For good where the credential is at fault, else for those that wait now. */
static void token_fail(struct remote_state *rs, struct lapse_err *err)
{
	bool for_good = err->code == LAPSE_EAUTH ||
		err->code == LAPSE_ECONFIG;

	lapse_prefix(err, "%s", rs->r->name);
	rs->token.state = TOKEN_IDLE;
	rs->token.attempts = 0;
	rs->token.rounds = 0;
	if (for_good)
		remote_deny(rs, ENGINE_NO_TOKEN, err);
	else
		remote_fail_waiting(rs, err);
}

static int token_flight(struct remote_state *rs, struct lapse_err *err)
{
	struct token *t = &rs->token;
	struct url u;
	int rc;

	if (!url_parse(&u, buf_text(&t->url)) ||
		(!u.tls && !url_is_loopback(&u)))
		return lapse_fail(err, LAPSE_ECONFIG,
			"token url: '%s': must be https",
			buf_text(&t->url));
	if (t->flight != NULL)
		return 0;
	rc = flight_open(&t->flight, rs->e->wire, u.tls, rs->r->proxy,
		rs->r->ca_file, err);
	if (rc == 0)
		t->flight->rs = rs;
	return rc;
}

static int token_send(struct remote_state *rs, struct lapse_err *err)
{
	struct token *t = &rs->token;
	int64_t now = engine_now(rs->e);
	int rc;

	buf_wipe(&t->req.body);
	t->req.method = HTTP_POST;
	t->req.safe = true;
	t->req.content_type = "application/x-www-form-urlencoded";
	t->clock_known = engine_server_now(rs->e, NULL) != WHEN_NONE;
	rc = auth_token_request(rs->r->auth, now, &t->url, &t->req.body,
		&t->headers, err);
	if (rc == 0)
		rc = token_flight(rs, err);
	if (rc == 0)
		rc = flight_start(t->flight, &t->req, t->url.data, &t->headers,
			err);
	return rc;
}

static void token_start(struct remote_state *rs)
{
	struct lapse_err err = {0};

	rs->token.attempts++;
	if (token_send(rs, &err) < 0) {
		token_fail(rs, &err);
		return;
	}
	rs->token.state = TOKEN_FLYING;
	rs->e->requests++;
}

bool token_ready(struct remote_state *rs)
{
	struct auth *a = rs->r->auth;

	if (a == NULL || !auth_wants_token(a, engine_now(rs->e)))
		return true;
	if (rs->token.state == TOKEN_IDLE)
		token_start(rs);
	return false;
}

void token_wake(struct remote_state *rs, int64_t now_ms)
{
	if (rs->token.state == TOKEN_RESTING && rs->token.due_ms <= now_ms)
		token_start(rs);
}

static void token_again(struct remote_state *rs, int64_t wait_s,
	struct lapse_err *err)
{
	struct token *t = &rs->token;
	int64_t due = engine_ticks(rs->e) +
		retry_wait_ms(rs->e, t->attempts, wait_s);

	if (t->attempts >= ATTEMPTS) {
		token_fail(rs, err);
	} else if (engine_past_deadline(rs->e, due)) {
		err->code = LAPSE_EAGAIN;
		token_fail(rs, err);
	} else {
		t->state = TOKEN_RESTING;
		t->due_ms = due;
	}
}

/* The first assertion of a run is dated by the local clock. Where that is what
 * the server did not like, its own Date mends it. */
static bool clock_was_off(const struct remote_state *rs)
{
	int64_t offset = 0;

	if (rs->token.clock_known ||
		engine_server_now(rs->e, &offset) == WHEN_NONE)
		return false;
	return offset > CLOCK_OFF_S || offset < -CLOCK_OFF_S;
}

static void token_answer(struct remote_state *rs,
	const struct http_response *res)
{
	struct token *t = &rs->token;
	struct lapse_err err = {0};
	int rc = auth_token_reply(rs->r->auth, engine_now(rs->e), res, &err);

	if (rc == 0) {
		t->attempts = 0;
		t->rounds = 0;
		return;
	}
	if (rc < 0 && !(rc == LAPSE_EAUTH && clock_was_off(rs))) {
		token_fail(rs, &err);
	} else if (++t->rounds >= ROUNDS) {
		lapse_fail(&err, LAPSE_EAUTH,
			"token: asked for another attempt again and again");
		token_fail(rs, &err);
	} else {
		t->attempts = 0;
		token_start(rs);
	}
}

static void token_judge(struct remote_state *rs,
	const struct http_response *res)
{
	const struct token *t = &rs->token;
	struct lapse_err err = {0};
	int status = res->status;

	if (status == 429 || status >= 500) {
		lapse_fail(&err, LAPSE_EUNAVAIL,
			"token: the service is busy or fails (%d)", status);
		token_again(rs, res->retry_after_s, &err);
	} else if (status == 404) {
		lapse_fail(&err, LAPSE_EPROTO,
			"token: nothing gives tokens at '%s' (404); check url",
			buf_text(&t->url));
		token_fail(rs, &err);
	} else if (status < 200 || (status >= 300 && status < 400)) {
		lapse_fail(&err, LAPSE_EPROTO,
			"token: unexpected status %d; check the token url",
			status);
		token_fail(rs, &err);
	} else if (status < 300 && retry_check_kind(rs->r, "token",
			&rs->token.req, res, &err) < 0) {
		token_again(rs, -1, &err);
	} else {
		token_answer(rs, res);
	}
}

/* Neither the assertion nor the token is shown. */
static void token_trace(const struct remote_state *rs,
	const struct http_response *res, const char *failure)
{
	struct http_response shown = *res;
	struct http_request req = {
		.method = HTTP_POST,
		.target = rs->token.url,
		.content_type = rs->token.req.content_type,
		.safe = true,
	};

	shown.body = (struct buf){0};
	engine_trace(rs->e, rs->r, &req, &shown, failure);
}

void token_landed(struct remote_state *rs, struct flight *f, enum fate fate,
	struct lapse_err *err)
{
	struct lapse_err told = {0};
	bool whole = fate == FATE_REPLY;

	rs->token.state = TOKEN_IDLE;
	buf_wipe(&rs->token.req.body);
	engine_note_date(rs->e, f);
	token_trace(rs, &f->res, whole ? NULL : retry_fate_text(fate));
	if (whole) {
		token_judge(rs, &f->res);
	} else {
		lapse_fail(&told, fate == FATE_GARBAGE || fate == FATE_TOO_BIG
				? LAPSE_EPROTO
				: LAPSE_EUNAVAIL,
			"token: %s: %s", retry_fate_text(fate), err->text);
		if (fate == FATE_CERTIFICATE || fate == FATE_LOCAL)
			token_fail(rs, &told);
		else
			token_again(rs, -1, &told);
	}
}
