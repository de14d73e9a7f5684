/* Who held what over the window, from readings and holds: the series, and how
 * much of the privileged access that was there before is gone.
 *
 * A membership is *standing* while a hold without an end is on it, or while
 * readings show it and no grant explains it; it is *bound* while only grants
 * that end hold it. */
#include <stdlib.h>
#include <string.h>

#include "report_private.h"

enum {
	STEPS = 30,		/* of the series */
};

struct span {
	int64_t from;
	int64_t until;
};

struct spans {
	VEC(struct span) list;
};

/* One membership while its rows go by. */
struct member {
	struct arena arena;		/* of this membership */
	const char *idp;
	const char *group;
	const char *user;
	struct spans standing;
	struct spans bound;
	VEC(struct report_stay) grants;	/* these two: only their times */
	VEC(struct report_stay) seen;
};

struct walk {
	struct report *r;
	struct arena *arena;
	struct strs elevated;		/* "IDP GROUP", sorted */
	bool complete;			/* all of them have a baseline */
	struct ledger *ledger;
	int64_t until;			/* of the window, or now */
	struct member m;

	/* The group that is walked. */
	bool is_elevated;
	struct baseline_row first;
};

/* ---- Spans ---- */

static int add_span(struct spans *s, struct arena *a, int64_t from,
	int64_t until, struct lapse_err *err)
{
	struct span *o;

	if (until <= from)
		return 0;
	o = VEC_ADD(&s->list, a);
	if (o == NULL)
		return lapse_fail_nomem(err);
	*o = (struct span){from, until};
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct span *x = a;
	const struct span *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* In order, and none touches another. */
static void merge_spans(struct spans *s)
{
	size_t n = 0;

	if (s->list.n == 0)
		return;
	qsort(s->list.items, s->list.n, sizeof(*s->list.items), by_start);
	for (size_t i = 1; i < s->list.n; i++) {
		struct span *last = &s->list.items[n];
		const struct span *next = &s->list.items[i];

		if (next->from > last->until)
			s->list.items[++n] = *next;
		else if (next->until > last->until)
			last->until = next->until;
	}
	s->list.n = n + 1;
}

static int64_t length(const struct spans *s, int64_t from, int64_t until)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->list.n; i++) {
		const struct span *o = &s->list.items[i];
		int64_t a = o->from > from ? o->from : from;
		int64_t b = o->until < until ? o->until : until;

		if (b > a)
			sum += b - a;
	}
	return sum;
}

static bool covers(const struct spans *s, int64_t at)
{
	for (size_t i = 0; i < s->list.n; i++)
		if (s->list.items[i].from <= at && at < s->list.items[i].until)
			return true;
	return false;
}

/* ---- One membership ---- */

/* Did a grant put the person there? Then the reading shows its access, until
 * the first reading after it. */
static bool is_explained(const struct member *m, const struct report_stay *s)
{
	for (size_t i = 0; i < m->grants.n; i++) {
		const struct report_stay *g = &m->grants.items[i];

		if (g->placed_at <= s->from && g->until >= s->from)
			return true;
	}
	return false;
}

/* What readings show is standing until a grant took it over. */
static int add_seen(struct member *m, const struct report_stay *s,
	struct lapse_err *err)
{
	int64_t until = s->until;

	if (is_explained(m, s))
		return 0;
	for (size_t i = 0; i < m->grants.n; i++) {
		const struct report_stay *g = &m->grants.items[i];

		if (g->placed_at > s->from && g->placed_at < until)
			until = g->placed_at;
	}
	return add_span(&m->standing, &m->arena, s->from, until, err);
}

static bool was_seen_before(const struct member *m, int64_t at)
{
	for (size_t i = 0; i < m->seen.n; i++)
		if (m->seen.items[i].from <= at)
			return true;
	return false;
}

/* A membership that a grant found had stood there, also where no reading
 * showed it: since the group was read first, for want of better knowledge
 * against us. */
static int add_found(struct walk *v, struct lapse_err *err)
{
	struct member *m = &v->m;
	int rc = 0;

	for (size_t i = 0; i < m->grants.n && rc == 0; i++) {
		const struct report_stay *g = &m->grants.items[i];

		if (g->found && v->first.at != WHEN_NONE &&
			!was_seen_before(m, g->placed_at))
			rc = add_span(&m->standing, &m->arena, v->first.at,
				g->placed_at, err);
	}
	return rc;
}

static void count_points(struct walk *v)
{
	const struct member *m = &v->m;

	for (size_t i = 0; i < v->r->series.n; i++) {
		struct report_point *p = &v->r->series.items[i];
		bool standing = covers(&m->standing, p->at);
		bool bound = !standing && covers(&m->bound, p->at);

		p->standing += standing;
		p->bound += bound;
		p->elevated_standing += standing && v->is_elevated;
		p->elevated_bound += bound && v->is_elevated;
	}
}

static void count_elevated(struct walk *v)
{
	struct member *m = &v->m;
	int64_t from = v->r->from;
	int64_t standing;

	/* The baseline counts from the group's first reading, and so does
	 * what is held against it. */
	if (v->first.at != WHEN_NONE && v->first.at > from)
		from = v->first.at;
	standing = length(&m->standing, from, v->until);
	v->r->elevated.standing_s += standing;
	v->r->elevated.standing += covers(&m->standing, v->until - 1);
	for (size_t i = 0; i < m->standing.list.n; i++)
		add_span(&m->bound, &m->arena, m->standing.list.items[i].from,
			m->standing.list.items[i].until, NULL);
	merge_spans(&m->bound);
	v->r->elevated.held_s += length(&m->bound, from, v->until) - standing;
}

static int finish_member(struct walk *v, struct lapse_err *err)
{
	struct member *m = &v->m;
	int rc = 0;

	if (m->user == NULL)
		return 0;
	for (size_t i = 0; i < m->seen.n && rc == 0; i++)
		rc = add_seen(m, &m->seen.items[i], err);
	if (rc == 0)
		rc = add_found(v, err);
	if (rc < 0)
		return rc;
	merge_spans(&m->standing);
	merge_spans(&m->bound);
	count_points(v);
	if (v->is_elevated)
		count_elevated(v);
	return arena_check(&m->arena, err);
}

/* ---- All of them ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_group(const struct walk *v, const char *name)
{
	return v->elevated.n > 0 && bsearch(&name, v->elevated.items,
		v->elevated.n, sizeof(name), by_text) != NULL;
}

static int begin_member(struct walk *v, const struct report_stay *s,
	struct lapse_err *err)
{
	struct member *m = &v->m;
	bool same_group = m->user != NULL && strcmp(m->idp, s->idp) == 0 &&
		strcmp(m->group, s->group) == 0;
	struct arena a = {0};

	arena_clear(&m->arena);
	*m = (struct member){.arena = a};
	m->idp = arena_copy(&m->arena, s->idp);
	m->group = arena_copy(&m->arena, s->group);
	m->user = arena_copy(&m->arena, s->user);
	if (arena_check(&m->arena, err) < 0)
		return err->code;
	if (same_group)
		return 0;
	v->is_elevated = has_group(v,
		arena_fmt(&m->arena, "%s %s", s->idp, s->group));
	if (arena_check(&m->arena, err) < 0)
		return err->code;
	return baseline_get(v->ledger, s->idp, s->group, &v->first, err);
}

static int add_stay(void *arg, const struct report_stay *s,
	struct lapse_err *err)
{
	struct walk *v = arg;
	struct member *m = &v->m;
	struct report_stay *g;
	int rc = 0;

	if (m->user == NULL || strcmp(m->user, s->user) != 0 ||
		strcmp(m->group, s->group) != 0 ||
		strcmp(m->idp, s->idp) != 0) {
		rc = finish_member(v, err);
		if (rc == 0)
			rc = begin_member(v, s, err);
	}
	if (rc < 0)
		return rc;
	if (s->by == REPORT_BY_STANDING)
		return add_span(&m->standing, &m->arena, s->from, s->until,
			err);
	g = s->by == REPORT_BY_READING ? VEC_ADD(&m->seen, &m->arena) :
					 VEC_ADD(&m->grants, &m->arena);
	if (g == NULL)
		return lapse_fail_nomem(err);
	*g = *s;
	return s->by == REPORT_BY_READING ? 0 :
		add_span(&m->bound, &m->arena, s->from, s->until, err);
}

/* ---- What is elevated ---- */

static int add_group(void *arg, const char *idp, const char *group,
	struct lapse_err *err)
{
	struct walk *v = arg;

	strs_add(&v->elevated, v->arena,
		arena_fmt(v->arena, "%s %s", idp, group));
	return arena_check(v->arena, err);
}

static int find_elevated(struct lapse *l, struct walk *v,
	const struct report_window *w, struct lapse_err *err)
{
	size_t n = 0;
	int rc = report_elevated(l->ledger, w, add_group, v, err);

	for (size_t i = 0; l->config != NULL && i < l->config->roles.n; i++) {
		const struct role *role = &l->config->roles.items[i];

		for (size_t k = 0; role->elevated && k < role->groups.n &&
			rc == 0; k++)
			rc = add_group(v, role->group_idps.items[k],
				role->group_ids.items[k], err);
	}
	if (rc < 0)
		return rc;
	strs_sort(&v->elevated);
	for (size_t i = 0; i < v->elevated.n; i++)
		if (n == 0 || strcmp(v->elevated.items[i],
			v->elevated.items[n - 1]) != 0)
			v->elevated.items[n++] = v->elevated.items[i];
	v->elevated.n = n;
	return 0;
}

/* What the standing access of before would have held until now. */
static int fill_baseline(struct walk *v, struct lapse_err *err)
{
	struct report *r = v->r;

	for (size_t i = 0; i < v->elevated.n; i++) {
		AUTO_ARENA a = {0};
		struct baseline_row b;
		char *idp = arena_copy(&a, v->elevated.items[i]);
		char *group = idp == NULL ? NULL : strchr(idp, ' ');
		int64_t from;

		if (group == NULL)
			return lapse_fail_nomem(err);
		*group++ = '\0';
		if (baseline_get(v->ledger, idp, group, &b, err) < 0)
			return err->code;
		if (b.at == WHEN_NONE) {
			v->complete = false;
			continue;
		}
		from = b.at > r->from ? b.at : r->from;
		if (b.at < v->until)
			r->elevated.baseline += b.standing;
		if (from < v->until)
			r->elevated.baseline_s +=
				b.standing * (v->until - from);
	}
	return 0;
}

/* ---- The report's part ---- */

/* Even steps; before the ledger began, and from now on, nothing is known. */
static int begin_series(struct walk *v, struct lapse_err *err)
{
	struct report *r = v->r;
	int64_t step = (r->until - r->from) / STEPS;

	for (int i = 0; i <= STEPS; i++) {
		/* Neither the window nor a stay holds its end, and a window
		 * that goes up to now ends a second later. */
		int64_t at = i == STEPS ? v->until - 1 : r->from + i * step;
		struct report_point *p;

		if (at < r->first_at || at >= v->until)
			continue;
		p = VEC_ADD(&r->series, v->arena);
		if (p == NULL)
			return lapse_fail_nomem(err);
		p->at = at;
	}
	return 0;
}

static void judge_elevated(struct lapse *l, const struct walk *v)
{
	struct report *r = v->r;

	r->elevated.removed = -1;
	if (l->config == NULL || !v->complete) {
		r->elevated.baseline = -1;
		r->elevated.baseline_s = -1;
		r->elevated.standing = -1;
		r->elevated.standing_s = -1;
	} else if (r->elevated.baseline_s > 0) {
		double left = (double)(r->elevated.held_s +
				      r->elevated.standing_s) /
			(double)r->elevated.baseline_s;

		/* More than before is not less than nothing removed. */
		r->elevated.removed = left < 1 ? 1 - left : 0;
	}
}

int report_access(struct lapse *l, const struct report_window *w,
	struct arena *a, struct report *r, struct lapse_err *err)
{
	struct walk v = {
		.r = r,
		.arena = a,
		.complete = true,
		.ledger = l->ledger,
		.until = r->until < r->now ? r->until : r->now,
		.first = {.at = WHEN_NONE},
	};
	const struct report_window until = {w->from, w->until, v.until,
		w->late_before};
	int rc = find_elevated(l, &v, w, err);

	if (rc == 0)
		rc = fill_baseline(&v, err);
	if (rc == 0)
		rc = begin_series(&v, err);
	if (rc == 0)
		rc = report_stays(l->ledger, &until, add_stay, &v, err);
	if (rc == 0)
		rc = finish_member(&v, err);
	arena_clear(&v.m.arena);
	if (rc == 0)
		judge_elevated(l, &v);
	return rc;
}
