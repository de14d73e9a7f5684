/* How the Google operations end and turn pages. */
#include <string.h>

#include "google.h"

enum {
	EMPTY_PAGES = 10,	/* in a row, that bring nothing */
};

int google_send_gone(struct http_request *ret, int rc)
{
	ret->expect[0] = 404;
	return rc;
}

int google_send_identity(struct http_request *ret, int rc)
{
	ret->other_base = true;
	return rc;
}

int google_done(struct op *op, enum op_outcome outcome)
{
	op->outcome = outcome;
	return OP_DONE;
}

int google_done_gone(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	int rc = google_check_gone(r, last, err);

	return rc < 0 ? rc : google_done(op, OP_GONE);
}

const char *google_token(const struct op *op, struct buf *ret)
{
	const char *text = buf_text(&op->cursor);

	buf_reset(ret);
	buf_add(ret, text, strcspn(text, "\n"));
	return ret->len > 0 ? buf_text(ret) : NULL;
}

/* A page may be empty and still not the last. op->stage counts such pages, up
 * from base. Source: Admin SDK, nextPageToken. */
int google_next_page(const struct remote *r, struct op *op, int base,
	struct json root, struct json list, struct lapse_err *err)
{
	AUTO_BUF kept = {0};
	const char *text = buf_text(&op->cursor);
	const char *token = json_text(root, "nextPageToken", JSON_MAY);
	size_t len = strcspn(text, "\n");
	int rc = json_check(root.doc, r->name, err);

	if (rc < 0)
		return rc;
	op->stage = json_valid(json_first(list)) ? base : op->stage + 1;
	if (op->stage - base > EMPTY_PAGES || (token != NULL &&
		strpbrk(token, "\r\n") != NULL))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the list does not end", r->name);
	buf_add(&kept, text + len, op->cursor.len - len);
	if (kept.failed || op->cursor.failed)
		return lapse_fail_nomem(err);
	if (op->cursor.len > 0) {
		op->cursor.len = len;
		op->cursor.data[len] = '\0';
	}
	rc = op_next_token(op, token, err);
	buf_str(&op->cursor, buf_text(&kept));
	return rc >= 0 && op->cursor.failed ? lapse_fail_nomem(err) : rc;
}
