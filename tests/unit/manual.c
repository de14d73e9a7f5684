/* Steps by hand: sub-tasks made once, read with suspicion, replaced when
 * deleted, and late like any removal. */
#include "outbox.h"

#include "manual.h"
#include "manual_rows.h"
#include "notice.h"

/* What the callback saw. */
static struct {
	int n;
	int64_t grant;
	bool remove;
	char by[32];
	int64_t at;
	int rc;
} seen;

static int on_done(struct lapse *l, int64_t grant, bool remove, const char *by,
	int64_t at, struct lapse_err *err)
{
	assert_false(ledger_in_transaction(l->ledger));
	seen.n++;
	seen.grant = grant;
	seen.remove = remove;
	snprintf(seen.by, sizeof(seen.by), "%s", by);
	seen.at = at;
	return seen.rc < 0 ? lapse_fail(err, seen.rc, "not now") : 0;
}

static struct request_type type = {
	.id = "25",
	.subtask_type = "10003",
	.subtask_done = "10009",
	.subtask_resolution = "10000",
};
static struct project project = {.id = "10042"};
static struct application application = {.name = "GitHub", .fulfiller = "fu"};
static struct role role = {
	.name = "github/prod-admin",
	.application = &application,
	.about = "merge",
	.manual_grant = "Open the console.",
};

static struct world *open_world(void)
{
	struct world *w = world_open();

	memset(&seen, 0, sizeof(seen));
	project.types.items = &type;
	project.types.n = 1;
	w->config.overdue_after = 300;
	w->config.path = "lapse.conf";
	w->config.projects.items = &project;
	w->config.projects.n = 1;
	w->config.applications.items = &application;
	w->config.applications.n = 1;
	w->config.roles.items = &role;
	w->config.roles.n = 1;
	return w;
}

static void owe(struct world *w, int64_t grant, bool remove)
{
	struct lapse_err err = {0};

	assert_ok(core_begin(&w->l, &err));
	assert_ok(manual_owe(&w->l, grant, remove, w->now, &err));
	assert_ok(manual_owe(&w->l, grant, remove, w->now, &err));
	assert_ok(core_commit(&w->l, &err));
}

static void advance(struct world *w, int want)
{
	struct lapse_err err = {0};

	w->l.exit = 0;
	assert_ok(manual_advance(&w->l, on_done, &err));
	assert_int_equal(w->l.exit, want);
}

static void resolve(struct fake_issue *i, const char *by)
{
	snprintf(i->status, sizeof(i->status), "10009");
	snprintf(i->resolution, sizeof(i->resolution), "10000");
	snprintf(i->moved_by, sizeof(i->moved_by), "%s", by);
}

static void test_nothing(void **state)
{
	struct world *w = open_world();

	(void)state;
	advance(w, 0);
	assert_int_equal(server_count(&w->server), 0);
	world_close(w);
}

static void test_open_and_done(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");
	struct fake_issue *task;
	int n;

	(void)state;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, false);
	advance(w, 0);
	assert_int_equal(w->jira.n_issues, 2);
	task = &w->jira.issues[1];
	assert_string_equal(task->parent, "100");
	assert_has(w->jira.created, "\"issuetype\":{\"id\":\"10003\"}");
	assert_has(w->jira.created, "\"assignee\":{\"accountId\":\"fu\"}");
	assert_has(w->jira.created, "Open the console.");
	assert_true(w->l.told_jira);
	advance(w, 0);
	assert_int_equal(seen.n, 0);
	resolve(task, "omar");
	snprintf(task->resolution, sizeof(task->resolution), "10001");
	advance(w, 0);		/* "won't do" is not done */
	assert_int_equal(seen.n, 0);
	resolve(task, "omar");
	advance(w, 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.grant, grant);
	assert_false(seen.remove);
	assert_string_equal(seen.by, "omar");
	assert_int_equal(seen.at, START - 60);
	n = server_count(&w->server);
	advance(w, 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(server_count(&w->server), n);
	world_close(w);
}

/* What the callback could not do is done again. */
static void test_done_again(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");

	(void)state;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, false);
	advance(w, 0);
	resolve(&w->jira.issues[1], "omar");
	seen.rc = LAPSE_EITEM;
	advance(w, LAPSE_EXIT_RETRY);
	seen.rc = 0;
	advance(w, 0);
	assert_int_equal(seen.n, 2);
	world_close(w);
}

/* The reply to the creation was lost: there is still one sub-task. */
static void test_lost_creation(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");

	(void)state;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, true);
	world_lose(w, "POST", "/rest/api/3/issue", 1);
	advance(w, LAPSE_EXIT_RETRY);
	assert_int_equal(w->jira.n_issues, 2);
	advance(w, 0);
	assert_int_equal(w->jira.n_issues, 2);
	resolve(&w->jira.issues[1], "omar");
	advance(w, 0);
	assert_int_equal(seen.n, 1);
	assert_true(seen.remove);
	world_close(w);
}

/* A sub-task that somebody else marked as ours is not ours. */
static void test_forged_mark(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");
	struct fake_issue *fake;
	struct ledger_about about;
	struct lapse_err err = {0};
	char mark[128];

	(void)state;
	fake_add(&w->jira, "100", "1");
	fake = fake_add(&w->jira, "300", "1");
	assert_ok(ledger_about(w->l.ledger, &about, &err));
	snprintf(fake->parent, sizeof(fake->parent), "100");
	snprintf(fake->creator, sizeof(fake->creator), "ana");
	snprintf(mark, sizeof(mark),
		"{\"grant\":1,\"kind\":\"remove\",\"ledger\":\"%s\"}",
		about.id);
	fake_set(fake, "lapse.manual", mark);
	owe(w, grant, true);
	advance(w, 0);
	assert_int_equal(w->jira.n_issues, 3);
	world_close(w);
}

/* The beneficiary resolved it: said once, and it stays open. */
static void test_own_work(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");
	struct fake_issue *task;
	struct lapse_err err = {0};

	(void)state;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, true);
	advance(w, 0);
	task = &w->jira.issues[1];
	resolve(task, "ana");
	advance(w, 0);
	advance(w, 0);
	assert_int_equal(seen.n, 0);
	assert_ok(notice_deliver(&w->l, NULL, 60000, &err));
	assert_int_equal(task->n_comments, 1);
	assert_has(task->comments[0].body, "does not count");
	resolve(task, "bot");
	advance(w, LAPSE_EXIT_RETRY);
	assert_int_equal(seen.n, 0);
	resolve(task, "omar");
	advance(w, 0);
	assert_int_equal(seen.n, 1);
	world_close(w);
}

static void test_overdue(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");

	(void)state;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, true);
	advance(w, 0);
	w->now += 300;
	advance(w, 0);
	w->now += 1;
	advance(w, LAPSE_EXIT_OVERDUE);
	assert_has(w->log, "removing github/prod-admin by hand is late");
	resolve(&w->jira.issues[1], "omar");
	advance(w, 0);
	world_close(w);
}

static void test_deleted(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");

	(void)state;
	w->config.overdue_after = 99999;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, true);
	advance(w, 0);
	w->jira.issues[1].gone = true;
	advance(w, LAPSE_EXIT_RETRY);	/* not at once: it may be hidden */
	assert_int_equal(w->jira.n_issues, 2);
	w->now += 3600;
	advance(w, 0);
	assert_int_equal(w->jira.n_issues, 3);
	world_close(w);
}

/* An add for a grant that ended before it began. */
static void test_moot(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");
	struct lapse_err err = {0};

	(void)state;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, false);
	advance(w, 0);
	assert_ok(core_begin(&w->l, &err));
	assert_ok(grant_set_ending(w->l.ledger, grant, START, "withdrawn",
		"lapse", NULL, &err));
	assert_ok(core_commit(&w->l, &err));
	resolve(&w->jira.issues[1], "omar");
	advance(w, 0);
	assert_int_equal(seen.n, 0);
	assert_ok(notice_deliver(&w->l, NULL, 60000, &err));
	assert_int_equal(w->jira.issues[1].n_comments, 1);
	assert_has(w->jira.issues[1].comments[0].body, "not needed any more");
	world_close(w);
}

/* Nobody who cannot be assigned stops the step. */
static void test_not_assignable(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");

	(void)state;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, false);
	world_fail(w, "POST", "/rest/api/3/issue", 1, 400);
	advance(w, 0);
	assert_int_equal(w->jira.n_issues, 2);
	assert_has_not(w->jira.created, "assignee");
	world_close(w);
}

static void test_not_configured(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");

	(void)state;
	w->config.projects.n = 0;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, true);
	advance(w, LAPSE_EXIT_CONFIG);
	assert_has(w->log, "'subtask-type'");
	assert_int_equal(w->jira.n_issues, 1);
	world_close(w);
}

static void test_dry_run(void **state)
{
	struct world *w = open_world();
	int64_t grant = world_grant(w, "100", true, "60");

	(void)state;
	fake_add(&w->jira, "100", "1");
	owe(w, grant, true);
	w->l.dry_run = true;
	advance(w, LAPSE_EXIT_PENDING);
	assert_int_equal(w->jira.n_issues, 1);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_open_and_done),
		cmocka_unit_test(test_done_again),
		cmocka_unit_test(test_lost_creation),
		cmocka_unit_test(test_forged_mark),
		cmocka_unit_test(test_own_work),
		cmocka_unit_test(test_overdue),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_moot),
		cmocka_unit_test(test_not_assignable),
		cmocka_unit_test(test_not_configured),
		cmocka_unit_test(test_dry_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
