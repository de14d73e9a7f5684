/* One HTTP exchange over curl: its settings, its bounds, and what became of
 * it. Knows neither operations nor retries. */
#include "engine_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "text.h"

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

struct wire {
	CURLM *multi;
	const struct lapse_env *env;
	const char *user_agent;
	int64_t timeout_s;
};

/* curl would write TLS secrets there, and read proxies from the others. */
static void forget_environment(void)
{
	static const char *const names[] = {
		"SSLKEYLOGFILE", "http_proxy", "https_proxy", "HTTPS_PROXY",
		"all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
}

static int check_tls(struct lapse_err *err)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	if ((v->features & CURL_VERSION_SSL) == 0)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"libcurl %s: built without TLS", v->version);
	return 0;
}

int wire_open(struct wire **ret, const struct engine_config *config,
	struct lapse_err *err)
{
	struct wire *w;

	forget_environment();
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"libcurl: cannot start");
	if (check_tls(err) < 0) {
		curl_global_cleanup();
		return LAPSE_EINTERNAL;
	}
	w = calloc(1, sizeof(*w));
	if (w != NULL)
		w->multi = curl_multi_init();
	if (w == NULL || w->multi == NULL) {
		free(w);
		curl_global_cleanup();
		return lapse_fail_nomem(err);
	}
	w->env = config->env;
	w->user_agent = config->user_agent;
	w->timeout_s = config->timeout_s > 0 ? config->timeout_s : TOTAL_S;
	curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, (long)FLIGHTS_MAX);
	*ret = w;
	return 0;
}

void wire_free(struct wire *w)
{
	if (w == NULL)
		return;
	curl_multi_cleanup(w->multi);
	curl_global_cleanup();
	free(w);
}

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

static bool set_bounds(struct flight *f)
{
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)(f->wire->timeout_s * 1000));
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

void wire_push(struct wire *w)
{
	int running;

	(void)curl_multi_perform(w->multi, &running);
}

void wire_wait(struct wire *w, int64_t ms)
{
	if (ms > 0)
		(void)curl_multi_poll(w->multi, NULL, 0, (int)ms, NULL);
	wire_push(w);
}

static enum fate fate_of(const struct flight *f, CURLcode code)
{
	/* a head cut short by the end of the connection is a success to curl */
	if (code == CURLE_OK)
		return f->head_done ? FATE_REPLY : FATE_LOST;
	if (f->too_big)
		return FATE_TOO_BIG;
	if (f->fault.code != 0)
		return f->fault.code == LAPSE_ENOMEM ? FATE_LOCAL
						     : FATE_GARBAGE;
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return FATE_CERTIFICATE;
	case CURLE_UNSUPPORTED_PROTOCOL:	/* HTTP/0.9 */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
		return FATE_GARBAGE;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_WRITE_ERROR:			/* our own callback's */
		return FATE_LOCAL;
	default:
		return flight_sent(f) ? FATE_LOST : FATE_UNSENT;
	}
}

/* curl's words may quote the other side. */
static void explain(const struct flight *f, CURLcode code, enum fate fate,
	struct lapse_err *err)
{
	AUTO_BUF shown = {0};
	const char *words = curl_easy_strerror(code);

	if (code == CURLE_OK)
		words = "the reply ends within its headers";
	if (fate == FATE_TOO_BIG)
		words = "larger than allowed";
	else if (f->fault.code != 0)
		words = f->fault.text;
	else if (f->detail[0] != '\0')
		words = f->detail;
	text_line(&shown, words);
	lapse_fail(err, LAPSE_EUNAVAIL, "%s", buf_text(&shown));
}

struct flight *wire_landed(struct wire *w, enum fate *ret,
	struct lapse_err *err)
{
	int left;
	struct flight *f = NULL;
	long status = 0;
	CURLcode code;
	CURLMsg *m;

	do {
		m = curl_multi_info_read(w->multi, &left);
	} while (m != NULL && m->msg != CURLMSG_DONE);
	if (m == NULL)
		return NULL;
	code = m->data.result;
	curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&f);
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	f->res.status = (int)status;
	*ret = fate_of(f, code);
	if (*ret != FATE_REPLY)
		explain(f, code, *ret, err);
	flight_cancel(f);
	return f;
}
