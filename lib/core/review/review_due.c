/* Reviews that are overdue, role by role, from the ledger alone. */
#include "review_due.h"

#include "moved_rows.h"

static int look(struct lapse *l, const struct role *role, int64_t began_at,
	struct arena *a, struct review_due *ret, struct lapse_err *err)
{
	int64_t at = WHEN_NONE;
	const struct reviewed_role of = {
		.name = role->name,
		.application = role->application->name,
		.elevated = role->elevated,
		.idp = role->application->idp,
	};
	int rc = role_reviewed_at(l->ledger, &of, &at, err);

	at = (at != WHEN_NONE ? at : began_at) + role->review_every;
	if (rc < 0 || at >= core_now(l))
		return rc;
	strs_add(&ret->roles, a, role->name);
	if (ret->oldest_at == WHEN_NONE || at < ret->oldest_at)
		ret->oldest_at = at;
	return arena_check(a, err);
}

int review_due(struct lapse *l, struct arena *a, struct review_due *ret,
	struct lapse_err *err)
{
	struct review_due due = {.oldest_at = WHEN_NONE};
	struct ledger_about about;
	int rc = 0;

	if (l->config != NULL && l->config->review.project != NULL) {
		rc = ledger_about(l->ledger, &about, err);
		for (size_t i = 0; i < l->config->roles.n && rc == 0; i++)
			rc = look(l, &l->config->roles.items[i],
				about.created_at, a, &due, err);
	}
	if (rc == 0)
		*ret = due;
	return rc;
}
