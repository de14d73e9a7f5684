/* The next moves: of the bucket where most is lost, what weighs most first.
 * Commands are to be typed as they stand, so names in them are quoted for the
 * shell. */
#include "diagnose_private.h"

#include <string.h>

#include "figures.h"
#include "text.h"

static void step(struct diagnosis *d, struct arena *a, const char *move,
	const char *command)
{
	struct diagnose_step *s = VEC_ADD(&d->steps, a);

	if (s != NULL)
		*s = (struct diagnose_step){d->bucket, move, command};
}

static const struct report_role *most_manual(const struct report *r)
{
	const struct report_role *most = NULL;

	for (size_t i = 0; i < r->minutes.roles.n; i++) {
		const struct report_role *role = &r->minutes.roles.items[i];

		if (role->manual > 0 &&
			(most == NULL || role->manual > most->manual))
			most = role;
	}
	return most;
}

/* What would make the most frequent kind of a role's steps unnecessary. */
static const char *spare_hands(const struct report_role *role)
{
	const struct {
		int64_t n;
		const char *move;
	} kinds[] = {
		{role->by_hand, "give it a group, so that no step in the "
			"application is needed"},
		{role->grants - role->by_hand, "it was given by command: let "
			"people file for it, and leave break-glass and "
			"`grant` to emergencies"},
		{role->revokes, "it was ended by hand: give it a deadline, or "
			"see what hindered its removals"},
		{role->chases, "requests were filed for others, asked again "
			"or moved on by hand: show people its form, and let "
			"the approval alone start the grant"},
		{role->evidence, "what was given or found was settled "
			"afterwards: let people file for it first"},
	};
	size_t most = 0;

	for (size_t i = 1; i < ARRAY_N(kinds); i++) {
		if (kinds[i].n > kinds[most].n)
			most = i;
	}
	return kinds[most].n > 0 ? kinds[most].move :
		"see which step that was";
}

/* The role that hands are needed for most; the commands that show it. */
static void step_role(const struct report *r, struct arena *a,
	struct diagnosis *d)
{
	const struct report_role *role = most_manual(r);
	char n[FIGURES_TEXT], of[FIGURES_TEXT];
	AUTO_BUF name = {0};

	if (role == NULL)
		return;
	text_word(&name, role->role);
	step(d, a, arena_fmt(a, "%s of %s for %s had a manual step, more than "
		"for any other role: %s", figures_count(role->manual, n),
		figures_many(role->requests, "request", "requests", of),
		role->role, spare_hands(role)),
		arena_fmt(a, "lapse show %s", arena_copy_buf(a, &name)));
}

/* ---- Intake ---- */

static const char *close_door(const char *channel)
{
	static const struct {
		const char *channel, *move;
	} doors[] = {
		{"mail", "answer mail with the portal's address and take "
			 "access out of the mail channel's request types"},
		{"agent", "agents file for others what these can file "
			  "themselves: show them the portal's form"},
		{"slack", "let the Slack form file the portal's request type, "
			  "or send people to the portal"},
		{"api", "name the integration that files by the API, and let "
			"it send people to the portal"},
		{"by-hand", "grants by hand are for emergencies: file the "
			    "role that was wanted in the portal's form"},
		{"portal", "the portal is not the busiest way: offer every "
			   "role in its form"},
	};

	for (size_t i = 0; i < ARRAY_N(doors); i++) {
		if (strcmp(doors[i].channel, channel) == 0)
			return doors[i].move;
	}
	return "send people to the portal";
}

static void intake_steps(const struct report *r, struct arena *a,
	struct diagnosis *d)
{
	const struct report_counts *all = &r->requests.channels;
	const struct report_count *most = diagnose_busiest(all, NULL);
	const struct report_count *second = diagnose_busiest(all, most);
	char n[FIGURES_TEXT];

	if (second != NULL)
		step(d, a, arena_fmt(a, "%s came by %s: %s",
			figures_many(second->n, "request", "requests", n),
			second->name, close_door(second->name)),
			"lapse list requests --all");
	step(d, a, "make the one form complete: every role of the catalog is "
		"an option of its field", "lapse catalog check");
	step(d, a, "and write what is missing there",
		"lapse catalog publish --dry-run");
}

/* ---- Approval ---- */

static void approval_steps(const struct report *r, struct arena *a,
	struct diagnosis *d)
{
	char n[FIGURES_TEXT];

	if (r->now_open.unacknowledged > 0)
		step(d, a, arena_fmt(a, "have someone else acknowledge %s",
			figures_many(r->now_open.unacknowledged,
			"break-glass grant", "break-glass grants", n)),
			"lapse status");
	if (r->story.unevidenced > 0)
		step(d, a, arena_fmt(a, "see why no issue tells of %s",
			figures_many(r->story.unevidenced, "grant", "grants",
			n)),
			"lapse drift --kind unevidenced");
	if (r->story.undelivered > 0)
		step(d, a, arena_fmt(a, "see why Jira does not have %s yet",
			figures_many(r->story.undelivered, "notice", "notices",
			n)),
			"lapse list notices");
	if (r->now_open.stale_requests > 0)
		step(d, a, arena_fmt(a, "see for whom %s waited for more than a "
			"week, and name a fallback approver",
			figures_many(r->now_open.stale_requests, "request",
			"requests", n)), "lapse list requests");
	if (r->hops.over > 0) {
		step(d, a, arena_fmt(a, "%s passed through more than three hands "
			"after the approval: let the approval alone start the "
			"grant", figures_many(r->hops.over, "request",
			"requests", n)), NULL);
		step_role(r, a, d);
	}
}

/* ---- Enforcement ---- */

static void enforcement_steps(const struct report *r, struct arena *a,
	struct diagnosis *d)
{
	char n[FIGURES_TEXT];

	if (r->now_open.overdue > 0)
		step(d, a, arena_fmt(a, "see what holds up %s",
			figures_many(r->now_open.overdue, "overdue removal",
			"overdue removals", n)),
			"lapse drift --kind overdue");
	if (r->now_open.parked > 0)
		step(d, a, arena_fmt(a, "see what would unpark %s",
			figures_many(r->now_open.parked, "change", "changes",
			n)), "lapse parked list");
	if (r->story.shadow_adds > 0) {
		step(d, a, arena_fmt(a, "settle %s from past lapse, each by the "
			"command that stands beside it",
			figures_many(r->story.shadow_adds, "membership",
			"memberships", n)),
			"lapse drift --fresh --kind shadow");
		step(d, a, "then take the right to edit governed groups from "
			"whom the provider's log names",
			"lapse drift --kind shadow --json");
	}
	if (r->requests.manual > 0)
		step_role(r, a, d);
}

void diagnose_steps(const struct report *r, struct arena *a,
	struct diagnosis *d)
{
	static void (*const by_bucket[DIAGNOSE_BUCKETS])(
		const struct report *r, struct arena *a,
		struct diagnosis *d) = {
		[DIAGNOSE_INTAKE] = intake_steps,
		[DIAGNOSE_APPROVAL] = approval_steps,
		[DIAGNOSE_ENFORCEMENT] = enforcement_steps,
	};

	if (!d->known)
		step(d, a, "there is too little to tell: let the timers read "
			"the groups and the requests for some days",
			"lapse sync --full");
	else if (!d->lossless)
		by_bucket[d->bucket](r, a, d);
}
