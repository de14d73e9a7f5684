/* The decision file of a sheet that has more items than sub-tasks are made
 * for: made from the frozen rows, so that it is the same bytes at any time,
 * and attached once. */
#include "review_deliver.h"

#include <stdio.h>
#include <string.h>

#include "review_sync.h"
#include "texts_sheet.h"

/* When attaching was tried, a cursor says: the sheet's row has no column of
 * its own for it. */
static const char *cursor_of(const struct sheet_row *s, char name[64])
{
	snprintf(name, 64, "review-file:%lld", (long long)s->id);
	return name;
}

int deliver_file_bytes(struct delivering *d, const struct sheet_row *s,
	struct buf *out, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct item_rows items = {0};
	int rc = items_of_sheet(d->l->ledger, s->id, &a, &items, err);

	if (rc < 0)
		return rc;
	sheet_csv(out, &items);
	return buf_check(out, err, "decision file");
}

static int set_tried(struct lapse *l, const struct sheet_row *s, int64_t at,
	struct lapse_err *err)
{
	char name[64];
	int rc = core_begin(l, err);

	return rc < 0 ? rc : core_end(l, ledger_set_cursor(l->ledger,
		cursor_of(s, name), at, err), err);
}

int review_file_again(struct lapse *l, const struct sheet_row *s,
	struct lapse_err *err)
{
	char name[64];

	return ledger_set_cursor(l->ledger, cursor_of(s, name), 0, err);
}

int review_file_sought(struct lapse *l, const struct sheet_row *s, int64_t at,
	struct lapse_err *err)
{
	char name[64];

	return ledger_set_cursor(l->ledger, cursor_of(s, name), at, err);
}

static int is_there(struct delivering *d, const struct sheet_row *s,
	const char *name, bool *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct op op = {
		.step = jira_get_attachments,
		.name = "get attachments",
		.issue = s->issue,
		.arena = &a,
	};
	const struct jira_attachments *list;
	int rc = core_self(d->l, err);

	if (rc == 0)
		rc = core_jira(d->l, &op, err);
	list = rc == 0 && op.outcome != OP_GONE ? op.ret : NULL;
	for (size_t i = 0; list != NULL && i < list->items.n; i++) {
		const struct jira_attachment *at = &list->items.items[i];

		*ret = *ret || (at->author.account != NULL &&
			strcmp(at->author.account, d->l->self.account) == 0 &&
			strcmp(at->name, name) == 0);
	}
	op_clear(&op);
	return rc;
}

static int attach(struct delivering *d, const struct sheet_row *s,
	const char *name, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF bytes = {0};
	struct op op = {
		.step = jira_attach,
		.name = "attach",
		.issue = s->issue,
		.key = name,
		.arena = &a,
	};
	int rc = deliver_file_bytes(d, s, &bytes, err);
	int cleared;

	if (rc == 0)
		rc = set_tried(d->l, s, core_now(d->l), err);
	if (rc < 0)
		return rc;
	op.body = buf_text(&bytes);
	d->l->told_jira = true;
	rc = core_jira(d->l, &op, err);
	op_clear(&op);
	if (rc == 0 || rc == LAPSE_EUNKNOWN || rc == LAPSE_EPROTO)
		return rc;
	cleared = set_tried(d->l, s, 0, NULL);
	return cleared < 0 ? cleared : rc;
}

int deliver_file(struct delivering *d, const struct sheet_row *s,
	bool *ret_done, struct lapse_err *err)
{
	AUTO_BUF name = {0};
	char cursor[64];
	int64_t tried = 0;
	bool there = false;
	int rc = ledger_cursor(d->l->ledger, cursor_of(s, cursor), &tried, 0,
		err);

	sheet_csv_name(&name, s);
	if (rc == 0)
		rc = buf_check(&name, err, "file name");
	/* Another process is at it, or one that was killed. */
	if (rc < 0 || (tried != 0 && core_now(d->l) - tried <
		REVIEW_SETTLE_S))
		return rc;
	if (tried != 0)
		rc = is_there(d, s, buf_text(&name), &there, err);
	if (rc == 0 && !there)
		rc = attach(d, s, buf_text(&name), err);
	if (rc == 0)
		*ret_done = true;
	return rc;
}
