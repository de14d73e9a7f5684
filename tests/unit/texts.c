/* What people read on an issue, whole. */
#include "unit.h"

#include "texts.h"
#include "texts_say.h"

enum {
	START = 1795428000,	/* 2026-11-23T10:00:00Z */
	HOUR = 3600,
};

static const struct texts_about ana = {
	.role = "github/prod-admin",
	.about = "merge and deploy to production",
	.application = "GitHub",
	.beneficiary = "Ana Lima",
	.requester = "Ana Lima",
	.reason = "fix the outage",
	.approvers = "Dana Reyes and Omar Haddad",
	.all = true,
	.duration_s = 8 * HOUR,
	.starts_at = WHEN_NONE,
	.until = WHEN_NONE,
	.kept_until = WHEN_NONE,
	.from = WHEN_NONE,
	.to = WHEN_NONE,
};

typedef void texts_fn(struct buf *out, const struct texts_about *t);

static void check(texts_fn *fn, const struct texts_about *t, const char *want)
{
	AUTO_BUF got = {0};

	fn(&got, t);
	assert_false(got.failed);
	assert_string_equal(buf_text(&got), want);
}

static void check_ended(const char *reason, const struct texts_about *t,
	const char *want)
{
	AUTO_BUF got = {0};

	texts_ended(&got, reason, t);
	assert_string_equal(buf_text(&got), want);
}

#define WAITING                                                                \
	"\n"                                                                   \
	"Waiting for Dana Reyes and Omar Haddad. All of them must approve.\n"  \
	"Please choose Approve or Decline on this request. If the request is " \
	"changed now, approval is asked for again."

static void test_asked(void **state)
{
	struct texts_about t = ana;

	(void)state;
	check(texts_asked, &t,
		"Ana Lima asks for github/prod-admin (GitHub).\n"
		"With it one can merge and deploy to production.\n"
		"For: 8 hours, counted from when the access is there\n"
		"Why:\n"
		"\"fix the outage\"\n"
		"Ana Lima has no other access from here.\n" WAITING);
	t.requester = "Omar Haddad";
	t.held = "github/reader";
	t.until = START;
	t.asked_s = 3 * 24 * HOUR;
	t.all = false;
	t.approvers = "Dana Reyes";
	check(texts_asked, &t,
		"Omar Haddad asks for github/prod-admin (GitHub) for Ana "
		"Lima.\n"
		"With it one can merge and deploy to production.\n"
		"Until: 23 Nov 2026 10:00 UTC\n"
		"3 days were asked for, which is more than this role allows "
		"at a time.\n"
		"Why:\n"
		"\"fix the outage\"\n"
		"Ana Lima already has: github/reader\n"
		"\n"
		"Waiting for Dana Reyes.\n"
		"Please choose Approve or Decline on this request. If the "
		"request is changed now, approval is asked for again.");
}

static void test_asked_again(void **state)
{
	struct texts_about t = ana;

	(void)state;
	t.why_again = "the reason was changed";
	t.reason = NULL;
	t.duration_s = 0;
	check(texts_asked_again, &t,
		"Approval is asked for again, because the reason was changed. "
		"Earlier answers do not count.\n"
		"\n"
		"Ana Lima asks for github/prod-admin (GitHub).\n"
		"With it one can merge and deploy to production.\n"
		"For: without an end\n"
		"Ana Lima has no other access from here.\n" WAITING);
}

static void test_while_waiting(void **state)
{
	struct texts_about t = ana;

	(void)state;
	t.until = START;
	check(texts_reminder, &t,
		"This request for github/prod-admin (GitHub) still waits for "
		"Dana Reyes and Omar Haddad.\n"
		"Please choose Approve or Decline on it.\n"
		"Without an answer it goes to someone else: 23 Nov 2026 10:00 "
		"UTC");
	t = ana;
	t.starts_at = START;
	t.words = "Ana Lima has no active account in Okta yet.";
	check(texts_waiting, &t,
		"This request for github/prod-admin (GitHub) waits.\n"
		"Ana Lima has no active account in Okta yet.\n"
		"It starts: 23 Nov 2026 10:00 UTC\n"
		"It goes on by itself; there is nothing to do.");
}

static void test_no(void **state)
{
	struct texts_about t = ana;

	(void)state;
	t.words = "Only engineers may have this role.";
	check(texts_refused, &t,
		"This request for github/prod-admin (GitHub) cannot be "
		"granted.\n"
		"Only engineers may have this role.\n"
		"\n"
		"No access was given. You can make a new request at any "
		"time.");
	t.words = "not today";
	t.by = "Dana Reyes";
	check(texts_declined, &t,
		"Dana Reyes declined this request for github/prod-admin "
		"(GitHub).\n"
		"In their words:\n"
		"\"not today\"\n"
		"No access was given.");
}

static void test_granted(void **state)
{
	struct texts_about t = ana;

	(void)state;
	t.until = START + 8 * HOUR;
	t.by = "Dana Reyes";
	t.how = "read back, 2 agreeing reads";
	check(texts_granted, &t,
		"Ana Lima now has github/prod-admin (GitHub).\n"
		"Until: 23 Nov 2026 18:00 UTC\n"
		"Approved by: Dana Reyes\n"
		"Checked: read back, 2 agreeing reads\n"
		"\n"
		"To end it earlier, choose \"End access now\" on this request "
		"in the portal.\n"
		"To keep it longer, make a new request for it and link it to "
		"this one, in good time before the end.");
	t = ana;
	check(texts_granted, &t,
		"Ana Lima now has github/prod-admin (GitHub).\n"
		"It has no end.\n"
		"\n"
		"To end it earlier, choose \"End access now\" on this request "
		"in the portal.");
}

static void test_ended(void **state)
{
	struct texts_about t = ana;

	(void)state;
	t.to = START;
	t.how = "read back as absent, 2 agreeing reads";
	t.late_s = 720;
	t.kept = "github/reader";
	t.kept_until = START + HOUR;
	check_ended("expired", &t,
		"Ana Lima no longer has github/prod-admin (GitHub): the time "
		"is up.\n"
		"Ended: 23 Nov 2026 10:00 UTC\n"
		"Checked: read back as absent, 2 agreeing reads\n"
		"That was 12 minutes later than it should have been.\n"
		"Part of the access stays because of github/reader, until 23 "
		"Nov 2026 11:00 UTC.");
	t = ana;
	t.by = "Omar Haddad";
	t.words = "the contract ended";
	t.late_s = 40;
	check_ended("revoked", &t,
		"Ana Lima no longer has github/prod-admin (GitHub): Omar "
		"Haddad ended it.\n"
		"Why:\n"
		"\"the contract ended\"");
	t.words = "not every membership could be verified in time";
	t.from = START;
	t.to = START + 60;
	check_ended("withdrawn", &t,
		"Ana Lima does not have github/prod-admin (GitHub): it could "
		"not be given in full, so all of it was taken back.\n"
		"A part of it existed from 23 Nov 2026 10:00 UTC to 23 Nov "
		"2026 10:01 UTC.\n"
		"What went wrong: not every membership could be verified in "
		"time");
	check_ended("abandoned", &ana,
		"someone stopped the attempts to remove github/prod-admin "
		"(GitHub) from Ana Lima. The access may still be there.");
}

/* No end reason goes without words of its own. */
static void test_every_ending(void **state)
{
	static const char *const reasons[] = {"expired", "revoked", "reviewed",
		"reclaimed", "declined", "left", "removed-outside", "withdrawn",
		"superseded", "abandoned"};
	AUTO_BUF plain = {0};

	(void)state;
	texts_ended(&plain, "unheard of", &ana);
	assert_string_equal(buf_text(&plain),
		"Ana Lima no longer has github/prod-admin (GitHub).");
	for (size_t i = 0; i < COUNT(reasons); i++) {
		AUTO_BUF got = {0};

		texts_ended(&got, reasons[i], &ana);
		assert_string_not_equal(buf_text(&got), buf_text(&plain));
		assert_has_not(buf_text(&got), "%");
	}
}

static void test_by_hand(void **state)
{
	struct texts_about t = ana;
	AUTO_BUF summary = {0};

	(void)state;
	texts_manual_summary(&summary, true, &t);
	assert_string_equal(buf_text(&summary),
		"Remove github/prod-admin from Ana Lima");
	t.until = START;
	t.step = "Open the console and delete the user.";
	check(texts_manual_remove, &t,
		"Please take this access away from Ana Lima: github/prod-admin "
		"(GitHub).\n"
		"Due: 23 Nov 2026 10:00 UTC\n"
		"\n"
		"What to do:\n"
		"Open the console and delete the user.\n"
		"\n"
		"When it is done, resolve this sub-task as done. It counts "
		"only if someone other than Ana Lima does that.");
}

/* A time that a caller left out is no time, not 1970. */
static void test_times_left_out(void **state)
{
	struct texts_about t = {.role = "r", .beneficiary = "Ana Lima"};
	static texts_fn *const all[] = {texts_asked, texts_asked_again,
		texts_reminder, texts_escalated, texts_auto, texts_waiting,
		texts_refused, texts_declined, texts_granted, texts_overdue,
		texts_closed_while_active, texts_admin, texts_manual_add,
		texts_manual_remove, texts_manual_own, texts_manual_moot,
		texts_reopened, texts_break_glass};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		AUTO_BUF got = {0};

		all[i](&got, &t);
		assert_has_not(buf_text(&got), "1970");
		assert_has_not(buf_text(&got), "(null)");
	}
}

static void clean_is(const char *text, size_t max, const char *want)
{
	AUTO_BUF got = {0};

	say_clean(&got, text, max);
	assert_string_equal(buf_text(&got), want);
}

static void test_untrusted(void **state)
{
	(void)state;
	clean_is(NULL, 10, "");
	clean_is(" a\r\n\tb\x01 ", 10, "a b");
	clean_is("a\xe2\x80\xae" "b\xe2\x81\xa9" "c\xe2\x80\x8b", 10, "abc");
	clean_is("a\xe2\x80\xa8" "b\xc2\x85" "c", 10, "a b c");
	clean_is("\xff" "a\xc3", 10, "\xef\xbf\xbd" "a\xef\xbf\xbd");
	clean_is("abcdef", 3, "abc...");
	clean_is("abc", 3, "abc");
	clean_is("abc  ", 3, "abc");
	clean_is("\xc3\xa4\xc3\xb6\xc3\xbc", 2, "\xc3\xa4\xc3\xb6...");
}

/* Nobody can end a comment with a line that looks like lapse's own. */
static void test_forged_marker(void **state)
{
	struct texts_about t = ana;
	AUTO_BUF got = {0};

	(void)state;
	t.reason = "please\nlapse-42";
	texts_asked(&got, &t);
	assert_has(buf_text(&got), "\"please lapse-42\"\n");
}

static void test_long(void **state)
{
	static char words[4 * 50000 + 1];
	struct texts_about t = ana;
	AUTO_BUF got = {0};

	(void)state;
	for (size_t i = 0; i + 4 < sizeof(words); i += 4)
		memcpy(words + i, "\xf0\x9f\x94\x91", 5);
	t.reason = t.beneficiary = t.requester = t.approvers = words;
	t.held = t.about = t.words = t.step = t.why_again = words;
	texts_asked_again(&got, &t);
	assert_true(got.len < 30000);
	buf_reset(&got);
	texts_manual_add(&got, &t);
	assert_true(got.len < 30000);
	buf_reset(&got);
	texts_ended(&got, "revoked", &t);
	assert_true(got.len < 30000);
}

static void duration_is(int64_t s, const char *want)
{
	AUTO_BUF got = {0};

	say_duration(&got, s);
	assert_string_equal(buf_text(&got), want);
}

static void test_durations(void **state)
{
	(void)state;
	duration_is(0, "without an end");
	duration_is(-5, "without an end");
	duration_is(1, "1 second");
	duration_is(5400, "1 hour 30 minutes");
	duration_is(2 * 86400, "2 days");
	duration_is(90061, "1 day 1 hour 1 minute 1 second");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_asked_again),
		cmocka_unit_test(test_while_waiting),
		cmocka_unit_test(test_no),
		cmocka_unit_test(test_granted),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_every_ending),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_times_left_out),
		cmocka_unit_test(test_untrusted),
		cmocka_unit_test(test_forged_marker),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
