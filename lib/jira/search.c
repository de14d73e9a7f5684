/* Which issues match a query: ids and times only. The index lags behind and
 * misses rows, so what an issue says is read from the issue itself. */
#include <string.h>

#include "rest.h"

enum {
	PAGE = 1000,		/* the service may give fewer */
	PAGE_WITH_PROPERTY = 250, /* of up to 32 KiB each */
};

/* `fields` defaults to the id alone; there is no total and no startAt.
 * Source: Jira Cloud platform REST v3, searchAndReconsileIssuesUsingJqlPost. */
static int ask(struct op *op, struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "jql", op->key);
	json_put_int(&w, "maxResults",
		op->id != NULL ? PAGE_WITH_PROPERTY : PAGE);
	json_put_open(&w, "fields", '[');
	json_put_text(&w, NULL, "updated");
	json_put_close(&w, ']');
	if (op->id != NULL) {
		json_put_open(&w, "properties", '[');
		json_put_text(&w, NULL, op->id);
		json_put_close(&w, ']');
	}
	if (op->cursor.len > 0)
		json_put_text(&w, "nextPageToken", buf_text(&op->cursor));
	json_put_close(&w, '}');
	ret->safe = true;
	return rest_body(ret, op_send(ret, err, HTTP_POST,
		"/rest/api/3/search/jql", NULL), &body, err);
}

static void read_hit(const struct op *op, struct json at,
	struct jira_hit *ret, struct arena *a)
{
	*ret = (struct jira_hit){
		.id = rest_id(a, at, "id", JSON_MUST),
		.key = rest_id(a, at, "key", JSON_MUST),
		.updated_at = json_time(json_object(at, "fields", JSON_MUST),
			"updated", JSON_MUST),
		.property = op->id == NULL ? NULL :
			rest_property(a, at, op->id),
	};
}

static int give(const struct remote *r, struct op *op, struct json_doc *doc,
	struct json list, struct lapse_err *err)
{
	AUTO_ARENA texts = {0};
	VEC(struct jira_hit) hits = {0};
	int rc;

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct jira_hit *hit = VEC_ADD(&hits, &texts);

		if (hit != NULL)
			read_hit(op, i, hit, &texts);
	}
	rc = json_check(doc, r->name, err);
	if (rc >= 0)
		rc = arena_check(&texts, err);
	for (size_t i = 0; rc >= 0 && i < hits.n; i++)
		rc = op_give(op, &hits.items[i], err);
	return rc;
}

/* The end is an absent token. isLast may be missing, and an empty page with
 * a token has been seen to go on for ever. Source: as above, and reports of
 * users of the new search. */
static const char *next_token(struct json root, struct json list)
{
	const char *token = json_text(root, "nextPageToken", JSON_MAY);
	bool told = json_here(json_at(root, "isLast"));

	if (!json_valid(json_first(list)) ||
		json_bool(root, "isLast", JSON_MAY))
		return NULL;
	if (token == NULL && told)
		json_fault(root, "nextPageToken",
			"is missing although there is more");
	return token;
}

int jira_search(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json root;
	struct json list;
	const char *token;
	int rc;

	if (last == NULL)
		return ask(op, ret, err);
	rc = json_open(&doc, last->body.data, last->body.len, err);
	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	root = json_root(doc);
	list = json_array(root, "issues", JSON_MUST);
	token = next_token(root, list);
	rc = give(r, op, doc, list, err);
	if (rc < 0)
		return rc;
	rc = op_next_token(op, token, err);
	if (rc == OP_DONE)
		return rest_done(op, op->seen > 0 ? OP_FOUND : OP_NONE);
	return rc < 0 ? rc : ask(op, ret, err);
}
