/* Entra's groups, and whether somebody else feeds or guards them. */
#include <string.h>

#include "entra.h"

/* All that a group's kind depends on: without $select some do not come. */
#define FIELDS                                                                 \
	"id,displayName,description,groupTypes,mailEnabled,securityEnabled,"   \
	"isAssignableToRole,isManagementRestricted,onPremisesSyncEnabled,"     \
	"onPremisesDomainName,membershipRule,visibility"

static int take_group(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct idp_group g;
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	entra_group(json_root(doc), &g);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(g.id, op->group) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another group", r->name,
			op->group);
	rc = op_give(op, &g, err);
	return rc < 0 ? rc : entra_done(op, OP_FOUND);
}

/* Source: Microsoft Graph, group-get. */
int entra_get_group(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL) {
		rc = entra_check_id(r, "group", op->group, err);
		return rc < 0 ? rc : entra_send_gone(ret, op_send(ret, err,
			HTTP_GET, "/groups/{}?$select=" FIELDS, op->group,
			NULL));
	}
	if (last->status == 404)
		return entra_done_gone(r, op, last, err);
	return take_group(r, op, last, err);
}

static int take_groups(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	struct idp_group g;
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	list = entra_list(doc);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		entra_group(i, &g);
	rc = json_check(doc, r->name, err);
	for (struct json i = json_first(list); rc >= 0 && json_valid(i);
		i = json_next(i)) {
		entra_group(i, &g);
		rc = op_give(op, &g, err);
	}
	return rc < 0 ? rc : entra_next_page(r, op, 0, doc, ret, err);
}

/* Source: Microsoft Graph, group-list. */
int entra_list_groups(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL) {
		ret->headers[0] = "x-ms-throttle-priority: low";
		return op_send(ret, err, HTTP_GET,
			"/groups?$select=" FIELDS "&$top=999", NULL);
	}
	rc = take_groups(r, op, last, ret, err);
	return rc == OP_DONE ? entra_done(op, OP_FOUND) : rc;
}
