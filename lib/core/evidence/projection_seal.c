/* Canonical bytes and HMAC of what lapse writes on issues. */
#include "projection_seal.h"

#include <string.h>

#include "hash.h"

struct members {
	VEC(struct json) items;
};

/* Objects here have few members: insertion keeps them sorted. */
static int sorted_members(struct json object, const char *but,
	struct members *m, struct arena *a, struct lapse_err *err)
{
	for (struct json i = json_first(object); json_valid(i);
		i = json_next(i)) {
		size_t n = m->items.n;

		if (but != NULL && strcmp(json_key(i), but) == 0)
			continue;
		if (VEC_ADD(&m->items, a) == NULL)
			return lapse_fail_nomem(err);
		for (; n > 0 && strcmp(json_key(m->items.items[n - 1]),
					json_key(i)) > 0; n--)
			m->items.items[n] = m->items.items[n - 1];
		m->items.items[n] = i;
	}
	return 0;
}

static int canonical(struct json at, const char *key, const char *but,
	struct json_out *w, struct lapse_err *err);

static int canonical_object(struct json at, const char *key, const char *but,
	struct json_out *w, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct members m = {0};
	int rc = sorted_members(at, but, &m, &a, err);

	json_put_open(w, key, '{');
	for (size_t i = 0; rc == 0 && i < m.items.n; i++)
		rc = canonical(m.items.items[i], json_key(m.items.items[i]),
			NULL, w, err);
	json_put_close(w, '}');
	return rc;
}

/* Recursion ends: the parser bounds the depth. */
static int canonical(struct json at, const char *key, const char *but,
	struct json_out *w, struct lapse_err *err)
{
	AUTO_BUF scalar = {0};
	int rc = 0;

	if (json_is_object(at))
		return canonical_object(at, key, but, w, err);
	if (json_is_array(at)) {
		json_put_open(w, key, '[');
		for (struct json i = json_first(at); rc == 0 && json_valid(i);
			i = json_next(i))
			rc = canonical(i, NULL, NULL, w, err);
		json_put_close(w, ']');
		return rc;
	}
	json_print(at, &scalar);
	json_put_raw(w, key, buf_text(&scalar));
	return buf_check(&scalar, err, "canonical text");
}

static int canonical_text(struct json object, const char *but, struct buf *ret,
	struct lapse_err *err)
{
	struct json_out w = {.out = ret};
	int rc = canonical(object, NULL, but, &w, err);

	return rc < 0 ? rc : buf_check(ret, err, "canonical text");
}

static int mac_of(struct lapse *l, struct json object, char ret[HASH_HEX],
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	int rc;

	if (l->hmac_key.len == 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"ledger-key: there is no key for what is written on "
			"issues; `lapse init` makes one");
	rc = canonical_text(object, "mac", &text, err);
	if (rc < 0)
		return rc;
	return hash_hmac_hex(l->hmac_key.data, l->hmac_key.len, text.data,
		text.len, ret, err);
}

int seal_add(struct lapse *l, struct buf *b, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	char mac[HASH_HEX];
	int rc = buf_check(b, err, "property");

	if (rc == 0)
		rc = json_open(&doc, b->data, b->len, err);
	if (rc == 0)
		rc = mac_of(l, json_root(doc), mac, err);
	if (rc < 0)
		return rc;
	b->len--;
	buf_fmt(b, ",\"mac\":\"%s\"}", mac);
	return buf_check(b, err, "property");
}

int seal_check(struct lapse *l, struct json object, bool *ret,
	struct lapse_err *err)
{
	char mac[HASH_HEX];
	const char *said;
	int rc;

	said = json_as_text(json_at(object, "mac"));
	if (said == NULL) {
		*ret = false;
		return 0;
	}
	rc = mac_of(l, object, mac, err);
	if (rc == 0)
		*ret = hash_same(said, mac);
	return rc;
}

/* Empty when the text is no JSON object. */
static int canonical_of(const char *text, struct buf *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc = json_open(&doc, text, strlen(text), err);

	if (rc == LAPSE_EPROTO)
		return 0;
	if (rc < 0 || !json_is_object(json_root(doc)))
		return rc;
	return canonical_text(json_root(doc), NULL, ret, err);
}

int seal_same(const char *a, const char *b, bool *ret, struct lapse_err *err)
{
	AUTO_BUF one = {0};
	AUTO_BUF two = {0};
	int rc = canonical_of(a, &one, err);

	if (rc == 0)
		rc = canonical_of(b, &two, err);
	if (rc == 0)
		*ret = one.len > 0 &&
			strcmp(buf_text(&one), buf_text(&two)) == 0;
	return rc;
}
