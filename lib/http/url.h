/* URLs, strictly: one narrow form that every parser reads alike, so that what
 * is checked here is what goes on the wire. Anything else is not a URL. */
#ifndef LAPSE_HTTP_URL_H
#define LAPSE_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>

enum {
	URL_MAX = 16 << 10,	/* bytes */
};

/* <Shape> views into the parsed text. path begins with '/' or is empty; query
 * begins with '?' or is empty. */
struct url {
	bool tls;
	const char *host;	/* with its brackets, if IPv6 */
	size_t host_len;
	int port;		/* the scheme's own where none is given */
	const char *path;
	size_t path_len;
	const char *query;
	size_t query_len;
};

/* http or https, a host, perhaps a port, path and query. Refused: userinfo,
 * fragment, backslash, blanks, controls, bytes beyond ASCII, bad percent
 * escapes, segments that are or decode to "." or "..". */
bool url_parse(struct url *ret, const char *text);
/* Is path (with or without a query) of such a form, and absolute? */
bool url_path_ok(const char *path);
/* 127.0.0.0/8, [::1] or localhost. */
bool url_is_loopback(const struct url *u);
bool url_same_host(const struct url *a, const struct url *b);

#endif
