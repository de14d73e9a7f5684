/* Issue properties: JSON under a key, at most 32 768 characters. Nobody sees
 * them in the issue's history, and anyone who may edit may change them. */
#include <string.h>

#include "rest.h"

enum {
	PROPERTY_MAX = 32768,
};

/* A 404 does not say whether the issue or the property is missing.
 * Source: Jira Cloud platform REST v3, getIssueProperty. */
int jira_get_property(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF value = {0};
	struct json at;
	int rc;

	if (last == NULL)
		return rest_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/rest/api/3/issue/{}/properties/{}", op->issue,
			op->key, NULL));
	if (last->status == 404)
		return rest_done_gone(r, op, last, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	at = json_at(json_root(doc), "value");
	if (!json_here(at))
		json_fault(json_root(doc), "value", "is missing");
	else
		json_print(at, &value);
	if (value.failed)
		return lapse_fail_nomem(err);
	op->ret = arena_copy(op->arena, buf_text(&value));
	rc = rest_check(doc, r, op, err);
	return rc < 0 ? rc : rest_done(op, OP_FOUND);
}

/* 201 or 200. Source: Jira Cloud platform REST v3, setIssueProperty. */
int jira_put_property(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_BUF body = {0};

	if (last != NULL)
		return rest_done(op, OP_CHANGED);
	if (op->body == NULL || *op->body == '\0' ||
		strlen(op->body) > PROPERTY_MAX)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: property '%s': not of 1 to %d bytes", r->name,
			op->key, PROPERTY_MAX);
	buf_str(&body, op->body);
	ret->want = HTTP_WANT_NOTHING;
	return rest_body(ret, op_send(ret, err, HTTP_PUT,
		"/rest/api/3/issue/{}/properties/{}", op->issue, op->key,
		NULL), &body, err);
}
