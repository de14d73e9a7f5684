/* How the Entra operations end and turn pages. */
#include "entra.h"
#include "url.h"

enum {
	EMPTY_PAGES = 10,	/* in a row, that bring nothing */
};

int entra_send_gone(struct http_request *ret, int rc)
{
	ret->expect[0] = 404;
	return rc;
}

int entra_done(struct op *op, enum op_outcome outcome)
{
	op->outcome = outcome;
	return OP_DONE;
}

int entra_done_gone(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	int rc = entra_check_gone(r, last, err);

	return rc < 0 ? rc : entra_done(op, OP_GONE);
}

/* The next link is an absolute URL and opaque; the engine sends it to our own
 * origin only. Pages may be shorter than asked for, or empty, and more follow.
 * Source: Microsoft Graph, "Paging". */
int entra_next_page(const struct remote *r, struct op *op, int base,
	struct json_doc *doc, struct http_request *ret, struct lapse_err *err)
{
	struct json root = json_root(doc);
	const char *link = json_text(root, "@odata.nextLink", JSON_MAY);
	struct url u;
	bool empty = !json_valid(json_first(entra_list(doc)));
	int rc = json_check(doc, r->name, err);

	if (rc < 0)
		return rc;
	op->stage = empty ? op->stage + 1 : base;
	if (op->stage - base > EMPTY_PAGES)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the list does not end", r->name);
	rc = op_next_token(op, link, err);
	if (rc != OP_SEND)
		return rc;
	if (!url_parse(&u, link))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the next link is no address", r->name);
	ret->method = HTTP_GET;
	buf_reset(&ret->target);
	buf_str(&ret->target, link);
	rc = buf_check(&ret->target, err, op->name);
	return rc < 0 ? rc : OP_SEND;
}

void entra_restart(struct op *op, int stage)
{
	op->stage = stage;
	op->pages = 0;
	buf_reset(&op->cursor);
	buf_reset(&op->landmark);
}
