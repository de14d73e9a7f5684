/* Before anything is asked or granted by an issue: does its property tell of
 * access that this ledger does not know? The index was late when the ledger was
 * rebuilt, the host before wrote on, or an old copy was restored. Granted once
 * more that access would count as from before lapse, and never end. */
#include <string.h>

#include "anchor.h"
#include "claim.h"
#include "projection.h"
#include "projection_seal.h"
#include "request.h"

static const char not_ours[] =
	"its property '" PROJECTION_PROPERTY "' is not as lapse wrote it under "
	"this 'ledger-key'; delete that property, if nothing of it is access "
	"that lapse gave";

/* A copy of another issue's is nothing about this one. */
static int read_claim(struct lapse *l, const char *issue, const char *property,
	struct arena *a, struct claim *ret, bool *ret_good,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	int rc = json_open(&doc, property, strlen(property), err);

	if (rc == 0 && json_is_object(json_root(doc)) && l->hmac_key.len > 0)
		rc = seal_check(l, json_root(doc), ret_good, err);
	if (rc == 0 && *ret_good)
		rc = claim_read(doc, a, ret, err);
	if (rc == 0 && *ret_good && strcmp(ret->issue, issue) != 0)
		*ret = (struct claim){0};
	if (rc != LAPSE_EPROTO)
		return rc;
	*ret_good = false;
	return 0;
}

static bool is_known(const struct projection_grant *g,
	const struct grant_rows *rows)
{
	for (size_t i = 0; i < rows->list.n; i++)
		if (claim_is_row(g, &rows->list.items[i]))
			return true;
	return false;
}

/* Of this ledger, or of one that it was rebuilt from: there is a way to learn
 * of it. */
static int way_out(struct lapse *l, const struct claim *c, struct arena *a,
	const char **ret, struct lapse_err *err)
{
	struct ledger_about about;
	struct strs ledgers = {0};
	int rc = ledger_about(l->ledger, &about, err);

	if (rc == 0)
		rc = anchor_replaced(l, a, &ledgers, err);
	if (rc == 0)
		*ret = strcmp(c->ledger, about.id) == 0 ||
			strs_has(&ledgers, c->ledger) ?
			"run `lapse rebuild --forward`" :
			"find out which host holds the ledger that wrote it";
	return rc;
}

int request_claims(struct lapse *l, const char *issue, const char *property,
	struct arena *a, const char **ret_words, struct lapse_err *err)
{
	struct claim c = {0};
	struct grant_rows rows = {0};
	const char *next = NULL;
	bool good = false;
	int rc;

	*ret_words = NULL;
	if (property == NULL)
		return 0;
	rc = read_claim(l, issue, property, a, &c, &good, err);
	/* After the property: what it knows the ledger knew before. */
	if (rc == 0)
		rc = grants_of_issue(l->ledger, issue, a, &rows, err);
	if (rc == 0 && !good && rows.list.n == 0)
		*ret_words = not_ours;
	for (size_t i = 0; i < c.rows.grants.n && rc == 0; i++) {
		const struct projection_grant *g = &c.rows.grants.items[i];

		if (claim_is(g, "ended") || is_known(g, &rows))
			continue;
		rc = way_out(l, &c, a, &next, err);
		if (rc == 0)
			*ret_words = arena_fmt(a, "its property tells of a live "
				"grant of %s to account %s, which this ledger "
				"does not know; %s", g->role, g->account, next);
		break;
	}
	return rc < 0 ? rc : arena_check(a, err);
}

static bool is_why(const struct request *r, const char *why)
{
	return r->row.why != NULL && strcmp(r->row.why, why) == 0;
}

static bool is_noted(const struct request *r)
{
	return is_why(r, REQUEST_UNKNOWN_GRANT);
}

static int keep_note(struct lapse *l, struct request *r, const char *words,
	struct lapse_err *err)
{
	int rc = request_begin(l, r, err);

	if (rc < 0)
		return rc;
	r->beneficiary = r->row.beneficiary != NULL ? r->row.beneficiary :
						      r->issue->reporter.account;
	rc = request_keep(l, r, err);
	if (rc == 0)
		rc = request_set_state(l->ledger, r->row.id, r->row.state,
			REQUEST_UNKNOWN_GRANT, core_now(l), err);
	if (rc == 0)
		rc = request_tell(l, r, "waiting", NULL,
			REQUEST_UNKNOWN_GRANT, words, NULL, err);
	return request_end(l, r, rc, err);
}

/* Learnt, or taken away: from here on as before. */
static int forget_note(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	const char *why = strcmp(r->row.state, "stale") == 0 ?
		REQUEST_NOT_REBUILT : NULL;
	int rc = request_begin(l, r, err);

	if (rc == 0)
		rc = request_end(l, r, request_set_state(l->ledger, r->row.id,
			r->row.state, why, core_now(l), err), err);
	if (rc == 0)
		r->row.why = why;
	return rc;
}

/* Nothing is asked or granted by it any more, and nothing was lost. */
static bool is_over(const struct request *r)
{
	if (r->row.id == 0 || strcmp(r->row.state, "seen") == 0 ||
		strcmp(r->row.state, "asked") == 0)
		return false;
	return strcmp(r->row.state, "stale") != 0 ||
		(!is_noted(r) && !is_why(r, REQUEST_NOT_REBUILT));
}

int request_claimed(struct lapse *l, struct request *r, bool *ret,
	struct lapse_err *err)
{
	struct lapse_err why;
	const char *words = NULL;
	bool writes = !l->dry_run && !l->stale && !l->taken_over;
	int rc;

	*ret = false;
	if (is_over(r))
		return 0;
	rc = request_claims(l, r->issue->id, r->issue->property, &r->arena,
		&words, err);
	if (rc < 0)
		return rc;
	if (words == NULL)
		return is_noted(r) && writes ? forget_note(l, r, err) : 0;
	*ret = true;
	lapse_fail(&why, LAPSE_ELEDGER, "%s: %s; nothing is asked or granted",
		r->issue->key, words);
	core_note(l, LAPSE_EXIT_LEDGER, &why);
	rc = core_plan(l, r->issue->key, "wait", REQUEST_UNKNOWN_GRANT, err);
	return rc < 0 || !writes || is_noted(r) ? rc :
		keep_note(l, r, words, err);
}
