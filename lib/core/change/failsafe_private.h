/* Shared by failsafe*.c only. */
#ifndef LAPSE_CORE_FAILSAFE_PRIVATE_H
#define LAPSE_CORE_FAILSAFE_PRIVATE_H

#include "failsafe.h"
#include "failsafe_rows.h"

/* Of two ends, of which either may be none. */
int64_t failsafe_earlier(int64_t a, int64_t b);
/* Would what stands at the provider, or may stand, cut this wish short? */
bool failsafe_cuts_short(const struct failsafe_row *row);

#endif
