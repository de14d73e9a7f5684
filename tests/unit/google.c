/* The Google driver, fed with replies. */
#include "exchange.h"
#include "idp.h"

#define ADA "109000000000000000001"
#define GROUP "01abcdef0123456"
#define D "/admin/directory/v1"
#define MEMBER D "/groups/" GROUP "/members/" ADA

static const struct idp_driver *google;

/* ---- Sinks ---- */

static int keep_user(void *arg, const void *item, struct lapse_err *err)
{
	struct talk *t = arg;
	const struct idp_user *u = item;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s %s %s\n", u->id,
		u->login != NULL ? u->login : "-",
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
	if (strcmp(key, "key") == 0)
		return "env:KEY";
	return strcmp(key, "administrator") == 0 ? "lapse@acme.com" : NULL;
}

static const char *with_account(void *arg, const char *key)
{
	if (strcmp(key, "account-attribute") == 0)
		return "Jira.accountId";
	return nothing(arg, key);
}

static const char *with_customer(void *arg, const char *key)
{
	return strcmp(key, "customer") == 0 ? "C01abc2de" : nothing(arg, key);
}

static void make(struct talk *t, op_step *s,
	const char *(*get)(void *arg, const char *key))
{
	struct auth_config auth;

	op_clear(&t->op);
	t->r = (struct remote){.name = "google"};
	assert_int_equal(google->configure(get, NULL, &t->arena, &t->r, &auth,
		&t->err), 0);
	t->op = (struct op){
		.step = s,
		.name = "test",
		.user = ADA,
		.group = GROUP,
		.sink = keep_user,
		.arg = t,
	};
}

/* ---- One user ---- */

#define FIELDS "id%2CprimaryEmail%2Caliases%2CnonEditableAliases%2Cname%2C"    \
	"suspended%2Carchived%2ClastLoginTime%2CcreationTime%2C"               \
	"organizations%2Crelations%2CexternalIds"
#define ONE(key) D "/users/" key "?projection=full&fields=kind%2C" FIELDS
#define ALL(more) D "/users?customer=my_customer&maxResults=500"               \
	"&projection=full&fields=kind%2CnextPageToken%2Cusers%28" FIELDS more  \
	"%29"

static void get_user_reads_everything(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->get_user, nothing);
	asks(&t, step(&t, NULL), HTTP_GET, ONE(ADA));
	assert_false(t.req.other_base);
	ends(&t, step(&t, recorded(&t, "google/user")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		ADA " ada@example.com Ada Lovelace active\n");
}

static int check_user(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_user *u = item;
	struct talk *t = arg;

	(void)err;
	t->items++;
	assert_string_equal(u->email, "ada@example.com");
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
	make(&t, google->get_user, with_account);
	t.op.sink = check_user;
	asks(&t, step(&t, NULL), HTTP_GET, ONE(ADA) "%2CcustomSchemas");
	ends(&t, step(&t, recorded(&t, "google/user")), OP_FOUND);
	assert_int_equal(t.items, 1);
}

static int keep_login(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_user *u = item;
	struct talk *t = arg;

	(void)err;
	buf_fmt(&t->got, "%d %d", u->last_login_known,
		u->last_login_at == WHEN_NONE);
	return 0;
}

/* 1970 is Google's word for never; no word at all is not. */
static void never_is_not_unknown(void **state)
{
	static const char *const rows[][2] = {
		{"\"1970-01-01T00:00:00.000Z\"", "1 1"},
		{"null", "0 1"},
		{"\"1970-01-01T00:00:01.000Z\"", "1 0"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		make(&t, google->get_user, nothing);
		t.op.sink = keep_login;
		assert_int_equal(step(&t, NULL), OP_SEND);
		ends(&t, step(&t, altered(&t, "google/user",
			"\"2026-09-18T07:41:12.000Z\"", rows[i][0])),
			OP_FOUND);
		assert_string_equal(buf_text(&t.got), rows[i][1]);
	}
}

static void a_missing_user_is_gone_by_googles_word_only(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->get_user, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(t.req.expect[0], 404);
	ends(&t, step(&t, recorded(&t, "google/not-found-user")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "google/proxy-404")), LAPSE_EPROTO,
		"404");
	fails(&t, step(&t, reply(&t, 404, "{\"error\":{\"code\":404}}")),
		LAPSE_EPROTO, "404");
	fails(&t, step(&t, reply(&t, 404, NULL)), LAPSE_EPROTO, "404");
}

static void another_users_reply_is_refused(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->get_user, nothing);
	t.op.user = "109000000000000000002";
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "google/user")), LAPSE_EPROTO,
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

		make(&t, google->end_sessions, nothing);
		t.op.user = ids[i];
		rc = step(&t, NULL);
		if (rc == OP_SEND)
			assert_null(strpbrk(strstr(buf_text(&t.req.target),
				"/users/") + strlen("/users/"), "?# "));
		else
			assert_int_equal(rc, LAPSE_EPROTO);
	}
}

static void make_get_user(struct talk *t)
{
	make(t, google->get_user, nothing);
}

static void no_part_of_a_user_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_get_user, "google/user");
}

/* Altered replies: what must be there, and what may be anything. */
static const struct {
	const char *from;
	const char *to;
	int want;
	const char *got;
} users[] = {
	{"\"kind\":\"admin#directory#user\",", "", LAPSE_EPROTO, NULL},
	{"#user\"", "#group\"", LAPSE_EPROTO, NULL},
	{"\"id\":\"" ADA "\",", "", LAPSE_EPROTO, NULL},
	{"\"id\":\"" ADA "\"", "\"id\":109", LAPSE_EPROTO, NULL},
	{"\"id\":\"" ADA "\"", "\"id\":\"../x\"", LAPSE_EPROTO, NULL},
	{"\"suspended\":false,", "", LAPSE_EPROTO, NULL},
	{"\"suspended\":false", "\"suspended\":\"false\"", LAPSE_EPROTO, NULL},
	{"\"suspended\":false", "\"suspended\":true", OP_DONE, "suspended"},
	{"\"archived\":false,", "", LAPSE_EPROTO, NULL},
	{"\"archived\":false", "\"archived\":true", OP_DONE, "inactive"},
	{"\"primaryEmail\":\"ada@example.com\",", "", LAPSE_EPROTO, NULL},
	{"\"fullName\":\"Ada Lovelace\"", "\"fullName\":null", OP_DONE,
		" - active"},
	{"\"name\":{", "\"other\":{", OP_DONE, " - active"},
	{"\"2026-09-18T07:41:12.000Z\"", "17", LAPSE_EPROTO, NULL},
	{"\"2026-09-18T07:41:12.000Z\"", "\"yesterday\"", LAPSE_EPROTO, NULL},
	{"\"department\":\"Research\"", "\"department\":{\"x\":[1]}", OP_DONE,
		"active"},
	{"\"organizations\":[", "\"organizations\":7,\"x\":[", OP_DONE,
		"active"},
	{"\"relations\":[", "\"relations\":[null,7,\"x\",{},", OP_DONE,
		"active"},
	{"\"suspended\"", "\"suspended\":false,\"suspended\"", LAPSE_EPROTO,
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
		rc = step(&t, altered(&t, "google/user", users[i].from,
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

static void an_address_is_read_directly(void **state)
{
	static const char *const keys[] = {"ada@example.com",
		"ADA@Example.com", "a.Lovelace@example.com",
		"ada@example.com.test-google-a.com"};

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		TALK t = {0};

		make(&t, google->find_user, nothing);
		t.op.key = keys[i];
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_has(buf_text(&t.req.target), D "/users/");
		assert_has(buf_text(&t.req.target), "%40");
		ends(&t, step(&t, recorded(&t, "google/user")), OP_FOUND);
		assert_int_equal(t.items, 1);
	}
}

static void an_address_that_is_another_users_is_refused(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->find_user, nothing);
	t.op.key = "ad@example.com";
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "google/user")), LAPSE_EPROTO,
		"another user");
}

static void an_id_is_read_directly(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->find_user, with_account);
	t.op.key = ADA;
	asks(&t, step(&t, NULL), HTTP_GET, ONE(ADA) "%2CcustomSchemas");
	ends(&t, step(&t, recorded(&t, "google/user")), OP_FOUND);
}

static void nobody_has_an_unknown_address(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->find_user, with_account);
	t.op.key = "nobody@example.com";
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "google/not-found-user")), OP_GONE);
	assert_int_equal(t.items, 0);
}

/* Google forbids to ask for addresses of other domains; that says nothing
 * about the credential until the list is forbidden, too. */
static void an_address_of_another_domain_is_looked_for(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->find_user, nothing);
	t.op.key = "o'neil@partner.org";
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(t.req.expect[1], 403);
	asks(&t, step(&t, recorded(&t, "google/forbidden")), HTTP_GET,
		ALL("") "&query=email%3D%27o%5C%27neil%40partner.org%27");
	assert_int_equal(t.req.expect[0], 0);
	ends(&t, step(&t, recorded(&t, "google/users-none")), OP_GONE);
}

static void other_refusals_of_an_address_are_refusals(void **state)
{
	static const struct {
		const char *name;
		int code;
	} rows[] = {
		{"google/user-rate", LAPSE_EAGAIN},
		{"google/scope", LAPSE_EAUTH},
		{"google/not-configured", LAPSE_EAUTH},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		make(&t, google->find_user, nothing);
		t.op.key = "ada@example.com";
		assert_int_equal(step(&t, NULL), OP_SEND);
		fails(&t, step(&t, recorded(&t, rows[i].name)), rows[i].code,
			"google: ");
	}
}

static void an_account_is_searched(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->find_user, with_account);
	t.op.key = "5b10ac8d82e05b22cc7d4ef5";
	asks(&t, step(&t, NULL), HTTP_GET, ALL("%2CcustomSchemas")
		"&query=Jira.accountId%3D%275b10ac8d82e05b22cc7d4ef5%27");
	assert_int_equal(step(&t, recorded(&t, "google/users-1")), OP_SEND);
	assert_has(buf_text(&t.req.target), "&query=Jira.");
	assert_has(buf_text(&t.req.target), "&pageToken=~%21%21~AI9%2F2%3D%3D");
	ends(&t, step(&t, recorded(&t, "google/users-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		ADA " ada@example.com Ada Lovelace active\n");
}

static void what_is_no_key_asks_for_nothing(void **state)
{
	static const char *const keys[] = {"5b10ac8d", "../x", "a/b", "@/.."};

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		TALK t = {0};

		make(&t, google->find_user, nothing);
		t.op.key = keys[i];
		ends(&t, step(&t, NULL), OP_GONE);
		t.op.key = "\xff";
		fails(&t, step(&t, NULL), LAPSE_EREFUSED, "name");
		t.op.key = "";
		fails(&t, step(&t, NULL), LAPSE_EREFUSED, "name");
	}
}

/* ---- Lists ---- */

static void all_users_over_two_pages(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_users, nothing);
	asks(&t, step(&t, NULL), HTTP_GET, ALL(""));
	asks(&t, step(&t, recorded(&t, "google/users-1")), HTTP_GET,
		ALL("") "&pageToken=~%21%21~AI9%2F2%3D%3D");
	ends(&t, step(&t, recorded(&t, "google/users-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		ADA " ada@example.com Ada Lovelace active\n"
		"109000000000000000002 new@example.com New Person active\n"
		"109000000000000000003 s@example.com Sue Spender suspended\n"
		"109000000000000000004 gone@example.com Guy Gone inactive\n");
}

static void no_users_at_all_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_users, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "google/users-none")), LAPSE_EPROTO,
		"read users");
}

static void what_is_not_a_list_is_a_fault(void **state)
{
	static const char *const bodies[] = {
		"", "{}", "null", "\"x\"", "[]", "<html>",
		"{\"users\":[]}", "{\"kind\":\"admin#directory#members\"}",
		"{\"kind\":\"admin#directory#users\",\"users\":{}}",
		"{\"kind\":\"admin#directory#users\",\"users\":[1]}",
		"{\"kind\":\"admin#directory#users\",\"users\":[{}]}",
		"{\"kind\":\"admin#directory#users\",\"users\":[],"
		"\"nextPageToken\":7}",
		"{\"kind\":\"admin#directory#users\",\"users\":[],"
		"\"nextPageToken\":\"a\\nb\"}",
		"{\"error\":{\"code\":404}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make(&t, google->list_users, nothing);
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
	make(&t, google->list_users, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, altered(&t, "google/users-2",
		"\"id\":\"109000000000000000004\"", "\"id\":4")), LAPSE_EPROTO,
		"id");
	assert_int_equal(t.items, 0);
}

static void a_sink_may_end_it(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_users, nothing);
	t.op.sink = refuse;
	assert_int_equal(step(&t, NULL), OP_SEND);
	fails(&t, step(&t, recorded(&t, "google/users-1")), LAPSE_EITEM,
		"enough");
	assert_int_equal(t.items, 1);
}

static void a_token_that_repeats_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_users, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "google/users-1")), OP_SEND);
	fails(&t, step(&t, recorded(&t, "google/users-1")), LAPSE_EPROTO,
		"again");
}

static void empty_pages_without_end_are_a_fault(void **state)
{
	TALK t = {0};
	char body[128];
	int rc = OP_SEND;
	int pages = 0;

	(void)state;
	make(&t, google->list_members, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	for (; rc == OP_SEND && pages < 100; pages++) {
		snprintf(body, sizeof(body), "{\"kind\":\"admin#directory#"
			"members\",\"nextPageToken\":\"%d\"}", pages);
		rc = step(&t, reply(&t, 200, body));
	}
	fails(&t, rc, LAPSE_EPROTO, "does not end");
	assert_true(pages < 20);
}

/* ---- Members ---- */

#define MEMBERS D "/groups/" GROUP "/members?maxResults=200"                   \
	"&fields=kind,nextPageToken,members(id,type)"
#define COUNTED D "/groups/" GROUP "?fields=kind,id,email,directMembersCount"

static void members_are_direct_users(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_members, nothing);
	asks(&t, step(&t, NULL), HTTP_GET, MEMBERS);
	asks(&t, step(&t, recorded(&t, "google/members-1")), HTTP_GET,
		MEMBERS "&pageToken=m2");
	assert_int_equal(t.req.expect[0], 404);
	ends(&t, step(&t, recorded(&t, "google/members-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got), ADA " - - unknown\n"
		"110000000000000000009 - - unknown\n");
}

static void a_member_of_a_new_type_is_told(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_members, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, altered(&t, "google/members-2", "\"USER\"",
		"\"PERSON\"")), OP_FOUND);
	assert_int_equal(t.items, 1);
}

static void an_empty_list_needs_the_groups_word(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_members, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	asks(&t, step(&t, recorded(&t, "google/members-none")), HTTP_GET,
		COUNTED);
	ends(&t, step(&t, recorded(&t, "google/group-empty")), OP_FOUND);
	assert_int_equal(t.items, 0);
	make(&t, google->list_members, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "google/members-none")),
		OP_SEND);
	fails(&t, step(&t, recorded(&t, "google/group")), LAPSE_EPROTO,
		"counts 14");
	fails(&t, step(&t, altered(&t, "google/group-empty",
		"\"directMembersCount\":\"0\",", "")), LAPSE_EPROTO, "counts");
	fails(&t, step(&t, altered(&t, "google/group-empty",
		"\"id\":\"" GROUP "\"", "\"id\":\"other\"")), LAPSE_EPROTO,
		"counts");
}

/* A full page without a token may be a page whose token was lost. */
static void a_full_last_page_needs_the_groups_word(void **state)
{
	TALK t = {0};
	struct buf body = {0};

	(void)state;
	buf_str(&body, "{\"kind\":\"admin#directory#members\",\"members\":[");
	for (int i = 0; i < 200; i++)
		buf_fmt(&body, "%s{\"id\":\"1%03d\",\"type\":\"USER\"}",
			i > 0 ? "," : "", i);
	buf_str(&body, "]}");
	make(&t, google->list_members, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	asks(&t, step(&t, reply(&t, 200, buf_text(&body))), HTTP_GET, COUNTED);
	fails(&t, step(&t, altered(&t, "google/group", "\"14\"", "\"201\"")),
		LAPSE_EPROTO, "ends after 200");
	ends(&t, step(&t, altered(&t, "google/group", "\"14\"", "\"200\"")),
		OP_FOUND);
	buf_clear(&body);
}

static void a_group_without_a_list_is_gone(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_members, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "google/not-found-group")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "google/proxy-404")), LAPSE_EPROTO,
		"404");
}

/* ---- Groups ---- */

#define CI_GROUP "/v1/groups/01cixyz0000000?fields=name,groupKey,labels,"      \
	"dynamicGroupMetadata"

static void ask_for_group(struct talk *t)
{
	make(t, google->get_group, nothing);
	t->op.sink = keep_group;
	asks(t, step(t, NULL), HTTP_GET, D "/groups/" GROUP "?fields=kind,id,"
		"email,name,description,directMembersCount");
	assert_int_equal(t->req.expect[0], 404);
	assert_false(t->req.other_base);
	asks(t, step(t, recorded(t, "google/group")), HTTP_GET,
		"/v1/groups:lookup?groupKey.id=Prod-DB%40example.com");
	assert_true(t->req.other_base);
	assert_int_equal(t->req.expect[0], 0);
	asks(t, step(t, recorded(t, "google/ci-lookup")), HTTP_GET, CI_GROUP);
	assert_true(t->req.other_base);
}

static void cloud_identity_tells_the_kind(void **state)
{
	static const char *const rows[][2] = {
		{"google/ci-group", "0 -"},
		{"google/ci-dynamic", "1 a dynamic group"},
		{"google/ci-locked", "2 a locked group"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};
		char want[128];

		ask_for_group(&t);
		ends(&t, step(&t, recorded(&t, rows[i][0])), OP_FOUND);
		snprintf(want, sizeof(want), GROUP " Prod DB admins %s 14\n",
			rows[i][1]);
		assert_string_equal(buf_text(&t.got), want);
	}
}

static void a_kind_altered(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		int want;
		const char *got;
	} rows[] = {
		{"\"labels\":{", "\"tags\":{", LAPSE_EPROTO, NULL},
		{"\"labels\":{", "\"labels\":[{", LAPSE_EPROTO, NULL},
		{"discussion_forum", "later", OP_DONE, " 1 "},
		{"groups.dynamic", "groups.other", OP_DONE, " 1 "},
		{"dynamicGroupMetadata", "metadata", OP_DONE, " 1 "},
		{"groups.dynamic\":\"\"},\"dynamicGroupMetadata",
			"groups.security\":\"\"},\"m", OP_DONE, " 0 "},
		{"cloudidentity.googleapis.com/groups.dynamic\":\"\"},"
		"\"dynamicGroupMetadata", "system/groups/external\":\"\"},"
		"\"metadata", OP_DONE, " 2 "},
		{"prod-db@example.com", "other@example.com", LAPSE_EPROTO,
			NULL},
		{"\"id\":\"prod-db@example.com\"", "\"id\":7", LAPSE_EPROTO,
			NULL},
		{"\"groupKey\"", "\"key\"", LAPSE_EPROTO, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};
		int rc;

		ask_for_group(&t);
		rc = step(&t, altered(&t, "google/ci-dynamic", rows[i].from,
			rows[i].to));
		if (rc != rows[i].want)
			fail_msg("%s: %d", rows[i].to, rc);
		if (rows[i].got != NULL)
			assert_has(buf_text(&t.got), rows[i].got);
		else
			assert_int_equal(t.items, 0);
	}
}

static void a_name_is_taken_apart_strictly(void **state)
{
	static const char *const names[] = {
		"", "groups/", "groups/a/b", "groups/..", "group/a",
		"groups/a/memberships/b", "groups/a b", "/groups/a",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		TALK t = {0};
		char body[128];

		make(&t, google->get_group, nothing);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, recorded(&t, "google/group")),
			OP_SEND);
		snprintf(body, sizeof(body), "{\"name\":\"%s\"}", names[i]);
		fails(&t, step(&t, reply(&t, 200, body)), LAPSE_EPROTO,
			"names no group");
	}
}

static void a_group_altered(void **state)
{
	static const char *const alterations[][2] = {
		{"\"id\":\"" GROUP "\",", ""},
		{"\"id\":\"" GROUP "\"", "\"id\":\"another\""},
		{"\"email\":\"Prod-DB@example.com\",", ""},
		{"#group\"", "#groups\""},
		{"\"14\"", "\"fourteen\""},
		{"\"14\"", "14"},
	};
	TALK gone = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};

		make(&t, google->get_group, nothing);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, altered(&t, "google/group",
			alterations[i][0], alterations[i][1])), LAPSE_EPROTO);
	}
	make(&gone, google->get_group, nothing);
	assert_int_equal(step(&gone, NULL), OP_SEND);
	ends(&gone, step(&gone, recorded(&gone, "google/not-found-group")),
		OP_GONE);
}

#define GROUPS D "/groups?customer=my_customer&maxResults=200&fields=kind,"    \
	"nextPageToken,groups(id,email,name,description,directMembersCount)"
#define KINDS "/v1/groups?parent=customers%2FC01abc2de&view=FULL&pageSize=500"

static void every_kind_of_group_is_told(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_groups, nothing);
	t.op.sink = keep_group;
	asks(&t, step(&t, NULL), HTTP_GET, D "/users?customer=my_customer"
		"&maxResults=1&fields=kind,users(customerId)");
	asks(&t, step(&t, recorded(&t, "google/customer")), HTTP_GET, KINDS);
	assert_true(t.req.other_base);
	asks(&t, step(&t, recorded(&t, "google/ci-groups-1")), HTTP_GET,
		KINDS "&pageToken=k2");
	assert_true(t.req.other_base);
	asks(&t, step(&t, recorded(&t, "google/ci-groups-2")), HTTP_GET,
		GROUPS);
	assert_false(t.req.other_base);
	asks(&t, step(&t, recorded(&t, "google/groups-1")), HTTP_GET,
		GROUPS "&pageToken=g2");
	ends(&t, step(&t, recorded(&t, "google/groups-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		GROUP " Prod DB admins 0 - 14\n"
		"02dyn Everyone in IT 1 a dynamic group 300\n"
		"03lock HR 2 another source keeps its members 7\n"
		"04odd Odd 6 - 0\n"
		"05late Late 6 - 1\n");
}

static void a_known_customer_is_not_asked_for(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->list_groups, with_customer);
	asks(&t, step(&t, NULL), HTTP_GET, KINDS);
	assert_int_equal(step(&t, reply(&t, 200, "{}")), OP_SEND);
	assert_has(buf_text(&t.req.target), D "/groups?customer=C01abc2de&");
}

static void kinds_that_cannot_be_read(void **state)
{
	static const char *const bodies[] = {
		"[]", "", "{\"groups\":{}}", "{\"groups\":[{}]}",
		"{\"groups\":[{\"groupKey\":{\"id\":\"a@x\"}}]}",
		("{\"groups\":[{\"groupKey\":{\"id\":\"a\\nob@x\"},"
		 "\"labels\":{}}]}"),
		"{\"groups\":[{\"labels\":{}}]}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make(&t, google->list_groups, with_customer);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, reply(&t, 200, bodies[i])),
			LAPSE_EPROTO);
	}
}

/* ---- Memberships ---- */

#define READ MEMBER "?fields=kind,id,role,type"

static void a_member_is_read_directly(void **state)
{
	static const char *const replies[] = {"google/member",
		"google/manager"};

	(void)state;
	for (size_t i = 0; i < COUNT(replies); i++) {
		TALK t = {0};

		make(&t, google->is_member, nothing);
		asks(&t, step(&t, NULL), HTTP_GET, READ);
		ends(&t, step(&t, recorded(&t, replies[i])), OP_PRESENT);
	}
}

static void absence_needs_a_user_who_is_there(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->is_member, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	asks(&t, step(&t, recorded(&t, "google/not-found-member")), HTTP_GET,
		D "/users/" ADA "?fields=kind,id");
	ends(&t, step(&t, recorded(&t, "google/user-id")), OP_ABSENT);
	fails(&t, step(&t, reply(&t, 200, "{\"kind\":\"admin#directory#user\","
		"\"id\":\"7\"}")), LAPSE_EPROTO, "another");
	fails(&t, step(&t, reply(&t, 200, "{}")), LAPSE_EPROTO, "kind");
	ends(&t, step(&t, recorded(&t, "google/not-found-user")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "google/proxy-404")), LAPSE_EPROTO,
		"404");
}

static void make_is_member(struct talk *t)
{
	make(t, google->is_member, nothing);
}

static void a_membership_altered(void **state)
{
	static const char *const alterations[][2] = {
		{"\"id\":\"" ADA "\",", ""},
		{"\"id\":\"" ADA "\"", "\"id\":\"7\""},
		{"\"type\":\"USER\",", ""},
		{"\"USER\"", "\"GROUP\""},
		{"\"USER\"", "\"CUSTOMER\""},
		{"#member\"", "#members\""},
	};
	TALK proxy = {0};

	(void)state;
	no_part_will_do(make_is_member, "google/member");
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};

		make_is_member(&t);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, altered(&t, "google/member",
			alterations[i][0], alterations[i][1])), LAPSE_EPROTO);
	}
	make_is_member(&proxy);
	assert_int_equal(step(&proxy, NULL), OP_SEND);
	fails(&proxy, step(&proxy, recorded(&proxy, "google/proxy-404")),
		LAPSE_EPROTO, "404");
}

static void an_add_makes_a_plain_member(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->add, nothing);
	asks(&t, step(&t, NULL), HTTP_POST, D "/groups/" GROUP "/members");
	sends(&t, "{\"id\":\"" ADA "\",\"role\":\"MEMBER\"}");
	assert_int_equal(t.req.want, HTTP_WANT_NOTHING);
	ends(&t, step(&t, recorded(&t, "google/member")), OP_CHANGED);
	ends(&t, step(&t, recorded(&t, "google/duplicate")), OP_ALREADY);
	ends(&t, step(&t, recorded(&t, "google/conflict")), OP_UNCLEAR);
	ends(&t, step(&t, reply(&t, 409, "no reason")), OP_UNCLEAR);
	ends(&t, step(&t, recorded(&t, "google/not-found-member")),
		OP_UNCLEAR);
	fails(&t, step(&t, recorded(&t, "google/proxy-404")), LAPSE_EPROTO,
		"404");
}

static void a_removal_looks_at_the_role_first(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->remove, nothing);
	asks(&t, step(&t, NULL), HTTP_GET, READ);
	asks(&t, step(&t, recorded(&t, "google/member")), HTTP_DELETE, MEMBER);
	ends(&t, step(&t, recorded(&t, "google/no-content")), OP_CHANGED);
	ends(&t, step(&t, recorded(&t, "google/not-found-member")),
		OP_UNCLEAR);
	ends(&t, step(&t, recorded(&t, "google/conflict")), OP_UNCLEAR);
	ends(&t, step(&t, recorded(&t, "google/condition")), OP_UNCLEAR);
	fails(&t, step(&t, recorded(&t, "google/proxy-404")), LAPSE_EPROTO,
		"404");
}

static void managers_and_owners_are_not_removed(void **state)
{
	static const char *const roles[] = {"\"MANAGER\"", "\"OWNER\""};

	(void)state;
	for (size_t i = 0; i < COUNT(roles); i++) {
		TALK t = {0};

		make(&t, google->remove, nothing);
		assert_int_equal(step(&t, NULL), OP_SEND);
		fails(&t, step(&t, altered(&t, "google/member", "\"MEMBER\"",
			roles[i])), LAPSE_EREFUSED, "make the role MEMBER");
	}
}

/* Only a role that is there to read stops a removal; a reply that is spoilt
 * is asked for again. */
static void a_role_that_is_not_there_stops_no_removal(void **state)
{
	static const char *const bodies[] = {"{}", "{\"role\":7}",
		"{\"role\":\"LATER\"}"};
	TALK spoilt = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make(&t, google->remove, nothing);
		assert_int_equal(step(&t, NULL), OP_SEND);
		asks(&t, step(&t, reply(&t, 200, bodies[i])), HTTP_DELETE,
			MEMBER);
		make(&t, google->remove, nothing);
		assert_int_equal(step(&t, NULL), OP_SEND);
		asks(&t, step(&t, recorded(&t, "google/not-found-member")),
			HTTP_DELETE, MEMBER);
	}
	make(&spoilt, google->remove, nothing);
	assert_int_equal(step(&spoilt, NULL), OP_SEND);
	fails(&spoilt, step(&spoilt, reply(&spoilt, 200, "{\"role\":\"MEM")),
		LAPSE_EPROTO, "google: ");
	fails(&spoilt, step(&spoilt, recorded(&spoilt, "google/proxy-404")),
		LAPSE_EPROTO, "404");
}

static void sessions_end(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->end_sessions, nothing);
	asks(&t, step(&t, NULL), HTTP_POST, D "/users/" ADA "/signOut");
	sends(&t, "");
	ends(&t, step(&t, recorded(&t, "google/no-content")), OP_CHANGED);
	ends(&t, step(&t, recorded(&t, "google/not-found-user")), OP_GONE);
}

/* ---- The provider's own end ---- */

#define CI_MEMBER "/v1/groups/01cixyz0000000/memberships/109ci1"
#define NOON 1795435200		/* 2026-11-23T12:00:00Z */

static void ask_for_end(struct talk *t, op_step *s, int64_t at)
{
	make(t, s, nothing);
	t->op.at = at;
	asks(t, step(t, NULL), HTTP_GET,
		MEMBER "?fields=kind,id,email,role,type");
	asks(t, step(t, recorded(t, "google/member")), HTTP_GET,
		D "/groups/" GROUP "?fields=kind,id,email");
	asks(t, step(t, recorded(t, "google/group")), HTTP_GET,
		"/v1/groups:lookup?groupKey.id=Prod-DB%40example.com");
	assert_true(t->req.other_base);
	asks(t, step(t, recorded(t, "google/ci-lookup")), HTTP_GET,
		"/v1/groups/01cixyz0000000/memberships:lookup"
		"?memberKey.id=ada%40example.com");
	assert_true(t->req.other_base);
	assert_int_equal(step(t, recorded(t, "google/ci-member-lookup")),
		OP_SEND);
	assert_true(t->req.other_base);
}

#define MODIFY(at) "{\"updateRolesParams\":[{\"fieldMask\":"                   \
	"\"expiryDetail.expireTime\",\"membershipRole\":{\"name\":\"MEMBER\"," \
	"\"expiryDetail\":{\"expireTime\":" at "}}}]}"

static void an_end_is_set_and_cleared(void **state)
{
	TALK set = {0};
	TALK clear = {0};

	(void)state;
	ask_for_end(&set, google->set_expiry, NOON);
	asks(&set, OP_SEND, HTTP_POST, CI_MEMBER ":modifyMembershipRoles");
	sends(&set, MODIFY("\"2026-11-23T12:00:00Z\""));
	ends(&set, step(&set, recorded(&set, "google/ci-modified")),
		OP_CHANGED);
	ask_for_end(&clear, google->set_expiry, WHEN_NONE);
	sends(&clear, MODIFY("null"));
	ends(&clear, step(&clear, recorded(&clear, "google/ci-cleared")),
		OP_CHANGED);
}

/* The answer must show the end that was asked for, to the second. */
static void an_end_that_does_not_show_is_unclear(void **state)
{
	static const char *const bodies[] = {"{}", "{\"done\":false}",
		"{\"membership\":{}}"};
	TALK t = {0};

	(void)state;
	ask_for_end(&t, google->set_expiry, NOON + 1);
	ends(&t, step(&t, recorded(&t, "google/ci-modified")), OP_UNCLEAR);
	ends(&t, step(&t, recorded(&t, "google/ci-cleared")), OP_UNCLEAR);
	for (size_t i = 0; i < COUNT(bodies); i++)
		ends(&t, step(&t, reply(&t, 200, bodies[i])), OP_UNCLEAR);
	fails(&t, step(&t, reply(&t, 200, "{")), LAPSE_EPROTO, "google: ");
	ends(&t, step(&t, recorded(&t, "google/ci-not-found")), OP_GONE);
}

static void without_the_licence_it_is_not_to_be_had(void **state)
{
	TALK t = {0};
	struct http_request req = {.method = HTTP_POST};
	int64_t wait_s;

	(void)state;
	ask_for_end(&t, google->set_expiry, NOON);
	assert_int_equal(t.r.service->classify(&t.r, &req,
		recorded(&t, "google/licence"), &wait_s, &t.err), REPLY_OK);
	ends(&t, step(&t, &t.res), OP_UNSUPPORTED);
}

static void only_plain_members_may_have_an_end(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->set_expiry, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "google/manager")), OP_UNFIT);
	make(&t, google->get_expiry, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "google/manager")), OP_UNFIT);
	make(&t, google->set_expiry, nothing);
	assert_int_equal(step(&t, NULL), OP_SEND);
	ends(&t, step(&t, recorded(&t, "google/not-found-member")), OP_GONE);
}

static void an_end_is_read(void **state)
{
	TALK t = {0};

	(void)state;
	ask_for_end(&t, google->get_expiry, 7);
	asks(&t, OP_SEND, HTTP_GET, CI_MEMBER);
	ends(&t, step(&t, recorded(&t, "google/ci-member")), OP_FOUND);
	assert_int_equal(t.op.at, NOON);
	ends(&t, step(&t, recorded(&t, "google/ci-member-endless")), OP_FOUND);
	assert_int_equal(t.op.at, WHEN_NONE);
	t.op.at = 7;
	ends(&t, step(&t, recorded(&t, "google/ci-not-found")), OP_GONE);
	assert_int_equal(t.op.at, 7);
}

static void an_end_altered(void **state)
{
	static const char *const alterations[][2] = {
		{"\"2026-11-23T12:00:00Z\"", "17"},
		{"\"2026-11-23T12:00:00Z\"", "\"noon\""},
		{"\"expiryDetail\":{", "\"expiryDetail\":[{"},
		{"\"roles\":[", "\"rolls\":["},
		{"\"MEMBER\"", "\"OWNER\""},
		{"\"name\":\"MEMBER\"", "\"name\":1"},
		{"ada@example.com", "eve@example.com"},
		{"\"preferredMemberKey\"", "\"key\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};

		ask_for_end(&t, google->get_expiry, 7);
		if (step(&t, altered(&t, "google/ci-member", alterations[i][0],
			alterations[i][1])) != LAPSE_EPROTO)
			fail_msg("%s", alterations[i][1]);
		assert_int_equal(t.op.at, 7);
	}
}

static void a_membership_of_another_group_is_refused(void **state)
{
	static const char *const names[] = {
		"groups/other/memberships/109ci1",
		"groups/01cixyz0000000/memberships/", "groups/01cixyz0000000",
		"groups/01cixyz0000000/memberships/a/b", "",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		TALK t = {0};
		char body[128];

		make(&t, google->get_expiry, nothing);
		assert_int_equal(step(&t, NULL), OP_SEND);
		assert_int_equal(step(&t, recorded(&t, "google/member")),
			OP_SEND);
		assert_int_equal(step(&t, recorded(&t, "google/group")),
			OP_SEND);
		assert_int_equal(step(&t, recorded(&t, "google/ci-lookup")),
			OP_SEND);
		snprintf(body, sizeof(body), "{\"name\":\"%s\"}", names[i]);
		fails(&t, step(&t, reply(&t, 200, body)), LAPSE_EPROTO,
			"names no membership");
	}
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
	{"google/user-rate", HTTP_POST, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, -1,
		"userRateLimitExceeded: quota"},
	{"google/rate-403", HTTP_DELETE, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, 7,
		"quota"},
	{"google/rate-429", HTTP_GET, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, -1,
		"quota"},
	{"google/quota", HTTP_GET, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, -1,
		"quota"},
	{"google/ci-quota", HTTP_POST, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, -1,
		"RESOURCE_EXHAUSTED"},
	{"google/daily", HTTP_POST, REPLY_REFUSED, LAPSE_EAGAIN, -1,
		"quota of the day"},
	{"google/token", HTTP_GET, REPLY_RENEW_TOKEN, LAPSE_EAUTH, -1,
		"authError"},
	{"google/forbidden", HTTP_POST, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"no permission"},
	{"google/forbidden", HTTP_GET, REPLY_REFUSED, LAPSE_EAUTH, -1,
		"role"},
	{"google/ci-forbidden", HTTP_GET, REPLY_REFUSED, LAPSE_EAUTH, -1,
		"PERMISSION_DENIED"},
	{"google/scope", HTTP_GET, REPLY_REFUSED, LAPSE_EAUTH, -1,
		"a scope is missing"},
	{"google/not-configured", HTTP_GET, REPLY_DENIED, LAPSE_EAUTH, -1,
		"enable"},
	{"google/not-found-group", HTTP_POST, REPLY_REFUSED, LAPSE_EREFUSED,
		-1, "groupKey"},
	{"google/invalid", HTTP_POST, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"Invalid Input"},
	{"google/ci-invalid", HTTP_POST, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"in the future"},
	{"google/condition", HTTP_POST, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"conditionNotMet"},
	{"google/conflict", HTTP_POST, REPLY_UNCERTAIN, LAPSE_EUNAVAIL, -1,
		"may have been carried out"},
	{"google/unavailable", HTTP_GET, REPLY_UNCERTAIN, LAPSE_EUNAVAIL, -1,
		"serviceNotAvailable"},
	{"google/proxy-404", HTTP_DELETE, REPLY_BROKEN, LAPSE_EPROTO, -1,
		"proxy"},
	{"google/proxy-502", HTTP_DELETE, REPLY_UNCERTAIN, LAPSE_EUNAVAIL, -1,
		"502"},
};

static void replies_are_judged_by_their_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(judgements); i++) {
		TALK t = {0};
		int64_t wait_s;

		make(&t, google->add, nothing);
		recorded(&t, judgements[i].name);
		if (judged(&t, judgements[i].method, &wait_s) !=
			judgements[i].verdict)
			fail_msg("%s: %s", judgements[i].name, t.err.text);
		assert_int_equal(t.err.code, judgements[i].code);
		assert_int_equal(wait_s, judgements[i].wait_s);
		assert_has(t.err.text, judgements[i].says);
		assert_has(t.err.text, "google: ");
	}
}

static void lists_make_room_when_a_quota_is_reached(void **state)
{
	static const struct {
		const char *target;
		int64_t wait_s;
	} rows[] = {
		{"/admin/directory/v1/groups/g/members?maxResults=200", 15},
		{"/v1/groups?parent=x&pageSize=500", 15},
		{"/admin/directory/v1/groups/g/members/u", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_request req = {.method = HTTP_GET};
		TALK t = {0};
		int64_t wait_s = 0;

		make(&t, google->list_members, nothing);
		buf_str(&req.target, rows[i].target);
		assert_int_equal(t.r.service->classify(&t.r, &req,
			recorded(&t, "google/user-rate"), &wait_s, &t.err),
			REPLY_AGAIN_AFTER);
		assert_int_equal(wait_s, rows[i].wait_s);
		t.r.service->classify(&t.r, &req,
			recorded(&t, "google/rate-403"), &wait_s, &t.err);
		assert_int_equal(wait_s, 7);
		http_request_clear(&req);
	}
}

#define REASON(r) "{\"error\":{\"errors\":[{\"reason\":\"" r "\"}]}}"

static const struct {
	int status;
	const char *body;
	enum verdict verdict;
} bodies[] = {
	{401, "", REPLY_RENEW_TOKEN},
	{401, "{\"error\":{\"status\":\"UNAUTHENTICATED\"}}",
		REPLY_RENEW_TOKEN},
	{403, "<html>", REPLY_BROKEN},
	{403, "Quota exceeded", REPLY_BROKEN},
	{403, "{\"error\":\"access_denied\"}", REPLY_BROKEN},
	{403, "{\"error\":{\"errors\":[{\"reason\":7}]}}", REPLY_BROKEN},
	{403, "{\"error\":{\"errors\":{}}}", REPLY_BROKEN},
	{403, REASON("later"), REPLY_REFUSED},
	{403, REASON("insufficientPermissions"), REPLY_REFUSED},
	{403, REASON("domainCannotUseApis"), REPLY_DENIED},
	{403, "{\"error\":{\"message\":\"Error(3005): x\"}}", REPLY_OK},
	{403, "{\"error\":{\"message\":\"Error(3006)\"}}", REPLY_OK},
	{400, "{\"error\":{\"message\":\"Error(3005): x\"}}", REPLY_BROKEN},
	{400, "", REPLY_BROKEN},
	{429, "", REPLY_AGAIN_AFTER},
	{408, "", REPLY_UNCERTAIN},
	{500, REASON("backendError"), REPLY_UNCERTAIN},
	{500, REASON("later"), REPLY_UNCERTAIN},
	{504, "", REPLY_UNCERTAIN},
	{302, "", REPLY_BROKEN},
};

static void foreign_bodies_are_judged_by_their_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct http_request req = {.method = HTTP_PUT};
		TALK t = {0};
		int64_t wait_s;

		make(&t, google->add, nothing);
		reply(&t, bodies[i].status, bodies[i].body);
		if (t.r.service->classify(&t.r, &req, &t.res, &wait_s,
			&t.err) != bodies[i].verdict)
			fail_msg("%d %s", bodies[i].status, bodies[i].body);
	}
}

static void hostile_words_stay_on_one_line(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, google->add, nothing);
	reply(&t, 400, "{\"error\":{\"message\":\"a\\u001b[31m\\nb\","
		"\"errors\":[{\"reason\":\"invalid\"}]}}");
	assert_int_equal(judged(&t, HTTP_PUT, NULL), REPLY_REFUSED);
	assert_null(strpbrk(t.err.text, "\033\n"));
	reply(&t, 403, "{\"error\":{\"errors\":[{\"reason\":\"a\\nb\"}]}}");
	assert_int_equal(judged(&t, HTTP_PUT, NULL), REPLY_BROKEN);
	assert_null(strpbrk(t.err.text, "\033\n"));
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
	t->r = (struct remote){.name = "google", .base = url};
	return google->configure(from_pairs, pairs, &t->arena, &t->r, ret,
		&t->err);
}

#define KEY {"key", "file:/k"}, {"administrator", "a@acme.com"}

static void googles_addresses_are_known(void **state)
{
	struct pair pairs[] = {KEY, {"next-key", "file:/n"}, {NULL, NULL}};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(configured(&t, NULL, pairs, &auth), 0);
	assert_string_equal(t.r.base, "https://admin.googleapis.com");
	assert_string_equal(t.r.other_base,
		"https://cloudidentity.googleapis.com");
	assert_int_equal(auth.scheme, AUTH_JWT_BEARER);
	assert_string_equal(auth.token_url,
		"https://oauth2.googleapis.com/token");
	assert_string_equal(auth.subject, "a@acme.com");
	assert_string_equal(auth.secret, "file:/k");
	assert_string_equal(auth.next_secret, "file:/n");
	assert_null(auth.client_id);
	assert_has(auth.scope, "https://www.googleapis.com/auth/"
		"admin.directory.group.member https://");
	assert_ptr_equal(t.r.service, &google->service);
}

static void what_is_given_one_url_goes_nowhere_else(void **state)
{
	struct pair one[] = {KEY, {NULL, NULL}};
	struct pair all[] = {KEY, {"token-url", "http://127.0.0.1:3/t"},
		{"cloud-identity-url", "http://127.0.0.1:2/"}, {NULL, NULL}};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(configured(&t, "http://127.0.0.1:1/", one, &auth), 0);
	assert_string_equal(t.r.base, "http://127.0.0.1:1");
	assert_string_equal(t.r.other_base, "http://127.0.0.1:1");
	assert_string_equal(auth.token_url, "http://127.0.0.1:1/token");
	assert_int_equal(configured(&t, "gate.acme.com", all, &auth), 0);
	assert_string_equal(t.r.base, "https://gate.acme.com");
	assert_string_equal(t.r.other_base, "http://127.0.0.1:2");
	assert_string_equal(auth.token_url, "http://127.0.0.1:3/t");
}

static void scopes_are_made_whole(void **state)
{
	struct pair pairs[] = {KEY, {"scopes", "admin.directory.user.readonly "
		"\t https://x.example/y"}, {NULL, NULL}};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(configured(&t, NULL, pairs, &auth), 0);
	assert_string_equal(auth.scope, "https://www.googleapis.com/auth/"
		"admin.directory.user.readonly https://x.example/y");
}

static void wrong_settings_are_named(void **state)
{
	static struct {
		const char *url;
		struct pair pairs[5];
		const char *says;
	} rows[] = {
		{NULL, {{"administrator", "a@b.c"}}, "no credential"},
		{NULL, {{"key", "x"}}, "administrator: ''"},
		{NULL, {{"key", "x"}, {"administrator", "ada"}},
			"administrator: 'ada'"},
		{NULL, {{"key", "x"}, {"administrator",
			"l@p.iam.gserviceaccount.com"}}, "administrator"},
		{NULL, {KEY, {"customer", "acme"}}, "customer: 'acme'"},
		{NULL, {KEY, {"customer", "C0/1"}}, "customer"},
		{NULL, {KEY, {"account-attribute", "Jira"}}, "SCHEMA.FIELD"},
		{NULL, {KEY, {"account-attribute", ".x"}}, "SCHEMA.FIELD"},
		{NULL, {KEY, {"account-attribute", "a.b c"}}, "SCHEMA.FIELD"},
		{"https://", {KEY}, "url"},
		{"https://u@host", {KEY}, "url"},
		{NULL, {KEY, {"token-url", "https://h?x"}}, "token-url"},
		{NULL, {KEY, {"cloud-identity-url", ""}},
			"cloud-identity-url"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct auth_config auth;
		TALK t = {0};

		fails(&t, configured(&t, rows[i].url, rows[i].pairs, &auth),
			LAPSE_ECONFIG, rows[i].says);
		assert_null(t.r.other_base);
	}
}

/* ---- Probes ---- */

static int probe(struct talk *t, const struct idp_probe *p,
	const char *const *replies)
{
	int rc;

	make(t, p->step, nothing);
	rc = step(t, NULL);
	for (; rc == OP_SEND && *replies != NULL; replies++)
		rc = step(t, recorded(t, *replies));
	return rc;
}

static void probes_need_an_answer(void **state)
{
	static const struct {
		const char *good[3];
		const char *bad;
	} rows[] = {
		{{"google/users-1"}, "google/users-none"},
		{{"google/groups-1"}, "google/users-1"},
		{{"google/groups-1", "google/members-none"},
			"google/users-none"},
		{{"google/groups-1", "google/ci-lookup"}, "google/members-1"},
		{{"google/activities-none"}, "google/users-1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct idp_probe *p = &google->probes[i];
		const char *bad[3] = {0};
		size_t n = 0;
		TALK good = {0};
		TALK poor = {0};

		assert_non_null(p->what);
		assert_int_equal(probe(&good, p, rows[i].good), OP_DONE);
		for (; rows[i].good[n + 1] != NULL; n++)
			bad[n] = rows[i].good[n];
		bad[n] = rows[i].bad;
		assert_int_equal(probe(&poor, p, bad), i == 0 ?
			LAPSE_EAUTH : LAPSE_EPROTO);
	}
	assert_null(google->probes[COUNT(rows)].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(get_user_reads_everything),
		cmocka_unit_test(get_user_reads_the_profile),
		cmocka_unit_test(never_is_not_unknown),
		cmocka_unit_test(a_missing_user_is_gone_by_googles_word_only),
		cmocka_unit_test(another_users_reply_is_refused),
		cmocka_unit_test(ids_cannot_change_the_path),
		cmocka_unit_test(no_part_of_a_user_will_do),
		cmocka_unit_test(a_user_altered),
		cmocka_unit_test(an_address_is_read_directly),
		cmocka_unit_test(an_address_that_is_another_users_is_refused),
		cmocka_unit_test(an_id_is_read_directly),
		cmocka_unit_test(nobody_has_an_unknown_address),
		cmocka_unit_test(an_address_of_another_domain_is_looked_for),
		cmocka_unit_test(other_refusals_of_an_address_are_refusals),
		cmocka_unit_test(an_account_is_searched),
		cmocka_unit_test(what_is_no_key_asks_for_nothing),
		cmocka_unit_test(all_users_over_two_pages),
		cmocka_unit_test(no_users_at_all_is_a_fault),
		cmocka_unit_test(what_is_not_a_list_is_a_fault),
		cmocka_unit_test(a_page_is_handed_over_whole_or_not),
		cmocka_unit_test(a_sink_may_end_it),
		cmocka_unit_test(a_token_that_repeats_is_a_fault),
		cmocka_unit_test(empty_pages_without_end_are_a_fault),
		cmocka_unit_test(members_are_direct_users),
		cmocka_unit_test(a_member_of_a_new_type_is_told),
		cmocka_unit_test(an_empty_list_needs_the_groups_word),
		cmocka_unit_test(a_full_last_page_needs_the_groups_word),
		cmocka_unit_test(a_group_without_a_list_is_gone),
		cmocka_unit_test(cloud_identity_tells_the_kind),
		cmocka_unit_test(a_kind_altered),
		cmocka_unit_test(a_name_is_taken_apart_strictly),
		cmocka_unit_test(a_group_altered),
		cmocka_unit_test(every_kind_of_group_is_told),
		cmocka_unit_test(a_known_customer_is_not_asked_for),
		cmocka_unit_test(kinds_that_cannot_be_read),
		cmocka_unit_test(a_member_is_read_directly),
		cmocka_unit_test(absence_needs_a_user_who_is_there),
		cmocka_unit_test(a_membership_altered),
		cmocka_unit_test(an_add_makes_a_plain_member),
		cmocka_unit_test(a_removal_looks_at_the_role_first),
		cmocka_unit_test(managers_and_owners_are_not_removed),
		cmocka_unit_test(a_role_that_is_not_there_stops_no_removal),
		cmocka_unit_test(sessions_end),
		cmocka_unit_test(an_end_is_set_and_cleared),
		cmocka_unit_test(an_end_that_does_not_show_is_unclear),
		cmocka_unit_test(without_the_licence_it_is_not_to_be_had),
		cmocka_unit_test(only_plain_members_may_have_an_end),
		cmocka_unit_test(an_end_is_read),
		cmocka_unit_test(an_end_altered),
		cmocka_unit_test(a_membership_of_another_group_is_refused),
		cmocka_unit_test(replies_are_judged_by_their_reason),
		cmocka_unit_test(lists_make_room_when_a_quota_is_reached),
		cmocka_unit_test(foreign_bodies_are_judged_by_their_status),
		cmocka_unit_test(hostile_words_stay_on_one_line),
		cmocka_unit_test(googles_addresses_are_known),
		cmocka_unit_test(what_is_given_one_url_goes_nowhere_else),
		cmocka_unit_test(scopes_are_made_whole),
		cmocka_unit_test(wrong_settings_are_named),
		cmocka_unit_test(probes_need_an_answer),
	};

	google = idp_driver_find("google");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
