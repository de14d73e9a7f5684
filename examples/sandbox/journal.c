/*
 * journal.c - the log that a directory keeps of itself, for any directory.
 */
#include "journal.h"

#include <stdlib.h>

#include "clock.h"
#include "world.h"

#define DAY_MS (24 * 60 * 60 * (int64_t)1000)

/* A line may be of any time, so that tests can tell of the past. */
void journal_add(const char *service, const char *log, int64_t at_ms,
	cJSON *line)
{
	cJSON *lines = json_list(json_map(json_get(world_all(), service),
		"journal"), log);

	json_push(lines, json_make("{sI so}", "at", at_ms, "line", line));
}

struct entry {
	int64_t at;
	int n;			/* in the order of writing */
	const cJSON *line;
};

/* The newest first; of equal ones the last written. */
static int by_age(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? 1 : -1;
	return x->n < y->n ? 1 : -1;
}

cJSON *journal_read(const char *service, const char *log, int days,
	int64_t since_ms, bool (*fits)(const cJSON *line, const char *arg),
	const char *arg)
{
	const cJSON *all = json_get(world_all(), service);
	const cJSON *lines = json_get(json_get(all, "journal"), log);
	int64_t to = clock_ms() - json_int(all, "logLag", 0) * 1000;
	int64_t from = clock_ms() - days * DAY_MS;
	size_t size = (size_t)cJSON_GetArraySize(lines) + 1;
	struct entry *found = calloc(size, sizeof(*found));
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;
	int n = 0;

	if (found == NULL)
		abort();
	if (from < since_ms)
		from = since_ms;
	cJSON_ArrayForEach(one, lines) {
		int64_t at = json_int(one, "at", 0);
		const cJSON *line = json_get(one, "line");

		if (at >= from && at <= to &&
			(fits == NULL || fits(line, arg))) {
			found[n] = (struct entry){at, n, line};
			n++;
		}
	}
	qsort(found, (size_t)n, sizeof(*found), by_age);
	for (int i = 0; i < n; i++)
		json_push(list, cJSON_Duplicate(found[i].line, true));
	free(found);
	return list;
}

bool journal_refused(const char *service)
{
	return json_true(json_get(world_all(), service), "logRefused");
}
