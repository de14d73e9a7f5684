/* What people mean who write to lapse in Slack: the forms that are understood,
 * those that are answered with what to write, and talk that is left alone. */
#include "unit.h"

#include "slack_words.h"

static const struct role roles[] = {
	{.name = "github/read", .label = "read", .application_name = "GitHub"},
	{.name = "github/prod-admin", .label = "prod-admin",
		.application_name = "GitHub"},
	{.name = "github/prod-audit", .label = "prod-audit",
		.application_name = "GitHub"},
	{.name = "aws/read", .label = "read", .application_name = "AWS"},
	{.name = "vpn/user", .label = "user", .application_name = "VPN"},
	{.name = "sales_force/api_user", .label = "api_user",
		.application_name = "Sales Force"},
};

static const char *role_of(const struct slack_words *w)
{
	return w->role != NULL ? w->role->name : "-";
}

static const char *or_none(const char *text)
{
	return text != NULL ? text : "-";
}

/* "role|how long|seconds|reason", or what else it means. */
static void show(struct buf *out, const struct slack_words *w,
	struct arena *a)
{
	switch (w->means) {
	case SLACK_MEANS_NOTHING:
		buf_str(out, "nothing");
		break;
	case SLACK_MEANS_UNCLEAR:
		buf_str(out, "unclear");
		break;
	case SLACK_MEANS_HELP:
		buf_str(out, "help");
		break;
	case SLACK_MEANS_STATUS:
		buf_str(out, "status");
		break;
	case SLACK_MEANS_VERDICT:
		buf_str(out, "verdict");
		break;
	case SLACK_MEANS_ANOTHER:
		buf_fmt(out, "for '%s'", w->typed);
		break;
	case SLACK_MEANS_TWO_ROLES:
		buf_str(out, "two roles");
		break;
	case SLACK_MEANS_LATE_DURATION:
		buf_fmt(out, "%s: late '%s'", role_of(w), w->typed);
		break;
	case SLACK_MEANS_TOO_LONG:
		buf_str(out, "too long");
		break;
	case SLACK_MEANS_CATALOG:
		buf_fmt(out, "catalog %s", or_none(w->application));
		break;
	case SLACK_MEANS_NO_ROLE:
		buf_fmt(out, "no role '%s' near %s", w->typed,
			strs_join(&w->near, a, ", "));
		break;
	case SLACK_MEANS_NO_DURATION:
		buf_fmt(out, "%s: no duration '%s'", role_of(w), w->typed);
		break;
	case SLACK_MEANS_ROLE:
		buf_fmt(out, "%s|%s|%lld|%s", role_of(w),
			or_none(w->how_long), (long long)w->duration_s,
			or_none(w->reason));
		break;
	}
}

static void means(const char *text, bool direct, const char *want)
{
	AUTO_ARENA a = {0};
	AUTO_BUF got = {0};
	struct slack_roles all = {0};
	struct slack_words w = {0};
	struct lapse_err err;

	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		const struct role **slot = VEC_ADD(&all.items, &a);

		assert_non_null(slot);
		*slot = &roles[i];
	}
	assert_int_equal(slack_words_read(text, "U0LAPSE00", direct, &all, &a,
		&w, &err), 0);
	show(&got, &w, &a);
	if (strcmp(buf_text(&got), want) != 0)
		fail_msg("%s\ngives  %s\nnot    %s", text, buf_text(&got),
			want);
}

struct a_case {
	const char *text;
	const char *want;
};

static void all_of(const struct a_case *c, size_t n, bool direct)
{
	for (size_t i = 0; i < n; i++)
		means(c[i].text, direct, c[i].want);
}

static void what_is_asked_in_the_channel(void **state)
{
	static const struct a_case cases[] = {
		{"access github/prod-admin 6h deploying the hotfix",
			"github/prod-admin|6h|21600|deploying the hotfix"},
		{"Access: GitHub/Prod-Admin 6h deploying",
			"github/prod-admin|6h|21600|deploying"},
		{"ACCESS to `github/prod-admin` for 1h30m because of the fix",
			"github/prod-admin|1h30m|5400|of the fix"},
		{"/access github/prod-admin, 6h: fix\n  both\tof them ",
			"github/prod-admin|6h|21600|fix\nboth of them"},
		{"access:github/prod-admin 6h x", "github/prod-admin|6h|21600|x"},
		{"<@U0LAPSE00> access github/prod-admin 6h x",
			"github/prod-admin|6h|21600|x"},
		{" <@U0LAPSE00|lapse>  access github/prod-admin - 6h - x",
			"github/prod-admin|6h|21600|x"},
		{"access github/prod-admin", "github/prod-admin|-|0|-"},
		{"access github/prod-admin for the hotfix",
			"github/prod-admin|-|0|for the hotfix"},
		{"access github/prod-admin no end the job",
			"github/prod-admin|no end|0|the job"},
		{"access github/prod-admin until 2026-12-01T18:00:00+01:00 x",
			"github/prod-admin|2026-12-01T18:00:00+01:00|0|x"},
		{"access GitHub / prod-admin 6h x",
			"github/prod-admin|6h|21600|x"},
		{"access github prod-admin 6h x",
			"github/prod-admin|6h|21600|x"},
		{"access sales\xe2\x80\x8b_force/api\xe2\x80\x8b_user 8h x",
			"sales_force/api_user|8h|28800|x"},
		{"access \xe2\x80\x94 vpn/user 1d \xe2\x80\x93 travel",
			"vpn/user|1d|86400|travel"},
	};

	(void)state;
	all_of(cases, sizeof(cases) / sizeof(*cases), false);
}

static void what_is_answered_with_words(void **state)
{
	static const struct a_case cases[] = {
		{"access", "catalog -"},
		{"Access?", "catalog -"},
		{"<@U0LAPSE00> access", "catalog -"},
		{"access github", "catalog GitHub"},
		{"access help", "help"},
		{"<@U0LAPSE00> help", "help"},
		{"<@U0LAPSE00> status of ACC-3?", "status"},
		{"<@U0LAPSE00> hello", "unclear"},
		{"hello <@U0LAPSE00>", "unclear"},
		{"access gith/prod 6h x", "no role 'gith/prod' near "
			"github/prod-admin, github/prod-audit"},
		{"access gith/prod-ad is broken", "no role 'gith/prod-ad' "
			"near github/prod-admin"},
		{"<@U0LAPSE00> access gith/prod 6h x", "no role 'gith/prod' "
			"near github/prod-admin, github/prod-audit"},
		{"<@U0LAPSE00> access read 6h x",
			"no role 'read' near github/read, aws/read"},
		{"access read 6h x", "no role 'read' near github/read, aws/read"},
		{"access github/prod-admim 6h x",
			"no role 'github/prod-admim' near github/prod-admin"},
		{"<@U0LAPSE00> access to the building",
			"no role 'the' near "},
		{"access github/prod-admin until friday x",
			"github/prod-admin: no duration 'friday'"},
		{"access github/prod-admin 999999w x",
			"github/prod-admin: no duration '999999w'"},
		{"access github/prod-admin 6 people wait",
			"github/prod-admin: no duration '6'"},
		{"access github/prod-admin 8h 30m x",
			"github/prod-admin: no duration '8h 30m'"},
	};

	(void)state;
	all_of(cases, sizeof(cases) / sizeof(*cases), false);
}

/* In the channel and not to us by name: a name in part is no request. */
static void talk_is_left_alone(void **state)
{
	static const char *const cases[] = {
		"", " ", "I have access", "accessories", "access-control",
		"accessing github/read 8h", "no access", "<@U0OTHER00> access",
		"<@U0LAPSE001> access", "<@U0LAPSE0", "acces x",
		"github/read 8h x", "<!channel> access", "*accesses*",
		"access prod 2d ago was broken",
		"access to the VPN is slow", "access vpn is broken",
		"access user guide, where is it?",
		"access vpn user guide, where is it?",
		"access to the building is closed",
		"access prod-admin is missing", "access and/or permissions",
		"access help needed", "access ... what a day",
		"help", "status", "approve", "@lapse access vpn/user 1d x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		means(cases[i], false, "nothing");
}

static void a_part_of_a_name_counts_where_we_are_named(void **state)
{
	static const struct a_case cases[] = {
		{"<@U0LAPSE00> access gith/prod-ad 6h x",
			"github/prod-admin|6h|21600|x"},
		{"<@U0LAPSE00> access prod-admin 6h x",
			"github/prod-admin|6h|21600|x"},
		{"<@U0LAPSE00> access use 6h x", "vpn/user|6h|21600|x"},
		{"please <@U0LAPSE00> access use 6h x", "vpn/user|6h|21600|x"},
		{"<@U0LAPSE00> access vpn is broken", "catalog VPN"},
		{"<@U0LAPSE00> access user guide, where is it?",
			"no role 'user' near vpn/user"},
		{"access prod-admin 6h x",
			"no role 'prod-admin' near github/prod-admin"},
	};

	(void)state;
	all_of(cases, sizeof(cases) / sizeof(*cases), false);
}

static void to_us_alone_nothing_goes_unanswered(void **state)
{
	static const struct a_case cases[] = {
		{"", "unclear"},
		{"I have access", "unclear"},
		{"github/read 8h x", "unclear"},
		{"*access* vpn/user 1d x", "vpn/user|1d|86400|x"},
		{"\"access vpn/user 1d x\"", "vpn/user|1d|86400|x"},
		{"\xe2\x80\x9c" "access vpn/user 1d x\xe2\x80\x9d",
			"vpn/user|1d|86400|x"},
		{"`access vpn/user 1d it's`", "vpn/user|1d|86400|it's"},
		{"&gt; access vpn/user 1d x", "vpn/user|1d|86400|x"},
		{"@lapse access vpn/user 1d x", "vpn/user|1d|86400|x"},
		{"@lapse and @ben", "unclear"},
		{"Help", "help"},
		{"status", "status"},
		{"approve", "verdict"},
		{"approve ACC-4", "verdict"},
		{"Declined: too long", "verdict"},
		{"reject it", "verdict"},
	};

	(void)state;
	all_of(cases, sizeof(cases) / sizeof(*cases), true);
}

static void lengths_as_a_phone_types_them(void **state)
{
	static const struct a_case cases[] = {
		{"access vpn/user 8H x", "vpn/user|8h|28800|x"},
		{"access vpn/user 8 hours x", "vpn/user|8h|28800|x"},
		{"access vpn/user for 1 Hour: x", "vpn/user|1h|3600|x"},
		{"access vpn/user 90min x", "vpn/user|90m|5400|x"},
		{"access vpn/user 90 Min. x", "vpn/user|90m|5400|x"},
		{"access vpn/user 2days x", "vpn/user|2d|172800|x"},
		{"access vpn/user 1 week x", "vpn/user|1w|604800|x"},
		{"access vpn/user 1H30M x", "vpn/user|1h30m|5400|x"},
		{"access use 8 hours x", "vpn/user|8h|28800|x"},
	};

	(void)state;
	all_of(cases, sizeof(cases) / sizeof(*cases), true);
}

static void for_oneself_and_one_at_a_time(void **state)
{
	static const struct a_case cases[] = {
		{"access vpn/user for <@U0BEN0000> 8h please",
			"for '@U0BEN0000'"},
		{"access vpn/user 8h for <@U0BEN0000>", "for '@U0BEN0000'"},
		{"access vpn/user for ben 8h please", "for 'ben'"},
		{"access for <@U0BEN0000> vpn/user 8h", "for '@U0BEN0000'"},
		{"access for ben vpn/user 8h", "for 'ben'"},
		{"access vpn/user for me 8h travel",
			"vpn/user|8h|28800|travel"},
		{"access for me: vpn/user 8h travel",
			"vpn/user|8h|28800|travel"},
		{"access vpn/user 8h pairing with <@U0BEN0000>",
			"vpn/user|8h|28800|pairing with @U0BEN0000"},
		{"access github/read aws/read 8h both", "two roles"},
		{"access github/read, aws/read 8h both", "two roles"},
		{"access github/read and aws/read 8h", "two roles"},
		{"access github/read 8h and aws/read 8h", "two roles"},
		{"access github/read 8h x\naccess aws/read 8h y", "two roles"},
		{"access github/read 8h aws/read is not enough",
			"github/read|8h|28800|aws/read is not enough"},
		{"access vpn/user travel for 8h", "vpn/user: late '8h'"},
		{"access vpn/user the train takes 8 hours",
			"vpn/user: late '8'"},
		{"access vpn/user 8h as 2h were too short",
			"vpn/user|8h|28800|as 2h were too short"},
	};

	(void)state;
	all_of(cases, sizeof(cases) / sizeof(*cases), false);
}

static void hostile_words_are_words(void **state)
{
	char text[SLACK_WORDS_MAX + 64] = "access vpn/user 1d ";

	(void)state;
	means("access vpn/user 1d &lt;!channel&gt; <https://evil.example|here> "
	      "&amp;amp; <@U0BEN0000>", false,
		"vpn/user|1d|86400|<!channel> here "
		"(https://evil.example) &amp; @U0BEN0000");
	means("access &lt;@U0LAPSE00&gt;/../x 1d y", false,
		"no role '@U0LAPSE00>/../x' near ");
	means("access / / / 1d", true, "no role '/' near ");
	means("access //// 1d", true, "no role '////' near ");
	means("access vpn/ 1d x", true, "no role 'vpn/' near ");
	means("access vpn/user\x01\x02""1d\x7fx", false, "vpn/user|1d|86400|x");
	memset(text + 19, 'x', SLACK_WORDS_MAX - 18);
	means(text, false, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_in_the_channel),
		cmocka_unit_test(what_is_answered_with_words),
		cmocka_unit_test(talk_is_left_alone),
		cmocka_unit_test(a_part_of_a_name_counts_where_we_are_named),
		cmocka_unit_test(lengths_as_a_phone_types_them),
		cmocka_unit_test(for_oneself_and_one_at_a_time),
		cmocka_unit_test(to_us_alone_nothing_goes_unanswered),
		cmocka_unit_test(hostile_words_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
