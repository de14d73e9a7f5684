/* `lapse verify`: does the ledger prove itself? */
#ifndef LAPSE_CORE_VERIFY_CHAIN_H
#define LAPSE_CORE_VERIFY_CHAIN_H

#include "ledger.h"

struct verify_result {
	int64_t rows;		/* of evidence, walked */
	int64_t faults;
	int64_t head_seq;
	char head[65];
};

/* Walks the chain, then checks what states imply about each other, in one
 * view of the ledger. found gets each fault in words; negative ends; may be
 * NULL. Returns 0 also with faults: they are counted. What a witness knows is
 * compared by the caller (evidence_at()). */
int verify_chain(struct ledger *l,
	int (*found)(void *arg, const char *fault), void *arg,
	struct verify_result *ret, struct lapse_err *err);

/* Is a head that somebody noted elsewhere (an anchor, a manifest) on today's
 * chain? *ret_words: NULL when it is, else the fault. */
int verify_witness(struct ledger *l, int64_t seq, const char *hash,
	const char **ret_words, struct lapse_err *err);

#endif
