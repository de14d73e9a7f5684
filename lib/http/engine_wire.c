/* The wire: all exchanges that are in the air, over one curl multi handle, and
 * what became of each. */
#include "engine_private.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "text.h"

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
	w->timeout_s = config->timeout_s;
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

/* What a person can do, behind curl's words. */
static const char *advice(CURLcode code, enum fate fate)
{
	if (fate == FATE_CERTIFICATE)
		return "; nothing was sent; check 'url' and 'ca-file', or who "
		       "is between";
	if (fate == FATE_UNSENT && code == CURLE_SSL_CONNECT_ERROR)
		return "; nothing was sent; the server or a proxy must speak "
		       "TLS 1.2 or newer";
	return "";
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
	lapse_fail(err, LAPSE_EUNAVAIL, "%s%s", buf_text(&shown),
		advice(code, fate));
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
