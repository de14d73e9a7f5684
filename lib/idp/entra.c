/* The Microsoft Entra ID driver, over Microsoft Graph v1.0: its table, the one
 * membership, and the changes it makes. Reading stands beside it: entra_user.c,
 * entra_group.c, entra_log.c, entra_reply.c; what `doctor` asks in
 * entra_probe.c; the configuration in entra_config.c. */
#include <stdio.h>
#include <string.h>

#include "drivers.h"
#include "entra.h"

/* ---- The one membership ---- */

bool entra_is_membership(const char *target)
{
	static const char *const shape[] = {
		"/groups/", "", "/members/", "", "/$ref",
	};
	char id[37];

	for (size_t i = 0; i < sizeof(shape) / sizeof(*shape); i++) {
		size_t len = strlen(shape[i]);

		if (len == 0) {
			snprintf(id, sizeof(id), "%s", target);
			if (!entra_is_guid(id))
				return false;
			len = strlen(id);
		} else if (strncmp(target, shape[i], len) != 0) {
			return false;
		}
		target += len;
	}
	return *target == '\0';
}

/* Source: Microsoft Graph, group-delete-members: "If $ref is not appended to
 * the request ... the user is deleted". */
int entra_membership(struct http_request *ret, enum http_method method,
	const struct remote *r, const char *group, const char *user,
	struct lapse_err *err)
{
	int rc = entra_check_id(r, "group", group, err);

	if (rc >= 0)
		rc = entra_check_id(r, "user", user, err);
	if (rc >= 0)
		rc = op_send(ret, err, method, "/groups/{}/members/{}/$ref",
			group, user, NULL);
	if (rc >= 0 && !entra_is_membership(buf_text(&ret->target))) {
		buf_reset(&ret->target);
		return lapse_fail(err, LAPSE_EINTERNAL,
			"%s: what was to be sent is not a membership", r->name);
	}
	return rc;
}

/* ---- Is someone a member? ---- */

/* A direct member is a resource of its own, which is the exact read; but no
 * description of Microsoft's promises its 404. So an absence is said only
 * where a documented read agrees: the user is not in the group by any way, or
 * is not in the complete list of its direct members. */
enum member_stage {
	MEMBER_ITSELF = 0,
	MEMBER_ANY_WAY = 100,
	MEMBER_LIST = 200,	/* room for the count of empty pages */
};

static int take_itself(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *id;
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	id = json_text(json_root(doc), "id", JSON_MUST);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(id, op->user) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another user", r->name,
			op->user);
	return entra_done(op, OP_PRESENT);
}

/* Source: Microsoft Graph, directoryobject-checkmembergroups. */
static int ask_any_way(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	struct buf body = {0};
	struct json_out w = {.out = &body};

	op->stage = MEMBER_ANY_WAY;
	json_put_open(&w, NULL, '{');
	json_put_open(&w, "groupIds", '[');
	json_put_text(&w, NULL, op->group);
	json_put_close(&w, ']');
	json_put_close(&w, '}');
	if (body.failed) {
		buf_clear(&body);
		return lapse_fail_nomem(err);
	}
	op_body(ret, &body);
	ret->safe = true;
	return entra_send_gone(ret, op_send(ret, err, HTTP_POST,
		"/users/{}/checkMemberGroups", op->user, NULL));
}

static int ask_list(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	entra_restart(op, MEMBER_LIST);
	op->seen = 0;
	return entra_send_gone(ret, op_send(ret, err, HTTP_GET,
		"/groups/{}/members?$select=id&$top=999", op->group, NULL));
}

/* In the group, but not seen as its direct member: by a group within it, or by
 * a replica that is late. The list decides. */
static int take_any_way(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	size_t n = 0;
	int rc;

	if (last->status == 404)
		return entra_done_gone(r, op, last, err);
	rc = entra_open(&doc, r, last, err);
	if (rc < 0)
		return rc;
	list = entra_list(doc);
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *id = json_as_text(i);

		n++;
		if (id == NULL || strcmp(id, op->group) != 0)
			json_fault(json_root(doc), "value",
				"holds what was not asked for");
	}
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	return n == 0 ? entra_done(op, OP_ABSENT) : ask_list(op, ret, err);
}

static int take_list(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	int rc;

	/* The group was there a moment ago. */
	if (last->status == 404)
		return entra_refused(r, HTTP_GET, last, err);
	rc = entra_open(&doc, r, last, err);
	if (rc < 0)
		return rc;
	list = entra_list(doc);
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *id = json_text(i, "id", JSON_MUST);

		if (id != NULL && strcmp(id, op->user) == 0)
			op->seen++;
	}
	rc = entra_next_page(r, op, MEMBER_LIST, doc, ret, err);
	if (rc == OP_DONE)
		return entra_done(op, op->seen > 0 ? OP_PRESENT : OP_ABSENT);
	return entra_send_gone(ret, rc);
}

int entra_is_member(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return entra_send_gone(ret, entra_membership(ret, HTTP_GET, r,
			op->group, op->user, err));
	if (op->stage >= MEMBER_LIST)
		return take_list(r, op, last, ret, err);
	if (op->stage >= MEMBER_ANY_WAY)
		return take_any_way(r, op, last, ret, err);
	if (last->status != 404)
		return take_itself(r, op, last, err);
	rc = entra_check_gone(r, last, err);
	return rc < 0 ? rc : ask_any_way(op, ret, err);
}

/* ---- Changes ---- */

/* Source: Microsoft Graph, group-post-members. */
static int send_add(const struct remote *r, struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF link = {0};
	struct buf body = {0};
	struct json_out w = {.out = &body};
	int rc = entra_check_id(r, "group", op->group, err);

	if (rc >= 0)
		rc = entra_check_id(r, "user", op->user, err);
	if (rc < 0)
		return rc;
	buf_fmt(&link, "%s/directoryObjects/%s", r->base, op->user);
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "@odata.id", buf_text(&link));
	json_put_close(&w, '}');
	if (body.failed || link.failed) {
		buf_clear(&body);
		return lapse_fail_nomem(err);
	}
	op_body(ret, &body);
	ret->want = HTTP_WANT_NOTHING;
	ret->expect[0] = 400;
	return op_send(ret, err, HTTP_POST, "/groups/{}/members/$ref",
		op->group, NULL);
}

/* Adding a member again is a 400 that only its words tell from others. */
static int entra_add(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return send_add(r, op, ret, err);
	if (last->status != 400)
		return entra_done(op, OP_CHANGED);
	if (entra_says_already(last))
		return entra_done(op, OP_ALREADY);
	return entra_refused(r, HTTP_POST, last, err);
}

/* Someone who is no member is a 404, which does not say what is missing, or
 * now and then a 400: the verifier reads back. */
static int entra_remove(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL) {
		ret->expect[1] = 400;
		return entra_send_gone(ret, entra_membership(ret, HTTP_DELETE,
			r, op->group, op->user, err));
	}
	if (last->status == 400)
		return entra_says_no_member(last)
			? entra_done(op, OP_UNCLEAR)
			: entra_refused(r, HTTP_DELETE, last, err);
	if (last->status != 404)
		return entra_done(op, OP_CHANGED);
	rc = entra_check_gone(r, last, err);
	return rc < 0 ? rc : entra_done(op, OP_UNCLEAR);
}

/* Access tokens that were given live on for up to an hour; no new ones are.
 * Source: Microsoft Graph, user-revokesigninsessions. */
static int entra_end_sessions(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last != NULL)
		return last->status == 404 ? entra_done_gone(r, op, last, err)
					   : entra_done(op, OP_CHANGED);
	rc = entra_check_id(r, "user", op->user, err);
	if (rc < 0)
		return rc;
	ret->want = HTTP_WANT_NOTHING;
	return entra_send_gone(ret, op_send(ret, err, HTTP_POST,
		"/users/{}/revokeSignInSessions", op->user, NULL));
}

const struct idp_driver idp_entra = {
	.name = "entra",
	.service = {
		.name = "entra",
		.classify = entra_classify,
		.parallel = 8,
	},
	.find_user = entra_find_user,
	.get_user = entra_get_user,
	.get_group = entra_get_group,
	.list_users = entra_list_users,
	.list_groups = entra_list_groups,
	.list_members = entra_list_members,
	.is_member = entra_is_member,
	.add = entra_add,
	.remove = entra_remove,
	.end_sessions = entra_end_sessions,
	.sessions_say = "That ends Microsoft's sign-in sessions; access that "
		"was handed out already lasts for up to an hour, and a guest's "
		"sessions belong to the home organization.",
	.last_use = entra_last_use,
	.added_by = entra_added_by,
	/* Any replica answers a read, and they disagree for seconds, at times
	 * minutes. Source: hashicorp/terraform-provider-azuread#793. */
	.reads = 3,
	.gap_s = 2,
	.settle_s = 120,
	.keys = entra_keys,
	.configure = entra_configure,
	.probes = entra_probes,
};
