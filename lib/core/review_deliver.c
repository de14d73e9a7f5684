/* The issues of a campaign in Jira, in their order: its own, one for each
 * reviewer, then their sub-tasks and files. Each is claimed before it is sent
 * for; what was sent and never answered is looked for before it is sent again.
 * A run makes as many as its deadline allows, the next goes on. */
#include "review_deliver.h"

#include <string.h>

#include "hash.h"
#include "review.h"
#include "review_private.h"
#include "review_work.h"
#include "texts_sheet.h"

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

/* ---- The campaign's own issue ---- */

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

static int get_issue(struct lapse *l, const char *issue, struct arena *a,
	const struct jira_issue **ret, struct lapse_err *err)
{
	static const struct jira_form no_form;
	struct op op = {
		.step = jira_get_issue,
		.name = "get issue",
		.issue = issue,
		.arena = a,
	};
	int rc;

	jira_op_form(&op, &no_form);
	rc = core_jira(l, &op, err);
	*ret = rc == 0 && op.outcome == OP_FOUND ? op.ret : NULL;
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
		const struct jira_issue *found = NULL;

		rc = get_issue(d->l, ids.items[i], d->arena, &found, err);
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

static int deliver_campaign(struct delivering *d, struct lapse_err *err)
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

/* ---- Sheets ---- */

static int put_sheet(struct delivering *d, struct sheet_row *s,
	int64_t sought_at, const char *issue, const char *key,
	bool *ret_claimed, struct lapse_err *err)
{
	struct sheet_row now;
	int rc = sheet_get(d->l->ledger, s->id, d->arena, &now, err);

	*ret_claimed = rc == 0 && now.issue == NULL && (issue != NULL ||
		sought_at == WHEN_NONE || now.sought_at == WHEN_NONE);
	if (*ret_claimed) {
		now.sought_at = sought_at;
		now.issue = issue;
		now.issue_key = key;
		rc = sheet_put(d->l->ledger, &now, err);
	}
	if (rc == 0)
		*s = now;
	return rc;
}

static int put_sheet_mark(struct delivering *d, const struct sheet_row *s,
	struct json_out *w, struct lapse_err *err)
{
	const struct review_mark mark = {.campaign = d->c.id,
		.sheet = s->id};
	AUTO_BUF file = {0};
	char sha256[HASH_HEX];
	int rc = 0;

	if (s->csv)
		rc = deliver_file_bytes(d, s, &file, err);
	if (rc == 0 && s->csv)
		rc = hash_hex(buf_text(&file), file.len, sha256, err);
	if (rc < 0)
		return rc;
	json_put_open(w, "properties", '[');
	json_put_open(w, NULL, '{');
	json_put_text(w, "key", REVIEW_PROPERTY);
	review_put_mark(w, "value", d->about.id, &mark, s->csv ? sha256 :
		NULL);
	json_put_close(w, '}');
	json_put_close(w, ']');
	return 0;
}

static int sheet_element(struct delivering *d, const struct sheet_row *s,
	bool assigned, struct review_made *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF summary = {0};
	AUTO_BUF adf = {0};
	AUTO_BUF out = {0};
	struct json_out w = {.out = &out};
	struct item_rows items = {0};
	int rc = s->csv ? 0 :
		items_of_sheet(d->l->ledger, s->id, &a, &items, err);

	if (rc < 0)
		return rc;
	sheet_say_sheet(&summary, &d->c, s);
	sheet_document(&adf, &d->c, s, &items, delivering_zone(d, s->reviewer,
		&a));
	json_put_open(&w, NULL, '{');
	json_put_open(&w, "fields", '{');
	delivering_put_fields(&w, d, d->l->config->review.issue_type,
		buf_text(&summary), buf_text(&adf), assigned ? s->reviewer :
		NULL);
	json_put_close(&w, '}');
	rc = put_sheet_mark(d, s, &w, err);
	json_put_close(&w, '}');
	if (rc == 0 && (summary.failed || adf.failed || out.failed))
		return lapse_fail_nomem(err);
	*ret = (struct review_made){.element = arena_copy(d->arena,
		buf_text(&out))};
	return rc < 0 ? rc : arena_check(d->arena, err);
}

struct sheets_owed {
	struct sheet_row **rows;
	struct review_made *made;
	size_t n;
};

static int claim_sheets(struct delivering *d, struct sheets_owed *o,
	struct lapse_err *err)
{
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < d->sheets.list.n && rc == 0; i++) {
		struct sheet_row *s = &d->sheets.list.items[i];
		bool claimed = false;

		if (s->issue != NULL || s->sought_at != WHEN_NONE)
			continue;
		rc = put_sheet(d, s, core_now(d->l), NULL, NULL, &claimed,
			err);
		if (claimed)
			o->rows[o->n++] = s;
	}
	return core_end(d->l, rc, err);
}

static int keep_sheets(struct delivering *d, const struct sheets_owed *o,
	struct lapse_err *err)
{
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < o->n && rc == 0; i++) {
		const struct review_made *m = &o->made[i];
		bool any;

		if (!m->doubtful)
			rc = put_sheet(d, o->rows[i], m->id != NULL ?
				o->rows[i]->sought_at : WHEN_NONE, m->id,
				m->key, &any, err);
	}
	return core_end(d->l, rc, err);
}

/* Who cannot be assigned is asked all the same: the ledger knows whose it
 * is. */
static int make_bare(struct delivering *d, struct sheets_owed *o,
	struct lapse_err *ret_why, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < o->n && rc == 0; i++) {
		if (!o->made[i].refused)
			continue;
		*ret_why = (struct lapse_err){0};
		rc = sheet_element(d, o->rows[i], false, &o->made[i], err);
		if (rc == 0)
			rc = review_make(d->l, &o->made[i], 1, d->arena,
				ret_why, err);
	}
	return rc;
}

static int make_sheets(struct delivering *d, struct lapse_err *err)
{
	struct sheets_owed o = {
		.rows = arena_alloc(d->arena, (d->sheets.list.n + 1) *
			sizeof(struct sheet_row *)),
		.made = arena_alloc(d->arena, (d->sheets.list.n + 1) *
			sizeof(*o.made)),
	};
	struct lapse_err why = {0};
	int rc = o.rows == NULL || o.made == NULL ? lapse_fail_nomem(err) :
		claim_sheets(d, &o, err);

	for (size_t i = 0; i < o.n && rc == 0; i++)
		rc = sheet_element(d, o.rows[i], true, &o.made[i], err);
	if (rc == 0 && o.n > 0)
		rc = review_make(d->l, o.made, o.n, d->arena, &why, err);
	if (rc == 0)
		rc = make_bare(d, &o, &why, err);
	if (rc == 0 && o.n > 0)
		rc = keep_sheets(d, &o, err);
	return rc < 0 ? rc : delivering_note(d, why.code, &why, err);
}

static int match_sheet(struct delivering *d, const char *id, const char *key,
	struct lapse_err *err)
{
	struct review_mark mark = {0};
	struct sheet_row known;
	bool any;
	int rc = sheet_of_issue(d->l->ledger, id, d->arena, &known, err);

	if (rc == 0 || rc != LAPSE_ENOTFOUND)
		return rc;
	rc = review_mark_of(d->l, id, &mark, err);
	for (size_t i = 0; i < d->sheets.list.n && rc == 0; i++) {
		struct sheet_row *s = &d->sheets.list.items[i];

		if (s->issue != NULL || mark.campaign != d->c.id ||
			mark.sheet != s->id)
			continue;
		rc = core_begin(d->l, err);
		if (rc == 0)
			rc = core_end(d->l, put_sheet(d, s, s->sought_at, id,
				key, &any, err), err);
	}
	return rc;
}

static bool is_doubtful(const struct delivering *d, const struct sheet_row *s)
{
	return s->issue == NULL && s->sought_at != WHEN_NONE &&
		core_now(d->l) - s->sought_at >= REVIEW_SETTLE_S;
}

static int settle_doubts(struct delivering *d, struct lapse_err *err)
{
	struct strs ids = {0};
	struct strs keys = {0};
	int64_t since = WHEN_NONE;
	int rc = 0;

	for (size_t i = 0; i < d->sheets.list.n; i++) {
		const struct sheet_row *s = &d->sheets.list.items[i];

		if (is_doubtful(d, s) && (since == WHEN_NONE ||
			s->sought_at < since))
			since = s->sought_at;
	}
	if (since == WHEN_NONE)
		return 0;
	rc = review_created_since(d->l, since, d->arena, &ids, &keys, err);
	for (size_t i = 0; i < ids.n && rc == 0; i++)
		rc = match_sheet(d, ids.items[i], keys.items[i], err);
	if (rc == 0)
		rc = core_begin(d->l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < d->sheets.list.n && rc == 0; i++) {
		struct sheet_row *s = &d->sheets.list.items[i];
		bool any;

		if (is_doubtful(d, s))
			rc = put_sheet(d, s, WHEN_NONE, NULL, NULL, &any, err);
	}
	return core_end(d->l, rc, err);
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
	}
	rc = core_end(d->l, rc, err);
	if (rc == 0)
		d->c = now;
	return rc;
}

/* ---- All of it ---- */

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
	int rc = settle_doubts(d, &why);

	rc = delivering_note(d, rc, &why, err);
	if (rc == 0 && !delivering_is_over(d))
		rc = make_sheets(d, err);
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
