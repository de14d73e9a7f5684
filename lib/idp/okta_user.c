/* Okta's lists of users: everyone, the members of a group, one person. */
#include <string.h>

#include "okta.h"
#include "text.h"

static const struct okta_settings *settings_of(const struct remote *r)
{
	return r->settings;
}

typedef bool wanted(const struct op *op, const struct idp_user *u);

/* All of a page is read before the first of it is handed over. */
static int give_users(const struct remote *r, struct op *op,
	struct json_doc *doc, wanted *want, struct lapse_err *err)
{
	AUTO_BUF name = {0};
	struct json list = json_root(doc);
	struct idp_user u;
	int rc;

	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		okta_user(i, settings_of(r), &name, &u);
	rc = json_check(doc, r->name, err);
	for (struct json i = json_first(list); rc >= 0 && json_valid(i);
		i = json_next(i)) {
		okta_user(i, settings_of(r), &name, &u);
		if (want == NULL || want(op, &u))
			rc = op_give(op, &u, err);
	}
	return rc;
}

static int take_users(const struct remote *r, struct op *op, int base,
	wanted *want, const struct http_response *last,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc = okta_open(&doc, r, last, true, err);

	if (rc >= 0)
		rc = give_users(r, op, doc, want, err);
	if (rc < 0)
		return rc;
	return okta_next_page(r, op, base, json_root(doc), last, ret, err);
}

static int take_user(const struct remote *r, struct op *op, wanted *want,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF name = {0};
	struct idp_user u;
	int rc = okta_open(&doc, r, last, false, err);

	if (rc < 0)
		return rc;
	okta_user(json_root(doc), settings_of(r), &name, &u);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (!want(op, &u))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another user", r->name,
			op->user != NULL ? op->user : op->key);
	rc = op_give(op, &u, err);
	return rc < 0 ? rc : okta_done(op, OP_FOUND);
}

static bool is_user(const struct op *op, const struct idp_user *u)
{
	return strcmp(u->id, op->user) == 0;
}

/* Source: Okta Management API, getUser. It takes a login too, so the id in
 * the reply is compared. */
int okta_get_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return okta_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/api/v1/users/{}", op->user, NULL));
	if (last->status == 404)
		return okta_done_gone(r, op, last, err);
	return take_user(r, op, is_user, last, err);
}

/* Without `search` the list leaves deactivated users out. Without an
 * administrator role the answer is 200 and an empty list.
 * Source: Okta Management API, listUsers. */
int okta_list_users(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL) {
		op->prefetch = true;
		return op_send(ret, err, HTTP_GET,
			"/api/v1/users?search={}&limit=200", "status pr",
			NULL);
	}
	rc = take_users(r, op, 0, NULL, last, ret, err);
	if (rc == OP_DONE && op->seen == 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the list of users is empty; give the credential "
			"an administrator role that can read users", r->name);
	return rc < 0 ? rc : rc == OP_SEND ? rc : okta_done(op, OP_FOUND);
}

/* Source: Okta API, Filter. */
void okta_quote(struct buf *out, const char *text)
{
	buf_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_char(out, '\\');
		buf_char(out, *text);
	}
	buf_char(out, '"');
}

static void add_equals(struct buf *out, const char *what, const char *value)
{
	if (out->len > 0)
		buf_str(out, " or ");
	buf_fmt(out, "%s eq ", what);
	okta_quote(out, value);
}

static int send_query(struct http_request *ret, struct lapse_err *err,
	const char *template, const struct buf *expression)
{
	if (expression->failed)
		return lapse_fail_nomem(err);
	return op_send(ret, err, HTTP_GET, template, buf_text(expression),
		NULL);
}

enum find_stage {
	FIND_ID,
	FIND_NAME = 100,	/* room for the count of empty pages */
	FIND_ACCOUNT = 200,
};

static bool has_name(const struct op *op, const struct idp_user *u)
{
	return text_same_nocase(u->login, op->key) ||
		(u->email != NULL && text_same_nocase(u->email, op->key));
}

static bool has_id_or_name(const struct op *op, const struct idp_user *u)
{
	return strcmp(u->id, op->key) == 0 || has_name(op, u);
}

/* Those whom the key names otherwise were given before. */
static bool has_account(const struct op *op, const struct idp_user *u)
{
	return u->account != NULL && strcmp(u->account, op->key) == 0 &&
		!has_name(op, u);
}

/* `filter` reads what was just written, but compares case-sensitively;
 * `search` lags. So the key is asked for as it is and in lower case, and what
 * comes is compared here. Source: Okta Management API, listUsers. */
static int find_by_name(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_BUF filter = {0};
	AUTO_BUF lower = {0};

	op->stage = FIND_NAME;
	buf_reset(&op->cursor);
	for (const char *c = op->key; *c != '\0'; c++)
		buf_char(&lower, *c >= 'A' && *c <= 'Z'
			? (char)(*c - 'A' + 'a') : *c);
	add_equals(&filter, "profile.email", op->key);
	add_equals(&filter, "profile.login", op->key);
	if (!lower.failed && strcmp(buf_text(&lower), op->key) != 0) {
		add_equals(&filter, "profile.email", buf_text(&lower));
		add_equals(&filter, "profile.login", buf_text(&lower));
	}
	if (lower.failed)
		return lapse_fail_nomem(err);
	return send_query(ret, err, "/api/v1/users?filter={}&limit=200",
		&filter);
}

/* Only `search` knows custom attributes. */
static int find_by_account(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	const struct okta_settings *s = settings_of(r);
	AUTO_BUF search = {0};
	AUTO_BUF name = {0};

	if (s == NULL || s->account == NULL || strchr(op->key, '@') != NULL)
		return okta_done(op, op->seen > 0 ? OP_FOUND : OP_GONE);
	op->stage = FIND_ACCOUNT;
	buf_reset(&op->cursor);
	buf_fmt(&name, "profile.%s", s->account);
	if (name.failed)
		return lapse_fail_nomem(err);
	add_equals(&search, buf_text(&name), op->key);
	return send_query(ret, err, "/api/v1/users?search={}&limit=200",
		&search);
}

/* A login with '/' in it cannot stand in a path; nothing that is not an id
 * goes there. Source: Okta Management API, getUser. */
static bool looks_like_id(const char *key)
{
	return strncmp(key, "00u", 3) == 0 && text_is_id(key) &&
		strchr(key, '@') == NULL;
}

static int find_start(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	if (op->key == NULL || *op->key == '\0' ||
		!text_valid_utf8(op->key, strlen(op->key)))
		return lapse_fail(err, LAPSE_EREFUSED,
			"%s: not the name of a user", r->name);
	if (!looks_like_id(op->key))
		return find_by_name(op, ret, err);
	op->stage = FIND_ID;
	return okta_send_gone(ret, op_send(ret, err, HTTP_GET,
		"/api/v1/users/{}", op->key, NULL));
}

int okta_find_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	bool by_name = op->stage >= FIND_NAME && op->stage < FIND_ACCOUNT;
	int rc;

	if (last == NULL)
		return find_start(r, op, ret, err);
	if (op->stage == FIND_ID) {
		if (last->status != 404)
			return take_user(r, op, has_id_or_name, last, err);
		rc = okta_check_gone(r, last, err);
		return rc < 0 ? rc : find_by_name(op, ret, err);
	}
	rc = take_users(r, op, by_name ? FIND_NAME : FIND_ACCOUNT,
		by_name ? has_name : has_account, last, ret, err);
	if (rc != OP_DONE)
		return rc;
	if (by_name)
		return find_by_account(r, op, ret, err);
	return okta_done(op, op->seen > 0 ? OP_FOUND : OP_GONE);
}

/* Members of every status, deactivated ones too.
 * Source: Okta Management API, listGroupUsers. */
int okta_list_members(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL) {
		op->prefetch = true;
		return okta_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/api/v1/groups/{}/users?limit=1000", op->group,
			NULL));
	}
	if (last->status == 404)
		return okta_done_gone(r, op, last, err);
	rc = take_users(r, op, 0, NULL, last, ret, err);
	return rc == OP_DONE ? okta_done(op, OP_FOUND)
			     : okta_send_gone(ret, rc);
}
