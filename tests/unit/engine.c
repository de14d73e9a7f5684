/* The engine against a server that answers well, badly and not at all. The
 * clock is a number: waits take no time, and are checked. */
#include "unit.h"

#include <time.h>

#include "engine.h"
#include "secret.h"
#include "server.h"

enum {
	START = 1795428000,	/* 2026-11-23T10:00:00Z */
};

#define DATE "Date: Mon, 23 Nov 2026 10:00:00 GMT\r\n"
#define JSON "Content-Type: application/json\r\n"

/* ---- A world to run in ---- */

static struct {
	int64_t ms;
	int64_t waits[32];
	int n_waits;
	bool real;		/* ticks by the real clock */
	uint32_t random;
} world;

static int64_t fake_now(void *arg)
{
	(void)arg;
	return START + world.ms / 1000;
}

static int64_t fake_ticks(void *arg)
{
	struct timespec at;

	(void)arg;
	if (!world.real)
		return world.ms;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static void fake_sleep(void *arg, int64_t ms)
{
	(void)arg;
	if (world.n_waits < (int)COUNT(world.waits))
		world.waits[world.n_waits++] = ms;
	world.ms += ms;
	if (world.real)
		usleep((useconds_t)(ms * 1000));
}

static int fake_random(void *arg, void *bytes, size_t len)
{
	unsigned char *p = bytes;

	(void)arg;
	for (size_t i = 0; i < len; i++) {
		world.random = world.random * 1664525U + 1013904223U;
		p[i] = (unsigned char)(world.random >> 24);
	}
	return 0;
}

static const char *fake_getenv(const char *name)
{
	if (strcmp(name, "TOKEN") == 0)
		return "CANARY-token";
	return strcmp(name, "NEXT") == 0 ? "CANARY-next" : NULL;
}

static const struct lapse_env env = {
	.now = fake_now,
	.ticks_ms = fake_ticks,
	.sleep_ms = fake_sleep,
	.random = fake_random,
	.getenv = fake_getenv,
};

/* One server, one engine, one remote with a static token. */
struct rig {
	struct server server;
	struct engine *e;
	struct remote r;
	struct service service;
	char trace[16384];
};

static void on_trace(void *arg, const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const char *failure)
{
	struct rig *rig = arg;
	size_t at = strlen(rig->trace);

	snprintf(rig->trace + at, sizeof(rig->trace) - at,
		"%s %s %s %d %s %.99s %s\n", r->name,
		http_method_name(req->method), buf_text(&req->target),
		res->status, buf_text(&req->body), buf_text(&res->body),
		failure != NULL ? failure : "");
}

static void rig_auth(struct rig *rig, const struct auth_config *config)
{
	struct lapse_err err = {0};

	auth_free(rig->r.auth);
	rig->r.auth = NULL;
	assert_ok(auth_open(&rig->r.auth, config, &env, &err));
}

static void rig_open(struct rig *rig, server_answer *answer, void *arg,
	int64_t deadline_s)
{
	struct engine_config config = {
		.env = &env,
		.deadline_s = deadline_s,
		.timeout_s = 2,
		.trace = on_trace,
		.trace_arg = rig,
	};
	struct auth_config token = {
		.scheme = AUTH_HEADER,
		.prefix = "SSWS",
		.secret = "env:TOKEN",
	};
	struct lapse_err err = {0};

	memset(&world, 0, sizeof(world));
	memset(rig, 0, sizeof(*rig));
	server_start(&rig->server, answer, arg);
	rig->r.name = "okta";
	rig->r.base = rig->server.base;
	rig->r.service = &rig->service;
	rig_auth(rig, &token);
	assert_ok(engine_open(&rig->e, &config, &err));
	assert_ok(engine_remote_open(rig->e, &rig->r, &err));
}

static void rig_close(struct rig *rig)
{
	assert_has_not(rig->trace, "CANARY");
	engine_remote_close(rig->e, &rig->r);
	engine_free(rig->e);
	auth_free(rig->r.auth);
	server_stop(&rig->server);
	secret_forget_all();
}

/* ---- Operations ---- */

static int take_status(struct op *op, const struct http_response *last)
{
	op->seen = last->body.len;
	op->at = last->status;
	return OP_DONE;
}

static int step_get(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	if (last == NULL)
		return op_send(ret, err, HTTP_GET, "/users/{}", op->user,
			NULL);
	return take_status(op, last);
}

static int step_add(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	if (last != NULL)
		return take_status(op, last);
	ret->want = HTTP_WANT_NOTHING;
	ret->expect[0] = 404;
	return op_send(ret, err, HTTP_PUT, "/groups/g/users/{}", op->user,
		NULL);
}

static int step_list(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	if (last == NULL)
		return op_send(ret, err, HTTP_GET, "/users?limit=2", NULL);
	if (op->sink != NULL && op->sink(op->arg, &last->body, err) < 0)
		return err->code;
	return op_next_link(op, last, ret, err);
}

static int step_post(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	struct buf body = {0};

	(void)r;
	if (last != NULL)
		return take_status(op, last);
	buf_str(&body, op->body);
	op_body(ret, &body);
	ret->safe = op->public;
	ret->headers[0] = "X-Atlassian-Token: no-check";
	return op_send(ret, err, HTTP_POST, "/search", NULL);
}

/* A write, and then a read to confirm it. */
static int step_add_and_read(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	if (last == NULL)
		return step_add(r, op, last, ret, err);
	if (op->stage++ > 0)
		return take_status(op, last);
	return op_send(ret, err, HTTP_GET, "/users/{}", op->user, NULL);
}

static struct op get = {.step = step_get, .name = "get", .user = "u1"};
static struct op add = {.step = step_add, .name = "add", .user = "u1"};

static int call(struct rig *rig, const struct op *what, struct lapse_err *err)
{
	struct op op = *what;
	int rc;

	*err = (struct lapse_err){0};
	rc = engine_call(rig->e, &rig->r, &op, err);
	op_clear(&op);
	return rc;
}

/* ---- Answers ---- */

/* arg: what to write, whatever is asked. Then the connection is closed. */
static bool say(struct server *s, int fd, int n, const char *request)
{
	(void)n;
	(void)request;
	server_say(fd, s->arg);
	return false;
}

/* Does the reply end where its head says? Else the connection is closed. */
static bool is_whole(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");

	if (strstr(text, " 204 ") != NULL)
		return true;
	return end != NULL && strstr(text, "Content-Length") != NULL &&
		strlen(end + 4) == server_body_length(text);
}

/* arg: an array of texts, one a request; the last again and again. NULL:
 * nothing at all, and the end of the connection. */
static bool script(struct server *s, int fd, int n, const char *request)
{
	const char *const *texts = s->arg;
	int last = 0;

	(void)request;
	while (strcmp(texts[last] != NULL ? texts[last] : "", "end") != 0)
		last++;
	n = n < last ? n : last - 1;
	if (texts[n] == NULL)
		return false;
	server_say(fd, texts[n]);
	return is_whole(texts[n]);
}

#define OK "HTTP/1.1 200 OK\r\n" DATE JSON "Content-Length: 2\r\n\r\n{}"
#define NO_CONTENT "HTTP/1.1 204 No Content\r\n" DATE "\r\n"
#define FAILS "HTTP/1.1 500 X\r\n" DATE JSON "Content-Length: 2\r\n\r\n{}"

static void expect_call(const char *const *texts, const struct op *op, int rc,
	int requests)
{
	struct lapse_err err;
	struct rig rig;
	int got;

	rig_open(&rig, script, (void *)(uintptr_t)texts, 0);
	got = call(&rig, op, &err);
	if (got != rc)
		fail_msg("%s: %d (%s), not %d, after '%.40s'", op->name, got,
			err.text, rc, texts[0] != NULL ? texts[0] : "nothing");
	assert_int_equal(server_count(&rig.server), requests);
	assert_int_equal(engine_requests(rig.e), requests);
	if (rc < 0)
		assert_has(err.text, "okta: '");
	assert_has_not(err.text, "\n");
	rig_close(&rig);
}

#define EXPECT(op, rc, requests, ...)                                          \
	expect_call((const char *const[]){__VA_ARGS__, "end"}, &(op), (rc),    \
		(requests))

/* ---- Tests ---- */

static void moves_one_operation(void **state)
{
	const char *texts[] = {OK, "end"};
	struct lapse_err err = {0};
	struct op op = get;
	int64_t offset = 99;
	struct rig rig;
	const char *seen;

	(void)state;
	rig_open(&rig, script, texts, 0);
	assert_true(engine_server_now(rig.e, &offset) == WHEN_NONE);
	world.ms = 7000;
	assert_ok(engine_call(rig.e, &rig.r, &op, &err));
	assert_int_equal(op.at, 200);
	assert_int_equal(op.seen, 2);
	assert_int_equal(op.date, START);
	assert_int_equal(op.sent_date, START);
	assert_int_equal(engine_server_now(rig.e, &offset), START);
	assert_int_equal(offset, -7);
	world.ms += 5000;
	assert_int_equal(engine_server_now(rig.e, NULL), START + 5);
	seen = rig.server.seen[0];
	assert_has(seen, "GET /users/u1 HTTP/1.1\r\n");
	assert_has(seen, "\r\nAuthorization: SSWS CANARY-token\r\n");
	assert_has(seen, "\r\nAccept: application/json\r\n");
	assert_has(seen, "\r\nUser-Agent: lapse/" LAPSE_VERSION "\r\n");
	assert_has(seen, "\r\nAccept-Encoding: gzip\r\n");
	assert_has_not(seen, "Content-Type");
	assert_has_not(seen, "Expect");
	assert_has(rig.trace, "okta GET /users/u1 200");
	op_clear(&op);
	rig_close(&rig);
}

static void sends_bodies_and_their_absence(void **state)
{
	const char *texts[] = {NO_CONTENT, OK, "end"};
	struct op post = {.step = step_post, .name = "search",
		.body = "{\"jql\":\"x\"}"};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, script, texts, 0);
	assert_ok(call(&rig, &add, &err));
	assert_has(rig.server.seen[0], "PUT /groups/g/users/u1 HTTP/1.1");
	assert_has(rig.server.seen[0], "\r\nContent-Length: 0\r\n");
	assert_has_not(rig.server.seen[0], "Content-Type");
	assert_ok(call(&rig, &post, &err));
	assert_has(rig.server.seen[1], "POST /search HTTP/1.1");
	assert_has(rig.server.seen[1], "\r\nContent-Length: 11\r\n");
	assert_has(rig.server.seen[1],
		"\r\nContent-Type: application/json\r\n");
	assert_has(rig.server.seen[1], "\r\nX-Atlassian-Token: no-check\r\n");
	assert_has(rig.server.seen[1], "\r\n\r\n{\"jql\":\"x\"}");
	rig_close(&rig);
}

static void repeats_reads_with_backoff(void **state)
{
	const char *texts[] = {FAILS, "end"};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, script, texts, 0);
	assert_int_equal(call(&rig, &get, &err), LAPSE_EUNAVAIL);
	assert_int_equal(server_count(&rig.server), 4);
	assert_int_equal(world.n_waits, 3);
	for (int i = 0; i < 3; i++)
		assert_in_range(world.waits[i], 700 << i, 1300 << i);
	rig_close(&rig);
	EXPECT(get, 0, 3, NULL, FAILS, OK);
}

/* What may have been carried out is never sent a second time. */
static void never_repeats_a_doubtful_write(void **state)
{
	(void)state;
	EXPECT(add, LAPSE_EUNKNOWN, 1, FAILS);
	EXPECT(add, LAPSE_EUNKNOWN, 1, NULL);
	EXPECT(add, LAPSE_EUNKNOWN, 1, "HTTP/1.1 200 OK\r\nContent-Le");
	EXPECT(add, LAPSE_EUNKNOWN, 1, "SSH-2.0-OpenSSH\r\n");
	EXPECT(add, LAPSE_EUNKNOWN, 1,
		"HTTP/1.1 200 OK\r\n" JSON "Content-Length: 9\r\n\r\n{}");
	EXPECT(add, LAPSE_EUNKNOWN, 1,
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
		"Content-Length: 6\r\n\r\n<html>");
	EXPECT(add, LAPSE_EUNKNOWN, 1,
		"HTTP/1.1 303 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
	EXPECT(add, LAPSE_EREFUSED, 1,
		"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n");
	EXPECT(add, LAPSE_ENOTFOUND, 1,
		"HTTP/1.1 410 X\r\nContent-Length: 0\r\n\r\n");
	EXPECT(add, 0, 1, "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n");
}

/* A safe POST is repeated like a read, another is not. */
static void repeats_a_safe_post(void **state)
{
	struct op post = {.step = step_post, .name = "post", .body = "{}"};

	(void)state;
	EXPECT(post, LAPSE_EUNKNOWN, 1, FAILS);
	post.public = true;
	EXPECT(post, 0, 2, FAILS, OK);
}

/* curl itself would send it again over a fresh connection. */
static void never_repeats_over_a_dead_connection(void **state)
{
	const char *texts[] = {NO_CONTENT, NULL, NO_CONTENT, "end"};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, script, texts, 0);
	assert_ok(call(&rig, &add, &err));
	assert_int_equal(call(&rig, &add, &err), LAPSE_EUNKNOWN);
	assert_int_equal(server_count(&rig.server), 2);
	rig_close(&rig);
}

static void repeats_what_was_never_sent(void **state)
{
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, say, "", 0);
	server_stop(&rig.server);
	assert_int_equal(call(&rig, &add, &err), LAPSE_EUNAVAIL);
	assert_has(err.text, "cannot be reached");
	assert_int_equal(world.n_waits, 3);
	server_start(&rig.server, say, "");
	rig_close(&rig);
}

/* An empty list is never what these mean. */
static void refuses_answers_of_another_kind(void **state)
{
	(void)state;
	EXPECT(get, LAPSE_EPROTO, 4,
		"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
		"Content-Length: 6\r\n\r\n<html>");
	EXPECT(get, LAPSE_EPROTO, 4,
		"HTTP/1.1 200 OK\r\n" JSON "Content-Length: 0\r\n\r\n");
	EXPECT(get, LAPSE_EPROTO, 4, NO_CONTENT);
	EXPECT(get, LAPSE_EPROTO, 4,
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		"Content-Length: 2\r\n\r\n[]");
	EXPECT(get, LAPSE_EPROTO, 4,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
	EXPECT(get, LAPSE_EPROTO, 1,
		"HTTP/1.1 302 X\r\nLocation: https://sso.example/\r\n"
		"Content-Length: 0\r\n\r\n");
	EXPECT(get, LAPSE_EUNAVAIL, 4,
		"HTTP/1.1 200 OK\r\n" JSON "Content-Length: 9\r\n\r\n[]");
	EXPECT(get, LAPSE_EUNAVAIL, 4, "HTTP/1.1 200 OK\r\n" JSON
		"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n");
	EXPECT(get, LAPSE_EPROTO, 4, "SSH-2.0-OpenSSH\r\n");
	EXPECT(get, LAPSE_EPROTO, 4,
		"HTTP/1.1 200 OK\r\n" JSON
		"Link: </users?after=1>; rel=next\r\n"
		"Content-Length: 2\r\n\r\n[]");
	EXPECT(get, 0, 2, "HTTP/1.1 200 OK\r\n" JSON
		"Content-Length: 0\r\n\r\n", OK);
	EXPECT(get, 0, 1, "HTTP/1.1 200 OK\r\nContent-Type: "
		"application/problem+json\r\nContent-Length: 2\r\n\r\n{}");
}

/* A gateway's 404 page does not say that the user is gone. */
static void refuses_an_expected_page(void **state)
{
	(void)state;
	EXPECT(add, LAPSE_EUNKNOWN, 1,
		"HTTP/1.1 404 X\r\nContent-Type: text/html\r\n"
		"Content-Length: 6\r\n\r\n<html>");
}

static void honours_retry_after(void **state)
{
	static const struct {
		const char *header;
		int64_t from;
		int64_t to;
	} cases[] = {
		{"Retry-After: 7\r\n", 7000, 7000},
		{"Retry-After: 0\r\n", 1000, 1000},
		{"Retry-After: -1\r\n", 700, 1300},
		{"Retry-After: 86400\r\n", 120000, 120000},
		{"Retry-After: Mon, 23 Nov 2026 10:00:42 GMT\r\n", 42000,
			42000},
		{"Retry-After: Mon, 23 Nov 2099 10:00:42 GMT\r\n", 120000,
			120000},
		{"X-Rate-Limit-Limit: 600\r\nX-Rate-Limit-Remaining: 0\r\n"
		 "X-Rate-Limit-Reset: 1795428030\r\n", 31000, 31000},
		{"X-Rate-Limit-Limit: 0\r\nX-Rate-Limit-Remaining: 0\r\n"
		 "X-Rate-Limit-Reset: 1795428030\r\n", 1000, 5000},
		{"", 700, 1300},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *texts[] = {NULL, NO_CONTENT, "end"};
		struct lapse_err err;
		struct rig rig;
		char busy[512];

		snprintf(busy, sizeof(busy), "HTTP/1.1 429 X\r\n" DATE
			"%sContent-Length: 0\r\n\r\n", cases[i].header);
		texts[0] = busy;
		rig_open(&rig, script, texts, 0);
		assert_ok(call(&rig, &add, &err));
		assert_int_equal(server_count(&rig.server), 2);
		assert_int_equal(world.n_waits, 1);
		assert_in_range(world.waits[0], cases[i].from, cases[i].to);
		rig_close(&rig);
	}
}

static void gives_up_on_a_busy_service(void **state)
{
	(void)state;
	EXPECT(add, LAPSE_EAGAIN, 4, "HTTP/1.1 429 X\r\n" DATE
		"Retry-After: 3\r\nContent-Length: 0\r\n\r\n");
}

static void never_waits_beyond_the_deadline(void **state)
{
	const char *texts[] = {"HTTP/1.1 429 X\r\n" DATE
		"Retry-After: 30\r\nContent-Length: 0\r\n\r\n", "end"};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, script, texts, 20);
	assert_int_equal(call(&rig, &add, &err), LAPSE_EAGAIN);
	assert_has(err.text, "deadline");
	assert_int_equal(server_count(&rig.server), 1);
	assert_int_equal(world.ms, 0);
	/* the pause holds for its kind of operation, and for that alone */
	assert_int_equal(call(&rig, &add, &err), LAPSE_EAGAIN);
	assert_int_equal(server_count(&rig.server), 1);
	assert_int_equal(call(&rig, &get, &err), LAPSE_EAGAIN);
	assert_int_equal(server_count(&rig.server), 2);
	rig_close(&rig);
}

static void follows_no_redirect(void **state)
{
	struct server other;
	struct lapse_err err;
	struct rig rig;
	char text[256];

	(void)state;
	server_start(&other, say, OK);
	snprintf(text, sizeof(text), "HTTP/1.1 307 X\r\nLocation: %s/x\r\n"
		"Content-Length: 0\r\n\r\n", other.base);
	rig_open(&rig, say, text, 0);
	assert_int_equal(call(&rig, &get, &err), LAPSE_EPROTO);
	assert_has(err.text, "redirected to 127.0.0.1");
	assert_int_equal(server_count(&rig.server), 1);
	assert_int_equal(server_count(&other), 0);
	rig_close(&rig);
	server_stop(&other);
}

static void follows_no_foreign_link(void **state)
{
	const struct op list = {.step = step_list, .name = "list"};
	const struct op ahead = {.step = step_list, .name = "list",
		.prefetch = true};
	struct server other;
	struct lapse_err err;
	struct rig rig;
	char text[256];

	(void)state;
	server_start(&other, say, OK);
	snprintf(text, sizeof(text), "HTTP/1.1 200 X\r\n" JSON
		"Link: <%s/users?x>; rel=next\r\nContent-Length: 2\r\n\r\n[]",
		other.base);
	rig_open(&rig, say, text, 0);
	assert_int_equal(call(&rig, &list, &err), LAPSE_EPROTO);
	assert_has(err.text, "leads away");
	assert_int_equal(call(&rig, &ahead, &err), LAPSE_EPROTO);
	assert_int_equal(server_count(&rig.server), 2);
	assert_int_equal(server_count(&other), 0);
	assert_int_equal(other.n_workers, 0);
	rig_close(&rig);
	server_stop(&other);
}

static int step_other(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	if (last != NULL && last->next == NULL)
		return take_status(op, last);
	ret->other_base = true;
	return last == NULL ? op_send(ret, err, HTTP_GET, "/groups", NULL)
			    : op_next_link(op, last, ret, err);
}

/* A service may live at two origins: what a request says it is for goes there
 * and a link leads from neither to the other. */
static void knows_a_second_base(void **state)
{
	const struct op list = {.step = step_other, .name = "list"};
	struct op op = list;
	struct server other;
	struct lapse_err err;
	struct rig rig;
	struct remote two;
	char text[256] = OK;

	(void)state;
	server_start(&other, say, text);
	rig_open(&rig, say, OK, 0);
	two = (struct remote){.name = "two", .base = rig.server.base,
		.other_base = other.base, .service = &rig.service,
		.auth = rig.r.auth};
	assert_int_equal(call(&rig, &list, &err), LAPSE_EINTERNAL);
	assert_has(err.text, "no second base");
	assert_ok(engine_remote_open(rig.e, &two, &err));
	assert_ok(engine_call(rig.e, &two, &op, &err));
	assert_int_equal(server_count(&other), 1);
	assert_int_equal(server_count(&rig.server), 0);
	snprintf(text, sizeof(text), "HTTP/1.1 200 X\r\n" JSON
		"Link: <%s/groups?2>; rel=next\r\nContent-Length: 2\r\n"
		"\r\n[]", rig.server.base);
	assert_int_equal(engine_call(rig.e, &two, &op, &err), LAPSE_EPROTO);
	assert_has(err.text, "leads away");
	op_clear(&op);
	assert_int_equal(server_count(&rig.server), 0);
	engine_remote_close(rig.e, &two);
	two.other_base = "https://other.example";
	assert_int_equal(engine_remote_open(rig.e, &two, &err), LAPSE_ECONFIG);
	two.other_base = "http://other.example";
	assert_int_equal(engine_remote_open(rig.e, &two, &err), LAPSE_ECONFIG);
	rig_close(&rig);
	server_stop(&other);
}

/* Proxies of the environment are not for us. */
static void reads_no_proxy_variables(void **state)
{
	const char *texts[] = {OK, "end"};
	struct server other;
	struct lapse_err err;
	struct rig rig;

	(void)state;
	server_start(&other, say, OK);
	setenv("http_proxy", other.base, 1);
	setenv("ALL_PROXY", other.base, 1);
	setenv("SSLKEYLOGFILE", "/nonexistent/keys", 1);
	rig_open(&rig, script, texts, 0);
	assert_null(getenv("SSLKEYLOGFILE"));
	assert_ok(call(&rig, &get, &err));
	assert_int_equal(server_count(&rig.server), 1);
	assert_int_equal(server_count(&other), 0);
	rig_close(&rig);
	server_stop(&other);
}

static bool endless_body(struct server *s, int fd, int n, const char *request)
{
	static char chunk[65537];

	(void)s;
	(void)n;
	(void)request;
	memset(chunk, ' ', sizeof(chunk) - 1);
	server_say(fd, "HTTP/1.1 200 OK\r\n" JSON "\r\n");
	for (int i = 0; i < (HTTP_BODY_MAX >> 16) + 64; i++)
		server_say(fd, chunk);
	return false;
}

static bool endless_headers(struct server *s, int fd, int n,
	const char *request)
{
	(void)s;
	(void)n;
	(void)request;
	server_say(fd, "HTTP/1.1 200 OK\r\n" JSON);
	for (int i = 0; i < 2000; i++)
		server_say(fd, "X-More: yes\r\n");
	server_say(fd, "Content-Length: 2\r\n\r\n{}");
	return false;
}

/* Deflate, fixed codes: one zero byte, then "258 times what came last" as
 * often as it takes. 18 MiB in some 120 kB. */
static bool bomb(struct server *s, int fd, int n, const char *request)
{
	static const unsigned char head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0,
		3};
	static unsigned char bytes[130000];
	const char *bits = "110" "00110000";
	size_t at = 0;

	(void)s;
	(void)n;
	(void)request;
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, head, sizeof(head));
	for (int i = 0; i < 73000; i++) {
		for (const char *p = bits; *p != '\0'; p++, at++) {
			if (*p == '1')
				bytes[10 + at / 8] |=
					(unsigned char)(1 << at % 8);
		}
		bits = "11000101" "00000";
	}
	server_say(fd, "HTTP/1.1 200 OK\r\n" JSON
		"Content-Encoding: gzip\r\nContent-Length: 130000\r\n\r\n");
	(void)!send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
	return false;
}

static void bounds_replies(void **state)
{
	static server_answer *const answers[] = {endless_body, bomb,
		endless_headers};

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct lapse_err err;
		struct rig rig;

		rig_open(&rig, answers[i], NULL, 0);
		assert_int_equal(call(&rig, &get, &err), LAPSE_EPROTO);
		assert_has(err.text, "too large");
		assert_int_equal(server_count(&rig.server), 1);
		assert_int_equal(call(&rig, &add, &err), LAPSE_EUNKNOWN);
		rig_close(&rig);
	}
}

/* ---- Side by side ---- */

struct tally {
	int ok;
	int again;
	int unknown;
	int auth;
	int other;
	char last[512];
};

static void on_done(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct tally *t = arg;

	(void)op;
	if (rc < 0)
		snprintf(t->last, sizeof(t->last), "%s", err->text);
	t->ok += rc == 0;
	t->again += rc == LAPSE_EAGAIN;
	t->unknown += rc == LAPSE_EUNKNOWN;
	t->auth += rc == LAPSE_EAUTH;
	t->other += rc < 0 && rc != LAPSE_EAGAIN && rc != LAPSE_EUNKNOWN &&
		rc != LAPSE_EAUTH;
}

static void add_ops(struct rig *rig, struct op *ops, size_t n, bool observe,
	struct tally *tally)
{
	struct lapse_err err = {0};

	for (size_t i = 0; i < n; i++)
		assert_ok(engine_add(rig->e, &rig->r, &ops[i], observe,
			on_done, tally, &err));
}

static bool slow(struct server *s, int fd, int n, const char *request)
{
	(void)s;
	(void)n;
	usleep(20000);
	if (strncmp(request, "PUT", 3) == 0)
		server_say(fd, NO_CONTENT);
	else
		server_say(fd, OK);
	return true;
}

static void runs_side_by_side(void **state)
{
	struct lapse_err err = {0};
	struct tally tally = {0};
	struct op ops[30];
	struct rig rig;

	(void)state;
	rig_open(&rig, slow, NULL, 0);
	for (size_t i = 0; i < COUNT(ops); i++)
		ops[i] = get;
	add_ops(&rig, ops, COUNT(ops), false, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(tally.ok, 30);
	assert_int_equal(rig.server.busiest, 8);
	assert_int_equal(rig.server.n_workers, 8);
	rig_close(&rig);
}

static void serialises_equal_keys(void **state)
{
	struct lapse_err err = {0};
	struct tally tally = {0};
	struct op ops[6];
	struct rig rig;

	(void)state;
	rig_open(&rig, slow, NULL, 0);
	for (size_t i = 0; i < COUNT(ops); i++) {
		ops[i] = add;
		ops[i].serial = "g1";
		ops[i].user = (const char *[]){"a", "b", "c", "d", "e",
			"f"}[i];
	}
	add_ops(&rig, ops, COUNT(ops), false, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(tally.ok, 6);
	assert_int_equal(rig.server.busiest, 1);
	for (int i = 0; i < 6; i++) {
		char path[64];

		snprintf(path, sizeof(path), "PUT /groups/g/users/%c ",
			'a' + i);
		assert_has(rig.server.seen[i], path);
	}
	for (size_t i = 0; i < COUNT(ops); i++)
		ops[i].serial = i % 2 == 0 ? "g1" : "g2";
	add_ops(&rig, ops, COUNT(ops), false, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(tally.ok, 12);
	assert_int_equal(rig.server.busiest, 2);
	rig_close(&rig);
}

/* What must be done goes before what is only looked at. */
static void puts_observations_last(void **state)
{
	struct lapse_err err = {0};
	struct tally tally = {0};
	struct op looks[4];
	struct op adds[2];
	struct rig rig;

	(void)state;
	rig_open(&rig, slow, NULL, 0);
	engine_remote_close(rig.e, &rig.r);
	rig.service.parallel = 1;
	assert_ok(engine_remote_open(rig.e, &rig.r, &err));
	for (size_t i = 0; i < COUNT(looks); i++)
		looks[i] = get;
	adds[0] = adds[1] = add;
	add_ops(&rig, looks, COUNT(looks), true, &tally);
	add_ops(&rig, adds, COUNT(adds), false, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(tally.ok, 6);
	assert_has(rig.server.seen[0], "PUT ");
	assert_has(rig.server.seen[1], "PUT ");
	assert_has(rig.server.seen[2], "GET ");
	rig_close(&rig);
}

static bool metered(struct server *s, int fd, int n, const char *request)
{
	char headers[256];

	(void)s;
	(void)request;
	snprintf(headers, sizeof(headers), DATE JSON
		"X-Rate-Limit-Limit: 100\r\nX-Rate-Limit-Remaining: %d\r\n"
		"X-Rate-Limit-Reset: 1795428030\r\n", 78 - n);
	return server_reply(fd, 200, headers, "{}");
}

static void observes_within_its_share(void **state)
{
	struct lapse_err err = {0};
	struct tally tally = {0};
	struct op ops[20];
	struct rig rig;

	(void)state;
	rig_open(&rig, metered, NULL, 0);
	engine_remote_close(rig.e, &rig.r);
	rig.service.parallel = 1;
	rig.r.rate_share = 25;
	assert_ok(engine_remote_open(rig.e, &rig.r, &err));
	for (size_t i = 0; i < COUNT(ops); i++)
		ops[i] = get;
	add_ops(&rig, ops, COUNT(ops), true, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(tally.ok, 3);	/* 78, 77, 76: one is left */
	assert_int_equal(tally.again, 17);
	assert_has(tally.last, "rate share used up");
	assert_int_equal(world.n_waits, 0);
	assert_ok(call(&rig, &get, &err));	/* others may use all */
	world.ms = 31000;			/* and then it is reset */
	add_ops(&rig, ops, 1, true, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(tally.ok, 4);
	rig_close(&rig);
}

/* Whoever does not know the rate yet asks once; then what is in the air is
 * counted as taken. */
static void observes_side_by_side_within_its_share(void **state)
{
	struct lapse_err err = {0};
	struct tally tally = {0};
	struct op ops[20];
	struct rig rig;

	(void)state;
	rig_open(&rig, metered, NULL, 0);
	rig.r.rate_share = 25;
	for (size_t i = 0; i < COUNT(ops); i++)
		ops[i] = get;
	add_ops(&rig, ops, COUNT(ops), true, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_in_range(tally.ok, 1, 3);
	assert_int_equal(server_count(&rig.server), tally.ok);
	rig_close(&rig);
}

static bool mute(struct server *s, int fd, int n, const char *request)
{
	char byte;

	(void)s;
	(void)n;
	(void)request;
	(void)!recv(fd, &byte, 1, 0);
	return false;
}

static void ends_at_the_deadline(void **state)
{
	struct lapse_err err = {0};
	struct tally reads = {0};
	struct tally writes = {0};
	struct op gets[4];
	struct op adds[6];
	struct rig rig;

	(void)state;
	rig_open(&rig, mute, NULL, 0);
	engine_remote_close(rig.e, &rig.r);
	engine_free(rig.e);
	world.real = true;
	assert_ok(engine_open(&rig.e, &(struct engine_config){.env = &env,
		.deadline_s = 1}, &err));
	assert_ok(engine_remote_open(rig.e, &rig.r, &err));
	for (size_t i = 0; i < COUNT(gets); i++)
		gets[i] = get;
	for (size_t i = 0; i < COUNT(adds); i++)
		adds[i] = add;
	add_ops(&rig, gets, COUNT(gets), false, &reads);
	add_ops(&rig, adds, COUNT(adds), false, &writes);
	assert_err(engine_run(rig.e, &err), LAPSE_EAGAIN);
	assert_int_equal(reads.again, 4);
	assert_int_equal(writes.unknown, 4);	/* 8 were in flight */
	assert_int_equal(writes.again, 2);
	assert_err(engine_add(rig.e, &rig.r, &gets[0], false, on_done, &reads,
		&err), LAPSE_EAGAIN);
	rig_close(&rig);
}

static void times_out(void **state)
{
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, mute, NULL, 0);
	engine_remote_close(rig.e, &rig.r);
	engine_free(rig.e);
	assert_ok(engine_open(&rig.e, &(struct engine_config){.env = &env,
		.timeout_s = 1}, &err));
	assert_ok(engine_remote_open(rig.e, &rig.r, &err));
	assert_int_equal(call(&rig, &add, &err), LAPSE_EUNKNOWN);
	assert_int_equal(server_count(&rig.server), 1);
	rig_close(&rig);
}

/* The change is done; that the read after it fails does not undo it. */
static void remembers_a_change_that_was_sent(void **state)
{
	const struct op op = {.step = step_add_and_read, .name = "add",
		.user = "u1"};

	(void)state;
	EXPECT(op, LAPSE_EUNKNOWN, 5, NO_CONTENT, FAILS);
	EXPECT(op, LAPSE_ENOTFOUND, 2, NO_CONTENT,
		"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n");
	EXPECT(op, 0, 2, NO_CONTENT, OK);
	EXPECT(op, LAPSE_EUNAVAIL, 5,
		"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n", FAILS);
}

/* ---- Pages ---- */

struct pages {
	struct rig *rig;
	int taken;
	int behind;	/* pages taken before the next was asked for */
};

static int take_page(void *arg, const void *item, struct lapse_err *err)
{
	struct pages *p = arg;
	const struct buf *body = item;
	char want[16];

	(void)err;
	snprintf(want, sizeof(want), "[%d]", p->taken++);
	assert_string_equal(buf_text(body), want);
	for (int i = 0; i < 2000; i++) {
		if (server_count(&p->rig->server) > p->taken || p->taken == 5)
			return 0;
		usleep(500);
	}
	p->behind++;
	return 0;
}

static bool page(struct server *s, int fd, int n, const char *request)
{
	char headers[256];
	char body[16];

	(void)request;
	snprintf(body, sizeof(body), "[%d]", n);
	snprintf(headers, sizeof(headers), JSON
		"Link: <%s/users?after=%d>; rel=\"next\"\r\n", s->base, n);
	return server_reply(fd, 200, n < 4 ? headers : JSON, body);
}

static void asks_ahead(void **state)
{
	struct lapse_err err = {0};
	struct rig rig;
	struct pages pages = {.rig = &rig};
	struct op op = {.step = step_list, .name = "list", .prefetch = true,
		.sink = take_page, .arg = &pages};

	(void)state;
	rig_open(&rig, page, NULL, 0);
	assert_ok(engine_call(rig.e, &rig.r, &op, &err));
	assert_int_equal(pages.taken, 5);
	assert_int_equal(pages.behind, 0);
	assert_int_equal(server_count(&rig.server), 5);
	assert_has(rig.server.seen[4], "GET /users?after=3 HTTP/1.1");
	op_clear(&op);
	rig_close(&rig);
}

/* A second goes by with each page. */
static int wait_page(void *arg, const void *item, struct lapse_err *err)
{
	(void)arg;
	(void)item;
	(void)err;
	world.ms += 1000;
	return 0;
}

static void asks_for_no_page_after_its_time(void **state)
{
	struct lapse_err err = {0};
	struct rig rig;
	struct op op = {.step = step_list, .name = "list",
		.sink = wait_page};

	(void)state;
	rig_open(&rig, page, NULL, 0);
	op.until_ms = world.ms + 2500;
	assert_err(engine_call(rig.e, &rig.r, &op, &err), LAPSE_EAGAIN);
	assert_has(err.text, "used up after 3 pages");
	assert_int_equal(server_count(&rig.server), 3);
	op_clear(&op);
	rig_close(&rig);
}

/* A step that wants something else than the page that was asked for. */
static int step_detour(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return step_list(r, op, last, ret, err);
	if (op->stage++ > 0)
		return take_status(op, last);
	return op_send(ret, err, HTTP_GET, "/elsewhere", NULL);
}

static void may_be_led_elsewhere(void **state)
{
	struct op op = {.step = step_detour, .name = "list", .prefetch = true};
	struct lapse_err err = {0};
	struct rig rig;

	(void)state;
	rig_open(&rig, page, NULL, 0);
	for (int i = 0; i < 20; i++) {
		op.stage = 0;
		assert_ok(engine_call(rig.e, &rig.r, &op, &err));
		assert_int_equal(op.at, 200);
		assert_int_equal(op.stage, 2);
	}
	assert_has(rig.trace, "GET /elsewhere 200");
	assert_has_not(rig.trace, "after=");
	rig_close(&rig);
}

/* What an interim reply says does not count. */
static void ignores_early_hints(void **state)
{
	const char *texts[] = {"HTTP/1.1 103 Early Hints\r\n"
		"X-Request-Id: early\r\n"
		"Link: <https://evil.example/x>; rel=next\r\n\r\n" OK, "end"};
	struct op op = {.step = step_list, .name = "list"};
	struct lapse_err err = {0};
	struct rig rig;

	(void)state;
	rig_open(&rig, script, texts, 0);
	assert_ok(engine_call(rig.e, &rig.r, &op, &err));
	assert_string_equal(op.request_id, "");
	assert_int_equal(server_count(&rig.server), 1);
	rig_close(&rig);
}

static int refuse_page(void *arg, const void *item, struct lapse_err *err)
{
	(void)arg;
	(void)item;
	return lapse_fail(err, LAPSE_EITEM, "sink: no more");
}

static void drops_what_it_asked_for(void **state)
{
	struct op op = {.step = step_list, .name = "list", .prefetch = true,
		.sink = refuse_page};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, page, NULL, 0);
	assert_int_equal(call(&rig, &op, &err), LAPSE_EITEM);
	assert_ok(call(&rig, &get, &err));
	rig_close(&rig);
}

struct view {
	bool open;
	int opened;
	int items;
};

static void turn_view(void *arg, bool begins)
{
	struct view *v = arg;

	assert_int_equal(v->open, !begins);
	v->open = begins;
	v->opened += begins;
}

static int take_in_view(void *arg, const void *item, struct lapse_err *err)
{
	struct view *v = arg;

	(void)item;
	assert_true(v->open);
	return ++v->items == 7 ? lapse_fail(err, LAPSE_EITEM, "sink: no more")
			       : 0;
}

/* Each reply in a view of its own, which ends with the step's failure too. */
static void reads_each_reply_in_a_view(void **state)
{
	struct view v = {0};
	struct op op = {.step = step_list, .name = "list", .prefetch = true,
		.sink = take_in_view, .around = turn_view, .arg = &v};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, page, NULL, 0);
	assert_ok(call(&rig, &op, &err));
	assert_int_equal(v.opened, 5);
	assert_false(v.open);
	rig_close(&rig);
	rig_open(&rig, page, NULL, 0);
	assert_int_equal(call(&rig, &op, &err), LAPSE_EITEM);
	assert_int_equal(v.opened, 7);
	assert_false(v.open);
	rig_close(&rig);
}

/* ---- Credentials ---- */

static void turns_to_the_next_secret(void **state)
{
	const struct auth_config config = {
		.scheme = AUTH_HEADER,
		.prefix = "SSWS",
		.secret = "env:TOKEN",
		.next_secret = "env:NEXT",
	};
	const char *texts[] = {
		"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", OK, "end"};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, script, texts, 0);
	rig_auth(&rig, &config);
	assert_ok(call(&rig, &get, &err));
	assert_has(rig.server.seen[0], "SSWS CANARY-token\r\n");
	assert_has(rig.server.seen[1], "SSWS CANARY-next\r\n");
	rig_close(&rig);
}

static void stops_when_denied(void **state)
{
	const char *texts[] = {
		"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", "end"};
	struct lapse_err err = {0};
	struct tally tally = {0};
	struct op ops[20];
	struct rig rig;

	(void)state;
	rig_open(&rig, script, texts, 0);
	engine_remote_close(rig.e, &rig.r);
	rig.service.parallel = 2;
	assert_ok(engine_remote_open(rig.e, &rig.r, &err));
	for (size_t i = 0; i < COUNT(ops); i++)
		ops[i] = add;
	add_ops(&rig, ops, COUNT(ops), false, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(tally.auth, 20);
	assert_true(server_count(&rig.server) <= 2);
	assert_int_equal(call(&rig, &get, &err), LAPSE_EAUTH);
	assert_true(server_count(&rig.server) <= 2);
	assert_int_equal(engine_remote_denied(&rig.r), ENGINE_REJECTED);
	rig_close(&rig);
}

static enum verdict barred(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err)
{
	(void)r;
	(void)req;
	(void)res;
	(void)ret_wait_s;
	lapse_fail(err, LAPSE_EAUTH, "the API is switched off");
	return REPLY_DENIED;
}

/* 403 for one request leaves the remote open; the service itself may not. */
static void says_where_it_was_denied(void **state)
{
	const char *texts[] = {
		"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n", "end"};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, script, texts, 0);
	assert_int_equal(engine_remote_denied(&rig.r), ENGINE_WELCOME);
	assert_int_equal(call(&rig, &get, &err), LAPSE_EREFUSED);
	assert_int_equal(engine_remote_denied(&rig.r), ENGINE_WELCOME);
	rig.service.classify = barred;
	assert_int_equal(call(&rig, &get, &err), LAPSE_EAUTH);
	assert_int_equal(engine_remote_denied(&rig.r), ENGINE_BARRED);
	rig_close(&rig);
}

static const struct auth_config client = {
	.scheme = AUTH_CLIENT_SECRET,
	.client_id = "0oa1",
	.scope = "users.read",
	.secret = "env:TOKEN",
};

/* /token gives tok0, tok1, ...; arg: how many of them are refused by the rest
 * of the service. */
static bool token_service(struct server *s, int fd, int n, const char *request)
{
	static int given;
	char body[256];
	char good[32];

	if (n == 0)
		given = 0;
	if (strncmp(request, "POST /token ", 12) == 0) {
		usleep(20000);
		snprintf(body, sizeof(body), "{\"access_token\":"
			"\"CANARY-%d\",\"token_type\":\"Bearer\","
			"\"expires_in\":3600,\"scope\":\"users.read\"}",
			given++);
		return server_json(fd, 200, body);
	}
	snprintf(good, sizeof(good), "Bearer CANARY-%d\r\n", *(int *)s->arg);
	if (strstr(request, good) != NULL)
		return server_json(fd, 200, "{}");
	/* some of the refusals come when the next token is there already */
	usleep((useconds_t)(n % 8) * 15000);
	return server_json(fd, 401, "{}");
}

static void open_token_rig(struct rig *rig, server_answer *answer, void *arg)
{
	static char url[128];
	struct auth_config config = client;

	rig_open(rig, answer, arg, 0);
	snprintf(url, sizeof(url), "%s/token", rig->server.base);
	config.token_url = url;
	rig_auth(rig, &config);
}

static int count_seen(struct server *s, const char *part)
{
	int n = 0;

	for (int i = 0; i < s->n_seen; i++)
		n += strstr(s->seen[i], part) != NULL;
	return n;
}

static void fetches_one_token_for_all(void **state)
{
	int first_good = 0;
	struct lapse_err err = {0};
	struct tally tally = {0};
	struct op ops[12];
	struct rig rig;

	(void)state;
	open_token_rig(&rig, token_service, &first_good);
	for (size_t i = 0; i < COUNT(ops); i++)
		ops[i] = get;
	add_ops(&rig, ops, COUNT(ops), false, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(tally.ok, 12);
	assert_int_equal(count_seen(&rig.server, "POST /token"), 1);
	assert_has(rig.server.seen[0], "client_secret=CANARY-token");
	assert_has(rig.server.seen[0],
		"Content-Type: application/x-www-form-urlencoded\r\n");
	assert_has_not(rig.server.seen[0], "Authorization");
	assert_has(rig.trace, "/token 200");
	/* its hour is over */
	world.ms += 3600 * 1000;
	first_good = 1;
	assert_ok(call(&rig, &get, &err));
	assert_int_equal(count_seen(&rig.server, "POST /token"), 2);
	rig_close(&rig);
}

static void renews_a_token_once(void **state)
{
	int first_good = 1;
	struct lapse_err err = {0};
	struct tally tally = {0};
	struct op ops[12];
	struct rig rig;

	(void)state;
	open_token_rig(&rig, token_service, &first_good);
	for (size_t i = 0; i < COUNT(ops); i++)
		ops[i] = add;
	add_ops(&rig, ops, COUNT(ops), false, &tally);
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(tally.ok, 12);
	assert_int_equal(count_seen(&rig.server, "POST /token"), 2);
	rig_close(&rig);

	first_good = 99;
	open_token_rig(&rig, token_service, &first_good);
	assert_int_equal(call(&rig, &get, &err), LAPSE_EAUTH);
	assert_int_equal(count_seen(&rig.server, "POST /token"), 2);
	assert_int_equal(count_seen(&rig.server, "GET /users"), 2);
	rig_close(&rig);
}

static void expect_token(const char *const *texts, int rc, int requests,
	const char *words)
{
	struct lapse_err err;
	struct rig rig;

	open_token_rig(&rig, script, (void *)(uintptr_t)texts);
	assert_int_equal(call(&rig, &get, &err), rc);
	assert_int_equal(server_count(&rig.server), requests);
	if (rc < 0)
		assert_has(err.text, words);
	assert_has_not(err.text, "CANARY");
	assert_int_equal(engine_remote_denied(&rig.r), rc == LAPSE_EAUTH ?
		ENGINE_NO_TOKEN : ENGINE_WELCOME);
	rig_close(&rig);
}

#define EXPECT_TOKEN(rc, requests, words, ...)                                 \
	expect_token((const char *const[]){__VA_ARGS__, "end"}, (rc),          \
		(requests), (words))

static void judges_token_answers(void **state)
{
	(void)state;
	EXPECT_TOKEN(LAPSE_EAUTH, 1, "invalid_client",
		"HTTP/1.1 401 X\r\n" JSON "Content-Length: 26\r\n\r\n"
		"{\"error\":\"invalid_client\"}");
	EXPECT_TOKEN(LAPSE_EAUTH, 1, "\\x1b",
		"HTTP/1.1 400 X\r\n" JSON "Content-Length: 18\r\n\r\n"
		"{\"error\":\"\\u001b\"}");
	EXPECT_TOKEN(LAPSE_EAUTH, 1, "(403)",
		"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n");
	EXPECT_TOKEN(LAPSE_EUNAVAIL, 4, "token", FAILS);
	EXPECT_TOKEN(LAPSE_EUNAVAIL, 4, "token",
		"HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n");
	EXPECT_TOKEN(LAPSE_EUNAVAIL, 4, "no whole reply", NULL);
	EXPECT_TOKEN(LAPSE_EPROTO, 1, "302",
		"HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
	EXPECT_TOKEN(LAPSE_EPROTO, 4, "web page",
		"HTTP/1.1 200 X\r\nContent-Type: text/html\r\n"
		"Content-Length: 1\r\n\r\n<");
	EXPECT_TOKEN(LAPSE_EPROTO, 1, "access_token", OK);
}

static int only_done(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	(void)op;
	(void)last;
	(void)ret;
	(void)err;
	return OP_DONE;
}

/* What `doctor` signs in by: there is a token, and nothing else was sent. */
static void an_operation_without_a_request_signs_in(void **state)
{
	int first_good = 0;
	struct op op = {.step = only_done, .name = "sign in"};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	open_token_rig(&rig, token_service, &first_good);
	assert_ok(call(&rig, &op, &err));
	assert_int_equal(server_count(&rig.server), 1);
	assert_int_equal(count_seen(&rig.server, "POST /token"), 1);
	rig_close(&rig);
}

/* A clock an hour off is mended by the Date of the refusal. */
static void mends_the_clock_by_date(void **state)
{
	const char *texts[] = {
		"HTTP/1.1 401 X\r\nDate: Mon, 23 Nov 2026 11:00:00 GMT\r\n"
		JSON "Content-Length: 26\r\n\r\n{\"error\":\"invalid_client\"}",
		"HTTP/1.1 200 X\r\n" JSON "Content-Length: 42\r\n\r\n"
		"{\"access_token\":\"a\",\"token_type\":\"bearer\"}",
		OK, "end"};
	struct lapse_err err;
	struct rig rig;

	(void)state;
	open_token_rig(&rig, script, texts);
	assert_ok(call(&rig, &get, &err));
	assert_int_equal(server_count(&rig.server), 3);
	rig_close(&rig);
}

static void refuses_unsafe_urls(void **state)
{
	static const char *const bases[] = {"http://acme.okta.com",
		"ftp://127.0.0.1", "https://acme.okta.com/", "acme.okta.com",
		"https://a@acme.okta.com", "https://acme.okta.com?x", "",
		"file:///etc/passwd", NULL};
	struct auth_config config = client;
	struct lapse_err err;
	struct rig rig;

	(void)state;
	rig_open(&rig, say, OK, 0);
	for (size_t i = 0; i < COUNT(bases); i++) {
		struct remote r = {.name = "okta", .base = bases[i]};

		assert_err(engine_remote_open(rig.e, &r, &err),
			LAPSE_ECONFIG);
		assert_null(r.state);
	}
	config.token_url = "http://acme.okta.com/token";
	rig_auth(&rig, &config);
	assert_int_equal(call(&rig, &get, &err), LAPSE_ECONFIG);
	assert_has(err.text, "https");
	assert_int_equal(server_count(&rig.server), 0);
	rig_close(&rig);
}

/* A remote that fails does not keep another one waiting. */
static void keeps_remotes_apart(void **state)
{
	const char *texts[] = {OK, "end"};
	struct lapse_err err = {0};
	struct tally good = {0};
	struct tally bad = {0};
	struct server other;
	struct rig rig;
	struct remote r = {.name = "entra"};
	struct op ops[2];

	(void)state;
	rig_open(&rig, script, texts, 0);
	server_start(&other, say, FAILS);
	r.base = other.base;
	assert_ok(engine_remote_open(rig.e, &r, &err));
	ops[0] = ops[1] = get;
	assert_ok(engine_add(rig.e, &r, &ops[0], false, on_done, &bad, &err));
	assert_ok(engine_add(rig.e, &rig.r, &ops[1], false, on_done, &good,
		&err));
	assert_ok(engine_run(rig.e, &err));
	assert_int_equal(good.ok, 1);
	assert_int_equal(bad.other, 1);
	assert_has(bad.last, "entra: ");
	assert_has_not(other.seen[0], "CANARY");
	engine_remote_close(rig.e, &r);
	server_stop(&other);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_one_operation),
		cmocka_unit_test(sends_bodies_and_their_absence),
		cmocka_unit_test(repeats_reads_with_backoff),
		cmocka_unit_test(never_repeats_a_doubtful_write),
		cmocka_unit_test(repeats_a_safe_post),
		cmocka_unit_test(never_repeats_over_a_dead_connection),
		cmocka_unit_test(repeats_what_was_never_sent),
		cmocka_unit_test(refuses_answers_of_another_kind),
		cmocka_unit_test(refuses_an_expected_page),
		cmocka_unit_test(honours_retry_after),
		cmocka_unit_test(gives_up_on_a_busy_service),
		cmocka_unit_test(never_waits_beyond_the_deadline),
		cmocka_unit_test(follows_no_redirect),
		cmocka_unit_test(follows_no_foreign_link),
		cmocka_unit_test(knows_a_second_base),
		cmocka_unit_test(reads_no_proxy_variables),
		cmocka_unit_test(bounds_replies),
		cmocka_unit_test(runs_side_by_side),
		cmocka_unit_test(serialises_equal_keys),
		cmocka_unit_test(puts_observations_last),
		cmocka_unit_test(observes_within_its_share),
		cmocka_unit_test(observes_side_by_side_within_its_share),
		cmocka_unit_test(ends_at_the_deadline),
		cmocka_unit_test(times_out),
		cmocka_unit_test(remembers_a_change_that_was_sent),
		cmocka_unit_test(asks_ahead),
		cmocka_unit_test(asks_for_no_page_after_its_time),
		cmocka_unit_test(may_be_led_elsewhere),
		cmocka_unit_test(ignores_early_hints),
		cmocka_unit_test(drops_what_it_asked_for),
		cmocka_unit_test(reads_each_reply_in_a_view),
		cmocka_unit_test(turns_to_the_next_secret),
		cmocka_unit_test(stops_when_denied),
		cmocka_unit_test(says_where_it_was_denied),
		cmocka_unit_test(fetches_one_token_for_all),
		cmocka_unit_test(renews_a_token_once),
		cmocka_unit_test(judges_token_answers),
		cmocka_unit_test(an_operation_without_a_request_signs_in),
		cmocka_unit_test(mends_the_clock_by_date),
		cmocka_unit_test(refuses_unsafe_urls),
		cmocka_unit_test(keeps_remotes_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
