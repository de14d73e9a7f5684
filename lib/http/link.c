/* Reading Link header lines: <url>; name=value; name="value", <url>; ... */
#include "link.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "url.h"

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static int unreadable(struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EPROTO,
		"link header: cannot be read, it may hide a next page");
}

/* Is "next" one of the blank-separated words? */
static bool has_next(const char *words, size_t len)
{
	while (len > 0) {
		size_t n = 0;

		while (n < len && words[n] != ' ')
			n++;
		if (n == 4 && strncasecmp(words, "next", 4) == 0)
			return true;
		while (n < len && words[n] == ' ')
			n++;
		words += n;
		len -= n;
	}
	return false;
}

/* One ";name=value"; p stands behind the semicolon. NULL: cannot be read. */
static const char *take_param(const char *p, bool *seen_rel, bool *ret_next)
{
	const char *name = p = skip_blanks(p);
	size_t name_len = strcspn(p, " \t=;,");
	const char *value;
	size_t len;

	p = skip_blanks(p + name_len);
	if (*p != '=')
		return p;
	value = p = skip_blanks(p + 1);
	if (*p == '"') {
		value++;
		len = strcspn(value, "\"");
		if (value[len] != '"')
			return NULL;
		p = value + len + 1;
	} else {
		len = strcspn(value, " \t;,");
		p = value + len;
	}
	/* only the first rel counts: RFC 8288, 3.3 */
	if (!*seen_rel && name_len == 3 && strncasecmp(name, "rel", 3) == 0) {
		*seen_rel = true;
		*ret_next = has_next(value, len);
	}
	return skip_blanks(p);
}

static int keep(const char *url, size_t len, char **ret,
	struct lapse_err *err)
{
	struct url u;
	char *copy = strndup(url, len);

	if (copy == NULL)
		return lapse_fail_nomem(err);
	if (!url_parse(&u, copy)) {
		free(copy);
		return lapse_fail(err, LAPSE_EPROTO,
			"link header: next is not an absolute, plain URL");
	}
	if (*ret != NULL && strcmp(*ret, copy) != 0) {
		free(copy);
		return lapse_fail(err, LAPSE_EPROTO,
			"link header: two different next links");
	}
	free(*ret);
	*ret = copy;
	return 0;
}

/* One link; *at is moved behind it. */
static int take_link(const char **at, char **ret, struct lapse_err *err)
{
	const char *url = *at + 1;
	size_t len = strcspn(url, ">");
	const char *p = url + len;
	bool seen_rel = false;
	bool next = false;

	if (**at != '<' || *p != '>')
		return unreadable(err);
	p = skip_blanks(p + 1);
	while (*p == ';') {
		p = take_param(p + 1, &seen_rel, &next);
		if (p == NULL)
			return unreadable(err);
	}
	if (*p != ',' && *p != '\0')
		return unreadable(err);
	*at = p;
	return next ? keep(url, len, ret, err) : 0;
}

int link_next(const char *value, char **ret, struct lapse_err *err)
{
	const char *p = skip_blanks(value);

	while (*p != '\0') {
		int rc = take_link(&p, ret, err);

		if (rc < 0)
			return rc;
		/* empty list elements are allowed: RFC 9110, 5.6.1 */
		p += strspn(p, ", \t");
	}
	return 0;
}
