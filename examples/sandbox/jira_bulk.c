/*
 * jira_bulk.c - reading many issues, and many change logs, in a request.
 * Source: Jira Cloud platform REST v3, bulkFetchIssues, getBulkChangelogs.
 */
#include "jira.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jws.h"
#include "world.h"

#define FETCH_MAX 100
#define HISTORIES_MAX 1000
#define FIELDS_MAX 10
#define PAGE 1000
#define PAGE_MAX 10000

static int by_id(const void *a, const void *b)
{
	long long one = atoll(json_str(*(const cJSON *const *)a, "id"));
	long long other = atoll(json_str(*(const cJSON *const *)b, "id"));

	return (one > other) - (one < other);
}

/* Those asked for that the caller sees, each once, ascending by id. */
static size_t asked_for(struct exchange *x, const cJSON **ret, size_t max)
{
	size_t n = 0;
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(x->json, "issueIdsOrKeys")) {
		const cJSON *issue = issue_find(cJSON_GetStringValue(one));
		size_t i = 0;

		while (i < n && ret[i] != issue)
			i++;
		if (issue != NULL && i == n && n < max &&
			may_see(x->actor, issue))
			ret[n++] = issue;
	}
	qsort(ret, n, sizeof(*ret), by_id);
	return n;
}

static bool asks_for_at_most(struct exchange *x, int max, const char *fault)
{
	int n = cJSON_GetArraySize(json_get(x->json, "issueIdsOrKeys"));

	if (n >= 1 && n <= max)
		return true;
	jira_error(x, 400, n < 1 ? "Either issue IDs or issue keys must be "
		"given." : fault);
	return false;
}

/* The knob jira.unreadable names issues that cannot be read just now. */
static void bulk_fetch(struct exchange *x)
{
	const cJSON *found[FETCH_MAX];
	autojson *asked = cJSON_Duplicate(x->json, true);

	if (!asks_for_at_most(x, FETCH_MAX, "No more than 100 issues can be "
			"fetched at a time."))
		return;
	if (cJSON_GetArraySize(json_get(asked, "fields")) == 0)
		json_put(asked, "fields", json_make("[s]", "*navigable"));
	cJSON *rows = cJSON_CreateArray();
	cJSON *errors = cJSON_CreateArray();
	size_t n = asked_for(x, found, FETCH_MAX);
	for (size_t i = 0; i < n; i++)
		if (json_has_text(json_get(world_jira(), "unreadable"),
			    json_str(found[i], "key")))
			json_push(errors, json_make("{ss ss}", "id",
				json_str(found[i], "id"), "errorMessage",
				"The issue could not be fetched. Try again."));
		else
			json_push(rows, issue_row(x, json_str(found[i], "id"),
				asked));
	reply_json(x, 200, json_make("{so so}", "issues", rows,
		"issueErrors", errors));
}

/* An entry with what is left of it by fieldIds; NULL: nothing is. Its time is
 * a number of milliseconds here, unlike everywhere else.
 * Source: replies of live sites. */
static cJSON *entry_show(struct exchange *x, const cJSON *entry,
	const cJSON *wanted)
{
	cJSON *shown = history_show(x, entry);
	cJSON *items = json_get(shown, "items");

	for (int i = cJSON_GetArraySize(items); i-- > 0;)
		if (cJSON_GetArraySize(wanted) > 0 &&
			!json_has_text(wanted, json_str(cJSON_GetArrayItem(
				items, i), "fieldId")))
			cJSON_DeleteItemFromArray(items, i);
	if (cJSON_GetArraySize(items) == 0) {
		cJSON_Delete(shown);
		return NULL;
	}
	json_put_int(shown, "created", json_int(entry, "created", 0));
	return shown;
}

struct place {
	const char *issue;
	cJSON *entry;		/* as shown */
	size_t n;		/* keeps the order of equal times */
};

static int by_time(const void *a, const void *b)
{
	const struct place *one = a;
	const struct place *other = b;
	int64_t at = json_int(one->entry, "created", 0);
	int64_t then = json_int(other->entry, "created", 0);

	if (at != then)
		return at < then ? -1 : 1;
	return (one->n > other->n) - (one->n < other->n);
}

/* All entries, oldest first, of equal times the smaller issue's first. */
static struct place *all_entries(struct exchange *x, size_t *ret_n)
{
	const cJSON *found[HISTORIES_MAX];
	size_t issues = asked_for(x, found, HISTORIES_MAX);
	struct place *all = NULL;
	const cJSON *entry;
	size_t n = 0;

	for (size_t i = 0; i < issues; i++)
		cJSON_ArrayForEach(entry, json_get(found[i], "history")) {
			cJSON *shown = entry_show(x, entry,
				json_get(x->json, "fieldIds"));

			if (shown == NULL)
				continue;
			all = realloc(all, (n + 1) * sizeof(*all));
			if (all == NULL)
				abort();
			all[n] = (struct place){ json_str(found[i], "id"),
				shown, n };
			n++;
		}
	if (n > 0)
		qsort(all, n, sizeof(*all), by_time);
	*ret_n = n;
	return all;
}

/* It fits no other question than this one. */
static char *token_make(const struct exchange *x, size_t start)
{
	autotext *asked = json_print(json_get(x->json, "issueIdsOrKeys"));
	autotext *hash = jws_hash(asked);

	return text("%.12s.%zu", hash, start);
}

static bool token_read(const struct exchange *x, size_t *ret_start)
{
	const char *token = json_str(x->json, "nextPageToken");
	const char *dot = token != NULL ? strrchr(token, '.') : NULL;

	*ret_start = 0;
	if (token == NULL)
		return true;
	if (dot == NULL || sscanf(dot + 1, "%zu", ret_start) != 1)
		return false;
	autotext *expected = token_make(x, *ret_start);
	return same(expected, token);
}

static cJSON *log_of(cJSON *logs, const char *issue)
{
	cJSON *log = json_find(logs, "issueId", issue);

	if (log != NULL)
		return json_get(log, "changeHistories");
	log = json_make("{ss s[]}", "issueId", issue, "changeHistories");
	json_push(logs, log);
	return json_get(log, "changeHistories");
}

static bool histories_fit(struct exchange *x, size_t *ret_start)
{
	int64_t max = json_int(x->json, "maxResults", PAGE);

	if (!asks_for_at_most(x, HISTORIES_MAX, "You may only load changelogs "
			"for a maximum of 1,000 issues at a time."))
		return false;
	if (cJSON_GetArraySize(json_get(x->json, "fieldIds")) > FIELDS_MAX)
		jira_error(x, 400, "You may only filter changelogs by a "
			"maximum of 10 fields at a time.");
	else if (max < 1 || max > PAGE_MAX)
		jira_error(x, 400, "maxResults is not from 1 to 10,000.");
	else if (!token_read(x, ret_start))
		jira_error(x, 400, "Invalid nextPageToken.");
	else
		return true;
	return false;
}

static void bulk_histories(struct exchange *x)
{
	size_t start, n;

	if (!histories_fit(x, &start))
		return;
	struct place *all = all_entries(x, &n);
	int64_t max = json_int(x->json, "maxResults", PAGE);
	int64_t cap = json_int(world_jira(), "pageLimit", PAGE);
	size_t end = start + (size_t)(max < cap ? max : cap);
	cJSON *logs = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++)
		if (i >= start && i < end)
			json_push(log_of(logs, all[i].issue), all[i].entry);
		else
			cJSON_Delete(all[i].entry);
	free(all);
	autotext *next = end < n ? token_make(x, end) : NULL;
	reply_json(x, 200, json_make("{so s?}", "issueChangeLogs", logs,
		"nextPageToken", next));
}

const struct route jira_bulk_routes[] = {
	{ "POST", "/rest/api/3/issue/bulkfetch", bulk_fetch, NULL, false },
	{ "POST", "/rest/api/3/changelog/bulkfetch", bulk_histories, NULL,
		false },
	{ 0 },
};
