/*
 * workflow.c - statuses, transitions and approvals, all from the seed.
 *
 * Approvals as Jira Service Management has them: entering a status that is
 * configured for approval starts a new one; while it is pending its
 * approvers follow the Approvers field; a decision that meets the quorum
 * settles it and runs the configured transition at once, in the name of
 * the person who decided. Leaving the status any other way leaves the
 * approval pending for ever, and no longer answerable.
 */
#include "jira.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "world.h"

cJSON *status_of(const char *id)
{
	return json_find(json_get(world_jira(), "statuses"), "id", id);
}

cJSON *workflow_of(const cJSON *issue)
{
	cJSON *workflow;

	cJSON_ArrayForEach(workflow, json_get(world_jira(), "workflows"))
		if (json_has_text(json_get(workflow, "issueTypes"),
			    json_str(issue, "type")))
			return workflow;
	return NULL;
}

const char *workflow_initial(const char *type)
{
	autojson *issue = json_make("{ss}", "type", type);

	return json_str(workflow_of(issue), "initial");
}

static bool is_reporter(const cJSON *actor, const cJSON *issue)
{
	return same(json_str(json_get(issue, "values"), "reporter"),
		json_str(actor, "accountId"));
}

static bool may_run(const cJSON *transition, const cJSON *issue,
	const cJSON *actor)
{
	const cJSON *who = json_get(transition, "who");
	const cJSON *role;

	if (json_has_text(who, "anyone") ||
		(json_has_text(who, "reporter") && is_reporter(actor, issue)))
		return true;
	cJSON_ArrayForEach(role, who)
		if (may_act_as(actor, cJSON_GetStringValue(role)))
			return true;
	return false;
}

static bool offered(const cJSON *transition, const cJSON *issue,
	const cJSON *actor, bool portal)
{
	const cJSON *from = json_get(transition, "from");
	bool enforced = json_true(workflow_of(issue), "enforced");

	if (json_true(transition, "approval") && (enforced || portal))
		return false;
	return (!portal || json_true(transition, "portal")) &&
	       (json_has_text(from, "*") ||
		       json_has_text(from, json_str(issue, "status"))) &&
	       may_run(transition, issue, actor);
}

cJSON *workflow_transition(const cJSON *issue, const char *id,
	const cJSON *actor, bool portal)
{
	cJSON *one = json_find(json_get(workflow_of(issue), "transitions"),
		"id", id);

	return one != NULL && offered(one, issue, actor, portal) ? one : NULL;
}

static cJSON *screen_show(const cJSON *transition)
{
	cJSON *fields = cJSON_CreateObject();
	cJSON *allowed = cJSON_CreateArray();

	if (json_has_text(json_get(transition, "screen"), "resolution")) {
		const cJSON *one;

		cJSON_ArrayForEach(one, json_get(world_jira(), "resolutions"))
			json_push(allowed, cJSON_Duplicate(one, true));
		json_put(fields, "resolution", json_make(
			"{sb s{ssss} ss ss s[s] so}", "required", true,
			"schema", "type", "resolution", "system",
			"resolution", "name", "Resolution", "key",
			"resolution", "operations", "set", "allowedValues",
			allowed));
	} else {
		cJSON_Delete(allowed);
	}
	return fields;
}

cJSON *workflow_transitions(struct exchange *x, const cJSON *issue,
	bool portal)
{
	const char *expand = param(x, "expand");
	bool fields = expand != NULL &&
		strstr(expand, "transitions.fields") != NULL;
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(workflow_of(issue), "transitions")) {
		if (!offered(one, issue, x->actor, portal))
			continue;
		cJSON *shown = json_make("{ss ss}", "id", json_str(one, "id"),
			"name", json_str(one, "name"));

		json_push(list, shown);
		if (portal)
			continue;
		json_put(shown, "to", status_show(x, json_str(one, "to")));
		json_put_bool(shown, "hasScreen",
			json_get(one, "screen") != NULL);
		json_put_bool(shown, "isGlobal",
			json_has_text(json_get(one, "from"), "*"));
		json_put_bool(shown, "isInitial", false);
		json_put_bool(shown, "isAvailable", true);
		json_put_bool(shown, "isConditional",
			!json_has_text(json_get(one, "who"), "anyone"));
		json_put_bool(shown, "isLooped", false);
		if (fields)
			json_put(shown, "fields", screen_show(one));
	}
	return list;
}

static cJSON *approvers_now(const cJSON *issue, const cJSON *approval)
{
	const cJSON *config = json_get(status_of(json_str(approval,
		"status")), "approval");
	cJSON *list = json_get(json_get(issue, "values"),
		json_str(config, "fieldId"));

	return cJSON_IsArray(list) ? cJSON_Duplicate(list, true)
				   : cJSON_CreateArray();
}

static bool open_now(const cJSON *issue, const cJSON *approval)
{
	return same(json_str(approval, "finalDecision"), "pending") &&
	       json_get(approval, "frozen") == NULL &&
	       same(json_str(approval, "status"), json_str(issue, "status"));
}

/* An approval that is settled or left behind keeps the approvers that it
 * had then. */
static cJSON *approvers_of(const cJSON *issue, const cJSON *approval)
{
	const cJSON *frozen = json_get(approval, "frozen");

	return frozen != NULL ? cJSON_Duplicate(frozen, true)
			      : approvers_now(issue, approval);
}

static void freeze_approvals(cJSON *issue)
{
	cJSON *approval;

	cJSON_ArrayForEach(approval, json_get(issue, "approvals"))
		if (json_get(approval, "frozen") == NULL)
			json_put(approval, "frozen",
				approvers_now(issue, approval));
}

static void start_approval(cJSON *issue)
{
	const cJSON *status = status_of(json_str(issue, "status"));

	if (json_get(status, "approval") == NULL)
		return;
	autotext *id = text("%lld", (long long)world_next("approval"));
	json_push(json_list(issue, "approvals"),
		json_make("{ss ss ss ss sI s{}}", "id", id,
			"name", json_str(status, "name"),
			"status", json_str(status, "id"),
			"finalDecision", "pending", "created", clock_ms(),
			"decisions"));
}

/* The move itself; the caller logs the items. A status says in the seed
 * which resolution entering it sets: none clears it. */
void workflow_enter(cJSON *issue, const char *status,
	const char *resolution, cJSON *items)
{
	const cJSON *to = status_of(status);
	const cJSON *from = status_of(json_str(issue, "status"));

	freeze_approvals(issue);
	json_push(items, json_make("{ss ss ss ss ss ss ss}",
		"field", "status", "fieldtype", "jira", "fieldId", "status",
		"from", json_str(from, "id"),
		"fromString", json_str(from, "name"),
		"to", json_str(to, "id"), "toString", json_str(to, "name")));
	json_put_str(issue, "status", status);
	json_put_int(issue, "statusAt", clock_ms());
	if (resolution == NULL)
		resolution = json_str(to, "resolution");
	issue_set(issue, "resolution", resolution == NULL
		? cJSON_CreateNull() : cJSON_CreateString(resolution), items);
	start_approval(issue);
}

bool approval_names(const cJSON *issue, const char *account)
{
	const cJSON *approval;

	cJSON_ArrayForEach(approval, json_get(issue, "approvals")) {
		autojson *list = approvers_of(issue, approval);

		if (json_has_text(list, account))
			return true;
	}
	return false;
}

static const char *decision_of(const cJSON *approval, const char *account)
{
	const char *decision = json_str(json_get(approval, "decisions"),
		account);

	return decision != NULL ? decision : "pending";
}

/* "approved", "declined" or NULL: not settled yet. */
static const char *outcome(const cJSON *issue, const cJSON *approval)
{
	const cJSON *config = json_get(status_of(json_str(approval,
		"status")), "approval");
	autojson *list = approvers_of(issue, approval);
	int64_t value = json_int(config, "conditionValue", 1);
	int64_t all = cJSON_GetArraySize(list), yes = 0;
	const cJSON *one;

	cJSON_ArrayForEach(one, list) {
		const char *decision = decision_of(approval,
			cJSON_GetStringValue(one));

		if (same(decision, "declined"))
			return "declined";
		yes += same(decision, "approved");
	}
	if (same(json_str(config, "conditionType"), "percent"))
		return yes * 100 >= value * all ? "approved" : NULL;
	return yes >= value || yes == all ? "approved" : NULL;
}

static void settle(cJSON *issue, cJSON *approval, const char *decision,
	const char *author)
{
	const cJSON *config = json_get(status_of(json_str(approval,
		"status")), "approval");
	bool approved = same(decision, "approved");
	const cJSON *transition = json_find(
		json_get(workflow_of(issue), "transitions"), "id",
		json_str(config, approved ? "approved" : "rejected"));
	cJSON *items = cJSON_CreateArray();

	json_put_str(approval, "finalDecision", decision);
	json_put_int(approval, "completed", clock_ms());
	if (transition != NULL)
		workflow_enter(issue, json_str(transition, "to"), NULL, items);
	issue_log(issue, author, items);
}

int approval_answer(cJSON *issue, const char *id, const cJSON *actor,
	bool approve)
{
	cJSON *approval = json_find(json_get(issue, "approvals"), "id", id);
	const char *account = json_str(actor, "accountId");

	if (approval == NULL)
		return 404;
	if (!same(json_str(approval, "finalDecision"), "pending") ||
		!same(decision_of(approval, account), "pending"))
		return 409;
	autojson *list = approvers_of(issue, approval);
	if (!json_has_text(list, account) || !open_now(issue, approval))
		return 403;
	json_put_str(json_get(approval, "decisions"), account,
		approve ? "approved" : "declined");
	issue_touch(issue);
	const char *decision = outcome(issue, approval);
	if (decision != NULL)
		settle(issue, approval, decision, account);
	return 200;
}

static cJSON *approver_show(struct exchange *x, const char *account,
	const cJSON *approval)
{
	const char *decision = decision_of(approval, account);

	return json_make("{so ss}", "approver", customer_show(x, account),
		"approverDecision", decision);
}

cJSON *approval_show(struct exchange *x, const cJSON *issue,
	const cJSON *approval)
{
	const char *me = json_str(x->actor, "accountId");
	autojson *list = approvers_of(issue, approval);
	autotext *self = text("%s/rest/servicedeskapi/request/%s/approval/%s",
		x->base, json_str(issue, "id"), json_str(approval, "id"));
	cJSON *approvers = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
		json_push(approvers, approver_show(x,
			cJSON_GetStringValue(one), approval));
	bool can = json_has_text(list, me) && open_now(issue, approval) &&
		same(decision_of(approval, me), "pending");
	cJSON *shown = json_make("{ss ss ss sb so so s{ss}}",
		"id", json_str(approval, "id"),
		"name", json_str(approval, "name"),
		"finalDecision", json_str(approval, "finalDecision"),
		"canAnswerApproval", can, "approvers", approvers,
		"createdDate", jsm_date(json_int(approval, "created", 0),
			zone_of(x)),
		"_links", "self", self);
	if (json_get(approval, "completed") != NULL)
		json_put(shown, "completedDate", jsm_date(
			json_int(approval, "completed", 0), zone_of(x)));
	return shown;
}

cJSON *approvals_show(struct exchange *x, const cJSON *issue)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(issue, "approvals"))
		json_push(list, approval_show(x, issue, one));
	return list;
}
