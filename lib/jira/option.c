/* The options of a select field: reading, adding, renaming and disabling.
 * They are never deleted, since that would take them out of old issues. */
#include <string.h>

#include "rest.h"

/* optionId is the parent of a child in a cascading select.
 * Source: Jira Cloud platform REST v3, getOptionsForContext. */
void rest_options(struct arena *a, struct json list, struct jira_options *ret)
{
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct jira_option *o = VEC_ADD(&ret->items, a);

		if (o == NULL)
			return;
		o->id = rest_id(a, i, "id", JSON_MUST);
		o->value = arena_copy(a, json_text(i, "value", JSON_MUST));
		o->parent = rest_id(a, i, "optionId", JSON_MAY);
		o->disabled = json_bool(i, "disabled", JSON_MUST);
	}
}

/* ---- Reading ---- */

enum options_stage {
	CONTEXTS,
	OPTIONS,
};

static int ask_contexts(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	struct rest_number at = rest_number(op->seen);

	op->stage = CONTEXTS;
	return op_send(ret, err, HTTP_GET,
		"/rest/api/3/field/{}/context?startAt={}&maxResults=50",
		op->key, at.text, NULL);
}

static int ask_options(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	const struct jira_options *o = op->ret;
	struct rest_number at = rest_number(op->seen);

	op->stage = OPTIONS;
	return op_send(ret, err, HTTP_GET,
		"/rest/api/3/field/{}/context/{}/option"
		"?startAt={}&maxResults=100",
		op->key, o->context, at.text, NULL);
}

/* The only one, else the global one, whose id is kept in the cursor. */
static void choose_context(struct op *op, struct json page)
{
	struct jira_options *o = op->ret;
	struct json list = json_array(page, "values", JSON_MUST);

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *id = rest_id(op->arena, i, "id", JSON_MUST);

		if (json_bool(i, "isGlobalContext", JSON_MAY)) {
			buf_reset(&op->cursor);
			buf_str(&op->cursor, id);
		}
		o->context = id;
	}
}

static const char *chosen_context(struct op *op)
{
	const struct jira_options *o = op->ret;

	if (op->cursor.len > 0)
		return arena_copy(op->arena, buf_text(&op->cursor));
	return op->seen == 1 ? o->context : NULL;
}

static int take_contexts(const struct remote *r, struct op *op,
	struct json_doc *doc, struct http_request *ret, struct lapse_err *err)
{
	struct jira_options *o = op->ret;
	bool more;
	int rc;

	choose_context(op, json_root(doc));
	more = rest_page(op, json_root(doc), "values");
	rc = rest_check(doc, r, op, err);
	if (rc >= 0)
		rc = buf_check(&op->cursor, err, r->name);
	if (rc < 0)
		return rc;
	if (more)
		return ask_contexts(op, ret, err);
	o->context = chosen_context(op);
	if (o->context == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: field '%s': has %zu contexts and none is global; "
			"give it one context", r->name, op->key, op->seen);
	op->seen = op->pages = 0;
	return ask_options(op, ret, err);
}

static int take_options(const struct remote *r, struct op *op,
	struct json_doc *doc, struct http_request *ret, struct lapse_err *err)
{
	bool more;
	int rc;

	rest_options(op->arena,
		json_array(json_root(doc), "values", JSON_MUST), op->ret);
	more = rest_page(op, json_root(doc), "values");
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	return more ? ask_options(op, ret, err) : rest_done(op, OP_FOUND);
}

int jira_get_options(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc;

	if (last == NULL)
		return ask_contexts(op, ret, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	if (op->ret == NULL)
		op->ret = arena_alloc(op->arena, sizeof(struct jira_options));
	if (op->ret == NULL)
		return lapse_fail_nomem(err);
	return op->stage == CONTEXTS ? take_contexts(r, op, doc, ret, err)
				     : take_options(r, op, doc, ret, err);
}

/* ---- Writing ---- */

static int write_options(struct op *op, enum http_method method,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF body = {0};

	buf_str(&body, op->body);
	return rest_body(ret, op_send(ret, err, method,
		"/rest/api/3/field/{}/context/{}/option", op->key, op->id,
		NULL), &body, err);
}

/* At most 1000 a call. Source: Jira Cloud platform REST v3,
 * createCustomFieldOption. */
int jira_create_options(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct jira_options *o;
	int rc;

	if (last == NULL)
		return write_options(op, HTTP_POST, ret, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	o = arena_alloc(op->arena, sizeof(*o));
	if (o == NULL)
		return lapse_fail_nomem(err);
	o->context = arena_copy(op->arena, op->id);
	rest_options(op->arena,
		json_array(json_root(doc), "options", JSON_MUST), o);
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	op->ret = o;
	return rest_done(op, OP_CHANGED);
}

/* All or none; options that were so before are left out of the reply.
 * Source: Jira Cloud platform REST v3, updateCustomFieldOption. */
int jira_update_options(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	if (last != NULL)
		return rest_done(op, OP_CHANGED);
	ret->want = HTTP_WANT_NOTHING;
	return write_options(op, HTTP_PUT, ret, err);
}
