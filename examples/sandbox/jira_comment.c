/*
 * jira_comment.c - comments by the platform API, and their properties. In
 * a service project a comment is public unless sd.public.comment says
 * internal; customers see public ones only.
 */
#include "jira.h"

#include <stdlib.h>
#include <string.h>

#include "adf.h"
#include "clock.h"
#include "world.h"

#define COMMENT_MAX 32767

cJSON *comment_add(cJSON *issue, const char *author, cJSON *adf, bool public)
{
	autotext *id = text("%lld", (long long)world_next("comment"));
	cJSON *comment = json_make("{ss ss so sb sI sI s{}}", "id", id,
		"author", author, "adf", adf, "public", public,
		"created", clock_ms(), "updated", clock_ms(), "properties");

	json_push(json_list(issue, "comments"), comment);
	issue_touch(issue);
	return comment;
}

static cJSON *properties_show(const cJSON *comment)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(comment, "properties"))
		json_push(list, json_make("{ss sO}", "key", one->string,
			"value", one));
	return list;
}

static cJSON *comment_show(struct exchange *x, const cJSON *issue,
	const cJSON *comment)
{
	const char *author = json_str(comment, "author");
	const char *expand = param(x, "expand");
	autotext *created = clock_jira(json_int(comment, "created", 0),
		zone_of(x));
	autotext *updated = clock_jira(json_int(comment, "updated", 0),
		zone_of(x));
	autotext *self = text("%s/rest/api/3/issue/%s/comment/%s", x->base,
		json_str(issue, "id"), json_str(comment, "id"));
	cJSON *shown = json_make("{ss ss so sO so ss ss sb}", "self", self,
		"id", json_str(comment, "id"), "author", user_show(x, author),
		"body", json_get(comment, "adf"), "updateAuthor",
		user_show(x, author), "created", created, "updated", updated,
		"jsdPublic", json_true(comment, "public"));

	if (expand != NULL && strstr(expand, "properties") != NULL)
		json_put(shown, "properties", properties_show(comment));
	return shown;
}

static cJSON *comments_for(struct exchange *x, const cJSON *issue)
{
	cJSON *list = cJSON_CreateArray();
	const char *order = param(x, "orderBy");
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(issue, "comments")) {
		if (!may_edit(x->actor) && !json_true(one, "public"))
			continue;
		cJSON *shown = comment_show(x, issue, one);

		if (same(order, "-created"))
			cJSON_InsertItemInArray(list, 0, shown);
		else
			json_push(list, shown);
	}
	return list;
}

static void list_comments(struct exchange *x)
{
	const cJSON *issue = issue_or_404(x, x->arg[0]);
	int start = (int)param_int(x, "startAt", 0);
	int max = (int)param_int(x, "maxResults", 100);

	if (issue == NULL)
		return;
	if (max > 100)
		max = 100;
	autojson *all = comments_for(x, issue);
	int total = cJSON_GetArraySize(all);
	cJSON *page = cJSON_CreateArray();
	for (int i = start; i < total && i < start + max; i++)
		json_push(page, cJSON_Duplicate(cJSON_GetArrayItem(all, i),
			true));
	reply_json(x, 200, json_make("{si si si so}", "startAt", start,
		"maxResults", max, "total", total, "comments", page));
}

static bool is_internal(const cJSON *body)
{
	const cJSON *mark = json_find(json_get(body, "properties"), "key",
		"sd.public.comment");

	return json_true(json_get(mark, "value"), "internal");
}

static bool body_fits(struct exchange *x, const cJSON *adf)
{
	if (adf == NULL || adf_fault(adf) != NULL) {
		jira_field_error(x, "comment", "%s", adf == NULL
			? "Comment body can not be empty!"
			: "Comment body is not valid!");
		return false;
	}
	autotext *words = adf_text(adf);
	if (strlen(words) <= COMMENT_MAX)
		return true;
	jira_field_error(x, "comment", "The entered text is too long. It "
		"exceeds the allowed limit of 32,767 characters.");
	return false;
}

static void add_comment(struct exchange *x)
{
	cJSON *issue = issue_or_404(x, x->arg[0]);
	const cJSON *adf = json_get(x->json, "body");
	const cJSON *one;

	if (issue == NULL || !body_fits(x, adf))
		return;
	cJSON *comment = comment_add(issue, json_str(x->actor, "accountId"),
		cJSON_Duplicate(adf, true), !is_internal(x->json));
	cJSON_ArrayForEach(one, json_get(x->json, "properties"))
		json_put(json_map(comment, "properties"), json_str(one, "key"),
			cJSON_Duplicate(json_get(one, "value"), true));
	reply_json(x, 201, comment_show(x, issue, comment));
}

static void get_comment(struct exchange *x)
{
	const cJSON *issue = issue_or_404(x, x->arg[0]);
	const cJSON *comment = json_find(json_get(issue, "comments"), "id",
		x->arg[1]);

	if (issue == NULL)
		return;
	if (comment == NULL ||
		(!may_edit(x->actor) && !json_true(comment, "public")))
		jira_error(x, 404, "Can not find a comment for the id.");
	else
		reply_json(x, 200, comment_show(x, issue, comment));
}

/* One of an issue, for those who may edit it. */
static cJSON *edited_or_404(struct exchange *x)
{
	cJSON *issue = issue_or_404(x, x->arg[0]);
	cJSON *comment = json_find(json_get(issue, "comments"), "id",
		x->arg[1]);

	if (issue != NULL && (comment == NULL || !may_edit(x->actor)))
		jira_error(x, 404, "Can not find a comment for the id.");
	return issue == NULL || !may_edit(x->actor) ? NULL : comment;
}

static void edit_comment(struct exchange *x)
{
	cJSON *comment = edited_or_404(x);
	const cJSON *adf = json_get(x->json, "body");

	if (comment == NULL || !body_fits(x, adf))
		return;
	json_put(comment, "adf", cJSON_Duplicate(adf, true));
	json_put_int(comment, "updated", clock_ms());
	reply_json(x, 200, comment_show(x, issue_or_404(x, x->arg[0]),
		comment));
}

static void delete_comment(struct exchange *x)
{
	cJSON *comment = edited_or_404(x);

	if (comment == NULL)
		return;
	cJSON_Delete(cJSON_DetachItemViaPointer(json_get(issue_or_404(x,
		x->arg[0]), "comments"), comment));
	reply_empty(x, 204);
}

static cJSON *comment_or_404(struct exchange *x)
{
	cJSON *issue;

	cJSON_ArrayForEach(issue, json_get(world_jira(), "issues")) {
		cJSON *comment = json_find(json_get(issue, "comments"), "id",
			x->arg[0]);

		if (comment != NULL && may_see(x->actor, issue))
			return comment;
	}
	jira_error(x, 404, "Can not find a comment for the id.");
	return NULL;
}

static void list_properties(struct exchange *x)
{
	const cJSON *comment = comment_or_404(x);
	cJSON *keys = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(comment, "properties")) {
		autotext *self = text("%s%s/%s", x->base, x->path,
			one->string);

		json_push(keys, json_make("{ss ss}", "self", self, "key",
			one->string));
	}
	if (comment != NULL)
		reply_json(x, 200, json_make("{so}", "keys", keys));
	else
		cJSON_Delete(keys);
}

static void get_property(struct exchange *x)
{
	const cJSON *comment = comment_or_404(x);
	const cJSON *value = json_get(json_get(comment, "properties"),
		x->arg[1]);

	if (comment == NULL)
		return;
	if (value == NULL)
		jira_error(x, 404, "The property with the given key does not "
			"exist.");
	else
		reply_json(x, 200, json_make("{ss sO}", "key", x->arg[1],
			"value", value));
}

static void put_property(struct exchange *x)
{
	cJSON *comment = comment_or_404(x);

	if (comment == NULL)
		return;
	if (x->json == NULL) {
		jira_error(x, 400, "The value has to be a valid, non-empty "
			"JSON.");
		return;
	}
	bool known = json_get(json_get(comment, "properties"), x->arg[1]) !=
		NULL;
	json_put(json_map(comment, "properties"), x->arg[1],
		cJSON_Duplicate(x->json, true));
	if (known)
		reply_empty(x, 200);
	else
		reply_empty(x, 201);
}

const struct route jira_comment_routes[] = {
	{ "GET", "/rest/api/3/issue/{}/comment", list_comments, NULL, false },
	{ "POST", "/rest/api/3/issue/{}/comment", add_comment, NULL, false },
	{ "GET", "/rest/api/3/issue/{}/comment/{}", get_comment, NULL,
		false },
	{ "PUT", "/rest/api/3/issue/{}/comment/{}", edit_comment, NULL,
		false },
	{ "DELETE", "/rest/api/3/issue/{}/comment/{}", delete_comment, NULL,
		false },
	{ "GET", "/rest/api/3/comment/{}/properties", list_properties, NULL,
		false },
	{ "GET", "/rest/api/3/comment/{}/properties/{}", get_property, NULL,
		false },
	{ "PUT", "/rest/api/3/comment/{}/properties/{}", put_property, NULL,
		false },
	{ 0 },
};
