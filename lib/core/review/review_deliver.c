/* The issues of a campaign in Jira, in their order: its own, one for each
 * reviewer, then their sub-tasks and files. Each (review_campaign.c,
 * review_sheets.c, review_task.c, review_sheet_file.c) is claimed before it is sent
 * for; what was sent and never answered is looked for before it is sent again.
 * A run makes as many as its deadline allows, the next goes on. */
#include "review_deliver.h"

#include <string.h>

#include "notice.h"
#include "people.h"
#include "review.h"
#include "review_file.h"
#include "review_work.h"

int delivering_note(struct delivering *d, int rc, const struct lapse_err *why,
	struct lapse_err *err)
{
	if (rc < 0 && rc <= LAPSE_EINTERNAL) {
		*err = *why;
		return rc;
	}
	if (rc < 0 && d->why.code == 0)
		d->why = *why;
	return 0;
}

bool delivering_is_over(const struct delivering *d)
{
	return core_stopped(d->l) || d->l->jira_failed ||
		d->why.code == LAPSE_EAGAIN || d->why.code == LAPSE_EUNAVAIL ||
		d->why.code == LAPSE_EAUTH;
}

static void put_id(struct json_out *w, const char *key, const char *id)
{
	json_put_open(w, key, '{');
	json_put_text(w, "id", id);
	json_put_close(w, '}');
}

void delivering_put_fields(struct json_out *w, const struct delivering *d,
	const char *type, const char *summary, const char *adf,
	const char *assignee)
{
	put_id(w, "project", d->l->config->review.project);
	put_id(w, "issuetype", type);
	json_put_text(w, "summary", summary);
	json_put_raw(w, "description", adf);
	if (assignee == NULL)
		return;
	json_put_open(w, "assignee", '{');
	json_put_text(w, "accountId", assignee);
	json_put_close(w, '}');
}

const char *delivering_zone(const struct delivering *d, const char *account,
	struct arena *a)
{
	struct account_row row = {0};

	return account_get(d->l->ledger, account, a, &row, NULL) == 0 ?
		row.zone : NULL;
}

/* ---- Told ---- */

static int tell_asked(struct delivering *d, const struct sheet_row *s,
	struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {.kind = "review-asked", .issue = s->issue,
		.actor = "lapse"};

	json_put_open(&w, NULL, '{');
	json_put_int(&w, "campaign", d->c.id);
	json_put_int(&w, "sheet", s->id);
	json_put_text(&w, "reviewer", s->reviewer);
	json_put_text(&w, "why", s->why);
	json_put_int(&w, "items", s->items);
	json_put_text(&w, "form", s->csv ? "csv" : "tasks");
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(d->l, &e, NULL, err);
}

static int set_told(struct delivering *d, struct sheet_row *s,
	struct lapse_err *err)
{
	struct sheet_row now = {0};
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	rc = sheet_get(d->l->ledger, s->id, d->arena, &now, err);
	now.told_at = core_now(d->l);
	if (rc == 0)
		rc = sheet_put(d->l->ledger, &now, err);
	if (rc == 0)
		rc = tell_asked(d, &now, err);
	if (rc == 0)
		rc = notice_owe(d->l, now.issue, NOTICE_PROPERTY, NULL, NULL,
			0, err);
	rc = core_end(d->l, rc, err);
	if (rc == 0)
		*s = now;
	return rc;
}

static int has_all_tasks(struct delivering *d, const struct sheet_row *s,
	bool *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct item_rows items = {0};
	int rc = items_of_sheet(d->l->ledger, s->id, &a, &items, err);

	*ret = rc == 0;
	for (size_t i = 0; i < items.list.n; i++)
		*ret = *ret && items.list.items[i].task != NULL;
	return rc;
}

static int finish_sheets(struct delivering *d, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < d->sheets.list.n && rc == 0; i++) {
		struct sheet_row *s = &d->sheets.list.items[i];
		struct lapse_err why = {0};
		bool done = false;

		if (s->issue == NULL || s->told_at != WHEN_NONE)
			continue;
		if (!s->csv)
			rc = has_all_tasks(d, s, &done, &why);
		else if (!delivering_is_over(d))
			rc = deliver_file(d, s, &done, &why);
		if (rc == 0 && done)
			rc = set_told(d, s, &why);
		rc = delivering_note(d, rc, &why, err);
	}
	return rc;
}

static int set_open(struct delivering *d, struct lapse_err *err)
{
	struct campaign_row now;
	int rc;

	for (size_t i = 0; i < d->sheets.list.n; i++)
		if (d->sheets.list.items[i].told_at == WHEN_NONE)
			return 0;
	rc = core_begin(d->l, err);
	if (rc < 0)
		return rc;
	rc = campaign_get(d->l->ledger, d->c.id, d->arena, &now, err);
	if (rc == 0 && strcmp(now.state, "opening") == 0) {
		now.state = "open";
		rc = campaign_put(d->l->ledger, &now, err);
		if (rc == 0)
			rc = notice_owe(d->l, now.issue, NOTICE_PROPERTY,
				NULL, NULL, 0, err);
	}
	rc = core_end(d->l, rc, err);
	if (rc == 0)
		d->c = now;
	return rc;
}

/* ---- All of it ---- */

/* Before anybody is asked it stands in Jira what of, so that no answer is lost
 * with this host. Where Jira does not take it, that is said, and people are
 * asked all the same. */
static int keep_population(struct delivering *d, struct lapse_err *err)
{
	struct lapse_err why = {0};
	int rc;

	if (strcmp(d->c.state, "opening") != 0)
		return 0;
	rc = review_file_deliver(d->l, &d->c, REVIEW_POPULATION, &why);
	return delivering_note(d, rc, &why, err);
}

static void say_owed(struct delivering *d)
{
	struct lapse_err line;
	size_t owed = 0;

	if (strcmp(d->c.state, "opening") != 0)
		return;
	for (size_t i = 0; i < d->sheets.list.n; i++)
		owed += d->sheets.list.items[i].told_at == WHEN_NONE;
	lapse_fail(&line, LAPSE_EITEM, "review '%s': %zu of %zu reviewers not "
		"asked yet; `lapse sync` goes on with it%s%s", d->c.name, owed,
		d->sheets.list.n, d->why.code != 0 ? ": " : "",
		d->why.code != 0 ? d->why.text : "");
	core_note(d->l, LAPSE_EXIT_RETRY, &line);
}

static int deliver_rest(struct delivering *d, struct lapse_err *err)
{
	struct lapse_err why = {0};
	int rc = deliver_sheet_doubts(d, &why);

	rc = delivering_note(d, rc, &why, err);
	if (rc == 0 && !delivering_is_over(d))
		rc = deliver_sheets(d, err);
	if (rc == 0 && !delivering_is_over(d))
		rc = deliver_tasks(d, err);
	if (rc == 0)
		rc = finish_sheets(d, err);
	return rc < 0 ? rc : set_open(d, err);
}

static int deliver_one(struct lapse *l, const struct campaign_row *c,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 512 << 20};
	struct delivering d = {.l = l, .arena = &a, .c = *c};
	struct lapse_err why = {0};
	int rc = ledger_about(l->ledger, &d.about, err);

	if (rc == 0)
		rc = sheets(l->ledger, c->id, &a, &d.sheets, err);
	if (rc < 0)
		return rc;
	rc = l->jira_failed ? 0 : deliver_campaign(&d, &why);
	if (l->jira_failed)
		d.why = l->jira_why;
	rc = delivering_note(&d, rc, &why, err);
	if (rc == 0 && d.c.issue != NULL && !delivering_is_over(&d))
		rc = keep_population(&d, err);
	if (rc == 0 && d.c.issue != NULL && !delivering_is_over(&d))
		rc = deliver_rest(&d, err);
	say_owed(&d);
	return rc;
}

/* An open one is again, when items were moved or decided in a file. */
static int is_owed(struct lapse *l, const struct campaign_row *c, bool *ret,
	struct lapse_err *err)
{
	*ret = strcmp(c->state, "opening") == 0;
	return strcmp(c->state, "open") == 0 ?
		review_owes(l->ledger, c->id, ret, err) : 0;
}

int review_deliver(struct lapse *l, int64_t campaign, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 64 << 20};
	struct campaign_rows live = {0};
	int rc;

	if (l->dry_run || l->stale || l->taken_over)
		return 0;
	rc = campaigns(l->ledger, true, &a, &live, err);
	for (size_t i = 0; i < live.list.n && rc == 0; i++) {
		const struct campaign_row *c = &live.list.items[i];
		bool owes = false;

		if (campaign != 0 && c->id != campaign)
			continue;
		rc = is_owed(l, c, &owes, err);
		if (rc == 0 && owes)
			rc = deliver_one(l, c, err);
	}
	return rc;
}
