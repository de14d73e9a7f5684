/* What a word on the command line means: an issue, grant, user, role,
 * group or review. */
#ifndef LAPSE_CORE_SHOW_FIND_H
#define LAPSE_CORE_SHOW_FIND_H

#include "core.h"
#include "show_rows.h"

/* <Shape> texts live in the arena given. */
struct show_thing {
	enum show_kind kind;
	const char *name;	/* key, id, e-mail, role or group id */
	const char *idp;	/* of a group; NULL: any */
};

/* "issue:", "grant:", "user:", "role:", "group:", "review:" before the word decide;
 * else
 * what the ledger and the catalog know of that name. access: only roles and
 * groups are meant. <Errors> LAPSE_ENOTFOUND; LAPSE_EUSAGE when it could mean
 * two things. */
int show_find(struct lapse *l, const char *what, bool access, struct arena *a,
	struct show_thing *ret, struct lapse_err *err);

#endif
