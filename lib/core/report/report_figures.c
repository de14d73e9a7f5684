/* The report as a list of named figures: what is printed, and what a limit can
 * be put on. lapse-report(7) defines each by its name. */
#include <string.h>

#include "report.h"

struct listing {
	struct arena *arena;
	struct report_figures *ret;
	const char *section;
	bool failed;
};

static struct report_figure *add(struct listing *v, const char *name,
	double value, const char *unit)
{
	static struct report_figure nowhere;
	struct report_figure *f = VEC_ADD(&v->ret->list, v->arena);

	if (f == NULL) {
		v->failed = true;
		return &nowhere;
	}
	*f = (struct report_figure){
		.section = v->section,
		.name = name,
		.known = true,
		.value = value,
		.unit = unit,
		.n = -1,
	};
	return f;
}

static struct report_figure *count(struct listing *v, const char *name,
	int64_t n, const char *unit)
{
	struct report_figure *f = add(v, name, (double)n, unit);

	f->known = n >= 0;
	return f;
}

/* Without anything to divide by a share is not known: neither 0 nor 1. */
static struct report_figure *share(struct listing *v, const char *name,
	int64_t part, int64_t of)
{
	struct report_figure *f = add(v, name,
		of > 0 ? (double)part / (double)of : 0, "ratio");

	f->known = of > 0;
	f->decimals = 4;
	f->n = of;
	return f;
}

static void each(struct listing *v, const char *kind,
	const struct report_counts *counts, const char *const *names,
	const char *unit)
{
	for (; *names != NULL; names++) {
		int64_t n = 0;

		for (size_t i = 0; i < counts->list.n; i++)
			if (strcmp(counts->list.items[i].name, *names) == 0)
				n = counts->list.items[i].n;
		count(v, arena_fmt(v->arena, "%s.%s", kind, *names), n, unit);
	}
}

/* ---- Sections, in their order ---- */

static void add_requests(struct listing *v, const struct report *r)
{
	static const char *const outcomes[] = {"granted", "declined",
		"refused", "stale", "cancelled", "open", NULL};
	static const char *const channels[] = {"portal", "mail", "agent",
		"slack", "api", "by-hand", "unknown", NULL};

	v->section = "requests";
	count(v, "filed", r->requests.filed, "requests");
	each(v, "outcome", &r->requests.outcomes, outcomes, "requests");
	each(v, "channel", &r->requests.channels, channels, "requests");
	count(v, "closed", r->requests.closed, "requests");
	share(v, "automatic", r->requests.automatic, r->requests.closed)
		->detail = "closed without a manual step";
	share(v, "manual", r->requests.manual, r->requests.closed)
		->detail = "the rule: at most 0.25";
}

static void add_spread(struct listing *v, const char *name,
	const struct report_spread *s)
{
	const struct {
		const char *what;
		int64_t s;
	} parts[] = {
		{"median", s->median_s},
		{"p90", s->p90_s},
		{"worst", s->worst_s},
	};

	for (size_t i = 0; i < ARRAY_N(parts); i++) {
		struct report_figure *f = add(v, arena_fmt(v->arena, "%s.%s",
			name, parts[i].what), (double)parts[i].s, "s");

		f->known = s->n > 0;
		f->n = s->n;
	}
	count(v, arena_fmt(v->arena, "%s.open", name), s->open, "open");
}

static void add_times(struct listing *v, const struct report *r)
{
	v->section = "times";
	add_spread(v, "filed-to-approved", &r->filed_to_approved);
	add_spread(v, "approved-to-verified", &r->approved_to_verified);
	add_spread(v, "deadline-to-removed", &r->deadline_to_removed);
	add_spread(v, "left-to-removed", &r->left_to_removed);
}

static void add_hops(struct listing *v, const struct report *r)
{
	static const char *const names[] = {"hops.0", "hops.1", "hops.2",
		"hops.3", "hops.more"};

	v->section = "hops";
	share(v, "hops-over", r->hops.over, r->hops.read)
		->detail = "more than three human moves after the approval";
	for (size_t i = 0; i < ARRAY_N(names); i++) {
		struct report_figure *f = count(v, names[i], r->hops.by_n[i],
			"requests");

		f->known = r->hops.read > 0;
		f->n = r->hops.read;
	}
}

static void add_access(struct listing *v, const struct report *r)
{
	static const struct report_point none = {0, -1, -1, -1, -1};
	const struct report_point *p = r->series.n == 0 ? &none :
		&r->series.items[r->series.n - 1];
	const struct {
		const char *name;
		int64_t s;
	} hours[] = {
		{"elevated-held", r->elevated.held_s},
		{"elevated-standing-held", r->elevated.standing_s},
		{"elevated-baseline-held", r->elevated.baseline_s},
	};

	v->section = "access";
	count(v, "standing", p->standing, "memberships");
	count(v, "bound", p->bound, "memberships");
	count(v, "elevated-standing", r->elevated.standing, "memberships");
	count(v, "elevated-bound", p->elevated_bound, "memberships");
	count(v, "elevated-baseline", r->elevated.baseline, "memberships");
	for (size_t i = 0; i < ARRAY_N(hours); i++) {
		struct report_figure *f = add(v, hours[i].name,
			(double)hours[i].s / 3600, "h");

		f->known = hours[i].s >= 0;
		f->decimals = 2;
	}
	for (int left = 0; left < 2; left++) {
		struct report_figure *f = add(v,
			left ? "privileged-left" : "privileged-removed",
			left ? 1 - r->elevated.removed : r->elevated.removed,
			"ratio");

		f->known = r->elevated.removed >= 0;
		f->decimals = 4;
	}
}

static void add_removals(struct listing *v, const struct report *r)
{
	static const char *const reasons[] = {"expired", "revoked",
		"reviewed", "reclaimed", "left", "declined",
		"removed-outside", "withdrawn", "superseded", "abandoned",
		"unknown", NULL};

	v->section = "removals";
	count(v, "removed-automatically", r->removals.automatic, "removals");
	count(v, "removed-by-people", r->removals.by_people, "removals");
	count(v, "removals-open", r->removals.unverified, "removals");
	each(v, "removed", &r->removals.reasons, reasons, "removals");
}

static void add_now(struct listing *v, const struct report *r)
{
	v->section = "now";
	count(v, "overdue", r->now_open.overdue, "grants");
	count(v, "overdue-worst", r->now_open.worst_late_s, "s");
	count(v, "parked", r->now_open.parked, "changes");
	count(v, "unacknowledged", r->now_open.unacknowledged, "grants")
		->detail = "given by break-glass";
	count(v, "waiting", r->now_open.stale_requests, "requests")
		->detail = "nothing happened for 7 days";
	count(v, "slack-waiting", r->now_open.slack_waiting, "messages")
		->detail = "owed in Slack, and not sent";
	count(v, "slack-failing", r->now_open.slack_failing, "things")
		->detail = "failed in Slack when last tried";
	count(v, "slack-read", r->now_open.slack_read_s, "s")
		->detail = "since all there was to read in Slack was read";
}

static void add_reviews(struct listing *v, const struct report *r)
{
	v->section = "reviews";
	count(v, "reviews-opened", r->reviews.opened, "campaigns");
	count(v, "reviews-closed", r->reviews.closed, "campaigns");
	count(v, "reviews-unacknowledged", r->reviews.unacknowledged,
		"campaigns");
	count(v, "reviewed", r->reviews.items, "accesses");
	count(v, "review-decided", r->reviews.decided, "accesses");
	count(v, "review-revoked", r->reviews.revoked, "accesses");
	count(v, "review-removed", r->reviews.removed, "accesses");
	count(v, "reviews-overdue", r->reviews.roles_overdue, "roles")
		->detail = r->reviews.overdue.n == 0 ? NULL :
		strs_join(&r->reviews.overdue, v->arena, ", ");
	count(v, "movers-waiting", r->reviews.movers_waiting, "people")
		->detail = "moved more than 30 days ago, not reviewed since";
}

static void add_seats(struct listing *v, const struct report *r)
{
	int64_t seats = 0;

	for (size_t i = 0; i < r->seats.money.n; i++)
		seats += r->seats.money.items[i].seats;
	v->section = "seats";
	count(v, "reclaim-warned", r->seats.warned, "accesses");
	count(v, "reclaimed", r->seats.reclaimed, "accesses");
	count(v, "reclaim-kept", r->seats.kept, "accesses");
	count(v, "seats-freed", seats, "seats");
	for (size_t i = 0; i < r->seats.money.n; i++) {
		const struct report_money *m = &r->seats.money.items[i];
		struct report_figure *f = add(v, arena_fmt(v->arena,
			"freed.%s", m->currency), (double)m->cents / 100,
			m->currency);

		f->decimals = 2;
		f->n = m->seats;
		f->detail = "a month";
	}
}

static void add_minutes(struct listing *v, const struct report *r)
{
	static const char *const kinds[] = {"grant", "revoke", "evidence",
		"approval-chase", NULL};

	v->section = "minutes";
	count(v, "minutes-spent", r->minutes.total, "min");
	count(v, "minutes-saved", r->minutes.saved, "min");
	each(v, "steps", &r->minutes.steps, kinds, "steps");
	each(v, "minutes", &r->minutes.cost, kinds, "min");
	for (size_t i = 0; i < r->minutes.roles.n; i++) {
		const struct report_role *o = &r->minutes.roles.items[i];
		struct report_figure *f = count(v, arena_fmt(v->arena,
			"role.%s", o->role), o->minutes, "min");

		f->n = o->requests;
		f->detail = arena_fmt(v->arena, "%lld of its %lld closed "
			"requests by hand, %lld steps", (long long)o->manual,
			(long long)o->requests, (long long)o->steps);
	}
}

static void add_rest(struct listing *v, const struct report *r)
{
	v->section = "leavers";
	count(v, "leavers", r->leavers.people, "people");
	count(v, "leavers-held", r->leavers.held, "people")
		->detail = "of these, held something";
	count(v, "leavers-still", r->leavers.still, "memberships")
		->detail = "theirs now; what lapse gave goes by itself, the "
			   "rest by a review or `lapse adopt`";
	v->section = "record";
	count(v, "shadow", r->story.shadow_adds, "memberships")
		->detail = "added past lapse meanwhile; `lapse drift` has all";
	count(v, "removed-outside", r->story.removed_outside, "grants");
	count(v, "unevidenced", r->story.unevidenced, "grants")
		->detail = "their issue does not tell";
	count(v, "undelivered", r->story.undelivered, "notices");
}

/* Before the ledger began nobody counted: there is no telling a zero from what
 * nobody saw. What a later reading of Jira told of that time stays. */
static void forget_zeros(struct report_figures *figures)
{
	for (size_t i = 0; i < figures->list.n; i++) {
		struct report_figure *f = &figures->list.items[i];

		f->known = f->known && f->value != 0;
	}
}

int report_figures(const struct report *r, struct arena *a,
	struct report_figures *ret, struct lapse_err *err)
{
	static void (*const sections[])(struct listing *v,
		const struct report *r) = {
		add_requests, add_times, add_hops, add_access, add_removals,
		add_now, add_reviews, add_seats, add_minutes, add_rest,
	};
	struct listing v = {.arena = a, .ret = ret};

	for (size_t i = 0; i < ARRAY_N(sections); i++)
		sections[i](&v, r);
	if (r->until <= r->first_at)
		forget_zeros(ret);
	return v.failed ? lapse_fail_nomem(err) : arena_check(a, err);
}
