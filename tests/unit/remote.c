/* The shared judgement of replies by their status. */
#include "unit.h"

#include <stdio.h>

#include "remote.h"

static const struct remote okta = {.name = "okta",
	.base = "https://acme.okta.com"};

static enum verdict judge(struct http_response *res, int64_t *wait_s,
	struct lapse_err *err)
{
	struct http_request req = {.method = HTTP_DELETE};
	enum verdict v;

	*err = (struct lapse_err){0};
	buf_str(&req.target, "/api/v1/groups/g/users/u?mail=anna");
	v = remote_classify(&okta, &req, res, wait_s, err);
	http_request_clear(&req);
	return v;
}

static void judges_by_status(void **state)
{
	static const struct {
		int status;
		enum verdict verdict;
		int code;
	} cases[] = {
		{100, REPLY_BROKEN, LAPSE_EPROTO},
		{302, REPLY_BROKEN, LAPSE_EPROTO},
		{304, REPLY_BROKEN, LAPSE_EPROTO},
		{400, REPLY_REFUSED, LAPSE_EREFUSED},
		{401, REPLY_RENEW_TOKEN, LAPSE_EAUTH},
		{403, REPLY_REFUSED, LAPSE_EREFUSED},
		{404, REPLY_REFUSED, LAPSE_ENOTFOUND},
		{408, REPLY_UNCERTAIN, LAPSE_EUNAVAIL},
		{409, REPLY_REFUSED, LAPSE_EREFUSED},
		{410, REPLY_REFUSED, LAPSE_ENOTFOUND},
		{425, REPLY_AGAIN_AFTER, LAPSE_EAGAIN},
		{429, REPLY_AGAIN_AFTER, LAPSE_EAGAIN},
		{500, REPLY_UNCERTAIN, LAPSE_EUNAVAIL},
		{501, REPLY_REFUSED, LAPSE_EREFUSED},
		{502, REPLY_UNCERTAIN, LAPSE_EUNAVAIL},
		{503, REPLY_UNCERTAIN, LAPSE_EUNAVAIL},
		{504, REPLY_UNCERTAIN, LAPSE_EUNAVAIL},
		{600, REPLY_BROKEN, LAPSE_EPROTO},
		{999, REPLY_BROKEN, LAPSE_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_response res = {0};
		struct lapse_err err;
		char status[8];
		int64_t wait_s = 0;

		http_response_reset(&res);
		res.status = cases[i].status;
		assert_int_equal(judge(&res, &wait_s, &err),
			cases[i].verdict);
		assert_int_equal(err.code, cases[i].code);
		assert_int_equal(wait_s, -1);
		snprintf(status, sizeof(status), "%d", res.status);
		assert_has(err.text,
			"okta: 'DELETE /api/v1/groups/g/users/u'");
		assert_has(err.text, status);
		assert_has_not(err.text, "anna");
	}
}

static void finds_the_wait(void **state)
{
	struct http_response res = {0};
	struct lapse_err err;
	int64_t wait_s;

	(void)state;
	http_response_reset(&res);
	res.status = 429;
	res.date = 1000;
	res.reset_at = 1030;
	assert_int_equal(judge(&res, &wait_s, &err), REPLY_AGAIN_AFTER);
	assert_int_equal(wait_s, 31);
	res.reset_at = 900;
	judge(&res, &wait_s, &err);
	assert_int_equal(wait_s, 1);
	res.retry_after_s = 7;
	judge(&res, &wait_s, &err);
	assert_int_equal(wait_s, 7);
	res.status = 503;
	assert_int_equal(judge(&res, &wait_s, &err), REPLY_AGAIN_AFTER);
	assert_int_equal(wait_s, 7);
}

static void names_the_redirect(void **state)
{
	struct http_response res = {0};
	struct lapse_err err;
	int64_t wait_s;

	(void)state;
	http_response_reset(&res);
	res.status = 302;
	strcpy(res.location, "https://sso.example:99/login?token=abc");
	assert_int_equal(judge(&res, &wait_s, &err), REPLY_BROKEN);
	assert_has(err.text, "sso.example");
	assert_has_not(err.text, "abc");
	strcpy(res.location, "/login");
	assert_int_equal(judge(&res, &wait_s, &err), REPLY_BROKEN);
	assert_has(err.text, "within itself");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_by_status),
		cmocka_unit_test(finds_the_wait),
		cmocka_unit_test(names_the_redirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
