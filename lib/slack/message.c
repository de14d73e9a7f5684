/* Messages: posting one, finding our own again by its marker, so that a
 * doubtful post is never repeated, and reading a channel or a thread. */
#include <string.h>

#include "web.h"

#define EVENT_TYPE "lapse_message"

/* ---- Posting ---- */

/* Nothing is unfurled: what stands behind a link is not for the channel.
 * Source: Slack Web API, chat.postMessage; "Message metadata". */
static int post(struct op *op, struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "channel", op->group);
	json_put_text(&w, "text", op->body);
	if (op->id != NULL)
		json_put_text(&w, "thread_ts", op->id);
	json_put_bool(&w, "unfurl_links", false);
	json_put_bool(&w, "unfurl_media", false);
	json_put_open(&w, "metadata", '{');
	json_put_text(&w, "event_type", EVENT_TYPE);
	json_put_open(&w, "event_payload", '{');
	json_put_text(&w, "id", op->key);
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	return web_body(ret, op_send(ret, err, HTTP_POST, "/chat.postMessage",
		NULL), &body, err);
}

static void keep_ts(struct op *op, struct json at)
{
	const char *ts = json_text(at, "ts", JSON_MUST);

	if (ts != NULL && !slack_is_ts(ts))
		json_fault(at, "ts", "is not a message's");
	else
		web_keep_id(op, at, "ts");
}

int slack_post(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *error = NULL;
	int rc = web_needs_arena(r, op, err);

	if (rc < 0)
		return rc;
	if (last == NULL)
		return post(op, ret, err);
	rc = web_open(&doc, &error, r, op, last, err);
	if (rc < 0 || error != NULL)
		return rc < 0 ? rc : web_fail(r, error, err);
	op->ret = (void *)(uintptr_t)web_id(op->arena, json_root(doc),
		"channel", JSON_MUST);
	keep_ts(op, json_root(doc));
	rc = json_check(doc, r->name, err);
	if (rc == 0)
		rc = arena_check(op->arena, err);
	return rc < 0 ? rc : web_done(op, OP_CHANGED);
}

/* ---- Reading ---- */

/* A marker is believed of our own messages only: any app may say it. */
static const char *marker_of(struct json at)
{
	struct json data = json_at(at, "metadata");
	struct json payload;
	const char *type;

	if (!json_is_object(data))
		return NULL;
	type = json_text(data, "event_type", JSON_MAY);
	payload = json_at(data, "event_payload");
	if (type == NULL || strcmp(type, EVENT_TYPE) != 0 ||
		!json_is_object(payload) ||
		!json_is_text(json_at(payload, "id")))
		return NULL;
	return json_as_text(json_at(payload, "id"));
}

static void read_message(struct arena *a, struct json at,
	struct slack_message *ret)
{
	*ret = (struct slack_message){
		.ts = web_id(a, at, "ts", JSON_MUST),
		.user = web_id(a, at, "user", JSON_MAY),
		.bot = web_id(a, at, "bot_id", JSON_MAY),
		.subtype = web_text(a, at, "subtype"),
		.text = arena_copy(a, json_text(at, "text", JSON_MAY)),
		.thread = web_id(a, at, "thread_ts", JSON_MAY),
		.edited = json_here(json_at(at, "edited")),
		.marker = arena_copy(a, marker_of(at)),
	};
	if (ret->ts != NULL && !slack_is_ts(ret->ts))
		json_fault(at, "ts", "is not a message's");
}

static const char *page_of(const struct op *op)
{
	return op->settings != NULL ? op->settings : "200";
}

/* Source: Slack Web API, conversations.history and conversations.replies;
 * without "oldest" they begin at the beginning. */
static int ask(struct op *op, struct http_request *ret, struct lapse_err *err,
	const char *parent, const char *oldest)
{
	const char *cursor = buf_text(&op->cursor);

	if (parent == NULL)
		return *cursor == '\0' ?
			op_send(ret, err, HTTP_GET, "/conversations.history"
				"?channel={}&oldest={}&limit={}"
				"&include_all_metadata=true",
				op->group, oldest, page_of(op), NULL) :
			op_send(ret, err, HTTP_GET, "/conversations.history"
				"?channel={}&oldest={}&limit={}"
				"&include_all_metadata=true&cursor={}",
				op->group, oldest, page_of(op), cursor, NULL);
	return *cursor == '\0' ?
		op_send(ret, err, HTTP_GET, "/conversations.replies"
			"?channel={}&ts={}&oldest={}&limit={}"
			"&include_all_metadata=true",
			op->group, parent, oldest, page_of(op), NULL) :
		op_send(ret, err, HTTP_GET, "/conversations.replies"
			"?channel={}&ts={}&oldest={}&limit={}"
			"&include_all_metadata=true&cursor={}",
			op->group, parent, oldest, page_of(op), cursor, NULL);
}

/* Up to a second, where so much may stand there that one reading of it all
 * would take too long. */
static int ask_until(struct op *op, struct http_request *ret,
	struct lapse_err *err, const char *oldest)
{
	AUTO_ARENA a = {0};
	const char *cursor = buf_text(&op->cursor);
	const char *latest = arena_fmt(&a, "%lld.000000", (long long)op->at);

	if (latest == NULL)
		return lapse_fail_nomem(err);
	return *cursor == '\0' ?
		op_send(ret, err, HTTP_GET, "/conversations.history"
			"?channel={}&oldest={}&latest={}&limit={}",
			op->group, oldest, latest, page_of(op), NULL) :
		op_send(ret, err, HTTP_GET, "/conversations.history"
			"?channel={}&oldest={}&latest={}&limit={}&cursor={}",
			op->group, oldest, latest, page_of(op), cursor, NULL);
}

/* One page of messages, each given to take; then the next page is asked for,
 * or *ret_end is set. */
static int read_page(const struct remote *r, struct op *op, struct json_doc *doc,
	int (*take)(struct op *op, const struct slack_message *m,
		struct lapse_err *err),
	bool *ret_end, struct lapse_err *err)
{
	AUTO_ARENA texts = {.max = 2 * HTTP_BODY_MAX};
	VEC(struct slack_message) all = {0};
	struct json list = json_array(json_root(doc), "messages", JSON_MUST);
	const char *cursor = web_cursor(json_root(doc));
	bool more = json_bool(json_root(doc), "has_more", JSON_MAY);
	int rc;

	for (struct json i = json_first(list); json_valid(i); i = json_next(i)) {
		struct slack_message *m = VEC_ADD(&all, &texts);

		if (m != NULL)
			read_message(&texts, i, m);
	}
	if (more && cursor == NULL)
		json_fault(json_root(doc), "next_cursor",
			"is missing although there is more");
	rc = json_check(doc, r->name, err);
	if (rc == 0)
		rc = arena_check(&texts, err);
	for (size_t i = 0; rc == 0 && i < all.n; i++)
		rc = take(op, &all.items[i], err);
	if (rc < 0)
		return rc;
	rc = op_next_token(op, cursor, err);
	*ret_end = rc == OP_DONE;
	return rc < 0 ? rc : 0;
}

static bool is_parent(const struct op *op, const struct slack_message *m)
{
	return op->id != NULL && strcmp(m->ts, op->id) == 0;
}

static int give(struct op *op, const struct slack_message *m,
	struct lapse_err *err)
{
	if (is_parent(op, m))
		return 0;
	return op_give(op, m, err);
}

static int ask_page(struct op *op, struct http_request *ret,
	struct lapse_err *err, const char *parent, const char *oldest)
{
	return parent == NULL && op->at > 0 ?
		ask_until(op, ret, err, oldest) :
		ask(op, ret, err, parent, oldest);
}

static int read_all(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	const char *parent, struct lapse_err *err)
{
	const char *oldest = op->key != NULL ? op->key : "0";
	AUTO_JSON *doc = NULL;
	const char *error = NULL;
	bool end = false;
	int rc;

	if (last == NULL)
		return ask_page(op, ret, err, parent, oldest);
	rc = web_open(&doc, &error, r, op, last, err);
	if (rc < 0)
		return rc;
	if (error != NULL)
		return parent != NULL && web_error_of(error) == WEB_ABSENT ?
			web_done(op, OP_GONE) : web_fail(r, error, err);
	rc = read_page(r, op, doc, give, &end, err);
	if (rc < 0)
		return rc;
	if (!end)
		return ask_page(op, ret, err, parent, oldest);
	return web_done(op, op->seen > 0 ? OP_FOUND : OP_NONE);
}

int slack_history(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	return read_all(r, op, last, ret, NULL, err);
}

int slack_replies(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	return read_all(r, op, last, ret, op->id, err);
}

/* ---- Finding our own ---- */

static int look(struct op *op, const struct slack_message *m,
	struct lapse_err *err)
{
	size_t n = strlen(m->ts);

	(void)err;
	if (m->marker == NULL || strcmp(m->marker, op->key) != 0 ||
		m->user == NULL || strcmp(m->user, op->user) != 0 ||
		n >= sizeof(op->ret_id))
		return 0;
	memcpy(op->ret_id, m->ts, n + 1);
	return 0;
}

int slack_find_post(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *oldest = arena_fmt(&a, "%lld",
		(long long)(op->at > 0 ? op->at : 0));
	AUTO_JSON *doc = NULL;
	const char *error = NULL;
	bool end = false;
	int rc;

	if (oldest == NULL)
		return lapse_fail_nomem(err);
	if (last == NULL)
		return ask(op, ret, err, op->id, oldest);
	rc = web_open(&doc, &error, r, op, last, err);
	if (rc < 0)
		return rc;
	/* The parent is gone: so is what stood under it. */
	if (error != NULL)
		return op->id != NULL && web_error_of(error) == WEB_ABSENT ?
			web_done(op, OP_ABSENT) : web_fail(r, error, err);
	rc = read_page(r, op, doc, look, &end, err);
	if (rc < 0)
		return rc;
	if (op->ret_id[0] != '\0')
		return web_done(op, OP_PRESENT);
	return end ? web_done(op, OP_ABSENT) :
		ask(op, ret, err, op->id, oldest);
}

/* One message is enough to know. */
int slack_may_read(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *error = NULL;
	int rc;

	if (last == NULL)
		return op_send(ret, err, HTTP_GET,
			"/conversations.history?channel={}&limit=1",
			op->group, NULL);
	rc = web_open(&doc, &error, r, op, last, err);
	if (rc < 0 || error != NULL)
		return rc < 0 ? rc : web_fail(r, error, err);
	return web_done(op, OP_FOUND);
}
