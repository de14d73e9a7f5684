/* The other witnesses: each property that a run reads anyway names the head of
 * the chain at which it was written. One that this ledger does not have says
 * that it is an old copy, whatever the anchor says: who put the copy back may
 * have put the anchor of that time back too. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "anchor.h"
#include "hash.h"
#include "projection_seal.h"
#include "verify_chain.h"

/* ---- Is it known? ---- */

struct search {
	const char *digest;
	bool found;
};

static int take_event(void *arg, const struct evidence_row *r,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct search *s = arg;
	struct json list;

	if (strcmp(r->kind, "forwarded") != 0)
		return 0;
	if (json_open(&doc, r->data, strlen(r->data), err) < 0)
		return err->code;
	list = json_array(json_root(doc), "properties", JSON_MAY);
	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		const char *sha256 = json_text(i, "sha256", JSON_MAY);

		if (sha256 != NULL && strcmp(sha256, s->digest) == 0)
			s->found = true;
	}
	return 0;
}

/* From beyond a gap that was brought forward over: read then, and about to be
 * written anew. */
static int is_forwarded(struct lapse *l, const struct ledger_about *about,
	const char *property, bool *ret, struct lapse_err *err)
{
	char digest[65];
	struct search s = {.digest = digest};
	int rc = hash_hex(property, strlen(property), digest, err);

	if (rc == 0)
		rc = evidence_each(l->ledger, about->anchor_issue, 0, 1,
			take_event, &s, err);
	if (rc == 0)
		*ret = s.found;
	return rc;
}

/* *ret_seq 0: nothing of this ledger's that its chain does not have. */
static int hold(struct lapse *l, const struct ledger_about *about,
	const char *property, struct json root, int64_t *ret_seq,
	const char **ret_fault, struct lapse_err *err)
{
	const char *ledger = json_text(root, "ledger", JSON_MAY);
	const char *hash = json_text(root, "hash", JSON_MAY);
	int64_t seq = json_int(root, "seq", JSON_MAY);
	const char *fault = NULL;
	bool good = false;
	bool known = false;
	int rc = seal_check(l, root, &good, err);

	if (rc < 0 || !good || ledger == NULL || hash == NULL || seq <= 0 ||
		strcmp(ledger, about->id) != 0)
		return rc;
	rc = verify_witness(l->ledger, seq, hash, &fault, err);
	if (rc == 0 && fault != NULL)
		rc = is_forwarded(l, about, property, &known, err);
	if (rc == 0 && fault != NULL && !known) {
		*ret_seq = seq;
		*ret_fault = fault;
	}
	return rc;
}

int anchor_unknown(struct lapse *l, const char *property, int64_t *ret_seq,
	const char **ret_fault, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct ledger_about about;
	struct lapse_err why;
	int rc;

	*ret_seq = 0;
	if (property == NULL || l->hmac_key.len == 0)
		return 0;
	/* What is no JSON at all is said by those who go by it. */
	rc = json_open(&doc, property, strlen(property), &why);
	if (rc == LAPSE_EPROTO || (rc == 0 && !json_is_object(json_root(doc))))
		return 0;
	if (rc < 0)
		return lapse_fail(err, rc, "%s", why.text);
	rc = ledger_about(l->ledger, &about, err);
	return rc < 0 ? rc : hold(l, &about, property, json_root(doc),
		ret_seq, ret_fault, err);
}

/* ---- Keeping and saying it ---- */

static int keep(struct lapse *l, int64_t seq, struct lapse_err *err)
{
	struct ledger_about about;
	int rc = l->dry_run ? 0 : core_begin(l, err);

	if (l->dry_run || rc < 0)
		return rc;
	rc = ledger_set_cursor(l->ledger, ANCHOR_AHEAD, seq, err);
	if (rc == 0)
		rc = ledger_about(l->ledger, &about, err);
	if (rc == 0 && about.stale_since == WHEN_NONE)
		rc = ledger_set_stale(l->ledger, core_now(l), err);
	return core_end(l, rc, err);
}

static void say(struct lapse *l, const char *what)
{
	struct lapse_err err;

	lapse_fail(&err, LAPSE_ELEDGER, "%s; nothing is granted; put the "
		"newest copy of the ledger back, or let this one learn by "
		"`lapse rebuild --forward --reason TEXT`", what);
	core_note(l, LAPSE_EXIT_LEDGER, &err);
}

int anchor_hold_property(struct lapse *l, const char *issue,
	const char *property, struct lapse_err *err)
{
	const char *fault = NULL;
	char words[300];
	int64_t seq = 0;
	int64_t before = 0;
	int rc = anchor_unknown(l, property, &seq, &fault, err);

	if (rc == 0 && seq > 0)
		rc = ledger_cursor(l->ledger, ANCHOR_AHEAD, &before, 0, err);
	if (rc < 0 || seq == 0)
		return rc;
	l->stale = true;
	if (before >= seq)
		return 0;
	snprintf(words, sizeof(words), "issue %s: its property tells of "
		"evidence %" PRId64 ": %s", issue, seq, fault);
	say(l, words);
	return keep(l, seq, err);
}

int anchor_recall_ahead(struct lapse *l, bool *ret, struct lapse_err *err)
{
	char words[160];
	int64_t seq = 0;
	int rc = ledger_cursor(l->ledger, ANCHOR_AHEAD, &seq, 0, err);

	if (rc < 0)
		return rc;
	*ret = seq > 0;
	if (seq == 0)
		return 0;
	snprintf(words, sizeof(words), "ledger: the property of an issue told "
		"of evidence %" PRId64 ", which this ledger does not have, "
		"though the anchor does not say so", seq);
	say(l, words);
	return 0;
}
