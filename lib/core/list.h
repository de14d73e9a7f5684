/* The rows of listings as records, for every command that shows one. */
#ifndef LAPSE_CORE_LIST_H
#define LAPSE_CORE_LIST_H

#include "core.h"
#include "list_rows.h"

/* Emits what the filter lets through; *ret_n (may be NULL) rows. */
int list_emit(struct lapse *l, enum list_of what, const struct list_filter *f,
	int64_t *ret_n, struct lapse_err *err);
/* One "lapse/grant.v1" row: what a command did to a grant. */
int list_emit_grant(struct lapse *l, int64_t grant, struct lapse_err *err);

#endif
