/* A remote: one service at one base URL with one credential. A service is
 * data and pure functions; the engine does the moving. */
#ifndef LAPSE_HTTP_REMOTE_H
#define LAPSE_HTTP_REMOTE_H

#include "auth.h"
#include "op.h"

enum verdict {
	REPLY_OK,		/* for the step */
	REPLY_RENEW_TOKEN,	/* 401 that a new token may cure, once */
	REPLY_AGAIN_AFTER,	/* not applied: wait, then the same again */
	REPLY_UNCERTAIN,	/* may or may not have been applied: reads are
				   repeated, writes end as LAPSE_EUNKNOWN */
	REPLY_REFUSED,		/* for good; err says why */
	REPLY_DENIED,		/* the credential: stop using this remote */
	REPLY_BROKEN,		/* not this protocol */
};

/* <classify> judges a reply that is neither 2xx nor expected; writes the line
 * for people into err (always "NAME: what"), and for REPLY_AGAIN_AFTER the
 * seconds to wait into *ret_wait_s (-1: the engine's backoff). Reads only
 * codes, never the vendor's prose, to decide. */
struct service {
	const char *name;
	enum verdict (*classify)(const struct remote *r,
		const struct http_request *req,
		const struct http_response *res, int64_t *ret_wait_s,
		struct lapse_err *err);
	int parallel;		/* requests in flight at most */
	/* Says no in a 2xx reply? Then that is judged by classify() like any
	 * other. NULL: a 2xx always means yes. */
	bool (*refuses)(const struct http_response *res);
};

/* The shared judgement by status alone: 401 renew-token, 403 refused, 429
 * and 503 with Retry-After again-after, 408 and 5xx uncertain, 3xx and the
 * rest broken or refused. */
enum verdict remote_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err);

/* <Shape> strings are borrowed from the configuration.
 * <State> the engine keeps rate and failure state in `state`. */
struct remote {
	const char *name;	/* the section's title, for messages */
	const struct service *service;
	const char *base;	/* "https://acme.okta.com", no trailing '/' */
	const char *other_base;	/* a second origin that the credential may
				   reach, for services that live at two; NULL */
	const char *site;	/* for links that people follow; may be base */
	struct auth *auth;
	const char *proxy;	/* NULL: none; the environment is not read */
	const char *ca_file;	/* NULL: the system's */
	int rate_share;		/* percent of the limit for observations;
				   0: 25 */
	const void *settings;	/* the driver's own keys */
	struct remote_state *state;	/* the engine's */
};

#endif
