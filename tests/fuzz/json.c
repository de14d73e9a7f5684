/* The JSON wrapper: whatever it takes is read by every getter, printed and
 * taken again as the same; what it refuses leaves nothing behind. */
#include "fuzz.h"
#include "json.h"
#include "json_scan.h"
#include "text.h"
#include "when.h"

static const char *const keys[] = {"", "id", "a", "status"};

/* Every getter at every place; what they say is used, so that it is there. */
static size_t ask(struct json at, struct arena *a)
{
	size_t sum = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		enum json_need need = i % 2 == 0 ? JSON_MAY : JSON_MUST;
		const char *text = json_text(at, keys[i], need);
		const char *id = json_id(at, keys[i], need, a);
		int64_t n = json_int(at, keys[i], need);
		int64_t t = json_time(at, keys[i], need);

		sum += text == NULL ? 0 : strlen(text);
		sum += id == NULL ? 0 : strlen(id);
		must(n > -(INT64_C(1) << 53) && n < INT64_C(1) << 53);
		must(t == WHEN_NONE || t >= 0);
		sum += json_bool(at, keys[i], need);
		sum += json_valid(json_object(at, keys[i], need));
		sum += json_valid(json_array(at, keys[i], need));
	}
	return sum;
}

static void walk(struct json at, struct arena *a, int depth)
{
	must(depth <= JSON_DEPTH);
	ask(at, a);
	if (json_is_text(at))
		must(text_valid_utf8(json_as_text(at),
			strlen(json_as_text(at))));
	if (!json_is_array(at) && !json_is_object(at))
		return;
	for (struct json i = json_first(at); json_valid(i); i = json_next(i)) {
		if (json_is_object(at))
			must(json_at(at, json_key(i)).node == i.node);
		walk(i, a, depth + 1);
	}
}

static void must_read_back(struct json root)
{
	AUTO_BUF once = {.max = 64 << 20};
	AUTO_BUF twice = {.max = 64 << 20};
	AUTO_JSON *doc = NULL;

	json_print(root, &once);
	must(!once.failed);
	must(json_open(&doc, once.data, once.len, NULL) == 0);
	json_print(json_root(doc), &twice);
	must(strcmp(buf_text(&once), buf_text(&twice)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_JSON *doc = NULL;
	AUTO_ARENA a = {.max = 64 << 20};
	struct lapse_err err = {0};
	int rc = json_open(&doc, (const char *)data, size, &err);

	must_be_clean(rc, &err);
	must((rc == 0) == (doc != NULL));
	if (rc < 0)
		return 0;
	walk(json_root(doc), &a, 0);
	rc = json_check(doc, "fuzz", &err);
	must(rc == 0 || rc == LAPSE_EPROTO);
	must_be_clean(rc, &err);
	must_read_back(json_root(doc));
	return 0;
}
