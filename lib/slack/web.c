/* Small things that every Slack operation needs. No operation stands here. */
#include "web.h"

#include <stdio.h>
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

int web_open(struct json_doc **ret, const char **ret_error,
	const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json root;
	int rc = json_open(&doc, last->body.data, last->body.len, err);

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
