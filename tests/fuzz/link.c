/* Header lines: each line of the input is one. Whatever next link comes out
 * and counts as the same origin is under the base for libcurl too, which is
 * what would be asked. */
#include <curl/curl.h>

#include "fuzz.h"
#include "http.h"
#include "url.h"
#include "when.h"

static const char *const bases[] = {
	"https://acme.okta.com", "https://acme.okta.com/api/v1",
	"http://127.0.0.1:8080/a", "https://[::1]:8443",
};

static void part(CURLU *u, CURLUPart what, const char *otherwise, char *ret,
	size_t size)
{
	char *text = NULL;

	if (curl_url_get(u, what, &text, CURLU_DEFAULT_PORT) == CURLUE_OK)
		snprintf(ret, size, "%s", text);
	else
		snprintf(ret, size, "%s", otherwise);
	curl_free(text);
}

static void must_be_same(CURLU *a, CURLU *b, CURLUPart what)
{
	char one[512];
	char two[512];

	part(a, what, "", one, sizeof(one));
	part(b, what, "", two, sizeof(two));
	must(strcasecmp(one, two) == 0);
}

static void must_be_under(const char *base, const char *url)
{
	CURLU *b = curl_url();
	CURLU *u = curl_url();
	char from[512];
	char path[URL_MAX];
	size_t len;

	must(curl_url_set(b, CURLUPART_URL, base, 0) == CURLUE_OK);
	must(curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK);
	must_be_same(b, u, CURLUPART_SCHEME);
	must_be_same(b, u, CURLUPART_HOST);
	must_be_same(b, u, CURLUPART_PORT);
	must_be_same(b, u, CURLUPART_USER);
	must_be_same(b, u, CURLUPART_PASSWORD);
	must_be_same(b, u, CURLUPART_FRAGMENT);
	part(b, CURLUPART_PATH, "/", from, sizeof(from));
	part(u, CURLUPART_PATH, "/", path, sizeof(path));
	len = strlen(from);
	len -= from[len - 1] == '/' ? 1 : 0;
	must(strncmp(from, path, len) == 0);
	must(path[len] == '/' || path[len] == '\0');
	curl_url_cleanup(b);
	curl_url_cleanup(u);
}

static void must_be_sane(const struct http_response *res)
{
	must(res->date == WHEN_NONE || res->date >= 0);
	must(res->retry_after_s >= -1);
	must(res->limit >= -1 && res->remaining >= -1);
	must(res->reset_at == WHEN_NONE || res->reset_at >= 0);
	must(strlen(res->media_type) < sizeof(res->media_type));
	must(strlen(res->location) < sizeof(res->location));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_response res = {0};
	struct lapse_err err = {0};
	const char *p = (const char *)data;
	const char *end = p + size;
	struct url u;

	http_response_reset(&res);
	while (p < end) {
		const char *line = memchr(p, '\n', (size_t)(end - p));
		size_t len = line == NULL ? (size_t)(end - p)
					  : (size_t)(line - p);

		err = (struct lapse_err){0};
		must_be_clean(http_response_header(&res, p, len, &err), &err);
		p += len + 1;
	}
	must_be_sane(&res);
	must(res.next == NULL || url_parse(&u, res.next));
	for (size_t i = 0; res.next != NULL &&
		i < sizeof(bases) / sizeof(*bases); i++)
		if (http_same_origin(bases[i], res.next))
			must_be_under(bases[i], res.next);
	http_response_clear(&res);
	return 0;
}
