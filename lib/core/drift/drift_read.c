/* `lapse drift --fresh`: reads what drift is judged by, and keeps it as
 * observed: the members of governed groups, whether the issues of live grants
 * are there, and which issues say that access stands. */
#include <string.h>

#include "drift.h"
#include "log.h"
#include "notice.h"
#include "requests.h"
#include "sync.h"
#include "text.h"

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* ---- Many issues ---- */

struct seen_issue {
	const char *id;
	const char *key;
	const char *project;
	const char *type;		/* of the request; NULL: none */
	const char *status;
};

struct issues {
	struct arena *arena;
	VEC(struct seen_issue) list;
};

static int take_issue(void *arg, const void *item, struct lapse_err *err)
{
	struct issues *s = arg;
	const struct jira_issue *i = item;
	struct seen_issue *slot = VEC_ADD(&s->list, s->arena);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = (struct seen_issue){
		.id = arena_copy(s->arena, i->id),
		.key = arena_copy(s->arena, i->key),
		.project = arena_copy(s->arena, i->project),
		.type = arena_copy(s->arena, i->request_type),
		.status = arena_copy(s->arena, i->status),
	};
	return arena_check(s->arena, err);
}

static int read_many(struct lapse *l, const struct strs *ids,
	struct issues *ret, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < ids->n && rc == 0; i += CORE_ISSUES) {
		struct op op = {.sink = take_issue, .arg = ret};

		rc = core_issues(l, &op, config_any_form(l->config), ids, i,
			err);
	}
	return rc;
}

static const struct seen_issue *seen(const struct issues *s, const char *id)
{
	for (size_t i = 0; i < s->list.n; i++)
		if (same(s->list.items[i].id, id))
			return &s->list.items[i];
	return NULL;
}

/* ---- What was found ---- */

struct finding {
	const char *kind;
	const char *issue;
	const char *key;
};

struct findings {
	struct arena *arena;
	VEC(struct finding) list;
};

static int find(struct findings *f, const char *kind, const char *issue,
	const char *key, struct lapse_err *err)
{
	struct finding *slot = VEC_ADD(&f->list, f->arena);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = (struct finding){kind, issue, key != NULL ? key : issue};
	return 0;
}

/* What was not found again is so no more. */
static int keep(struct lapse *l, const struct findings *f,
	const char *const *kinds, size_t n, struct lapse_err *err)
{
	int64_t now = core_now(l);
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < f->list.n && rc == 0; i++)
		rc = stray_put(l->ledger, f->list.items[i].kind,
			f->list.items[i].issue, f->list.items[i].key, now,
			err);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = stray_drop(l->ledger, kinds[i], now, err);
	return core_end(l, rc, err);
}

/* ---- Are the issues of live grants there? ---- */

/* One that is left out of an answer for many proves nothing by that. */
static int is_gone(struct lapse *l, const char *issue, struct arena *a,
	bool *ret, struct lapse_err *err)
{
	struct jira_issue *i = NULL;
	int rc = core_issue(l, issue, config_any_form(l->config), a, &i,
		err);

	*ret = rc == 0 && i == NULL;
	return rc;
}

static int look_at_grants(struct lapse *l, struct arena *a,
	struct findings *f, struct lapse_err *err)
{
	struct grant_rows grants = {0};
	struct issues there = {.arena = a};
	struct strs ids = {0};
	int rc = grants_live(l->ledger, NULL, a, &grants, err);

	for (size_t i = 0; i < grants.list.n && rc == 0; i++)
		if (grants.list.items[i].issue != NULL &&
			!strs_has(&ids, grants.list.items[i].issue))
			strs_add(&ids, a, grants.list.items[i].issue);
	if (rc == 0)
		rc = arena_check(a, err);
	if (rc == 0)
		rc = read_many(l, &ids, &there, err);
	for (size_t i = 0; i < grants.list.n && rc == 0; i++) {
		const struct grant_row *g = &grants.list.items[i];
		bool gone = false;

		if (g->issue == NULL || seen(&there, g->issue) != NULL)
			continue;
		rc = is_gone(l, g->issue, a, &gone, err);
		if (rc == 0 && gone)
			rc = find(f, "unevidenced", g->issue, g->issue_key,
				err);
	}
	return rc;
}

/* ---- Which issues say that access stands? ---- */

static void add_status(struct strs *to, struct arena *a, const char *status)
{
	if (status != NULL && !strs_has(to, status))
		strs_add(to, a, status);
}

static int search(struct lapse *l, const struct project *p, struct arena *a,
	struct strs *ret_ids, struct lapse_err *err)
{
	AUTO_BUF jql = {0};
	struct strs statuses = {0};

	for (size_t i = 0; i < p->types.n; i++) {
		add_status(&statuses, a, p->types.items[i].status_active);
		add_status(&statuses, a, p->types.items[i].status_approved);
	}
	if (statuses.n == 0)
		return 0;
	buf_str(&jql, "project = ");
	text_jql(&jql, p->id);
	buf_str(&jql, " AND status in (");
	for (size_t i = 0; i < statuses.n; i++) {
		buf_str(&jql, i > 0 ? ", " : "");
		text_jql(&jql, statuses.items[i]);
	}
	buf_str(&jql, ") ORDER BY key ASC");
	return core_search_ids(l, &jql, a, ret_ids, err);
}

static int count_grants(struct lapse *l, const char *issue, size_t *ret_live,
	size_t *ret_all, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows rows = {0};
	int rc = grants_of_issue(l->ledger, issue, &a, &rows, err);

	*ret_all = rows.list.n;
	*ret_live = 0;
	for (size_t i = 0; i < rows.list.n; i++)
		*ret_live += strcmp(rows.list.items[i].state, "ended") != 0;
	return rc;
}

static int judge(struct lapse *l, const struct seen_issue *i,
	struct findings *f, struct lapse_err *err)
{
	const struct request_type *type = i->type == NULL ? NULL :
		config_request_type(l->config, i->project, i->type);
	size_t live = 0;
	size_t all = 0;
	int rc;

	if (type == NULL || (!same(i->status, type->status_active) &&
		!same(i->status, type->status_approved)))
		return 0;
	rc = count_grants(l, i->id, &live, &all, err);
	if (rc < 0 || live > 0)
		return rc;
	return find(f, all == 0 && !same(i->status, type->status_active) ?
		"approved-not-done" : "orphan-issue", i->id, i->key, err);
}

static int look_at_issues(struct lapse *l, struct arena *a,
	struct findings *f, struct lapse_err *err)
{
	struct strs ids = {0};
	struct issues read = {.arena = a};
	int rc = 0;

	for (size_t i = 0; i < l->config->projects.n && rc == 0; i++)
		rc = search(l, &l->config->projects.items[i], a, &ids, err);
	/* The index lags: each is judged by what it is now. */
	if (rc == 0)
		rc = read_many(l, &ids, &read, err);
	for (size_t i = 0; i < read.list.n && rc == 0; i++)
		rc = judge(l, &read.list.items[i], f, err);
	return rc;
}

/* ---- All of it ---- */

static int look(struct lapse *l, int (*reads)(struct lapse *l,
	struct arena *a, struct findings *f, struct lapse_err *err),
	const char *const *kinds, size_t n, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct findings f = {.arena = &a};
	int rc = reads(l, &a, &f, err);

	return rc < 0 ? rc : keep(l, &f, kinds, n, err);
}

static int read_jira(struct lapse *l, struct lapse_err *err)
{
	static const char *const of_grants[] = {"unevidenced"};
	static const char *const of_issues[] = {"orphan-issue",
		"approved-not-done"};
	int rc = look(l, look_at_grants, of_grants, ARRAY_N(of_grants), err);

	if (rc == 0)
		rc = look(l, look_at_issues, of_issues, ARRAY_N(of_issues),
			err);
	return rc;
}

/* What cannot be read now is as old as its observation says. */
static int note_old(struct lapse *l, int rc, const struct lapse_err *why,
	struct lapse_err *err)
{
	if (rc == 0)
		return 0;
	if (rc <= LAPSE_EINTERNAL) {
		*err = *why;
		return rc;
	}
	core_note(l, lapse_exit_of(rc), why);
	return 0;
}

int drift_read(struct lapse *l, const char *idp, struct lapse_err *err)
{
	struct lapse_err why;
	int rc = core_online(l, err);

	if (rc == 0)
		rc = anchor_check(l, err);
	if (rc == 0 && !l->time_known)
		rc = lapse_fail(err, LAPSE_EUNAVAIL, "drift: no service told "
			"the time; without --fresh the ledger is looked at");
	if (rc == 0)
		rc = core_alone_or_fail(l, LEDGER_OBSERVE, "drift", err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < l->n_idps && rc == 0; i++) {
		struct core_idp *at = &l->idps[i];

		if (at->failed || (idp != NULL &&
			strcmp(idp, at->section->name) != 0))
			continue;
		rc = note_old(l, observe_look(l, at, &why), &why, err);
		if (rc == 0)
			rc = drift_ask_added(l, at, err);
	}
	core_leave(l, LEDGER_OBSERVE);
	if (rc == 0 && !l->jira_failed)
		rc = note_old(l, read_jira(l, &why), &why, err);
	return rc;
}
