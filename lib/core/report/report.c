/* Filling the report from the ledger: every figure in one place, from one view
 * of the ledger. What people did by hand is report_work.c's, who held what
 * over time report_access.c's. */
#include "report.h"

#include <string.h>

#include "money.h"
#include "moved.h"
#include "report_private.h"
#include "review_due.h"
#include "slack_work.h"
#include "status_find.h"

enum {
	OVERDUE_AFTER = 300,	/* without a configuration */
};

/* ---- Lists ---- */

struct listing_names {
	struct arena *arena;
	struct report_counts *ret;
};

static int add_count(void *arg, const struct report_name *name,
	struct lapse_err *err)
{
	struct listing_names *v = arg;
	struct report_count *c = VEC_ADD(&v->ret->list, v->arena);

	if (c == NULL)
		return lapse_fail_nomem(err);
	c->name = arena_copy(v->arena, name->name);
	c->n = name->n[0];
	return arena_check(v->arena, err);
}

int report_list(struct lapse *l, enum report_names what,
	const struct report_window *w, struct arena *a,
	struct report_counts *ret, struct lapse_err *err)
{
	struct listing_names v = {a, ret};

	return report_names(l->ledger, what, w, add_count, &v, err);
}

/* ---- Sections ---- */

static int fill_requests(struct lapse *l, const struct report_window *w,
	struct arena *a, struct report *r, struct lapse_err *err)
{
	int64_t n[6] = {0};
	int rc = report_numbers(l->ledger, REPORT_REQUESTS, w, n, ARRAY_N(n),
		err);

	r->requests.filed = n[0];
	r->requests.closed = n[1];
	r->requests.manual = n[2];
	r->requests.automatic = n[1] - n[2];
	r->requests.granted = n[3];
	r->requests.ended = n[5];
	if (rc == 0)
		rc = report_list(l, REPORT_OUTCOMES, w, a,
			&r->requests.outcomes, err);
	if (rc == 0)
		rc = report_list(l, REPORT_CHANNELS, w, a,
			&r->requests.channels, err);
	return rc;
}

static int fill_spread(struct lapse *l, enum report_numbers what,
	const struct report_window *w, struct report_spread *ret,
	struct lapse_err *err)
{
	int64_t n[5] = {0, -1, -1, -1, 0};
	int rc = report_numbers(l->ledger, what, w, n, ARRAY_N(n), err);

	*ret = (struct report_spread){n[0], n[1], n[2], n[3], n[4]};
	return rc;
}

static int fill_spreads(struct lapse *l, const struct report_window *w,
	struct report *r, struct lapse_err *err)
{
	int rc = fill_spread(l, REPORT_FILED_APPROVED, w,
		&r->filed_to_approved, err);

	if (rc == 0)
		rc = fill_spread(l, REPORT_APPROVED_VERIFIED, w,
			&r->approved_to_verified, err);
	if (rc == 0)
		rc = fill_spread(l, REPORT_DEADLINE_REMOVED, w,
			&r->deadline_to_removed, err);
	if (rc == 0)
		rc = fill_spread(l, REPORT_LEFT_REMOVED, w,
			&r->left_to_removed, err);
	return rc;
}

static int fill_hops(struct lapse *l, const struct report_window *w,
	struct report *r, struct lapse_err *err)
{
	int64_t n[3 + ARRAY_N(r->hops.by_n)] = {0};
	int rc = report_numbers(l->ledger, REPORT_HOPS, w, n, ARRAY_N(n), err);

	r->hops.read = n[0];
	r->hops.total = n[1];
	r->hops.over = n[2];
	memcpy(r->hops.by_n, n + 3, sizeof(r->hops.by_n));
	return rc;
}

static int fill_removals(struct lapse *l, const struct report_window *w,
	struct arena *a, struct report *r, struct lapse_err *err)
{
	int64_t n[3] = {0};
	int rc = report_numbers(l->ledger, REPORT_REMOVALS, w, n, ARRAY_N(n),
		err);

	r->removals.automatic = n[0];
	r->removals.by_people = n[1];
	r->removals.unverified = n[2];
	return rc < 0 ? rc : report_list(l, REPORT_REASONS, w, a,
		&r->removals.reasons, err);
}

static int fill_open(struct lapse *l, const struct report_window *w,
	struct report *r, struct lapse_err *err)
{
	struct report_open open = {0};
	int rc = report_open(l->ledger, w, &open, err);

	if (rc < 0)
		return rc;
	r->now_open.overdue = open.overdue;
	r->now_open.parked = open.parked;
	r->now_open.unacknowledged = open.unacknowledged;
	r->now_open.stale_requests = open.waiting;
	r->now_open.worst_late_s = open.oldest_due == WHEN_NONE ? 0 :
		r->now - open.oldest_due;
	r->story.unevidenced = open.unevidenced;
	r->story.undelivered = open.undelivered;
	r->lost.approval = open.approval_cases;
	r->lost.enforcement = open.enforcement_cases;
	return 0;
}

/* Of this moment only: what waited once nobody kept. */
static int fill_slack(struct lapse *l, struct report *r, struct lapse_err *err)
{
	struct slack_backlog b = {0};
	int64_t read_at = status_stamp(l, SLACK_READ);
	int rc = slack_backlog(l->ledger, &b, err);
	bool now = r->until > r->now;

	r->now_open.slack_waiting = now ? b.waiting : -1;
	r->now_open.slack_failing = now ? b.failing : -1;
	r->now_open.slack_read_s = !now || read_at == WHEN_NONE ? -1 :
		read_at < r->now ? r->now - read_at : 0;
	return rc;
}

static int fill_reviews(struct lapse *l, const struct report_window *w,
	struct arena *a, struct report *r, struct lapse_err *err)
{
	struct review_due due = {0};
	int64_t n[7] = {0};
	int rc = report_numbers(l->ledger, REPORT_REVIEWS, w, n, ARRAY_N(n),
		err);

	r->reviews.opened = n[0];
	r->reviews.closed = n[1];
	r->reviews.unacknowledged = n[2];
	r->reviews.items = n[3];
	r->reviews.decided = n[4];
	r->reviews.revoked = n[5];
	r->reviews.removed = n[6];
	if (rc == 0)
		rc = moved_waiting(l->ledger, r->now - MOVED_WITHIN_S,
			&r->reviews.movers_waiting, err);
	if (rc == 0)
		rc = review_due(l, a, &due, err);
	/* How often is the configuration's to say, and what is due is known
	 * of this moment only. */
	r->reviews.roles_overdue = -1;
	if (l->config != NULL && r->until > r->now) {
		r->reviews.roles_overdue = (int64_t)due.roles.n;
		r->reviews.overdue = due.roles;
	}
	return rc;
}

/* ---- Money ---- */

struct freeing {
	struct arena *arena;
	struct report *r;
};

static int add_seats(void *arg, const struct report_name *name,
	struct lapse_err *err)
{
	struct freeing *v = arg;
	struct report_money *of = NULL;
	struct money one;
	int64_t cents;

	if (money_parse(name->name, &one, err) < 0)
		return err->code;
	for (size_t i = 0; i < v->r->seats.money.n; i++)
		if (strcmp(v->r->seats.money.items[i].currency,
			one.currency) == 0)
			of = &v->r->seats.money.items[i];
	if (of == NULL) {
		of = VEC_ADD(&v->r->seats.money, v->arena);
		if (of == NULL)
			return lapse_fail_nomem(err);
		of->currency = arena_copy(v->arena, one.currency);
	}
	if (__builtin_mul_overflow(one.cents, name->n[0], &cents) ||
		__builtin_add_overflow(of->cents, cents, &of->cents))
		return lapse_fail(err, LAPSE_EUSAGE,
			"'%s': too much for one sum", name->name);
	of->seats += name->n[0];
	return arena_check(v->arena, err);
}

static int fill_seats(struct lapse *l, const struct report_window *w,
	struct arena *a, struct report *r, struct lapse_err *err)
{
	struct freeing v = {a, r};
	int64_t n[3] = {0};
	int rc = report_numbers(l->ledger, REPORT_SEATS, w, n, ARRAY_N(n),
		err);

	r->seats.warned = n[0];
	r->seats.reclaimed = n[1];
	r->seats.kept = n[2];
	return rc < 0 ? rc : report_names(l->ledger, REPORT_COSTS, w,
		add_seats, &v, err);
}

static int fill_rest(struct lapse *l, const struct report_window *w,
	struct report *r, struct lapse_err *err)
{
	int64_t left[3] = {0};
	int64_t story[2] = {0};
	int rc = report_numbers(l->ledger, REPORT_LEAVERS, w, left,
		ARRAY_N(left), err);

	if (rc == 0)
		rc = report_numbers(l->ledger, REPORT_STORY, w, story,
			ARRAY_N(story), err);
	r->leavers.people = left[0];
	r->leavers.held = left[1];
	r->leavers.still = left[2];
	r->story.shadow_adds = story[0];
	r->story.removed_outside = story[1];
	return rc;
}

static int fill_about(struct lapse *l, struct arena *a, struct report *r,
	struct lapse_err *err)
{
	struct ledger_about about;
	char head[65];
	int rc = ledger_about(l->ledger, &about, err);

	if (rc == 0)
		rc = evidence_head(l->ledger, &r->head_seq, head, err);
	if (rc < 0)
		return rc;
	r->ledger = arena_copy(a, about.id);
	r->head = arena_copy(a, head);
	r->first_at = about.created_at;
	return arena_check(a, err);
}

static int fill(struct lapse *l, struct arena *a, struct report *r,
	struct lapse_err *err)
{
	const int64_t after = l->config == NULL ? OVERDUE_AFTER :
						  l->config->overdue_after;
	const struct report_window w = {r->from, r->until, r->now,
		r->now - after};
	int rc = fill_about(l, a, r, err);

	if (rc == 0)
		rc = fill_requests(l, &w, a, r, err);
	if (rc == 0)
		rc = fill_spreads(l, &w, r, err);
	if (rc == 0)
		rc = fill_hops(l, &w, r, err);
	if (rc == 0)
		rc = fill_removals(l, &w, a, r, err);
	if (rc == 0)
		rc = fill_open(l, &w, r, err);
	if (rc == 0)
		rc = fill_slack(l, r, err);
	if (rc == 0)
		rc = fill_reviews(l, &w, a, r, err);
	if (rc == 0)
		rc = fill_seats(l, &w, a, r, err);
	if (rc == 0)
		rc = fill_rest(l, &w, r, err);
	if (rc == 0)
		rc = report_work(l, &w, a, r, err);
	if (rc == 0)
		rc = report_access(l, &w, a, r, err);
	return rc;
}

int report_fill(struct lapse *l, int64_t from, int64_t until, struct arena *a,
	struct report *ret, struct lapse_err *err)
{
	struct report r = {.from = from, .until = until, .now = core_now(l)};
	struct ledger *AUTO_TX view = NULL;
	int rc;

	/* What is open is measured at the window's end, so that a report of a
	 * window that is over is always the same. */
	if (until < r.now)
		r.now = until;

	if (!report_has_rows(l->ledger))
		return lapse_fail(err, LAPSE_EREFUSED, "report: '%s': is of an "
			"older lapse, which did not keep what a report counts; "
			"take a snapshot after the first sync of this one",
			ledger_path(l->ledger));
	rc = ledger_begin_read(l->ledger, err);
	if (rc < 0)
		return rc;
	view = l->ledger;
	rc = fill(l, a, &r, err);
	if (rc == 0)
		*ret = r;
	return rc;
}
