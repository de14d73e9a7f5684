/* A campaign's own issue: filed as a portal request, for only those have
 * approvals, and claimed in the ledger before it is sent for. */
#include "review_deliver.h"

#include <string.h>

#include "review_private.h"
#include "texts_sheet.h"

static const char *desk_of(const struct config *c)
{
	for (size_t i = 0; i < c->projects.n; i++)
		if (strcmp(c->projects.items[i].id, c->review.project) == 0 &&
			c->projects.items[i].service_desk != NULL)
			return c->projects.items[i].service_desk;
	return c->review.project;
}

/* claimed: false where another process has it. */
static int put_campaign(struct delivering *d, int64_t sought_at,
	const char *issue, const char *key, bool *ret_claimed,
	struct lapse_err *err)
{
	struct lapse *l = d->l;
	struct campaign_row now;
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = campaign_get(l->ledger, d->c.id, d->arena, &now, err);
	*ret_claimed = rc == 0 && now.issue == NULL && (issue != NULL ||
		sought_at == WHEN_NONE || now.sought_at == WHEN_NONE);
	if (*ret_claimed) {
		now.sought_at = sought_at;
		now.issue = issue;
		now.issue_key = key;
		rc = campaign_put(l->ledger, &now, err);
	}
	rc = core_end(l, rc, err);
	if (rc == 0)
		d->c = now;
	return rc;
}

/* What a portal request is described with is wiki text. */
static int campaign_body(struct delivering *d, struct buf *out,
	struct lapse_err *err)
{
	AUTO_BUF summary = {0};
	AUTO_BUF text = {0};
	AUTO_BUF wiki = {0};
	struct json_out w = {.out = out};

	sheet_say_campaign(&summary, &d->c);
	sheet_campaign_text(&text, &d->c, d->sheets.list.n);
	wiki_escape(&wiki, buf_text(&text));
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "serviceDeskId", desk_of(d->l->config));
	json_put_text(&w, "requestTypeId",
		d->l->config->review.campaign_request);
	json_put_open(&w, "requestFieldValues", '{');
	json_put_text(&w, "summary", buf_text(&summary));
	json_put_text(&w, "description", buf_text(&wiki));
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	if (summary.failed || text.failed || wiki.failed)
		return lapse_fail_nomem(err);
	return buf_check(out, err, "campaign");
}

static int create_campaign(struct delivering *d, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct op op = {
		.step = jira_create_request,
		.name = "create campaign",
		.arena = d->arena,
	};
	bool claimed = false;
	struct lapse_err why;
	int rc = campaign_body(d, &body, err);

	if (rc == 0)
		rc = put_campaign(d, core_now(d->l), NULL, NULL, &claimed,
			err);
	if (rc < 0 || !claimed)
		return rc;
	op.body = buf_text(&body);
	d->l->told_jira = true;
	rc = core_jira(d->l, &op, err);
	if (rc == 0)
		rc = put_campaign(d, core_now(d->l), arena_copy(d->arena,
			op.ret_id), op.ret, &claimed, err);
	else if (rc != LAPSE_EUNKNOWN && rc != LAPSE_EPROTO &&
		put_campaign(d, WHEN_NONE, NULL, NULL, &claimed, &why) < 0)
		rc = why.code;
	op_clear(&op);
	return rc;
}

/* A request cannot be given a property when it is filed: creator and summary
 * say which it is. */
static int find_campaign(struct delivering *d, struct lapse_err *err)
{
	AUTO_BUF summary = {0};
	struct strs ids = {0};
	struct strs keys = {0};
	bool claimed = false;
	int rc = review_created_since(d->l, d->c.sought_at, d->arena, &ids,
		&keys, err);

	if (rc == 0)
		rc = core_self(d->l, err);
	sheet_say_campaign(&summary, &d->c);
	for (size_t i = 0; i < ids.n && rc == 0; i++) {
		struct jira_issue *found = NULL;

		rc = core_issue(d->l, ids.items[i], NULL, d->arena, &found,
			err);
		if (found != NULL && found->creator.account != NULL &&
			strcmp(found->creator.account,
				d->l->self.account) == 0 &&
			found->summary != NULL && strcmp(found->summary,
				buf_text(&summary)) == 0)
			return put_campaign(d, d->c.sought_at, ids.items[i],
				keys.items[i], &claimed, err);
	}
	return rc < 0 ? rc : put_campaign(d, WHEN_NONE, NULL, NULL, &claimed,
		err);
}

static int mark_campaign(struct delivering *d, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};
	const struct review_mark mark = {.campaign = d->c.id};
	struct op op = {
		.step = jira_put_property,
		.name = "put property",
		.issue = d->c.issue,
		.key = REVIEW_PROPERTY,
		.serial = d->c.issue,
	};
	int rc;

	for (size_t i = 0; i < d->sheets.list.n; i++)
		if (d->sheets.list.items[i].issue != NULL)
			return 0;
	review_put_mark(&w, NULL, d->about.id, &mark, d->c.digest);
	rc = buf_check(&body, err, "property");
	op.body = buf_text(&body);
	if (rc == 0)
		rc = core_jira(d->l, &op, err);
	op_clear(&op);
	return rc;
}

int deliver_campaign(struct delivering *d, struct lapse_err *err)
{
	int rc = 0;

	if (d->c.issue == NULL && d->c.sought_at != WHEN_NONE &&
		core_now(d->l) - d->c.sought_at >= REVIEW_SETTLE_S)
		rc = find_campaign(d, err);
	if (rc == 0 && d->c.issue == NULL && d->c.sought_at == WHEN_NONE)
		rc = create_campaign(d, err);
	if (rc == 0 && d->c.issue == NULL)
		return lapse_fail(err, LAPSE_EITEM, "review '%s': its issue "
			"was sent for and no answer came; it is looked for "
			"after 5 minutes", d->c.name);
	return rc < 0 ? rc : mark_campaign(d, err);
}
