/* The catalog against made-up options and groups: what publishing creates,
 * disables and leaves alone, how a chosen option finds its role, what a check
 * tells. The functions of core.h that the catalog calls are this file's. */
#include "scratch.h"

#include "catalog.h"
#include "json.h"
#include "ledger_catalog.h"
#include "policy.h"

/* ---- Jira: fields "cf1" (cascading) and "cf2" (multi-select) ---- */

struct fake_option {
	const char *field;
	char id[16];
	char value[64];
	char parent[16];	/* "" none */
	bool disabled;
};

static struct fake_option options[32];
static size_t n_options;
static int writes;
static int evidence;
static bool jira_down;

static struct fake_option *option(const char *field, const char *id,
	const char *value, const char *parent)
{
	struct fake_option *o = &options[n_options++];

	*o = (struct fake_option){.field = field};
	snprintf(o->id, sizeof(o->id), "%s", id);
	snprintf(o->value, sizeof(o->value), "%s", value);
	snprintf(o->parent, sizeof(o->parent), "%s", parent);
	return o;
}

static struct fake_option *by_id(const char *id)
{
	for (size_t i = 0; i < n_options; i++)
		if (strcmp(options[i].id, id) == 0)
			return &options[i];
	fail_msg("no option %s", id);
	return NULL;
}

static void give(struct op *op, struct jira_options *ret,
	const struct fake_option *o)
{
	struct jira_option *slot = VEC_ADD(&ret->items, op->arena);

	assert_non_null(slot);
	slot->id = arena_copy(op->arena, o->id);
	slot->value = arena_copy(op->arena, o->value);
	slot->parent = o->parent[0] != '\0' ?
		arena_copy(op->arena, o->parent) : NULL;
	slot->disabled = o->disabled;
}

static void create(struct op *op, struct json at, struct jira_options *ret)
{
	static int next = 900;
	const char *parent = json_text(at, "optionId", JSON_MAY);
	char id[16];

	if (parent != NULL)
		by_id(parent);
	snprintf(id, sizeof(id), "%d", next++);
	give(op, ret, option(strcmp(op->key, "cf1") == 0 ? "cf1" : "cf2", id,
		json_text(at, "value", JSON_MUST),
		parent != NULL ? parent : ""));
}

static void update(struct json at)
{
	struct fake_option *o = by_id(json_text(at, "id", JSON_MUST));

	assert_string_equal(o->value, json_text(at, "value", JSON_MUST));
	o->disabled = json_bool(at, "disabled", JSON_MUST);
}

static void change_options(struct op *op, struct jira_options *ret)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err err = {0};
	struct json list;

	assert_ok(json_open(&doc, op->body, strlen(op->body), &err));
	assert_string_equal(op->id, "ctx");
	list = json_array(json_root(doc), "options", JSON_MUST);
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		if (op->step == jira_create_options)
			create(op, i, ret);
		else
			update(i);
	}
	assert_ok(json_check(doc, "options", &err));
	writes++;
}

int core_jira(struct lapse *l, struct op *op, struct lapse_err *err)
{
	struct jira_options *ret = arena_alloc(op->arena, sizeof(*ret));

	(void)l;
	assert_non_null(ret);
	op->ret = ret;
	op->outcome = OP_FOUND;
	if (jira_down)
		return lapse_fail(err, LAPSE_EUNAVAIL, "jira: down");
	if (op->step == jira_get_field) {
		op->ret = (void *)(uintptr_t)(strcmp(op->key, "cf1") == 0 ?
			"x:cascadingselect" : "x:multiselect");
	} else if (op->step == jira_get_options) {
		ret->context = "ctx";
		for (size_t i = 0; i < n_options; i++)
			if (strcmp(options[i].field, op->key) == 0)
				give(op, ret, &options[i]);
	} else if (op->step == jira_get_user ||
		op->step == jira_find_user) {
		op->outcome = OP_GONE;	/* nobody is known there */
		op->ret = NULL;
	} else {
		change_options(op, ret);
	}
	return 0;
}

/* ---- The provider: groups g1 (good), g2 (by a rule) ---- */

static int fake_get_group(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err)
{
	(void)r;
	(void)op;
	(void)last;
	(void)ret;
	return lapse_fail(err, LAPSE_EINTERNAL, "never called");
}

static const struct idp_driver driver = {
	.name = "fake",
	.get_group = fake_get_group,
};
static struct idp_section section = {.name = "okta", .driver = &driver};
static struct core_idp provider = {.section = &section};
static int group_reads;

int core_idp_ready(struct lapse *l, const char *idp, struct core_idp **ret,
	struct lapse_err *err)
{
	(void)l;
	(void)err;
	assert_string_equal(idp, "okta");
	*ret = &provider;
	return 0;
}

int core_idp_call(struct lapse *l, const char *idp, struct op *op,
	struct lapse_err *err)
{
	struct idp_group g = {.id = op->group, .name = "A group"};

	(void)l;
	(void)idp;
	if (op->step != fake_get_group)
		return 0;	/* people: found nowhere */
	group_reads++;
	op->outcome = OP_GONE;
	if (strcmp(op->group, "g1") != 0 && strcmp(op->group, "g2") != 0)
		return 0;
	g.kind = strcmp(op->group, "g2") == 0 ? IDP_GROUP_RULE : IDP_GROUP_OK;
	return op->sink(op->arg, &g, err);
}

/* ---- The rest of core ---- */

int64_t core_now(struct lapse *l)
{
	(void)l;
	return SCRATCH_NOW;
}

int core_begin(struct lapse *l, struct lapse_err *err)
{
	return ledger_begin(l->ledger, err);
}

int core_alone_or_fail(struct lapse *l, enum ledger_work w, const char *name,
	struct lapse_err *err)
{
	(void)name;
	return ledger_alone(l->ledger, w, err);
}

int core_end(struct lapse *l, int rc, struct lapse_err *err)
{
	if (rc == 0)
		return ledger_commit(l->ledger, err);
	ledger_abandon(l->ledger);
	return rc;
}

int core_evidence(struct lapse *l, const struct evidence *e, int64_t *ret_seq,
	struct lapse_err *err)
{
	(void)l;
	(void)ret_seq;
	(void)err;
	assert_string_equal(e->kind, "catalog-published");
	evidence++;
	return 0;
}

int core_online(struct lapse *l, struct lapse_err *err)
{
	(void)l;
	(void)err;
	return 0;
}

void core_note(struct lapse *l, int status, const struct lapse_err *err)
{
	(void)err;
	l->exit = lapse_exit_worse(l->exit, status);
}

int core_record(struct lapse *l, const char *schema,
	const struct lapse_field *fields, size_t n, struct lapse_err *err)
{
	(void)l;
	(void)schema;
	(void)fields;
	(void)n;
	(void)err;
	return 0;
}

/* ---- A catalog ---- */

static struct application applications[] = {
	{.name = "GitHub", .idp = "okta"},
	{.name = "AWS", .idp = "okta"},
};
static struct role roles[3];
static struct request_type types[2];
static struct project project;
static struct config config;
static struct lapse lapse;
static struct arena arena;

static void make_role(size_t n, const char *name, size_t application,
	const char *group)
{
	roles[n] = (struct role){.name = name,
		.label = strchr(name, '/') + 1,
		.application = &applications[application]};
	strs_add(&roles[n].groups, &arena,
		arena_fmt(&arena, "okta:%s", group));
	strs_add(&roles[n].approvers, &arena, "manager");
}

static int setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	n_options = 0;
	writes = evidence = group_reads = 0;
	jira_down = false;
	make_role(0, "github/write", 0, "g1");
	make_role(1, "github/admin", 0, "g1");
	make_role(2, "aws/read", 1, "g1");
	types[0] = (struct request_type){.id = "25", .form.role = "cf1"};
	types[1] = (struct request_type){.id = "26", .form.role = "cf2"};
	strs_add(&types[1].offers, &arena, "*/read");
	strs_add(&types[1].offers, &arena, "*/write");
	project = (struct project){.id = "10042"};
	project.types.items = types;
	project.types.n = 2;
	config = (struct config){0};
	config.projects.items = &project;
	config.projects.n = 1;
	config.roles.items = roles;
	config.roles.n = 3;
	config.idps.items = &section;
	config.idps.n = 1;
	lapse = (struct lapse){.config = &config};
	lapse.ledger = scratch_open(LEDGER_CREATE);
	return 0;
}

static int teardown(void **state)
{
	ledger_free(lapse.ledger);
	arena_clear(&arena);
	return scratch_teardown(state);
}

/* ---- Publishing ---- */

static char said[2048];

static int note_option(void *arg, const struct catalog_option *o,
	struct lapse_err *err)
{
	size_t len = strlen(said);

	(void)arg;
	(void)err;
	if (o->action != CATALOG_KEEP)
		snprintf(said + len, sizeof(said) - len, "%s %s>%s;",
			catalog_action_name(o->action),
			o->parent != NULL ? o->parent : "", o->value);
	return 0;
}

static const char *publish(bool dry_run)
{
	struct lapse_err err = {0};

	said[0] = '\0';
	assert_ok(catalog_publish(&lapse, dry_run, note_option, NULL, &err));
	return said;
}

static const struct role *chosen(const char *field, const char *parent,
	const char *id, const char *value)
{
	const struct jira_choice c = {.parent_id = parent ? "1" : NULL,
		.parent = parent, .id = id, .value = value};
	const struct role *r = NULL;
	struct lapse_err err = {0};

	assert_ok(catalog_role_of_option(&lapse, field, &c, &r, &err));
	return r;
}

static void publishes_all(void **state)
{
	const char *first = "create >GitHub;create GitHub>write;"
		"create GitHub>admin;create >AWS;create AWS>read;"
		"create >GitHub / write;create >AWS / read;";

	(void)state;
	assert_string_equal(publish(true), first);
	assert_int_equal(writes, 0);
	assert_int_equal(n_options, 0);
	assert_string_equal(publish(false), first);
	assert_int_equal(n_options, 7);
	assert_int_equal(evidence, 2);
	assert_int_equal(scratch_int(scratch_path,
		"SELECT count(*) FROM option"), 5);
	writes = 0;
	assert_string_equal(publish(false), "");
	assert_int_equal(writes, 0);
	assert_int_equal(evidence, 2);
}

static void takes_what_is_there(void **state)
{
	(void)state;
	option("cf1", "1", "GitHub", "");
	option("cf1", "2", "write", "1")->disabled = true;
	option("cf1", "3", "github/admin", "1");
	option("cf1", "4", "write", "");	/* same value, other place */
	option("cf1", "5", "hand-made", "1");
	option("cf1", "6", "old", "1")->disabled = true;
	config.roles.n = 2;
	project.types.n = 1;
	assert_string_equal(publish(false), "enable GitHub>write;"
		"foreign >write;foreign GitHub>hand-made;");
	assert_false(by_id("2")->disabled);
	assert_false(by_id("5")->disabled);
	assert_ptr_equal(chosen("cf1", "GitHub", "3", "whatever"), &roles[1]);
}

static void retires(void **state)
{
	const struct fake_option *read;

	(void)state;
	project.types.n = 1;
	publish(false);
	read = &options[n_options - 1];
	assert_string_equal(read->value, "read");
	config.roles.n = 2;			/* aws/read goes */
	assert_string_equal(publish(false), "disable >AWS;disable AWS>read;");
	assert_true(read->disabled);
	assert_string_equal(publish(false), "");
	config.roles.n = 3;			/* and comes back */
	assert_string_equal(publish(false), "enable >AWS;enable AWS>read;");
	assert_int_equal(n_options, 5);		/* nothing was made twice */
}

/* People in Jira may call an option what they like. */
static void follows_ids(void **state)
{
	const char *id;

	(void)state;
	project.types.n = 1;
	publish(false);
	id = options[n_options - 1].id;
	snprintf(options[n_options - 1].value, sizeof(options->value),
		"look around");
	assert_string_equal(publish(false), "");
	assert_ptr_equal(chosen("cf1", "AWS", id, "look around"), &roles[2]);
	/* a role that is gone is no other role */
	config.roles.n = 2;
	assert_null(chosen("cf1", "GitHub", id, "write"));
}

static void finds_by_value(void **state)
{
	(void)state;
	assert_ptr_equal(chosen("cf1", "GitHub", "7", "write"), &roles[0]);
	assert_ptr_equal(chosen("cf1", "GitHub", "7", "github/write"),
		&roles[0]);
	assert_null(chosen("cf1", "AWS", "7", "write"));
	assert_null(chosen("cf1", "AWS", "7", "github/write"));
	assert_null(chosen("cf1", "GitHub", "7", "Write"));
	assert_null(chosen("cf1", NULL, "7", "GitHub"));
	assert_ptr_equal(chosen("cf2", NULL, "7", "AWS / read"), &roles[2]);
	assert_ptr_equal(chosen("cf2", NULL, "7", "aws/read"), &roles[2]);
	assert_null(chosen("cf2", NULL, "7", "read"));
	assert_null(chosen("cf2", NULL, NULL, NULL));
}

static void moves_to_another_application(void **state)
{
	(void)state;
	project.types.n = 1;
	publish(false);
	roles[1].application = &applications[1];
	assert_string_equal(publish(false),
		"create AWS>admin;disable GitHub>admin;");
}

/* ---- Checking ---- */

static int note_fault(void *arg, const struct catalog_fault *f,
	struct lapse_err *err)
{
	size_t len = strlen(said);

	(void)arg;
	(void)err;
	assert_non_null(f->detail);
	snprintf(said + len, sizeof(said) - len, "%s:%s;",
		f->role != NULL ? f->role : "", f->code);
	return 0;
}

static const char *check(void)
{
	struct lapse_err err = {0};

	said[0] = '\0';
	assert_ok(catalog_check(&lapse, note_fault, NULL, &err));
	return said;
}

static void checks_the_world(void **state)
{
	(void)state;
	publish(false);
	assert_string_equal(check(), "");
	assert_int_equal(group_reads, 1);	/* one group, three roles */
	make_role(1, "github/admin", 0, "g2");
	strs_add(&roles[1].groups, &arena, "okta:g9");
	roles[1].fallback_approver = "nobody@acme.example";
	assert_string_equal(check(), "github/admin:group-kind;"
		"github/admin:group-not-found;"
		"github/admin:fallback-approver;");
	assert_string_equal(options[2].value, "write");
	options[2].disabled = true;
	assert_has(check(), "github/write:option;");
}

static void checks_grants(void **state)
{
	(void)state;
	publish(false);
	scratch_sql(scratch_path,
		"INSERT INTO \"grant\" (id, account, role, application,"
		" elevated, method, state, created_at) VALUES"
		" (1, 'a', 'github/write', 'GitHub', 0, 'group', 'active', 1),"
		" (2, 'a', 'aws/read', 'AWS', 0, 'group', 'active', 1),"
		" (3, 'a', 'aws/gone', 'AWS', 0, 'group', 'granting', 1),"
		" (4, 'a', 'aws/read', 'AWS', 0, 'group', 'ended', 1);"
		"INSERT INTO hold (grant_id, idp, group_id, user_id, before,"
		" placed_at) VALUES (1, 'okta', 'g1', 'u', 'absent', 1),"
		" (2, 'okta', 'g1', 'u', 'absent', 1),"
		" (2, 'okta', 'g7', 'u', 'absent', 1),"
		" (3, 'okta', 'g1', 'u', 'absent', 1),"
		" (4, 'okta', 'g8', 'u', 'absent', 1)");
	assert_string_equal(check(), "aws/read:grant-groups;:grant-role;");
}

static void tells_what_it_could_not_check(void **state)
{
	(void)state;
	jira_down = true;
	assert_string_equal(check(), ":not-checked;:not-checked;");
	assert_int_equal(lapse.exit, LAPSE_EXIT_UNAVAILABLE);
}

#define catalog_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		catalog_test(publishes_all),
		catalog_test(takes_what_is_there),
		catalog_test(retires),
		catalog_test(follows_ids),
		catalog_test(finds_by_value),
		catalog_test(moves_to_another_application),
		catalog_test(checks_the_world),
		catalog_test(checks_grants),
		catalog_test(tells_what_it_could_not_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
