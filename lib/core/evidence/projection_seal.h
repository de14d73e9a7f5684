/* What lapse writes on issues carries an HMAC under a key kept with the
 * secrets: it shows edits by anyone without that key, not by its holder.
 *
 * The bytes under the HMAC are canonical: the object without its member
 * "mac", members of every object sorted bytewise by key, no blanks. So a
 * service that gives the members back in another order does no harm. */
#ifndef LAPSE_CORE_PROJECTION_SEAL_H
#define LAPSE_CORE_PROJECTION_SEAL_H

#include "core.h"

/* Adds "mac" as the last member of the JSON object in b.
 * <Errors> LAPSE_ECONFIG: there is no key. */
int seal_add(struct lapse *l, struct buf *b, struct lapse_err *err);
/* Does its "mac" stand for this object? */
int seal_check(struct lapse *l, struct json object, bool *ret,
	struct lapse_err *err);
/* Are both texts the same JSON object, "mac" included? A text that is no JSON
 * is not the same. */
int seal_same(const char *a, const char *b, bool *ret, struct lapse_err *err);

#endif
