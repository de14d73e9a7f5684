/* What the files of the Microsoft Entra ID driver share. Not for use outside
 * it. */
#ifndef LAPSE_IDP_ENTRA_H
#define LAPSE_IDP_ENTRA_H

#include "idp.h"

/* <Shape> account is the property with the Jira accountId; NULL: none.
 * fields are the user properties to ask for, for $select. */
struct entra_settings {
	const char *account;
	bool extension;		/* it is within onPremisesExtensionAttributes */
	const char *fields;
	const char *fields_and_use;	/* signInActivity too */
};

/* Judges errors by the code in their body. <Source> Microsoft Graph, "Error
 * responses and resource types". */
enum verdict entra_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err);
/* For a status that a step asked to see and cannot use after all: the code
 * and line of the judgement. */
int entra_refused(const struct remote *r, enum http_method method,
	const struct http_response *res, struct lapse_err *err);

/* Is this 404 Graph's own "no such object"? 0, or LAPSE_EPROTO: then somebody
 * else answered and nothing is gone. */
int entra_check_gone(const struct remote *r, const struct http_response *res,
	struct lapse_err *err);
/* Is it an error of Graph's own, whatever it says? */
bool entra_is_error(const struct http_response *res);
/* Is it the 400 for adding a member, or removing none? */
bool entra_says_already(const struct http_response *res);
bool entra_says_no_member(const struct http_response *res);

/* Opens a reply that must be an object. <Errors> LAPSE_EPROTO,
 * LAPSE_ENOMEM. */
int entra_open(struct json_doc **ret, const struct remote *r,
	const struct http_response *res, struct lapse_err *err);
/* The list in a collection. */
struct json entra_list(struct json_doc *doc);

/* Read one object; faults are the document's, and texts live as long. whole:
 * a user must have a login; members may show nothing but their id. */
void entra_user(struct json at, const struct entra_settings *settings,
	bool whole, struct idp_user *ret);
void entra_group(struct json at, struct idp_group *ret);

/* An object id: 8-4-4-4-12 hexadecimal digits, in lower case as Graph writes
 * them, so that one group is never held under two names. Nothing else gets
 * into a path. */
bool entra_is_guid(const char *text);
/* <Errors> LAPSE_EREFUSED: what is not one. */
int entra_check_id(const struct remote *r, const char *what, const char *id,
	struct lapse_err *err);

/* The one membership as a resource: "/groups/G/members/U/$ref". The only
 * function that makes a DELETE: without its last part Graph deletes the user.
 * <Errors> LAPSE_EREFUSED: an id is none. LAPSE_EINTERNAL: what was built is
 * not a membership; *ret has no target then. */
int entra_membership(struct http_request *ret, enum http_method method,
	const struct remote *r, const char *group, const char *user,
	struct lapse_err *err);

/* Exactly such a path? */
bool entra_is_membership(const char *target);

/* ---- Steps: see idp.h ---- */

op_step entra_find_user;
op_step entra_get_user;
op_step entra_last_use;
op_step entra_list_users;
op_step entra_list_members;
op_step entra_get_group;
op_step entra_list_groups;
op_step entra_is_member;
op_step entra_added_by;
op_step entra_probe_audits;

extern const struct idp_probe entra_probes[];

/* A 404 is for the step; passes rc on. */
int entra_send_gone(struct http_request *ret, int rc);
int entra_done(struct op *op, enum op_outcome outcome);
int entra_done_gone(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err);
/* OP_SEND for the next page, OP_DONE after the last. op->stage counts empty
 * pages, up from base. */
int entra_next_page(const struct remote *r, struct op *op, int base,
	struct json_doc *doc, struct http_request *ret,
	struct lapse_err *err);
/* From the next reply on it is another list, or the same from its start. */
void entra_restart(struct op *op, int stage);

/* ---- Configuration: see idp.h ---- */

extern const struct idp_key entra_keys[];

int entra_configure(const char *(*get)(void *arg, const char *key), void *arg,
	struct arena *a, struct remote *ret_remote,
	struct auth_config *ret_auth, struct lapse_err *err);

#endif
