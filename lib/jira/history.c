/* The change log of one issue: who changed which field, oldest first. */
#include <string.h>

#include "rest.h"

/* from and to are ids where the field has ids; texts of other fields are not
 * kept. Some entries of Jira's own have a name instead of a field id.
 * Source: Jira Cloud platform REST v3, getChangeLogs. */
static void read_item(struct arena *a, struct json at,
	const struct jira_edit *entry, struct jira_history *ret)
{
	const char *kind = json_text(at, "fieldtype", JSON_MAY);
	struct jira_edit *e = VEC_ADD(&ret->edits, a);

	if (e == NULL)
		return;
	*e = *entry;
	e->field = rest_text(a, at, "fieldId");
	if (e->field == NULL && kind != NULL && strcmp(kind, "custom") == 0)
		json_fault(at, "fieldId", "is missing");
	if (e->field == NULL)
		e->field = arena_copy(a, json_text(at, "field", JSON_MUST));
	e->from = rest_text(a, at, "from");
	e->to = rest_text(a, at, "to");
}

void rest_history_entry(struct arena *a, struct json at, int64_t created,
	struct jira_history *ret)
{
	struct json items = json_array(at, "items", JSON_MUST);
	struct jira_person author;
	struct jira_edit entry = {0};

	rest_person(a, json_object(at, "author", JSON_MAY), &author);
	entry.entry = rest_id(a, at, "id", JSON_MUST);
	entry.author = author.account;
	entry.author_name = author.name;
	entry.author_type = author.type;
	entry.at = created;
	for (struct json i = json_first(items); json_valid(i);
		i = json_next(i))
		read_item(a, i, &entry, ret);
}

/* It comes oldest first; a stable insertion costs nothing then. */
void rest_history_sort(struct jira_history *h)
{
	for (size_t i = 1; i < h->edits.n; i++) {
		struct jira_edit e = h->edits.items[i];
		size_t j = i;

		for (; j > 0 && h->edits.items[j - 1].at > e.at; j--)
			h->edits.items[j] = h->edits.items[j - 1];
		h->edits.items[j] = e;
	}
}

static int ask(struct op *op, struct http_request *ret, struct lapse_err *err)
{
	struct rest_number at = rest_number(op->seen);

	return op_send(ret, err, HTTP_GET,
		"/rest/api/3/issue/{}/changelog?startAt={}&maxResults=100",
		op->issue, at.text, NULL);
}

int jira_get_history(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct jira_history *h = op->ret;
	struct json list;
	bool more;
	int rc;

	if (last == NULL)
		return ask(op, ret, err);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	if (h == NULL)
		h = op->ret = arena_alloc(op->arena, sizeof(*h));
	if (h == NULL)
		return lapse_fail_nomem(err);
	list = json_array(json_root(doc), "values", JSON_MUST);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		rest_history_entry(op->arena, i,
			json_time(i, "created", JSON_MUST), h);
	more = rest_page(op, json_root(doc), "values");
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	if (more)
		return ask(op, ret, err);
	rest_history_sort(h);
	return rest_done(op, OP_FOUND);
}
