/* What Jira was told, as rows. No rules about what it means that something is
 * not there any more. */
#include "witness_rows.h"

#include <string.h>

#include "stmt.h"

enum {
	TOLD,
	HAS,
	FORWARDED,
};

static const char *const sql[] = {
	/* What the chain tells of an issue stays when its notices are gone. */
	[TOLD] = "WITH page AS (SELECT issue_id FROM notice"
		 " WHERE kind <> 'transition' AND issue_id > ?1"
		 " UNION SELECT * FROM (SELECT DISTINCT issue_id FROM evidence"
		 " WHERE issue_id > ?1 ORDER BY issue_id LIMIT ?2)"
		 " ORDER BY issue_id LIMIT ?2)"
		 " SELECT page.issue_id, coalesce((SELECT r.issue_key"
		 " FROM request r WHERE r.issue_id = page.issue_id),"
		 " page.issue_id), n.kind, n.id, n.seq, n.remote_id, n.body,"
		 " coalesce(n.detail, '') LIKE 'grace %',"
		 " EXISTS (SELECT 1 FROM notice o WHERE"
		 " o.issue_id = page.issue_id AND o.kind = 'property'"
		 " AND o.state IN ('open', 'doubtful')),"
		 " max(coalesce((SELECT max(e.seq) FROM evidence e"
		 " WHERE e.issue_id = page.issue_id), 0), coalesce((SELECT"
		 " max(e.seq) FROM \"grant\" g JOIN evidence e"
		 " ON e.grant_id = g.id WHERE g.issue_id = page.issue_id), 0)),"
		 " n.state = 'done'"
		 " FROM page LEFT JOIN notice n ON n.issue_id = page.issue_id"
		 " AND n.kind <> 'transition' ORDER BY page.issue_id, n.id",
	[HAS] = "SELECT EXISTS (SELECT 1 FROM notice"
		" WHERE issue_id = ?1) OR EXISTS (SELECT 1 FROM evidence"
		" WHERE issue_id = ?1)",
	[FORWARDED] = "SELECT max(at) FROM evidence WHERE kind = 'forwarded'",
};

const struct ledger_family witness_family =
	LEDGER_FAMILY(witness, WITNESS, sql);

struct reading {
	struct arena *arena;
	struct told *told;
};

static struct told_issue *issue_of(struct reading *w, const struct row *r)
{
	const char *issue = row_text(r, 0);
	size_t n = w->told->issues.n;
	struct told_issue *i;

	if (n > 0 && strcmp(w->told->issues.items[n - 1].issue, issue) == 0)
		return &w->told->issues.items[n - 1];
	i = VEC_ADD(&w->told->issues, w->arena);
	if (i == NULL)
		return NULL;
	i->issue = arena_copy(w->arena, issue);
	i->key = arena_copy(w->arena, row_text(r, 1));
	i->property_owed = row_int(r, 8) != 0;
	i->last_seq = row_int(r, 9);
	return w->arena->failed ? NULL : i;
}

static int take(void *arg, const struct row *r, struct lapse_err *err)
{
	struct reading *w = arg;
	struct told_issue *i = issue_of(w, r);
	struct told_comment *c;

	if (i == NULL)
		return lapse_fail_nomem(err);
	if (row_null(r, 2))
		return 0;
	if (strcmp(row_text(r, 2), "property") == 0) {
		i->property_known = true;
		if (row_int(r, 10) != 0 && row_int(r, 4) > i->property_seq)
			i->property_seq = row_int(r, 4);
		return 0;
	}
	c = VEC_ADD(&i->comments, w->arena);
	if (c == NULL)
		return lapse_fail_nomem(err);
	c->public = strcmp(row_text(r, 2), "comment") == 0;
	c->notice = row_int(r, 3);
	c->seq = row_int(r, 4);
	c->id = arena_copy(w->arena, row_text(r, 5));
	c->body = arena_copy(w->arena, row_text(r, 6));
	c->graced = row_int(r, 7) != 0;
	c->done = row_int(r, 10) != 0;
	return arena_check(w->arena, err);
}

int witness_has(struct ledger *l, const char *issue, bool *ret,
	struct lapse_err *err)
{
	int64_t has = 0;
	int rc = ledger_int(l, &witness_family, HAS, &has, 0, err, "t", issue);

	if (rc == 0)
		*ret = has != 0;
	return rc;
}

int witness_since(struct ledger *l, int64_t *ret, struct lapse_err *err)
{
	struct ledger_about about;
	int64_t at = 0;
	int rc = ledger_about(l, &about, err);

	if (rc == 0)
		rc = ledger_int(l, &witness_family, FORWARDED, &at,
			about.created_at, err, "");
	if (rc == 0)
		*ret = at;
	return rc;
}

int witness_told(struct ledger *l, const char *after, int64_t limit,
	struct arena *a, struct told *ret, struct lapse_err *err)
{
	struct reading w = {.arena = a, .told = ret};

	return ledger_query(l, &witness_family, TOLD, take, &w, err, "ti",
		after, limit);
}
