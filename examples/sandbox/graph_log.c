/*
 * graph_log.c - what an Entra tenant logs: who changed a group, and who signed
 * in to what, interactively.
 * Source: Microsoft Graph v1.0, directoryaudit-list, signin-list.
 */
#include "graph.h"

#include <string.h>

#include "clock.h"
#include "journal.h"
#include "world.h"

#define KEPT_DAYS 30

/* As a person, or as an application. */
static cJSON *initiator(const cJSON *actor)
{
	const char *login = json_str(actor, "userPrincipalName");

	if (login != NULL)
		return json_make("{s{ss ss ss sn} sn}", "user", "id",
			json_str(actor, "id"), "displayName",
			json_str(actor, "displayName"), "userPrincipalName",
			login, "ipAddress", "app");
	return json_make("{sn s{ss ss sn sn}}", "user", "app", "appId",
		json_str(actor, "id"), "displayName",
		json_str(actor, "label"), "servicePrincipalId",
		"servicePrincipalName");
}

static cJSON *target_user(const cJSON *user, const cJSON *group)
{
	autotext *id = text("\"%s\"", json_str(group, "id"));
	autotext *name = text("\"%s\"", json_str(group, "displayName"));

	return json_make("{ss sn ss ss sn s[{ss sn ss}{ss sn ss}]}", "id",
		json_str(user, "id"), "displayName", "type", "User",
		"userPrincipalName", json_str(user, "userPrincipalName"),
		"groupType", "modifiedProperties", "displayName",
		"Group.ObjectID", "oldValue", "newValue", id, "displayName",
		"Group.DisplayName", "oldValue", "newValue", name);
}

void graph_log_member(const char *group, const char *user, bool present,
	const cJSON *actor)
{
	const cJSON *where = graph_group(group);
	autotext *at = clock_iso(clock_ms(), "UTC");
	autotext *at_z = text("%.19sZ", at);
	autotext *id = world_opaque("Directory_", 32);
	autotext *other = world_opaque("", 32);

	journal_add("entra", "audits", clock_ms(), json_make(
		"{ss ss ss ss ss ss ss ss ss so s[o{ss ss ss sn ss s[]}] s[]}",
		"id", id, "category", "GroupManagement", "correlationId",
		other, "result", "success", "resultReason", "",
		"activityDisplayName", present ? "Add member to group"
			: "Remove member from group",
		"activityDateTime", at_z, "loggedByService", "Core Directory",
		"operationType", present ? "Assign" : "Unassign",
		"initiatedBy", initiator(actor), "targetResources",
		target_user(graph_user(user), where), "id", group,
		"displayName", json_str(where, "displayName"), "type",
		"Group", "userPrincipalName", "groupType", "azureAD",
		"modifiedProperties", "additionalDetails"));
}

static void log_sign_in(const cJSON *user, const char *app, int64_t at_ms,
	const char *at)
{
	autotext *id = world_opaque("", 32);

	journal_add("entra", "signIns", at_ms, json_make(
		"{ss ss ss ss ss ss ss sb s{si sn sn}}", "id", id,
		"createdDateTime", at, "userDisplayName",
		json_str(user, "displayName"), "userPrincipalName",
		json_str(user, "userPrincipalName"), "userId",
		json_str(user, "id"), "appId", app, "appDisplayName", app,
		"isInteractive", true, "status", "errorCode", 0,
		"failureReason", "additionalDetails"));
}

/* To sign in to an application is to sign in to the tenant. */
void graph_signed_on(cJSON *user, const char *app, int64_t at_ms)
{
	autotext *local = clock_iso(at_ms, "UTC");
	autotext *at = text("%.19sZ", local);

	json_put(user, "signInActivity", json_make("{ss ss ss}",
		"lastSignInDateTime", at, "lastNonInteractiveSignInDateTime",
		at, "lastSuccessfulSignInDateTime", at));
	if (app != NULL)
		log_sign_in(user, app, at_ms, at);
}

static void list(struct exchange *x, const char *log, const char *context)
{
	cJSON *all;

	if (journal_refused("entra")) {
		graph_denied(x);
		return;
	}
	all = journal_read("entra", log, KEPT_DAYS, 0, NULL, NULL);
	if (graph_filter(x, all))
		graph_page(x, all, context);
	else
		cJSON_Delete(all);
}

static void list_audits(struct exchange *x)
{
	list(x, "audits", "auditLogs/directoryAudits");
}

static void list_sign_ins(struct exchange *x)
{
	if (graph_licensed(x))
		list(x, "signIns", "auditLogs/signIns");
}

const struct route graph_log_routes[] = {
	{ "GET", "/v1.0/auditLogs/directoryAudits", list_audits,
		"AuditLog.Read.All", false },
	{ "GET", "/v1.0/auditLogs/signIns", list_sign_ins,
		"AuditLog.Read.All", false },
	{ 0 },
};
