/* Google's lists of users: everyone, the members of a group, one person. */
#include <string.h>

#include "google.h"
#include "text.h"

#define USER GOOGLE_DIRECTORY "/users/{}?projection=full&fields={}"
#define USERS GOOGLE_DIRECTORY                                                 \
	"/users?customer={}&maxResults=500&projection=full&fields={}"

#define FIELDS                                                                 \
	"id,primaryEmail,aliases,nonEditableAliases,name,suspended,archived,"  \
	"lastLoginTime,creationTime,organizations,relations,externalIds"

enum {
	MEMBERS_PAGE = 200,
};

static const struct google_settings *settings_of(const struct remote *r)
{
	return r->settings;
}

static const char *user_fields(const struct remote *r)
{
	return settings_of(r)->schema != NULL ? "kind," FIELDS ",customSchemas"
					      : "kind," FIELDS;
}

static const char *list_fields(const struct remote *r)
{
	return settings_of(r)->schema != NULL
		? "kind,nextPageToken,users(" FIELDS ",customSchemas)"
		: "kind,nextPageToken,users(" FIELDS ")";
}

typedef bool wanted(const struct remote *r, const struct op *op,
	struct json at, const struct idp_user *u);

/* ---- Lists of users ---- */

/* All of a page is read before the first of it is handed over. */
static int give_users(const struct remote *r, struct op *op, struct json list,
	wanted *want, struct lapse_err *err)
{
	struct idp_user u;
	int rc;

	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		google_user(i, settings_of(r), &u);
	rc = list.doc == NULL ? 0 : json_check(list.doc, r->name, err);
	for (struct json i = json_first(list); rc >= 0 && json_valid(i);
		i = json_next(i)) {
		google_user(i, settings_of(r), &u);
		if (want == NULL || want(r, op, i, &u))
			rc = op_give(op, &u, err);
	}
	return rc;
}

/* The list is left out where it would be empty; its kind is not. */
static int take_users(const struct remote *r, struct op *op, int base,
	wanted *want, const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	int rc = google_open(&doc, r, last, "admin#directory#users", err);

	if (rc < 0)
		return rc;
	list = json_array(json_root(doc), "users", JSON_MAY);
	rc = json_check(doc, r->name, err);
	if (rc >= 0)
		rc = give_users(r, op, list, want, err);
	if (rc < 0)
		return rc;
	return google_next_page(r, op, base, json_root(doc), list, err);
}

static int ask_users(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF at = {0};
	const char *customer = settings_of(r)->customer;
	const char *token = google_token(op, &at);

	if (at.failed)
		return lapse_fail_nomem(err);
	if (token == NULL)
		return op_send(ret, err, HTTP_GET, USERS, customer,
			list_fields(r), NULL);
	return op_send(ret, err, HTTP_GET, USERS "&pageToken={}", customer,
		list_fields(r), token, NULL);
}

/* Suspended and archived users too; the deleted are in no list.
 * Source: Directory API, users.list. */
int google_list_users(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_users(r, op, ret, err);
	rc = take_users(r, op, 0, NULL, last, err);
	if (rc == OP_SEND)
		return ask_users(r, op, ret, err);
	if (rc == OP_DONE && op->seen == 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the list of users is empty; give the "
			"administrator that is acted as a role that can read "
			"users", r->name);
	return rc < 0 ? rc : google_done(op, OP_FOUND);
}

/* ---- One user ---- */

static int ask_user(const struct remote *r, const char *key,
	struct http_request *ret, struct lapse_err *err)
{
	return google_send_gone(ret, op_send(ret, err, HTTP_GET, USER, key,
		user_fields(r), NULL));
}

static int take_user(const struct remote *r, struct op *op, wanted *want,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct idp_user u;
	int rc = google_open(&doc, r, last, "admin#directory#user", err);

	if (rc < 0)
		return rc;
	google_user(json_root(doc), settings_of(r), &u);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (!want(r, op, json_root(doc), &u))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another user", r->name,
			op->user != NULL ? op->user : op->key);
	rc = op_give(op, &u, err);
	return rc < 0 ? rc : google_done(op, OP_FOUND);
}

static bool is_user(const struct remote *r, const struct op *op,
	struct json at, const struct idp_user *u)
{
	(void)r;
	(void)at;
	return strcmp(u->id, op->user) == 0;
}

/* Source: Directory API, users.get. It takes addresses too, so the id in the
 * reply is compared. */
int google_get_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return ask_user(r, op->user, ret, err);
	if (last->status == 404)
		return google_done_gone(r, op, last, err);
	return take_user(r, op, is_user, last, err);
}

/* ---- Finding ---- */

enum find_stage {
	FIND_KEY,
	FIND_ADDRESS = 100,	/* room for the count of empty pages */
	FIND_ACCOUNT = 200,
};

static bool is_among(struct json list, const char *address)
{
	if (!json_is_array(list))
		return false;
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *one = json_as_text(i);

		if (one != NULL && text_same_nocase(one, address))
			return true;
	}
	return false;
}

/* An alias is one user's as much as the primary address. */
static bool has_name(const struct remote *r, const struct op *op,
	struct json at, const struct idp_user *u)
{
	(void)r;
	return strcmp(u->id, op->key) == 0 ||
		text_same_nocase(u->login, op->key) ||
		is_among(json_at(at, "aliases"), op->key) ||
		is_among(json_at(at, "nonEditableAliases"), op->key);
}

static bool has_account(const struct remote *r, const struct op *op,
	struct json at, const struct idp_user *u)
{
	(void)r;
	(void)at;
	return u->account != NULL && strcmp(u->account, op->key) == 0;
}

/* A string of Google's query language.
 * Source: Directory API, "Search for users". */
static void add_quoted(struct buf *out, const char *text)
{
	buf_char(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			buf_char(out, '\\');
		buf_char(out, *text);
	}
	buf_char(out, '\'');
}

static int ask_query(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	const struct google_settings *s = settings_of(r);
	AUTO_BUF query = {0};
	AUTO_BUF at = {0};
	const char *token = google_token(op, &at);

	if (op->stage >= FIND_ACCOUNT)
		buf_fmt(&query, "%s.%s=", s->schema, s->field);
	else
		buf_str(&query, "email=");
	add_quoted(&query, op->key);
	if (query.failed || at.failed)
		return lapse_fail_nomem(err);
	if (token == NULL)
		return op_send(ret, err, HTTP_GET, USERS "&query={}",
			s->customer, list_fields(r), buf_text(&query), NULL);
	return op_send(ret, err, HTTP_GET, USERS "&query={}&pageToken={}",
		s->customer, list_fields(r), buf_text(&query), token, NULL);
}

/* The custom attribute is the last place to look in. */
static int find_by_account(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	if (settings_of(r)->schema == NULL || strchr(op->key, '@') != NULL)
		return google_done(op, OP_GONE);
	op->stage = FIND_ACCOUNT;
	return ask_query(r, op, ret, err);
}

static bool is_address(const char *key)
{
	return strchr(key, '@') != NULL && strpbrk(key, "/\\") == NULL;
}

/* Ids are digits; of what is neither id nor address Google knows nothing.
 * An address of a domain that is not the customer's is a 403, not a 404, so
 * that one is for the step. */
static int find_start(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	int rc;

	if (op->key == NULL || *op->key == '\0' ||
		!text_valid_utf8(op->key, strlen(op->key)))
		return lapse_fail(err, LAPSE_EREFUSED,
			"%s: not the name of a user", r->name);
	if (!is_address(op->key) &&
		op->key[strspn(op->key, "0123456789")] != '\0')
		return find_by_account(r, op, ret, err);
	rc = ask_user(r, op->key, ret, err);
	if (is_address(op->key))
		ret->expect[1] = 403;
	return rc;
}

/* Forbidden it is also for who may read no user at all; then the list is, too,
 * and says so. Source: GAM, the errors of users.get. */
static int find_outside(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	char reason[GOOGLE_REASON];

	google_reason(last, reason);
	if (strcmp(reason, "forbidden") != 0)
		return google_refuse(r, last, err);
	op->stage = FIND_ADDRESS;
	return ask_query(r, op, ret, err);
}

static int take_key(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last->status == 403)
		return find_outside(r, op, last, ret, err);
	if (last->status != 404)
		return take_user(r, op, has_name, last, err);
	rc = google_check_gone(r, last, err);
	return rc < 0 ? rc : find_by_account(r, op, ret, err);
}

int google_find_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	bool account = op->stage >= FIND_ACCOUNT;
	int rc;

	if (last == NULL)
		return find_start(r, op, ret, err);
	if (op->stage == FIND_KEY)
		return take_key(r, op, last, ret, err);
	rc = take_users(r, op, account ? FIND_ACCOUNT : FIND_ADDRESS,
		account ? has_account : has_name, last, err);
	if (rc == OP_SEND)
		return ask_query(r, op, ret, err);
	return rc < 0 ? rc : google_done(op, op->seen > 0 ? OP_FOUND : OP_GONE);
}

/* ---- Members ---- */

#define MEMBERS GOOGLE_DIRECTORY                                               \
	"/groups/{}/members?maxResults=200"                                    \
	"&fields=kind,nextPageToken,members(id,type)"

enum member_stage {
	MEMBERS_LIST = 0,
	MEMBERS_DOUBT = 50,	/* a page brought nothing */
	MEMBERS_COUNT = 100,
};

static int ask_members(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_BUF at = {0};
	const char *token = google_token(op, &at);

	if (at.failed)
		return lapse_fail_nomem(err);
	if (token == NULL)
		return google_send_gone(ret, op_send(ret, err, HTTP_GET,
			MEMBERS, op->group, NULL));
	return google_send_gone(ret, op_send(ret, err, HTTP_GET,
		MEMBERS "&pageToken={}", op->group, token, NULL));
}

/* A nested group and "everyone of the account" are not users. Words that may
 * come one day are told: nobody's access is to seem gone for a new word. */
static bool is_nobody(const char *type)
{
	return strcmp(type, "GROUP") == 0 || strcmp(type, "CUSTOMER") == 0;
}

/* Ids only: the list knows no more of a user than the address. */
static int give_member(struct op *op, struct json at, bool check,
	struct lapse_err *err)
{
	const char *type = json_text(at, "type", JSON_MUST);
	struct idp_user u = {
		.id = google_id(at),
		.status = IDP_STATUS_UNKNOWN,
		.last_login_at = WHEN_NONE,
		.created_at = WHEN_NONE,
	};

	if (check)
		return 0;
	if (is_nobody(type)) {
		op->seen++;
		return 0;
	}
	return op_give(op, &u, err);
}

static int give_members(const struct remote *r, struct op *op,
	struct json_doc *doc, struct json list, struct lapse_err *err)
{
	int rc = 0;

	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		give_member(op, i, true, err);
	rc = json_check(doc, r->name, err);
	for (struct json i = json_first(list); rc >= 0 && json_valid(i);
		i = json_next(i))
		rc = give_member(op, i, false, err);
	return rc;
}

/* An empty list is left out of the reply, and so is the token of a last page.
 * Where that is all there is to say that nobody is left - a page brought
 * nothing, or the last one is full - the group's own count is asked as well. */
static int confirm(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	op->stage = MEMBERS_COUNT;
	return google_send_gone(ret, op_send(ret, err, HTTP_GET,
		GOOGLE_DIRECTORY "/groups/{}?fields=kind,id,email,"
		"directMembersCount", op->group, NULL));
}

static int take_members(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	size_t n;
	bool doubt;
	int rc = google_open(&doc, r, last, "admin#directory#members", err);

	if (rc < 0)
		return rc;
	list = json_array(json_root(doc), "members", JSON_MAY);
	n = json_count(list);
	doubt = op->stage >= MEMBERS_DOUBT;
	if (n == 0 && !doubt)
		op->stage += MEMBERS_DOUBT;
	doubt = doubt || n == 0;
	rc = give_members(r, op, doc, list, err);
	if (rc >= 0)
		rc = google_next_page(r, op, doubt ? MEMBERS_DOUBT
			: MEMBERS_LIST, json_root(doc), list, err);
	if (rc == OP_SEND)
		return ask_members(op, ret, err);
	if (rc == OP_DONE && (doubt || n >= MEMBERS_PAGE))
		return confirm(op, ret, err);
	return rc < 0 ? rc : google_done(op, OP_FOUND);
}

static int take_count(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct idp_group g;
	int rc = google_open(&doc, r, last, "admin#directory#group", err);

	if (rc < 0)
		return rc;
	google_group(json_root(doc), &g);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(g.id, op->group) != 0 || g.members < 0 ||
		(size_t)g.members > op->seen)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the list of members ends after %zu, the "
			"group counts %lld; it is read again later", r->name,
			op->group, op->seen, (long long)g.members);
	return google_done(op, OP_FOUND);
}

/* Direct members only, which is what a removal needs. Those who were invited
 * and did not accept are in no list. Source: Directory API, members.list. */
int google_list_members(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return ask_members(op, ret, err);
	if (last->status == 404)
		return google_done_gone(r, op, last, err);
	return op->stage >= MEMBERS_COUNT ? take_count(r, op, last, err)
					  : take_members(r, op, last, ret, err);
}
