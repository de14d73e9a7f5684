/*
 * jsm.c - the service desk: requests, comments with a stated audience,
 * approvals, customer transitions, participants.
 * Source: Jira Service Management Cloud REST.
 */
#include "jira.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "adf.h"
#include "clock.h"
#include "index.h"
#include "world.h"

#define DESK "/rest/servicedeskapi"

cJSON *jsm_date(int64_t at_ms, const char *zone)
{
	autotext *iso = clock_iso(at_ms, zone);
	autotext *jira = clock_jira(at_ms, zone);
	autotext *friendly = clock_http_date(at_ms / 1000);

	return json_make("{ss ss ss sI}", "iso8601", iso, "jira", jira,
		"friendly", friendly, "epochMillis", at_ms);
}

/* Lists are taken over; start and limit as the caller asked. */
void jsm_page(struct exchange *x, cJSON *all)
{
	int start = (int)param_int(x, "start", 0);
	int limit = (int)param_int(x, "limit", 50);
	int total = cJSON_GetArraySize(all);
	cJSON *page = cJSON_CreateArray();

	if (limit > 50 || limit < 1)
		limit = 50;
	for (int i = start; i < total && i < start + limit; i++)
		json_push(page, cJSON_Duplicate(cJSON_GetArrayItem(all, i),
			true));
	cJSON_Delete(all);
	int size = cJSON_GetArraySize(page);
	bool last = start + size >= total;
	autotext *next = last ? NULL : text("%s%s?start=%d&limit=%d", x->base,
		x->path, start + size, limit);
	autotext *self = text("%s%s?start=%d&limit=%d", x->base, x->path,
		start, limit);
	reply_json(x, 200, json_make(
		"{si si si sb so s{ss ss ss s?}}", "size", size, "start",
		start, "limit", limit, "isLastPage", last, "values", page,
		"_links", "self", self, "base", x->base, "context", "",
		"next", next));
}

static bool is_request(const cJSON *issue)
{
	return json_str(json_get(issue, "values"), "customfield_10010") !=
	       NULL &&
	       same(json_str(project_of(json_str(issue, "project")), "kind"),
		       "service_desk");
}

static cJSON *request_or_404(struct exchange *x)
{
	cJSON *issue = issue_find(x->arg[0]);

	if (issue != NULL && may_see(x->actor, issue) && is_request(issue))
		return issue;
	jira_error(x, 404, "The request you tried to access does not exist "
		"or you do not have permission to see it.");
	return NULL;
}

static const char *category_upper(const char *category)
{
	return same(category, "new") ? "NEW"
		: same(category, "done") ? "DONE" : "INDETERMINATE";
}

static cJSON *values_show(struct exchange *x, const cJSON *issue,
	const cJSON *type)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(type, "fields")) {
		const char *id = json_str(one, "fieldId");

		json_push(list, json_make("{ss ss so}", "fieldId", id,
			"label", json_str(one, "name"), "value",
			field_show(x, issue, id)));
	}
	return list;
}

static cJSON *request_show(struct exchange *x, const cJSON *issue)
{
	const cJSON *type = request_type_of(json_str(json_get(issue,
		"values"), "customfield_10010"));
	const cJSON *status = status_of(json_str(issue, "status"));
	autotext *self = text("%s" DESK "/request/%s", x->base,
		json_str(issue, "id"));
	autotext *web = text("%s/servicedesk/customer/portal/%s/%s", x->base,
		json_str(type, "serviceDeskId"), json_str(issue, "key"));

	return json_make(
		"{ss ss ss ss ss so so so s{ss ss so} s{ss ss}}",
		"issueId", json_str(issue, "id"), "issueKey",
		json_str(issue, "key"), "summary",
		json_str(json_get(issue, "values"), "summary"),
		"requestTypeId", json_str(type, "id"), "serviceDeskId",
		json_str(type, "serviceDeskId"), "createdDate",
		jsm_date(json_int(issue, "created", 0), zone_of(x)),
		"reporter", customer_show(x, json_str(json_get(issue, "values"),
			"reporter")),
		"requestFieldValues", values_show(x, issue, type),
		"currentStatus", "status", json_str(status, "name"),
		"statusCategory", category_upper(json_str(status,
			"category")), "statusDate",
		jsm_date(json_int(issue, "statusAt", 0), zone_of(x)),
		"_links", "self", self, "web", web);
}

static bool required_given(struct exchange *x, const cJSON *type,
	const cJSON *values)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(type, "fields")) {
		const cJSON *value = json_get(values, json_str(one,
			"fieldId"));

		if (!json_true(one, "required") ||
			(value != NULL && !cJSON_IsNull(value)))
			continue;
		autotext *message = text("%s is required.",
			json_str(one, "name"));
		jira_error(x, 400, message);
		return false;
	}
	return true;
}

/* Multi-line texts come as wiki markup unless isAdfRequest says ADF. */
static cJSON *as_fields(const cJSON *body)
{
	cJSON *fields = cJSON_Duplicate(json_get(body, "requestFieldValues"),
		true);
	cJSON *one;

	cJSON_ArrayForEach(one, fields) {
		const char *kind = json_str(field_of(one->string), "kind");

		if (!same(kind, "textarea") || !cJSON_IsString(one))
			continue;
		autotext *name = text_copy(one->string);
		cJSON *adf = adf_from_text(one->valuestring);

		cJSON_ReplaceItemInObjectCaseSensitive(fields, name, adf);
		one = json_get(fields, name);
	}
	return json_make("{so}", "fields", fields);
}

/* A customer files for himself; an agent may file on behalf of others. */
static const char *reporter_for(struct exchange *x)
{
	const char *me = json_str(x->actor, "accountId");
	const char *other = json_str(x->json, "raiseOnBehalfOf");
	const cJSON *user = world_account(other);

	if (other == NULL || same(other, me))
		return me;
	if (!may_edit(x->actor)) {
		jira_error(x, 403, "You do not have permission to raise "
			"requests on behalf of others.");
		return NULL;
	}
	if (user == NULL)
		jira_error(x, 400, "The customer does not exist.");
	return json_str(user, "accountId");
}

/* JSM notes how a request came in a property of the issue. The people of the
 * sandbox have no browser: what they file without a word is the portal's. */
static void note_channel(cJSON *issue, const char *channel)
{
	json_put(json_map(issue, "properties"), "request.channel.type",
		json_make("{ss}", "value",
			channel != NULL ? channel : "portal"));
}

static void create_request(struct exchange *x)
{
	const cJSON *type = request_type_of(json_str(x->json,
		"requestTypeId"));
	const cJSON *one;

	if (type == NULL || !same(json_str(type, "serviceDeskId"),
			json_str(x->json, "serviceDeskId"))) {
		jira_error(x, 404, "The service desk or request type does not "
			"exist.");
		return;
	}
	const char *reporter = reporter_for(x);
	if (reporter == NULL || !required_given(x, type,
			json_get(x->json, "requestFieldValues")))
		return;
	autojson *fields = as_fields(x->json);
	autojson *screen = cJSON_CreateArray();
	cJSON_ArrayForEach(one, json_get(type, "fields"))
		json_push_str(screen, json_str(one, "fieldId"));
	cJSON *issue = issue_new(json_str(type, "projectId"),
		json_str(type, "issueTypeId"), reporter,
		json_str(x->actor, "accountId"));
	json_put_str(json_get(issue, "values"), "customfield_10010",
		json_str(type, "id"));
	if (!issue_apply(x, issue, fields, screen, NULL)) {
		index_delete(json_get(world_jira(), "issues"), issue);
		return;
	}
	cJSON_ArrayForEach(one, json_get(x->json, "requestParticipants"))
		json_push_str(json_get(issue, "participants"),
			cJSON_GetStringValue(one));
	note_channel(issue, json_str(x->json, "channel"));
	reply_json(x, 201, request_show(x, issue));
}

static void get_request(struct exchange *x)
{
	const cJSON *issue = request_or_404(x);

	if (issue != NULL)
		reply_json(x, 200, request_show(x, issue));
}

static cJSON *comment_show(struct exchange *x, const cJSON *issue,
	const cJSON *comment)
{
	autotext *body = adf_text(json_get(comment, "adf"));
	autotext *self = text("%s" DESK "/request/%s/comment/%s", x->base,
		json_str(issue, "id"), json_str(comment, "id"));

	return json_make("{ss ss sb so so s{ss}}", "id",
		json_str(comment, "id"), "body", body, "public",
		json_true(comment, "public"), "author",
		customer_show(x, json_str(comment, "author")), "created",
		jsm_date(json_int(comment, "created", 0), zone_of(x)),
		"_links", "self", self);
}

static void list_comments(struct exchange *x)
{
	const cJSON *issue = request_or_404(x);
	bool public = !same(param(x, "public"), "false");
	bool internal = !same(param(x, "internal"), "false") &&
		may_edit(x->actor);
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(issue, "comments"))
		if (json_true(one, "public") ? public : internal)
			json_push(list, comment_show(x, issue, one));
	if (issue != NULL)
		jsm_page(x, list);
	else
		cJSON_Delete(list);
}

static void add_comment(struct exchange *x)
{
	cJSON *issue = request_or_404(x);
	const char *body = json_str(x->json, "body");

	if (issue == NULL)
		return;
	if (body == NULL || *body == '\0' ||
		!cJSON_IsBool(json_get(x->json, "public"))) {
		jira_error(x, 400, body == NULL || *body == '\0'
			? "Comment body can not be empty!"
			: "The public flag is required.");
		return;
	}
	if (!json_true(x->json, "public") && !may_edit(x->actor)) {
		jira_error(x, 403, "Customers can only add public comments.");
		return;
	}
	if (strlen(body) > 32767) {
		jira_error(x, 400, "The entered text is too long. It exceeds "
			"the allowed limit of 32,767 characters.");
		return;
	}
	reply_json(x, 201, comment_show(x, issue, comment_add(issue,
		json_str(x->actor, "accountId"), adf_from_text(body),
		json_true(x->json, "public"))));
}

static void list_approvals(struct exchange *x)
{
	const cJSON *issue = request_or_404(x);

	if (issue != NULL)
		jsm_page(x, approvals_show(x, issue));
}

static void get_approval(struct exchange *x)
{
	const cJSON *issue = request_or_404(x);
	const cJSON *one = json_find(json_get(issue, "approvals"), "id",
		x->arg[1]);

	if (issue == NULL)
		return;
	if (one == NULL)
		jira_error(x, 404, "The approval does not exist.");
	else
		reply_json(x, 200, approval_show(x, issue, one));
}

static void answer_approval(struct exchange *x)
{
	cJSON *issue = request_or_404(x);
	const char *decision = json_str(x->json, "decision");
	bool approve = same(decision, "approve");

	if (issue == NULL)
		return;
	if (!approve && !same(decision, "decline")) {
		jira_error(x, 400, "The decision must be approve or "
			"decline.");
		return;
	}
	switch (approval_answer(issue, x->arg[1], x->actor, approve)) {
	case 200:
		reply_json(x, 200, approval_show(x, issue,
			json_find(json_get(issue, "approvals"), "id",
				x->arg[1])));
		break;
	case 403:
		jira_error(x, 403, "You do not have permission to answer "
			"this approval.");
		break;
	case 409:
		jira_error(x, 409, "The approval has already been answered "
			"or completed.");
		break;
	default:
		jira_error(x, 404, "The approval does not exist.");
	}
}

static void get_transitions(struct exchange *x)
{
	const cJSON *issue = request_or_404(x);

	if (issue != NULL)
		jsm_page(x, workflow_transitions(x, issue, true));
}

static void run_transition(struct exchange *x)
{
	cJSON *issue = request_or_404(x);
	const char *comment = json_str(json_get(x->json, "additionalComment"),
		"body");
	const char *me = json_str(x->actor, "accountId");

	if (issue == NULL)
		return;
	const cJSON *one = workflow_transition(issue, json_str(x->json, "id"),
		x->actor, true);
	if (one == NULL) {
		jira_error(x, 400, "The transition is not available to "
			"customers.");
		return;
	}
	cJSON *items = cJSON_CreateArray();
	workflow_enter(issue, json_str(one, "to"), NULL, items);
	issue_log(issue, me, items);
	if (comment != NULL)
		comment_add(issue, me, adf_from_text(comment), true);
	reply_empty(x, 204);
}

static void list_participants(struct exchange *x)
{
	const cJSON *issue = request_or_404(x);
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(issue, "participants"))
		json_push(list, customer_show(x, cJSON_GetStringValue(one)));
	if (issue != NULL)
		jsm_page(x, list);
	else
		cJSON_Delete(list);
}

static void change_participants(struct exchange *x)
{
	cJSON *issue = request_or_404(x);
	cJSON *list = json_get(issue, "participants");
	const cJSON *one;

	if (issue == NULL)
		return;
	cJSON_ArrayForEach(one, json_get(x->json, "accountIds")) {
		const char *account = cJSON_GetStringValue(one);

		for (int i = cJSON_GetArraySize(list); i-- > 0;)
			if (same(cJSON_GetStringValue(cJSON_GetArrayItem(list,
				    i)), account))
				cJSON_DeleteItemFromArray(list, i);
		if (same(x->method, "POST") && world_account(account) != NULL)
			json_push_str(list, account);
	}
	list_participants(x);
}

const struct route jsm_routes[] = {
	{ "POST", DESK "/request", create_request, NULL, false },
	{ "GET", DESK "/request/{}", get_request, NULL, false },
	{ "GET", DESK "/request/{}/comment", list_comments, NULL, false },
	{ "POST", DESK "/request/{}/comment", add_comment, NULL, false },
	{ "GET", DESK "/request/{}/approval", list_approvals, NULL, false },
	{ "GET", DESK "/request/{}/approval/{}", get_approval, NULL, false },
	{ "POST", DESK "/request/{}/approval/{}", answer_approval, NULL,
		false },
	{ "GET", DESK "/request/{}/transition", get_transitions, NULL,
		false },
	{ "POST", DESK "/request/{}/transition", run_transition, NULL,
		false },
	{ "GET", DESK "/request/{}/participant", list_participants, NULL,
		false },
	{ "POST", DESK "/request/{}/participant", change_participants, NULL,
		false },
	{ "DELETE", DESK "/request/{}/participant", change_participants,
		NULL, false },
	{ 0 },
};
