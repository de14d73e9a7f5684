/* The Microsoft Entra ID driver, fed with replies. */
#include "entra.h"
#include "exchange.h"

#define U1 "0e1f2a3b-0001-4a00-8000-000000000001"
#define U2 "0e1f2a3b-0001-4a00-8000-000000000002"
#define U7 "0e1f2a3b-0001-4a00-8000-000000000007"
#define G1 "9a1b2c3d-0001-4b00-8000-000000000001"

#define FIELDS                                                                 \
	"id%2CuserPrincipalName%2CdisplayName%2Cmail%2CaccountEnabled"         \
	"%2CuserType%2Cdepartment%2CjobTitle%2CemployeeId%2CcreatedDateTime"
#define MANAGER "&$expand=manager($select=id)"
#define NEXT_USERS                                                             \
	"https://graph.microsoft.com/v1.0/users?$select=id&$skiptoken="        \
	"RFNwdAIAAQ"
#define NEXT_MEMBERS                                                           \
	"https://graph.microsoft.com/v1.0/groups/" G1                          \
	"/members?$select=id&$skiptoken=RFNwdAIAAQ"

static const struct idp_driver *entra;

/* ---- Sinks ---- */

static const char *or_dash(const char *text)
{
	return text != NULL ? text : "-";
}

static int keep_user(void *arg, const void *item, struct lapse_err *err)
{
	struct talk *t = arg;
	const struct idp_user *u = item;

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s %s %s %s\n", u->id + strlen(u->id) - 1,
		or_dash(u->login), or_dash(u->email), or_dash(u->name),
		idp_status_name(u->status));
	return 0;
}

static int keep_use(void *arg, const void *item, struct lapse_err *err)
{
	struct talk *t = arg;
	const struct idp_user *u = item;
	char text[WHEN_TEXT];

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s %s\n", u->id + strlen(u->id) - 1,
		u->last_login_known ? "known" : "unknown",
		u->last_login_at == WHEN_NONE
			? "-" : when_time(u->last_login_at, text));
	return 0;
}

static int keep_group(void *arg, const void *item, struct lapse_err *err)
{
	struct talk *t = arg;
	const struct idp_group *g = item;

	(void)err;
	t->items++;
	assert_int_equal(g->members, -1);
	buf_fmt(&t->got, "%s: %d %s\n", g->name, (int)g->kind,
		or_dash(g->detail));
	return 0;
}

/* ---- Making ---- */

static const char *nothing(void *arg, const char *key)
{
	static const char *const pairs[][2] = {
		{"tenant", "acme.example"}, {"client-id", "app"},
		{"client-secret", "env:SECRET"},
	};

	(void)arg;
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (strcmp(pairs[i][0], key) == 0)
			return pairs[i][1];
	return NULL;
}

static const char *with_account(void *arg, const char *key)
{
	if (strcmp(key, "account-attribute") == 0)
		return "extension_5b10_jiraAccountId";
	return nothing(arg, key);
}

static const char *with_extension(void *arg, const char *key)
{
	if (strcmp(key, "account-attribute") == 0)
		return "extensionAttribute7";
	return nothing(arg, key);
}

static void make(struct talk *t, op_step *s,
	const char *(*get)(void *arg, const char *key))
{
	struct auth_config auth;

	op_clear(&t->op);
	t->r = (struct remote){.name = "entra"};
	assert_int_equal(entra->configure(get, NULL, &t->arena, &t->r, &auth,
		&t->err), 0);
	t->op = (struct op){
		.step = s,
		.name = "test",
		.user = U1,
		.group = G1,
		.sink = keep_user,
		.arg = t,
	};
}

/* Made, and its first request sent. */
static void begin(struct talk *t, op_step *s)
{
	make(t, s, nothing);
	if (step(t, NULL) != OP_SEND)
		fail_msg("no request: %s", t->err.text);
}

/* ---- One user ---- */

static int check_user(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_user *u = item;
	struct talk *t = arg;

	(void)err;
	t->items++;
	assert_string_equal(u->id, U1);
	assert_string_equal(u->login, "ada@example.com");
	assert_string_equal(u->email, "Ada.Lovelace@example.com");
	assert_string_equal(u->name, "Ada Lovelace");
	assert_string_equal(u->account, "5b10ac8d82e05b22cc7d4ef5");
	assert_string_equal(u->manager,
		"0e1f2a3b-0001-4a00-8000-000000000009");
	assert_string_equal(u->department, "Research");
	assert_string_equal(u->title, "Engineer");
	assert_string_equal(u->employee_number, "1042");
	assert_string_equal(u->type, "user");
	assert_int_equal(u->status, IDP_ACTIVE);
	assert_int_equal(u->created_at, 1709284502);
	return 0;
}

static void a_user_is_read_with_the_manager(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->get_user, with_account);
	t.op.sink = check_user;
	asks(&t, step(&t, NULL), HTTP_GET, "/users/" U1 "?$select=" FIELDS
		"%2Cextension_5b10_jiraAccountId" MANAGER);
	assert_int_equal(t.req.expect[0], 404);
	ends(&t, step(&t, recorded(&t, "entra/user")), OP_FOUND);
	assert_int_equal(t.items, 1);
}

static void a_missing_user_is_gone_by_graphs_word_only(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->get_user);
	ends(&t, step(&t, recorded(&t, "entra/not-found")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "entra/proxy-404")), LAPSE_EPROTO,
		"404");
	fails(&t, step(&t, recorded(&t, "entra/segment")), LAPSE_EPROTO,
		"404");
	fails(&t, step(&t, reply(&t, 404, NULL)), LAPSE_EPROTO, "404");
	fails(&t, step(&t, reply(&t, 404, "{\"error\":{\"code\":\"\"}}")),
		LAPSE_EPROTO, "404");
}

static void another_users_reply_is_refused(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->get_user);
	t.op.user = U2;
	fails(&t, step(&t, recorded(&t, "entra/user")), LAPSE_EPROTO,
		"another user");
	assert_int_equal(t.items, 0);
}

static const char *const bad_ids[] = {
	"", ".", "..", "ada@example.com", "../groups", U1 "/", U1 "/..",
	U1 "?x", U1 "#", "/" U1, U1 " ", U1 "%2f", "0e1f2a3b",
	"0e1f2a3b-0001-4a00-8000-00000000000g",
	"0e1f2a3b-0001-4a00-8000-0000000000011",
	"0E1F2A3B-0001-4A00-8000-000000000001",
	"0e1f2a3b00014a008000000000000001", "ü",
};

static void only_object_ids_get_into_a_path(void **state)
{
	op_step *const steps[] = {
		entra->get_user, entra->last_use, entra->end_sessions,
		entra->is_member, entra->add, entra->remove,
		entra->get_group, entra->list_members,
	};

	(void)state;
	for (size_t s = 0; s < COUNT(steps); s++)
		for (size_t i = 0; i < COUNT(bad_ids); i++) {
			TALK t = {0};

			make(&t, steps[s], nothing);
			t.op.user = bad_ids[i];
			t.op.group = bad_ids[i];
			fails(&t, step(&t, NULL), LAPSE_EREFUSED, "object id");
			assert_int_equal(t.req.target.len, 0);
		}
}

static void make_get_user(struct talk *t)
{
	make(t, entra->get_user, nothing);
}

static void no_part_of_a_user_will_do(void **state)
{
	(void)state;
	no_part_will_do(make_get_user, "entra/user");
}

/* What is not known is never "inactive". */
static const struct {
	const char *from;
	const char *to;
	int want;
	const char *got;
} users[] = {
	{"\"id\":\"" U1 "\",", "", LAPSE_EPROTO, NULL},
	{"\"id\":\"" U1 "\"", "\"id\":\"../x\"", LAPSE_EPROTO, NULL},
	{"\"accountEnabled\":true,", "", OP_DONE, "unknown"},
	{"\"accountEnabled\":true", "\"accountEnabled\":null", OP_DONE,
		"unknown"},
	{"\"accountEnabled\":true", "\"accountEnabled\":\"true\"",
		LAPSE_EPROTO, NULL},
	{"\"accountEnabled\":true", "\"accountEnabled\":0", LAPSE_EPROTO,
		NULL},
	{"\"accountEnabled\":true", "\"accountEnabled\":false", OP_DONE,
		"inactive"},
	{"\"userPrincipalName\":\"ada@example.com\",", "", LAPSE_EPROTO, NULL},
	{"\"mail\":\"Ada.Lovelace@example.com\"", "\"mail\":null", OP_DONE,
		"ada@example.com - "},
	{"\"mail\":\"Ada.Lovelace@example.com\"", "\"mail\":[]", LAPSE_EPROTO,
		NULL},
	{"\"manager\":{", "\"manager\":[{", LAPSE_EPROTO, NULL},
	{"\"mail\"", "\"mail\":\"x@example.com\",\"mail\"", LAPSE_EPROTO,
		NULL},
};

static void a_user_altered(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(users); i++) {
		TALK t = {0};
		int rc;

		begin(&t, entra->get_user);
		rc = step(&t, altered(&t, "entra/user", users[i].from,
			users[i].to));
		if (rc != users[i].want)
			fail_msg("%s: %d", users[i].to, rc);
		if (users[i].got != NULL)
			assert_has(buf_text(&t.got), users[i].got);
		else
			assert_int_equal(t.items, 0);
	}
}

/* ---- Sign-in activity ---- */

static void a_proxys_refusal_is_no_answer(void **state)
{
	op_step *const steps[] = {entra->last_use, entra->list_users};

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		TALK t = {0};

		begin(&t, steps[i]);
		fails(&t, step(&t, reply(&t, 403, "denied")), LAPSE_EAUTH,
			"proxy");
		begin(&t, steps[i]);
		fails(&t, step(&t, reply(&t, 400, "{}")), LAPSE_EPROTO,
			"proxy");
	}
}

static void no_activity_is_not_never(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->list_users);
	t.op.sink = keep_use;
	assert_int_equal(step(&t, recorded(&t, "entra/users-1")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "entra/users-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"1 known 2026-09-18T07:41:12Z\n"
		"2 unknown -\n3 unknown -\n4 unknown -\n5 unknown -\n");
}

/* ---- All users ---- */

#define ALL_USE                                                                \
	"/users?$select=" FIELDS "%2CsignInActivity" MANAGER "&$top=100"
#define ALL_WITHOUT "/users?$select=" FIELDS MANAGER "&$top=999"

static void all_users_over_two_pages(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->list_users, nothing);
	asks(&t, step(&t, NULL), HTTP_GET, ALL_USE);
	asks(&t, step(&t, recorded(&t, "entra/users-1")), HTTP_GET,
		NEXT_USERS);
	ends(&t, step(&t, recorded(&t, "entra/users-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"1 ada@example.com Ada.Lovelace@example.com Ada Lovelace "
		"active\n"
		"2 u2@example.com u2@example.com - inactive\n"
		"3 guest_partner.example#EXT#@example.onmicrosoft.com "
		"guest@partner.example Gil Guest active\n"
		"4 u4@example.com - - unknown\n"
		"5 u5@example.com - - active\n");
}

static void all_users_without_a_licence(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->list_users);
	for (int n = 0; n < 2; n++)
		asks(&t, step(&t, recorded(&t, "entra/premium")), HTTP_GET,
			ALL_USE);
	asks(&t, step(&t, recorded(&t, "entra/premium")), HTTP_GET,
		ALL_WITHOUT);
	assert_int_equal(t.req.expect[0], 0);
	assert_int_equal(step(&t, recorded(&t, "entra/users-1")), OP_SEND);
	assert_int_equal(t.req.expect[0], 0);
	ends(&t, step(&t, recorded(&t, "entra/users-2")), OP_FOUND);
}

/* The page is asked for again; the third time all begins anew. */
static void a_licence_that_goes_half_way(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->list_users);
	asks(&t, step(&t, recorded(&t, "entra/users-1")), HTTP_GET,
		NEXT_USERS);
	assert_int_equal(t.req.expect[0], 403);
	for (int n = 0; n < 2; n++)
		asks(&t, step(&t, recorded(&t, "entra/premium")), HTTP_GET,
			NEXT_USERS);
	asks(&t, step(&t, recorded(&t, "entra/premium")), HTTP_GET,
		ALL_WITHOUT);
	assert_int_equal(step(&t, recorded(&t, "entra/users-1")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "entra/users-2")), OP_FOUND);
	assert_int_equal(t.items, 7);
}

static void no_users_at_all_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->list_users);
	fails(&t, step(&t, recorded(&t, "entra/empty")), LAPSE_EPROTO,
		"User.Read.All");
}

static void what_is_not_a_collection_is_a_fault(void **state)
{
	static const char *const bodies[] = {
		"", "[]", "{}", "null", "\"x\"", "{\"value\":null}",
		"{\"value\":{}}", "{\"value\":[1]}", "{\"value\":[null]}",
		"{\"value\":[{}]}", "{\"value\":[{\"id\":\"" U1 "\"}]}",
		"{\"value\":[]} {}", "<html>", "{\"value\":[",
		"{\"value\":[],\"@odata.nextLink\":7}",
	};
	op_step *const steps[] = {
		entra->list_users, entra->list_groups, entra->list_members,
	};

	(void)state;
	for (size_t s = 0; s < COUNT(steps); s++)
		for (size_t i = 0; i < COUNT(bodies); i++) {
			TALK t = {0};

			begin(&t, steps[s]);
			assert_int_equal(step(&t, reply(&t, 200, bodies[i])),
				LAPSE_EPROTO);
			assert_int_equal(t.items, 0);
		}
}

static void a_page_is_handed_over_whole_or_not(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->list_users);
	fails(&t, step(&t, altered(&t, "entra/users-2", "\"u5@example.com\"",
		"5")), LAPSE_EPROTO, "userPrincipalName");
	assert_int_equal(t.items, 0);
}

static void a_link_that_repeats_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->list_users);
	assert_int_equal(step(&t, recorded(&t, "entra/users-1")), OP_SEND);
	fails(&t, step(&t, recorded(&t, "entra/users-1")), LAPSE_EPROTO,
		"again");
}

/* Where it leads is the engine's to judge. */
static void a_link_that_is_no_address_is_a_fault(void **state)
{
	static const char *const links[] = {
		"x", "/v1.0/users", "//evil.example/", "http://", "a b",
		"https://graph.microsoft.com\\\\@evil.example/",
		"https://graph.microsoft.com@evil.example/v1.0/users",
	};
	char body[256];

	(void)state;
	for (size_t i = 0; i < COUNT(links); i++) {
		TALK t = {0};

		begin(&t, entra->list_groups);
		snprintf(body, sizeof(body), "{\"value\":[],"
			"\"@odata.nextLink\":\"%s\"}", links[i]);
		fails(&t, step(&t, reply(&t, 200, body)), LAPSE_EPROTO,
			"no address");
	}
}

/* Source: microsoft-graph-docs#4263, lists that went on for ever. */
static void empty_pages_without_end_are_a_fault(void **state)
{
	TALK t = {0};
	char body[256];
	int rc = OP_SEND;
	int pages = 0;

	(void)state;
	begin(&t, entra->list_members);
	for (; rc == OP_SEND && pages < 100; pages++) {
		snprintf(body, sizeof(body), "{\"value\":[],\"@odata.nextLink"
			"\":\"https://graph.microsoft.com/v1.0/x?$skiptoken=%d"
			"\"}", pages);
		rc = step(&t, reply(&t, 200, body));
	}
	fails(&t, rc, LAPSE_EPROTO, "does not end");
	assert_true(pages < 20);
}

/* ---- Members ---- */

static void members_are_direct_users(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->list_members, nothing);
	asks(&t, step(&t, NULL), HTTP_GET, "/groups/" G1 "/members?$select="
		FIELDS "&$top=999");
	asks(&t, step(&t, recorded(&t, "entra/members-1")), HTTP_GET,
		NEXT_MEMBERS);
	assert_int_equal(t.req.expect[0], 404);
	ends(&t, step(&t, recorded(&t, "entra/members-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"1 ada@example.com Ada.Lovelace@example.com Ada Lovelace "
		"active\n"
		"2 u2@example.com - - inactive\n"
		"4 - - - unknown\n");
}

static void a_member_of_no_type_is_a_fault(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->list_members);
	fails(&t, step(&t, altered(&t, "entra/members-2",
		"\"@odata.type\":\"#microsoft.graph.user\",", "")),
		LAPSE_EPROTO, "@odata.type");
	assert_int_equal(t.items, 0);
}

static void a_member_without_a_login_is_an_id_alone(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->list_members);
	ends(&t, step(&t, altered(&t, "entra/members-2",
		"\"u2@example.com\"", "null")), OP_FOUND);
	assert_string_equal(buf_text(&t.got), "2 - - - unknown\n"
		"4 - - - unknown\n");
}

static void an_empty_group_has_no_members(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->list_members);
	ends(&t, step(&t, recorded(&t, "entra/empty")), OP_FOUND);
	assert_int_equal(t.items, 0);
	ends(&t, step(&t, recorded(&t, "entra/not-found")), OP_GONE);
}

/* ---- Finding ---- */

#define BY_NAME(name)                                                          \
	"/users?$filter=mail%20eq%20%27" name                                  \
	"%27%20or%20userPrincipalName%20eq%20%27" name "%27&$select="

static void an_address_is_filtered_and_compared(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->find_user, nothing);
	t.op.key = "ADA.lovelace@example.com";
	asks(&t, step(&t, NULL), HTTP_GET, BY_NAME("ADA.lovelace%40example.com")
		FIELDS MANAGER);
	assert_int_equal(step(&t, recorded(&t, "entra/users-1")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "entra/users-2")), OP_FOUND);
	assert_int_equal(t.items, 1);
}

static void a_guests_login_and_a_quote_stay_one_string(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->find_user, nothing);
	t.op.key = "o'b_x.example#EXT#@t.example";
	asks(&t, step(&t, NULL), HTTP_GET,
		BY_NAME("o%27%27b_x.example%23EXT%23%40t.example") FIELDS
		MANAGER);
	ends(&t, step(&t, recorded(&t, "entra/empty")), OP_GONE);
	t.op.key = "\xff";
	fails(&t, step(&t, NULL), LAPSE_EREFUSED, "name");
	t.op.key = "";
	fails(&t, step(&t, NULL), LAPSE_EREFUSED, "name");
}

static void an_id_is_read_directly(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->find_user, nothing);
	t.op.key = U1;
	asks(&t, step(&t, NULL), HTTP_GET,
		"/users/" U1 "?$select=" FIELDS MANAGER);
	ends(&t, step(&t, recorded(&t, "entra/user")), OP_FOUND);
	make(&t, entra->find_user, nothing);
	t.op.key = U7;
	assert_int_equal(step(&t, NULL), OP_SEND);
	asks(&t, step(&t, recorded(&t, "entra/not-found")), HTTP_GET,
		BY_NAME(U7) FIELDS MANAGER);
}

static void an_account_is_searched_last(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->find_user, with_account);
	t.op.key = "5b10ac8d82e05b22cc7d4ef5";
	assert_int_equal(step(&t, NULL), OP_SEND);
	asks(&t, step(&t, recorded(&t, "entra/empty")), HTTP_GET,
		"/users?$filter=extension_5b10_jiraAccountId%20eq%20%275b10ac8"
		"d82e05b22cc7d4ef5%27&$select=" FIELDS
		"%2Cextension_5b10_jiraAccountId" MANAGER);
	assert_int_equal(step(&t, recorded(&t, "entra/users-1")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "entra/users-2")), OP_FOUND);
	assert_int_equal(t.items, 1);
}

static void an_extension_attribute_is_within_an_object(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->find_user, with_extension);
	t.op.key = "5b10";
	assert_int_equal(step(&t, NULL), OP_SEND);
	asks(&t, step(&t, recorded(&t, "entra/empty")), HTTP_GET,
		"/users?$filter=onPremisesExtensionAttributes%2Fextension"
		"Attribute7%20eq%20%275b10%27&$select=" FIELDS
		"%2ConPremisesExtensionAttributes" MANAGER);
	ends(&t, step(&t, altered(&t, "entra/users-2", "\"mail\":null",
		"\"onPremisesExtensionAttributes\":{\"extensionAttribute7\":"
		"\"5b10\"},\"mail\":null")), OP_FOUND);
	assert_int_equal(t.items, 1);
}

/* ---- Groups ---- */

static void every_kind_of_group_is_told(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->list_groups, nothing);
	t.op.sink = keep_group;
	assert_int_equal(step(&t, NULL), OP_SEND);
	assert_has(buf_text(&t.req.target), "/groups?$select=id,displayName,");
	assert_has(buf_text(&t.req.target), "isAssignableToRole");
	asks(&t, step(&t, recorded(&t, "entra/groups-1")), HTTP_GET,
		"https://graph.microsoft.com/v1.0/groups?$skiptoken="
		"RFNwdAIAAQ");
	ends(&t, step(&t, recorded(&t, "entra/groups-2")), OP_FOUND);
	assert_string_equal(buf_text(&t.got),
		"Prod DB admins: 0 -\n"
		"Team: 0 -\n"
		"Sales: 1 user.department -eq \"Sales\"\n"
		"Engineering: 2 corp.example.com\n"
		"Help desk: 5 roles can be assigned to it\n"
		"Executives: 5 it is in a restricted administrative unit\n"
		"Hidden: 5 its members are hidden\n"
		"All hands: 3 Exchange\n"
		"News: 3 Exchange\n"
		"Later: 6 -\n"
		"Odd: 6 -\n"
		"Synced rule: 1 -\n");
}

static void one_group_is_read(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->get_group);
	t.op.sink = keep_group;
	assert_has(buf_text(&t.req.target), "/groups/" G1 "?$select=id,");
	ends(&t, step(&t, recorded(&t, "entra/group")), OP_FOUND);
	assert_string_equal(buf_text(&t.got), "Prod DB admins: 0 -\n");
	ends(&t, step(&t, recorded(&t, "entra/not-found")), OP_GONE);
	t.op.group = "9a1b2c3d-0001-4b00-8000-000000000002";
	fails(&t, step(&t, recorded(&t, "entra/group")), LAPSE_EPROTO,
		"another group");
}

static void a_group_altered(void **state)
{
	static const char *const alterations[][2] = {
		{"\"id\":\"" G1 "\",", ""},
		{"\"displayName\":\"Prod DB admins\",", ""},
		{"\"groupTypes\":[],", ""},
		{"\"groupTypes\":[]", "\"groupTypes\":null"},
		{"\"groupTypes\":[]", "\"groupTypes\":[7]"},
		{"\"mailEnabled\":false,", ""},
		{"\"securityEnabled\":true", "\"securityEnabled\":null"},
		{"\"isAssignableToRole\":null", "\"isAssignableToRole\":1"},
		{"\"onPremisesSyncEnabled\":null",
			"\"onPremisesSyncEnabled\":\"true\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(alterations); i++) {
		TALK t = {0};

		begin(&t, entra->get_group);
		assert_int_equal(step(&t, altered(&t, "entra/group",
			alterations[i][0], alterations[i][1])), LAPSE_EPROTO);
		assert_int_equal(t.items, 0);
	}
}

/* ---- Memberships ---- */

static void a_direct_member_is_one_read(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->is_member, nothing);
	asks(&t, step(&t, NULL), HTTP_GET,
		"/groups/" G1 "/members/" U1 "/$ref");
	assert_int_equal(t.req.expect[0], 404);
	ends(&t, step(&t, recorded(&t, "entra/membership")), OP_PRESENT);
}

static void ask_any_way(struct talk *t)
{
	begin(t, entra->is_member);
	asks(t, step(t, recorded(t, "entra/not-found")), HTTP_POST,
		"/users/" U1 "/checkMemberGroups");
	sends(t, "{\"groupIds\":[\"" G1 "\"]}");
	assert_true(t->req.safe);
	assert_int_equal(t->req.expect[0], 404);
}

static void absence_needs_a_documented_read(void **state)
{
	TALK t = {0};

	(void)state;
	ask_any_way(&t);
	ends(&t, step(&t, recorded(&t, "entra/no-way")), OP_ABSENT);
}

static void the_absence_of_a_user_is_no_absence(void **state)
{
	TALK t = {0};

	(void)state;
	ask_any_way(&t);
	ends(&t, step(&t, recorded(&t, "entra/not-found")), OP_GONE);
	fails(&t, step(&t, recorded(&t, "entra/proxy-404")), LAPSE_EPROTO,
		"404");
}

static void ask_list(struct talk *t)
{
	ask_any_way(t);
	asks(t, step(t, recorded(t, "entra/any-way")), HTTP_GET,
		"/groups/" G1 "/members?$select=id&$top=999");
	asks(t, step(t, recorded(t, "entra/ids-1")), HTTP_GET, NEXT_MEMBERS);
}

static void where_reads_differ_the_list_decides(void **state)
{
	TALK t = {0};

	(void)state;
	ask_list(&t);
	ends(&t, step(&t, recorded(&t, "entra/ids-2")), OP_PRESENT);
}

static void a_member_by_another_group_is_no_direct_one(void **state)
{
	TALK t = {0};

	(void)state;
	ask_list(&t);
	ends(&t, step(&t, altered(&t, "entra/ids-2", U1, U7)), OP_ABSENT);
}

static void half_a_list_proves_nothing(void **state)
{
	TALK t = {0};

	(void)state;
	ask_list(&t);
	fails(&t, step(&t, altered(&t, "entra/ids-2", "\"id\"", "\"ID\"")),
		LAPSE_EPROTO, "id");
	ask_list(&t);
	fails(&t, step(&t, recorded(&t, "entra/not-found")), LAPSE_ENOTFOUND,
		"no such user or group");
}

static void a_404_of_anything_else_proves_nothing(void **state)
{
	static const char *const others[] = {
		"entra/proxy-404", "entra/segment",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		TALK t = {0};

		begin(&t, entra->is_member);
		fails(&t, step(&t, recorded(&t, others[i])), LAPSE_EPROTO,
			"404");
	}
}

static void make_is_member(struct talk *t)
{
	make(t, entra->is_member, nothing);
}

static void odd_memberships_prove_nothing(void **state)
{
	static const char *const bodies[] = {
		"{}", "{\"value\":null}", "{\"value\":{}}",
		"{\"value\":[null]}", "{\"value\":[\"" U1 "\"]}", "[]",
	};

	(void)state;
	no_part_will_do(make_is_member, "entra/membership");
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		ask_any_way(&t);
		assert_int_equal(step(&t, reply(&t, 200, bodies[i])),
			LAPSE_EPROTO);
	}
}

static void somebody_elses_membership_is_refused(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->is_member);
	fails(&t, step(&t, altered(&t, "entra/membership", U1, U2)),
		LAPSE_EPROTO, "another user");
}

/* ---- Changes ---- */

static void an_add_posts_a_reference(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->add, nothing);
	asks(&t, step(&t, NULL), HTTP_POST, "/groups/" G1 "/members/$ref");
	sends(&t, "{\"@odata.id\":\"https://graph.microsoft.com/v1.0/"
		"directoryObjects/" U1 "\"}");
	assert_int_equal(t.req.want, HTTP_WANT_NOTHING);
	assert_int_equal(t.req.expect[0], 400);
	assert_int_equal(t.req.expect[1], 0);
	ends(&t, step(&t, recorded(&t, "entra/no-content")), OP_CHANGED);
}

static void the_answers_to_an_add(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->add);
	ends(&t, step(&t, recorded(&t, "entra/already")), OP_ALREADY);
	fails(&t, step(&t, recorded(&t, "entra/synced")), LAPSE_EREFUSED,
		"on-premises");
	fails(&t, step(&t, recorded(&t, "entra/no-member")), LAPSE_EREFUSED,
		"Request_BadRequest");
	fails(&t, step(&t, reply(&t, 400, "already exist")), LAPSE_EPROTO,
		"proxy");
	/* the words alone, in another error */
	assert_int_equal(step(&t, altered(&t, "entra/already",
		"Request_BadRequest", "Request_Other")), LAPSE_EREFUSED);
}

static void a_removal_deletes_the_reference(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->remove, nothing);
	asks(&t, step(&t, NULL), HTTP_DELETE,
		"/groups/" G1 "/members/" U1 "/$ref");
	assert_int_equal(t.req.expect[0], 404);
	assert_int_equal(t.req.expect[1], 400);
	ends(&t, step(&t, recorded(&t, "entra/no-content")), OP_CHANGED);
}

static void the_answers_to_a_removal(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, entra->remove);
	ends(&t, step(&t, recorded(&t, "entra/not-found")), OP_UNCLEAR);
	ends(&t, step(&t, recorded(&t, "entra/no-member")), OP_UNCLEAR);
	fails(&t, step(&t, recorded(&t, "entra/synced")), LAPSE_EREFUSED,
		"on-premises");
	fails(&t, step(&t, recorded(&t, "entra/proxy-404")), LAPSE_EPROTO,
		"404");
}

/* Without "/$ref" at its end, or with anything else in it, the same request
 * deletes a user. Every way to such a path that an id could open. */
static void a_user_is_never_deleted(void **state)
{
	static const enum http_method methods[] = {HTTP_GET, HTTP_DELETE};
	TALK t = {0};

	(void)state;
	make(&t, entra->remove, nothing);
	for (size_t m = 0; m < COUNT(methods); m++) {
		for (size_t i = 0; i < COUNT(bad_ids); i++) {
			http_request_clear(&t.req);
			fails(&t, entra_membership(&t.req, methods[m], &t.r,
				G1, bad_ids[i], &t.err), LAPSE_EREFUSED, "");
			assert_int_equal(t.req.target.len, 0);
			fails(&t, entra_membership(&t.req, methods[m], &t.r,
				bad_ids[i], U1, &t.err), LAPSE_EREFUSED, "");
			assert_int_equal(t.req.target.len, 0);
		}
		assert_int_equal(entra_membership(&t.req, methods[m], &t.r,
			NULL, U1, &t.err), LAPSE_EREFUSED);
		assert_int_equal(entra_membership(&t.req, methods[m], &t.r, G1,
			U1, &t.err), OP_SEND);
		assert_string_equal(buf_text(&t.req.target),
			"/groups/" G1 "/members/" U1 "/$ref");
	}
}

/* The shape by itself, should a template ever change. */
static void only_a_membership_is_a_membership(void **state)
{
	static const char *const others[] = {
		"", "/", "/users/" U1, "/users/" U1 "/$ref",
		"/groups/" G1, "/groups/" G1 "/$ref",
		"/groups/" G1 "/members/" U1,
		"/groups/" G1 "/members/" U1 "/",
		"/groups/" G1 "/members/" U1 "/%24ref",
		"/groups/" G1 "/members/" U1 "/$re",
		"/groups/" G1 "/members/" U1 "/$refs",
		"/groups/" G1 "/members/" U1 "/$ref/..",
		"/groups/" G1 "/members/" U1 "/x/$ref",
		"/groups/" G1 "/members/" U1 "?/$ref",
		"/groups/" G1 "/members/" U1 "#/$ref",
		"/groups/" G1 "/members//$ref",
		"/groups/" G1 "/members/" U1 "/$ref?x",
		"/groups/" G1 "/owners/" U1 "/$ref",
		"groups/" G1 "/members/" U1 "/$ref",
	};

	(void)state;
	assert_true(entra_is_membership("/groups/" G1 "/members/" U1 "/$ref"));
	for (size_t i = 0; i < COUNT(others); i++)
		if (entra_is_membership(others[i]))
			fail_msg("'%s' passes", others[i]);
}

static void sessions_are_revoked(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->end_sessions, nothing);
	asks(&t, step(&t, NULL), HTTP_POST,
		"/users/" U1 "/revokeSignInSessions");
	sends(&t, "");
	ends(&t, step(&t, recorded(&t, "entra/revoked")), OP_CHANGED);
	ends(&t, step(&t, recorded(&t, "entra/no-content")), OP_CHANGED);
	ends(&t, step(&t, recorded(&t, "entra/not-found")), OP_GONE);
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
	{"entra/rate", HTTP_GET, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, 17, "rate"},
	{"entra/rate", HTTP_DELETE, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, 17,
		"rate"},
	{"entra/rate-bare", HTTP_POST, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, -1,
		"rate"},
	{"entra/token", HTTP_GET, REPLY_RENEW_TOKEN, LAPSE_EAUTH, -1,
		"InvalidAuthenticationToken"},
	{"entra/denied", HTTP_POST, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"lapse-entra(7)"},
	{"entra/denied", HTTP_GET, REPLY_REFUSED, LAPSE_EAUTH, -1,
		"Authorization_RequestDenied: no permission"},
	{"entra/premium", HTTP_GET, REPLY_REFUSED, LAPSE_EREFUSED, -1, "P1"},
	{"entra/quota", HTTP_POST, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"limit"},
	{"entra/synced", HTTP_DELETE, REPLY_REFUSED, LAPSE_EREFUSED, -1,
		"on-premises"},
	{"entra/not-found", HTTP_POST, REPLY_REFUSED, LAPSE_EAGAIN, -1,
		"request id 4f2d7c1e-1111-4222-8333-444455556666"},
	{"entra/not-found", HTTP_GET, REPLY_REFUSED, LAPSE_ENOTFOUND, -1,
		"no such user or group"},
	{"entra/expired-page", HTTP_GET, REPLY_BROKEN, LAPSE_EPROTO, -1,
		"read again"},
	{"entra/concurrent", HTTP_DELETE, REPLY_AGAIN_AFTER, LAPSE_EAGAIN, -1,
		"same object"},
	{"entra/unavailable", HTTP_POST, REPLY_UNCERTAIN, LAPSE_EUNAVAIL, -1,
		"503"},
	{"entra/proxy-404", HTTP_DELETE, REPLY_BROKEN, LAPSE_EPROTO, -1,
		"proxy"},
	{"entra/proxy-502", HTTP_DELETE, REPLY_UNCERTAIN, LAPSE_EUNAVAIL, -1,
		"502"},
};

static void replies_are_judged_by_their_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(judgements); i++) {
		TALK t = {0};
		int64_t wait_s;

		make(&t, entra->add, nothing);
		recorded(&t, judgements[i].name);
		if (judged(&t, judgements[i].method, &wait_s) !=
			judgements[i].verdict)
			fail_msg("%s: %s", judgements[i].name, t.err.text);
		assert_int_equal(t.err.code, judgements[i].code);
		assert_int_equal(wait_s, judgements[i].wait_s);
		assert_has(t.err.text, judgements[i].says);
		assert_has(t.err.text, "entra: ");
	}
}

#define ERROR(code) "{\"error\":{\"code\":\"" code "\",\"message\":\"m\"}}"

static const struct {
	int status;
	const char *body;
	enum verdict verdict;
} bodies[] = {
	{401, "", REPLY_RENEW_TOKEN},
	{401, ERROR("Other"), REPLY_RENEW_TOKEN},
	{403, "", REPLY_BROKEN},
	{403, "<html>", REPLY_BROKEN},
	{403, "{\"message\":\"no\"}", REPLY_BROKEN},
	{403, ERROR("Other"), REPLY_REFUSED},
	{400, "", REPLY_BROKEN},
	{400, "{\"error\":7}", REPLY_BROKEN},
	{400, "{\"error\":{\"code\":7}}", REPLY_BROKEN},
	{400, ERROR(""), REPLY_BROKEN},
	{400, ERROR("Request_UnsupportedQuery"), REPLY_BROKEN},
	{404, ERROR("BadRequest"), REPLY_REFUSED},
	{412, ERROR("Directory_ConcurrencyViolation"), REPLY_AGAIN_AFTER},
	{429, "", REPLY_AGAIN_AFTER},
	{429, "<html>", REPLY_AGAIN_AFTER},
	{429, ERROR("Request_BadRequest"), REPLY_AGAIN_AFTER},
	{408, "", REPLY_UNCERTAIN},
	{500, ERROR("Request_BadRequest"), REPLY_UNCERTAIN},
	{504, "", REPLY_UNCERTAIN},
	{302, "", REPLY_BROKEN},
};

static void foreign_bodies_are_judged_by_their_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		TALK t = {0};

		make(&t, entra->add, nothing);
		reply(&t, bodies[i].status, bodies[i].body);
		if (judged(&t, HTTP_POST, NULL) != bodies[i].verdict)
			fail_msg("%d %s", bodies[i].status, bodies[i].body);
	}
}

static void hostile_words_stay_on_one_line(void **state)
{
	TALK t = {0};

	(void)state;
	make(&t, entra->add, nothing);
	reply(&t, 400, "{\"error\":{\"code\":\"Request_BadRequest\","
		"\"message\":\"a\\u001b[31m\\nb\"}}");
	assert_int_equal(judged(&t, HTTP_POST, NULL), REPLY_REFUSED);
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
	t->r = (struct remote){.name = "entra", .base = url};
	return entra->configure(from_pairs, pairs, &t->arena, &t->r, ret,
		&t->err);
}

static void each_cloud_has_its_own_pair_of_hosts(void **state)
{
	static const char *const clouds[][3] = {
		{NULL, "https://graph.microsoft.com",
			"https://login.microsoftonline.com"},
		{"global", "https://graph.microsoft.com",
			"https://login.microsoftonline.com"},
		{"us-government", "https://graph.microsoft.us",
			"https://login.microsoftonline.us"},
		{"us-dod", "https://dod-graph.microsoft.us",
			"https://login.microsoftonline.us"},
		{"china", "https://microsoftgraph.chinacloudapi.cn",
			"https://login.partner.microsoftonline.cn"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(clouds); i++) {
		struct pair pairs[] = {{"tenant", "t1"}, {"client-id", "a"},
			{"client-secret", "env:S"}, {clouds[i][0] != NULL
				? "cloud" : NULL, clouds[i][0]}, {NULL, NULL}};
		struct auth_config auth;
		char want[128];
		TALK t = {0};

		assert_int_equal(configured(&t, NULL, pairs, &auth), 0);
		snprintf(want, sizeof(want), "%s/v1.0", clouds[i][1]);
		assert_string_equal(t.r.base, want);
		snprintf(want, sizeof(want), "%s/.default", clouds[i][1]);
		assert_string_equal(auth.scope, want);
		snprintf(want, sizeof(want), "%s/t1/oauth2/v2.0/token",
			clouds[i][2]);
		assert_string_equal(auth.token_url, want);
		assert_int_equal(auth.scheme, AUTH_CLIENT_SECRET);
		assert_false(auth.certificate);
		assert_ptr_equal(t.r.service, &entra->service);
	}
}

static void a_key_is_a_certificate_assertion(void **state)
{
	struct pair pairs[] = {{"tenant", "t1"}, {"client-id", "a"},
		{"key", "file:/k"}, {"next-key", "file:/n"},
		{"authority", "http://127.0.0.1:9/"}, {NULL, NULL}};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(configured(&t, "http://127.0.0.1:8", pairs, &auth), 0);
	assert_string_equal(t.r.base, "http://127.0.0.1:8/v1.0");
	assert_string_equal(auth.token_url,
		"http://127.0.0.1:9/t1/oauth2/v2.0/token");
	assert_int_equal(auth.scheme, AUTH_CLIENT_ASSERTION);
	assert_string_equal(auth.algorithm, "PS256");
	assert_true(auth.certificate);
	assert_false(auth.dpop);
	assert_string_equal(auth.secret, "file:/k");
	assert_string_equal(auth.next_secret, "file:/n");
}

#define WHOLE {"tenant", "t"}, {"client-id", "a"}, {"client-secret", "env:S"}

static void the_configuration_is_one_and_whole(void **state)
{
	static struct {
		const char *url;
		struct pair pairs[6];
		const char *says;
	} rows[] = {
		{NULL, {{"client-id", "a"}, {"key", "x"}}, "tenant"},
		{NULL, {{"tenant", "common"}, {"client-id", "a"},
			{"key", "x"}}, "tenant: 'common'"},
		{NULL, {{"tenant", "a/b"}, {"client-id", "a"}, {"key", "x"}},
			"tenant: 'a/b'"},
		{NULL, {{"tenant", ".."}, {"client-id", "a"}, {"key", "x"}},
			"tenant: '..'"},
		{NULL, {{"tenant", "t"}, {"client-id", "a"}}, "no credential"},
		{NULL, {{"tenant", "t"}, {"key", "x"}}, "client-id"},
		{NULL, {WHOLE, {"key", "x"}}, "not both"},
		{NULL, {WHOLE, {"next-key", "x"}}, "next-client-secret"},
		{NULL, {WHOLE, {"cloud", "mars"}}, "cloud: 'mars'"},
		{NULL, {WHOLE, {"authority", "https://x"}}, "url is missing"},
		{"https://x", {WHOLE}, "authority is missing"},
		{"https://x", {WHOLE, {"authority", "https://y"},
			{"cloud", "china"}}, "not both"},
		{"https://x/v1.0", {WHOLE, {"authority", "https://y"}},
			"url: 'https://x/v1.0'"},
		{"x", {WHOLE, {"authority", "https://y"}}, "url: 'x'"},
		{"https://", {WHOLE, {"authority", "https://y"}}, "url"},
		{"https://x", {WHOLE, {"authority", "https://me@y"}},
			"authority: "},
		{NULL, {WHOLE, {"change-as", "onwer"}},
			"change-as: 'onwer'"},
		{NULL, {WHOLE, {"account-attribute", "a b"}},
			"account-attribute"},
		{NULL, {WHOLE, {"account-attribute", "a,b"}},
			"account-attribute"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct auth_config auth;
		TALK t = {0};

		fails(&t, configured(&t, rows[i].url, rows[i].pairs, &auth),
			LAPSE_ECONFIG, rows[i].says);
	}
}

static const struct idp_right *right_of(const struct idp_right *r,
	enum idp_need need)
{
	for (; r->what != NULL; r++)
		if (r->need == need)
			return r;
	fail_msg("no right for need %d", (int)need);
	return NULL;
}

/* Which permission changes groups; none that can be seen, for their owner. */
static void an_owner_needs_no_permission(void **state)
{
	struct pair owner[] = {WHOLE, {"change-as", "owner"}, {NULL, NULL}};
	struct pair other[] = {WHOLE, {"change-as", "permission"},
		{NULL, NULL}};
	struct pair plain[] = {WHOLE, {NULL, NULL}};
	struct auth_config auth;
	TALK t = {0};

	(void)state;
	assert_int_equal(configured(&t, NULL, plain, &auth), 0);
	assert_string_equal(auth.rights_claim, "roles");
	assert_has(right_of(entra->rights(&t.r), IDP_NEED_MEMBERS)->words,
		"GroupMember.ReadWrite.All");
	assert_int_equal(configured(&t, NULL, other, &auth), 0);
	assert_non_null(right_of(entra->rights(&t.r), IDP_NEED_MEMBERS)->words);
	assert_int_equal(configured(&t, NULL, owner, &auth), 0);
	assert_null(right_of(entra->rights(&t.r), IDP_NEED_MEMBERS)->words);
	assert_has(right_of(entra->rights(&t.r), IDP_NEED_SESSIONS)->words,
		"User.RevokeSessions.All");
}

/* ---- Probes ---- */

static const struct idp_probe *probe_of(const char *words)
{
	for (const struct idp_probe *p = entra->probes; p->what; p++)
		if (strstr(p->what, words) != NULL)
			return p;
	fail_msg("no probe '%s'", words);
	return NULL;
}

static void an_empty_directory_fails_the_probes(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, probe_of("read users")->step);
	fails(&t, step(&t, recorded(&t, "entra/empty")), LAPSE_EAUTH,
		"empty");
	fails(&t, step(&t, altered(&t, "entra/users-2",
		"\"accountEnabled\":true", "\"accountEnabled\":null")),
		LAPSE_EAUTH, "accountEnabled");
	ends(&t, step(&t, recorded(&t, "entra/users-2")), OP_FOUND);
	begin(&t, probe_of("read groups")->step);
	fails(&t, step(&t, recorded(&t, "entra/empty")), LAPSE_EAUTH,
		"empty");
	ends(&t, step(&t, recorded(&t, "entra/groups-2")), OP_FOUND);
}

static void one_membership_is_probed(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, probe_of("one membership")->step);
	assert_int_equal(step(&t, recorded(&t, "entra/groups-1")), OP_SEND);
	assert_has(buf_text(&t.req.target), "/groups/" G1 "/members?");
	asks(&t, step(&t, recorded(&t, "entra/ids-2")), HTTP_GET,
		"/groups/" G1 "/members/" U1 "/$ref");
	assert_int_equal(t.req.expect[0], 0);
	fails(&t, step(&t, reply(&t, 200, "yes")), LAPSE_EPROTO, "JSON");
	fails(&t, step(&t, altered(&t, "entra/membership", U1, U2)),
		LAPSE_EPROTO, "another member");
	ends(&t, step(&t, recorded(&t, "entra/membership")), OP_FOUND);
	begin(&t, probe_of("one membership")->step);
	assert_int_equal(step(&t, recorded(&t, "entra/groups-1")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "entra/empty")), OP_NONE);
}

static void a_missing_licence_or_permission_is_no_fault(void **state)
{
	TALK t = {0};

	(void)state;
	begin(&t, probe_of("signed in")->step);
	t.op.stage = 1;
	ends(&t, step(&t, recorded(&t, "entra/premium")), OP_UNSUPPORTED);
	t.op.stage = 1;
	ends(&t, step(&t, recorded(&t, "entra/denied")), OP_NONE);
	t.op.stage = 1;
	ends(&t, step(&t, recorded(&t, "entra/users-1")), OP_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_is_read_with_the_manager),
		cmocka_unit_test(a_missing_user_is_gone_by_graphs_word_only),
		cmocka_unit_test(another_users_reply_is_refused),
		cmocka_unit_test(only_object_ids_get_into_a_path),
		cmocka_unit_test(no_part_of_a_user_will_do),
		cmocka_unit_test(a_user_altered),
		cmocka_unit_test(a_proxys_refusal_is_no_answer),
		cmocka_unit_test(no_activity_is_not_never),
		cmocka_unit_test(all_users_over_two_pages),
		cmocka_unit_test(all_users_without_a_licence),
		cmocka_unit_test(a_licence_that_goes_half_way),
		cmocka_unit_test(no_users_at_all_is_a_fault),
		cmocka_unit_test(what_is_not_a_collection_is_a_fault),
		cmocka_unit_test(a_page_is_handed_over_whole_or_not),
		cmocka_unit_test(a_link_that_repeats_is_a_fault),
		cmocka_unit_test(a_link_that_is_no_address_is_a_fault),
		cmocka_unit_test(empty_pages_without_end_are_a_fault),
		cmocka_unit_test(members_are_direct_users),
		cmocka_unit_test(a_member_of_no_type_is_a_fault),
		cmocka_unit_test(a_member_without_a_login_is_an_id_alone),
		cmocka_unit_test(an_empty_group_has_no_members),
		cmocka_unit_test(an_address_is_filtered_and_compared),
		cmocka_unit_test(a_guests_login_and_a_quote_stay_one_string),
		cmocka_unit_test(an_id_is_read_directly),
		cmocka_unit_test(an_account_is_searched_last),
		cmocka_unit_test(an_extension_attribute_is_within_an_object),
		cmocka_unit_test(every_kind_of_group_is_told),
		cmocka_unit_test(one_group_is_read),
		cmocka_unit_test(a_group_altered),
		cmocka_unit_test(a_direct_member_is_one_read),
		cmocka_unit_test(absence_needs_a_documented_read),
		cmocka_unit_test(the_absence_of_a_user_is_no_absence),
		cmocka_unit_test(where_reads_differ_the_list_decides),
		cmocka_unit_test(a_member_by_another_group_is_no_direct_one),
		cmocka_unit_test(half_a_list_proves_nothing),
		cmocka_unit_test(a_404_of_anything_else_proves_nothing),
		cmocka_unit_test(odd_memberships_prove_nothing),
		cmocka_unit_test(somebody_elses_membership_is_refused),
		cmocka_unit_test(an_add_posts_a_reference),
		cmocka_unit_test(the_answers_to_an_add),
		cmocka_unit_test(a_removal_deletes_the_reference),
		cmocka_unit_test(the_answers_to_a_removal),
		cmocka_unit_test(a_user_is_never_deleted),
		cmocka_unit_test(only_a_membership_is_a_membership),
		cmocka_unit_test(sessions_are_revoked),
		cmocka_unit_test(replies_are_judged_by_their_code),
		cmocka_unit_test(foreign_bodies_are_judged_by_their_status),
		cmocka_unit_test(hostile_words_stay_on_one_line),
		cmocka_unit_test(each_cloud_has_its_own_pair_of_hosts),
		cmocka_unit_test(a_key_is_a_certificate_assertion),
		cmocka_unit_test(the_configuration_is_one_and_whole),
		cmocka_unit_test(an_owner_needs_no_permission),
		cmocka_unit_test(an_empty_directory_fails_the_probes),
		cmocka_unit_test(one_membership_is_probed),
		cmocka_unit_test(
			a_missing_licence_or_permission_is_no_fault),
	};

	entra = idp_driver_find("entra");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
