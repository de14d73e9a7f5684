/* Making, editing and linking issues. The caller builds the fields. */
#include <stdio.h>

#include "rest.h"

static int send_body(struct http_request *ret, int rc, const struct op *op,
	struct lapse_err *err)
{
	AUTO_BUF body = {0};

	buf_str(&body, op->body);
	return rest_body(ret, rc, &body, err);
}

/* notifyUsers=false takes effect for administrators only.
 * Source: Jira Cloud platform REST v3, editIssue. */
int jira_edit_issue(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	if (last != NULL)
		return rest_done(op, OP_CHANGED);
	ret->want = HTTP_WANT_NOTHING;
	return send_body(ret, op_send(ret, err, HTTP_PUT,
		"/rest/api/3/issue/{}?notifyUsers=false", op->issue, NULL),
		op, err);
}

/* Source: Jira Cloud platform REST v3, createIssue. */
int jira_create_issue(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *id;
	const char *key;
	int rc;

	if (last == NULL)
		return send_body(ret, op_send(ret, err, HTTP_POST,
			"/rest/api/3/issue", NULL), op, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	id = rest_id(op->arena, json_root(doc), "id", JSON_MUST);
	key = rest_id(op->arena, json_root(doc), "key", JSON_MUST);
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	snprintf(op->ret_id, sizeof(op->ret_id), "%s", id);
	op->ret = arena_copy(op->arena, key);
	return rest_done(op, OP_CHANGED);
}

static void put_issue(struct json_out *w, const char *role, const char *issue)
{
	json_put_open(w, role, '{');
	json_put_text(w, rest_is_issue_id(issue) ? "id" : "key", issue);
	json_put_close(w, '}');
}

/* A link that is there already is said to be made, and is not doubled.
 * Source: Jira Cloud platform REST v3, linkIssues. */
int jira_link_issues(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};

	(void)r;
	if (last != NULL)
		return rest_done(op, OP_CHANGED);
	json_put_open(&w, NULL, '{');
	json_put_open(&w, "type", '{');
	json_put_text(&w, "name", op->key);
	json_put_close(&w, '}');
	put_issue(&w, "inwardIssue", op->issue);
	put_issue(&w, "outwardIssue", op->id);
	json_put_close(&w, '}');
	ret->want = HTTP_WANT_NOTHING;
	return rest_body(ret, op_send(ret, err, HTTP_POST,
		"/rest/api/3/issueLink", NULL), &body, err);
}
