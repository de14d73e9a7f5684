/* Many issues in one request: making them, and reading them. Which of them
 * belong together is the caller's matter. */
#include <string.h>

#include "rest.h"

enum {
	CREATE_MAX = 50,
	FETCH_MAX = 100,
};

/* ---- Making ---- */

static int count_asked(const struct remote *r, const struct op *op,
	size_t *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	size_t n = 0;

	if (op->body == NULL ||
		json_open(&doc, op->body, strlen(op->body), NULL) < 0)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: the issues to make are not JSON", r->name);
	list = json_at(json_root(doc), "issueUpdates");
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		n++;
	if (n < 1 || n > CREATE_MAX)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: %zu issues to make at once, not 1 to %d", r->name,
			n, CREATE_MAX);
	*ret = n;
	return 0;
}

static int ask_create(const struct remote *r, const struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	size_t n;
	int rc = count_asked(r, op, &n, err);

	if (rc < 0)
		return rc;
	buf_str(&body, op->body);
	ret->expect[0] = 400;
	return rest_body(ret, op_send(ret, err, HTTP_POST,
		"/rest/api/3/issue/bulk", NULL), &body, err);
}

/* A 400 may also be about the whole request: then no element has a number. */
static int refused(const struct remote *r, const struct http_response *last,
	struct lapse_err *err)
{
	const struct http_request asked = {.method = HTTP_POST};
	struct lapse_err why = {0};
	int64_t wait_s;

	(void)jira_service.classify(r, &asked, last, &wait_s, &why);
	if (err != NULL)
		*err = why;
	return why.code;
}

struct batch {
	struct arena a;
	size_t n;		/* elements asked for */
	bool *failed;		/* one an element */
	VEC(struct jira_created) made;
};

static void batch_clear(struct batch *b)
{
	arena_clear(&b->a);
}

static void read_failed(struct json errors, struct batch *b)
{
	for (struct json i = json_first(errors); json_valid(i);
		i = json_next(i)) {
		int64_t at = json_int(i, "failedElementNumber", JSON_MUST);

		if (at < 0 || (uint64_t)at >= b->n || b->failed[at])
			json_fault(i, "failedElementNumber",
				"is not that of an element");
		else
			b->failed[at] = true;
	}
}

static size_t next_made(const struct batch *b, size_t at)
{
	while (at < b->n && b->failed[at])
		at++;
	return at;
}

/* Those made stand in the order of the body, without gaps for those that were
 * not, so only numbers that add up tell which is which. */
static void read_made(struct json root, struct batch *b)
{
	struct json list = json_array(root, "issues", JSON_MAY);
	size_t at = next_made(b, 0);

	for (struct json i = json_first(list); json_valid(i) && at < b->n;
		i = json_next(i)) {
		struct jira_created *c = VEC_ADD(&b->made, &b->a);

		if (c == NULL)
			return;
		c->id = rest_id(&b->a, i, "id", JSON_MUST);
		c->key = rest_id(&b->a, i, "key", JSON_MUST);
		c->at = at;
		at = next_made(b, at + 1);
		if (at == b->n && json_valid(json_next(i)))
			json_fault(root, "issues", "are too many");
	}
	if (at < b->n)
		json_fault(root, "issues", "are too few");
}

/* What the first element that failed is told, in Jira's own words. */
static int first_failed(const struct remote *r, const struct batch *b,
	struct json errors, struct lapse_err *err)
{
	AUTO_BUF said = {0};
	AUTO_BUF others = {0};
	size_t first = 0;
	size_t more = 0;

	while (!b->failed[first])
		first++;
	for (size_t i = first + 1; i < b->n; i++)
		more += b->failed[i];
	for (struct json i = json_first(errors); json_valid(i);
		i = json_next(i))
		if (json_as_int(json_at(i, "failedElementNumber"), -1) ==
			(int64_t)first)
			rest_said(&said, json_at(i, "elementErrors"));
	if (more > 0)
		buf_fmt(&others, "; nor were %zu more", more);
	return lapse_fail(err, LAPSE_EREFUSED,
		"%s: POST: issue %zu of %zu was not made (%s)%s", r->name,
		first + 1, b->n,
		said.len > 0 ? buf_text(&said) : "no reason given",
		buf_text(&others));
}

static int give_made(struct op *op, const struct batch *b,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < b->made.n; i++)
		rc = op_give(op, &b->made.items[i], err);
	return rc;
}

/* 201 also when a part failed, 400 when all did, in one and the same shape.
 * Source: Jira Cloud platform REST v3, createIssues (CreatedIssues). */
int jira_create_issues(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	__attribute__((cleanup(batch_clear))) struct batch b = {0};
	AUTO_JSON *doc = NULL;
	struct json errors;
	int rc;

	if (last == NULL)
		return ask_create(r, op, ret, err);
	rc = count_asked(r, op, &b.n, err);
	if (rc < 0)
		return rc;
	rc = json_open(&doc, last->body.data, last->body.len, err);
	errors = rc < 0 ? (struct json){0} : json_at(json_root(doc), "errors");
	if (last->status == 400 && !json_is_array(errors))
		return refused(r, last, err);
	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	b.failed = arena_alloc(&b.a, b.n + 1);
	if (b.failed == NULL)
		return lapse_fail_nomem(err);
	errors = json_array(json_root(doc), "errors", JSON_MAY);
	read_failed(errors, &b);
	read_made(json_root(doc), &b);
	rc = json_check(doc, r->name, err);
	if (rc >= 0)
		rc = arena_check(&b.a, err);
	if (rc >= 0)
		rc = give_made(op, &b, err);
	if (rc < 0)
		return rc;
	return b.made.n < b.n ? first_failed(r, &b, errors, err)
			      : rest_done(op, OP_CHANGED);
}

/* ---- Reading ---- */

/* Source: Jira Cloud platform REST v3, bulkFetchIssues. */
static int ask_fetch(const struct remote *r, const struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF fields = {0};
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};
	size_t n;

	rest_issue_fields(&fields, rest_form(op));
	json_put_open(&w, NULL, '{');
	n = rest_put_list(&w, "issueIdsOrKeys", op->key);
	(void)rest_put_list(&w, "fields", buf_text(&fields));
	if (op->id != NULL)
		(void)rest_put_list(&w, "properties", op->id);
	json_put_close(&w, '}');
	if (n < 1 || n > FETCH_MAX)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: %zu issues to read at once, not 1 to %d", r->name,
			n, FETCH_MAX);
	if (fields.failed)
		return lapse_fail_nomem(err);
	ret->safe = true;
	return rest_body(ret, op_send(ret, err, HTTP_POST,
		"/rest/api/3/issue/bulkfetch", NULL), &body, err);
}

static bool has(const char *list, const char *id)
{
	size_t n = strlen(id);

	for (const char *p = list; p != NULL; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, id, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return true;
	}
	return false;
}

struct fetched {
	VEC(const struct jira_issue *) items;
};

/* The one of another's id, or the same one twice, is nobody's answer. */
static void read_one(struct arena *a, const struct op *op, struct json at,
	struct fetched *ret)
{
	struct jira_issue *issue = rest_issue(a, at, rest_form(op));
	const struct jira_issue **slot;

	if (issue == NULL || issue->id == NULL)
		return;
	if (op->id != NULL)
		issue->property = rest_property(a, at, op->id);
	if (!has(op->key, issue->id))
		json_fault(at, "id", "was not asked for");
	for (size_t i = 0; i < ret->items.n; i++)
		if (strcmp(ret->items.items[i]->id, issue->id) == 0)
			json_fault(at, "id", "is there twice");
	slot = VEC_ADD(&ret->items, a);
	if (slot != NULL)
		*slot = issue;
}

/* Hidden and missing ones are in neither list; what is in issueErrors could
 * not be read this time. */
int jira_get_issues(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_ARENA texts = {0};
	AUTO_JSON *doc = NULL;
	struct fetched all = {0};
	struct json list;
	int rc;

	if (last == NULL)
		return ask_fetch(r, op, ret, err);
	rc = json_open(&doc, last->body.data, last->body.len, err);
	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	list = json_array(json_root(doc), "issues", JSON_MUST);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		read_one(&texts, op, i, &all);
	rc = json_check(doc, r->name, err);
	if (rc >= 0)
		rc = arena_check(&texts, err);
	for (size_t i = 0; rc >= 0 && i < all.items.n; i++)
		rc = op_give(op, all.items.items[i], err);
	if (rc < 0)
		return rc;
	return rest_done(op, op->seen > 0 ? OP_FOUND : OP_NONE);
}
