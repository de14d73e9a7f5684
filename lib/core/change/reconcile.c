/* Which change a membership owes: the rules of holds, inside a transaction.
 * Sending is change_send.c, reading back change_read.c. */
#include "reconcile.h"

#include <stdio.h>
#include <string.h>

#include "failsafe.h"
#include "json.h"

/* What the ledger knows about one membership. */
struct standing {
	struct hold_rows holds;		/* live ones */
	size_t grants;			/* of them, those of grants */
	int64_t holder;			/* the one that lasts longest of these */
	bool pre;			/* one is pre-existing */
	struct change_row open;		/* id 0: none */
	bool ours;			/* the last settled change made it so */
	int64_t removed_at;		/* when it was sent, if a remove */
};

static int look(struct lapse *l, const struct membership *m, struct arena *a,
	struct standing *s, struct lapse_err *err)
{
	struct change_row last = {0};
	int rc = holds_on(l->ledger, m, a, &s->holds, err);

	if (rc == 0)
		rc = change_open_on(l->ledger, m, a, &s->open, err);
	if (rc == 0)
		rc = change_last_on(l->ledger, m, a, &last, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < s->holds.list.n; i++) {
		if (s->holds.list.items[i].grant == 0)
			s->pre = true;
		else if (s->grants++ == 0)
			s->holder = s->holds.list.items[i].grant;
	}
	s->ours = last.id != 0 && strcmp(last.kind, "remove") != 0;
	s->removed_at = last.id == 0 || s->ours ? WHEN_NONE : last.last_sent_at;
	return 0;
}

static bool just_removed(struct lapse *l, const struct membership *m,
	const struct standing *s)
{
	return s->open.id == 0 && s->removed_at != WHEN_NONE &&
		core_now(l) < s->removed_at + core_settle_s(l, m->idp);
}

int reconcile_view(struct lapse *l, const struct membership *m,
	struct reconcile_view *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct standing s = {0};
	int rc = look(l, m, &a, &s, err);

	if (rc < 0)
		return rc;
	*ret = (struct reconcile_view){
		.pre = s.pre,
		.ours = s.grants > 0 || s.ours || s.open.id != 0,
		.doubtful = just_removed(l, m, &s),
	};
	return 0;
}

int reconcile_before(struct lapse *l, const struct reading *r,
	const char **ret, struct lapse_err *err)
{
	struct reconcile_view v = {0};
	int64_t removals = 0;
	int rc;

	/* An add that is not needed proves itself; a presence from before a
	 * removal proves nothing. */
	*ret = "absent";
	if (r->seen == OP_ABSENT)
		return 0;
	rc = reconcile_view(l, &r->m, &v, err);
	if (rc == 0)
		rc = change_removals(l->ledger, &r->m, &removals, err);
	if (rc < 0)
		return rc;
	if (removals != r->removals)
		return lapse_fail(err, LAPSE_EITEM,
			"%s: group '%s': user '%s': another run removed that "
			"while it was read; a later run will see", r->m.idp,
			r->m.group, r->m.user);
	if (v.doubtful)
		return lapse_fail(err, LAPSE_EITEM,
			"%s: group '%s': user '%s' is shown as a member right "
			"after lapse removed that: an old reading, or somebody "
			"added it; a later run will see", r->m.idp, r->m.group,
			r->m.user);
	*ret = v.ours ? "held" : "present";
	return 0;
}

/* Is the change in the hands of a run that lives? A dead run's claim counts
 * as unknown. */
static bool in_flight(struct lapse *l, const struct change_row *c)
{
	return strcmp(c->state, "claimed") == 0 &&
		ledger_run_alive(l->ledger, c->run);
}

static int open_change(struct lapse *l, const struct membership *m,
	const char *kind, int64_t grant, int64_t due_at, struct lapse_err *err)
{
	return change_add(l->ledger, m, kind, grant, core_now(l), due_at,
		NULL, err);
}

/* The last hold went while an add is open. One that was never sent is
 * cancelled, and then it counts who made the membership before; a sent one is
 * answered by a real remove, whatever reads say. */
static int answer_add(struct lapse *l, const struct membership *m,
	const struct standing *s, int64_t grant, int64_t due_at,
	struct lapse_err *err)
{
	const struct change_row *add = &s->open;
	int rc;

	if (in_flight(l, add))
		return 0;	/* its outcome looks again */
	rc = change_settle(l->ledger, add->id, "cancelled", core_now(l),
		WHEN_NONE, NULL, NULL, err);
	if (rc < 0 || (add->attempts == 0 && (!s->ours || s->pre)))
		return rc;
	return open_change(l, m, "remove", grant, due_at, err);
}

int reconcile_membership(struct lapse *l, const struct membership *m,
	int64_t grant, int64_t due_at, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct standing s = {0};
	bool wanted;
	int rc = look(l, m, &a, &s, err);

	if (rc < 0)
		return rc;
	wanted = s.grants > 0;
	if (s.open.id != 0) {
		/* An open remove with a new hold waits for its outcome; the
		 * claim cancels one that was not sent. */
		if (!wanted && strcmp(s.open.kind, "add") == 0)
			return answer_add(l, m, &s, grant, due_at, err);
		return 0;
	}
	/* grant may be the one that went. */
	if (wanted && !s.ours && !s.pre)
		return open_change(l, m, "add", s.holder, core_now(l), err);
	if (!wanted && s.ours && !s.pre)
		return open_change(l, m, "remove", grant, due_at, err);
	return failsafe_look(l, m, false, err);
}

static int place_pre_existing(struct lapse *l, const struct membership *m,
	struct lapse_err *err)
{
	const struct hold_row pre = {
		.m = *m,
		.before = "present",
		.placed_at = core_now(l),
		.verified_at = core_now(l),
	};
	const struct evidence e = {
		.kind = "pre-existing",
		.idp = m->idp,
		.group = m->group,
		.user = m->user,
	};
	int rc = hold_add(l->ledger, &pre, NULL, err);

	return rc < 0 ? rc : core_evidence(l, &e, NULL, err);
}

int reconcile_place(struct lapse *l, int64_t grant, const struct membership *m,
	const char *before, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct standing s = {0};
	bool absent = strcmp(before, "absent") == 0;
	struct hold_row hold = {
		.grant = grant,
		.m = *m,
		.before = before,
		.placed_at = core_now(l),
		.verified_at = WHEN_NONE,
	};
	int rc = look(l, m, &a, &s, err);

	if (rc < 0)
		return rc;
	/* What was there before is not there any more. */
	if (absent && s.pre)
		rc = holds_release_pre(l->ledger, m, core_now(l), err);
	if (rc < 0)
		return rc;
	/* Seen present before our first change: not ours to remove. */
	if (strcmp(before, "present") == 0 && !s.pre && !s.ours &&
		s.open.id == 0)
		rc = place_pre_existing(l, m, err);
	/* The reads that said "present" began after the last change. */
	if (!absent && s.open.id == 0)
		hold.verified_at = core_now(l);
	if (rc == 0)
		rc = hold_add(l->ledger, &hold, NULL, err);
	if (rc < 0)
		return rc;
	/* A hold on a membership that is absent owes an add, also when the
	 * ledger thought it was there: somebody had removed it outside. */
	if (absent && s.open.id == 0)
		return open_change(l, m, "add", grant, core_now(l), err);
	return reconcile_membership(l, m, grant, core_now(l), err);
}

int reconcile_release(struct lapse *l, const struct hold_row *hold,
	int64_t due_at, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows live = {0};
	int64_t keeper = 0;
	int rc;

	if (hold->released_at != WHEN_NONE)
		return 0;
	rc = holds_on(l->ledger, &hold->m, &a, &live, err);
	if (rc < 0)
		return rc;
	/* The longest other hold is the one that keeps it. */
	for (size_t i = 0; i < live.list.n && keeper == 0; i++)
		if (live.list.items[i].id != hold->id)
			keeper = live.list.items[i].id;
	rc = hold_release(l->ledger, hold->id, core_now(l), keeper, err);
	if (rc < 0)
		return rc;
	return reconcile_membership(l, &hold->m, hold->grant, due_at, err);
}
