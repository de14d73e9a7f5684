/* What people read about access that nobody seems to use, whole. */
#include "unit.h"

#include "texts_reclaim.h"

enum { DAY = 86400, NOW = 1795428000 };	/* 2026-11-23T10:00:00Z */

static const struct texts_unused tara = {
	.beneficiary = "Tara Singh",
	.role = "salesforce/user",
	.application = "Salesforce",
	.seen = true,
	.at = NOW - 100 * DAY,
	.source = "okta lastLogin (organisation sign-in)",
	.due_at = NOW + 14 * DAY,
	.why = "was used at 2026-11-24T10:00:00Z",
};

static void check(void (*fn)(struct buf *out, const struct texts_unused *t),
	const struct texts_unused *t, const char *want)
{
	AUTO_BUF got = {0};

	fn(&got, t);
	assert_false(got.failed);
	assert_string_equal(buf_text(&got), want);
}

static void warning(void **state)
{
	struct texts_unused t = tara;

	(void)state;
	check(texts_unused, &t,
		"Tara Singh has salesforce/user (Salesforce), and it seems "
		"not to be used.\n"
		"Last used: 15 Aug 2026 10:00 UTC\n"
		"Known from: okta lastLogin (organisation sign-in)\n"
		"That is signing in to the organization. When Salesforce "
		"itself was used is not known.\n"
		"\n"
		"It is taken away after: 7 Dec 2026 10:00 UTC\n"
		"To keep it, sign in to the organization before then. Nothing "
		"else has to be done.");
	t.seen = false;
	t.of_application = true;
	t.before_lapse = true;
	t.source = "okta system log: sign-on to the application";
	check(texts_unused, &t,
		"Tara Singh has salesforce/user (Salesforce), and it seems "
		"not to be used.\n"
		"No request is known that it was given by.\n"
		"Not used since: 15 Aug 2026 10:00 UTC\n"
		"Known from: okta system log: sign-on to the application\n"
		"\n"
		"It is taken away after: 7 Dec 2026 10:00 UTC\n"
		"To keep it, sign in to Salesforce before then. Nothing else "
		"has to be done.");
}

/* The time of a comment is that of its delivery. */
static void warning_dated_later(void **state)
{
	struct texts_unused t = tara;
	AUTO_BUF text = {0};
	AUTO_BUF same = {0};
	AUTO_BUF got = {0};
	AUTO_BUF want = {0};

	(void)state;
	texts_unused(&want, &t);
	t.due_at = WHEN_NONE;
	texts_unused(&text, &t);
	texts_unused_dated(&got, buf_text(&text), tara.due_at, NULL);
	assert_string_equal(buf_text(&got), buf_text(&want));
	texts_unused_dated(&same, "no place for it", tara.due_at, NULL);
	assert_string_equal(buf_text(&same), "no place for it");
}

static void the_rest(void **state)
{
	(void)state;
	check(texts_unused_summary, &tara,
		"Unused: salesforce/user of Tara Singh");
	check(texts_unused_kept, &tara,
		"salesforce/user (Salesforce) is not taken away. Reason: "
		"was used at 2026-11-24T10:00:00Z.");
}

/* A warning that lost its words would be none. */
static void failed_words_fail_the_text(void **state)
{
	AUTO_ARENA full = {.failed = true};
	AUTO_BUF got = {0};
	struct texts_unused t = tara;

	(void)state;
	t.arena = &full;
	texts_unused(&got, &t);
	assert_true(got.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warning),
		cmocka_unit_test(warning_dated_later),
		cmocka_unit_test(the_rest),
		cmocka_unit_test(failed_words_fail_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
