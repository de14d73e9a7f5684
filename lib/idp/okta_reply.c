/* Reading what Okta answers: errors, users, groups and rules. No requests are
 * made here.
 *
 * A member with a null value may be left out of any object, and new members
 * and words may appear at any time, so missing equals null and a word that is
 * not known never fails (Source: Okta API, "Design principles"). */
#include <stdio.h>
#include <string.h>

#include "okta.h"
#include "text.h"

enum {
	SAID_MAX = 160,		/* bytes of Okta's own words in a message */
};

struct failure {
	char code[32];
	char id[64];
	struct buf said;
};

static void failure_clear(struct failure *f)
{
	buf_clear(&f->said);
}

static void keep_text(char *ret, size_t size, struct json at, const char *key)
{
	const char *text = json_as_text(json_at(at, key));

	snprintf(ret, size, "%s", text != NULL && text_is_id(text) ? text : "");
}

static void keep_said(struct buf *out, const char *text)
{
	AUTO_BUF clean = {0};

	if (text == NULL || *text == '\0')
		return;
	text_line(&clean, text);
	buf_fmt(out, "%s%.*s", out->len > 0 ? "; " : "", SAID_MAX,
		buf_text(&clean));
}

/* errorCauses is an array of objects, in places one object. Source: Okta
 * Management API, Error and the examples beside it. */
static void keep_causes(struct buf *out, struct json causes)
{
	if (json_is_object(causes))
		keep_said(out, json_as_text(json_at(causes, "errorSummary")));
	if (!json_is_array(causes))
		return;
	for (struct json i = json_first(causes);
		json_valid(i) && out->len < SAID_MAX; i = json_next(i))
		keep_said(out, json_as_text(json_at(i, "errorSummary")));
}

/* Leniently: a body that is not Okta's leaves the code empty. */
static void read_failure(const struct http_response *res, struct failure *ret)
{
	AUTO_JSON *doc = NULL;
	struct json root;

	if (res->body.len == 0 ||
		json_open(&doc, res->body.data, res->body.len, NULL) < 0)
		return;
	root = json_root(doc);
	keep_text(ret->code, sizeof(ret->code), root, "errorCode");
	keep_text(ret->id, sizeof(ret->id), root, "errorId");
	keep_said(&ret->said, json_as_text(json_at(root, "errorSummary")));
	keep_causes(&ret->said, json_at(root, "errorCauses"));
}

struct judgement {
	const char *code;
	enum verdict verdict;
	int error;
	const char *what;
};

/* Source: Okta API, error codes; the words are ours. */
static const struct judgement judgements[] = {
	{"E0000001", REPLY_REFUSED, LAPSE_EREFUSED, "the request is not valid"},
	{"E0000004", REPLY_RENEW_TOKEN, LAPSE_EAUTH, "authentication failed"},
	{"E0000005", REPLY_DENIED, LAPSE_EAUTH, "the session is not valid"},
	{"E0000007", REPLY_REFUSED, LAPSE_EREFUSED,
		"no such user or group, or the credential may not see it"},
	{"E0000008", REPLY_BROKEN, LAPSE_EPROTO,
		"the path is not known; is the url that of the organization?"},
	{"E0000009", REPLY_UNCERTAIN, LAPSE_EUNAVAIL, "internal server error"},
	/* Read-only mode refuses a write before it is applied. */
	{"E0000010", REPLY_AGAIN_AFTER, LAPSE_EUNAVAIL,
		"the service is in read-only mode"},
	{"E0000011", REPLY_RENEW_TOKEN, LAPSE_EAUTH,
		"the token was rejected; an API token dies after 30 days "
		"without use and with its owner: create a new one"},
	{"E0000015", REPLY_DENIED, LAPSE_EAUTH,
		"the credential may not use this feature"},
	{"E0000023", REPLY_REFUSED, LAPSE_EREFUSED,
		"the profile is mastered by another system"},
	{"E0000029", REPLY_BROKEN, LAPSE_EPROTO,
		"the list cannot be continued; it is read again later"},
	{"E0000038", REPLY_REFUSED, LAPSE_EREFUSED,
		"not allowed in the user's present status"},
	{"E0000047", REPLY_AGAIN_AFTER, LAPSE_EAGAIN, "rate limit reached"},
	{"E0000060", REPLY_REFUSED, LAPSE_EREFUSED,
		"this group's members cannot be changed"},
	{"E0000100", REPLY_AGAIN_AFTER, LAPSE_EUNAVAIL,
		"search is not available"},
	{"E0000107", REPLY_REFUSED, LAPSE_EREFUSED,
		"not allowed in the object's present state"},
};

static const struct judgement *judgement_of(const char *code)
{
	for (size_t i = 0; i < sizeof(judgements) / sizeof(*judgements); i++)
		if (strcmp(judgements[i].code, code) == 0)
			return &judgements[i];
	return NULL;
}

/* Measured by the server's own clock. At the limit of concurrent requests
 * the reset is only an estimate and the limit reads 0: the ordinary backoff
 * is better. Source: Okta rate limits, best practices. */
static int64_t wait_of(const struct http_response *res)
{
	if (res->limit == 0 && res->remaining == 0)
		return -1;
	if (res->reset_at != WHEN_NONE && res->date != WHEN_NONE)
		return res->reset_at > res->date
			? res->reset_at - res->date + 1 : 1;
	return res->retry_after_s;
}

static void tell(const struct remote *r, const struct http_response *res,
	const struct failure *f, int code, const char *what,
	struct lapse_err *err)
{
	const char *id = f->id[0] != '\0' ? f->id : res->request_id;

	lapse_fail(err, code, "%s: %s: %s%s%.*s%s%s%s", r->name,
		f->code[0] != '\0' ? f->code : "answer", what,
		f->said.len > 0 ? " (" : "", SAID_MAX, buf_text(&f->said),
		f->said.len > 0 ? ")" : "",
		id[0] != '\0' ? LAPSE_ERROR_ID : "", id);
}

/* A refusal of one target, not of the credential: the same 403 comes for a
 * group with administrator rights, for one built in, and for a missing role.
 * On a read nothing can go on without the right. */
static enum verdict forbidden(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const struct failure *f, struct lapse_err *err)
{
	bool scope = strcmp(res->auth_error, "insufficient_scope") == 0;

	tell(r, res, f,
		req->method == HTTP_GET ? LAPSE_EAUTH : LAPSE_EREFUSED,
		scope ? "a scope is missing; grant it to the application"
		      : "no permission; check the administrator role, its "
			"groups, and the scopes",
		err);
	return REPLY_REFUSED;
}

static enum verdict without_code(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const struct failure *f, int64_t *ret_wait_s, struct lapse_err *err)
{
	if (res->status == 401) {
		tell(r, res, f, LAPSE_EAUTH, "the credential was rejected",
			err);
		return REPLY_RENEW_TOKEN;
	}
	if (res->status == 429) {
		*ret_wait_s = wait_of(res);
		tell(r, res, f, LAPSE_EAGAIN, "rate limit reached", err);
		return REPLY_AGAIN_AFTER;
	}
	if (res->status < 400 || res->status >= 500 || res->status == 408)
		return remote_classify(r, req, res, ret_wait_s, err);
	lapse_fail(err, res->status == 403 ? LAPSE_EAUTH : LAPSE_EPROTO,
		"%s: status %d without an Okta error; is a proxy between?",
		r->name, res->status);
	return REPLY_BROKEN;
}

enum verdict okta_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err)
{
	__attribute__((cleanup(failure_clear))) struct failure f = {0};
	const struct judgement *j;

	*ret_wait_s = -1;
	read_failure(res, &f);
	if (strcmp(f.code, "E0000006") == 0 ||
		(res->status == 403 &&
			strcmp(res->auth_error, "insufficient_scope") == 0))
		return forbidden(r, req, res, &f, err);
	j = judgement_of(f.code);
	if (j == NULL && (res->status >= 500 || res->status == 401 ||
		res->status == 408 || res->status == 429 ||
		f.code[0] != 'E'))
		return without_code(r, req, res, &f, ret_wait_s, err);
	if (j == NULL) {
		tell(r, res, &f, LAPSE_EREFUSED, "refused", err);
		return REPLY_REFUSED;
	}
	if (strcmp(j->code, "E0000047") == 0)
		*ret_wait_s = wait_of(res);
	tell(r, res, &f, j->error, j->what, err);
	return j->verdict;
}

int okta_check_gone(const struct remote *r, const struct http_response *res,
	struct lapse_err *err)
{
	__attribute__((cleanup(failure_clear))) struct failure f = {0};

	read_failure(res, &f);
	if (strcmp(f.code, "E0000007") == 0)
		return 0;
	return lapse_fail(err, LAPSE_EPROTO,
		"%s: status 404 without Okta's \"not found\"; is the url that "
		"of the organization?", r->name);
}

int okta_open(struct json_doc **ret, const struct remote *r,
	const struct http_response *res, bool array, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json root;
	int rc = json_open(&doc, res->body.data, res->body.len, err);

	if (rc < 0) {
		lapse_prefix(err, "%s", r->name);
		return rc;
	}
	root = json_root(doc);
	if (array ? !json_is_array(root) : !json_is_object(root))
		return lapse_fail(err, LAPSE_EPROTO,
			"%s: reply is not %s", r->name,
			array ? "a list" : "an object");
	*ret = doc;
	doc = NULL;
	return 0;
}

static const struct {
	const char *word;
	enum idp_status status;
} statuses[] = {
	{"ACTIVE", IDP_ACTIVE},
	{"RECOVERY", IDP_ACTIVE},
	{"PASSWORD_EXPIRED", IDP_ACTIVE},
	{"LOCKED_OUT", IDP_ACTIVE},
	{"STAGED", IDP_PENDING},
	{"PROVISIONED", IDP_PENDING},
	{"ACTIVATING", IDP_PENDING},
	{"SUSPENDED", IDP_SUSPENDED},
	{"DEPROVISIONED", IDP_INACTIVE},
};

static enum idp_status status_of(const char *word)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (word != NULL && strcmp(statuses[i].word, word) == 0)
			return statuses[i].status;
	return IDP_STATUS_UNKNOWN;
}

/* An optional text of the profile. Its schema is the customer's: what is not
 * a text reads as none. */
static const char *attribute(struct json profile, const char *key)
{
	const char *text = json_as_text(json_at(profile, key));

	return text != NULL && *text != '\0' ? text : NULL;
}

static const char *id_of(struct json at)
{
	const char *id = json_text(at, "id", JSON_MUST);

	if (id != NULL && !text_is_id(id))
		json_fault(at, "id", "is not an id");
	return id;
}

static const char *name_of(struct json profile, struct buf *name)
{
	const char *whole = attribute(profile, "displayName");
	const char *first = attribute(profile, "firstName");
	const char *last = attribute(profile, "lastName");

	if (whole != NULL || first == NULL || last == NULL)
		return whole != NULL ? whole : first != NULL ? first : last;
	buf_reset(name);
	buf_fmt(name, "%s %s", first, last);
	return buf_text(name);
}

void okta_user(struct json at, const struct okta_settings *settings,
	struct buf *name, struct idp_user *ret)
{
	struct json profile = json_object(at, "profile", JSON_MUST);
	const char *manager = attribute(profile, "managerId");

	*ret = (struct idp_user){
		.id = id_of(at),
		.login = json_text(profile, "login", JSON_MUST),
		.email = json_text(profile, "email", JSON_MAY),
		.name = name_of(profile, name),
		.status = status_of(json_text(at, "status", JSON_MUST)),
		.department = attribute(profile, "department"),
		.title = attribute(profile, "title"),
		.manager = manager != NULL ? manager
					   : attribute(profile, "manager"),
		.employee_number = attribute(profile, "employeeNumber"),
		.type = "user",
		/* null: never signed in. Source: Okta Management API, User */
		.last_login_at = json_time(at, "lastLogin", JSON_MAY),
		.last_login_known = true,
		.created_at = json_time(at, "created", JSON_MAY),
	};
	if (ret->email != NULL && *ret->email == '\0')
		ret->email = NULL;
	if (settings != NULL && settings->account != NULL)
		ret->account = attribute(profile, settings->account);
}

/* objectClass tells groups of Active Directory from those of other
 * applications. Source: Okta Management API, Group. */
static bool from_windows(struct json at)
{
	struct json classes = json_at(at, "objectClass");

	if (!json_is_array(classes))
		return false;
	for (struct json i = json_first(classes); json_valid(i);
		i = json_next(i)) {
		const char *word = json_as_text(i);

		if (word != NULL &&
			strcmp(word, "okta:windows_security_principal") == 0)
			return true;
	}
	return false;
}

static enum idp_group_kind kind_of(struct json at, struct json stats)
{
	const char *type = json_text(at, "type", JSON_MUST);

	if (type == NULL)
		return IDP_GROUP_UNKNOWN;
	if (strcmp(type, "BUILT_IN") == 0)
		return IDP_GROUP_BUILT_IN;
	if (strcmp(type, "APP_GROUP") == 0)
		return from_windows(at) ? IDP_GROUP_DIRECTORY : IDP_GROUP_APP;
	if (strcmp(type, "OKTA_GROUP") != 0)
		return IDP_GROUP_UNKNOWN;
	if (!json_here(stats))
		return IDP_GROUP_OK;
	/* Spelled so. Source: Okta Management API, listGroups, expand=stats */
	if (!json_here(json_at(stats, "hasAdminPrivlege")))
		return IDP_GROUP_UNKNOWN;
	return json_bool(stats, "hasAdminPrivlege", JSON_MUST)
		? IDP_GROUP_RESTRICTED : IDP_GROUP_OK;
}

void okta_group(struct json at, struct idp_group *ret)
{
	struct json profile = json_object(at, "profile", JSON_MUST);
	struct json stats = json_object(
		json_object(at, "_embedded", JSON_MAY), "stats", JSON_MAY);

	*ret = (struct idp_group){
		.id = id_of(at),
		.name = json_text(profile, "name", JSON_MUST),
		.description = attribute(profile, "description"),
		.kind = kind_of(at, stats),
		.members = json_as_int(json_at(stats, "usersCount"), -1),
	};
	if (ret->kind == IDP_GROUP_DIRECTORY)
		ret->detail = attribute(profile, "windowsDomainQualifiedName");
}

/* One line a group; the name is another's text and must not end the line. */
static void add_line(struct buf *ret, const char *group, const char *rule)
{
	buf_fmt(ret, "%s\t", group);
	for (; *rule != '\0'; rule++)
		buf_char(ret, (unsigned char)*rule < ' ' ? ' ' : *rule);
	buf_char(ret, '\n');
}

void okta_rule(struct json at, const char *only, struct buf *ret)
{
	const char *status = json_text(at, "status", JSON_MUST);
	const char *name = json_text(at, "name", JSON_MUST);
	struct json groups;

	if (status == NULL || name == NULL || strcmp(status, "ACTIVE") != 0)
		return;
	groups = json_array(
		json_object(json_object(at, "actions", JSON_MUST),
			"assignUserToGroups", JSON_MUST),
		"groupIds", JSON_MUST);
	for (struct json i = json_first(groups); json_valid(i);
		i = json_next(i)) {
		const char *group = json_as_text(i);

		if (group == NULL || !text_is_id(group))
			json_fault(at, "groupIds", "holds what is not an id");
		else if (only == NULL || strcmp(group, only) == 0)
			add_line(ret, group, name);
	}
}

const char *okta_rule_of(const char *lines, const char *group,
	struct buf *ret)
{
	size_t len = strlen(group);
	const char *line = lines;

	while (line != NULL && *line != '\0') {
		const char *end = strchr(line, '\n');

		if (end == NULL)
			break;
		if (strncmp(line, group, len) == 0 && line[len] == '\t') {
			buf_reset(ret);
			buf_add(ret, line + len + 1,
				(size_t)(end - line) - len - 1);
			return buf_text(ret);
		}
		line = end + 1;
	}
	return NULL;
}
