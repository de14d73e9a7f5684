/* Who is who, against a made-up provider and a made-up Jira; and members by
 * complete readings. The functions of core.h that people.c calls are this
 * file's, so nothing goes over a socket. */
#include "scratch.h"

#include "people.h"
#include "text.h"

/* ---- The services ---- */

static int fake_step(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	(void)op;
	(void)last;
	(void)ret;
	return lapse_fail(err, LAPSE_EINTERNAL, "never called");
}

/* Distinct functions: the fake tells operations apart by them. */
#define FAKE(step_)                                                           \
	static int step_(const struct remote *r, struct op *op,                \
		const struct http_response *last, struct http_request *ret,    \
		struct lapse_err *err)                                         \
	{                                                                      \
		op->name = #step_;                                             \
		return fake_step(r, op, last, ret, err);                       \
	}
FAKE(fake_find_user)
FAKE(fake_get_user)
FAKE(fake_list_members)
FAKE(fake_is_member)

static const struct idp_driver driver = {
	.name = "fake",
	.find_user = fake_find_user,
	.get_user = fake_get_user,
	.list_members = fake_list_members,
	.is_member = fake_is_member,
};

static struct idp_user users[8];
static size_t n_users;
static struct jira_person accounts[8];
static size_t n_accounts;
static const char *members[4];		/* user ids of the one group, "g1" */
static int calls;
static int commits;
static int64_t now;
static bool down;

static struct idp_section section = {.name = "okta", .driver = &driver};
static struct core_idp provider = {.section = &section};
static struct config config;
static struct lapse lapse;

static struct idp_user *user(const char *id, const char *email)
{
	struct idp_user *u = &users[n_users++];

	*u = (struct idp_user){.id = id, .login = email, .email = email,
		.name = id, .status = IDP_ACTIVE, .last_login_at = WHEN_NONE,
		.created_at = WHEN_NONE};
	return u;
}

static struct jira_person *account(const char *id, const char *email)
{
	struct jira_person *p = &accounts[n_accounts++];

	*p = (struct jira_person){.account = id, .name = id, .email = email,
		.type = "atlassian", .active = true};
	return p;
}

static bool equals(const char *a, const char *b)
{
	return a != NULL && text_same_nocase(a, b);
}

static int give_users(struct op *op, struct lapse_err *err)
{
	int rc = 0;

	op->outcome = OP_GONE;
	for (size_t i = 0; i < n_users && rc == 0; i++) {
		const struct idp_user *u = &users[i];
		bool wanted = op->step == fake_get_user ?
			strcmp(u->id, op->user) == 0 :
			strcmp(u->id, op->key) == 0 ||
			equals(u->login, op->key) ||
			equals(u->email, op->key) ||
			equals(u->account, op->key);
		if (wanted) {
			op->outcome = OP_FOUND;
			rc = op->sink(op->arg, u, err);
		}
	}
	return rc;
}

static bool is_in(const char *id)
{
	for (size_t i = 0; i < COUNT(members); i++)
		if (members[i] != NULL && strcmp(members[i], id) == 0)
			return true;
	return false;
}

static int give_members(struct op *op, struct lapse_err *err)
{
	int rc = 0;

	op->outcome = strcmp(op->group, "g1") == 0 ? OP_FOUND : OP_GONE;
	for (size_t i = 0; i < COUNT(members) && rc == 0; i++) {
		struct idp_user id_only = {.id = members[i],
			.status = IDP_STATUS_UNKNOWN};
		if (members[i] != NULL && op->outcome == OP_FOUND)
			rc = op->sink(op->arg, &id_only, err);
	}
	return rc;
}

int core_idp_ready(struct lapse *l, const char *idp, struct core_idp **ret,
	struct lapse_err *err)
{
	(void)l;
	if (strcmp(idp, "okta") != 0)
		return lapse_fail(err, LAPSE_ECONFIG, "no idp %s", idp);
	*ret = &provider;
	return 0;
}

int core_idp_call(struct lapse *l, const char *idp, struct op *op,
	struct lapse_err *err)
{
	(void)l;
	(void)idp;
	calls++;
	if (down)
		return lapse_fail(err, LAPSE_EUNAVAIL, "okta: down");
	if (op->step == fake_list_members)
		return give_members(op, err);
	if (op->step != fake_is_member)
		return give_users(op, err);
	op->outcome = strcmp(op->group, "g1") == 0 && is_in(op->user) ?
		OP_PRESENT : OP_ABSENT;
	return 0;
}

int core_jira(struct lapse *l, struct op *op, struct lapse_err *err)
{
	int rc = 0;

	(void)l;
	calls++;
	op->outcome = OP_GONE;
	for (size_t i = 0; i < n_accounts && rc == 0; i++) {
		struct jira_person *p = &accounts[i];
		if (op->step == jira_get_user &&
			strcmp(p->account, op->user) == 0) {
			op->outcome = OP_FOUND;
			op->ret = p;
		}
		if (op->step == jira_find_user && equals(p->email, op->key))
			rc = op->sink(op->arg, p, err);
	}
	return rc;
}

int64_t core_now(struct lapse *l)
{
	(void)l;
	return now;
}

int core_begin(struct lapse *l, struct lapse_err *err)
{
	return ledger_begin(l->ledger, err);
}

int core_end(struct lapse *l, int rc, struct lapse_err *err)
{
	if (rc < 0) {
		ledger_abandon(l->ledger);
		return rc;
	}
	commits++;
	return ledger_commit(l->ledger, err);
}

int core_evidence(struct lapse *l, const struct evidence *e, int64_t *ret_seq,
	struct lapse_err *err)
{
	return evidence_add(l->ledger, now, e, ret_seq, err);
}

static int setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	memset(users, 0, sizeof(users));
	memset(accounts, 0, sizeof(accounts));
	memset(members, 0, sizeof(members));
	n_users = n_accounts = 0;
	calls = commits = 0;
	down = false;
	now = SCRATCH_NOW;
	config = (struct config){0};
	config.idps.items = &section;
	config.idps.n = 1;
	lapse = (struct lapse){.config = &config, .n_idps = 1};
	lapse.idps[0] = provider;
	lapse.ledger = scratch_open(LEDGER_CREATE);
	return 0;
}

static int teardown(void **state)
{
	ledger_free(lapse.ledger);
	return scratch_teardown(state);
}

/* ---- Linking ---- */

static const char *resolve(const char *who, struct people_link *ret,
	struct arena *a)
{
	struct lapse_err err = {0};

	assert_ok(people_resolve(&lapse, who, "okta", a, ret, &err));
	assert_true((ret->user == NULL) == (ret->problem != NULL));
	return ret->user;
}

static void map(const char *text)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s", scratch_name("people"));
	scratch_write(path, text, strlen(text));
	config.people_map = path;
}

static void links_in_order(void **state)
{
	AUTO_ARENA a = {0};
	struct people_link k = {0};

	(void)state;
	account("acc1", "ben@acme.example");
	user("u1", "ben@acme.example");
	assert_string_equal(resolve("acc1", &k, &a), "u1");
	assert_string_equal(k.method, "email");
	assert_int_equal(k.status, IDP_ACTIVE);

	account("acc2", "eve@acme.example");
	user("u2", "other@acme.example")->account = "acc2";
	user("u3", "eve@acme.example");
	assert_string_equal(resolve("acc2", &k, &a), "u2");
	assert_string_equal(k.method, "attribute");

	account("acc3", NULL);
	user("u4", "hidden@acme.example");
	map("# who is who\n\nacc3 okta hidden@acme.example # by hand\n");
	assert_string_equal(resolve("acc3", &k, &a), "u4");
	assert_string_equal(k.method, "map");
}

static void never_guesses(void **state)
{
	AUTO_ARENA a = {0};
	struct people_link k = {0};

	(void)state;
	account("none", "none@acme.example");
	assert_null(resolve("none", &k, &a));
	assert_has(k.problem, "none@acme.example");

	account("two", "two@acme.example");
	user("u1", "two@acme.example");
	user("u2", "two@acme.example")->status = IDP_INACTIVE;
	assert_null(resolve("two", &k, &a));
	assert_has(k.problem, "2 users of okta have the address");
	assert_has(k.admin, "\"two okta USER\"");

	account("hidden", NULL);
	user("u3", "hidden");
	assert_null(resolve("hidden", &k, &a));
	assert_has(k.problem, "hides the e-mail");

	account("taken", "taken@acme.example");
	user("u4", "taken@acme.example")->account = "other";
	assert_null(resolve("taken", &k, &a));
	assert_has(k.problem, "another accountId");

	account("twice", "twice@acme.example");
	user("u5", "a@acme.example")->account = "twice";
	user("u6", "b@acme.example")->account = "twice";
	user("u7", "twice@acme.example");
	assert_null(resolve("twice", &k, &a));
	assert_has(k.problem, "2 users of okta have the accountId");

	assert_null(resolve("gone from Jira", &k, &a));
	assert_int_equal(commits, 4);	/* accounts; no link */
}

static void map_settles_two(void **state)
{
	AUTO_ARENA a = {0};
	struct people_link k = {0};
	struct lapse_err err = {0};

	(void)state;
	account("two", "two@acme.example");
	user("u1", "two@acme.example");
	user("u2", "two@acme.example");
	map("two okta u2\n");
	assert_string_equal(resolve("two", &k, &a), "u2");
	/* the line goes, and with it the link */
	map("other okta u2\n");
	assert_null(resolve("two", &k, &a));
	map("two okta nobody\n");
	assert_null(resolve("two", &k, &a));
	assert_has(k.problem, "people map names the user 'nobody'");
	map("one okta u1\ntwo okta\n");
	assert_err(people_resolve(&lapse, "two", "okta", &a, &k, &err),
		LAPSE_ECONFIG);
	assert_has(err.text, "people:2: want one line a person");
	map("two okta u1\ntwo okta u2\n");
	assert_err(people_resolve(&lapse, "two", "okta", &a, &k, &err),
		LAPSE_ECONFIG);
	assert_has(err.text, "two lines say two things");
	assert_int_equal(chmod(config.people_map, 0666), 0);
	assert_err(people_resolve(&lapse, "two", "okta", &a, &k, &err),
		LAPSE_ECONFIG);
	assert_has(err.text, "others can write it");
}

/* A kept link saves the search, never the fresh read; and it goes when what
 * it rests on goes. */
static void rereads_links(void **state)
{
	AUTO_ARENA a = {0};
	struct people_link k = {0};
	struct lapse_err err = {0};

	(void)state;
	account("acc1", "ben@acme.example");
	user("u1", "ben@acme.example");
	resolve("acc1", &k, &a);
	assert_int_equal(commits, 2);	/* account; user and link */
	calls = 0;
	users[0].status = IDP_SUSPENDED;
	resolve("acc1", &k, &a);
	assert_int_equal(k.status, IDP_SUSPENDED);
	assert_int_equal(calls, 1);
	/* nothing new: nothing is written, until 15 minutes have passed */
	commits = 0;
	now += 899;
	resolve("acc1", &k, &a);
	assert_int_equal(commits, 0);
	now += 1;
	resolve("acc1", &k, &a);
	assert_int_equal(commits, 1);
	/* the address wanders to somebody else: the link stays by id */
	users[0].email = users[0].login = "old@acme.example";
	user("u2", "ben@acme.example");
	assert_string_equal(resolve("acc1", &k, &a), "u1");
	/* the attribute says that it is another's */
	users[0].account = "acc9";
	assert_string_equal(resolve("acc1", &k, &a), "u2");
	/* a provider that fails gives no answer, not "nobody" */
	down = true;
	assert_err(people_resolve(&lapse, "acc1", "okta", &a, &k, &err),
		LAPSE_EUNAVAIL);
}

static void dry_run_keeps_nothing(void **state)
{
	AUTO_ARENA a = {0};
	struct people_link k = {0};

	(void)state;
	lapse.dry_run = true;
	account("acc1", "ben@acme.example");
	user("u1", "ben@acme.example");
	assert_string_equal(resolve("acc1", &k, &a), "u1");
	assert_int_equal(commits, 0);
	assert_int_equal(scratch_int(scratch_path,
		"SELECT count(*) FROM link"), 0);
}

/* ---- Approvers ---- */

static void names_approvers(void **state)
{
	AUTO_ARENA a = {0};
	struct policy_approver p = {0};
	struct lapse_err err = {0};

	(void)state;
	account("acc1", "dana@acme.example");
	account("acc2", NULL)->active = false;
	user("u2", "hidden@acme.example")->account = "acc2";
	assert_ok(people_named(&lapse, "dana@acme.example", &a, &p, &err));
	assert_string_equal(p.account, "acc1");
	assert_true(p.active);
	assert_ok(people_named(&lapse, "acc2", &a, &p, &err));
	assert_string_equal(p.account, "acc2");
	assert_false(p.active);
	assert_ok(people_named(&lapse, "hidden@acme.example", &a, &p, &err));
	assert_string_equal(p.account, "acc2");
	assert_ok(people_named(&lapse, "no@acme.example", &a, &p, &err));
	assert_null(p.account);
	assert_ok(people_named(&lapse, "acc3", &a, &p, &err));
	assert_null(p.account);
	account("acc4", "dana@acme.example");
	assert_ok(people_named(&lapse, "dana@acme.example", &a, &p, &err));
	assert_null(p.account);		/* two are nobody */
}

static void finds_managers(void **state)
{
	static const char *const texts[] = {"u2", "dana@acme.example", "1003"};
	AUTO_ARENA a = {0};
	struct people_link k = {.idp = "okta", .user = "u1"};
	struct policy_approver p;
	struct lapse_err err = {0};

	(void)state;
	account("acc2", "dana@acme.example");
	user("u1", "ben@acme.example");
	user("u2", "dana@acme.example")->employee_number = "1003";
	for (size_t i = 0; i < COUNT(texts); i++) {
		p = (struct policy_approver){0};
		k.manager = texts[i];
		assert_ok(people_manager(&lapse, &k, &a, &p, &err));
		/* the fake's look-up knows no employee numbers */
		if (i < 2)
			assert_string_equal(p.account, "acc2");
		else
			assert_null(p.account);
	}
	k.manager = "dana@acme.example";
	users[1].status = IDP_INACTIVE;
	assert_ok(people_manager(&lapse, &k, &a, &p, &err));
	assert_string_equal(p.account, "acc2");
	assert_false(p.active);
	k.manager = NULL;
	assert_ok(people_manager(&lapse, &k, &a, &p, &err));
	assert_null(p.account);
	assert_string_equal(p.label, "manager");
}

static void opens_groups(void **state)
{
	AUTO_ARENA a = {0};
	struct policy_input in = {0};
	struct lapse_err err = {0};
	bool yes = false;

	(void)state;
	account("acc1", "a@acme.example");
	account("acc2", "b@acme.example");
	account("acc3", "c@acme.example");
	user("u1", "a@acme.example");
	user("u2", "b@acme.example")->status = IDP_SUSPENDED;
	user("u3", "c@acme.example");
	members[0] = "u1";
	members[1] = "u2";
	assert_ok(people_of_group(&lapse, "okta", "okta:g1", &a, &in, &err));
	assert_int_equal(in.approvers.n, 1);
	assert_string_equal(in.approvers.items[0].account, "acc1");
	assert_string_equal(in.approvers.items[0].label, "group:okta:g1");
	assert_ok(people_of_group(&lapse, "okta", "g9", &a, &in, &err));
	assert_int_equal(in.approvers.n, 2);
	assert_null(in.approvers.items[1].account);

	assert_ok(people_in_group(&lapse, "okta", "g1", "u1", &yes, &err));
	assert_true(yes);
	assert_ok(people_in_group(&lapse, "okta", "okta:g1", "u3", &yes,
		&err));
	assert_false(yes);
	assert_ok(people_in_group(&lapse, "okta", "okta:g1", "u2", &yes,
		&err));
	assert_true(yes);
}

static void finds_what_was_typed(void **state)
{
	AUTO_ARENA a = {0};
	struct people_link k = {0};
	const char *found = NULL;
	struct lapse_err err = {0};

	(void)state;
	account("acc1", "ben@acme.example");
	user("u1", "ben@acme.example");
	resolve("acc1", &k, &a);
	calls = 0;
	static const char *const typed[] = {"acc1", "BEN@acme.example", "u1"};
	for (size_t i = 0; i < COUNT(typed); i++) {
		assert_ok(people_find(&lapse, typed[i], &a, &found, &err));
		assert_string_equal(found, "acc1");
	}
	assert_int_equal(calls, 0);
	assert_err(people_find(&lapse, "eve", &a, &found, &err),
		LAPSE_ENOTFOUND);
	scratch_sql(scratch_path, "INSERT INTO account VALUES ('acc2', 'B',"
		" 'ben@acme.example', NULL, NULL, 1, 1)");
	assert_err(people_find(&lapse, "ben@acme.example", &a, &found, &err),
		LAPSE_EREFUSED);
	assert_has(err.text, "acc1, acc2");
}

/* ---- Members ---- */

static struct members_change read_members(const char *const *ids)
{
	AUTO_MEMBERS r = {0};
	struct members_change c = {0};
	struct lapse_err err = {0};

	members_begin(&r, "okta", "g1");
	for (; *ids != NULL; ids++) {
		struct user_row u = {.idp = "okta", .user = *ids,
			.last_login_at = WHEN_NONE, .created_at = WHEN_NONE};
		assert_ok(members_add(&r, &u, &err));
	}
	assert_ok(ledger_begin(lapse.ledger, &err));
	assert_ok(members_finish(lapse.ledger, &r, now, &c, &err));
	assert_ok(ledger_commit(lapse.ledger, &err));
	return c;
}

static void put_group(void)
{
	const struct group_row g = {.idp = "okta", .group = "g1",
		.name = "One", .kind = "ok"};
	struct lapse_err err = {0};

	assert_ok(ledger_begin(lapse.ledger, &err));
	assert_ok(group_put(lapse.ledger, &g, now, &err));
	assert_ok(ledger_commit(lapse.ledger, &err));
}

#define READ(...) read_members((const char *const[]){__VA_ARGS__, NULL})

static void reads_members(void **state)
{
	AUTO_ARENA a = {0};
	struct members_change c;
	struct user_rows rows = {0};
	struct group_row g = {0};
	struct lapse_err err = {0};

	(void)state;
	put_group();
	c = READ("u3", "u1", "u2", "u1");	/* a list that moved */
	assert_int_equal(c.members, 3);
	assert_int_equal(c.joined, 3);
	assert_int_equal(c.missed, 0);
	now += 60;
	c = READ("u1", "u4");
	assert_int_equal(c.joined, 1);
	assert_int_equal(c.missed, 2);
	c = READ("u1", "u4");
	assert_int_equal(c.joined + c.missed + c.returned, 0);
	c = READ("u1", "u2", "u4");
	assert_int_equal(c.returned, 1);
	assert_int_equal(c.joined, 0);
	assert_ok(members_get(lapse.ledger, "okta", "g1", &a, &rows, &err));
	assert_int_equal(rows.list.n, 3);
	assert_string_equal(rows.list.items[2].user, "u4");
	assert_int_equal(scratch_int(scratch_path, "SELECT missed_at FROM"
		" membership m JOIN idp_user u ON u.id = m.uid"
		" WHERE user_id = 'u3'"), now);
	assert_int_equal(scratch_int(scratch_path, "SELECT since FROM"
		" membership m JOIN idp_user u ON u.id = m.uid"
		" WHERE user_id = 'u2'"), now);
	assert_ok(group_get(lapse.ledger, "okta", "g1", &a, &g, &err));
	assert_int_equal(g.complete_at, now);
}

/* Half a list is no list, and nothing happens outside a transaction. */
static void half_a_list_misses_nobody(void **state)
{
	struct lapse_err err = {0};
	struct members_change c;

	(void)state;
	put_group();
	READ("u1", "u2");
	{
		AUTO_MEMBERS r = {0};
		struct user_row u = {.user = "u1"};
		members_begin(&r, "okta", "g1");
		assert_ok(members_add(&r, &u, &err));
		assert_err(members_finish(lapse.ledger, &r, now, NULL, &err),
			LAPSE_EINTERNAL);
	}
	c = READ("u1", "u2");
	assert_int_equal(c.missed + c.joined + c.returned, 0);
}

/* Ids alone never wipe out what an earlier reading showed. */
static void keeps_what_lists_leave_out(void **state)
{
	AUTO_ARENA a = {0};
	struct idp_user u = {.id = "u1", .login = "ben", .email = "b@x",
		.name = "Ben", .manager = "u9", .status = IDP_ACTIVE,
		.last_login_at = 77, .last_login_known = true,
		.created_at = 7};
	struct user_row row;
	struct lapse_err err = {0};
	bool same = true;

	(void)state;
	put_group();
	people_user_row("okta", &u, &row);
	assert_ok(ledger_begin(lapse.ledger, &err));
	assert_ok(user_put(lapse.ledger, &row, now, &err));
	assert_ok(ledger_commit(lapse.ledger, &err));
	READ("u1");
	u.manager = NULL;
	u.last_login_known = false;
	u.last_login_at = WHEN_NONE;
	people_user_row("okta", &u, &row);
	assert_ok(user_same(lapse.ledger, &row, now, &same, &err));
	assert_true(same);
	u.status = IDP_SUSPENDED;
	people_user_row("okta", &u, &row);
	assert_ok(user_same(lapse.ledger, &row, now, &same, &err));
	assert_false(same);
	assert_ok(ledger_begin(lapse.ledger, &err));
	assert_ok(user_put(lapse.ledger, &row, now, &err));
	assert_ok(ledger_commit(lapse.ledger, &err));
	assert_ok(user_get(lapse.ledger, "okta", "u1", &a, &row, &err));
	assert_string_equal(row.manager, "u9");
	assert_int_equal(row.last_login_at, 77);
	assert_string_equal(row.status, "suspended");
}

#define people_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		people_test(links_in_order),
		people_test(never_guesses),
		people_test(map_settles_two),
		people_test(rereads_links),
		people_test(dry_run_keeps_nothing),
		people_test(names_approvers),
		people_test(finds_managers),
		people_test(opens_groups),
		people_test(finds_what_was_typed),
		people_test(reads_members),
		people_test(half_a_list_misses_nobody),
		people_test(keeps_what_lists_leave_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
