/* The policy: what refuses, what waits, who is owed, for how long; that the
 * digest of a request's content changes with each of its parts; the quorum. */
#include "unit.h"

#include <stdio.h>

#include "policy.h"

enum { HOUR = 3600, DAY = 86400, NOW = 1800000000 };

/* One request that goes well: ben asks for himself, dana is his manager,
 * owner is olga. Cases change one thing of it. */
struct world {
	struct arena arena;
	struct application application;
	struct role role;
	struct policy_input in;
	struct policy_decision d;
};

static void list(struct world *w, struct strs *s, const char *text)
{
	*s = (struct strs){0};
	if (text != NULL)
		strs_add(s, &w->arena, text);
}

static void approver(struct world *w, const char *account, const char *why)
{
	struct policy_approver *a = VEC_ADD(&w->in.approvers, &w->arena);

	assert_non_null(a);
	*a = (struct policy_approver){.account = account, .name = account,
		.why = why, .label = why, .active = true};
}

static struct policy_group *group(struct world *w)
{
	return &w->in.groups.items[0];
}

static void begin(struct world *w)
{
	struct policy_group *g;

	*w = (struct world){
		.application = {.name = "GitHub", .idp = "okta",
			.owner = "olga@acme.example"},
		.role = {.name = "github/write", .default_duration = HOUR,
			.max_duration = DAY},
		.in = {.now = NOW, .starts_at = WHEN_NONE, .until = WHEN_NONE,
			.reason = "fix it", .requester = "ben",
			.creator = "ben", .extends_end = WHEN_NONE,
			.extends_start = WHEN_NONE},
	};
	w->role.application = &w->application;
	w->in.role = &w->role;
	w->in.beneficiary = (struct policy_person){.account = "ben",
		.name = "Ben", .active = true, .idp_ok = true,
		.ends_at = WHEN_NONE};
	approver(w, "dana", "manager");
	approver(w, "olga", "owner");
	g = VEC_ADD(&w->in.groups, &w->arena);
	assert_non_null(g);
	*g = (struct policy_group){.idp = "okta", .group = "00g1",
		.name = "Writers", .kind = IDP_GROUP_OK, .found = true};
}

static void decide(struct world *w)
{
	struct lapse_err err = {0};

	assert_ok(policy_decide(&w->in, &w->arena, &w->d, &err));
	assert_non_null(w->d.code);
	assert_non_null(w->d.words);
}

static bool owes(const struct world *w, const char *account)
{
	for (size_t i = 0; i < w->d.owed.n; i++)
		if (strcmp(w->d.owed.items[i].account, account) == 0)
			return true;
	return false;
}

static void goes_well(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_ASK);
	assert_string_equal(w.d.code, "ask");
	assert_int_equal(w.d.owed.n, 2);
	assert_string_equal(w.d.owed.items[0].why, "manager");
	assert_int_equal(w.d.duration_s, HOUR);
	assert_true(w.d.ends_at == WHEN_NONE);
	assert_false(w.d.capped);
	assert_null(w.d.admin);
	arena_clear(&w.arena);
}

/* ---- Refusals ---- */

static void no_reason(struct world *w) { w->in.reason = NULL; }
static void blank_reason(struct world *w) { w->in.reason = " \n\t"; }
static void nobody(struct world *w) { w->in.beneficiary.account = NULL; }
static void inactive(struct world *w) { w->in.beneficiary.active = false; }
static void no_user(struct world *w)
{
	w->in.beneficiary.idp_ok = false;
	w->in.beneficiary.idp_problem = "two users have the address";
}
static void not_eligible(struct world *w)
{
	list(w, &w->role.requestable_by, "okta:00g9");
	list(w, &w->in.beneficiary.groups, "okta:00g8");
}
static void conflict(struct world *w)
{
	list(w, &w->in.conflicting, "github/auditor");
	list(w, &w->in.beneficiary.roles, "github/auditor");
}
static void role_conflict(struct world *w)
{
	list(w, &w->role.conflicts, "github/auditor");
	list(w, &w->in.beneficiary.roles, "github/auditor");
}
static void no_group(struct world *w) { group(w)->found = false; }
static void rule(struct world *w)
{
	group(w)->kind = IDP_GROUP_RULE;
	group(w)->detail = "Engineering by department";
}
static void directory(struct world *w)
{
	group(w)->kind = IDP_GROUP_DIRECTORY;
}
static void app(struct world *w) { group(w)->kind = IDP_GROUP_APP; }
static void built_in(struct world *w) { group(w)->kind = IDP_GROUP_BUILT_IN; }
static void restricted(struct world *w)
{
	group(w)->kind = IDP_GROUP_RESTRICTED;
}
static void unknown(struct world *w) { group(w)->kind = IDP_GROUP_UNKNOWN; }
static void pre_existing(struct world *w)
{
	w->role.elevated = true;
	group(w)->pre_existing = true;
}
static void no_end(struct world *w) { w->in.no_end = true; }
static void no_end_elevated(struct world *w)
{
	w->role.elevated = true;
	w->role.standing = true;	/* a hand-made role: still refused */
	w->in.no_end = true;
}
static void no_duration(struct world *w) { w->role.default_duration = 0; }
static void over_maximum(struct world *w)
{
	w->role.over_max_refused = true;
	w->in.duration_s = DAY + 1;
}
static void until_over_maximum(struct world *w)
{
	w->role.over_max_refused = true;
	w->in.until = NOW + DAY + 1;
}
static void until_past(struct world *w) { w->in.until = NOW; }
static void until_before_start(struct world *w)
{
	w->in.starts_at = NOW + HOUR;
	w->in.until = NOW + HOUR;
}
static void far_start(struct world *w)
{
	w->in.starts_at = NOW + 90LL * DAY + 1;
}
static void person_ended(struct world *w)
{
	w->in.beneficiary.ends_at = NOW;
}
static void person_ends_before_start(struct world *w)
{
	w->in.starts_at = NOW + DAY;
	w->in.beneficiary.ends_at = NOW + DAY;
}
static void extends(struct world *w)
{
	w->in.extends_role = "github/write";
	w->in.extends_start = NOW - HOUR;
	w->in.extends_end = NOW + HOUR;
}
static void extends_other(struct world *w)
{
	extends(w);
	w->in.extends_role = "github/read";
}
static void extends_ended(struct world *w)
{
	extends(w);
	w->in.extends_end = NOW;
}
static void extends_standing(struct world *w)
{
	extends(w);
	w->in.extends_end = WHEN_NONE;
}
static void extends_too_far(struct world *w)
{
	extends(w);
	w->role.max_total = 2 * HOUR;
}
static void extends_too_far_refused(struct world *w)
{
	extends(w);
	w->role.over_max_refused = true;
	w->in.duration_s = 23 * HOUR;
	w->role.max_total = DAY;
}
static void nobody_to_ask(struct world *w) { w->in.approvers.n = 0; }
static void only_himself(struct world *w)
{
	w->in.approvers.items[0].account = "ben";
	w->in.approvers.n = 1;
}
static void filed_by_the_only_one(struct world *w)
{
	w->in.creator = "dana";
	w->in.approvers.n = 1;
}
static void asked_by_the_only_one(struct world *w)
{
	w->in.requester = "dana";
	w->in.approvers.n = 1;
}
static void only_the_delegate(struct world *w)
{
	w->in.delegate = "dana";
	w->in.approvers.n = 1;
}
static void all_without_owner(struct world *w)
{
	w->role.approval = APPROVAL_ALL;
	w->in.approvers.items[1].account = NULL;
}
static void all_with_inactive(struct world *w)
{
	w->role.approval = APPROVAL_ALL;
	w->in.approvers.items[0].active = false;
}
static void all_with_himself(struct world *w)
{
	w->role.approval = APPROVAL_ALL;
	w->in.beneficiary.account = "olga";
}
static void escalated_to_nobody(struct world *w) { w->in.escalated = true; }

static const struct {
	void (*change)(struct world *w);
	const char *code;
	const char *words;
	const char *admin;	/* NULL: the administrator is not told */
} refusals[] = {
	{no_reason, "no-reason", "reason is needed", NULL},
	{blank_reason, "no-reason", "reason is needed", NULL},
	{nobody, "beneficiary-not-found", "could not be found", NULL},
	{inactive, "beneficiary-inactive", "Ben's account", NULL},
	{no_user, "no-user", "could not be matched", "two users have"},
	{not_eligible, "not-eligible", "only for certain teams", NULL},
	{conflict, "conflict", "already has 'github/auditor'", NULL},
	{role_conflict, "conflict", "already has 'github/auditor'", NULL},
	{no_group, "group-not-found", "cannot be given", "00g1"},
	{rule, "group-rule", "cannot be given", "Engineering by department"},
	{directory, "group-directory", "cannot be given", "directory"},
	{app, "group-app", "cannot be given", "application"},
	{built_in, "group-built-in", "cannot be given", "built in"},
	{restricted, "group-restricted", "cannot be given", "administrator"},
	{unknown, "group-unknown", "cannot be given", "not known"},
	{pre_existing, "pre-existing", "has this access already", "adopt"},
	{no_end, "no-end", "only given for a time", NULL},
	{no_end_elevated, "no-end-elevated", "1d at the most", NULL},
	{no_duration, "no-duration", "needs a duration", NULL},
	{over_maximum, "over-maximum", "1d at the most", NULL},
	{until_over_maximum, "over-maximum", "1d at the most", NULL},
	{until_past, "until-past", "in the past", NULL},
	{until_before_start, "until-before-start", "after the start", NULL},
	{far_start, "start-too-far", "90 days", NULL},
	{person_ended, "person-ended", "own time here", NULL},
	{person_ends_before_start, "person-ended", "own time here", NULL},
	{extends_other, "extension-role", "extension of 'github/read'", NULL},
	{extends_ended, "extension-ended", "has ended", NULL},
	{extends_standing, "extension-no-end", "has no end", NULL},
	{extends_too_far, "extension-total", "2h at the most", NULL},
	{extends_too_far_refused, "extension-total", "1d at the most", NULL},
	{nobody_to_ask, "no-approver", "Nobody who must approve", "none of"},
	{only_himself, "no-approver", "Nobody who must approve", "none of"},
	{filed_by_the_only_one, "no-approver", "Nobody", "none of"},
	{asked_by_the_only_one, "no-approver", "Nobody", "none of"},
	{only_the_delegate, "no-approver", "Nobody", "none of"},
	{all_without_owner, "approver-missing", "Nobody",
		"'owner' could not be found"},
	{all_with_inactive, "approver-missing", "Nobody",
		"'manager' is not active"},
	{all_with_himself, "approver-missing", "Nobody",
		"'owner' is the person it is for"},
	{escalated_to_nobody, "no-approver", "Nobody", "none of"},
};

static void refuses(void **state)
{
	struct world w;

	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		begin(&w);
		refusals[i].change(&w);
		decide(&w);
		if (w.d.verdict != POLICY_REFUSE ||
			strcmp(w.d.code, refusals[i].code) != 0)
			fail_msg("%s: %d %s", refusals[i].code, w.d.verdict,
				w.d.code);
		assert_has(w.d.words, refusals[i].words);
		assert_int_equal(w.d.owed.n, 0);
		if (refusals[i].admin == NULL)
			assert_null(w.d.admin);
		else
			assert_has(w.d.admin, refusals[i].admin);
		/* for people: whole sentences, and what to do */
		assert_true(w.d.words[strlen(w.d.words) - 1] == '.');
		arena_clear(&w.arena);
	}
}

/* A refusal is told at once, also when something else is to be waited for. */
static void refuses_before_it_waits(void **state)
{
	struct world w;

	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		if (refusals[i].change == not_eligible ||
			refusals[i].change == no_user)
			continue;	/* a new user is in no group yet */
		begin(&w);
		w.in.beneficiary.idp_ok = false;
		w.in.beneficiary.idp_pending = true;
		refusals[i].change(&w);
		decide(&w);
		assert_string_equal(w.d.code, refusals[i].code);
		arena_clear(&w.arena);
	}
}

/* ---- Waiting ---- */

static void waits(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	w.in.starts_at = NOW + 1;
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_WAIT);
	assert_string_equal(w.d.code, "before-start");
	assert_int_equal(w.d.owed.n, 2);
	arena_clear(&w.arena);

	begin(&w);
	w.in.beneficiary.idp_ok = false;
	w.in.beneficiary.idp_pending = true;
	list(&w, &w.role.requestable_by, "okta:00g9");
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_WAIT);
	assert_string_equal(w.d.code, "user-pending");
	arena_clear(&w.arena);

	begin(&w);
	w.in.starts_at = NOW - 10 * DAY;
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_ASK);
	arena_clear(&w.arena);
}

/* ---- Lengths ---- */

struct length {
	const char *what;
	int64_t asked, until, starts, person;	/* after NOW; 0: none */
	bool standing, no_end, extends;
	int64_t want, ends;			/* ends after NOW; 0: none */
	bool capped;
};

static int64_t after(int64_t s)
{
	return s == 0 ? WHEN_NONE : NOW + s;
}

static void check_length(const struct length *t)
{
	struct world w;

	begin(&w);
	w.in.duration_s = t->asked;
	w.in.until = after(t->until);
	w.in.starts_at = after(t->starts);
	w.in.beneficiary.ends_at = after(t->person);
	w.role.max_total = t->extends ? 10 * HOUR : 0;
	if (t->standing) {
		w.role.standing = true;
		w.role.max_duration = 0;
	}
	w.in.no_end = t->no_end;
	if (t->extends)
		extends(&w);
	decide(&w);
	if (w.d.verdict == POLICY_REFUSE)
		fail_msg("%s: %s", t->what, w.d.code);
	if (w.d.duration_s != t->want || w.d.ends_at != after(t->ends) ||
		w.d.capped != t->capped || (w.d.cap != NULL) != t->capped)
		fail_msg("%s: %lld until %lld, %d", t->what,
			(long long)w.d.duration_s,
			(long long)(w.d.ends_at - NOW), w.d.capped);
	arena_clear(&w.arena);
}

static void measures(void **state)
{
	static const struct length table[] = {
		{.what = "default", .want = HOUR},
		{.what = "asked", .asked = 5, .want = 5},
		{.what = "the maximum", .asked = DAY, .want = DAY},
		{.what = "over it", .asked = DAY + 1, .want = DAY,
			.capped = true},
		{.what = "until", .until = 7, .want = 7, .ends = 7},
		{.what = "until over it", .until = 9 * DAY, .want = DAY,
			.capped = true},
		{.what = "until from", .starts = HOUR, .until = 2 * HOUR,
			.want = HOUR, .ends = 2 * HOUR},
		{.what = "until from, over", .starts = HOUR,
			.until = 9 * DAY, .want = DAY, .ends = DAY + HOUR,
			.capped = true},
		{.what = "no end", .standing = true, .no_end = true},
		{.what = "standing, timed", .standing = true,
			.asked = 40 * DAY, .want = 40 * DAY},
		{.what = "person ends first", .asked = 5 * HOUR,
			.person = 3 * HOUR, .want = 3 * HOUR,
			.ends = 3 * HOUR, .capped = true},
		{.what = "person ends then", .asked = HOUR, .person = HOUR,
			.want = HOUR},
		{.what = "no end, person", .standing = true, .no_end = true,
			.person = DAY, .want = DAY, .ends = DAY,
			.capped = true},
		{.what = "until, person", .until = 5 * HOUR,
			.person = 2 * HOUR, .want = 2 * HOUR,
			.ends = 2 * HOUR, .capped = true},
		{.what = "extension", .extends = true, .asked = 2 * HOUR,
			.want = 2 * HOUR, .ends = 3 * HOUR},
		{.what = "extension to its limit", .extends = true,
			.asked = 8 * HOUR, .want = 8 * HOUR,
			.ends = 9 * HOUR},
		{.what = "extension over it", .extends = true,
			.asked = 9 * HOUR, .want = 8 * HOUR,
			.ends = 9 * HOUR, .capped = true},
		{.what = "extension until", .extends = true,
			.until = 4 * HOUR, .want = 3 * HOUR,
			.ends = 4 * HOUR},
		{.what = "extension, person", .extends = true,
			.asked = 2 * HOUR, .person = 2 * HOUR, .want = HOUR,
			.ends = 2 * HOUR, .capped = true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		check_length(&table[i]);
}

/* ---- Approvers ---- */

static void is_automatic(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	w.role.auto_approve = true;
	w.in.approvers.n = 0;
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_AUTO);
	assert_int_equal(w.d.owed.n, 0);
	w.role.elevated = true;	/* never, whatever the role says */
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_REFUSE);
	assert_string_equal(w.d.code, "no-approver");
	arena_clear(&w.arena);
}

static void fallback(struct world *w, const char *account, bool active)
{
	w->in.fallback = (struct policy_approver){.account = account,
		.why = "fallback", .label = account, .active = active};
}

static void owes_the_right_people(void **state)
{
	struct world w;

	(void)state;
	begin(&w);		/* one person twice is one */
	w.in.approvers.items[1].account = "dana";
	w.role.approval = APPROVAL_ALL;
	decide(&w);
	assert_int_equal(w.d.owed.n, 1);
	assert_int_equal(w.d.mode, APPROVAL_ALL);
	arena_clear(&w.arena);

	begin(&w);		/* any: who can be asked is asked */
	w.in.approvers.items[0].account = NULL;
	decide(&w);
	assert_int_equal(w.d.owed.n, 1);
	assert_true(owes(&w, "olga"));
	arena_clear(&w.arena);

	begin(&w);		/* all: a group counts by its members */
	approver(&w, "ben", "group");
	approver(&w, "karin", "group");
	w.role.approval = APPROVAL_ALL;
	decide(&w);
	assert_int_equal(w.d.owed.n, 3);
	assert_false(owes(&w, "ben"));
	arena_clear(&w.arena);

	begin(&w);		/* nobody listed: the fallback */
	w.in.approvers.n = 0;
	fallback(&w, "gina", true);
	decide(&w);
	assert_int_equal(w.d.owed.n, 1);
	assert_string_equal(w.d.owed.items[0].why, "fallback");
	fallback(&w, "ben", true);
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_REFUSE);
	fallback(&w, "gina", false);
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_REFUSE);
	arena_clear(&w.arena);

	begin(&w);		/* escalated: the fallback alone */
	fallback(&w, "gina", true);
	w.in.escalated = true;
	decide(&w);
	assert_int_equal(w.d.owed.n, 1);
	assert_true(owes(&w, "gina"));
	arena_clear(&w.arena);

	begin(&w);		/* a fallback in the list is asked last only */
	approver(&w, "gina", "fallback");
	decide(&w);
	assert_int_equal(w.d.owed.n, 2);
	w.in.escalated = true;
	decide(&w);
	assert_int_equal(w.d.owed.n, 1);
	arena_clear(&w.arena);
}

/* Requester, filer and beneficiary in every combination: none of them is ever
 * owed, whatever the role says. */
static void nobody_approves_for_himself(void **state)
{
	static const char *const people[] = {"dana", "olga", "ben"};
	struct world w;

	(void)state;
	for (size_t i = 0; i < 27 * 2; i++) {
		begin(&w);
		w.in.requester = people[i % 3];
		w.in.creator = people[i / 3 % 3];
		w.in.beneficiary.account = people[i / 9 % 3];
		w.role.approval = i >= 27 ? APPROVAL_ALL : APPROVAL_ANY;
		fallback(&w, "dana", true);
		decide(&w);
		assert_false(owes(&w, w.in.requester));
		assert_false(owes(&w, w.in.creator));
		assert_false(owes(&w, w.in.beneficiary.account));
		assert_true((w.d.verdict == POLICY_ASK) == (w.d.owed.n > 0));
		arena_clear(&w.arena);
	}
}

static void takes_groups_either_way(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	list(&w, &w.role.requestable_by, "okta:00g9");
	list(&w, &w.in.beneficiary.groups, "okta:00g9");
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_ASK);
	list(&w, &w.in.beneficiary.groups, "okta:okta:00g9");
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_ASK);
	list(&w, &w.in.beneficiary.groups, "google:00g9");
	decide(&w);
	assert_string_equal(w.d.code, "not-eligible");
	arena_clear(&w.arena);
}

/* A pre-existing membership is no hindrance to what is not elevated. */
static void leaves_plain_access_alone(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	group(&w)->pre_existing = true;
	decide(&w);
	assert_int_equal(w.d.verdict, POLICY_ASK);
	arena_clear(&w.arena);
}

/* ---- The digest ---- */

static void content(struct policy_content *c, struct arena *a)
{
	*c = (struct policy_content){.issue = "10001", .requester = "ben",
		.beneficiary = "carl", .role = "github/write",
		.duration_s = HOUR, .until = WHEN_NONE, .starts_at = WHEN_NONE,
		.max_duration = DAY, .reason = "fix it", .extends = NULL};
	strs_add(&c->users, a, "okta:00u1");
	strs_add(&c->users, a, "google:77");
	strs_add(&c->groups, a, "okta:00g1");
	strs_add(&c->groups, a, "okta:00g2");
}

static void change_content(struct policy_content *c, struct arena *a, int n)
{
	switch (n) {
	case 0: c->issue = "10002"; break;
	case 1: c->requester = "dana"; break;
	case 2: c->beneficiary = "ben"; break;
	case 3: c->role = "github/read"; break;
	case 4: c->duration_s = HOUR + 1; break;
	case 5: c->duration_s = 0; break;
	case 6: c->duration_s = -1; break;
	case 7: c->until = NOW; break;
	case 8: c->starts_at = NOW; break;
	case 9: c->max_duration = DAY + 1; break;
	case 10: c->reason = "fix it "; break;
	case 11: c->reason = ""; break;
	case 12: c->reason = NULL; break;
	case 13: c->extends = "10000"; break;
	case 14: strs_add(&c->users, a, "entra:1"); break;
	case 15: strs_add(&c->groups, a, "okta:00g3"); break;
	case 16: c->groups.items[0] = "okta:00g3"; break;
	case 17: c->users.items[0] = "okta:00u2"; break;
	/* a value may not wander from one list into the next */
	case 18: c->groups.n = 1; strs_add(&c->users, a, "okta:00g2"); break;
	default: break;
	}
}

static void digests_every_part(void **state)
{
	char seen[20][65];
	struct lapse_err err = {0};

	(void)state;
	for (int n = 0; n < 20; n++) {
		AUTO_ARENA a = {0};
		struct policy_content c;
		content(&c, &a);
		change_content(&c, &a, n);	/* 19: nothing */
		assert_ok(policy_hash(&c, seen[n], &err));
		for (int i = 0; i < n; i++)
			if (strcmp(seen[i], seen[n]) == 0)
				fail_msg("%d and %d are equal", i, n);
	}
}

static void digests_sets(void **state)
{
	AUTO_ARENA a = {0};
	struct policy_content c;
	char one[65], two[65];
	const char *first;
	struct lapse_err err = {0};

	(void)state;
	content(&c, &a);
	assert_ok(policy_hash(&c, one, &err));
	first = c.groups.items[0];
	c.groups.items[0] = c.groups.items[1];
	c.groups.items[1] = first;
	assert_ok(policy_hash(&c, two, &err));
	assert_string_equal(one, two);
	assert_string_equal(c.groups.items[1], first);	/* input untouched */
}

/* ---- The quorum ---- */

static void counts(void **state)
{
	/* y yes, n no, - pending; upper case: of someone inactive */
	static const struct {
		enum approval_mode mode;
		const char *votes;
		enum policy_quorum want;
	} table[] = {
		{APPROVAL_ANY, "", QUORUM_OPEN},
		{APPROVAL_ALL, "", QUORUM_OPEN},
		{APPROVAL_ANY, "--", QUORUM_OPEN},
		{APPROVAL_ANY, "-y", QUORUM_APPROVED},
		{APPROVAL_ANY, "yn", QUORUM_DECLINED},
		{APPROVAL_ANY, "n-", QUORUM_DECLINED},
		{APPROVAL_ANY, "-Y", QUORUM_OPEN},
		{APPROVAL_ANY, "yN", QUORUM_APPROVED},
		{APPROVAL_ALL, "y-", QUORUM_OPEN},
		{APPROVAL_ALL, "yy", QUORUM_APPROVED},
		{APPROVAL_ALL, "yyn", QUORUM_DECLINED},
		{APPROVAL_ALL, "yY", QUORUM_OPEN},
		{APPROVAL_ALL, "yyN", QUORUM_OPEN},
		{APPROVAL_ALL, "Y", QUORUM_OPEN},
		{APPROVAL_ALL, "y", QUORUM_APPROVED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct policy_vote votes[8] = {0};
		size_t n = strlen(table[i].votes);
		for (size_t k = 0; k < n; k++) {
			char v = table[i].votes[k];
			votes[k].approved = v == 'y' || v == 'Y';
			votes[k].declined = v == 'n' || v == 'N';
			votes[k].active = v != 'Y' && v != 'N';
		}
		if (policy_count(table[i].mode, votes, n) != table[i].want)
			fail_msg("'%s' %d", table[i].votes, table[i].mode);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_well),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_before_it_waits),
		cmocka_unit_test(waits),
		cmocka_unit_test(measures),
		cmocka_unit_test(is_automatic),
		cmocka_unit_test(owes_the_right_people),
		cmocka_unit_test(nobody_approves_for_himself),
		cmocka_unit_test(takes_groups_either_way),
		cmocka_unit_test(leaves_plain_access_alone),
		cmocka_unit_test(digests_every_part),
		cmocka_unit_test(digests_sets),
		cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
