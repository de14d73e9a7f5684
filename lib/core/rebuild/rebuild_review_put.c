/* Campaigns of access reviews back into the ledger: one that it has not, or,
 * of an old copy, what became of one since. */
#include <string.h>

#include "log.h"
#include "rebuild_private.h"
#include "review_sync.h"
#include "review_work.h"

/* ---- Which are to be put ---- */

/* *ret_known: the ledger has it already. Sets lost where it has another one
 * under its number or name. */
static int compare(struct lapse *l, struct rebuild_campaign *c,
	bool *ret_known, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct campaign_row row = {0};
	int rc = campaign_get(l->ledger, c->row.id, &a, &row, err);

	*ret_known = rc == 0;
	if (rc == LAPSE_ENOTFOUND)
		rc = campaign_named(l->ledger, c->row.name, &a, &row, err);
	if (rc == 0 && (row.id != c->row.id ||
		strcmp(row.digest, c->row.digest) != 0))
		c->lost = "the ledger has another one of its number or name";
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

bool rebuild_is_lost_review(const struct rebuild *r,
	const struct rebuild_issue *i)
{
	const struct claim_review *v = &i->claim.review;
	int64_t campaign = v->campaign.id != 0 ? v->campaign.id :
		v->sheet.row.id != 0 ? v->sheet.row.campaign :
		v->item.campaign;

	if (campaign == 0 || i->claim.rows.grants.n > 0)
		return false;
	for (size_t n = 0; n < r->campaigns.n; n++) {
		const struct rebuild_campaign *c = &r->campaigns.items[n];

		if (c->put && (c->issue == i || rebuild_is_of(c, v)))
			return false;
	}
	return true;
}

int rebuild_plan_reviews(struct lapse *l, struct rebuild *r, int64_t *ret_n,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->campaigns.n && rc == 0; i++) {
		struct rebuild_campaign *c = &r->campaigns.items[i];
		bool known = false;

		if (l->ledger != NULL)
			rc = compare(l, c, &known, err);
		if (rc < 0 || known)
			continue;
		*ret_n += c->lost == NULL;
		rc = core_plan(l, c->issue->key, c->lost == NULL ? "review" :
			"not-rebuilt", c->lost == NULL ? c->row.name :
			c->lost, err);
	}
	return rc;
}

/* ---- Rows ---- */

/* Grants may have other numbers now, or not have come back. */
static int64_t grant_of(const struct rebuild *r, int64_t claimed)
{
	for (size_t i = 0; i < r->grants.n && claimed != 0; i++)
		if (r->grants.items[i].g->id == claimed)
			return r->grants.items[i].id;
	return 0;
}

static int put_sheet(struct lapse *l, const struct rebuild_campaign *c,
	const struct sheet_row *s, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct sheet_row known = {0};
	struct sheet_row row = *s;
	int rc = sheet_get(l->ledger, s->id, &a, &known, err);

	if (rc == 0) {
		row.updated_at = known.updated_at;
		if (row.attachment == NULL)
			row.attachment = known.attachment;
		rc = sheet_put(l->ledger, &row, err);
	} else if (rc == LAPSE_ENOTFOUND) {
		rc = sheet_back(l->ledger, &row, err);
	}
	if (rc == 0 && row.csv && row.told_at == WHEN_NONE)
		rc = review_file_sought(l, &row, c->row.opened_at, err);
	return rc;
}

static bool is_decided(const struct item_row *i)
{
	return strcmp(i->state, "open") != 0;
}

static int put_item(struct lapse *l, const struct rebuild *r,
	const struct item_row *from, const struct item_row *known,
	struct lapse_err *err)
{
	struct item_row row = *from;
	int rc = 0;

	row.grant = grant_of(r, from->grant);
	row.remediation = grant_of(r, from->remediation);
	/* Its removal is nowhere to be followed: begun anew. */
	if (strcmp(row.state, "acting") == 0 && row.remediation == 0)
		row.state = "decided";
	if (known == NULL)
		rc = item_add(l->ledger, &row, &row.id, err);
	else if (is_decided(from))
		row.id = known->id;
	else {
		row = *known;
		row.sheet = from->sheet;
		if (row.task == NULL) {
			row.task = from->task;
			row.task_key = from->task_key;
			row.task_sought_at = from->task_sought_at;
		}
	}
	return rc < 0 ? rc : item_put(l->ledger, &row, err);
}

struct known_items {
	const struct item_row **list;	/* by n - 1; NULL: not there */
	int64_t n;
};

static int read_known(struct lapse *l, const struct rebuild_campaign *c,
	struct arena *a, struct known_items *ret, struct lapse_err *err)
{
	struct item_rows rows = {0};
	int rc = review_items_in(l->ledger, c->row.id, NULL, a, &rows, err);

	ret->n = c->row.items;
	ret->list = arena_alloc(a, (size_t)ret->n * sizeof(*ret->list));
	if (rc < 0 || ret->list == NULL)
		return rc < 0 ? rc : lapse_fail_nomem(err);
	for (size_t i = 0; i < rows.list.n; i++)
		if (rows.list.items[i].n <= ret->n)
			ret->list[rows.list.items[i].n - 1] =
				&rows.list.items[i];
	return 0;
}

static int put_items(struct lapse *l, const struct rebuild *r,
	const struct rebuild_campaign *c, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 512 << 20};
	struct known_items known = {0};
	int rc = read_known(l, c, &a, &known, err);

	for (int64_t i = 0; i < c->row.items && rc == 0; i++)
		rc = put_item(l, r, &c->items[i], known.list[i], err);
	return rc;
}

/* ---- Evidence ---- */

static int tell(struct lapse *l, const struct rebuild_campaign *c,
	struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {.kind = "review-learnt", .issue = c->issue->id};
	int64_t decided = 0;

	for (int64_t i = 0; i < c->row.items; i++)
		decided += is_decided(&c->items[i]);
	json_put_open(&w, NULL, '{');
	json_put_int(&w, "campaign", c->row.id);
	json_put_text(&w, "ledger", c->issue->claim.ledger);
	json_put_int(&w, "seq", c->issue->claim.seq);
	json_put_text(&w, "property", c->issue->digest);
	json_put_text(&w, "state", c->row.state);
	json_put_int(&w, "items", c->row.items);
	json_put_int(&w, "decided", decided);
	json_put_text(&w, "digest", c->row.digest);
	json_put_text(&w, "opened_by", c->row.opened_by);
	json_put_text(&w, "closed_by", c->row.closed_by);
	json_put_text(&w, "acknowledged_by", c->row.acknowledged_by);
	json_put_bool(&w, "reopened", c->reopened);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "name", c->row.name);
	json_put_raw(&t, "scope", c->row.scope);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(l, &e, NULL, err);
}

/* ---- One, and all ---- */

static int put_campaign(struct lapse *l, struct rebuild *r,
	struct rebuild_campaign *c, bool known, struct lapse_err *err)
{
	int rc = known ? campaign_put(l->ledger, &c->row, err) :
		campaign_back(l->ledger, &c->row, err);

	for (size_t i = 0; i < c->sheets.n && rc == 0; i++)
		rc = put_sheet(l, c, &c->sheets.items[i], err);
	if (rc == 0)
		rc = put_items(l, r, c, err);
	if (rc == 0)
		rc = review_file_known(l, c->row.id, REVIEW_POPULATION, err);
	if (rc == 0 && strcmp(c->row.state, "closed") == 0)
		rc = review_file_known(l, c->row.id, REVIEW_RESULT, err);
	/* What was said while nobody listened is heard by reading all. */
	if (rc == 0)
		rc = ledger_set_cursor(l->ledger, "review-swept", 0, err);
	if (rc == 0)
		rc = tell(l, c, err);
	c->put = rc == 0;
	return rc;
}

static int say_lost(struct lapse *l, const struct rebuild_issue *i,
	const char *what, const char *why, struct lapse_err *err)
{
	log_say(&l->env, LAPSE_WARNING, "review %s, issue %s: does not come "
		"back: %s; nothing is carried out by its issues any more: "
		"close them in Jira, and open it anew", what, i->key, why);
	return rebuild_say(l, i, 0, "not-rebuilt", why, err);
}

static int put_one(struct lapse *l, struct rebuild *r,
	struct rebuild_campaign *c, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct campaign_row row = {0};
	bool known = false;
	bool closed = false;
	int rc = compare(l, c, &known, err);

	if (rc == 0 && known && c->reopened) {
		rc = campaign_get(l->ledger, c->row.id, &a, &row, err);
		closed = rc == 0 && strcmp(row.state, "closed") == 0;
	}
	if (rc == 0 && c->lost != NULL)
		return say_lost(l, c->issue, c->row.name, c->lost, err);
	/* It is up to date with those that it has; and one that it knows to
	 * be closed needs no result from Jira. */
	if (rc == 0 && known && (r->only_new || closed)) {
		c->put = true;
		return 0;
	}
	if (rc == 0)
		rc = put_campaign(l, r, c, known, err);
	if (rc < 0 || known)
		return rc;
	r->learnt++;
	if (c->reopened)
		log_say(&l->env, LAPSE_WARNING, "review %s: was closed, and the "
			"file with its result is not on %s: it is open again; "
			"close it once more with `lapse review-close`",
			c->row.name, c->issue->key);
	return rebuild_say(l, c->issue, 0, "review", c->row.name, err);
}

static bool has_campaign(const struct rebuild *r,
	const struct claim_review *v)
{
	for (size_t i = 0; i < r->campaigns.n; i++)
		if (rebuild_is_of(&r->campaigns.items[i], v))
			return true;
	return false;
}

/* A sheet whose campaign's own issue is gone, or not believed. */
static int say_orphans(struct lapse *l, const struct rebuild *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->issues.n && rc == 0; i++) {
		const struct rebuild_issue *k = &r->issues.items[i];
		const struct review_sheet *s = &k->claim.review.sheet;
		AUTO_ARENA a = {0};

		if (k->refused == NULL && s->row.id != 0 &&
			!has_campaign(r, &k->claim.review))
			rc = say_lost(l, k, arena_fmt(&a, "%lld",
				(long long)s->row.campaign), "its campaign's "
				"own issue is gone, or its property is not "
				"believed", err);
	}
	return rc;
}

int rebuild_put_reviews(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->campaigns.n && rc == 0; i++)
		rc = put_one(l, r, &r->campaigns.items[i], err);
	return rc < 0 ? rc : say_orphans(l, r, err);
}
