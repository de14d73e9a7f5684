/* The parts of `lapse verify` that tell faults of their own. */
#ifndef LAPSE_CORE_VERIFY_H
#define LAPSE_CORE_VERIFY_H

#include "core.h"

struct verify_faults {
	struct lapse *l;
	int64_t n;
};

/* One "lapse/fault.v1" row: where, what, and what to do next (may be NULL). */
int verify_fault(struct verify_faults *f, const char *where,
	const char *fault, const char *next, struct lapse_err *err);

/* Holds against the ledger what Jira has: the anchor, and on each issue that
 * was told something its property and our comments. Reads only. */
struct verify_seen {
	int64_t issues;
	int64_t properties;
	int64_t comments;
};
int verify_jira(struct verify_faults *f, struct verify_seen *ret,
	struct lapse_err *err);

/* Holds heads against the chain that were noted in a file, one JSON object a
 * line: as witness-command got them, or manifests. *ret_n: how many.
 * <Errors> LAPSE_ENOTFOUND, LAPSE_ELEDGER: a line that is neither. */
int verify_heads(struct verify_faults *f, const char *file, int64_t *ret_n,
	struct lapse_err *err);

#endif
