/* What `doctor` asks of Entra: that the application may read what lapse reads.
 * Writing is not tried. */
#include <stdio.h>
#include <string.h>

#include "entra.h"

static int take_first(const struct remote *r, struct op *op,
	const struct http_response *last, const char *key,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json first;
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	first = json_first(entra_list(doc));
	if (json_valid(first))
		snprintf(op->ret_id, sizeof(op->ret_id), "%s",
			json_text(first, "id", JSON_MUST) != NULL
				? json_text(first, "id", JSON_MUST) : "");
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (!json_valid(first))
		return entra_done(op, OP_NONE);
	if (key != NULL && !json_here(json_at(first, key)))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s' is not shown", r->name, key);
	return entra_done(op, OP_FOUND);
}

static int probe_users(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return op_send(ret, err, HTTP_GET,
			"/users?$select=id,accountEnabled&$top=1", NULL);
	rc = take_first(r, op, last, "accountEnabled", err);
	if (rc == OP_DONE && op->outcome == OP_NONE)
		return lapse_fail(err, LAPSE_EPROTO, "%s: the list is empty",
			r->name);
	return rc;
}

/* The first group's first member, read the way that memberships are. */
enum member_stage { A_GROUP, A_MEMBER, THE_MEMBER };

static int ask_group(struct http_request *ret, struct lapse_err *err)
{
	return op_send(ret, err, HTTP_GET, "/groups?$select=id&$top=1", NULL);
}

static int probe_groups(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_group(ret, err);
	rc = take_first(r, op, last, NULL, err);
	if (rc == OP_DONE && op->outcome == OP_NONE)
		return lapse_fail(err, LAPSE_EPROTO, "%s: the list is empty",
			r->name);
	return rc;
}

static int keep_group(struct op *op, struct lapse_err *err)
{
	buf_reset(&op->cursor);
	buf_str(&op->cursor, op->ret_id);
	return buf_check(&op->cursor, err, "group");
}

static int take_member(const struct remote *r, struct op *op,
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
	if (strcmp(id, op->ret_id) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: the reply is about another member", r->name);
	return entra_done(op, OP_FOUND);
}

static int probe_members(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_group(ret, err);
	if (op->stage == THE_MEMBER)
		return take_member(r, op, last, err);
	rc = take_first(r, op, last, NULL, err);
	if (rc != OP_DONE || op->outcome == OP_NONE)
		return rc;
	if (op->stage++ == A_MEMBER)
		return entra_membership(ret, HTTP_GET, r, buf_text(&op->cursor),
			op->ret_id, err);
	rc = keep_group(op, err);
	return rc < 0 ? rc : op_send(ret, err, HTTP_GET,
		"/groups/{}/members?$select=id&$top=1", op->ret_id, NULL);
}

/* A tenant without the licence has nothing to be mended: there, last use
 * stays unknown. */
static int probe_last_use(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL) {
		ret->expect[0] = 403;
		return op_send(ret, err, HTTP_GET,
			"/users?$select=id,signInActivity&$top=1", NULL);
	}
	if (last->status != 403)
		return take_first(r, op, last, NULL, err);
	if (entra_refused(r, HTTP_GET, last, err) == LAPSE_EREFUSED)
		return entra_done(op, OP_NONE);
	return err->code;
}

const struct idp_probe entra_probes[] = {
	{"the application may read users",
		"grant it the application permission User.Read.All, with an "
		"administrator's consent",
		probe_users},
	{"the application may read groups",
		"grant it the application permission GroupMember.Read.All, "
		"with an administrator's consent",
		probe_groups},
	{"one membership can be read by itself",
		"grant it the application permission GroupMember.Read.All; "
		"are members hidden?",
		probe_members},
	{"the application may read when users signed in",
		"grant it the application permission AuditLog.Read.All, or "
		"go without: last use stays unknown",
		probe_last_use},
	{"the application may read who changed groups",
		"grant it the application permission AuditLog.Read.All, or "
		"go without: who added a member stays unknown",
		entra_probe_audits},
	{0},
};
