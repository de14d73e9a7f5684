/*
 * index.c - hash tables beside a few lists. A table holds no text of its own:
 * it says which members to look at, and their text decides.
 */
#include "index.h"

#include <string.h>

enum { INDEX_MAX = 16, FIRST_BUCKETS = 256 };

struct entry {
	cJSON *member;
	struct entry *next;
};

struct index {
	const cJSON *list;
	const char *key;
	const cJSON *last;	/* the newest member that is in; NULL: none */
	struct entry **bucket;
	size_t buckets, entries;
};

static struct index known[INDEX_MAX];

/* FNV-1a */
static size_t hash(const char *text)
{
	uint64_t sum = 14695981039346656037u;

	for (; *text != '\0'; text++)
		sum = (sum ^ (unsigned char)*text) * 1099511628211u;
	return (size_t)sum;
}

static void clear(struct index *x)
{
	for (size_t i = 0; i < x->buckets; i++)
		for (struct entry *e = x->bucket[i], *next; e != NULL;
			e = next) {
			next = e->next;
			free(e);
		}
	free(x->bucket);
	*x = (struct index){0};
}

static void insert(struct index *x, cJSON *member)
{
	const char *text = json_str(member, x->key);
	struct entry *e = text != NULL ? malloc(sizeof(*e)) : NULL;

	if (text == NULL)
		return;
	if (e == NULL)
		abort();
	struct entry **head = &x->bucket[hash(text) % x->buckets];
	*e = (struct entry){ .member = member, .next = *head };
	*head = e;
	x->entries++;
}

static void begin(struct index *x, const cJSON *list, const char *key,
	size_t buckets)
{
	*x = (struct index){
		.list = list, .key = key, .buckets = buckets,
		.bucket = calloc(buckets, sizeof(*x->bucket)),
	};
	if (x->bucket == NULL)
		abort();
}

/* Members come at the end of a list, so what is new stands behind the last. */
static void catch_up(struct index *x, cJSON *list)
{
	cJSON *one = x->last != NULL ? x->last->next : list->child;

	for (; one != NULL; one = one->next) {
		insert(x, one);
		x->last = one;
	}
	if (x->entries > 4 * x->buckets) {
		const char *key = x->key;
		size_t buckets = 8 * x->buckets;

		clear(x);
		begin(x, list, key, buckets);
		catch_up(x, list);
	}
}

static struct index *index_of(const cJSON *list, const char *key)
{
	for (size_t i = 0; i < INDEX_MAX; i++) {
		if (known[i].list == NULL)
			begin(&known[i], list, key, FIRST_BUCKETS);
		if (known[i].list == list && same(known[i].key, key))
			return &known[i];
	}
	return NULL;
}

cJSON *index_find(cJSON *list, const char *key, const char *value)
{
	struct index *x = list != NULL && value != NULL ? index_of(list, key)
							 : NULL;

	if (x == NULL)
		return json_find(list, key, value);
	catch_up(x, list);
	for (struct entry *e = x->bucket[hash(value) % x->buckets]; e != NULL;
		e = e->next)
		if (same(json_str(e->member, key), value))
			return e->member;
	return json_find(list, key, value);
}

void index_forget(void)
{
	for (size_t i = 0; i < INDEX_MAX; i++)
		clear(&known[i]);
}

void index_delete(cJSON *list, cJSON *member)
{
	index_forget();
	cJSON_Delete(cJSON_DetachItemViaPointer(list, member));
}
