/* The end that Google itself keeps for a membership, by Cloud Identity. It
 * knows groups and members by address and by names of its own, so both slots
 * ask the same way there: the member and the group of the Directory API, then
 * the two names.
 * Source: Cloud Identity API, Membership, expiryDetail. */
#include <string.h>

#include "google.h"
#include "text.h"

/* op->cursor: the member's address, then the group's name at Cloud Identity. */
enum expiry_stage {
	EXPIRY_MEMBER,
	EXPIRY_GROUP,
	EXPIRY_GROUP_NAME,
	EXPIRY_NAME,
	EXPIRY_LAST,
};

static const char *line_of(const struct op *op, int n, struct buf *ret)
{
	const char *at = buf_text(&op->cursor);

	for (; n > 0 && *at != '\0'; n--) {
		at += strcspn(at, "\n");
		at += *at == '\n' ? 1 : 0;
	}
	buf_reset(ret);
	buf_add(ret, at, strcspn(at, "\n"));
	return buf_text(ret);
}

static int keep_line(struct op *op, const char *text, struct lapse_err *err)
{
	if (strpbrk(text, "\r\n") != NULL)
		return lapse_fail(err, LAPSE_EPROTO,
			"'%s': the reply holds no address", op->name);
	buf_fmt(&op->cursor, "%s\n", text);
	return op->cursor.failed ? lapse_fail_nomem(err) : 0;
}

/* ---- The way to the name ---- */

static int ask_member(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	op->stage = EXPIRY_MEMBER;
	return google_send_gone(ret, op_send(ret, err, HTTP_GET,
		GOOGLE_MEMBER "?fields=kind,id,email,role,type", op->group,
		op->user, NULL));
}

/* Only the plain role may have an end. */
static int take_member(const struct remote *r, struct op *op,
	const struct http_response *last, bool *ret_plain,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *email, *role, *id;
	int rc = google_open(&doc, r, last, "admin#directory#member", err);

	if (rc < 0)
		return rc;
	id = google_id(json_root(doc));
	email = json_text(json_root(doc), "email", JSON_MUST);
	role = json_text(json_root(doc), "role", JSON_MUST);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(id, op->user) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another member", r->name,
			op->user);
	*ret_plain = strcmp(role, "MEMBER") == 0;
	return keep_line(op, email, err);
}

static int ask_group(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	bool plain = false;
	int rc;

	if (last->status == 404)
		return google_done_gone(r, op, last, err);
	rc = take_member(r, op, last, &plain, err);
	if (rc < 0)
		return rc;
	if (!plain)
		return google_done(op, OP_UNFIT);
	op->stage = EXPIRY_GROUP;
	return google_send_gone(ret, op_send(ret, err, HTTP_GET,
		GOOGLE_DIRECTORY "/groups/{}?fields=kind,id,email", op->group,
		NULL));
}

static int ask_group_name(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *email, *id;
	int rc;

	if (last->status == 404)
		return google_done_gone(r, op, last, err);
	rc = google_open(&doc, r, last, "admin#directory#group", err);
	if (rc < 0)
		return rc;
	id = google_id(json_root(doc));
	email = json_text(json_root(doc), "email", JSON_MUST);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(id, op->group) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another group", r->name,
			op->group);
	op->stage = EXPIRY_GROUP_NAME;
	return google_send_identity(ret, op_send(ret, err, HTTP_GET,
		"/v1/groups:lookup?groupKey.id={}", email, NULL));
}

static int unnamed(const struct remote *r, const struct op *op,
	struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EPROTO,
		"%s: '%s': the reply names no membership", r->name, op->name);
}

static int ask_name(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF at = {0};
	AUTO_BUF email = {0};
	const char *group;
	int rc = google_open(&doc, r, last, NULL, err);

	if (rc < 0)
		return rc;
	group = google_name_group(json_as_text(json_at(json_root(doc),
		"name")), &at);
	if (group == NULL)
		return unnamed(r, op, err);
	rc = keep_line(op, group, err);
	if (rc < 0)
		return rc;
	op->stage = EXPIRY_NAME;
	return google_send_identity(ret, google_send_gone(ret, op_send(ret,
		err, HTTP_GET, "/v1/groups/{}/memberships:lookup"
		"?memberKey.id={}", group, line_of(op, 0, &email), NULL)));
}

/* The membership's own id, when the way has come to its end. */
static const char *take_name(struct json_doc *doc, const struct op *op,
	struct buf *group, struct buf *member)
{
	const char *name = json_as_text(json_at(json_root(doc), "name"));
	const char *id = google_name_member(name, member);
	AUTO_BUF start = {0};

	buf_fmt(&start, "groups/%s/", line_of(op, 1, group));
	return id != NULL && !start.failed &&
		strncmp(name, buf_text(&start), start.len) == 0 ? id : NULL;
}

/* OP_SEND until the membership's name is there; then OP_SEND by last_step,
 * which makes the request that all this is for. */
typedef int final_step(struct op *op, const char *group, const char *member,
	struct http_request *ret, struct lapse_err *err);

static int ask_last(const struct remote *r, struct op *op,
	const struct http_response *last, final_step *make,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF group = {0};
	AUTO_BUF member = {0};
	int rc;

	if (last->status == 404)
		return google_done_gone(r, op, last, err);
	rc = google_open(&doc, r, last, NULL, err);
	if (rc < 0)
		return rc;
	if (take_name(doc, op, &group, &member) == NULL)
		return unnamed(r, op, err);
	op->stage = EXPIRY_LAST;
	return google_send_identity(ret, google_send_gone(ret, make(op,
		buf_text(&group), buf_text(&member), ret, err)));
}

static int go_there(const struct remote *r, struct op *op,
	const struct http_response *last, final_step *make,
	struct http_request *ret, struct lapse_err *err)
{
	if (last == NULL)
		return ask_member(op, ret, err);
	switch (op->stage) {
	case EXPIRY_MEMBER:
		return ask_group(r, op, last, ret, err);
	case EXPIRY_GROUP:
		return ask_group_name(r, op, last, ret, err);
	case EXPIRY_GROUP_NAME:
		return ask_name(r, op, last, ret, err);
	default:
		return ask_last(r, op, last, make, ret, err);
	}
}

/* ---- The end itself ---- */

/* WHEN_NONE where there is none. Faults are the document's. */
static int64_t end_of(const struct op *op, struct json membership)
{
	AUTO_BUF email = {0};
	struct json roles = json_array(membership, "roles", JSON_MUST);
	const char *key = json_text(json_object(membership,
		"preferredMemberKey", JSON_MUST), "id", JSON_MUST);
	int64_t at = WHEN_NONE;
	bool plain = false;

	if (key != NULL && !text_same_nocase(key, line_of(op, 0, &email)))
		json_fault(membership, "preferredMemberKey",
			"is another member's");
	for (struct json i = json_first(roles); json_valid(i);
		i = json_next(i)) {
		const char *name = json_text(i, "name", JSON_MUST);

		if (name == NULL || strcmp(name, "MEMBER") != 0)
			continue;
		plain = true;
		at = json_time(json_object(i, "expiryDetail", JSON_MAY),
			"expireTime", JSON_MAY);
	}
	if (!plain)
		json_fault(membership, "roles", "do not say MEMBER");
	return at;
}

static int send_end(struct op *op, const char *group, const char *member,
	struct http_request *ret, struct lapse_err *err)
{
	struct buf body = {0};
	struct json_out w = {.out = &body};
	int rc;

	json_put_open(&w, NULL, '{');
	json_put_open(&w, "updateRolesParams", '[');
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "fieldMask", "expiryDetail.expireTime");
	json_put_open(&w, "membershipRole", '{');
	json_put_text(&w, "name", "MEMBER");
	json_put_open(&w, "expiryDetail", '{');
	json_put_time(&w, "expireTime", op->at);
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	json_put_close(&w, ']');
	json_put_close(&w, '}');
	rc = buf_check(&body, err, op->name);
	if (rc >= 0)
		rc = op_send(ret, err, HTTP_POST, "/v1/groups/{}/memberships/"
			"{}:modifyMembershipRoles", group, member, NULL);
	op_body(ret, &body);
	return rc;
}

/* What the reply shows of the change; anything else is read back. */
static int take_change(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int64_t at;
	int rc = google_open(&doc, r, last, NULL, err);

	if (rc < 0)
		return rc;
	at = end_of(op, json_object(json_root(doc), "membership", JSON_MUST));
	return google_done(op, json_check(doc, op->name, NULL) >= 0 &&
		at == op->at ? OP_CHANGED : OP_UNCLEAR);
}

/* Source: Cloud Identity API, memberships.modifyMembershipRoles. */
int google_set_expiry(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL || op->stage < EXPIRY_LAST)
		return go_there(r, op, last, send_end, ret, err);
	if (last->status == 404)
		return google_done_gone(r, op, last, err);
	if (google_lacks_licence(last))
		return google_done(op, OP_UNSUPPORTED);
	return take_change(r, op, last, err);
}

static int send_read(struct op *op, const char *group, const char *member,
	struct http_request *ret, struct lapse_err *err)
{
	(void)op;
	return op_send(ret, err, HTTP_GET, "/v1/groups/{}/memberships/{}",
		group, member, NULL);
}

/* Source: Cloud Identity API, memberships.get. */
int google_get_expiry(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int64_t at;
	int rc;

	if (last == NULL || op->stage < EXPIRY_LAST)
		return go_there(r, op, last, send_read, ret, err);
	if (last->status == 404)
		return google_done_gone(r, op, last, err);
	rc = google_open(&doc, r, last, NULL, err);
	if (rc < 0)
		return rc;
	at = end_of(op, json_root(doc));
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	op->at = at;
	return google_done(op, OP_FOUND);
}
