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
		return lapse_fail(err, LAPSE_EAUTH,
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
		return lapse_fail(err, LAPSE_EAUTH, "%s: the list is empty",
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
		return lapse_fail(err, LAPSE_EAUTH, "%s: the list is empty",
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

/* lapse can do without; where the tenant has no licence for it, there is
 * nothing to be mended either. Who may not read users at all is refused here
 * for their sake, and only the code of that refusal differs from the licence's:
 * so users are asked for first, by themselves. */
static int probe_last_use(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	struct lapse_err why;
	int rc;

	if (last == NULL)
		return probe_users(r, op, NULL, ret, err);
	if (op->stage++ == 0) {
		rc = probe_users(r, op, last, ret, err);
		ret->expect[0] = 403;
		return rc < 0 ? rc : op_send(ret, err, HTTP_GET,
			"/users?$select=id,signInActivity&$top=1", NULL);
	}
	if (last->status != 403)
		return take_first(r, op, last, NULL, err);
	if (!entra_is_error(last))
		return entra_refused(r, HTTP_GET, last, err);
	rc = entra_refused(r, HTTP_GET, last, &why);
	op->ret = (void *)(uintptr_t)(rc == LAPSE_EREFUSED
		? "the tenant has no licence for it (Microsoft Entra ID P1): "
		  "last use stays unknown"
		: "it may not: last use stays unknown");
	return entra_done(op, rc == LAPSE_EREFUSED ? OP_UNSUPPORTED : OP_NONE);
}

const struct idp_probe entra_probes[] = {
	{.what = "the application may read users",
		.hint = "grant it the application permission User.Read.All, with an "
		"administrator's consent",
		.step = probe_users},
	{.what = "the application may read groups",
		.hint = "grant it the application permission GroupMember.Read.All, "
		"with an administrator's consent",
		.step = probe_groups, .for_groups = true},
	{.what = "one membership can be read by itself",
		.hint = "grant it the application permission GroupMember.Read.All; "
		"are members hidden?",
		.step = probe_members, .after = probe_groups},
	{.what = "the application may read when users signed in",
		.hint = "grant it the application permission AuditLog.Read.All, or "
		"go without: last use stays unknown",
		.step = probe_last_use, .after = probe_users},
	{.what = "the application may read who changed groups",
		.hint = "grant it the application permission AuditLog.Read.All, or "
		"go without: who added a member stays unknown",
		.step = entra_probe_audits},
	{0},
};
