/* Why somebody is in a group or has a role; why not. */
#ifndef LAPSE_CORE_WHY_H
#define LAPSE_CORE_WHY_H

#include "show_find.h"

/* "lapse/why.v1" rows: each thing that held it at the time; when nothing did,
 * each that had, and when that was over. in: a role or a group, word as it was
 * asked for. A role is also held by whatever else holds its groups.
 * <Errors> LAPSE_ENOTFOUND: there was nothing until then, the group was not read
 * yet, or nothing says which groups the role has. */
int why_show(struct lapse *l, const char *user, const struct show_thing *in,
	const char *word, int64_t at, struct lapse_err *err);

#endif
