/* How the Okta operations end and turn pages. */
#include <string.h>

#include "okta.h"

enum {
	EMPTY_PAGES = 10,	/* in a row, that bring nothing */
};

int okta_send_gone(struct http_request *ret, int rc)
{
	ret->expect[0] = 404;
	return rc;
}

int okta_done(struct op *op, enum op_outcome outcome)
{
	op->outcome = outcome;
	return OP_DONE;
}

int okta_done_gone(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	int rc = okta_check_gone(r, last, err);

	return rc < 0 ? rc : okta_done(op, OP_GONE);
}

/* Every list is paged by the Link header, also where no limit is documented
 * (Source: Okta API, Pagination). A last empty page is normal; a server that
 * goes on for ever with empty ones has been seen. op->stage counts them, up
 * from base. Text behind the link in op->cursor is kept. */
int okta_next_page(const struct remote *r, struct op *op, int base,
	struct json list, const struct http_response *last,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF kept = {0};
	const char *text = buf_text(&op->cursor);
	size_t link = strcspn(text, "\n");
	int rc;

	op->stage = json_valid(json_first(list)) ? base : op->stage + 1;
	if (op->stage - base > EMPTY_PAGES)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the list does not end", r->name);
	buf_add(&kept, text + link, op->cursor.len - link);
	if (kept.failed || op->cursor.failed)
		return lapse_fail_nomem(err);
	if (op->cursor.len > 0) {
		op->cursor.len = link;
		op->cursor.data[link] = '\0';
	}
	rc = op_next_link(op, last, ret, err);
	buf_str(&op->cursor, buf_text(&kept));
	return rc >= 0 && op->cursor.failed ? lapse_fail_nomem(err) : rc;
}
