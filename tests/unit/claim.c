/* Reading what an issue's property says, and how far it is believed. */
#include "unit.h"

#include "claim.h"

enum {
	NOW = 1795395600,
	HOUR = 3600,
};

static int read_text(const char *text, struct arena *a, struct claim *ret)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err err = {0};
	int rc = json_open(&doc, text, strlen(text), &err);

	return rc < 0 ? rc : claim_read(doc, a, ret, &err);
}

#define HEAD "{\"schema\":\"lapse/property.v1\",\"ledger\":\"0a\",\"seq\":9," \
	"\"issue\":\"20001\",\"left_out\":2,\"grants\":["
#define GRANT "{\"id\":4,\"role\":\"r\",\"account\":\"ana\",\"state\":" \
	"\"active\",\"starts_at\":\"2026-11-23T01:00:00Z\",\"ends_at\":null," \
	"\"approval\":\"61\",\"end_reason\":null,"
#define HOLD "\"holds\":[{\"idp\":\"okta\",\"group\":\"g\",\"user\":\"u\"," \
	"\"before\":\"absent\",\"placed_at\":\"2026-11-23T01:00:00Z\"," \
	"\"released_at\":null,\"verified_at\":\"2026-11-23T01:00:00Z\""

static void test_read(void **state)
{
	AUTO_ARENA a = {0};
	struct claim c = {0};

	(void)state;
	assert_int_equal(read_text(HEAD GRANT HOLD ",\"pre_existing_at\":"
		"\"2026-11-22T01:00:00Z\",\"last\":{\"id\":7,\"kind\":\"add\","
		"\"state\":\"done\",\"sent_at\":null,\"settled_at\":"
		"\"2026-11-23T01:00:00Z\",\"verified_at\":null}}],"
		"\"changes\":[],\"method\":\"manual\",\"mode\":\"any\","
		"\"steps\":[{\"kind\":\"add\",\"issue\":\"5\",\"key\":\"A-5\","
		"\"opened_at\":\"2026-11-23T01:00:00Z\",\"due_at\":"
		"\"2026-11-23T01:00:00Z\",\"done_at\":null,\"done_by\":null}]"
		"}]}", &a, &c), 0);
	assert_string_equal(c.ledger, "0a");
	assert_string_equal(c.issue, "20001");
	assert_int_equal(c.seq, 9);
	assert_int_equal(c.left_out, 2);
	assert_int_equal(c.rows.grants.n, 1);
	assert_true(c.rows.grants.items[0].ends_at == WHEN_NONE);
	assert_true(c.rows.grants.items[0].manual);
	assert_string_equal(c.rows.grants.items[0].mode, "any");
	assert_int_equal(c.rows.holds.items[0].grant, 4);
	assert_int_equal(c.rows.holds.items[0].last.id, 7);
	assert_true(c.rows.holds.items[0].pre_at != WHEN_NONE);
	assert_string_equal(c.rows.steps.items[0].key, "A-5");
}

/* As an older lapse wrote it: without what rebuild was given later. */
static void test_read_older(void **state)
{
	AUTO_ARENA a = {0};
	struct claim c = {0};

	(void)state;
	assert_int_equal(read_text(HEAD GRANT HOLD "}],\"changes\":[]}]}", &a,
		&c), 0);
	assert_null(c.rows.grants.items[0].application);
	assert_true(c.rows.grants.items[0].created_at == WHEN_NONE);
	assert_int_equal(c.rows.holds.items[0].last.id, 0);
	assert_true(c.rows.holds.items[0].pre_at == WHEN_NONE);
}

static void test_read_broken(void **state)
{
	static const char *const broken[] = {
		"{}",
		"[]",
		HEAD "]",
		HEAD "{}]}",
		HEAD GRANT HOLD "}]}]}",
		HEAD GRANT "\"holds\":[{}],\"changes\":[]}]}",
		HEAD GRANT "\"holds\":{},\"changes\":[]}]}",
		HEAD "{\"id\":0,\"role\":\"r\",\"account\":\"ana\",\"state\":"
		     "\"active\",\"holds\":[],\"changes\":[]}]}",
		HEAD "{\"id\":4,\"role\":\"r\",\"account\":\"ana\",\"state\":"
		     "\"alive\",\"holds\":[],\"changes\":[]}]}",
		HEAD "{\"id\":4,\"role\":\"r\",\"account\":\"ana\",\"state\":"
		     "\"active\",\"ends_at\":\"never\",\"holds\":[],"
		     "\"changes\":[]}]}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		AUTO_ARENA a = {0};
		struct claim c = {.seq = -1};

		if (read_text(broken[i], &a, &c) != LAPSE_EPROTO)
			fail_msg("believed: %s", broken[i]);
		assert_int_equal(c.seq, -1);
	}
}

/* Nothing of a grant that is over is acted on; of its neighbour all is. */
static void test_end(void **state)
{
	AUTO_ARENA a = {0};
	struct claim c = {0};

	(void)state;
	assert_int_equal(read_text(HEAD GRANT HOLD "}],\"changes\":[{\"id\":3,"
		"\"kind\":\"remove\",\"state\":\"open\",\"idp\":\"okta\","
		"\"group\":\"g\",\"user\":\"u\",\"opened_at\":"
		"\"2026-11-23T01:00:00Z\",\"due_at\":"
		"\"2026-11-23T01:00:00Z\",\"attempts\":0}]},"
		"{\"id\":5,\"role\":\"r\",\"account\":\"ana\",\"state\":"
		"\"active\"," HOLD "}],\"changes\":[]}]}", &a, &c), 0);
	claim_end(&c, &c.rows.grants.items[0], NOW);
	assert_true(claim_is(&c.rows.grants.items[0], "ended"));
	assert_int_equal(c.rows.grants.items[0].ended_at, NOW);
	assert_int_equal(c.rows.grants.items[0].ending_at, NOW);
	assert_int_equal(c.rows.holds.items[0].grant, 0);
	assert_int_equal(c.rows.changes.items[0].grant, 0);
	assert_true(claim_is_live(&c.rows.grants.items[1]));
	assert_int_equal(c.rows.holds.items[1].grant, 5);
}

/* ---- Judging ---- */

static struct claim_facts good_facts(void)
{
	return (struct claim_facts){
		.now = NOW,
		.known = true,
		.max_s = 8 * HOUR,
		.approved = true,
		.ours = true,
		.since = NOW - HOUR,
	};
}

static struct claim_verdict judged(int64_t ends_at,
	const struct claim_facts *f)
{
	const struct projection_grant g = {.id = 1, .state = "active",
		.ends_at = ends_at};
	struct claim_verdict v;

	claim_judge(&g, f, &v);
	return v;
}

static void test_believed(void **state)
{
	struct claim_facts f = good_facts();
	struct claim_verdict v = judged(NOW + 2 * HOUR, &f);

	(void)state;
	assert_null(v.why);
	assert_false(v.capped);
	assert_int_equal(v.ends_at, NOW + 2 * HOUR);
	/* The clock starts within ten minutes: to the second. */
	v = judged(f.since + f.max_s + 600, &f);
	assert_false(v.capped);
	v = judged(f.since + f.max_s + 601, &f);
	assert_true(v.capped);
	assert_int_equal(v.ends_at, f.since + f.max_s + 600);
	assert_null(v.why);
}

static void test_no_end(void **state)
{
	struct claim_facts f = good_facts();
	struct claim_verdict v = judged(WHEN_NONE, &f);

	(void)state;
	assert_true(v.capped);
	assert_int_equal(v.ends_at, f.since + f.max_s + 600);
	f.max_s = 0;
	v = judged(WHEN_NONE, &f);
	assert_non_null(v.why);
	assert_int_equal(v.ends_at, NOW);
	f.endless = true;
	v = judged(WHEN_NONE, &f);
	assert_null(v.why);
	assert_false(v.capped);
	assert_true(v.ends_at == WHEN_NONE);
	/* Nothing bounds a role without a maximum. */
	v = judged(NOW + 900 * HOUR, &f);
	assert_false(v.capped);
}

static void test_not_borne_out(void **state)
{
	(void)state;
	for (int missing = 0; missing < 3; missing++) {
		struct claim_facts f = good_facts();
		struct claim_verdict v;

		f.known = missing != 0;
		f.approved = missing != 1;
		f.ours = missing != 2;
		v = judged(NOW + HOUR, &f);
		assert_non_null(v.why);
		assert_int_equal(v.ends_at, NOW);
	}
}

/* Approved it may be; but something else was asked for. */
static void test_differs(void **state)
{
	struct claim_facts f = good_facts();
	struct claim_verdict v;

	(void)state;
	f.differs = "its issue asks for another role";
	v = judged(NOW + HOUR, &f);
	assert_string_equal(v.why, f.differs);
	assert_int_equal(v.ends_at, NOW);
}

/* ---- Comparing ---- */

static int collect(void *arg, const struct claim_difference *d,
	struct lapse_err *err)
{
	struct buf *b = arg;

	(void)err;
	buf_fmt(b, "%lld %s: %s | %s\n", (long long)d->grant, d->what,
		d->ledger != NULL ? d->ledger : "-",
		d->jira != NULL ? d->jira : "-");
	return 0;
}

static void differ(const char *ledger, const char *jira, bool complete,
	const char *want)
{
	AUTO_ARENA a = {0};
	AUTO_BUF got = {0};
	struct claim one = {0};
	struct claim two = {0};
	struct lapse_err err = {0};

	assert_int_equal(read_text(ledger, &a, &one), 0);
	assert_int_equal(read_text(jira, &a, &two), 0);
	assert_int_equal(claim_compare(&one.rows, &two.rows, complete, &a,
		collect, &got, &err), 0);
	assert_string_equal(buf_text(&got), want);
}

#define REMOVE "\"changes\":[{\"id\":3,\"kind\":\"remove\",\"state\":" \
	"\"parked\",\"idp\":\"okta\",\"group\":\"g\",\"user\":\"u\"," \
	"\"opened_at\":\"2026-11-23T01:00:00Z\",\"due_at\":" \
	"\"2026-11-23T01:00:00Z\"}]}]}"
#define ENDED HEAD "{\"id\":4,\"role\":\"r\",\"account\":\"ana\",\"state\":" \
	"\"ended\",\"ends_at\":\"2026-11-23T02:00:00Z\",\"end_reason\":" \
	"\"expired\",\"holds\":[],\"changes\":[]}]}"
#define PLAIN HEAD GRANT HOLD "}],\"changes\":[]}]}"

static void test_compare(void **state)
{
	(void)state;
	differ(PLAIN, PLAIN, true, "");
	differ(PLAIN, HEAD GRANT HOLD "}]," REMOVE, true,
		"4 change okta:g u: - | remove, parked\n");
	differ(HEAD GRANT "\"holds\":[],\"changes\":[]}]}", PLAIN, true,
		"4 hold okta:g u: - | live, verified\n");
	differ(PLAIN, HEAD "]}", true, "4 grant: active | -\n");
	differ(HEAD "]}", PLAIN, true, "4 grant: - | active\n");
	/* A property that is full leaves old ones out. */
	differ(ENDED, HEAD "]}", false, "");
	differ(ENDED, HEAD "]}", true, "4 grant: ended | -\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_older),
		cmocka_unit_test(test_read_broken),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_believed),
		cmocka_unit_test(test_no_end),
		cmocka_unit_test(test_not_borne_out),
		cmocka_unit_test(test_differs),
		cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
