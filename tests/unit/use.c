/* Last use, against a made-up provider: what it answers, what becomes of what
 * it does not, and who is idle by it. The functions of core.h and engine.h
 * that use.c calls are this file's, so nothing goes over a socket. */
#include "unit.h"

#include <stdlib.h>

#include "use.h"

enum {
	DAY = 86400,
	NOW = 1800000000,
};

static int fake_last_use(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	(void)op;
	(void)last;
	(void)ret;
	return lapse_fail(err, LAPSE_EINTERNAL, "never called");
}

static struct idp_driver driver = {.name = "fake", .last_use = fake_last_use};
static struct idp_section section = {.name = "okta", .driver = &driver};
static struct core_idp provider = {.section = &section};
static struct lapse lapse;

static struct {
	struct op *op;
	engine_done *done;
	void *arg;
} queue[16];
static size_t queued;
static size_t asked;
static bool over;		/* the deadline has come */

int core_idp_ready(struct lapse *l, const char *idp, struct core_idp **ret,
	struct lapse_err *err)
{
	(void)l;
	if (strcmp(idp, "okta") != 0)
		return lapse_fail(err, LAPSE_EUNAVAIL, "%s: down", idp);
	*ret = &provider;
	return 0;
}

void core_idp_told(struct lapse *l, struct core_idp *i, const struct op *op,
	int rc, const struct lapse_err *why)
{
	(void)l;
	(void)i;
	(void)op;
	(void)rc;
	(void)why;
}

int64_t core_now(struct lapse *l)
{
	(void)l;
	return NOW;
}

int engine_add(struct engine *e, struct remote *r, struct op *op, bool observe,
	engine_done *done, void *arg, struct lapse_err *err)
{
	(void)e;
	(void)r;
	(void)observe;
	if (over)
		return lapse_fail(err, LAPSE_EAGAIN, "deadline");
	asked++;
	queue[queued].op = op;
	queue[queued].done = done;
	queue[queued++].arg = arg;
	return 0;
}

/* By the user's name: what the provider says about them. */
static int answer(struct op *op, struct lapse_err *err)
{
	struct idp_use_seen s = {
		.use = IDP_USE_SEEN,
		.at = NOW - 3 * DAY - 1,
		.source = op->key != NULL ? "sign-on" : "sign-in",
		.of_application = op->key != NULL,
	};

	op->outcome = OP_FOUND;
	if (strcmp(op->user, "gone") == 0) {
		op->outcome = OP_GONE;
		return 0;
	}
	if (strcmp(op->user, "broken") == 0)
		return lapse_fail(err, LAPSE_EPROTO, "no sense");
	if (strcmp(op->user, "hidden") == 0)
		s = (struct idp_use_seen){.at = WHEN_NONE, .why = "no licence",
			.source = "sign-in"};
	if (strncmp(op->user, "away", 4) == 0) {
		s.use = IDP_USE_NOT_SEEN;
		s.at = op->at + 60;	/* its clock, its log */
	}
	return op->sink(op->arg, &s, err);
}

int engine_run(struct engine *e, struct lapse_err *err)
{
	(void)e;
	(void)err;
	for (size_t i = 0; i < queued; i++) {
		struct lapse_err why = {0};
		int rc = answer(queue[i].op, &why);

		queue[i].done(queue[i].arg, queue[i].op, rc, &why);
	}
	queued = 0;
	return 0;
}

static const struct application github = {.name = "GitHub", .idp = "okta",
	.app_id = "0oa1"};
static const struct application slack = {.name = "Slack", .idp = "entra",
	.app_id = "0oa2"};

static int setup(void **state)
{
	(void)state;
	queued = 0;
	asked = 0;
	over = false;
	driver.last_use = fake_last_use;
	return 0;
}

static struct use ask(const char *idp, const char *user,
	const struct application *application, struct arena *a)
{
	struct use_question q = {idp, user, application, NOW - 90 * DAY,
		{0}};
	struct lapse_err err = {0};

	assert_ok(use_read(&lapse, &q, 1, a, &err));
	return q.use;
}

static void answers(void **state)
{
	AUTO_ARENA a = {0};
	struct use u = ask("okta", "anna", &github, &a);

	(void)state;
	assert_int_equal(u.kind, USE_SEEN);
	assert_int_equal(u.at, NOW - 3 * DAY - 1);
	assert_int_equal(u.days, 3);
	assert_true(u.of_application);
	assert_string_equal(u.source, "sign-on");
	assert_null(u.why);
	u = ask("okta", "anna", NULL, &a);
	assert_false(u.of_application);
	assert_string_equal(u.source, "sign-in");
	u = ask("okta", "away", &github, &a);
	assert_int_equal(u.kind, USE_NOT_SEEN);
	assert_int_equal(u.days, 90);
}

/* Another provider's id of an application is no id here. */
static void app_id_of_its_provider_only(void **state)
{
	AUTO_ARENA a = {0};
	struct use u = ask("okta", "anna", &slack, &a);

	(void)state;
	assert_int_equal(u.kind, USE_SEEN);
	assert_false(u.of_application);
}

static void assert_unknown(struct use u, const char *why)
{
	assert_int_equal(u.kind, USE_UNKNOWN);
	assert_int_equal(u.at, WHEN_NONE);
	assert_int_equal(u.days, -1);
	assert_has(u.why, why);
	assert_false(use_is_idle(&u, DAY, NOW - 900 * DAY, NOW));
}

static void what_fails_is_unknown(void **state)
{
	AUTO_ARENA a = {0};

	(void)state;
	assert_unknown(ask("okta", "gone", NULL, &a), "does not know");
	assert_unknown(ask("okta", "broken", NULL, &a), "no sense");
	assert_unknown(ask("okta", "hidden", NULL, &a), "no licence");
	assert_unknown(ask("entra", "anna", NULL, &a), "entra: down");
	assert_unknown(ask(NULL, NULL, &github, &a), "no provider");
	over = true;
	assert_unknown(ask("okta", "anna", NULL, &a), "deadline");
	over = false;
	driver.last_use = NULL;
	assert_unknown(ask("okta", "anna", NULL, &a), "does not tell");
}

static void same_question_once(void **state)
{
	AUTO_ARENA a = {0};
	struct lapse_err err = {0};
	struct use_question q[] = {
		{"okta", "ben", &github, 5, {0}},
		{"okta", "anna", &github, 5, {0}},
		{NULL, NULL, NULL, 5, {0}},
		{"okta", "ben", NULL, 5, {0}},
		{"okta", "ben", &github, 5, {0}},
		{"okta", "ben", &slack, 5, {0}},
	};

	(void)state;
	assert_ok(use_read(&lapse, q, COUNT(q), &a, &err));
	assert_int_equal(asked, 3);
	assert_int_equal(q[2].use.kind, USE_UNKNOWN);
	assert_int_equal(q[4].use.kind, USE_SEEN);
	assert_true(q[4].use.of_application);
	assert_false(q[5].use.of_application);
	assert_ok(use_read(&lapse, q, 0, &a, &err));
}

/* A wrong app-id: its log shows nobody. Two may be idle, three are a doubt;
 * one who signed on proves the id. */
static void nobody_at_all_is_unknown(void **state)
{
	AUTO_ARENA a = {0};
	struct lapse_err err = {0};
	struct use_question q[] = {
		{"okta", "away", &github, NOW - 90 * DAY, {0}},
		{"okta", "away2", &github, NOW - 90 * DAY, {0}},
		{"okta", "away3", &github, NOW - 90 * DAY, {0}},
		{"okta", "anna", &github, NOW - 90 * DAY, {0}},
	};

	(void)state;
	assert_ok(use_read(&lapse, q, 2, &a, &err));
	assert_int_equal(q[1].use.kind, USE_NOT_SEEN);
	assert_ok(use_read(&lapse, q, 3, &a, &err));
	for (size_t i = 0; i < 3; i++)
		assert_unknown(q[i].use, "nobody signed on to 0oa1 in the "
			"whole window: is app-id right?");
	assert_ok(use_read(&lapse, q, 4, &a, &err));
	assert_int_equal(q[0].use.kind, USE_NOT_SEEN);
	assert_int_equal(q[3].use.kind, USE_SEEN);
}

static void idle(void **state)
{
	const int64_t window = 90 * DAY;
	const int64_t old = NOW - 400 * DAY;
	struct use u = {.kind = USE_SEEN, .at = NOW - window};

	(void)state;
	assert_true(use_is_idle(&u, window, old, NOW));
	u.at++;
	assert_false(use_is_idle(&u, window, old, NOW));
	u.at = NOW - 200 * DAY;
	assert_true(use_is_idle(&u, window, NOW - window, NOW));
	assert_false(use_is_idle(&u, window, NOW - window + 1, NOW));
	assert_false(use_is_idle(&u, window, WHEN_NONE, NOW));
	/* A log that begins a little late is of the whole window; one that
	 * keeps less proves nothing about it. */
	u = (struct use){.kind = USE_NOT_SEEN, .at = NOW - window + 300};
	assert_true(use_is_idle(&u, window, old, NOW));
	u.at = NOW - window + 3600;
	assert_false(use_is_idle(&u, window, old, NOW));
	u = (struct use){.kind = USE_UNKNOWN, .at = WHEN_NONE};
	assert_false(use_is_idle(&u, window, old, NOW));
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(use_name(USE_UNKNOWN), "unknown");
	assert_string_equal(use_name(USE_SEEN), "seen");
	assert_string_equal(use_name(USE_NOT_SEEN), "not-seen");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(answers, setup),
		cmocka_unit_test_setup(app_id_of_its_provider_only, setup),
		cmocka_unit_test_setup(what_fails_is_unknown, setup),
		cmocka_unit_test_setup(same_question_once, setup),
		cmocka_unit_test_setup(nobody_at_all_is_unknown, setup),
		cmocka_unit_test(idle),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
