/* What sync does with open reviews: finds the sub-tasks and sheets that
 * changed, reads them in bulk, and has them judged, moved and acted on. The
 * search index only says where to look; a daily sweep reads all that is
 * open. */
#include <string.h>

#include "log.h"
#include "review.h"
#include "review_file.h"
#include "review_sync.h"
#include "review_work.h"
#include "text.h"

enum {
	SWEEP_S = 86400,
};

/* ---- Where to look ---- */

struct look {
	struct lapse *l;
	struct arena *arena;
	struct strs ids;
	int64_t newest;
};

/* Read before as it is now? A stamp that may still have changed within its
 * second is not kept, so that an equal one means the same content. */
static int unchanged(struct look *k, const struct jira_hit *hit, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct item_row i = {0};
	struct sheet_row s = {0};
	int rc = item_of_task(k->l->ledger, hit->id, &a, &i, err);

	if (rc == 0) {
		*ret = i.task_updated_at == hit->updated_at;
		return 0;
	}
	if (rc == LAPSE_ENOTFOUND)
		rc = sheet_of_issue(k->l->ledger, hit->id, &a, &s, err);
	/* The campaign's own issue, or one of somebody else's. */
	*ret = rc == LAPSE_ENOTFOUND || s.updated_at == hit->updated_at;
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

static int take_hit(void *arg, const void *item, struct lapse_err *err)
{
	struct look *k = arg;
	const struct jira_hit *hit = item;
	bool known = false;

	if (hit->updated_at > k->newest)
		k->newest = hit->updated_at;
	if (unchanged(k, hit, &known, err) < 0)
		return err->code;
	if (!known)
		strs_add(&k->ids, k->arena, hit->id);
	return arena_check(k->arena, err);
}

static int search(struct lapse *l, int64_t back_s, struct look *k,
	struct lapse_err *err)
{
	const struct review_section *r = &l->config->review;
	AUTO_BUF jql = {0};
	struct op op = {.name = "search reviews", .sink = take_hit, .arg = k};

	buf_str(&jql, "project = ");
	text_jql(&jql, r->project);
	buf_str(&jql, " AND issuetype in (");
	text_jql(&jql, r->issue_type);
	buf_str(&jql, ", ");
	text_jql(&jql, r->subtask_type);
	buf_fmt(&jql, ") AND updated >= -%lldm ORDER BY updated ASC, key ASC",
		(long long)(back_s / 60 + 1));
	return core_search(l, &op, &jql, err);
}

static int sweep(struct lapse *l, const struct campaign_rows *live,
	struct look *k, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < live->list.n && rc == 0; i++)
		if (strcmp(live->list.items[i].state, "closed") != 0)
			rc = review_issues(l->ledger, live->list.items[i].id,
				k->arena, &k->ids, err);
	return rc;
}

/* ---- Reading ---- */

/* Some issues, read together. Strings live in the arena. */
struct batch {
	struct lapse *l;
	struct arena *arena;
	struct review_seen seen[CORE_ISSUES];
	size_t n;
};

static int take_issue(void *arg, const void *item, struct lapse_err *err)
{
	struct batch *b = arg;
	const struct jira_issue *i = item;
	struct review_seen *s;

	if (b->n == CORE_ISSUES)
		return lapse_fail(err, LAPSE_EPROTO, "jira: more issues came "
			"than were asked for");
	s = &b->seen[b->n++];
	*s = (struct review_seen){
		.issue = arena_copy(b->arena, i->id),
		.status = arena_copy(b->arena, i->status),
		.assignee = arena_copy(b->arena, i->assignee.account),
		.reason = arena_copy(b->arena, i->why),
		.until = arena_copy(b->arena, i->how_long),
		.updated_at = i->updated_at,
	};
	return arena_check(b->arena, err);
}

static int read_issues(struct batch *b, const struct strs *ids, size_t first,
	struct lapse_err *err)
{
	struct jira_form form;
	struct op op = {.name = "read reviews", .sink = take_issue, .arg = b};
	int rc;

	review_form(b->l, &form);
	rc = core_issues(b->l, &op, &form, ids, first, err);
	for (size_t i = 0; i < b->n; i++) {
		b->seen[i].read_at = op.date;
		if (op.date == WHEN_NONE ||
			b->seen[i].updated_at + 1 >= op.date)
			b->seen[i].updated_at = WHEN_NONE;
	}
	return rc;
}

static int take_history(void *arg, const void *item, struct lapse_err *err)
{
	struct batch *b = arg;
	const struct jira_history_of *of = item;
	struct jira_history *copy = arena_alloc(b->arena, sizeof(*copy));

	for (size_t i = 0; copy != NULL && i < of->history->edits.n; i++) {
		const struct jira_edit *e = &of->history->edits.items[i];
		struct jira_edit *to = VEC_ADD(&copy->edits, b->arena);

		if (to == NULL)
			break;
		*to = (struct jira_edit){
			.entry = arena_copy(b->arena, e->entry),
			.author = arena_copy(b->arena, e->author),
			.author_name = arena_copy(b->arena, e->author_name),
			.author_type = arena_copy(b->arena, e->author_type),
			.at = e->at,
			.field = arena_copy(b->arena, e->field),
			.from = arena_copy(b->arena, e->from),
			.to = arena_copy(b->arena, e->to),
		};
	}
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->seen[i].issue, of->issue) == 0)
			b->seen[i].history = copy;
	return arena_check(b->arena, err);
}

/* What one seen issue is; one of item and sheet has an id. */
struct known {
	struct item_row item;
	struct sheet_row sheet;
	struct campaign_row campaign;
};

static int know(struct lapse *l, const char *issue, struct arena *a,
	struct known *ret, struct lapse_err *err)
{
	int rc = item_of_task(l->ledger, issue, a, &ret->item, err);

	if (rc == LAPSE_ENOTFOUND)
		rc = sheet_of_issue(l->ledger, issue, a, &ret->sheet, err);
	else if (rc == 0)
		rc = sheet_get(l->ledger, ret->item.sheet, a, &ret->sheet,
			err);
	if (rc == LAPSE_ENOTFOUND)
		return 0;
	return rc < 0 ? rc : campaign_get(l->ledger, ret->sheet.campaign, a,
		&ret->campaign, err);
}

static bool needs(const struct lapse *l, const struct known *k,
	const struct review_seen *seen)
{
	if (k->item.id != 0)
		return review_needs_history(l, &k->sheet, &k->item, seen);
	return k->sheet.id != 0 && seen->assignee != NULL &&
		strcmp(seen->assignee, k->sheet.reviewer) != 0;
}

static int read_histories(struct batch *b, const struct known *known,
	struct lapse_err *err)
{
	const struct review_section *r = &b->l->config->review;
	AUTO_BUF ids = {0};
	struct op op = {
		.step = jira_get_histories,
		.name = "read histories",
		.id = arena_fmt(b->arena, "status,assignee%s%s%s%s",
			r->field_why != NULL ? "," : "",
			r->field_why != NULL ? r->field_why : "",
			r->field_until != NULL ? "," : "",
			r->field_until != NULL ? r->field_until : ""),
		.arena = b->arena,
		.sink = take_history,
		.arg = b,
	};
	int rc;

	for (size_t i = 0; i < b->n; i++)
		if (needs(b->l, &known[i], &b->seen[i]))
			buf_fmt(&ids, "%s%s", ids.len > 0 ? "," : "",
				b->seen[i].issue);
	rc = buf_check(&ids, err, "issues");
	if (rc < 0 || ids.len == 0)
		return rc;
	op.key = buf_text(&ids);
	rc = arena_check(b->arena, err);
	if (rc == 0)
		rc = core_jira(b->l, &op, err);
	op_clear(&op);
	return rc;
}

/* ---- Judging ---- */

/* Given on to somebody else: that takes calls, so each by itself. */
static bool is_given(const struct known *k, const struct review_seen *seen)
{
	return seen->history != NULL && seen->assignee != NULL &&
		strcmp(seen->assignee, k->sheet.reviewer) != 0;
}

static int judge_given(struct batch *b, struct known *known,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < b->n && rc == 0; i++) {
		struct known *k = &known[i];

		if (k->sheet.id == 0)
			continue;
		if (k->item.id == 0)
			rc = review_judge_sheet(b->l, &k->campaign, &k->sheet,
				&b->seen[i], err);
		else if (is_given(k, &b->seen[i]))
			rc = review_judge_task(b->l, &k->campaign, &k->item,
				&b->seen[i], err);
	}
	return rc;
}

static int judge_others(struct batch *b, struct known *known,
	struct lapse_err *err)
{
	int rc = b->l->dry_run ? 0 : core_begin(b->l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < b->n && rc == 0; i++)
		if (known[i].item.id != 0 &&
			!is_given(&known[i], &b->seen[i]))
			rc = review_judge_task(b->l, &known[i].campaign,
				&known[i].item, &b->seen[i], err);
	return b->l->dry_run ? rc : core_end(b->l, rc, err);
}

static int look_at(struct lapse *l, const struct strs *ids, size_t first,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct batch b = {.l = l, .arena = &a};
	struct known *known = arena_alloc(&a, CORE_ISSUES * sizeof(*known));
	int rc = known == NULL ? lapse_fail_nomem(err) : 0;

	if (rc == 0)
		rc = read_issues(&b, ids, first, err);
	for (size_t i = 0; i < b.n && rc == 0; i++)
		rc = know(l, b.seen[i].issue, &a, &known[i], err);
	if (rc == 0)
		rc = read_histories(&b, known, err);
	if (rc == 0)
		rc = judge_given(&b, known, err);
	return rc < 0 ? rc : judge_others(&b, known, err);
}

static int look_at_all(struct lapse *l, const struct strs *ids,
	bool *ret_all, struct lapse_err *err)
{
	int rc = 0;

	*ret_all = false;
	for (size_t i = 0; i < ids->n && rc == 0; i += CORE_ISSUES) {
		if (core_stopped(l))
			return 0;
		rc = look_at(l, ids, i, err);
	}
	*ret_all = rc == 0;
	return rc;
}

/* ---- A tick ---- */

static int keep(struct lapse *l, const char *name, int64_t value,
	struct lapse_err *err)
{
	int rc;

	if (l->dry_run)
		return 0;
	rc = core_begin(l, err);
	return rc < 0 ? rc : core_end(l,
		ledger_set_cursor(l->ledger, name, value, err), err);
}

static int64_t opened_first(const struct campaign_rows *live)
{
	int64_t at = live->list.items[0].opened_at;

	for (size_t i = 1; i < live->list.n; i++)
		if (live->list.items[i].opened_at < at)
			at = live->list.items[i].opened_at;
	return at;
}

/* *ret_all: no issue is left that was to be heard. */
static int read_all(struct lapse *l, const struct campaign_rows *live,
	bool *ret_all, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct look k = {.l = l, .arena = &a};
	int64_t now = core_now(l);
	int64_t cursor = 0;
	int64_t swept = 0;
	bool full = false;
	int rc = ledger_cursor(l->ledger, "review-search", &cursor,
		opened_first(live), err);

	if (rc == 0)
		rc = ledger_cursor(l->ledger, "review-swept", &swept,
			opened_first(live), err);
	if (rc < 0)
		return rc;
	k.newest = cursor;
	full = now - swept >= SWEEP_S;
	if (full)
		rc = sweep(l, live, &k, err);
	else
		rc = search(l, now - cursor + l->config->search_overlap, &k,
			err);
	if (rc == 0)
		rc = look_at_all(l, &k.ids, ret_all, err);
	if (rc == 0 && *ret_all && k.newest > cursor)
		rc = keep(l, "review-search", k.newest, err);
	if (rc == 0 && *ret_all && full)
		rc = keep(l, "review-swept", now, err);
	return rc;
}

typedef int each_campaign(struct lapse *l, const struct campaign_row *c,
	struct lapse_err *err);

static int each_open(struct lapse *l, const struct campaign_rows *live,
	each_campaign *each, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < live->list.n && rc == 0; i++)
		if (strcmp(live->list.items[i].state, "open") == 0)
			rc = each(l, &live->list.items[i], err);
	return rc;
}

static int answers(struct lapse *l, struct campaign_rows *live,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < live->list.n && rc == 0; i++)
		if (strcmp(live->list.items[i].state, "closed") == 0)
			rc = review_answered(l, &live->list.items[i], err);
	return rc;
}

/* What is decided of itself is decided first; then what is owed of issues,
 * among them those of decided rows. */
static int hear(struct lapse *l, struct campaign_rows *live,
	struct lapse_err *err)
{
	bool all = false;
	int rc = core_self(l, err);

	if (rc == 0)
		rc = review_deliver(l, 0, err);
	if (rc == 0)
		rc = campaigns(l->ledger, true, &l->arena, live, err);
	if (rc == 0)
		rc = read_all(l, live, &all, err);
	if (rc == 0)
		rc = answers(l, live, err);
	/* "Nobody decided" is not said over answers that were not heard. */
	if (rc == 0 && all)
		rc = each_open(l, live, review_leavers, err);
	if (rc == 0 && all)
		rc = each_open(l, live, review_time, err);
	return rc < 0 ? rc : review_deliver(l, 0, err);
}

static int act(struct lapse *l, const struct campaign_rows *live,
	struct lapse_err *err)
{
	struct budget budget = {0};
	int rc = 0;

	for (size_t i = 0; i < live->list.n && rc == 0; i++)
		if (strcmp(live->list.items[i].state, "open") == 0)
			rc = review_act(l, &live->list.items[i], &budget, err);
	return rc;
}

static bool may_begin(const struct lapse *l)
{
	return l->config->review.project != NULL && l->time_known &&
		!l->suspect && !l->stale && !l->taken_over;
}

/* What a review's own trouble is does not keep sync from observing. */
static int contain(struct lapse *l, int rc, const struct lapse_err *why,
	struct lapse_err *err)
{
	if (rc == 0)
		return 0;
	if (rc <= LAPSE_EINTERNAL) {
		*err = *why;
		return rc;
	}
	core_note(l, rc == LAPSE_EUNKNOWN || rc == LAPSE_EITEM ?
		LAPSE_EXIT_RETRY : lapse_exit_of(rc), why);
	return 0;
}

/* What was decided is carried out also while Jira is down. */
static int tick(struct lapse *l, struct lapse_err *err)
{
	struct campaign_rows live = {0};
	struct lapse_err why;
	int rc = l->jira_failed ? 0 : review_files(l, err);

	if (rc == 0)
		rc = campaigns(l->ledger, true, &l->arena, &live, err);
	if (rc < 0 || live.list.n == 0)
		return rc;
	if (!l->jira_failed)
		rc = contain(l, hear(l, &live, &why), &why, err);
	return rc < 0 ? rc : contain(l, act(l, &live, &why), &why, err);
}

static int settle_all(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct campaign_rows live = {0};
	int rc = campaigns(l->ledger, true, &a, &live, err);

	return rc < 0 ? rc : each_open(l, &live, review_settle, err);
}

/* Of two runs at once one does it: what a reviewer decided since the other
 * read its rows would be written over by them. */
static int alone(struct lapse *l, int (*work)(struct lapse *l,
	struct lapse_err *err), struct lapse_err *err)
{
	bool mine = false;
	int rc = core_alone(l, LEDGER_REVIEW, 0, &mine, err);

	if (rc < 0 || !mine)
		return rc;
	rc = work(l, err);
	core_leave(l, LEDGER_REVIEW);
	return rc;
}

int review_tick(struct lapse *l, struct lapse_err *err)
{
	return may_begin(l) ? alone(l, tick, err) : 0;
}

int review_settled(struct lapse *l, struct lapse_err *err)
{
	return l->dry_run || l->config->review.project == NULL ? 0 :
		alone(l, settle_all, err);
}
