/* Is a list of members one to act on? */
#include "population_guard.h"

#include "ledger_people.h"

int population_guard(struct lapse *l, const char *idp, const char *group,
	size_t read, int64_t said, struct lapse_err *err)
{
	int64_t expected = -1;
	int64_t n = (int64_t)read;
	int rc = members_left(l->ledger, idp, group, &expected, err);

	if (rc < 0)
		return rc;
	if (said > expected)
		expected = said;
	if (n >= expected)
		return 0;
	/* One of two may have left; the last of all is not missed so easily. */
	if (n > 0 && (expected - n == 1 || (expected - n) * 2 <= expected))
		return 0;
	return lapse_fail(err, LAPSE_EGUARD, "%s: group '%s': the list shows "
		"%lld of %lld members; nobody of it is touched; look at the "
		"provider, `lapse sync` reads it again", idp, group,
		(long long)n, (long long)expected);
}
