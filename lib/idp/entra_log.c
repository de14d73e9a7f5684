/* Entra's logs: when someone last signed in, to the organisation or to an
 * application, and who put someone into a group.
 * Source: Microsoft Graph, signInActivity, signin-list, directoryaudit-list. */
#include <string.h>

#include "entra.h"
#include "seen.h"
#include "text.h"

enum {
	KEPT_DAYS = 30,
	TRIES = 3,
};

/* Below LOG_QUIET it is the count of refusals. */
enum use_stage {
	USE_ASKED = 0,
	LOG_QUIET = 100,	/* room for the count of empty pages */
	LOG_RENEWED = 200,	/* tokens were renewed, nobody knows whose */
};

#define SIGN_INS "/auditLogs/signIns?$filter={}&$top=100"
#define AUDITS "/auditLogs/directoryAudits?$filter={}&$orderby={}&$top=100"

static const struct idp_use_seen of_activity = {
	.source = "entra signInActivity (organisation sign-in)",
};

static const struct idp_use_seen of_sign_ins = {
	.source = "entra sign-in log: interactive sign-ins to the application",
	.of_application = true,
};

#define NO_RIGHT "the application may not read sign-ins, see lapse-entra(7)"
#define NO_LICENCE "sign-ins are not to be had: no Microsoft Entra ID P1 "     \
	"licence, or a cloud without them"
#define NO_SUCCESS "no successful sign-in is shown, as of who never signed "   \
	"in, or not since December 2023"
#define NO_DATE "the reply says no date, so how far back the log goes is open"
#define RENEWED "no interactive sign-in, but access was renewed without one, " \
	"and the log does not list for which application"

static const char *why_refused(const struct remote *r,
	const struct http_response *last)
{
	struct lapse_err why = {0};

	return entra_refused(r, HTTP_GET, last, &why) == LAPSE_EAUTH
		? NO_RIGHT : NO_LICENCE;
}

/* OData knows no value but a quoted one and a bare time. */
static void add_since(struct buf *filter, const char *what, int64_t since)
{
	char text[WHEN_TEXT];

	if (since > 0)
		buf_fmt(filter, " and %s ge %s", what,
			when_time(since, text));
}

/* A time of a user's activity; WHEN_NONE where there was none. */
static int64_t activity_at(struct json activity, const char *key)
{
	const char *text = json_text(activity, key, JSON_MAY);

	if (text == NULL || strncmp(text, "0001-", 5) == 0)
		return WHEN_NONE;
	return json_time(activity, key, JSON_MAY);
}

/* ---- Last use ---- */

static int check_application(const struct remote *r, const char *id,
	struct lapse_err *err)
{
	AUTO_BUF shown = {0};

	if (id == NULL || entra_is_guid(id))
		return 0;
	text_line(&shown, id);
	return lapse_fail(err, LAPSE_EREFUSED,
		"%s: '%s': not the application (client) id of an application, "
		"which is as Entra shows it: 12ab34cd-56ef-... in lower case",
		r->name, buf_text(&shown));
}

/* The refusals are for the step: tenants that have licence and permission are
 * refused now and then. Source: microsoftgraph/microsoft-graph-docs#14118. */
static int ask_activity(const struct remote *r, const struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	int rc = entra_check_id(r, "user", op->user, err);

	if (rc >= 0)
		rc = check_application(r, op->key, err);
	if (rc < 0)
		return rc;
	ret->expect[1] = 403;
	ret->expect[2] = 400;
	return entra_send_gone(ret, op_send(ret, err, HTTP_GET,
		"/users/{}?$select=id,userPrincipalName,signInActivity",
		op->user, NULL));
}

static int ask_sign_ins(struct op *op, bool quiet, int64_t since,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF filter = {0};

	op->stage = quiet ? LOG_QUIET : LOG_RENEWED;
	buf_fmt(&filter, "userId eq '%s' and appId eq '%s'", op->user,
		op->key);
	add_since(&filter, "createdDateTime", since);
	if (filter.failed)
		return lapse_fail_nomem(err);
	ret->expect[0] = 403;
	return op_send(ret, err, HTTP_GET, SIGN_INS, buf_text(&filter), NULL);
}

/* The log lists interactive sign-ins only. That there was none says nothing
 * where access was renewed without one meanwhile, so that is looked at too;
 * not shown at all is not "not renewed". */
static int take_activity(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json activity;
	struct idp_user u;
	int64_t since = seen_reach(op->at, last->date, KEPT_DAYS);
	int64_t renewed;
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	entra_user(json_root(doc), NULL, true, &u);
	activity = json_object(json_root(doc), "signInActivity", JSON_MAY);
	renewed = activity_at(activity, "lastNonInteractiveSignInDateTime");
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(u.id, op->user) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another user", r->name,
			op->user);
	if (op->key == NULL)
		return u.last_login_known
			? seen_used(op, of_activity, u.last_login_at, err)
			: seen_unknown(op, of_activity, NO_SUCCESS, err);
	if (since == WHEN_NONE)
		return seen_unknown(op, of_sign_ins, NO_DATE, err);
	return ask_sign_ins(op, renewed != WHEN_NONE && renewed < since, since,
		ret, err);
}

static bool is_sign_in(const struct op *op, struct json at)
{
	const char *user = json_text(at, "userId", JSON_MUST);
	const char *app = json_text(at, "appId", JSON_MUST);
	struct json status = json_object(at, "status", JSON_MAY);

	/* 0: it succeeded. Source: Microsoft Graph, signInStatus. */
	return user != NULL && app != NULL && strcmp(user, op->user) == 0 &&
		strcmp(app, op->key) == 0 &&
		json_int(status, "errorCode", JSON_MAY) == 0;
}

static int take_sign_ins(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct seen_event latest = {0};
	int base = op->stage < LOG_RENEWED ? LOG_QUIET : LOG_RENEWED;
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	for (struct json i = json_first(entra_list(doc)); json_valid(i);
		i = json_next(i)) {
		int64_t at = json_time(i, "createdDateTime", JSON_MUST);

		if (is_sign_in(op, i))
			seen_keep_latest(&latest, i, at);
	}
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (json_valid(latest.event))
		return seen_used(op, of_sign_ins, latest.at, err);
	rc = entra_next_page(r, op, base, doc, ret, err);
	if (rc == OP_SEND)
		ret->expect[0] = 403;
	if (rc != OP_DONE)
		return rc;
	if (base == LOG_RENEWED)
		return seen_unknown(op, of_sign_ins, RENEWED, err);
	return seen_not_since(op, of_sign_ins, seen_reach(op->at, last->date,
		KEPT_DAYS), err);
}

int entra_last_use(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	bool refused = last != NULL &&
		(last->status == 403 || last->status == 400);
	bool log = op->stage >= LOG_QUIET;

	if (last == NULL)
		return ask_activity(r, op, ret, err);
	if (refused && !entra_is_error(last))
		return entra_refused(r, HTTP_GET, last, err);
	if (refused && !log && ++op->stage < TRIES)
		return ask_activity(r, op, ret, err);
	if (refused)
		return seen_unknown(op, op->key != NULL ? of_sign_ins
			: of_activity, why_refused(r, last), err);
	if (log)
		return take_sign_ins(r, op, last, ret, err);
	return last->status == 404 ? entra_done_gone(r, op, last, err)
				   : take_activity(r, op, last, ret, err);
}

/* ---- Who added ---- */

static int ask_adds(const struct remote *r, const struct op *op,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF filter = {0};
	int rc = entra_check_id(r, "group", op->group, err);

	if (rc >= 0)
		rc = entra_check_id(r, "user", op->user, err);
	if (rc < 0)
		return rc;
	buf_str(&filter, "activityDisplayName eq 'Add member to group'");
	add_since(&filter, "activityDateTime", op->at);
	buf_fmt(&filter, " and targetResources/any(t:t/id eq '%s')",
		op->user);
	if (filter.failed)
		return lapse_fail_nomem(err);
	ret->expect[0] = 403;
	return op_send(ret, err, HTTP_GET, AUDITS, buf_text(&filter),
		"activityDateTime desc", NULL);
}

/* Of a target's changed properties the group is one: its id as JSON in a
 * text. */
static bool changes_group(struct json target, const char *group)
{
	struct json list = json_array(target, "modifiedProperties", JSON_MAY);
	bool found = false;

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *name = json_text(i, "displayName", JSON_MAY);
		const char *value = json_text(i, "newValue", JSON_MAY);

		if (name != NULL && value != NULL &&
			strcmp(name, "Group.ObjectID") == 0 &&
			strstr(value, group) != NULL)
			found = true;
	}
	return found;
}

/* The group is a target of its own, or a property of the user's. */
static bool is_add(const struct op *op, struct json at)
{
	const char *what = json_text(at, "activityDisplayName", JSON_MUST);
	const char *result = json_text(at, "result", JSON_MAY);
	struct json list = json_array(at, "targetResources", JSON_MUST);
	bool user = false, group = false;

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *id = json_text(i, "id", JSON_MUST);

		user = user || (id != NULL && strcmp(id, op->user) == 0);
		group = group || (id != NULL && strcmp(id, op->group) == 0) ||
			changes_group(i, op->group);
	}
	return user && group && what != NULL &&
		strcmp(what, "Add member to group") == 0 &&
		(result == NULL || strcmp(result, "failure") != 0);
}

static const char *either(struct json at, const char *key, const char *other)
{
	const char *text = json_text(at, key, JSON_MAY);

	return text != NULL && *text != '\0' ? text
		: json_text(at, other, JSON_MAY);
}

/* A person, or an application; at times neither is named. */
static void put_actor(struct json at, struct idp_added *ret)
{
	struct json by = json_object(at, "initiatedBy", JSON_MUST);
	struct json user = json_object(by, "user", JSON_MAY);
	struct json app = json_object(by, "app", JSON_MAY);
	bool person = json_valid(user);

	ret->actor = person ? either(user, "userPrincipalName", "id")
			    : either(app, "appId", "servicePrincipalId");
	ret->actor_name = json_text(person ? user : app, "displayName",
		JSON_MAY);
	if (ret->actor == NULL)
		ret->actor = "";
}

static int take_adds(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct seen_event latest = {0};
	struct idp_added a = {.source = "entra directory audit log"};
	int rc = entra_open(&doc, r, last, err);

	if (rc < 0)
		return rc;
	for (struct json i = json_first(entra_list(doc)); json_valid(i);
		i = json_next(i)) {
		int64_t at = json_time(i, "activityDateTime", JSON_MUST);

		if (is_add(op, i))
			seen_keep_latest(&latest, i, at);
	}
	if (json_valid(latest.event))
		put_actor(latest.event, &a);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	a.at = latest.at;
	if (json_valid(latest.event))
		return seen_added(op, &a, err);
	rc = entra_next_page(r, op, 0, doc, ret, err);
	if (rc == OP_SEND)
		ret->expect[0] = 403;
	return rc == OP_DONE ? entra_done(op, OP_NONE) : rc;
}

int entra_added_by(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	if (last == NULL)
		return ask_adds(r, op, ret, err);
	if (last->status != 403)
		return take_adds(r, op, last, ret, err);
	return entra_is_error(last) ? entra_done(op, OP_UNSUPPORTED)
				    : entra_refused(r, HTTP_GET, last, err);
}

/* ---- For doctor ---- */

int entra_probe_audits(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc;

	if (last == NULL) {
		ret->expect[0] = 403;
		return op_send(ret, err, HTTP_GET,
			"/auditLogs/directoryAudits?$top=1", NULL);
	}
	if (last->status == 403) {
		op->ret = (void *)(uintptr_t)"it may not: who added a member "
			"stays unknown";
		return entra_is_error(last) ? entra_done(op, OP_NONE)
			: entra_refused(r, HTTP_GET, last, err);
	}
	rc = entra_open(&doc, r, last, err);
	return rc < 0 ? rc : entra_done(op, OP_FOUND);
}
