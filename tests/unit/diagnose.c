/* The three questions, the bucket and the next move, case by case. */
#include "unit.h"

#include <stdlib.h>

#include "diagnose.h"
#include "report_cases.h"

/* What a case has; the rest is a calm quarter with 100 closed requests. */
struct given {
	const char *says;
	int64_t portal, mail, unknown;
	int64_t granted, unevidenced, undelivered;
	int64_t shadow;
	bool read;			/* groups were */
	int64_t closed, manual, over, stale, unacknowledged;
	int64_t overdue, parked;
	enum diagnose_answer want[3];
	const char *verdict;
	const char *command;		/* of the first step; NULL: no steps */
};

#define U DIAGNOSE_UNKNOWN
#define N DIAGNOSE_NO
#define Y DIAGNOSE_YES

static const struct given cases[] = {
	{.says = "nothing there at all",
		.want = {U, U, U}, .verdict = "not known",
		.command = "lapse sync --full"},
	{.says = "all well",
		.portal = 100, .granted = 90, .closed = 100, .read = true,
		.want = {N, N, Y}, .verdict = "nowhere"},
	{.says = "nine requests are too few",
		.portal = 9, .granted = 9, .closed = 9, .read = true,
		.want = {U, N, Y}, .verdict = "not known",
		.command = "lapse sync --full"},
	{.says = "one of six by mail is a case, though no answer",
		.portal = 5, .mail = 1, .granted = 5, .closed = 5,
		.read = true,
		.want = {U, N, Y}, .verdict = "intake",
		.command = "lapse list requests --all"},
	{.says = "ten are enough",
		.portal = 10, .granted = 9, .closed = 10, .read = true,
		.want = {N, N, Y}, .verdict = "nowhere"},
	{.says = "one in twenty by mail is an exception, yet a case",
		.portal = 95, .mail = 5, .granted = 9, .closed = 100,
		.read = true,
		.want = {N, N, Y}, .verdict = "intake",
		.command = "lapse list requests --all"},
	{.says = "more is a second door",
		.portal = 94, .mail = 6, .granted = 9, .closed = 100,
		.read = true,
		.want = {Y, N, Y}, .verdict = "intake",
		.command = "lapse list requests --all"},
	{.says = "the channel is mostly not known",
		.portal = 40, .unknown = 60, .granted = 9, .closed = 100,
		.read = true,
		.want = {U, N, Y}, .verdict = "not known",
		.command = "lapse sync --full"},
	{.says = "groups were never read: no answer, and no praise",
		.portal = 100, .granted = 90, .closed = 100,
		.want = {N, U, Y}, .verdict = "not known",
		.command = "lapse sync --full"},
	{.says = "one member from past lapse",
		.portal = 100, .granted = 90, .closed = 100, .shadow = 1,
		.read = true,
		.want = {N, Y, Y}, .verdict = "enforcement",
		.command = "lapse drift --fresh --kind shadow"},
	{.says = "a shadow needs no requests to be seen",
		.shadow = 3, .read = true,
		.want = {U, Y, U}, .verdict = "enforcement",
		.command = "lapse drift --fresh --kind shadow"},
	{.says = "what is overdue comes before shadows",
		.portal = 100, .granted = 90, .closed = 100, .shadow = 9,
		.read = true, .overdue = 1,
		.want = {N, Y, Y}, .verdict = "enforcement",
		.command = "lapse drift --kind overdue"},
	{.says = "parked",
		.portal = 100, .granted = 90, .closed = 100, .read = true,
		.parked = 2,
		.want = {N, N, Y}, .verdict = "enforcement",
		.command = "lapse parked list"},
	{.says = "manual work, by the role that has most of it",
		.portal = 100, .granted = 90, .closed = 100, .read = true,
		.manual = 30,
		.want = {N, N, Y}, .verdict = "enforcement",
		.command = "lapse show 'it'\\''s $(a) role'"},
	{.says = "a grant that no issue tells of",
		.portal = 100, .granted = 90, .closed = 100, .read = true,
		.unevidenced = 1,
		.want = {N, N, N}, .verdict = "approval",
		.command = "lapse drift --kind unevidenced"},
	{.says = "a notice that Jira does not have",
		.portal = 100, .granted = 90, .closed = 100, .read = true,
		.undelivered = 1,
		.want = {N, N, N}, .verdict = "approval",
		.command = "lapse list notices"},
	{.says = "hops, stale and unacknowledged are the approval's",
		.portal = 97, .mail = 3, .granted = 90, .closed = 100,
		.read = true, .over = 1, .stale = 1, .unacknowledged = 2,
		.want = {N, N, Y}, .verdict = "approval",
		.command = "lapse status"},
	{.says = "as many: approval before intake",
		.portal = 97, .mail = 3, .granted = 90, .closed = 100,
		.read = true, .stale = 3,
		.want = {N, N, Y}, .verdict = "approval",
		.command = "lapse list requests"},
	{.says = "as many: enforcement before both",
		.portal = 97, .mail = 3, .granted = 90, .closed = 100,
		.read = true, .stale = 3, .overdue = 3,
		.want = {N, N, Y}, .verdict = "enforcement",
		.command = "lapse drift --kind overdue"},
};

static void fill(const struct given *g, struct report *r, struct arena *a)
{
	case_frame(r);
	case_count(&r->requests.channels, a, "mail", g->mail);
	case_count(&r->requests.channels, a, "portal", g->portal);
	case_count(&r->requests.channels, a, "unknown", g->unknown);
	case_count(&r->requests.outcomes, a, "granted", g->granted);
	if (g->read)
		case_series(r, a, 2);
	r->requests.closed = g->closed;
	r->requests.manual = g->manual;
	r->requests.automatic = g->closed - g->manual;
	r->hops.read = g->closed;
	r->hops.over = g->over;
	r->now_open.stale_requests = g->stale;
	r->now_open.unacknowledged = g->unacknowledged;
	r->now_open.overdue = g->overdue;
	r->now_open.parked = g->parked;
	r->lost.approval = g->over + g->stale + g->unacknowledged +
		g->unevidenced + g->undelivered;
	r->lost.enforcement = g->manual + g->overdue + g->parked + g->shadow;
	r->story.shadow_adds = g->shadow;
	r->story.unevidenced = g->unevidenced;
	r->story.undelivered = g->undelivered;
	case_role(r, a, "plain/role", 50, g->manual / 3, 1, 1);
	case_role(r, a, "it's $(a) role", 50, g->manual / 2, 1, 1);
}

static void answers(void **state)
{
	struct lapse_err err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct given *g = &cases[i];
		AUTO_ARENA a = {0};
		struct report r;
		struct diagnosis d;

		fill(g, &r, &a);
		assert_ok(diagnose(&r, &a, &d, &err));
		for (int q = 0; q < 3; q++) {
			if (d.questions[q].answer != g->want[q])
				fail_msg("%s: question %d: %s", g->says, q,
					diagnose_answer_text(
					d.questions[q].answer));
			assert_true(d.questions[q].evidence[0] != '\0');
		}
		if (strcmp(diagnose_verdict_text(&d), g->verdict) != 0)
			fail_msg("%s: %s: %s", g->says,
				diagnose_verdict_text(&d),
				diagnose_lost_text(&d, &a));
		if (g->command == NULL)
			assert_int_equal(d.steps.n, 0);
		else if (d.steps.n == 0 ||
			strcmp(d.steps.items[0].command, g->command) != 0)
			fail_msg("%s: %s", g->says, d.steps.n == 0 ? "no step"
				: d.steps.items[0].command);
	}
}

/* A pure function: the same report, the same words. */
static void evidence_has_the_numbers(void **state)
{
	AUTO_ARENA a = {0};
	struct lapse_err err;
	struct diagnosis d;
	struct report r;

	(void)state;
	case_quarter(&r, &a);
	assert_ok(diagnose(&r, &a, &d, &err));
	assert_has(d.questions[0].evidence, "251 of 1,272 requests");
	assert_has(d.questions[0].evidence, "portal");
	assert_int_equal(d.questions[0].lost, 251);
	assert_int_equal(d.questions[0].of, 1272);
	assert_has(d.questions[1].evidence, "37 memberships added");
	assert_has(d.questions[2].evidence, "2 grants without an issue");
	assert_has(d.questions[2].evidence, "1 notice that");
	assert_int_equal(d.lost[DIAGNOSE_INTAKE], 251);
	assert_int_equal(d.lost[DIAGNOSE_APPROVAL], 21 + 4 + 2 + 1);
	assert_int_equal(d.lost[DIAGNOSE_ENFORCEMENT], 37 + 219 + 1);
	assert_string_equal(diagnose_lost_text(&d, &a),
		"cases lost: intake 251, approval 28, enforcement 257");
	assert_false(d.questions[0].good);
}

static void diagnose_given(const struct given *g, struct arena *a,
	struct diagnosis *ret)
{
	struct lapse_err err;
	struct report r;

	fill(g, &r, a);
	assert_ok(diagnose(&r, a, ret, &err));
}

/* Neither an answer nor a zero without enough to tell, and it says why. */
static void what_is_not_known_says_why(void **state)
{
	struct given few = {.portal = 5, .mail = 1, .unknown = 2,
		.granted = 5, .closed = 5, .read = true, .shadow = 1};
	AUTO_ARENA a = {0};
	struct diagnosis d;

	(void)state;
	diagnose_given(&few, &a, &d);
	assert_string_equal(d.questions[0].evidence, "by channel: mail 1, "
		"portal 5, not known 2; fewer than ten are known, too few to "
		"tell");
	assert_string_equal(diagnose_lost_text(&d, &a), "cases lost: intake "
		"1, approval not known, enforcement 1; what is not known "
		"could be more");
	few.portal = 40;
	few.mail = 0;
	few.unknown = 60;
	few.shadow = 0;
	diagnose_given(&few, &a, &d);
	assert_has(d.questions[0].evidence, "portal 40, not known 60; of more");
	assert_string_equal(diagnose_lost_text(&d, &a), "cases lost: intake "
		"not known, approval not known, enforcement not known");
}

/* A role with groups is not told to have some: what helps depends on what was
 * done by hand. */
static void the_move_is_of_the_kind_of_step(void **state)
{
	static const struct {
		struct report_role role;
		const char *move;
	} kinds[] = {
		{{.grants = 2, .revokes = 1, .by_hand = 2}, "give it a group"},
		{{.grants = 2, .revokes = 1}, "given by command"},
		{{.grants = 1, .revokes = 3}, "ended by hand"},
		{{.chases = 3, .grants = 1}, "filed for others"},
		{{.evidence = 1}, "settled afterwards"},
		{{.minutes = 1}, "see which step"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct given g = {.closed = 20, .manual = 3,
			.read = true};
		AUTO_ARENA a = {0};
		struct lapse_err err;
		struct diagnosis d;
		struct report r;

		fill(&g, &r, &a);
		r.minutes.roles.n = 1;
		r.minutes.roles.items[0] = kinds[i].role;
		r.minutes.roles.items[0].role = "a/role";
		r.minutes.roles.items[0].requests = 5;
		r.minutes.roles.items[0].manual = 3;
		assert_ok(diagnose(&r, &a, &d, &err));
		assert_int_equal(d.steps.n, 1);
		assert_has(d.steps.items[0].move, kinds[i].move);
	}
}

static void memory(void **state)
{
	AUTO_ARENA a = {.max = 1};
	AUTO_ARENA b = {0};
	struct lapse_err err;
	struct diagnosis d = {.known = true};
	struct report r;

	(void)state;
	case_quarter(&r, &b);
	assert_err(diagnose(&r, &a, &d, &err), LAPSE_ENOMEM);
	assert_int_equal(d.steps.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(evidence_has_the_numbers),
		cmocka_unit_test(what_is_not_known_says_why),
		cmocka_unit_test(the_move_is_of_the_kind_of_step),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
