/* Grants that no request made (break-glass, adopt) get an issue of their own,
 * beside the ledger's anchor; Jira may be down, then it is owed. A
 * break-glass grant is flagged until somebody who neither ran it nor got it
 * closes that issue. */
#include "record_issue.h"

#include <string.h>

#include "grants.h"
#include "json.h"
#include "log.h"
#include "notice.h"
#include "record_rows.h"
#include "request.h"
#include "story.h"
#include "sync.h"
#include "text.h"
#include "texts.h"

int record_anchor(struct lapse *l, struct arena *a,
	struct jira_issue **ret, struct lapse_err *err)
{
	struct ledger_about about;
	struct jira_issue *anchor = NULL;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc < 0)
		return rc;
	if (about.anchor_issue[0] == '\0')
		return lapse_fail(err, LAPSE_ECONFIG, "anchor: there is none; "
			"`lapse init` makes it");
	rc = core_issue(l, about.anchor_issue, NULL, a, &anchor, err);
	if (rc == 0 && anchor == NULL)
		rc = lapse_fail(err, LAPSE_ENOTFOUND,
			"anchor: issue '%s': not found", about.anchor_issue);
	if (rc == 0)
		*ret = anchor;
	return rc;
}

static void body_of(const struct jira_issue *anchor, const char *summary,
	const char *text, const char *reporter, struct buf *out)
{
	struct json_out w = {.out = out};
	struct buf adf = {0};

	adf_from_text(&adf, text);
	json_put_open(&w, NULL, '{');
	json_put_open(&w, "fields", '{');
	json_put_open(&w, "project", '{');
	json_put_text(&w, "id", anchor->project);
	json_put_close(&w, '}');
	json_put_open(&w, "issuetype", '{');
	json_put_text(&w, "id", anchor->type);
	json_put_close(&w, '}');
	json_put_text(&w, "summary", summary);
	if (reporter != NULL) {
		json_put_open(&w, "reporter", '{');
		json_put_text(&w, "accountId", reporter);
		json_put_close(&w, '}');
	}
	json_put_raw(&w, "description", buf_text(&adf));
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	out->failed = out->failed || adf.failed;
	buf_clear(&adf);
}

static int keep_issue(struct lapse *l, const struct grant_row *g,
	const char *id, const char *key, struct lapse_err *err)
{
	struct evidence e = {.kind = "recorded", .issue = id, .grant = g->id};
	int64_t seq = 0;
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = grant_set_issue(l->ledger, g->id, id, key, err);
	if (rc == 0)
		rc = core_evidence(l, &e, &seq, err);
	if (rc == 0)
		rc = notice_owe(l, id, NOTICE_PROPERTY, NULL, NULL, seq, err);
	return core_end(l, rc, err);
}

int record_create(struct lapse *l, const struct jira_issue *anchor,
	const char *summary, const char *text, const char *reporter,
	struct arena *a, const char **ret_id, const char **ret_key,
	struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct op op = {
		.step = jira_create_issue,
		.name = "record",
		.arena = a,
		.serial = "record",
	};
	const char *id;
	int rc;

	body_of(anchor, summary, text, reporter, &body);
	rc = buf_check(&body, err, "record issue");
	op.body = buf_text(&body);
	if (rc == 0)
		rc = core_jira(l, &op, err);
	id = rc == 0 ? arena_copy(a, op.ret_id) : NULL;
	if (rc == 0)
		rc = arena_check(a, err);
	if (rc == 0) {
		*ret_id = id;
		*ret_key = op.ret;
	}
	op_clear(&op);
	return rc;
}

/* ---- A reply that was lost ---- */

static bool is_lost(const struct lapse *l, const struct record_lost *q,
	const struct jira_issue *i)
{
	return i->creator.account != NULL && i->summary != NULL &&
		i->reporter.account != NULL &&
		strcmp(i->creator.account, l->self.account) == 0 &&
		strcmp(i->reporter.account, q->reporter) == 0 &&
		strcmp(i->summary, q->summary) == 0 &&
		!q->taken(q->arg, i->id);
}

static int look_at(struct lapse *l, const struct record_lost *q,
	const char *issue, struct arena *a, const char **ret_id,
	const char **ret_key, struct lapse_err *err)
{
	struct jira_issue *i = NULL;
	int rc = core_issue(l, issue, NULL, a, &i, err);

	if (i != NULL && is_lost(l, q, i)) {
		*ret_id = i->id;
		*ret_key = i->key;
	}
	return rc;
}

int record_find(struct lapse *l, const struct jira_issue *anchor,
	const struct record_lost *q, struct arena *a, const char **ret_id,
	const char **ret_key, struct lapse_err *err)
{
	AUTO_BUF jql = {0};
	struct strs ids = {0};
	int rc = core_self(l, err);

	buf_str(&jql, "project = ");
	text_jql(&jql, anchor->project);
	buf_str(&jql, " AND reporter = ");
	text_jql(&jql, q->reporter);
	buf_fmt(&jql, " AND created >= -%lldm ORDER BY created ASC, key ASC",
		(long long)((core_now(l) - q->since) / 60 + 5));
	if (rc == 0)
		rc = core_search_ids(l, &jql, a, &ids, err);
	for (size_t i = 0; i < ids.n && rc == 0 && *ret_id == NULL; i++)
		rc = look_at(l, q, ids.items[i], a, ret_id, ret_key, err);
	return rc;
}

/* ---- Grants without an issue ---- */

/* Access that a review ends and that had no issue before. */
static bool is_reviewed(const struct grant_row *g)
{
	return g->end_reason != NULL && strcmp(g->end_reason, "reviewed") == 0;
}

static bool is_a_grants(void *arg, const char *id)
{
	AUTO_ARENA a = {0};
	struct lapse *l = arg;
	struct grant_rows rows = {0};

	return grants_of_issue(l->ledger, id, &a, &rows, NULL) < 0 ||
		rows.list.n > 0;
}

static int set_sought(struct lapse *l, int64_t grant, int64_t at,
	struct lapse_err *err)
{
	int rc = core_begin(l, err);

	return rc < 0 ? rc :
			core_end(l, record_set_sought(l->ledger, grant, at, err),
				err);
}

/* One that was sent and not answered is looked for, once Jira's search must
 * show it, and only then sent again. */
static int find_sought(struct lapse *l, const struct grant_row *g,
	const struct jira_issue *anchor, const char *summary, struct arena *a,
	const char **ret_id, const char **ret_key, struct lapse_err *err)
{
	struct record_lost q = {.summary = summary, .taken = is_a_grants,
		.arg = l};
	int rc = record_sought(l->ledger, g->id, &q.since, err);

	if (rc < 0 || q.since == WHEN_NONE)
		return rc;
	if (core_now(l) - q.since < RECORD_SETTLE_S)
		return lapse_fail(err, LAPSE_EITEM, "grant %lld: its issue may "
			"have been made already; after 10 min it is looked for",
			(long long)g->id);
	rc = core_self(l, err);
	q.reporter = l->self.account;
	return rc < 0 ? rc :
			record_find(l, anchor, &q, a, ret_id, ret_key, err);
}

static int make_issue(struct lapse *l, const struct grant_row *g,
	const struct jira_issue *anchor, const char *summary, const char *text,
	struct arena *a, const char **ret_id, const char **ret_key,
	struct lapse_err *err)
{
	struct lapse_err ignored;
	int rc = set_sought(l, g->id, core_now(l), err);

	if (rc < 0)
		return rc;
	rc = record_create(l, anchor, summary, text, NULL, a, ret_id, ret_key,
		err);
	if (rc < 0 && rc != LAPSE_EUNKNOWN)
		set_sought(l, g->id, WHEN_NONE, &ignored);
	return rc;
}

static int record_one(struct lapse *l, const struct grant_row *g,
	const struct jira_issue *anchor, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	struct texts_about about;
	const char *summary;
	const char *id = NULL;
	const char *key = NULL;
	int rc;

	story_of_grant(l, g, &a, &about);
	about.by = story_name(l, g->operator, &a);
	if (is_reviewed(g)) {
		about.by = story_name(l, g->end_by, &a);
		about.words = g->end_note;
		texts_reviewed(&text, &about);
	} else if (g->break_glass) {
		texts_break_glass(&text, &about);
	} else {
		texts_adopted(&text, &about);
	}
	summary = arena_fmt(&a, "%s: %s for %s",
		is_reviewed(g) ?
		"Reviewed" : g->break_glass ? "Break-glass" : "Adopted", g->role,
		about.beneficiary);
	rc = buf_check(&text, err, "record issue");
	if (rc == 0)
		rc = arena_check(&a, err);
	if (rc == 0)
		rc = find_sought(l, g, anchor, summary, &a, &id, &key, err);
	if (rc == 0 && id == NULL)
		rc = make_issue(l, g, anchor, summary, buf_text(&text), &a,
			&id, &key, err);
	return rc < 0 ? rc : keep_issue(l, g, id, key, err);
}

static int record_all(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows rows = {0};
	struct jira_issue *anchor = NULL;
	int rc = grants_unrecorded(l->ledger, &a, &rows, err);

	if (rc < 0 || rows.list.n == 0)
		return rc;
	rc = record_anchor(l, &a, &anchor, err);
	for (size_t i = 0; i < rows.list.n && rc == 0; i++) {
		rc = record_one(l, &rows.list.items[i], anchor, err);
		/* One that is in doubt does not keep the others waiting. */
		if (rc == LAPSE_EITEM || rc == LAPSE_EUNKNOWN) {
			core_note(l, LAPSE_EXIT_RETRY, err);
			rc = 0;
		}
	}
	return rc;
}

/* Who closed the issue, if it was somebody who may say so: the author of its
 * last move, not of one before. */
static const char *acknowledged_by(struct lapse *l,
	const struct grant_row *g, const struct request *r)
{
	const char *by = NULL;

	if (strcmp(r->issue->status_category, "done") != 0)
		return NULL;
	for (size_t i = 0; i < r->history->edits.n; i++)
		if (strcmp(r->history->edits.items[i].field, "status") == 0)
			by = r->history->edits.items[i].author;
	if (by == NULL || strcmp(by, g->account) == 0 ||
		strcmp(by, l->self.account) == 0 ||
		(g->operator != NULL && strcmp(by, g->operator) == 0))
		return NULL;
	return by;
}

static int acknowledge(struct lapse *l, const struct grant_row *g,
	struct lapse_err *err)
{
	__attribute__((cleanup(request_clear))) struct request r = {0};
	struct evidence e = {
		.kind = "acknowledged",
		.issue = g->issue,
		.grant = g->id,
	};
	bool now = false;
	int rc = request_read(l, g->issue, &r, err);

	if (rc == 0)
		rc = request_history(l, &r, err);
	if (rc == 0)
		rc = core_self(l, err);
	if (rc < 0)
		return rc;
	e.actor = acknowledged_by(l, g, &r);
	if (e.actor == NULL)
		return 0;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = grant_set_acknowledged(l->ledger, g->id, e.actor, &now, err);
	if (rc == 0 && now)
		rc = core_evidence(l, &e, NULL, err);
	return core_end(l, rc, err);
}

static int record_and_acknowledge(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows rows = {0};
	int rc = record_all(l, err);

	if (rc == 0)
		rc = grants_unacknowledged(l->ledger, &a, &rows, err);
	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		rc = acknowledge(l, &rows.list.items[i], err);
	return rc;
}

/* Of two runs at once one does it: each would make an issue of its own. */
int record_issues(struct lapse *l, struct lapse_err *err)
{
	bool alone = false;
	int rc = core_alone(l, LEDGER_RECORD, 0, &alone, err);

	if (rc < 0 || !alone)
		return rc;
	rc = record_and_acknowledge(l, err);
	core_leave(l, LEDGER_RECORD);
	return rc;
}
