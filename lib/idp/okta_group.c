/* Okta's groups, and whether somebody else feeds them. */
#include <string.h>

#include "okta.h"

/* The rules come first, so that each group's kind is known when it is read;
 * their lines stand in op->cursor behind the link, one "GROUP\tRULE" each. */
enum group_stage {
	GROUP_RULES = 0,
	GROUP_READ = 100,
};

static int ask_rules(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	op->stage = GROUP_RULES;
	return op_send(ret, err, HTTP_GET, "/api/v1/groups/rules?limit=200",
		NULL);
}

/* OP_DONE after the last page. Source: Okta Management API, listGroupRules. */
static int take_rules(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	int rc = okta_open(&doc, r, last, true, err);

	if (rc < 0)
		return rc;
	list = json_root(doc);
	if (op->cursor.len == 0)
		buf_char(&op->cursor, '\n');
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		okta_rule(i, op->group, &op->cursor);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	return okta_next_page(r, op, GROUP_RULES, list, last, ret, err);
}

/* From here on the cursor is that of another list. */
static void forget_link(struct op *op)
{
	AUTO_BUF lines = {0};
	const char *text = buf_text(&op->cursor);

	buf_str(&lines, text + strcspn(text, "\n"));
	buf_reset(&op->cursor);
	buf_str(&op->cursor, buf_text(&lines));
	op->cursor.failed = op->cursor.failed || lines.failed;
	op->stage = GROUP_READ;
}

static int give_group(struct op *op, struct json at, struct lapse_err *err)
{
	AUTO_BUF rule = {0};
	struct idp_group g;
	const char *name;

	okta_group(at, &g);
	name = okta_rule_of(strchr(buf_text(&op->cursor), '\n') + 1, g.id,
		&rule);
	if (rule.failed)
		return lapse_fail_nomem(err);
	if (name != NULL && (g.kind == IDP_GROUP_OK ||
		g.kind == IDP_GROUP_RESTRICTED)) {
		g.kind = IDP_GROUP_RULE;
		g.detail = name;
	}
	return op_give(op, &g, err);
}

/* Source: Okta Management API, getGroup; `expand` is not in its description,
 * but gives the same statistics as in the list. */
static int ask_group(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	forget_link(op);
	if (op->cursor.failed)
		return lapse_fail_nomem(err);
	return okta_send_gone(ret, op_send(ret, err, HTTP_GET,
		"/api/v1/groups/{}?expand=stats", op->group, NULL));
}

static int take_group(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct idp_group g;
	int rc = okta_open(&doc, r, last, false, err);

	if (rc < 0)
		return rc;
	okta_group(json_root(doc), &g);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(g.id, op->group) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another group", r->name,
			op->group);
	rc = give_group(op, json_root(doc), err);
	return rc < 0 ? rc : okta_done(op, OP_FOUND);
}

int okta_get_group(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_rules(op, ret, err);
	if (op->stage < GROUP_READ) {
		rc = take_rules(r, op, last, ret, err);
		return rc == OP_DONE ? ask_group(op, ret, err) : rc;
	}
	if (last->status == 404)
		return okta_done_gone(r, op, last, err);
	return take_group(r, op, last, err);
}

static int ask_groups(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	forget_link(op);
	if (op->cursor.failed)
		return lapse_fail_nomem(err);
	return op_send(ret, err, HTTP_GET,
		"/api/v1/groups?expand=stats&limit=200", NULL);
}

/* Source: Okta Management API, listGroups. */
static int take_groups(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	struct idp_group g;
	int rc = okta_open(&doc, r, last, true, err);

	if (rc < 0)
		return rc;
	list = json_root(doc);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		okta_group(i, &g);
	rc = json_check(doc, r->name, err);
	for (struct json i = json_first(list); rc >= 0 && json_valid(i);
		i = json_next(i))
		rc = give_group(op, i, err);
	if (rc < 0)
		return rc;
	rc = okta_next_page(r, op, GROUP_READ, list, last, ret, err);
	return rc == OP_DONE ? okta_done(op, OP_FOUND) : rc;
}

int okta_list_groups(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_rules(op, ret, err);
	if (op->stage >= GROUP_READ)
		return take_groups(r, op, last, ret, err);
	rc = take_rules(r, op, last, ret, err);
	return rc == OP_DONE ? ask_groups(op, ret, err) : rc;
}
