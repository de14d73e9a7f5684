/* The outbox against a Jira that loses replies, refuses, hides issues and
 * offers no transitions. */
#include "outbox.h"

#include "notice.h"
#include "notice_issue.h"

enum {
	SHARE_MS = 60000,
};

static int64_t owe(struct world *w, const char *issue, enum notice_kind kind,
	const char *body)
{
	struct lapse_err err = {0};
	int64_t seq;

	assert_ok(core_begin(&w->l, &err));
	seq = world_evidence(w, issue, 0);
	assert_ok(notice_owe(&w->l, issue, kind, body, NULL, seq, &err));
	assert_ok(core_commit(&w->l, &err));
	return seq;
}

static void deliver(struct world *w)
{
	struct lapse_err err = {0};

	w->l.exit = 0;
	assert_ok(notice_deliver(&w->l, NULL, SHARE_MS, &err));
}

static size_t left(struct world *w, const char *issue)
{
	AUTO_ARENA a = {0};
	struct notice_rows rows = {0};
	struct lapse_err err = {0};

	assert_ok(notices_of(w->l.ledger, issue, &a, &rows, &err));
	return rows.rows.n;
}

static int64_t attempts(struct world *w, const char *issue)
{
	AUTO_ARENA a = {0};
	struct notice_rows rows = {0};
	struct lapse_err err = {0};

	assert_ok(notices_of(w->l.ledger, issue, &a, &rows, &err));
	return rows.rows.n > 0 ? rows.rows.items[0].attempts : 0;
}

static void later(struct world *w, int64_t s)
{
	w->now += s;
}

static void test_backoff(void **state)
{
	(void)state;
	assert_int_equal(notice_backoff_s(0), 60);
	assert_int_equal(notice_backoff_s(1), 60);
	assert_int_equal(notice_backoff_s(2), 120);
	assert_int_equal(notice_backoff_s(3), 240);
	assert_int_equal(notice_backoff_s(6), 1920);
	assert_int_equal(notice_backoff_s(7), 3600);
	assert_int_equal(notice_backoff_s(INT64_MAX), 3600);
}

/* A run with nothing to do makes no call. */
static void test_nothing(void **state)
{
	struct world *w = world_open();

	(void)state;
	deliver(w);
	assert_int_equal(server_count(&w->server), 0);
	assert_int_equal(w->l.exit, 0);
	world_close(w);
}

static void test_in_order(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");
	int64_t first;
	char marker[32];

	(void)state;
	snprintf(w->jira.offers, sizeof(w->jira.offers), "7");
	first = owe(w, "100", NOTICE_COMMENT, "first");
	owe(w, "100", NOTICE_TRANSITION, "7");
	owe(w, "100", NOTICE_INTERNAL, "second");
	owe(w, "100", NOTICE_PROPERTY, NULL);
	owe(w, "100", NOTICE_PROPERTY, NULL);
	assert_int_equal(left(w, "100"), 4);
	deliver(w);
	assert_int_equal(left(w, "100"), 0);
	assert_int_equal(i->n_comments, 2);
	assert_has(i->comments[0].body, "first");
	snprintf(marker, sizeof(marker), "\"lapse-%lld\"", (long long)first);
	assert_has(i->comments[0].body, marker);
	assert_false(i->comments[0].internal);
	assert_has(i->comments[1].body, "second");
	assert_true(i->comments[1].internal);
	assert_string_equal(i->status, "7");
	assert_non_null(fake_value(i, "lapse.v1"));
	assert_true(w->l.told_jira);
	assert_int_equal(w->l.exit, 0);
	world_close(w);
}

static void test_outside_transaction(void **state)
{
	struct world *w = world_open();
	struct lapse_err err = {0};

	(void)state;
	assert_err(notice_owe(&w->l, "100", NOTICE_COMMENT, "x", NULL, 1, &err),
		LAPSE_EINTERNAL);
	assert_ok(notice_owe(&w->l, NULL, NOTICE_COMMENT, "x", NULL, 1, &err));
	world_close(w);
}

/* The reply to a post is lost: it is looked for, and not posted again. */
static void test_lost_reply(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");

	(void)state;
	owe(w, "100", NOTICE_COMMENT, "once");
	owe(w, "100", NOTICE_COMMENT, "twice");
	world_lose(w, "POST", "/comment", 1);
	deliver(w);
	assert_int_equal(i->n_comments, 1);
	assert_int_equal(left(w, "100"), 2);
	assert_int_equal(w->l.exit, LAPSE_EXIT_RETRY);
	deliver(w);		/* its time has not come */
	assert_int_equal(i->n_comments, 1);
	later(w, 61);
	deliver(w);
	assert_int_equal(left(w, "100"), 0);
	assert_int_equal(i->n_comments, 2);
	assert_has(i->comments[1].body, "twice");
	assert_int_equal(w->l.exit, 0);
	world_close(w);
}

/* The post itself was lost: it is looked for, and posted again. */
static void test_lost_request(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");

	(void)state;
	owe(w, "100", NOTICE_INTERNAL, "once");
	world_fail(w, "POST", "/comment", 1, 500);
	deliver(w);
	assert_int_equal(i->n_comments, 0);
	later(w, 61);
	deliver(w);
	assert_int_equal(left(w, "100"), 0);
	assert_int_equal(i->n_comments, 1);
	world_close(w);
}

/* A process that was killed between post and record. */
static void test_killed(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");
	struct notice_issue d;
	struct lapse_err err = {0};

	(void)state;
	owe(w, "100", NOTICE_COMMENT, "once");
	assert_ok(notice_issue_open(&d, &w->l, "100", &err));
	assert_int_equal(notice_issue_next(&d, &err), 1);
	assert_ok(core_jira(&w->l, &d.op, &err));
	notice_issue_clear(&d);
	deliver(w);
	assert_int_equal(i->n_comments, 1);
	assert_int_equal(left(w, "100"), 0);
	world_close(w);
}

/* One poison issue delays no other, and its property goes on. */
static void test_poison(void **state)
{
	struct world *w = world_open();
	struct fake_issue *bad = fake_add(&w->jira, "100", "1");
	struct fake_issue *good;

	(void)state;
	good = fake_add(&w->jira, "101", "1");
	owe(w, "100", NOTICE_COMMENT, "refused");
	owe(w, "100", NOTICE_COMMENT, "behind it");
	owe(w, "100", NOTICE_PROPERTY, NULL);
	owe(w, "101", NOTICE_COMMENT, "well");
	world_fail(w, "POST", "/100/comment", 99, 400);
	for (int n = 0; n < 5; n++) {
		deliver(w);
		later(w, 3601);
	}
	assert_int_equal(good->n_comments, 1);
	assert_int_equal(bad->n_comments, 0);
	assert_non_null(fake_value(bad, "lapse.v1"));
	assert_int_equal(left(w, "100"), 2);
	assert_int_equal(w->l.exit, LAPSE_EXIT_RETRY);
	assert_has(w->log, "2 notices are not delivered");
	world_fail(w, "POST", "/100/comment", 0, 0);
	deliver(w);
	assert_int_equal(bad->n_comments, 2);
	assert_has(bad->comments[1].body, "behind it");
	world_close(w);
}

/* More live grants than a property holds: that is told of, and keeps neither
 * the issue's comments back nor another issue's notices. */
static void test_too_long(void **state)
{
	enum { MANY = 120 };
	struct world *w = world_open();
	struct fake_issue *full = fake_add(&w->jira, "100", "1");
	struct fake_issue *other;
	char approval[16];

	(void)state;
	other = fake_add(&w->jira, "101", "1");
	for (int n = 0; n < MANY; n++) {
		snprintf(approval, sizeof(approval), "%d", n);
		world_grant(w, "100", false, approval);
	}
	owe(w, "100", NOTICE_PROPERTY, NULL);
	owe(w, "100", NOTICE_COMMENT, "behind it");
	owe(w, "101", NOTICE_COMMENT, "well");
	owe(w, "101", NOTICE_PROPERTY, NULL);
	deliver(w);
	assert_int_equal(full->n_comments, 1);
	assert_null(fake_value(full, "lapse.v1"));
	assert_int_equal(left(w, "100"), 1);
	assert_int_equal(other->n_comments, 1);
	assert_non_null(fake_value(other, "lapse.v1"));
	assert_int_equal(w->l.exit, LAPSE_EXIT_RETRY);
	assert_has(w->log, "issue 100: what the ledger knows of it does not "
		"fit");
	later(w, 59);
	owe(w, "100", NOTICE_COMMENT, "meanwhile");
	deliver(w);		/* its time has not come */
	assert_int_equal(full->n_comments, 2);
	assert_int_equal(attempts(w, "100"), 1);
	later(w, 2);
	deliver(w);
	assert_int_equal(attempts(w, "100"), 2);
	world_close(w);
}

/* An issue hidden for a while keeps its notices; one that is gone does not. */
static void test_gone(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");

	(void)state;
	i->gone = true;
	owe(w, "100", NOTICE_COMMENT, "one");
	owe(w, "100", NOTICE_PROPERTY, NULL);
	deliver(w);
	later(w, 61);
	deliver(w);
	assert_int_equal(left(w, "100"), 2);
	later(w, 121);
	deliver(w);
	assert_int_equal(left(w, "100"), 0);
	assert_int_equal(w->l.exit, 0);
	assert_has(w->log, "notice-dropped issue=100");
	world_close(w);
}

static void test_no_transition(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");

	(void)state;
	owe(w, "100", NOTICE_TRANSITION, "7");
	owe(w, "100", NOTICE_COMMENT, "after it");
	deliver(w);
	assert_int_equal(left(w, "100"), 0);
	assert_int_equal(i->n_comments, 2);
	assert_has(i->comments[0].body, "after it");
	assert_true(i->comments[1].internal);
	assert_has(i->comments[1].body, "id 7");
	assert_string_equal(i->status, "1");
	world_close(w);
}

static void test_already_there(void **state)
{
	struct world *w = world_open();

	(void)state;
	fake_add(&w->jira, "100", "7");
	owe(w, "100", NOTICE_TRANSITION, "7");
	deliver(w);
	assert_int_equal(left(w, "100"), 0);
	assert_int_equal(w->l.exit, 0);
	world_close(w);
}

/* A bad credential: said once, and asked few times. */
static void test_denied(void **state)
{
	struct world *w = world_open();
	char id[8];

	(void)state;
	world_fail(w, "POST", "/comment", 99, 401);
	for (int n = 0; n < 12; n++) {
		snprintf(id, sizeof(id), "%d", 100 + n);
		fake_add(&w->jira, id, "1");
		owe(w, id, NOTICE_COMMENT, "x");
	}
	deliver(w);
	assert_int_equal(lapse_exit_worse(w->l.exit, 0), LAPSE_EXIT_DENIED);
	assert_in_range(server_count(&w->server), 1, 12);
	assert_int_equal(left(w, "111"), 1);
	later(w, 301);
	world_fail(w, "POST", "/comment", 0, 0);
	world_close(w);
}

static void test_silent_runs(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");

	(void)state;
	owe(w, "100", NOTICE_COMMENT, "x");
	w->l.dry_run = true;
	deliver(w);
	w->l.dry_run = false;
	w->l.stale = true;
	deliver(w);
	w->l.stale = false;
	w->l.taken_over = true;
	deliver(w);
	assert_int_equal(i->n_comments, 0);
	assert_int_equal(server_count(&w->server), 0);
	world_close(w);
}

/* Another process has the issue: it is left to it. */
static void test_locked(void **state)
{
	struct world *w = world_open();
	struct fake_issue *i = fake_add(&w->jira, "100", "1");
	struct fake_issue *other = fake_add(&w->jira, "101", "1");
	struct lapse_err err = {0};
	AUTO_LOCKS fd = -1;

	(void)state;
	owe(w, "100", NOTICE_COMMENT, "x");
	owe(w, "101", NOTICE_COMMENT, "x");
	assert_ok(notices_locks_open(w->l.ledger, &fd, &err));
	assert_true(notices_lock(fd, "100"));
	deliver(w);
	assert_int_equal(i->n_comments, 0);
	assert_int_equal(other->n_comments, 1);
	notices_unlock(fd, "100");
	deliver(w);
	assert_int_equal(i->n_comments, 1);
	world_close(w);
}

/* Owed again while it was on its way: it stays owed. */
static void test_property_raced(void **state)
{
	struct world *w = world_open();
	struct notice_issue d;
	struct lapse_err err = {0};

	(void)state;
	fake_add(&w->jira, "100", "1");
	owe(w, "100", NOTICE_PROPERTY, NULL);
	assert_ok(notice_issue_open(&d, &w->l, "100", &err));
	assert_int_equal(notice_issue_next(&d, &err), 1);
	owe(w, "100", NOTICE_PROPERTY, NULL);
	assert_ok(core_jira(&w->l, &d.op, &err));
	assert_ok(notice_issue_took(&d, 0, NULL, &err));
	assert_int_equal(left(w, "100"), 1);
	assert_int_equal(notice_issue_next(&d, &err), 1);
	assert_ok(core_jira(&w->l, &d.op, &err));
	assert_ok(notice_issue_took(&d, 0, NULL, &err));
	assert_int_equal(left(w, "100"), 0);
	notice_issue_clear(&d);
	world_close(w);
}

/* Old ones are told of even when nothing failed. */
static void test_backlog(void **state)
{
	struct world *w = world_open();
	struct notice_backlog b;
	struct lapse_err err = {0};

	(void)state;
	owe(w, "100", NOTICE_COMMENT, "x");
	assert_ok(notices_backlog(w->l.ledger, NULL, START - 1, &b, &err));
	assert_int_equal(b.n, 0);
	assert_ok(notices_backlog(w->l.ledger, NULL, START, &b, &err));
	assert_int_equal(b.n, 1);
	assert_int_equal(b.oldest_at, START);
	assert_ok(notices_backlog(w->l.ledger, "7", START, &b, &err));
	assert_int_equal(b.n, 0);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_outside_transaction),
		cmocka_unit_test(test_lost_reply),
		cmocka_unit_test(test_lost_request),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_no_transition),
		cmocka_unit_test(test_already_there),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_silent_runs),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_property_raced),
		cmocka_unit_test(test_backlog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
