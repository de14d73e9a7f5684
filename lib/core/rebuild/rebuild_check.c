/* Does what stands on the issues say what the ledger says? Nothing is changed,
 * neither here nor there. */
#include <string.h>

#include "notice.h"
#include "projection.h"
#include "rebuild_private.h"
#include "rebuild_rows.h"
#include "review_work.h"

#define FIELDS(f) (f), sizeof(f) / sizeof((f)[0])

struct check {
	struct lapse *l;
	const char *key;
	int64_t grants;
	int64_t differences;
};

static int show(void *arg, const struct claim_difference *d,
	struct lapse_err *err)
{
	struct check *c = arg;
	const struct lapse_field f[] = {
		{"issue", LAPSE_TEXT, c->key, 0},
		{"grant", LAPSE_INT, NULL, d->grant},
		{"what", LAPSE_TEXT, d->what, 0},
		{"ledger", LAPSE_TEXT, d->ledger, 0},
		{"jira", LAPSE_TEXT, d->jira, 0},
	};

	c->differences++;
	return core_record(c->l, "lapse/rebuild-difference.v1", FIELDS(f),
		err);
}

static int compare(struct check *c, const char *issue, const char *key,
	const struct projection_rows *jira, bool complete,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct projection_rows ours = {0};
	int rc = projection_rows(c->l->ledger, issue, &a, &ours, err);

	c->key = key;
	c->grants += (int64_t)ours.grants.n;
	return rc < 0 ? rc : claim_compare(&ours, jira, complete, &a, show, c,
		err);
}

/* Issues that the ledger has grants on and that were not found: deleted,
 * hidden, or their property is gone. */
static int compare_rest(struct check *c, const struct rebuild *r,
	struct lapse_err *err)
{
	static const struct projection_rows none = {0};
	AUTO_ARENA a = {0};
	struct strs issues = {0};
	struct strs keys = {0};
	int rc = rebuild_rows_issues(c->l->ledger, &a, &issues, &keys, err);

	for (size_t i = 0; i < issues.n && rc == 0; i++) {
		bool found = false;

		for (size_t n = 0; n < r->issues.n; n++)
			found |= r->issues.items[n].refused == NULL &&
				strcmp(r->issues.items[n].id,
					issues.items[i]) == 0;
		if (!found)
			rc = compare(c, issues.items[i], keys.items[i], &none,
				true, err);
	}
	return rc;
}

/* ---- Reviews ---- */

static int differ(struct check *c, const char *what, const char *ledger,
	const char *jira, struct lapse_err *err)
{
	const struct claim_difference d = {0, what, ledger, jira};

	return show(c, &d, err);
}

static const struct rebuild_campaign *campaign_of(const struct rebuild *r,
	const struct campaign_row *row)
{
	const struct rebuild_campaign *found = NULL;

	for (size_t i = 0; i < r->campaigns.n; i++) {
		const struct rebuild_campaign *c = &r->campaigns.items[i];

		if (c->row.id == row->id && (found == NULL ||
			strcmp(c->row.digest, row->digest) == 0))
			found = c;
	}
	return found;
}

/* What is only said yet stands on the sub-task, not in its property. */
static bool was_acted_on(const struct item_row *i)
{
	return i->task != NULL && (strcmp(i->state, "acting") == 0 ||
		strcmp(i->state, "stale") == 0 ||
		(strcmp(i->state, "done") == 0 && i->decision != NULL &&
			strcmp(i->decision, "keep") != 0));
}

static int compare_items(struct check *c, const struct campaign_row *row,
	const struct rebuild_campaign *jira, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct item_rows items = {0};
	int rc = review_items_in(c->l->ledger, row->id, NULL, &a, &items, err);

	for (size_t i = 0; i < items.list.n && rc == 0; i++) {
		const struct item_row *ours = &items.list.items[i];
		const char *theirs = ours->n <= jira->row.items ?
			jira->items[ours->n - 1].state : NULL;

		if (was_acted_on(ours) && (theirs == NULL ||
			strcmp(ours->state, theirs) != 0))
			rc = differ(c, arena_fmt(&a, "review %s item %lld",
				row->name, (long long)ours->n), ours->state,
				theirs, err);
	}
	return rc;
}

static int compare_campaign(struct check *c, const struct campaign_row *row,
	const struct rebuild *r, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct rebuild_campaign *jira = campaign_of(r, row);
	const char *what = arena_fmt(&a, "review %s", row->name);

	c->key = row->issue_key;
	if (jira == NULL || jira->lost != NULL)
		return differ(c, what, row->state, jira == NULL ? NULL :
			jira->lost, err);
	if (strcmp(jira->row.digest, row->digest) != 0)
		return differ(c, what, row->digest, jira->row.digest, err);
	if (strcmp(jira->row.state, row->state) != 0)
		return differ(c, what, row->state, jira->row.state, err);
	return compare_items(c, row, jira, err);
}

static int compare_reviews(struct check *c, const struct rebuild *r,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 64 << 20};
	struct campaign_rows all = {0};
	int rc = campaigns(c->l->ledger, false, &a, &all, err);

	for (size_t i = 0; i < all.list.n && rc == 0; i++)
		rc = compare_campaign(c, &all.list.items[i], r, err);
	for (size_t i = 0; i < r->campaigns.n && rc == 0; i++) {
		const struct rebuild_campaign *k = &r->campaigns.items[i];
		bool known = false;

		for (size_t n = 0; n < all.list.n; n++)
			known |= all.list.items[n].id == k->row.id;
		c->key = k->issue->key;
		if (!known)
			rc = differ(c, arena_fmt(&a, "review %s",
				k->row.name), NULL, k->row.state, err);
	}
	return rc;
}

/* Of this Jira has nothing that could be held against it: after a rebuild it
 * is what the ledger saw since. */
static int show_beyond(struct check *c, struct lapse_err *err)
{
	static const struct {
		const char *what;
		const char *detail;
	} beyond[] = {
		{"reviews", "decisions that were not acted on yet: they stand "
			"on their sub-tasks and in files, and are heard from "
			"there"},
		{"reclaim", "who was warned of unused access: after a rebuild "
			"everybody is warned afresh, with the whole grace"},
		{"drift", "what was found past lapse, and how that was "
			"settled"},
		{"baseline", "who was in a group when it was first read, and "
			"since when: how many they were comes back, and counts "
			"from a rebuilt ledger's own first reading on"},
		{"channels", "how a request came: learnt again for access that "
			"was live, not known for what had ended"},
		{"evidence", "the events themselves; `lapse verify --jira` "
			"holds their heads against Jira"},
	};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_N(beyond) && rc == 0; i++) {
		const struct lapse_field f[] = {
			{"what", LAPSE_TEXT, beyond[i].what, 0},
			{"detail", LAPSE_TEXT, beyond[i].detail, 0},
		};

		rc = core_record(c->l, "lapse/rebuild-beyond.v1", FIELDS(f),
			err);
	}
	return rc;
}

static int conclude(struct check *c, const struct rebuild *r,
	struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"result", LAPSE_TEXT, c->differences == 0 ? "equal" :
			"different", 0},
		{"properties", LAPSE_INT, NULL, r->read},
		{"grants", LAPSE_INT, NULL, c->grants},
		{"differences", LAPSE_INT, NULL, c->differences},
		{"refused", LAPSE_INT, NULL, r->refused},
	};

	if (c->differences > 0)
		core_note(c->l, LAPSE_EXIT_PENDING, NULL);
	return core_record(c->l, "lapse/rebuild-check.v1", FIELDS(f), err);
}

int rebuild_check(struct lapse *l, struct lapse_err *err)
{
	AUTO_REBUILD r = {0};
	struct check c = {.l = l};
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc == 0 && about.anchor_issue[0] == '\0')
		rc = lapse_fail(err, LAPSE_EREFUSED, "ledger: it has no "
			"anchor; `lapse init` makes one");
	if (rc == 0)
		rc = rebuild_read(l, about.anchor_issue, &r, err);
	for (size_t i = 0; i < r.issues.n && rc == 0; i++) {
		const struct rebuild_issue *k = &r.issues.items[i];

		if (k->refused == NULL)
			rc = compare(&c, k->id, k->key, &k->claim.rows,
				k->claim.left_out == 0, err);
	}
	if (rc == 0)
		rc = compare_rest(&c, &r, err);
	if (rc == 0)
		rc = compare_reviews(&c, &r, err);
	if (rc == 0)
		rc = show_beyond(&c, err);
	return rc < 0 ? rc : conclude(&c, &r, err);
}
