/* What the files of the Google driver share. Not for use outside it.
 *
 * Two services speak for one Workspace: the Directory API at the remote's
 * base (users, groups, direct members), and Cloud Identity at its other base
 * (what kind a group is, and when a membership ends by itself). */
#ifndef LAPSE_IDP_GOOGLE_H
#define LAPSE_IDP_GOOGLE_H

#include "idp.h"

#define GOOGLE_DIRECTORY "/admin/directory/v1"
#define GOOGLE_MEMBER GOOGLE_DIRECTORY "/groups/{}/members/{}"

struct google_settings {
	const char *customer;	/* "C01abc2de", or "my_customer" */
	const char *schema;	/* custom schema and field with the Jira */
	const char *field;	/* accountId; NULL: none */
};

/* ---- google_reply.c: errors and objects ---- */

enum { GOOGLE_REASON = 40 };	/* bytes that a reason fits into */

/* Judges errors by errors[0].reason, else by Cloud Identity's status. A 403
 * that says that the edition lacks expiring memberships is REPLY_OK: only
 * set_expiry can meet it, and it is for its step. */
enum verdict google_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err);

/* The reason that an error gives; "" where the body is not Google's. */
void google_reason(const struct http_response *res, char ret[GOOGLE_REASON]);
/* Is this 404 Google's own? 0, or LAPSE_EPROTO: somebody else answered. */
int google_check_gone(const struct remote *r, const struct http_response *res,
	struct lapse_err *err);
/* Does it say that the edition has no expiring memberships? */
bool google_lacks_licence(const struct http_response *res);
/* A refusal in the words of google_classify(), as an error. */
int google_refuse(const struct remote *r, const struct http_response *res,
	struct lapse_err *err);

/* Opens a reply that must be an object, of that kind ("admin#directory#user")
 * where kind is not NULL. <Errors> LAPSE_EPROTO, LAPSE_ENOMEM. */
int google_open(struct json_doc **ret, const struct remote *r,
	const struct http_response *res, const char *kind,
	struct lapse_err *err);

/* Read one object; faults are the document's, texts live as long as it. */
const char *google_id(struct json at);
void google_user(struct json at, const struct google_settings *settings,
	struct idp_user *ret);
/* kind is left IDP_GROUP_UNKNOWN: only Cloud Identity knows. */
void google_group(struct json at, struct idp_group *ret);
/* The kind of a Cloud Identity group. */
enum idp_group_kind google_kind(struct json at, const char **ret_detail);

/* "groups/ID" or "groups/ID/memberships/ID" into copies of the ids; NULL
 * where it is not one, or member is asked for and not there. */
const char *google_name_group(const char *name, struct buf *ret);
const char *google_name_member(const char *name, struct buf *ret);

/* ---- Steps: see idp.h ---- */

op_step google_find_user;
op_step google_get_user;
op_step google_list_users;
op_step google_list_members;
op_step google_get_group;
op_step google_list_groups;
op_step google_set_expiry;
op_step google_get_expiry;
op_step google_last_use;
op_step google_added_by;
op_step google_probe_log;

/* ---- google_page.c ---- */

/* A 404 is for the step; passes rc on. */
int google_send_gone(struct http_request *ret, int rc);
/* To Cloud Identity; passes rc on. */
int google_send_identity(struct http_request *ret, int rc);
int google_done(struct op *op, enum op_outcome outcome);
int google_done_gone(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err);

/* The token of the next page: the first line of op->cursor. NULL: none yet. */
const char *google_token(const struct op *op, struct buf *ret);
/* OP_SEND with the token in place, to be asked for by the caller; OP_DONE
 * after the last page. base is op->stage at the list's start; more lines of
 * op->cursor are kept. */
int google_next_page(const struct remote *r, struct op *op, int base,
	struct json root, struct json list, struct lapse_err *err);

/* ---- Configuration: see idp.h ---- */

extern const struct idp_key google_keys[];

int google_configure(const char *(*get)(void *arg, const char *key), void *arg,
	struct arena *a, struct remote *ret_remote,
	struct auth_config *ret_auth, struct lapse_err *err);

#endif
