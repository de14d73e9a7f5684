/* What an event says against its row: each member that is compared, and what
 * is let pass. */
#include "unit.h"

#include "check_said.h"
#include "when.h"

/* 2026-11-23T10:00:00Z */
enum { T = 1795428000 };

static enum said of_change(const char *kind, const char *data,
	const struct said_change *c, char *words)
{
	const struct said_event e = {.seq = 9, .at = T, .kind = kind,
		.data = data, .data_len = strlen(data)};

	return check_change(&e, c, words);
}

static enum said of_grant(const char *kind, const char *data, unsigned excused,
	const struct said_grant *g, char *words)
{
	const struct said_event e = {.seq = 9, .at = T, .kind = kind,
		.data = data, .data_len = strlen(data)};

	return check_grant(&e, g, excused, words);
}

#define DONE                                                                   \
	"{\"change\":7,\"change_kind\":\"remove\",\"detail\":\"done\","      \
	"\"due_at\":\"2026-11-23T10:00:00Z\","                                 \
	"\"verified_at\":\"2026-11-23T10:00:09Z\"}"

static const struct said_change done = {.id = 7, .kind = "remove",
	.state = "done", .due_at = T, .settled_at = T + 9,
	.verified_at = T + 9};

static void a_change(void **state)
{
	struct said_change other[] = {done, done, done, done, done, done,
		done};
	static const char *const says[] = {"is not there",
		"is to remove x in y", "is to add", "is already-so",
		"was due at 2026-11-23T10:01:00Z",
		"settled at 2026-11-23T10:00:08Z", "read back at never"};
	char words[CHECK_WORDS];

	(void)state;
	assert_int_equal(of_change("removed", DONE, &done, words), SAID_SO);
	other[0].id = 0;
	other[1].other = "x in y";
	other[2].kind = "add";
	other[3].state = "already-so";
	other[4].due_at += 60;
	other[5].settled_at = other[5].verified_at = T + 8;
	other[6].verified_at = WHEN_NONE;
	for (size_t i = 0; i < COUNT(other); i++) {
		assert_int_equal(of_change("removed", DONE, &other[i], words),
			SAID_OTHERWISE);
		if (strstr(words, "change 7 ") == NULL ||
			strstr(words, says[i]) == NULL)
			fail_msg("%zu: %s", i, words);
	}
	/* what is not over says neither how nor when */
	assert_int_equal(of_change("parked", DONE, &other[4], words), SAID_SO);
	assert_int_equal(of_change("removed", "{}", &other[0], words),
		SAID_SO);
}

/* Without a time of its own, an event is as old as what it tells of. */
static void about_then(void **state)
{
	static const char data[] = "{\"change\":7,\"change_kind\":\"remove\","
		"\"detail\":\"done\",\"due_at\":\"2026-11-23T10:00:00Z\","
		"\"verified_at\":null}";
	struct said_change c = done;
	char words[CHECK_WORDS];

	(void)state;
	c.settled_at = c.verified_at = T + 60;
	assert_int_equal(of_change("removed", data, &c, words), SAID_SO);
	c.settled_at = c.verified_at = T + 61;
	assert_int_equal(of_change("removed", data, &c, words),
		SAID_OTHERWISE);
	c.settled_at = c.verified_at = INT64_MAX;
	assert_int_equal(of_change("removed", data, &c, words),
		SAID_OTHERWISE);
}

#define GRANTED                                                                \
	"{\"role\":\"a\\\"b\",\"account\":\"x\","                             \
	"\"starts_at\":\"2026-11-23T10:00:00Z\","                              \
	"\"ends_at\":\"2026-11-23T11:00:00Z\"}"
#define REVOKED                                                                \
	"{\"role\":\"a\\\"b\",\"account\":\"x\",\"reason\":\"expired\","      \
	"\"late_s\":9}"

static const struct said_grant active = {.id = 3, .role = "a\"b",
	.account = "x", .state = "active", .starts_at = T,
	.ends_at = T + 3600, .ended_at = WHEN_NONE};

static void a_grant(void **state)
{
	struct said_grant g = active;
	char words[CHECK_WORDS];

	(void)state;
	assert_int_equal(of_grant("granted", GRANTED, 0, &g, words), SAID_SO);
	g.role = "a'b";
	assert_int_equal(of_grant("granted", GRANTED, 0, &g, words),
		SAID_OTHERWISE);
	assert_string_equal(words, "grant 3 gives a'b to x");
	g = active;
	assert_int_equal(of_grant("ending", "{}", 0, &g, words),
		SAID_OTHERWISE);
	assert_string_equal(words, "grant 3 is active");
	assert_int_equal(of_grant("revoked", REVOKED, 0, &g, words),
		SAID_OTHERWISE);
	assert_string_equal(words, "grant 3 is active, and ended at never");
	g.state = "ended";
	g.end_reason = "expired";
	g.ended_at = T - 60;
	assert_int_equal(of_grant("revoked", REVOKED, 0, &g, words), SAID_SO);
	g.end_reason = "left";
	assert_int_equal(of_grant("revoked", REVOKED, 0, &g, words),
		SAID_OTHERWISE);
}

/* One excuse is none for the other time. */
static void excuses(void **state)
{
	struct said_grant g = active;
	char words[CHECK_WORDS];

	(void)state;
	g.ends_at++;
	g.starts_at--;
	assert_int_equal(of_grant("granted", GRANTED, 0, &g, words),
		SAID_UNLESS_MOVED);
	assert_string_equal(words, "grant 3 ends at 2026-11-23T11:00:01Z");
	assert_int_equal(of_grant("granted", GRANTED, 1u << SAID_UNLESS_MOVED,
		&g, words), SAID_UNLESS_LEARNT);
	assert_string_equal(words, "grant 3 starts at 2026-11-23T09:59:59Z");
	assert_int_equal(of_grant("granted", GRANTED,
		1u << SAID_UNLESS_MOVED | 1u << SAID_UNLESS_LEARNT, &g, words),
		SAID_SO);
}

static void other_ends(void **state)
{
	struct said_grant g = active;
	char words[CHECK_WORDS];

	(void)state;
	assert_int_equal(of_grant("adopted", "{\"for_s\":3540}", 0, &g, words),
		SAID_SO);
	assert_int_equal(of_grant("adopted", "{\"for_s\":3500}", 0, &g, words),
		SAID_UNLESS_MOVED);
	assert_int_equal(of_grant("adopted",
		"{\"for_s\":9223372036854775807}", 0, &g, words),
		SAID_UNLESS_MOVED);
	assert_int_equal(of_grant("review-acted", "{\"detail\":\"deadline\","
		"\"limit_until\":\"2026-11-23T11:00:00Z\"}", 0, &g, words),
		SAID_SO);
	assert_int_equal(of_grant("review-acted", "{\"detail\":\"deadline\"}",
		0, &g, words), SAID_UNLESS_MOVED);
	assert_int_equal(of_grant("review-acted", "{\"detail\":\"kept\"}",
		0, &g, words), SAID_SO);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change),
		cmocka_unit_test(about_then),
		cmocka_unit_test(a_grant),
		cmocka_unit_test(excuses),
		cmocka_unit_test(other_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
