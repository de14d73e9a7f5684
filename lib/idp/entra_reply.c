/* Reading what Microsoft Graph answers: errors, users and groups. No requests
 * are made here.
 *
 * A property that was asked for and has no value is null; one that may not be
 * read is null or left out as well. So missing equals null, and what is not
 * known is never taken for "inactive" or "never". */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "entra.h"
#include "text.h"

enum {
	SAID_MAX = 160,		/* bytes of Microsoft's own words in a message */
};

struct failure {
	char code[80];
	struct buf said;
};

static void failure_clear(struct failure *f)
{
	buf_clear(&f->said);
}

#define AUTO_FAILURE __attribute__((cleanup(failure_clear))) struct failure

/* Leniently: a body that is not Graph's leaves the code empty. */
static void read_failure(const struct http_response *res, struct failure *ret)
{
	AUTO_JSON *doc = NULL;
	struct json error;
	const char *code;

	if (res->body.len == 0 ||
		json_open(&doc, res->body.data, res->body.len, NULL) < 0)
		return;
	error = json_at(json_root(doc), "error");
	code = json_as_text(json_at(error, "code"));
	if (code != NULL && text_is_id(code))
		snprintf(ret->code, sizeof(ret->code), "%s", code);
	text_line(&ret->said, json_as_text(json_at(error, "message")) != NULL
		? json_as_text(json_at(error, "message")) : "");
}

bool entra_is_error(const struct http_response *res)
{
	AUTO_FAILURE f = {0};

	read_failure(res, &f);
	return f.code[0] != '\0';
}

static bool says(const struct http_response *res, const char *words)
{
	AUTO_FAILURE f = {0};

	read_failure(res, &f);
	return res->status == 400 &&
		strcmp(f.code, "Request_BadRequest") == 0 &&
		strcasestr(buf_text(&f.said), words) != NULL;
}

/* There is no code of its own for either, so it has to be the words. Who reads
 * them takes them as a hint only. Source: seen live; Microsoft Graph has no
 * description of them. */
bool entra_says_already(const struct http_response *res)
{
	return says(res, "added object references already exist");
}

bool entra_says_no_member(const struct http_response *res)
{
	return says(res, "removed object references do not exist");
}

static const struct judgement {
	const char *code;
	enum verdict verdict;
	int error;
	const char *what;
} judgements[] = {
	{"InvalidAuthenticationToken", REPLY_RENEW_TOKEN, LAPSE_EAUTH,
		"the token was rejected"},
	{"Authentication_RequestFromNonPremiumTenantOrB2CTenant",
		REPLY_REFUSED, LAPSE_EREFUSED,
		"needs a Microsoft Entra ID P1 licence"},
	{"Directory_QuotaExceeded", REPLY_REFUSED, LAPSE_EREFUSED,
		"a limit of the directory is reached"},
	{"Directory_ExpiredPageToken", REPLY_BROKEN, LAPSE_EPROTO,
		"the list cannot be continued; it is read again later"},
	{"Directory_ConcurrencyViolation", REPLY_AGAIN_AFTER, LAPSE_EAGAIN,
		"somebody changes the same object"},
	{"Request_UnsupportedQuery", REPLY_BROKEN, LAPSE_EPROTO,
		"the query is not supported"},
	{"Request_BadRequest", REPLY_REFUSED, LAPSE_EREFUSED,
		"the request is not valid, or the group cannot be changed"},
};

static const struct judgement *judgement_of(const char *code)
{
	for (size_t i = 0; i < sizeof(judgements) / sizeof(*judgements); i++)
		if (strcmp(judgements[i].code, code) == 0)
			return &judgements[i];
	return NULL;
}

static void tell(const struct remote *r, const struct http_response *res,
	const struct failure *f, int code, const char *what,
	struct lapse_err *err)
{
	lapse_fail(err, code, "%s: %s: %s%s%.*s%s%s%s", r->name,
		f->code[0] != '\0' ? f->code : "answer", what,
		f->said.len > 0 ? " (" : "", SAID_MAX, buf_text(&f->said),
		f->said.len > 0 ? ")" : "",
		res->request_id[0] != '\0' ? LAPSE_REQUEST_ID : "",
		res->request_id);
}

/* On a write it is about this group: one for administrators, or in a
 * restricted unit. On a read nothing can go on without the permission. */
static enum verdict forbidden(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const struct failure *f, struct lapse_err *err)
{
	tell(r, res, f,
		req->method == HTTP_GET ? LAPSE_EAUTH : LAPSE_EREFUSED,
		"no permission; see lapse-entra(7) for what the application "
		"needs", err);
	return REPLY_REFUSED;
}

/* A group or user that an add names and that is not there may just have been
 * made and not be on every replica yet. It was not applied. */
static enum verdict missing(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const struct failure *f, struct lapse_err *err)
{
	tell(r, res, f, req->method == HTTP_POST ? LAPSE_EAGAIN
						 : LAPSE_ENOTFOUND,
		"no such user or group, or not seen everywhere yet", err);
	return REPLY_REFUSED;
}

/* Some services behind Graph refuse without a Retry-After: the engine's own
 * backoff then. Source: Microsoft Graph, "Throttling guidance". */
static enum verdict by_status(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const struct failure *f, int64_t *ret_wait_s, struct lapse_err *err)
{
	if (res->status == 401) {
		tell(r, res, f, LAPSE_EAUTH, "the credential was rejected",
			err);
		return REPLY_RENEW_TOKEN;
	}
	if (res->status == 429) {
		*ret_wait_s = res->retry_after_s;
		tell(r, res, f, LAPSE_EAGAIN, "rate limit reached", err);
		return REPLY_AGAIN_AFTER;
	}
	if (res->status < 400 || res->status >= 500 || res->status == 408)
		return remote_classify(r, req, res, ret_wait_s, err);
	if (f->code[0] != '\0') {
		tell(r, res, f, LAPSE_EREFUSED, "refused", err);
		return REPLY_REFUSED;
	}
	lapse_fail(err, res->status == 403 ? LAPSE_EAUTH : LAPSE_EPROTO,
		"%s: status %d without an error of Microsoft Graph; is a proxy "
		"between?", r->name, res->status);
	return REPLY_BROKEN;
}

enum verdict entra_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err)
{
	AUTO_FAILURE f = {0};
	const struct judgement *j;

	*ret_wait_s = -1;
	read_failure(res, &f);
	if (strcmp(f.code, "Authorization_RequestDenied") == 0 &&
		res->status == 403)
		return forbidden(r, req, res, &f, err);
	if (strcmp(f.code, "Request_ResourceNotFound") == 0 &&
		res->status == 404)
		return missing(r, req, res, &f, err);
	j = judgement_of(f.code);
	if (j == NULL || res->status == 429 || res->status >= 500)
		return by_status(r, req, res, &f, ret_wait_s, err);
	tell(r, res, &f, j->error, j->what, err);
	return j->verdict;
}

int entra_refused(const struct remote *r, enum http_method method,
	const struct http_response *res, struct lapse_err *err)
{
	const struct http_request req = {.method = method};
	int64_t wait_s;

	(void)entra_classify(r, &req, res, &wait_s, err);
	return err->code;
}

int entra_check_gone(const struct remote *r, const struct http_response *res,
	struct lapse_err *err)
{
	AUTO_FAILURE f = {0};

	read_failure(res, &f);
	if (strcmp(f.code, "Request_ResourceNotFound") == 0)
		return 0;
	return lapse_fail(err, LAPSE_EPROTO,
		"%s: status 404 without Microsoft Graph's \"not found\"; is a "
		"proxy between?", r->name);
}

int entra_open(struct json_doc **ret, const struct remote *r,
	const struct http_response *res, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc = json_open(&doc, res->body.data, res->body.len, err);

	if (rc < 0) {
		lapse_prefix(err, "%s", r->name);
		return rc;
	}
	if (!json_is_object(json_root(doc)))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: reply is not an object", r->name);
	*ret = doc;
	doc = NULL;
	return 0;
}

struct json entra_list(struct json_doc *doc)
{
	return json_array(json_root(doc), "value", JSON_MUST);
}

bool entra_is_guid(const char *text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; text != NULL && text[i] != '\0' && shape[i] != '\0'; i++)
		if (shape[i] == '-' ? text[i] != '-'
			: strchr("0123456789abcdef", text[i]) == NULL)
			return false;
	return text != NULL && text[i] == '\0' && shape[i] == '\0';
}

int entra_check_id(const struct remote *r, const char *what, const char *id,
	struct lapse_err *err)
{
	AUTO_BUF shown = {0};

	if (entra_is_guid(id))
		return 0;
	text_line(&shown, id != NULL ? id : "");
	return lapse_fail(err, LAPSE_EREFUSED,
		"%s: '%s': not the object id of a %s, which is as Entra shows "
		"it: 12ab34cd-56ef-... in lower case", r->name,
		buf_text(&shown), what);
}

static const char *id_of(struct json at)
{
	const char *id = json_text(at, "id", JSON_MUST);

	if (id != NULL && !entra_is_guid(id))
		json_fault(at, "id", "is not an object id");
	return id;
}

static const char *text_of(struct json at, const char *key)
{
	const char *text = json_text(at, key, JSON_MAY);

	return text != NULL && *text != '\0' ? text : NULL;
}

/* null is false; anything but a bool is a fault. */
static bool flag(struct json at, const char *key)
{
	return json_here(json_at(at, key)) && json_bool(at, key, JSON_MUST);
}

static enum idp_status status_of(struct json at)
{
	if (!json_here(json_at(at, "accountEnabled")))
		return IDP_STATUS_UNKNOWN;
	return json_bool(at, "accountEnabled", JSON_MUST) ? IDP_ACTIVE
							  : IDP_INACTIVE;
}

static const char *type_of(struct json at)
{
	const char *type = text_of(at, "userType");

	if (type == NULL)
		return NULL;
	return strcmp(type, "Guest") == 0 ? "guest" : "user";
}

/* Of the three times the other two are attempts. There is none from before
 * December 2023, and none at all for a user who never signed in or may not be
 * read, so that absent is unknown. Source: Microsoft Graph, signInActivity. */
static void put_last_use(struct json at, struct idp_user *ret)
{
	struct json use = json_object(at, "signInActivity", JSON_MAY);
	const char *text = text_of(use, "lastSuccessfulSignInDateTime");

	ret->last_login_at = WHEN_NONE;
	if (text == NULL || strncmp(text, "0001-", 5) == 0)
		return;
	ret->last_login_at = json_time(use, "lastSuccessfulSignInDateTime",
		JSON_MUST);
	ret->last_login_known = true;
}

static const char *account_of(struct json at,
	const struct entra_settings *settings)
{
	if (settings == NULL || settings->account == NULL)
		return NULL;
	if (settings->extension)
		at = json_object(at, "onPremisesExtensionAttributes",
			JSON_MAY);
	return text_of(at, settings->account);
}

void entra_user(struct json at, const struct entra_settings *settings,
	bool whole, struct idp_user *ret)
{
	*ret = (struct idp_user){
		.id = id_of(at),
		.login = json_text(at, "userPrincipalName",
			whole ? JSON_MUST : JSON_MAY),
		.email = text_of(at, "mail"),
		.name = text_of(at, "displayName"),
		.account = account_of(at, settings),
		.status = status_of(at),
		.department = text_of(at, "department"),
		.title = text_of(at, "jobTitle"),
		.manager = text_of(json_object(at, "manager", JSON_MAY), "id"),
		.employee_number = text_of(at, "employeeId"),
		.type = type_of(at),
		.created_at = json_time(at, "createdDateTime", JSON_MAY),
	};
	put_last_use(at, ret);
	/* A user who may not be read: what else stands there says nothing. */
	if (ret->login == NULL)
		*ret = (struct idp_user){
			.id = ret->id,
			.status = IDP_STATUS_UNKNOWN,
			.last_login_at = WHEN_NONE,
			.created_at = WHEN_NONE,
		};
}

struct group_types {
	bool unified;
	bool dynamic;
	bool other;
};

static struct group_types types_of(struct json at)
{
	struct json list = json_array(at, "groupTypes", JSON_MUST);
	struct group_types t = {0};

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *word = json_as_text(i);

		if (word == NULL)
			json_fault(at, "groupTypes", "holds what is no text");
		else if (strcmp(word, "Unified") == 0)
			t.unified = true;
		else if (strcmp(word, "DynamicMembership") == 0)
			t.dynamic = true;
		else
			t.other = true;
	}
	return t;
}

static bool hides_members(struct json at)
{
	const char *visibility = text_of(at, "visibility");

	return visibility != NULL &&
		strcmp(visibility, "HiddenMembership") == 0;
}

/* Source: Microsoft Graph, group; group-delete-members; "role-assignable
 * groups"; "restricted management administrative units". */
static enum idp_group_kind kind_of(struct json at, const char **detail)
{
	struct group_types t = types_of(at);
	bool mail = json_bool(at, "mailEnabled", JSON_MUST);
	bool security = json_bool(at, "securityEnabled", JSON_MUST);
	bool synced = flag(at, "onPremisesSyncEnabled");
	bool roles = flag(at, "isAssignableToRole");
	bool managed = flag(at, "isManagementRestricted");
	bool hidden = hides_members(at);

	*detail = t.dynamic ? text_of(at, "membershipRule")
		: synced ? text_of(at, "onPremisesDomainName")
		: roles ? "roles can be assigned to it"
		: managed ? "it is in a restricted administrative unit"
		: hidden ? "its members are hidden"
		: mail && !t.unified ? "Exchange" : NULL;
	if (t.dynamic)
		return IDP_GROUP_RULE;
	if (synced)
		return IDP_GROUP_DIRECTORY;
	if (roles || managed || hidden)
		return IDP_GROUP_RESTRICTED;
	if (mail && !t.unified)
		return IDP_GROUP_APP;
	return t.other || (!security && !t.unified) ? IDP_GROUP_UNKNOWN
						    : IDP_GROUP_OK;
}

void entra_group(struct json at, struct idp_group *ret)
{
	*ret = (struct idp_group){
		.id = id_of(at),
		.name = json_text(at, "displayName", JSON_MUST),
		.description = text_of(at, "description"),
		.members = -1,
	};
	ret->kind = kind_of(at, &ret->detail);
}
