/* What core relies on, of every provider in the table: the same cases, each
 * fed with that provider's own replies, come out the same.
 *
 * tests/exchanges/DRIVER/conform says how, a line each:
 *	base URL	user ID		group ID	app ID
 *	key NAME VALUE
 *	CASE REPLY...	names beside it, in the order they are asked for
 * A driver without a line for a case fails it. */
#include <stddef.h>

#include "exchange.h"
#include "idp.h"

enum {
	REPLIES_MAX = 16,
};

#define SET(x) (1u << (x))
#define SLOT(name) offsetof(struct idp_driver, name)

/* One of these is so: the operation ends with one of `outcomes`, or fails with
 * `code`, or its reply is judged as one of `verdicts`. */
struct conform_case {
	const char *name;
	size_t slot;
	unsigned outcomes;
	int items;		/* that the sink gets; -1: any number */
	int code;
	unsigned verdicts;
	bool waits;		/* the verdict says how long */
	bool app;		/* asked about an application */
	const char *tells;	/* what the one item says; NULL: not looked at */
};

static const struct conform_case cases[] = {
	{"user", SLOT(get_user), .outcomes = SET(OP_FOUND), .items = 1},
	{"user-missing", SLOT(get_user), .outcomes = SET(OP_GONE)},
	{"user-of-another", SLOT(get_user), .code = LAPSE_EPROTO},
	{"users-3-pages", SLOT(list_users), .outcomes = SET(OP_FOUND) |
		SET(OP_NONE), .items = 3},
	{"users-none", SLOT(list_users), .code = LAPSE_EPROTO},
	{"group", SLOT(get_group), .outcomes = SET(OP_FOUND), .items = 1},
	{"group-missing", SLOT(get_group), .outcomes = SET(OP_GONE)},
	{"members-empty-page", SLOT(list_members), .outcomes = SET(OP_FOUND) |
		SET(OP_NONE), .items = 2},
	{"members-none", SLOT(list_members), .outcomes = SET(OP_FOUND) |
		SET(OP_NONE)},
	{"members-group-missing", SLOT(list_members), .outcomes = SET(OP_GONE)},
	{"member", SLOT(is_member), .outcomes = SET(OP_PRESENT)},
	{"member-not", SLOT(is_member), .outcomes = SET(OP_ABSENT)},
	{"add", SLOT(add), .outcomes = SET(OP_CHANGED)},
	{"add-again", SLOT(add), .outcomes = SET(OP_CHANGED) | SET(OP_ALREADY)},
	{"remove", SLOT(remove), .outcomes = SET(OP_CHANGED)},
	/* Never read as proof: core reads back. */
	{"remove-again", SLOT(remove), .outcomes = SET(OP_CHANGED) |
		SET(OP_ALREADY) | SET(OP_UNCLEAR)},
	{"remove-both-gone", SLOT(remove), .outcomes = SET(OP_UNCLEAR)},
	{"sessions", SLOT(end_sessions), .outcomes = SET(OP_CHANGED)},
	{"sessions-user-missing", SLOT(end_sessions), .outcomes = SET(OP_GONE)},
	{"add-forbidden", SLOT(add), .verdicts = SET(REPLY_REFUSED)},
	{"token-rejected", SLOT(get_user), .verdicts = SET(REPLY_RENEW_TOKEN)},
	{"denied", SLOT(get_user), .verdicts = SET(REPLY_REFUSED) |
		SET(REPLY_DENIED)},
	{"rate-with-header", SLOT(remove), .verdicts = SET(REPLY_AGAIN_AFTER),
		.waits = true},
	{"rate-without", SLOT(remove), .verdicts = SET(REPLY_AGAIN_AFTER)},
	{"unavailable", SLOT(remove), .verdicts = SET(REPLY_UNCERTAIN) |
		SET(REPLY_AGAIN_AFTER)},
	{"proxy-404", SLOT(get_user), .code = LAPSE_EPROTO,
		.verdicts = SET(REPLY_BROKEN)},
	/* What is refused is unknown: never "not used", never "nobody". */
	{"last-use", SLOT(last_use), .outcomes = SET(OP_FOUND), .items = 1,
		.tells = "seen"},
	{"last-use-application", SLOT(last_use), .outcomes = SET(OP_FOUND),
		.items = 1, .app = true, .tells = "seen"},
	{"last-use-none", SLOT(last_use), .outcomes = SET(OP_FOUND), .items = 1,
		.app = true, .tells = "not seen"},
	{"last-use-refused", SLOT(last_use), .outcomes = SET(OP_FOUND),
		.items = 1, .app = true, .tells = "unknown"},
	{"last-use-user-missing", SLOT(last_use), .outcomes = SET(OP_GONE),
		.app = true},
	{"added-by", SLOT(added_by), .outcomes = SET(OP_FOUND), .items = 1,
		.tells = "jonas@example.com at 2026-11-02T08:00:00Z"},
	{"added-by-none", SLOT(added_by), .outcomes = SET(OP_NONE)},
	{"added-by-refused", SLOT(added_by), .outcomes = SET(OP_UNSUPPORTED)},
	{0},
};

/* ---- The file of a provider ---- */

struct sheet {
	const struct idp_driver *driver;
	struct arena arena;
	const char *base;
	const char *user;
	const char *group;
	const char *app;
	struct strs keys;	/* names and values, pairwise */
	struct strs cases;	/* "NAME REPLY..." */
};

static void take_line(struct sheet *s, char *line)
{
	char *rest = line + strcspn(line, " \n");
	char *value;

	line[strcspn(line, "\n")] = '\0';
	if (*line == '\0' || *line == '#')
		return;
	value = *rest == ' ' ? rest + 1 : rest;
	if (strncmp(line, "base ", 5) == 0)
		s->base = arena_copy(&s->arena, value);
	else if (strncmp(line, "user ", 5) == 0 && strchr(value, ' ') == NULL &&
		s->user == NULL)
		s->user = arena_copy(&s->arena, value);
	else if (strncmp(line, "group ", 6) == 0 && s->group == NULL)
		s->group = arena_copy(&s->arena, value);
	else if (strncmp(line, "app ", 4) == 0)
		s->app = arena_copy(&s->arena, value);
	else if (strncmp(line, "key ", 4) == 0) {
		strs_add(&s->keys, &s->arena, arena_copy_n(&s->arena, value,
			strcspn(value, " ")));
		strs_add(&s->keys, &s->arena, value + strcspn(value, " ") + 1);
	} else {
		strs_add(&s->cases, &s->arena, line);
	}
}

static void sheet_open(struct sheet *s, const struct idp_driver *d)
{
	char path[256];
	char line[1024];
	FILE *f;

	*s = (struct sheet){.driver = d};
	snprintf(path, sizeof(path), "tests/exchanges/%s/conform", d->name);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s: cannot open", path);
	while (fgets(line, sizeof(line), f) != NULL)
		take_line(s, line);
	fclose(f);
	assert_true(s->base != NULL && s->user != NULL && s->group != NULL &&
		s->app != NULL);
}

static const char *key_of(void *arg, const char *key)
{
	const struct sheet *s = arg;

	for (size_t i = 0; i < s->keys.n; i += 2)
		if (strcmp(s->keys.items[i], key) == 0)
			return s->keys.items[i + 1];
	return NULL;
}

/* The names of a case's replies, or none. */
static size_t replies_of(const struct sheet *s, const char *name,
	struct arena *a, const char **ret)
{
	size_t len = strlen(name);
	size_t n = 0;

	for (size_t i = 0; i < s->cases.n; i++) {
		const char *at = s->cases.items[i];

		if (strncmp(at, name, len) != 0 || at[len] != ' ')
			continue;
		for (at += len; *at == ' ' && n < REPLIES_MAX;
			at += strcspn(at, " ")) {
			at++;
			ret[n++] = arena_fmt(a, "%s/%.*s", s->driver->name,
				(int)strcspn(at, " "), at);
		}
	}
	return n;
}

/* ---- One case ---- */

static int count(void *arg, const void *item, struct lapse_err *err)
{
	struct talk *t = arg;

	(void)item;
	(void)err;
	t->items++;
	return 0;
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

	assert_non_null(u->source);
	assert_int_equal(u->use == IDP_USE_UNKNOWN, u->at == WHEN_NONE);
	assert_int_equal(u->use == IDP_USE_UNKNOWN, u->why != NULL);
	buf_str(&t->got, words[u->use]);
	return count(arg, item, err);
}

static int tell_added(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_added *a = item;
	struct talk *t = arg;
	char text[WHEN_TEXT];

	assert_non_null(a->source);
	buf_fmt(&t->got, "%s at %s", a->actor, when_time(a->at, text));
	return count(arg, item, err);
}

static bool is_for_the_step(const struct talk *t)
{
	if (t->res.status >= 200 && t->res.status < 300)
		return true;
	for (size_t i = 0; i < HTTP_EXPECT; i++)
		if (t->req.expect[i] != 0 && t->req.expect[i] == t->res.status)
			return true;
	return false;
}

static void judge(struct talk *t, const struct conform_case *c,
	const char *who)
{
	int64_t wait_s = -1;
	enum verdict v = t->r.service->classify(&t->r, &t->req, &t->res,
		&wait_s, &t->err);

	if ((c->verdicts & SET(v)) == 0)
		fail_msg("%s: %s: verdict %d: %s", who, c->name, (int)v,
			t->err.text);
	assert_true(t->err.code < 0 && t->err.text[0] != '\0');
	if (c->waits && wait_s <= 0)
		fail_msg("%s: %s: does not say how long", who, c->name);
}

static void judge_end(const struct talk *t, const struct conform_case *c,
	int rc, const char *who)
{
	if (c->code != 0 && rc != c->code)
		fail_msg("%s: %s: came out as %d: %s", who, c->name, rc,
			t->err.text);
	if (c->code != 0)
		return;
	if (rc != OP_DONE)
		fail_msg("%s: %s: not done, but %d: %s", who, c->name, rc,
			t->err.text);
	if ((c->outcomes & SET(t->op.outcome)) == 0)
		fail_msg("%s: %s: outcome %d", who, c->name,
			(int)t->op.outcome);
	if (c->items >= 0 && t->items != (size_t)c->items)
		fail_msg("%s: %s: %zu items", who, c->name, t->items);
	if (c->tells != NULL && strcmp(c->tells, buf_text(&t->got)) != 0)
		fail_msg("%s: %s: tells '%s'", who, c->name,
			buf_text(&t->got));
}

static void begin(struct talk *t, const struct sheet *s,
	const struct conform_case *c)
{
	struct auth_config auth;

	t->r = (struct remote){
		.name = s->driver->name,
		.service = &s->driver->service,
		.base = s->base,
	};
	assert_int_equal(s->driver->configure(key_of, (void *)(uintptr_t)s,
		&t->arena, &t->r, &auth, &t->err), 0);
	t->op = (struct op){
		.step = *(op_step *const *)((const char *)s->driver + c->slot),
		.name = "test",
		.user = s->user,
		.group = s->group,
		.key = c->app ? s->app : NULL,
		.at = WHEN_NONE,
		.sink = c->slot == SLOT(last_use) ? tell_use
			: c->slot == SLOT(added_by) ? tell_added : count,
		.arg = t,
		.arena = &t->arena,
	};
}

static void run_case(const struct sheet *s, const struct conform_case *c)
{
	TALK t = {0};
	const char *replies[REPLIES_MAX];
	size_t n;
	int rc;

	begin(&t, s, c);
	n = replies_of(s, c->name, &t.arena, replies);
	if (n == 0)
		fail_msg("%s: %s: no recorded exchange", s->driver->name,
			c->name);
	rc = step(&t, NULL);
	for (size_t i = 0; i < n; i++) {
		if (rc != OP_SEND)
			fail_msg("%s: %s: over before '%s': %d: %s",
				s->driver->name, c->name, replies[i], rc,
				t.err.text);
		recorded(&t, replies[i]);
		if (!is_for_the_step(&t)) {
			judge(&t, c, s->driver->name);
			return;
		}
		rc = t.op.step(&t.r, &t.op, &t.res, &t.req, &t.err);
	}
	judge_end(&t, c, rc, s->driver->name);
}

static void every_provider_comes_out_the_same(void **state)
{
	const struct idp_driver *const *all = idp_drivers();

	(void)state;
	for (size_t i = 0; all[i] != NULL; i++) {
		struct sheet s;

		sheet_open(&s, all[i]);
		for (const struct conform_case *c = cases; c->name != NULL; c++)
			run_case(&s, c);
		arena_clear(&s.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_provider_comes_out_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
