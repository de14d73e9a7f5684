/* One HTTP exchange on its handle: the settings, the bounds, the headers. Knows
 * neither operations nor retries. */
#include "engine_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

enum {
	HEADER_BYTES_MAX = 64 << 10,
	HEADER_LINES_MAX = 256,
	CONNECT_MS = 10000,
	TOTAL_S = 60,
	SLOW_S = 30,
	CONNECTION_LIFE_S = 300,
};

_Static_assert(sizeof(((struct flight *)0)->detail) >= CURL_ERROR_SIZE,
	"detail must hold curl's message");

/* ---- Callbacks ---- */

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct flight *f = arg;

	buf_add(&f->res.body, bytes, size * n);
	if (!f->res.body.failed)
		return size * n;
	f->too_big = f->res.body.len + size * n > HTTP_BODY_MAX;
	return 0;
}

/* Each block of headers starts the reply anew: there may be 1xx ones. */
static bool is_status_line(const char *line, size_t len)
{
	return len > 5 && strncmp(line, "HTTP/", 5) == 0;
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct flight *f = arg;
	bool had_date = f->res.date != WHEN_NONE;
	size_t len = size * n;

	f->header_bytes += len;
	f->header_lines++;
	if (f->header_bytes > HEADER_BYTES_MAX ||
		f->header_lines > HEADER_LINES_MAX) {
		f->too_big = true;
		return 0;
	}
	if (is_status_line(line, len)) {
		http_response_reset(&f->res);
		f->head_done = false;
		return len;
	}
	if (len <= 2 && (line[0] == '\r' || line[0] == '\n'))
		f->head_done = true;
	if (http_response_header(&f->res, line, len, &f->fault) < 0)
		return 0;
	if (!had_date && f->res.date != WHEN_NONE) {
		f->date_now = f->wire->env->now(f->wire->env->arg);
		f->date_ms = f->wire->env->ticks_ms(f->wire->env->arg);
	}
	return len;
}

/* curl sends a request again by itself when a kept connection turns out to be
 * closed. A write might then be carried out twice, so that is stopped here. */
static int before_sending(void *arg, char *ip, char *local_ip, int port,
	int local_port)
{
	struct flight *f = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	f->sendings++;
	return f->once && f->sendings > 1 ? CURL_PREREQFUNC_ABORT
					  : CURL_PREREQFUNC_OK;
}

/* ---- Handles ---- */

#define SET(option, value)                                                     \
	do {                                                                   \
		if (curl_easy_setopt(f->easy, option, value) != CURLE_OK)      \
			return false;                                          \
	} while (0)

static bool set_callbacks(struct flight *f)
{
	SET(CURLOPT_PRIVATE, f);
	SET(CURLOPT_ERRORBUFFER, f->detail);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, f);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, f);
	SET(CURLOPT_PREREQFUNCTION, before_sending);
	SET(CURLOPT_PREREQDATA, f);
	SET(CURLOPT_USERAGENT, f->wire->user_agent);
	SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	return true;
}

void flight_set_patience(struct flight *f, int64_t patience_s)
{
	int64_t timeout_s = f->wire->timeout_s > 0 ? f->wire->timeout_s
						   : TOTAL_S;

	if (patience_s > 0 && patience_s < timeout_s)
		timeout_s = patience_s;
	curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS,
		(long)(timeout_s * 1000));
}

static bool set_bounds(struct flight *f)
{
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
	SET(CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_LIFE_S);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_PATH_AS_IS, 1L);	/* a proof names the path as sent */
	return true;
}

static bool set_transport(struct flight *f, bool tls, const char *proxy,
	const char *ca_file)
{
	SET(CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
	SET(CURLOPT_PROXY, tls && proxy != NULL ? proxy : "");
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(CURLOPT_PIPEWAIT, tls ? 1L : 0L);
	if (ca_file != NULL)
		SET(CURLOPT_CAINFO, ca_file);
	return true;
}

int flight_open(struct flight **ret, struct wire *w, bool tls,
	const char *proxy, const char *ca_file, struct lapse_err *err)
{
	struct flight *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return lapse_fail_nomem(err);
	f->wire = w;
	f->res.body.max = HTTP_BODY_MAX;
	http_response_reset(&f->res);
	f->easy = curl_easy_init();
	if (f->easy == NULL || !set_callbacks(f) || !set_bounds(f) ||
		!set_transport(f, tls, proxy, ca_file)) {
		flight_free(f);
		return lapse_fail(err, LAPSE_EINTERNAL,
			"libcurl: refuses a setting");
	}
	flight_set_patience(f, 0);
	*ret = f;
	return 0;
}

/* The lines hold credentials, and curl's own free does not wipe. */
static void drop_headers(struct flight *f)
{
	for (struct curl_slist *s = f->headers; s != NULL; s = s->next)
		explicit_bzero(s->data, strlen(s->data));
	curl_slist_free_all(f->headers);
	f->headers = NULL;
}

void flight_free(struct flight *f)
{
	if (f == NULL)
		return;
	flight_cancel(f);
	curl_easy_cleanup(f->easy);
	drop_headers(f);
	http_response_clear(&f->res);
	free(f);
}

/* ---- Headers ---- */

static bool is_header_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return false;
	}
	return len > 0;
}

static int put_header(struct flight *f, const char *line, size_t len,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct curl_slist *longer;

	if (!is_header_text(line, len))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"request: a header line holds control characters");
	buf_add(&text, line, len);
	longer = curl_slist_append(f->headers, buf_text(&text));
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	if (text.failed || longer == NULL)
		return lapse_fail_nomem(err);
	f->headers = longer;
	return 0;
}

static int put_lines(struct flight *f, const struct buf *lines,
	struct lapse_err *err)
{
	int rc = 0;

	for (const char *p = buf_text(lines); rc == 0 && *p != '\0';) {
		size_t len = strcspn(p, "\n");

		rc = put_header(f, p, len, err);
		p += len + (p[len] == '\n' ? 1 : 0);
	}
	return rc;
}

static int put_content_type(struct flight *f, const struct http_request *req,
	struct lapse_err *err)
{
	AUTO_BUF line = {0};

	/* without a value curl leaves out the one that it would add */
	buf_str(&line, "Content-Type:");
	if (req->body.len > 0)
		buf_fmt(&line, " %s", req->content_type != NULL
			? req->content_type
			: "application/json");
	return put_header(f, buf_text(&line), line.len, err);
}

static int put_headers(struct flight *f, const struct http_request *req,
	const struct buf *lines, struct lapse_err *err)
{
	static const char expect[] = "Expect:";
	const char *accept = "Accept: application/json";
	int rc;

	drop_headers(f);
	if (req->want == HTTP_WANT_BYTES)
		accept = "Accept: */*";
	rc = put_content_type(f, req, err);
	if (rc == 0)
		rc = put_header(f, expect, sizeof(expect) - 1, err);
	for (int i = 0; rc == 0 && i < HTTP_HEADERS; i++) {
		const char *line = req->headers[i];

		if (line == NULL)
			continue;
		if (strncasecmp(line, "accept:", 7) == 0)
			accept = NULL;
		rc = put_header(f, line, strlen(line), err);
	}
	if (rc == 0 && accept != NULL)
		rc = put_header(f, accept, strlen(accept), err);
	return rc < 0 ? rc : put_lines(f, lines, err);
}

/* ---- Starting and ending ---- */

static bool set_request(struct flight *f, const struct http_request *req,
	const char *url)
{
	bool plain = req->method == HTTP_GET ||
		(req->method == HTTP_DELETE && req->body.len == 0);
	const char *body = buf_text(&req->body);

	SET(CURLOPT_URL, url);
	SET(CURLOPT_HTTPHEADER, f->headers);
	if (plain) {
		SET(CURLOPT_POSTFIELDS, NULL);
		SET(CURLOPT_HTTPGET, 1L);
	} else {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, body);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.len);
	}
	SET(CURLOPT_CUSTOMREQUEST, req->method == HTTP_GET ||
			req->method == HTTP_POST
		? NULL
		: http_method_name(req->method));
	return true;
}

static void forget_last(struct flight *f)
{
	http_response_reset(&f->res);
	f->sendings = 0;
	f->header_bytes = 0;
	f->header_lines = 0;
	f->head_done = false;
	f->fault = (struct lapse_err){0};
	f->too_big = false;
	f->detail[0] = '\0';
}

int flight_start(struct flight *f, const struct http_request *req,
	const char *url, const struct buf *headers, struct lapse_err *err)
{
	int rc;

	forget_last(f);
	f->once = http_request_is_write(req);
	rc = put_headers(f, req, headers, err);
	if (rc < 0)
		return rc;
	if (!set_request(f, req, url) ||
		curl_multi_add_handle(f->wire->multi, f->easy) != CURLM_OK)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"libcurl: refuses a request");
	f->in_air = true;
	return 0;
}

void flight_cancel(struct flight *f)
{
	if (!f->in_air)
		return;
	curl_multi_remove_handle(f->wire->multi, f->easy);
	f->in_air = false;
	drop_headers(f);
}

bool flight_sent(const struct flight *f)
{
	long bytes = 0;

	/* what an earlier sending did cannot be told any more */
	if (f->sendings > 1)
		return true;
	if (curl_easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &bytes) !=
		CURLE_OK)
		return true;
	return f->sendings > 0 && bytes > 0;
}
