/* Reading URLs and comparing their origins. No normalisation: what would need
 * it is refused. RFC 3986, less than all of it. */
#include "url.h"

#include <string.h>
#include <strings.h>

#include "http.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_name_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

/* The printable ones, less those that parsers disagree about. */
static bool chars_ok(const char *p)
{
	for (; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || strchr("\\#<>\"`", *p) != NULL)
			return false;
		if (*p == '%' &&
			(hex_value(p[1]) < 0 || hex_value(p[2]) < 0))
			return false;
	}
	return true;
}

/* One byte of a path, decoded; returns how many characters it took. */
static size_t decode(const char *p, size_t left, char *ret)
{
	if (*p != '%' || left < 3) {
		*ret = *p;
		return 1;
	}
	*ret = (char)(hex_value(p[1]) * 16 + hex_value(p[2]));
	return 3;
}

/* Some servers decode before they split, so an escaped slash or backslash
 * counts as the end of a segment too. */
static bool no_dot_segments(const char *path, size_t len)
{
	size_t dots = 0;
	size_t others = 0;

	for (size_t i = 0; i < len;) {
		char c;

		i += decode(path + i, len - i, &c);
		if (c == '/' || c == '\\') {
			if (others == 0 && (dots == 1 || dots == 2))
				return false;
			dots = others = 0;
		} else if (c == '.') {
			dots++;
		} else {
			others++;
		}
	}
	return others != 0 || (dots != 1 && dots != 2);
}

static bool take_path(struct url *u, const char *p)
{
	u->path = p;
	u->path_len = strcspn(p, "?");
	u->query = p + u->path_len;
	u->query_len = strlen(u->query);
	return (u->path_len == 0 || *p == '/') && chars_ok(p) &&
		no_dot_segments(u->path, u->path_len);
}

static const char *take_scheme(struct url *u, const char *text)
{
	if (strncasecmp(text, "https://", 8) == 0) {
		u->tls = true;
		u->port = 443;
		return text + 8;
	}
	if (strncasecmp(text, "http://", 7) == 0) {
		u->tls = false;
		u->port = 80;
		return text + 7;
	}
	return NULL;
}

static size_t host_length(const char *p)
{
	size_t n = 0;

	if (*p == '[') {
		for (n = 1; hex_value(p[n]) >= 0 || p[n] == ':' || p[n] == '.';)
			n++;
		return p[n] == ']' && n > 2 ? n + 1 : 0;
	}
	while (is_name_char(p[n]))
		n++;
	return p[0] == '.' || n > 253 ? 0 : n;
}

static const char *take_port(struct url *u, const char *p)
{
	int port = 0;
	int digits = 0;

	if (*p != ':')
		return p;
	for (p++; is_digit(*p) && digits < 5; p++, digits++)
		port = port * 10 + (*p - '0');
	u->port = port;
	return digits > 0 && port > 0 && port < 65536 ? p : NULL;
}

bool url_parse(struct url *ret, const char *text)
{
	struct url u = {0};
	const char *p;

	if (text == NULL || strnlen(text, URL_MAX) == URL_MAX)
		return false;
	p = take_scheme(&u, text);
	if (p == NULL)
		return false;
	u.host = p;
	u.host_len = host_length(p);
	if (u.host_len == 0)
		return false;
	p = take_port(&u, p + u.host_len);
	if (p == NULL || (*p != '\0' && *p != '/' && *p != '?'))
		return false;
	if (!take_path(&u, p))
		return false;
	*ret = u;
	return true;
}

bool url_path_ok(const char *path)
{
	struct url u = {0};

	return path[0] == '/' && path[1] != '/' &&
		strnlen(path, URL_MAX) < URL_MAX && take_path(&u, path);
}

static bool host_is(const struct url *u, const char *name)
{
	return u->host_len == strlen(name) &&
		strncasecmp(u->host, name, u->host_len) == 0;
}

/* Four plain decimal parts: shorter and octal forms are not taken. */
static bool is_ipv4(const char *p, size_t len)
{
	int dots = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] == '.')
			dots++;
		else if (!is_digit(p[i]))
			return false;
	}
	return dots == 3 && len <= 15;
}

bool url_is_loopback(const struct url *u)
{
	if (host_is(u, "localhost") || host_is(u, "[::1]"))
		return true;
	return is_ipv4(u->host, u->host_len) &&
		strncmp(u->host, "127.", 4) == 0;
}

bool url_same_host(const struct url *a, const struct url *b)
{
	return a->tls == b->tls && a->port == b->port &&
		a->host_len == b->host_len &&
		strncasecmp(a->host, b->host, a->host_len) == 0;
}

bool http_same_origin(const char *base, const char *url)
{
	struct url b;
	struct url u;
	size_t n;

	if (!url_parse(&b, base) || !url_parse(&u, url) ||
		!url_same_host(&b, &u))
		return false;
	n = b.path_len;
	while (n > 0 && b.path[n - 1] == '/')
		n--;
	return u.path_len >= n && memcmp(u.path, b.path, n) == 0 &&
		(u.path_len == n || u.path[n] == '/');
}
