/* The Google Workspace driver: its table, the changes it makes, and what
 * `doctor` asks. Reading stands beside it: google_user.c, google_group.c,
 * google_log.c, google_reply.c; Google's own end of a membership in
 * google_expiry.c; the configuration in google_config.c. */
#include <stdio.h>
#include <string.h>

#include "drivers.h"
#include "google.h"

/* ---- Memberships ---- */

enum member_stage {
	MEMBER_READ,
	MEMBER_USER,		/* not a member: is there such a user? */
	MEMBER_REMOVE,
};

static int ask_member(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	op->stage = MEMBER_READ;
	return google_send_gone(ret, op_send(ret, err, HTTP_GET,
		GOOGLE_MEMBER "?fields=kind,id,role,type", op->group, op->user,
		NULL));
}

static int other_member(const struct remote *r, const struct op *op,
	struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EPROTO,
		"%s: '%s': the reply is about another member", r->name,
		op->user);
}

static int take_member(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *id, *type;
	int rc = google_open(&doc, r, last, "admin#directory#member", err);

	if (rc < 0)
		return rc;
	id = google_id(json_root(doc));
	type = json_text(json_root(doc), "type", JSON_MUST);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(id, op->user) != 0 || strcmp(type, "USER") != 0)
		return other_member(r, op, err);
	return google_done(op, OP_PRESENT);
}

static int take_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *id;
	int rc = google_open(&doc, r, last, "admin#directory#user", err);

	if (rc < 0)
		return rc;
	id = google_id(json_root(doc));
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	return strcmp(id, op->user) != 0 ? other_member(r, op, err)
					 : google_done(op, OP_ABSENT);
}

/* Direct membership only. hasMember would say yes for a nested group, and fail
 * for addresses of other domains. The 404 of someone who is no member is that
 * of no such user, too. Source: Directory API, members.get. */
static int google_is_member(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_member(op, ret, err);
	if (op->stage == MEMBER_USER)
		return last->status == 404 ? google_done_gone(r, op, last, err)
					   : take_user(r, op, last, err);
	if (last->status != 404)
		return take_member(r, op, last, err);
	rc = google_check_gone(r, last, err);
	if (rc < 0)
		return rc;
	op->stage = MEMBER_USER;
	return google_send_gone(ret, op_send(ret, err, HTTP_GET,
		GOOGLE_DIRECTORY "/users/{}?fields=kind,id", op->user, NULL));
}

static int send_add(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	struct buf body = {0};
	struct json_out w = {.out = &body};
	int rc;

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "id", op->user);
	json_put_text(&w, "role", "MEMBER");
	json_put_close(&w, '}');
	rc = buf_check(&body, err, op->name);
	if (rc >= 0)
		rc = op_send(ret, err, HTTP_POST,
			GOOGLE_DIRECTORY "/groups/{}/members", op->group, NULL);
	op_body(ret, &body);
	ret->want = HTTP_WANT_NOTHING;
	ret->expect[0] = 404;
	ret->expect[1] = 409;
	return rc;
}

/* A 409 is "duplicate" for a member of any role and for one who was invited
 * and does not show yet; another one may have landed all the same. A 404 comes
 * and goes for users and groups that are there. The verifier reads back.
 * Source: Directory API, members.insert; GAM 4.54.18, 4.82.08;
 * DeviaVir/terraform-provider-gsuite#90. */
static int google_add(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	char reason[GOOGLE_REASON];
	int rc = 0;

	if (last == NULL)
		return send_add(op, ret, err);
	if (last->status == 404)
		rc = google_check_gone(r, last, err);
	if (rc < 0)
		return rc;
	if (last->status < 300)
		return google_done(op, OP_CHANGED);
	google_reason(last, reason);
	return google_done(op, strcmp(reason, "duplicate") == 0
		? OP_ALREADY : OP_UNCLEAR);
}

/* Who was made a manager or an owner since is not ours to remove. A role that
 * is not there to read does not stop a removal, for that might last. */
static int check_role(const struct remote *r, const struct op *op,
	const struct http_response *last, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *role;
	int rc = last->status == 404 ? google_check_gone(r, last, err)
		: google_open(&doc, r, last, NULL, err);

	if (rc < 0 || doc == NULL)
		return rc;
	role = json_as_text(json_at(json_root(doc), "role"));
	if (role == NULL || (strcmp(role, "OWNER") != 0 &&
		strcmp(role, "MANAGER") != 0))
		return 0;
	return lapse_fail(err, LAPSE_EREFUSED,
		"%s: '%s': is %s of the group '%s', which lapse did not make "
		"and does not take away; make the role MEMBER, or remove the "
		"person by hand", r->name, op->user, role, op->group);
}

static int send_remove(struct op *op, struct http_request *ret,
	struct lapse_err *err)
{
	op->stage = MEMBER_REMOVE;
	ret->expect[0] = 404;
	ret->expect[1] = 409;
	ret->expect[2] = 412;
	return op_send(ret, err, HTTP_DELETE, GOOGLE_MEMBER, op->group,
		op->user, NULL);
}

/* 404 and 412 are the answers for who is no member, and come for members too;
 * 409 may have landed. The verifier reads back.
 * Source: Directory API, members.delete; GAM 5.22.01, 4.82.08. */
static int google_remove(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_member(op, ret, err);
	if (op->stage == MEMBER_READ) {
		rc = check_role(r, op, last, err);
		return rc < 0 ? rc : send_remove(op, ret, err);
	}
	if (last->status < 300)
		return google_done(op, OP_CHANGED);
	rc = last->status == 404 ? google_check_gone(r, last, err) : 0;
	return rc < 0 ? rc : google_done(op, OP_UNCLEAR);
}

/* Web and device sessions; what third parties were allowed stays.
 * Source: Directory API, users.signOut. */
static int google_end_sessions(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL) {
		ret->want = HTTP_WANT_NOTHING;
		return google_send_gone(ret, op_send(ret, err, HTTP_POST,
			GOOGLE_DIRECTORY "/users/{}/signOut", op->user, NULL));
	}
	return last->status == 404 ? google_done_gone(r, op, last, err)
				   : google_done(op, OP_CHANGED);
}

/* ---- Probes ---- */

static int probe_list(const struct remote *r, struct op *op,
	const struct http_response *last, const char *kind, const char *key,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json list;
	int rc = google_open(&doc, r, last, kind, err);

	if (rc < 0)
		return rc;
	list = json_array(json_root(doc), key, JSON_MAY);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (!json_valid(json_first(list)))
		return lapse_fail(err, LAPSE_EAUTH, "%s: the list is empty",
			r->name);
	return google_done(op, OP_FOUND);
}

static int probe_users(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	const struct google_settings *s = r->settings;

	if (last == NULL)
		return op_send(ret, err, HTTP_GET, GOOGLE_DIRECTORY
			"/users?customer={}&maxResults=1"
			"&fields=kind,users(id)", s->customer, NULL);
	return probe_list(r, op, last, "admin#directory#users", "users", err);
}

static int probe_groups(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	const struct google_settings *s = r->settings;

	if (last == NULL)
		return op_send(ret, err, HTTP_GET, GOOGLE_DIRECTORY
			"/groups?customer={}&maxResults=1"
			"&fields=kind,groups(id,email)", s->customer, NULL);
	return probe_list(r, op, last, "admin#directory#groups", "groups",
		err);
}

/* Any group will do. */
static int first_group(const struct remote *r, struct op *op,
	const struct http_response *last, const char *key, struct buf *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc = probe_list(r, op, last, "admin#directory#groups", "groups",
		err);

	if (rc < 0)
		return rc;
	rc = google_open(&doc, r, last, NULL, err);
	if (rc < 0)
		return rc;
	buf_str(ret, json_text(json_first(json_at(json_root(doc), "groups")),
		key, JSON_MUST));
	rc = json_check(doc, r->name, err);
	return rc < 0 ? rc : buf_check(ret, err, op->name);
}

static int probe_members(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF id = {0};
	int rc;

	if (last == NULL)
		return probe_groups(r, op, NULL, ret, err);
	if (op->stage++ == 0) {
		rc = first_group(r, op, last, "id", &id, err);
		return rc < 0 ? rc : op_send(ret, err, HTTP_GET,
			GOOGLE_DIRECTORY "/groups/{}/members?maxResults=1"
			"&fields=kind,members(id)", buf_text(&id), NULL);
	}
	rc = google_open(&doc, r, last, "admin#directory#members", err);
	return rc < 0 ? rc : google_done(op, OP_FOUND);
}

static int probe_identity(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF text = {0};
	const char *id;
	int rc;

	if (last == NULL)
		return probe_groups(r, op, NULL, ret, err);
	if (op->stage++ == 0) {
		rc = first_group(r, op, last, "email", &text, err);
		return rc < 0 ? rc : google_send_identity(ret, op_send(ret,
			err, HTTP_GET, "/v1/groups:lookup?groupKey.id={}",
			buf_text(&text), NULL));
	}
	rc = google_open(&doc, r, last, NULL, err);
	if (rc < 0)
		return rc;
	id = google_name_group(json_as_text(json_at(json_root(doc), "name")),
		&text);
	if (id == NULL)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the reply names no group", r->name);
	return google_done(op, OP_FOUND);
}

static const struct idp_probe probes[] = {
	{.what = "the administrator that is acted as may list users",
		.hint = "give the role \"Users: Read\", and the client scope "
		"admin.directory.user.readonly in domain-wide delegation",
		.step = probe_users},
	{.what = "the administrator that is acted as may list groups",
		.hint = "give the Groups Admin role, and the client scope "
		"admin.directory.group.readonly",
		.step = probe_groups, .after = probe_users, .for_groups = true},
	{.what = "the administrator that is acted as may read members",
		.hint = "give the Groups Admin role, and the client scope "
		"admin.directory.group.member",
		.step = probe_members, .after = probe_groups},
	{.what = "Cloud Identity tells what kind a group is",
		.hint = "enable the Cloud Identity API in the service account's "
		"project, and give the client scope cloud-identity.groups; "
		"cloud-identity-url, where it is set, must lead there",
		.step = probe_identity, .after = probe_groups,
		.need = IDP_NEED_EXPIRY, .for_groups = true},
	{.what = "the administrator that is acted as may read the admin log",
		.hint = "give a role with the privilege Reports, and the client scope "
		"admin.reports.audit.readonly",
		.step = google_probe_log, .after = probe_users},
	{0},
};

const struct idp_driver idp_google = {
	.name = "google",
	.service = {
		.name = "google",
		.classify = google_classify,
		.parallel = 8,
	},
	.find_user = google_find_user,
	.get_user = google_get_user,
	.get_group = google_get_group,
	.list_users = google_list_users,
	.list_groups = google_list_groups,
	.list_members = google_list_members,
	.is_member = google_is_member,
	.add = google_add,
	.remove = google_remove,
	.end_sessions = google_end_sessions,
	.sessions_say = "That ends Google's web and device sessions; tokens "
		"that other applications were given last until they are "
		"withdrawn there.",
	.last_use = google_last_use,
	.added_by = google_added_by,
	.set_expiry = google_set_expiry,
	.get_expiry = google_get_expiry,
	/* A new member is missing in some replicas for a minute or more.
	 * Source: hashicorp/terraform-provider-googleworkspace#162, #387. */
	.reads = 2,
	.gap_s = 2,
	.settle_s = 120,
	.keys = google_keys,
	.configure = google_configure,
	.probes = probes,
	.credential_hint = "see that the service account's key is not "
		"deleted, that its client id stands in domain-wide delegation, "
		"that `administrator` is a user who can sign in, and that this "
		"host's clock is right; lapse-google(7) says which refusal "
		"means what",
	.rights = google_rights,
	.excess = google_excess,
};
