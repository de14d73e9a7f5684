#ifndef LAPSE_BENCH_LIVES_H
#define LAPSE_BENCH_LIVES_H

#include "db.h"

/* So many ended grants in a ledger without any: nine events each, of the year
 * before now. */
int lives(struct ledger *l, int64_t n, int64_t now, struct lapse_err *err);

#endif
