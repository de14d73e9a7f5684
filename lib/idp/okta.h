/* What okta.c (operations) and okta_reply.c (reading replies) share. Not for
 * use outside the Okta driver. */
#ifndef LAPSE_IDP_OKTA_H
#define LAPSE_IDP_OKTA_H

#include "idp.h"

struct okta_settings {
	const char *account;	/* profile attribute with the Jira accountId;
				   NULL: none */
};

/* Judges errors by their errorCode. <Source> Okta API, "Error codes". */
enum verdict okta_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err);

/* Is this 404 Okta's own "resource not found"? 0, or LAPSE_EPROTO: then
 * somebody else answered (a proxy, a wrong domain) and nothing is gone. */
int okta_check_gone(const struct remote *r, const struct http_response *res,
	struct lapse_err *err);
/* Is this 403 Okta's own "no permission"? 0, or an error as above. */
int okta_check_denied(const struct remote *r, const struct http_response *res,
	struct lapse_err *err);
/* For a status that a step asked to see and cannot use after all: the code
 * and line of the judgement. */
int okta_refused(const struct remote *r, const struct http_response *res,
	struct lapse_err *err);

/* Opens a reply that must be an array, or an object. <Errors> LAPSE_EPROTO,
 * LAPSE_ENOMEM. */
int okta_open(struct json_doc **ret, const struct remote *r,
	const struct http_response *res, bool array, struct lapse_err *err);

/* Read one object; faults are the document's. Texts live as long as it, but
 * for a composed name, which lives in name. */
void okta_user(struct json at, const struct okta_settings *settings,
	struct buf *name, struct idp_user *ret);
void okta_group(struct json at, struct idp_group *ret);

/* Appends "GROUP\tRULE\n" for each group that an active rule feeds; with only
 * not NULL, for this one. */
void okta_rule(struct json at, const char *only, struct buf *ret);
/* The rule's name for a group in such a list, as a copy; NULL: no rule. */
const char *okta_rule_of(const char *lines, const char *group,
	struct buf *ret);

/* ---- Steps: see idp.h ---- */

op_step okta_find_user;
op_step okta_get_user;
op_step okta_list_users;
op_step okta_list_members;
op_step okta_get_group;
op_step okta_list_groups;
op_step okta_last_use;
op_step okta_added_by;
op_step okta_probe_log;

/* Appends a string of Okta's filter language. */
void okta_quote(struct buf *out, const char *text);
/* A 404 is for the step; passes rc on. */
int okta_send_gone(struct http_request *ret, int rc);
int okta_done(struct op *op, enum op_outcome outcome);
int okta_done_gone(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err);
/* OP_SEND for the next page, OP_DONE after the last. base is op->stage at the
 * list's start; list is what this page brought. */
int okta_next_page(const struct remote *r, struct op *op, int base,
	struct json list, const struct http_response *last,
	struct http_request *ret, struct lapse_err *err);

/* ---- Configuration: see idp.h ---- */

extern const struct idp_key okta_keys[];

int okta_configure(const char *(*get)(void *arg, const char *key), void *arg,
	struct arena *a, struct remote *ret_remote,
	struct auth_config *ret_auth, struct lapse_err *err);

#endif
