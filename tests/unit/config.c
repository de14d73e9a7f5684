/* The configuration: every fault is told with its file and line, nothing of
 * the environment gets in, secrets are never echoed, and the canonical text
 * of a role changes with what is decided by it and with nothing else. */
#include "scratch.h"

#include "config.h"

/* A whole configuration, one thing a line, so that a case can replace one. */
static const char *const lines[] = {
	/* 1 */ "mode = \"enforce\"",
	/* 2 */ "state-dir = \"/var/lib/lapse\"",
	/* 3 */ "run-deadline = \"4m\"",
	/* 4 */ "jira {",
	/* 5 */ "  url = \"https://acme.atlassian.net\"",
	/* 6 */ "  email = \"bot@acme.example\"",
	/* 7 */ "  token = \"credential:jira\"",
	/* 8 */ "}",
	/* 9 */ "project \"10042\" {",
	/* 10 */ "  request-type \"25\" {",
	/* 11 */ "    field-role = \"customfield_10200\"",
	/* 12 */ "    field-approvers = \"customfield_10003\"",
	/* 13 */ "    status-any = \"10010\" status-all = \"10011\"",
	/* 14 */ "    status-approved = \"10012\"",
	/* 15 */ "    status-active = \"10013\" status-revoke = \"10014\"",
	/* 16 */ "    status-ended = \"10015\"",
	/* 17 */ "    status-declined = \"10016\" status-refused = \"10017\"",
	/* 18 */ "    subtask-type = \"10101\" subtask-done = \"10031\"",
	/* 19 */ "    subtask-resolution = \"10000\"",
	/* 20 */ "    offers = {\"github/*\", \"badge/*\"}",
	/* 21 */ "  }",
	/* 22 */ "}",
	/* 23 */ "idp \"okta\" {",
	/* 24 */ "  driver = \"okta\"",
	/* 25 */ "  url = \"https://acme.okta.com\"",
	/* 26 */ "  token = \"credential:okta\"",
	/* 27 */ "  rate-share = 25",
	/* 28 */ "}",
	/* 29 */ "application \"GitHub\" {",
	/* 30 */ "  idp = \"okta\"",
	/* 31 */ "  owner = \"dana@acme.example\"",
	/* 32 */ "}",
	/* 33 */ "application \"Badge\" {",
	/* 34 */ "  fulfiller = \"hugo@acme.example\"",
	/* 35 */ "}",
	/* 36 */ "role \"github/prod-admin\" {",
	/* 37 */ "  application = \"GitHub\"",
	/* 38 */ "  about = \"deploy to production\"",
	/* 39 */ "  groups = {\"00g1\", \"00g2\"}",
	/* 40 */ "  elevated = true",
	/* 41 */ "  durations = {\"1h\", \"6h\"}",
	/* 42 */ "  default-duration = \"1h\"",
	/* 43 */ "  max-duration = \"24h\"",
	/* 44 */ "  approvers = {\"manager\", \"owner\"}",
	/* 45 */ "  requestable-by = {\"00g9\"}",
	/* 46 */ "  conflicts = {\"github/auditor\"}",
	/* 47 */ "}",
	/* 48 */ "role \"github/auditor\" {",
	/* 49 */ "  application = \"GitHub\" about = \"read the log\"",
	/* 50 */ "  groups = {\"okta:00g3\"}",
	/* 51 */ "  standing = true",
	/* 52 */ "  approvers = {\"group:00g4\"}",
	/* 53 */ "}",
	/* 54 */ "role \"badge/room\" {",
	/* 55 */ "  application = \"Badge\" about = \"open the room\"",
	/* 56 */ "  max-duration = \"7d\" auto-approve = true",
	/* 57 */ "}",
	/* 58 */ "operator \"anna\" {",
	/* 59 */ "  account = \"5b10\"",
	/* 60 */ "}",
};

/* Writes the configuration with line n replaced; n 0: as it is. */
static const char *write_config(size_t n, const char *text)
{
	static char all[16384];
	const char *path = scratch_name("lapse.conf");
	size_t len = 0;

	for (size_t i = 1; i <= COUNT(lines); i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s\n",
			i == n ? text : lines[i - 1]);
	scratch_write(path, all, len);
	return path;
}

static const char *write_text(const char *text)
{
	const char *path = scratch_name("lapse.conf");

	scratch_write(path, text, strlen(text));
	return path;
}

static struct config *open_config(const char *path)
{
	struct config *c = NULL;
	struct lapse_err err = {0};

	assert_ok(config_open(&c, path, &err));
	return c;
}

static void reads(void **state)
{
	struct config *c = open_config(write_config(0, NULL));
	const struct role *r = config_role(c, "github/prod-admin");
	const char *idp, *group;

	(void)state;
	assert_non_null(r);
	assert_string_equal(r->application->name, "GitHub");
	assert_string_equal(r->label, "prod-admin");
	assert_int_equal(r->max_duration, 86400);
	assert_int_equal(r->groups.n, 2);
	assert_string_equal(r->groups.items[1], "okta:00g2");
	config_role_group(r, 1, &idp, &group);
	assert_string_equal(idp, "okta");
	assert_string_equal(group, "00g2");
	assert_string_equal(r->requestable_by.items[0], "okta:00g9");
	assert_true(strs_has(&config_role(c, "github/auditor")->conflicts,
		"github/prod-admin"));
	assert_string_equal(
		config_role(c, "github/auditor")->approvers.items[0],
		"group:okta:00g4");
	assert_int_equal(config_role(c, "badge/room")->default_duration,
		7 * 86400);
	assert_string_equal(c->ledger, "/var/lib/lapse/ledger.db");
	assert_int_equal(c->observe_every, 900);
	assert_string_equal(config_operator(c, "anna"), "5b10");
	assert_null(config_operator(c, "root"));
	assert_null(config_role(c, "github/PROD-ADMIN"));
	assert_non_null(config_request_type(c, "10042", "25"));
	assert_null(config_request_type(c, "10043", "25"));
	assert_string_equal(config_idp_key(c->idps.items, "token"),
		"credential:okta");
	assert_null(config_idp_key(c->idps.items, "key"));
	config_free(c);
}

/* ---- Faults ---- */

struct fault {
	size_t line;		/* replaced by text */
	const char *text;
	int told;		/* the line in the message; 0: line */
	const char *part;
};

static const struct fault faults[] = {
	/* what libConfuse would let pass, and what it says badly */
	{1, "mood = \"enforce\"", 0, "'mood': no such key in the top level"},
	{1, "mode = \"enforced\"", 0, "'mode': must be one of: observe"},
	{1, "mode \"enforce\"", 0, "'mode': write mode = \"VALUE\""},
	{1, "mode = \"a\" mode = \"b\"", 0, "already given at "},
	{1, "organization = \"${HOME}\"", 0, "'${': variables are not"},
	{1, "organization = ${HOME}", 0, "'${': variables are not"},
	{1, "organization = \"open", 0, "the quote is not closed"},
	{1, "organization = 'open", 0, "the quote is not closed"},
	{1, "/* open", 0, "the comment is not closed"},
	{1, "}", 0, "'}': closes nothing"},
	{1, "= 3", 0, "a key or a section is expected"},
	{1, "jira|url = \"x\"", 0, "this is no key"},
	{1, "/*\n*/ mood = 1", 2, "'mood'"},
	{2, "state-dir = \"lib\"", 0, "must be an absolute path"},
	{3, "run-deadline = \"4x\"", 0, "'run-deadline': is no duration"},
	{3, "run-deadline = \"2d\"", 0, "must be from 5s to 1h"},
	{3, "run-deadline = \"\"", 0, "is no duration"},
	{4, "jita {", 0, "did you mean 'jira'?"},
	{5, "", 4, "'url': is missing"},
	{7, "", 4, "'token': is missing"},
	{7, "token = \"ATATT3xFfGF0\"", 0, "'token': must be a reference"},
	{7, "token = \"file:relative\"", 0, "'token': must be a reference"},
	{8, "} jira { }", 0, "jira 'jira': already given at "},
	{9, "project {", 0, "'project': needs a name"},
	{10, "request-typ \"25\" {", 0, "did you mean 'request-type'?"},
	{11, "", 10, "'field-role': is missing"},
	{11, "field-role = \"a/b\"", 0, "'field-role': is no id"},
	{13, "status-any = \"10010\"", 10, "'status-all': is missing"},
	{14, "status-approved = \"10010\"", 0, "another status has this id"},
	{18, "subtask-type = \"10101\"", 0, "go together"},
	{20, "offers = {\"gitlab/*\"}", 0, "'offers': one of its patterns"},
	{20, "offers = {\"github/*\"", 23, "is a '}' missing before it?"},
	{24, "driver = \"otka\"", 0, "did you mean 'okta'?"},
	{24, "", 23, "'driver': is missing"},
	{26, "token = \"00abcdef\"", 0, "'token': must be a reference"},
	{26, "tokn = \"credential:okta\"", 0, "did you mean 'token'?"},
	{26, "", 23, "no credential"},
	{27, "rate-share = 101", 0, "must be a number from 1 to 100"},
	{27, "rate-share = x", 0, "must be a number from 1 to 100"},
	{27, "rate-share = 25 expiry-grace = \"2h\"", 0,
		"'expiry-grace': the okta driver has no memberships that end"},
	{27, "rate-share = 25 expiry-grace = \"1h\"", 0, "take the key out"},
	{30, "idp = \"entra\"", 0, "there is no idp 'entra'"},
	{31, "seat-cost = \"21\"", 0, "'seat-cost': '21' is no amount"},
	{31, "", 44, "application 'GitHub' has no owner"},
	{34, "", 33, "'fulfiller': is missing"},
	{36, "role \"github/auditor\" {", 48, "already given at "},
	{36, "role \"\" {", 0, "needs a name"},
	{36, "role \"git*\" {", 0, "the name is too long"},
	{36, "role \"other/auditor\" {", 48, "is called 'auditor' too"},
	{37, "application = \"GitLab\"", 0, "there is no application"},
	{37, "", 36, "'application': is missing"},
	{38, "", 36, "'about': is missing"},
	{38, "about = \"\"", 0, "'about': is empty"},
	{39, "", 36, "'groups': is missing"},
	{39, "groups = {\"00g1\", \"00g1\"}", 0, "'00g1' stands in it twice"},
	{39, "groups = {\"00g1\", \"okta:00g1\"}", 0, "stands in it twice"},
	{39, "groups = {\"a/b\"}", 0, "'a/b' is no group id"},
	{39, "groups = {\"00g1\" \"00g2\"}", 0, "is missing or too much"},
	{40, "elevated = maybe", 0, "must be true or false"},
	{41, "durations = {\"1h\", \"2d\"}", 0, "'2d' is over max-duration"},
	{41, "durations = {\"1h\", \"soon\"}", 0, "'soon' is no duration"},
	{42, "default-duration = \"2d\"", 0, "is over max-duration, 1d"},
	{43, "", 36, "an elevated role always has an end"},
	{43, "max-duration = \"24h\" standing = true", 0,
		"a standing role has no max-duration"},
	{43, "standing = true", 0, "an elevated role always has an end"},
	{43, "max-duration = \"24h\" max-total = \"1h\"", 0,
		"is below max-duration"},
	{44, "", 36, "'approvers': is missing; name someone"},
	{44, "auto-approve = true", 0, "never approved by itself"},
	{44, "approvers = {\"manger\"}", 0, "did you mean 'manager'?"},
	{44, "approvers = {\"two words\"}", 0, "is neither manager"},
	{44, "approvers = {\"group:\"}", 0, "is no group"},
	{44, "approvers = {\"owner\"} fallback-approver = \"a@b@c\"", 0,
		"is neither an e-mail"},
	{46, "conflicts = {\"github/none\"}", 0, "there is no role"},
	{46, "conflicts = {\"github/prod-admin\"}", 0, "with itself"},
	{46, "manual-grant = \"x\"", 0, "without an idp"},
	{52, "approvers = {\"owner\"} auto-approve = true", 0,
		"has approvers too"},
	{56, "max-duration = \"7d\" auto-approve = true groups = {\"1\"}", 0,
		"has no idp"},
	{56, "auto-approve = true", 54, "'max-duration': is missing"},
	{56, "max-duration = \"7d\" auto-approve = true "
		"requestable-by = {\"00g1\"}", 0, "is no group id"},
	{57, "", 58, "is a '}' missing before it?"},
	{60, "", 58, "the section is not closed"},
	{59, "", 58, "'account': is missing"},
	{60, "} slack { channel = \"C0\" }", 0, "'token': is missing"},
	{60, "} slack { token = \"env:S\" delegate-email = \"s@acme.example\""
		" delegate-token = \"env:D\" }", 0,
		"'delegate-account': is missing"},
	{60, "} slack { token = \"env:S\" delegate-account = \"5b11\""
		" delegate-token = \"env:D\""
		" delegate-email = \"Bot@acme.example\" }", 0,
		"is lapse's own account; the delegate is another"},
	{44, "approvers = {\"owner\"} slack-approval = true", 0,
		"needs a delegate"},
};

static void check_fault(const struct fault *f)
{
	const char *path = write_config(f->line, f->text);
	struct config *c = NULL;
	struct lapse_err err = {0};
	char want[160];
	int line = f->told != 0 ? f->told : (int)f->line;

	snprintf(want, sizeof(want), "%s:%d: ", path, line);
	if (config_open(&c, path, &err) != LAPSE_ECONFIG)
		fail_msg("'%s' was taken", f->text);
	assert_null(c);
	if (strncmp(err.text, want, strlen(want)) != 0 ||
		strstr(err.text, f->part) == NULL)
		fail_msg("'%s': '%s' instead of '%s ... %s'", f->text,
			err.text, want, f->part);
}

static void tells_every_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++)
		check_fault(&faults[i]);
}

/* A manual role needs the sub-task's ids where it is offered. */
static void manual_needs_subtasks(void **state)
{
	struct config *c = NULL;
	struct lapse_err err = {0};
	const char *path;
	char *text;
	static char all[16384];

	(void)state;
	path = write_config(18, "");
	all[scratch_read(path, all, sizeof(all))] = '\0';
	text = strstr(all, "    subtask-resolution");
	assert_non_null(text);
	memset(text, ' ', strcspn(text, "\n"));
	path = write_text(all);
	assert_err(config_open(&c, path, &err), LAPSE_ECONFIG);
	assert_has(err.text, ":10: 'subtask-type': is missing");
}

static void shows_no_secret(void **state)
{
	static const char *const bad[] = {
		"token = \"s3cr3tValue\"",
		"token = s3cr3tValue",
		"token = \"file:\" s3cr3tValue",
		"token = {\"s3cr3tValue\"}",
		"token \"s3cr3tValue\"",
		"s3cr3tValue = \"x\"",
		"token = \"command:s3cr3tValue\"",
		"token = \"credential:s3cr3tValue/x\"",
	};
	struct config *c = NULL;
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_err(config_open(&c, write_config(7, bad[i]), &err),
			LAPSE_ECONFIG);
		assert_has_not(err.text, "s3cr3tValue");
	}
}

/* ---- The environment ---- */

static void takes_single_quotes(void **state)
{
	struct config *c;

	(void)state;
	setenv("LAPSE_TEST", "leaked", 1);
	c = open_config(write_config(1, "organization = '${LAPSE_TEST}'"));
	assert_string_equal(c->organization, "${LAPSE_TEST}");
	config_free(c);
	c = open_config(write_config(1, "# ${LAPSE_TEST}\n/* ${X} */"));
	assert_string_equal(c->organization, "");
	config_free(c);
	unsetenv("LAPSE_TEST");
}

/* ---- Files ---- */

static void includes(void **state)
{
	static const char more[] = "role \"github/read\" { application ="
		" \"GitHub\" about = \"read\" groups = {\"00g5\"}\n"
		" max-duration = \"1d\" auto-approve = true }\n";
	static const char twice[] = "\nrole \"github/auditor\" { }\n";
	struct lapse_err err = {0};
	struct config *c = NULL;

	(void)state;
	scratch_write(scratch_name("more.conf"), more, strlen(more));
	c = open_config(write_config(1, "include(\"more.conf\")"));
	assert_non_null(config_role(c, "github/read"));
	assert_has(config_role(c, "github/read")->where, "/more.conf:1");
	config_free(c);
	c = NULL;
	scratch_write(scratch_name("more.conf"), twice, strlen(twice));
	assert_err(config_open(&c, write_config(1, "include('more.conf')"),
		&err), LAPSE_ECONFIG);
	assert_has(err.text, "/more.conf:2: role 'github/auditor': already");
	assert_has(err.text, "lapse.conf:48");
	assert_err(config_open(&c, write_config(1, "include(\"no.conf\")"),
		&err), LAPSE_ECONFIG);
	assert_has(err.text, "no.conf");
	assert_err(config_open(&c, write_config(1, "include(\"lapse.conf\")"),
		&err), LAPSE_ECONFIG);
	assert_has(err.text, "is read already");
}

static void refuses_what_others_can_write(void **state)
{
	const char *path = write_config(0, NULL);
	struct lapse_err err = {0};
	struct config *c = NULL;
	char link[128];

	(void)state;
	assert_int_equal(chmod(path, 0660), 0);
	assert_err(config_open(&c, path, &err), LAPSE_ECONFIG);
	assert_has(err.text, "chmod go-w");
	snprintf(link, sizeof(link), "%s/link.conf", scratch_dir);
	assert_int_equal(symlink(path, link), 0);
	assert_err(config_open(&c, link, &err), LAPSE_ECONFIG);
	assert_has(err.text, "others can write it");
	assert_int_equal(chmod(path, 0644), 0);
	c = open_config(link);
	config_free(c);
	c = NULL;
	assert_err(config_open(&c, scratch_dir, &err), LAPSE_ECONFIG);
	assert_has(err.text, "is not a regular file");
	assert_err(config_open(&c, scratch_name("none"), &err),
		LAPSE_ECONFIG);
	assert_has(err.text, "lapse init");
	scratch_write(path, "mode = \"\xff\"\n", 10);
	assert_err(config_open(&c, path, &err), LAPSE_ECONFIG);
	assert_has(err.text, "not UTF-8");
	scratch_write(path, "", 0);
	assert_err(config_open(&c, path, &err), LAPSE_ECONFIG);
	assert_has(err.text, "'jira': the section is missing");
}

/* ---- The canonical text ---- */

static void digest(size_t line, const char *text, char ret[65])
{
	struct config *c = open_config(write_config(line, text));

	memcpy(ret, config_role(c, "github/prod-admin")->sha256, 65);
	config_free(c);
}

static void seals_what_is_decided(void **state)
{
	static const struct {
		size_t line;
		const char *text;
		bool changes;
	} cases[] = {
		{1, "mode = \"observe\"", false},
		{38, "about   =   'deploy to production' # same", false},
		{39, "groups = {\"okta:00g1\", \"00g2\"}", false},
		{43, "max-duration = \"1d\"", false},
		{44, "approvers = {\"manager\", \"owner\"} over-max = \"cap\"",
			false},
		{27, "rate-share = 30", false},
		{38, "about = \"deploy\"", true},
		{39, "groups = {\"00g1\"}", true},
		{43, "max-duration = \"23h\"", true},
		{44, "approvers = {\"manager\"}", true},
		{44, "approvers = {\"manager\", \"owner\"} approval = \"all\"",
			true},
		{45, "", true},
		{46, "", true},
		{31, "owner = \"eve@acme.example\"", true},
		{51, "standing = true conflicts = {\"badge/room\"}", false},
	};
	char base[65], other[65];

	(void)state;
	digest(0, NULL, base);
	for (size_t i = 0; i < COUNT(cases); i++) {
		digest(cases[i].line, cases[i].text, other);
		if ((strcmp(base, other) != 0) != cases[i].changes)
			fail_msg("'%s': %s", cases[i].text, other);
	}
}

/* A conflict that only the other side names is part of this side's policy. */
static void seals_both_sides(void **state)
{
	char with[65], without[65];

	(void)state;
	digest(46, "", without);
	digest(0, NULL, with);
	assert_string_not_equal(with, without);
	struct config *c = open_config(write_config(0, NULL));
	assert_has(config_role(c, "github/auditor")->section,
		"conflicts = {\"github/prod-admin\"}");
	assert_has_not(config_role(c, "github/auditor")->section, "mode");
	config_free(c);
}

/* ---- Modes ---- */

static void modes(void **state)
{
	static const enum mode U = MODE_UNSET, O = MODE_OBSERVE,
			       E = MODE_ENFORCE;
	const struct {
		enum mode top, project, type, application, role, want;
	} cases[] = {
		{E, U, U, U, U, E}, {O, U, U, U, U, O}, {U, U, U, U, U, O},
		{O, U, U, U, E, E}, {O, E, U, U, U, E}, {E, O, U, U, U, O},
		{E, O, E, U, U, E}, {E, E, O, U, U, O}, {E, U, U, O, U, O},
		{E, U, U, O, E, E}, {E, U, O, U, E, O}, {O, E, U, O, U, O},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config c = {.mode = cases[i].top};
		struct project p = {.mode = cases[i].project};
		struct request_type t = {.mode = cases[i].type};
		struct application a = {.mode = cases[i].application};
		struct role r = {.mode = cases[i].role, .application = &a};
		if (config_mode(&c, &p, &t, &r) != cases[i].want)
			fail_msg("case %zu", i);
	}
	struct config c = {.mode = MODE_ENFORCE};
	assert_int_equal(config_mode(&c, NULL, NULL, NULL), MODE_ENFORCE);
}

/* ---- The table ---- */

static void table_is_whole(void **state)
{
	const struct config_key *k = config_keys();

	(void)state;
	for (; k->name != NULL; k++) {
		assert_non_null(k->section);
		assert_non_null(k->type);
		if (k->help == NULL || strlen(k->help) > 72)
			fail_msg("%s %s: help", k->section, k->name);
		if (strcmp(k->type, "choice") == 0)
			assert_non_null(k->choices);
		if (strcmp(k->type, "duration") == 0)
			assert_true(k->max > k->min);
		for (const struct config_key *o = config_keys(); o < k; o++)
			if (strcmp(o->name, k->name) == 0 &&
				strcmp(o->section, k->section) == 0)
				fail_msg("%s %s: twice", k->section, k->name);
	}
}

/* The examples are configurations that a reader can start from. */
static void examples_are_right(void **state)
{
	static char text[32768];
	struct config *c;
	FILE *f = fopen("examples/lapse.conf", "r");
	size_t n;

	(void)state;
	if (f == NULL)
		skip();
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	c = open_config(write_text(text));
	assert_true(c->roles.n >= 3);
	assert_int_equal(c->mode, MODE_OBSERVE);
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(reads),
		scratch_test(tells_every_fault),
		scratch_test(manual_needs_subtasks),
		scratch_test(shows_no_secret),
		scratch_test(takes_single_quotes),
		scratch_test(includes),
		scratch_test(refuses_what_others_can_write),
		scratch_test(seals_what_is_decided),
		scratch_test(seals_both_sides),
		cmocka_unit_test(modes),
		cmocka_unit_test(table_is_whole),
		scratch_test(examples_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
