/*
 * scim.h - Okta's filter and search expressions over one object.
 */
#ifndef SANDBOX_SCIM_H
#define SANDBOX_SCIM_H

#include "json.h"

/* 1 matches, 0 does not, -1 the expression is not valid. */
int scim_matches(const char *expression, const cJSON *object,
	bool ignore_case);

#endif
