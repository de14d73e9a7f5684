/* Reading what Google answers: errors, users and groups. No requests are made
 * here.
 *
 * A member without a value is left out of any object, and new members and
 * words may appear at any time. What decides about access must be there all
 * the same: a user without "suspended" is not an active one. */
#include <stdio.h>
#include <string.h>

#include "google.h"
#include "text.h"

enum {
	SAID_MAX = 160,		/* bytes of Google's own words in a message */
	LIST_WAIT_S = 15,	/* of the minute that a quota is counted by */
};

/* ---- Errors ---- */

struct failure {
	char reason[GOOGLE_REASON];
	bool unlicensed;
	struct buf said;
};

static void failure_clear(struct failure *f)
{
	buf_clear(&f->said);
}

#define AUTO_FAILURE __attribute__((cleanup(failure_clear))) struct failure

static void keep_reason(struct failure *f, const char *text)
{
	if (f->reason[0] == '\0' && text != NULL && text_is_id(text))
		snprintf(f->reason, sizeof(f->reason), "%s", text);
}

/* "Error(3005): ..." and 3006: the edition lacks the feature. No other member
 * of the error says so. Source: GoogleCloudPlatform/jit-access. */
static bool says_unlicensed(const char *message)
{
	return message != NULL && (strstr(message, "Error(3005)") != NULL ||
		strstr(message, "Error(3006)") != NULL);
}

/* The Directory API puts its reason into errors[], Cloud Identity has a
 * status, newer errors of both a reason among the details. */
static void read_error(struct json error, struct failure *ret)
{
	struct json errors = json_at(error, "errors");
	struct json details = json_at(error, "details");
	const char *message = json_as_text(json_at(error, "message"));
	AUTO_BUF clean = {0};

	if (json_is_array(errors))
		keep_reason(ret, json_as_text(json_at(json_first(errors),
			"reason")));
	for (struct json i = json_is_array(details) ? json_first(details)
		: (struct json){0}; json_valid(i); i = json_next(i))
		keep_reason(ret, json_as_text(json_at(i, "reason")));
	keep_reason(ret, json_as_text(json_at(error, "status")));
	ret->unlicensed = says_unlicensed(message);
	if (message == NULL)
		return;
	text_line(&clean, message);
	buf_fmt(&ret->said, "%.*s", SAID_MAX, buf_text(&clean));
}

/* Leniently: a body that is not Google's leaves the reason empty. */
static void read_failure(const struct http_response *res, struct failure *ret)
{
	AUTO_JSON *doc = NULL;
	struct json error;

	if (res->body.len == 0 ||
		json_open(&doc, res->body.data, res->body.len, NULL) < 0)
		return;
	error = json_at(json_root(doc), "error");
	if (json_is_object(error))
		read_error(error, ret);
}

struct judgement {
	const char *reason;
	enum verdict verdict;
	int error;
	const char *what;
};

#define QUOTA REPLY_AGAIN_AFTER, LAPSE_EAGAIN, "quota reached"
#define FAILS REPLY_UNCERTAIN, LAPSE_EUNAVAIL, "the service fails"

/* A quota is a 403 as often as a 429. Source: Admin SDK, limits and quotas;
 * GAM, the reasons that it retries. The words are ours. */
static const struct judgement judgements[] = {
	{"userRateLimitExceeded", QUOTA},
	{"rateLimitExceeded", QUOTA},
	{"quotaExceeded", QUOTA},
	{"sharingRateLimitExceeded", QUOTA},
	{"RATE_LIMIT_EXCEEDED", QUOTA},
	{"RESOURCE_EXHAUSTED", QUOTA},
	/* Waiting in this run cannot help. */
	{"dailyLimitExceeded", REPLY_REFUSED, LAPSE_EAGAIN,
		"the quota of the day is used up"},
	{"authError", REPLY_RENEW_TOKEN, LAPSE_EAUTH,
		"the token was rejected"},
	{"UNAUTHENTICATED", REPLY_RENEW_TOKEN, LAPSE_EAUTH,
		"the token was rejected"},
	{"accessNotConfigured", REPLY_DENIED, LAPSE_EAUTH,
		"the API is switched off; enable the Admin SDK API and the "
		"Cloud Identity API in the service account's project"},
	{"SERVICE_DISABLED", REPLY_DENIED, LAPSE_EAUTH,
		"the API is switched off; enable the Admin SDK API and the "
		"Cloud Identity API in the service account's project"},
	{"domainCannotUseApis", REPLY_DENIED, LAPSE_EAUTH,
		"API access is switched off in the Admin console"},
	{"backendError", FAILS},
	{"internalError", FAILS},
	{"serviceNotAvailable", FAILS},
	{"badGateway", FAILS},
	{"gatewayTimeout", FAILS},
	{"transientError", FAILS},
	{"systemError", FAILS},
	/* "Please try again"; the change often lands all the same. */
	{"conflict", REPLY_UNCERTAIN, LAPSE_EUNAVAIL,
		"two changes met; it may have been carried out"},
	{"ABORTED", REPLY_UNCERTAIN, LAPSE_EUNAVAIL,
		"two changes met; it may have been carried out"},
	{"notFound", REPLY_REFUSED, LAPSE_EREFUSED,
		"no such user or group"},
	{"resourceNotFound", REPLY_REFUSED, LAPSE_EREFUSED,
		"no such user or group"},
	{"NOT_FOUND", REPLY_REFUSED, LAPSE_EREFUSED,
		"no such user or group"},
	{"conditionNotMet", REPLY_REFUSED, LAPSE_EREFUSED,
		"not allowed in the group's present state"},
	{"failedPrecondition", REPLY_REFUSED, LAPSE_EREFUSED,
		"not allowed in the present state"},
	{"FAILED_PRECONDITION", REPLY_REFUSED, LAPSE_EREFUSED,
		"not allowed in the present state"},
	{"invalid", REPLY_REFUSED, LAPSE_EREFUSED,
		"the request is not valid"},
	{"INVALID_ARGUMENT", REPLY_REFUSED, LAPSE_EREFUSED,
		"the request is not valid"},
};

static const struct judgement *judgement_of(const char *reason)
{
	for (size_t i = 0; i < sizeof(judgements) / sizeof(*judgements); i++)
		if (strcmp(judgements[i].reason, reason) == 0)
			return &judgements[i];
	return NULL;
}

static void tell(const struct remote *r, const struct failure *f, int code,
	const char *what, struct lapse_err *err)
{
	lapse_fail(err, code, "%s: %s: %s%s%s%s", r->name,
		f->reason[0] != '\0' ? f->reason : "answer", what,
		f->said.len > 0 ? " (" : "", buf_text(&f->said),
		f->said.len > 0 ? ")" : "");
}

static bool is_forbidden(const char *reason)
{
	static const char *const words[] = {"forbidden",
		"insufficientPermissions", "PERMISSION_DENIED",
		"ACCESS_TOKEN_SCOPE_INSUFFICIENT"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i], reason) == 0)
			return true;
	return false;
}

/* Of Cloud Identity it may also mean that there is no such group: it hides
 * what it does not show. On a read nothing can go on without the right. */
static enum verdict forbidden(const struct remote *r, bool write,
	const struct http_response *res, const struct failure *f,
	struct lapse_err *err)
{
	bool scope = strcmp(res->auth_error, "insufficient_scope") == 0 ||
		strcmp(f->reason, "ACCESS_TOKEN_SCOPE_INSUFFICIENT") == 0;

	tell(r, f, write ? LAPSE_EREFUSED : LAPSE_EAUTH,
		scope ? "a scope is missing; add it to the client's domain-wide "
			"delegation"
		      : "no permission; check the role of the administrator "
			"that is acted as, and the scopes",
		err);
	return REPLY_REFUSED;
}

/* No reply names a limit, so that the share of the lists cannot be counted:
 * they make room instead, and what changes or proves one membership goes by
 * the usual backoff. */
static int64_t wait_of(const struct http_request *req,
	const struct http_response *res)
{
	const char *target = buf_text(&req->target);
	bool list = strstr(target, "maxResults=") != NULL ||
		strstr(target, "pageSize=") != NULL;

	if (res->retry_after_s >= 0 || !list)
		return res->retry_after_s;
	return LIST_WAIT_S;
}

static enum verdict without_reason(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const struct failure *f, int64_t *ret_wait_s, struct lapse_err *err)
{
	if (res->status == 401) {
		tell(r, f, LAPSE_EAUTH, "the token was rejected", err);
		return REPLY_RENEW_TOKEN;
	}
	if (res->status == 429) {
		*ret_wait_s = wait_of(req, res);
		tell(r, f, LAPSE_EAGAIN, "quota reached", err);
		return REPLY_AGAIN_AFTER;
	}
	if (res->status < 400 || res->status >= 500 || res->status == 408)
		return remote_classify(r, req, res, ret_wait_s, err);
	if (f->reason[0] != '\0') {
		tell(r, f, LAPSE_EREFUSED, "refused", err);
		return REPLY_REFUSED;
	}
	lapse_fail(err, res->status == 403 ? LAPSE_EAUTH : LAPSE_EPROTO,
		"%s: status %d without a Google error; is a proxy between?",
		r->name, res->status);
	return REPLY_BROKEN;
}

enum verdict google_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err)
{
	AUTO_FAILURE f = {0};
	const struct judgement *j;

	*ret_wait_s = -1;
	read_failure(res, &f);
	if (res->status == 403 && f.unlicensed)
		return REPLY_OK;
	if (is_forbidden(f.reason))
		return forbidden(r, http_request_is_write(req), res, &f, err);
	j = judgement_of(f.reason);
	if (j == NULL)
		return without_reason(r, req, res, &f, ret_wait_s, err);
	if (j->verdict == REPLY_AGAIN_AFTER)
		*ret_wait_s = wait_of(req, res);
	tell(r, &f, j->error, j->what, err);
	return j->verdict;
}

int google_refuse(const struct remote *r, const struct http_response *res,
	struct lapse_err *err)
{
	struct http_request read = {.method = HTTP_GET};
	int64_t wait_s;

	google_classify(r, &read, res, &wait_s, err);
	return err->code;
}

void google_reason(const struct http_response *res, char ret[GOOGLE_REASON])
{
	AUTO_FAILURE f = {0};

	read_failure(res, &f);
	snprintf(ret, GOOGLE_REASON, "%s", f.reason);
}

int google_check_gone(const struct remote *r, const struct http_response *res,
	struct lapse_err *err)
{
	char reason[GOOGLE_REASON];

	google_reason(res, reason);
	if (strcmp(reason, "notFound") == 0 ||
		strcmp(reason, "resourceNotFound") == 0 ||
		strcmp(reason, "NOT_FOUND") == 0)
		return 0;
	return lapse_fail(err, LAPSE_EPROTO,
		"%s: status 404 without Google's \"not found\"; is a proxy "
		"between?", r->name);
}

bool google_lacks_licence(const struct http_response *res)
{
	AUTO_FAILURE f = {0};

	read_failure(res, &f);
	return res->status == 403 && f.unlicensed;
}

/* ---- Objects ---- */

int google_open(struct json_doc **ret, const struct remote *r,
	const struct http_response *res, const char *kind,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	const char *is;
	int rc = json_open(&doc, res->body.data, res->body.len, err);

	if (rc < 0) {
		lapse_prefix(err, "%s", r->name);
		return rc;
	}
	is = json_as_text(json_at(json_root(doc), "kind"));
	if (!json_is_object(json_root(doc)))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: reply is not an object", r->name);
	if (kind != NULL && (is == NULL || strcmp(is, kind) != 0))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: reply is not of kind %s", r->name, kind);
	*ret = doc;
	doc = NULL;
	return 0;
}

const char *google_id(struct json at)
{
	const char *id = json_text(at, "id", JSON_MUST);

	if (id != NULL && !text_is_id(id))
		json_fault(at, "id", "is not an id");
	return id;
}

/* An optional text; what is not one reads as none. */
static const char *attribute(struct json at, const char *key)
{
	const char *text = json_as_text(json_at(at, key));

	return text != NULL && *text != '\0' ? text : NULL;
}

/* Several members are of type "any": a list, one object, or nothing.
 * Source: the Directory API's description, User. */
static struct json first_entry(struct json any)
{
	if (json_is_array(any))
		return json_first(any);
	return json_is_object(any) ? any : (struct json){0};
}

static struct json next_entry(struct json any, struct json entry)
{
	return json_is_array(any) ? json_next(entry) : (struct json){0};
}

static bool is_true(struct json at)
{
	AUTO_BUF text = {0};

	if (json_here(at))
		json_print(at, &text);
	return strcmp(buf_text(&text), "true") == 0;
}

/* The value of the first entry of that type. */
static const char *entry_value(struct json any, const char *type)
{
	for (struct json i = first_entry(any); json_valid(i);
		i = next_entry(any, i)) {
		const char *is = json_as_text(json_at(i, "type"));

		if (is != NULL && strcmp(is, type) == 0)
			return attribute(i, "value");
	}
	return NULL;
}

/* The primary organization, else the first. */
static struct json organization(struct json any)
{
	for (struct json i = first_entry(any); json_valid(i);
		i = next_entry(any, i))
		if (is_true(json_at(i, "primary")))
			return i;
	return first_entry(any);
}

/* Both flags must be there: no flag is no news, not good news. Archived is
 * what becomes of those who left, and lasts. */
static enum idp_status status_of(struct json at)
{
	bool suspended = json_bool(at, "suspended", JSON_MUST);

	if (json_bool(at, "archived", JSON_MUST))
		return IDP_INACTIVE;
	return suspended ? IDP_SUSPENDED : IDP_ACTIVE;
}

static void last_login(struct json at, struct idp_user *ret)
{
	int64_t last = json_time(at, "lastLoginTime", JSON_MAY);

	ret->last_login_known = last != WHEN_NONE;
	/* 1970: never. Source: GAM, NEVER_TIME */
	ret->last_login_at = last == 0 ? WHEN_NONE : last;
}

void google_user(struct json at, const struct google_settings *settings,
	struct idp_user *ret)
{
	struct json work = organization(json_at(at, "organizations"));

	*ret = (struct idp_user){
		.id = google_id(at),
		.login = json_text(at, "primaryEmail", JSON_MUST),
		.name = attribute(json_at(at, "name"), "fullName"),
		.status = status_of(at),
		.department = attribute(work, "department"),
		.title = attribute(work, "title"),
		.manager = entry_value(json_at(at, "relations"), "manager"),
		.employee_number = entry_value(json_at(at, "externalIds"),
			"organization"),
		.type = "user",
		.created_at = json_time(at, "creationTime", JSON_MAY),
	};
	ret->email = ret->login;
	last_login(at, ret);
	if (settings != NULL && settings->schema != NULL)
		ret->account = attribute(json_at(json_at(at, "customSchemas"),
			settings->schema), settings->field);
}

/* An int64 comes as a text. */
static int64_t count_of(struct json at, const char *key)
{
	const char *text = json_text(at, key, JSON_MAY);
	int64_t n = 0;

	if (text == NULL)
		return -1;
	if (*text == '\0' || strlen(text) > 12 ||
		text[strspn(text, "0123456789")] != '\0')
		json_fault(at, key, "is not a number");
	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return n;
}

void google_group(struct json at, struct idp_group *ret)
{
	*ret = (struct idp_group){
		.id = google_id(at),
		.name = attribute(at, "name"),
		.description = attribute(at, "description"),
		.kind = IDP_GROUP_UNKNOWN,
		.members = count_of(at, "directMembersCount"),
	};
	if (ret->name == NULL)
		ret->name = json_text(at, "email", JSON_MUST);
}

#define LABEL "cloudidentity.googleapis.com/groups."

/* Labels are keys with empty values. A dynamic group also shows its query, so
 * that one member more or less does not make it a plain one.
 * Source: Cloud Identity API, Group. */
enum idp_group_kind google_kind(struct json at, const char **ret_detail)
{
	struct json labels = json_object(at, "labels", JSON_MUST);

	*ret_detail = NULL;
	if (json_here(json_at(labels, LABEL "dynamic")) ||
		json_here(json_at(at, "dynamicGroupMetadata"))) {
		*ret_detail = "a dynamic group";
		return IDP_GROUP_RULE;
	}
	if (json_here(json_at(labels, LABEL "locked"))) {
		*ret_detail = "a locked group";
		return IDP_GROUP_DIRECTORY;
	}
	if (json_here(json_at(labels, "system/groups/external"))) {
		*ret_detail = "an identity-mapped group";
		return IDP_GROUP_DIRECTORY;
	}
	if (json_here(json_at(labels, LABEL "discussion_forum")) ||
		json_here(json_at(labels, LABEL "security")))
		return IDP_GROUP_OK;
	return IDP_GROUP_UNKNOWN;
}

/* The segment after prefix, if nothing but it and what follows is there. */
static const char *segment(const char **at, const char *prefix,
	struct buf *ret)
{
	size_t len = strlen(prefix);

	if (strncmp(*at, prefix, len) != 0)
		return NULL;
	*at += len;
	len = strcspn(*at, "/");
	buf_reset(ret);
	buf_add(ret, *at, len);
	*at += len;
	return !ret->failed && text_is_id(buf_text(ret)) ? buf_text(ret) : NULL;
}

const char *google_name_group(const char *name, struct buf *ret)
{
	const char *at = name;
	const char *id = name == NULL ? NULL : segment(&at, "groups/", ret);

	return id != NULL && *at == '\0' ? id : NULL;
}

const char *google_name_member(const char *name, struct buf *ret)
{
	const char *at = name;
	const char *id;

	if (name == NULL || segment(&at, "groups/", ret) == NULL)
		return NULL;
	id = segment(&at, "/memberships/", ret);
	return id != NULL && *at == '\0' ? id : NULL;
}
