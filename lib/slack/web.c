/* Small things that every Slack operation needs. No operation stands here. */
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

int web_needs_arena(const struct remote *r, const struct op *op,
	struct lapse_err *err)
{
	if (op->arena != NULL)
		return 0;
	return lapse_fail(err, LAPSE_EINTERNAL,
		"%s: the operation has no arena", r->name);
}

/* ---- Replies ---- */

/* The code unit of the escape that begins there; -1: none does. */
static long unit_at(const char *p, size_t left)
{
	char digits[5];
	char *end;
	long unit;

	if (left < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	memcpy(digits, p + 2, 4);
	digits[4] = '\0';
	unit = strtol(digits, &end, 16);
	return *end == '\0' ? unit : -1;
}

static bool is_half(long unit, long first)
{
	return unit >= first && unit < first + 0x400;
}

static void replace(char *escape, bool *ret_any)
{
	memcpy(escape, "\\ufffd", 6);
	*ret_any = true;
}

bool web_mend(char *bytes, size_t len)
{
	bool any = false;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		long unit = unit_at(bytes + i, len - i);

		n = unit >= 0 ? 6 : bytes[i] == '\\' ? 2 : 1;
		if (is_half(unit, 0xd800) && is_half(unit_at(bytes + i + 6,
			len - i - 6), 0xdc00))
			n = 12;
		else if (unit == 0 || is_half(unit, 0xd800) ||
			is_half(unit, 0xdc00))
			replace(bytes + i, &any);
	}
	return any;
}

/* Strictly; only where that fails what people wrote is looked at. */
static int open_body(struct json_doc **ret, const struct buf *body,
	struct lapse_err *err)
{
	AUTO_BUF mended = {.max = HTTP_BODY_MAX};
	struct lapse_err why;
	int rc = json_open(ret, body->data, body->len, &why);

	if (rc == LAPSE_EPROTO) {
		buf_add(&mended, body->data, body->len);
		if (mended.failed)
			return lapse_fail_nomem(err);
		if (web_mend(mended.data, mended.len))
			return json_open(ret, mended.data, mended.len, err);
	}
	if (rc < 0)
		*err = why;
	return rc;
}

int web_open(struct json_doc **ret, const char **ret_error,
	const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json root;
	int rc = open_body(&doc, &last->body, err);

	(void)op;
	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	root = json_root(doc);
	if (!json_is_object(root))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: reply is not an object", r->name);
	*ret_error = NULL;
	if (!json_bool(root, "ok", JSON_MUST))
		*ret_error = json_text(root, "error", JSON_MUST);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	*ret = doc;
	doc = NULL;
	return 0;
}

int web_fail(const struct remote *r, const char *error, struct lapse_err *err)
{
	AUTO_BUF line = {0};

	text_line(&line, error);
	return lapse_fail(err, web_error_of(error) == WEB_ABSENT ?
		LAPSE_ENOTFOUND : LAPSE_EREFUSED, "%s: %.100s", r->name,
		buf_text(&line));
}

int web_done(struct op *op, enum op_outcome outcome)
{
	op->outcome = outcome;
	return OP_DONE;
}

const char *web_text(struct arena *a, struct json object, const char *key)
{
	const char *text = json_text(object, key, JSON_MAY);

	return text == NULL || *text == '\0' ? NULL : arena_copy(a, text);
}

const char *web_id(struct arena *a, struct json object, const char *key,
	enum json_need need)
{
	const char *id = json_text(object, key, need);

	if (id == NULL || (*id == '\0' && need == JSON_MAY))
		return NULL;
	if (!text_is_id(id))
		json_fault(object, key, "is not an id");
	return arena_copy(a, id);
}

void web_keep_id(struct op *op, struct json object, const char *key)
{
	const char *id = json_text(object, key, JSON_MUST);

	if (id == NULL)
		return;
	if (!text_is_id(id) || strlen(id) >= sizeof(op->ret_id))
		json_fault(object, key, "is not an id");
	else
		snprintf(op->ret_id, sizeof(op->ret_id), "%s", id);
}

/* Without the charset Slack warns. Source: Slack Web API, "Post bodies". */
int web_body(struct http_request *ret, int rc, struct buf *body,
	struct lapse_err *err)
{
	if (rc < 0)
		return rc;
	if (body->failed)
		return lapse_fail_nomem(err);
	op_body(ret, body);
	ret->content_type = "application/json; charset=utf-8";
	return rc;
}

const char *web_cursor(struct json root)
{
	struct json meta = json_object(root, "response_metadata", JSON_MAY);
	const char *cursor = json_text(meta, "next_cursor", JSON_MAY);

	return cursor == NULL || *cursor == '\0' ? NULL : cursor;
}
