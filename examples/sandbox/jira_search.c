/*
 * jira_search.c - search by JQL with an opaque token from page to page, and
 * the removed search.
 */
#include "jira.h"

#include <stdio.h>
#include <string.h>

#include "jql.h"
#include "jws.h"
#include "world.h"

#define PAGE_MAX 5000

/* A list as JSON or a text with commas, as a text with commas. */
static char *joined(const cJSON *list)
{
	char *made = NULL;
	const cJSON *one;

	if (cJSON_IsString(list))
		return text_copy(list->valuestring);
	cJSON_ArrayForEach(one, list) {
		char *longer = text("%s%s%s", made != NULL ? made : "",
			made != NULL ? "," : "", cJSON_GetStringValue(one));

		free(made);
		made = longer;
	}
	return made;
}

cJSON *issue_row(struct exchange *x, const char *id, const cJSON *asked)
{
	const cJSON *issue = issue_find(id);
	autotext *fields = joined(json_get(asked, "fields"));
	autotext *properties = joined(json_get(asked, "properties"));
	autotext *expand = joined(json_get(asked, "expand"));

	if (fields == NULL || *fields == '\0' || same(fields, "id"))
		return json_make("{ss}", "id", id);
	return issue_show(x, issue, fields, properties, expand);
}

/* The token holds the place and, so that it fits no other query, a hash
 * of this one. */
static char *token_make(const char *jql, int start)
{
	autotext *hash = jws_hash(jql);

	return text("CAEaAggD%.16s.%d", hash, start);
}

static bool token_read(const char *token, const char *jql, int *ret_start)
{
	autotext *expected = NULL;

	if (token == NULL || *token == '\0') {
		*ret_start = 0;
		return true;
	}
	const char *dot = strrchr(token, '.');
	if (dot == NULL || sscanf(dot + 1, "%d", ret_start) != 1)
		return false;
	expected = token_make(jql, *ret_start);
	return same(expected, token);
}

static void answer(struct exchange *x, const cJSON *asked)
{
	const char *jql = json_str(asked, "jql");
	int64_t cap = json_int(world_jira(), "pageLimit", PAGE_MAX);
	int64_t max = json_int(asked, "maxResults", 50);
	autotext *fault = NULL;
	int start;

	if (jql == NULL)
		jql = "";
	autojson *ids = jql_search(jql, x->actor, &fault);
	if (ids == NULL || !token_read(json_str(asked, "nextPageToken"), jql,
		    &start)) {
		jira_error(x, 400, fault != NULL ? fault
			: "Invalid nextPageToken.");
		return;
	}
	if (max > cap || max < 1)
		max = cap;
	cJSON *rows = cJSON_CreateArray();
	int total = cJSON_GetArraySize(ids);
	int end = start + (int)max < total ? start + (int)max : total;
	for (int i = start; i < end; i++)
		json_push(rows, issue_row(x, cJSON_GetStringValue(
			cJSON_GetArrayItem(ids, i)), asked));
	autotext *next = end < total ? token_make(jql, end) : NULL;
	reply_json(x, 200, json_make("{so s? sb}", "issues", rows,
		"nextPageToken", next, "isLast", end >= total));
}

static void post_search(struct exchange *x)
{
	if (cJSON_IsString(json_get(x->json, "fields")) ||
		cJSON_IsArray(json_get(x->json, "expand")) ||
		!cJSON_IsObject(x->json))
		jira_error(x, 400, "Invalid request payload. Refer to the "
			"REST API documentation and try again.");
	else
		answer(x, x->json);
}

static void get_search(struct exchange *x)
{
	autojson *asked = cJSON_Duplicate(x->params, true);

	if (param(x, "maxResults") != NULL)
		json_put_int(asked, "maxResults",
			param_int(x, "maxResults", 50));
	answer(x, asked);
}

static void removed_search(struct exchange *x)
{
	jira_error(x, 410, "The requested API has been removed. Please "
		"migrate to the /rest/api/3/search/jql API. A full migration "
		"guideline is available at https://developer.atlassian.com/"
		"changelog/#CHANGE-2046");
}

static void count(struct exchange *x)
{
	const char *jql = json_str(x->json, "jql");
	autotext *fault = NULL;
	autojson *ids = jql_search(jql != NULL ? jql : "", x->actor, &fault);

	if (ids == NULL)
		jira_error(x, 400, fault);
	else
		reply_json(x, 200, json_make("{si}", "count",
			cJSON_GetArraySize(ids)));
}

static void parse(struct exchange *x)
{
	cJSON *queries = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(x->json, "queries")) {
		autotext *fault = NULL;
		autojson *ids = jql_search(cJSON_GetStringValue(one), x->actor,
			&fault);
		cJSON *shown = json_make("{ss}", "query",
			cJSON_GetStringValue(one));

		if (ids == NULL)
			json_put(shown, "errors", json_make("[s]", fault));
		else
			json_put(shown, "structure", cJSON_CreateObject());
		json_push(queries, shown);
	}
	reply_json(x, 200, json_make("{so}", "queries", queries));
}

const struct route jira_search_routes[] = {
	{ "POST", "/rest/api/3/search/jql", post_search, NULL, false },
	{ "GET", "/rest/api/3/search/jql", get_search, NULL, false },
	{ "GET", "/rest/api/3/search", removed_search, NULL, false },
	{ "POST", "/rest/api/3/search", removed_search, NULL, false },
	{ "GET", "/rest/api/2/search", removed_search, NULL, false },
	{ "POST", "/rest/api/2/search", removed_search, NULL, false },
	{ "POST", "/rest/api/3/search/approximate-count", count, NULL,
		false },
	{ "POST", "/rest/api/3/jql/parse", parse, NULL, false },
	{ 0 },
};
