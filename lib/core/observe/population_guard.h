/* Is a list of members one to act on? Reviews and reclaim take away what it
 * shows, so a list that lost its people on the way must stop them. */
#ifndef LAPSE_CORE_POPULATION_GUARD_H
#define LAPSE_CORE_POPULATION_GUARD_H

#include "core.h"

/* Of a reading that the provider ended as complete, with so many members;
 * said: how many the group itself says it has, -1: nothing. It is compared
 * with the ledger's last complete reading, less those whose removal began
 * since.
 * <Errors> LAPSE_EGUARD: it is empty where there were members, or more than
 * half are missing. `sync` reads them again: what is really so has become the
 * last complete reading by then, and passes. */
int population_guard(struct lapse *l, const char *idp, const char *group,
	size_t read, int64_t said, struct lapse_err *err);

#endif
