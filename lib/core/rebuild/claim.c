/* Reading a claim, and how far it is to be believed. */
#include "claim.h"

#include <string.h>

enum {
	CLOCK_START_S = 600,	/* the access clock starts this long after the
				   first add at the latest */
};

/* ---- Reading ---- */

static void read_last(struct json at, struct arena *a,
	struct projection_hold *h)
{
	struct json last = json_object(at, "last", JSON_MAY);

	h->last.sent_at = WHEN_NONE;
	h->last.settled_at = WHEN_NONE;
	h->last.verified_at = WHEN_NONE;
	if (!json_valid(last))
		return;
	h->last.id = json_int(last, "id", JSON_MUST);
	h->last.kind = arena_copy(a, json_text(last, "kind", JSON_MUST));
	h->last.state = arena_copy(a, json_text(last, "state", JSON_MUST));
	h->last.sent_at = json_time(last, "sent_at", JSON_MAY);
	h->last.settled_at = json_time(last, "settled_at", JSON_MUST);
	h->last.verified_at = json_time(last, "verified_at", JSON_MAY);
}

static void read_holds(struct json at, int64_t grant, struct arena *a,
	struct projection_rows *rows)
{
	struct json list = json_array(at, "holds", JSON_MUST);

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct projection_hold *h = VEC_ADD(&rows->holds, a);

		if (h == NULL)
			return;
		h->grant = grant;
		h->idp = arena_copy(a, json_text(i, "idp", JSON_MUST));
		h->group = arena_copy(a, json_text(i, "group", JSON_MUST));
		h->user = arena_copy(a, json_text(i, "user", JSON_MUST));
		h->before = arena_copy(a, json_text(i, "before", JSON_MUST));
		h->placed_at = json_time(i, "placed_at", JSON_MUST);
		h->released_at = json_time(i, "released_at", JSON_MAY);
		h->verified_at = json_time(i, "verified_at", JSON_MAY);
		h->pre_at = json_time(i, "pre_existing_at", JSON_MAY);
		read_last(i, a, h);
	}
}

static void read_changes(struct json at, int64_t grant, struct arena *a,
	struct projection_rows *rows)
{
	struct json list = json_array(at, "changes", JSON_MUST);

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct projection_change *c = VEC_ADD(&rows->changes, a);

		if (c == NULL)
			return;
		c->grant = grant;
		c->id = json_int(i, "id", JSON_MUST);
		c->kind = arena_copy(a, json_text(i, "kind", JSON_MUST));
		c->state = arena_copy(a, json_text(i, "state", JSON_MUST));
		c->idp = arena_copy(a, json_text(i, "idp", JSON_MUST));
		c->group = arena_copy(a, json_text(i, "group", JSON_MUST));
		c->user = arena_copy(a, json_text(i, "user", JSON_MUST));
		c->opened_at = json_time(i, "opened_at", JSON_MUST);
		c->due_at = json_time(i, "due_at", JSON_MUST);
		c->attempts = json_int(i, "attempts", JSON_MAY);
		c->error = arena_copy(a, json_text(i, "error", JSON_MAY));
	}
}

static void read_steps(struct json at, int64_t grant, struct arena *a,
	struct projection_rows *rows)
{
	struct json list = json_array(at, "steps", JSON_MAY);

	for (struct json i = json_first(list); json_valid(i);
		i = json_next(i)) {
		struct projection_step *s = VEC_ADD(&rows->steps, a);

		if (s == NULL)
			return;
		s->grant = grant;
		s->kind = arena_copy(a, json_text(i, "kind", JSON_MUST));
		s->issue = arena_copy(a, json_text(i, "issue", JSON_MAY));
		s->key = arena_copy(a, json_text(i, "key", JSON_MAY));
		s->opened_at = json_time(i, "opened_at", JSON_MUST);
		s->due_at = json_time(i, "due_at", JSON_MUST);
		s->done_at = json_time(i, "done_at", JSON_MAY);
		s->done_by = arena_copy(a, json_text(i, "done_by", JSON_MAY));
	}
}

static void read_row(struct json at, struct arena *a,
	struct projection_grant *g)
{
	const char *method = json_text(at, "method", JSON_MAY);

	g->application = arena_copy(a, json_text(at, "application", JSON_MAY));
	g->elevated = json_bool(at, "elevated", JSON_MAY);
	g->manual = method != NULL && strcmp(method, "manual") == 0;
	g->duration_s = json_int(at, "duration_s", JSON_MAY);
	g->created_at = json_time(at, "created_at", JSON_MAY);
	g->first_add_at = json_time(at, "first_add_at", JSON_MAY);
	g->ending_at = json_time(at, "ending_at", JSON_MAY);
	g->ended_at = json_time(at, "ended_at", JSON_MAY);
	g->end_by = arena_copy(a, json_text(at, "end_by", JSON_MAY));
	g->extended_from = json_int(at, "extended_from", JSON_MAY);
	g->break_glass = json_bool(at, "break_glass", JSON_MAY);
	g->acknowledged_by = arena_copy(a,
		json_text(at, "acknowledged_by", JSON_MAY));
	g->operator = arena_copy(a, json_text(at, "operator", JSON_MAY));
	g->policy = arena_copy(a, json_text(at, "policy", JSON_MAY));
	g->content = arena_copy(a, json_text(at, "content", JSON_MAY));
	g->mode = arena_copy(a, json_text(at, "mode", JSON_MAY));
	g->approval_method = arena_copy(a, json_text(at, "approval_method",
		JSON_MAY));
	g->approvers = arena_copy(a, json_text(at, "approvers", JSON_MAY));
	g->asked_at = json_time(at, "asked_at", JSON_MAY);
}

bool claim_is(const struct projection_grant *g, const char *state)
{
	return strcmp(g->state, state) == 0;
}

bool claim_is_live(const struct projection_grant *g)
{
	return claim_is(g, "granting") || claim_is(g, "active");
}

static bool is_state(const char *state)
{
	return state == NULL ||		/* a fault already */
		strcmp(state, "granting") == 0 ||
		strcmp(state, "active") == 0 ||
		strcmp(state, "ending") == 0 || strcmp(state, "ended") == 0;
}

static void read_grant(struct json at, struct arena *a,
	struct projection_rows *rows)
{
	struct projection_grant *g = VEC_ADD(&rows->grants, a);
	const char *state = json_text(at, "state", JSON_MUST);

	if (g == NULL)
		return;
	g->id = json_int(at, "id", JSON_MUST);
	g->role = arena_copy(a, json_text(at, "role", JSON_MUST));
	g->account = arena_copy(a, json_text(at, "account", JSON_MUST));
	g->state = arena_copy(a, state);
	g->starts_at = json_time(at, "starts_at", JSON_MAY);
	g->ends_at = json_time(at, "ends_at", JSON_MAY);
	g->approval = arena_copy(a, json_text(at, "approval", JSON_MAY));
	g->end_reason = arena_copy(a, json_text(at, "end_reason", JSON_MAY));
	g->prolonged_to = json_time(at, "prolonged_to", JSON_MAY);
	read_row(at, a, g);
	if (g->id <= 0)
		json_fault(at, "id", "is not that of a grant");
	if (!is_state(state))
		json_fault(at, "state", "is not that of a grant");
	read_holds(at, g->id, a, rows);
	read_changes(at, g->id, a, rows);
	read_steps(at, g->id, a, rows);
}

static void read_review(struct json root, struct arena *a,
	struct claim_review *ret)
{
	struct json campaign = json_object(root, "campaign", JSON_MAY);
	struct json sheet = json_object(root, "sheet", JSON_MAY);
	struct json item = json_object(root, "item", JSON_MAY);

	if (json_valid(campaign))
		review_columns_read_campaign(campaign, a, &ret->campaign);
	if (json_valid(sheet))
		review_columns_read_sheet(sheet, a, &ret->sheet);
	ret->population = arena_copy(a, json_text(
		json_valid(sheet) ? sheet : item, "population", JSON_MAY));
	if (json_valid(item))
		review_columns_read_outcome(item, a, &ret->item);
}

static void read_baseline(struct json root, struct arena *a,
	struct baseline_counts *ret)
{
	struct json all = json_object(root, "baseline", JSON_MAY);

	for (struct json i = json_first(all); json_valid(i);
		i = json_next(i)) {
		struct baseline_count *c = VEC_ADD(&ret->list, a);

		if (c == NULL)
			return;
		c->group = arena_copy(a, json_key(i));
		c->standing = json_as_int(i, -1);
		if (c->standing < 0)
			json_fault(all, "baseline", "is not a number of "
				"members");
	}
}

int claim_read(struct json_doc *doc, struct arena *a, struct claim *ret,
	struct lapse_err *err)
{
	struct json root = json_root(doc);
	struct json list = json_array(root, "grants", JSON_MUST);
	struct claim c = {
		.ledger = arena_copy(a, json_text(root, "ledger", JSON_MUST)),
		.issue = arena_copy(a, json_text(root, "issue", JSON_MUST)),
		.seq = json_int(root, "seq", JSON_MUST),
		.left_out = json_int(root, "left_out", JSON_MAY),
	};
	int rc;

	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		read_grant(i, a, &c.rows);
	read_review(root, a, &c.review);
	read_baseline(root, a, &c.baseline);
	rc = json_check(doc, "property", err);
	if (rc == 0)
		rc = arena_check(a, err);
	if (rc == 0)
		*ret = c;
	return rc;
}

/* The id may have been given to another grant since, or this one another id
 * when it was learnt before. */
bool claim_is_row(const struct projection_grant *g, const struct grant_row *row)
{
	return strcmp(row->role, g->role) == 0 &&
		strcmp(row->account, g->account) == 0 &&
		(row->id == g->id || (g->created_at != WHEN_NONE &&
			row->created_at == g->created_at));
}

/* ---- Judging ---- */

void claim_end(struct claim *c, struct projection_grant *g, int64_t at)
{
	g->state = "ended";
	g->ended_at = at;
	if (g->ending_at == WHEN_NONE)
		g->ending_at = at;
	for (size_t i = 0; i < c->rows.holds.n; i++)
		if (c->rows.holds.items[i].grant == g->id)
			c->rows.holds.items[i].grant = 0;
	for (size_t i = 0; i < c->rows.changes.n; i++)
		if (c->rows.changes.items[i].grant == g->id)
			c->rows.changes.items[i].grant = 0;
}

static int64_t latest(const struct claim_facts *f)
{
	return f->since + f->max_s + CLOCK_START_S;
}

void claim_judge(const struct projection_grant *g,
	const struct claim_facts *f, struct claim_verdict *ret)
{
	*ret = (struct claim_verdict){.ends_at = g->ends_at};
	if (!f->known)
		ret->why = "its role is not in the catalog, which alone says "
			   "how long it may last";
	else if (f->differs != NULL)
		ret->why = f->differs;
	else if (!f->approved)
		ret->why = "no approval in Jira bears it out";
	else if (!f->ours)
		ret->why = "the issue's history does not show that lapse "
			   "asked for it";
	else if (g->ends_at == WHEN_NONE && !f->endless && f->max_s == 0)
		ret->why = "it has no end, and its role must have one";
	if (ret->why != NULL) {
		ret->ends_at = f->now;
		return;
	}
	if (f->max_s == 0 || (g->ends_at != WHEN_NONE &&
		g->ends_at <= latest(f)))
		return;
	ret->capped = true;
	ret->ends_at = latest(f);
}
