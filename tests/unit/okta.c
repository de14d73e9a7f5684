/* The Okta driver, fed with replies. */
#include "exchange.h"
#include "idp.h"

static const struct idp_driver *okta;

/* ---- Sinks ---- */

static int keep_user(void *arg, const void *item, struct lapse_err *err)
{
	struct talk *t = arg;
	const struct idp_user *u = item;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s %s %s %s\n", u->id, u->login,
		u->email != NULL ? u->email : "-",
		u->name != NULL ? u->name : "-", idp_status_name(u->status));
	return 0;
}

static int keep_group(void *arg, const void *item, struct lapse_err *err)
{
	struct talk *t = arg;
	const struct idp_group *g = item;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s %d %s %lld\n", g->id, g->name, (int)g->kind,
		g->detail != NULL ? g->detail : "-", (long long)g->members);
	return 0;
}

static int refuse(void *arg, const void *item, struct lapse_err *err)
{
	struct talk *t = arg;

	(void)item;
	t->items++;
	return lapse_fail(err, LAPSE_EITEM, "enough");
}

/* ---- Making ---- */

static const char *nothing(void *arg, const char *key)
{
	(void)arg;
	return strcmp(key, "token") == 0 ? "env:TOKEN" : NULL;
}

static const char *with_account(void *arg, const char *key)
{
	(void)arg;
	if (strcmp(key, "account-attribute") == 0)
		return "jiraAccount";
	return nothing(arg, key);
}

static void make(struct talk *t, op_step *s,
	const char *(*get)(void *arg, const char *key))
{
	struct auth_config auth;

	t->r = (struct remote){.name = "okta", .base = "acme.okta.com/"};
	assert_int_equal(okta->configure(get, NULL, &t->arena, &t->r, &auth,
		&t->err), 0);
	t->op = (struct op){
		.step = s,
		.name = "test",
		.user = "00u1",
		.group = "00g1",
		.sink = keep_user,
		.arg = t,
	};
}

/* ---- One user ---- */

static void get_user_reads_everything(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->get_user, with_account);
	t.op.user = "00u1ab2cd3EF4gh5I0h7";
	asks(&t, step(&t, NULL), HTTP_GET,
		"/api/v1/users/00u1ab2cd3EF4gh5I0h7");
	ends(&t, step(&t, recorded(&t, "okta/user")), OP_FOUND);
	assert_string_equal(buf_text(&t.got), "00u1ab2cd3EF4gh5I0h7 "
		"ada@example.com Ada@example.com Ada Lovelace active\n");
}

static int check_user(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_user *u = item;
	struct talk *t = arg;

	(void)err;
	t->items++;
	assert_string_equal(u->account, "5b10ac8d82e05b22cc7d4ef5");
	assert_string_equal(u->manager, "grace@example.com");
	assert_string_equal(u->department, "Research");
	assert_string_equal(u->title, "Engineer");
	assert_string_equal(u->employee_number, "1042");
	assert_true(u->last_login_known);
	assert_int_equal(u->last_login_at, 1789717272);
	assert_int_equal(u->created_at, 1709284502);
	return 0;
}

static void get_user_reads_the_profile(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->get_user, with_account);
	t.op.user = "00u1ab2cd3EF4gh5I0h7";
	t.op.sink = check_user;
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "okta/user")), OP_FOUND);
	assert_int_equal(t.items, 1);
}

static void a_missing_user_is_gone_by_oktas_word_only(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->get_user, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(t.req.expect[0], 404);
	ends(&t, step(&t, recorded(&t, "okta/not-found")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "okta/proxy-404")), LAPSE_EPROTO,
		"404");
	fails(&t, step(&t, reply(&t, 404, "{\"errorCode\":\"E0000008\"}")),
		LAPSE_EPROTO, "404");
	fails(&t, step(&t, reply(&t, 404, NULL)), LAPSE_EPROTO, "404");
}

static void another_users_reply_is_refused(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->get_user, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "okta/user")), LAPSE_EPROTO,
		"another user");
	assert_int_equal(t.items, 0);
}

static void ids_cannot_change_the_path(void **state)
{
	static const char *const ids[] = {
		"..", ".", "", "../groups", "a/b", "a?b", "a#b", "a b", "ü",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		TALK t = {0};
		int rc;

		make(&t, okta->get_user, nothing);
		t.op.user = ids[i];
		rc = step(&t, NULL);
		if (rc == OP_SEND)
			assert_null(strpbrk(buf_text(&t.req.target) +
				strlen("/api/v1/users/"), "/?# "));
		else
			assert_int_equal(rc, LAPSE_EPROTO);
	}
}

static void make_get_user(struct talk *t)
{
	make(t, okta->get_user, nothing);
	t->op.user = "00u1ab2cd3EF4gh5I0h7";
}

static void no_part_of_a_user_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_get_user, "okta/user");
}

/* Altered replies: what must be there, and what may be anything. */
static const struct {
	const char *from;
	const char *to;
	int want;
	const char *got;
} users[] = {
	{"\"id\":\"00u1ab2cd3EF4gh5I0h7\",", "", LAPSE_EPROTO, NULL},
	{"\"id\":\"00u1ab2cd3EF4gh5I0h7\"", "\"id\":7", LAPSE_EPROTO, NULL},
	{"\"id\":\"00u1ab2cd3EF4gh5I0h7\"", "\"id\":null", LAPSE_EPROTO, NULL},
	{"\"id\":\"00u1ab2cd3EF4gh5I0h7\"", "\"id\":\"../x\"", LAPSE_EPROTO,
		NULL},
	{"\"status\":\"ACTIVE\",", "", LAPSE_EPROTO, NULL},
	{"\"ACTIVE\"", "true", LAPSE_EPROTO, NULL},
	{"\"ACTIVE\"", "\"SLEEPING\"", OP_DONE, "unknown"},
	{"\"ACTIVE\"", "\"DEPROVISIONED\"", OP_DONE, "inactive"},
	{"\"ACTIVE\"", "\"PROVISIONED\"", OP_DONE, "pending"},
	{"\"profile\"", "\"elsewhere\"", LAPSE_EPROTO, NULL},
	{"\"login\":\"ada@example.com\",", "", LAPSE_EPROTO, NULL},
	{"\"email\":\"Ada@example.com\"", "\"email\":null", OP_DONE,
		"ada@example.com - "},
	{"\"email\":\"Ada@example.com\"", "\"email\":\"\"", OP_DONE,
		"ada@example.com - "},
	{"\"email\":\"Ada@example.com\"", "\"email\":[]", LAPSE_EPROTO, NULL},
	{"\"2026-09-18T07:41:12.000Z\"", "17", LAPSE_EPROTO, NULL},
	{"\"2026-09-18T07:41:12.000Z\"", "\"yesterday\"", LAPSE_EPROTO, NULL},
	{"\"department\":\"Research\"", "\"department\":{\"x\":[1]}", OP_DONE,
		"active"},
	{"\"Lovelace\"", "null", OP_DONE, " Ada active"},
	{"\"status\"", "\"status\":\"ACTIVE\",\"status\"", LAPSE_EPROTO, NULL},
	{"\"title\":\"Engineer\"", "\"title\":\"\\u0000\"", LAPSE_EPROTO,
		NULL},
};

static void a_user_altered(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(users); i++) {
		TALK t = {0};
		int rc;

		make_get_user(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, altered(&t, "okta/user", users[i].from,
			users[i].to));
		if (rc != users[i].want)
			fail_msg("%s: %d", users[i].to, rc);
		if (users[i].got != NULL)
			assert_has(buf_text(&t.got), users[i].got);
		else
			assert_int_equal(t.items, 0);
	}
}

/* ---- Finding ---- */

#define BY_NAME(email)                                                         \
	"/api/v1/users?filter=profile.email%20eq%20%22" email                  \
	"%22%20or%20profile.login%20eq%20%22" email "%22&limit=200"

static void an_address_is_filtered_and_compared(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->find_user, with_account);
	t.op.key = "d@example.com";
	asks(&t, step(&t, NULL), HTTP_GET, BY_NAME("d%40example.com"));
	ends(&t, step(&t, recorded(&t, "okta/users-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"00u4 d@example.com - - inactive\n");
}

static void a_mixed_case_is_asked_for_twice(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->find_user, nothing);
	t.op.key = "ADA@x.com";
	asks(&t, step(&t, NULL), HTTP_GET,
		"/api/v1/users?filter=profile.email%20eq%20%22ADA%40x.com"
		"%22%20or%20profile.login%20eq%20%22ADA%40x.com%22%20or%20"
		"profile.email%20eq%20%22ada%40x.com%22%20or%20profile.login"
		"%20eq%20%22ada%40x.com%22&limit=200");
	ends(&t, step(&t, reply(&t, 200, "[{\"id\":\"00u1\",\"status\":"
		"\"ACTIVE\",\"profile\":{\"login\":\"other\",\"email\":"
		"\"Ada@X.com\"}}]")), OP_FOUND);
	assert_int_equal(t.items, 1);
}

static void a_hostile_name_stays_a_string(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->find_user, nothing);
	t.op.key = "a\" or id pr or \"\\";
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_has(buf_text(&t.req.target),
		"%22a%5C%22%20or%20id%20pr%20or%20%5C%22%5C%5C%22");
	t.op.key = "\xff";
	fails(&t, step(&t, NULL), LAPSE_EREFUSED, "name");
	t.op.key = "";
	fails(&t, step(&t, NULL), LAPSE_EREFUSED, "name");
}

static void an_id_is_read_directly(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->find_user, with_account);
	t.op.key = "00u1ab2cd3EF4gh5I0h7";
	asks(&t, step(&t, NULL), HTTP_GET,
		"/api/v1/users/00u1ab2cd3EF4gh5I0h7");
	ends(&t, step(&t, recorded(&t, "okta/user")), OP_FOUND);
}

static void what_only_looks_like_an_id_is_looked_for(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->find_user, nothing);
	t.op.key = "00uncle";
	assert_int_equal(step(&t, NULL), OP_SEND);
	asks(&t, step(&t, recorded(&t, "okta/not-found")), HTTP_GET,
		BY_NAME("00uncle"));
	ends(&t, step(&t, recorded(&t, "okta/empty")), OP_GONE);
	assert_int_equal(t.items, 0);
}

static void a_login_with_a_slash_never_stands_in_a_path(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->find_user, nothing);
	t.op.key = "00u/x";
	asks(&t, step(&t, NULL), HTTP_GET, BY_NAME("00u%2Fx"));
}

static void an_account_is_searched_last(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->find_user, with_account);
	t.op.key = "5b10ac8d82e05b22cc7d4ef5";
	asks(&t, step(&t, NULL), HTTP_GET,
		BY_NAME("5b10ac8d82e05b22cc7d4ef5"));
	asks(&t, step(&t, recorded(&t, "okta/empty")), HTTP_GET,
		"/api/v1/users?search=profile.jiraAccount%20eq%20%22"
		"5b10ac8d82e05b22cc7d4ef5%22&limit=200");
	ends(&t, step(&t, reply(&t, 200, "["
		"{\"id\":\"00u1\",\"status\":\"ACTIVE\",\"profile\":{\"login\":"
		"\"a\",\"jiraAccount\":\"5b10ac8d82e05b22cc7d4ef5\"}},"
		"{\"id\":\"00u2\",\"status\":\"ACTIVE\",\"profile\":{\"login\":"
		"\"b\",\"jiraAccount\":\"5B10ac8d82e05b22cc7d4ef5\"}},"
		"{\"id\":\"00u3\",\"status\":\"ACTIVE\",\"profile\":{\"login\":"
		"\"c\",\"jiraAccount\":5}}]")), OP_FOUND);
	assert_string_equal(buf_text(&t.got), "00u1 a - - active\n");
}

static void two_of_a_name_are_both_given(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->find_user, nothing);
	t.op.key = "a@x.com";
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, reply(&t, 200, "["
		"{\"id\":\"00u1\",\"status\":\"ACTIVE\",\"profile\":"
		"{\"login\":\"a@x.com\"}},{\"id\":\"00u2\",\"status\":"
		"\"ACTIVE\",\"profile\":{\"login\":\"b\",\"email\":"
		"\"A@x.com\"}}]")), OP_FOUND);
	assert_int_equal(t.items, 2);
}

/* ---- Lists ---- */

static void all_users_over_two_pages(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->list_users, nothing);
	asks(&t, step(&t, NULL), HTTP_GET,
		"/api/v1/users?search=status%20pr&limit=200");
	asks(&t, step(&t, recorded(&t, "okta/users-1")), HTTP_GET,
		"https://acme.okta.com/api/v1/users?after=c%2F1&search="
		"status+pr&limit=200");
	ends(&t, step(&t, recorded(&t, "okta/users-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"00u1 ada@example.com ada@example.com Ada Lovelace active\n"
		"00u2 new@example.com new@example.com New pending\n"
		"00u3 s@example.com - - suspended\n"
		"00u4 d@example.com - - inactive\n"
		"00u5 m@example.com - - unknown\n"
		"00u6 l@example.com - - active\n");
}

static void no_users_at_all_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->list_users, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "okta/empty")), LAPSE_EPROTO,
		"administrator role");
}

static void what_is_not_a_list_is_a_fault(void **state)
{
	static const char *const bodies[] = {
		"", "{}", "null", "\"x\"", "[1]", "[null]", "[[]]", "[{}]",
		"[{\"id\":\"00u1\"}]", "[] []", "<html>", "[{\"id\":",
		"{\"errorCode\":\"E0000007\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make(&t, okta->list_users, nothing);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, reply(&t, 200, bodies[i])),
			LAPSE_EPROTO);
		assert_int_equal(t.items, 0);
	}
}

static void a_page_is_handed_over_whole_or_not(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->list_users, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, altered(&t, "okta/users-2", "\"id\":\"00u6\"",
		"\"id\":6")), LAPSE_EPROTO, "id");
	assert_int_equal(t.items, 0);
}

static void a_sink_may_end_it(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->list_users, nothing);
	t.op.sink = refuse;
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "okta/users-1")), LAPSE_EITEM,
		"enough");
	assert_int_equal(t.items, 1);
}

static void a_link_that_repeats_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->list_users, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "okta/users-1")), OP_SEND);
	fails(&t, step(&t, recorded(&t, "okta/users-1")), LAPSE_EPROTO,
		"again");
}

/* Source: okta-sdk-golang #397, groups that went on for ever. */
static void empty_pages_without_end_are_a_fault(void **state)
{
	TALK t = {0};
	char link[128];
	int rc = OP_SEND;
	int pages = 0;

	(void)state;
	make(&t, okta->list_members, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	for (; rc == OP_SEND && pages < 100; pages++) {
		reply(&t, 200, "[]");
		snprintf(link, sizeof(link), "Link: <https://acme.okta.com/"
			"api/v1/x?after=%d>; rel=\"next\"", pages);
		header(&t, link);
		rc = step(&t, &t.res);
	}
	fails(&t, rc, LAPSE_EPROTO, "does not end");
	assert_true(pages < 20);
}

static void members_of_every_status(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->list_members, nothing);
	asks(&t, step(&t, NULL), HTTP_GET,
		"/api/v1/groups/00g1/users?limit=1000");
	assert_int_equal(step(&t, recorded(&t, "okta/users-1")), OP_SEND);
	assert_int_equal(t.req.expect[0], 404);
	ends(&t, step(&t, recorded(&t, "okta/users-2")), OP_FOUND);
	assert_int_equal(t.items, 6);
}

static void an_empty_group_has_no_members(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->list_members, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "okta/empty")), OP_FOUND);
	assert_int_equal(t.items, 0);
	ends(&t, step(&t, recorded(&t, "okta/not-found")), OP_GONE);
}

/* ---- Groups ---- */

static void every_kind_of_group_is_told(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->list_groups, nothing);
	t.op.sink = keep_group;
	t.op.group = NULL;
	asks(&t, step(&t, NULL), HTTP_GET, "/api/v1/groups/rules?limit=200");
	asks(&t, step(&t, recorded(&t, "okta/rules-1")), HTTP_GET,
		"https://acme.okta.com/api/v1/groups/rules?after=r1&limit=200");
	asks(&t, step(&t, recorded(&t, "okta/rules-2")), HTTP_GET,
		"/api/v1/groups?expand=stats&limit=200");
	asks(&t, step(&t, recorded(&t, "okta/groups-1")), HTTP_GET,
		"https://acme.okta.com/api/v1/groups?after=g1&expand=stats"
		"&limit=200");
	ends(&t, step(&t, recorded(&t, "okta/groups-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"00g1 Prod DB admins 0 - 14\n"
		"00g2 Everyone 4 - 100213\n"
		"00g3 Engineering 2 CORP\\Engineering -1\n"
		"00g4 Sales 3 - -1\n"
		"00g5 Help desk 5 - 3\n"
		"00g6 Engineers 1 Engineering group rule -1\n"
		"00g7 Later 6 - -1\n");
}

static void ask_for_group(struct talk *t, const char *rules)
{
	make(t, okta->get_group, nothing);
	t->op.sink = keep_group;
	assert_int_equal(step(t, NULL), OP_SEND);
	asks(t, step(t, reply(t, 200, rules)), HTTP_GET,
		"/api/v1/groups/00g1?expand=stats");
	assert_int_equal(t->req.expect[0], 404);
}

static void a_group_of_its_own(void **state)
{
	TALK t = {0};

	(void)state;
	ask_for_group(&t, "[]");
	ends(&t, step(&t, recorded(&t, "okta/group")), OP_FOUND);
	assert_string_equal(buf_text(&t.got), "00g1 Prod DB admins 0 - 14\n");
}

static void a_group_fed_by_a_rule(void **state)
{
	TALK t = {0};

	(void)state;
	ask_for_group(&t, "[{\"name\":\"Rule\",\"status\":\"ACTIVE\","
		"\"actions\":{\"assignUserToGroups\":{\"groupIds\":"
		"[\"00g11\",\"00g1\"]}}}]");
	ends(&t, step(&t, recorded(&t, "okta/group")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"00g1 Prod DB admins 1 Rule 14\n");
}

static void a_group_is_gone(void **state)
{
	TALK t = {0};

	(void)state;
	ask_for_group(&t, "[]");
	ends(&t, step(&t, recorded(&t, "okta/not-found")), OP_GONE);
	assert_int_equal(t.items, 0);
}

/* A rule that cannot be read might feed any group. */
static void rules_that_cannot_be_read(void **state)
{
	static const char *const rules[] = {
		"{}", "[{}]", "[{\"name\":\"a\"}]",
		"[{\"name\":\"a\",\"status\":\"ACTIVE\"}]",
		"[{\"name\":\"a\",\"status\":\"ACTIVE\",\"actions\":{}}]",
		"[{\"name\":\"a\",\"status\":\"ACTIVE\",\"actions\":"
		"{\"assignUserToGroups\":{\"groupIds\":[7]}}}]",
		"[{\"status\":\"ACTIVE\",\"actions\":"
		"{\"assignUserToGroups\":{\"groupIds\":[]}}}]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rules); i++) {
		TALK t = {0};

		make(&t, okta->get_group, nothing);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, reply(&t, 200, rules[i])),
			LAPSE_EPROTO);
	}
}

static void a_group_altered(void **state)
{
	static const char *const alterations[][2] = {
		{"\"id\":\"00g1\",", ""},
		{"\"id\":\"00g1\"", "\"id\":\"00g2\""},
		{"\"type\":\"OKTA_GROUP\",", ""},
		{"\"type\":\"OKTA_GROUP\"", "\"type\":{}"},
		{"\"name\":\"Prod DB admins\",", ""},
		{"\"hasAdminPrivlege\":false", "\"hasAdminPrivlege\":\"no\""},
		{"\"stats\":{", "\"stats\":[{"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};

		ask_for_group(&t, "[]");
		assert_int_equal(step(&t, altered(&t, "okta/group",
			alterations[i][0], alterations[i][1])), LAPSE_EPROTO);
		assert_int_equal(t.items, 0);
	}
}

/* ---- Memberships ---- */

static void a_member_on_the_second_page(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->is_member, nothing);
	asks(&t, step(&t, NULL), HTTP_GET, "/api/v1/users/00u1/groups");
	asks(&t, step(&t, recorded(&t, "okta/user-groups-1")), HTTP_GET,
		"https://acme.okta.com/api/v1/users/00u1/groups?after=00g2"
		"&limit=200");
	ends(&t, step(&t, recorded(&t, "okta/user-groups-2")), OP_PRESENT);
}

static void a_member_on_the_first_page_is_told_at_the_end(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->is_member, nothing);
	t.op.group = "00g2";
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "okta/user-groups-1")),
		OP_SEND);
	ends(&t, step(&t, recorded(&t, "okta/user-groups-2")), OP_PRESENT);
}

static void absence_needs_the_whole_list(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->is_member, nothing);
	t.op.group = "00g9";
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "okta/user-groups-1")),
		OP_SEND);
	ends(&t, step(&t, recorded(&t, "okta/user-groups-2")), OP_ABSENT);
}

static void make_is_member(struct talk *t)
{
	make(t, okta->is_member, nothing);
}

static void no_part_of_the_groups_proves_absence(void **state)
{
	TALK t = {0};

	(void)state;
	no_part_will_do(make_is_member, "okta/user-groups-2");
	make_is_member(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, reply(&t, 200, "[{\"ID\":\"00g1\"}]")),
		LAPSE_EPROTO, "id");
	make_is_member(&t);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "okta/not-found")), OP_GONE);
}

static void an_add_is_an_empty_put(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->add, nothing);
	asks(&t, step(&t, NULL), HTTP_PUT,
		"/api/v1/groups/00g1/users/00u1");
	sends(&t, "");
	assert_int_equal(t.req.want, HTTP_WANT_NOTHING);
	assert_int_equal(t.req.expect[0], 0);
	ends(&t, step(&t, recorded(&t, "okta/no-content")), OP_CHANGED);
}

static void a_removal_is_a_delete(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->remove, nothing);
	asks(&t, step(&t, NULL), HTTP_DELETE,
		"/api/v1/groups/00g1/users/00u1");
	assert_int_equal(t.req.expect[0], 404);
	ends(&t, step(&t, recorded(&t, "okta/no-content")), OP_CHANGED);
	ends(&t, step(&t, recorded(&t, "okta/not-found")), OP_UNCLEAR);
	fails(&t, step(&t, recorded(&t, "okta/proxy-404")), LAPSE_EPROTO,
		"404");
}

static void sessions_end_with_their_tokens(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->end_sessions, nothing);
	asks(&t, step(&t, NULL), HTTP_DELETE, "/api/v1/users/00u1/sessions"
		"?oauthTokens=true&forgetDevices=false");
	ends(&t, step(&t, recorded(&t, "okta/no-content")), OP_CHANGED);
	ends(&t, step(&t, recorded(&t, "okta/not-found")), OP_GONE);
}

/* ---- Judging ---- */

static const struct {
	const char *name;
	enum http_method method;
	enum verdict verdict;
	int code;
	int64_t wait_s;
	const char *says;
} judgements[] = {
	{"okta/rate", HTTP_GET, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, 31, "rate"},
	{"okta/rate", HTTP_PUT, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, 31, "rate"},
	{"okta/concurrent", HTTP_PUT, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, -1,
		"rate"},
	{"okta/token", HTTP_GET, REPLY_RENEW_TOKEN, LAPSE_EAUTH, -1,
		"E0000011"},
	{"okta/denied", HTTP_PUT, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"E0000006: no permission"},
	{"okta/denied", HTTP_GET, REPLY_REFUSED, LAPSE_EAUTH, -1,
		"administrator role"},
	{"okta/built-in", HTTP_PUT, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"E0000060"},
	{"okta/not-found", HTTP_PUT, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"error id oaeHfmOAx1iRLa0H10DeMz5fQ"},
	{"okta/invalid", HTTP_PUT, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"already exists"},
	{"okta/read-only", HTTP_PUT, REPLY_AGAIN_AFTER, LAPSE_EUNAVAIL, -1,
		"read-only"},
	{"okta/proxy-404", HTTP_DELETE, REPLY_BROKEN, LAPSE_EPROTO, -1,
		"proxy"},
	{"okta/proxy-502", HTTP_DELETE, REPLY_UNCERTAIN, LAPSE_EUNAVAIL, -1,
		"502"},
};

static void replies_are_judged_by_their_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(judgements); i++) {
		TALK t = {0};
		int64_t wait_s;

		make(&t, okta->add, nothing);
		recorded(&t, judgements[i].name);
		assert_int_equal(judged(&t, judgements[i].method, &wait_s),
			judgements[i].verdict);
		assert_int_equal(t.err.code, judgements[i].code);
		assert_int_equal(wait_s, judgements[i].wait_s);
		assert_has(t.err.text, judgements[i].says);
		assert_has(t.err.text, "okta: ");
	}
}

static const struct {
	int status;
	const char *body;
	enum verdict verdict;
} bodies[] = {
	{401, "", REPLY_RENEW_TOKEN},
	{401, "{\"errorCode\":\"E0000004\"}", REPLY_RENEW_TOKEN},
	{401, "{\"errorCode\":\"E0000015\"}", REPLY_DENIED},
	{403, "{\"errorCode\":\"E0000005\"}", REPLY_DENIED},
	{403, "{\"errorCode\":\"E0000038\"}", REPLY_REFUSED},
	{403, "{\"errorCode\":\"E0009999\"}", REPLY_REFUSED},
	{403, "<html>", REPLY_BROKEN},
	{403, "{\"message\":\"no\"}", REPLY_BROKEN},
	{400, "", REPLY_BROKEN},
	{400, "{\"errorCode\":7}", REPLY_BROKEN},
	{400, "{\"errorCode\":\"E0000029\"}", REPLY_BROKEN},
	{404, "{\"errorCode\":\"E0000008\"}", REPLY_BROKEN},
	{429, "", REPLY_AGAIN_AFTER},
	{429, "<html>", REPLY_AGAIN_AFTER},
	{408, "", REPLY_UNCERTAIN},
	{500, "{\"errorCode\":\"E0000009\"}", REPLY_UNCERTAIN},
	{500, "{\"errorCode\":\"E0009999\"}", REPLY_UNCERTAIN},
	{503, "{\"errorCode\":\"E0000100\"}", REPLY_AGAIN_AFTER},
	{504, "", REPLY_UNCERTAIN},
	{302, "", REPLY_BROKEN},
	{418, "{\"errorCode\":\"E0000060\",\"errorCauses\":{\"errorSummary\":"
		"\"one\"}}", REPLY_REFUSED},
};

static void foreign_bodies_are_judged_by_their_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make(&t, okta->add, nothing);
		reply(&t, bodies[i].status, bodies[i].body);
		if (judged(&t, HTTP_PUT, NULL) != bodies[i].verdict)
			fail_msg("%d %s", bodies[i].status, bodies[i].body);
	}
}

static void hostile_words_stay_on_one_line(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->add, nothing);
	reply(&t, 400, "{\"errorCode\":\"E0000001\",\"errorSummary\":"
		"\"a\\u001b[31m\\nb\",\"errorId\":\"x\\ny\"}");
	assert_int_equal(judged(&t, HTTP_PUT, NULL), REPLY_REFUSED);
	assert_null(strpbrk(t.err.text, "\033\n"));
}

static void a_missing_scope_is_named(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->add, nothing);
	reply(&t, 403, "{\"errorCode\":\"invalid\"}");
	header(&t, "WWW-Authenticate: Bearer error=\"insufficient_scope\"");
	assert_int_equal(judged(&t, HTTP_GET, NULL), REPLY_REFUSED);
	assert_has(t.err.text, "scope");
	assert_int_equal(t.err.code, LAPSE_EAUTH);
}

/* ---- Configuration ---- */

struct pair {
	const char *key;
	const char *value;
};

static const char *from_pairs(void *arg, const char *key)
{
	for (const struct pair *p = arg; p->key != NULL; p++)
		if (strcmp(p->key, key) == 0)
			return p->value;
	return NULL;
}

static int configured(struct talk *t, const char *url, struct pair *pairs,
	struct auth_config *ret)
{
	t->r = (struct remote){.name = "okta", .base = url};
	return okta->configure(from_pairs, pairs, &t->arena, &t->r, ret,
		&t->err);
}

static void urls_are_made_whole(void **state)
{
	static const char *const urls[][2] = {
		{"acme.okta.com", "https://acme.okta.com"},
		{"https://acme.okta.com/", "https://acme.okta.com"},
		{"https://acme.okta.com///", "https://acme.okta.com"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"", NULL},
		{"https://", NULL},
		{"https://acme-admin.okta.com", NULL},
		{"https://acme.okta.com/admin", NULL},
		{"https://me@acme.okta.com", NULL},
		{"https://acme.okta.com?x", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct pair pairs[] = {{"token", "env:T"}, {NULL, NULL}};
		struct auth_config auth;
		TALK t = {0};
		int rc = configured(&t, urls[i][0], pairs, &auth);

		if (urls[i][1] == NULL) {
			fails(&t, rc, LAPSE_ECONFIG, "url");
			continue;
		}
		assert_int_equal(rc, 0);
		assert_string_equal(t.r.base, urls[i][1]);
		assert_string_equal(t.r.site, urls[i][1]);
	}
}

static void a_token_is_a_header(void **state)
{
	struct pair pairs[] = {{"token", "env:T"}, {"next-token", "env:N"},
		{NULL, NULL}};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(configured(&t, "acme.okta.com", pairs, &auth), 0);
	assert_int_equal(auth.scheme, AUTH_HEADER);
	assert_string_equal(auth.prefix, "SSWS");
	assert_string_equal(auth.secret, "env:T");
	assert_string_equal(auth.next_secret, "env:N");
	assert_ptr_equal(t.r.service, &okta->service);
	/* what it may do is nowhere to be read */
	for (const struct idp_right *r = okta->rights(&t.r); r->what; r++)
		assert_null(r->words);
}

static void a_key_is_a_client_assertion(void **state)
{
	struct pair pairs[] = {{"client-id", "0oa1"}, {"key", "file:/k"},
		{"key-id", "kid"}, {NULL, NULL}};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(configured(&t, "acme.okta.com/", pairs, &auth), 0);
	assert_int_equal(auth.scheme, AUTH_CLIENT_ASSERTION);
	assert_string_equal(auth.token_url,
		"https://acme.okta.com/oauth2/v1/token");
	assert_string_equal(auth.client_id, "0oa1");
	assert_string_equal(auth.key_id, "kid");
	assert_string_equal(auth.algorithm, "RS256");
	assert_true(auth.dpop);
	assert_has(auth.scope, "okta.groups.manage");
	assert_has(auth.scope, "okta.users.read");
	assert_string_equal(okta->rights(&t.r)->words, "okta.groups.manage");
}

static void a_credential_is_one_and_whole(void **state)
{
	static struct {
		struct pair pairs[4];
		const char *says;
	} rows[] = {
		{{{NULL, NULL}}, "no credential"},
		{{{"client-id", "x"}, {NULL, NULL}}, "key is missing"},
		{{{"key", "x"}, {NULL, NULL}}, "client-id is missing"},
		{{{"token", "x"}, {"client-id", "x"}, {"key", "x"}}, "both"},
		{{{"token", "x"}, {"account-attribute", "a b"}},
			"account-attribute"},
		{{{"token", "x"}, {"account-attribute", ""}},
			"account-attribute"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct auth_config auth;
		TALK t = {0};

		fails(&t, configured(&t, "acme.okta.com", rows[i].pairs, &auth),
			LAPSE_ECONFIG, rows[i].says);
	}
}

/* ---- Probes ---- */

static void an_empty_answer_fails_the_probes_that_need_one(void **state)
{
	(void)state;
	for (const struct idp_probe *p = okta->probes; p->what; p++) {
		TALK t = {0};
		int rc;

		make(&t, p->step, nothing);
		assert_int_equal(step(&t, NULL), OP_SEND);
		rc = step(&t, recorded(&t, "okta/empty"));
		if (strstr(p->what, "rules") != NULL ||
			strstr(p->what, "log") != NULL)
			assert_int_equal(rc, OP_DONE);
		else
			assert_int_equal(rc,
				strstr(p->what, "may list") != NULL ?
				LAPSE_EAUTH : LAPSE_EPROTO);
	}
}

static void an_organization_has_an_id(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, okta->probes[0].step, nothing);
	asks(&t, step(&t, NULL), HTTP_GET, "/.well-known/okta-organization");
	ends(&t, step(&t, reply(&t, 200,
		"{\"id\":\"00o1\",\"pipeline\":\"idx\"}")), OP_FOUND);
	assert_string_equal(t.op.ret_id, "00o1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(get_user_reads_everything),
		cmocka_unit_test(get_user_reads_the_profile),
		cmocka_unit_test(a_missing_user_is_gone_by_oktas_word_only),
		cmocka_unit_test(another_users_reply_is_refused),
		cmocka_unit_test(ids_cannot_change_the_path),
		cmocka_unit_test(no_part_of_a_user_will_do),
		cmocka_unit_test(a_user_altered),
		cmocka_unit_test(an_address_is_filtered_and_compared),
		cmocka_unit_test(a_mixed_case_is_asked_for_twice),
		cmocka_unit_test(a_hostile_name_stays_a_string),
		cmocka_unit_test(an_id_is_read_directly),
		cmocka_unit_test(what_only_looks_like_an_id_is_looked_for),
		cmocka_unit_test(a_login_with_a_slash_never_stands_in_a_path),
		cmocka_unit_test(an_account_is_searched_last),
		cmocka_unit_test(two_of_a_name_are_both_given),
		cmocka_unit_test(all_users_over_two_pages),
		cmocka_unit_test(no_users_at_all_is_a_fault),
		cmocka_unit_test(what_is_not_a_list_is_a_fault),
		cmocka_unit_test(a_page_is_handed_over_whole_or_not),
		cmocka_unit_test(a_sink_may_end_it),
		cmocka_unit_test(a_link_that_repeats_is_a_fault),
		cmocka_unit_test(empty_pages_without_end_are_a_fault),
		cmocka_unit_test(members_of_every_status),
		cmocka_unit_test(an_empty_group_has_no_members),
		cmocka_unit_test(every_kind_of_group_is_told),
		cmocka_unit_test(a_group_of_its_own),
		cmocka_unit_test(a_group_fed_by_a_rule),
		cmocka_unit_test(a_group_is_gone),
		cmocka_unit_test(rules_that_cannot_be_read),
		cmocka_unit_test(a_group_altered),
		cmocka_unit_test(a_member_on_the_second_page),
		cmocka_unit_test(a_member_on_the_first_page_is_told_at_the_end),
		cmocka_unit_test(absence_needs_the_whole_list),
		cmocka_unit_test(no_part_of_the_groups_proves_absence),
		cmocka_unit_test(an_add_is_an_empty_put),
		cmocka_unit_test(a_removal_is_a_delete),
		cmocka_unit_test(sessions_end_with_their_tokens),
		cmocka_unit_test(replies_are_judged_by_their_code),
		cmocka_unit_test(foreign_bodies_are_judged_by_their_status),
		cmocka_unit_test(hostile_words_stay_on_one_line),
		cmocka_unit_test(a_missing_scope_is_named),
		cmocka_unit_test(urls_are_made_whole),
		cmocka_unit_test(a_token_is_a_header),
		cmocka_unit_test(a_key_is_a_client_assertion),
		cmocka_unit_test(a_credential_is_one_and_whole),
		cmocka_unit_test(
			an_empty_answer_fails_the_probes_that_need_one),
		cmocka_unit_test(an_organization_has_an_id),
	};

	okta = idp_driver_find("okta");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
