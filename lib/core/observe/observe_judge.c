/* What an observation means for grants: access that someone took away at the
 * provider stays away, people who left lose what they hold; and too much of
 * that at once is an incident, not a fact. */
#include <stdio.h>
#include <string.h>

#include "failsafe.h"
#include "grant.h"
#include "intake_rows.h"
#include "ledger_people.h"
#include "log.h"
#include "sync.h"

enum {
	INCIDENT_MIN = 10,	/* more than so many, and */
	INCIDENT_SHARE = 5,	/* more than one in so many: an incident */
};

struct judgement {
	struct hold_rows holds;		/* live, of this provider */
	size_t vanished;		/* not in the last reading of theirs */
	struct arena *arena;
	VEC(int64_t) removed;		/* grants: missed twice */
	VEC(int64_t) lapsed;		/* likewise: the provider's own end */
	VEC(struct membership) absent;	/* memberships: missed twice */
	VEC(int64_t) left;		/* grants of people who left */
};

static int add_once(struct lapse_err *err, struct arena *a, int64_t **items,
	size_t *n, size_t *cap, int64_t id)
{
	int64_t *slot;

	for (size_t i = 0; i < *n; i++)
		if ((*items)[i] == id)
			return 0;
	slot = vec_slot((void **)items, n, cap, sizeof(**items), a);
	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = id;
	return 0;
}

#define ADD_ONCE(err, j, vec, id)                                              \
	add_once((err), (j)->arena, &(j)->vec.items, &(j)->vec.n,              \
		&(j)->vec.cap, (id))

/* A hold whose membership this reading can say something about: verified
 * well before it began, in a group that was read to its end, no change under
 * way. */
static int judgeable(struct lapse *l, const struct observation *o,
	const struct hold_row *h, bool *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct change_row open = {0};
	int settle = o->idp->section->driver->settle_s;
	int rc;

	*ret = false;
	if (h->verified_at == WHEN_NONE ||
		h->verified_at + settle > o->began_at ||
		!strs_has(&o->groups, h->m.group))
		return 0;
	rc = change_open_on(l->ledger, &h->m, &a, &open, err);
	*ret = rc == 0 && open.id == 0;
	return rc;
}

static int look_at(struct lapse *l, const struct observation *o,
	struct judgement *j, const struct hold_row *h, struct lapse_err *err)
{
	struct membership *slot;
	char member[600];
	int64_t own_end;
	bool can = false;
	int rc = judgeable(l, o, h, &can, err);

	if (rc < 0)
		return rc;
	if (!can) {
		/* A round may take several ticks, an outage all of them. */
		j->vanished += h->missed_at != WHEN_NONE;
		return 0;
	}
	snprintf(member, sizeof(member), "%s %s", h->m.group, h->m.user);
	if (strs_sorted_has(&o->present, member)) {
		if (h->missed_at == WHEN_NONE)
			return 0;
		return hold_set_missed(l->ledger, h->id, WHEN_NONE, err);
	}
	j->vanished++;
	if (h->missed_at == WHEN_NONE)
		return hold_set_missed(l->ledger, h->id, o->began_at, err);
	/* The second complete reading, in another tick. */
	if (h->missed_at >= o->began_at)
		return 0;
	slot = VEC_ADD(&j->absent, j->arena);
	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = h->m;
	own_end = failsafe_may_end_at(l, &h->m);
	if (own_end != WHEN_NONE && own_end <= o->began_at)
		return ADD_ONCE(err, j, lapsed, h->grant);
	return ADD_ONCE(err, j, removed, h->grant);
}

bool observe_ends_with(const struct lapse *l, const char *idp,
	const struct grant_row *g)
{
	return l->config->left_anywhere || (g->manual &&
		strcmp(l->config->idps.items[0].name, idp) == 0);
}

/* The people behind users that left: those of holds here, and those whose
 * access is by hand or elsewhere. */
static int accounts_that_left(struct lapse *l, const struct observation *o,
	struct judgement *j, const struct grant_rows *grants,
	struct strs *ret, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < j->holds.list.n && rc == 0; i++) {
		const struct hold_row *h = &j->holds.list.items[i];
		struct grant_row of = {0};

		if (!strs_has(&o->inactive, h->m.user))
			continue;
		rc = grant_get(l->ledger, h->grant, j->arena, &of, err);
		if (rc == 0 && !strs_has(ret, of.account))
			strs_add(ret, j->arena, of.account);
	}
	for (size_t i = 0; i < grants->list.n && rc == 0; i++) {
		const struct grant_row *g = &grants->list.items[i];
		struct link_row link = {0};

		if (observe_ends_with(l, o->idp->section->name, g) &&
			!strs_has(ret, g->account) &&
			link_get(l->ledger, g->account, o->idp->section->name,
				j->arena, &link, NULL) == 0 &&
			strs_has(&o->inactive, link.user))
			strs_add(ret, j->arena, g->account);
	}
	return rc < 0 ? rc : arena_check(j->arena, err);
}

static bool is_held_here(const struct judgement *j, int64_t grant)
{
	for (size_t i = 0; i < j->holds.list.n; i++)
		if (j->holds.list.items[i].grant == grant)
			return true;
	return false;
}

/* What these people hold at this provider ends, all of it where the
 * configuration says so. */
static int look_at_leavers(struct lapse *l, const struct observation *o,
	struct judgement *j, struct lapse_err *err)
{
	struct grant_rows grants = {0};
	struct strs left = {0};
	int rc = grants_live(l->ledger, NULL, j->arena, &grants, err);

	if (rc == 0)
		rc = accounts_that_left(l, o, j, &grants, &left, err);
	for (size_t i = 0; i < grants.list.n && rc == 0; i++)
		if (strs_has(&left, grants.list.items[i].account) &&
			(is_held_here(j, grants.list.items[i].id) ||
				observe_ends_with(l, o->idp->section->name,
					&grants.list.items[i])))
			rc = ADD_ONCE(err, j, left, grants.list.items[i].id);
	return rc;
}

static bool too_many(size_t n, size_t of)
{
	return n > INCIDENT_MIN && n * INCIDENT_SHARE > of;
}

/* Each end counts a membership or a person; more of them at once than chance
 * explains, and nothing is ended. Of people, a tick may have seen a part. */
static bool incident(struct lapse *l, const struct observation *o,
	const struct judgement *j)
{
	struct lapse_err err;

	if (!too_many(j->vanished, j->holds.list.n) &&
		!too_many(o->inactive.n, o->people))
		return false;
	if (o->confirmed)
		return false;
	lapse_fail(&err, LAPSE_EGUARD,
		"%s: %zu of %zu held memberships vanished and %zu holders "
		"turned inactive at once; nothing is ended; look at the "
		"provider, or confirm with `lapse sync --confirm-incident %s`",
		o->idp->section->name, j->vanished, j->holds.list.n,
		o->inactive.n, o->idp->section->name);
	core_note(l, LAPSE_EXIT_REFUSED, &err);
	return true;
}

static int end_all(struct lapse *l, const int64_t *ids, size_t n,
	const char *reason, const char *note, struct arena *a,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct grant_row g = {0};

		rc = grant_get(l->ledger, ids[i], a, &g, err);
		if (rc == 0)
			rc = grant_end(l, &g, reason, "lapse", note,
				core_now(l), err);
	}
	return rc;
}

/* The provider's own end came. A grant that had not begun by then, since that
 * end could not be moved, never came to be. */
static int end_lapsed(struct lapse *l, struct judgement *j,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < j->lapsed.n && rc == 0; i++) {
		struct grant_row g = {0};
		bool begun;

		rc = grant_get(l->ledger, j->lapsed.items[i], j->arena, &g,
			err);
		begun = rc == 0 && strcmp(g.state, "granting") != 0;
		if (rc == 0)
			rc = grant_end(l, &g, begun ? "expired" : "withdrawn",
				"lapse", begun ? NULL : "the provider ended "
				"the access before its own end could be moved",
				core_now(l), err);
	}
	return rc;
}

static int judge(struct lapse *l, struct observation *o, struct judgement *j,
	struct lapse_err *err)
{
	int rc = holds_live(l->ledger, o->idp->section->name, j->arena,
		&j->holds, err);

	for (size_t i = 0; i < j->holds.list.n && rc == 0; i++)
		rc = look_at(l, o, j, &j->holds.list.items[i], err);
	if (rc == 0)
		rc = look_at_leavers(l, o, j, err);
	if (rc < 0 || incident(l, o, j))
		return rc;
	for (size_t i = 0; i < o->inactive.n && rc == 0; i++)
		rc = leaver_seen(l->ledger, o->idp->section->name,
			o->inactive.items[i], core_now(l), err);
	/* What was there before is gone too: it keeps nothing. */
	for (size_t i = 0; i < j->absent.n && rc == 0; i++)
		rc = holds_release_pre(l->ledger, &j->absent.items[i],
			core_now(l), err);
	if (rc == 0)
		rc = end_all(l, j->left.items, j->left.n, "left",
			"the person's user was deactivated", j->arena, err);
	if (rc == 0)
		rc = end_lapsed(l, j, err);
	if (rc == 0)
		rc = end_all(l, j->removed.items, j->removed.n,
			"removed-outside", "somebody removed the membership "
			"at the provider", j->arena, err);
	return rc;
}

int observe_judge(struct lapse *l, struct observation *o, struct arena *a,
	struct lapse_err *err)
{
	struct judgement j = {.arena = a};
	int rc;

	strs_sort(&o->present);
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	return core_end(l, judge(l, o, &j, err), err);
}
