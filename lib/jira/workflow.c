/* The approval steps of the site's workflows, as configured. Read by checks;
 * what an approval needs is decided elsewhere. */
#include <string.h>

#include "rest.h"

/* The status that a workflow's reference stands for; NULL: not told. */
static const char *status_of(struct json root, const char *reference)
{
	struct json list = json_array(root, "statuses", JSON_MUST);

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *r = json_text(i, "statusReference", JSON_MAY);

		if (r != NULL && reference != NULL && strcmp(r, reference) == 0)
			return json_text(i, "id", JSON_MAY);
	}
	return NULL;
}

static void add_step(struct op *op, struct json root, struct json status,
	const char *workflow)
{
	struct jira_steps *steps = op->ret;
	struct json ap = json_object(status, "approvalConfiguration", JSON_MAY);
	const char *active;
	struct jira_step *s;

	if (!json_here(ap))
		return;
	s = VEC_ADD(&steps->items, op->arena);
	if (s == NULL)
		return;
	active = json_text(ap, "active", JSON_MUST);
	s->workflow = rest_copy(op->arena, workflow);
	s->status = rest_copy(op->arena, status_of(root,
		json_text(status, "statusReference", JSON_MUST)));
	s->active = active != NULL && strcmp(active, "true") == 0;
	s->field = rest_copy(op->arena, json_text(ap, "fieldId", JSON_MUST));
	s->condition = rest_copy(op->arena,
		json_text(ap, "conditionType", JSON_MUST));
	s->value = rest_copy(op->arena,
		json_text(ap, "conditionValue", JSON_MUST));
}

static void add_steps(struct op *op, struct json root)
{
	struct json list = json_array(root, "values", JSON_MUST);

	for (struct json w = json_first(list); json_valid(w);
		w = json_next(w)) {
		struct json statuses = json_array(w, "statuses", JSON_MAY);

		for (struct json i = json_first(statuses); json_valid(i);
			i = json_next(i))
			add_step(op, root, i, json_text(w, "name", JSON_MAY));
	}
}

/* Source: Jira Cloud platform REST v3, searchWorkflows. */
int jira_get_approval_steps(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	bool more;
	int rc;

	if (last != NULL) {
		rc = rest_open(&doc, r, op, last, err);
		if (rc < 0)
			return rc;
		more = rest_page(op, json_root(doc), "values");
		add_steps(op, json_root(doc));
		rc = rest_check(doc, r, op, err);
		if (rc < 0)
			return rc;
		if (!more)
			return rest_done(op, OP_FOUND);
	} else {
		op->ret = arena_alloc(op->arena, sizeof(struct jira_steps));
		if (op->ret == NULL)
			return lapse_fail_nomem(err);
	}
	return op_send(ret, err, HTTP_GET,
		"/rest/api/3/workflows/search?startAt={}&maxResults=50"
		"&isActive=true",
		rest_number(op->seen).text, NULL);
}
