/* What the files of the policy share; not for use outside policy*.c. */
#ifndef LAPSE_CORE_POLICY_PRIVATE_H
#define LAPSE_CORE_POLICY_PRIVATE_H

#include "policy.h"

/* <Shape> one decision being made. */
struct policy {
	const struct policy_input *in;
	struct arena *a;
	struct policy_decision *ret;
	int64_t from;		/* when the access would begin */
	int64_t length;		/* seconds; 0: no end */
};

#define WORDS(...) arena_fmt(p->a, __VA_ARGS__)

/* Refuses; returns 1, so that a rule reads `return policy_no(...)`. */
int policy_no(struct policy *p, const char *code, const char *words,
	const char *admin);
/* The rule about approvers: fills mode and owed, or refuses. */
int policy_owe(struct policy *p);

#endif
