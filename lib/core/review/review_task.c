/* The sub-tasks of a campaign's sheets. Each is claimed in the ledger before
 * it is sent for, so that neither another process nor a run after a crash
 * makes it again before it is certain that it does not exist. */
#include "review_deliver.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "notice.h"
#include "review_private.h"
#include "texts_sheet.h"

enum {
	WAVE = 8 * REVIEW_BULK,		/* sub-tasks claimed together */
};

struct task {
	const struct sheet_row *sheet;
	struct item_row item;
	bool claimed;
};

/* What goes out together. */
struct wave {
	struct delivering *d;
	struct arena arena;
	struct task tasks[WAVE];
	struct review_made made[WAVE];
	size_t n;
};

static void wave_clear(struct wave **w)
{
	if (*w != NULL)
		arena_clear(&(*w)->arena);
	free(*w);
}

/* ---- Claiming ---- */

static int set_claim(struct lapse *l, int64_t id, int64_t at, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct item_row now;
	int rc = item_get(l->ledger, id, &a, &now, err);

	*ret = rc == 0 && now.task == NULL &&
		(at == WHEN_NONE || now.task_sought_at == WHEN_NONE);
	if (rc < 0 || !*ret)
		return rc;
	now.task_sought_at = at;
	return item_put(l->ledger, &now, err);
}

static int claim(struct wave *w, struct lapse_err *err)
{
	struct lapse *l = w->d->l;
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < w->n && rc == 0; i++)
		rc = set_claim(l, w->tasks[i].item.id, core_now(l),
			&w->tasks[i].claimed, err);
	return core_end(l, rc, err);
}

/* ---- Sending ---- */

static int element(struct wave *w, size_t at, bool assigned,
	struct lapse_err *err)
{
	const struct task *t = &w->tasks[at];
	struct delivering *d = w->d;
	AUTO_BUF summary = {0};
	AUTO_BUF text = {0};
	AUTO_BUF adf = {0};
	AUTO_BUF out = {0};
	struct json_out j = {.out = &out};
	const struct review_mark mark = {.campaign = d->c.id,
		.item = t->item.n};
	const struct role *role = t->item.role == NULL ? NULL :
		config_role(d->l->config, t->item.role);

	sheet_say_item(&summary, &t->item);
	sheet_item_text(&text, &d->c, &t->item, role != NULL ? role->about :
		NULL, delivering_zone(d, t->sheet->reviewer, &w->arena));
	adf_from_text(&adf, buf_text(&text));
	json_put_open(&j, NULL, '{');
	json_put_open(&j, "fields", '{');
	delivering_put_fields(&j, d, d->l->config->review.subtask_type,
		buf_text(&summary), buf_text(&adf),
		assigned ? t->sheet->reviewer : NULL);
	json_put_open(&j, "parent", '{');
	json_put_text(&j, "id", t->sheet->issue);
	json_put_close(&j, '}');
	json_put_close(&j, '}');
	json_put_open(&j, "properties", '[');
	json_put_open(&j, NULL, '{');
	json_put_text(&j, "key", REVIEW_PROPERTY);
	review_put_mark(&j, "value", d->about.id, &mark, t->item.digest);
	json_put_close(&j, '}');
	json_put_close(&j, ']');
	json_put_close(&j, '}');
	if (summary.failed || text.failed || adf.failed || out.failed)
		return lapse_fail_nomem(err);
	w->made[at] = (struct review_made){
		.element = arena_copy(&w->arena, buf_text(&out))};
	return arena_check(&w->arena, err);
}

/* Those not claimed are another process's. */
static void drop_unclaimed(struct wave *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		if (w->tasks[i].claimed)
			w->tasks[n++] = w->tasks[i];
	w->n = n;
}

/* Who cannot be assigned must not stop the review: the ledger knows whose
 * sheet it is. */
static int send_bare(struct wave *w, struct lapse_err *ret_why,
	struct lapse_err *err)
{
	struct review_made *again = arena_alloc(&w->arena,
		(w->n + 1) * sizeof(*again));
	size_t n = 0;
	int rc = again == NULL ? lapse_fail_nomem(err) : 0;

	for (size_t i = 0; i < w->n && rc == 0; i++)
		if (w->made[i].refused) {
			rc = element(w, i, false, err);
			w->made[i].refused = true;
			again[n++] = (struct review_made){
				.element = w->made[i].element};
		}
	if (rc < 0 || n == 0)
		return rc;
	*ret_why = (struct lapse_err){0};
	rc = review_make(w->d->l, again, n, &w->arena, ret_why, err);
	n = 0;
	for (size_t i = 0; i < w->n && rc == 0; i++)
		if (w->made[i].refused)
			w->made[i] = again[n++];
	return rc;
}

/* ---- Keeping ---- */

static int keep_one(struct lapse *l, const struct task *t,
	const struct review_made *m, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct item_row now;
	bool any;
	int rc;

	if (m->doubtful)
		return 0;
	if (m->id == NULL)
		return set_claim(l, t->item.id, WHEN_NONE, &any, err);
	rc = item_get(l->ledger, t->item.id, &a, &now, err);
	now.task = m->id;
	now.task_key = m->key;
	if (rc == 0)
		rc = item_put(l->ledger, &now, err);
	/* Those of a file are not listed on their sheet. */
	return rc < 0 || !t->sheet->csv ? rc : notice_owe(l, m->id,
		NOTICE_PROPERTY, NULL, NULL, 0, err);
}

static int keep(struct wave *w, struct lapse_err *err)
{
	struct lapse *l = w->d->l;
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < w->n && rc == 0; i++)
		rc = keep_one(l, &w->tasks[i], &w->made[i], err);
	return core_end(l, rc, err);
}

static int send(struct wave *w, struct lapse_err *err)
{
	struct lapse_err why = {0};
	int rc = w->n == 0 ? 0 : claim(w, err);

	drop_unclaimed(w);
	for (size_t i = 0; i < w->n && rc == 0; i++)
		rc = element(w, i, true, err);
	if (rc == 0 && w->n > 0)
		rc = review_make(w->d->l, w->made, w->n, &w->arena, &why, err);
	if (rc == 0 && w->n > 0)
		rc = send_bare(w, &why, err);
	if (rc == 0 && w->n > 0)
		rc = keep(w, err);
	if (rc == 0)
		rc = delivering_note(w->d, why.code, &why, err);
	arena_clear(&w->arena);
	w->n = 0;
	return rc;
}

/* ---- What may be there already ---- */

static int keep_found(struct delivering *d, struct item_row *i,
	const struct jira_subtask *t, struct lapse_err *err)
{
	int rc = core_begin(d->l, err);

	i->task = t->id;
	i->task_key = t->key;
	if (rc < 0)
		return rc;
	return core_end(d->l, item_put(d->l->ledger, i, err), err);
}

static int is_known(struct lapse *l, const char *task, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct item_row i;
	int rc = item_of_task(l->ledger, task, &a, &i, err);

	*ret = rc == 0;
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

static int match(struct delivering *d, struct item_rows *items,
	const struct jira_subtask *t, struct lapse_err *err)
{
	struct review_mark mark = {0};
	bool known = false;
	int rc = is_known(d->l, t->id, &known, err);

	if (rc == 0 && !known)
		rc = review_mark_of(d->l, t->id, &mark, err);
	for (size_t i = 0; i < items->list.n && rc == 0; i++) {
		struct item_row *item = &items->list.items[i];

		if (item->task == NULL && mark.campaign == d->c.id &&
			mark.item == item->n)
			return keep_found(d, item, t, err);
	}
	return rc;
}

/* Sought so long ago that it is certain by now. */
static bool is_doubtful(const struct delivering *d, const struct item_row *i)
{
	return i->task == NULL && i->task_sought_at != WHEN_NONE &&
		core_now(d->l) - i->task_sought_at >= REVIEW_SETTLE_S;
}

static int free_claims(struct delivering *d, struct item_rows *items,
	struct lapse_err *err)
{
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < items->list.n && rc == 0; i++) {
		struct item_row *item = &items->list.items[i];
		bool any;

		if (!is_doubtful(d, item))
			continue;
		rc = set_claim(d->l, item->id, WHEN_NONE, &any, err);
		item->task_sought_at = WHEN_NONE;
	}
	return core_end(d->l, rc, err);
}

/* The sheet itself lists its sub-tasks, without the index's delay. */
static int settle_doubts(struct delivering *d, const struct sheet_row *s,
	struct item_rows *items, struct arena *a, struct lapse_err *err)
{
	struct jira_issue *sheet = NULL;
	bool doubt = false;
	int rc;

	for (size_t i = 0; i < items->list.n; i++)
		doubt = doubt || is_doubtful(d, &items->list.items[i]);
	if (!doubt)
		return 0;
	rc = core_issue(d->l, s->issue, NULL, a, &sheet, err);
	if (rc == 0 && sheet == NULL)
		rc = lapse_fail(err, LAPSE_EITEM, "%s: not found in Jira, or "
			"hidden", s->issue_key);
	for (size_t i = 0; rc == 0 && i < sheet->subtasks.n; i++)
		rc = match(d, items, &sheet->subtasks.items[i], err);
	return rc < 0 ? rc : free_claims(d, items, err);
}

/* ---- All sheets ---- */

/* What a file decided on gets the removal's own issue, nothing else. */
static bool needs_task(const struct sheet_row *s, const struct item_row *i)
{
	return i->task == NULL && i->task_sought_at == WHEN_NONE &&
		(!s->csv || strcmp(i->state, "decided") == 0 ||
			strcmp(i->state, "held") == 0 ||
			strcmp(i->state, "acting") == 0);
}

static int add_sheet(struct wave *w, const struct sheet_row *s,
	struct lapse_err *err)
{
	struct delivering *d = w->d;
	struct item_rows items = {0};
	struct lapse_err why = {0};
	int rc = items_of_sheet(d->l->ledger, s->id, &w->arena, &items, err);

	if (rc < 0)
		return rc;
	rc = settle_doubts(d, s, &items, &w->arena, &why);
	if (rc < 0)
		return delivering_note(d, rc, &why, err);
	for (size_t i = 0; i < items.list.n && w->n < WAVE; i++)
		if (needs_task(s, &items.list.items[i]))
			w->tasks[w->n++] = (struct task){.sheet = s,
				.item = items.list.items[i]};
	return 0;
}

int deliver_tasks(struct delivering *d, struct lapse_err *err)
{
	struct wave *w __attribute__((cleanup(wave_clear))) =
		calloc(1, sizeof(*w));
	int rc = w == NULL ? lapse_fail_nomem(err) : 0;

	if (rc == 0) {
		w->d = d;
		w->arena.max = 64 << 20;
	}
	for (size_t i = 0; i < d->sheets.list.n && rc == 0; i++) {
		const struct sheet_row *s = &d->sheets.list.items[i];

		if ((!s->csv && s->told_at != WHEN_NONE) ||
			s->issue == NULL || delivering_is_over(d))
			continue;
		rc = add_sheet(w, s, err);
		if (rc == 0 && w->n + REVIEW_TASKS > WAVE)
			rc = send(w, err);
	}
	return rc < 0 || w->n == 0 ? rc : send(w, err);
}
