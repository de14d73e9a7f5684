/*
 * record.h - what was asked and answered: a short log in memory for
 * assertions, and a full record as JSON lines for contract checks.
 */
#ifndef SANDBOX_RECORD_H
#define SANDBOX_RECORD_H

#include "http.h"

bool record_open(const char *file);
void record_exchange(const struct exchange *x, const char *fault);
void record_forget(void);
const cJSON *record_log(void);
int record_count(const char *service, const char *method, const char *path);
/* The most within any so many seconds, by the sandbox's clock. */
int record_peak(const char *service, const char *method, const char *path,
	int64_t seconds);

#endif
