/* Last use, and who added a member: what each driver makes of its provider's
 * logs. That all come out alike is conform.c's. */
#include "exchange.h"
#include "idp.h"
#include "seen.h"

#define U1 "0e1f2a3b-0001-4a00-8000-000000000001"
#define G1 "9a1b2c3d-0001-4b00-8000-000000000001"
#define A1 "7c1b2c3d-0001-4c00-8000-000000000001"
#define ADA "109000000000000000001"
#define REPORTS "/admin/reports/v1/activity/users/all/applications/admin"      \
	"?eventName=ADD_GROUP_MEMBER&maxResults=1000&filters="                 \
	"USER_EMAIL%3D%3Dada%40example.com%2C"                                 \
	"GROUP_EMAIL%3D%3DProd-DB%40example.com&startTime="

/* The replies' own date, and some that lie before it. */
#define NOW 1795428000		/* 2026-11-23T10:00:00Z */
#define DAY 86400
#define T_90 "2026-08-25T10:00:00Z"
#define T_30 "2026-10-24T10:00:00Z"
#define T_10 "2026-11-13T10:00:00Z"

/* ---- Making ---- */

static const char *okta_key(void *arg, const char *key)
{
	(void)arg;
	return strcmp(key, "token") == 0 ? "env:TOKEN" : NULL;
}

static const char *entra_key(void *arg, const char *key)
{
	(void)arg;
	if (strcmp(key, "tenant") == 0 || strcmp(key, "client-id") == 0)
		return "x";
	return strcmp(key, "client-secret") == 0 ? "env:SECRET" : NULL;
}

static const char *google_key(void *arg, const char *key)
{
	(void)arg;
	if (strcmp(key, "administrator") == 0)
		return "lapse@acme.com";
	return strcmp(key, "key") == 0 ? "env:KEY" : NULL;
}

static int tell_use(void *arg, const void *item, struct lapse_err *err)
{
	static const char *const words[] = {
		[IDP_USE_UNKNOWN] = "unknown",
		[IDP_USE_SEEN] = "seen",
		[IDP_USE_NOT_SEEN] = "not seen",
	};
	const struct idp_use_seen *u = item;
	struct talk *t = arg;
	char text[WHEN_TEXT];

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s %s of the %s", words[u->use],
		when_time(u->at, text),
		u->of_application ? "application" : "organisation");
	if (u->why != NULL)
		buf_fmt(&t->got, ": %s", u->why);
	return 0;
}

static int tell_added(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_added *a = item;
	struct talk *t = arg;
	char text[WHEN_TEXT];

	(void)err;
	t->items++;
	buf_fmt(&t->got, "%s (%s) at %s by %s", a->actor,
		a->actor_name != NULL ? a->actor_name : "-",
		when_time(a->at, text), a->source);
	return 0;
}

static void make(struct talk *t, const char *name)
{
	static const struct {
		const char *name;
		const char *base;
		const char *(*key)(void *arg, const char *key);
		const char *user;
		const char *group;
	} all[] = {
		{"okta", "acme.okta.com", okta_key, "00u1", "00g1"},
		{"entra", NULL, entra_key, U1, G1},
		{"google", NULL, google_key, ADA, "01abcdef0123456"},
	};
	const struct idp_driver *d = idp_driver_find(name);
	struct auth_config auth;
	size_t i = 0;

	while (strcmp(all[i].name, name) != 0)
		i++;
	op_clear(&t->op);
	t->r = (struct remote){.name = name, .base = all[i].base};
	assert_int_equal(d->configure(all[i].key, NULL, &t->arena, &t->r,
		&auth, &t->err), 0);
	t->op = (struct op){
		.name = "test",
		.user = all[i].user,
		.group = all[i].group,
		.at = WHEN_NONE,
		.arg = t,
	};
}

/* Sent already; the next thing is a reply. */
static void ask_use(struct talk *t, const char *name, const char *app,
	int64_t from)
{
	make(t, name);
	t->op.step = idp_driver_find(name)->last_use;
	t->op.key = app;
	t->op.at = from;
	t->op.sink = tell_use;
	assert_int_equal(step(t, NULL), OP_SEND);
}

static void ask_added(struct talk *t, const char *name, int64_t from)
{
	make(t, name);
	t->op.step = idp_driver_find(name)->added_by;
	t->op.at = from;
	t->op.sink = tell_added;
	assert_int_equal(step(t, NULL), OP_SEND);
}

static void tells(struct talk *t, const char *what)
{
	assert_string_equal(buf_text(&t->got), what);
	assert_int_equal(t->items, 1);
}

/* ---- How far back a log answers for ---- */

static void a_log_answers_for_what_it_keeps(void **state)
{
	(void)state;
	assert_int_equal(seen_reach(WHEN_NONE, NOW, 90), NOW - 90 * DAY);
	assert_int_equal(seen_reach(NOW - 91 * DAY, NOW, 90), NOW - 90 * DAY);
	assert_int_equal(seen_reach(NOW - 89 * DAY, NOW, 90), NOW - 89 * DAY);
	assert_true(seen_reach(0, WHEN_NONE, 90) == WHEN_NONE);
}

/* ---- Okta ---- */

static void okta_asks_the_log_about_an_application(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "okta", "0oa1", WHEN_NONE);
	asks(&t, OP_SEND, HTTP_GET, "/api/v1/users/00u1");
	asks(&t, step(&t, recorded(&t, "okta/user-00u1")), HTTP_GET,
		"/api/v1/logs?since=2026-08-25T10%3A00%3A00Z&filter=eventType"
		"%20eq%20%22user.authentication.sso%22%20and%20actor.id%20eq"
		"%20%2200u1%22%20and%20target.id%20eq%20%220oa1%22"
		"&sortOrder=DESCENDING&limit=100");
	assert_int_equal(t.req.expect[0], 403);
	/* a failed one, and another's: on with the next page */
	asks(&t, step(&t, recorded(&t, "okta/log-sign-ons-1")), HTTP_GET,
		"https://acme.okta.com/api/v1/logs?after=1763000000000_1"
		"&limit=100");
	assert_int_equal(t.req.expect[0], 403);
	ends(&t, step(&t, recorded(&t, "okta/log-sign-ons-2")), OP_FOUND);
	tells(&t, "seen 2026-10-02T08:00:00Z of the application");
}

static void okta_says_since_when_there_is_none(void **state)
{
	static const struct {
		int64_t from;
		const char *tells;
	} rows[] = {
		{WHEN_NONE, "not seen " T_90 " of the application"},
		{NOW - 400 * DAY, "not seen " T_90 " of the application"},
		{NOW - 10 * DAY, "not seen " T_10 " of the application"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		ask_use(&t, "okta", "0oa1", rows[i].from);
		assert_int_equal(step(&t, recorded(&t, "okta/user-00u1")),
			OP_SEND);
		ends(&t, step(&t, recorded(&t, "okta/empty")), OP_FOUND);
		tells(&t, rows[i].tells);
	}
}

static void okta_without_the_right_knows_nothing(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "okta", "0oa1", 0);
	assert_int_equal(step(&t, recorded(&t, "okta/user-seen")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "okta/denied")), OP_FOUND);
	tells(&t, "unknown  of the application: the credential may not read "
		"the system log, see lapse-okta(7)");
}

static void a_proxys_refusal_is_no_answer(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "okta", "0oa1", 0);
	assert_int_equal(step(&t, recorded(&t, "okta/user-seen")), OP_SEND);
	fails(&t, step(&t, reply(&t, 403, "denied")), LAPSE_EAUTH, "proxy");
	ask_added(&t, "okta", 0);
	fails(&t, step(&t, reply(&t, 403, "denied")), LAPSE_EAUTH, "proxy");
	ask_use(&t, "entra", NULL, 0);
	fails(&t, step(&t, reply(&t, 403, "denied")), LAPSE_EAUTH, "proxy");
	ask_added(&t, "entra", 0);
	fails(&t, step(&t, reply(&t, 403, "denied")), LAPSE_EAUTH, "proxy");
	ask_added(&t, "google", 0);
	assert_int_equal(step(&t, recorded(&t, "google/user")), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "google/group")), OP_SEND);
	fails(&t, step(&t, reply(&t, 403, "denied")), LAPSE_EAUTH, "proxy");
	assert_int_equal(t.items, 0);
}

static void okta_shows_the_sign_in_without_an_application(void **state)
{
	static const struct {
		const char *shown;
		const char *tells;
	} rows[] = {
		{"\"lastLogin\":\"2026-09-18T07:41:12.000Z\"",
			"seen 2026-09-18T07:41:12Z of the organisation"},
		{"\"lastLogin\":null",
			"not seen 2024-03-01T09:15:02Z of the organisation"},
		{"\"elsewhere\":null", "unknown  of the organisation: the user "
			"is shown without lastLogin"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		ask_use(&t, "okta", NULL, NOW);
		ends(&t, step(&t, altered(&t, "okta/user-00u1",
			"\"lastLogin\":null", rows[i].shown)), OP_FOUND);
		tells(&t, rows[i].tells);
	}
}

static void never_needs_to_be_since_something(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "okta", NULL, NOW);
	ends(&t, step(&t, altered(&t, "okta/user-00u1",
		"\"created\":\"2024-03-01T09:15:02.000Z\",", "")), OP_FOUND);
	assert_has(buf_text(&t.got), "unknown");
	ask_use(&t, "google", NULL, NOW);
	buf_reset(&t.got);
	ends(&t, step(&t, altered(&t, "google/user-never",
		"\"creationTime\":\"2024-03-01T09:15:02.000Z\",", "")),
		OP_FOUND);
	assert_has(buf_text(&t.got), "unknown");
}

/* Without the service's own time nobody knows how far back its log goes. */
static void a_reply_without_a_date_proves_nothing(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "okta", "0oa1", 0);
	recorded(&t, "okta/user-00u1");
	t.res.date = WHEN_NONE;
	ends(&t, step(&t, &t.res), OP_FOUND);
	assert_has(buf_text(&t.got), "unknown");
	buf_reset(&t.got);
	ask_use(&t, "entra", A1, 0);
	recorded(&t, "entra/user");
	t.res.date = WHEN_NONE;
	ends(&t, step(&t, &t.res), OP_FOUND);
	assert_has(buf_text(&t.got), "unknown");
}

static void okta_names_who_added(void **state)
{
	TALK t = {0};

	(void)state;
	ask_added(&t, "okta", NOW - 10 * DAY);
	asks(&t, OP_SEND, HTTP_GET,
		"/api/v1/logs?since=2026-11-13T10%3A00%3A00Z&filter=eventType"
		"%20eq%20%22group.user_membership.add%22%20and%20target.id"
		"%20eq%20%2200u1%22%20and%20target.id%20eq%20%2200g1%22"
		"&sortOrder=DESCENDING&limit=100");
	ends(&t, step(&t, recorded(&t, "okta/log-adds")), OP_FOUND);
	tells(&t, "jonas@example.com (Jonas Admin) at 2026-11-02T08:00:00Z by "
		"okta system log");
}

static void okta_names_by_id_who_has_no_name(void **state)
{
	TALK t = {0};

	(void)state;
	ask_added(&t, "okta", 0);
	ends(&t, step(&t, altered(&t, "okta/log-adds",
		"\"alternateId\":\"jonas@example.com\"",
		"\"alternateId\":\"unknown\"")), OP_FOUND);
	assert_has(buf_text(&t.got), "00u8 (Jonas Admin)");
}

/* The log refuses to be asked about what it never had; once, then it is the
 * question that is wrong. */
static void okta_is_asked_again_within_what_it_keeps(void **state)
{
	TALK t = {0};

	(void)state;
	ask_added(&t, "okta", 0);
	assert_has(buf_text(&t.req.target), "since=1970-01-01");
	assert_int_equal(t.req.expect[1], 400);
	assert_int_equal(step(&t, recorded(&t, "okta/log-too-old")), OP_SEND);
	assert_has(buf_text(&t.req.target), "since=2026-08-25T10%3A00%3A00Z");
	assert_int_equal(t.req.expect[1], 0);
	ends(&t, step(&t, recorded(&t, "okta/empty")), OP_NONE);
	ask_added(&t, "okta", NOW - DAY);
	fails(&t, step(&t, recorded(&t, "okta/log-too-old")), LAPSE_EREFUSED,
		"E0000053");
	assert_int_equal(t.items, 0);
}

/* ---- Entra ---- */

#define ACTIVITY "/users/" U1 "?$select=id,userPrincipalName,signInActivity"

static void entra_shows_the_sign_in_without_an_application(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		const char *tells;
	} rows[] = {
		{"ada@", "ada@",
			"seen 2026-09-18T07:41:12Z of the organisation"},
		{"lastSuccessfulSignInDateTime", "elsewhere", "unknown"},
		{"\"lastSuccessfulSignInDateTime\":\"2026-09-18T07:41:12Z\"",
			"\"lastSuccessfulSignInDateTime\":null", "unknown"},
		{"\"signInActivity\"", "\"elsewhere\"", "unknown"},
		{"\"2026-09-18T07:41:12Z\"", "\"0001-01-01T00:00:00Z\"",
			"unknown"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		ask_use(&t, "entra", NULL, 0);
		asks(&t, OP_SEND, HTTP_GET, ACTIVITY);
		ends(&t, step(&t, altered(&t, "entra/user", rows[i].from,
			rows[i].to)), OP_FOUND);
		assert_has(buf_text(&t.got), rows[i].tells);
	}
}

static void entra_refused_three_times_is_unknown(void **state)
{
	static const char *const rows[][2] = {
		{"entra/premium", "no Microsoft Entra ID P1"},
		{"entra/denied", "may not read sign-ins"},
		{"entra/synced", "no Microsoft Entra ID P1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		ask_use(&t, "entra", i == 0 ? A1 : NULL, 0);
		for (int n = 0; n < 2; n++)
			asks(&t, step(&t, recorded(&t, rows[i][0])), HTTP_GET,
				ACTIVITY);
		ends(&t, step(&t, recorded(&t, rows[i][0])), OP_FOUND);
		assert_has(buf_text(&t.got), "unknown ");
		assert_has(buf_text(&t.got), rows[i][1]);
	}
}

static void entra_refused_now_and_then_is_overcome(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "entra", NULL, 0);
	assert_int_equal(step(&t, recorded(&t, "entra/premium")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "entra/user")), OP_FOUND);
	assert_has(buf_text(&t.got), "seen 2026-09-18");
}

static void entra_asks_the_log_about_an_application(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "entra", A1, WHEN_NONE);
	asks(&t, step(&t, recorded(&t, "entra/user")), HTTP_GET,
		"/auditLogs/signIns?$filter=userId%20eq%20%27" U1
		"%27%20and%20appId%20eq%20%27" A1 "%27%20and%20createdDateTime"
		"%20ge%202026-10-24T10%3A00%3A00Z&$top=100");
	assert_int_equal(t.req.expect[0], 403);
	assert_int_equal(step(&t, recorded(&t, "entra/sign-ins-1")), OP_SEND);
	assert_int_equal(t.req.expect[0], 403);
	ends(&t, step(&t, recorded(&t, "entra/sign-ins-2")), OP_FOUND);
	tells(&t, "seen 2026-11-02T08:00:00Z of the application");
}

/* Access that is renewed without a sign-in is in no list, so that an empty one
 * says nothing of who has it renewed. */
static void entra_knows_nothing_where_access_was_renewed(void **state)
{
	static const struct {
		const char *renewed;
		const char *tells;
	} rows[] = {
		{"\"2026-09-20T07:41:12Z\"",
			"not seen " T_30 " of the application"},
		{"\"2026-11-20T07:41:12Z\"", "unknown  of the application"},
		{"null", "unknown  of the application"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		ask_use(&t, "entra", A1, 0);
		assert_int_equal(step(&t, altered(&t, "entra/user",
			"\"2026-09-20T07:41:12Z\"", rows[i].renewed)),
			OP_SEND);
		ends(&t, step(&t, recorded(&t, "entra/empty")), OP_FOUND);
		assert_has(buf_text(&t.got), rows[i].tells);
	}
}

static void entra_log_refused_is_unknown(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "entra", A1, 0);
	assert_int_equal(step(&t, recorded(&t, "entra/user")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "entra/denied")), OP_FOUND);
	assert_has(buf_text(&t.got), "unknown  of the application");
}

static void only_ids_get_into_a_filter(void **state)
{
	static const char *const ids[] = {
		"", "x", A1 "' or 'a' eq 'a", "GitHub", "../users",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		TALK t = {0};

		make(&t, "entra");
		t.op.step = idp_driver_find("entra")->last_use;
		t.op.key = ids[i];
		fails(&t, step(&t, NULL), LAPSE_EREFUSED, "application");
		assert_int_equal(t.req.target.len, 0);
		make(&t, "entra");
		t.op.step = idp_driver_find("entra")->added_by;
		t.op.user = ids[i];
		fails(&t, step(&t, NULL), LAPSE_EREFUSED, "object id");
		t.op.user = U1;
		t.op.group = ids[i];
		fails(&t, step(&t, NULL), LAPSE_EREFUSED, "object id");
	}
}

static void what_is_no_id_is_quoted_for_okta(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "okta", "x\" or eventType pr or \"\\", 0);
	assert_int_equal(step(&t, recorded(&t, "okta/user-00u1")), OP_SEND);
	assert_has(buf_text(&t.req.target), "target.id%20eq%20%22x%5C%22%20or"
		"%20eventType%20pr%20or%20%5C%22%5C%5C%22&sortOrder");
}

static void entra_names_who_added(void **state)
{
	TALK t = {0};

	(void)state;
	ask_added(&t, "entra", NOW - 10 * DAY);
	asks(&t, OP_SEND, HTTP_GET, "/auditLogs/directoryAudits?$filter="
		"activityDisplayName%20eq%20%27Add%20member%20to%20group%27"
		"%20and%20activityDateTime%20ge%202026-11-13T10%3A00%3A00Z"
		"%20and%20targetResources%2Fany%28t%3At%2Fid%20eq%20%27" U1
		"%27%29&$orderby=activityDateTime%20desc&$top=100");
	assert_int_equal(step(&t, recorded(&t, "entra/audits-1")), OP_SEND);
	assert_int_equal(t.req.expect[0], 403);
	ends(&t, step(&t, recorded(&t, "entra/audits-2")), OP_FOUND);
	tells(&t, "jonas@example.com (Jonas Admin) at 2026-11-02T08:00:00Z by "
		"entra directory audit log");
}

/* The group may be told as what changed about the user only. */
static void entra_names_an_application(void **state)
{
	TALK t = {0};

	(void)state;
	ask_added(&t, "entra", WHEN_NONE);
	ends(&t, step(&t, recorded(&t, "entra/audits-application")), OP_FOUND);
	assert_has(buf_text(&t.got), A1 " (provisioning) at 2026-11-01");
	ask_added(&t, "entra", WHEN_NONE);
	buf_reset(&t.got);
	ends(&t, step(&t, altered(&t, "entra/audits-application",
		"\"app\":{", "\"elsewhere\":{")), OP_FOUND);
	assert_has(buf_text(&t.got), " (-) at 2026-11-01");
	ask_added(&t, "entra", WHEN_NONE);
	ends(&t, step(&t, altered(&t, "entra/audits-application",
		"Group.ObjectID", "Group.Elsewhere")), OP_NONE);
}

/* ---- Google ---- */

static void google_shows_the_sign_in_of_the_organisation(void **state)
{
	static const char *const rows[][2] = {
		{"google/user",
			"seen 2026-09-18T07:41:12Z of the organisation"},
		{"google/user-never",
			"not seen 2024-03-01T09:15:02Z of the organisation"},
		{"google/user-no-login", "unknown  of the organisation: the "
			"user is shown without lastLoginTime"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		TALK t = {0};

		ask_use(&t, "google", "0oa1", 0);
		ends(&t, step(&t, recorded(&t, rows[i][0])), OP_FOUND);
		tells(&t, rows[i][1]);
	}
}

static void google_is_asked_by_address(void **state)
{
	TALK t = {0};

	(void)state;
	ask_added(&t, "google", NOW - 10 * DAY);
	asks(&t, OP_SEND, HTTP_GET, "/admin/directory/v1/users/" ADA
		"?fields=kind,id,primaryEmail");
	asks(&t, step(&t, recorded(&t, "google/user")), HTTP_GET,
		"/admin/directory/v1/groups/01abcdef0123456?fields=kind,id,"
		"email");
	asks(&t, step(&t, recorded(&t, "google/group")), HTTP_GET,
		REPORTS "2026-11-13T10%3A00%3A00Z");
	asks(&t, step(&t, recorded(&t, "google/activities-1")), HTTP_GET,
		REPORTS "2026-11-13T10%3A00%3A00Z&pageToken="
		"A%3A1793520000000%3A2");
	ends(&t, step(&t, recorded(&t, "google/activities-2")), OP_FOUND);
	tells(&t, "jonas@example.com (-) at 2026-11-02T08:00:00Z by google "
		"admin log");
}

static void google_without_an_address_cannot_say(void **state)
{
	static const char *const bad[] = {
		"ada", "a@b,GROUP_EMAIL==x@y", "a@b c", "a\\n@b", "a@b<>",
	};
	TALK t = {0};

	(void)state;
	ask_added(&t, "google", 0);
	ends(&t, step(&t, recorded(&t, "google/not-found-user")), OP_GONE);
	ask_added(&t, "google", 0);
	assert_int_equal(step(&t, recorded(&t, "google/user")), OP_SEND);
	ends(&t, step(&t, recorded(&t, "google/not-found-group")), OP_GONE);
	for (size_t i = 0; i < COUNT(bad); i++) {
		ask_added(&t, "google", 0);
		fails(&t, step(&t, altered(&t, "google/user",
			"ada@example.com", bad[i])), LAPSE_EPROTO, "address");
	}
}

/* A quota is a 403 as well, and passes. */
static void a_quota_is_no_refusal(void **state)
{
	TALK t = {0};

	(void)state;
	ask_added(&t, "google", 0);
	assert_int_equal(step(&t, recorded(&t, "google/user")), OP_SEND);
	assert_int_equal(step(&t, recorded(&t, "google/group")), OP_SEND);
	fails(&t, step(&t, recorded(&t, "google/rate-403")), LAPSE_EAGAIN,
		"quota");
}

/* ---- All ---- */

/* A line that lacks what decides is a fault, not a line of somebody else. */
static const struct {
	const char *driver;
	bool use;
	const char *before[2];
	const char *reply;
	const char *from;
	const char *to;
} faults[] = {
	{"okta", true, {"okta/user-00u1"}, "okta/log-sign-ons-2",
		"\"published\":\"2026-10-01T08:00:00.123Z\",", ""},
	{"okta", true, {"okta/user-00u1"}, "okta/log-sign-ons-2",
		"\"2026-10-01T08:00:00.123Z\"", "\"yesterday\""},
	{"okta", true, {"okta/user-00u1"}, "okta/log-sign-ons-2",
		"\"id\":\"0oa1\"", "\"id\":1"},
	{"okta", true, {"okta/user-00u1"}, "okta/log-sign-ons-2",
		"\"actor\":{", "\"by\":{"},
	{"okta", false, {NULL}, "okta/log-adds", "\"target\":[",
		"\"targets\":["},
	{"okta", false, {NULL}, "okta/log-adds", "\"eventType\"", "\"type\""},
	{"okta", false, {NULL}, "okta/log-adds", "\"jonas@example.com\"",
		"{}"},
	{"entra", true, {"entra/user"}, "entra/sign-ins-2", "\"appId\"",
		"\"app\""},
	{"entra", true, {"entra/user"}, "entra/sign-ins-2",
		"\"createdDateTime\"", "\"at\""},
	{"entra", true, {"entra/user"}, "entra/sign-ins-2", "\"errorCode\":0",
		"\"errorCode\":\"0\""},
	{"entra", false, {NULL}, "entra/audits-2", "\"targetResources\"",
		"\"targets\""},
	{"entra", false, {NULL}, "entra/audits-2", "\"activityDateTime\"",
		"\"at\""},
	{"entra", false, {NULL}, "entra/audits-2", "\"jonas@example.com\"",
		"7"},
	{"google", false, {"google/user", "google/group"},
		"google/activities-2", "\"time\"", "\"at\""},
	{"google", false, {"google/user", "google/group"},
		"google/activities-2", "\"parameters\"", "\"values\""},
	{"google", false, {"google/user", "google/group"},
		"google/activities-2", "\"value\":\"other@example.com\"",
		"\"value\":[]"},
};

static void a_line_that_lacks_something_is_a_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		const char *app = strcmp(faults[i].driver, "entra") == 0
			? A1 : "0oa1";
		TALK t = {0};
		int rc;

		if (faults[i].use)
			ask_use(&t, faults[i].driver, app, 0);
		else
			ask_added(&t, faults[i].driver, 0);
		for (int n = 0; n < 2 && faults[i].before[n] != NULL; n++)
			assert_int_equal(step(&t, recorded(&t,
				faults[i].before[n])), OP_SEND);
		rc = step(&t, altered(&t, faults[i].reply, faults[i].from,
			faults[i].to));
		if (rc != LAPSE_EPROTO)
			fail_msg("%s: %s: %d", faults[i].reply, faults[i].to,
				rc);
		assert_int_equal(t.items, 0);
	}
}

static int refuse(void *arg, const void *item, struct lapse_err *err)
{
	(void)arg;
	(void)item;
	return lapse_fail(err, LAPSE_EITEM, "enough");
}

static void a_sink_may_end_it(void **state)
{
	TALK t = {0};

	(void)state;
	ask_use(&t, "google", NULL, 0);
	t.op.sink = refuse;
	fails(&t, step(&t, recorded(&t, "google/user")), LAPSE_EITEM,
		"enough");
	ask_added(&t, "okta", 0);
	t.op.sink = refuse;
	fails(&t, step(&t, recorded(&t, "okta/log-adds")), LAPSE_EITEM,
		"enough");
}

/* What can be done without is no fault, and doctor says what is lost. */
static void a_missing_right_is_told_not_failed(void **state)
{
	/* Entra's is granted by a click; the others are left out by choice. */
	static const struct {
		const char *driver;
		const char *reply;
		enum op_outcome outcome;
	} rows[] = {
		{"okta", "okta/denied", OP_UNSUPPORTED},
		{"entra", "entra/denied", OP_NONE},
		{"google", "google/scope", OP_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct idp_probe *p =
			idp_driver_find(rows[i].driver)->probes;
		TALK t = {0};

		while (p[1].what != NULL)
			p++;
		make(&t, rows[i].driver);
		t.op.step = p->step;
		assert_int_equal(step(&t, NULL), OP_SEND);
		ends(&t, step(&t, recorded(&t, rows[i].reply)),
			rows[i].outcome);
		assert_has((const char *)t.op.ret, "unknown");
		make(&t, rows[i].driver);
		t.op.step = p->step;
		assert_int_equal(step(&t, NULL), OP_SEND);
		fails(&t, step(&t, reply(&t, 403, "denied")), LAPSE_EAUTH,
			"proxy");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_answers_for_what_it_keeps),
		cmocka_unit_test(okta_asks_the_log_about_an_application),
		cmocka_unit_test(okta_says_since_when_there_is_none),
		cmocka_unit_test(okta_without_the_right_knows_nothing),
		cmocka_unit_test(a_proxys_refusal_is_no_answer),
		cmocka_unit_test(
			okta_shows_the_sign_in_without_an_application),
		cmocka_unit_test(never_needs_to_be_since_something),
		cmocka_unit_test(a_reply_without_a_date_proves_nothing),
		cmocka_unit_test(okta_names_who_added),
		cmocka_unit_test(okta_names_by_id_who_has_no_name),
		cmocka_unit_test(okta_is_asked_again_within_what_it_keeps),
		cmocka_unit_test(
			entra_shows_the_sign_in_without_an_application),
		cmocka_unit_test(entra_refused_three_times_is_unknown),
		cmocka_unit_test(entra_refused_now_and_then_is_overcome),
		cmocka_unit_test(entra_asks_the_log_about_an_application),
		cmocka_unit_test(entra_knows_nothing_where_access_was_renewed),
		cmocka_unit_test(entra_log_refused_is_unknown),
		cmocka_unit_test(only_ids_get_into_a_filter),
		cmocka_unit_test(what_is_no_id_is_quoted_for_okta),
		cmocka_unit_test(entra_names_who_added),
		cmocka_unit_test(entra_names_an_application),
		cmocka_unit_test(google_shows_the_sign_in_of_the_organisation),
		cmocka_unit_test(google_is_asked_by_address),
		cmocka_unit_test(google_without_an_address_cannot_say),
		cmocka_unit_test(a_quota_is_no_refusal),
		cmocka_unit_test(a_line_that_lacks_something_is_a_fault),
		cmocka_unit_test(a_sink_may_end_it),
		cmocka_unit_test(a_missing_right_is_told_not_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
