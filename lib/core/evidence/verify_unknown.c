/* `verify --jira`: issues that the ledger granted nothing by, or was told
 * nothing of. They may tell of access all the same: the host before wrote on
 * after this ledger was rebuilt, it is an old copy, or rows of it were deleted.
 * A hundred issues a call. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "anchor.h"
#include "projection.h"
#include "projection_seal.h"
#include "request.h"
#include "verify_private.h"

enum {
	IDS_MAX = 256 << 20,	/* bytes of all ids */
};

struct look {
	struct verify_check *c;
	struct lapse *l;
	struct arena arena;
	struct strs ids;	/* to be looked at */
	struct strs projects;
};

static void clear_look(struct look *k)
{
	arena_clear(&k->arena);
}
#define AUTO_LOOK __attribute__((cleanup(clear_look))) struct look

/* ---- One property ---- */

/* Only what this ledger itself wrote. */
static int is_ours(struct verify_check *c, const char *text, bool *ret,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err why;
	const char *ledger;
	bool good = false;
	int rc = json_open(&doc, text, strlen(text), &why);

	*ret = false;
	if (rc == LAPSE_EPROTO || (rc == 0 && !json_is_object(json_root(doc))))
		return 0;
	if (rc < 0)
		return lapse_fail(err, rc, "%s", why.text);
	ledger = json_text(json_root(doc), "ledger", JSON_MAY);
	rc = seal_check(c->l, json_root(doc), &good, err);
	*ret = rc == 0 && good && ledger != NULL &&
		strcmp(ledger, c->about.id) == 0;
	return rc;
}

int verify_unowed(struct verify_check *c, const char *where, const char *text,
	struct lapse_err *err)
{
	const char *fault = NULL;
	char words[200];
	int64_t seq = 0;
	bool ours = false;
	int rc = anchor_unknown(c->l, text, &seq, &fault, err);

	if (rc == 0)
		rc = is_ours(c, text, &ours, err);
	if (rc < 0 || !ours)
		return rc;
	if (seq == 0)
		return verify_say(c, where, "property: the ledger has no row "
			"of having written it: that was deleted, or it is "
			"another issue's", VERIFY_NEXT_NEWER, err);
	snprintf(words, sizeof(words), "property: evidence %" PRId64 ": %s",
		seq, fault);
	return verify_say(c, where, words, VERIFY_NEXT_NEWER, err);
}

static int judge(struct look *k, const char *id, const char *key,
	const char *property, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *words = NULL;
	bool has = false;
	int rc;

	if (property == NULL)
		return 0;
	rc = request_claims(k->l, id, property, &a, &words, err);
	if (rc == 0 && words != NULL)
		rc = verify_say(k->c, key, words, NULL, err);
	if (rc == 0)
		rc = witness_has(k->l->ledger, id, &has, err);
	/* What it was told is looked at issue by issue. */
	return rc < 0 || has ? rc : verify_unowed(k->c, key, property, err);
}

/* ---- Reading them ---- */

struct batch {
	struct look *k;
	struct arena arena;
	struct strs seen;	/* ids that came */
};

static void batch_clear(struct batch *b)
{
	arena_clear(&b->arena);
}

static int take_issue(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_issue *i = item;
	struct batch *b = arg;

	strs_add(&b->seen, &b->arena, i->id);
	if (arena_check(&b->arena, err) < 0)
		return err->code;
	return judge(b->k, i->id, i->key, i->property, err);
}

/* One that did not come with the others is gone, or could not be read then. */
static int read_alone(struct look *k, const char *issue, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct op op = {
		.step = jira_get_property,
		.name = "get property",
		.issue = issue,
		.key = PROJECTION_PROPERTY,
		.arena = &a,
	};
	int rc = core_jira(k->l, &op, err);

	if (rc == 0 && op.outcome == OP_FOUND)
		rc = judge(k, issue, issue, op.ret, err);
	op_clear(&op);
	return rc;
}

static int read_batch(struct look *k, size_t from, struct lapse_err *err)
{
	static const struct jira_form none;
	__attribute__((cleanup(batch_clear))) struct batch b = {.k = k};
	struct op op = {.id = PROJECTION_PROPERTY, .sink = take_issue,
		.arg = &b};
	int rc = core_issues(k->l, &op, &none, &k->ids, from, err);

	for (size_t i = from;
		rc == 0 && i < k->ids.n && i - from < CORE_ISSUES; i++)
		if (!strs_has(&b.seen, k->ids.items[i]))
			rc = read_alone(k, k->ids.items[i], err);
	return rc;
}

/* ---- Which issues ---- */

/* What lapse files itself lies beside the anchor. */
static int find_projects(struct look *k, struct lapse_err *err)
{
	static const struct jira_form none;
	AUTO_ARENA a = {0};
	const struct config *c = k->l->config;
	struct op op = {.step = jira_get_issue, .name = "anchor issue",
		.issue = k->c->about.anchor_issue, .arena = &a};
	int rc = 0;

	for (size_t i = 0; i < c->projects.n; i++)
		strs_add(&k->projects, &k->arena, c->projects.items[i].id);
	if (k->c->about.anchor_issue[0] == '\0')
		return arena_check(&k->arena, err);
	jira_op_form(&op, &none);
	rc = core_jira(k->l, &op, err);
	if (rc == 0 && op.outcome == OP_FOUND) {
		const struct jira_issue *i = op.ret;

		if (!strs_has(&k->projects, i->project))
			strs_add(&k->projects, &k->arena, i->project);
	}
	op_clear(&op);
	return rc < 0 ? rc : arena_check(&k->arena, err);
}

/* The index lags: what the ledger itself waits for is added. */
static int find_open(struct look *k, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct request_rows rows = {0};
	struct ledger *ledger = k->l->ledger;
	int rc = requests_open(ledger, &a, &rows, err);

	if (rc == 0)
		rc = requests_why(ledger, "stale", REQUEST_NOT_REBUILT, &a,
			&rows, err);
	if (rc == 0)
		rc = requests_why(ledger, "stale", REQUEST_UNKNOWN_GRANT, &a,
			&rows, err);
	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		if (!strs_has(&k->ids, rows.list.items[i].issue))
			strs_add(&k->ids, &k->arena, rows.list.items[i].issue);
	return rc < 0 ? rc : arena_check(&k->arena, err);
}

int verify_unknown(struct verify_check *c, struct lapse_err *err)
{
	AUTO_LOOK k = {.c = c, .l = c->l, .arena.max = IDS_MAX};
	int rc = find_projects(&k, err);

	for (size_t i = 0; i < k.projects.n && rc == 0; i++)
		rc = core_project_ids(c->l, k.projects.items[i], &k.arena, &k.ids,
			err);
	if (rc == 0)
		rc = find_open(&k, err);
	for (size_t i = 0; i < k.ids.n && rc == 0; i += CORE_ISSUES)
		rc = core_stopped(c->l) ?
			lapse_fail(err, LAPSE_EAGAIN, "verify: stopped") :
			read_batch(&k, i, err);
	return rc;
}
