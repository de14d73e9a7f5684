/* People: ourselves, one by account, those behind an address. */
#include <string.h>

#include "text.h"
#include "rest.h"

enum {
	PAGE = 50,
	WINDOW = 1000,		/* results that the service gives at most */
};

static int take_person(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct jira_person *person;
	int rc = rest_open(&doc, r, op, last, err);

	if (rc < 0)
		return rc;
	person = arena_alloc(op->arena, sizeof(*person));
	if (person == NULL)
		return lapse_fail_nomem(err);
	rest_person(op->arena, json_root(doc), person);
	json_bool(json_root(doc), "active", JSON_MUST);
	if (op->user != NULL && person->account != NULL &&
		strcmp(person->account, op->user) != 0)
		json_fault(json_root(doc), "accountId", "is another's");
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	op->ret = person;
	return rest_done(op, OP_FOUND);
}

/* Source: Jira Cloud platform REST v3, getCurrentUser. */
int jira_myself(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return op_send(ret, err, HTTP_GET, "/rest/api/3/myself", NULL);
	return take_person(r, op, last, err);
}

/* Inactive accounts too. Source: Jira Cloud platform REST v3, getUser. */
int jira_get_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return rest_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/rest/api/3/user?accountId={}", op->user, NULL));
	if (last->status == 404)
		return rest_done_gone(r, op, last, err);
	return take_person(r, op, last, err);
}

static int ask(struct op *op, struct http_request *ret, struct lapse_err *err)
{
	struct rest_number at = rest_number(op->pages * PAGE);
	struct rest_number size = rest_number(PAGE);

	return op_send(ret, err, HTTP_GET,
		"/rest/api/3/user/search?query={}&startAt={}&maxResults={}",
		op->key, at.text, size.text, NULL);
}

static int give(const struct remote *r, struct op *op, struct json_doc *doc,
	size_t *ret_n, struct lapse_err *err)
{
	AUTO_ARENA texts = {0};
	VEC(struct jira_person) people = {0};
	struct json list = json_root(doc);
	int rc;

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct jira_person *p = VEC_ADD(&people, &texts);

		if (p != NULL)
			rest_person(&texts, i, p);
	}
	*ret_n = people.n;
	rc = json_check(doc, r->name, err);
	if (rc >= 0)
		rc = arena_check(&texts, err);
	for (size_t i = 0; rc >= 0 && i < people.n; i++) {
		struct jira_person *p = &people.items[i];

		if (p->account == NULL || p->email == NULL ||
			!text_same_nocase(p->email, op->key))
			continue;
		rc = op_give(op, p, err);
	}
	return rc;
}

/* A prefix match over names and addresses, of active users; so only a
 * visible, equal address counts. The filter is applied before the range, so
 * a short page is the last. Source: Jira Cloud platform REST v3, findUsers. */
int jira_find_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	size_t n = 0;
	int rc;

	if (last == NULL)
		return ask(op, ret, err);
	rc = json_open(&doc, last->body.data, last->body.len, err);
	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	if (!json_is_array(json_root(doc)))
		return lapse_fail(err, LAPSE_EPROTO, "%s: reply is not a list",
			r->name);
	rc = give(r, op, doc, &n, err);
	if (rc < 0)
		return rc;
	op->pages++;
	if (n < PAGE || op->pages * PAGE >= WINDOW)
		return rest_done(op, op->seen > 0 ? OP_FOUND : OP_GONE);
	return ask(op, ret, err);
}
