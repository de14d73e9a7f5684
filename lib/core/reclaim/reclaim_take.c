/* Taking idle access away: read again, within budget, by takeover_end() and
 * so by holds and the reconciler. */
#include <string.h>

#include "reclaim_private.h"
#include "takeover.h"

enum {
	TAKEN_S = 30 * 86400,	/* what a policy took so long ago is not held
				   against it any more */
};

/* One unit that is due, with what was just read of it. */
struct due {
	struct reclaim_unit *u;
	struct reading *readings;	/* one a part */
};

/* ---- Is it still so? ---- */

/* A group that another system feeds is left alone, and said so; nor does
 * what was granted since end with it. */
static int is_ours(struct reclaim *v, struct reclaim_unit *u,
	const struct reclaim_part *p, struct lapse_err *err)
{
	const char *why = NULL;
	int rc = takeover_why_not(v->l, &p->m, v->arena, &why, err);

	if (rc == 0 && why == NULL)
		rc = reclaim_other_grant(v, u, p, &why, err);
	if (rc == 0 && why != NULL) {
		u->action = RECLAIM_WAIT;
		u->why = why;
	}
	return rc;
}

/* false: it is dealt with, or waits for the next run. */
static int is_as_it_was(struct reclaim *v, struct due *d, bool *ret,
	struct lapse_err *err)
{
	*ret = true;
	for (size_t i = 0; i < d->u->parts.n && *ret; i++) {
		struct reclaim_part *p = &d->u->parts.items[i];
		struct lapse_err why;
		bool foreign = false;
		int rc = takeover_is_foreign(v->l, &d->readings[i], &foreign,
			&why);

		if (rc < 0 && rc <= LAPSE_EINTERNAL) {
			*err = why;
			return rc;
		}
		if (rc < 0) {
			core_note(v->l, LAPSE_EXIT_RETRY, &why);
			d->u->action = RECLAIM_WAIT;
			d->u->why = arena_copy(v->arena, why.text);
		} else if (d->readings[i].seen != OP_PRESENT) {
			d->u->action = RECLAIM_CANCEL;
			d->u->why = "is not a member any more";
		} else if (foreign && d->u->role->reclaim != RECLAIM_ALL) {
			d->u->action = RECLAIM_WAIT;
			d->u->why = "somebody else gave it too, just now";
		} else {
			rc = is_ours(v, d->u, p, err);
			if (rc < 0)
				return rc;
		}
		p->foreign = foreign;
		*ret = d->u->action == RECLAIM_REMOVE;
	}
	return arena_check(v->arena, err);
}

/* Inside the transaction: has nobody else moved it since it was read? */
static int still_open(struct reclaim *v, struct reclaim_unit *u, bool *ret,
	struct lapse_err *err)
{
	struct grant_row g = {0};
	int rc = 0;

	*ret = true;
	for (size_t i = 0; i < u->parts.n && rc == 0; i++) {
		struct reclaim_row row = {0};

		rc = reclaim_get(v->l->ledger, u->parts.items[i].row.id,
			v->arena, &row, err);
		*ret = *ret && rc == 0 && row.settled_at == WHEN_NONE &&
			strcmp(row.state, "removing") != 0;
	}
	if (rc == 0 && u->g.id != 0)
		rc = grant_get(v->l->ledger, u->g.id, v->arena, &g, err);
	if (rc == 0 && u->g.id != 0)
		*ret = *ret && strcmp(g.state, "active") == 0;
	return rc;
}

/* ---- Budgets ---- */

/* What a dry run would have taken of the group already. */
static int64_t planned_of(const struct reclaim *v,
	const struct reclaim_unit *before, const struct membership *m)
{
	int64_t n = 0;

	for (const struct reclaim_unit *u = v->units.items;
		v->l->dry_run && u != before; u++)
		for (size_t i = 0; i < u->parts.n; i++)
			n += u->action == RECLAIM_REMOVE &&
				strcmp(u->parts.items[i].m.idp, m->idp) == 0 &&
				strcmp(u->parts.items[i].m.group,
					m->group) == 0;
	return n;
}

/* All that ends with the unit, or nothing of it. */
static int ask_budget(struct reclaim *v, const struct reclaim_unit *u,
	enum budget_answer *ret, const struct reclaim_part **ret_part,
	struct lapse_err *err)
{
	struct budget b = v->budget;

	*ret = BUDGET_YES;
	for (size_t i = 0; i < u->parts.n && *ret == BUDGET_YES; i++) {
		const struct reclaim_part *p = &u->parts.items[i];
		int64_t taken = 0;
		int rc = reclaims_taken(v->l->ledger, &p->m, u->role->name,
			core_now(v->l) - TAKEN_S, &taken, err);

		b.planned = planned_of(v, u, &p->m);
		if (rc == 0)
			rc = budget_ask(v->l, &b, &p->m, taken + b.planned,
				ret, err);
		if (rc < 0)
			return rc;
		*ret_part = p;
	}
	if (*ret == BUDGET_YES)
		v->budget = b;
	return 0;
}

static int hold_back(struct reclaim *v, struct reclaim_unit *u,
	enum budget_answer answer, const struct reclaim_part *p,
	struct lapse_err *err)
{
	struct lapse_err why;
	int rc = 0;

	for (size_t i = 0; i < u->parts.n && rc == 0; i++) {
		u->parts.items[i].row.state = "held";
		if (!v->l->dry_run)
			rc = reclaim_put(v->l->ledger,
				&u->parts.items[i].row, err);
	}
	u->action = RECLAIM_WAIT;
	if (answer == BUDGET_NEXT_RUN) {
		u->why = "is held: removals-per-run is used up; the next run "
			"goes on";
		lapse_fail(&why, LAPSE_EGUARD, "reclaim: removals-per-run "
			"(%d) is used up; the next run goes on with the rest",
			v->l->config->removals_per_run);
	} else {
		u->why = arena_fmt(v->arena, "is held: more of group %s:%s "
			"than removals-of-group allows", p->m.idp, p->m.group);
		lapse_fail(&why, LAPSE_EGUARD, "%s: group '%s': more of its "
			"members are idle than removals-of-group (%d %%) lets "
			"reclaim take; look at `lapse reclaim --dry-run`, then "
			"`lapse reclaim --confirm-removals %s:%s`", p->m.idp,
			p->m.group, v->l->config->removals_of_group, p->m.idp,
			p->m.group);
	}
	if (!strs_has(&v->told, why.text))
		core_note(v->l, LAPSE_EXIT_REFUSED, &why);
	strs_add(&v->told, v->arena, why.text);
	return rc < 0 ? rc : arena_check(v->arena, err);
}

/* ---- The end ---- */

static void end_of(struct reclaim *v, const struct reclaim_unit *u,
	const struct reclaim_part *p, struct takeover_end *ret)
{
	char text[WHEN_TEXT];

	*ret = (struct takeover_end){
		.m = p->m,
		.foreign = p->foreign,
		.g = {
			.account = u->account,
			.role = u->role->name,
			.application = u->role->application->name,
			.elevated = u->role->elevated,
			.issue = p->row.issue,
			.issue_key = p->row.issue_key,
			.reason = "was there before lapse, and was not used",
		},
		.reason = "reclaimed",
		.by = "lapse",
		.note = arena_fmt(v->arena, "%s %s, by %s",
			p->use.kind == USE_SEEN ? "last used at" :
						  "not used since",
			when_time(p->use.at, text), p->use.source),
	};
}

static int end_part(struct reclaim *v, struct reclaim_unit *u,
	struct reclaim_part *p, struct lapse_err *err)
{
	struct takeover_end t;
	int64_t grant = 0;
	int rc;

	end_of(v, u, p, &t);
	rc = arena_check(v->arena, err);
	if (rc == 0)
		rc = takeover_end(v->l, &t, &grant, err);
	/* A grant of several groups ended with the first of them. */
	p->row.remediation = grant != 0 ? grant : u->g.id;
	p->row.state = "removing";
	return rc < 0 ? rc : reclaim_put(v->l->ledger, &p->row, err);
}

static int take(struct reclaim *v, struct due *d, struct lapse_err *err)
{
	enum budget_answer answer = BUDGET_YES;
	const struct reclaim_part *p = NULL;
	struct reclaim_unit *u = d->u;
	bool open = false;
	int rc = still_open(v, u, &open, err);

	if (rc == 0 && !open)
		u->why = "another run has it";
	/* Again: all were read together, some time ago. */
	if (rc == 0 && open)
		rc = is_as_it_was(v, d, &open, err);
	if (rc < 0 || !open)
		return rc;
	rc = ask_budget(v, u, &answer, &p, err);
	if (rc == 0 && answer != BUDGET_YES)
		return hold_back(v, u, answer, p, err);
	for (size_t i = 0; i < u->parts.n && rc == 0; i++)
		rc = end_part(v, u, &u->parts.items[i], err);
	return rc;
}

static int take_one(struct reclaim *v, struct due *d, struct lapse_err *err)
{
	bool same = false;
	int rc = is_as_it_was(v, d, &same, err);

	if (rc == 0 && d->u->action == RECLAIM_CANCEL)
		return reclaim_cancel(v, d->u, err);
	if (rc < 0 || !same)
		return rc;
	rc = core_begin(v->l, err);
	return rc < 0 ? rc : core_end(v->l, take(v, d, err), err);
}

/* ---- All that are due ---- */

static int find_due(struct reclaim *v, struct due **ret, size_t *ret_n,
	size_t *ret_parts, struct lapse_err *err)
{
	*ret = arena_alloc(v->arena, (v->units.n + 1) * sizeof(**ret));
	if (*ret == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < v->units.n; i++) {
		struct reclaim_unit *u = &v->units.items[i];

		if (u->action != RECLAIM_REMOVE)
			continue;
		(*ret)[(*ret_n)++].u = u;
		*ret_parts += u->parts.n;
	}
	return 0;
}

int reclaim_take(struct reclaim *v, struct lapse_err *err)
{
	struct reading *readings;
	struct due *due = NULL;
	size_t n = 0;
	size_t parts = 0;
	size_t at = 0;
	int rc = find_due(v, &due, &n, &parts, err);

	if (rc < 0 || n == 0)
		return rc;
	readings = arena_alloc(v->arena, parts * sizeof(*readings));
	if (readings == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		due[i].readings = &readings[at];
		for (size_t k = 0; k < due[i].u->parts.n; k++)
			readings[at++].m = due[i].u->parts.items[k].m;
	}
	rc = verify_read(v->l, readings, parts, err);
	for (size_t i = 0; i < n && rc == 0 && !core_stopped(v->l); i++)
		rc = take_one(v, &due[i], err);
	return rc;
}

int reclaim_plan(struct reclaim *v, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < v->units.n && rc == 0; i++) {
		struct reclaim_unit *u = &v->units.items[i];
		enum budget_answer answer = BUDGET_YES;
		const struct reclaim_part *p = NULL;

		if (u->action != RECLAIM_REMOVE)
			continue;
		rc = ask_budget(v, u, &answer, &p, err);
		if (rc == 0 && answer != BUDGET_YES)
			rc = hold_back(v, u, answer, p, err);
	}
	return rc;
}
