/* The paging guards and the usual request. */
#include "unit.h"

#include <stdio.h>

#include "op.h"

static int turn(struct op *op, const char *next, struct lapse_err *err)
{
	struct http_request req = {0};
	struct http_response last = {.next = (char *)(uintptr_t)next};
	int rc = op_next_link(op, &last, &req, err);

	if (rc == OP_SEND)
		assert_string_equal(buf_text(&req.target), next);
	http_request_clear(&req);
	return rc;
}

static void ends_without_a_link(void **state)
{
	struct op op = {.name = "list"};
	struct lapse_err err;

	(void)state;
	assert_int_equal(turn(&op, "https://a.example/2", &err), OP_SEND);
	assert_string_equal(buf_text(&op.cursor), "https://a.example/2");
	assert_int_equal(turn(&op, "https://a.example/3", &err), OP_SEND);
	assert_int_equal(turn(&op, NULL, &err), OP_DONE);
	assert_int_equal(op.pages, 2);
	op_clear(&op);
}

static void refuses_the_same_link(void **state)
{
	struct op op = {.name = "list"};
	struct lapse_err err;

	(void)state;
	assert_int_equal(turn(&op, "https://a.example/2", &err), OP_SEND);
	assert_err(turn(&op, "https://a.example/2", &err), LAPSE_EPROTO);
	op_clear(&op);
}

/* Cycles of every small length, after every small lead-in. */
static void notices_cycles(void **state)
{
	(void)state;
	for (int lead = 0; lead < 7; lead++) {
		for (int length = 1; length < 12; length++) {
			struct op op = {.name = "list"};
			struct lapse_err err = {0};
			char token[32];
			int rc = OP_SEND;
			int i;

			for (i = 0; i < 100 && rc == OP_SEND; i++) {
				snprintf(token, sizeof(token), "t%d", i < lead
					? i
					: lead + (i - lead) % length);
				rc = op_next_token(&op, token, &err);
			}
			assert_int_equal(rc, LAPSE_EPROTO);
			assert_true(i > lead + length);
			assert_true(i <= 4 * (lead + length) + 4);
			op_clear(&op);
		}
	}
}

static void refuses_endless_lists(void **state)
{
	struct op op = {.name = "list"};
	struct lapse_err err = {0};
	char token[32];
	int rc = OP_SEND;
	int i;

	(void)state;
	for (i = 0; i < 20000 && rc == OP_SEND; i++) {
		snprintf(token, sizeof(token), "t%d", i);
		rc = op_next_token(&op, token, &err);
	}
	assert_int_equal(rc, LAPSE_EPROTO);
	assert_int_equal(i, 10000);
	assert_has(err.text, "10000 pages");
	op_clear(&op);
}

static void ends_without_a_token(void **state)
{
	struct op op = {.name = "list"};
	struct lapse_err err;

	(void)state;
	assert_int_equal(op_next_token(&op, "a", &err), OP_SEND);
	assert_int_equal(op_next_token(&op, "", &err), OP_DONE);
	assert_int_equal(op_next_token(&op, NULL, &err), OP_DONE);
	op_clear(&op);
}

static void makes_requests(void **state)
{
	struct http_request req = {0};
	struct lapse_err err;
	struct buf body = {0};

	(void)state;
	assert_int_equal(op_send(&req, &err, HTTP_GET, "/u/{}", "a", NULL),
		OP_SEND);
	assert_int_equal(req.want, HTTP_WANT_JSON);
	assert_false(http_request_is_write(&req));
	assert_int_equal(op_send(&req, &err, HTTP_DELETE, "/u/{}", "a b",
				 NULL),
		OP_SEND);
	assert_string_equal(buf_text(&req.target), "/u/a%20b");
	assert_int_equal(req.want, HTTP_WANT_NOTHING);
	assert_true(http_request_is_write(&req));
	buf_str(&body, "{}");
	op_body(&req, &body);
	assert_null(body.data);
	assert_string_equal(buf_text(&req.body), "{}");
	assert_err(op_send(&req, &err, HTTP_GET, "/u/{}", "..", NULL),
		LAPSE_EPROTO);
	req.method = HTTP_POST;
	req.safe = true;
	assert_false(http_request_is_write(&req));
	http_request_clear(&req);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_without_a_link),
		cmocka_unit_test(refuses_the_same_link),
		cmocka_unit_test(notices_cycles),
		cmocka_unit_test(refuses_endless_lists),
		cmocka_unit_test(ends_without_a_token),
		cmocka_unit_test(makes_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
