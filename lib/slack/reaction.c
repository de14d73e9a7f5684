/* Reactions: who stands under a message with which sign at this moment. Slack
 * tells the present state only, never when. */
#include <string.h>

#include "text.h"
#include "web.h"

/* "thumbsup::skin-tone-2" is thumbsup. */
static const char *name_of(struct arena *a, struct json at)
{
	const char *name = json_text(at, "name", JSON_MUST);
	const char *tone = name != NULL ? strstr(name, "::") : NULL;

	if (name == NULL)
		return NULL;
	return arena_copy_n(a, name, tone != NULL ? (size_t)(tone - name) :
						    strlen(name));
}

static struct slack_reaction *slot_of(struct slack_reactions *all,
	const char *name, struct arena *a)
{
	struct slack_reaction *slot;

	for (size_t i = 0; i < all->items.n; i++)
		if (strcmp(all->items.items[i].name, name) == 0)
			return &all->items.items[i];
	slot = VEC_ADD(&all->items, a);
	if (slot != NULL)
		slot->name = name;
	return slot;
}

/* full=true makes the list of users complete; a count that says otherwise
 * means that somebody is not seen. Source: Slack Web API, reactions.get. */
static void read_users(struct arena *a, struct json at,
	struct slack_reaction *ret)
{
	struct json list = json_array(at, "users", JSON_MUST);
	int64_t count = json_int(at, "count", JSON_MUST);
	int64_t n = 0;

	for (struct json i = json_first(list); json_valid(i); i = json_next(i)) {
		const char *id = json_as_text(i);

		n++;
		if (id == NULL || !text_is_id(id))
			json_fault(at, "users", "has what is not an id");
		else if (!strs_has(&ret->users, id))
			strs_add(&ret->users, a, id);
	}
	if (n < count)
		json_fault(at, "users", "is not complete");
}

static void read_reactions(struct arena *a, struct json message,
	struct slack_reactions *ret)
{
	struct json list = json_array(message, "reactions", JSON_MAY);

	for (struct json i = json_first(list); json_valid(i); i = json_next(i)) {
		const char *name = name_of(a, i);
		struct slack_reaction *slot = name == NULL ? NULL :
			slot_of(ret, name, a);

		if (slot != NULL)
			read_users(a, i, slot);
	}
}

int slack_get_reactions(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *error = NULL;
	struct slack_reactions *all;
	int rc = web_needs_arena(r, op, err);

	if (rc < 0)
		return rc;
	if (last == NULL)
		return op_send(ret, err, HTTP_GET, "/reactions.get?channel={}"
			"&timestamp={}&full=true", op->group, op->id, NULL);
	rc = web_open(&doc, &error, r, op, last, err);
	if (rc < 0)
		return rc;
	if (error != NULL)
		return web_error_of(error) == WEB_ABSENT ?
			web_done(op, OP_GONE) : web_fail(r, error, err);
	all = arena_alloc(op->arena, sizeof(*all));
	if (all == NULL)
		return lapse_fail_nomem(err);
	read_reactions(op->arena, json_object(json_root(doc), "message",
		JSON_MUST), all);
	rc = json_check(doc, r->name, err);
	if (rc == 0)
		rc = arena_check(op->arena, err);
	if (rc < 0)
		return rc;
	op->ret = all;
	return web_done(op, OP_FOUND);
}
