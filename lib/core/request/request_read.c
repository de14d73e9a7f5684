/* Reading a request: the issue as it is now, and its inputs as the form's
 * field ids give them. Nothing is decided here. */
#include <string.h>

#include "anchor.h"
#include "projection.h"
#include "request.h"

void request_clear(struct request *r)
{
	arena_clear(&r->arena);
	memset(r, 0, sizeof(*r));
}

static const struct project *find_project(const struct config *c,
	const char *id)
{
	for (size_t i = 0; i < c->projects.n; i++)
		if (strcmp(c->projects.items[i].id, id) == 0)
			return &c->projects.items[i];
	return NULL;
}

static const struct request_type *first_type(const struct config *c)
{
	for (size_t i = 0; i < c->projects.n; i++)
		if (c->projects.items[i].types.n > 0)
			return &c->projects.items[i].types.items[0];
	return NULL;
}

static int read_issue(struct lapse *l, const char *issue,
	const struct request_type *type, struct request *r,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_issue,
		.name = "issue",
		.issue = issue,
		.id = PROJECTION_PROPERTY,
		.arena = &r->arena,
	};
	int rc;

	jira_op_form(&op, &type->form);
	rc = core_jira(l, &op, err);
	if (rc == 0 && op.outcome == OP_GONE)
		rc = lapse_fail(err, LAPSE_ENOTFOUND,
			"jira: issue '%s': not found, or hidden from lapse; "
			"check the key and the bot's browse permission",
			issue);
	if (rc == 0)
		r->issue = op.ret;
	op_clear(&op);
	return rc;
}

static int read_approvals(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_approvals,
		.name = "approvals",
		.issue = r->issue->id,
		.arena = &r->arena,
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0)
		r->approvals = op.ret;
	op_clear(&op);
	return rc;
}

int request_history(struct lapse *l, struct request *r, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_history,
		.name = "history",
		.issue = r->issue->id,
		.arena = &r->arena,
	};
	int rc;

	if (r->history != NULL)
		return 0;
	rc = core_jira(l, &op, err);
	if (rc == 0)
		r->history = op.ret;
	op_clear(&op);
	return rc;
}

/* The form is the request type's; which type it is says the issue. */
static int read_by_its_form(struct lapse *l, const char *issue,
	struct request *r, struct lapse_err *err)
{
	const struct request_type *type = first_type(l->config);
	int rc;

	if (type == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: 'project': no request type is configured",
			l->config->path);
	rc = read_issue(l, issue, type, r, err);
	if (rc < 0)
		return rc;
	r->project = find_project(l->config, r->issue->project);
	if (r->project == NULL || r->issue->request_type == NULL)
		return 0;
	r->type = config_request_type(l->config, r->issue->project,
		r->issue->request_type);
	if (r->type == NULL || r->type == type)
		return 0;
	return read_issue(l, issue, r->type, r, err);
}

int request_read(struct lapse *l, const char *issue, struct request *ret,
	struct lapse_err *err)
{
	int rc = read_by_its_form(l, issue, ret, err);

	if (rc == 0)
		rc = anchor_hold_property(l, ret->issue->key,
			ret->issue->property, err);
	if (rc == 0)
		rc = request_mark(l->ledger, ret->issue->id, &ret->arena,
			&ret->mark, err);
	if (rc == 0)
		rc = request_of_issue(l->ledger, ret->issue->id, &ret->arena,
			&ret->row, err);
	if (rc == 0)
		rc = adoption_of_issue(l->ledger, ret->issue->id, &ret->arena,
			&ret->adoption, err);
	if (rc == 0 && ret->type != NULL)
		rc = read_approvals(l, ret, err);
	return rc;
}
