/* When credentials end: monitoring has none of its own, so a run that has them
 * leaves a note. */
#include <stdio.h>

#include "metrics.h"

/* 0: its end is not known any more. A run that finds what was noted writes
 * nothing. */
static int note(struct lapse *l, const char *idp, int64_t ends_at,
	struct lapse_err *err)
{
	char name[160];
	int64_t noted = 0;
	int rc;

	snprintf(name, sizeof(name), "credential-end:%s", idp);
	if (ends_at == WHEN_NONE)
		ends_at = 0;
	rc = ledger_cursor(l->ledger, name, &noted, 0, err);
	if (rc < 0 || noted == ends_at)
		return rc;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	return core_end(l, ledger_set_cursor(l->ledger, name, ends_at, err),
		err);
}

int metrics_credentials(struct lapse *l, struct lapse_err *err)
{
	int rc = 0;

	for (size_t n = 0; n < l->n_idps && rc == 0 && !l->dry_run; n++)
		if (l->idps[n].open)
			rc = note(l, l->idps[n].section->name,
				auth_ends_at(l->idps[n].remote.auth), err);
	return rc;
}
