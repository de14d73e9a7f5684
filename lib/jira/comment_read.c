/* Comments as they stand: reading all of an issue, and whether one still says
 * what was posted. */
#include <string.h>

#include "rest.h"

/* ---- Reading ---- */

/* Oldest first: what is added meanwhile comes at the end. */
static int ask(struct op *op, struct http_request *ret, struct lapse_err *err)
{
	struct rest_number at = rest_number(op->seen);

	return rest_send_gone(ret, op_send(ret, err, HTTP_GET,
		"/rest/api/3/issue/{}/comment"
		"?startAt={}&maxResults=100&orderBy=created",
		op->issue, at.text, NULL));
}

/* A body is a document, or plain text from older resources. */
static void read_text(struct json comment, struct buf *text)
{
	struct json body = json_at(comment, "body");

	if (json_is_text(body))
		buf_str(text, json_as_text(body));
	else
		adf_to_text(json_object(comment, "body", JSON_MUST), text);
}

static int give(struct op *op, struct json_doc *doc, struct json at,
	const struct remote *r, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	struct jira_comment c = {
		.id = rest_id(&a, at, "id", JSON_MUST),
		.author = json_text(json_object(at, "author", JSON_MAY),
			"accountId", JSON_MAY),
		.created_at = json_time(at, "created", JSON_MAY),
	};
	int rc;

	read_text(at, &text);
	rc = json_check(doc, r->name, err);
	if (rc == 0)
		rc = arena_check(&a, err);
	if (rc == 0)
		rc = buf_check(&text, err, "comment");
	c.text = buf_text(&text);
	return rc == 0 && op->sink != NULL ? op->sink(op->arg, &c, err) : rc;
}

/* Source: Jira Cloud platform REST v3, getComments. */
int jira_get_comments(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	bool more;
	int rc;

	if (last == NULL)
		return ask(op, ret, err);
	if (last->status == 404)
		return rest_done_gone(r, op, last, err);
	rc = json_open(&doc, last->body.data, last->body.len, err);
	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	list = json_array(json_root(doc), "comments", JSON_MUST);
	more = rest_page(op, json_root(doc), "comments");
	rc = json_check(doc, r->name, err);
	for (struct json i = json_first(list); rc == 0 && json_valid(i);
		i = json_next(i))
		rc = give(op, doc, i, r, err);
	if (rc < 0)
		return rc;
	return more ? ask(op, ret, err) : rest_done(op, OP_FOUND);
}

/* ---- Comparing ---- */

/* What a service may do to a text without changing a word: blanks, and the
 * escapes of wiki markup. */
static void squeeze(struct buf *out, const char *text, bool public)
{
	static const char joiner[] = "\xE2\x81\xA0";

	while (*text != '\0') {
		if (!public && strncmp(text, joiner, 3) == 0) {
			text += 3;
			continue;
		}
		if ((unsigned char)*text > ' ' && *text != 0x7f &&
			(public || *text != '\\'))
			buf_char(out, *text);
		text++;
	}
}

/* As it is posted, read back from its own document. */
static int shown(const char *body, const char *marker, struct buf *ret,
	struct lapse_err *err)
{
	AUTO_BUF adf = {0};
	AUTO_JSON *doc = NULL;
	int rc;

	adf_with_tail(&adf, body, marker);
	rc = buf_check(&adf, err, "comment");
	if (rc == 0)
		rc = json_open(&doc, adf.data, adf.len, err);
	if (rc == 0)
		adf_to_text(json_root(doc), ret);
	return rc;
}

/* At the place, a text of at most so many bytes may stand instead of it. */
static bool fits(const char *is, const char *meant, const char *place)
{
	const char *at = place == NULL ? NULL : strstr(meant, place);
	size_t is_len = strlen(is);
	size_t before, after;

	if (at == NULL)
		return strcmp(is, meant) == 0;
	before = (size_t)(at - meant);
	at += strlen(place);
	after = strlen(at);
	return is_len >= before + after &&
		is_len - before - after <= JIRA_PLACE_MAX &&
		strncmp(is, meant, before) == 0 &&
		strcmp(is + is_len - after, at) == 0;
}

int jira_comment_same(const struct jira_meant *m, const char *is, bool *ret,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	AUTO_BUF one = {0};
	AUTO_BUF two = {0};
	int rc = shown(m->body, m->marker, &text, err);

	if (rc < 0)
		return rc;
	squeeze(&one, is, m->public);
	squeeze(&two, buf_text(&text), m->public);
	if (text.failed || one.failed || two.failed)
		return lapse_fail_nomem(err);
	*ret = fits(buf_text(&one), buf_text(&two), m->place);
	return 0;
}
