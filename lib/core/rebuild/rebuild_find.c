/* Where to look: entity properties cannot be searched for, so every issue of
 * the projects is read, a hundred at a time, with its property. */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "projection.h"
#include "projection_seal.h"
#include "rebuild_private.h"

enum {
	KEPT_MAX = 512 << 20,		/* bytes of all properties */
};

void rebuild_clear(struct rebuild *r)
{
	for (size_t i = 0; i < r->campaigns.n; i++)
		arena_clear(&r->campaigns.items[i].arena);
	arena_clear(&r->arena);
	memset(r, 0, sizeof(*r));
}

/* ---- Reading them ---- */

struct batch {
	struct lapse *l;
	struct rebuild *r;
	struct strs seen;		/* ids that came */
	struct arena arena;
};

static void batch_clear(struct batch *b)
{
	arena_clear(&b->arena);
}

/* Where a request stands that was granted: without a property nothing says
 * what became of it, but it is not a new one either. */
static bool is_granted(const struct lapse *l, const struct jira_issue *i)
{
	const struct request_type *t = i->request_type == NULL ? NULL :
		config_request_type(l->config, i->project, i->request_type);

	return t != NULL &&
		((t->status_approved != NULL &&
			 strcmp(i->status, t->status_approved) == 0) ||
			strcmp(i->status, t->status_active) == 0 ||
			strcmp(i->status, t->status_revoke) == 0 ||
			strcmp(i->status, t->status_ended) == 0);
}

static int keep(struct lapse *l, struct rebuild *r,
	const struct jira_issue *i, const char *text, struct lapse_err *err)
{
	struct rebuild_issue *k;
	struct arena *a = &r->arena;

	if (text == NULL && !is_granted(l, i))
		return 0;
	k = VEC_ADD(&r->issues, a);
	if (k == NULL)
		return lapse_fail_nomem(err);
	*k = (struct rebuild_issue){
		.id = arena_copy(a, i->id),
		.key = arena_copy(a, i->key),
		.project = arena_copy(a, i->project),
		.type = arena_copy(a, i->request_type),
		.requester = arena_copy(a, i->reporter.account),
		.creator = arena_copy(a, i->creator.account),
		.status = arena_copy(a, i->status),
		.created_at = i->created_at,
		.updated_at = i->updated_at,
		.why = arena_copy(a, i->why),
		.text = arena_copy(a, text),
	};
	return arena_check(a, err);
}

static int take_issue(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_issue *i = item;
	struct batch *b = arg;

	strs_add(&b->seen, &b->arena, i->id);
	if (arena_check(&b->arena, err) < 0)
		return err->code;
	return keep(b->l, b->r, i, i->property, err);
}

/* One that did not come with the others could not be read that time, or is
 * gone since it was found. */
static int read_alone(struct lapse *l, struct rebuild *r, const char *id,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct op issue = {.step = jira_get_issue, .name = "issue",
		.issue = id, .arena = &a};
	struct op property = {.step = jira_get_property,
		.name = "get property", .issue = id,
		.key = PROJECTION_PROPERTY, .arena = &a};
	int rc;

	jira_op_form(&issue, config_any_form(l->config));
	rc = core_jira(l, &issue, err);
	if (rc == 0 && issue.outcome == OP_FOUND)
		rc = core_jira(l, &property, err);
	if (rc == 0 && issue.outcome == OP_FOUND)
		rc = keep(l, r, issue.ret, property.outcome == OP_FOUND ?
			property.ret : NULL, err);
	op_clear(&issue);
	op_clear(&property);
	return rc;
}

static int read_batch(struct lapse *l, struct rebuild *r,
	const struct strs *ids, size_t from, struct lapse_err *err)
{
	__attribute__((cleanup(batch_clear))) struct batch b = {.l = l, .r = r};
	struct op op = {.id = PROJECTION_PROPERTY, .sink = take_issue,
		.arg = &b};
	int rc = core_issues(l, &op, config_any_form(l->config), ids, from,
		err);

	for (size_t i = from;
		i < ids->n && i - from < CORE_ISSUES && rc == 0; i++)
		if (!strs_has(&b.seen, ids->items[i]))
			rc = read_alone(l, r, ids->items[i], err);
	return rc;
}

static int read_project(struct lapse *l, struct rebuild *r,
	const char *project, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = KEPT_MAX};
	struct strs ids = {0};
	int rc = core_project_ids(l, project, &a, &ids, err);

	for (size_t i = 0; i < ids.n && rc == 0; i += CORE_ISSUES)
		rc = core_stopped(l) ?
			lapse_fail(err, LAPSE_EAGAIN, "rebuild: stopped") :
			read_batch(l, r, &ids, i, err);
	return rc;
}

/* ---- Are they what lapse wrote? ---- */

static int believe(struct lapse *l, struct rebuild *r,
	struct rebuild_issue *i, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err why;
	bool good = false;
	int rc = hash_hex(i->text, strlen(i->text), i->digest, err);

	if (rc < 0)
		return rc;
	i->forged = true;
	i->refused = "its property is not as lapse wrote it under this "
		     "'ledger-key'";
	rc = json_open(&doc, i->text, strlen(i->text), &why);
	if (rc == 0 && json_is_object(json_root(doc)))
		rc = seal_check(l, json_root(doc), &good, err);
	if (rc == LAPSE_ENOMEM || rc == LAPSE_ECONFIG)
		return lapse_fail(err, rc, "%s", err->text);
	if (rc < 0 || !good)
		return 0;
	i->forged = false;
	rc = claim_read(doc, &r->arena, &i->claim, &why);
	if (rc < 0 && rc != LAPSE_EPROTO)
		return lapse_fail(err, rc, "%s", why.text);
	i->refused = NULL;
	if (rc < 0)
		i->refused = arena_copy(&r->arena, why.text);
	else if (strcmp(i->claim.issue, i->id) != 0)
		i->refused = "its property is that of another issue";
	else if (!strs_has(&r->ledgers, i->claim.ledger))
		i->refused = "its property is another ledger's";
	i->forged = i->refused != NULL;
	return arena_check(&r->arena, err);
}

static int by_id(const void *a, const void *b)
{
	const struct rebuild_grant *one = a;
	const struct rebuild_grant *two = b;

	return (one->g->id > two->g->id) - (one->g->id < two->g->id);
}

static int list_grants(struct rebuild *r, struct lapse_err *err)
{
	for (size_t i = 0; i < r->issues.n; i++) {
		struct rebuild_issue *k = &r->issues.items[i];

		for (size_t n = 0; n < k->claim.rows.grants.n; n++) {
			struct rebuild_grant *g = k->refused != NULL ? NULL :
				VEC_ADD(&r->grants, &r->arena);

			if (g == NULL)
				break;
			*g = (struct rebuild_grant){
				.issue = k,
				.g = &k->claim.rows.grants.items[n],
				.approved_at = WHEN_NONE,
			};
			g->verdict.ends_at = g->g->ends_at;
		}
	}
	if (r->grants.n > 0)
		qsort(r->grants.items, r->grants.n, sizeof(*r->grants.items),
			by_id);
	return arena_check(&r->arena, err);
}

/* What lapse gives it writes on the issue first, and moves it on after: one
 * that stands where an approval led to and never stood further was not granted.
 * A history cannot be edited. */
static int find_ungranted(struct lapse *l, struct rebuild_issue *i,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct request_type *t = config_request_type(l->config,
		i->project, i->type);
	struct op op = {.step = jira_get_history, .name = "history",
		.issue = i->id, .arena = &a};
	const struct jira_history *h;
	int rc;

	i->refused = "it stands where a granted request does and has no "
		     "property";
	if (t == NULL || t->status_approved == NULL ||
		strcmp(i->status, t->status_approved) != 0)
		return 0;
	rc = core_jira(l, &op, err);
	h = rc == 0 && op.outcome == OP_FOUND ? op.ret : NULL;
	i->ungranted = h != NULL;
	for (size_t n = 0; h != NULL && n < h->edits.n; n++) {
		const struct jira_edit *e = &h->edits.items[n];

		if (strcmp(e->field, "status") == 0 && e->to != NULL &&
			(strcmp(e->to, t->status_active) == 0 ||
				strcmp(e->to, t->status_revoke) == 0 ||
				strcmp(e->to, t->status_ended) == 0))
			i->ungranted = false;
	}
	op_clear(&op);
	return rc;
}

static void note_refused(struct lapse *l, const struct rebuild_issue *i)
{
	struct lapse_err why;

	lapse_fail(&why, LAPSE_ELEDGER, "issue %s: %s: nothing of it is "
		"believed; what it was about shows as drift", i->key,
		i->refused);
	core_note(l, LAPSE_EXIT_LEDGER, &why);
}

int rebuild_find(struct lapse *l, struct rebuild *r, struct lapse_err *err)
{
	struct strs projects = {0};
	int rc = 0;

	r->arena.max = KEPT_MAX;
	for (size_t i = 0; i < l->config->projects.n; i++)
		strs_add(&projects, &r->arena,
			l->config->projects.items[i].id);
	if (!strs_has(&projects, r->anchor_project))
		strs_add(&projects, &r->arena, r->anchor_project);
	if (l->config->review.project != NULL &&
		!strs_has(&projects, l->config->review.project))
		strs_add(&projects, &r->arena, l->config->review.project);
	for (size_t i = 0; i < projects.n && rc == 0; i++)
		rc = read_project(l, r, projects.items[i], err);
	for (size_t i = 0; i < r->issues.n && rc == 0; i++) {
		struct rebuild_issue *k = &r->issues.items[i];

		if (k->text == NULL) {
			rc = find_ungranted(l, k, err);
			continue;
		}
		r->read++;
		rc = believe(l, r, k, err);
		if (rc == 0 && k->forged) {
			r->refused++;
			note_refused(l, k);
		}
	}
	if (rc == 0)
		rc = list_grants(r, err);
	return rc < 0 ? rc : rebuild_find_reviews(l, r, err);
}
