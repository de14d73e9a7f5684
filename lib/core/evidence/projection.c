/* The projection of the ledger on an issue: the property that names every
 * membership which lapse may have made, so that a lost host is not a lost
 * deadline. Not evidence: whoever may edit the issue may change it. */
#include "projection.h"

#include <string.h>

#include "notice.h"
#include "notices.h"
#include "projection_seal.h"

enum {
	PROPERTY_MAX = 32768,	/* Jira's limit, in characters */
	ROWS_MAX = 256 << 20,	/* bytes; a sheet may have thousands of items */
	MAC_ROOM = 80,		/* of these for the "mac" member */
	ENDED_KEPT = 5,		/* ended grants, when it gets too long */
	LOCK_WAIT_MS = 5000,
	LOCK_POLL_MS = 100,
};

void projection_clear(struct projection *p)
{
	buf_clear(&p->text);
	arena_clear(&p->arena);
	*p = (struct projection){0};
}

#define AUTO_PROJECTION \
	__attribute__((cleanup(projection_clear))) struct projection

/* ---- The text ---- */

/* What a rebuilt ledger needs to tell its own memberships from others'. */
static void put_proof(struct json_out *w, const struct projection_hold *h)
{
	if (h->pre_at != WHEN_NONE)
		json_put_time(w, "pre_existing_at", h->pre_at);
	if (h->last.id == 0)
		return;
	json_put_open(w, "last", '{');
	json_put_int(w, "id", h->last.id);
	json_put_text(w, "kind", h->last.kind);
	json_put_text(w, "state", h->last.state);
	json_put_time(w, "sent_at", h->last.sent_at);
	json_put_time(w, "settled_at", h->last.settled_at);
	json_put_time(w, "verified_at", h->last.verified_at);
	json_put_close(w, '}');
}

static void put_holds(struct json_out *w, const struct projection_rows *rows,
	int64_t grant)
{
	json_put_open(w, "holds", '[');
	for (size_t i = 0; i < rows->holds.n; i++) {
		const struct projection_hold *h = &rows->holds.items[i];

		if (h->grant != grant)
			continue;
		json_put_open(w, NULL, '{');
		json_put_text(w, "idp", h->idp);
		json_put_text(w, "group", h->group);
		json_put_text(w, "user", h->user);
		json_put_text(w, "before", h->before);
		json_put_time(w, "placed_at", h->placed_at);
		json_put_time(w, "released_at", h->released_at);
		json_put_time(w, "verified_at", h->verified_at);
		put_proof(w, h);
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
}

static void put_changes(struct json_out *w, const struct projection_rows *rows,
	int64_t grant)
{
	json_put_open(w, "changes", '[');
	for (size_t i = 0; i < rows->changes.n; i++) {
		const struct projection_change *c = &rows->changes.items[i];

		if (c->grant != grant)
			continue;
		json_put_open(w, NULL, '{');
		json_put_int(w, "id", c->id);
		json_put_text(w, "kind", c->kind);
		json_put_text(w, "state", c->state);
		json_put_text(w, "idp", c->idp);
		json_put_text(w, "group", c->group);
		json_put_text(w, "user", c->user);
		json_put_time(w, "opened_at", c->opened_at);
		json_put_time(w, "due_at", c->due_at);
		json_put_int(w, "attempts", c->attempts);
		if (c->error != NULL)
			json_put_text(w, "error", c->error);
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
}

static void put_steps(struct json_out *w, const struct projection_rows *rows,
	int64_t grant)
{
	json_put_open(w, "steps", '[');
	for (size_t i = 0; i < rows->steps.n; i++) {
		const struct projection_step *s = &rows->steps.items[i];

		if (s->grant != grant)
			continue;
		json_put_open(w, NULL, '{');
		json_put_text(w, "kind", s->kind);
		json_put_text(w, "issue", s->issue);
		json_put_text(w, "key", s->key);
		json_put_time(w, "opened_at", s->opened_at);
		json_put_time(w, "due_at", s->due_at);
		json_put_time(w, "done_at", s->done_at);
		json_put_text(w, "done_by", s->done_by);
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
}

static void put_id(struct json_out *w, const char *key, const char *id)
{
	if (id != NULL)
		json_put_text(w, key, id);
}

static void put_at(struct json_out *w, const char *key, int64_t at)
{
	if (at != WHEN_NONE)
		json_put_time(w, key, at);
}

/* The rest of the row, for rebuild alone: what it has not is left out. */
static void put_row(struct json_out *w, const struct projection_grant *g)
{
	json_put_text(w, "application", g->application);
	json_put_bool(w, "elevated", g->elevated);
	json_put_text(w, "method", g->manual ? "manual" : "group");
	if (g->duration_s != 0)
		json_put_int(w, "duration_s", g->duration_s);
	json_put_time(w, "created_at", g->created_at);
	put_at(w, "first_add_at", g->first_add_at);
	put_at(w, "ending_at", g->ending_at);
	put_at(w, "ended_at", g->ended_at);
	put_id(w, "end_by", g->end_by);
	if (g->extended_from != 0)
		json_put_int(w, "extended_from", g->extended_from);
	if (g->break_glass)
		json_put_bool(w, "break_glass", true);
	put_id(w, "acknowledged_by", g->acknowledged_by);
	put_id(w, "operator", g->operator);
	put_id(w, "policy", g->policy);
	put_id(w, "content", g->content);
	put_id(w, "mode", g->mode);
	put_id(w, "approval_method", g->approval_method);
	put_id(w, "approvers", g->approvers);
	put_at(w, "asked_at", g->asked_at);
}

static void put_grant(struct json_out *w, const struct projection_rows *rows,
	const struct projection_grant *g)
{
	json_put_open(w, NULL, '{');
	json_put_int(w, "id", g->id);
	json_put_text(w, "role", g->role);
	json_put_text(w, "account", g->account);
	json_put_text(w, "state", g->state);
	json_put_time(w, "starts_at", g->starts_at);
	json_put_time(w, "ends_at", g->ends_at);
	json_put_text(w, "approval", g->approval);
	json_put_text(w, "end_reason", g->end_reason);
	if (g->prolonged_to != WHEN_NONE)
		json_put_time(w, "prolonged_to", g->prolonged_to);
	put_holds(w, rows, g->id);
	put_changes(w, rows, g->id);
	put_row(w, g);
	if (g->manual)
		put_steps(w, rows, g->id);
	json_put_close(w, '}');
}

static bool is_ended(const struct projection_grant *g)
{
	return strcmp(g->state, "ended") == 0;
}

/* How many of the oldest ended grants must go to keep so many. */
static size_t left_out(const struct projection_rows *rows, size_t keep)
{
	size_t ended = 0;

	for (size_t i = 0; i < rows->grants.n; i++)
		ended += is_ended(&rows->grants.items[i]);
	return ended > keep ? ended - keep : 0;
}

static void put_all(struct projection *p, const char *ledger,
	const char *issue, size_t skip)
{
	struct json_out w = {.out = &p->text};

	buf_reset(&p->text);
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "schema", "lapse/property.v1");
	json_put_text(&w, "ledger", ledger);
	json_put_int(&w, "seq", p->seq);
	json_put_text(&w, "hash", p->hash);
	json_put_text(&w, "issue", issue);
	json_put_int(&w, "left_out", (int64_t)skip);
	json_put_open(&w, "grants", '[');
	for (size_t i = 0; i < p->rows.grants.n; i++) {
		const struct projection_grant *g = &p->rows.grants.items[i];

		if (skip > 0 && is_ended(g))
			skip--;
		else
			put_grant(&w, &p->rows, g);
	}
	json_put_close(&w, ']');
	projection_put_review(&w, &p->review);
	projection_put_baseline(&w, &p->baseline, PROPERTY_MAX - 2 * MAC_ROOM);
	json_put_close(&w, '}');
}

static int put_fitting(struct projection *p, const char *ledger,
	const char *issue, struct lapse_err *err)
{
	static const size_t keep[] = {SIZE_MAX, ENDED_KEPT, 0};

	for (size_t i = 0; i < ARRAY_N(keep); i++) {
		put_all(p, ledger, issue, left_out(&p->rows, keep[i]));
		if (buf_check(&p->text, err, "property") < 0)
			return LAPSE_ENOMEM;
		if (p->text.len <= PROPERTY_MAX - MAC_ROOM)
			return 0;
	}
	return lapse_fail(err, LAPSE_EITEM,
		"issue %s: what the ledger knows of it does not fit into its "
		"property '" PROJECTION_PROPERTY "'; a ledger that is lost "
		"could not be made anew from it", issue);
}

static int read_ledger(struct lapse *l, const char *issue,
	struct projection *p, struct ledger_about *about,
	struct lapse_err *err)
{
	struct ledger *AUTO_TX tx = NULL;
	int rc = 0;

	if (!ledger_in_transaction(l->ledger)) {
		rc = ledger_begin_read(l->ledger, err);
		tx = rc == 0 ? l->ledger : NULL;
	}
	if (rc == 0)
		rc = ledger_about(l->ledger, about, err);
	if (rc == 0)
		rc = evidence_head(l->ledger, &p->seq, p->hash, err);
	if (rc == 0)
		rc = projection_rows(
			l->ledger, issue, &p->arena, &p->rows, err);
	if (rc == 0)
		rc = projection_review(
			l->ledger, issue, &p->arena, &p->review, err);
	if (rc == 0)
		rc = projection_baseline(l->ledger, about, issue, &p->arena,
			&p->baseline, err);
	return rc;
}

int projection_make(struct lapse *l, const char *issue, struct projection *p,
	struct lapse_err *err)
{
	struct ledger_about about;
	int rc;

	p->arena.max = ROWS_MAX;
	rc = read_ledger(l, issue, p, &about, err);
	if (rc == 0)
		rc = put_fitting(p, about.id, issue, err);
	if (rc == 0)
		rc = seal_add(l, &p->text, err);
	return rc;
}

int projection_text(struct lapse *l, const char *issue, struct buf *ret,
	struct lapse_err *err)
{
	AUTO_PROJECTION p = {0};
	int rc = projection_make(l, issue, &p, err);

	if (rc < 0)
		return rc;
	buf_add(ret, p.text.data, p.text.len);
	return buf_check(ret, err, "property");
}

/* ---- Writing it now ---- */

/* Another process may write to this issue for a moment. */
static int wait_for_lock(struct lapse *l, int locks, const char *issue,
	struct lapse_err *err)
{
	for (int ms = 0; ms <= LOCK_WAIT_MS; ms += LOCK_POLL_MS) {
		if (notices_lock(locks, issue))
			return 0;
		l->env.sleep_ms(l->env.arg, LOCK_POLL_MS);
	}
	return lapse_fail(err, LAPSE_EAGAIN,
		"issue %s: another run is writing to it", issue);
}

static int put(struct lapse *l, const char *issue, const char *text,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_put_property,
		.name = "put property",
		.serial = issue,
		.issue = issue,
		.key = PROJECTION_PROPERTY,
		.body = text,
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0 && op.outcome == OP_GONE)
		rc = lapse_fail(err, LAPSE_ENOTFOUND,
			"issue %s: not found in Jira, or hidden", issue);
	op_clear(&op);
	/* What a lost reply did is seen by the read that follows. */
	return rc == LAPSE_EUNKNOWN ? 0 : rc;
}

/* *ret NULL: there is none. */
static int get(struct lapse *l, const char *issue, struct arena *a,
	const char **ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_property,
		.name = "get property",
		.issue = issue,
		.key = PROJECTION_PROPERTY,
		.arena = a,
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0)
		*ret = op.outcome == OP_FOUND ? op.ret : NULL;
	op_clear(&op);
	return rc;
}

static int write_and_read_back(struct lapse *l, const char *issue,
	struct projection *p, struct lapse_err *err)
{
	const char *back = NULL;
	bool same = false;
	int rc = put(l, issue, buf_text(&p->text), err);

	if (rc == 0)
		rc = get(l, issue, &p->arena, &back, err);
	if (rc == 0 && back != NULL)
		rc = seal_same(buf_text(&p->text), back, &same, err);
	if (rc == 0 && !same)
		rc = lapse_fail(err, LAPSE_EITEM,
			"issue %s: property '" PROJECTION_PROPERTY
			"' does not read back as it was written", issue);
	return rc;
}

static int note_shown(struct lapse *l, const char *issue,
	const struct projection *p, struct lapse_err *err)
{
	int64_t now = core_now(l);
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < p->rows.grants.n; i++) {
		const struct projection_grant *g = &p->rows.grants.items[i];

		if (strcmp(g->state, "granting") == 0)
			rc = projection_rows_shown(l->ledger, g->id, now, err);
	}
	if (rc == 0)
		rc = notices_property_done(
			l->ledger, issue, p->seq, now, NULL, err);
	return core_end(l, rc, err);
}

int projection_write(struct lapse *l, const char *issue,
	struct lapse_err *err)
{
	AUTO_PROJECTION p = {0};
	AUTO_LOCKS locks = -1;
	int rc;

	if (l->dry_run || l->stale || l->taken_over)
		return lapse_fail(err, LAPSE_EGUARD,
			"issue %s: nothing is written to it %s", issue,
			l->dry_run ? "in a dry run" : "by a stale ledger");
	rc = core_online(l, err);
	if (rc == 0)
		rc = notices_locks_open(l->ledger, &locks, err);
	if (rc == 0)
		rc = wait_for_lock(l, locks, issue, err);
	if (rc == 0)
		rc = projection_make(l, issue, &p, err);
	if (rc == 0)
		rc = write_and_read_back(l, issue, &p, err);
	if (rc < 0)
		return rc;
	l->told_jira = true;
	return note_shown(l, issue, &p, err);
}

/* ---- What it says of a deadline ---- */

static void note_bad_mac(struct lapse *l, const char *issue)
{
	struct lapse_err err;

	lapse_fail(&err, LAPSE_ELEDGER,
		"issue %s: property '" PROJECTION_PROPERTY
		"' is not as lapse wrote it; someone changed it: it is not "
		"believed", issue);
	core_note(l, LAPSE_EXIT_LEDGER, &err);
}

/* WHEN_NONE: it says nothing of this grant, or that it is ending. No end is
 * the latest of all times. */
static int64_t stated_deadline(struct json root, int64_t grant)
{
	struct json grants = json_array(root, "grants", JSON_MAY);

	for (struct json g = json_first(grants); json_valid(g);
		g = json_next(g)) {
		const char *state = json_text(g, "state", JSON_MAY);
		int64_t until;

		if (json_int(g, "id", JSON_MAY) != grant || state == NULL)
			continue;
		/* An extension is a grant of another issue. */
		if (json_here(json_at(g, "prolonged_to")))
			return json_time(g, "prolonged_to", JSON_MAY);
		if (strcmp(state, "granting") != 0 &&
			strcmp(state, "active") != 0)
			return WHEN_NONE;
		until = json_time(g, "ends_at", JSON_MAY);
		return until == WHEN_NONE ? INT64_MAX : until;
	}
	return WHEN_NONE;
}

static int count_row(void *arg, const struct evidence_row *r,
	struct lapse_err *err)
{
	size_t *n = arg;

	(void)r;
	(void)err;
	(*n)++;
	return 0;
}

/* Only a statement of this ledger that is newer than all that it knows of the
 * grant can tell it something. The head is no measure: a stale ledger writes
 * on, under numbers that were given out before. */
static int newer_statement(struct lapse *l, struct json root, int64_t grant,
	bool *ret, struct lapse_err *err)
{
	struct ledger_about about;
	const char *ledger = json_text(root, "ledger", JSON_MAY);
	size_t later = 0;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc == 0)
		rc = evidence_each(l->ledger, NULL, grant,
			json_int(root, "seq", JSON_MAY) + 1, count_row, &later,
			err);
	if (rc == 0)
		*ret = ledger != NULL && strcmp(ledger, about.id) == 0 &&
			later == 0;
	return rc;
}

static int read_statement(struct lapse *l, const char *issue,
	const char *text, int64_t grant, int64_t *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	bool good = false;
	bool newer = false;
	int rc = json_open(&doc, text, strlen(text), err);

	if (rc == 0)
		rc = seal_check(l, json_root(doc), &good, err);
	if (rc < 0)
		return rc;
	if (!good) {
		note_bad_mac(l, issue);
		return 0;
	}
	rc = newer_statement(l, json_root(doc), grant, &newer, err);
	if (rc == 0 && newer)
		*ret = stated_deadline(json_root(doc), grant);
	return rc;
}

int projection_deadline(struct lapse *l, const char *issue, int64_t grant,
	int64_t *ret_until, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *text = NULL;
	int64_t said = WHEN_NONE;
	int64_t known = WHEN_NONE;
	int rc = core_online(l, err);

	if (rc == 0)
		rc = projection_rows_deadline(l->ledger, grant, &known, err);
	if (rc == 0)
		rc = get(l, issue, &a, &text, err);
	if (rc == 0 && text != NULL)
		rc = read_statement(l, issue, text, grant, &said, err);
	if (rc < 0)
		return rc;
	if (known == WHEN_NONE)		/* no end here: nothing is later */
		known = INT64_MAX;
	*ret_until = said != WHEN_NONE && said > known ? said : WHEN_NONE;
	return 0;
}
