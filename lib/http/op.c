/* What operations share: the usual request and the paging guards. */
#include "op.h"

#include <string.h>

enum {
	PAGES_MAX = 10000,
};

void op_clear(struct op *op)
{
	buf_clear(&op->cursor);
	buf_clear(&op->landmark);
}

int op_give(struct op *op, const void *item, struct lapse_err *err)
{
	op->seen++;
	return op->sink == NULL ? 0 : op->sink(op->arg, item, err);
}

int op_send(struct http_request *ret, struct lapse_err *err,
	enum http_method method, const char *template, ...)
{
	va_list args;
	int rc;

	va_start(args, template);
	rc = http_vtarget(&ret->target, err, template, args);
	va_end(args);
	if (rc < 0)
		return rc;
	ret->method = method;
	if (method == HTTP_DELETE)
		ret->want = HTTP_WANT_NOTHING;
	return OP_SEND;
}

void op_body(struct http_request *ret, struct buf *b)
{
	buf_clear(&ret->body);
	ret->body = *b;
	*b = (struct buf){0};
}

static int again(const struct op *op, struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EPROTO,
		"%s: page %zu: the service gave the same cursor again",
		op->name, op->pages);
}

/* Brent's cycle finding: one landmark, moved on at each power of two, meets
 * every cycle within a few rounds of it and needs no list of all cursors. */
static int turn_page(struct op *op, const char *cursor, struct lapse_err *err)
{
	op->pages++;
	if (op->pages >= PAGES_MAX)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: more than %d pages", op->name, PAGES_MAX);
	if (strcmp(cursor, buf_text(&op->cursor)) == 0 ||
		strcmp(cursor, buf_text(&op->landmark)) == 0)
		return again(op, err);
	buf_reset(&op->cursor);
	buf_str(&op->cursor, cursor);
	if ((op->pages & (op->pages - 1)) == 0) {
		buf_reset(&op->landmark);
		buf_str(&op->landmark, cursor);
	}
	if (op->cursor.failed || op->landmark.failed)
		return lapse_fail_nomem(err);
	return OP_SEND;
}

int op_next_link(struct op *op, const struct http_response *last,
	struct http_request *ret, struct lapse_err *err)
{
	int rc;

	if (last->next == NULL)
		return OP_DONE;
	rc = turn_page(op, last->next, err);
	if (rc != OP_SEND)
		return rc;
	ret->method = HTTP_GET;
	buf_reset(&ret->target);
	buf_str(&ret->target, last->next);
	rc = buf_check(&ret->target, err, op->name);
	return rc < 0 ? rc : OP_SEND;
}

int op_next_token(struct op *op, const char *token, struct lapse_err *err)
{
	if (token == NULL || token[0] == '\0')
		return OP_DONE;
	return turn_page(op, token, err);
}
