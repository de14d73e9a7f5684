/* `verify --jira`: requests that the ledger granted nothing by, or was told
 * nothing of. Their issues may tell of access all the same: the host before
 * wrote on after this ledger was rebuilt. A hundred issues a call. */
#include <string.h>

#include "projection.h"
#include "request.h"
#include "verify.h"

enum {
	BATCH = 100,		/* as jira_get_issues takes them */
};

struct look {
	struct verify_faults *f;
	struct lapse *l;
	struct arena arena;
	struct strs seen;	/* ids that came */
};

static int judge(struct look *k, const char *id, const char *key,
	const char *property, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *words = NULL;
	int rc = request_claims(k->l, id, property, &a, &words, err);

	return rc < 0 || words == NULL ? rc : verify_fault(k->f, key, words,
		NULL, err);
}

static int take_issue(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_issue *i = item;
	struct look *k = arg;

	strs_add(&k->seen, &k->arena, i->id);
	if (arena_check(&k->arena, err) < 0)
		return err->code;
	return judge(k, i->id, i->key, i->property, err);
}

/* One that did not come with the others is gone, or could not be read then. */
static int read_alone(struct look *k, const struct request_row *row,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct op op = {
		.step = jira_get_property,
		.name = "get property",
		.issue = row->issue,
		.key = PROJECTION_PROPERTY,
		.arena = &a,
	};
	int rc = strs_has(&k->seen, row->issue) ? 0 : core_jira(k->l, &op, err);

	if (rc == 0 && op.outcome == OP_FOUND)
		rc = judge(k, row->issue, row->key, op.ret, err);
	op_clear(&op);
	return rc;
}

static int read_batch(struct look *k, const struct request_rows *rows,
	size_t from, struct lapse_err *err)
{
	static const struct jira_form none;
	AUTO_BUF list = {0};
	struct op op = {
		.step = jira_get_issues,
		.name = "issues",
		.id = PROJECTION_PROPERTY,
		.sink = take_issue,
		.arg = k,
	};
	int rc;

	for (size_t i = from; i < rows->list.n && i < from + BATCH; i++)
		buf_fmt(&list, "%s%s", i > from ? "," : "",
			rows->list.items[i].issue);
	rc = buf_check(&list, err, "issues");
	op.key = buf_text(&list);
	jira_op_form(&op, &none);
	if (rc == 0)
		rc = core_jira(k->l, &op, err);
	op_clear(&op);
	for (size_t i = from; rc == 0 && i < rows->list.n && i < from + BATCH;
		i++)
		rc = read_alone(k, &rows->list.items[i], err);
	return rc;
}

int verify_unknown(struct verify_faults *f, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct request_rows rows = {0};
	struct look k = {.f = f, .l = f->l};
	int rc = requests_open(f->l->ledger, &a, &rows, err);

	if (rc == 0)
		rc = requests_why(f->l->ledger, "stale", REQUEST_NOT_REBUILT,
			&a, &rows, err);
	if (rc == 0)
		rc = requests_why(f->l->ledger, "stale", REQUEST_UNKNOWN_GRANT,
			&a, &rows, err);
	for (size_t i = 0; i < rows.list.n && rc == 0; i += BATCH)
		rc = core_stopped(f->l) ?
			lapse_fail(err, LAPSE_EAGAIN, "verify: stopped") :
			read_batch(&k, &rows, i, err);
	arena_clear(&k.arena);
	return rc;
}
