/*
 * scim.c - a reader of `attribute op "value"` joined by and, or, not and
 * parentheses, as Okta's filter and search use it. It evaluates while it
 * reads; attributes are dotted paths into the object, and of a list in the
 * path any item will do.
 */
#include "scim.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct reader {
	const char *at;
	const cJSON *object;
	bool ignore_case;
	bool bad;
};

static void skip_space(struct reader *r)
{
	while (isspace((unsigned char)*r->at))
		r->at++;
}

static bool take_word(struct reader *r, const char *word)
{
	size_t length = strlen(word);

	skip_space(r);
	if (strncasecmp(r->at, word, length) != 0 ||
		isalnum((unsigned char)r->at[length]))
		return false;
	r->at += length;
	return true;
}

static char *take_name(struct reader *r)
{
	skip_space(r);
	const char *from = r->at;

	while (isalnum((unsigned char)*r->at) ||
		(*r->at != '\0' && strchr("._-", *r->at) != NULL))
		r->at++;
	if (r->at == from)
		r->bad = true;
	return strndup(from, (size_t)(r->at - from));
}

static char *take_value(struct reader *r)
{
	skip_space(r);
	if (*r->at != '"')
		return take_name(r);
	char *made = strdup(r->at);
	char *to = made;

	for (r->at++; *r->at != '\0' && *r->at != '"'; r->at++) {
		if (*r->at == '\\' && r->at[1] != '\0')
			r->at++;
		*to++ = *r->at;
	}
	*to = '\0';
	if (*r->at == '"')
		r->at++;
	else
		r->bad = true;
	return made;
}

static int order(const struct reader *r, const char *a, const char *b)
{
	return r->ignore_case ? strcasecmp(a, b) : strcmp(a, b);
}

static bool compare(struct reader *r, const char *op, const char *have,
	const char *want)
{
	size_t length = strlen(want);
	int way = order(r, have, want);

	if (strcmp(op, "eq") == 0)
		return way == 0;
	if (strcmp(op, "ne") == 0)
		return way != 0;
	if (strcmp(op, "gt") == 0)
		return way > 0;
	if (strcmp(op, "ge") == 0)
		return way >= 0;
	if (strcmp(op, "lt") == 0)
		return way < 0;
	if (strcmp(op, "le") == 0)
		return way <= 0;
	if (strcmp(op, "sw") == 0)
		return r->ignore_case ? strncasecmp(have, want, length) == 0
				      : strncmp(have, want, length) == 0;
	if (strcmp(op, "co") == 0)
		return strcasestr(have, want) != NULL;
	r->bad = true;
	return false;
}

/* NULL for want: is there anything at all? */
static bool any_fits(struct reader *r, const cJSON *at, const char *path,
	const char *op, const char *want)
{
	size_t length = strcspn(path, ".");
	const char *value = cJSON_GetStringValue(at);
	const cJSON *one;
	bool found = false;

	if (cJSON_IsArray(at) && *path != '\0') {
		cJSON_ArrayForEach(one, at)
			found = any_fits(r, one, path, op, want) || found;
		return found;
	}
	if (*path == '\0' && want == NULL)
		return at != NULL && !cJSON_IsNull(at);
	if (*path == '\0')
		return compare(r, op, value != NULL ? value : "", want) &&
		       value != NULL;
	autotext *key = strndup(path, length);
	return any_fits(r, json_get(at, key),
		path + length + (path[length] == '.'), op, want);
}

static bool read_term(struct reader *r)
{
	autotext *name = take_name(r);
	autotext *op = take_name(r);

	if (r->bad)
		return false;
	if (strcmp(op, "pr") == 0)
		return any_fits(r, r->object, name, op, NULL);
	autotext *want = take_value(r);
	return any_fits(r, r->object, name, op, want);
}

static bool read_or(struct reader *r);

static bool read_factor(struct reader *r)
{
	if (take_word(r, "not"))
		return !read_factor(r);
	skip_space(r);
	if (*r->at != '(')
		return read_term(r);
	r->at++;
	bool result = read_or(r);
	skip_space(r);
	if (*r->at == ')')
		r->at++;
	else
		r->bad = true;
	return result;
}

static bool read_and(struct reader *r)
{
	bool result = read_factor(r);

	while (!r->bad && take_word(r, "and")) {
		bool next = read_factor(r);

		result = result && next;
	}
	return result;
}

static bool read_or(struct reader *r)
{
	bool result = read_and(r);

	while (!r->bad && take_word(r, "or")) {
		bool next = read_and(r);

		result = result || next;
	}
	return result;
}

int scim_matches(const char *expression, const cJSON *object,
	bool ignore_case)
{
	struct reader r = {
		.at = expression, .object = object, .ignore_case = ignore_case,
	};
	bool result = read_or(&r);

	skip_space(&r);
	if (r.bad || *r.at != '\0')
		return -1;
	return result;
}
