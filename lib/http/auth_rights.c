/* What a token says that it may do, for people who set lapse up. Nothing here
 * is verified and nothing decides about a request: the service does that. */
#include "auth_private.h"

#include <string.h>

#include "hash.h"
#include "json.h"
#include "text.h"

/* The claims of a JWT. False: the token is none, as far as we can see. */
static bool read_claims(const char *token, struct buf *ret)
{
	const char *first = strchr(token, '.');
	const char *second = first != NULL ? strchr(first + 1, '.') : NULL;

	return second != NULL && base64url_read(ret, first + 1,
		(size_t)(second - first - 1));
}

static void keep_list(struct buf *ret, struct json list)
{
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *word = json_as_text(i);

		if (word != NULL && text_is_id(word))
			buf_fmt(ret, "%s%s", ret->len > 0 ? " " : "", word);
	}
}

/* A token without the claim has none of the rights: Microsoft leaves it out
 * where nothing was consented to. */
static bool keep_claim(struct auth *a, const char *token)
{
	struct buf claims = {0};
	AUTO_JSON *doc = NULL;
	struct json list;
	bool known = read_claims(token, &claims) &&
		json_open(&doc, buf_text(&claims), claims.len, NULL) == 0 &&
		json_is_object(json_root(doc));

	buf_wipe(&claims);
	if (!known)
		return false;
	list = json_at(json_root(doc), a->config.rights_claim);
	if (json_is_array(list))
		keep_list(&a->granted, list);
	return json_is_array(list) || !json_here(list);
}

/* An answer without a scope gives what was asked for. RFC 6749, 5.1. */
void auth_keep_rights(struct auth *a, const char *token, const char *scope)
{
	buf_reset(&a->granted);
	if (a->config.rights_claim != NULL) {
		a->granted_known = keep_claim(a, token);
	} else {
		if (scope == NULL)
			scope = a->config.scope;
		buf_str(&a->granted, scope);
		a->granted_known = scope != NULL;
	}
	a->granted_known = a->granted_known && !a->granted.failed;
}

const char *auth_granted(const struct auth *a)
{
	return a->granted_known ? buf_text(&a->granted) : NULL;
}

bool auth_is_next(const struct auth *a)
{
	return a->on_next;
}

bool auth_blames_scopes(const struct auth *a)
{
	return a->blames_scopes;
}

int64_t auth_ends_at(const struct auth *a)
{
	return a->ends_at;
}
