/* Which scopes a list of Slack's lacks, for which configuration. */
#include "slack_scope.h"

#include "unit.h"

#define EVERY                                                                  \
	"chat:write,im:write,im:read,im:history,users:read,users:read.email"
#define FULL EVERY ",reactions:read,channels:history"

static void what_is_not_in_the_list(void **state)
{
	static const struct {
		const char *all;
		bool channel, delegate;
		unsigned missing;
	} cases[] = {
		{FULL, true, true, 0},
		{EVERY ",reactions:read, groups:history", true, true, 0},
		{EVERY, false, false, 0},
		{EVERY, true, false, SLACK_CHANNELS_HISTORY},
		{EVERY, false, true, SLACK_REACTIONS_READ},
		{"chat:write,im:write,im:read,im:history,users:read.email",
			false, false, SLACK_USERS_READ},
		{"chat:write,im:write,im:read,im:history,users:read",
			false, false, SLACK_USERS_EMAIL},
		{"chat:writes,im:write,im:read,im:history,users:read,"
		 "users:read.email", false, false, SLACK_CHAT_WRITE},
		{"", false, false, SLACK_CHAT_WRITE | SLACK_IM_WRITE |
			SLACK_IM_READ | SLACK_IM_HISTORY | SLACK_PEOPLE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_N(cases); i++)
		assert_int_equal(slack_scopes_missing(cases[i].all,
			cases[i].channel, cases[i].delegate),
			cases[i].missing);
}

static void they_are_named(void **state)
{
	AUTO_ARENA a = {0};

	(void)state;
	assert_string_equal(slack_scopes_names(0, &a), "");
	assert_string_equal(slack_scopes_names(SLACK_IM_READ |
		SLACK_REACTIONS_READ, &a), "im:read, reactions:read");
	assert_string_equal(slack_scopes_say(SLACK_IM_READ, &a),
		"im:read (to see who writes to it)");
}

/* Numbers that older ledgers hold. */
static void the_numbers_stay(void **state)
{
	(void)state;
	assert_int_equal(SLACK_CHAT_WRITE, 1);
	assert_int_equal(SLACK_USERS_READ, 16);
	assert_int_equal(SLACK_CHANNELS_HISTORY, 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_in_the_list),
		cmocka_unit_test(they_are_named),
		cmocka_unit_test(the_numbers_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
