/* The Link header of RFC 8288, as far as paging needs it. */
#ifndef LAPSE_HTTP_LINK_H
#define LAPSE_HTTP_LINK_H

#include "err.h"

/* Looks through one header value for rel="next". *ret is an allocated URL, or
 * stays as it was where the line has none.
 * <Errors> LAPSE_EPROTO: the line cannot be read (it might hide a next page),
 * its next link is relative or too long, or there are two that differ, also
 * from what *ret holds already. LAPSE_ENOMEM. */
int link_next(const char *value, char **ret, struct lapse_err *err);

#endif
