/* Review issues in Jira: made many at once, and found again. */
#include "review_make.h"

#include <string.h>

#include "anchor.h"
#include "text.h"

/* ---- Making ---- */

struct bulk {
	struct review_made *list;
	size_t n;
	struct arena *arena;
	struct buf body;
	struct op op;
	int rc;
	struct lapse_err why;
};

static int take_made(void *arg, const void *item, struct lapse_err *err)
{
	struct bulk *b = arg;
	const struct jira_created *c = item;

	b->list[c->at].id = arena_copy(b->arena, c->id);
	b->list[c->at].key = arena_copy(b->arena, c->key);
	return arena_check(b->arena, err);
}

static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct bulk *b = arg;

	(void)op;
	b->rc = rc;
	if (rc < 0)
		b->why = *err;
	for (size_t i = 0; i < b->n && rc < 0; i++) {
		if (b->list[i].id != NULL)
			continue;
		b->list[i].refused = rc == LAPSE_EREFUSED;
		/* What the failure does not prove to be unsent may be there. */
		b->list[i].doubtful = rc == LAPSE_EUNKNOWN ||
			rc == LAPSE_EPROTO;
	}
}

static int start(struct lapse *l, struct bulk *b, struct lapse_err *err)
{
	struct json_out w = {.out = &b->body};
	int rc;

	json_put_open(&w, NULL, '{');
	json_put_open(&w, "issueUpdates", '[');
	for (size_t i = 0; i < b->n; i++)
		json_put_raw(&w, NULL, b->list[i].element);
	json_put_close(&w, ']');
	json_put_close(&w, '}');
	rc = buf_check(&b->body, err, "review issues");
	if (rc < 0)
		return rc;
	b->op = (struct op){
		.step = jira_create_issues,
		.name = "create review issues",
		.body = buf_text(&b->body),
		.sink = take_made,
		.arg = b,
		.arena = b->arena,
	};
	return engine_add(l->engine, &l->jira, &b->op, false, landed, b, err);
}

static int fly(struct lapse *l, struct bulk *bulks, size_t n,
	struct lapse_err *err)
{
	int ran;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = start(l, &bulks[i], err);
	ran = engine_run(l->engine, rc < 0 ? NULL : err);
	return rc < 0 ? rc : ran;
}

int review_make(struct lapse *l, struct review_made *list, size_t n,
	struct arena *a, struct lapse_err *ret_why, struct lapse_err *err)
{
	size_t count = (n + REVIEW_BULK - 1) / REVIEW_BULK;
	struct bulk *bulks = arena_alloc(a, (count + 1) * sizeof(*bulks));
	struct lapse_err why = {0};
	int rc;

	if (bulks == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < count; i++) {
		bulks[i].list = list + i * REVIEW_BULK;
		bulks[i].n = n - i * REVIEW_BULK < REVIEW_BULK ?
			n - i * REVIEW_BULK : REVIEW_BULK;
		bulks[i].arena = a;
	}
	rc = l->jira_failed ? l->jira_why.code : fly(l, bulks, count, &why);
	if (l->jira_failed)
		why = l->jira_why;
	for (size_t i = 0; i < count; i++) {
		if (bulks[i].rc < 0 && ret_why->code == 0)
			*ret_why = bulks[i].why;
		op_clear(&bulks[i].op);
		buf_clear(&bulks[i].body);
	}
	l->told_jira = true;
	if (rc < 0 && ret_why->code == 0)
		*ret_why = why;
	if (rc > LAPSE_EINTERNAL)
		return arena_check(a, err);
	*err = why;
	return rc;
}

/* ---- Marks ---- */

void review_put_mark(struct json_out *w, const char *key, const char *ledger,
	const struct review_mark *m, const char *digest)
{
	json_put_open(w, key, '{');
	json_put_text(w, "ledger", ledger);
	json_put_int(w, "campaign", m->campaign);
	if (m->sheet != 0)
		json_put_int(w, "sheet", m->sheet);
	if (m->item != 0)
		json_put_int(w, "item", m->item);
	if (digest != NULL)
		json_put_text(w, "digest", digest);
	json_put_close(w, '}');
}

/* This ledger's, or that of one it was rebuilt from. */
static int is_ours(struct lapse *l, const char *ledger, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct strs replaced = {0};
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc == 0)
		rc = anchor_replaced(l, &a, &replaced, err);
	*ret = rc == 0 && ledger != NULL && (strcmp(ledger, about.id) == 0 ||
		strs_has(&replaced, ledger));
	return rc;
}

static int read_mark(struct lapse *l, const char *value,
	struct review_mark *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json root;
	bool ours = false;
	int rc = json_open(&doc, value, strlen(value), err);

	if (rc < 0)
		return rc == LAPSE_EPROTO ? 0 : rc;
	root = json_root(doc);
	rc = is_ours(l, json_text(root, "ledger", JSON_MAY), &ours, err);
	if (rc < 0 || !ours)
		return rc;
	ret->campaign = json_int(root, "campaign", JSON_MAY);
	ret->sheet = json_int(root, "sheet", JSON_MAY);
	ret->item = json_int(root, "item", JSON_MAY);
	return 0;
}

/* Whoever may edit an issue may write our property on it; nobody but lapse
 * creates one as lapse. */
static int is_own(struct lapse *l, const char *issue, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct jira_issue *i = NULL;
	int rc = core_self(l, err);

	if (rc == 0)
		rc = core_issue(l, issue, NULL, &a, &i, err);
	*ret = i != NULL && i->creator.account != NULL &&
		strcmp(i->creator.account, l->self.account) == 0;
	return rc;
}

int review_mark_of(struct lapse *l, const char *issue, struct review_mark *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct review_mark mark = {0};
	struct op op = {
		.step = jira_get_property,
		.name = "get property",
		.issue = issue,
		.key = REVIEW_PROPERTY,
		.arena = &a,
	};
	bool own = false;
	int rc = core_jira(l, &op, err);

	if (rc == 0 && op.outcome == OP_FOUND)
		rc = read_mark(l, op.ret, &mark, err);
	op_clear(&op);
	if (rc == 0 && mark.campaign != 0)
		rc = is_own(l, issue, &own, err);
	if (rc < 0)
		return rc;
	*ret = own ? mark : (struct review_mark){0};
	return 0;
}

/* ---- Finding ---- */

struct hits {
	struct arena *arena;
	struct strs *ids;
	struct strs *keys;
};

static int take_hit(void *arg, const void *item, struct lapse_err *err)
{
	struct hits *h = arg;
	const struct jira_hit *hit = item;

	strs_add(h->ids, h->arena, hit->id);
	strs_add(h->keys, h->arena, hit->key);
	return arena_check(h->arena, err);
}

int review_created_since(struct lapse *l, int64_t since, struct arena *a,
	struct strs *ret_ids, struct strs *ret_keys, struct lapse_err *err)
{
	const struct review_section *v = &l->config->review;
	AUTO_BUF jql = {0};
	struct hits h = {a, ret_ids, ret_keys};
	struct op op = {.sink = take_hit, .arg = &h};

	buf_str(&jql, "project = ");
	text_jql(&jql, v->project);
	buf_str(&jql, " AND issuetype = ");
	text_jql(&jql, v->issue_type);
	buf_fmt(&jql, " AND created >= -%lldm ORDER BY created ASC, key ASC",
		(long long)((core_now(l) - since) / 60 + 5));
	return core_search(l, &op, &jql, err);
}
