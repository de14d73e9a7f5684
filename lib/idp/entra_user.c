/* Entra's lists of users: everyone, the members of a group, one person. */
#include <string.h>

#include "entra.h"
#include "text.h"

static const struct entra_settings *settings_of(const struct remote *r)
{
	return r->settings;
}

typedef bool wanted(const struct op *op, const struct idp_user *u);

/* All of a page is read before the first of it is handed over. */
static int take_users(const struct remote *r, struct op *op, int base,
	wanted *want, const struct http_response *last,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	struct idp_user u;
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	list = entra_list(doc);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		entra_user(i, settings_of(r), true, &u);
	rc = json_check(doc, r->name, err);
	for (struct json i = json_first(list); rc >= 0 && json_valid(i);
		i = json_next(i)) {
		entra_user(i, settings_of(r), true, &u);
		if (want == NULL || want(op, &u))
			rc = op_give(op, &u, err);
	}
	return rc < 0 ? rc : entra_next_page(r, op, base, doc, ret, err);
}

static int take_user(const struct remote *r, struct op *op, const char *id,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct idp_user u;
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	entra_user(json_root(doc), settings_of(r), true, &u);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(u.id, id) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another user", r->name,
			id);
	rc = op_give(op, &u, err);
	return rc < 0 ? rc : entra_done(op, OP_FOUND);
}

/* ---- One user ---- */

/* Without $select neither status nor department come. Of the manager only the
 * id is asked for: one who has none is no error in an expansion.
 * Source: Microsoft Graph, user-get, user-list-manager. */
static int ask_user(const struct remote *r, const char *id,
	const char *fields, struct http_request *ret, struct lapse_err *err)
{
	int rc = entra_check_id(r, "user", id, err);

	if (rc < 0)
		return rc;
	return entra_send_gone(ret, op_send(ret, err, HTTP_GET,
		"/users/{}?$select={}&$expand=manager($select=id)", id, fields,
		NULL));
}

int entra_get_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return ask_user(r, op->user, settings_of(r)->fields, ret, err);
	if (last->status == 404)
		return entra_done_gone(r, op, last, err);
	return take_user(r, op, op->user, last, err);
}

/* ---- All users, with when they were last here ---- */

/* Sign-in activity needs a licence and a permission of its own, some clouds do
 * not know it, and tenants that have all of it are refused now and then: so it
 * is asked for three times, then left out, and is unknown. */
enum use_stage {
	USE_FIRST = 0,
	USE_STEP = 100,		/* room for the count of empty pages */
	USE_LAST = 200,
	USE_WITHOUT = 300,
};

static int use_stage(const struct op *op)
{
	return op->stage - op->stage % USE_STEP;
}

static bool use_refused(const struct http_response *last)
{
	return last->status == 403 || last->status == 400;
}

static const char *use_fields(const struct remote *r, const struct op *op)
{
	return use_stage(op) < USE_WITHOUT ? settings_of(r)->fields_and_use
					   : settings_of(r)->fields;
}

/* Passes rc on; the refusals are for the step while it still asks. */
static int use_send(const struct op *op, struct http_request *ret, int rc)
{
	size_t n = ret->expect[0] == 0 ? 0 : 1;

	if (use_stage(op) < USE_WITHOUT) {
		ret->expect[n] = 403;
		ret->expect[n + 1] = 400;
	}
	return rc;
}

/* With sign-in activity no page may be larger than 120, and that has changed
 * overnight before. Source: microsoftgraph/msgraph-sdk-powershell#1898. */
static int ask_users(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	const char *top = use_stage(op) < USE_WITHOUT ? "100" : "999";
	int rc;

	ret->headers[0] = "x-ms-throttle-priority: low";
	rc = op_send(ret, err, HTTP_GET,
		"/users?$select={}&$expand=manager($select=id)&$top={}",
		use_fields(r, op), top, NULL);
	return use_send(op, ret, rc);
}

/* On from where it was; after the third refusal from the start, so that some
 * users may be given twice. */
static int users_refused(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF link = {0};
	int next = use_stage(op) + USE_STEP;
	int rc;

	buf_str(&link, buf_text(&op->cursor));
	op->stage = next;
	if (next == USE_WITHOUT)
		entra_restart(op, next);
	if (next == USE_WITHOUT || link.len == 0)
		return ask_users(r, op, ret, err);
	ret->method = HTTP_GET;
	buf_str(&ret->target, buf_text(&link));
	rc = link.failed ? lapse_fail_nomem(err)
			 : buf_check(&ret->target, err, op->name);
	return use_send(op, ret, rc < 0 ? rc : OP_SEND);
}

/* Source: Microsoft Graph, user-list. */
int entra_list_users(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_users(r, op, ret, err);
	if (use_refused(last))
		return entra_is_error(last) ? users_refused(r, op, ret, err)
			: entra_refused(r, HTTP_GET, last, err);
	rc = take_users(r, op, use_stage(op), NULL, last, ret, err);
	if (rc == OP_SEND)
		return use_send(op, ret, rc);
	if (rc == OP_DONE && op->seen == 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the list of users is empty; grant the application "
			"User.Read.All", r->name);
	return rc < 0 ? rc : entra_done(op, OP_FOUND);
}

/* ---- Members ---- */

/* Groups, devices and applications can be members too; they are no users of
 * ours. */
static bool is_user(struct json at)
{
	const char *type = json_text(at, "@odata.type", JSON_MUST);

	return type != NULL && strcmp(type, "#microsoft.graph.user") == 0;
}

/* Where the application may not read a user, all but the id is null. */
static int take_members(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	struct idp_user u;
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	list = entra_list(doc);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		if (is_user(i))
			entra_user(i, settings_of(r), false, &u);
	rc = json_check(doc, r->name, err);
	for (struct json i = json_first(list); rc >= 0 && json_valid(i);
		i = json_next(i)) {
		if (!is_user(i))
			continue;
		entra_user(i, settings_of(r), false, &u);
		rc = op_give(op, &u, err);
	}
	return rc < 0 ? rc : entra_next_page(r, op, 0, doc, ret, err);
}

/* Direct members only: who is in a group within it is not ours to remove.
 * Source: Microsoft Graph, group-list-members. */
int entra_list_members(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL) {
		rc = entra_check_id(r, "group", op->group, err);
		if (rc < 0)
			return rc;
		ret->headers[0] = "x-ms-throttle-priority: low";
		return entra_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/groups/{}/members?$select={}&$top=999", op->group,
			settings_of(r)->fields, NULL));
	}
	if (last->status == 404)
		return entra_done_gone(r, op, last, err);
	rc = take_members(r, op, last, ret, err);
	return rc == OP_DONE ? entra_done(op, OP_FOUND)
			     : entra_send_gone(ret, rc);
}

/* ---- Finding ---- */

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

/* Those whom the key names otherwise were given before. */
static bool has_account(const struct op *op, const struct idp_user *u)
{
	return u->account != NULL && strcmp(u->account, op->key) == 0 &&
		!has_name(op, u);
}

/* A string of OData: a quote is doubled. */
static void add_equals(struct buf *out, const char *what, const char *value)
{
	buf_fmt(out, "%s%s eq '", out->len > 0 ? " or " : "", what);
	for (; *value != '\0'; value++) {
		if (*value == '\'')
			buf_char(out, '\'');
		buf_char(out, *value);
	}
	buf_char(out, '\'');
}

static int send_filter(const struct remote *r, struct http_request *ret,
	const struct buf *filter, struct lapse_err *err)
{
	if (filter->failed)
		return lapse_fail_nomem(err);
	return op_send(ret, err, HTTP_GET,
		"/users?$filter={}&$select={}&$expand=manager($select=id)",
		buf_text(filter), settings_of(r)->fields, NULL);
}

/* Addresses and logins differ more often than not, and guests' logins are made
 * up. Graph compares without letter case; what comes is compared here again.
 * Source: Microsoft Graph, user-list. */
static int find_by_name(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF filter = {0};

	entra_restart(op, FIND_NAME);
	add_equals(&filter, "mail", op->key);
	add_equals(&filter, "userPrincipalName", op->key);
	return send_filter(r, ret, &filter, err);
}

static int find_by_account(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	const struct entra_settings *s = settings_of(r);
	AUTO_BUF filter = {0};
	AUTO_BUF name = {0};

	if (s->account == NULL || strchr(op->key, '@') != NULL)
		return entra_done(op, op->seen > 0 ? OP_FOUND : OP_GONE);
	entra_restart(op, FIND_ACCOUNT);
	buf_fmt(&name, "%s%s", s->extension ? "onPremisesExtensionAttributes/"
					    : "", s->account);
	if (name.failed)
		return lapse_fail_nomem(err);
	add_equals(&filter, buf_text(&name), op->key);
	return send_filter(r, ret, &filter, err);
}

static int find_start(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	if (op->key == NULL || *op->key == '\0' ||
		!text_valid_utf8(op->key, strlen(op->key)))
		return lapse_fail(err, LAPSE_EREFUSED,
			"%s: not the name of a user", r->name);
	if (!entra_is_guid(op->key))
		return find_by_name(r, op, ret, err);
	op->stage = FIND_ID;
	return ask_user(r, op->key, settings_of(r)->fields, ret, err);
}

int entra_find_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	bool by_name = op->stage >= FIND_NAME && op->stage < FIND_ACCOUNT;
	int rc;

	if (last == NULL)
		return find_start(r, op, ret, err);
	if (op->stage == FIND_ID) {
		if (last->status != 404)
			return take_user(r, op, op->key, last, err);
		rc = entra_check_gone(r, last, err);
		return rc < 0 ? rc : find_by_name(r, op, ret, err);
	}
	rc = take_users(r, op, by_name ? FIND_NAME : FIND_ACCOUNT,
		by_name ? has_name : has_account, last, ret, err);
	if (rc != OP_DONE)
		return rc;
	if (by_name)
		return find_by_account(r, op, ret, err);
	return entra_done(op, op->seen > 0 ? OP_FOUND : OP_GONE);
}
