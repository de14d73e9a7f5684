/* The Slack service: how its replies are judged, how text stands in a
 * message, and where it is reached. Operations stand beside this file. */
#include <string.h>

#include "text.h"
#include "web.h"

/* ---- Judging ---- */

/* Source: the error lists of the methods in Slack's Web API description. */
static const struct {
	const char *code;
	enum web_error means;
} errors[] = {
	{"not_authed", WEB_AUTH},
	{"invalid_auth", WEB_AUTH},
	{"account_inactive", WEB_AUTH},
	{"token_revoked", WEB_AUTH},
	{"token_expired", WEB_AUTH},
	{"org_login_required", WEB_AUTH},
	{"ekm_access_denied", WEB_AUTH},
	{"accesslimited", WEB_AUTH},
	{"team_access_not_granted", WEB_AUTH},
	{"no_permission", WEB_SCOPE},
	{"missing_scope", WEB_SCOPE},
	{"not_allowed_token_type", WEB_SCOPE},
	{"access_denied", WEB_SCOPE},

	{"channel_not_found", WEB_TARGET},
	{"not_in_channel", WEB_TARGET},
	{"is_archived", WEB_TARGET},
	{"restricted_action", WEB_TARGET},
	{"restricted_action_read_only_channel", WEB_TARGET},
	{"restricted_action_thread_only_channel", WEB_TARGET},
	{"restricted_action_non_threadable_channel", WEB_TARGET},
	{"restricted_action_thread_locked", WEB_TARGET},
	{"cannot_dm_bot", WEB_TARGET},
	{"user_disabled", WEB_TARGET},
	{"user_not_visible", WEB_ABSENT},
	{"user_not_found", WEB_ABSENT},
	{"users_not_found", WEB_ABSENT},
	{"message_not_found", WEB_ABSENT},
	{"thread_not_found", WEB_ABSENT},

	{"msg_too_long", WEB_CONTENT},
	{"no_text", WEB_CONTENT},
	{"too_many_attachments", WEB_CONTENT},
	{"invalid_blocks", WEB_CONTENT},
	{"invalid_arguments", WEB_CONTENT},
	{"invalid_name", WEB_CONTENT},
	{"invalid_cursor", WEB_CONTENT},
	{"bad_timestamp", WEB_CONTENT},
	{"no_item_specified", WEB_CONTENT},
	{"users_list_not_supplied", WEB_CONTENT},
	{"too_many_users", WEB_CONTENT},

	{"ratelimited", WEB_LATER},
	{"rate_limited", WEB_LATER},
	{"team_added_to_org", WEB_LATER},
	{"internal_error", WEB_UNSURE},
	{"fatal_error", WEB_UNSURE},
	{"service_unavailable", WEB_UNSURE},
	{"request_timeout", WEB_UNSURE},
};

enum web_error web_error_of(const char *code)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (strcmp(errors[i].code, code) == 0)
			return errors[i].means;
	return WEB_OTHER;
}

/* What is done about each class. A read of what is not there is for the
 * operation. */
static const struct {
	enum verdict verdict;
	int code;
	const char *what;
} judgements[] = {
	/* New ones come without notice, and may pass. */
	[WEB_OTHER] = {REPLY_REFUSED, LAPSE_EITEM, "refused"},
	[WEB_AUTH] = {REPLY_RENEW_TOKEN, LAPSE_EAUTH,
		"the token is not taken; check it, and whether the app is "
		"still installed"},
	[WEB_SCOPE] = {REPLY_REFUSED, LAPSE_EAUTH,
		"not with this token; add the scope to the app and install it "
		"again, see lapse-slack(7)"},
	[WEB_TARGET] = {REPLY_REFUSED, LAPSE_ENOTFOUND,
		"not there, or not for this app; is it a member of the "
		"channel?"},
	[WEB_ABSENT] = {REPLY_OK, LAPSE_ENOTFOUND, "not there"},
	[WEB_CONTENT] = {REPLY_REFUSED, LAPSE_EREFUSED,
		"what was sent is not taken"},
	[WEB_LATER] = {REPLY_AGAIN_AFTER, LAPSE_EAGAIN,
		"rate limit reached"},
	[WEB_UNSURE] = {REPLY_UNCERTAIN, LAPSE_EUNAVAIL,
		"the service fails"},
};

/* Opened leniently: what is no object has no "ok", and is the step's. */
static bool read_no(const struct http_response *res, struct json_doc **ret)
{
	struct json ok;

	if (res->body.len == 0 ||
		json_open(ret, res->body.data, res->body.len, NULL) < 0 ||
		!json_is_object(json_root(*ret)))
		return false;
	ok = json_at(json_root(*ret), "ok");
	return json_here(ok) && !json_bool(json_root(*ret), "ok", JSON_MAY) &&
		json_is_text(json_at(json_root(*ret), "error"));
}

static bool slack_refuses(const struct http_response *res)
{
	AUTO_JSON *doc = NULL;

	return read_no(res, &doc);
}

static void add_text(struct buf *out, const char *before, struct json root,
	const char *key)
{
	struct json at = json_at(root, key);

	if (!json_is_text(at))
		return;
	buf_str(out, before);
	text_line(out, json_as_text(at));
}

/* "slack: chat.postMessage: missing_scope (needs chat:write): ..." */
static void tell(const struct remote *r, const struct http_request *req,
	const struct http_response *res, struct json root, int code,
	const char *what, struct lapse_err *err)
{
	const char *target = buf_text(&req->target);
	AUTO_BUF said = {0};

	target += target[0] == '/' ? 1 : 0;
	add_text(&said, "", root, "error");
	add_text(&said, "; needs ", root, "needed");
	lapse_fail(err, code, "%s: %.*s: %s (%.200s)%s%s", r->name,
		(int)strcspn(target, "?"), target, what,
		said.len > 0 ? buf_text(&said) : "no reason given",
		res->request_id[0] != '\0' ? LAPSE_TRACE_ID : "",
		res->request_id);
}

/* Only 429 and 5xx mean something as statuses; all else is said in the body,
 * with 200. Source: Slack Web API, "Evaluating responses"; the official
 * client. */
static enum verdict slack_classify(const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	int64_t *ret_wait_s, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	enum web_error e = WEB_LATER;
	struct json root = {0};

	*ret_wait_s = -1;
	if (read_no(res, &doc)) {
		root = json_root(doc);
		e = web_error_of(json_as_text(json_at(root, "error")));
	} else if (res->status != 429) {
		return remote_classify(r, req, res, ret_wait_s, err);
	}
	if (res->status == 429 || e == WEB_LATER) {
		*ret_wait_s = res->retry_after_s;
		e = WEB_LATER;
	}
	tell(r, req, res, root, judgements[e].code, judgements[e].what, err);
	/* A status of refusal with a body that says "already" is no yes. */
	if (judgements[e].verdict == REPLY_OK && res->status >= 300)
		return REPLY_REFUSED;
	return judgements[e].verdict;
}

const struct service slack_service = {
	.name = "slack",
	.classify = slack_classify,
	.parallel = 2,
	.refuses = slack_refuses,
};

/* ---- Text ---- */

#define ZERO_WIDTH "\xe2\x80\x8b"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(unsigned char)c >= 0x80;
}

static bool is_of_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

/* Does a link go on here? Slack makes one of whatever looks like a URL, an
 * address or the name of a host: it is broken behind the colon, before the at
 * sign and before each point within a name. */
static bool is_in_link(const char *text, const char *p)
{
	char before = p > text ? p[-1] : '\0';

	return before == ':' ? *p == '/' || is_letter(*p) :
		*p == '@' ? is_of_name(before) && is_of_name(p[1]) :
		*p == '.' && is_of_name(before) && is_letter(p[1]);
}

/* Source: Slack, "Formatting text for app surfaces": these three are all that
 * is escaped. The marks of formatting have no escape: a zero-width blank keeps
 * each from being one. */
void slack_escape(struct buf *out, const char *text)
{
	if (text == NULL)
		return;
	for (const char *p = text; *p != '\0'; p++) {
		if (is_in_link(text, p))
			buf_str(out, ZERO_WIDTH);
		switch (*p) {
		case '&':
			buf_str(out, "&amp;");
			break;
		case '<':
			buf_str(out, "&lt;");
			break;
		case '>':
			buf_str(out, "&gt;");
			break;
		case '*':
		case '_':
		case '~':
		case '`':
			buf_str(out, ZERO_WIDTH);
			buf_char(out, *p);
			break;
		default:
			buf_char(out, *p);
		}
	}
}

/* '|' ends the url, and '>' the whole. */
void slack_link(struct buf *out, const char *url, const char *text)
{
	buf_char(out, '<');
	for (const char *p = url; *p != '\0'; p++) {
		if (*p == '|' || *p == '>' || *p == '<')
			buf_fmt(out, "%%%02X", (unsigned)(unsigned char)*p);
		else
			buf_char(out, *p);
	}
	buf_char(out, '|');
	slack_escape(out, text);
	buf_char(out, '>');
}

static void add_plain(struct buf *out, const char *text, size_t len)
{
	static const struct {
		const char *name;
		const char *is;
	} known[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"},
		{ZERO_WIDTH, ""}};

	for (size_t i = 0; i < len;) {
		size_t n = 0;

		for (size_t k = 0; n == 0 && k < 4; k++) {
			size_t m = strlen(known[k].name);

			if (m <= len - i &&
				memcmp(text + i, known[k].name, m) == 0) {
				buf_str(out, known[k].is);
				n = m;
			}
		}
		if (n == 0)
			buf_char(out, text[i]);
		i += n > 0 ? n : 1;
	}
}

/* Source: what chat.getPermalink gives; its form does not change. */
void slack_permalink(struct buf *out, const char *url, const char *channel,
	const char *ts)
{
	size_t n = url != NULL ? strlen(url) : 0;

	if (n == 0 || strncmp(url, "https://", 8) != 0 || !slack_is_ts(ts))
		return;
	buf_fmt(out, "%s%sarchives/%s/p", url, url[n - 1] == '/' ? "" : "/",
		channel);
	for (; *ts != '\0'; ts++)
		if (*ts != '.')
			buf_char(out, *ts);
}

/* Is the link's text its address, as Slack writes what it made a link of? */
static bool says_address(const char *url, size_t url_len, const char *text,
	size_t len)
{
	static const char *const before[] = {"", "http://", "https://",
		"mailto:", "tel:"};

	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		size_t n = strlen(before[i]);

		if (url_len >= n + len && memcmp(url, before[i], n) == 0 &&
			memcmp(url + n, text, len) == 0 &&
			(url_len == n + len ||
				(url_len == n + len + 1 && url[n + len] == '/')))
			return true;
	}
	return false;
}

static void add_link(struct buf *out, const char *url, size_t url_len,
	const char *text, size_t len)
{
	add_plain(out, text, len);
	if (says_address(url, url_len, text, len))
		return;
	buf_str(out, " (");
	add_plain(out, url, url_len);
	buf_char(out, ')');
}

/* "<https://x|words>" is "words (https://x)", "<https://x>" the address,
 * "<@U1|name>" "@U1": a name could be anybody's. */
static void add_reference(struct buf *out, const char *text, size_t len)
{
	const char *bar = memchr(text, '|', len);

	if (bar == NULL)
		add_plain(out, text, len);
	else if (text[0] == '@' || text[0] == '#' || text[0] == '!')
		add_plain(out, text, (size_t)(bar - text));
	else
		add_link(out, text, (size_t)(bar - text), bar + 1,
			len - (size_t)(bar + 1 - text));
}

void slack_plain(struct buf *out, const char *text)
{
	const char *p = text != NULL ? text : "";

	while (*p != '\0') {
		size_t n = strcspn(p, "<");
		const char *end;

		add_plain(out, p, n);
		p += n;
		if (*p == '\0')
			return;
		end = strchr(p, '>');
		if (end == NULL) {
			add_plain(out, p, strlen(p));
			return;
		}
		add_reference(out, p + 1, (size_t)(end - p - 1));
		p = end + 1;
	}
}

bool slack_is_ts(const char *text)
{
	size_t whole = text != NULL ? strspn(text, "0123456789") : 0;
	size_t rest;

	if (whole == 0 || whole > 12 || text[whole] != '.')
		return false;
	rest = strspn(text + whole + 1, "0123456789");
	return rest > 0 && rest <= 9 && text[whole + 1 + rest] == '\0';
}

/* ---- Configuration ---- */

int slack_configure(const struct slack_config *config, struct arena *a,
	struct remote *ret_remote, struct auth_config *ret_auth,
	struct lapse_err *err)
{
	const char *url = config->url != NULL ? config->url
					      : "https://slack.com/api";
	size_t len = strlen(url);
	const char *base;

	if (config->token == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"slack: token is missing");
	while (len > 0 && url[len - 1] == '/')
		len--;
	base = arena_copy_n(a, url, len);
	if (base == NULL)
		return lapse_fail_nomem(err);
	ret_remote->service = &slack_service;
	ret_remote->site = ret_remote->base = base;
	*ret_auth = (struct auth_config){
		.scheme = AUTH_HEADER,
		.prefix = "Bearer",
		.secret = config->token,
		.next_secret = config->next_token,
	};
	return 0;
}
