/* Feeding an operation with replies, without a socket: replies built in the
 * test or recorded under tests/exchanges, and what the operation asks for. */
#ifndef LAPSE_TESTS_EXCHANGE_H
#define LAPSE_TESTS_EXCHANGE_H

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"
#include "http.h"
#include "remote.h"

/* What one operation of a test needs, and what it left. */
struct talk {
	struct remote r;
	struct op op;
	struct arena arena;
	struct http_request req;
	struct http_response res;
	struct lapse_err err;
	struct buf got;		/* one line an item */
	size_t items;
};

static inline void talk_end(struct talk *t)
{
	op_clear(&t->op);
	arena_clear(&t->arena);
	http_request_clear(&t->req);
	http_response_clear(&t->res);
	buf_clear(&t->got);
}

#define TALK __attribute__((cleanup(talk_end))) struct talk

/* A reply of that status; body NULL for none. */
static inline const struct http_response *reply(struct talk *t, int status,
	const char *body)
{
	http_response_clear(&t->res);
	http_response_reset(&t->res);
	t->res.status = status;
	buf_str(&t->res.body, body);
	return &t->res;
}

static inline void header(struct talk *t, const char *line)
{
	assert_int_equal(http_response_header(&t->res, line, strlen(line),
		&t->err), 0);
}

/* One recorded under tests/exchanges: status line, headers, body. */
static inline const struct http_response *recorded(struct talk *t,
	const char *name)
{
	char path[256];
	char line[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "tests/exchanges/%s.http", name);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s: cannot open", path);
	reply(t, 0, NULL);
	if (fgets(line, sizeof(line), f) == NULL || strlen(line) < 12)
		fail_msg("%s: no status line", path);
	t->res.status = atoi(line + 9);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0')
			break;
		header(t, line);
	}
	while ((n = fread(line, 1, sizeof(line), f)) > 0)
		buf_add(&t->res.body, line, n);
	fclose(f);
	return &t->res;
}

/* One step; last NULL is the first. */
static inline int step(struct talk *t, const struct http_response *last)
{
	http_request_clear(&t->req);
	return t->op.step(&t->r, &t->op, last, &t->req, &t->err);
}

static inline void asks(struct talk *t, int rc, enum http_method method,
	const char *target)
{
	if (rc != OP_SEND)
		fail_msg("no request, but %d: %s", rc, t->err.text);
	assert_string_equal(http_method_name(t->req.method),
		http_method_name(method));
	assert_string_equal(buf_text(&t->req.target), target);
}

static inline void sends(struct talk *t, const char *body)
{
	assert_string_equal(buf_text(&t->req.body), body);
}

static inline void ends(struct talk *t, int rc, enum op_outcome outcome)
{
	if (rc != OP_DONE)
		fail_msg("not done, but %d: %s", rc, t->err.text);
	assert_int_equal(t->op.outcome, outcome);
}

static inline void fails(struct talk *t, int rc, int code, const char *part)
{
	assert_int_equal(rc, code);
	assert_int_equal(t->err.code, code);
	assert_has(t->err.text, part);
}

/* Any part of a reply in place of the whole is a fault, whatever it is. The
 * operation must be at its first reply; make() begins it anew. */
static inline void no_part_will_do(void (*make)(struct talk *t),
	const char *name)
{
	TALK whole = {0};
	size_t len = recorded(&whole, name)->body.len;

	while (len > 0 && whole.res.body.data[len - 1] == '\n')
		len--;
	for (size_t n = 0; n < len; n++) {
		TALK t = {0};
		int rc;

		make(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		recorded(&t, name);
		t.res.body.len = n;
		t.res.body.data[n] = '\0';
		rc = step(&t, &t.res);
		if (rc != LAPSE_EPROTO)
			fail_msg("%s: %zu bytes: %d", name, n, rc);
		assert_int_equal(t.items, 0);
	}
}

/* The reply with from replaced by to, at its first place. */
static inline const struct http_response *altered(struct talk *t,
	const char *name, const char *from, const char *to)
{
	struct buf out = {0};
	const char *at;

	recorded(t, name);
	at = strstr(buf_text(&t->res.body), from);
	if (at == NULL)
		fail_msg("%s: '%s' is not in it", name, from);
	buf_add(&out, t->res.body.data, (size_t)(at - t->res.body.data));
	buf_str(&out, to);
	buf_str(&out, at + strlen(from));
	buf_clear(&t->res.body);
	t->res.body = out;
	return &t->res;
}

/* Judged, and never with an empty line. */
static inline enum verdict judged(struct talk *t, enum http_method method,
	int64_t *ret_wait_s)
{
	struct http_request req = {.method = method};
	int64_t wait_s = -2;
	enum verdict v;

	buf_str(&req.target, "/x");
	t->err = (struct lapse_err){0};
	v = t->r.service->classify(&t->r, &req, &t->res, &wait_s, &t->err);
	http_request_clear(&req);
	assert_true(t->err.code < 0 && t->err.text[0] != '\0');
	if (ret_wait_s != NULL)
		*ret_wait_s = wait_s;
	return v;
}

#endif
