/* Comments: writing one, and finding our own again by the marker that ends
 * it, so that a doubtful post is never repeated. */
#include <stdio.h>
#include <string.h>

#include "rest.h"

/* ---- Writing ---- */

/* A comment on a request is public unless said otherwise. Source: Jira Cloud
 * platform REST v3, addComment (Comment.jsdPublic). */
static int post_public(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_BUF adf = {0};
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};

	adf_with_tail(&adf, op->body, op->key);
	if (adf.failed)
		return lapse_fail_nomem(err);
	json_put_open(&w, NULL, '{');
	json_put_raw(&w, "body", buf_text(&adf));
	json_put_close(&w, '}');
	return rest_body(ret, op_send(ret, err, HTTP_POST,
		"/rest/api/3/issue/{}/comment", op->issue, NULL), &body, err);
}

enum {
	WIKI_MAX = 30000,	/* bytes; the limit is 32 767 characters */
};

/* At a character, and not between a backslash and what it escapes. */
static void cut(struct buf *text, size_t max)
{
	size_t n = max;
	size_t slashes = 0;

	if (text->len <= max)
		return;
	while (n > 0 && ((unsigned char)text->data[n] & 0xC0) == 0x80)
		n--;
	while (n > slashes && text->data[n - slashes - 1] == '\\')
		slashes++;
	n -= slashes % 2;
	text->len = n;
	text->data[n] = '\0';
	buf_str(text, "...");
}

/* The explicit flag; the text is wiki markup, so ours is escaped.
 * Source: Jira Service Management REST, createRequestComment. */
static int post_internal(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};

	wiki_escape(&text, op->body != NULL ? op->body : "");
	cut(&text, WIKI_MAX);
	if (op->key != NULL) {
		buf_str(&text, text.len > 0 ? "\n\n" : "");
		wiki_escape(&text, op->key);
	}
	if (text.failed)
		return lapse_fail_nomem(err);
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "body", buf_text(&text));
	json_put_bool(&w, "public", false);
	json_put_close(&w, '}');
	return rest_body(ret, rest_desk(ret, op_send(ret, err, HTTP_POST,
		"/rest/servicedeskapi/request/{}/comment", op->issue, NULL)),
		&body, err);
}

static int keep_id(struct op *op, struct json_doc *doc, struct json comment,
	const struct remote *r, struct lapse_err *err)
{
	AUTO_ARENA texts = {0};
	const char *id = rest_id(&texts, comment, "id", JSON_MUST);
	int rc = json_check(doc, r->name, err);

	if (rc >= 0)
		rc = arena_check(&texts, err);
	if (rc >= 0)
		snprintf(op->ret_id, sizeof(op->ret_id), "%s", id);
	return rc;
}

int jira_comment(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc;

	if (last == NULL)
		return op->public ? post_public(op, ret, err)
				  : post_internal(op, ret, err);
	rc = json_open(&doc, last->body.data, last->body.len, err);
	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	rc = keep_id(op, doc, json_root(doc), r, err);
	return rc < 0 ? rc : rest_done(op, OP_CHANGED);
}

/* ---- Finding ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Is the last line of the text this one? */
static bool ends_with_line(const char *text, const char *line)
{
	size_t end = strlen(text);
	size_t len = strlen(line);
	size_t start;

	while (end > 0 && is_blank(text[end - 1]))
		end--;
	start = end;
	while (start > 0 && text[start - 1] != '\n')
		start--;
	while (start < end && is_blank(text[start]))
		start++;
	return end - start == len && memcmp(text + start, line, len) == 0;
}

/* A body is a document, or plain text from older resources. One with our
 * marker and nobody's name may be ours, and proves nothing. */
static bool is_ours(const struct op *op, struct json comment, struct buf *text)
{
	struct json body = json_at(comment, "body");
	int64_t created = json_time(comment, "created", JSON_MAY);
	const char *account = json_text(
		json_object(comment, "author", JSON_MAY), "accountId",
		JSON_MAY);

	if (account != NULL && strcmp(account, op->user) != 0)
		return false;
	if (created != WHEN_NONE && created < op->at)
		return false;
	buf_reset(text);
	if (json_is_text(body))
		buf_str(text, json_as_text(body));
	else
		adf_to_text(json_object(comment, "body", JSON_MUST), text);
	if (!ends_with_line(buf_text(text), op->key))
		return false;
	if (account == NULL)
		json_fault(comment, "author", "is missing");
	return account != NULL;
}

/* Newest first: one that is added meanwhile moves others to later pages,
 * where they are read twice, and hides none. */
static int ask(struct op *op, struct http_request *ret, struct lapse_err *err)
{
	struct rest_number at = rest_number(op->seen);

	return op_send(ret, err, HTTP_GET,
		"/rest/api/3/issue/{}/comment"
		"?startAt={}&maxResults=100&orderBy=-created",
		op->issue, at.text, NULL);
}

/* Source: Jira Cloud platform REST v3, getComments. */
int jira_find_comment(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF text = {0};
	struct json found = {0};
	struct json list;
	bool more;
	int rc;

	if (last == NULL)
		return ask(op, ret, err);
	rc = json_open(&doc, last->body.data, last->body.len, err);
	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	list = json_array(json_root(doc), "comments", JSON_MUST);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		if (is_ours(op, i, &text))
			found = i;
	more = rest_page(op, json_root(doc), "comments");
	rc = json_check(doc, r->name, err);
	if (rc < 0 || text.failed)
		return rc < 0 ? rc : lapse_fail_nomem(err);
	if (json_valid(found)) {
		rc = keep_id(op, doc, found, r, err);
		return rc < 0 ? rc : rest_done(op, OP_PRESENT);
	}
	return more ? ask(op, ret, err) : rest_done(op, OP_ABSENT);
}
