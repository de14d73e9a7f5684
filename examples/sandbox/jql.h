/*
 * jql.h - a part of JQL: AND, OR, NOT, parentheses, comparisons and lists.
 */
#ifndef SANDBOX_JQL_H
#define SANDBOX_JQL_H

#include "json.h"

/* The matching issues in order, as an array of ids; NULL: the fault says
 * what is wrong with the query. Index lag and misses apply. */
cJSON *jql_search(const char *query, const cJSON *actor, char **ret_fault);

#endif
