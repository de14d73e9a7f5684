/* Steps that a person does by hand, asked for by sub-tasks of the request's
 * issue. What a finished step means for the grant is the caller's. */
#include "manual.h"

#include <string.h>

#include "manual_rows.h"
#include "manual_task.h"
#include "notice.h"
#include "notices.h"
#include "people.h"
#include "texts.h"

enum {
	REOPEN_S = 3600,	/* a deleted sub-task is replaced so often */
};

typedef int manual_done(struct lapse *l, int64_t grant, bool remove,
	const char *by, int64_t at, struct lapse_err *err);

int manual_owe(struct lapse *l, int64_t grant, bool remove, int64_t due_at,
	struct lapse_err *err)
{
	return manual_rows_add(
		l->ledger, grant, remove, core_now(l), due_at, err);
}

static const char *kind_of(const struct manual_step *s)
{
	return s->remove ? "remove" : "add";
}

/* ---- Evidence ---- */

static int say(struct lapse *l, const struct manual_step *s, const char *kind,
	const char *entry, int64_t *ret_seq, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {
		.kind = kind,
		.issue = s->parent,
		.grant = s->grant,
	};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "step", kind_of(s));
	json_put_text(&w, "sub_task", s->issue);
	json_put_text(&w, "entry", entry);
	json_put_close(&w, '}');
	if (buf_check(&data, err, "evidence") < 0)
		return LAPSE_ENOMEM;
	e.data = buf_text(&data);
	return core_evidence(l, &e, ret_seq, err);
}

struct search {
	const char *kind;
	const char *entry;	/* in the quotes that it has as JSON */
	bool found;
};

static int match_row(void *arg, const struct evidence_row *r,
	struct lapse_err *err)
{
	struct search *f = arg;

	(void)err;
	if (strcmp(r->kind, f->kind) == 0 && strstr(r->data, f->entry) != NULL)
		f->found = true;
	return 0;
}

/* Was this history entry told of before? */
static int was_said(struct lapse *l, const struct manual_step *s,
	const char *kind, const char *entry, bool *ret, struct lapse_err *err)
{
	AUTO_BUF quoted = {0};
	struct json_out w = {.out = &quoted};
	struct search f = {.kind = kind};
	int rc;

	json_put_text(&w, "entry", entry);
	if (buf_check(&quoted, err, "evidence") < 0)
		return LAPSE_ENOMEM;
	f.entry = buf_text(&quoted);
	rc = evidence_each(l->ledger, NULL, s->grant, 0, match_row, &f, err);
	if (rc == 0)
		*ret = f.found;
	return rc;
}

/* ---- Opening ---- */

static int keep_opened(struct lapse *l, const struct manual_step *s,
	const char *id, const char *key, struct lapse_err *err)
{
	struct manual_step opened = *s;
	int64_t seq = 0;
	bool now = false;
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = manual_rows_opened(l->ledger, s->id, id, key, core_now(l), &now,
		err);
	opened.issue = id;
	if (rc == 0 && now)
		rc = say(l, &opened, "manual-opened", NULL, &seq, err);
	/* It names the sub-task. */
	if (rc == 0 && now)
		rc = notice_owe(l, s->parent, NOTICE_PROPERTY, NULL, NULL, seq,
			err);
	l->told_jira = true;
	return core_end(l, rc, err);
}

/* Looks before it makes one: whatever became of an earlier attempt, there is
 * one sub-task for a step. */
static int open_step(struct lapse *l, const struct manual_step *s,
	struct arena *a, struct lapse_err *err)
{
	AUTO_LOCKS locks = -1;
	const char *id = NULL;
	const char *key = NULL;
	int rc;

	if (s->parent == NULL)
		return 0;
	if (l->dry_run)
		return core_plan(l, s->parent_key,
			s->remove ? "remove by hand" : "grant by hand",
			s->role, err);
	rc = notices_locks_open(l->ledger, &locks, err);
	if (rc < 0 || !notices_lock(locks, s->parent))
		return rc;
	rc = manual_task_find(l, s, a, &id, &key, err);
	if (rc == 0 && id == NULL)
		rc = manual_task_create(l, s, a, &id, &key, err);
	return rc < 0 ? rc : keep_opened(l, s, id, key, err);
}

/* ---- Reading ---- */

/* Deleted, if the parent can be read and does not have it. */
static int lost_step(struct lapse *l, const struct manual_step *s,
	struct arena *a, struct lapse_err *err)
{
	struct jira_issue *parent = NULL;
	bool now = false;
	int rc = core_issue(l, s->parent, NULL, a, &parent, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; parent != NULL && i < parent->subtasks.n; i++)
		if (strcmp(parent->subtasks.items[i].id, s->issue) == 0)
			parent = NULL;
	if (parent == NULL || l->dry_run ||
		core_now(l) < s->opened_at + REOPEN_S)
		return lapse_fail(err, LAPSE_EITEM,
			"%s: sub-task %s cannot be read", s->parent_key,
			s->key);
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = manual_rows_lost(l->ledger, s->id, s->issue, &now, err);
	if (rc == 0 && now)
		rc = say(l, s, "manual-lost", NULL, NULL, err);
	rc = core_end(l, rc, err);
	return rc < 0 || !now ? rc : open_step(l, s, a, err);
}

/* The beneficiary does not get to say that the own access is gone. */
static int refuse_own(struct lapse *l, const struct manual_step *s,
	const struct jira_edit *edit, struct lapse_err *err)
{
	static const char kind[] = "manual-refused";
	AUTO_BUF text = {0};
	struct texts_about about = {.by = edit->author_name};
	bool said = false;
	int64_t seq = 0;
	int rc = was_said(l, s, kind, edit->entry, &said, err);

	if (rc < 0 || said || l->dry_run)
		return rc;
	texts_manual_own(&text, &about);
	rc = buf_check(&text, err, "comment");
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	/* Again: another run may have said it. */
	rc = was_said(l, s, kind, edit->entry, &said, err);
	if (rc < 0 || said)
		return core_end(l, rc, err);
	rc = people_note_author(l, edit, err);
	if (rc == 0)
		rc = say(l, s, kind, edit->entry, &seq, err);
	/* A sub-task is no request: it has no customers who would see this,
	 * and the service desk's own comments do not exist for it. */
	if (rc == 0)
		rc = notice_owe(l, s->issue, NOTICE_COMMENT, buf_text(&text),
			NULL, seq, err);
	return core_end(l, rc, err);
}

static int settle(struct lapse *l, const struct manual_step *s,
	const struct jira_edit *edit, manual_done *done, struct lapse_err *err)
{
	bool now = false;
	int rc;

	if (l->dry_run)
		return 0;
	rc = people_note_author(l, edit, err);
	if (rc == 0)
		rc = done(l, s->grant, s->remove, edit->author, edit->at, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = manual_rows_done(l->ledger, s->id, edit->at, edit->author, &now,
		err);
	return core_end(l, rc, err);
}

static int judge_edit(struct lapse *l, const struct manual_step *s,
	const struct jira_edit *edit, manual_done *done, struct lapse_err *err)
{
	if (edit->author == NULL || (l->self.account != NULL &&
		strcmp(edit->author, l->self.account) == 0))
		return lapse_fail(err, LAPSE_EITEM,
			"%s: resolved by lapse's own account or by nobody; a "
			"person must do it", s->key);
	if (strcmp(edit->author, s->account) == 0)
		return refuse_own(l, s, edit, err);
	return settle(l, s, edit, done, err);
}

static int read_step(struct lapse *l, const struct manual_step *s,
	struct arena *a, manual_done *done, struct lapse_err *err)
{
	struct jira_issue *task = NULL;
	const struct jira_edit *edit = NULL;
	const struct request_type *type = NULL;
	int rc = core_issue(l, s->issue, NULL, a, &task, err);

	if (rc < 0)
		return rc;
	if (task == NULL)
		return lost_step(l, s, a, err);
	rc = manual_task_type(l, s, task->project, &type, err);
	if (rc < 0 || !manual_task_is_done(task, type))
		return rc;
	rc = manual_task_done_by(l, s->issue, type, a, &edit, err);
	if (rc < 0 || edit == NULL)
		return rc;
	return judge_edit(l, s, edit, done, err);
}

/* ---- Not needed any more ---- */

/* A grant that ends before it began needs no add. */
static bool is_moot(const struct manual_step *s)
{
	return !s->remove && (strcmp(s->state, "ending") == 0 ||
		strcmp(s->state, "ended") == 0);
}

static int drop_step(struct lapse *l, const struct manual_step *s,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct texts_about about = {
		.role = s->role,
		.application = s->application,
	};
	int64_t seq = 0;
	bool now = false;
	int rc;

	if (l->dry_run)
		return 0;
	texts_manual_moot(&text, &about);
	rc = buf_check(&text, err, "comment");
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = manual_rows_done(l->ledger, s->id, core_now(l), NULL, &now, err);
	if (rc == 0 && now)
		rc = say(l, s, "manual-dropped", NULL, &seq, err);
	if (rc == 0 && now)
		rc = notice_owe(l, s->issue, NOTICE_COMMENT, buf_text(&text),
			NULL, seq, err);
	return core_end(l, rc, err);
}

/* ---- All of them ---- */

static int advance(struct lapse *l, const struct manual_step *s,
	manual_done *done, struct lapse_err *err)
{
	AUTO_ARENA a = {0};

	if (is_moot(s))
		return drop_step(l, s, err);
	if (s->issue != NULL)
		return read_step(l, s, &a, done, err);
	/* A stale ledger takes away, and gives nothing. */
	if ((l->stale || l->unwitnessed) && !s->remove)
		return 0;
	return open_step(l, s, &a, err);
}

/* One step's trouble is its own; the ledger's ends the run. */
static int advance_all(struct lapse *l, const struct manual_steps *steps,
	manual_done *done, struct lapse_err *err)
{
	struct lapse_err why;

	for (size_t i = 0; i < steps->items.n && !l->jira_failed; i++) {
		const struct manual_step *s = &steps->items.items[i];
		int rc = advance(l, s, done, &why);

		if (rc <= LAPSE_EINTERNAL && rc != LAPSE_ECONFIG) {
			*err = why;
			return rc;
		}
		if (rc < 0 && !l->jira_failed) {
			lapse_prefix(&why, "grant %lld", (long long)s->grant);
			core_note(l, lapse_exit_of(rc), &why);
		}
	}
	return 0;
}

static void note_overdue(struct lapse *l, const struct manual_step *s)
{
	struct lapse_err late;
	char since[WHEN_TEXT];

	lapse_fail(&late, LAPSE_EITEM,
		"%s: grant %lld: removing %s by hand is late; it was due %s",
		s->key != NULL ? s->key : s->parent_key, (long long)s->grant,
		s->role, when_time(s->due_at, since));
	core_note(l, LAPSE_EXIT_OVERDUE, &late);
}

/* Read again: what was done a moment ago is not late. */
int manual_overdue(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct manual_steps steps = {0};
	int64_t after = l->config != NULL ? l->config->overdue_after : 0;
	int rc = manual_rows_open(l->ledger, &a, &steps, err);

	for (size_t i = 0; rc == 0 && i < steps.items.n; i++) {
		const struct manual_step *s = &steps.items.items[i];

		if (s->remove && s->due_at + after < core_now(l))
			note_overdue(l, s);
	}
	return rc;
}

static int go_online(struct lapse *l, struct lapse_err *err)
{
	struct lapse_err why;
	int rc = core_online(l, err);

	/* Who we are is needed to know our own sub-tasks; a failure is kept in
	 * jira_failed or met again. */
	if (rc == 0 && core_self(l, &why) < 0 && !l->jira_failed)
		core_note(l, lapse_exit_of(why.code), &why);
	return rc;
}

int manual_advance(struct lapse *l, manual_done *done, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct manual_steps steps = {0};
	int rc = manual_rows_open(l->ledger, &a, &steps, err);

	if (rc < 0 || steps.items.n == 0 || l->taken_over)
		return rc;
	rc = go_online(l, err);
	if (rc == 0 && l->self.account != NULL)
		rc = advance_all(l, &steps, done, err);
	return rc < 0 ? rc : manual_overdue(l, err);
}
