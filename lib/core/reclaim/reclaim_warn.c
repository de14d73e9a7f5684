/* Warning the people whose access is idle, and taking a warning back. A
 * grant's stands on the grant's own issue; what has none gets an issue of its
 * own, beside the anchor, and the grace begins when that is there. */
#include <string.h>

#include "json.h"
#include "notice.h"
#include "people.h"
#include "reclaim_private.h"
#include "record_issue.h"
#include "story.h"
#include "texts_reclaim.h"

/* ---- Evidence ---- */

static void put_use(struct json_out *w, const struct reclaim_told *t)
{
	if (t->use == NULL)
		return;
	json_put_text(w, "last_use", use_name(t->use->kind));
	json_put_time(w, "last_use_at", t->use->kind == USE_UNKNOWN ?
		WHEN_NONE : t->use->at);
	json_put_text(w, "last_use_source", t->use->source);
	json_put_bool(w, "of_application", t->use->of_application);
}

static void put_policy(struct json_out *w, const struct reclaim_told *t)
{
	if (t->role == NULL)
		return;
	json_put_int(w, "inactive_after_s", t->role->inactive_after);
	json_put_text(w, "policy", t->role->sha256);
}

static void put_seats(struct json_out *w, const struct reclaim_told *t)
{
	if (!t->settled)
		return;
	json_put_int(w, "seats", t->seat);
	json_put_text(w, "money", t->seat && t->role != NULL ?
		reclaim_seat_cost(t->role) : NULL);
}

int reclaim_tell(struct lapse *l, const struct reclaim_told *t,
	int64_t *ret_seq, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	const struct reclaim_row *r = t->row;
	struct evidence e = {
		.kind = t->kind,
		.issue = r->issue,
		.grant = t->grant,
		.idp = r->m.idp,
		.group = r->m.group,
		.user = r->m.user,
	};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "role", r->role);
	json_put_text(&w, "account", r->account);
	json_put_time(&w, "warned_at", r->warned_at);
	json_put_time(&w, "due_at", r->due_at);
	put_use(&w, t);
	put_policy(&w, t);
	put_seats(&w, t);
	if (t->why != NULL)
		json_put_text(&w, "why", t->why);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(l, &e, ret_seq, err);
}

/* ---- Words ---- */

static void words_of(struct reclaim *v, const struct reclaim_unit *u,
	struct texts_unused *ret)
{
	const struct reclaim_part *p = &u->parts.items[0];

	/* The one that was used last speaks for all. */
	for (size_t i = 1; i < u->parts.n; i++)
		if (u->parts.items[i].use.at > p->use.at)
			p = &u->parts.items[i];
	*ret = (struct texts_unused){
		.arena = v->arena,
		.beneficiary = story_name(v->l, u->account, v->arena),
		.role = u->role->name,
		.application = u->role->application->name,
		.zone = story_zone(v->l, u->account, v->arena),
		.seen = p->use.kind == USE_SEEN,
		.at = p->use.at,
		.source = p->use.source,
		.of_application = p->use.of_application,
		.due_at = u->due_at,
		.before_lapse = u->g.id == 0,
		.why = u->why,
	};
}

/* A name to call them by, read once. */
static void note_person(struct reclaim *v, const char *account)
{
	struct account_row row = {0};
	struct jira_person p = {0};
	struct lapse_err why;

	if (account_get(v->l->ledger, account, v->arena, &row, NULL) < 0)
		(void)people_account_fresh(v->l, account, v->arena, &p, &why);
}

/* ---- The warning ---- */

static int add_row(struct reclaim *v, const struct reclaim_unit *u,
	struct reclaim_part *p, int64_t *ret_seq, struct lapse_err *err)
{
	struct reclaim_row row = {
		.m = p->m,
		.role = u->role->name,
		.account = u->account,
		.grant = u->g.id,
		.state = "warned",
		.warned_at = core_now(v->l),
		.due_at = u->due_at,
		.last_use = use_name(p->use.kind),
		.last_use_at = p->use.at,
		.last_use_source = p->use.source,
		.issue = u->g.issue,
		.issue_key = u->g.issue_key,
		.settled_at = WHEN_NONE,
	};
	struct reclaim_told told = {
		.kind = "reclaim-warned",
		.row = &row,
		.grant = u->g.id,
		.role = u->role,
		.use = &p->use,
	};
	int rc = reclaim_add(v->l->ledger, &row, &row.id, err);

	if (rc == 0 && row.id == 0)
		return lapse_fail(err, LAPSE_EITEM, "%s: group '%s': user "
			"'%s': another run warns them just now", p->m.idp,
			p->m.group, p->m.user);
	if (rc == 0)
		rc = reclaim_tell(v->l, &told, ret_seq, err);
	if (rc == 0)
		p->row = row;
	return rc;
}

static int add_rows(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct texts_unused words;
	const char *grace;
	int64_t seq = 0;
	int rc = 0;

	for (size_t i = 0; i < u->parts.n && rc == 0; i++)
		rc = add_row(v, u, &u->parts.items[i], &seq, err);
	words_of(v, u, &words);
	words.due_at = WHEN_NONE;
	grace = arena_fmt(v->arena, "grace %lld %s",
		(long long)u->role->reclaim_grace,
		words.zone != NULL ? words.zone : "");
	texts_unused(&text, &words);
	if (rc == 0)
		rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = arena_check(v->arena, err);
	return rc < 0 ? rc : notice_owe(v->l, u->g.issue, NOTICE_COMMENT,
		buf_text(&text), grace, seq, err);
}

/* ---- An issue of its own ---- */

static int keep_issue(struct reclaim *v, struct reclaim_unit *u,
	const char *id, const char *key, struct lapse_err *err)
{
	struct reclaim_part *p = &u->parts.items[0];
	struct evidence e = {
		.kind = "recorded",
		.issue = id,
		.idp = p->m.idp,
		.group = p->m.group,
		.user = p->m.user,
	};
	int rc = core_begin(v->l, err);

	if (rc < 0)
		return rc;
	p->row.issue = id;
	p->row.issue_key = key;
	p->row.warned_at = core_now(v->l);
	p->row.due_at = u->due_at;
	rc = reclaim_put(v->l->ledger, &p->row, err);
	if (rc == 0)
		rc = core_evidence(v->l, &e, NULL, err);
	return core_end(v->l, rc, err);
}

static bool is_taken(void *arg, const char *id)
{
	const struct reclaim *v = arg;

	for (size_t i = 0; i < v->units.n; i++)
		for (size_t n = 0; n < v->units.items[i].parts.n; n++) {
			const char *issue =
				v->units.items[i].parts.items[n].row.issue;

			if (issue != NULL && strcmp(issue, id) == 0)
				return true;
		}
	return false;
}

/* A run that died may have made it: it is looked for, once Jira's search must
 * show it, and only then made again. */
static int find_issue(struct reclaim *v, struct reclaim_unit *u,
	const struct jira_issue *anchor, const char *summary,
	const char **ret_id, const char **ret_key, struct lapse_err *err)
{
	struct reclaim_row *row = &u->parts.items[0].row;
	const struct record_lost q = {summary, u->account, row->warned_at,
		is_taken, v};
	int rc;

	if (core_now(v->l) - row->warned_at < RECORD_SETTLE_S)
		return lapse_fail(err, LAPSE_EITEM, "%s: group '%s': the "
			"issue for '%s' may have been made already; after "
			"10 min it is looked for", row->m.idp, row->m.group,
			row->m.user);
	rc = record_find(v->l, anchor, &q, v->arena, ret_id, ret_key, err);
	if (rc < 0 || *ret_id != NULL)
		return rc;
	row->warned_at = core_now(v->l);
	rc = core_begin(v->l, err);
	return rc < 0 ? rc : core_end(v->l, reclaim_put(v->l->ledger, row,
		err), err);
}

/* The person is its reporter, or could not read it. */
static int make_issue(struct reclaim *v, struct reclaim_unit *u, bool again,
	struct lapse_err *err)
{
	AUTO_BUF summary = {0};
	AUTO_BUF text = {0};
	struct texts_unused words;
	struct jira_issue *anchor = NULL;
	const char *id = NULL;
	const char *key = NULL;
	int rc = record_anchor(v->l, v->arena, &anchor, err);

	if (rc < 0)
		return rc;
	u->due_at = core_now(v->l) + u->role->reclaim_grace;
	words_of(v, u, &words);
	texts_unused(&text, &words);
	texts_unused_summary(&summary, &words);
	rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = buf_check(&summary, err, "text");
	if (rc == 0 && again)
		rc = find_issue(v, u, anchor, buf_text(&summary), &id, &key,
			err);
	if (rc == 0 && id == NULL)
		rc = record_create(v->l, anchor, buf_text(&summary),
			buf_text(&text), u->account, v->arena, &id, &key,
			err);
	if (rc < 0) {
		u->action = RECLAIM_SKIP;
		u->due_at = WHEN_NONE;
		u->why = arena_fmt(v->arena, "could not be warned: %s",
			err->text);
		return rc;
	}
	return keep_issue(v, u, id, key, err);
}

int reclaim_warn(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err)
{
	bool again = u->parts.items[0].row.id != 0;
	int rc = 0;

	note_person(v, u->account);
	if (u->parts.items[0].row.id == 0) {
		rc = core_begin(v->l, err);
		if (rc == 0)
			rc = core_end(v->l, add_rows(v, u, err), err);
	}
	if (rc == 0 && u->parts.items[0].row.issue == NULL)
		rc = make_issue(v, u, again, err);
	return rc;
}

/* ---- Taking it back ---- */

static int cancel(struct reclaim *v, const struct reclaim_row *was,
	const struct role *role, const struct use *use, const char *why,
	int64_t *ret_seq, struct lapse_err *err)
{
	struct reclaim_row row = {0};
	struct reclaim_told told = {
		.kind = "reclaim-cancelled",
		.row = &row,
		.role = role,
		.use = use,
		.why = why,
	};
	int rc = reclaim_get(v->l->ledger, was->id, v->arena, &row, err);

	/* Another run may have settled it meanwhile. */
	if (rc < 0 || row.settled_at != WHEN_NONE)
		return rc;
	told.grant = row.grant;
	row.state = "cancelled";
	row.settled_at = core_now(v->l);
	row.why = why;
	rc = reclaim_put(v->l->ledger, &row, err);
	return rc < 0 ? rc : reclaim_tell(v->l, &told, ret_seq, err);
}

static int tell_kept(struct reclaim *v, const struct reclaim_row *row,
	const struct texts_unused *words, int64_t seq, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	int rc;

	if (seq == 0)
		return 0;
	texts_unused_kept(&text, words);
	rc = buf_check(&text, err, "text");
	return rc < 0 ? rc : notice_owe(v->l, row->issue, NOTICE_COMMENT,
		buf_text(&text), NULL, seq, err);
}

static int cancel_unit(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err)
{
	const struct reclaim_row *row = NULL;
	struct texts_unused words;
	int64_t seq = 0;
	int rc = 0;

	for (size_t i = 0; i < u->parts.n && rc == 0; i++) {
		const struct reclaim_part *p = &u->parts.items[i];

		if (p->row.id == 0)
			continue;
		row = &p->row;
		rc = cancel(v, row, u->role, &p->use, u->why, &seq, err);
	}
	words_of(v, u, &words);
	return rc < 0 ? rc : tell_kept(v, row, &words, seq, err);
}

int reclaim_cancel(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err)
{
	int rc = core_begin(v->l, err);

	return rc < 0 ? rc : core_end(v->l, cancel_unit(v, u, err), err);
}

static int cancel_row(struct reclaim *v, const struct reclaim_row *row,
	const char *why, struct lapse_err *err)
{
	const struct role *role = config_role(v->l->config, row->role);
	const struct texts_unused words = {
		.arena = v->arena,
		.role = row->role,
		.application = role != NULL ? role->application->name : NULL,
		.why = why,
	};
	int64_t seq = 0;
	int rc = cancel(v, row, role, NULL, why, &seq, err);

	return rc < 0 ? rc : tell_kept(v, row, &words, seq, err);
}

int reclaim_cancel_row(struct reclaim *v, const struct reclaim_row *row,
	const char *why, struct lapse_err *err)
{
	int rc = core_begin(v->l, err);

	return rc < 0 ? rc : core_end(v->l, cancel_row(v, row, why, err), err);
}
