/*
 * journal.c - the log that a directory keeps of itself, for any directory.
 */
#include "journal.h"

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

/* The newest of what is older than `than`; of equal ones the last written. */
static const cJSON *newest(const cJSON *lines, int64_t from, int64_t to,
	const cJSON *than)
{
	const cJSON *found = NULL, *one;
	int64_t limit = than != NULL ? json_int(than, "at", 0) : INT64_MAX;
	bool before = true;	/* `than` in the order of writing */

	cJSON_ArrayForEach(one, lines) {
		int64_t at = json_int(one, "at", 0);

		before = before && one != than;
		if (at < from || at > to || one == than || at > limit ||
			(at == limit && !before))
			continue;
		if (found == NULL || at >= json_int(found, "at", 0))
			found = one;
	}
	return found;
}

cJSON *journal_read(const char *service, const char *log, int days)
{
	const cJSON *all = json_get(world_all(), service);
	const cJSON *lines = json_get(json_get(all, "journal"), log);
	int64_t lag_ms = json_int(all, "logLag", 0) * 1000;
	int64_t from = clock_ms() - days * DAY_MS;
	cJSON *list = cJSON_CreateArray();
	const cJSON *one = NULL;

	while ((one = newest(lines, from, clock_ms() - lag_ms, one)) != NULL)
		json_push(list, cJSON_Duplicate(json_get(one, "line"), true));
	return list;
}

bool journal_refused(const char *service)
{
	return json_true(json_get(world_all(), service), "logRefused");
}
