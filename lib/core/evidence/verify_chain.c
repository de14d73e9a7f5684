/* Verifying the ledger by itself: the chain, then its agreement with the
 * tables that it is the story of. */
#include "verify_chain.h"

#include <inttypes.h>
#include <stdio.h>

#include "check.h"
#include "hash.h"

struct verify {
	int (*found)(void *arg, const char *fault);
	void *arg;
	int64_t faults;
};

static int on_fault(void *arg, const char *fault)
{
	struct verify *v = arg;

	v->faults++;
	return v->found == NULL ? 0 : v->found(v->arg, fault);
}

static int on_row(void *arg, int64_t seq, const char *fault)
{
	char words[160];

	snprintf(words, sizeof(words), "evidence %" PRId64 ": %s", seq, fault);
	return on_fault(arg, words);
}

int verify_chain(struct ledger *l,
	int (*found)(void *arg, const char *fault), void *arg,
	struct verify_result *ret, struct lapse_err *err)
{
	struct verify v = {.found = found, .arg = arg};
	struct verify_result result = {0};
	struct evidence_walked walked = {0};
	struct ledger *AUTO_TX tx = NULL;
	bool whole;
	int rc;

	rc = ledger_begin_read(l, err);
	if (rc != 0)
		return rc;
	tx = l;
	rc = evidence_walk(l, on_row, &v, &walked, err);
	whole = v.faults == 0;
	if (rc == 0)
		rc = ledger_check(l, on_fault, &v, err);
	/* By what was changed nothing can be judged. */
	if (rc == 0 && whole)
		rc = ledger_check_events(l, &walked, on_fault, &v, err);
	if (rc == 0)
		rc = evidence_head(l, &result.head_seq, result.head, err);
	if (rc != 0)
		return rc;
	result.rows = walked.rows;
	result.faults = v.faults;
	*ret = result;
	return 0;
}

int verify_witness(struct ledger *l, int64_t seq, const char *hash,
	const char **ret_words, struct lapse_err *err)
{
	char there[65];
	int rc;

	if (seq == 0) {
		*ret_words = NULL;
		return 0;
	}
	rc = evidence_at(l, seq, there, err);
	if (rc == LAPSE_ENOTFOUND)
		*ret_words = "the ledger ends before what the witness saw: "
			     "its tail was cut, or an old copy restored";
	else if (rc == 0)
		*ret_words = hash_same(there, hash) ? NULL
			: "the witness saw another chain: this one was "
			  "written anew";
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}
