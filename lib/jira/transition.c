/* Moving an issue to a status. A transition is found by where it leads:
 * names are translated and repeat, ids differ between workflows. */
#include <string.h>

#include "rest.h"

enum transition_stage {
	READ_STATUS,
	READ_TRANSITIONS,
	TAKE,
};

static int ask_status(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	op->stage = READ_STATUS;
	return op_send(ret, err, HTTP_GET, "/rest/api/3/issue/{}?fields=status",
		op->issue, NULL);
}

static int ask_transitions(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	op->stage = READ_TRANSITIONS;
	return op_send(ret, err, HTTP_GET,
		"/rest/api/3/issue/{}/transitions?expand=transitions.fields",
		op->issue, NULL);
}

static int take_status(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_ARENA texts = {0};
	const char *status;
	int rc = json_open(&doc, last->body.data, last->body.len, err);

	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	status = rest_id(&texts,
		json_object(json_object(json_root(doc), "fields", JSON_MUST),
			"status", JSON_MUST), "id", JSON_MUST);
	rc = json_check(doc, r->name, err);
	if (rc >= 0)
		rc = arena_check(&texts, err);
	if (rc < 0)
		return rc;
	if (strcmp(status, op->id) == 0)
		return rest_done(op, OP_ALREADY);
	return ask_transitions(op, ret, err);
}

/* isAvailable is left out by some; absent means that it is. */
static bool leads_there(struct arena *a, struct json transition,
	const char *status)
{
	struct json available = json_at(transition, "isAvailable");
	const char *to = rest_id(a, json_object(transition, "to", JSON_MUST),
		"id", JSON_MUST);

	return to != NULL && strcmp(to, status) == 0 &&
		(!json_here(available) ||
			json_bool(transition, "isAvailable", JSON_MUST));
}

/* A resolution can be set only where the transition's screen has it.
 * Source: Jira Cloud platform REST v3, doTransition. */
static int take_it(struct op *op, const char *id, bool screen,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};

	op->stage = TAKE;
	json_put_open(&w, NULL, '{');
	json_put_open(&w, "transition", '{');
	json_put_text(&w, "id", id);
	json_put_close(&w, '}');
	if (op->key != NULL && screen) {
		json_put_open(&w, "fields", '{');
		json_put_open(&w, "resolution", '{');
		json_put_text(&w, "id", op->key);
		json_put_close(&w, '}');
		json_put_close(&w, '}');
	}
	json_put_close(&w, '}');
	ret->want = HTTP_WANT_NOTHING;
	return rest_body(ret, op_send(ret, err, HTTP_POST,
		"/rest/api/3/issue/{}/transitions", op->issue, NULL), &body,
		err);
}

/* Without the right to transition the list is empty, not forbidden.
 * Source: Jira Cloud platform REST v3, getTransitions. */
static int take_transitions(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_ARENA texts = {0};
	struct json chosen = {0};
	struct json list;
	const char *id = NULL;
	bool screen;
	int rc = json_open(&doc, last->body.data, last->body.len, err);

	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	list = json_array(json_root(doc), "transitions", JSON_MUST);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		if (leads_there(&texts, i, op->id) && !json_valid(chosen))
			chosen = i;
	if (json_valid(chosen))
		id = rest_id(&texts, chosen, "id", JSON_MUST);
	screen = json_here(json_at(json_object(chosen, "fields", JSON_MAY),
		"resolution"));
	rc = json_check(doc, r->name, err);
	if (rc >= 0)
		rc = arena_check(&texts, err);
	if (rc < 0)
		return rc;
	if (id == NULL)
		return rest_done(op, OP_ABSENT);
	if (op->step == jira_offers)
		return rest_done(op, OP_FOUND);
	return take_it(op, id, screen, ret, err);
}

int jira_transition(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return op->public ? ask_transitions(op, ret, err)
				  : ask_status(op, ret, err);
	if (op->stage == READ_STATUS)
		return take_status(r, op, last, ret, err);
	if (op->stage == READ_TRANSITIONS)
		return take_transitions(r, op, last, ret, err);
	return rest_done(op, OP_CHANGED);
}

int jira_offers(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	return last == NULL ? ask_transitions(op, ret, err)
			    : take_transitions(r, op, last, ret, err);
}
