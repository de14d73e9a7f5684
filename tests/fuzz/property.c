/* What stands on an issue, as anybody may have written it: its seal stands
 * only for what we sealed, in whatever order the service gives it back. */
#include "fuzz.h"
#include "hash.h"
#include "projection_seal.h"

static void put_reversed(struct json at, const char *key, struct json_out *w);

static void put_last_first(struct json i, struct json_out *w)
{
	if (!json_valid(i))
		return;
	put_last_first(json_next(i), w);
	put_reversed(i, json_key(i), w);
}

/* Objects with their members the other way round; arrays as they are. */
static void put_reversed(struct json at, const char *key, struct json_out *w)
{
	AUTO_BUF scalar = {.max = 64 << 20};

	if (json_is_object(at)) {
		json_put_open(w, key, '{');
		put_last_first(json_first(at), w);
		json_put_close(w, '}');
	} else if (json_is_array(at)) {
		json_put_open(w, key, '[');
		for (struct json i = json_first(at); json_valid(i);
			i = json_next(i))
			put_reversed(i, NULL, w);
		json_put_close(w, ']');
	} else {
		json_print(at, &scalar);
		json_put_raw(w, key, buf_text(&scalar));
	}
}

static bool stands(struct lapse *l, const struct buf *b)
{
	AUTO_JSON *doc = NULL;
	bool ok = false;

	must(json_open(&doc, b->data, b->len, NULL) == 0);
	must(seal_check(l, json_root(doc), &ok, NULL) == 0);
	return ok;
}

static bool same(const struct buf *a, const struct buf *b)
{
	bool ret = false;

	must(seal_same(buf_text(a), buf_text(b), &ret, NULL) == 0);
	return ret;
}

static void sealed(struct lapse *l, struct json root)
{
	AUTO_BUF text = {.max = 64 << 20};
	AUTO_BUF other = {.max = 64 << 20};
	AUTO_JSON *doc = NULL;
	struct json_out w = {.out = &other};

	json_print(root, &text);
	must(seal_add(l, &text, NULL) == 0);
	must(stands(l, &text));
	must(json_open(&doc, text.data, text.len, NULL) == 0);
	put_reversed(json_root(doc), NULL, &w);
	must(stands(l, &other) && same(&text, &other));
	other.data[other.len - 1] = ',';
	buf_str(&other, "\"added by another\":1}");
	must(!stands(l, &other) && !same(&text, &other));
	text.data[text.len - 3] ^= 1;
	must(!stands(l, &text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char key[] = "0123456789abcdef0123456789abcdef";
	struct lapse l = {.hmac_key = {.data = key, .len = 32, .cap = 33}};
	AUTO_FUZZ *text = fuzz_text(data, size);
	AUTO_JSON *doc = NULL;
	struct json root;
	bool ok = true;

	must(seal_same(text, text, &ok, NULL) == 0);
	if (json_open(&doc, (const char *)data, size, NULL) < 0)
		return 0;
	root = json_root(doc);
	must(seal_check(&l, root, &ok, NULL) == 0);
	if (!json_is_object(root))
		must(!ok);
	else if (json_valid(json_first(root)) &&
		!json_valid(json_at(root, "mac")) &&
		!json_valid(json_at(root, "added by another")))
		sealed(&l, root);
	return 0;
}
