/* Filing a request as a customer would, so that Jira Service Management knows
 * it as one: approvals exist on requests only. The caller builds the body. */
#include <stdio.h>

#include "rest.h"

static int ask(const struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_BUF body = {0};

	buf_str(&body, op->body);
	return rest_body(ret, op_send(ret, err, HTTP_POST,
		"/rest/servicedeskapi/request", NULL), &body, err);
}

/* Source: Jira Service Management REST, createCustomerRequest. */
int jira_create_request(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *id;
	const char *key;
	int rc;

	if (last == NULL)
		return ask(op, ret, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	id = rest_id(op->arena, json_root(doc), "issueId", JSON_MUST);
	key = rest_id(op->arena, json_root(doc), "issueKey", JSON_MUST);
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	snprintf(op->ret_id, sizeof(op->ret_id), "%s", id);
	op->ret = arena_copy(op->arena, key);
	return rest_done(op, OP_CHANGED);
}
