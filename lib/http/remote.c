/* The shared judgement of replies, by status alone. Services override it where
 * they differ. */
#include "remote.h"

#include <string.h>

#include "text.h"
#include "url.h"

enum {
	SHOWN_PATH = 120,	/* bytes of a path in a message */
};

/* "GET /api/v1/users": without the query, which may name people. */
static const char *what(const struct http_request *req, struct buf *out)
{
	const char *p = buf_text(&req->target);
	AUTO_BUF path = {0};
	struct url u;
	size_t len;

	if (url_parse(&u, p))
		p = u.path;
	len = strcspn(p, "?");
	buf_add(&path, p, len > SHOWN_PATH ? SHOWN_PATH : len);
	buf_fmt(out, "%s ", http_method_name(req->method));
	text_line(out, buf_text(&path));
	return buf_text(out);
}

static int64_t asked_wait(const struct http_response *res)
{
	if (res->retry_after_s >= 0)
		return res->retry_after_s;
	if (res->reset_at != WHEN_NONE && res->date != WHEN_NONE)
		return res->reset_at > res->date
			? res->reset_at - res->date + 1
			: 1;
	return -1;
}

static enum verdict redirected(const struct remote *r, const char *name,
	const struct http_response *res, struct lapse_err *err)
{
	struct url u;

	if (url_parse(&u, res->location))
		lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': redirected to %.*s (%d), not followed; "
			"check the url in the configuration",
			r->name, name, (int)u.host_len, u.host, res->status);
	else
		lapse_fail(err, LAPSE_EPROTO,
			"%s: '%s': redirected within itself (%d), "
			"not followed", r->name, name, res->status);
	return REPLY_BROKEN;
}

static enum verdict refused(const struct remote *r, const char *name,
	int status, struct lapse_err *err)
{
	if (status == 403)
		lapse_fail(err, LAPSE_EREFUSED,
			"%s: '%s': forbidden (403); the credential lacks "
			"the right to do this", r->name, name);
	else if (status == 404 || status == 410)
		lapse_fail(err, LAPSE_ENOTFOUND,
			"%s: '%s': not found, or hidden from the credential "
			"(%d)", r->name, name, status);
	else
		lapse_fail(err, LAPSE_EREFUSED,
			"%s: '%s': refused (%d)", r->name, name, status);
	return REPLY_REFUSED;
}

static enum verdict failing(const struct remote *r, const char *name,
	const struct http_response *res, int64_t *ret_wait_s,
	struct lapse_err *err)
{
	*ret_wait_s = asked_wait(res);
	if (res->status == 429 || res->status == 425 ||
		(res->status == 503 && res->retry_after_s >= 0)) {
		lapse_fail(err, LAPSE_EAGAIN, "%s: '%s': busy (%d)", r->name,
			name, res->status);
		return REPLY_AGAIN_AFTER;
	}
	lapse_fail(err, LAPSE_EUNAVAIL, "%s: '%s': the service fails (%d)",
		r->name, name, res->status);
	return REPLY_UNCERTAIN;
}

enum verdict remote_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err)
{
	AUTO_BUF out = {0};
	const char *name = what(req, &out);
	int status = res->status;

	*ret_wait_s = -1;
	if (status == 401) {
		lapse_fail(err, LAPSE_EAUTH,
			"%s: '%s': the credential is not accepted (401)",
			r->name, name);
		return REPLY_RENEW_TOKEN;
	}
	if (status >= 300 && status < 400)
		return redirected(r, name, res, err);
	if (status == 429 || status == 425 || status == 408 ||
		(status >= 500 && status != 501 && status < 600))
		return failing(r, name, res, ret_wait_s, err);
	if ((status >= 400 && status < 500) || status == 501)
		return refused(r, name, status, err);
	lapse_fail(err, LAPSE_EPROTO, "%s: '%s': unexpected status %d",
		r->name, name, status);
	return REPLY_BROKEN;
}
