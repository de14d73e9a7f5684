/* What the site is and what it offers: its kind and clock, our permissions,
 * fields, statuses, request types. Read by set-up and by checks. */
#include <string.h>

#include "rest.h"

/* Also asked for its Date alone: then without an arena, and without ret.
 * Source: Jira Cloud platform REST v3, getServerInfo. */
int jira_server_info(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *kind;
	int64_t at;
	int rc;

	if (last == NULL)
		return op_send(ret, err, HTTP_GET, "/rest/api/3/serverInfo",
			NULL);
	rc = json_open(&doc, last->body.data, last->body.len, err);
	if (rc < 0)
		return lapse_prefix(err, "%s", r->name);
	kind = json_text(json_root(doc), "deploymentType", JSON_MUST);
	at = json_time(json_root(doc), "serverTime", JSON_MAY);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	op->at = at;
	if (op->arena != NULL) {
		op->ret = arena_copy(op->arena, kind);
		rc = arena_check(op->arena, err);
	}
	return rc < 0 ? rc : rest_done(op, OP_FOUND);
}

/* On the site itself, without a credential. It is not in the published
 * description, but what every client of scoped tokens uses. */
int jira_cloud_id(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc;

	if (last == NULL)
		return op_send(ret, err, HTTP_GET, "/_edge/tenant_info", NULL);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	op->ret = (void *)rest_id(op->arena, json_root(doc), "cloudId",
		JSON_MUST);
	rc = rest_check(doc, r, op, err);
	return rc < 0 ? rc : rest_done(op, OP_FOUND);
}

/* A permission that the reply leaves out is one that we lack. */
static void add_lacking(struct op *op, struct json given, struct strs *ret)
{
	const char *name = op->body;

	while (*name != '\0') {
		size_t len = strcspn(name, ",");
		const char *one = arena_copy_n(op->arena, name, len);

		if (one != NULL && *one != '\0' &&
			!json_bool(json_object(given, one, JSON_MAY),
				"havePermission", JSON_MAY))
			strs_add(ret, op->arena, one);
		name += len + (name[len] == ',');
	}
}

/* Source: Jira Cloud platform REST v3, getMyPermissions. */
int jira_permissions(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct strs *lacking;
	int rc;

	if (last == NULL)
		return op_send(ret, err, HTTP_GET,
			"/rest/api/3/mypermissions?projectId={}&permissions={}",
			op->key, op->body, NULL);
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	lacking = arena_alloc(op->arena, sizeof(*lacking));
	if (lacking == NULL)
		return lapse_fail_nomem(err);
	add_lacking(op, json_object(json_root(doc), "permissions", JSON_MUST),
		lacking);
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	op->ret = lacking;
	return rest_done(op, OP_FOUND);
}

/* System fields have no custom type; then it is the type. */
static const char *kind_of(struct arena *a, struct json field)
{
	struct json schema = json_object(field, "schema", JSON_MAY);
	const char *custom = rest_text(a, schema, "custom");

	return custom != NULL ? custom : rest_text(a, schema, "type");
}

/* Source: Jira Cloud platform REST v3, getFields. */
int jira_get_field(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *kind = NULL;
	bool found = false;
	int rc;

	if (last == NULL)
		return op_send(ret, err, HTTP_GET, "/rest/api/3/field", NULL);
	rc = rest_open_list(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	for (struct json i = json_first(json_root(doc)); json_valid(i);
		i = json_next(i)) {
		const char *id = json_text(i, "id", JSON_MUST);

		if (id == NULL || strcmp(id, op->key) != 0)
			continue;
		found = true;
		kind = kind_of(op->arena, i);
	}
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	op->ret = (void *)kind;
	return rest_done(op, found ? OP_FOUND : OP_GONE);
}

static void add_statuses(struct op *op, struct json list, struct strs *ret)
{
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *id = rest_id(op->arena, i, "id", JSON_MUST);

		if (id != NULL && !strs_has(ret, id))
			strs_add(ret, op->arena, id);
	}
}

/* Source: Jira Cloud platform REST v3, getAllStatuses. */
int jira_get_statuses(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct strs *ids;
	int rc;

	if (last == NULL)
		return op_send(ret, err, HTTP_GET,
			"/rest/api/3/project/{}/statuses", op->key, NULL);
	rc = rest_open_list(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	ids = arena_alloc(op->arena, sizeof(*ids));
	if (ids == NULL)
		return lapse_fail_nomem(err);
	for (struct json i = json_first(json_root(doc)); json_valid(i);
		i = json_next(i))
		add_statuses(op, json_array(i, "statuses", JSON_MUST), ids);
	rc = rest_check(doc, r, op, err);
	if (rc < 0)
		return rc;
	op->ret = ids;
	return rest_done(op, OP_FOUND);
}

static int give_fields(struct op *op, struct json list, struct lapse_err *err)
{
	int rc = 0;

	for (struct json i = json_first(list); op->sink != NULL &&
		json_valid(i) && rc == 0; i = json_next(i)) {
		const struct jira_form_field f = {
			.id = json_text(i, "fieldId", JSON_MUST),
			.required = json_bool(i, "required", JSON_MAY),
		};

		rc = op->sink(op->arg, &f, err);
	}
	return rc;
}

/* Source: Jira Service Management REST, getRequestTypeFields. */
int jira_get_request_type(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct strs *ids;
	struct json list;
	int rc;

	if (last == NULL)
		return rest_desk(ret, op_send(ret, err, HTTP_GET,
			"/rest/servicedeskapi/servicedesk/{}/requesttype/{}"
			"/field?expand=hiddenFields",
			op->id, op->key, NULL));
	rc = rest_open(&doc, r, op, last, err);
	if (rc < 0)
		return rc;
	ids = arena_alloc(op->arena, sizeof(*ids));
	if (ids == NULL)
		return lapse_fail_nomem(err);
	list = json_array(json_root(doc), "requestTypeFields", JSON_MUST);
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i))
		strs_add(ids, op->arena, json_text(i, "fieldId", JSON_MUST));
	rc = rest_check(doc, r, op, err);
	if (rc == 0)
		rc = give_fields(op, list, err);
	if (rc < 0)
		return rc;
	op->ret = ids;
	return rest_done(op, OP_FOUND);
}
