/* The projection on an issue and the anchor: their bytes, their HMAC, and
 * what is believed of them. */
#include "outbox.h"

#include "notice.h"
#include "projection.h"
#include "projection_seal.h"
#include "text.h"

static const struct membership member = {"okta", "00g1", "00u1"};

static int64_t add_hold(struct world *w, int64_t grant)
{
	struct lapse_err err = {0};
	struct hold_row h = {
		.grant = grant,
		.m = member,
		.before = "absent",
		.placed_at = START,
		.verified_at = WHEN_NONE,
		.released_at = WHEN_NONE,
	};
	int64_t id = 0;

	assert_ok(core_begin(&w->l, &err));
	assert_ok(hold_add(w->l.ledger, &h, &id, &err));
	assert_ok(core_commit(&w->l, &err));
	return id;
}

static void add_evidence(struct world *w, const char *issue, int64_t grant)
{
	struct lapse_err err = {0};

	assert_ok(core_begin(&w->l, &err));
	world_evidence(w, issue, grant);
	assert_ok(core_commit(&w->l, &err));
}

static void text_of(struct world *w, const char *issue, struct buf *ret)
{
	struct lapse_err err = {0};

	assert_ok(projection_text(&w->l, issue, ret, &err));
}

static bool good(struct world *w, const char *text)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err err = {0};
	bool ok = false;

	assert_ok(json_open(&doc, text, strlen(text), &err));
	assert_ok(seal_check(&w->l, json_root(doc), &ok, &err));
	return ok;
}

static void test_text(void **state)
{
	struct world *w = world_open();
	int64_t grant = world_grant(w, "100", false, "60");
	struct ledger_about about;
	struct lapse_err err = {0};
	AUTO_BUF want = {0};
	AUTO_BUF got = {0};
	AUTO_BUF again = {0};
	int64_t change = 0;

	(void)state;
	add_hold(w, grant);
	assert_ok(core_begin(&w->l, &err));
	assert_ok(change_add(w->l.ledger, &member, "add", grant, START, START,
		&change, &err));
	assert_ok(core_commit(&w->l, &err));
	add_evidence(w, "100", grant);
	assert_ok(ledger_about(w->l.ledger, &about, &err));
	buf_fmt(&want, "{\"schema\":\"lapse/property.v1\",\"ledger\":\"%s\","
		"\"seq\":", about.id);
	text_of(w, "100", &got);
	assert_memory_equal(buf_text(&got), buf_text(&want), want.len);
	assert_has(buf_text(&got), ",\"issue\":\"100\",\"left_out\":0,"
		"\"grants\":[{\"id\":1,\"role\":\"github/prod-admin\","
		"\"account\":\"ana\",\"state\":\"granting\",\"starts_at\":null,"
		"\"ends_at\":\"2026-11-23T11:00:00Z\",\"approval\":\"60\","
		"\"end_reason\":null,\"holds\":[{\"idp\":\"okta\",\"group\":"
		"\"00g1\",\"user\":\"00u1\",\"before\":\"absent\","
		"\"placed_at\":\"2026-11-23T10:00:00Z\",\"released_at\":null,"
		"\"verified_at\":null}],\"changes\":[{\"id\":1,\"kind\":"
		"\"add\",\"state\":\"open\",\"idp\":\"okta\",\"group\":"
		"\"00g1\",\"user\":\"00u1\",\"opened_at\":"
		"\"2026-11-23T10:00:00Z\",\"due_at\":\"2026-11-23T10:00:00Z\","
		"\"attempts\":0}],\"application\":\"GitHub\",\"elevated\":false,"
		"\"method\":\"group\",");
	assert_has(buf_text(&got), "}],\"mac\":\"");
	text_of(w, "100", &again);
	assert_string_equal(buf_text(&got), buf_text(&again));
	assert_true(good(w, buf_text(&got)));
	world_close(w);
}

static void change_char(struct buf *b, const char *at, char to)
{
	char *p = strstr(b->data, at);

	assert_non_null(p);
	*p = to;
}

static void test_mac(void **state)
{
	struct world *w = world_open();
	AUTO_BUF text = {0};

	(void)state;
	world_grant(w, "100", false, "60");
	text_of(w, "100", &text);
	/* In whatever order and spacing a service gives it back. */
	assert_true(good(w, "{}") == false);
	change_char(&text, "1:00:00Z", '2');
	assert_false(good(w, buf_text(&text)));
	change_char(&text, "2:00:00Z", '1');
	assert_true(good(w, buf_text(&text)));
	change_char(&w->l.hmac_key, "0", '1');
	assert_false(good(w, buf_text(&text)));
	world_close(w);
}

static void test_mac_any_order(void **state)
{
	struct world *w = world_open();
	AUTO_BUF text = {0};
	AUTO_BUF other = {0};
	struct lapse_err err = {0};
	bool same = false;
	const char *mac;

	(void)state;
	buf_str(&text, "{\"b\":{\"y\":1,\"x\":[true,null]},"
		"\"a\":\"\xc3\xa4\"}");
	assert_ok(seal_add(&w->l, &text, &err));
	mac = strstr(buf_text(&text), ",\"mac\":");
	assert_non_null(mac);
	buf_fmt(&other, "{ \"a\" : \"\\u00e4\"%.*s, \"b\":{\"x\":[true,null],"
		"\"y\":1}}", (int)strlen(mac) - 1, mac);
	assert_true(good(w, buf_text(&other)));
	assert_ok(seal_same(buf_text(&text), buf_text(&other), &same, &err));
	assert_true(same);
	assert_ok(seal_same(buf_text(&text), "[]", &same, &err));
	assert_false(same);
	assert_ok(seal_same("x", "x", &same, &err));
	assert_false(same);
	buf_reset(&w->l.hmac_key);
	assert_err(seal_add(&w->l, &text, &err), LAPSE_ECONFIG);
	world_close(w);
}

/* Too many ended grants: the last five stay, the live ones all do. */
static void test_long(void **state)
{
	enum { MANY = 200 };
	struct world *w = world_open();
	struct lapse_err err = {0};
	AUTO_BUF text = {0};
	char approval[16];

	(void)state;
	for (int n = 0; n < MANY; n++) {
		int64_t id;

		snprintf(approval, sizeof(approval), "%d", n);
		id = world_grant(w, "100", false, approval);
		if (n == 3)
			continue;
		assert_ok(core_begin(&w->l, &err));
		assert_ok(grant_set_ending(w->l.ledger, id, START, "revoked",
			"dana", NULL, &err));
		assert_ok(grant_set_ended(w->l.ledger, id, START, &err));
		assert_ok(core_commit(&w->l, &err));
	}
	text_of(w, "100", &text);
	assert_true(text.len <= 32768);
	assert_has(buf_text(&text), "\"left_out\":194,");
	assert_has(buf_text(&text), "\"id\":4,");
	assert_has(buf_text(&text), "\"id\":200,");
	assert_has(buf_text(&text), "\"id\":196,");
	assert_has_not(buf_text(&text), "\"id\":195,");
	assert_true(good(w, buf_text(&text)));
	world_close(w);
}

/* Umlauts all through, so that a cut at a byte would leave half of one. */
static void test_long_reason(void **state)
{
	AUTO_BUF reason = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &text};
	struct projection_review r = {.item = {.id = 1, .campaign = 1, .n = 1,
		.state = "held", .decision = "revoke"}};

	(void)state;
	buf_char(&reason, 'x');
	while (reason.len < 100000)
		buf_str(&reason, "\xc3\xa4");
	r.item.decision_reason = buf_text(&reason);
	json_put_open(&w, NULL, '{');
	projection_put_review(&w, &r);
	json_put_close(&w, '}');
	assert_true(text.len < 1300);
	assert_true(text_valid_utf8(buf_text(&text), text.len));
	assert_has(buf_text(&text), "\xc3\xa4...\"");
	assert_string_equal(r.item.decision_reason, buf_text(&reason));
}

static int64_t projected_at(struct world *w, int64_t grant)
{
	AUTO_ARENA a = {0};
	struct grant_row g = {0};
	struct lapse_err err = {0};

	assert_ok(grant_get(w->l.ledger, grant, &a, &g, &err));
	return g.projected_at;
}

static void test_write(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");
	int64_t grant = world_grant(w, "100", false, "60");
	struct lapse_err err = {0};

	(void)state;
	world_fail(w, "PUT", "/properties", 1, 400);
	assert_err(projection_write(&w->l, "100", &err), LAPSE_EREFUSED);
	assert_int_equal(projected_at(w, grant), WHEN_NONE);
	/* A lost reply is read back. */
	world_lose(w, "PUT", "/properties", 1);
	assert_ok(projection_write(&w->l, "100", &err));
	assert_int_equal(projected_at(w, grant), START);
	assert_true(w->l.told_jira);
	assert_true(good(w, fake_value(i, "lapse.v1")));
	world_close(w);
}

/* Someone else's value stands there when it is read back. */
static void test_write_not_read_back(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");
	int64_t grant = world_grant(w, "100", false, "60");
	struct lapse_err err = {0};

	(void)state;
	fake_set(i, "lapse.v1", "{\"schema\":\"other\"}");
	world_fail(w, "PUT", "/properties", 1, 500);
	assert_err(projection_write(&w->l, "100", &err), LAPSE_EITEM);
	assert_int_equal(projected_at(w, grant), WHEN_NONE);
	i->gone = true;
	assert_true(projection_write(&w->l, "100", &err) < 0);
	world_close(w);
}

static int64_t deadline(struct world *w, int64_t grant)
{
	struct lapse_err err = {0};
	int64_t until = 1;

	assert_ok(projection_deadline(&w->l, "100", grant, &until, &err));
	return until;
}

/* The text as a later self would have written it. */
static void state_it(struct world *w, struct fake_issue *i, int64_t seq,
	int64_t ends_at, const char *state)
{
	struct ledger_about about;
	struct lapse_err err = {0};
	AUTO_BUF text = {0};
	struct json_out out = {.out = &text};

	assert_ok(ledger_about(w->l.ledger, &about, &err));
	json_put_open(&out, NULL, '{');
	json_put_text(&out, "ledger", about.id);
	json_put_int(&out, "seq", seq);
	json_put_open(&out, "grants", '[');
	json_put_open(&out, NULL, '{');
	json_put_int(&out, "id", 1);
	json_put_text(&out, "state", state);
	json_put_time(&out, "ends_at", ends_at);
	json_put_close(&out, '}');
	json_put_close(&out, ']');
	json_put_close(&out, '}');
	assert_ok(seal_add(&w->l, &text, &err));
	fake_set(i, "lapse.v1", buf_text(&text));
}

static void test_deadline(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");
	int64_t grant = world_grant(w, "100", false, "60");
	int64_t later = START + 7200;

	(void)state;
	add_evidence(w, "100", grant);
	assert_int_equal(deadline(w, grant), WHEN_NONE);
	state_it(w, i, 99, later, "active");
	assert_int_equal(deadline(w, grant), later);
	assert_int_equal(deadline(w, grant), later);
	state_it(w, i, 99, START + 60, "active");
	assert_int_equal(deadline(w, grant), WHEN_NONE);
	state_it(w, i, 99, WHEN_NONE, "active");
	assert_int_equal(deadline(w, grant), INT64_MAX);
	state_it(w, i, 99, later, "ended");
	assert_int_equal(deadline(w, grant), WHEN_NONE);
	/* Older than what the ledger knows of the grant. */
	state_it(w, i, 0, later, "active");
	assert_int_equal(deadline(w, grant), WHEN_NONE);
	assert_int_equal(w->l.exit, 0);
	/* Forged. */
	fake_set(i, "lapse.v1", "{\"grants\":[],\"mac\":\"00\"}");
	assert_int_equal(deadline(w, grant), WHEN_NONE);
	assert_int_equal(w->l.exit, LAPSE_EXIT_LEDGER);
	world_close(w);
}

/* ---- The anchor ---- */

static void set_anchor_issue(struct world *w)
{
	struct lapse_err err = {0};

	assert_ok(core_begin(&w->l, &err));
	assert_ok(ledger_set_anchor(w->l.ledger, "900", 0, &err));
	assert_ok(core_commit(&w->l, &err));
}

static void check_anchor(struct world *w, int want)
{
	struct lapse_err err = {0};

	w->l.exit = 0;
	assert_ok(anchor_check(&w->l, &err));
	assert_int_equal(w->l.exit, want);
}

static void write_anchor(struct world *w)
{
	struct lapse_err err = {0};

	assert_ok(anchor_write(&w->l, &err));
}

static void test_anchor(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "900", "1");
	char *before;
	int n;

	(void)state;
	check_anchor(w, 0);		/* there is no anchor issue yet */
	assert_int_equal(server_count(&w->server), 0);
	set_anchor_issue(w);
	add_evidence(w, "100", 0);
	check_anchor(w, 0);		/* and nothing was written yet */
	write_anchor(w);
	assert_true(good(w, fake_value(i, "lapse.anchor")));
	check_anchor(w, 0);
	n = server_count(&w->server);
	write_anchor(w);		/* the head did not move */
	assert_int_equal(server_count(&w->server), n);
	before = strdup(fake_value(i, "lapse.anchor"));
	add_evidence(w, "100", 0);
	check_anchor(w, 0);		/* ahead of it is fine */
	write_anchor(w);
	assert_string_not_equal(before, fake_value(i, "lapse.anchor"));
	free(before);
	assert_false(w->l.stale);
	world_close(w);
}

static void forge(struct world *w, struct fake_issue *i, const char *ledger,
	int64_t seq, const char *hash)
{
	struct ledger_about about;
	struct lapse_err err = {0};
	AUTO_BUF text = {0};

	assert_ok(ledger_about(w->l.ledger, &about, &err));
	buf_fmt(&text, "{\"schema\":\"lapse/anchor.v1\",\"ledger\":\"%s\","
		"\"seq\":%lld,\"hash\":\"%s\",\"at\":null}",
		ledger != NULL ? ledger : about.id, (long long)seq, hash);
	assert_ok(seal_add(&w->l, &text, &err));
	fake_set(i, "lapse.anchor", buf_text(&text));
}

static void test_stale(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "900", "1");
	struct ledger_about about;
	struct lapse_err err = {0};
	char hash[65];

	(void)state;
	set_anchor_issue(w);
	add_evidence(w, "100", 0);
	assert_ok(evidence_at(w->l.ledger, 1, hash, &err));
	forge(w, i, NULL, 1000, hash);
	check_anchor(w, LAPSE_EXIT_LEDGER);
	assert_true(w->l.stale);
	assert_has(w->log, "older than what it told Jira");
	assert_ok(ledger_about(w->l.ledger, &about, &err));
	assert_int_equal(about.stale_since, START);
	/* It must not write over what makes it stale. */
	write_anchor(w);
	check_anchor(w, LAPSE_EXIT_LEDGER);
	/* Jira silent: it is remembered. */
	world_fail(w, "GET", "/properties", 1, 403);
	w->l.stale = false;
	check_anchor(w, LAPSE_EXIT_LEDGER);
	assert_true(w->l.stale);
	assert_has(w->log, "witness: not checked");
	world_close(w);
}

static void test_other_past(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "900", "1");

	(void)state;
	set_anchor_issue(w);
	add_evidence(w, "100", 0);
	add_evidence(w, "100", 0);
	forge(w, i, NULL, 1, "0000000000000000000000000000000000000000"
		"000000000000000000000000");
	check_anchor(w, LAPSE_EXIT_LEDGER);
	assert_true(w->l.stale);
	assert_has(w->log, "not what it told Jira before");
	world_close(w);
}

static void test_taken_over(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "900", "1");

	(void)state;
	set_anchor_issue(w);
	add_evidence(w, "100", 0);
	forge(w, i, "ffffffffffffffffffffffffffffffff", 1, "00");
	check_anchor(w, LAPSE_EXIT_LEDGER);
	assert_true(w->l.taken_over);
	w->l.taken_over = false;
	fake_set(i, "lapse.anchor", "{}");
	check_anchor(w, LAPSE_EXIT_LEDGER);
	assert_true(w->l.taken_over);	/* for good */
	world_close(w);
}

/* What was written is not there any more: nothing is given, and nothing is
 * written over it; when it is back, the ledger is as before. */
static void test_anchor_unseated(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "900", "1");
	char *first;
	char *second;

	(void)state;
	set_anchor_issue(w);
	add_evidence(w, "100", 0);
	write_anchor(w);
	first = strdup(fake_value(i, "lapse.anchor"));
	add_evidence(w, "100", 0);
	write_anchor(w);
	second = strdup(fake_value(i, "lapse.anchor"));
	for (int n = 0; n < 3; n++) {
		i->gone = n == 2;
		fake_set(i, "lapse.anchor", n == 0 ? "[1]" : first);
		check_anchor(w, LAPSE_EXIT_LEDGER);
		assert_true(w->l.stale);
		assert_false(w->l.taken_over);
		add_evidence(w, "100", 0);
		write_anchor(w);
		i->gone = false;
		assert_string_not_equal(fake_value(i, "lapse.anchor"), second);
		fake_set(i, "lapse.anchor", second);
		check_anchor(w, 0);
		assert_false(w->l.stale);
	}
	free(first);
	free(second);
	world_close(w);
}

/* Changed after this run's check: seen by the look right before the write. */
static void test_anchor_looked_at_again(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "900", "1");

	(void)state;
	set_anchor_issue(w);
	add_evidence(w, "100", 0);
	write_anchor(w);
	check_anchor(w, 0);
	add_evidence(w, "100", 0);
	world_fail(w, "GET", "/properties", 1, 404);
	write_anchor(w);
	assert_true(w->l.stale);
	check_anchor(w, 0);
	forge(w, i, "ffffffffffffffffffffffffffffffff", 1, "00");
	write_anchor(w);
	assert_true(w->l.taken_over);
	assert_has(fake_value(i, "lapse.anchor"), "ffffffffffff");
	world_close(w);
}

/* An add goes by what was read in the five seconds before it. */
static void test_anchor_ages(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "900", "1");
	struct lapse_err err = {0};

	(void)state;
	assert_false(anchor_is_fresh(&w->l));
	set_anchor_issue(w);
	add_evidence(w, "100", 0);
	write_anchor(w);
	check_anchor(w, 0);
	assert_true(anchor_is_fresh(&w->l));
	forge(w, i, "ffffffffffffffffffffffffffffffff", 1, "00");
	w->skew_ms += 3000;
	assert_true(anchor_is_fresh(&w->l));
	assert_ok(anchor_check_again(&w->l, &err));
	assert_false(w->l.taken_over);
	w->skew_ms += 2000;
	assert_false(anchor_is_fresh(&w->l));
	assert_ok(anchor_check_again(&w->l, &err));
	assert_true(w->l.taken_over);
	world_close(w);
}

static void test_witness_silent(void **state)
{
	struct world *w = world_open();

	(void)state;
	fake_add(&w->jira, "900", "1");
	set_anchor_issue(w);
	world_fail(w, "GET", "/properties", 9, 503);
	check_anchor(w, LAPSE_EXIT_UNAVAILABLE);
	assert_has(w->log, "witness: not checked");
	assert_false(w->l.stale);
	assert_true(w->l.unwitnessed);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_mac),
		cmocka_unit_test(test_mac_any_order),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_long_reason),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_not_read_back),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_anchor),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_other_past),
		cmocka_unit_test(test_taken_over),
		cmocka_unit_test(test_anchor_unseated),
		cmocka_unit_test(test_anchor_looked_at_again),
		cmocka_unit_test(test_anchor_ages),
		cmocka_unit_test(test_witness_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
