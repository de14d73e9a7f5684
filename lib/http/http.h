/* What a request and a reply are, without curl: shared by the operations
 * (which make requests and read replies) and the engine (which moves them). */
#ifndef LAPSE_HTTP_HTTP_H
#define LAPSE_HTTP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "when.h"

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE };

const char *http_method_name(enum http_method m);

enum {
	HTTP_EXPECT = 4,	/* statuses beyond 2xx a step may ask to see */
	HTTP_HEADERS = 4,	/* extra request headers */
	HTTP_BODY_MAX = 16 << 20, /* bytes of a reply, after decoding */
};

/* What a 2xx reply must carry. A reply that does not is broken: an empty or
 * HTML 200 is never an empty list. */
enum http_want {
	HTTP_WANT_JSON,		/* a non-empty body of a JSON media type */
	HTTP_WANT_NOTHING,	/* any body is ignored; HTML is still broken */
	HTTP_WANT_BYTES,	/* any media type but HTML (attachments, CSV) */
};
/* An expected status beyond 2xx may have any body but HTML: a 404 page of
 * some gateway does not say that a user is gone. */

/* <Shape> filled by a step; {0} is valid. target is an absolute path with
 * query ("/api/v1/users?limit=200") that the engine puts behind the remote's
 * base, or an absolute URL from a `next` link: then its origin and path
 * prefix must be the base's, or the operation fails with LAPSE_EPROTO and
 * nothing is sent. other_base: of the remote's two bases the second is meant;
 * a link of one never leads to the other. */
struct http_request {
	enum http_method method;
	struct buf target;
	struct buf body;		/* empty: Content-Length: 0 on writes */
	const char *content_type;	/* static, or kept by the op; NULL:
					   application/json */
	const char *headers[HTTP_HEADERS];	/* static texts "Name: value" */
	short expect[HTTP_EXPECT];	/* e.g. {404, 409}; 0 ends */
	enum http_want want;
	bool other_base;
	bool safe;	/* a POST that changes nothing (search): may be
			   repeated like a GET */
};

void http_request_clear(struct http_request *req);
/* May it change something? Neither a GET nor marked safe. */
bool http_request_is_write(const struct http_request *req);

/* <Shape> what came back. Texts are "" where the header was absent.
 * <Units> times are seconds UTC of the server, WHEN_NONE where absent. */
struct http_response {
	int status;
	struct buf body;
	int64_t date;		/* Date */
	int64_t retry_after_s;	/* Retry-After, seconds from date; -1 absent */
	int64_t retry_at;	/* Retry-After given as a date */
	int64_t limit;		/* rate limit per window; -1 absent */
	int64_t remaining;	/* -1 absent */
	int64_t reset_at;	/* WHEN_NONE absent */
	char *next;		/* rel="next" of the Link lines; NULL absent */
	char media_type[64];	/* lower case, without parameters */
	char request_id[128];	/* X-Okta-Request-Id, Atl-Traceid, ... */
	char dpop_nonce[256];
	char auth_error[64];	/* error= of WWW-Authenticate */
	char location[512];	/* of a redirect, for the message only */
	char etag[128];
	char scopes[1024];	/* what the token may do, as Slack says it */
};

/* Everything absent, the body empty with its memory kept. The start of each
 * reply: {0} would say "limit 0, remaining 0". */
void http_response_reset(struct http_response *res);
void http_response_clear(struct http_response *res);

/* Adds one header line ("Name: value", CRLF or not). Unknown names are
 * ignored; a rate header that holds a comma, or any impossible value, reads as
 * absent. Link lines may come several at a time, or joined by commas.
 * <Errors> LAPSE_EPROTO: a line over 16 KiB, or a Link line that cannot be
 * read or whose next link is not one plain absolute URL: taken as absent, it
 * would cut the list short. LAPSE_ENOMEM. */
int http_response_header(struct http_response *res, const char *line,
	size_t len, struct lapse_err *err);

/* Fills a template: each "{}" takes the next text, percent-encoded; NULL, "",
 * "." and ".." are refused, so that no id can change the path. The rest of
 * the template is copied as it is. A query value goes the same way:
 * "/users?search={}". The one place that builds URLs. ret is replaced.
 * <Errors> LAPSE_EINTERNAL (an argument is missing or too many), LAPSE_EPROTO
 * (hostile id), LAPSE_ENOMEM. */
int http_target(struct buf *ret, struct lapse_err *err, const char *template,
	...) __attribute__((sentinel));
int http_vtarget(struct buf *ret, struct lapse_err *err, const char *template,
	va_list args);

/* Is url under base: same scheme, host and port, path at or below the base's,
 * no userinfo, no fragment, no dot segments, no backslash? */
bool http_same_origin(const char *base, const char *url);

#endif
