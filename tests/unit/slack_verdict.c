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
		{"ok", SLACK_SAYS_NOTHING, NULL},
		{"", SLACK_SAYS_NOTHING, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		AUTO_ARENA a = {0};
		struct lapse_err err;
		enum slack_verdict says = SLACK_SAYS_NOTHING;
		const char *words = NULL;

		assert_int_equal(slack_verdict_of_reply(all[i].text, &a,
			&says, &words, &err), 0);
		assert_int_equal(says, all[i].says);
		if (all[i].words == NULL)
			assert_null(words);
		else
			assert_string_equal(words, all[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reactions),
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
