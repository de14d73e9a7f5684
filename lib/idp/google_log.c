/* When someone last signed in to Google, and who put someone into a group.
 *
 * Google's log of sign-ins to other applications is not read: what its entries
 * are called is not described. So last use is that of the organisation, with
 * an application as without.
 * Source: Directory API, users.get; Reports API, activities.list. */
#include <string.h>

#include "google.h"
#include "seen.h"
#include "text.h"

/* ---- Last use ---- */

static const struct idp_use_seen of_login = {
	.source = "google lastLoginTime (organisation sign-in)",
};

static int other_user(const struct remote *r, const struct op *op,
	struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EPROTO,
		"%s: '%s': the reply is about another user or group", r->name,
		op->user);
}

/* 1970 is "never": then there was nothing since the account was made. */
int google_last_use(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct idp_user u;
	int rc;

	if (last == NULL)
		return google_send_gone(ret, op_send(ret, err, HTTP_GET,
			GOOGLE_DIRECTORY "/users/{}?fields=kind,id,"
			"primaryEmail,suspended,archived,lastLoginTime,"
			"creationTime", op->user, NULL));
	if (last->status == 404)
		return google_done_gone(r, op, last, err);
	rc = google_open(&doc, r, last, "admin#directory#user", err);
	if (rc < 0)
		return rc;
	google_user(json_root(doc), NULL, &u);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(u.id, op->user) != 0)
		return other_user(r, op, err);
	if (!u.last_login_known)
		return seen_unknown(op, of_login,
			"the user is shown without lastLoginTime", err);
	return u.last_login_at != WHEN_NONE
		? seen_used(op, of_login, u.last_login_at, err)
		: seen_not_since(op, of_login, u.created_at, err);
}

/* ---- Who added ---- */

/* The log knows people and groups by their addresses only, so they are asked
 * for first. After the token op->cursor keeps them, a line each. */
enum add_stage {
	ADD_USER,
	ADD_GROUP,
	ADD_LOG = 100,		/* room for the count of empty pages */
};

#define LOG "/admin/reports/v1/activity/users/all/applications/admin"          \
	"?eventName=ADD_GROUP_MEMBER&maxResults=1000&filters={}"

/* One that cannot be taken for more of the filter. */
static bool is_plain(const char *address)
{
	return strchr(address, '@') != NULL &&
		strpbrk(address, " ,<>=\n\r\t") == NULL;
}

static int keep_address(const struct remote *r, struct op *op,
	const struct http_response *last, bool group, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *key = group ? "email" : "primaryEmail";
	const char *id, *address;
	int rc = google_open(&doc, r, last, group ? "admin#directory#group"
		: "admin#directory#user", err);

	if (rc < 0)
		return rc;
	id = google_id(json_root(doc));
	address = json_text(json_root(doc), key, JSON_MUST);
	if (address != NULL && !is_plain(address))
		json_fault(json_root(doc), key, "is not an address");
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(id, group ? op->group : op->user) != 0)
		return other_user(r, op, err);
	buf_fmt(&op->cursor, "\n%s", address);
	return buf_check(&op->cursor, err, op->name);
}

struct addresses {
	struct buf user;
	struct buf group;
};

static void addresses_clear(struct addresses *a)
{
	buf_clear(&a->user);
	buf_clear(&a->group);
}

#define AUTO_ADDRESSES                                                         \
	__attribute__((cleanup(addresses_clear))) struct addresses

static int read_addresses(const struct op *op, struct addresses *ret,
	struct lapse_err *err)
{
	const char *at = strchr(buf_text(&op->cursor), '\n');
	size_t n;

	if (at == NULL)
		return lapse_fail_nomem(err);
	n = strcspn(++at, "\n");
	buf_add(&ret->user, at, n);
	buf_str(&ret->group, at + n + (at[n] == '\n' ? 1 : 0));
	return ret->user.failed || ret->group.failed ? lapse_fail_nomem(err)
						     : 0;
}

static int ask_log(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_ADDRESSES of = {0};
	AUTO_BUF filters = {0};
	AUTO_BUF at = {0};
	char since[WHEN_TEXT];
	const char *token = google_token(op, &at);
	int rc = read_addresses(op, &of, err);

	if (rc < 0)
		return rc;
	buf_fmt(&filters, "USER_EMAIL==%s,GROUP_EMAIL==%s",
		buf_text(&of.user), buf_text(&of.group));
	if (filters.failed || at.failed)
		return lapse_fail_nomem(err);
	ret->expect[0] = 403;
	when_time(op->at > 0 ? op->at : 0, since);
	if (token == NULL)
		return op_send(ret, err, HTTP_GET, LOG "&startTime={}",
			buf_text(&filters), since, NULL);
	return op_send(ret, err, HTTP_GET, LOG "&startTime={}&pageToken={}",
		buf_text(&filters), since, token, NULL);
}

static bool has_parameter(struct json event, const char *name,
	const char *value)
{
	struct json list = json_array(event, "parameters", JSON_MUST);
	bool found = false;

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *is = json_text(i, "name", JSON_MUST);
		const char *has;

		if (is == NULL || strcmp(is, name) != 0)
			continue;
		has = json_text(i, "value", JSON_MUST);
		found = found || (has != NULL && text_same_nocase(has, value));
	}
	return found;
}

/* One activity has one event or several. */
static bool is_add(struct json activity, const struct addresses *of)
{
	struct json list = json_array(activity, "events", JSON_MUST);
	bool found = false;

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *name = json_text(i, "name", JSON_MUST);

		if (name != NULL && strcmp(name, "ADD_GROUP_MEMBER") == 0 &&
			has_parameter(i, "USER_EMAIL", buf_text(&of->user)) &&
			has_parameter(i, "GROUP_EMAIL", buf_text(&of->group)))
			found = true;
	}
	return found;
}

/* Who is no user of the account has a key instead, as services have. */
static const char *actor_of(struct json activity)
{
	static const char *const keys[] = {"email", "profileId", "key"};
	struct json actor = json_object(activity, "actor", JSON_MUST);

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *text = json_text(actor, keys[i], JSON_MAY);

		if (text != NULL && *text != '\0')
			return text;
	}
	return "";
}

static int take_log(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_ADDRESSES of = {0};
	struct idp_added a = {.source = "google admin log"};
	struct seen_event latest = {0};
	struct json list;
	int rc = google_open(&doc, r, last, "admin#reports#activities", err);

	if (rc >= 0)
		rc = read_addresses(op, &of, err);
	if (rc < 0)
		return rc;
	list = json_array(json_root(doc), "items", JSON_MAY);
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		int64_t at = json_time(json_object(i, "id", JSON_MUST),
			"time", JSON_MUST);

		if (is_add(i, &of))
			seen_keep_latest(&latest, i, at);
	}
	if (json_valid(latest.event))
		a.actor = actor_of(latest.event);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	a.at = latest.at;
	if (json_valid(latest.event))
		return seen_added(op, &a, err);
	rc = google_next_page(r, op, ADD_LOG, json_root(doc), list, err);
	if (rc == OP_SEND)
		return ask_log(op, ret, err);
	return rc < 0 ? rc : google_done(op, OP_NONE);
}

static int refused(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	char reason[GOOGLE_REASON];
	int rc = google_refuse(r, last, err);

	google_reason(last, reason);
	return rc == LAPSE_EAUTH && reason[0] != '\0'
		? google_done(op, OP_UNSUPPORTED) : rc;
}

/* Without one of the two there is no address to ask the log about. */
static int take_address(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	bool group = op->stage == ADD_GROUP;
	int rc = last->status == 404 ? google_check_gone(r, last, err)
		: keep_address(r, op, last, group, err);

	if (rc < 0)
		return rc;
	if (last->status == 404)
		return google_done(op, OP_GONE);
	op->stage = group ? ADD_LOG : ADD_GROUP;
	return group ? ask_log(op, ret, err)
		: google_send_gone(ret, op_send(ret, err, HTTP_GET,
			GOOGLE_DIRECTORY "/groups/{}?fields=kind,id,email",
			op->group, NULL));
}

int google_added_by(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return google_send_gone(ret, op_send(ret, err, HTTP_GET,
			GOOGLE_DIRECTORY "/users/{}?fields=kind,id,"
			"primaryEmail", op->user, NULL));
	if (op->stage < ADD_LOG)
		return take_address(r, op, last, ret, err);
	return last->status == 403 ? refused(r, op, last, err)
				   : take_log(r, op, last, ret, err);
}

/* ---- For doctor ---- */

int google_probe_log(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc;

	if (last == NULL) {
		ret->expect[0] = 403;
		return op_send(ret, err, HTTP_GET, "/admin/reports/v1/activity"
			"/users/all/applications/admin"
			"?eventName=ADD_GROUP_MEMBER&maxResults=1", NULL);
	}
	if (last->status == 403) {
		rc = refused(r, op, last, err);
		op->ret = (void *)(uintptr_t)"it may not: who added a member "
			"stays unknown";
		return rc < 0 ? rc : google_done(op, OP_UNSUPPORTED);
	}
	rc = google_open(&doc, r, last, "admin#reports#activities", err);
	return rc < 0 ? rc : google_done(op, OP_FOUND);
}
