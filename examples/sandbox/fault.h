/*
 * fault.h - what goes wrong on demand. A fault matches requests by family,
 * method and part of the path, skips some, and fires a number of times.
 */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include "http.h"

/* How the answer leaves, after faults had their say. */
enum delivery { DELIVER, DELIVER_CUT, DELIVER_NOTHING };

/* Answers an id, or 0: unknown kind. Takes the tree over in any case. */
int fault_add(cJSON *fault);
void fault_clear(void);
const cJSON *fault_list(void);

/* The fault that fires for this request, counted; the caller frees. */
cJSON *fault_pick(const struct exchange *x);

/* Before the handler: true if the request must not be applied. */
bool fault_before(struct exchange *x, const cJSON *fault);
/* After it: may change the answer. */
enum delivery fault_after(struct exchange *x, const cJSON *fault);

#endif
