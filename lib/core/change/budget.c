/* How much reviews and reclaim may take away. */
#include "budget.h"

#include <string.h>

#include "ledger_people.h"

static bool is_known(struct lapse *l, const char *full)
{
	AUTO_ARENA a = {0};
	struct group_row row = {0};
	const char *idp = NULL;
	const char *group = NULL;

	return config_split_group(full, &a, &idp, &group) &&
		group_get(l->ledger, idp, group, &a, &row, NULL) == 0;
}

int budget_confirm(struct lapse *l, const char *group, struct lapse_err *err)
{
	const struct config *c = l->config;

	if (group == NULL)
		return 0;
	if (l->operator == NULL)
		return lapse_fail(err, LAPSE_EREFUSED, "confirm-removals: a "
			"named operator says so; see operator in "
			"lapse.conf(5)");
	for (size_t i = 0; i < c->roles.n; i++)
		if (strs_has(&c->roles.items[i].groups, group)) {
			l->confirmed_removals = group;
			return 0;
		}
	/* A review may be of groups that no role has. */
	if (is_known(l, group)) {
		l->confirmed_removals = group;
		return 0;
	}
	return lapse_fail(err, LAPSE_ENOTFOUND, "confirm-removals: '%s': is "
		"no group that lapse knows; write IDP:GROUP, as the line said that "
		"asked for it", group);
}

static bool is_confirmed(const struct lapse *l, const struct membership *m)
{
	const char *of = l->confirmed_removals;
	size_t idp = strlen(m->idp);

	return of != NULL && strncmp(of, m->idp, idp) == 0 &&
		of[idp] == ':' && strcmp(of + idp + 1, m->group) == 0;
}

/* left: members that stay if this one does too. */
static bool is_too_many(const struct lapse *l, int64_t left,
	int64_t taken_before)
{
	int64_t may = (left + taken_before) * l->config->removals_of_group /
		100;

	if (left <= 1)
		return true;
	return taken_before > 0 && taken_before >= may;
}

int budget_ask(struct lapse *l, struct budget *b, const struct membership *m,
	int64_t taken_before, enum budget_answer *ret, struct lapse_err *err)
{
	struct member_row row = {.since = WHEN_NONE};
	int64_t left = 0;
	int rc = members_left(l->ledger, m->idp, m->group, &left, err);

	if (rc == 0)
		rc = member_get(l->ledger, m->idp, m->group, m->user, &row,
			err);
	if (rc < 0)
		return rc;
	/* Who came after that reading is one more than it showed. */
	if (left >= 0 && row.since == WHEN_NONE)
		left++;
	if (left >= 0)
		left -= b->planned;
	if (!is_confirmed(l, m) && is_too_many(l, left, taken_before)) {
		*ret = BUDGET_CONFIRM;
		return 0;
	}
	if (b->begun >= l->config->removals_per_run) {
		*ret = BUDGET_NEXT_RUN;
		return 0;
	}
	b->begun++;
	*ret = BUDGET_YES;
	return 0;
}
