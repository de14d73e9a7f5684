/* What the Jira operations share: opening replies, people, pages. Not for use
 * outside lib/jira. */
#ifndef LAPSE_JIRA_REST_H
#define LAPSE_JIRA_REST_H

#include "jira.h"

/* Opens a reply that must be an object. <Errors> LAPSE_EPROTO,
 * LAPSE_ENOMEM; LAPSE_EINTERNAL when the operation has no arena. */
int rest_open(struct json_doc **ret, const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err);
/* The same for an array. */
int rest_open_list(struct json_doc **ret, const struct remote *r,
	struct op *op, const struct http_response *last,
	struct lapse_err *err);

/* The usual end of reading: faults of the document, then of the arena. */
int rest_check(struct json_doc *doc, const struct remote *r, struct op *op,
	struct lapse_err *err);

int rest_done(struct op *op, enum op_outcome outcome);
/* A 404 is for the step; passes rc on. */
int rest_send_gone(struct http_request *ret, int rc);
/* OP_GONE, when the 404 is Jira's own; else LAPSE_EPROTO. */
int rest_done_gone(const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err);
/* Takes the body and passes rc on. <Errors> LAPSE_ENOMEM. */
int rest_body(struct http_request *ret, int rc, struct buf *body,
	struct lapse_err *err);
/* The header that experimental resources of JSM want; passes rc on. */
int rest_desk(struct http_request *ret, int rc);

/* A copy in the arena; NULL for NULL and "". */
const char *rest_copy(struct arena *a, const char *text);
/* The text of an optional member, likewise. */
const char *rest_text(struct arena *a, struct json object, const char *key);
/* An id that is text or number, checked to be one. */
const char *rest_id(struct arena *a, struct json object, const char *key,
	enum json_need need);
/* Reads a user; absent or null leaves account NULL. */
void rest_person(struct arena *a, struct json at, struct jira_person *ret);

/* Is this issue id or key an id? */
bool rest_is_issue_id(const char *issue);

/* One page of a list with startAt, or start, as said in its envelope.
 * Counts the items into op->seen. true: the list goes on. A page that is not
 * the one asked for, or that brings nothing although there is more, is a
 * fault of the document. */
bool rest_page(struct op *op, struct json page, const char *list);
bool rest_desk_page(struct op *op, struct json page);

/* A comma-separated list as an array of texts; how many there are. */
size_t rest_put_list(struct json_out *w, const char *key, const char *list);

/* Jira's own words from an ErrorCollection, in a line, not much over 200
 * bytes. Source: Jira Cloud platform REST v3, ErrorCollection. */
void rest_said(struct buf *out, struct json errors);

/* The form that the operation was given, or the empty one; the fields that an
 * issue is read with by it, comma-separated; and the issue. NULL: no memory. */
const struct jira_form *rest_form(const struct op *op);
void rest_issue_fields(struct buf *out, const struct jira_form *form);
struct jira_issue *rest_issue(struct arena *a, struct json at,
	const struct jira_form *form);
/* One of its properties as compact JSON; NULL: it has none of that key. */
const char *rest_property(struct arena *a, struct json issue, const char *key);

/* One entry of a change log, appended; and the whole, oldest first. */
void rest_history_entry(struct arena *a, struct json at, int64_t created,
	struct jira_history *ret);
void rest_history_sort(struct jira_history *h);

/* A number for a query, as text. */
struct rest_number {
	char text[24];
};
struct rest_number rest_number(size_t n);

/* The options of an array, appended. */
void rest_options(struct arena *a, struct json list, struct jira_options *ret);

/* As adf_from_text(), with a last paragraph that is never cut; NULL none. */
void adf_with_tail(struct buf *out, const char *text, const char *tail);
/* The paragraphs of a text as members of an open document. */
void adf_put_text(struct json_out *w, const char *text);

#endif
