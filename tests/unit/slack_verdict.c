/* What a reaction or a reply is taken for; anything else is taken for nothing.
 */
#include "slack_verdict.h"

#include "unit.h"

static void reactions(void **state)
{
	static const struct {
		const char *name;
		enum slack_verdict says;
	} all[] = {
		{"white_check_mark", SLACK_APPROVES},
		{"heavy_check_mark", SLACK_APPROVES},
		{"+1", SLACK_APPROVES},
		{"thumbsup", SLACK_APPROVES},
		{"x", SLACK_DECLINES},
		{"-1", SLACK_DECLINES},
		{"thumbsdown", SLACK_DECLINES},
		{"eyes", SLACK_SAYS_NOTHING},
		{"X", SLACK_SAYS_NOTHING},
		{"+1 ", SLACK_SAYS_NOTHING},
		{"", SLACK_SAYS_NOTHING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_int_equal(slack_verdict_of_reaction(all[i].name),
			all[i].says);
}

static void replies(void **state)
{
	static const struct {
		const char *text;
		enum slack_verdict says;
		const char *words;
	} all[] = {
		{"approve", SLACK_APPROVES, NULL},
		{"  Approved.  ", SLACK_APPROVES, NULL},
		{"APPROVE!", SLACK_APPROVES, NULL},
		{"approve: for the release", SLACK_APPROVES,
			"for the release"},
		{"decline", SLACK_DECLINES, NULL},
		{"decline: a &lt;b&gt; &amp; c", SLACK_DECLINES,
			"a <b> & c"},
		{"Declined:", SLACK_DECLINES, NULL},
		{"decline:\nnot today", SLACK_DECLINES, "not today"},
		{"approve, but not today", SLACK_SAYS_NOTHING, NULL},
		{"approve. Not today", SLACK_SAYS_NOTHING, NULL},
		{"approve\nnot today", SLACK_SAYS_NOTHING, NULL},
		{"approve?", SLACK_SAYS_NOTHING, NULL},
		{"approve not", SLACK_SAYS_NOTHING, NULL},
		{"approve if ben waits", SLACK_SAYS_NOTHING, NULL},
		{"approver", SLACK_SAYS_NOTHING, NULL},
		{"approve-later", SLACK_SAYS_NOTHING, NULL},
		{"do not approve", SLACK_SAYS_NOTHING, NULL},
		{"I decline", SLACK_SAYS_NOTHING, NULL},
		{"", SLACK_SAYS_NOTHING, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		AUTO_ARENA a = {0};
		struct lapse_err err;
		enum slack_verdict says = SLACK_SAYS_NOTHING;
		const char *words = NULL;

		assert_int_equal(slack_verdict_of_reply(all[i].text, true, &a,
			&says, &words, &err), 0);
		assert_int_equal(says, all[i].says);
		if (all[i].words == NULL)
			assert_null(words);
		else
			assert_string_equal(words, all[i].words);
	}
}

/* A wrong approval is access that nobody meant to give: each of these is
 * somebody who did not say yes to it. */
static void what_may_mean_the_contrary(void **state)
{
	static const char *const all[] = {
		"ok but not until Monday", "ok, but not today", "ok: go ahead",
		"ok?", "ok...", "ok ok", "ok not", "okay then", "okey",
		"yes but", "yes, if Ben asks", "yes?", "yes no", "yesterday",
		"lgtm?", "lgtm except the role", ":+1: later", ":+1::-1:",
		":+1: :x:", "\xf0\x9f\x91\x8d?", "no problem", "no, approve",
		"not ok", "nope", "nothing", "approve: but not today",
		"approve: only until Monday", "approve: if he waits",
		"Approve: DON'T", "approve: don\xe2\x80\x99t", "approve: no",
		"approve: really?", "approved: after the release",
		"approve: fine\nbut not before 18:00", "approve:not",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		AUTO_ARENA a = {0};
		struct lapse_err err;
		enum slack_verdict says = SLACK_APPROVES;
		const char *words = NULL;

		assert_int_equal(slack_verdict_of_reply(all[i], true, &a,
			&says, &words, &err), 0);
		if (says != SLACK_SAYS_NOTHING)
			fail_msg("taken for an answer: %s", all[i]);
		assert_null(words);
	}
}

static void a_soft_word_counts_alone_and_first(void **state)
{
	static const struct {
		const char *text;
		enum slack_verdict says;
	} all[] = {
		{"ok", SLACK_APPROVES}, {" OK. ", SLACK_APPROVES},
		{"Okay!", SLACK_APPROVES}, {"Yes", SLACK_APPROVES},
		{"LGTM!!", SLACK_APPROVES}, {":+1:", SLACK_APPROVES},
		{":thumbsup::skin-tone-4:", SLACK_APPROVES},
		{"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", SLACK_APPROVES},
		{"\xe2\x9c\x94\xef\xb8\x8f", SLACK_APPROVES},
		{":white_check_mark:", SLACK_APPROVES},
		{"No.", SLACK_DECLINES}, {":-1:", SLACK_DECLINES},
		{"\xe2\x9d\x8c", SLACK_DECLINES},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		AUTO_ARENA a = {0};
		struct lapse_err err;
		enum slack_verdict says = SLACK_SAYS_NOTHING;
		const char *words = NULL;

		assert_int_equal(slack_verdict_of_reply(all[i].text, true, &a,
			&says, &words, &err), 0);
		assert_int_equal(says, all[i].says);
		assert_int_equal(slack_verdict_of_reply(all[i].text, false, &a,
			&says, &words, &err), 0);
		assert_int_equal(says, SLACK_SAYS_NOTHING);
	}
}

static void what_seems_an_answer(void **state)
{
	(void)state;
	assert_true(slack_verdict_seems("approve"));
	assert_true(slack_verdict_seems(" Approve ACC-4 please"));
	assert_true(slack_verdict_seems("declined: why"));
	assert_false(slack_verdict_seems("approver"));
	assert_false(slack_verdict_seems("ok"));
	assert_false(slack_verdict_seems(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reactions),
		cmocka_unit_test(replies),
		cmocka_unit_test(what_may_mean_the_contrary),
		cmocka_unit_test(a_soft_word_counts_alone_and_first),
		cmocka_unit_test(what_seems_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
