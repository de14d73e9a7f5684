/* Files on an issue: putting one there, seeing which there are, fetching one.
 * What is in them is not known here. */
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "rest.h"

enum {
	UPLOAD_MAX = 15 << 20,	/* bytes; what a request's body can hold */
	FILE_MAX = 4 << 20,	/* bytes of a file that is fetched */
	NAME_MAX_BYTES = 200,
};

/* ---- Putting one there ---- */

/* What would end the header that the name stands in, or lead elsewhere. */
static bool is_name(const char *name)
{
	if (name == NULL || *name == '\0' || strlen(name) > NAME_MAX_BYTES ||
		!text_valid_utf8(name, strlen(name)))
		return false;
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7F ||
			strchr("\"\\/", *p) != NULL)
			return false;
	return true;
}

/* The first of "lapse-0", "lapse-1"... that the bytes do not hold: there is
 * one within as many tries as the bytes have room for. */
static void put_boundary(struct buf *out, const char *bytes)
{
	size_t n = 0;

	do {
		buf_reset(out);
		buf_fmt(out, "lapse-%zu", n++);
	} while (!out->failed && strstr(bytes, buf_text(out)) != NULL);
}

/* The media type has to outlive this step, so the operation keeps it. Without
 * the header of its own an upload is taken for a forged one.
 * Source: Jira Cloud platform REST v3, addAttachment; RFC 7578. */
static int send_file(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF boundary = {0};
	AUTO_BUF body = {0};
	const char *bytes = op->body != NULL ? op->body : "";
	int rc = op_send(ret, err, HTTP_POST,
		"/rest/api/3/issue/{}/attachments", op->issue, NULL);

	if (rc < 0)
		return rc;
	if (!is_name(op->key))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: '%s': not a name for an attachment", r->name,
			op->issue);
	put_boundary(&boundary, bytes);
	buf_reset(&op->cursor);
	buf_fmt(&op->cursor, "multipart/form-data; boundary=%s",
		buf_text(&boundary));
	buf_fmt(&body, "--%s\r\n"
		"Content-Disposition: form-data; name=\"file\"; "
		"filename=\"%s\"\r\n"
		"Content-Type: text/csv; charset=utf-8\r\n\r\n",
		buf_text(&boundary), op->key);
	buf_str(&body, bytes);
	buf_fmt(&body, "\r\n--%s--\r\n", buf_text(&boundary));
	if (boundary.failed || op->cursor.failed)
		return lapse_fail_nomem(err);
	ret->content_type = buf_text(&op->cursor);
	ret->headers[0] = "X-Atlassian-Token: no-check";
	ret->expect[0] = 413;
	return rest_body(ret, rc, &body, err);
}

static int too_large(const struct remote *r, const struct op *op,
	const char *who, struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EREFUSED,
		"%s: '%s': '%s' of %zu bytes is too large for %s, or the "
		"issue has as many attachments as it can; see the attachment "
		"settings", r->name, op->issue, op->key, strlen(op->body),
		who);
}

int jira_attach(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json one;
	const char *id;
	int rc;

	if (last == NULL && op->body != NULL && strlen(op->body) > UPLOAD_MAX)
		return too_large(r, op, "one request", err);
	if (last == NULL)
		return send_file(r, op, ret, err);
	if (last->status == 413)
		return too_large(r, op, "Jira", err);
	rc = rest_open_list(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	one = json_first(json_root(doc));
	id = rest_id(op->arena, one, "id", JSON_MUST);
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	if (id == NULL || json_valid(json_next(one)))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': one file was sent, but not one attached",
			r->name, op->issue);
	snprintf(op->ret_id, sizeof(op->ret_id), "%s", id);
	return rest_done(op, OP_CHANGED);
}

/* ---- Seeing which there are ---- */

static void read_attachment(struct arena *a, struct json at,
	struct jira_attachments *ret)
{
	struct jira_attachment *t = VEC_ADD(&ret->items, a);

	if (t == NULL)
		return;
	t->id = rest_id(a, at, "id", JSON_MUST);
	t->name = arena_copy(a, json_text(at, "filename", JSON_MUST));
	rest_person(a, json_object(at, "author", JSON_MAY), &t->author);
	t->created_at = json_time(at, "created", JSON_MUST);
	t->size = json_int(at, "size", JSON_MUST);
	t->media_type = rest_text(a, at, "mimeType");
	if (t->size < 0)
		json_fault(at, "size", "is negative");
}

/* Ids are numbers, and of two of one second the later is the greater. */
static bool is_newer(const struct jira_attachment *a,
	const struct jira_attachment *b)
{
	size_t n = strlen(a->id);
	size_t m = strlen(b->id);

	if (a->created_at != b->created_at)
		return a->created_at > b->created_at;
	return n != m ? n > m : strcmp(a->id, b->id) > 0;
}

static void sort(struct jira_attachments *all)
{
	for (size_t i = 1; i < all->items.n; i++) {
		struct jira_attachment one = all->items.items[i];
		size_t j = i;

		for (; j > 0 && is_newer(&one, &all->items.items[j - 1]); j--)
			all->items.items[j] = all->items.items[j - 1];
		all->items.items[j] = one;
	}
}

/* There is no resource for the list: it is a field of the issue.
 * Source: Jira Cloud platform REST v3, getIssue, Attachment. */
int jira_get_attachments(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct jira_attachments *all;
	struct json list;
	int rc;

	if (last == NULL)
		return rest_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/rest/api/3/issue/{}?fields=attachment", op->issue,
			NULL));
	if (last->status == 404)
		return rest_done_gone(r, op, last, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	all = arena_alloc(op->arena, sizeof(*all));
	if (all == NULL)
		return lapse_fail_nomem(err);
	list = json_array(json_object(json_root(doc), "fields", JSON_MUST),
		"attachment", JSON_MUST);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		read_attachment(op->arena, i, all);
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	sort(all);
	op->ret = all;
	return rest_done(op, OP_FOUND);
}

/* ---- Fetching one ---- */

/* Without redirect=false it answers where a media host has the file, on
 * another origin, to which no credential is ever sent.
 * Source: Jira Cloud platform REST v3, getAttachmentContent. */
int jira_get_attachment(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	struct jira_file *file;

	if (last == NULL) {
		ret->want = HTTP_WANT_BYTES;
		return rest_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/rest/api/3/attachment/content/{}?redirect=false",
			op->id, NULL));
	}
	if (last->status == 404)
		return rest_done_gone(r, op, last, err);
	if (last->body.len > FILE_MAX)
		return lapse_fail(err, LAPSE_EREFUSED,
			"%s: attachment '%s': %zu bytes, more than %d; attach "
			"a smaller file", r->name, op->id, last->body.len,
			FILE_MAX);
	if (op->arena == NULL)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: the operation has no arena", r->name);
	file = arena_alloc(op->arena, sizeof(*file));
	if (file == NULL)
		return lapse_fail_nomem(err);
	file->len = last->body.len;
	file->bytes = arena_copy_n(op->arena, buf_text(&last->body),
		file->len);
	op->ret = file;
	if (file->bytes == NULL)
		return lapse_fail_nomem(err);
	return rest_done(op, OP_FOUND);
}
