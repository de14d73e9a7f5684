/* `witness-command`: a program of the operator's that takes the chain's head
 * to where this host cannot change it. */
#ifndef LAPSE_CORE_WITNESS_H
#define LAPSE_CORE_WITNESS_H

#include "core.h"

/* Last in a run: once a day, when there is a new head. What the program does
 * wrong is noted and delays nothing but the run's end; it is tried again after
 * an hour. <Errors> the ledger's. */
int witness_tell(struct lapse *l, struct lapse_err *err);

#endif
