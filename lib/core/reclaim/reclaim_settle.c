/* How a removal ended: rows whose grant has ended are settled, and the seats
 * that came free are counted. A person's seat of an application is free when
 * nothing of it is left to them, and counts once. */
#include <string.h>

#include "ledger_people.h"
#include "reclaim_private.h"

/* ---- Seats ---- */

const char *reclaim_seat_cost(const struct role *r)
{
	return r->application->seat_cost;
}

struct reclaim_count *reclaim_count_of(struct reclaim *v,
	const struct role *role)
{
	struct reclaim_count *c;

	for (size_t i = 0; i < v->counts.n; i++)
		if (v->counts.items[i].role == role)
			return &v->counts.items[i];
	c = VEC_ADD(&v->counts, v->arena);
	if (c != NULL)
		c->role = role;
	return c;
}

/* Who has the seat: the account, where it is known. */
struct seat {
	const char *account;
	const char *idp;
	const char *user;
	const struct application *application;
};

static bool is_same_person(const struct seat *s, const struct reclaim_unit *u)
{
	const struct membership *m = &u->parts.items[0].m;

	if (s->account != NULL && u->account != NULL)
		return strcmp(s->account, u->account) == 0;
	return strcmp(s->idp, m->idp) == 0 && strcmp(s->user, m->user) == 0;
}

/* Does this unit's removal take the membership away too? */
static bool takes(const struct reclaim_unit *u, const char *idp,
	const char *group)
{
	for (size_t i = 0; i < u->parts.n; i++)
		if (strcmp(u->parts.items[i].m.idp, idp) == 0 &&
			strcmp(u->parts.items[i].m.group, group) == 0)
			return true;
	return false;
}

static bool is_idle(const struct reclaim_unit *u)
{
	for (size_t i = 0; i < u->parts.n; i++)
		if (u->parts.items[i].group->why.code != 0)
			return false;	/* who is in it is not known */
	return u->action != RECLAIM_SKIP && u->action != RECLAIM_CANCEL &&
		!u->unknown;
}

static bool is_planned(const struct reclaim *v, const struct seat *s,
	const char *idp, const char *group)
{
	for (size_t i = 0; i < v->units.n; i++) {
		const struct reclaim_unit *u = &v->units.items[i];

		if (is_idle(u) && u->parts.n > 0 && is_same_person(s, u) &&
			takes(u, idp, group))
			return true;
	}
	return false;
}

static int user_of(struct reclaim *v, const struct seat *s, const char *idp,
	const char **ret, struct lapse_err *err)
{
	struct link_row link = {0};
	int rc;

	*ret = NULL;
	if (strcmp(idp, s->idp) == 0)
		*ret = s->user;
	if (*ret != NULL || s->account == NULL)
		return 0;
	rc = link_get(v->l->ledger, s->account, idp, v->arena, &link, err);
	if (rc == 0)
		*ret = link.user;
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

static int has_group(struct reclaim *v, const struct seat *s,
	const struct role *r, size_t n, bool plan, bool *ret,
	struct lapse_err *err)
{
	struct member_row row = {.since = WHEN_NONE};
	const char *idp, *group;
	const char *user = NULL;
	int rc;

	config_role_group(r, n, &idp, &group);
	rc = user_of(v, s, idp, &user, err);
	if (rc < 0 || user == NULL)
		return rc;
	rc = member_get(v->l->ledger, idp, group, user, &row, err);
	if (rc == 0 && row.since != WHEN_NONE && !row.leaving)
		*ret = !plan || !is_planned(v, s, idp, group);
	return rc;
}

static bool ends(const struct reclaim *v, int64_t grant)
{
	for (size_t i = 0; i < v->units.n; i++)
		if (is_idle(&v->units.items[i]) &&
			v->units.items[i].g.id == grant)
			return true;
	return false;
}

static int has_grant(struct reclaim *v, const struct seat *s, bool plan,
	bool *ret, struct lapse_err *err)
{
	struct grant_rows live = {0};
	int rc;

	if (s->account == NULL)
		return 0;
	rc = grants_live(v->l->ledger, s->account, v->arena, &live, err);
	for (size_t i = 0; i < live.list.n && rc == 0; i++) {
		const struct grant_row *g = &live.list.items[i];

		if (strcmp(g->application, s->application->name) == 0 &&
			!(plan && ends(v, g->id)))
			*ret = true;
	}
	return rc;
}

/* Is anything of the application left to the person? plan: after all that is
 * idle now were gone. */
static int keeps_seat(struct reclaim *v, const struct seat *s, bool plan,
	bool *ret, struct lapse_err *err)
{
	const struct config *c = v->l->config;
	int rc = has_grant(v, s, plan, ret, err);

	for (size_t i = 0; i < c->roles.n && rc == 0 && !*ret; i++) {
		const struct role *r = &c->roles.items[i];

		for (size_t n = 0; n < r->groups.n && rc == 0 && !*ret; n++)
			if (r->application == s->application)
				rc = has_group(v, s, r, n, plan, ret, err);
	}
	return rc;
}

static int is_freed(struct reclaim *v, const struct seat *s, bool plan,
	bool *ret, struct lapse_err *err)
{
	const char *key = arena_fmt(v->arena, "%s %s", s->account != NULL ?
		s->account : s->user, s->application->name);
	bool keeps = false;
	int rc = arena_check(v->arena, err);

	*ret = false;
	if (rc < 0 || strs_has(&v->freed, key))
		return rc;
	rc = keeps_seat(v, s, plan, &keeps, err);
	if (rc < 0 || keeps)
		return rc;
	strs_add(&v->freed, v->arena, key);
	*ret = true;
	return arena_check(v->arena, err);
}

int reclaim_seats_plan(struct reclaim *v, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < v->units.n && rc == 0; i++) {
		struct reclaim_unit *u = &v->units.items[i];

		if (!is_idle(u) || u->parts.n == 0)
			continue;
		const struct membership *m = &u->parts.items[0].m;
		const struct seat s = {u->account, m->idp, m->user,
			u->role->application};

		rc = is_freed(v, &s, true, &u->seat, err);
	}
	/* That was a plan; what is freed is counted anew. */
	v->freed = (struct strs){0};
	return rc;
}

int reclaim_seat_freed(struct reclaim *v, const struct reclaim_row *row,
	bool *ret, struct lapse_err *err)
{
	const struct role *role = config_role(v->l->config, row->role);
	struct seat s = {row->account, row->m.idp, row->m.user, NULL};

	*ret = false;
	if (role == NULL)
		return 0;
	s.application = role->application;
	return is_freed(v, &s, false, ret, err);
}

/* ---- Settling ---- */

static int count(struct reclaim *v, const struct role *role, bool seat,
	struct lapse_err *err)
{
	struct reclaim_count *c = reclaim_count_of(v, role);
	struct money cost;

	if (c == NULL)
		return lapse_fail_nomem(err);
	c->reclaimed++;
	if (!seat)
		return 0;
	c->seats++;
	if (reclaim_seat_cost(role) == NULL)
		return 0;
	/* It was checked when the configuration was read. */
	if (money_parse(reclaim_seat_cost(role), &cost, err) < 0)
		return err->code;
	return money_add(&c->money, &cost, err);
}

static int settle_row(struct reclaim *v, struct reclaim_row *row,
	const struct grant_row *g, struct lapse_err *err)
{
	const struct role *role = config_role(v->l->config, row->role);
	struct reclaim_told told = {
		.kind = "reclaimed",
		.row = row,
		.grant = g->id,
		.role = role,
		.settled = true,
	};
	bool abandoned = g->end_reason != NULL &&
		strcmp(g->end_reason, "abandoned") == 0;
	int rc = 0;

	row->settled_at = core_now(v->l);
	row->state = abandoned ? "cancelled" : "reclaimed";
	if (abandoned) {
		told.kind = "reclaim-cancelled";
		told.settled = false;
		row->why = told.why = "the attempts to remove it were stopped";
	} else {
		rc = reclaim_seat_freed(v, row, &told.seat, err);
	}
	if (told.seat)
		row->seat_cost = reclaim_seat_cost(role);
	if (rc == 0)
		rc = reclaim_put(v->l->ledger, row, err);
	if (rc == 0)
		rc = reclaim_tell(v->l, &told, NULL, err);
	return rc < 0 || abandoned || role == NULL ? rc :
		count(v, role, told.seat, err);
}

static int settle_ended(struct reclaim *v, const struct reclaim_row *was,
	struct lapse_err *err)
{
	struct reclaim_row row = {0};
	struct grant_row g = {0};
	int rc = reclaim_get(v->l->ledger, was->id, v->arena, &row, err);

	if (rc == 0)
		rc = grant_get(v->l->ledger, row.remediation, v->arena, &g,
			err);
	if (rc < 0 || row.settled_at != WHEN_NONE ||
		strcmp(g.state, "ended") != 0)
		return rc;
	return settle_row(v, &row, &g, err);
}

static bool is_removed(struct reclaim *v, const struct reclaim_row *row)
{
	AUTO_ARENA a = {0};
	struct grant_row g = {0};

	return strcmp(row->state, "removing") == 0 &&
		grant_get(v->l->ledger, row->remediation, &a, &g, NULL) == 0 &&
		strcmp(g.state, "ended") == 0;
}

int reclaim_settle(struct reclaim *v, struct lapse_err *err)
{
	struct reclaim_rows rows = {0};
	bool any = false;
	int rc = reclaims_open(v->l->ledger, v->arena, &rows, err);

	for (size_t i = 0; i < rows.list.n && !any; i++)
		any = is_removed(v, &rows.list.items[i]);
	if (rc < 0 || !any)
		return rc;
	rc = core_begin(v->l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		if (is_removed(v, &rows.list.items[i]))
			rc = settle_ended(v, &rows.list.items[i], err);
	return core_end(v->l, rc, err);
}
