/* `lapse reclaim`: access that nobody uses is warned about, and after a grace
 * taken away. Each run reads everything afresh; what an earlier one found is
 * a date, never a fact. */
#include <string.h>

#include "notice.h"
#include "reclaim_private.h"
#include "sync.h"

/* ---- Rows ---- */

static const char *const actions[] = {
	[RECLAIM_SKIP] = "skip",
	[RECLAIM_PLAN] = "plan",
	[RECLAIM_WARN] = "warn",
	[RECLAIM_WAIT] = "wait",
	[RECLAIM_REMOVE] = "remove",
	[RECLAIM_CANCEL] = "cancel",
};

static int show_part(struct reclaim *v, const struct reclaim_unit *u,
	const struct reclaim_part *p, bool first, struct lapse_err *err)
{
	bool known = p->use.kind != USE_UNKNOWN;
	const struct lapse_field f[] = {
		{"idp", LAPSE_TEXT, p->m.idp, 0},
		{"group", LAPSE_TEXT, p->m.group, 0},
		{"user", LAPSE_TEXT, p->m.user, 0},
		{"role", LAPSE_TEXT, u->role->name, 0},
		{"action", LAPSE_TEXT, actions[u->action], 0},
		{"why", LAPSE_TEXT, u->why, 0},
		{"last_use", LAPSE_TEXT, p->use.source != NULL || known ||
			p->use.why != NULL ? use_name(p->use.kind) : NULL, 0},
		{"last_use_at", LAPSE_TIME, NULL, known ? p->use.at :
			WHEN_NONE},
		{"source", LAPSE_TEXT, p->use.source, 0},
		{"due_at", LAPSE_TIME, NULL, u->due_at},
		{"seat_cost", LAPSE_TEXT, first && u->seat ?
			reclaim_seat_cost(u->role) : NULL, 0},
		{"login", LAPSE_TEXT, p->login, 0},
		{"account", LAPSE_TEXT, u->account, 0},
		{"grant", LAPSE_INT, NULL, u->g.id},
		{"of_application", LAPSE_BOOL, NULL, p->use.of_application},
	};

	return core_record(v->l, "lapse/reclaim.v1", f, ARRAY_N(f), err);
}

static int show_units(struct reclaim *v, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < v->units.n && rc == 0; i++) {
		const struct reclaim_unit *u = &v->units.items[i];

		for (size_t n = 0; n < u->parts.n && rc == 0; n++)
			rc = show_part(v, u, &u->parts.items[n], n == 0, err);
	}
	return rc;
}

static int show_count(struct reclaim *v, const struct reclaim_count *c,
	struct lapse_err *err)
{
	AUTO_BUF money = {0};
	const struct role *r = c->role;
	const struct lapse_field f[] = {
		{"role", LAPSE_TEXT, r != NULL ? r->name : NULL, 0},
		{"application", LAPSE_TEXT, r != NULL ? r->application->name :
			NULL, 0},
		{"planned", LAPSE_INT, NULL, c->of[RECLAIM_PLAN]},
		{"warned", LAPSE_INT, NULL, c->of[RECLAIM_WARN]},
		{"waiting", LAPSE_INT, NULL, c->of[RECLAIM_WAIT]},
		{"held", LAPSE_INT, NULL, c->held},
		{"removed", LAPSE_INT, NULL, c->of[RECLAIM_REMOVE]},
		{"cancelled", LAPSE_INT, NULL, c->of[RECLAIM_CANCEL]},
		{"left_out", LAPSE_INT, NULL, c->of[RECLAIM_SKIP]},
		{"unknown", LAPSE_INT, NULL, c->unknown},
		{"reclaimed", LAPSE_INT, NULL, c->reclaimed},
		{"seats", LAPSE_INT, NULL, c->seats},
		{"money", LAPSE_TEXT, (money_sum_text(&c->money, &money),
			buf_text(&money)), 0},
	};
	int rc = buf_check(&money, err, "money");

	return rc < 0 ? rc : core_record(v->l, "lapse/reclaim-summary.v1", f,
		ARRAY_N(f), err);
}

/* ---- Counts ---- */

static int add_seat(struct reclaim_count *c, const struct role *r,
	struct lapse_err *err)
{
	struct money cost;

	c->seats++;
	if (reclaim_seat_cost(r) == NULL)
		return 0;
	if (money_parse(reclaim_seat_cost(r), &cost, err) < 0)
		return err->code;
	return money_add(&c->money, &cost, err);
}

static int count_units(struct reclaim *v, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < v->units.n && rc == 0; i++) {
		const struct reclaim_unit *u = &v->units.items[i];
		struct reclaim_count *c = reclaim_count_of(v, u->role);

		if (c == NULL)
			return lapse_fail_nomem(err);
		c->of[u->action]++;
		c->unknown += u->unknown;
		for (size_t n = 0; n < u->parts.n; n++)
			if (n == 0 && u->parts.items[n].row.id != 0)
				c->held += strcmp(u->parts.items[n].row.state,
					"held") == 0;
		/* What would come free; else reclaim_settle() counted. */
		if (v->l->dry_run && u->seat)
			rc = add_seat(c, u->role, err);
	}
	return rc;
}

static int add_up(struct reclaim_count *sum, const struct reclaim_count *c,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < ARRAY_N(sum->of); i++)
		sum->of[i] += c->of[i];
	sum->unknown += c->unknown;
	sum->held += c->held;
	sum->reclaimed += c->reclaimed;
	sum->seats += c->seats;
	for (size_t i = 0; i < c->money.n && rc == 0; i++)
		rc = money_add(&sum->money, &c->money.items[i], err);
	return rc;
}

static int show(struct reclaim *v, struct lapse_err *err)
{
	struct reclaim_count sum = {0};
	int rc = show_units(v, err);

	if (rc == 0)
		rc = count_units(v, err);
	for (size_t i = 0; i < v->counts.n && rc == 0; i++) {
		rc = show_count(v, &v->counts.items[i], err);
		if (rc == 0)
			rc = add_up(&sum, &v->counts.items[i], err);
	}
	return rc < 0 || v->counts.n == 0 ? rc : show_count(v, &sum, err);
}

/* ---- Doing it ---- */

/* One person's trouble is not another's; what ends the run does. */
static int go_on(struct reclaim *v, int rc, const struct lapse_err *why,
	struct lapse_err *err)
{
	if (rc == 0)
		return 0;
	if (rc > LAPSE_EINTERNAL) {
		core_note(v->l, LAPSE_EXIT_RETRY, why);
		return 0;
	}
	*err = *why;
	return rc;
}

static int each(struct reclaim *v, enum reclaim_action action,
	int (*act)(struct reclaim *v, struct reclaim_unit *u,
		struct lapse_err *err),
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < v->units.n && rc == 0 && !core_stopped(v->l);
		i++) {
		struct reclaim_unit *u = &v->units.items[i];
		struct lapse_err why;

		if (u->action == action)
			rc = go_on(v, act(v, u, &why), &why, err);
	}
	return rc;
}

static bool has_unit(const struct reclaim *v, const struct reclaim_row *row)
{
	for (size_t i = 0; i < v->units.n; i++)
		for (size_t n = 0; n < v->units.items[i].parts.n; n++)
			if (v->units.items[i].parts.items[n].row.id == row->id)
				return true;
	return false;
}

/* Why a warning has nothing behind it any more; NULL: that is not known. */
static const char *why_gone(struct reclaim *v, const struct reclaim_row *row,
	struct lapse_err *err)
{
	const struct role *r = config_role(v->l->config, row->role);
	struct reclaim_group *g = NULL;

	if (r == NULL || r->reclaim == RECLAIM_NO)
		return "is not the policy's any more";
	if (row->grant != 0)
		return "has ended or changed otherwise";
	if (reclaim_group(v, row->m.idp, row->m.group, &g, err) < 0 ||
		g->why.code != 0)
		return NULL;
	return reclaim_member(g, row->m.user) == NULL ?
		"is not a member any more" : "is not the policy's any more";
}

static int cancel_one(struct reclaim *v, const struct reclaim_row *row,
	const char *words, struct lapse_err *err)
{
	const struct role *role = config_role(v->l->config, row->role);
	struct reclaim_count *c = role != NULL ? reclaim_count_of(v, role) :
						 NULL;
	struct lapse_err why;

	if (c != NULL)
		c->of[RECLAIM_CANCEL]++;
	if (!v->l->dry_run)
		return go_on(v, reclaim_cancel_row(v, row, words, &why), &why,
			err);
	core_note(v->l, LAPSE_EXIT_PENDING, NULL);
	return 0;
}

/* Warnings that no unit is behind any more. */
static int cancel_rest(struct reclaim *v, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < v->rows.list.n && rc == 0; i++) {
		const struct reclaim_row *row = &v->rows.list.items[i];
		struct lapse_err why = {0};
		const char *words;

		if (strcmp(row->state, "removing") == 0 || has_unit(v, row) ||
			!reclaim_is_asked(v, row->role))
			continue;
		words = why_gone(v, row, &why);
		if (words != NULL)
			rc = cancel_one(v, row, words, err);
	}
	return rc;
}

static int act(struct reclaim *v, struct lapse_err *err)
{
	int rc = each(v, RECLAIM_CANCEL, reclaim_cancel, err);

	if (rc == 0)
		rc = each(v, RECLAIM_WARN, reclaim_warn, err);
	if (rc == 0)
		rc = reclaim_take(v, err);
	if (rc == 0)
		rc = settle(v->l, err);
	return rc < 0 ? rc : reclaim_settle(v, err);
}

static void plan(struct reclaim *v)
{
	for (size_t i = 0; i < v->units.n; i++) {
		enum reclaim_action a = v->units.items[i].action;

		if (a == RECLAIM_WARN || a == RECLAIM_REMOVE ||
			a == RECLAIM_CANCEL)
			core_note(v->l, LAPSE_EXIT_PENDING, NULL);
	}
}

static int run(struct reclaim *v, struct lapse_err *err)
{
	struct lapse *l = v->l;
	int rc = l->dry_run ? 0 : reclaim_settle(v, err);

	if (rc == 0)
		rc = reclaim_find(v, err);
	if (rc == 0)
		rc = reclaim_judge(v, err);
	if (rc == 0 && l->dry_run)
		rc = reclaim_plan(v, err);
	if (rc == 0)
		rc = reclaim_seats_plan(v, err);
	if (rc == 0)
		rc = cancel_rest(v, err);
	if (rc == 0 && l->dry_run)
		plan(v);
	else if (rc == 0)
		rc = act(v, err);
	return rc < 0 ? rc : show(v, err);
}

int lapse_reclaim(struct lapse *l, const struct lapse_reclaim *o,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct reclaim v = {.l = l, .arena = &a, .only = o->role};
	int rc = budget_confirm(l, o->confirm_removals, err);

	if (rc == 0 && o->role != NULL &&
		config_role(l->config, o->role) == NULL)
		rc = lapse_fail(err, LAPSE_ENOTFOUND, "role: '%s': not in the "
			"catalog; see `lapse catalog list`", o->role);
	if (rc == 0)
		rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	if (rc < 0)
		return rc;
	/* Even a plan rests on how long something was not used. */
	if (l->suspect || l->stale || l->taken_over || !l->time_known)
		return lapse_fail(err, LAPSE_EGUARD, "reclaim: not now: clock, "
			"ledger or anchor cannot be trusted");
	rc = core_alone_or_fail(l, LEDGER_RECLAIM, "reclaim", err);
	return rc < 0 ? rc : run(&v, err);
}
