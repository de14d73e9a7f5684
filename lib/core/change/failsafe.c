/* Memberships that their provider ends by itself: what is wanted, and what is
 * known to stand. Setting it is failsafe_run.c's. */
#include "failsafe_private.h"

#include <string.h>


enum {
	NEAR_S = 1200,		/* later by so much is not set again */
	FIRST_S = 600,		/* a new one is waited for so long */
};

/* ---- What is wanted ---- */

static const struct idp_section *keeper_of(const struct lapse *l,
	const struct membership *m)
{
	const struct idp_section *s = l->config == NULL ?
		NULL :
		config_idp(l->config, m->idp);

	return s != NULL && s->driver->set_expiry != NULL ? s : NULL;
}

/* A little later than wanted will do. */
static bool will_do(int64_t end, int64_t wanted)
{
	if (end == WHEN_NONE || wanted == WHEN_NONE)
		return end == wanted;
	return end >= wanted && end <= wanted + NEAR_S;
}

static bool is_enough(const struct failsafe_row *row, int64_t wanted)
{
	if (strcmp(row->state, "open") == 0)
		return will_do(row->wanted_at, wanted);
	if (strcmp(row->state, "held") == 0)
		return will_do(row->held_at, wanted);
	/* Not to be had, so far: another wish is tried anew. */
	return row->wanted_at == wanted;
}

int failsafe_look(struct lapse *l, const struct membership *m, bool fresh,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct idp_section *s = keeper_of(l, m);
	struct failsafe_wish wish = {0};
	struct failsafe_row row = {.held_at = WHEN_NONE};
	int64_t wanted;
	bool found = false;
	int rc;

	if (s == NULL)
		return 0;
	rc = failsafe_wish(l->ledger, m, &wish, err);
	if (rc < 0 || wish.holds == 0 || wish.pre > 0)
		return rc;
	wanted = wish.endless > 0 || wish.ends_at == WHEN_NONE ?
		WHEN_NONE :
		wish.ends_at + s->expiry_grace;
	rc = failsafe_get(l->ledger, m, &a, &row, &found, err);
	if (rc < 0 || (!found && wanted == WHEN_NONE) ||
		(found && !fresh && is_enough(&row, wanted)))
		return rc;
	return failsafe_owe(l->ledger, m, wanted, fresh, core_now(l), err);
}

int failsafe_cap(struct lapse *l, const struct membership *m, int64_t end,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct failsafe_row row = {0};
	bool found = false;
	int rc = failsafe_get(l->ledger, m, &a, &row, &found, err);

	if (rc < 0 || !found || end == WHEN_NONE ||
		(row.wanted_at != WHEN_NONE && row.wanted_at <= end))
		return rc;
	return failsafe_owe(l->ledger, m, end, true, core_now(l), err);
}

int failsafe_look_at_grant(struct lapse *l, int64_t grant,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	int rc = holds_of_grant(l->ledger, grant, &a, &holds, err);

	for (size_t i = 0; i < holds.list.n && rc == 0; i++)
		rc = failsafe_look(l, &holds.list.items[i].m, false, err);
	return rc;
}

int64_t failsafe_earlier(int64_t a, int64_t b)
{
	if (a == WHEN_NONE || b == WHEN_NONE)
		return a == WHEN_NONE ? b : a;
	return a < b ? a : b;
}

bool failsafe_cuts_short(const struct failsafe_row *row)
{
	int64_t end = failsafe_earlier(row->held_at, row->maybe_at);

	return end != WHEN_NONE &&
		(row->wanted_at == WHEN_NONE || end < row->wanted_at);
}

int failsafe_waits(struct lapse *l, const struct membership *m, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct failsafe_row row = {0};
	int64_t first = l->config->grant_within / 2;
	bool found = false;
	int rc = 0;

	*ret = false;
	if (keeper_of(l, m) != NULL)
		rc = failsafe_get(l->ledger, m, &a, &row, &found, err);
	if (rc < 0 || !found || strcmp(row.state, "held") == 0)
		return rc;
	if (first > FIRST_S)
		first = FIRST_S;
	*ret = failsafe_cuts_short(&row) || (strcmp(row.state, "open") == 0 &&
		row.held_at == WHEN_NONE && row.wanted_at != WHEN_NONE &&
		core_now(l) < row.opened_at + first);
	return 0;
}

int failsafe_read(struct lapse *l, const struct membership *m, int64_t *ret,
	struct lapse_err *err)
{
	const struct idp_section *s = keeper_of(l, m);
	struct op op = {
		.name = "get-expiry",
		.group = m->group,
		.user = m->user,
	};
	int rc = 0;

	if (s != NULL) {
		op.step = s->driver->get_expiry;
		rc = core_idp_call(l, m->idp, &op, err);
	}
	if (rc == 0)
		*ret = op.outcome == OP_FOUND ? op.at : WHEN_NONE;
	op_clear(&op);
	return rc;
}

static bool row_of(struct lapse *l, const struct membership *m,
	struct failsafe_row *ret)
{
	AUTO_ARENA a = {0};
	bool found = false;
	int rc = failsafe_get(l->ledger, m, &a, ret, &found, NULL);

	return rc == 0 && found;	/* its times, not its texts */
}

int64_t failsafe_at(struct lapse *l, const struct membership *m)
{
	struct failsafe_row row;

	return row_of(l, m, &row) ? row.held_at : WHEN_NONE;
}

int64_t failsafe_may_end_at(struct lapse *l, const struct membership *m)
{
	struct failsafe_row row;

	return row_of(l, m, &row) ?
		failsafe_earlier(row.held_at, row.maybe_at) :
		WHEN_NONE;
}

int64_t failsafe_of_grant(struct lapse *l, int64_t grant)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	int64_t last = WHEN_NONE;

	if (holds_of_grant(l->ledger, grant, &a, &holds, NULL) < 0)
		return WHEN_NONE;
	for (size_t i = 0; i < holds.list.n; i++) {
		int64_t at = failsafe_at(l, &holds.list.items[i].m);

		if (at == WHEN_NONE)
			return WHEN_NONE;
		if (last == WHEN_NONE || at > last)
			last = at;
	}
	return last;
}
