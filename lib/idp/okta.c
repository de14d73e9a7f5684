/* The Okta driver: its table, the changes it makes, and what `doctor` asks.
 * Reading stands beside it: okta_user.c, okta_group.c, okta_log.c,
 * okta_reply.c; the configuration in okta_config.c. */
#include <stdio.h>
#include <string.h>

#include "drivers.h"
#include "okta.h"

/* ---- Memberships ---- */

static bool holds_group(struct json list, const char *group)
{
	bool found = false;

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *id = json_text(i, "id", JSON_MUST);

		if (id != NULL && strcmp(id, group) == 0)
			found = true;
	}
	return found;
}

/* There is no read of one membership. A user's groups come in pages of 200,
 * though no parameter says so. Source: Okta Management API, listUserGroups. */
static int okta_is_member(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	int rc;

	if (last == NULL)
		return okta_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/api/v1/users/{}/groups", op->user, NULL));
	if (last->status == 404)
		return okta_done_gone(r, op, last, err);
	rc = okta_open(&doc, r, last, true, err);
	if (rc < 0)
		return rc;
	list = json_root(doc);
	if (holds_group(list, op->group))
		op->seen++;
	rc = json_check(doc, r->name, err);
	if (rc >= 0)
		rc = okta_next_page(r, op, 0, list, last, ret, err);
	if (rc == OP_DONE)
		return okta_done(op, op->seen > 0 ? OP_PRESENT : OP_ABSENT);
	return okta_send_gone(ret, rc);
}

/* Adding a member again is 204 as well.
 * Source: Okta Management API, assignUserToGroup. */
static int okta_add(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	if (last != NULL)
		return okta_done(op, OP_CHANGED);
	ret->want = HTTP_WANT_NOTHING;
	return op_send(ret, err, HTTP_PUT, "/api/v1/groups/{}/users/{}",
		op->group, op->user, NULL);
}

/* Okta answers 204 or 404 for someone who is not in the group; a 404 does not
 * say which of the two is missing, so the verifier reads back.
 * Source: Okta Management API, unassignUserFromGroup. */
static int okta_remove(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL) {
		ret->want = HTTP_WANT_NOTHING;
		return okta_send_gone(ret, op_send(ret, err, HTTP_DELETE,
			"/api/v1/groups/{}/users/{}", op->group, op->user,
			NULL));
	}
	if (last->status != 404)
		return okta_done(op, OP_CHANGED);
	rc = okta_check_gone(r, last, err);
	return rc < 0 ? rc : okta_done(op, OP_UNCLEAR);
}

/* Tokens are kept unless asked for, remembered devices are dropped unless
 * kept. Source: Okta Management API, revokeUserSessions. */
static int okta_end_sessions(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL) {
		ret->want = HTTP_WANT_NOTHING;
		return okta_send_gone(ret, op_send(ret, err, HTTP_DELETE,
			"/api/v1/users/{}/sessions"
			"?oauthTokens=true&forgetDevices=false",
			op->user, NULL));
	}
	return last->status == 404 ? okta_done_gone(r, op, last, err)
				   : okta_done(op, OP_CHANGED);
}

/* ---- Probes ---- */

/* Public; older organizations may not have it.
 * Source: Okta Management API, getWellknownOrgMetadata. */
static int probe_organization(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *id;
	int rc;

	if (last == NULL)
		return okta_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/.well-known/okta-organization", NULL));
	if (last->status == 404)
		return okta_done(op, OP_NONE);
	rc = okta_open(&doc, r, last, false, err);
	if (rc < 0)
		return rc;
	id = json_text(json_root(doc), "id", JSON_MUST);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	snprintf(op->ret_id, sizeof(op->ret_id), "%s", id);
	return okta_done(op, OP_FOUND);
}

static int probe_list(const struct remote *r, struct op *op,
	const struct http_response *last, bool may_be_empty,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc = okta_open(&doc, r, last, true, err);

	if (rc < 0)
		return rc;
	if (!may_be_empty && !json_valid(json_first(json_root(doc))))
		return lapse_fail(err, LAPSE_EAUTH, "%s: the list is empty",
			r->name);
	return okta_done(op, OP_FOUND);
}

static int probe_users(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return op_send(ret, err, HTTP_GET,
			"/api/v1/users?search={}&limit=1", "status pr", NULL);
	return probe_list(r, op, last, false, err);
}

static int probe_groups(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return op_send(ret, err, HTTP_GET, "/api/v1/groups?limit=1",
			NULL);
	return probe_list(r, op, last, false, err);
}

static int probe_rules(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return op_send(ret, err, HTTP_GET,
			"/api/v1/groups/rules?limit=1", NULL);
	return probe_list(r, op, last, true, err);
}

static const struct idp_probe probes[] = {
	{.what = "the url is an Okta organization",
		.hint = "use https://NAME.okta.com, not the -admin address",
		.step = probe_organization},
	{.what = "the credential may list users",
		.hint = "give it an administrator role that can read users; OAuth: "
		"scope okta.users.read",
		.step = probe_users, .proves = true},
	{.what = "the credential may list groups",
		.hint = "give it a group administrator role; OAuth: scope "
		"okta.groups.read",
		.step = probe_groups, .for_groups = true},
	{.what = "the credential may read group rules",
		.hint = "give it a role that can read group rules; without them no "
		"group can be told from one fed by a rule",
		.step = probe_rules, .for_groups = true},
	{.what = "the credential may read the system log",
		.hint = "give it a role that can view the system log; OAuth: scope "
		"okta.logs.read",
		.step = okta_probe_log},
	{0},
};

const struct idp_driver idp_okta = {
	.name = "okta",
	.service = {
		.name = "okta",
		.classify = okta_classify,
		.parallel = 8,
	},
	.find_user = okta_find_user,
	.get_user = okta_get_user,
	.get_group = okta_get_group,
	.list_users = okta_list_users,
	.list_groups = okta_list_groups,
	.list_members = okta_list_members,
	.is_member = okta_is_member,
	.add = okta_add,
	.remove = okta_remove,
	.end_sessions = okta_end_sessions,
	.sessions_say = "That ends Okta's sessions and the tokens it issued; "
		"an application that keeps a session of its own does so until "
		"that one runs out.",
	.last_use = okta_last_use,
	.added_by = okta_added_by,
	/* Reads lag behind writes; Okta's own tests poll for 30 s. */
	.reads = 2,
	.gap_s = 2,
	.settle_s = 60,
	.keys = okta_keys,
	.configure = okta_configure,
	.probes = probes,
	.credential_hint = "with a token: make a new one as the same "
		"administrator, and put it into the file of `token`; with a "
		"key: see that client-id is the application's, that it is "
		"active, and that the public half of `key` is registered there",
	.rights = okta_rights,
	.excess = okta_excess,
};
