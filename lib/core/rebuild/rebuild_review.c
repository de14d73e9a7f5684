/* Campaigns of access reviews, from the properties on their issues and the
 * files on the campaign's own. What reviewers said since, and had not been
 * acted on, is not read here: their sub-tasks and files still say it, and the
 * next sync hears all of them anew. */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "rebuild_private.h"

/* One campaign while it is put together. */
struct gathering {
	struct rebuild *r;
	struct rebuild_campaign *c;
	struct arena arena;		/* of what is only gone through */
	struct review_kept kept;
};

static void clear_gathering(struct gathering *g)
{
	arena_clear(&g->arena);
}
#define AUTO_GATHERING                                                        \
	__attribute__((cleanup(clear_gathering))) struct gathering

static struct item_row *item_at(const struct gathering *g, int64_t n)
{
	return n < 1 || n > g->c->row.items ? NULL : &g->c->items[n - 1];
}

/* ---- The population ---- */

/* A line that was attached twice is the same one. */
static bool place_items(struct gathering *g)
{
	int64_t there = 0;

	for (size_t i = 0; i < g->kept.items.n; i++) {
		const struct item_row *from = &g->kept.items.items[i];
		struct item_row *to = item_at(g, from->n);

		if (to == NULL || to->n != 0)
			continue;
		*to = *from;
		to->campaign = g->c->row.id;
		to->state = "open";
		to->decided_at = WHEN_NONE;
		to->limit_until = WHEN_NONE;
		to->acted_at = WHEN_NONE;
		to->settled_at = WHEN_NONE;
		/* Looked for before it is made: it may be there. */
		to->task_sought_at = g->c->row.opened_at;
		there++;
	}
	return there == g->c->row.items;
}

/* The rows are those that were frozen: the digest under the property's seal
 * is over all of theirs. */
static int check_digest(const struct gathering *g, bool *ret,
	struct lapse_err *err)
{
	AUTO_BUF all = {.max = 256 << 20};
	char hex[HASH_HEX];
	int rc;

	for (int64_t i = 0; i < g->c->row.items; i++)
		buf_str(&all, g->c->items[i].digest);
	rc = buf_check(&all, err, "review");
	if (rc == 0)
		rc = hash_hex(buf_text(&all), all.len, hex, err);
	*ret = rc == 0 && strcmp(hex, g->c->row.digest) == 0;
	return rc;
}

/* ---- Sheets ---- */

/* A sheet, and when what is known of it was written. */
struct dated {
	struct review_sheet sheet;
	int64_t seq;
};

static int by_age(const void *a, const void *b)
{
	const struct dated *x = a;
	const struct dated *y = b;
	int order = (x->seq > y->seq) - (x->seq < y->seq);

	return order != 0 ? order : (x->sheet.row.id > y->sheet.row.id) -
		(x->sheet.row.id < y->sheet.row.id);
}

struct dateds {
	VEC(struct dated) list;
};

static struct dated *sheet_of(const struct dateds *all, int64_t id)
{
	for (size_t i = 0; i < all->list.n; i++)
		if (all->list.items[i].sheet.row.id == id)
			return &all->list.items[i];
	return NULL;
}

/* Of a sheet whose issue is not known it is looked for before it is made. */
static void add_planned(struct gathering *g, struct dateds *all)
{
	for (size_t i = 0; i < g->kept.sheets.n; i++) {
		const struct review_sheet *s = &g->kept.sheets.items[i];
		struct dated *d = sheet_of(all, s->row.id) != NULL ? NULL :
			VEC_ADD(&all->list, &g->arena);

		if (d == NULL)
			continue;
		*d = (struct dated){.sheet = *s};
		d->sheet.row.sought_at = g->c->row.opened_at;
		d->sheet.row.told_at = WHEN_NONE;
	}
}

bool rebuild_is_of(const struct rebuild_campaign *c,
	const struct claim_review *v)
{
	int64_t id = v->sheet.row.id != 0 ? v->sheet.row.campaign :
		v->item.n != 0 ? v->item.campaign : 0;

	return id == c->row.id && v->population != NULL &&
		strcmp(v->population, c->row.digest) == 0;
}

static void add_written(struct gathering *g, struct dateds *all)
{
	for (size_t i = 0; i < g->r->issues.n; i++) {
		const struct rebuild_issue *k = &g->r->issues.items[i];
		const struct review_sheet *s = &k->claim.review.sheet;
		struct dated *d;

		if (k->refused != NULL || s->row.id == 0 ||
			!rebuild_is_of(g->c, &k->claim.review))
			continue;
		d = sheet_of(all, s->row.id);
		if (d == NULL)
			d = VEC_ADD(&all->list, &g->arena);
		if (d == NULL)
			return;
		*d = (struct dated){.sheet = *s, .seq = k->claim.seq};
		d->sheet.row.issue = k->id;
		d->sheet.row.issue_key = k->key;
		d->sheet.row.sought_at = g->c->row.opened_at;
	}
}

/* Only the last file of a reviewer is read again. */
static void place_keeps(struct gathering *g, const struct review_keeps *k)
{
	for (size_t i = 0; i < k->items.list.n; i++) {
		struct item_row *item = item_at(g, k->items.list.items[i]);

		if (item == NULL)
			continue;
		item->decision = "keep";
		item->decided_at = k->at;
		item->decided_by = k->by;
		item->decision_ref = k->ref;
		item->state = "done";
		item->outcome = "kept";
		item->settled_at = k->at;
	}
}

/* Where two sheets name an item it went from one to the other: the newer word
 * counts. */
static void place_on(struct gathering *g, const struct review_sheet *s)
{
	for (size_t i = 0; i < s->items.list.n; i++) {
		struct item_row *item = item_at(g, s->items.list.items[i]);

		if (item != NULL)
			item->sheet = s->row.id;
	}
	for (size_t i = 0; i < s->tasks.n; i++) {
		struct item_row *item = item_at(g, s->tasks.items[i].n);

		if (item == NULL)
			continue;
		item->task = s->tasks.items[i].id;
		item->task_key = s->tasks.items[i].key;
	}
	for (size_t i = 0; i < s->keeps.n; i++)
		place_keeps(g, &s->keeps.items[i]);
}

static int gather_sheets(struct gathering *g, struct lapse_err *err)
{
	struct dateds all = {0};

	add_planned(g, &all);
	add_written(g, &all);
	if (arena_check(&g->arena, err) < 0)
		return err->code;
	if (all.list.n > 0)
		qsort(all.list.items, all.list.n, sizeof(*all.list.items),
			by_age);
	for (size_t i = 0; i < all.list.n; i++) {
		struct sheet_row *s = VEC_ADD(&g->c->sheets, &g->c->arena);

		if (s == NULL)
			break;
		*s = all.list.items[i].sheet.row;
		review_columns_own_sheet(&g->c->arena, s);
		place_on(g, &all.list.items[i].sheet);
	}
	return arena_check(&g->c->arena, err);
}

/* ---- What became of items ---- */

static void put_outcome(struct item_row *to, const struct item_row *from)
{
	to->decision = from->decision;
	to->decided_at = from->decided_at;
	to->decided_by = from->decided_by;
	to->decision_ref = from->decision_ref;
	to->decision_reason = from->decision_reason;
	to->limit_until = from->limit_until;
	to->state = from->state;
	to->outcome = from->outcome;
	to->remediation = from->remediation;
	to->acted_at = from->acted_at;
	to->settled_at = from->settled_at;
}

/* What was acted on is not acted on again by what the sub-task says. */
static void place_acted(struct gathering *g)
{
	for (size_t i = 0; i < g->r->issues.n; i++) {
		const struct rebuild_issue *k = &g->r->issues.items[i];
		const struct item_row *from = &k->claim.review.item;
		struct item_row *to = k->refused != NULL || from->n == 0 ||
			!rebuild_is_of(g->c, &k->claim.review) ? NULL :
			item_at(g, from->n);

		if (to == NULL)
			continue;
		to->task = k->id;
		to->task_key = k->key;
		if (to->decision == NULL || from->decided_at >= to->decided_at)
			put_outcome(to, from);
	}
}

/* Files are newest first. */
static bool place_results(struct gathering *g, struct lapse_err *err)
{
	int64_t there = 0;
	bool *seen = arena_alloc(&g->arena,
		(size_t)g->c->row.items * sizeof(*seen));

	if (seen == NULL) {
		lapse_fail_nomem(err);
		return false;
	}
	for (size_t i = 0; i < g->kept.outcomes.n; i++) {
		const struct item_row *from = &g->kept.outcomes.items[i];
		struct item_row *to = item_at(g, from->n);

		if (to == NULL || seen[from->n - 1])
			continue;
		seen[from->n - 1] = true;
		there++;
		to->sheet = from->sheet;
		to->task = from->task;
		to->task_key = from->task_key;
		put_outcome(to, from);
	}
	return there == g->c->row.items;
}

/* ---- All of one ---- */

static bool is_closed(const struct rebuild_campaign *c)
{
	return strcmp(c->row.state, "closed") == 0;
}

/* Decisions are heard anew then, and it is closed once more. */
static void reopen(struct rebuild_campaign *c)
{
	c->reopened = true;
	c->row.state = "open";
	c->row.closed_at = WHEN_NONE;
	c->row.closed_by = NULL;
	c->row.acknowledger = NULL;
	c->row.approval = NULL;
	c->row.asked_at = WHEN_NONE;
	c->row.acknowledged_by = NULL;
	c->row.acknowledged_at = WHEN_NONE;
	c->row.rejected_at = WHEN_NONE;
}

static bool is_on_sheet(const struct rebuild_campaign *c, int64_t sheet)
{
	for (size_t i = 0; i < c->sheets.n; i++)
		if (c->sheets.items[i].id == sheet)
			return true;
	return false;
}

static void check_sheets(struct gathering *g)
{
	for (int64_t i = 0; i < g->c->row.items; i++)
		if (!is_on_sheet(g->c, g->c->items[i].sheet))
			g->c->lost = "not every item of it is on a sheet that "
				     "is known";
}

static int put_together(struct gathering *g, struct lapse_err *err)
{
	struct rebuild_campaign *c = g->c;
	bool same = false;
	bool results;
	int rc;

	if (!place_items(g)) {
		c->lost = "the file with its population is not on its issue, "
			  "or not whole";
		return 0;
	}
	rc = check_digest(g, &same, err);
	if (rc == 0 && !same)
		c->lost = "its population is not the one that was frozen";
	if (rc < 0 || !same)
		return rc;
	rc = gather_sheets(g, err);
	if (rc < 0)
		return rc;
	place_acted(g);
	results = place_results(g, err);
	if (arena_check(&g->arena, err) < 0)
		return err->code;
	if (is_closed(c) && !results)
		reopen(c);
	check_sheets(g);
	for (int64_t i = 0; i < c->row.items; i++)
		review_columns_own_item(&c->arena, &c->items[i]);
	return arena_check(&c->arena, err);
}

enum {
	ITEMS_MAX = 1 << 20,
	CAMPAIGN_MAX = 512 << 20,	/* bytes of one */
};

/* Access and its deadlines do not wait for one campaign's file. */
static int lose(struct lapse *l, struct rebuild *r,
	struct rebuild_campaign *c, const struct lapse_err *why,
	struct lapse_err *err)
{
	c->lost = arena_fmt(&r->arena, "its files could not be read: %s",
		why->text);
	/* The line is said with those of the others that are lost. */
	core_note(l, LAPSE_EXIT_RETRY, NULL);
	return arena_check(&r->arena, err);
}

/* Jira itself being down is more than one file's trouble. */
static bool is_own_trouble(const struct lapse *l, int rc)
{
	return rc < 0 && rc > LAPSE_EINTERNAL && !l->jira_failed &&
		!core_stopped(l);
}

static int find_one(struct lapse *l, struct rebuild *r,
	struct rebuild_issue *k, struct lapse_err *err)
{
	AUTO_GATHERING g = {.r = r, .arena.max = CAMPAIGN_MAX,
		.c = VEC_ADD(&r->campaigns, &r->arena)};
	struct lapse_err why;
	int rc;

	if (g.c == NULL)
		return lapse_fail_nomem(err);
	*g.c = (struct rebuild_campaign){
		.issue = k,
		.row = k->claim.review.campaign,
		.arena.max = CAMPAIGN_MAX,
	};
	g.c->row.issue = k->id;
	g.c->row.issue_key = k->key;
	if (g.c->row.items < 1 || g.c->row.items > ITEMS_MAX) {
		g.c->lost = "it does not say how many items it has";
		return 0;
	}
	g.c->items = arena_alloc(&g.c->arena,
		(size_t)g.c->row.items * sizeof(*g.c->items));
	rc = g.c->items == NULL ? lapse_fail_nomem(&why) :
		review_file_read(l, k->id, g.c->row.id, &r->ledgers,
			&g.arena, &g.kept, &why);
	if (rc == 0)
		rc = put_together(&g, &why);
	if (g.arena.failed || g.c->arena.failed) {
		g.c->lost = "it is larger than what is held at once";
		g.c->sheets.n = 0;
		return 0;
	}
	if (is_own_trouble(l, rc))
		return lose(l, r, g.c, &why, err);
	return rc < 0 ? lapse_fail(err, rc, "%s", why.text) : 0;
}

int rebuild_find_reviews(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->issues.n && rc == 0; i++) {
		struct rebuild_issue *k = &r->issues.items[i];

		if (k->refused == NULL && k->claim.review.campaign.id != 0)
			rc = find_one(l, r, k, err);
	}
	return rc;
}
