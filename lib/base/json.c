/* Reading JSON: the one file that includes cJSON.h. Writing is json_out.c,
 * the grammar json_scan.c. */
#include "json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "json_scan.h"
#include "when.h"

enum {
	FEW = 16,	/* members that are compared one by one */
	TREE_MAX = 1 << 30,	/* bytes; 16 MiB of "[1,1,1," make half */
};

/* 2^53: the first integer that a double may stand for though another one was
 * written. */
static const double inexact = 9007199254740992.0;

struct json_doc {
	struct arena tree;	/* cJSON's nodes and texts */
	cJSON *root;
	bool faulty;
	char fault[192];
};

/* ---- Opening ---- */

void json_free(struct json_doc *doc)
{
	if (doc == NULL)
		return;
	arena_clear(&doc->tree);
	free(doc);
}

/* A tree dies as a whole, so its parts are not allocated one by one. cJSON's
 * hooks know no argument; they stand while it parses, and no longer. */
static _Thread_local struct arena *growing;

static void *grow(size_t size)
{
	return arena_alloc(growing, size);
}

static void keep(void *part)
{
	(void)part;
}

static cJSON *parse(struct arena *a, const char *bytes, size_t len)
{
	cJSON_Hooks hooks = {.malloc_fn = grow, .free_fn = keep};
	cJSON *root;

	a->max = TREE_MAX;
	growing = a;
	cJSON_InitHooks(&hooks);
	root = cJSON_ParseWithLength(bytes, len);
	cJSON_InitHooks(NULL);
	growing = NULL;
	return root;
}

static bool same(const char *a, const char *b)
{
	return *a == *b && strcmp(a, b) == 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *twice_few(const cJSON *object)
{
	for (const cJSON *a = object->child; a != NULL; a = a->next) {
		for (const cJSON *b = object->child; b != a; b = b->next) {
			if (same(a->string, b->string))
				return a->string;
		}
	}
	return NULL;
}

/* Sorted, so that a hostile object of a million members costs no more than
 * its size. */
static int twice_many(const cJSON *object, size_t n, const char **ret,
	struct lapse_err *err)
{
	const char **keys = calloc(n, sizeof(*keys));
	size_t i = 0;

	if (keys == NULL)
		return lapse_fail_nomem(err);
	for (const cJSON *m = object->child; m != NULL; m = m->next)
		keys[i++] = m->string;
	qsort(keys, n, sizeof(*keys), compare);
	for (i = 1; i < n && *ret == NULL; i++) {
		if (strcmp(keys[i - 1], keys[i]) == 0)
			*ret = keys[i];
	}
	free(keys);
	return 0;
}

/* No two members of one name, anywhere. Depth is bounded by the scan. */
static int check_unique(const cJSON *node, struct lapse_err *err)
{
	const char *twice = NULL;
	size_t n = 0;
	int rc = 0;

	for (const cJSON *c = node->child; c != NULL && rc == 0; c = c->next) {
		n++;
		if (c->child != NULL)
			rc = check_unique(c, err);
	}
	if (rc != 0 || !cJSON_IsObject(node))
		return rc;
	if (n <= FEW)
		twice = twice_few(node);
	else
		rc = twice_many(node, n, &twice, err);
	if (rc == 0 && twice != NULL)
		return lapse_fail(err, LAPSE_EPROTO,
			"JSON: '%.60s' stands twice in one object", twice);
	return rc;
}

int json_open(struct json_doc **ret, const char *bytes, size_t len,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	size_t offset = 0;
	const char *wrong = json_scan(bytes, len, &offset);
	int rc;

	if (wrong != NULL)
		return lapse_fail(err, LAPSE_EPROTO, "JSON: %s, at byte %zu",
			wrong, offset);
	doc = calloc(1, sizeof(*doc));
	if (doc == NULL)
		return lapse_fail_nomem(err);
	/* What passed the scan cJSON can refuse for want of memory only. */
	doc->root = parse(&doc->tree, bytes, len);
	if (doc->root == NULL)
		return lapse_fail_nomem(err);
	rc = check_unique(doc->root, err);
	if (rc != 0)
		return rc;
	*ret = doc;
	doc = NULL;
	return 0;
}

struct json json_root(struct json_doc *doc)
{
	return (struct json){.node = doc->root, .doc = doc};
}

int json_check(struct json_doc *doc, const char *what, struct lapse_err *err)
{
	if (!doc->faulty)
		return 0;
	return lapse_fail(err, LAPSE_EPROTO, "%s: %s", what, doc->fault);
}

void json_fault(struct json at, const char *key, const char *why)
{
	if (at.doc == NULL || at.doc->faulty)
		return;
	at.doc->faulty = true;
	snprintf(at.doc->fault, sizeof(at.doc->fault), "'%.80s' %.100s", key,
		why);
}

/* ---- Members ---- */

static const cJSON *node_of(struct json at)
{
	return at.node;
}

static struct json place(struct json near, const cJSON *node)
{
	return (struct json){.node = node, .doc = near.doc};
}

struct json json_at(struct json object, const char *key)
{
	const cJSON *m = NULL;

	if (json_is_object(object))
		m = node_of(object)->child;
	while (m != NULL && !same(m->string, key))
		m = m->next;
	return place(object, m);
}

bool json_here(struct json at)
{
	return at.node != NULL && !cJSON_IsNull(node_of(at));
}

bool json_is_object(struct json at)
{
	return cJSON_IsObject(node_of(at));
}

bool json_is_array(struct json at)
{
	return cJSON_IsArray(node_of(at));
}

bool json_is_text(struct json at)
{
	return cJSON_IsString(node_of(at));
}

/* The member, or absent with the fault remembered. */
static struct json wanted(struct json object, const char *key,
	enum json_need need, cJSON_bool (*is)(const cJSON *), const char *type)
{
	struct json m = json_at(object, key);

	if (json_here(object) && !json_is_object(object))
		json_fault(object, key, "is asked of what is not an object");
	else if (!json_here(m) && need == JSON_MUST)
		json_fault(object, key, "is missing");
	else if (json_here(m) && !is(m.node))
		json_fault(object, key, type);
	else if (json_here(m))
		return m;
	return place(object, NULL);
}

struct json json_object(struct json object, const char *key,
	enum json_need need)
{
	return wanted(object, key, need, cJSON_IsObject, "is not an object");
}

struct json json_array(struct json object, const char *key, enum json_need need)
{
	return wanted(object, key, need, cJSON_IsArray, "is not an array");
}

const char *json_text(struct json object, const char *key, enum json_need need)
{
	return json_as_text(
		wanted(object, key, need, cJSON_IsString, "is not a text"));
}

static bool whole(const cJSON *node)
{
	double v = cJSON_IsNumber(node) ? node->valuedouble : inexact;

	return v > -inexact && v < inexact && (double)(int64_t)v == v;
}

static cJSON_bool is_whole(const cJSON *node)
{
	return whole(node);
}

static cJSON_bool is_id(const cJSON *node)
{
	return cJSON_IsString(node) ? node->valuestring[0] != '\0'
				    : whole(node);
}

const char *json_id(struct json object, const char *key, enum json_need need,
	struct arena *a)
{
	struct json m = wanted(object, key, need, is_id, "is not an id");

	if (m.node == NULL)
		return NULL;
	if (json_is_text(m))
		return arena_copy(a, node_of(m)->valuestring);
	return arena_fmt(a, "%lld", (long long)node_of(m)->valuedouble);
}

int64_t json_int(struct json object, const char *key, enum json_need need)
{
	return json_as_int(
		wanted(object, key, need, is_whole, "is not an integer"), 0);
}

bool json_bool(struct json object, const char *key, enum json_need need)
{
	return cJSON_IsTrue(wanted(object, key, need, cJSON_IsBool,
		"is neither true nor false").node);
}

int64_t json_time(struct json object, const char *key, enum json_need need)
{
	const char *text = json_text(object, key, need);
	int64_t at = WHEN_NONE;

	if (text != NULL && when_parse_time(text, &at, NULL) != 0)
		json_fault(object, key, "is not a time");
	return at;
}

/* ---- Iterating ---- */

struct json json_first(struct json array_or_object)
{
	const cJSON *node = array_or_object.node;

	return place(array_or_object, node == NULL ? NULL : node->child);
}

struct json json_next(struct json item)
{
	return place(item, node_of(item)->next);
}

bool json_valid(struct json item)
{
	return item.node != NULL;
}

size_t json_count(struct json array_or_object)
{
	size_t n = 0;

	for (struct json i = json_first(array_or_object); json_valid(i);
		i = json_next(i))
		n++;
	return n;
}

const char *json_key(struct json item)
{
	return item.node == NULL ? NULL : node_of(item)->string;
}

const char *json_as_text(struct json item)
{
	return json_is_text(item) ? node_of(item)->valuestring : NULL;
}

int64_t json_as_int(struct json item, int64_t otherwise)
{
	return whole(item.node) ? (int64_t)node_of(item)->valuedouble
				: otherwise;
}

/* ---- Printing ---- */

/* The fewest digits that read back as the same number. */
static const char *shortest(double value, char text[32])
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, 32, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return text;
}

static void print_number(const cJSON *node, struct buf *out)
{
	char text[32];

	if (whole(node))
		buf_fmt(out, "%lld", (long long)node->valuedouble);
	else if (!isfinite(node->valuedouble))
		buf_str(out, "null");	/* 1e999: JSON has no word for it */
	else
		buf_str(out, shortest(node->valuedouble, text));
}

static void print(const cJSON *node, struct json_out *w, const char *key)
{
	bool list = cJSON_IsArray(node);

	if (list || cJSON_IsObject(node)) {
		json_put_open(w, key, list ? '[' : '{');
		for (const cJSON *c = node->child; c != NULL; c = c->next)
			print(c, w, list ? NULL : c->string);
		json_put_close(w, list ? ']' : '}');
	} else if (cJSON_IsString(node)) {
		json_put_text(w, key, node->valuestring);
	} else if (cJSON_IsBool(node)) {
		json_put_bool(w, key, cJSON_IsTrue(node));
	} else if (cJSON_IsNumber(node)) {
		json_put_raw(w, key, "");
		print_number(node, w->out);
	} else {
		json_put_null(w, key);
	}
}

void json_print(struct json at, struct buf *out)
{
	struct json_out w = {.out = out};

	print(at.node, &w, NULL);
}
