/* Reading one issue, by the ids of its fields. What the fields mean to
 * anybody is not known here. */
#include <stdio.h>
#include <string.h>

#include "rest.h"

/* ---- Field values ---- */

/* Plain text of whatever kind of field: text, paragraphs, a chosen option, a
 * number, or one of these alone in a list. NULL: empty.
 * Source: Jira Cloud platform REST v3, "Field formats". */
static void add_plain(struct json at, struct buf *out)
{
	if (json_is_text(at)) {
		buf_str(out, json_as_text(at));
	} else if (json_is_array(at)) {
		struct json one = json_first(at);

		if (json_valid(one) && !json_valid(json_next(one)) &&
			!json_is_array(one))
			add_plain(one, out);
	} else if (json_is_object(at) && json_is_text(json_at(at, "value"))) {
		buf_str(out, json_as_text(json_at(at, "value")));
	} else if (json_is_object(at)) {
		adf_to_text(at, out);
	} else if (json_here(at)) {
		json_print(at, out);
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *plain(struct arena *a, struct json fields, const char *key)
{
	AUTO_BUF out = {0};
	const char *from;
	size_t len;

	if (key == NULL)
		return NULL;
	add_plain(json_at(fields, key), &out);
	if (out.failed)
		a->failed = true;
	from = buf_text(&out);
	while (is_blank(*from))
		from++;
	len = strlen(from);
	while (len > 0 && is_blank(from[len - 1]))
		len--;
	return len == 0 ? NULL : arena_copy_n(a, from, len);
}

static void read_choice(struct arena *a, struct json at,
	struct jira_issue *issue)
{
	struct json child = json_object(at, "child", JSON_MAY);
	struct jira_choice *c = VEC_ADD(&issue->roles, a);

	if (c == NULL)
		return;
	c->id = rest_id(a, at, "id", JSON_MUST);
	c->value = arena_copy(a, json_text(at, "value", JSON_MUST));
	if (!json_here(child))
		return;
	c->parent_id = c->id;
	c->parent = c->value;
	c->id = rest_id(a, child, "id", JSON_MUST);
	c->value = arena_copy(a, json_text(child, "value", JSON_MUST));
}

/* A cascading or single select is an object, a multi-select a list. */
static void read_roles(struct arena *a, struct json fields, const char *key,
	struct jira_issue *issue)
{
	struct json at = key != NULL ? json_at(fields, key) : (struct json){0};

	if (json_is_array(at))
		for (struct json i = json_first(at); json_valid(i);
			i = json_next(i))
			read_choice(a, i, issue);
	else if (json_is_object(at))
		read_choice(a, at, issue);
	else if (json_here(at))
		json_fault(fields, key, "is not a select field");
}

/* A people field holds a list, also where one person is all it takes. */
static void read_whom(struct arena *a, struct json fields, const char *key,
	struct jira_person *ret)
{
	struct json at = key != NULL ? json_at(fields, key) : (struct json){0};

	if (json_is_array(at)) {
		at = json_first(at);
		if (json_valid(at) && json_valid(json_next(at)))
			json_fault(fields, key, "holds several people");
	}
	if (json_valid(at) && json_here(at) && !json_is_object(at))
		json_fault(fields, key, "is not a user picker");
	else
		rest_person(a, at, ret);
}

static void read_approvers(struct arena *a, struct json fields,
	const char *key, struct jira_issue *issue)
{
	struct json list;

	if (key == NULL)
		return;
	list = json_array(fields, key, JSON_MAY);
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct jira_person *p = VEC_ADD(&issue->approvers, a);

		if (p != NULL)
			rest_person(a, i, p);
		if (p != NULL && p->account == NULL)
			json_fault(fields, key, "holds nobody");
	}
}

static void read_links(struct arena *a, struct json fields,
	struct jira_issue *issue)
{
	struct json list = json_array(fields, "issuelinks", JSON_MAY);

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct json type = json_object(i, "type", JSON_MUST);
		struct json other = json_object(i, "inwardIssue", JSON_MAY);
		struct jira_link *l = VEC_ADD(&issue->links, a);

		if (l == NULL)
			return;
		if (!json_here(other))
			other = json_object(i, "outwardIssue", JSON_MUST);
		l->type = rest_id(a, type, "id", JSON_MAY);
		l->type_name = rest_text(a, type, "name");
		l->issue_id = rest_id(a, other, "id", JSON_MUST);
		l->issue_key = rest_text(a, other, "key");
	}
}

static void read_subtasks(struct arena *a, struct json fields,
	struct jira_issue *issue)
{
	struct json list = json_array(fields, "subtasks", JSON_MAY);

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct jira_subtask *s = VEC_ADD(&issue->subtasks, a);

		if (s == NULL)
			return;
		s->id = rest_id(a, i, "id", JSON_MUST);
		s->key = rest_text(a, i, "key");
		s->status = rest_id(a,
			json_object(json_object(i, "fields", JSON_MUST),
				"status", JSON_MUST), "id", JSON_MUST);
	}
}

static void read_status(struct arena *a, struct json fields,
	struct jira_issue *ret)
{
	struct json status = json_object(fields, "status", JSON_MUST);
	struct json category = json_object(status, "statusCategory", JSON_MUST);

	ret->status = rest_id(a, status, "id", JSON_MUST);
	ret->status_name = rest_text(a, status, "name");
	ret->status_category = arena_copy(a,
		json_text(category, "key", JSON_MUST));
}

/* The value of the request type field. Source: JSM, vp-origin; an issue that
 * is not a portal request has none. */
static const char *read_request_type(struct arena *a, struct json fields,
	const char *key)
{
	struct json value;

	if (key == NULL)
		return NULL;
	value = json_object(fields, key, JSON_MAY);
	if (!json_here(value))
		return NULL;
	return rest_id(a, json_object(value, "requestType", JSON_MUST), "id",
		JSON_MUST);
}

static const char *id_in(struct arena *a, struct json fields, const char *key,
	enum json_need need)
{
	struct json at = json_object(fields, key, need);

	return json_here(at) ? rest_id(a, at, "id", JSON_MUST) : NULL;
}

static void read_fields(struct arena *a, struct json fields,
	const struct jira_form *form, struct jira_issue *ret)
{
	ret->project = id_in(a, fields, "project", JSON_MUST);
	ret->type = id_in(a, fields, "issuetype", JSON_MUST);
	ret->summary = rest_text(a, fields, "summary");
	ret->resolution = id_in(a, fields, "resolution", JSON_MAY);
	ret->parent = id_in(a, fields, "parent", JSON_MAY);
	ret->created_at = json_time(fields, "created", JSON_MUST);
	ret->updated_at = json_time(fields, "updated", JSON_MUST);
	read_status(a, fields, ret);
	rest_person(a, json_object(fields, "reporter", JSON_MAY),
		&ret->reporter);
	rest_person(a, json_object(fields, "creator", JSON_MAY),
		&ret->creator);
	rest_person(a, json_object(fields, "assignee", JSON_MAY),
		&ret->assignee);
	read_links(a, fields, ret);
	read_subtasks(a, fields, ret);
	read_roles(a, fields, form->role, ret);
	read_whom(a, fields, form->whom, &ret->whom);
	read_approvers(a, fields, form->approvers, ret);
	ret->how_long = plain(a, fields, form->how_long);
	ret->why = plain(a, fields, form->why);
	ret->from_when = form->from_when == NULL ? WHEN_NONE
		: json_time(fields, form->from_when, JSON_MAY);
	ret->request_type = read_request_type(a, fields, form->request_type);
}

/* Jira Service Management's own note of it, and anybody's to change who may
 * edit the issue: so what it looks like is no fault.
 * Source: issue property of JSM, also what `request-channel-type` in JQL asks
 * for: portal, anonymousportal, email, jira, api and others. */
#define CHANNEL "request.channel.type"

static const char *read_channel(struct arena *a, struct json issue)
{
	struct json value = json_at(json_at(json_at(issue, "properties"),
		CHANNEL), "value");

	return json_is_text(value) ? arena_copy(a, json_as_text(value)) : NULL;
}

const char *rest_property(struct arena *a, struct json issue, const char *key)
{
	struct json value = json_at(json_at(issue, "properties"), key);
	AUTO_BUF text = {0};

	if (!json_here(value))
		return NULL;
	json_print(value, &text);
	a->failed |= text.failed;
	return arena_copy(a, buf_text(&text));
}

struct jira_issue *rest_issue(struct arena *a, struct json at,
	const struct jira_form *form)
{
	struct jira_issue *issue = arena_alloc(a, sizeof(*issue));

	if (issue == NULL)
		return NULL;
	issue->id = rest_id(a, at, "id", JSON_MUST);
	issue->key = rest_id(a, at, "key", JSON_MUST);
	read_fields(a, json_object(at, "fields", JSON_MUST), form, issue);
	issue->channel = read_channel(a, at);
	return issue;
}

/* ---- The operation ---- */

const struct jira_form *rest_form(const struct op *op)
{
	static const struct jira_form none;

	return op->settings != NULL ? op->settings : &none;
}

static void add_field(struct buf *out, const char *id)
{
	if (id != NULL)
		buf_fmt(out, "%s%s", out->len > 0 ? "," : "", id);
}

void rest_issue_fields(struct buf *out, const struct jira_form *form)
{
	buf_str(out, "summary,status,resolution,project,issuetype,parent,"
		"reporter,creator,assignee,created,updated,issuelinks,"
		"subtasks");
	add_field(out, form->role);
	add_field(out, form->whom);
	add_field(out, form->how_long);
	add_field(out, form->from_when);
	add_field(out, form->why);
	add_field(out, form->approvers);
	add_field(out, form->request_type);
}

static int ask(struct op *op, struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF fields = {0};
	AUTO_BUF properties = {0};

	rest_issue_fields(&fields, rest_form(op));
	buf_str(&properties, CHANNEL);
	add_field(&properties, op->id);
	if (fields.failed || properties.failed)
		return lapse_fail_nomem(err);
	return rest_send_gone(ret, op_send(ret, err, HTTP_GET,
		"/rest/api/3/issue/{}?fields={}&properties={}",
		op->issue, buf_text(&fields), buf_text(&properties), NULL));
}

/* A moved issue answers under its old key, with its new one; its id stays.
 * Source: Jira Cloud platform REST v3, getIssue. */
int jira_get_issue(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct jira_issue *issue;
	struct json root;
	int rc;

	if (last == NULL)
		return ask(op, ret, err);
	if (last->status == 404)
		return rest_done_gone(r, op, last, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	root = json_root(doc);
	issue = rest_issue(op->arena, root, rest_form(op));
	if (issue == NULL)
		return lapse_fail_nomem(err);
	if (op->id != NULL)
		issue->property = rest_property(op->arena, root, op->id);
	if (issue->id != NULL && rest_is_issue_id(op->issue) &&
		strcmp(issue->id, op->issue) != 0)
		json_fault(root, "id", "is that of another issue");
	rc = rest_check(doc, r, op, err);
	if (rc < 0) {
		lapse_prefix(err, "%s", op->issue);
		return rc;
	}
	op->ret = issue;
	return rest_done(op, OP_FOUND);
}
