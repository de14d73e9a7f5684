/* The approvals of one request, as Jira Service Management keeps them. Who
 * had to be asked, and what counts, is decided elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "rest.h"

/* An unknown word is a fault: it is never taken for a decision. */
static enum jira_decision read_decision(struct json at, const char *key)
{
	const char *word = json_text(at, key, JSON_MUST);

	if (word != NULL && strcmp(word, "approved") == 0)
		return JIRA_APPROVED;
	if (word != NULL && strcmp(word, "declined") == 0)
		return JIRA_DECLINED;
	if (word != NULL && strcmp(word, "pending") != 0)
		json_fault(at, key, "is not a known decision");
	return JIRA_PENDING;
}

/* The other forms of the date are in the reader's zone and language.
 * Source: Jira Service Management REST, DateDTO. */
static int64_t read_date(struct json at)
{
	return json_here(at) ? json_int(at, "epochMillis", JSON_MUST) / 1000
			     : WHEN_NONE;
}

static void read_answers(struct arena *a, struct json list,
	struct jira_approval *ret)
{
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct jira_answer *answer = VEC_ADD(&ret->answers, a);

		if (answer == NULL)
			return;
		rest_person(a, json_object(i, "approver", JSON_MUST),
			&answer->who);
		answer->decision = read_decision(i, "approverDecision");
	}
}

/* completedDate is absent while the approval is pending. */
static void read_approval(struct arena *a, struct json at,
	struct jira_approvals *ret)
{
	struct jira_approval *item = VEC_ADD(&ret->items, a);

	if (item == NULL)
		return;
	item->id = rest_id(a, at, "id", JSON_MUST);
	item->name = rest_text(a, at, "name");
	item->created_at = read_date(json_object(at, "createdDate",
		JSON_MUST));
	item->completed_at = read_date(json_object(at, "completedDate",
		JSON_MAY));
	item->final = read_decision(at, "finalDecision");
	read_answers(a, json_array(at, "approvers", JSON_MUST), item);
}

/* Ids grow; they settle the order within a second. */
static int newest_first(const void *a, const void *b)
{
	const struct jira_approval *x = a;
	const struct jira_approval *y = b;
	long long m = strtoll(x->id, NULL, 10);
	long long n = strtoll(y->id, NULL, 10);

	if (x->created_at != y->created_at)
		return x->created_at < y->created_at ? 1 : -1;
	return m < n ? 1 : m > n ? -1 : 0;
}

static int ask(struct op *op, struct http_request *ret, struct lapse_err *err)
{
	struct rest_number at = rest_number(op->seen);

	return rest_desk(ret, op_send(ret, err, HTTP_GET,
		"/rest/servicedeskapi/request/{}/approval?start={}&limit=50",
		op->issue, at.text, NULL));
}

/* Source: Jira Service Management REST, getApprovals. */
int jira_get_approvals(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct jira_approvals *all = op->ret;
	struct json list;
	bool more;
	int rc;

	if (last == NULL)
		return ask(op, ret, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	if (all == NULL)
		all = op->ret = arena_alloc(op->arena, sizeof(*all));
	if (all == NULL)
		return lapse_fail_nomem(err);
	list = json_array(json_root(doc), "values", JSON_MUST);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		read_approval(op->arena, i, all);
	more = rest_desk_page(op, json_root(doc));
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	if (more)
		return ask(op, ret, err);
	if (all->items.n > 1)
		qsort(all->items.items, all->items.n,
			sizeof(*all->items.items), newest_first);
	return rest_done(op, OP_FOUND);
}

/* Source: Jira Service Management REST, answerApproval. */
int jira_answer_approval(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};

	(void)r;
	if (last != NULL)
		return rest_done(op, OP_CHANGED);
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "decision", op->key);
	json_put_close(&w, '}');
	ret->want = HTTP_WANT_NOTHING;
	return rest_body(ret, rest_desk(ret, op_send(ret, err, HTTP_POST,
		"/rest/servicedeskapi/request/{}/approval/{}", op->issue,
		op->id, NULL)), &body, err);
}
