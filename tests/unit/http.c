/* Header lines, URL templates, links and origins. */
#include "unit.h"

#include "http.h"
#include "url.h"

static void take(struct http_response *res, const char *line)
{
	struct lapse_err err = {0};

	assert_ok(http_response_header(res, line, strlen(line), &err));
}

static void reads_dates_and_waits(void **state)
{
	struct http_response res = {0};

	(void)state;
	http_response_reset(&res);
	assert_true(res.date == WHEN_NONE);
	assert_int_equal(res.retry_after_s, -1);
	take(&res, "Retry-After: Mon, 23 Nov 2026 10:01:30 GMT\r\n");
	assert_int_equal(res.retry_after_s, -1);
	take(&res, "Date: Mon, 23 Nov 2026 10:00:00 GMT\r\n");
	assert_int_equal(res.retry_after_s, 90);
	http_response_reset(&res);
	take(&res, "date: Mon, 23 Nov 2026 10:00:00 GMT");
	take(&res, "retry-after: Mon, 23 Nov 2020 10:00:00 GMT");
	assert_int_equal(res.retry_after_s, 0);
	take(&res, "Retry-After: 17");
	assert_int_equal(res.retry_after_s, 17);
	take(&res, "Retry-After: -5");
	assert_int_equal(res.retry_after_s, -1);
	take(&res, "Retry-After: 99999999999999999999");
	assert_int_equal(res.retry_after_s, -1);
	take(&res, "Date: yesterday");
	assert_int_equal(res.date, 1795428000);
	http_response_clear(&res);
}

static void reads_rates(void **state)
{
	static const struct {
		const char *line;
		int64_t reset_at;
	} resets[] = {
		{"X-Rate-Limit-Reset: 1795428060", 1795428060},
		{"X-RateLimit-Reset: 2026-11-23T10:01:00Z", 1795428060},
		{"x-ratelimit-reset: 2026-11-23T10:01Z", 1795428060},
		{"X-Rate-Limit-Reset: 1795428060, 1795428061", WHEN_NONE},
		{"X-Rate-Limit-Reset: soon", WHEN_NONE},
		{"X-Rate-Limit-Reset: -3", WHEN_NONE},
		{"X-Rate-Limit-Reset:", WHEN_NONE},
	};
	struct http_response res = {0};

	(void)state;
	http_response_reset(&res);
	take(&res, "X-Rate-Limit-Limit: 600");
	take(&res, "X-RateLimit-Remaining:   599  ");
	assert_int_equal(res.limit, 600);
	assert_int_equal(res.remaining, 599);
	take(&res, "X-Rate-Limit-Limit: 600, 600");
	assert_int_equal(res.limit, -1);
	for (size_t i = 0; i < COUNT(resets); i++) {
		take(&res, resets[i].line);
		assert_true(res.reset_at == resets[i].reset_at);
	}
	http_response_clear(&res);
}

static void reads_texts(void **state)
{
	struct http_response res = {0};
	char line[400] = "ETag: ";

	(void)state;
	http_response_reset(&res);
	take(&res, "Content-Type: Application/JSON;charset=UTF-8");
	assert_string_equal(res.media_type, "application/json");
	take(&res, "X-Okta-Request-Id: abc");
	take(&res, "X-Request-Id: other");
	assert_string_equal(res.request_id, "abc");
	take(&res, "dpop-nonce: N0nce");
	assert_string_equal(res.dpop_nonce, "N0nce");
	take(&res, "WWW-Authenticate: DPoP realm=\"x\", "
		   "error=\"use_dpop_nonce\", error_description=\"no\"");
	assert_string_equal(res.auth_error, "use_dpop_nonce");
	take(&res, "WWW-Authenticate: Bearer my_error=\"x\", error=bad, a=b");
	assert_string_equal(res.auth_error, "bad");
	take(&res, "X-Request-Id: a\x01");
	take(&res, "no colon at all");
	take(&res, "X-Unknown: thing");
	memset(line + 6, 'x', 300);
	take(&res, line);
	assert_string_equal(res.etag, "");
	http_response_clear(&res);
}

static void reads_links(void **state)
{
	static const struct {
		const char *lines[3];
		const char *next;
	} cases[] = {
		{{"Link: <https://a.example/p?after=1&limit=2>; rel=\"next\""},
			"https://a.example/p?after=1&limit=2"},
		{{"link: <https://a.example/p>; rel=\"self\"",
			 "link: <https://a.example/p?x>; rel=\"next\""},
			"https://a.example/p?x"},
		{{"Link: <https://a.example/1>; rel=\"self\", "
		  "<https://a.example/2?a,b>;rel=next"},
			"https://a.example/2?a,b"},
		{{"Link: <https://a.example/2>; title=\"x, <y>; z\"; "
		  "REL=\"last NEXT\""},
			"https://a.example/2"},
		{{"Link: <https://a.example/2>; rel=last; rel=next"}, NULL},
		{{"Link: <https://a.example/2>; rel=nextish"}, NULL},
		{{"Link: </style.css>; rel=preload; crossorigin"}, NULL},
		{{"Link: <https://a.example/2>"}, NULL},
		{{"Link: "}, NULL},
		{{"Link: <https://a.example/2>;rel=next",
			 "Link: <https://a.example/2>;rel=next"},
			"https://a.example/2"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_response res = {0};

		http_response_reset(&res);
		for (int l = 0; l < 3 && cases[i].lines[l] != NULL; l++)
			take(&res, cases[i].lines[l]);
		if (cases[i].next == NULL)
			assert_null(res.next);
		else
			assert_string_equal(res.next, cases[i].next);
		http_response_clear(&res);
	}
}

/* Read as "no link", each of these would cut a list short. */
static void refuses_links_that_hide_a_page(void **state)
{
	static const char *const lines[] = {
		"Link: </api/v1/users?after=1>; rel=\"next\"",
		"Link: <//a.example/x>; rel=\"next\"",
		"Link: https://a.example/2; rel=next",
		"Link: <https://a.example/2; rel=next",
		"Link: <https://a.example/2>; rel=\"next",
		"Link: <https://a.example/2> rel=next",
		"Link: <https://u@a.example/2>; rel=next",
		"Link: <https://a.example/2#f>; rel=next",
		"Link: <https://a.test>;rel=next,<https://b.test>;rel=next",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct http_response res = {0};
		struct lapse_err err;

		http_response_reset(&res);
		assert_err(http_response_header(&res, lines[i],
				   strlen(lines[i]), &err),
			LAPSE_EPROTO);
		http_response_clear(&res);
	}
}

static void refuses_endless_lines(void **state)
{
	struct http_response res = {0};
	struct lapse_err err;
	static char line[40000] = "Link: <https://a.example/";

	(void)state;
	memset(line + strlen(line), 'x', 30000);
	http_response_reset(&res);
	assert_err(http_response_header(&res, line, strlen(line), &err),
		LAPSE_EPROTO);
	http_response_clear(&res);
}

static void fills_templates(void **state)
{
	struct lapse_err err = {0};
	AUTO_BUF out = {0};

	(void)state;
	assert_ok(http_target(&out, &err, "/g/{}/u/{}?q={}&x=1", "00g",
		"a b/c?d#e%", "\xc3\xa9=&", NULL));
	assert_string_equal(out.data,
		"/g/00g/u/a%20b%2Fc%3Fd%23e%25?q=%C3%A9%3D%26&x=1");
	assert_ok(http_target(&out, &err, "/plain", NULL));
	assert_string_equal(out.data, "/plain");
}

static void refuses_hostile_ids(void **state)
{
	static const char *const ids[] = {"", ".", ".."};
	struct lapse_err err;
	AUTO_BUF out = {0};

	(void)state;
	buf_str(&out, "kept");
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_err(http_target(&out, &err, "/g/{}/u", ids[i], NULL),
			LAPSE_EPROTO);
	assert_err(http_target(&out, &err, "/g/{}/{}", "a", NULL),
		LAPSE_EINTERNAL);
	assert_err(http_target(&out, &err, "/g/{}", "a", "b", NULL),
		LAPSE_EINTERNAL);
	assert_string_equal(out.data, "kept");
	assert_ok(http_target(&out, &err, "/g/{}/u", "../x", NULL));
	assert_string_equal(out.data, "/g/..%2Fx/u");
	assert_ok(http_target(&out, &err, "/g/{}", "a\r\nHost: b", NULL));
	assert_string_equal(out.data, "/g/a%0D%0AHost%3A%20b");
}

static void compares_origins(void **state)
{
	static const struct {
		const char *url;
		bool same;
	} cases[] = {
		{"https://good.example/api/v1/users?after=x", true},
		{"https://GOOD.Example/api/v1", true},
		{"HTTPS://good.example/api/v1?x", true},
		{"https://good.example:443/api/v1/x", true},
		{"https://good.example/api/v1/a%2Eb", true},
		{"https://good.example/api/v1/a..b/...", true},
		{"https://good.example/api/v1/?next=..%2f..", true},
		{"https://evil.example/api/v1/users", false},
		{"https://good.example.evil.tld/api/v1/users", false},
		{"https://good.example.evil.tld", false},
		{"https://good.example@evil.tld/api/v1/users", false},
		{"https://user@good.example/api/v1/users", false},
		{"https://user:pw@good.example/api/v1/users", false},
		{"//good.example/api/v1/users", false},
		{"http://good.example/api/v1/users", false},
		{"http://good.example:443/api/v1/users", false},
		{"ftp://good.example/api/v1/users", false},
		{"https://good.example:8443/api/v1/users", false},
		{"https://good.example:443x/api/v1/users", false},
		{"https://good.example:/api/v1/users", false},
		{"https://good.example:0443/api/v1/users", true},
		{"https://good.example:65979/api/v1/users", false},
		{"https://good.example/api/v1/../v2", false},
		{"https://good.example/api/v1/..", false},
		{"https://good.example/api/v1/./x", false},
		{"https://good.example/api/v1/%2e%2E/x", false},
		{"https://good.example/api/v1/.%2e/x", false},
		{"https://good.example/api/v1/x%2f..%2fy", false},
		{"https://good.example/api/v1/..%5cx", false},
		{"https://good.example/api/v1\\..\\x", false},
		{"https://good.example\\@evil.tld/api/v1", false},
		{"https://good.example/api/v11/users", false},
		{"https://good.example/api", false},
		{"https://good.example", false},
		{"https://good.example?/api/v1/users", false},
		{"https://good.example/api/v1/users#f", false},
		{"https://good.example/api/v1/a b", false},
		{"https://good.example/api/v1/a\tb", false},
		{"https://good.example/api/v1/%zz", false},
		{"https://good.example/api/v1/%", false},
		{"https://g\xc3\xb6od.example/api/v1/x", false},
		{"https://xn--god-sna.example/api/v1/x", false},
		{"https://good.example./api/v1/x", false},
		{"https://.good.example/api/v1/x", false},
		{"https:///api/v1/x", false},
		{"https:/good.example/api/v1/x", false},
		{" https://good.example/api/v1/x", false},
		{"/api/v1/users", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (http_same_origin("https://good.example/api/v1",
			    cases[i].url) != cases[i].same)
			fail_msg("'%s' should %sbe the same", cases[i].url,
				cases[i].same ? "" : "not ");
	}
}

static void compares_other_bases(void **state)
{
	static char huge[100 << 10] = "https://good.example/";

	(void)state;
	assert_true(http_same_origin("https://a.example",
		"https://a.example/any?x"));
	assert_true(http_same_origin("https://a.example", "https://a.example"));
	assert_true(http_same_origin("http://127.0.0.1:8080",
		"http://127.0.0.1:8080/x"));
	assert_false(http_same_origin("http://127.0.0.1:8080",
		"http://127.0.0.1/x"));
	assert_true(http_same_origin("https://[2001:db8::1]:8443/a",
		"https://[2001:DB8::1]:8443/a/b"));
	assert_false(http_same_origin("https://127.0.0.1",
		"https://[::ffff:127.0.0.1]/"));
	assert_false(http_same_origin("https://127.0.0.1", "https://127.1/"));
	assert_false(http_same_origin("not a url", "not a url"));
	memset(huge + strlen(huge), 'x', sizeof(huge) - 100);
	assert_false(http_same_origin("https://good.example", huge));
}

static void knows_loopback(void **state)
{
	static const struct {
		const char *url;
		bool loopback;
	} cases[] = {
		{"http://127.0.0.1:80", true},
		{"http://127.9.8.7", true},
		{"http://localhost:99/x", true},
		{"http://[::1]:99", true},
		{"http://127.0.0.1.evil.tld", false},
		{"http://127.1", false},
		{"http://localhost.evil.tld", false},
		{"http://10.0.0.1", false},
		{"http://[::2]", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct url u;

		assert_true(url_parse(&u, cases[i].url));
		assert_true(url_is_loopback(&u) == cases[i].loopback);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_dates_and_waits),
		cmocka_unit_test(reads_rates),
		cmocka_unit_test(reads_texts),
		cmocka_unit_test(reads_links),
		cmocka_unit_test(refuses_links_that_hide_a_page),
		cmocka_unit_test(refuses_endless_lines),
		cmocka_unit_test(fills_templates),
		cmocka_unit_test(refuses_hostile_ids),
		cmocka_unit_test(compares_origins),
		cmocka_unit_test(compares_other_bases),
		cmocka_unit_test(knows_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
