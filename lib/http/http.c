/* Requests and replies as values: reading header lines, filling URL
 * templates. Nothing here touches a socket. */
#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "link.h"
#include "text.h"

enum {
	LINE_MAX_BYTES = 16 << 10,
};

const char *http_method_name(enum http_method m)
{
	static const char *const names[] = {
		[HTTP_GET] = "GET",
		[HTTP_POST] = "POST",
		[HTTP_PUT] = "PUT",
		[HTTP_PATCH] = "PATCH",
		[HTTP_DELETE] = "DELETE",
	};

	return names[m];
}

void http_request_clear(struct http_request *req)
{
	buf_clear(&req->target);
	buf_clear(&req->body);
	*req = (struct http_request){0};
}

bool http_request_is_write(const struct http_request *req)
{
	return req->method != HTTP_GET && !req->safe;
}

void http_response_reset(struct http_response *res)
{
	struct buf body = res->body;

	free(res->next);
	buf_reset(&body);
	*res = (struct http_response){
		.body = body,
		.date = WHEN_NONE,
		.retry_after_s = -1,
		.retry_at = WHEN_NONE,
		.limit = -1,
		.remaining = -1,
		.reset_at = WHEN_NONE,
	};
}

void http_response_clear(struct http_response *res)
{
	free(res->next);
	buf_wipe(&res->body);
	*res = (struct http_response){0};
}

/* ---- Header values; each is trimmed and NUL-terminated ---- */

/* -1 for anything but digits: also for "12, 12", two headers that a proxy
 * joined. Source: okta-sdk-nodejs, OKTA-112507. */
static int64_t number(const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len > 15 || strspn(value, "0123456789") != len)
		return -1;
	return (int64_t)strtoll(value, NULL, 10);
}

/* "" where it does not fit or is not plain text: half a value is none. */
static void plain(char *ret, size_t size, const char *value)
{
	size_t len = strlen(value);

	ret[0] = '\0';
	if (len >= size)
		return;
	for (size_t i = 0; i < len; i++) {
		if (value[i] < ' ' || value[i] > '~')
			return;
	}
	memcpy(ret, value, len + 1);
}

static void settle_retry(struct http_response *res)
{
	if (res->retry_at == WHEN_NONE || res->date == WHEN_NONE)
		return;
	res->retry_after_s = res->retry_at > res->date
		? res->retry_at - res->date
		: 0;
}

static int take_date(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	if (when_parse_http(value, &res->date, NULL) == 0)
		settle_retry(res);
	return 0;
}

static int take_retry_after(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	res->retry_after_s = number(value);
	if (res->retry_after_s < 0 &&
		when_parse_http(value, &res->retry_at, NULL) == 0)
		settle_retry(res);
	return 0;
}

static int take_limit(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	res->limit = number(value);
	return 0;
}

static int take_remaining(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	res->remaining = number(value);
	return 0;
}

/* Okta gives epoch seconds; Jira a time that may lack its seconds
 * ("2026-03-26T16:00Z"). */
static int take_reset(struct http_response *res, char *value,
	struct lapse_err *err)
{
	int64_t at = number(value);
	char text[WHEN_TEXT];

	(void)err;
	res->reset_at = WHEN_NONE;
	if (at >= 0) {
		res->reset_at = at;
	} else if (strlen(value) == 17 && value[16] == 'Z') {
		memcpy(text, value, 16);
		memcpy(text + 16, ":00Z", 5);
		(void)when_parse_time(text, &res->reset_at, NULL);
	} else {
		(void)when_parse_time(value, &res->reset_at, NULL);
	}
	return 0;
}

static int take_link(struct http_response *res, char *value,
	struct lapse_err *err)
{
	return link_next(value, &res->next, err);
}

static int take_content_type(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	value[strcspn(value, "; \t")] = '\0';
	plain(res->media_type, sizeof(res->media_type), value);
	for (char *p = res->media_type; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return 0;
}

static int take_request_id(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	if (res->request_id[0] == '\0')
		plain(res->request_id, sizeof(res->request_id), value);
	return 0;
}

static int take_nonce(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	plain(res->dpop_nonce, sizeof(res->dpop_nonce), value);
	return 0;
}

/* The error parameter of whichever challenge has one: RFC 6750, 3. */
static int take_challenge(struct http_response *res, char *value,
	struct lapse_err *err)
{
	const char *p = value;

	(void)err;
	while ((p = strcasestr(p, "error=")) != NULL) {
		bool starts = p == value || strchr(" ,\t", p[-1]) != NULL;

		p += 6;
		if (!starts)
			continue;
		value = (char *)p + (*p == '"' ? 1 : 0);
		value[strcspn(value, "\", ")] = '\0';
		plain(res->auth_error, sizeof(res->auth_error), value);
		break;
	}
	return 0;
}

static int take_location(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	plain(res->location, sizeof(res->location), value);
	return 0;
}

static int take_etag(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	plain(res->etag, sizeof(res->etag), value);
	return 0;
}

static int take_scopes(struct http_response *res, char *value,
	struct lapse_err *err)
{
	(void)err;
	plain(res->scopes, sizeof(res->scopes), value);
	return 0;
}

static const struct field {
	const char *name;
	int (*take)(struct http_response *res, char *value,
		struct lapse_err *err);
} fields[] = {
	{"date", take_date},
	{"retry-after", take_retry_after},
	{"x-rate-limit-limit", take_limit},		/* Okta */
	{"x-rate-limit-remaining", take_remaining},
	{"x-rate-limit-reset", take_reset},
	{"x-ratelimit-limit", take_limit},		/* Jira */
	{"x-ratelimit-remaining", take_remaining},
	{"x-ratelimit-reset", take_reset},
	{"link", take_link},
	{"content-type", take_content_type},
	{"x-okta-request-id", take_request_id},
	{"request-id", take_request_id},		/* Microsoft Graph */
	{"atl-traceid", take_request_id},		/* Jira Cloud */
	{"x-arequestid", take_request_id},		/* Jira Data Center */
	{"x-request-id", take_request_id},
	{"x-slack-req-id", take_request_id},
	{"dpop-nonce", take_nonce},
	{"www-authenticate", take_challenge},
	{"location", take_location},
	{"etag", take_etag},
	{"x-oauth-scopes", take_scopes},		/* Slack */
};

static const struct field *find_field(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strlen(fields[i].name) == len &&
			strncasecmp(fields[i].name, name, len) == 0)
			return &fields[i];
	}
	return NULL;
}

int http_response_header(struct http_response *res, const char *line,
	size_t len, struct lapse_err *err)
{
	const char *colon = memchr(line, ':', len);
	const struct field *f;
	AUTO_BUF value = {0};
	const char *from;
	const char *end = line + len;

	if (len > LINE_MAX_BYTES)
		return lapse_fail(err, LAPSE_EPROTO,
			"reply: a header line is longer than 16 KiB");
	if (colon == NULL)
		return 0;
	f = find_field(line, (size_t)(colon - line));
	if (f == NULL)
		return 0;
	for (from = colon + 1; from < end && strchr(" \t", *from); from++)
		;
	while (end > from && strchr(" \t\r\n", end[-1]))
		end--;
	buf_add(&value, from, (size_t)(end - from));
	buf_str(&value, "");
	if (value.failed)
		return lapse_fail_nomem(err);
	if (value.data == NULL || strlen(value.data) != value.len)
		return 0;
	return f->take(res, value.data, err);
}

/* ---- Targets ---- */

static int fill(struct buf *out, struct lapse_err *err, const char *template,
	const char *arg)
{
	if (arg == NULL)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"url template '%s': an argument is missing", template);
	if (arg[0] == '\0' || strcmp(arg, ".") == 0 || strcmp(arg, "..") == 0)
		return lapse_fail(err, LAPSE_EPROTO,
			"url template '%s': '%s' is not an id", template, arg);
	text_percent(out, arg);
	return 0;
}

int http_vtarget(struct buf *ret, struct lapse_err *err, const char *template,
	va_list args)
{
	AUTO_BUF out = {0};
	const char *p = template;
	const char *hole;
	int rc;

	while ((hole = strstr(p, "{}")) != NULL) {
		buf_add(&out, p, (size_t)(hole - p));
		rc = fill(&out, err, template, va_arg(args, const char *));
		if (rc < 0)
			return rc;
		p = hole + 2;
	}
	if (va_arg(args, const char *) != NULL)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"url template '%s': an argument too many", template);
	buf_str(&out, p);
	rc = buf_check(&out, err, "url");
	if (rc < 0)
		return rc;
	buf_clear(ret);
	*ret = out;
	out = (struct buf){0};
	return 0;
}

int http_target(struct buf *ret, struct lapse_err *err, const char *template,
	...)
{
	va_list args;
	int rc;

	va_start(args, template);
	rc = http_vtarget(ret, err, template, args);
	va_end(args);
	return rc;
}
