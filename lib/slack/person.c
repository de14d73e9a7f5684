/* Who is who: ourselves, a user by address or id, and the channel of the
 * direct messages with one. */
#include <string.h>

#include "web.h"

/* Source: Slack Web API, auth.test; the scopes are a header of any reply. */
int slack_test(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *error = NULL;
	struct slack_self *self;
	int rc = web_needs_arena(r, op, err);

	if (rc < 0)
		return rc;
	if (last == NULL) {
		ret->safe = true;
		return op_send(ret, err, HTTP_POST, "/auth.test", NULL);
	}
	rc = web_open(&doc, &error, r, op, last, err);
	if (rc < 0 || error != NULL)
		return rc < 0 ? rc : web_fail(r, error, err);
	self = arena_alloc(op->arena, sizeof(*self));
	if (self == NULL)
		return lapse_fail_nomem(err);
	*self = (struct slack_self){
		.user = web_id(op->arena, json_root(doc), "user_id",
			JSON_MUST),
		.bot = web_id(op->arena, json_root(doc), "bot_id", JSON_MAY),
		.team = web_id(op->arena, json_root(doc), "team_id",
			JSON_MUST),
		.team_name = web_text(op->arena, json_root(doc), "team"),
		.enterprise = web_id(op->arena, json_root(doc),
			"enterprise_id", JSON_MAY),
		.url = web_text(op->arena, json_root(doc), "url"),
		.scopes = last->scopes[0] == '\0' ? NULL :
			arena_copy(op->arena, last->scopes),
	};
	rc = json_check(doc, r->name, err);
	if (rc == 0)
		rc = arena_check(op->arena, err);
	if (rc < 0)
		return rc;
	op->ret = self;
	return web_done(op, OP_FOUND);
}

/* Opening what is open changes nothing, so that it may be repeated. Source:
 * Slack Web API, conversations.open. */
int slack_open(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};
	const char *error = NULL;
	int rc;

	if (last == NULL) {
		json_put_open(&w, NULL, '{');
		json_put_text(&w, "users", op->user);
		json_put_close(&w, '}');
		ret->safe = true;
		return web_body(ret, op_send(ret, err, HTTP_POST,
			"/conversations.open", NULL), &body, err);
	}
	rc = web_open(&doc, &error, r, op, last, err);
	if (rc < 0 || error != NULL)
		return rc < 0 ? rc : web_fail(r, error, err);
	web_keep_id(op, json_object(json_root(doc), "channel", JSON_MUST),
		"id");
	rc = json_check(doc, r->name, err);
	return rc < 0 ? rc : web_done(op, OP_FOUND);
}

/* ---- Who writes to us ---- */

static int ask_directs(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	const char *cursor = buf_text(&op->cursor);

	return *cursor == '\0' ?
		op_send(ret, err, HTTP_GET, "/conversations.list?types=im"
			"&exclude_archived=true&limit=200", NULL) :
		op_send(ret, err, HTTP_GET, "/conversations.list?types=im"
			"&exclude_archived=true&limit=200&cursor={}", cursor,
			NULL);
}

static int give_directs(const struct remote *r, struct op *op,
	struct json_doc *doc, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	VEC(struct slack_direct) all = {0};
	struct json list = json_array(json_root(doc), "channels", JSON_MUST);
	int rc;

	for (struct json i = json_first(list); json_valid(i); i = json_next(i)) {
		struct slack_direct *d = VEC_ADD(&all, &a);

		if (d == NULL)
			break;
		d->channel = web_id(&a, i, "id", JSON_MUST);
		d->user = web_id(&a, i, "user", JSON_MAY);
	}
	rc = json_check(doc, r->name, err);
	if (rc == 0)
		rc = arena_check(&a, err);
	for (size_t i = 0; rc == 0 && i < all.n; i++)
		rc = op_give(op, &all.items[i], err);
	return rc;
}

/* Source: Slack Web API, conversations.list. */
int slack_directs(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *error = NULL;
	const char *cursor;
	int rc;

	if (last == NULL)
		return ask_directs(op, ret, err);
	rc = web_open(&doc, &error, r, op, last, err);
	if (rc < 0 || error != NULL)
		return rc < 0 ? rc : web_fail(r, error, err);
	cursor = web_cursor(json_root(doc));
	rc = give_directs(r, op, doc, err);
	if (rc == 0)
		rc = op_next_token(op, cursor, err);
	if (rc < 0)
		return rc;
	return rc == OP_SEND ? ask_directs(op, ret, err) :
		web_done(op, op->seen > 0 ? OP_FOUND : OP_NONE);
}

/* ---- Who somebody is ---- */

/* Source: Slack Web API, users.info, user object. */
static void read_person(struct arena *a, struct json at,
	struct slack_person *ret)
{
	struct json profile = json_object(at, "profile", JSON_MAY);
	struct json company = json_object(at, "enterprise_user", JSON_MAY);

	*ret = (struct slack_person){
		.id = web_id(a, at, "id", JSON_MUST),
		.name = web_text(a, profile, "real_name"),
		.email = web_text(a, profile, "email"),
		.deleted = json_bool(at, "deleted", JSON_MAY),
		.bot = json_bool(at, "is_bot", JSON_MAY),
		.guest = json_bool(at, "is_restricted", JSON_MAY) ||
			json_bool(at, "is_ultra_restricted", JSON_MAY) ||
			json_bool(at, "is_stranger", JSON_MAY),
		.team = web_id(a, at, "team_id", JSON_MAY),
		.enterprise = web_id(a, company, "enterprise_id", JSON_MAY),
	};
}

bool slack_is_ours(const struct slack_self *self,
	const struct slack_person *person)
{
	return (person->team != NULL &&
		       strcmp(person->team, self->team) == 0) ||
		(person->enterprise != NULL && self->enterprise != NULL &&
			strcmp(person->enterprise, self->enterprise) == 0);
}

static int read_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *error = NULL;
	struct slack_person *person;
	int rc = web_open(&doc, &error, r, op, last, err);

	if (rc < 0)
		return rc;
	if (error != NULL)
		return web_error_of(error) == WEB_ABSENT ?
			web_done(op, OP_GONE) : web_fail(r, error, err);
	person = arena_alloc(op->arena, sizeof(*person));
	if (person == NULL)
		return lapse_fail_nomem(err);
	read_person(op->arena, json_object(json_root(doc), "user", JSON_MUST),
		person);
	rc = json_check(doc, r->name, err);
	if (rc == 0)
		rc = arena_check(op->arena, err);
	if (rc < 0)
		return rc;
	op->ret = person;
	return web_done(op, OP_FOUND);
}

int slack_find_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc = web_needs_arena(r, op, err);

	if (rc < 0)
		return rc;
	return last != NULL ? read_user(r, op, last, err) :
		op_send(ret, err, HTTP_GET, "/users.lookupByEmail?email={}",
			op->key, NULL);
}

int slack_get_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc = web_needs_arena(r, op, err);

	if (rc < 0)
		return rc;
	return last != NULL ? read_user(r, op, last, err) :
		op_send(ret, err, HTTP_GET, "/users.info?user={}", op->user,
			NULL);
}
