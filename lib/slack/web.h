/* What the Slack operations share: opening replies, cursors, ids. Not for use
 * outside lib/slack. */
#ifndef LAPSE_SLACK_WEB_H
#define LAPSE_SLACK_WEB_H

#include "slack.h"

enum {
	WEB_PAGE = 200,		/* items; Slack advises no more */
};

/* What an error code means for the operation that gets it. */
enum web_error {
	WEB_OTHER,	/* refused, and no more is known */
	WEB_AUTH,	/* the token is not taken */
	WEB_SCOPE,	/* not with this token's rights */
	WEB_TARGET,	/* the thing is not there, or not for us */
	WEB_ABSENT,	/* likewise, where a read may say so */
	WEB_CONTENT,	/* what was sent is at fault */
	WEB_LATER,	/* not carried out: wait */
	WEB_UNSURE,	/* may have been carried out in part */
};

enum web_error web_error_of(const char *code);

/* Anybody may write text with NUL or half a character in it, which our JSON
 * does not take: such escapes become U+FFFD, in place. Was there one? */
bool web_mend(char *bytes, size_t len);

/* Opens a reply; texts in it as web_mend() leaves them. *ret_error is NULL, or
 * the code of an error that the operation itself has to judge: what is absent.
 * <Errors> LAPSE_EPROTO, LAPSE_ENOMEM; LAPSE_EINTERNAL where the operation has
 * no arena and wants one. */
int web_open(struct json_doc **ret, const char **ret_error,
	const struct remote *r, struct op *op,
	const struct http_response *last, struct lapse_err *err);
/* Where the operation can make nothing of such an error. */
int web_fail(const struct remote *r, const char *error,
	struct lapse_err *err);
int web_done(struct op *op, enum op_outcome outcome);
/* Keeps an id that Slack made; a fault of the document when it is none. */
void web_keep_id(struct op *op, struct json object, const char *key);
const char *web_text(struct arena *a, struct json object, const char *key);
const char *web_id(struct arena *a, struct json object, const char *key,
	enum json_need need);
/* As an operation that needs an arena and has none ends. */
int web_needs_arena(const struct remote *r, const struct op *op,
	struct lapse_err *err);
/* A JSON body; takes the bytes and passes rc on. */
int web_body(struct http_request *ret, int rc, struct buf *body,
	struct lapse_err *err);
/* The cursor of the next page; NULL at the end. */
const char *web_cursor(struct json root);

#endif
