/* What a ledger and a claim say of the same grants, side by side. */
#include <string.h>

#include "claim.h"

struct pair {
	const struct projection_rows *ledger;
	const struct projection_rows *jira;
	struct arena *arena;
	int (*each)(void *arg, const struct claim_difference *d,
		struct lapse_err *err);
	void *arg;
};

static const struct projection_grant *grant_of(
	const struct projection_rows *rows, const struct projection_grant *g)
{
	for (size_t i = 0; i < rows->grants.n; i++)
		if (rows->grants.items[i].id == g->id)
			return &rows->grants.items[i];
	return NULL;
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int differ(const struct pair *p, int64_t grant, const char *what,
	const char *ledger, const char *jira, struct lapse_err *err)
{
	const struct claim_difference d = {grant, what, ledger, jira};

	return same(ledger, jira) ? 0 : p->each(p->arg, &d, err);
}

static const char *time_of(struct arena *a, int64_t at)
{
	char text[WHEN_TEXT];

	return at == WHEN_NONE ? "none" : arena_copy(a, when_time(at, text));
}

static int differ_at(const struct pair *p, int64_t grant, const char *what,
	int64_t ledger, int64_t jira, struct lapse_err *err)
{
	return differ(p, grant, what, time_of(p->arena, ledger),
		time_of(p->arena, jira), err);
}

/* ---- Holds and changes, by their membership ---- */

static const char *hold_text(struct arena *a, const struct projection_hold *h)
{
	return h == NULL ? NULL : arena_fmt(a, "%s, %s%s",
		h->released_at != WHEN_NONE ? "released" : "live",
		h->verified_at != WHEN_NONE ? "verified" : "not verified",
		h->pre_at != WHEN_NONE ? ", on access from before" : "");
}

static const struct projection_hold *hold_of(
	const struct projection_rows *rows, const struct projection_hold *h)
{
	for (size_t i = 0; i < rows->holds.n; i++) {
		const struct projection_hold *o = &rows->holds.items[i];

		if (o->grant == h->grant && same(o->idp, h->idp) &&
			same(o->group, h->group) && same(o->user, h->user))
			return o;
	}
	return NULL;
}

static int compare_holds(const struct pair *p, int64_t grant,
	const struct projection_rows *one, const struct projection_rows *other,
	bool turned, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < one->holds.n && rc == 0; i++) {
		const struct projection_hold *h = &one->holds.items[i];
		const struct projection_hold *o = hold_of(other, h);
		const char *here = hold_text(p->arena, h);
		const char *there = hold_text(p->arena, o);

		if (h->grant != grant || (turned && o != NULL))
			continue;
		rc = differ(p, grant, arena_fmt(p->arena, "hold %s:%s %s",
			h->idp, h->group, h->user), turned ? there : here,
			turned ? here : there, err);
	}
	return rc;
}

static const char *change_text(struct arena *a,
	const struct projection_change *c)
{
	return c == NULL ? NULL : arena_fmt(a, "%s%s", c->kind,
		strcmp(c->state, "parked") == 0 ? ", parked" : "");
}

static const struct projection_change *change_of(
	const struct projection_rows *rows, const struct projection_change *c)
{
	for (size_t i = 0; i < rows->changes.n; i++) {
		const struct projection_change *o = &rows->changes.items[i];

		if (o->grant == c->grant && same(o->idp, c->idp) &&
			same(o->group, c->group) && same(o->user, c->user))
			return o;
	}
	return NULL;
}

static int compare_changes(const struct pair *p, int64_t grant,
	const struct projection_rows *one, const struct projection_rows *other,
	bool turned, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < one->changes.n && rc == 0; i++) {
		const struct projection_change *c = &one->changes.items[i];
		const struct projection_change *o = change_of(other, c);
		const char *here = change_text(p->arena, c);
		const char *there = change_text(p->arena, o);

		if (c->grant != grant || (turned && o != NULL))
			continue;
		rc = differ(p, grant, arena_fmt(p->arena, "change %s:%s %s",
			c->idp, c->group, c->user), turned ? there : here,
			turned ? here : there, err);
	}
	return rc;
}

/* ---- Grants ---- */

static int compare_grant(const struct pair *p,
	const struct projection_grant *a, const struct projection_grant *b,
	struct lapse_err *err)
{
	int rc = differ(p, a->id, "role", a->role, b->role, err);

	if (rc == 0)
		rc = differ(p, a->id, "account", a->account, b->account, err);
	if (rc == 0)
		rc = differ(p, a->id, "state", a->state, b->state, err);
	if (rc == 0)
		rc = differ_at(p, a->id, "start", a->starts_at, b->starts_at,
			err);
	if (rc == 0)
		rc = differ_at(p, a->id, "deadline", a->ends_at, b->ends_at,
			err);
	if (rc == 0)
		rc = differ(p, a->id, "approval", a->approval, b->approval,
			err);
	/* An older property does not say. */
	if (rc == 0 && b->approval_method != NULL)
		rc = differ(p, a->id, "approval method", a->approval_method,
			b->approval_method, err);
	if (rc == 0 && b->approval_method != NULL)
		rc = differ(p, a->id, "approvers", a->approvers, b->approvers,
			err);
	if (rc == 0)
		rc = differ(p, a->id, "end reason", a->end_reason,
			b->end_reason, err);
	if (rc == 0)
		rc = compare_holds(p, a->id, p->ledger, p->jira, false, err);
	if (rc == 0)
		rc = compare_holds(p, a->id, p->jira, p->ledger, true, err);
	/* What became of a change after its grant ended, for another grant
	 * kept the membership, is not told on the issue. */
	if (rc == 0 && !claim_is(a, "ended"))
		rc = compare_changes(p, a->id, p->ledger, p->jira, false, err);
	if (rc == 0 && !claim_is(a, "ended"))
		rc = compare_changes(p, a->id, p->jira, p->ledger, true, err);
	return rc;
}

int claim_compare(const struct projection_rows *ledger,
	const struct projection_rows *jira, bool complete, struct arena *a,
	int (*each)(void *arg, const struct claim_difference *d,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	const struct pair p = {ledger, jira, a, each, arg};
	int rc = 0;

	for (size_t i = 0; i < ledger->grants.n && rc == 0; i++) {
		const struct projection_grant *g = &ledger->grants.items[i];
		const struct projection_grant *o = grant_of(jira, g);

		if (o != NULL)
			rc = compare_grant(&p, g, o, err);
		/* Old ones that ended are left out of a long property. */
		else if (complete || !claim_is(g, "ended"))
			rc = differ(&p, g->id, "grant", g->state, NULL, err);
	}
	for (size_t i = 0; i < jira->grants.n && rc == 0; i++) {
		const struct projection_grant *g = &jira->grants.items[i];

		if (grant_of(ledger, g) == NULL)
			rc = differ(&p, g->id, "grant", NULL, g->state, err);
	}
	return rc < 0 ? rc : arena_check(a, err);
}
