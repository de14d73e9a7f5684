/* What people did by hand, in minutes as configured, and what lapse did
 * instead of them. */
#include <stdlib.h>
#include <string.h>

#include "report_private.h"

enum {
	ROLES_MOST = 10,
};

/* What a step of that kind costs; the kinds are the keys'. */
static int64_t minutes_of(const struct report_section *m, const char *kind)
{
	const struct {
		const char *kind;
		int minutes;
	} costs[] = {
		{"grant", m->minutes_grant},
		{"revoke", m->minutes_revoke},
		{"evidence", m->minutes_evidence},
		{"approval-chase", m->minutes_approval_chase},
	};

	for (size_t i = 0; i < ARRAY_N(costs); i++)
		if (strcmp(costs[i].kind, kind) == 0)
			return costs[i].minutes;
	return 0;
}

static int fill_cost(const struct report_section *m, struct arena *a,
	struct report *r, struct lapse_err *err)
{
	for (size_t i = 0; i < r->minutes.steps.list.n; i++) {
		const struct report_count *steps =
			&r->minutes.steps.list.items[i];
		struct report_count *c =
			VEC_ADD(&r->minutes.cost.list, a);

		if (c == NULL)
			return lapse_fail_nomem(err);
		c->name = steps->name;
		c->n = steps->n * minutes_of(m, steps->name);
		r->minutes.total += c->n;
	}
	return 0;
}

/* By hand a request is chased and answered; one that is granted is given and
 * written down too; what ends is taken away. What a person had a hand in is
 * not saved at all. */
static int64_t saved(const struct report_section *m, const struct report *r)
{
	return r->requests.granted * (m->minutes_grant + m->minutes_evidence) +
		r->requests.automatic * m->minutes_approval_chase +
		r->requests.ended * m->minutes_revoke;
}

/* ---- Roles ---- */

struct working {
	struct arena *arena;
	const struct report_section *minutes;
	struct report *r;
};

static int add_role(void *arg, const struct report_name *name,
	struct lapse_err *err)
{
	struct working *v = arg;
	const struct report_section *m = v->minutes;
	const int64_t *n = name->n;
	struct report_role *o = VEC_ADD(&v->r->minutes.roles, v->arena);

	if (o == NULL)
		return lapse_fail_nomem(err);
	o->role = arena_copy(v->arena, name->name);
	o->requests = n[0];
	o->manual = n[1];
	o->steps = n[2] + n[3] + n[4] + n[5];
	o->grants = n[2];
	o->revokes = n[3];
	o->evidence = n[4];
	o->chases = n[5];
	o->by_hand = n[6];
	o->minutes = n[2] * m->minutes_grant + n[3] * m->minutes_revoke +
		n[4] * m->minutes_evidence + n[5] * m->minutes_approval_chase;
	return arena_check(v->arena, err);
}

static int by_minutes(const void *a, const void *b)
{
	const struct report_role *x = a;
	const struct report_role *y = b;

	if (x->minutes != y->minutes)
		return x->minutes < y->minutes ? 1 : -1;
	return strcmp(x->role, y->role);
}

int report_work(struct lapse *l, const struct report_window *w,
	struct arena *a, struct report *r, struct lapse_err *err)
{
	struct report_section m;
	struct working v = {a, &m, r};
	int rc;

	if (l->config != NULL)
		m = l->config->report;
	else
		config_report_defaults(&m);
	rc = report_list(l, REPORT_STEPS, w, a, &r->minutes.steps, err);
	if (rc == 0)
		rc = fill_cost(&m, a, r, err);
	r->minutes.saved = saved(&m, r);
	if (rc == 0)
		rc = report_names(l->ledger, REPORT_ROLES, w, add_role, &v,
			err);
	if (rc < 0)
		return rc;
	if (r->minutes.roles.n > 0)
		qsort(r->minutes.roles.items, r->minutes.roles.n,
			sizeof(*r->minutes.roles.items), by_minutes);
	if (r->minutes.roles.n > ROLES_MOST)
		r->minutes.roles.n = ROLES_MOST;
	return 0;
}
