/* Google's groups, and whether somebody else feeds them: the Directory API
 * names them, Cloud Identity says what kind they are. They are brought
 * together by their address, which is what both promise to know. */
#include <string.h>

#include "google.h"
#include "text.h"

#define GROUP_FIELDS "id,email,name,description,directMembersCount"
#define KIND_FIELDS "name,groupKey,labels,dynamicGroupMetadata"

/* ---- One group ---- */

enum get_stage {
	GET_DIRECTORY,		/* op->cursor keeps the reply, */
	GET_NAME,		/* until Cloud Identity's name */
	GET_LABELS,		/* and labels are known */
};

static int read_group(const struct remote *r, const struct op *op,
	const char *bytes, size_t len, struct json_doc **ret_doc,
	struct idp_group *ret, struct lapse_err *err)
{
	struct http_response res = {.body = {.data = (char *)(uintptr_t)bytes,
		.len = len}};
	int rc = google_open(ret_doc, r, &res, "admin#directory#group", err);

	if (rc < 0)
		return rc;
	google_group(json_root(*ret_doc), ret);
	rc = json_check(*ret_doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(ret->id, op->group) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another group", r->name,
			op->group);
	return 0;
}

/* Source: Cloud Identity API, groups.lookup. */
static int ask_name(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct idp_group g;
	const char *email;
	int rc = read_group(r, op, buf_text(&last->body), last->body.len, &doc,
		&g, err);

	if (rc < 0)
		return rc;
	email = json_text(json_root(doc), "email", JSON_MUST);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	buf_reset(&op->cursor);
	buf_add(&op->cursor, last->body.data, last->body.len);
	if (op->cursor.failed)
		return lapse_fail_nomem(err);
	op->stage = GET_NAME;
	return google_send_identity(ret, op_send(ret, err, HTTP_GET,
		"/v1/groups:lookup?groupKey.id={}", email, NULL));
}

/* Source: Cloud Identity API, groups.get. */
static int ask_labels(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF at = {0};
	const char *id;
	int rc = google_open(&doc, r, last, NULL, err);

	if (rc < 0)
		return rc;
	id = google_name_group(json_as_text(json_at(json_root(doc), "name")),
		&at);
	if (id == NULL)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply names no group", r->name,
			op->group);
	op->stage = GET_LABELS;
	return google_send_identity(ret, op_send(ret, err, HTTP_GET,
		"/v1/groups/{}?fields=" KIND_FIELDS, id, NULL));
}

static bool has_address(struct json kind, struct json group)
{
	const char *email = json_text(group, "email", JSON_MUST);
	const char *key = json_text(json_object(kind, "groupKey", JSON_MUST),
		"id", JSON_MUST);

	return email != NULL && key != NULL && text_same_nocase(email, key);
}

static int take_labels(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *group = NULL;
	AUTO_JSON *kind = NULL;
	struct idp_group g;
	bool same;
	int rc = read_group(r, op, buf_text(&op->cursor), op->cursor.len,
		&group, &g, err);

	if (rc >= 0)
		rc = google_open(&kind, r, last, NULL, err);
	if (rc < 0)
		return rc;
	same = has_address(json_root(kind), json_root(group));
	g.kind = google_kind(json_root(kind), &g.detail);
	rc = json_check(kind, r->name, err);
	if (rc < 0)
		return rc;
	if (!same)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another group", r->name,
			op->group);
	rc = op_give(op, &g, err);
	return rc < 0 ? rc : google_done(op, OP_FOUND);
}

/* Source: Directory API, groups.get. */
int google_get_group(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return google_send_gone(ret, op_send(ret, err, HTTP_GET,
			GOOGLE_DIRECTORY "/groups/{}?fields=kind,"
			GROUP_FIELDS, op->group, NULL));
	if (op->stage == GET_NAME)
		return ask_labels(r, op, last, ret, err);
	if (op->stage == GET_LABELS)
		return take_labels(r, op, last, err);
	if (last->status == 404)
		return google_done_gone(r, op, last, err);
	return ask_name(r, op, last, ret, err);
}

/* ---- All groups ---- */

/* The kinds come first, so that each group's is known when it is read. Behind
 * the token op->cursor keeps the customer's line, then a line for each group:
 * its kind as one letter, and its address in lower case. */
enum list_stage {
	LIST_CUSTOMER,
	LIST_KINDS = 100,
	LIST_GROUPS = 200,
};

static const struct {
	char letter;
	enum idp_group_kind kind;
	const char *detail;
} kinds[] = {
	{'o', IDP_GROUP_OK, NULL},
	{'r', IDP_GROUP_RULE, "a dynamic group"},
	{'d', IDP_GROUP_DIRECTORY, "another source keeps its members"},
	{'u', IDP_GROUP_UNKNOWN, NULL},
};

static char letter_of(enum idp_group_kind kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].letter;
	return 'u';
}

static void add_lower(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_char(out, *text >= 'A' && *text <= 'Z'
			? (char)(*text - 'A' + 'a') : *text);
}

static const char *second_line(const struct op *op)
{
	const char *at = strchr(buf_text(&op->cursor), '\n');

	return at != NULL ? at + 1 : "";
}

/* Source: Cloud Identity API, groups.list. */
static int ask_kinds(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_BUF at = {0};
	AUTO_BUF parent = {0};
	const char *token = google_token(op, &at);
	const char *line = second_line(op);

	buf_add(&parent, line, strcspn(line, "\n"));
	if (at.failed || parent.failed)
		return lapse_fail_nomem(err);
	if (token == NULL)
		return google_send_identity(ret, op_send(ret, err, HTTP_GET,
			"/v1/groups?parent={}&view=FULL&pageSize=500",
			buf_text(&parent), NULL));
	return google_send_identity(ret, op_send(ret, err, HTTP_GET,
		"/v1/groups?parent={}&view=FULL&pageSize=500&pageToken={}",
		buf_text(&parent), token, NULL));
}

static int begin_kinds(struct op *op, const char *customer,
	struct http_request *ret, struct lapse_err *err)
{
	op->stage = LIST_KINDS;
	buf_reset(&op->cursor);
	buf_fmt(&op->cursor, "\ncustomers/%s\n", customer);
	return op->cursor.failed ? lapse_fail_nomem(err)
				 : ask_kinds(op, ret, err);
}

/* Cloud Identity knows no "my_customer"; any user says who that is. */
static int ask_customer(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	const struct google_settings *s = r->settings;

	if (strcmp(s->customer, "my_customer") != 0)
		return begin_kinds(op, s->customer, ret, err);
	op->stage = LIST_CUSTOMER;
	return op_send(ret, err, HTTP_GET, GOOGLE_DIRECTORY
		"/users?customer={}&maxResults=1"
		"&fields=kind,users(customerId)", s->customer, NULL);
}

static int take_customer(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *id;
	int rc = google_open(&doc, r, last, "admin#directory#users", err);

	if (rc < 0)
		return rc;
	id = json_text(json_first(json_array(json_root(doc), "users",
		JSON_MUST)), "customerId", JSON_MUST);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (id == NULL || !text_is_id(id))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the reply names no customer; give the "
			"configuration's customer", r->name);
	return begin_kinds(op, id, ret, err);
}

static void keep_kind(struct json at, struct buf *out)
{
	const char *key = json_text(json_object(at, "groupKey", JSON_MUST),
		"id", JSON_MUST);
	const char *detail;
	enum idp_group_kind kind = google_kind(at, &detail);

	if (key == NULL)
		return;
	if (strpbrk(key, "\r\n") != NULL)
		json_fault(at, "groupKey", "is not an address");
	buf_char(out, letter_of(kind));
	add_lower(out, key);
	buf_char(out, '\n');
}

/* OP_DONE after the last page. */
static int take_kinds(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	int rc = google_open(&doc, r, last, NULL, err);

	if (rc < 0)
		return rc;
	list = json_array(json_root(doc), "groups", JSON_MAY);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		keep_kind(i, &op->cursor);
	rc = json_check(doc, r->name, err);
	return rc < 0 ? rc : google_next_page(r, op, LIST_KINDS,
		json_root(doc), list, err);
}

static int ask_groups(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	const struct google_settings *s = r->settings;
	AUTO_BUF at = {0};
	const char *token = google_token(op, &at);

#define GROUPS GOOGLE_DIRECTORY "/groups?customer={}&maxResults=200"           \
	"&fields=kind,nextPageToken,groups(" GROUP_FIELDS ")"
	if (at.failed)
		return lapse_fail_nomem(err);
	if (token == NULL)
		return op_send(ret, err, HTTP_GET, GROUPS, s->customer, NULL);
	return op_send(ret, err, HTTP_GET, GROUPS "&pageToken={}", s->customer,
		token, NULL);
}

/* From here on the token is that of another list. */
static int begin_groups(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF lines = {0};

	buf_fmt(&lines, "\n%s", second_line(op));
	buf_reset(&op->cursor);
	buf_str(&op->cursor, buf_text(&lines));
	if (lines.failed || op->cursor.failed)
		return lapse_fail_nomem(err);
	op->stage = LIST_GROUPS;
	return ask_groups(r, op, ret, err);
}

/* A group that Cloud Identity did not name stays unknown. */
static int set_kind(const struct op *op, const char *email,
	struct idp_group *ret, struct lapse_err *err)
{
	AUTO_BUF line = {0};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		buf_reset(&line);
		buf_fmt(&line, "\n%c", kinds[i].letter);
		add_lower(&line, email);
		buf_char(&line, '\n');
		if (line.failed)
			return lapse_fail_nomem(err);
		if (strstr(buf_text(&op->cursor), buf_text(&line)) == NULL)
			continue;
		ret->kind = kinds[i].kind;
		ret->detail = kinds[i].detail;
	}
	return 0;
}

static int give_group(struct op *op, struct json at, struct lapse_err *err)
{
	struct idp_group g;
	int rc;

	google_group(at, &g);
	rc = set_kind(op, json_text(at, "email", JSON_MUST), &g, err);
	return rc < 0 ? rc : op_give(op, &g, err);
}

/* Source: Directory API, groups.list. */
static int take_groups(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	struct idp_group g;
	int rc = google_open(&doc, r, last, "admin#directory#groups", err);

	if (rc < 0)
		return rc;
	list = json_array(json_root(doc), "groups", JSON_MAY);
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		google_group(i, &g);
		(void)json_text(i, "email", JSON_MUST);
	}
	rc = json_check(doc, r->name, err);
	for (struct json i = json_first(list); rc >= 0 && json_valid(i);
		i = json_next(i))
		rc = give_group(op, i, err);
	return rc < 0 ? rc : google_next_page(r, op, LIST_GROUPS,
		json_root(doc), list, err);
}

int google_list_groups(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_customer(r, op, ret, err);
	if (op->stage == LIST_CUSTOMER)
		return take_customer(r, op, last, ret, err);
	if (op->stage >= LIST_GROUPS) {
		rc = take_groups(r, op, last, err);
		if (rc == OP_SEND)
			return ask_groups(r, op, ret, err);
		return rc < 0 ? rc : google_done(op, OP_FOUND);
	}
	rc = take_kinds(r, op, last, err);
	if (rc == OP_SEND)
		return ask_kinds(op, ret, err);
	return rc < 0 ? rc : begin_groups(r, op, ret, err);
}
