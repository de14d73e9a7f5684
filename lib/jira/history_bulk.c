/* The change logs of many issues at once, each complete before anybody sees
 * it: pages go by time, so an issue's edits are spread over all of them. */
#include <string.h>

#include "rest.h"

enum {
	ISSUES_MAX = 1000,
	FIELDS_MAX = 10,
	PAGE = 1000,		/* entries; the service may give fewer */
};

struct log {
	const char *issue;
	struct jira_history history;
};

struct logs {
	VEC(struct log) items;
};

/* Source: Jira Cloud platform REST v3, getBulkChangelogs. */
static int ask(const struct remote *r, const struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};
	size_t fields = 0;
	size_t n;

	json_put_open(&w, NULL, '{');
	n = rest_put_list(&w, "issueIdsOrKeys", op->key);
	if (op->id != NULL)
		fields = rest_put_list(&w, "fieldIds", op->id);
	json_put_int(&w, "maxResults", PAGE);
	if (op->cursor.len > 0)
		json_put_text(&w, "nextPageToken", buf_text(&op->cursor));
	json_put_close(&w, '}');
	if (n < 1 || n > ISSUES_MAX || fields > FIELDS_MAX)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: the histories of %zu issues and %zu fields, not "
			"of 1 to %d and at most %d", r->name, n, fields,
			ISSUES_MAX, FIELDS_MAX);
	ret->safe = true;
	return rest_body(ret, op_send(ret, err, HTTP_POST,
		"/rest/api/3/changelog/bulkfetch", NULL), &body, err);
}

/* Described as a text, like that of one issue's history; the service gives a
 * number of milliseconds, and the description's example one of seconds.
 * Source: Jira Cloud platform REST v3, Changelog; replies of live sites. */
static int64_t created(struct json at)
{
	static const int64_t least_ms = 100000000000;
	int64_t n = json_as_int(json_at(at, "created"), -1);

	if (n < 0)
		return json_time(at, "created", JSON_MUST);
	return n < least_ms ? n : n / 1000;
}

static struct log *log_of(struct logs *all, const char *issue, struct arena *a)
{
	struct log *l;

	for (size_t i = all->items.n; i-- > 0;)
		if (strcmp(all->items.items[i].issue, issue) == 0)
			return &all->items.items[i];
	l = VEC_ADD(&all->items, a);
	if (l != NULL)
		l->issue = issue;
	return l;
}

static void read_log(struct arena *a, struct json at, struct logs *all)
{
	const char *issue = rest_id(a, at, "issueId", JSON_MUST);
	struct json list = json_array(at, "changeHistories", JSON_MUST);
	struct log *l = issue == NULL ? NULL : log_of(all, issue, a);

	for (struct json i = json_first(list); l != NULL && json_valid(i);
		i = json_next(i))
		rest_history_entry(a, i, created(i), &l->history);
}

static int give(struct op *op, struct logs *all, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < all->items.n; i++) {
		struct log *l = &all->items.items[i];
		struct jira_history_of item = {l->issue, &l->history};

		rest_history_sort(&l->history);
		rc = op_give(op, &item, err);
	}
	return rc;
}

int jira_get_histories(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct logs *all = op->ret;
	struct json list;
	const char *token;
	int rc;

	if (last == NULL)
		return ask(r, op, ret, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	if (all == NULL)
		all = op->ret = arena_alloc(op->arena, sizeof(*all));
	if (all == NULL)
		return lapse_fail_nomem(err);
	list = json_array(json_root(doc), "issueChangeLogs", JSON_MUST);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		read_log(op->arena, i, all);
	token = json_text(json_root(doc), "nextPageToken", JSON_MAY);
	rc = rest_check(doc, r, op, err);
	if (rc >= 0)
		rc = op_next_token(op, token, err);
	if (rc == OP_SEND)
		return ask(r, op, ret, err);
	if (rc == OP_DONE)
		rc = give(op, all, err);
	if (rc < 0)
		return rc;
	op->ret = NULL;
	return rest_done(op, op->seen > 0 ? OP_FOUND : OP_NONE);
}
