/*
 * member.c - who is in which group, for any directory. A membership keeps
 * what it was before its last change until that change is visible.
 */
#include "member.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "world.h"

static cJSON *memberships(const char *service)
{
	return json_map(json_get(world_all(), service), "memberships");
}

static cJSON *entry(const char *service, const char *group, const char *user)
{
	return json_get(json_get(memberships(service), group), user);
}

static const cJSON *lag_of(const char *service)
{
	return json_get(json_get(world_all(), "lag"), service);
}

void member_seed(const char *service, const char *group, const char *user)
{
	if (user != NULL)
		json_put(json_map(memberships(service), group), user,
			json_make("{sb sb si}", "present", true, "was", true,
				"visible_at", 0));
}

bool member_is(const char *service, const char *group, const char *user)
{
	return json_true(entry(service, group, user), "present");
}

bool member_set(const char *service, const char *group, const char *user,
	bool present)
{
	int64_t lag_ms = json_int(lag_of(service), "seconds", 0) * 1000;
	bool was = member_is(service, group, user);

	if (was == present)
		return false;
	json_put(json_map(memberships(service), group), user,
		json_make("{sb sb sI}", "present", present, "was", was,
			"visible_at",
			lag_ms > 0 ? clock_ms() + lag_ms : (int64_t)0));
	return true;
}

int member_count(const char *service, const char *group)
{
	const cJSON *one;
	int count = 0;

	cJSON_ArrayForEach(one, json_get(memberships(service), group))
		count += json_true(one, "present");
	return count;
}

void member_forget_user(const char *service, const char *user)
{
	cJSON *group;

	cJSON_ArrayForEach(group, memberships(service))
		cJSON_DeleteItemFromObjectCaseSensitive(group, user);
}

void member_forget_group(const char *service, const char *group)
{
	cJSON_DeleteItemFromObjectCaseSensitive(memberships(service), group);
}

bool member_next_read(const char *service)
{
	cJSON *reads = json_map(world_all(), "reads");
	int64_t count = json_int(reads, service, 0) + 1;

	json_put_int(reads, service, count);
	return count % 2 == 1;
}

static bool is_seen(const char *service, const cJSON *one, bool odd_read)
{
	if (clock_ms() >= json_int(one, "visible_at", 0) ||
		(json_true(lag_of(service), "flap") && odd_read))
		return json_true(one, "present");
	return json_true(one, "was");
}

bool member_seen(const char *service, const char *group, const char *user,
	bool odd_read)
{
	return is_seen(service, entry(service, group, user), odd_read);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void member_seen_read(const char *service, const char *group, bool odd_read,
	struct member_seen *ret)
{
	const cJSON *all = json_get(memberships(service), group);
	const cJSON *one;

	*ret = (struct member_seen){
		.id = calloc((size_t)cJSON_GetArraySize(all) + 1,
			sizeof(*ret->id)),
	};
	if (ret->id == NULL)
		abort();
	cJSON_ArrayForEach(one, all)
		if (is_seen(service, one, odd_read))
			ret->id[ret->count++] = one->string;
	qsort(ret->id, ret->count, sizeof(*ret->id), by_id);
}

bool member_seen_has(const struct member_seen *seen, const char *user)
{
	return user != NULL && bsearch(&user, seen->id, seen->count,
		sizeof(*seen->id), by_id) != NULL;
}

void member_seen_clear(struct member_seen *seen)
{
	free(seen->id);
	*seen = (struct member_seen){0};
}

void member_reads_restart(void)
{
	cJSON_DeleteItemFromObjectCaseSensitive(world_all(), "reads");
}
