/* Sheets with many items are decided in a file: the newest CSV file that the
 * reviewer attached. Its rows are bound to the population by number and
 * digest, each counts or is refused by itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "notice.h"
#include "review_sync.h"
#include "story.h"
#include "text.h"
#include "texts_decide.h"

enum {
	LISTED = 40,		/* refused rows in one comment */
	LINE_CHARS = 240,
	CELL_CHARS = 20,
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* What the rows of one item say together. */
struct said {
	size_t line;		/* of the first; 0: none */
	const char *what;
	const char *reason;
	const char *until;
	const char *digest;
	bool conflict;		/* another row says something else */
};

/* One file while it is read. */
struct file {
	struct lapse *l;
	const struct campaign_row *c;
	const struct sheet_row *s;
	const struct jira_attachment *about;
	struct item_rows items;		/* of the sheet, by n */
	struct said *said;		/* of each of them */
	struct arena *arena;
	struct buf list;		/* refused rows, a line each */
	int64_t taken;
	int64_t refused;
	int64_t settled;		/* said again of what is over */
};

static void clear_file(struct file *f)
{
	buf_clear(&f->list);
}
#define AUTO_FILE __attribute__((cleanup(clear_file))) struct file

/* ---- Rows ---- */

static void refuse_row(struct file *f, const struct csv_line *r,
	const char *why)
{
	if (f->refused++ >= LISTED)
		return;
	buf_fmt(&f->list, "line %zu (item %.*s): %.*s\n", r->line, CELL_CHARS,
		csv_cell(r, "item"), LINE_CHARS, why);
}

static int by_number(const void *key, const void *item)
{
	int64_t n = *(const int64_t *)key;
	const struct item_row *i = item;

	return n < i->n ? -1 : n > i->n;
}

static struct item_row *find(const struct file *f, const char *cell)
{
	char *end;
	long long n;
	int64_t key;

	errno = 0;
	n = strtoll(cell, &end, 10);
	key = n;
	if (errno != 0 || end == cell || *end != '\0' ||
		f->items.list.n == 0)
		return NULL;
	return bsearch(&key, f->items.list.items, f->items.list.n,
		sizeof(*f->items.list.items), by_number);
}

static const char *decision_of(const char *cell)
{
	static const char *const words[] = {"keep", "revoke", "limit"};

	for (size_t i = 0; i < ARRAY_N(words); i++)
		if (text_same_nocase(cell, words[i]))
			return words[i];
	return NULL;
}

static const char *cell_or_null(struct file *f, const struct csv_line *r,
	const char *name)
{
	const char *cell = csv_cell(r, name);

	return cell == NULL || *cell == '\0' ? NULL :
		arena_copy(f->arena, cell);
}

static bool same_cell(const char *a, const char *b)
{
	return (a == NULL && b == NULL) || same(a, b);
}

/* All rows are seen before one counts: which of two that disagree came last
 * is no decision. */
static int see_row(void *arg, const struct csv_line *r,
	struct lapse_err *err)
{
	struct file *f = arg;
	const struct item_row *i = find(f, csv_cell(r, "item"));
	struct said *s = i == NULL ? NULL :
		&f->said[i - f->items.list.items];
	const char *what = csv_cell(r, "decision");

	if (s == NULL || *what == '\0')
		return 0;
	if (s->line == 0)
		*s = (struct said){
			.line = r->line,
			.what = arena_copy(f->arena, what),
			.reason = cell_or_null(f, r, "reason"),
			.until = cell_or_null(f, r, "until"),
			.digest = cell_or_null(f, r, "row_digest"),
		};
	else
		s->conflict = s->conflict || s->what == NULL ||
			!text_same_nocase(s->what, what) ||
			!same_cell(s->reason, cell_or_null(f, r, "reason")) ||
			!same_cell(s->until, cell_or_null(f, r, "until")) ||
			!same_cell(s->digest,
				cell_or_null(f, r, "row_digest"));
	return arena_check(f->arena, err);
}

/* A decision that was carried out, or came from a file before, stays in the
 * file that is attached again. */
static bool is_said_again(const struct item_row *i, const char *what)
{
	return !review_is_open(i) && same(i->decision, what) &&
		!same(i->decided_by, "lapse");
}

static int take_vote(struct file *f, const struct csv_line *r,
	struct item_row *i, const struct review_vote *v,
	struct lapse_err *err)
{
	struct review_no no = {0};
	int rc;

	if (same(v->digest, i->digest) && is_said_again(i, v->what)) {
		f->settled++;
		return 0;
	}
	rc = review_vote(f->l, f->c, f->s, i, v, f->arena, &no, err);
	if (rc == 0 && no.code != NULL)
		refuse_row(f, r, no.words);
	else if (rc == 0)
		f->taken++;
	return rc;
}

static int take_row(void *arg, const struct csv_line *r,
	struct lapse_err *err)
{
	struct file *f = arg;
	const char *said = csv_cell(r, "decision");
	struct item_row *i = find(f, csv_cell(r, "item"));
	struct review_vote v = {
		.what = decision_of(said),
		.by = f->about->author.account,
		.by_name = f->about->author.name,
		.at = f->about->created_at,
		.ref = f->about->id,
		.reason = cell_or_null(f, r, "reason"),
		.until = cell_or_null(f, r, "until"),
		.digest = csv_cell(r, "row_digest"),
	};
	const struct said *all = i == NULL ? NULL :
		&f->said[i - f->items.list.items];

	if (*said == '\0')
		return 0;
	if (i == NULL || v.what == NULL || all->conflict)
		refuse_row(f, r, i == NULL ?
			"no such item on this sheet (any more)" :
			all->conflict ? "this item is in the file more than "
			"once, with different decisions; please leave one" :
			"the decision is none of keep, revoke, limit");
	else if (all->line == r->line)
		return take_vote(f, r, i, &v, err);
	return 0;
}

/* ---- Files ---- */

static int refuse_file(struct file *f, const char *why, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct sheet_row s = *f->s;
	const struct jira_attachment *at = f->about;
	const struct review_said said = {
		.kind = "review-refused",
		.campaign = f->c,
		.sheet = f->s,
		.actor = at->author.account,
		.ref = at->id,
		.detail = "file",
		.words = why,
	};
	bool before = false;
	int rc = review_was_said(f->l, &said, &before, err);

	if (rc < 0 || before || f->l->dry_run)
		return rc;
	texts_file_refused(&text, at->name, at->author.name != NULL ?
		at->author.name : "somebody", why);
	if (same(at->author.account, s.reviewer))
		s.attachment = at->id;
	rc = core_begin(f->l, err);
	if (rc < 0)
		return rc;
	rc = sheet_put(f->l->ledger, &s, err);
	if (rc == 0)
		rc = review_tell(f->l, &said, &text, err);
	return core_end(f->l, rc, err);
}

static int tell_rows(struct file *f, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	const struct review_said said = {
		.kind = f->refused > 0 ? "review-refused" : "review-decided",
		.campaign = f->c,
		.sheet = f->s,
		.actor = f->about->author.account,
		.ref = f->about->id,
		.detail = "rows",
		.words = f->refused > 0 ? buf_text(&f->list) : NULL,
	};

	texts_rows_counted(&text, f->about->name, f->taken, f->settled);
	if (f->refused > 0)
		texts_rows_refused(&text, buf_text(&f->list),
			f->refused > LISTED ? f->refused - LISTED : 0);
	text.failed = text.failed || f->list.failed;
	return review_tell(f->l, &said, &text, err);
}

static int take_rows(struct file *f, const struct jira_file *bytes,
	struct lapse_err *err)
{
	static const char *const needed[] = {"item", "row_digest", "decision",
		NULL};
	struct sheet_row s = *f->s;
	int rc;

	f->said = arena_alloc(f->arena, (f->items.list.n + 1) *
		sizeof(*f->said));
	if (f->said == NULL)
		return lapse_fail_nomem(err);
	rc = csv_read(bytes->bytes, bytes->len, needed, see_row, f, err);
	if (rc == 0)
		rc = csv_read(bytes->bytes, bytes->len, needed, take_row, f,
			err);
	s.attachment = f->about->id;
	if (rc == 0)
		rc = tell_rows(f, err);
	if (rc == 0)
		rc = sheet_put(f->l->ledger, &s, err);
	return rc < 0 ? rc : notice_owe(f->l, s.issue, NOTICE_PROPERTY, NULL,
		NULL, 0, err);
}

/* All of it or, where it is no CSV file, nothing. */
static int read_file(struct file *f, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_attachment,
		.name = "decision file",
		.id = f->about->id,
		.arena = f->arena,
	};
	struct lapse_err why;
	int rc = core_jira(f->l, &op, err);

	if (rc == 0 && op.outcome != OP_GONE && !f->l->dry_run) {
		rc = items_of_sheet(f->l->ledger, f->s->id, f->arena,
			&f->items, err);
		if (rc == 0)
			rc = core_begin(f->l, err);
		if (rc == 0)
			rc = core_end(f->l, take_rows(f, op.ret, err), err);
	}
	op_clear(&op);
	if (rc != LAPSE_EREFUSED)
		return rc;
	why = *err;
	return refuse_file(f, why.text, err);
}

static bool is_csv(const char *name)
{
	size_t n = name != NULL ? strlen(name) : 0;

	return n > 4 && text_same_nocase(name + n - 4, ".csv");
}

static int judge_file(struct file *f, bool *ret_last, struct lapse_err *err)
{
	const char *by = f->about->author.account;
	AUTO_ARENA a = {0};

	if (!is_csv(f->about->name) || same(by, f->l->self.account))
		return 0;
	*ret_last = same(by, f->s->reviewer);
	if (*ret_last && same(f->about->id, f->s->attachment))
		return 0;
	if (review_is_closed(f->c))
		return refuse_file(f, "it came too late: the review is closed",
			err);
	if (*ret_last)
		return read_file(f, err);
	return refuse_file(f, arena_fmt(&a, "%s is asked to decide on this "
		"sheet, and only that person's file counts",
		story_name(f->l, f->s->reviewer, &a)), err);
}

static int judge_files(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	AUTO_FILE f = {.l = l, .c = c, .s = s, .arena = &a};
	struct op op = {
		.step = jira_get_attachments,
		.name = "attachments",
		.issue = s->issue,
		.arena = &a,
	};
	const struct jira_attachments *list;
	bool last = false;
	int rc = core_jira(l, &op, err);

	list = op.ret;
	if (rc == 0 && op.outcome == OP_GONE)
		list = NULL;
	for (size_t i = 0; rc == 0 && list != NULL && !last &&
		i < list->items.n; i++) {
		f.about = &list->items.items[i];
		rc = judge_file(&f, &last, err);
	}
	op_clear(&op);
	return rc;
}

/* ---- The sheet ---- */

static int note_read(struct lapse *l, int64_t sheet, int64_t updated_at,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct sheet_row s = {0};
	int rc = sheet_get(l->ledger, sheet, &a, &s, err);

	if (rc < 0 || s.updated_at == updated_at || l->dry_run)
		return rc;
	s.updated_at = updated_at;
	rc = core_begin(l, err);
	return rc < 0 ? rc : core_end(l, sheet_put(l->ledger, &s, err), err);
}

int review_judge_sheet(struct lapse *l, const struct campaign_row *c,
	struct sheet_row *s, const struct review_seen *seen,
	struct lapse_err *err)
{
	const struct jira_edit *given = review_is_closed(c) ? NULL :
		review_reassigned(l, s, NULL, seen);
	bool all = true;
	int rc = s->csv ? judge_files(l, c, s, err) : 0;

	if (rc == 0 && given != NULL) {
		const struct review_move m = {
			.campaign = c,
			.from = s,
			.to = seen->assignee,
			.why = "reassigned",
			.actor = given->author,
			.ref = given->entry,
		};

		rc = review_move_all(l, &m, true, &all, err);
	}
	return rc < 0 || !all ? rc :
		note_read(l, s->id, seen->updated_at, err);
}
