/* Jira issues by the many: those that a query finds, and those of which the ids
 * are known, read a hundred with a call. */
#include "core.h"

#include "text.h"

int core_search(struct lapse *l, struct op *op, const struct buf *jql,
	struct lapse_err *err)
{
	int rc = buf_check(jql, err, "jql");

	op->step = jira_search;
	if (op->name == NULL)
		op->name = "search";
	op->key = buf_text(jql);
	if (rc == 0)
		rc = core_jira(l, op, err);
	op_clear(op);
	return rc;
}

struct hits {
	struct strs *ids;
	struct arena *arena;
};

static int take_hit(void *arg, const void *item, struct lapse_err *err)
{
	const struct hits *h = arg;

	strs_add(h->ids, h->arena, ((const struct jira_hit *)item)->id);
	return arena_check(h->arena, err);
}

int core_search_ids(struct lapse *l, const struct buf *jql, struct arena *a,
	struct strs *ret, struct lapse_err *err)
{
	struct hits h = {ret, a};
	struct op op = {.sink = take_hit, .arg = &h};

	return core_search(l, &op, jql, err);
}

int core_project_ids(struct lapse *l, const char *project, struct arena *a,
	struct strs *ret, struct lapse_err *err)
{
	AUTO_BUF jql = {0};

	buf_str(&jql, "project = ");
	text_jql(&jql, project);
	buf_str(&jql, " ORDER BY key ASC");
	return core_search_ids(l, &jql, a, ret, err);
}

int core_issues(struct lapse *l, struct op *op, const struct jira_form *form,
	const struct strs *ids, size_t from, struct lapse_err *err)
{
	AUTO_BUF list = {0};
	int rc;

	for (size_t i = from; i < ids->n && i - from < CORE_ISSUES; i++)
		buf_fmt(&list, "%s%s", i > from ? "," : "", ids->items[i]);
	rc = buf_check(&list, err, "issues");
	op->step = jira_get_issues;
	if (op->name == NULL)
		op->name = "issues";
	op->key = buf_text(&list);
	jira_op_form(op, form);
	if (rc == 0)
		rc = core_jira(l, op, err);
	op_clear(op);
	return rc;
}
