/* Okta's System Log: when someone last signed on to an application, and who
 * put someone into a group. Without an application it is the last sign-in to
 * Okta itself, which the user shows.
 * Source: Okta API, "System Log query"; Okta Management API, listLogEvents. */
#include <string.h>

#include "okta.h"
#include "seen.h"
#include "text.h"

enum {
	KEPT_DAYS = 90,
};

enum log_stage {
	LOG_USER = 0,
	LOG_FIRST = 100,	/* room for the count of empty pages */
	LOG_AGAIN = 200,	/* asked a second time, within what is kept */
};

#define LOGS "/api/v1/logs?since={}&filter={}&sortOrder=DESCENDING&limit=100"

static const struct idp_use_seen of_login = {
	.source = "okta lastLogin (organisation sign-in)",
};

static const struct idp_use_seen of_sign_on = {
	.source = "okta system log: sign-on to the application",
	.of_application = true,
};

#define NO_RIGHT "the credential may not read the system log, see lapse-okta(7)"
#define NO_DATE "the reply says no date, so how far back the log goes is open"

/* Passes rc on; a refusal is for the step. */
static int log_send(struct http_request *ret, int rc)
{
	ret->expect[0] = 403;
	return rc;
}

/* ---- One event ---- */

/* Which of the targets is which type goes by no order.
 * Source: Okta Management API, LogEvent. */
static bool targets(struct json event, const char *id)
{
	struct json list = json_array(event, "target", JSON_MUST);
	bool found = false;

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *one = json_text(i, "id", JSON_MUST);

		if (one != NULL && strcmp(one, id) == 0)
			found = true;
	}
	return found;
}

/* The event of a sign-on tells of the attempt. */
static bool failed(struct json event)
{
	const char *result = json_text(json_object(event, "outcome", JSON_MAY),
		"result", JSON_MAY);

	return result != NULL && (strcmp(result, "FAILURE") == 0 ||
		strcmp(result, "DENY") == 0);
}

static bool is_of(struct json event, const char *type)
{
	const char *is = json_text(event, "eventType", JSON_MUST);

	return is != NULL && strcmp(is, type) == 0;
}

typedef bool wanted(const struct op *op, struct json event);

static bool is_sign_on(const struct op *op, struct json event)
{
	const char *actor = json_text(json_object(event, "actor", JSON_MUST),
		"id", JSON_MUST);
	bool there = targets(event, op->key);
	bool fits = is_of(event, "user.authentication.sso");

	return fits && there && !failed(event) && actor != NULL &&
		strcmp(actor, op->user) == 0;
}

static bool is_add(const struct op *op, struct json event)
{
	bool user = targets(event, op->user);
	bool group = targets(event, op->group);
	bool fits = is_of(event, "group.user_membership.add");

	return fits && user && group && !failed(event);
}

/* The filter was asked for, but what comes is compared here. */
static int read_page(const struct remote *r, const struct op *op,
	struct json_doc *doc, wanted *want, struct seen_event *ret,
	struct lapse_err *err)
{
	struct json list = json_root(doc);

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		int64_t at = json_time(i, "published", JSON_MUST);

		if (want(op, i))
			seen_keep_latest(ret, i, at);
	}
	return json_check(doc, r->name, err);
}

/* ---- Last use ---- */

static int ask_sign_ons(struct op *op, int64_t since,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF filter = {0};
	char text[WHEN_TEXT];

	op->stage = LOG_FIRST;
	buf_str(&filter, "eventType eq \"user.authentication.sso\" and "
		"actor.id eq ");
	okta_quote(&filter, op->user);
	buf_str(&filter, " and target.id eq ");
	okta_quote(&filter, op->key);
	if (filter.failed)
		return lapse_fail_nomem(err);
	return log_send(ret, op_send(ret, err, HTTP_GET, LOGS,
		when_time(since, text), buf_text(&filter), NULL));
}

/* null is "never signed in", of which Okta itself says "since the account was
 * made"; what is not shown at all is not. Source: Okta, automations, user
 * inactivity; Okta Management API, User. */
static int take_login(struct op *op, struct json user,
	const struct idp_user *u, struct lapse_err *err)
{
	if (!json_valid(json_at(user, "lastLogin")))
		return seen_unknown(op, of_login,
			"the user is shown without lastLogin", err);
	if (u->last_login_at != WHEN_NONE)
		return seen_used(op, of_login, u->last_login_at, err);
	return seen_not_since(op, of_login, u->created_at, err);
}

static int take_user(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	AUTO_BUF name = {0};
	struct idp_user u;
	int rc = okta_open(&doc, r, last, false, err);

	if (rc < 0)
		return rc;
	okta_user(json_root(doc), NULL, &name, &u);
	rc = json_check(doc, r->name, err);
	if (rc < 0)
		return rc;
	if (strcmp(u.id, op->user) != 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': the reply is about another user", r->name,
			op->user);
	if (op->key == NULL)
		return take_login(op, json_root(doc), &u, err);
	if (last->date == WHEN_NONE)
		return seen_unknown(op, of_sign_on, NO_DATE, err);
	return ask_sign_ons(op, seen_reach(op->at, last->date, KEPT_DAYS), ret,
		err);
}

static int take_sign_ons(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct seen_event latest = {0};
	int rc = okta_open(&doc, r, last, true, err);

	if (rc >= 0)
		rc = read_page(r, op, doc, is_sign_on, &latest, err);
	if (rc < 0)
		return rc;
	if (json_valid(latest.event))
		return seen_used(op, of_sign_on, latest.at, err);
	rc = okta_next_page(r, op, LOG_FIRST, json_root(doc), last, ret, err);
	if (rc != OP_DONE)
		return log_send(ret, rc);
	return seen_not_since(op, of_sign_on, seen_reach(op->at, last->date,
		KEPT_DAYS), err);
}

/* The user is read first: for whether there is one, and for the service's own
 * time, since the log refuses to be asked about what it does not keep. */
int okta_last_use(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return okta_send_gone(ret, op_send(ret, err, HTTP_GET,
			"/api/v1/users/{}", op->user, NULL));
	if (op->stage == LOG_USER)
		return last->status == 404 ? okta_done_gone(r, op, last, err)
			: take_user(r, op, last, ret, err);
	if (last->status != 403)
		return take_sign_ons(r, op, last, ret, err);
	rc = okta_check_denied(r, last, err);
	return rc < 0 ? rc : seen_unknown(op, of_sign_on, NO_RIGHT, err);
}

/* ---- Who added ---- */

static int ask_adds(struct op *op, int stage, int64_t since,
	struct http_request *ret, struct lapse_err *err)
{
	AUTO_BUF filter = {0};
	char text[WHEN_TEXT];

	op->stage = stage;
	buf_str(&filter, "eventType eq \"group.user_membership.add\" and "
		"target.id eq ");
	okta_quote(&filter, op->user);
	buf_str(&filter, " and target.id eq ");
	okta_quote(&filter, op->group);
	if (filter.failed)
		return lapse_fail_nomem(err);
	if (stage == LOG_FIRST)
		ret->expect[1] = 400;
	return log_send(ret, op_send(ret, err, HTTP_GET, LOGS,
		when_time(since > 0 ? since : 0, text), buf_text(&filter),
		NULL));
}

static int take_adds(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct seen_event latest = {0};
	struct idp_added a = {.source = "okta system log"};
	struct json actor;
	const char *id;
	int rc = okta_open(&doc, r, last, true, err);

	if (rc >= 0)
		rc = read_page(r, op, doc, is_add, &latest, err);
	if (rc < 0)
		return rc;
	if (!json_valid(latest.event)) {
		rc = okta_next_page(r, op, op->stage < LOG_AGAIN ? LOG_FIRST
			: LOG_AGAIN, json_root(doc), last, ret, err);
		return rc == OP_DONE ? okta_done(op, OP_NONE)
				     : log_send(ret, rc);
	}
	actor = json_object(latest.event, "actor", JSON_MUST);
	id = json_text(actor, "id", JSON_MUST);
	a.actor = json_text(actor, "alternateId", JSON_MAY);
	a.actor_name = json_text(actor, "displayName", JSON_MAY);
	a.at = latest.at;
	/* "unknown" is Okta's word for one that has no such name. */
	if (a.actor == NULL || strcmp(a.actor, "unknown") == 0)
		a.actor = id;
	rc = json_check(doc, r->name, err);
	return rc < 0 ? rc : seen_added(op, &a, err);
}

/* What is too long ago is a 400 and not a shorter answer, and the refusal has
 * the service's time. Source: Okta API, "System Log query". */
static int too_old(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int64_t since = seen_reach(op->at, last->date, KEPT_DAYS);

	if (since == WHEN_NONE || since <= op->at)
		return okta_refused(r, last, err);
	return ask_adds(op, LOG_AGAIN, since, ret, err);
}

int okta_added_by(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	int rc;

	if (last == NULL)
		return ask_adds(op, LOG_FIRST, op->at, ret, err);
	if (last->status == 400)
		return too_old(r, op, last, ret, err);
	if (last->status != 403)
		return take_adds(r, op, last, ret, err);
	rc = okta_check_denied(r, last, err);
	return rc < 0 ? rc : okta_done(op, OP_UNSUPPORTED);
}

/* ---- For doctor ---- */

/* Who added a member and when an application was last used can be done
 * without: then they stay unknown. */
int okta_probe_log(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc;

	if (last == NULL)
		return log_send(ret, op_send(ret, err, HTTP_GET,
			"/api/v1/logs?limit=1", NULL));
	if (last->status != 403) {
		rc = okta_open(&doc, r, last, true, err);
		return rc < 0 ? rc : okta_done(op, OP_FOUND);
	}
	rc = okta_check_denied(r, last, err);
	op->ret = (void *)(uintptr_t)"it may not: last use of applications and "
		"who added a member stay unknown";
	return rc < 0 ? rc : okta_done(op, OP_UNSUPPORTED);
}
