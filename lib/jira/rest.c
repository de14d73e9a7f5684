/* Small things that every Jira operation needs. No operation stands here. */
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "rest.h"

static int open_as(struct json_doc **ret, const struct remote *r,
	struct op *op, const struct http_response *last, bool list,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json root;
	int rc;

	if (op->arena == NULL)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: the operation has no arena", r->name);
	rc = json_open(&doc, last->body.data, last->body.len, err);
	if (rc < 0) {
		lapse_prefix(err, "%s", r->name);
		return rc;
	}
	root = json_root(doc);
	if (list ? !json_is_array(root) : !json_is_object(root))
		return lapse_fail(err, LAPSE_EPROTO, "%s: reply is not %s",
			r->name, list ? "a list" : "an object");
	*ret = doc;
	doc = NULL;
	return 0;
}

int rest_open(struct json_doc **ret, const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	return open_as(ret, r, op, last, false, err);
}

int rest_open_list(struct json_doc **ret, const struct remote *r,
	struct op *op, const struct http_response *last, struct lapse_err *err)
{
	return open_as(ret, r, op, last, true, err);
}

int rest_check(struct json_doc *doc, const struct remote *r, struct op *op,
	struct lapse_err *err)
{
	int rc = json_check(doc, r->name, err);

	return rc < 0 ? rc : arena_check(op->arena, err);
}

int rest_done(struct op *op, enum op_outcome outcome)
{
	op->outcome = outcome;
	return OP_DONE;
}

int rest_send_gone(struct http_request *ret, int rc)
{
	ret->expect[0] = 404;
	return rc;
}

/* A gateway or a parked site answers 404 as well, in HTML or in a shape of
 * its own. Source: Jira Cloud platform REST v3, ErrorCollection. */
int rest_done_gone(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;

	if (last->body.len > 0 &&
		json_open(&doc, last->body.data, last->body.len, NULL) >= 0 &&
		(json_is_array(json_at(json_root(doc), "errorMessages")) ||
			json_is_text(json_at(json_root(doc),
				"errorMessage"))))
		return rest_done(op, OP_GONE);
	return lapse_fail(err, LAPSE_EPROTO,
		"%s: status 404, but not from Jira; check the url", r->name);
}

int rest_body(struct http_request *ret, int rc, struct buf *body,
	struct lapse_err *err)
{
	if (rc < 0)
		return rc;
	if (body->failed)
		return lapse_fail_nomem(err);
	op_body(ret, body);
	return rc;
}

/* Without it experimental resources answer 412; elsewhere it is ignored.
 * Source: Jira Service Management REST, "Experimental methods". */
int rest_desk(struct http_request *ret, int rc)
{
	ret->headers[0] = "X-ExperimentalApi: opt-in";
	return rc;
}

const char *rest_copy(struct arena *a, const char *text)
{
	return text == NULL || *text == '\0' ? NULL : arena_copy(a, text);
}

const char *rest_text(struct arena *a, struct json object, const char *key)
{
	return rest_copy(a, json_text(object, key, JSON_MAY));
}

const char *rest_id(struct arena *a, struct json object, const char *key,
	enum json_need need)
{
	const char *id = json_id(object, key, need, a);

	if (id == NULL)
		return NULL;
	if (!text_is_id(id))
		json_fault(object, key, "is not an id");
	return id;
}

/* Never a number, unlike other ids: one would be somebody else's. */
static const char *account_of(struct arena *a, struct json at)
{
	const char *account = json_text(at, "accountId", JSON_MUST);

	if (account != NULL && !text_is_id(account))
		json_fault(at, "accountId", "is not an id");
	return arena_copy(a, account);
}

/* An address may be hidden by its owner, and is then absent or empty.
 * Source: Jira Cloud platform REST v3, User. */
void rest_person(struct arena *a, struct json at, struct jira_person *ret)
{
	*ret = (struct jira_person){0};
	if (!json_here(at))
		return;
	ret->account = account_of(a, at);
	ret->name = rest_text(a, at, "displayName");
	ret->email = rest_text(a, at, "emailAddress");
	ret->zone = rest_text(a, at, "timeZone");
	ret->type = rest_text(a, at, "accountType");
	ret->active = json_bool(at, "active", JSON_MAY);
}

bool rest_is_issue_id(const char *issue)
{
	return issue != NULL && *issue != '\0' &&
		issue[strspn(issue, "0123456789")] == '\0';
}

/* Where the envelope says neither isLast nor total, the end would be a
 * guess. */
static bool more(struct op *op, struct json page)
{
	int64_t total = json_as_int(json_at(page, "total"), -1);

	if (json_here(json_at(page, "isLast")))
		return !json_bool(page, "isLast", JSON_MUST);
	if (total < 0)
		json_fault(page, "total", "is missing");
	return (int64_t)op->seen < total;
}

static void turn(struct op *op, struct json page, const char *list,
	const char *start)
{
	size_t n = json_count(json_array(page, list, JSON_MUST));
	int64_t from = json_as_int(json_at(page, start), (int64_t)op->seen);

	if (from != (int64_t)op->seen)
		json_fault(page, start, "is not where the page was asked for");
	op->seen += n;
	op->pages++;
}

static bool go_on(struct op *op, struct json page, const char *list, bool on)
{
	bool empty = !json_valid(json_first(json_at(page, list)));

	if (on && empty)
		json_fault(page, list, "is empty although there is more");
	if (op->pages > 10000)
		json_fault(page, list, "does not end");
	return on && !empty;
}

bool rest_page(struct op *op, struct json page, const char *list)
{
	turn(op, page, list, "startAt");
	return go_on(op, page, list, more(op, page));
}

bool rest_desk_page(struct op *op, struct json page)
{
	turn(op, page, "values", "start");
	return go_on(op, page, "values",
		!json_bool(page, "isLastPage", JSON_MUST));
}

size_t rest_put_list(struct json_out *w, const char *key, const char *list)
{
	AUTO_BUF one = {0};
	size_t n = 0;

	json_put_open(w, key, '[');
	for (const char *p = list; p != NULL && *p != '\0';) {
		size_t len = strcspn(p, ",");

		buf_reset(&one);
		buf_add(&one, p, len);
		if (one.failed)
			w->out->failed = true;
		json_put_text(w, NULL, buf_text(&one));
		p += len + (p[len] == ',' ? 1 : 0);
		n++;
	}
	json_put_close(w, ']');
	return n;
}

struct rest_number rest_number(size_t n)
{
	struct rest_number ret;

	snprintf(ret.text, sizeof(ret.text), "%zu", n);
	return ret;
}
